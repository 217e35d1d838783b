"""JSON that keeps all of what it was: repeated keys, `1.0` and `1e2`, and numbers that JSON does not have.

What is recorded is evidence, so nothing of it may become what Python's own reader would make of it.
"""

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["Literal", "Members", "parse", "text_of"]


class Members(list[tuple[str, Any]]):
    """An object as its members, in order, a key as often as it came."""


class Literal(str):
    """A number as it was written."""

    __slots__ = ()


def parse(text: str) -> Any:
    """Read a JSON document. Raises `ValueError`, and `RecursionError` for one that is nested too deeply."""
    return json.loads(text, object_pairs_hook=Members, parse_float=Literal, parse_constant=Literal)


def text_of(document: Any) -> str:
    """Write a document for people and for diffs: each row of a list and each member of an object on its own line."""
    match document:
        case Members() if document:
            return _lines("{", (f"{_string(key)}: {_nested(value)}" for key, value in document), "}")
        case list() if document and not isinstance(document, Members):
            return _lines("[", map(_compact, document), "]")
    return _compact(document)


def _nested(value: Any) -> str:
    is_rows = isinstance(value, list) and not isinstance(value, Members) and len(value) > 1
    return _lines("[", map(_compact, value), "]") if is_rows else _compact(value)


def _lines(opening: str, rows: Iterator[str], closing: str) -> str:
    return f"{opening}\n" + ",\n".join(rows) + f"\n{closing}"


def _compact(value: Any) -> str:
    match value:
        case Literal():
            return str(value)
        case str():
            return _string(value)
        case Members():
            return "{" + ", ".join(f"{_string(key)}: {_compact(member)}" for key, member in value) + "}"
        case list():
            return "[" + ", ".join(map(_compact, value)) + "]"
    return json.dumps(value)


def _string(text: str) -> str:
    # What does not print, a cassette's reader could take for the end of a line.
    return json.dumps(text, ensure_ascii=not text.isprintable())
