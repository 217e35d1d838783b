"""Values that are known to be personal, found inside texts: where another field quotes them."""

import re
from collections.abc import Callable, Iterator
from typing import Final

from pytest_cxone.cassettes.rules import Kind

__all__ = ["Known"]

_RUN: Final = re.compile(r"[^\W_]+")
_SHORTEST_ID: Final = 5
"""Characters: a shorter id cannot be told from any other number."""


class Known:
    """Finds values by the first run of letters or digits in them, so a text is read once however many there are."""

    def __init__(self, alias: Callable[[Kind, str], str]) -> None:
        self._alias = alias
        self._starting: dict[str, list[tuple[int, Kind, str]]] = {}
        self._words: set[str] = set()

    def add(self, kind: Kind, value: str) -> None:
        """Let a value be found from now on."""
        run = _RUN.search(value)
        if run is None or (kind is Kind.ID and len(value) < _SHORTEST_ID):
            return
        here = self._starting.setdefault(run[0].casefold(), [])
        here.append((run.start(), kind, value))
        # A longer value may begin with a shorter one.
        here.sort(key=lambda entry: -len(entry[2]))
        if kind is Kind.NAME:
            self._words.update(word.casefold() for word in _RUN.findall(value))

    def replaced(self, text: str, *, words: bool = False) -> str:
        """Return a text with aliases for the values in it; with `words`, also for single words of names."""
        kept: list[str] = []
        end = 0
        for start, stop, kind in self._found(text, words=words):
            if start >= end:
                kept += [text[end:start], self._alias(kind, text[start:stop])]
                end = stop
        return "".join([*kept, text[end:]])

    def _found(self, text: str, *, words: bool) -> Iterator[tuple[int, int, Kind]]:
        for run in _RUN.finditer(text):
            word = run[0].casefold()
            for offset, kind, value in self._starting.get(word, ()):
                start, stop = run.start() - offset, run.start() - offset + len(value)
                there = text[max(start, 0) : stop]
                same = there == value if kind is Kind.ID else there.casefold() == value.casefold()
                if same and not text[stop : stop + 1].isalnum():
                    yield start, stop, kind
                    break
            else:
                if words and word in self._words:
                    yield run.start(), run.end(), Kind.NAME
