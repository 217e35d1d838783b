"""Tokens of the published API: renewed shortly before their end, asked for anew where that fails, and never shown."""

import base64
import json
import threading
import traceback
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import parse_qs, quote_plus

import pytest
import requests

from pytest_cxone.dialects import dialect
from pytest_cxone.errors import ApiError, AuthenticationFailed, PermissionDenied, RequestRefused
from pytest_cxone.fake.asgi import FakeApp
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Grant, Secret
from pytest_cxone.tenants.guard import Guard
from pytest_cxone.tenants.live import LiveTenant
from tests.site import ACCESS_SECRET, ACD, SECRET, START, Site

TOKEN = "/auth/token"
KEY_TOKEN = "/authentication/v1/token/access-key"
REFRESH = "/public/user/refresh"
PROFILE = f"{ACD}/agents/1"
HOUR = 3_600


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture(params=["both", "key"])
def site(opened, request):
    site = Site(opened, "acd", flow=request.param)
    site.world.add_agent("1")
    return site


@pytest.fixture
def client(site):
    """A client whose token is an hour old but for two minutes: it is used still."""
    client = site.client()
    client.agent("1")
    return client


def is_with_client(site):
    return "CXONE_CLIENT_ID" in site.environ


def posts(site):
    """Return in short the token requests so far, in order."""
    return [kind_of(exchange.request) for exchange in site.fake.journal if exchange.request.method == "POST"]


def kind_of(request):
    path = request.target.path
    if path != TOKEN:
        return {KEY_TOKEN: "log-in", REFRESH: "refresh"}[path]
    return {"password": "log-in", "refresh_token": "refresh"}[parse_qs(request.body.decode())["grant_type"][0]]


def on_refresh(site, answer):
    """Let this answer each refresh from now on."""

    def edit(request, response):
        is_post = request.method == "POST" and request.target.path in {TOKEN, REFRESH}
        return answer(response) if is_post and kind_of(request) == "refresh" else response

    site.edit = edit


# When


@pytest.mark.parametrize(("seconds", "after"), [(HOUR - 61, []), (HOUR - 60, ["refresh"]), (HOUR + 60, ["refresh"])])
def test_a_token_is_refreshed_a_minute_before_its_end_and_not_earlier(site, client, seconds, after):
    site.fake.clock.advance(seconds)
    client.agent("1")
    assert posts(site) == ["log-in", *after]
    assert 401 not in site.statuses


def test_a_refreshed_token_is_refreshed_by_the_refresh_token_that_came_with_it(site, client):
    for _ in range(5):
        site.fake.clock.advance(HOUR - 30)
        client.agent("1")
    assert posts(site) == ["log-in", *["refresh"] * 5]
    assert 401 not in site.statuses


@pytest.mark.parametrize(("seconds", "after"), [(7_139, "refresh"), (7_140, "log-in"), (9_000, "log-in")])
def test_a_refresh_token_that_is_about_to_end_is_not_sent(site, client, seconds, after):
    site.fake.clock.advance(seconds)
    client.agent("1")
    assert posts(site) == ["log-in", after]


def test_a_refused_token_leads_to_a_new_log_in(site, client):
    site.world.revoke_tokens()
    client.agent("1")
    assert posts(site) == ["log-in", "log-in"]
    assert site.statuses.count(401) == 1


def test_threads_share_one_refresh(site, client):
    site.fake.clock.advance(HOUR)
    together = threading.Barrier(8)

    def look(_):
        together.wait(timeout=10)
        return client.agent("1").agent_id

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(look, range(8))) == ["1"] * 8
    assert posts(site) == ["log-in", "refresh"]


def test_a_grant_that_was_fetched_elsewhere_is_refreshed_too(site, client):
    held = client.tokens.grant(client.http, timeout=1)
    other = site.client()
    other.tokens.adopt(held, at=START)
    site.fake.clock.advance(HOUR)
    assert other.agent("1").agent_id == "1"
    assert posts(site) == ["log-in", "refresh"]


# With what


