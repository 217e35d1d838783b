"""Diagnoses and profiles by the published API, over HTTP: logged out is a row there, and what 404 means is asked."""

import json
from collections import Counter
from contextlib import ExitStack, suppress
from dataclasses import replace

import pytest

from pytest_cxone.client import CXoneClient
from pytest_cxone.diagnosis import Certainty, Verdict
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import AgentNotFound, ApiError, RateLimited, UnexpectedResponse
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import AgentState, Headers
from pytest_cxone.verdicts import Facts, Floor, diagnose
from tests.site import ACCESS_SECRET, ACD, SECRET, Site

ADVICE = dialect("acd").advice
STATES = f"{ACD}/agents/states"
SEARCH = f"{ACD}/agents/search"
CERTAIN, LIKELY = Certainty.CERTAIN, Certainty.LIKELY


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    return Site(opened, "acd")


@pytest.fixture
def client(site):
    """A client that has its token and found its tenant."""
    client = site.client()
    client.http.locate()
    client.tokens.grant(client.http, timeout=5)
    site.fake.journal.clear()
    return client


def sent(site):
    """Return the requests so far in short."""
    return [short(exchange.request) for exchange in site.fake.journal]


def short(request):
    path, query = request.target.path.removeprefix(ACD), dict(request.query)
    if path == "/agents/search":
        return f"search {len(json.loads(request.body)['agentIds'])}"
    if path == "/agents/states":
        return f"page {query['skip']} of {query['top']}"
    kind = "state" if path.endswith("/states") else "profile"
    return f"{kind} {path.split('/')[2]}"


def verdicts(found):
    return Counter(diagnosis.verdict for diagnosis in found.values())


def caught(look, *args):
    with pytest.raises(ApiError) as found:
        look(*args)
    return found.value


# One agent


def test_a_row_that_says_logged_out_is_offline_and_certain(site, client):
    site.world.add_agent("1")
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.certainty, found.state.is_online) == (Verdict.OFFLINE, CERTAIN, False)
    assert found.cause.startswith("the tenant lists the agent as logged out since ")
    assert sent(site) == ["state 1"]
    assert list(map(str, found.evidence)) == [f"GET {ACD}/agents/1/states -> 200, a row of the agent, logged out"]
    assert client.agent_state("1") is None


@pytest.mark.parametrize("state", ["Available", "Unavailable", "Tea", "InboundContact", "Dialer", "LoggedIn"])
def test_any_other_state_is_online(site, client, state):
    site.world.log_in("1", state=state)
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.state.state) == (Verdict.ONLINE, state)
    assert sent(site) == ["state 1"]


def test_an_agent_who_logs_in_meanwhile_is_online_late(site, client):
    site.world.log_in("1", latency=2)
    found = client.diagnose("1", wait=5)
    assert (found.verdict, found.waited) == (Verdict.ONLINE_LATE, 2)
    assert sent(site) == ["state 1"] * 3
    assert "may take some seconds to show" in found.action


def test_an_agent_who_stays_logged_out_was_looked_for_again(site, client):
    site.world.add_agent("1")
    found = client.diagnose("1", wait=2)
    assert (found.verdict, found.certainty, found.waited) == (Verdict.OFFLINE, CERTAIN, 2)
    assert found.cause.endswith(", 2 s later too")
    assert site.slept == [1, 1]


def test_an_agent_of_whom_there_is_no_row_is_hidden(site, client):
    site.online(3)
    site.world.log_in("1")
    site.world.hide("1")
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, LIKELY)
    assert "the client may not see it" in found.cause
    assert ADVICE.visibility in found.action
    assert sent(site)[:2] == ["state 1", "profile 1"]
    assert str(found.evidence[0]) == f"GET {ACD}/agents/1/states -> 204, no row"
    assert client.agent_state("1") is None
    assert client.agent("1").agent_id == "1"


def test_a_part_of_the_listing_is_not_enough_to_call_an_agent_hidden(site, client):
    site.online(150)
    site.world.add_agent("1")
    site.world.hide("1")
    found = client.diagnose("1", wait=0, most_pages=1)
    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, Certainty.POSSIBLE)
    assert sent(site) == ["state 1", "profile 1", "page 0 of 100"]
    found = client.diagnose("1", wait=0, most_pages=2)
    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, LIKELY)


