"""What a run says of an agent whom a test needs online and the tenant does not show."""

from xml.etree import ElementTree as ET

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.server import serving

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
MARKED = """
import os, requests
from pytest_cxone import agent_online

@agent_online("12345")
def test_wallboard(cxone):
    {body}
"""
SHOWS = MARKED.format(body='assert cxone.agent_state("12345").state == "Available"')
LOGS_OUT = MARKED.format(
    body='requests.get(os.environ["GOES"], timeout=9); assert cxone.agent_state("12345"), "the wallboard is empty"'
)


@pytest.fixture
def fake():
    fake = Fake()
    world = fake.world("us")
    world.add_client("the-client", "the-secret-of-it", scopes=["read:agent", "read:agent:status"])
    world.add_agent("12345", name="Jane Marker", email="jane.marker@corp.test")
    world.log_in("777")
    return fake


@pytest.fixture
def run(pytester, monkeypatch, fake):
    """Run a test live, against the served fake."""

    def run(*options, test=SHOWS):
        pytester.makepyfile(test_it=test)
        return pytester.runpytest_inprocess(*QUIET, "--cxone-live", *options)

    with serving(fake, "us") as served:
        monkeypatch.setenv("CXONE_BASE_URL", served.url)
        monkeypatch.setenv("CXONE_CLIENT_ID", "the-client")
        monkeypatch.setenv("CXONE_CLIENT_SECRET", "the-secret-of-it")
        yield run


@pytest.fixture
def goes(monkeypatch, fake):
    """A URL at which agent 12345 logs out, apart from the tenant."""

    class LogsOut:
        errors = ()

        def answer(self, request, region):
            fake.world("us").log_out("12345")
            return fake.answer(request, region)

    with serving(LogsOut(), "us") as served:
        monkeypatch.setenv("GOES", f"{served.url}/api/v2/agents/states")
        yield


@pytest.fixture
def limits(monkeypatch, fake):
    """A URL after which the tenant limits the rate and asks to come back in 50 s."""

    class Limits:
        errors = ()

        def answer(self, request, region):
            fake.add_fault(Fault(kind="rate_limit", retry_after=50))
            return fake.answer(request, region)

    with serving(Limits(), "us") as served:
        monkeypatch.setenv("LIMITS", f"{served.url}/api/v2/agents/states")
        yield


def told(result):
    """Return what stands in the sections and in the short summary."""
    text = result.stdout.str()
    return text.split("short test summary info")[-1]


def properties(path):
    return {found.get("name"): found.get("value") for found in ET.parse(path).iter("property")}


WHY = "offline (likely): the agent exists and no state is listed, while others of its team 'Support' are: logged out"
DO = "let the agent log in"


def test_a_skip_says_why_in_the_short_summary_and_as_a_property(run, pytester):
    result = run("-rs", "--junitxml=junit.xml")
    result.assert_outcomes(skipped=1)
    assert f"cxone: agent 12345 online: {WHY}; {DO}" in told(result)
    assert properties(pytester.path / "junit.xml")["cxone_diagnosis"].startswith(f"agent 12345: {WHY}; {DO}")


def test_a_failed_precondition_carries_a_section_with_the_exchanges(run, pytester):
    result = run("--cxone-on-missing=fail", "--junitxml=junit.xml")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        [
            "*- cxone diagnosis -*",
            f"agent 12345: {WHY.replace('[', '[[]')}; {DO}*",
            "GET /api/v2/agents/states[?]agentId=12345 -> 200, no row",
            "GET /api/v2/agents/12345 -> 200, a profile, of team 'Support'",
            "GET /api/v2/agents/states, 1 page -> 200, 1 agent, one of its team",
        ]
    )
    assert "test_wallboard - Failed: cxone: agent 12345 online: offline" in told(result)
    assert "During handling" not in result.stdout.str()
    assert "cxone_diagnosis" in properties(pytester.path / "junit.xml")


def test_who_logs_out_while_the_test_runs_is_diagnosed_when_it_fails(run, fake, goes, pytester):
    fake.world("us").log_in("12345")
    result = run("--junitxml=junit.xml", test=LOGS_OUT)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*the wallboard is empty*", "*- cxone diagnosis -*", "agent 12345: offline (likely): *"]
    )
    result.stdout.fnmatch_lines(["*= cxone =*", f"  test_it.py::test_wallboard: agent 12345: {WHY}; {DO}*"])
    assert properties(pytester.path / "junit.xml")["cxone_diagnosis"].startswith("agent 12345: offline (likely)")


def test_a_test_that_fails_while_its_agent_is_online_is_not_diagnosed(run, fake):
    fake.world("us").log_in("12345")
    result = run(test=MARKED.format(body="assert not cxone"))
    result.assert_outcomes(failed=1)
    assert "cxone diagnosis" not in result.stdout.str()
    states = [exchange.request.target.query for exchange in fake.journal if "states" in exchange.request.url]
    assert states == ["agentId=12345", "agentId=12345"]


def test_a_test_that_passes_asks_for_no_diagnosis(run, fake):
    fake.world("us").log_in("12345")
    run(test=MARKED.format(body="pass")).assert_outcomes(passed=1)
    assert sum("states" in exchange.request.url for exchange in fake.journal) == 1


