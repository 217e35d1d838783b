"""Derived upgrades: a contract gives each of them an id that stays, and each changes one thing and nothing else."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.dialects import DIALECTS
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.world import World
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.rehearsal import derived
from pytest_cxone.rehearsal import upgrades as named
from pytest_cxone.rehearsal.concerning import Concerning
from pytest_cxone.rehearsal.deriving.answers import PropertyChange, StatusChange
from pytest_cxone.rehearsal.deriving.documents import Edit, Envelope, edited, present, retyped
from pytest_cxone.rehearsal.deriving.places import Others
from pytest_cxone.rehearsal.deriving.requests import Demand, ParameterChange, Part
from pytest_cxone.rehearsal.deriving.statuses import another, meant_by
from pytest_cxone.rehearsal.meeting import Shadow
from pytest_cxone.schemas import Contract, contract
from tests.populated import NOW, Populated, exchanges

each_dialect = pytest.mark.parametrize("dialect", DIALECTS)
OPERATIONS = [
    pytest.param(dialect, operation.id, id=f"{dialect}-{operation.id}")
    for dialect in DIALECTS
    for operation in contract(dialect).operations
]
EDITS = ("removed", "renamed", "retyped", "nulled")
STATES = "/api/v2/agents/states"
REFUSAL = "error error_description"
PLATFORM_V2 = {
    "issueToken": {
        "places": {
            "": "access_token token_type expires_in scope",
            "400": f"{REFUSAL} error_uri",
            "401": f"{REFUSAL} error_uri",
            "429": REFUSAL,
            "5XX": REFUSAL,
        },
        "others": """
            body.listed body.nested
            status-200.replaced-by-202 status-400.replaced-by-422 status-401.replaced-by-403
            status-429.replaced-by-403 status-5XX.replaced-by-500
            field-grant_type.ignored field-grant_type.refused field-client_id.ignored field-client_id.refused
            field-client_secret.ignored field-client_secret.refused
            field-scope.ignored field-scope.refused field-scope.required
        """,
    },
    "listAgentStates": {
        "places": {
            "": "agentId state state.name stateGroup stateGroup.name lastUpdated team team.name",
            **dict.fromkeys(("400", "401", "403", "429", "5XX"), REFUSAL),
        },
        "others": """
            body.enveloped
            status-200.replaced-by-202 status-400.replaced-by-422 status-401.replaced-by-403 status-403.replaced-by-404
            status-429.replaced-by-403 status-5XX.replaced-by-500
            parameter-agentId.ignored parameter-agentId.refused parameter-agentId.required
            parameter-page.ignored parameter-page.refused parameter-page.required
            parameter-pageSize.ignored parameter-pageSize.refused parameter-pageSize.required
        """,
    },
    "getAgent": {
        "places": {
            "": "agentId name email team team.name",
            **dict.fromkeys(("401", "403", "404", "429", "5XX"), REFUSAL),
        },
        "others": """
            body.listed body.nested
            status-200.replaced-by-202 status-401.replaced-by-403 status-403.replaced-by-404 status-404.replaced-by-410
            status-429.replaced-by-403 status-5XX.replaced-by-500
        """,
    },
}
"""What scores of earlier runs name: an id that is gone from here is gone from them."""


@cache
def asked(dialect):
    """Return the exchanges of a populated fake, by operation."""
    found = {}
    for exchange in exchanges(dialect):
        operation = contract(dialect).operation_for(exchange.request)
        found.setdefault(operation.id, []).append(exchange)
    return found


@cache
def of_operation(dialect, operation):
    return [upgrade for upgrade in derived(contract(dialect)).values() if upgrade.operation == operation]


def under(upgrade, exchange):
    """Return what an upgrade makes of an exchange, and the requests that it passed on."""
    passed = []

    def forward(request):
        passed.append(request)
        return exchange.response

    return upgrade.change(exchange.request, forward, World(clock=Clock(lambda: NOW))), passed


# An editor of the tests' own


def pruned(document, names):
    """Return a document without the property to which these names lead, through lists."""
    if isinstance(document, list):
        return [pruned(item, names) for item in document]
    if not isinstance(document, dict):
        return document
    first, *rest = names
    kept = {key: pruned(value, rest) if rest and key == first else value for key, value in document.items()}
    return kept if rest else {key: value for key, value in kept.items() if key != first}


def values(document, names):
    """Return what stands where these names lead, in order."""
    if not names:
        return [document]
    if isinstance(document, list):
        return [value for item in document for value in values(item, names)]
    if isinstance(document, dict) and names[0] in document:
        return values(document[names[0]], names[1:])
    return []


def has_changed_as_told(before, after, names, edit):
    """Whether one document is the other with the property edited everywhere, and nothing else."""
    new = [*names[:-1], f"{names[-1]}Renamed"]
    old, now, moved = values(before, names), values(after, names), values(after, new)
    is_so = {
        "removed": not now and not moved,
        "renamed": not now and moved == old,
        "nulled": now == [None] * len(old) and any(value is not None for value in old),
        "retyped": len(now) == len(old)
        and all(
            (one is None) if was is None else type(one) is not type(was) for was, one in zip(old, now, strict=True)
        ),
    }
    return bool(old) and is_so[edit] and pruned(pruned(after, names), new) == pruned(before, names)


# The catalogue


def test_the_ids_of_platform_v2_are_these_and_no_others():
    expected = {
        f"{operation}.{status}{'.' if status else ''}{place}.{edit}"
        for operation, told in PLATFORM_V2.items()
        for status, places in told["places"].items()
        for place in places.split()
        for edit in EDITS
    }
    expected |= {f"{operation}.{other}" for operation, told in PLATFORM_V2.items() for other in told["others"].split()}
    found = derived(contract("platform-v2"))
    assert set(found) == expected
    assert list(found) == sorted(expected)


@each_dialect
def test_every_property_is_changed_in_four_ways_and_every_id_is_one_of_a_kind(dialect):
    found = derived(contract(dialect))
    by_place = {}
    for upgrade in found.values():
        if isinstance(upgrade.change, PropertyChange):
            where, _, edit = upgrade.id.rpartition(".")
            by_place.setdefault((where, upgrade.change.place), []).append(edit)
    assert {tuple(sorted(edits)) for edits in by_place.values()} == {tuple(sorted(EDITS))}
    assert len({where for where, _ in by_place}) == len(by_place)
    assert len({upgrade.summary for upgrade in found.values()}) == len(found)


@each_dialect
def test_ids_are_safe_in_a_shell_and_say_their_operation(dialect):
    for id_, upgrade in derived(contract(dialect)).items():
        assert id_ == upgrade.id
        assert not set(id_) - set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")
        assert id_.split(".")[0] == upgrade.operation
        assert upgrade.origin == "derived"
        assert upgrade.caught_by == ()
        assert upgrade.summary.endswith(f" ({contract(dialect).operation(upgrade.operation).label})")


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS)
def test_every_key_of_an_answer_that_the_contract_declares_can_be_changed(dialect, operation):
    ids = {upgrade.id for upgrade in of_operation(dialect, operation)}
    known = contract(dialect).operation(operation)
    for exchange in asked(dialect)[operation]:
        status = exchange.response.status
        key = str(status) if str(status) in known.answers else f"{status // 100}XX"
        start = f"{operation}." if status < 300 else f"{operation}.{key}."
        shape = known.shape_of(exchange.response)
        if shape is not None and "json" in exchange.response.media_type:
            for names in declared(json.loads(exchange.response.body), shape):
                assert {f"{start}{'.'.join(names)}.{edit}" for edit in EDITS} <= ids


def declared(document, shape):
    """Yield the names that lead to each member of a document that a shape declares."""
    if isinstance(document, list) and shape.items is not None:
        for item in document:
            yield from declared(item, shape.items)
    if isinstance(document, dict):
        for name, value in document.items():
            below = shape.of(name)
            if below is not None:
                yield (name,)
                yield from ((name, *rest) for rest in declared(value, below))


def test_ids_do_not_hang_on_the_seed_of_hashes():
    code = (
        "import hashlib; from pytest_cxone.rehearsal import derived; from pytest_cxone.schemas import contract;"
        "print(hashlib.sha256('\\n'.join(derived(contract('acd'))).encode()).hexdigest())"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1


# What they change


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS)
def test_a_property_is_changed_in_all_its_places_and_nothing_else_is(dialect, operation):
    edits = 0
    for upgrade in of_operation(dialect, operation):
        if not isinstance(upgrade.change, PropertyChange):
            continue
        names, edit = [*upgrade.change.place], upgrade.id.rpartition(".")[2]
        for exchange in asked(dialect)[operation]:
            after, passed = under(upgrade, exchange)
            assert passed == [exchange.request]
            if after is exchange.response:
                if exchange.response.status in upgrade.change.statuses and "json" in exchange.response.media_type:
                    old = values(json.loads(exchange.response.body), names)
                    # Only where it has nothing to be changed.
                    assert not old or (edit in {"nulled", "retyped"} and set(old) == {None})
                continue
            edits += 1
            assert exchange.response.status in upgrade.change.statuses
            assert (after.status, after.headers) == (exchange.response.status, exchange.response.headers)
            assert has_changed_as_told(json.loads(exchange.response.body), json.loads(after.body), names, edit)
    has_json = any(exchange.response.body for exchange in asked(dialect)[operation])
    assert bool(edits) == has_json


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS)
def test_what_an_upgrade_says_beforehand_is_so(dialect, operation):
    for upgrade in of_operation(dialect, operation):
        for exchange in asked(dialect)[operation]:
            told = upgrade.touches(exchange.request, exchange.response)
            after, passed = under(upgrade, exchange)
            if told is None:
                assert passed != [exchange.request]
            else:
                assert (after != exchange.response) == told, upgrade.id


@pytest.mark.parametrize(("dialect", "operation"), OPERATIONS)
def test_what_an_upgrade_says_beforehand_is_what_trying_it_tells(dialect, operation):
    says = of_operation(dialect, operation)
    silent = [replace(upgrade, touches=lambda _, __: None) for upgrade in says]
    for exchange in asked(dialect)[operation]:
        told, tried = (shadowed(dialect, several, exchange) for several in (says, silent))
        assert told == tried
        assert told


def shadowed(dialect, several, exchange):
    """Return the upgrades that would change an answer, as a shadow finds out."""
    shadow = Shadow(Concerning(several), contract(dialect).operation_for)
    shadow(exchange.request, lambda _: exchange.response, World(clock=Clock(lambda: NOW)))
    return [*shadow.touching]


@each_dialect
def test_answers_of_other_operations_stay_to_the_byte(dialect):
    one_of_each = {
        (upgrade.operation, type(upgrade.change)): upgrade for upgrade in derived(contract(dialect)).values()
    }
    for (operation, _), upgrade in one_of_each.items():
        for other, several in asked(dialect).items():
            for exchange in several if other != operation else ():
                after, passed = under(upgrade, exchange)
                assert after is exchange.response
                assert passed == [exchange.request]


@pytest.mark.parametrize(
    ("dialect", "upgrade_id", "path", "expected"),
    [
        ("platform-v2", "listAgentStates.state.name.nulled", STATES, '"state":{"name":null}'),
        ("platform-v2", "listAgentStates.body.enveloped", STATES, '{"items":[{'),
        ("platform-v2", "getAgent.body.listed", "/api/v2/agents/1", '[{"agentId":"1"'),
        ("platform-v2", "getAgent.body.nested", "/api/v2/agents/1", '{"data":{"agentId":"1"'),
        ("platform-v2", "getAgent.404.error.removed", "/api/v2/agents/404404", "{"),
        ("platform-v2", "listAgentStates.parameter-pageSize.refused", f"{STATES}?pageSize=1", "invalid"),
        ("platform-v2", "listAgentStates.parameter-pageSize.required", STATES, "invalid"),
        ("acd", "listAgentStates.body.bare", "/inContactAPI/services/v31.0/agents/states", "[{"),
        (
            "acd",
            "listAgentStates.agentStates.agentId.renamed",
            "//incontactapi/services/v31.0/agents/states",
            "IdRenamed",
        ),
    ],
)
def test_the_fake_answers_under_them(dialect, upgrade_id, path, expected):
    plain, changed = Populated(dialect), Populated(dialect, derived(contract(dialect))[upgrade_id].change)
    base = plain.hosts.base_url or "https://api-na1.niceincontact.com"
    before, after = (tenant.send("GET", base + path, token=tenant.token).body.decode() for tenant in (plain, changed))
    assert expected in after
    assert before != after


def test_the_fake_does_not_see_a_parameter_that_is_ignored():
    change = derived(contract("platform-v2"))["listAgentStates.parameter-agentId.ignored"].change
    tenant = Populated("platform-v2", change)
    url = f"{tenant.hosts.base_url}/api/v2/agents/states?agentId=1"
    assert len(json.loads(tenant.send("GET", url, token=tenant.token).body)) == 3


# Edits of any document

NAMES = st.sampled_from(["a", "b", "c"])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(alphabet="01a.-", max_size=3)
DOCUMENTS = st.recursive(
    SCALARS, lambda below: st.lists(below, max_size=3) | st.dictionaries(NAMES, below, max_size=3), max_leaves=20
)
PLACES = st.lists(NAMES, min_size=1, max_size=3).map(tuple)


@given(DOCUMENTS, PLACES, st.sampled_from(Edit))
def test_an_edit_changes_one_place_of_any_document_or_says_that_it_did_not(document, place, edit):
    text = json.dumps(document)
    before, after = json.loads(text), json.loads(text)
    is_other = edited(after, place, edit)
    assert is_other == present(text.encode()).has(place, value=edit.needs_value)
    if is_other:
        assert has_changed_as_told(before, after, [*place], edit)
    else:
        assert json.dumps(after) == text
        assert set(map(repr, values(before, place))) <= ({"None"} if edit.needs_value else set())


@given(DOCUMENTS)
def test_a_value_of_another_type_is_json_and_tells_the_same(value):
    other = retyped(value)
    assert json.loads(json.dumps(other)) == other
    assert value is None or type(other) is not type(value)
    told = {str: lambda: json.loads(other), int: lambda: str(other), list: lambda: other[0]}.get(type(other))
    inside = other.get("value", other.get("items")) if isinstance(other, dict) else told and told()
    assert inside == value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        ("12345", 12345),
        ("007", {"value": "007"}),
        ("9" * 20, {"value": "9" * 20}),
        ("", {"value": ""}),
        ("Available", {"value": "Available"}),
        ([1], {"items": [1]}),
        ({"a": 1}, [{"a": 1}]),
        (None, None),
    ],
    ids=repr,
)
def test_each_type_becomes_another_one(value, expected):
    assert retyped(value) == expected
    assert type(retyped(value)) is type(expected)


@pytest.mark.parametrize(
    ("envelope", "document", "expected"),
    [
        (Envelope.ENVELOPED, [1], {"items": [1]}),
        (Envelope.ENVELOPED, {}, {}),
        (Envelope.LISTED, {"a": 1}, [{"a": 1}]),
        (Envelope.LISTED, [1], [1]),
        (Envelope.NESTED, {"a": 1}, {"data": {"a": 1}}),
        (Envelope.NESTED, None, None),
        (Envelope.BARE, {"rows": [1], "total": 1}, [1]),
        (Envelope.BARE, {"rows": None}, {"rows": None}),
        (Envelope.BARE, [1], [1]),
    ],
)
def test_a_body_gets_another_form_if_it_has_the_one_that_is_meant(envelope, document, expected):
    assert envelope.put(document, "rows") == expected


def test_members_without_a_name_are_all_but_those_that_have_one():
    document = {"team": {"name": "A"}, "7": {"name": "B"}, "8": {"name": "C"}}
    assert edited(document, (Others(frozenset({"team"})), "name"), Edit.NULLED)
    assert document == {"team": {"name": "A"}, "7": {"name": None}, "8": {"name": None}}


@pytest.mark.parametrize("body", [b"", b"<html>", b"[" * 100_000, b"\xff"], ids=["empty", "page", "deep", "no text"])
def test_a_body_that_is_no_json_is_left_alone(body):
    response = Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=body)
    url = "https://platform.nicecxone.com/api/v2/agents/states"
    for upgrade in of_operation("platform-v2", "listAgentStates"):
        if upgrade.id.startswith(("listAgentStates.state.", "listAgentStates.body.")):
            after, _ = under(upgrade, Exchange(request=Request(method="GET", url=url), response=response))
            assert after is response


# Statuses


@pytest.mark.parametrize(
    ("key", "some", "others"),
    [
        ("404", {404}, {400, 405}),
        ("5XX", {500, 502, 599}, {503, 404}),
        ("default", {201, 404, 302}, {200, 500, 503}),
    ],
)
def test_a_key_of_the_contract_means_what_no_other_key_does(key, some, others):
    meant = meant_by(key, {"200", "503", "5XX", key})
    assert some <= meant
    assert not others & meant


@pytest.mark.parametrize(
    ("key", "declared", "new"),
    [
        ("200", {"200"}, 202),
        ("200", {"200", "202", "204"}, 201),
        ("202", {"202"}, 200),
        ("204", {"200", "204"}, 202),
        ("204", {"200", "201", "202", "203", "204"}, 202),
        ("2XX", {"2XX"}, 202),
        ("401", {"401", "403"}, 403),
        ("418", {"418"}, 400),
        ("500", {"500"}, 503),
        ("5XX", {"5XX"}, 500),
        ("302", {"302"}, 303),
    ],
)
def test_a_status_becomes_another_one_of_its_class(key, declared, new):
    assert another(key, declared) == new


def test_a_status_that_is_the_new_one_already_stays():
    change = StatusChange(which=lambda _: True, statuses=frozenset(range(500, 600)), new=500)
    asked = Request(method="GET", url="https://x.test")
    for status, is_other in ((500, False), (503, True), (404, False)):
        response = Response(status=status)
        assert change.touches(asked, response) is is_other
        assert (change(asked, lambda _, response=response: response, None) is not response) is is_other
    assert change(asked, lambda _: Response(status=503, body=b"x"), None) == Response(status=500, body=b"x")


# Parameters

FORM = "application/x-www-form-urlencoded"
JSON = "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("part", "request_", "left"),
    [
        (Part.QUERY, Request(method="GET", url="https://x.test/a?b=1&top=2&b=3"), "https://x.test/a?b=1&b=3"),
        (Part.QUERY, Request(method="GET", url="https://x.test/a?top="), "https://x.test/a"),
        (Part.HEADER, Request(method="GET", url="https://x.test", headers=Headers({"Top": "1", "B": "2"})), {"B": "2"}),
        (
            Part.FIELD,
            Request(method="POST", url="https://x.test", headers=Headers({"Content-Type": FORM}), body=b"top=1&b=2"),
            b"b=2",
        ),
        (
            Part.FIELD,
            Request(
                method="POST", url="https://x.test", headers=Headers({"Content-Type": JSON}), body=b'{"top":1,"b":[2]}'
            ),
            b'{"b":[2]}',
        ),
    ],
    ids=["query", "alone, without a value", "header", "form", "JSON"],
)
def test_a_parameter_is_found_wherever_it_is_declared(part, request_, left):
    there, without = {}, Request(method=request_.method, url="https://x.test", headers=Headers({"Content-Type": JSON}))
    for demand in Demand:
        change = ParameterChange(which=lambda _: True, part=part, name="top", demand=demand)
        passed = []

        def forward(asked, passed=passed):
            passed.append(asked)
            return Response(status=200)

        there[demand] = [change(request_, forward, None).status, change(without, forward, None).status, *passed]
        expected = {Demand.IGNORED: None, Demand.REFUSED: True, Demand.REQUIRED: False}
        assert change.touches(request_, Response(status=200)) is expected[demand]
        assert change.touches(without, Response(status=200)) is (demand is Demand.REQUIRED)
    first = there[Demand.IGNORED][2]
    assert left in (first.url, dict(first.headers), first.body)
    assert there[Demand.IGNORED][:2] == [200, 200]
    assert there[Demand.REFUSED] == [400, 200, without]
    assert there[Demand.REQUIRED] == [200, 400, request_]


@pytest.mark.parametrize(("folds", "status"), [(True, 400), (False, 200)])
def test_the_case_of_a_parameter_counts_unless_the_contract_says_otherwise(folds, status):
    change = ParameterChange(which=lambda _: True, part=Part.QUERY, name="top", demand=Demand.REFUSED, folds=folds)
    asked = Request(method="GET", url="https://x.test?TOP=1")
    assert change(asked, lambda _: Response(status=200), None).status == status


@pytest.mark.parametrize(
    ("dialect", "path", "status"),
    [("acd", "/inContactAPI/services/v31.0/agents/states?TOP=1", 400), ("platform-v2", f"{STATES}?PAGE=1", 200)],
)
def test_a_contract_says_whether_it_does(dialect, path, status):
    name = {"acd": "top", "platform-v2": "page"}[dialect]
    change = derived(contract(dialect))[f"listAgentStates.parameter-{name}.refused"].change
    asked = Request(method="GET", url=f"https://x.test{path}")
    assert change(asked, lambda _: Response(status=200), None).status == status


@pytest.mark.parametrize("body", [b"{", b"[1]", b"\xff", b""])
def test_a_body_without_members_has_no_parameter(body):
    change = ParameterChange(which=lambda _: True, part=Part.FIELD, name="top", demand=Demand.REFUSED)
    for kind in (FORM, JSON):
        asked = Request(method="POST", url="https://x.test", headers=Headers({"Content-Type": kind}), body=body)
        assert change(asked, lambda _: Response(status=200), None).status == 200


# A dialect that nobody knows

TREE = {
    "$defs": {
        "mark/a~b": {"additionalProperties": {"type": "object", "properties": {"by": {"type": "string"}}}},
        "leaf": {"properties": {"tree": {"$ref": "#"}}, "additionalProperties": {}},
        "branches": {"prefixItems": [{"properties": {"length": {"type": "number"}}}]},
    },
    "type": "object",
    "properties": {
        "children": {"type": "array", "items": {"$ref": "#"}},
        "marks": {"$ref": "#/$defs/mark~1a~0b"},
        "leaf": {"$ref": "#/$defs/leaf"},
        "branches": {"$ref": "#/$defs/branches"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "$type": {"type": "string"},
        "404": {"type": "string"},
        "a.b": True,
    },
}
ANSWER = {
    "allOf": [
        {"$ref": "tree.schema.json"},
        {"anyOf": [{"properties": {"name": {"type": ["string", "null"]}}}, {"properties": {"label": {}}}]},
    ],
    "if": {"required": ["name"]},
    "then": {"properties": {"nick": True}},
    "else": {"properties": {"number": True}},
    "dependentSchemas": {"name": {"properties": {"spelling": {}}}},
    "patternProperties": {"^x-": {"properties": {"why": {"type": "string"}}}},
}
ROWS = {"type": "array", "items": {"properties": {"id": True}}}
THIRD = {
    "openapi": "3.1.0",
    "paths": {
        "/trees/{id}": {
            "parameters": [
                {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
                {"$ref": "#/components/parameters/Depth"},
            ],
            "get": {
                "operationId": "getTree",
                "parameters": [
                    {"name": "X-Trace", "in": "header", "required": True, "schema": {"type": "string"}},
                    {"name": "Accept", "in": "header", "schema": {"type": "string"}},
                ],
                "responses": {
                    "2XX": {"content": {"application/json": {"schema": ANSWER}, "text/html": {"schema": {}}}},
                    "default": {"$ref": "#/components/responses/Problem"},
                },
            },
            "post": {
                "operationId": "put.tree",
                "requestBody": {"$ref": "#/components/requestBodies/Tree"},
                "responses": {"201": {"content": {"application/json": {"schema": {"items": {}}}}}},
            },
        },
        "/pairs": {
            "get": {
                "operationId": "listPairs",
                "responses": {
                    "200": {"content": {"application/json": {"schema": {"properties": {"left": ROWS, "right": ROWS}}}}}
                },
            }
        },
    },
    "components": {
        "parameters": {"Depth": {"name": "depth", "in": "query", "schema": {"type": "integer"}}},
        "requestBodies": {
            "Tree": {
                "content": {
                    "application/json": {"schema": {"required": ["name"], "properties": {"name": {}, "note": {}}}}
                }
            }
        },
        "responses": {
            "Problem": {
                "content": {"application/problem+json": {"schema": {"properties": {"detail": {"type": "string"}}}}}
            }
        },
    },
}
THIRD_PLACES = (
    "children marks marks.any-key marks.any-key.by leaf leaf.tree branches branches.length tags "
    "x-2474797065 x-343034 x-612e62 name label nick number spelling any-key any-key.why default.detail"
)

DEPTH = "parameter-depth.ignored parameter-depth.refused parameter-depth.required"
THIRD_OTHERS = """
    body.listed body.nested body.bare status-2XX.replaced-by-202 header-X-Trace.ignored header-X-Trace.refused
