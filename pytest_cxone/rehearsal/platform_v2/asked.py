"""Which requests of `platform-v2` an upgrade concerns."""

from collections.abc import Callable
from typing import Any, Final

from pytest_cxone.fake.engine import Change
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import Which, body

__all__ = ["AGENTS", "api", "empty_as", "listing", "one", "page_of", "profile", "rows", "states", "token"]

_STATES: Final = "/api/v2/agents/states"
AGENTS: Final = "/api/v2/agents/"


def token(asked: Request) -> bool:
    """Tell whether a token is asked for."""
    return asked.target.path == "/oauth/token"


def states(asked: Request) -> bool:
    """Tell whether states are asked for, of one agent or of all."""
    return asked.target.path == _STATES


def one(asked: Request) -> bool:
    """Tell whether one agent's state is asked for."""
    return states(asked) and "agentId" in dict(asked.query)


def listing(asked: Request) -> bool:
    """Tell whether a page of the listing is asked for."""
    return states(asked) and not one(asked)


def profile(asked: Request) -> bool:
    """Tell whether a profile is asked for."""
    return asked.target.path.startswith(AGENTS) and not states(asked)


def api(asked: Request) -> bool:
    """Tell whether anything but a token is asked for."""
    return not token(asked)


def page_of(query: dict[str, str]) -> int:
    """Return the number of the page that is asked for."""
    text = query.get("page", "1")
    return int(text) if text.isdecimal() else 1


def rows(which: Which, edit: Callable[[Any], Any]) -> Change:
    """Change each item of the JSON arrays answered."""
    return body(which, lambda items: [edit(item) for item in items])


def empty_as(response: Response) -> Callable[[Response], Response]:
    """Return an edit that puts another answer in the place of an empty array."""
    return lambda answered: response if answered.body == b"[]" else answered
