"""Reports of a run: which files are written, what stands where people look, and what never stands anywhere."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pytest_cxone.conclusion import Conclusion
from pytest_cxone.model import Headers, Response
from pytest_cxone.report import annotations, html, making, sarif, terminal  # noqa: F401 - imported once for all inner runs
from pytest_cxone.report.reading import read_runs
from pytest_cxone.run import Run
from tests.site import SECRET, TOKEN
from tests.upgrading import BOARD, QUIET, body, every, headers, opened, rows, told, without

pytest_plugins = ["pytester"]

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())
MORE = rows(skill="Billing")
LESS = without("team")
FORMS = ["report.json", "report.md", "report.html", "report.sarif"]
ALL = [f"--cxone-report={name}" for name in FORMS]


@pytest.fixture
def bench(pytester, monkeypatch):
    with opened(pytester, monkeypatch) as bench:
        yield bench


@pytest.fixture
def recorded(bench):
    bench.write()
    bench.record()
    return bench


def there(bench, *names):
    return [name for name in names if (bench.path / name).is_file()]


def text_of(bench, name):
    return (bench.path / name).read_text(encoding="utf-8")


# Files


def test_each_form_is_written_by_its_extension_and_all_tell_the_same(recorded):
    recorded.site.edit = LESS
    result = recorded.live(*ALL)
    document = recorded.read()
    VALIDATOR.validate(document)
    (finding,) = document["findings"]
    for name in FORMS:
        assert finding["fingerprint"] in text_of(recorded, name), name
    lines = told(result)
    assert all(any(name in line for line in lines) for name in FORMS)


def test_several_files_of_one_form_are_all_written(recorded):
    recorded.live("--cxone-report=a.json", "--cxone-report=new/folder/B.JSON", "--cxone-report=a.json")
    assert recorded.read("a.json") == recorded.read("new/folder/B.JSON")


@pytest.mark.parametrize("separator", [",", "\n", " , "], ids=["comma", "line", "blanks"])
def test_the_environment_may_name_several(recorded, monkeypatch, separator):
    monkeypatch.setenv("CXONE_REPORT", separator.join(FORMS))
    recorded.live()
    assert there(recorded, *FORMS) == FORMS


def test_the_ini_file_may_name_several_and_an_option_goes_before_it(recorded):
    (recorded.path / "pytest.ini").write_text("[pytest]\ncxone_report =\n    report.json\n    report.md\n", "utf-8")
    recorded.live()
    assert there(recorded, *FORMS) == ["report.json", "report.md"]
    recorded.live("--cxone-report=report.html")
    assert there(recorded, *FORMS) == ["report.json", "report.md", "report.html"]


@pytest.mark.parametrize("name", ["report.pdf", "report", ".jsonl", "report.json,report.txt"])
def test_another_form_is_an_error_of_the_run_that_names_those_there_are(recorded, name):
    result = recorded.live(f"--cxone-report={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    wanted = "files, a line or a comma each, that end in .json, .md, .html, .sarif"
    assert f"ERROR: cxone: --cxone-report must be {wanted}, not {name!r}" in result.stderr.lines


def test_a_name_may_have_a_comma(recorded):
    recorded.live("--cxone-report=us,eu.json", "--cxone-report=a.MD,b.html")
    assert there(recorded, "us,eu.json", "a.MD", "b.html") == ["us,eu.json", "a.MD", "b.html"]


def test_a_file_that_cannot_be_written_is_told_and_red_and_the_others_are_written(recorded):
    (recorded.path / "file").write_text("", encoding="utf-8")
    result = recorded.live("--cxone-report=file/a.json", "--cxone-report=b.json", "--cxone-report=c.md")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED: the report file/a.json could not be written: *"])
    assert there(recorded, "b.json", "c.md") == ["b.json", "c.md"]
    assert recorded.read("b.json")["verdict"]["outlook"] == "go"


@pytest.mark.parametrize(("source", "folder"), [("flag", "below/"), ("variable", "below/"), ("key", "")])
def test_files_are_where_pytest_was_started_and_those_of_the_project_are_in_it(recorded, monkeypatch, source, folder):
    key = "cxone_report = report.json" if source == "key" else ""
    (recorded.path / "pytest.ini").write_text(f"[pytest]\n{key}\n", encoding="utf-8")
    (recorded.path / "below").mkdir()
    monkeypatch.chdir(recorded.path / "below")
    if source == "variable":
        monkeypatch.setenv("CXONE_REPORT", "report.json")
    recorded.live("..", *(["--cxone-report=report.json"] if source == "flag" else []))
    assert there(recorded, "below/report.json", "report.json") == [f"{folder}report.json"]


# What goes wrong with it


def broken(*_, **__):
    raise TypeError("no such thing\nas this")


def test_a_report_that_cannot_be_made_hides_nothing_of_the_run(recorded, monkeypatch):
    monkeypatch.setattr(making, "report_of", broken)
    result = recorded.live(*ALL, "--junit-xml=junit.xml")
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED: the report could not be made: TypeError: no such thing" in result.stdout.lines
    assert any(line.startswith("3 tests ran on the tenant at ") for line in result.stdout.lines)
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()
    assert told(result) == []
    assert there(recorded, *FORMS, "junit.xml") == ["junit.xml"]


def test_a_form_that_cannot_be_made_is_told_and_the_others_are_written(recorded, monkeypatch):
    monkeypatch.setattr(html, "html_of", broken)
    result = recorded.live(*ALL)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED: the report report.html could not be made: TypeError: no such thing" in told(result)
    assert there(recorded, *FORMS) == ["report.json", "report.md", "report.sarif"]


@pytest.mark.parametrize("failing", [(terminal, "lines"), (annotations, "annotations_of")], ids=["terminal", "GitHub"])
def test_a_report_that_cannot_be_shown_is_told_and_written(recorded, monkeypatch, failing):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setattr(*failing, broken)
    result = recorded.live(*ALL)
    result.assert_outcomes(passed=3)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED: the report could not be shown: TypeError: no such thing" in result.stdout.lines
    assert there(recorded, *FORMS) == FORMS


def test_half_a_character_in_a_message_does_not_hinder_the_report_nor_its_being_read(recorded):
    recorded.write(f"{BOARD}\n    def test_half(cxone):\n        import pytest\n        pytest.skip(chr(0xd800))\n")
    recorded.live(*ALL)
    assert there(recorded, *FORMS) == FORMS
    (run,) = read_runs(recorded.read()["evidence"])
    assert [test.message for test in run.tests if test.message] == ["\\ud800"]


def test_the_run_itself_is_told_in_the_report(recorded):
    document = recorded.report()
    (part,) = document["parts"]
    assert re.fullmatch(r"127\.0\.0\.1:\d+ \(served fake\)", part["host"])
    assert (part["mode"], part["dialect"], part["api_versions"]) == ("live", "platform-v2", ["v2"])
    assert (part["ran"], part["passed"], part["failed"], part["skipped"]) == (3, 3, 0, 0)
    assert part["requests"] == 6
    assert part["shard"] is None
    agreements = {row["behaviour"]: row["live"]["agreement"] for row in document["parity"]}
    assert [behaviour for behaviour, agreement in agreements.items() if agreement == "agree"] == [
        "states.list-online-only", "profile.any-login",
    ]  # fmt: skip


@pytest.mark.parametrize("mode", ["offline", "fake", "replay"])
def test_a_run_without_a_tenant_writes_reports_that_keep_the_schema_too(recorded, mode):
    recorded.run(f"--cxone={mode}", *ALL)
    document = recorded.read()
    VALIDATOR.validate(document)
    assert there(recorded, *FORMS) == FORMS
    evidence = "fake" if mode == "fake" else "cassette"
    (row,) = (row for row in document["parity"] if row["behaviour"] == "states.list-online-only")
    assert row[evidence]["passed"] + row[evidence]["failed"] == 1
    assert row["live"]["agreement"] == "not verified"


# Where people look


def test_markdown_is_added_to_the_summary_of_a_job_once(recorded, monkeypatch):
    summary = recorded.path / "summary"
    summary.write_text("# What was there\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    recorded.site.edit = LESS
    recorded.live("--cxone-report=a.json")
    assert summary.read_text(encoding="utf-8") == "# What was there\n"
    recorded.live("--cxone-report=a.md", "--cxone-report=b.md")
    assert summary.read_text(encoding="utf-8") == "# What was there\n" + text_of(recorded, "a.md") + "\n"
    assert text_of(recorded, "a.md") == text_of(recorded, "b.md")


def test_a_summary_that_cannot_be_written_is_told_and_red(recorded, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(recorded.path / "none" / "summary"))
    result = recorded.live("--cxone-report=a.md")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["FAILED: the job's summary could not be written: No such file or directory"])
    assert "the report a.md" not in result.stdout.str()
    assert there(recorded, "a.md") == ["a.md"]
    assert any("a.md" in line for line in told(result))


@pytest.mark.parametrize(("value", "has_any"), [("true", True), ("false", False), ("", False), (None, False)])
def test_annotations_are_for_github_alone(recorded, monkeypatch, value, has_any):
    if value is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", value)
    recorded.site.edit = LESS
    lines = [line for line in recorded.live().stdout.lines if line.startswith("::")]
    assert bool(lines) is has_any
    if has_any:
        assert lines[0].startswith("::error title=CXone::Do not go on: 1 breaking change")
        assert lines[1].startswith("::error file=test_board.py,title=CXone%3A breaking change::team is gone")


def test_a_run_without_a_tenant_has_no_annotations(recorded, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = recorded.run("--cxone=replay", "--cxone-report=a.json")
    assert not [line for line in result.stdout.lines if line.startswith("::")]


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_junit_has_the_verdict_and_the_findings_of_the_suite_and_the_behaviours_of_tests(recorded, workers):
    recorded.site.edit = every(LESS, MORE)
    recorded.live("--junit-xml=junit.xml", "--cxone-report=report.json", workers=workers)
    document = recorded.read()
    suite = ET.parse(recorded.path / "junit.xml").getroot().find("testsuite")
    told_ = [(one.get("name"), one.get("value")) for one in suite.find("properties")]
    assert ("cxone_verdict", "stop: Do not go on: 1 breaking change") in told_
    findings = [value for name, value in told_ if name == "cxone_finding"]
    assert len(findings) == len(document["findings"]) == 2
    assert findings[0] == (
        "breaking: listAgentStates 200 $[*].team: object → absent (response-property-removed; 5 and 5 seen)"
    )
    properties = {
        case.get("name"): {one.get("name"): one.get("value") for one in case.find("properties")}
        for case in suite.iter("testcase")
    }
    assert properties["test_listing"]["cxone_behaviour"] == "states.list-online-only"
    assert properties["test_listing"]["cxone_evidence"] == "live"
    assert "cxone_behaviour" not in properties["test_row"]


def test_junit_has_the_severity_that_counts_and_until_when_it_does_not(recorded):
    entry = '[[{kind}]]\nid = "{id_}"\npath = "{path}"\nreason = "known"\nowner = "us"\nexpires = 2999-01-31\n'
    recorded.acknowledge(
        entry.format(kind="acknowledged", id_="response-property-removed", path="$[*].team")
        + entry.format(kind="severity", id_="response-property-added", path="$[*].skill")
        + 'severity = "cosmetic"\n'
    )
    recorded.site.edit = every(LESS, MORE)
    recorded.live("--junit-xml=junit.xml")
    properties = ET.parse(recorded.path / "junit.xml").getroot().find("testsuite").find("properties")
    gone, new = (one.get("value") for one in properties if one.get("name") == "cxone_finding")
    assert gone.startswith("breaking: listAgentStates 200 $[*].team: ")
    assert gone.endswith(" seen) (acknowledged until 2999-01-31)")
    assert new.startswith("cosmetic: listAgentStates 200 $[*].skill: ")
    assert new.endswith(" seen)")


@pytest.mark.parametrize("workers", [0, 1], ids=["alone", "worker"])
def test_a_test_of_the_shipped_suite_is_called_by_its_module_as_its_file_is_none_of_the_projects(bench, workers):
    bench.site.edit = body(lambda agent: {**agent, "agentId": "1"}, on="/api/v2/agents/")
    options = ["--pyargs", "pytest_cxone.contract.test_profile", "-W", "ignore::pytest.PytestAssertRewriteWarning"]
    bench.live(*options, *ALL, workers=workers)
    failures = [one["test"] for one in bench.read()["failures"]]
    assert failures
    assert all(test.startswith("pytest_cxone.contract.test_profile::test_") for test in failures)
    assert "test_profile.py" not in text_of(bench, "report.sarif")


@pytest.mark.parametrize("name", ["GITHUB_RUN_ID", None])
def test_a_run_tells_which_one_of_the_ci_it_is_of(recorded, monkeypatch, name):
    for known in ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "BUILD_BUILDID"):
        monkeypatch.delenv(known, raising=False)
    if name:
        monkeypatch.setenv(name, "1658821493")
    (run,) = recorded.report()["evidence"]["runs"]
    assert run["series"] == ("1658821493" if name else "")


# What is no run of ours


@pytest.mark.parametrize("options", [[], ["--cxone-live"], ["--cxone-live", "--cxone-fail-on=any"]])
def test_collecting_alone_writes_and_tells_nothing(recorded, options):
    result = recorded.run("--collect-only", *ALL, *options)
    assert result.ret == pytest.ExitCode.OK
    assert there(recorded, *FORMS) == []
    assert told(result) == []
    assert "FAILED" not in result.stdout.str()


def test_a_run_for_which_nothing_is_set_says_and_writes_nothing(pytester):
    pytester.makepyfile(test_plain="def test(): pass")
    result = pytester.runpytest_inprocess(*QUIET)
    assert "drift" not in result.stdout.str()
    assert {path.suffix for path in pytester.path.iterdir() if path.is_file()} == {".py"}


def test_a_live_run_without_a_test_of_ours_asks_nothing_and_cannot_say(bench):
    bench.write("def test(): pass")
    result = bench.live("--cxone-report=report.json")
    assert result.ret == pytest.ExitCode.OK
    assert told(result)[0] == "Cannot say: nothing was verified on a tenant"
    document = bench.read()
    VALIDATOR.validate(document)
    assert document["parts"][0]["ran"] == 0
    assert list(bench.site.fake.journal) == []


def test_a_run_without_any_test_cannot_say_either(bench):
    result = bench.live("--cxone-report=report.json")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert bench.read()["verdict"]["outlook"] == "unclear"


# What stands nowhere

PERSON = "Zebediah Quackenbush"
MAIL = "zebediah.quackenbush@somebody.example"
PHONE = "+49 171 5550199"
NUMBER = "887766554433"
ID = "c0ffee00-1234-4321-abcd-0123456789ab"
LEAKED = (PERSON, "Quackenbush", "quackenbush", MAIL, PHONE, NUMBER, ID, SECRET, TOKEN)


def telling(request, answer):
    """Put persons, ids and the token where nobody expects them: names of properties, values, headers."""
    token = request.headers.get("Authorization", "").partition(" ")[2]
    names = {MAIL: 1, PERSON: 2, ID: 3, NUMBER: {PERSON: [PHONE]}, f"token {token}": 4}
    edits = every(
        rows(name=PERSON, email=MAIL, phone=PHONE, userId=ID, note=f"called {PERSON} with {token}", **names),
        body(lambda agent: {**agent, **names, "manager": PERSON}, on="/api/v2/agents/12345"),
        headers(X_Agent=PERSON, Link=f"<https://example.com/{MAIL}?token={token}>", Allow=PERSON),
        headers(on="/api/v2/agents/12345", Content_Type=f'application/json; for="{PERSON}"'),
    )
    return edits(request, answer)


CARELESS = """
    import os
    import pytest
    from pytest_cxone import agent_online

    def test_listing(cxone):
        rows = [row.raw for row in cxone.online_agents()]
        assert rows == [], rows

    def test_profile(cxone):
        agent = cxone.agent("12345")
        raise LookupError(f"{agent.raw} is {agent.name} of {agent.email}")

    def test_token(cxone):
        sent = cxone.http.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states").request
        pytest.skip(f"not with {sent.headers}")

    @agent_online("12345")
    def test_error(cxone):
        answer = cxone.http.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/12345")
        assert not answer.json(), answer.text
