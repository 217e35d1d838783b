"""The client over real HTTP: values, errors that are facts, tokens, waits, pages, and what is never shown."""

import json
import socket
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from email.utils import formatdate

import pytest
import requests
from requests.adapters import HTTPAdapter

from pytest_cxone.client import CXoneClient
from pytest_cxone.client.answers import retry_after
from pytest_cxone.client.pace import Pace
from pytest_cxone.errors import (
    AgentNotFound,
    ApiError,
    AuthenticationFailed,
    ConfigurationError,
    ContractViolation,
    ListingNotAdvancing,
    NetworkError,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    UnexpectedResponse,
)
from pytest_cxone.fake.asgi import FakeApp
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Headers, Hosts, Response, Secret
from tests.site import SECRET, START, STATES, TOKEN, Site


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    return Site(opened)


def caught(look, *args):
    with pytest.raises(ApiError) as found:
        look(*args)
    return found.value


def everything_shown(error):
    """Return all that a careless reporter could print of an error: texts, locals of every frame, causes."""
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join([*frames.format(), repr(error), str(error), repr(error.args), str(vars(error))])


# Agents as values


def test_a_state_is_read_and_an_absent_one_is_none(site):
    site.world.log_in("12345", state="Tea", group="Break")
    client = site.client()
    state = client.agent_state("12345")
    assert (state.agent_id, state.state, state.group, state.since.timestamp()) == ("12345", "Tea", "Break", START)
    assert client.agent_state("1234") is None


def test_a_profile_is_read_whether_or_not_logged_in(site):
    site.world.add_agent("1", name="Änne", email="a@example.com")
    agent = site.client().agent("1")
    assert (agent.agent_id, agent.name, agent.email) == ("1", "Änne", "a@example.com")


@pytest.mark.parametrize("agent_id", ["a/b", "a?b", "a#b", "ü", "a b", "a%2Fb", "states?agentId=1", "..%2Fstates"])
def test_an_odd_id_is_asked_for_as_it_is(site, agent_id):
    site.world.log_in("10001")
    client = site.client()
    assert client.agent_state(agent_id) is None
    with pytest.raises(AgentNotFound) as found:
        client.agent(agent_id)
    assert found.value.agent_id == agent_id
    site.world.add_agent(agent_id, email="odd@example.com")
    site.world.log_in(agent_id)
    assert client.agent_state(agent_id).agent_id == agent_id
    assert client.agent(agent_id).agent_id == agent_id


@pytest.mark.parametrize("agent_id", ["states", "", " ", ".", ".."])
@pytest.mark.parametrize("look", ["agent", "agent_state", "diagnose"])
def test_what_cannot_be_an_id_is_never_sent(site, look, agent_id):
    client = site.client()
    with pytest.raises(ConfigurationError, match="an agent id is a string such as '12345'"):
        getattr(client, look)(agent_id)
    assert not site.fake.journal


# Errors as facts. Each of these answers to a look at a logged-in agent; none may be read as "logged out".

ROW = {"agentId": "1", "state": {"name": "A"}, "stateGroup": {"name": "A"}, "lastUpdated": "2024-05-01T12:00:00Z"}
HTML = b"<html>maintenance</html>"

