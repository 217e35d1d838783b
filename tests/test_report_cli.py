"""`pytest-cxone report`: what is merged, in which forms it is written, and with which status it ends."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from jsonschema import Draft202012Validator

from pytest_cxone.cli import main
from pytest_cxone.rehearsal.outcomes import Outcome
from pytest_cxone.report.acknowledged import Acknowledged
from pytest_cxone.report.files import write_report
from pytest_cxone.report.making import report_of
from tests.runs import AT, LESS, MORE, changed, rehearsed, run, tried, upgrade

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
LATER = AT + timedelta(hours=1)


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def write(name, *runs):
    """Write the report of runs as pytest would."""
    write_report(Path(name), report_of(runs, acknowledged=Acknowledged(), now=AT), runs)
    return name


def report(*arguments):
    return CliRunner().invoke(main, ["report", *arguments], catch_exceptions=False)


def read(name):
    return json.loads(Path(name).read_text(encoding="utf-8"))


def prints(document):
    return [one["fingerprint"] for one in document["findings"]]


GOOD = run(tried())
BROKEN = run(changed())
BOTH = [{**row, "skill": "Billing"} for row in LESS]
FORMS = ["out.json", "out.md", "out.html", "out.sarif"]


# What is shown and written


@pytest.mark.parametrize("command", ["merge", "render"])
def test_without_a_file_to_write_the_summary_is_shown(command):
    result = report(command, write("a.json", GOOD))
    assert result.exit_code == 0
    assert result.stdout.startswith("Go on: no drift in 1 operation")


@pytest.mark.parametrize("command", ["merge", "render"])
def test_each_form_is_written_by_its_extension_and_the_summary_names_them(command):
    given = write("a.json", BROKEN)
    result = report(command, given, *(part for name in FORMS for part in ("--output", f"new/{name}")))
    assert "Do not go on: 1 breaking change" in result.stdout
    assert all(f"new/{name}" in result.stdout for name in FORMS)
    document, markdown, html, sarif = (Path("new", name).read_text(encoding="utf-8") for name in FORMS)
    Draft202012Validator(SCHEMA).validate(json.loads(document))
    assert prints(json.loads(document)) == prints(read(given))
    assert json.loads(sarif)["version"] == "2.1.0"
    assert "team is gone" in markdown
    assert "<html" in html


def test_to_show_a_report_fails_for_nothing_that_is_in_it():
    assert report("render", write("a.json", BROKEN)).exit_code == 0


def test_a_report_that_was_merged_can_be_merged_again():
    write("a.json", run(changed("test_1", BOTH), id_="a"))
    write("b.json", run(changed("test_2", BOTH), id_="b", started=LATER))
    report("merge", "a.json", "b.json", "-o", "ab.json")
    report("merge", "ab.json", "a.json", "-o", "again.json")
    first, again = read("ab.json"), read("again.json")
    assert {**first, "generated": ""} == {**again, "generated": ""}
    assert len(first["parts"]) == 2
    assert len(first["findings"]) == 2


def test_the_same_report_counts_once():
    write("a.json", run(changed(), requests=7))
    report("merge", "a.json", "a.json", "-o", "b.json")
    one, twice = read("a.json"), read("b.json")
    assert twice["parts"] == one["parts"]
    assert twice["findings"] == one["findings"]


def test_of_a_test_that_ran_twice_the_later_run_counts_in_whatever_order_they_are_given():
    write("early.json", run(changed(outcome="failed"), id_="early"))
    write("late.json", run(tried(), id_="late", started=LATER))
    for given in (["early.json", "late.json"], ["late.json", "early.json"]):
        result = report("merge", *given)
        assert result.exit_code == 0
        assert result.stdout.startswith("Go on: no drift in 1 operation")


# With which status it ends


@pytest.mark.parametrize(
    ("rows", "fail_on", "status"),
    [
        (LESS, None, 1),
        (LESS, "breaking", 1),
        (LESS, "never", 0),
        (MORE, None, 0),
        (MORE, "additive", 1),
        (MORE, "any", 1),
    ],
)
def test_drift_fails_from_the_severity_on_that_is_given(rows, fail_on, status):
    result = report("merge", write("a.json", run(changed(rows=rows))), *(["--fail-on", fail_on] if fail_on else []))
    assert result.exit_code == status
    assert result.stderr == (
        f"FAILED: 1 change of the API (--cxone-fail-on={fail_on or 'breaking'})\n" if status else ""
    )


def test_a_test_that_failed_fails_the_merge_whatever_drift_may_do():
    result = report("merge", write("a.json", run(tried(outcome="failed", message="KeyError"))), "--fail-on=never")
    assert result.exit_code == 1
    assert "FAILED: 1 of the tests failed" in result.stderr


def test_a_shard_that_is_missing_fails_the_merge():
    for number in (1, 3):
        write(f"{number}.json", run(tried(f"test_{number}"), id_=str(number), shard=(number, 3)))
    result = report("merge", "1.json", "3.json", "-o", "out.json")
    assert result.exit_code == 1
    assert result.stderr == "FAILED: shard 2 of 3 is missing (live, platform-v2)\n"
    assert read("out.json")["verdict"]["headline"] == "Cannot say: shard 2 of 3 is missing (live, platform-v2)"


def test_what_a_run_lost_fails_the_merge():
    result = report("merge", write("a.json", run(tried(), lost=("a worker was lost",))))
    assert (result.exit_code, result.stderr) == (1, "FAILED: a worker was lost\n")


@pytest.mark.parametrize(("wanted", "status"), [(0, 0), (2, 0), (3, 1)])
def test_fewer_tests_on_a_tenant_than_are_asked_for_fail_the_merge(wanted, status):
    tests = [tried("test_1"), tried("test_2"), tried("test_3", outcome="skipped"), tried("test_4", evidence="fake")]
    write("live.json", run(*tests[:3], id_="live"))
    write("fake.json", run(tests[3], id_="fake", mode="fake", host=""))
    result = report("merge", "live.json", "fake.json", "--require-live", str(wanted))
    assert result.exit_code == status
    assert result.stderr == (f"FAILED: 2 tests ran on a tenant, {wanted} were asked for\n" if status else "")


def test_the_report_says_so_too_but_not_what_others_make_of_its_runs():
    report("merge", write("a.json", GOOD), "--require-live=40", "-o", "short.json", "-o", "short.md")
    headline = "Cannot say: 1 test ran on a tenant, 40 were asked for"
    assert read("short.json")["verdict"]["headline"] == headline
    assert headline in Path("short.md").read_text(encoding="utf-8")
    assert report("merge", "short.json").exit_code == 0


NOWHERE = run(tried(evidence="fake"), mode="fake", host="")


@pytest.mark.parametrize(("fail_on", "status"), [(None, 1), ("any", 1), ("never", 0)])
def test_where_nobody_can_say_the_merge_fails_unless_nothing_is_to_fail(fail_on, status):
    result = report("merge", write("a.json", NOWHERE), *(["--fail-on", fail_on] if fail_on else []))
    assert result.stdout.startswith("Cannot say: nothing was verified on a tenant")
    assert result.exit_code == status
    assert ("FAILED: " in result.stderr) is bool(status)
    assert (result.stderr == "FAILED: Cannot say: nothing was verified on a tenant\n") is (fail_on is None)


@pytest.mark.parametrize(
    ("options", "is_told"), [([], False), (["--fail-on=breaking"], True), (["--fail-on=never"], False)]
)
def test_who_asks_to_fail_on_drift_is_told_that_nothing_was_compared(options, is_told):
    result = report("merge", write("a.json", NOWHERE), *options)
    assert ("FAILED: nothing was compared, and " in result.stderr) is is_told


@pytest.mark.parametrize("command", ["merge", "render"])
def test_a_terminal_that_does_not_take_all_characters_gets_what_it_takes(command):
    write("a.json", BROKEN)
    result = CliRunner(charset="cp1252").invoke(main, ["report", command, "a.json"], catch_exceptions=False)
    assert result.exit_code == (1 if command == "merge" else 0)
    assert "\\u2192 absent" in result.stdout


def test_the_files_are_written_though_the_merge_fails():
    report("merge", write("a.json", BROKEN), *(part for name in FORMS for part in ("-o", name)))
    assert all(Path(name).is_file() for name in FORMS)


# Acknowledgements

ENTRY = """
[[acknowledged]]
id = "response-property-removed"
path = "$[*].team"
reason = "Announced"
owner = "wallboard team"
expires = {expires}
"""


@pytest.mark.parametrize("name", ["cxone-acknowledged.toml", "other.toml"])
@pytest.mark.parametrize(("expires", "status"), [("2999-01-31", 0), ("2020-01-31", 1)], ids=["in force", "expired"])
def test_acknowledgements_count_when_reports_are_merged(name, expires, status):
    Path(name).write_text(ENTRY.format(expires=expires), encoding="utf-8")
    options = [] if name.startswith("cxone") else ["--acknowledged", name]
    result = report("merge", write("a.json", BROKEN), *options)
    assert result.exit_code == status
    assert "wallboard team" in result.stdout


def test_a_wrong_file_of_acknowledgements_is_wrong_usage():
    Path("cxone-acknowledged.toml").write_text("[[acknowledged]]\n", encoding="utf-8")
    result = report("merge", write("a.json", GOOD))
    assert result.exit_code == 2
    assert "entry 1 of [[acknowledged]]: lacks reason, owner, expires" in result.stderr


# What is no report


def damaged(edit):
    write("whole.json", BROKEN)
    document = read("whole.json")
    edit(document["evidence"])
    return json.dumps(document)


def with_operation(evidence):
    for sight in evidence["sights"]:
        sight[0] = "getNothing"


NO_REPORTS = {
    "no JSON": (lambda: "<html>", "is not a JSON report, which --cxone-report=NAME.json writes"),
    "no text": (lambda: b"\xff\xfe\x00", "is not a JSON report, which --cxone-report=NAME.json writes"),
    "too deep": (lambda: "[" * 100_000, "is not a JSON report, which --cxone-report=NAME.json writes"),
    "another document": (lambda: '{"version": 1}', "holds no evidence: it is not a JSON report, which"),
    "a list": (lambda: "[]", "holds no evidence: it is not a JSON report, which"),
    "no evidence": (lambda: '{"evidence": null}', "the report's evidence is damaged"),
    "of another version": (lambda: damaged(lambda one: one.update(version=9)), "evidence is of version 9, not 1; it was written by pytest-cxone '0.1.0', and this is"),
    "damaged": (lambda: damaged(lambda one: one["sights"].clear()), "the report's evidence is damaged"),
    "without a zone": (
        lambda: damaged(lambda one: one["runs"][0].update(started="2026-11-23T08:00:00")),
        "the report's evidence is damaged",
    ),
    "of no dialect": (
        lambda: damaged(lambda one: one["runs"][0].update(dialect="platform-v9")), "the report's evidence is damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("command", ["merge", "render"])
@pytest.mark.parametrize(("text", "why"), NO_REPORTS.values(), ids=NO_REPORTS)
def test_what_is_no_report_is_wrong_usage_and_the_file_is_named(command, text, why):
    content = text()
    Path("wrong.json").write_bytes(content if isinstance(content, bytes) else content.encode())
    result = report(command, "wrong.json")
    assert result.exit_code == 2
    assert "wrong.json" in result.stderr
    assert why in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["merge", "render"])
def test_a_report_of_an_operation_that_this_version_does_not_know_is_shown_by_its_id(command):
    Path("other.json").write_text(damaged(with_operation), encoding="utf-8")
    result = report(command, "other.json")
    assert "getNothing" in result.stdout


@pytest.mark.parametrize("command", ["merge", "render"])
def test_a_file_that_is_not_there_is_wrong_usage(command):
    result = report(command, "none.json")
    assert result.exit_code == 2
    assert "'none.json' does not exist" in result.stderr


def test_nothing_to_merge_is_wrong_usage():
    assert report("merge").exit_code == 2


@pytest.mark.parametrize("command", ["merge", "render"])
@pytest.mark.parametrize("name", ["out.pdf", "out", "json"])
def test_another_form_is_wrong_usage_that_names_those_there_are(command, name):
    result = report(command, write("a.json", GOOD), "-o", name)
    assert result.exit_code == 2
    assert "is to end in one of .json, .md, .html, .sarif" in " ".join(result.stderr.split())


@pytest.mark.parametrize("command", ["merge", "render"])
def test_a_file_that_cannot_be_written_is_told(command):
    Path("file").write_text("", encoding="utf-8")
    result = report(command, write("a.json", GOOD), "-o", "file/out.json")
    assert result.exit_code == 1
    assert "file/out.json could not be written: " in result.stderr


@pytest.mark.parametrize("arguments", [["--fail-on", "sometimes"], ["--require-live", "-1"], ["--require-live", "x"]])
def test_a_wrong_value_is_wrong_usage(arguments):
    assert report("merge", write("a.json", GOOD), *arguments).exit_code == 2


# Rehearsals


def shards(*outcomes, least=None):
    """Write a report for each shard of a rehearsal, each with this outcome of the same upgrade."""
    for number, outcome in enumerate(outcomes, 1):
        tests = (tried(f"test_{number}", evidence="fake"),)
        one = upgrade(outcome=outcome, test=f"test_{number}" if outcome is Outcome.NOTICED else "")
        of = {"rehearse_least": least, "shard": (number, len(outcomes))}
        yield write(f"{number}.json", rehearsed(one, id_=str(number), tests=tests, **of))


def test_shards_of_a_rehearsal_merge_and_one_test_that_notices_is_enough():
    report("merge", *shards(Outcome.SURVIVED, Outcome.NOTICED), "--output", "out.json")
    (one,) = read("out.json")["rehearsals"]
    assert [(each["outcome"], each["test"]) for each in one["upgrades"]] == [("noticed", "test_2")]
    assert (one["tests"], one["score"]) == (2, 100.0)


def test_a_shard_of_a_rehearsal_that_is_missing_is_no_score_to_rest_on():
    first, _ = shards(Outcome.NOTICED, Outcome.NOTICED)
    result = report("merge", first)
    assert result.exit_code == 1
    assert result.stdout.startswith("Cannot say: shard 2 of 2 is missing (fake, platform-v2)")


def test_a_merged_rehearsal_can_be_merged_again():
    report("merge", *shards(Outcome.SURVIVED, Outcome.NOTICED), "--output", "out.json")
    report("merge", "out.json", "--output", "again.json")
    assert read("again.json")["rehearsals"] == read("out.json")["rehearsals"]


def test_survivors_are_shown_and_a_least_that_was_asked_for_counts_after_a_merge():
    names = list(shards(Outcome.SURVIVED, Outcome.SURVIVED, least=90.0))
    result = report("merge", *names)
    assert result.exit_code == 1
    assert "survived" in result.stdout
    assert "--cxone-rehearse-min=90 asks for more" in result.stderr
    assert report("merge", *shards(Outcome.SURVIVED, Outcome.NOTICED, least=90.0)).exit_code == 0
