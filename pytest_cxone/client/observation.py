"""What one request about an agent came to, errors too, beside the evidence of it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

from pytest_cxone.diagnosis import Evidence
from pytest_cxone.errors import ApiError
from pytest_cxone.model import Agent, AgentState, Call
from pytest_cxone.scrub import one_line, without_mailboxes

if TYPE_CHECKING:
    from pytest_cxone.client.client import CXoneClient

__all__ = ["Observation", "failure", "observe_profile", "observe_search", "observe_state", "row_on", "shown"]

T_co = TypeVar("T_co", covariant=True)


class Observation(NamedTuple, Generic[T_co]):
    """What was found, and the exchange that says so; of another agent's asking where this one `was_asked` not for."""

    found: T_co
    evidence: Evidence
    was_asked: bool = True


def observe_state(client: "CXoneClient", agent_id: str) -> Observation[AgentState | ApiError | None]:
    """Ask for an agent's state; None where a contract-true answer has no row, not even one that says logged out."""
    call = client.dialect.state_call(agent_id)
    try:
        row, status = client.look(agent_id)
    except ApiError as error:
        return Observation(error, failure(error, shown(call)))
    if row is None:
        return Observation(None, Evidence(request=shown(call), status=status, answer="no row"))
    return Observation(row, row_on(call, row))


def observe_profile(client: "CXoneClient", agent_id: str) -> Observation[Agent | ApiError]:
    """Ask for an agent's profile."""
    request = shown(client.dialect.profile_call(agent_id))
    try:
        agent = client.agent(agent_id)
    except ApiError as error:
        return Observation(error, failure(error, request))
    return Observation(agent, _profile_on(request, agent))


def observe_search(client: "CXoneClient", agent_ids: Sequence[str]) -> dict[str, Observation[Agent | ApiError]]:
    """Search for the profiles of many agents; whom that does not find, or where it fails, is to be asked for alone."""
    call = client.dialect.search_call(agent_ids)
    try:
        found = client.search(agent_ids)
    except ApiError:
        return {}
    return {agent_id: Observation(agent, _profile_on(str(call), agent)) for agent_id, agent in found.items()}


def _profile_on(request: str, agent: Agent) -> Evidence:
    team = f", of team {without_mailboxes(agent.team)!r}" if agent.team else ""
    return Evidence(request=request, status=200, answer=f"a profile{team}")


def row_on(call: Call, row: AgentState) -> Evidence:
    """Return the evidence of an answer that has a row of the agent."""
    answer = "a row of the agent" if row.is_online else "a row of the agent, logged out"
    return Evidence(request=shown(call), status=200, answer=answer)


def failure(error: ApiError, request: str = "") -> Evidence:
    """Return the evidence of an error: of the request, unless it was another that failed, as the one for a token."""
    is_this = request.startswith(error.operation)
    return Evidence(
        request=request if is_this else error.operation, status=error.status, answer=one_line(error.message)
    )


def shown(call: Call) -> str:
    """Return a request as one line, without host and token."""
    return f"{call.method} {call.target}"
