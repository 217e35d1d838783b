"""What exchanges teach of a tenant's secrets, persons and ids, before anything of them is written."""

import json
import re
from base64 import b64decode
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from pytest_cxone.cassettes.aliases import SCRUBBED
from pytest_cxone.cassettes.documents import Literal, Members, parse
from pytest_cxone.cassettes.given import GivenIds
from pytest_cxone.cassettes.kinds import Kinds, Place, is_harmless
from pytest_cxone.cassettes.known import Known
from pytest_cxone.cassettes.rules import Kind, Rules, logs_in
from pytest_cxone.cassettes.texts import Literals, decoded_parts, pairs_in
from pytest_cxone.cassettes.tokens import resembles_jwt
from pytest_cxone.claims import claims_of
from pytest_cxone.model import Exchange, Headers, Request, Response

__all__ = ["Learned", "document_in", "document_of", "form_of"]

_LEAST_SENT: Final = 16
"""Characters of credentials: a shorter word is one that a test makes up."""
_LEAST_SECRET: Final = 8
_LONGEST_PAGE: Final = 100_000
_ENOUGH: Final = 3
"""Encodings within one another."""
_URL: Final = re.compile(r"https?://[^\s\"'<>\\]+", re.IGNORECASE)
_PAIRS: Final = re.compile(rb"[^\s=&{}\[\]\"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*")


