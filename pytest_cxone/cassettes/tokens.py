"""Tokens in cassettes: what stands for a JSON web token, and times that are read anew when a cassette is played.

A recorded token never was one, and the moment at which it ends is counted from when it is played: a cassette that is
a year old holds no token that has expired.
"""

import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final

from pytest_cxone.cassettes.documents import Members, parse, text_of
from pytest_cxone.claims import claims_of

__all__ = ["is_jwt", "rebased", "resembles_jwt", "scrubbed_jwt", "stands_for_jwt"]

_JWT: Final = re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]*")
_HEADER: Final = {"alg": "none", "typ": "JWT"}
_TIMES: Final = ("iat", "nbf", "exp")
_MOMENTS: Final = re.compile(r"(expires?|expiry|expiration|issued)(at|on|time|date)?", re.IGNORECASE)
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:")
_TIMED: Final = re.compile(rb'eyJ|"\.?(?:expir|issued)(?!es_?in")', re.IGNORECASE)
"""What most bodies do not have, so that they need not be read."""
_FIRST_MOMENT: Final = 1_000_000_000
"""Seconds since the epoch: a smaller number is a duration."""
_LAST_MOMENT: Final = 1e15


def is_jwt(token: str) -> bool:
    """Tell whether a token is a JSON web token (RFC 7519), whose claims code may read."""
    return _JWT.fullmatch(token) is not None and claims_of(token) is not None


def resembles_jwt(token: str) -> bool:
    """Tell whether a token is a JSON web token, or was one: of header and claims, one can be read."""
    parts = token.split(".")
    return len(parts) == 3 and any(claims_of(f".{part}") is not None for part in parts[:2])


def scrubbed_jwt(token: str, name: str, ids: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Return what stands for a JSON web token: its times, counted from 0, so that each recording has the same.

    Beside them stand those of its claims that are `ids`, as aliases: code reads from a token whose tenant it is for.
    """
    claims = claims_of(token) or {}
    issued = min((claims[time] for time in _TIMES if _is_number(claims.get(time))), default=0)
    times = {time: int(claims[time] - issued) for time in _TIMES if _is_number(claims.get(time))}
    return _written({**ids, "sub": name, **times})


def stands_for_jwt(text: str) -> bool:
    """Tell whether a JSON web token is one that stands for another."""
    claims = claims_of(text) or {}
    return str(claims.get("sub", "")).startswith("scrubbed")


def rebased(body: bytes, *, now: float, shift: float) -> bytes:
    """Return the answer to a token request with its times in the present; any other body as it is.

    `now` is in seconds since the epoch, `shift` the seconds from when it was recorded until now.
    """
    if not _TIMED.search(body):
        return body
    try:
        document = parse(_JWT.sub(lambda found: _at(found[0], now), body.decode()))
    except (ValueError, RecursionError):
        return body
    if isinstance(document, Members):
        document = Members((key, _moved(key, value, shift)) for key, value in document)
    return text_of(document).encode()


def _at(token: str, now: float) -> str:
    claims = claims_of(token)
    if claims is None or not stands_for_jwt(token):
        return token
    return _written({key: int(now + value) if key in _TIMES else value for key, value in claims.items()})


def _moved(key: str, value: Any, shift: float) -> Any:
    if not _MOMENTS.fullmatch(key.strip(".").replace("_", "")):
        return value
    if _is_number(value):
        return int(value + shift) if value >= _FIRST_MOMENT else value
    if not isinstance(value, str) or not _MOMENT.match(value):
        return value
    try:
        moment = datetime.fromisoformat(value) + timedelta(seconds=int(shift))
    except (ValueError, OverflowError):
        # The end of time, say, by which "never" is written.
        return value
    return moment.isoformat().replace("+00:00", "Z")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _LAST_MOMENT


def _written(claims: Mapping[str, Any]) -> str:
    parts = (json.dumps(part, separators=(",", ":")).encode() for part in (_HEADER, claims))
    return ".".join([*(urlsafe_b64encode(part).decode().rstrip("=") for part in parts), ""]) + "scrubbed"
