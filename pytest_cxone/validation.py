"""What is wrong with a document, by its JSON Schema: a fast verdict, and where that is no, careful words.

jsonschema-rs gives the verdict. Only where that is no does jsonschema, the reference, say what is wrong, and
its word counts. Its messages are not passed on: they hold whole instances, personal values and all.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from itertools import islice, takewhile
from operator import getitem
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import jsonschema_rs

from pytest_cxone._resources import schema_root
from pytest_cxone.errors import Violation

if TYPE_CHECKING:
    import jsonschema

__all__ = ["Files", "Schema", "counted"]

_HOME: Final = "https://pytest-cxone.invalid/schemas"
_JSON_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"

_LONGEST: Final = 40
_MOST_KEYS: Final = 8

_Steps: TypeAlias = tuple[str | int, ...]


class Files:
    """The files of one dialect, for OpenAPI and both validators; any other reference does not resolve."""

    def __init__(self, dialect: str) -> None:
        self.uri = f"{_HOME}/{dialect}/openapi.json"
        paths = sorted(schema_root(dialect).glob("*.schema.json"))
        self.openapi = json.loads((schema_root(dialect) / "openapi.json").read_text("utf-8"))
        self.schemas = {f"{_HOME}/{dialect}/{path.name}": json.loads(path.read_text("utf-8")) for path in paths}

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the OpenAPI file that a node stands for, by its `$ref` if it has one."""
        if "$ref" not in node:
            return node
        return self.follow(reduce(getitem, node["$ref"].removeprefix("#/").split("/"), self.openapi))

    def quick(self, schema: dict[str, Any]) -> jsonschema_rs.Validator:
        """Return the validator that gives the verdict."""
        return jsonschema_rs.Draft202012Validator(schema, registry=self._quick, validate_formats=True)

    @cached_property
    def _quick(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(self.schemas.items(), retriever=_refuse_to_fetch)

    def reference(self, schema: dict[str, Any]) -> "jsonschema.Draft202012Validator":
        """Return the validator whose word counts."""
        # Together they take longer to import than thousands of good responses take to check.
        import jsonschema
        import referencing

        registry: referencing.Registry[Any] = referencing.Registry().with_contents(self.schemas.items())
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return jsonschema.Draft202012Validator(schema, registry=registry, format_checker=checker)


def _refuse_to_fetch(uri: str) -> NoReturn:
    raise LookupError(f"{uri} is not one of the contract's files")


class Schema:
    """A schema of the contract, as two validators: one for the verdict, one for the words."""

    def __init__(self, schema: Mapping[str, Any], files: Files) -> None:
        # The `$id` makes a reference relative to the file in which it stands.
        self._schema = {"$schema": _JSON_SCHEMA, "$id": files.uri, **schema}
        self._files = files

    @cached_property
    def _quick(self) -> jsonschema_rs.Validator:
        return self._files.quick(self._schema)

    @cached_property
    def _reference(self) -> "jsonschema.Draft202012Validator":
        return self._files.reference(self._schema)

    def violations(self, document: Any, *, root: str = "$") -> Iterator[Violation]:
        """Yield what is wrong with a document, one violation for all rows that have it in common."""
        if self._fits(document):
            return
        # The reference is slow, so one row for each way to be wrong stands before it for all rows like it.
        judged, behind = self._judged(document)
        faults: dict[tuple[str, str], _Fault] = {}
        for error in self._reference.iter_errors(judged):
            for place, expected, got in _read(error):
                at = next((at for at, step in enumerate(place) if isinstance(step, int)), len(place))
                rows: Sequence[Any] = place[at : at + 1]
                steps = place
                if rows and place[:at] in behind:
                    rows = behind[place[:at]][rows[0]]
                    steps = (*place[:at], rows[0], *place[at + 1 :])
                key = _path(root, steps, index="*"), expected
                faults.setdefault(key, _Fault(steps, got)).rows.update(rows)
        for (path, expected), fault in faults.items():
            yield fault.violation(path, expected, first=_path(root, fault.steps), document=document)

    def _fits(self, document: Any) -> bool:
        try:
            return self._quick.is_valid(document)
        except ValueError:  # A lone surrogate is JSON, but not text that jsonschema-rs can take in.
            return False

    def _judged(self, document: Any) -> tuple[Any, dict[_Steps, list[list[int]]]]:
        """Return a document with one row for each way to be wrong, and by list, which rows each of these stands for.

        Lists are the document itself, or the members of an envelope. One that is itself at fault stays whole.
        """
        lists = _lists_of(document)
        reasons: dict[_Steps, dict[int, set[Any]]] = {place: defaultdict(set) for place in lists}
        try:
            for error in self._quick.iter_errors(document):
                steps = tuple(error.instance_path)
                place = next((place for place in lists if steps[: len(place)] == place), None)
                if place is None:
                    continue
                row, *inside = steps[len(place) :] or (None,)
                if row is None:
                    del lists[place]  # Some of its rows cannot stand for it.
                    continue
                missing = getattr(error.kind, "property", None)
                reasons[place][int(row)].add((_path("", inside, index="*"), *error.schema_path, missing))
        except ValueError:
            return document, {}
        behind = {place: _alike(reasons[place]) or [[0]] for place, rows in lists.items() if rows}
        judged = document
        for place, groups in behind.items():
            few = [lists[place][rows[0]] for rows in groups]
            judged = {**judged, place[0]: few} if place else few
        return judged, behind


def _lists_of(document: Any) -> dict[_Steps, list[Any]]:
    if isinstance(document, list):
        return {(): document}
    members = document.items() if isinstance(document, dict) else ()
    return {(name,): member for name, member in members if isinstance(member, list)}


def _alike(reasons: Mapping[int, set[Any]]) -> list[list[int]]:
    """Sort the bad rows, by index, into groups that are wrong in the same places for the same reasons."""
    groups: dict[frozenset[Any], list[int]] = defaultdict(list)
    for index in sorted(reasons):
        groups[frozenset(reasons[index])].append(index)
    return list(groups.values())


@dataclass(slots=True)
class _Fault:
    """One thing that is wrong, where it was first seen, and which rows have it."""

    steps: _Steps
    got: str
    rows: set[int] = field(default_factory=set)

    def violation(self, path: str, expected: str, *, first: str, document: Any) -> Violation:
        if not self.rows:
            return Violation(path=path, expected=expected, got=self.got)
        to_list = takewhile(lambda step: isinstance(step, str), self.steps)
        total = len(reduce(getitem, to_list, document))
        return Violation(path=path, expected=expected, got=self.got, count=len(self.rows), total=total, first=first)


def _path(root: str, steps: Iterable[str | int], *, index: str = "") -> str:
    """Write a JSON path, with `index` in the place of each list index if it is given."""
    return root + "".join(f".{step}" if isinstance(step, str) else f"[{index or step}]" for step in steps)


def _read(error: "jsonschema.ValidationError") -> Iterator[tuple[_Steps, str, str]]:
    """Yield where an error is, what was expected there, and what was got, without any of its instance."""
    steps = tuple(error.absolute_path)
    schema: Any = error.schema
    wanted: Any = error.validator_value
    instance: Any = error.instance
    if error.validator == "required":
        for name in wanted:
            if name not in instance:
                yield (*steps, name), "to be present", "nothing"
        return
    if error.validator == "type":
        expected = wanted if isinstance(wanted, str) else " or ".join(wanted)
    else:
        expected = schema.get("x-cxone-expected") or f"{error.validator} {_cut(json.dumps(wanted))}"
    yield steps, expected, _describe(instance, schema)


def _describe(value: Any, schema: Mapping[str, Any]) -> str:
    """Say what a value is, and show it, cut short, unless its schema marks it as personal or secret.

    A scalar in the place of an object or a list is not shown either: nobody knows whose name it is.
    """
    # An id tells which row is wrong.
    secret = schema.get("x-cxone-scrub", "id") != "id"
    kinds = schema.get("type")
    shown = not secret and not {"object", "array"} & {*([kinds] if isinstance(kinds, str) else kinds or ())}
    match value:
        case None:
            return "null"
        case dict() if value and not secret:
            keys = [_cut(repr(key)[1:-1]) for key in islice(value, _MOST_KEYS)]
            return f"object with keys {', '.join(keys)}{', …' if len(value) > _MOST_KEYS else ''}"
        case dict():
            return f"object with {counted(len(value), 'key')}"
        case list():
            return f"array of {counted(len(value), 'item')}"
        case str():
            return f"string {_cut(value)!r}" if shown else f"string of {counted(len(value), 'character')}"
    kind = {bool: "boolean", int: "integer", float: "number"}[type(value)]
    return f"{kind} {_cut(json.dumps(value))}" if shown else kind


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def counted(count: int, noun: str) -> str:
    """Write a count with its noun: "1 row", "2,000 rows"."""
    return f"{count} {noun}" if count == 1 else f"{count:,} {noun}s"
