"""What is secret or personal, taken out of what a test met: before it is written, so the test still sees all of it."""

import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pytest_cxone.cassettes.aliases import SCRUBBED, Aliases
from pytest_cxone.cassettes.documents import Literal, Members, line_of, parse, text_of
from pytest_cxone.cassettes.facts import TenantFacts
from pytest_cxone.cassettes.given import GivenIds, made_of
from pytest_cxone.cassettes.kinds import Kinds, Place, is_harmless
from pytest_cxone.cassettes.known import Known
from pytest_cxone.cassettes.learning import Learned, document_in, form_of
from pytest_cxone.cassettes.mentions import Mentions
from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind, Rules, logs_in
from pytest_cxone.cassettes.texts import Texts
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.schemas import Contract
from pytest_cxone.shapes import Shape

__all__ = ["SCRUBBED", "Scrubber", "TenantFacts", "is_kept"]

_SENT: Final = {"accept", "content-type"}
_ANSWERED: Final = {
    "allow", "cache-control", "content-language", "content-type", "deprecation", "link", "location", "pragma",
    "retry-after", "sunset", "www-authenticate",
}  # fmt: skip
_LIMITS: Final = re.compile(r"(x-)?ratelimit[a-z-]{0,40}")
_VERSION: Final = re.compile(r"v[0-9]+(\.[0-9]+)*")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s\"<>;,]*")
_NOWHERE: Final = "https://scrubbed.example/"
_LEAST_ECHO: Final = 5
_MASK: Final = "***"


def is_kept(header: str) -> bool:
    """Whether recordings keep a header of an answer, whatever rules are added."""
    name = header.lower()
    return name in _ANSWERED or _LIMITS.fullmatch(name) is not None


