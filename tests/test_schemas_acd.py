"""The contract of `acd`: which request calls what, and which answers keep it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import jsonschema_rs
import openapi_spec_validator
import pytest
import referencing
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone import schemas
from pytest_cxone._resources import schema_root
from pytest_cxone.cassettes.rules import Kind
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.projections import Projected
from pytest_cxone.validation import Files

FOLDER = schema_root("acd")
HOME = "https://pytest-cxone.invalid/schemas/acd/"
OPENAPI = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.schema.json")
}
CONTRACT = schemas.contract("acd")
API = "/inContactAPI/services/v31.0"

UUID = "11eb660f-4c6d-34a0-8733-0242ac110002"
MOMENT = "2026-05-08T22:14:02.113Z"
STATE = {
    "agentId": 1001,
    "agentStateId": 2,
    "agentStateName": "Unavailable",
    "outStateId": 7,
    "outStateDescription": "Lunch",
    "firstName": "Jane",
    "lastName": "Doe",
    "userName": "jane.doe@example.com",
    "isACW": False,
    "lastUpdateTime": MOMENT,
    "startDate": MOMENT,
    "teamId": 77,
    "teamName": "Tier 1",
}
LOGGED_OUT = {**STATE, "agentStateId": 0, "agentStateName": "LoggedOut", "outStateId": None, "skillId": 0}
PAGE = {"totalRecords": 2, "_links": {"self": "https://api.example/1", "next": None, "previous": None}}
PROFILE = {
    "agentId": 1001,
    "userID": UUID,
    "firstName": "Jane",
    "lastName": "Doe",
    "emailAddress": "jane.doe@example.com",
    "lastLogin": None,
    "isActive": True,
    "teamId": 77,
    "teamName": "Tier 1",
}
SKILL = {"agentId": 1001, "skillId": 555, "skillName": "Support EN", "agentProficiencyValue": 3, "isActive": True}
HISTORY = {
    "agentId": 1001,
    "agentStateId": 1,
    "agentStateName": "Available",
    "startDate": MOMENT,
    "duration": "PT5M3.2S",
}
TOKEN = {
    "access_token": "eyJh.eyJz.c2ln",
    "token_type": "Bearer",
    "expires_in": 3600,
    "refresh_token": "eyJh.eyJy.c2ln",
    "id_token": "eyJh.eyJp.c2ln",
}
OIDC = {
    "issuer": "https://cxone.niceincontact.com",
    "token_endpoint": "https://cxone.niceincontact.com/auth/token",
    "scopes_supported": ["openid"],
}
PLACES = {
    "private": False,
    "area": "na1",
    "domain": "niceincontact.com",
    "uhDomain": "nice-incontact.com",
    "ui_endpoint": "https://na1.nice-incontact.com",
    "auth_endpoint": "https://na1.nice-incontact.com",
    "api_endpoint": "https://api-na1.niceincontact.com",
    "tenantId": UUID,
}
CODES = {"teamId": 77, "teamName": "Tier 1", "unavailableCodes": [{"outstateId": 7, "outstateName": "Lunch"}]}
SKILLED = {
    "skillId": 555,
    "skillName": "Support EN",
    "mediaTypeId": 4,
    "mediaTypeName": "PhoneCall",
    "isOutbound": False,
}
ACTIVITY = {"skillId": 555, "agentsLoggedIn": 3, "agentsWorking": 1, "serviceLevel": 97.5, "earliestQueueTime": None}
ERROR = {"error": "not_found", "errorDescription": "No agent has this id."}
CHARS = "eyJh"

# What each operation is asked with, and a whole answer to it.
EXAMPLES: dict[str, tuple[str, str, Any]] = {
    "getOpenIdConfiguration": ("GET", "/.well-known/openid-configuration", OIDC),
    "getCxoneConfiguration": ("GET", f"/.well-known/cxone-configuration?tenantId={UUID}", PLACES),
    "getKeys": ("GET", "/auth/jwks", {"keys": [{"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "1", "n": "AQ", "e": "AQAB"}]}),
    "issueToken": ("POST", "/auth/token", TOKEN),
    "issueTokenByAccessKey": ("POST", "/authentication/v1/token/access-key", TOKEN),
    "refreshToken": ("POST", "/public/user/refresh", {"token": CHARS, "refreshToken": CHARS, "tokenExpirationTimeSec": 3600, "refreshTokenExpirationTimeSec": 7200}),
    "whoAmI": ("POST", "/incontactauthorizationserver/token/whoami", {"agent_id": "645328", "team_id": 103748, "bus_no": 4590000, "resource_server_base_uri": "https://api.example/inContactAPI/"}),
    "listAgentStates": ("GET", f"{API}/agents/states?top=100&skip=0", {**PAGE, "lastPollTime": MOMENT, "agentStates": [STATE, LOGGED_OUT]}),
    "getAgentState": ("GET", f"{API}/agents/1001/states", {"agentStates": [{**STATE, "lastPollTime": MOMENT, "mediaName": None, "mediaType": None}]}),
    "listAgents": ("GET", f"{API}/agents?isActive=True", {**PAGE, "businessUnitId": 4590000, "lastPollTime": MOMENT, "hiddenAgents": 0, "agents": [PROFILE]}),
    "createAgents": ("POST", f"{API}/agents", {"errorCount": 1, "agentResults": [{"agentId": 1001, "success": True, "error": ""}, {"agentId": None, "success": False, "error": "teamId is required"}]}),
    "searchAgents": ("POST", f"{API}/agents/search", {"totalRecords": 1, "agents": [PROFILE]}),
    "getAgent": ("GET", f"{API}/agents/1001", {"agents": [PROFILE]}),
    "listStateHistory": ("GET", f"{API}/agents/state-history", {**PAGE, "agentStateHistory": [HISTORY]}),
    "getStateHistory": ("GET", f"{API}/agents/1001/state-history", {**PAGE, "agentStateHistory": [HISTORY]}),
    "listStates": ("GET", f"{API}/agents-states", {"agentStates": [{"agentStateId": 0, "agentStateName": "LoggedOut"}]}),
    "listAgentSkills": ("GET", f"{API}/agents/skills?mediaTypeId=4&skip=0", {**PAGE, "agentSkillAssignments": [SKILL]}),
    "listTeams": ("GET", f"{API}/teams", {**PAGE, "teams": [{"teamId": 77, "teamName": "Tier 1"}]}),
    "listTeamAgents": ("GET", f"{API}/teams/77/agents", {**PAGE, "teams": [{"teamId": 77, "agents": [PROFILE]}]}),
    "listUnavailableCodes": ("GET", f"{API}/teams/77/unavailable-codes", CODES),
    "getBusinessUnit": ("GET", f"{API}/business-unit", {"businessUnits": [{"businessUnitId": 4590000, "tenantId": UUID}]}),
    "listScheduleAdherence": ("GET", f"{API}/wfm-data/agents/schedule-adherence?startDate=x&endDate=y", {"agentStateHistory": [{"agentId": 1001, "agentStateId": 1, "duration": 300}]}),
    "listApiVersions": ("GET", f"{API}/apiversion", {"apiInfo": [{"uri": "agents/states", "version": 31, "verb": "GET"}]}),
    "listReleases": ("GET", f"{API}/apiversionreleaseinfo", {"versionInfo": [{"version": 31, "release": "25.1"}]}),
    "getServerTime": ("GET", f"{API}/server-time", {"ServerTime": "2021-07-21T13:38:15.3560573Z"}),
    "listCampaigns": ("GET", f"{API}/campaigns", {"campaigns": [{"id": 1, "name": "Sales"}]}),
    "getAgentSkills": ("GET", f"{API}/agents/1001/skills", {**PAGE, "agentSkillAssignments": [{"skillId": 555, "firstName": "Jane", "mediaTypeId": 4}]}),
    "listSkills": ("GET", f"{API}/skills?top=1", {"totalRecords": 1, "skills": [SKILLED]}),
    "getSkill": ("GET", f"{API}/skills/555", SKILLED),
    "listSkillActivity": ("GET", f"{API}/skills/activity", {**PAGE, "lastPollTime": MOMENT, "skillActivity": [ACTIVITY]}),
    "getSkillActivity": ("GET", f"{API}/skills/555/activity", {"lastPollTime": MOMENT, "skillActivity": [ACTIVITY]}),
    "getTeam": ("GET", f"{API}/teams/77", {"teams": [{"teamId": 77, "teamName": "Tier 1"}]}),
    "listTeamsAgents": ("GET", f"{API}/teams/agents", {"lastPollTime": MOMENT, "teams": [{"teamId": 77, "agents": [PROFILE]}]}),
    "listAllUnavailableCodes": ("GET", f"{API}/unavailable-codes", {**PAGE, "unavailableCodes": [{"id": 7, "name": "Lunch", "isACW": False}]}),
    "listMediaTypes": ("GET", f"{API}/media-types", {"mediaTypes": [{"mediaTypeId": 4, "mediaTypeName": "PhoneCall", "subTypes": []}]}),
    "listDispositions": ("GET", f"{API}/dispositions?top=100&skip=0", {"totalRecords": 1, "dispositions": [{"dispositionId": 5, "dispositionName": "Sold"}]}),
    "listHoursOfOperation": ("GET", f"{API}/hours-of-operation?isDeleted=false", {"hoursOfOperation": [{"hoursOfOperationProfileId": 9}]}),
    "searchScripts": ("GET", f"{API}/scripts/search", {**PAGE, "scriptSearchDetails": [{"masterID": 6, "status": "CURR"}]}),
    "setAgentState": ("POST", f"{API}/agents/1001/state?state=Available", {}),
    "logOutAgent": ("POST", f"{API}/agents/1001/logout", {}),
}  # fmt: skip


def exchange(
    operation: str,
    body: Any = b"",
    *,
    status: int = 200,
    media_type: str | None = "application/json",
    query: str = "",
    sent: Any = None,
    headers: dict[str, str] | None = None,
) -> Exchange:
    method, path, _ = EXAMPLES[operation]
    path += ("&" if "?" in path else "?") + query if query else ""
    fields = dict(headers or {}) | ({"Content-Type": media_type} if media_type else {})
    return Exchange(
        request=Request(
            method=method,
            url=f"https://api-na1.niceincontact.com{path}",
            body=b"" if sent is None else json.dumps(sent).encode(),
        ),
        response=Response(
            status=status, headers=Headers(fields), body=body if isinstance(body, bytes) else json.dumps(body).encode()
        ),
    )


def said(made: Exchange) -> list[str]:
    return [str(violation) for violation in CONTRACT.violations(made)]


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    match node:
        case dict():
            yield node
            for child in node.values():
                yield from nodes(child)
        case list():
            for child in node:
                yield from nodes(child)


# The files


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_fits_the_meta_schema_and_is_known_by_its_file_name(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["$id"] == f"{HOME}{name}.schema.json"


def test_the_openapi_file_fits_the_meta_schema_of_openapi():
    openapi_spec_validator.validate(OPENAPI, base_uri=(FOLDER / "openapi.json").as_uri())


def test_every_reference_resolves_to_a_file_beside_it_and_every_file_is_referred_to():
    registry = referencing.Registry().with_contents(
        [(f"{HOME}{name}.schema.json", schema) for name, schema in SCHEMAS.items()]
    )
    registry = registry.with_resource(f"{HOME}openapi.json", referencing.Resource.opaque(OPENAPI))
    used = set()
    for root, document in {"openapi.json": OPENAPI, **{f"{n}.schema.json": s for n, s in SCHEMAS.items()}}.items():
        resolver = registry.resolver(f"{HOME}{root}")
        for node in nodes(document):
            if "$ref" in node:
                assert resolver.lookup(node["$ref"]).contents
                used.add(node["$ref"].removesuffix(".schema.json"))
    assert used >= set(SCHEMAS)


def follow(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    return OPENAPI["components"][kind][name]


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that claims something about the API, with a name for it."""
    for root, document in {"openapi": OPENAPI, **SCHEMAS}.items():
        for node in nodes(document):
            for name, member in node.get("properties", {}).items():
                yield f"{node.get('title', root)} property {name}", member
    for template, path in OPENAPI["paths"].items():
        yield from ((f"{template} at {server['url']}", server) for server in path.get("servers", ()))
        yield from ((f"{template} parameter", follow(parameter)) for parameter in path.get("parameters", ()))
        for operation in path.values():
            if "operationId" in operation:
                yield from facts_of(operation)
    yield from OPENAPI["components"]["securitySchemes"].items()
    yield "server", OPENAPI["servers"][0]


