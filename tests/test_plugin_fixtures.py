"""The fixtures, as code under test and the tests themselves meet them."""

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

from pytest_cxone.dialects import DIALECTS

pytest_plugins = ["pytester"]

QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-W", "error"]

INTEGRATION = '''
    """An integration as people write it: on requests, told by the environment, keeping its session."""

    import os

    import requests

    session = requests.Session()  # made when the module is imported, long before any test

    def token(post=session.post):
        return post(
            os.environ["CXONE_AUTH_URL"],
            data={
                "grant_type": "client_credentials",
                "client_id": os.environ["CXONE_CLIENT_ID"],
                "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                "scope": "read:agent read:agent:status",
            },
        ).json()["access_token"]

    def headers(post=session.post):
        return {"Authorization": "Bearer " + token(post)}

    def listed(agent_id, get=session.get, post=session.post):
        answer = get(
            os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states",
            params={"agentId": agent_id},
            headers=headers(post),
        )
        return [row["agentId"] for row in answer.json()]

    def careless(path):
        try:
            return session.get(os.environ["CXONE_BASE_URL"] + path, headers=headers()).json()
        except Exception:
            return None
'''


@pytest.fixture
def run(pytester):
    """Run a test file beside the integration, in this process."""

    def run(test, *options, **files):
        pytester.makepyfile(integration=INTEGRATION, test_it=test, **files)
        return pytester.runpytest_inprocess(*QUIET, *options)

    return run


# What each one is


def test_cxone_is_an_authenticated_client(run):
    run("""
        from pytest_cxone import CXoneClient, agent_online

        @agent_online("12345", state="Break", group="Pause")
        def test(cxone):
            assert isinstance(cxone, CXoneClient)
            row = cxone.agent_state("12345")
            assert (row.state, row.group) == ("Break", "Pause")
            assert cxone.http.get("/api/v2/agents/states").status_code == 200
    """).assert_outcomes(passed=1)


def test_cxone_tenant_arranges_and_inspects(run):
    run("""
        def test(cxone, cxone_tenant):
            cxone_tenant.world.log_in("7", state="Busy")
            assert cxone.agent_state("7").state == "Busy"
            cxone_tenant.world.log_out("7")
            assert cxone.agent_state("7") is None
            asked = [f"{one.request.method} {one.request.target.path}" for one in cxone_tenant.journal]
            assert asked == ["POST /oauth/token"] + 2 * ["GET /api/v2/agents/states"]
            assert cxone_tenant.evidence == "fake"
    """).assert_outcomes(passed=1)


def test_each_test_has_a_tenant_of_its_own(run):
    run("""
        import pytest

        @pytest.mark.parametrize("number", range(3))
        def test(number, cxone_tenant):
            assert not cxone_tenant.world.agents
            assert not cxone_tenant.journal
            cxone_tenant.world.log_in(str(number))
    """).assert_outcomes(passed=3)


def test_cxone_agent_is_that_of_the_closest_marker_or_the_target(run, monkeypatch):
    monkeypatch.setenv("TARGET_AGENT_ID", "777")
    run("""
        from pytest_cxone import agent_hidden, agent_online, agents_online

        pytestmark = agent_online("1")

        def test_module(cxone_agent):
            assert cxone_agent == "1"

        @agents_online(3)
        @agent_hidden("2")
        def test_function(cxone_agent):
            assert cxone_agent == "2"
    """, test_target="""
        def test_target(cxone_agent):
            assert cxone_agent == "777"
    """).assert_outcomes(passed=3)  # fmt: skip


def test_cxone_agent_without_any_agent_says_what_it_needs(run):
    result = run("def test(cxone_agent): pass")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(['cxone_agent needs a marker such as @agent_online("12345"), or TARGET_AGENT_ID'])


def test_cxone_contract_passes_or_says_what_is_wrong(run):
    result = run("""
        import json
        import responses
        from pytest_cxone import agent_online

        @agent_online("1")
        def test_good(cxone, cxone_contract):
            cxone_contract.check(cxone.http.get("/api/v2/agents/states"))

        @agent_online("1")
        def test_bad(cxone, cxone_contract):
            answer = cxone.http.get("/api/v2/agents/states")
            answer._content = json.dumps([{"agentId": 1}]).encode()
            cxone_contract.check(answer)
    """)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(
        ["*ContractViolation: GET /api/v2/agents/states: the answer (200) breaks the contract:"]
    )


