"""Findings that are one change: what a vendor changes once is found in every operation that returns it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import chain
from typing import Final

from pytest_cxone.drift import FindingId, Severity
from pytest_cxone.report.relevance import READ_FIRST, together
from pytest_cxone.report.values import Acknowledgement, Relevance, Reported, Use

__all__ = ["Change", "grouped"]

_ORDER: Final = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Change:
    """One change, with its findings, of which there is at least one; all have its id, path, severity and fate."""

    findings: tuple[Reported, ...]

    @property
    def first(self) -> Reported:
        """The finding that speaks for all, where they differ in no more than the operation and how often."""
        return self.findings[0]

    @property
    def severity(self) -> Severity:
        """The severity that counts, overrides considered."""
        return self.first.severity

    @property
    def id(self) -> FindingId:
        """What kind of change it is."""
        return self.first.finding.id

    @property
    def path(self) -> str:
        """Where it is, in the answer of each operation."""
        return self.first.finding.path

    @property
    def title(self) -> str:
        """What has changed, in plain words."""
        return self.first.sentence

    @property
    def samples(self) -> tuple[int, int]:
        """How many places were looked at before and after, of the finding that rests on the fewest."""
        return min((one.finding.samples for one in self.findings), key=min)

    @property
    def acknowledged(self) -> Acknowledgement | None:
        """Who answers for it, the same for all its findings; also one that has expired."""
        return self.first.acknowledged

    @property
    def counts(self) -> bool:
        """Whether it counts: see `Reported.counts`."""
        return self.first.counts

    @property
    def overridden(self) -> str:
        """Why its severity is another one than it would be by itself, each reason once; empty where it is not."""
        return "; ".join(_once(one.overridden for one in self.findings if one.overridden))

    @property
    def operations(self) -> tuple[str, ...]:
        """The labels of its operations, as readers know them."""
        return _once(one.label for one in self.findings)

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """One of each finding: to acknowledge the change is to acknowledge all of them."""
        return _once(one.finding.fingerprint for one in self.findings)

    @property
    def evidence(self) -> tuple[str, ...]:
        """What it was compared with."""
        return _once(chain.from_iterable(one.evidence for one in self.findings))

    @property
    def behaviours(self) -> tuple[str, ...]:
        """The behaviours that ask for its operations."""
        return _once(chain.from_iterable(one.behaviours for one in self.findings))

    @property
    def tests(self) -> tuple[str, ...]:
        """The tests that ask for its operations."""
        return _once(chain.from_iterable(one.tests for one in self.findings))

    @property
    def api_versions(self) -> tuple[str, ...]:
        """The versions of the API in whose answers it was found."""
        return _once(chain.from_iterable(one.api_versions for one in self.findings))

    @property
    def relevance(self) -> Relevance:
        """Whether the code under test reads what has changed, in any of the operations."""
        return together((one.relevance, one.uses) for one in self.findings)[0]

    @property
    def uses(self) -> tuple[Use, ...]:
        """Where that is read."""
        return together((one.relevance, one.uses) for one in self.findings)[1]


def grouped(findings: Iterable[Reported]) -> list[Change]:
    """Return the changes that these findings are: those that count first, then by severity, then what is read here.

    Findings of the same kind, path, before and after are one, unless somebody treats them apart: by another severity or
    another acknowledgement.
    """
    groups: defaultdict[tuple[object, ...], list[Reported]] = defaultdict(list)
    for one in findings:
        found = one.finding
        what = found.change or (found.before, found.after)
        groups[found.id, found.path, what, one.severity, one.acknowledged].append(one)
    changes = [Change(tuple(group)) for group in groups.values()]
    return sorted(changes, key=_rank)


def _rank(change: Change) -> tuple[bool, int, int]:
    return not change.counts, _ORDER.index(change.severity), READ_FIRST.index(change.relevance)


def _once(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
