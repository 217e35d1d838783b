"""A cassette as what answers: each recorded exchange in its turn, found by what the request asks for.

Requests are the same where method, path, query and a write's body are, however they are spelled; headers never count.
What is secret is not compared, as a cassette does not have it.
"""

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qsl, quote, unquote_plus, unquote_to_bytes

from pytest_cxone.cassettes.cassette import Cassette, Interaction
from pytest_cxone.cassettes.rules import Kind, Rules, logs_in
from pytest_cxone.errors import NotRecorded
from pytest_cxone.model import Headers, Request, Response

__all__ = ["Key", "Keys", "Player"]

_MASK: Final = "***"
_WRITES: Final = {"POST", "PUT", "PATCH", "DELETE"}
_FORM: Final = "application/x-www-form-urlencoded"
_PLAIN: Final = re.compile(r"[A-Za-z0-9._~/-]*")
_PAIRS: Final = re.compile(rb"[^\s=&{}\[\]\"]+=[^\s&]*(?:&[^\s=&]+=[^\s&]*)*")
_OF_THE_WIRE: Final = {"content-length", "content-encoding", "transfer-encoding"}

Pairs = tuple[tuple[str, str], ...]


class Key(NamedTuple):
    """What a request asks for. `path` is None where it is not the tenant's.

    `body` is a form's pairs, a JSON document as canonical text, other bytes as they are, or None.
    """

    method: str
    path: str | None
    query: Pairs
    body: Pairs | str | bytes | None


class Keys:
    """Tells what requests ask for. `locate` gives a URL's path and query as the API has them, None for others' URLs."""

    def __init__(self, locate: Callable[[str], str | None], rules: Rules) -> None:
        self._locate = locate
        self._rules = rules
        self._is_secret = lru_cache(maxsize=None)(rules.is_secret)
        # By all before the query, which a listing has thousands of and a path's normal form does not depend on.
        self._paths: dict[str, str | None] = {}

    def of(self, request: Request) -> Key:
        """Return what a request asks for."""
        place, _, query = request.url.partition("#")[0].partition("?")
        if place not in self._paths:
            self._paths[place] = self._path(place)
        method = request.method.upper()
        body = self._body(request) if request.body and method in _WRITES else None
        return Key(method, self._paths[place], self._pairs(query) if query else (), body)

    def shown(self, url: str) -> str:
        """Return a URL, or its path and query, as it may be shown."""
        place, question, query = url.partition("?")
        origin, slashes, there = place.rpartition("://")
        host, slash, path = there.partition("/")
        # Credentials may stand before the host.
        place = origin + slashes + host.rpartition("@")[2] + slash + path
        return self.without_secrets(place + question + "&".join(map(self._masked_pair, query.split("&"))))

    def without_secrets(self, text: str) -> str:
        """Return a text with "***" for what is secret by its form."""
        for kind, form in self._rules.forms:
            text = form.sub(_MASK, text) if kind is Kind.SECRET else text
        return text

    def located(self, request: Request) -> str:
        """Return a request as text: its method, and what the API has of its URL."""
        return f"{request.method} {self.shown(self._locate(request.url) or request.url)}"

    def _masked_pair(self, pair: str) -> str:
        key, equals, _ = pair.partition("=")
        return f"{key}={_MASK}" if equals and self._is_secret(unquote_plus(key)) else pair

    def _path(self, place: str) -> str | None:
        located = self._locate(place)
        if located is None or _PLAIN.fullmatch(located):
            return located
        # By segment: an encoded slash is none.
        return "/".join(quote(unquote_to_bytes(segment), safe="") for segment in located.split("/"))

    def _pairs(self, text: str) -> Pairs:
        if "%" in text or "+" in text:
            pairs = parse_qsl(text, keep_blank_values=True)
        else:
            pairs = [(key, value) for key, _, value in (part.partition("=") for part in text.split("&") if part)]
        is_secret = self._is_secret
        return tuple(sorted((key, _MASK if is_secret(key) or logs_in(key, pairs) else value) for key, value in pairs))

    def _body(self, request: Request) -> Pairs | str | bytes:
        media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        # A body that came without a media type is read as what it looks like.
        if media_type == _FORM or (not media_type and _PAIRS.fullmatch(request.body)):
            return self._pairs(request.body.decode("utf-8", "replace"))
        if not media_type or media_type.endswith(("/json", "+json")):
            try:
                return json.dumps(self._masked(json.loads(request.body)), sort_keys=True)
            except (ValueError, RecursionError):
                pass
        return request.body

    def _masked(self, document: Any) -> Any:
        match document:
            case dict():
                return {k: _MASK if self._is_secret(k) else self._masked(value) for k, value in document.items()}
            case list():
                return [self._masked(value) for value in document]
        return document


