"""What one request about an agent came to, errors too, beside the evidence of it."""

from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar
from urllib.parse import urlencode

from pytest_cxone.diagnosis import Evidence
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import ApiError
from pytest_cxone.model import Agent, AgentState, Call
from pytest_cxone.scrub import one_line, without_mailboxes

if TYPE_CHECKING:
    from pytest_cxone.client.client import CXoneClient

__all__ = ["Observation", "failure", "observe_profile", "observe_state", "row_on", "shown"]

T_co = TypeVar("T_co", covariant=True)


class Observation(NamedTuple, Generic[T_co]):
    """What was found, and the exchange that says so; of another agent's asking where this one `was_asked` not for."""

    found: T_co
    evidence: Evidence
    was_asked: bool = True


def observe_state(client: "CXoneClient", agent_id: str) -> Observation[AgentState | ApiError | None]:
    """Ask for an agent's state; None where a contract-true answer has no row."""
    call = dialect(client.settings.dialect).state_call(agent_id)
    try:
        state = client.agent_state(agent_id)
    except ApiError as error:
        return Observation(error, failure(error, shown(call)))
    if state is None:
        return Observation(None, Evidence(request=shown(call), status=200, answer="no row"))
    return Observation(state, row_on(call))


def observe_profile(client: "CXoneClient", agent_id: str) -> Observation[Agent | ApiError]:
    """Ask for an agent's profile."""
    request = shown(dialect(client.settings.dialect).profile_call(agent_id))
    try:
        agent = client.agent(agent_id)
    except ApiError as error:
        return Observation(error, failure(error, request))
    team = f", of team {without_mailboxes(agent.team)!r}" if agent.team else ""
    return Observation(agent, Evidence(request=request, status=200, answer=f"a profile{team}"))


def row_on(call: Call) -> Evidence:
    """Return the evidence of an answer that has a row of the agent."""
    return Evidence(request=shown(call), status=200, answer="a row of the agent")


def failure(error: ApiError, request: str = "") -> Evidence:
    """Return the evidence of an error: of the request, unless it was another that failed, as the one for a token."""
    is_this = request.startswith(error.operation)
    return Evidence(
        request=request if is_this else error.operation, status=error.status, answer=one_line(error.message)
    )


def shown(call: Call) -> str:
    """Return a request as one line, without host and token."""
    return f"{call}?{urlencode(call.params)}" if call.params else str(call)
