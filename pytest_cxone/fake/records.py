"""What a world is made of, as frozen values: agents, their log-ins, what is shown of them, and a whole world kept."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_cxone.fake.access import HIDDEN_TEAM, OAuthClient

__all__ = [
    "ACW",
    "HIDDEN_TEAM",
    "USUAL_CODES",
    "USUAL_SKILLS",
    "USUAL_TEAM",
    "AgentRecord",
    "Defaults",
    "HistorySnapshot",
    "Session",
    "Skill",
    "Snapshot",
    "StateSpan",
    "View",
]

USUAL_TEAM: Final = "Support"
"""The team of an agent of whom nothing else is said."""

ACW: Final = "After Call Work"
"""The reason for being unavailable that is the work after a contact."""

USUAL_CODES: Final = (ACW, "Break", "Lunch", "Meeting")
"""The reasons for being unavailable that there are from the beginning."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentRecord:
    """An agent as configured, logged in or not. `updated` is when it was last changed.

    Who is not `active` is a user who was switched off: still there, and never logged in.
    """

    agent_id: str
    name: str
    email: str = field(repr=False)
    team: str
    updated: float = 0.0
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """An agent's log-in. `since` is when its state began, `visible_at` when the states listing shows it.

    A `restricted` session (maintenance and the like) is shown only to tokens with full state visibility.
    `began` is when the agent logged in, `number` the log-in's own number.
    """

    agent_id: str
    team: str
    state: str
    group: str
    since: float
    visible_at: float
    restricted: bool = False
    began: float = 0.0
    number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateSpan:
    """A state that an agent entered, for a history. `index` counts the agent's states; `state` "" is logged out."""

    agent_id: str
    team: str
    state: str
    since: float
    index: int
    session: int


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What part of the floor a token shows."""

    cannot_see: frozenset[str]
    restricted: bool

    def shows(self, session: Session) -> bool:
        """Tell whether this view has the session, once it is visible at all."""
        return session.team not in self.cannot_see and (self.restricted or not session.restricted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """What contacts an agent takes. `media_type` is the API's number for phone, chat and so on."""

    skill_id: int
    name: str
    media_type: int
    outbound: bool = False


USUAL_SKILLS: Final = (
    Skill(skill_id=4001, name="Support Phone", media_type=4),
    Skill(skill_id=4002, name="Support Chat", media_type=3),
)
"""The skills of an agent of whom nothing else is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds in a world of which nothing else was said; each dialect has its own."""

    page_cap: int = 100
    token_lifetime: int = 900
    tenant_id: str = "5e4d1e10-0000-4000-8000-000000000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySnapshot:
    """A world's history at one moment."""

    changed: Mapping[str, int]
    spans: tuple[StateSpan, ...]
    logged_out: Mapping[str, float]
    logged_in: Mapping[str, float]
    last_poll: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A world as it was at one moment, save for its tokens."""

    page_cap: int
    token_lifetime: int
    state_latency: float
    agents: Mapping[str, AgentRecord]
    sessions: Mapping[str, Session]
    clients: Mapping[str, OAuthClient]
    skills: Mapping[str, tuple[Skill, ...]]
    teams: tuple[str, ...]
    codes: tuple[str, ...]
    history: HistorySnapshot
