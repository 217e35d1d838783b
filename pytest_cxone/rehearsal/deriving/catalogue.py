"""The catalogue that a contract gives: each change of one thing that it declares, under an id that stays.

Ids are made of names only, so that they are the same in each run and in each order of the files. A name that a shell
could misread, or that could be taken for another part of an id, is written as its bytes.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any, Final, TypeAlias

from pytest_cxone.model import Request
from pytest_cxone.rehearsal.changes import Upgrade, Which
from pytest_cxone.rehearsal.deriving.answers import BodyChange, PropertyChange, StatusChange
from pytest_cxone.rehearsal.deriving.documents import Edit, Envelope, renamed
from pytest_cxone.rehearsal.deriving.places import Level, Others, places
from pytest_cxone.rehearsal.deriving.requests import Demand, ParameterChange, Part
from pytest_cxone.rehearsal.deriving.statuses import another, meant_by
from pytest_cxone.schemas import Contract
from pytest_cxone.validation import Files

__all__ = ["derive"]

_DerivedChange: TypeAlias = PropertyChange | BodyChange | StatusChange | ParameterChange

_OTHERS: Final = "any-key"
_CLEAR: Final = re.compile(rf"(?!{_OTHERS}\Z|x-[0-9a-f]*\Z|[1-5][0-9X]{{2}}\Z|default\Z)[A-Za-z0-9_-]+")
"""What stands in an id as it is. No status can be taken for it, and nothing that is written in another way."""
_SUCCESS: Final = frozenset(range(200, 300))
_NOT_PARAMETERS: Final = frozenset({"accept", "authorization", "content-type"})
"""Headers that OpenAPI says something else of, in other places."""

_EDITED: Final[Mapping[Edit, Callable[[str], str]]] = {
    Edit.REMOVED: lambda name: f"{name} is not there",
    Edit.RENAMED: lambda name: f"{name} is called {renamed(name.rpartition('.')[2])}",
    Edit.RETYPED: lambda name: f"{name} is of another type",
    Edit.NULLED: lambda name: f"{name} is null",
}
_ENVELOPED: Final = {
    Envelope.ENVELOPED: "the list is in an object, as items",
    Envelope.LISTED: "the object is in a list",
    Envelope.NESTED: "the object is in another one, as data",
    Envelope.BARE: "the answer is its rows alone, as a list",
}
_PARTS: Final = {Part.QUERY: "the parameter", Part.HEADER: "the header", Part.FIELD: "the field"}
_DEMANDED: Final = {
    Demand.IGNORED: "is ignored",
    Demand.REFUSED: "is refused with 400",
    Demand.REQUIRED: "must be there, else 400",
}


def derive(contract: Contract) -> Mapping[str, Upgrade]:
    """Return the upgrades that a contract gives, by id and in the order of ids."""
    files = Files(contract.dialect)
    found = [
        upgrade
        for item in files.openapi["paths"].values()
        for node in item.values()
        if isinstance(node, dict) and "operationId" in node
        for upgrade in _Operation.read(item, node, contract, files).upgrades()
    ]
    return {upgrade.id: upgrade for upgrade in sorted(found, key=lambda upgrade: upgrade.id)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Operation:
    """One operation of the contract, and what its upgrades have in common."""

    id: str
    label: str
    which: Which
    folds: bool
    answers: Mapping[str, tuple[Mapping[str, Any], ...]]
    """By status, the schemas of what is JSON."""
    parameters: Mapping[tuple[Part, str], bool]
    """By name, whether it must be there today."""
    files: Files

    @classmethod
    def read(cls, item: Mapping[str, Any], node: Mapping[str, Any], contract: Contract, files: Files) -> "_Operation":
        """Read an operation from the OpenAPI file, in which its path item stands."""
        known = contract.operation(node["operationId"])

        def which(asked: Request) -> bool:
            meant = contract.operation_for(asked)
            return meant is not None and meant.id == known.id

        return cls(
            id=known.id,
            label=known.label,
            which=which,
            folds=bool(files.openapi.get("x-cxone-case-insensitive")),
            answers={
                str(status): tuple(
                    content["schema"]
                    for kind, content in files.follow(answer).get("content", {}).items()
                    if "json" in kind and "schema" in content
                )
                for status, answer in node["responses"].items()
            },
            parameters=dict((*_parameters(item, node, files), *_fields(node, files))),
            files=files,
        )

    def upgrades(self) -> Iterator[Upgrade]:
        """Yield all of this operation."""
        successes = [schema for status, several in self.answers.items() if status[0] == "2" for schema in several]
        yield from self._of_properties(successes, _SUCCESS, "")
        yield from self._of_bodies(successes)
        for status, schemas in self.answers.items():
            statuses = meant_by(status, self.answers)
            if status[0] != "2":
                yield from self._of_properties(schemas, statuses, status)
            if status != "default":
                yield self._of_status(status, statuses)
        for (part, name), is_required in self.parameters.items():
            for demand in Demand:
                if demand is not Demand.REQUIRED or not is_required:
                    yield self._of_parameter(part, name, demand)

    def _of_properties(
        self, schemas: Iterable[Mapping[str, Any]], statuses: frozenset[int], status: str
    ) -> Iterator[Upgrade]:
        level = Level([(schema, self.files.uri) for schema in schemas], self.files)
        for place, edit in product(places(level), Edit):
            change = PropertyChange(which=self.which, statuses=statuses, place=place, edit=edit)
            id_ = ".".join((*filter(None, [status]), *map(_clear, place), edit))
            name = ".".join(step if isinstance(step, str) else "*" for step in place)
            yield self._upgrade(id_, f"{f'in a {status}, ' if status else ''}{_EDITED[edit](name)}", change)

    def _of_bodies(self, schemas: Iterable[Mapping[str, Any]]) -> Iterator[Upgrade]:
        body = Level([(schema, self.files.uri) for schema in schemas], self.files, rows=False)
        inside = body.members()
        lists = [step for step, member in body.members(rows=False).items() if member.says("array", "items")]
        rows = [step for step in lists if isinstance(step, str) and inside[step].members()]
        is_list, is_object = body.says("array", "items", "prefixItems"), body.says("object", "properties")
        declared = {
            Envelope.ENVELOPED: is_list,
            Envelope.LISTED: is_object,
            Envelope.NESTED: is_object,
            Envelope.BARE: is_object and len(rows) == 1,
        }
        for envelope in (envelope for envelope, is_one in declared.items() if is_one):
            bare = rows[0] if envelope is Envelope.BARE else ""
            change = BodyChange(which=self.which, statuses=_SUCCESS, envelope=envelope, rows=bare)
            yield self._upgrade(f"body.{envelope}", _ENVELOPED[envelope], change)

    def _of_status(self, status: str, statuses: frozenset[int]) -> Upgrade:
        new = another(status, self.answers)
        change = StatusChange(which=self.which, statuses=statuses, new=new)
        return self._upgrade(f"status-{status}.replaced-by-{new}", f"{new} in place of {status}", change)

    def _of_parameter(self, part: Part, name: str, demand: Demand) -> Upgrade:
        change = ParameterChange(which=self.which, part=part, name=name, demand=demand, folds=self.folds)
        return self._upgrade(f"{part}-{_clear(name)}.{demand}", f"{_PARTS[part]} {name} {_DEMANDED[demand]}", change)

    def _upgrade(self, id_: str, summary: str, change: _DerivedChange) -> Upgrade:
        return Upgrade(
            id=f"{_clear(self.id)}.{id_}",
            # What happens comes first: where space is short, the rest is cut off.
            summary=f"{summary} ({self.label})",
            change=change,
            operation=self.id,
            origin="derived",
            touches=change.touches,
        )


def _clear(step: str | Others) -> str:
    if isinstance(step, Others):
        return _OTHERS
    return step if _CLEAR.fullmatch(step) else f"x-{step.encode().hex()}"


def _parameters(
    item: Mapping[str, Any], node: Mapping[str, Any], files: Files
) -> Iterator[tuple[tuple[Part, str], bool]]:
    """Yield what stands in the query and in headers, and whether it must; an operation's own word is the last one."""
    parts = {"query": Part.QUERY, "header": Part.HEADER}
    for one in map(files.follow, (*item.get("parameters", ()), *node.get("parameters", ()))):
        if one["in"] in parts and not (one["in"] == "header" and one["name"].lower() in _NOT_PARAMETERS):
            yield (parts[one["in"]], one["name"]), bool(one.get("required"))


def _fields(node: Mapping[str, Any], files: Files) -> Iterator[tuple[tuple[Part, str], bool]]:
    """Yield the members of a body that is an object, and whether each must be there in all forms that it may have."""
    contents = files.follow(node.get("requestBody", {})).get("content", {}).items()
    schemas = [one["schema"] for kind, one in contents if "schema" in one and ("json" in kind or "form" in kind)]
    levels = [Level([(schema, files.uri)], files, rows=False) for schema in schemas]
    for name in {name for level in levels for name in level.members(rows=False) if isinstance(name, str)}:
        yield (Part.FIELD, name), all(level.requires(name) for level in levels)
