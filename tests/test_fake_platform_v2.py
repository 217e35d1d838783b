"""Each answer of each route, asked without any HTTP."""

import base64
import json
from itertools import chain
from urllib.parse import urlencode

import pytest

from pytest_cxone.errors import ConfigurationError, UnknownRoute
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.schemas import contract

STATES = "/api/v2/agents/states"
FORM = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
URLENCODED = "application/x-www-form-urlencoded"


class Asking:
    """A fake tenant, a client of it, and short ways to ask."""

    def __init__(self, **world):
        self.clock = Clock(source=lambda: 1_700_000_000.0)
        self.fake = Fake(clock=self.clock, new_world=lambda clock: World(clock=clock, **world))
        self.world = self.fake.world("us")
        self.client = self.world.add_client("id", "secret", scopes=["read:agent", "read:agent:status"])
        self.token = self.world.issue_token(self.client, self.client.scopes).value

    def __call__(self, method, path, *, headers=(), body=b"", region="us"):
        url = f"https://platform.nicecxone.com{path}"
        request = Request(method=method, url=url, headers=Headers(headers), body=body)
        return self.fake.answer(request, region).response

    def for_token(self, form, *, media_type=URLENCODED, headers=()):
        fields = [("Content-Type", media_type), *headers]
        return self("POST", "/oauth/token", headers=fields, body=urlencode(form).encode())

    def get(self, path, *, token=None):
        return self("GET", path, headers=[("Authorization", f"Bearer {token or self.token}")])

    def with_scopes(self, *scopes):
        return self.world.issue_token(self.client, scopes).value


@pytest.fixture
def ask():
    return Asking()


def body(response):
    return json.loads(response.body)


def ids(response):
    assert response.status == 200
    return [row["agentId"] for row in body(response)]


# The token


def test_the_right_id_and_secret_give_a_token_that_nobody_may_store(ask):
    answer = ask.for_token(FORM)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    issued = body(answer)
    assert issued.pop("access_token")
    assert issued == {"token_type": "Bearer", "expires_in": 900, "scope": "read:agent read:agent:status"}


def test_a_token_has_the_scopes_that_were_asked_for(ask):
    assert body(ask.for_token({**FORM, "scope": "read:agent"}))["scope"] == "read:agent"


def test_the_credentials_may_come_by_http_basic(ask):
    basic = base64.b64encode(b"id:secret").decode()
    answer = ask.for_token({"grant_type": "client_credentials"}, headers=[("Authorization", f"Basic {basic}")])
    assert answer.status == 200


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        pytest.param({**FORM, "client_secret": "wrong"}, 401, "invalid_client", id="wrong secret"),
        pytest.param({**FORM, "client_id": "nobody"}, 401, "invalid_client", id="wrong id"),
        pytest.param({**FORM, "client_secret": ""}, 400, "invalid_request", id="empty secret"),
        pytest.param({**FORM, "grant_type": "password"}, 400, "unsupported_grant_type", id="another grant"),
        pytest.param({**FORM, "grant_type": ""}, 400, "invalid_request", id="no grant"),
        pytest.param([*FORM.items(), ("client_id", "id")], 400, "invalid_request", id="a parameter twice"),
    ],
)
def test_a_token_request_is_refused_as_rfc_6749_has_it(ask, form, status, error):
    answer = ask.for_token(form)
    assert (answer.status, body(answer)["error"]) == (status, error)
    assert "access_token" not in body(answer)
    assert ("WWW-Authenticate" in answer.headers) == (status == 401)


def test_a_token_request_must_be_a_form(ask):
    answer = ask.for_token(FORM, media_type="application/json")
    assert (answer.status, body(answer)["error"]) == (400, "invalid_request")


