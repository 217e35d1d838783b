"""Changes of what an operation asks for: a parameter is not read any more, not taken, or must be there."""

import json
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from pytest_cxone.fake.engine import Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.changes import BAD_REQUEST, Which, encoded

__all__ = ["Demand", "ParameterChange", "Part"]


class Part(StrEnum):
    """Where a parameter stands; the word that ids have for it."""

    QUERY = "parameter"
    HEADER = "header"
    FIELD = "field"
    """A member of a body that is a JSON object or a form."""


class Demand(StrEnum):
    """What may become of a parameter."""

    IGNORED = "ignored"
    REFUSED = "refused"
    REQUIRED = "required"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParameterChange:
    """The API is of another mind on one parameter. Where it `folds`, names have no case."""

    which: Which
    part: Part
    name: str
    demand: Demand
    folds: bool = False

    def __call__(self, asked: Request, forward: Forward, _: World) -> Response:
        """Answer as the API of today, without the parameter, or refuse."""
        left = self._without(asked)
        is_told = left is not None
        if is_told == (self.demand is Demand.REQUIRED) or not self.which(asked):
            return forward(asked)
        return BAD_REQUEST if left is None or self.demand is Demand.REFUSED else forward(left)

    def touches(self, asked: Request, response: Response) -> bool | None:  # noqa: ARG002 - of the request alone
        """Whether this answer would be a refusal; None where the API is to be asked without the parameter."""
        is_told = self._without(asked) is not None
        if self.demand is Demand.REQUIRED:
            return not is_told
        return (None if self.demand is Demand.IGNORED else True) if is_told else False

    def _without(self, asked: Request) -> Request | None:
        """Return the request without the parameter; None where it has none."""
        return {Part.QUERY: self._in_query, Part.HEADER: self._in_headers, Part.FIELD: self._in_body}[self.part](asked)

    def _in_query(self, asked: Request) -> Request | None:
        parts = urlsplit(asked.url)
        text = self._in_pairs(parts.query)
        return None if text is None else replace(asked, url=urlunsplit(parts._replace(query=text)))

    def _in_headers(self, asked: Request) -> Request | None:
        if self.name not in asked.headers:
            return None
        left = {name: value for name, value in asked.headers.items() if name.lower() != self.name.lower()}
        return replace(asked, headers=Headers(left))

    def _in_body(self, asked: Request) -> Request | None:
        is_json = "json" in asked.headers.get("Content-Type", "").lower()
        try:
            body = self._in_object(asked.body) if is_json else self._in_form(asked.body)
        except (ValueError, RecursionError):
            return None
        return None if body is None else replace(asked, body=body)

    def _in_object(self, body: bytes) -> bytes | None:
        document = json.loads(body)
        if not isinstance(document, dict):
            return None
        left = {name: value for name, value in document.items() if not self._is_meant(name)}
        return None if len(left) == len(document) else encoded(left)

    def _in_form(self, body: bytes) -> bytes | None:
        text = self._in_pairs(body.decode())
        return None if text is None else text.encode()

    def _in_pairs(self, text: str) -> str | None:
        pairs = parse_qsl(text, keep_blank_values=True)
        left = [(name, value) for name, value in pairs if not self._is_meant(name)]
        return None if len(left) == len(pairs) else urlencode(left)

    def _is_meant(self, name: str) -> bool:
        return name == self.name or (self.folds and name.casefold() == self.name.casefold())
