"""The contract as data: which operations a dialect has, and what a response of each must look like.

`schemas/<dialect>/openapi.json` is the source of truth: nothing here knows an operation or a field by name.
"""

import json
from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NoReturn, Self

from pytest_cxone._resources import data_root
from pytest_cxone.errors import ConfigurationError, ContractViolation, Violation
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response
from pytest_cxone.shapes import Shape
from pytest_cxone.validation import Files, Schema, counted

__all__ = ["Contract", "Operation", "contract", "exchange_of"]


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
            response=Response(status=response.status_code, headers=Headers(response.headers), body=response.content),
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
        self._hosts: tuple[Hosts, str] | None = None
        files = Files(dialect)
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

    def at(self, hosts: Hosts, *, token_path: str) -> Self:
        """Return this contract for a tenant at these hosts, whose paths may not be the API's own."""
        there = copy(self)
        there._hosts = hosts, token_path  # noqa: SLF001 - its own copy
        return there

    def operation_for(self, request: Request) -> "Operation | None":
        """Return the operation that a request calls; a concrete path goes before one with a parameter."""
        path = request.target.path
        if self._hosts is not None:
            hosts, token_path = self._hosts
            path = (hosts.path_of(request.url, token_path=token_path) or path).partition("?")[0]
        fitting = (operation for operation in self.operations if operation.takes(request.method, path))
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

        `operation` is the id of the one that was meant, where the path does not tell.
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

    def takes(self, method: str, path: str) -> bool:
        """Whether a request calls this operation; a parameter stands for one segment that is not empty."""
        wanted, given = self.template.split("/"), path.split("/")
        return (
            method.upper() == self.method
            and len(wanted) == len(given)
            and all(want == have or (want.startswith("{") and have) for want, have in zip(wanted, given, strict=True))
        )

    def shape_of(self, response: Response) -> Shape | None:
        """Return what the contract declares of a response's body; None where it declares nothing."""
        answer = self._answer(response)
        return None if answer is None else next(iter(answer.shapes.values()), None)

    def _answer(self, response: Response) -> "_Answer | None":
        return self.answers.get(str(response.status)) or self.answers.get(f"{response.status // 100}XX")

    def violations(self, response: Response) -> Iterator[Violation]:
        """Yield every way in which a response differs from the answers that this operation may give."""
        answer = self._answer(response)
        if answer is None:
            yield Violation(path="status", expected=f"one of {', '.join(self.answers)}", got=str(response.status))
        else:
            yield from answer.violations(response)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the contract says of one status: its headers by name, its bodies by media type."""

    required: frozenset[str]
    headers: Mapping[str, "Schema"]
    bodies: Mapping[str, "Schema"]
    shapes: Mapping[str, Shape]

    @classmethod
    def read(cls, answer: Mapping[str, Any], files: "Files") -> "_Answer":
        headers = {name: files.follow(header) for name, header in answer.get("headers", {}).items()}
        return cls(
            required=frozenset(name for name, header in headers.items() if header.get("required")),
            headers={name: Schema(header["schema"], files) for name, header in headers.items()},
            bodies={kind: Schema(body["schema"], files) for kind, body in answer.get("content", {}).items()},
            shapes={kind: Shape(body["schema"], files) for kind, body in answer.get("content", {}).items()},
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
            yield Violation(path="media type", expected=" or ".join(self.bodies), got=kind or "no Content-Type")
        try:
            document = _parse(response.body)
        except (ValueError, RecursionError) as error:
            yield Violation(path="body", expected="JSON", got=_unreadable(response, error))
        else:
            # A wrong Content-Type is one fault, not a reason to leave the body unread.
            yield from self.bodies.get(kind, next(iter(self.bodies.values()))).violations(document)


def _parse(body: bytes) -> Any:
    return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is a number to Python, not to JSON")


def _unreadable(response: Response, error: Exception) -> str:
    if not response.body:
        return "an empty body"
    lack = "UTF-8" if isinstance(error, UnicodeDecodeError) else "JSON"
    kind = f" of {response.media_type}" if response.media_type else ""
    return f"{counted(len(response.body), 'byte')}{kind} that cannot be read as {lack}"
