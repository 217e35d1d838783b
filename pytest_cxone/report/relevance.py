"""Who reads what: findings and upgrades graded by what the code under test was seen to read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from types import MappingProxyType
from typing import Final

from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.report.labels import label_of
from pytest_cxone.usage.grading import Uses
from pytest_cxone.usage.values import Place, Relevance, Usage, Use, Used

__all__ = ["READ_FIRST", "WORDS", "Graded", "Readers", "readers_of", "together"]

WORDS: Final[Mapping[Relevance, str]] = MappingProxyType(
    {
        Relevance.READ: "You read this",
        Relevance.UNREAD: "Nobody here reads this",
        Relevance.UNKNOWN: "Whether anybody here reads this is not known",
    }
)
READ_FIRST: Final = (Relevance.READ, Relevance.UNKNOWN, Relevance.UNREAD)
"""In which order things are shown: what nobody could see may be read."""
Graded = tuple[Relevance, tuple[Use, ...]]
"""Whether something is read, and where."""
_UNKNOWN: Final[Graded] = (Relevance.UNKNOWN, ())
_Operation = tuple[str, str]
"""An operation's dialect and id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What the code under test reads, by dialect; of one that is not there nobody looked.

    Of `doubtful` operations more may be read than was seen, unless they are `committed`, which says what is read
    whatever became of this run's tests.
    """

    uses: Mapping[str, Uses] = field(default_factory=dict)
    used: tuple[Used, ...] = ()
    doubtful: frozenset[_Operation] = frozenset()
    committed: frozenset[_Operation] = frozenset()
    is_whole: bool = True
    """Whether all tests ran: otherwise all operations are doubtful."""
    _known: dict[tuple[str, str, str], Graded] = field(default_factory=dict, repr=False)
    """What was asked before: a hundred upgrades change the same few paths."""

    def of(self, dialect: str, operation: str, path: str) -> Graded:
        """Return whether a path of an operation's answers is read, and where."""
        asked = dialect, operation, path
        if asked not in self._known:
            self._known[asked] = self._graded(*asked)
        return self._known[asked]

    def _graded(self, dialect: str, operation: str, path: str) -> Graded:
        uses = self.uses.get(dialect)
        if uses is None:
            return _UNKNOWN
        relevance, found = uses.relevance(operation, path)
        called = dialect, operation
        is_sure = called in self.committed or (self.is_whole and called not in self.doubtful)
        return (relevance, found) if is_sure or relevance is Relevance.READ else _UNKNOWN


def readers_of(runs: Iterable[RunFacts], *, is_whole: bool) -> Readers:
    """Return what the code under test reads, by what its tests were seen to read and what committed files say."""
    tests: defaultdict[str, list[TestFacts]] = defaultdict(list)
    committed: defaultdict[str, list[Usage]] = defaultdict(list)
    for run in runs:
        tests[run.dialect] += run.tests
        committed[run.dialect] += [run.usage] if run.usage else []
    read = {
        dialect: Uses(
            ((test.node_id, test.usage) for test in tests[dialect] if test.usage), Usage.merged(committed[dialect])
        )
        for dialect in sorted(tests)
    }
    return Readers(
        uses=read,
        used=tuple(one for dialect, uses in read.items() for one in uses.used(partial(label_of, dialect))),
        doubtful=frozenset((dialect, operation) for dialect in read for operation in _ended_early(tests[dialect])),
        committed=frozenset(
            (dialect, reading.operation)
            for dialect, usages in committed.items()
            for usage in usages
            for reading in usage.readings
        ),
        is_whole=is_whole,
    )


def together(graded: Iterable[Graded]) -> Graded:
    """Return whether anything of several is read, and where; that none is, only where that is known of all."""
    graded = tuple(graded)
    places: dict[Place, dict[str, None]] = {}
    for _, uses in graded:
        for use in uses:
            places.setdefault(use.place, {}).update(dict.fromkeys(use.tests))
    relevances = {relevance for relevance, _ in graded}
    unread = Relevance.UNREAD if relevances == {Relevance.UNREAD} else Relevance.UNKNOWN
    relevance = Relevance.READ if Relevance.READ in relevances else unread
    return relevance, tuple(Use(place=place, tests=tuple(tests)) for place, tests in places.items())


def _ended_early(tests: Iterable[TestFacts]) -> Iterator[str]:
    """Yield the operations that failed tests called: what they would have read after that, nobody saw."""
    for test in tests:
        if test.outcome == "failed":
            yield from (sight.operation for sight in (test.after.observed.counts if test.after else ()))
            yield from (reading.operation for reading in (test.usage.readings if test.usage else ()))
