"""Upgrades of the rows of agents' states, in the listing and of one agent."""

# ruff: noqa: E501 - a table, a row an upgrade

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from pytest_cxone.fake.engine import Change
from pytest_cxone.rehearsal.acd.asked import at, rows, states
from pytest_cxone.rehearsal.changes import later, renamed, replaced, up

__all__ = ["ROWS", "as_uuid", "unified"]

_ROW: Final = "states.row-shape"
_UNIFIED: Final = {
    "LoggedOut": "AGENT_STATE_ENDED",
    "Available": "AGENT_STATE_AWAITING_CONTACTS",
    "Unavailable": "AGENT_STATE_UNAVAILABLE",
}


def _row(edit: Callable[[Any], Any]) -> Change:
    return rows(states, "agentStates", edit)


def _named(edit: Callable[[str], str]) -> Change:
    """Give states other names, wherever they are told."""
    told = at(
        "/agents/states", "/agents/*/states", "/agents-states", "/agents/state-history", "/agents/*/state-history"
    )
    name = replaced("agentStateName", lambda text: edit(text) if isinstance(text, str) else text)
    first, second = rows(told, "agentStates", name), rows(told, "agentStateHistory", name)
    return lambda asked, forward, world: first(asked, lambda again: second(again, forward, world), world)


def _starts(edit: Callable[[str], Any]) -> Change:
    """Write the moments of a row in another way."""
    each = [
        replaced(key, lambda text: edit(text) if isinstance(text, str) else text)
        for key in ("startDate", "lastUpdateTime", "sessionStartTime")
    ]

    def row(found: Any) -> Any:
        for change in each:
            found = change(found)
        return found

    return _row(row)


def as_uuid(number: object) -> str:
    """Return a UUID for an id, the same each time."""
    return str(uuid5(NAMESPACE_URL, str(number)))


def unified(name: str) -> str:
    """Return what the service to which NICE's own clients move calls a state."""
    return _UNIFIED.get(name, "AGENT_STATE_WORKING_CONTACTS")


ROWS: Final = (
    # Who
    up("row-agent-id-renamed", _ROW, "agentId is called agentNo", _row(renamed("agentId", "agentNo"))),
    up("row-agent-id-string", _ROW, "agentId is a string", _row(replaced("agentId", str))),
    up("row-agent-id-uuid", _ROW, "agentId is the user's UUID, and the number is agentNo",
        _row(lambda row: {**row, "agentNo": row["agentId"], "agentId": as_uuid(row["agentId"])} if "agentId" in row else row)),
    # Which state
    up("row-state-id-renamed", _ROW, "agentStateId is called stateId", _row(renamed("agentStateId", "stateId"))),
    up("row-state-id-string", _ROW, "agentStateId is a string", _row(replaced("agentStateId", str))),
    up("row-state-id-from-one", "states.online-rule states.offline-row", "states are counted from 1, so that 0 is none",
        _row(replaced("agentStateId", lambda number: number + 1))),
    up("row-state-name-renamed", _ROW, "agentStateName is called stateName", _row(renamed("agentStateName", "stateName"))),
    up("state-names-unified", "states.online-rule states.dictionary", "state names are those of the new service, as AGENT_STATE_UNAVAILABLE",
        _named(unified)),
    up("state-unavailable-renamed", "states.online-rule states.dictionary", "Unavailable is called NotReady",
        _named(lambda text: "NotReady" if text == "Unavailable" else text)),
    up("row-out-state-renamed", "states.code", "outStateDescription is called outStateName",
        _row(renamed("outStateDescription", "outStateName"))),
    up("row-acw-renamed", "states.code", "isACW is called isAcw", _row(renamed("isACW", "isAcw"))),
    # Who is logged out
    up("logged-out-name-offline", "states.offline-row", "LoggedOut is called Offline", _named(lambda text: "Offline" if text == "LoggedOut" else text)),
    # Since when
    up("row-start-date-renamed", "states.start-date", "startDate is called stateStartTime", _row(renamed("startDate", "stateStartTime"))),
    up("row-times-zoneless", _ROW, "moments have no Z", _starts(lambda text: text.removesuffix("Z"))),
    up("row-times-offset", "states.start-date", "moments end with +00:00", _starts(lambda text: text.replace("Z", "+00:00"))),
    up("row-times-epoch", _ROW, "moments are milliseconds since 1970",
        _starts(lambda text: int(datetime.fromisoformat(text).timestamp() * 1_000))),
    up("row-times-seven-digits", "states.start-date", "moments have seven digits of a second", _starts(lambda text: text.replace("Z", "0000Z"))),
    up("row-times-local", _ROW, "moments are local time that claims to be UTC", _starts(later(6))),
)  # fmt: skip
