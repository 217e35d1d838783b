"""Runs on the published API: one for each of its versions, what of the shipped suite they have, what they observe."""

import base64
import json
import os
from contextlib import ExitStack
from types import SimpleNamespace
from urllib.parse import quote_plus

import jwt.algorithms  # noqa: F401 - as requests; what of it is no Python cannot be loaded again
import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: F401 - as jwt

from pytest_cxone.behaviours import behaviours
from pytest_cxone.trial import leading_to
from tests.site import ACCESS_SECRET, SECRET, Site

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-W", "error"]


@pytest.fixture
def run(pytester):
    """Run a test file on the fake of the published API, in this process."""

    def run(test, *options):
        pytester.makepyfile(test_it=test)
        return pytester.runpytest_inprocess(*QUIET, "-v", "--cxone-dialect=acd", *options)

    return run


def passed(result):
    """Return the names of the tests that passed, in the order in which they ran."""
    lines = [line.partition(" ") for line in result.stdout.lines if " PASSED" in line]
    return [name.partition("::")[2] for name, _, _ in lines]


# Versions

ON_EACH = """
    import pytest
    from pytest_cxone import agent_online

    @agent_online("1")
    def test_client(cxone, cxone_api_version):
        assert cxone.agent_state("1")
        assert cxone.dialect.api_version == cxone.settings.api_version == cxone_api_version

    @agent_online("1")
    def test_marked():
        pass

    def test_paths(cxone, cxone_tenant, cxone_api_version):
        cxone.agent_state("1")
        (asked,) = [one.request for one in cxone_tenant.journal if one.request.target.path.endswith("/1/states")]
        assert asked.target.path == f"/inContactAPI/services/{cxone_api_version}/agents/1/states"

    def test_environment(cxone_tenant, cxone_api_version, monkeypatch):
        import os
        assert os.environ["CXONE_API_VERSION"] == cxone_api_version

    def test_plain():
        pass
"""


def test_each_test_with_a_tenant_runs_once_for_each_version(run):
    result = run(ON_EACH, "--cxone-api-version=30-32")
    result.assert_outcomes(passed=13)
    assert sorted(passed(result)) == sorted(
        [
            *(
                f"{name}[v{number}.0]"
                for name in ("test_client", "test_marked", "test_paths", "test_environment")
                for number in (30, 31, 32)
            ),
            "test_plain",
        ]
    )
    result.stdout.fnmatch_lines(["cxone: *, API v30.0, v31.0, v32.0 (--cxone-api-version), *"])


def test_one_version_is_no_parameter(run):
    result = run(ON_EACH, "--cxone-api-version=v30.0")
    assert passed(result) == ["test_client", "test_marked", "test_paths", "test_environment", "test_plain"]


def test_versions_come_from_the_environment_and_the_ini_file_too(run, pytester, monkeypatch):
    pytester.makeini("[pytest]\ncxone_api_version = 30-31\n")
    run(ON_EACH).assert_outcomes(passed=9)
    monkeypatch.setenv("CXONE_API_VERSION", "32")
    run(ON_EACH).assert_outcomes(passed=5)


def test_a_test_with_parameters_of_its_own_has_both(run):
    result = run(
        """
        import pytest
        from pytest_cxone import agent_online

        class TestBoth:
            @pytest.mark.parametrize("number", [1, 2])
            @agent_online("1")
            def test_it(self, cxone, number, cxone_api_version):
                assert cxone.agent_state("1")
                assert cxone.dialect.api_version == cxone_api_version
        """,
        "--cxone-api-version=30,34",
    )
    result.assert_outcomes(passed=4)
    assert {name.rpartition("[")[2] for name in passed(result)} == {"v30.0-1]", "v34.0-1]", "v30.0-2]", "v34.0-2]"}


def test_workers_run_on_the_same_versions(pytester):
    pytester.makepyfile(ON_EACH)
    result = pytester.runpytest_subprocess(*QUIET, "-n", "2", "--cxone-dialect=acd", "--cxone-api-version=30-32")
    result.assert_outcomes(passed=13)


