"""The pace of requests to a tenant: so many a second, and slower once it says that this was too fast."""

import threading
import time
from collections.abc import Callable
from typing import Final

__all__ = ["Pace"]

_CAREFUL: Final = 20.0
"""Requests a second after the first complaint of a tenant that had no limit set; halved with each further one."""
_GOOD_CONDUCT: Final = 200
"""Requests without a complaint, after which it is tried twice as fast again, up to the rate that is set."""


class Pace:
    """Lets requests go at a `rate` (a second; 0 for no limit), those of all threads together.

    `turns` counts them. `clock` and `sleep` are in seconds.
    """

    def __init__(
        self,
        rate: float,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.turns = 0
        self._interval = self._least = 1 / rate if rate else 0.0
        self._clock = clock
        self._sleep = sleep
        self._next_at = 0.0
        self._slowed_at = 0
        self._lock = threading.Lock()

    def wait(self) -> int:
        """Wait for the next request's turn, and return its number."""
        with self._lock:
            self.turns += 1
            turn = self.turns
            if turn - self._slowed_at >= _GOOD_CONDUCT and self._interval > self._least:
                self._interval, self._slowed_at = max(self._interval / 2, self._least), turn
            now = self._clock()
            at = max(now, self._next_at)
            self._next_at = at + self._interval
        if at > now:
            self._sleep(at - now)
        return turn

    def hold(self, seconds: float, turn: int) -> None:
        """Let no request go for so many seconds, and fewer afterwards: of this turn's the tenant said: too much."""
        with self._lock:
            if turn > self._slowed_at:
                # Once for all requests that were under way when the tenant said so.
                self._interval = max(self._interval * 2, 1 / _CAREFUL)
                self._slowed_at = self.turns
            self._next_at = max(self._next_at, self._clock() + seconds)
