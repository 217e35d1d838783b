"""A report as values: what renderers turn into a page, a document, a table. Nothing here knows how it is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pytest_cxone.drift import Finding, Severity
from pytest_cxone.options import Mode
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome
from pytest_cxone.usage.values import Relevance, Use, Used

__all__ = [
    "Acknowledgement",
    "Agreement",
    "Cell",
    "Failure",
    "Outlook",
    "Parity",
    "Part",
    "Rehearsal",
    "Relevance",
    "Report",
    "Reported",
    "Simulated",
    "Uncompared",
    "Use",
    "Used",
    "Verdict",
]


_ON_TENANT: Final = frozenset({Mode.LIVE, Mode.RECORD})


class Outlook(StrEnum):
    """Whether to go on."""

    GO = "go"
    """What was compared agrees, or differs in what no reader suffers from."""
    STOP = "stop"
    """Something broke that an integration may rest on."""
    UNCLEAR = "unclear"
    """Too little was verified to say either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether to go on, in one line for everybody, with the reasons, the weightiest first."""

    outlook: Outlook
    headline: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """Who answers for a finding, why, and until when; an expired one acknowledges nothing."""

    reason: str
    owner: str
    expires: date
    is_expired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """A finding as it is reported.

    `label` is its operation as readers know it: "GET /api/v2/agents/states". `sentence` says in plain words what has
    changed. `evidence` says what it was compared with. `behaviours` and `tests` are those that ask for its operation.
    `severity` is the one that counts: the finding's own, unless an override says otherwise. `api_versions` has the
    versions of the API in whose answers it was found, where the dialect has several.
    """

    finding: Finding
    severity: Severity
    label: str
    sentence: str
    evidence: tuple[str, ...]
    behaviours: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    api_versions: tuple[str, ...] = ()
    acknowledged: Acknowledgement | None = None
    overridden: str = ""
    """Why the severity is another one than the finding's own; empty where it is not."""
    relevance: Relevance = Relevance.UNKNOWN
    uses: tuple[Use, ...] = ()
    """Where it is read, by `relevance`; where the run has no usage, all is unknown."""

    @property
    def counts(self) -> bool:
        """Whether it counts: an acknowledged one does not, until that expires."""
        return self.acknowledged is None or self.acknowledged.is_expired


@dataclass(frozen=True, slots=True, kw_only=True)
class Uncompared:
    """A comparison that could not be made, and why not; `label` is its operation as readers know it.

    `status` is None where it is all of them, `path` empty where it is the whole answer.
    """

    operation: str
    label: str
    status: int | None
    path: str
    reason: str

    def __str__(self) -> str:
        of = " ".join(str(part) for part in (self.label, self.status, self.path) if part)
        return f"{of}: {self.reason}"


