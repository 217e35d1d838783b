"""Modes: what a run says of itself, what it needs for a live tenant, what it may do there, and what it never tells."""

import base64
import re
from itertools import count
from urllib.parse import quote_plus

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.server import serving
from pytest_cxone.settings import resolve

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
SECRET = "s3cr3t/Marked+Of=Client"
CLIENT = "the-client"
TOKEN = "MarkedToken"


def tokens():
    """Make tokens as long as real ones, each with the mark all over it."""
    numbers = count(1)
    return lambda: ".".join(f"{TOKEN}{next(numbers)}" for _ in range(60))


@pytest.fixture
def run(pytester):
    def run(*options, test="def test(): pass", how="inprocess"):
        pytester.makepyfile(test_it=test)
        return getattr(pytester, f"runpytest_{how}")(*QUIET, *options)

    return run


def header(result):
    (line,) = [line for line in result.stdout.lines if line.startswith("cxone: ")]
    return line.removeprefix("cxone: ")


def summary(result):
    text = result.stdout.str()
    assert len(re.findall(r"^=+ cxone =+$", text, re.MULTILINE)) == 1
    told = re.split(r"^=+ cxone =+$", text, flags=re.MULTILINE)[1]
    return re.split(r"^=", told, maxsplit=1, flags=re.MULTILINE)[0].strip().splitlines()


# The header


def test_the_header_tells_mode_dialect_and_host_and_where_each_came_from(run):
    assert header(run()) == (
        "mode offline (default), dialect platform-v2 (default), host platform.nicecxone.com (region us, default)"
    )


def test_a_run_for_which_nothing_is_set_says_what_the_settings_say(run):
    assert header(run()) == resolve({}, {}, {}).describe()


SOURCES = {
    "region": ("eu", "host platform.nicecxone-eu.com (region eu, {})"),
    "base_url": ("http://localhost:1234/proxy", "host localhost:1234 ({})"),
    "mode": ("fake", "mode fake ({})"),
    "dialect": ("platform-v2", "dialect platform-v2 ({})"),
}


@pytest.mark.parametrize(("name", "value", "told"), [(name, *rest) for name, rest in SOURCES.items()], ids=SOURCES)
@pytest.mark.parametrize("highest", ["flag", "variable", "key"])
def test_the_command_line_beats_the_environment_beats_the_ini_file(
    run, pytester, monkeypatch, name, value, told, highest
):
    levels = ["flag", "variable", "key"]
    other = {"region": "us", "base_url": "https://other.example", "mode": "offline", "dialect": "platform-v2"}[name]
    given = {level: value if level == highest else other for level in levels[levels.index(highest) :]}
    options = []
    if "flag" in given:
        flag = "--cxone" if name == "mode" else f"--cxone-{name.replace('_', '-')}"
        options = [f"{flag}={given['flag']}"]
    if "variable" in given:
        monkeypatch.setenv(f"CXONE_{name.upper()}", given["variable"])
    if "key" in given:
        pytester.makeini(f"[pytest]\ncxone_{name} = {given['key']}\n")
    source = {"variable": f"CXONE_{name.upper()}", "key": f"ini cxone_{name}"}.get(highest) or options[0].split("=")[0]
    assert told.format(source) in header(run(*options))


def test_a_key_may_be_overridden_for_a_run(run):
    assert "mode fake (ini cxone_mode)" in header(run("-o", "cxone_mode=fake"))


def test_the_header_is_not_repeated_by_workers(run):
    run("-n", "2", how="subprocess").stdout.fnmatch_lines(["cxone: mode offline (default), *"])


# Usage errors


def usage_error(result):
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "Traceback" not in result.stdout.str() + result.stderr.str()
    (line,) = [line for line in result.stderr.lines if line]
    return line.removeprefix("ERROR: cxone: ")


def test_an_unknown_mode_is_a_usage_error(run):
    assert usage_error(run("--cxone=dead")) == "--cxone must be one of offline, fake, replay, record, live, not 'dead'"


