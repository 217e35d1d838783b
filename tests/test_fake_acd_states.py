"""acd's agent states on the fake: who is listed and how, what is new, and how states are set."""

import pytest

from pytest_cxone.errors import FakeError
from pytest_cxone.fake.world import HIDDEN_TEAM
from tests.acd_asking import START, Asking, body, ids

NOW = "2023-11-14T22:13:20.000Z"


@pytest.fixture
def ask():
    return Asking()


def row(response):
    (only,) = body(response)["agentStates"]
    return only


# Who is listed


def test_everybody_is_listed_logged_in_or_not_in_the_order_of_their_ids(ask):
    ask.world.log_in("100")
    ask.world.add_agent("9")
    ask.world.log_in("10", state="Break")
    answer = body(ask.states())
    assert [(row["agentId"], row["agentStateId"], row["agentStateName"]) for row in answer["agentStates"]] == [
        (9, 0, "LoggedOut"),
        (10, 2, "Unavailable"),
        (100, 1, "Available"),
    ]
    assert answer["totalRecords"] == 3
    assert answer["lastPollTime"] >= NOW


def test_a_logged_out_row_has_explicit_nulls(ask):
    ask.world.add_agent("1002", name="Sam Roe", email="sam.roe@example.com", team="Tier 1")
    assert row(ask.states()) == {
        "agentId": 1002,
        "agentStateId": 0,
        "agentStateName": "LoggedOut",
        "agentStateCategory": None,
        "businessUnitId": 4_590_000,
        "contactId": None,
        "isActive": True,
        "isACW": False,
        "isOutbound": False,
        "firstName": "Sam",
        "lastName": "Roe",
        "userName": "sam.roe@example.com",
        "lastUpdateTime": NOW,
        "mediaTypeId": None,
        "mediaTypeName": None,
        "openContacts": 0,
        "outStateDescription": None,
        "outStateId": None,
        "skillId": 0,
        "skillName": None,
        "startDate": NOW,
        "stationId": 0,
        "teamId": 102,
        "teamName": "Tier 1",
    }


def test_a_working_agent_has_a_contact(ask):
    ask.world.log_in("7", state="InboundContact")
    told = row(ask.states())
    assert told["agentStateId"] == 3
    assert told["agentStateCategory"] == "Working"
    assert told["openContacts"] == 1
    assert isinstance(told["contactId"], int)
    assert (told["mediaTypeId"], told["mediaTypeName"]) == (4, "PhoneCall")
    assert told["contactStartHandleTime"] == told["sessionStartTime"] == NOW


@pytest.mark.parametrize(
    ("state", "number", "name", "reason", "acw"),
    [
        ("Available", 1, "Available", None, False),
        ("Unavailable", 2, "Unavailable", None, False),
        ("OutboundContact", 4, "OutboundContact", None, False),
        ("InboundConsult", 5, "InboundConsult", None, False),
        ("OutboundConsult", 6, "OutboundConsult", None, False),
        ("Dialer", 7, "Dialer", None, False),
        ("LoggedIn", 8, "LoggedIn", None, False),
        ("Coaching with Ann", 2, "Unavailable", "Coaching with Ann", False),
        ("After Call Work", 2, "Unavailable", "After Call Work", True),
    ],
)
def test_a_state_without_a_number_is_a_reason_for_being_unavailable(ask, state, number, name, reason, acw):
    ask.world.log_in("7", state=state)
    told = row(ask.states())
    assert (told["agentStateId"], told["agentStateName"], told["outStateDescription"]) == (number, name, reason)
    assert told["isACW"] is acw
    assert bool(told["outStateId"]) is (reason is not None)


def test_a_reason_has_one_number_for_as_long_as_the_world_lives(ask):
    ask.world.log_in("1", state="Coaching")
    ask.world.log_in("2", state="Prayer")
    ask.world.log_in("3", state="Coaching")
    first, second, third = (row["outStateId"] for row in body(ask.states())["agentStates"])
    assert first == third != second
    codes = body(ask.api("/teams/101/unavailable-codes", version=34))["unavailableCodes"]
    assert {"outstateId": first, "outstateName": "Coaching"}.items() <= codes[-2].items()


def test_a_log_in_that_is_not_visible_yet_is_still_a_logged_out_row(ask):
    ask.world.log_in("7", latency=5)
    assert row(ask.states())["agentStateId"] == 0
    ask.time += 5
    assert row(ask.states())["agentStateId"] == 1


