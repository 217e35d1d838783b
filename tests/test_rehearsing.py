"""`pytest --cxone-rehearse`: what a suite notices, what it does not, and how quietly that is found out."""

import json
from collections import Counter

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
import yaml  # noqa: F401 - as above

from pytest_cxone.usage import recorder

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
CODE = """
import os

import requests


def ask(path, **params):
    form = {
        "grant_type": "client_credentials", "client_id": os.environ["CXONE_CLIENT_ID"],
        "client_secret": os.environ["CXONE_CLIENT_SECRET"], "scope": "read:agent read:agent:status",
    }
    token = requests.post(os.environ["CXONE_AUTH_URL"], data=form, timeout=9).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(os.environ["CXONE_BASE_URL"] + path, params=params, headers=headers, timeout=9)


def state_of(agent_id):
    rows = ask("/api/v2/agents/states", agentId=agent_id).json()
    return rows[0]["state"]["name"] if rows else None


def count_all():
    page, seen = 1, []
    while rows := ask("/api/v2/agents/states", page=page).json():
        seen += rows
        page += 1
    return len(seen)
"""
HEAD = """
import pytest
import code_under_test as code
from pytest_cxone import agent_online, agent_offline, agents_online, cxone_fault
"""
STATE = (
    HEAD
    + """
@agent_online("12345")
def test_state():
    assert code.state_of("12345") == "Available"
"""
)
TWO = "row-state-removed,row-last-updated-removed"


@pytest.fixture(autouse=True)
def _no_readers(monkeypatch):
    """Let libraries that other tests have loaded into this process not count."""
    monkeypatch.setattr(recorder, "_READERS", frozenset())


@pytest.fixture
def rehearse(pytester):
    """Rehearse a suite; return the run's result, with the JSON of the rehearsal."""

    def rehearse(test, *options, only=TWO, how="inprocess"):
        pytester.makepyfile(code_under_test=CODE, test_it=test)
        chosen = [f"--cxone-rehearse-only={only}"] if only else []
        options = ["--cxone-rehearse", *chosen, "--cxone-report=report.json", *options]
        result = getattr(pytester, f"runpytest_{how}")(*QUIET, *options)
        path = pytester.path / "report.json"
        result.told = json.loads(path.read_text())["rehearsals"][0] if path.exists() else None
        return result

    return rehearse


def fates(result):
    return {one["id"]: one["outcome"] for one in result.told["upgrades"]}


def of(result, upgrade_id):
    return next(one for one in result.told["upgrades"] if one["id"] == upgrade_id)


# What comes of it


def test_an_upgrade_is_noticed_by_the_test_that_fails_under_it(rehearse):
    result = rehearse(STATE, only=f"{TWO},profile-name-removed")
    assert fates(result) == {
        "row-state-removed": "noticed",
        "row-last-updated-removed": "survived",
        "profile-name-removed": "not exercised",
    }
    assert of(result, "row-state-removed")["test"] == "test_it.py::test_state"
    assert "KeyError: 'state'" in of(result, "row-state-removed")["message"]
    assert of(result, "row-last-updated-removed")["met_by"] == ["test_it.py::test_state"]
    assert of(result, "row-last-updated-removed")["touched"] == [
        {"label": "GET /api/v2/agents/states", "path": "$[*].lastUpdated"}
    ]


def test_the_runs_own_report_is_that_of_the_run_without_an_upgrade(rehearse, pytester):
    seen = """
    calls = []
    def pytest_runtest_logreport(report): calls.append(report.outcome)
    def pytest_runtest_logstart(): calls.append("start")
    def pytest_exception_interact(): calls.append("interact")
    def pytest_warning_recorded(warning_message): calls.append("warned") if "mine" in str(warning_message) else None
    def pytest_sessionfinish(session): calls.append(session.testsfailed)
    def pytest_unconfigure(): print("CALLS", *calls)
    """
    pytester.makeconftest(seen)
    warned = STATE.replace("    assert", "    import warnings; warnings.warn('mine')\n    assert")
    result = rehearse(warned, "--junitxml=junit.xml", "-x", "-Wdefault", only="row-*")
    assert result.ret == 0
    assert Counter(fates(result).values())["noticed"] > 5
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["CALLS start passed passed passed warned 0"])
    junit = (pytester.path / "junit.xml").read_text()
    assert 'failures="0"' in junit
    assert 'tests="1"' in junit


