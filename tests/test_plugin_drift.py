"""Drift as a run tells it: what has changed since the recording, what makes the run red, and what nobody can say."""

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from pytest_cxone.cli import main
from pytest_cxone.conclusion import Conclusion
from pytest_cxone.report.annotations import annotations_of  # noqa: F401 - imported once for all inner runs
from pytest_cxone.run import Run
from tests.site import SECRET
from tests.upgrading import BOARD, body, every, headers, opened, rows, status, told, without

pytest_plugins = ["pytester"]

MORE = rows(skill="Billing")
LESS = without("team")
GERMAN = headers(Content_Language="de")
FINGERPRINT = re.compile(r"\b[0-9a-f]{12}\b")


@pytest.fixture
def bench(pytester, monkeypatch):
    with opened(pytester, monkeypatch) as bench:
        yield bench


@pytest.fixture
def recorded(bench):
    """A project whose tests were recorded on the tenant as it is."""
    bench.write()
    bench.record()
    return bench


def found(document):
    return [(one["severity"], one["id"], one["operation"], one["path"]) for one in document["findings"]]


# What is told


def test_a_tenant_that_has_not_changed_is_told_in_a_line_with_what_it_rests_on(recorded):
    result = recorded.live()
    assert result.ret == pytest.ExitCode.OK
    lines = told(result)
    assert lines[0] == "Go on: no drift in 3 operations"
    assert " ".join(" ".join(lines[1:]).split()) == (
        "3 tests ran on the tenant "
        "the tenant was the fake that pytest-cxone serves: this says nothing about NICE's service"
    )
    assert "FAILED" not in result.stdout.str()


def test_agents_who_log_in_and_out_and_change_their_state_are_no_drift(recorded):
    for agent_id in map(str, range(50_001, 50_041)):
        recorded.site.world.log_in(agent_id)
    recorded.site.world.log_out("998877")
    recorded.site.world.set_state("40004", "Unavailable")
    assert told(recorded.live())[0] == "Go on: no drift in 3 operations"


def test_what_has_changed_is_told_the_worst_first_with_samples_and_fingerprint_and_is_red(bench):
    bench.write()
    bench.site.edit = GERMAN
    bench.record()
    bench.site.edit = every(MORE, LESS)
    result = bench.live("--cxone-report=report.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(passed=3)
    document = bench.read()
    assert found(document) == [
        ("breaking", "response-property-removed", "listAgentStates", "$[*].team"),
        ("additive", "response-property-added", "listAgentStates", "$[*].skill"),
        ("cosmetic", "response-header-removed", "listAgentStates", "header content-language"),
    ]
    lines = told(result)
    assert lines[0] == "Do not go on: 1 breaking change"
    assert [line.split()[0] for line in lines if re.match(r"  (breaking|additive|cosmetic) ", line)] == [
        "breaking", "additive", "cosmetic",
    ]  # fmt: skip
    prints = [FINGERPRINT.findall(line)[0] for line in lines if FINGERPRINT.search(line)]
    assert prints == [one["fingerprint"] for one in document["findings"]]
    assert "5 and 5 seen" in "\n".join(lines)
    assert "FAILED: 1 change of the API (--cxone-fail-on=breaking)" in lines


def test_a_test_that_fails_on_the_change_is_told_beside_it(recorded):
    recorded.site.edit = status(403)
    result = recorded.live("--cxone-report=report.json")
    document = recorded.read()
    assert document["verdict"]["headline"] == "Do not go on: 1 breaking change, 2 tests failed"
    assert told(result)[0] == document["verdict"]["headline"]
    assert found(document) == [("breaking", "response-status-changed", "listAgentStates", "status")]
    assert {one["test"] for one in document["failures"]} == {"test_board.py::test_listing", "test_board.py::test_row"}
    assert all("403" in one["message"] for one in document["failures"])


def test_a_finding_names_the_tests_and_the_behaviours_that_ask_for_it_and_when_it_was_recorded(recorded):
    recorded.site.edit = body(lambda agent: {**agent, "pronouns": "they"}, on="/api/v2/agents/12345")
    (finding,) = recorded.report()["findings"]
    assert finding["label"] == "GET /api/v2/agents/{agentId}"
    assert finding["tests"] == ["test_board.py::test_profile"]
    assert finding["behaviours"] == ["profile.any-login"]
    (evidence,) = finding["evidence"]
    assert re.fullmatch(r"recorded 20\d\d-\d\d-\d\dT\S+ served fake, \S+", evidence)


def test_a_change_that_breaks_the_contract_too_is_told_once(recorded):
    recorded.site.edit = body(lambda listed: [{**row, "state": {"name": 1}} for row in listed])
    document = recorded.report()
    assert len(document["findings"]) == 1
    (finding,) = document["findings"]
    assert finding["path"] == "$[*].state.name"
    assert [word.partition(" ")[0] for word in finding["evidence"]] == ["recorded", "the"]


def test_the_order_of_a_listing_is_told_though_a_recording_has_other_ids(bench):
    bench.write()
    bench.site.online(20)
    bench.record()
    assert bench.report()["findings"] == []
    bench.site.edit = body(lambda listed: listed[::-1])
    assert found(bench.report()) == [("breaking", "response-order-changed", "listAgentStates", "order")]


# What makes a run red


@pytest.mark.parametrize(
    ("edit", "options", "is_red"),
    [
        pytest.param(LESS, [], True, id="breaking, nothing said"),
        pytest.param(MORE, [], False, id="additive, nothing said"),
        pytest.param(MORE, ["--cxone-fail-on=additive"], True, id="additive from additive on"),
        pytest.param(MORE, ["--cxone-fail-on=any"], True, id="additive from any on"),
        pytest.param(GERMAN, ["--cxone-fail-on=additive"], True, id="a header more from additive on"),
        pytest.param(LESS, ["--cxone-fail-on=never"], False, id="breaking, never"),
        pytest.param(None, ["--cxone-fail-on=any"], False, id="nothing from any on"),
    ],
)
def test_a_live_run_is_red_from_the_severity_on_that_was_said(recorded, edit, options, is_red):
    recorded.site.edit = edit
    result = recorded.live(*options)
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if is_red else pytest.ExitCode.OK)
    result.assert_outcomes(passed=3)
    assert ("FAILED: 1 change of the API" in result.stdout.str()) is is_red


