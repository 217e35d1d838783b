"""How a diagnosis comes by its facts: what is asked of the tenant, in which order, and no more than it takes."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from pytest_cxone.client.observation import Observation, failure, observe_profile, observe_state, shown
from pytest_cxone.client.together import threads
from pytest_cxone.diagnosis import Diagnoses, Diagnosis, Elsewhere, Evidence, Facts, Floor, diagnose, other_than_id
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import AgentNotFound, ApiError, PermissionDenied
from pytest_cxone.model import Agent, AgentState, Call

if TYPE_CHECKING:
    from pytest_cxone.client.client import CXoneClient
    from pytest_cxone.client.listing import Listing

__all__ = ["Examination", "Progress"]

T = TypeVar("T")

_PAUSE: Final = 1.0
"""Seconds between two looks for an agent who may have logged in a moment ago."""
_GIVE_UP_AFTER: Final = 5
"""Failures in a row, after which the rest is not asked for: ten thousand timeouts would take a day."""


class Progress(Protocol):
    """Told how far an examination is."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note: so many of "pages" (their total is not known), "profiles" or "elsewhere"."""


@dataclass(slots=True, kw_only=True)
class _Case:
    """What is known of one agent so far."""

    agent_id: str
    state: AgentState | ApiError | None = None
    profile: Agent | ApiError | None = None
    waited: float = 0.0
    may_have_slipped: bool = False
    elsewhere: list[Elsewhere] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def is_present(self) -> bool:
        """Whether the agent exists and is not shown."""
        return self.state is None and isinstance(self.profile, Agent)

    def take(self, state: Observation[AgentState | ApiError | None]) -> None:
        """Let this be what is known of the agent's state."""
        self.state = state.found
        self.evidence.append(state.evidence)


