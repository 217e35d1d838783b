"""A recorded tenant: what a test asks is answered from its cassette, and the network is never touched."""

import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Self

import requests
from requests.adapters import HTTPAdapter

from pytest_cxone.cassettes.shelf import Shelved
from pytest_cxone.cassettes.tokens import rebased
from pytest_cxone.client import CXoneClient, TokenSource
from pytest_cxone.errors import FakeOnly, NotRecorded, Unanswerable
from pytest_cxone.fake.faults import Delivery
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response, Secret
from pytest_cxone.settings import Doubt, Settings, Transport
from pytest_cxone.states import ProviderState, Scopes
from pytest_cxone.tenants.interception import intercepting, raw_of, request_of
from pytest_cxone.tenants.libraries import patched

__all__ = ["RecordedTenant"]

CLIENT_ID: Final = "recorded-client"
CLIENT_SECRET: Final = "recorded-secret"  # noqa: S105 - nobody's
ACCESS_KEY_ID: Final = "recorded-access-key"
ACCESS_KEY_SECRET: Final = "recorded-access-secret"  # noqa: S105 - as above
_WHY: Final = "a cassette only repeats what was recorded"


class RecordedTenant:
    """A recorded tenant for one test. Requests made inside the `with` block are answered from its cassette.

    Where there is no cassette, the first thing that needs one raises `NotRecorded`. What a cassette can never have, as
    a fault, raises `FakeOnly`, with a cassette or without.
    """

    evidence: Final = "cassette"
    is_certain: Final = True

    def __init__(self, settings: Settings, shelved: Shelved) -> None:
        self.origin = shelved.origin
        self._shelved = shelved
        self._open = ExitStack()
        self._journal: deque[Exchange] = deque(maxlen=1_000)
        self._tokens: dict[object, TokenSource] = {}
        known = shelved.provenance
        self._left = list(known.states) if known else []
        self._found: dict[str, str] = {}
        self._undeclared: list[str] = []
        self._clock = RecordedClock(shelved.recorded_at, max(settings.wait, known.wait if known else 0.0))
        self._served = False
        self.errors: list[Unanswerable] = []
        self.settings = replace(
            settings,
            client_id=CLIENT_ID,
            client_secret=Secret(CLIENT_SECRET),
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=Secret(ACCESS_KEY_SECRET),
            target_agent_id=(known and known.target_agent_id) or settings.target_agent_id,
            # A cassette has an alias of it; the one that this machine is set to was not recorded.
            tenant_id=known.tenant_id if known else settings.tenant_id,
            # A diagnosis looks again as often as it did then.
            wait=known.wait if known else settings.wait,
        )
        with_key_alone = replace(self.settings, client_id="", client_secret=Secret(""))
        if shelved.has_path(with_key_alone.token_path) and not shelved.has_path(self.settings.token_path):
            # It was recorded so, and asks for its token so.
            self.settings = with_key_alone
        self._configured = self.settings
        self._player = shelved.player(self._locate)

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            _playing.append(self)
            opening.callback(_playing.remove, self)
            opening.enter_context(intercepting(self.claims, ReplayAdapter))
            opening.enter_context(patched(self))
            self._open = opening.pop_all()
        try:
            if self.settings.transport is Transport.HTTP:
                self.serve()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # What a cassette has no way to do

    @property
    def world(self) -> Any:
        """A recording is looked at, not arranged."""
        raise FakeOnly("to arrange agents and tokens", _WHY)

    @property
    def clock(self) -> "RecordedClock":
        """The time of the recording. It advances as far as the recording run was allowed to wait."""
        return self._clock

    def fault(self, kind: str, **_: Any) -> None:
        """No fault strikes a recording."""
        raise FakeOnly(f"the fault {kind}", _WHY)

    def clear_faults(self) -> None:
        """There are none."""

    def in_region(self, region: str) -> Self:  # noqa: ARG002 - the protocol's
        """Another region was not recorded."""
        raise FakeOnly("to have two regions side by side", _WHY)

    # What it shows

    def provide(self, state: ProviderState) -> str:
        """Find the state among those that the test was recorded under; return the agent's id in the cassette.

        A state that is not among them is taken on trust where the test names the agent, and told by `doubts`.
        """
        wanted = str(state)
        if self._player is None:
            raise self._shelved.not_recorded(state)
        if isinstance(state, Scopes):
            self.settings = replace(self.settings, scopes=state.scopes)
        recorded = next((provided for provided in self._left if provided.state == wanted), None)
        if recorded is not None:
            self._left.remove(recorded)
            self._found[wanted] = recorded.agent_id
        elif wanted not in self._found:
            self._undeclared.append(wanted)
            if getattr(state, "agent_id", "") is None:
                raise self._shelved.not_recorded(state)
            return getattr(state, "agent_id", "")
        return self._found[wanted]

    @property
    def journal(self) -> Sequence[Exchange]:
        """The exchanges so far, oldest first; the last 1,000."""
        return tuple(self._journal)

    def why_not_online(self, states: Iterable[ProviderState]) -> tuple[()]:  # noqa: ARG002 - the protocol's
        """Return nothing: a recording cannot be asked more than the test asked."""
        return ()

    def take_errors(self) -> list[Unanswerable]:
        """Return, and forget, the requests that the cassette had no answer for."""
        errors, self.errors[:] = list(self.errors), []
        return errors

    def doubts(self) -> Iterator[tuple[Doubt, str]]:
        """Yield what is to be said against this test's evidence, once it has passed."""
        if self._player is None:
            return
        differing = [f"recorded under {provided.state}" for provided in self._left]
        differing += [f"now declares {state}" for state in self._undeclared]
        if differing:
            yield Doubt.STATES, ", ".join(differing)
        unplayed = self._player.unplayed
        if unplayed:
            first = unplayed[0].exchange.request
            more = f" and {len(unplayed) - 1} more" if len(unplayed) > 1 else ""
            yield Doubt.UNPLAYED, f"{first.method} {first.target.path} was not asked for{more}"
        yield from self._shelved.doubts(self._configured.max_age)

    # How it is reached

    def client(self) -> CXoneClient:
        """Return a client on the recording's clock: it never waits. Those with the same scopes share a token."""
        tokens = self._tokens.get(self.settings.scopes)
        client = CXoneClient(
            self.settings, clock=self._clock.now, sleep=self._clock.rest, tokens=tokens, ids_have_order=False
        )
        self._tokens[self.settings.scopes] = client.tokens
        return client

    def serve(self) -> str:
        """Serve the cassette over loopback HTTP as well, once; return the URL, which the settings have from now on."""
        from pytest_cxone.server import serving

        if not self._served:
            self._served = True
            url = self._open.enter_context(serving(_Served(self), self.settings.region)).url
            hosts = Hosts(url, url + self.settings.token_path, self.settings.issuer and url)
            self.settings = replace(self.settings, hosts=hosts)
        return self.settings.base_url

    def claims(self, url: str) -> bool:
        """Tell whether a URL is a tenant's."""
        # What is served is reached over HTTP, by any library.
        return self._configured.claims(url)

    def answer(self, request: Request) -> Response:
        """Answer a request from the cassette. Raises `NotRecorded`."""
        try:
            if self._player is None:
                raise self._shelved.missing(request)
            response = self._player.answer(request)
        except NotRecorded as error:
            # Kept as well: code under test may catch the exception, and the test should still hear of it.
            self.errors.append(error)
            raise
        now = time.time()
        body = rebased(response.body, now=now, shift=now - self._shelved.recorded_at)
        if body is not response.body:
            kept = {name: value for name, value in response.headers.items() if name.lower() != "content-length"}
            headers = Headers({**kept, "Content-Length": str(len(body))})
            response = replace(response, body=body, headers=headers)
        self._journal.append(Exchange(request=request, response=response))
        return response

    def note(self, request: Request, response: Response) -> None:
        """Nothing is let through, so there is nothing to note."""

    def _locate(self, url: str) -> str | None:
        place = self.settings.located(url) or self._configured.located(url)
        return None if place is None else place[1]


