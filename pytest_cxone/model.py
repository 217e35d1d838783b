"""What the product talks about, as frozen values: agents and their states, requests and their responses.

No HTTP library appears here. An exchange made with requests, httpx, a fake or a cassette is the same value.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit

__all__ = [
    "Agent",
    "AgentState",
    "Call",
    "Credentials",
    "Exchange",
    "Grant",
    "Headers",
    "Hosts",
    "Request",
    "Response",
    "Secret",
]

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


class Secret:
    """A value that must never be shown: its text is behind `reveal()`, its repr is `Secret('***')`.

    Credentials and tokens travel in this, so that no repr, traceback with locals or report can hold them.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the text. Use it inside an expression; never keep it in a local variable."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Secret('***')"


class Headers(Mapping[str, str]):
    """Header fields with case-insensitive names; each keeps the spelling it came with.

    A field that came more than once is one value, joined by a comma (RFC 9110, 5.2).
    """

    __slots__ = ("_fields",)

    def __init__(self, fields: Mapping[str, str] | Iterable[tuple[str, str]] = ()) -> None:
        self._fields: dict[str, tuple[str, str]] = {}
        for name, value in fields.items() if isinstance(fields, Mapping) else fields:
            key = name.lower()
            known = self._fields.get(key)
            self._fields[key] = (name, value) if known is None else (known[0], f"{known[1]}, {value}")

    def __getitem__(self, name: str) -> str:
        return self._fields[name.lower()][1]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._fields.values())

    def __len__(self) -> int:
        return len(self._fields)

    def __repr__(self) -> str:
        # Names only: values hold credentials.
        return f"Headers({', '.join(self)})"


_NONE: Final = Secret("")


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """What a token is asked with: an API client's id and secret, a user's access key, or both."""

    client_id: str = ""
    client_secret: Secret = _NONE
    access_key_id: str = ""
    access_key_secret: Secret = _NONE

    def lacking(self, *names: str) -> list[str]:
        """Return those of the names of which there is nothing."""
        return [name for name in names if not getattr(self, name)]


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentState:
    """One agent's current state, read from a row of the states listing.

    `since` is when the agent entered the state, with its time zone. It and `team` are None where the tenant does not
    tell them. `is_online` is False for a row that says that the agent is logged out, which some dialects have. `raw` is
    the row as it came.
    """

    agent_id: str
    state: str
    group: str
    since: datetime | None
    team: str | None = None
    is_online: bool = True
    raw: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """An agent's profile: who it is, whether or not logged in.

    `team` is None where the tenant does not tell it. `raw` is the body as it came.
    """

    agent_id: str
    name: str
    email: str
    team: str | None = None
    raw: Mapping[str, Any] = field(default_factory=lambda: _NOTHING, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """An answered token request: the token, its lifetime in seconds, its scopes (None: the tenant did not say).

    `refresh_token` gets the next one without credentials for as many seconds as `refresh_expires_in`. `tenant_id` is
    whose token it is, where it says so.
    """

    token: Secret
    expires_in: float
    scopes: tuple[str, ...] | None
    refresh_token: Secret = _NONE
    refresh_expires_in: float = 0.0
    tenant_id: str = ""


@dataclass(frozen=True, slots=True)
class Hosts:
    """Where a tenant is reached: `base_url` before every path, `auth_url` the whole URL of the token request.

    `issuer` is where the documents are that tell the other two, for a dialect that has such; what is to be found out
    from them is empty until then.
    """

    base_url: str
    auth_url: str
    issuer: str = ""

    @property
    def home(self) -> str:
        """The URL by which the tenant is called: its base URL, before that is known the issuer's."""
        return self.base_url or self.issuer

    @property
    def urls(self) -> tuple[str, ...]:
        """Those of them that are known."""
        return tuple(filter(None, (self.base_url, self.auth_url, self.issuer)))

    def path_of(self, url: str, *, token_path: str) -> str | None:
        """Return a URL's path and query as the API has them, or None where it is not at these hosts.

        A path of `base_url` (a proxy's prefix) is taken away, and `auth_url` is read as `token_path`.
        """
        there = urlsplit(url)
        query = f"?{there.query}" if there.query else ""
        if self.auth_url and _place(there) == _place(urlsplit(self.auth_url)):
            return token_path + query
        # Where there is an issuer, more stands beside the token request than that.
        for start in (self.base_url, self.issuer, self.issuer and self.auth_root(token_path)):
            path = _path_below(start, there) if start else None
            if path is not None:
                return path + query
        return None

    def auth_root(self, token_path: str) -> str:
        """Return what stands before every path at the place where tokens are issued, a proxy's prefix included."""
        if self.auth_url.endswith(token_path):
            return self.auth_url.removesuffix(token_path)
        parts = urlsplit(self.auth_url)
        return f"{parts.scheme}://{parts.netloc}" if self.auth_url else ""

    def is_api(self, url: str) -> bool:
        """Tell whether a URL is below `base_url`, where the bearer token belongs."""
        return bool(self.base_url) and _path_below(self.base_url, urlsplit(url)) is not None


def _path_below(start: str, there: SplitResult) -> str | None:
    base = urlsplit(start)
    prefix = base.path.rstrip("/")
    if _origin(there) != _origin(base) or not f"{there.path}/".startswith(f"{prefix}/"):
        return None
    return there.path.removeprefix(prefix) or "/"


_PORTS: Final[Mapping[str, int]] = MappingProxyType({"http": 80, "https": 443})


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or _PORTS.get(url.scheme)


def _place(url: SplitResult) -> tuple[object, str]:
    return _origin(url), url.path.rstrip("/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as a dialect states it: a path relative to the tenant, before any host or token.

    `operation` is the contract's name for it. A body is a `form`, sent url-encoded, or `json`; with `basic`, a name and
    a password, it is sent with HTTP Basic. Secrets are revealed at that moment only.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    form: Mapping[str, str | Secret] | None = field(default=None, repr=False)
    json: Mapping[str, Any] | None = field(default=None, repr=False)
    basic: tuple[str, Secret] | None = field(default=None, repr=False)

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def target(self) -> str:
        """The path with its query."""
        return f"{self.path}?{urlencode(self.params)}" if self.params else self.path

    @property
    def sent_form(self) -> dict[str, Any] | None:
        """The form as it is sent. Use it inside an expression; never keep it in a local variable."""
        return _revealed(self.form)

    @property
    def sent_json(self) -> dict[str, Any] | None:
        """The JSON body as it is sent, to be used in the same way."""
        return _revealed(self.json)


def _revealed(fields: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if fields is None:
        return None
    return {name: value.reveal() if isinstance(value, Secret) else value for name, value in fields.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it goes over the wire: an absolute URL, headers, and the body's bytes."""

    method: str
    url: str
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)

    @property
    def target(self) -> SplitResult:
        """The URL in its parts; the path is still percent-encoded."""
        return urlsplit(self.url)

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded, in order; one without a value is kept."""
        return parse_qsl(self.target.query, keep_blank_values=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """A response as it comes over the wire: status, headers, and the body's bytes, decompressed."""

    status: int
    headers: Headers = field(default_factory=Headers)
    body: bytes = field(default=b"", repr=False)

    @property
    def media_type(self) -> str:
        """The media type in lower case without parameters; empty where the header is missing."""
        return self.headers.get("Content-Type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request and its response; `seconds` is how long that took, where it was measured."""

    request: Request
    response: Response
    seconds: float | None = field(default=None, compare=False)
