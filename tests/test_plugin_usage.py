"""`--cxone-usage`: what the code under test reads is written to a file, and changes are graded by it."""

import json

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
import yaml  # noqa: F401 - as above

from pytest_cxone.fake.engine import Fake
from pytest_cxone.rehearsal import upgrade
from pytest_cxone.server import serving
from pytest_cxone.usage import recorder

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
CODE = """
import os

import requests


def rows():
    form = {
        "grant_type": "client_credentials", "client_id": os.environ["CXONE_CLIENT_ID"],
        "client_secret": os.environ["CXONE_CLIENT_SECRET"], "scope": "read:agent read:agent:status",
    }
    token = requests.post(os.environ["CXONE_AUTH_URL"], data=form, timeout=9).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    return requests.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states", headers=headers, timeout=9).json()


def state():
    return rows()[0]["state"]["name"]


def team():
    return rows()[0]["team"]["name"]


def group():
    return rows()[0].get("stateGroup", "none")
"""
HEAD = """
import wallboard
from pytest_cxone import agent_online
"""
STATE = HEAD + '\n@agent_online("12345")\ndef test_state(cxone_tenant):\n    assert wallboard.state()\n'
TEAM = HEAD + '\n@agent_online("12345")\ndef test_team(cxone_tenant):\n    assert wallboard.team()\n'


@pytest.fixture(autouse=True)
def _no_readers(monkeypatch):
    """Let libraries that other tests have loaded into this process not count."""
    monkeypatch.setattr(recorder, "_READERS", frozenset())


@pytest.fixture
def run(pytester):
    pytester.makepyfile(wallboard=CODE, test_state=STATE, test_team=TEAM)

    def run(*options, how="inprocess"):
        return getattr(pytester, f"runpytest_{how}")(*QUIET, *options)

    run.file = pytester.path / "usage.json"
    run.read = lambda: json.loads(run.file.read_text())["dialects"]["platform-v2"]["listAgentStates"]["read"]
    return run


def test_the_file_has_what_is_read_where_and_by_which_file_of_tests(run):
    result = run("--cxone-usage=usage.json")
    assert result.ret == 0
    assert run.read()["$[*].state.name"] == {"wallboard.py: state": ["test_state.py"]}
    assert run.read()["$[*].team.name"] == {"wallboard.py: team": ["test_team.py"]}
    assert "$[*].agentId" not in run.read()
    result.stdout.fnmatch_lines(
        [
            "*= cxone usage =*",
            "usage.json was written: *",
            "  + GET /api/v2/agents/states $[[]*].state.name (wallboard.py: state)",
        ]
    )


def test_a_run_that_reads_the_same_leaves_the_file_and_says_nothing(run):
    run("--cxone-usage=usage.json")
    before = run.file.stat().st_mtime_ns
    assert "cxone usage" not in run("--cxone-usage=usage.json").stdout.str()
    assert run.file.stat().st_mtime_ns == before


def test_workers_write_the_same_file(run):
    run("--cxone-usage=usage.json")
    alone = run.file.read_text()
    run.file.unlink()
    run("--cxone-usage=usage.json", "-n", "2", how="subprocess")
    assert run.file.read_text() == alone


def test_what_is_no_longer_read_goes_where_all_tests_of_its_file_ran(run, pytester):
    run("--cxone-usage=usage.json")
    pytester.makepyfile(test_team=TEAM.replace("wallboard.team()", "wallboard.rows()"))
    result = run("--cxone-usage=usage.json", "test_team.py")
    assert "$[*].team.name" not in run.read()
    assert "$[*].state.name" in run.read()
    result.stdout.fnmatch_lines(["  - GET /api/v2/agents/states $[[]*].team.name (wallboard.py: team)"])


@pytest.mark.parametrize(
    "part", [["-k", "nothing or test_team"], ["test_team.py::test_team"], ["--cxone-shard=1/1"]], ids=" ".join
)
def test_a_part_of_a_file_takes_nothing_away(run, pytester, part):
    run("--cxone-usage=usage.json")
    pytester.makepyfile(test_team=TEAM.replace("wallboard.team()", "wallboard.rows()"))
    run("--cxone-usage=usage.json", *part)
    assert "$[*].team.name" in run.read()


def test_a_red_run_takes_nothing_away(run, pytester):
    run("--cxone-usage=usage.json")
    pytester.makepyfile(test_team=TEAM.replace("wallboard.team()", "False"))
    assert run("--cxone-usage=usage.json").ret == 1
    assert "$[*].team.name" in run.read()


def test_an_ini_file_names_it_for_every_folder(run, pytester):
    pytester.makeini("[pytest]\ncxone_usage = usage.json\n")
    pytester.mkdir("deeper")
    with pytest.MonkeyPatch.context() as context:
        context.chdir(pytester.path / "deeper")
        run("..")
    assert run.file.exists()


def test_a_damaged_file_is_said_before_any_test_runs(run):
    run.file.write_text("{")
    result = run("--cxone-usage=usage.json")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*usage.json is not a file of what is read, or a damaged one; *"])


def test_without_being_asked_nothing_is_recorded(run, pytester):
    pytester.makepyfile(
        test_plain=HEAD
        + '\n@agent_online("12345")\ndef test(cxone_tenant):\n    assert type(wallboard.rows()[0]) is dict\n'
    )
    assert run("test_plain.py").ret == 0
    assert run("test_plain.py", "--cxone-usage=usage.json").ret == 1