def test_cxone_settings_tell_how_the_tenant_is_reached(run):
    run("""
        import os

        def test(cxone_settings):
            assert cxone_settings.base_url == os.environ["CXONE_BASE_URL"] == "https://platform.nicecxone.com"
            assert cxone_settings.auth_url == os.environ["CXONE_AUTH_URL"] == cxone_settings.base_url + "/oauth/token"
            assert cxone_settings.client_id == os.environ["CXONE_CLIENT_ID"]
            assert cxone_settings.client_secret.reveal() == os.environ["CXONE_CLIENT_SECRET"]
            assert cxone_settings.region == os.environ["CXONE_REGION"] == "us"
    """).assert_outcomes(passed=1)


def test_the_fixtures_need_no_marker(run):
    run("""
        def test(cxone, cxone_tenant, cxone_server, cxone_contract, cxone_settings):
            assert list(cxone.online_agents()) == []
    """).assert_outcomes(passed=1)


def test_pytest_lists_them_with_what_they_are_for(run):
    text = run("", "--fixtures").stdout.str()
    for name in ("cxone", "cxone_tenant", "cxone_agent", "cxone_server", "cxone_settings", "cxone_contract"):
        entry = text.partition(f"\n{name} -- ")[2].splitlines()
        assert len(entry[1].strip()) > 20, name


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_settings_name_all_that_a_dialect_takes(run, dialect):
    text = run("", "--fixtures", "-vv").stdout.str()
    entry = text.partition("\ncxone_settings -- ")[2].partition(" -- ")[0]
    assert [name for name in DIALECTS[dialect].settings if f"`{name}`" not in entry] == []


# The environment


