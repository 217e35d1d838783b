"""What code reads of a tenant's answers, as values that merge and travel: readings, and what could not be watched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Any, NamedTuple, Self

__all__ = ["Place", "Reading", "Relevance", "Usage", "Use", "Used"]


class Place(NamedTuple):
    """A place of code: its file relative to the project, with slashes, its line (0: not known) and its function."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        at = f"{self.file}:{self.line}" if self.line else self.file
        return f"{at} in {self.function}" if self.function else at


class Reading(NamedTuple):
    """One path of an operation's answers that code reads, and where.

    `path` is written as drift writes it: `$[*].state.name`. `is_whole` says that all below it is read as well, as by
    code that iterates over an object, copies it or writes it as JSON.
    """

    operation: str
    path: str
    is_whole: bool
    place: Place


@dataclass(frozen=True, slots=True)
class Usage:
    """What was read, by one test or by several.

    `unseen` has what was handed out, by operation and path, where nothing can be recorded: what is below it may have
    been read as well, so that of nothing there it can be said that nobody reads it.
    """

    readings: frozenset[Reading] = frozenset()
    unseen: frozenset[tuple[str, str]] = frozenset()

    def __or__(self, other: Self) -> "Usage":
        return Usage(self.readings | other.readings, self.unseen | other.unseen)

    def __bool__(self) -> bool:
        return bool(self.readings or self.unseen)

    @classmethod
    def merged(cls, several: "Iterable[Usage]") -> "Usage":
        """Return what all of them read together."""
        return reduce(or_, several, cls())

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON, in an order that stays."""
        return {
            "readings": [[*reading[:3], *reading.place] for reading in sorted(self.readings)],
            "unseen": [list(one) for one in sorted(self.unseen)],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote."""
        return cls(
            readings=frozenset(
                Reading(operation, path, is_whole, Place(*place))
                for operation, path, is_whole, *place in document["readings"]
            ),
            unseen=frozenset((operation, path) for operation, path in document["unseen"]),
        )


class Relevance(StrEnum):
    """Whether the code under test reads what has changed."""

    READ = "read"
    """You read this."""
    UNREAD = "unread"
    """Nobody here reads this."""
    UNKNOWN = "unknown"
    """Nobody could see what is read there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """Where something is read, and the tests that came there; none where that was read from a committed file."""

    place: Place
    tests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A path of an operation's answers that is read, with all below it where `is_whole`, and where."""

    operation: str
    label: str
    path: str
    is_whole: bool
    uses: tuple[Use, ...]
