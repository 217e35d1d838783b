"""The admin API: what it arranges, tells and refuses, and that the tenant's own API knows nothing of it."""

import json
from contextlib import contextmanager
from urllib.parse import quote

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone import server
from pytest_cxone.errors import UnknownRoute
from pytest_cxone.fake.admin import Admin
from pytest_cxone.fake.admin.front import OPERATIONS
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import KINDS, Delivery, Fault
from pytest_cxone.fake.world import View, World
from pytest_cxone.model import Headers, Request, Response

pytest_plugins = ["pytester"]

STATES = "/api/v2/agents/states"
START = 1_700_000_000.25
SEEN_BY_CLIENT = View(cannot_see=frozenset({"Restricted"}), restricted=False)


class Asker:
    """Asks the admin API of a fake without any HTTP, and looks at the fake behind it."""

    def __init__(self):
        self.time = START
        self.fake = Fake(clock=Clock(lambda: self.time))
        self.world = self.fake.world("us")
        self.world.add_client("id", "s3cret", scopes=["read:agent"])
        self.admin = Admin(self.fake, "us")

    def __call__(self, method, path, body=b"", headers=()):
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        url = f"http://127.0.0.1:8080/__cxone__/{path}"
        answer = self.admin.answer(Request(method=method, url=url, headers=Headers(headers), body=content))
        assert answer.media_type == "application/json"
        return answer.status, json.loads(answer.body)

    def done(self, method, path, body=b""):
        status, content = self(method, path, body)
        assert status == 200, content
        return content

    def state(self):
        return self.world.snapshot(), self.fake.faults, self.fake.clock.ahead, len(self.fake.journal)

    def listed(self):
        return [session.agent_id for session in self.world.online(SEEN_BY_CLIENT)]

    def call(self, path, method="GET", body=b"", **headers):
        fields = {name.replace("_", "-"): value for name, value in headers.items()}
        request = Request(method=method, url=f"http://fake{path}", headers=Headers(fields), body=body)
        return self.fake.answer(request, "us").response


@pytest.fixture
def ask():
    return Asker()


# Agents


@pytest.mark.parametrize("body", [b"", b" \n", {}], ids=["empty", "blank", "{}"])
def test_an_agent_is_added_logged_out(ask, body):
    added = ask.done("PUT", "agents/7", body)
    assert added == {
        "agentId": "7",
        "name": "Alex Abara",
        "email": "alex.abara.7@example.com",
        "team": "Support",
        "hidden": False,
        "active": True,
        "online": False,
        "state": None,
        "group": None,
        "since": None,
        "restricted": False,
    }
    assert ask.done("GET", "agents/7") == added
    assert ask.done("GET", "agents") == {"agents": [added]}


def test_an_agent_is_logged_in_with_all_that_can_be_said(ask):
    said = {"name": "Ann", "email": "ann@example.com", "team": "Sales", "state": "Lunch", "group": "Break"}
    shown = ask.done("PUT", "agents/7", {**said, "online": True, "restricted": True})
    assert shown == {
        **said,
        "agentId": "7",
        "hidden": False,
        "active": True,
        "online": True,
        "restricted": True,
        "since": "2023-11-14T22:13:20.250Z",
    }


CHANGES = {
    "nothing": ({}, {"online": True, "state": "Lunch", "group": "Break", "team": "Sales"}),
    "a state, which is its own group": ({"state": "Busy"}, {"state": "Busy", "group": "Busy"}),
    "a state and its group": ({"state": "Busy", "group": "Work"}, {"state": "Busy", "group": "Work"}),
    "a group alone": ({"group": "Work"}, {"state": "Lunch", "group": "Work"}),
    "restricted alone": ({"restricted": True}, {"state": "Lunch", "group": "Break", "restricted": True}),
    "online again": ({"online": True}, {"online": True, "state": "Lunch", "group": "Break"}),
    "online with a state": ({"online": True, "state": "Busy"}, {"online": True, "state": "Busy"}),
    "a name": ({"name": "Bo"}, {"name": "Bo", "email": "alex.abara.7@example.com", "state": "Lunch"}),
    "hidden": ({"hidden": True}, {"hidden": True, "team": "Restricted", "online": True}),
    "not hidden, as before": ({"hidden": False}, {"hidden": False, "team": "Sales"}),
    "another team": ({"hidden": False, "team": "Care"}, {"hidden": False, "team": "Care"}),
    "the hidden team by name": ({"team": "Restricted"}, {"hidden": True}),
    "log out": ({"online": False}, {"online": False, "state": None, "group": None, "since": None}),
    "active, as before": ({"active": True}, {"active": True, "online": True, "state": "Lunch"}),
    "no longer active": ({"active": False}, {"active": False, "online": False, "state": None}),
    "neither active nor logged in": ({"active": False, "online": False}, {"active": False, "online": False}),
}


