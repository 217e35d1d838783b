"""The last look at a cassette before it is kept: nothing secret or personal still stands in it.

The text is decoded; the values are not encoded. So a few readings of the text serve any number of values, and what was
encoded twice, in part, or in an unusual way is found too. A reading holds what was decoded, and as much around it as a
value can be long. In each, the first characters of all values are looked up at every place, and digits are compared run
by run: the time grows with the text, and hardly with the values.
"""

import re
from base64 import b64decode
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from html import unescape
from typing import Final, NamedTuple
from urllib.parse import unquote

from pytest_cxone.cassettes.rules import Kind

__all__ = ["Leak", "leaks"]

_HEAD: Final = 3
"""Characters by which a value is looked up; nothing shorter is looked for."""

_WINDOW: Final = 8
"""Characters: as many of a secret in a row are a leak. Fewer may stand in any text."""

_DEPTH: Final = 3
"""Encodings within one another: YAML's escapes, JSON's in them, and once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leak:
    """A value that still stands in a cassette, without the value: what it is, where it is, and how it is written.

    `place` is a line's number and the keys above it, as in "line 31, interactions > response > body > string".
    `encoding` is "plain", "URL-encoded", "JSON-escaped", "HTML-escaped", "base64" or "hex"; the innermost, if several.
    """

    kind: Kind
    place: str
    encoding: str

    def __str__(self) -> str:
        return f"{self.place}: {self.kind}, {self.encoding}"


def leaks(
    text: str, values: Iterable[tuple[Kind, str]], *, allowed: Collection[str] = (), public: Iterable[str] = ()
) -> list[Leak]:
    """Return where any of the values stands in a cassette's text, whatever way it is written, in the text's order.

    What is in `allowed` may stand there. `public` are texts, as the API's own hosts, of which a value may have a piece.
    Nor is anything looked for that cannot be told from other text: secrets of less than 4 characters, ids and phone
    numbers of less than 5, names of one word with less than 5.
    """
    for known in public:
        text = text.replace(known, "")
    sought = _Sought((kind, value) for kind, value in values if value not in allowed)
    ends = [end.start() for end in re.finditer("\n", text)]
    found = {(bisect_left(ends, at), kind, encoding) for kind, at, encoding in _found(text, sought)}
    places = _places(text, {line for line, _, _ in found}, sought) if found else {}
    return [Leak(kind=kind, place=places[line], encoding=encoding) for line, kind, encoding in sorted(found)]


def _found(text: str, sought: "_Sought") -> Iterator[tuple[Kind, int, str]]:
    for reading in _readings(text, sought.reach):
        is_binary = reading.encoding in _BINARY
        for kind, start, end in sought.within(reading.text, beside_anything=is_binary):
            by_chance = is_binary and kind is Kind.ID and end - start < 6
            if reading.is_new(start, end) and not by_chance:
                yield kind, reading.place(start), reading.encoding


_KEY: Final = re.compile(r"\s*(?:- +)*(?P<key>(?:[A-Za-z][\w.-]*(?=:(?:\s|$)))?)")


def _places(text: str, wanted: Collection[int], sought: "_Sought") -> dict[int, str]:
    """Return what to call these lines: by their numbers and the keys above them."""
    places: dict[int, str] = {}
    keys: list[tuple[int, str]] = []
    for line, content in enumerate(text.split("\n")):
        match = _KEY.match(content)
        if match and content.strip():
            column = match.start("key")
            keys = [(above, key) for above, key in keys if above < column]
            if match["key"]:
                keys.append((column, match["key"]))
        if line in wanted:
            path = " > ".join(key for _, key in keys)
            # A key can be personal too.
            is_shown = path and not any(True for _ in _found(path, sought))
            places[line] = f"line {line + 1}, {path}" if is_shown else f"line {line + 1}"
    return places


class _Literal(NamedTuple):
    text: str
    kind: Kind
    in_any_case: bool
    alone: bool


class _Sought:
    """What is looked for, apart by how it is looked for. `reach` is the length of the longest, and some."""

    def __init__(self, values: Iterable[tuple[Kind, str]]) -> None:
        self._windows: set[str] = set()
        self._literals: dict[str, set[_Literal]] = {}
        self._ids: set[str] = set()
        self._phones: set[str] = set()
        self.reach = 64
        for kind, value in values:
            self._add(kind, _folded(value).strip())
        self._beginnings = {number[:size] for number in self._phones for size in range(1, len(number) + 1)}

    def _add(self, kind: Kind, value: str) -> None:
        size = len(value)
        match kind:
            case Kind.SECRET if size >= _WINDOW:
                self._windows.update(value[at : at + _WINDOW] for at in range(size - _WINDOW + 1))
            case Kind.SECRET if size >= 4:
                self._add_literal(value, kind)
            case Kind.ID if size >= 5 and re.fullmatch(r"[0-9]+", value):
                self._ids.add(value)
            case Kind.ID if size >= 5:
                # Letters alone may be a word, and begin a longer one.
                self._add_literal(value, kind, alone=value.isalpha())
            case Kind.NAME | Kind.TEXT if size >= 5 or " " in value:
                self._add_literal(_lower(value), kind, in_any_case=True, alone=True)
            case Kind.EMAIL:
                self._add_literal(_lower(value), kind, in_any_case=True)
            case Kind.PHONE if any(map(str.isalpha, value)):
                self._add_literal(_lower(value), kind, in_any_case=True)
            case Kind.PHONE if len(digits := re.sub(r"\D", "", value)) >= 5:
                self._phones.add(digits)

    def _add_literal(self, text: str, kind: Kind, *, in_any_case: bool = False, alone: bool = False) -> None:
        if len(text) >= _HEAD:
            literal = _Literal(text, kind, in_any_case, alone)
            self._literals.setdefault(_lower(text[:_HEAD]), set()).add(literal)
            self.reach = max(self.reach, 2 * len(text))

    def within(self, text: str, *, beside_anything: bool = False) -> Iterator[tuple[Kind, int, int]]:
        """Yield what stands in a text: its kind, where it begins and where it ends.

        What comes before and after counts for nothing where it may not be meant to be read: `beside_anything`.
        """
        if self._windows:
            size, windows = _WINDOW, self._windows
            for at in [at for at in range(len(text) - size + 1) if text[at : at + size] in windows]:
                yield Kind.SECRET, at, at + size
        if self._literals:
            yield from self._literals_in(text, beside_anything)
        if self._ids or self._phones:
            yield from self._numbers_in(text, beside_anything)

    def _literals_in(self, text: str, beside_anything: bool) -> Iterator[tuple[Kind, int, int]]:
        lower, size, heads = _lower(text), _HEAD, self._literals
        for at in [at for at in range(len(lower) - size + 1) if lower[at : at + size] in heads]:
            for literal in heads[lower[at : at + size]]:
                end = at + len(literal.text)
                stands = (lower if literal.in_any_case else text).startswith(literal.text, at)
                if stands and (not literal.alone or beside_anything or _is_alone(text, at, end)):
                    yield literal.kind, at, end

    def _numbers_in(self, text: str, beside_anything: bool) -> Iterator[tuple[Kind, int, int]]:
        begun: list[tuple[int, str]] = []
        last = 0
        for run in re.finditer(r"[0-9]+", text):
            start, end = run.span()
            digits = run[0]
            if digits in self._ids and (beside_anything or _is_alone(text, start, end)):
                yield Kind.ID, start, end
            if begun and (start - last > 3 or text[last:start].strip(" -./()+")):
                begun = []
            begun = [
                (at, more) for at, before in [*begun, (start, "")] if (more := before + digits) in self._beginnings
            ]
            yield from ((Kind.PHONE, at, end) for at, number in begun if number in self._phones)
            last = end


def _is_alone(text: str, start: int, end: int) -> bool:
    around = text[max(start - 1, 0) : start + 1], text[end - 1 : end + 1]
    return not any(len(edge) == 2 and edge.isalnum() for edge in around)


def _lower(text: str) -> str:
    # "İ" is the one letter that gets longer, and places have to stay what they are.
    return text.replace("İ", "i").lower()


def _folded(text: str) -> str:
    """Return a text as it is whether or not YAML breaks its lines and doubles its quotation marks."""
    return _FOLDS.sub(lambda fold: _fold(fold[0]), text)


_FOLDS: Final = re.compile(r"\s{2,}|[^\S ]|'{2,}")


def _fold(run: str) -> str:
    return "'" if run[0] == "'" else " "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    """A text as read from another one, its source.

    Its pieces are by turns as they were and as they were decoded. `starts` tells where each begins and the last one
    ends, `origins` the same in the source.
    """

    text: str
    encoding: str
    starts: list[int]
    origins: list[int]
    source: "_Reading | None"

    def place(self, at: int) -> int:
        """Return where a place of this text is in the cassette."""
        piece = bisect_right(self.starts, at, hi=len(self.starts) - 1) - 1
        start, end = self.starts[piece : piece + 2]
        first, last = self.origins[piece : piece + 2]
        origin = first + (at - start) * (last - first) // max(end - start, 1)
        return self.source.place(origin) if self.source else origin

    def is_new(self, start: int, end: int) -> bool:
        """Tell whether any of this was decoded here; else the source has it too."""
        piece = bisect_right(self.starts, start) - 1
        return self.encoding == "plain" or piece % 2 == 1 or bisect_left(self.starts, end) - 1 > piece


_Piece = tuple[int, int, str]
"""Where something encoded begins and ends in a text, and what it means."""


def _readings(text: str, reach: int) -> Iterator[_Reading]:
    folds = ((fold.start(), fold.end(), _fold(fold[0])) for fold in _FOLDS.finditer(text))
    level = [_read(text, "plain", folds, None, reach=len(text))]
    yield level[0]
    for depth in range(_DEPTH):
        sources, level = level, []
        for source in sources:
            for encoding, pieces_of in _DECODERS:
                binary = encoding in _BINARY
                if binary and depth == _DEPTH - 1:
                    continue
                pieces = list(pieces_of(source.text))
                if pieces:
                    level.append(_read(source.text, encoding, pieces, source, reach=0 if binary else reach))
                    yield level[-1]


def _read(text: str, encoding: str, pieces: Iterable[_Piece], source: _Reading | None, *, reach: int) -> _Reading:
    parts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    size = end = 0
    last = ""

    def add(part: str, origin: int) -> None:
        nonlocal size, last
        if part and part[0] == last and last in " '":
            part = part[1:]
        starts.append(size)
        origins.append(origin)
        parts.append(part)
        size += len(part)
        last = part[-1:] or last

    for start, stop, decoded in pieces:
        if start - end > 2 * reach:
            add(text[end : end + reach], end)
            add("\0", end + reach)
            end = start - reach
        add(text[end:start], end)
        add(_folded(decoded), start)
        end = stop
    add(text[end : end + reach], end)
    starts.append(size)
    origins.append(min(end + reach, len(text)))
    return _Reading(text="".join(parts), encoding=encoding, starts=starts, origins=origins, source=source)


def _escapes(pattern: str, decode: Callable[[str], str]) -> Callable[[str], Iterator[_Piece]]:
    search = re.compile(pattern).finditer

    def pieces(text: str) -> Iterator[_Piece]:
        for match in search(text):
            decoded = decode(match[0])
            if decoded != match[0]:
                yield match.start(), match.end(), decoded

    return pieces


_ONE_CHARACTER: Final = dict(zip("0abtnvfreN_LP", "\0\a\b\t\n\v\f\r\33\x85\xa0\u2028\u2029", strict=True))
_HEX: Final = "[0-9a-fA-F]"
_BACKSLASHED: Final = (
    # A pair of surrogates, one character, where YAML breaks a line, anything else.
    rf"\\u[dD][89abAB]{_HEX}{{2}}\\u[dD][c-fC-F]{_HEX}{{2}}"
    rf"|\\(?:u{_HEX}{{4}}|x{_HEX}{{2}}|U00(?:0{_HEX}|10){_HEX}{{4}}| (?:\\ )?|.)"
)


def _without_backslash(escape: str) -> str:
    what = escape[1:]
    if what.strip() in {"", "\\"} and what != "\\":
        return what[2:]
    if len(what) > 6 and what[0] == "u":
        high, low = (int(half, 16) for half in (what[1:5], what[7:]))
        return chr(0x10000 + ((high & 0x3FF) << 10) + (low & 0x3FF))
    return chr(int(what[1:], 16)) if len(what) > 1 else _ONE_CHARACTER.get(what, what)


_OF_BASE64: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"
_AS_BASE64: Final = bytes(
    b"+/"[b"-_".index(byte)] if byte in b"-_" else byte if byte in _OF_BASE64 else 65 for byte in range(256)
)
_BREAK: Final = re.compile(r" (?<=[\w+/-]{60} )(?=[\w+/-])")
_TEXT: Final = re.compile(rb"(?:[\t\n\r -~]|[\xc2-\xf4][\x80-\xbf]{1,3}){4,}")


def _from_base64(text: str, *, phase: int) -> Iterator[_Piece]:
    """Yield what the text would read if all of it were base64: nobody can tell where that begins."""
    breaks = [match.start() - turn for turn, match in enumerate(_BREAK.finditer(text))]
    data = _BREAK.sub("", text).encode("ascii", "replace").translate(_AS_BASE64)[phase:]
    for match in _TEXT.finditer(b64decode(data + b"A" * (-len(data) % 4))):
        start, end = phase + match.start() * 4 // 3, phase + (match.end() * 4 + 2) // 3
        yield start + bisect_right(breaks, start), end + bisect_right(breaks, end), match[0].decode(errors="replace")


def _from_hex(text: str, *, phase: int) -> Iterator[_Piece]:
    for run in re.finditer(rf"{_HEX}{{8,}}", text):
        digits = run[0][phase:]
        for match in _TEXT.finditer(bytes.fromhex(digits[: len(digits) // 2 * 2])):
            start, end = (run.start() + phase + 2 * at for at in match.span())
            yield start, end, match[0].decode(errors="replace")


_BINARY: Final = ("base64", "hex")
_DECODERS: Final[tuple[tuple[str, Callable[[str], Iterable[_Piece]]], ...]] = (
    ("JSON-escaped", _escapes(_BACKSLASHED, _without_backslash)),
    ("URL-encoded", _escapes(rf"(?:%{_HEX}{{2}})+", unquote)),
    # A plus is a blank in forms, but not in a time's offset.
    ("URL-encoded", _escapes(r"\+(?!\d\d:\d\d)", lambda _: " ")),
    ("HTML-escaped", _escapes(r"&#?\w+;", unescape)),
    *(("base64", partial(_from_base64, phase=phase)) for phase in range(4)),
    *(("hex", partial(_from_hex, phase=phase)) for phase in range(2)),
)
