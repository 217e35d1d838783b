"""Where between the pages of a listing a row can have slipped through while the pages were read."""

from collections.abc import Callable
from itertools import pairwise
from typing import Any, Final

__all__ = ["Gaps"]

_ORDERS: Final[tuple[Callable[[str], Any], ...]] = (
    lambda agent_id: (len(agent_id), agent_id),
    lambda agent_id: agent_id,
)
"""In which orders of ids a listing may be: as numbers, as text."""


class Gaps:
    """What lies between the pages of one reading.

    A row is missed by all pages only if it was after one page when that was read, and before the next one when that
    was: so in an ordered listing its place is between the two, or after a last page that was full. `least_cap` is the
    least number of rows that a full page can have. Of a listing that is said to have no order nothing is concluded.
    """

    def __init__(self, *, least_cap: int, has_order: bool) -> None:
        self.ends: list[tuple[str, str]] = []
        """The first and the last id of each page that had rows."""
        self._orders = _ORDERS if has_order else ()
        self._least_cap = least_cap
        self._longest = self._last = 0

    def note(self, page: list[str]) -> None:
        """Take a page that has rows into account, by the ids on it."""
        first_before = [self.ends[-1][0]] if self.ends else []
        self._orders = tuple(order for order in self._orders if _is_ascending([*map(order, [*first_before, *page])]))
        self.ends.append((page[0], page[-1]))
        self._last = len(page)
        self._longest = max(self._longest, self._last)

    @property
    def last_is_short(self) -> bool:
        """Whether the last page cannot have been full."""
        return self._last < self._longest or self._last < self._least_cap

    def may_hide(self, agent_id: str) -> bool:
        """Tell whether an agent who is on no page may have been online all the while."""
        last_is_full = self._last == self._longest and (len(self.ends) > 1 or self._last >= self._least_cap)
        if not self._orders:
            return len(self.ends) > 1 or last_is_full
        # What was listed may fit both orders, and then either may be the tenant's.
        return any(
            any(order(last) < order(agent_id) < order(first) for (_, last), (first, _) in pairwise(self.ends))
            or (last_is_full and order(self.ends[-1][1]) < order(agent_id))
            for order in self._orders
        )

    def is_after_all(self, agent_id: str) -> bool:
        """Tell whether an agent's place is after the last row, in whichever order the listing is."""
        return bool(self._orders) and all(order(self.ends[-1][1]) < order(agent_id) for order in self._orders)


def _is_ascending(places: list[Any]) -> bool:
    return all(earlier <= later for earlier, later in pairwise(places))
