"""Cassettes looked over as they stand in a repository, where nobody knows the values of the run that recorded them.

What scrubbing writes can be told from anything else by its form. So a secret is found by what stands where a secret
would, and a person by an e-mail address that could be somebody's. Of names and ids nobody can tell.
"""

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, unquote_plus, urlsplit

from pytest_cxone.cassettes import documents
from pytest_cxone.cassettes.cassette import POLICY, Cassette, Provenance, seal_of
from pytest_cxone.cassettes.documents import Literal, Members
from pytest_cxone.cassettes.files import parse
from pytest_cxone.cassettes.gate import leaks
from pytest_cxone.cassettes.kinds import Kinds, Place
from pytest_cxone.cassettes.names import CassetteName
from pytest_cxone.cassettes.rules import Kind, Rules
from pytest_cxone.cassettes.tokens import stands_for_jwt
from pytest_cxone.dialects import DIALECTS
from pytest_cxone.errors import CassetteUnreadable, ConfigurationError
from pytest_cxone.model import Exchange, Headers, Request

__all__ = ["Audit", "Problem", "is_other_yaml"]

_RECORD: Final = "record the test again: pytest --cxone-record"
_REVOKE: Final = "revoke it where it may be known to others, and record the test again"
_RESTORE: Final = "restore the file from version control, or record the test again"

_SCRUBBED: Final = "scrubbed"
_CREDENTIALS: Final = re.compile(r"(?:[\w-]+ )?scrubbed(?:-\d+)?")
_SECRET_HEADER: Final = re.compile(r".*(authorization|cookie2?|api-?key|access-?key|subscription-?key)", re.IGNORECASE)
_NOBODYS: Final = re.compile(r".*[.@](?:example|invalid|test|example\.(?:com|org|net))", re.IGNORECASE)
"""Addresses in domains that nobody can have (RFC 2606)."""
_SHOWN: Final = re.compile(r"[\w.-]{1,40}")
_FORM: Final = re.compile(r"[^\s=&{}\[\]\"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*")
_ESCAPE: Final = re.compile(r"\\u([0-9a-fA-F]{4})")
_GZIP: Final = b"\x1f\x8b"
_BEFORE, _AFTER = 64, 256
"""Characters of an address that are looked at, about its "@": long texts without any blank are quick to search so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a cassette, where, and what to do. No value that was found stands in it.

    `line` is None where it is not one line.
    """

    path: Path
    line: int | None
    what: str
    remedy: str

    def __str__(self) -> str:
        where = f"{self.path}" if self.line is None else f"{self.path}:{self.line}"
        return f"{where}: {self.what}; {self.remedy}"


class _Finding(NamedTuple):
    """What was found, and the texts that lead to its line, each after the one before."""

    what: str
    remedy: str
    needles: tuple[str, ...]


_HOMES: Final = tuple(
    urlsplit(hosts.base_url).netloc for spoken in DIALECTS.values() for hosts in spoken.regions.values()
)