def test_a_hidden_agent_has_no_row(ask):
    ask.world.log_in("7")
    ask.world.log_in("8")
    ask.world.hide("8")
    assert ids(ask.states()) == [7]
    assert ask.api("/agents/8/states").status == 204
    assert ask.api("/agents/8").status == 200


def test_an_agent_who_is_not_active_has_a_row_that_says_both(ask):
    ask.world.add_agent("7", active=False)
    ask.world.add_agent("8")
    rows = [(row["agentId"], row["agentStateId"], row["isActive"]) for row in body(ask.states())["agentStates"]]
    assert rows == [(7, 0, False), (8, 0, True)]


def test_an_empty_floor_is_a_body_with_no_rows(ask):
    answer = body(ask.states())
    assert (answer["agentStates"], answer["totalRecords"], answer["_links"]["next"]) == ([], 0, None)


def test_an_id_that_is_no_number_is_the_tests_mistake(ask):
    ask.world.log_in("abc")
    with pytest.raises(FakeError, match="agent 'abc' cannot be shown: ids of acd are whole numbers"):
        ask.states()


# One agent


def test_one_agents_row_has_its_own_keys(ask):
    ask.world.log_in("7")
    listed, alone = row(ask.states()), row(ask.api("/agents/7/states"))
    assert set(listed) - set(alone) == {
        "agentStateCategory",
        "contactStartHandleTime",
        "isActive",
        "mediaTypeId",
        "mediaTypeName",
        "sessionStartTime",
        "userName",
    }
    assert set(alone) - set(listed) == {"lastPollTime", "mediaName", "mediaType"}
    assert set(body(ask.api("/agents/7/states"))) == {"agentStates"}


def test_a_logged_out_agent_has_a_row_of_its_own_too(ask):
    ask.world.add_agent("7")
    assert row(ask.api("/agents/7/states"))["agentStateName"] == "LoggedOut"


@pytest.mark.parametrize("path", ["/agents/8", "/agents/8/states", "/agents/x/states", "/agents/8/state-history"])
def test_an_unknown_id_is_404(ask, path):
    answer = ask.api(path)
    assert answer.status == 404
    assert b'"error":"not_found"' in answer.body
    assert "there is no agent" in answer.headers["icStatusDescription"]


# What is new


def test_what_has_changed_since_a_poll_is_told_once_even_where_time_stands_still(ask):
    ask.world.log_in("1")
    ask.world.log_in("2")
    first = body(ask.states())
    assert ask.states(updatedSince=first["lastPollTime"]).status == 204
    ask.world.set_state("2", "Break")
    second = ask.states(updatedSince=first["lastPollTime"])
    assert ids(second) == [2]
    assert ask.states(updatedSince=body(second)["lastPollTime"]).status == 204


def test_nothing_new_is_204_without_a_body(ask):
    ask.world.log_in("1")
    answer = ask.states(updatedSince="2030-01-01T00:00:00Z")
    assert (answer.status, answer.body, answer.headers.get("Content-Type")) == (204, b"", None)


CHANGES = {
    "a log-in": (lambda world: world.log_in("2"), 1),
    "a log-out": (lambda world: world.log_out("1"), 0),
    "a state": (lambda world: world.set_state("1", "Break"), 2),
    "an agent who is new": (lambda world: world.add_agent("3"), 0),
    "another team": (lambda world: world.add_agent("1", team="Sales"), 1),
    "somebody who is no longer active": (lambda world: world.add_agent("1", active=False), 0),
    "somebody logged out who is no longer active": (lambda world: world.add_agent("2", active=False), 0),
    "another team of somebody logged out": (lambda world: world.add_agent("2", team="Sales"), 0),
}


@pytest.mark.parametrize(("change", "state"), CHANGES.values(), ids=CHANGES)
def test_a_delta_tells(ask, change, state):
    ask.world.log_in("1")
    ask.world.add_agent("2")
    polled = body(ask.states())["lastPollTime"]
    change(ask.world)
    assert row(ask.states(updatedSince=polled))["agentStateId"] == state


def test_a_log_in_is_new_when_it_becomes_visible(ask):
    ask.world.add_agent("1")
    ask.world.log_in("1", latency=5)
    polled = body(ask.states())["lastPollTime"]
    ask.time += 4
    assert ask.states(updatedSince=polled).status == 204
    ask.time += 1
    assert ids(ask.states(updatedSince=polled)) == [1]


