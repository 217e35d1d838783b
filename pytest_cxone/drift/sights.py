"""What was seen of a tenant's answers, as counts: types, forms, names of properties, and what the protocol showed."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self

from pytest_cxone.paths import without_names

__all__ = [
    "EMPTY_ANSWER", "FORM", "NOT_JSON", "ORDER", "PAGE_SIZE", "REQUEST", "ROWS", "VALUE", "Observed", "Sight",
]  # fmt: skip

EMPTY_ANSWER: Final = "empty answer"
PAGE_SIZE: Final = "page size"
ORDER: Final = "order"

NOT_JSON: Final = "not JSON"
FORM: Final = "form "
"""Begins what is seen of a string's form, beside its type."""
VALUE: Final = "value "
"""Begins one of the few values of a place that the contract declares and does not call anybody's."""
ROWS: Final = "rows "
"""Begins how many rows a list had at least."""
REQUEST: Final = "request "
"""Begins a few bits of what was asked for, pages aside: they tell twenty agents from one who is asked for often."""


class Sight(NamedTuple):
    """One thing that can be seen: of which operation, under which status, where, and what.

    `path` is a JSON path without indices, as `$.agentStates[*].agentId`, and `what` the JSON type there, or begins
    with "form ", "value ", "rows " or "request ". A body itself may also be "nothing" or "not JSON". Of the protocol,
    `path` is "status", "media type", "header …", "empty answer", "page size" or "order", and `what` the one that came.
    """

    operation: str
    status: int
    path: str
    what: str


@dataclass(frozen=True, slots=True)
class Observed:
    """What was seen of a tenant's answers, and how often.

    A member was present in as many of its parents as it has counts, of all that are counts of "object" at its parent.
    """

    counts: Mapping[Sight, int] = field(default_factory=dict)

    def __or__(self, other: "Observed") -> "Observed":
        return self.merged((self, other))

    @classmethod
    def merged(cls, several: Iterable["Observed"]) -> Self:
        """Return all that was seen; for many this is faster than `|`."""
        counts: Counter[Sight] = Counter()
        for observed in several:
            counts.update(observed.counts)
        return cls(dict(counts))

    def with_values(self, clean: Callable[[str], str]) -> Self:
        """Return the same, with what `clean` makes of values; none of them where it takes lines for one."""
        told = sorted({sight.what for sight in self.counts if sight.what.startswith(VALUE)})
        # In one text: to clean a text costs about as much however long it is.
        cleaned = clean("\n".join(told)).split("\n") if told else []
        names = dict(zip(told, cleaned, strict=True)) if len(told) == len(cleaned) else {}
        counts: Counter[Sight] = Counter()
        for sight, count in self.counts.items():
            if sight.what.startswith(VALUE) and sight.what not in names:
                continue
            counts[sight._replace(what=names.get(sight.what, sight.what))] += count
        return type(self)(dict(counts))

    def renamed(self, late: Mapping[str, str]) -> Self:
        """Return the same without what turned out to be somebody's: names of properties, and what is seen of values."""
        counts: Counter[Sight] = Counter()
        for sight, count in self.counts.items():
            path = without_names(sight.path, late)
            counts[sight._replace(path=path, what=late.get(sight.what, sight.what))] += count
        return type(self)(dict(counts))

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON: counts by operation, status, path and what was seen."""
        document: dict[str, Any] = {}
        for (operation, status, path, what), count in sorted(self.counts.items()):
            places = document.setdefault(operation, {}).setdefault(str(status), {})
            places.setdefault(path, {})[what] = count
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            {
                Sight(operation, int(status), path, what): count
                for operation, statuses in document.items()
                for status, places in statuses.items()
                for path, seen in places.items()
                for what, count in seen.items()
            }
        )
