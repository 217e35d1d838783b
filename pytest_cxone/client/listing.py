"""The listing of those who are online: page by page, or some pages ahead, with what can be known of its moving."""

from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice, pairwise
from typing import Any, Final

from pytest_cxone.client.together import threads
from pytest_cxone.dialects import Dialect
from pytest_cxone.errors import ListingNotAdvancing
from pytest_cxone.model import AgentState, Call

__all__ = ["Listing"]

_LEAST_CAP: Final = 25
"""Rows: the document says "25 or 100". A page with fewer is not full."""

_ORDERS: Final[tuple[Callable[[str], Any], ...]] = (
    lambda agent_id: (len(agent_id), agent_id),
    lambda agent_id: agent_id,
)
"""In which orders of ids a listing may be: as numbers, as text."""


class Listing:
    """The agents who are online, fetched page by page as it is iterated; `ahead` pages at a time where that is not 1.

    No agent is given twice. Agents who log in meanwhile move rows to later pages: `repeated` holds the ids that came
    again. One who logs out moves rows to earlier pages, and a row that so gets from an unread page to a read one is
    never seen: `may_have_missed` tells of whom that can be true. `pages` counts the pages that were read, `most_pages`
    at most; `is_whole` tells whether that was all. Where it is said to have no order, nothing is concluded from one.
    Iterating again fetches again.
    """

    def __init__(
        self,
        dialect: Dialect,
        fetch: Callable[[Call], Any],
        *,
        ahead: int = 1,
        most_pages: int | None = None,
        has_order: bool = True,
    ) -> None:
        self._dialect = dialect
        self._fetch = fetch
        self._ahead = 1 if most_pages else ahead
        self._most_pages = most_pages
        self._all_orders = _ORDERS if has_order else ()
        self._begin()

    def _begin(self) -> None:
        self.pages = 0
        self.is_whole = True
        self.repeated: tuple[str, ...] = ()
        self.call: Call | None = None
        """The request that the row given last came with."""
        self._ends: list[tuple[str, str]] = []
        self._orders = self._all_orders
        self._end: tuple[Call, list[str]]
        self._longest = self._last = 0

    def __iter__(self) -> Iterator[AgentState]:
        self._begin()
        seen: set[str] = set()
        stale = 0
        for call, body in self._answers():
            self.call = call
            self.pages += 1
            rows = self._dialect.read_states(body)
            # One such page can come of rows that moved: its only row was the last of the page before.
            stale = stale + 1 if all(row.agent_id in seen for row in rows) else 0
            if rows and stale > 1:
                raise ListingNotAdvancing(str(call), self.pages)
            self._note_order(call, [row.agent_id for row in rows])
            for row in rows:
                if row.agent_id in seen:
                    self.repeated += (row.agent_id,)
                else:
                    seen.add(row.agent_id)
                    yield row

    def may_have_missed(self, agent_id: str) -> bool:
        """Tell whether an agent who was not given may have been online all the while that the pages were read.

        In an ordered listing that can only be where its place is between the end of a page and the beginning of the
        next one. In a listing without order it can be anywhere.
        """
        is_full = self._last == self._longest and (len(self._ends) > 1 or self._last >= _LEAST_CAP)
        if not self._orders:
            return len(self._ends) > 1 or is_full
        # What was listed may fit both orders, and then either may be the tenant's.
        return any(self._is_between_pages(order(agent_id), order, is_full=is_full) for order in self._orders)

    def _is_between_pages(self, place: Any, order: Callable[[str], Any], *, is_full: bool) -> bool:
        between = any(order(last) < place < order(first) for (_, last), (first, _) in pairwise(self._ends))
        return between or (is_full and order(self._ends[-1][1]) < place)

    def is_past_end(self, agent_id: str) -> bool:
        """Tell whether an agent's place is after the last row, in whichever order the listing is."""
        return bool(self._orders) and all(order(self._ends[-1][1]) < order(agent_id) for order in self._orders)

    def still_ends_there(self) -> bool:
        """Read the last page with rows again; tell whether it has the same ones, so that nobody slipped onto it."""
        call, ids = self._end
        return [row.agent_id for row in self._dialect.read_states(self._fetch(call))] == ids

    @property
    def bounds(self) -> tuple[tuple[str, str], ...]:
        """The ids that each page began and ended with. Two readings in a row with the same ones held still."""
        return tuple(self._ends)

    def _note_order(self, call: Call, page: list[str]) -> None:
        if not page:
            return
        self._end = call, page
        before = [self._ends[-1][0]] if self._ends else []
        self._orders = tuple(order for order in self._orders if _is_ascending([*map(order, [*before, *page])]))
        self._ends.append((page[0], page[-1]))
        self._last = len(page)
        self._longest = max(self._longest, self._last)

    def _answers(self) -> Iterator[tuple[Call, Any]]:
        """Yield the listing's requests with their answers, in order, until it ends or enough was read."""
        call = self._dialect.next_page(None, None)
        ahead = None
        while call is not None:
            body = self._fetch(call)
            yield call, body
            if self._ahead > 1 and self.pages == 1 and self._last >= _LEAST_CAP:
                ahead = self._dialect.pages_after(call, body)
            call = self._dialect.next_page(call, body)
            if call is not None and self.pages == self._most_pages:
                self.is_whole = False
                return
            if call is not None and ahead is not None:
                yield from self._answers_ahead(ahead)
                return

    def _answers_ahead(self, calls: Iterator[Call]) -> Iterator[tuple[Call, Any]]:
        with threads(self._ahead, "pages") as pool:
            under_way = deque((call, pool.submit(self._fetch, call)) for call in islice(calls, self._ahead))
            try:
                while under_way:
                    call, answer = under_way.popleft()
                    body = answer.result()
                    is_last = self._dialect.next_page(call, body) is None
                    if not is_last:
                        under_way.extend((call, pool.submit(self._fetch, call)) for call in islice(calls, 1))
                    yield call, body
                    if is_last:
                        return
            finally:
                # What was asked for beyond the end; an error there is nobody's.
                for _, answer in under_way:
                    answer.cancel()


def _is_ascending(places: list[Any]) -> bool:
    return all(earlier <= later for earlier, later in pairwise(places))
