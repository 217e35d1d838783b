"""The places of a body that schemas declare, by the names that lead there, and where a document has them.

A list is looked through: what is said of a property holds for the object and for each row of a list of such objects.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from typing import Any, Final, TypeAlias
from urllib.parse import unquote, urljoin

from pytest_cxone.validation import Files

__all__ = ["Level", "Others", "Place", "holders", "keys", "places"]

_SEVERAL: Final = ("allOf", "anyOf", "oneOf")
_ONE: Final = ("then", "else")
_ROWS: Final = ("items", "unevaluatedItems")
_OPEN: Final = ("additionalProperties", "unevaluatedProperties")


@dataclass(frozen=True, slots=True)
class Others:
    """All members of an object but these: those whose names the contract leaves to the tenant."""

    declared: frozenset[str]


Place: TypeAlias = tuple[str | Others, ...]
_Part: TypeAlias = tuple[Mapping[str, Any], str]
"""A schema and the file in which it stands."""


def keys(members: Iterable[str], step: str | Others) -> list[str]:
    """Return which of an object's members a step leads to."""
    if isinstance(step, str):
        return [step] if step in members else []
    return [key for key in members if key not in step.declared]


def holders(document: Any, place: Place) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield each object of a document that has the property at this place, with its key."""
    if isinstance(document, list):
        for item in document:
            yield from holders(item, place)
    elif isinstance(document, dict):
        for key in keys(document, place[0]):
            if place[1:]:
                yield from holders(document[key], place[1:])
            else:
                yield document, key


class Level:
    """All that is declared of one place: its schemas, those to which they refer, and those of which they are made.

    With `rows`, what is declared of a list's items counts as well.
    """

    def __init__(self, schemas: Iterable[_Part], files: Files, *, rows: bool = True) -> None:
        self._files = files
        self._parts: dict[tuple[str, int], _Part] = {}
        for schema, uri in schemas:
            self._take(schema, uri, rows=rows)

    @property
    def identities(self) -> frozenset[tuple[str, int]]:
        """What tells its schemas from all others, so that one that contains itself is found."""
        return frozenset(self._parts)

    def without(self, seen: frozenset[tuple[str, int]]) -> "Level":
        """Return what it declares beside these schemas."""
        left = Level((), self._files)
        left._parts = {identity: part for identity, part in self._parts.items() if identity not in seen}
        return left

    def says(self, type_: str, *words: str) -> bool:
        """Whether a value of this type may stand here: by its name, or by a word that is said of such only."""
        return any(
            type_ in ([told] if isinstance(told := part.get("type", ()), str) else told)
            or ("type" not in part and any(word in part for word in words))
            for part, _ in self._parts.values()
        )

    def requires(self, name: str) -> bool:
        """Whether one of its schemas requires this property."""
        return any(name in part.get("required", ()) for part, _ in self._parts.values())

    def members(self, *, rows: bool = True) -> "dict[str | Others, Level]":
        """Return what is declared of each property; of those without a name last, where the contract has such."""
        named: dict[str | Others, list[_Part]] = {}
        others: list[_Part] = []
        for part, uri in self._parts.values():
            for name, schema in part.get("properties", {}).items():
                named.setdefault(name, []).append((schema, uri))
            others += [(schema, uri) for schema in part.get("patternProperties", {}).values()]
            # True and {} say nothing of what may stand there.
            others += [(part[word], uri) for word in _OPEN if isinstance(part.get(word), dict) and part[word]]
        if others:
            named[Others(frozenset(name for name in named if isinstance(name, str)))] = others
        return {step: Level(schemas, self._files, rows=rows) for step, schemas in named.items()}

    def _take(self, schema: Any, uri: str, *, rows: bool) -> None:
        if not isinstance(schema, dict) or (uri, id(schema)) in self._parts:
            return
        self._parts[uri, id(schema)] = schema, uri
        if "$ref" in schema:
            self._take(*_followed(self._files, schema["$ref"], uri), rows=rows)
        inside = [one for word in _SEVERAL for one in schema.get(word, ())]
        inside += [schema.get(word) for word in _ONE]
        inside += schema.get("dependentSchemas", {}).values()
        if rows:
            inside += [schema.get(word) for word in _ROWS]
            inside += schema.get("prefixItems", ())
        for one in inside:
            self._take(one, uri, rows=rows)


def places(level: Level) -> Iterator[Place]:
    """Yield each place below: of a schema that contains itself, those to which it leads the first time."""
    yield from _below(level, (), frozenset())


def _below(level: Level, start: Place, seen: frozenset[tuple[str, int]]) -> Iterator[Place]:
    for step, member in level.members().items():
        yield (*start, step)
        around = seen | level.identities
        yield from _below(member.without(around), (*start, step), around)


def _followed(files: Files, reference: str, uri: str) -> tuple[Any, str]:
    there, _, pointer = urljoin(uri, reference).partition("#")
    document = files.openapi if there == files.uri else files.schemas[there]
    steps = [unquote(step).replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
    return reduce(lambda node, step: node[int(step) if isinstance(node, list) else step], steps, document), there