def test_an_unknown_region_or_upgrade_is_one_too(run, monkeypatch):
    assert usage_error(run("--cxone-region=mars")).startswith(
        "region 'mars' is not one of 'us', 'eu'; set CXONE_REGION"
    )
    assert "nothing-like-it" in usage_error(run("--cxone-upgrade=nothing-like-it"))
    monkeypatch.setenv("CXONE_WAIT", "long")
    assert usage_error(run()) == "CXONE_WAIT must be seconds, 0 or more, not 'long'"


@pytest.mark.parametrize(
    ("given", "missing"),
    [
        ([], "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET: set them"),
        (["CXONE_CLIENT_ID"], "CXONE_CLIENT_SECRET: set it"),
        (["CXONE_CLIENT_SECRET"], "CXONE_CLIENT_ID: set it"),
    ],
)
@pytest.mark.parametrize("flag", ["--cxone-live", "--cxone=live"])
def test_live_without_credentials_names_the_variables_to_set(run, monkeypatch, given, missing, flag):
    for name in ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    for name in given:
        monkeypatch.setenv(name, SECRET)
    said = usage_error(run(flag))
    assert said.startswith(f"live mode needs {missing} in the environment")
    assert "CXONE_REGION" in said
    assert "CXONE_BASE_URL" in said
    assert SECRET not in said


def test_under_xdist_too_it_is_one_line(run, monkeypatch):
    monkeypatch.delenv("CXONE_CLIENT_ID", raising=False)
    assert usage_error(run("--cxone-live", "-n", "2", how="subprocess")).startswith("live mode needs CXONE_CLIENT_ID")


# A live tenant, played by a served fake


class Sandbox:
    """A fake tenant on loopback that the inner run takes for a live one."""

    def __init__(self, fake):
        self.fake = fake
        self.world = fake.world("us")

    @property
    def asked(self):
        return [f"{one.request.method} {one.request.target.path}" for one in self.fake.journal]


@pytest.fixture
def sandbox(monkeypatch):
    fake = Fake(new_world=lambda clock: World(clock=clock, new_token=tokens()))
    fake.world("us").add_client(CLIENT, SECRET, scopes=["read:agent", "read:agent:status"])
    with serving(fake, "us") as served:
        monkeypatch.setenv("CXONE_BASE_URL", served.url)
        monkeypatch.setenv("CXONE_CLIENT_ID", CLIENT)
        monkeypatch.setenv("CXONE_CLIENT_SECRET", SECRET)
        yield Sandbox(fake)


ONLINE = """
    from pytest_cxone import agent_online

    @agent_online("12345")
    def test(cxone, cxone_agent):
        assert cxone.agent_state(cxone_agent)
"""


def test_a_live_run_asks_the_tenant_and_says_what_it_sent(run, sandbox):
    sandbox.world.log_in("12345")
    result = run("--cxone-live", test=ONLINE)
    result.assert_outcomes(passed=1)
    assert header(result).startswith("mode live (--cxone-live), dialect platform-v2 (default), host 127.0.0.1:")
    assert header(result).endswith("(CXONE_BASE_URL)")
    (line,) = summary(result)
    assert re.fullmatch(
        r"1 test ran on the tenant at 127.0.0.1:\d+ \(platform-v2\), 0 skipped; "
        r"3 requests sent \(2 GET, 1 token POST\)",
        line,
    )
    assert sandbox.asked == ["POST /oauth/token", "GET /api/v2/agents/states", "GET /api/v2/agents/states"]


def test_one_token_serves_all_tests_of_a_run(run, sandbox):
    sandbox.world.log_in("12345")
    run("--cxone-live", test=ONLINE + ONLINE.replace("test(", "test_again(")).assert_outcomes(passed=2)
    assert sandbox.asked.count("POST /oauth/token") == 1


