"""What must not stand inside a text, found and replaced: what is known, or tells by its form or by a name before it.

A text is read once, and what is found in it may overlap: of two that do, each has what stands for it in the result.
"""

import re
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote

from pytest_cxone.cassettes.aliases import Aliases
from pytest_cxone.cassettes.kinds import is_harmless
from pytest_cxone.cassettes.known import WAYS, Known, Span
from pytest_cxone.cassettes.rules import Kind, Rules

__all__ = ["Literals", "Pair", "Texts", "decoded_parts", "pairs_in"]

_URL: Final = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_SCHEME: Final = re.compile(r"(\b[a-zA-Z][a-zA-Z0-9+.-]{0,20}://|\bmailto:|\btel:)")
_PAIR: Final = re.compile(r"(?<![\w.-])([A-Za-z][\w.-]{0,40})=(\"[^\"]*\"|[^\s&;,\"'<>\\]+)")
_QUERY_PAIR: Final = re.compile(r"(?<=[?&])([A-Za-z][\w.-]{0,40})=([^\s&;,\"'<>\\]+)")
_MEMBER: Final = re.compile(r"\"([\w.-]{1,40})\\*\"\s*:\s*\\*\"([^\"\\]+)")
_TOKEN: Final = re.compile(r"[^\s\"'<>\\]+")
_BASE64: Final = re.compile(r"(?<![\w+/-])[A-Za-z0-9+/_-]{12,}={0,2}")
_READABLE: Final = re.compile(r"[\t\n\r -~\u00a0-\U0010ffff]{6,}")
_SHORT_SECRET: Final = 8
"""Characters: what is shorter may be a part of a word."""
_LEAST_SECRET: Final = 4

Pair = tuple[str, str]
Rest = Callable[[str], str]


def pairs_in(text: str, *, queries_only: bool = False) -> Iterator[tuple[Pair, int, int]]:
    """Yield what stands under names in a text, as in a query, a header or cut JSON, and where the values are."""
    if "=" in text:
        for found in (_QUERY_PAIR if queries_only else _PAIR).finditer(text):
            quotes = int(found[2].startswith('"'))
            start, end = found.start(2) + quotes, found.end(2) - quotes
            yield (found[1], text[start:end]), start, end
    if '"' in text:
        for found in _MEMBER.finditer(text):
            yield (found[1], found[2]), found.start(2), found.end(2)


def decoded_parts(text: str) -> Iterator[tuple[str, int, int, Callable[[str], str]]]:
    """Yield what is encoded inside a text, decoded, with its place and how to encode it again."""
    if "%" in text:
        for token in _TOKEN.finditer(text):
            if "%" in token[0] and (decoded := unquote(token[0])) != token[0]:
                yield decoded, token.start(), token.end(), _quoted
    for run in _BASE64.finditer(text):
        plain = _from_base64(run[0])
        if plain is not None:
            yield plain, run.start(), run.end(), _to_base64url if re.search("[-_]", run[0]) else _to_base64


def _quoted(text: str) -> str:
    return quote(text, safe="/:?&=;,+@!$()*~#[]|", errors="replace")


def _from_base64(text: str) -> str | None:
    data = text.rstrip("=").translate(str.maketrans("-_", "+/"))
    if len(data) % 4 == 1:
        return None
    try:
        plain = b64decode(data + "=" * (-len(data) % 4)).decode()
    except ValueError:
        return None
    return plain if _READABLE.fullmatch(plain) else None


def _to_base64(text: str) -> str:
    return b64encode(text.encode(errors="replace")).decode()


def _to_base64url(text: str) -> str:
    return urlsafe_b64encode(text.encode(errors="replace")).decode().rstrip("=")


class Literals:
    """Texts that are looked for wherever they stand, as secrets are, also in the middle of words."""

    def __init__(self) -> None:
        self._meant: dict[str, str] = {}
        self._new: list[str] = []
        self._patterns: list[tuple[list[str], re.Pattern[str]]] = []

    def add(self, value: str) -> None:
        """Let a value be found from now on, however it is written."""
        if len(value) < _LEAST_SECRET or value in self._meant:
            return
        for written in (*(way(value) for way in WAYS), _to_base64(value), _to_base64url(value)):
            if written not in self._meant:
                self._meant[written] = value
                self._new.append(written)

    def found(self, text: str) -> Iterator[tuple[str, int, int]]:
        """Yield what stands in a text, and where."""
        if self._new:
            self._compile()
        for _, pattern in self._patterns:
            for found in pattern.finditer(text):
                yield self._meant[found[0]], found.start(), found.end()

    def _compile(self) -> None:
        """Make a pattern of what is new, and of those before it that have no more: a run learns many tokens."""
        sought, self._new = self._new, []
        while self._patterns and len(self._patterns[-1][0]) <= len(sought):
            sought = [*self._patterns.pop()[0], *sought]
        longest_first = sorted(sought, key=lambda written: (-len(written), written))
        self._patterns.append((sought, re.compile("|".join(map(_bounded, longest_first)))))