def test_a_class_of_unittest_runs_on_the_last_version(run):
    result = run(
        """
        import unittest
        import pytest

        class TestOld(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def client(self, cxone):
                self.cxone = cxone

            def test_it(self):
                assert self.cxone.dialect.api_version == "v32.0"
        """,
        "--cxone-api-version=30-32",
    )
    result.assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            ["--cxone-api-version=latest"],
            "API versions of acd are written as v31.0, 31, 30-34 or 30,32,34, not 'latest'",
        ),
        (["--cxone-api-version=34-30"], "the API versions 34-30 run backwards; write 30-34"),
        (
            ["--cxone-api-version=v31.0", "--cxone-dialect=platform-v2"],
            "platform-v2 has the API version v2 alone, not 'v31.0'",
        ),
    ],
    ids=["nonsense", "backwards", "of another dialect"],
)
def test_a_version_that_is_none_is_an_error_of_the_run(run, options, text):
    result = run("def test(cxone): pass", *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cxone: {text.replace('[', '?')}"])


def test_the_other_dialect_has_its_one_version(pytester):
    pytester.makepyfile('def test(cxone_api_version, cxone): assert cxone_api_version == "v2"')
    pytester.runpytest_inprocess(*QUIET, "--cxone-api-version=v2").assert_outcomes(passed=1)


# The environment of code under test

INTEGRATION = """
    import os
    import requests

    VARIABLES = os.environ

    def log_in():
        if flow == "key":
            answer = requests.post(
                VARIABLES["CXONE_AUTH_URL"].replace("/auth/token", "/authentication/v1/token/access-key"),
                json={
                    "accessKeyId": VARIABLES["CXONE_ACCESS_KEY_ID"],
                    "accessKeySecret": VARIABLES["CXONE_ACCESS_KEY_SECRET"],
                },
            )
        else:
            found = requests.get(VARIABLES["CXONE_ISSUER"] + "/.well-known/openid-configuration").json()
            assert found["token_endpoint"] == VARIABLES["CXONE_AUTH_URL"]
            answer = requests.post(
                found["token_endpoint"],
                data={
                    "grant_type": "password",
                    "username": VARIABLES["CXONE_ACCESS_KEY_ID"],
                    "password": VARIABLES["CXONE_ACCESS_KEY_SECRET"],
                },
                auth=(VARIABLES["CXONE_CLIENT_ID"], VARIABLES["CXONE_CLIENT_SECRET"]),
            )
        return answer.json()["access_token"]

    def is_online(agent_id):
        answer = requests.get(
            VARIABLES["CXONE_BASE_URL"]
            + f"/inContactAPI/services/{VARIABLES['CXONE_API_VERSION']}/agents/{agent_id}/states",
            headers={"Authorization": "Bearer " + log_in(), "Accept": "application/json"},
        )
        return answer.json()["agentStates"][0]["agentStateId"] != 0

    import pytest
    from pytest_cxone import agent_offline, agent_online

    @agent_online("1")
    def test_online():
        assert is_online("1")

    @agent_offline("1")
    def test_offline():
        assert not is_online("1")

    @agent_online("1")
    def test_served(cxone_server):
        assert VARIABLES["CXONE_BASE_URL"] == cxone_server
        assert VARIABLES["CXONE_ISSUER"] == cxone_server
        assert is_online("1")

    @agent_online("1")
    def test_other_region(cxone_tenant):
        assert VARIABLES["CXONE_REGION"] == "global"
        assert VARIABLES["CXONE_DIALECT"] == "acd"
"""


@pytest.mark.parametrize("flow", ["key", "both"])
@pytest.mark.parametrize("transport", ["in-process", "http"])
def test_code_under_test_is_told_all_that_it_takes_to_find_the_tenant(run, flow, transport):
    result = run(INTEGRATION + f"    flow = {flow!r}\n", f"--cxone-transport={transport}")
    result.assert_outcomes(passed=4)


def test_variables_of_the_one_dialect_are_no_business_of_the_other(pytester, monkeypatch):
    monkeypatch.setenv("CXONE_TENANT_ID", "somebodys")
    pytester.makepyfile(
        """
        import os

        def test(cxone_tenant):
            assert "CXONE_ACCESS_KEY_ID" not in os.environ
            assert "CXONE_ISSUER" not in os.environ
        """
    )
    pytester.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)


def test_a_secret_that_a_tenant_does_not_have_is_not_the_one_of_this_machine(monkeypatch):
    with ExitStack() as opened:
        tenant = SimpleNamespace(settings=Site(opened, "acd", flow="key").settings())
        monkeypatch.setenv("CXONE_CLIENT_ID", "somebody")
        monkeypatch.setenv("CXONE_CLIENT_SECRET", SECRET)
        with leading_to(tenant):
            assert "CXONE_CLIENT_ID" not in os.environ
            assert "CXONE_CLIENT_SECRET" not in os.environ
            assert os.environ["CXONE_ACCESS_KEY_SECRET"] == ACCESS_SECRET
        assert os.environ["CXONE_CLIENT_SECRET"] == SECRET


