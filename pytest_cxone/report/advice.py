"""Of an upgrade that nobody noticed: what it would break, and which test would notice it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from pytest_cxone.behaviours import behaviours
from pytest_cxone.paths import OTHER_PATHS, STATUS
from pytest_cxone.rehearsal.meeting import REQUEST
from pytest_cxone.rehearsal.outcomes import RehearsedUpgrade
from pytest_cxone.usage.values import Relevance, Use
from pytest_cxone.validation import counted

__all__ = ["Met", "Read", "advice_of", "breaks_of"]

_MOST_NAMED: Final = 3
_BECOMES: Final = {
    "removed": "which would be gone",
    "renamed": "which would have another name",
    "retyped": "which would be of another type",
    "nulled": "which would be null",
}
"""What would become of a path, by the last word of the id of a derived upgrade."""


class Met(NamedTuple):
    """A place that an upgrade changes: an operation as readers know it, and a path of its answers."""

    label: str
    path: str

    def __str__(self) -> str:
        if self.path == REQUEST:
            return f"how {self.named} is taken"
        return f"{self.path} of {self.named}" if self.path else self.named

    @property
    def named(self) -> str:
        """The operation in a sentence."""
        return "a path that the contract does not have" if self.label == OTHER_PATHS else self.label


Read = tuple[Met, Sequence[Use]]
"""A place that an upgrade changes, and where the code under test reads it."""


def breaks_of(one: RehearsedUpgrade, met: Sequence[Met], read: Sequence[Read], relevance: Relevance) -> str:
    """Say in a sentence, without its end, what would break; of what nobody is known to read, who met it."""
    if read:
        place, uses = read[0]
        more = f" (and {len(uses) - 1} more)" if len(uses) > 1 else ""
        becomes = _BECOMES.get(_kind(one), "") if one.origin == "derived" else ""
        reads = f"{uses[0].place}{more} reads {place}"
        return f"{reads}, {becomes}" if becomes else f"{reads}; with this upgrade, {_summary(one, met)}"
    if relevance is Relevance.UNREAD:
        return f"nobody here reads {_named(met)}"
    changes = f"{_summary(one, met)}: this changes {_named(met)}" if met else one.summary
    return f"{changes}; {_stayed_green(one.met_by)}" if one.met_by else changes


def advice_of(dialect: str, one: RehearsedUpgrade, met: Sequence[Met], read: Sequence[Read]) -> str:
    """Say which test to write, which one comes closest to it, and how to see that it notices the upgrade."""
    known = behaviours(dialect)
    stated = next((known[id_] for id_ in one.behaviours if id_ in known), None)
    # With another status everything is otherwise, and it is by the status that code should tell.
    weighty = (*(place for place in met if place.path == STATUS), *(place for place, _ in read), *met)
    place = weighty[0] if weighty else Met("what it changes", "")
    said = [
        f"Write a test that asks for {place.named} and asserts {_asserted(place)}",
        f"it must turn red under pytest --cxone-upgrade={one.id}",
    ]
    if stated is not None:
        statement = stated.statement.rstrip(".")
        said.append(f"the contract suite's test of {stated.id} shows how: “{statement}”")
    if one.met_by:
        said.append(f"closest to it comes {one.met_by[0]}")
    return "; ".join(said)


def _summary(one: RehearsedUpgrade, met: Sequence[Met]) -> str:
    """Return what it does, without the operation, which is told beside it."""
    return one.summary.removesuffix(f" ({met[0].label})") if met else one.summary


def _kind(one: RehearsedUpgrade) -> str:
    return one.id.rpartition(".")[2]


def _asserted(place: Met) -> str:
    if place.path in {"$", "$[*]"}:
        return "what your code makes of the whole answer: of a list, how many rows, and which"
    if place.path.startswith("$"):
        return f"what your code makes of {place.path}, by its value"
    if place.path == STATUS:
        return "what your code does by the status of the answer"
    if place.path == REQUEST:
        return "what your code does where that is refused, or taken in another way"
    return f"what your code does by the {place.path} of the answer" if place.path else "what your code makes of it"


def _named(met: Sequence[Met]) -> str:
    """Name places, and their operation once where all are of one."""
    is_of_one = len({place.label for place in met}) == 1 and all(place.path != REQUEST for place in met)
    names = [place.path if is_of_one else str(place) for place in met[:_MOST_NAMED]]
    if len(met) > _MOST_NAMED:
        names.append(counted(len(met) - _MOST_NAMED, "more place"))
    *named, last = names
    told = f"{', '.join(named)} and {last}" if named else last
    return f"{told} of {met[0].named}" if is_of_one else told


def _stayed_green(tests: Sequence[str]) -> str:
    more = f" and {len(tests) - 1} more" if len(tests) > 1 else ""
    return f"{tests[0]}{more} met it and stayed green"