def test_the_section_says_what_survived_and_which_test_to_write(rehearse):
    result = rehearse(STATE, only="row-state-removed,row-agent-id-removed,media-type-text")
    result.stdout.fnmatch_lines(
        ["*= cxone rehearsal =*", "1 of 2 upgrades noticed (50 %)*", "*survived *media-type-text*", "*to write *"]
    )


@pytest.mark.parametrize(("least", "status"), [("40", 0), ("100", 1)])
def test_too_few_that_are_noticed_make_the_run_red_where_that_is_asked_for(rehearse, least, status):
    survivor = STATE.replace('== "Available"', "")
    result = rehearse(survivor, f"--cxone-rehearse-min={least}", only="row-state-removed,row-state-name-recased")
    assert fates(result) == {"row-state-removed": "noticed", "row-state-name-recased": "survived"}
    assert result.ret == status
    assert ("FAILED" in result.stdout.str()) == bool(status)


def test_without_a_green_run_there_is_no_rehearsal(rehearse):
    result = rehearse(STATE + "\n\ndef test_red():\n    assert False\n", "--cxone-rehearse-min=1")
    assert result.ret == 1
    assert result.told["refused"] == "1 of 2 tests failed without an upgrade"
    assert result.told["runs"] == 0
    result.stdout.fnmatch_lines(["*1 of 2 tests failed without an upgrade*"])


def test_a_suite_that_asks_the_tenant_nothing_has_no_rehearsal(rehearse):
    result = rehearse("def test_it(cxone_tenant): pass", "--cxone-rehearse-min=1")
    assert result.told["refused"] == "no test that was green asked the tenant anything"
    assert result.ret == 1


def test_all_upgrades_are_rehearsed_where_none_are_chosen(rehearse):
    result = rehearse(STATE, only="")
    assert Counter(one["origin"] for one in result.told["upgrades"])["derived"] > 50
    assert result.told["not_exercised"] > 100
    assert fates(result)["listAgentStates.state.name.removed"] == "noticed"
    assert fates(result)["profile-name-removed"] == "not exercised"
    # Those that are derived and change nothing are counted, and not listed.
    assert "getAgent.name.removed" not in fates(result)


# How often tests run

COUNTED = """
@pytest.fixture(scope="module")
def log():
    lines = open("log.txt", "a")
    print("module up", file=lines, flush=True)
    yield lambda text: print(text, file=lines, flush=True)
    print("module down", file=lines)
    lines.close()


def test_without_traffic(log):
    log("idle")


@agent_online("12345")
def test_a(log):
    log("a")
    assert code.state_of("12345") == "Available"


@agent_online("12345")
def test_b(log):
    log("b")
    assert code.state_of("12345") == "Available"


@agent_offline("12345")
def test_c(log):
    log("c")
    assert code.state_of("12345") is None
"""


def test_a_test_runs_under_what_touches_it_until_somebody_has_noticed(rehearse, pytester):
    result = rehearse(HEAD + COUNTED)
    lines = (pytester.path / "log.txt").read_text().splitlines()
    counts = Counter(lines)
    # One of the two upgrades is noticed by the first test, which then runs once more without it, and again under it.
    assert counts["idle"] == 1
    assert counts["a"] == 1 + 2 + 2
    assert counts["b"] == 1 + 1
    # An empty list has no rows that could change.
    assert counts["c"] == 1
    assert result.told["runs"] == 5
    assert counts["module up"] == counts["module down"] == 2
    assert lines[-1] == "module down"


