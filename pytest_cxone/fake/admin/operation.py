"""What an operation of the admin API is, what it is asked with, and how that is checked before anything happens."""

import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NoReturn, Self
from urllib.parse import unquote

from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request

__all__ = [
    "FLAG",
    "SECONDS",
    "TEXT",
    "Ask",
    "Key",
    "Operation",
    "Refused",
    "body_of",
    "query_of",
    "whole",
]

_MOST_SECONDS: Final = 1_000_000_000
"""Some thirty years: whoever asks for more has slipped, and dates end at the year 9999."""


class Refused(Exception):
    """Raised where a request makes no sense or does not fit the tenant. Fields: `status`, `error`."""

    def __init__(self, status: int, error: str) -> None:
        self.status = status
        self.error = error
        super().__init__(error)


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a body, or one parameter of a query: what it must be, in words and as a check."""

    expected: str
    accepts: Callable[[Any], bool]
    required: bool = False

    def needed(self) -> Self:
        """Return this key as one that must not be left out."""
        return replace(self, required=True)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def whole(least: int, most: int = _MOST_SECONDS) -> Key:
    """Return the key of a whole number within limits."""
    expected = f"a whole number, {least} to {most}" if most < _MOST_SECONDS else f"a whole number, {least} or more"
    return Key(
        expected=expected,
        accepts=lambda value: isinstance(value, int) and _is_number(value) and least <= value <= most,
    )


TEXT: Final = Key(
    expected="a text that is not blank", accepts=lambda value: isinstance(value, str) and bool(value.strip())
)
FLAG: Final = Key(expected="true or false", accepts=lambda value: isinstance(value, bool))
SECONDS: Final = Key(
    expected=f"a number of seconds, 0 to {_MOST_SECONDS}",
    accepts=lambda value: _is_number(value) and 0 <= value <= _MOST_SECONDS,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request that has been read and checked: whom it is about, and what is wanted."""

    fake: Fake
    region: str
    id: str = ""
    body: Mapping[str, Any] = field(default_factory=dict)
    query: Mapping[str, Any] = field(default_factory=dict)

    @property
    def world(self) -> World:
        """The world of the region that is served."""
        return self.fake.world(self.region)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A method on a path, which may end in `{id}`. `answer` returns what the response's JSON holds."""

    method: str
    path: str
    does: str
    answer: Callable[[Ask], Any]
    body: Mapping[str, Key] = field(default_factory=dict)
    query: Mapping[str, Key] = field(default_factory=dict)

    def id_in(self, path: str) -> str | None:
        """Return the id that a path holds, decoded, or "" where none is expected; None where it is another path."""
        fixed, placeholder, _ = self.path.partition("{id}")
        if not placeholder:
            return "" if path == fixed else None
        encoded = path.removeprefix(fixed)
        return unquote(encoded) if encoded and encoded != path and "/" not in encoded else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def body_of(request: Request, keys: Mapping[str, Key]) -> Mapping[str, Any]:
    """Return the body's JSON object, {} where it is empty; any media type will do, since curl's own is a form's."""
    if not request.body.strip():
        return _checked({}, keys, "the body")
    try:
        body = json.loads(request.body, parse_constant=_not_json, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        # RecursionError: brackets by the thousand.
        raise Refused(400, f"the body is not JSON: {error}") from error
    if not isinstance(body, dict):
        raise Refused(400, f"the body must be a JSON object such as {{}}, not {json.dumps(body)[:80]}")
    return _checked(body, keys, "the body")


def query_of(request: Request, keys: Mapping[str, Key]) -> Mapping[str, Any]:
    """Return the query's parameters, digits as a number where one is expected."""
    pairs = request.query
    query = {name: text if keys.get(name) is TEXT else _number(text) for name, text in pairs}
    if len(query) != len(pairs):
        raise Refused(400, "a parameter stands more than once in the query")
    return _checked(query, keys, "the query")


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch("[0-9]{1,9}", text) else text


def _checked(values: Mapping[str, Any], keys: Mapping[str, Key], where: str) -> Mapping[str, Any]:
    for name, value in values.items():
        key = keys.get(name)
        if key is None:
            allowed = f"it may have {', '.join(keys)}" if keys else "it has none here"
            raise Refused(400, f"{where} has no key {json.dumps(name)[:80]}; {allowed}")
        if not key.accepts(value):
            raise Refused(400, f"{name} must be {key.expected}, not {json.dumps(value)[:80]}")
    for name, key in keys.items():
        if key.required and name not in values:
            raise Refused(400, f"{where} lacks {name}, which must be {key.expected}")
    return values


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"{text} is too large a number")
    return number
