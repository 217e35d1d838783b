"""What a value of a document is: by what the contract declares of its place, by the names above it, by its form.

What the contract declares is kept unless it is marked. What it does not declare is replaced, unless its form shows
that it is harmless: of a field that is new nobody knows what it holds.
"""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Final

from pytest_cxone.cassettes.rules import Kind, Rules
from pytest_cxone.shapes import Shape

__all__ = ["Kinds", "Place", "is_harmless"]

_NOTHING: Final = r"\s*|[a-z]|true|false|yes|no|none|null|unknown"
_MOMENT: Final = (
    r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[-+]\d\d:?\d\d)?)?|\d\d:\d\d(:\d\d(\.\d+)?)?"
    r"|P(T?\d+(\.\d+)?[YMWDHS])+"
)
_HARMLESS: Final = re.compile(
    # Numbers are too short for an id.
    rf"{_NOTHING}|{_MOMENT}|[-+]?\d{{1,4}}(\.\d+)?|v\d+(\.\d+)*",
    re.IGNORECASE | re.ASCII,
)
_SAYS_NOTHING: Final = re.compile(rf"{_NOTHING}|{_MOMENT}", re.IGNORECASE | re.ASCII)
_ID: Final = re.compile(r"[0-9]{5,}|[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_MOMENTS: Final = (range(1_000_000_000, 2_500_000_000), range(1_000_000_000_000, 2_500_000_000_000))
"""Seconds and milliseconds since the epoch."""
_LEAST_NUMBER: Final = 1_000_000
"""Of a number that nobody declares, from where on it may be an id; what is smaller counts something."""

_HEIRS: Final = frozenset({Kind.SECRET, Kind.NAME, Kind.EMAIL, Kind.PHONE, Kind.TEXT})
"""What all that stands below a name of this kind is too: `"email": {"address": …}`."""
_NAMES: Final = frozenset({"name", "names"})


def is_harmless(text: str) -> bool:
    """Tell whether a text is of a form that tells nothing of anybody."""
    return _HARMLESS.fullmatch(text) is not None


class Place:
    """A place in documents, whatever rows they have: what is declared of it, and what it is by the names above it.

    `kind` is None where neither tells. `is_told` says whether its own name or the contract does.
    """

    def __init__(self, rules: Rules, shape: Shape | None, key: str = "", above: "Place | None" = None) -> None:
        self.is_declared = shape is not None
        self._rules = rules
        self._shape = shape
        self._key = key
        self._members: dict[str, Place] = {}
        own = self._own_kind("" if above is None else above._key)  # noqa: SLF001 - its own kind
        self.is_told = own is not None
        self.kind = own or (None if above is None or self.is_declared else above.inherited)

    @property
    def inherited(self) -> Kind | None:
        """What is below, where nothing else tells."""
        if self.kind is None and self._key.lower() in _NAMES and not self.is_declared:
            return Kind.NAME
        return self.kind if self.kind in _HEIRS else None

    def member(self, name: str) -> "Place":
        """Return the place of an object's member."""
        place = self._members.get(name)
        if place is None:
            shape = self._shape and self._shape.of(name)
            place = self._members[name] = Place(self._rules, shape, name, self)
        return place

    @cached_property
    def item(self) -> "Place":
        """The place of an array's items, which have its name."""
        if self._shape is None:
            return self
        shape = self._shape.items
        item = Place(self._rules, shape, self._key, self)
        if item.kind is None and self.kind is not None:
            item.kind, item.is_told = self.kind, self.is_told
        return item

    def _own_kind(self, parent: str) -> Kind | None:
        rules = self._rules
        if self._shape is not None:
            return Kind(self._shape.scrub) if self._shape.scrub else rules.added_kind(self._key)
        if not self._key:
            return None
        # `"user": {"name": …}` is a `userName`.
        together = rules.built_in_kind(f"{parent} {self._key}") if parent else None
        return together or rules.kind_of(self._key)


class Kinds:
    """Decides what values are. `is_tenants` tells whether a text is a URL of the tenant."""

    def __init__(self, rules: Rules, is_tenants: Callable[[str], bool]) -> None:
        self._rules = rules
        self._is_tenants = is_tenants

    def of_text(self, text: str, place: Place) -> Kind | None:
        """Return what a text is; None where it may stand, but for what is known inside it."""
        kind = place.kind
        if place.is_declared:
            return kind
        if kind is None:
            return None if is_harmless(text) or self._is_tenants(text) else self.by_form(text) or Kind.TEXT
        if kind in {Kind.NAME, Kind.ID, Kind.TEXT} and self._is_tenants(text):
            return None
        if _SAYS_NOTHING.fullmatch(text) and (not place.is_told or kind in {Kind.NAME, Kind.ID}):
            return None
        # A name says less than a form: an `owner` may be an e-mail, a name, a number.
        return (self.by_form(text) or kind) if kind in {Kind.NAME, Kind.ID} else kind

    def by_form(self, text: str) -> Kind | None:
        """Return what a text is, all of it, by its form."""
        if _ID.fullmatch(text):
            return Kind.ID
        return next((kind for kind, pattern in self._rules.forms if pattern.fullmatch(text)), None)

    @staticmethod
    def of_number(number: int, place: Place) -> Kind | None:
        """Return what an integer is; None where it may stand."""
        if place.kind is not None and (place.is_told or number >= _LEAST_NUMBER):
            return place.kind
        if place.is_declared or number < _LEAST_NUMBER or any(number in moments for moments in _MOMENTS):
            return None
        return Kind.ID

    def of_key(self, name: str, place: Place) -> Kind | None:
        """Return what the name of a member is that stands at a place: some objects have persons for names."""
        if place.is_declared or place.is_told or (name.isidentifier() and name.isascii()):
            return None
        if is_harmless(name):
            return None
        words_only = re.fullmatch(r"[A-Za-z_$@#][\w$@#.:/-]*", name, re.ASCII) is not None
        return self.by_form(name) or (None if words_only else Kind.TEXT)
