"""From two observations to findings. Nothing is concluded from what one side did not see."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from pytest_cxone.drift.findings import Comparison, Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.observing import ITEMS, MEDIA_TYPE, NOT_JSON, STATUS, UNNAMED, Observed
from pytest_cxone.drift.places import Place, matched, rows_in, tree, wrapper

__all__ = ["compare", "over_versions"]

_PASSING: Final = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that tell of a tenant's load and not of its API."""
_CHANCE: Final = 0.01
"""How likely it may at most be that what stands in some rows only is by chance in none, to be called a change."""
_ORDER: Final = tuple(Severity)
_ENVELOPE: Final = {True: FindingId.ENVELOPE_ADDED, False: FindingId.ENVELOPE_REMOVED}

_Told = Iterator[Finding | NotCompared]


def over_versions(seen: Mapping[str, Observed]) -> dict[tuple[str, str], Comparison]:
    """Compare each version with the next one in this order, and the first with the last."""
    versions = list(seen)
    pairs = [*pairwise(versions), *([(versions[0], versions[-1])] if len(versions) > 2 else [])]
    return {(earlier, later): compare(seen[earlier], seen[later]) for earlier, later in pairs}


def compare(before: Observed, after: Observed) -> Comparison:
    """Return what has changed from one observation to another, and what cannot be said."""
    old, new = _by_operation(before), _by_operation(after)
    told: list[Finding | NotCompared] = []
    for operation in old.keys() | new.keys():
        told += _of_operation(operation, old.get(operation, {}), new.get(operation, {}))
    told.sort(key=_rank)
    return Comparison(
        findings=tuple(one for one in told if isinstance(one, Finding)),
        not_compared=tuple(one for one in told if isinstance(one, NotCompared)),
        operations=len(old.keys() & new.keys()),
    )


def _rank(one: Finding | NotCompared) -> tuple[int, str, int, str, str]:
    worst, what = (_ORDER.index(one.severity), str(one.id)) if isinstance(one, Finding) else (len(_ORDER), one.reason)
    return worst, one.operation, one.status or 0, one.path, what


_Seen = dict[str, Counter[str]]
"""What was seen of one operation's answers with one status: by path, then by what."""


def _by_operation(observed: Observed) -> dict[str, dict[int, _Seen]]:
    seen: defaultdict[str, defaultdict[int, _Seen]] = defaultdict(lambda: defaultdict(lambda: defaultdict(Counter)))
    for (operation, status, path, what), count in observed.counts.items():
        seen[operation][status][path][what] += count
    return {operation: dict(statuses) for operation, statuses in seen.items()}


# Protocol


def _of_operation(operation: str, before: Mapping[int, _Seen], after: Mapping[int, _Seen]) -> _Told:
    if not before or not after:
        reason = f"no answer {'after' if before else 'before'}"
        yield NotCompared(operation=operation, status=None, path="", reason=reason)
        return
    gone = sorted(before.keys() - after.keys() - _PASSING)
    new = sorted(after.keys() - before.keys() - _PASSING)
    has_changed = bool(new and before.keys() - _PASSING)
    if has_changed:
        yield Finding(
            id=FindingId.STATUS_CHANGED if gone else FindingId.STATUS_ADDED,
            severity=Severity.BREAKING,
            operation=operation,
            status=None,
            path=STATUS,
            before=_listed(gone or before),
            after=_listed(new if gone else after),
            samples=(_answers(before), _answers(after)),
        )
    for side, other, seen, unseen in (("before", "after", before, after), ("after", "before", after, before)):
        for status in seen.keys() - unseen.keys():
            if status in _PASSING or not has_changed:
                reason = f"came {side}, {_answers({status: seen[status]})} of {_answers(seen)} times, and never {other}"
                yield NotCompared(operation=operation, status=status, path=STATUS, reason=reason)
    for status in before.keys() & after.keys():
        yield from _of_status(operation, status, before[status], after[status])


def _of_status(operation: str, status: int, before: _Seen, after: _Seen) -> _Told:
    old, new = _body(before), _body(after)
    pair = _Pair(operation=operation, status=status, before=old, after=new)
    if before.get(MEDIA_TYPE) and after.get(MEDIA_TYPE, Counter()).keys() - before[MEDIA_TYPE].keys():
        samples = before[MEDIA_TYPE].total(), after[MEDIA_TYPE].total()
        words = _listed(before[MEDIA_TYPE]), _listed(after[MEDIA_TYPE])
        yield replace(pair.finding(FindingId.MEDIA_TYPE_CHANGED, *words, path=MEDIA_TYPE), samples=samples)
        # A page in place of JSON has been told by that.
        new.types.pop(NOT_JSON, None)
    if old.types.total() and new.types.total():
        yield from _of_place(pair)
    else:
        side = "before" if new.types.total() else "after"
        yield pair.unknown(f"no body to compare {side}")


def _answers(statuses: Mapping[int, _Seen]) -> int:
    return sum(seen[STATUS].total() for seen in statuses.values())


def _body(seen: _Seen) -> Place:
    return tree((path, kind, count) for path, kinds in seen.items() if path[0] == "$" for kind, count in kinds.items())


def _listed(words: Iterable[object]) -> str:
    return ", ".join(map(str, sorted(words, key=str)))


