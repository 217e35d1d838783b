"""What upgrades are made of: changes of requests and answers, to be put together by a catalogue.

No API is known here. What an upgrade does to rights and tokens is in `rights`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response

__all__ = [
    "BAD_REQUEST",
    "FORBIDDEN",
    "LOGIN_PAGE",
    "NOT_FOUND",
    "NO_CONTENT",
    "Touches",
    "Upgrade",
    "Which",
    "answer",
    "body",
    "both",
    "cased",
    "dropping",
    "edited",
    "edited_body",
    "encoded",
    "headers",
    "json_response",
    "keys",
    "later",
    "moment",
    "pascal",
    "query",
    "refusing",
    "renamed",
    "replaced",
    "request",
    "snake",
    "status",
    "up",
    "without",
]

Which = Callable[[Request], bool]
"""Tells whether a request is concerned."""


Touches = Callable[[Request, Response], bool | None]
"""Tells of an exchange whether an upgrade would change the answer; None where that shows only when it is at work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A simulated upgrade.

    `caught_by` are the behaviours of the contract suite of which one at least must turn red under it. `operation` is
    the id of the one that it is about, whose exchanges alone it changes; without, it may concern any. `origin` is
    "named" in a catalogue, "derived" from the contract, or "added" by a project, whatever that writes. `touches` may be
    asked of exchanges of its operation only.
    """

    id: str
    summary: str
    change: Change = field(repr=False)
    caught_by: tuple[str, ...] = ()
    operation: str = ""
    origin: str = "named"
    touches: Touches = field(default=lambda _, __: None, repr=False)


def up(id: str, caught_by: str, summary: str, change: Change) -> Upgrade:  # noqa: A002 - a column's name
    """Return an upgrade: a row of a catalogue."""
    return Upgrade(id=id, summary=summary, caught_by=tuple(caught_by.split()), change=change)


# Changes of what is asked


def request(which: Which, edit: Callable[[Request], Request]) -> Change:
    """Change what is asked: the tenant now reads the request in another way."""
    return lambda asked, forward, _: forward(edit(asked) if which(asked) else asked)


def query(change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[Request], Request]:
    """Return an edit of a request's parameters."""

    def edit(asked: Request) -> Request:
        text = urlencode(change(dict(asked.query)))
        return replace(asked, url=urlunsplit(urlsplit(asked.url)._replace(query=text)))

    return edit


def dropping(*names: str) -> Callable[[Request], Request]:
    """Return an edit of a request that takes parameters out."""
    return query(lambda given: {key: value for key, value in given.items() if key not in names})


def refusing(which: Which, refusal: Response) -> Change:
    """Answer with a refusal instead."""
    return lambda asked, forward, _: refusal if which(asked) else forward(asked)


# Changes of what is answered


def answer(which: Which, edit: Callable[[Response], Response], *, of: int = 200) -> Change:
    """Change the answers with the status `of`."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        response = forward(asked)
        return edit(response) if which(asked) and response.status == of else response

    return change


def body(which: Which, edit: Callable[[Any], Any], *, of: int = 200) -> Change:
    """Change the JSON body of the answers with the status `of`; what is no JSON stays as it is."""

    def change(response: Response) -> Response:
        if "json" not in response.media_type:
            return response
        return replace(response, body=encoded(edit(json.loads(response.body))))

    return answer(which, change, of=of)


def edited_body(edit: Callable[[Any], Any], *, status: int = 200) -> Change:
    """Return a change that answers with what `edit` makes of a JSON body, where the status is this one.

    It is for an `Upgrade` with an `operation`: the answers of all others stay.
    """
    return body(lambda _: True, edit, of=status)


def both(outer: Change, inner: Change) -> Change:
    """Make two changes in one upgrade; the outer one sees what the inner one answers."""
    return lambda asked, forward, world: outer(asked, lambda changed: inner(changed, forward, world), world)


def headers(which: Which, edit: Callable[[dict[str, str]], dict[str, str]], *, of: int = 200) -> Change:
    """Change the headers of the answers with the status `of`."""
    return answer(which, lambda response: replace(response, headers=Headers(edit(dict(response.headers)))), of=of)


def status(which: Which, new: int, *, of: int = 200) -> Change:
    """Change the status `of` to another one."""
    return answer(which, lambda response: replace(response, status=new), of=of)


def json_response(code: int, content: Any) -> Response:
    """Return a whole new answer."""
    return Response(status=code, headers=Headers({"Content-Type": "application/json"}), body=encoded(content))


def encoded(content: Any) -> bytes:
    """Write JSON as the fake does."""
    return json.dumps(content, separators=(",", ":")).encode()


NOT_FOUND: Final = json_response(404, {"error": "not_found"})
BAD_REQUEST: Final = json_response(400, {"error": "invalid_request"})
FORBIDDEN: Final = json_response(403, {"error": "forbidden"})
NO_CONTENT: Final = Response(status=204)
LOGIN_PAGE: Final = Response(status=302, headers=Headers({"Location": "/login"}))


# Edits of documents


def edited(path: str, edit: Callable[[dict[str, Any], str], None]) -> Callable[[Any], Any]:
    """Return an edit of an object, at the parent of a dotted path's last key; objects without it stay."""
    *parents, last = path.split(".")

    def apply(document: Any) -> Any:
        place = document
        for key in parents:
            place = place.get(key) if isinstance(place, dict) else None
        if isinstance(place, dict) and last in place:
            edit(place, last)
        return document

    return apply


def without(path: str) -> Callable[[Any], Any]:
    """Return an edit that removes a property."""
    return edited(path, lambda place, key: place.pop(key))


def renamed(path: str, new: str) -> Callable[[Any], Any]:
    """Return an edit that gives a property another name."""
    return edited(path, lambda place, key: place.update({new: place.pop(key)}))


def replaced(path: str, new: Any) -> Callable[[Any], Any]:
    """Return an edit that gives a property another value; a function makes it from the old one."""

    def put(place: dict[str, Any], key: str) -> None:
        place[key] = new(place[key]) if callable(new) else new

    return edited(path, put)


def keys(rename: Callable[[str], str]) -> Callable[[Any], Any]:
    """Return an edit that gives every key another name, however deep it stands."""

    def apply(document: Any) -> Any:
        if isinstance(document, dict):
            return {rename(key): apply(value) for key, value in document.items()}
        return [apply(item) for item in document] if isinstance(document, list) else document

    return apply


def pascal(key: str) -> str:
    """Write a key with a capital in front."""
    return key[:1].upper() + key[1:]


def cased(key: str) -> str:
    """Write a key with a small letter in front."""
    return key[:1].lower() + key[1:]


def snake(key: str) -> str:
    """Write a key in small letters, with lines between the words."""
    return re.sub(r"(?<!^)(?<![A-Z_])([A-Z])", r"_\1", key).lower()


def moment(form: str) -> Callable[[Any], Any]:
    """Return an edit of a moment that writes it in another form; what is none stays."""
    return lambda text: datetime.fromisoformat(text).strftime(form) if isinstance(text, str) else text


def later(hours: int) -> Callable[[Any], Any]:
    """Return an edit of a moment that shows another zone's clock, and keeps the day; what is none stays."""
    return lambda text: f"{text[:11]}{(int(text[11:13]) + hours) % 24:02}{text[13:]}" if isinstance(text, str) else text
