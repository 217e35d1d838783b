"""The tenant itself: its teams, their unavailable codes, campaigns, the business unit, the time, and the versions."""

from typing import Any, Final

from pytest_cxone.fake.acd.agents import row_of
from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import BUSINESS_UNIT, NOTHING, listed, paged, plain, projected
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.fake.records import ACW
from pytest_cxone.model import Response

__all__ = [
    "get_business_unit",
    "get_server_time",
    "list_campaigns",
    "list_team_agents",
    "list_teams",
    "list_unavailable_codes",
]

_CODES_FLAT_FROM: Final = 34
_CAMPAIGNS_FLAT_FROM: Final = 33


# Teams


def list_teams(ask: Ask) -> Response:
    """Answer with the teams whose agents the client may see."""
    ask.moment("updateSince", "updatedSince")  # teams do not change here, but a bad date is refused
    names = [name for name in ask.world.teams.names if name not in ask.cannot_see]
    return listed(ask, "teams", names, lambda name: _team(ask, name), envelope=_envelope(ask))


def list_team_agents(ask: Ask) -> Response:
    """Answer with one team, its agents in it."""
    name = _team_asked_for(ask)
    world, write = ask.world, row_of(ask)
    active, text = ask.flag("isActive"), ask.query.get("searchstring", "").strip().lower()
    agents = [agent for agent in map(world.record, world.roster()) if agent.team == name]
    found = [agent for agent in agents if active is not False and text in f"{agent.name}\n{agent.email}".lower()]
    if not found:
        return NOTHING
    page = paged(ask, found, write)
    team = {**_team(ask, name), "agents": page.rows}
    return plain(ask, {**page.envelope, **_envelope(ask), "teams": [team]})


def list_unavailable_codes(ask: Ask) -> Response:
    """Answer with the reasons for which a team's agents may be unavailable."""
    team = _team_asked_for(ask)
    ask.flag("activeOnly")  # all are
    flat = ask.version >= _CODES_FLAT_FROM
    id_key, name_key = ("outstateId", "outstateName") if flat else ("outStateId", "outStateName")
    rows = [
        {
            id_key: ask.world.codes.of(code),
            name_key: code,
            "isActive": True,
            "isAcw": code == ACW,
            "agentTimeoutMins": "0",
        }
        for code in ask.world.codes.names
    ]
    body = {"teamId": ask.world.teams.of(team), "teamName": team, "unavailableCodes": rows}
    return plain(ask, body if flat else {"resultSet": body})


def _team_asked_for(ask: Ask) -> str:
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


# The rest


def list_campaigns(ask: Ask) -> Response:
    """Answer with the one campaign that there is."""
    if ask.version >= _CAMPAIGNS_FLAT_FROM:
        row = {
            "id": 1,
            "name": "Default",
            "isActive": True,
            "description": None,
            "notes": None,
            "lastUpdateTime": timestamp(0),
        }
    else:
        row = {"campaignId": 1, "campaignName": "Default", "isActive": True}
    return listed(
        ask,
        "campaigns",
        [row],
        dict,
        envelope={"businessUnitId": ask.world.business_unit},
        wrapped_before=_CAMPAIGNS_FLAT_FROM,
    )


def get_business_unit(ask: Ask) -> Response:
    """Answer with the business unit, which knows its tenant's UUID."""
    ask.flag("includeTrustedBusinessUnits")  # there are none
    unit = {
        "businessUnitId": ask.world.business_unit,
        "businessUnitName": BUSINESS_UNIT,
        "tenantId": ask.world.tenant_id,
        "parentTenantId": None,
        "isActive": True,
        "defaultTimeZone": "UTC",
        "apiPublishedLimit": 0,
        "concurrentAgentLimit": 0,
        "userLimit": 0,
    }
    return plain(ask, {"businessUnits": [projected(ask, unit)]})


def get_server_time(ask: Ask) -> Response:
    """Answer with the time, which this operation alone writes with seven digits."""
    return plain(ask, {"ServerTime": timestamp(ask.world.clock.now()).replace("Z", "0000Z")})
