"""The report in a terminal: a screen at most, the verdict first, one line where nothing has changed."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from textwrap import wrap
from typing import Final

from pytest_cxone.drift import Severity
from pytest_cxone.report.grouping import Change, grouped
from pytest_cxone.report.plain import cells, cut, shortened, visible
from pytest_cxone.report.screen import LABEL, SCREEN, Line, Tone, labelled, some, with_more, wrapped
from pytest_cxone.report.survivors import rehearsal_lines
from pytest_cxone.report.values import Agreement, Outlook, Relevance, Report
from pytest_cxone.validation import counted

__all__ = ["Line", "Tone", "lines", "rehearsal_lines"]

_REASONS: Final = 4
_NAMED: Final = 2
"""How many of a kind are named where that is not of changes: the rest is counted."""
_ROOM: Final = 9
"""The lines that changes have at least, where there are many: four changes, and how many more there are."""


_TONES: Final = {Outlook.GO: Tone.GOOD, Outlook.STOP: Tone.BAD, Outlook.UNCLEAR: Tone.PLAIN}
_SEVERITIES: Final = {Severity.BREAKING: Tone.BAD, Severity.ADDITIVE: Tone.PLAIN, Severity.COSMETIC: Tone.DIM}


def lines(report: Report, *, width: int, written: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines of the summary, none wider than `width`; `written` names the files that have all of it."""
    for line in _screen(report, width, [visible(name) for name in written]):
        yield line._replace(text=cut(line.text, width))


def _screen(report: Report, width: int, written: Sequence[str]) -> Iterator[Line]:
    verdict, tone = report.verdict, _TONES[report.verdict.outlook]
    changes = grouped(report.findings)
    counted = [change for change in changes if change.counts]
    reasons = list(_reasons(report, changes))
    after = list(_after(report, changes, width, most=_NAMED))
    if not changes and not after and verdict.outlook is Outlook.GO:
        yield from _quiet(visible(verdict.headline), reasons, width, written)
        return
    headline = wrap(visible(verdict.headline), max(20, width), max_lines=2, subsequent_indent="  ", placeholder="…")
    above = [*(Line(line, tone) for line in headline), *wrapped(reasons, width, most=_REASONS)]
    room = SCREEN - 1 - len(above)
    if 2 * len(counted) > room - len(after) < _ROOM:
        after = list(_after(report, changes, width, most=1))
    yield from above
    yield from _changes(counted, room - len(after), width, written)
    yield from after
    if written:
        yield Line(labelled("reports", ", ".join(written)), Tone.DIM)


def _quiet(headline: str, reasons: Sequence[str], width: int, written: Sequence[str]) -> Iterator[Line]:
    """Yield one line where all of it fits; what a verdict rests on is not cut."""
    beside = "; ".join([*reasons, *([f"see {written[0]}"] if written else [])])
    whole = f"{headline} ({beside})" if beside else headline
    if cells(whole) <= width:
        yield Line(whole, Tone.GOOD)
        return
    yield Line(headline, Tone.GOOD)
    yield from wrapped(reasons, width, most=_REASONS)
    if written:
        yield Line(f"  see {written[0]}", Tone.DIM)


def _reasons(report: Report, changes: Iterable[Change]) -> Iterator[str]:
    """Yield the reasons without those that name a change or a test, which have lines of their own, or count them."""
    tests = (f"{failure.test} failed" for failure in report.failures)
    told = (*(change.title for change in changes), *tests, "acknowledged: ", "survived: ", "and ")
    for reason in report.verdict.reasons:
        if not reason.startswith(told):
            yield visible(reason)


# What has changed


