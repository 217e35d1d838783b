"""A rehearsal in a terminal: a screen at most, the score and the survivors first, one line where all was noticed."""

from collections.abc import Iterator, Sequence
from itertools import chain
from textwrap import wrap
from typing import Final

from pytest_cxone.report.plain import cells, cut, visible
from pytest_cxone.report.scores import scored
from pytest_cxone.report.screen import LABEL, SCREEN, Line, Tone, labelled, some, with_more
from pytest_cxone.report.values import Rehearsal, Simulated
from pytest_cxone.validation import counted

__all__ = ["rehearsal_lines"]

_NAMED: Final = 2
_HARMLESS: Final = 3


def rehearsal_lines(rehearsal: Rehearsal, *, width: int, written: Sequence[str] = ()) -> Iterator[Line]:
    """Yield the lines of the summary, none wider than `width`; `written` names the files that have all of it."""
    for line in _screen(rehearsal, width, [visible(name) for name in written]):
        yield line._replace(text=cut(line.text, width))


def _screen(rehearsal: Rehearsal, width: int, written: Sequence[str]) -> Iterator[Line]:
    room = width - LABEL - 2
    left_out = [visible(f"{one.test}: {one.reason}") for one in rehearsal.left_out]
    after = [*some("left out", left_out, room, most=_NAMED)]
    if rehearsal.survived and not rehearsal.refused:
        after = [*_advice(rehearsal.survived[0], room), *_rest(rehearsal, room), *after]
        if written:
            after.append(Line(labelled("reports", ", ".join(written)), Tone.DIM))
        least = f", {rehearsal.least:g} % asked for" if rehearsal.least is not None else ""
        yield Line(f"{scored(rehearsal)}{least}", _tone(rehearsal))
        yield from _survivors(rehearsal.survived, SCREEN - 1 - len(after), room, written)
    else:
        yield from _quiet(rehearsal, width, written)
    yield from after


def _tone(rehearsal: Rehearsal) -> Tone:
    is_well = rehearsal.score is not None and not (rehearsal.survived or rehearsal.refused)
    return Tone.BAD if rehearsal.falls_short else Tone.GOOD if is_well else Tone.PLAIN


def _quiet(rehearsal: Rehearsal, width: int, written: Sequence[str]) -> Iterator[Line]:
    """Yield one line where all of it fits: what is beside the score is else below it."""
    see = [f"see {name}" for name in written[:1]]
    headline, beside = scored(rehearsal), [*_counts(rehearsal), _work(rehearsal), *see]
    if rehearsal.refused:
        headline, beside = visible(f"Nothing was rehearsed: {rehearsal.refused}"), see
    whole = "; ".join([headline, *beside])
    if cells(whole) <= width:
        yield Line(whole, _tone(rehearsal))
        return
    lines = wrap(headline, max(20, width), max_lines=2, subsequent_indent="  ", placeholder="…")
    yield from (Line(line, _tone(rehearsal)) for line in lines)
    if beside:
        yield Line(f"  {'; '.join(beside)}", Tone.DIM)


def _survivors(survivors: Sequence[Simulated], lines: int, room: int, written: Sequence[str]) -> Iterator[Line]:
    """Yield two lines for each survivor, and one for those that there is no room for."""
    shown = survivors if 2 * len(survivors) <= lines else survivors[: (lines - 1) // 2]
    yield from chain.from_iterable(_survivor(one, room) for one in shown)
    if rest := len(survivors) - len(shown):
        place = f", in {written[0]}" if written else "; --cxone-report=FILE has all"
        yield Line(labelled("", f"and {rest} more{place}"))


def _survivor(one: Simulated, room: int) -> Iterator[Line]:
    # The id stays whole: it is what --cxone-upgrade takes.
    name = visible(one.id)
    yield Line(labelled("survived", with_more(visible(one.summary), f"  {name}", room)), Tone.BAD)
    yield Line(labelled("", visible(_reader(one) or one.breaks)))


def _reader(one: Simulated) -> str:
    """Say who reads what is named above; "" where nobody is known to."""
    if not one.uses:
        return ""
    others = f" (and {counted(len(one.uses) - 1, 'more place')})" if len(one.uses) > 1 else ""
    return f"{one.uses[0].place} reads it{others}"


def _advice(one: Simulated, room: int) -> Iterator[Line]:
    """Say what to write for the first survivor, since there is no room to say it of each."""
    lines = wrap(visible(one.advice), max(20, room), max_lines=3, placeholder="…", break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield Line(labelled("" if number else "to write", line))


def _rest(rehearsal: Rehearsal, room: int) -> Iterator[Line]:
    if harmless := rehearsal.harmless:
        names = ", ".join(visible(one.id) for one in harmless[:_HARMLESS])
        more = f" ({len(harmless) - _HARMLESS} more)" if len(harmless) > _HARMLESS else ""
        text = f"{counted(len(harmless), 'upgrade')} changed only what nobody here reads: {names}"
        yield Line(labelled("harmless", with_more(text, more, room)), Tone.DIM)
    if missed := rehearsal.missed:
        yield Line(
            labelled("not exercised", f"{counted(missed, 'upgrade')} changed no answer of these tests"), Tone.DIM
        )
    yield Line(labelled("rehearsed", _work(rehearsal)), Tone.DIM)


def _counts(rehearsal: Rehearsal) -> Iterator[str]:
    if harmless := len(rehearsal.harmless):
        yield f"{harmless:,} harmless"
    if missed := rehearsal.missed:
        yield f"{missed:,} not exercised"


def _work(rehearsal: Rehearsal) -> str:
    runs, tests = counted(rehearsal.runs, "run"), counted(rehearsal.tests, "test")
    return f"{runs} of {tests} in {rehearsal.seconds:.1f} s"
