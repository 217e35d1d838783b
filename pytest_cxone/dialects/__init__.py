"""Dialects: how a client speaks one API of CXone, and how it reads the answers.

A dialect is the reading side only. The fake's routes write their answers on their own, so that a mistake here
is not cancelled out by the same mistake there.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, Final, Protocol, Self

from pytest_cxone.dialects.acd import Acd
from pytest_cxone.dialects.advice import Advice
from pytest_cxone.dialects.platform_v2 import PlatformV2
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Agent, AgentState, Call, Credentials, Grant, Hosts

__all__ = ["DIALECTS", "Advice", "Dialect", "dialect"]


class Dialect(Protocol):
    """What the client and the tenants need to know of an API. A body is None where an answer came without one."""

    # What it is

    @property
    def name(self) -> str:
        """The name that `--cxone-dialect` takes, and the folder in `schemas/`."""

    @property
    def advice(self) -> Advice:
        """Its words, for errors and diagnoses."""

    @property
    def api_version(self) -> str:
        """The version of the API that is asked for, as its paths have it."""

    def at(self, api_version: str) -> Self:
        """Return this dialect for another version of the API."""

    def versions(self, text: str) -> tuple[str, ...]:
        """Read versions as people write them, one or a range; raises `ConfigurationError`."""

    def version_in(self, path: str) -> str:
        """Return the version that a path asks for, as `api_version` is written; empty for one without a version."""

    # Where tenants are, and who asks

    @property
    def regions(self) -> Mapping[str, Hosts]:
        """Where each region's tenants are reached; the first is the default. A fake is reached there in process."""

    @property
    def scopes(self) -> tuple[str, ...]:
        """The scopes that a client asks for unless told otherwise; none where the API has none."""

    @property
    def settings(self) -> tuple[str, ...]:
        """The options that code under test needs to find the tenant and to log in there."""

    def missing(self, credentials: Credentials) -> list[str]:
        """Return the names of the options without which no token can be asked for."""

    def hosts(self, region: str, *, base_url: str, auth_url: str, issuer: str, is_live: bool) -> Hosts:
        """Return where the tenant is as configured; what is to be discovered is empty."""

    def is_vendors(self, host: str) -> bool:
        """Tell whether a host is the vendor's, though of no region that is known."""

    def find_auth(self, hosts: Hosts, credentials: Credentials, tenant_id: str) -> Generator[Call, Any, str]:
        """Yield the requests to the issuer that tell the URL of the token request, taking their answers; return it."""

    def find_base(self, hosts: Hosts, tenant_id: str) -> Generator[Call, Any, str]:
        """Yield the requests to the issuer that tell a tenant's base URL, taking their answers; return it."""

    # Tokens

    def token_path(self, credentials: Credentials) -> str:
        """Return the path that `Hosts.auth_url` stands for."""

    def token_call(self, credentials: Credentials, scopes: Iterable[str]) -> Call:
        """Return the request for a token."""

    def refresh_call(self, credentials: Credentials, grant: Grant) -> Call | None:
        """Return the request that gets a new token for a grant's refresh token, None where there is none."""

    def read_grant(self, body: Any) -> Grant:
        """Read the answer to either, which fits the contract."""

    # States and profiles

    @property
    def page_size(self) -> int:
        """The number of rows of the listing that are asked for at a time."""

    @property
    def least_cap(self) -> int:
        """The least number of rows that a full page of the listing can have."""

    @property
    def lists_offline(self) -> bool:
        """Whether the listing has rows of agents who are logged out, too."""

    @property
    def nobody(self) -> frozenset[int]:
        """The statuses, beside 404 of a profile that may mean that nobody has an id; a wrong path may have them too."""

    def state_call(self, agent_id: str) -> Call:
        """Return the request for one agent's state."""

    def page_call(self, first: int, size: int) -> Call:
        """Return the request for a page of the listing: `size` rows, after `first` others, a multiple of `size`."""

    def next_page(self, previous: Call, body: Any) -> Call | None:
        """Return the request for the page after the one that `body` answered, None where that was the last."""

    def pages_after(self, first: Call, body: Any) -> Iterator[Call] | None:
        """Return the requests for the pages after the first, which `body` answered, without an end.

        They can be sent before the answers in between are there; None where each answer names the next request.
        """

    def promised(self, body: Any) -> int:
        """Read how many rows the listing says that it has in all; 0 where it does not say."""

    def read_states(self, body: Any) -> list[AgentState]:
        """Read the rows of one answer, which fits the contract, those of agents who are logged out included."""

    def changes_call(self, since: str) -> Call | None:
        """Return the request for the states that changed since a moment of the tenant's ("": for all).

        None where the API has no such request.
        """

    def read_polled_at(self, body: Any) -> str:
        """Read the moment that the next request for changes is to name; empty where the answer does not tell."""

    def profile_call(self, agent_id: str) -> Call:
        """Return the request for one agent's profile."""

    def read_agent(self, body: Any) -> Agent | None:
        """Read a profile, which fits the contract; None where it is nobody's."""

    def search_call(self, agent_ids: Sequence[str]) -> Call | None:
        """Return the request for the profiles of those who can be searched for, None where there are none."""

    def read_agents(self, body: Any) -> list[Agent]:
        """Read the answer to it."""


DIALECTS: Final[Mapping[str, Dialect]] = {"platform-v2": PlatformV2(), "acd": Acd()}


@cache
def dialect(name: str, api_version: str = "") -> Dialect:
    """Return a dialect by name, for a version of its API, its usual one unless given."""
    try:
        known = DIALECTS[name]
    except KeyError:
        raise ConfigurationError(
            f"dialect {name!r} is not one of {', '.join(map(repr, DIALECTS))}; set CXONE_DIALECT (or --cxone-dialect)"
        ) from None
    return known.at(api_version) if api_version not in {"", known.api_version} else known
