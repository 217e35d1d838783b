"""Each finding in plain words, for who has ten seconds."""

import re
from typing import Final

from pytest_cxone.drift import Finding, FindingId

__all__ = ["sentence"]

_SENTENCES: Final = {
    FindingId.STATUS_CHANGED: "The status is {after} where it was {before}",
    FindingId.STATUS_ADDED: "The status {after} comes beside {before}",
    FindingId.MEDIA_TYPE_CHANGED: "The media type is {after} where it was {before}",
    FindingId.HEADER_REMOVED: "The {path} is gone",
    FindingId.HEADER_ADDED: "The {path} is new",
    FindingId.EMPTY_CHANGED: "Nothing is answered with {after} where it was {before}",
    FindingId.PAGE_SIZE_CHANGED: "A page has {after} rows that are asked for, and had {before}",
    FindingId.ORDER_CHANGED: "Rows come in another order: {after}, and it was {before}",
    FindingId.LIFETIME_CHANGED: "A token lives {after} s, and lived {before} s",
    FindingId.ENVELOPE_ADDED: "An envelope is new: what was {old} is at {after}",
    FindingId.ENVELOPE_REMOVED: "An envelope is gone: what was at {before} is {new}",
    FindingId.BODY_TYPE_CHANGED: "The body is {after} where it was {before}",
    FindingId.BODY_BECAME_NULLABLE: "The body is {after}, and was {before}",
    FindingId.REMOVED: "{name} is gone",
    FindingId.RECASED: "{before} is spelled {after} now",
    FindingId.TYPE_CHANGED: "{name} is {after} where it was {before}",
    FindingId.BECAME_NULLABLE: "{name} is {after}, and was {before}",
    FindingId.BECAME_OPTIONAL: "{name} is {after}, and was {before}",
    FindingId.ADDED: "{name} is new",
    FindingId.FORMAT_CHANGED: "{name} is written as {after} where it was {before}",
    FindingId.VALUE_RECASED: "Values of {name} are spelled otherwise: {after}, and were {before}",
    FindingId.VALUES_REPLACED: "All values of {name} are others: {after}, and were {before}",
    FindingId.VALUE_ADDED: "{name} has a value that nobody knew: {after}",
    FindingId.CONTRACT: "{name} breaks the contract: expected {before}, got {after}",
}


def sentence(finding: Finding) -> str:
    """Say what has changed in one sentence without its end: of which operation is told beside it."""
    names = re.findall(r"\.([^.\[]+)", finding.path) if finding.path.startswith("$") else []
    name = names[-1] if names else "The body" if finding.path.startswith("$") else f"The {finding.path}"
    return _SENTENCES[finding.id].format(
        name=name,
        path=finding.path,
        before=finding.before,
        after=finding.after,
        old=_place(finding.before),
        new=_place(finding.after),
    )


def _place(path: str) -> str:
    return {"$": "the body", "$[*]": "a row"}.get(path, f"at {path}")