ANSWERS = {
    "401": ({"status": 401}, AuthenticationFailed),
    "403": ({"status": 403}, PermissionDenied),
    "404": ({"status": 404}, UnexpectedResponse),
    "429": ({"status": 429}, RateLimited),
    "500": ({"status": 500}, ServiceUnavailable),
    "502 in HTML": ({"status": 502, "body": HTML, "Content_Type": "text/html"}, ServiceUnavailable),
    "503": ({"status": 503}, ServiceUnavailable),
    "504": ({"status": 504}, ServiceUnavailable),
    "599": ({"status": 599}, ServiceUnavailable),
    "201 with nobody": ({"status": 201, "body": []}, UnexpectedResponse),
    "204": ({"status": 204}, UnexpectedResponse),
    "301": ({"status": 301, "Location": "https://login.example/x"}, UnexpectedResponse),
    "302 to itself": ({"status": 302, "Location": STATES}, UnexpectedResponse),
    "304": ({"status": 304}, UnexpectedResponse),
    "400": ({"status": 400}, UnexpectedResponse),
    "418": ({"status": 418}, UnexpectedResponse),
    "HTML": ({"body": HTML, "Content_Type": "text/html"}, ContractViolation),
    "HTML said to be JSON": ({"body": HTML}, ContractViolation),
    "JSON said to be HTML": ({"body": [], "Content_Type": "text/html"}, ContractViolation),
    "nothing": ({"body": b""}, ContractViolation),
    "half": ({"body": b'[{"agentId": "1"'}, ContractViolation),
    "two": ({"body": b"[][]"}, ContractViolation),
    "null": ({"body": b"null"}, ContractViolation),
    "an object": ({"body": {}}, ContractViolation),
    "an error in a 200": ({"body": {"error": "oops"}}, ContractViolation),
    "wrapped": ({"body": {"agentStates": []}}, ContractViolation),
    "a row of null": ({"body": [None]}, ContractViolation),
    "a number for an id": ({"body": [{**ROW, "agentId": 1}]}, ContractViolation),
    "a state as text": ({"body": [{**ROW, "state": "A"}]}, ContractViolation),
    "a time that is none": ({"body": [{**ROW, "lastUpdated": "yesterday"}]}, ContractViolation),
    "a time without a zone": ({"body": [{**ROW, "lastUpdated": "2024-05-01T12:00:00"}]}, ContractViolation),
    "not UTF-8": ({"body": b'["\xff"]'}, ContractViolation),
    "UTF-16": ({"body": "[]".encode("utf-16")}, ContractViolation),
    "deep": ({"body": b"[" * 100_000}, ContractViolation),
    "NaN": ({"body": b"[NaN]"}, ContractViolation),
    "somebody else's row": ({"body": [{**ROW, "agentId": "2"}]}, UnexpectedResponse),
    "twice": ({"body": [ROW, ROW]}, UnexpectedResponse),
    "everybody": ({"body": [ROW, {**ROW, "agentId": "2"}]}, UnexpectedResponse),
}  # fmt: skip


@pytest.mark.parametrize(("answer", "kind"), ANSWERS.values(), ids=ANSWERS)
def test_no_other_answer_is_ever_logged_out(site, answer, kind):
    site.world.log_in("1")
    site.answering(**{"body": b"", **answer})
    error = caught(site.client().agent_state, "1")
    assert type(error) is kind
    assert error.operation == f"GET {STATES}"
    assert error.status == answer.get("status", 200)
    assert str(error).startswith(f"GET {STATES}: ")


def test_an_outage_of_the_token_is_an_outage(site):
    site.answering(status=503, on="/oauth/token")
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.operation, error.status) == (ServiceUnavailable, "POST /oauth/token", 503)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        pytest.param(200, {"access_token": "t"}, ContractViolation, id="half a grant"),
        pytest.param(200, HTML, ContractViolation, id="HTML"),
        pytest.param(302, b"", UnexpectedResponse, id="redirect"),
        pytest.param(400, {"error": "invalid_request"}, UnexpectedResponse, id="another 400"),
        pytest.param(429, b"", RateLimited, id="rate"),
    ],
)
def test_another_answer_to_the_token_request_is_its_own_error(site, status, body, kind):
    site.answering(body, status=status, on="/oauth/token", Cache_Control="no-store", Location=STATES)
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.operation) == (kind, "POST /oauth/token")
    assert site.asked[STATES] == 0


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (401, {"error": "invalid_client"}),
        (401, HTML),
        (400, {"error": "invalid_client"}),
        (400, {"error": "unauthorized_client"}),
    ],
    ids=["401", "401 in HTML", "400", "400 unauthorized"],
)
def test_refused_credentials_are_told_apart_from_a_refused_token(site, status, body):
    site.answering(body, status=status, on="/oauth/token")
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.credentials, error.status) == (AuthenticationFailed, True, status)
    assert "CXONE_CLIENT_SECRET" in str(error)
    assert site.tokens_asked == 1


