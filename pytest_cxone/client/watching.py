"""Following one agent until its state changes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from pytest_cxone.client.observation import observe_state
from pytest_cxone.diagnosis import Diagnosis
from pytest_cxone.errors import ApiError, AuthenticationFailed, PermissionDenied
from pytest_cxone.model import AgentState

if TYPE_CHECKING:
    from pytest_cxone.client.client import CXoneClient

__all__ = ["wait_for_change"]

_LASTING: Final = (AuthenticationFailed, PermissionDenied)
"""What does not mend itself while one waits."""


def wait_for_change(
    client: "CXoneClient",
    known: Diagnosis,
    *,
    pause: Callable[[], None],
    on_failure: Callable[[ApiError], None],
) -> Diagnosis:
    """Ask for the agent's state after each pause until it is another than is known, and diagnose it then.

    A tenant that does not answer for a while tells nothing of the agent: `on_failure` hears of it, once for each kind
    in a row, and the watch goes on. Only what does not mend itself, as a refused token, ends it.
    """
    failing: type[ApiError] | None = type(known.error) if known.error is not None else None
    while failing not in _LASTING:
        pause()
        seen = observe_state(client, known.agent_id).found
        if isinstance(seen, ApiError):
            if type(seen) is not failing:
                on_failure(seen)
            failing = type(seen)
        elif known.error is not None or _marks(seen) != _marks(known.state):
            break
        else:
            failing = None
    return client.diagnose(known.agent_id, wait=0)


def _marks(state: AgentState | None) -> object:
    return state and (state.state, state.group, state.since)
