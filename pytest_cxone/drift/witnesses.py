"""Drift, from what many tests saw: against what was recorded of each, and against the contract. Each change once."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from pytest_cxone.drift.breaches import Breach, breaches_of, explained, unexplained
from pytest_cxone.drift.comparing import compare, rank
from pytest_cxone.drift.findings import Finding, NotCompared
from pytest_cxone.drift.observing import observe
from pytest_cxone.drift.sights import EMPTY_ANSWER, Observed
from pytest_cxone.drift.statuses import status_changes
from pytest_cxone.model import Exchange
from pytest_cxone.paths import OTHER_PATHS, STATUS
from pytest_cxone.schemas import Contract, Operation
from pytest_cxone.validation import counted

__all__ = ["Drift", "Drifted", "Seen", "Witness", "drift_of", "see"]

_SLOWER: Final = 3.0
_LEAST_SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What one test's exchanges show: shapes and protocol, breaches of the contract with how many rows have each.

    `seconds` is how long an operation took, the median.
    """

    observed: Observed
    breaches: Mapping[Breach, int] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A test that ran on a tenant: what it saw, and what its cassette has, if it has one."""

    test: str
    after: Seen
    before: Seen | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Drifted:
    """A finding, what it was compared with, and the tests whose requests met it."""

    finding: Finding
    evidence: tuple[str, ...]
    tests: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift:
    """What the tests of a run come to: findings, the worst first, and what could not be compared.

    `compared` operations were compared with recordings, `checked` with the contract. `hints` count nowhere.
    """

    findings: tuple[Drifted, ...] = ()
    not_compared: tuple[NotCompared, ...] = ()
    compared: frozenset[str] = frozenset()
    checked: frozenset[str] = frozenset()
    hints: tuple[str, ...] = ()


def see(
    exchanges: Sequence[Exchange],
    contract: Contract,
    *,
    orders: str | None = None,
    clean: Callable[[str], str] = str,
) -> Seen:
    """Look at what one test exchanged, or at its cassette, of which `orders` tells how listings were sorted.

    `clean` takes persons out of a text of several lines, which keeps these apart.
    """
    seconds: defaultdict[str, list[float]] = defaultdict(list)
    for exchange in exchanges:
        operation = contract.operation_for(exchange.request)
        if operation is not None and exchange.seconds is not None:
            seconds[operation.id].append(exchange.seconds)
    return Seen(
        observed=observe(exchanges, contract, orders=orders, clean=clean),
        breaches=breaches_of(exchanges, contract),
        seconds={operation: median(took) for operation, took in seconds.items()},
    )


def drift_of(witnesses: Iterable[Witness], contract: Contract) -> Drift:
    """Return what all these tests, of one version of the API, come to. Each is compared with its own recording."""
    witnesses = sorted(witnesses, key=lambda witness: witness.test)
    pairs = [(one.test, one.before.observed, one.after.observed) for one in witnesses if one.before is not None]
    operations = {operation.id: operation for operation in contract.operations}
    of_statuses = list(status_changes(pairs, operations))
    # What came with another status is told by that, and not held against what came with this status before.
    moved = {
        (test, one.operation, int(one.after)): number
        for number, (one, tests) in enumerate(of_statuses)
        for test in tests
    }
    before = Observed.merged(was for _, was, _ in pairs)
    after = Observed.merged(_without(now, lambda *place, test=test: (test, *place) in moved) for test, _, now in pairs)
    comparison = compare(before, after, contract=contract, has_statuses=False)
    met = _Met(witnesses)
    findings = [finding for finding, _ in of_statuses] + list(comparison.findings)
    broken = _Broken(witnesses, findings, moved)
    told = [
        Drifted(
            finding=finding,
            evidence=("recording", "contract") if number in broken.explained else ("recording",),
            tests=tuple(sorted(of_statuses[number][1])) if number < len(of_statuses) else met.by(finding),
        )
        for number, finding in enumerate(findings)
    ]
    told += (
        Drifted(finding=finding, evidence=("contract",), tests=met.by(finding)) for finding in unexplained(broken.new)
    )
    return Drift(
        findings=tuple(sorted(told, key=lambda drifted: rank(drifted.finding))),
        not_compared=(
            *_unmatched(before, after, told, operations),
            *comparison.not_compared,
            *_strange(witnesses),
            *_unpaired(witnesses),
        ),
        compared=frozenset(_operations(before) & _operations(after)),
        checked=frozenset().union(*(_operations(one.after.observed) for one in witnesses)),
        hints=(*broken.hints, *comparison.hints, *_slower(witnesses)),
    )


def _without(observed: Observed, is_left_out: Callable[[str, int], bool]) -> Observed:
    """Return what was seen without the answers of some statuses, but for these themselves."""
    return Observed(
        {
            sight: count
            for sight, count in observed.counts.items()
            if sight.path == STATUS or not is_left_out(sight.operation, sight.status)
        }
    )


class _Broken:
    """What breaks the contract now: what `findings` explain, by number; what is `new`; and what was recorded so."""

    def __init__(
        self, witnesses: Sequence[Witness], findings: Sequence[Finding], moved: Mapping[tuple[str, str, int], int]
    ) -> None:
        self.explained: set[int] = set()
        self.new: Counter[Breach] = Counter()
        # What stood there may have been scrubbed away.
        recorded = {breach[:4] for one in witnesses if one.before is not None for breach in one.before.breaches}
        known: dict[str, None] = {}
        for witness in witnesses:
            for breach, count in witness.after.breaches.items():
                cause = moved.get((witness.test, breach.operation, breach.status))
                explaining = explained(findings, breach) if cause is None else [cause]
                self.explained.update(explaining)
                if breach[:4] in recorded:
                    known[f"{breach.operation} {breach.path}"] = None
                elif not explaining:
                    self.new[breach] += count
        self.hints = [f"breaks the contract as it did when recorded: {', '.join(sorted(known))}"] if known else []


def _operations(observed: Observed) -> set[str]:
    return {sight.operation for sight in observed.counts} - {OTHER_PATHS}


class _Met:
    """Which tests met which answers."""

    def __init__(self, witnesses: Iterable[Witness]) -> None:
        self._tests: defaultdict[tuple[str, int | None], set[str]] = defaultdict(set)
        for witness in witnesses:
            for operation, status, *_ in witness.after.observed.counts:
                self._tests[operation, status].add(witness.test)
                self._tests[operation, None].add(witness.test)

    def by(self, finding: Finding) -> tuple[str, ...]:
        return tuple(sorted(self._tests[finding.operation, finding.status]))


# What cannot be said


def _unmatched(
    before: Observed, after: Observed, found: Iterable[Drifted], operations: Mapping[str, Operation]
) -> Iterator[NotCompared]:
    """Yield the statuses that came on one side only and that no finding tells of."""
    told: set[tuple[str, str]] = set()
    for finding in (drifted.finding for drifted in found):
        if finding.path == STATUS:
            told |= {(finding.operation, status) for status in f"{finding.before}, {finding.after}".split(", ")}
        elif finding.path == EMPTY_ANSWER:
            told |= {(finding.operation, "200"), (finding.operation, "204")}
    was, now = ({(one.operation, one.status) for one in side.counts if one.path == STATUS} for side in (before, after))
    both = {operation for operation, _ in was} & {operation for operation, _ in now}
    for operation, status in sorted(was ^ now):
        declared = operations.get(operation)
        is_chance = status in {200, 204} and declared is not None and declared.declares(200) and declared.declares(204)
        if operation in both and (operation, str(status)) not in told and not is_chance:
            side, other = ("before", "after") if (operation, status) in was else ("after", "before")
            yield NotCompared(operation=operation, status=status, path=STATUS, reason=f"came {side} and never {other}")


def _unpaired(witnesses: Iterable[Witness]) -> Iterator[NotCompared]:
    """Yield what has no recording: one line for an operation, however many tests."""
    missing: Counter[str] = Counter()
    for witness in witnesses:
        if witness.before is None:
            missing.update(_operations(witness.after.observed))
    for operation, count in sorted(missing.items()):
        reason = f"no recording of {counted(count, 'test')}"
        yield NotCompared(operation=operation, status=None, path="", reason=reason)


def _strange(witnesses: Iterable[Witness]) -> Iterator[NotCompared]:
    """Yield that the bodies behind other paths than the contract's were not looked at."""
    seen = (sight_and_count for one in witnesses for sight_and_count in one.after.observed.counts.items())
    count = sum(count for sight, count in seen if sight.operation == OTHER_PATHS)
    if count:
        reason = f"only the status: {counted(count, 'request')} went to paths that the contract does not have"
        yield NotCompared(operation=OTHER_PATHS, status=None, path="", reason=reason)


def _slower(witnesses: Sequence[Witness]) -> Iterator[str]:
    """Yield which operations take much longer than when they were recorded: a hint, as the network is in it."""
    was, now = (_took(witnesses, side) for side in (lambda one: one.before, lambda one: one.after))
    for operation in sorted(was.keys() & now.keys()):
        before, after = median(was[operation]), median(now[operation])
        if after > _SLOWER * before and after - before > _LEAST_SECONDS:
            yield f"{operation} took {after:.1f} s, and {before:.1f} s when it was recorded"


def _took(witnesses: Iterable[Witness], side: Callable[[Witness], Seen | None]) -> Mapping[str, list[float]]:
    took: defaultdict[str, list[float]] = defaultdict(list)
    for witness in witnesses:
        seen = side(witness)
        for operation, seconds in (seen.seconds if seen else {}).items():
            took[operation].append(seconds)
    return took
