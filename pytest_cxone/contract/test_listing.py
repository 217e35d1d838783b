"""The listing of states: who is on it, and its pages."""

import pytest

from pytest_cxone import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Tenant,
    agents_online,
    cxone_behaviour,
)
from pytest_cxone.contract.asking import listed, online, page, state_of


@cxone_behaviour("states.list-online-only")
def test_the_listing_shows_those_online_who_are_logged_in(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    logged_in = [cxone_tenant.world.log_in(agent_id).agent_id for agent_id in ("21", "101", "3")]
    for absent in (AgentOffline("22"), AgentHidden("23"), AgentUnknown("24")):
        cxone_tenant.provide(absent)

    assert sorted(online(page(cxone, cxone_contract, 0, 25))) == sorted(logged_in)


@cxone_behaviour("states.list-online-only")
def test_an_offline_agent_is_not_online_in_the_listing(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOffline())

    assert agent_id not in online(listed(cxone, cxone_contract, 100))


@cxone_behaviour("states.list-online-only")
@agents_online(1)
def test_whoever_is_listed_has_a_row_and_a_profile_of_its_own(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = [state.agent_id for state in cxone.online_agents()]
    # All of a small floor, 10 to 20 of a large one: a tenant is asked no more than it takes.
    for agent_id in found[:: max(1, len(found) // 10)]:
        for _ in range(3):
            rows = state_of(cxone, cxone_contract, agent_id)
            if online(rows) or agent_id not in online(listed(cxone, cxone_contract, 100)):
                break
        else:
            pytest.fail(f"agent {agent_id} is listed as online, and is not found so by its id")
        assert {row.agent_id for row in rows} <= {agent_id}
        assert cxone.agent(agent_id).agent_id == agent_id


@cxone_behaviour("states.list-online-only")
def test_with_nobody_logged_in_nobody_is_listed_as_online(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("12345")

    assert online(page(cxone, cxone_contract, 0, 25)) == []


# Pages


@cxone_behaviour("states.page-size")
@agents_online(3)
@pytest.mark.parametrize("size", [1, 2])
def test_a_page_has_the_size_that_was_asked_for(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    assert len(page(cxone, cxone_contract, 0, size)) == size


@cxone_behaviour("states.page-size")
@agents_online(30)
@pytest.mark.parametrize("size", [10, 24, 25])
def test_sizes_up_to_25_are_honoured_on_every_tenant(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    assert len(page(cxone, cxone_contract, 0, size)) == size


@cxone_behaviour("states.pages-complete")
@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 75])
def test_pages_are_disjoint_and_complete_around_the_cap(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, count: int
) -> None:
    cxone_tenant.world.page_cap = 25
    everybody = [cxone_tenant.provide(AgentOnline(str(7000 + number))) for number in range(count)]

    assert sorted(online(listed(cxone, cxone_contract, 25))) == everybody
    assert sorted(online(listed(cxone, cxone_contract, 100))) == everybody
    assert sorted(state.agent_id for state in cxone.online_agents()) == everybody


@cxone_behaviour("states.pages-complete")
@agents_online(3)
def test_pages_of_any_size_list_the_same_agents_once(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        before = ids(cxone, cxone_contract, 100)
        sizes = (24, 25, 50, max(1, len(before) // 5))
        by_size = {size: ids(cxone, cxone_contract, size) for size in sizes}
        after = ids(cxone, cxone_contract, 100)
        if set(before) == set(after):
            break
    stayed = set(before) & set(after)
    for size, found in {**by_size, 100: before}.items():
        assert stayed - set(found) == set(), f"agents who were listed throughout are missing on pages of {size}"
        if set(before) == set(after):
            assert len(found) == len(set(found)), f"an agent stands on two pages of {size}"


def ids(cxone: CXoneClient, contract: Contract, size: int) -> list[str]:
    return [row.agent_id for row in listed(cxone, contract, size)]


@cxone_behaviour("states.pages-complete")
@agents_online(2)
def test_the_second_page_goes_on_where_the_first_one_ends(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        both = [row.agent_id for row in page(cxone, cxone_contract, 0, 2)]
        each = [row.agent_id for first in (0, 1) for row in page(cxone, cxone_contract, first, 1)]
        if both == each:
            return
    assert both == each


@cxone_behaviour("states.past-end")
@agents_online(1)
@pytest.mark.parametrize("size", [1, 100])
def test_a_page_past_the_end_has_no_rows(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    assert page(cxone, cxone_contract, 9_999 * size, size) == []