@pytest.mark.parametrize(("body", "expected"), CHANGES.values(), ids=CHANGES)
def test_an_agent_who_is_logged_in_is_changed_by(ask, body, expected):
    ask.world.add_agent("7", team="Sales")
    ask.world.log_in("7", state="Lunch", group="Break")
    shown = ask.done("PUT", "agents/7", body)
    assert {name: shown[name] for name in expected} == expected


def test_a_state_that_an_agent_is_in_already_began_when_it_began(ask):
    began = ask.done("PUT", "agents/7", {"online": True, "state": "Busy"})["since"]
    ask.time += 60
    assert ask.done("PUT", "agents/7", {"online": True, "state": "Busy"})["since"] == began
    assert ask.done("PUT", "agents/7", {"state": "Lunch"})["since"] == "2023-11-14T22:14:20.250Z"


def test_a_hidden_agent_is_brought_back_to_a_team_that_is_seen(ask):
    ask.done("PUT", "agents/7", {"online": True, "hidden": True})
    assert ask.listed() == []
    assert ask.done("PUT", "agents/7", {"hidden": False})["team"] == "Support"
    assert ask.listed() == ["7"]


def test_an_agent_who_is_not_active_logs_in_once_active_again(ask):
    assert ask.done("PUT", "agents/7", {"active": False})["active"] is False
    assert ask.done("PUT", "agents/7", {"name": "Ann"})["active"] is False
    status, told = ask("PUT", "agents/7", {"online": True})
    assert (status, told["error"]) == (
        409,
        "agent '7' is not active and cannot log in; let active be true, or online false",
    )
    assert ask.done("PUT", "agents/7", {"active": True, "online": True})["online"] is True
    assert ask.listed() == ["7"]


def test_a_log_in_shows_after_its_latency(ask):
    ask.done("PUT", "agents/7", {"online": True, "latency": 5})
    assert ask.listed() == []
    ask.done("POST", "clock", {"advance": 5})
    assert ask.listed() == ["7"]


def test_many_are_logged_in_with_ids_that_are_free(ask):
    ask.world.add_agent("10002")
    told = ask.done("POST", "agents", {"count": 3, "state": "Busy", "group": "Work", "team": "Sales"})
    assert told == {"agentIds": ["10001", "10003", "10004"]}
    assert ask.listed() == ["10001", "10003", "10004"]
    shown = ask.done("GET", "agents/10004")
    assert (shown["state"], shown["group"], shown["team"]) == ("Busy", "Work", "Sales")


@pytest.mark.parametrize("agent_id", ["a/b c", "100%", "é", "?x=1", "states"])
def test_an_id_is_whatever_its_path_says_decoded(ask, agent_id):
    path = f"agents/{quote(agent_id, safe='')}"
    assert ask.done("PUT", path)["agentId"] == agent_id
    assert ask.world.agent(agent_id) is not None
    assert ask.done("DELETE", path) == {"removed": 1}


def test_a_removed_agent_is_unknown(ask):
    ask.world.log_in("7")
    assert ask.done("DELETE", "agents/7") == {"removed": 1}
    assert ask.done("DELETE", "agents/7") == {"removed": 0}
    assert ask("GET", "agents/7") == (404, {"error": "there is no agent '7'; PUT adds one"})
    assert ask.listed() == []


def test_everybody_is_removed(ask):
    ask.done("POST", "agents", {"count": 2})
    ask.done("PUT", "agents/7")
    assert ask.done("DELETE", "agents") == {"removed": 3}
    assert ask.done("GET", "agents") == {"agents": []}


# Faults


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_of_each_kind_is_set(ask, kind):
    listed = ask.done("POST", "faults", {"kind": kind})["faults"]
    assert [fault["kind"] for fault in listed] == [kind]