def test_a_wrong_secret_is_refused_credentials(site):
    client = site.client(replace(site.settings(), client_secret=Secret("wrong")))
    assert caught(client.agent, "1").credentials


def test_a_missing_scope_is_named(site):
    client = site.client(replace(site.settings(), scopes=()))
    error = caught(client.agent, "1")
    assert (type(error), error.missing_scopes) == (PermissionDenied, ("read:agent",))
    assert "read:agent" in str(error)


def test_scopes_that_the_token_request_is_refused_for_are_named(site):
    site.answering({"error": "invalid_scope"}, status=400, on="/oauth/token")
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.operation, error.status) == (PermissionDenied, "POST /oauth/token", 400)
    assert error.missing_scopes == ("read:agent", "read:agent:status")
    assert "does not grant read:agent, read:agent:status" in str(error)
    assert site.asked == {"/oauth/token": 1}


@pytest.mark.parametrize("status", [400, 403, 404, 503])
def test_a_body_too_deep_to_be_read_is_no_reason_to_fall_over(site, status):
    site.answering(b"[" * 200_000, status=status)
    assert isinstance(caught(site.client().agent_state, "1"), ApiError)


def test_a_body_too_deep_to_be_read_breaks_the_contract(site):
    site.answering(b"[" * 200_000)
    assert type(caught(site.client().agent_state, "1")) is ContractViolation


@pytest.mark.parametrize("status", [302, 404])
@pytest.mark.parametrize("where", ["http://[bad/", "http://\xff/", "//"])
def test_a_location_that_is_none_is_no_reason_either(site, status, where):
    site.answering(status=status, Location=where)
    assert type(caught(site.client().agent_state, "1")) is UnexpectedResponse


def test_an_id_that_is_no_text_is_refused_before_any_request(site):
    with pytest.raises(ConfigurationError, match="has bytes that are none"):
        site.client().agent_state("1\udcff")
    assert site.asked == {}


def test_404_of_a_profile_is_an_unknown_agent(site):
    error = caught(site.client().agent, "anne@example.com")
    assert (type(error), error.agent_id, error.status) == (AgentNotFound, "anne@example.com", 404)


def test_another_agents_profile_is_unexpected(site):
    site.answering({"agentId": "2", "name": "n", "email": "e@example.com"}, on="/agents/1")
    assert type(caught(site.client().agent, "1")) is UnexpectedResponse


def test_a_redirect_says_where_to_and_is_not_followed(site):
    site.answering(status=302, Location="https://login.example/x")
    assert "got 302 to login.example" in str(caught(site.client().agent_state, "1"))
    assert site.asked[STATES] == 1


def test_an_answer_said_to_be_latin_1_is_read_as_the_utf_8_that_it_is(site):
    body = json.dumps([{**ROW, "state": {"name": "Früh"}}], ensure_ascii=False).encode()
    site.answering(body, Content_Type="application/json; charset=iso-8859-1")
    assert site.client().agent_state("1").state == "Früh"


# No answer at all


@pytest.mark.parametrize(
    ("fault", "failure", "text"),
    [
        ({"kind": "latency", "seconds": 30}, "timeout", "did not answer in time"),
        ({"kind": "disconnect"}, "disconnected", "closed the connection without a whole answer"),
        ({"kind": "truncated"}, "disconnected", "closed the connection without a whole answer"),
    ],
    ids=["timeout", "disconnect", "truncated"],
)
@pytest.mark.parametrize(("on", "operation"), [(None, f"GET {STATES}"), ("/token", "POST /oauth/token")])
def test_a_failure_on_the_way_has_its_name(site, fault, failure, text, on, operation):
    site.world.log_in("1")
    site.fake.add_fault(Fault(**fault, on=on))
    error = caught(site.client(timeout="0.2").agent_state, "1")
    assert (type(error), error.failure, error.operation, error.status) == (NetworkError, failure, operation, None)
    assert text in str(error)
    assert "127.0.0.1" in str(error)