BY_HAND = """
import json, os, urllib.request
import wallboard
from pytest_cxone import agent_online

@agent_online("12345")
def test_by_hand(cxone_server):
    token = wallboard.requests.post(os.environ["CXONE_AUTH_URL"], timeout=9, data={
        "grant_type": "client_credentials", "client_id": os.environ["CXONE_CLIENT_ID"],
        "client_secret": os.environ["CXONE_CLIENT_SECRET"]}).json()["access_token"]
    asked = urllib.request.Request(
        os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states", headers={"Authorization": f"Bearer {token}"})
    assert json.loads(urllib.request.urlopen(asked, timeout=9).read())[0]["lastUpdated"]
"""


def test_what_other_libraries_read_is_not_known_though_others_read_the_same(run, pytester):
    pytester.makepyfile(test_by_hand=BY_HAND)
    assert run("--cxone-usage=usage.json").ret == 0
    states = json.loads(run.file.read_text())["dialects"]["platform-v2"]["listAgentStates"]
    assert states["unseen"]["$"] == ["test_by_hand.py"]


def test_an_answer_that_a_fault_kept_back_is_read_by_nobody(run, pytester):
    lost = "import pytest\nfrom pytest_cxone import cxone_fault\n" + STATE.replace(
        "@agent_online", '@cxone_fault("disconnect", on="/states")\n@agent_online'
    ).replace("assert wallboard.state()", "pytest.raises(wallboard.requests.RequestException, wallboard.state)")
    pytester.makepyfile(test_lost=lost)
    assert run("--cxone-usage=usage.json").ret == 0
    assert "unseen" not in run.file.read_text()


def test_what_code_reads_under_an_upgrade_is_not_what_it_reads(run):
    run("--cxone-usage=usage.json")
    before = run.file.read_text()
    run("--cxone-usage=usage.json", "--cxone-upgrade=row-state-group-renamed")
    assert run.file.read_text() == before


def test_the_contract_suite_is_nobodys_code(run):
    run("--cxone-usage=usage.json", "--pyargs", "pytest_cxone.contract", "-k", "row_shape or token_issued")
    assert not run.file.exists()


# Drift


@pytest.fixture
def live(run, pytester, monkeypatch):
    """Run live against a served fake, after an upgrade where one is named; without markers, which would ask as well."""
    for name in ("state", "team"):
        (pytester.path / f"test_{name}.py").unlink()
    pytester.makepyfile(test_group="import wallboard\n\ndef test_group(cxone_tenant):\n    assert wallboard.group()\n")

    def live(*options, under=None):
        fake = Fake(changes=[upgrade("platform-v2", under).change] if under else [])
        world = fake.world("us")
        world.add_client("the-client", "the-secret-of-it", scopes=["read:agent", "read:agent:status"])
        world.log_in("12345")
        monkeypatch.setenv("CXONE_CLIENT_ID", "the-client")
        monkeypatch.setenv("CXONE_CLIENT_SECRET", "the-secret-of-it")
        with serving(fake, "us") as served:
            monkeypatch.setenv("CXONE_BASE_URL", served.url)
            return run(*options)

    return live


def finding(pytester, path):
    found = json.loads((pytester.path / "report.json").read_text())["findings"]
    return next(one for one in found if one["path"] == path)


def test_a_change_of_what_is_read_is_told_with_the_line(live, pytester):
    live("--cxone-record")
    live("--cxone-live", "--cxone-usage=usage.json", "--cxone-report=report.json", under="row-state-group-renamed")
    read = finding(pytester, "$[*].stateGroup")
    assert read["relevance"] == "read"
    assert [(use["file"], use["line"] > 0, use["tests"]) for use in read["uses"]] == [
        ("wallboard.py", True, ["test_group.py::test_group"])
    ]


def test_a_change_of_what_nobody_reads_is_told_as_that(live, pytester):
    live("--cxone-record")
    live("--cxone-live", "--cxone-usage=usage.json", "--cxone-report=report.json", under="row-last-updated-removed")
    assert finding(pytester, "$[*].lastUpdated")["relevance"] == "unread"


def test_the_committed_file_grades_runs_in_which_the_code_itself_does_not_run(live, pytester):
    live("--cxone-live", "--cxone-usage=usage.json")
    pytester.makepyfile(test_other='def test(cxone):\n    cxone.http.get("/api/v2/agents/states")\n')
    live("--cxone-record", "test_other.py")
    live(
        "--cxone-live",
        "test_other.py",
        "--cxone-usage=usage.json",
        "--cxone-report=report.json",
        under="row-state-group-renamed",
    )
    read = finding(pytester, "$[*].stateGroup")
    assert read["relevance"] == "read"
    assert [(use["file"], use["line"]) for use in read["uses"]] == [("wallboard.py", 0)]


def test_without_usage_nothing_is_said_of_who_reads(live, pytester):
    live("--cxone-record")
    live("--cxone-live", "--cxone-report=report.json", under="row-last-updated-removed")
    found = finding(pytester, "$[*].lastUpdated")
    assert (found["relevance"], found["uses"]) == ("unknown", [])
