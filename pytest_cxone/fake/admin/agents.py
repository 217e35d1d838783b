"""The admin API's agents: who there is, who is logged in and how, one at a time or many."""

from collections.abc import Iterator
from itertools import count, islice
from typing import Any, Final

from pytest_cxone.fake.admin.operation import FLAG, SECONDS, TEXT, Ask, Operation, Refused, whole
from pytest_cxone.fake.clock import timestamp
from pytest_cxone.fake.world import HIDDEN_TEAM, USUAL_TEAM, AgentRecord, Session, World

__all__ = ["OPERATIONS"]

_FIRST_FREE_ID: Final = 10_001
_MOST_AT_ONCE: Final = 100_000
_OF_A_SESSION: Final = ("state", "group", "restricted", "latency")


def _list_agents(ask: Ask) -> dict[str, Any]:
    return {"agents": [_shown(agent, ask.world.session(agent.agent_id)) for agent in ask.world.agents]}


def _get_agent(ask: Ask) -> dict[str, Any]:
    agent = ask.world.agent(ask.id)
    if agent is None:
        raise Refused(404, f"there is no agent {ask.id!r}; PUT adds one")
    return _shown(agent, ask.world.session(ask.id))


def _shown(agent: AgentRecord, session: Session | None) -> dict[str, Any]:
    return {
        "agentId": agent.agent_id,
        "name": agent.name,
        "email": agent.email,
        "team": agent.team,
        "hidden": agent.team == HIDDEN_TEAM,
        "active": agent.active,
        "online": session is not None,
        "state": session and session.state,
        "group": session and session.group,
        "since": session and timestamp(session.since),
        "restricted": session is not None and session.restricted,
    }


def _put_agent(ask: Ask) -> dict[str, Any]:
    if not ask.id.strip():
        raise Refused(400, "an agent's id must not be blank")
    if objection := ask.fake.api.objection(ask.id):
        raise Refused(400, objection)
    _refuse_what_does_not_fit(ask)
    team = _team(ask)
    given = {name: ask.body.get(name) for name in ("name", "email", "active")}
    ask.world.add_agent(ask.id, team=team, **given)
    if ask.body.get("online") is False:
        ask.world.log_out(ask.id)
    elif (session := ask.world.session(ask.id)) is not None:
        _change_state(ask, session)
    elif ask.body.get("online"):
        ask.world.log_in(ask.id, **{name: ask.body[name] for name in _OF_A_SESSION if name in ask.body})
    return _get_agent(ask)


def _refuse_what_does_not_fit(ask: Ask) -> None:
    """Refuse, before anything is changed, what a session is given that is not there, or is there already."""
    online = ask.body.get("online")
    given = [name for name in _OF_A_SESSION if name in ask.body]
    if given and online is False:
        raise Refused(400, f"{given[0]} belongs to an agent who is logged in; leave it out or let online be true")
    if given and online is None and ask.world.session(ask.id) is None:
        raise Refused(409, f"agent {ask.id!r} is logged out and has no {given[0]}; add online: true to log in")
    if online and not _active(ask):
        raise Refused(409, f"agent {ask.id!r} is not active and cannot log in; let active be true, or online false")
    if ask.body.get("active") is False and given:
        raise Refused(400, f"{given[0]} belongs to an agent who is logged in, and active: false logs out; leave it out")
    if "latency" in ask.body and ask.world.session(ask.id) is not None:
        raise Refused(409, f"agent {ask.id!r} is logged in already; latency is a log-in's, so log out first")


def _active(ask: Ask) -> bool:
    agent = ask.world.agent(ask.id)
    return bool(ask.body.get("active", agent is None or agent.active))


def _team(ask: Ask) -> str | None:
    team: str | None = ask.body.get("team")
    match ask.body.get("hidden"):
        case True if team not in {None, HIDDEN_TEAM}:
            raise Refused(
                400, f"hidden: true is the team {HIDDEN_TEAM!r}, so team cannot be {team!r}; give one of them"
            )
        case True:
            return HIDDEN_TEAM
        case False if team == HIDDEN_TEAM:
            raise Refused(400, f"hidden: false is another team than {HIDDEN_TEAM!r}; give one of them")
        case False if team is None:
            agent = ask.world.agent(ask.id)
            return USUAL_TEAM if agent is not None and agent.team == HIDDEN_TEAM else None
    return team


def _change_state(ask: Ask, session: Session) -> None:
    """Change the state of an agent who is logged in; one who is in it already has been since before."""
    state = ask.body.get("state", session.state)
    group = ask.body.get("group", state if "state" in ask.body else session.group)
    restricted = ask.body.get("restricted", session.restricted)
    if (state, group, restricted) != (session.state, session.group, session.restricted):
        ask.world.set_state(ask.id, state, group=group, restricted=restricted)


def _log_in_many(ask: Ask) -> dict[str, Any]:
    given = {name: ask.body[name] for name in ("state", "group") if name in ask.body}
    agent_ids = list(islice(_free_ids(ask.world), ask.body["count"]))
    for agent_id in agent_ids:
        ask.world.add_agent(agent_id, team=ask.body.get("team"))
        ask.world.log_in(agent_id, **given)
    return {"agentIds": agent_ids}


def _free_ids(world: World) -> Iterator[str]:
    return (agent_id for agent_id in map(str, count(_FIRST_FREE_ID)) if world.agent(agent_id) is None)


def _remove_agent(ask: Ask) -> dict[str, Any]:
    known = ask.world.agent(ask.id) is not None
    ask.world.remove_agent(ask.id)
    return {"removed": int(known)}


def _remove_agents(ask: Ask) -> dict[str, Any]:
    agents = ask.world.agents
    for agent in agents:
        ask.world.remove_agent(agent.agent_id)
    return {"removed": len(agents)}


OPERATIONS: Final = (
    Operation(method="GET", path="agents", does="List all agents, logged in or not.", answer=_list_agents),
    Operation(
        method="POST",
        path="agents",
        does="Log in so many agents with free ids.",
        answer=_log_in_many,
        body={"count": whole(1, _MOST_AT_ONCE).needed(), "state": TEXT, "group": TEXT, "team": TEXT},
    ),
    Operation(method="DELETE", path="agents", does="Remove all agents.", answer=_remove_agents),
    Operation(method="GET", path="agents/{id}", does="Show one agent.", answer=_get_agent),
    Operation(
        method="PUT",
        path="agents/{id}",
        does="Add an agent or change one; what is left out stays as it is.",
        answer=_put_agent,
        body={
            "name": TEXT,
            "email": TEXT,
            "team": TEXT,
            "hidden": FLAG,
            "active": FLAG,
            "online": FLAG,
            "state": TEXT,
            "group": TEXT,
            "restricted": FLAG,
            "latency": SECONDS,
        },
    ),
    Operation(
        method="DELETE", path="agents/{id}", does="Remove an agent, so that the id is unknown.", answer=_remove_agent
    ),
)
