"""Changes of who may ask what, and for how long: what becomes of the token that a request holds."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import Token, World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.changes import Which

__all__ = [
    "EveryRegion",
    "anybody",
    "bearer",
    "dying_after",
    "granting",
    "holding",
    "outliving",
    "requiring",
    "seeing_everything",
]


def bearer(asked: Request) -> str:
    """Return the token that a request carries, "" where it carries none; the scheme's case does not count."""
    scheme, _, value = asked.headers.get("Authorization", "").partition(" ")
    return value.strip() if scheme.lower() == "bearer" else ""


def holding(edit: Callable[[Token, World], Token]) -> Change:
    """Change what the token of a request may, or how long, before the request is answered."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        """Change the token, and answer as before."""
        held = world.issued_token(bearer(asked))
        if held is not None:
            world.put_token(edit(held, world))
        return forward(asked)

    return change


def granting(*scopes: str) -> Change:
    """Give every token these scopes as well."""
    return holding(lambda held, _: replace(held, scopes=held.scopes.union(scopes)))


def requiring(scope: str) -> Change:
    """Take everything from tokens without a scope."""
    return holding(lambda held, _: held if scope in held.scopes else replace(held, scopes=frozenset()))


def dying_after(seconds: float) -> Change:
    """Let tokens die so many seconds after they were issued, whatever was said then."""

    def edit(held: Token, world: World) -> Token:
        issued_at = held.expires_at - world.token_lifetime
        return replace(held, expires_at=0.0) if world.clock.now() > issued_at + seconds else held

    return holding(edit)


seeing_everything: Final = holding(lambda held, _: replace(held, client=replace(held.client, cannot_see=frozenset())))
"""No team is kept from anybody."""

outliving: Final = holding(lambda held, world: replace(held, expires_at=world.clock.now() + world.token_lifetime))
"""A token never dies."""


def anybody(which: Which, *, unless: str | None = None) -> Change:
    """Answer without asking for a good token; `unless` names what a request's credentials must not begin with."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        said = asked.headers.get("Authorization", "")
        if response.status != 401 or not which(asked) or (unless is not None and said.startswith(unless)):
            return response
        issued = world.issue_token(world.clients[0], world.clients[0].scopes)
        # Over HTTP names come in small letters: beside a second spelling, the first would stay.
        left = {name: value for name, value in asked.headers.items() if name.lower() != "authorization"}
        trusted = Headers({**left, "Authorization": f"Bearer {issued.value}"})
        return forward(replace(asked, headers=trusted))

    return change


class EveryRegion:
    """Takes a token in every region, whichever issued it."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        """Answer as the region would that issued the token."""
        response = forward(asked)
        value = bearer(asked)
        if response.status == 200 and value:
            self._issued.add(value)
        if response.status == 401 and value in self._issued and world.issued_token(value) is None:
            issued = world.issue_token(world.clients[0], world.clients[0].scopes)
            world.put_token(replace(issued, value=value))
            return forward(asked)
        return response
