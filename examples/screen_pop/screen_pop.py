"""A screen pop: a call comes in, and the caller's record opens on the agent's desktop, or it is said why not."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from cxone import CannotTell, Tenant

TAKES_POPS = frozenset({"Available", "Busy"})
"""Groups, and not states: each tenant names states of its own."""


class Outcome(StrEnum):
    """What became of a call's pop."""

    POPPED = "popped"
    NOT_NOW = "the agent's state takes no pop"
    NOT_LISTED = "no state is listed"
    NO_SUCH_AGENT = "no agent has this id"
    CANNOT_TELL = "the agent's state is not known"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A call on its way to an agent."""

    agent_id: str
    caller: str


class Desktops(Protocol):
    """The agents' desktops."""

    async def pop(self, call: Call) -> None:
        """Open the caller's record on the agent's desktop."""


async def screen_pop(call: Call, tenant: Tenant, desktops: Desktops) -> tuple[Outcome, str]:
    """Pop the caller's record if the agent can take it; return what became of it, and why, for the log."""
    agent = f"agent {call.agent_id}"
    try:
        state = await tenant.state(call.agent_id)
        known = state is not None or await tenant.knows(call.agent_id)
    except CannotTell as error:
        return Outcome.CANNOT_TELL, f"{agent} may or may not be there: {error}"
    if not known:
        return Outcome.NO_SUCH_AGENT, f"{agent} does not exist: check the id that the telephony sends"
    if state is None:
        return Outcome.NOT_LISTED, f"{agent} is logged out, hidden from this client, or logged in a moment ago"
    if state.group not in TAKES_POPS:
        return Outcome.NOT_NOW, f"{agent} is in state {state.name!r} of group {state.group!r}"
    await desktops.pop(call)
    return Outcome.POPPED, f"{agent} is in state {state.name!r}"
