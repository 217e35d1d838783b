"""acd on the fake, but for states, skills and tokens: paths, versions, rendering, lists, agents, and the documents."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from pytest_cxone.errors import ConfigurationError, UnknownRoute
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from tests.acd_asking import Asking, body, ids

SERVICES = "/inContactAPI/services/v31.0"


@pytest.fixture
def ask():
    return Asking()


@pytest.fixture
def floor(ask):
    for number in range(1, 8):
        ask.world.log_in(str(number))
    return ask


def get(ask, path, **headers):
    return ask("GET", path, headers={"Authorization": f"Bearer {ask.token}", "Accept": "*/*", **headers})


# Paths


@pytest.mark.parametrize(
    "path",
    [
        "/inContactAPI/services/v31.0/agents/states",
        "/InContactAPI/services/v31.0/agents/states",
        "/incontactapi/SERVICES/V31.0/Agents/States",
        "/incontactApi//services/v31.0/agents/states",
        "//incontactApi/services//v31.0///agents//states",
        "/inContactAPI/services/v31.0/agents/states/",
        "/inContactAPI/services/v31.0/agents/states?",
        "/inContactAPI/services/v31.0/agents/states?fields=&",
    ],
)
def test_a_path_has_no_case_and_counts_several_slashes_as_one(ask, path):
    ask.world.log_in("7")
    answer = get(ask, path)
    assert ids(answer) == [7]
    assert urlsplit(body(answer)["_links"]["self"]).path == "/inContactAPI/services/v31.0/agents/states"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("DELETE", "/agents/states", "GET"),
        ("GET", "/agents/search", "POST"),
        ("PUT", "/agents", "GET, POST"),
        ("GET", "/agents/7/logout", "POST"),
    ],
)
def test_another_method_is_405(ask, method, path, allowed):
    answer = ask.api(path, method)
    assert (answer.status, answer.headers["Allow"]) == (405, allowed)


def test_a_route_that_the_fake_lacks_is_the_tests_mistake(ask):
    with pytest.raises(UnknownRoute, match=r"no GET .*/address-books; it answers:") as caught:
        ask.api("/address-books")
    assert "GET /inContactAPI/services/v{N}.0/agents/states" in caught.value.known
    with pytest.raises(UnknownRoute):
        ask("GET", "/api/v2/agents/states")


# Versions


@pytest.mark.parametrize("version", ["v1.0", "v35.0", "v31", "v31.5", "31.0", "latest", "v031.0"])
def test_a_version_that_is_not_there_is_404_for_anybody(ask, version):
    answer = ask("GET", f"/inContactAPI/services/{version}/agents/states")
    assert (answer.status, json.loads(answer.body)["error"]) == (404, "not_found")
    assert "there are v2.0 to v34.0" in answer.headers["icStatusDescription"]


@pytest.mark.parametrize(("version", "status"), [(19, 404), (20, 200), (22, 200), (23, 404)])
def test_the_versions_that_are_there_can_be_chosen(version, status):
    ask = Asking(api_versions=range(20, 23))
    assert ask.states(version=version).status == status


def test_the_tenant_tells_which_versions_there_are():
    ask = Asking(api_versions=range(30, 33))
    assert [row["version"] for row in body(ask.api("/apiversionreleaseinfo"))["versionInfo"]] == [30, 31, 32]
    (only,) = body(ask.api("/apiversionreleaseinfo", apiversion="v31.0"))["versionInfo"]
    assert only["version"] == 31
    told = body(ask.api("/apiversion", searchUriText="agents/STATES", verb="get"))["apiInfo"]
    assert [(row["uri"], row["version"], row["verb"]) for row in told] == [
        ("/agents/states", 30, "GET"),
        ("/agents/states", 31, "GET"),
        ("/agents/states", 32, "GET"),
        ("/agents/{agentId}/states", 30, "GET"),
        ("/agents/{agentId}/states", 31, "GET"),
        ("/agents/{agentId}/states", 32, "GET"),
    ][:3]


@pytest.mark.parametrize(
    ("path", "version", "keys"),
    [
        ("/agents/states", 10, ["TotalRecords", "_links", "LastPollTime", "AgentStates"]),
        ("/agents/states", 11, ["totalRecords", "_links", "lastPollTime", "agentStates"]),
        ("/agents/7", 10, ["Agents"]),
        ("/agents/skills", 10, ["ResultSet"]),
        ("/agents/skills", 17, ["resultSet"]),
        ("/agents/skills", 18, ["totalRecords", "_links", "businessUnitId", "lastPollTime", "agentSkillAssignments"]),
        ("/campaigns", 32, ["resultSet"]),
        ("/campaigns", 33, ["totalRecords", "_links", "businessUnitId", "campaigns"]),
        ("/teams/101/unavailable-codes", 33, ["resultSet"]),
        ("/teams/101/unavailable-codes", 34, ["teamId", "teamName", "unavailableCodes"]),
        ("/server-time", 34, ["ServerTime"]),
        ("/agents/7/skills", 10, ["TotalRecords", "_links", "BusinessUnitId", "LastPollTime", "AgentSkillAssignments"]),
        ("/agents/7/skills", 17, ["totalRecords", "_links", "businessUnitId", "lastPollTime", "agentSkillAssignments"]),
        ("/skills", 30, ["totalRecords", "_links", "businessUnitId", "skills"]),
        ("/skills/activity", 10, ["TotalRecords", "_links", "LastPollTime", "SkillActivity"]),
        ("/skills/4001/activity", 31, ["lastPollTime", "skillActivity"]),
        ("/teams/101", 10, ["BusinessUnitId", "LastPollTime", "Teams"]),
        ("/teams/agents", 31, ["lastPollTime", "teams"]),
        ("/unavailable-codes", 30, ["totalRecords", "_links", "businessUnitId", "unavailableCodes"]),
        ("/media-types", 10, ["MediaTypes"]),
    ],
)
def test_an_answer_has_the_shape_of_its_version(ask, path, version, keys):
    ask.world.log_in("7")
    assert list(body(ask.api(path, version=version))) == keys


@pytest.mark.parametrize(
    ("path", "version", "key"),
    [
        ("/agents/states", 10, "AgentId"),
        ("/agents/states", 10, "IsACW"),
        ("/agents/states", 11, "agentId"),
        ("/agents", 33, "userId"),
        ("/agents", 34, "userID"),
        ("/agents/skills", 17, "agentProficencyValue"),
        ("/agents/skills", 18, "agentProficiencyValue"),
        ("/agents/7/skills", 10, "AgentProficiencyValue"),
        ("/skills/activity", 10, "AgentsACW"),
        ("/skills/activity", 31, "agentsACW"),
        ("/unavailable-codes", 33, "isACW"),
        ("/campaigns", 32, "campaignId"),
        ("/campaigns", 33, "id"),
        ("/teams/101/unavailable-codes", 33, "outStateId"),
        ("/teams/101/unavailable-codes", 34, "outstateId"),
    ],
)
def test_a_row_has_the_keys_of_its_version(ask, path, version, key):
    ask.world.log_in("7")
    answer = body(ask.api(path, version=version))
    answer = answer.get("resultSet") or answer.get("ResultSet") or answer
    rows = next(value for value in answer.values() if isinstance(value, list))
    assert key in rows[0]
    assert [name.lower() for name in rows[0]].count(key.lower()) == 1


def test_the_links_keep_their_names_in_every_version(ask):
    ask.world.log_in("7")
    assert set(body(ask.states(version=8))["_links"]) == {"self", "next", "previous"}


# Rendering


@pytest.mark.parametrize(
    ("accept", "shown"),
    [
        ("application/json", True),
        ("*/*", True),
        ("application/*", True),
        ("text/html, application/json;q=0.5", True),
        ("APPLICATION/JSON", True),
        (None, False),
        ("", False),
        ("text/html", False),
        ("application/json;q=0", False),
        ("application/json; q=0.0, text/plain", False),
        ("application/xml", False),
    ],
)
def test_who_does_not_accept_json_gets_a_line_of_text(ask, accept, shown):
    ask.world.log_in("7")
    answer = ask.api("/agents/states", accept=accept)
    assert answer.status == 200
    if shown:
        assert ids(answer) == [7]
    else:
        assert (answer.media_type, answer.body) == ("text/plain", b"No known way to render data")


def test_rendering_can_be_made_easier():
    ask = Asking(needs_accept=False)
    assert body(ask.api("/agents/states", accept=None))["agentStates"] == []


def test_what_has_no_body_or_is_an_error_needs_no_accept(ask):
    ask.world.log_in("7")
    assert ask.api("/agents/states", accept=None, updatedSince="2030-01-01").status == 204
    assert ask.api("/agents/7/logout", "POST", accept=None).status == 202
    assert ask.api("/agents/8", accept=None).media_type == "application/json"


# Lists


@pytest.mark.parametrize("path", ["/agents/states", "/agents", "/agents/skills", "/agents/state-history"])
def test_pages_lead_from_one_to_the_next_by_their_links(floor, path):
    total = body(floor.api(path))["totalRecords"]
    seen, url = [], f"{floor.origin}{SERVICES}{path}?top=3&fields=agentId"
    while url is not None:
        page = body(get(floor, url))
        key = next(key for key in page if key.startswith("agent"))
        seen.append([row["agentId"] for row in page[key]])
        url = page["_links"]["next"]
    assert [len(rows) for rows in seen[:-1]] == [3] * (len(seen) - 1)
    assert sum(map(len, seen)) == total
    back = parse_qs(urlsplit(page["_links"]["previous"]).query)
    assert back == {"top": ["3"], "skip": [str(3 * (len(seen) - 2))], "fields": ["agentId"]}


def test_a_page_holds_no_more_than_the_cap_and_its_links_say_so(floor):
    floor.world.page_cap = 2
    answer = body(floor.states(top=5))
    assert len(answer["agentStates"]) == 2
    assert parse_qs(urlsplit(answer["_links"]["next"]).query) == {"top": ["2"], "skip": ["2"]}


def test_without_top_a_list_comes_whole(floor):
    floor.world.page_cap = 2
    answer = body(floor.states())
    assert len(answer["agentStates"]) == answer["totalRecords"] == 7
    assert (answer["_links"]["next"], answer["_links"]["previous"]) == (None, None)


@pytest.mark.parametrize(("skip", "leads_on"), [(0, True), (3, True), (4, False), (7, False)])
def test_the_last_page_leads_nowhere_full_or_not(floor, skip, leads_on):
    assert (body(floor.states(top=3, skip=skip))["_links"]["next"] is not None) is leads_on


def test_beyond_the_end_there_are_no_rows(floor):
    answer = body(floor.states(top=3, skip=9))
    assert (answer["agentStates"], answer["totalRecords"], answer["_links"]["next"]) == ([], 7, None)


@pytest.mark.parametrize(
    "query", [{"top": 0}, {"top": "x"}, {"top": -1}, {"skip": -1}, {"skip": "1.5"}, {"top": "²"}, {"skip": "9" * 11}]
)
def test_paging_that_makes_no_sense_is_400(floor, query):
    assert floor.states(**query).status == 400


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("agentId desc", [7, 6, 5, 4, 3, 2, 1]),
        ("AGENTID DESC", [7, 6, 5, 4, 3, 2, 1]),
        ("agentId", [1, 2, 3, 4, 5, 6, 7]),
        ("outStateDescription, agentId desc", [2, 4, 7, 6, 5, 3, 1]),
        ("outStateDescription desc", [4, 2, 1, 3, 5, 6, 7]),
    ],
)
def test_rows_are_ordered_and_those_without_a_value_come_last(floor, order, expected):
    floor.world.set_state("2", "Alpha")
    floor.world.set_state("4", "Beta")
    assert ids(floor.states(version=34, orderBy=order)) == expected


@pytest.mark.parametrize("order", ["nonsense", "agentId sideways"])
def test_an_order_that_makes_no_sense_is_400(floor, order):
    assert floor.states(version=34, orderBy=order).status == 400


def test_an_order_goes_before_the_page(floor):
    assert ids(floor.states(version=34, orderBy="agentId desc", top=2, skip=2)) == [5, 4]


def test_fields_leave_out_keys_of_rows_and_none_of_the_envelope(floor):
    answer = body(floor.states(fields="agentId, AGENTSTATENAME,nonsense"))
    assert set(answer) == {"totalRecords", "_links", "lastPollTime", "agentStates"}
    assert all(set(row) == {"agentId", "agentStateName"} for row in answer["agentStates"])


# Agents


def test_an_agents_row_has_the_keys_that_clients_read(ask):
    ask.world.add_agent("7", name="Ada de la Cruz", email="ada@example.com")
    (told,) = body(ask.api("/agents"))["agents"]
    assert (told["agentId"], told["firstName"], told["lastName"]) == (7, "Ada", "de la Cruz")
    assert told["userName"] == told["emailAddress"] == "ada@example.com"
    assert (told["isActive"], told["teamId"], told["teamName"], told["lastLogin"]) == (True, 101, "Support", None)
    ask.world.log_in("7")
    (told,) = body(ask.api("/agents"))["agents"]
    assert told["lastLogin"] == "2023-11-14T22:13:20.000Z"
    (alone,) = body(ask.api("/agents/7"))["agents"]
    assert alone == told


def test_an_agent_is_found_by_the_uuid_of_its_user(ask):
    ask.world.add_agent("7")
    ask.world.add_agent("8")
    user_id = body(ask.api("/agents/7"))["agents"][0]["userId"]
    assert ids(ask.api(f"/agents/{user_id.upper()}"), "agents") == [7]


def test_hidden_agents_are_counted(floor):
    floor.world.hide("3")
    floor.world.hide("4")
    for answer in (floor.api("/agents"), floor.api("/agents/search", "POST", body={})):
        assert body(answer)["hiddenAgents"] == 2
        assert ids(answer, "agents") == [1, 2, 5, 6, 7]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"searchString": "chris"}, [3]),
        ({"searchString": "@EXAMPLE.com"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"isActive": "True"}, [1, 2, 3, 4, 5, 6, 7]),
        ({"isLocked": "false", "searchString": "chris"}, [3]),
        ({"updateSince": "2023-11-14T22:13:21Z"}, [9]),
        ({"updatedSince": "2023-11-14T22:13:21Z"}, [9]),
    ],
    ids=str,
)
def test_agents_are_filtered(floor, query, expected):
    if 9 in expected:
        floor.time += 5
        floor.world.add_agent("9")
    assert ids(floor.api("/agents", **query), "agents") == expected


@pytest.mark.parametrize(
    ("active", "expected"), [("true", [1, 2, 4, 5, 6, 7]), ("False", [3, 8])], ids=["active", "not active"]
)
def test_agents_are_filtered_by_whether_they_are_active(floor, active, expected):
    floor.world.add_agent("3", active=False)
    floor.world.add_agent("8", active=False)
    assert ids(floor.api("/agents", isActive=active), "agents") == expected
    assert ids(floor.api("/agents/search", "POST", body={"isActive": active == "true"}), "agents") == expected
    assert ids(floor.api("/agents"), "agents") == [1, 2, 3, 4, 5, 6, 7, 8]
    assert [row["isActive"] for row in body(floor.api("/agents", isActive=active))["agents"]] == [
        active == "true"
    ] * len(expected)


@pytest.mark.parametrize("flag", ["False", "false", "FALSE"])
def test_a_filter_that_leaves_nothing_is_204(floor, flag):
    answer = floor.api("/agents", isActive=flag)
    assert (answer.status, answer.body) == (204, b"")


def test_a_flag_is_true_or_false(floor):
    assert floor.api("/agents", isActive="1").status == 400


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ({"agentIds": ["1", 3, "99"]}, [1, 3]),
        ({"searchString": "dana"}, [4]),
        ({"agentIds": [1, 2], "isActive": True}, [1, 2]),
        ({"agentIds": []}, [1, 2, 3, 4, 5, 6, 7]),
        ({"updatedSince": "2023-01-01"}, [1, 2, 3, 4, 5, 6, 7]),
    ],
    ids=str,
)
def test_agents_are_searched(floor, content, expected):
    assert ids(floor.api("/agents/search", "POST", body=content), "agents") == expected


def test_a_search_has_its_order_in_its_body(floor):
    assert ids(floor.api("/agents/search", "POST", body={"orderby": "agentId desc"}), "agents") == [7, 6, 5, 4, 3, 2, 1]
    assert floor.api("/agents/search", "POST", body={"orderby": "nonsense"}).status == 400


def test_a_search_has_fields_too(floor):
    answer = floor.api("/agents/search", "POST", body={"agentIds": ["1"], "fields": "agentId,userName"})
    assert [set(row) for row in body(answer)["agents"]] == [{"agentId", "userName"}]


@pytest.mark.parametrize(
    "content",
    [b"{", [], {"agentIds": "1"}, {"isActive": "maybe"}, {"updatedSince": "x"}, {"updatedSince": [1]}],
    ids=str,
)
def test_a_search_that_makes_no_sense_is_400(floor, content):
    assert floor.api("/agents/search", "POST", body=content).status == 400


def test_a_search_that_finds_nobody_is_204(floor):
    assert floor.api("/agents/search", "POST", body={"agentIds": ["99"]}).status == 204


# The batch

NEW = {
    "firstName": "Ann",
    "lastName": "Lee",
    "teamId": "101",
    "profileId": 1,
    "emailAddress": "ann@example.com",
    "userName": "ann@example.com",
    "timeZone": "UTC",
    "country": "US",
    "city": "Sandy",
}


def test_a_batch_fails_item_by_item_inside_a_200(floor):
    batch = [NEW, {**NEW, "teamId": "9"}, NEW, {"firstName": "Bo"}, "nonsense", {**NEW, "userName": "b@example.com"}]
    told = body(floor.api("/agents", "POST", body={"agents": batch}))
    assert told["errorCount"] == 4
    assert [(row["agentId"], row["success"]) for row in told["agentResults"]] == [
        (10_001, True),
        (None, False),
        (None, False),
        (None, False),
        (None, False),
        (10_002, True),
    ]
    errors = [row["error"] for row in told["agentResults"]]
    assert errors[0] is None
    assert errors[1] == "there is no team '9'"
    assert errors[2] == "the user name is taken"
    assert errors[3].startswith("lastName, teamId")
    added = floor.world.agent("10001")
    assert (added.name, added.email, added.team, added.active) == ("Ann Lee", "ann@example.com", "Support", True)


def test_a_batch_may_add_an_agent_who_is_not_active(ask):
    ask.api("/agents", "POST", body={"agents": [{**NEW, "isActive": False}]})
    assert not ask.world.agent("10001").active


@pytest.mark.parametrize("content", [{}, {"agents": []}, {"agents": "x"}])
def test_a_batch_without_agents_is_400(ask, content):
    assert ask.api("/agents", "POST", body=content).status == 400


# The documents


def test_the_documents_lead_to_the_api(ask):
    provider = body(ask("GET", "/.well-known/openid-configuration"))
    assert provider["issuer"] == "https://fake.test"
    assert provider["token_endpoint"] == "https://fake.test/auth/token"
    tenant = body(ask("GET", f"/.well-known/cxone-configuration?tenantId={ask.world.tenant_id.upper()}"))
    assert tenant["tenantId"] == ask.world.tenant_id
    assert tenant["api_endpoint"] == tenant["auth_endpoint"] == tenant["ui_endpoint"] == "https://fake.test"


def test_without_a_tenant_the_document_is_the_areas(ask):
    assert "tenantId" not in body(ask("GET", "/.well-known/cxone-configuration"))


def test_a_tenant_of_another_region_is_not_found(ask):
    other = ask.fake.world("gov").tenant_id
    assert other != ask.world.tenant_id
    assert ask("GET", f"/.well-known/cxone-configuration?tenantId={other}").status == 404


HOSTS = {
    "global": (
        "https://api-na1.niceincontact.com",
        "https://na1.nice-incontact.com",
        "https://cxone.niceincontact.com",
    ),
    "gov": (
        "https://api-na2.niceincontact.com",
        "https://na2.niceincontact.com",
        "https://cxone-gov.niceincontact.com",
    ),
}


@pytest.mark.parametrize("region", HOSTS)
@pytest.mark.parametrize(
    ("origin", "headers"),
    [
        ("https://cxone.niceincontact.com", {}),
        ("https://api-c32.nice-incontact.com", {}),
        ("https://api.incontact.com", {}),
        ("https://127.0.0.1:8443", {"Host": "na1.nice-incontact.com"}),
        ("https://127.0.0.1:8443", {"Host": "CXone.NiceInContact.com:443"}),
    ],
)
def test_nices_own_hosts_are_told_nices_own_hosts(region, origin, headers):
    ask = Asking(region=region, origin=origin)
    api, auth, issuer = HOSTS[region]
    provider = body(ask("GET", "/.well-known/openid-configuration", headers=headers))
    tenant = body(ask("GET", "/.well-known/cxone-configuration", headers=headers))
    assert (provider["issuer"], provider["token_endpoint"]) == (issuer, f"{issuer}/auth/token")
    assert (tenant["api_endpoint"], tenant["auth_endpoint"]) == (api, auth)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://127.0.0.1:8080", "127.0.0.1:8080"),
        ("http://127.0.0.1:8080", "niceincontact.com.evil.test"),
        ("http://127.0.0.1:8080", "[::1"),
        ("http://notniceincontact.com", "x"),
    ],
)
def test_any_other_host_is_told_its_own_origin(origin, host):
    ask = Asking(origin=origin)
    assert body(ask("GET", "/.well-known/openid-configuration", headers={"Host": host}))["issuer"] == origin


@pytest.mark.parametrize("origin", ["http://127.0.0.1:8080", "https://cxone.niceincontact.com"])
def test_an_advertised_url_stands_in_documents_and_links(origin):
    ask = Asking(origin=origin, advertised="https://proxy.test/cxone/")
    assert body(ask("GET", "/.well-known/openid-configuration"))["issuer"] == "https://proxy.test/cxone"
    assert body(ask("GET", "/.well-known/cxone-configuration"))["api_endpoint"] == "https://proxy.test/cxone"
    assert body(ask.states())["_links"]["self"].startswith("https://proxy.test/cxone/inContactAPI/services/v31.0/")


# The dialect's defaults


def test_what_a_world_is_not_told_is_as_its_dialect_has_it():
    def made(dialect, region, **known):
        return Fake(dialect, new_world=lambda clock: World(clock=clock, **known)).world(region)

    assert made("acd", "global").token_lifetime == 3600
    assert made("platform-v2", "us").token_lifetime == 900
    assert made("acd", "global", token_lifetime=60).token_lifetime == 60
    assert made("acd", "global", tenant_id="11eb660f-4c6d-34a0-8733-0242ac110002").tenant_id.startswith("11eb660f")
    assert made("acd", "global").tenant_id == made("acd", "global").tenant_id != made("acd", "gov").tenant_id


def test_a_reset_of_a_region_that_was_new_gives_it_the_dialects_defaults_again():
    fake = Fake("acd")
    fake.world("global").token_lifetime = 5
    fake.reset()
    assert fake.world("global").token_lifetime == 3600


def test_a_dialect_that_the_fake_does_not_speak_is_refused():
    with pytest.raises(ConfigurationError, match="the fake speaks platform-v2, acd, not 'acd2'"):
        Fake("acd2")
