"""Upgrades of the states: the rows, the listing's body, one agent's state."""

# ruff: noqa: E501 - a table, a row an upgrade

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import AgentRecord, World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NO_CONTENT,
    NOT_FOUND,
    answer,
    body,
    dropping,
    json_response,
    keys,
    later,
    moment,
    pascal,
    query,
    refusing,
    renamed,
    replaced,
    request,
    snake,
    up,
    without,
)
from pytest_cxone.rehearsal.platform_v2.asked import empty_as, listing, one, page_of, rows, states
from pytest_cxone.rehearsal.rights import seeing_everything

__all__ = ["STATES"]

_ROW: Final = "states.row-shape"
_LIST: Final = "states.list-online-only"


def _row_of(agent: AgentRecord, state: str) -> dict[str, Any]:
    name = {"name": state}
    return {
        "agentId": agent.agent_id,
        "state": name,
        "stateGroup": name,
        "lastUpdated": _now(),
        "team": {"name": agent.team},
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _offline_listed(which: Callable[[Request], bool]) -> Change:
    """List the agents who are logged out too, as the real service is known to do."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if response.status != 200 or not which(asked):
            return response
        given = dict(asked.query)
        absent = [
            _row_of(agent, "LoggedOut")
            for agent in world.agents
            if world.session(agent.agent_id) is None and given.get("agentId", agent.agent_id) == agent.agent_id
        ]
        first_page = page_of(given) == 1
        return json_response(200, json.loads(response.body) + (absent if first_page else []))

    return change


def _late(seconds: float) -> Change:
    """Show a log-in, or a change of state, only so many seconds after it."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if response.status != 200 or not states(asked):
            return response
        now = world.clock.now()
        return json_response(
            200,
            [
                row
                for row in json.loads(response.body)
                if now - datetime.fromisoformat(row["lastUpdated"]).timestamp() >= seconds
            ],
        )

    return change


def _by_prefix(asked: Request, forward: Forward, _: World) -> Response:
    """Match the beginning of ids, as a search would."""
    if not one(asked):
        return forward(asked)
    wanted = dict(asked.query)["agentId"]
    response = forward(query(lambda _: {"pageSize": "100"})(asked))
    if response.status != 200:
        return response
    return json_response(200, [row for row in json.loads(response.body) if row["agentId"].startswith(wanted)])


def _part_matches(asked: Request, forward: Forward, _: World) -> Response:
    """Match ids that contain what was asked for."""
    response = forward(asked)
    if not one(asked) or response.status != 200 or response.body != b"[]":
        return response
    wanted = dict(asked.query)["agentId"]
    everybody = json.loads(forward(query(lambda _: {"pageSize": "100"})(asked)).body)
    return json_response(200, [row for row in everybody if row["agentId"] in wanted])


def _swapped(row: Any) -> Any:
    return {**row, "state": row["stateGroup"], "stateGroup": row["state"]}


def _first_or_nothing(found: Any) -> Any:
    return found[0] if found else None


STATES: Final = (
    # Rows
    up("row-agent-id-removed", _ROW, "rows have no agentId", rows(states, without("agentId"))),
    up("row-agent-id-renamed", _ROW, "agentId is called id", rows(states, renamed("agentId", "id"))),
    up("row-agent-id-integer", _ROW, "agentId is a number", rows(states, replaced("agentId", int))),
    up("row-agent-id-nulled", _ROW, "agentId is null", rows(states, replaced("agentId", None))),
    up("row-agent-id-prefixed", "states.online-one-row", "agentId is another kind of id",
        rows(states, replaced("agentId", lambda text: f"agt_{text}"))),
    up("row-state-removed", _ROW, "rows have no state", rows(states, without("state"))),
    up("row-state-renamed", _ROW, "state is called currentState", rows(states, renamed("state", "currentState"))),
    up("row-state-flattened", _ROW, "state is its name alone", rows(states, replaced("state", lambda s: s["name"]))),
    up("row-state-nulled", _ROW, "state is null", rows(states, replaced("state", None))),
    up("row-state-name-removed", _ROW, "state has no name", rows(states, without("state.name"))),
    up("row-state-name-renamed", _ROW, "state.name is called label", rows(states, renamed("state.name", "label"))),
    up("row-state-name-nulled", _ROW, "state.name is null", rows(states, replaced("state.name", None))),
    up("row-state-name-blank", _ROW, "state.name is blank", rows(states, replaced("state.name", " "))),
    up("row-state-name-code", _ROW, "state.name is a number", rows(states, replaced("state.name", 1))),
    up("row-state-name-recased", _ROW, "state names are written in capitals",
        rows(states, replaced("state.name", str.upper))),
    up("row-state-group-removed", _ROW, "rows have no stateGroup", rows(states, without("stateGroup"))),
    up("row-state-group-renamed", _ROW, "stateGroup is called category",
        rows(states, renamed("stateGroup", "category"))),
    up("row-state-group-nulled", _ROW, "stateGroup is null", rows(states, replaced("stateGroup", None))),
    up("row-state-group-name-removed", _ROW, "stateGroup has no name", rows(states, without("stateGroup.name"))),
    up("row-state-group-list", _ROW, "stateGroup is a list", rows(states, replaced("stateGroup", lambda g: [g]))),
    up("row-state-and-group-swapped", _ROW, "state and stateGroup change places", rows(states, _swapped)),
    up("row-last-updated-removed", _ROW, "rows have no lastUpdated", rows(states, without("lastUpdated"))),
    up("row-last-updated-renamed", _ROW, "lastUpdated is called lastUpdateTime",
        rows(states, renamed("lastUpdated", "lastUpdateTime"))),
    up("row-last-updated-nulled", _ROW, "lastUpdated is null", rows(states, replaced("lastUpdated", None))),
    up("row-last-updated-epoch", _ROW, "lastUpdated is seconds since 1970",
        rows(states, replaced("lastUpdated", lambda text: int(datetime.fromisoformat(text).timestamp())))),
    up("row-last-updated-zoneless", _ROW, "lastUpdated has no time zone",
        rows(states, replaced("lastUpdated", lambda text: text.removesuffix("Z")))),
    up("row-last-updated-blank-inside", _ROW, "lastUpdated has a blank for the T",
        rows(states, replaced("lastUpdated", lambda text: text.replace("T", " ")))),
    up("row-last-updated-us-style", _ROW, "lastUpdated is written month first",
        rows(states, replaced("lastUpdated", moment("%m/%d/%Y %I:%M:%S %p")))),
    up("row-last-updated-date-only", _ROW, "lastUpdated is a day", rows(states, replaced("lastUpdated", moment("%Y-%m-%d")))),
    up("row-last-updated-year-zero", _ROW, "lastUpdated is the year 1",
        rows(states, replaced("lastUpdated", "0001-01-01T00:00:00Z"))),
    up("row-last-updated-local", _ROW, "lastUpdated is local time that claims to be UTC",
        rows(states, replaced("lastUpdated", later(6)))),
    up("row-keys-pascal-case", _ROW, "keys are in PascalCase",
        rows(states, keys(pascal))),
    up("row-keys-snake-case", _ROW, "keys are in snake_case", rows(states, keys(snake))),
    up("row-id-only", _ROW, "rows are ids", rows(states, lambda row: row["agentId"])),
    # The listing's body
    up("listing-enveloped", _LIST, "the array is in an object, as agentStates",
        body(states, lambda found: {"agentStates": found})),
    up("listing-enveloped-with-total", _LIST, "the array is in an object, as data, with a total",
        body(states, lambda found: {"data": found, "total": len(found)})),
    up("listing-keyed-by-id", _LIST, "the array is an object by agentId",
        body(states, lambda found: {row["agentId"]: row for row in found})),
    up("listing-nested", _LIST, "the array is in an array", body(states, lambda found: [found])),
    up("listing-empty-null", "states.offline-empty", "nothing is null", body(states, lambda found: found or None)),
    up("listing-empty-object", "states.offline-empty", "nothing is {}", body(states, lambda found: found or {})),
    up("listing-empty-204", "states.offline-empty", "nothing is 204", answer(states, empty_as(NO_CONTENT))),
    up("listing-empty-404", "states.offline-empty", "nothing is 404", answer(states, empty_as(NOT_FOUND))),
    up("listing-empty-no-body", "states.offline-empty", "nothing is 200 without a body",
        answer(states, lambda r: replace(r, body=b"") if r.body == b"[]" else r)),
    up("listing-offline-agents", _LIST, "agents who are logged out are listed", _offline_listed(listing)),
    up("listing-hidden-agents", "states.hidden-empty", "team restrictions are gone", seeing_everything),
    up("listing-last-row-lost", _LIST, "the last row is missing", body(listing, lambda found: found[:-1])),
    up("listing-row-twice", _LIST, "the first row comes twice", body(listing, lambda found: found[:1] + found)),
    up("listing-late", "states.latency diagnosis.latency", "a log-in shows after a minute", _late(60)),
    # One agent's state
    up("filter-ignored", "states.online-one-row", "agentId is ignored", request(one, dropping("agentId"))),
    up("filter-by-prefix", "states.filter-exact", "agentId matches beginnings", _by_prefix),
    up("filter-by-part", "states.filter-exact", "agentId matches parts", _part_matches),
    up("filter-bare-row", "states.online-one-row", "one agent's row is not in an array", body(one, _first_or_nothing)),
    up("filter-finds-nothing", "states.online-one-row", "agentId finds nobody", body(one, lambda _: [])),
    up("filter-row-twice", "states.online-one-row", "one agent is two rows", body(one, lambda found: found * 2)),
    up("filter-offline-row", "states.offline-empty diagnosis.not-shown", "an agent who is logged out has a row", _offline_listed(one)),
    up("filter-unknown-404", "states.unknown-empty", "an id without a row is 404",
        answer(one, empty_as(NOT_FOUND))),
    up("filter-refused", "states.online-one-row diagnosis.online", "agentId is refused", refusing(one, BAD_REQUEST)),
)  # fmt: skip
