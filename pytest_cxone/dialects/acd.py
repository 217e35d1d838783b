"""The client's side of `acd`, the API that NICE publishes (`/inContactAPI/services/vN.0/…`)."""

import re
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import count
from typing import Any, ClassVar, Final, Self
from urllib.parse import quote

from pytest_cxone.claims import claims_of
from pytest_cxone.dialects.advice import Advice
from pytest_cxone.dialects.ids import checked
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Agent, AgentState, Call, Credentials, Grant, Hosts, Secret

__all__ = ["Acd"]

_ACCESS_KEY: Final = "/authentication/v1/token/access-key"
_REFRESH: Final = "/public/user/refresh"
_TOKEN: Final = "/auth/token"  # noqa: S105 - a path
_REFRESH_LIFETIME: Final = 7_200
"""Seconds, where the answer does not tell: the exp of a refresh token less its iat in NICE's own sample."""
_LOGGED_OUT: Final = 0
_UNAVAILABLE: Final = 2
_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,17}")
"""Written in another way, as 007, a number would come back as another id."""
_VERSION: Final = re.compile(r"v?([1-9][0-9]{0,2})(?:\.0)?")
_SERVICES: Final = re.compile(r"/incontactapi/+services/+v([0-9]+)\.0/", re.IGNORECASE)
# The fake has them once more (fake/acd/site.py), so that no mistake here is cancelled out there; tests compare.
_DOMAINS: Final = (
    "niceincontact.com", "nice-incontact.com", "incontact.com", "incontact.eu",
    # The sovereign areas, as NICE's own SDK for JavaScript has them (nice-cxone-agent-sdk 26.2.1, shared-apps-lib).
    "nicecxone-sov1.uk", "nicecxone-sov1.eu", "nicecxone-sov1.au",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Acd:
    """An access key for a token; an envelope with a row for everybody, logged out or not, by top and skip."""

    api_version: str = "v31.0"  # the current stable one, says camunda's connector in May 2026

    name: ClassVar[str] = "acd"
    scopes: ClassVar[tuple[str, ...]] = ()
    settings: ClassVar[tuple[str, ...]] = (
        "dialect", "region", "issuer", "base_url", "auth_url", "tenant_id", "api_version",
        "client_id", "client_secret", "access_key_id", "access_key_secret",
    )  # fmt: skip
    page_size: ClassVar[int] = 100
    least_cap: ClassVar[int] = 50  # cxone-mcp reports admin lists of 50 unless asked, and 100 at most
    lists_offline: ClassVar[bool] = True
    nobody: ClassVar[frozenset[int]] = frozenset({400, 404})  # nobody has published which
    # Of these only the issuers are ever asked live: all other hosts are a tenant's own, and discovered.
    regions: ClassVar[Mapping[str, Hosts]] = {
        "global": Hosts(
            "https://api-na1.niceincontact.com",
            f"https://cxone.niceincontact.com{_TOKEN}",
            "https://cxone.niceincontact.com",
        ),
        "gov": Hosts(
            "https://api-na2.niceincontact.com",
            f"https://cxone-gov.niceincontact.com{_TOKEN}",
            "https://cxone-gov.niceincontact.com",
        ),
    }
    advice: ClassVar[Advice] = Advice(
        lead="CXONE_ISSUER, CXONE_TENANT_ID, CXONE_BASE_URL and CXONE_AUTH_URL",
        credentials="access key or API client",
        variables="CXONE_ACCESS_KEY_ID and CXONE_ACCESS_KEY_SECRET, and CXONE_CLIENT_ID and CXONE_CLIENT_SECRET if set",
        place="CXONE_ISSUER",
        hosts="CXONE_TENANT_ID; the hosts are discovered from CXONE_ISSUER, unless CXONE_BASE_URL and CXONE_AUTH_URL "
        "are set",
        right="permission",
        grant_it="give {it} to the role of the user whose access key this is, in CXone's Admin",
        visibility="the data restrictions of the role of the user whose access key this is",
        paging="skip",
        delay="may take some seconds to show",
        version="CXONE_API_VERSION may be one that the tenant does not have",
    )

    def at(self, api_version: str) -> Self:
        """Ask for another version."""
        return replace(self, api_version=api_version)

    def versions(self, text: str) -> tuple[str, ...]:
        """Read "31", "v31.0", "30-34" or "30, 32, 34"."""
        found: list[str] = []
        for part in text.replace(",", " ").split() or [""]:
            ends = [_VERSION.fullmatch(end) for end in part.split("-")]
            if not 1 <= len(ends) <= 2 or None in ends:
                raise ConfigurationError(
                    f"API versions of {self.name} are written as v31.0, 31, 30-34 or 30,32,34, not {text!r}"
                )
            numbers = [int(end[1]) for end in ends if end is not None]
            if numbers[0] > numbers[-1]:
                raise ConfigurationError(
                    f"the API versions {part} run backwards; write {'-'.join(part.split('-')[::-1])}"
                )
            found += [f"v{number}.0" for number in range(numbers[0], numbers[-1] + 1)]
        return tuple(dict.fromkeys(found))

    def version_in(self, path: str) -> str:
        """Read it from below the prefix, however that is written."""
        found = _SERVICES.search(path)
        return f"v{found[1]}.0" if found else ""

    # Where tenants are, and who asks

    def missing(self, credentials: Credentials) -> list[str]:
        """Want an access key; a client id and its secret go together."""
        half = credentials.lacking("client_id", "client_secret")
        key = credentials.lacking("access_key_id", "access_key_secret")
        return [*half, *key] if len(half) == 1 else key

    def hosts(self, region: str, *, base_url: str, auth_url: str, issuer: str, is_live: bool) -> Hosts:
        """Take what is configured; live, all the rest is discovered: no host is built from a name."""
        known = self.regions[region]
        if not is_live:
            return Hosts(base_url or known.base_url, auth_url or known.auth_url, issuer or known.issuer)
        return Hosts(base_url, auth_url, issuer or known.issuer)

    def is_vendors(self, host: str) -> bool:
        """Tell whether a host is in one of NICE's domains for this API, of which each area has its own."""
        return any(host == domain or host.endswith(f".{domain}") for domain in _DOMAINS)

    def find_auth(self, hosts: Hosts, credentials: Credentials, tenant_id: str) -> Generator[Call, Any, str]:
        """Look into the OpenID configuration for the password grant, into the tenant's for its access keys."""
        if credentials.client_id:
            found = yield Call(
                operation="getOpenIdConfiguration", method="GET", path="/.well-known/openid-configuration"
            )
            return str(found["token_endpoint"])
        if not tenant_id:
            # One live client reports that any of NICE's hosts issues tokens for any tenant.
            return hosts.issuer + _ACCESS_KEY
        found = yield _configuration_of(tenant_id)
        return str(found["auth_endpoint"]).rstrip("/") + _ACCESS_KEY

    def find_base(self, hosts: Hosts, tenant_id: str) -> Generator[Call, Any, str]:  # noqa: ARG002 - the protocol's
        """Look into the tenant's configuration."""
        found = yield _configuration_of(tenant_id)
        return str(found["api_endpoint"]).rstrip("/")

    # Tokens

    def token_path(self, credentials: Credentials) -> str:
        """Return the path of the flow that fits the credentials."""
        return _TOKEN if credentials.client_id else _ACCESS_KEY

    def token_call(self, credentials: Credentials, scopes: Iterable[str]) -> Call:  # noqa: ARG002 - there are none
        """State the password grant with the access key where there is an API client, else the access key alone."""
        if not credentials.client_id:
            body = {"accessKeyId": credentials.access_key_id, "accessKeySecret": credentials.access_key_secret}
            return Call(operation="issueTokenByAccessKey", method="POST", path=_ACCESS_KEY, json=body)
        return _grant_asked(
            credentials,
            {
                "grant_type": "password",
                "username": credentials.access_key_id,
                "password": credentials.access_key_secret,
            },
        )

    def refresh_call(self, credentials: Credentials, grant: Grant) -> Call | None:
        """State the refresh of the flow that the grant came by."""
        if not grant.refresh_token:
            return None
        if not credentials.client_id:
            return Call(operation="refreshToken", method="POST", path=_REFRESH, json={"token": grant.refresh_token})
        return _grant_asked(credentials, {"grant_type": "refresh_token", "refresh_token": grant.refresh_token})

    def read_grant(self, body: Any) -> Grant:
        """Read the token in either form: OAuth's, or that of the refresh of access keys."""
        if isinstance(body, list):
            # Seen by one live client: the same in an array.
            body = body[0]
        token = body.get("access_token") or body["token"]
        refresh = body.get("refresh_token") or body.get("refreshToken") or ""
        claims = claims_of(token) or claims_of(body.get("id_token") or "") or {}
        return Grant(
            token=Secret(token),
            expires_in=float(body.get("expires_in") or body["tokenExpirationTimeSec"]),
            scopes=None,
            refresh_token=Secret(refresh),
            refresh_expires_in=float(body.get("refreshTokenExpirationTimeSec") or _lifetime(refresh)),
            tenant_id=str(claims.get("tenantId") or ""),
        )

    # States and profiles

    def state_call(self, agent_id: str) -> Call:
        """State the operation for one agent: the listing has no filter."""
        agent = quote(checked(agent_id), safe="")
        return self._get("getAgentState", f"/agents/{agent}/states")

    def page_call(self, first: int, size: int) -> Call:
        """Skip those before."""
        return self._get("listAgentStates", "/agents/states", top=str(size), skip=str(first))

    def next_page(self, previous: Call, body: Any) -> Call | None:
        """Go on after the rows that came, fewer than asked for perhaps, until the answer says that this was all.

        The link to the next page is not followed: it is a whole URL, and a token goes to the tenant's own host only.
        """
        rows = len(self._rows(body))
        after = int(previous.params.get("skip", "0")) + rows
        total, links = (body or {}).get("totalRecords"), (body or {}).get("_links")
        is_linked = bool((links or {}).get("next"))
        # After a full page one more request loses nobody, unless a link of null says that this was all.
        is_end_told = links is not None and not is_linked and total in {None, after}
        is_full = str(rows) == previous.params.get("top")
        is_untold = total is None and links is None
        if not rows or not (after < (total or 0) or is_linked or is_untold or (is_full and not is_end_told)):
            return None
        return replace(previous, params={**previous.params, "skip": str(after)})

    def pages_after(self, first: Call, body: Any) -> Iterator[Call]:
        """Count on by as many rows as came: that is the most that the tenant gives."""
        rows = len(self._rows(body))
        return (
            replace(first, params={**first.params, "skip": str(skip)})
            for skip in count(int(first.params.get("skip", "0")) + rows, rows)
        )

    def promised(self, body: Any) -> int:
        """Read the total; that it counts all rows and none that are hidden is assumed."""
        return int((body or {}).get("totalRecords") or 0)

    def read_states(self, body: Any) -> list[AgentState]:
        """Read the rows. A code of an agent who is unavailable is its state, and the state its group."""
        return [
            AgentState(
                agent_id=str(row["agentId"]),
                state=_state_in(row),
                group=row["agentStateName"],
                since=_moment(row.get("startDate") or row.get("lastUpdateTime")),
                team=row.get("teamName") or None,
                is_online=row["agentStateId"] != _LOGGED_OUT,
                raw=row,
            )
            for row in self._rows(body)
        ]

    def changes_call(self, since: str) -> Call:
        """Ask for all since 1970 at first, as NICE's own client does."""
        return self._get(
            "listAgentStates",
            "/agents/states",
            updatedSince=since or "1970-01-01T00:00:00.000Z",
            top=str(self.page_size),
            skip="0",
        )

    def read_polled_at(self, body: Any) -> str:
        """Read it as it is written: it goes back as it came."""
        return str((body or {}).get("lastPollTime") or "")

    def profile_call(self, agent_id: str) -> Call:
        """State the profile; the id is one segment of the path, whatever is in it."""
        return self._get("getAgent", f"/agents/{quote(checked(agent_id), safe='')}")

    def read_agent(self, body: Any) -> Agent | None:
        """Read the profile out of its array."""
        return next(iter(self.read_agents(body)), None)

    def search_call(self, agent_ids: Sequence[str]) -> Call | None:
        """Ask for all of them at once who have numbers, as ids here are."""
        numbers = [agent_id for agent_id in agent_ids if _NUMBER.fullmatch(agent_id)]
        if not numbers:
            return None
        return Call(
            operation="searchAgents",
            method="POST",
            path=self._path("/agents/search"),
            json={"agentIds": numbers},
        )

    def read_agents(self, body: Any) -> list[Agent]:
        """Read the profiles."""
        return [
            Agent(
                agent_id=str(row["agentId"]),
                name=" ".join(filter(None, (row.get("firstName"), row.get("lastName")))),
                email=row.get("emailAddress") or "",
                team=row.get("teamName") or None,
                raw=row,
            )
            for row in _profiles_in(body or {})
        ]

    def _get(self, operation: str, path: str, **params: str) -> Call:
        return Call(operation=operation, method="GET", path=self._path(path), params=params)

    def _path(self, path: str) -> str:
        return f"/inContactAPI/services/{self.api_version}{path}"

    @staticmethod
    def _rows(body: Any) -> Sequence[Mapping[str, Any]]:
        return (body or {}).get("agentStates") or ()


def _state_in(row: Mapping[str, Any]) -> str:
    code = row.get("outStateDescription") if row["agentStateId"] == _UNAVAILABLE else None
    return str(code or row["agentStateName"])


def _profiles_in(body: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield profiles, which a search may have under another key, and in arrays of arrays, as the specification says."""
    for found in body.get("agents") or body.get("agentResults") or ():
        yield from found if isinstance(found, list) else (found,)


def _grant_asked(credentials: Credentials, form: Mapping[str, str | Secret]) -> Call:
    client = credentials.client_id, credentials.client_secret
    return Call(operation="issueToken", method="POST", path=_TOKEN, form=form, basic=client)


def _configuration_of(tenant_id: str) -> Call:
    return Call(
        operation="getCxoneConfiguration",
        method="GET",
        path="/.well-known/cxone-configuration",
        params={"tenantId": tenant_id},
    )


def _lifetime(refresh_token: str) -> float:
    claims = claims_of(refresh_token) or {}
    try:
        return float(claims["exp"] - claims["iat"])
    except (KeyError, TypeError):
        return _REFRESH_LIFETIME


def _moment(text: object) -> datetime | None:
    """Return a moment; None where a row has none, as one of somebody who never logged in may."""
    return datetime.fromisoformat(text) if isinstance(text, str) and text else None
