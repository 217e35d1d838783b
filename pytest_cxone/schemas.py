"""The contract as data: which operations a dialect has, and what a response of each must look like.

`schemas/<dialect>/openapi.json` is the source of truth: nothing here knows an operation or a field by name.
jsonschema-rs gives the verdict. Only where that is no does jsonschema, the reference, say what is wrong, and
its word counts. Its messages are not passed on: they hold whole instances, personal values and all.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property, reduce
from itertools import islice, takewhile
from operator import getitem
from typing import TYPE_CHECKING, Any, Final, NoReturn, TypeAlias

import jsonschema_rs

from ._resources import data_root, schema_root
from .errors import ConfigurationError, ContractViolation, Violation
from .model import Exchange, Headers, Request, Response

if TYPE_CHECKING:
    import jsonschema

__all__ = ["Contract", "Operation", "contract", "exchange_of"]

_HOME: Final = "https://pytest-cxone.invalid/schemas"
_JSON_SCHEMA: Final = "https://json-schema.org/draft/2020-12/schema"

_NEVER_SHOWN: Final = ("x-cxone-personal", "x-cxone-secret")
_LONGEST: Final = 40
_MOST_KEYS: Final = 8

_Steps: TypeAlias = tuple[str | int, ...]


@cache
def contract(dialect: str) -> "Contract":
    """Return the contract of a dialect, read once."""
    known = sorted(path.parent.name for path in (data_root() / "schemas").glob("*/openapi.json"))
    if dialect not in known:
        raise ConfigurationError(
            f"dialect {dialect!r} is not one of {', '.join(map(repr, known))}; "
            "set CXONE_DIALECT (or --cxone-dialect) to one of them"
        )
    return Contract(dialect)


def exchange_of(response: Any) -> Exchange:
    """Return what a library's response and its request are as an exchange.

    Takes an `Exchange`, a `requests.Response`, an `httpx.Response`, or anything with their attributes. The
    request's body stays behind: it may hold a secret, and a contract has nothing to say about it.
    """
    if isinstance(response, Exchange):
        return response
    try:
        request = response.request
        return Exchange(
            request=Request(method=request.method, url=str(request.url), headers=Headers(request.headers)),
            response=Response(
                status=response.status_code, headers=Headers(response.headers), body=response.content
            ),
        )
    except AttributeError:
        raise TypeError(
            "a contract checks an Exchange, or a requests.Response or httpx.Response that knows its request, "
            f"not {type(response).__qualname__}"
        ) from None


class Contract:
    """What a dialect's API promises, and whether an exchange keeps it."""

    def __init__(self, dialect: str) -> None:
        self.dialect = dialect
        files = _Files(dialect)
        self.operations: tuple[Operation, ...] = tuple(
            Operation(
                id=operation["operationId"],
                method=method.upper(),
                template=template,
                answers={
                    status: _Answer.read(files.follow(answer), files)
                    for status, answer in operation["responses"].items()
                },
            )
            for template, path in files.openapi["paths"].items()
            for method, operation in path.items()
            if "operationId" in operation
        )

    def __repr__(self) -> str:
        return f"Contract({self.dialect!r})"

    def operation_for(self, request: Request) -> "Operation | None":
        """Return the operation that a request calls; a concrete path goes before one with a parameter."""
        fitting = (operation for operation in self.operations if operation.takes(request))
        return min(fitting, key=lambda operation: operation.template.count("{"), default=None)

    def operation(self, id: str) -> "Operation":  # noqa: A002 - the word of OpenAPI
        """Return the operation of this id. A wrong one is a mistake of the caller: `LookupError`."""
        for operation in self.operations:
            if operation.id == id:
                return operation
        ids = ", ".join(operation.id for operation in self.operations)
        raise LookupError(f"{self.dialect} has no operation {id!r}; it has {ids}")

    def violations(self, exchange: Exchange, *, operation: str | None = None) -> tuple[Violation, ...]:
        """Return every way in which an exchange breaks the contract; none if it keeps it.

        `operation` is the id of the one that was meant, for a tenant whose paths are not the API's own.
        """
        meant = self._meant(exchange.request, operation)
        if meant is not None:
            return tuple(meant.violations(exchange.response))
        labels = ", ".join(known.label for known in self.operations)
        expected = f"one of the contract's operations: {labels}"
        return (Violation(path="operation", expected=expected, got=_asked(exchange.request)),)

    def check(self, response: Any, *, operation: str | None = None) -> "Operation":
        """Return the operation of a response that keeps the contract; raise `ContractViolation` otherwise.

        Takes what `exchange_of` takes, and `operation` as `violations` does.
        """
        __tracebackhide__ = True
        exchange = exchange_of(response)
        meant = self._meant(exchange.request, operation)
        violations = self.violations(exchange, operation=operation)
        if meant is None or violations:
            label = _asked(exchange.request) if meant is None else meant.label
            raise ContractViolation(label, violations, status=exchange.response.status)
        return meant

    def _meant(self, request: Request, operation: str | None) -> "Operation | None":
        return self.operation_for(request) if operation is None else self.operation(operation)