def test_a_refused_connection_has_its_name(site):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        host = "127.0.0.1:%d" % bound.getsockname()[1]
        error = caught(site.client(base_url=f"http://{host}").agent, "1")
    assert (error.failure, str(error)) == ("refused", f"POST /oauth/token: {host} refuses connections")


def test_a_failed_tls_handshake_has_its_name(site):
    error = caught(site.client(base_url=site.url.replace("http:", "https:")).agent, "1")
    assert error.failure == "tls"


def test_an_unknown_host_has_its_name(site, monkeypatch):
    def nowhere(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    error = caught(site.client(base_url="https://tenant.invalid").agent, "1")
    assert error.failure == "dns"
    assert "the host name tenant.invalid cannot be resolved" in str(error)


def test_a_proxy_that_does_not_let_requests_through_has_its_name(site, monkeypatch):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        monkeypatch.setenv("https_proxy", "http://127.0.0.1:%d" % bound.getsockname()[1])
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        error = caught(site.client(base_url="https://tenant.example").agent, "1")
    assert error.failure == "proxy"
    assert str(error) == "POST /oauth/token: the proxy before tenant.example does not let the request through"


def test_a_body_that_cannot_be_decoded_has_its_name(site):
    site.answering(b"no gzip", Content_Encoding="gzip")
    assert caught(site.client().agent_state, "1").failure == "disconnected"


def test_any_other_failure_says_so(site):
    class Odd(HTTPAdapter):
        def send(self, *_, **__):
            raise requests.exceptions.RequestException("odd")

    client = site.client()
    client.http.mount("http://", Odd())
    error = caught(client.agent, "1")
    assert (error.failure, error.operation) == ("other", "POST /oauth/token")
    assert "RequestException" in str(error)


# The token


def test_a_token_is_fetched_when_needed_and_used_again(site):
    client = site.client()
    assert site.tokens_asked == 0
    for _ in range(3):
        client.agent_state("1")
    assert site.asked == {"/oauth/token": 1, STATES: 3}


@pytest.mark.parametrize(("seconds", "tokens"), [(839, 1), (840, 2), (900, 2)])
def test_a_token_is_refreshed_60_s_before_it_expires_and_not_earlier(site, seconds, tokens):
    client = site.client()
    client.agent_state("1")
    site.fake.clock.advance(seconds)
    client.agent_state("1")
    assert site.tokens_asked == tokens
    assert 401 not in site.statuses


@pytest.mark.parametrize(("seconds", "tokens"), [(29, 1), (30, 2)])
def test_a_short_lived_token_is_used_for_half_its_life(site, seconds, tokens):
    site.world.token_lifetime = 60
    client = site.client()
    client.agent_state("1")
    site.fake.clock.advance(seconds)
    client.agent_state("1")
    assert site.tokens_asked == tokens


def test_a_token_that_lives_longer_is_kept_longer(site):
    site.world.token_lifetime = 3_600
    client = site.client()
    client.agent_state("1")
    site.fake.clock.advance(3_539)
    client.agent_state("1")
    assert site.tokens_asked == 1


def test_a_revoked_token_is_renewed_once(site):
    site.world.log_in("1")
    client = site.client()
    client.agent_state("1")
    site.world.revoke_tokens()
    assert client.agent_state("1") is not None
    assert site.statuses == [200, 200, 401, 200, 200]


def test_a_token_refused_twice_is_a_refused_token(site):
    site.answering(status=401)
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.credentials) == (AuthenticationFailed, False)
    assert site.asked == {"/oauth/token": 2, STATES: 2}


def test_a_token_revoked_in_the_middle_of_a_listing_loses_and_repeats_nothing(site):
    site.world.page_cap = 10
    ids = site.online(35)
    site.fake.add_fault(Fault(kind="token_revoked", on=STATES, after=2))
    listing = site.client().online_agents()
    assert [row.agent_id for row in listing] == ids
    assert (listing.pages, listing.repeated) == (5, ())
    assert site.statuses.count(401) == 1
    assert site.tokens_asked == 2


