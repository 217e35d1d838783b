"""acd on the fake: the tenant's teams, reasons for being unavailable, media, and what it has none of."""

import pytest

from pytest_cxone.fake.world import HIDDEN_TEAM
from tests.acd_asking import Asking, body


@pytest.fixture
def ask():
    return Asking()


def test_teams_have_numbers_that_last(ask):
    ask.world.add_agent("7", team="Sales")
    ask.world.add_agent("8", team=HIDDEN_TEAM)
    ask.world.add_agent("9")
    teams = body(ask.api("/teams"))["teams"]
    assert [(row["teamId"], row["teamName"], row["agentCount"]) for row in teams] == [
        (101, "Support", 1),
        (102, "Sales", 1),
    ]
    ask.world.remove_agent("7")
    assert body(ask.api("/teams", orderBy="teamName"))["teams"][0]["teamId"] == 102


def test_a_team_holds_its_agents(ask):
    for number, team in enumerate(["Sales", "Support", "Sales"], 7):
        ask.world.add_agent(str(number), team=team)
    sales = ask.world.teams.of("Sales")
    answer = body(ask.api(f"/teams/{sales}/agents", top=1, fields="agentId"))
    assert (answer["totalRecords"], answer["teams"][0]["teamName"]) == (2, "Sales")
    assert answer["teams"][0]["agents"] == [{"agentId": 7}]
    assert "skip=1" in answer["_links"]["next"]
    assert ask.api(f"/teams/{sales}/agents", isActive="False").status == 204


@pytest.mark.parametrize("operation", ["", "/agents", "/unavailable-codes"])
def test_a_team_that_is_hidden_or_unknown_is_404(ask, operation):
    ask.world.add_agent("7", team=HIDDEN_TEAM)
    for team in (ask.world.teams.of(HIDDEN_TEAM), 999, "x", "1" * 400):
        assert ask.api(f"/teams/{team}{operation}").status == 404


def test_the_business_unit_knows_the_tenants_id(ask):
    (unit,) = body(ask.api("/business-unit", includeTrustedBusinessUnits="True"))["businessUnits"]
    assert (unit["businessUnitId"], unit["tenantId"]) == (4_590_000, ask.world.tenant_id)


def test_the_servers_time_has_seven_digits(ask):
    ask.time += 0.25
    assert body(ask.api("/server-time")) == {"ServerTime": "2023-11-14T22:13:20.2500000Z"}


def test_a_team_holds_those_agents_who_are_asked_for(ask):
    ask.world.add_agent("7")
    ask.world.add_agent("8", active=False)
    for active, agent_id in ((True, 7), (False, 8)):
        answer = body(ask.api("/teams/101/agents", isActive=active, fields="agentId"))
        assert answer["teams"][0]["agents"] == [{"agentId": agent_id}]


def test_a_team_holds_those_agents_who_changed_since(ask):
    ask.world.add_agent("7")
    ask.time += 5
    ask.world.add_agent("8")
    answer = body(ask.api("/teams/101/agents", updateSince="2023-11-14T22:13:21Z", fields="agentId"))
    assert answer["teams"][0]["agents"] == [{"agentId": 8}]
    assert ask.api("/teams/101/agents", updateSince="yesterday").status == 400


def test_one_team_is_an_array_of_one(ask):
    ask.world.add_agent("7", team="Sales")
    number = ask.world.teams.of("Sales")
    (team,) = body(ask.api(f"/teams/{number}"))["teams"]
    assert team == body(ask.api("/teams"))["teams"][1]
    assert body(ask.api(f"/teams/{number}", fields="teamName"))["teams"] == [{"teamName": "Sales"}]


@pytest.mark.parametrize(
    ("query", "expected"),
    [({"searchString": "SAL"}, ["Sales"]), ({"isActive": "true"}, ["Support", "Sales"]), ({"isActive": "false"}, None)],
    ids=str,
)
def test_teams_are_filtered(ask, query, expected):
    ask.world.add_agent("7", team="Sales")
    answer = ask.api("/teams", **query)
    assert (answer.status == 204) is (expected is None)
    if expected is not None:
        assert [row["teamName"] for row in body(answer)["teams"]] == expected


def test_all_teams_hold_their_agents_but_for_hidden_ones(ask):
    for number, team in enumerate(["Sales", HIDDEN_TEAM, "Support", "Sales"], 7):
        ask.world.add_agent(str(number), team=team)
    told = body(ask.api("/teams/agents", fields="agentId"))
    assert [(team["teamName"], team["agents"]) for team in told["teams"]] == [
        ("Support", [{"agentId": 9}]),
        ("Sales", [{"agentId": 7}, {"agentId": 10}]),
    ]
    assert ask.api("/teams/agents", updateSince="yesterday").status == 400


def test_the_tenants_codes_are_those_of_each_team_under_other_keys(ask):
    ask.world.log_in("7", state="Coaching")
    ask.states()
    of_team = body(ask.api("/teams/101/unavailable-codes", version=34))["unavailableCodes"]
    told = body(ask.api("/unavailable-codes"))
    assert [(row["id"], row["name"], row["isACW"]) for row in told["unavailableCodes"]] == [
        (row["outstateId"], row["outstateName"], row["isAcw"]) for row in of_team
    ]
    assert told["totalRecords"] == 5
    (lunch,) = body(ask.api("/unavailable-codes", searchString="LUNCH", fields="name"))["unavailableCodes"]
    assert lunch == {"name": "Lunch"}
    assert ask.api("/unavailable-codes", isActive="False").status == 204


def test_media_are_told_by_number(ask):
    media = {row["mediaTypeId"]: row["mediaTypeName"] for row in body(ask.api("/media-types"))["mediaTypes"]}
    assert media[4] == "PhoneCall"
    assert sorted(media) == [1, 3, 4, 5, 6, 7, 8, 9]


@pytest.mark.parametrize("path", ["/dispositions", "/hours-of-operation", "/scripts/search"])
def test_what_the_tenant_has_none_of_is_204(ask, path):
    answer = ask.api(path, top=100, skip=0, isDeleted="false")
    assert (answer.status, answer.body) == (204, b"")


def test_hours_are_told_to_whoever_says_whether_deleted_ones_count(ask):
    assert ask.api("/hours-of-operation").status == 400
    assert ask.api("/hours-of-operation", isDeleted="maybe").status == 400