def facts_of(operation: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    label = operation["operationId"]
    yield label, operation
    for parameter in operation.get("parameters", ()):
        yield f"{label} parameter {parameter['name']}", parameter
    for status, answer in operation["responses"].items():
        yield f"{label} {status}", follow(answer)
        for name, header in follow(answer).get("headers", {}).items():
            yield f"{label} {status} header {name}", follow(header)


def test_every_fact_says_where_it_comes_from():
    known = {"documented", "observed", "standard", "assumed"}
    claims = list(facts())
    assert len(claims) > 500
    assert [name for name, fact in claims if fact.get("x-cxone-source") not in known] == []
    assert [name for name, fact in claims if not fact.get("x-cxone-note", "").endswith(".")] == []


def test_a_schema_with_a_pattern_says_in_words_what_it_expects():
    with_pattern = [
        node for root in (OPENAPI, *SCHEMAS.values()) for node in nodes(root) if isinstance(node.get("pattern"), str)
    ]
    assert len(with_pattern) > 8
    assert all("x-cxone-expected" in node or node == SCHEMAS["moment"]["not"] for node in with_pattern)


def test_what_must_not_stand_in_a_cassette_is_of_a_kind_that_cassettes_know():
    marks = {
        node["x-cxone-scrub"]
        for root in (OPENAPI, *SCHEMAS.values())
        for node in nodes(root)
        if "x-cxone-scrub" in node
    }
    assert marks == {Kind.ID, Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.SECRET, Kind.TEXT}


STATE_IDS = {"agentStateId", "outStateId", "outstateId", "unavailableCodeId", "mediaTypeId"}
"""Of the API or of its codes, not of persons or of what they have."""


def test_every_id_is_marked():
    ids = {
        f"{name} {field}": declared.get("x-cxone-scrub")
        for name, schema in SCHEMAS.items()
        for node in nodes(schema)
        for field, declared in node.get("properties", {}).items()
        if field.endswith(("Id", "ID", "_id", "GUID")) and field not in STATE_IDS
    }
    assert len(ids) > 40
    assert {place: kind for place, kind in ids.items() if kind not in {"id", "secret", "phone"}} == {}


@pytest.mark.parametrize(
    ("operation", "steps", "kind"),
    [
        ("listAgentStates", "agentStates [] agentId", "id"),
        ("listAgentStates", "agentStates [] firstName", "name"),
        ("listAgentStates", "agentStates [] userName", "email"),
        ("listAgentStates", "agentStates [] fromAddress", "phone"),
        ("listAgentStates", "agentStates [] teamName", None),
        ("listAgentStates", "agentStates [] agentStateId", None),
        ("getAgentState", "agentStates [] stationPhoneNumber", "phone"),
        ("getAgent", "agents [] emailAddress", "email"),
        ("getAgent", "agents [] userID", "id"),
        ("searchAgents", "agentResults [] [] lastName", "name"),
        ("listTeamAgents", "teams [] agents [] lastName", "name"),
        ("listAgentSkills", "agentSkillAssignments [] agentName", "name"),
        ("createAgents", "agentResults [] agentId", "id"),
        ("issueToken", "refresh_token", "secret"),
        ("issueTokenByAccessKey", "[] access_token", "secret"),
        ("refreshToken", "token", "secret"),
        ("getCxoneConfiguration", "tenantId", "id"),
        ("getBusinessUnit", "businessUnits [] tenantId", "id"),
        ("getBusinessUnit", "businessUnits [] businessUnitName", "name"),
        ("whoAmI", "agent_id", "id"),
        ("listCampaigns", "resultSet campaigns [] campaignId", "id"),
        ("getAgentSkills", "agentSkillAssignments [] lastName", "name"),
        ("getSkill", "callerIdOverride", "phone"),
        ("getSkill", "skills [] emailFromAddress", "email"),
        ("listSkills", "resultSet skills [] skillId", "id"),
        ("listTeamsAgents", "teams [] agents [] userName", "email"),
        ("searchScripts", "scriptSearchDetails [] mUser", "name"),
    ],
)
def test_a_place_in_an_answer_is_known_with_its_kind(operation, steps, kind):
    shape = CONTRACT.operation(operation).shape_of(Response(status=200))
    for step in steps.split():
        shape = shape.items if step == "[]" else shape.of(step)
    assert shape.scrub == kind


# Which operation


def test_every_operation_has_an_example_here():
    assert {operation.id for operation in CONTRACT.operations} == EXAMPLES.keys()


@pytest.mark.parametrize("operation", EXAMPLES)
def test_an_operation_is_found_by_its_request(operation):
    assert CONTRACT.operation_for(exchange(operation).request).id == operation


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("GET", "/incontactApi//services/v28.0/agents/states?fields=", "listAgentStates"),
        ("GET", "/INCONTACTAPI/Services/V2.0/Agents/States", "listAgentStates"),
        ("get", "//inContactAPI/services/v31.0//agents///1001//states", "getAgentState"),
        ("GET", "/inContactAPI/services/v31.0/agents/states/", None),
        ("GET", "/inContactAPI/services/v31/agents/states", None),
        ("GET", "/inContactAPI/services/31.0/agents/states", None),
        ("GET", "/inContactAPI/services/v31.0.1/agents/states", None),
        ("GET", "/inContactAPI/services/latest/agents/states", None),
        ("GET", "/agents/states", None),
        ("GET", f"{API}/agents/{UUID}", "getAgent"),
        ("GET", f"{API}/agents/ann%2Fexample", "getAgent"),
        ("GET", f"{API}/agents/SKILLS", "listAgentSkills"),
        ("GET", f"{API}/agents/state-history", "listStateHistory"),
        ("GET", f"{API}/skills/Activity", "listSkillActivity"),
        ("GET", f"{API}/skills/555", "getSkill"),
        ("GET", f"{API}/teams/AGENTS", "listTeamsAgents"),
        ("GET", f"{API}/teams/77", "getTeam"),
        ("GET", f"{API}/agents/", None),
        ("GET", f"{API}/agents/search", "getAgent"),
        ("DELETE", f"{API}/agents", None),
        ("GET", "/auth/token", None),
        ("POST", "/AUTH/token", "issueToken"),
        ("GET", "/api/v2/agents/states", None),
    ],
)
def test_a_path_is_read_without_case_and_doubled_slashes(method, path, operation):
    found = CONTRACT.operation_for(Request(method=method, url=f"https://api-na1.niceincontact.com{path}"))
    assert (found and found.id) == operation


