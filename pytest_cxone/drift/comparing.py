"""From two observations to findings. Nothing is concluded from what one side did not see."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise
from typing import Any, Final

from pytest_cxone.drift.bodies import differences
from pytest_cxone.drift.declared import Declared
from pytest_cxone.drift.findings import Comparison, Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.pairs import Noticed, Pair, Told, listed
from pytest_cxone.drift.places import Place, folded, tree
from pytest_cxone.drift.sights import EMPTY_ANSWER, NOT_JSON, ORDER, PAGE_SIZE, Observed
from pytest_cxone.listings import UNSORTED
from pytest_cxone.paths import HEADER, MEDIA_TYPE, OTHER_PATHS, STATUS
from pytest_cxone.schemas import Contract, Operation

__all__ = ["PASSING", "compare", "over_versions", "rank"]

PASSING: Final = frozenset({408, 425, 429, 502, 503, 504})
"""Statuses that tell of a tenant's load and not of its API."""
_ORDER: Final = tuple(Severity)
_OF_BODY: Final = frozenset(
    {
        FindingId.ENVELOPE_ADDED,
        FindingId.ENVELOPE_REMOVED,
        FindingId.BODY_TYPE_CHANGED,
        FindingId.BODY_BECAME_NULLABLE,
    }
)
_IN_BODY: Final = re.compile(r"\$\.[^.\[]+")
_ANNOUNCED: Final = frozenset({"deprecation", "sunset"})
"""Headers by which an API says that it will go (RFC 9745, RFC 8594)."""


def over_versions(seen: Mapping[str, Observed]) -> dict[tuple[str, str], Comparison]:
    """Compare each version with the next one in this order, and the first with the last."""
    versions = list(seen)
    pairs = [*pairwise(versions), *([(versions[0], versions[-1])] if len(versions) > 2 else [])]
    return {(earlier, later): compare(seen[earlier], seen[later]) for earlier, later in pairs}


def compare(
    before: Observed, after: Observed, *, contract: Contract | None = None, has_statuses: bool = True
) -> Comparison:
    """Return what has changed from one observation to another, and what cannot be said.

    Time may have passed between the two: then the `contract` says which differences may come of that. Without one the
    two are of the same tenant at the same time, and each difference counts. Where statuses are compared test by test,
    `has_statuses` is False, and those that came on one side only are passed over.
    """
    old, new = _by_operation(before), _by_operation(after)
    operations = {} if contract is None else {operation.id: operation for operation in contract.operations}
    told: list[Finding | NotCompared] = []
    noticed: set[str] = set()
    for operation in old.keys() | new.keys():
        declared = operations.get(operation)
        for one in _of_operation(operation, old.get(operation, {}), new.get(operation, {}), declared):
            if isinstance(one, Noticed):
                noticed.add(one.text)
            else:
                told.append(one)
        if has_statuses and operation in old and operation in new:
            told.extend(_of_statuses(operation, old[operation], new[operation], declared))
    told.sort(key=rank)
    return Comparison(
        findings=tuple(one for one in told if isinstance(one, Finding)),
        not_compared=tuple(one for one in told if isinstance(one, NotCompared)),
        operations=len(old.keys() & new.keys()),
        hints=tuple(sorted(noticed)),
    )


def rank(one: Finding | NotCompared) -> tuple[int, str, int, str, str]:
    """Return where one stands in a list: the worst first."""
    worst, what = (_ORDER.index(one.severity), str(one.id)) if isinstance(one, Finding) else (len(_ORDER), one.reason)
    return worst, one.operation, one.status or 0, one.path, what


_Seen = dict[str, Counter[str]]
"""What was seen of one operation's answers with one status: by path, then by what."""


def _by_operation(observed: Observed) -> dict[str, dict[int, _Seen]]:
    seen: defaultdict[str, defaultdict[int, _Seen]] = defaultdict(lambda: defaultdict(lambda: defaultdict(Counter)))
    for (operation, status, path, what), count in observed.counts.items():
        seen[operation][status][path][what] += count
    return {operation: dict(statuses) for operation, statuses in seen.items()}


