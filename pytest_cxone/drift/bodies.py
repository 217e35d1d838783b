"""Two bodies, as what was seen at their places: what is gone, new, of another type or form, in an envelope."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from pytest_cxone.drift.chance import is_chance
from pytest_cxone.drift.findings import Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.pairs import Pair, Told
from pytest_cxone.drift.places import Place, matched, rows_in, wrapper
from pytest_cxone.drift.texts import of_forms, of_values
from pytest_cxone.paths import ITEMS, UNNAMED

__all__ = ["differences"]

_CHANCE: Final = 0.01
"""How likely it may at most be that what stands in some rows only is by chance in none, to be called a change."""
_ENVELOPE: Final = {True: FindingId.ENVELOPE_ADDED, False: FindingId.ENVELOPE_REMOVED}


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
        yield from of_forms(pair)
    yield from of_values(pair)
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
    if _are_declared(pair, old, new):
        return
    id_ = FindingId.BODY_TYPE_CHANGED if is_body else FindingId.TYPE_CHANGED
    # Which numbers came is chance.
    change = _types(_without_point(old)), _types(_without_point(new - old))
    if new - old == {"integer"} and "number" in old:
        if "number" not in new:
            yield pair.finding(id_, _types(old), _types(new), severity=Severity.COSMETIC, change=change)
    elif new - old:
        yield pair.finding(id_, _types(old), _types(new), change=change)


def _are_declared(pair: Pair, old: frozenset[str], new: frozenset[str]) -> bool:
    """Whether the contract has each new type, and which of its types came may be chance: integers are numbers."""
    types = pair.declared.types if pair.declared else frozenset[str]()
    if "number" in types:
        types |= {"integer"}
    if not new - old or not old | new <= types:
        return False
    before, after = pair.before.types.total(), pair.after.types.total()
    is_number = old | new <= {"integer", "number"}
    return is_number or bool(old & new) or is_chance(after, after, before, rows=pair.rows)


def _of_null(pair: Pair, id_: FindingId) -> Told:
    before, after = pair.before.types, pair.after.types
    nulls, of = after["null"], after.total()
    declared = pair.declared
    is_sure = declared is None or declared.must_not_be_null
    if is_sure or not is_chance(nulls, of, before.total(), rows=pair.rows):
        yield pair.finding(id_, "never null", f"null in {nulls} of {of}", change=("", "null"))
    elif nulls == of or (declared is not None and not declared.allows_null):
        yield pair.unknown(f"null in {nulls} of {of} after, never in {before.total()} before: it may be chance")


def _without_point(kinds: Iterable[str]) -> set[str]:
    return {"number" if kind == "integer" else kind for kind in kinds}


def _types(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))


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
    elif 2 * absent >= parents_now or (declared is not None and not declared.is_known):
        yield member.unknown(f"absent in {absent} of {parents_now} after, never in {parents} before: it may be chance")


def _on_one_side(pair: Pair, step: str, *, is_new: bool) -> Finding | NotCompared:
    """Tell of a member that is new or gone; or that it may be in some rows only, and in none by chance."""
    side, other = (pair.after, pair.before) if is_new else (pair.before, pair.after)
    path = (pair.now if is_new else pair.path) + step
    place = side.below[step]
    seen, of, tried = place.types.total(), side.types["object"], other.types["object"] or other.types.total()
    if step == UNNAMED:
        return pair.unknown(f"members without a name only {'after' if is_new else 'before'}", path)
    if _may_be_absent(pair, step, (seen, of, tried), is_new=is_new):
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


def _may_be_absent(pair: Pair, step: str, counts: tuple[int, int, int], *, is_new: bool) -> bool:
    """Whether a member that came on one side only may be there in some rows, and in none of the others by chance."""
    seen, of, tried = counts
    if pair.declared is None or (is_new and seen == of):
        return (1 - seen / of) ** tried > _CHANCE
    # What the contract requires was never absent by chance.
    rows = pair.rows[::-1] if not is_new else pair.rows
    return not pair.declared.of(step).must_be_there and is_chance(seen, of, tried, rows=rows)