def test_a_fault_tells_how_often_it_has_struck(ask):
    ask.done("POST", "faults", {"kind": "outage", "times": 2, "after": 1, "on": "/states", "status": 502})
    for struck in (0, 1, 2, 2):
        ask.call(STATES)
        (fault,) = ask.done("GET", "faults")["faults"]
        assert fault["struck"] == struck
    assert fault == {
        "kind": "outage",
        "times": 2,
        "after": 1,
        "on": "/states",
        "status": 502,
        "retry_after": None,
        "seconds": 5.0,
        "struck": 2,
    }


def test_faults_end(ask):
    ask.done("POST", "faults", {"kind": "outage"})
    ask.done("POST", "faults", {"kind": "rate_limit", "retry_after": 3})
    assert ask.done("DELETE", "faults") == {"removed": 2}
    assert ask.done("GET", "faults") == {"faults": []}
    assert ask.call(STATES).status == 401


def test_the_admin_api_meets_no_fault_and_uses_none_up(ask):
    ask.done("POST", "faults", {"kind": "outage", "on": "/", "times": 1})
    assert ask.done("GET", "agents") == {"agents": []}
    assert ask.call(STATES).status == 503


# The clock, the limits, the clients


def test_the_clock_moves_forward(ask):
    assert ask.done("GET", "clock") == {"now": "2023-11-14T22:13:20.250Z", "ahead": 0.0}
    assert ask.done("POST", "clock", {"advance": 901}) == {"now": "2023-11-14T22:28:21.250Z", "ahead": 901.0}
    assert ask.done("POST", "clock", {"advance": 0.5})["ahead"] == 901.5


def test_the_clock_does_not_leave_the_calendar(ask):
    statuses = [ask("POST", "clock", {"advance": 1_000_000_000})[0] for _ in range(250)]
    assert statuses[:248] == [200] * 248
    assert statuses[-1] == 400
    assert ask.done("GET", "clock")["now"].startswith("98")


def test_the_limits_are_changed_one_by_one(ask):
    assert ask.done("GET", "tenant") == {"page_cap": 100, "token_lifetime": 900, "state_latency": 0.0}
    assert ask.done("PUT", "tenant", {"page_cap": 25}) == {"page_cap": 25, "token_lifetime": 900, "state_latency": 0.0}
    ask.done("PUT", "tenant", {"token_lifetime": 60, "state_latency": 2.5})
    assert (ask.world.page_cap, ask.world.token_lifetime, ask.world.state_latency) == (25, 60, 2.5)


def test_a_client_may_have_an_access_key(ask):
    key = {"access_key_id": "k====", "access_key_secret": "k3y-s3cret"}
    shown = ask.done("PUT", "clients/two", {"secret": "t0p", "scopes": [], **key})
    assert shown["access_key_id"] == "k===="
    assert "k3y-s3cret" not in str(ask.done("GET", "clients"))
    ask.done("PUT", "clients/two", {"access_key_secret": "another"})
    client = ask.world.client("two")
    assert (client.client_secret, client.access_key_id, client.access_key_secret) == ("t0p", "k====", "another")


@pytest.mark.parametrize(
    ("key", "status", "message"),
    [
        ({"access_key_id": "k"}, 400, "an access key is access_key_id and access_key_secret; give both"),
        ({"access_key_secret": "s"}, 400, "give both"),
        ({"access_key_id": "taken", "access_key_secret": "s"}, 409, "access key 'taken' belongs to client 'owner'"),
    ],
    ids=["no secret", "no id", "another's"],
)
def test_an_access_key_that_makes_no_sense_is_refused(ask, key, status, message):
    ask.done("PUT", "clients/owner", {"secret": "s", "scopes": [], "access_key_id": "taken", "access_key_secret": "s"})
    before = ask.state()
    answer = ask("PUT", "clients/two", {"secret": "t0p", "scopes": [], **key})
    assert (answer[0], ask.state()) == (status, before)
    assert message in answer[1]["error"]


def test_a_client_is_added_and_changed_and_never_shows_its_secret(ask):
    added = ask.done("PUT", "clients/two", {"secret": "t0p", "scopes": ["b", "a"]})
    assert added == {"clientId": "two", "scopes": ["a", "b"], "cannot_see": ["Restricted"]}
    changed = ask.done("PUT", "clients/two", {"cannot_see": []})
    assert changed == {"clientId": "two", "scopes": ["a", "b"], "cannot_see": []}
    assert ask.world.client("two").client_secret == "t0p"
    listed = ask.done("GET", "clients")
    assert [client["clientId"] for client in listed["clients"]] == ["id", "two"]
    assert "t0p" not in json.dumps(listed)