# Bodies


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pair:
    """The same place before and after: `path` is where it was and `now` where it is."""

    operation: str
    status: int
    before: Place
    after: Place
    path: str = "$"
    now: str = "$"

    def below(self, step: str, now: str) -> "_Pair":
        """Return the pair of a place below, which may have another name now."""
        before, after = self.before.below[step], self.after.below[now]
        return replace(self, before=before, after=after, path=self.path + step, now=self.now + now)

    def inside(self, step: str, *, is_new: bool) -> "_Pair":
        """Return the pair of this place and what an envelope holds: one that is new, or one that was there before."""
        if is_new:
            return replace(self, after=self.after.below[step], now=self.now + step)
        return replace(self, before=self.before.below[step], path=self.path + step)

    def finding(
        self, id_: FindingId, before: str, after: str, *, severity: Severity = Severity.BREAKING, path: str = ""
    ) -> Finding:
        return Finding(
            id=id_,
            severity=severity,
            operation=self.operation,
            status=self.status,
            path=path or self.path,
            before=before,
            after=after,
            samples=(self.before.types.total(), self.after.types.total()),
        )

    def unknown(self, reason: str, path: str = "") -> NotCompared:
        return NotCompared(operation=self.operation, status=self.status, path=path or self.path, reason=reason)


def _of_place(pair: _Pair) -> _Told:
    before, after = pair.before, pair.after
    for is_new, rows, outer in ((True, before, after), (False, after, before)):
        if "array" in rows.kinds - outer.kinds and (step := rows_in(rows, outer)):
            inner = pair.inside(step, is_new=is_new)
            yield pair.finding(_ENVELOPE[is_new], inner.path, inner.now)
            yield from _of_place(inner)
            yield from (_on_one_side(pair, other, is_new=is_new) for other in outer.members if other != step)
            return
    yield from _of_types(pair)
    if "object" in before.kinds & after.kinds:
        yield from _of_members(pair)
    if "array" in before.kinds & after.kinds:
        empty = [side for side, place in (("before", before), ("after", after)) if ITEMS not in place.below]
        if empty:
            yield pair.unknown(f"no rows {' and '.join(empty)}", pair.path + ITEMS)
        else:
            yield from _of_place(pair.below(ITEMS, ITEMS))


def _of_types(pair: _Pair) -> _Told:
    before, after = pair.before.types, pair.after.types
    is_body = pair.path == "$"
    became_nullable = bool(after["null"] and not before["null"])
    if became_nullable:
        id_ = FindingId.BODY_BECAME_NULLABLE if is_body else FindingId.BECAME_NULLABLE
        yield pair.finding(id_, "never null", f"null in {after['null']} of {after.total()}")
    old, new = pair.before.kinds, pair.after.kinds
    if not old or not new:
        if old != new and not became_nullable:
            yield pair.unknown(f"nothing but null {'before' if new else 'after'}")
        return
    id_ = FindingId.BODY_TYPE_CHANGED if is_body else FindingId.TYPE_CHANGED
    if new - old == {"integer"} and "number" in old:
        if "number" not in new:
            yield pair.finding(id_, _types(old), _types(new), severity=Severity.COSMETIC)
    elif new - old:
        yield pair.finding(id_, _types(old), _types(new))


def _types(kinds: Iterable[str]) -> str:
    return " or ".join(sorted(kinds))


def _of_members(pair: _Pair) -> _Told:
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
            del right[step]
    yield from (_on_one_side(pair, step, is_new=False) for step in gone)
    yield from (_on_one_side(pair, step, is_new=True) for step in new)


def _of_envelope(pair: _Pair, step: str, left: Mapping[str, Place], *, is_new: bool) -> _Told:
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


def _of_member(pair: _Pair, old: str, now: str) -> _Told:
    member = pair.below(old, now)
    if old != now:
        yield member.finding(FindingId.RECASED, old[1:], now[1:])
    parents, parents_now = pair.before.types["object"], pair.after.types["object"]
    seen, seen_now = member.before.types.total(), member.after.types.total()
    if old != UNNAMED and seen == parents and seen_now < parents_now:
        told = member.finding(FindingId.BECAME_OPTIONAL, "always present", f"present in {seen_now} of {parents_now}")
        yield replace(told, samples=(parents, parents_now))
    yield from _of_place(member)


def _on_one_side(pair: _Pair, step: str, *, is_new: bool) -> Finding | NotCompared:
    """Tell of a member that is new or gone; or that it may be in some rows only, and in none by chance."""
    side, other = (pair.after, pair.before) if is_new else (pair.before, pair.after)
    path = (pair.now if is_new else pair.path) + step
    place = side.below[step]
    seen, of, tried = place.types.total(), side.types["object"], other.types["object"] or other.types.total()
    if step == UNNAMED:
        return pair.unknown(f"members without a name only {'after' if is_new else 'before'}", path)
    if (1 - seen / of) ** tried > _CHANCE:
        here, there = ("after", "before") if is_new else ("before", "after")
        return pair.unknown(f"in {seen} of {of} {here} and in none of {tried} {there}: it may be chance", path)
    types = _types(place.types) + ("" if seen == of else f", in {seen} of {of}")
    told = (
        pair.finding(FindingId.ADDED, "absent", types, severity=Severity.ADDITIVE, path=path)
        if is_new
        else pair.finding(FindingId.REMOVED, types, "absent", path=path)
    )
    return replace(told, samples=(tried, of) if is_new else (of, tried))
