"""What was seen of a tenant's answers: JSON types, how often, and the names of properties. No value of anybody's."""

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, NamedTuple, Self

from pytest_cxone.model import Exchange, Response
from pytest_cxone.schemas import Contract

__all__ = ["ITEMS", "MEDIA_TYPE", "NOT_JSON", "STATUS", "UNNAMED", "Observed", "Sight", "observe"]

STATUS: Final = "status"
MEDIA_TYPE: Final = "media type"
NOT_JSON: Final = "not JSON"
ITEMS: Final = "[*]"
UNNAMED: Final = ".*"
"""Stands for all members whose keys do not look like names of properties, as ids and mailboxes do not."""

_NAME: Final = re.compile(r"(?=.{1,64}\Z)[$@_]*[A-Za-z][A-Za-z_]*(?:[0-9]{1,2}[A-Za-z_]*)?")
_MEDIA_TYPE: Final = re.compile(r"[a-z]{1,16}/[a-z0-9.+-]{1,64}")
_DEEPEST: Final = 32
"""Below this many levels nothing is looked at: paths would grow with the square of a hostile body's size."""


class Sight(NamedTuple):
    """One thing that can be seen: of which operation, under which status, where, and what.

    `path` is a JSON path without indices, as `$.agentStates[*].agentId`, and `what` the JSON type there; or it is
    "status" or "media type", and `what` the one that came. A body itself may also be "nothing" or "not JSON".
    """

    operation: str
    status: int
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a tenant's answers, and how often.

    A member was present in as many of its parents as it has counts, of all that are counts of "object" at its parent.
    """

    counts: Mapping[Sight, int] = field(default_factory=dict)

    def __or__(self, other: "Observed") -> "Observed":
        return self.merged((self, other))

    @classmethod
    def merged(cls, several: Iterable["Observed"]) -> Self:
        """Return all that was seen; for many this is faster than `|`."""
        counts: Counter[Sight] = Counter()
        for observed in several:
            counts.update(observed.counts)
        return cls(dict(counts))

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON: counts by operation, status, path and what was seen."""
        document: dict[str, Any] = {}
        for (operation, status, path, what), count in sorted(self.counts.items()):
            places = document.setdefault(operation, {}).setdefault(str(status), {})
            places.setdefault(path, {})[what] = count
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            {
                Sight(operation, int(status), path, what): count
                for operation, statuses in document.items()
                for status, places in statuses.items()
                for path, seen in places.items()
                for what, count in seen.items()
            }
        )


def observe(exchanges: Iterable[Exchange], contract: Contract) -> Observed:
    """Return what is seen of these answers; an exchange of no operation of the contract is left out.

    Where a request asked for some properties only, the body is left out: what nobody asked for is not absent.
    """
    counts: Counter[Sight] = Counter()
    bodies: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    for exchange in exchanges:
        operation, response = contract.operation_for(exchange.request), exchange.response
        if operation is None:
            continue
        counts[Sight(operation.id, response.status, STATUS, str(response.status))] += 1
        if response.body:
            counts[Sight(operation.id, response.status, MEDIA_TYPE, _media_type(response))] += 1
        if operation.projection(exchange.request) is None:
            bodies[operation.id, response.status].append(_parsed(response.body))
    for (id_, status), documents in bodies.items():
        for path, what, count in _seen(documents, "$"):
            counts[Sight(id_, status, path, what)] += count
    return Observed(dict(counts))


def _media_type(response: Response) -> str:
    """Name a media type; a text that is none could be anything."""
    told = response.media_type
    return told if _MEDIA_TYPE.fullmatch(told) else "malformed" if told else "none"


class _Nothing:
    """Stands for an empty body."""


class _NotJson:
    """Stands for a body that cannot be read."""


_TYPES: Final[Mapping[type, str]] = {
    str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", dict: "object", list: "array",
    _Nothing: "nothing", _NotJson: NOT_JSON,
}  # fmt: skip


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode("utf-8")) if body else _Nothing()
    except (ValueError, RecursionError):
        return _NotJson()


def _seen(values: Sequence[Any], path: str, depth: int = 0) -> Iterator[tuple[str, str, int]]:
    """Yield paths, types and counts from all values at one path at once: one by one would cost more than to parse."""
    kinds = Counter(map(type, values))
    for kind, count in kinds.items():
        yield path, _TYPES[kind], count
    if depth < _DEEPEST and dict in kinds:
        for step, column in _columns(value for value in values if type(value) is dict):
            yield from _seen(column, path + step, depth + 1)
    if depth < _DEEPEST and list in kinds:
        rows = chain.from_iterable(value for value in values if type(value) is list)
        yield from _seen(list(rows), path + ITEMS, depth + 1)


def _columns(objects: Iterable[dict[str, Any]]) -> Iterator[tuple[str, list[Any]]]:
    by_key: defaultdict[str, list[Any]] = defaultdict(list)
    for members in objects:
        for key, value in members.items():
            by_key[key].append(value)
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    for key, values in by_key.items():
        columns[f".{key}" if _NAME.fullmatch(key) else UNNAMED] += values
    yield from columns.items()
