"""Statuses, test by test: each asks for the same again, so another status is a change though both occur elsewhere."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from pytest_cxone.drift.comparing import PASSING
from pytest_cxone.drift.findings import Finding, FindingId, Severity
from pytest_cxone.drift.pairs import listed
from pytest_cxone.drift.sights import Observed
from pytest_cxone.paths import STATUS
from pytest_cxone.schemas import Operation

__all__ = ["Seen", "status_changes"]

Seen = tuple[str, Observed, Observed]
"""A test, what was recorded of it, and what it sees now."""
_Key = tuple[str, int, tuple[int, ...]]
"""An operation, its new status, and those that are gone for it."""


@dataclass(slots=True)
class _Change:
    """One new status of one operation: which were gone for it, which others there were, and which tests met it."""

    before: set[int] = field(default_factory=set)
    tests: set[str] = field(default_factory=set)
    samples: tuple[int, int] = (0, 0)

    def add(self, test: str, before: Counter[int], after: Counter[int]) -> None:
        """Count a test to it."""
        self.before |= before.keys()
        self.tests.add(test)
        self.samples = self.samples[0] + before.total(), self.samples[1] + after.total()

    def take_in(self, other: "_Change") -> None:
        """Count the tests of another to it."""
        self.tests |= other.tests
        self.samples = self.samples[0] + other.samples[0], self.samples[1] + other.samples[1]


def status_changes(seen: Iterable[Seen], operations: Mapping[str, Operation]) -> Iterator[tuple[Finding, set[str]]]:
    """Yield each change of a status, with the tests that met it."""
    changed: defaultdict[_Key, _Change] = defaultdict(_Change)
    undecided: list[tuple[str, str, Counter[int], Counter[int]]] = []
    for test, before, after in seen:
        was, now = _by_operation(before), _by_operation(after)
        for operation in was.keys() & now.keys():
            declared = operations.get(operation)
            old, new = _without_chance(was[operation], declared), _without_chance(now[operation], declared)
            found = list(_changed(old, new))
            for status, gone in found:
                changed[operation, status, gone].add(test, old, new)
            if not found:
                undecided.append((test, operation, old, new))
    _join(changed, undecided)
    for (operation, status, gone), change in changed.items():
        yield _finding(operation, status, gone, change), change.tests


def _join(changed: "dict[_Key, _Change]", undecided: Iterable[tuple[str, str, Counter[int], Counter[int]]]) -> None:
    """Count to a change also the tests that cannot show it alone: one that fails early does not ask all that it did."""
    for key in sorted(changed, key=lambda key: len(key[2]), reverse=True):
        operation, new, gone = key
        # Of those for which fewer statuses are gone, the one that this goes with; none is gone where both came.
        swaps = [one for one in changed if one[:2] == (operation, new) and one[2] and one != key]
        swap = next((one for one in sorted(swaps) if not gone or set(one[2]) < set(gone)), None)
        if swap is not None:
            changed[swap].take_in(changed.pop(key))
    swaps = [key for key in changed if key[2]]
    for test, asked, before, after in undecided:
        for operation, new, gone in swaps:
            if asked == operation and after[new] > before[new] and any(before[old] > after[old] for old in gone):
                changed[operation, new, gone].add(test, before, after)


def _finding(operation: str, new: int, gone: tuple[int, ...], change: _Change) -> Finding:
    return Finding(
        id=FindingId.STATUS_CHANGED if gone else FindingId.STATUS_ADDED,
        severity=Severity.BREAKING,
        operation=operation,
        status=None,
        path=STATUS,
        before=listed(gone or change.before),
        after=str(new),
        samples=change.samples,
        change=(listed(gone), str(new)),
    )


def _by_operation(observed: Observed) -> dict[str, Counter[int]]:
    statuses: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for sight, count in observed.counts.items():
        if sight.path == STATUS and sight.status not in PASSING:
            statuses[sight.operation][sight.status] += count
    return statuses


def _changed(before: Counter[int], after: Counter[int]) -> Iterator[tuple[int, tuple[int, ...]]]:
    """Yield each status that is new, and those that are gone for it."""
    gone, new = tuple(sorted(before.keys() - after.keys())), sorted(after.keys() - before.keys())
    if not before:
        return
    if gone and not new and before.total() == after.total():
        # As many requests, all of them answered as only some were before.
        new = [status for status in after if after[status] > before[status]]
    yield from ((status, gone) for status in new)


def _without_chance(statuses: Counter[int], declared: Operation | None) -> Counter[int]:
    """Take 200 and 204 for one where both are declared: whether there is something to answer depends on the day."""
    if declared is None or not (declared.declares(200) and declared.declares(204)):
        return statuses
    joined: Counter[int] = Counter()
    for status, count in statuses.items():
        joined[200 if status == 204 else status] += count
    return joined
