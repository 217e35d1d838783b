"""A listing that has fewer rows than it says: nobody is lost in silence, and nobody is called absent for it."""

import json
from contextlib import ExitStack
from dataclasses import replace

import pytest

from pytest_cxone.diagnosis import Verdict
from pytest_cxone.errors import AgentNotFound
from pytest_cxone.model import Headers, Response
from tests.site import ACD, Site

STATES = f"{ACD}/agents/states"


@pytest.fixture
def site():
    with ExitStack() as opened:
        site = Site(opened, "acd")
        site.online(150)
        yield site


def short_of_its_second_page(request, answer):
    is_later = request.target.path == STATES and ("skip", "100") in request.query
    return Response(status=204) if is_later else answer


def short_of_its_rows(request, answer):
    if request.target.path != STATES:
        return answer
    body = {**json.loads(answer.body), "agentStates": []}
    return replace(answer, body=json.dumps(body).encode())


def without_anything(request, answer):
    return Response(status=204) if request.target.path == STATES else answer


SHORT = {
    "the second page is nothing": (short_of_its_second_page, 100, 50),
    "a page has a total and no rows": (short_of_its_rows, 0, 150),
}


@pytest.mark.parametrize(("edit", "listed", "lacking"), SHORT.values(), ids=SHORT)
@pytest.mark.parametrize("at_once", [1, 4])
def test_a_listing_says_how_many_rows_it_lacks(site, edit, listed, lacking, at_once):
    site.edit = edit
    listing = site.client(at_once=at_once).online_agents()
    assert len(list(listing)) == listed
    assert listing.lacking == lacking
    assert listing.may_have_missed("10150")


def test_a_whole_listing_lacks_none(site):
    listing = site.client().online_agents()
    assert (len(list(listing)), listing.lacking) == (150, 0)


@pytest.mark.parametrize(
    "edit", [*(edit for edit, *_ in SHORT.values()), without_anything], ids=[*SHORT, "no rows and no total"]
)
def test_whom_a_short_listing_leaves_out_is_asked_for_alone(site, edit):
    site.edit = edit
    found = site.client().diagnose_many(["10150", "10120"])
    assert {one.verdict for one in found.values()} == {Verdict.ONLINE}
    assert found.slipped == ("10150", "10120")


def test_a_quick_look_at_a_short_listing_is_certain_of_nobodys_absence(site):
    site.edit = short_of_its_second_page
    found = site.client().diagnose_many(["10150", "10001"], quick=True)
    assert [(one.verdict, one.certainty) for one in found.values()] == [
        (Verdict.NOT_LISTED, "possible"),
        (Verdict.ONLINE, "certain"),
    ]


def nothing_at_all(request, answer):
    return Response(status=204) if request.target.path.startswith(ACD) else answer


def test_nothing_for_everybody_is_not_certainly_nobody(site):
    site.edit = nothing_at_all
    found = site.client().diagnose("10001", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.UNKNOWN, "likely")
    assert "as it answers 204 without a profile" in found.cause


def test_a_version_without_a_search_finds_profiles_one_by_one(site):
    refusal = Response(status=404, headers=Headers({"Content-Type": "application/json"}), body=b'{"error":"not_found"}')
    site.edit = lambda request, answer: refusal if request.target.path.endswith("/search") else answer
    client = site.client()
    assert list(client.agents(["10001", "10002", "999999"])) == ["10001", "10002"]
    with pytest.raises(AgentNotFound):
        client.agent("999999")