def test_classes_and_modules_are_set_up_once_for_their_tests(rehearse, pytester):
    more = """
class TestMore:
    @pytest.fixture(scope="class", autouse=True)
    def up(self, log):
        log("class up")
        yield
        log("class down")

    @agent_online("12345")
    def test_d(self, log):
        assert code.state_of("12345") == "Available"
"""
    rehearse(HEAD + COUNTED + more, only="row-last-updated-*")
    counts = Counter((pytester.path / "log.txt").read_text().splitlines())
    assert counts["class up"] == counts["class down"] == 2
    assert counts["module up"] == counts["module down"] == 2


def test_a_test_that_cannot_run_twice_is_left_out_and_notices_nothing(rehearse):
    once = STATE.replace("def test_state():", "def test_state(done=[]):\n    assert not done\n    done.append(1)")
    result = rehearse(once + STATE.replace(HEAD, "").replace("test_state", "test_other"))
    (left,) = result.told["left_out"]
    assert left["test"] == "test_it.py::test_state"
    assert "again without an upgrade" in left["reason"]
    assert of(result, "row-state-removed")["test"] == "test_it.py::test_other"


def test_a_test_that_fails_though_nothing_was_changed_for_it_notices_nothing(rehearse):
    # The shadow cannot tell that the listing is the same without its page size; the test fails the second time only.
    flaky = """
@agent_online("12345")
def test_flaky(runs=[]):
    runs.append(1)
    code.ask("/api/v2/agents/states", pageSize=50)
    assert len(runs) != 2
"""
    result = rehearse(HEAD + flaky, only="page-size-ignored")
    assert fates(result) == {"page-size-ignored": "not exercised"}
    (left,) = result.told["left_out"]
    assert "now and then" in left["reason"]


def test_a_test_that_fails_every_second_time_notices_nothing(rehearse):
    turns = STATE.replace("def test_state():", "def test_state(runs=[]):\n    runs.append(1)\n    assert len(runs) % 2")
    result = rehearse(turns, only="row-last-updated-*")
    assert "noticed" not in fates(result).values()
    (left,) = result.told["left_out"]
    assert "now and then" in left["reason"]


def test_each_file_of_tests_begins_with_what_the_one_before_has_cleaned_up(rehearse, pytester):
    other = STATE.replace("test_state", "test_other").replace('== "Available"', "")
    used = """
@pytest.fixture(scope="module", autouse=True)
def up():
    open("log.txt", "a").close()
    yield
"""
    pytester.makepyfile(test_more=other + used)
    result = rehearse(
        STATE.replace('assert code.state_of("12345") == "Available"', 'code.ask("/api/v2/agents/states")') + used
    )
    assert result.told["left_out"] == []
    assert of(result, "row-state-removed")["test"] == "test_more.py::test_other"


def test_what_cannot_be_torn_down_again_is_told(rehearse):
    once = """
@pytest.fixture(scope="module", autouse=True)
def up(down=[]):
    yield
    down.append(1)
    assert len(down) < 2, "it is gone already"
"""
    result = rehearse(STATE + once)
    (left,) = result.told["left_out"]
    assert "could not be torn down again: AssertionError: it is gone already" in left["reason"]


def test_a_tenant_that_a_test_opens_late_is_rehearsed(rehearse):
    late = """
def test_late(request):
    tenant = request.getfixturevalue("cxone_tenant")
    tenant.world.log_in("12345")
    assert code.state_of("12345") == "Available"
"""
    assert fates(rehearse(HEAD + late))["row-state-removed"] == "noticed"


def test_logs_and_properties_of_the_suite_are_those_of_the_run(rehearse, pytester):
    telling = """
import logging

@agent_online("12345")
def test_telling(record_testsuite_property, record_property):
    record_testsuite_property("here", "once")
    record_property("mine", "once")
    logging.getLogger().warning("a line of the test")
    assert code.state_of("12345")
"""
    result = rehearse(
        HEAD + telling,
        "--log-cli-level=WARNING",
        "--log-file=log.txt",
        "--junitxml=junit.xml",
        "-o",
        "junit_family=xunit1",
    )
    assert result.told["runs"] > 2
    assert result.stdout.str().count("a line of the test") == 1
    assert (pytester.path / "log.txt").read_text().count("a line of the test") == 1
    junit = (pytester.path / "junit.xml").read_text()
    assert junit.count('name="here"') == junit.count('name="mine"') == 1


