"""What differs between the APIs that the fake answers, so that nobody above asks which one it is."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pytest_cxone.fake.access import OAuthClient
from pytest_cxone.fake.records import Defaults
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response

__all__ = ["VERSIONS", "Answer", "Api", "Arrival", "Options", "is_number"]

Answer = Callable[[Request, World, str], Response]
"""Answers a request from a region's world; the last argument is the region. Raises `UnknownRoute`."""


VERSIONS: Final = range(2, 35)
"""The numbers of the API versions, where an API has many, unless said otherwise."""

_MOST_DIGITS: Final = 15
"""Of an id: JSON's numbers are exact up to there in every language."""


def is_number(agent_id: str) -> bool:
    """Tell whether an id is written as a number, in the one way that it is written back."""
    return agent_id.isascii() and agent_id.isdecimal() and agent_id[0] != "0" and len(agent_id) <= _MOST_DIGITS


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How an API is to be answered, where it leaves a choice.

    `versions` are the numbers of the API versions that there are, `advertised` is the base URL that documents tell
    ("" for where the request went), and without `needs_accept` JSON is sent to those who did not ask for it.
    """

    versions: range = VERSIONS
    advertised: str = ""
    needs_accept: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Where a served fake is reached: its base URL, its admin API's, the region, the world behind it."""

    url: str
    admin_url: str
    region: str
    world: World
    options: Options


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """One API as the fake speaks it.

    `regions` begin with the default. `spares` tells the paths that a fault leaves alone unless told otherwise, as
    those of tokens. `variables` are those under which an integration finds a served fake. `numbers_agents` is True
    where an agent's id is a number, `has_access_keys` where a token is got with a user's access key.
    """

    name: str
    regions: Sequence[str]
    token_lifetime: int
    page_cap: int
    answering: Callable[[Options], Answer]
    versions: Callable[[Options], Sequence[str]]
    spares: Callable[[str], bool]
    variables: Callable[[Arrival, OAuthClient], Mapping[str, str]]
    numbers_agents: bool = False
    has_access_keys: bool = False

    def defaults(self, region: str) -> Defaults:
        """Return what holds in a region's world of which nothing else was said."""
        tenant_id = str(uuid5(NAMESPACE_URL, f"https://{region}.{self.name}.invalid/"))
        return Defaults(page_cap=self.page_cap, token_lifetime=self.token_lifetime, tenant_id=tenant_id)

    def objection(self, agent_id: str) -> str:
        """Return why an agent cannot have this id, in words; "" where it can."""
        if not self.numbers_agents or is_number(agent_id):
            return ""
        return f"an agent's id in {self.name} is a whole number such as '12345', not {agent_id!r}"