def test_another_dialect_keeps_its_paths_case():
    request = Request(method="GET", url="https://platform.nicecxone.com/API/v2/agents/states")
    assert schemas.contract("platform-v2").operation_for(request) is None


@pytest.mark.parametrize(
    ("dialect", "purpose", "operations"),
    [
        ("acd", "token", "issueToken issueTokenByAccessKey refreshToken"),
        ("acd", "discovery", "getCxoneConfiguration getKeys getOpenIdConfiguration whoAmI"),
        ("acd", "write", "createAgents logOutAgent setAgentState"),
        ("platform-v2", "token", "issueToken"),
        ("platform-v2", "read", "getAgent listAgentStates"),
    ],
)
def test_an_operation_says_what_it_is_for(dialect, purpose, operations):
    found = [operation.id for operation in schemas.contract(dialect).operations if operation.purpose == purpose]
    assert " ".join(sorted(found)) == operations


def test_a_search_is_a_read_though_it_is_a_post():
    assert CONTRACT.operation("searchAgents").purpose == "read"


READ = "200 204 400 401 403 404 429 5XX"


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("getOpenIdConfiguration", "200 429 5XX"),
        ("getCxoneConfiguration", "200 400 404 429 5XX"),
        ("getKeys", "200 429 5XX"),
        ("issueToken", "200 400 401 429 5XX"),
        ("issueTokenByAccessKey", "200 400 401 429 5XX"),
        ("refreshToken", "200 400 401 429 5XX"),
        ("whoAmI", "200 400 401 429 5XX"),
        ("listAgentStates", READ),
        ("getAgentState", READ),
        ("listAgents", READ),
        ("createAgents", "200 400 401 403 404 429 5XX"),
        ("searchAgents", READ),
        ("getAgent", READ),
        ("listStateHistory", READ),
        ("getStateHistory", READ),
        ("listStates", READ),
        ("listAgentSkills", READ),
        ("listTeams", READ),
        ("listTeamAgents", READ),
        ("listUnavailableCodes", READ),
        ("getBusinessUnit", "200 400 401 403 404 429 5XX"),
        ("listScheduleAdherence", READ),
        ("listApiVersions", READ),
        ("listReleases", READ),
        ("getServerTime", "200 401 403 404 429 5XX"),
        ("listCampaigns", READ),
        ("getAgentSkills", READ),
        ("listSkills", READ),
        ("getSkill", READ),
        ("listSkillActivity", READ),
        ("getSkillActivity", READ),
        ("getTeam", READ),
        ("listTeamsAgents", READ),
        ("listAllUnavailableCodes", READ),
        ("listMediaTypes", READ),
        ("listDispositions", READ),
        ("listHoursOfOperation", READ),
        ("searchScripts", READ),
        ("setAgentState", "200 202 204 400 401 403 404 409 429 5XX"),
        ("logOutAgent", "200 202 204 400 401 403 404 409 429 5XX"),
    ],
)
def test_an_operation_may_answer_with_these_statuses(operation, statuses):
    assert " ".join(CONTRACT.operation(operation).answers) == statuses


