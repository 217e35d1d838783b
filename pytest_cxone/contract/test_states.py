"""One agent's state: the row, and what it tells."""

from email.utils import parsedate_to_datetime

import pytest

from pytest_cxone import (
    AgentHidden,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Tenant,
    agents_online,
    cxone_behaviour,
)
from pytest_cxone.contract.asking import body_of, online, page, state_of

MINUTE = 60.0
YEAR = 366 * 24 * 60 * MINUTE


# Whose row


@cxone_behaviour("states.online-one-row")
@agents_online(1)
def test_an_agent_who_is_logged_in_is_exactly_one_row(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())

    assert [(row.agent_id, row.is_online) for row in state_of(cxone, cxone_contract, agent_id)] == [(agent_id, True)]


@cxone_behaviour("states.online-one-row")
@agents_online(60)
def test_each_of_many_agents_is_found_by_its_id(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    for agent_id in [session.agent_id for session in cxone_tenant.world.sessions][::12]:
        assert online(state_of(cxone, cxone_contract, agent_id)) == [agent_id]


@cxone_behaviour("states.online-one-row")
def test_one_agents_row_is_the_one_in_the_listing(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    for _ in range(3):
        before = state_of(cxone, cxone_contract, agent_id)
        row = [row for row in cxone.online_agents() if row.agent_id == agent_id]
        after = state_of(cxone, cxone_contract, agent_id)
        if before == row == after:
            return
    assert online(before) != [], "the agent logged out meanwhile"
    assert row != [], f"agent {agent_id} is found by its id, and the listing has no row for it"
    assert before == row == after, "the row is another one at each look, though nothing else is"


@cxone_behaviour("states.unknown-empty")
@agents_online(1)
def test_an_unknown_id_is_nobody_elses_row(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    assert state_of(cxone, cxone_contract, cxone_tenant.provide(AgentUnknown())) == []


@cxone_behaviour("states.hidden-empty")
def test_an_agent_whom_the_client_may_not_see_has_no_row(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentHidden())

    assert state_of(cxone, cxone_contract, agent_id, nothing={403, 404}) == []
    assert agent_id not in [state.agent_id for state in cxone.online_agents()]


# What it tells


@cxone_behaviour("states.row-shape")
@agents_online(2)
def test_each_row_fits_the_schema(cxone: CXoneClient, cxone_contract: Contract) -> None:
    assert len(page(cxone, cxone_contract, 0, 25)) >= 2


@cxone_behaviour("states.row-shape")
def test_the_row_tells_the_state_and_its_group(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345", state="Lunch break", group="Unavailable")
    [row] = state_of(cxone, cxone_contract, "12345")
    assert (row.state, row.group) == ("Lunch break", "Unavailable")

    cxone_tenant.world.set_state("12345", "Available", group="Available")
    [row] = state_of(cxone, cxone_contract, "12345")
    assert (row.state, row.group) == ("Available", "Available")


@cxone_behaviour("states.row-shape")
def test_the_row_tells_when_the_state_began(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    session = cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(300)
    [row] = state_of(cxone, cxone_contract, "12345")
    assert row.since is not None
    assert row.since.timestamp() == pytest.approx(session.since, abs=1)

    session = cxone_tenant.world.set_state("12345", "Lunch break")
    [row] = state_of(cxone, cxone_contract, "12345")
    assert row.since is not None
    assert row.since.timestamp() == pytest.approx(session.since, abs=1)


@cxone_behaviour("states.row-shape")
def test_a_state_began_in_the_past_and_not_long_ago(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.provide(AgentOnline())
    answer = cxone.send(cxone.dialect.page_call(0, 25))
    # By the tenant's own clock, where it tells the time.
    date = answer.headers.get("Date")
    now = parsedate_to_datetime(date).timestamp() if date else cxone_tenant.clock.now()
    for row in cxone.dialect.read_states(body_of(answer, cxone_contract)):
        if row.is_online:
            assert row.since is not None
            assert -MINUTE < now - row.since.timestamp() < YEAR, row.since


@cxone_behaviour("states.latency")
def test_a_fresh_log_in_shows_within_five_seconds(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.state_latency = 5.0
    cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(5)

    assert online(state_of(cxone, cxone_contract, "12345")) == ["12345"]
    assert online(page(cxone, cxone_contract, 0, 25)) == ["12345"]
