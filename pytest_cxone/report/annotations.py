"""The report as annotations of GitHub: workflow commands, the most severe first, no more than are shown."""

from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from typing import Final, NamedTuple

from pytest_cxone.drift import Severity
from pytest_cxone.report.grouping import Change, grouped
from pytest_cxone.report.plain import cut, visible
from pytest_cxone.report.relevance import WORDS
from pytest_cxone.report.testfiles import first_place
from pytest_cxone.report.values import Failure, Outlook, Relevance, Report, Simulated
from pytest_cxone.validation import counted

__all__ = ["annotations_of"]

_MOST: Final = 10
"""GitHub shows ten annotations of each level of a step, and says nothing of the others."""
_LONGEST: Final = 1000


class _Level(StrEnum):
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"


_LEVELS: Final = {
    Severity.BREAKING: _Level.ERROR,
    Severity.ADDITIVE: _Level.NOTICE,
    Severity.COSMETIC: _Level.NOTICE,
}
_OUTLOOKS: Final = {Outlook.GO: _Level.NOTICE, Outlook.STOP: _Level.ERROR, Outlook.UNCLEAR: _Level.WARNING}


class _Annotation(NamedTuple):
    level: _Level
    title: str
    text: tuple[str, ...]
    place: tuple[str, int] | None = None


def annotations_of(report: Report) -> Iterator[str]:
    """Yield a line for each annotation, to be printed as it is; the last tells how many there was no place for."""
    by_level: defaultdict[_Level, list[_Annotation]] = defaultdict(list)
    for one in _annotations(report):
        by_level[one.level].append(one)
    errors, warnings, notices = (by_level[level] for level in _Level)
    if max(len(errors), len(warnings), len(notices)) <= _MOST:
        yield from map(_command, [*errors, *warnings, *notices])
        return
    shown = [*errors[:_MOST], *warnings[:_MOST], *notices[: _MOST - 1]]
    yield from map(_command, shown)
    left_out = len(errors) + len(warnings) + len(notices) - len(shown)
    text = f"{counted(left_out, 'more annotation')} of CXone: the job summary or a report has all."
    yield _command(_Annotation(_Level.NOTICE, "CXone: there is more", (text,)))


def _annotations(report: Report) -> Iterator[_Annotation]:
    verdict = report.verdict
    yield _Annotation(_OUTLOOKS[verdict.outlook], "CXone", (verdict.headline, *verdict.reasons))
    changes = [change for change in grouped(report.findings) if change.counts]
    yield from (_of_change(change) for change in changes if _LEVELS[change.severity] is _Level.ERROR)
    yield from map(_of_failure, report.failures)
    if report.not_compared:
        count = counted(len(report.not_compared), "comparison")
        told = tuple(str(one) for one in report.not_compared[:_MOST])
        yield _Annotation(_Level.WARNING, f"CXone: {count} could not be made", told)
    for change in changes:
        if change.acknowledged:
            text = f"{change.title}: acknowledged until {change.acknowledged.expires} by {change.acknowledged.owner}"
            yield _Annotation(_Level.WARNING, "CXone: an acknowledgement has expired", (text,))
    for rehearsal in report.rehearsals:
        yield from map(_of_survivor, () if rehearsal.refused else rehearsal.survived)
    yield from (_of_change(change) for change in changes if _LEVELS[change.severity] is not _Level.ERROR)


def _of_change(change: Change) -> _Annotation:
    found = change.first.finding
    before, after = change.samples
    text = (
        f"{change.title}: {', '.join(change.operations)}",
        f"{found.path}: {found.before} → {found.after}; {before} and {after} seen",
        f"{change.id}, fingerprint {', '.join(change.fingerprints)}",
        *([WORDS[change.relevance]] if change.relevance is not Relevance.UNKNOWN else []),
    )
    title = f"CXone: {change.severity} change"
    return _Annotation(_LEVELS[change.severity], title, text, first_place(change.uses, change.tests))


def _of_survivor(one: Simulated) -> _Annotation:
    text = (f"{one.summary} ({one.id})", one.breaks, one.advice)
    title = "CXone: no test would notice this upgrade"
    return _Annotation(_Level.WARNING, title, text, first_place(one.uses, one.met_by))


def _of_failure(one: Failure) -> _Annotation:
    title = f"CXone: test failed, {one.evidence}"
    return _Annotation(_Level.ERROR, title, (one.test, one.message), first_place((), [one.test]))


def _command(one: _Annotation) -> str:
    file = f"file={_property(one.place[0])}," if one.place else ""
    line = f"line={one.place[1]}," if one.place and one.place[1] else ""
    text = "\n".join(cut(visible(line), _LONGEST) for line in one.text)
    return f"::{one.level} {file}{line}title={_property(cut(visible(one.title), _LONGEST))}::{_data(text)}"


def _data(text: str) -> str:
    """Escape as GitHub's runner unescapes: the percent sign first."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
