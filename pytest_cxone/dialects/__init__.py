"""Dialects: how a client speaks one API of CXone, and how it reads the answers.

A dialect is the reading side only. The fake's routes write their answers on their own, so that a mistake here
is not cancelled out by the same mistake there.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, Protocol

from pytest_cxone.dialects.platform_v2 import PlatformV2
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Agent, AgentState, Call, Grant, Hosts, Secret

__all__ = ["DIALECTS", "Dialect", "dialect"]


class Dialect(Protocol):
    """What the client and the tenants need to know of an API."""

    @property
    def name(self) -> str:
        """The name that `--cxone-dialect` takes, and the folder in `schemas/`."""

    @property
    def api_version(self) -> str:
        """The version of the API that is asked for, as its paths have it."""

    @property
    def regions(self) -> Mapping[str, Hosts]:
        """Where each region's tenants are reached; the first is the default."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that a client asks for unless told otherwise."""

    @property
    def least_cap(self) -> int:
        """The least number of rows that a full page of the listing can have."""

    @property
    def token_path(self) -> str:
        """The path that `Hosts.auth_url` stands for."""

    def token_call(self, client_id: str, client_secret: Secret, scopes: Iterable[str]) -> Call:
        """Return the request for a token."""

    def read_grant(self, body: Any) -> Grant:
        """Read the answer to it, which fits the contract."""

    def state_call(self, agent_id: str) -> Call:
        """Return the request for one agent's state."""

    def profile_call(self, agent_id: str) -> Call:
        """Return the request for one agent's profile."""

    def next_page(self, previous: Call | None, body: Any) -> Call | None:
        """Return the listing's first request, or the one after `previous` was answered with `body`."""

    def pages_after(self, first: Call, body: Any) -> Iterator[Call] | None:
        """Return the requests for the pages after the first, which `body` answered, without an end.

        They can be sent before the answers in between are there; None where each answer names the next request.
        """

    def read_states(self, body: Any) -> list[AgentState]:
        """Read the rows of one answer, which fits the contract: online agents only."""

    def read_agent(self, body: Any) -> Agent:
        """Read a profile, which fits the contract."""


DIALECTS: Final[Mapping[str, Dialect]] = {"platform-v2": PlatformV2()}


def dialect(name: str) -> Dialect:
    """Return a dialect by name."""
    try:
        return DIALECTS[name]
    except KeyError:
        raise ConfigurationError(
            f"dialect {name!r} is not one of {', '.join(map(repr, DIALECTS))}; set CXONE_DIALECT (or --cxone-dialect)"
        ) from None
