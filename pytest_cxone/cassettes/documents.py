"""JSON that keeps all of what it was: repeated keys, `1.0` and `1e2`, and numbers that JSON does not have.

What is recorded is evidence, so nothing of it may become what Python's own reader would make of it.
"""

import json
from collections.abc import Iterator
from typing import Any

__all__ = ["Literal", "Members", "line_of", "parse", "text_of"]


class Members(list[tuple[str, Any]]):
    """An object as its members, in order, a key as often as it came."""


class Literal(str):
    """A number as it was written."""

    __slots__ = ()


def parse(text: str) -> Any:
    """Read a JSON document. Raises `ValueError`, and `RecursionError` for one that is nested too deeply."""
    return json.loads(text, object_pairs_hook=Members, parse_int=_integer, parse_float=Literal, parse_constant=Literal)


def _integer(digits: str) -> int | Literal:
    return int(digits) if digits != "-0" else Literal(digits)


def text_of(document: Any) -> str:
    """Write a document for people and for diffs: each row of a list and each member of an object on its own line."""
    match document:
        case Members() if document:
            return _lines("{", (f"{_string(key)}: {_nested(value)}" for key, value in document), "}")
        case list() if document and not isinstance(document, Members):
            return _lines("[", map(line_of, document), "]")
    return line_of(document)


def line_of(document: Any) -> str:
    """Write a document on one line."""
    match document:
        case Literal():
            return str(document)
        case str():
            return _string(document)
        case Members():
            return "{" + ", ".join([f"{_string(key)}: {line_of(member)}" for key, member in document]) + "}"
        case list():
            return "[" + ", ".join([line_of(item) for item in document]) + "]"
    return json.dumps(document)


def _nested(value: Any) -> str:
    is_rows = isinstance(value, list) and not isinstance(value, Members) and len(value) > 1
    return _lines("[", map(line_of, value), "]") if is_rows else line_of(value)


def _lines(opening: str, rows: Iterator[str], closing: str) -> str:
    return f"{opening}\n" + ",\n".join(rows) + f"\n{closing}"


def _string(text: str) -> str:
    # What does not print, a cassette's reader could take for the end of a line.
    return json.dumps(text, ensure_ascii=not text.isprintable())
