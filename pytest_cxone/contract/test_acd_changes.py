"""Following the floor: what changed since the last poll, where no rows mean no change and never an empty floor."""

from itertools import islice

import pytest

from pytest_cxone import Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask
from pytest_cxone.contract.asking import body_of

BEGINNING = "1970-01-01T00:00:00.000Z"


@cxone_behaviour("changes.first-all")
@agents_online(1)
def test_since_the_beginning_of_time_everybody_has_changed(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        everybody = body_of(ask(cxone, "/agents/states", top=1), cxone_contract)["totalRecords"]
        changed = body_of(ask(cxone, "/agents/states", top=1, updatedSince=BEGINNING), cxone_contract)["totalRecords"]
        if everybody == changed:
            return
    assert everybody == changed


@cxone_behaviour("changes.first-all")
def test_the_first_step_gives_all_there_are_whoever_is_logged_out_too(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345")
    cxone_tenant.world.add_agent("67890")
    first = next(iter(cxone.changes()))

    assert {row.agent_id: row.is_online for row in first} == {"12345": True, "67890": False}


@cxone_behaviour("changes.only-what-changed")
def test_a_later_step_gives_those_only_who_changed(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    for agent_id in ("1", "2", "3"):
        cxone_tenant.world.log_in(agent_id)
    changes = cxone.changes()
    next(iter(changes))
    cxone_tenant.clock.advance(60)
    cxone_tenant.world.set_state("2", "InboundContact")

    assert [(row.agent_id, row.state) for row in next(iter(changes))] == [("2", "InboundContact")]


@cxone_behaviour("changes.log-outs")
def test_who_logs_out_is_told_as_logged_out(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    for agent_id in ("1", "2"):
        cxone_tenant.world.log_in(agent_id)
    changes = cxone.changes()
    next(iter(changes))
    cxone_tenant.clock.advance(60)
    cxone_tenant.world.log_out("1")

    assert [(row.agent_id, row.is_online) for row in next(iter(changes))] == [("1", False)]
    assert {agent_id: row.is_online for agent_id, row in changes.floor.items()} == {"1": False, "2": True}


@cxone_behaviour("changes.nothing")
def test_where_nothing_changed_there_are_no_rows_and_the_floor_stays(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345")
    changes = cxone.changes()
    steps = [[row.agent_id for row in step] for step in islice(changes, 3)]

    assert steps == [["12345"], [], []]
    assert changes.floor["12345"].is_online


@cxone_behaviour("changes.poll-time")
@agents_online(1)
def test_the_time_of_a_poll_can_be_sent_back_as_it_came(cxone: CXoneClient, cxone_contract: Contract) -> None:
    first = body_of(ask(cxone, "/agents/states", top=1, updatedSince=BEGINNING), cxone_contract)
    answer = ask(cxone, "/agents/states", updatedSince=first["lastPollTime"])

    cxone_contract.check(answer)
    assert answer.status_code in {200, 204}
    later = body_of(answer, cxone_contract)
    assert later is None or later["lastPollTime"] >= first["lastPollTime"]


@cxone_behaviour("changes.one-agent")
def test_one_agents_states_are_told_since_a_moment_too(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    polled = body_of(ask(cxone, "/agents/12345/states"), cxone_contract)["agentStates"][0]["lastPollTime"]
    assert body_of(ask(cxone, "/agents/12345/states", updatedSince=polled), cxone_contract) is None
    cxone_tenant.clock.advance(60)
    cxone_tenant.world.set_state("12345", "Dialer")

    [row] = body_of(ask(cxone, "/agents/12345/states", updatedSince=polled), cxone_contract)["agentStates"]
    assert row["agentStateName"] == "Dialer"


@cxone_behaviour("changes.dates")
@pytest.mark.parametrize(
    "text", ["yesterday", "2026-13-01T00:00:00Z", "2026-05-08T22:15:30 00:00"], ids=["word", "month-13", "lost-plus"]
)
def test_what_is_no_date_is_refused(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, text: str
) -> None:
    cxone_tenant.world.log_in("12345")
    answer = ask(cxone, "/agents/states", updatedSince=text)

    cxone_contract.check(answer)
    assert answer.status_code == 400
