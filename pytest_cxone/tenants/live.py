"""A live tenant: nothing is arranged. States are found or checked, and every request passes a guard."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Self
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from pytest_cxone.client import CXoneClient, TokenSource
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import AgentNotFound, FakeOnly, RequestRefused, StateNotProvided, UnexpectedResponse
from pytest_cxone.model import AgentState, Exchange, Headers, Request, Response
from pytest_cxone.settings import OnMissing, Settings, is_loopback
from pytest_cxone.states import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentsOnline,
    AgentUnknown,
    ProviderState,
    Scopes,
)
from pytest_cxone.tenants.interception import intercepting

__all__ = ["Guard", "LiveTenant"]

_NOBODYS_ID: Final = "999000000000001"
_ASK_AGAIN_AFTER: Final = 0.5
_LEAST_SECRET: Final = 16


class Guard:
    """What a run may send to a tenant: reads and token requests, at a rate, within a budget. One for a run.

    `sent` counts by method, `refused` those kept back. Loopback hosts are not slowed.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        share: int = 1,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.sent: Counter[str] = Counter()
        self.refused = 0
        self.secrets: set[str] = {settings.client_secret.reveal()}
        self.journal: deque[Exchange] = deque(maxlen=1_000)
        self.tokens: dict[object, TokenSource] = {}
        self._settings = settings
        self._host_names = settings.host_names
        self._token_path = dialect(settings.dialect).token_path
        self._budget = -(-settings.budget // share)
        slowed = settings.rate > 0 and not is_loopback(settings.base_url)
        self._interval = share / settings.rate if slowed else 0.0
        self._next_at = 0.0
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep
        self.adapter = _guarded(self)

    def claims(self, url: str) -> bool:
        """Tell whether a URL is the tenant's, or at a host of a tenant's, however it is asked for."""
        return (urlsplit(url).hostname or "").rstrip(".") in self._host_names or self._path_of(url) is not None

    def permit(self, request: requests.PreparedRequest) -> None:
        """Let a request pass, at its time, or raise `RequestRefused`."""
        method, url = request.method or "", request.url or ""
        if self._path_of(url) is None:
            self._refuse(method, url, f"this run's tenant is at {self._settings.base_url}")
        is_token = method == "POST" and (self._path_of(url) or "").partition("?")[0] == self._token_path
        if method != "GET" and not is_token:
            self._refuse(method, url, "live mode only reads; on a tenant, GET and the token request pass")
        # A token that came in a form of which nobody knows is known when it is used.
        self._learn(request.headers.get("Authorization", "").partition(" ")[2])
        with self._lock:
            if self.sent.total() >= self._budget:
                spent = f"the budget of {self._budget} requests is spent; raise it with --cxone-budget"
                self._refuse(method, url, spent)
            self.sent["token POST" if is_token else method] += 1
            now = self._clock()
            at = max(now, self._next_at)
            self._next_at = at + self._interval
        if at > now:
            self._sleep(at - now)

    def note(self, request: requests.PreparedRequest, response: requests.Response) -> None:
        """Keep an exchange in the journal, and a token that it holds among the secrets."""
        if request.method == "POST":
            self._learn_texts(response)
        body = request.body or b""
        self.journal.append(
            Exchange(
                request=Request(
                    method=request.method or "",
                    url=request.url or "",
                    headers=Headers(request.headers),
                    body=body.encode() if isinstance(body, str) else bytes(body),
                ),
                response=Response(
                    status=response.status_code, headers=Headers(response.headers), body=response.content
                ),
            )
        )

    def _learn_texts(self, response: requests.Response) -> None:
        """Keep what may be a token in the answer to a token request, whatever its form is after an upgrade."""
        try:
            open_ends = [response.json()]
        except ValueError:
            return
        while open_ends:
            value = open_ends.pop()
            if isinstance(value, str):
                self._learn(value)
            elif isinstance(value, dict | list):
                open_ends += value.values() if isinstance(value, dict) else value

    def _learn(self, text: str) -> None:
        if len(text) >= _LEAST_SECRET and " " not in text:
            self.secrets.add(text)

    def _refuse(self, method: str, url: str, why: str) -> None:
        self.refused += 1
        raise RequestRefused(method, url, why)

    def _path_of(self, url: str) -> str | None:
        return self._settings.hosts.path_of(url, token_path=self._token_path)


def _guarded(guard: Guard) -> type[HTTPAdapter]:
    class GuardedAdapter(HTTPAdapter):
        """Where requests for the live tenant pass the guard, on their way out."""

        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            __tracebackhide__ = True
            guard.permit(request)
            response = super().send(request, *args, **kwargs)
            if request.method == "POST" or not kwargs.get("stream"):
                guard.note(request, response)
            return response

    return GuardedAdapter


class WallClock:
    """The clock of a live tenant: it advances by waiting, where the operator allows so many seconds."""

    def __init__(self, patience: float, sleep: Callable[[float], None]) -> None:
        self._patience = patience
        self._sleep = sleep

    def now(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def advance(self, seconds: float) -> None:
        """Wait. Raises `FakeOnly` where that is longer than `--cxone-wait`."""
        if seconds > self._patience:
            raise FakeOnly(
                f"to let {seconds:g} s pass",
                "a live tenant's clock cannot be moved",
                f"--cxone-wait={seconds:g} really waits",
            )
        self._sleep(seconds)


class LiveTenant:
    """A live tenant for one test. Requests made inside the `with` block pass the guard."""

    evidence: Final = "live"

    def __init__(self, settings: Settings, guard: Guard, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.settings = settings
        self._guard = guard
        self._dialect = dialect(settings.dialect)
        self._sleep = sleep
        self._open = ExitStack()

    def __enter__(self) -> Self:
        self._open.enter_context(intercepting(self._guard.claims, self._guard.adapter, first=True))
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # What a live tenant has no way to do

    @property
    def world(self) -> Any:
        """A live tenant is looked at, not arranged."""
        raise FakeOnly("to arrange agents and tokens")

    @property
    def clock(self) -> "WallClock":
        """The time of day. To advance it is to wait, as long as `--cxone-wait` allows."""
        return WallClock(self.settings.wait, self._sleep)

    def fault(self, kind: str, **_: Any) -> None:
        """No fault is brought upon a live tenant."""
        raise FakeOnly(f"the fault {kind}")

    def clear_faults(self) -> None:
        """There are none."""

    def in_region(self, region: str) -> Self:  # noqa: ARG002 - the protocol's
        """Another region needs credentials of its own."""
        raise FakeOnly("to have two regions side by side")

    def serve(self) -> str:
        """Return the tenant's own URL: it is served already."""
        return self.settings.base_url

    # What it shows

    @property
    def journal(self) -> Sequence[Exchange]:
        """The exchanges of the run so far, oldest first; the last 1,000."""
        return tuple(self._guard.journal)

    def take_errors(self) -> list[Any]:
        """Return nothing: a live tenant makes no errors of the fake."""
        return []

    def client(self) -> CXoneClient:
        """Return a client; all clients of a run with the same scopes share one token."""
        tokens = self._guard.tokens.get(self.settings.scopes)
        client = CXoneClient(self.settings, sleep=self._sleep, tokens=tokens)
        self._guard.tokens[self.settings.scopes] = client.tokens
        return client

    def provide(self, state: ProviderState) -> str:
        """Find the state, or check it; return the agent's id on this tenant. Raises `StateNotProvided`.

        An id of None takes the agent that the settings name for the purpose, or any that the listing shows.
        """
        deadline = self.settings.wait if self.settings.on_missing is OnMissing.WAIT else 0.0
        waited = 0.0
        while True:
            try:
                return self._find(state)
            except StateNotProvided as error:
                if isinstance(error, FakeOnly) or waited >= deadline:
                    if not waited:
                        raise
                    raise StateNotProvided(error.state, f"{error.reason}; waited {waited:g} s", error.remedy) from None
                pause = min(_ASK_AGAIN_AFTER, deadline - waited)
                self._sleep(pause)
                waited += pause

    def _find(self, state: ProviderState) -> str:
        match state:
            case AgentOnline(agent_id=None):
                return self._any_online(state)
            case AgentOnline():
                return self._online(state, self.settings.agent_id(state.agent_id or ""))
            case AgentOffline():
                return self._offline(state)
            case AgentHidden():
                return self._hidden(state)
            case AgentUnknown():
                return self._unknown(state)
            case AgentsOnline():
                return self._several(state)
            case Scopes():
                return self._scoped(state)

    def _any_online(self, state: AgentOnline) -> str:
        # The agent that the operator names goes first: what a listing leaves out is not found in it.
        if self.settings.target_agent_id:
            with self.client() as client:
                named = client.agent_state(self.settings.target_agent_id)
            if named is not None and _fits(named, state):
                return named.agent_id
        for row in self._online_rows():
            if _fits(row, state):
                return row.agent_id
        raise StateNotProvided(state, "the tenant lists none", "let an agent log in")

    def _online(self, state: AgentOnline, agent_id: str) -> str:
        with self.client() as client:
            row = client.agent_state(agent_id)
            if row is None:
                raise StateNotProvided(state, str(client.diagnose(agent_id)))
        if not _fits(row, state):
            raise StateNotProvided(state, f"it is in state {row.state!r} of group {row.group!r}")
        return agent_id

    def _offline(self, state: AgentOffline) -> str:
        declared = self.settings.offline_agent_id
        if state.agent_id is None and declared:
            # The operator's word stands: were it checked here, a tenant that lists offline agents would pass.
            return declared
        agent_id = self.settings.agent_id(state.agent_id) if state.agent_id else self.settings.target_agent_id
        remedy = "" if state.agent_id else "set CXONE_OFFLINE_AGENT_ID to an agent who is logged out"
        if agent_id is None:
            raise StateNotProvided(state, "a listing of those online does not name one", remedy)
        with self.client() as client:
            self._must_exist(client, state, agent_id)
            if client.agent_state(agent_id) is not None:
                raise StateNotProvided(state, f"agent {agent_id} is logged in", remedy)
        return agent_id

    def _hidden(self, state: AgentHidden) -> str:
        if state.agent_id is None:
            if self.settings.hidden_agent_id:
                return self.settings.hidden_agent_id
            remedy = "set CXONE_HIDDEN_AGENT_ID to an agent who is logged in, in a team the client may not see"
            raise StateNotProvided(state, "no listing shows who is hidden", remedy)
        agent_id = self.settings.agent_id(state.agent_id)
        with self.client() as client:
            self._must_exist(client, state, agent_id)
            if client.agent_state(agent_id) is not None:
                raise StateNotProvided(state, "the client sees this agent's state")
        return agent_id

    def _unknown(self, state: AgentUnknown) -> str:
        if state.agent_id is None:
            return _NOBODYS_ID
        agent_id = self.settings.agent_id(state.agent_id)
        with self.client() as client:
            try:
                client.agent(agent_id)
            except AgentNotFound:
                return agent_id
        raise StateNotProvided(state, "an agent has this id")

    def _several(self, state: AgentsOnline) -> str:
        found = sum(1 for _ in islice(self._online_rows(), state.count))
        if found < state.count:
            raise StateNotProvided(state, f"the tenant lists {found}", "let more agents log in")
        return ""

    def _scoped(self, state: Scopes) -> str:
        narrowed = replace(self.settings, scopes=state.scopes)
        client = CXoneClient(narrowed, sleep=self._sleep, tokens=self._guard.tokens.get(state.scopes))
        self._guard.tokens[state.scopes] = client.tokens
        try:
            with client:
                granted = client.tokens.grant(client.http, timeout=self.settings.timeout).scopes
        except UnexpectedResponse as error:
            if error.status != 400:
                raise
            # `invalid_scope` (RFC 6749, 5.2).
            raise StateNotProvided(state, str(error)) from None
        # An answer that names none grants what was asked for (RFC 6749, 5.1).
        if granted is not None and set(granted) != set(state.scopes):
            got = f"grants {', '.join(granted) or 'none'}"
            raise StateNotProvided(state, f"asked for these scopes, the tenant {got}")
        self.settings = narrowed
        return ""

    def _online_rows(self) -> Iterator[AgentState]:
        with self.client() as client:
            yield from client.online_agents()

    @staticmethod
    def _must_exist(client: CXoneClient, state: ProviderState, agent_id: str) -> None:
        try:
            client.agent(agent_id)
        except AgentNotFound as error:
            raise StateNotProvided(state, str(error)) from None


def _fits(row: AgentState, state: AgentOnline) -> bool:
    return state.state in {None, row.state} and state.group in {None, row.group}
