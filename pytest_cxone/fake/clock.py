"""The fake tenant's clock, which runs with the wall clock until a test moves it, and how its answers write a moment."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache

__all__ = ["Clock", "timestamp", "timestamp_of"]


class Clock:
    """Seconds since the epoch, from `source`, plus what a test has added.

    It also serves as the `sleep` of a client under test: waiting on this clock takes no time.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0
        self._held: float | None = None

    def now(self) -> float:
        """Return the tenant's time, in seconds since the epoch."""
        return (self._source() if self._held is None else self._held) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the tenant's time forward; time never runs backwards."""
        if seconds < 0:
            raise ValueError(f"a clock moves forward only, not by {seconds!r} seconds")
        self._ahead += seconds

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let its source stand still in the block, so that two answers are of one moment."""
        before = self._held
        self._held = self._source() if before is None else before
        try:
            yield
        finally:
            self._held = before

    @property
    def ahead(self) -> float:
        """How many seconds it is ahead of its source."""
        return self._ahead

    def rewind(self, ahead: float = 0.0) -> None:
        """Go back to being so far ahead; for a reset, which also undoes what happened in the time between."""
        self._ahead = ahead


def timestamp(seconds: float) -> str:
    """Return a moment, in seconds since the epoch, as answers have it: in UTC, cut to the millisecond."""
    return timestamp_of(int(seconds * 1_000))


def timestamp_of(milliseconds: int) -> str:
    """Return a moment, in milliseconds since the epoch, as answers have it."""
    second, millisecond = divmod(milliseconds, 1_000)
    return f"{_second(second)}.{millisecond:03}Z"


@lru_cache(maxsize=1_024)  # without it, half of a page's time
def _second(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().removesuffix("+00:00")