class Audit:
    """Looks cassettes over. `secrets` are values that must not stand in any, however they are written."""

    def __init__(self, rules: Rules, secrets: Iterable[str] = ()) -> None:
        self._values = [(Kind.SECRET, secret) for secret in secrets if secret]
        self._is_secret = cache(rules.is_secret)
        self._kinds = Kinds(rules, lambda _: False)
        self._root = Place(rules, None)
        self._secret_forms = [pattern for kind, pattern in rules.forms if kind is Kind.SECRET]
        self._address_forms = [pattern for kind, pattern in rules.forms if kind is Kind.EMAIL]

    def problems(self, path: Path, content: bytes) -> list[Problem]:
        """Return what is wrong with a cassette's file, in the order of its lines."""
        found: set[Problem] = set()
        try:
            text = _decoded(content)
        except UnicodeDecodeError:
            text = content.decode("utf-8", "replace")
            found.add(_problem(path, None, "cannot be read: it is not text in UTF-8", _RESTORE))
        page = _Page(text)
        if not found:
            try:
                cassette = parse(text, path)
            except CassetteUnreadable as error:
                found.add(_problem(path, error.line, f"cannot be read: {_reason(error)}", _RESTORE))
            else:
                found.update(_problem(path, *told) for told in _of_the_whole(path, cassette, page))
                for number, interaction in enumerate(cassette.interactions):
                    found.update(self._in_exchange(path, page, number, interaction.exchange, cassette.provenance))
        lines = {problem.line for problem in found if problem.remedy == _REVOKE}
        for match, what, remedy in self._in_text(text):
            line = page.line(match.start())
            # What stands under the name of a secret is told once.
            if remedy != _REVOKE or line not in lines:
                found.add(_problem(path, line, what, remedy))
        for leak in leaks(text, self._values, public=_HOMES) if self._values else ():
            line = int(leak.place.partition(",")[0].removeprefix("line "))
            found.add(_problem(path, line, f"a secret of the environment ({leak.encoding})", _REVOKE))
        return sorted(found, key=lambda problem: (problem.line or 0, problem.what))

    def _in_exchange(
        self, path: Path, page: "_Page", number: int, exchange: Exchange, provenance: Provenance | None
    ) -> Iterator[Problem]:
        found = [
            *_of_the_url(exchange.request, provenance),
            *self._of_headers(exchange.request.headers),
            *self._of_headers(exchange.response.headers),
            *self._of_pairs("query", _query(exchange.request.url)),
            *self._of_body(exchange.request.body),
            *self._of_body(exchange.response.body),
        ]
        lines = {page.find(number, finding.needles) for finding in found if finding.remedy == _REVOKE}
        for finding in found:
            yield _problem(path, page.find(number, finding.needles), finding.what, finding.remedy)
        for needle, text in _texts(exchange):
            for match, what, remedy in self._in_text(text):
                line = page.find(number, (needle, match[0]))
                if remedy != _REVOKE or line not in lines:
                    yield _problem(path, line, what, remedy)

    # What stands under a name

    def _of_headers(self, headers: Headers) -> Iterator[_Finding]:
        for name, value in headers.items():
            is_secret = _SECRET_HEADER.fullmatch(name) or self._is_secret(name)
            if is_secret and not _CREDENTIALS.fullmatch(value) and not stands_for_jwt(value.rpartition(" ")[2]):
                yield _Finding(f"the header {_shown(name)} is not scrubbed", _REVOKE, (name, value))
            yield from self._of_pairs(f"header {_shown(name)}", _query(value))

    def _of_pairs(self, place: str, pairs: Iterable[tuple[str, str]]) -> Iterator[_Finding]:
        for key, value in pairs:
            if self._is_secret(key) and not _is_scrubbed(value):
                yield _Finding(f"{_shown(key)} of the {place} is not scrubbed", _REVOKE, (f"{key}=",))

    def _of_body(self, body: bytes) -> Iterator[_Finding]:
        if body.startswith(_GZIP):
            yield _Finding("a body is compressed, so nobody can look into it", _RECORD, ())
        text = body.decode("utf-8-sig", "replace")
        try:
            document = documents.parse(text)
        except (ValueError, RecursionError):
            if _FORM.fullmatch(text):
                yield from self._of_pairs("form", parse_qsl(text, keep_blank_values=True))
            return
        for key, value, place in _values(document, self._root):
            if self._kind(value, place) is Kind.SECRET and not _is_scrubbed(str(value)):
                yield _Finding(f"{_shown(key)} of a body is not scrubbed", _REVOKE, (key, str(value)))

    def _kind(self, value: str | int, place: Place) -> Kind | None:
        """Return what a value would be if no contract declared it."""
        if isinstance(value, Literal):
            return place.kind if place.is_told and value.strip("-0.") else None
        return self._kinds.of_text(value, place) if isinstance(value, str) else self._kinds.of_number(value, place)

    # What has a form that tells

    def _in_text(self, text: str) -> Iterator[tuple[re.Match[str], str, str]]:
        """Yield what has the form of a secret or of an address, what it is and what to do."""
        for pattern in self._secret_forms:
            for match in pattern.finditer(text):
                if not _is_scrubbed(match[0]):
                    yield match, "a token, or what a rule says is secret, is not scrubbed", _REVOKE
        at = text.find("@")
        while at >= 0:
            start = max(at - _BEFORE, 0)
            for pattern in self._address_forms:
                for match in pattern.finditer(text, start, at + _AFTER):
                    if not _NOBODYS.fullmatch(match[0]):
                        yield match, "an e-mail address that may be somebody's", _RECORD
            at = text.find("@", at + 1)


def is_other_yaml(path: Path, content: bytes) -> bool:
    """Tell whether a file has nothing to do with cassettes: it has no `interactions` and stands among none."""
    return not set(path.absolute().parent.parts) & DIALECTS.keys() and not re.search(
        rb'(?:^|[{,])\s*"?interactions"?\s*:', content, re.MULTILINE
    )


def _problem(path: Path, line: int | None, what: str, remedy: str) -> Problem:
    return Problem(path=path, line=line, what=what, remedy=remedy)


def _decoded(content: bytes) -> str:
    return content.decode().replace("\r\n", "\n").replace("\r", "\n")


