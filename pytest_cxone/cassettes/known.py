"""Values that are known to be personal, found inside texts: where another field quotes them, in any usual writing."""

import html
import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Final
from unicodedata import normalize
from urllib.parse import quote, quote_plus

from pytest_cxone.cassettes.rules import Kind

__all__ = ["WAYS", "Known", "Span"]

Span = tuple[int, int, str]
"""Where something begins and ends in a text, and what stands for it."""

Write = Callable[[str], str]

_UNSPACED: Final = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Letters of scripts that put no space, or not always, between one word and the next."""
_RUN: Final = re.compile(rf"\x1b\[[\d;]*[A-Za-z]|([{_UNSPACED}]|[^\W_{_UNSPACED}]+)")
"""Letters and digits; not those of a terminal's colours."""
_IS_UNSPACED: Final = re.compile(f"[{_UNSPACED}]")
_SIMPLE: Final = re.compile(r"[\w.-]+|[\w.@ -]+", re.ASCII)
_REST_OF_ESCAPE: Final = {
    "\\": re.compile(r"[abfnrtv0](?=.)|x[0-9a-fA-F]{2}(?=.)|u[0-9a-fA-F]{4}(?=.)"),
    "%": re.compile(r"[0-9a-fA-F]{2}(?=.)"),
}
_SHORTEST_ID: Final = 5
"""Characters: a shorter id cannot be told from any other number."""
_SHORTEST_WORD: Final = 4
"""ASCII letters: a shorter word of a name stands in any text."""
_GENERIC: Final = frozenset({
    "account", "admin", "agent", "available", "caller", "center", "contact", "customer", "demo", "manager", "operator",
    "person", "queue", "sales", "service", "skill", "supervisor", "support", "system", "team", "test", "tester", "user",
})  # fmt: skip
"""Words that are no part of anybody's name, though they are part of names."""

WAYS: Final[tuple[Write, ...]] = (
    str,
    lambda text: normalize("NFD", text),
    lambda text: quote(text, safe="", errors="replace"),
    lambda text: json.dumps(text)[1:-1],
    lambda text: ascii(text)[1:-1],
    lambda text: repr(text.encode(errors="replace"))[2:-1],
    html.escape,
)
"""How a text is usually written inside another, in URLs, JSON, Python and HTML."""


