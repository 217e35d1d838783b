"""What a rehearsal came to, as values that merge: by upgrade, who noticed it, and what it changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple, Self

__all__ = ["LeftOut", "Outcome", "Rehearsed", "RehearsedUpgrade", "Touched"]


class Outcome(StrEnum):
    """What became of an upgrade."""

    NOTICED = "noticed"
    """A test failed under it, and passes without."""
    SURVIVED = "survived"
    """It changed answers of tests, and all of them stayed green."""
    NOT_EXERCISED = "not exercised"
    """It changed no answer of any test."""


_WEIGHT: Final = (Outcome.NOTICED, Outcome.SURVIVED, Outcome.NOT_EXERCISED)


class Touched(NamedTuple):
    """What an upgrade changed: an operation and, of its answers, a path as drift writes it, or "status", say."""

    operation: str
    path: str


class LeftOut(NamedTuple):
    """A test that no upgrade was rehearsed with, or not to the end, or an upgrade that could not be, and why not."""

    test: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RehearsedUpgrade:
    """One upgrade and what became of it.

    `origin` is "named", "derived" or "added", `behaviours` are those of the contract suite that catch it. `test`
    noticed it, with `message`, the first line of why it failed; `met_by` are the tests that met it and stayed green,
    and `touched` is what it changed for all of these.
    """

    id: str
    summary: str
    origin: str
    outcome: Outcome
    behaviours: tuple[str, ...] = ()
    test: str = ""
    message: str = ""
    met_by: tuple[str, ...] = ()
    touched: tuple[Touched, ...] = ()

    def and_also(self, other: Self) -> "RehearsedUpgrade":
        """Return what became of it in both of two parts of a suite: one test that notices it is enough."""
        first = min(self, other, key=lambda one: _WEIGHT.index(one.outcome))
        return replace(
            first,
            met_by=tuple(dict.fromkeys((*self.met_by, *other.met_by))),
            touched=tuple(sorted({*self.touched, *other.touched})),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsed:
    """A rehearsal of a suite, or of a part of it.

    `upgrades` are those that changed an answer of a test, and all that somebody named; `idle` counts the others, which
    are derived and changed none: of a large API these are thousands. `tests` asked the tenant something, and were green
    without an upgrade; `runs` is how often one was run for the rehearsal. `refused` says why there was none, as where
    tests fail without an upgrade; "" where there was.
    """

    upgrades: tuple[RehearsedUpgrade, ...] = ()
    idle: int = 0
    left_out: tuple[LeftOut, ...] = ()
    tests: int = 0
    runs: int = 0
    seconds: float = 0.0
    refused: str = ""

    @classmethod
    def merged(cls, parts: "Iterable[Rehearsed]") -> "Rehearsed":
        """Return the rehearsal of a suite from those of its parts; one of them that was refused refuses all."""
        parts = tuple(parts)
        by_id: defaultdict[str, list[RehearsedUpgrade]] = defaultdict(list)
        for part in parts:
            for one in part.upgrades:
                by_id[one.id].append(one)
        most = max((len(part.upgrades) + part.idle for part in parts), default=0)
        return cls(
            upgrades=tuple(_together(several) for several in by_id.values()),
            idle=max(0, most - len(by_id)),
            left_out=tuple(dict.fromkeys(left for part in parts for left in part.left_out)),
            tests=sum(part.tests for part in parts),
            runs=sum(part.runs for part in parts),
            # They ran side by side.
            seconds=max((part.seconds for part in parts), default=0.0),
            refused=next((part.refused for part in parts if part.refused), ""),
        )

    def to_json(self) -> dict[str, Any]:
        """Write it as plain JSON, of no other types than JSON has."""
        return {
            **asdict(replace(self, upgrades=(), left_out=())),
            "upgrades": [
                {
                    **asdict(replace(one, touched=())),
                    "outcome": one.outcome.value,
                    "touched": [list(touched) for touched in one.touched],
                }
                for one in self.upgrades
            ],
            "left_out": [list(left) for left in self.left_out],
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what `to_json` wrote, or what became of it on its way through JSON."""
        return cls(
            upgrades=tuple(
                RehearsedUpgrade(
                    **{
                        **one,
                        "outcome": Outcome(one["outcome"]),
                        "behaviours": tuple(one["behaviours"]),
                        "met_by": tuple(one["met_by"]),
                        "touched": tuple(Touched(*touched) for touched in one["touched"]),
                    }
                )
                for one in document["upgrades"]
            ),
            left_out=tuple(LeftOut(*left) for left in document["left_out"]),
            **{name: document[name] for name in ("idle", "tests", "runs", "seconds", "refused")},
        )


def _together(several: Iterable[RehearsedUpgrade]) -> RehearsedUpgrade:
    first, *others = several
    for other in others:
        first = first.and_also(other)
    return first