def test_a_clients_scopes_may_be_taken_away(ask):
    assert ask.done("PUT", "clients/id", {"scopes": []})["scopes"] == []
    assert ask.world.client("id").client_secret == "s3cret"


def test_tokens_are_revoked(ask):
    token = ask.world.issue_token(ask.world.client("id"), ["read:agent"])
    assert ask.call(STATES, Authorization=f"Bearer {token.value}").status == 200
    assert ask.done("DELETE", "tokens") == {"removed": 1}
    assert ask.call(STATES, Authorization=f"Bearer {token.value}").status == 401


# What it refuses


REFUSED = {
    "broken JSON": ("PUT", "agents/7", b'{"online": tru', 400, "the body is not JSON"),
    "a form": ("PUT", "agents/7", b"online=true", 400, "the body is not JSON"),
    "no text": ("PUT", "agents/7", b"\xff\xfe\xfd", 400, "the body is not JSON"),
    "NaN": ("POST", "clock", b'{"advance": NaN}', 400, "NaN is no JSON number"),
    "infinity": ("POST", "clock", b'{"advance": 1e999}', 400, "1e999 is too large a number"),
    "brackets without end": ("PUT", "agents/7", b"[" * 100_000, 400, "the body is not JSON"),
    "a list": ("PUT", "agents/7", [], 400, "the body must be a JSON object such as {}, not []"),
    "an unknown key": ("PUT", "agents/7", {"onlin": True}, 400, 'the body has no key "onlin"; it may have name, email'),
    "a body where none belongs": ("POST", "reset", {"a": 1}, 400, 'the body has no key "a"; it has none here'),
    "text for a flag": ("PUT", "agents/7", {"online": "yes"}, 400, 'online must be true or false, not "yes"'),
    "a number for a flag": ("PUT", "agents/7", {"hidden": 1}, 400, "hidden must be true or false, not 1"),
    "null": ("PUT", "agents/7", {"name": None}, 400, "name must be a text that is not blank, not null"),
    "a blank name": ("PUT", "agents/7", {"name": " "}, 400, 'name must be a text that is not blank, not " "'),
    "a good key beside a bad one": (
        "PUT",
        "agents/7",
        {"online": True, "latency": -1},
        400,
        "latency must be a number",
    ),
    "a flag for a number": ("POST", "clock", {"advance": True}, 400, "advance must be a number of seconds"),
    "time that runs backwards": ("POST", "clock", {"advance": -1}, 400, "advance must be a number of seconds, 0 to"),
    "a clock that is not moved": ("POST", "clock", {}, 400, "the body lacks advance, which must be a number"),
    "no agents": ("POST", "agents", {"count": 0}, 400, "count must be a whole number, 1 to 100000, not 0"),
    "too many agents": ("POST", "agents", {"count": 100_001}, 400, "count must be a whole number, 1 to 100000"),
    "half an agent": ("POST", "agents", {"count": 1.5}, 400, "count must be a whole number"),
    "true agents": ("POST", "agents", {"count": True}, 400, "count must be a whole number"),
    "a blank id": ("PUT", "agents/%20", {}, 400, "an agent's id must not be blank"),
    "a state without a log-in": ("PUT", "agents/7", {"state": "Busy"}, 409, "'7' is logged out and has no state; add"),
    "a latency after a log-in": ("PUT", "agents/9", {"latency": 1}, 409, "'9' is logged in already; latency is"),
    "a state and a log-out": ("PUT", "agents/9", {"online": False, "group": "A"}, 400, "group belongs to an agent who"),
    "a log-in of nobody active": ("PUT", "agents/7", {"active": False, "online": True}, 409, "'7' is not active and"),
    "a state for nobody active": (
        "PUT",
        "agents/9",
        {"active": False, "state": "A"},
        400,
        "state belongs to an agent who",
    ),
    "hidden in a team": (
        "PUT",
        "agents/9",
        {"hidden": True, "team": "A"},
        400,
        "hidden: true is the team 'Restricted'",
    ),
    "seen in the hidden team": ("PUT", "agents/9", {"hidden": False, "team": "Restricted"}, 400, "hidden: false is"),
    "a fault without a kind": ("POST", "faults", {"times": 1}, 400, "the body lacks kind, which must be one of rate_"),
    "an unknown kind": ("POST", "faults", {"kind": "flood"}, 400, "a fault's kind must be one of rate_limit, outage"),
    "a kind that is no text": ("POST", "faults", {"kind": []}, 400, "a fault's kind must be one of"),
    "true times": ("POST", "faults", {"kind": "outage", "times": True}, 400, "times must be a number of requests, 1"),
    "status 200": ("POST", "faults", {"kind": "outage", "status": 200}, 400, "an outage's status must be 500 to 599"),
    "a path that is none": ("POST", "faults", {"kind": "outage", "on": 7}, 400, "on must be a part of the path"),
    "a cap of nothing": ("PUT", "tenant", {"token_lifetime": 5, "page_cap": 0}, 400, "page_cap must be a whole number"),
    "half a second": (
        "PUT",
        "tenant",
        {"token_lifetime": 0.5},
        400,
        "token_lifetime must be a whole number, 1 or more",
    ),
    "a client without a secret": ("PUT", "clients/x", {"scopes": []}, 400, "secret is missing; a new client needs"),
    "a client without scopes": ("PUT", "clients/x", {"secret": "x"}, 400, "scopes is missing; a new client needs"),
    "a blank client": ("PUT", "clients/%20", {"secret": "x", "scopes": []}, 400, "a client's id must not be blank"),
    "scopes in one text": (
        "PUT",
        "clients/id",
        {"scopes": "a b"},
        400,
        "scopes must be a list of texts without blanks",
    ),
    "a scope of two words": ("PUT", "clients/id", {"scopes": ["a b"]}, 400, "scopes must be a list of texts without"),
    "teams that are numbers": ("PUT", "clients/id", {"cannot_see": [7]}, 400, "cannot_see must be a list of teams"),
    "an unknown filter": ("GET", "journal?since=1", b"", 400, 'the query has no key "since"; it may have path, method'),
    "a filter twice": ("GET", "journal?last=1&last=2", b"", 400, "a parameter stands more than once"),
    "the last none": ("GET", "journal?last=0", b"", 400, "last must be a whole number, 1 or more, not 0"),
    "the last many": ("GET", "journal?last=many", b"", 400, 'last must be a whole number, 1 or more, not "many"'),
    "a filter elsewhere": ("GET", "agents?online=true", b"", 400, 'the query has no key "online"; it has none here'),
}