def _of_operation(
    operation: str, before: Mapping[int, _Seen], after: Mapping[int, _Seen], declared: Operation | None
) -> Told:
    if not before or not after:
        reason = f"no answer {'after' if before else 'before'}"
        yield NotCompared(operation=operation, status=None, path="", reason=reason)
        return
    if operation == OTHER_PATHS:
        return
    found: list[Finding | NotCompared | Noticed] = []
    for status in sorted(before.keys() & after.keys()):
        found += _of_status(operation, status, before[status], after[status], declared)
    found = list(_joined(found))
    yield from found
    findings = [one for one in found if isinstance(one, Finding)]
    if not any(map(_tells_of_empties, findings)):
        yield from _of_empties(operation, before, after)
    yield from _of_listings(operation, before, after, findings)


def _tells_of_empties(finding: Finding) -> bool:
    """Whether a change of the body, or of the list in it, is why nothing is answered otherwise."""
    is_of_list = _IN_BODY.fullmatch(finding.path) is not None and "array" in finding.before
    return finding.id in _OF_BODY or is_of_list


def _joined(told: Iterable[Finding | NotCompared | Noticed]) -> Told:
    """Yield findings, one for what has changed alike under several statuses: the worst, with the samples of all."""
    alike: defaultdict[str, list[Finding]] = defaultdict(list)
    for one in told:
        if isinstance(one, Finding):
            alike[one.fingerprint].append(one)
        else:
            yield one
    for several in alike.values():
        worst = min(several, key=rank)
        if len(several) > 1:
            samples = sum(one.samples[0] for one in several), sum(one.samples[1] for one in several)
            worst = replace(worst, status=None, samples=samples)
        yield worst


# Protocol


def _of_statuses(
    operation: str, before: Mapping[int, _Seen], after: Mapping[int, _Seen], declared: Operation | None
) -> Iterator[Finding | NotCompared]:
    gone = sorted(before.keys() - after.keys() - PASSING)
    new = sorted(after.keys() - before.keys() - PASSING)
    has_both = declared is not None and declared.declares(200) and declared.declares(204)
    # Whether there is something to answer depends on the day.
    by_day = frozenset({200, 204} if has_both else ())
    gone, new = ([status for status in statuses if status not in by_day] for statuses in (gone, new))
    has_changed = bool(new and before.keys() - PASSING)
    if has_changed:
        yield Finding(
            id=FindingId.STATUS_CHANGED if gone else FindingId.STATUS_ADDED,
            severity=Severity.BREAKING,
            operation=operation,
            status=None,
            path=STATUS,
            before=listed(gone or before),
            after=listed(new if gone else after),
            samples=(_answers(before), _answers(after)),
            change=(listed(gone), listed(new)),
        )
    for side, other, seen, unseen in (("before", "after", before, after), ("after", "before", after, before)):
        for status in seen.keys() - unseen.keys() - by_day:
            if status in PASSING or not has_changed:
                reason = f"came {side}, {_answers({status: seen[status]})} of {_answers(seen)} times, and never {other}"
                yield NotCompared(operation=operation, status=status, path=STATUS, reason=reason)


def _of_status(operation: str, status: int, before: _Seen, after: _Seen, declared: Operation | None) -> Told:
    old, new = _body(before), _body(after)
    pair = Pair(
        operation=operation,
        status=status,
        before=old,
        after=new,
        declared=None if declared is None else Declared(declared.shape(status)),
        rows=(max(1, len(old.requests)), max(1, len(new.requests))),
    )
    yield from _of_headers(pair, before, after, declared)
    is_other_type = bool(before.get(MEDIA_TYPE)) and after.get(MEDIA_TYPE, Counter()).keys() - before[MEDIA_TYPE].keys()
    if is_other_type:
        samples = before[MEDIA_TYPE].total(), after[MEDIA_TYPE].total()
        words = listed(before[MEDIA_TYPE]), listed(after[MEDIA_TYPE])
        yield pair.finding(FindingId.MEDIA_TYPE_CHANGED, *words, path=MEDIA_TYPE, samples=samples)
        # A page in place of JSON has been told by that.
        new.types.pop(NOT_JSON, None)
    has_body = bool(old.types.total()), bool(new.types.total())
    if all(has_body):
        yield from differences(pair)
    elif any(has_body) and not is_other_type:
        yield pair.unknown(f"no body to compare {'after' if has_body[0] else 'before'}")


