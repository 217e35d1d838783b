"""Where two answers to one request differ, as paths: what an upgrade has changed, and so who may feel it."""

import json
from collections.abc import Iterator
from itertools import islice, zip_longest
from typing import Any, Final

from pytest_cxone.model import Response
from pytest_cxone.paths import BODY, HEADER, ITEMS, MEDIA_TYPE, STATUS, step_to

__all__ = ["differing"]

_MANY: Final = 200
"""So many rows of a list are compared one by one: of what differs in no earlier one nobody learns a new path."""
_DEEPEST: Final = 32
_ABSENT: Final = object()


def differing(before: Response, after: Response) -> frozenset[str]:
    """Return the paths at which two answers differ, as drift writes them; none where they say the same.

    Bodies that are both JSON are compared place by place, others as a whole. A list of another length differs itself.
    """
    if before == after:
        return frozenset()
    return frozenset(_differing(before, after))


def _differing(before: Response, after: Response) -> Iterator[str]:
    if before.status != after.status:
        yield STATUS
    if before.media_type != after.media_type:
        yield MEDIA_TYPE
    names = {name.lower() for name in (*before.headers, *after.headers)} - {"content-type"}
    yield from (HEADER + name for name in names if before.headers.get(name) != after.headers.get(name))
    if before.body != after.body:
        yield from _of_bodies(before.body, after.body)


def _of_bodies(before: bytes, after: bytes) -> Iterator[str]:
    try:
        documents = json.loads(before), json.loads(after)
    except (ValueError, RecursionError):
        yield BODY
        return
    paths = set(_of_values(*documents, BODY, 0))
    # What differs in no value, as in its encoding or the order of its keys, is the body all the same.
    yield from paths or {BODY}


def _of_values(before: Any, after: Any, path: str, depth: int) -> Iterator[str]:
    if depth < _DEEPEST and isinstance(before, dict) and isinstance(after, dict):
        for key in before.keys() | after.keys():
            yield from _of_values(before.get(key, _ABSENT), after.get(key, _ABSENT), path + step_to(key), depth + 1)
    elif depth < _DEEPEST and isinstance(before, list) and isinstance(after, list):
        if len(before) != len(after):
            yield path
        for row, other in islice(zip_longest(before, after, fillvalue=_ABSENT), _MANY):
            if row is not _ABSENT and other is not _ABSENT:
                yield from _of_values(row, other, path + ITEMS, depth + 1)
    elif type(before) is not type(after) or before != after:
        yield path
