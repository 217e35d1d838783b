"""What a run rests on: how many tests on which evidence, what was sent to a tenant, what was skipped and why.

Pure: `Ledger` collects facts, `lines` renders them. The facts travel as properties of tests' reports, so they
cross worker processes and stand in JUnit files.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlsplit

from pytest_cxone.settings import Doubt, Mode, Settings

__all__ = [
    "BEHAVIOUR", "DIAGNOSIS", "DOUBT", "EVIDENCE", "OBSERVED", "ORIGIN", "REFUSED", "SENT", "SKIP_PREFIX", "WRITTEN",
    "Ledger", "faults", "lines", "write_counts",
]  # fmt: skip

EVIDENCE: Final = "cxone_evidence"
BEHAVIOUR: Final = "cxone_behaviour"
ORIGIN: Final = "cxone_recorded"
DOUBT: Final = "cxone_doubt"
DIAGNOSIS: Final = "cxone_diagnosis"
OBSERVED: Final = "cxone_observed"
WRITTEN: Final = "cxone_written"
SENT: Final = "cxone_sent"
REFUSED: Final = "cxone_refused"
SKIP_PREFIX: Final = "cxone: "


@dataclass(slots=True)
class Ledger:
    """The facts of a run.

    `ran` counts tests that were not skipped, by evidence; `idle` those of a tenant, live or recorded, that asked it
    nothing, and so verified nothing; `sent` requests, by kind. `origins` counts replayed tests by when and what their
    cassettes were recorded from; `doubts` has what is to be said against them, `orphans` the cassettes without a test,
    `taken_back` those that turned out to tell what they must not. `diagnoses` are of agents whom failing tests missed.
    `observed` has, by the ids of questions that the contract leaves open, the answers that the tenant gave.
    """

    ran: Counter[str] = field(default_factory=Counter)
    idle: int = 0
    sent: Counter[str] = field(default_factory=Counter)
    refused: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    origins: Counter[str] = field(default_factory=Counter)
    doubts: dict[Doubt, list[str]] = field(default_factory=dict)
    written: int = 0
    orphans: Sequence[str] = ()
    taken_back: Sequence[str] = ()
    diagnoses: list[str] = field(default_factory=list)
    observed: dict[str, set[str]] = field(default_factory=dict)

    def add_test(self, properties: Iterable[tuple[str, object]], *, skipped: bool, node_id: str = "") -> None:
        """Count one test by the properties of its last report."""
        told = list(properties)
        facts = dict(told)
        evidence = facts.get(EVIDENCE)
        if evidence is None:
            return
        self.refused += int(str(facts.get(REFUSED, 0)))
        sent = Counter(dict(_counts(str(facts.get(SENT, "")))))
        self.sent += sent
        self.written += WRITTEN in facts
        if skipped:
            return
        if ORIGIN in facts:
            self.origins[str(facts[ORIGIN])] += 1
        for name, text in told:
            if name == DOUBT:
                kind, _, what = str(text).partition(": ")
                self.doubts.setdefault(Doubt(kind), []).append(f"{node_id}: {what}")
            if name == OBSERVED:
                question, _, answer = str(text).partition(": ")
                self.observed.setdefault(question, set()).add(answer)
        if (evidence == "live" and not sent) or (evidence == "cassette" and ORIGIN not in facts):
            self.idle += 1
        else:
            self.ran[str(evidence)] += 1

    def add_diagnoses(self, properties: Iterable[tuple[str, object]], *, node_id: str) -> None:
        """Keep what a failed report says of agents who were missed; a test may have several reports that say it."""
        for name, text in properties:
            told = f"{node_id}: {text}"
            if name == DIAGNOSIS and told not in self.diagnoses:
                self.diagnoses.append(told)

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


def lines(ledger: Ledger, settings: Settings, *, now: float | None = None) -> Iterator[str]:
    """Yield the summary's lines; none where no test used a tenant. `now` is in seconds since the epoch."""
    live, replayed, faked = (ledger.ran[evidence] for evidence in ("live", "cassette", "fake"))
    dialect = settings.dialect
    if ledger.sent or live or settings.mode.reaches_tenant:
        sent = f" ({write_counts(ledger.sent)})" if ledger.sent else ""
        refused = f", {ledger.refused} kept back" if ledger.refused else ""
        idle = f", {ledger.idle} asked it nothing" if ledger.idle else ""
        yield (
            f"{_tests(live)} ran on the tenant at {urlsplit(settings.home).netloc} ({dialect})"
            f"{idle}, {ledger.skipped.total()} skipped; {ledger.sent.total()} requests sent{sent}{refused}"
        )
    if settings.mode is Mode.RECORD:
        yield f"{_counted(ledger.written, 'cassette')} written"
    if replayed:
        idle = "" if settings.mode.reaches_tenant or not ledger.idle else f", {ledger.idle} asked it nothing"
        yield f"{_tests(replayed)} replayed ({dialect}){idle}, {_oldest(ledger.origins, now or time.time())}"
    if faked:
        under = f" under the upgrade {settings.upgrade}" if settings.upgrade else ""
        nothing = "" if replayed else "; nothing was verified on a tenant of CXone (--cxone-live does that)"
        yield f"{_tests(faked)} ran on the fake tenant ({dialect}){under}{nothing}"
    for reason, count in ledger.skipped.most_common():
        yield f"  skipped {count}: {reason}"
    for diagnosis in ledger.diagnoses:
        yield f"  {diagnosis}"
    # What a fake answers, somebody here made up.
    for question, answers in sorted(ledger.observed.items()) if live or replayed else ():
        yield f"  observed {question}: {' and '.join(sorted(answers))}"
    for doubt, texts in _doubts(ledger).items():
        if doubt not in settings.strict:
            yield f"  {_told(doubt, texts)}"


