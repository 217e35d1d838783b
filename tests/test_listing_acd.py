"""The listing of the published API over HTTP: rows of everybody, pages by skip, and what answers say of the end."""

import json
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlencode

import pytest

from pytest_cxone.errors import ApiError, ContractViolation, ListingNotAdvancing, PermissionDenied
from tests.site import ACCESS_SECRET, ACD, SECRET, Site

STATES = f"{ACD}/agents/states"


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    return Site(opened, "acd")


def ids_of(listing):
    return [row.agent_id for row in listing]


def changing(site, change):
    """Change the bodies of the listing's answers from now on."""

    def edit(request, answer):
        if request.target.path != STATES or answer.status != 200:
            return answer
        return replace(answer, body=json.dumps(change(json.loads(answer.body))).encode())

    site.edit = edit


def asking_without(site, *names):
    """Let the tenant overlook these parameters from now on."""

    def reread(request):
        query = [(name, text) for name, text in request.query if name not in names]
        return replace(request, url=f"{request.url.partition('?')[0]}?{urlencode(query)}")

    site.reread = reread


def skips(site):
    return [
        dict(exchange.request.query).get("skip")
        for exchange in site.fake.journal
        if exchange.request.target.path == STATES
    ]


@pytest.mark.parametrize("number", [0, 1, 49, 50, 51, 100, 151])
@pytest.mark.parametrize("at_once", [1, 4])
def test_a_listing_is_whole_whatever_the_tenants_cap(site, number, at_once):
    site.world.page_cap = 50
    ids = site.online(number)
    listing = site.client(at_once=at_once).online_agents()
    assert ids_of(listing) == ids
    assert (listing.repeated, listing.is_whole) == ((), True)


def test_those_who_are_logged_out_are_in_the_pages_and_not_in_the_listing(site):
    site.world.page_cap = 50
    ids = site.online(120)
    for agent_id in ids[::2]:
        site.world.log_out(agent_id)
    listing = site.client().online_agents()
    assert ids_of(listing) == ids[1::2]
    rows = [row for page in listing.by_page() for row in page.rows]
    assert [row.agent_id for row in rows] == ids
    assert [row.is_online for row in rows] == [False, True] * 60


def test_no_page_is_asked_for_after_the_one_that_says_it_is_the_last(site):
    site.world.page_cap = 50
    site.online(100)
    assert len(ids_of(site.client().online_agents())) == 100
    assert skips(site) == ["0", "50"]


@pytest.mark.parametrize(
    "change",
    [
        lambda body: {**body, "_links": {"self": None, "next": None, "previous": None}},
        lambda body: {**body, "totalRecords": len(body["agentStates"])},
    ],
    ids=["by the total", "by the link"],
)
def test_either_says_that_there_is_more(site, change):
    site.world.page_cap = 50
    ids = site.online(120)
    changing(site, change)
    assert ids_of(site.client().online_agents()) == ids


def test_an_empty_floor_is_an_empty_listing(site):
    site.answering(status=204, on=STATES, body=b"")
    listing = site.client().online_agents()
    assert (ids_of(listing), listing.pages, listing.status, listing.is_whole) == ([], 1, 204, True)


@pytest.mark.parametrize("number", [60, 100, 120, 250])
@pytest.mark.parametrize("at_once", [1, 4])
@pytest.mark.parametrize("is_linked", [True, False], ids=["by the link", "by the total"])
def test_a_tenant_that_overlooks_skip_is_an_error_and_not_a_short_floor(site, number, at_once, is_linked):
    site.world.page_cap = 50
    ids = site.online(number)
    asking_without(site, "skip")
    if not is_linked:
        changing(site, lambda body: {**body, "_links": {"self": None, "next": None, "previous": None}})
    rows = iter(site.client(at_once=at_once).online_agents())
    assert [next(rows).agent_id for _ in range(50)] == ids[:50]
    with pytest.raises(ListingNotAdvancing, match="does the tenant still honour `skip`"):
        list(rows)


