"""The contract's files, and what is said of a response that breaks them."""

import json
import subprocess
import sys
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import jsonschema_rs
import openapi_spec_validator
import pytest
import referencing
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone import schemas, validation
from pytest_cxone._resources import schema_root
from pytest_cxone.errors import ConfigurationError, ContractViolation
from pytest_cxone.model import Exchange, Headers, Request, Response

FOLDER = schema_root("platform-v2")
HOME = "https://pytest-cxone.invalid/schemas/platform-v2/"
OPENAPI = json.loads((FOLDER / "openapi.json").read_text("utf-8"))
SCHEMAS = {
    path.name.removesuffix(".schema.json"): json.loads(path.read_text("utf-8")) for path in FOLDER.glob("*.schema.json")
}
EXAMPLES = sorted((Path(__file__).parent / "example-responses" / "platform-v2").glob("*/*/*.json"))

ROW = {
    "agentId": "12345",
    "state": {"name": "Available"},
    "stateGroup": {"name": "Available"},
    "lastUpdated": "2024-05-06T07:08:09Z",
}
PROFILE = {"agentId": "12345", "name": "Ann Example", "email": "ann@example.com"}
TOKEN = {"access_token": "2YotnFZFEjr1zCsicMWpAA", "token_type": "Bearer", "expires_in": 900}
ERROR = {"error": "not_found", "error_description": "No agent has this id."}
DOCUMENTS = {
    "agent-state": ROW,
    "agent-states": [ROW],
    "agent": PROFILE,
    "token": TOKEN,
    "token-error": {
        "error": "invalid_client",
        "error_description": "No.",
        "error_uri": "https://example.com",
    },
    "error": ERROR,
}

STATES = "/api/v2/agents/states"
PROFILE_PATH = "/api/v2/agents/12345"
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="cxone", error="invalid_token"'}


def exchange(
    path: str,
    body: Any = None,
    *,
    method: str = "GET",
    status: int = 200,
    media_type: str | None = "application/json; charset=utf-8",
    **headers: str,
) -> Exchange:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if media_type is not None:
        fields["Content-Type"] = media_type
    return Exchange(
        request=Request(method=method, url=f"https://platform.nicecxone.com{path}"),
        response=Response(
            status=status,
            headers=Headers(fields),
            body=body if isinstance(body, bytes) else json.dumps(body).encode(),
        ),
    )


def token_exchange(body: Any, **more: Any) -> Exchange:
    return exchange("/oauth/token", body, method="POST", **{"Cache_Control": "no-store", **more})


def said(made: Exchange) -> list[str]:
    return [str(violation) for violation in schemas.contract("platform-v2").violations(made)]


