"""Upgrades of what is refused, to whom, and in which words."""

# ruff: noqa: E501 - a table, a row an upgrade

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.acd.asked import api
from pytest_cxone.rehearsal.changes import LOGIN_PAGE, NOT_FOUND, answer, json_response, status, up
from pytest_cxone.rehearsal.rights import EveryRegion, anybody, granting

__all__ = ["ACCESS"]

_REQUIRED: Final = "auth.bearer-required"
_GARBAGE: Final = "auth.garbage-token"
_ROLE: Final = "auth.role-required"
_BODY: Final = "errors.body"


def _lower(asked: Request) -> bool:
    return asked.headers.get("Authorization", "").startswith("bearer ")


def _by_case(asked: Request, forward: Forward, _: World) -> Response:
    """Take the scheme in one case only."""
    return json_response(401, {"error": "unauthorized"}) if _lower(asked) else forward(asked)


def _refusals(edit: Callable[[Response, dict[str, Any]], Response]) -> Change:
    """Write errors in another way."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        response = forward(asked)
        is_error = response.status >= 400 and "json" in response.media_type
        return edit(response, json.loads(response.body)) if is_error else response

    return change


def _with(names: dict[str, str]) -> Callable[[Response, dict[str, Any]], Response]:
    """Give the keys of an error other names."""

    def edit(response: Response, found: dict[str, Any]) -> Response:
        told = {names.get(key, key): value for key, value in found.items()}
        return replace(response, body=json.dumps(told).encode())

    return edit


def _problem(response: Response, found: dict[str, Any]) -> Response:
    told = {"type": "about:blank", "title": found.get("error"), "status": response.status}
    kind = Headers({**response.headers, "Content-Type": "application/problem+json"})
    return replace(response, headers=kind, body=json.dumps(told).encode())


def _page(response: Response, _: dict[str, Any]) -> Response:
    kind = Headers({"Content-Type": "text/html"})
    return replace(response, headers=kind, body=f"<h1>{response.status}</h1>".encode())


ACCESS: Final = (
    # Without a token, and with a wrong one
    up("bearer-missing-403", "auth.bearer-required auth.revoked", "no token is 403", status(api, 403, of=401)),
    up("bearer-missing-login-page", _REQUIRED, "no token leads to the login page: 302", answer(api, lambda _: LOGIN_PAGE, of=401)),
    up("bearer-optional", _REQUIRED, "no token is needed", anybody(api, unless="Bearer ")),
    up("bearer-in-one-case", "auth.scheme-case", "the scheme of a token is Bearer and not bearer", _by_case),
    up("garbage-token-taken", _GARBAGE, "any token is taken", anybody(api)),
    up("garbage-token-404", _GARBAGE, "an unknown token is 404", answer(api, lambda _: NOT_FOUND, of=401)),
    up("revoked-token-taken", "auth.region", "tokens are taken by their signature: revoked ones, and those of other regions", EveryRegion()),
    # Without permission
    up("role-unchecked", _ROLE, "every role may everything", granting("everything")),
    up("role-missing-401", "auth.role-required diagnosis.missing-permission", "a missing permission is 401", status(api, 401, of=403)),
    up("role-missing-404", _ROLE, "a missing permission is 404", answer(api, lambda _: NOT_FOUND, of=403)),
    # In which words
    up("error-renamed", _BODY, "error is called errorCode", _refusals(_with({"error": "errorCode"}))),
    up("error-description-renamed", _BODY, "errorDescription is called detail", _refusals(_with({"errorDescription": "detail"}))),
    up("error-problem", _BODY, "errors are problem+json", _refusals(_problem)),
    up("error-page", _BODY, "errors are pages of HTML", _refusals(_page)),
    up("error-422", "changes.dates adherence.dates", "a parameter that is wrong is 422", status(api, 422, of=400)),
)  # fmt: skip
