"""What an answer means: the body that the contract promises, or an error that says what came instead.

Every status has its own error, so that nothing but a contract-true 200 is ever read as "not logged in".
"""

import json
import re
from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import requests
import urllib3

from pytest_cxone.dialects import Advice
from pytest_cxone.errors import (
    ApiError,
    AuthenticationFailed,
    ContractViolation,
    NetworkError,
    NetworkFailure,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    UnexpectedResponse,
)
from pytest_cxone.model import Call, Exchange, Headers, Request, Response, Secret
from pytest_cxone.schemas import Contract
from pytest_cxone.scrub import fragments, without, without_mailboxes

__all__ = ["Answer", "body_of", "error_code", "is_json", "network_error", "parsed", "quoted", "retry_after"]


class Answer(NamedTuple):
    """A contract-true answer: its status, and its JSON body, None where it came without one."""

    status: int
    body: Any


def body_of(call: Call, response: requests.Response, contract: Contract, advice: Advice, *, now: float) -> Any:
    """Return the JSON body of an answer that fits the contract, None for none, else raise what it is.

    `now` (seconds since the epoch) turns a `Retry-After` date into seconds.
    """
    __tracebackhide__ = True
    status = response.status_code
    if status != 200 and not (200 < status < 300 and str(status) in contract.operation(call.operation).answers):
        refusal = _refusal(str(call), response, advice, now)
        refusal.in_json = is_json(response)
        raise refusal
    exchange = Exchange(
        request=_asked(call),
        response=Response(status=status, headers=Headers(response.headers), body=response.content),
    )
    # A header says how to treat a body, and is nothing that is read from it.
    violations = [
        violation
        for violation in contract.violations(exchange, operation=call.operation)
        if not violation.path.startswith("header ")
    ]
    if violations:
        clean = _quoting(response)
        told = [replace(one, path=clean(one.path), got=clean(one.got), first=clean(one.first)) for one in violations]
        raise ContractViolation(str(call), told, status=status)
    return parsed(response)


def parsed(response: requests.Response) -> Any:
    """Return the JSON body of an answer, None for none; who is to see what is read of bodies stands before this."""
    # Not response.json(): it would follow a charset that JSON does not have.
    return json.loads(response.content) if response.content else None


def _asked(call: Call) -> Request:
    """Return what was asked as far as it says what the answer may be; credentials say nothing of that."""
    body = json.dumps(call.json).encode() if call.json and Secret not in map(type, call.json.values()) else b""
    return Request(method=call.method, url=call.target, body=body)


def _refusal(operation: str, response: requests.Response, advice: Advice, now: float) -> ApiError:
    status = response.status_code
    said = _said(response)
    match status:
        case 401:
            return AuthenticationFailed(
                operation,
                f"the tenant does not accept the token (401){said}; is it another tenant's, or was it revoked?",
            )
        case 403:
            scopes = _missing_scopes(response)
            need = f"; the operation needs {', '.join(scopes)}" if scopes else ""
            return PermissionDenied(
                operation,
                f"the client may not do this (403){said}{need}; {advice.grant_it.format(it=f'the {advice.right}')}",
                missing_scopes=scopes,
            )
        case 429:
            wait = retry_after(response, now)
            when = "did not say when to come back" if wait is None else f"asks to come back in {wait:g} s"
            return RateLimited(operation, f"the tenant limits the rate (429) and {when}", retry_after=wait)
        case _ if 500 <= status < 600:
            return ServiceUnavailable(operation, f"the tenant is not available ({status}){said}", status=status)
        case _:
            where = response.headers.get("Location")
            to = f" to {quoted(response, _host_of(where))}" if where else ""
            return UnexpectedResponse(
                operation, f"expected 200, got {status}{to}{said} ({_kind(response)})", status=status
            )


def _host_of(location: str) -> str:
    try:
        return urlsplit(location).hostname or location
    except ValueError:
        return location


def is_json(response: requests.Response) -> bool:
    """Tell whether an answer says that it is JSON, as all of the API's are."""
    return "json" in response.headers.get("Content-Type", "").partition(";")[0].lower()


def error_code(response: requests.Response) -> str | None:
    """Return the `error` of an error body, if it is one (RFC 6749, 5.2), as it may be quoted."""
    error = _members(response).get("error")
    return quoted(response, error) if isinstance(error, str) else None