@pytest.mark.parametrize(("method", "path", "body", "status", "error"), REFUSED.values(), ids=REFUSED)
def test_refused_and_nothing_changed(ask, method, path, body, status, error):
    ask.world.log_in("9")
    before = ask.state()
    answered, content = ask(method, path, body)
    assert (answered, list(content)) == (status, ["error"])
    assert error in content["error"]
    assert ask.state() == before


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
REASONABLE = st.sampled_from([True, False, 0, 1, 2, 0.5, "Busy", "Restricted", "outage", [], ["a"]])


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_any_body_is_done_or_refused_and_what_is_refused_changes_nothing(data):
    ask = Asker()
    ask.world.log_in("9")
    operation = data.draw(st.sampled_from([operation for operation in OPERATIONS if operation.body]))
    keys = st.sampled_from([*operation.body, "other"])
    body = data.draw(st.dictionaries(keys, REASONABLE | JSON, max_size=4) | JSON)
    before = ask.state()
    status, content = ask(operation.method, operation.path.replace("{id}", data.draw(st.sampled_from("79"))), body)
    assert status in {200, 400, 409}
    if status != 200:
        assert content["error"]
        assert ask.state() == before


# Paths, methods and who may ask


def test_the_index_names_every_route_and_what_it_takes(ask):
    index = ask.done("GET", "")
    assert (index["name"], index["dialect"], index["region"]) == ("pytest-cxone", "platform-v2", "us")
    assert index["api_versions"] == ["v2"]
    routes = {(route["method"], route["path"]): route for route in index["routes"]}
    assert len(routes) == len(OPERATIONS)
    assert all(route["does"].endswith(".") for route in routes.values())
    assert routes["POST", "/__cxone__/clock"]["body"] == {"advance": "a number of seconds, 0 to 1000000000"}
    assert list(routes["GET", "/__cxone__/journal"]["query"]) == ["path", "method", "last"]