# The files


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_fits_the_meta_schema_of_json_schema(name):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_a_schema_says_its_draft_and_is_known_by_its_file_name(name):
    assert SCHEMAS[name]["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert SCHEMAS[name]["$id"] == f"{HOME}{name}.schema.json"


def test_the_openapi_file_fits_the_meta_schema_of_openapi():
    openapi_spec_validator.validate(OPENAPI, base_uri=(FOLDER / "openapi.json").as_uri())


def test_every_reference_resolves_to_a_file_beside_it():
    registry = referencing.Registry().with_contents(
        [(f"{HOME}{name}.schema.json", schema) for name, schema in SCHEMAS.items()]
    )
    registry = registry.with_resource(f"{HOME}openapi.json", referencing.Resource.opaque(OPENAPI))
    resolver = registry.resolver(f"{HOME}openapi.json")
    references = [node["$ref"] for root in (OPENAPI, *SCHEMAS.values()) for node in nodes(root) if "$ref" in node]
    assert len(references) > 20
    for reference in references:
        assert resolver.lookup(reference).contents


def test_a_reference_to_another_place_is_refused_and_nothing_is_fetched():
    with pytest.raises(jsonschema_rs.ValidationError, match="not one of the contract's files"):
        validation.Files("platform-v2").quick({"$ref": "https://example.invalid/other.json"})


def nodes(node: Any) -> Iterator[dict[str, Any]]:
    match node:
        case dict():
            yield node
            for child in node.values():
                yield from nodes(child)
        case list():
            for child in node:
                yield from nodes(child)


def facts() -> Iterator[tuple[str, dict[str, Any]]]:
    """Everything that claims something about the API, with a name for the test's id."""
    for root, document in {"openapi": OPENAPI, **SCHEMAS}.items():
        for node in nodes(document):
            for name, member in node.get("properties", {}).items():
                yield f"{node.get('title', root)} property {name}", member
    for template, path in OPENAPI["paths"].items():
        for method, operation in path.items():
            label = f"{method.upper()} {template}"
            yield label, operation
            for parameter in operation.get("parameters", []):
                yield f"{label} parameter {parameter['name']}", parameter
            for status, answer in operation["responses"].items():
                followed = follow(answer)
                yield f"{label} {status}", followed
                for name, header in followed.get("headers", {}).items():
                    yield f"{label} {status} header {name}", follow(header)
    yield from OPENAPI["components"]["securitySchemes"].items()
    for server in OPENAPI["servers"]:
        yield server["url"], server


def follow(node: dict[str, Any]) -> dict[str, Any]:
    if "$ref" not in node:
        return node
    _, _, kind, name = node["$ref"].split("/")
    return OPENAPI["components"][kind][name]


@pytest.mark.parametrize("fact", [pytest.param(fact, id=name) for name, fact in facts()])
def test_every_fact_says_where_it_comes_from(fact):
    assert fact["x-cxone-source"] in {"document", "standard", "assumed"}
    assert fact["x-cxone-note"].endswith(".")


def test_a_schema_with_a_pattern_says_in_words_what_it_expects():
    with_pattern = [schema for _, fact in facts() if "pattern" in (schema := fact.get("schema", fact))]
    assert len(with_pattern) > 5
    assert all(schema["x-cxone-expected"] for schema in with_pattern)


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("issueToken", "200 400 401 429 5XX"),
        ("listAgentStates", "200 400 401 403 429 5XX"),
        ("getAgent", "200 401 403 404 429 5XX"),
    ],
)
def test_an_operation_may_answer_with_these_statuses(operation, statuses):
    assert " ".join(schemas.contract("platform-v2").operation(operation).answers) == statuses


# Documents


@cache
def reference(name: str) -> jsonschema.Draft202012Validator:
    contents = [(f"{HOME}{other}.schema.json", schema) for other, schema in SCHEMAS.items()]
    return jsonschema.Draft202012Validator(
        SCHEMAS[name],
        registry=referencing.Registry().with_contents(contents),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )


@cache
def quick(name: str) -> jsonschema_rs.Validator:
    contents = [(f"{HOME}{other}.schema.json", schema) for other, schema in SCHEMAS.items()]
    return jsonschema_rs.Draft202012Validator(
        SCHEMAS[name], registry=jsonschema_rs.Registry(contents), validate_formats=True
    )


def exchange_with(name: str, document: Any) -> Exchange:
    """An exchange whose body a schema describes."""
    match name:
        case "agent-state":
            return exchange(STATES, [document])
        case "agent-states":
            return exchange(STATES, document)
        case "agent":
            return exchange(PROFILE_PATH, document)
        case "token":
            return token_exchange(document)
        case "token-error":
            return token_exchange(document, status=401)
        case "error":
            return exchange(PROFILE_PATH, document, status=404)
    raise LookupError(name)


@pytest.mark.parametrize(
    "path", EXAMPLES, ids=["-".join((path.parts[-3], path.parts[-2], path.stem)) for path in EXAMPLES]
)
def test_an_example_is_good_or_bad_as_its_folder_says(path):
    document, name, good = json.loads(path.read_text("utf-8")), path.parts[-3], path.parts[-2] == "good"
    verdicts = {
        "jsonschema": reference(name).is_valid(document),
        "jsonschema-rs": quick(name).is_valid(document),
        "contract": not said(exchange_with(name, document)),
    }
    assert verdicts == dict.fromkeys(verdicts, good)


def test_every_schema_has_good_and_bad_examples():
    folders = {path.parts[-3:-1] for path in EXAMPLES}
    assert folders == {(name, kind) for name in SCHEMAS for kind in ("good", "bad")}


