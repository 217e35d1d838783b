"""A live tenant: nothing is arranged. States are found or checked, and every request passes a guard."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Self

from pytest_cxone.cassettes.recorder import Take
from pytest_cxone.client import LONGEST_WAIT, CXoneClient
from pytest_cxone.diagnosis import Diagnosis
from pytest_cxone.errors import AgentNotFound, FakeOnly, PermissionDenied, RequestRefused, StateNotProvided
from pytest_cxone.model import AgentState, Exchange
from pytest_cxone.settings import OnMissing, Settings
from pytest_cxone.states import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentsOnline,
    AgentUnknown,
    ProviderState,
    Scopes,
)
from pytest_cxone.tenants.guard import Guard
from pytest_cxone.tenants.interception import intercepting
from pytest_cxone.tenants.libraries import patched

__all__ = ["LiveTenant", "WallClock"]

_NOBODYS_ID: Final = "999000000000001"
_ASK_AGAIN_AFTER: Final = 0.5
_AT_ONCE: Final = 8
"""Requests of one client under way together, where the operator has set no rate."""
_PAGES_TO_DIAGNOSE: Final = 4
"""Of the listing: many tests may miss their agents, and share a budget."""


class _NotListed(StateNotProvided):
    """No state is listed of the agent who is to be online."""

    state: AgentOnline


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
    """A live tenant for one test. Requests made inside the `with` block pass the guard, and `take` writes them down."""

    evidence: Final = "live"
    is_certain: Final = True
    origin: Final = ""

    def __init__(
        self,
        settings: Settings,
        guard: Guard,
        *,
        take: Take | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.settings = settings
        self.take = take
        self._guard = guard
        self._sleep = sleep
        self._open = ExitStack()
        self._diagnosed: dict[AgentOnline, Diagnosis] = {}

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            opening.enter_context(intercepting(self._guard.claims, self._guard.adapter, first=True))
            opening.enter_context(patched(self._guard.other_libraries))
            self._locate()
            if self.take is not None:
                opening.enter_context(self._guard.recording(self.take))
            self._open = opening.pop_all()
        return self

    def _locate(self) -> None:
        """Find out, once for a run, where the tenant is and which: the test is told, before it asks."""
        if not self.settings.auth_url or not self.settings.base_url:
            with self.client() as client:
                hosts = client.http.locate()
                self.settings = replace(self.settings, hosts=hosts, tenant_id=client.locator.tenant_id)

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

    def doubts(self) -> tuple[()]:
        """Return nothing: what just answered is as good as it gets."""
        return ()

    def why_not_online(self, states: Iterable[ProviderState]) -> list[Diagnosis]:
        """Return a diagnosis of each agent who should be online by these states, and is not."""
        wanted = [state for state in states if isinstance(state, AgentOnline) and state.agent_id is not None]
        with self._unrecorded(), suppress(RequestRefused):
            for state in wanted:
                self._diagnose(state)
        found = [self._diagnosed[state] for state in wanted if state in self._diagnosed]
        return [diagnosis for diagnosis in found if not diagnosis.verdict.is_online]

    def take_errors(self) -> list[Any]:
        """Return nothing: a live tenant makes no errors of the fake."""
        return []

    def client(self) -> CXoneClient:
        """Return a client; all clients of a run with the same scopes share one token."""
        return self._new_client(self.settings)

    def _new_client(self, settings: Settings, *, longest_wait: float = LONGEST_WAIT) -> CXoneClient:
        is_free = settings.rate == 0 and self.take is None
        client = CXoneClient(
            settings,
            sleep=self._sleep,
            tokens=self._guard.tokens.get(settings.scopes),
            locator=self._guard.locator,
            at_once=_AT_ONCE if is_free else 1,
            longest_wait=longest_wait,
            ids_have_order=self.take is None,
        )
        self._guard.tokens[settings.scopes] = client.tokens
        return client

    def provide(self, state: ProviderState) -> str:
        """Find the state, or check it; return the agent's id on this tenant. Raises `StateNotProvided`.

        An id of None takes the agent that the settings name for the purpose, or any that the listing shows.
        """
        self._guard.named.update(filter(None, [getattr(state, "agent_id", None)]))
        with self._unrecorded():
            agent_id = self._provide(state)
        if self.take is not None:
            self.take.states.append((state, agent_id))
        return agent_id

    @contextmanager
    def _unrecorded(self) -> Iterator[None]:
        """Leave what is asked in the block out of recording and comparison: the test did not ask it."""
        with self._guard.aside(), nullcontext() if self.take is None else self.take.paused():
            yield

    def _provide(self, state: ProviderState) -> str:
        deadline = self.settings.wait if self.settings.on_missing is OnMissing.WAIT else 0.0
        waited = 0.0
        while True:
            try:
                return self._find(state)
            except StateNotProvided as error:
                if isinstance(error, FakeOnly) or waited >= deadline:
                    raise self._explained(error, waited) from None
                pause = min(_ASK_AGAIN_AFTER, deadline - waited)
                self._sleep(pause)
                waited += pause

    def _explained(self, error: StateNotProvided, waited: float) -> StateNotProvided:
        reason, remedy = error.reason, error.remedy
        if isinstance(error, _NotListed):
            try:
                diagnosis = self._diagnose(error.state)
            except RequestRefused:
                reason += ", and the budget leaves no request to find out why"
            else:
                reason, remedy = diagnosis.finding, diagnosis.action
        elif not waited:
            return error
        return StateNotProvided(error.state, reason + (f"; waited {waited:g} s" if waited else ""), remedy)

    def _diagnose(self, state: AgentOnline) -> Diagnosis:
        """Diagnose the agent, once for a test; what fails is not waited for, as many tests may fail."""
        if state not in self._diagnosed:
            with self._new_client(self.settings, longest_wait=0) as client:
                agent_id = self.settings.agent_id(state.agent_id or "")
                self._diagnosed[state] = client.diagnose(agent_id, wait=0, most_pages=_PAGES_TO_DIAGNOSE)
        return self._diagnosed[state]

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
                raise _NotListed(state, "no state is listed")
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
            row = client.look(agent_id).row
            if row is not None and row.is_online:
                raise StateNotProvided(state, f"agent {agent_id} is logged in", remedy)
            if row is None and client.dialect.lists_offline:
                raise StateNotProvided(state, f"the client does not see agent {agent_id}, logged out or not", remedy)
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
            if client.look(agent_id).row is not None:
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
        client = self._new_client(narrowed)
        try:
            with client:
                granted = client.tokens.grant(client.http, timeout=self.settings.timeout).scopes
        except PermissionDenied as error:
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