def saying_nothing(body):
    """Take out all that says whether there is more."""
    return {name: value for name, value in body.items() if name not in {"totalRecords", "_links"}}


@pytest.mark.parametrize(("number", "pages"), [(0, 1), (99, 2), (100, 2), (101, 3), (200, 3), (250, 4)])
@pytest.mark.parametrize("at_once", [1, 4])
def test_where_nothing_tells_of_more_an_empty_page_is_the_last(site, at_once, number, pages):
    ids = site.online(number)
    changing(site, saying_nothing)
    listing = site.client(at_once=at_once).online_agents()
    assert (ids_of(listing), listing.pages) == (ids, pages)


@pytest.mark.parametrize("at_once", [1, 4])
def test_where_nothing_tells_of_more_and_skip_is_overlooked_the_floor_is_not_short(site, at_once):
    site.online(250)
    changing(site, saying_nothing)
    asking_without(site, "skip")
    with pytest.raises(ListingNotAdvancing):
        ids_of(site.client(at_once=at_once).online_agents())


def giving(site, rows_at):
    """Let the tenant give fewer rows than are asked for, `rows_at` so many where that many are skipped."""

    def reread(request):
        query = dict(request.query)
        if request.target.path != STATES or query["skip"] not in rows_at:
            return request
        query["top"] = str(rows_at[query["skip"]])
        return replace(request, url=f"{request.url.partition('?')[0]}?{urlencode(query)}")

    site.reread = reread


@pytest.mark.parametrize(
    "rows_at",
    [{"100": 30}, {"300": 1}, {"100": 30, "130": 20}, {"0": 70, "140": 30}, {"100": 99, "199": 99}],
    ids=["the second", "the fourth", "two in a row", "the first and the third", "each by one"],
)
@pytest.mark.parametrize("number", [380, 900])
def test_a_page_that_is_shorter_than_the_first_loses_nobody_of_those_after_it(site, number, rows_at):
    ids = site.online(number)
    giving(site, rows_at)
    listing = site.client(at_once=4).online_agents()
    assert ids_of(listing) == ids
    assert (listing.repeated, listing.is_whole) == ((), True)


@pytest.mark.parametrize("number", [101, 250, 400, 401, 700])
@pytest.mark.parametrize("rows_at", [{}, {"100": 30}], ids=["full pages", "a short one"])
def test_no_more_pages_are_asked_for_in_vain_than_are_under_way_together(site, number, rows_at):
    site.online(number)
    giving(site, rows_at)
    listing = site.client(at_once=4).online_agents()
    assert len(ids_of(listing)) == number
    assert 0 <= len(skips(site)) - listing.pages <= 3


def test_a_tenant_that_knows_neither_top_nor_skip_gives_everybody_at_once(site):
    site.world.page_cap = 50
    ids = site.online(120)
    asking_without(site, "top", "skip")
    listing = site.client(at_once=4).online_agents()
    assert (ids_of(listing), listing.pages) == (ids, 1)


def test_an_agent_who_is_hidden_is_not_listed(site):
    site.online(3)
    site.world.hide("10002")
    assert ids_of(site.client().online_agents()) == ["10001", "10003"]


def test_a_client_whose_role_may_not_is_denied(site):
    site.world.add_client("me", SECRET, scopes=[], access_key_id="key====", access_key_secret=ACCESS_SECRET)
    with pytest.raises(PermissionDenied):
        ids_of(site.client().online_agents())


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["agentStates"],
        lambda body: {"resultSet": body},
        lambda body: {**body, "agentStates": [{**row, "agentId": "x"} for row in body["agentStates"]]},
        lambda body: {**body, "agentStates": [{"agentId": 1} for _ in body["agentStates"]]},
    ],
    ids=["a bare array", "a wrapper", "ids of text", "rows without a state"],
)
def test_another_form_breaks_the_contract(site, change):
    site.online(3)
    changing(site, change)
    with pytest.raises(ApiError) as found:
        ids_of(site.client().online_agents())
    assert type(found.value) is ContractViolation
