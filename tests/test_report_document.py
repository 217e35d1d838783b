"""The report as JSON: it keeps the published schema, says all that there is, and counts changes."""

import json
from copy import deepcopy
from dataclasses import fields, replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from pytest_cxone.drift import Finding, Severity
from pytest_cxone.report.document import document_of
from pytest_cxone.report.values import (
    Acknowledgement,
    Cell,
    Failure,
    Outlook,
    Parity,
    Part,
    Rehearsal,
    Report,
    Reported,
    Simulated,
    Uncompared,
    Use,
    Used,
    Verdict,
)
from tests.reports import (
    EMPTY,
    EXAMPLES,
    GRADED,
    HOSTILES,
    REFUSED,
    REHEARSED,
    RICH,
    SHORT,
    acknowledgement,
    finding,
    part,
    report,
)

SCHEMA = json.loads((Path(__file__).parent.parent / "schemas" / "report.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA, format_checker=FormatChecker())


def nodes(schema=SCHEMA):
    """All schemas of keys, by the key."""
    if isinstance(schema, dict):
        yield from schema.get("properties", {}).items()
        for member in schema.values():
            yield from nodes(member)
    elif isinstance(schema, list):
        for item in schema:
            yield from nodes(item)


def objects(schema=SCHEMA):
    if isinstance(schema, dict):
        if "properties" in schema:
            yield schema
        for member in schema.values():
            yield from objects(member)


@pytest.mark.parametrize("name", [*EXAMPLES, *HOSTILES])
def test_every_report_keeps_the_published_schema(name):
    document = document_of({**EXAMPLES, **HOSTILES}[name])

    VALIDATOR.validate(document)
    assert json.loads(json.dumps(document, ensure_ascii=False).encode("utf-8")) == document


def test_the_schema_is_one_itself():
    Draft202012Validator.check_schema(SCHEMA)


def test_every_key_is_described_in_the_schema():
    assert [key for key, schema in nodes() if not schema.get("description")] == []


def test_no_object_of_the_schema_is_open_and_each_key_but_the_evidence_is_required():
    assert all(schema["additionalProperties"] is False for schema in objects())
    assert [sorted(schema["properties"].keys() - set(schema["required"])) for schema in objects()] == [
        ["evidence"] if schema is SCHEMA else [] for schema in objects()
    ]


def edited(path, value, of=RICH):
    document = deepcopy(document_of(of))
    *way, last = path
    place = document
    for step in way:
        place = place[step]
    place[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("version",), 2),
        (("generated",), "2026-13-23T08:00:00+00:00"),
        (("generated",), "2026-11-23T08:00:00Z"),
        (("verdict", "outlook"), "maybe"),
        (("verdict", "headline"), ""),
        (("summary", "breaking"), -1),
        (("findings", 0, "fingerprint"), "70D45EFD2A73"),
        (("findings", 0, "id"), "Response removed"),
        (("findings", 0, "severity"), "bad"),
        (("findings", 0, "status"), 42),
        (("findings", 0, "samples"), [3, 70]),
        (("findings", 2, "acknowledged", "expires"), "2026-02-30"),
        (("parity", 0, "fake", "at"), "yesterday"),
        (("parts", 0, "shard"), {"number": 0, "of": 2}),
        (("more",), 1),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else str(value)[:20],
)
def test_the_schema_refuses_what_no_report_has(path, value):
    assert not VALIDATOR.is_valid(edited(path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("findings", 0, "relevance"), "perhaps"),
        (("findings", 0, "uses", 0, "line"), -1),
        (("used", 0, "is_whole"), "no"),
        (("rehearsals", 0, "score"), 101),
        (("rehearsals", 0, "least"), "90"),
        (("rehearsals", 0, "left_out", 0, "reason"), None),
        (("rehearsals", 0, "upgrades", 0, "outcome"), "killed"),
        (("rehearsals", 0, "upgrades", 0, "id"), ""),
        (("rehearsals", 0, "upgrades", 0, "touched"), ["$"]),
        (("rehearsals", 0, "more"), 1),
    ],
    ids=lambda value: "-".join(map(str, value)) if isinstance(value, tuple) else str(value)[:20],
)
def test_the_schema_refuses_what_no_rehearsal_and_no_usage_has(path, value):
    both = replace(GRADED, rehearsals=REHEARSED.rehearsals)
    assert VALIDATOR.is_valid(edited(("checked",), 1, both)) is False
    assert VALIDATOR.is_valid(document_of(both))
    assert not VALIDATOR.is_valid(edited(path, value, both))


