"""What an agent's id can be at all, before any tenant is asked."""

from typing import Final

from pytest_cxone.errors import ConfigurationError

__all__ = ["checked"]

_NOT_IDS: Final = frozenset({"", ".", "..", "states"})


def checked(agent_id: object) -> str:
    """Return an id that can stand in a path, whatever is in it; raises `ConfigurationError`."""
    if not isinstance(agent_id, str) or agent_id.strip() in _NOT_IDS:
        raise ConfigurationError(f"an agent id is a string such as '12345', not {agent_id!r}")
    try:
        agent_id.encode()
    except UnicodeEncodeError:
        raise ConfigurationError(f"an agent id is text, and {agent_id!r} has bytes that are none") from None
    return agent_id
