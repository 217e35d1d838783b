"""What may become of a property or of a whole body; and what a body has, so that it is known where nothing would."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from pytest_cxone.rehearsal.deriving.places import Place, holders, keys

__all__ = ["Edit", "Envelope", "Present", "edited", "present", "renamed", "retyped"]

_NUMBER: Final = re.compile(r"0|[1-9][0-9]{0,14}")
"""What JavaScript, too, reads as a whole number and writes as it was."""


class Edit(StrEnum):
    """What may become of a property."""

    REMOVED = "removed"
    RENAMED = "renamed"
    RETYPED = "retyped"
    NULLED = "nulled"

    @property
    def needs_value(self) -> bool:
        """Whether it leaves null as it is."""
        return self in {Edit.RETYPED, Edit.NULLED}


class Envelope(StrEnum):
    """What may become of a body: a list in an object, an object in a list or in another one, its rows alone."""

    ENVELOPED = "enveloped"
    LISTED = "listed"
    NESTED = "nested"
    BARE = "bare"

    def put(self, document: Any, rows: str) -> Any:
        """Return the body in its new form, and as it was where it has none to be changed; `rows` has those of BARE."""
        match self, document:
            case Envelope.ENVELOPED, list():
                return {"items": document}
            case Envelope.LISTED, dict():
                return [document]
            case Envelope.NESTED, dict():
                return {"data": document}
            case Envelope.BARE, dict() if isinstance(document.get(rows), list):
                return document[rows]
        return document


def renamed(name: str) -> str:
    """Return the new name of a property: one that tells what was done, and that nothing else has."""
    return f"{name}Renamed"


def retyped(value: Any) -> Any:
    """Return a value of another type that means the same, as a vendor might send it; null stays.

    Numbers and truth values become their text, a text of digits a number, any other text an object that has it as
    `value`, a list an object that has it as `items`, and an object a list of itself.
    """
    match value:
        case None:
            return None
        case str():
            return int(value) if _NUMBER.fullmatch(value) else {"value": value}
        case list():
            return {"items": value}
        case dict():
            return [value]
    return json.dumps(value)


def edited(document: Any, place: Place, edit: Edit) -> bool:
    """Edit a property wherever it stands at a place of a document; tell whether anything is otherwise now."""
    there = [
        (holder, key) for holder, key in holders(document, place) if holder[key] is not None or not edit.needs_value
    ]
    for holder, key in there:
        _EDITS[edit](holder, key)
    return bool(there)


def _rename(holder: dict[str, Any], key: str) -> None:
    holder[renamed(key)] = holder.pop(key)


def _retype(holder: dict[str, Any], key: str) -> None:
    holder[key] = retyped(holder[key])


def _null(holder: dict[str, Any], key: str) -> None:
    holder[key] = None


_EDITS: Final[Mapping[Edit, Callable[[dict[str, Any], str], object]]] = {
    Edit.REMOVED: dict.pop,
    Edit.RENAMED: _rename,
    Edit.RETYPED: _retype,
    Edit.NULLED: _null,
}


@dataclass(slots=True)
class Present:
    """What a body has: its members by name, in all rows together, and whether there is more here than null."""

    has_value: bool = False
    below: "dict[str, Present]" = field(default_factory=dict)
    document: Any = None
    """The body itself, at the top. It is shared: whoever changes it reads his own."""

    def has(self, place: Place, *, value: bool) -> bool:
        """Whether the body has the place; with `value`, whether anything but null stands there."""
        if not place:
            return self.has_value or not value
        return any(self.below[key].has(place[1:], value=value) for key in keys(self.below, place[0]))

    def take(self, document: Any) -> None:
        """Take in a value that stands here."""
        if isinstance(document, list):
            self.has_value = True
            for item in document:
                if isinstance(item, dict | list):
                    self.take(item)
        elif isinstance(document, dict):
            self.has_value = True
            below = self.below
            for key, value in document.items():
                member = below.get(key)
                if member is None:
                    member = below[key] = Present()
                if isinstance(value, dict | list):
                    member.take(value)
                elif value is not None:
                    member.has_value = True


@lru_cache(maxsize=64)
def present(body: bytes) -> Present | None:
    """Return what a body has, None where it is no JSON. It is kept, since all upgrades of an operation ask for it."""
    try:
        document = json.loads(body)
        found = Present(document=document)
        found.take(document)
    except (ValueError, RecursionError):
        return None
    return found