@pytest.mark.parametrize(("fail_on", "is_red"), [("additive", False), ("any", True)])
def test_what_is_cosmetic_is_red_for_any_only(bench, fail_on, is_red):
    bench.write()
    bench.site.edit = GERMAN
    bench.record()
    bench.site.edit = None
    result = bench.live(f"--cxone-fail-on={fail_on}")
    assert result.ret == int(is_red)
    assert "Go on: 1 cosmetic change, none breaking" in told(result)


@pytest.mark.parametrize("source", ["flag", "variable", "key"])
def test_the_severity_may_be_said_wherever_options_are(recorded, monkeypatch, source):
    recorded.site.edit = MORE
    options = ["--cxone-fail-on=additive"] if source == "flag" else []
    if source == "variable":
        monkeypatch.setenv("CXONE_FAIL_ON", "additive")
    if source == "key":
        options = ["-o", "cxone_fail_on=additive"]
    result = recorded.live(*options)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED: 1 change of the API (--cxone-fail-on=additive)" in told(result)


def test_a_severity_that_is_none_is_an_error_of_the_run(bench):
    bench.write()
    result = bench.live("--cxone-fail-on=sometimes")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["ERROR: cxone: --cxone-fail-on must be one of breaking, additive, any, never, not 'sometimes'"]
    )


# Recording


def test_a_recording_run_compares_with_what_it_replaces_and_is_green(recorded):
    recorded.site.edit = LESS
    result = recorded.record("--cxone-report=change.md")
    assert told(result)[0] == "Do not go on: 1 breaking change"
    assert "team is gone" in (recorded.path / "change.md").read_text(encoding="utf-8")
    # What was written is what the next one compares with.
    assert told(recorded.record())[0] == "Go on: no drift in 3 operations"


def test_a_recording_run_may_be_told_to_be_red(recorded):
    recorded.site.edit = LESS
    result = recorded.run("--cxone-record", "--cxone-fail-on=breaking")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "FAILED: 1 change of the API (--cxone-fail-on=breaking)" in told(result)


def test_a_run_that_records_what_is_missing_compares_with_what_is_there(recorded):
    recorded.site.edit = MORE
    result = recorded.run("--cxone-record=missing")
    assert result.ret == pytest.ExitCode.OK
    assert told(result)[0] == "Go on: 1 additive change, none breaking"