def test_a_precondition_that_is_not_met_skips_and_says_why(run, sandbox):
    sandbox.world.log_out("12345")
    result = run("--cxone-live", "-rs", test=ONLINE)
    result.assert_outcomes(skipped=1)
    first, second = summary(result)
    assert first.startswith("0 tests ran on the tenant at 127.0.0.1:")
    assert "1 skipped; 5 requests sent (4 GET, 1 token POST)" in first  # the diagnosis takes three
    assert second.startswith("  skipped 1: agent 12345 online: ")
    assert result.ret == pytest.ExitCode.OK


def test_on_missing_fail_fails_it(run, sandbox):
    sandbox.world.log_out("12345")
    result = run("--cxone-live", "--cxone-on-missing=fail", test=ONLINE)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["cxone: agent 12345 online: *"])


def test_on_missing_wait_gives_it_time(run, sandbox):
    sandbox.world.log_in("12345", latency=0.3)
    run("--cxone-live", "--cxone-on-missing=wait", "--cxone-wait=5", test=ONLINE).assert_outcomes(passed=1)


def test_on_missing_wait_ends(run, sandbox):
    sandbox.world.log_out("12345")
    result = run("--cxone-live", "--cxone-on-missing=wait", "--cxone-wait=0.5", test=ONLINE)
    result.assert_outcomes(skipped=1)


def test_a_job_in_which_all_was_skipped_is_red_where_live_tests_are_required(run, sandbox):
    sandbox.world.log_out("12345")
    result = run("--cxone-live", "--cxone-require-live=1", test=ONLINE)
    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert summary(result)[-1] == "FAILED: 0 tests ran on a tenant, --cxone-require-live=1 asks for more"


def test_with_enough_of_them_it_is_green(run, sandbox):
    sandbox.world.log_in("12345")
    result = run("--cxone-live", "--cxone-require-live=1", test=ONLINE)
    assert result.ret == pytest.ExitCode.OK
    assert "FAILED" not in result.stdout.str()


def test_a_run_on_the_fake_does_not_count_as_live(run):
    result = run("--cxone-require-live=1", test=ONLINE)
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_workers_of_a_live_run_are_summed_up_once(run, sandbox):
    sandbox.world.log_in("12345")
    more = ONLINE + ONLINE.replace("test(", "test_again(") + ONLINE.replace("12345", "777").replace("test(", "test_no(")
    result = run("--cxone-live", "--cxone-require-live=2", "-n", "2", test=more, how="subprocess")
    result.assert_outcomes(passed=2, skipped=1)
    first, second = summary(result)
    assert first.startswith("2 tests ran on the tenant at 127.0.0.1:")
    assert f" {len(sandbox.asked)} requests sent" in first
    assert second.startswith("  skipped 1: agent 777 online: ")
    assert result.ret == pytest.ExitCode.OK


def test_ids_of_tests_are_mapped_to_the_tenants(run, pytester, sandbox):
    sandbox.world.log_in("998877")
    pytester.makeini("[pytest]\ncxone_agents =\n    12345 = 998877\n")
    run(
        "--cxone-live", test=ONLINE.replace("assert cxone.", "assert cxone_agent == '998877' and cxone.")
    ).assert_outcomes(passed=1)
    assert all("agentId=998877" in one.request.url for one in sandbox.fake.journal if one.request.method == "GET")


def test_what_is_not_a_read_is_not_sent(run, sandbox):
    result = run(
        "--cxone-live",
        test="""
        import os
        import pytest
        import requests
        from pytest_cxone import errors

        @pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
        def test(cxone, cxone_tenant, method):
            for ask in (requests.request, cxone.http.request):
                with pytest.raises(errors.RequestRefused, match="live mode only reads"):
                    ask(method, os.environ["CXONE_BASE_URL"] + "/api/v2/agents/1")
        """,
    )
    result.assert_outcomes(passed=4)
    assert not [line for line in sandbox.asked if line.endswith("/agents/1")]
    assert summary(result)[0].endswith(", 8 kept back")


def test_a_spent_budget_keeps_requests_back(run, sandbox):
    sandbox.world.log_in("12345")
    result = run("--cxone-live", "--cxone-budget=3", test=ONLINE + ONLINE.replace("test(", "test_again("))
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*the budget of 3 requests is spent; raise it with --cxone-budget*"])
    assert len(sandbox.asked) == 3


