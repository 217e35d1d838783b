"""The world of one fake tenant: who exists, who is logged in, which client may see it, and for how long.

It knows nothing of paths, JSON or HTTP; a dialect's routes write answers from it.
"""

import heapq
import re
import secrets
import threading
from bisect import bisect_left, insort
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

from pytest_cxone.errors import FakeError
from pytest_cxone.fake.clock import Clock

__all__ = ["HIDDEN_TEAM", "USUAL_TEAM", "AgentRecord", "OAuthClient", "Session", "Snapshot", "Token", "View", "World"]

USUAL_TEAM = "Support"
"""The team of an agent of whom nothing else is said."""

HIDDEN_TEAM = "Restricted"
"""The team that a client cannot see unless told otherwise; `World.hide` puts agents there."""

_GIVEN_NAMES = ("Alex", "Billie", "Chris", "Dana", "Eli", "Frankie", "Glenn", "Harper", "Indra", "Jo")
_FAMILY_NAMES = (
    "Abara",
    "Brandt",
    "Costa",
    "Dupont",
    "Evans",
    "Fischer",
    "Garcia",
    "Haddad",
    "Ito",
    "Jensen",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """An agent as configured, logged in or not."""

    agent_id: str
    name: str
    email: str = field(repr=False)
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An agent's log-in. `since` is when its state began, `visible_at` when the states listing shows it.

    A `restricted` session (maintenance and the like) is shown only to tokens with full state visibility.
    """

    agent_id: str
    team: str
    state: str
    group: str
    since: float
    visible_at: float
    restricted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """An API client. `cannot_see` names the teams whose agents' states are kept from it."""

    client_id: str
    client_secret: str = field(repr=False)
    scopes: frozenset[str]
    cannot_see: frozenset[str] = frozenset({HIDDEN_TEAM})


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An access token: whose it is, what it may, and until when (seconds since the epoch)."""

    value: str = field(repr=False)
    client: OAuthClient
    scopes: frozenset[str]
    expires_at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of the floor a token shows."""

    cannot_see: frozenset[str]
    restricted: bool

    def shows(self, session: Session) -> bool:
        """Tell whether this view has the session, once it is visible at all."""
        return session.team not in self.cannot_see and (self.restricted or not session.restricted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A world as it was at one moment, save for its tokens."""

    page_cap: int
    token_lifetime: int
    state_latency: float
    agents: Mapping[str, AgentRecord]
    sessions: Mapping[str, Session]
    clients: Mapping[str, OAuthClient]


def _in_mailbox(agent_id: str) -> str:
    """Return an id, whatever is in it, as a mailbox can have it."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", agent_id)


def _listing_order(session: Session) -> tuple[int, str]:
    return len(session.agent_id), session.agent_id


class World:
    """One region's tenant. Every change is a method; each view's listing is kept sorted as changes come.

    A test may change it while a server's thread answers from it.
    `page_cap` is the most rows a page holds, `token_lifetime` and `state_latency` are in seconds.
    """

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        page_cap: int = 100,
        token_lifetime: int = 900,
        state_latency: float = 0.0,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self.clock = clock or Clock()
        self.page_cap = page_cap
        self.token_lifetime = token_lifetime
        self.state_latency = state_latency
        self._new_token = new_token
        self._agents: dict[str, AgentRecord] = {}
        self._sessions: dict[str, Session] = {}
        self._clients: dict[str, OAuthClient] = {}
        self._tokens: dict[str, Token] = {}
        self._views: dict[View, list[Session]] = {}
        self._arriving: list[tuple[float, int, Session]] = []
        self._arrivals = count()
        self._lock = threading.RLock()

    # Agents

    def agent(self, agent_id: str) -> AgentRecord | None:
        """Return the agent with exactly this id."""
        return self._agents.get(agent_id)

    @property
    def agents(self) -> Sequence[AgentRecord]:
        """All agents, in the order in which they were added."""
        return tuple(self._agents.values())

    def add_agent(
        self, agent_id: str, *, name: str | None = None, email: str | None = None, team: str | None = None
    ) -> AgentRecord:
        """Add an agent, logged out. One that exists is changed where an argument says so."""
        known = self._agents.get(agent_id)
        number = len(self._agents)
        given = _GIVEN_NAMES[number % 10]
        family = _FAMILY_NAMES[number // 10 % 10]
        record = AgentRecord(
            agent_id=agent_id,
            name=name or (known.name if known else f"{given} {family}"),
            email=email or (known.email if known else f"{given}.{family}.{_in_mailbox(agent_id)}@example.com".lower()),
            team=team or (known.team if known else USUAL_TEAM),
        )
        self._agents[agent_id] = record
        session = self._sessions.get(agent_id)
        if session is not None and session.team != record.team:
            self._put(replace(session, team=record.team))
        return record

    def remove_agent(self, agent_id: str) -> None:
        """Remove an agent, so that the id is unknown; one that does not exist is no error."""
        self._drop(agent_id)
        self._agents.pop(agent_id, None)

    def hide(self, agent_id: str) -> None:
        """Move an agent to a team that clients cannot see."""
        self.add_agent(agent_id, team=HIDDEN_TEAM)

    # Log-ins

    def session(self, agent_id: str) -> Session | None:
        """Return the agent's log-in, visible yet or not."""
        return self._sessions.get(agent_id)

    @property
    def sessions(self) -> Sequence[Session]:
        """All log-ins, visible to anybody or not."""
        return tuple(self._sessions.values())

    def log_in(
        self,
        agent_id: str,
        *,
        state: str = "Available",
        group: str | None = None,
        restricted: bool = False,
        latency: float | None = None,
    ) -> Session:
        """Log an agent in, adding it where it does not exist.

        `group` is the state's own name unless given; `latency` the seconds until the listing shows the agent,
        `state_latency` unless given.
        """
        record = self._agents.get(agent_id) or self.add_agent(agent_id)
        now = self.clock.now()
        session = Session(
            agent_id=agent_id,
            team=record.team,
            state=state,
            group=group or state,
            since=now,
            visible_at=now + (self.state_latency if latency is None else latency),
            restricted=restricted,
        )
        self._put(session)
        return session

    def set_state(
        self, agent_id: str, state: str, *, group: str | None = None, restricted: bool | None = None
    ) -> Session:
        """Change a logged-in agent's state from now on; it stays as `restricted` as it was unless given."""
        session = self._sessions.get(agent_id)
        if session is None:
            raise FakeError(f"agent {agent_id!r} is not logged in, so it has no state to change; log it in first")
        session = replace(
            session,
            state=state,
            group=group or state,
            since=self.clock.now(),
            restricted=session.restricted if restricted is None else restricted,
        )
        self._put(session)
        return session

    def log_out(self, agent_id: str) -> None:
        """Log an agent out; one that does not exist is added first."""
        if agent_id not in self._agents:
            self.add_agent(agent_id)
        self._drop(agent_id)

    def log_out_everybody(self) -> None:
        """Log all agents out."""
        for agent_id in tuple(self._sessions):
            self._drop(agent_id)

    def online(self, view: View) -> Sequence[Session]:
        """Return the sessions that a view shows now, in the listing's order. Do not change the list."""
        with self._lock:
            now = self._let_arrive()
            listing = self._views.get(view)
            if listing is None:
                shown = (s for s in self._sessions.values() if s.visible_at <= now and view.shows(s))
                listing = self._views[view] = sorted(shown, key=_listing_order)
            return listing

    def online_agent(self, view: View, agent_id: str) -> Session | None:
        """Return one agent's session if a view shows it now."""
        with self._lock:
            session = self._sessions.get(agent_id)
        if session is None or session.visible_at > self.clock.now() or not view.shows(session):
            return None
        return session

    # Clients and tokens

    @property
    def clients(self) -> Sequence[OAuthClient]:
        """All API clients."""
        return tuple(self._clients.values())

    def client(self, client_id: str) -> OAuthClient | None:
        """Return the API client with this id."""
        return self._clients.get(client_id)

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        *,
        scopes: Iterable[str],
        cannot_see: Iterable[str] = (HIDDEN_TEAM,),
    ) -> OAuthClient:
        """Add an API client, or replace the one with this id; tokens already issued keep what they had."""
        client = OAuthClient(
            client_id=client_id,
            client_secret=client_secret,
            scopes=frozenset(scopes),
            cannot_see=frozenset(cannot_see),
        )
        self._clients[client_id] = client
        # Its listings begin here, so that the first page of a large floor costs no more than any other.
        for restricted in (False, True):
            self.online(View(cannot_see=client.cannot_see, restricted=restricted))
        return client

    def issue_token(self, client: OAuthClient, scopes: Iterable[str]) -> Token:
        """Issue a token with those of the scopes that the client has."""
        token = Token(
            value=self._new_token(),
            client=client,
            scopes=client.scopes.intersection(scopes),
            expires_at=self.clock.now() + self.token_lifetime,
        )
        self._tokens[token.value] = token
        return token

    def token(self, value: str) -> Token | None:
        """Return the token with this value while it is good, else None."""
        token = self._tokens.get(value)
        return token if token is not None and self.clock.now() < token.expires_at else None

    def issued_token(self, value: str) -> Token | None:
        """Return the token with this value, expired or not; None where it was revoked or never was."""
        return self._tokens.get(value)

    def put_token(self, token: Token) -> None:
        """Replace what is known of a token's value; for upgrades that change what tokens may, or how long."""
        self._tokens[token.value] = token

    def revoke_tokens(self) -> int:
        """Revoke every token issued so far; return how many there were."""
        revoked = len(self._tokens)
        self._tokens.clear()
        return revoked

    # As a whole

    def snapshot(self) -> Snapshot:
        """Return the world as it is now, for `restore`."""
        with self._lock:
            return Snapshot(
                page_cap=self.page_cap,
                token_lifetime=self.token_lifetime,
                state_latency=self.state_latency,
                agents=dict(self._agents),
                sessions=dict(self._sessions),
                clients=dict(self._clients),
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Make the world what it was, whoever holds it; every token is revoked."""
        with self._lock:
            self.page_cap = snapshot.page_cap
            self.token_lifetime = snapshot.token_lifetime
            self.state_latency = snapshot.state_latency
            self._agents = dict(snapshot.agents)
            self._clients = dict(snapshot.clients)
            self._tokens.clear()
            self._views.clear()
            self._arriving.clear()
            self._sessions.clear()
            for session in snapshot.sessions.values():
                self._put(session)

    # The listings, kept as changes come: a page costs the same however many agents there are.

    def _put(self, session: Session) -> None:
        with self._lock:
            self._drop(session.agent_id)
            self._sessions[session.agent_id] = session
            if session.visible_at > self.clock.now():
                heapq.heappush(self._arriving, (session.visible_at, next(self._arrivals), session))
            else:
                self._show(session)

    def _let_arrive(self) -> float:
        now = self.clock.now()
        while self._arriving and self._arriving[0][0] <= now:
            _, _, session = heapq.heappop(self._arriving)
            if self._sessions.get(session.agent_id) is session:
                self._show(session)
        return now

    def _show(self, session: Session) -> None:
        for view, listing in self._views.items():
            if view.shows(session):
                insort(listing, session, key=_listing_order)

    def _drop(self, agent_id: str) -> None:
        with self._lock:
            session = self._sessions.pop(agent_id, None)
            if session is None:
                return
            order = _listing_order(session)
            for listing in self._views.values():
                place = bisect_left(listing, order, key=_listing_order)
                if place < len(listing) and listing[place] is session:
                    del listing[place]