@pytest.mark.parametrize("mode", ["offline", "fake", "replay"])
def test_a_run_that_reaches_no_tenant_tells_of_no_drift(bench, mode):
    bench.write(LOOKED_UP)
    bench.record()
    result = bench.run(f"--cxone={mode}", "--cxone-report=report.json", "--cxone-fail-on=any")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK
    assert told(result) == []
    assert "cxone: wrote report.json" in result.stdout.lines
    document = bench.read()
    assert document["verdict"] == {
        "outlook": "unclear",
        "headline": "Cannot say: nothing was verified on a tenant",
        "reasons": [],
    }
    assert document["findings"] == []


# Acknowledgements

ENTRY = """
    [[acknowledged]]
    {which}
    reason = "Announced for 26.4"
    owner = "wallboard team"
    expires = {expires}
"""


def entry(which, expires="2999-01-31"):
    return ENTRY.format(which=which, expires=expires).replace("    ", "")


BY_PLACE = 'id = "response-property-removed"\npath = "$[*].team"'


def test_a_change_is_acknowledged_by_the_fingerprint_that_the_report_shows(recorded):
    recorded.site.edit = LESS
    (fingerprint,) = {print_ for line in told(recorded.live()) for print_ in FINGERPRINT.findall(line)}
    recorded.acknowledge(entry(f'fingerprint = "{fingerprint}"'))
    result = recorded.live()
    assert result.ret == pytest.ExitCode.OK
    lines = told(result)
    assert lines[0].startswith("Go on: ")
    assert any(line.startswith("  acknowledged  1 change, by wallboard team") for line in lines)


def test_a_change_is_acknowledged_by_its_kind_and_place(recorded):
    recorded.acknowledge(entry(BY_PLACE))
    recorded.site.edit = LESS
    document = recorded.report()
    assert document["findings"][0]["acknowledged"] == {
        "reason": "Announced for 26.4",
        "owner": "wallboard team",
        "expires": "2999-01-31",
        "expired": False,
    }
    assert document["verdict"]["outlook"] == "go"
    assert document["summary"]["acknowledged"] == 1
    recorded.site.edit = every(LESS, without("lastUpdated"))
    assert recorded.live().ret == pytest.ExitCode.TESTS_FAILED


def test_an_acknowledgement_that_has_expired_counts_no_more_and_that_is_said(recorded):
    recorded.acknowledge(entry(BY_PLACE, "2020-01-31"))
    recorded.site.edit = LESS
    result = recorded.live()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    lines = told(result)
    assert lines[0] == "Do not go on: 1 breaking change"
    (line,) = [line for line in lines if line.startswith("  expired ")]
    assert "on 2020-01-31 (wallboard team): it counts" in line


def test_a_severity_may_be_another_and_the_report_says_why(recorded):
    recorded.acknowledge(entry(BY_PLACE + '\nseverity = "cosmetic"').replace("acknowledged", "severity"))
    recorded.site.edit = LESS
    document = recorded.report()
    (finding,) = document["findings"]
    assert finding["severity"] == "cosmetic"
    assert finding["overridden"] == ("cosmetic and not breaking: Announced for 26.4 (wallboard team, until 2999-01-31)")
    assert document["verdict"]["headline"] == "Go on: 1 cosmetic change, none breaking"


def test_a_severity_may_be_raised_too(recorded):
    recorded.acknowledge(
        entry('id = "response-property-added"\nseverity = "breaking"').replace("acknowledged", "severity")
    )
    recorded.site.edit = MORE
    result = recorded.live()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert told(result)[0] == "Do not go on: 1 breaking change"


def test_an_entry_that_fits_nothing_is_named(recorded):
    recorded.acknowledge(entry('fingerprint = "0123456789ab"'))
    lines = told(recorded.live())
    assert [line for line in lines if "[[acknowledged]] 1 (0123456789ab; wallboard team" in line]


def test_where_nothing_was_compared_no_entry_is_called_needless(bench):
    bench.write()
    bench.acknowledge(entry('fingerprint = "0123456789ab"'))
    assert bench.report()["stale"] == []


