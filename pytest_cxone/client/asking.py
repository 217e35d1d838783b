"""Asking the same of many agents: some at a time, and no longer than the tenant answers."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, Generic, Protocol, TypeVar

from pytest_cxone.client.observation import Observation
from pytest_cxone.client.together import threads
from pytest_cxone.errors import AuthenticationFailed, NetworkError, RateLimited, ServiceUnavailable

__all__ = ["Asking", "Progress"]

T = TypeVar("T")

_TENANTS_OWN: Final = (NetworkError, ServiceUnavailable, RateLimited, AuthenticationFailed)
"""Failures that say nothing of the agent who was asked for, and so will befall the next one too."""
_IN_A_ROW: Final = 5
_BREATH: Final = 1.0
"""Seconds before asking on after failures in a row, which a restart of a server may have been."""


class Progress(Protocol):
    """Told how far a diagnosis is."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note: so many of "pages" (their total is not known), "profiles" or "elsewhere"."""


class Asking:
    """Looks for agents, `at_once` at a time. `sleep` is in seconds."""

    def __init__(self, *, at_once: int, sleep: Callable[[float], None], progress: Progress | None) -> None:
        self._at_once = at_once
        self._sleep = sleep
        self._progress = progress

    def each(
        self, look: Callable[[str], Observation[T]], agent_ids: Sequence[str], *, stage: str = ""
    ) -> list[Observation[T]]:
        """Look for each agent, and return what was found in their order.

        Where the tenant fails for as many in a row as are asked for at a time, a breath is taken; where it fails for
        as many again, the rest is not asked for: ten thousand timeouts would take a day.
        """
        streak: _Streak[T] = _Streak(max(self._at_once, _IN_A_ROW))

        def look_while_it_answers(agent_id: str) -> Observation[T]:
            if streak.is_hopeless and streak.last is not None:
                return streak.last._replace(was_asked=False)
            if streak.is_long:
                self._sleep(_BREATH)
            seen = look(agent_id)
            streak.note(seen)
            return seen

        found: list[Observation[T]] = []
        for seen in self._map(look_while_it_answers, agent_ids):
            found.append(seen)
            if stage:
                self.tell(stage, len(found), len(agent_ids))
        return found

    def tell(self, stage: str, done: int, total: int | None) -> None:
        """Say how far it is."""
        if self._progress is not None:
            self._progress(stage, done, total)

    def _map(self, look: Callable[[str], Observation[T]], agent_ids: Sequence[str]) -> Iterator[Observation[T]]:
        if self._at_once == 1 or len(agent_ids) <= 1:
            yield from map(look, agent_ids)
            return
        with threads(self._at_once, "diagnosis") as pool:
            yield from pool.map(look, agent_ids)


class _Streak(Generic[T]):
    """Failures of a tenant's in a row; hopeless once and for all after two waves of them."""

    def __init__(self, wave: int) -> None:
        self.last: Observation[T] | None = None
        self.is_hopeless = False
        self._wave = wave
        self._length = 0

    @property
    def is_long(self) -> bool:
        return self._length >= self._wave

    def note(self, seen: Observation[T]) -> None:
        if not isinstance(seen.found, _TENANTS_OWN):
            self._length = 0
            return
        self.last = seen
        self._length += 1
        self.is_hopeless = self.is_hopeless or self._length >= 2 * self._wave
