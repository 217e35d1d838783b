"""Each finding in plain words, for who has ten seconds."""

import re
from collections.abc import Callable, Mapping
from typing import Final

from pytest_cxone.drift import Finding, FindingId
from pytest_cxone.listings import UNSORTED

__all__ = ["sentence"]

_SENTENCES: Final = {
    FindingId.STATUS_CHANGED: "The status is {after} where it was {before}",
    FindingId.STATUS_ADDED: "The status {after} is new, beside {before}",
    FindingId.MEDIA_TYPE_CHANGED: "The media type is {after} where it was {before}",
    FindingId.HEADER_REMOVED: "The {path} is gone",
    FindingId.HEADER_ADDED: "The {path} is new",
    FindingId.EMPTY_CHANGED: "Where there is nothing to tell, the answer is {after}, and was {before}",
    FindingId.PAGE_SIZE_CHANGED: "A page has {after} rows{asked}, and had {before}",
    FindingId.ORDER_CHANGED: "Rows come in another order: {after}, and it was {before}",
    FindingId.LIFETIME_CHANGED: "A token lives {after} s, and lived {before} s",
    FindingId.ENVELOPE_ADDED: "An envelope is new: what was {before} is {after}",
    FindingId.ENVELOPE_REMOVED: "An envelope is gone: what was {before} is {after}",
    FindingId.BODY_TYPE_CHANGED: "{name} is {after} where it was {before}",
    FindingId.BODY_BECAME_NULLABLE: "{name} is {after}, and was {before}",
    FindingId.REMOVED: "{name} is gone",
    FindingId.RECASED: "{before} is spelled {after} now",
    FindingId.TYPE_CHANGED: "{name} is {after} where it was {before}",
    FindingId.BECAME_NULLABLE: "{name} is {after}, and was {before}",
    FindingId.BECAME_OPTIONAL: "{name} is {after}, and was {before}",
    FindingId.ADDED: "{name} is new",
    FindingId.FORMAT_CHANGED: "{name} is written as {after} where it was {before}",
    FindingId.VALUE_RECASED: "Values of {name} are spelled otherwise: {after}, and were {before}",
    FindingId.VALUES_REPLACED: "All values of {name} are others: {after}, and were {before}",
    FindingId.VALUE_ADDED: "{name} has a value that was not known: {after}",
    FindingId.CONTRACT: "{name} breaks the contract: expected {before}, got {after}",
}
_PAGE: Final = re.compile(r"(\d+) of (.+)")


def sentence(finding: Finding) -> str:
    """Say what has changed in one sentence without its end: of which operation is told beside it."""
    said = _SAID.get(finding.id, str)
    return _SENTENCES[finding.id].format(
        name=_name(finding.path),
        path=finding.path,
        before=said(finding.before),
        after=said(finding.after),
        asked=_asked(finding.after),
    )


def _name(path: str) -> str:
    """Name a place: a property by its own name, a row by that of its list."""
    if not path.startswith("$"):
        return f"The {path}"
    names = re.findall(r"\.([^.\[]+)", path)
    if path.endswith("[*]"):
        return f"A row of {names[-1]}" if names else "A row"
    return names[-1] if names else "The body"


def _place(path: str) -> str:
    return {"$": "the body", "$[*]": "a row"}.get(path, f"at {path}")


def _rows(page: str) -> str:
    """Return how many rows a page has of those that were asked for: "25 of 100"."""
    found = _PAGE.fullmatch(page)
    return found[1] if found else page


def _asked(page: str) -> str:
    found = _PAGE.fullmatch(page)
    if found is None:
        return ""
    return " by default" if found[2] == "the default" else f" where {found[2]} are asked for"


def _order(ids: str) -> str:
    return "none" if ids == UNSORTED else f"by {ids}"


def _typed(types: str) -> str:
    """Return JSON types with their articles: "a string or null"."""
    return " or ".join(_ARTICLES.get(one, one) for one in types.split(" or "))


_ARTICLES: Final = {
    **{one: f"a {one}" for one in ("string", "number", "boolean")},
    **{one: f"an {one}" for one in ("integer", "object", "array")},
}
_SAID: Final[Mapping[FindingId, Callable[[str], str]]] = {
    FindingId.PAGE_SIZE_CHANGED: _rows,
    FindingId.ORDER_CHANGED: _order,
    FindingId.ENVELOPE_ADDED: _place,
    FindingId.ENVELOPE_REMOVED: _place,
    FindingId.BODY_TYPE_CHANGED: _typed,
    FindingId.TYPE_CHANGED: _typed,
}
"""How the two sides of a finding are said, where not as they stand."""
