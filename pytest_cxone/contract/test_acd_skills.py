"""Skills: who has which, what they are, how busy those are who have one; and what contacts come by."""

from typing import Any

from pytest_cxone import AgentOnline, Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask, rows_of, whole
from pytest_cxone.contract.asking import body_of

MEDIA = {1, 3, 4, 5, 6, 7, 8, 9}


@cxone_behaviour("agents.skills")
@agents_online(1)
def test_skills_are_rows_of_agents_and_what_they_take(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = rows_of(cxone, cxone_contract, "/agents/skills", "agentSkillAssignments", top=50)

    assert found
    for row in found:
        assert {"agentId", "skillId", "skillName", "agentProficiencyValue"} - set(row) == set()


@cxone_behaviour("agents.skills")
def test_skills_are_filtered_by_media_type(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    cxone_tenant.world.log_in("12345")
    all_rows = rows_of(cxone, cxone_contract, "/agents/skills", "agentSkillAssignments")
    for media in {row["mediaType"] for row in all_rows}:
        found = rows_of(cxone, cxone_contract, "/agents/skills", "agentSkillAssignments", mediaTypeId=media)
        assert found == [row for row in all_rows if row["mediaType"] == media]


@cxone_behaviour("agents.skills")
def test_one_agents_skills_are_those_that_the_list_has_of_it(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    for agent_id in ("12345", "67890"):
        cxone_tenant.world.log_in(agent_id)
    everybodys = rows_of(cxone, cxone_contract, "/agents/skills", "agentSkillAssignments")
    own = rows_of(cxone, cxone_contract, "/agents/12345/skills", "agentSkillAssignments")

    assert [row["skillId"] for row in own] == [row["skillId"] for row in everybodys if row["agentId"] == 12345]


@cxone_behaviour("skills.list")
@agents_online(1)
def test_each_skill_of_an_agent_is_among_the_tenants(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    path = f"/agents/{cxone_tenant.provide(AgentOnline())}/skills"
    own = {row["skillId"] for row in rows_of(cxone, cxone_contract, path, "agentSkillAssignments", top=100)}
    found = whole(lambda skip: inside(body_of(ask(cxone, "/skills", top=100, skip=skip), cxone_contract)))

    assert own - {row["skillId"] for row in found} == set()


def inside(body: dict[str, Any] | None) -> list[dict[str, Any]]:
    # Whether a resultSet is round the list is an open question.
    return list(((body or {}).get("resultSet") or body or {}).get("skills") or ())


@cxone_behaviour("skills.activity")
def test_the_activity_of_a_skill_counts_the_agents_who_have_it_by_state(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    for agent_id, state in {"1": "Available", "2": "Lunch", "3": "InboundContact", "4": "After Call Work"}.items():
        cxone_tenant.world.log_in(agent_id, state=state)
    cxone_tenant.world.add_agent("5")
    names = ("agentsLoggedIn", "agentsAvailable", "agentsUnavailable", "agentsWorking", "agentsACW")
    for row in rows_of(cxone, cxone_contract, "/skills/activity", "skillActivity"):
        assert [row[name] for name in names] == [4, 1, 1, 1, 1], row["skillName"]
        [same] = rows_of(cxone, cxone_contract, f"/skills/{row['skillId']}/activity", "skillActivity")
        assert [same[name] for name in names] == [4, 1, 1, 1, 1], row["skillName"]


@cxone_behaviour("media-types.list")
def test_contacts_come_by_media_of_these_numbers(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = rows_of(cxone, cxone_contract, "/media-types", "mediaTypes")

    assert MEDIA - {row["mediaTypeId"] for row in found} == set()
