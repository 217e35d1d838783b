"""An operation of the contract: which requests call it, what it is for, and what is wrong with an answer to it."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NoReturn, Self

from pytest_cxone.errors import Violation
from pytest_cxone.model import Request, Response
from pytest_cxone.shapes import Shape
from pytest_cxone.validation import Files, Schema, counted

__all__ = ["Operation", "Purpose"]


class Purpose(StrEnum):
    """What an operation is for, and so whether a run may call it unasked."""

    TOKEN = "token"  # noqa: S105 - a word for what an operation does
    """It gives tokens, and holds credentials."""
    DISCOVERY = "discovery"
    """It tells where the tenant is, before there is a token."""
    READ = "read"
    WRITE = "write"
    """It changes the tenant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One thing that the API can be asked for: a method on a path template, and the answers it may give."""

    id: str
    method: str
    template: str
    purpose: Purpose
    _path: re.Pattern[str] = field(repr=False, compare=False)
    _projects: frozenset[str] = field(repr=False, compare=False)
    _projects_by_body: bool = field(repr=False, compare=False)
    answers: Mapping[str, "_Answer"] = field(repr=False, compare=False)
    paging: Mapping[str, str] = field(repr=False, compare=False)
    """What a parameter says of the page that is asked for: its "size", or where it is to "start"."""

    @classmethod
    def read(cls, template: str, method: str, item: Mapping[str, Any], files: Files, *, any_case: bool) -> Self:
        """Read the operation of a method from a path item of the OpenAPI file."""
        node = item[method]
        parameters = [files.follow(one) for one in (*item.get("parameters", ()), *node.get("parameters", ()))]
        bodies = [body["schema"] for body in node.get("requestBody", {}).get("content", {}).values()]
        thinned = {name for body in bodies for name, one in body.get("properties", {}).items() if _projects(one)}
        return cls(
            id=node["operationId"],
            method=method.upper(),
            template=template,
            purpose=Purpose(node.get("x-cxone-purpose") or (Purpose.READ if method == "get" else Purpose.WRITE)),
            answers={status: _Answer.read(files.follow(one), files) for status, one in node["responses"].items()},
            paging={one["name"]: one["x-cxone-paging"] for one in parameters if "x-cxone-paging" in one},
            _path=_pattern_of(template, parameters, any_case=any_case),
            _projects=frozenset(thinned) | {one["name"] for one in parameters if _projects(one)},
            _projects_by_body=bool(thinned),
        )

    @property
    def label(self) -> str:
        """The operation as errors and reports name it: "GET /api/v2/agents/{agentId}"."""
        return f"{self.method} {self.template}"

    def takes(self, method: str, path: str) -> bool:
        """Whether a request calls this operation; a parameter stands for one segment that is not empty."""
        return method.upper() == self.method and self._path.fullmatch(path) is not None

    def projection(self, request: Request) -> frozenset[str] | None:
        """Return the keys to which a request thins out the rows of its answer; None where it asks for all.

        A body that is not there may have asked for less than all: then nothing is certain, and no key is returned.
        """
        if not self._projects:
            return None
        asked: list[tuple[str, Any]] = list(request.query)
        if self._projects_by_body:
            if not request.body:
                return frozenset()
            asked += _members_of(request.body)
        texts = [value for name, value in asked if name in self._projects and isinstance(value, str)]
        keys = {key for text in texts for key in re.split(r"[\s,]+", text) if key}
        return frozenset(keys) or None

    def shape_of(self, response: Response) -> Shape | None:
        """Return what the contract declares of a response's body; None where it declares nothing."""
        return self.shape(response.status)

    def declares(self, status: int) -> bool:
        """Whether the contract has an answer of this status."""
        return self._answer(status) is not None

    def header_names(self, status: int) -> frozenset[str]:
        """Return the headers, in lower case, that the contract has of answers with this status."""
        answer = self._answer(status)
        return frozenset() if answer is None else frozenset(name.lower() for name in answer.headers)

    def shape(self, status: int) -> Shape | None:
        """Return what the contract declares of the bodies of answers with this status."""
        answer = self._answer(status)
        return None if answer is None else next(iter(answer.shapes.values()), None)

    def violations(self, response: Response) -> Iterator[Violation]:
        """Yield every way in which a response differs from the answers that this operation may give."""
        answer = self._answer(response.status)
        if answer is None:
            yield Violation(path="status", expected=f"one of {', '.join(self.answers)}", got=str(response.status))
        else:
            yield from answer.violations(response)

    def _answer(self, status: int) -> "_Answer | None":
        return self.answers.get(str(status)) or self.answers.get(f"{status // 100}XX")