def test_code_that_is_replayed_with_an_access_key_does_not_see_this_machines_client(pytester, monkeypatch):
    with ExitStack() as opened:
        site = Site(opened, "acd", flow="key")
        site.world.log_in("1")
        pytester.makepyfile(
            """
            import os

            def test_it(cxone):
                assert cxone.agent_state("1")
                assert not [name for name in ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET") if name in os.environ]
                assert os.environ["CXONE_ACCESS_KEY_SECRET"]
            """
        )
        with pytest.MonkeyPatch.context() as live:
            for name, text in {**site.environ, "CXONE_BASE_URL": site.url}.items():
                live.setenv(name, text)
            pytester.runpytest_inprocess(*QUIET, "--cxone-record").assert_outcomes(passed=1)
    monkeypatch.setenv("CXONE_CLIENT_ID", "somebody")
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "a-real-secret")
    for mode in ("replay", "offline"):
        result = pytester.runpytest_inprocess(*QUIET, "--cxone-dialect=acd", f"--cxone={mode}")
        result.assert_outcomes(passed=1)
        result.stdout.fnmatch_lines(["1 test replayed (acd), *"])


def test_each_recorded_test_can_be_replayed_alone_though_one_before_it_found_the_listing(pytester):
    with ExitStack() as opened:
        site = Site(opened, "acd")
        site.world.log_in("1")
        pytester.makepyfile(
            """
            from pytest_cxone import agent_unknown

            def test_state(cxone):
                assert cxone.agent_state("7") is None

            def test_profiles(cxone):
                assert set(cxone.agents(["1", "7"])) == {"1"}

            @agent_unknown("8")
            def test_declared(cxone):
                assert cxone.agent_state("8") is None
            """
        )
        with pytest.MonkeyPatch.context() as live:
            for name, text in {**site.environ, "CXONE_BASE_URL": site.url}.items():
                live.setenv(name, text)
            pytester.runpytest_inprocess(*QUIET, "--cxone-record").assert_outcomes(passed=3)
    for test in ("test_state", "test_profiles", "test_declared"):
        result = pytester.runpytest_inprocess(*QUIET, "--cxone-dialect=acd", "--cxone=replay", "-k", test)
        result.assert_outcomes(passed=1, deselected=2)


# The shipped suite


class Collected:
    """Takes note of the behaviours of the tests that run, and of those that were left out."""

    def __init__(self):
        self.kept, self.left_out = {}, {}

    def pytest_collection_finish(self, session):
        self.kept = {item.nodeid: named(item) for item in session.items}

    def pytest_deselected(self, items):
        self.left_out |= {item.nodeid: named(item) for item in items}


def named(item):
    return [mark.args[0] for mark in item.iter_markers("cxone_behaviour")]


@pytest.mark.parametrize("dialect", ["platform-v2", "acd"])
def test_the_shipped_suite_has_the_tests_of_the_dialects_behaviours(pytester, dialect):
    collected = Collected()
    result = pytester.inline_run(
        *QUIET, "--collect-only", "-q", f"--cxone-dialect={dialect}", "--pyargs", "pytest_cxone.contract",
        plugins=[collected],
    )  # fmt: skip
    assert result.ret == pytest.ExitCode.OK
    known = set(behaviours(dialect))
    assert not [test for test, names in collected.kept.items() if names and not known.intersection(names)]
    assert not [test for test, names in collected.left_out.items() if known.intersection(names)]
    assert {name for names in collected.kept.values() for name in names if name in known} == known
    assert collected.left_out


@pytest.mark.parametrize(("options", "runs"), [([], 2), (["--cxone-api-version=30-31"], 4)], ids=["one version", "two"])
def test_a_test_of_the_users_is_never_left_out(run, options, runs):
    result = run(
        """
        from pytest_cxone import cxone_behaviour

        @cxone_behaviour("auth.scope-required")
        def test_of_the_other_dialect(): pass

        @cxone_behaviour("states.offline-row")
        def test_of_this_one(): pass
        """,
        *options,
    )
    result.assert_outcomes(passed=runs)


# What a run observes

OBSERVING = """
    def test_one(cxone, cxone_observe):
        assert cxone.agent_state("1")
        cxone_observe("unknown-agent", "404")
        cxone_observe("no-out-state", "0")

    def test_other(cxone, cxone_observe):
        assert cxone.agent_state("1")
        cxone_observe("unknown-agent", "404")
        cxone_observe("no-out-state", "null")
"""


