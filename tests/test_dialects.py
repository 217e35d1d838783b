"""The dialects: the requests that they state, and how they read answers."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from urllib.parse import urlsplit

import pytest
import requests

from pytest_cxone.dialects import DIALECTS, dialect
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Credentials, Secret

STATES = "/api/v2/agents/states"
EVERYTHING = Credentials(
    client_id="me",
    client_secret=Secret("hidden"),
    access_key_id="key",
    access_key_secret=Secret("hidden too"),
)


@pytest.fixture
def spoken():
    return dialect("platform-v2")


def test_another_dialect_is_refused_by_name():
    with pytest.raises(ConfigurationError) as caught:
        dialect("soap")
    assert (
        str(caught.value) == "dialect 'soap' is not one of 'platform-v2', 'acd'; set CXONE_DIALECT (or --cxone-dialect)"
    )


@pytest.mark.parametrize("name", DIALECTS)
def test_a_dialect_knows_its_name_and_its_hosts(name):
    spoken = dialect(name)
    assert spoken.name == name
    for hosts in spoken.regions.values():
        assert {urlsplit(url).scheme for url in hosts.urls} == {"https"}
        path = spoken.token_path(EVERYTHING)
        assert hosts.path_of(hosts.auth_url, token_path=path) == path == urlsplit(hosts.auth_url).path


def test_the_regions_are_the_documents(spoken):
    assert {region: hosts.base_url for region, hosts in spoken.regions.items()} == {
        "us": "https://platform.nicecxone.com",
        "eu": "https://platform.nicecxone-eu.com",
    }


def test_the_token_is_asked_for_by_form(spoken):
    call = spoken.token_call(EVERYTHING, ["read:agent", "read:agent:status"])
    assert (call.operation, str(call)) == ("issueToken", "POST /oauth/token")
    assert call.form == {
        "grant_type": "client_credentials",
        "client_id": "me",
        "client_secret": Secret("hidden"),
        "scope": "read:agent read:agent:status",
    }


@pytest.mark.parametrize(
    ("scope", "scopes"),
    [({}, None), ({"scope": ""}, ()), ({"scope": "a b"}, ("a", "b"))],
    ids=["not said", "none", "two"],
)
def test_a_grant_is_read(spoken, scope, scopes):
    grant = spoken.read_grant({"access_token": "t", "expires_in": 900, **scope})
    assert (grant.token, grant.expires_in, grant.scopes) == (Secret("t"), 900, scopes)


def test_the_state_is_the_listings_filter(spoken):
    call = spoken.state_call("a/b")
    assert (call.operation, str(call), call.params) == ("listAgentStates", f"GET {STATES}", {"agentId": "a/b"})


@pytest.mark.parametrize(
    ("agent_id", "segment"),
    [
        ("12345", "12345"),
        ("a/b", "a%2Fb"),
        ("../states", "..%2Fstates"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a%2Fb", "a%252Fb"),
        ("%2e%2e", "%252e%252e"),
        ("a b", "a%20b"),
        ("ü", "%C3%BC"),
        ("...", "..."),
        ("anne@example.com", "anne%40example.com"),
    ],
)
def test_whatever_is_in_an_id_it_is_one_segment_of_the_path(spoken, agent_id, segment):
    call = spoken.profile_call(agent_id)
    assert (call.operation, call.path) == ("getAgent", f"/api/v2/agents/{segment}")
    prepared = requests.Request("GET", f"https://t{call.path}").prepare()
    assert prepared.path_url == call.path


@pytest.mark.parametrize("call", ["state_call", "profile_call"])
@pytest.mark.parametrize("agent_id", ["", " ", ".", "..", "states", " states\n", 12345, None], ids=repr)
def test_what_cannot_be_an_id_is_refused(spoken, call, agent_id):
    with pytest.raises(ConfigurationError, match="an agent id is a string such as '12345', not "):
        getattr(spoken, call)(agent_id)


def test_the_listing_goes_on_until_a_page_is_empty(spoken):
    first = spoken.page_call(0, spoken.page_size)
    assert (first.operation, str(first)) == ("listAgentStates", f"GET {STATES}")
    assert first.params == {"page": "1", "pageSize": "100"}
    second = spoken.next_page(first, [{"agentId": "1"}])
    assert second.params == {"page": "2", "pageSize": "100"}
    assert spoken.next_page(second, []) is None


def test_the_pages_after_one_can_be_asked_for_before_the_answers_in_between(spoken):
    first = spoken.page_call(0, spoken.page_size)
    after = list(islice(spoken.pages_after(first, [{"agentId": "1"}]), 3))
    one_by_one = [first]
    for _ in range(3):
        one_by_one.append(spoken.next_page(one_by_one[-1], [{"agentId": "1"}]))
    assert after == one_by_one[1:]


def row(updated="2024-05-01T12:00:00.000Z"):
    return {"agentId": "1", "state": {"name": "Tea"}, "stateGroup": {"name": "Break"}, "lastUpdated": updated, "new": 1}


def test_rows_are_read_and_kept(spoken):
    (read,) = spoken.read_states([row()])
    assert (read.agent_id, read.state, read.group) == ("1", "Tea", "Break")
    assert read.raw == row()
    assert spoken.read_states([]) == []


@pytest.mark.parametrize(
    "updated",
    ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.000Z", "2024-05-01T14:00:00+02:00"],
)
def test_a_time_has_its_zone(spoken, updated):
    since = spoken.read_states([row(updated)])[0].since
    assert since == datetime(2024, 5, 1, 12, tzinfo=UTC)
    assert since.utcoffset() in {timedelta(0), timedelta(hours=2)}


def test_a_profile_is_read_and_kept(spoken):
    body = {"agentId": "1", "name": "Alex", "email": "alex@example.com", "new": 1}
    agent = spoken.read_agent(body)
    assert (agent.agent_id, agent.name, agent.email, agent.raw) == ("1", "Alex", "alex@example.com", body)


# What only other dialects have


def test_the_document_has_one_version(spoken):
    assert (spoken.api_version, spoken.versions("v2")) == ("v2", ("v2",))
    assert dialect("platform-v2", "v2") is spoken
    for ask in (lambda: spoken.versions("v31.0"), lambda: spoken.at("v3"), lambda: dialect("platform-v2", "v3")):
        with pytest.raises(ConfigurationError, match="platform-v2 has the API version v2 alone, not 'v3"):
            ask()


def test_a_page_of_some_size_can_be_asked_for(spoken):
    assert spoken.page_call(0, 20).params == {"page": "1", "pageSize": "20"}
    assert spoken.page_call(40, 20).params == {"page": "3", "pageSize": "20"}


def test_what_the_document_does_not_have_is_none(spoken):
    grant = spoken.read_grant({"access_token": "t", "expires_in": 900})
    assert spoken.refresh_call(EVERYTHING, grant) is None
    assert spoken.changes_call("") is None
    assert spoken.search_call(["1"]) is None
    assert (spoken.read_polled_at([]), spoken.read_agents([])) == ("", [])
    assert (spoken.lists_offline, spoken.nobody) == (False, frozenset())
    assert all(state.is_online for state in spoken.read_states([row()]))
    assert not spoken.is_vendors("platform.nicecxone.com")


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize(
    "field", ["credentials", "variables", "place", "hosts", "right", "visibility", "paging", "delay"]
)
def test_a_dialect_has_words_for_what_goes_wrong(name, field):
    assert getattr(dialect(name).advice, field)
    assert "{it}" in dialect(name).advice.grant_it


@pytest.mark.parametrize("name", DIALECTS)
def test_no_credentials_are_no_credentials(name):
    spoken = dialect(name)
    assert spoken.missing(Credentials())
    assert spoken.missing(EVERYTHING) == []