class Scrubber:
    """Scrubs what one test met. Make a new one for each."""

    def __init__(self, pseudonyms: Pseudonyms, contract: Contract, rules: Rules, facts: TenantFacts) -> None:
        self._contract = contract
        self._rules = rules
        self._facts = facts
        self._aliases = Aliases(pseudonyms, facts.test_ids)
        self._given = GivenIds(self._aliases.id, [*facts.configured, *facts.test_ids])
        self._kinds = Kinds(rules, lambda text: "://" in text and " " not in text and self._located(text) is not None)
        self._known = Known(self._aliases.of)
        self._texts = Texts(
            rules, self._known, self._aliases, self._url_of, hosts=facts.hosts, home=urlsplit(facts.home).netloc
        )
        self._learned = Learned(
            rules, self._kinds, self._located, known=self._known, secrets=self._texts.secrets, given=self._given,
            own=self._aliases.own,
        )  # fmt: skip
        self._mentions = Mentions(self._aliases.text, self._known.ordinary)
        self._places: dict[Shape | None, Place] = {}
        self._nowhere = Place(rules, None)
        self._parts = {part for operation in contract.operations for part in operation.template.split("/")}
        self._cleaned: dict[tuple[str, bool], str] = {}
        for secret in facts.secrets:
            self._learned.keep(Kind.SECRET, secret)
        self.values.update((Kind.ID, host) for host in facts.hosts)

    @property
    def values(self) -> set[tuple[Kind, str]]:
        """What was replaced, for the gate."""
        return self._learned.values

    @property
    def own(self) -> set[str]:
        """The ids that the test itself names, which stay."""
        return self._aliases.own

    @property
    def allowed(self) -> set[str]:
        """What may stand in the cassette though it is somebody's: the test's own ids, and words that are names too."""
        return self.own | self._known.ordinary

    def scrub(
        self, exchanges: Sequence[Exchange], *, named: Iterable[str] = (), given: Iterable[str] = (),
        beside: Iterable[Exchange] = (), known: Iterable[tuple[Kind, str]] = (),
    ) -> list[Exchange]:  # fmt: skip
        """Return the exchanges without anything that is secret or personal.

        `named` are agents' ids that the test names, `given` those that the tenant gave it. What stands in the exchanges
        `beside` is known as well, though they are not written, and so are the values that are `known` from other tests.
        """
        for exchange in beside:
            self._learn(exchange)
        self.learn(exchanges, named=named, given=given)
        self._learned.add(known)
        for part in {part for exchange in exchanges for part in self._asked(exchange.request)}:
            if len(part) >= _LEAST_ECHO and (instead := self._derived(part)) != part:
                self._texts.echoes[part] = instead
        return [self._exchange(exchange) for exchange in exchanges]

    def learn(self, exchanges: Iterable[Exchange], *, named: Iterable[str] = (), given: Iterable[str] = ()) -> None:
        """Take in what exchanges hold, in the order in which they were made."""
        self.own.update(named)
        for agent_id in given:
            self._given.add(agent_id)
        for agent_id in self.own:
            self._given.discard(agent_id)
        for exchange in exchanges:
            for part in self._asked(exchange.request):
                if self._derived(part) == part:
                    self._take_asked(part)
            self._learn(exchange)
        for agent_id in self._given:
            self._learned.keep(Kind.ID, agent_id)
        # A name or an e-mail is not the test's own, whoever said it first.
        others = [kind for kind in Kind if kind is not Kind.ID]
        self.own.difference_update(
            {value for value in self.own if any((kind, value) in self.values for kind in others)}
        )
        self._cleaned.clear()

    def id(self, value: str) -> str:
        """Return what stands for an agent's id: the test's own, or an alias."""
        return self._aliases.id(value)

    def alias_in(self, text: str) -> str:
        """Return a text of a report with aliases for what is known by now, and "***" for secrets."""
        self._mentions.add(self._learned.undeclared)
        return self._texts.reported(text, self._mentions.spans(text), mask=_MASK)

    # What is asked for

    def _located(self, url: str) -> str | None:
        try:
            return self._facts.locate(url)
        except ValueError:
            return None

    def _asked(self, request: Request) -> Iterable[str]:
        """Yield what may be an id in a request: the parts of its path, and what stands under the name of an id."""
        path, _, query = (self._located(request.url) or "").partition("?")
        yield from filter(None, map(unquote, path.split("/")))
        yield from (value for key, value in parse_qsl(query) if self._rules.kind_of(key) is Kind.ID)

    def _take_asked(self, part: str) -> None:
        """Tell an id that is the test's own from one that it has from elsewhere, of what it asks for first."""
        is_id = any(map(str.isdigit, part)) and not _VERSION.fullmatch(part)
        (self._given.add if is_id and not made_of(part, self.own) else self.own.add)(part)

    def _learn(self, exchange: Exchange) -> None:
        self._learned.take_request(exchange.request)
        self._learned.take_answer(exchange, self._place(exchange))

    def _place(self, exchange: Exchange) -> Place:
        path = (self._located(exchange.request.url) or "").partition("?")[0]
        meant = self._contract.operation_for(Request(method=exchange.request.method, url=self._facts.home + path))
        shape = None if meant is None else meant.shape_of(exchange.response)
        if shape not in self._places:
            self._places[shape] = Place(self._rules, shape)
        return self._places[shape]

    # Exchanges

    def _exchange(self, exchange: Exchange) -> Exchange:
        request, response = exchange.request, exchange.response
        return Exchange(
            request=Request(
                method=request.method,
                url=self._url(request.url),
                headers=self._sent_headers(request.headers),
                body=self._sent_body(request),
            ),
            response=Response(
                status=response.status,
                headers=self._answered_headers(response.headers),
                body=self._answered_body(exchange),
            ),
        )

    def _url_of(self, url: str) -> str | None:
        if self._located(url) is None:
            return None
        # Behind a base URL clients put a path that begins with a slash.
        return self._url(url) if url.endswith("/") else self._url(url).removesuffix("/")

    def _url(self, url: str) -> str:
        path, question, query = (self._located(url) or "/").partition("?")
        segments = [
            quote(self._sent("", unquote(segment)), safe="~:@!$&'()*+,;=", errors="replace")
            for segment in path.split("/")
        ]
        pairs = [(key, self._sent(key, value)) for key, value in parse_qsl(query, keep_blank_values=True)]
        return self._facts.home + "/".join(segments) + (question and question + urlencode(pairs, errors="replace"))

    def _sent(self, key: str, value: str) -> str:
        """Return what stands for a value of a request; one that the test made of an id is made of the alias."""
        kind = self._rules.kind_of(key)
        if kind is Kind.SECRET:
            return SCRUBBED
        if kind not in {None, Kind.ID, Kind.KEEP}:
            return self._aliases.of(Kind(kind), value)
        if value in self.own:
            return value
        if value in self._learned.links:
            return self._string(value, self._nowhere)
        # What is not in an id's place may only look like a part of one, as the number of a page does.
        return self._derived(value) if not key or kind is Kind.ID else self._texts.replaced(value, words=True)

    def _derived(self, value: str) -> str:
        """Return what a test makes of an alias where it makes this of the value behind it."""
        if value in self._parts or value in self.own:
            return value
        if value in self._given:
            return self._aliases.id(value)
        found = self._texts.replaced(value, words=True)
        return found if found != value else self._given.derived(value)

    def _sent_headers(self, headers: Headers) -> Headers:
        kept = {name: self._text(value) for name, value in headers.items() if name.lower() in _SENT}
        scheme, blank, _ = headers.get("Authorization", "").partition(" ")
        if scheme:
            kept["Authorization"] = f"{scheme} {SCRUBBED}" if blank and scheme.isalpha() else SCRUBBED
        return Headers(kept)

    def _sent_body(self, request: Request) -> bytes:
        pairs = form_of(request)
        if pairs is not None:
            fields = [(key, SCRUBBED if logs_in(key, pairs) else self._sent(key, value)) for key, value in pairs]
            return urlencode(fields, errors="replace").encode()
        return _rewritten(request.body, request.headers.get("Content-Type", ""), lambda it: self._sent_value(it, ""))

    def _sent_value(self, value: Any, key: str) -> Any:
        """Return what stands for a value of a JSON document that the test made itself."""
        match value:
            case Members():
                return Members((self._text(name), self._sent_value(member, name)) for name, member in value)
            case list():
                return [self._sent_value(item, key) for item in value]
            case Literal() | bool() | None:
                return value
            case str():
                return self._sent(key or "body", value)
        return self._aliases.of_number(self._rules.kind_of(key), value)

    def _answered_headers(self, headers: Headers) -> Headers:
        kept = {}
        for name, value in headers.items():
            if is_kept(name) or self._rules.kind_of(name) is Kind.KEEP:
                shown = re.sub(r'\b(realm=)(?:"[^"]*"|[^\s,"]+)', rf'\1"{SCRUBBED}"', value)
                kept[name] = self._text(_URL.sub(self._home_or_nowhere, shown))
        return Headers(kept)

    def _home_or_nowhere(self, url: re.Match[str]) -> str:
        """Return a URL of the tenant's as it is; of another host nobody knows whose it is."""
        return url[0] if self._located(url[0]) is not None else _NOWHERE

    def _answered_body(self, exchange: Exchange) -> bytes:
        place = self._place(exchange)
        return _rewritten(exchange.response.body, exchange.response.media_type, lambda it: self._value(it, place))

    # Values of a JSON document

    def _value(self, value: Any, place: Place) -> Any:
        match value:
            case Members():
                return Members([self._member(name, member, place.member(name)) for name, member in value])
            case list():
                item = place.item
                return [self._value(row, item) for row in value]
            case Literal() if self._kinds.of_number(0, place) is Kind.SECRET:
                return 0
            case Literal() | bool() | None:
                return value
            case str():
                return self._string(value, place)
        return self._number(value, place)

    def _member(self, name: str, value: Any, place: Place) -> tuple[str, Any]:
        return self._key(name, place), self._value(value, place)

    def _key(self, name: str, place: Place) -> str:
        kind = self._kinds.of_key(name, place)
        if kind is not None:
            return self._alias(kind, name)
        return name if place.is_declared or place.is_told else self._text(name)

    def _number(self, value: int, place: Place) -> int:
        kind = self._kinds.of_number(value, place)
        if kind is None and not place.is_declared and str(value) in self._given:
            kind = Kind.ID
        return self._aliases.of_number(kind, value)

    def _string(self, text: str, place: Place) -> str:
        kind = self._kinds.of_text(text, place)
        return self._text(text) if kind in {None, Kind.KEEP} else self._alias(Kind(kind), text)

    def _alias(self, kind: Kind, text: str) -> str:
        if kind is Kind.TEXT:
            return self._text(text, is_known=False)
        if kind in {Kind.NAME, Kind.EMAIL, Kind.PHONE} and self._kinds.by_form(text) is None and self._has_forms(text):
            # "Jane Roe <jane@corp.com>"
            return self._text(text, is_known=False)
        return self._aliases.of(kind, text)

    def _has_forms(self, text: str) -> bool:
        return any(pattern.search(text) for _, pattern in self._rules.forms)

    def _text(self, text: str, *, is_known: bool = True) -> str:
        """Return a text with what stands for all that must not; where nobody knows it, for its other words as well."""
        key = text, is_known
        if key not in self._cleaned:
            self._cleaned[key] = self._new_text(text, is_known=is_known)
        return self._cleaned[key]

    def _new_text(self, text: str, *, is_known: bool) -> str:
        if is_harmless(text) and (is_known or not text.strip()):
            return text
        document = document_in(text)
        if document is not None:
            return line_of(self._value(document, self._nowhere))
        return self._texts.replaced(text, rest=None if is_known else self._aliases.text)


def _rewritten(body: bytes, media_type: str, scrubbed: Callable[[Any], Any]) -> bytes:
    if not body:
        return b""
    # A mark of the byte order is kept: to a contract it is a fault.
    mark = BOM_UTF8 if body.startswith(BOM_UTF8) else b""
    try:
        return mark + text_of(scrubbed(parse(body.removeprefix(mark).decode()))).encode()
    except (ValueError, RecursionError):
        # What cannot be read cannot be scrubbed.
        kind = media_type.partition(";")[0].strip()
        named = kind if re.fullmatch(r"[a-z]{1,20}/[a-z0-9.+-]{1,30}", kind) else "no media type"
        return f"({SCRUBBED}: {len(body)} bytes of {named})".encode()
