"""What a listing shows of itself: its rows, how many of them a page has at most, and by which id they are sorted."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise
from typing import Any, Final, NamedTuple

from pytest_cxone.model import Exchange
from pytest_cxone.operations import Operation

__all__ = ["UNSORTED", "Answered", "Listed", "Nothing", "Unreadable", "listings", "orders_of", "parsed", "rows_of"]

UNSORTED: Final = "no order"
_ID: Final = re.compile(r"[A-Za-z_]{0,40}(?:id|Id|ID)")
_LEAST: Final = 6
"""Rows: fewer are in order by chance once in a hundred times."""


class Nothing:
    """Stands for an empty body."""


class Unreadable:
    """Stands for a body that is not JSON."""


def parsed(body: bytes) -> Any:
    """Return the document in a body, or what stands for one that has none."""
    try:
        return json.loads(body.decode("utf-8")) if body else Nothing()
    except (ValueError, RecursionError):
        return Unreadable()


class Answered(NamedTuple):
    """An exchange with the operation that it calls and the document in its answer."""

    operation: Operation
    exchange: Exchange
    document: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The pages of one listing, in their order. `size` is how many rows a page was to have, None for the default.

    `is_whole` says that nothing else was asked for than pages.
    """

    operation: str
    size: int | None
    is_whole: bool
    is_sorted_on_request: bool
    pages: tuple[Sequence[Any], ...]

    @property
    def rows(self) -> int:
        """How many rows all pages have."""
        return sum(map(len, self.pages))

    @property
    def full_pages(self) -> Iterator[int]:
        """How many rows each page had after which others came."""
        return (len(rows) for rows, later in pairwise(self.pages) if rows and later)


def listings(answered: Iterable[Answered]) -> Iterator[Listed]:
    """Yield the listings among answers: pages that were asked for alike, but for the place where they start."""
    found: defaultdict[tuple[Any, ...], dict[int, Sequence[Any]]] = defaultdict(dict)
    paging: dict[str, Mapping[str, str]] = {}
    for operation, exchange, document in answered:
        if exchange.response.status != 200 or not operation.paging:
            continue
        paging[operation.id] = operation.paging
        asked = dict(exchange.request.query)
        start, size = (_number(asked, operation.paging, role) for role in ("start", "size"))
        others = frozenset((name, text) for name, text in asked.items() if operation.paging.get(name) != "start")
        found[operation.id, size, others][start or 0] = rows_of(document)
    for (operation_id, size, others), pages in found.items():
        yield Listed(
            operation=operation_id,
            size=size,
            is_whole=all(paging[operation_id].get(name) == "size" for name, _ in others),
            is_sorted_on_request=any("order" in name.lower() or "sort" in name.lower() for name, _ in others),
            pages=tuple(rows for _, rows in sorted(pages.items(), key=lambda page: page[0])),
        )


def _number(asked: Mapping[str, str], paging: Mapping[str, str], role: str) -> int | None:
    text = next((text for name, text in asked.items() if paging.get(name) == role), "")
    return int(text) if text.isdecimal() and len(text) <= 9 else None


def rows_of(document: Any) -> Sequence[Any]:
    """Return the rows of a listing: the document itself, or the longest list in its envelope."""
    if isinstance(document, list):
        return document
    members = document.values() if isinstance(document, dict) else ()
    return max((member for member in members if isinstance(member, list)), key=len, default=[])


def orders_of(listed: Listed) -> list[str]:
    """Name the ids by which a listing is sorted, or say that there is no order; nothing where that cannot be told."""
    rows = [row for row in chain.from_iterable(listed.pages) if isinstance(row, dict)]
    if listed.is_sorted_on_request or len(rows) < _LEAST:
        return []
    ids = {name: _ids(row.get(name) for row in rows) for name in rows[0] if _ID.fullmatch(name)}
    # An id of the rows' own; they may share a team's.
    own = {name: column for name, column in ids.items() if len(set(column)) >= max(_LEAST, len(rows) // 2)}
    orders = [
        f"{name} {direction}"
        for name, column in own.items()
        for direction, steps in (("ascending", column), ("descending", column[::-1]))
        if all(one <= other for one, other in pairwise(steps))
    ]
    return orders or ([UNSORTED] if own else [])


def _ids(values: Iterable[Any]) -> list[Any]:
    """Return a column as what can be sorted: numbers, also where they stand in text, or else texts."""
    column = list(values)
    if set(map(type, column)) == {int}:
        return column
    texts = [str(value) if type(value) in {int, str} else "" for value in column]
    return [int(text) for text in texts] if all(text.isdecimal() and len(text) < 30 for text in texts) else texts
