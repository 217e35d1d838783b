"""Whether what has changed is read here, where and by which tests; or whether nobody could see that."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from pytest_cxone.paths import BODY, ITEMS, steps_of
from pytest_cxone.usage.values import Place, Reading, Relevance, Usage, Use, Used

__all__ = ["Uses"]


@dataclass(frozen=True, slots=True)
class _Witness:
    """What one test read of one operation's answers, and where it may have read more."""

    test: str
    readings: list[Reading] = field(default_factory=list)
    unseen: set[str] = field(default_factory=set)

    def took(self, path: str) -> bool:
        """Whether it was handed what is at a path, which may be nothing to look into."""
        return any(one.path == path for one in self.readings)

    def looked_into(self, path: str) -> bool:
        """Whether it was seen to look into what is at a path."""
        return any(one.path != path and path in _to(one.path) for one in self.readings)


class Uses:
    """What several tests read together.

    `tests` are ids with what each read. `committed` is what a file says of the same dialect: it has no tests, and its
    places have no lines.
    """

    def __init__(self, tests: Iterable[tuple[str, Usage]], committed: Usage | None = None) -> None:
        self._witnesses: defaultdict[str, dict[str, _Witness]] = defaultdict(dict)
        for test, usage in (*tests, *([("", committed)] if committed else [])):
            for reading in usage.readings:
                self._witness(reading.operation, test).readings.append(reading)
            for operation, path in usage.unseen:
                self._witness(operation, test).unseen.add(path)

    def _witness(self, operation: str, test: str) -> _Witness:
        return self._witnesses[operation].setdefault(test, _Witness(test))

    def __bool__(self) -> bool:
        return bool(self._witnesses)

    def relevance(self, operation: str, path: str) -> tuple[Relevance, tuple[Use, ...]]:
        """Return whether a path of an operation's answers is read, and if so where."""
        if not path.startswith(BODY):
            return Relevance.UNKNOWN, ()
        witnesses = self._witnesses.get(operation, {}).values()
        uses = _uses((one, witness.test) for witness in witnesses for one in witness.readings if _is_of(one, path))
        if uses:
            return Relevance.READ, uses
        return (Relevance.UNREAD if _is_certain(path, witnesses) else Relevance.UNKNOWN), ()

    def used(self, label_of: Callable[[str], str]) -> tuple[Used, ...]:
        """Return all that is read; `label_of` gives an operation as readers know it."""
        found: defaultdict[tuple[str, str, bool], list[tuple[Reading, str]]] = defaultdict(list)
        for witnesses in self._witnesses.values():
            for witness in witnesses.values():
                for one in witness.readings:
                    found[one[:3]].append((one, witness.test))
        return tuple(
            Used(operation=id_, label=label_of(id_), path=path, is_whole=is_whole, uses=_uses(several))
            for (id_, path, is_whole), several in sorted(found.items())
        )


def _is_of(reading: Reading, path: str) -> bool:
    """Whether a reading is one of a path: of itself, of something below it, or of all of something around it."""
    return reading.path == path or path in _to(reading.path) or (reading.is_whole and reading.path in _to(path))


def _is_certain(path: str, witnesses: Iterable[_Witness]) -> bool:
    """Whether nobody can have read a path that was not seen to be read.

    On the way to it somebody must have been seen to look into each object, or nobody to take one. Who takes an object
    and is not seen to look into it may have a library that does: that proves nothing, neither for nor against.
    """
    witnesses = list(witnesses)
    way = _to(path)
    if not witnesses or any(not one.unseen.isdisjoint(way) for one in witnesses):
        return False
    for around in way[:-1]:
        if not any(one.looked_into(around) for one in witnesses):
            return not (around.endswith(ITEMS) or any(one.took(around) for one in witnesses))
    return True


def _to(path: str) -> list[str]:
    """Return the paths on the way to a path, itself the last: "$", "$[*]", "$[*].state"."""
    found = [BODY]
    for step in steps_of(path):
        found.append(found[-1] + step)
    return found


def _uses(readings: Iterable[tuple[Reading, str]]) -> tuple[Use, ...]:
    tests: defaultdict[Place, set[str]] = defaultdict(set)
    for reading, test in readings:
        tests[reading.place] |= {test} - {""}
    # What a file says of a place is not said again where a test came there.
    lined = {place._replace(line=0) for place in tests if place.line}
    return tuple(
        Use(place=place, tests=tuple(sorted(tests[place])))
        for place in sorted(tests)
        if place.line or place not in lined
    )