def test_the_schema_lets_the_evidence_stand_that_reports_are_merged_from():
    assert VALIDATOR.is_valid(edited(("evidence",), {"seen": {}}))


NAMES = {
    (Report, "compared"): "summary",
    (Report, "checked"): "summary",
    (Acknowledgement, "is_expired"): "expired",
}
"""Where a field has another name in the document; or stands in the summary."""
APART = {
    (Reported, "finding"): "its fields stand beside",
    (Finding, "change"): "the fingerprint is made from it",
    (Use, "place"): "its fields stand beside",
}
"""Fields that have no place of their own in the document, and why."""


def places():
    document = document_of(RICH)
    first = document["findings"][0]
    expired = document["findings"][2]["acknowledged"]
    return {
        Report: document,
        Verdict: document["verdict"],
        Finding: first,
        Reported: first,
        Acknowledgement: expired,
        Uncompared: document["not_compared"][0],
        Failure: document["failures"][0],
        Parity: document["parity"][0],
        Cell: document["parity"][0]["live"],
        Part: document["parts"][0],
        Rehearsal: (rehearsed := document_of(REHEARSED)["rehearsals"][0]),
        Simulated: rehearsed["upgrades"][0],
        Used: (read := document_of(GRADED)["used"][0]),
        Use: read["uses"][0],
    }


@pytest.mark.parametrize("of", places(), ids=lambda of: of.__name__)
def test_every_field_of_the_values_stands_in_the_document(of):
    names = {NAMES.get((of, field.name), field.name) for field in fields(of) if (of, field.name) not in APART}

    assert names <= places()[of].keys()


def test_a_finding_says_what_how_bad_where_and_how_sure():
    told = document_of(RICH)["findings"]

    assert told[0] == {
        "id": "response-property-removed",
        "severity": "breaking",
        "operation": "listAgentStates",
        "label": "GET /api/v2/agents/states",
        "status": 200,
        "path": "$[*].agentId",
        "before": "string",
        "after": "absent",
        "samples": {"before": 3, "after": 70},
        "fingerprint": RICH.findings[0].finding.fingerprint,
        "acknowledged": None,
        "sentence": "agentId is no longer in the rows",
        "evidence": ["cassettes of 2026-11-02"],
        "behaviours": ["agent-online", "agents-paged"],
        "tests": ["tests/test_wallboard.py::test_rows_have_an_agent", "tests/test_paging.py::test_pages[a/b]"],
        "api_versions": ["v31.0", "v34.0"],
        "overridden": "",
        "relevance": "unknown",
        "uses": [],
    }
    assert told[2]["acknowledged"] == {
        "reason": "Announced for 26.4; our reader takes both",
        "owner": "wallboard team",
        "expires": "2026-10-31",
        "expired": True,
    }


def test_a_severity_is_the_one_that_an_override_gives():
    overridden = finding(severity=Severity.BREAKING, counted=Severity.COSMETIC, overridden="known")
    document = document_of(report(findings=(overridden,)))

    assert document["findings"][0]["severity"] == "cosmetic"
    assert (document["summary"]["breaking"], document["summary"]["cosmetic"]) == (0, 1)


def test_the_summary_counts_changes_and_not_how_many_operations_have_each():
    summary = document_of(RICH)["summary"]

    assert summary == {
        "breaking": 2,
        "additive": 1,
        "cosmetic": 1,
        "acknowledged": 1,
        "not_compared": 3,
        "compared": 12,
        "checked": 12,
        "failed_tests": 1,
    }


@pytest.mark.parametrize(
    ("other", "changes"),
    [
        ({"operation": "getAgentState"}, 1),
        ({"samples": (9, 9)}, 1),
        ({"path": "$.agentId"}, 2),
        ({"before": "integer"}, 2),
        ({"severity": Severity.ADDITIVE}, 2),
        ({"acknowledged": acknowledgement()}, 2),
    ],
    ids=["operation", "samples", "path", "before", "severity", "acknowledged"],
)
def test_findings_are_one_change_where_only_the_operation_differs(other, changes):
    summary = document_of(report(findings=(finding(), finding(**other))))["summary"]

    assert sum(summary[key] for key in ("breaking", "additive", "cosmetic", "acknowledged")) == changes