def test_the_file_of_the_project_is_found_from_below_and_another_may_be_named(recorded, monkeypatch):
    recorded.site.edit = LESS
    (recorded.path / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    (recorded.path / "below").mkdir()
    recorded.acknowledge(entry(BY_PLACE))
    monkeypatch.chdir(recorded.path / "below")
    assert recorded.live("..").ret == pytest.ExitCode.OK
    (recorded.path / "none.toml").write_text("", encoding="utf-8")
    assert recorded.live("..", "--cxone-acknowledged=none.toml").ret == pytest.ExitCode.TESTS_FAILED


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[[acknowledged]]\nfingerprint = 12\n", "lacks reason, owner, expires"),
        (
            entry(BY_PLACE) + entry('id = "response-property-removed"'),
            "entry 2 of *: would acknowledge what nobody has seen: *",
        ),
        (entry(BY_PLACE).replace("2999-01-31", '"soon"'), "entry 1 of *: expires is to be a date such as *"),
        ("acknowledged", "is not TOML"),
    ],
    ids=["lacking", "too wide", "no date", "no TOML"],
)
def test_a_wrong_file_is_an_error_of_the_run_before_any_test(recorded, text, wrong):
    asked = len(recorded.site.fake.journal)
    recorded.acknowledge(text)
    result = recorded.live()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: cxone: *cxone-acknowledged.toml*{wrong}*"])
    assert len(recorded.site.fake.journal) == asked


def test_a_file_that_is_named_and_not_there_is_one_too(recorded):
    result = recorded.live("--cxone-acknowledged=other.toml")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["ERROR: cxone: *other.toml cannot be read: No such file or directory"])


# What nobody can say


def test_where_nothing_is_recorded_it_is_not_known_whether_anything_has_changed(bench):
    bench.write()
    result = bench.live("--cxone-report=report.json")
    document = bench.read()
    assert document["verdict"]["outlook"] == "unclear"
    assert document["summary"]["compared"] == 0
    assert document["summary"]["checked"] == 3
    assert told(result)[0] == "Cannot say: nothing is recorded to compare with; 3 operations kept the contract"
    assert "no drift" not in result.stdout.str()
    assert "not compared: getAgent: no recording of 1 test" in "\n".join(
        f"not compared: {one['operation']}: {one['reason']}" for one in document["not_compared"]
    )


def test_what_breaks_the_contract_is_found_without_a_recording(bench):
    bench.write()
    bench.site.edit = without("lastUpdated")
    document = bench.report()
    assert ("breaking", "response-breaks-contract", "listAgentStates", "$[*].lastUpdated") in found(document)
    assert document["verdict"]["outlook"] == "stop"


def test_a_test_without_a_recording_among_others_is_told_and_nothing_is_called_no_drift(recorded):
    recorded.write(BOARD + "\n    def test_new(cxone):\n        assert cxone.agent_state('998877').is_online\n")
    result = recorded.live("--cxone-report=report.json")
    text = "\n".join(told(result))
    assert "no drift" not in text
    assert "comparisons could not be made" in text
    assert {one["reason"] for one in recorded.read()["not_compared"]} == {"no recording of 1 test"}


def test_a_cassette_that_cannot_be_read_is_told_and_nothing_is_called_good(recorded):
    path = recorded.path / "cassettes" / "platform-v2" / "test_board" / "test_profile.yaml"
    path.write_text("{", encoding="utf-8")
    result = recorded.live("--cxone-report=report.json")
    assert result.ret == pytest.ExitCode.OK
    headline = recorded.read()["verdict"]["headline"]
    assert headline.startswith(
        "Cannot say: a cassette could not be read: cassettes/platform-v2/test_board/test_profile.yaml, line 2: "
    )
    assert str(recorded.path) not in headline
    assert "no drift" not in "\n".join(told(result))


def test_a_cassette_of_another_hand_is_compared_too(recorded):
    path = recorded.path / "cassettes" / "platform-v2" / "test_board" / "test_profile.yaml"
    path.write_text(re.sub(r"(?ms)^cxone:\n(  .*?\n)+", "", path.read_text(encoding="utf-8")), encoding="utf-8")
    recorded.site.edit = body(lambda agent: {**agent, "pronouns": "they"}, on="/agents/12345")
    assert found(recorded.report()) == [("additive", "response-property-added", "getAgent", "$.pronouns")]