"""


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_no_form_of_report_tells_of_persons_ids_or_tokens(bench, monkeypatch, workers):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(bench.path / "summary.md"))
    bench.write()
    bench.record()
    bench.site.world.add_agent("12345678", name=PERSON, email=MAIL)
    bench.site.world.log_in("12345678")
    bench.write(BOARD + CARELESS.replace("test_listing", "test_careless").replace("test_profile", "test_raises"))
    bench.site.edit = telling
    result = bench.live(*ALL, "--junit-xml=junit.xml", workers=workers)
    written = [*FORMS, "junit.xml", "summary.md"]
    assert there(bench, *written) == written
    document = bench.read()
    assert document["findings"]
    assert len(document["failures"]) >= 3
    grants = [one.response.body for one in bench.site.fake.journal if one.request.method == "POST"]
    tokens = [json.loads(grant)["access_token"] for grant in grants]
    own = [text for agent in bench.site.world.agents for text in (agent.name, agent.email)]
    for name, text in {"stdout": result.stdout.str(), **{name: text_of(bench, name) for name in written}}.items():
        assert [word for word in (*LEAKED, *tokens, *own) if word in text] == [], name


def test_errors_that_name_somebody_are_told_without_the_name(bench):
    bench.write("""
        def test_profile(cxone):
            assert cxone.agent("12345")
    """)
    bench.record()

    def refuse(request, answer):
        if "/agents/12345" not in request.target.path:
            return answer
        refused = {"error": f"{PERSON} ({MAIL}) may not see {ID}", "email": MAIL, "name": PERSON}
        return Response(
            status=400,
            headers=Headers({"Content-Type": "application/json"}),
            body=json.dumps(refused).encode(),
        )

    bench.site.edit = refuse
    result = bench.live(*ALL, "--junit-xml=junit.xml")
    assert bench.read()["verdict"]["headline"] == "Do not go on: 1 breaking change, 1 test failed"
    for name, text in {
        "stdout": result.stdout.str(), **{name: text_of(bench, name) for name in (*FORMS, "junit.xml")}
    }.items():  # fmt: skip
        assert [word for word in LEAKED if word in text] == [], name


LOOKING = """
    def test_profile(cxone):
        assert cxone.agent("12345")

    def test_rows(cxone):
        assert list(cxone.online_agents())