@pytest.mark.parametrize("path", ["agent", "agents/", "agents/7/state", "faults/1", "clients/", "/agents", "x/agents"])
def test_an_unknown_path_is_404_and_names_the_routes(ask, path):
    ask.world.log_in("9")
    status, content = ask("DELETE", path)
    assert status == 404
    assert content["error"] == f"the admin API has no /__cxone__/{path}; see routes"
    assert "PUT /__cxone__/agents/{id}" in content["routes"]
    assert ask.world.agent("9") is not None


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "agents", "GET, POST, DELETE"),
        ("PATCH", "agents/7", "GET, PUT, DELETE"),
        ("GET", "reset", "POST"),
        ("HEAD", "reset", "POST"),
        ("POST", "", "GET"),
    ],
)
def test_another_method_is_405_and_names_those_there_are(ask, method, path, allowed):
    url = f"http://127.0.0.1/__cxone__/{path}"
    answer = ask.admin.answer(Request(method=method, url=url))
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)
    assert json.loads(answer.body)["error"] == f"/__cxone__/{path} has no {method}; it has {allowed}"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://localhost:3000", 200),
        ("http://127.0.0.1", 200),
        ("http://[::1]:8080", 200),
        ("http://app.localhost", 200),
        ("https://example.com", 403),
        ("http://localhost.example.com", 403),
        ("http://127.0.0.1.example.com", 403),
        ("http://192.0.2.1", 403),
        ("http://[", 403),
        ("null", 403),
        ("", 403),
    ],
)
def test_web_pages_from_elsewhere_may_not_ask(ask, origin, status):
    answered, content = ask("PUT", "agents/7", {}, {"Origin": origin})
    assert answered == status
    assert (ask.world.agent("7") is not None) == (status == 200)
    assert status == 200 or origin in content["error"]


@pytest.mark.parametrize("media_type", ["application/json", "application/x-www-form-urlencoded", "text/plain", ""])
def test_a_body_is_json_whatever_its_media_type_says(ask, media_type):
    status, shown = ask("PUT", "agents/7", {"online": True}, {"Content-Type": media_type})
    assert (status, shown["online"]) == (200, True)


def test_a_request_is_done_as_a_whole_while_nobody_else_is_answered(ask, monkeypatch):
    depths = []

    class Lock:
        depth = 0

        def __enter__(self):
            self.depth += 1

        def __exit__(self, *_):
            self.depth -= 1

    ask.fake.lock = lock = Lock()
    for name in ("add_agent", "log_in"):
        change = getattr(ask.world, name)
        monkeypatch.setattr(
            ask.world, name, lambda *a, _change=change, **k: (depths.append(lock.depth), _change(*a, **k))[1]
        )
    ask.done("PUT", "agents/7", {"online": True})
    assert depths == [1, 1]


# The journal and the mistakes


def test_the_journal_shows_exchanges_without_their_secrets(ask):
    form = b"grant_type=client_credentials&client_id=id&client%5Fsecret=s3cret"
    issued = ask.call("/oauth/token", "POST", form, Content_Type="application/x-www-form-urlencoded")
    token = json.loads(issued.body)["access_token"]
    ask.call(f"{STATES}?page=1&access_token={token}&x=", Authorization=f"Bearer {token}")
    told = ask.done("GET", "journal")
    first, second = told["exchanges"]
    assert token not in json.dumps(told)
    assert "s3cret" not in json.dumps(told)
    assert first["request"] == {
        "method": "POST",
        "path": "/oauth/token",
        "query": [],
        "headers": {"content-type": "application/x-www-form-urlencoded"},
        "body": "grant_type=client_credentials&client_id=id&client%5Fsecret=***",
    }
    assert json.loads(first["response"]["body"])["access_token"] == "***"
    assert second["request"]["query"] == [["page", "1"], ["access_token", "***"], ["x", ""]]
    assert second["request"]["headers"] == {"authorization": "***"}
    assert second["response"] == {"status": 200, "headers": {"content-type": "application/json"}, "body": "[]"}


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"client_secret" : "s3cret", "a": 1}', '{"client_secret" : "***", "a": 1}'),
        (b'{"client_secret": "s3\\"cret"}', '{"client_secret": "***"}'),
        (b"client_secret=s3cret", "client_secret=***"),
        (b"username=key&PassWord=s3cret", "username=key&PassWord=***"),
        (b'{"accessKeyId": "k", "accessKeySecret": "s3cret"}', '{"accessKeyId": "k", "accessKeySecret": "***"}'),
        (b'{"token": "s3cret", "token_type": "Bearer"}', '{"token": "***", "token_type": "Bearer"}'),
        (b"a=client_secret&b", "a=client_secret&b"),
        (b"\xff", "\ufffd"),
    ],
)
def test_a_secret_is_masked_in_whatever_it_was_sent(ask, body, shown):
    ask.call("/oauth/token", "POST", body)
    (exchange,) = ask.done("GET", "journal")["exchanges"]
    assert exchange["request"]["body"] == shown


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["1", "2", "3", "states"]),
        ("?path=agents/2", ["2"]),
        ("?path=1", ["1"]),
        ("?method=put", ["states"]),
        ("?last=2", ["3", "states"]),
        ("?last=9", ["1", "2", "3", "states"]),
        ("?method=GET&last=1", ["3"]),
    ],
)
def test_the_journal_is_filtered(ask, query, found):
    for number in (1, 2, 3):
        ask.call(f"/api/v2/agents/{number}")
    ask.call(STATES, "PUT")
    exchanges = ask.done("GET", f"journal{query}")["exchanges"]
    assert [exchange["request"]["path"].rpartition("/")[2] for exchange in exchanges] == found