ODD_TIMES = {
    "2024-05-06T07:08:09Z": True,
    "2024-05-06T07:08:09.123456789012Z": True,
    "2024-05-06T07:08:09-00:00": True,
    "2024-05-06T07:08:09+23:59": True,
    "0001-01-01T00:00:00Z": True,
    "2000-02-29T00:00:00Z": True,
    "0000-01-01T00:00:00Z": False,
    "1900-02-29T00:00:00Z": False,
    "2024-02-30T00:00:00Z": False,
    "2024-04-31T00:00:00Z": False,
    "2024-13-01T00:00:00Z": False,
    "2024-05-06T24:00:00Z": False,
    "2016-12-31T23:59:60Z": False,
    "2016-12-31T23:58:60Z": False,
    "2024-05-06t07:08:09Z": False,
    "2024-05-06T07:08:09z": False,
    "2024-05-06 07:08:09Z": False,
    "2024-05-06T07:08:09": False,
    "2024-05-06T07:08Z": False,
    "2024-05-06T07:08:09.Z": False,
    "2024-05-06T07:08:09,5Z": False,
    "2024-05-06T07:08:09+24:00": False,
    "2024-05-06T07:08:09+12:60": False,
    "2024-05-06T07:08:09+0200": False,
    "2024-05-06T07:08:09\N{MINUS SIGN}02:00": False,
    "2024-05-06T07:08:09Z\n": False,
    " 2024-05-06T07:08:09Z": False,
    "\N{FULLWIDTH DIGIT TWO}024-05-06T07:08:09Z": False,
    "2024-05-06T07:08:09.\N{ARABIC-INDIC DIGIT FIVE}Z": False,
    "": False,
}
ODD_MAILBOXES = {
    "ann@example.com": True,
    "ann+tag@mail.example.com": True,
    "ann@localhost": False,
    "a***@example.com": False,
    "ann@***": False,
    '"ann"@example.com': True,
    "änn@exämple.com": True,
    "ann@[127.0.0.1]": True,
    "ann": False,
    "@example.com": False,
    "ann@": False,
    "ann@@example.com": False,
    "ann b@example.com": False,
    "ann@example.com\n": False,
    "ann@example.com\x85": False,
    "ann@\ufeffexample.com": False,
    "ann\x1c@example.com": False,
}
ODD_NAMES = {
    "Ann": True,
    " Ann\n": True,
    "\N{ZERO WIDTH SPACE}": True,
    "": False,
    " \t": False,
} | dict.fromkeys(("\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\ufeff", "\u2003"), False)


@pytest.mark.parametrize(
    ("schema", "good", "key", "text", "verdict"),
    [
        pytest.param(schema, good, key, text, verdict, id=f"{key}-{text!a}")
        for schema, good, key, table in [
            ("agent-state", ROW, "lastUpdated", ODD_TIMES),
            ("agent", PROFILE, "email", ODD_MAILBOXES),
            ("agent", PROFILE, "name", ODD_NAMES),
            ("token", TOKEN, "token_type", {"bEARER": True, "Bearer\n": False, " Bearer": False}),
        ]
        for text, verdict in table.items()
    ],
)
def test_both_engines_judge_an_odd_text_alike(schema, good, key, text, verdict):
    document = {**good, key: text}
    assert (reference(schema).is_valid(document), quick(schema).is_valid(document)) == (verdict, verdict)


@pytest.mark.parametrize("time", ["2016-12-31T23:59:60Z", "0000-01-01T00:00:00Z", "2024-05-06T07:08:09Z\n"], ids=ascii)
def test_the_format_alone_divides_the_engines_so_the_pattern_is_needed(time):
    schema = {"format": "date-time"}
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    slow = jsonschema.Draft202012Validator(schema, format_checker=checker)
    fast = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    assert slow.is_valid(time) != fast.is_valid(time)


