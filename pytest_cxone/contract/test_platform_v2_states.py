"""The states of `platform-v2`: the agentId filter, the bare array, the cap of a page."""

from typing import Any

import pytest
import requests

from pytest_cxone import AgentOffline, AgentOnline, Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.asking import body_of

STATES = "/api/v2/agents/states"


def states(cxone: CXoneClient, **params: str | int) -> requests.Response:
    return cxone.http.get(STATES, params=params, allow_redirects=False)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["agentId"] for row in rows]


@cxone_behaviour("states.offline-empty")
def test_an_agent_who_is_logged_out_is_an_empty_array(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    assert body_of(states(cxone, agentId=cxone_tenant.provide(AgentOffline())), cxone_contract) == []


@cxone_behaviour("states.offline-empty")
def test_logging_out_takes_the_row_away(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345")
    assert ids(states(cxone, agentId="12345").json()) == ["12345"]
    cxone_tenant.world.log_out("12345")

    assert states(cxone, agentId="12345").json() == []


# The filter


@cxone_behaviour("states.filter-exact")
@pytest.mark.parametrize(
    "other", ["{}0", "0{}", "{0}{0}", "{:.1}", "{:.4}", "{}*", "{}%", "*", "{:.4}_", "{:.4}?", "{:.4}.", "{},{}"],
    ids=["longer", "zero-padded", "doubled", "first-digit", "beginning", "star-after", "percent-after", "star",
         "underscore", "question-mark", "dot", "list"],
)  # fmt: skip
def test_the_filter_matches_whole_ids_only(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, other: str
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    asked = other.format(agent_id, agent_id)

    found = ids(body_of(states(cxone, agentId=asked), cxone_contract))
    assert [one for one in found if one != asked] == []


@cxone_behaviour("states.filter-exact")
def test_the_filter_takes_no_email_and_no_name(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))
    for text in (agent.email, agent.name):
        assert body_of(states(cxone, agentId=text), cxone_contract) == []


@cxone_behaviour("states.filter-exact")
def test_the_filter_goes_with_page_parameters(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    first = states(cxone, agentId=agent_id, page=1, pageSize=25)
    second = states(cxone, agentId=agent_id, page=2, pageSize=25)

    assert ids(body_of(first, cxone_contract)) == [agent_id]
    assert body_of(second, cxone_contract) == []


# Pages


@cxone_behaviour("states.page-cap")
@pytest.mark.parametrize("cap", [25, 100])
@pytest.mark.parametrize("asked", [100, 101, 1000])
def test_a_larger_page_is_capped_and_not_refused(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, cap: int, asked: int
) -> None:
    cxone_tenant.world.page_cap = cap
    for number in range(cap + 1):
        cxone_tenant.world.log_in(str(5000 + number))

    assert len(body_of(states(cxone, page=1, pageSize=asked), cxone_contract)) == cap


@cxone_behaviour("states.page-cap")
@agents_online(1)
def test_the_cap_is_25_or_100(cxone: CXoneClient, cxone_contract: Contract) -> None:
    size = len(body_of(states(cxone, page=1, pageSize=1000), cxone_contract))
    assert size <= 100
    if size not in {25, 100}:
        following = states(cxone, page=2, pageSize=1000).json()
        assert following == [], f"a page of {size} rows is neither the last one nor 25 or 100 rows"


@cxone_behaviour("states.first-page")
@agents_online(30)
def test_without_parameters_the_listing_is_a_page_too(cxone: CXoneClient, cxone_contract: Contract) -> None:
    largest = body_of(states(cxone, pageSize=1000), cxone_contract)
    plain = body_of(states(cxone), cxone_contract)

    assert 0 < len(plain) <= len(largest)


@cxone_behaviour("states.first-page")
@agents_online(2)
def test_pages_are_counted_from_one(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        implied, first = states(cxone, pageSize=1), states(cxone, page=1, pageSize=1)
        if implied.json() == first.json():
            break
    cxone_contract.check(implied)
    assert ids(implied.json()) == ids(body_of(first, cxone_contract))
    assert ids(first.json()) != ids(states(cxone, page=2, pageSize=1).json())
