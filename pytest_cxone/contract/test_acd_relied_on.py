"""What clients rely on beside the schema: moments, links, that no poll misses a change, which versions answer."""

import re

import pytest

from pytest_cxone import AgentOnline, Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask, rows_of
from pytest_cxone.contract.asking import body_of

UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z")
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@cxone_behaviour("states.start-date")
@agents_online(1)
def test_a_row_tells_in_utc_when_the_state_began(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for row in rows_of(cxone, cxone_contract, "/agents/states", "agentStates", top=50):
        if row["agentStateId"] != 0:
            assert "startDate" in row
            assert row["startDate"] is None or UTC.fullmatch(row["startDate"]), row["startDate"]


@cxone_behaviour("states.links")
@agents_online(2)
def test_the_link_to_the_next_page_asks_for_the_same_fields(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = body_of(ask(cxone, "/agents/states", top=1, fields="agentId,agentStateId"), cxone_contract)
    # At the host of the run, since a token goes to no other.
    _, prefix, rest = found["_links"]["next"].partition("/inContactAPI/")
    answer = cxone.http.get(prefix + rest, allow_redirects=False)

    assert {frozenset(row) for row in body_of(answer, cxone_contract)["agentStates"]} == {
        frozenset({"agentId", "agentStateId"})
    }


@cxone_behaviour("changes.only-what-changed")
@pytest.mark.parametrize("state", ["Available", "Lunch", "OutboundContact", "LoggedOut"])
def test_what_changes_right_after_a_poll_is_told_by_the_next_one(
    cxone: CXoneClient, cxone_tenant: Tenant, state: str
) -> None:
    for agent_id in ("1", "2"):
        cxone_tenant.world.log_in(agent_id, state="InboundContact")
    changes = cxone.changes()
    next(iter(changes))
    if state == "LoggedOut":
        cxone_tenant.world.log_out("1")
    else:
        cxone_tenant.world.set_state("1", state)

    assert [(row.agent_id, row.state) for row in next(iter(changes))] == [("1", state)]


@cxone_behaviour("agents.one-in-array")
def test_an_agent_has_the_uuid_of_its_user(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    [row] = rows_of(cxone, cxone_contract, f"/agents/{cxone_tenant.provide(AgentOnline())}", "agents")

    # The specification of v34.0 has the one spelling, nicepy reads the other from older versions.
    assert UUID.fullmatch(row.get("userID") or row["userId"])


@cxone_behaviour("versions.old-answer")
@pytest.mark.parametrize("version", ["v12.0", "v23.0"])
def test_versions_that_nices_own_client_uses_answer(cxone: CXoneClient, version: str) -> None:
    assert ask(cxone, "/server-time", version).status_code == 200


@cxone_behaviour("versions.told")
@pytest.mark.parametrize("place", [0, -1], ids=["oldest", "newest"])
def test_a_version_that_the_tenant_tells_of_answers(cxone: CXoneClient, cxone_contract: Contract, place: int) -> None:
    told = rows_of(cxone, cxone_contract, "/apiversionreleaseinfo", "versionInfo")
    numbers = sorted(int(float(row["version"])) for row in told)

    assert ask(cxone, "/server-time", f"v{numbers[place]}.0").status_code == 200
