"""The states of agents: for all, for one, what states there are, and how they are changed."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pytest_cxone.errors import FakeError
from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import NOTHING, listed, plain, projected
from pytest_cxone.fake.api import is_number
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.fake.records import ACW, AgentRecord, Session
from pytest_cxone.fake.world import World
from pytest_cxone.model import Response

__all__ = [
    "MEDIA",
    "OUTBOUND",
    "WORKING",
    "code_of",
    "contact_id",
    "get_agent_state",
    "known_agent",
    "list_agent_states",
    "list_states",
    "log_out_agent",
    "names_of",
    "number_of",
    "set_agent_state",
    "state_id",
    "state_name",
]

_STATES: Final[Mapping[str, int]] = {
    "LoggedOut": 0,
    "Available": 1,
    "Unavailable": 2,
    "InboundContact": 3,
    "OutboundContact": 4,
    "InboundConsult": 5,
    "OutboundConsult": 6,
    "Dialer": 7,
    "LoggedIn": 8,
}
WORKING: Final = range(3, 8)
"""The numbers of the states in which an agent has a contact."""

OUTBOUND: Final = frozenset({4, 6, 7})
"""The numbers of those whose contact the agent began, or a dialer did."""

MEDIA: Final[Mapping[int, str]] = {
    1: "Email",
    3: "Chat",
    4: "PhoneCall",
    5: "VoiceMail",
    6: "WorkItem",
    7: "SMS",
    8: "Social",
    9: "Digital",
}

_SINCE: Final = 3
_FIELDS: Final = 4
_BUSINESS_UNITS: Final = 12
_ORDER: Final = 34


# What a state is called


def state_id(state: str) -> int:
    """Return the number of a state; "" is logged out, and whatever has no number is a reason for being unavailable."""
    return _STATES.get(state or "LoggedOut", _STATES["Unavailable"])


def state_name(state: str) -> str:
    """Return the name that a state has among those with a number."""
    return (state or "LoggedOut") if state in {"", *_STATES} else "Unavailable"


def code_of(world: World, state: str) -> tuple[int, str | None]:
    """Return the number and text of the reason for being unavailable: 0 and None where there is none."""
    return (0, None) if state in {"", *_STATES} else (world.codes.of(state), state)


def names_of(agent: AgentRecord) -> tuple[str, str]:
    """Return an agent's first and last name."""
    first, _, last = agent.name.partition(" ")
    return first, last


def number_of(agent_id: str) -> int:
    """Return an agent's id as answers have it. One that is no number is the test's mistake."""
    if not is_number(agent_id):
        raise FakeError(f"agent {agent_id!r} cannot be shown: ids of acd are whole numbers such as '12345'")
    return int(agent_id)


def contact_id(session: int) -> int:
    """Return the number of the one contact that an agent has in a log-in."""
    return 412_000_000_000 + session


# Reading


def list_agent_states(ask: Ask) -> Response:
    """Answer with the state of everybody whom the client may see, logged in or not."""
    world = ask.world
    since = ask.moment("updatedSince") if ask.version >= _SINCE else None
    units = ask.query.get("reqbuids", "") if ask.version >= _BUSINESS_UNITS else ""
    # Before anything is looked at: what comes in between is told twice, and not never.
    polled = world.poll()
    ids = world.roster(ask.cannot_see)
    if since is not None:
        changed = world.changed_since(since)
        ids = [agent_id for agent_id in ids if agent_id in changed]
    if units.strip() and not _asks_for_this_unit(ask):
        ids = []
    return listed(
        ask,
        "agentStates",
        ids,
        _row_of(ask),
        envelope={"lastPollTime": timestamp_of(polled)},
        empty=since is None and not units.strip(),
        orders=ask.version >= _ORDER,
        projects=ask.version >= _FIELDS,
    )


def get_agent_state(ask: Ask) -> Response:
    """Answer with one agent's state; the row is not quite that of the list."""
    agent = known_agent(ask)
    since = ask.moment("updatedSince")
    if agent.team in ask.cannot_see:
        return NOTHING
    polled = ask.world.poll()
    if since is not None and ask.world.history.changed(agent.agent_id) <= since:
        return NOTHING
    row = _row_of(ask)(agent.agent_id)
    media_name, media_type = row.pop("mediaTypeName"), row.pop("mediaTypeId")
    for key in ("agentStateCategory", "contactStartHandleTime", "isActive", "sessionStartTime", "userName"):
        row.pop(key, None)
    row |= {"lastPollTime": timestamp_of(polled), "mediaName": media_name, "mediaType": media_type}
    return plain(ask, {"agentStates": [projected(ask, row)]})


