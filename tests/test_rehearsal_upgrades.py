"""Upgrades change answers and nothing else: whatever is asked, in whichever version, there still is an answer."""

import json
import re
from itertools import product
from urllib.parse import urlencode

import pytest

from pytest_cxone.dialects import DIALECTS
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal import upgrades
from pytest_cxone.rehearsal.changes import (
    NOT_FOUND,
    answer,
    body,
    dropping,
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

NOW = 1_700_000_000.0
ALL = [
    pytest.param(dialect, entry, id=f"{dialect}-{entry.id}")
    for dialect in DIALECTS
    for entry in upgrades(dialect).values()
]


class Tenant:
    """A fake tenant under an upgrade, with somebody in each state, and a client of it."""

    def __init__(self, dialect, *changes):
        self.dialect = DIALECTS[dialect]
        self.region, self.hosts = next(iter(self.dialect.regions.items()))
        self.fake = Fake(dialect, clock=Clock(lambda: NOW), changes=changes)
        self.world = self.fake.world(self.region)
        client = self.world.add_client(
            "id", "secret", scopes=["all", *self.dialect.scopes], access_key_id="key", access_key_secret="key-secret"
        )
        for agent_id, state in {"1": "Available", "2": "Lunch", "3": "Dialer"}.items():
            self.world.log_in(agent_id, state=state)
        self.world.log_out("4")
        self.world.hide("5")
        self.token = self.world.issue_token(client, client.scopes).value

    def send(self, method, url, *, token="", accept="application/json"):
        headers = {"Accept": accept, "Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        asked = Request(method=method, url=url, headers=Headers(headers))
        return self.fake.answer(asked, self.region).response

    def get(self, call, *, token=None):
        url = f"{self.hosts.base_url}{call.path}?{urlencode(call.params)}"
        return self.send("GET", url, token=self.token if token is None else token)


@pytest.mark.parametrize(("dialect", "upgrade"), ALL)
def test_whatever_is_asked_is_answered(dialect, upgrade):
    tenant = Tenant(dialect, upgrade.change)
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
    tenant = Tenant(dialect, anybody(anything, unless="Bearer "))
    call = tenant.dialect.page_call(0, 25)

    assert [tenant.get(call, token=token).status for token in ("", "unknown")] == [200, 401]


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_dies_in_the_middle_of_its_life(dialect):
    tenant = Tenant(dialect, dying_after(60))
    call = tenant.dialect.page_call(0, 25)
    assert tenant.get(call).status == 200
    tenant.fake.clock.advance(61)

    assert tenant.get(call).status == 401


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_a_token_may_is_decided_anew_for_each_request(dialect):
    tenant = Tenant(dialect, holding(lambda held, world: world.issue_token(held.client, (), held.value)))

    assert tenant.get(tenant.dialect.page_call(0, 25)).status == 403


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_token_of_one_region_is_taken_in_the_other_and_a_strangers_is_not(dialect):
    change = EveryRegion()
    here = Tenant(dialect, change)
    call = here.dialect.page_call(0, 25)
    here.get(call)
    there = Tenant(dialect, change)

    assert [there.get(call, token=token).status for token in (here.token, "unknown")] == [200, 401]


def test_a_new_answer_says_that_it_is_json():
    assert json_response(409, {"a": None}).headers["content-type"] == "application/json"
    assert json_response(409, {"a": None}).body == b'{"a":null}'