def test_a_listing_that_breaks_off_is_not_enough_either(site, client):
    site.online(150)
    site.world.add_agent("1")
    site.world.hide("1")
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1))
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, Certainty.POSSIBLE)
    assert found.evidence[-1].status == 503


@pytest.mark.parametrize("is_online", [True, False], ids=["online", "logged out"])
@pytest.mark.parametrize("place", [1, 150], ids=["first page", "second page"])
def test_one_whose_own_request_has_no_row_is_what_the_listing_says(site, client, is_online, place):
    ids = site.online(200)
    wanted = ids[place - 1]
    if not is_online:
        site.world.log_out(wanted)
    site.answering(status=204, on=f"/agents/{wanted}/states")
    alone = client.diagnose(wanted, wait=0)
    among_others = client.diagnose_many([wanted, ids[60]])[wanted]
    verdict = Verdict.ONLINE if is_online else Verdict.OFFLINE
    assert (alone.verdict, alone.certainty) == (among_others.verdict, among_others.certainty) == (verdict, CERTAIN)


@pytest.mark.parametrize("body", [b"", {"agentStates": []}], ids=["204", "an empty list"])
def test_an_answer_without_a_row_is_no_state(site, client, body):
    site.online(1)
    site.world.add_agent("1")
    site.world.hide("1")
    site.answering(body, status=200 if body else 204, on="/agents/1/states")
    look = client.look("1")
    assert (look.row, look.status) == (None, 200 if body else 204)
    assert client.diagnose("1", wait=0).verdict is Verdict.HIDDEN


# What 404 means


def test_a_404_where_there_is_a_listing_is_an_unknown_id(site, client):
    site.online(1)
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.UNKNOWN, CERTAIN)
    assert sent(site) == ["state 1", "page 0 of 1", "profile 1"]
    assert found.evidence[0].status == 404
    assert client.agent_state("2") is None
    assert sent(site)[3:] == ["state 2"]
    assert type(caught(client.agent, "2")) is AgentNotFound


@pytest.mark.parametrize("look", ["agent", "agent_state"])
def test_the_listing_is_asked_once_what_a_404_means(site, client, look):
    for agent_id in ("7", "8"):
        with suppress(AgentNotFound):
            getattr(client, look)(agent_id)
    kind = {"agent": "profile", "agent_state": "state"}[look]
    assert sent(site) == [f"{kind} 7", "page 0 of 1", f"{kind} 8"]
    assert client.agents(["9", "10"]) == {}
    assert sent(site)[3:] == ["search 2", "profile 9", "profile 10"]


@pytest.mark.parametrize(
    ("version", "ids_have_order", "asked"),
    [("v31.0", True, 1), ("v30.0", True, 2), ("v31.0", False, 2)],
    ids=["the same version", "another version", "recorded"],
)
def test_clients_that_share_what_they_found_ask_the_listing_once_for_a_version(
    site, opened, version, ids_have_order, asked
):
    first = site.client()
    settings = site.settings(api_version=version)
    shared = {"locator": first.locator, "tokens": first.tokens}
    second = opened.enter_context(CXoneClient(settings, **shared, ids_have_order=ids_have_order))
    assert first.agent_state("7") is None
    assert second.agent_state("8") is None
    paths = [exchange.request.target.path for exchange in site.fake.journal]
    assert len([path for path in paths if path.endswith("/agents/states")]) == asked


REFUSALS = {"404": 404, "400": 400}


@pytest.fixture(params=REFUSALS.values(), ids=REFUSALS)
def refusing(site, client, request):
    """A tenant that says so, by this status, where nobody has an id, and the status."""
    site.online(1)

    def edit(asked, answer):
        if answer.status != 404:
            return answer
        body = json.dumps({"error": "invalid_agent", "error_description": "Agent not found"}).encode()
        fields = Headers({**answer.headers, "Content-Type": "application/json"})
        return replace(answer, status=request.param, headers=fields, body=body)

    site.edit = edit
    return request.param


def test_an_id_of_nobody_may_be_told_by_either_status(client, refusing):
    error = caught(client.agent, "7")
    assert (type(error), error.status, error.agent_id) == (AgentNotFound, refusing, "7")
    assert client.agent_state("7") is None
    assert client.look("7") == (None, refusing)
    assert set(client.agents(["7", "10001"])) == {"10001"}