# Answers


@pytest.mark.parametrize("operation", EXAMPLES)
def test_a_whole_answer_keeps_the_contract(operation):
    assert said(exchange(operation, EXAMPLES[operation][2])) == []


def without(document: Any, *keys: str) -> Any:
    return {name: value for name, value in document.items() if name not in keys}


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        pytest.param("listAgentStates", {"agentStates": []}, id="nothing but rows"),
        pytest.param("listAgentStates", {"agentStates": [{"agentId": 1, "agentStateId": 8, "agentStateName": "LoggedIn"}]}, id="no more than a row must have"),
        pytest.param("listAgentStates", {"agentStates": [{**STATE, "agentStateId": 99, "agentStateName": "DialerPending"}]}, id="a state that no list has"),
        pytest.param("listAgentStates", {"agentStates": [dict.fromkeys(STATE) | {"agentId": 1, "agentStateId": 1, "agentStateName": "Available"}]}, id="nulls"),
        pytest.param("listAgentStates", {"agentStates": [{**STATE, "tomorrow": {"x": 1}}], "more": 1}, id="fields of tomorrow"),
        pytest.param("listAgentStates", {"agentStates": [{**STATE, "startDate": "2015-05-21T21:07:40.72Z"}]}, id="two digits of a second"),
        pytest.param("listAgentStates", {"agentStates": [STATE], "_links": {}}, id="links without links"),
        pytest.param("issueToken", without(TOKEN, "refresh_token", "id_token"), id="an access token alone"),
        pytest.param("issueToken", [TOKEN], id="a token in an array"),
        pytest.param("issueToken", {**TOKEN, "token_type": "bearer", "expires_in": 3599.5}, id="bearer"),
        pytest.param("searchAgents", {"errorCount": 0, "agentResults": [[PROFILE]]}, id="search as the specification has it"),
        pytest.param("searchAgents", {"agentResults": [PROFILE]}, id="search with a flat list"),
        pytest.param("listAgentSkills", {"businessUnitId": "4590000", "agentSkillAssignments": []}, id="a business unit as text"),
        pytest.param("listUnavailableCodes", {"resultSet": {"unavailableCodes": [{"outStateId": 7, "outStateName": "Lunch"}]}}, id="codes before v34.0"),
        pytest.param("listCampaigns", {"resultSet": {"campaigns": [{"campaignId": 1, "campaignName": "Sales"}]}}, id="campaigns of v30.0"),
        pytest.param("listCampaigns", {"resultSet": {"totalRecords": "1", "campaigns": []}}, id="a total as text"),
        pytest.param("listSkills", {"resultSet": {"totalRecords": "1", "skills": [SKILLED]}}, id="skills in a set"),
        pytest.param("getSkill", {"skills": [SKILLED]}, id="a skill in an array"),
        pytest.param("listAllUnavailableCodes", {"resultSet": {"unavailableCodes": [{"unavailableCodeId": 7}]}}, id="codes in a set"),
        pytest.param("listHoursOfOperation", {"resultSet": {"hoursOfOperation": []}}, id="hours in a set"),
        pytest.param("listStateHistory", {"agentStateHistory": [{**HISTORY, "outStateDescription": 3, "duration": None}]}, id="history with oddities"),
        pytest.param("whoAmI", {"agent_id": 645328}, id="a number"),
    ],
)  # fmt: skip
def test_another_answer_keeps_the_contract_too(operation, body):
    assert said(exchange(operation, body)) == []