def faults(ledger: Ledger, settings: Settings) -> Iterator[str]:
    """Yield what makes a run red of which every test is green."""
    live = ledger.ran["live"]
    if live < settings.require_live:
        yield f"FAILED: {_tests(live)} ran on a tenant, --cxone-require-live={settings.require_live} asks for more"
    for told in ledger.taken_back:
        yield f"FAILED: a cassette was taken back, as it holds what was found to be somebody's later on: {told}"
    for doubt, texts in _doubts(ledger).items():
        if doubt in settings.strict:
            yield f"FAILED: {_told(doubt, texts)} (--cxone-strict={doubt})"


def _oldest(origins: Counter[str], now: float) -> str:
    """Say how old the oldest evidence is, and what it comes from."""
    dated = sorted(origin.split(" ", 1) for origin in origins if " " in origin)
    if not dated:
        return "of unknown origin"
    moment, source = dated[0]
    days = max(0, int((now - datetime.fromisoformat(moment).timestamp()) // 86_400))
    kinds = {origin.split(" ", 1)[-1] for origin in origins}
    others = f"; also from: {', '.join(sorted(kinds - {source}))}" if len(kinds) > 1 else ""
    return f"oldest evidence {_counted(days, 'day')} ({source}){others}"


_MEANINGS: Final = {
    Doubt.AGE: "on evidence that is too old",
    Doubt.UNPLAYED: "no longer asking for all that was recorded",
    Doubt.ORPHANS: "that no test owns (pytest-cxone cassettes prune lists them)",
    Doubt.CONTRACT: "recorded with an answer that breaks the contract",
    Doubt.STATES: "recorded under other states than the test declares",
}


def _doubts(ledger: Ledger) -> dict[Doubt, list[str]]:
    orphans = {Doubt.ORPHANS: list(ledger.orphans)} if ledger.orphans else {}
    return {**ledger.doubts, **orphans}


def _told(doubt: Doubt, texts: Sequence[str]) -> str:
    noun = "cassette" if doubt is Doubt.ORPHANS else "test"
    more = f" (and {len(texts) - 1} more)" if len(texts) > 1 else ""
    return f"{_counted(len(texts), noun)} {_MEANINGS[doubt]}: {texts[0]}{more}"


def _tests(count: int) -> str:
    return _counted(count, "test")


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