def test_a_skip_of_the_tests_own_asks_for_no_diagnosis(run, fake):
    fake.world("us").log_in("12345")
    run(test=MARKED.format(body="__import__('pytest').skip('not today')")).assert_outcomes(skipped=1)
    assert sum("states" in exchange.request.url for exchange in fake.journal) == 1


def test_a_fixture_that_fails_is_diagnosed_too(run, fake, goes):
    fake.world("us").log_in("12345")
    fixture = """
import os, pytest, requests
from pytest_cxone import agent_online

@pytest.fixture
def board(cxone_tenant):
    requests.get(os.environ["GOES"], timeout=9)
    raise LookupError("no board")

@agent_online("12345")
def test_wallboard(board):
    pass
"""
    result = run(test=fixture)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*- cxone diagnosis -*", "agent 12345: offline (likely): *"])


def test_the_tenants_answers_hide_behind_the_diagnosis_and_not_behind_none(run, fake):
    fake.world("us").revoke_tokens()
    fake.world("us").add_client("the-client", "another", scopes=[])
    result = run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*- cxone diagnosis -*", "agent 12345: bad credentials: *"])


def test_an_agent_by_another_id_on_this_tenant_is_told_by_the_id_of_the_test(run):
    result = run("-rs", "--cxone-agents=12345=998877")
    result.assert_outcomes(skipped=1)
    assert "agent 12345 online: unknown id: no agent has this id" in told(result)


def test_nobody_is_named(run):
    result = run("-rA", "-l", "--cxone-on-missing=fail")
    assert not [word for word in ("Jane", "Marker", "jane.marker", "corp.test") if word in result.stdout.str()]


def test_the_fake_needs_no_diagnosis(pytester):
    pytester.makepyfile(test_it=MARKED.format(body='assert cxone.agent_state("4711")'))
    result = pytester.runpytest_inprocess(*QUIET)
    result.assert_outcomes(failed=1)
    assert "cxone diagnosis" not in result.stdout.str()


ONE_OF_TWO = """
import os, pytest, requests
from pytest_cxone import agent_online

@pytest.fixture
def inner(cxone_tenant):
    requests.get(os.environ["GOES"], timeout=9)
    raise LookupError("no board")

@pytest.fixture
def outer(request, cxone_tenant):
    return request.getfixturevalue("inner")

@agent_online("12345")
def test_wallboard({fixture}request):
    request.getfixturevalue("outer")
"""


@pytest.mark.parametrize("fixture", ["outer, ", ""], ids=["in setup", "in the test"])
def test_one_failure_is_diagnosed_once(run, fake, goes, pytester, fixture):
    fake.world("us").log_in("12345")
    result = run("--junitxml=junit.xml", test=ONE_OF_TWO.format(fixture=fixture))
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert result.stdout.str().count("- cxone diagnosis -") == 1
    assert (pytester.path / "junit.xml").read_text().count("cxone_diagnosis") == 1
    assert sum("test_wallboard: agent 12345: offline" in line for line in result.outlines) == 1


def test_a_failure_that_was_expected_is_not_diagnosed(run, fake, goes):
    fake.world("us").log_in("12345")
    test = LOGS_OUT.replace("@agent_online", "@__import__('pytest').mark.xfail\n@agent_online")
    result = run("-rx", test=test)
    result.assert_outcomes(xfailed=1)
    assert "agent 12345: offline" not in result.stdout.str()


def test_a_subtest_that_fails_is_diagnosed(run, fake, goes):
    fake.world("us").log_in("12345")
    test = """
import os, requests
from pytest_cxone import agent_online

@agent_online("12345")
def test_wallboard(cxone, subtests):
    requests.get(os.environ["GOES"], timeout=9)
    with subtests.test("shown"):
        assert cxone.agent_state("12345")
"""
    result = run(test=test)
    result.stdout.fnmatch_lines(["*- cxone diagnosis -*", "agent 12345: offline (likely): *"])
    result.stdout.fnmatch_lines(["*= cxone =*", "  test_it.py::test_wallboard: agent 12345: offline (likely): *"])


def test_a_precondition_that_fails_has_its_line_in_the_summary(run):
    result = run("--cxone-on-missing=fail")
    result.stdout.fnmatch_lines(["*= cxone =*", f"  test_it.py::test_wallboard: agent 12345: {WHY}; {DO}*"])


@pytest.mark.parametrize("budget", [2, 3, 4])
def test_a_budget_that_ends_in_the_middle_leaves_the_skip(run, budget):
    result = run("-rs", f"--cxone-budget={budget}")
    result.assert_outcomes(skipped=1)
    assert "no state is listed, and the budget leaves no request to find out why" in told(result)


def test_a_tenant_that_limits_the_rate_is_not_waited_for(run, fake, limits):
    fake.world("us").log_in("12345")
    test = MARKED.format(body='requests.get(os.environ["LIMITS"], timeout=9); assert 0')
    result = run(test=test)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*- cxone diagnosis -*", "agent 12345: rate limited: *"])