class Known:
    """Finds values by the first run of letters or digits in them, so a text is read once however many there are.

    What is in `ordinary` is a word like any other, and no name where it is not in a name's place.
    """

    def __init__(self, alias: Callable[[Kind, str], str]) -> None:
        self.ordinary: set[str] = set()
        self._alias = alias
        self._starting: dict[str, dict[tuple[int, int], dict[str, tuple[Kind, str, Write]]]] = {}
        self._patterns: dict[str, dict[str, tuple[int, Kind, str, re.Pattern[str]]]] = {}
        self._words: set[str] = set()
        self._folded_words: set[str] = set()

    def add(self, kind: Kind, value: str) -> None:
        """Let a value be found from now on."""
        if kind is Kind.ID and len(value) < _SHORTEST_ID:
            return
        if _SIMPLE.fullmatch(value):
            for way in (str, quote, quote_plus) if "@" in value or " " in value else (str,):
                self._add(kind, value, way)
        else:
            self._add(kind, value, str)
            self._add_pattern(kind, value)
        if kind is Kind.NAME:
            if _IS_UNSPACED.search(value):
                for part in value.split():
                    self._add(kind, part, str)
            words = {run[1] for run in _RUN.finditer(value) if run[1]}
            self._words |= words
            self._folded_words.update(map(str.casefold, words))

    def _add(self, kind: Kind, value: str, way: Write) -> None:
        written = way(value)
        run = next((run for run in _RUN.finditer(written) if run[1]), None)
        if run is None:
            return
        here = self._starting.setdefault(run[1].casefold(), {})
        measure = len(written), run.start()
        if measure not in here:
            here[measure] = {}
            # A longer value may begin with a shorter one.
            self._starting[run[1].casefold()] = here = dict(sorted(here.items(), reverse=True))
        here[measure].setdefault(written.casefold(), (kind, value, way))

    def _add_pattern(self, kind: Kind, value: str) -> None:
        """Let a value be found that has other characters than every text has, and so is written in many ways."""
        ends = r"(?![^\W_])" if value[-1:].isalnum() and not _IS_UNSPACED.search(value[-1:]) else ""
        pattern = re.compile("".join(map(_ways_of, normalize("NFC", value))) + ends, re.IGNORECASE)
        for way in WAYS:
            run = next((run for run in _RUN.finditer(way(value)) if run[1]), None)
            if run is not None:
                here = self._patterns.setdefault(run[1].casefold(), {})
                here.setdefault(value, (run.start(), kind, value, pattern))

    def spans(self, text: str, *, words: bool = False) -> Iterator[Span]:
        """Yield where values stand in a text, and single words of names, with `words` in any case."""
        for run in _RUN.finditer(text):
            word = run[1]
            if word is None:
                continue
            start = run.start()
            span = self._at(text, start, word)
            if span is None and (rest := self._after_escape(text, start)):
                span = self._at(text, start + rest, word[rest:])
                start, word = start + rest, word[rest:]
            if span is not None:
                yield span
            elif self._is_word(word, words=words):
                yield start, run.end(), self._alias(Kind.NAME, word)

    def _at(self, text: str, place: int, word: str) -> Span | None:
        for (size, offset), values in self._starting.get(word.casefold(), {}).items():
            start = place - offset
            end = start + size
            last = text[end - 1 : end + 1]
            if start < 0 or (last[1:].isalnum() and not _IS_UNSPACED.search(last)):
                continue
            there = text[start:end]
            found = values.get(there.casefold())
            if found is not None and (span := self._stands(there, *found)) is not None:
                return start, end, span
        for offset, kind, value, pattern in self._patterns.get(word.casefold(), {}).values():
            match = pattern.match(text, max(place - offset, 0)) or pattern.match(text, place - min(place, 1))
            if match is not None and value not in self.ordinary and match[0] != (alias := self._alias(kind, value)):
                return *match.span(), quote(alias) if "%" in match[0] else alias
        return None

    def _stands(self, there: str, kind: Kind, value: str, way: Write) -> str | None:
        """Return what stands for a text that may be a value; None where it is an ordinary word."""
        if value in self.ordinary:
            return None
        if (
            kind is Kind.NAME
            and value.isascii()
            and len(value) <= _SHORTEST_WORD
            and there not in {value, value.upper()}
        ):
            return None
        alias = self._alias(kind, there) if way is str else way(self._alias(kind, value))
        return alias if alias != there else None

    @staticmethod
    def _after_escape(text: str, start: int) -> int:
        pattern = _REST_OF_ESCAPE.get(text[start - 1]) if start else None
        found = pattern.match(text, start) if pattern is not None else None
        return 0 if found is None else found.end() - start

    def _is_word(self, word: str, *, words: bool) -> bool:
        if word in self.ordinary:
            return False
        if words:
            return len(word) > 1 and word.casefold() in self._folded_words
        is_long = len(word) >= _SHORTEST_WORD or (len(word) > 1 and not word.isascii())
        return is_long and word in self._words and word.casefold() not in _GENERIC


@cache
def _ways_of(char: str) -> str:
    """Return the pattern of the ways to write a character: as it is, or as an escape, itself escaped any often."""
    if char.isspace():
        return r"(?:\s|\+|%20|\\+[nrt])"
    if char.isascii() and char.isalnum():
        return char
    number = ord(char)
    utf8 = char.encode(errors="replace")
    units = char.encode("utf-16-be", "surrogatepass").hex()
    ways = [
        rf"\\*{re.escape(char)}",
        "".join(rf"\\+u{units[at : at + 4]}" for at in range(0, len(units), 4)),
        rf"\\+U{number:08x}",
        "".join(rf"\\+x{byte:02x}" for byte in utf8),
        "".join(f"%(?:25)*{byte:02x}" for byte in utf8),
        rf"&#(?:0*{number}|x0*{number:x});",
    ]
    if number < 256:
        ways.append(rf"\\+x{number:02x}")
    apart = normalize("NFD", char)
    if apart != char:
        ways.append("".join(map(re.escape, apart)))
    return f"(?:{'|'.join(ways)})"