WRONG: list[tuple[str, Any, str]] = [
    ("getOpenIdConfiguration", without(OIDC, "token_endpoint"), "$.token_endpoint: expected to be present, got nothing"),
    ("getOpenIdConfiguration", {**OIDC, "issuer": "cxone"}, "$.issuer: expected an absolute URL, got string 'cxone'"),
    ("getCxoneConfiguration", without(PLACES, "api_endpoint"), "$.api_endpoint: expected to be present, got nothing"),
    ("getCxoneConfiguration", {**PLACES, "auth_endpoint": None}, "$.auth_endpoint: expected string, got null"),
    ("getKeys", {"keys": [{"kid": "1"}]}, "$.keys[*].kty: expected to be present, got nothing"),
    ("issueToken", without(TOKEN, "expires_in"), "$.expires_in: expected to be present, got nothing"),
    ("issueToken", {**TOKEN, "expires_in": "3600"}, "$.expires_in: expected number, got string '3600'"),
    ("issueToken", {**TOKEN, "expires_in": 0}, "$.expires_in: expected a positive number of seconds, got integer 0"),
    ("issueToken", [], "$: expected one token, got array of 0 items"),
    ("issueToken", [TOKEN, TOKEN], "$: expected one token, got array of 2 items"),
    ("issueToken", [[TOKEN]], "$[*]: expected object, got array of 1 item"),
    ("issueTokenByAccessKey", [without(TOKEN, "token_type")], "$[*].token_type: expected to be present, got nothing"),
    ("issueTokenByAccessKey", {**TOKEN, "access_token": ""}, "$.access_token: expected printable ASCII characters, one or more, got string of 0 characters"),
    ("refreshToken", {**TOKEN, "tokenExpirationTimeSec": 3600}, "$.token: expected to be present, got nothing"),
    ("whoAmI", {"agent_id": 1.5}, "$.agent_id: expected integer or string or null, got number 1.5"),
    ("listAgentStates", [STATE], "$: expected object, got array of 1 item"),
    ("listAgentStates", {"AgentStates": []}, "$.agentStates: expected to be present, got nothing"),
    ("listAgentStates", {"resultSet": {"agentStates": [STATE]}}, "$.agentStates: expected to be present, got nothing"),
    ("listAgentStates", {"agentStates": [{**STATE, "agentId": "1001"}]}, "$.agentStates[*].agentId: expected integer, got string '1001'"),
    ("listAgentStates", {"agentStates": [{**STATE, "agentId": UUID}]}, f"$.agentStates[*].agentId: expected integer, got string '{UUID}'"),
    ("listAgentStates", {"agentStates": [STATE, without(STATE, "agentStateId")]}, "$.agentStates[*].agentStateId: expected to be present, got nothing (1 of 2 rows, first at $.agentStates[1].agentStateId)"),
    ("listAgentStates", {"agentStates": [{**STATE, "agentStateName": None}]}, "$.agentStates[*].agentStateName: expected string, got null"),
    ("listAgentStates", {"agentStates": [{**STATE, "startDate": "yesterday"}]}, "$.agentStates[*].startDate: expected an RFC 3339 date-time, got string 'yesterday'"),
    ("listAgentStates", {"agentStates": [STATE], "lastPollTime": 0}, "$.lastPollTime: expected string or null, got integer 0"),
    ("listAgentStates", {"agentStates": [STATE], "totalRecords": "2"}, "$.totalRecords: expected integer or null, got string '2'"),
    ("getAgentState", STATE, "$.agentStates: expected to be present, got nothing"),
    ("getAgentState", {"agentStates": [without(STATE, "agentId")]}, "$.agentStates[*].agentId: expected to be present, got nothing"),
    ("listAgents", {"agents": [{**PROFILE, "agentId": None}]}, "$.agents[*].agentId: expected integer, got null"),
    ("listAgents", {"agents": [PROFILE], "hiddenAgents": -1}, "$.hiddenAgents: expected a count, got integer -1"),
    ("createAgents", {"errorCount": 0}, "$.agentResults: expected to be present, got nothing"),
    ("createAgents", {"errorCount": 0, "agentResults": [{"agentId": 1}]}, "$.agentResults[*].success: expected to be present, got nothing"),
    ("searchAgents", {"totalRecords": 0}, "$: expected agents or agentResults, got object with keys totalRecords"),
    ("getAgent", PROFILE, "$.agents: expected to be present, got nothing"),
    ("getAgent", {"agents": [{**PROFILE, "firstName": 5}]}, "$.agents[*].firstName: expected string or null, got integer"),
    ("listStateHistory", {"agentStateHistory": [{**HISTORY, "duration": "300"}]}, "$.agentStateHistory[*].duration: expected an ISO 8601 duration, got string '300'"),
    ("getStateHistory", {"agentStateHistory": [without(HISTORY, "agentStateId")]}, "$.agentStateHistory[*].agentStateId: expected to be present, got nothing"),
    ("listStates", {"agentStates": [{"agentStateId": 1}]}, "$.agentStates[*].agentStateName: expected to be present, got nothing"),
    ("listAgentSkills", {"resultSet": {"agentSkillAssignments": []}}, "$.agentSkillAssignments: expected to be present, got nothing"),
    ("listAgentSkills", {"agentSkillAssignments": [without(SKILL, "skillId")]}, "$.agentSkillAssignments[*].skillId: expected to be present, got nothing"),
    ("listTeams", {"teams": [{"teamName": "Tier 1"}]}, "$.teams[*].teamId: expected to be present, got nothing"),
    ("listTeamAgents", {"agents": [PROFILE]}, "$.teams: expected to be present, got nothing"),
    ("listTeamAgents", {"teams": [{"teamId": 77, "agents": [without(PROFILE, "agentId")]}]}, "$.teams[*].agents[*].agentId: expected to be present, got nothing"),
    ("listUnavailableCodes", {"teamId": 77}, "$: expected unavailableCodes, or a resultSet with them, got object with keys teamId"),
    ("listUnavailableCodes", {"unavailableCodes": [{"outStateId": 7, "outstateName": "Lunch"}]}, "$.unavailableCodes[*].outstateId: expected to be present, got nothing"),
    ("listUnavailableCodes", {"resultSet": {}}, "$.resultSet.unavailableCodes: expected to be present, got nothing"),
    ("getBusinessUnit", {"businessUnits": []}, "$.businessUnits: expected one business unit or more, got array of 0 items"),
    ("getBusinessUnit", {"businessUnits": [{"businessUnitId": 1}]}, "$.businessUnits[*].tenantId: expected to be present, got nothing"),
    ("listScheduleAdherence", {"agentStateHistory": [{"agentId": 1, "agentStateId": 1, "duration": "PT5M"}]}, "$.agentStateHistory[*].duration: expected number or null, got string 'PT5M'"),
    ("listApiVersions", {"apiInfo": [{"version": "v31.0"}]}, "$.apiInfo[*].version: expected number or null, got string 'v31.0'"),
    ("listReleases", {"apiInfo": []}, "$.versionInfo: expected to be present, got nothing"),
    ("getServerTime", {"serverTime": MOMENT}, "$.ServerTime: expected to be present, got nothing"),
    ("getServerTime", {"ServerTime": "13:38"}, "$.ServerTime: expected an RFC 3339 date-time, got string '13:38'"),
    ("getAgentSkills", {"agentSkillAssignments": [{"skillName": "Support EN"}]}, "$.agentSkillAssignments[*].skillId: expected to be present, got nothing"),
    ("listSkills", {"totalRecords": 0}, "$: expected skills, or a resultSet with them, got object with keys totalRecords"),
    ("listSkills", {"skills": [{"skillId": "555"}]}, "$.skills[*].skillId: expected integer, got string '555'"),
    ("getSkill", {"skill": SKILLED}, "$: expected a skill, or skills with it, got object with keys skill"),
    ("listSkillActivity", {"skillActivity": [{**ACTIVITY, "agentsWorking": -1}]}, "$.skillActivity[*].agentsWorking: expected a count, got integer -1"),
    ("getSkillActivity", {**ACTIVITY}, "$.skillActivity: expected to be present, got nothing"),
    ("getTeam", {"teamId": 77}, "$.teams: expected to be present, got nothing"),
    ("listTeamsAgents", {"teams": [{"teamId": 77, "agents": [without(PROFILE, "agentId")]}]}, "$.teams[*].agents[*].agentId: expected to be present, got nothing"),
    ("listAllUnavailableCodes", {"codes": []}, "$: expected unavailableCodes, or a resultSet with them, got object with keys codes"),
    ("listMediaTypes", {"mediaTypes": [{"mediaTypeName": "Email"}]}, "$.mediaTypes[*].mediaTypeId: expected to be present, got nothing"),
    ("listDispositions", {"dispositions": [{"dispositionId": "5"}]}, "$.dispositions[*].dispositionId: expected integer or null, got string '5'"),
    ("listHoursOfOperation", {"totalRecords": 0}, "$: expected hoursOfOperation, or a resultSet with them, got object with keys totalRecords"),
    ("searchScripts", {"totalRecords": 0}, "$.scriptSearchDetails: expected to be present, got nothing"),
    ("listCampaigns", {"campaigns": [{"campaignId": 1, "name": "Sales"}]}, "$.campaigns[*].id: expected to be present, got nothing"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "body", "expected"),
    [
        pytest.param(*case, id=f"{case[0]} {case[2].partition(', got')[0]} {number}")
        for number, case in enumerate(WRONG)
    ],
)
def test_a_wrong_answer_breaks_the_contract_in_one_place(operation, body, expected):
    assert said(exchange(operation, body)) == [expected]