class Player:
    """Answers requests from a cassette, those of one key in the order in which they were recorded.

    What was answered alike each time may be asked for again and again, and so may a token. `where` names the cassette,
    `remedy` is what to do about a request that it does not have. `played` counts answers. Threads may share it.
    """

    def __init__(
        self, cassette: Cassette, *, locate: Callable[[str], str | None], rules: Rules, where: str, remedy: str
    ) -> None:
        self.played = 0
        self._cassette = cassette
        self._keys = Keys(locate, rules)
        self._where = where
        self._remedy = remedy
        self._lines: dict[Key, list[Interaction]] = {}
        self._positions: Counter[Key] = Counter()
        self._endless: dict[Key, bool] = {}
        self._lock = threading.Lock()
        for interaction in cassette.interactions:
            self._lines.setdefault(self._keys.of(interaction.exchange.request), []).append(interaction)

    def answer(self, request: Request) -> Response:
        """Return the next answer. Raises `NotRecorded`."""
        __tracebackhide__ = True
        with self._lock:
            key = self._keys.of(request)
            line = self._lines.get(key)
            if line is None or key.path is None:
                raise self._miss(request, key)
            at = self._positions[key]
            if at >= len(line) and not self._may_repeat(key, line):
                raise self._error(request, "already_played", closest=self._keys.located(request))
            self._positions[key] = at + 1
            self.played += 1
            return _as_sent(line[min(at, len(line) - 1)].exchange.response, key.method)

    @property
    def unplayed(self) -> list[Interaction]:
        """What no request asked for. Of answers that are alike and follow one another, one stands for all."""
        with self._lock:
            left = {id(interaction) for key in self._lines for interaction in self._left_of(key)}
        return [interaction for interaction in self._cassette.interactions if id(interaction) in left]

    def _left_of(self, key: Key) -> Iterable[Interaction]:
        line, at = self._lines[key], self._positions[key]
        while 0 < at < len(line) and _are_alike(line[at - 1], line[at]):
            at += 1
        return line[at:]

    def _may_repeat(self, key: Key, line: list[Interaction]) -> bool:
        if key not in self._endless:
            self._endless[key] = _is_grant(line[-1]) or all(_are_alike(line[0], other) for other in line[1:])
        return self._endless[key]

    def _miss(self, request: Request, key: Key) -> NotRecorded:
        found = _closest(key, self._lines)
        if found is None:
            return self._error(request, "nothing_similar")
        closest = self._keys.located(self._lines[found][0].exchange.request)
        return self._error(
            request, "no_match", closest=closest, differences=map(self._keys.without_secrets, _differences(key, found))
        )

    def _error(self, request: Request, reason: Any, **details: Any) -> NotRecorded:
        url = self._keys.shown(request.url)
        return NotRecorded(request.method, url, reason, where=self._where, remedy=self._remedy, **details)


# Answers


def _as_sent(response: Response, method: str) -> Response:
    """Return a recorded answer as it goes out: its body is whole and uncompressed, whatever it was on the wire."""
    kept = [(name, value) for name, value in response.headers.items() if name.lower() not in _OF_THE_WIRE]
    body = b"" if method == "HEAD" else response.body
    # In the others, a length would be that of another answer (RFC 9110, 8.6).
    if method != "HEAD" and response.status not in {204, 304}:
        kept.append(("Content-Length", str(len(body))))
    return Response(status=response.status, headers=Headers(kept), body=body)


def _are_alike(one: Interaction, other: Interaction) -> bool:
    a, b = one.exchange.response, other.exchange.response
    return a.status == b.status and (a.body == b.body or _structure(a.body) == _structure(b.body))


def _structure(body: bytes) -> object:
    """Return JSON in a form in which `1` and `true` are not the same; anything else as it is."""
    try:
        return json.dumps(json.loads(body), sort_keys=True)
    except (ValueError, RecursionError):
        return body


def _is_grant(interaction: Interaction) -> bool:
    response = interaction.exchange.response
    if response.status >= 400 or b'"access_token"' not in response.body:
        return False
    try:
        document = json.loads(response.body)
    except ValueError:
        return False
    return isinstance(document, dict) and "access_token" in document


# Misses


def _closest(key: Key, known: Iterable[Key]) -> Key | None:
    """Return the key that is nearest: it differs in query or body, else in method, else in one segment of the path."""
    if key.path is None:
        return None
    wanted, segments = set(key.query), key.path.split("/")
    best: Key | None = None
    least = (3, 0)
    for other in known:
        if other.path == key.path:
            rank = 0 if other.method == key.method else 1
        elif other.path is not None and _is_beside(segments, other.path):
            rank = 2
        else:
            continue
        same = (other.method == key.method) + (other.body == key.body)
        apart = (rank, 2 * len(wanted.symmetric_difference(other.query)) - same)
        if apart < least:
            best, least = other, apart
    return best


def _is_beside(segments: list[str], path: str) -> bool:
    others = path.split("/")
    return len(others) == len(segments) and sum(map(str.__ne__, segments, others)) == 1


def _differences(key: Key, known: Key) -> Iterator[str]:
    """Yield in words what a request has otherwise than the recorded one."""
    if key.method != known.method:
        yield f"method is {key.method}, recorded: {known.method}"
    for part, recorded in zip((key.path or "").split("/"), (known.path or "").split("/"), strict=True):
        if part != recorded:
            yield f"path: {part!r}, recorded: {recorded!r}"
    yield from _between("query", _values(key.query), _values(known.query))
    if key.body == known.body or key.method != known.method:
        return
    one, other = _fields(key.body), _fields(known.body)
    if one is None or other is None:
        yield "body: not the recorded one"
    else:
        yield from _between("body", one, other)


def _between(place: str, one: Mapping[str, str], other: Mapping[str, str]) -> Iterator[str]:
    for name in sorted({*one, *other}):
        if name not in other:
            yield f"{place}: {name} is {one[name]}, recorded without {name}"
        elif name not in one:
            yield f"{place}: {name} is missing, recorded: {other[name]}"
        elif one[name] != other[name]:
            yield f"{place}: {name} is {one[name]}, recorded: {other[name]}"


def _values(pairs: Pairs) -> dict[str, str]:
    values: dict[str, list[str]] = {}
    for key, value in pairs:
        values.setdefault(key, []).append(value if value == _MASK else repr(value))
    return {key: " and ".join(every) for key, every in values.items()}


def _fields(body: Pairs | str | bytes | None) -> dict[str, str] | None:
    if isinstance(body, tuple):
        return _values(body)
    document = json.loads(body) if isinstance(body, str) else None
    return {k: v if v == _MASK else repr(v) for k, v in document.items()} if isinstance(document, dict) else None
