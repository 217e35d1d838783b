"""The verdict: whether to go on, in one line, and the weightiest reasons. What was not looked at is not called good."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from pytest_cxone.drift import Severity
from pytest_cxone.report.grouping import Change
from pytest_cxone.report.scores import percent, scored
from pytest_cxone.report.values import Failure, Outlook, Rehearsal, Relevance, Verdict
from pytest_cxone.validation import counted

__all__ = ["Grounds", "verdict_of"]

_MOST_NAMED: Final = 3
_WHERE: Final = {"live": "on the tenant", "cassette": "on its cassette", "none": "before it came to the tenant"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What a verdict rests on.

    `failures` are those that stop: of a tenant, or a cassette of one. `hindered` tests met one of the `obstacles`, by
    which the API was not seen, and `fake_failed` tests failed on the fake. `live` counts the tests of a tenant by
    outcome. `facts` has, by the ids of behaviours, what is documented and no longer holds. `compared` operations were
    compared with recordings, `checked` with the contract; `unknown` comparisons could not be made. `incomplete` says
    what is missing of the runs, `is_fake` that the tenant was the fake which this package serves,
    `is_recorded_from_fake` that all recordings were of that one. Where there are `rehearsals`, and no test of a tenant,
    the verdict is theirs.
    """

    changes: Sequence[Change]
    failures: Sequence[Failure]
    live: Counter[str]
    compared: int
    checked: int
    unknown: int
    facts: Mapping[str, str] = field(default_factory=dict)
    obstacles: Sequence[str] = ()
    hindered: int = 0
    fake_failed: int = 0
    incomplete: Sequence[str] = ()
    is_fake: bool = False
    is_recorded_from_fake: bool = False
    rehearsals: Sequence[Rehearsal] = ()

    @property
    def ran(self) -> int:
        """How many tests ran on a tenant."""
        return self.live["passed"] + self.live["failed"]

    @property
    def counted(self) -> tuple[Change, ...]:
        """The changes that count."""
        return tuple(change for change in self.changes if change.counts)

    @property
    def acknowledged(self) -> tuple[Change, ...]:
        """The changes that somebody answers for."""
        return tuple(change for change in self.changes if not change.counts)

    @property
    def breaking(self) -> tuple[Change, ...]:
        """The changes that stop."""
        return tuple(change for change in self.counted if change.severity is Severity.BREAKING)

    @property
    def is_of_rehearsal(self) -> bool:
        """Whether there is a rehearsal, and no test of a tenant."""
        return bool(self.rehearsals) and not (self.live.total() or self.changes or self.obstacles)


def verdict_of(grounds: Grounds) -> Verdict:
    """Return the verdict: stop for what breaks, unclear where too little was seen, go on otherwise."""
    if grounds.breaking or grounds.failures:
        outlook, headline = Outlook.STOP, f"Do not go on: {_broken(grounds.breaking, len(grounds.failures))}"
    elif grounds.is_of_rehearsal:
        outlook, headline = _of_rehearsals(grounds)
    elif unclear := _unclear(grounds):
        outlook, headline = Outlook.UNCLEAR, f"Cannot say: {unclear}"
    else:
        outlook, headline = Outlook.GO, f"Go on: {_good(grounds)}"
    reasons = (reason for reason in _reasons(grounds) if not headline.endswith(f": {reason}"))
    return Verdict(outlook=outlook, headline=headline, reasons=tuple(reasons))


# Headlines


def _broken(breaking: Sequence[Change], failed: int) -> str:
    parts = [f"{counted(len(breaking), 'breaking change')}", *_read(breaking)] if breaking else []
    return ", ".join([*parts, *([f"{counted(failed, 'test')} failed"] if failed else [])])


def _read(breaking: Sequence[Change]) -> Iterator[str]:
    """Say how many of the changes are in what the code under test reads, where that is known."""
    relevances = Counter(change.relevance for change in breaking)
    if read := relevances[Relevance.READ]:
        yield "in what you read" if len(breaking) == 1 else f"{read} in what you read"
    elif not relevances[Relevance.UNKNOWN]:
        yield "none in what you read" if len(breaking) > 1 else "not in what you read"


def _of_rehearsals(grounds: Grounds) -> tuple[Outlook, str]:
    """Return what rehearsals come to by themselves, which is nothing about a tenant."""
    rehearsals = grounds.rehearsals
    if why := next((one.refused for one in rehearsals if one.refused), "") or next(iter(grounds.incomplete), ""):
        return Outlook.UNCLEAR, f"Cannot say: {why}"
    if short := next((one for one in rehearsals if one.falls_short and one.score is not None), None):
        return Outlook.STOP, f"Do not go on: {percent(short)} of upgrades noticed, {short.least:g} % asked for"
    if not any(upgrade.counts for one in rehearsals for upgrade in one.upgrades):
        return Outlook.UNCLEAR, f"Cannot say: {scored(*rehearsals)}"
    return Outlook.GO, f"Rehearsed: {scored(*rehearsals)}"


