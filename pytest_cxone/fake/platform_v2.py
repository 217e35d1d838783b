"""The routes of `platform-v2`. What each answer rests on stands in `schemas/platform-v2/openapi.json`."""

import base64
import binascii
import json
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

from pytest_cxone.fake.api import Answer, Api, Arrival, Options
from pytest_cxone.fake.clock import timestamp
from pytest_cxone.fake.routing import Answered, Route, Router
from pytest_cxone.fake.world import OAuthClient, Session, Token, View, World
from pytest_cxone.model import Headers, Request, Response

__all__ = ["API", "ROUTER"]

READ_AGENT: Final = "read:agent"
READ_STATUS: Final = "read:agent:status"
DEFAULT_PAGE_SIZE: Final = 25
_MOST_DIGITS: Final = 1_000  # of a number; Python reads no more than 4,300

_JSON: Final = Headers({"Content-Type": "application/json"})
_TOKEN_HEADERS: Final = {
    "Content-Type": "application/json",
    "Cache-Control": "no-store",
    "Pragma": "no-cache",
}


def _json(body: Any, *, status: int = 200, headers: Headers = _JSON) -> Response:
    return Response(status=status, headers=headers, body=json.dumps(body, separators=(",", ":")).encode())


def _refusal(status: int, error: str, description: str, *, headers: Mapping[str, str] | None = None) -> Answered:
    body = {"error": error, "error_description": description}
    return Answered(_json(body, status=status, headers=Headers({**_JSON, **(headers or {})})))


# The token: POST /oauth/token


def _issue_token(request: Request, world: World, _: dict[str, str]) -> Response:
    form = _form(request)
    client = _authenticated_client(request, form, world)
    asked = form["scope"].split() if "scope" in form else client.scopes
    token = world.issue_token(client, asked)
    body = {
        "access_token": token.value,
        "token_type": "Bearer",
        "expires_in": world.token_lifetime,
        "scope": " ".join(sorted(token.scopes)),
    }
    return _json(body, headers=Headers(_TOKEN_HEADERS))


def _form(request: Request) -> dict[str, str]:
    media_type = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if media_type != "application/x-www-form-urlencoded":
        raise _refusal(400, "invalid_request", "the body must be application/x-www-form-urlencoded")
    pairs = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise _refusal(400, "invalid_request", "a parameter stands more than once")
    if not form.get("grant_type"):
        raise _refusal(400, "invalid_request", "grant_type is missing")
    if form["grant_type"] != "client_credentials":
        raise _refusal(400, "unsupported_grant_type", "grant_type must be client_credentials")
    return form


def _authenticated_client(request: Request, form: dict[str, str], world: World) -> OAuthClient:
    client_id, client_secret = _basic_credentials(request) or (
        form.get("client_id", ""),
        form.get("client_secret", ""),
    )
    if not client_id or not client_secret:
        raise _refusal(400, "invalid_request", "client_id and client_secret are required")
    client = world.client(client_id)
    if client is None or client.client_secret != client_secret:
        challenge = {"WWW-Authenticate": 'Basic realm="cxone"'}
        raise _refusal(401, "invalid_client", "the client id or secret is wrong", headers=challenge)
    return client


def _basic_credentials(request: Request) -> tuple[str, str] | None:
    """Read HTTP Basic credentials, which a token endpoint must take too (RFC 6749, 2.3.1)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


# The states: GET /api/v2/agents/states


def _list_agent_states(request: Request, world: World, _: dict[str, str]) -> Response:
    token = _authorised(request, world)
    view = View(cannot_see=token.client.cannot_see, restricted=READ_STATUS in token.scopes)
    query = _query(request)
    page = _positive(query, "page", 1)
    size = min(_positive(query, "pageSize", DEFAULT_PAGE_SIZE), world.page_cap)
    first = (page - 1) * size
    if "agentId" in query:
        if not query["agentId"]:
            raise _refusal(400, "invalid_request", "agentId is empty")
        session = world.online_agent(view, query["agentId"])
        rows = [session] if session is not None and first == 0 else []
    else:
        rows = list(world.online(view)[first : first + size])
    return _json([_row(session) for session in rows])


def _row(session: Session) -> dict[str, Any]:
    return {
        "agentId": session.agent_id,
        "state": {"name": session.state},
        "stateGroup": {"name": session.group},
        "lastUpdated": timestamp(session.since),
        "team": {"name": session.team},
    }


def _query(request: Request) -> dict[str, str]:
    pairs = request.query
    query = dict(pairs)
    if len(query) != len(pairs):
        raise _refusal(400, "invalid_request", "a parameter stands more than once")
    return query


def _positive(query: dict[str, str], name: str, default: int) -> int:
    text = query.get(name)
    if text is None:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS and int(text) > 0):
        raise _refusal(400, "invalid_request", f"{name} must be a positive integer")
    return int(text)


# The profile: GET /api/v2/agents/{agentId}


def _get_agent(request: Request, world: World, parameters: dict[str, str]) -> Response:
    _authorised(request, world)
    agent = world.agent(parameters["agentId"])
    if agent is None:
        raise _refusal(404, "not_found", "no agent has this id")
    body = {
        "agentId": agent.agent_id,
        "name": agent.name,
        "email": agent.email,
        "team": {"name": agent.team},
    }
    return _json(body)


def _authorised(request: Request, world: World) -> Token:
    """Check the bearer token, then its scope (RFC 6750, 3)."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value:
        challenge = {"WWW-Authenticate": 'Bearer realm="cxone"'}
        raise _refusal(401, "unauthorized", "a bearer token is required", headers=challenge)
    token = world.token(value.strip())
    if token is None:
        challenge = {"WWW-Authenticate": 'Bearer realm="cxone", error="invalid_token"'}
        raise _refusal(401, "invalid_token", "the token is unknown or has expired", headers=challenge)
    if READ_AGENT not in token.scopes:
        challenge = {"WWW-Authenticate": f'Bearer realm="cxone", error="insufficient_scope", scope="{READ_AGENT}"'}
        raise _refusal(403, "insufficient_scope", f"the token lacks {READ_AGENT}", headers=challenge)
    return token


Handler = Callable[[Request, World, dict[str, str]], Response]

ROUTER: Final[Router[Handler]] = Router(
    [
        Route("POST", "/oauth/token", _issue_token),
        Route("GET", "/api/v2/agents/states", _list_agent_states),
        Route("GET", "/api/v2/agents/{agentId}", _get_agent),
    ]
)


def _answering(_: Options) -> Answer:
    def answer(request: Request, world: World, _: str) -> Response:
        try:
            route, parameters = ROUTER.find(request.method, request.target.path)
            return route.handler(request, world, parameters)
        except Answered as early:
            return early.response

    return answer


def _variables(at: Arrival, client: OAuthClient) -> Mapping[str, str]:
    return {
        "CXONE_BASE_URL": at.url,
        "CXONE_AUTH_URL": f"{at.url}/oauth/token",
        "CXONE_ADMIN_URL": at.admin_url,
        "CXONE_REGION": at.region,
        "CXONE_CLIENT_ID": client.client_id,
        "CXONE_CLIENT_SECRET": client.client_secret,
    }


API: Final = Api(
    name="platform-v2",
    regions=("us", "eu"),
    token_lifetime=900,
    page_cap=100,
    answering=_answering,
    versions=lambda _: ("v2",),
    spares=lambda path: path.endswith("/token"),
    variables=_variables,
)
