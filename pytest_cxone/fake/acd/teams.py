"""Teams: all of them, one of them, and with their agents in them."""

from typing import Any

from pytest_cxone.fake.acd.agents import row_of
from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import NOTHING, listed, paged, plain, projected
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.model import Response

__all__ = ["get_team", "known_team", "list_team_agents", "list_teams", "list_teams_agents"]


def list_teams(ask: Ask) -> Response:
    """Answer with the teams whose agents the client may see."""
    ask.moment("updateSince", "updatedSince")  # teams do not change here, but a bad date is refused
    text = ask.query.get("searchstring", "").strip().lower()
    all_active = ask.flag("isActive") is not False
    names = [name for name in _seen(ask) if all_active and text in name.lower()]
    return listed(ask, "teams", names, lambda name: _team(ask, name), envelope=_envelope(ask))


def get_team(ask: Ask) -> Response:
    """Answer with one team, in a list of one."""
    return plain(ask, {**_envelope(ask), "teams": [projected(ask, _team(ask, known_team(ask)))]})


def list_team_agents(ask: Ask) -> Response:
    """Answer with one team, its agents in it."""
    name = known_team(ask)
    world, write = ask.world, row_of(ask)
    active, text = ask.flag("isActive"), ask.query.get("searchstring", "").strip().lower()
    since = ask.moment("updateSince", "updatedSince") or 0
    agents = [
        agent
        for agent in map(world.record, world.roster())
        if agent.team == name and int(agent.updated * 1_000) >= since
    ]
    found = [
        agent for agent in agents if active in {None, agent.active} and text in f"{agent.name}\n{agent.email}".lower()
    ]
    if not found:
        return NOTHING
    page = paged(ask, found, write)
    team = {**_team(ask, name), "agents": page.rows}
    return plain(ask, {**page.envelope, **_envelope(ask), "teams": [team]})


def list_teams_agents(ask: Ask) -> Response:
    """Answer with the teams whose agents the client may see, each with its agents in it. It has no pages."""
    ask.moment("updateSince", "updatedSince")
    world, write = ask.world, row_of(ask)
    agents: dict[str, list[dict[str, Any]]] = {name: [] for name in _seen(ask)}
    for agent in map(world.record, world.roster(ask.cannot_see)):
        agents[agent.team].append(projected(ask, write(agent)))
    teams = [{**_team(ask, name), "agents": rows} for name, rows in agents.items()]
    return plain(ask, {"lastPollTime": timestamp_of(world.poll()), "teams": teams})


def _seen(ask: Ask) -> list[str]:
    return [name for name in ask.world.teams.names if name not in ask.cannot_see]


def known_team(ask: Ask) -> str:
    """Return the name of the team whose number the path has. One that the client may not see is not found."""
    text = ask.parameters["teamId"]
    name = ask.world.teams.name(int(text)) if text.isascii() and text.isdecimal() and len(text) <= 15 else None
    if name is None or name in ask.cannot_see:
        raise refusal(404, "not_found", f"there is no team {text[:40]!r}")
    return name


def _team(ask: Ask, name: str) -> dict[str, Any]:
    world = ask.world
    return {
        "teamId": world.teams.of(name),
        "teamName": name,
        "teamUuid": world.uuid(f"teams/{name}"),
        "isActive": True,
        "description": None,
        "lastUpdateTime": timestamp(0),
        "agentCount": sum(agent.team == name for agent in world.agents),
    }


def _envelope(ask: Ask) -> dict[str, Any]:
    return {"businessUnitId": ask.world.business_unit, "lastPollTime": timestamp_of(ask.world.poll())}
