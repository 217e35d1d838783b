"""What must not get into texts: secrets, however they are quoted, shortened or broken; and what steers a terminal."""

import json
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Final
from urllib.parse import quote, quote_plus

__all__ = ["fragments", "one_line", "printable", "without", "without_mailboxes"]

_MAILBOX: Final = re.compile(r"[^\s@\"'<>()\[\]{}:,;]+@[^\s@\"'<>()\[\]{}:,;]+")
_WINDOW: Final = 8
"""Characters: less than this of a secret tells nothing of it, and may stand in any text."""


def fragments(secrets: Iterable[str]) -> frozenset[str]:
    """Return all the pieces by which a secret can be known, in each way that it is usually written."""
    written = {form for secret in secrets for form in _forms(secret) if form}
    return frozenset(text[at : at + _WINDOW] for text in written for at in range(max(1, len(text) - _WINDOW + 1)))


def _forms(secret: str) -> tuple[str, ...]:
    # A variable of the environment may hold bytes that are no text.
    quoted = quote(secret, safe="", errors="replace"), quote_plus(secret, errors="replace")
    # In the other case too, as a test writes it to see that case counts.
    return secret, secret.swapcase(), *quoted, repr(secret)[1:-1], json.dumps(secret)[1:-1]


def without(pieces: frozenset[str], text: str) -> str:
    """Return the text with "***" for each run of pieces."""
    sizes = _sizes(pieces)
    kept: list[str] = []
    end = 0
    for at in range(len(text)):
        for size in sizes:
            if text[at : at + size] in pieces:
                if at > end or not kept:
                    kept += [text[end:at], "***"]
                end = max(end, at + size)
    return "".join([*kept, text[end:]])


@lru_cache(maxsize=4)  # of a run that has seen a hundred tokens it takes longer than all the rest
def _sizes(pieces: frozenset[str]) -> frozenset[int]:
    return frozenset(map(len, pieces))


def without_mailboxes(text: str) -> str:
    """Return a text with "***" for what looks like an e-mail address."""
    return _MAILBOX.sub("***", text)


def one_line(text: str) -> str:
    """Return a text, which may quote what a tenant sent, as one line of which nothing can steer a terminal."""
    return printable(" ".join(text.split()))


def printable(text: str) -> str:
    """Return a text with a question mark for each character that is not shown but may do something."""
    return "".join(char if char.isprintable() else "?" for char in text)