def list_states(ask: Ask) -> Response:
    """Answer with the states that there are."""
    if not _asks_for_this_unit(ask):
        return NOTHING
    rows = [{"agentStateId": number, "agentStateName": name} for name, number in _STATES.items()]
    return plain(ask, {"agentStates": rows})


def _asks_for_this_unit(ask: Ask) -> bool:
    wanted = {unit.strip() for unit in ask.query.get("reqbuids", "").split(",")} - {""}
    return not wanted or str(ask.world.business_unit) in wanted


def known_agent(ask: Ask) -> AgentRecord:
    """Return the agent whom the path names."""
    agent = ask.world.agent(ask.parameters["agentId"])
    if agent is None:
        raise refusal(404, "not_found", f"there is no agent {ask.parameters['agentId'][:40]!r}")
    return agent


def _row_of(ask: Ask) -> Callable[[str], dict[str, Any]]:
    world, view = ask.world, ask.view

    def row(agent_id: str) -> dict[str, Any]:
        agent = world.record(agent_id)
        session = world.online_agent(view, agent_id)
        first, last = names_of(agent)
        state = session.state if session else ""
        number = state_id(state)
        code_id, code = code_of(world, state)
        began = session.since if session else world.history.offline_since(agent_id)
        working = number in WORKING
        written = {
            "agentId": number_of(agent_id),
            "agentStateId": number,
            "agentStateName": state_name(state),
            "agentStateCategory": "Working" if working else state_name(state) if session else None,
            "businessUnitId": world.business_unit,
            "contactId": None,
            "isActive": agent.active,
            "isACW": code == ACW,
            "isOutbound": number in OUTBOUND,
            "firstName": first,
            "lastName": last,
            "userName": agent.email,
            "lastUpdateTime": timestamp_of(world.history.changed(agent_id)),
            "mediaTypeId": None,
            "mediaTypeName": None,
            "openContacts": 0,
            "outStateDescription": code,
            "outStateId": code_id if session else None,
            "skillId": 0,
            "skillName": None,
            "startDate": timestamp(began),
            "stationId": 0,
            "teamId": world.teams.of(agent.team),
            "teamName": agent.team,
        }
        if session:
            written |= {
                "contactStartHandleTime": None,
                "fromAddress": None,
                "sessionStartTime": timestamp(session.began),
                "stationPhoneNumber": f"+1801555{session.number % 10_000:04}",
                "toAddress": None,
            }
        return written | _contact(world, session) if session and working else written

    return row


def _contact(world: World, session: Session) -> dict[str, Any]:
    skill = next(iter(world.skills_of(session.agent_id)), None)
    media = skill.media_type if skill else 4
    return {
        "contactId": contact_id(session.number),
        "contactStartHandleTime": timestamp(session.since),
        "fromAddress": "+18015550100",
        "mediaTypeId": media,
        "mediaTypeName": MEDIA[media],
        "openContacts": 1,
        "skillId": skill.skill_id if skill else 0,
        "skillName": skill.name if skill else None,
        "toAddress": "+18015550199",
    }


# Changing


def set_agent_state(ask: Ask) -> Response:
    """Let an agent be available or not; the platform alone sets all other states."""
    agent = known_agent(ask)
    state = ask.query.get("state", "").strip().capitalize()
    if state not in {"Available", "Unavailable"}:
        raise refusal(400, "invalid_request", "state must be Available or Unavailable")
    code = ask.number("outStateId") or 0
    reason = ask.world.codes.name(code)
    if code and reason is None:
        raise refusal(400, "invalid_request", f"there is no unavailable code {code}")
    session = ask.world.session(agent.agent_id)
    if session is None:
        raise refusal(409, "conflict", f"agent {agent.agent_id} is not logged in, so it has no state to change")
    if reason == ACW and state == "Unavailable" and state_id(session.state) not in WORKING:
        raise refusal(409, "conflict", f"agent {agent.agent_id} has no contact, so there is no work after one")
    chosen = reason if reason and state == "Unavailable" else state
    ask.world.set_state(agent.agent_id, chosen, group=state)
    return _accepted()


def log_out_agent(ask: Ask) -> Response:
    """Log an agent out, whatever it is doing; one who is not logged in stays so."""
    ask.world.log_out(known_agent(ask).agent_id)
    return _accepted()


def _accepted() -> Response:
    return Response(status=202)