class Agreement(StrEnum):
    """What a behaviour's evidence comes to."""

    AGREE = "agree"
    DIFFER = "differ"
    NOT_VERIFIED = "not verified"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One kind of evidence for one behaviour: whether it holds, by how many tests, and when that was seen.

    `at` is the time of the oldest evidence, None where nothing was verified; `note` says why not, or from what a
    cassette was recorded.
    """

    agreement: Agreement
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parity:
    """One behaviour, whether the fake, the cassettes and a live tenant have it, and whether these agree."""

    behaviour: str
    statement: str
    source: str
    fake: Cell
    cassette: Cell
    live: Cell
    agreement: Agreement


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A test that failed: `evidence` is what it ran on, as in `TestFacts`, `message` the first line of why."""

    test: str
    evidence: str
    behaviours: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One run, or one shard of a run, that the report was made of. `shard` is (2, 5) for the second of five.

    `host` is the tenant's, empty where none was reached.
    """

    id: str
    mode: str
    dialect: str
    api_versions: tuple[str, ...]
    host: str
    started: datetime
    recorder: str
    shard: tuple[int, int] | None
    ran: int
    passed: int
    failed: int
    skipped: int
    requests: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulated:
    """An upgrade that was rehearsed.

    `touched` says what it changed, an operation as readers know it and a path each. `test` noticed it, `met_by` met it
    and stayed green. Of one that survived, `breaks` says what would break, and `advice` which test to write.
    """

    id: str
    summary: str
    origin: str
    outcome: Outcome
    behaviours: tuple[str, ...] = ()
    test: str = ""
    message: str = ""
    met_by: tuple[str, ...] = ()
    touched: tuple[tuple[str, str], ...] = ()
    relevance: Relevance = Relevance.UNKNOWN
    uses: tuple[Use, ...] = ()
    breaks: str = ""
    advice: str = ""

    @property
    def counts(self) -> bool:
        """Whether it counts in the score: noticed, or survived where something here may read what it changes."""
        is_harmless = self.relevance is Relevance.UNREAD
        return self.outcome is Outcome.NOTICED or (self.outcome is Outcome.SURVIVED and not is_harmless)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """How many changes of the API the tests of a suite would notice.

    `upgrades` has the survivors that count first, then those that nobody here would feel, then what was noticed, then
    what was not exercised. `least` is the percentage that was asked for, None where none was. `refused` says why there
    was no rehearsal. `idle`, `tests`, `runs` and `seconds` are as in `Rehearsed`.
    """

    dialect: str
    upgrades: tuple[Simulated, ...]
    idle: int = 0
    left_out: tuple[LeftOut, ...] = ()
    tests: int = 0
    runs: int = 0
    seconds: float = 0.0
    refused: str = ""
    least: float | None = None

    def of(self, outcome: Outcome, *, counts: bool | None = None) -> tuple[Simulated, ...]:
        """Return the upgrades of one outcome; where asked, only those that count, or that do not."""
        return tuple(one for one in self.upgrades if one.outcome is outcome and counts in {None, one.counts})

    @property
    def survived(self) -> tuple[Simulated, ...]:
        """The survivors that count."""
        return self.of(Outcome.SURVIVED, counts=True)

    @property
    def harmless(self) -> tuple[Simulated, ...]:
        """The survivors that change only what nobody here reads."""
        return self.of(Outcome.SURVIVED, counts=False)

    @property
    def noticed(self) -> tuple[Simulated, ...]:
        """What a test noticed."""
        return self.of(Outcome.NOTICED)

    @property
    def not_exercised(self) -> tuple[Simulated, ...]:
        """What changed no answer of any test, but for what is `idle`."""
        return self.of(Outcome.NOT_EXERCISED)

    @property
    def missed(self) -> int:
        """How many changed no answer of any test."""
        return len(self.not_exercised) + self.idle

    @property
    def score(self) -> float | None:
        """The percentage that was noticed of what counts; None where nothing does."""
        counted = [one.outcome is Outcome.NOTICED for one in self.upgrades if one.counts]
        return 100 * sum(counted) / len(counted) if counted else None

    @property
    def falls_short(self) -> bool:
        """Whether fewer were noticed than somebody asks for; what was not rehearsed at all falls short of anything."""
        return self.least is not None and (bool(self.refused) or (self.score or 0.0) < self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one run, or several that were merged, came to. All renderers take this.

    `rehearsals` has one for each dialect that was rehearsed, `used` what the code under test reads, where that was
    recorded. `findings` has the breaking ones first. `compared` is how many operations were compared with recordings,
    of which the oldest was made when `recorded` says, `checked` how many with the contract. `recorder` is the version
    of this package. `hints` are worth a look and count nowhere. `stale` has entries of acknowledgements that do nothing
    any more, and why not.
    """

    generated: datetime
    recorder: str
    verdict: Verdict
    parts: tuple[Part, ...]
    findings: tuple[Reported, ...]
    not_compared: tuple[Uncompared, ...]
    parity: tuple[Parity, ...]
    failures: tuple[Failure, ...]
    compared: int
    checked: int
    recorded: datetime | None = None
    hints: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    rehearsals: tuple[Rehearsal, ...] = ()
    used: tuple[Used, ...] = ()

    @property
    def is_of_rehearsal(self) -> bool:
        """Whether it tells of a rehearsal, and of no tenant."""
        is_of_tenant = self.checked or self.findings or any(part.mode in _ON_TENANT for part in self.parts)
        return bool(self.rehearsals) and not is_of_tenant