def test_threads_share_one_token_request(site):
    site.world.log_in("1")
    client = site.client()
    together = threading.Barrier(8)

    def look(_):
        together.wait(timeout=10)
        return client.agent_state("1").agent_id

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(look, range(8))) == ["1"] * 8
    assert site.asked == {"/oauth/token": 1, STATES: 8}


def test_threads_renew_a_revoked_token_once(site):
    site.world.log_in("1")
    client = site.client()
    client.agent_state("1")
    site.world.revoke_tokens()
    with ThreadPoolExecutor(8) as threads:
        assert None not in list(threads.map(client.agent_state, ["1"] * 8))
    assert site.tokens_asked == 2


def test_clients_may_share_a_token(site):
    first = site.client()
    first.agent_state("1")
    second = CXoneClient(site.settings(), clock=site.fake.clock.now, sleep=site.sleep, tokens=first.tokens)
    with second:
        second.agent_state("1")
    assert site.tokens_asked == 1


# Waiting


@pytest.mark.parametrize("status", [429, 503])
@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        pytest.param("7", 7, id="seconds"),
        pytest.param("0", 0, id="at once"),
        pytest.param(formatdate(START + 7, usegmt=True), 7, id="date"),
        pytest.param("Tue Nov 14 22:13:27 2023", 7, id="date of asctime"),
        pytest.param("Tuesday, 14-Nov-23 22:13:27 GMT", 7, id="date of RFC 850"),
        pytest.param(formatdate(START - 7, usegmt=True), 0, id="date that has passed"),
    ],
)
def test_retry_after_is_waited_for(site, status, asked, slept):
    site.world.log_in("1")
    site.answering(status=status, times=1, Retry_After=asked)
    assert site.client().agent_state("1") is not None
    assert site.slept == [slept]


def test_429_without_retry_after_is_waited_for_longer_and_longer(site):
    site.world.log_in("1")
    site.fake.add_fault(Fault(kind="rate_limit", times=3))
    assert site.client().agent_state("1") is not None
    assert site.slept == [1, 2, 4]


@pytest.mark.parametrize(
    "asked", ["soon", "-1", "1.5", "", "Fri, 99 Zzz 2024", "Fri, 01 Jan 99999999999999999999 00:00:00 GMT"]
)
def test_a_retry_after_that_is_none_counts_as_none(site, asked):
    site.world.log_in("1")
    site.answering(status=429, times=1, Retry_After=asked)
    assert site.client().agent_state("1") is not None
    assert site.slept == [1]


def test_503_without_retry_after_is_an_outage_at_once(site):
    site.fake.add_fault(Fault(kind="outage"))
    assert caught(site.client().agent_state, "1").status == 503
    assert site.slept == []


@pytest.mark.parametrize(
    ("asked", "slept"), [(None, [1, 2, 4]), (5, [5, 5, 5]), (30, [30, 30]), (61, []), (86_400, [])]
)
def test_patience_ends_after_three_waits_or_60_s(site, asked, slept):
    site.fake.add_fault(Fault(kind="rate_limit", retry_after=asked))
    error = caught(site.client().agent_state, "1")
    assert (type(error), error.retry_after, error.status) == (RateLimited, asked, 429)
    assert site.slept == slept
    assert site.asked[STATES] == len(slept) + 1


def test_patience_with_an_outage_ends_too(site):
    site.answering(status=503, Retry_After="40")
    assert type(caught(site.client().agent_state, "1")) is ServiceUnavailable
    assert site.slept == [40]


def test_the_token_request_waits_as_well(site):
    site.fake.add_fault(Fault(kind="rate_limit", on="/oauth", times=1, retry_after=3))
    assert site.client().agent_state("1") is None
    assert site.slept == [3]


