"""What is secret or personal, taken out of what a test met: before it is written, so the test still sees all of it.

What the contract declares is kept unless it is marked. What it does not declare is replaced, unless its form shows
that it is harmless: of a field that is new nobody knows what it holds.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from pytest_cxone.cassettes.documents import Literal, Members, parse, text_of
from pytest_cxone.cassettes.known import Known
from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind, Rules
from pytest_cxone.cassettes.tokens import is_jwt, scrubbed_jwt
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.schemas import Contract
from pytest_cxone.shapes import Shape

__all__ = ["SCRUBBED", "Scrubber", "TenantFacts"]

SCRUBBED: Final = "scrubbed"
"""What stands for a secret that a test sent. For one that the tenant gave, a number follows."""

_SENT: Final = {"accept", "content-type"}
_ANSWERED: Final = {
    "allow", "cache-control", "content-language", "content-type", "link", "location", "pragma", "retry-after",
    "www-authenticate",
}  # fmt: skip
_LIMITS: Final = ("ratelimit", "x-ratelimit")
_HARMLESS: Final = re.compile(
    r"\s*|[a-z]|true|false|yes|no|none|null|unknown"
    # Numbers that are too short for an id, decimals, dates, times, durations, versions.
    r"|[-+]?\d{1,4}(\.\d+)?|\d+\.\d+|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?\s?(Z|[-+]\d\d:?\d\d)?)?"
    r"|\d\d:\d\d(:\d\d(\.\d+)?)?|P(T?\d+(\.\d+)?[YMWDHS])+|v\d+(\.\d+)*",
    re.IGNORECASE,
)
_UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_LEAST_SECRET: Final = 16
_WILDCARDS: Final = "*%_.?"


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantFacts:
    """What a run knows of its tenant before any answer.

    `locate` gives a URL's path and query as the API has them; `home` is the URL that stands for the tenant's host, and
    `hosts` are texts that would tell that host. `secrets` are those of the settings. `test_ids` gives the test's id
    for a tenant's, as the user maps them; `configured` are agents' ids that the settings hold.
    """

    locate: Callable[[str], str | None]
    home: str
    hosts: Collection[str] = ()
    secrets: Collection[str] = ()
    test_ids: Mapping[str, str] = field(default_factory=dict)
    configured: Collection[str] = ()


class Scrubber:
    """Scrubs what one test met. Make a new one for each.

    `values` holds what was replaced, for the gate; `own` the ids that the test itself names, which stay.
    """

    def __init__(self, pseudonyms: Pseudonyms, contract: Contract, rules: Rules, facts: TenantFacts) -> None:
        self.values: set[tuple[Kind, str]] = {(Kind.SECRET, secret) for secret in facts.secrets if secret}
        self.values |= {(Kind.ID, host) for host in facts.hosts}
        self.own: set[str] = set(facts.test_ids.values())
        self._pseudonyms = pseudonyms
        self._contract = contract
        self._rules = rules
        self._facts = facts
        self._given: set[str] = set(facts.configured)
        self._secrets: dict[str, str] = {}
        self._known = Known(self._alias)
        self._texts: dict[str, str] = {}

    def scrub(
        self, exchanges: Sequence[Exchange], *, named: Iterable[str] = (), given: Iterable[str] = (),
        beside: Iterable[Exchange] = (),
    ) -> list[Exchange]:  # fmt: skip
        """Return the exchanges without anything that is secret or personal.

        `named` are agents' ids that the test names, `given` those that the tenant gave it. What stands in the exchanges
        `beside` is known as well, though they are not written.
        """
        for exchange in beside:
            self._learn(exchange)
        self.learn(exchanges, named=named, given=given)
        return [self._exchange(exchange) for exchange in exchanges]

    def learn(self, exchanges: Iterable[Exchange], *, named: Iterable[str] = (), given: Iterable[str] = ()) -> None:
        """Take in what exchanges hold, in the order in which they were made."""
        self.own.update(named)
        self._given.update(given)
        self._given -= self.own
        for exchange in exchanges:
            self.own.update(part for part in self._asked(exchange.request) if self._derived(part) == part)
            self._learn(exchange)
        for agent_id in tuple(self._given):
            self._keep(Kind.ID, agent_id)
        # A name or an e-mail is not the test's own, whoever said it first.
        self.own -= {value for kind, value in self.values if kind is not Kind.ID}

    def id(self, value: str) -> str:
        """Return what stands for an agent's id: the test's own, or an alias."""
        return self._alias(Kind.ID, value)

    def alias_in(self, text: str) -> str:
        """Return a text with aliases for the values that are known by now."""
        return self._known.replaced(text)

    # What is known

    def _learn(self, exchange: Exchange) -> None:
        self._learn_request(exchange.request)
        document = _document(exchange.response)
        if document is not None:
            self._learn_value(document, self._shape(exchange), "")

    def _asked(self, request: Request) -> Iterable[str]:
        """Yield what may be an id in a request: the parts of its path, and what stands under the name of an id."""
        path, _, query = (self._facts.locate(request.url) or "").partition("?")
        yield from filter(None, map(unquote, path.split("/")))
        yield from (value for key, value in parse_qsl(query) if self._rules.kind_of(key) is Kind.ID)

    def _learn_request(self, request: Request) -> None:
        sent = request.headers.get("Authorization", "")
        for credentials in (sent.rpartition(" ")[2], request.headers.get("Cookie", "")):
            # A word for a scheme, or one that a test makes up, is no secret.
            if len(credentials) >= _LEAST_SECRET:
                self._keep(Kind.SECRET, credentials)
        pairs = [*request.query, *(_form(request) or ())]
        for key, value in pairs:
            kind = self._rules.kind_of(key)
            if kind not in {None, Kind.ID, Kind.KEEP}:
                self._keep(Kind(kind), value)

    def _learn_value(self, value: Any, shape: Shape | None, key: str) -> None:
        match value:
            case Members():
                for name, member in value:
                    self._learn_value(member, shape and shape.of(name), name)
            case list():
                for item in value:
                    self._learn_value(item, shape and shape.items, key)
            case str() if value and not isinstance(value, Literal):
                kind = self._kind(value, shape, key)
                if kind not in {None, Kind.TEXT, Kind.KEEP}:
                    self._keep(Kind(kind), value)
                for form, pattern in self._rules.forms:
                    for found in pattern.finditer(value):
                        self._keep(form, found[0])
            case int() if not isinstance(value, bool):
                if self._number_kind(shape, key) is Kind.ID:
                    self._keep(Kind.ID, str(value))

    def _keep(self, kind: Kind, value: str) -> None:
        """Remember a value that must not stand in the cassette."""
        if not value.strip() or value == SCRUBBED:
            return
        if kind is Kind.ID:
            if value in self.own:
                return
            self._given.add(value)
        if kind in {Kind.TEXT, Kind.KEEP} or (kind, value) in self.values:
            return
        self.values.add((kind, value))
        if kind is not Kind.SECRET:
            self._known.add(kind, value)

    # What stands for it

    def _alias(self, kind: Kind, value: str) -> str:
        if kind is Kind.SECRET:
            return self._placeholder(value)
        if kind is Kind.ID:
            test_id = self._facts.test_ids.get(value)
            if test_id is not None or value in self.own:
                return test_id or value
        return self._pseudonyms.of(kind, value)

    def _placeholder(self, secret: str) -> str:
        if secret not in self._secrets:
            number = f"{SCRUBBED}-{len(self._secrets) + 1}"
            self._secrets[secret] = scrubbed_jwt(secret, number) if is_jwt(secret) else number
        return self._secrets[secret]

    # Exchanges

    def _shape(self, exchange: Exchange) -> Shape | None:
        path = (self._facts.locate(exchange.request.url) or "").partition("?")[0]
        meant = self._contract.operation_for(Request(method=exchange.request.method, url=self._facts.home + path))
        return None if meant is None else meant.shape_of(exchange.response)

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

    def _url(self, url: str) -> str:
        path, question, query = (self._facts.locate(url) or "/").partition("?")
        segments = [quote(self._sent("", unquote(segment)), safe="~:@!$&'()*+,;=") for segment in path.split("/")]
        pairs = [(key, self._sent(key, value)) for key, value in parse_qsl(query, keep_blank_values=True)]
        return self._facts.home + "/".join(segments) + (question and question + urlencode(pairs))

    def _sent(self, key: str, value: str) -> str:
        """Return what stands for a value of a request; one that the test made of an id is made of the alias."""
        kind = self._rules.kind_of(key)
        if kind is Kind.SECRET:
            return SCRUBBED
        if kind not in {None, Kind.ID, Kind.KEEP}:
            return self._alias(Kind(kind), value)
        if value in self.own:
            return value
        # What is not in an id's place may only look like a part of one, as the number of a page does.
        return self._derived(value) if not key or kind is Kind.ID else self._found(value)

    def _found(self, value: str) -> str:
        return self._known.replaced(self._formed(value), words=True)

    def _derived(self, value: str) -> str:
        """Return what a test makes of an alias where it makes this of the value behind it."""
        if value in self._given:
            return self._alias(Kind.ID, value)
        found = self._found(value)
        if found != value:
            return found
        for agent_id in sorted(self._given, key=len, reverse=True):
            alias = self._alias(Kind.ID, agent_id)
            if agent_id in value:
                return value.replace(agent_id, alias)
            beginning = value.rstrip(_WILDCARDS)
            if beginning and agent_id.startswith(beginning) and len(value) - len(beginning) < 2:
                return alias[: len(beginning)] + value[len(beginning) :]
        return value

    def _sent_headers(self, headers: Headers) -> Headers:
        kept = {name: value for name, value in headers.items() if name.lower() in _SENT}
        scheme, blank, _ = headers.get("Authorization", "").partition(" ")
        if scheme:
            kept["Authorization"] = f"{scheme} {SCRUBBED}" if blank else SCRUBBED
        return Headers(kept)

    def _sent_body(self, request: Request) -> bytes:
        pairs = _form(request)
        if pairs is not None:
            return urlencode([(key, self._sent(key, value)) for key, value in pairs]).encode()
        return self._body(request.body, request.headers.get("Content-Type", ""), None)

    def _answered_headers(self, headers: Headers) -> Headers:
        kept = {}
        for name, value in headers.items():
            plain = name.lower()
            if plain in _ANSWERED or plain.startswith(_LIMITS) or self._rules.added_kind(name) is Kind.KEEP:
                kept[name] = self._text(re.sub(r'\b(realm=)"[^"]*"', rf'\1"{SCRUBBED}"', value))
        return Headers(kept)

    def _answered_body(self, exchange: Exchange) -> bytes:
        response = exchange.response
        return self._body(response.body, response.media_type, self._shape(exchange))

    def _body(self, body: bytes, media_type: str, shape: Shape | None) -> bytes:
        if not body:
            return b""
        try:
            document = parse(body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            # What cannot be read cannot be scrubbed.
            return f"({SCRUBBED}: {len(body)} bytes of {media_type.partition(';')[0] or 'no media type'})".encode()
        return text_of(self._value(document, shape, "")).encode()

    # Values of a JSON document

    def _value(self, value: Any, shape: Shape | None, key: str) -> Any:
        match value:
            case Members():
                return Members(
                    (self._key(name), self._value(member, shape and shape.of(name), name)) for name, member in value
                )
            case list():
                return [self._value(item, shape and shape.items, key) for item in value]
            case Literal() | bool() | None:
                return value
            case str():
                kind = self._kind(value, shape, key)
                return self._text(value) if kind in {None, Kind.KEEP} else self._alias(Kind(kind), value)
            case _:
                return self._number(value, self._number_kind(shape, key))

    def _key(self, name: str) -> str:
        return self._known.replaced(self._formed(name)) if not name.isidentifier() else name

    def _kind(self, value: str, shape: Shape | None, key: str) -> Kind | None:
        """Return what a text is; None where it may stand, but for what is known inside it."""
        if shape is not None and shape.scrub:
            return Kind(shape.scrub)
        added = self._rules.added_kind(key)
        if shape is not None:
            return added
        told = self._rules.kind_of(key)
        if told is not None:
            return told
        if _HARMLESS.fullmatch(value):
            return None
        if _UUID.fullmatch(value) or (value.isascii() and value.isdecimal()):
            return Kind.ID
        is_mixed = any(pattern.search(value) for _, pattern in self._rules.forms) or "://" in value
        return None if is_mixed and self._is_formed(value) else Kind.TEXT

    def _is_formed(self, value: str) -> bool:
        """Tell whether a text is nothing but values that are known by their form."""
        return self._facts.locate(value) is not None or any(
            pattern.fullmatch(value) for _, pattern in self._rules.forms
        )

    def _number_kind(self, shape: Shape | None, key: str) -> Kind | None:
        if shape is not None:
            return Kind(shape.scrub) if shape.scrub else self._rules.added_kind(key)
        return self._rules.kind_of(key)

    def _number(self, value: int, kind: Kind | None) -> int:
        match kind:
            case None | Kind.KEEP:
                return value
            case Kind.SECRET:
                return 0
            case Kind.ID:
                alias = self._alias(Kind.ID, str(value))
                return int(alias) if alias.isdecimal() else self._pseudonyms.number(value)
        return self._pseudonyms.number(value)

    def _text(self, text: str) -> str:
        """Return a text with an alias for all that is known or has a form that tells."""
        if text not in self._texts:
            self._texts[text] = self._scrubbed_text(text)
        return self._texts[text]

    def _scrubbed_text(self, text: str) -> str:
        if _HARMLESS.fullmatch(text):
            return text
        if self._facts.locate(text) is not None:
            return self._url(text)
        home = urlsplit(self._facts.home).netloc
        for host in self._facts.hosts:
            text = text.replace(host, home)
        for kind, secret in self.values:
            if kind is Kind.SECRET and len(secret) >= len("abcd") and secret in text:
                text = text.replace(secret, self._placeholder(secret))
        return self._known.replaced(self._formed(text))

    def _formed(self, text: str) -> str:
        for kind, pattern in self._rules.forms:
            text = pattern.sub(lambda found, kind=kind: self._alias(kind, found[0]), text)  # type: ignore[misc]
        return text


def _document(response: Response) -> Any:
    try:
        return parse(response.body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def _form(request: Request) -> list[tuple[str, str]] | None:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        return None
    return parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
