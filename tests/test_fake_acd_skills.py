"""acd on the fake: skills, who has them and how busy they are."""

import pytest

from pytest_cxone.fake.world import Skill
from tests.acd_asking import Asking, body

SALES = Skill(skill_id=5, name="Sales", media_type=4, outbound=True)


@pytest.fixture
def ask():
    return Asking()


# Who has which


def test_each_agent_has_a_row_for_each_skill(ask):
    ask.world.add_agent("7")
    ask.world.add_agent("8")
    ask.world.set_skills("8", [SALES])
    rows = body(ask.api("/agents/skills"))["agentSkillAssignments"]
    assert [(row["agentId"], row["skillId"], row["isOutbound"]) for row in rows] == [
        (7, 4001, False),
        (7, 4002, False),
        (8, 5, True),
    ]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"mediaTypeId": 3}, [4002]),
        ({"searchString": "PHONE"}, [4001]),
        ({"isActive": "True", "isAgentActive": "true"}, [4001, 4002]),
        ({"mediaTypeId": 9}, None),
        ({"isSkillActive": "False"}, None),
        ({"outboundStrategy": "PersonalConnection"}, None),
    ],
    ids=str,
)
def test_skills_are_filtered(ask, query, expected):
    ask.world.add_agent("7")
    answer = ask.api("/agents/skills", **query)
    if expected is None:
        assert answer.status == 204
    else:
        assert [row["skillId"] for row in body(answer)["agentSkillAssignments"]] == expected


def test_skills_are_filtered_by_whether_their_agents_are_active(ask):
    ask.world.add_agent("7")
    ask.world.add_agent("8", active=False)
    for active in (True, False):
        rows = body(ask.api("/agents/skills", isAgentActive=active, mediaTypeId=4))["agentSkillAssignments"]
        assert [(row["agentId"], row["isAgentActive"]) for row in rows] == [(7 if active else 8, active)]


def test_one_agents_skills_are_rows_with_the_keys_of_their_own_operation(ask):
    ask.world.add_agent("7", name="Ada Roe", team="Sales")
    user_id = body(ask.api("/agents/7"))["agents"][0]["userId"]
    listed = body(ask.api("/agents/skills"))["agentSkillAssignments"]
    told = body(ask.api("/agents/7/skills"))
    alone = told["agentSkillAssignments"]
    assert [row["skillId"] for row in alone] == [row["skillId"] for row in listed] == [4001, 4002]
    assert set(listed[0]) - set(alone[0]) == {"agentName", "isAgentActive", "mediaType"}
    assert set(alone[0]) - set(listed[0]) == {"firstName", "lastName", "mediaTypeId", "teamName", "userId"}
    assert (alone[0]["firstName"], alone[0]["mediaTypeId"], alone[0]["userId"]) == ("Ada", 4, user_id)
    assert told["totalRecords"] == 2
    assert body(ask.api(f"/agents/{user_id.upper()}/skills"))["agentSkillAssignments"] == alone


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [4001, 4002]),
        ({"top": 1, "skip": 1}, [4002]),
        ({"mediaTypeId": 3}, [4002]),
        ({"searchString": "phone"}, [4001]),
        ({"isAssignedSkillActive": "true"}, [4001, 4002]),
        ({"isAssignedSkillActive": "false"}, None),
    ],
    ids=str,
)
def test_one_agents_skills_are_filtered(ask, query, expected):
    ask.world.add_agent("7")
    answer = ask.api("/agents/7/skills", **query)
    assert (answer.status == 204) is (expected is None)
    if expected is not None:
        assert [row["skillId"] for row in body(answer)["agentSkillAssignments"]] == expected


def test_the_skills_of_nobody_are_404_and_those_of_a_hidden_agent_are_not_told(ask):
    ask.world.add_agent("7")
    ask.world.hide("7")
    assert ask.api("/agents/7/skills").status == 204
    assert ask.api("/agents/8/skills").status == 404


# The tenant's