BLANKS = "\t\n\x1c\x1d\x1e\x1f \x85\xa0\u2003\u200b\u2028\ufeff"
ODD = {
    "lastUpdated": st.one_of(
        st.sampled_from(sorted(ODD_TIMES)),
        st.from_regex(r"\A(0000|2024)-(01|02)-(01|30)[Tt ](00|24):00:(00|60)(\.[0-9]*)?([Zz]|[+-](00|24):?00)\n?\Z"),
    ),
    "email": st.one_of(st.sampled_from(sorted(ODD_MAILBOXES)), st.text("ab@." + BLANKS, max_size=6)),
    "name": st.one_of(st.sampled_from(sorted(ODD_NAMES)), st.text(BLANKS, max_size=3)),
}
TEXTS = st.one_of(st.text(max_size=12), *ODD.values())
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=-1, max_value=1),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([900.0, 1.0, 0.5, -0.0]),
    TEXTS,
    st.lists(TEXTS, max_size=2),
    st.dictionaries(st.sampled_from(["name", "error", "x"]), TEXTS, max_size=2),
    st.builds(deepcopy, st.just(ROW)),
)


def places(document: Any, *steps: str | int) -> Iterator[tuple[str | int, ...]]:
    yield steps
    if isinstance(document, dict | list):
        for step, child in document.items() if isinstance(document, dict) else enumerate(document):
            yield from places(child, *steps, step)


@st.composite
def mutated(draw: st.DrawFn, document: Any) -> Any:
    """A document in which some members were deleted or replaced by something else."""
    document = deepcopy(document)
    for _ in range(draw(st.sampled_from([1, 1, 1, 2, 3]))):
        steps = draw(st.sampled_from(list(places(document))))
        if not steps:
            document = draw(VALUES) if draw(st.booleans()) else document
            continue
        *way, last = steps
        parent = document
        for step in way:
            parent = parent[step]
        if draw(st.booleans()):
            del parent[last]
        else:
            parent[last] = draw(st.one_of(ODD.get(last, VALUES), VALUES))
    return document


@pytest.mark.parametrize(
    ("schema", "good", "key"),
    [("agent-state", ROW, "lastUpdated"), ("agent", PROFILE, "email"), ("agent", PROFILE, "name")],
    ids=["time", "mailbox", "name"],
)
@given(data=st.data())
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_both_engines_judge_a_made_up_text_alike(schema, good, key, data):
    document = {**good, key: data.draw(ODD[key])}
    assert quick(schema).is_valid(document) == reference(schema).is_valid(document)


@pytest.mark.parametrize("name", sorted(SCHEMAS))
@given(data=st.data())
@settings(max_examples=300, deadline=None, database=None, derandomize=True)
def test_both_engines_judge_a_mutated_document_alike(name, data):
    document = data.draw(mutated(DOCUMENTS[name]))
    verdict = reference(name).is_valid(document)
    assert quick(name).is_valid(document) == verdict
    assert (not said(exchange_with(name, document))) == verdict


@given(rows=st.lists(mutated(ROW), max_size=6))
@settings(max_examples=200, deadline=None, database=None, derandomize=True)
def test_the_rows_counted_are_those_that_the_reference_finds_bad(rows):
    violations = schemas.contract("platform-v2").violations(exchange(STATES, rows))
    bad = {
        path: sum(path in paths for paths in map(paths_of_faults, rows))
        for path in set().union(*map(paths_of_faults, rows))
    }
    counted: dict[str, int] = dict.fromkeys(bad, 0)
    for violation in violations:
        counted[violation.path] += violation.count
        assert violation.total == len(rows)
    assert counted == bad


def paths_of_faults(row: Any) -> set[str]:
    paths = set()
    for error in reference("agent-state").iter_errors(row):
        steps = [[*error.absolute_path]]
        if error.validator == "required":
            steps = [[*error.absolute_path, name] for name in error.validator_value if name not in error.instance]
        paths |= {"".join(["$[*]", *(f".{step}" for step in each)]) for each in steps}
    return paths


# Which operation


@pytest.mark.parametrize(
    ("method", "path", "operation"),
    [
        ("POST", "/oauth/token", "issueToken"),
        ("GET", STATES, "listAgentStates"),
        ("GET", f"{STATES}?agentId=12345&page=2", "listAgentStates"),
        ("get", STATES, "listAgentStates"),
        ("GET", PROFILE_PATH, "getAgent"),
        ("GET", "/api/v2/agents/ann%2Fexample", "getAgent"),
        ("GET", "/oauth/token", None),
        ("POST", STATES, None),
        ("GET", "/api/v2/agents/", None),
        ("GET", "/api/v2/agents", None),
        ("GET", f"{PROFILE_PATH}/", None),
        ("GET", f"{PROFILE_PATH}/skills", None),
        ("GET", "/api/v1/agents/states", None),
    ],
)
def test_an_operation_is_found_by_method_and_path(method, path, operation):
    request = Request(method=method, url=f"https://platform.nicecxone.com{path}")
    found = schemas.contract("platform-v2").operation_for(request)
    assert (found and found.id) == operation


