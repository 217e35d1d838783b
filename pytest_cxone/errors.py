"""Everything that can go wrong, one class a fact, each with fields.

    CXoneError
    ├── ConfigurationError          a setting, marker or argument is missing or wrong
    │   └── UnknownRegion
    ├── Unanswerable                a fake or a cassette has no answer
    │   ├── FakeError               the fake was asked for something it does not have
    │   │   └── UnknownRoute
    │   └── NotRecorded             no recorded request is like this one
    ├── StateNotProvided            a tenant does not show a provider state
    │   ├── FakeOnly                what a live tenant is never asked to do
    │   └── StateNotRecorded        a cassette was recorded under other states, or there is none
    ├── RequestRefused              live mode keeps a request from the tenant
    ├── CassetteUnreadable          a file is no cassette, or a damaged one
    ├── CassetteRefused             a recording that must not be written as it is
    └── ApiError                    an operation of the tenant's API did not give its answer
        ├── NetworkError            no answer came: DNS, refused, timeout, TLS, disconnected, proxy
        ├── AuthenticationFailed    401: wrong credentials, or a token that is not accepted
        ├── PermissionDenied        403, or a scope that is not granted: the client lacks it
        ├── AgentNotFound           404 of a profile: no agent has this id
        ├── RateLimited             429
        ├── ServiceUnavailable      5xx
        └── UnexpectedResponse      any other answer: a redirect, not JSON, an unknown status
            ├── ContractViolation   an answer that breaks the contract
            └── ListingNotAdvancing a page that brings nothing new

None of the `ApiError`s ever means that an agent is logged out. That is a value, not an error.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

__all__ = [
    "AgentNotFound",
    "ApiError",
    "AuthenticationFailed",
    "CXoneError",
    "CassetteRefused",
    "CassetteUnreadable",
    "ConfigurationError",
    "ContractViolation",
    "FakeError",
    "FakeOnly",
    "ListingNotAdvancing",
    "NetworkError",
    "NetworkFailure",
    "NotRecorded",
    "PermissionDenied",
    "RateLimited",
    "RequestRefused",
    "ServiceUnavailable",
    "StateNotProvided",
    "StateNotRecorded",
    "Unanswerable",
    "UnexpectedResponse",
    "UnknownRegion",
    "UnknownRoute",
    "Violation",
]

NetworkFailure = Literal["dns", "refused", "timeout", "tls", "disconnected", "proxy", "other"]


class CXoneError(Exception):
    """The base of all of them."""


class ConfigurationError(CXoneError):
    """A setting, marker or argument is missing or wrong; the text names it and what is allowed."""


class UnknownRegion(ConfigurationError):
    """A region that the dialect does not have. Fields: `region`, `allowed`."""

    def __init__(self, region: str, allowed: Iterable[str]) -> None:
        self.region = region
        self.allowed = tuple(allowed)
        super().__init__(
            f"region {region!r} is not one of {', '.join(map(repr, self.allowed))}; "
            "set CXONE_REGION (or --cxone-region) to one of them, or CXONE_BASE_URL to the tenant's own host"
        )


class Unanswerable(CXoneError):
    """A request that a fake or a cassette has no answer for. A mistake of the test, not an answer of the tenant's."""


class FakeError(Unanswerable):
    """The fake tenant was asked for something that it does not have. A mistake of the test, not an answer."""


class UnknownRoute(FakeError):
    """A request that the dialect's API does not have. Fields: `method`, `path`, `known` (routes as text)."""

    def __init__(self, method: str, path: str, known: Iterable[str]) -> None:
        self.method = method
        self.path = path
        self.known = tuple(known)
        routes = "".join(f"\n  {route}" for route in self.known)
        super().__init__(f"the fake tenant has no {method} {path}; it answers:{routes}")


_MOST_REASONS: Final = 5
_MISSES: Final = {
    "no_cassette": "there is no cassette to answer this request from",
    "already_played": "all recorded answers to this request have been given",
    "no_match": "the cassette has no such request, but one that is close",
    "nothing_similar": "the cassette has nothing like this request",
}


class NotRecorded(Unanswerable):
    """A cassette has no answer, or none left. Nothing that is secret stands in it.

    Fields: `method`, `url`, `reason`, `where` (the cassette), `closest` (the closest recorded request as text, "" where
    there is none), `differences` (what the request has otherwise, in words), `remedy` (what would fix it).
    """

    def __init__(
        self,
        method: str,
        url: str,
        reason: Literal["no_cassette", "already_played", "no_match", "nothing_similar"],
        *,
        where: str,
        remedy: str,
        closest: str = "",
        differences: Iterable[str] = (),
    ) -> None:
        self.method = method
        self.url = url
        self.reason = reason
        self.where = where
        self.closest = closest
        self.differences = tuple(differences)
        self.remedy = remedy
        lines = [_MISSES[reason], "", f"  request:  {method} {url}", f"  cassette: {where}"]
        if closest:
            lines.append(f"  closest:  {closest}")
        lines += [f"    {difference}" for difference in self.differences]
        super().__init__("\n".join([*lines, "", f"How to fix: {remedy}"]))


class StateNotProvided(CXoneError):
    """A tenant cannot bring about, or does not show, a provider state.

    Fields: `state` (what was wanted), `reason` (what is known), `remedy` (what would let it run).
    """

    def __init__(self, state: object, reason: str, remedy: str = "") -> None:
        self.state = state
        self.reason = reason
        self.remedy = remedy
        super().__init__(f"{state}: {reason}" + (f"; {remedy}" if remedy else ""))


