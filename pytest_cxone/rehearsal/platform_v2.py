"""The catalogue of simulated upgrades of `platform-v2`."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import unquote, urlencode, urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import AgentRecord, Token, World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.changes import (
    Upgrade,
    answer,
    bearer,
    body,
    headers,
    json_response,
    renamed,
    replaced,
    request,
    rows,
    status,
    without,
)

__all__ = ["UPGRADES"]

_STATES: Final = "/api/v2/agents/states"
_AGENTS: Final = "/api/v2/agents/"


# Which requests


def token(asked: Request) -> bool:
    """Tell whether a token is asked for."""
    return asked.target.path == "/oauth/token"


def states(asked: Request) -> bool:
    """Tell whether states are asked for, of one agent or of all."""
    return asked.target.path == _STATES


def one(asked: Request) -> bool:
    """Tell whether one agent's state is asked for."""
    return states(asked) and "agentId" in dict(asked.query)


def listing(asked: Request) -> bool:
    """Tell whether a page of the listing is asked for."""
    return states(asked) and not one(asked)


def profile(asked: Request) -> bool:
    """Tell whether a profile is asked for."""
    return asked.target.path.startswith(_AGENTS) and not states(asked)


def api(asked: Request) -> bool:
    """Tell whether anything but a token is asked for."""
    return not token(asked)


# Changes that need more than a line


def _query(change: Callable[[dict[str, str]], dict[str, str]]) -> Callable[[Request], Request]:
    def edit(asked: Request) -> Request:
        query = urlencode(change(dict(asked.query)))
        return replace(asked, url=urlunsplit(urlsplit(asked.url)._replace(query=query)))

    return edit


def _page(query: dict[str, str]) -> int:
    text = query.get("page", "1")
    return int(text) if text.isdecimal() else 1


def _dropping(name: str) -> Callable[[Request], Request]:
    return _query(lambda query: {key: value for key, value in query.items() if key != name})


def _empty_as(response: Response) -> Callable[[Response], Response]:
    return lambda answered: response if answered.body == b"[]" else answered


def _refuse_where(which: Callable[[Request], bool], refusal: Response) -> Change:
    return lambda asked, forward, _: refusal if which(asked) else forward(asked)


