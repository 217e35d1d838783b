"""The world of one fake tenant: who exists, who is logged in, which client may see it, and for how long.

It knows nothing of paths, JSON or HTTP; a dialect's routes write answers from it.
"""

import secrets
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import count
from typing import Final
from uuid import NAMESPACE_URL, uuid5

from pytest_cxone.errors import FakeError
from pytest_cxone.fake.access import HIDDEN_TEAM, Access, OAuthClient, Token
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.floor import Floor, Roster
from pytest_cxone.fake.history import History
from pytest_cxone.fake.numbering import Numbering
from pytest_cxone.fake.persons import made_up
from pytest_cxone.fake.records import (
    USUAL_CODES,
    USUAL_SKILLS,
    USUAL_TEAM,
    AgentRecord,
    Defaults,
    Session,
    Skill,
    Snapshot,
    StateSpan,
    View,
)

__all__ = [
    "HIDDEN_TEAM",
    "USUAL_TEAM",
    "AgentRecord",
    "OAuthClient",
    "Session",
    "Skill",
    "Snapshot",
    "StateSpan",
    "Token",
    "View",
    "World",
]

_FIRST_TEAM: Final = 101
_FIRST_CODE: Final = 201


class World:
    """One region's tenant. Every change is a method; each view's listing is kept sorted as changes come.

    A test may change it while a server's thread answers from it.
    `page_cap` is the most rows a page holds, `token_lifetime` and `state_latency` are in seconds. What is None is as
    `defaults` have it, which the fake sets to its dialect's. `access` has the clients and tokens, `history` what
    happened, and `teams` and `codes` (the reasons for being unavailable) their numbers, where an API has such.
    Whoever reads several things that belong together holds `lock` meanwhile.
    """

    business_unit: Final = 4_590_000

    def __init__(
        self,
        *,
        clock: Clock | None = None,
        page_cap: int | None = None,
        token_lifetime: int | None = None,
        tenant_id: str | None = None,
        state_latency: float = 0.0,
        new_token: Callable[[], str] = lambda: secrets.token_urlsafe(24),
    ) -> None:
        self.clock = clock or Clock()
        self.defaults = Defaults()
        self.state_latency = state_latency
        self._page_cap = page_cap
        self._token_lifetime = token_lifetime
        self._tenant_id = tenant_id
        self._agents: dict[str, AgentRecord] = {}
        self._skills: dict[str, tuple[Skill, ...]] = {}
        self.access = Access(self.clock, new_token)
        self.teams = Numbering(_FIRST_TEAM, [USUAL_TEAM])
        self.codes = Numbering(_FIRST_CODE, USUAL_CODES)
        self.history = History(self.clock)
        self._floor = Floor(self.clock, self.history.change)
        self._roster = Roster()
        self._log_ins = count(1)
        self.lock = threading.RLock()

    # What it is

    @property
    def page_cap(self) -> int:
        """The most rows that a page holds."""
        return self.defaults.page_cap if self._page_cap is None else self._page_cap

    @page_cap.setter
    def page_cap(self, rows: int) -> None:
        self._page_cap = rows

    @property
    def token_lifetime(self) -> int:
        """How long a token is good, in seconds."""
        return self.defaults.token_lifetime if self._token_lifetime is None else self._token_lifetime

    @token_lifetime.setter
    def token_lifetime(self, seconds: int) -> None:
        self._token_lifetime = seconds

    @property
    def tenant_id(self) -> str:
        """The tenant's UUID."""
        return self.defaults.tenant_id if self._tenant_id is None else self._tenant_id

    def uuid(self, thing: str) -> str:
        """Return the UUID that something has in this tenant, the same each time."""
        return str(uuid5(NAMESPACE_URL, f"https://{self.tenant_id}.invalid/{thing}"))

    # Agents

    def agent(self, agent_id: str) -> AgentRecord | None:
        """Return the agent with exactly this id."""
        return self._agents.get(agent_id)

    def record(self, agent_id: str) -> AgentRecord:
        """Return the agent with exactly this id, who is known to exist."""
        return self._agents[agent_id]

    @property
    def agents(self) -> Sequence[AgentRecord]:
        """All agents, in the order in which they were added."""
        return tuple(self._agents.values())

    def roster(self, cannot_see: frozenset[str] = frozenset()) -> Sequence[str]:
        """Return the ids of the agents outside some teams, logged in or not, in the listing's order."""
        with self.lock:
            return self._roster.ids(cannot_see)

    def add_agent(
        self,
        agent_id: str,
        *,
        name: str | None = None,
        email: str | None = None,
        team: str | None = None,
        active: bool | None = None,
    ) -> AgentRecord:
        """Add an agent, logged out. One that exists is changed where an argument says so; not `active` logs it out."""
        with self.lock:
            known = self._agents.get(agent_id)
            usual_name, usual_email = made_up(agent_id, len(self._agents))
            record = AgentRecord(
                agent_id=agent_id,
                name=name or (known.name if known else usual_name),
                email=email or (known.email if known else usual_email),
                team=team or (known.team if known else USUAL_TEAM),
                updated=self.clock.now(),
                active=(known is None or known.active) if active is None else active,
            )
            self._agents[agent_id] = record
            if not record.active:
                self.log_out(agent_id)
            self.teams.of(record.team)
            self._roster.put(agent_id, record.team)
            session = self._floor.sessions.get(agent_id)
            if known is None:
                self.history.added(agent_id)
            elif (known.team, known.active) != (record.team, record.active):
                self.history.change(agent_id)
            if session is not None and session.team != record.team:
                self._floor.put(replace(session, team=record.team))
            return record

    def remove_agent(self, agent_id: str) -> None:
        """Remove an agent, so that the id is unknown; one that does not exist is no error."""
        with self.lock:
            self._floor.drop(agent_id)
            self._roster.drop(agent_id)
            self._agents.pop(agent_id, None)
            self._skills.pop(agent_id, None)
            self.history.forget(agent_id)

    def hide(self, agent_id: str) -> None:
        """Move an agent to a team that clients cannot see."""
        self.add_agent(agent_id, team=HIDDEN_TEAM)

    def skills_of(self, agent_id: str) -> Sequence[Skill]:
        """Return what contacts an agent takes."""
        return self._skills.get(agent_id, USUAL_SKILLS)

    def set_skills(self, agent_id: str, skills: Iterable[Skill]) -> None:
        """Let an agent take these contacts and no others."""
        self._skills[agent_id] = tuple(skills)

    # Log-ins

    def session(self, agent_id: str) -> Session | None:
        """Return the agent's log-in, visible yet or not."""
        return self._floor.sessions.get(agent_id)

    @property
    def sessions(self) -> Sequence[Session]:
        """All log-ins, visible to anybody or not."""
        return tuple(self._floor.sessions.values())

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
        `state_latency` unless given. Raises `FakeError` for an agent who is not active.
        """
        with self.lock:
            record = self._agents.get(agent_id) or self.add_agent(agent_id)
            if not record.active:
                raise FakeError(
                    f"agent {agent_id!r} is not active, so it cannot log in; add_agent(…, active=True) first"
                )
            now = self.clock.now()
            session = Session(
                agent_id=agent_id,
                team=record.team,
                state=state,
                group=group or state,
                since=now,
                visible_at=now + (self.state_latency if latency is None else latency),
                restricted=restricted,
                began=now,
                number=next(self._log_ins),
            )
            self._floor.put(session)
            self.history.began(session)
            return session

    def set_state(
        self, agent_id: str, state: str, *, group: str | None = None, restricted: bool | None = None
    ) -> Session:
        """Change a logged-in agent's state from now on; it stays as `restricted` as it was unless given."""
        with self.lock:
            session = self._floor.sessions.get(agent_id)
            if session is None:
                raise FakeError(f"agent {agent_id!r} is not logged in, so it has no state to change; log it in first")
            session = replace(
                session,
                state=state,
                group=group or state,
                since=self.clock.now(),
                restricted=session.restricted if restricted is None else restricted,
            )
            self._floor.put(session)
            self.history.began(session)
            return session

    def log_out(self, agent_id: str) -> None:
        """Log an agent out; one that does not exist is added first."""
        with self.lock:
            if agent_id not in self._agents:
                self.add_agent(agent_id)
            session = self._floor.drop(agent_id)
            if session is not None:
                self.history.logged_out(agent_id, session.team)

    def log_out_everybody(self) -> None:
        """Log all agents out."""
        for agent_id in tuple(self._floor.sessions):
            self.log_out(agent_id)

    def online(self, view: View) -> Sequence[Session]:
        """Return the sessions that a view shows now, in the listing's order. Do not change the list."""
        with self.lock:
            return self._floor.online(view)

    def online_agent(self, view: View, agent_id: str) -> Session | None:
        """Return one agent's session if a view shows it now."""
        with self.lock:
            session = self._floor.sessions.get(agent_id)
        if session is None or session.visible_at > self.clock.now() or not view.shows(session):
            return None
        return session

    # What has happened

    def poll(self) -> int:
        """Return the moment of a poll, in milliseconds: what has changed is not after it, what will change is."""
        with self.lock:
            self._floor.let_arrive()
            return self.history.poll()

    def changed_since(self, moment: int) -> frozenset[str]:
        """Return the ids of the agents whose state has changed after a moment, in milliseconds."""
        with self.lock:
            self._floor.let_arrive()
            return frozenset(self.history.changed_since(moment))

    # Clients and tokens

    @property
    def clients(self) -> Sequence[OAuthClient]:
        """All API clients."""
        return self.access.clients

    def client(self, client_id: str) -> OAuthClient | None:
        """Return the API client with this id."""
        return self.access.client(client_id)

    def add_client(
        self,
        client_id: str,
        client_secret: str,
        *,
        scopes: Iterable[str],
        cannot_see: Iterable[str] = (HIDDEN_TEAM,),
        access_key_id: str = "",
        access_key_secret: str = "",
    ) -> OAuthClient:
        """Add an API client, or replace the one with this id; tokens already issued keep what they had."""
        client = OAuthClient(
            client_id=client_id,
            client_secret=client_secret,
            scopes=frozenset(scopes),
            cannot_see=frozenset(cannot_see),
            access_key_id=access_key_id,
            access_key_secret=access_key_secret,
        )
        self.access.add(client)
        # Its listings begin here, so that the first page of a large floor costs no more than any other.
        for restricted in (False, True):
            self.online(View(cannot_see=client.cannot_see, restricted=restricted))
        return client

    def issue_token(self, client: OAuthClient, scopes: Iterable[str], value: str | None = None) -> Token:
        """Issue a token with those of the scopes that the client has; its value is made up unless given."""
        return self.access.issue(client, scopes, self.token_lifetime, value)

    def token(self, value: str) -> Token | None:
        """Return the token with this value while it is good, else None."""
        return self.access.token(value)

    def issued_token(self, value: str) -> Token | None:
        """Return the token with this value, expired or not; None where it was revoked or never was."""
        return self.access.issued(value)

    def put_token(self, token: Token) -> None:
        """Replace what is known of a token's value; for upgrades that change what tokens may, or how long."""
        self.access.put(token)

    def revoke_tokens(self) -> int:
        """Revoke every token issued so far, and what renews them; return how many access tokens there were."""
        return self.access.revoke()

    # As a whole

    def snapshot(self) -> Snapshot:
        """Return the world as it is now, for `restore`."""
        with self.lock:
            return Snapshot(
                page_cap=self.page_cap,
                token_lifetime=self.token_lifetime,
                state_latency=self.state_latency,
                agents=dict(self._agents),
                sessions=dict(self._floor.sessions),
                clients=self.access.by_id(),
                skills=dict(self._skills),
                teams=tuple(self.teams.names),
                codes=tuple(self.codes.names),
                history=self.history.snapshot(),
            )

    def restore(self, snapshot: Snapshot) -> None:
        """Make the world what it was, whoever holds it; every token is revoked."""
        with self.lock:
            self.page_cap = snapshot.page_cap
            self.token_lifetime = snapshot.token_lifetime
            self.state_latency = snapshot.state_latency
            self._agents = dict(snapshot.agents)
            self._skills = dict(snapshot.skills)
            self.access.restore(snapshot.clients)
            self.teams.restore(snapshot.teams)
            self.codes.restore(snapshot.codes)
            self._floor.clear()
            self._roster.clear()
            for agent in snapshot.agents.values():
                self._roster.put(agent.agent_id, agent.team)
            for session in snapshot.sessions.values():
                self._floor.put(session)
            # After the log-ins, which are no news.
            self.history.restore(snapshot.history)