def test_the_journal_is_emptied(ask):
    ask.call(STATES)
    assert ask.done("DELETE", "journal") == {"removed": 1}
    assert ask.done("GET", "journal") == {"exchanges": []}


def test_mistakes_are_listed_and_forgotten(ask):
    unknown = UnknownRoute("GET", "/api/v1/agents", ["GET /a"])
    ask.fake.errors.append(unknown)
    mistake = {"kind": "UnknownRoute", "method": "GET", "path": "/api/v1/agents", "error": str(unknown)}
    assert ask.done("GET", "mistakes") == {"mistakes": [mistake]}
    assert ask.done("DELETE", "mistakes") == {"removed": 1}
    assert ask.done("GET", "mistakes") == {"mistakes": []}


# Back to the beginning


def test_a_reset_undoes_what_the_admin_api_has_done_and_keeps_what_was_arranged_before(ask):
    ask.world.log_in("9", state="Busy")
    ask.world.page_cap = 25
    ask.fake.add_fault(Fault(kind="outage", on="/nowhere"))
    ask.fake.clock.advance(10)
    before = ask.state()
    ask.done("DELETE", "agents")
    ask.done("POST", "agents", {"count": 2})
    ask.done("PUT", "tenant", {"page_cap": 1, "token_lifetime": 1, "state_latency": 1})
    ask.done("PUT", "clients/id", {"secret": "other"})
    ask.done("PUT", "clients/two", {"secret": "t0p", "scopes": []})
    ask.done("POST", "faults", {"kind": "latency"})
    ask.done("POST", "clock", {"advance": 100})
    ask.world.issue_token(ask.world.client("id"), [])
    ask.call(STATES)
    ask.fake.errors.append(UnknownRoute("GET", "/", []))
    assert ask.done("POST", "reset") == {"reset": True}
    assert ask.state() == before
    assert ask.listed() == ["9"]
    assert [agent["agentId"] for agent in ask.done("GET", "agents")["agents"]] == ["9"]
    assert [client["clientId"] for client in ask.done("GET", "clients")["clients"]] == ["id"]
    assert ask.fake.errors == []
    assert ask.world.revoke_tokens() == 0


def test_any_number_of_resets_leads_to_the_same_place(ask):
    before = ask.state()
    for agent_id in ("1", "2"):
        ask.done("PUT", f"agents/{agent_id}", {"online": True})
        ask.done("POST", "reset")
        assert ask.state() == before


def test_looking_is_no_beginning(ask):
    ask.done("GET", "agents")
    ask.world.log_in("9")
    ask.done("POST", "reset")
    assert ask.listed() == ["9"]


def test_an_agent_who_was_on_the_way_is_so_again_after_a_reset(ask):
    ask.world.log_in("9", latency=5)
    ask.done("POST", "clock", {"advance": 6})
    assert ask.listed() == ["9"]
    ask.done("POST", "reset")
    assert ask.listed() == []
    ask.done("POST", "reset")
    assert ask.listed() == []
    ask.time += 6
    assert ask.listed() == ["9"]


def test_a_fault_that_had_struck_has_done_so_after_a_reset(ask):
    ask.fake.add_fault(Fault(kind="outage", times=2))
    ask.call(STATES)
    ask.done("PUT", "agents/7")
    ask.call(STATES)
    ask.done("POST", "reset")
    assert [ask.call(STATES).status for _ in range(2)] == [503, 401]