def test_tests_that_are_skipped_or_expected_to_fail_are_not_rehearsed(rehearse):
    others = """
@agent_online("12345")
def test_skipped():
    code.state_of("12345")
    pytest.skip("later")

@pytest.mark.xfail
@agent_online("12345")
def test_expected():
    code.state_of("12345")
    assert False
"""
    result = rehearse(STATE + others)
    assert result.told["tests"] == 1
    assert of(result, "row-last-updated-removed")["met_by"] == ["test_it.py::test_state"]


# What upgrades do to code


def test_code_that_would_ask_for_ever_is_stopped_and_that_is_noticed(rehearse):
    listing = """
@agents_online(3)
def test_count():
    assert code.count_all() == 3
"""
    result = rehearse(HEAD + listing, only="page-past-end-repeats")
    assert fates(result) == {"page-past-end-repeats": "noticed"}
    assert "would not end" in of(result, "page-past-end-repeats")["message"]


def test_a_test_that_does_not_end_is_broken_off(rehearse, monkeypatch):
    monkeypatch.setattr("pytest_cxone.playing._PATIENCE", 0.2)
    monkeypatch.setattr("pytest_cxone.playing._TIMES", 0)
    waiting = """
@agent_online("12345")
def test_wait():
    while True:
        try:
            if code.state_of("12345") == "Available":
                break
        except Exception:
            while True:
                pass
"""
    result = rehearse(HEAD + waiting, only="row-state-removed")
    assert "did not end within" in of(result, "row-state-removed")["message"]


def test_tests_over_http_are_rehearsed_as_well(rehearse):
    result = rehearse(STATE, "--cxone-transport=http")
    assert fates(result) == {"row-state-removed": "noticed", "row-last-updated-removed": "survived"}


def test_a_cassette_of_the_projects_is_left_aside(rehearse, pytester):
    folder = pytester.mkdir("cassettes") / "test_it"
    folder.mkdir()
    (folder / "test_state.yaml").write_text("version: 1\ninteractions: []\n")
    result = rehearse(STATE)
    result.assert_outcomes(passed=1)
    assert fates(result)["row-state-removed"] == "noticed"


# With workers


def test_workers_share_the_tests_and_come_to_the_same(rehearse, pytester):
    tests = HEAD + COUNTED
    alone = rehearse(tests, only="row-*,filter-*")
    (pytester.path / "log.txt").unlink()
    (pytester.path / "report.json").unlink()
    shared = rehearse(tests, "-n", "2", only="row-*,filter-*", how="subprocess")
    assert shared.ret == 0
    shared.assert_outcomes(passed=4)
    assert fates(shared) == fates(alone)
    assert shared.told["tests"] == alone.told["tests"] == 3


def test_one_worker_whose_tests_are_red_is_enough_to_refuse(rehearse):
    result = rehearse(STATE + "\n\ndef test_red():\n    assert False\n", "-n", "2", how="subprocess")
    assert result.ret == 1
    assert result.told["refused"] == "1 of 2 tests failed without an upgrade"


def test_a_worker_that_is_lost_while_it_rehearses_is_no_good_score(rehearse):
    dying = STATE.replace(
        "def test_state():\n", "def test_state():\n    import os\n    code.state_of('12345') or os._exit(1)\n"
    ).replace('== "Available"', "")
    gone = "row-state-name-nulled"
    result = rehearse(dying, "-n", "1", "--cxone-rehearse-min=1", only=f"{gone},row-state-removed", how="subprocess")
    assert result.ret != 0
    assert "a worker was lost" in result.told["refused"]


