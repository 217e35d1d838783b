"""The states listing: who is logged in, one agent's row, and the pages."""

from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

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

STATES = "/api/v2/agents/states"
MINUTE = 60.0
YEAR = 366 * 24 * 60 * MINUTE


def states(cxone: CXoneClient, **params: str | int) -> requests.Response:
    return cxone.http.get(STATES, params=params, allow_redirects=False)


def ids(rows: list[dict[str, Any]]) -> list[str]:
    return [row["agentId"] for row in rows]


def listed(cxone: CXoneClient, contract: Contract, size: int) -> list[dict[str, Any]]:
    """Read pages up to the first empty one, each checked; 200 pages end any listing that would not."""
    rows: list[dict[str, Any]] = []
    for page in range(1, 200):
        answer = states(cxone, page=page, pageSize=size)
        contract.check(answer)
        assert answer.status_code == 200
        if not answer.json():
            return rows
        rows += answer.json()
    pytest.fail(f"no empty page among the first 199 of {size} rows")


# One agent


@cxone_behaviour("states.online-one-row")
@agents_online(1)
def test_an_agent_who_is_logged_in_is_exactly_one_row(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    answer = states(cxone, agentId=agent_id)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert ids(answer.json()) == [agent_id]


@cxone_behaviour("states.online-one-row")
@agents_online(60)
def test_each_of_many_agents_is_found_by_its_id(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    for agent_id in [session.agent_id for session in cxone_tenant.world.sessions][::12]:
        assert ids(states(cxone, agentId=agent_id).json()) == [agent_id]


@cxone_behaviour("states.online-one-row")
def test_the_filter_and_the_listing_show_the_same_row(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    for _ in range(3):
        before = states(cxone, agentId=agent_id).json()
        row = [row for row in listed_once(cxone) if row["agentId"] == agent_id]
        after = states(cxone, agentId=agent_id).json()
        if before == row == after:
            return
    assert before != [], "the agent logged out meanwhile"
    assert row != [], f"the filter finds agent {agent_id}, and the listing has no row for it"
    assert before == row == after, "the row is another one at each look, though nothing else is"


@cxone_behaviour("states.online-one-row")
def test_the_filter_goes_with_page_parameters(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    first = states(cxone, agentId=agent_id, page=1, pageSize=25)
    second = states(cxone, agentId=agent_id, page=2, pageSize=25)

    for answer in (first, second):
        cxone_contract.check(answer)
        assert answer.status_code == 200
    assert ids(first.json()) == [agent_id]
    assert second.json() == []


def listed_once(cxone: CXoneClient) -> list[dict[str, Any]]:
    return [dict(state.raw) for state in cxone.online_agents()]


@cxone_behaviour("states.offline-empty")
def test_an_agent_who_is_logged_out_is_an_empty_array(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    answer = states(cxone, agentId=cxone_tenant.provide(AgentOffline()))

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json() == []


@cxone_behaviour("states.offline-empty")
def test_logging_out_takes_the_row_away(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345")
    assert ids(states(cxone, agentId="12345").json()) == ["12345"]
    cxone_tenant.world.log_out("12345")

    assert states(cxone, agentId="12345").json() == []


@cxone_behaviour("states.unknown-empty")
@agents_online(1)
def test_an_unknown_id_is_nobody_elses_row(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    answer = states(cxone, agentId=cxone_tenant.provide(AgentUnknown()))

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json() == []


@cxone_behaviour("states.hidden-empty")
def test_an_agent_whom_the_client_may_not_see_is_an_empty_array(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentHidden())
    answer = states(cxone, agentId=agent_id)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json() == []
    assert agent_id not in [state.agent_id for state in cxone.online_agents()]


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
    answer = states(cxone, agentId=asked)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert [found for found in ids(answer.json()) if found != asked] == []


@cxone_behaviour("states.filter-exact")
def test_the_filter_takes_no_email_and_no_name(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))
    for text in (agent.email, agent.name):
        answer = states(cxone, agentId=text)
        cxone_contract.check(answer)
        assert answer.status_code == 200
        assert answer.json() == []


# The row


@cxone_behaviour("states.row-shape")
@agents_online(2)
def test_each_row_fits_the_schema(cxone: CXoneClient, cxone_contract: Contract) -> None:
    answer = states(cxone)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert len(answer.json()) >= 2


@cxone_behaviour("states.row-shape")
def test_the_row_tells_the_state_and_its_group(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345", state="Lunch break", group="Unavailable")
    [row] = states(cxone, agentId="12345").json()
    assert (row["state"]["name"], row["stateGroup"]["name"]) == ("Lunch break", "Unavailable")

    cxone_tenant.world.set_state("12345", "Inbound call", group="Working")
    [row] = states(cxone, agentId="12345").json()
    assert (row["state"]["name"], row["stateGroup"]["name"]) == ("Inbound call", "Working")


@cxone_behaviour("states.row-shape")
def test_last_updated_is_when_the_state_began(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    session = cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(300)
    [row] = states(cxone, agentId="12345").json()
    assert datetime.fromisoformat(row["lastUpdated"]).timestamp() == pytest.approx(session.since, abs=1)

    session = cxone_tenant.world.set_state("12345", "Inbound call")
    [row] = states(cxone, agentId="12345").json()
    assert datetime.fromisoformat(row["lastUpdated"]).timestamp() == pytest.approx(session.since, abs=1)


@cxone_behaviour("states.row-shape")
def test_last_updated_is_in_the_past_and_not_long_ago(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.provide(AgentOnline())
    answer = states(cxone)
    # By the tenant's own clock, where it tells the time.
    date = answer.headers.get("Date")
    now = parsedate_to_datetime(date).timestamp() if date else cxone_tenant.clock.now()
    for row in answer.json():
        age = now - datetime.fromisoformat(row["lastUpdated"]).timestamp()
        assert -MINUTE < age < YEAR, row["lastUpdated"]


@cxone_behaviour("states.latency")
def test_a_fresh_log_in_shows_within_five_seconds(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.state_latency = 5.0
    cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(5)

    assert ids(states(cxone, agentId="12345").json()) == ["12345"]
    assert ids(states(cxone).json()) == ["12345"]


# The listing


@cxone_behaviour("states.list-online-only")
def test_the_listing_is_those_who_are_logged_in(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    online = [cxone_tenant.world.log_in(agent_id).agent_id for agent_id in ("21", "101", "3")]
    for absent in (AgentOffline("22"), AgentHidden("23"), AgentUnknown("24")):
        cxone_tenant.provide(absent)
    answer = states(cxone)

    cxone_contract.check(answer)
    assert sorted(ids(answer.json())) == sorted(online)


@cxone_behaviour("states.list-online-only")
def test_an_offline_agent_is_not_in_the_listing(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOffline())

    assert agent_id not in ids(listed(cxone, cxone_contract, 100))


@cxone_behaviour("states.list-online-only")
@agents_online(1)
def test_whoever_is_listed_has_a_row_and_a_profile_of_its_own(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = [state.agent_id for state in cxone.online_agents()]
    # All of a small floor, 25 to 50 of a large one: a tenant is asked no more than it takes.
    for agent_id in found[:: max(1, len(found) // 25)]:
        for _ in range(3):
            answer = states(cxone, agentId=agent_id)
            cxone_contract.check(answer)
            if answer.json() or agent_id not in ids(listed(cxone, cxone_contract, 100)):
                break
        else:
            pytest.fail(f"agent {agent_id} is listed, and the filter has no row for it")
        assert ids(answer.json()) in ([], [agent_id])
        assert cxone.agent(agent_id).agent_id == agent_id


@cxone_behaviour("states.list-online-only")
def test_with_nobody_logged_in_the_listing_is_an_empty_array(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("12345")
    answer = states(cxone)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json() == []


# Pages


@cxone_behaviour("states.page-size")
@agents_online(3)
@pytest.mark.parametrize("size", [1, 2])
def test_a_page_has_the_size_that_was_asked_for(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    answer = states(cxone, page=1, pageSize=size)

    cxone_contract.check(answer)
    assert len(answer.json()) == size


@cxone_behaviour("states.page-size")
@agents_online(30)
@pytest.mark.parametrize("size", [10, 24, 25])
def test_sizes_up_to_25_are_honoured_on_every_tenant(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    answer = states(cxone, page=1, pageSize=size)

    cxone_contract.check(answer)
    assert len(answer.json()) == size


@cxone_behaviour("states.page-cap")
@pytest.mark.parametrize("cap", [25, 100])
@pytest.mark.parametrize("asked", [100, 101, 1000])
def test_a_larger_page_is_capped_and_not_refused(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, cap: int, asked: int
) -> None:
    cxone_tenant.world.page_cap = cap
    for number in range(cap + 1):
        cxone_tenant.world.log_in(str(5000 + number))
    answer = states(cxone, page=1, pageSize=asked)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert len(answer.json()) == cap


@cxone_behaviour("states.page-cap")
@agents_online(1)
def test_the_cap_is_25_or_100(cxone: CXoneClient, cxone_contract: Contract) -> None:
    answer = states(cxone, page=1, pageSize=1000)
    cxone_contract.check(answer)
    assert answer.status_code == 200
    size = len(answer.json())
    assert size <= 100
    if size not in {25, 100}:
        following = states(cxone, page=2, pageSize=1000).json()
        assert following == [], f"a page of {size} rows is neither the last one nor 25 or 100 rows"


@cxone_behaviour("states.pages-complete")
@pytest.mark.parametrize("count", [0, 1, 24, 25, 26, 75])
def test_pages_are_disjoint_and_complete_around_the_cap(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, count: int
) -> None:
    cxone_tenant.world.page_cap = 25
    everybody = [cxone_tenant.provide(AgentOnline(str(7000 + number))) for number in range(count)]

    assert sorted(ids(listed(cxone, cxone_contract, 25))) == everybody
    assert sorted(ids(listed(cxone, cxone_contract, 100))) == everybody
    assert sorted(state.agent_id for state in cxone.online_agents()) == everybody


@cxone_behaviour("states.pages-complete")
@agents_online(3)
def test_pages_of_any_size_list_the_same_agents_once(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        before = ids(listed(cxone, cxone_contract, 100))
        sizes = (24, 25, 50, max(1, len(before) // 5))
        by_size = {size: ids(listed(cxone, cxone_contract, size)) for size in sizes}
        after = ids(listed(cxone, cxone_contract, 100))
        if set(before) == set(after):
            break
    stayed = set(before) & set(after)
    for size, found in {**by_size, 100: before}.items():
        assert stayed - set(found) == set(), f"agents who were online throughout are missing at pageSize={size}"
        if set(before) == set(after):
            assert len(found) == len(set(found)), f"an agent stands on two pages at pageSize={size}"


@cxone_behaviour("states.page-cap")
@agents_online(30)
def test_without_parameters_the_listing_is_a_page_too(cxone: CXoneClient, cxone_contract: Contract) -> None:
    largest, plain = states(cxone, pageSize=1000), states(cxone)

    for answer in (largest, plain):
        cxone_contract.check(answer)
        assert answer.status_code == 200
    assert 0 < len(plain.json()) <= len(largest.json())


@cxone_behaviour("states.pages-complete")
@agents_online(2)
def test_pages_are_counted_from_one(cxone: CXoneClient, cxone_contract: Contract) -> None:
    for _ in range(3):
        implied, first = states(cxone, pageSize=1), states(cxone, page=1, pageSize=1)
        if implied.json() == first.json():
            break
    cxone_contract.check(first)
    assert ids(implied.json()) == ids(first.json())
    assert ids(first.json()) != ids(states(cxone, page=2, pageSize=1).json())


@cxone_behaviour("states.past-end")
@agents_online(1)
@pytest.mark.parametrize("size", [1, 100])
def test_a_page_past_the_end_is_an_empty_array(cxone: CXoneClient, cxone_contract: Contract, size: int) -> None:
    answer = states(cxone, page=10_000, pageSize=size)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json() == []
