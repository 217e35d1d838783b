"""The client's side of `platform-v2`, the API that the product was asked for."""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import count
from typing import Any, Final, Self
from urllib.parse import quote

from pytest_cxone.dialects.advice import Advice
from pytest_cxone.dialects.ids import checked
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Agent, AgentState, Call, Credentials, Grant, Hosts, Secret

__all__ = ["PlatformV2"]

_STATES: Final = "/api/v2/agents/states"
_TOKEN: Final = "/oauth/token"  # noqa: S105 - a path


class PlatformV2:
    """Client credentials for a token; a bare array of the agents who are online, by page and pageSize."""

    name: Final = "platform-v2"
    api_version: Final = "v2"
    scopes: Final = ("read:agent", "read:agent:status")
    settings: Final = ("client_id", "client_secret", "region", "base_url", "auth_url")
    page_size: Final = 100
    least_cap: Final = 25  # the document: 25 or 100
    lists_offline: Final = False
    nobody: Final[frozenset[int]] = frozenset()
    regions: Final[Mapping[str, Hosts]] = {
        "us": Hosts("https://platform.nicecxone.com", f"https://platform.nicecxone.com{_TOKEN}"),
        "eu": Hosts("https://platform.nicecxone-eu.com", f"https://platform.nicecxone-eu.com{_TOKEN}"),
    }
    advice: Final = Advice(
        lead="CXONE_REGION, CXONE_BASE_URL and CXONE_AUTH_URL",
        credentials="client id or secret",
        variables="CXONE_CLIENT_ID and CXONE_CLIENT_SECRET",
        place="CXONE_REGION",
        hosts="CXONE_REGION (us or eu) or CXONE_BASE_URL and CXONE_AUTH_URL for the tenant's host",
        right="scope",
        grant_it="add {it} to the client in CXone's Admin > API > Client Credentials",
        visibility="Admin > API > Client Credentials",
        paging="page",
        delay="takes up to 5 s to show",
    )

    def at(self, api_version: str) -> Self:
        """Refuse any other: the document has one version."""
        raise ConfigurationError(f"{self.name} has the API version {self.api_version} alone, not {api_version!r}")

    def versions(self, text: str) -> tuple[str, ...]:
        """Take the one there is."""
        if text != self.api_version:
            self.at(text)
        return (self.api_version,)

    def version_in(self, path: str) -> str:  # noqa: ARG002 - the protocol's
        """Tell nothing: there is one."""
        return ""

    # Where tenants are, and who asks

    def missing(self, credentials: Credentials) -> list[str]:
        """Want both."""
        return credentials.lacking("client_id", "client_secret")

    def hosts(self, region: str, *, base_url: str, auth_url: str, issuer: str, is_live: bool) -> Hosts:  # noqa: ARG002 - the protocol's
        """Take a region's hosts, or those that are configured; there is nothing to discover."""
        known = self.regions[region]
        if base_url:
            return Hosts(base_url, auth_url or base_url + _TOKEN)
        return Hosts(known.base_url, auth_url or known.auth_url)

    def is_vendors(self, host: str) -> bool:  # noqa: ARG002 - the protocol's
        """Tell nothing: the regions' hosts are all that the document names."""
        return False

    def find_auth(self, hosts: Hosts, credentials: Credentials, tenant_id: str) -> Generator[Call, Any, str]:  # noqa: ARG002 - the protocol's
        """Ask nothing: it is known."""
        yield from ()
        return hosts.auth_url

    def find_base(self, hosts: Hosts, tenant_id: str) -> Generator[Call, Any, str]:  # noqa: ARG002 - the protocol's
        """Ask nothing: it is known."""
        yield from ()
        return hosts.base_url

    # Tokens

    def token_path(self, credentials: Credentials) -> str:  # noqa: ARG002 - the protocol's
        """Return the one there is."""
        return _TOKEN

    def token_call(self, credentials: Credentials, scopes: Iterable[str]) -> Call:
        """State the client-credentials grant (RFC 6749, 4.4.2)."""
        form: dict[str, str | Secret] = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "scope": " ".join(scopes),
        }
        return Call(operation="issueToken", method="POST", path=_TOKEN, form=form)

    def refresh_call(self, credentials: Credentials, grant: Grant) -> None:
        """Know none (RFC 6749, 4.4.3)."""

    def read_grant(self, body: Any) -> Grant:
        """Read the token, its lifetime in seconds, and the scopes where the tenant tells them."""
        scope = body.get("scope")
        return Grant(
            token=Secret(body["access_token"]),
            expires_in=body["expires_in"],
            scopes=None if scope is None else tuple(scope.split()),
        )

    # States and profiles

    def state_call(self, agent_id: str) -> Call:
        """State the listing's filter for one agent."""
        return Call(operation="listAgentStates", method="GET", path=_STATES, params={"agentId": checked(agent_id)})

    def page_call(self, first: int, size: int) -> Call:
        """Number the pages from 1."""
        return self._page(first // size + 1, size)

    def next_page(self, previous: Call, body: Any) -> Call | None:
        """Go on until an empty page: a short one may only mean that the tenant's cap is lower than asked."""
        return self._page(int(previous.params["page"]) + 1) if body else None

    def pages_after(self, first: Call, body: Any) -> Iterator[Call]:  # noqa: ARG002 - the protocol's
        """Count on: pages are numbered."""
        return map(self._page, count(int(first.params["page"]) + 1))

    def _page(self, number: int, size: int = page_size) -> Call:
        params = {"page": str(number), "pageSize": str(size)}
        return Call(operation="listAgentStates", method="GET", path=_STATES, params=params)

    def promised(self, body: Any) -> int:  # noqa: ARG002 - the protocol's
        """Read none: a page does not tell."""
        return 0

    def read_states(self, body: Any) -> list[AgentState]:
        """Read the rows; every row is an agent who is online, since the others are not listed."""
        return [
            AgentState(
                agent_id=row["agentId"],
                state=row["state"]["name"],
                group=row["stateGroup"]["name"],
                since=datetime.fromisoformat(row["lastUpdated"]),
                team=_team_of(row),
                raw=row,
            )
            for row in body
        ]

    def changes_call(self, since: str) -> None:
        """Know none."""

    def read_polled_at(self, body: Any) -> str:  # noqa: ARG002 - the protocol's
        """Find none."""
        return ""

    def profile_call(self, agent_id: str) -> Call:
        """State the profile; the id is one segment of the path, whatever is in it."""
        return Call(operation="getAgent", method="GET", path=f"/api/v2/agents/{quote(checked(agent_id), safe='')}")

    def read_agent(self, body: Any) -> Agent:
        """Read the profile."""
        return Agent(
            agent_id=body["agentId"],
            name=body["name"],
            email=body["email"],
            team=_team_of(body),
            raw=body,
        )

    def search_call(self, agent_ids: Sequence[str]) -> None:
        """Know none."""

    def read_agents(self, body: Any) -> list[Agent]:  # noqa: ARG002 - the protocol's
        """Find none."""
        return []


def _team_of(told: Mapping[str, Any]) -> str | None:
    """Return the team in a row or profile; None for any other form too, since no reading may fail for a team."""
    match told.get("team"):
        case {"name": str(name)}:
            return name
    return None
