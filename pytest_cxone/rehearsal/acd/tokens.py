"""Upgrades of tokens: how they are asked for, what is granted, how they are renewed, and what is in them."""

# ruff: noqa: E501 - a table, a row an upgrade

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.acd.asked import grants, root, told
from pytest_cxone.rehearsal.acd.signing import opaque, signed
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NOT_FOUND,
    body,
    json_response,
    refusing,
    renamed,
    replaced,
    request,
    status,
    up,
    without,
)
from pytest_cxone.rehearsal.rights import dying_after, outliving

__all__ = ["TOKENS"]

_ISSUED: Final = "auth.token-issued"
_KEY: Final = "auth.access-key"
_CLAIMS: Final = "auth.claims"
_BAD_KEY: Final = "auth.bad-access-key"
_BAD_SECRET: Final = "auth.bad-secret"  # noqa: S105 - a behaviour's id
_BAD: Final = f"{_BAD_SECRET} {_BAD_KEY}"

_by_key: Final = root("/authentication/v1/token/access-key")
_by_grant: Final = root("/auth/token")
_user_hub: Final = root("/public/user/refresh")
_keys: Final = root("/auth/jwks")
_ANY_ACCESS: Final = ("access_token", "token")
_ANY_REFRESH: Final = ("refresh_token", "refreshToken")
_UNSUPPORTED: Final = json_response(400, {"error": "unsupported_grant_type"})
_INVALID_CLIENT: Final = json_response(401, {"error": "invalid_client"})
_INVALID_GRANT: Final = json_response(401, {"error": "invalid_grant"})


def _text(asked: Request) -> str:
    return asked.body.decode("utf-8", "replace")


def _form(asked: Request) -> dict[str, str]:
    return dict(parse_qsl(_text(asked))) if _by_grant(asked) else {}


def _grant(name: str) -> Callable[[Request], bool]:
    return lambda asked: _form(asked).get("grant_type") == name


def _by_basic(asked: Request) -> bool:
    return _by_grant(asked) and asked.headers.get("Authorization", "").lower().startswith("basic ")


def _renewing(asked: Request) -> bool:
    return _user_hub(asked) or _grant("refresh_token")(asked)


def _without_client(asked: Request) -> bool:
    return _grant("refresh_token")(asked) and not _by_basic(asked) and "client_secret" not in _form(asked)


def _encoded(asked: Request) -> Request:
    """Encode what a client has left as it is in a form."""
    pairs = [pair.partition("=") for pair in _text(asked).split("&")]
    text = "&".join(f"{name}={quote(value, safe='%+')}" for name, _, value in pairs)
    return replace(asked, body=text.encode())


