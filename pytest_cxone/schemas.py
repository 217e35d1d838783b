"""The contract as data: which operations a dialect has, and what a response of each must look like.

`schemas/<dialect>/openapi.json` is the source of truth: nothing here knows an operation or a field by name.
"""

import re
from collections import defaultdict
from collections.abc import Mapping
from copy import copy
from functools import cache, cached_property, lru_cache
from typing import Any, Self

from pytest_cxone._resources import data_root
from pytest_cxone.errors import ConfigurationError, ContractViolation, Violation
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response
from pytest_cxone.operations import Operation, Purpose
from pytest_cxone.projections import Projected
from pytest_cxone.questions import OpenQuestion, questions_in
from pytest_cxone.validation import Files

__all__ = ["Contract", "OpenQuestion", "Operation", "Purpose", "contract", "exchange_of"]


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
    request's body stays behind: it may hold a secret.
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
        self._files = Files(dialect)
        self._any_case: bool = self._files.openapi.get("x-cxone-case-insensitive", False)
        self.operations: tuple[Operation, ...] = self._read(self._files)
        self._projected = lru_cache(maxsize=32)(self._read_projected)
        # A concrete path goes before one with a parameter.
        self._by_form: dict[tuple[str, int], list[Operation]] = defaultdict(list)
        for operation in sorted(self.operations, key=lambda operation: operation.template.count("{")):
            self._by_form[operation.method, operation.template.count("/")].append(operation)

    def __repr__(self) -> str:
        return f"Contract({self.dialect!r})"

    @cached_property
    def open_questions(self) -> Mapping[str, OpenQuestion]:
        """What nobody knows of this API, by id; whatever the answer, it keeps the contract."""
        return questions_in(self._files)

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
        if self._any_case:
            path = re.sub(r"/{2,}", "/", path)
        fitting = self._by_form.get((request.method.upper(), path.count("/")), ())
        return next((operation for operation in fitting if operation.takes(request.method, path)), None)

    def operation(self, id: str) -> "Operation":  # noqa: A002 - the word of OpenAPI
        """Return the operation of this id. A wrong one is a mistake of the caller: `LookupError`."""
        for operation in self.operations:
            if operation.id == id:
                return operation
        ids = ", ".join(operation.id for operation in self.operations)
        raise LookupError(f"{self.dialect} has no operation {id!r}; it has {ids}")

    def violations(self, exchange: Exchange, *, operation: str | None = None) -> tuple[Violation, ...]:
        """Return every way in which an exchange breaks the contract; none if it keeps it.

        `operation` is the id of the one that was meant, where the path does not tell. A key that the request did not
        ask for is not missed.
        """
        meant = self._meant(exchange.request, operation)
        if meant is None:
            labels = ", ".join(known.label for known in self.operations)
            expected = f"one of the contract's operations: {labels}"
            return (Violation(path="operation", expected=expected, got=_asked(exchange.request)),)
        keys = meant.projection(exchange.request)
        if keys is not None:
            meant = self._projected(keys)[meant.id]
        return tuple(meant.violations(exchange.response))

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

    def _read(self, files: Files) -> tuple[Operation, ...]:
        return tuple(
            Operation.read(template, method, item, files, any_case=self._any_case)
            for template, item in files.openapi["paths"].items()
            for method, node in item.items()
            if "operationId" in node
        )

    def _read_projected(self, keys: frozenset[str]) -> Mapping[str, Operation]:
        return {operation.id: operation for operation in self._read(Projected(self._files, keys))}


def _asked(request: Request) -> str:
    """Say what a request asked for, without its query, which may name a person."""
    return f"{request.method} {request.target.path}"
