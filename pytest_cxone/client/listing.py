"""The listing of those who are online: page by page, or some pages ahead, with what can be known of its moving."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from pytest_cxone.client.advancing import Advancing
from pytest_cxone.client.answers import Answer
from pytest_cxone.client.gaps import Gaps
from pytest_cxone.client.together import threads
from pytest_cxone.dialects import Dialect
from pytest_cxone.model import AgentState, Call

__all__ = ["Listing", "Page"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page of the listing: the request for it, and the rows that no page before it had."""

    call: Call
    rows: tuple[AgentState, ...]


class Listing:
    """The agents who are online, fetched page by page as it is iterated; `ahead` pages at a time where that is not 1.

    Pages have the rows of agents who are logged out too, where the dialect lists them.

    No agent is given twice. Agents who log in meanwhile move rows to later pages: `repeated` holds the ids that came
    again. One who logs out moves rows to earlier pages, and a row that so gets from an unread page to a read one is
    never seen: `may_have_missed` tells of whom that can be true. `pages` counts the pages that were read, `most_pages`
    at most; `is_whole` tells whether that was all, `lacking` how many rows fewer came than the listing says it has,
    `status` with which one the last page came. Iterating again fetches again.
    """

    def __init__(
        self,
        dialect: Dialect,
        fetch: Callable[[Call], Answer],
        *,
        ahead: int = 1,
        most_pages: int | None = None,
        has_order: bool = True,
    ) -> None:
        self._dialect = dialect
        self._fetch = fetch
        self._ahead = ahead if most_pages is None else 1
        self._most_pages = most_pages
        self._has_order = has_order
        self._begin()

    def _begin(self) -> None:
        self.pages = 0
        self.status = 200
        self.is_whole = True
        self.lacking = 0
        self.repeated: tuple[str, ...] = ()
        self._gaps = Gaps(least_cap=self._dialect.least_cap, has_order=self._has_order)
        self._end: tuple[Call, list[str]] | None = None

    def __iter__(self) -> Iterator[AgentState]:
        for page in self.by_page():
            yield from (row for row in page.rows if row.is_online)

    def by_page(self) -> Iterator[Page]:
        """Fetch the pages, the last one of which is empty."""
        self._begin()
        advancing = Advancing(self._dialect.advice.paging)
        seen: set[str] = set()
        promised = 0
        for call, body in self._answers():
            self.pages += 1
            promised = self._dialect.promised(body) or promised
            rows = self._dialect.read_states(body)
            ids = [row.agent_id for row in rows]
            advancing.note(call, ids, seen)
            if ids:
                self._end = call, ids
                self._gaps.note(ids)
            yield Page(call=call, rows=tuple(self._new(rows, seen)))
        advancing.end()
        self.lacking = max(0, promised - len(seen)) if self.is_whole else 0

    def _new(self, rows: list[AgentState], seen: set[str]) -> Iterator[AgentState]:
        for row in rows:
            if row.agent_id in seen:
                self.repeated += (row.agent_id,)
            else:
                seen.add(row.agent_id)
                yield row

    # What can be known of its moving

    def may_have_missed(self, agent_id: str) -> bool:
        """Tell whether an agent who was not given may have been online all the while that the pages were read."""
        return self._is_short or self._gaps.may_hide(agent_id)

    def is_past_end(self, agent_id: str) -> bool:
        """Tell whether an agent's place is after the last row."""
        return not self._is_short and self._gaps.is_after_all(agent_id)

    def still_ends_there(self) -> bool:
        """Read the last page with rows again; tell whether it has the same ones, so that nobody slipped onto it."""
        if self._end is None:
            return True
        call, ids = self._end
        return [row.agent_id for row in self._dialect.read_states(self._fetch(call).body)] == ids

    def held_still_since(self, before: "Listing") -> bool:
        """Tell whether the pages began and ended with the same ids in the reading before this one."""
        return not self._is_short and self._gaps.ends == before._gaps.ends  # noqa: SLF001 - another of this class

    @property
    def _is_short(self) -> bool:
        # A listing of everybody that is empty has left somebody out.
        return self.lacking > 0 or (self._dialect.lists_offline and not self._gaps.ends)

    # How it is read

    def _answers(self) -> Iterator[tuple[Call, Any]]:
        """Yield the listing's requests with their answers, in order, until it ends or enough was read."""
        first = self._dialect.page_call(0, self._dialect.page_size)
        body = self._take(self._fetch(first))
        yield first, body
        # After a page that was not full there is an empty one, and nothing to be gained by asking further.
        following = self._following(first, body)
        if following is not None and self._ahead > 1 and not self._gaps.last_is_short:
            ahead = self._dialect.pages_after(first, body)
            if ahead is not None:
                yield from self._answers_ahead(ahead)
                return
        yield from self._answers_from(following)

    def _answers_from(self, call: Call | None) -> Iterator[tuple[Call, Any]]:
        while call is not None:
            body = self._take(self._fetch(call))
            yield call, body
            call = self._following(call, body)

    def _following(self, call: Call, body: Any) -> Call | None:
        following = self._dialect.next_page(call, body)
        if following is not None and self.pages == self._most_pages:
            self.is_whole = False
            return None
        return following

    def _take(self, answer: Answer) -> Any:
        self.status = answer.status
        return answer.body

    def _answers_ahead(self, calls: Iterator[Call]) -> Iterator[tuple[Call, Any]]:
        with threads(self._ahead, "pages") as pool:
            under_way = deque((call, pool.submit(self._fetch, call)) for call in islice(calls, self._ahead))
            try:
                while under_way:
                    call, answer = under_way.popleft()
                    body = self._take(answer.result())
                    yield call, body
                    following = self._dialect.next_page(call, body)
                    if following is None:
                        return
                    if not under_way or under_way[0][0] != following:
                        # A page was shorter than the first: what is under way begins too late.
                        yield from self._answers_from(following)
                        return
                    if not self._gaps.last_is_short:
                        under_way.extend((call, pool.submit(self._fetch, call)) for call in islice(calls, 1))
            finally:
                # What was asked for beyond the end; an error there is nobody's.
                for _, answer in under_way:
                    answer.cancel()
