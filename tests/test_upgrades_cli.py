"""`pytest-cxone upgrades`: lines for programs, a table for people, and no empty answer to a wrong pattern."""

from importlib import import_module

import pytest
from click.testing import CliRunner

from pytest_cxone.cli import main
from pytest_cxone.rehearsal import catalogue


def listed(*arguments, status=0):
    result = CliRunner().invoke(main, ["upgrades", *arguments])
    assert result.exit_code == status
    return result.output


def test_in_a_pipe_each_line_is_an_id_and_what_the_api_is_like_after_it():
    assert listed("row-state-nulled", "getAgent.name.n*").splitlines() == [
        "row-state-nulled\tstate is null",
        "getAgent.name.nulled\tname is null (GET /api/v2/agents/{agentId})",
    ]


@pytest.mark.parametrize("dialect", ["platform-v2", "acd"])
def test_without_a_pattern_it_lists_all_of_a_dialect(dialect):
    lines = listed("--dialect", dialect).splitlines()
    assert [line.partition("\t")[0] for line in lines] == [*catalogue(dialect)]
    assert all(line.partition("\t")[2] for line in lines)


def test_a_pattern_that_no_id_fits_is_refused_with_those_that_are_like_it():
    said = listed("getAgent.nam.*", status=2)
    assert "Error: upgrade 'getAgent.nam.*' is not one of the " in said
    assert "getAgent.name." in said


def test_an_unknown_dialect_is_refused_with_those_that_there_are():
    assert "'acd'" in listed("--dialect", "third", status=2)


def test_on_a_terminal_it_is_a_table(monkeypatch):
    monkeypatch.setattr(import_module("pytest_cxone.cli.upgrades"), "_is_terminal", lambda: True)
    head, *rows = listed("getAgent.name.*").splitlines()
    assert head.split() == ["UPGRADE", "AFTER", "IT"]
    assert [row.split()[0] for row in rows] == [
        f"getAgent.name.{edit}" for edit in ("nulled", "removed", "renamed", "retyped")
    ]
