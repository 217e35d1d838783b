"""From what was seen of an agent to a diagnosis. Pure: `diagnose` takes the facts and decides.

Where they allow more than one cause, the verdict says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from pytest_cxone.diagnosis import Certainty, Diagnosis, Evidence, Verdict
from pytest_cxone.dialects import Advice
from pytest_cxone.errors import (
    AgentNotFound,
    ApiError,
    AuthenticationFailed,
    ContractViolation,
    ListingNotAdvancing,
    NetworkError,
    NetworkFailure,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    UnexpectedResponse,
    Violation,
)
from pytest_cxone.model import Agent, AgentState
from pytest_cxone.scrub import one_line, without_mailboxes

__all__ = ["Elsewhere", "Facts", "Floor", "diagnose", "other_than_id"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """What the listing shows of others: how many, their teams where the tenant tells them; perhaps not the whole."""

    listed: int
    teams: frozenset[str]
    is_whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """What another environment, named as it is configured, has of the agent; None where it has nothing."""

    environment: str
    found: AgentState | Agent | ApiError | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What was seen of one agent.

    `state` is None where no row is listed; `profile` is None where nobody asked for it. `waited` is in seconds, from
    the first look to the one that `state` is of. `floor` is None where the listing was not read to its end. `lacking`
    names scopes that the tenant did not grant. `may_have_slipped` is for an agent whose row may have moved from a page
    that was not read yet to one that was. An agent who was not asked for has the error of others: the tenant failed for
    too many in a row. `advice` has the dialect's words; `lists_offline` says that its listing has those who are logged
    out, too.
    """

    agent_id: str
    state: AgentState | ApiError | None
    advice: Advice
    lists_offline: bool = False
    profile: Agent | ApiError | None = None
    waited: float = 0.0
    floor: Floor | None = None
    elsewhere: tuple[Elsewhere, ...] = ()
    lacking: tuple[str, ...] = ()
    may_have_slipped: bool = False
    was_asked: bool = True
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Finding:
    """What the facts come to."""

    verdict: Verdict
    certainty: Certainty = Certainty.CERTAIN
    cause: str
    action: str
    error: ApiError | None = None
    found_in: str = ""
    missing_scopes: tuple[str, ...] = ()


def diagnose(facts: Facts) -> Diagnosis:
    """Decide. A row is proof whatever else went wrong; without a contract-true answer nothing is said of the agent."""
    finding = _finding(facts)
    if finding.error is not None and not facts.was_asked:
        cause = f"{finding.cause}, for others in a row; this agent was not asked for"
        finding = replace(finding, certainty=Certainty.LIKELY, cause=cause)
    return Diagnosis(
        agent_id=facts.agent_id,
        verdict=finding.verdict,
        certainty=finding.certainty,
        cause=finding.cause,
        action=finding.action,
        agent=facts.profile if isinstance(facts.profile, Agent) else None,
        state=facts.state if isinstance(facts.state, AgentState) else None,
        error=finding.error,
        waited=facts.waited,
        found_in=finding.found_in,
        missing_scopes=finding.missing_scopes,
        evidence=facts.evidence,
    )


def _finding(facts: Facts) -> _Finding:
    match facts.state, facts.profile:
        case AgentState(is_online=True) as state, _:
            return _online(state, facts)
        case AgentState() as state, _:
            return _logged_out(state, facts.waited)
        # A path that does not exist answers 404 to everything, so a profile's 404 says something only beside this.
        case ApiError() as error, _:
            return _blamed(error, facts)
        case _, AgentNotFound():
            return _not_found(facts)
        case _, ApiError() as error:
            return _blamed(error, facts)
        case _, None:
            return _not_asked_for(facts)
        case _, Agent() as agent:
            return _not_shown(agent, facts)
    raise AssertionError(facts)


