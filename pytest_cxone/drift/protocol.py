"""What exchanges show beside their bodies: status, headers, what is answered where there is nothing, how lists go."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, Final

from pytest_cxone.cassettes.scrubbing import is_kept
from pytest_cxone.drift.sights import EMPTY_ANSWER, ORDER, PAGE_SIZE, Sight
from pytest_cxone.listings import Answered, listings, orders_of
from pytest_cxone.model import Response
from pytest_cxone.paths import HEADER, MEDIA_TYPE, STATUS

__all__ = ["media_type", "of_answer", "of_listings", "of_orders"]

_OF_THE_ANSWER: Final = frozenset({"content-type", "link", "location"})
"""Headers that come as the answer is, or that are told otherwise."""
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,16}/[a-z0-9.+-]{1,64}")


def of_answer(answered: Answered) -> Iterator[Sight]:
    """Yield what one answer shows."""
    operation, exchange, document = answered
    response = exchange.response
    id_, status = operation.id, response.status
    yield Sight(id_, status, STATUS, str(status))
    if response.body:
        yield Sight(id_, status, MEDIA_TYPE, media_type(response.media_type))
    # Of others a recording does not tell.
    for name in {name.lower() for name in response.headers if is_kept(name)} - _OF_THE_ANSWER:
        yield Sight(id_, status, HEADER + name, "present")
    empty = _empty(response, document)
    if empty:
        yield Sight(id_, status, EMPTY_ANSWER, empty)


def media_type(told: str) -> str:
    """Name a media type; a text that is none could be anything."""
    return told if _MEDIA_TYPE.fullmatch(told) else "malformed" if told else "none"


def _empty(response: Response, document: Any) -> str:
    """Say in which form an answer says that there is nothing; "" where it says something."""
    if response.status // 100 != 2:
        return ""
    if not response.body:
        return f"{response.status} without a body"
    if document is None or document == []:
        return f"{response.status} with {'null' if document is None else '[]'}"
    lists = [member for member in document.values() if isinstance(member, list)] if isinstance(document, dict) else []
    return f"{response.status} with an empty list" if lists and not any(lists) else ""


def of_listings(answered: Iterable[Answered]) -> Iterator[Sight]:
    """Yield how many rows full pages had, of how many that were asked for, and by which id listings are sorted."""
    several = list(listings(answered))
    longest: Counter[str] = Counter()
    for listed in several:
        longest[listed.operation] = max(longest[listed.operation], listed.rows)
    for listed in several:
        full = list(listed.full_pages)
        if not full and listed.is_whole and listed.size is None and 0 < listed.rows < longest[listed.operation]:
            # One page, and there is more than it has.
            full = [listed.rows]
        for rows in full:
            yield Sight(listed.operation, 200, PAGE_SIZE, f"{rows} of {listed.size or 'the default'}")
        for order in orders_of(listed):
            yield Sight(listed.operation, 200, ORDER, order)


def of_orders(recorded: str) -> Iterator[Sight]:
    """Yield the orders of listings that a recording tells of, whose ids are aliases now."""
    for told in filter(None, recorded.split(", ")):
        operation, _, order = told.partition(": ")
        yield Sight(operation, 200, ORDER, order)
