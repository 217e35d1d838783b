"""What each test that failed comes to: whether it stops, or says nothing of the tenant, and why not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from enum import Enum, auto
from typing import Final

from pytest_cxone.behaviours import behaviours
from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.report.obstacles import is_of_tenant, is_unasked

__all__ = ["SPENT", "Fate", "Tried", "broken_facts", "counts_as_live", "tried_of", "without_hindered"]

SPENT: Final = "the budget of requests was spent"


class Fate(Enum):
    """What a test that failed comes to."""

    STOPS = auto()
    ON_FAKE = auto()
    """It says nothing of a tenant, and something of the fake."""
    HINDERED = auto()
    """Something was in its way to the API."""
    UNASKED = auto()
    """The run let it ask nothing more."""


Tried = tuple[RunFacts, TestFacts, Fate | None]
"""A test in its run, and what it comes to that it failed; None where it did not."""


def tried_of(runs: Iterable[RunFacts], obstacles: Mapping[str, str]) -> Iterator[Tried]:
    """Yield all tests; `obstacles` is what was in the way, by dialect."""
    for run in runs:
        for test in run.tests:
            yield run, test, _fate(run, test, obstacles) if test.outcome == "failed" else None


def _fate(run: RunFacts, test: TestFacts, obstacles: Mapping[str, str]) -> Fate:
    if is_unasked(test):
        return Fate.UNASKED
    if is_of_tenant(run, test):
        return Fate.HINDERED if run.dialect in obstacles else Fate.STOPS
    is_on_fake = test.evidence == "fake" or (test.evidence == "none" and run.mode in {"fake", "offline"})
    return Fate.ON_FAKE if is_on_fake else Fate.STOPS


def counts_as_live(run: RunFacts, test: TestFacts, fate: Fate | None) -> bool:
    """Tell whether a test is one of the tenant's: one that ran there and met the API, or that was skipped."""
    if test.outcome == "skipped":
        return is_of_tenant(run, test)
    return test.evidence == "live" and fate in {None, Fate.STOPS}


def without_hindered(runs: Iterable[RunFacts], obstacles: Mapping[str, str]) -> Iterator[RunFacts]:
    """Yield runs in which a test that could not see the API is one that was skipped for that."""
    for run in runs:
        why = {Fate.HINDERED: obstacles.get(run.dialect, ""), Fate.UNASKED: SPENT}
        yield replace(
            run,
            tests=tuple(
                replace(test, outcome="skipped", message=why[fate]) if fate in why else test
                for _, test, fate in tried_of([run], obstacles)
            ),
        )


def broken_facts(tried: Iterable[Tried]) -> Mapping[str, str]:
    """Return the documented facts that failed tests check, and that no test found to hold where these failed."""
    tried = tuple(tried)
    passed = ((run.dialect, test) for run, test, _ in tried if test.outcome == "passed")
    held = {(dialect, test.evidence, id_) for dialect, test in passed for id_ in test.behaviours}
    facts: dict[str, str] = {}
    for run, test, fate in tried:
        for id_ in test.behaviours if fate is Fate.STOPS else ():
            if (run.dialect, test.evidence, id_) not in held:
                known = behaviours(run.dialect).get(id_)
                facts[id_] = id_ if known is None else known.statement
    return facts
