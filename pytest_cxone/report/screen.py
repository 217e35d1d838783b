"""What a screen of the terminal is made of: lines with a label, and what is cut or counted to make them fit."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from textwrap import wrap
from typing import Final, NamedTuple

from pytest_cxone.report.plain import cells, cut

__all__ = ["LABEL", "SCREEN", "Line", "Tone", "first", "labelled", "some", "with_more", "wrapped"]

SCREEN: Final = 24
"""The lines that a section of the summary has at most."""
LABEL: Final = 14
"""The columns of what stands before a line: the longest is "acknowledged" with two spaces."""


class Tone(StrEnum):
    """How a line is to be read, for colours."""

    PLAIN = "plain"
    GOOD = "good"
    BAD = "bad"
    DIM = "dim"


class Line(NamedTuple):
    """One line of text without control characters."""

    text: str
    tone: Tone = Tone.PLAIN


def wrapped(texts: Sequence[str], width: int, *, most: int) -> Iterator[Line]:
    """Yield so many texts, in two lines where one is too long: what a verdict rests on is not cut."""
    room = max(20, width - 2)
    for text, more in first(texts, most):
        *above, last = wrap(text, room, max_lines=2, placeholder="…") or [""]
        yield from (Line(f"  {line}") for line in above)
        yield Line(f"  {with_more(last, more, room)}")


def labelled(label: str, text: str) -> str:
    """Return a line of what has this label."""
    return f"  {label:<{LABEL}}{text}"


def some(label: str, told: Sequence[str], room: int, tone: Tone = Tone.PLAIN, *, most: int) -> Iterator[Line]:
    """Yield a line for each of these, the label before the first; so many at most."""
    for number, (text, more) in enumerate(first(told, most)):
        yield Line(labelled("" if number else label, with_more(text, more, room)), tone)


def first(told: Sequence[str], most: int) -> Iterator[tuple[str, str]]:
    """Yield the first of these, each with what follows it: how many more there are, after the last."""
    rest = len(told) - most
    for number, text in enumerate(told[:most], 1):
        yield text, f" ({rest} more)" if number == most and rest > 0 else ""


def with_more(text: str, more: str, room: int) -> str:
    """Return a text and what follows it, for which the text is cut."""
    return cut(text, max(1, room - cells(more))) + more if more else text
