"""Who may ask a fake tenant: API clients with their access keys, and the tokens that they were given."""

import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_cxone.fake.clock import Clock

__all__ = ["HIDDEN_TEAM", "REFRESH_LIFETIME", "Access", "OAuthClient", "RefreshToken", "Token"]

HIDDEN_TEAM: Final = "Restricted"
"""The team that a client cannot see unless told otherwise; `World.hide` puts agents there."""

REFRESH_LIFETIME: Final = 7_200
"""Seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """An API client, and the access key of the user it acts for where there is one.

    `cannot_see` names the teams whose agents' states are kept from it.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scopes: frozenset[str]
    cannot_see: frozenset[str] = frozenset({HIDDEN_TEAM})
    access_key_id: str = ""
    access_key_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token: whose it is, what it may, and until when (seconds since the epoch)."""

    value: str = field(repr=False)
    client: OAuthClient
    scopes: frozenset[str]
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """What gets its client another access token with the same scopes, until `expires_at`."""

    value: str = field(repr=False)
    client: OAuthClient
    scopes: frozenset[str]
    expires_at: float


class Access:
    """The clients and tokens of one world, on its clock."""

    def __init__(self, clock: Clock, new_token: Callable[[], str] = lambda: secrets.token_urlsafe(24)) -> None:
        self._clock = clock
        self._new_token = new_token
        self._clients: dict[str, OAuthClient] = {}
        self._tokens: dict[str, Token] = {}
        self._refresh_tokens: dict[str, RefreshToken] = {}

    # Clients

    @property
    def clients(self) -> Sequence[OAuthClient]:
        """All clients, in the order in which they were added."""
        return tuple(self._clients.values())

    def client(self, client_id: str) -> OAuthClient | None:
        """Return the client with this id."""
        return self._clients.get(client_id)

    def client_with_key(self, access_key_id: str) -> OAuthClient | None:
        """Return the client with this access key; those without one have none."""
        keyed = (client for client in self._clients.values() if client.access_key_id)
        return next((client for client in keyed if client.access_key_id == access_key_id), None)

    def add(self, client: OAuthClient) -> None:
        """Add a client, or replace the one with its id."""
        self._clients[client.client_id] = client

    # Tokens

    def issue(self, client: OAuthClient, scopes: Iterable[str], lifetime: float, value: str | None) -> Token:
        """Issue a token with those of the scopes that the client has."""
        token = Token(
            value=value or self._new_token(),
            client=client,
            scopes=client.scopes.intersection(scopes),
            expires_at=self._clock.now() + lifetime,
        )
        self._tokens[token.value] = token
        return token

    def issue_refresh(self, token: Token, value: str | None) -> RefreshToken:
        """Issue what renews a token."""
        renewing = RefreshToken(
            value=value or self._new_token(),
            client=token.client,
            scopes=token.scopes,
            expires_at=self._clock.now() + REFRESH_LIFETIME,
        )
        self._refresh_tokens[renewing.value] = renewing
        return renewing

    def token(self, value: str) -> Token | None:
        """Return the token with this value while it is good."""
        token = self._tokens.get(value)
        return token if token is not None and self._clock.now() < token.expires_at else None

    def issued(self, value: str) -> Token | None:
        """Return the token with this value, expired or not."""
        return self._tokens.get(value)

    def refresh_token(self, value: str) -> RefreshToken | None:
        """Return the refresh token with this value while it is good."""
        token = self._refresh_tokens.get(value)
        return token if token is not None and self._clock.now() < token.expires_at else None

    def put(self, token: Token) -> None:
        """Replace what is known of a token's value."""
        self._tokens[token.value] = token

    def revoke(self) -> int:
        """Revoke every token, and what renews them; return how many access tokens there were."""
        revoked = len(self._tokens)
        self._tokens.clear()
        self._refresh_tokens.clear()
        return revoked

    def restore(self, clients: Mapping[str, OAuthClient]) -> None:
        """Have these clients and no others; every token is revoked."""
        self._clients = dict(clients)
        self.revoke()

    def by_id(self) -> Mapping[str, OAuthClient]:
        """Return the clients as `restore` takes them."""
        return dict(self._clients)
