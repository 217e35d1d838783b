"""Two bodies, as what was seen at their places: what is gone, new, of another type or form, in an envelope."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from math import isfinite
from typing import Final

from pytest_cxone.drift.chance import LEAST_AGENTS, LEAST_ROWS, is_chance
from pytest_cxone.drift.declared import Declared
from pytest_cxone.drift.findings import Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.forms import EMPTY, TEXT, family, is_strong
from pytest_cxone.drift.places import Place, folded, matched, rows_in, wrapper
from pytest_cxone.drift.sights import ITEMS, UNNAMED

__all__ = ["Pair", "Told", "differences", "listed"]

_CHANCE: Final = 0.01
"""How likely it may at most be that what stands in some rows only is by chance in none, to be called a change."""
_LEAST_STRINGS: Final = 5
"""Strings that show a form which one of them may have by chance."""
_MOST_FORMS: Final = 3
_ENVELOPE: Final = {True: FindingId.ENVELOPE_ADDED, False: FindingId.ENVELOPE_REMOVED}

Told = Iterator[Finding | NotCompared]


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


def differences(pair: Pair) -> Told:
    """Yield what is otherwise at a place and below it, each change once."""
    before, after = pair.before, pair.after
    for is_new, rows, outer in ((True, before, after), (False, after, before)):
        if "array" in rows.kinds - outer.kinds and (step := rows_in(rows, outer)):
            inner = pair.inside(step, is_new=is_new)
            yield pair.finding(_ENVELOPE[is_new], inner.path, inner.now)
            yield from differences(inner)
            yield from (_on_one_side(pair, other, is_new=is_new) for other in outer.members if other != step)
            return
    yield from _of_types(pair)
    if "string" in before.kinds & after.kinds:
        yield from _of_forms(pair)
    yield from _of_values(pair)
    if "object" in before.kinds & after.kinds:
        yield from _of_members(pair)
    if "array" in before.kinds & after.kinds:
        has_rows = ITEMS in before.below, ITEMS in after.below
        if all(has_rows):
            yield from differences(pair.below(ITEMS, ITEMS))
        elif any(has_rows):
            yield pair.unknown(f"no rows {'after' if has_rows[0] else 'before'}", pair.path + ITEMS)


# Types


def _of_types(pair: Pair) -> Told:
    before, after = pair.before.types, pair.after.types
    is_body = pair.path == "$"
    is_null_now = bool(after["null"] and not before["null"])
    if is_null_now:
        yield from _of_null(pair, FindingId.BODY_BECAME_NULLABLE if is_body else FindingId.BECAME_NULLABLE)
    old, new = pair.before.kinds, pair.after.kinds
    if not old or not new:
        is_told = is_null_now or (pair.declared is not None and pair.declared.allows_null)
        if old != new and not is_told:
            yield pair.unknown(f"nothing but null {'before' if new else 'after'}")
        return
    id_ = FindingId.BODY_TYPE_CHANGED if is_body else FindingId.TYPE_CHANGED
    # Which numbers came is chance.
    change = _types(_without_point(old)), _types(_without_point(new - old))
    if new - old == {"integer"} and "number" in old:
        if "number" not in new:
            yield pair.finding(id_, _types(old), _types(new), severity=Severity.COSMETIC, change=change)
    elif new - old:
        yield pair.finding(id_, _types(old), _types(new), change=change)


def _of_null(pair: Pair, id_: FindingId) -> Told:
    before, after = pair.before.types, pair.after.types
    nulls, of = after["null"], after.total()
    declared = pair.declared
    is_sure = declared is None or declared.must_not_be_null
    if is_sure or not is_chance(nulls, of, before.total(), rows=pair.rows):
        yield pair.finding(id_, "never null", f"null in {nulls} of {of}", change=("", "null"))
    elif declared is not None and not declared.allows_null:
        yield pair.unknown(f"null in {nulls} of {of} after, never in {before.total()} before: it may be chance")


def _without_point(kinds: Iterable[str]) -> set[str]:
    return {"number" if kind == "integer" else kind for kind in kinds}


def _types(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))


# Strings


def _of_forms(pair: Pair) -> Told:
    before, after = pair.before.forms, pair.after.forms
    old, new = before.keys() - {EMPTY}, after.keys() - {EMPTY}
    if not old or not new:
        if old and after[EMPTY] == after.total() >= LEAST_ROWS <= before.total() and not before[EMPTY]:
            yield _reformed(pair, old, {EMPTY})
        return
    if TEXT in old or len(old) > _MOST_FORMS or new <= old:
        return
    families = {family(form) for form in old}
    others = {form for form in new if family(form) not in families}
    if others and all(map(is_strong, old)):
        yield _reformed(pair, old, new)
    elif not old & new and min(before.total(), after.total()) >= _LEAST_STRINGS:
        # One reader may take both, another not: moments of one standard are the same to whoever reads the standard.
        yield _reformed(pair, old, new, severity=Severity.BREAKING if others else Severity.COSMETIC)


def _reformed(pair: Pair, old: Iterable[str], new: Iterable[str], *, severity: Severity = Severity.BREAKING) -> Finding:
    samples = pair.before.forms.total(), pair.after.forms.total()
    families = {family(form) for form in old}
    others = {family(form) for form in new} - families
    # Which of several forms came, and how many, is chance.
    change = listed(families), TEXT if TEXT in others else listed(others)
    words = listed(old), listed(new)
    return pair.finding(FindingId.FORMAT_CHANGED, *words, severity=severity, samples=samples, change=change)


def _of_values(pair: Pair) -> Told:
    before, after = pair.before.values, pair.after.values
    kinds = pair.before.kinds | pair.after.kinds
    if not before or not after or kinds != {"string"}:
        if before and after and kinds <= {"integer", "number"}:
            yield from _of_lifetime(pair)
        return
    gone, new = before.keys() - after.keys(), after.keys() - before.keys()
    samples = before.total(), after.total()
    spelled = {folded(value): value for value in sorted(gone)}
    recased = {now: spelled[folded(now)] for now in sorted(new) if folded(now) in spelled}
    if recased:
        words = listed(set(recased.values())), listed(recased)
        yield pair.finding(FindingId.VALUE_RECASED, *words, samples=samples, change=("", ""))
        new = new - recased.keys()
    known = pair.declared.values if pair.declared else frozenset[str]()
    if not recased and not before.keys() & after.keys() and _are_of_many_rows(pair):
        yield pair.finding(FindingId.VALUES_REPLACED, listed(before), listed(after), samples=samples, change=("", ""))
    elif known:
        # One by one: which of them come depends on the day.
        for value in sorted(new - known):
            words = "not among the values", value
            yield pair.finding(FindingId.VALUE_ADDED, *words, severity=Severity.ADDITIVE, samples=samples)


def _are_of_many_rows(pair: Pair) -> bool:
    """Whether there were so many different rows that all of them took other values for one reason."""
    counts = pair.before.values.total(), pair.after.values.total()
    return min(*pair.rows, *counts) >= LEAST_AGENTS


def _of_lifetime(pair: Pair) -> Told:
    """Tell that tokens live longer or shorter: numbers are looked at nowhere else."""
    before, after = ({float(value) for value in place.values} for place in (pair.before, pair.after))
    if before & after or not all(map(isfinite, before | after)):
        return
    is_shorter = min(after) < min(before)
    yield pair.finding(
        FindingId.LIFETIME_CHANGED,
        listed(pair.before.values),
        listed(pair.after.values),
        severity=Severity.BREAKING if is_shorter else Severity.COSMETIC,
        samples=(pair.before.values.total(), pair.after.values.total()),
        change=("", "shorter" if is_shorter else "longer"),
    )


# Members


def _of_members(pair: Pair) -> Told:
    stayed = matched(pair.before.members, pair.after.members)
    for old, now in stayed.items():
        yield from _of_member(pair, old, now)
    gone = {step: place for step, place in pair.before.members.items() if step not in stayed}
    new = {step: place for step, place in pair.after.members.items() if step not in stayed.values()}
    for is_new, left, right in ((True, gone, new), (False, new, gone)):
        step = wrapper(left, right, stayed=bool(stayed))
        if step is not None:
            yield from _of_envelope(pair, step, left, is_new=is_new)
            left.clear()
            del right[step.removesuffix(ITEMS)]
    yield from (_on_one_side(pair, step, is_new=False) for step in gone)
    yield from (_on_one_side(pair, step, is_new=True) for step in new)


def _of_envelope(pair: Pair, step: str, left: Mapping[str, Place], *, is_new: bool) -> Told:
    """Tell of an envelope once, and then of what has changed of all that is `left` beside it."""
    inner = pair.inside(step, is_new=is_new)
    beside = Place(types=(pair.before if is_new else pair.after).types, below=dict(left))
    inner = replace(inner, before=beside) if is_new else replace(inner, after=beside)
    held = matched(inner.before.members, inner.after.members)
    # One thing is told by its path, several by the place of all.
    old, now = next(iter(held.items())) if len(held) == 1 else ("", "")
    path = inner.now if is_new else inner.path
    yield pair.finding(_ENVELOPE[is_new], inner.path + old, inner.now + now, path=path)
    yield from _of_members(inner)


def _of_member(pair: Pair, old: str, now: str) -> Told:
    member = pair.below(old, now)
    if old != now:
        yield member.finding(FindingId.RECASED, old[1:], now[1:])
    parents, parents_now = pair.before.types["object"], pair.after.types["object"]
    seen, seen_now = member.before.types.total(), member.after.types.total()
    if old != UNNAMED and seen == parents and seen_now < parents_now:
        yield from _of_absence(member, parents, parents_now, seen_now)
    yield from differences(member)


def _of_absence(member: Pair, parents: int, parents_now: int, seen_now: int) -> Told:
    declared = member.declared
    absent = parents_now - seen_now
    is_sure = declared is None or declared.must_be_there
    if is_sure or not is_chance(absent, parents_now, parents, rows=member.rows):
        words = "always present", f"present in {seen_now} of {parents_now}"
        samples = parents, parents_now
        yield member.finding(FindingId.BECAME_OPTIONAL, *words, samples=samples, change=("", ""))
    elif declared is not None and not declared.is_known:
        yield member.unknown(f"absent in {absent} of {parents_now} after, never in {parents} before: it may be chance")


def _on_one_side(pair: Pair, step: str, *, is_new: bool) -> Finding | NotCompared:
    """Tell of a member that is new or gone; or that it may be in some rows only, and in none by chance."""
    side, other = (pair.after, pair.before) if is_new else (pair.before, pair.after)
    path = (pair.now if is_new else pair.path) + step
    place = side.below[step]
    seen, of, tried = place.types.total(), side.types["object"], other.types["object"] or other.types.total()
    different = min(tried, pair.rows[0] if is_new else pair.rows[1]) if pair.declared else tried
    if step == UNNAMED:
        return pair.unknown(f"members without a name only {'after' if is_new else 'before'}", path)
    if (1 - seen / of) ** different > _CHANCE:
        here, there = ("after", "before") if is_new else ("before", "after")
        return pair.unknown(f"in {seen} of {of} {here} and in none of {tried} {there}: it may be chance", path)
    types = _types(place.types) + ("" if seen == of else f", in {seen} of {of}")
    if is_new:
        return pair.finding(
            FindingId.ADDED,
            "absent",
            types,
            severity=Severity.ADDITIVE,
            path=path,
            samples=(tried, of),
            change=("", ""),
        )
    return pair.finding(FindingId.REMOVED, types, "absent", path=path, samples=(of, tried), change=("", ""))


def listed(words: Iterable[object]) -> str:
    """Return words in one line, always in the same order."""
    return ", ".join(map(str, sorted(words, key=str)))
