"""Runs as facts, without a run: tests that saw rows of the states, for tests of what is made of them."""

import json
from datetime import UTC, datetime

from pytest_cxone.drift import see
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.schemas import contract

__all__ = ["AT", "LESS", "MORE", "ROWS", "changed", "run", "seen", "tried"]

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