def test_the_variables_are_the_tenants_during_a_test_and_then_what_they_were(run, monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_ID", "mine")
    monkeypatch.delenv("CXONE_CLIENT_SECRET", raising=False)
    run("""
        import os
        import pytest
        from pytest_cxone import agent_online

        NAMES = ["CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_REGION", "CXONE_BASE_URL", "CXONE_AUTH_URL"]

        @agent_online("1")
        def test_during():
            assert all(os.environ[name] for name in NAMES)
            assert os.environ["CXONE_CLIENT_ID"] != "mine"

        @agent_online("1")
        def test_failing():
            raise OSError

        def test_after():
            assert os.environ["CXONE_CLIENT_ID"] == "mine"
            assert not [name for name in NAMES[1:] if name in os.environ]
    """).assert_outcomes(passed=2, failed=1)


def test_a_test_may_set_a_variable_itself(run):
    run("""
        import os
        from pytest_cxone import agent_online

        @agent_online("1")
        def test(monkeypatch):
            monkeypatch.setenv("CXONE_CLIENT_SECRET", "wrong")
            import integration
            assert integration.session.post(os.environ["CXONE_AUTH_URL"], data={
                "grant_type": "client_credentials",
                "client_id": os.environ["CXONE_CLIENT_ID"],
                "client_secret": os.environ["CXONE_CLIENT_SECRET"],
            }).status_code == 401
    """).assert_outcomes(passed=1)


# Code under test


def test_code_on_requests_reaches_the_fake_whenever_its_session_was_made(run):
    run("""
        import integration
        import requests
        from pytest_cxone import agent_online, agent_offline

        @agent_online("12345")
        def test_online():
            assert integration.listed("12345") == ["12345"]
            assert integration.listed("12345", get=requests.get, post=requests.post) == ["12345"]

        @agent_offline("12345")
        def test_offline():
            assert integration.listed("12345") == []
    """).assert_outcomes(passed=2)


def test_a_session_that_a_fixture_keeps_for_all_tests_reaches_each_tests_tenant(run):
    run("""
        import os
        import pytest
        import requests
        import integration
        from pytest_cxone import agent_online

        @pytest.fixture(scope="session")
        def shared():
            with requests.Session() as session:
                session.mount("https://", requests.adapters.HTTPAdapter(max_retries=2))
                yield session

        @pytest.fixture(autouse=True)
        def before_each_test(shared):
            assert os.environ.get("CXONE_BASE_URL")  # the tenant is there before fixtures of the user's

        @agent_online("1")
        def test_one(shared):
            assert integration.listed("1", get=shared.get, post=shared.post) == ["1"]

        @agent_online("2")
        def test_two(shared):
            assert integration.listed("1", get=shared.get, post=shared.post) == []
            assert integration.listed("2", get=shared.get, post=shared.post) == ["2"]
    """).assert_outcomes(passed=2)


def test_another_host_that_the_test_mocks_stays_mocked(run):
    run("""
        import integration
        import pytest
        import requests
        import responses
        from pytest_cxone import agent_online

        CRM = "https://crm.example/contacts"

        @responses.activate
        @agent_online("1")
        def test_activated():
            responses.get(CRM, json=[1])
            assert integration.listed("1") == ["1"]
            assert requests.get(CRM).json() == [1]
            with pytest.raises(requests.ConnectionError):
                requests.get("https://other.example/")

        @agent_online("1")
        @responses.activate
        def test_activated_inside(cxone):
            responses.get(CRM, json=[1])
            assert cxone.agent_state("1") and requests.get(CRM).json() == [1]
            assert len(responses.calls) == 1

        @agent_online("1")
        def test_block():
            with responses.RequestsMock() as mock:
                mock.get(CRM, json=[2])
                assert integration.listed("1") == ["1"]
                assert integration.session.get(CRM).json() == [2]

        @pytest.fixture
        def crm():
            with responses.RequestsMock() as mock:
                mock.get(CRM, json=[3])
                yield

        @agent_online("1")
        def test_fixture(crm):
            assert requests.get(CRM).json() == [3]
            assert integration.listed("1") == ["1"]
    """).assert_outcomes(passed=4)


def test_another_host_that_is_real_is_really_asked(run):
    run("""
        import threading
        from http.server import BaseHTTPRequestHandler, HTTPServer

        import pytest
        import requests
        from pytest_cxone import agent_online

        class Other(BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.end_headers()
                self.wfile.write(b"really")

            def log_message(self, *_):
                pass

        @pytest.fixture
        def other():
            with HTTPServer(("127.0.0.1", 0), Other) as server:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                yield f"http://127.0.0.1:{server.server_port}/"
                server.shutdown()

        @agent_online("1")
        def test(cxone, other):
            assert requests.get(other).text == "really"
            assert cxone.agent_state("1")
    """).assert_outcomes(passed=1)


@pytest.mark.parametrize("library", ["urllib", "httpx"])
def test_cxone_server_answers_any_library(run, library):
    if library == "httpx":
        pytest.importorskip("httpx")
    run(
        """
        import json
        import os
        from urllib.parse import urlencode
        from urllib.request import Request, urlopen
        import pytest
        import integration
        from pytest_cxone import agent_online

        def urllib(url, form=None, headers={}):
            with urlopen(Request(url, data=form and urlencode(form).encode(), headers=headers)) as answer:
                return json.load(answer)

        def httpx(url, form=None, headers={}):
            import httpx
            with httpx.Client(trust_env=False) as client:
                return client.request("POST" if form else "GET", url, data=form, headers=headers).json()

        @agent_online("12345")
        def test(cxone_server, cxone, cxone_settings):
            ask = LIBRARY
            assert cxone_server == cxone_settings.base_url == os.environ["CXONE_BASE_URL"]
            assert cxone_server.startswith("http://127.0.0.1:")
            token = ask(os.environ["CXONE_AUTH_URL"], {
                "grant_type": "client_credentials",
                "client_id": os.environ["CXONE_CLIENT_ID"],
                "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                "scope": "read:agent",
            })["access_token"]
            rows = ask(
                cxone_server + "/api/v2/agents/states?agentId=12345", headers={"Authorization": f"Bearer {token}"}
            )
            assert [row["agentId"] for row in rows] == ["12345"]
            assert integration.listed("12345") == ["12345"]
            assert cxone.agent_state("12345")
    """.replace("LIBRARY", library)
    ).assert_outcomes(passed=1)


def test_cxone_server_that_is_asked_for_late_leads_there_too(run):
    run("""
        import os
        import integration
        from pytest_cxone import agent_online

        @agent_online("1")
        def test(request):
            assert os.environ["CXONE_BASE_URL"].startswith("https://")
            url = request.getfixturevalue("cxone_server")
            assert os.environ["CXONE_BASE_URL"] == url
            assert integration.listed("1") == ["1"]

        def test_after():
            assert "CXONE_BASE_URL" not in os.environ
    """).assert_outcomes(passed=2)


@pytest.mark.parametrize("how", ["flag", "environment", "ini"])
def test_the_transport_http_serves_every_test(run, pytester, monkeypatch, how):
    options = []
    if how == "flag":
        options = ["--cxone-transport=http"]
    elif how == "environment":
        monkeypatch.setenv("CXONE_TRANSPORT", "http")
    else:
        pytester.makeini("[pytest]\ncxone_transport = http\n")
    run("""
        import os
        import integration
        from pytest_cxone import agent_online

        @agent_online("1")
        def test():
            assert os.environ["CXONE_BASE_URL"].startswith("http://127.0.0.1:")
            assert integration.listed("1") == ["1"]
    """, *options).assert_outcomes(passed=1)  # fmt: skip


# What the fake does not have

UNKNOWN = """
    import integration
    from pytest_cxone import agent_online

    @agent_online("1")
    def test_careless(FIXTURE):
        assert integration.careless("/api/v3/agents") != 0
"""
ROUTES = [
    "*cxone: the fake tenant has no GET /api/v3/agents; it answers:",
    "  POST /oauth/token",
    "  GET /api/v2/agents/states",
    "  GET /api/v2/agents/{agentId}",
]


@pytest.mark.parametrize("fixture", ["cxone_tenant", "cxone_server"], ids=["in process", "http"])
def test_an_unknown_route_fails_the_test_though_its_code_swallows_the_error(run, fixture):
    result = run(UNKNOWN.replace("FIXTURE", fixture))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(ROUTES, consecutive=True)


def test_an_unknown_route_is_told_beside_what_else_went_wrong(run):
    result = run("""
        import integration
        from pytest_cxone import agent_online

        @agent_online("1")
        def test():
            assert integration.careless("/api/v3/agents") == "found"
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert None == 'found'", "*cxone: the fake tenant has no GET /api/v3/agents*"])


def test_an_unknown_route_that_the_test_expects_is_no_failure(run):
    run("""
        import pytest
        import requests
        from pytest_cxone import agent_online, errors

        def ask(cxone):
            return cxone.http.get("/api/v3/agents")

        @agent_online("1")
        def test_block(cxone):
            with pytest.raises(errors.UnknownRoute, match="GET /api/v3/agents"):
                ask(cxone)

        @agent_online("1")
        def test_own_code(cxone):
            try:
                ask(cxone)
            except errors.FakeError:
                pass

        @agent_online("1")
        def test_taken(cxone_tenant):
            def helper():
                with pytest.raises(errors.UnknownRoute):
                    requests.get("https://platform.nicecxone.com/api/v3")

            helper()
            (error,) = cxone_tenant.take_errors()
            assert error.path == "/api/v3"
    """).assert_outcomes(passed=3)


def test_an_unknown_route_in_a_fixture_is_an_error_of_that_test(run):
    result = run("""
        import integration
        import pytest
        from pytest_cxone import agent_online

        @pytest.fixture
        def early():
            integration.careless("/early")

        @pytest.fixture
        def late():
            yield
            integration.careless("/late")

        @agent_online("1")
        def test_early(early):
            pass

        @agent_online("1")
        def test_late(late):
            pass

        @agent_online("1")
        def test_fine():
            pass
    """)
    result.assert_outcomes(passed=2, failed=1, errors=1)
    result.stdout.fnmatch_lines(["*no GET /late;*", "*no GET /early;*"])


# Faults, time and regions


def test_faults_strike_from_the_marker_and_from_the_tenant(run):
    run("""
        import pytest
        from pytest_cxone import agent_online, cxone_fault, errors

        @agent_online("1")
        @cxone_fault("rate_limit", times=1, retry_after=30)
        def test_marker(cxone, cxone_tenant):
            before = cxone_tenant.clock.now()
            assert cxone.agent_state("1")
            assert 30 <= cxone_tenant.clock.now() - before < 60  # the tenant's seconds, not ours

        @agent_online("1")
        def test_tenant(cxone, cxone_tenant):
            assert cxone.agent_state("1")
            cxone_tenant.fault("outage")
            with pytest.raises(errors.ServiceUnavailable):
                cxone.agent_state("1")
            cxone_tenant.clear_faults()
            assert cxone.agent_state("1")

        @agent_online("1")
        @cxone_fault("latency", seconds=60)
        def test_slow(cxone):
            with pytest.raises(errors.NetworkError) as caught:
                cxone.agent_state("1")
            assert caught.value.failure == "timeout"
    """).assert_outcomes(passed=3)


def test_time_is_moved(run):
    run("""
        import integration
        import requests
        from pytest_cxone import agent_online

        @agent_online("1")
        def test(cxone_tenant):
            headers = integration.headers()
            url = "https://platform.nicecxone.com/api/v2/agents/states"
            assert requests.get(url, headers=headers).status_code == 200
            cxone_tenant.clock.advance(901)
            assert requests.get(url, headers=headers).status_code == 401
    """).assert_outcomes(passed=1)


def test_regions_are_worlds_apart(run):
    run("""
        import os
        import integration
        import pytest
        from pytest_cxone import agent_online, cxone_region, errors

        @cxone_region("eu")
        @agent_online("1")
        def test(cxone_tenant):
            assert os.environ["CXONE_REGION"] == "eu"
            assert os.environ["CXONE_BASE_URL"] == "https://platform.nicecxone-eu.com"
            assert integration.listed("1") == ["1"]
            us = cxone_tenant.in_region("us")
            assert us.client().agent_state("1") is None
            with pytest.raises(errors.UnknownRegion, match="region 'mars' is not one of 'us', 'eu'"):
                cxone_tenant.in_region("mars")
    """).assert_outcomes(passed=1)


# Misuse


@pytest.mark.parametrize("scope", ["class", "module", "session"])
def test_a_wider_fixture_cannot_have_a_tests_tenant(run, scope):
    result = run(f"""
        import pytest

        @pytest.fixture(scope="{scope}")
        def shared(cxone):
            return cxone

        def test(shared):
            pass
    """)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [f"*ScopeMismatch: You tried to access the function scoped fixture cxone with a {scope} scoped request object*"]
    )


def test_a_fixture_of_the_users_may_override_ours(run):
    run("""
        import pytest
        from pytest_cxone import agent_online

        @pytest.fixture
        def cxone_tenant(cxone_tenant):
            cxone_tenant.world.page_cap = 25
            return cxone_tenant

        @agent_online("1")
        def test(cxone, cxone_tenant):
            assert cxone_tenant.world.page_cap == 25
            assert cxone.agent_state("1")
    """).assert_outcomes(passed=1)


# What an independent reader found


def test_a_failure_inside_the_served_fake_fails_the_test_that_met_it(run):
    result = run("""
        import pytest
        import requests
        from pytest_cxone.trial import RUN

        @pytest.fixture(autouse=True)
        def broken(request):
            def change(asked, forward, world):
                raise KeyError("a mistake of the fake's")
            request.config.stash[RUN].changes = (change,)

        def test(broken, cxone_server):
            assert requests.get(cxone_server + "/api/v2/agents/states").status_code == 500
    """)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*the fake tenant failed on GET /api/v2/agents/states: KeyError*"])


def test_fixtures_of_wider_scope_do_not_see_one_tests_tenant(run):
    run("""
        import os
        import pytest
        from pytest_cxone import agent_online

        @pytest.fixture(scope="session", autouse=True)
        def of_the_session():
            os.environ["CXONE_CLIENT_ID"] = "the session's"
            yield
            del os.environ["CXONE_CLIENT_ID"]

        @agent_online("12345")
        def test_marked():
            assert os.environ["CXONE_CLIENT_ID"] == "fake-client"

        def test_unmarked():
            assert os.environ["CXONE_CLIENT_ID"] == "the session's"
    """).assert_outcomes(passed=2)


def test_another_regions_tenant_is_served_at_a_place_of_its_own(run):
    run("""
        def test(cxone_tenant):
            here = cxone_tenant.serve()
            there = cxone_tenant.in_region("eu").serve()
            assert here != there
            assert there.startswith("http://127.0.0.1:")
            assert cxone_tenant.in_region("us") is cxone_tenant
    """).assert_outcomes(passed=1)


def test_of_two_numbers_of_agents_the_closest_wins(run):
    run("""
        from pytest_cxone import agents_online

        @agents_online(60)
        class TestFloor:
            @agents_online(3)
            def test(self, cxone):
                assert len(list(cxone.online_agents())) == 3
    """).assert_outcomes(passed=1)
