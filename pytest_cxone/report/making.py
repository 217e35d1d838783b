"""From what runs are known by to a report: what has changed, how bad that is, and whether to go on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from pytest_cxone._resources import version
from pytest_cxone.behaviours import behaviours
from pytest_cxone.drift import Drift, Finding, Severity, Witness, drift_of
from pytest_cxone.report.acknowledged import Acknowledged
from pytest_cxone.report.facts import RunFacts, TestFacts, merged
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.parity import parity_of
from pytest_cxone.report.sentences import sentence
from pytest_cxone.report.values import Failure, Part, Report, Reported
from pytest_cxone.report.verdict import Grounds, verdict_of
from pytest_cxone.schemas import contract

__all__ = ["SERVED_FAKE", "incomplete", "report_of"]

SERVED_FAKE: Final = "served fake"
"""Stands in the host of a run whose tenant was the fake that this package serves."""
_ORDER: Final = tuple(Severity)
_UNKNOWN: Final = datetime.max.replace(tzinfo=UTC)
"""Stands for when a cassette was recorded that does not tell."""


def report_of(runs: Iterable[RunFacts], *, acknowledged: Acknowledged, now: datetime) -> Report:
    """Return the report of these runs, which may be shards of one. As if all had been one run."""
    runs = merged(runs)
    drifts = _drifts(runs)
    findings = sorted(_reported(runs, drifts, acknowledged), key=lambda one: _ORDER.index(one.severity))
    not_compared = tuple(dict.fromkeys(one for drift in drifts.values() for one in drift.not_compared))
    compared = {(dialect, operation) for (dialect, _), drift in drifts.items() for operation in drift.compared}
    checked = {(dialect, operation) for (dialect, _), drift in drifts.items() for operation in drift.checked}
    origins = {origin_of(test.origin) for run in runs for test in run.tests if test.before is not None}
    failures = tuple(_failures(runs))
    live = Counter(test.outcome for run in runs for test in run.tests if _is_of_tenant(run, test))
    grounds = Grounds(
        changes=grouped(findings),
        failures=failures,
        live=live,
        compared=len(compared),
        checked=len(checked),
        unknown=len(not_compared),
        broken=tuple(_broken(runs)),
        incomplete=tuple(incomplete(runs)),
        is_recorded_from_fake=bool(origins) and all(SERVED_FAKE in source for _, source in origins),
        is_fake=any(SERVED_FAKE in run.host for run in runs),
    )
    return Report(
        generated=now,
        version=version(),
        verdict=verdict_of(grounds),
        parts=tuple(map(_part, runs)),
        findings=tuple(findings),
        not_compared=not_compared,
        parity=parity_of(runs),
        failures=failures,
        compared=len(compared),
        checked=len(checked),
        recorded=min((moment for moment, _ in origins if moment != _UNKNOWN), default=None),
        labels={operation: _label(dialect, operation) for dialect, operation in checked},
        hints=tuple(dict.fromkeys(hint for drift in drifts.values() for hint in drift.hints)),
        stale=tuple(acknowledged.stale(one.finding for one in findings)) if compared else (),
    )


def origin_of(told: str) -> tuple[datetime, str]:
    """Read when a cassette was recorded, and from what: "2026-11-22T10:00:00Z served fake, 0.1.0"."""
    stamp, _, source = told.partition(" ")
    try:
        moment = datetime.fromisoformat(stamp)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC), source
    except ValueError:
        return _UNKNOWN, told


def _is_of_tenant(run: RunFacts, test: TestFacts) -> bool:
    return test.evidence == "live" or (test.evidence == "none" and run.mode in {"live", "record"})


def _part(run: RunFacts) -> Part:
    outcomes = Counter(test.outcome for test in run.tests)
    return Part(
        id=run.id,
        mode=run.mode,
        dialect=run.dialect,
        api_versions=run.api_versions,
        host=run.host,
        started=run.started,
        recorder=run.recorder,
        shard=run.shard,
        ran=outcomes["passed"] + outcomes["failed"],
        passed=outcomes["passed"],
        failed=outcomes["failed"],
        skipped=outcomes["skipped"],
        requests=run.requests,
    )


# Findings

_World = tuple[str, str]
"""A dialect and a version of its API: only within one is anything compared."""


def _drifts(runs: Sequence[RunFacts]) -> Mapping[_World, Drift]:
    witnesses: defaultdict[_World, list[Witness]] = defaultdict(list)
    for run in runs:
        for test in run.tests:
            if test.after is not None and test.evidence == "live":
                witnesses[run.dialect, test.api_version].append(
                    Witness(test=test.node_id, after=test.after, before=test.before)
                )
    return {world: drift_of(several, contract(world[0])) for world, several in sorted(witnesses.items())}


@dataclass(slots=True)
class _Same:
    """A finding as all versions have it in whose answers it was found."""

    finding: Finding
    evidence: dict[str, None]
    tests: dict[str, None]
    api_versions: dict[str, None]


def _reported(
    runs: Sequence[RunFacts], drifts: Mapping[_World, Drift], acknowledged: Acknowledged
) -> Iterator[Reported]:
    tests = {(run.dialect, test.node_id): test for run in runs for test in run.tests if _is_of_tenant(run, test)}
    same: dict[tuple[str, str], _Same] = {}
    for (dialect, api_version), drift in drifts.items():
        for drifted in drift.findings:
            key = dialect, drifted.finding.fingerprint
            known = same.setdefault(key, _Same(drifted.finding, {}, {}, {}))
            known.evidence |= dict.fromkeys(drifted.evidence)
            known.tests |= dict.fromkeys(drifted.tests)
            known.api_versions |= dict.fromkeys(filter(None, [api_version]))
    for (dialect, _), one in same.items():
        severity, overridden = acknowledged.severity(one.finding)
        touched = [tests[dialect, test] for test in one.tests if (dialect, test) in tests]
        yield Reported(
            finding=one.finding,
            severity=severity,
            label=_label(dialect, one.finding.operation),
            sentence=sentence(one.finding),
            evidence=tuple(_evidence(one.evidence, touched)),
            behaviours=tuple(dict.fromkeys(id_ for test in touched for id_ in test.behaviours)),
            tests=tuple(one.tests),
            api_versions=tuple(one.api_versions),
            acknowledged=acknowledged.of(one.finding),
            overridden=overridden,
        )


def _label(dialect: str, operation: str) -> str:
    # A report of another version of this package may tell of operations that this one does not know.
    return {one.id: one.label for one in contract(dialect).operations}.get(operation, operation)


def _evidence(kinds: Iterable[str], touched: Iterable[TestFacts]) -> Iterator[str]:
    origins = sorted({test.origin for test in touched if test.origin})
    for kind in kinds:
        if kind == "recording" and origins:
            yield f"recorded {origins[0]}" + (f", and later ({len(origins) - 1} more)" if len(origins) > 1 else "")
        else:
            yield "the contract" if kind == "contract" else "recorded"


def _failures(runs: Sequence[RunFacts]) -> Iterator[Failure]:
    for run in runs:
        for test in run.tests:
            if test.outcome == "failed":
                yield Failure(
                    test=test.node_id, evidence=test.evidence, behaviours=test.behaviours, message=test.message
                )


def _broken(runs: Sequence[RunFacts]) -> Iterator[str]:
    """Yield the documented facts that failed tests check."""
    failed = {
        (run.dialect, id_): None
        for run in runs
        for test in run.tests
        if test.outcome == "failed"
        for id_ in test.behaviours
    }
    for dialect, id_ in failed:
        known = behaviours(dialect).get(id_)
        yield id_ if known is None else known.statement


def incomplete(runs: Iterable[RunFacts]) -> Iterator[str]:
    """Say which shards are missing, and what was lost with a worker."""
    shards: defaultdict[tuple[str, str, int], set[int]] = defaultdict(set)
    for run in runs:
        if run.shard:
            shards[run.mode, run.dialect, run.shard[1]].add(run.shard[0])
    for (mode, dialect, of), there in sorted(shards.items()):
        missing = sorted(set(range(1, of + 1)) - there)
        if missing:
            yield f"shard {', '.join(map(str, missing))} of {of} is missing ({mode}, {dialect})"
    yield from dict.fromkeys(lost for run in runs for lost in run.lost)