def _reason(error: CassetteUnreadable) -> str:
    """Return why a cassette cannot be read. What is quoted may be a value of it."""
    where = f"{error.path}" if error.line is None else f"{error.path}, line {error.line}"
    reason = str(error).removeprefix(f"{where}: ").rpartition("; ")[0]
    return re.sub(r"'[^']*'|\"[^\"]*\"", "(…)", reason.splitlines()[0] if reason else "it is no cassette")


# The cassette as a whole


def _of_the_whole(path: Path, cassette: Cassette, page: "_Page") -> Iterator[tuple[int | None, str, str]]:
    known = cassette.provenance
    if known is None:
        yield None, "not recorded by pytest-cxone", "record the test: pytest --cxone-record"
        return
    if known.seal != seal_of(cassette.interactions):
        yield page.field("seal"), "edited, or cut off, since it was recorded", _RESTORE
    if known.policy < POLICY:
        yield page.field("policy"), f"scrubbed by policy {known.policy}, and {POLICY} takes out more", _RECORD
    if not _is_in_place(path, known.test):
        yield page.field("test"), "stands under another name than its test", f"move it back, or {_RECORD}"


def _is_in_place(path: Path, test: str) -> bool:
    try:
        return PurePosixPath(*path.absolute().parts[-2:]) == CassetteName.parse(test).file
    except ConfigurationError:
        return False


# One exchange


def _of_the_url(request: Request, provenance: Provenance | None) -> Iterator[_Finding]:
    try:
        has_credentials = "@" in urlsplit(request.url).netloc
        is_own = provenance is None or _is_at_a_region(request.url, provenance.dialect)
    except ValueError:
        yield _Finding("a URI is none", _RESTORE, (request.url,))
        return
    if has_credentials:
        yield _Finding("credentials before the host of a URI", _REVOKE, (request.url,))
    if not is_own:
        yield _Finding("a URI at a host that is no region's own, and may tell the tenant", _RECORD, (request.url,))


def _is_at_a_region(url: str, name: str) -> bool:
    spoken = DIALECTS.get(name)
    return spoken is None or any(hosts.path_of(url, token_path="") is not None for hosts in spoken.regions.values())


def _query(url: str) -> list[tuple[str, str]]:
    return parse_qsl(url.partition("#")[0].partition("?")[2], keep_blank_values=True)


def _values(document: Any, root: Place) -> Iterator[tuple[str, str | int, Place]]:
    """Yield the texts and numbers of a JSON document, with the names under which they stand and their places."""
    pending = [("", document, root)]
    while pending:
        key, value, place = pending.pop()
        match value:
            case Members():
                pending += [(name, member, place.member(name)) for name, member in value]
            case list():
                pending += [(key, item, place.item) for item in value]
            case str() | int() if not isinstance(value, bool):
                yield key, value, place


def _texts(exchange: Exchange) -> Iterator[tuple[str, str]]:
    """Yield what an exchange means, where a file may have it in another way, with a text that leads to it."""
    yield exchange.request.url, unquote_plus(exchange.request.url)
    for headers in (exchange.request.headers, exchange.response.headers):
        yield from ((name, value) for name, value in headers.items())
    for body in filter(None, (exchange.request.body, exchange.response.body)):
        text = body.decode("utf-8", "replace")
        yield "", text
        if "%" in text:
            yield "", unquote_plus(text)
        if "\\u" in text:
            yield "", _ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)


def _is_scrubbed(value: str) -> bool:
    """Tell whether a value stands for a secret, or is none: 0 is what scrubbing makes of a number."""
    return value in {"", "0"} or value.startswith(_SCRUBBED) or stands_for_jwt(value)


def _shown(name: str) -> str:
    return name if _SHOWN.fullmatch(name) else "a name that is long or odd"


class _Page:
    """A file's text, and where in it a line, a field or an interaction is."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ends = [end.start() for end in re.finditer("\n", text)]
        self._starts = [start.start() for start in re.finditer(r"^ {0,4}- request:", text, re.MULTILINE)]

    def line(self, at: int) -> int:
        """Return the number of the line of a place."""
        return bisect_right(self._ends, at - 1) + 1

    def field(self, name: str) -> int | None:
        """Return the line of a field of the provenance."""
        match = re.search(rf'^ +"?{name}"?:', self._text, re.MULTILINE)
        return match and self.line(match.start())

    def find(self, number: int, needles: Iterable[str]) -> int | None:
        """Return the line of an interaction to which these texts lead, or its first."""
        if number >= len(self._starts):
            return None
        at, end = [*self._starts, len(self._text)][number : number + 2]
        for needle in needles:
            found = self._text.find(needle, at, end)
            at = found if found >= 0 else at
        return self.line(at)