def test_an_operation_is_labelled_by_method_and_template():
    labels = [operation.label for operation in schemas.contract("platform-v2").operations]
    assert labels == ["POST /oauth/token", f"GET {STATES}", "GET /api/v2/agents/{agentId}"]


def test_a_request_that_is_no_operation_breaks_the_contract_and_its_query_is_not_shown():
    with pytest.raises(ContractViolation) as caught:
        schemas.contract("platform-v2").check(exchange("/x?email=ann@example.com", {}, method="POST"))
    assert str(caught.value) == (
        "POST /x: the answer (200) breaks the contract:\n"
        "  operation: expected one of the contract's operations: POST /oauth/token, "
        "GET /api/v2/agents/states, GET /api/v2/agents/{agentId}, got POST /x"
    )


def test_a_caller_who_knows_the_operation_may_name_it():
    behind_a_proxy = exchange(f"/proxy{STATES}", [ROW])
    assert schemas.contract("platform-v2").check(behind_a_proxy, operation="listAgentStates").id == "listAgentStates"


def test_an_operation_that_does_not_exist_is_a_mistake_of_the_caller():
    with pytest.raises(LookupError, match="has no operation 'listStates'; it has issueToken, listAgentStates"):
        schemas.contract("platform-v2").check(exchange(STATES, []), operation="listStates")


def test_a_contract_is_read_once():
    assert schemas.contract("platform-v2") is schemas.contract("platform-v2")


@pytest.mark.parametrize("dialect", ["platform-v3", "", "../schemas/platform-v2"])
def test_an_unknown_dialect_is_refused_with_those_that_are_known(dialect):
    with pytest.raises(ConfigurationError, match=r"is not one of .*'platform-v2'"):
        schemas.contract(dialect)


# Which responses


def with_requests() -> requests.Response:
    response = requests.Response()
    response.status_code = 200
    response.headers["content-type"] = "application/json"
    response._content = json.dumps([ROW]).encode()
    response.request = requests.Request("GET", f"https://platform.nicecxone.com{STATES}").prepare()
    return response


def with_httpx() -> httpx.Response:
    request = httpx.Request("GET", f"https://platform.nicecxone.com{STATES}")
    return httpx.Response(200, json=[ROW], request=request)


@pytest.mark.parametrize("make", [with_requests, with_httpx, lambda: exchange(STATES, [ROW])])
def test_a_good_response_of_any_library_gives_its_operation(make):
    assert schemas.contract("platform-v2").check(make()).id == "listAgentStates"


@pytest.mark.parametrize("make", [with_requests, with_httpx])
def test_a_librarys_response_becomes_an_exchange(make):
    made = schemas.exchange_of(make())
    assert (made.request.method, made.request.target.path) == ("GET", STATES)
    assert (made.response.status, made.response.media_type) == (200, "application/json")
    assert json.loads(made.response.body) == [ROW]


@pytest.mark.parametrize("other", ["text", None, requests.Response(), Response(status=200)], ids=ascii)
def test_something_else_is_a_type_error_that_says_what_is_taken(other):
    with pytest.raises(TypeError, match=r"an Exchange, or a requests\.Response or httpx\.Response.*, not"):
        schemas.contract("platform-v2").check(other)


