"""The report as SARIF: it keeps the standard's schema and its rules that no schema says, and hides nothing that counts."""

import json
import re
from pathlib import Path

import pytest
from jsonschema import Draft4Validator, FormatChecker

from pytest_cxone.drift import FindingId, Severity
from pytest_cxone.report.kinds import KINDS
from pytest_cxone.report.sarif import sarif_of
from pytest_cxone.report.values import Relevance
from tests.reports import (
    EMPTY,
    EXAMPLES,
    GRADED,
    HOSTILES,
    ONLY_ACKNOWLEDGED,
    REFUSED,
    REHEARSED,
    RICH,
    UNCLEAR,
    acknowledgement,
    failure,
    finding,
    part,
    rehearsal,
    report,
    survivor,
    use,
)

SCHEMA = json.loads((Path(__file__).parent / "data" / "sarif" / "sarif-schema-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SCHEMA, format_checker=FormatChecker())
ALL = {**EXAMPLES, **HOSTILES}


def run_of(one):
    (run,) = sarif_of(one)["runs"]
    return run


def result_of(*findings, **others):
    return run_of(report(findings=findings, **others))["results"][0]


def messages(value):
    """All texts that a viewer looks for placeholders and links in."""
    if isinstance(value, dict):
        if isinstance(value.get("text"), str):
            yield value["text"]
        for key, member in value.items():
            if key != "properties":
                yield from messages(member)
    elif isinstance(value, list):
        for item in value:
            yield from messages(item)


@pytest.mark.parametrize("name", ALL)
def test_every_report_keeps_the_schema_of_the_standard(name):
    log = sarif_of(ALL[name])

    VALIDATOR.validate(log)
    assert json.loads(json.dumps(log, ensure_ascii=False).encode("utf-8")) == log


def test_the_schema_is_not_one_that_lets_everything_pass():
    log = sarif_of(RICH)
    log["runs"][0]["results"][0]["level"] = "breaking"

    assert not VALIDATOR.is_valid(log)


@pytest.mark.parametrize("name", ALL)
def test_no_text_has_a_placeholder_or_a_link(name):
    for text in messages(sarif_of(ALL[name])):
        assert re.fullmatch(r"(?:[^{}]|\{\{|\}\})*", text)
        assert "](" not in text
        assert text.isprintable()


@pytest.mark.parametrize("name", ALL)
def test_all_results_say_whether_they_are_suppressed(name):
    assert all(isinstance(result["suppressions"], list) for result in run_of(ALL[name])["results"])


@pytest.mark.parametrize("name", ALL)
def test_every_result_has_its_rule_a_place_and_a_fingerprint(name):
    run = run_of(ALL[name])

    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        artifact = location["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] in run["originalUriBaseIds"]
        assert re.fullmatch(r"[\w.%/-]+", artifact["uri"])
        assert re.fullmatch(r"[0-9a-f]{12}", result["partialFingerprints"]["cxone/v1"])


def test_every_kind_of_finding_has_a_rule_that_says_what_it_is_and_what_to_do():
    assert KINDS.keys() == set(FindingId)
    rules = {rule["id"]: rule for rule in run_of(EMPTY)["tool"]["driver"]["rules"]}

    assert rules.keys() == {*map(str, FindingId), "test-failed", "upgrade-survived"}
    assert all(rule["shortDescription"]["text"].endswith(".") and rule["help"]["text"] for rule in rules.values())
    assert rules["response-property-removed"]["defaultConfiguration"] == {"level": "error"}
    assert rules["response-property-added"]["defaultConfiguration"] == {"level": "note"}


@pytest.mark.parametrize(
    ("severity", "counted", "level"),
    [
        (Severity.BREAKING, None, "error"),
        (Severity.ADDITIVE, None, "note"),
        (Severity.COSMETIC, None, "note"),
        (Severity.BREAKING, Severity.COSMETIC, "note"),
        (Severity.ADDITIVE, Severity.BREAKING, "error"),
    ],
)
def test_a_level_is_that_of_the_severity_that_counts(severity, counted, level):
    assert result_of(finding(severity=severity, counted=counted))["level"] == level


def test_an_acknowledged_finding_is_suppressed_and_says_by_whom_why_and_until_when():
    (suppression,) = run_of(ONLY_ACKNOWLEDGED)["results"][0]["suppressions"]

    assert suppression == {
        "kind": "external",
        "status": "accepted",
        "justification": "Announced for 26.4; our reader takes both (wallboard team, until 2027-01-31)",
        "properties": {
            "reason": "Announced for 26.4; our reader takes both",
            "owner": "wallboard team",
            "expires": "2027-01-31",
        },
    }


def test_an_expired_acknowledgement_suppresses_nothing():
    (suppression,) = result_of(finding(acknowledged=acknowledgement(expired=True)))["suppressions"]

    assert suppression["status"] == "underReview"
    assert suppression["justification"].endswith("(wallboard team, expired on 2026-10-31)")


def test_results_that_count_are_first_and_the_worst_of_them_before_the_others():
    findings = (
        finding(acknowledged=acknowledgement()),
        finding(severity=Severity.COSMETIC, path="$.a"),
        finding(path="$.b"),
    )
    results = run_of(report(findings=findings))["results"]

    assert [result["level"] for result in results] == ["error", "note", "error"]
    assert [bool(result["suppressions"]) for result in results] == [False, False, True]


@pytest.mark.parametrize(
    ("tests", "uri", "base"),
    [
        (("tests/test_x.py::test_y[a]",), "tests/test_x.py", "%SRCROOT%"),
        (("tests/a b.py::test_y",), "tests/a%20b.py", "%SRCROOT%"),
        (("../x.py::test_y", "tests/test_x.py::test_y"), "tests/test_x.py", "%SRCROOT%"),
        (("/etc/x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("C:\\x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("C:/x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("tests/../../x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("https://evil.example/x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("//evil.example/x.py::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("::test_y",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        (("no file",), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
        ((), "schemas/platform-v2/openapi.json", "PYTEST_CXONE"),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) and value else None,
)
def test_a_result_stands_in_the_first_test_that_asks_for_it_or_else_in_the_contract(tests, uri, base):
    (location,) = result_of(finding(tests=tests))["locations"]

    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": uri, "uriBaseId": base},
        "region": {"startLine": 1},
    }


@pytest.mark.parametrize(
    ("dialects", "uri"),
    [(["acd"], "schemas/acd/openapi.json"), (["../../etc"], "schemas"), ([], "schemas")],
    ids=["known", "outside", "none"],
)
def test_the_contract_is_that_of_the_run(dialects, uri):
    parts = tuple(part(dialect=dialect) for dialect in dialects)
    (location,) = result_of(finding(), parts=parts)["locations"]

    assert location["physicalLocation"]["artifactLocation"]["uri"] == uri


def test_a_finding_says_what_changed_where_and_how_sure():
    result = run_of(RICH)["results"][0]

    assert result["ruleId"] == "response-property-removed"
    assert result["message"]["text"] == (
        "agentId is no longer in the rows (GET /api/v2/agents/states). $[*].agentId: string → absent; 3 and 70 seen."
    )
    assert result["partialFingerprints"] == {"cxone/v1": RICH.findings[0].finding.fingerprint}
    assert [place["name"] for place in result["locations"][0]["logicalLocations"]] == [
        "GET /api/v2/agents/states",
        "$[*].agentId",
    ]
    assert result["properties"]["before"] == "string"
    assert result["properties"]["after"] == "absent"
    assert result["properties"]["samples"] == {"before": 3, "after": 70}


def test_a_failed_test_is_a_result_too_with_a_fingerprint_that_stays():
    first, again = (run_of(report(failures=(failure(message=why),)))["results"][0] for why in ("one", "two"))

    assert (first["ruleId"], first["level"]) == ("test-failed", "error")
    assert first["message"]["text"] == "tests/test_wallboard.py::test_rows_have_an_agent failed (live): one"
    assert first["partialFingerprints"] == again["partialFingerprints"]


@pytest.mark.parametrize("evidence", ["live", "cassette", "fake", "none"])
def test_a_failed_test_is_not_said_to_have_run_on_a_tenant_and_a_module_is_no_place(evidence):
    run = run_of(report(failures=(failure("pytest_cxone.contract.test_auth::test_x", evidence=evidence),)))
    rule = run["tool"]["driver"]["rules"][run["results"][0]["ruleIndex"]]

    assert rule["shortDescription"]["text"] == "A test failed."
    place = run["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]
    assert place["uriBaseId"] == "PYTEST_CXONE"


def test_what_could_not_be_compared_is_told():
    notifications = run_of(RICH)["invocations"][0]["toolExecutionNotifications"]

    assert [one["message"]["text"] for one in notifications] == [
        f"not compared: {one}".replace("{", "{{").replace("}", "}}") for one in RICH.not_compared
    ]


@pytest.mark.parametrize(
    ("one", "is_successful"), [(EMPTY, True), (RICH, True), (UNCLEAR, False)], ids=["go", "stop", "unclear"]
)
def test_a_run_that_verified_nothing_was_not_successful(one, is_successful):
    run = run_of(one)

    assert run["invocations"][0]["executionSuccessful"] is is_successful
    assert run["properties"]["headline"] == one.verdict.headline


def test_nothing_of_a_quiet_run_is_a_result():
    assert run_of(EMPTY)["results"] == []


# Who reads what


def place_of(result):
    (location,) = result["locations"]
    place = location["physicalLocation"]
    return place["artifactLocation"]["uri"], place["region"]["startLine"]


@pytest.mark.parametrize(
    ("uses", "place"),
    [
        ((use(),), ("wallboard.py", 25)),
        ((use(line=0),), ("wallboard.py", 1)),
        ((use("lib/a b.py", 0), use("lib/c.py", 7)), ("lib/c.py", 7)),
        ((use("../elsewhere.py"), use("lib/c.py", 7)), ("lib/c.py", 7)),
        ((use("/elsewhere.py"),), ("tests/test_x.py", 1)),
        ((use("https://evil.example/x.py"),), ("tests/test_x.py", 1)),
        ((use("out\n.py"),), ("tests/test_x.py", 1)),
        ((), ("tests/test_x.py", 1)),
    ],
    ids=["known", "no line", "the one with a line", "one outside", "outside", "a link", "a line end", "nowhere"],
)
def test_a_finding_stands_at_the_line_that_reads_it_or_else_in_a_test(uses, place):
    one = finding(relevance=Relevance.READ, uses=uses, tests=("tests/test_x.py::test_y",))
    other = rehearsal(survivor(uses=uses, met_by=("tests/test_x.py::test_y",)))
    assert place_of(result_of(one)) == place_of(result_of(rehearsals=(other,))) == place


def test_a_finding_says_whether_you_read_it_where_that_is_known():
    texts = [result["message"]["text"] for result in run_of(GRADED)["results"]]

    assert texts[0].endswith(" 3 and 70 seen. You read this.")
    assert texts[1].endswith(" Nobody here reads this.")
    assert "reads this" not in "".join(result["message"]["text"] for result in run_of(RICH)["results"])


def test_survivors_that_count_are_warnings_with_what_would_break_and_the_test_to_write():
    results = run_of(REHEARSED)["results"]
    first = REHEARSED.rehearsals[0].upgrades[0]

    assert [(result["ruleId"], result["level"]) for result in results] == [("upgrade-survived", "warning")] * 2
    assert results[0]["message"]["text"] == (
        f"No test would notice this upgrade: state.name is null (row-state-name-nulled). {first.breaks}. {first.advice}"
    )
    assert results[0]["properties"]["upgrade"] == "row-state-name-nulled"
    assert results[0]["partialFingerprints"] != results[1]["partialFingerprints"]


def test_a_survivors_fingerprint_stays_whatever_else_changes_and_is_its_dialects():
    def fingerprint(dialect="platform-v2", **others):
        one = report(rehearsals=(rehearsal(survivor(**others), dialect=dialect),))
        return run_of(one)["results"][0]["partialFingerprints"]

    assert fingerprint() == fingerprint(breaks="something else", met_by=())
    assert fingerprint() != fingerprint(dialect="acd")


def test_a_rehearsal_that_was_refused_has_no_survivors():
    refused = rehearsal(survivor(), refused="2 of 40 tests fail without an upgrade")

    assert run_of(report(rehearsals=(refused,)))["results"] == run_of(REFUSED)["results"] == []
