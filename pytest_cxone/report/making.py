"""From what runs are known by to a report: what has changed, how bad that is, and whether to go on."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from pytest_cxone._resources import version
from pytest_cxone.drift import Drift, Finding, Severity, Witness, drift_of
from pytest_cxone.report.acknowledged import Acknowledged
from pytest_cxone.report.facts import RunFacts, TestFacts, merged, recorded_at
from pytest_cxone.report.fates import SPENT, Fate, broken_facts, counts_as_live, tried_of, without_hindered
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.labels import label_of
from pytest_cxone.report.obstacles import is_of_tenant, is_unasked, obstacles_of
from pytest_cxone.report.parity import parity_of
from pytest_cxone.report.rehearsal import rehearsals_of
from pytest_cxone.report.relevance import Readers, readers_of
from pytest_cxone.report.sentences import sentence
from pytest_cxone.report.values import Failure, Part, Report, Reported, Uncompared
from pytest_cxone.report.verdict import Grounds, verdict_of
from pytest_cxone.schemas import contract
from pytest_cxone.validation import counted

__all__ = ["SERVED_FAKE", "incomplete", "report_of"]

SERVED_FAKE: Final = "served fake"
"""Stands in the host of a run whose tenant was the fake that this package serves."""
_ORDER: Final = tuple(Severity)
"""Stands for when a cassette was recorded that does not tell."""
_ALL: Final = "all operations"
"""Stands for the operation where nothing of an API was seen."""
_MOST_SHARDS: Final = 5


def report_of(runs: Iterable[RunFacts], *, acknowledged: Acknowledged, now: datetime) -> Report:
    """Return the report of these runs, which may be shards of one. As if all had been one run."""
    runs = merged(runs)
    obstacles = obstacles_of(runs)
    drifts = _drifts(run for run in runs if run.dialect not in obstacles)
    missing = tuple(incomplete(runs))
    readers = readers_of(runs, is_whole=not missing)
    findings = sorted(_reported(runs, drifts, acknowledged, readers), key=lambda one: _ORDER.index(one.severity))
    rehearsals = rehearsals_of(runs, readers)
    unknown = tuple(dict.fromkeys(_uncompared(drifts)))
    compared = {(dialect, operation) for (dialect, _), drift in drifts.items() for operation in drift.compared}
    checked = {(dialect, operation) for (dialect, _), drift in drifts.items() for operation in drift.checked}
    origins = {test.origin for run in runs for test in run.tests if test.before is not None}
    tried = tuple(tried_of(runs, obstacles))
    grounds = Grounds(
        changes=grouped(findings),
        failures=tuple(_failure(test) for _, test, fate in tried if fate is Fate.STOPS),
        live=Counter(test.outcome for run, test, fate in tried if counts_as_live(run, test, fate)),
        compared=len(compared),
        checked=len(checked),
        unknown=len(unknown),
        facts=broken_facts(tried),
        obstacles=tuple(dict.fromkeys(obstacles.values())),
        hindered=sum(fate is Fate.HINDERED for *_, fate in tried),
        fake_failed=sum(fate is Fate.ON_FAKE for *_, fate in tried),
        incomplete=missing,
        rehearsals=rehearsals,
        is_recorded_from_fake=bool(origins) and all(SERVED_FAKE in origin for origin in origins),
        is_fake=any(SERVED_FAKE in run.host for run in runs),
    )
    stale = acknowledged.stale(
        (one.finding for one in findings),
        compared={operation for _, operation in compared},
        is_whole=not missing and not obstacles,
    )
    return Report(
        generated=now,
        recorder=version(),
        verdict=verdict_of(grounds),
        parts=tuple(map(_part, runs)),
        findings=tuple(findings),
        not_compared=(*_hidden(obstacles), *unknown),
        parity=parity_of(without_hindered(runs, obstacles)),
        failures=tuple(_failure(test) for _, test, fate in tried if fate is not None),
        compared=len(compared),
        checked=len(checked),
        recorded=min(filter(None, map(recorded_at, origins)), default=None),
        hints=tuple(dict.fromkeys(hint for drift in drifts.values() for hint in drift.hints)),
        stale=tuple(stale),
        rehearsals=rehearsals,
        used=readers.used,
    )


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


def _failure(test: TestFacts) -> Failure:
    return Failure(test=test.node_id, evidence=test.evidence, behaviours=test.behaviours, message=test.message)


# Findings

_World = tuple[str, str]
"""A dialect and a version of its API: only within one is anything compared."""


def _drifts(runs: Iterable[RunFacts]) -> Mapping[_World, Drift]:
    witnesses: defaultdict[_World, list[Witness]] = defaultdict(list)
    for run in runs:
        for test in run.tests:
            if test.after is not None and test.evidence == "live":
                witnesses[run.dialect, test.api_version].append(
                    Witness(test=test.test, after=test.after, before=test.before)
                )
    return {world: drift_of(several, contract(world[0])) for world, several in sorted(witnesses.items())}


@dataclass(slots=True)
class _Same:
    """A finding as all versions have it in whose answers it was found; `tests` are by version and name."""

    finding: Finding
    evidence: dict[str, None] = field(default_factory=dict)
    tests: dict[tuple[str, str], None] = field(default_factory=dict)
    api_versions: dict[str, None] = field(default_factory=dict)


def _reported(
    runs: Sequence[RunFacts], drifts: Mapping[_World, Drift], acknowledged: Acknowledged, readers: Readers
) -> Iterator[Reported]:
    live = ((run.dialect, test) for run in runs for test in run.tests if is_of_tenant(run, test))
    tests = {(dialect, test.api_version, test.test): test for dialect, test in live}
    same: dict[tuple[str, str], _Same] = {}
    for (dialect, api_version), drift in drifts.items():
        for drifted in drift.findings:
            known = same.setdefault((dialect, drifted.finding.fingerprint), _Same(drifted.finding))
            known.evidence |= dict.fromkeys(drifted.evidence)
            known.tests |= dict.fromkeys((api_version, test) for test in drifted.tests)
            known.api_versions |= dict.fromkeys(filter(None, [api_version]))
    for (dialect, _), one in same.items():
        severity, overridden = acknowledged.severity(one.finding)
        touched = [tests[dialect, *test] for test in one.tests]
        relevance, uses = readers.of(dialect, one.finding.operation, one.finding.path)
        yield Reported(
            finding=one.finding,
            severity=severity,
            label=label_of(dialect, one.finding.operation),
            sentence=sentence(one.finding),
            evidence=tuple(_evidence(one.evidence, touched)),
            behaviours=tuple(dict.fromkeys(id_ for test in touched for id_ in test.behaviours)),
            tests=tuple(dict.fromkeys(test.node_id for test in touched)),
            api_versions=tuple(one.api_versions),
            acknowledged=acknowledged.of(one.finding),
            overridden=overridden,
            relevance=relevance,
            uses=uses,
        )


def _evidence(kinds: Iterable[str], touched: Iterable[TestFacts]) -> Iterator[str]:
    origins = sorted({test.origin for test in touched if test.origin})
    for kind in kinds:
        if kind == "recording" and origins:
            yield f"recorded {origins[0]}" + (f", and later ({len(origins) - 1} more)" if len(origins) > 1 else "")
        else:
            yield "the contract" if kind == "contract" else "recorded"


def _uncompared(drifts: Mapping[_World, Drift]) -> Iterator[Uncompared]:
    for (dialect, _), drift in drifts.items():
        for one in drift.not_compared:
            label = label_of(dialect, one.operation)
            yield Uncompared(operation=one.operation, label=label, status=one.status, path=one.path, reason=one.reason)


def _hidden(obstacles: Mapping[str, str]) -> Iterator[Uncompared]:
    """Yield that nothing of an API was seen."""
    for dialect, obstacle in obstacles.items():
        label = f"{_ALL} of {dialect}" if len(obstacles) > 1 else _ALL
        yield Uncompared(operation=_ALL, label=label, status=None, path="", reason=obstacle)


# What is missing

_Sharded = tuple[str, str, int, str, str, tuple[str, ...]]
"""What the shards of one run share: mode, dialect, how many they are, night, tenant and versions."""


def incomplete(runs: Iterable[RunFacts]) -> Iterator[str]:
    """Say which shards are missing, what was lost with a worker, and that a run's own budget ended it."""
    runs = tuple(runs)
    shards: defaultdict[_Sharded, set[int]] = defaultdict(set)
    for run in runs:
        if run.shard:
            # Each shard may have a fake of its own, on a port of its own.
            host = run.host.partition(" ")[0].partition(":")[0]
            shards[run.mode, run.dialect, run.shard[1], run.series, host, run.api_versions].add(run.shard[0])
    for (mode, dialect, of, *_), there in sorted(shards.items()):
        missing = [number for number in range(1, of + 1) if number not in there]
        if missing:
            yield f"{_numbered(missing, of)} missing ({mode}, {dialect})"
    yield from dict.fromkeys(lost for run in runs for lost in run.lost)
    unasked = sum(is_unasked(test) for run in runs for test in run.tests)
    if unasked:
        yield f"{SPENT}: {counted(unasked, 'test')} could not ask"


def _numbered(missing: Sequence[int], of: int) -> str:
    if len(missing) == 1:
        return f"shard {missing[0]} of {of} is"
    *named, last = map(str, missing[:_MOST_SHARDS])
    if len(missing) > _MOST_SHARDS:
        named, last = [*named, last], f"{len(missing) - _MOST_SHARDS} more"
    return f"shards {', '.join(named)} and {last} of {of} are"
