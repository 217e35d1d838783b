"""What a run rests on: how many tests on which evidence, what was sent to a tenant, what was skipped and why.

Pure: `Ledger` collects facts, `lines` renders them. The facts travel as properties of tests' reports, so they
cross worker processes and stand in JUnit files.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from pytest_cxone.settings import Mode, Settings

__all__ = ["EVIDENCE", "REFUSED", "SENT", "SKIP_PREFIX", "Ledger", "lines", "write_counts"]

EVIDENCE: Final = "cxone_evidence"
SENT: Final = "cxone_sent"
REFUSED: Final = "cxone_refused"
SKIP_PREFIX: Final = "cxone: "


@dataclass(slots=True)
class Ledger:
    """The facts of a run.

    `ran` counts tests that were not skipped, by evidence; `idle` live tests that sent nothing, and so verified
    nothing on the tenant; `sent` requests, by kind.
    """

    ran: Counter[str] = field(default_factory=Counter)
    idle: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def add_test(self, properties: Iterable[tuple[str, object]], *, skipped: bool) -> None:
        """Count one test by the properties of its last report."""
        facts = dict(properties)
        evidence = facts.get(EVIDENCE)
        if evidence is None:
            return
        self.refused += int(str(facts.get(REFUSED, 0)))
        sent = Counter(dict(_counts(str(facts.get(SENT, "")))))
        self.sent += sent
        if skipped:
            return
        if evidence == "live" and not sent:
            self.idle += 1
        else:
            self.ran[str(evidence)] += 1

    def add_skip(self, reason: str) -> None:
        """Count a skip of ours by its reason; others are not ours to tell."""
        if reason.startswith(SKIP_PREFIX):
            self.skipped[reason.removeprefix(SKIP_PREFIX)] += 1


def write_counts(counts: Counter[str]) -> str:
    """Write counts as a property: "12 GET, 1 token POST"."""
    return ", ".join(f"{count} {kind}" for kind, count in sorted(counts.items()))


def _counts(text: str) -> Iterator[tuple[str, int]]:
    for part in filter(None, text.split(", ")):
        count, _, kind = part.partition(" ")
        yield kind, int(count)


def lines(ledger: Ledger, settings: Settings) -> Iterator[str]:
    """Yield the summary's lines; none where no test used a tenant."""
    live, dialect = ledger.ran["live"], settings.dialect
    if ledger.sent or live or settings.mode is Mode.LIVE:
        sent = f" ({write_counts(ledger.sent)})" if ledger.sent else ""
        refused = f", {ledger.refused} kept back" if ledger.refused else ""
        idle = f", {ledger.idle} asked it nothing" if ledger.idle else ""
        yield (
            f"{_tests(live)} ran on the tenant at {urlsplit(settings.base_url).netloc} ({dialect})"
            f"{idle}, {ledger.skipped.total()} skipped; {ledger.sent.total()} requests sent{sent}{refused}"
        )
    elif ledger.ran:
        under = f" under the upgrade {settings.upgrade}" if settings.upgrade else ""
        yield (
            f"{_tests(ledger.ran.total())} ran on the fake tenant ({dialect}){under}; "
            "nothing was verified on a tenant of CXone (--cxone-live does that)"
        )
    for reason, count in ledger.skipped.most_common():
        yield f"  skipped {count}: {reason}"
    if live < settings.require_live:
        yield f"FAILED: {_tests(live)} ran on a tenant, --cxone-require-live={settings.require_live} asks for more"


def _tests(count: int) -> str:
    return f"{count} test" if count == 1 else f"{count} tests"
