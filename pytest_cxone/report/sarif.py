"""The report as SARIF 2.1.0, for code scanning: findings, failed tests and survivors are results, with their rules."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote

from pytest_cxone.drift import Severity
from pytest_cxone.report.kinds import KINDS
from pytest_cxone.report.plain import encodable, visible
from pytest_cxone.report.relevance import WORDS
from pytest_cxone.report.testfiles import first_place
from pytest_cxone.report.values import (
    Acknowledgement,
    Failure,
    Outlook,
    Part,
    Rehearsal,
    Relevance,
    Report,
    Reported,
    Simulated,
    Use,
)

__all__ = ["sarif_of"]

_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS: Final = {Severity.BREAKING: "error", Severity.ADDITIVE: "note", Severity.COSMETIC: "note"}
_ORDER: Final = tuple(Severity)
_FAILED: Final = "test-failed"
_SURVIVED: Final = "upgrade-survived"
_FINGERPRINT: Final = "cxone/v1"
_HERE: Final = "%SRCROOT%"
_PACKAGE: Final = "PYTEST_CXONE"
_BASES: Final = {
    _HERE: "The folder that the tests' names are relative to: pytest's rootdir.",
    _PACKAGE: "The folder that has the contracts of pytest-cxone: its sources.",
}

_Json = dict[str, Any]


def sarif_of(report: Report) -> _Json:
    """Return a SARIF log with one run, of plain JSON values which a UTF-8 file can hold."""
    contract = _contract(report.parts)
    findings = sorted(report.findings, key=lambda one: (not one.counts, _ORDER.index(one.severity)))
    results = [
        *(_of_finding(one, contract) for one in findings),
        *(_of_failure(one, contract) for one in report.failures),
        *(_of_survivor(one, of, contract) for of in report.rehearsals if not of.refused for one in of.survived),
    ]
    run = {
        "tool": {"driver": {"name": "pytest-cxone", "version": encodable(report.recorder), "rules": _rules()}},
        "originalUriBaseIds": {base: {"description": {"text": text}} for base, text in _BASES.items()},
        "invocations": [_invocation(report)],
        "results": results,
        "properties": {
            "outlook": str(report.verdict.outlook),
            "headline": encodable(report.verdict.headline),
            "reasons": _texts(report.verdict.reasons),
        },
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rules() -> list[_Json]:
    rules = [_rule(id_, kind.name, kind.help, _LEVELS[kind.severity]) for id_, kind in KINDS.items()]
    failed = _rule(_FAILED, "A test failed", "Read why: a test that fails may have found what no shape shows.", "error")
    help_ = "Write a test that fails under it: the message says which. Until then such a change breaks silently."
    survived = _rule(_SURVIVED, "No test would notice an upgrade of the API", help_, "warning")
    return [*rules, failed, survived]


def _rule(id_: str, name: str, help_: str, level: str) -> _Json:
    return {
        "id": str(id_),
        "shortDescription": {"text": f"{name}."},
        "help": {"text": help_},
        "defaultConfiguration": {"level": level},
    }


def _invocation(report: Report) -> _Json:
    """Say that the run was successful where there is a verdict, and what could not be compared."""
    notifications = [{"level": "warning", "message": _message(f"not compared: {one}")} for one in report.not_compared]
    started = [part.started for part in report.parts]
    return {
        "executionSuccessful": report.verdict.outlook is not Outlook.UNCLEAR,
        "endTimeUtc": f"{report.generated.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}",
        **({"startTimeUtc": f"{min(started).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"} if started else {}),
        "toolExecutionNotifications": notifications,
    }


def _message(text: str) -> _Json:
    """Write a plain text without placeholders and links, which SARIF looks for in it."""
    return {"text": visible(text).replace("{", "{{").replace("}", "}}").replace("](", "] (")}


def _texts(texts: Iterable[str]) -> list[str]:
    return [encodable(text) for text in texts]


# Results


def _of_finding(one: Reported, contract: _Json) -> _Json:
    found = one.finding
    before, after = found.samples
    words = {
        "operation": found.operation,
        "label": one.label,
        "path": found.path,
        "before": found.before,
        "after": found.after,
        "overridden": one.overridden,
    }
    change = f"{found.path}: {found.before} → {found.after}; {before} and {after} seen."
    read = f" {WORDS[one.relevance]}." if one.relevance is not Relevance.UNKNOWN else ""
    return {
        "ruleId": str(found.id),
        "ruleIndex": list(KINDS).index(found.id),
        "level": _LEVELS[one.severity],
        "message": _message(f"{one.sentence} ({one.label}). {change}{read}"),
        "locations": [
            {
                "physicalLocation": _physical(one.uses, one.tests, contract),
                "logicalLocations": [
                    {
                        "name": encodable(one.label),
                        "fullyQualifiedName": encodable(found.operation),
                        "kind": "resource",
                    },
                    {
                        "name": encodable(found.path),
                        "fullyQualifiedName": encodable(f"{found.operation} {found.path}"),
                        "kind": "property",
                    },
                ],
            }
        ],
        "partialFingerprints": {_FINGERPRINT: found.fingerprint},
        "suppressions": [_suppression(one.acknowledged)] if one.acknowledged else [],
        "properties": {
            "severity": str(one.severity),
            **{name: encodable(text) for name, text in words.items()},
            "status": found.status,
            "samples": {"before": before, "after": after},
            "evidence": _texts(one.evidence),
            "behaviours": _texts(one.behaviours),
            "tests": _texts(one.tests),
            "apiVersions": _texts(one.api_versions),
            "relevance": str(one.relevance),
        },
    }


def _of_failure(one: Failure, contract: _Json) -> _Json:
    same = f"{one.test}\n{one.evidence}".encode("utf-8", "backslashreplace")
    return {
        "ruleId": _FAILED,
        "ruleIndex": len(KINDS),
        "level": "error",
        "message": _message(f"{one.test} failed ({one.evidence}): {one.message}"),
        "locations": [
            {
                "physicalLocation": _physical((), [one.test], contract),
                "logicalLocations": [{"fullyQualifiedName": encodable(one.test), "kind": "function"}],
            }
        ],
        "partialFingerprints": {_FINGERPRINT: sha256(same).hexdigest()[:12]},
        "suppressions": [],
        "properties": {"evidence": encodable(one.evidence), "behaviours": _texts(one.behaviours)},
    }


def _of_survivor(one: Simulated, of: Rehearsal, contract: _Json) -> _Json:
    same = f"{of.dialect}\n{one.id}".encode("utf-8", "backslashreplace")
    return {
        "ruleId": _SURVIVED,
        "ruleIndex": len(KINDS) + 1,
        "level": "warning",
        "message": _message(f"No test would notice this upgrade: {one.summary} ({one.id}). {one.breaks}. {one.advice}"),
        "locations": [
            {
                "physicalLocation": _physical(one.uses, one.met_by, contract),
                "logicalLocations": [
                    {"name": encodable(label), "fullyQualifiedName": encodable(f"{label} {path}"), "kind": "resource"}
                    for label, path in one.touched[:1]
                ],
            }
        ],
        "partialFingerprints": {_FINGERPRINT: sha256(same).hexdigest()[:12]},
        "suppressions": [],
        "properties": {
            "upgrade": encodable(one.id),
            "relevance": str(one.relevance),
            "behaviours": _texts(one.behaviours),
            "tests": _texts(one.met_by),
        },
    }


def _suppression(one: Acknowledgement) -> _Json:
    """Write an acknowledgement; one that has expired is a request that waits for an answer, and suppresses nothing."""
    state = "expired on" if one.is_expired else "until"
    return {
        "kind": "external",
        "status": "underReview" if one.is_expired else "accepted",
        "justification": f"{visible(one.reason)} ({visible(one.owner)}, {state} {one.expires})",
        "properties": {
            "reason": encodable(one.reason),
            "owner": encodable(one.owner),
            "expires": one.expires.isoformat(),
        },
    }


# Places


def _physical(uses: Sequence[Use], tests: Sequence[str], contract: _Json) -> _Json:
    """Return the line that reads it, or else the first one of a test's file, or of the contract.

    GitHub shows no result without a place.
    """
    file, line = first_place(uses, tests) or ("", 0)
    return {**(_artifact(file, _HERE) if file else contract), "region": {"startLine": max(1, line)}}


def _contract(parts: Sequence[Part]) -> _Json:
    names = [part.dialect for part in parts if re.fullmatch(r"[a-z0-9-]+", part.dialect)]
    return _artifact(f"schemas/{names[0]}/openapi.json" if names else "schemas", _PACKAGE)


def _artifact(file: str, base: str) -> _Json:
    return {"artifactLocation": {"uri": quote(file), "uriBaseId": base}}
