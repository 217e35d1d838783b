"""From what was rehearsed to what is reported: survivors first, graded by what the code under test reads."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from pytest_cxone.rehearsal.outcomes import Outcome, Rehearsed, RehearsedUpgrade
from pytest_cxone.report.advice import Met, advice_of, breaks_of
from pytest_cxone.report.facts import RunFacts
from pytest_cxone.report.labels import label_of
from pytest_cxone.report.relevance import READ_FIRST, Readers, together
from pytest_cxone.report.values import Rehearsal, Relevance, Simulated, Use

__all__ = ["rehearsals_of"]

_OUTCOMES: Final = (Outcome.SURVIVED, Outcome.NOTICED, Outcome.NOT_EXERCISED)


def rehearsals_of(runs: Iterable[RunFacts], readers: Readers) -> tuple[Rehearsal, ...]:
    """Return a rehearsal for each dialect of which there is one; several runs are parts of one suite."""
    by_dialect: defaultdict[str, list[RunFacts]] = defaultdict(list)
    for run in runs:
        if run.rehearsed is not None:
            by_dialect[run.dialect].append(run)
    return tuple(_rehearsal(dialect, several, readers) for dialect, several in sorted(by_dialect.items()))


def _rehearsal(dialect: str, runs: Sequence[RunFacts], readers: Readers) -> Rehearsal:
    rehearsed = Rehearsed.merged(run.rehearsed for run in runs if run.rehearsed is not None)
    upgrades = [_simulated(dialect, one, readers) for one in rehearsed.upgrades]
    return Rehearsal(
        dialect=dialect,
        upgrades=tuple(sorted(upgrades, key=_rank)),
        idle=rehearsed.idle,
        left_out=rehearsed.left_out,
        tests=rehearsed.tests,
        runs=rehearsed.runs,
        seconds=rehearsed.seconds,
        refused=rehearsed.refused,
        least=max((run.rehearse_least for run in runs if run.rehearse_least is not None), default=None),
    )


def _rank(one: Simulated) -> tuple[int, int, bool]:
    """Return where an upgrade stands: survivors by what is read of them, and what somebody thought of before others."""
    return _OUTCOMES.index(one.outcome), READ_FIRST.index(one.relevance), one.origin == "derived"


def _simulated(dialect: str, one: RehearsedUpgrade, readers: Readers) -> Simulated:
    """Return an upgrade as it is reported; what is read of it is said of survivors, since only there it matters."""
    met = [Met(label_of(dialect, place.operation), place.path) for place in one.touched]
    relevance, breaks, advice = Relevance.UNKNOWN, "", ""
    uses: tuple[Use, ...] = ()
    if one.outcome is Outcome.SURVIVED:
        graded = [readers.of(dialect, *place) for place in one.touched]
        relevance, uses = together(graded)
        read = [(place, where) for place, (how, where) in zip(met, graded, strict=True) if how is Relevance.READ]
        breaks = breaks_of(one, met, read, relevance)
        advice = "" if relevance is Relevance.UNREAD else advice_of(dialect, one, met, read)
    return Simulated(
        id=one.id,
        summary=one.summary,
        origin=one.origin,
        outcome=one.outcome,
        behaviours=one.behaviours,
        test=one.test,
        message=one.message,
        met_by=one.met_by,
        touched=tuple((place.label, place.path) for place in met),
        relevance=relevance,
        uses=uses,
        breaks=breaks,
        advice=advice,
    )