# What a project adds

ADDED = """
from pytest_cxone import Upgrade

def pytest_cxone_upgrades(config, dialect):
    def shouted(asked, forward, world):
        answer = forward(asked)
        return type(answer)(status=answer.status, headers=answer.headers, body=answer.body.upper())

    def broken(asked, forward, world):
        raise RuntimeError("a slip")

    return [
        Upgrade(id="shouted", summary="all is in capitals", change=shouted),
        Upgrade(id="broken", summary="this one has a slip", change=broken),
    ]
"""


def test_upgrades_of_a_project_are_rehearsed_and_a_slip_in_one_is_not_the_tests(rehearse, pytester):
    pytester.makeconftest(ADDED)
    result = rehearse(STATE, only="shouted,broken")
    assert fates(result) == {"shouted": "noticed", "broken": "not exercised"}
    assert of(result, "shouted")["origin"] == "added"
    assert of(result, "broken")["message"] == "it could not be simulated: RuntimeError: a slip"
    result.stdout.fnmatch_lines(["*left out *the upgrade broken: it could not be simulated: RuntimeError: a*"])


def test_a_suite_runs_under_an_upgrade_of_its_project(pytester):
    pytester.makeconftest(ADDED)
    pytester.makepyfile(code_under_test=CODE, test_it=STATE)
    assert pytester.runpytest_inprocess(*QUIET, "--cxone-upgrade=shouted").ret == 1


# Options


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--cxone-rehearse", "--cxone=replay"], "rehearses upgrades on the fake; it does not go with replay mode"),
        (["--cxone-rehearse", "--cxone-upgrade=row-state-removed"], "--cxone-upgrade under one"),
        (["--cxone-rehearse-min=90"], "--cxone-rehearse-min is for a rehearsal: add --cxone-rehearse"),
        (["--cxone-rehearse-only=row-*"], "--cxone-rehearse-only is for a rehearsal: add --cxone-rehearse"),
        (["--cxone-rehearse", "--cxone-rehearse-min=101"], "must be a percentage, 0 to 100, not '101'"),
        (["--cxone-rehearse", "--cxone-rehearse-only=rows-*"], "upgrade 'rows-*' is not one of"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_does_not_go_with_a_rehearsal_is_said_in_a_line(pytester, options, line):
    pytester.makepyfile(code_under_test=CODE, test_it=STATE)
    result = pytester.runpytest_inprocess(*QUIET, *options)
    assert result.ret == 4
    assert line in result.stderr.str() + result.stdout.str()
    assert "= cxone rehearsal =" not in result.stdout.str()


def test_a_file_may_say_how_to_rehearse_where_nobody_does(pytester):
    pytester.makeini("[pytest]\ncxone_rehearse_min = 90\ncxone_rehearse_only = row-*\n")
    pytester.makepyfile(code_under_test=CODE, test_it=STATE)
    result = pytester.runpytest_inprocess(*QUIET)
    assert result.ret == 0
    assert "= cxone rehearsal =" not in result.stdout.str()


def test_the_environment_asks_for_a_rehearsal_as_the_flag_does(pytester, monkeypatch):
    monkeypatch.setenv("CXONE_REHEARSE", "yes")
    monkeypatch.setenv("CXONE_REHEARSE_ONLY", TWO)
    pytester.makepyfile(code_under_test=CODE, test_it=STATE)
    pytester.runpytest_inprocess(*QUIET).stdout.fnmatch_lines(["*= cxone rehearsal =*"])


def test_ctrl_c_ends_a_rehearsal_and_what_was_found_is_told(rehearse, pytester):
    stopping = STATE.replace("def test_state():", "def test_state(runs=[]):\n    runs.append(1)").replace(
        "    assert", "    if len(runs) > 3:\n        raise KeyboardInterrupt\n    assert"
    )
    result = rehearse(stopping, only="row-*", how="subprocess")
    assert result.ret == 2
    assert "broken off (KeyboardInterrupt)" in result.told["refused"]