def test_a_reset_without_a_beginning_leads_to_new_worlds_for_whoever_holds_them():
    def new_world(clock):
        world = World(clock=clock, page_cap=3)
        world.log_in("12345")
        return world

    fake = Fake(new_world=new_world)
    us, eu = fake.world("us"), fake.world("eu")
    us.remove_agent("12345")
    eu.log_in("8")
    us.page_cap = 1
    fake.add_fault(Fault(kind="outage"))
    fake.clock.advance(5)
    fake.reset()
    for world in (us, eu):
        assert [agent.agent_id for agent in world.agents] == ["12345"]
        assert world.page_cap == 3
    assert fake.world("us") is us
    assert (fake.faults, fake.clock.ahead) == ((), 0.0)


def test_the_regions_are_reset_together(ask):
    eu = Admin(ask.fake, "eu")
    eu.answer(Request(method="PUT", url="http://fake/__cxone__/agents/8", body=b'{"online": true}'))
    assert ask.done("GET", "agents") == {"agents": []}
    ask.done("POST", "reset")
    assert ask.fake.world("eu").agents == ()


# Over HTTP


@contextmanager
def served(fake):
    with server.serving(fake, "us") as running, requests.Session() as session:
        session.trust_env = False
        yield running.url, session


def test_it_is_served_beside_the_tenant_and_stands_in_no_journal(ask):
    with served(ask.fake) as (url, session):
        shown = session.put(f"{url}/__cxone__/agents/a%2Fb", data='{"online": true}').json()
        assert session.get(f"{url}/__cxone__").json()["name"] == "pytest-cxone"
        assert session.get(f"{url}/__cxone__/nothing").status_code == 404
        head = session.head(f"{url}/__cxone__/")
        assert session.get(f"{url}{STATES}").status_code == 401
        (exchange,) = session.get(f"{url}/__cxone__/journal").json()["exchanges"]
    assert (shown["agentId"], shown["online"]) == ("a/b", True)
    assert (head.status_code, head.text) == (200, "")
    assert exchange["request"]["path"] == STATES
    assert ask.fake.errors == []


def test_a_request_that_the_fake_cannot_make_sense_of_is_a_mistake(ask):
    with served(ask.fake) as (url, session):
        assert session.get(f"{url}/__cxone__agents").status_code == 500
        (mistake,) = session.get(f"{url}/__cxone__/mistakes").json()["mistakes"]
    assert (mistake["kind"], mistake["method"], mistake["path"]) == ("UnknownRoute", "GET", "/__cxone__agents")


def test_what_answers_from_a_recording_has_no_admin_api():
    class Recorded:
        def __init__(self):
            self.errors = []

        def answer(self, request, region):
            return Delivery(response=Response(status=204))

    with served(Recorded()) as (url, session):
        answer = session.get(f"{url}/__cxone__/agents")
        assert session.get(f"{url}{STATES}").status_code == 204
    assert answer.status_code == 404
    assert "a recorded tenant has no /__cxone__/" in answer.json()["error"]


ARRANGED = """
    import requests
    from pytest_cxone import agent_online, cxone_fault

    @agent_online("12345", state="Lunch")
    @cxone_fault("outage", times=1)
    def test_a_reset_keeps_what_the_markers_say(cxone_server, cxone_tenant):
        admin = f"{cxone_server}/__cxone__"
        requests.delete(f"{admin}/faults")
        requests.delete(f"{admin}/agents")
        requests.put(f"{admin}/agents/7", json={"online": True})
        assert [session.agent_id for session in cxone_tenant.world.sessions] == ["7"]
        requests.post(f"{admin}/reset")
        assert [session.state for session in cxone_tenant.world.sessions] == ["Lunch"]
        assert requests.get(f"{cxone_server}/api/v2/agents/states").status_code == 503
        assert requests.get(f"{cxone_server}/api/v2/agents/states").status_code == 401
        assert len(cxone_tenant.journal) == 2
"""


@pytest.mark.parametrize("transport", ["in-process", "http"])
def test_the_fixtures_tenant_is_reset_to_what_its_markers_say(pytester, transport):
    pytester.makepyfile(ARRANGED)
    pytester.runpytest(f"--cxone-transport={transport}", "-p", "no:asyncio").assert_outcomes(passed=1)
