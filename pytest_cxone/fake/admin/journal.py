"""The admin API's journal: what was asked and answered, without secrets, and what the fake could not make sense of."""

import re
from typing import Any, Final
from urllib.parse import unquote_plus

from pytest_cxone.errors import Unanswerable, UnknownRoute
from pytest_cxone.fake.admin.operation import TEXT, Ask, Operation, whole
from pytest_cxone.model import Exchange, Headers

__all__ = ["OPERATIONS"]

_MASK: Final = "***"
_SECRET_HEADERS: Final = {"authorization", "proxy-authorization"}
_SECRET_NAMES: Final = {
    "access_key_secret",
    "access_token",
    "accesskeysecret",
    "client_secret",
    "id_token",
    "password",
    "refresh_token",
    "refreshtoken",
    "subject_token",
    "token",
}
"""In small letters."""

_SECRET_IN_JSON: Final = re.compile(
    rf'("(?:{"|".join(sorted(_SECRET_NAMES))})"\s*:\s*)"(?:[^"\\]|\\.)*"', re.IGNORECASE
)


def _list_exchanges(ask: Ask) -> dict[str, Any]:
    part, method = ask.query.get("path", ""), ask.query.get("method", "").upper()
    found = [
        exchange
        for exchange in ask.fake.journal
        if part in exchange.request.target.path and method in {"", exchange.request.method}
    ]
    return {"exchanges": [_shown(exchange) for exchange in found[-ask.query.get("last", len(found)) :]]}


def _shown(exchange: Exchange) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    return {
        "request": {
            "method": request.method,
            "path": request.target.path,
            "query": [[name, _MASK if name.lower() in _SECRET_NAMES else value] for name, value in request.query],
            "headers": _headers(request.headers),
            "body": _text(request.body),
        },
        "response": {
            "status": response.status,
            "headers": _headers(response.headers),
            "body": _text(response.body),
        },
    }


def _headers(headers: Headers) -> dict[str, str]:
    """Return header fields by their names in lower case, as a program in any language can look them up."""
    fields = {name.lower(): value for name, value in headers.items()}
    return {name: _MASK if name in _SECRET_HEADERS else value for name, value in fields.items()}


def _text(body: bytes) -> str:
    """Return a body as text without its secrets, whether it is a form or JSON, also where it says it is not."""
    text = body.decode("utf-8", "replace")
    fields = []
    for part in text.split("&"):
        name, equals, _ = part.partition("=")
        fields.append(f"{name}={_MASK}" if equals and unquote_plus(name).lower() in _SECRET_NAMES else part)
    return _SECRET_IN_JSON.sub(rf'\1"{_MASK}"', "&".join(fields))


def _empty_journal(ask: Ask) -> dict[str, Any]:
    removed = len(ask.fake.journal)
    ask.fake.journal.clear()
    return {"removed": removed}


def _list_mistakes(ask: Ask) -> dict[str, Any]:
    return {"mistakes": [_mistake(error) for error in ask.fake.errors]}


def _mistake(error: Unanswerable) -> dict[str, Any]:
    where = (error.method, error.path) if isinstance(error, UnknownRoute) else (None, None)
    return {"kind": type(error).__name__, "method": where[0], "path": where[1], "error": str(error)}


def _forget_mistakes(ask: Ask) -> dict[str, Any]:
    removed = len(ask.fake.errors)
    ask.fake.errors.clear()
    return {"removed": removed}


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="journal",
        does="List the last exchanges, oldest first, with *** for secrets.",
        answer=_list_exchanges,
        query={"path": TEXT, "method": TEXT, "last": whole(1)},
    ),
    Operation(method="DELETE", path="journal", does="Empty the journal.", answer=_empty_journal),
    Operation(
        method="GET",
        path="mistakes",
        does="List the requests that the fake could not make sense of.",
        answer=_list_mistakes,
    ),
    Operation(method="DELETE", path="mistakes", does="Forget them.", answer=_forget_mistakes),
)
