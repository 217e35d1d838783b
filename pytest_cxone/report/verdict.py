"""The verdict: whether to go on, in one line, and the weightiest reasons. What was not looked at is not called good."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from pytest_cxone.drift import Severity
from pytest_cxone.report.grouping import Change
from pytest_cxone.report.values import Failure, Outlook, Verdict
from pytest_cxone.validation import counted

__all__ = ["Grounds", "verdict_of"]

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a verdict rests on.

    `live` counts the tests of a tenant by outcome. `broken` has the documented facts that no longer hold. `compared`
    operations were compared with recordings, `checked` with the contract; `unknown` comparisons could not be made.
    `incomplete` says what is missing of the runs, `is_fake` that the tenant was the fake which this package serves,
    `is_recorded_from_fake` that all recordings were of that one.
    """

    changes: Sequence[Change]
    failures: Sequence[Failure]
    live: Counter[str]
    compared: int
    checked: int
    unknown: int
    broken: Sequence[str] = ()
    incomplete: Sequence[str] = ()
    is_fake: bool = False
    is_recorded_from_fake: bool = False


def verdict_of(grounds: Grounds) -> Verdict:
    """Return the verdict: stop for what breaks, unclear where too little was seen, go on otherwise."""
    ran = grounds.live["passed"] + grounds.live["failed"]
    breaking = [change for change in grounds.changes if change.counts and change.severity is Severity.BREAKING]
    if breaking or grounds.failures:
        outlook, headline = Outlook.STOP, f"Do not go on: {_broken(len(breaking), len(grounds.failures))}"
    elif not ran:
        outlook, headline = Outlook.UNCLEAR, "Cannot say: nothing was verified on a tenant"
    elif grounds.incomplete:
        outlook, headline = Outlook.UNCLEAR, f"Cannot say: {grounds.incomplete[0]}"
    elif not grounds.checked:
        outlook, headline = Outlook.UNCLEAR, "Cannot say: no answer of the tenant could be compared with anything"
    elif not grounds.compared:
        kept = f"{counted(grounds.checked, 'operation')} kept the contract"
        outlook, headline = Outlook.UNCLEAR, f"Cannot say: nothing is recorded to compare with; {kept}"
    else:
        outlook, headline = Outlook.GO, f"Go on: {_good(grounds)}"
    return Verdict(outlook=outlook, headline=headline, reasons=tuple(_reasons(grounds, breaking, ran)))


def _broken(breaking: int, failed: int) -> str:
    parts = [f"{counted(breaking, 'breaking change')}"] if breaking else []
    return ", ".join([*parts, *([f"{counted(failed, 'test')} failed"] if failed else [])])


def _good(grounds: Grounds) -> str:
    counts = Counter(change.severity for change in grounds.changes if change.counts)
    told = [f"{counts[severity]} {severity}" for severity in (Severity.ADDITIVE, Severity.COSMETIC) if counts[severity]]
    if told:
        return f"{' and '.join(told)} {'change' if counts.total() == 1 else 'changes'}, none breaking"
    where = f"in {counted(grounds.compared, 'operation')}"
    if grounds.unknown:
        return f"nothing found {where}; {counted(grounds.unknown, 'comparison')} could not be made"
    return f"no drift {where}"


def _named(change: Change) -> str:
    more = f" and {len(change.operations) - 1} more" if len(change.operations) > 1 else ""
    return f"{change.title} ({change.operations[0]}{more})"


def _first(reasons: Iterable[str], noun: str) -> Iterator[str]:
    told = list(reasons)
    yield from told[:_MOST_NAMED]
    if len(told) > _MOST_NAMED:
        yield f"and {counted(len(told) - _MOST_NAMED, f'more {noun}')}"


def _reasons(grounds: Grounds, breaking: Sequence[Change], ran: int) -> Iterator[str]:
    yield from _first(map(_named, breaking), "breaking change")
    yield from _first((f"No longer holds: {fact}" for fact in grounds.broken), "documented fact")
    others = [failure for failure in grounds.failures if not failure.behaviours]
    yield from _first((f"{failure.test} failed ({failure.evidence})" for failure in others), "failed test")
    acknowledged = sum(not change.counts for change in grounds.changes)
    if acknowledged:
        yield f"{counted(acknowledged, 'change')} acknowledged"
    skipped = grounds.live["skipped"]
    verb = "was" if skipped == 1 else "were"
    if ran:
        yield f"{counted(ran, 'test')} ran on the tenant" + (f", {skipped} {verb} skipped" if skipped else "")
    elif skipped:
        yield f"{counted(skipped, 'test')} {verb} skipped"
    if ran and grounds.checked and not grounds.compared:
        yield "nothing is recorded to compare with: only what breaks the contract would have been found"
    elif grounds.unknown:
        yield f"{counted(grounds.unknown, 'comparison')} could not be made"
    yield from grounds.incomplete
    if grounds.is_recorded_from_fake and not grounds.is_fake:
        yield "the recordings are of the fake, not of a tenant: record this one (pytest --cxone-record)"
    if grounds.is_fake:
        yield "the tenant was the fake that pytest-cxone serves: this says nothing about NICE's service"
