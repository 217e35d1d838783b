"""The report as JSON: the one document that all else can be made from. `schemas/report.schema.json` describes it."""

from collections import Counter
from datetime import UTC, datetime
from typing import Any, Final

from pytest_cxone.drift import Severity
from pytest_cxone.rehearsal.outcomes import LeftOut
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.plain import encodable
from pytest_cxone.report.values import (
    Acknowledgement,
    Cell,
    Failure,
    Parity,
    Part,
    Rehearsal,
    Report,
    Reported,
    Simulated,
    Uncompared,
    Use,
    Used,
)

__all__ = ["VERSION", "document_of"]

VERSION: Final = 1
"""The version of the form; it is raised where a key goes, or means something else."""


def document_of(report: Report) -> dict[str, Any]:
    """Return the document of a report, of plain JSON values which a UTF-8 file can hold."""
    document = {
        "version": VERSION,
        "generated": _time(report.generated),
        "recorder": report.recorder,
        "recorded": None if report.recorded is None else _time(report.recorded),
        "verdict": {
            "outlook": report.verdict.outlook,
            "headline": report.verdict.headline,
            "reasons": report.verdict.reasons,
        },
        "summary": _summary(report),
        "findings": [_finding(one) for one in report.findings],
        "not_compared": [_not_compared(one) for one in report.not_compared],
        "failures": [_failure(one) for one in report.failures],
        "parity": [_parity(one) for one in report.parity],
        "parts": [_part(one) for one in report.parts],
        "hints": report.hints,
        "stale": report.stale,
        "rehearsals": [_rehearsal(one) for one in report.rehearsals],
        "used": [_used(one) for one in report.used],
    }
    plain: dict[str, Any] = _plain(document)
    return plain


def _plain(value: Any) -> Any:
    match value:
        case str():
            return encodable(value)
        case dict():
            return {key: _plain(member) for key, member in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
        case _:
            return value


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def _summary(report: Report) -> dict[str, int]:
    changes = grouped(report.findings)
    counted = Counter(change.severity for change in changes if change.counts)
    return {
        **{str(severity): counted[severity] for severity in Severity},
        "acknowledged": len(changes) - counted.total(),
        "not_compared": len(report.not_compared),
        "compared": report.compared,
        "checked": report.checked,
        "failed_tests": len(report.failures),
    }


def _finding(one: Reported) -> dict[str, Any]:
    found = one.finding
    before, after = found.samples
    return {
        "id": found.id,
        "severity": one.severity,
        "operation": found.operation,
        "label": one.label,
        "status": found.status,
        "path": found.path,
        "before": found.before,
        "after": found.after,
        "samples": {"before": before, "after": after},
        "fingerprint": found.fingerprint,
        "acknowledged": one.acknowledged and _acknowledgement(one.acknowledged),
        "sentence": one.sentence,
        "evidence": one.evidence,
        "behaviours": one.behaviours,
        "tests": one.tests,
        "api_versions": one.api_versions,
        "overridden": one.overridden,
        "relevance": one.relevance,
        "uses": [_use(use) for use in one.uses],
    }


def _acknowledgement(one: Acknowledgement) -> dict[str, Any]:
    return {"reason": one.reason, "owner": one.owner, "expires": one.expires.isoformat(), "expired": one.is_expired}


def _not_compared(one: Uncompared) -> dict[str, Any]:
    return {
        "operation": one.operation,
        "label": one.label,
        "status": one.status,
        "path": one.path,
        "reason": one.reason,
    }


def _failure(one: Failure) -> dict[str, Any]:
    return {"test": one.test, "evidence": one.evidence, "behaviours": one.behaviours, "message": one.message}


def _parity(one: Parity) -> dict[str, Any]:
    return {
        "behaviour": one.behaviour,
        "statement": one.statement,
        "source": one.source,
        "agreement": one.agreement,
        "fake": _cell(one.fake),
        "cassette": _cell(one.cassette),
        "live": _cell(one.live),
    }


def _cell(one: Cell) -> dict[str, Any]:
    return {
        "agreement": one.agreement,
        "passed": one.passed,
        "failed": one.failed,
        "skipped": one.skipped,
        "at": one.at and _time(one.at),
        "note": one.note,
    }


def _part(one: Part) -> dict[str, Any]:
    return {
        "id": one.id,
        "mode": one.mode,
        "dialect": one.dialect,
        "api_versions": one.api_versions,
        "host": one.host,
        "started": _time(one.started),
        "recorder": one.recorder,
        "shard": one.shard and {"number": one.shard[0], "of": one.shard[1]},
        "ran": one.ran,
        "passed": one.passed,
        "failed": one.failed,
        "skipped": one.skipped,
        "requests": one.requests,
    }


def _rehearsal(one: Rehearsal) -> dict[str, Any]:
    return {
        "dialect": one.dialect,
        "score": one.score,
        "least": one.least,
        "falls_short": one.falls_short,
        "noticed": len(one.noticed),
        "survived": len(one.survived),
        "harmless": len(one.harmless),
        "not_exercised": one.missed,
        "idle": one.idle,
        "tests": one.tests,
        "runs": one.runs,
        "seconds": one.seconds,
        "refused": one.refused,
        "left_out": [_left_out(left) for left in one.left_out],
        "upgrades": [_simulated(upgrade) for upgrade in one.upgrades],
    }


def _left_out(one: LeftOut) -> dict[str, Any]:
    return {"test": one.test, "reason": one.reason}


def _simulated(one: Simulated) -> dict[str, Any]:
    return {
        "id": one.id,
        "summary": one.summary,
        "origin": one.origin,
        "outcome": one.outcome,
        "counts": one.counts,
        "behaviours": one.behaviours,
        "test": one.test,
        "message": one.message,
        "met_by": one.met_by,
        "touched": [{"label": label, "path": path} for label, path in one.touched],
        "relevance": one.relevance,
        "uses": [_use(use) for use in one.uses],
        "breaks": one.breaks,
        "advice": one.advice,
    }


def _used(one: Used) -> dict[str, Any]:
    return {
        "operation": one.operation,
        "label": one.label,
        "path": one.path,
        "is_whole": one.is_whole,
        "uses": [_use(use) for use in one.uses],
    }


def _use(one: Use) -> dict[str, Any]:
    return {"file": one.place.file, "line": one.place.line, "function": one.place.function, "tests": one.tests}
