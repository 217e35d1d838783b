"""`pytest-cxone cassettes`: what it lists, what it finds wrong, and what it removes."""

import json
import os
import re
import sys
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from pytest_cxone._resources import data_root
from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source, seal_of
from pytest_cxone.cassettes.files import text_of, write
from pytest_cxone.cassettes.names import CassetteName
from pytest_cxone.cli import main
from pytest_cxone.model import Exchange, Headers, Request, Response

pytest_plugins = ["pytester"]

FOLDER = Path("cassettes/platform-v2")
SECRET = "hunter2-hunter2"


def shelve(root, test, *, received=b'{"state": "Available"}', days=0, **changes):
    """Put a cassette where the recorder would."""
    url = "https://platform.nicecxone.com/api/v2/agents/states?agentId=730258244"
    interactions = (
        Interaction(
            exchange=Exchange(
                request=Request(method="GET", url=url, headers=Headers({"Authorization": "Bearer scrubbed"})),
                response=Response(status=200, headers=Headers({"content-type": "application/json"}), body=received),
            )
        ),
    )
    known = Provenance(
        test=test,
        recorded_at=datetime.now(UTC).replace(microsecond=0) - timedelta(days=days),
        source=Source.TENANT,
        dialect="platform-v2",
        api="v2",
        region="us",
        tenant="e9fe2a4899db",
        recorder="0.1.0",
        seal=seal_of(interactions),
    )
    path = root / FOLDER / CassetteName.parse(test).file
    write(path, text_of(Cassette(interactions=interactions, provenance=replace(known, **changes))))
    return path


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A repository with two cassettes, and nothing of it in the environment."""
    for name in ("CXONE_CASSETTES", "CXONE_SCRUB", "CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_SCRUB_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".git").mkdir()
    shelve(
        tmp_path, "tests.test_a::test_new", days=3, source=Source.SERVED_FAKE, fake="0.1.0",
        states=(Provided(state="agent 12345 online", agent_id="12345"), Provided(state="1 agent online")),
    )  # fmt: skip
    shelve(tmp_path, "tests.test_a::test_old", days=400)
    return tmp_path


def invoke(*arguments):
    return CliRunner().invoke(main, ["cassettes", *map(str, arguments)], catch_exceptions=False)


# List


def test_the_list_has_a_line_a_cassette_the_oldest_first_and_totals(project):
    result = invoke("list")
    assert result.exit_code == 0
    assert result.stdout == (
        "TEST                    DAYS  SOURCE              API             INTERACTIONS  STATES\n"
        "tests.test_a::test_old  400   tenant              platform-v2/v2  1             none\n"
        "tests.test_a::test_new  3     served fake, 0.1.0  platform-v2/v2  1             "
        "agent 12345 online; 1 agent online\n"
        "2 cassettes, 2 interactions, 1 from served fake, 1 from tenant\n"
    )


def test_the_list_for_programs_tells_what_is_recorded_and_nothing_of_today(project):
    old, new = json.loads(invoke("list", "--json").stdout)
    assert old["test"] == "tests.test_a::test_old"
    assert new.pop("recorded_at").endswith("+00:00")
    assert new == {
        "path": "cassettes/platform-v2/tests.test_a/test_new.yaml",
        "test": "tests.test_a::test_new",
        "source": "served fake",
        "fake": "0.1.0",
        "dialect": "platform-v2",
        "api": "v2",
        "policy": 1,
        "states": ["agent 12345 online", "1 agent online"],
        "interactions": 1,
    }


def test_a_cassette_of_others_is_listed_first_as_unknown(project):
    (project / FOLDER / "tests.test_a" / "other.yaml").write_text("version: 1\ninteractions: []\n")
    lines = invoke("list").stdout.splitlines()
    assert lines[1].split() == ["other", "?", "unknown", "unknown", "0", "none"]
    assert json.loads(invoke("list", "--json").stdout)[0]["recorded_at"] is None


def test_what_cannot_be_read_is_told_beside_the_list(project):
    (project / FOLDER / "tests.test_a" / "broken.yaml").write_text("interactions: [")
    result = invoke("list", "--json")
    assert result.exit_code == 1
    assert len(json.loads(result.stdout)) == 2
    assert "broken.yaml: cannot be read" in result.stderr


def test_nothing_to_list_is_no_error(project):
    (project / "empty").mkdir()
    assert invoke("list", "empty").stdout == "0 cassettes, 0 interactions\n"
    assert invoke("list", "--json", "empty").stdout == "[]\n"


# Where cassettes are


@pytest.mark.parametrize("command", ["list", "check"])
def test_without_paths_the_nearest_folder_of_cassettes_is_taken(project, command, monkeypatch):
    (project / "src" / "deep").mkdir(parents=True)
    monkeypatch.chdir(project / "src" / "deep")
    assert invoke(command).output.count("2 cassettes") == 1


@pytest.mark.parametrize("command", ["list", "check"])
def test_no_folder_at_all_is_a_mistake(tmp_path, command, monkeypatch):
    monkeypatch.delenv("CXONE_CASSETTES", raising=False)
    (tmp_path / ".git").mkdir()
    monkeypatch.chdir(tmp_path)
    result = invoke(command)
    assert result.exit_code == 2
    assert "there is no folder of cassettes here or above; name one" in result.stderr


def test_the_environment_names_the_folder(project, monkeypatch):
    (project / "cassettes").rename(project / "tapes")
    monkeypatch.setenv("CXONE_CASSETTES", "tapes")
    assert "2 cassettes" in invoke("check").stderr


def test_a_path_that_is_not_there_is_a_mistake(project):
    assert invoke("check", "nowhere").exit_code == 2


# Check


def test_clean_cassettes_are_one_line_and_status_0(project):
    result = invoke("check")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "2 cassettes, none with problems\n"


def test_a_problem_is_a_line_and_status_1(project):
    path = shelve(project, "tests.test_a::test_bad", received=b'{"token": "hunter2-hunter2", "mail": "jane@corp.com"}')
    result = invoke("check")
    assert result.exit_code == 1
    line = next(number for number, text in enumerate(path.read_text().splitlines(), 1) if SECRET in text)
    where = f"cassettes/platform-v2/tests.test_a/test_bad.yaml:{line}: "
    first, second = result.stdout.splitlines()
    assert first.startswith(f"{where}an e-mail address that may be somebody's; ")
    assert second.startswith(f"{where}token of a body is not scrubbed; ")
    assert result.stderr == "3 cassettes, 1 with problems\n"
    assert SECRET not in result.output
    assert "jane" not in result.output


def test_times_that_are_none_are_a_problem(project):
    shelve(project, "tests.test_a::test_new", took="listAgentStates: soon")
    result = invoke("check")
    assert result.exit_code == 1
    assert (
        "cassettes/platform-v2/tests.test_a/test_new.yaml: cannot be read: "
        "`took:` of `cxone:` does not say how long operations took"
    ) in result.output


def test_files_are_checked_as_a_hook_gives_them(project):
    paths = sorted((project / FOLDER).rglob("*.yaml"))
    assert invoke("check", *paths).stderr == "2 cassettes, none with problems\n"
    assert invoke("check", paths[0]).stderr == "1 cassette, none with problems\n"


def test_the_hook_runs_this_command_on_cassettes(project):
    [hook] = yaml.safe_load((Path(__file__).parents[1] / ".pre-commit-hooks.yaml").read_text())
    command, *arguments = hook["entry"].split()
    files = [path.as_posix() for path in FOLDER.rglob("*.yaml") if re.search(hook["files"], path.as_posix())]
    assert command == "pytest-cxone"
    assert CliRunner().invoke(main, [*arguments, *files]).stderr == "2 cassettes, none with problems\n"
    assert not re.search(hook["files"], ".github/workflows/test.yaml")


def test_another_yaml_is_passed_over_but_not_among_cassettes(project):
    (project / "compose.yaml").write_text("services: {}\n")
    assert invoke("check", "compose.yaml").exit_code == 0
    (project / FOLDER / "stray.yaml").write_text("services: {}\n")
    result = invoke("check", "compose.yaml", FOLDER / "stray.yaml")
    assert result.exit_code == 1
    assert result.stdout.count("\n") == 1
    assert "stray.yaml: cannot be read: it has no list of `interactions:`" in result.stdout


@pytest.mark.parametrize("name", ["CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_SCRUB_KEY"])
def test_secrets_of_the_environment_are_looked_for(project, monkeypatch, name):
    shelve(project, "tests.test_a::test_bad", received=b'{"note": "%s"}' % SECRET.encode().hex().encode())
    assert invoke("check").exit_code == 0
    monkeypatch.setenv(name, SECRET)
    result = invoke("check")
    assert result.exit_code == 1
    assert "a secret of the environment (hex)" in result.stdout


def test_rules_of_the_user_count_from_the_option_and_the_environment(project, monkeypatch):
    shelve(project, "tests.test_a::test_bad", received=b'{"badge": "B-77"}')
    assert invoke("check").exit_code == 0
    assert invoke("check", "--scrub", "secret: badge").exit_code == 1
    monkeypatch.setenv("CXONE_SCRUB", "name: lead\nsecret: badge")
    assert invoke("check").exit_code == 1


def test_a_rule_that_is_none_is_a_mistake(project):
    result = invoke("check", "--scrub", "nonsense")
    assert result.exit_code == 2
    assert "a scrub rule reads KIND: KEY" in result.stderr


def test_the_command_needs_neither_pytest_nor_requests_for_that(pytester):
    code = (
        "import sys; from pytest_cxone.cli import main; main(['cassettes', 'check', '.'], standalone_mode=False); "
        "print({'pytest', 'requests', 'responses', 'vcr', 'jsonschema'} & {*sys.modules})"
    )
    pytester.run(sys.executable, "-c", code).stdout.fnmatch_lines(["set()"])


# Prune


@pytest.fixture
def prune(pytester, monkeypatch):
    """A project whose tests are collected by a process of its own."""
    for name in list(os.environ):
        if name.startswith("CXONE_"):
            monkeypatch.delenv(name)
    pytester.mkdir(".git")
    pytester.makepyfile(
        **{
            "tests/test_a": "import pytest\n@pytest.mark.parametrize('x', [1, 2])\ndef test_it(x): pass",
            "tests/test_b": "def test_it(): pass",
        }
    )
    for test in ("test_a::test_it[1]", "test_a::test_it[2]", "test_b::test_it"):
        shelve(pytester.path, f"tests.{test}")

    def prune(*arguments):
        return pytester.run(
            sys.executable, "-m", "pytest_cxone", "cassettes", "prune", "-p", "no:asyncio", *arguments, timeout=60
        )

    return prune


def standing(root):
    return sorted(path.relative_to(root / FOLDER).as_posix() for path in (root / FOLDER).rglob("*") if path.is_file())


def test_pytester_what_no_test_owns_is_listed_and_with_yes_removed(pytester, prune):
    kept = standing(pytester.path)
    gone = [shelve(pytester.path, "tests.test_a::test_gone"), shelve(pytester.path, "tests.test_gone::test_it")]
    stray = gone[0].with_name("test_it.yaml.0123456789abcdef.tmp")
    fresh = gone[0].with_name("test_it.yaml.fedcba9876543210.tmp")
    for path in (stray, fresh):
        path.write_text("")
    os.utime(stray, (time.time() - 3600,) * 2)
    result = prune("-k", "test_b")
    assert result.ret == 0
    names = [path.relative_to(pytester.path).as_posix() for path in (*gone, stray)]
    assert result.outlines == names
    result.stderr.fnmatch_lines(["3 files without a test; --yes removes them"])
    assert len(standing(pytester.path)) == len(kept) + 4
    result = prune("--yes")
    assert result.outlines == names
    result.stderr.fnmatch_lines(["3 files without a test removed"])
    assert standing(pytester.path) == sorted([*kept, fresh.relative_to(pytester.path / FOLDER).as_posix()])
    assert not gone[1].parent.exists()


def test_pytester_modules_that_are_there_but_not_collected_keep_theirs(pytester, prune):
    pytester.makepyfile(**{"tests/broken": "import nonsense"})
    pytester.maketxtfile(**{"tests/guide": ">>> 1\n1"})
    shelve(pytester.path, "tests.broken::test_it")
    shelve(pytester.path, "tests.guide%2Etxt::guide.txt")
    shelve(pytester.path, "json.decoder::test_it")
    (pytester.path / FOLDER / "of_others").mkdir()
    (pytester.path / FOLDER / "of_others" / "a.yaml").write_text("version: 1\ninteractions: []\n")
    before = standing(pytester.path)
    assert prune("--yes", "tests/test_b.py").ret == 0
    assert standing(pytester.path) == before


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["-k", "nothing"], 5, "no tests were collected"),
        (["tests/test_b.py", "tests/test_c.py"], 2, "pytest could not collect all tests (exit status 2)"),
        (["--nonsense"], 4, "pytest could not collect all tests (exit status 4)"),
        (["tests/test_a.py::test_it"], 2, "a part of a file does not tell what the rest owns"),
        (["--cxone-cassettes=site-packages/cassettes"], 2, "into an installed package"),
        ([f"--cxone-cassettes={data_root() / 'cassettes'}"], 2, "the cassettes that pytest-cxone ships are not pruned"),
    ],
    ids=["nothing collected", "an error", "an unknown option", "a part", "installed", "shipped"],
)
def test_pytester_where_ownership_is_unsure_nothing_is_removed(pytester, prune, arguments, status, message):
    pytester.makepyfile(**{"tests/test_c": "import nonsense"})
    shelve(pytester.path, "tests.test_b::test_gone")
    before = standing(pytester.path)
    if "tests/test_c.py" not in arguments:
        (pytester.path / "tests/test_c.py").unlink()
    result = prune("--yes", *arguments)
    assert result.ret == status
    result.stderr.fnmatch_lines([f"Error: *{message.replace('[', '[[]')}*; nothing was removed"])
    assert standing(pytester.path) == before


def test_pytester_whatever_the_project_makes_of_warnings_and_deselection(pytester, prune, monkeypatch):
    pytester.makeini("[pytest]\naddopts = -v --strict-markers\nfilterwarnings = error\n")
    pytester.makeconftest(
        "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_collection_modifyitems(items): del items[1:]"
    )
    # As an installed wheel of a plugin would, this lets pytest warn of what it cannot rewrite.
    installed = pytester.mkdir("site") / "fake-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: fake\nVersion: 1.0\n")
    (installed / "entry_points.txt").write_text("[pytest11]\nfake = json\n")
    (installed / "RECORD").write_text("pytest_cxone/__init__.py,,\n")
    monkeypatch.setenv("PYTHONPATH", str(installed.parent), prepend=os.pathsep)
    before = standing(pytester.path)
    assert prune("--yes").ret == 0
    assert standing(pytester.path) == before


def test_pytester_what_a_link_leads_to_stays(pytester, prune):
    elsewhere = pytester.mkdir("elsewhere")
    target = elsewhere / "test_gone.yaml"
    shelve(pytester.path, "tests.test_gone::test_gone").rename(target)
    (pytester.path / FOLDER / "tests.test_gone").rmdir()
    (pytester.path / FOLDER / "tests.test_gone").symlink_to(elsewhere, target_is_directory=True)
    assert prune("--yes").outlines == []
    assert target.exists()