def test_workers_share_the_budget(run, sandbox):
    sandbox.world.log_in("12345")
    many = ONLINE.replace(
        "    @agent", "    import pytest\n\n    @pytest.mark.parametrize('number', range(12))\n    @agent", 1
    )
    many = many.replace("(cxone, cxone_agent)", "(cxone, cxone_agent, number)")
    result = run("--cxone-live", "--cxone-budget=10", "-n", "2", test=many, how="subprocess")
    assert len(sandbox.asked) <= 10
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_loopback_tenant_is_not_slowed(run, sandbox):
    sandbox.world.log_in("12345")
    result = run(
        "--cxone-live",
        "--cxone-rate=0.001",
        test="""
        def test(cxone):
            for _ in range(5):
                assert cxone.agent_state("12345")
        """,
    )
    result.assert_outcomes(passed=1)
    assert result.duration < 60


def test_what_only_a_fake_can_do_is_skipped_with_a_reason(run, sandbox):
    result = run(
        "--cxone-live",
        test="""
        from pytest_cxone import cxone_fault, cxone_region

        @cxone_fault("outage")
        def test_fault(cxone): pass

        @cxone_region("eu")
        def test_region(cxone): pass

        def test_world(cxone_tenant):
            cxone_tenant.world.log_in("1")

        def test_clock(cxone_tenant):
            cxone_tenant.clock.advance(900)
        """,
    )
    result.assert_outcomes(skipped=4)
    told = "\n".join(summary(result))
    for what in (
        "the fault outage: live mode never does that",
        "region eu: this run is in region us",
        "--cxone-wait=900",
    ):
        assert what in told
    assert sandbox.asked == []


def test_of_two_marks_about_an_agent_only_the_closest_is_checked(run, sandbox):
    sandbox.world.log_out("12345")
    run(
        "--cxone-live",
        test="""
        from pytest_cxone import agent_offline, agent_online, cxone_region

        @agent_online("12345")
        @cxone_region("eu")
        class TestIt:
            @agent_offline("12345")
            @cxone_region("us")
            def test(self, cxone):
                assert cxone.agent_state("12345") is None
        """,
    ).assert_outcomes(passed=1)


def test_the_fake_mode_ignores_credentials_and_asks_nobody(run, sandbox):
    run("--cxone=fake", test=ONLINE).assert_outcomes(passed=1)
    assert sandbox.asked == []


# What is never told

FAILING = """
    import logging
    import os
    import pprint
    import warnings

    import pytest
    import requests
    from pytest_cxone import agent_online

    log = logging.getLogger("integration")

    def token():
        form = {
            "grant_type": "client_credentials",
            "client_id": os.environ["CXONE_CLIENT_ID"],
            "client_secret": os.environ["CXONE_CLIENT_SECRET"],
            "scope": "read:agent",
        }
        answer = requests.post(os.environ["CXONE_AUTH_URL"], data=form)
        return answer.json()["access_token"]

    @agent_online("12345")
    def test_client(cxone):
        row = cxone.agent_state("12345")
        assert row is None

    @agent_online("12345")
    def test_session(cxone):
        answer = cxone.http.get("/api/v2/agents/states")
        asked = dict(answer.request.headers)
        print(asked)
        assert asked == {}

    @agent_online("12345")
    def test_own_code(cxone_settings):
        held = token()
        headers = {"Authorization": f"Bearer {held}"}
        log.warning("asking with %s", headers)
        answer = requests.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states", headers=headers)
        answer.raise_for_status()
        assert held in answer.text, held

    @agent_online("12345")
    def test_own_error(cxone_settings):
        basic = requests.auth._basic_auth_str(cxone_settings.client_id, cxone_settings.client_secret.reveal())
        raise RuntimeError(f"could not go on with {os.environ['CXONE_CLIENT_SECRET']} {basic} and {token()}")

    @agent_online("12345")
    def test_own_mistake():
        secret = os.environ["CXONE_CLIENT_SECRET"]
        body = ("x" * 100 + token()).encode()
        requests.post(os.environ["CXONE_BASE_URL"] + "/api/v2", data={"secret": secret, "body": body})

    @pytest.fixture
    def session():
        with requests.Session() as session:
            session.headers["Authorization"] = "Bearer " + token()
            yield session
            raise RuntimeError(session.headers)

    @agent_online("12345")
    def test_fixture(session):
        pprint.pprint(session.headers)

    @agent_online("12345")
    def test_gone(cxone_tenant):
        with requests.Session() as session:
            session.get("http://127.0.0.1:9/", headers={"Authorization": "Bearer " + token()})
"""
SHOWING_ALL = ["-l", "--full-trace", "--tb=long", "-rA", "--log-level=DEBUG", "--junitxml=out.xml", "--debug"]