def _online(state: AgentState, facts: Facts) -> _Finding:
    named = without_mailboxes(f"in state {state.state!r} of group {state.group!r}")
    since = f"{named}{_since(state)}"
    if facts.waited:
        return _Finding(
            verdict=Verdict.ONLINE_LATE,
            cause=f"{since}; the listing showed it after {facts.waited:g} s",
            action=f"nothing to do: a fresh log-in {facts.advice.delay}, so ask again before you call it missing",
        )
    return _Finding(verdict=Verdict.ONLINE, cause=f"logged in, {since}", action="nothing to do")


def _since(state: AgentState) -> str:
    return f" since {state.since.isoformat(timespec='seconds')}" if state.since else ""


def _logged_out(state: AgentState, waited: float) -> _Finding:
    still = f", {waited:g} s later too" if waited else ""
    return _Finding(
        verdict=Verdict.OFFLINE,
        cause=f"the tenant lists the agent as logged out{_since(state)}{still}",
        action="let the agent log in",
    )


def _not_found(facts: Facts) -> _Finding:
    form = other_than_id(facts.agent_id)
    if form:
        return _Finding(
            verdict=Verdict.NOT_AN_ID,
            certainty=Certainty.CERTAIN if "@" in facts.agent_id else Certainty.LIKELY,
            cause=f"no agent has this id; it looks like {form}",
            action="take the id from the address of the agent's page in the Admin Console",
        )
    for there in facts.elsewhere:
        if isinstance(there.found, Agent | AgentState):
            return _wrong_environment(there, "no agent has this id here, and one has it")
    profile = facts.profile
    is_said = isinstance(profile, ApiError) and profile.in_json and profile.status in _REFUSING
    if is_said:
        or_not = ""
    elif isinstance(profile, ApiError) and profile.in_json:
        or_not = f"; or the tenant keeps it from this client, as it answers {profile.status} without a profile"
    else:
        or_not = "; or what stands before the API does not let the request through, as its 404 is no JSON"
    return _Finding(
        verdict=Verdict.UNKNOWN,
        certainty=Certainty.CERTAIN if is_said else Certainty.LIKELY,
        cause=f"no agent has this id{_looked_elsewhere(facts)}{or_not}",
        action="check the id against the agent's page in the Admin Console, and that it belongs to this region; "
        "the agent may have been deleted",
    )


_REFUSING: Final = frozenset({400, 404})
"""The statuses that say of an id that it is nobody's."""


def other_than_id(agent_id: str) -> str:
    """Say what else than an id a text looks like; empty where it may be one."""
    if "@" in agent_id:
        return "an e-mail address"
    if not any(map(str.isdigit, agent_id)) or " " in agent_id.strip():
        return "a name"
    return ""


def _wrong_environment(there: Elsewhere, seen: str) -> _Finding:
    return _Finding(
        verdict=Verdict.WRONG_ENVIRONMENT,
        # Ids are a tenant's own: the same one may be somebody else's there.
        certainty=Certainty.LIKELY,
        cause=f"{seen} in the environment {there.environment!r}",
        action=f"ask there (--profile {there.environment}), and check the region and hosts of whoever misses the agent",
        found_in=there.environment,
    )


def _looked_elsewhere(facts: Facts) -> str:
    failed = [repr(there.environment) for there in facts.elsewhere if isinstance(there.found, ApiError)]
    looked = [repr(there.environment) for there in facts.elsewhere if not isinstance(there.found, ApiError)]
    nor = f", nor in {', '.join(looked)}" if looked else ""
    return nor + (f"; {', '.join(failed)} could not be asked" if failed else "")


def _not_asked_for(facts: Facts) -> _Finding:
    if facts.may_have_slipped:
        return _Finding(
            verdict=Verdict.NOT_LISTED,
            certainty=Certainty.POSSIBLE,
            cause="no page had the agent; but a row can have been missed: its place is between two pages, and somebody "
            "may have logged out between the reading of the one and of the other, or fewer rows came than there are",
            action="ask for this agent alone, or leave --quick away",
        )
    return _Finding(
        verdict=Verdict.NOT_LISTED,
        cause="no page had the agent: logged out, hidden from this client, or no agent has this id",
        action="leave --quick away to tell these apart",
    )