def test_a_run_in_which_every_test_was_skipped_has_verified_nothing(bench):
    bench.write("""
        from pytest_cxone import agents_online

        @agents_online(50)
        def test_many(cxone):
            assert cxone.agent("12345")
    """)
    result = bench.live("--cxone-report=report.json")
    result.assert_outcomes(skipped=1)
    assert result.ret == pytest.ExitCode.OK
    assert told(result)[0] == "Cannot say: nothing was verified on a tenant"
    assert bench.read()["verdict"]["outlook"] == "unclear"


BEFORE_THE_TENANT = """
    @pytest.fixture(scope="session")
    def database():
        raise RuntimeError("no database")

    def test_stored(database, cxone):
        assert cxone.agent("12345")
"""


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_a_test_that_fails_before_it_comes_to_its_tenant_stops_too(recorded, workers):
    recorded.write(f"{BOARD}\n    import pytest\n{BEFORE_THE_TENANT}")
    document = recorded.report(workers=workers)
    assert document["verdict"]["outlook"] == "stop"
    assert document["verdict"]["headline"] == "Do not go on: 1 test failed"
    (failure,) = document["failures"]
    assert (failure["test"], failure["message"]) == ("test_board.py::test_stored", "RuntimeError: no database")
    (part,) = document["parts"]
    assert (part["passed"], part["failed"], part["skipped"]) == (3, 1, 0)


@pytest.mark.parametrize(
    "test",
    ["def test_later(cxone):", "@agent_online('12345')\n    def test_later():"],
    ids=["a fixture", "a marker"],
)
def test_a_test_of_a_tenant_that_a_mark_skips_is_counted(recorded, test):
    recorded.write(
        f"{BOARD}\n    import pytest\n\n    @pytest.mark.skip(reason='not today')\n    {test}\n        pass\n"
        "\n    @pytest.mark.skip\n    def test_of_no_tenant():\n        pass\n"
    )
    document = recorded.report()
    (part,) = document["parts"]
    assert (part["ran"], part["passed"], part["skipped"]) == (3, 3, 1)
    assert document["verdict"]["headline"] == "Go on: no drift in 3 operations"
    assert "3 tests ran on the tenant, 1 was skipped" in document["verdict"]["reasons"]


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_where_a_file_of_tests_cannot_be_collected_nobody_can_say(recorded, workers):
    recorded.write(test_broken="raise LookupError('no such thing')")
    result = recorded.live("--cxone-report=report.json", "--continue-on-collection-errors", workers=workers)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    headline = "Cannot say: some tests could not be collected"
    verdict = recorded.read()["verdict"]
    assert verdict["headline"] == told(result)[0] == headline
    assert "3 tests ran on the tenant" in verdict["reasons"]


IDLE = (
    BOARD
    + """
    @cxone_behaviour("bulk.pages")
    def test_idle(cxone_tenant):
        pass
"""
)


def test_a_test_that_passes_and_asks_its_tenant_nothing_has_verified_nothing(recorded):
    recorded.write(IDLE)
    result = recorded.live("--cxone-report=report.json")
    result.assert_outcomes(passed=4)
    document = recorded.read()
    (part,) = document["parts"]
    assert (part["ran"], part["passed"], part["skipped"]) == (3, 3, 1)
    assert "3 tests ran on the tenant, 1 was skipped" in document["verdict"]["reasons"]
    by_id = {row["behaviour"]: row["live"] for row in document["parity"]}
    idle, asking = by_id["bulk.pages"], by_id["profile.any-login"]
    assert (idle["agreement"], idle["skipped"], idle["note"]) == ("not verified", 1, "it asked the tenant nothing")
    assert asking["agreement"] == "agree"


@pytest.mark.parametrize(("wanted", "status"), [(3, 0), (4, 1)])
def test_such_a_test_does_not_count_among_those_that_a_merge_asks_for(recorded, wanted, status):
    recorded.write(IDLE)
    recorded.report()
    result = CliRunner().invoke(
        main, ["report", "merge", str(recorded.path / "report.json"), f"--require-live={wanted}"]
    )
    assert result.exit_code == status
    told = f"FAILED: 3 tests ran on a tenant, {wanted} were asked for"
    assert (told in result.output) is bool(status)


