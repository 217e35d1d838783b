"""Provider states: what a test needs the tenant to be in, as values.

A fake tenant arranges them, a live tenant checks them. An `agent_id` of None asks for any agent in that state:
the fake makes one, a live tenant finds one.
"""

from dataclasses import dataclass

from pytest_cxone.errors import ConfigurationError

__all__ = [
    "AgentHidden",
    "AgentOffline",
    "AgentOnline",
    "AgentUnknown",
    "AgentsOnline",
    "ProviderState",
    "Scopes",
]


def _check_agent_id(agent_id: object) -> None:
    if agent_id is not None and (not isinstance(agent_id, str) or not agent_id.strip()):
        raise ConfigurationError(
            f"agent_id must be a non-empty string such as '12345', not {agent_id!r}"
            + (" (a decorator used without its call?)" if callable(agent_id) else "")
        )


def _check_text(name: str, value: object) -> None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise ConfigurationError(f"{name} must be a non-empty string, not {value!r}")


def _check_count(count: object) -> None:
    if not isinstance(count, int) or isinstance(count, bool) or count < 0:
        raise ConfigurationError(f"count must be a number of agents, 0 or more, not {count!r}")


def _check_scope(scope: object) -> None:
    if not isinstance(scope, str) or not scope or " " in scope:
        raise ConfigurationError(f"a scope must be a string without blanks, such as 'read:agent', not {scope!r}")


@dataclass(frozen=True, slots=True)
class AgentOnline:
    """An agent who is logged in and whom the client may see, in a named state and group where given."""

    agent_id: str | None = None
    state: str | None = None
    group: str | None = None

    def __post_init__(self) -> None:
        _check_agent_id(self.agent_id)
        _check_text("state", self.state)
        _check_text("group", self.group)

    def __str__(self) -> str:
        who = f"agent {self.agent_id}" if self.agent_id else "an agent"
        state = f" in state {self.state!r}" if self.state else ""
        group = f" of group {self.group!r}" if self.group else ""
        return f"{who} online{state}{group}"


@dataclass(frozen=True, slots=True)
class AgentOffline:
    """An agent who exists and is logged out."""

    agent_id: str | None = None

    def __post_init__(self) -> None:
        _check_agent_id(self.agent_id)

    def __str__(self) -> str:
        return f"agent {self.agent_id} offline" if self.agent_id else "an agent offline"


@dataclass(frozen=True, slots=True)
class AgentUnknown:
    """An id that no agent has."""

    agent_id: str | None = None

    def __post_init__(self) -> None:
        _check_agent_id(self.agent_id)

    def __str__(self) -> str:
        return f"no agent with the id {self.agent_id}" if self.agent_id else "an id that no agent has"


@dataclass(frozen=True, slots=True)
class AgentHidden:
    """An agent who is logged in, in a team that the client may not see."""

    agent_id: str | None = None

    def __post_init__(self) -> None:
        _check_agent_id(self.agent_id)

    def __str__(self) -> str:
        who = f"agent {self.agent_id}" if self.agent_id else "an agent"
        return f"{who} online, hidden from this client"


@dataclass(frozen=True, slots=True)
class AgentsOnline:
    """At least so many agents logged in whom the client may see."""

    count: int

    def __post_init__(self) -> None:
        _check_count(self.count)

    def __str__(self) -> str:
        return f"{self.count} agent{'' if self.count == 1 else 's'} online"


@dataclass(frozen=True, slots=True)
class Scopes:
    """The OAuth scopes that the client has, and no others."""

    scopes: tuple[str, ...]

    def __post_init__(self) -> None:
        for scope in self.scopes:
            _check_scope(scope)

    def __str__(self) -> str:
        return f"a client with {'the scopes ' + ', '.join(self.scopes) if self.scopes else 'no scopes'}"


ProviderState = AgentOnline | AgentOffline | AgentUnknown | AgentHidden | AgentsOnline | Scopes
