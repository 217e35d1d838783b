"""The score of a rehearsal in words, rounded so that it never looks better than it is."""

from math import floor
from typing import Final

from pytest_cxone.report.values import Rehearsal
from pytest_cxone.validation import counted

__all__ = ["percent", "scored"]

_DIGITS: Final = 2


def percent(rehearsal: Rehearsal) -> str:
    """Return the percentage that was noticed: "95 %", with as many digits as it takes to see which side of least it is.

    It is rounded down: what falls short by little is not shown as enough, nor all but one as all. Without upgrades that
    count it is "no score".
    """
    score, least = rehearsal.score, rehearsal.least
    if score is None:
        return "no score"
    shown = score
    for digits in range(_DIGITS + 1):
        shown = floor(score * 10**digits) / 10**digits
        if least is None or (shown >= least) is (score >= least):
            break
    return f"{shown:g} %"


def scored(*rehearsals: Rehearsal) -> str:
    """Return how many upgrades were noticed of those that count: "57 of 60 upgrades noticed (95 %)"."""
    noticed = sum(len(one.noticed) for one in rehearsals)
    survived = sum(len(one.survived) for one in rehearsals)
    if not noticed + survived:
        return "no upgrade changed what these tests ask for"
    together = rehearsals[0] if len(rehearsals) == 1 else _together(rehearsals)
    return f"{noticed} of {counted(noticed + survived, 'upgrade')} noticed ({percent(together)})"


def _together(rehearsals: tuple[Rehearsal, ...]) -> Rehearsal:
    return Rehearsal(dialect="", upgrades=tuple(upgrade for one in rehearsals for upgrade in one.upgrades))
