"""What breaks the contract, joined with what has changed: where both are one, it is told once."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from pytest_cxone.drift.comparing import PASSING
from pytest_cxone.drift.findings import Finding, FindingId, Severity
from pytest_cxone.drift.protocol import media_type
from pytest_cxone.errors import Violation
from pytest_cxone.model import Exchange
from pytest_cxone.paths import HEADER, MEDIA_TYPE
from pytest_cxone.schemas import Contract

__all__ = ["Breach", "breaches_of", "explained", "unexplained"]


class Breach(NamedTuple):
    """One way in which an answer breaks the contract; `got` says what was there, and no value."""

    operation: str
    status: int
    path: str
    expected: str
    got: str

    @property
    def place(self) -> tuple[str, int, str]:
        """Where it is."""
        return self.operation, self.status, self.path


def breaches_of(exchanges: Iterable[Exchange], contract: Contract) -> Counter[Breach]:
    """Return what breaks the contract in these exchanges, and in how many rows."""
    found: Counter[Breach] = Counter()
    for exchange in exchanges:
        operation = contract.operation_for(exchange.request)
        # A page of an outage is no drift.
        if operation is not None and exchange.response.status not in PASSING:
            for violation in contract.violations(exchange):
                found[_breach(operation.id, exchange.response.status, violation)] += violation.count
    return found


def _breach(operation: str, status: int, violation: Violation) -> Breach:
    path, got = violation.path, violation.got
    if path.startswith(HEADER):
        path = path.lower()
    if path.startswith(("$", HEADER)):
        # What follows the type may be somebody's.
        got = got.partition(" ")[0]
    elif path == MEDIA_TYPE:
        got = media_type(got) if "/" in got else got
    elif path == "body":
        got = re.sub(r" of \S+", "", got)
    return Breach(operation, status, path, violation.expected, got)


def explained(findings: Sequence[Finding], breach: Breach) -> list[int]:
    """Return which of the findings, by number, are the same as a breach, seen from another side."""
    same = [number for number, finding in enumerate(findings) if _is_same(finding, breach)]
    return same or [number for number, finding in enumerate(findings) if _is_root(breach, finding)]


def _is_root(breach: Breach, finding: Finding) -> bool:
    """Tell whether a breach is at the root of a choice of several forms, of which what has changed fits none."""
    is_there = finding.operation == breach.operation and finding.status in {None, breach.status}
    return is_there and breach.path == "$" and finding.severity is Severity.BREAKING and finding.path.startswith("$.")


def _is_same(finding: Finding, breach: Breach) -> bool:
    if finding.operation != breach.operation or finding.status not in {None, breach.status}:
        return False
    if breach.path == "body":
        return finding.path in {MEDIA_TYPE, "$"}
    # An envelope is told by where things are now, and the contract misses them where they were.
    is_envelope = finding.id in {FindingId.ENVELOPE_ADDED, FindingId.ENVELOPE_REMOVED}
    place = finding.before if is_envelope else finding.path
    return breach.path in {place, finding.path} or _is_below(breach.path, place)


def _is_below(path: str, place: str) -> bool:
    return path.startswith((f"{place}.", f"{place}["))


def unexplained(breaches: Mapping[Breach, int]) -> Iterator[Finding]:
    """Yield a finding for each place that breaks the contract; what is below another such place is told by that."""
    places: defaultdict[tuple[str, int, str], list[Breach]] = defaultdict(list)
    for breach in sorted(breaches):
        places[breach.place].append(breach)
    for (operation, status, path), broken in places.items():
        if any(_is_below(path, above) for *where, above in places if where == [operation, status]):
            continue
        expected = " and ".join(dict.fromkeys(breach.expected for breach in broken))
        yield Finding(
            id=FindingId.CONTRACT,
            severity=Severity.BREAKING,
            operation=operation,
            status=status,
            path=path,
            before=expected,
            after=" or ".join(dict.fromkeys(breach.got for breach in broken)),
            samples=(0, max(breaches[breach] for breach in broken)),
            change=(expected, ""),
        )
