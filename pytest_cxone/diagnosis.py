"""Why an agent does not show: from what was seen to a verdict, with its cause and what to do.

Pure: `diagnose` takes what the profile and the state request came to, and decides.
"""

from dataclasses import dataclass, field
from enum import StrEnum

from pytest_cxone.errors import (
    AgentNotFound,
    ApiError,
    AuthenticationFailed,
    NetworkError,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
)
from pytest_cxone.model import Agent, AgentState

__all__ = ["Diagnosis", "Verdict", "diagnose"]


class Verdict(StrEnum):
    """What is the matter with an agent."""

    ONLINE = "online"
    OFFLINE = "offline"
    UNKNOWN = "unknown id"
    NOT_AN_ID = "not an id"
    BAD_CREDENTIALS = "bad credentials"
    TOKEN_REFUSED = "token refused"
    MISSING_SCOPE = "missing scope"
    RATE_LIMITED = "rate limited"
    OUTAGE = "outage"
    NETWORK = "network error"
    BROKEN_ANSWER = "answer breaks the contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A verdict on one agent, why it is so, and what to do. `certain` is False where another cause is possible.

    `agent` and `state` are what was seen, `error` what came instead of an answer.
    """

    agent_id: str
    verdict: Verdict
    certain: bool
    cause: str
    action: str
    agent: Agent | None = field(default=None, repr=False)
    state: AgentState | None = None
    error: ApiError | None = None

    def __str__(self) -> str:
        sure = "" if self.certain else " (not certain)"
        return f"agent {self.agent_id}: {self.verdict}{sure}: {self.cause}; {self.action}"


def diagnose(agent_id: str, profile: Agent | ApiError | None, state: AgentState | ApiError | None) -> Diagnosis:
    """Decide from what the profile and the state came to.

    `state` is None where the listing has no row for the agent; `profile` is None only where it was not asked
    for, since the state is told already. A row is proof whatever became of the profile.
    """
    if isinstance(state, AgentState):
        return Diagnosis(
            agent_id=agent_id,
            verdict=Verdict.ONLINE,
            certain=True,
            cause=f"logged in, in state {state.state!r} of group {state.group!r} since {state.since.isoformat()}",
            action="nothing to do",
            agent=profile if isinstance(profile, Agent) else None,
            state=state,
        )
    error = profile if isinstance(profile, ApiError) else state
    if error is not None:
        verdict, cause, action = _blame(error)
        return Diagnosis(agent_id=agent_id, verdict=verdict, certain=True, cause=cause, action=action, error=error)
    return Diagnosis(
        agent_id=agent_id,
        verdict=Verdict.OFFLINE,
        certain=False,
        cause="the agent exists and no state is listed: logged out, or hidden from this client (a team it may "
        "not see), or logged in a moment ago",
        action="let the agent log in; if it is logged in, check the client's teams and the region, "
        "and ask again in 5 s",
        agent=profile if isinstance(profile, Agent) else None,
    )


def _blame(error: ApiError) -> tuple[Verdict, str, str]:
    match error:
        case AgentNotFound() if not error.agent_id.isdigit():
            return Verdict.NOT_AN_ID, "no agent has this id", "use the agent's id, not its e-mail or name"
        case AgentNotFound():
            return Verdict.UNKNOWN, "no agent has this id", "check the id, and the region it belongs to"
        case AuthenticationFailed(credentials=True):
            return (
                Verdict.BAD_CREDENTIALS,
                "the client id or secret is refused",
                "check CXONE_CLIENT_ID, CXONE_CLIENT_SECRET and CXONE_REGION",
            )
        case AuthenticationFailed():
            return (
                Verdict.TOKEN_REFUSED,
                "the token is refused, also a fresh one",
                "check that CXONE_AUTH_URL and CXONE_BASE_URL belong to one tenant",
            )
        case PermissionDenied():
            scopes = ", ".join(error.missing_scopes) or "a scope"
            return Verdict.MISSING_SCOPE, f"the client lacks {scopes}", "add it to the client in CXone"
        case RateLimited():
            return Verdict.RATE_LIMITED, "the tenant limits the rate", "ask again later, and less often"
        case ServiceUnavailable():
            return Verdict.OUTAGE, f"the tenant answers {error.status}", "wait; see NICE's status page"
        case NetworkError():
            return Verdict.NETWORK, str(error), "check the host, the network and the proxy"
        case _:
            return Verdict.BROKEN_ANSWER, str(error), "the API may have changed: run the contract suite"
