"""Teams, their agents, and the reasons for which these may be unavailable."""

from typing import Any

from pytest_cxone import AgentHidden, AgentOnline, Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask, rows_of, whole
from pytest_cxone.contract.asking import body_of


@cxone_behaviour("teams.list")
@agents_online(1)
def test_each_agents_team_is_among_the_teams(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    [agent] = rows_of(cxone, cxone_contract, f"/agents/{cxone_tenant.provide(AgentOnline())}", "agents")
    teams = whole(lambda skip: rows_of(cxone, cxone_contract, "/teams", "teams", top=100, skip=skip))

    assert {row["teamId"]: row["teamName"] for row in teams}[agent["teamId"]] == agent["teamName"]


@cxone_behaviour("teams.agents")
@agents_online(1)
def test_a_teams_agents_stand_inside_the_team(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    [agent] = rows_of(cxone, cxone_contract, f"/agents/{agent_id}", "agents")
    path = f"/teams/{agent['teamId']}/agents"
    [team] = rows_of(cxone, cxone_contract, path, "teams", top=1)
    found = whole(lambda skip: inside(rows_of(cxone, cxone_contract, path, "teams", top=100, skip=skip)))

    assert team["teamId"] == agent["teamId"]
    assert int(agent_id) in [row["agentId"] for row in found]


def inside(teams: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [agent for team in teams for agent in team["agents"]]


@cxone_behaviour("teams.codes")
def test_a_teams_codes_name_the_reason_that_a_row_tells(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345", state="Lunch")
    [row] = rows_of(cxone, cxone_contract, "/agents/12345/states", "agentStates")
    found = body_of(ask(cxone, f"/teams/{row['teamId']}/unavailable-codes"), cxone_contract)
    # In v34.0 the keys have another capital, and nothing round them.
    codes = [
        {key.lower(): value for key, value in code.items()}
        for code in found.get("resultSet", found)["unavailableCodes"]
    ]

    assert {code["outstateid"]: code["outstatename"] for code in codes}[row["outStateId"]] == "Lunch"


@cxone_behaviour("teams.list")
def test_one_team_is_an_array_of_one(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    [agent] = rows_of(cxone, cxone_contract, f"/agents/{cxone_tenant.provide(AgentOnline())}", "agents")
    [team] = rows_of(cxone, cxone_contract, f"/teams/{agent['teamId']}", "teams")

    assert team["teamName"] == agent["teamName"]


@cxone_behaviour("teams.hidden")
def test_a_team_that_the_client_may_not_see_is_neither_listed_nor_found(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    cxone_tenant.provide(AgentHidden("67890"))
    hidden = rows_of(cxone, cxone_contract, "/agents/67890", "agents")[0]["teamId"]
    answer = ask(cxone, f"/teams/{hidden}")

    cxone_contract.check(answer)
    assert answer.status_code == 404
    assert hidden not in {row["teamId"] for row in rows_of(cxone, cxone_contract, "/teams", "teams")}


@cxone_behaviour("teams.all-agents")
def test_all_teams_come_with_their_agents_in_one_answer(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.add_agent("1", team="Day")
    cxone_tenant.world.add_agent("2", team="Night")
    found = rows_of(cxone, cxone_contract, "/teams/agents", "teams")
    by_team = {row["teamName"]: [agent["agentId"] for agent in row["agents"]] for row in found}

    assert (by_team["Day"], by_team["Night"]) == ([1], [2])
