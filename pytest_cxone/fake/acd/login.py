"""Tokens: for an access key, for an OAuth grant, and for a refresh token; and what a token is good for."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import unquote_plus

from pytest_cxone.fake.access import REFRESH_LIFETIME, OAuthClient
from pytest_cxone.fake.acd.asking import Ask, as_json
from pytest_cxone.fake.acd.tokens import API_USER, grant
from pytest_cxone.fake.records import USUAL_TEAM
from pytest_cxone.fake.routing import Answered
from pytest_cxone.model import Headers, Response

__all__ = ["issue_token", "issue_token_by_access_key", "refresh_token", "who_am_i"]

_HEADERS: Final = Headers({"Content-Type": "application/json", "Cache-Control": "no-store", "Pragma": "no-cache"})
_ISSUED: Final = {"issued_token_type": "urn:ietf:params:oauth:token-type:access_token"}


def _told(body: Mapping[str, Any]) -> Response:
    return as_json(body, headers=_HEADERS)


def _refused(status: int, error: str, description: str) -> Answered:
    """Return, to be raised, an error as the authentication service words it."""
    challenge = {"WWW-Authenticate": 'Basic realm="cxone"'} if error == "invalid_client" else {}
    body = {"error": error, "errorDescription": description}
    return Answered(as_json(body, status=status, headers=Headers({**_HEADERS, **challenge})))


# With an access key alone: POST /authentication/v1/token/access-key


def issue_token_by_access_key(ask: Ask) -> Response:
    """Issue a token to the user whose access key it is; or renew one, as some clients ask for it here too."""
    body = _json(ask)
    if body.get("grant_type") == "refresh_token":
        return _told(_renewed(ask, body.get("refresh_token")))
    return _told(grant(ask.world, _owner(ask, body.get("accessKeyId"), body.get("accessKeySecret")), ask.site))


def _owner(ask: Ask, access_key_id: object, secret: object) -> OAuthClient:
    if not access_key_id or not secret:
        raise _refused(400, "invalid_request", "the access key's id and secret are required")
    client = ask.world.access.client_with_key(str(access_key_id))
    if client is None or client.access_key_secret != secret:
        raise _refused(401, "invalid_grant", "the access key is wrong or was revoked")
    return client


def _json(ask: Ask) -> Mapping[str, Any]:
    if ask.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise _refused(400, "invalid_request", "the body must be application/json")
    try:
        body = json.loads(ask.request.body)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise _refused(400, "invalid_request", "the body must be a JSON object")
    return body


# By OAuth: POST /auth/token


def issue_token(ask: Ask) -> Response:
    """Issue a token for a grant: `password`, where the user is an access key, or `refresh_token`."""
    form = _form(ask)
    match form.get("grant_type", ""):
        case "password":
            _check_client(ask, form, secret_needed=True)
            owner = _owner(ask, form.get("username"), form.get("password"))
            return _told({**grant(ask.world, owner, ask.site), **_ISSUED})
        case "refresh_token":
            _check_client(ask, form, secret_needed=False)
            return _told({**_renewed(ask, form.get("refresh_token")), **_ISSUED})
        case "":
            raise _refused(400, "invalid_request", "grant_type is missing")
    raise _refused(400, "unsupported_grant_type", "grant_type must be password or refresh_token")


def _form(ask: Ask) -> Mapping[str, str]:
    if ask.request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != (
        "application/x-www-form-urlencoded"
    ):
        raise _refused(400, "invalid_request", "the body must be application/x-www-form-urlencoded")
    form: dict[str, str] = {}
    for pair in filter(None, ask.request.body.decode("utf-8", "replace").split("&")):
        name, _, value = pair.partition("=")
        if "=" in value:
            raise _refused(400, "invalid_request", f"{unquote_plus(name)}: a = in a value must be sent as %3D")
        if unquote_plus(name) in form:
            raise _refused(400, "invalid_request", f"{unquote_plus(name)} stands more than once")
        form[unquote_plus(name)] = unquote_plus(value)
    return form


def _check_client(ask: Ask, form: Mapping[str, str], *, secret_needed: bool) -> None:
    """Check who asks, by HTTP Basic or in the form. An app without a secret may renew what a user granted it."""
    basic = _basic(ask)
    given = basic or [(form.get("client_id", ""), form.get("client_secret", ""))]
    if not given[0][0] or (secret_needed and not given[0][1]):
        raise _refused(400, "invalid_request", "the client id and secret are required, by HTTP Basic or in the form")
    for client_id, secret in given:
        client = ask.world.client(client_id)
        if client is not None and (client.client_secret == secret or not (secret or secret_needed)):
            return
    raise _refused(401, "invalid_client", "the client id or secret is wrong, or the app is not approved yet")


def _basic(ask: Ask) -> list[tuple[str, str]]:
    """Return the ways in which HTTP Basic credentials can be read: many clients leave RFC 6749's encoding out."""
    scheme, _, encoded = ask.request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return []
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return [("", "")]
    return [(client_id, secret), (unquote_plus(client_id), unquote_plus(secret))]


# What renews a token


def refresh_token(ask: Ask) -> Response:
    """Renew a token at UserHub: POST /public/user/refresh, whose answer has names of its own."""
    renewed = _renewed(ask, _json(ask).get("token"))
    return _told(
        {
            "token": renewed["access_token"],
            "refreshToken": renewed["refresh_token"],
            "tokenExpirationTimeSec": renewed["expires_in"],
            "refreshTokenExpirationTimeSec": REFRESH_LIFETIME,
        }
    )


def _renewed(ask: Ask, value: object) -> dict[str, Any]:
    if not value:
        raise _refused(400, "invalid_request", "the refresh token is missing")
    renewing = ask.world.access.refresh_token(str(value))
    if renewing is None:
        raise _refused(401, "invalid_grant", "the refresh token is unknown or has expired")
    # As the client is now: whose rights were taken away gets no more of them.
    client = ask.world.client(renewing.client.client_id) or renewing.client
    return grant(ask.world, client, ask.site)


# From a token to the older API: POST /incontactauthorizationserver/token/whoami


def who_am_i(ask: Ask) -> Response:
    """Tell whose a token is, and where the API is that takes it."""
    value = str(_json(ask).get("token") or "")
    token = ask.world.token(value)
    if token is None:
        raise _refused(401, "invalid_token", "the token is unknown or has expired")
    world = ask.world
    return _told(
        {
            "agent_id": API_USER,
            "team_id": world.teams.of(USUAL_TEAM),
            "bus_no": world.business_unit,
            "expires_in": max(0, int(token.expires_at - world.clock.now())),
            "iss": ask.site.auth,
            "sub": f"user:{world.uuid(f'users/{token.client.client_id}')}",
            "refresh_token_server_uri": f"{ask.site.auth}/InContactAuthorizationServer/Token",
            "resource_server_base_uri": f"{ask.site.api}/inContactAPI/",
        }
    )