class _Served:
    """A recorded tenant as a server asks it. What it has no answer for is kept by the tenant already."""

    def __init__(self, tenant: RecordedTenant) -> None:
        self.errors: list[Unanswerable] = []
        self._tenant = tenant

    def answer(self, request: Request, region: str) -> Delivery:  # noqa: ARG002 - the server's
        """Answer a request that came over HTTP."""
        return Delivery(response=self._tenant.answer(request))


class RecordedClock:
    """The time of a recording. A test moves it as far as the recording run was allowed to wait."""

    def __init__(self, start: float, patience: float) -> None:
        self._now = start
        self._patience = patience

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass. Raises `FakeOnly` for more than the recording run was allowed to wait."""
        if seconds > self._patience:
            raise FakeOnly(f"to let {seconds:g} s pass", "the recording run was not allowed to wait so long")
        self.rest(seconds)

    def rest(self, seconds: float) -> None:
        """Let as many seconds pass as a client waits."""
        self._now += seconds


_playing: list[RecordedTenant] = []
"""The tenants whose blocks are open, the innermost last. One adapter class serves all, since a class a test is dear."""


class ReplayAdapter(HTTPAdapter):
    """Where requests for a recorded tenant end."""

    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        """Answer a request from the cassette."""
        __tracebackhide__ = True
        if not _playing:
            raise requests.exceptions.ConnectionError("the recorded tenant's test has ended", request=request)
        reply = _playing[-1].answer(request_of(request))
        return self.build_response(request, raw_of(reply))
