"""A report as values: what renderers turn into a page, a document, a table. Nothing here knows how it is shown."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pytest_cxone.drift import Finding, Severity

__all__ = [
    "Acknowledgement",
    "Agreement",
    "Cell",
    "Failure",
    "Outlook",
    "Parity",
    "Part",
    "Report",
    "Reported",
    "Uncompared",
    "Verdict",
]


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
class Report:
    """What one run, or several that were merged, came to. All renderers take this.

    `findings` has the breaking ones first. `compared` is how many operations were compared with recordings, of which
    the oldest was made when `recorded` says, `checked` how many with the contract. `recorder` is the version of this
    package. `hints` are worth a look and count nowhere. `stale` has entries of acknowledgements that do nothing any
    more, and why not.
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
