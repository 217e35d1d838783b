"""The Python examples as a user would run them: each suite passes, and turns red where the API has changed."""

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
            command, cwd=folder, env=environment(), capture_output=True, text=True, timeout=180, check=False
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


def test_every_example_is_in_the_table_and_says_how_it_is_run():
    table = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    folders = [path for path in EXAMPLES.iterdir() if path.is_dir() and any(path.glob("README.md"))]
    assert {path.name for path in folders} == {"node", "screen_pop", "wallboard"}
    for folder in folders:
        assert f"| [{folder.name}]({folder.name}) |" in table
        assert "```sh\n" in (folder / "README.md").read_text(encoding="utf-8")
