"""Faults: what a tenant does on a bad day, as values, and the deliveries they turn answers into."""

from dataclasses import dataclass
from enum import StrEnum
from math import inf
from types import UnionType
from typing import Final, Literal, get_args

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Headers, Response

__all__ = ["KINDS", "Cut", "Delivery", "Fault", "FaultKind"]

FaultKind = Literal["rate_limit", "outage", "latency", "token_revoked", "malformed", "truncated", "disconnect"]

KINDS: Final[tuple[str, ...]] = get_args(FaultKind)


class Cut(StrEnum):
    """How much of a response reaches the other side before the connection closes."""

    NOTHING_SENT = "nothing sent"
    MID_BODY = "mid body"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """A response and how it travels: after `delay` seconds, whole unless `cut`."""

    response: Response
    delay: float = 0.0
    cut: Cut | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault. It strikes `times` requests after letting `after` of them by.

    Without `times` it goes on, save that a token is revoked once.

    `on` limits it to requests whose path contains the text; unless given, a fault leaves those for tokens alone.
    `retry_after` (seconds; None sends no header) belongs to rate_limit, `status` to outage,
    `seconds` to latency.
    """

    kind: FaultKind
    times: int | None = None
    after: int = 0
    on: str | None = None
    retry_after: int | None = None
    status: int = 503
    seconds: float = 5.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigurationError(f"a fault's kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        if self.times is not None:
            _check("times must be a number of requests, 1 or more", self.times, least=1)
        if self.retry_after is not None:
            _check("retry_after must be whole seconds, 0 or more", self.retry_after)
        _check("after must be a number of requests, 0 or more", self.after)
        _check("an outage's status must be 500 to 599", self.status, least=500, most=599)
        _check("seconds must be 0 or more", self.seconds, kind=int | float)
        part: object = self.on
        if part is not None and not (isinstance(part, str) and part):
            raise ConfigurationError(f"on must be a part of the path of a request, not {part!r}")

    def concerns(self, path: str, *, spared: bool) -> bool:
        """Tell whether a request for this path can meet the fault; a `spared` one only where it is named."""
        return self.on in path if self.on is not None else not spared

    def strikes(self, seen: int) -> bool:
        """Tell whether it strikes the next request, `seen` having met it before."""
        return self.struck(seen + 1) > self.struck(seen)

    def struck(self, seen: int) -> int:
        """Return how often it has struck once so many requests have met it."""
        times = 1 if self.times is None and self.kind == "token_revoked" else self.times
        met = max(0, seen - self.after)
        return met if times is None else min(met, times)

    @property
    def hides(self) -> bool:
        """Whether it leaves nothing to be read of the answer that it strikes."""
        return self.kind in {"malformed", "truncated", "disconnect"}

    def refused(self, answer: Response) -> Response:
        """Return what the tenant says under this fault: a refusal, where it is one of those that refuse."""
        match self.kind:
            case "rate_limit":
                return _refusal(429, "rate_limited", self.retry_after)
            case "outage":
                return _refusal(self.status, "unavailable")
            case _:
                return answer

    def deliver(self, answer: Response) -> Delivery:
        """Turn what the tenant says into what is delivered under this fault."""
        match self.kind:
            case "latency":
                return Delivery(response=answer, delay=self.seconds)
            case "malformed":
                page = b"<html><body>Service under maintenance</body></html>"
                headers = Headers({"Content-Type": "text/html"})
                return Delivery(response=Response(status=answer.status, headers=headers, body=page))
            case "truncated":
                return Delivery(response=answer, cut=Cut.MID_BODY)
            case "disconnect":
                return Delivery(response=answer, cut=Cut.NOTHING_SENT)
            case "rate_limit" | "outage" | "token_revoked":
                return Delivery(response=answer)


def _check(rule: str, value: object, *, kind: type | UnionType = int, least: float = 0, most: float = inf) -> None:
    number = isinstance(value, kind) and not isinstance(value, bool)
    if not number or not least <= value <= most:  # type: ignore[operator]
        raise ConfigurationError(f"{rule}, not {value!r}")


def _refusal(status: int, error: str, retry_after: int | None = None) -> Response:
    headers = {"Content-Type": "application/json"}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return Response(status=status, headers=Headers(headers), body=b'{"error":"%s"}' % error.encode())