@pytest.mark.parametrize("garbage", ["Basic", "Basic %%%", "Basic " + base64.b64encode(b"\xff").decode()])
def test_garbled_basic_credentials_are_no_credentials(ask, garbage):
    answer = ask.for_token(FORM, headers=[("Authorization", garbage)])
    assert (answer.status, body(answer)["error"]) == (400, "invalid_request")


# The bearer


@pytest.mark.parametrize("path", [STATES, "/api/v2/agents/12345"])
class TestEachOperation:
    @pytest.mark.parametrize("header", [None, "Bearer", "Basic abc", "token abc"])
    def test_needs_a_bearer_token(self, ask, path, header):
        answer = ask("GET", path, headers=[("Authorization", header)] if header else [])
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="cxone"'

    def test_refuses_a_token_it_never_issued(self, ask, path):
        answer = ask.get(path, token="garbage")
        assert answer.status == 401
        assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]

    def test_refuses_a_token_that_has_expired(self, ask, path):
        ask.world.add_agent("12345")
        ask.clock.advance(899)
        assert ask.get(path).status == 200
        ask.clock.advance(1)
        assert ask.get(path).status == 401

    def test_refuses_a_token_without_the_scope(self, ask, path):
        answer = ask.get(path, token=ask.with_scopes("read:agent:status"))
        assert answer.status == 403
        assert 'scope="read:agent"' in answer.headers["WWW-Authenticate"]

    def test_allows_reading_only(self, ask, path):
        answer = ask("DELETE", path)
        assert (answer.status, answer.headers["Allow"], answer.body) == (405, "GET", b"")


def test_a_token_is_asked_for_by_post_only(ask):
    answer = ask("GET", "/oauth/token")
    assert (answer.status, answer.headers["Allow"]) == (405, "POST")


# The states


def test_a_row_is_as_documented(ask):
    ask.world.log_in("12345", state="Break", group="Unavailable")
    assert body(ask.get(STATES)) == [
        {
            "agentId": "12345",
            "state": {"name": "Break"},
            "stateGroup": {"name": "Unavailable"},
            "lastUpdated": "2023-11-14T22:13:20.000Z",
            "team": {"name": "Support"},
        }
    ]


def test_the_filter_matches_the_whole_id(ask):
    for agent_id in ("123", "1234", "12345"):
        ask.world.log_in(agent_id)
    assert ids(ask.get(f"{STATES}?agentId=1234")) == ["1234"]
    assert ids(ask.get(f"{STATES}?agentId=12")) == []
    assert ids(ask.get(f"{STATES}?agentId=1234&page=2")) == []


def test_full_visibility_widens_the_listing(ask):
    ask.world.log_in("1")
    ask.world.log_in("2", restricted=True)
    assert ids(ask.get(STATES)) == ["1", "2"]
    assert ids(ask.get(STATES, token=ask.with_scopes("read:agent"))) == ["1"]


def test_pages_are_disjoint_and_together_complete():
    ask = Asking(page_cap=10)
    expected = [str(number) for number in range(1, 32)]
    for agent_id in expected:
        ask.world.log_in(agent_id)
    pages = [ids(ask.get(f"{STATES}?page={page}&pageSize=1000")) for page in range(1, 6)]
    assert [len(page) for page in pages] == [10, 10, 10, 1, 0]
    assert list(chain(*pages)) == expected


def test_a_page_holds_25_rows_unless_asked(ask):
    for number in range(30):
        ask.world.log_in(str(number))
    assert len(ids(ask.get(STATES))) == 25
    assert len(ids(ask.get(f"{STATES}?pageSize=3"))) == 3


def test_a_page_beyond_any_is_empty(ask):
    ask.world.log_in("1")
    assert ids(ask.get(f"{STATES}?page={'9' * 100}&pageSize={'9' * 100}")) == []


