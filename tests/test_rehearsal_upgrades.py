"""Upgrades change answers and nothing else: whatever is asked, in whichever version, there still is an answer."""

import json
import re
from itertools import product
from pathlib import Path

import pytest
import requests

from pytest_cxone.dialects import DIALECTS
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal import Upgrade, added, catalogue, derived, selected, upgrade, upgrades
from pytest_cxone.rehearsal.changes import (
    NOT_FOUND,
    answer,
    body,
    dropping,
    edited_body,
    json_response,
    keys,
    moment,
    pascal,
    refusing,
    renamed,
    replaced,
    request,
    snake,
    without,
)
from pytest_cxone.rehearsal.rights import EveryRegion, anybody, bearer, dying_after, holding
from pytest_cxone.schemas import contract
from pytest_cxone.server import serving
from tests.populated import NOW, Populated

ALL = [
    pytest.param(dialect, entry, id=f"{dialect}-{entry.id}")
    for dialect in DIALECTS
    for entry in upgrades(dialect).values()
]


@pytest.mark.parametrize(("dialect", "upgrade"), ALL)
def test_whatever_is_asked_is_answered(dialect, upgrade):
    tenant = Populated(dialect, upgrade.change)
    versions = tenant.fake.api.versions(tenant.fake.options)
    asked = (
        (tenant.token, "application/json", ""),
        (tenant.token, "application/json", "?fields=agentId&top=1&skip=1&orderBy=agentId&pageSize=1&page=2"),
        (tenant.token, "text/html", "?updatedSince=1970-01-01"),
        ("unknown", "application/json", ""),
    )
    for operation, version in product(contract(dialect).operations, [*versions[::16], "none"]):
        there = operation.template.replace("{version}", version).replace("{teamId}", "101")
        path = re.sub(r"\{\w+\}", "4", there)
        for token, accept, query in asked:
            url = f"{tenant.hosts.base_url}{path}{query}"
            found = tenant.send(operation.method, url, token=token, accept=accept)
            assert 200 <= found.status < 600


def told(tenant, request):
    """Return what is the same of two answers that tell tokens: the status, and which headers there are."""
    answer = tenant.answer(request)
    return answer.status, answer.media_type, sorted(map(str.lower, answer.headers))


@pytest.mark.parametrize(("dialect", "upgrade"), ALL)
def test_it_is_the_same_how_the_names_of_headers_are_written(dialect, upgrade):
    as_sent, as_served = (Populated(dialect, upgrade.change) for _ in range(2))
    base = as_sent.hosts.base_url or "https://api-na1.niceincontact.com"
    for operation in contract(dialect).operations:
        there = operation.template.replace("{version}", "v31.0").replace("{teamId}", "101")
        url = f"{base}{re.sub(r'[{][a-zA-Z]+[}]', '1', there)}"
        for token in (True, False):
            fields = [
                {"Accept": "*/*", "Authorization": f"Bearer {tenant.token if token else 'unknown'}"}
                for tenant in (as_sent, as_served)
            ]
            sent, served = (
                Request(method=operation.method, url=url, headers=Headers(names))
                for names in (fields[0], {name.lower(): value for name, value in fields[1].items()})
            )
            assert told(as_sent, sent) == told(as_served, served)


def test_over_http_too_a_request_without_a_good_token_is_answered():
    tenant = Populated("platform-v2", upgrades("platform-v2")["garbage-token-taken"].change)
    with serving(tenant.fake, tenant.region) as served, requests.Session() as session:
        session.trust_env = False
        states = f"{served.url}/api/v2/agents/states"
        assert session.get(states, headers={"Authorization": "Bearer unknown"}, timeout=9).status_code == 200


# The parts


def answered(change, *, asked=None, status=200, content=None, kind="application/json"):
    """Return what a change makes of an answer, and the request that it passed on."""
    passed = []

    def forward(request):
        passed.append(request)
        return Response(status=status, headers=Headers({"Content-Type": kind}), body=json.dumps(content).encode())

    world = World(clock=Clock(lambda: NOW))
    return change(asked or Request(method="GET", url="https://x.test/a?b=1&c=2"), forward, world), passed


def anything(_):
    return True


def nothing(_):
    return False


def test_a_request_is_changed_only_where_it_is_concerned():
    for which, query in ((anything, "c=2"), (nothing, "b=1&c=2")):
        _, [passed] = answered(request(which, dropping("b")))
        assert passed.target.query == query


def test_an_answer_is_changed_only_where_its_status_is_the_one():
    change = answer(anything, lambda _: NOT_FOUND, of=200)

    assert answered(change)[0].status == 404
    assert answered(change, status=401)[0].status == 401


def test_what_is_refused_is_not_asked():
    assert answered(refusing(anything, NOT_FOUND)) == (NOT_FOUND, [])


