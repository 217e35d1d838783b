"""The client's side of `platform-v2`, the API that the product was asked for."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import count
from typing import Any, Final
from urllib.parse import quote

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Agent, AgentState, Call, Grant, Hosts, Secret

__all__ = ["PlatformV2"]

_STATES: Final = "/api/v2/agents/states"
_NOT_IDS: Final = frozenset({"", ".", "..", "states"})


class PlatformV2:
    """Client credentials for a token; a bare array of the agents who are online, by page and pageSize."""

    name: Final = "platform-v2"
    api_version: Final = "v2"
    scopes: Final = ("read:agent", "read:agent:status")
    token_path: Final = "/oauth/token"  # noqa: S105 - a path
    page_size: Final = 100
    least_cap: Final = 25  # the document: 25 or 100
    regions: Final[Mapping[str, Hosts]] = {
        "us": Hosts("https://platform.nicecxone.com", "https://platform.nicecxone.com/oauth/token"),
        "eu": Hosts("https://platform.nicecxone-eu.com", "https://platform.nicecxone-eu.com/oauth/token"),
    }

    def token_call(self, client_id: str, client_secret: Secret, scopes: Iterable[str]) -> Call:
        """State the client-credentials grant (RFC 6749, 4.4.2)."""
        form: dict[str, str | Secret] = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
            "scope": " ".join(scopes),
        }
        return Call(operation="issueToken", method="POST", path=self.token_path, form=form)

    def read_grant(self, body: Any) -> Grant:
        """Read the token, its lifetime in seconds, and the scopes where the tenant tells them."""
        scope = body.get("scope")
        return Grant(
            token=Secret(body["access_token"]),
            expires_in=body["expires_in"],
            scopes=None if scope is None else tuple(scope.split()),
        )

    def state_call(self, agent_id: str) -> Call:
        """State the listing's filter for one agent."""
        return Call(operation="listAgentStates", method="GET", path=_STATES, params={"agentId": _checked(agent_id)})

    def profile_call(self, agent_id: str) -> Call:
        """State the profile; the id is one segment of the path, whatever is in it."""
        return Call(operation="getAgent", method="GET", path=f"/api/v2/agents/{quote(_checked(agent_id), safe='')}")

    def next_page(self, previous: Call | None, body: Any) -> Call | None:
        """Go on until an empty page: a short one may only mean that the tenant's cap is lower than asked."""
        if previous is None:
            return self._page(1)
        return self._page(int(previous.params["page"]) + 1) if body else None

    def pages_after(self, first: Call, body: Any) -> Iterator[Call]:  # noqa: ARG002 - the protocol's
        """Count on: pages are numbered."""
        return map(self._page, count(int(first.params["page"]) + 1))

    def _page(self, number: int) -> Call:
        params = {"page": str(number), "pageSize": str(self.page_size)}
        return Call(operation="listAgentStates", method="GET", path=_STATES, params=params)

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

    def read_agent(self, body: Any) -> Agent:
        """Read the profile."""
        return Agent(
            agent_id=body["agentId"],
            name=body["name"],
            email=body["email"],
            team=_team_of(body),
            raw=body,
        )


def _team_of(told: Mapping[str, Any]) -> str | None:
    """Return the team in a row or profile; None for any other form too, since no reading may fail for a team."""
    match told.get("team"):
        case {"name": str(name)}:
            return name
    return None


def _checked(agent_id: object) -> str:
    if not isinstance(agent_id, str) or agent_id.strip() in _NOT_IDS:
        raise ConfigurationError(f"an agent id is a string such as '12345', not {agent_id!r}")
    try:
        agent_id.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"an agent id is text, and {agent_id!r} has bytes that are none") from None
    return agent_id