# What is said


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        pytest.param(
            exchange(STATES, status=418),
            ["status: expected one of 200, 400, 401, 403, 429, 5XX, got 418"],
            id="undocumented status",
        ),
        pytest.param(
            exchange(STATES, status=204, body=b""),
            ["status: expected one of 200, 400, 401, 403, 429, 5XX, got 204"],
            id="no content",
        ),
        pytest.param(exchange(STATES, ERROR, status=503), [], id="a status of a range"),
        pytest.param(exchange(STATES, ERROR, status=401, **CHALLENGE), [], id="401 with its challenge"),
        pytest.param(
            exchange(STATES, ERROR, status=401),
            ["header WWW-Authenticate: expected to be present, got nothing"],
            id="401 without",
        ),
        pytest.param(
            exchange(PROFILE_PATH, ERROR, status=403, WWW_Authenticate="Basic realm=x"),
            ["header WWW-Authenticate: expected a Bearer challenge, got string 'Basic realm=x'"],
            id="403 with another challenge",
        ),
        pytest.param(exchange(STATES, ERROR, status=429), [], id="429 without a wait"),
        pytest.param(exchange(STATES, ERROR, status=429, Retry_After="120"), [], id="429 with seconds"),
        pytest.param(
            exchange(STATES, ERROR, status=429, Retry_After="Fri, 31 Dec 1999 23:59:59 GMT"),
            [],
            id="429 with date",
        ),
        pytest.param(
            exchange(STATES, ERROR, status=429, Retry_After="soon"),
            ["header Retry-After: expected a number of seconds or an HTTP date, got string 'soon'"],
            id="429 with neither",
        ),
        pytest.param(token_exchange(TOKEN), [], id="token"),
        pytest.param(token_exchange(TOKEN, Cache_Control="private, No-Store"), [], id="token in any case"),
        pytest.param(
            token_exchange(TOKEN, Cache_Control="max-age=60"),
            ["header Cache-Control: expected no-store, got string 'max-age=60'"],
            id="token to be cached",
        ),
        pytest.param(
            exchange(STATES, b"<html>Maintenance</html>", media_type="text/html"),
            [
                "media type: expected application/json, got text/html",
                "body: expected JSON, got 24 bytes of text/html that cannot be read as JSON",
            ],
            id="a page for people",
        ),
        pytest.param(
            exchange(STATES, [], media_type=None),
            ["media type: expected application/json, got no Content-Type"],
            id="no media type",
        ),
        pytest.param(
            exchange(STATES, [{}], media_type="text/json"),
            [
                "media type: expected application/json, got text/json",
                "$[*].agentId: expected to be present, got nothing",
                "$[*].state: expected to be present, got nothing",
                "$[*].stateGroup: expected to be present, got nothing",
                "$[*].lastUpdated: expected to be present, got nothing",
            ],
            id="another media type and a bad body",
        ),
        pytest.param(exchange(STATES, b""), ["body: expected JSON, got an empty body"], id="empty"),
        pytest.param(exchange(STATES, b"[]", media_type="application/json"), [], id="media type without parameters"),
        pytest.param(
            exchange(STATES, b"[NaN]"),
            ["body: expected JSON, got 5 bytes of application/json that cannot be read as JSON"],
            id="NaN",
        ),
        pytest.param(
            exchange(STATES, b"-Infinity"),
            ["body: expected JSON, got 9 bytes of application/json that cannot be read as JSON"],
            id="Infinity",
        ),
        pytest.param(
            exchange(STATES, '["ü"]'.encode("latin-1")),
            ["body: expected JSON, got 5 bytes of application/json that cannot be read as UTF-8"],
            id="Latin-1",
        ),
        pytest.param(
            exchange(STATES, b"[" * 100_000),
            ["body: expected JSON, got 100,000 bytes of application/json that cannot be read as JSON"],
            id="too deep",
        ),
        pytest.param(exchange(PROFILE_PATH, b'{"a": 1, "a": 2, ' + json.dumps(PROFILE).encode()[1:]), [], id="twice"),
        pytest.param(
            exchange(STATES, {"agentStates": [ROW] * 10_000, "totalRecords": 10_000}),
            ["$: expected array, got object with keys agentStates, totalRecords"],
            id="an envelope",
        ),
        pytest.param(
            exchange(STATES, {}),
            ["$: expected array, got object with 0 keys"],
            id="an empty object for a list",
        ),
        pytest.param(
            exchange(STATES, {str(n): n for n in range(100)}),
            ["$: expected array, got object with keys 0, 1, 2, 3, 4, 5, 6, 7, …"],
            id="many keys",
        ),
        pytest.param(exchange(STATES, None), ["$: expected array, got null"], id="null"),
        pytest.param(exchange(PROFILE_PATH, [PROFILE]), ["$: expected object, got array of 1 item"], id="a list"),
        pytest.param(
            exchange(STATES, [{**ROW, "agentId": 5}]),
            ["$[*].agentId: expected string, got integer 5"],
            id="type",
        ),
        pytest.param(
            exchange(STATES, [{**ROW, "agentId": True}]),
            ["$[*].agentId: expected string, got boolean true"],
            id="boolean",
        ),
        pytest.param(
            exchange(STATES, [{**ROW, "agentId": ""}]),
            ["$[*].agentId: expected a string that is not empty, got string ''"],
            id="empty text",
        ),
        pytest.param(
            exchange(STATES, [{**ROW, "state": {"name": "\u2003"}}]),
            ["$[*].state.name: expected a string that is not blank, got string '\\u2003'"],
            id="blank text",
        ),
        pytest.param(
            exchange(STATES, [{**ROW, "lastUpdated": "x" * 500}]),
            [f"$[*].lastUpdated: expected an RFC 3339 date-time, got string '{'x' * 40}…'"],
            id="long text",
        ),
        pytest.param(
            exchange(
                STATES,
                b'[{"agentId": "\\ud800", '
                + json.dumps({**ROW, "state": {}}).encode()[len('{"agentId": "12345", ') :]
                + b"]",
            ),
            ["$[*].state.name: expected to be present, got nothing"],
            id="lone surrogate",
        ),
        pytest.param(
            exchange(STATES, [{**ROW, "state": {"name": "\ud800"}}]),
            [],
            id="lone surrogate and nothing wrong",
        ),
        pytest.param(
            token_exchange({**TOKEN, "expires_in": 0}),
            ["$.expires_in: expected a positive number of seconds, got integer 0"],
            id="lifetime",
        ),
        pytest.param(token_exchange({**TOKEN, "expires_in": 10**60}), [], id="a lifetime beyond every integer type"),
        pytest.param(
            token_exchange({**TOKEN, "expires_in": 899.5}),
            ["$.expires_in: expected integer, got number 899.5"],
            id="fraction",
        ),
    ],
)
def test_a_violation_says_where_what_was_expected_and_what_came(made, expected):
    assert said(made) == expected