@pytest.mark.parametrize("operation", ["setAgentState", "logOutAgent"])
@pytest.mark.parametrize("status", [200, 202, 204])
def test_a_change_may_be_answered_with_nothing(operation, status):
    assert said(exchange(operation, status=status, media_type=None)) == []


NO_BODY = sorted(operation.id for operation in CONTRACT.operations if "204" in operation.answers)


@pytest.mark.parametrize("operation", NO_BODY)
@pytest.mark.parametrize(
    ("body", "media_type", "expected"),
    [
        (b"", None, []),
        (b"", "application/json", []),
        (b"{}", "application/json", ["body: expected to be empty, got 2 bytes of application/json"]),
    ],
    ids=["no body", "no body of a kind", "a body"],
)
def test_nothing_to_tell_is_an_empty_body(operation, body, media_type, expected):
    assert said(exchange(operation, body, status=204, media_type=media_type)) == expected


def test_an_empty_200_is_not_nothing_to_tell():
    assert said(exchange("listAgentStates", b"")) == ["body: expected JSON, got an empty body"]


def test_the_text_for_a_missing_accept_breaks_the_contract():
    assert said(exchange("listAgentStates", b"No known way to render data", media_type="text/plain")) == [
        "media type: expected application/json, got text/plain",
        "body: expected JSON, got 27 bytes of text/plain that cannot be read as JSON",
    ]


def page(total: int, **bad: Any) -> Any:
    """A page of rows in which some keys are wrong in the rows given."""
    rows: list[Any] = [dict(STATE) for _ in range(total)]
    for key, (value, indices) in bad.items():
        for index in indices:
            rows[index][key] = value
    return {**PAGE, "agentStates": rows}


def test_rows_of_an_envelope_that_are_wrong_alike_are_one_violation_with_a_count():
    body = page(100, agentId=(None, range(3, 40)), startDate=("yesterday", [39, 50])) | {"totalRecords": -1}
    assert said(exchange("listAgentStates", body)) == [
        "$.totalRecords: expected a count, got integer -1",
        "$.agentStates[*].agentId: expected integer, got null (37 of 100 rows, first at $.agentStates[3].agentId)",
        (
            "$.agentStates[*].startDate: expected an RFC 3339 date-time, got string 'yesterday' "
            "(2 of 100 rows, first at $.agentStates[39].startDate)"
        ),
    ]


def test_the_reference_reads_one_row_of_an_envelope_for_each_way_to_be_wrong(monkeypatch):
    lengths = []
    iter_errors = jsonschema.Draft202012Validator.iter_errors

    def spy(self, instance, *args):
        if isinstance(instance, dict) and "agentStates" in instance:
            lengths.append(len(instance["agentStates"]))
        return iter_errors(self, instance, *args)

    monkeypatch.setattr(jsonschema.Draft202012Validator, "iter_errors", spy)
    body = page(1_000, agentId=(None, range(0, 1_000, 2)), agentStateName=("", range(1_000)))
    counts = [violation.count for violation in CONTRACT.violations(exchange("listAgentStates", body))]
    assert sorted(counts) == [500, 1_000]
    assert lengths == [2]


# Refusals


@pytest.mark.parametrize("operation", EXAMPLES)
def test_every_refusal_may_have_each_of_the_forms_that_were_seen(operation):
    forms = [
        (ERROR, "application/json"),
        ({"error": "x", "error_Description": "y"}, "application/json"),
        ({"error": "x", "error_description": "y"}, "application/json"),
        ({"message": "x"}, "application/json"),
        (b"Not today", "text/plain"),
        (b"", None),
    ]
    refusals = [
        503 if status == "5XX" else int(status) for status in CONTRACT.operation(operation).answers if status >= "3"
    ]
    for status in refusals:
        for body, media_type in forms:
            assert said(exchange(operation, body, status=status, media_type=media_type)) == []


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (exchange("getAgent", {"reason": "x"}, status=404), "$: expected an error or a message, got object with keys reason"),
        (exchange("getAgent", {"error": 5}, status=404), "$.error: expected string, got integer 5"),
        (exchange("getAgent", b"\xff", status=404, media_type="text/plain"), "body: expected text, got 1 byte of text/plain that cannot be read as UTF-8"),
        (exchange("getAgent", ERROR, status=404, media_type="text/html"), "media type: expected application/json or text/plain, got text/html"),
        (exchange("getAgent", ERROR, status=418), "status: expected one of 200, 204, 400, 401, 403, 404, 429, 5XX, got 418"),
        (exchange("getKeys", ERROR, status=404), "status: expected one of 200, 429, 5XX, got 404"),
        (exchange("listAgentStates", ERROR, status=429, headers={"Retry-After": "soon"}), "header Retry-After: expected a number of seconds or an HTTP date, got string 'soon'"),
    ],
    ids=["no error", "error as a number", "bytes", "a page", "418", "404 of the keys", "a wait in words"],
)  # fmt: skip
def test_another_refusal_breaks_the_contract(made, expected):
    assert said(made) == [expected]


# Answers whose rows were asked for with some keys only


