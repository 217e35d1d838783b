"""The docs say what the code has, and what they show really runs."""

import importlib.util
import inspect
import json
import re
import tomllib
from datetime import date
from pathlib import Path

import click
import pytest

from pytest_cxone import errors, hooks
from pytest_cxone.cassettes.rules import Kind, read_rules
from pytest_cxone.cli import main
from pytest_cxone.cli.diagnose import EXIT_STATUS
from pytest_cxone.diagnosis import Certainty
from pytest_cxone.drift import FindingId, Severity
from pytest_cxone.markers import MARKERS
from pytest_cxone.rehearsal.outcomes import Outcome
from pytest_cxone.report.acknowledged import read_acknowledged
from pytest_cxone.settings import OPTIONS, Doubt, FailOn

ROOT = Path(__file__).parent.parent
REFERENCE = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
CASSETTES = (ROOT / "docs" / "cassettes.md").read_text(encoding="utf-8")
DRIFT = (ROOT / "docs" / "drift.md").read_text(encoding="utf-8")
REHEARSAL = (ROOT / "docs" / "rehearsal.md").read_text(encoding="utf-8")
DIAGNOSE = (ROOT / "docs" / "diagnose.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")

pytest_plugins = ["pytester"]


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


GENERATE = load(ROOT / "docs" / "generate.py")


def block(language, text, number=0):
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)[number]


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_every_option_variable_and_ini_key_is_in_the_reference(option):
    row = next(line for line in REFERENCE.splitlines() if f"`{option.env}`" in line and line.startswith("|"))
    if not option.secret:
        assert f"`{option.flag}" in row
        assert f"`{option.dest}`" in row
        assert option.default == "" or f"`{option.default}`" in row


@pytest.mark.parametrize("signature", MARKERS)
def test_every_marker_is_in_the_reference_with_its_signature(signature):
    assert f"| `{signature}` |" in REFERENCE


def test_every_fixture_is_in_the_reference(pytester):
    listed = pytester.runpytest("--fixtures", "-q", "-p", "no:asyncio").stdout.str()
    fixtures = re.findall(r"^(cxone\w*)\b.* -- ", listed, re.MULTILINE)
    assert len(fixtures) == 8
    for name in fixtures:
        assert f"| `{name}` |" in REFERENCE, name


def commands(group, path="pytest-cxone"):
    for name, command in group.commands.items():
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")


@pytest.mark.parametrize(
    ("path", "command"), list(commands(main)), ids=lambda value: value if isinstance(value, str) else ""
)
def test_every_command_and_its_options_are_in_the_reference(path, command):
    assert f"`{path}`" in REFERENCE
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f"`{parameter.opts[0]}" in REFERENCE, parameter.opts[0]


def test_every_verdict_of_a_diagnosis_is_explained_with_its_exit_status():
    rows = [line.split("|")[1:4] for line in DIAGNOSE.splitlines() if line.startswith("| `")]
    told = {verdict: int(status) for verdicts, status, _ in rows for verdict in re.findall(r"`([^`]+)`", verdicts)}
    assert told == {str(verdict): status for verdict, status in EXIT_STATUS.items()}
    for level in Certainty:
        assert f"*{level}*" in DIAGNOSE


def test_every_hook_is_in_the_reference():
    for name in hooks.__all__:
        arguments = ", ".join(inspect.signature(getattr(hooks, name)).parameters)
        assert f"`{name}({arguments})`" in REFERENCE


def test_every_finding_is_in_the_guide_to_drift_with_its_worst_severity():
    table = [line for line in DRIFT.splitlines() if line.startswith(("| `response-", "| `token-"))]
    rows = [re.split(r" *\| *", line)[1:3] for line in table]
    assert {id_.strip("`") for id_, _ in rows} == set(FindingId)
    assert {severity.partition(" ")[0].rstrip(";") for _, severity in rows} <= set(Severity)
    assert f"--cxone-fail-on={'|'.join(FailOn)}" in DRIFT


def test_the_guides_acknowledgements_are_some(tmp_path):
    path = tmp_path / "cxone-acknowledged.toml"
    path.write_text(block("toml", DRIFT), encoding="utf-8")
    rules = read_acknowledged(path, today=date(2026, 11, 23)).rules
    assert [(rule.severity, rule.owner) for rule in rules] == [(None, "wallboard team"), ("cosmetic", "wallboard team")]