@pytest.mark.parametrize("status", [429, 503])
def test_what_a_tenant_asks_to_wait_holds_all_who_share_a_pace(site, status):
    pace = Pace(4, clock=site.fake.clock.now, sleep=site.sleep)
    clients = [CXoneClient(site.settings(), clock=site.fake.clock.now, sleep=site.sleep, pace=pace) for _ in range(2)]
    site.answering(status=status, times=1, Retry_After="7")
    for client in clients:
        with client:
            assert client.agent_state("1") is None
    # The first request needs a token, which takes a turn of its own; after the hold turns come half as often.
    assert site.slept == [0.25, 7, 0.5, 0.5]
    assert pace.turns == 5


@pytest.fixture
def elsewhere(monkeypatch):
    if not hasattr(time, "tzset"):
        pytest.skip("this platform's time zone cannot be set")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-9")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_a_retry_after_date_without_a_zone_is_in_gmt_wherever_we_are():
    response = requests.Response()
    response.headers["Retry-After"] = "Tue Nov 14 22:13:27 2023"
    assert retry_after(response, START) == 7


# Pages


@pytest.mark.parametrize("cap", [1, 25, 100, 1_000])
@pytest.mark.parametrize("beyond", [-1, 0, 1])
def test_a_listing_is_complete_whatever_the_cap(site, cap, beyond):
    site.world.page_cap = cap
    size = min(cap, 100)
    number = max(0, min(2 * size, 200) + beyond) if cap > 1 else 3 + beyond
    ids = site.online(number)
    listing = site.client().online_agents()
    assert [row.agent_id for row in listing] == ids
    assert listing.repeated == ()
    assert listing.pages == -(-number // size) + 1


def test_an_empty_floor_is_an_empty_listing(site):
    listing = site.client().online_agents()
    assert list(listing) == []
    assert listing.pages == 1


def test_a_listing_is_fetched_as_it_is_iterated_and_again_when_iterated_again(site):
    site.world.page_cap = 2
    site.online(5)
    listing = site.client().online_agents()
    assert site.asked[STATES] == 0
    rows = iter(listing)
    next(rows)
    assert site.asked[STATES] == 1
    rows.close()
    assert len(list(listing)) == 5
    assert listing.pages == 4


@pytest.mark.parametrize("page_of", [lambda page: 1, lambda page: min(page, 2)], ids=["first page", "last page"])
def test_a_listing_that_gives_the_same_page_again_and_again_ends_with_an_error(site, page_of):
    site.world.page_cap = 2
    site.online(4)

    def stuck(request):
        if request.target.path != STATES:
            return None
        page = page_of(int(dict(request.query)["page"]))
        ids = [str(10_000 + 2 * page - 1), str(10_000 + 2 * page)]
        body = json.dumps([{**ROW, "agentId": agent_id} for agent_id in ids]).encode()
        return Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=body)

    site.instead = stuck
    error = caught(list, site.client().online_agents())
    assert type(error) is ListingNotAdvancing
    assert site.asked[STATES] <= 4


@pytest.mark.parametrize(("number", "cap"), [(5, 2), (4, 2), (2, 2)])
def test_rows_that_move_to_the_next_page_are_given_once_and_told(site, number, cap):
    site.world.page_cap = cap
    ids = site.online(number)
    listing = site.client().online_agents()
    rows = iter(listing)
    seen = [next(rows).agent_id]
    site.world.log_in("1")
    seen += [row.agent_id for row in rows]
    assert seen == ids
    assert listing.repeated == (ids[cap - 1],)


def test_a_row_twice_in_a_page_is_given_once_and_told(site):
    site.answering([ROW, ROW], times=1)
    listing = site.client().online_agents()
    assert [row.agent_id for row in listing] == ["1"]
    assert listing.repeated == ("1",)


def test_a_failure_in_the_middle_of_a_listing_is_not_its_end(site):
    site.world.page_cap = 2
    site.online(5)
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1))
    rows = iter(site.client().online_agents())
    assert [next(rows).agent_id, next(rows).agent_id] == ["10001", "10002"]
    assert type(caught(next, rows)) is ServiceUnavailable


