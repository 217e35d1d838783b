"""Agents as configured: the list, one, a search, and a batch that fails in part."""

import pytest

from pytest_cxone import (
    AgentOffline,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Tenant,
    agents_online,
    cxone_behaviour,
)
from pytest_cxone.contract.acd import ask, rows_of, send_json, whole
from pytest_cxone.contract.asking import body_of


@cxone_behaviour("agents.list")
@agents_online(1)
def test_the_list_of_agents_has_those_who_are_online_among_its_agents(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    found = whole(
        lambda skip: rows_of(cxone, cxone_contract, "/agents", "agents", fields="agentId", top=100, skip=skip)
    )

    assert [row["agentId"] for row in found].count(int(agent_id)) == 1
    assert len({row["agentId"] for row in found}) == len(found)


@cxone_behaviour("agents.list")
@pytest.mark.parametrize("text", ["true", "True", "TRUE"])
def test_the_list_is_filtered_by_who_is_active_in_any_case(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, text: str
) -> None:
    cxone_tenant.world.add_agent("12345")

    assert [row["agentId"] for row in rows_of(cxone, cxone_contract, "/agents", "agents", isActive=text)] == [12345]
    inactive = "false" if text.islower() else "False"
    assert rows_of(cxone, cxone_contract, "/agents", "agents", isActive=inactive) == []


@cxone_behaviour("agents.order")
@agents_online(3)
def test_the_list_ends_with_what_it_begins_with_the_other_way_round(
    cxone: CXoneClient, cxone_contract: Contract
) -> None:
    def ids(**params: str | int) -> list[int]:
        return [row["agentId"] for row in rows_of(cxone, cxone_contract, "/agents", "agents", **params)]

    for _ in range(3):
        total = body_of(ask(cxone, "/agents", top=1), cxone_contract)["totalRecords"]
        last = ids(orderBy="agentId asc", top=3, skip=total - 3)
        first = ids(orderBy="agentId desc", top=3)
        if last[::-1] == first:
            return
    assert last[::-1] == first


@cxone_behaviour("agents.order")
@pytest.mark.parametrize(("order", "expected"), [("agentId", [3, 21, 101]), ("agentId desc", [101, 21, 3])])
def test_the_list_comes_in_the_order_that_was_asked_for(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, order: str, expected: list[int]
) -> None:
    for agent_id in ("21", "101", "3"):
        cxone_tenant.world.add_agent(agent_id)
    found = rows_of(cxone, cxone_contract, "/agents", "agents", orderBy=order)

    assert [row["agentId"] for row in found] == expected


@cxone_behaviour("agents.one-in-array")
@pytest.mark.parametrize("state", [AgentOnline(), AgentOffline()], ids=["online", "offline"])
def test_one_agent_is_an_array_of_one(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, state: AgentOnline | AgentOffline
) -> None:
    agent_id = cxone_tenant.provide(state)
    [row] = rows_of(cxone, cxone_contract, f"/agents/{agent_id}", "agents")

    assert row["agentId"] == int(agent_id)
    assert {"firstName", "lastName", "emailAddress", "isActive", "teamId", "teamName"} - set(row) == set()


@cxone_behaviour("agents.by-user-id")
def test_an_agent_is_found_by_its_uuid_as_a_user_too(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    [row] = rows_of(cxone, cxone_contract, f"/agents/{agent_id}", "agents")
    [same] = rows_of(cxone, cxone_contract, f"/agents/{row.get('userID') or row['userId']}", "agents")

    assert same["agentId"] == int(agent_id)


@cxone_behaviour("agents.search-string")
def test_the_list_is_searched_for_a_part_of_a_name(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("1", name="Jane Roe")
    cxone_tenant.world.add_agent("2", name="Sam Doe")

    assert [row["agentId"] for row in rows_of(cxone, cxone_contract, "/agents", "agents", searchString="jane")] == [1]


@cxone_behaviour("agents.changed-since")
@pytest.mark.parametrize("name", ["updateSince", "updatedSince"])
def test_the_list_is_of_those_who_changed_since_a_moment_under_either_name(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, name: str
) -> None:
    cxone_tenant.world.add_agent("1")
    cxone_tenant.clock.advance(60)
    polled = body_of(ask(cxone, "/agents"), cxone_contract)["lastPollTime"]
    cxone_tenant.clock.advance(60)
    cxone_tenant.world.add_agent("2")

    assert [row["agentId"] for row in rows_of(cxone, cxone_contract, "/agents", "agents", **{name: polled})] == [2]


@cxone_behaviour("agents.search")
@agents_online(2)
def test_a_search_by_ids_finds_those_agents_and_no_others(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    online, offline = cxone_tenant.provide(AgentOnline()), cxone_tenant.provide(AgentOffline())
    answer = send_json(cxone, "/agents/search", {"agentIds": [int(online), int(offline)]})

    cxone_contract.check(answer)
    assert sorted(agent.agent_id for agent in cxone.dialect.read_agents(answer.json())) == sorted([online, offline])


@cxone_behaviour("agents.search")
def test_a_search_for_an_id_that_nobody_has_finds_nobody(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    answer = send_json(cxone, "/agents/search", {"agentIds": [int(cxone_tenant.provide(AgentUnknown()))]})

    assert cxone.dialect.read_agents(body_of(answer, cxone_contract)) == []


@cxone_behaviour("bulk.search")
def test_the_profiles_of_many_take_one_search(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    several = [cxone_tenant.world.add_agent(str(7000 + number)).agent_id for number in range(60)]
    before = len(cxone_tenant.journal)
    found = cxone.agents(several)

    assert list(found) == several
    assert len(cxone_tenant.journal) - before == 1 + 1  # a token, and the search


# The batch


@cxone_behaviour("agents.batch")
def test_a_batch_is_200_and_tells_of_each_item_whether_it_failed(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("12345")
    team = rows_of(cxone, cxone_contract, "/agents/12345", "agents")[0]["teamId"]
    good = {
        "firstName": "Ada",
        "lastName": "Example",
        "teamId": str(team),
        "profileId": 1,
        "emailAddress": "ada@example.com",
        "userName": "ada@example.com",
        "timeZone": "UTC",
        "country": "Ireland",
        "city": "Dublin",
    }
    answer = send_json(cxone, "/agents", {"agents": [good, {**good, "teamId": "999"}]})

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json()["errorCount"] == 1
    assert [result["success"] for result in answer.json()["agentResults"]] == [True, False]
    assert cxone.agent(str(answer.json()["agentResults"][0]["agentId"])).name == "Ada Example"