def test_an_id_of_nobody_is_unknown_whichever_status_tells_it(client, refusing):
    found = client.diagnose("7", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.UNKNOWN, CERTAIN)
    assert [evidence.status for evidence in found.evidence] == [refusing, refusing]
    many = client.diagnose_many(["7", "10001"])
    assert (many["7"].verdict, many["10001"].verdict) == (Verdict.UNKNOWN, Verdict.ONLINE)


def test_a_400_of_everything_is_no_unknown_id(site, client):
    site.answering({"error": "bad_request"}, status=400, on=ACD)
    for look in (client.agent, client.agent_state):
        error = caught(look, "1")
        assert (type(error), error.status) == (UnexpectedResponse, 400)
    assert client.diagnose("1", wait=0).verdict is Verdict.UNEXPECTED


def test_a_400_that_is_no_json_is_not_the_apis(site, client):
    site.answering(b"<html>", status=400, on="/agents/1", Content_Type="text/html")
    for look in (client.agent, client.agent_state):
        error = caught(look, "1")
        assert (type(error), error.status) == (UnexpectedResponse, 400)


def test_a_name_or_an_address_is_no_id(site, client):
    site.online(1)
    assert client.diagnose("a@b.example", wait=0).verdict is Verdict.NOT_AN_ID
    assert client.diagnose("Alex", wait=0).verdict is Verdict.NOT_AN_ID


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_404_of_which_the_listing_does_not_tell_what_it_means_is_the_listings_error(site, client, status):
    site.answering(status=status, on=STATES, Retry_After="99")
    error = caught(client.agent_state, "1")
    assert (error.status, error.operation) == (status, f"GET {STATES}")


def test_a_404_of_everything_is_another_version_or_place_and_says_so(opened):
    site = Site(opened, "acd")
    site.online(1)
    client = site.client(api_version="v35")
    error = caught(client.agent_state, "10001")
    assert (type(error), error.status) == (UnexpectedResponse, 404)
    assert error.operation == "GET /inContactAPI/services/v35.0/agents/10001/states"
    assert str(error).endswith("and so is the listing; CXONE_API_VERSION may be one that the tenant does not have")
    found = client.diagnose("10001", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.UNEXPECTED, CERTAIN)
    many = client.diagnose_many(["10001", "10002"])
    assert verdicts(many) == {Verdict.UNEXPECTED: 2}
    for told in (found, many["10001"], many["10002"]):
        assert f"{told.cause} {told.action}".count("CXONE_API_VERSION") == 1


def test_a_404_of_everything_is_no_profile_that_is_missing(opened):
    site = Site(opened, "acd")
    site.online(1)
    client = site.client(api_version="v35")
    for look, argument in ((client.agent, "10001"), (client.agent, "7")):
        error = caught(look, argument)
        assert (type(error), error.status) == (UnexpectedResponse, 404)
        assert error.operation == f"GET /inContactAPI/services/v35.0/agents/{argument}"
        assert str(error).count("CXONE_API_VERSION") == 1
    assert type(caught(client.agents, ["10001", "7"])) is UnexpectedResponse


def test_a_404_that_is_no_json_is_not_the_apis(site, client):
    site.answering(b"<html>", status=404, on="/agents/1/states", Content_Type="text/html")
    error = caught(client.agent_state, "1")
    assert (type(error), error.status) == (UnexpectedResponse, 404)
    found = client.diagnose("1", wait=0)
    assert found.verdict is Verdict.UNEXPECTED
    assert "CXONE_API_VERSION" in found.action


# What keeps a tenant from answering, in the words of this API


def test_a_role_without_permission_is_told_as_that(site, client):
    site.world.add_client("me", SECRET, scopes=[], access_key_id="key====", access_key_secret=ACCESS_SECRET)
    site.world.revoke_tokens()
    found = client.diagnose("1", wait=0)
    assert (found.verdict, found.certainty, found.missing_scopes) == (Verdict.MISSING_SCOPE, LIKELY, ())
    assert found.cause == "the client lacks a permission that the tenant does not name"
    assert found.action == f"{ADVICE.grant_it.format(it='it')}, and use the new token"
    assert "scope" not in f"{found.cause} {found.action}"


