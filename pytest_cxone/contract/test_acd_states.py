"""The states of `acd`: rows of agents who are logged out, the envelope, what a row holds, and changing a state."""

from urllib.parse import urlsplit

import pytest

from pytest_cxone import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    Contract,
    CXoneClient,
    Scopes,
    Tenant,
    Verdict,
    agents_online,
    cxone_behaviour,
)
from pytest_cxone.contract.acd import ask, place, rows_of
from pytest_cxone.contract.asking import body_of, listed, online, state_of

STATES = {
    0: "LoggedOut",
    1: "Available",
    2: "Unavailable",
    3: "InboundContact",
    4: "OutboundContact",
    5: "InboundConsult",
    6: "OutboundConsult",
    7: "Dialer",
    8: "LoggedIn",
}
LOGGED_IN = {number: name for number, name in STATES.items() if number}


# Logged out


@cxone_behaviour("states.offline-row")
def test_an_agent_who_is_logged_out_has_a_row_that_says_so(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    [row] = rows_of(cxone, cxone_contract, f"/agents/{cxone_tenant.provide(AgentOffline())}/states", "agentStates")

    assert (row["agentStateId"], row["agentStateName"]) == (0, "LoggedOut")


@cxone_behaviour("states.offline-row")
def test_logging_out_leaves_a_row_in_the_listing(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    assert online(state_of(cxone, cxone_contract, "12345")) == ["12345"]
    cxone_tenant.world.log_out("12345")

    [row] = rows_of(cxone, cxone_contract, "/agents/states", "agentStates")
    assert (row["agentId"], row["agentStateId"], row["agentStateName"]) == (12345, 0, "LoggedOut")
    assert list(cxone.online_agents()) == []


@cxone_behaviour("diagnosis.offline")
@pytest.mark.parametrize("known", [True, False], ids=["alone", "in a listing"])
def test_an_agent_whose_row_says_so_is_certainly_offline(cxone: CXoneClient, cxone_tenant: Tenant, known: bool) -> None:
    agent_id = cxone_tenant.provide(AgentOffline())
    found = cxone.diagnose(agent_id, wait=0) if known else cxone.diagnose_many([agent_id])[agent_id]

    assert (found.verdict, found.certainty) == (Verdict.OFFLINE, "certain")


@cxone_behaviour("diagnosis.hidden")
@agents_online(1)
def test_an_agent_without_a_row_is_likely_hidden_and_never_offline(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    found = cxone.diagnose(cxone_tenant.provide(AgentHidden()), wait=0)

    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, "likely")


@cxone_behaviour("diagnosis.missing-permission")
def test_a_role_without_permission_is_told_as_such_and_nobody_is_offline_for_it(cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345")
    cxone_tenant.provide(Scopes(()))
    with cxone_tenant.client() as client:
        found = client.diagnose("12345", wait=0)

    assert found.verdict is Verdict.MISSING_SCOPE
    assert "permission" in found.cause


# The dictionary, and who is online by it


@cxone_behaviour("states.dictionary")
def test_the_states_are_nine_by_number_and_name(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = rows_of(cxone, cxone_contract, "/agents-states", "agentStates")

    assert {row["agentStateId"]: row["agentStateName"] for row in found} == STATES


@cxone_behaviour("states.online-rule")
@pytest.mark.parametrize(("number", "name"), LOGGED_IN.items(), ids=LOGGED_IN.values())
def test_an_agent_in_any_state_but_logged_out_is_online(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, number: int, name: str
) -> None:
    cxone_tenant.world.log_in("12345", state=name)
    [row] = rows_of(cxone, cxone_contract, "/agents/12345/states", "agentStates")

    assert (row["agentStateId"], row["agentStateName"]) == (number, name)
    assert [state.agent_id for state in cxone.online_agents()] == ["12345"]


@cxone_behaviour("states.online-rule")
@agents_online(1)
def test_each_row_has_a_state_of_the_dictionary(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for row in rows_of(cxone, cxone_contract, "/agents/states", "agentStates", top=50):
        assert STATES.get(row["agentStateId"]) == row["agentStateName"]


# The envelope


@cxone_behaviour("states.envelope")
@agents_online(1)
def test_the_listing_is_an_envelope_of_rows(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = body_of(ask(cxone, "/agents/states", top=1), cxone_contract)

    assert {"totalRecords", "_links", "lastPollTime", "agentStates"} - set(found) == set()
    assert len(found["agentStates"]) == 1


@cxone_behaviour("states.envelope")
def test_one_agents_states_have_the_time_of_the_poll_in_the_row(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    found = body_of(ask(cxone, f"/agents/{cxone_tenant.provide(AgentOnline())}/states"), cxone_contract)
    [row] = found["agentStates"]

    assert {"totalRecords", "_links"} & set(found) == set()
    assert {"lastPollTime", "mediaName", "mediaType"} - set(row) == set()
    assert {"mediaTypeName", "mediaTypeId", "userName", "isActive"} & set(row) == set()


@cxone_behaviour("states.total-records")
@agents_online(3)
def test_the_total_counts_the_rows_of_all_pages(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        before = body_of(ask(cxone, "/agents/states", top=1), cxone_contract)["totalRecords"]
        rows = listed(cxone, cxone_contract, 50)
        after = body_of(ask(cxone, "/agents/states", top=1), cxone_contract)["totalRecords"]
        if before == len(rows) == after:
            return
    assert before == len(rows) == after


@cxone_behaviour("states.links")
@agents_online(3)
def test_the_links_lead_through_all_pages_and_come_to_an_end(cxone: CXoneClient, cxone_contract: Contract) -> None:
    expected = body_of(ask(cxone, "/agents/states", top=1), cxone_contract)["totalRecords"]
    size = max(1, expected // 3)
    found = body_of(ask(cxone, "/agents/states", top=size), cxone_contract)
    ids = [row["agentId"] for row in found["agentStates"]]
    for _ in range(expected):
        following = found["_links"].get("next")
        if not following:
            break
        there = urlsplit(following)
        assert there.scheme, "the link is no whole URL"
        assert there.netloc, "the link is no whole URL"
        # At the host of the run, since a token goes to no other.
        answer = cxone.http.get(f"{there.path}?{there.query}", allow_redirects=False)
        found = body_of(answer, cxone_contract)
        ids += [row["agentId"] for row in found["agentStates"]]

    assert len(ids) == len(set(ids)) == found["totalRecords"]


# Which rows, and what of them


@cxone_behaviour("states.fields")
@agents_online(1)
def test_rows_have_the_fields_that_were_asked_for_and_no_others(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = body_of(ask(cxone, "/agents/states", fields="agentId,agentStateId", top=5), cxone_contract)

    assert "lastPollTime" in found
    assert {frozenset(row) for row in found["agentStates"]} == {frozenset({"agentId", "agentStateId"})}


@cxone_behaviour("states.fields")
@agents_online(1)
def test_no_fields_named_are_all_fields(cxone: CXoneClient, cxone_contract: Contract) -> None:
    [row] = rows_of(cxone, cxone_contract, "/agents/states", "agentStates", fields="", top=1)

    assert len(row) > 10


@cxone_behaviour("states.order")
@pytest.mark.parametrize(("order", "expected"), [("agentId asc", [3, 21, 101]), ("agentId desc", [101, 21, 3])])
def test_from_version_34_on_rows_come_in_the_order_that_was_asked_for(
    cxone: CXoneClient, cxone_tenant: Tenant, order: str, expected: list[int]
) -> None:
    for agent_id in ("21", "101", "3"):
        cxone_tenant.world.log_in(agent_id)
    found = ask(cxone, "/agents/states", "v34.0", orderBy=order).json()

    assert [row["agentId"] for row in found["agentStates"]] == expected


@cxone_behaviour("states.hidden-agents")
def test_agents_of_hidden_teams_are_counted_and_not_listed(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    for agent_id in ("22", "23"):
        cxone_tenant.provide(AgentHidden(agent_id))
    found = body_of(ask(cxone, "/agents"), cxone_contract)

    assert found["hiddenAgents"] == 2
    assert [row["agentId"] for row in found["agents"]] == [12345]
    assert [row.agent_id for row in listed(cxone, cxone_contract, 50)] == ["12345"]


@cxone_behaviour("states.code")
def test_a_reason_for_being_unavailable_is_beside_the_state(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345", state="Lunch")
    [row] = rows_of(cxone, cxone_contract, "/agents/12345/states", "agentStates")

    assert (row["agentStateId"], row["agentStateName"]) == (2, "Unavailable")
    assert row["outStateDescription"] == "Lunch"
    assert isinstance(row["outStateId"], int)
    assert row["isACW"] is False


@cxone_behaviour("states.code")
def test_the_work_after_a_contact_is_marked_as_such(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345", state="After Call Work")
    [row] = rows_of(cxone, cxone_contract, "/agents/12345/states", "agentStates")

    assert (row["agentStateId"], row["isACW"]) == (2, True)


@cxone_behaviour("states.contact")
def test_the_row_of_an_agent_at_work_tells_the_contact(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345", state="OutboundContact")
    [row] = rows_of(cxone, cxone_contract, "/agents/states", "agentStates")

    assert row["isOutbound"] is True
    assert row["contactId"] > 0
    assert row["skillName"]
    assert row["openContacts"] == 1


# Changing a state


@cxone_behaviour("states.change")
@pytest.mark.parametrize(("state", "number"), [("Available", 1), ("Unavailable", 2)])
def test_an_administrator_can_let_an_agent_be_available_or_not(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, state: str, number: int
) -> None:
    cxone_tenant.world.log_in("12345", state="InboundContact")
    path = place(cxone, "/agents/12345/state")
    answer = cxone.http.post(path, params={"state": state}, allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 202
    [row] = rows_of(cxone, cxone_contract, "/agents/12345/states", "agentStates")
    assert (row["agentStateId"], row["agentStateName"]) == (number, state)


@cxone_behaviour("states.change")
@pytest.mark.parametrize("state", ["InboundContact", "LoggedOut", ""])
def test_no_other_state_can_be_set(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, state: str
) -> None:
    cxone_tenant.world.log_in("12345")
    answer = cxone.http.post(place(cxone, "/agents/12345/state"), params={"state": state}, allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 400
    assert online(state_of(cxone, cxone_contract, "12345")) == ["12345"]


@cxone_behaviour("states.change")
def test_the_state_of_an_agent_who_is_logged_out_cannot_be_set(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("12345")
    path = place(cxone, "/agents/12345/state")
    answer = cxone.http.post(path, params={"state": "Available"}, allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 409


@cxone_behaviour("states.change")
def test_an_agent_can_be_logged_out_by_force(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    answer = cxone.http.post(place(cxone, "/agents/12345/logout"), allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 202
    assert cxone.agent_state("12345") is None