class Learned:
    """What is known by now. `values` must not stand in a cassette; `undeclared` are texts of which nobody knows.

    `links` are values in URLs that the tenant gave, which a test may follow.
    """

    def __init__(
        self,
        rules: Rules,
        kinds: Kinds,
        locate: Callable[[str], str | None],
        *,
        known: Known,
        secrets: Literals,
        given: GivenIds,
        own: set[str],
    ) -> None:
        self.values: set[tuple[Kind, str]] = set()
        self.undeclared: dict[str, None] = {}
        self.links: set[str] = set()
        self._rules = rules
        self._kinds = kinds
        self._known = known
        self._secrets = secrets
        self._given = given
        self._own = own
        self._locate = locate
        self._nowhere = Place(rules, None)
        self._sent: set[str] = set()
        self._read: set[str] = set()

    def keep(self, kind: Kind, value: str) -> None:
        """Remember a value that must not stand in the cassette."""
        if kind in {Kind.TEXT, Kind.KEEP} or not value.strip() or value.startswith(SCRUBBED):
            return
        if kind is Kind.ID:
            if value in self._own or value.casefold() in {"null", "none"}:
                return
            self._given.add(value)
        if (kind, value) in self.values:
            return
        token = value.rpartition(" ")[2]
        if kind is Kind.SECRET and resembles_jwt(token):
            # All tokens begin alike, also those that stand for others; what they tell is known claim by claim.
            # One that was tampered with has most of another's letters, and a signature all the same.
            self._secrets.add(token)
            self._take_claims(token, 0)
            value = token.rpartition(".")[2]
        self.values.add((kind, value))
        if kind is Kind.SECRET:
            self._secrets.add(value)
        else:
            self._known.add(kind, value)

    # Requests

    def take_request(self, request: Request) -> None:
        """Learn from what a test sent."""
        for name, value in request.headers.items():
            if name.lower() == "cookie":
                self._take_cookies(value)
            elif self._rules.is_secret(name):
                self._take_credentials(value)
        pairs = [*request.query, *(form_of(request) or ())]
        self._sent.update(value for _, value in pairs)
        for key, value in pairs:
            kind = Kind.SECRET if logs_in(key, pairs) else self._rules.kind_of(key)
            if kind is Kind.SECRET and len(value) < _LEAST_SECRET:
                continue
            if kind not in {None, Kind.ID, Kind.KEEP}:
                self.keep(Kind(kind), value)
        document = document_in(request.body)
        if isinstance(document, Members):
            with suppress(RecursionError):
                self._take_value(document, self._nowhere, 0)

    def _take_credentials(self, value: str) -> None:
        scheme, _, credentials = value.rpartition(" ")
        parts = [credentials]
        if scheme.lower() == "basic":
            with suppress(ValueError):
                parts += b64decode(credentials).decode().split(":", 1)
        for part in parts:
            if len(part) >= _LEAST_SENT:
                self.keep(Kind.SECRET, part)

    def _take_cookies(self, header: str) -> None:
        for cookie in re.split(r"[;,]\s*", header):
            value = cookie.partition("=")[2].strip('" ')
            if len(value) >= _LEAST_SECRET and not is_harmless(value):
                self.keep(Kind.SECRET, value)

    # Answers

    def take_answer(self, exchange: Exchange, place: Place) -> None:
        """Learn from what a tenant answered; `place` is that of its body."""
        for name, value in exchange.response.headers.items():
            self._take_header(name, value)
        document = document_of(exchange.response)
        if document is None:
            self._take_page(exchange.response)
        else:
            # Of a document that is nested too deeply nothing is written.
            with suppress(RecursionError):
                self._take_value(document, place, 0)

    def _take_page(self, response: Response) -> None:
        text = response.body[:_LONGEST_PAGE].decode("utf-8", "replace")
        self.undeclared.update(dict.fromkeys(filter(None, map(str.strip, re.split(r"<[^<>]*>|\n", text)))))
        for line in text.splitlines():
            self._take_text(line, 0)

    def add(self, values: Iterable[tuple[Kind, str]]) -> None:
        """Take in what was learned elsewhere. Ids are only looked for: here they may be the test's own."""
        for kind, value in values:
            if kind is not Kind.ID:
                self.keep(kind, value)
            elif value not in self._own and value not in self._given:
                self._known.add(kind, value)

    def _take_header(self, name: str, value: str) -> None:
        if name.lower() == "set-cookie":
            for pair in re.findall(r"(?:^|,\s*)[^\s=;,]+=([^;,]*)", value):
                if len(pair) >= _LEAST_SECRET:
                    self.keep(Kind.SECRET, pair.strip('"'))
            return
        kind = self._rules.kind_of(name)
        if kind is Kind.SECRET and len(value) >= _LEAST_SECRET:
            self.keep(Kind.SECRET, value)
        elif kind not in {None, Kind.SECRET, Kind.KEEP} and not is_harmless(value):
            self.keep(Kind(kind), value)
        self._take_text(value, 0)

    def _take_value(self, value: Any, place: Place, depth: int) -> None:
        match value:
            case Members():
                for name, member in value:
                    there = place.member(name)
                    self._take_key(name, there)
                    self._take_value(member, there, depth)
            case list():
                item = place.item
                for row in value:
                    self._take_value(row, item, depth)
            case Literal() | bool() | None:
                pass
            case str() if value:
                self._take_string(value, place, depth)
            case int():
                kind = self._kinds.of_number(value, place)
                if kind in {Kind.ID, Kind.PHONE} and value > 0:
                    self.keep(Kind(kind), str(value))

    def _take_key(self, name: str, place: Place) -> None:
        kind = self._kinds.of_key(name, place)
        if kind is Kind.TEXT:
            self.undeclared[name] = None
        elif kind is not None:
            self.keep(kind, name)

    def _take_string(self, text: str, place: Place, depth: int) -> None:
        kind = self._kinds.of_text(text, place)
        match kind:
            case None if place.is_declared:
                if text.isalpha():
                    self._known.ordinary.add(text)
            case Kind.TEXT:
                if document_in(text) is None:
                    self.undeclared[text] = None
            case Kind():
                self.keep(kind, text)
        self._take_text(text, depth)

    def _take_text(self, text: str, depth: int) -> None:
        """Learn from what is inside a text."""
        if text in self._read or is_harmless(text) or text.isdecimal() or depth > _ENOUGH:
            return
        self._read.add(text)
        document = document_in(text)
        if document is not None:
            self._take_value(document, self._nowhere, depth + 1)
            return
        for kind, pattern in self._rules.forms:
            for found in pattern.finditer(text):
                self.keep(kind, found[0])
        for (key, value), _, _ in pairs_in(text):
            told = self._rules.kind_of(key)
            if told not in {None, Kind.KEEP} and not is_harmless(value) and not self._is_short(Kind(told), value):
                self.keep(Kind(told), value)
        for url in _URL.findall(text):
            self._take_link(url)
        for plain, _, _, _ in decoded_parts(text):
            self._take_text(plain, depth + 1)

    @staticmethod
    def _is_short(kind: Kind, value: str) -> bool:
        return kind is Kind.SECRET and len(value) < _LEAST_SECRET

    def _take_claims(self, token: str, depth: int) -> None:
        claims = claims_of(token) if token.startswith("eyJ") else None
        if claims is not None and depth <= _ENOUGH:
            self._take_value(parse(json.dumps(claims)), self._nowhere, depth + 1)

    def _take_link(self, url: str) -> None:
        path, _, query = (self._locate(url) or "").partition("?")
        for segment in map(unquote, path.split("/")):
            if self._kinds.by_form(segment) is Kind.ID:
                self.keep(Kind.ID, segment)
        for key, value in parse_qsl(query):
            kind = self._rules.kind_of(key)
            if kind is None and value not in self._sent and not is_harmless(value):
                self.links.add(value)


def document_of(response: Response) -> Any:
    """Return a body as JSON in whatever charset JSON can be, None for what is none."""
    body = response.body
    for charset in ("utf-8-sig", "utf-16" if body[:2] in {b"\xff\xfe", b"\xfe\xff"} else "latin-1"):
        try:
            return parse(body.decode(charset))
        except (ValueError, RecursionError):
            continue
    return None


def document_in(text: str | bytes) -> Any:
    """Return the JSON object or array that a text is, None for another text."""
    try:
        plain = text if isinstance(text, str) else text.decode()
        return parse(plain) if plain.lstrip()[:1] in {"{", "["} else None
    except (ValueError, RecursionError):
        return None


def form_of(request: Request) -> list[tuple[str, str]] | None:
    """Return the pairs of a form; what came without a media type is read as what it looks like."""
    media_type = _media_type(request.headers)
    if media_type != "application/x-www-form-urlencoded" and (media_type or not _PAIRS.fullmatch(request.body)):
        return None
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)


def _media_type(headers: Headers) -> str:
    return headers.get("Content-Type", "").partition(";")[0].strip().lower()
