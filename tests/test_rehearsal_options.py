"""How a rehearsal is asked for, in each form that a project's file may have; and what faults let it meet."""

import json

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
ONE = "--cxone-rehearse-only=listAgentStates.429.error.removed"
LIMITED = """
    import pytest
    import requests
    from pytest_cxone import agent_online, cxone_fault


    @agent_online("12345")
    @cxone_fault("rate_limit", times=1)
    def test_limit(cxone_tenant, cxone_settings):
        response = requests.get(f"{cxone_settings.base_url}/api/v2/agents/states", timeout=9)
        assert response.status_code == 429
        assert response.json()["error"] == "rate_limited"
"""
YES = {
    "TOML": ("pytest.toml", "[pytest]\ncxone_rehearse = true\n"),
    "pyproject": ("pyproject.toml", "[tool.pytest]\ncxone_rehearse = true\n"),
    "older pyproject": ("pyproject.toml", "[tool.pytest.ini_options]\ncxone_rehearse = true\n"),
    "older pyproject, text": ("pyproject.toml", '[tool.pytest.ini_options]\ncxone_rehearse = "yes"\n'),
    "ini": ("pytest.ini", "[pytest]\ncxone_rehearse = yes\n"),
    "ini, true": ("pytest.ini", "[pytest]\ncxone_rehearse = true\n"),
}
NO = {
    "TOML": ("pytest.toml", "[pytest]\ncxone_rehearse = false\n"),
    "ini": ("pytest.ini", "[pytest]\ncxone_rehearse = no\n"),
    "nowhere": ("pytest.ini", "[pytest]\n"),
}


@pytest.fixture
def run(pytester):
    """Run a suite that meets a rate limit; return the result, with the fate of each upgrade where it is rehearsed."""
    pytester.makepyfile(test_it=LIMITED)

    def run(*options, file=("pytest.ini", "[pytest]\n")):
        name, text = file
        (pytester.path / name).write_text(text, encoding="utf-8")
        result = pytester.runpytest_inprocess(*QUIET, "--cxone-report=report.json", *options)
        report = pytester.path / "report.json"
        told = json.loads(report.read_text(encoding="utf-8"))["rehearsals"] if report.exists() else []
        result.fates = {one["id"]: one["outcome"] for each in told for one in each["upgrades"]}
        return result

    return run


# Asked for in a file


@pytest.mark.parametrize("file", YES.values(), ids=YES)
def test_a_projects_file_asks_for_a_rehearsal_in_its_own_words(run, file):
    assert run(ONE, file=file).fates == {"listAgentStates.429.error.removed": "noticed"}


@pytest.mark.parametrize("file", NO.values(), ids=NO)
def test_a_projects_file_that_says_no_asks_for_none(run, file):
    result = run(file=file)
    result.assert_outcomes(passed=1)
    assert result.fates == {}


def test_what_is_neither_yes_nor_no_is_one_line(run):
    result = run(file=("pytest.ini", "[pytest]\ncxone_rehearse = perhaps\n"))
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ini cxone_rehearse must be yes or no: " in result.stderr.str()


@pytest.mark.parametrize("option", ["--cxone-upgrade=row-state-removed", "--cxone=fake"])
def test_a_survivor_is_looked_at_also_where_the_projects_file_asks_for_a_rehearsal(run, option):
    result = run(option, file=YES["ini"])
    result.assert_outcomes(passed=1)
    assert bool(result.fates) == (option == "--cxone=fake")


def test_patterns_that_leave_nothing_are_one_line(run):
    result = run("--cxone-rehearse", "--cxone-rehearse-only=row-*,!row-*")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "cxone: no upgrade of platform-v2 is left by 'row-*,!row-*'" in result.stderr.str()


# Faults


@pytest.mark.parametrize(
    ("fault", "status", "key"), [('"rate_limit", times=1', 429, "429"), ('"outage", times=1', 503, "5XX")]
)
def test_what_is_read_of_a_refusal_is_noticed_where_it_is_gone(run, pytester, fault, status, key):
    text = {429: "rate_limited", 503: "unavailable"}[status]
    changed = LIMITED.replace('"rate_limit", times=1', fault).replace("429", str(status)).replace("rate_limited", text)
    pytester.makepyfile(test_it=changed)
    result = run("--cxone-rehearse", f"--cxone-rehearse-only=listAgentStates.{key}.error.*")
    assert result.fates == {
        f"listAgentStates.{key}.error.{edit}": "noticed" for edit in ("nulled", "removed", "renamed", "retyped")
    }


def test_a_suite_runs_under_an_upgrade_of_a_refusal(run):
    result = run("--cxone-upgrade=listAgentStates.429.error.removed", "--tb=short")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E *KeyError: 'error'"])