def _not_shown(agent: Agent, facts: Facts) -> _Finding:
    """Decide on an agent who exists and of whom no state is listed."""
    for there in facts.elsewhere:
        if isinstance(there.found, AgentState):
            return _wrong_environment(there, "the agent exists here without a state, and is logged in")
    asked_again = f", nor {facts.waited:g} s later" if facts.waited else ""
    seen = f"the agent exists and no state is listed{asked_again}"
    if facts.lacking:
        scopes = ", ".join(facts.lacking)
        return _Finding(
            verdict=Verdict.MISSING_SCOPE,
            certainty=Certainty.POSSIBLE,
            cause=f"{seen}; the client lacks {scopes}, without which states may be kept from it, so nobody can tell "
            "this from logged out",
            action=f"{facts.advice.grant_it.format(it=scopes)}, then ask again",
            missing_scopes=facts.lacking,
        )
    if facts.lists_offline:
        later = f", {facts.waited:g} s later too" if facts.waited else ""
        return _Finding(
            verdict=Verdict.HIDDEN,
            certainty=Certainty.LIKELY if _shows_all(facts.floor) else Certainty.POSSIBLE,
            cause=f"the agent exists and no state is told{later}, while those who are logged out have one too: the "
            "client may not see it; or it never logged in, or is not active",
            action=f"see {facts.advice.visibility}, and whether the agent is active",
        )
    floor = facts.floor or Floor(listed=0, teams=frozenset())
    team = repr(without_mailboxes(agent.team or ""))
    if agent.team is not None and agent.team in floor.teams:
        return _Finding(
            verdict=Verdict.OFFLINE,
            certainty=Certainty.LIKELY,
            cause=f"{seen}, while others of its team {team} are: logged out",
            action="let the agent log in; only then is there a state (history is the Analytics API's)",
        )
    if agent.team is not None and floor.teams and floor.is_whole:
        return _Finding(
            verdict=Verdict.HIDDEN,
            certainty=Certainty.POSSIBLE,
            cause=f"{seen}, and nobody of its team {team} is among the {floor.listed} who are: the client may "
            "not see this team; or all of it is logged out",
            action=f"see in {facts.advice.visibility} whether the client may see this team, "
            "and on the agent's desktop whether it is logged in",
        )
    blind = _blind(agent.team, facts.floor)
    return _Finding(
        verdict=Verdict.OFFLINE_OR_HIDDEN,
        certainty=Certainty.LIKELY,
        cause=f"{seen}: logged out, or in a team that the client may not see; {blind}, so nothing tells which",
        action="let the agent log in; if it is logged in already, let the client see its team",
    )


def _shows_all(floor: Floor | None) -> bool:
    """Tell whether others were seen, and the listing to its end: one without anybody shows nothing."""
    return floor is not None and floor.is_whole and bool(floor.listed or floor.teams)


def _blind(team: str | None, floor: Floor | None) -> str:
    """Say why others do not tell whether the agent is offline or hidden."""
    if floor is None:
        return "the listing could not be read"
    if not floor.listed:
        return "nobody is listed"
    if team is None or not floor.teams:
        return "the tenant does not tell teams"
    return f"nobody of its team is among the first {floor.listed}"


_NETWORK: Final[Mapping[NetworkFailure, tuple[Verdict, str]]] = MappingProxyType(
    {
        "dns": (
            Verdict.HOST_NOT_FOUND,
            "check {lead}, and this machine's DNS",
        ),
        "refused": (Verdict.CONNECTION_REFUSED, "check the host and port of CXONE_BASE_URL, and the firewall"),
        "timeout": (Verdict.TIMEOUT, "check the network and the firewall; CXONE_TIMEOUT waits longer"),
        "tls": (
            Verdict.TLS_FAILURE,
            "check the host, and this machine's clock; where a proxy opens TLS, set REQUESTS_CA_BUNDLE to its CA",
        ),
        "disconnected": (Verdict.DISCONNECTED, "ask again; if it stays, look at what stands between here and the host"),
        "proxy": (Verdict.PROXY_FAILURE, "check HTTPS_PROXY and NO_PROXY in the environment"),
        "other": (Verdict.NETWORK, "check the host, the network and the proxy"),
    }
)