def _members(response: requests.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


def quoted(response: requests.Response, text: str) -> str:
    """Return what the tenant said without the token or secret that it was sent, which some repeat, and mailboxes."""
    return _quoting(response)(text)


def _quoting(response: requests.Response) -> Callable[[str], str]:
    """Return `quoted` for all that is quoted from one answer."""
    request = response.request
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    secrets = fragments([token, *_password_in(scheme, token), *_secrets_in(request.body)])
    return lambda text: without_mailboxes(without(secrets, text))


def _password_in(scheme: str, credentials: str) -> list[str]:
    if scheme.lower() != "basic":
        return []
    try:
        return [b64decode(credentials).decode().partition(":")[2]]
    except ValueError:
        return []


_SECRET_FIELDS: Final = ("client_secret", "password", "refresh_token", "accessKeySecret", "token")


def _secrets_in(body: object) -> list[str]:
    """Return the credentials that a token request was sent with, in a form or in JSON."""
    text = body.decode("utf-8", "replace") if isinstance(body, bytes) else str(body or "")
    if text.startswith("{"):
        try:
            fields = json.loads(text)
        except ValueError:
            return []
        return [value for name in _SECRET_FIELDS if isinstance(value := fields.get(name), str)]
    form = parse_qs(text)
    return [value for name in _SECRET_FIELDS for value in form.get(name, [])]


_SAYING: Final = ("error", "errorDescription", "error_description", "error_Description", "message")
"""The members of error bodies that say what is wrong, in the forms that are known; the first one is taken."""


def _said(response: requests.Response) -> str:
    members = _members(response)
    texts = [*map(members.get, _SAYING), response.headers.get("icStatusDescription")]
    said = next((text for text in texts if isinstance(text, str) and text), "")
    return f": {quoted(response, said)[:80]!r}" if said else ""


def _kind(response: requests.Response) -> str:
    media_type = response.headers.get("Content-Type", "no media type").partition(";")[0]
    return f"{len(response.content)} bytes of {quoted(response, media_type)}"


_SCOPE: Final = re.compile(r"[!#-\[\]-~]+")
"""RFC 6749, 3.3."""


def _missing_scopes(response: requests.Response) -> tuple[str, ...]:
    """Read the scopes that a bearer challenge asks for (RFC 6750, 3); what no scope can be made of is left out."""
    found = re.search(r'\bscope="([^"]*)"', response.headers.get("WWW-Authenticate", ""))
    return tuple(filter(_SCOPE.fullmatch, quoted(response, found[1]).split())) if found else ()


def retry_after(response: requests.Response, now: float) -> float | None:
    """Return the seconds that a `Retry-After` asks to wait, given as seconds or as a date; None without one."""
    from email.utils import parsedate_to_datetime

    text = response.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    # A date in the form of C's asctime names no zone; it is in UTC (RFC 9110, 5.6.7).
    return max(0.0, when.replace(tzinfo=when.tzinfo or UTC).timestamp() - now)


_MEANINGS: tuple[tuple[type[BaseException], NetworkFailure, str], ...] = (
    # First, since the causes inside are those of the way to the proxy.
    (requests.exceptions.ProxyError, "proxy", "the proxy before {host} does not let the request through"),
    (requests.exceptions.SSLError, "tls", "the TLS handshake with {host} failed"),
    (requests.exceptions.Timeout, "timeout", "{host} did not answer in time"),
    (urllib3.exceptions.NameResolutionError, "dns", "the host name {host} cannot be resolved"),
    (ConnectionRefusedError, "refused", "{host} refuses connections"),
    (urllib3.exceptions.ProtocolError, "disconnected", "{host} closed the connection without a whole answer"),
    (requests.exceptions.ChunkedEncodingError, "disconnected", "{host} cut the answer off"),
    (requests.exceptions.ContentDecodingError, "disconnected", "{host} sent a body that cannot be decoded"),
)


def network_error(call: Call, url: str, error: requests.RequestException) -> NetworkError:
    """Return what kept the answer from coming, told by the causes inside the library's exception."""
    host = urlsplit(url).netloc
    inside = list(_inside(error))
    for kind, failure, text in _MEANINGS:
        if any(isinstance(cause, kind) for cause in inside):
            return NetworkError(str(call), failure, text.format(host=host))
    return NetworkError(str(call), "other", f"no answer from {host} ({type(error).__name__})")


def _inside(error: BaseException) -> list[BaseException]:
    """Return an exception with those it wraps: causes, contexts, urllib3's `reason`, and its arguments."""
    found: list[BaseException] = []
    open_ends: list[object] = [error]
    while open_ends:
        cause = open_ends.pop()
        if isinstance(cause, BaseException) and cause not in found:
            found.append(cause)
            open_ends += [cause.__cause__, cause.__context__, getattr(cause, "reason", None), *cause.args]
    return found
