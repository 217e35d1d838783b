"""Following the floor by its changes: an answer without rows says that nothing changed, and not that nobody is there."""

import json
from contextlib import ExitStack
from dataclasses import replace
from itertools import islice
from urllib.parse import urlencode

import pytest

from pytest_cxone.client.answers import Answer
from pytest_cxone.client.changes import Changes
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import ConfigurationError, ContractViolation, ListingNotAdvancing, ServiceUnavailable
from pytest_cxone.fake.faults import Fault
from tests.site import ACD, Site

STATES = f"{ACD}/agents/states"
BEGINNING = "1970-01-01T00:00:00.000Z"


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    return Site(opened, "acd")


@pytest.fixture
def changes(site):
    """The changes of a floor with three agents: two online, one logged out."""
    site.online(2)
    site.world.add_agent("10003")
    return site.client().changes(every=5)


def seen(step):
    return {row.agent_id: row.state for row in step}


def since(site):
    """Return from which moment on changes were asked for, request by request."""
    requests = [exchange.request for exchange in site.fake.journal if exchange.request.target.path == STATES]
    return [dict(request.query)["updatedSince"] for request in requests]


# Step by step


def test_the_first_step_is_everybody_and_those_after_it_what_changed(site, changes):
    steps = iter(changes)
    assert seen(next(steps)) == {"10001": "Available", "10002": "Available", "10003": "LoggedOut"}
    site.world.set_state("10001", "Tea")
    assert seen(next(steps)) == {"10001": "Tea"}
    site.world.log_in("10003")
    site.world.log_in("10004", state="InboundContact")
    assert seen(next(steps)) == {"10003": "Available", "10004": "InboundContact"}


def test_no_change_is_an_empty_step_and_nobody_is_gone(site, changes):
    steps = iter(changes)
    next(steps)
    for _ in range(3):
        assert next(steps) == ()
    assert site.statuses[-3:] == [204, 204, 204]
    assert seen(changes.floor.values()) == {"10001": "Available", "10002": "Available", "10003": "LoggedOut"}


def test_an_empty_list_is_no_change_either(site, changes):
    steps = iter(changes)
    next(steps)
    polled_at = changes.polled_at
    empty = {"totalRecords": 0, "_links": {"self": "x", "next": None, "previous": None}, "agentStates": []}
    site.answering(empty, on=STATES)
    assert next(steps) == ()
    assert len(changes.floor) == 3
    assert changes.polled_at == polled_at


def test_a_log_out_is_a_change_to_a_state_that_is_not_online(site, changes):
    steps = iter(changes)
    next(steps)
    site.world.log_out("10002")
    (row,) = next(steps)
    assert (row.agent_id, row.state, row.is_online) == ("10002", "LoggedOut", False)
    assert [agent_id for agent_id, row in changes.floor.items() if row.is_online] == ["10001"]


def test_the_floor_is_what_is_known_of_everybody(site, changes):
    assert changes.floor == {}
    steps = iter(changes)
    next(steps)
    site.world.set_state("10002", "Tea")
    next(steps)
    assert seen(changes.floor.values()) == {"10001": "Available", "10002": "Tea", "10003": "LoggedOut"}


# From when


def test_the_tenants_own_time_goes_back_as_it_came(site, changes):
    steps = iter(changes)
    told = []

    def edit(request, answer):
        if request.target.path != STATES or answer.status != 200:
            return answer
        body = json.loads(answer.body)
        told.append(body["lastPollTime"])
        # A form that no library would write again.
        body["lastPollTime"] = body["lastPollTime"].replace("Z", "0000Z")
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit
    next(steps)
    site.world.set_state("10001", "Tea")
    next(steps)
    next(steps)
    assert since(site) == [BEGINNING, told[0].replace("Z", "0000Z"), told[1].replace("Z", "0000Z")]
    assert changes.polled_at == told[1].replace("Z", "0000Z")


def test_an_answer_that_tells_no_time_leaves_the_last_one(site, changes):
    steps = iter(changes)
    next(steps)
    first = changes.polled_at
    next(steps)
    next(steps)
    assert first
    assert since(site) == [BEGINNING, first, first]


def test_the_tenant_is_asked_every_so_many_seconds_and_not_before_the_first_step(site, changes):
    steps = iter(changes)
    next(steps)
    assert site.slept == []
    list(islice(steps, 3))
    assert site.slept == [5, 5, 5]


def test_nothing_is_asked_before_the_first_step(site, changes):
    iter(changes)
    assert not site.fake.journal


def test_iterating_again_goes_on_where_the_last_one_ended(site, changes):
    next(iter(changes))
    site.world.set_state("10001", "Tea")
    assert seen(next(iter(changes))) == {"10001": "Tea"}
    assert since(site)[0] == BEGINNING
    assert since(site)[1] != BEGINNING