"""


def reported(bench):
    """Run live, and return all that was written and shown, by its name."""
    result = bench.live(*ALL, "--junit-xml=junit.xml")
    return {"stdout": result.stdout.str(), **{name: text_of(bench, name) for name in (*FORMS, "junit.xml")}}


@pytest.mark.parametrize("called", ["Quackenbush", "Mallory"], ids=["somebody", "nobody"])
def test_a_property_by_the_name_of_somebody_stands_in_no_report(bench, called):
    bench.site.world.add_agent("12345", name=f"Zebediah {called}")
    bench.write(LOOKING)
    bench.record()
    bench.site.edit = rows(Quackenbush=1)
    texts = reported(bench)
    is_somebody = called == "Quackenbush"
    for name in ("stdout", *FORMS):
        assert ("Quackenbush" in texts[name]) is not is_somebody, name
    [unsaid] = [one for one in bench.read()["not_compared"] if one["path"] == "$[*].*"] if is_somebody else [None]
    assert is_somebody is (unsaid is not None)


def test_a_property_that_is_declared_is_named_though_somebody_is_called_so(bench):
    bench.site.world.add_agent("12345", name="team")
    bench.write(LOOKING)
    bench.record()
    bench.site.edit = LESS
    texts = reported(bench)
    assert [one["path"] for one in bench.read()["findings"]] == ["$[*].team"]
    assert "team is gone" in texts["stdout"]


OF_A_TEAM = """
    def test_state(cxone):
        assert cxone.agent_state("12345")
