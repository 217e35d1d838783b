"""The dialect of NICE's published API: the requests that it states, and how it reads answers, without any tenant."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from urllib.parse import urlsplit

import pytest
import requests

from pytest_cxone.dialects import dialect
from pytest_cxone.dialects.acd import Acd
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Credentials, Grant, Hosts, Secret

PREFIX = "/inContactAPI/services/v31.0"
NOBODY = Credentials()
KEY = Credentials(access_key_id="key====", access_key_secret=Secret("hidden===="))
BOTH = replace(KEY, client_id="me", client_secret=Secret("hidden"))


@pytest.fixture
def spoken():
    return dialect("acd")


def finished(steps, *answers):
    """Return the requests that a search for a host makes, and what it comes to."""
    calls = []
    try:
        call = next(steps)
        for answer in answers:
            calls.append(call)
            call = steps.send(answer)
    except StopIteration as end:
        return calls, end.value
    raise AssertionError(f"asks for {call} too")


def signed(claims):
    """Return claims as a token has them; nobody here looks at the signature."""
    parts = ({"alg": "RS256"}, claims)
    return ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts) + ".s"


# Versions


@pytest.mark.parametrize(
    ("text", "versions"),
    [
        ("31", ["v31.0"]),
        ("v31", ["v31.0"]),
        ("31.0", ["v31.0"]),
        ("v31.0", ["v31.0"]),
        ("2", ["v2.0"]),
        ("30-34", ["v30.0", "v31.0", "v32.0", "v33.0", "v34.0"]),
        ("v30.0-v31.0", ["v30.0", "v31.0"]),
        ("30-30", ["v30.0"]),
        ("30,32,34", ["v30.0", "v32.0", "v34.0"]),
        (" 30, 32\n34 ", ["v30.0", "v32.0", "v34.0"]),
        ("34, 30-31", ["v34.0", "v30.0", "v31.0"]),
        ("30-32, 31-33, 30", ["v30.0", "v31.0", "v32.0", "v33.0"]),
    ],
    ids=repr,
)
def test_versions_are_read_as_people_write_them(spoken, text, versions):
    assert list(spoken.versions(text)) == versions


@pytest.mark.parametrize(
    "text",
    ["", ",", "latest", "0", "031", "31.1", "v31.0.0", "31-", "-31", "30-31-32", "30 - 34", "v", "1000", "31;32", "٣١"],
    ids=repr,
)
def test_what_is_no_version_is_refused_with_how_they_are_written(spoken, text):
    with pytest.raises(ConfigurationError) as caught:
        spoken.versions(text)
    assert str(caught.value) == f"API versions of acd are written as v31.0, 31, 30-34 or 30,32,34, not {text!r}"


def test_versions_that_run_backwards_are_refused_with_the_right_order(spoken):
    with pytest.raises(ConfigurationError) as caught:
        spoken.versions("30, v34-v31")
    assert str(caught.value) == "the API versions v34-v31 run backwards; write v31-v34"


def test_every_path_of_the_api_has_the_version(spoken):
    other = spoken.at("v34.0")
    assert (spoken.api_version, other.api_version, other.name) == ("v31.0", "v34.0", "acd")
    calls = [
        other.state_call("1"),
        other.page_call(0, 1),
        other.changes_call(""),
        other.profile_call("1"),
        other.search_call(["1"]),
    ]
    assert {call.path.split("/")[3] for call in calls} == {"v34.0"}
    assert {call.path.split("/")[1] for call in calls} == {"inContactAPI"}


def test_a_dialect_of_a_version_is_made_once():
    assert dialect("acd", "v34.0") is dialect("acd", "v34.0")
    assert dialect("acd", "v31.0") is dialect("acd") is dialect("acd", "")


# Who asks


@pytest.mark.parametrize(
    ("credentials", "missing"),
    [
        (NOBODY, ["access_key_id", "access_key_secret"]),
        (KEY, []),
        (BOTH, []),
        (replace(KEY, access_key_secret=Secret("")), ["access_key_secret"]),
        (replace(KEY, access_key_id=""), ["access_key_id"]),
        (replace(BOTH, client_secret=Secret("")), ["client_secret"]),
        (replace(BOTH, client_id=""), ["client_id"]),
        (
            Credentials(client_id="me", client_secret=Secret("hidden")),
            ["access_key_id", "access_key_secret"],
        ),
    ],
    ids=["none", "a key", "all", "no key secret", "no key id", "no secret", "no id", "a client without a key"],
)
def test_an_access_key_is_needed_and_of_a_client_both_parts(spoken, credentials, missing):
    assert spoken.missing(credentials) == missing


def test_an_access_key_alone_is_exchanged_by_json(spoken):
    call = spoken.token_call(KEY, [])
    assert (call.operation, str(call)) == ("issueTokenByAccessKey", "POST /authentication/v1/token/access-key")
    assert call.json == {"accessKeyId": "key====", "accessKeySecret": Secret("hidden====")}
    assert (call.form, call.basic) == (None, None)
    assert spoken.token_path(KEY) == call.path


def test_with_a_client_the_access_key_is_the_user_of_a_password_grant(spoken):
    call = spoken.token_call(BOTH, [])
    assert (call.operation, str(call)) == ("issueToken", "POST /auth/token")
    assert call.form == {"grant_type": "password", "username": "key====", "password": Secret("hidden====")}
    assert (call.json, call.basic) == (None, ("me", Secret("hidden")))
    assert spoken.token_path(BOTH) == call.path


def grant_with(refresh_token):
    return Grant(token=Secret("t"), expires_in=3600, scopes=None, refresh_token=Secret(refresh_token))


@pytest.mark.parametrize("credentials", [KEY, BOTH], ids=["key", "both"])
def test_without_a_refresh_token_there_is_no_refresh(spoken, credentials):
    assert spoken.refresh_call(credentials, grant_with("")) is None


def test_a_token_for_an_access_key_is_renewed_where_userhub_does_that(spoken):
    call = spoken.refresh_call(KEY, grant_with("again"))
    assert (call.operation, str(call), call.json) == (
        "refreshToken",
        "POST /public/user/refresh",
        {"token": Secret("again")},
    )
    assert (call.form, call.basic) == (None, None)


def test_a_token_of_a_grant_is_renewed_by_another_grant(spoken):
    call = spoken.refresh_call(BOTH, grant_with("again"))
    assert (call.operation, str(call)) == ("issueToken", "POST /auth/token")
    assert call.form == {"grant_type": "refresh_token", "refresh_token": Secret("again")}
    assert call.basic == ("me", Secret("hidden"))


@pytest.mark.parametrize("credentials", [KEY, BOTH], ids=["key", "both"])
def test_no_repr_of_a_request_for_a_token_holds_what_it_is_asked_with(spoken, credentials):
    for call in (spoken.token_call(credentials, []), spoken.refresh_call(credentials, grant_with("hidden"))):
        assert "hidden" not in f"{call!r} {call}"
        assert "hidden" not in repr([call.form, call.json, call.basic])


# Grants

ISSUED = {"access_token": "t", "token_type": "Bearer", "expires_in": 3600, "refresh_token": "r", "id_token": "i"}
RENEWED = {"token": "t", "refreshToken": "r", "tokenExpirationTimeSec": 3600, "refreshTokenExpirationTimeSec": 1800}


@pytest.mark.parametrize(
    ("body", "refresh_token", "refresh_lives"),
    [
        (ISSUED, "r", 7200),
        ([ISSUED], "r", 7200),
        ({**ISSUED, "refresh_token": ""}, "", 7200),
        ({**ISSUED, "refresh_token": None}, "", 7200),
        ({**ISSUED, "refresh_token": signed({"iat": 100, "exp": 160})}, signed({"iat": 100, "exp": 160}), 60),
        ({**ISSUED, "refresh_token": signed({"exp": 160})}, signed({"exp": 160}), 7200),
        ({**ISSUED, "refresh_token": signed({"iat": "1", "exp": "2"})}, signed({"iat": "1", "exp": "2"}), 7200),
        (RENEWED, "r", 1800),
    ],
    ids=["issued", "in an array", "empty", "null", "with claims", "half of them", "as text", "renewed"],
)
def test_a_grant_is_read_in_either_form(spoken, body, refresh_token, refresh_lives):
    grant = spoken.read_grant(body)
    assert (grant.token, grant.expires_in, grant.scopes) == (Secret("t"), 3600.0, None)
    assert (grant.refresh_token, grant.refresh_expires_in) == (Secret(refresh_token), refresh_lives)


@pytest.mark.parametrize(
    ("token", "tenant_id"),
    [
        (signed({"tenantId": "11eb-1"}), "11eb-1"),
        (signed({"tenantId": "é?~ÿ"}), "é?~ÿ"),
        (signed({"tenantId": None}), ""),
        (signed({"tenant": "name"}), ""),
        (signed(["tenantId"]), ""),
        ("opaque", ""),
        ("a.b.c", ""),
        ("a.é.c", ""),
        (f"a.{base64.urlsafe_b64encode(b'[' * 100_000).decode()}.c", ""),
    ],
    ids=["told", "odd", "null", "no claim", "a list", "opaque", "no base64", "no ASCII", "too deep"],
)
def test_whose_token_it_is_stands_in_its_claims_or_is_not_known(spoken, token, tenant_id):
    assert spoken.read_grant({**ISSUED, "access_token": token}).tenant_id == tenant_id


# Where tenants are


def test_only_the_issuer_is_known_of_a_live_tenant(spoken):
    for region, issuer in {
        "global": "https://cxone.niceincontact.com",
        "gov": "https://cxone-gov.niceincontact.com",
    }.items():
        hosts = spoken.hosts(region, base_url="", auth_url="", issuer="", is_live=True)
        assert hosts == Hosts("", "", issuer)
    assert next(iter(spoken.regions)) == "global"


def test_what_is_configured_is_not_discovered(spoken):
    given = {"base_url": "https://a", "auth_url": "https://b/t", "issuer": "https://c"}
    for is_live in (True, False):
        assert spoken.hosts("gov", **given, is_live=is_live) == Hosts("https://a", "https://b/t", "https://c")


def test_a_fake_is_at_hosts_that_need_no_discovery(spoken):
    hosts = spoken.hosts("global", base_url="", auth_url="", issuer="", is_live=False)
    assert hosts == spoken.regions["global"]
    assert urlsplit(hosts.base_url).hostname == "api-na1.niceincontact.com"


@pytest.mark.parametrize(
    ("host", "is_vendors"),
    [
        ("niceincontact.com", True),
        ("api-na1.niceincontact.com", True),
        ("na1.nice-incontact.com", True),
        ("api-c42.nice-incontact.com", True),
        ("api.incontact.com", True),
        ("login.incontact.eu", True),
        ("a.b.c.incontact.com", True),
        ("evilniceincontact.com", False),
        ("niceincontact.com.evil.example", False),
        ("incontact.example", False),
        ("nicecxone.com", False),
        ("com", False),
        ("", False),
    ],
)
def test_the_vendors_domains_are_whole_ones(spoken, host, is_vendors):
    assert spoken.is_vendors(host) is is_vendors


HOSTS = Hosts("", "", "https://issuer.example")


def test_the_token_endpoint_of_a_password_grant_is_the_one_of_openid(spoken):
    calls, url = finished(
        spoken.find_auth(HOSTS, BOTH, "tenant"), {"token_endpoint": "https://login.example/auth/token"}
    )
    assert [(str(call), call.params) for call in calls] == [("GET /.well-known/openid-configuration", {})]
    assert url == "https://login.example/auth/token"


def test_an_access_key_is_exchanged_where_the_tenants_configuration_says(spoken):
    calls, url = finished(spoken.find_auth(HOSTS, KEY, "11eb 1"), {"auth_endpoint": "https://na1.example/"})
    assert [(str(call), call.params) for call in calls] == [
        ("GET /.well-known/cxone-configuration", {"tenantId": "11eb 1"})
    ]
    assert url == "https://na1.example/authentication/v1/token/access-key"


def test_an_access_key_without_a_tenant_is_exchanged_at_the_issuer(spoken):
    calls, url = finished(spoken.find_auth(HOSTS, KEY, ""))
    assert (calls, url) == ([], "https://issuer.example/authentication/v1/token/access-key")


def test_the_api_is_where_the_tenants_configuration_says(spoken):
    calls, url = finished(spoken.find_base(HOSTS, "11eb"), {"api_endpoint": "https://api-na1.example/"})
    assert [(str(call), call.params) for call in calls] == [
        ("GET /.well-known/cxone-configuration", {"tenantId": "11eb"})
    ]
    assert url == "https://api-na1.example"


# States


def row(**fields):
    return {
        "agentId": 1001,
        "agentStateId": 1,
        "agentStateName": "Available",
        "outStateDescription": None,
        "startDate": "2024-05-01T12:00:00.000Z",
        "lastUpdateTime": "2024-05-01T13:00:00.000Z",
        "teamName": "Tier 1",
        **fields,
    }


NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "state", "group", "is_online"),
    [
        ({}, "Available", "Available", True),
        ({"agentStateId": 3, "agentStateName": "InboundContact"}, "InboundContact", "InboundContact", True),
        ({"agentStateId": 2, "agentStateName": "Unavailable"}, "Unavailable", "Unavailable", True),
        (
            {"agentStateId": 2, "agentStateName": "Unavailable", "outStateDescription": "Tea"},
            "Tea",
            "Unavailable",
            True,
        ),
        (
            {"agentStateId": 2, "agentStateName": "Unavailable", "outStateDescription": ""},
            "Unavailable",
            "Unavailable",
            True,
        ),
        ({"agentStateId": 0, "agentStateName": "LoggedOut"}, "LoggedOut", "LoggedOut", False),
        ({"agentStateId": 8, "agentStateName": "LoggedIn"}, "LoggedIn", "LoggedIn", True),
        ({"agentStateId": 99, "agentStateName": "Dreaming"}, "Dreaming", "Dreaming", True),
    ],
    ids=["available", "in contact", "no code", "a code", "an empty code", "logged out", "logged in", "a new one"],
)
def test_who_is_online_is_told_by_the_number_of_the_state(spoken, fields, state, group, is_online):
    body = {"agentStates": [row(**fields)]}
    (read,) = spoken.read_states(body)
    assert (read.agent_id, read.state, read.group, read.is_online) == ("1001", state, group, is_online)
    assert (read.team, read.raw) == ("Tier 1", body["agentStates"][0])


@pytest.mark.parametrize(
    ("fields", "since"),
    [
        ({}, NOON),
        ({"startDate": "2024-05-01T12:00:00Z"}, NOON),
        ({"startDate": "2024-05-01T12:00:00.1234567Z"}, NOON.replace(microsecond=123_456)),
        ({"startDate": "2024-05-01T14:00:00+02:00"}, NOON),
        ({"startDate": None}, NOON.replace(hour=13)),
        ({"startDate": ""}, NOON.replace(hour=13)),
        ({"startDate": None, "lastUpdateTime": None}, None),
    ],
    ids=["milliseconds", "none of a second", "seven digits", "a zone", "null", "empty", "neither"],
)
def test_the_moment_is_that_of_the_state_else_of_the_update_else_not_known(spoken, fields, since):
    (read,) = spoken.read_states({"agentStates": [row(**fields)]})
    assert read.since == since
    assert since is None or read.since.utcoffset() is not None


def test_keys_that_an_answer_left_out_are_not_missed(spoken):
    bare = {"agentId": 1001, "agentStateId": 1, "agentStateName": "Available"}
    (read,) = spoken.read_states({"agentStates": [bare]})
    assert (read.state, read.since, read.team) == ("Available", None, None)


@pytest.mark.parametrize(
    "body", [None, {}, {"agentStates": []}, {"agentStates": None}], ids=["no body", "no key", "an empty list", "null"]
)
def test_an_answer_without_rows_has_none(spoken, body):
    assert spoken.read_states(body) == []
    assert spoken.next_page(spoken.page_call(0, 100), body) is None


def test_the_state_of_one_has_a_path_of_its_own(spoken):
    call = spoken.state_call("1001")
    assert (call.operation, str(call), call.params) == ("getAgentState", f"GET {PREFIX}/agents/1001/states", {})


@pytest.mark.parametrize("call", ["state_call", "profile_call"])
@pytest.mark.parametrize("agent_id", ["", " ", ".", "..", "states", 12345, None], ids=repr)
def test_what_cannot_be_an_id_is_refused(spoken, call, agent_id):
    with pytest.raises(ConfigurationError, match="an agent id is a string such as '12345', not "):
        getattr(spoken, call)(agent_id)


@pytest.mark.parametrize(
    ("agent_id", "segment"), [("12", "12"), ("a/b", "a%2Fb"), ("../x", "..%2Fx"), ("a?b", "a%3Fb"), ("ü", "%C3%BC")]
)
def test_whatever_is_in_an_id_it_is_one_segment_of_the_path(spoken, agent_id, segment):
    for call, path in (
        (spoken.profile_call(agent_id), f"{PREFIX}/agents/{segment}"),
        (spoken.state_call(agent_id), f"{PREFIX}/agents/{segment}/states"),
    ):
        assert call.path == path
        assert requests.Request("GET", f"https://t{call.path}").prepare().path_url == path


# Paging


def page(number, *, total=None, following=None, links=True):
    body = {"agentStates": [row(agentId=place) for place in range(number)]}
    if total is not None:
        body["totalRecords"] = total
    if links:
        body["_links"] = {"next": following}
    return body


def test_the_listing_begins_at_its_beginning_with_pages_as_long_as_live_clients_get_them(spoken):
    first = spoken.page_call(0, spoken.page_size)
    assert (first.operation, str(first)) == ("listAgentStates", f"GET {PREFIX}/agents/states")
    assert first.params == {"top": "100", "skip": "0"}


@pytest.mark.parametrize(
    ("skip", "body", "following"),
    [
        (0, page(100, total=250), 100),
        (100, page(100, total=250), 200),
        (200, page(50, total=250), None),
        (0, page(50, total=250), 50),
        (50, page(7, total=250), 57),
        (0, page(100, total=100), None),
        (0, page(0, total=100), None),
        (0, page(100, following="https://elsewhere.example/x?skip=7000"), 100),
        (0, page(100, total=100, following="https://elsewhere.example/x?skip=7000"), 100),
        (0, page(100, total=250, links=False), 100),
        (0, page(0, total=100, following="https://elsewhere.example/x?skip=7000"), None),
        (0, page(100, following=""), None),
        (0, page(100), None),
        (0, page(100, links=False), 100),
        (200, page(100, links=False), 300),
        (200, page(101, links=False), 301),
        (200, page(99, links=False), 299),
        (0, page(0, links=False), None),
        (0, page(100, total=100, links=False), 100),
        (0, page(100, total=5), 100),
    ],
    ids=[
        "full", "the next", "the last", "short", "shorter", "all at once", "none", "by a link",
        "by a link alone", "by the total alone", "none in spite of both", "an empty link", "a link of null", "nothing told",
        "nothing told of a later one", "nothing told of more than a page", "nothing told of less than a page",
        "nothing told of nobody", "the total alone, which may be the page's", "a total that cannot be",
    ],
)  # fmt: skip
def test_the_next_page_is_after_the_rows_that_came_while_there_are_more(spoken, skip, body, following):
    call = spoken.next_page(spoken.page_call(skip, 100), body)
    if following is None:
        assert call is None
    else:
        assert call.params == {"top": "100", "skip": str(following)}
        assert call.path == f"{PREFIX}/agents/states"


def test_the_pages_after_one_can_be_asked_for_before_the_answers_in_between(spoken):
    first = spoken.page_call(0, spoken.page_size)
    after = list(islice(spoken.pages_after(first, page(40, total=1000)), 3))
    one_by_one = [first]
    for _ in range(3):
        one_by_one.append(spoken.next_page(one_by_one[-1], page(40, total=1000)))
    assert after == one_by_one[1:]
    assert [call.params["skip"] for call in after] == ["40", "80", "120"]


def test_a_page_of_some_size_can_be_asked_for(spoken):
    assert spoken.page_call(40, 20).params == {"top": "20", "skip": "40"}


# Changes


def test_the_first_request_for_changes_is_for_all_since_1970(spoken):
    call = spoken.changes_call("")
    assert (call.operation, str(call)) == ("listAgentStates", f"GET {PREFIX}/agents/states")
    assert call.params == {"updatedSince": "1970-01-01T00:00:00.000Z", "top": "100", "skip": "0"}


def test_the_moment_of_a_poll_goes_back_as_it_came_on_every_page(spoken):
    since = spoken.read_polled_at({"lastPollTime": "2026-05-08T22:15:30.1071234Z"})
    call = spoken.changes_call(since)
    assert call.params["updatedSince"] == "2026-05-08T22:15:30.1071234Z"
    assert spoken.next_page(call, page(100, total=101)).params == {**call.params, "skip": "100"}


@pytest.mark.parametrize("body", [None, {}, {"lastPollTime": None}], ids=["no body", "no key", "null"])
def test_a_moment_that_is_not_told_is_none(spoken, body):
    assert spoken.read_polled_at(body) == ""


# Profiles


def test_a_profile_is_the_one_in_the_array(spoken):
    told = {"agentId": 1, "firstName": "Alex", "lastName": "van Dam", "emailAddress": "a@example.com", "teamName": "T"}
    agent = spoken.read_agent({"agents": [told]})
    assert (agent.agent_id, agent.name, agent.email, agent.team) == ("1", "Alex van Dam", "a@example.com", "T")
    assert agent.raw == told


@pytest.mark.parametrize(
    ("told", "name"),
    [
        ({"firstName": "Alex", "lastName": ""}, "Alex"),
        ({"firstName": None, "lastName": "Abara"}, "Abara"),
        ({}, ""),
    ],
    ids=["no last", "no first", "none"],
)
def test_a_name_is_made_of_what_there_is_of_it(spoken, told, name):
    agent = spoken.read_agent({"agents": [{"agentId": 1, **told}]})
    assert (agent.name, agent.email, agent.team) == (name, "", None)


@pytest.mark.parametrize("body", [None, {}, {"agents": []}], ids=["no body", "no key", "an empty list"])
def test_a_profile_that_is_nobodys_is_none(spoken, body):
    assert spoken.read_agent(body) is None
    assert spoken.read_agents(body) == []


def test_many_profiles_are_searched_for_at_once(spoken):
    call = spoken.search_call(["3", "1", "2"])
    assert (call.operation, str(call)) == ("searchAgents", f"POST {PREFIX}/agents/search")
    assert call.json == {"agentIds": ["3", "1", "2"]}


@pytest.mark.parametrize(
    "agent_id",
    ["anne@example.com", "1a", "-1", "1.0", "٣", "", " 1", "007", "9" * 5_000],
    ids=lambda text: repr(text[:20]),
)
def test_who_has_no_number_cannot_be_searched_for_and_others_can(spoken, agent_id):
    assert spoken.search_call([agent_id]) is None
    assert spoken.search_call(["1", agent_id, "2"]).json == {"agentIds": ["1", "2"]}


def test_nobody_is_not_searched_for(spoken):
    assert spoken.search_call([]) is None


def test_a_dialect_is_a_value():
    assert Acd() == dialect("acd")
    assert Acd().at("v34.0") == dialect("acd", "v34.0") != Acd()


@pytest.mark.parametrize(
    ("path", "version"),
    [
        (f"{PREFIX}/agents/states", "v31.0"),
        ("/incontactapi//Services/V34.0/agents", "v34.0"),
        ("/inContactAPI/services/v2.0/agents", "v2.0"),
        ("/auth/token", ""),
        ("/.well-known/openid-configuration", ""),
        ("/", ""),
    ],
)
def test_a_path_tells_the_version_that_it_asks_for(spoken, path, version):
    assert spoken.version_in(path) == version
