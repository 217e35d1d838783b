"""The places of a body as a tree, and which of them are the same before and after though they moved."""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from pytest_cxone.drift.sights import FORM, REQUEST, ROWS, VALUE
from pytest_cxone.paths import ITEMS, steps_of

__all__ = ["Place", "folded", "matched", "rows_in", "tree", "wrapper"]

_CONTAINERS: Final = frozenset({"object", "array"})


@dataclass(frozen=True, slots=True)
class Place:
    """What was seen at one place, with counts, and the places below it by the step that leads there.

    `forms` are those of strings, `values` the few of a vocabulary; `longest` is how many rows a list had at least, and
    `requests` tell what different things were asked for.
    """

    types: Counter[str] = field(default_factory=Counter)
    forms: Counter[str] = field(default_factory=Counter)
    values: Counter[str] = field(default_factory=Counter)
    lengths: Counter[int] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    below: "dict[str, Place]" = field(default_factory=dict)

    @property
    def members(self) -> "dict[str, Place]":
        """The places below that are not an array's items."""
        return {step: place for step, place in self.below.items() if step != ITEMS}

    @property
    def kinds(self) -> frozenset[str]:
        """The types of what was not null."""
        return frozenset(self.types) - {"null"}

    @property
    def longest(self) -> int:
        """How many rows the longest list here had at least."""
        return max(self.lengths, default=1)

    def add(self, what: str, count: int) -> None:
        """Take in what was seen here."""
        if what.startswith(FORM):
            self.forms[what.removeprefix(FORM)] += count
        elif what.startswith(VALUE):
            self.values[what.removeprefix(VALUE)] += count
        elif what.startswith(ROWS):
            self.lengths[int(what.removeprefix(ROWS))] += count
        elif what.startswith(REQUEST):
            self.requests[what] += count
        else:
            self.types[what] += count


def tree(seen: Iterable[tuple[str, str, int]]) -> Place:
    """Return the places of a body from paths, what was seen there and counts."""
    root = Place()
    for path, what, count in seen:
        place = root
        for step in steps_of(path):
            place = place.below.setdefault(step, Place())
        place.add(what, count)
    return root


def matched(before: Collection[str], after: Collection[str]) -> dict[str, str]:
    """Return which member is which: by its name, or else by the name in another case. Nothing else is guessed."""
    pairs = {step: step for step in before if step in after}
    free = {folded(step): step for step in sorted(after) if step not in pairs}
    for step in sorted(before):
        if step not in pairs and folded(step) in free:
            pairs[step] = free.pop(folded(step))
    return pairs


def folded(step: str) -> str:
    """Return a name without its case: `agentId`, `AgentID` and `agent_id` are one."""
    return re.sub(r"[ _-]", "", step).casefold()


def wrapper(gone: Mapping[str, Place], new: Mapping[str, Place], *, stayed: bool) -> str | None:
    """Return the new object that now holds what is gone beside it, if there is one.

    It holds a whole list or object of the same name; or, where no member `stayed`, most of what is gone. Where it is a
    list, its rows hold that.
    """
    by_name = {folded(step): step for step in sorted(gone)}
    for step, place in sorted((*new.items(), *_rows(new)), key=lambda item: item[0]):
        held = {by_name[name]: now for now in place.members if (name := folded(now)) in by_name}
        is_container = any(gone[old].kinds & place.below[now].kinds & _CONTAINERS for old, now in held.items())
        if is_container or (held and not stayed and 2 * len(held) >= len(gone)):
            return step
    return None


def _rows(places: Mapping[str, Place]) -> Iterator[tuple[str, Place]]:
    yield from ((step + ITEMS, place.below[ITEMS]) for step, place in places.items() if ITEMS in place.below)


def rows_in(rows: Place, outer: Place) -> str | None:
    """Return the member of an object that is the list whose rows these are, by what their rows have in common."""
    return next(
        (
            step
            for step, place in sorted(outer.members.items())
            if _alike(rows.below.get(ITEMS), place.below.get(ITEMS))
        ),
        None,
    )


def _alike(one: Place | None, other: Place | None) -> bool:
    if one is None or other is None:
        return False
    fewer = min(len(one.members), len(other.members))
    return 2 * len(matched(one.members, other.members)) >= fewer if fewer else bool(one.kinds & other.kinds)
