"""The same place of two bodies, before and after, and what can be said of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_cxone.drift.declared import Declared
from pytest_cxone.drift.findings import Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.places import Place
from pytest_cxone.paths import ITEMS

__all__ = ["Noticed", "Pair", "Told", "listed"]


@dataclass(frozen=True, slots=True)
class Noticed:
    """Something that is worth a look, and counts nowhere."""

    text: str


Told = Iterator[Finding | NotCompared | Noticed]
"""What a comparison yields."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """The same place before and after: `path` is where it was and `now` where it is.

    `declared` is the contract's word on it; without one, nothing is taken for chance. `rows` is how many different rows
    both sides had at most, where the place is in rows.
    """

    operation: str
    status: int
    before: Place
    after: Place
    path: str = "$"
    now: str = "$"
    declared: Declared | None = None
    rows: tuple[int, int] = (1, 1)

    def below(self, step: str, now: str) -> "Pair":
        """Return the pair of a place below, which may have another name now."""
        before, after = self.before.below[step], self.after.below[now]
        rows = self.rows
        if step == ITEMS:
            rows = max(rows[0], self.before.longest), max(rows[1], self.after.longest)
        declared = self.declared and self.declared.of(step)
        return replace(
            self, before=before, after=after, path=self.path + step, now=self.now + now, declared=declared, rows=rows
        )

    def inside(self, step: str, *, is_new: bool) -> "Pair":
        """Return the pair of this place and what an envelope holds: one that is new, or one that was there before.

        Where the envelope is a list, `step` goes on into its rows.
        """
        first, items = step.removesuffix(ITEMS), step.endswith(ITEMS)
        if is_new:
            after = self.after.below[first]
            return replace(self, after=after.below[ITEMS] if items else after, now=self.now + step)
        before, declared = self.before.below[first], self.declared and self.declared.of(first)
        if items:
            before, declared = before.below[ITEMS], declared and declared.of(ITEMS)
        return replace(self, before=before, path=self.path + step, declared=declared)

    def finding(
        self,
        id_: FindingId,
        before: str,
        after: str,
        *,
        severity: Severity = Severity.BREAKING,
        path: str = "",
        samples: tuple[int, int] | None = None,
        change: tuple[str, str] | None = None,
    ) -> Finding:
        """Return a finding at this place."""
        return Finding(
            id=id_,
            severity=severity,
            operation=self.operation,
            status=self.status,
            path=path or self.path,
            before=before,
            after=after,
            samples=samples or (self.before.types.total(), self.after.types.total()),
            change=change,
        )

    def unknown(self, reason: str, path: str = "") -> NotCompared:
        """Return what cannot be said at this place."""
        return NotCompared(operation=self.operation, status=self.status, path=path or self.path, reason=reason)


def listed(words: Iterable[object]) -> str:
    """Return words in one line, always in the same order."""
    return ", ".join(map(str, sorted(words, key=str)))