def test_a_refresh_is_sent_where_tokens_are_issued(site, client):
    site.fake.clock.advance(HOUR)
    client.agent("1")
    sent = [exchange.request for exchange in site.fake.journal if exchange.request.method == "POST"][-1]
    held = site.fake.journal[1 if is_with_client(site) else 0].response
    refresh_token = json.loads(held.body)["refresh_token"]
    if is_with_client(site):
        assert sent.url == f"{site.url}{TOKEN}"
        assert parse_qs(sent.body.decode()) == {"grant_type": ["refresh_token"], "refresh_token": [refresh_token]}
        pair = base64.b64encode(f"me:{SECRET}".encode()).decode()
        assert sent.headers["Authorization"] == f"Basic {pair}"
    else:
        assert sent.url == f"{site.url}{REFRESH}"
        assert json.loads(sent.body) == {"token": refresh_token}
        assert "Authorization" not in sent.headers


def test_a_log_in_is_sent_as_its_flow_has_it(site, client):
    sent = next(exchange.request for exchange in site.fake.journal if exchange.request.method == "POST")
    if is_with_client(site):
        assert sent.headers["Content-Type"] == "application/x-www-form-urlencoded"
        assert f"username=key{quote_plus('====')}&password={quote_plus(ACCESS_SECRET)}" in sent.body.decode()
        assert sent.headers["Authorization"].startswith("Basic ")
    else:
        assert sent.headers["Content-Type"] == "application/json"
        assert json.loads(sent.body) == {"accessKeyId": "key====", "accessKeySecret": ACCESS_SECRET}
        assert "Authorization" not in sent.headers


@pytest.fixture
def gate(site, monkeypatch):
    """The flags of a tenant that is behind a gateway, which has a prefix before every path."""
    answer = FakeApp.__call__

    async def behind_a_prefix(app, scope, receive, send):
        assert scope["raw_path"].startswith(b"/gate/")
        await answer(app, {**scope, "raw_path": scope["raw_path"].removeprefix(b"/gate")}, receive, send)

    monkeypatch.setattr(FakeApp, "__call__", behind_a_prefix)
    login = TOKEN if is_with_client(site) else KEY_TOKEN
    return {"base_url": f"{site.url}/gate", "auth_url": f"{site.url}/gate{login}"}


def test_behind_a_prefix_a_refresh_goes_there_too(site, gate):
    client = site.client(**gate)
    client.agent("1")
    site.fake.clock.advance(HOUR)
    client.agent("1")
    assert posts(site) == ["log-in", "refresh"]


GATE = "https://login.example/cxone"


def guard_behind_a_gateway(site, login):
    hosts = {"base_url": "https://gate.example/api", "issuer": "https://issuer.example"}
    return Guard(site.settings(**hosts, auth_url=GATE + login))


@pytest.mark.parametrize("path", [KEY_TOKEN, REFRESH], ids=["log-in", "refresh"])
def test_the_guard_lets_a_refresh_behind_a_prefix_pass_as_a_token_request(opened, path):
    guard = guard_behind_a_gateway(Site(opened, "acd", flow="key"), KEY_TOKEN)
    guard.permit(requests.Request("POST", GATE + path).prepare())
    assert guard.sent == {"token POST": 1}


@pytest.mark.parametrize(
    "url",
    [f"https://login.example{REFRESH}", f"https://login.example/cxones{REFRESH}", f"{GATE}/public/users/1"],
    ids=["without the prefix", "with another one", "anything else behind it"],
)
def test_the_guard_lets_nothing_else_of_that_host_pass(opened, url):
    guard = guard_behind_a_gateway(Site(opened, "acd", flow="key"), KEY_TOKEN)
    with pytest.raises(RequestRefused):
        guard.permit(requests.Request("POST", url).prepare())


def test_a_live_run_refreshes_its_token_behind_a_prefix(site, gate):
    settings = site.settings(**gate)
    guard = Guard(settings)
    with LiveTenant(settings, guard, sleep=site.sleep) as tenant, tenant.client() as client:
        grant = client.tokens.grant(client.http, timeout=5)
        # As if it had been fetched an hour ago.
        client.tokens.adopt(grant, at=tenant.clock.now() - HOUR)
        assert client.agent("1").agent_id == "1"
    assert posts(site) == ["log-in", "refresh"]
    assert guard.refused == 0


# When it fails