@pytest.mark.parametrize(
    "since",
    [
        "1970-01-01T00:00:00.000Z",
        "0",
        "2023-11-14",
        "2023-11-14T22:13:19.5Z",
        "2023-11-14t22:13:19.1234567z",
        "2023-11-14 22:13",
        "2023-11-15T00:13:19+02:00",
    ],
)
def test_the_beginning_of_time_can_be_asked_for_in_many_ways(ask, since):
    ask.world.log_in("1")
    assert ids(ask.states(updatedSince=since)) == [1]


@pytest.mark.parametrize(
    "since", ["yesterday", "2023-13-01", "1700000000", "2023-11-14T25:00:00Z", "0001-01-01T00:00:00+14:00x"]
)
def test_a_date_that_is_none_is_400(ask, since):
    answer = ask.states(updatedSince=since)
    assert answer.status == 400
    assert "updatedSince must be a date" in answer.headers["icStatusDescription"]


def test_a_plus_that_became_a_blank_is_400_with_a_hint(ask):
    answer = ask.states(updatedSince="2023-11-14T22:13:20 00:00")
    assert answer.status == 400
    assert "send it as %2B" in answer.headers["icStatusDescription"]


def test_one_agents_delta_is_204_where_nothing_changed(ask):
    ask.world.log_in("1")
    polled = row(ask.api("/agents/1/states"))["lastPollTime"]
    assert ask.api("/agents/1/states", updatedSince=polled).status == 204
    ask.world.log_out("1")
    assert row(ask.api("/agents/1/states", updatedSince=polled))["agentStateId"] == 0


# Parameters, and since when they are there


@pytest.mark.parametrize(
    ("query", "since"),
    [
        ({"updatedSince": "2030-01-01"}, 3),
        ({"fields": "agentId"}, 4),
        ({"reqBUIds": "1"}, 12),
        ({"orderBy": "agentId desc"}, 34),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else str(value),
)
def test_a_parameter_counts_from_the_version_on_that_has_it(ask, query, since):
    ask.world.log_in("1")
    ask.world.log_in("2")
    before, plain = ask.states(version=since - 1, **query), ask.states(version=since - 1)
    assert before.status == 200
    assert len(before.body) > 200
    assert before.body.partition(b"gentStates")[2] == plain.body.partition(b"gentStates")[2]
    after = ask.states(version=since, **query)
    assert after.body.partition(b"gentStates")[2] != ask.states(version=since).body.partition(b"gentStates")[2]


def test_only_the_business_units_asked_for_are_told(ask):
    ask.world.log_in("1")
    assert ids(ask.states(reqBUIds=f"1, {ask.world.business_unit}")) == [1]
    assert ask.states(reqBUIds="1,2").status == 204


# Setting states


def test_an_agent_is_made_unavailable_for_a_reason(ask):
    ask.world.log_in("7")
    code = ask.world.codes.of("Lunch")
    answer = ask.api("/agents/7/state", "POST", state="Unavailable", outStateId=code)
    assert (answer.status, answer.body) == (202, b"")
    told = row(ask.states())
    assert (told["agentStateName"], told["outStateDescription"], told["outStateId"]) == ("Unavailable", "Lunch", code)
    assert ask.api("/agents/7/state", "POST", state="available").status == 202
    assert row(ask.states())["agentStateId"] == 1


def test_an_agent_with_a_contact_goes_on_to_the_work_after_it(ask):
    ask.world.log_in("7", state="InboundContact")
    code = ask.world.codes.of("After Call Work")
    assert ask.api("/agents/7/state", "POST", state="Unavailable", outStateId=code).status == 202
    assert row(ask.states())["isACW"] is True


def test_an_agent_is_logged_out(ask):
    ask.world.log_in("7")
    ask.time += 60
    assert ask.api("/agents/7/logout", "POST").status == 202
    told = row(ask.states())
    assert (told["agentStateId"], told["startDate"]) == (0, "2023-11-14T22:14:20.000Z")
    assert ask.api("/agents/7/logout", "POST").status == 202


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("/agents/7/state", {}, 400),
        ("/agents/7/state", {"state": "Dialer"}, 400),
        ("/agents/7/state", {"state": "Unavailable", "outStateId": "99"}, 400),
        ("/agents/7/state", {"state": "Unavailable", "outStateId": "x"}, 400),
        ("/agents/8/state", {"state": "Available"}, 409),
        ("/agents/7/state", {"state": "Unavailable", "outStateId": "201"}, 409),
        ("/agents/9/state", {"state": "Available"}, 404),
        ("/agents/9/logout", {}, 404),
    ],
    ids=[
        "no state",
        "the platform's",
        "no such code",
        "no number",
        "logged out",
        "no contact",
        "unknown",
        "unknown log-out",
    ],
)
def test_what_cannot_be_set_is_refused_and_changes_nothing(ask, path, query, status):
    ask.world.log_in("7")
    ask.world.add_agent("8")
    before = ask.world.snapshot()
    assert ask.api(path, "POST", **query).status == status
    assert ask.world.snapshot() == before