def _asked(request: Request) -> str:
    """Say what a request asked for, without its query, which may name a person."""
    return f"{request.method} {request.target.path}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API can be asked for: a method on a path template, and the answers it may give."""

    id: str
    method: str
    template: str
    answers: Mapping[str, "_Answer"] = field(repr=False, compare=False)

    @property
    def label(self) -> str:
        """The operation as errors and reports name it: "GET /api/v2/agents/{agentId}"."""
        return f"{self.method} {self.template}"

    def takes(self, request: Request) -> bool:
        """Whether a request calls this operation; a parameter stands for one segment that is not empty."""
        wanted, given = self.template.split("/"), request.target.path.split("/")
        return (
            request.method.upper() == self.method
            and len(wanted) == len(given)
            and all(
                want == have or (want.startswith("{") and have)
                for want, have in zip(wanted, given, strict=True)
            )
        )

    def violations(self, response: Response) -> Iterator[Violation]:
        """Yield every way in which a response differs from the answers that this operation may give."""
        answer = self.answers.get(str(response.status)) or self.answers.get(f"{response.status // 100}XX")
        if answer is None:
            yield Violation(
                path="status", expected=f"one of {', '.join(self.answers)}", got=str(response.status)
            )
        else:
            yield from answer.violations(response)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the contract says of one status: its headers by name, its bodies by media type."""

    required: frozenset[str]
    headers: Mapping[str, "_Schema"]
    bodies: Mapping[str, "_Schema"]

    @classmethod
    def read(cls, answer: Mapping[str, Any], files: "_Files") -> "_Answer":
        headers = {name: files.follow(header) for name, header in answer.get("headers", {}).items()}
        return cls(
            required=frozenset(name for name, header in headers.items() if header.get("required")),
            headers={name: _Schema(header["schema"], files) for name, header in headers.items()},
            bodies={kind: _Schema(body["schema"], files) for kind, body in answer.get("content", {}).items()},
        )

    def violations(self, response: Response) -> Iterator[Violation]:
        for name, schema in self.headers.items():
            if name in response.headers:
                yield from schema.violations(response.headers[name], root=f"header {name}")
            elif name in self.required:
                yield Violation(path=f"header {name}", expected="to be present", got="nothing")
        if self.bodies:
            yield from self._violations_of_body(response)

    def _violations_of_body(self, response: Response) -> Iterator[Violation]:
        kind = response.media_type
        if kind not in self.bodies:
            yield Violation(
                path="media type", expected=" or ".join(self.bodies), got=kind or "no Content-Type"
            )
        try:
            document = _parse(response.body)
        except (ValueError, RecursionError) as error:
            yield Violation(path="body", expected="JSON", got=_unreadable(response, error))
        else:
            # A wrong Content-Type is one fault, not a reason to leave the body unread.
            yield from self.bodies.get(kind, next(iter(self.bodies.values()))).violations(document)


def _parse(body: bytes) -> Any:
    return json.loads(body.decode("utf-8"), parse_constant=_refuse_number)


def _refuse_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is a number to Python, not to JSON")


def _unreadable(response: Response, error: Exception) -> str:
    if not response.body:
        return "an empty body"
    lack = "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON"
    kind = f" of {response.media_type}" if response.media_type else ""
    return f"{_number(len(response.body), 'byte')}{kind} that cannot be read as {lack}"


class _Files:
    """The files of one dialect, for OpenAPI and both validators; any other reference does not resolve."""

    def __init__(self, dialect: str) -> None:
        self.uri = f"{_HOME}/{dialect}/openapi.json"
        paths = sorted(schema_root(dialect).glob("*.schema.json"))
        self.openapi = json.loads((schema_root(dialect) / "openapi.json").read_text("utf-8"))
        self.schemas = {
            f"{_HOME}/{dialect}/{path.name}": json.loads(path.read_text("utf-8")) for path in paths
        }

    def follow(self, node: dict[str, Any]) -> dict[str, Any]:
        """Return the part of the OpenAPI file that a node stands for, by its `$ref` if it has one."""
        if "$ref" not in node:
            return node
        return self.follow(reduce(getitem, node["$ref"].removeprefix("#/").split("/"), self.openapi))

    def quick(self, schema: dict[str, Any]) -> jsonschema_rs.Validator:
        return jsonschema_rs.Draft202012Validator(schema, registry=self._quick, validate_formats=True)

    @cached_property
    def _quick(self) -> jsonschema_rs.Registry:
        return jsonschema_rs.Registry(self.schemas.items(), retriever=_refuse_to_fetch)

    def reference(self, schema: dict[str, Any]) -> "jsonschema.Draft202012Validator":
        # Together they take longer to import than thousands of good responses take to check.
        import jsonschema  # noqa: PLC0415
        import referencing  # noqa: PLC0415

        registry: referencing.Registry[Any] = referencing.Registry().with_contents(self.schemas.items())
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return jsonschema.Draft202012Validator(schema, registry=registry, format_checker=checker)


def _refuse_to_fetch(uri: str) -> NoReturn:
    raise LookupError(f"{uri} is not one of the contract's files")


class _Schema:
    """A schema of the contract, as two validators: one for the verdict, one for the words."""

    def __init__(self, schema: Mapping[str, Any], files: _Files) -> None:
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
        alike = self._alike(document) if isinstance(document, list) else None
        # The reference is slow, so one row for each way to be wrong stands before it for all rows like it.
        judged = document if alike is None else [document[rows[0]] for rows in alike]
        faults: dict[tuple[str, str], _Fault] = {}
        for error in self._reference.iter_errors(judged):
            for place, expected, got in _read(error):
                rows: Sequence[int] = [step for step in place if isinstance(step, int)][:1]
                steps = place
                if alike is not None and rows:
                    rows = alike[rows[0]]
                    steps = (rows[0], *place[1:])
                key = _path(root, steps, index="*"), expected
                faults.setdefault(key, _Fault(steps, got)).rows.update(rows)
        for (path, expected), fault in faults.items():
            yield fault.violation(path, expected, first=_path(root, fault.steps), document=document)

    def _fits(self, document: Any) -> bool:
        try:
            return self._quick.is_valid(document)
        except ValueError:  # A lone surrogate is JSON, but not text that jsonschema-rs can take in.
            return False

    def _alike(self, rows: list[Any]) -> list[list[int]]:
        """Sort the bad rows, by index, into groups that are wrong in the same places for the same reasons."""
        each_alone = [[row] for row in range(len(rows))]
        reasons: dict[int, set[Any]] = defaultdict(set)
        try:
            for error in self._quick.iter_errors(rows):
                if not error.instance_path:
                    return each_alone  # The list itself is at fault: some of its rows cannot stand for it.
                row, *place = error.instance_path
                missing = getattr(error.kind, "property", None)
                reasons[int(row)].add((_path("", place, index="*"), *error.schema_path, missing))
        except ValueError:
            return each_alone
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
        return Violation(
            path=path, expected=expected, got=self.got, count=len(self.rows), total=total, first=first
        )


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
    secret = any(schema.get(mark) for mark in _NEVER_SHOWN)
    shown = not secret and schema.get("type") not in {"object", "array"}
    match value:
        case None:
            return "null"
        case dict() if value and not secret:
            keys = [_cut(repr(key)[1:-1]) for key in islice(value, _MOST_KEYS)]
            return f"object with keys {', '.join(keys)}{', …' if len(value) > _MOST_KEYS else ''}"
        case dict():
            return f"object with {_number(len(value), 'key')}"
        case list():
            return f"array of {_number(len(value), 'item')}"
        case str():
            return f"string {_cut(value)!r}" if shown else f"string of {_number(len(value), 'character')}"
    kind = {bool: "boolean", int: "integer", float: "number"}[type(value)]
    return f"{kind} {_cut(json.dumps(value))}" if shown else kind


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