def test_a_refresh_that_is_held_back_leads_to_a_new_log_in(site, client):
    adapter = client.http.get_adapter(site.url)
    send, held = adapter.send, []

    def hold(request, **options):
        if request.method == "POST" and (request.path_url == REFRESH or b"refresh_token" in _bytes(request.body)):
            held.append(request.path_url)
            raise RequestRefused("POST", request.url, "this run's tenant is elsewhere")
        return send(request, **options)

    adapter.send = hold
    site.fake.clock.advance(HOUR)
    assert client.agent("1").agent_id == "1"
    assert held == [TOKEN if is_with_client(site) else REFRESH]
    assert posts(site) == ["log-in", "log-in"]


def _bytes(body):
    return body.encode() if isinstance(body, str) else body


REFUSALS = {
    "401": lambda response: replace(response, status=401, body=b'{"error": "invalid_grant"}'),
    "400": lambda response: replace(response, status=400, body=b'{"error": "invalid_grant"}'),
    "404": lambda response: replace(response, status=404, body=b""),
    "500": lambda response: replace(response, status=500, body=b""),
    "a page": lambda response: replace(response, body=b"<html>"),
    "another form": lambda response: replace(response, body=b'{"expires_in": 3600}'),
    "a token of no text": lambda response: replace(response, body=b'{"access_token": 1, "token": 1}'),
}


@pytest.mark.parametrize("answer", REFUSALS.values(), ids=REFUSALS)
def test_a_refresh_that_fails_leads_to_a_new_log_in(site, client, answer):
    on_refresh(site, answer)
    site.fake.clock.advance(HOUR)
    assert client.agent("1").agent_id == "1"
    assert posts(site) == ["log-in", "refresh", "log-in"]


@pytest.mark.parametrize("kind", ["disconnect", "truncated"])
def test_a_refresh_that_gets_lost_leads_to_a_new_log_in(site, client, kind):
    path = TOKEN if is_with_client(site) else REFRESH
    site.fake.add_fault(Fault(kind=kind, on=path, times=1))
    site.fake.clock.advance(HOUR)
    assert client.agent("1").agent_id == "1"
    assert posts(site) == ["log-in", "refresh", "log-in"]


def test_a_revoked_refresh_token_is_no_error_while_the_credentials_are_good(site, client):
    site.world.revoke_tokens()
    site.fake.clock.advance(HOUR)
    assert client.agent("1").agent_id == "1"
    assert posts(site) == ["log-in", "refresh", "log-in"]


def test_where_the_credentials_are_refused_too_that_is_the_error(site, client):
    site.world.revoke_tokens()
    site.world.add_client("me", "another", scopes=["x"], access_key_id="another", access_key_secret="another")
    site.fake.clock.advance(HOUR)
    error = caught(client.agent, "1")
    assert (type(error), error.credentials, error.status) == (AuthenticationFailed, True, 401)
    assert f"the tenant refuses the {dialect('acd').advice.credentials} (401, invalid_" in str(error)
    assert "CXONE_ACCESS_KEY_SECRET" in str(error)


def test_without_a_refresh_token_the_client_logs_in_anew(site):
    def edit(request, response):
        if request.method != "POST":
            return response
        body = {name: value for name, value in json.loads(response.body).items() if name != "refresh_token"}
        return replace(response, body=json.dumps(body).encode())

    site.edit = edit
    client = site.client()
    client.agent("1")
    site.fake.clock.advance(HOUR)
    client.agent("1")
    assert posts(site) == ["log-in", "log-in"]


def test_a_refresh_that_brings_no_refresh_token_ends_in_a_log_in(site, client):
    def without_refresh_token(response):
        body = json.loads(response.body)
        kept = {name: value for name, value in body.items() if not name.lower().startswith("refresh")}
        return replace(response, body=json.dumps(kept).encode())

    on_refresh(site, without_refresh_token)
    for _ in range(2):
        site.fake.clock.advance(HOUR)
        client.agent("1")
    assert posts(site) == ["log-in", "refresh", "log-in"]


def test_rights_that_a_role_lacks_are_no_reason_for_a_new_token(site, client):
    site.world.add_client("me", SECRET, scopes=[], access_key_id="key====", access_key_secret=ACCESS_SECRET)
    site.world.revoke_tokens()
    error = caught(client.agent, "1")
    assert (type(error), error.missing_scopes) == (PermissionDenied, ())
    assert "in CXone's Admin" in str(error)
    assert posts(site) == ["log-in", "log-in"]


# What is never shown