"""


@pytest.mark.parametrize("rules", ["name: teamName", "text: team*", ""], ids=["name", "wildcard", "none"])
def test_values_that_a_rule_of_the_users_hides_do_not_stand_in_the_evidence(pytester, monkeypatch, rules):
    pytester.makeini(f"[pytest]\ncxone_scrub = {rules}\n")
    with opened(pytester, monkeypatch, "acd") as bench:
        bench.write(OF_A_TEAM)
        bench.site.world.add_agent("12345", team="Nightingales")
        bench.record()
        # What the contract alone says of it may be shown.
        assert ("Nightingales" in json.dumps(bench.report())) is (not rules)


def test_the_host_of_a_tenant_of_its_own_is_not_told(recorded, monkeypatch):
    """A host that is nobody else's would tell whose tenant it is; loopback is nobody's."""
    environ = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": SECRET}

    def host(**given):
        run = Run({"mode": "live", **given}, environ, {}, project=recorded.path)
        return Conclusion(run, None)._host()

    assert host(base_url="https://quackenbush-inc.example") == "a host of its own"
    assert host() == "platform.nicecxone.com"
    assert host(mode="replay") == ""


def test_why_a_test_failed_does_not_tell_whose_tenant_it_was(recorded):
    environ = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": SECRET}
    given = {"mode": "live", "base_url": "https://quackenbush-inc.example:8443/api"}
    conclusion = Conclusion(Run(given, environ, {}, project=recorded.path), None)
    for why in (
        "NetworkError: https://Quackenbush-Inc.example:8443/api/v2 does not answer",
        ("test_board.py", 3, "Skipped: cxone: no answer from api.quackenbush-inc.example"),
    ):
        report = pytest.TestReport("a.py::test", ("a.py", 0, "test"), {}, "failed", why, "call")
        told_ = conclusion._reason(report)
        assert "quackenbush" not in told_.lower()
        assert "the tenant's host" in told_