def listing(total: int, **bad: Any) -> list[Any]:
    """Rows in which some keys are wrong in the rows given."""
    rows: list[Any] = [deepcopy(ROW) for _ in range(total)]
    for key, (value, indices) in bad.items():
        for index in indices:
            rows[index][key] = value
    return rows


def test_rows_that_are_wrong_alike_are_one_violation_with_a_count():
    rows = listing(100, lastUpdated=("yesterday", range(3, 40)))
    (violation,) = schemas.contract("platform-v2").violations(exchange(STATES, rows))
    assert (violation.count, violation.total, violation.first) == (37, 100, "$[3].lastUpdated")
    assert str(violation) == (
        "$[*].lastUpdated: expected an RFC 3339 date-time, got string 'yesterday' "
        "(37 of 100 rows, first at $[3].lastUpdated)"
    )


def test_a_row_that_is_wrong_in_two_ways_counts_for_both():
    rows = listing(10, lastUpdated=("yesterday", range(2, 6)), agentId=(5, range(4, 9)), state=({}, [9]))
    assert said(exchange(STATES, rows)) == [
        (
            "$[*].lastUpdated: expected an RFC 3339 date-time, got string 'yesterday' "
            "(4 of 10 rows, first at $[2].lastUpdated)"
        ),
        "$[*].agentId: expected string, got integer 5 (5 of 10 rows, first at $[4].agentId)",
        "$[*].state.name: expected to be present, got nothing (1 of 10 rows, first at $[9].state.name)",
    ]


def test_values_that_break_different_keywords_of_one_field_are_still_one_violation():
    rows = listing(9, lastUpdated=("yesterday", [1, 2]))
    rows[4]["lastUpdated"] = "2024-02-30T00:00:00Z"
    rows[5]["lastUpdated"] = "2024-05-06T07:08:09z"
    rows[6]["lastUpdated"] = "2024-05-06T07:08:09Z\n"
    (violation,) = schemas.contract("platform-v2").violations(exchange(STATES, rows))
    assert (violation.count, violation.first) == (5, "$[1].lastUpdated")