class Examination:
    """Finds out about agents from one tenant, and from `elsewhere` (clients by the names of their environments).

    `wait` is for how many seconds an agent who is not listed is looked for again, `at_once` how many requests may be
    under way together; `most_pages` of the listing are read for one agent. Nothing that a tenant answers is raised: it
    becomes a diagnosis.
    """

    def __init__(
        self,
        client: "CXoneClient",
        *,
        wait: float,
        sleep: Callable[[float], None],
        at_once: int,
        elsewhere: "Mapping[str, CXoneClient]",
        progress: Progress | None = None,
        most_pages: int | None = None,
    ) -> None:
        self._client = client
        self._dialect = dialect(client.settings.dialect)
        self._wait = wait
        self._sleep = sleep
        self._at_once = at_once
        self._elsewhere = elsewhere
        self._progress = progress
        self._most_pages = most_pages

    def of_one(self, agent_id: str) -> Diagnosis:
        """Ask for the agent's state, and for as much more as it takes to tell why there is none."""
        case = _Case(agent_id=agent_id)
        case.take(observe_state(self._client, agent_id))
        if case.state is None:
            self._look_for_profiles([case])
        self._look_again([case], pause=_PAUSE)
        self._look_elsewhere([case])
        return self._diagnosed(case, self._floor_around(case) if self._needs_floor(case) else None)

    def of_many(self, agent_ids: Iterable[str], *, quick: bool) -> Diagnoses:
        """Read the listing once, and unless it is to be `quick` ask for the profiles of those who are not on it."""
        cases = {agent_id: _Case(agent_id=agent_id) for agent_id in agent_ids}
        listing = self._client.online_agents()
        floor = self._read(listing, cases)
        missing = [case for case in cases.values() if case.state is None]
        not_there = self._listing_evidence(listing, f"{_counted(floor.listed, 'agent')}, not this one")
        for case in missing:
            case.evidence.append(not_there)
            case.may_have_slipped = listing.may_have_missed(case.agent_id)
        slipped: tuple[str, ...] = ()
        if not quick:
            self._look_for_profiles(missing)
            slipped = self._find_slipped(missing, listing)
            self._look_again(missing, pause=self._wait, pages=listing.pages)
            self._look_elsewhere(missing)
        return Diagnoses(
            {agent_id: self._diagnosed(case, floor) for agent_id, case in cases.items()},
            pages=listing.pages,
            listed=floor.listed,
            repeated=listing.repeated,
            slipped=slipped,
        )

    # What is asked of this tenant

    def _read(self, listing: "Listing", cases: Mapping[str, _Case]) -> Floor:
        """Read the listing into the cases. Rows that came before an error are as good as any."""
        listed = 0
        teams: set[str] = set()
        call: Call | None = None
        try:
            for row in listing:
                if listing.call is not call and listing.call is not None:
                    call = listing.call
                    evidence = Evidence(request=shown(call), status=200, answer="a row of the agent")
                    self._tell("pages", listing.pages, None)
                listed += 1
                teams.update(filter(None, [row.team]))
                if row.agent_id in cases:
                    cases[row.agent_id].take(Observation(row, evidence))
        except ApiError as error:
            for case in cases.values():
                if case.state is None:
                    case.take(Observation(error, failure(error)))
        return Floor(listed=listed, teams=frozenset(teams))

    def _look_for_profiles(self, cases: Sequence[_Case]) -> None:
        found = self._each("profiles", lambda case: observe_profile(self._client, case.agent_id), cases)
        for case, profile in zip(cases, found, strict=True):
            case.profile = profile.found
            case.evidence.append(profile.evidence)

    def _find_slipped(self, missing: Iterable[_Case], listing: "Listing") -> tuple[str, ...]:
        """Ask for those whose rows may have moved between two pages, so that none is called offline for that."""
        doubtful = [case for case in missing if case.is_present and case.may_have_slipped]
        before_end = [case for case in doubtful if not listing.is_past_end(case.agent_id)]
        if len(before_end) < len(doubtful) and self._ends_as_before(listing):
            doubtful = before_end
        for case, state in self._states_of(doubtful, listing.pages, before=listing):
            case.take(state)
        return tuple(case.agent_id for case in doubtful if isinstance(case.state, AgentState))

    @staticmethod
    def _ends_as_before(listing: "Listing") -> bool:
        try:
            return listing.still_ends_there()
        except ApiError:
            return False

    def _look_again(self, missing: Iterable[_Case], *, pause: float, pages: int = 1) -> None:
        """Look again, after each pause, for those who may have logged in a moment ago."""
        left = [case for case in missing if case.is_present]
        waited = 0.0
        while left and waited < self._wait:
            step = min(pause, self._wait - waited)
            self._sleep(step)
            waited += step
            is_last = waited >= self._wait
            for case, state in self._states_of(left, pages):
                if isinstance(state.found, ApiError):
                    # The first look was answered, and that holds.
                    case.evidence.append(state.evidence)
                    continue
                case.waited = waited
                if state.found is not None or is_last:
                    case.take(state)
            left = [case for case in left if case.is_present]

    def _states_of(
        self, cases: Sequence[_Case], pages: int, before: "Listing | None" = None
    ) -> Iterable[tuple[_Case, Observation[AgentState | ApiError | None]]]:
        """Ask for states: one by one, or by another reading of the listing where that takes fewer requests.

        Whom that reading may have missed too is asked for alone, unless its pages are those of the one `before`.
        """
        if len(cases) <= pages:
            found = self._each("", lambda case: observe_state(self._client, case.agent_id), cases)
            return zip(cases, found, strict=True)
        listing = self._client.online_agents()
        again = {case.agent_id: _Case(agent_id=case.agent_id) for case in cases}
        self._read(listing, again)
        not_there = self._listing_evidence(listing, "not this agent")
        if before is None or listing.bounds != before.bounds:
            missing = [copy for copy in again.values() if copy.state is None]
            doubtful = [copy for copy in missing if listing.may_have_missed(copy.agent_id)]
            alone = self._each("", lambda copy: observe_state(self._client, copy.agent_id), doubtful)
            for copy, state in zip(doubtful, alone, strict=True):
                copy.take(state)
        found = [
            Observation(copy.state, copy.evidence[0] if copy.evidence else not_there)
            for copy in (again[case.agent_id] for case in cases)
        ]
        return zip(cases, found, strict=True)

    def _needs_floor(self, case: _Case) -> bool:
        """Tell whether others of the agent's team say more of it than is known already."""
        is_elsewhere = any(isinstance(there.found, AgentState) for there in case.elsewhere)
        return case.is_present and not is_elsewhere and not self._lacking

    def _floor_around(self, case: _Case) -> Floor | None:
        """Read the listing until somebody of the agent's team is on it: then this client sees the team."""
        team = case.profile.team if isinstance(case.profile, Agent) else None
        listing = self._client.online_agents(most_pages=self._most_pages)
        listed = 0
        teams: set[str] = set()
        try:
            for row in listing:
                listed += 1
                teams.update(filter(None, [row.team]))
                if team in {None, row.team}:
                    break
        except ApiError as error:
            case.evidence.append(failure(error))
            return None
        around = "one of its team" if team in teams else "none of its team" if team and teams else "no team told"
        case.evidence.append(self._listing_evidence(listing, f"{_counted(listed, 'agent')}, {around}"))
        return Floor(listed=listed, teams=frozenset(teams), is_whole=listing.is_whole)

    def _listing_evidence(self, listing: "Listing", answer: str) -> Evidence:
        call = self._dialect.next_page(None, None)
        return Evidence(request=f"{call}, {_counted(listing.pages, 'page')}", status=200, answer=answer)

    # What is asked elsewhere

    def _look_elsewhere(self, cases: Iterable[_Case]) -> None:
        """Look into the other environments for those whom this one does not have, or does not show."""
        sought = [
            case
            for case in cases
            if case.is_present
            or (isinstance(case.profile, AgentNotFound) and case.state is None and not other_than_id(case.agent_id))
        ]
        for name, client in self._elsewhere.items():
            found = self._each("elsewhere", _looking_into(client), sought)
            for case, there in zip(sought, found, strict=True):
                case.elsewhere.append(Elsewhere(environment=name, found=there.found))
                case.evidence.append(replace(there.evidence, request=f"in {name!r}: {there.evidence.request}"))

    # How it is asked

    def _each(
        self, stage: str, look: Callable[[_Case], Observation[T]], cases: Sequence[_Case]
    ) -> list[Observation[T]]:
        """Look for each case, some at a time, and return what was found in their order."""
        failed: list[Observation[T]] = []
        hopeless: list[Observation[T]] = []

        def unless_hopeless(case: _Case) -> Observation[T]:
            if hopeless:
                last = hopeless[-1]
                return last._replace(
                    evidence=replace(last.evidence, answer=f"{last.evidence.answer}; not asked again for this agent")
                )
            seen = look(case)
            if isinstance(seen.found, ApiError) and not isinstance(seen.found, AgentNotFound):
                failed.append(seen)
                hopeless.extend(failed[_GIVE_UP_AFTER - 1 :])
            else:
                failed.clear()
            return seen

        found: list[Observation[T]] = []
        for seen in self._map(unless_hopeless, cases):
            found.append(seen)
            if stage:
                self._tell(stage, len(found), len(cases))
        return found

    def _map(self, function: Callable[[_Case], T], cases: Sequence[_Case]) -> Iterator[T]:
        if self._at_once == 1 or len(cases) <= 1:
            yield from map(function, cases)
            return
        with threads(self._at_once, "diagnosis") as pool:
            yield from pool.map(function, cases)

    def _tell(self, stage: str, done: int, total: int | None) -> None:
        if self._progress is not None:
            self._progress(stage, done, total)

    @cached_property
    def _lacking(self) -> tuple[str, ...]:
        """The scopes that the API's operations need and the tenant did not grant."""
        try:
            granted = self._client.tokens.grant(self._client.http, timeout=self._client.settings.timeout).scopes
        except ApiError:
            return ()
        return () if granted is None else tuple(scope for scope in self._dialect.scopes if scope not in granted)

    def _diagnosed(self, case: _Case, floor: Floor | None) -> Diagnosis:
        return diagnose(
            Facts(
                agent_id=case.agent_id,
                state=case.state,
                profile=case.profile,
                waited=case.waited,
                floor=floor,
                elsewhere=tuple(case.elsewhere),
                lacking=self._lacking if _is_about_rights(case) else (),
                may_have_slipped=case.may_have_slipped,
                evidence=tuple(case.evidence),
            )
        )


def _is_about_rights(case: _Case) -> bool:
    return case.is_present or isinstance(case.state or case.profile, PermissionDenied)


def _looking_into(client: "CXoneClient") -> Callable[[_Case], Observation[Any]]:
    def look(case: _Case) -> Observation[Any]:
        if case.is_present:
            return observe_state(client, case.agent_id)
        there = observe_profile(client, case.agent_id)
        return there if not isinstance(there.found, AgentNotFound) else Observation(None, there.evidence)

    return look


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
