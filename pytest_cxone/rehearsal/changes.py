"""What upgrades are made of: changes of requests and responses, to be put together by a catalogue."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import Token, World
from pytest_cxone.model import Headers, Request, Response

__all__ = [
    "Upgrade",
    "answer",
    "bearer",
    "body",
    "edited",
    "headers",
    "json_response",
    "renamed",
    "replaced",
    "request",
    "rows",
    "status",
    "without",
]

Which = Callable[[Request], bool]
"""Tells whether a request is concerned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upgrade:
    """A simulated upgrade. `caught_by` are the behaviours of which one at least must turn red under it."""

    id: str
    summary: str
    caught_by: tuple[str, ...]
    change: Change = field(repr=False)


def request(which: Which, edit: Callable[[Request], Request]) -> Change:
    """Change what is asked: the tenant now reads the request in another way."""
    return lambda asked, forward, _: forward(edit(asked) if which(asked) else asked)


def answer(which: Which, edit: Callable[[Response], Response], *, of: int = 200) -> Change:
    """Change the answers with the status `of`."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        response = forward(asked)
        return edit(response) if which(asked) and response.status == of else response

    return change


def body(which: Which, edit: Callable[[Any], Any], *, of: int = 200) -> Change:
    """Change the JSON body of the answers with the status `of`."""
    return answer(which, lambda response: replace(response, body=encoded(edit(json.loads(response.body)))), of=of)


def rows(which: Which, edit: Callable[[Any], Any]) -> Change:
    """Change each item of the JSON arrays answered."""
    return body(which, lambda items: [edit(item) for item in items])


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


def bearer(asked: Request, world: World) -> Token | None:
    """Return the token that a request carries, if this world ever issued it and has not revoked it."""
    return world.issued_token(asked.headers.get("Authorization", "").removeprefix("Bearer "))