# The raw session


def test_the_raw_session_takes_relative_paths_and_gives_back_any_answer(site):
    http = site.client().http
    assert http.get(STATES).json() == []
    assert http.get("/api/v2/agents/1").status_code == 404
    assert http.get(f"{site.url}{STATES}", params={"agentId": "1"}).json() == []
    assert http.put(STATES).status_code == 405
    assert http.request("GET", STATES.encode()).status_code == 200


def test_the_raw_session_has_the_settings_timeout_unless_told(site):
    site.fake.add_fault(Fault(kind="latency", seconds=30))
    http = site.client(timeout="0.1").http
    with pytest.raises(requests.exceptions.ReadTimeout):
        http.get(STATES)


def test_a_token_given_by_hand_is_not_replaced(site):
    http = site.client().http
    answer = http.get(STATES, headers={"Authorization": "Bearer garbage"}, auth=lambda request: request)
    assert answer.status_code == 401
    assert site.asked == {STATES: 1}


def test_a_streamed_answer_that_is_tried_again_gives_its_connection_back(site):
    site.fake.add_fault(Fault(kind="rate_limit", times=2, retry_after=1))
    http = site.client().http
    http.get("/api/v2/agents/1")
    site.world.revoke_tokens()
    with http.get(STATES, stream=True) as answer:
        assert answer.status_code == 200
        assert list(answer.iter_content()) == [b"[", b"]"]
    pools = http.get_adapter(site.url).poolmanager.pools
    assert [pools[key].num_connections for key in pools.keys()] == [1]  # noqa: SIM118 - it is no mapping


def test_the_token_goes_to_the_tenant_and_to_nobody_else(site, opened):
    other = Site(opened)
    http = site.client().http
    http.get(STATES)
    http.get(f"{other.url}{STATES}")
    assert "Authorization" not in other.fake.journal[-1].request.headers
    site.answering(status=302, Location=f"{other.url}{STATES}")
    http.get(STATES)
    assert len(other.fake.journal) == 2
    assert "Authorization" not in other.fake.journal[-1].request.headers


@pytest.mark.parametrize(
    "address",
    ["http://platform.nicecxone.com.evil.example/", "http://evil.example/http://tenant.example/", "//evil.example/"],
)
def test_the_token_is_not_added_for_a_look_alike_host(site, address):
    client = site.client()
    assert not client.locator.hosts.is_api(address)
    assert client.locator.hosts.is_api(f"{site.url}/x")


def test_a_path_with_two_slashes_stays_at_the_tenant(site):
    site.client().http.get("//evil.example/x")
    assert [error.path for error in site.fake.errors] == ["//evil.example/x"]


