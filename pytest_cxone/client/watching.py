"""Following one agent until its state changes."""

from collections.abc import Callable, Mapping
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
    elsewhere: "Mapping[str, CXoneClient] | None" = None,
) -> Diagnosis:
    """Ask for the agent's state after each pause until it is another than is known, and diagnose it then.

    A tenant that does not answer for a while tells nothing of the agent: `on_failure` hears of it, once for each kind
    in a row, and the watch goes on. Only what does not mend itself, as a refused token, ends it.
    """
    failure: ApiError | None = known.error
    while not isinstance(failure, _LASTING):
        pause()
        found = observe_state(client, known.agent_id).found
        before, failure = failure, None
        if isinstance(found, ApiError):
            failure = found
        elif known.error is not None or _marks(found) != _marks(known.state):
            now = client.diagnose(known.agent_id, wait=0, elsewhere=elsewhere)
            if known.error is not None:
                # It may be another request than the one for the state that failed, and still does.
                failure = now.error
            if failure is None and (now.verdict, _marks(now.state)) != (known.verdict, _marks(known.state)):
                return now
        if failure is not None and type(failure) is not type(before):
            on_failure(failure)
    return client.diagnose(known.agent_id, wait=0, elsewhere=elsewhere)


def _marks(state: AgentState | None) -> object:
    return state and (state.state, state.group, state.since)