class FakeOnly(StateNotProvided):
    """A test asks to change the tenant or its time, which is done to a fake only."""

    def __init__(
        self, what: str, reason: str = "live mode never does that", remedy: str = "--cxone=fake runs this"
    ) -> None:
        super().__init__(what, reason, remedy)


class StateNotRecorded(StateNotProvided):
    """A test that is replayed needs a state that its cassette was not recorded under, or it has no cassette."""


class RequestRefused(CXoneError):
    """Live mode keeps a request from the tenant: not a read, or over the budget. Fields: `method`, `url`."""

    def __init__(self, method: str, url: str, why: str) -> None:
        self.method = method
        self.url = url
        super().__init__(f"{method} {url} was not sent to the tenant: {why}")


class CassetteUnreadable(CXoneError):
    """A file is no cassette, or a damaged one. Fields: `path`, `line` (None where it is not one line)."""

    def __init__(self, path: Path, problem: str, *, line: int | None = None) -> None:
        self.path = path
        self.line = line
        where = f"{path}" if line is None else f"{path}, line {line}"
        super().__init__(f"{where}: {problem}; record the cassette again, or restore it from version control")


class CassetteRefused(CXoneError):
    """A recording was not written: it tells what it must not, or does not go with the one that is there.

    Fields: `path`, `reasons` (where a value stands and what kind it is, never the value).
    """

    def __init__(self, path: Path, reasons: Iterable[str], remedy: str) -> None:
        self.path = path
        self.reasons = tuple(reasons)
        told = self.reasons[:_MOST_REASONS]
        more = f", and {len(self.reasons) - len(told)} more" if len(self.reasons) > len(told) else ""
        super().__init__(f"{path} was not written: {'; '.join(told)}{more}; {remedy}")


class ApiError(CXoneError):
    """An operation did not give its answer.

    Fields: `operation` ("GET /api/v2/agents/states"), `message`, `status` (None where no answer came), `in_json`
    (whether the answer had the form of the API's: what stands before it, as a firewall, refuses with a page).
    """

    in_json = True

    def __init__(self, operation: str, message: str, *, status: int | None = None) -> None:
        self.operation = operation
        self.message = message
        self.status = status
        super().__init__(f"{operation}: {message}")


class NetworkError(ApiError):
    """No answer came. `failure` is "dns", "refused", "timeout", "tls", "disconnected", "proxy" or "other"."""

    def __init__(self, operation: str, failure: NetworkFailure, message: str) -> None:
        self.failure = failure
        super().__init__(operation, message)


class AuthenticationFailed(ApiError):
    """401. `credentials` is True where the token request itself was refused (400 too): the id or secret is wrong."""

    def __init__(self, operation: str, message: str, *, credentials: bool = False, status: int = 401) -> None:
        self.credentials = credentials
        super().__init__(operation, message, status=status)


class PermissionDenied(ApiError):
    """403, or a token request that is refused for its scopes (400).

    `missing_scopes` names what the tenant said is missing, or was asked for; empty where it did not say.
    """

    def __init__(self, operation: str, message: str, *, missing_scopes: Iterable[str] = (), status: int = 403) -> None:
        self.missing_scopes = tuple(missing_scopes)
        super().__init__(operation, message, status=status)


class AgentNotFound(ApiError):
    """404 of a profile, or what else the dialect says so with: no agent has this id. Fields: `agent_id`."""

    def __init__(self, operation: str, agent_id: str) -> None:
        self.agent_id = agent_id
        hint = "" if agent_id.isdigit() else "; an id is not the agent's e-mail or name"
        super().__init__(operation, f"no agent has the id {agent_id!r}{hint}", status=404)


class RateLimited(ApiError):
    """429, still after waiting as asked. `retry_after` is in seconds, None where the tenant did not say."""

    def __init__(self, operation: str, message: str, *, retry_after: float | None) -> None:
        self.retry_after = retry_after
        super().__init__(operation, message, status=429)


class ServiceUnavailable(ApiError):
    """Any 5xx. It says nothing about any agent."""


class UnexpectedResponse(ApiError):
    """An answer that the API does not have: a redirect, something other than JSON, an unknown status."""


class ListingNotAdvancing(UnexpectedResponse):
    """A page that held rows, all of them known from earlier pages. Fields: `page`."""

    def __init__(self, operation: str, page: int, *, parameter: str = "page") -> None:
        self.page = page
        super().__init__(
            operation,
            f"page {page} only repeats rows of earlier pages, so the listing would never end; "
            f"does the tenant still honour `{parameter}`?",
            status=200,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """One way in which a response breaks the contract.

    `path` is a JSON path with list indices as `[*]`, or "operation", "status", "media type", "header NAME", "body".
    `expected` and `got` are phrases; `got` never holds a personal value. `count` of `total` rows have it
    (both 1 outside lists); `first` is the path of the first one with its index.
    """

    path: str
    expected: str
    got: str
    count: int = 1
    total: int = 1
    first: str = ""

    def __str__(self) -> str:
        line = f"{self.path}: expected {self.expected}, got {self.got}"
        if self.total > 1:
            line += f" ({self.count} of {self.total} rows, first at {self.first})"
        return line


class ContractViolation(UnexpectedResponse):
    """An answer that breaks the contract. Fields: `violations`, and `operation`, `status` as in all."""

    def __init__(self, operation: str, violations: Sequence[Violation], *, status: int) -> None:
        self.violations = tuple(violations)
        lines = "".join(f"\n  {violation}" for violation in self.violations)
        super().__init__(operation, f"the answer ({status}) breaks the contract:{lines}", status=status)
