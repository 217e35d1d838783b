"""Runs as facts, without a run: tests that saw and read rows of the states, for tests of what is made of them."""

import json
from datetime import UTC, datetime

from pytest_cxone.drift import see
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.rehearsal.outcomes import Outcome, Rehearsed, RehearsedUpgrade, Touched
from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.schemas import contract
from pytest_cxone.usage.values import Place, Reading, Usage

__all__ = ["AT", "LESS", "MORE", "ROWS", "changed", "read", "rehearsed", "run", "seen", "tried", "upgrade"]

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
ROWS = [
    {
        "agentId": str(number),
        "state": {"name": "Available"},
        "stateGroup": {"name": "Available"},
        "lastUpdated": "2026-11-23T07:59:00Z",
        "team": {"name": "Wallboard"},
    }
    for number in range(10_001, 10_005)
]
LESS = [{key: value for key, value in row.items() if key != "team"} for row in ROWS]
MORE = [{**row, "skill": "Billing"} for row in ROWS]


def seen(rows=ROWS, *, status=200):
    """Return what a test sees that asks for the states once."""
    url = "https://platform.nicecxone.com/api/v2/agents/states?page=1&pageSize=100"
    headers = Headers({"Content-Type": "application/json"})
    response = Response(status=status, headers=headers, body=json.dumps(rows).encode())
    request = Request(method="GET", url=url, headers=Headers({}))
    return see([Exchange(request=request, response=response)], contract("platform-v2"))


def tried(name="test_listing", *, evidence="live", outcome="passed", at=AT, **others):
    """Return a test as it is known; one of a tenant was recorded, and sees what it saw then."""
    ran = {"before": seen(), "after": seen(), "origin": "2026-11-02T09:30:00Z tenant"} if evidence == "live" else {}
    values = {"test": f"test_board::{name}", "node_id": f"tests/test_board.py::{name}", **ran, **others}
    return TestFacts(evidence=evidence, outcome=outcome, at=at, **values)


def changed(name="test_listing", rows=LESS, **others):
    """Return a test of a tenant that sees something else than was recorded."""
    return tried(name, after=seen(rows), **others)


def run(*tests, id_="one", mode="live", started=AT, **others):
    """Return a run of tests."""
    values = {"dialect": "platform-v2", "api_versions": ("v2",), "host": "platform.nicecxone.com", **others}
    return RunFacts(id=id_, mode=mode, started=started, recorder="0.1.0", tests=tests, **values)


def read(*paths, unseen=(), line=25, operation="listAgentStates"):
    """Return what a test read at one place, of the body at least; a path that ends in "!" is read with all below it."""
    place = Place("wallboard.py", line, "Wallboard.refresh")
    readings = (Reading(operation, path.rstrip("!"), path.endswith("!"), place) for path in ("$", *paths))
    return Usage(frozenset(readings), frozenset((operation, path) for path in unseen))


def upgrade(id_="row-team-removed", outcome=Outcome.SURVIVED, *, touched=("$[*].team",), **others):
    """Return an upgrade that was rehearsed, and changed these paths of the listing."""
    places = tuple(Touched("listAgentStates", path) for path in touched)
    values = {
        "summary": "rows have no team",
        "origin": "named",
        "met_by": ("tests/test_board.py::test_listing",),
        **others,
    }
    return RehearsedUpgrade(id=id_, outcome=outcome, touched=places, **values)


def rehearsed(*upgrades, **others):
    """Return a run on the fake that rehearsed these; its one test reads the names of states."""
    rehearsed = Rehearsed(upgrades=upgrades, **{"tests": 1, "runs": 7, "seconds": 1.5, **others.pop("of", {})})
    tests = others.pop("tests", (tried(evidence="fake", usage=read("$[*].state.name")),))
    return run(*tests, **{"mode": "fake", "host": "", "rehearsed": rehearsed, **others})
