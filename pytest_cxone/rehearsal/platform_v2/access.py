"""Upgrades of tokens: how they are issued, and what is refused without a good one."""

# ruff: noqa: E501 - a table, a row an upgrade

from dataclasses import replace
from typing import Final

from pytest_cxone.fake.engine import Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    LOGIN_PAGE,
    NOT_FOUND,
    answer,
    body,
    headers,
    json_response,
    refusing,
    renamed,
    replaced,
    request,
    status,
    up,
    without,
)
from pytest_cxone.rehearsal.platform_v2.asked import api, states, token
from pytest_cxone.rehearsal.rights import EveryRegion, anybody, dying_after, granting, outliving, requiring

__all__ = ["ACCESS"]


def _any_secret(asked: Request, forward: Forward, world: World) -> Response:
    response = forward(asked)
    if not token(asked) or response.status != 401:
        return response
    issued = world.issue_token(world.clients[0], world.clients[0].scopes)
    return json_response(200, {"access_token": issued.value, "token_type": "Bearer", "expires_in": 900})


ACCESS: Final = (
    # Tokens
    up("token-lifetime-longer", "auth.lifetime auth.lifetime-900", "a token is issued for an hour", body(token, replaced("expires_in", 3600))),
    up("token-lifetime-shorter", "auth.lifetime auth.lifetime-900", "a token is issued for 5 minutes", body(token, replaced("expires_in", 300))),
    up("token-lifetime-string", "auth.token-issued", "expires_in is a string", body(token, replaced("expires_in", str))),
    up("token-lifetime-milliseconds", "auth.lifetime auth.lifetime-900", "expires_in is in milliseconds",
        body(token, replaced("expires_in", 900_000))),
    up("token-lifetime-zero", "auth.token-issued", "expires_in is 0", body(token, replaced("expires_in", 0))),
    up("token-lifetime-removed", "auth.token-issued", "there is no expires_in", body(token, without("expires_in"))),
    up("token-lifetime-renamed", "auth.token-issued", "expires_in is called expiresIn",
        body(token, renamed("expires_in", "expiresIn"))),
    up("token-outlives-its-time", "auth.lifetime", "a token works for longer than it says", outliving),
    up("token-dies-early", "auth.lifetime", "a token works for a minute only", dying_after(60)),
    up("token-renamed", "auth.token-issued", "access_token is called token", body(token, renamed("access_token", "token"))),
    up("token-nulled", "auth.token-issued", "access_token is null", body(token, replaced("access_token", None))),
    up("token-enveloped", "auth.token-issued", "the grant is in an object, as data", body(token, lambda g: {"data": g})),
    up("token-in-array", "auth.token-issued", "the grant is in an array", body(token, lambda g: [g])),
    up("token-type-mac", "auth.token-issued", "the token's type is another one", body(token, replaced("token_type", "MAC"))),
    up("token-type-removed", "auth.token-issued", "there is no token_type", body(token, without("token_type"))),
    up("token-status-201", "auth.token-issued", "a token is 201", status(token, 201)),
    up("token-cacheable", "auth.token-issued", "the grant may be cached",
        headers(token, lambda fields: {**fields, "Cache-Control": "max-age=900"})),
    up("token-needs-scope", "auth.scope-required", "scope must be given",
        refusing(lambda asked: token(asked) and b"scope=" not in asked.body, BAD_REQUEST)),
    up("token-any-grant", "auth.other-grant", "the grant does not matter",
        request(token, lambda asked: replace(asked, body=asked.body.replace(b"=password", b"=client_credentials")))),
    up("token-needs-json", "auth.token-issued", "the token request must be JSON",
        refusing(lambda asked: token(asked) and asked.body[:1] != b"{", BAD_REQUEST)),
    up("bad-secret-400", "auth.bad-secret", "a wrong secret is 400", status(token, 400, of=401)),
    up("bad-secret-403", "auth.bad-secret", "a wrong secret is 403", status(token, 403, of=401)),
    up("bad-secret-200", "auth.bad-secret", "a wrong secret is 200 with an error", status(token, 200, of=401)),
    up("bad-secret-taken", "auth.bad-secret diagnosis.bad-credentials", "any secret is taken", _any_secret),
    up("bad-secret-error-renamed", "auth.bad-secret", "error is called errorCode",
        body(token, renamed("error", "errorCode"), of=401)),
    up("bad-secret-error-recoded", "auth.bad-secret", "the error has another code",
        body(token, replaced("error", "INVALID_CLIENT"), of=401)),
    # Bearers, scopes, regions
    up("bearer-missing-403", "auth.bearer-required", "no token is 403", status(api, 403, of=401)),
    up("bearer-missing-400", "auth.bearer-required", "no token is 400", status(api, 400, of=401)),
    up("bearer-missing-login-page", "auth.bearer-required", "no token leads to the login page",
        answer(api, lambda _: LOGIN_PAGE, of=401)),
    up("bearer-optional", "auth.bearer-required", "no token is needed",
        anybody(api, unless="Bearer ")),
    up("bearer-challenge-removed", "auth.bearer-required", "401 has no challenge",
        headers(api, lambda fields: {k: v for k, v in fields.items() if k != "WWW-Authenticate"}, of=401)),
    up("garbage-token-taken", "auth.garbage-token", "any token is taken", anybody(api)),
    up("garbage-token-404", "auth.garbage-token", "an unknown token is 404",
        answer(api, lambda _: NOT_FOUND, of=401)),
    up("garbage-token-empty", "auth.garbage-token", "an unknown token sees an empty floor",
        answer(states, lambda _: json_response(200, []), of=401)),
    up("scope-unchecked", "auth.scope-required diagnosis.missing-scope", "no scope is needed", granting("read:agent")),
    up("scope-missing-401", "auth.scope-required", "a missing scope is 401", status(api, 401, of=403)),
    up("scope-missing-404", "auth.scope-required", "a missing scope is 404", answer(api, lambda _: NOT_FOUND, of=403)),
    up("scope-missing-empty", "auth.scope-required", "a missing scope sees an empty floor",
        answer(states, lambda _: json_response(200, []), of=403)),
    up("scope-new-required", "auth.scope-required", "read:agent is no longer enough", requiring("read:agent:status")),
    up("status-scope-unchecked", "auth.status-scope-widens", "restricted states are shown to all",
        granting("read:agent:status")),
    up("region-tokens-shared", "auth.region", "a token works in every region", EveryRegion()),
)  # fmt: skip
