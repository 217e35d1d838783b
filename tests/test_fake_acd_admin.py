"""The admin API in front of the fake's acd: the same operations, and what they show on the tenant's own API."""

import json

import pytest

from pytest_cxone.fake.admin import Admin
from pytest_cxone.model import Request
from tests.acd_asking import KEY, Asking, body


@pytest.fixture
def ask():
    return Asking(api_versions=range(30, 33))


@pytest.fixture
def admin(ask):
    front = Admin(ask.fake, ask.region)

    def answer(method, path, content=None):
        sent = b"" if content is None else json.dumps(content).encode()
        told = front.answer(Request(method=method, url=f"http://127.0.0.1/__cxone__/{path}", body=sent))
        return told.status, json.loads(told.body)

    return answer


def test_the_index_tells_the_dialect_and_its_versions(admin):
    _, index = admin("GET", "")
    assert (index["dialect"], index["region"]) == ("acd", "global")
    assert index["api_versions"] == ["v30.0", "v31.0", "v32.0"]


def test_an_agent_is_arranged_and_listed(ask, admin):
    admin("PUT", "agents/7", {"online": True, "state": "Lunch", "team": "Sales"})
    admin("PUT", "agents/8", {"online": True, "hidden": True})
    (row,) = body(ask.states())["agentStates"]
    assert (row["agentId"], row["outStateDescription"], row["teamName"]) == (7, "Lunch", "Sales")
    _, shown = admin("GET", "agents/7")
    assert (shown["online"], shown["state"]) == (True, "Lunch")


@pytest.mark.parametrize("agent_id", ["abc", "007", "0", "-7", "1.5", "%C2%B2", "1234567890123456"])
def test_an_id_that_no_answer_could_show_is_refused(ask, admin, agent_id):
    status, told = admin("PUT", f"agents/{agent_id}")
    assert status == 400
    assert "an agent's id in acd is a whole number such as '12345'" in told["error"]
    assert ask.world.agents == ()


def test_many_are_logged_in_with_numbers(ask, admin):
    admin("POST", "agents", {"count": 2})
    assert [row["agentId"] for row in body(ask.states())["agentStates"]] == [10_001, 10_002]


def test_a_client_with_an_access_key_gets_a_token(ask, admin):
    key = {"access_key_id": "other", "access_key_secret": "s"}
    status, shown = admin("PUT", "clients/two", {"secret": "t", "scopes": ["all"], "cannot_see": [], **key})
    assert (status, shown["access_key_id"]) == (200, "other")
    granted = ask.with_json("/authentication/v1/token/access-key", {"accessKeyId": "other", "accessKeySecret": "s"})
    assert granted.status == 200


def test_tokens_and_what_renews_them_are_revoked(ask, admin):
    granted = body(ask.with_json("/authentication/v1/token/access-key", KEY))
    assert admin("DELETE", "tokens") == (200, {"removed": 2})
    assert ask.states(token=granted["access_token"]).status == 401
    assert ask.with_json("/public/user/refresh", {"token": granted["refresh_token"]}).status == 401


def test_the_limits_are_the_dialects(admin):
    assert admin("GET", "tenant")[1] == {"page_cap": 100, "token_lifetime": 3600, "state_latency": 0.0}


def test_the_journal_holds_no_secret_of_any_token_request(ask, admin):
    granted = body(ask.with_json("/authentication/v1/token/access-key", KEY))
    renewed = body(ask.with_json("/public/user/refresh", {"token": granted["refresh_token"]}))
    form = {"grant_type": "password", "username": KEY["accessKeyId"], "password": KEY["accessKeySecret"]}
    ask.with_form({**form, "client_id": "id", "client_secret": "secret"})
    ask.with_form({"grant_type": "refresh_token", "client_id": "id", "refresh_token": renewed["refreshToken"]})
    ask.with_json("/incontactauthorizationserver/token/whoami", {"token": granted["access_token"]})
    text = json.dumps(admin("GET", "journal")[1])
    secrets = [KEY["accessKeySecret"], "key-secret%3D", *granted.values(), *renewed.values()]
    assert [secret for secret in secrets if isinstance(secret, str) and len(secret) > 6 and secret in text] == []
    assert '\\"accessKeyId\\": \\"key====\\"' in text


def test_a_reset_brings_the_tenant_back(ask, admin):
    ask.world.log_in("7", state="Lunch")
    before = ask.states().body
    admin("DELETE", "agents")
    admin("POST", "clock", {"advance": 60})
    admin("POST", "reset")
    token = ask.world.issue_token(ask.client, ["all"]).value
    after = ask.states(token=token)
    assert after.status == 200
    assert json.loads(after.body) == json.loads(before)