def _bounded(text: str) -> str:
    return re.escape(text) if len(text) >= _SHORT_SECRET else rf"(?<!\w){re.escape(text)}(?!\w)"


class Texts:
    """Replaces what must not stand in texts. `url_of` gives what stands for a tenant's URL, None for another.

    `echoes` has what stands for values that a test made of ids, which a tenant may repeat.
    """

    def __init__(
        self,
        rules: Rules,
        known: Known,
        aliases: Aliases,
        url_of: Callable[[str], str | None],
        *,
        hosts: Collection[str],
        home: str,
    ) -> None:
        self.secrets = Literals()
        self.echoes: dict[str, str] = {}
        self._rules = rules
        self._known = known
        self._aliases = aliases
        self._url_of = url_of
        names = "|".join(map(re.escape, sorted(hosts, key=len, reverse=True)))
        self._hosts = re.compile(rf"(?<![\w.-])(?:{names})(?![\w-])", re.IGNORECASE) if names else None
        self._home = home

    def replaced(self, text: str, *, words: bool = False, rest: Rest | None = None) -> str:
        """Return a text without what must not stand in it. What is left, `rest` may replace as well."""
        others = rest and (lambda gap: _between_schemes(gap, rest))
        return _spliced(text, self._spans(text, words=words, rest=others), others)

    def reported(self, text: str, more: Iterable[Span], *, mask: str) -> str:
        """Return a text of a report: code stands in it too, so names before values count in URLs and JSON only."""
        secrets = ((start, end, mask) for _, start, end in self.secrets.found(text))
        return _spliced(text, [*secrets, *more, *self._spans(text, in_report=mask)])

    def _spans(
        self, text: str, *, words: bool = False, in_report: str = "", rest: Rest | None = None, deep: bool = True
    ) -> Iterator[Span]:
        if not in_report:
            yield from self._of_tenant(text)
        yield from self._known.spans(text, words=words)
        yield from self._by_form(text, in_report)
        for (key, value), start, end in pairs_in(text, queries_only=bool(in_report)):
            kind = self._rules.kind_of(key)
            if kind not in {None, Kind.KEEP} and not is_harmless(value):
                yield start, end, self._instead(Kind(kind), value, in_report)
        if deep:
            for plain, start, end, encoded in decoded_parts(text):
                inner = self._spans(plain, words=words, in_report=in_report, deep=False)
                clean = _spliced(plain, inner, rest)
                if clean != plain:
                    yield start, end, encoded(clean)

    def _of_tenant(self, text: str) -> Iterator[Span]:
        for url in _URL.finditer(text):
            instead = self._url_of(url[0])
            if instead is not None:
                yield url.start(), url.end(), instead
        if self._hosts is not None:
            yield from ((found.start(), found.end(), self._home) for found in self._hosts.finditer(text))
        for secret, start, end in self.secrets.found(text):
            yield start, end, self._aliases.of(Kind.SECRET, secret)
        for sent, instead in self.echoes.items():
            if sent in text:
                yield from ((found.start(), found.end(), instead) for found in re.finditer(re.escape(sent), text))

    def _by_form(self, text: str, in_report: str) -> Iterator[Span]:
        for kind, pattern in self._rules.forms:
            if kind is Kind.EMAIL and "@" not in text:
                continue
            for found in pattern.finditer(text):
                yield *found.span(), self._instead(kind, found[0], in_report)

    def _instead(self, kind: Kind, value: str, in_report: str) -> str:
        if in_report and kind is Kind.SECRET:
            return in_report
        # A report is read several times, and an alias has no alias.
        return value if in_report and value in self._aliases.made else self._aliases.of(kind, value)


def _spliced(text: str, spans: Iterable[Span], rest: Rest | None = None) -> str:
    """Return a text with what stands for its spans in their places; of those that begin alike, the longest counts."""
    kept: list[str] = []
    end = 0
    for start, stop, instead in sorted(spans, key=lambda span: (span[0], -span[1])):
        if stop <= end:
            continue
        if start > end:
            gap = text[end:start]
            kept.append(rest(gap) if rest else gap)
        kept.append(instead)
        end = stop
    if not kept:
        return rest(text) if rest else text
    last = text[end:]
    return "".join([*kept, rest(last) if rest and last else last])


def _between_schemes(text: str, rest: Callable[[str], str]) -> str:
    parts = _SCHEME.split(text)
    return "".join(part if turn % 2 else rest(part) for turn, part in enumerate(parts))