def _changes(changes: Sequence[Change], room: int, width: int, written: Sequence[str]) -> Iterator[Line]:
    """Yield two lines for each change, and one for those that there is no room for."""
    shown = changes if 2 * len(changes) <= room else changes[: (room - 1) // 2]
    yield from chain.from_iterable(_change(change, width) for change in shown)
    if rest := changes[len(shown) :]:
        counts = Counter(change.severity for change in rest)
        told = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
        place = f", in {written[0]}" if written else "; --cxone-report=FILE has all"
        yield Line(labelled("", f"and {len(rest)} more ({told}){place}"))


def _change(change: Change, width: int) -> Iterator[Line]:
    tone = _SEVERITIES[change.severity]
    operations = change.operations
    where = visible(operations[0]) if len(operations) == 1 else f"in {counted(len(operations), 'operation')}"
    text = with_more(f"{visible(change.title)}: {where}", _read(change), width - LABEL - 2)
    yield Line(labelled(change.severity, text), tone)
    found = change.first.finding
    before, after = change.samples
    others = f" +{len(change.fingerprints) - 1}" if len(change.fingerprints) > 1 else ""
    tail = f"; {before} and {after} seen  {change.fingerprints[0]}{others}"
    what = f"{visible(found.path)}: {visible(found.before)} → {visible(found.after)}"
    # What is long is cut before the samples and the fingerprint, which nothing else tells.
    yield Line(labelled("", cut(what, max(1, width - LABEL - 2 - cells(tail))) + tail), tone)


def _read(change: Change) -> str:
    """Say whether the code under test reads it, where that is known; of the place no more than fits a line."""
    if change.relevance is Relevance.UNREAD:
        return "; nobody here reads this"
    if change.relevance is Relevance.UNKNOWN:
        return ""
    place = change.uses[0].place if change.uses else None
    at = f" at {shortened(visible(f'{place.file}:{place.line}' if place.line else place.file), 40)}" if place else ""
    return f"; you read this{at}"


# What is told after the changes


def _after(report: Report, changes: Iterable[Change], width: int, *, most: int) -> Iterator[Line]:
    """Yield what else is to be told, naming so many of a kind at most; of hints one more."""
    room = width - LABEL - 2
    failures = [_failed(visible(one.test), visible(one.message), room) for one in report.failures]
    yield from some("failed", failures, room, Tone.BAD, most=most)
    yield from _not_compared(report, room, most)
    yield from _acknowledged(changes, room, most)
    yield from some("stale", list(map(visible, report.stale)), room, most=1)
    yield from _parity(report)
    yield from some("worth a look", list(map(visible, report.hints)), room, Tone.DIM, most=most + 1)


def _failed(test: str, why: str, room: int) -> str:
    """Name a test and why it failed: where both do not fit, the name is the first to be shortened, to a half."""
    return f"{shortened(test, max(room - cells(why) - 2, room // 2))}: {why}"


def _not_compared(report: Report, room: int, most: int) -> Iterator[Line]:
    if not report.compared and not report.is_of_rehearsal:
        yield Line(labelled("not compared", "no operation with a recording: whether anything has changed is not known"))
    if report.not_compared:
        count = counted(len(report.not_compared), "comparison")
        yield Line(labelled("not compared", f"{count} could not be made: what has changed there is not known"))
        yield from some("", [visible(str(one)) for one in report.not_compared], room, Tone.DIM, most=most)


def _acknowledged(changes: Iterable[Change], room: int, most: int) -> Iterator[Line]:
    answered = [change for change in changes if change.acknowledged]
    held = [change for change in answered if not change.counts]
    if held:
        owners = ", ".join(dict.fromkeys(visible(one.acknowledged.owner) for one in held if one.acknowledged))
        named = ", ".join(visible(one.title) for one in held)
        yield Line(labelled("acknowledged", f"{counted(len(held), 'change')}, by {owners}: {named}"), Tone.DIM)
    expired = [
        f"{one.fingerprints[0]} on {one.acknowledged.expires} ({visible(one.acknowledged.owner)}): it counts again"
        for one in answered
        if one.counts and one.acknowledged
    ]
    yield from some("expired", expired, room, most=most)


def _parity(report: Report) -> Iterator[Line]:
    counts = Counter(row.agreement for row in report.parity)
    differ = [visible(row.behaviour) for row in report.parity if row.agreement is Agreement.DIFFER]
    if differ:
        others = ", ".join(f"{counts[one]} {one}" for one in Agreement if counts[one] and one is not Agreement.DIFFER)
        yield Line(labelled("parity", f"{len(differ)} differ: {', '.join(differ)}; {others or 'no other'}"))