def _projects(node: Mapping[str, Any]) -> bool:
    return bool(node.get("x-cxone-projects"))


def _pattern_of(template: str, parameters: list[dict[str, Any]], *, any_case: bool) -> re.Pattern[str]:
    forms = {
        one["name"]: one["schema"].get("pattern", "[^/]+").removeprefix("^").removesuffix("$")
        for one in parameters
        if one["in"] == "path"
    }
    segments = [
        forms[segment[1:-1]] if segment.startswith("{") else re.escape(segment) for segment in template.split("/")
    ]
    return re.compile("/".join(segments), re.IGNORECASE if any_case else re.NOFLAG)


def _members_of(body: bytes) -> list[tuple[str, Any]]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return []
    return list(document.items()) if isinstance(document, dict) else []


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What the contract says of one status: its headers by name, its bodies by media type."""

    required: frozenset[str]
    headers: Mapping[str, Schema]
    bodies: Mapping[str, Schema]
    shapes: Mapping[str, Shape]
    may_be_empty: bool

    @classmethod
    def read(cls, answer: Mapping[str, Any], files: Files) -> "_Answer":
        headers = {name: files.follow(header) for name, header in answer.get("headers", {}).items()}
        return cls(
            required=frozenset(name for name, header in headers.items() if header.get("required")),
            headers={name: Schema(header["schema"], files) for name, header in headers.items()},
            bodies={kind: Schema(body["schema"], files) for kind, body in answer.get("content", {}).items()},
            shapes={kind: Shape(body["schema"], files) for kind, body in answer.get("content", {}).items()},
            may_be_empty=answer.get("x-cxone-body") == "optional",
        )

    def violations(self, response: Response) -> Iterator[Violation]:
        for name, schema in self.headers.items():
            if name in response.headers:
                yield from schema.violations(response.headers[name], root=f"header {name}")
            elif name in self.required:
                yield Violation(path=f"header {name}", expected="to be present", got="nothing")
        if not self.bodies and response.body:
            yield Violation(path="body", expected="to be empty", got=_sized(response))
        elif self.bodies and (response.body or not self.may_be_empty):
            yield from self._violations_of_body(response)

    def _violations_of_body(self, response: Response) -> Iterator[Violation]:
        kind = response.media_type
        if kind not in self.bodies:
            yield Violation(path="media type", expected=" or ".join(self.bodies), got=kind or "no Content-Type")
        # A wrong Content-Type is one fault, not a reason to leave the body unread.
        read = kind if kind in self.bodies else next(iter(self.bodies))
        try:
            document = _parse(response.body) if "json" in read else response.body.decode("utf-8")
        except (ValueError, RecursionError) as error:
            expected = "JSON" if "json" in read else "text"
            yield Violation(path="body", expected=expected, got=_unreadable(response, error, expected))
        else:
            yield from self.bodies[read].violations(document)


def _parse(body: bytes) -> Any:
    return json.loads(body.decode("utf-8"), parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is a number to Python, not to JSON")


def _unreadable(response: Response, error: Exception, expected: str) -> str:
    if not response.body:
        return "an empty body"
    lack = "UTF-8" if isinstance(error, UnicodeDecodeError) else expected
    return f"{_sized(response)} that cannot be read as {lack}"


def _sized(response: Response) -> str:
    kind = f" of {response.media_type}" if response.media_type else ""
    return f"{counted(len(response.body), 'byte')}{kind}"