def test_wrong_credentials_are_told_by_their_own_variables(site):
    site.environ["CXONE_ACCESS_KEY_SECRET"] = "wrong"
    found = site.client().diagnose("1", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.BAD_CREDENTIALS, CERTAIN)
    assert found.cause == f"the {ADVICE.credentials} is refused"
    assert "CXONE_ACCESS_KEY_SECRET" in found.action
    assert ADVICE.place in found.action
    assert "REGION" not in found.action


def test_a_limit_without_a_time_is_waited_for_and_told(site, client):
    site.fake.add_fault(Fault(kind="rate_limit", on="/agents/"))
    error = caught(client.agent_state, "1")
    assert (type(error), error.retry_after) == (RateLimited, None)
    assert site.slept == [1, 2, 4]
    assert client.diagnose("1", wait=0).verdict is Verdict.RATE_LIMITED


# Strangers


def test_the_row_of_another_is_unexpected(site, client):
    site.online(2)

    def edit(request, answer):
        return replace(answer, body=answer.body.replace(b'"agentId":10001', b'"agentId":10002'))

    site.edit = edit
    error = caught(client.agent_state, "10001")
    assert type(error) is UnexpectedResponse
    assert "1 rows, 1 of them of other agents" in str(error)
    assert client.diagnose("10001", wait=0).verdict is Verdict.BROKEN_CONTRACT
    assert type(caught(client.agent, "10001")) is UnexpectedResponse


# Many profiles


def test_many_profiles_take_a_request_for_each_hundred(site, client):
    ids = site.online(250)
    found = client.agents(ids)
    assert list(found) == ids
    assert [agent.agent_id for agent in found.values()] == ids
    assert sent(site) == ["search 100", "search 100", "search 50"]


def test_those_without_a_profile_are_left_out_and_those_asked_for_twice_are_asked_for_once(site, client):
    site.online(3)
    found = client.agents(["10003", "7", "10001", "10003"])
    assert {agent_id: agent.agent_id for agent_id, agent in found.items()} == {"10001": "10001", "10003": "10003"}
    assert sent(site) == ["search 3", "profile 7", "page 0 of 1"]


def test_whom_a_search_leaves_out_is_asked_for_alone(site, client):
    site.online(2)
    site.world.hide("10001")
    assert set(client.agents(["10001", "10002"])) == {"10001", "10002"}
    assert sent(site) == ["search 2", "profile 10001"]


def test_nobody_is_asked_for_where_nobody_is_wanted(site, client):
    assert client.agents([]) == {}
    assert sent(site) == []


def test_nobody_found_is_an_empty_answer(site, client):
    assert client.agents(["7"]) == {}


def test_who_has_no_number_is_asked_for_alone_and_the_others_together(site, client):
    site.online(2)
    assert set(client.agents(["10001", "a@b.example", "10002"])) == {"10001", "10002"}
    assert sent(site) == ["search 2", "profile a%40b.example", "page 0 of 1"]


def test_where_nobody_has_a_number_nobody_is_searched_for(site, client):
    assert client.agents(["a@b.example", "Alex"]) == {}
    assert not [request for request in sent(site) if request.startswith("search")]


def test_an_api_without_a_search_is_asked_one_by_one(opened):
    site = Site(opened)
    site.online(2)
    found = site.client().agents(["10001", "7", "10002"])
    assert list(found) == ["10001", "10002"]
    assert site.asked["/api/v2/agents/7"] == 1


def test_profiles_that_nobody_asked_for_are_unexpected(site, client):
    site.online(3)
    first = client.agents(["10001"])["10001"]
    site.answering({"agents": [first.raw, {**first.raw, "agentId": 10_002}]}, on=SEARCH)
    error = caught(client.agents, ["10001", "10003"])
    assert (type(error), error.operation) == (UnexpectedResponse, f"POST {SEARCH}")
    assert "1 of 2 profiles are of agents who were not asked for" in str(error)


# Many diagnoses


def test_many_agents_take_one_listing_and_a_search_for_those_not_on_it(site, client):
    site.world.page_cap = 50
    ids = site.online(120)
    for agent_id in ids[:20]:
        site.world.log_out(agent_id)
    found = client.diagnose_many([*ids, "7", "8"])
    assert verdicts(found) == {Verdict.ONLINE: 100, Verdict.OFFLINE: 20, Verdict.UNKNOWN: 2}
    assert sent(site) == [
        *("page 0 of 100", "page 50 of 100", "page 100 of 100"),
        *("search 2", "profile 7", "page 0 of 1", "profile 8"),
    ]
    assert {found[agent_id].certainty for agent_id in (*ids, "7")} == {CERTAIN}
    assert (found.pages, found.listed) == (3, 100)