def observed(result):
    return [line for line in result.stdout.lines if line.startswith("  observed ")]


@pytest.fixture
def site(monkeypatch):
    """A fake that stands for a live tenant."""
    with ExitStack() as opened:
        site = Site(opened, "acd")
        site.world.log_in("1")
        for name, text in {**site.environ, "CXONE_BASE_URL": site.url}.items():
            monkeypatch.setenv(name, text)
        yield site


@pytest.mark.parametrize("workers", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_what_a_tenant_was_observed_to_do_stands_in_the_summary_once(site, pytester, workers):
    pytester.makepyfile(OBSERVING)
    how = pytester.runpytest_subprocess if workers else pytester.runpytest_inprocess
    result = how(*QUIET, "--cxone-live", *workers)
    result.assert_outcomes(passed=2)
    assert observed(result) == ["  observed no-out-state: 0 and null", "  observed unknown-agent: 404"]


def test_what_a_fake_does_is_no_observation(run):
    result = run(OBSERVING.replace("assert cxone", "cxone"))
    result.assert_outcomes(passed=2)
    assert observed(result) == []


def test_a_question_that_is_not_open_is_a_mistake_that_names_those_that_are(run):
    result = run('def test(cxone_observe): cxone_observe("colour", "blue")')
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "the contract leaves no question 'colour' open; it has " in text
    assert "unknown-agent" in text


def test_where_nothing_is_open_that_is_said(pytester):
    pytester.makepyfile('def test(cxone_observe): cxone_observe("colour", "blue")')
    result = pytester.runpytest_inprocess(*QUIET)
    result.assert_outcomes(failed=1)
    assert "the contract leaves no question 'colour' open; it has none" in result.stdout.str()


# What differs from version to version


def test_a_version_whose_tests_fail_is_compared_with_the_others(site, pytester):
    pytester.makepyfile("""
        def test_it(cxone):
            assert cxone.agent_state("1")
    """)
    result = pytester.runpytest_inprocess(*QUIET, "--cxone-live", "--cxone-api-version=33-35")
    told = result.stdout.str().partition("= cxone versions =")[2]
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "v33.0 → v34.0: " in told
    assert "v34.0 → v35.0: " in told


def test_a_version_in_which_no_test_comes_to_its_tenant_is_told_by_the_tests_that_failed(site, pytester):
    pytester.makepyfile("""
        from pytest_cxone import agent_online

        @agent_online("1")
        def test_it(cxone):
            assert cxone.agent_state("1")
    """)
    result = pytester.runpytest_inprocess(*QUIET, "--cxone-live", "--cxone-api-version=33-35")
    told = result.stdout.str().partition("= cxone versions =")[2]
    assert "v33.0 → v34.0: no drift in " in told
    assert "→ v35.0" not in told
    assert "Do not go on: 1 test failed" in told


# What a live run never tells

CARELESS = """
    import base64
    import os

    import requests

    def test_fails(cxone, cxone_settings):
        secrets = [os.environ["CXONE_ACCESS_KEY_SECRET"], os.environ["CXONE_CLIENT_SECRET"]]
        basic = base64.b64encode(f"{os.environ['CXONE_CLIENT_ID']}:{secrets[1]}".encode()).decode()
        answer = requests.post(
            os.environ["CXONE_AUTH_URL"],
            data={
                "grant_type": "password",
                "username": os.environ["CXONE_ACCESS_KEY_ID"],
                "password": secrets[0],
            },
            headers={"Authorization": "Basic " + basic},
        )
        body = answer.json()
        print(secrets, basic, body)
        assert body == {}, f"{secrets} {basic} {body}"
"""


def test_no_report_of_a_live_run_tells_a_secret_or_a_token(site, pytester):
    pytester.makepyfile(CARELESS)
    result = pytester.runpytest_inprocess(*QUIET, "--cxone-live", "--showlocals", "--junit-xml=report.xml")
    result.assert_outcomes(failed=1)
    told = result.stdout.str() + pytester.path.joinpath("report.xml").read_text("utf-8")
    granted = [
        json.loads(exchange.response.body)
        for exchange in site.fake.journal
        if exchange.request.target.path == "/auth/token"
    ]
    tokens = [body[name] for body in granted for name in ("access_token", "refresh_token", "id_token")]
    basic = base64.b64encode(f"me:{SECRET}".encode()).decode()
    hidden = [SECRET, ACCESS_SECRET, quote_plus(ACCESS_SECRET), basic, *tokens]
    assert len(hidden) >= 7
    assert [secret for secret in hidden if secret in told] == []
    assert "test_fails" in told
