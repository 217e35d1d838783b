"""The fake tenant's clock: it runs with the wall clock until a test moves it."""

import time
from collections.abc import Callable

__all__ = ["Clock"]


class Clock:
    """Seconds since the epoch, from `source`, plus what a test has added.

    It also serves as the `sleep` of a client under test: waiting on this clock takes no time.
    """

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._ahead = 0.0

    def now(self) -> float:
        """Return the tenant's time, in seconds since the epoch."""
        return self._source() + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the tenant's time forward; time never runs backwards."""
        if seconds < 0:
            raise ValueError(f"a clock moves forward only, not by {seconds!r} seconds")
        self._ahead += seconds

    @property
    def ahead(self) -> float:
        """How many seconds it is ahead of its source."""
        return self._ahead

    def rewind(self, ahead: float = 0.0) -> None:
        """Go back to being so far ahead; for a reset, which also undoes what happened in the time between."""
        self._ahead = ahead