def caught(look, *args):
    with pytest.raises(ApiError) as found:
        look(*args)
    return found.value


def everything_shown(error):
    frames = traceback.TracebackException.from_exception(error, capture_locals=True)
    return "".join([*frames.format(), repr(error), str(error), repr(error.args), str(vars(error))])


def hidden_of(site):
    """Return what must not be shown: secrets, in the forms that travel, and all tokens so far."""
    pair = base64.b64encode(f"me:{SECRET}".encode()).decode()
    tokens = [
        value
        for exchange in site.fake.journal
        if exchange.request.method == "POST" and exchange.response.status == 200
        for name, value in json.loads(exchange.response.body).items()
        if "token" in name.lower() and isinstance(value, str) and len(value) > 60
    ]
    return [
        SECRET,
        ACCESS_SECRET,
        quote_plus(ACCESS_SECRET),
        ACCESS_SECRET.rstrip("="),
        pair,
        pair.rstrip("="),
        *tokens,
    ]


def repeating(request):
    """Repeat all that a request was sent with, as a gateway in a debug mode does."""
    scheme, _, given = request.headers.get("Authorization", "").partition(" ")
    pair = base64.b64decode(given).decode() if scheme == "Basic" else ""
    return f"{request.body.decode('utf-8', 'replace')} {given} {pair}"


BROKEN = {
    "a wrong secret": (401, "invalid_grant"),
    "a 400 that repeats": (400, None),
    "a 401 that repeats": (401, None),
    "a 403 that repeats": (403, None),
    "a 500 that repeats": (500, None),
    "a 404 that repeats": (404, None),
}


@pytest.mark.parametrize(("status", "code"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("member", ["error", "errorDescription", "error_description", "message"])
def test_no_error_of_a_log_in_shows_what_it_was_sent_with(site, status, code, member):
    def edit(request, response):
        if request.method != "POST":
            return response
        body = json.dumps({member: code or repeating(request)}).encode()
        return replace(response, status=status, body=body)

    site.edit = edit
    shown = everything_shown(caught(site.client().agent, "1"))
    assert [secret for secret in hidden_of(site) if secret in shown] == []


@pytest.mark.parametrize("status", [200, 401, 403, 404, 429, 500])
def test_no_error_of_a_request_shows_the_token_nor_what_renews_it(site, client, status):
    def edit(request, response):
        if request.target.path != PROFILE:
            return response
        sent = repeating(request)
        return replace(response, status=status, body=json.dumps({"error": sent, "agents": sent}).encode())

    site.edit = edit
    error = caught(client.agent, "1")
    shown = everything_shown(error)
    assert [secret for secret in hidden_of(site) if secret in shown] == []
    assert error.__cause__ is None


def test_an_error_after_a_refresh_that_failed_shows_nothing_of_it(site, client):
    def edit(request, response):
        if request.method != "POST":
            return response
        return replace(response, status=401, body=json.dumps({"error": repeating(request)}).encode())

    site.edit = edit
    site.fake.clock.advance(HOUR)
    shown = everything_shown(caught(client.agent, "1"))
    assert [secret for secret in hidden_of(site) if secret in shown] == []


def test_a_token_request_that_is_held_back_shows_no_secret(site):
    client = site.client()

    def hold(*_, **__):
        raise RequestRefused("POST", "x", "the budget is spent")

    client.http.get_adapter(site.url).send = hold
    with pytest.raises(RequestRefused) as found:
        client.agent("1")
    shown = everything_shown(found.value)
    assert [secret for secret in hidden_of(site) if secret in shown] == []


def test_no_text_of_the_client_shows_a_secret(site, client):
    grant = client.tokens.grant(client.http, timeout=1)
    assert grant.refresh_token
    parts = (client, client.http, client.tokens, client.settings, client.settings.credentials, client.locator, grant)
    shown = "".join(f"{part!r} {part} {vars(part) if hasattr(part, '__dict__') else ''}" for part in parts)
    assert [secret for secret in hidden_of(site) if secret in shown] == []
    assert len(hidden_of(site)) > 6


def test_a_grant_is_shown_without_its_tokens():
    grant = Grant(token=Secret("hidden"), expires_in=1, scopes=None, refresh_token=Secret("hidden too"))
    assert "hidden" not in f"{grant!r} {grant}"
