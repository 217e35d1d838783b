"""Which requests of `acd` an upgrade concerns, and where the rows of their answers are."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import Which, body, encoded

__all__ = [
    "api",
    "at",
    "deltas",
    "from_version",
    "grants",
    "listing",
    "no_rows",
    "number",
    "one",
    "profile",
    "root",
    "rows",
    "segment",
    "states",
    "to_version",
    "told",
    "version",
    "with_body",
    "with_rows",
]

_SERVICES: Final = re.compile(r"(/incontactapi/services/v)(\d+)(\.0)(/.*)?", re.IGNORECASE)


def _services(asked: Request) -> re.Match[str] | None:
    return _SERVICES.fullmatch(re.sub("/{2,}", "/", asked.target.path))


def version(asked: Request) -> int:
    """Return the number of the version that is asked; 0 for what stands at the root."""
    found = _services(asked)
    return int(found[2]) if found else 0


def to_version(number: int) -> Callable[[Request], Request]:
    """Return an edit of a request that asks another version."""

    def edit(asked: Request) -> Request:
        found = _services(asked)
        path = f"{found[1]}{number}{found[3]}{found[4] or ''}" if found else asked.target.path
        return replace(asked, url=urlunsplit(urlsplit(asked.url)._replace(path=path)))

    return edit


def from_version(first: int, which: Which) -> Which:
    """Tell whether a request is concerned and asks this version or a later one."""
    return lambda asked: version(asked) >= first and which(asked)


def at(*templates: str, method: str = "GET") -> Which:
    """Tell whether a request is for one of these operations under a version; a star is one segment of a path."""
    patterns = [re.compile(template.replace("*", "[^/]+"), re.IGNORECASE) for template in templates]

    def which(asked: Request) -> bool:
        """Tell whether a request is for one of them."""
        found = _services(asked)
        path = (found[4] or "").rstrip("/") if found else None
        return path is not None and asked.method == method and any(pattern.fullmatch(path) for pattern in patterns)

    return which


def root(path: str) -> Which:
    """Tell whether a request is for this path at the root."""
    return lambda asked: re.sub("/{2,}", "/", asked.target.path).lower() == path


def segment(asked: Request) -> str:
    """Return the id in the path of an operation on one agent or team; "" where it has none."""
    found = _services(asked)
    return ((found[4] or "") + "//").split("/")[2] if found else ""


def number(asked: Request, name: str, default: int) -> int:
    """Return a parameter that is a number."""
    text = dict(asked.query).get(name, "")
    return int(text) if text.isdecimal() else default


def api(asked: Request) -> bool:
    """Tell whether a request needs a token."""
    return version(asked) > 0


def grants(asked: Request) -> bool:
    """Tell whether a request gets a token for credentials."""
    return root("/auth/token")(asked) or root("/authentication/v1/token/access-key")(asked)


listing: Final = at("/agents/states")
one: Final = at("/agents/*/states")
states: Final = at("/agents/states", "/agents/*/states")


def deltas(asked: Request) -> bool:
    """Tell whether a request asks for what changed in the listing."""
    return listing(asked) and "updatedSince" in dict(asked.query)


def profile(asked: Request) -> bool:
    """Tell whether a request is for one agent's profile."""
    return at("/agents/*")(asked) and segment(asked) not in {"states", "skills", "state-history", "search"}


# Rows


def with_rows(key: str, edit: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    """Return an edit of the array under a key of a body, or of the `resultSet` in it; bodies without it stay."""

    def apply(document: Any) -> Any:
        place = document
        if isinstance(place, dict) and isinstance(place.get("resultSet"), dict):
            place = place["resultSet"]
        if isinstance(place, dict) and isinstance(place.get(key), list):
            place[key] = edit(place[key])
        return document

    return apply


def rows(which: Which, key: str, edit: Callable[[Any], Any]) -> Change:
    """Change each row under a key of the bodies answered."""
    return body(which, with_rows(key, lambda found: [edit(row) for row in found]))


def told(response: Response) -> dict[str, Any]:
    """Return the JSON object of an answer with 200; empty where it has none."""
    if response.status != 200 or "json" not in response.media_type:
        return {}
    found = json.loads(response.body)
    return found if isinstance(found, dict) else {}


def no_rows(response: Response, key: str) -> bool:
    """Tell whether an answer says that there is nothing, in either way."""
    return response.status == 204 or told(response).get(key) == []


def with_body(response: Response, content: Any) -> Response:
    """Return an answer with another JSON body."""
    return replace(response, body=encoded(content))