_IS_IT_THE_API: Final = "check that {lead} lead to the API, and not to a page before it"


def _blamed(error: ApiError, facts: Facts) -> _Finding:
    """Say what kept the tenant from answering; nothing is known of the agent."""
    advice = facts.advice
    missing: tuple[str, ...] = ()
    # What forbids in another form than the API's may be something before it, as a firewall.
    is_refused = isinstance(error, AuthenticationFailed | PermissionDenied)
    certainty = Certainty.LIKELY if is_refused and not error.in_json else Certainty.CERTAIN
    match error:
        case AuthenticationFailed(credentials=True):
            verdict, cause = Verdict.BAD_CREDENTIALS, f"the {advice.credentials} is refused"
            action = f"check {advice.variables}, and that they belong to {advice.place}"
        case AuthenticationFailed():
            verdict = Verdict.TOKEN_REFUSED
            cause = "a token was issued and is refused, a new one too: expired or revoked at once, or another tenant's"
            action = "check that CXONE_AUTH_URL and CXONE_BASE_URL are one tenant's, and that nobody revokes tokens"
        case PermissionDenied():
            missing = error.missing_scopes or facts.lacking
            if not error.missing_scopes:
                certainty = Certainty.LIKELY
            scopes = one_line(", ".join(missing)) or f"a {advice.right} that the tenant does not name"
            verdict, cause = Verdict.MISSING_SCOPE, f"the client lacks {scopes}"
            action = f"{advice.grant_it.format(it='it')}, and use the new token"
        case RateLimited():
            verdict, cause = Verdict.RATE_LIMITED, "the tenant limits the rate"
            when = f"in {error.retry_after:g} s" if error.retry_after else "later"
            action = f"ask again {when}, and less often: CXONE_RATE"
        case ServiceUnavailable():
            verdict, cause = Verdict.OUTAGE, f"the tenant answers {error.status}"
            action = "ask again later; NICE's status page may know more"
        case NetworkError():
            verdict, action = _NETWORK[error.failure]
            action = action.format(lead=advice.lead)
            cause = one_line(str(error))
        case ContractViolation() if any(_is_page(violation) for violation in error.violations):
            verdict, cause = Verdict.UNEXPECTED, f"{error.operation}: a page for people came in place of JSON"
            action = _IS_IT_THE_API.format(lead=advice.lead)
        # The last: 200 with other agents' rows, or the same ones twice.
        case ContractViolation() | ListingNotAdvancing() | UnexpectedResponse(status=200):
            verdict, cause = Verdict.BROKEN_CONTRACT, one_line(str(error))
            action = "the API may have changed: pytest --cxone-live --pyargs pytest_cxone.contract says how"
        case _:
            verdict, cause = Verdict.UNEXPECTED, one_line(str(error))
            action = f"{_IS_IT_THE_API.format(lead=advice.lead)}{_or_version(error, advice)}"
    return _Finding(
        verdict=verdict, certainty=certainty, cause=cause, action=action, error=error, missing_scopes=missing
    )


def _or_version(error: ApiError, advice: Advice) -> str:
    # A document about a tenant (RFC 8615) is no part of the API, and has no version.
    is_api = "/.well-known/" not in error.operation
    return f"; {advice.version}" if error.status == 404 and is_api and advice.version not in error.message else ""


def _is_page(violation: Violation) -> bool:
    """Tell whether a page for people came in place of JSON: that is no change of the API, but another host."""
    return violation.path == "media type" and "html" in violation.got