"""
THIRD_SENT = """
    body.enveloped status-201.replaced-by-202
    field-name.ignored field-name.refused field-note.ignored field-note.refused field-note.required
"""


@pytest.fixture
def third(tmp_path, monkeypatch):
    """Return what makes the contract of a dialect that is nowhere but here."""

    def make(openapi=THIRD, tree=TREE):
        (tmp_path / "openapi.json").write_text(json.dumps(openapi), encoding="utf-8")
        (tmp_path / "tree.schema.json").write_text(json.dumps(tree), encoding="utf-8")
        monkeypatch.setattr("pytest_cxone.validation.schema_root", lambda _: tmp_path)
        return Contract("third")

    return make


def reversed_throughout(node):
    """Return JSON with the members of each object in another order."""
    if isinstance(node, list):
        return [reversed_throughout(item) for item in node]
    if isinstance(node, dict):
        return {name: reversed_throughout(node[name]) for name in reversed(node)}
    return node


def test_another_dialect_gives_its_upgrades_whatever_its_schemas_are_made_of(third):
    expected = {f"getTree.{place}.{edit}" for place in THIRD_PLACES.split() for edit in EDITS}
    expected |= {f"listPairs.{name}.{edit}" for name in ("left", "left.id", "right", "right.id") for edit in EDITS}
    # Which of the two lists would be the answer, nobody can tell.
    expected |= {f"listPairs.{other}" for other in ("body.listed", "body.nested", "status-200.replaced-by-202")}
    expected |= {f"getTree.{other}" for other in f"{THIRD_OTHERS} {DEPTH}".split()}
    expected |= {f"x-7075742e74726565.{other}" for other in f"{THIRD_SENT} {DEPTH}".split()}
    assert set(derived(third())) == expected


def test_ids_are_the_same_in_whatever_order_a_contract_is_written(third):
    told = [(one.id, one.summary) for one in derived(third()).values()]
    turned = derived(third(reversed_throughout(THIRD), reversed_throughout(TREE)))
    assert [(one.id, one.summary) for one in turned.values()] == told


def test_another_dialects_answers_are_changed(third):
    upgrades = derived(third())
    tree = {
        "marks": {"7": {"by": "A"}},
        "x-note": {"why": "B"},
        "children": [{"marks": {"8": {"by": "C"}}}],
        "404": "D",
    }
    headers = Headers({"Content-Type": "application/json"})
    response = Response(status=207, headers=headers, body=json.dumps(tree).encode())
    exchange = Exchange(request=Request(method="GET", url="https://x.test/trees/1"), response=response)

    def body(upgrade_id):
        return json.loads(under(upgrades[upgrade_id], exchange)[0].body)

    # Of a tree in a tree the contract says nothing new.
    assert body("getTree.marks.any-key.by.nulled") == {**tree, "marks": {"7": {"by": None}}}
    assert body("getTree.any-key.why.removed") == {**tree, "x-note": {}}
    assert body("getTree.x-343034.renamed") == {key: tree[key] for key in tree if key != "404"} | {"404Renamed": "D"}
    assert body("getTree.body.bare") == tree["children"]


# Which can concern what


def test_upgrades_are_found_by_operation_and_those_for_any_with_each():
    upgrades = derived(contract("platform-v2"))
    one, other = upgrades["getAgent.name.removed"], upgrades["listAgentStates.team.removed"]
    for_any = named("platform-v2")["row-state-nulled"]
    concerning = Concerning([one, for_any, other])
    assert [*concerning("getAgent")] == [for_any, one]
    assert [*concerning("listAgentStates")] == [for_any, other]
    assert [*concerning("")] == [*concerning("issueToken")] == [for_any]