def test_the_dictionary_has_each_state_by_number(ask):
    states = body(ask.api("/agents-states"))["agentStates"]
    assert [row["agentStateId"] for row in states] == list(range(9))
    assert states[0]["agentStateName"] == "LoggedOut"
    assert len(body(ask.api("/agents-states", reqBUIds=ask.world.business_unit))["agentStates"]) == 9
    assert ask.api("/agents-states", reqBUIds="1").status == 204


# History


def test_the_history_tells_each_state_and_how_long_it_was(ask):
    ask.world.log_in("7", state="InboundContact")
    ask.time += 90.5
    ask.world.set_state("7", "Break")
    ask.time += 30
    ask.world.log_out("7")
    ask.time += 10
    rows = body(ask.api("/agents/7/state-history"))["agentStateHistory"]
    told = [(row["stateIndex"], row["agentStateName"], row["outStateDescription"], row["duration"]) for row in rows]
    assert told == [
        (0, "InboundContact", None, "PT90.500S"),
        (1, "Unavailable", "Break", "PT30.000S"),
        (2, "LoggedOut", None, "PT10.000S"),
    ]
    assert rows[0]["mediaTypeId"] == 4
    assert body(ask.api("/agents/state-history", mediaTypeId=4))["totalRecords"] == 1
    assert body(ask.api("/agents/state-history", searchString="unavail"))["totalRecords"] == 1


def test_a_stretch_of_history_has_the_states_that_began_in_it(ask):
    ask.world.log_in("7")
    ask.time += 60
    ask.world.set_state("7", "Break")
    window = {"startDate": "2023-11-14T22:14:00Z", "endDate": "2023-11-14T22:15:00Z"}
    for path in ("/agents/state-history", "/wfm-data/agents/schedule-adherence"):
        (told,) = body(ask.api(path, **window))["agentStateHistory"]
        assert told["outStateDescription"] == "Break"
    later = {"startDate": "2023-11-14T23:00:00Z", "endDate": "2023-11-15T00:00:00Z"}
    assert ask.api("/wfm-data/agents/schedule-adherence", **later).status == 204


def test_schedule_adherence_counts_whole_seconds_and_needs_both_dates(ask):
    ask.world.log_in("7")
    ask.time += 90.9
    window = {"startDate": "2023-11-14", "endDate": "2023-11-16"}
    (told,) = body(ask.api("/wfm-data/agents/schedule-adherence", **window))["agentStateHistory"]
    assert told["duration"] == 90
    for name, value in window.items():
        assert ask.api("/wfm-data/agents/schedule-adherence", **{name: value}).status == 400


@pytest.mark.parametrize("hidden_first", [True, False])
def test_the_history_of_a_hidden_agent_is_kept_from_the_client(ask, hidden_first):
    ask.world.add_agent("7", team=HIDDEN_TEAM if hidden_first else None)
    ask.world.log_in("7")
    ask.world.hide("7")
    ask.world.log_in("8")
    window = {"startDate": "2023-11-14", "endDate": "2023-11-16"}
    for path in ("/agents/state-history", "/wfm-data/agents/schedule-adherence"):
        rows = body(ask.api(path, **window))["agentStateHistory"]
        assert [row["agentId"] for row in rows] == [8]
    assert ask.api("/agents/7/state-history").status == 204


def test_the_history_of_an_agent_who_is_gone_stays(ask):
    ask.world.log_in("7")
    ask.world.remove_agent("7")
    assert [row["agentId"] for row in body(ask.api("/agents/state-history"))["agentStateHistory"]] == [7]


def test_a_reset_brings_states_and_history_back(ask):
    ask.world.log_in("7", state="Break")
    ask.fake.keep()
    before = ask.world.snapshot()
    ask.world.log_out("7")
    ask.world.add_agent("8")
    ask.time = START
    ask.fake.reset()
    assert ask.world.snapshot() == before
