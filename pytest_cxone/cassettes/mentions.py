"""Texts of which nobody knows whether they are personal, found in reports: there they are told by aliases too."""

import re
from collections.abc import Callable, Container, Iterable, Iterator
from http import HTTPStatus
from itertools import islice
from typing import Final

from pytest_cxone.cassettes.known import Known, Span
from pytest_cxone.cassettes.rules import Kind

__all__ = ["Mentions"]

_LONGEST: Final = 120
_SHORTEST: Final = 5
_PLAIN: Final = re.compile(r"[a-z]+(?:[._:-]?[a-z]+)*|[A-Z]+(?:_[A-Z]+)*")
"""A word that code has as well: it counts between quotation marks only."""
_TELLING: Final = re.compile(r"(?=[\w.@+-]*\d)(?=[\w.@+-]*[A-Za-z])[\w.@+-]{6,}|[A-Z][\w'-]*(?: [A-Z][\w'-]+)+")
"""What stands out of a longer text: letters with digits, and words that each begin with a capital."""
_PHRASES: Final = frozenset(status.phrase for status in HTTPStatus)


class Mentions:
    """Finds undeclared texts. Those in `ordinary` stand in places, too, where they may."""

    def __init__(self, alias: Callable[[str], str], ordinary: Container[str]) -> None:
        self._known = Known(lambda _, text: alias(text))
        self._ordinary = ordinary
        self._taken = 0

    def add(self, texts: dict[str, None]) -> None:
        """Let texts be found from now on, those that were added since the last time."""
        for text in islice(texts, self._taken, None):
            for part in _parts(text):
                if len(part) >= _SHORTEST and part not in _PHRASES:
                    self._known.add(Kind.TEXT, part)
        self._taken = len(texts)

    def spans(self, text: str) -> Iterator[Span]:
        """Yield where they stand in a text of a report."""
        for start, end, instead in self._known.spans(text):
            there = text[start:end]
            quoted = text[start - 1 : start] in {"'", '"'} and text[end : end + 1] in {"'", '"', "\\"}
            if there not in self._ordinary and (quoted or not _PLAIN.fullmatch(there)):
                yield start, end, instead


def _parts(text: str) -> Iterable[str]:
    if len(text) <= _LONGEST:
        yield text
    if len(text) > _LONGEST or " " in text:
        yield from _TELLING.findall(text)
