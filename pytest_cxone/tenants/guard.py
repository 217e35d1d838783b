"""What a run may send to a live tenant. Every request passes here on its way out, and what comes back is seen."""

import json
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, NoReturn

import requests
from requests.adapters import HTTPAdapter

from pytest_cxone.cassettes.recorder import Take
from pytest_cxone.client import CXoneClient, Locator, Pace, TokenSource
from pytest_cxone.errors import CXoneError, RequestRefused
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response
from pytest_cxone.schemas import Purpose, contract
from pytest_cxone.settings import Settings
from pytest_cxone.tenants.interception import intercepting, raw_of, request_of, response_of

__all__ = ["Guard"]

_LEAST_SECRET: Final = 16


class Guard:
    """What a run may send to a tenant: reads and token requests, at a rate, within a budget. One for a run.

    `sent` counts by method, `refused` those kept back. Loopback hosts are not slowed.
    `grants` has the exchange behind each token that was given; `named` the agents' ids that tests name, `unlearned` the
    exchanges that nobody has looked at for secrets and persons. `locator` knows what was discovered of the tenant.
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
        self.secrets: set[str] = {secret.reveal() for secret in settings.secrets}
        self.journal: deque[Exchange] = deque(maxlen=1_000)
        self.tokens: dict[object, TokenSource] = {}
        self.locator = Locator(settings)
        self.unlearned: deque[Exchange] = deque()
        self.named: set[str] = set()
        self.grants: dict[str, Exchange] = {}
        self._take: Take | None = None
        self._watched: list[Exchange] | None = None
        self._is_aside = False
        self._settings = settings
        self._contract = contract(settings.dialect)
        self._share = share
        self._budget = _part(_allowed(settings), share)
        self._pace = Pace(settings.pace / share, clock=clock, sleep=sleep)
        self._lock = threading.Lock()
        self._passing = threading.local()
        self.adapter = _guarded(self)
        self.other_libraries = _OtherLibraries(self)

    @property
    def settings(self) -> Settings:
        """The settings of the run, with what was discovered of the tenant by now."""
        hosts, tenant_id = self.locator.hosts, self.locator.tenant_id
        if (self._settings.hosts, self._settings.tenant_id) != (hosts, tenant_id):
            self._settings = replace(self._settings, hosts=hosts, tenant_id=tenant_id)
        return self._settings

    def client(self) -> CXoneClient:
        """Return a client that shares what was discovered."""
        return CXoneClient(self._settings, locator=self.locator)

    @contextmanager
    def passing(self) -> Iterator[None]:
        """Mark this thread's requests in the block as those that have passed."""
        before, self._passing.now = self.is_passing, True
        try:
            yield
        finally:
            self._passing.now = before

    @property
    def is_passing(self) -> bool:
        """Whether this thread is sending a request that has passed."""
        return getattr(self._passing, "now", False)

    @property
    def is_recording(self) -> bool:
        """Whether what a test meets is written down."""
        return self._take is not None

    @contextmanager
    def recording(self, take: Take) -> Iterator[None]:
        """Let all exchanges be written down until the block is left."""
        before, self._take = self._take, take
        try:
            yield
        finally:
            self._take = before

    @contextmanager
    def watching(self) -> Iterator[list[Exchange]]:
        """Let all exchanges be kept in a list until the block is left."""
        before, self._watched = self._watched, []
        try:
            yield self._watched
        finally:
            self._watched = before

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let what is asked in the block, beside what the test asks, not be watched."""
        before, self._is_aside = self._is_aside, True
        try:
            yield
        finally:
            self._is_aside = before

    def claims(self, url: str) -> bool:
        """Tell whether a URL is the tenant's, or at a host of a tenant's, however it is asked for."""
        return self.settings.claims(url)

    def permit(self, request: Request) -> None:
        """Let a request pass, at its time, or raise `RequestRefused`."""
        method, url = request.method, request.url
        path = self._path_of(url)
        if path is None:
            self._refuse(method, url, f"this run's tenant is at {self.locator.home}")
        purpose = self._purpose(method, path)
        is_token = purpose is Purpose.TOKEN
        if purpose is Purpose.WRITE:
            self._refuse(method, url, "live mode only reads; on a tenant, GET and the token request pass")
        # A token that came in a form of which nobody knows is known when it is used.
        self._learn(request.headers.get("Authorization", "").partition(" ")[2])
        with self._lock:
            if self.sent.total() >= self._budget:
                spent = f"the budget of {self._budget} requests is spent; raise it with --cxone-budget"
                self._refuse(method, url, spent)
            self.sent["token POST" if is_token else method] += 1
        self._pace.wait()

    def shared_grant(self) -> dict[str, Any]:
        """Find the tenant and fetch a token for all workers of a run; return what came of it, in plain values.

        That is the token's exchange and its time, where the tenant is and which, and how many requests it `cost`.
        """
        with intercepting(self.claims, self.adapter, first=True), self.client() as client:
            at = time.time()
            try:
                hosts = client.http.locate()
                token = client.tokens.grant(client.http, timeout=self._settings.timeout).token.reveal()
            except CXoneError:
                # Refused, say: the tests will meet it, and tell.
                return {"cost": self.sent.total()}
        exchange = self.grants[token]
        return {
            "cost": self.sent.total(),
            "hosts": (hosts.base_url, hosts.auth_url, hosts.issuer),
            "tenant_id": self.locator.tenant_id,
            "at": at,
            "url": exchange.request.url,
            "sent": (dict(exchange.request.headers), exchange.request.body),
            "status": exchange.response.status,
            "answered": (dict(exchange.response.headers), exchange.response.body),
        }

    def adopt(self, shared: Mapping[str, Any]) -> None:
        """Use what `shared_grant` returned."""
        self._budget = _part(_allowed(self._settings) - shared["cost"], self._share)
        if "at" not in shared:
            return
        self.locator.hosts, self.locator.tenant_id = Hosts(*shared["hosts"]), shared["tenant_id"]
        (sent, form), (answered, body) = shared["sent"], shared["answered"]
        request = Request(method="POST", url=shared["url"], headers=Headers(sent), body=form)
        response = Response(status=shared["status"], headers=Headers(answered), body=body)
        self._know(Exchange(request=request, response=response))
        client = self.client()
        client.tokens.adopt(client.dialect.read_grant(json.loads(body)), at=shared["at"])
        self.tokens[self._settings.scopes] = client.tokens

    def note(self, request: Request, response: Response, seconds: float | None = None) -> None:
        """Keep an exchange in the journal, and what may be a token in it among the secrets."""
        exchange = Exchange(request=request, response=response, seconds=seconds)
        if request.method == "POST" and self._purpose("POST", self._path_of(request.url) or "") is Purpose.TOKEN:
            self._know(exchange)
        self.journal.append(exchange)
        self.unlearned.append(exchange)
        if self._watched is not None and not self._is_aside:
            self._watched.append(exchange)
        if self._take is not None:
            self._take.note(exchange)

    def _know(self, grant: Exchange) -> None:
        for text in _texts(grant.response):
            self._learn(text)
            if text:
                self.grants[text] = grant

    def _learn(self, text: str) -> None:
        if len(text) >= _LEAST_SECRET and " " not in text:
            self.secrets.add(text)

    def _refuse(self, method: str, url: str, why: str) -> NoReturn:
        self.refused += 1
        raise RequestRefused(method, url, why)

    def _path_of(self, url: str) -> str | None:
        return self.locator.hosts.path_of(url, token_path=self._settings.token_path)

    def _purpose(self, method: str, path: str) -> Purpose:
        """Tell what a request is for, as the contract says; of what that does not have, GET alone reads."""
        asked = Request(method=method, url=f"https://tenant.invalid{path}")
        operation = self._contract.operation_for(asked)
        if operation is not None and operation.method == method:
            return operation.purpose
        return Purpose.READ if method == "GET" else Purpose.WRITE


def _allowed(settings: Settings) -> int:
    """Return the requests of a run, which asks each version of the API as much as another."""
    return settings.budget * len(settings.api_versions)


def _part(budget: int, share: int) -> int:
    """Return one worker's part of a budget: all of them together get no more than that, and each at least one."""
    return budget // share or min(budget, 1)


