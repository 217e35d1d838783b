"""What a comparison comes to, as values: findings, how bad they are, and what could not be compared."""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256

__all__ = ["Comparison", "Finding", "FindingId", "NotCompared", "Severity"]


class Severity(StrEnum):
    """How bad a finding is for who reads the answers; the worst is first."""

    BREAKING = "breaking"
    """A reader of what was there before may fail, or read something wrong."""
    ADDITIVE = "additive"
    """There is more than before; a reader that passes over what it does not know sees nothing of it."""
    COSMETIC = "cosmetic"
    """Written otherwise, and the same to every reader."""


class FindingId(StrEnum):
    """What has changed, named as oasdiff names changes of a specification."""

    STATUS_CHANGED = "response-status-changed"
    STATUS_ADDED = "response-status-added"
    MEDIA_TYPE_CHANGED = "response-media-type-changed"
    HEADER_REMOVED = "response-header-removed"
    HEADER_ADDED = "response-header-added"
    EMPTY_CHANGED = "response-empty-answer-changed"
    PAGE_SIZE_CHANGED = "response-page-size-changed"
    ORDER_CHANGED = "response-order-changed"
    LIFETIME_CHANGED = "token-lifetime-changed"
    ENVELOPE_ADDED = "response-envelope-added"
    ENVELOPE_REMOVED = "response-envelope-removed"
    BODY_TYPE_CHANGED = "response-body-type-changed"
    BODY_BECAME_NULLABLE = "response-body-became-nullable"
    REMOVED = "response-property-removed"
    RECASED = "response-property-recased"
    TYPE_CHANGED = "response-property-type-changed"
    BECAME_NULLABLE = "response-property-became-nullable"
    BECAME_OPTIONAL = "response-property-became-optional"
    ADDED = "response-property-added"
    FORMAT_CHANGED = "response-property-format-changed"
    VALUE_RECASED = "response-property-value-recased"
    VALUES_REPLACED = "response-property-values-replaced"
    VALUE_ADDED = "response-property-value-added"
    CONTRACT = "response-breaks-contract"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One change of one operation's answers.

    `path` is where it was before; for what was added, where it is now. It is "status" or "media type" for what is in no
    body. `status` is the one whose answers changed, None where these are several, or where it is the status that did.
    `before` and `after` are words, never values of anybody's. `samples` is how many places were looked at before and
    after: a finding from three rows says three. `change` is what of `before` and `after` is the same in every run,
    where counts stand in these.
    """

    id: FindingId
    severity: Severity
    operation: str
    status: int | None
    path: str
    before: str
    after: str
    samples: tuple[int, int]
    change: tuple[str, str] | None = None

    @property
    def fingerprint(self) -> str:
        """12 hex digits that are the same for the same change in every run, by which it is acknowledged.

        Statuses do not count, as a run may not meet all of those whose answers have changed.
        """
        known = self.id, self.operation, self.path, *(self.change or (self.before, self.after))
        return sha256("\n".join(known).encode(errors="replace")).hexdigest()[:12]

    def __str__(self) -> str:
        of = f"{self.operation} {self.status}" if self.status else self.operation
        seen = " and ".join(map(str, self.samples))
        return f"{self.severity}: {of} {self.path}: {self.before} → {self.after} ({self.id}; {seen} seen)"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotCompared:
    """What was seen on one side only, or too seldom: whether it has changed is not known."""

    operation: str
    status: int | None
    path: str
    reason: str

    def __str__(self) -> str:
        of = " ".join(str(part) for part in (self.operation, self.status, self.path) if part)
        return f"not compared: {of}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What two observations come to: findings, the worst first; what was not compared; how many operations were.

    `hints` are worth a look, and count nowhere.
    """

    findings: tuple[Finding, ...]
    not_compared: tuple[NotCompared, ...]
    operations: int
    hints: tuple[str, ...] = ()

    @property
    def counts(self) -> Counter[Severity]:
        """How many findings there are of each severity."""
        return Counter(finding.severity for finding in self.findings)

    @property
    def summary(self) -> str:
        """The comparison in a few words: "3 breaking, 1 additive in 12 operations; 2 not compared".

        It says "no drift" only where all could be compared.
        """
        counts = self.counts
        found = ", ".join(f"{counts[severity]} {severity}" for severity in Severity if counts[severity])
        missed = f"; {len(self.not_compared)} not compared" if self.not_compared else ""
        if not self.operations:
            return f"nothing was compared{missed}"
        operations = "1 operation" if self.operations == 1 else f"{self.operations} operations"
        return f"{found or ('nothing found' if missed else 'no drift')} in {operations}{missed}"
