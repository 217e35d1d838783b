"""How a diagnosis comes by its facts: what is asked of the tenant, in which order, and no more than it takes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from pytest_cxone.client.asking import Asking
from pytest_cxone.client.observation import (
    Observation,
    failure,
    observe_profile,
    observe_search,
    observe_state,
    row_on,
)
from pytest_cxone.diagnosis import Diagnoses, Diagnosis, Evidence
from pytest_cxone.errors import AgentNotFound, ApiError, NetworkError, PermissionDenied, ServiceUnavailable
from pytest_cxone.model import Agent, AgentState
from pytest_cxone.verdicts import Elsewhere, Facts, Floor, diagnose, other_than_id

if TYPE_CHECKING:
    from pytest_cxone.client.client import CXoneClient
    from pytest_cxone.client.listing import Listing

__all__ = ["Examination"]

_PAUSE: Final = 1.0
"""Seconds between two looks for an agent who may have logged in a moment ago."""

StateSeen = Observation[AgentState | ApiError | None]


@dataclass(slots=True, kw_only=True)
class _Case:
    """What is known of one agent so far."""

    agent_id: str
    state: AgentState | ApiError | None = None
    profile: Agent | ApiError | None = None
    waited: float = 0.0
    may_have_slipped: bool = False
    was_asked: bool = True
    elsewhere: list[Elsewhere] = field(default_factory=list)
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def is_present(self) -> bool:
        """Whether the agent exists and is not shown."""
        return self.state is None and isinstance(self.profile, Agent)

    @property
    def may_log_in(self) -> bool:
        """Whether the agent may have logged in a moment ago: it exists, and is not shown or shown as logged out."""
        is_logged_out = isinstance(self.state, AgentState) and not self.state.is_online
        return self.is_present or is_logged_out

    @property
    def is_unknown(self) -> bool:
        """Whether an id that may be one has neither a row nor a profile."""
        return self.state is None and isinstance(self.profile, AgentNotFound) and not other_than_id(self.agent_id)

    def take(self, state: StateSeen) -> None:
        """Let this be what is known of the agent's state."""
        self.state = state.found
        self._keep(state)

    def take_profile(self, profile: Observation[Agent | ApiError]) -> None:
        """Let this be what is known of the agent's profile."""
        self.profile = profile.found
        self._keep(profile)

    def _keep(self, seen: Observation[object]) -> None:
        self.evidence.append(seen.evidence)
        self.was_asked = self.was_asked and seen.was_asked