def _of_headers(pair: Pair, before: _Seen, after: _Seen, declared: Operation | None) -> Told:
    answers = _answers({0: before}), _answers({0: after})
    for path in sorted({path for path in (*before, *after) if path.startswith(HEADER)}):
        was, now = (seen.get(path, Counter()).total() for seen in (before, after))
        name = path.removeprefix(HEADER)
        if was == answers[0] and not now:
            matters = declared is not None and name in declared.header_names(pair.status)
            severity = Severity.BREAKING if matters else Severity.COSMETIC
            yield pair.finding(
                FindingId.HEADER_REMOVED, "present", "absent", path=path, severity=severity, samples=answers
            )
        elif now and not was and (name in _ANNOUNCED or now == answers[1]):
            yield pair.finding(
                FindingId.HEADER_ADDED, "absent", "present", path=path, severity=Severity.ADDITIVE, samples=answers
            )


def _answers(statuses: Mapping[int, _Seen]) -> int:
    return sum(seen[STATUS].total() for seen in statuses.values())


def _body(seen: _Seen) -> Place:
    return tree((path, what, count) for path, kinds in seen.items() if path[0] == "$" for what, count in kinds.items())


def _of_empties(operation: str, before: Mapping[int, _Seen], after: Mapping[int, _Seen]) -> Told:
    was, now = (_collected(side, EMPTY_ANSWER) for side in (before, after))
    gone, new = was.keys() - now.keys(), now.keys() - was.keys()
    if not was or not new:
        return
    if gone:
        yield _of_protocol(FindingId.EMPTY_CHANGED, operation, EMPTY_ANSWER, gone, new, samples=(was, now))
    else:
        reason = f"{listed(new)} came after only, beside {listed(was)}"
        yield NotCompared(operation=operation, status=None, path=EMPTY_ANSWER, reason=reason)


def _of_listings(
    operation: str, before: Mapping[int, _Seen], after: Mapping[int, _Seen], findings: Iterable[Finding]
) -> Told:
    was, now = (_by_asked(_collected(side, PAGE_SIZE)) for side in (before, after))
    # A page of a listing that moves may have less rows than its cap, but never more.
    changed = [asked for asked in was.keys() & now.keys() if max(was[asked]) != max(now[asked])]
    if changed:
        # One cap shows in all sizes above it: the largest that was asked for tells.
        asked = max(changed, key=lambda asked: (asked.isdecimal(), len(asked), asked))
        old, new = max(was[asked]), max(now[asked])
        yield _of_protocol(
            FindingId.PAGE_SIZE_CHANGED,
            operation,
            PAGE_SIZE,
            [f"{old} of {asked}"],
            [f"{new} of {asked}"],
            samples=(was[asked], now[asked]),
            severity=Severity.BREAKING if new < old else Severity.COSMETIC,
        )
    orders, orders_now = (_collected(side, ORDER) for side in (before, after))
    kept = {folded(order) for order in orders} & {folded(order) for order in orders_now}
    ids = {order.partition(" ")[0] for order in orders}
    is_told = any(one.path.endswith(f".{id_}") for one in findings for id_ in ids)
    if orders and UNSORTED not in orders and orders_now and not kept and not is_told:
        samples = orders, orders_now
        yield _of_protocol(FindingId.ORDER_CHANGED, operation, ORDER, orders, orders_now, samples=samples)


def _by_asked(sizes: Counter[str]) -> dict[str, Counter[int]]:
    """Return how often full pages had how many rows, by how many were asked for."""
    found: defaultdict[str, Counter[int]] = defaultdict(Counter)
    for told, count in sizes.items():
        rows, _, asked = told.partition(" of ")
        found[asked][int(rows)] += count
    return found


def _of_protocol(
    id_: FindingId,
    operation: str,
    path: str,
    before: Iterable[str],
    after: Iterable[str],
    *,
    samples: tuple[Counter[Any], Counter[Any]],
    severity: Severity = Severity.BREAKING,
) -> Finding:
    return Finding(
        id=id_,
        severity=severity,
        operation=operation,
        status=None,
        path=path,
        before=listed(before),
        after=listed(after),
        samples=(samples[0].total(), samples[1].total()),
    )


def _collected(statuses: Mapping[int, _Seen], path: str) -> Counter[str]:
    return sum((seen[path] for seen in statuses.values() if path in seen), Counter())