def never_told():
    basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
    return [SECRET, quote_plus(SECRET), basic, TOKEN]


@pytest.mark.parametrize("verbosity", ["-v", "-vv"])
@pytest.mark.parametrize("how", ["inprocess", "subprocess"])
def test_no_secret_is_told_by_anything_that_pytest_writes(run, pytester, sandbox, how, verbosity):
    sandbox.world.log_in("12345")
    options = [*SHOWING_ALL, verbosity, "-o", "junit_logging=all"]
    result = run("--cxone-live", *options, test=FAILING, how=how)
    result.assert_outcomes(passed=1, failed=6, errors=1)
    written = {
        "stdout": result.stdout.str(),
        "stderr": result.stderr.str(),
        "junit": pytester.path.joinpath("out.xml").read_text(),
        "debug": pytester.path.joinpath("pytestdebug.log").read_text(),
    }
    assert "***" in written["stdout"]
    assert "***" in written["junit"]
    for where, text in written.items():
        for secret in never_told():
            at = text.find(secret)
            assert at < 0, f"{where}: {text[max(0, at - 300) : at + 60]}"


def test_no_secret_is_told_by_workers(run, pytester, sandbox):
    sandbox.world.log_in("12345")
    result = run("--cxone-live", *SHOWING_ALL, "-n", "2", test=FAILING, how="subprocess")
    result.assert_outcomes(passed=1, failed=6, errors=1)
    assert "FAILED test_it.py::test_own_error - RuntimeError: could not go on with ***" in result.stdout.str()
    text = result.stdout.str() + result.stderr.str()
    text += "".join(pytester.path.joinpath(name).read_text() for name in ("out.xml", "pytestdebug.log"))
    assert not [secret for secret in never_told() if secret in text]


def test_no_secret_is_logged_as_it_happens(run, sandbox):
    sandbox.world.log_in("12345")
    quiet = FAILING.replace('log.warning("asking with %s", headers)', 'log.warning("asking")')
    result = run("--cxone-live", "-o", "log_cli=true", "--log-level=DEBUG", "--log-file=run.log", test=quiet)
    assert "live log call" in result.stdout.str()
    text = result.stdout.str() + result.stderr.str()
    assert not [secret for secret in never_told() if secret in text]


def test_a_fixture_that_asks_for_what_only_a_fake_can_do_skips_its_test(run, sandbox):
    run(
        "--cxone-live",
        test="""
        import pytest

        @pytest.fixture
        def floor(cxone_tenant):
            cxone_tenant.world.log_in("1")

        def test(floor): pass
        """,
    ).assert_outcomes(skipped=1)


def test_a_test_before_any_tenant_was_met_tells_no_secret_either(run, sandbox):
    result = run(
        "--cxone-live",
        "-l",
        test="""
        import os

        def test():
            secret = os.environ["CXONE_CLIENT_SECRET"]
            other_case = secret.swapcase()
            assert not secret
        """,
    )
    result.assert_outcomes(failed=1)
    assert "other_case = '***'" in result.stdout.str()
    assert "secret     = '***'" in result.stdout.str()
