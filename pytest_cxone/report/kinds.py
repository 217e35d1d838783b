"""What each kind of finding means to code that reads the answers, and what to do about it: the help of the reports."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from pytest_cxone.drift import FindingId, Severity

__all__ = ["KINDS", "Kind"]


class Kind(NamedTuple):
    """What a kind of finding is called, what to do about it, and how bad it is by itself, at its worst."""

    name: str
    help: str
    severity: Severity = Severity.BREAKING


KINDS: Final[Mapping[FindingId, Kind]] = {
    FindingId.STATUS_CHANGED: Kind(
        "An answer has another status",
        "Look for code that tells cases apart by the old status; one that is new to it is often taken for an error.",
    ),
    FindingId.STATUS_ADDED: Kind(
        "An answer may have one more status",
        "Make sure that the new status is handled where this operation is called, and is not taken for success.",
    ),
    FindingId.MEDIA_TYPE_CHANGED: Kind(
        "An answer has another media type",
        "A parser that is chosen by media type, or that expects JSON, may refuse the answer.",
    ),
    FindingId.HEADER_REMOVED: Kind(
        "A header is gone",
        "Code that waits, pages or logs by this header has to do without it.",
    ),
    FindingId.HEADER_ADDED: Kind("A header is new", "Nothing has to be done.", Severity.ADDITIVE),
    FindingId.EMPTY_CHANGED: Kind(
        "An answer that has nothing to tell has another form",
        "Code that takes nothing for an empty list, or an empty list for nothing, may fail where nobody is there.",
    ),
    FindingId.PAGE_SIZE_CHANGED: Kind(
        "Pages have another size",
        "Code that ends its paging at a page that is not full may end too early, or ask too often.",
    ),
    FindingId.ORDER_CHANGED: Kind(
        "Rows come in another order",
        "Code that takes the first or the last row, or that pages by position, may read something else.",
    ),
    FindingId.LIFETIME_CHANGED: Kind(
        "Tokens live another while",
        "Code that keeps a token for a fixed time may send one that has expired, or fetch one too often.",
    ),
    FindingId.ENVELOPE_ADDED: Kind(
        "What was at the top is now inside an object",
        "Read it from its new place; code that expects it where it was finds an object there.",
    ),
    FindingId.ENVELOPE_REMOVED: Kind(
        "What was inside an object is now at the top",
        "Read it from its new place; code that looks for the object finds none.",
    ),
    FindingId.BODY_TYPE_CHANGED: Kind(
        "A body is of another JSON type",
        "Code that walks the body as it was may fail at its first step.",
    ),
    FindingId.BODY_BECAME_NULLABLE: Kind(
        "A body may be null",
        "Let code that reads the body expect null.",
    ),
    FindingId.REMOVED: Kind(
        "A property is gone",
        "Look for code that reads it; that fails, or goes on with a default that nobody meant.",
    ),
    FindingId.RECASED: Kind(
        "A property is written in another case",
        "Names of JSON properties have a case: read it by its new name, or by both for as long as both may come.",
    ),
    FindingId.TYPE_CHANGED: Kind(
        "A property is of another JSON type",
        "Comparisons, keys and sums with its values may be wrong without an error.",
    ),
    FindingId.BECAME_NULLABLE: Kind(
        "A property may be null",
        "Let code that reads it expect null.",
    ),
    FindingId.BECAME_OPTIONAL: Kind(
        "A property is not always there",
        "Let code that reads it expect that it is missing.",
    ),
    FindingId.ADDED: Kind(
        "A property is new",
        "Nothing has to be done, unless a reader refuses what it does not know.",
        Severity.ADDITIVE,
    ),
    FindingId.FORMAT_CHANGED: Kind(
        "A text is written in another format",
        "Code that parses it, as a time or an id, may fail or read another value.",
    ),
    FindingId.VALUE_RECASED: Kind(
        "A known value is written in another case",
        "Compare it without regard to case, or with its new form.",
    ),
    FindingId.VALUES_REPLACED: Kind(
        "Other values come in place of the known ones",
        "Code that tells cases apart by the old values takes none of its branches.",
    ),
    FindingId.VALUE_ADDED: Kind(
        "A value comes that was not known",
        "Make sure that code which tells cases apart by the known values has a branch for others.",
        Severity.ADDITIVE,
    ),
    FindingId.CONTRACT: Kind(
        "An answer does not keep the contract",
        "Compare the answer with the schema of its operation; one of them is wrong.",
    ),
}