def test_a_change_in_the_moment_of_a_poll_is_in_one_step_or_the_next(site, changes):
    steps = iter(changes)
    next(steps)
    for state in ("Tea", "Lunch"):
        # The clock stands still meanwhile.
        site.world.set_state("10001", state)
        assert seen(next(steps)) == {"10001": state}


# Pages


def test_a_step_of_several_pages_is_whole(site, changes):
    site.world.page_cap = 50
    ids = site.online(130)
    steps = iter(changes)
    first = next(steps)
    assert [row.agent_id for row in first] == ids
    for agent_id in ids:
        site.world.set_state(agent_id, "Tea")
    assert seen(next(steps)) == dict.fromkeys(ids, "Tea")
    assert len(set(since(site))) == 2
    assert len(since(site)) == 6


def test_what_changes_while_the_pages_are_read_is_in_the_next_step(site, changes):
    site.world.page_cap = 50
    ids = site.online(130)
    steps = iter(changes)

    def edit(request, answer):
        if dict(request.query).get("skip") == "50":
            site.fake.clock.advance(1)
            site.world.set_state(ids[0], "Tea")
            site.fake.clock.advance(1)
        return answer

    site.edit = edit
    next(steps)
    site.edit = None
    assert changes.floor[ids[0]].state == "Available"
    assert seen(next(steps)) == {ids[0]: "Tea"}


def test_an_agent_who_comes_twice_in_a_step_is_as_it_came_last():
    pages = [
        {"agentStates": [row(1, "Tea"), row(2, "Tea")], "totalRecords": 4, "lastPollTime": "a"},
        {"agentStates": [row(1, "Lunch"), row(3, "Tea")], "totalRecords": 4, "lastPollTime": "b"},
    ]
    answers = iter(pages)
    changes = Changes(dialect("acd"), lambda call: Answer(200, next(answers)), pause=lambda: None)
    assert seen(next(iter(changes))) == {"1": "Lunch", "2": "Tea", "3": "Tea"}
    assert changes.polled_at == "a"


def row(agent_id, code):
    return {
        "agentId": agent_id,
        "agentStateId": 2,
        "agentStateName": "Unavailable",
        "outStateDescription": code,
    }


# What goes wrong


@pytest.mark.parametrize("is_linked", [True, False], ids=["always linked", "as many as it has"])
@pytest.mark.parametrize("number", [3, 51, 99, 100, 101, 250])
def test_a_tenant_that_overlooks_skip_is_an_error_and_not_an_endless_step(site, changes, number, is_linked):
    site.world.page_cap = 50
    site.online(number)
    overlooking_skip(site, is_linked=is_linked)
    if number < 50 and not is_linked:
        assert len(next(iter(changes))) == number
        return
    with pytest.raises(ListingNotAdvancing, match="does the tenant still honour `skip`"):
        next(iter(changes))
    assert (changes.floor, changes.polled_at) == ({}, "")
    assert len(since(site)) <= 3


def overlooking_skip(site, *, is_linked):
    """Let the tenant give its first page for each, and say each time, where `is_linked`, that there is another."""

    def reread(request):
        if request.target.path != STATES:
            return request
        query = [(name, text) for name, text in request.query if name != "skip"]
        # An endless step would otherwise be one in the test, too.
        assert len(since(site)) < 10
        return replace(request, url=f"{request.url.partition('?')[0]}?{urlencode(query)}")

    def edit(request, answer):
        if request.target.path != STATES:
            return answer
        body = json.loads(answer.body)
        body["_links"] = {"self": None, "next": "https://tenant.invalid/next" if is_linked else None, "previous": None}
        return replace(answer, body=json.dumps(body).encode())

    site.reread, site.edit = reread, edit


def test_a_step_that_fails_is_an_error_and_can_be_taken_again(site, changes):
    steps = iter(changes)
    next(steps)
    floor, polled_at = dict(changes.floor), changes.polled_at
    site.world.set_state("10001", "Tea")
    site.fake.add_fault(Fault(kind="outage", on=STATES, times=1))
    with pytest.raises(ServiceUnavailable):
        next(steps)
    assert (changes.floor, changes.polled_at) == (floor, polled_at)
    assert seen(next(iter(changes))) == {"10001": "Tea"}


def test_a_page_of_a_step_that_fails_takes_the_whole_step_back(site, changes):
    site.world.page_cap = 50
    site.online(130)
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1, times=1))
    with pytest.raises(ServiceUnavailable):
        next(iter(changes))
    assert (changes.floor, changes.polled_at) == ({}, "")
    assert len(next(iter(changes))) == 130


def test_an_answer_that_breaks_the_contract_is_no_step(site, changes):
    site.answering({"agentStates": {}}, on=STATES)
    with pytest.raises(ContractViolation):
        next(iter(changes))


def test_an_api_without_such_a_request_is_refused_clearly(opened):
    client = Site(opened).client()
    with pytest.raises(ConfigurationError) as found:
        client.changes()
    assert str(found.value) == ("platform-v2 has no request for what changed; read online_agents() again instead")
