"""Agents as configured: the list, one of them, a search, and a batch that adds some."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pytest_cxone.fake.acd.asking import Ask, moment, refusal
from pytest_cxone.fake.acd.shapes import listed, plain, projected
from pytest_cxone.fake.acd.states import names_of, number_of
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.fake.records import AgentRecord
from pytest_cxone.fake.world import World
from pytest_cxone.model import Response

__all__ = ["create_agents", "get_agent", "known_user", "list_agents", "row_of", "search_agents", "user_id"]

_USER_ID_WITH_CAPITALS: Final = 34
_NEEDED: Final = (
    "firstName",
    "lastName",
    "teamId",
    "profileId",
    "emailAddress",
    "userName",
    "timeZone",
    "country",
    "city",
)
_FIRST_FREE_ID: Final = 10_001


def list_agents(ask: Ask) -> Response:
    """Answer with the agents whom the client may see, and how many there are besides."""
    since = ask.moment("updateSince", "updatedSince")
    found = _found(
        ask,
        since=since,
        active=ask.flag("isActive"),
        locked=ask.flag("isLocked"),
        text=ask.query.get("searchstring", ""),
    )
    return _listed(ask, found)


def get_agent(ask: Ask) -> Response:
    """Answer with one agent, by number or by UUID, in a list of one; whose team is hidden is found all the same."""
    return plain(ask, {"agents": [projected(ask, row_of(ask)(known_user(ask)))]})


def known_user(ask: Ask) -> AgentRecord:
    """Return the agent whom the path names, by number or by UUID."""
    wanted = ask.parameters["agentId"]
    agent = ask.world.agent(wanted)
    if agent is None and "-" in wanted:
        agent = next((agent for agent in ask.world.agents if user_id(ask.world, agent) == wanted.lower()), None)
    if agent is None:
        raise refusal(404, "not_found", f"there is no agent {wanted[:40]!r}")
    return agent


def search_agents(ask: Ask) -> Response:
    """Answer with those agents whom the body asks for."""
    body = ask.body()
    wanted = body.get("agentIds")
    if wanted is not None and not isinstance(wanted, list):
        raise refusal(400, "invalid_request", "agentIds must be a list of ids")
    since = body.get("updatedSince")
    found = _found(
        ask,
        since=None if since in (None, "") else moment("updatedSince", since),
        active=_flag(body, "isActive"),
        locked=_flag(body, "isLocked"),
        text=str(body.get("searchString") or ""),
    )
    if wanted:
        ids = set(map(str, wanted))
        found = [agent for agent in found if agent.agent_id in ids]
    fields = body.get("fields") or ""
    names = ",".join(map(str, fields)) if isinstance(fields, list) else str(fields)
    return _listed(ask, found, fields=names, order_by=str(body.get("orderby") or ""))


def _listed(
    ask: Ask, agents: Sequence[AgentRecord], *, fields: str | None = None, order_by: str | None = None
) -> Response:
    world, write = ask.world, row_of(ask)
    hidden = len(world.roster()) - len(world.roster(ask.cannot_see))
    return listed(
        ask,
        "agents",
        agents,
        write if fields is None else lambda agent: projected(ask, write(agent), fields=fields),
        envelope={
            "businessUnitId": world.business_unit,
            "lastPollTime": timestamp_of(world.poll()),
            "hiddenAgents": hidden,
        },
        order_by=order_by,
    )


def _found(
    ask: Ask, *, since: int | None, active: bool | None, locked: bool | None, text: str
) -> Sequence[AgentRecord]:
    agents = [ask.world.record(agent_id) for agent_id in ask.world.roster(ask.cannot_see)]
    if since is not None:
        agents = [agent for agent in agents if int(agent.updated * 1_000) >= since]
    if text.strip():
        part = text.strip().lower()
        agents = [agent for agent in agents if part in f"{agent.name}\n{agent.email}\n{agent.agent_id}".lower()]
    if active is not None:
        agents = [agent for agent in agents if agent.active is active]
    return [] if locked is True else agents  # nobody here is locked


def _flag(body: Mapping[str, Any], name: str) -> bool | None:
    value = body.get(name)
    if value in (None, ""):
        return None
    if str(value).lower() not in {"true", "false"}:
        raise refusal(400, "invalid_request", f"{name} must be true or false, not {str(value)[:40]!r}")
    return str(value).lower() == "true"


def user_id(world: World, agent: AgentRecord) -> str:
    """Return the UUID that an agent has as a user."""
    return world.uuid(f"users/{agent.agent_id}")


def row_of(ask: Ask) -> Callable[[AgentRecord], dict[str, Any]]:
    """Return what writes an agent's row."""
    world = ask.world
    # Never both: readers that know no case, as PowerShell's, refuse keys that differ in nothing else.
    user_key = "userID" if ask.version >= _USER_ID_WITH_CAPITALS else "userId"

    def row(agent: AgentRecord) -> dict[str, Any]:
        first, last = names_of(agent)
        log_in = world.history.last_log_in(agent.agent_id)
        return {
            "agentId": number_of(agent.agent_id),
            "userName": agent.email,
            "firstName": first,
            "lastName": last,
            user_key: user_id(world, agent),
            "emailAddress": agent.email,
            "isActive": agent.active,
            "teamId": world.teams.of(agent.team),
            "teamName": agent.team,
            "teamUuId": world.uuid(f"teams/{agent.team}"),
            "profileId": 1,
            "profileName": "Agent",
            "lastLogin": None if log_in is None else timestamp(log_in),
            "lastUpdated": timestamp(agent.updated),
            "userType": "Agent",
            "isBillable": True,
            "locked": False,
            # Cased as NICE's specification has them.
            "ACWEnabled": False,
            "DigitalEngagementEnabled": False,
            "DivisionNo": 0,
            "LoginAuthenticatorId": "1",
            "Teams_channel_Id": None,
        }

    return row


# The batch


def create_agents(ask: Ask) -> Response:
    """Add agents; what is wrong with one is told in its place of an answer that is 200 all the same."""
    wanted = ask.body().get("agents")
    if not isinstance(wanted, list) or not wanted:
        raise refusal(400, "invalid_request", "agents must be a list of agents")
    results = [_added(ask, one if isinstance(one, dict) else {}) for one in wanted]
    return plain(ask, {"errorCount": sum(not result["success"] for result in results), "agentResults": results})


def _added(ask: Ask, wanted: Mapping[str, Any]) -> dict[str, Any]:
    world = ask.world
    missing = [name for name in _NEEDED if not str(wanted.get(name) or "").strip()]
    team = world.teams.name(int(text)) if (text := str(wanted.get("teamId"))).isdecimal() else None
    taken = {agent.email.lower() for agent in world.agents}
    if missing:
        error = f"{', '.join(missing)} must be given"
    elif team is None:
        error = f"there is no team {str(wanted['teamId'])[:40]!r}"
    elif str(wanted["userName"]).lower() in taken:
        error = "the user name is taken"
    else:
        agent_id = str(max((int(agent_id) for agent_id in world.roster() if agent_id.isdecimal()), default=0) + 1)
        agent_id = max(agent_id, str(_FIRST_FREE_ID), key=int)
        name = f"{wanted['firstName']} {wanted['lastName']}"
        active = wanted.get("isActive") is not False
        world.add_agent(agent_id, name=name, email=str(wanted["userName"]), team=team, active=active)
        return {"agentId": number_of(agent_id), "success": True, "error": None}
    return {"agentId": None, "success": False, "error": error}
