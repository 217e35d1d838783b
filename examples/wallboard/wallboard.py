"""A wallboard: how many agents are in each state, refreshed for as long as it hangs there."""

import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

import requests
from cxone import Tenant, Unreachable

EVERY = 5
"""Seconds from one refresh to the next. The states themselves are up to 5 s late."""


class Wallboard:
    """What is on the wall: the floor as last seen and, where it could not be seen again, since when and why."""

    def __init__(self, tenant: Tenant, clock: Callable[[], float] = time.time) -> None:
        self._tenant = tenant
        self._clock = clock
        self._seen_at = 0.0
        self.counts: Counter[str] | None = None
        self.trouble = ""

    def refresh(self) -> int:
        """Look at the floor again; return the seconds until the next look."""
        try:
            counts = Counter(row["state"]["name"] for row in self._tenant.online())
        except Unreachable as error:
            self.trouble = str(error)
            return max(EVERY, error.retry_after)
        self.counts, self._seen_at, self.trouble = counts, self._clock(), ""
        return EVERY

    def __str__(self) -> str:
        if self.counts is None:
            return f"The floor is not known: {self.trouble or 'not looked yet'}"
        lines = [f"{self.counts.total()} online"]
        lines += [f"{count:5} {state}" for state, count in self.counts.most_common()]
        if self.trouble:
            lines.append(f"As of {self._clock() - self._seen_at:.0f} s ago: {self.trouble}")
        return "\n".join(lines)


def main() -> None:
    """Show the floor until Ctrl+C."""
    with suppress(KeyboardInterrupt), requests.Session() as session:
        board = Wallboard(Tenant(session))
        while True:
            pause = board.refresh()
            print(board, flush=True)
            time.sleep(pause)


if __name__ == "__main__":
    main()