def _row_of(agent: AgentRecord, state: str) -> dict[str, Any]:
    name = {"name": state}
    return {
        "agentId": agent.agent_id,
        "state": name,
        "stateGroup": name,
        "lastUpdated": _now(),
        "team": {"name": agent.team},
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _offline_listed(which: Callable[[Request], bool]) -> Change:
    """List the agents who are logged out too, as the real service is known to do."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if response.status != 200 or not which(asked):
            return response
        query = dict(asked.query)
        absent = [
            _row_of(agent, "LoggedOut")
            for agent in world.agents
            if world.session(agent.agent_id) is None and query.get("agentId", agent.agent_id) == agent.agent_id
        ]
        first_page = _page(query) == 1
        return json_response(200, json.loads(response.body) + (absent if first_page else []))

    return change


def _holding(edit: Callable[[Token, World], Token]) -> Change:
    """Change what the token of a request may, or how long, before the request is answered."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        held = bearer(asked, world)
        if held is not None:
            world.put_token(edit(held, world))
        return forward(asked)

    return change


def _granting(*scopes: str) -> Change:
    return _holding(lambda held, _: replace(held, scopes=held.scopes.union(scopes)))


def _requiring(scope: str) -> Change:
    return _holding(lambda held, _: held if scope in held.scopes else replace(held, scopes=frozenset()))


def _dying_after(seconds: float) -> Change:
    def edit(held: Token, world: World) -> Token:
        issued_at = held.expires_at - world.token_lifetime
        return replace(held, expires_at=0.0) if world.clock.now() > issued_at + seconds else held

    return _holding(edit)


_seeing_everything: Final = _holding(lambda held, _: replace(held, client=replace(held.client, cannot_see=frozenset())))
_outliving: Final = _holding(lambda held, world: replace(held, expires_at=world.clock.now() + 900))


def _any_secret(asked: Request, forward: Forward, world: World) -> Response:
    response = forward(asked)
    if not token(asked) or response.status != 401:
        return response
    issued = world.issue_token(world.clients[0], world.clients[0].scopes)
    return json_response(200, {"access_token": issued.value, "token_type": "Bearer", "expires_in": 900})


def _unauthorised_as_anybody(which: Callable[[Request], bool] = api, *, unless: str | None = None) -> Change:
    """Answer without asking for a good token; `unless` names what a request's credentials must not begin with."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        said = asked.headers.get("Authorization", "")
        if response.status != 401 or not which(asked) or (unless is not None and said.startswith(unless)):
            return response
        issued = world.issue_token(world.clients[0], world.clients[0].scopes)
        trusted = Headers({**asked.headers, "Authorization": f"Bearer {issued.value}"})
        return forward(replace(asked, headers=trusted))

    return change


class _EveryRegion:
    """Takes a token in every region, whichever issued it."""

    def __init__(self) -> None:
        self._issued: set[str] = set()

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if token(asked) and response.status == 200:
            self._issued.add(json.loads(response.body)["access_token"])
        value = asked.headers.get("Authorization", "").removeprefix("Bearer ")
        if response.status == 401 and value in self._issued and world.issued_token(value) is None:
            issued = world.issue_token(world.clients[0], world.clients[0].scopes)
            world.put_token(replace(issued, value=value))
            return forward(asked)
        return response


def _by_prefix(asked: Request, forward: Forward, _: World) -> Response:
    """Match the beginning of ids, as a search would."""
    if not one(asked):
        return forward(asked)
    wanted = dict(asked.query)["agentId"]
    response = forward(_query(lambda _: {"pageSize": "100"})(asked))
    if response.status != 200:
        return response
    return json_response(200, [row for row in json.loads(response.body) if row["agentId"].startswith(wanted)])


def _part_matches(asked: Request, forward: Forward, _: World) -> Response:
    """Match ids that contain what was asked for."""
    response = forward(asked)
    if not one(asked) or response.status != 200 or response.body != b"[]":
        return response
    wanted = dict(asked.query)["agentId"]
    everybody = json.loads(forward(_query(lambda _: {"pageSize": "100"})(asked)).body)
    return json_response(200, [row for row in everybody if row["agentId"] in wanted])


def _profile_by(matches: Callable[[AgentRecord, str], bool]) -> Change:
    """Take for an id what matches an agent in another way."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if not profile(asked) or response.status != 404:
            return response
        wanted = unquote(asked.target.path.removeprefix(_AGENTS))
        for agent in world.agents:
            if matches(agent, wanted):
                return forward(replace(asked, url=asked.url.replace(asked.target.path, _AGENTS + agent.agent_id)))
        return response

    return change


def _profile_only(of: str, refusal: Response) -> Change:
    """Refuse the profile of agents who are "offline" or "hidden"."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        session = world.session(unquote(asked.target.path.removeprefix(_AGENTS)))
        offline, hidden = session is None, session is not None and session.team == "Restricted"
        concerned = offline if of == "offline" else hidden
        return refusal if profile(asked) and response.status == 200 and concerned else response

    return change


def _shifted(by: int) -> Change:
    """Let pages begin `by` rows later (or earlier) for each page before them, so that they lose or repeat rows."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        query = dict(asked.query)
        if not listing(asked) or _page(query) == 1 or int(query.get("pageSize", "25")) < 2:
            return forward(asked)
        page = forward(asked)
        if page.status != 200:
            return page
        found = json.loads(page.body)
        if by > 0:
            return json_response(200, found[by:])
        before = forward(_query(lambda q: {**q, "page": str(_page(query) - 1)})(asked))
        return json_response(200, json.loads(before.body)[by:] + found)

    return change


def _late(seconds: float) -> Change:
    """Show a log-in, or a change of state, only so many seconds after it."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if response.status != 200 or not states(asked):
            return response
        now = world.clock.now()
        return json_response(
            200,
            [
                row
                for row in json.loads(response.body)
                if now - datetime.fromisoformat(row["lastUpdated"]).timestamp() >= seconds
            ],
        )

    return change


def _last_page_again(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    if not listing(asked) or response.body != b"[]":
        return response
    return forward(_query(lambda query: {**query, "page": "1"})(asked))


def _needs(parameter: str) -> Callable[[Request], bool]:
    return lambda asked: listing(asked) and parameter not in dict(asked.query)


def _size(asked: Request) -> int:
    text = dict(asked.query).get("pageSize", "0")
    return int(text) if text.isdecimal() else 0


def _keys(rename: Callable[[str], str]) -> Callable[[Any], Any]:
    def apply(document: Any) -> Any:
        if isinstance(document, dict):
            return {rename(key): apply(value) for key, value in document.items()}
        return document

    return apply


def _snake(key: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", key).lower()


def _swapped(row: Any) -> Any:
    return {**row, "state": row["stateGroup"], "stateGroup": row["state"]}


def _moment(form: str) -> Callable[[str], str]:
    return lambda text: datetime.fromisoformat(text).strftime(form)


def _split_name(agent: Any) -> Any:
    first, _, last = agent.pop("name").partition(" ")
    return {**agent, "firstName": first, "lastName": last}


def _first_or_nothing(found: Any) -> Any:
    return found[0] if found else None


_NOT_FOUND = json_response(404, {"error": "not_found"})
_BAD_REQUEST = json_response(400, {"error": "invalid_request"})
_NO_CONTENT = Response(status=204)


def _up(id: str, caught_by: str, summary: str, change: Change) -> Upgrade:  # noqa: A002 - a column's name
    return Upgrade(id=id, summary=summary, caught_by=tuple(caught_by.split()), change=change)


_ROW = "states.row-shape"
_LIST = "states.list-online-only"

UPGRADES: Final = (
    # Rows
    _up("row-agent-id-removed", _ROW, "rows have no agentId", rows(states, without("agentId"))),
    _up("row-agent-id-renamed", _ROW, "agentId is called id", rows(states, renamed("agentId", "id"))),
    _up("row-agent-id-integer", _ROW, "agentId is a number", rows(states, replaced("agentId", int))),
    _up("row-agent-id-nulled", _ROW, "agentId is null", rows(states, replaced("agentId", None))),
    _up("row-agent-id-prefixed", "states.online-one-row", "agentId is another kind of id",
        rows(states, replaced("agentId", lambda text: f"agt_{text}"))),
    _up("row-state-removed", _ROW, "rows have no state", rows(states, without("state"))),
    _up("row-state-renamed", _ROW, "state is called currentState", rows(states, renamed("state", "currentState"))),
    _up("row-state-flattened", _ROW, "state is its name alone", rows(states, replaced("state", lambda s: s["name"]))),
    _up("row-state-nulled", _ROW, "state is null", rows(states, replaced("state", None))),
    _up("row-state-name-removed", _ROW, "state has no name", rows(states, without("state.name"))),
    _up("row-state-name-renamed", _ROW, "state.name is called label", rows(states, renamed("state.name", "label"))),
    _up("row-state-name-nulled", _ROW, "state.name is null", rows(states, replaced("state.name", None))),
    _up("row-state-name-blank", _ROW, "state.name is blank", rows(states, replaced("state.name", " "))),
    _up("row-state-name-code", _ROW, "state.name is a number", rows(states, replaced("state.name", 1))),
    _up("row-state-name-recased", _ROW, "state names are written in capitals",
        rows(states, replaced("state.name", str.upper))),
    _up("row-state-group-removed", _ROW, "rows have no stateGroup", rows(states, without("stateGroup"))),
    _up("row-state-group-renamed", _ROW, "stateGroup is called category",
        rows(states, renamed("stateGroup", "category"))),
    _up("row-state-group-nulled", _ROW, "stateGroup is null", rows(states, replaced("stateGroup", None))),
    _up("row-state-group-name-removed", _ROW, "stateGroup has no name", rows(states, without("stateGroup.name"))),
    _up("row-state-group-list", _ROW, "stateGroup is a list", rows(states, replaced("stateGroup", lambda g: [g]))),
    _up("row-state-and-group-swapped", _ROW, "state and stateGroup change places", rows(states, _swapped)),
    _up("row-last-updated-removed", _ROW, "rows have no lastUpdated", rows(states, without("lastUpdated"))),
    _up("row-last-updated-renamed", _ROW, "lastUpdated is called lastUpdateTime",
        rows(states, renamed("lastUpdated", "lastUpdateTime"))),
    _up("row-last-updated-nulled", _ROW, "lastUpdated is null", rows(states, replaced("lastUpdated", None))),
    _up("row-last-updated-epoch", _ROW, "lastUpdated is seconds since 1970",
        rows(states, replaced("lastUpdated", lambda text: int(datetime.fromisoformat(text).timestamp())))),
    _up("row-last-updated-zoneless", _ROW, "lastUpdated has no time zone",
        rows(states, replaced("lastUpdated", lambda text: text.removesuffix("Z")))),
    _up("row-last-updated-blank-inside", _ROW, "lastUpdated has a blank for the T",
        rows(states, replaced("lastUpdated", lambda text: text.replace("T", " ")))),
    _up("row-last-updated-us-style", _ROW, "lastUpdated is written month first",
        rows(states, replaced("lastUpdated", _moment("%m/%d/%Y %I:%M:%S %p")))),
    _up("row-last-updated-date-only", _ROW, "lastUpdated is a day", rows(states, replaced("lastUpdated", _moment("%Y-%m-%d")))),
    _up("row-last-updated-year-zero", _ROW, "lastUpdated is the year 1",
        rows(states, replaced("lastUpdated", "0001-01-01T00:00:00Z"))),
    _up("row-last-updated-local", _ROW, "lastUpdated is local time that claims to be UTC",
        rows(states, replaced("lastUpdated", lambda text: f"{text[:11]}{(int(text[11:13]) + 6) % 24:02}{text[13:]}"))),
    _up("row-keys-pascal-case", _ROW, "keys are in PascalCase",
        rows(states, _keys(lambda key: key[0].upper() + key[1:]))),
    _up("row-keys-snake-case", _ROW, "keys are in snake_case", rows(states, _keys(_snake))),
    _up("row-id-only", _ROW, "rows are ids", rows(states, lambda row: row["agentId"])),
    # The listing's body
    _up("listing-enveloped", _LIST, "the array is in an object, as agentStates",
        body(states, lambda found: {"agentStates": found})),
    _up("listing-enveloped-with-total", _LIST, "the array is in an object, as data, with a total",
        body(states, lambda found: {"data": found, "total": len(found)})),
    _up("listing-keyed-by-id", _LIST, "the array is an object by agentId",
        body(states, lambda found: {row["agentId"]: row for row in found})),
    _up("listing-nested", _LIST, "the array is in an array", body(states, lambda found: [found])),
    _up("listing-empty-null", "states.offline-empty", "nothing is null", body(states, lambda found: found or None)),
    _up("listing-empty-object", "states.offline-empty", "nothing is {}", body(states, lambda found: found or {})),
    _up("listing-empty-204", "states.offline-empty", "nothing is 204", answer(states, _empty_as(_NO_CONTENT))),
    _up("listing-empty-404", "states.offline-empty", "nothing is 404", answer(states, _empty_as(_NOT_FOUND))),
    _up("listing-empty-no-body", "states.offline-empty", "nothing is 200 without a body",
        answer(states, lambda r: replace(r, body=b"") if r.body == b"[]" else r)),
    _up("listing-offline-agents", _LIST, "agents who are logged out are listed", _offline_listed(listing)),
    _up("listing-hidden-agents", "states.hidden-empty", "team restrictions are gone", _seeing_everything),
    _up("listing-last-row-lost", _LIST, "the last row is missing", body(listing, lambda found: found[:-1])),
    _up("listing-row-twice", _LIST, "the first row comes twice", body(listing, lambda found: found[:1] + found)),
    _up("listing-late", "states.latency diagnosis.latency", "a log-in shows after a minute", _late(60)),
    # One agent's state
    _up("filter-ignored", "states.online-one-row", "agentId is ignored", request(one, _dropping("agentId"))),
    _up("filter-by-prefix", "states.filter-exact", "agentId matches beginnings", _by_prefix),
    _up("filter-by-part", "states.filter-exact", "agentId matches parts", _part_matches),
    _up("filter-bare-row", "states.online-one-row", "one agent's row is not in an array", body(one, _first_or_nothing)),
    _up("filter-finds-nothing", "states.online-one-row diagnosis.online", "agentId finds nobody", body(one, lambda _: [])),
    _up("filter-row-twice", "states.online-one-row", "one agent is two rows", body(one, lambda found: found * 2)),
    _up("filter-offline-row", "states.offline-empty diagnosis.not-shown", "an agent who is logged out has a row", _offline_listed(one)),
    _up("filter-unknown-404", "states.unknown-empty", "an id without a row is 404",
        answer(one, _empty_as(_NOT_FOUND))),
    _up("filter-refused", "states.online-one-row", "agentId is refused", _refuse_where(one, _BAD_REQUEST)),
    # Pages
    _up("page-ignored", "states.pages-complete states.past-end", "page is ignored", request(listing, _dropping("page"))),
    _up("page-from-zero", "states.pages-complete", "pages are counted from 0",
        request(listing, _query(lambda query: {**query, "page": str(_page(query) + 1)} if "page" in query else query))),
    _up("page-size-ignored", "states.page-size", "pageSize is ignored", request(listing, _dropping("pageSize"))),
    _up("page-size-required", _LIST, "pageSize must be given", _refuse_where(_needs("pageSize"), _BAD_REQUEST)),
    _up("page-size-too-large-refused", "states.page-cap", "a pageSize over 100 is refused",
        _refuse_where(lambda asked: listing(asked) and _size(asked) > 100, _BAD_REQUEST)),
    _up("page-cap-lowered", "states.page-size", "a page has 10 rows at most",
        request(lambda asked: listing(asked) and _size(asked) > 10, _query(lambda query: {**query, "pageSize": "10"}))),
    _up("page-cap-50", "states.page-cap", "a page has 50 rows at most",
        request(lambda asked: listing(asked) and _size(asked) > 50, _query(lambda query: {**query, "pageSize": "50"}))),
    _up("pages-overlap", "states.pages-complete", "pages repeat a row of the one before", _shifted(-1)),
    _up("pages-lose-rows", "states.pages-complete bulk.pages", "pages lose their first row", _shifted(1)),
    _up("page-past-end-404", "states.past-end", "a page past the end is 404",
        answer(listing, _empty_as(_NOT_FOUND))),
    _up("page-past-end-repeats", "states.past-end", "a page past the end is the first one again", _last_page_again),
    # Media types, encodings, statuses
    _up("media-type-vendor", _LIST, "the media type is a vendor's",
        headers(api, lambda fields: {**fields, "Content-Type": "application/vnd.nice.v3+json"})),
    _up("media-type-text", _LIST, "the media type is text/plain",
        headers(api, lambda fields: {**fields, "Content-Type": "text/plain"})),
    _up("media-type-missing", _LIST, "there is no media type", headers(api, lambda _: {})),
    _up("body-guarded", _LIST, "a guard stands before the JSON",
        answer(api, lambda response: replace(response, body=b")]}',\n" + response.body))),
    _up("body-json-lines", _LIST, "rows are lines of JSON",
        answer(states, lambda r: replace(r, body=b"\n".join(json.dumps(row).encode() for row in json.loads(r.body))))),
    _up("body-latin-1", "profile.any-login", "bodies are in Latin-1",
        answer(api, lambda r: replace(r, body=json.dumps(json.loads(r.body), ensure_ascii=False).encode("latin-1")))),
    _up("status-202", _LIST, "the listing is 202", status(listing, 202)),
    _up("status-206", _LIST, "a page is 206", status(listing, 206)),
    _up("status-410", _LIST, "the listing is gone", _refuse_where(states, json_response(410, {"error": "gone"}))),
    _up("status-307", _LIST, "the listing has moved",
        _refuse_where(states, Response(status=307, headers=Headers({"Location": "/api/v3/agents/states"})))),
    # Tokens
    _up("token-lifetime-longer", "auth.lifetime", "a token is issued for an hour", body(token, replaced("expires_in", 3600))),
    _up("token-lifetime-shorter", "auth.lifetime", "a token is issued for 5 minutes", body(token, replaced("expires_in", 300))),
    _up("token-lifetime-string", "auth.token-issued", "expires_in is a string", body(token, replaced("expires_in", str))),
    _up("token-lifetime-milliseconds", "auth.lifetime", "expires_in is in milliseconds",
        body(token, replaced("expires_in", 900_000))),
    _up("token-lifetime-zero", "auth.token-issued", "expires_in is 0", body(token, replaced("expires_in", 0))),
    _up("token-lifetime-removed", "auth.token-issued", "there is no expires_in", body(token, without("expires_in"))),
    _up("token-lifetime-renamed", "auth.token-issued", "expires_in is called expiresIn",
        body(token, renamed("expires_in", "expiresIn"))),
    _up("token-outlives-its-time", "auth.lifetime", "a token works for longer than it says", _outliving),
    _up("token-dies-early", "auth.lifetime", "a token works for a minute only", _dying_after(60)),
    _up("token-renamed", "auth.token-issued", "access_token is called token", body(token, renamed("access_token", "token"))),
    _up("token-nulled", "auth.token-issued", "access_token is null", body(token, replaced("access_token", None))),
    _up("token-enveloped", "auth.token-issued", "the grant is in an object, as data", body(token, lambda g: {"data": g})),
    _up("token-in-array", "auth.token-issued", "the grant is in an array", body(token, lambda g: [g])),
    _up("token-type-mac", "auth.token-issued", "the token's type is another one", body(token, replaced("token_type", "MAC"))),
    _up("token-type-removed", "auth.token-issued", "there is no token_type", body(token, without("token_type"))),
    _up("token-status-201", "auth.token-issued", "a token is 201", status(token, 201)),
    _up("token-cacheable", "auth.token-issued", "the grant may be cached",
        headers(token, lambda fields: {**fields, "Cache-Control": "max-age=900"})),
    _up("token-needs-scope", "auth.token-issued", "scope must be given",
        _refuse_where(lambda asked: token(asked) and b"scope=" not in asked.body, _BAD_REQUEST)),
    _up("token-needs-json", "auth.token-issued", "the token request must be JSON",
        _refuse_where(lambda asked: token(asked) and asked.body[:1] != b"{", _BAD_REQUEST)),
    _up("bad-secret-400", "auth.bad-secret", "a wrong secret is 400", status(token, 400, of=401)),
    _up("bad-secret-403", "auth.bad-secret", "a wrong secret is 403", status(token, 403, of=401)),
    _up("bad-secret-200", "auth.bad-secret", "a wrong secret is 200 with an error", status(token, 200, of=401)),
    _up("bad-secret-taken", "auth.bad-secret diagnosis.bad-credentials", "any secret is taken", _any_secret),
    _up("bad-secret-error-renamed", "auth.bad-secret", "error is called errorCode",
        body(token, renamed("error", "errorCode"), of=401)),
    _up("bad-secret-error-recoded", "auth.bad-secret", "the error has another code",
        body(token, replaced("error", "INVALID_CLIENT"), of=401)),
    # Bearers, scopes, regions
    _up("bearer-missing-403", "auth.bearer-required", "no token is 403", status(api, 403, of=401)),
    _up("bearer-missing-400", "auth.bearer-required", "no token is 400", status(api, 400, of=401)),
    _up("bearer-missing-login-page", "auth.bearer-required", "no token leads to the login page",
        answer(api, lambda _: Response(status=302, headers=Headers({"Location": "/login"})), of=401)),
    _up("bearer-optional", "auth.bearer-required", "no token is needed",
        _unauthorised_as_anybody(unless="Bearer ")),
    _up("bearer-challenge-removed", "auth.bearer-required", "401 has no challenge",
        headers(api, lambda fields: {k: v for k, v in fields.items() if k != "WWW-Authenticate"}, of=401)),
    _up("garbage-token-taken", "auth.garbage-token", "any token is taken", _unauthorised_as_anybody()),
    _up("garbage-token-404", "auth.garbage-token", "an unknown token is 404",
        answer(api, lambda _: _NOT_FOUND, of=401)),
    _up("garbage-token-empty", "auth.garbage-token", "an unknown token sees an empty floor",
        answer(states, lambda _: json_response(200, []), of=401)),
    _up("scope-unchecked", "auth.scope-required diagnosis.missing-scope", "no scope is needed", _granting("read:agent")),
    _up("scope-missing-401", "auth.scope-required", "a missing scope is 401", status(api, 401, of=403)),
    _up("scope-missing-404", "auth.scope-required", "a missing scope is 404", answer(api, lambda _: _NOT_FOUND, of=403)),
    _up("scope-missing-empty", "auth.scope-required", "a missing scope sees an empty floor",
        answer(states, lambda _: json_response(200, []), of=403)),
    _up("scope-new-required", "auth.scope-required", "read:agent is no longer enough", _requiring("read:agent:status")),
    _up("status-scope-unchecked", "auth.status-scope-widens", "restricted states are shown to all",
        _granting("read:agent:status")),
    _up("region-tokens-shared", "auth.region", "a token works in every region", _EveryRegion()),
    # Profiles
    _up("profile-name-removed", "profile.any-login", "there is no name", body(profile, without("name"))),
    _up("profile-name-split", "profile.any-login", "name is firstName and lastName", body(profile, _split_name)),
    _up("profile-name-nulled", "profile.any-login", "name is null", body(profile, replaced("name", None))),
    _up("profile-name-object", "profile.any-login", "name is an object",
        body(profile, replaced("name", lambda text: {"display": text}))),
    _up("profile-name-reversed", "profile.any-login", "name is written last name first",
        body(profile, replaced("name", lambda text: ", ".join(reversed(text.split(" ", 1)))))),
    _up("profile-email-removed", "profile.any-login", "there is no email", body(profile, without("email"))),
    _up("profile-email-renamed", "profile.any-login", "email is called emailAddress",
        body(profile, renamed("email", "emailAddress"))),
    _up("profile-email-nulled", "profile.any-login", "email is null", body(profile, replaced("email", None))),
    _up("profile-email-masked", "profile.any-login", "email is masked",
        body(profile, replaced("email", lambda text: f"{text[0]}***@{text.partition('@')[2]}"))),
    _up("profile-email-list", "profile.any-login", "email is a list", body(profile, replaced("email", lambda text: [text]))),
    _up("profile-id-removed", "profile.any-login", "there is no agentId", body(profile, without("agentId"))),
    _up("profile-id-integer", "profile.any-login", "agentId is a number", body(profile, replaced("agentId", int))),
    _up("profile-in-array", "profile.any-login", "the profile is in an array", body(profile, lambda agent: [agent])),
    _up("profile-enveloped", "profile.any-login", "the profile is in an object, as agents",
        body(profile, lambda agent: {"agents": [agent]})),
    _up("profile-offline-404", "profile.any-login diagnosis.not-shown bulk.profiles", "agents who are logged out have no profile",
        _profile_only("offline", _NOT_FOUND)),
    _up("profile-hidden-404", "profile.any-login", "agents of other teams have no profile",
        _profile_only("hidden", _NOT_FOUND)),
    _up("profile-unknown-200", "profile.unknown diagnosis.unknown", "an unknown id is 200 and {}",
        answer(profile, lambda _: json_response(200, {}), of=404)),
    _up("profile-unknown-204", "profile.unknown", "an unknown id is 204", answer(profile, lambda _: _NO_CONTENT, of=404)),
    _up("profile-unknown-400", "profile.unknown", "an unknown id is 400", status(profile, 400, of=404)),
    _up("profile-unknown-410", "profile.unknown", "an unknown id is 410", status(profile, 410, of=404)),
    _up("profile-unknown-html", "profile.unknown", "404 is a page of HTML",
        answer(profile, lambda r: replace(r, headers=Headers({"Content-Type": "text/html"}), body=b"<h1>404</h1>"), of=404)),
    _up("profile-by-email", "profile.email-not-id diagnosis.not-an-id", "the e-mail works as an id", _profile_by(lambda agent, text: agent.email == text)),
    _up("profile-by-name", "profile.name-not-id", "the name works as an id", _profile_by(lambda agent, text: agent.name == text)),
    _up("profile-by-prefix", "profile.unknown", "the beginning of an id works as one",
        _profile_by(lambda agent, text: agent.agent_id.startswith(text))),
)  # fmt: skip
"""The named upgrades, in the order in which a rehearsal runs them."""