def test_a_row_that_is_no_object_shows_its_type_only():
    assert said(exchange(STATES, [ROW, "Ann Example", ROW, 5])) == [
        "$[*]: expected object, got string of 11 characters (2 of 4 rows, first at $[1])"
    ]


def test_rows_beside_a_text_that_only_the_reference_can_read_are_counted_as_well():
    rows = listing(6, lastUpdated=("yesterday", [2, 3, 5]))
    rows[0]["state"] = {"name": "\ud800"}
    assert said(exchange(STATES, rows)) == [
        (
            "$[*].lastUpdated: expected an RFC 3339 date-time, got string 'yesterday' "
            "(3 of 6 rows, first at $[2].lastUpdated)"
        )
    ]


@pytest.mark.parametrize("bad", ["Ann Example lives here", 4915112345, ["Ann Example"], {"Ann": "Example"}, True, None])
@pytest.mark.parametrize("key", ["name", "email"])
def test_a_personal_value_is_never_shown(key, bad):
    text = "\n".join(said(exchange(PROFILE_PATH, {**PROFILE, key: bad if key == "email" else [bad]})))
    assert text.startswith(f"$.{key}: expected ")
    assert not any(secret in text for secret in ("Ann", "Example", "lives", "4915", "true"))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (
            {**PROFILE, "email": "Ann Example"},
            "$.email: expected a mailbox such as name@example.com, got string of 11 characters",
        ),
        ({**PROFILE, "email": 4915112345}, "$.email: expected string, got integer"),
        ({**PROFILE, "name": {"first": "Ann"}}, "$.name: expected string, got object with 1 key"),
        ("Ann Example", "$: expected object, got string of 11 characters"),
    ],
    ids=["text", "number", "object", "in place of the profile"],
)
def test_of_a_personal_value_only_type_and_size_are_said(body, expected):
    assert said(exchange(PROFILE_PATH, body)) == [expected]


def test_a_token_is_never_shown():
    assert said(token_exchange({**TOKEN, "access_token": 123456})) == ["$.access_token: expected string, got integer"]
    assert said(token_exchange("2YotnFZFEjr1")) == ["$: expected object, got string of 12 characters"]


def test_the_error_of_a_long_bad_listing_is_short():
    rows = [{"agentId": n, "state": "Ann Example " * 9, "lastUpdated": []} for n in range(10_000)]
    with pytest.raises(ContractViolation) as caught:
        schemas.contract("platform-v2").check(exchange(STATES, rows))
    assert len(str(caught.value)) < 1_000
    assert "Ann" not in str(caught.value)
    assert caught.value.status == 200
    assert caught.value.operation == f"GET {STATES}"
    assert {violation.count for violation in caught.value.violations} == {10_000}


def test_the_reference_reads_one_row_for_each_way_to_be_wrong(monkeypatch):
    lengths = []
    iter_errors = jsonschema.Draft202012Validator.iter_errors

    def spy(self, instance, *args):
        lengths.append(len(instance) if isinstance(instance, list) else 0)
        return iter_errors(self, instance, *args)

    monkeypatch.setattr(jsonschema.Draft202012Validator, "iter_errors", spy)
    rows = listing(10_000, lastUpdated=("yesterday", range(10_000)), agentId=(5, range(0, 10_000, 2)))
    assert [violation.count for violation in schemas.contract("platform-v2").violations(exchange(STATES, rows))] == [
        5_000,
        10_000,
    ]
    assert max(lengths) == 2


def test_a_good_response_is_judged_without_importing_the_reference():
    program = (
        "import json, sys\n"
        "from pytest_cxone import schemas\n"
        "from pytest_cxone.model import Exchange, Headers, Request, Response\n"
        "schemas.contract('platform-v2').check(Exchange(\n"
        f"    request=Request(method='GET', url='https://platform.nicecxone.com{STATES}'),\n"
        "    response=Response(status=200, headers=Headers({'Content-Type': 'application/json'}),\n"
        f"                      body={json.dumps([ROW]).encode()!r})))\n"
        "print(*sorted({'jsonschema', 'referencing'} & sys.modules.keys()))\n"
    )
    root = Path(schemas.__file__).parent.parent
    ran = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == ""
