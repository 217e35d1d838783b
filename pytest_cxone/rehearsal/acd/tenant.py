"""Upgrades of what a tenant tells of itself: states that there are, teams, history, business unit, time, versions."""

# ruff: noqa: E501 - a table, a row an upgrade

import re
from collections.abc import Callable
from typing import Any, Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.acd.asked import at, number, rows, segment, states, with_rows
from pytest_cxone.rehearsal.changes import (
    FORBIDDEN,
    NOT_FOUND,
    body,
    dropping,
    later,
    query,
    refusing,
    renamed,
    replaced,
    request,
    up,
    without,
)

__all__ = ["TENANT"]

_dictionary: Final = at("/agents-states")
_teams: Final = at("/teams")
_team_agents: Final = at("/teams/*/agents")
_codes: Final = at("/teams/*/unavailable-codes")
_histories: Final = at("/agents/state-history", "/agents/*/state-history")
_history_of_one: Final = at("/agents/*/state-history")
_adherence: Final = at("/wfm-data/agents/schedule-adherence")
_unit: Final = at("/business-unit")
_time: Final = at("/server-time")
_releases: Final = at("/apiversionreleaseinfo")
_set_state: Final = at("/agents/*/state", method="POST")


def _seconds(text: Any) -> Any:
    found = re.fullmatch(r"PT([\d.]+)S", str(text))
    return int(float(found[1])) if found else text


def _history(edit: Callable[[Any], Any]) -> Change:
    return rows(_histories, "agentStateHistory", edit)


def _new_state(asked: Request, forward: Forward, world: World) -> Response:
    """Let agents whom a dialer serves be in a state of their own, which the dictionary has too."""
    new = {"agentStateId": 9, "agentStateName": "DialerPending"}
    listed = body(_dictionary, with_rows("agentStates", lambda found: [*found, new]))
    shown = rows(states, "agentStates", lambda row: row | new if row.get("agentStateId") == 7 else row)
    return listed(asked, lambda again: shown(again, forward, world), world)


def _flat(found: Any) -> Any:
    teams = found.pop("teams", None) or [{}]
    return {**found, "agents": teams[0].get("agents", [])}


def _of_everybody(asked: Request, forward: Forward, _: World) -> Response:
    """Answer for one agent's history with everybody's."""
    if not _history_of_one(asked):
        return forward(asked)
    return forward(
        Request(method="GET", url=asked.url.replace(f"/agents/{segment(asked)}/", "/agents/"), headers=asked.headers)
    )


def _after_the_first(asked: Request) -> Request:
    return query(lambda given: {**given, "skip": str(number(asked, "skip", 0) + 1)})(asked)


def _settable(asked: Request, forward: Forward, world: World) -> Response:
    """Let any state be set, the platform's own among them."""
    response = forward(asked)
    if _set_state(asked) and response.status == 400:
        world.log_out(segment(asked))
        return Response(status=202)
    return response


TENANT: Final = (
    # States
    up("states-new-9", "states.dictionary", "there is a state 9, DialerPending", _new_state),
    up("states-respelt", "states.dictionary", "the dictionary is at /agent-states", refusing(_dictionary, NOT_FOUND)),
    up("state-category-as-name", "states.online-rule", "whoever has a contact is Working", rows(states, "agentStates", lambda row: {**row, "agentStateName": "Working"} if row.get("agentStateId", 0) in range(3, 8) else row)),
    up("contact-id-removed", "states.contact", "rows tell no contact", rows(states, "agentStates", without("contactId"))),
    up("set-state-forbidden", "states.change", "no administrator may change a state", refusing(_set_state, FORBIDDEN)),
    up("set-state-any", "states.change", "states of the platform can be set", _settable),
    # Teams
    up("teams-first-lost", "teams.list", "teams lack their first", request(_teams, _after_the_first)),
    up("team-agents-flat", "teams.agents", "the agents of a team are not inside the team", body(_team_agents, _flat)),
    up("team-agents-left-out", "teams.all-agents", "teams come without their agents", rows(at("/teams/agents"), "teams", without("agents"))),
    up("codes-ids-strings", "teams.codes", "ids of codes are strings", rows(_codes, "unavailableCodes", lambda row: replaced("outstateId", str)(replaced("outStateId", str)(row)))),
    # What was
    up("history-duration-seconds", "history.states", "durations are whole seconds", _history(replaced("duration", _seconds))),
    up("history-of-everybody", "history.one-agent", "one agent's history is everybody's", _of_everybody),
    up("history-dates-ignored", "history.dates", "startDate and endDate are ignored", request(_histories, dropping("startDate", "endDate"))),
    up("adherence-duration-iso", "adherence.durations", "durations are written PT90S", rows(_adherence, "agentStateHistory", replaced("duration", lambda seconds: f"PT{seconds}S"))),
    up("adherence-dates-optional", "adherence.dates", "adherence without dates is that of today", request(_adherence, query(lambda given: {"startDate": "1970-01-01", "endDate": "2999-01-01"} | given))),
    # The tenant
    up("business-unit-object", "business-unit.tenant", "the business unit is not in an array", body(_unit, with_rows("businessUnits", lambda found: found[0]))),
    up("business-unit-tenant-renamed", "business-unit.tenant", "tenantId is called tenantUuid", rows(_unit, "businessUnits", renamed("tenantId", "tenantUuid"))),
    up("server-time-camel-case", "server-time.now", "ServerTime is called serverTime", body(_time, renamed("ServerTime", "serverTime"))),
    up("server-time-local", "server-time.now", "ServerTime is local time that claims to be UTC", body(_time, replaced("ServerTime", later(6)))),
    up("media-types-renamed", "media-types.list", "mediaTypeId is called id", rows(at("/media-types"), "mediaTypes", renamed("mediaTypeId", "id"))),
    up("releases-renamed", "versions.told", "versionInfo is called releases", body(_releases, renamed("versionInfo", "releases"))),
    up("releases-only-newest", "versions.told", "only the newest version is told", body(_releases, with_rows("versionInfo", lambda found: found[-1:]))),
)  # fmt: skip
