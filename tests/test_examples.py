"""The Python examples as a user would run them: each suite passes, and turns red where the API has changed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tools import environment

EXAMPLES = Path(__file__).parent.parent / "examples"


@pytest.fixture
def run(tmp_path):
    """Run the tests of a copy of an example, in its folder."""

    def run(name, *options):
        folder = tmp_path / name
        shutil.copytree(EXAMPLES / name, folder, ignore=shutil.ignore_patterns("__pycache__", ".pytest_cache"))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
        return subprocess.run(
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=600, check=False
        )

    return run


@pytest.mark.parametrize("name", ["wallboard", "screen_pop"])
def test_the_tests_of_an_example_pass(run, name):
    ended = run(name)
    assert ended.returncode == pytest.ExitCode.OK, ended.stdout + ended.stderr
    assert " ran on the fake tenant" in ended.stdout
    assert "skipped" not in ended.stdout


@pytest.mark.parametrize(
    ("name", "upgrade", "noticed_by"),
    [
        ("wallboard", "listing-enveloped", "test_those_who_are_logged_in_are_counted_by_state"),
        ("wallboard", "token-dies-early", "test_one_token_serves_until_a_minute_before_its_end"),
        ("wallboard", "scope-unchecked", "test_a_missing_scope_is_not_an_empty_floor"),
        ("screen_pop", "listing-enveloped", "test_an_agent_who_can_take_it_gets_the_callers_record"),
        ("screen_pop", "filter-by-prefix", "test_an_agent_who_is_not_there_is_told_from_one_who_does_not_exist"),
        ("screen_pop", "scope-missing-401", "test_a_missing_scope_is_said"),
    ],
)
def test_the_tests_of_an_example_notice_an_upgrade(run, name, upgrade, noticed_by):
    ended = run(name, f"--cxone-upgrade={upgrade}", "-k", noticed_by)
    assert ended.returncode == pytest.ExitCode.TESTS_FAILED, ended.stdout + ended.stderr
    assert f"FAILED test_{name}.py::{noticed_by}" in ended.stdout


@pytest.mark.parametrize(
    ("name", "copes_with"), [("wallboard", "listing-row-twice"), ("screen_pop", "scope-missing-empty")]
)
def test_the_tests_of_an_example_notice_as_many_upgrades_as_its_page_says(run, tmp_path, name, copes_with):
    page = (EXAMPLES / name / "README.md").read_text(encoding="utf-8")
    (score,) = re.findall(r"^\d+ of \d+ upgrades noticed \(\d+ %\)$", page, re.MULTILINE)
    ended = run(name, "--cxone-rehearse", "--cxone-rehearse-min=90", f"--cxone-report={tmp_path / 'report.json'}")
    assert ended.returncode == pytest.ExitCode.OK, ended.stdout + ended.stderr
    assert score in ended.stdout
    (rehearsal,) = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["rehearsals"]
    assert f"`{copes_with}`" in page
    assert copes_with in {one["id"] for one in rehearsal["upgrades"] if one["outcome"] == "survived"}


def test_the_wallboards_file_says_what_its_code_reads(run, tmp_path):
    assert run("wallboard").returncode == pytest.ExitCode.OK
    name = "wallboard/cxone-usage.json"
    assert (tmp_path / name).read_text(encoding="utf-8") == (EXAMPLES / name).read_text(encoding="utf-8")


def test_every_example_is_in_the_table_and_says_how_it_is_run():
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir() and any(path.glob("README.md"))]
    assert {path.name for path in folders} == {"node", "screen_pop", "wallboard"}
    for folder in folders:
        assert f"| [{folder.name}]({folder.name}) |" in table
        assert "```sh\n" in (folder / "README.md").read_text(encoding="utf-8")
