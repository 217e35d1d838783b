"""Two columns of strings: their forms, and the values of a vocabulary; and how long tokens live."""

from collections.abc import Iterable
from math import isfinite
from typing import Final

from pytest_cxone.drift.chance import LEAST_ROWS
from pytest_cxone.drift.findings import Finding, FindingId, Severity
from pytest_cxone.drift.forms import EMPTY, TEXT, family, is_strong
from pytest_cxone.drift.pairs import Noticed, Pair, Told, listed
from pytest_cxone.drift.places import folded

__all__ = ["of_forms", "of_values"]

_LEAST_STRINGS: Final = 5
"""Strings that show a form which one of them may have by chance."""
_MOST_FORMS: Final = 3
_MUCH: Final = 0.05
"""Part of a lifetime: a token that is told to live a second less is none that lives shorter."""


def of_forms(pair: Pair) -> Told:
    """Yield where strings have another form."""
    before, after = pair.before.forms, pair.after.forms
    old, new = before.keys() - {EMPTY}, after.keys() - {EMPTY}
    if not old or not new:
        if old and after[EMPTY] == after.total() and not before[EMPTY] and _seen(pair) >= LEAST_ROWS:
            yield _reformed(pair, old, {EMPTY})
        return
    if TEXT in old or len(old) > _MOST_FORMS or new <= old:
        return
    families = {family(form) for form in old}
    others = {form for form in new if family(form) not in families}
    if others and all(map(is_strong, old)):
        yield _reformed(pair, old, new)
    elif not old & new and _seen(pair) >= _LEAST_STRINGS:
        # One reader may take both, another not: moments of one standard are the same to whoever reads the standard.
        yield _reformed(pair, old, new, severity=Severity.BREAKING if others else Severity.COSMETIC)


def _seen(pair: Pair) -> int:
    """Return how many different strings there were on both sides: of one agent, each string is the same one."""
    counts = pair.before.forms.total(), pair.after.forms.total()
    return min(*counts) if pair.declared is None else min(*counts, *pair.rows)


def _reformed(pair: Pair, old: Iterable[str], new: Iterable[str], *, severity: Severity = Severity.BREAKING) -> Finding:
    samples = pair.before.forms.total(), pair.after.forms.total()
    families = {family(form) for form in old}
    others = {family(form) for form in new} - families
    # Which of several forms came, and how many, is chance.
    change = listed(families), TEXT if TEXT in others else listed(others)
    words = listed(old), listed(new)
    return pair.finding(FindingId.FORMAT_CHANGED, *words, severity=severity, samples=samples, change=change)


def of_values(pair: Pair) -> Told:
    """Yield where values are spelled otherwise, or are others than the vendor's vocabulary has."""
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
    are_others = not recased and not before.keys() & after.keys()
    if not known:
        if are_others and min(*samples, *pair.rows) >= LEAST_ROWS:
            # Whose vocabulary it is, nobody knows: a shift, or a vendor, may have changed it.
            what = f"{pair.operation} {pair.path} has other values than were recorded, all of them"
            yield Noticed(f"{what}: {listed(after)}, and had {listed(before)}")
    elif are_others and not after.keys() & known:
        yield pair.finding(FindingId.VALUES_REPLACED, listed(before), listed(after), samples=samples, change=("", ""))
    else:
        # One by one: which of them come depends on the day.
        for value in sorted(new - known):
            words = "not among the values", value
            yield pair.finding(FindingId.VALUE_ADDED, *words, severity=Severity.ADDITIVE, samples=samples)


def _of_lifetime(pair: Pair) -> Told:
    """Tell that tokens live longer or shorter: numbers are looked at nowhere else."""
    before, after = ({float(value) for value in place.values} for place in (pair.before, pair.after))
    if before & after or not all(map(isfinite, before | after)):
        return
    if abs(min(after) - min(before)) <= _MUCH * min(before):
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