@pytest.mark.parametrize(("fail_on", "is_red"), [("breaking", True), ("any", True), ("never", False)])
def test_who_asks_to_fail_on_drift_is_told_that_nothing_was_compared(bench, fail_on, is_red):
    bench.write("""
        import pytest

        @pytest.mark.skip
        def test(cxone):
            pass
    """)
    result = bench.live(f"--cxone-fail-on={fail_on}")
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if is_red else pytest.ExitCode.OK)
    text = f"FAILED: nothing was compared, and --cxone-fail-on={fail_on} asks for it"
    assert (text in result.stdout.lines) is is_red


def test_a_worker_that_is_lost_takes_the_verdict_with_it(recorded):
    recorded.write(BOARD + "\n    def test_crash(cxone):\n        import os\n        os._exit(3)\n")
    result = recorded.live("--cxone-report=report.json", workers=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    verdict = recorded.read()["verdict"]
    assert verdict["outlook"] != "go"
    assert "a worker was lost, and with it what its test saw" in [verdict["headline"][12:], *verdict["reasons"]]
    assert "no drift" not in "\n".join(told(result))


def test_a_test_with_which_a_worker_was_lost_is_among_the_failures(recorded):
    crash = "import os; os._exit(3)"
    recorded.write(f"{BOARD}\n    class TestIt:\n        def test_crash(self, cxone):\n            {crash}\n")
    document = recorded.report(workers=2)
    assert document["verdict"]["headline"] == "Do not go on: 1 test failed"
    (failure,) = document["failures"]
    assert (failure["test"], failure["evidence"]) == ("test_board.py::TestIt::test_crash", "live")
    assert re.fullmatch(r"worker 'gw\d' crashed while running 'test_board.py::TestIt::test_crash'", failure["message"])
    (run,) = document["evidence"]["runs"]
    assert "test_board::TestIt.test_crash" in [test["test"] for test in run["tests"]]


def test_off_the_tenant_such_a_test_rests_on_nothing(recorded):
    recorded.write(f"{BOARD}\n    def test_crash(cxone):\n        import os; os._exit(3)\n")
    recorded.run("--cxone=replay", "--cxone-report=report.json", workers=2)
    (failure,) = recorded.read()["failures"]
    assert (failure["test"], failure["evidence"]) == ("test_board.py::test_crash", "none")


CUT_SHORT = (
    BOARD
    + """
    def test_short():
        import pytest
        {end}

    def test_after(cxone):
        pass
"""
)


@pytest.mark.parametrize(
    ("end", "options", "workers"),
    [
        ("pytest.exit('enough')", [], 0),
        ("pytest.exit('enough', returncode=0)", [], 0),
        ("assert False", ["-x"], 0),
        ("assert False", ["-x"], 1),
    ],
    ids=["exit", "exit with 0", "first failure", "first failure, workers"],
)
def test_a_run_that_was_cut_short_does_not_say_to_go_on(recorded, end, options, workers):
    # A worker is always one test ahead.
    more = "".join(f"\n    def test_after_{number}(cxone):\n        pass\n" for number in range(5))
    recorded.write(CUT_SHORT.format(end=end) + more)
    result = recorded.live("--cxone-report=report.json", *options, workers=workers)
    assert (result.ret == pytest.ExitCode.OK) is ("returncode=0" in end)
    headline = "Cannot say: the run was cut short: not all of its tests ran"
    assert recorded.read()["verdict"]["headline"] == told(result)[0] == headline


def test_a_run_whose_last_test_ends_it_was_not_cut_short(recorded):
    recorded.write(CUT_SHORT.partition("    def test_after")[0].format(end="assert False"))
    document = recorded.report("-x")
    assert document["verdict"]["headline"] == "Go on: no drift in 3 operations"


@pytest.mark.parametrize(("wanted", "headline"), [(3, "Go on: no drift in 3 operations"), (40, None)])
def test_the_report_says_that_fewer_tests_ran_on_a_tenant_than_were_asked_for(recorded, wanted, headline):
    result = recorded.live("--cxone-report=report.json", f"--cxone-require-live={wanted}")
    assert result.ret == (pytest.ExitCode.OK if headline else pytest.ExitCode.TESTS_FAILED)
    verdict = recorded.read()["verdict"]
    assert verdict["headline"] == (headline or "Cannot say: 3 tests ran on a tenant, 40 were asked for")


def unlooked(*_, **__):
    raise TypeError("somebody@somewhere.example")


@pytest.mark.parametrize("failing", ["pytest_cxone.drift.see", "pytest_cxone.watching._cassette_seen"])
def test_what_cannot_be_looked_at_is_lost_and_leaves_the_tests_alone(recorded, monkeypatch, failing):
    recorded.write(BOARD + "\n    def test_fails(cxone):\n        assert not cxone.agent('12345')\n")
    recorded.record("-k", "not fails")
    monkeypatch.setattr(failing, unlooked)
    result = recorded.live("--cxone-report=report.json", "-k", "not fails")
    result.assert_outcomes(passed=3, deselected=1)
    assert result.ret == pytest.ExitCode.OK
    what = "what a test saw" if failing.endswith("see") else "a cassette"
    headline = recorded.read()["verdict"]["headline"]
    place = rf"TypeError in {re.escape(Path(__file__).name)}:\d+"
    lost = rf"{what} could not be looked at: {place}"
    assert any(re.fullmatch(lost, one) for one in recorded.read()["evidence"]["runs"][0]["lost"])
    assert headline.startswith("Cannot say: ")
    result = recorded.live("-k", "fails")
    result.assert_outcomes(failed=1, deselected=3)
    assert "assert not Agent" in result.stdout.str()


# What a test comes to

COMES_TO = """
    import pytest

    {mark}
    def test_it(cxone, subtests):
        assert cxone.agent("12345")
        {rest}
"""
EXPECTED = "@pytest.mark.xfail(reason='known')"
SUBTEST = "with subtests.test('part'):\n            "


@pytest.mark.parametrize(
    ("mark", "rest", "outcome"),
    [
        ("", "pass", "passed"),
        (EXPECTED, "assert False", "passed"),
        (EXPECTED, "pass", "passed"),
        ("@pytest.mark.xfail(run=False)", "pass", "skipped"),
        ("@pytest.mark.xfail(strict=True)", "pass", "failed"),
        ("", "pytest.skip('not today')", "skipped"),
        ("", f"{SUBTEST}pass", "passed"),
        ("", f"{SUBTEST}pytest.skip('not today')", "passed"),
        ("", f"{SUBTEST}assert False", "failed"),
        ("", f"{SUBTEST}pass\n        pytest.skip('not today')", "skipped"),
    ],
    ids=[
        "passed", "xfailed", "xpassed", "not run", "xpassed, strict", "skipped",
        "subtest", "subtest skipped", "subtest failed", "skipped after a subtest",
    ],
)  # fmt: skip
def test_a_test_comes_to_the_same_in_the_report_and_in_the_summary(bench, mark, rest, outcome):
    bench.write(COMES_TO.format(mark=mark, rest=rest))
    result = bench.live("--cxone-report=report.json")
    (part,) = bench.read()["parts"]
    assert {name: part[name] for name in ("passed", "failed", "skipped")} == {
        "passed": 0, "failed": 0, "skipped": 0, outcome: 1,
    }  # fmt: skip
    assert f"{'0 tests' if outcome == 'skipped' else '1 test'} ran on the tenant at " in result.stdout.str()


def test_a_failed_subtest_says_why(bench):
    bench.write(COMES_TO.format(mark="", rest=f"{SUBTEST}raise LookupError('no such part')"))
    (failure,) = bench.report()["failures"]
    assert failure["message"] == "LookupError: no such part"


def attempt(outcome):
    """Yield the reports of one attempt at a test, as a plugin that repeats tests has them reported."""
    told = [("cxone_evidence", "fake"), *[("cxone_behaviour", "profile.any-login")] * 2]
    for when, came in (("setup", "passed"), ("call", outcome), ("teardown", "passed")):
        why = "AssertionError: once more" if came == "failed" else None
        report = pytest.TestReport("t.py::test_it", ("t.py", 1, "test_it"), {}, came, why, when, user_properties=told)
        report.cxone_facts = {"test": "t::test_it", "shown": "t.py::test_it", "api_version": "v2", "lost": []}
        yield report


@pytest.mark.parametrize("outcomes", [["failed", "passed"], ["passed", "failed"]], ids=lambda outcomes: outcomes[-1])
def test_of_a_test_that_runs_again_the_last_time_counts(outcomes, tmp_path):
    heard = Conclusion(Run({"mode": "fake", "report": "report.json"}, {}, {}, project=tmp_path), reporter=None)
    for outcome in outcomes:
        for report in attempt(outcome):
            heard.pytest_runtest_logreport(report)
    (test,) = heard._tests.values()
    assert (test.outcome, test.behaviours) == (outcomes[-1], ("profile.any-login",))
    assert test.message == ("AssertionError: once more" if outcomes[-1] == "failed" else "")


# Several versions

EACH = """
    def test_it(cxone):
        assert cxone.agent_state("12345")
"""


@pytest.fixture
def acd(pytester, monkeypatch):
    with opened(pytester, monkeypatch, "acd") as bench:
        bench.write(EACH)
        yield bench


def in_version(version, edit):
    return lambda request, answer: edit(request, answer) if f"/{version}/" in request.target.path else answer


def test_versions_are_compared_with_each_other_as_before(acd):
    added = body(lambda found: {**found, "newer": 1}, on="/agents/12345/states")
    acd.site.edit = in_version("v32.0", added)
    result = acd.live("--cxone-api-version=31-32")
    lines = told(result, "versions")
    assert lines[0].startswith("v31.0 → v32.0: 1 additive in ")
    assert any("getAgentStates" in line or "$.newer" in line for line in lines)


def test_a_finding_carries_the_versions_in_which_it_was_found(acd):
    acd.record("--cxone-api-version=30-32")
    more = body(lambda found: {**found, "newer": 1}, on="/agents/12345/states")
    acd.site.edit = every(in_version("v30.0", more), in_version("v32.0", more))
    (finding,) = acd.report("--cxone-api-version=30-32")["findings"]
    assert finding["path"] == "$.newer"
    assert finding["api_versions"] == ["v30.0", "v32.0"]


def test_one_version_has_no_section_of_versions(acd):
    assert told(acd.live("--cxone-api-version=31"), "versions") == []


# What the plugin asks by itself

LOOKED_UP = """
    import os
    from pytest_cxone import agent_online

    @agent_online("12345")
    def test_profile(cxone):
        assert cxone.agent("12345")
        assert "FAILS" not in os.environ
"""


def test_what_a_marker_looks_up_is_not_compared(bench):
    bench.write(LOOKED_UP)
    bench.record()
    bench.site.edit = every(MORE, LESS, headers(Sunset="Sat, 31 Oct 2026 23:59:59 GMT"))
    document = bench.report()
    assert document["findings"] == document["not_compared"] == []
    assert document["verdict"]["headline"] == "Go on: no drift in 2 operations"


def test_what_a_diagnosis_asks_is_not_compared(bench, monkeypatch):
    bench.write(LOOKED_UP)
    bench.record()
    bench.site.edit = every(MORE, LESS, headers(Sunset="Sat, 31 Oct 2026 23:59:59 GMT"))
    monkeypatch.setenv("FAILS", "1")
    asked = len(bench.site.fake.journal)
    document = bench.report()
    assert document["findings"] == document["not_compared"] == []
    assert document["verdict"]["headline"] == "Do not go on: 1 test failed"
    assert [one.request.target.path for one in bench.site.fake.journal][asked:].count("/api/v2/agents/states") >= 2


def test_a_precondition_that_is_not_met_is_no_change_of_a_status(bench):
    bench.write(LOOKED_UP)
    bench.record()
    bench.site.world.log_out("12345")
    document = bench.report()
    assert document["findings"] == []
    assert document["verdict"]["headline"] == "Cannot say: nothing was verified on a tenant"


# Workers


def test_workers_find_what_one_process_finds_and_the_controllers_token_is_compared_too(recorded, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    recorded.site.edit = every(MORE, LESS, body(lambda grant: {**grant, "issued_by": "us"}, on="/oauth/token"))
    alone = recorded.report(name="alone.json")
    result = recorded.live("--cxone-report=workers.json", workers=2)
    together = recorded.read("workers.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert together["findings"] == alone["findings"]
    assert together["summary"] == alone["summary"]
    assert together["verdict"] == alone["verdict"]
    assert ("additive", "response-property-added", "issueToken", "$.issued_by") in found(together)
    assert sorted(path.name for path in recorded.path.glob("*.json")) == ["alone.json", "workers.json"]
    # Each once: the controller alone tells.
    annotations = [line for line in result.stdout.lines if line.startswith("::")]
    assert len(annotations) == len(set(annotations)) >= 3
    assert SECRET not in json.dumps(together) + result.stdout.str()