def test_the_environments_proxies_and_netrc_are_not_used_for_loopback(site, monkeypatch, tmp_path):
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://proxy.invalid:1")
    netrc = tmp_path / "netrc"
    netrc.write_text("default login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    site.world.log_in("1")
    assert site.client().agent_state("1") is not None
    sent = [exchange.request.headers.get("Authorization", "") for exchange in site.fake.journal]
    assert sent == ["", f"Bearer {TOKEN}1"]


# Behind a prefix


def test_a_tenant_may_be_behind_a_prefix(site, monkeypatch):
    answer = FakeApp.__call__

    async def behind_a_prefix(app, scope, receive, send):
        assert scope["raw_path"].startswith(b"/cxone/")
        await answer(app, {**scope, "raw_path": scope["raw_path"].removeprefix(b"/cxone")}, receive, send)

    monkeypatch.setattr(FakeApp, "__call__", behind_a_prefix)
    ids = site.online(3)
    client = site.client(base_url=f"{site.url}/cxone/")
    assert [row.agent_id for row in client.online_agents()] == ids
    assert client.agent(ids[0]).agent_id == ids[0]
    assert client.http.get(STATES).status_code == 200
    assert not client.locator.hosts.is_api(f"{site.url}{STATES}")


def test_the_token_may_come_from_another_host(site, opened):
    login = Site(opened)
    client = site.client(auth_url=f"{login.url}/oauth/token")
    assert type(caught(client.agent, "1")) is AuthenticationFailed
    assert site.asked == {"/api/v2/agents/1": 2}
    assert login.asked == {"/oauth/token": 2}


# What is never shown

BROKEN = {
    "wrong secret": lambda site: site.answering({"error": "invalid_client"}, status=401, on="/oauth/token"),
    "token outage": lambda site: site.answering(status=500, on="/oauth/token"),
    "token on the way": lambda site: site.fake.add_fault(Fault(kind="disconnect", on="/oauth/token")),
    "token cut off": lambda site: site.fake.add_fault(Fault(kind="truncated", on="/oauth/token")),
    "token too late": lambda site: site.fake.add_fault(Fault(kind="latency", seconds=30, on="/oauth/token")),
    "token that breaks the contract": lambda site: site.answering(
        {"access_token": TOKEN, "token_type": "mac", "expires_in": 0}, on="/oauth/token"
    ),
    "token that is no header": lambda site: site.answering(
        {"access_token": f"{TOKEN}\n", "token_type": "Bearer", "expires_in": 900},
        on="/oauth/token",
        Cache_Control="no-store",
    ),
    "token that is no latin": lambda site: site.answering(
        {"access_token": f"{TOKEN}→", "token_type": "Bearer", "expires_in": 900},
        on="/oauth/token",
        Cache_Control="no-store",
    ),
    "401": lambda site: site.answering(status=401),
    "403": lambda site: site.answering(status=403),
    "404": lambda site: site.answering(status=404),
    "429": lambda site: site.answering(status=429),
    "500": lambda site: site.answering(status=500),
    "302": lambda site: site.answering(status=302, Location="/x"),
    "HTML": lambda site: site.fake.add_fault(Fault(kind="malformed")),
    "disconnect": lambda site: site.fake.add_fault(Fault(kind="disconnect")),
    "truncated": lambda site: site.fake.add_fault(Fault(kind="truncated")),
    "timeout": lambda site: site.fake.add_fault(Fault(kind="latency", seconds=30)),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    "look",
    [
        lambda client: client.agent_state("1"),
        lambda client: client.agent("1"),
        lambda client: list(client.online_agents()),
    ],
    ids=["state", "profile", "listing"],
)
def test_no_error_of_a_typed_call_shows_a_secret_or_a_token(site, broken, look):
    broken(site)
    error = caught_if_any(look, site.client(timeout="0.2"))
    shown = everything_shown(error)
    assert SECRET not in shown
    assert TOKEN not in shown
    assert error.__cause__ is None
    assert error.__suppress_context__ or error.__context__ is None


def caught_if_any(look, client):
    try:
        look(client)
    except ApiError as error:
        return error
    return ServiceUnavailable("none", "no error", status=500)


def test_a_token_request_that_is_held_back_shows_no_secret(site):
    class Holding(HTTPAdapter):
        def send(self, request, *_, **__):
            raise RequestRefused("POST", request.url, "the budget is spent")

    client = site.client()
    client.http.mount("http://", Holding())
    with pytest.raises(RequestRefused) as found:
        client.agent("1")
    assert SECRET not in everything_shown(found.value)


def test_no_text_of_the_client_shows_a_secret_or_a_token(site):
    client = site.client()
    client.agent_state("1")
    grant = client.tokens.grant(client.http, timeout=1)
    parts = (client, client.http, client.tokens, client.settings, client.http.headers, grant)
    shown = "".join(f"{part!r} {part}" for part in parts)
    assert SECRET not in shown
    assert TOKEN not in shown
    assert grant.token == Secret(f"{TOKEN}1")


def test_hosts_of_the_client_are_those_of_the_settings(site):
    client = site.client()
    assert client.locator.hosts == client.http.locate() == Hosts(site.url, f"{site.url}/oauth/token")