class Examination:
    """Finds out about agents from one tenant, and from `elsewhere` (clients by the names of their environments).

    `wait` is for how many seconds an agent who is not listed is looked for again; `most_pages` of the listing are read
    for one agent. Nothing that a tenant answers is raised: it becomes a diagnosis. `clock` and `sleep` are in seconds.
    """

    def __init__(
        self,
        client: "CXoneClient",
        asking: Asking,
        *,
        wait: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        elsewhere: "Mapping[str, CXoneClient]",
        most_pages: int | None = None,
    ) -> None:
        self._client = client
        self._asking = asking
        self._dialect = client.dialect
        self._wait = wait
        self._clock = clock
        self._sleep = sleep
        self._elsewhere = elsewhere
        self._most_pages = most_pages
        self._began = clock()

    def of_one(self, agent_id: str) -> Diagnosis:
        """Ask for the agent's state, and for as much more as it takes to tell why there is none."""
        case = _Case(agent_id=agent_id)
        case.take(self._state_of(agent_id))
        if case.state is None:
            case.take_profile(self._profile_of(agent_id))
        self._look_again([case], pause=_PAUSE)
        self._look_elsewhere([case])
        return self._diagnosed(case, self._floor_around(case) if self._needs_floor(case) else None)

    def of_many(self, agent_ids: Iterable[str], *, quick: bool) -> Diagnoses:
        """Read the listing once, and unless it is to be `quick` ask for the profiles of those who are not on it."""
        cases = {agent_id: _Case(agent_id=agent_id) for agent_id in agent_ids}
        listing, floor = self._read_listing(cases)
        missing = [case for case in cases.values() if case.state is None]
        not_there = self._listing_evidence(listing, f"{_counted(floor.listed, 'agent')}, not this one")
        doubtful = {case.agent_id for case in missing if listing.may_have_missed(case.agent_id)}
        past_end = set(filter(listing.is_past_end, doubtful))
        ends_there = not past_end or _still_ends_there(listing)
        if ends_there:
            doubtful -= past_end
        for case in missing:
            case.evidence.append(not_there)
            case.may_have_slipped = case.agent_id in doubtful
        slipped: tuple[str, ...] = ()
        if not quick:
            for case, profile in zip(missing, self._profiles_of(_ids(missing)), strict=True):
                case.take_profile(profile)
            slipped = self._find_slipped(missing, listing)
            self._look_again(cases.values(), pause=self._wait, pages=listing.pages)
            self._look_elsewhere(missing)
        return Diagnoses(
            {agent_id: self._diagnosed(case, floor) for agent_id, case in cases.items()},
            pages=listing.pages,
            listed=floor.listed,
            repeated=listing.repeated,
            slipped=slipped,
            doubtful=tuple(case.agent_id for case in missing if case.may_have_slipped) if quick else (),
            moved=bool(listing.repeated or slipped or not ends_there),
        )

    # What is asked of this tenant

    def _state_of(self, agent_id: str) -> StateSeen:
        return observe_state(self._client, agent_id)

    def _profile_of(self, agent_id: str) -> Observation[Agent | ApiError]:
        return observe_profile(self._client, agent_id)

    def _profiles_of(self, agent_ids: Sequence[str]) -> list[Observation[Agent | ApiError]]:
        """Ask for profiles, first by a search where the API has one; whom that does not find may only be hidden."""
        found = observe_search(self._client, agent_ids) if len(agent_ids) > 1 else {}
        left = [agent_id for agent_id in agent_ids if agent_id not in found]
        found.update(zip(left, self._asking.each(self._profile_of, left, stage="profiles"), strict=True))
        return [found[agent_id] for agent_id in agent_ids]

    def _read_listing(self, cases: Mapping[str, _Case]) -> "tuple[Listing, Floor]":
        """Read the listing, and once more where it breaks off: one page that failed says nothing of a whole floor."""
        listing = self._client.online_agents()
        floor = self._read(listing, cases)
        cut_off = [case for case in cases.values() if isinstance(case.state, ServiceUnavailable | NetworkError)]
        if not cut_off or not listing.pages:
            return listing, floor
        self._sleep(_PAUSE)
        for case in cut_off:
            case.state = None
        listing = self._client.online_agents()
        return listing, self._read(listing, cases)

    def _read(self, listing: "Listing", cases: Mapping[str, _Case]) -> Floor:
        """Read the listing into the cases. Rows that came before an error are as good as any."""
        rows: list[AgentState] = []
        try:
            for page in listing.by_page():
                self._asking.tell("pages", listing.pages, None)
                rows += page.rows
                for row in page.rows:
                    if row.agent_id in cases and cases[row.agent_id].state is None:
                        cases[row.agent_id].take(Observation(row, row_on(page.call, row)))
        except ApiError as error:
            for case in cases.values():
                if case.state is None:
                    case.take(Observation(error, failure(error)))
        return _floor(rows, listing)

    def _find_slipped(self, missing: Iterable[_Case], listing: "Listing") -> tuple[str, ...]:
        """Ask for those whose rows may have moved between two pages, so that none is called offline for that."""
        doubtful = [case for case in missing if case.is_present and case.may_have_slipped]
        for case, state in self._states_of(doubtful, listing.pages, before=listing):
            case.take(state)
        return tuple(case.agent_id for case in doubtful if _is_online(case.state))

    def _look_again(self, missing: Iterable[_Case], *, pause: float, pages: int = 1) -> None:
        """Look again, after each pause, for those who may have logged in a moment ago."""
        left = [case for case in missing if case.may_log_in]
        rested = 0.0
        while left and rested < self._wait:
            step = min(pause, self._wait - rested)
            self._sleep(step)
            rested += step
            for case, state in self._states_of(left, pages):
                if isinstance(state.found, ApiError):
                    # The first look was answered, and that holds.
                    case.evidence.append(state.evidence)
                    continue
                case.waited = max(rested, self._elapsed)
                if _is_online(state.found) or rested >= self._wait:
                    case.take(state)
            left = [case for case in left if case.may_log_in]

    def _states_of(
        self, cases: Sequence[_Case], pages: int, before: "Listing | None" = None
    ) -> Iterable[tuple[_Case, StateSeen]]:
        """Ask for states: one by one, or by another reading of the listing where that takes fewer requests.

        Whom that reading may have missed too is asked for alone, unless its pages are those of the one `before`.
        """
        if len(cases) <= pages:
            return zip(cases, self._asking.each(self._state_of, _ids(cases)), strict=True)
        listing = self._client.online_agents()
        again = {case.agent_id: _Case(agent_id=case.agent_id) for case in cases}
        self._read(listing, again)
        not_there = self._listing_evidence(listing, "not this agent")
        seen = {
            agent_id: Observation(copy.state, (copy.evidence or [not_there])[0]) for agent_id, copy in again.items()
        }
        if before is None or not listing.held_still_since(before):
            missed = [agent_id for agent_id, copy in again.items() if copy.state is None]
            doubtful = [agent_id for agent_id in missed if listing.may_have_missed(agent_id)]
            seen.update(zip(doubtful, self._asking.each(self._state_of, doubtful), strict=True))
        return [(case, seen[case.agent_id]) for case in cases]

    def _needs_floor(self, case: _Case) -> bool:
        """Tell whether others of the agent's team say more of it than is known already."""
        is_elsewhere = any(_is_online(there.found) for there in case.elsewhere)
        return case.is_present and not is_elsewhere and not self._lacking

    def _floor_around(self, case: _Case) -> Floor | None:
        """Read the listing until somebody of the agent's team is on it: then this client sees the team.

        The agent may be on it by now; then that is what is known.
        """
        team = case.profile.team if isinstance(case.profile, Agent) else None
        listing = self._client.online_agents(most_pages=self._most_pages)
        rows: list[AgentState] = []
        try:
            for page in listing.by_page():
                rows += page.rows
                for row in page.rows:
                    if row.agent_id == case.agent_id:
                        case.waited = self._elapsed
                        case.take(Observation(row, row_on(page.call, row)))
                        return None
                is_witnessed = rows and (team is None or any(row.team == team for row in page.rows))
                # A listing of everybody is read for the agent itself.
                if is_witnessed and not self._dialect.lists_offline:
                    break
        except ApiError as error:
            case.evidence.append(failure(error))
            return None
        floor = _floor(rows, listing)
        if team is None or not floor.teams:
            around = "no team told"
        else:
            around = "one of its team" if team in floor.teams else "none of its team"
        case.evidence.append(self._listing_evidence(listing, f"{_counted(floor.listed, 'agent')}, {around}"))
        return floor

    def _listing_evidence(self, listing: "Listing", answer: str) -> Evidence:
        call = self._dialect.page_call(0, self._dialect.page_size)
        return Evidence(request=f"{call}, {_counted(listing.pages, 'page')}", status=listing.status, answer=answer)

    # What is asked elsewhere

    def _look_elsewhere(self, cases: Iterable[_Case]) -> None:
        """Look into the other environments for those whom this one does not have, or does not show."""
        sought = {case.agent_id: case for case in cases if case.is_present or case.is_unknown}
        for name, client in self._elsewhere.items():

            def look(agent_id: str, client: "CXoneClient" = client) -> Observation[Any]:
                return _look_into(client, sought[agent_id])

            found = self._asking.each(look, list(sought), stage="elsewhere")
            for case, there in zip(sought.values(), found, strict=True):
                case.elsewhere.append(Elsewhere(environment=name, found=there.found))
                case.evidence.append(replace(there.evidence, request=f"in {name!r}: {there.evidence.request}"))

    # What it comes to

    @property
    def _elapsed(self) -> float:
        return round(self._clock() - self._began, 1)

    @cached_property
    def _lacking(self) -> tuple[str, ...]:
        """The scopes that the API's operations need and the tenant did not grant."""
        try:
            granted = self._client.tokens.grant(self._client.http, timeout=self._client.settings.timeout).scopes
        except ApiError:
            return ()
        return () if granted is None else tuple(scope for scope in self._dialect.scopes if scope not in granted)

    def _diagnosed(self, case: _Case, floor: Floor | None) -> Diagnosis:
        is_about_rights = case.is_present or isinstance(case.state or case.profile, PermissionDenied)
        return diagnose(
            Facts(
                agent_id=case.agent_id,
                state=case.state,
                profile=case.profile,
                waited=case.waited,
                floor=floor,
                elsewhere=tuple(case.elsewhere),
                advice=self._dialect.advice,
                lists_offline=self._dialect.lists_offline,
                lacking=self._lacking if is_about_rights else (),
                may_have_slipped=case.may_have_slipped,
                was_asked=case.was_asked,
                evidence=tuple(case.evidence),
            )
        )