def test_a_body_that_is_no_json_stays():
    found, _ = answered(body(anything, lambda _: "another"), content="text", kind="text/plain")
    assert json.loads(found.body) == "text"


@pytest.mark.parametrize(
    ("edit", "expected"),
    [
        (without("a.b"), {"a": {}, "c": [{"dE": 1}]}),
        (without("x.b"), {"a": {"b": 1}, "c": [{"dE": 1}]}),
        (renamed("a.b", "z"), {"a": {"z": 1}, "c": [{"dE": 1}]}),
        (replaced("a.b", 5), {"a": {"b": 5}, "c": [{"dE": 1}]}),
        (replaced("a.b", str), {"a": {"b": "1"}, "c": [{"dE": 1}]}),
        (keys(pascal), {"A": {"B": 1}, "C": [{"DE": 1}]}),
        (keys(snake), {"a": {"b": 1}, "c": [{"d_e": 1}]}),
    ],
    ids=["removed", "not there", "renamed", "a value", "made from the old one", "capitals", "lines"],
)
def test_documents_are_edited_at_a_place(edit, expected):
    assert edit({"a": {"b": 1}, "c": [{"dE": 1}]}) == expected


def test_a_moment_is_written_in_another_form_and_what_is_none_stays():
    assert moment("%d.%m.%Y")("2026-05-08T22:15:30.107Z") == "08.05.2026"
    assert moment("%d.%m.%Y")(None) is None


# Rights


@pytest.mark.parametrize(
    ("said", "token"),
    [("Bearer abc", "abc"), ("bearer  abc", "abc"), ("Basic abc", ""), ("abc", ""), ("", "")],
    ids=["usual", "small letters", "another scheme", "none", "empty"],
)
def test_the_token_of_a_request_is_read_whatever_the_case_of_its_scheme(said, token):
    assert bearer(Request(method="GET", url="https://x.test", headers=Headers({"Authorization": said}))) == token


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_request_without_a_good_token_is_answered_as_anybodys(dialect):
    tenant = Populated(dialect, anybody(anything, unless="Bearer "))
    call = tenant.dialect.page_call(0, 25)

    assert [tenant.get(call, token=token).status for token in ("", "unknown")] == [200, 401]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_dies_in_the_middle_of_its_life(dialect):
    tenant = Populated(dialect, dying_after(60))
    call = tenant.dialect.page_call(0, 25)
    assert tenant.get(call).status == 200
    tenant.fake.clock.advance(61)

    assert tenant.get(call).status == 401


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_token_may_is_decided_anew_for_each_request(dialect):
    tenant = Populated(dialect, holding(lambda held, world: world.issue_token(held.client, (), held.value)))

    assert tenant.get(tenant.dialect.page_call(0, 25)).status == 403


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_of_one_region_is_taken_in_the_other_and_a_strangers_is_not(dialect):
    change = EveryRegion()
    here = Populated(dialect, change)
    call = here.dialect.page_call(0, 25)
    here.get(call)
    there = Populated(dialect, change)

    assert [there.get(call, token=token).status for token in (here.token, "unknown")] == [200, 401]


def test_a_new_answer_says_that_it_is_json():
    assert json_response(409, {"a": None}).headers["content-type"] == "application/json"
    assert json_response(409, {"a": None}).body == b'{"a":null}'


# Those of a project

PAGE = (Path(__file__).parent.parent / "docs" / "upgrades.md").read_text(encoding="utf-8")


def own(id_="own", **how):
    """Return an upgrade as a project writes it."""
    return Upgrade(id=id_, summary="s", **{"change": edited_body(lambda body: {**body, "email": None}), **how})