def _unclear(grounds: Grounds) -> str:
    """Say why there is no verdict, "" where there is one."""
    if grounds.obstacles:
        return grounds.obstacles[0]
    if grounds.incomplete:
        return grounds.incomplete[0]
    if not grounds.ran:
        fake = f", and {counted(grounds.fake_failed, 'test')} failed on the fake" if grounds.fake_failed else ""
        return f"nothing was verified on a tenant{fake}"
    if not grounds.checked:
        return "no answer of the tenant could be compared with anything"
    return "" if grounds.compared else f"nothing is recorded to compare with; {_kept(grounds)}"


def _kept(grounds: Grounds) -> str:
    # Without a recording, what was found is what breaks the contract.
    broken = {one.label for change in grounds.changes for one in change.findings}
    kept = f"{grounds.checked - len(broken)} of " if broken else ""
    return f"{kept}{counted(grounds.checked, 'operation')} kept the contract"


def _good(grounds: Grounds) -> str:
    counts = Counter(change.severity for change in grounds.counted)
    told = [f"{counts[severity]} {severity}" for severity in (Severity.ADDITIVE, Severity.COSMETIC) if counts[severity]]
    answered = f"{counted(len(grounds.acknowledged), 'change')} acknowledged" if grounds.acknowledged else ""
    if told:
        found = f"{' and '.join(told)} {'change' if counts.total() == 1 else 'changes'}"
        return f"{found}; {answered}" if answered else f"{found}, none breaking"
    where = f"in {counted(grounds.compared, 'operation')}"
    missed = f"{counted(grounds.unknown, 'comparison')} could not be made" if grounds.unknown else ""
    if answered:
        return "; ".join(filter(None, [f"nothing new {where}", answered, missed]))
    return f"nothing found {where}; {missed}" if missed else f"no drift {where}"


# Reasons


def _reasons(grounds: Grounds) -> Iterator[str]:
    if grounds.breaking:
        yield from _first(map(_named, grounds.breaking), "breaking change")
        if grounds.failures:
            yield f"{counted(len(grounds.failures), 'test')} failed, most likely of that"
    else:
        yield from _first((f"Failed: {fact}" for fact in grounds.facts.values()), "documented fact")
        others = [failure for failure in grounds.failures if not grounds.facts.keys() & set(failure.behaviours)]
        yield from _first((f"{failure.test} failed {_where(failure)}" for failure in others), "failed test")
        yield from map(_named, grounds.counted[:1])
    yield from _first((f"acknowledged: {_named(change)}" for change in grounds.acknowledged), "acknowledged change")
    yield from _of_what_was_rehearsed(grounds)
    yield from grounds.obstacles
    if grounds.hindered:
        yield f"{counted(grounds.hindered, 'test')} failed, most likely of that"
    yield from _of_runs(grounds)


def _of_what_was_rehearsed(grounds: Grounds) -> Iterator[str]:
    for one in grounds.rehearsals:
        of = f" ({one.dialect})" if len(grounds.rehearsals) > 1 else ""
        if not grounds.is_of_rehearsal:
            yield f"nothing was rehearsed{of}: {one.refused}" if one.refused else f"rehearsed{of}: {scored(one)}"
    if grounds.is_of_rehearsal:
        survivors = [upgrade for one in grounds.rehearsals if not one.refused for upgrade in one.survived]
        yield from _first((f"survived: {upgrade.summary} ({upgrade.id})" for upgrade in survivors), "survivor")
        harmless = sum(len(one.harmless) for one in grounds.rehearsals)
        if harmless:
            yield f"{counted(harmless, 'more upgrade')} changed only what nobody here reads"
        yield "upgrades were simulated on the fake: this says what these tests would notice, and nothing of a tenant"


def _of_runs(grounds: Grounds) -> Iterator[str]:
    skipped = grounds.live["skipped"]
    verb = "was" if skipped == 1 else "were"
    if grounds.ran:
        yield f"{counted(grounds.ran, 'test')} ran on the tenant" + (f", {skipped} {verb} skipped" if skipped else "")
    elif skipped:
        yield f"{counted(skipped, 'test')} {verb} skipped"
    if grounds.ran and grounds.checked and not grounds.compared:
        yield "nothing is recorded to compare with: only what breaks the contract would have been found"
    elif grounds.unknown:
        yield f"{counted(grounds.unknown, 'comparison')} could not be made"
    yield from grounds.incomplete
    if grounds.fake_failed:
        yield f"{counted(grounds.fake_failed, 'test')} failed on the fake: see parity"
    if grounds.is_recorded_from_fake and not grounds.is_fake:
        yield "the recordings are of the fake, not of a tenant: record this one (pytest --cxone-record)"
    if grounds.is_fake:
        yield "the tenant was the fake that pytest-cxone serves: this says nothing about NICE's service"


def _where(failure: Failure) -> str:
    return _WHERE.get(failure.evidence, f"({failure.evidence})")


def _named(change: Change) -> str:
    more = f" and {len(change.operations) - 1} more" if len(change.operations) > 1 else ""
    return f"{change.title} ({change.operations[0]}{more})"


def _first(reasons: Iterable[str], noun: str) -> Iterator[str]:
    told = list(reasons)
    yield from told[:_MOST_NAMED]
    if len(told) > _MOST_NAMED:
        yield f"and {counted(len(told) - _MOST_NAMED, f'more {noun}')}"