def test_how_often_something_is_there_makes_no_other_change():
    change = ("absent", "string")
    some = (
        finding(before="absent", after="string, in 3 of 5", change=change),
        finding(operation="getAgent", before="absent", after="string, in 40 of 70", change=change),
    )

    assert document_of(report(findings=some))["summary"]["breaking"] == 1


def test_times_are_in_utc_with_whole_seconds():
    moment = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=2)))
    document = document_of(report(generated=moment, parts=(part(started=moment),)))

    assert document["generated"] == document["parts"][0]["started"] == "2026-11-23T08:00:00+00:00"


def test_a_quiet_report_has_every_key_too():
    document = document_of(EMPTY)

    assert document.keys() == document_of(RICH).keys()
    assert document["verdict"] == {"outlook": "go", "headline": "Go on: no drift in 12 operations", "reasons": []}
    assert document["findings"] == document["not_compared"] == document["failures"] == document["hints"] == []


def test_half_of_a_pair_is_written_as_an_escape():
    document = document_of(report(hints=("half \ud83d a pair",)))

    assert document["hints"] == ["half \\ud83d a pair"]


def test_outlooks_are_words():
    words = {
        document_of(replace(EMPTY, verdict=Verdict(outlook=one, headline="x")))["verdict"]["outlook"] for one in Outlook
    }

    assert words == {"go", "stop", "unclear"}
    assert all(type(word) is str for word in words)


# Rehearsals and usage


def test_a_rehearsal_says_its_score_and_what_it_is_made_of():
    told = document_of(SHORT)["rehearsals"][0]
    upgrades = told.pop("upgrades")

    assert told == {
        "dialect": "platform-v2",
        "score": 60.0,
        "least": 90.0,
        "falls_short": True,
        "noticed": 3,
        "survived": 2,
        "harmless": 1,
        "not_exercised": 1201,
        "idle": 1200,
        "tests": 40,
        "runs": 212,
        "seconds": 12.34,
        "refused": "",
        "left_out": [
            {"test": "tests/test_cache.py::test_kept", "reason": "it fails without an upgrade, when it runs again"}
        ],
    }
    assert [(one["outcome"], one["counts"]) for one in upgrades] == [
        ("survived", True), ("survived", True), ("survived", False), ("noticed", True), ("noticed", True), ("noticed", True),
        ("not exercised", False),
    ]  # fmt: skip


def test_a_survivor_says_what_would_break_where_and_which_test_to_write():
    told = document_of(REHEARSED)["rehearsals"][0]["upgrades"][0]

    assert told == {
        "id": "row-state-name-nulled",
        "summary": "state.name is null",
        "origin": "named",
        "outcome": "survived",
        "counts": True,
        "behaviours": ["states.row-shape"],
        "test": "",
        "message": "",
        "met_by": ["tests/test_wallboard.py::test_refresh", "tests/test_wallboard.py::test_rows"],
        "touched": [{"label": "GET /api/v2/agents/states", "path": "$[*].state.name"}],
        "relevance": "read",
        "uses": [
            {
                "file": "wallboard.py",
                "line": 25,
                "function": "Wallboard.refresh",
                "tests": ["tests/test_wallboard.py::test_refresh"],
            }
        ],
        "breaks": REHEARSED.rehearsals[0].upgrades[0].breaks,
        "advice": REHEARSED.rehearsals[0].upgrades[0].advice,
    }


def test_a_rehearsal_that_was_refused_has_no_score():
    told = document_of(REFUSED)["rehearsals"][0]

    assert (told["score"], told["falls_short"], told["refused"]) == (
        None,
        True,
        "2 of 40 tests fail without an upgrade",
    )


def test_findings_say_whether_they_are_read_and_the_report_what_is():
    document = document_of(GRADED)

    assert [one["relevance"] for one in document["findings"]] == ["read", *["unread"] * 4, "unknown"]
    assert [use["line"] for use in document["findings"][0]["uses"]] == [25, 0]
    assert [(one["path"], one["is_whole"]) for one in document["used"]] == [
        ("$", False), ("$[*].agentId", False), ("$[*].state.name", True),
    ]  # fmt: skip
