"""Every operation of acd on the fake keeps the contract, in recent versions and old ones, and the fake has no others."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from pytest_cxone.errors import UnknownRoute
from pytest_cxone.fake.acd.routes import AT_ROOT, VERSIONED
from pytest_cxone.fake.world import Skill
from pytest_cxone.model import Exchange, Headers, Request
from pytest_cxone.schemas import contract
from tests.acd_asking import KEY, Asking, body

ROUTES = {str(route): route for router in (AT_ROOT, VERSIONED) for route in router.routes}
FORM = "application/x-www-form-urlencoded"
WINDOW = "startDate=2023-01-01&endDate=2024-01-01"
QUERIES = {
    "GET /wfm-data/agents/schedule-adherence": [WINDOW],
    "POST /agents/{agentId}/state": ["state=Available", "state=Nonsense"],
    "GET /agents/states": ["", "updatedSince=2030-01-01", "fields=agentId", "top=2&skip=2", "top=x"],
    "GET /agents": ["", "isActive=False", "fields=agentId,userName", "top=1"],
    "GET /agents/{agentId}": ["", "fields=agentId"],
    "GET /agents/skills": ["", "mediaTypeId=4&skip=0", "fields=skillId"],
    "GET /agents/{agentId}/skills": ["", "fields=skillName", "top=1"],
    "GET /skills": ["", "top=1", "fields=skillName", "isActive=False"],
    "GET /skills/activity": ["", "fields=agentsWorking", "updatedSince=2030-01-01"],
    "GET /skills/{skillId}/activity": ["", "fields=agentsWorking", "updatedSince=2030-01-01"],
    "GET /teams/{teamId}": ["", "fields=teamName"],
    "GET /teams/agents": ["", "fields=agentId"],
    "GET /teams/{teamId}/agents": ["", "fields=agentId"],
    "GET /hours-of-operation": ["isDeleted=false"],
    "GET /unavailable-codes": ["", "top=1", "fields=name"],
}


@pytest.fixture
def ask():
    ask = Asking()
    ask.world.log_in("1")
    ask.world.log_in("2", state="Break")
    ask.world.log_in("3", state="InboundContact")
    ask.world.add_agent("4")
    ask.world.log_in("5")
    ask.world.hide("5")
    return ask


def sent(ask, route, *, version, agent_id="3", query="", token=None):
    path = route.template.replace("{agentId}", agent_id).replace("{teamId}", "101").replace("{skillId}", "4001")
    if route in VERSIONED.routes:
        path = f"/inContactAPI/services/v{version}.0{path}"
    refreshing = body(ask.with_json("/authentication/v1/token/access-key", KEY))
    bodies = {
        "/auth/token": urlencode(
            {"grant_type": "password", "username": "key====", "password": "key-secret===="}
        ).encode(),
        "/authentication/v1/token/access-key": b'{"accessKeyId": "key====", "accessKeySecret": "key-secret===="}',
        "/public/user/refresh": b'{"token": "%s"}' % refreshing["refresh_token"].encode(),
        "/incontactauthorizationserver/token/whoami": b'{"token": "%s"}' % refreshing["access_token"].encode(),
        "/agents": b'{"agents": [{}]}',
        "/agents/search": b"{}",
    }
    headers = {"Accept": "application/json", "Content-Type": "application/json"}
    headers["Authorization"] = f"Bearer {ask.token if token is None else token}"
    if route.template == "/auth/token":
        headers |= {"Content-Type": FORM, "Authorization": "Basic aWQ6c2VjcmV0"}
    return Request(
        method=route.method,
        url=f"{ask.origin}{path}" + (f"?{query}" if query else ""),
        headers=Headers(headers),
        body=bodies.get(route.template, b"") if route.method == "POST" else b"",
    )


def violations(ask, request):
    response = ask.fake.answer(request, ask.region).response
    return response, [str(found) for found in contract("acd").violations(Exchange(request=request, response=response))]


CASES = [(name, query) for name in ROUTES for query in QUERIES.get(name, [""])]


@pytest.mark.parametrize("version", [18, 31, 34])
@pytest.mark.parametrize(("name", "query"), CASES, ids=[f"{name} {query}".strip() for name, query in CASES])
def test_an_answer_keeps_the_contract(ask, name, query, version):
    request = sent(ask, ROUTES[name], version=version, query=query)
    response, found = violations(ask, request)
    assert found == []
    # Something was really shown, but where the request is to be refused or to find nothing.
    assert response.status in {"state=Nonsense": {400}, "top=x": {400}}.get(query, {200, 202, 204})


@pytest.mark.parametrize("name", [str(route) for route in VERSIONED.routes])
@pytest.mark.parametrize("token", ["unknown", "weak"])
def test_a_refusal_keeps_the_contract(ask, name, token):
    weak = ask.world.add_client("weak", "secret", scopes=[])
    value = ask.world.issue_token(weak, []).value if token == "weak" else token
    response, found = violations(ask, sent(ask, ROUTES[name], version=31, token=value))
    assert (response.status, found) == ({"weak": 403, "unknown": 401}[token], [])


@pytest.mark.parametrize("name", [name for name in ROUTES if "{agentId}" in name])
@pytest.mark.parametrize("agent_id", ["99", "4", "5"], ids=["unknown", "logged out", "hidden"])
def test_an_agent_who_cannot_be_shown_keeps_the_contract(ask, name, agent_id):
    query = QUERIES.get(name, [""])[0]
    response, found = violations(ask, sent(ask, ROUTES[name], version=31, agent_id=agent_id, query=query))
    assert found == []
    assert (response.status == 404) == (agent_id == "99")


def test_the_contract_knows_each_operation_of_the_fake_and_no_other(ask):
    spoken = [contract("acd").operation_for(sent(ask, route, version=31)) for route in ROUTES.values()]
    assert [operation and operation.label for operation in spoken] == [label(route) for route in ROUTES.values()]
    assert {operation.id for operation in spoken} == {operation.id for operation in contract("acd").operations}


def label(route):
    prefix = "/inContactAPI/services/{version}" if route in VERSIONED.routes else ""
    return f"{route.method} {prefix}{route.template}"


# What the page of differences says

DIFFERENCES = Path(__file__).parent.parent / "docs" / "texts" / "differences-acd.md"
SHOWN, _, NOT_SHOWN = DIFFERENCES.read_text(encoding="utf-8").partition("### What the fake of `acd` does not show")
V34 = "/inContactAPI/services/v34.0"
OPERATION = re.compile(r"`(?:(GET|POST|PUT) )?(/[^`\s]*)`")


def named(text):
    """Return the operations that a text names, a GET where it names no method, something in a parameter's place."""
    found = ((method or "GET", path) for method, path in OPERATION.findall(text) if not path.endswith("/vN.0"))
    return sorted({f"{method} {re.sub(r'{[a-zA-Z]+}', '7', path)}" for method, path in found})


def status(ask, operation, prefix):
    """Return the status of an answer; None for what the fake does not have at all."""
    method, path = operation.split()
    headers = {"Authorization": f"Bearer {ask.token}", "Accept": "application/json"}
    try:
        return ask(method, prefix + path, headers=headers, body=b"{}").status
    except UnknownRoute:
        return None


@pytest.mark.parametrize("prefix", ["", V34], ids=["at the root", "under a version"])
@pytest.mark.parametrize("operation", named(NOT_SHOWN))
def test_what_the_page_says_is_not_shown_is_really_not_answered(ask, operation, prefix):
    # 405 where the path has other operations.
    assert status(ask, operation, prefix) in {None, 405}


@pytest.mark.parametrize("operation", named(SHOWN))
def test_what_the_page_says_of_an_operation_is_of_one_that_is_answered(ask, operation):
    ask.world.set_skills("3", [Skill(skill_id=7, name="Sales", media_type=4)])
    assert status(ask, operation, V34) in {200, 204, 400}


def test_the_page_names_enough_for_these_tests_to_mean_something():
    assert len(named(NOT_SHOWN)) >= 40
    assert len(named(SHOWN)) >= 8