class _OtherLibraries:
    """The guard for code on other libraries than requests; below requests is one of them, urllib3."""

    def __init__(self, guard: Guard) -> None:
        self.note = guard.note
        self._guard = guard

    def claims(self, url: str) -> bool:
        """Tell whether a URL is the tenant's, and its request has not passed already."""
        return not self._guard.is_passing and self._guard.claims(url)

    def answer(self, request: Request) -> None:
        """Let a request pass, or raise `RequestRefused`."""
        self._guard.permit(request)


def _texts(response: Response) -> Iterator[str]:
    """Yield the texts in an answer to a token request: what of them is the token may change with an upgrade."""
    try:
        open_ends = [json.loads(response.body)]
    except ValueError:
        return
    while open_ends:
        match open_ends.pop():
            case str() as text:
                yield text
            case dict() as members:
                open_ends += members.values()
            case list() as items:
                open_ends += items


def _guarded(guard: Guard) -> type[HTTPAdapter]:
    class GuardedAdapter(HTTPAdapter):
        """Where requests for the live tenant pass the guard, on their way out."""

        def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            __tracebackhide__ = True
            sent = request_of(request)
            guard.permit(sent)
            with guard.passing():
                response = super().send(request, *args, **kwargs)
            is_stream = kwargs.get("stream", False)
            # JSON is short, and may name somebody; any other stream is left to its reader, unless it is recorded.
            if guard.is_recording or not is_stream or "json" in response.headers.get("Content-Type", ""):
                answer = response_of(response)
                guard.note(sent, answer, response.elapsed.total_seconds())
                if is_stream:
                    response.raw = raw_of(answer)
            return response

    return GuardedAdapter