def test_every_outcome_of_a_rehearsal_and_every_kind_of_relevance_is_explained():
    for outcome in (*Outcome, "harmless"):
        assert re.search(rf"^\| {outcome} \| .* \| (?:yes|no) \|$", REHEARSAL, re.MULTILINE), outcome
    for words in ("you read this", "nobody here reads this", "not known"):
        assert f"*{words}*" in REHEARSAL


def test_the_guide_to_rehearsals_has_each_of_its_options_and_no_others():
    flags = {option.flag for option in OPTIONS}
    named = set(re.findall(r"--cxone[a-z-]*", REHEARSAL))
    assert named <= flags
    assert named >= {flag for flag in flags if flag.startswith("--cxone-rehearse")} | {"--cxone-usage"}


@pytest.fixture
def rehearse(pytester):
    """Rehearse the README's test; return what became of each upgrade."""

    def rehearse(*options):
        pytester.makepyfile(test_wallboard=block("python", README))
        quiet = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
        pytester.runpytest_subprocess(*quiet, "--cxone-rehearse", "--cxone-report=report.json", *options)
        (rehearsal,) = json.loads((pytester.path / "report.json").read_text(encoding="utf-8"))["rehearsals"]
        return {one["id"]: one["outcome"] for one in rehearsal["upgrades"]}

    return rehearse


def test_the_upgrade_of_the_guide_is_rehearsed(rehearse, pytester):
    pytester.makeconftest(block("python", REHEARSAL))
    assert "--cxone-rehearse-only='announced-*'" in REHEARSAL
    assert rehearse("--cxone-rehearse-only=announced-*") == {"announced-flat-states": "noticed"}


def test_what_the_guides_ini_file_leaves_out_is_left_out(rehearse, pytester):
    everything = set(rehearse())
    pytester.makeini(block("ini", REHEARSAL))
    assert everything - set(rehearse()) == {"listing-row-twice", "token-cacheable"}


def test_every_kind_of_rule_and_every_doubt_is_explained():
    for word in (*Kind, *Doubt):
        assert f"`{word}`" in CASSETTES


def test_the_rules_of_the_guide_are_rules():
    (ini,) = re.findall(r"^cxone_scrub =\n((?:    .*\n)+)", block("ini", CASSETTES), re.MULTILINE)
    assert [rule.kind for rule in read_rules(ini)] == ["name", "name", "id", "keep"]


def test_every_error_of_cassettes_is_in_the_reference():
    for name in ("NotRecorded", "CassetteUnreadable", "CassetteRefused", "StateNotRecorded"):
        assert issubclass(getattr(errors, name), errors.CXoneError)
        assert f"`{name}`" in REFERENCE


def test_every_error_of_the_api_is_in_the_reference():
    for name in errors.__all__:
        fact = getattr(errors, name)
        if isinstance(fact, type) and issubclass(fact, errors.ApiError) and fact is not errors.ApiError:
            assert f"| `{name}` |" in REFERENCE, name


@pytest.mark.parametrize("name", GENERATE.PAGES)
def test_the_pages_of_tables_are_what_the_data_says(name):
    page = (ROOT / "docs" / name).read_text(encoding="utf-8")
    assert page == GENERATE.PAGES[name](), "run python docs/generate.py"


@pytest.mark.parametrize("page", [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], ids=lambda page: page.name)
def test_links_between_pages_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target


def test_the_readmes_example_prints_what_the_readme_shows(pytester):
    pytester.makepyfile(test_wallboard=block("python", README))
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:xdist")
    assert result.ret == 0
    printed = {without_figures(line) for line in result.outlines}
    for line in block("text", README).splitlines():
        assert without_figures(line) in printed


def without_figures(line):
    """Take off what differs from run to run and from terminal to terminal: times, and how wide a rule is."""
    return re.sub(r"={2,}", "==", re.sub(r"\d+\.\d+s", "0s", line)).rstrip()


def test_the_readmes_example_has_eight_lines():
    assert len([line for line in block("python", README).splitlines() if line.strip()]) <= 8


def test_the_changelog_has_the_version():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