THIN = {"agentStates": [{"agentStateId": 1, "teamName": "Tier 1"}]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["agentId", "agentStateName"]),
        ("fields=", ["agentId", "agentStateName"]),
        ("fields=%20", ["agentId", "agentStateName"]),
        ("fields=agentStateId", []),
        ("fields=agentStateId,teamName", []),
        ("fields=agentStateId,%20AGENTID", ["agentId"]),
        ("fields=agentStateId&fields=agentStateName", ["agentStateName"]),
        ("Fields=agentStateId", ["agentId", "agentStateName"]),
        ("top=5&fields=agentStateId", []),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_that_was_not_asked_for_is_not_missed(query, expected):
    missed = [f"$.agentStates[*].{key}: expected to be present, got nothing" for key in expected]
    assert said(exchange("listAgentStates", THIN, query=query)) == missed


def test_what_a_thin_row_has_is_judged_all_the_same():
    body = {"agentStates": [{"agentStateId": "1"}]}
    assert said(exchange("listAgentStates", body, query="fields=agentStateId")) == [
        "$.agentStates[*].agentStateId: expected integer, got string '1'"
    ]


def test_the_envelope_of_thin_rows_is_whole():
    assert said(exchange("listAgentStates", {"totalRecords": 0}, query="fields=agentId")) == [
        "$.agentStates: expected to be present, got nothing"
    ]


def test_agents_inside_a_team_are_thin_too():
    body = {"teams": [{"agents": [{"firstName": "Jane"}]}]}
    assert said(exchange("listTeamAgents", body, query="fields=firstName")) == []


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"agentIds": ["1001"]}, ["$.agents[*].agentId: expected to be present, got nothing"]),
        ({"agentIds": ["1001"], "fields": "firstName"}, []),
        ({"agentIds": ["1001"], "fields": None}, ["$.agents[*].agentId: expected to be present, got nothing"]),
        (["1001"], ["$.agents[*].agentId: expected to be present, got nothing"]),
        (None, []),
    ],
    ids=["all", "some", "null", "no object", "a request without its body"],
)
def test_a_search_asks_for_keys_in_its_body(sent, expected):
    assert said(exchange("searchAgents", {"agents": [{"firstName": "Jane"}]}, sent=sent)) == expected


def test_a_librarys_response_is_judged_by_its_requests_query():
    response = requests.Response()
    response.status_code = 200
    response.headers["Content-Type"] = "application/json"
    response._content = json.dumps(THIN).encode()
    response.request = requests.Request(
        "GET", f"https://api-na1.niceincontact.com{API}/agents/states", params={"fields": "agentStateId"}
    ).prepare()
    assert CONTRACT.check(response).id == "listAgentStates"


def test_only_marked_objects_are_thinned_and_every_row_that_can_be_is_marked():
    files = Files("acd")
    thin = Projected(files, {"agentid"})
    assert thin.schemas[f"{HOME}agent-state.schema.json"]["required"] == ["agentId"]
    assert thin.schemas[f"{HOME}agent-states.schema.json"] == files.schemas[f"{HOME}agent-states.schema.json"]
    assert files.schemas[f"{HOME}agent-state.schema.json"]["required"] == ["agentId", "agentStateId", "agentStateName"]
    projected = [
        operation["operationId"]
        for path in OPENAPI["paths"].values()
        for operation in path.values()
        if "operationId" in operation
        and any(node.get("x-cxone-projects") is True for node in nodes([operation.get("parameters", []), operation.get("requestBody", {})]))
    ]  # fmt: skip
    assert len(projected) == 20
    for operation in projected:
        _, _, body = EXAMPLES[operation]
        empty = {key: [{}] if isinstance(value, list) else value for key, value in body.items()}
        assert said(exchange(operation, empty, query="fields=nothing", sent={"fields": "nothing"})) == [], operation


# What nobody knows


def test_an_open_question_has_an_id_a_question_and_answers_to_choose_from():
    questions = CONTRACT.open_questions
    assert len(questions) > 20
    for id_, question in questions.items():
        assert question.id == id_
        assert question.question.endswith("?")
        assert len(set(question.answers)) == len(question.answers) > 1
        assert question.places


def test_a_question_that_is_asked_in_two_places_is_one_with_the_same_words():
    marks = [
        mark
        for root in (OPENAPI, *SCHEMAS.values())
        for node in nodes(root)
        if "x-cxone-open" in node
        for mark in (node["x-cxone-open"] if isinstance(node["x-cxone-open"], list) else [node["x-cxone-open"]])
    ]
    words = {mark["id"]: (mark["question"], tuple(mark["answers"])) for mark in marks}
    assert all(words[mark["id"]] == (mark["question"], tuple(mark["answers"])) for mark in marks)
    assert CONTRACT.open_questions["no-out-state"].places == (
        "agent-state-of-one.schema.json outStateId",
        "agent-state.schema.json outStateId",
    )
    assert CONTRACT.open_questions["unknown-agent"].places == ("getAgent",)


def test_a_question_about_what_operations_share_names_the_component():
    assert CONTRACT.open_questions["rate-limit-headers"].places == ("RetryAfter",)


def test_another_dialect_has_no_open_questions():
    assert schemas.contract("platform-v2").open_questions == {}


def test_the_docs_say_how_the_fake_answers_each_question():
    answers = json.loads((Path(__file__).parent.parent / "docs" / "texts" / "answers-acd.json").read_text("utf-8"))
    assert answers.keys() == CONTRACT.open_questions.keys()


def states(**more: Any) -> Any:
    return {"agentStates": [{**without(STATE, "outStateId"), **more}]}


