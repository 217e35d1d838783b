"""Forms of strings: whether a column holds moments, ids, addresses; and the few values of one that is a vocabulary.

A form is told of all strings of a column at once. A column whose first strings are words is not looked at further:
only what all strings have in common is a form.
"""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Final

__all__ = ["EMPTY", "TEXT", "family", "forms", "is_strong", "values"]

TEXT: Final = "text"
EMPTY: Final = "empty"

_DATE: Final = r"\d{4}-\d\d-\d\d"
_CLOCK: Final = r"\d\d:\d\d:\d\d"
_RFC_3339: Final = "RFC 3339"
_WRITTEN_OTHERWISE: Final = "date and time written otherwise"
_FORMS: Final[dict[str, str]] = {
    EMPTY: r"",
    f"{_RFC_3339} in Z": rf"{_DATE}T{_CLOCK}Z",
    f"{_RFC_3339} in Z with a fraction": rf"{_DATE}T{_CLOCK}\.\d+Z",
    f"{_RFC_3339} with an offset": rf"{_DATE}T{_CLOCK}[+-]\d\d:\d\d",
    f"{_RFC_3339} with an offset and a fraction": rf"{_DATE}T{_CLOCK}\.\d+[+-]\d\d:\d\d",
    "date and time without a zone": rf"{_DATE}[T ]{_CLOCK}(?:\.\d+)?",
    _WRITTEN_OTHERWISE: rf"{_DATE}[T ]\d\d:?\d\d(?::?\d\d)?(?:\.\d+)? ?(?:Z|UTC|[+-]\d\d:?\d\d)?",
    "date": _DATE,
    "time of day": r"\d\d:\d\d(?::\d\d(?:\.\d+)?)?",
    "date in another order": r"\d{1,2}[/.]\d{1,2}[/.]\d{4}(?:[ ,]+\d\d?:\d\d(?::\d\d)?(?: ?[AP]M)?)?",
    "HTTP date": rf"[A-Z][a-z]{{2}}, \d\d [A-Z][a-z]{{2}} \d{{4}} {_CLOCK} GMT",
    "duration": r"P(?!$)(?:\d+[YMWD])*(?:T(?:\d+(?:\.\d+)?[HMS])+)?",
    "UUID": r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}",
    "URL": r"https?://[^\s]+",
    "e-mail address": r"(?!https?://)[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+",
    "boolean in text": r"[Tt]rue|[Ff]alse|TRUE|FALSE",
    "digits": r"\d+",
    "decimal number in text": r"-?\d+\.\d+",
}
_WEAK: Final = frozenset({EMPTY, "boolean in text", "digits", "decimal number in text", "e-mail address"})
"""What strings may be by chance, or one day are not any more though nothing has changed."""
_NAMES: Final = list(_FORMS)
_ANY: Final = re.compile("|".join(f"({pattern})" for pattern in _FORMS.values()), re.ASCII)
_ALL: Final = {
    name: re.compile(rf"(?:(?:{pattern})\n)*", re.ASCII)
    for name, pattern in _FORMS.items()
    # It takes in other forms, which come before it.
    if name != _WRITTEN_OTHERWISE
}
_TRIED: Final = 16
"""Strings after which a column that holds words is taken to hold nothing else."""
_LONGEST_FORM: Final = 512
_LONGEST: Final = 40
_MOST: Final = 24
"""Values: a column with more of them is no vocabulary."""
_GLANCE: Final = 256
"""Strings that mostly tell already that there are more."""


def forms(strings: Sequence[str]) -> Counter[str]:
    """Return how many strings have which form; "text" is what has none."""
    first = _form(strings[0])
    if len(strings) > _TRIED and all(_form(string) == TEXT for string in islice(strings, _TRIED)):
        return Counter({TEXT: len(strings)})
    lines = "\n".join([*strings, ""]) if first in _ALL else ""
    if lines.count("\n") == len(strings) and _ALL[first].fullmatch(lines):
        return Counter({first: len(strings)})
    return Counter(map(_form, strings))


def _form(string: str) -> str:
    found = _ANY.fullmatch(string) if len(string) <= _LONGEST_FORM else None
    return TEXT if found is None else _NAMES[(found.lastindex or 0) - 1]


def family(form: str) -> str:
    """Return what readers of a form take it for: all date-times of RFC 3339 are one to them."""
    return _RFC_3339 if form.startswith(_RFC_3339) else form


def is_strong(form: str) -> bool:
    """Whether a form is no chance in a single string."""
    return form not in _WEAK and form != TEXT


def values(column: Sequence[str]) -> Counter[str]:
    """Return the values of a column and how often each came, where they are few and short; else nothing."""
    if len(set(column[:_GLANCE])) > _MOST:
        return Counter()
    counts = Counter(column)
    is_vocabulary = len(counts) <= _MOST and all(len(text) <= _LONGEST and text.isprintable() for text in counts)
    return counts if is_vocabulary else Counter()