def _look_into(client: "CXoneClient", case: _Case) -> Observation[AgentState | Agent | ApiError | None]:
    """Look for an agent in another environment: its profile where it is unknown here, else its state.

    Ids are a tenant's own. Whoever has this one there is the same person only by the same e-mail address.
    """
    if not isinstance(case.profile, Agent):
        there = observe_profile(client, case.agent_id)
        return Observation(None, there.evidence) if isinstance(there.found, AgentNotFound) else there
    state = observe_state(client, case.agent_id)
    if isinstance(state.found, AgentState):
        if not state.found.is_online:
            return Observation(None, state.evidence)
        profile = observe_profile(client, case.agent_id)
        if not isinstance(profile.found, Agent) or profile.found.email.lower() != case.profile.email.lower():
            return Observation(None, replace(state.evidence, answer="a row, perhaps of somebody else with this id"))
    return state


def _still_ends_there(listing: "Listing") -> bool:
    try:
        return listing.still_ends_there()
    except ApiError:
        return False


def _floor(rows: Sequence[AgentState], listing: "Listing") -> Floor:
    teams = frozenset(row.team for row in rows if row.team is not None)
    is_whole = listing.is_whole and not listing.lacking
    return Floor(listed=sum(row.is_online for row in rows), teams=teams, is_whole=is_whole)


def _is_online(found: object) -> bool:
    return isinstance(found, AgentState) and found.is_online


def _ids(cases: Iterable[_Case]) -> list[str]:
    return [case.agent_id for case in cases]


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