NO_CONTENT = {"status": 204, "media_type": None}
ANSWERS: dict[str, list[Exchange]] = {
    "unknown-agent": [
        exchange("getAgent", ERROR, status=404),
        exchange("getAgent", ERROR, status=400),
        exchange("getAgent", **NO_CONTENT),
        exchange("getAgent", {"agents": []}),
    ],
    "unknown-agent-state": [
        exchange("getAgentState", ERROR, status=404),
        exchange("getAgentState", ERROR, status=400),
        exchange("getAgentState", **NO_CONTENT),
        exchange("getAgentState", {"agentStates": []}),
    ],
    "nothing-changed": [
        exchange("listAgentStates", **NO_CONTENT),
        exchange("listAgentStates", {"agentStates": [], "lastPollTime": MOMENT}),
    ],
    "empty-floor": [exchange("listAgentStates", {"agentStates": []}), exchange("listAgentStates", **NO_CONTENT)],
    "last-link": [
        exchange("listAgentStates", {"agentStates": [], "_links": {**links, "self": "x"}})
        for links in [{"next": None}, {}, {"next": ""}, {"next": "https://api.example/2"}]
    ],
    "no-out-state": [
        exchange("listAgentStates", states(**more)) for more in [{"outStateId": None}, {"outStateId": 0}, {}]
    ],
    "state-category": [
        exchange("listAgentStates", states(**more))
        for more in [{"agentStateCategory": "Working"}, {"agentStateCategory": None}, {}]
    ],
    "media-type-name": [
        exchange("listAgentStates", states(**more))
        for more in [{"mediaTypeName": "PhoneCall"}, {"mediaTypeName": "Phone Call"}, {"mediaTypeName": None}, {}]
    ],
    "user-id-key": [
        exchange("listAgents", {"agents": [{"agentId": 1, **more}]})
        for more in [{"userID": UUID}, {"userId": UUID}, {"userID": UUID, "userId": UUID}, {}]
    ],
    "search-envelope": [exchange("searchAgents", {"agents": []}), exchange("searchAgents", {"agentResults": []})],
    "unauthorized-challenge": [
        exchange("listAgents", ERROR, status=401, headers={"WWW-Authenticate": "Bearer"}),
        exchange("listAgents", ERROR, status=401),
    ],
    "rate-limit-headers": [
        exchange("listAgents", ERROR, status=429, headers=headers)
        for headers in [{"Retry-After": "5"}, {"X-RateLimit-Remaining": "0"}, {}]
    ],
    "client-credentials": [exchange("issueToken", ERROR, status=status) for status in (400, 401)]
    + [exchange("issueToken", TOKEN)],
    "updated-since-zero": [
        exchange("listAgentStates", {"agentStates": []}, query="updatedSince=0"),
        exchange("listAgentStates", **NO_CONTENT, query="updatedSince=0"),
        exchange("listAgentStates", ERROR, status=400, query="updatedSince=0"),
    ],
    "hidden-agent-state": [
        exchange("getAgentState", **NO_CONTENT),
        exchange("getAgentState", {"agentStates": []}),
        exchange("getAgentState", ERROR, status=403),
        exchange("getAgentState", ERROR, status=404),
    ],
    "hidden-agent": [
        exchange("getAgent", {"agents": [PROFILE]}),
        exchange("getAgent", ERROR, status=403),
        exchange("getAgent", ERROR, status=404),
        exchange("getAgent", **NO_CONTENT),
        exchange("getAgent", {"agents": []}),
    ],
    "state-change-status": [exchange("setAgentState", status=status, media_type=None) for status in (202, 200, 204)],
    "token-base-uri": [
        exchange("issueTokenByAccessKey", {**TOKEN, "resource_server_base_uri": "https://api.example/inContactAPI/"}),
        exchange("issueTokenByAccessKey", TOKEN),
    ],
    "skills-envelope": [
        exchange("listSkills", {"skills": [SKILLED]}),
        exchange("listSkills", {"resultSet": {"skills": [SKILLED]}}),
    ],
    "skill-envelope": [exchange("getSkill", SKILLED), exchange("getSkill", {"skills": [SKILLED]})],
    "unavailable-code-id": [
        exchange("listAllUnavailableCodes", {"unavailableCodes": [{key: 7}]}) for key in ("id", "unavailableCodeId")
    ],
    "error-body": [
        exchange("listAgents", ERROR, status=403),
        exchange("listAgents", {"error": "x", "error_Description": "y"}, status=403),
        exchange("listAgents", {"error": "x", "error_description": "y"}, status=403),
        exchange("listAgents", {"message": "x"}, status=403),
        exchange("listAgents", b"x", status=403, media_type="text/plain"),
        exchange("listAgents", status=403, media_type=None),
    ],
}
BY_MANY = {"states-page-cap", "paging-before-v34", "listed-users", "campaigns-since", "unavailable-codes-since"}
"""Answered by several exchanges together, or by what tenants of several versions show."""


def test_every_open_question_is_answered_here_or_by_many_exchanges():
    assert {*ANSWERS, *BY_MANY} == set(CONTRACT.open_questions)


@pytest.mark.parametrize("id_", sorted(ANSWERS))
def test_each_answer_to_an_open_question_keeps_the_contract(id_):
    assert len(ANSWERS[id_]) == len(CONTRACT.open_questions[id_].answers)
    assert [said(made) for made in ANSWERS[id_]] == [[]] * len(ANSWERS[id_])


# The two engines


@cache
def engines(name: str) -> tuple[jsonschema.Draft202012Validator, jsonschema_rs.Validator]:
    files = Files("acd")
    uri = f"{HOME}{name}.schema.json"
    return files.reference({"$ref": uri}), files.quick({"$ref": uri})


DOCUMENTS = {
    "agent-states": EXAMPLES["listAgentStates"][2],
    "agents": EXAMPLES["listAgents"][2],
    "token": TOKEN,
    "state-history": EXAMPLES["listStateHistory"][2],
    "unavailable-codes": CODES,
    "error": ERROR,
    "cxone-configuration": PLACES,
    "server-time": EXAMPLES["getServerTime"][2],
}
ODD_TIMES = [
    "2021-07-21T13:38:15.3560573Z",
    "2024-05-06T07:08:09Z\n",
    "2016-12-31T23:59:60Z",
    "2024-02-30T00:00:00Z",
    "",
]
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(-1, 3), st.just(10**40), st.sampled_from([1.0, 0.5]),
    st.sampled_from(ODD_TIMES), st.text(max_size=5), st.lists(st.none(), max_size=2), st.just({}), st.just(STATE),
)  # fmt: skip


def places(document: Any, *steps: str | int) -> Iterator[tuple[str | int, ...]]:
    yield steps
    if isinstance(document, dict | list):
        for step, child in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(child, *steps, step)


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
@given(data=st.data())
@settings(max_examples=100, deadline=None, database=None, derandomize=True)
def test_both_engines_judge_a_changed_document_alike(name, data):
    document = deepcopy(DOCUMENTS[name])
    *way, last = data.draw(st.sampled_from([steps for steps in places(document) if steps]))
    parent = document
    for step in way:
        parent = parent[step]
    if data.draw(st.booleans()):
        del parent[last]
    else:
        parent[last] = data.draw(VALUES)
    reference, quick = engines(name)
    assert quick.is_valid(document) == reference.is_valid(document)


@pytest.mark.parametrize(
    ("time", "verdict"),
    [
        ("2021-07-21T13:38:15.3560573Z", True),
        ("2026-05-08T22:14:02.113Z", True),
        ("2026-05-08T22:14:02Z", True),
        ("2026-05-08T22:14:02.1+02:00", True),
        ("2026-05-08T22:14:02", False),
        ("2026-05-08 22:14:02Z", False),
        ("2026-05-08T22:14:02Z\n", False),
        ("2026-02-30T22:14:02Z", False),
        ("05/08/2026", False),
    ],
)
def test_a_moment_may_have_seven_digits_of_a_second(time, verdict):
    assert [engine.is_valid({"ServerTime": time}) for engine in engines("server-time")] == [verdict, verdict]
