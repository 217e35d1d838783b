"""Following the floor by what changed: an answer without rows means that nothing did, never that nobody is there."""

from collections.abc import Callable, Iterator

from pytest_cxone.client.advancing import Advancing
from pytest_cxone.client.answers import Answer
from pytest_cxone.dialects import Dialect
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import AgentState, Call

__all__ = ["Changes"]


class Changes:
    """The states that changed, at each step since the step before; the first step gives all that there are.

    `floor` holds what is known of everybody by id, those who are logged out too. `polled_at` is the tenant's own time
    of the last answer that told it, as the tenant writes it. Each iteration goes on where the last one ended.
    """

    def __init__(self, dialect: Dialect, fetch: Callable[[Call], Answer], *, pause: Callable[[], None]) -> None:
        if dialect.changes_call("") is None:
            raise ConfigurationError(
                f"{dialect.name} has no request for what changed; read online_agents() again instead"
            )
        self.floor: dict[str, AgentState] = {}
        self.polled_at = ""
        self._dialect = dialect
        self._fetch = fetch
        self._pause = pause
        self._is_begun = False

    def __iter__(self) -> Iterator[tuple[AgentState, ...]]:
        while True:
            yield self._step()

    def _step(self) -> tuple[AgentState, ...]:
        if self._is_begun:
            self._pause()
        call = self._dialect.changes_call(self.polled_at)
        advancing = Advancing(self._dialect.advice.paging)
        changed: dict[str, AgentState] = {}
        polled_at = ""
        while call is not None:
            body = self._fetch(call).body
            # What changes while the pages are read is told by the next step, which counts from the first of them.
            polled_at = polled_at or self._dialect.read_polled_at(body)
            rows = self._dialect.read_states(body)
            advancing.note(call, [row.agent_id for row in rows], changed)
            changed.update((row.agent_id, row) for row in rows)
            call = self._dialect.next_page(call, body)
        advancing.end()
        self._is_begun = True
        self.polled_at = polled_at or self.polled_at
        self.floor.update(changed)
        return tuple(changed.values())