@pytest.mark.parametrize(
    "query",
    [
        *("page=0", "page=-1", "page=abc", "page=", "page=1.0", "page=%D9%A1", "page=" + "9" * 5_000),
        *("pageSize=0", "agentId=", "page=1&page=2", "agentId=1&agentId=1"),
    ],
    ids=lambda query: query[:20],
)
def test_a_query_that_makes_no_sense_is_400(ask, query):
    answer = ask.get(f"{STATES}?{query}")
    assert (answer.status, body(answer)["error"]) == (400, "invalid_request")


# The profile


def test_a_profile_answers_whatever_the_log_in(ask):
    ask.world.add_agent("12345", name="Zoë", email="zoe@example.com")
    before = body(ask.get("/api/v2/agents/12345"))
    ask.world.log_in("12345")
    assert body(ask.get("/api/v2/agents/12345")) == before
    assert before == {
        "agentId": "12345",
        "name": "Zoë",
        "email": "zoe@example.com",
        "team": {"name": "Support"},
    }


@pytest.mark.parametrize("wrong", ["67890", "zoe@example.com", "Zo%C3%AB"])
def test_a_profile_is_found_by_its_id_alone(ask, wrong):
    ask.world.add_agent("12345", name="Zoë", email="zoe@example.com")
    answer = ask.get(f"/api/v2/agents/{wrong}")
    assert (answer.status, body(answer)["error"]) == (404, "not_found")


def test_an_id_in_the_path_is_decoded(ask):
    ask.world.add_agent("a/b c")
    assert body(ask.get("/api/v2/agents/a%2Fb%20c"))["agentId"] == "a/b c"


# The engine around them


def test_a_path_that_the_api_lacks_is_the_tests_mistake_and_is_answered_with_what_there_is(ask):
    with pytest.raises(UnknownRoute) as error:
        ask.get("/api/v1/agents")
    assert str(error.value) == (
        "the fake tenant has no GET /api/v1/agents; it answers:\n"
        "  POST /oauth/token\n"
        "  GET /api/v2/agents/states\n"
        "  GET /api/v2/agents/{agentId}"
    )


def test_regions_are_worlds_of_their_own(ask):
    ask.world.log_in("12345")
    assert ask.fake.world("eu").agents == ()
    headers = [("Authorization", f"Bearer {ask.token}")]
    assert ask("GET", STATES, headers=headers, region="eu").status == 401


def test_the_journal_keeps_the_last_exchanges():
    fake = Fake(journal_length=2)
    for path in ("/api/v2/agents/1", "/api/v2/agents/2", "/api/v2/agents/3"):
        fake.answer(Request(method="GET", url=f"http://fake{path}"), "us")
    assert [exchange.request.target.path[-1] for exchange in fake.journal] == ["2", "3"]
    assert {exchange.response.status for exchange in fake.journal} == {401}


def test_the_last_upgrade_is_the_outermost_and_sees_what_the_others_make_of_an_answer():
    def named(name):
        def change(request, forward, _world):
            return Response(status=200, body=forward(request).body + name)

        return change

    fake = Fake(changes=[named(b" first"), named(b" last")])
    answer = fake.answer(Request(method="DELETE", url="http://fake/oauth/token"), "us").response
    assert answer.body == b" first last"


def test_a_dialect_that_the_fake_does_not_speak_is_named():
    with pytest.raises(ConfigurationError, match="the fake speaks platform-v2, acd, not 'klingon'"):
        Fake("klingon")


@pytest.mark.parametrize("agent_id", ["a b", "jane@example.com", "ü", "*", "12345"])
def test_an_agent_with_an_odd_id_still_has_a_profile_that_fits_the_contract(agent_id):

    world = World()
    record = world.add_agent(agent_id)
    body = {"agentId": record.agent_id, "name": record.name, "email": record.email}
    exchange = Exchange(
        request=Request(method="GET", url="https://tenant.example/api/v2/agents/1"),
        response=Response(
            status=200, headers=Headers({"Content-Type": "application/json"}), body=json.dumps(body).encode()
        ),
    )
    assert contract("platform-v2").violations(exchange) == ()
