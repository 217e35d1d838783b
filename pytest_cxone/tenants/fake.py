"""The fake tenant as tests use it: states are arranged, time is moved, faults strike, the journal tells."""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pytest_cxone.client import CXoneClient
from pytest_cxone.errors import FakeError, Unanswerable
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Change, Fake
from pytest_cxone.fake.faults import Delivery, Fault, FaultKind
from pytest_cxone.fake.world import View, World
from pytest_cxone.model import Exchange, Hosts, Request, Secret
from pytest_cxone.settings import Settings, Transport
from pytest_cxone.states import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentsOnline,
    AgentUnknown,
    ProviderState,
    Scopes,
)
from pytest_cxone.tenants.in_process import answering

__all__ = ["FakeTenant"]

CLIENT_ID: Final = "fake-client"
CLIENT_SECRET: Final = "fake-secret"  # noqa: S105 - the fake's own
ACCESS_KEY_ID: Final = "fake-access-key"
ACCESS_KEY_SECRET: Final = "fake-access-secret"  # noqa: S105 - as above
_ROLE: Final = ("everything",)
"""What a client may do where the API has no scopes: what the role of its user may."""
_FIRST_ID: Final = 10_001


class FakeTenant:
    """A fake tenant for one test. Use it as a context manager: requests reach it inside the block.

    `settings` tell how it is reached and with which credentials.
    """

    evidence: Final = "fake"
    origin: Final = ""

    def __init__(self, settings: Settings, *, changes: Iterable[Change] = ()) -> None:
        self._fake = Fake(settings.dialect, new_world=self._new_world, changes=changes)
        self._scopes = settings.scopes or _ROLE
        self._open = ExitStack()
        self._next_id = _FIRST_ID
        self._served = False
        self.settings = replace(
            settings,
            client_id=CLIENT_ID,
            client_secret=Secret(CLIENT_SECRET),
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=Secret(ACCESS_KEY_SECRET),
        )
        self.settings = replace(self.settings, tenant_id=self.world.tenant_id)
        self._configured = self.settings

    def __enter__(self) -> Self:
        self._open.enter_context(answering(self._answer, self._configured.claims, self.clock))
        try:
            if self.settings.transport is Transport.HTTP:
                self.serve()
        except BaseException:
            self._open.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    # What tests arrange

    @property
    def world(self) -> World:
        """The world of the test's region: agents, log-ins, clients and tokens."""
        return self._fake.world(self.settings.region)

    @property
    def clock(self) -> Clock:
        """The tenant's clock."""
        return self._fake.clock

    def fault(self, kind: FaultKind, **details: Any) -> None:
        """Let a fault strike from now on; the details are those of `Fault`."""
        self._fake.add_fault(Fault(kind=kind, **details))

    def clear_faults(self) -> None:
        """End all faults."""
        self._fake.clear_faults()

    def in_region(self, region: str) -> Self:
        """Return this tenant as seen in another region: a world of its own, behind the region's own hosts."""
        if region == self.settings.region:
            return self
        other = object.__new__(type(self))
        settings = replace(self.settings.in_region(region), tenant_id=self._fake.world(region).tenant_id)
        other.__dict__ = {**self.__dict__, "settings": settings, "_served": False}
        return other

    def provide(self, state: ProviderState) -> str:
        """Bring a provider state about; return the agent's id, empty where the state is not about one agent."""
        match state:
            case AgentOnline():
                agent_id = state.agent_id or self._fresh_id()
                known = self.world.agent(agent_id)
                if known is not None and known.team in self._view.cannot_see:
                    self.world.add_agent(agent_id, team="Support")
                self.world.log_in(agent_id, state=state.state or "Available", group=state.group, latency=0)
            case AgentOffline():
                agent_id = state.agent_id or self._fresh_id()
                self.world.log_out(agent_id)
            case AgentHidden():
                agent_id = state.agent_id or self._fresh_id()
                self.world.hide(agent_id)
                self.world.log_in(agent_id, latency=0)
            case AgentUnknown():
                agent_id = state.agent_id or self._fresh_id()
                self.world.remove_agent(agent_id)
            case AgentsOnline():
                for _ in range(state.count - len(self.world.online(self._view))):
                    self.world.log_in(self._fresh_id(), latency=0)
                return ""
            case Scopes():
                self._scopes = state.scopes
                self.settings = replace(self.settings, scopes=state.scopes)
                self._add_client(self.world)
                return ""
        return agent_id

    # What tests inspect

    @property
    def journal(self) -> Sequence[Exchange]:
        """The exchanges so far, oldest first; the last 1,000."""
        return tuple(self._fake.journal)

    @property
    def is_certain(self) -> bool:
        """Whether no fault has struck."""
        return not self._fake.has_struck

    def doubts(self) -> tuple[()]:
        """Return nothing: what just answered is as good as it gets."""
        return ()

    def why_not_online(self, states: Iterable[ProviderState]) -> tuple[()]:  # noqa: ARG002 - the protocol's
        """Return nothing: who is online here is what the test arranged."""
        return ()

    def take_errors(self) -> list[Unanswerable]:
        """Return, and forget, the requests that the fake could not make sense of."""
        errors = list(self._fake.errors)
        self._fake.errors.clear()
        return errors

    # How it is reached

    def client(self) -> CXoneClient:
        """Return a client on the tenant's clock: it never really waits."""
        return CXoneClient(self.settings, clock=self.clock.now, sleep=self.clock.advance)

    def serve(self) -> str:
        """Serve the fake over loopback HTTP as well, once; return the URL, which the settings have from now on."""
        from pytest_cxone.server import serving

        if not self._served:
            self._served = True
            url = self._open.enter_context(serving(self._fake, self.settings.region)).url
            hosts = Hosts(url, url + self.settings.token_path, self.settings.issuer and url)
            self.settings = replace(self.settings, hosts=hosts)
        return self.settings.base_url

    @property
    def _view(self) -> View:
        """What the test's own client sees, whatever its scopes."""
        client = self.world.client(CLIENT_ID)
        return View(cannot_see=client.cannot_see if client else frozenset(), restricted=False)

    def _new_world(self, clock: Clock) -> World:
        world = World(clock=clock)
        self._add_client(world)
        return world

    def _add_client(self, world: World) -> None:
        world.add_client(
            CLIENT_ID,
            CLIENT_SECRET,
            scopes=self._scopes,
            access_key_id=ACCESS_KEY_ID,
            access_key_secret=ACCESS_KEY_SECRET,
        )

    def _fresh_id(self) -> str:
        while self.world.agent(str(self._next_id)) is not None:
            self._next_id += 1
        self._next_id += 1
        return str(self._next_id - 1)

    def _answer(self, request: Request) -> Delivery:
        try:
            return self._fake.answer(*self._at_root(request))
        except FakeError as error:
            # Kept as well: code under test may catch the exception, and the test should still hear of it.
            self._fake.errors.append(error)
            raise

    def _at_root(self, request: Request) -> tuple[Request, str]:
        """Return a request as the API has it, and the region that it is for."""
        located = self._configured.located(request.url)
        url = urlsplit(request.url)
        origin = f"{url.scheme}://{url.netloc}"
        if located is None:
            raise FakeError(
                f"{origin}{url.path} is not where the tenant is reached: its base URL is {self.settings.base_url}"
            )
        region, path = located
        return replace(request, url=origin + path), region