def test_whom_a_search_does_not_have_either_may_be_hidden_and_is_asked_for_alone(site, client):
    site.online(3)
    site.world.log_in("1")
    site.world.hide("1")
    found = client.diagnose_many(["1", "2", "10001"])
    assert found["1"].verdict is client.diagnose("1", wait=0).verdict is Verdict.HIDDEN
    assert found["2"].verdict is Verdict.UNKNOWN
    assert "no JSON" not in found["2"].cause


def test_whom_a_search_has_is_not_asked_for_again(site, client):
    ids = site.online(3)

    def edit(request, answer):
        if request.target.path != STATES:
            return answer
        body = json.loads(answer.body)
        body |= {"agentStates": body["agentStates"][:1], "totalRecords": 1}
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit
    found = client.diagnose_many(ids)
    assert [found[agent_id].verdict for agent_id in ids] == [Verdict.ONLINE, Verdict.HIDDEN, Verdict.HIDDEN]
    assert sent(site)[:2] == ["page 0 of 100", "search 2"]
    assert not [request for request in sent(site) if request.startswith("profile")]


def test_a_quick_look_asks_for_no_profiles(site, client):
    site.online(3)
    found = client.diagnose_many(["10001", "7"], quick=True)
    assert verdicts(found) == {Verdict.ONLINE: 1, Verdict.NOT_LISTED: 1}
    assert sent(site) == ["page 0 of 100"]


@pytest.mark.parametrize("status", [200, 204, 401, 403, 404, 429, 503])
def test_a_search_that_fails_leaves_each_to_be_asked_for_alone(site, client, status):
    site.online(3)
    site.world.log_in("1")
    site.world.hide("1")
    site.answering(status=status, on=SEARCH, Retry_After="99")
    found = client.diagnose_many(["10001", "1", "8"])
    assert [found[agent_id].verdict for agent_id in ("10001", "1", "8")] == [
        Verdict.ONLINE,
        Verdict.HIDDEN,
        Verdict.UNKNOWN,
    ]


def test_a_search_that_has_strangers_is_not_believed(site, client):
    site.online(3)
    raw = client.agents(["10001"])["10001"].raw
    site.answering({"agents": [raw, {**raw, "agentId": 7}]}, on=SEARCH)
    found = client.diagnose_many(["7", "8"])
    assert verdicts(found) == {Verdict.UNKNOWN: 2}


def test_more_than_a_hundred_who_are_not_listed_take_two_searches(site, client):
    site.online(1)
    missing = [str(number) for number in range(500, 650)]
    found = client.diagnose_many(missing)
    assert verdicts(found) == {Verdict.UNKNOWN: 150}
    assert sent(site)[:3] == ["page 0 of 100", "search 100", "search 50"]


def test_those_who_log_in_meanwhile_are_found_by_another_look(site, client):
    site.world.log_in("1", latency=3)
    site.world.add_agent("2")
    found = client.diagnose_many(["1", "2"], wait=4)
    assert (found["1"].verdict, found["2"].verdict) == (Verdict.ONLINE_LATE, Verdict.OFFLINE)


# From facts to a verdict


def facts(**seen):
    return Facts(**{"agent_id": "1", "state": None, "advice": ADVICE, "lists_offline": True, **seen})


OUT = AgentState(agent_id="1", state="LoggedOut", group="LoggedOut", since=None, is_online=False)


@pytest.mark.parametrize("beside", [{}, {"profile": AgentNotFound("op", "1")}, {"may_have_slipped": True}], ids=str)
def test_a_row_of_somebody_logged_out_is_proof_whatever_else_there_is(beside):
    found = diagnose(facts(state=OUT, **beside))
    assert (found.verdict, found.certainty) == (Verdict.OFFLINE, CERTAIN)
    assert found.cause == "the tenant lists the agent as logged out"


def test_others_of_the_team_are_no_proof_where_those_logged_out_are_listed_too(client, site):
    site.world.add_agent("1")
    floor = Floor(listed=7, teams=frozenset({site.world.agent("1").team}))
    found = diagnose(facts(profile=client.agent("1"), floor=floor))
    assert (found.verdict, found.certainty) == (Verdict.HIDDEN, LIKELY)