def test_the_upgrades_of_the_guide_do_what_they_say():
    (code,) = re.findall(r"^```python\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    names = {}
    exec(compile(code, "conftest.py", "exec"), names)
    found = added("platform-v2", [names["pytest_cxone_upgrades"](config=None, dialect="platform-v2")])
    local, closed = (Populated("platform-v2", upgrade.change) for upgrade in found.values())

    assert [*found] == ["email-local", "second-page-closed"]
    plain = json.loads(Populated("platform-v2").get(profile_call(local)).body)
    assert json.loads(local.get(profile_call(local)).body) == {**plain, "email": plain["email"].partition("@")[0]}
    assert [closed.get(closed.dialect.page_call(first, 25)).status for first in (0, 25)] == [200, 503]


def profile_call(tenant):
    return tenant.dialect.profile_call("1")


def test_an_upgrade_of_an_operation_changes_no_other():
    change = edited_body(lambda _: "changed")
    tenant = Populated(
        "platform-v2",
        *(one.change for one in added("platform-v2", [[own(operation="getAgent", change=change)]]).values()),
    )

    assert tenant.get(profile_call(tenant)).body == b'"changed"'
    assert tenant.get(tenant.dialect.page_call(0, 25)).body.startswith(b"[")


def test_a_body_is_edited_under_the_status_that_is_meant_only():
    change = edited_body(lambda body: {**body, "new": 1}, status=404)

    assert json.loads(answered(change, status=404, content={})[0].body) == {"new": 1}
    assert json.loads(answered(change, status=200, content={})[0].body) == {}


def test_an_upgrade_of_a_project_is_added_whatever_it_says():
    found = added(
        "acd", [[own(origin="named"), own("other", operation="getAgent")], (), (own(f"n{n}") for n in range(2))]
    )

    assert [*found] == ["own", "other", "n0", "n1"]
    assert {one.origin for one in found.values()} == {"added"}
    assert found["other"].operation == "getAgent"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ([own()], "returns a list of Upgrade, not Upgrade(id='own'"),
        ([None], "returns a list of Upgrade, not None"),
        (["row"], "returns a list of Upgrade, not 'row'"),
        ([["row"]], "returns a list of Upgrade, but one of it is 'row'"),
        ([[own("a b")]], "the id 'a b' is not made of letters"),
        ([[own("")]], "the id '' is not made of letters"),
        ([[own(), own()]], "the id 'own' is that of another upgrade that is added"),
        ([[own()], [own()]], "the id 'own' is that of another upgrade that is added"),
        ([[own("row-state-removed")]], "the id 'row-state-removed' is that of an upgrade of platform-v2"),
        ([[own("getAgent.name.nulled")]], "the id 'getAgent.name.nulled' is that of an upgrade of platform-v2"),
        (
            [[own(operation="getAgents")]],
            "upgrade 'own': platform-v2 has no operation 'getAgents'; it has issueToken, ",
        ),
    ],
    ids=[
        "none in a list",
        "nothing",
        "a text",
        "texts",
        "blank",
        "empty",
        "twice",
        "twice over",
        "named",
        "derived",
        "operation",
    ],
)
def test_an_upgrade_that_cannot_be_taken_is_a_line(given, problem):
    with pytest.raises(ConfigurationError, match=f"^pytest_cxone_upgrades:? {re.escape(problem)}") as raised:
        added("platform-v2", given)
    assert "\n" not in str(raised.value)


# Chosen by their ids


def test_an_upgrade_is_found_whatever_its_origin():
    given = [[own()]]
    found = [upgrade("platform-v2", id_, given) for id_ in ("row-state-removed", "own", "getAgent.name.nulled")]

    assert [one.origin for one in found] == ["named", "added", "derived"]
    assert upgrade("platform-v2", "row-state-removed") is upgrades("platform-v2")["row-state-removed"]


@pytest.mark.parametrize("text", ["getAgent.nam.nulled", "getAgent.nam.*"], ids=["id", "pattern"])
def test_what_no_upgrade_is_called_is_refused_with_those_that_are_like_it(text):
    found = f"upgrade {text!r} is not one of the {len(catalogue('platform-v2', [[own()]]))} in `pytest-cxone upgrades"
    for ask in (lambda: upgrade("platform-v2", text, [[own()]]), lambda: selected("platform-v2", [text], [[own()]])):
        with pytest.raises(ConfigurationError, match=f"{re.escape(found)}.*, such as .*getAgent.name.nulled"):
            ask()


def test_all_that_a_project_adds_is_checked_also_where_another_is_asked_for():
    with pytest.raises(ConfigurationError, match="that of another upgrade"):
        upgrade("platform-v2", "row-state-removed", [[own(), own()]])


@pytest.mark.parametrize(
    ("patterns", "expected"),
    [
        (["row-state-group-n*"], ["row-state-group-nulled", "row-state-group-name-removed"]),
        (["getAgent.name.nulled", "ow[n]"], ["own", "getAgent.name.nulled"]),
        (
            ["getAgent.body.*", "getAgent.body.*", "getAgent.body.listed"],
            ["getAgent.body.listed", "getAgent.body.nested"],
        ),
    ],
    ids=["pattern", "two origins", "none twice"],
)
def test_upgrades_are_chosen_by_patterns_in_the_order_of_the_catalogue(patterns, expected):
    assert [one.id for one in selected("platform-v2", patterns, [[own()]])] == expected


@pytest.mark.parametrize("patterns", [["row-*", "!row-*"], ["!*"], ["row-state-removed", "!row-state-r*"]], ids=str)
def test_patterns_that_leave_nothing_are_refused(patterns):
    with pytest.raises(ConfigurationError, match="no upgrade of platform-v2 is left by ") as raised:
        selected("platform-v2", patterns)
    assert repr(",".join(patterns)) in str(raised.value)
    assert "\n" not in str(raised.value)


def test_without_a_pattern_all_are_chosen():
    assert [one.id for one in selected("acd", [])] == [*catalogue("acd")]
    assert [*catalogue("acd")] == [*upgrades("acd"), *derived(contract("acd"))]