def test_the_tenant_has_the_usual_skills_and_those_that_its_agents_have(ask):
    ask.world.add_agent("8")
    ask.world.set_skills("8", [SALES])
    told = body(ask.api("/skills"))
    assert [(row["skillId"], row["skillName"], row["isOutbound"]) for row in told["skills"]] == [
        (5, "Sales", True),
        (4001, "Support Phone", False),
        (4002, "Support Chat", False),
    ]
    assert told["totalRecords"] == 3


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"top": 1, "skip": 1}, [4002]),
        ({"mediaTypeId": 4}, [4001]),
        ({"searchString": "CHAT"}, [4002]),
        ({"isActive": "True"}, [4001, 4002]),
        ({"isActive": "False"}, None),
        ({"outboundStrategy": "Personal Connection"}, None),
        ({"orderBy": "skillName"}, [4002, 4001]),
    ],
    ids=str,
)
def test_the_tenants_skills_are_filtered(ask, query, expected):
    answer = ask.api("/skills", **query)
    assert (answer.status == 204) is (expected is None)
    if expected is not None:
        assert [row["skillId"] for row in body(answer)["skills"]] == expected


def test_one_skill_is_the_body_itself(ask):
    told = body(ask.api("/skills/4002"))
    assert (told["skillId"], told["mediaTypeId"], told["mediaTypeName"]) == (4002, 3, "Chat")
    assert body(ask.api("/skills/4002", version=10))["SkillName"] == "Support Chat"


@pytest.mark.parametrize("path", ["/skills/1", "/skills/x", "/skills/1/activity"])
def test_a_skill_that_there_is_not_is_404(ask, path):
    assert ask.api(path).status == 404


# How busy they are

STATES = ["Available", "Available", "Lunch", "After Call Work", "InboundContact", "Dialer", "LoggedIn", "Unavailable"]


@pytest.fixture
def floor(ask):
    for number, state in enumerate(STATES, 1):
        ask.world.log_in(str(number), state=state)
    ask.world.add_agent("20")
    ask.world.log_in("21")
    ask.world.set_skills("21", [SALES])
    return ask


def activity(answer):
    return {row["skillId"]: row for row in body(answer)["skillActivity"]}


def test_the_counts_of_a_skill_agree_with_the_states_of_its_agents(floor):
    told = activity(floor.api("/skills/activity"))
    states = body(floor.states())["agentStates"]
    having = {
        row["agentId"] for row in body(floor.api("/agents/skills"))["agentSkillAssignments"] if row["skillId"] == 4001
    }
    rows = [row for row in states if row["agentId"] in having]
    numbers = [row["agentStateId"] for row in rows]
    counts = {name: told[4001][f"agents{name}"] for name in ("LoggedIn", "Available", "Unavailable", "ACW", "Working")}
    assert counts == {
        "LoggedIn": sum(number != 0 for number in numbers),
        "Available": numbers.count(1),
        "Unavailable": sum(row["agentStateId"] == 2 and not row["isACW"] for row in rows),
        "ACW": sum(row["isACW"] for row in rows),
        "Working": sum(number in range(3, 8) for number in numbers),
    }
    assert counts == {"LoggedIn": 8, "Available": 2, "Unavailable": 2, "ACW": 1, "Working": 2}
    assert sum(row["contactsActive"] for row in told.values()) == sum(row["openContacts"] for row in states) == 2
    assert [told[number]["contactsActive"] for number in (4001, 4002, 5)] == [2, 0, 0]
    assert [told[number]["agentsAvailable"] for number in (4001, 4002, 5)] == [2, 2, 1]


def test_agents_whom_the_client_may_not_see_are_not_counted(floor):
    floor.world.hide("1")
    assert activity(floor.api("/skills/4001/activity"))[4001]["agentsAvailable"] == 1


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({}, [5, 4001, 4002]),
        ({"IsOutbound": "True"}, [5]),
        ({"isoutbound": "false", "mediaTypeId": 3}, [4002]),
        ({"top": 1, "skip": 1}, [4001]),
    ],
    ids=str,
)
def test_activity_is_filtered(floor, query, expected):
    assert list(activity(floor.api("/skills/activity", **query))) == expected


def test_activity_is_new_where_an_agent_of_the_skill_is(floor):
    polled = body(floor.api("/skills/activity"))["lastPollTime"]
    assert floor.api("/skills/activity", updatedSince=polled).status == 204
    floor.world.log_out("21")
    assert list(activity(floor.api("/skills/activity", updatedSince=polled))) == [5]
    assert floor.api("/skills/4001/activity", updatedSince=polled).status == 204
    assert floor.api("/skills/5/activity", updatedSince=polled).status == 200


def test_one_skills_activity_has_fields_too(floor):
    (row,) = body(floor.api("/skills/4002/activity", fields="agentsWorking"))["skillActivity"]
    assert row == {"agentsWorking": 2}