def _taken(which: Callable[[Request], bool]) -> Change:
    """Grant what would be refused."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if not which(asked) or response.status != 401:
            return response
        issued = world.issue_token(world.clients[0], world.clients[0].scopes)
        as_oauth = {"access_token": issued.value, "token_type": "Bearer", "expires_in": 3_600}
        return json_response(200, {**as_oauth, "token": issued.value, "tokenExpirationTimeSec": 3_600})

    return change


def _one_at_a_time(asked: Request, forward: Forward, world: World) -> Response:
    """Let a client have one token: each new one ends those before."""
    if grants(asked):
        world.revoke_tokens()
    return forward(asked)


class _RefreshDyingEarly:
    """Refuses refresh tokens that are older than an hour."""

    def __init__(self) -> None:
        self._issued_at: dict[str, float] = {}

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        """Answer as long as the token itself lives."""
        now = world.clock.now()
        text = _text(asked) if _renewing(asked) else ""
        if any(value in text and now - then > 3_600 for value, then in self._issued_at.items()):
            return _INVALID_GRANT
        response = forward(asked)
        if grants(asked):
            self._issued_at |= {value: now for key, value in told(response).items() if key == "refresh_token"}
        return response


def _claim(edit: Callable[[dict[str, Any]], object]) -> Change:
    return signed(edit, *_ANY_ACCESS, "id_token")


TOKENS: Final = (
    # For how long
    up("token-lifetime-900", "auth.lifetime-3600", "a token is issued for 15 minutes", body(grants, replaced("expires_in", 900))),
    up("token-lifetime-string", _ISSUED, "expires_in is a string", body(grants, replaced("expires_in", str))),
    up("token-lifetime-renamed", _ISSUED, "expires_in is called expiresIn", body(grants, renamed("expires_in", "expiresIn"))),
    up("token-outlives-its-time", "auth.lifetime", "a token works for longer than it says", outliving),
    up("token-dies-early", "auth.lifetime", "a token works for a quarter of an hour only", dying_after(900)),
    up("token-one-at-a-time", "auth.lifetime", "each new token ends those before", _one_at_a_time),
    # What is granted
    up("token-renamed", _ISSUED, "access_token is called accessToken", body(grants, renamed("access_token", "accessToken"))),
    up("token-in-array-of-two", _ISSUED, "the grant is in an array with another", body(grants, lambda found: [found, found])),
    up("token-refresh-removed", _KEY, "there is no refresh_token", body(grants, without("refresh_token"))),
    up("token-id-removed", _KEY, "there is no id_token", body(grants, without("id_token"))),
    # How it is asked for
    up("access-key-moved", _KEY, "access keys are taken elsewhere: 404 where they were", refusing(_by_key, NOT_FOUND)),
    up("access-key-fields-renamed", _KEY, "accessKeyId and accessKeySecret are called id and secret", refusing(lambda asked: _by_key(asked) and b"accessKey" in asked.body, BAD_REQUEST)),
    up("password-grant-gone", "auth.password-basic auth.password-body", "the password grant is no longer supported", refusing(_grant("password"), _UNSUPPORTED)),
    up("client-basic-refused", "auth.password-basic", "the client must stand in the body", refusing(_by_basic, _INVALID_CLIENT)),
    up("client-in-body-refused", "auth.password-body", "the client must come by HTTP Basic", refusing(lambda asked: "client_secret" in _form(asked), _INVALID_CLIENT)),
    up("key-taken-bare", "auth.key-encoded", "an = in a key may stand as it is", request(_by_grant, _encoded)),
    # What is refused
    up("bad-key-400", _BAD, "wrong credentials are 400", status(grants, 400, of=401)),
    up("bad-key-200", _BAD, "wrong credentials are 200 with an error", status(grants, 200, of=401)),
    up("bad-key-taken", f"{_BAD} diagnosis.bad-credentials", "any credentials are taken", _taken(grants)),
    up("bad-key-error-renamed", _BAD, "error is called errorCode", body(grants, renamed("error", "errorCode"), of=401)),
    # How it is renewed
    up("refresh-user-hub-refused", "auth.refresh-user-hub", "UserHub refuses every refresh token", refusing(_user_hub, _INVALID_GRANT)),
    up("refresh-user-hub-oauth-names", "auth.refresh-user-hub", "UserHub names things as OAuth does",
        body(_user_hub, lambda found: {"access_token": found["token"], "token_type": "Bearer", "expires_in": found["tokenExpirationTimeSec"], "refresh_token": found["refreshToken"]})),
    up("refresh-gives-none", "auth.refresh-user-hub", "a renewed token cannot be renewed again", body(_user_hub, without("refreshToken"))),
    up("refresh-grant-gone", "auth.refresh-oauth", "the grant refresh_token is no longer supported", refusing(_grant("refresh_token"), _UNSUPPORTED)),
    up("refresh-grant-needs-secret", "auth.refresh-oauth", "the grant refresh_token needs the client's secret", refusing(_without_client, _INVALID_CLIENT)),
    up("refresh-unknown-taken", "auth.refresh-unknown", "any refresh token is taken", _taken(_renewing)),
    up("refresh-dies-early", "auth.refresh-lifetime", "a refresh token works for as long as the token only", _RefreshDyingEarly()),
    # What is in it
    up("token-opaque", _CLAIMS, "a token is no JSON web token", opaque(*_ANY_ACCESS)),
    up("claims-tenant-renamed", _CLAIMS, "the claim tenantId is called tenant_id", _claim(renamed("tenantId", "tenant_id"))),
    up("claims-cluster-removed", _CLAIMS, "the claim icClusterId is gone", _claim(without("icClusterId"))),
    up("claims-subject-bare", _CLAIMS, "the claim sub is a UUID alone", _claim(replaced("sub", lambda text: text.removeprefix("user:")))),
    up("claims-lifetime-other", _CLAIMS, "exp is another time than expires_in", _claim(replaced("exp", lambda number: number - 2_700))),
    up("claims-user-id-removed", _CLAIMS, "an id_token does not tell its user", signed(without("userId"), "id_token")),
    up("claims-refresh-for-a-day", _CLAIMS, "a refresh token says that it lives for a day", signed(replaced("exp", lambda number: number + 79_200), *_ANY_REFRESH)),
    # How it is verified
    up("key-unnamed", "auth.signature", "tokens do not tell which key they are signed with", signed(lambda _: None, *_ANY_ACCESS, is_named=False)),
    up("keys-renamed", "auth.signature", "the keys have other names than tokens tell", body(_keys, lambda found: {"keys": [{**key, "kid": f"{key['kid']}-1"} for key in found["keys"]]})),
)  # fmt: skip
