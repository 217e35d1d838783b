"""A request that has been read: which tenant, version and operation it is for, and with which parameters."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pytest_cxone.fake.acd.site import Site
from pytest_cxone.fake.records import View
from pytest_cxone.fake.routing import Answered
from pytest_cxone.fake.world import Token, World
from pytest_cxone.model import Headers, Request, Response

__all__ = ["Ask", "as_json", "moment", "refusal"]

_JSON: Final = Headers({"Content-Type": "application/json"})
_MOST_DIGITS: Final = 10
_DATE: Final = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.]\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?)?", re.IGNORECASE)
_PLUS_LOST: Final = re.compile(r".*\d \d\d:?\d\d")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request to the API. `path` is that of its operation, from the root and without the query.

    `query` has its parameters by their names in small letters, since case does not count in them. `versions` are those
    that there are; `version` is 0 and `token` None for what stands at the root.
    """

    request: Request
    world: World
    site: Site
    path: str
    versions: range
    version: int = 0
    parameters: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    token: Token | None = None

    @property
    def cannot_see(self) -> frozenset[str]:
        """The teams that are kept from whoever asks."""
        return self.token.client.cannot_see if self.token else frozenset()

    @property
    def view(self) -> View:
        """What part of the floor is shown: no right of a role hides a state, other than a team."""
        return View(cannot_see=self.cannot_see, restricted=True)

    def number(self, name: str, *, least: int = 0) -> int | None:
        """Return a parameter that is a whole number; None where it is left out or empty."""
        text = self.query.get(name.lower(), "").strip()
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) >= least):
            raise refusal(400, "invalid_request", f"{name} must be a whole number, {least} or more, not {text[:40]!r}")
        return int(text)

    def flag(self, name: str) -> bool | None:
        """Return a parameter that is true or false, however it is cased."""
        text = self.query.get(name.lower(), "").strip()
        if not text:
            return None
        if text.lower() not in {"true", "false"}:
            raise refusal(400, "invalid_request", f"{name} must be true or false, not {text[:40]!r}")
        return text.lower() == "true"

    def moment(self, *names: str) -> int | None:
        """Return the first of these parameters that is given, in milliseconds since the epoch."""
        given = ((name, self.query.get(name.lower(), "").strip()) for name in names)
        return next((moment(name, text) for name, text in given if text), None)

    def body(self) -> Mapping[str, Any]:
        """Return the request's JSON object; an empty body is an empty object."""
        try:
            body = json.loads(self.request.body or b"{}")
        except (ValueError, RecursionError):
            body = None
        if not isinstance(body, dict):
            raise refusal(400, "invalid_request", "the body must be a JSON object")
        return body


def moment(name: str, text: object) -> int:
    """Read a date, in milliseconds since the epoch. A lone 0 is the beginning of time, as dashboards send it."""
    if text in ("0", 0):
        return 0
    try:
        if isinstance(text, str) and _DATE.fullmatch(text):
            read = datetime.fromisoformat(text.upper())
            read = read if read.tzinfo else read.replace(tzinfo=UTC)
            # Not by timestamp(), whose fractions do not come back exactly.
            passed = read - datetime(1970, 1, 1, tzinfo=UTC)
            return (passed.days * 86_400 + passed.seconds) * 1_000 + passed.microseconds // 1_000
    except (ValueError, OverflowError):
        pass
    hint = ""
    if isinstance(text, str) and _PLUS_LOST.fullmatch(text):
        hint = "; a + in a query is a blank, so send it as %2B, or the time in UTC with a Z"
    raise refusal(400, "invalid_request", f"{name} must be a date as 2026-05-08T22:15:30.107Z, not {text!r:.60}{hint}")


def as_json(body: Any, *, status: int = 200, headers: Headers = _JSON) -> Response:
    """Return an answer with a body."""
    return Response(status=status, headers=headers, body=json.dumps(body, separators=(",", ":")).encode())


def refusal(status: int, error: str, description: str, *, challenge: str = "") -> Answered:
    """Return, to be raised, an error of the API: in the body, and in the header that older clients read."""
    fields = {"Content-Type": "application/json", "icStatusDescription": _in_header(description)}
    if challenge:
        fields["WWW-Authenticate"] = challenge
    body = {"error": error, "errorDescription": description}
    return Answered(as_json(body, status=status, headers=Headers(fields)))


def _in_header(text: str) -> str:
    return "".join(char if char.isprintable() else " " for char in text).encode("ascii", "replace").decode()
