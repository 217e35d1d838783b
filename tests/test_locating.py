"""Where a tenant is: discovered from documents of its issuer, each asked for once, and never with a token."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

import pytest
import requests

from pytest_cxone.client import CXoneClient, Locator
from pytest_cxone.diagnosis import Verdict
from pytest_cxone.errors import (
    ApiError,
    AuthenticationFailed,
    ContractViolation,
    NetworkError,
    ServiceUnavailable,
    UnexpectedResponse,
)
from pytest_cxone.fake.asgi import FakeApp
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Grant, Hosts, Secret
from pytest_cxone.settings import resolve
from tests.site import ACD, Site

OPENID = "/.well-known/openid-configuration"
CONFIGURATION = "/.well-known/cxone-configuration"
TOKEN = "/auth/token"
KEY_TOKEN = "/authentication/v1/token/access-key"
PROFILE = f"{ACD}/agents/1"
OUT_OF_THE_WAY = "https://evil.example"
KEYS = {"CXONE_ACCESS_KEY_ID": "an-id", "CXONE_ACCESS_KEY_SECRET": "a-secret"}


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture(params=["both", "key"])
def site(opened, request):
    """A tenant of which only the issuer is known, whose clients log in by either flow."""
    site = Site(opened, "acd", flow=request.param)
    site.environ["CXONE_ISSUER"] = site.url
    site.world.add_agent("1")
    return site


def client_of(site, **command_line):
    return site.client(**{"base_url": "", **command_line})


def asked(site):
    """Return the paths of the requests so far, in order."""
    return [exchange.request.target.path for exchange in site.fake.journal]


def token_path(site):
    return KEY_TOKEN if "CXONE_CLIENT_ID" not in site.environ else TOKEN


def telling(site, path, **fields):
    """Change what a document or a token's answer says from now on; a field of None is left out."""

    def edit(request, answer):
        if request.target.path != path or answer.status != 200:
            return answer
        body = {**json.loads(answer.body), **fields}
        body = {name: value for name, value in body.items() if value is not None}
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit


def caught(look, *args):
    with pytest.raises(ApiError) as found:
        look(*args)
    return found.value


# What is asked, and how often


def test_hosts_are_discovered_when_first_needed(site):
    client = client_of(site)
    assert client.locator.hosts == Hosts("", "", site.url)
    assert asked(site) == []
    assert client.agent("1").agent_id == "1"
    first = [OPENID] if token_path(site) == TOKEN else []
    assert asked(site) == [*first, token_path(site), CONFIGURATION, PROFILE]
    assert client.locator.hosts == Hosts(site.url, site.url + token_path(site), site.url)


def test_a_tenant_id_finds_the_hosts_where_the_token_tells_nothing(site):
    telling(site, token_path(site), access_token="an-opaque-token", id_token="another")
    client = client_of(site, tenant_id=site.world.tenant_id)
    assert client.http.find_base() == site.url
    (found,) = [exchange for exchange in site.fake.journal if exchange.request.target.path == CONFIGURATION]
    assert found.request.query == [("tenantId", site.world.tenant_id)]


def test_the_id_token_tells_whose_tenant_it_is_where_the_access_token_does_not(site):
    telling(site, token_path(site), access_token="an-opaque-token")
    assert client_of(site).http.find_base() == site.url


def test_a_token_of_another_tenant_than_was_named_is_a_clear_error(site):
    named = {"tenant_id": "00000000-0000-0000-0000-000000000000", "auth_url": site.url + token_path(site)}
    error = caught(client_of(site, **named).agent, "1")
    assert (type(error), error.operation) == (UnexpectedResponse, f"POST {token_path(site)}")
    assert f"the token is for the tenant {site.world.tenant_id}, and CXONE_TENANT_ID is 00000000-" in error.message


@pytest.mark.parametrize(
    ("issuer", "url", "why"),
    [
        ("https://cxone.niceincontact.com", "http://127.0.0.1:9", "is this machine"),
        ("https://issuer.example", "https://localhost", "is this machine"),
        ("https://cxone.niceincontact.com", "https://evil.example", "is not in a domain of the vendor's"),
        (
            "https://cxone.niceincontact.com",
            "https://niceincontact.com.evil.example",
            "is not in a domain of the vendor's",
        ),
        ("https://cxone.niceincontact.com", "https://api-eu1.niceincontact.com", ""),
        ("https://issuer.example", "https://api.example", ""),
        ("http://127.0.0.1:1", "https://api.example", ""),
    ],
)
def test_an_issuer_leads_to_its_own_kind_of_host_only(issuer, url, why):
    settings = resolve({"dialect": "acd", "mode": "live", "issuer": issuer}, KEYS, {})
    locator = Locator(settings)
    tenant = "11eb660f-4c6d-34a0-8733-0242ac110002"
    body = {"api_endpoint": url, "auth_endpoint": url, "tenantId": tenant}
    grant = Grant(token=Secret("x"), expires_in=1.0, scopes=None, tenant_id=tenant)
    if why:
        with pytest.raises(UnexpectedResponse, match=why):
            locator.find_base(lambda call, start: body, lambda: grant)
        assert locator.hosts.base_url == ""
    else:
        assert locator.find_base(lambda call, start: body, lambda: grant) == url


def test_the_tokens_claim_says_whose_tenant_it_is(site):
    client_of(site).agent("1")
    (found,) = [exchange for exchange in site.fake.journal if exchange.request.target.path == CONFIGURATION]
    assert found.request.query == [("tenantId", site.world.tenant_id)]


def test_each_document_is_asked_for_once(site):
    client = client_of(site, tenant_id=site.world.tenant_id)
    for _ in range(3):
        client.agent("1")
        site.world.revoke_tokens()
    assert site.asked[CONFIGURATION] == 1
    assert site.asked[OPENID] == (token_path(site) == TOKEN)
    assert site.asked[token_path(site)] == 3


def test_threads_share_what_is_discovered(site):
    client = client_of(site)
    together = threading.Barrier(8)

    def look(_):
        together.wait(timeout=10)
        return client.agent("1").agent_id

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(look, range(8))) == ["1"] * 8
    assert (site.asked[CONFIGURATION], site.asked[token_path(site)]) == (1, 1)
    assert site.asked[OPENID] == (token_path(site) == TOKEN)


def test_clients_may_share_what_was_discovered(site):
    first = client_of(site)
    first.agent("1")
    settings = first.settings
    with CXoneClient(settings, locator=first.locator, tokens=first.tokens) as second:
        assert second.agent("1").agent_id == "1"
    assert (site.asked[CONFIGURATION], site.asked[token_path(site)]) == (1, 1)


def test_what_failed_is_asked_for_again(site):
    site.answering(status=503, on=CONFIGURATION, times=1)
    client = client_of(site)
    assert type(caught(client.agent, "1")) is ServiceUnavailable
    assert client.agent("1").agent_id == "1"


# Overrides


def test_a_base_url_is_not_discovered(site):
    client = client_of(site, base_url=site.url)
    client.agent("1")
    assert site.asked[CONFIGURATION] == 0


def test_a_token_url_is_not_discovered(site):
    client = client_of(site, auth_url=site.url + token_path(site))
    client.agent("1")
    assert site.asked[OPENID] == 0


def test_what_is_wholly_configured_needs_no_document(site):
    client = client_of(site, base_url=site.url, auth_url=site.url + token_path(site), issuer=OUT_OF_THE_WAY)
    client.agent("1")
    assert asked(site) == [token_path(site), PROFILE]


def test_whoever_tries_things_on_this_machine_does_not_ask_the_vendor(site):
    del site.environ["CXONE_ISSUER"]
    settings = site.settings(base_url="http://127.0.0.1:9")
    assert settings.issuer == "http://127.0.0.1:9"
    assert site.settings(base_url="https://sandbox.example").issuer == "https://cxone.niceincontact.com"


# What is not followed


@pytest.mark.parametrize(
    "url",
    [
        "http://api-na1.niceincontact.com",
        "ftp://api.example",
        "//api.example",
        "api.example",
        "javascript:alert(1)",
        "http://127.evil.example",
        "http://localhost.evil.example",
        "https://",
        "https://me:password@api.example",
        "https://[::1",
        "https://api.example:port",
        "https://api.example?x=",
        "https://api.example/#",
        "https://api.example\n.evil.example",
        " https://api.example",
    ],
    ids=repr,
)
def test_an_api_that_is_no_https_url_is_refused(site, url):
    telling(site, CONFIGURATION, api_endpoint=url)
    client = client_of(site)
    error = caught(client.agent, "1")
    assert type(error) in {UnexpectedResponse, ContractViolation}
    assert error.operation == f"GET {CONFIGURATION}"
    assert "password" not in str(error)
    assert client.locator.hosts.base_url == ""
    assert PROFILE not in asked(site)


@pytest.mark.parametrize("url", ["http://na1.nice-incontact.com", "ftp://login.example", "", None], ids=repr)
def test_a_login_that_is_no_https_url_gets_no_credentials(site, url):
    if token_path(site) == TOKEN:
        telling(site, OPENID, token_endpoint=url and f"{url}/auth/token")
    else:
        telling(site, CONFIGURATION, auth_endpoint=url)
    error = caught(client_of(site, tenant_id=site.world.tenant_id).agent, "1")
    assert type(error) in {UnexpectedResponse, ContractViolation}
    assert {exchange.request.method for exchange in site.fake.journal} == {"GET"}


def test_a_refusal_says_where_it_led(site):
    telling(site, CONFIGURATION, api_endpoint="http://api.example")
    error = caught(client_of(site).agent, "1")
    assert str(error) == (
        f"GET {CONFIGURATION}: the issuer leads to 'http://api.example', which is not https: "
        "credentials would travel in clear; only a loopback host may be http"
    )


def test_where_it_leads_is_no_broken_contract(site):
    telling(site, CONFIGURATION, api_endpoint="http://api.example")
    client = client_of(site)
    assert caught(client.agent_state, "1").status is None
    diagnosis = client.diagnose("1", wait=0)
    assert diagnosis.verdict is Verdict.UNEXPECTED
    assert "http://api.example" in diagnosis.cause


def test_whose_tenant_it_is_is_known_once_it_is_found(site):
    client = client_of(site)
    assert client.locator.tenant_id == ""
    client.agent("1")
    assert client.locator.tenant_id == site.world.tenant_id


# Whose tenant it is


@pytest.mark.parametrize("token", ["opaque", "e30.e30.e30"], ids=["opaque", "without the claim"])
def test_a_tenant_that_nobody_names_is_a_clear_error(site, token):
    telling(site, token_path(site), access_token=token, id_token=token)
    with pytest.raises(UnexpectedResponse) as found:
        client_of(site).agent("1")
    assert found.value.message == (
        "the token does not say whose tenant it is for; set CXONE_TENANT_ID, or CXONE_BASE_URL to the tenant's own host"
    )
    assert found.value.operation == f"POST {token_path(site)}"
    assert token not in str(found.value)


def test_a_tenant_that_is_not_there_is_an_error_of_that_request(site):
    telling(site, token_path(site), access_token="opaque", id_token="opaque")
    error = caught(client_of(site, tenant_id="nobodys").agent, "1")
    assert (type(error), error.operation, error.status) == (UnexpectedResponse, f"GET {CONFIGURATION}", 404)
    assert "got 404" in str(error)


# A gateway


def test_a_gateway_may_have_a_prefix_before_the_api(site, monkeypatch):
    answer = FakeApp.__call__

    async def behind_a_prefix(app, scope, receive, send):
        path = scope["raw_path"]
        await answer(app, {**scope, "raw_path": path.removeprefix(b"/gate")}, receive, send)

    monkeypatch.setattr(FakeApp, "__call__", behind_a_prefix)
    telling(site, CONFIGURATION, api_endpoint=f"{site.url}/gate/")
    client = client_of(site)
    assert client.agent("1").agent_id == "1"
    assert client.locator.hosts.base_url == f"{site.url}/gate"
    assert client.http.get(f"{ACD}/agents/1").status_code == 200
    assert not client.locator.hosts.is_api(f"{site.url}{PROFILE}")


# Where the token goes


def test_the_token_goes_to_the_api_alone(site):
    api, login = site.serve(), site.serve()
    telling(site, CONFIGURATION, api_endpoint=api, auth_endpoint=login)
    if token_path(site) == TOKEN:
        telling_openid = site.edit

        def edit(request, response):
            if request.target.path == OPENID:
                body = {**json.loads(response.body), "token_endpoint": f"{login}/auth/token"}
                return replace(response, body=json.dumps(body).encode())
            return telling_openid(request, response)

        site.edit = edit
    client = client_of(site, tenant_id=site.world.tenant_id)
    client.agent("1")
    client.http.get(f"{site.url}/.well-known/openid-configuration")
    client.http.get(f"{login}{PROFILE}")
    bearers = [
        exchange.request.url
        for exchange in site.fake.journal
        if exchange.request.headers.get("Authorization", "").startswith("Bearer ")
    ]
    assert bearers == [f"{api}{PROFILE}"]
    (posted,) = [exchange.request for exchange in site.fake.journal if exchange.request.method == "POST"]
    assert posted.url == login + token_path(site)
    documents = [exchange.request.url for exchange in site.fake.journal if "/.well-known/" in exchange.request.url]
    assert {url.partition("/.well-known/")[0] for url in documents} == {site.url}


def test_a_link_to_another_host_is_not_followed(site, opened):
    other = Site(opened, "acd")
    site.world.page_cap = 50
    ids = ["1", *site.online(120)]

    def edit(request, answer):
        if not request.target.path.endswith("/agents/states"):
            return answer
        body = json.loads(answer.body)
        body["_links"] = {**body["_links"], "next": f"{other.url}{ACD}/agents/states?top=100&skip=50"}
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit
    listing = client_of(site).online_agents()
    assert [row.agent_id for row in listing] == ids[1:]
    assert listing.is_whole
    assert not other.fake.journal


def test_a_document_is_asked_for_without_credentials(site):
    client_of(site, tenant_id=site.world.tenant_id).agent("1")
    documents = [exchange.request for exchange in site.fake.journal if "/.well-known/" in exchange.request.target.path]
    assert documents
    assert not [request for request in documents if "Authorization" in request.headers]


def test_a_document_that_moved_is_not_followed(site, opened):
    other = Site(opened, "acd")
    site.answering(status=302, on="/.well-known/", Location=f"{other.url}{CONFIGURATION}")
    error = caught(client_of(site, tenant_id=site.world.tenant_id).agent, "1")
    assert (type(error), error.status) == (UnexpectedResponse, 302)
    assert not other.fake.journal


# Documents that do not come

HTML = b"<html>who are you?</html>"

BROKEN = {
    "404": ({"status": 404}, UnexpectedResponse, Verdict.UNEXPECTED),
    "401": ({"status": 401}, AuthenticationFailed, Verdict.TOKEN_REFUSED),
    "500": ({"status": 500}, ServiceUnavailable, Verdict.OUTAGE),
    "a page": ({"body": HTML, "Content_Type": "text/html"}, ContractViolation, Verdict.UNEXPECTED),
    "a page said to be JSON": ({"body": HTML}, ContractViolation, Verdict.BROKEN_CONTRACT),
    "an empty object": ({"body": {}}, ContractViolation, Verdict.BROKEN_CONTRACT),
    "null": ({"body": b"null"}, ContractViolation, Verdict.BROKEN_CONTRACT),
    "nothing": ({"body": b""}, ContractViolation, Verdict.BROKEN_CONTRACT),
    "204": ({"status": 204}, UnexpectedResponse, Verdict.UNEXPECTED),
}


@pytest.mark.parametrize(("answer", "kind", "verdict"), BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize(
    ("site", "on"), [("both", OPENID), ("both", CONFIGURATION), ("key", CONFIGURATION)], indirect=["site"]
)
def test_a_document_that_is_none_is_its_own_error_and_a_diagnosis(site, on, answer, kind, verdict):
    site.answering(**{"body": b"", **answer}, on=on)
    client = client_of(site)
    error = caught(client.agent_state, "1")
    assert (type(error), error.operation) == (kind, f"GET {on}")
    diagnosis = client.diagnose("1", wait=0)
    assert diagnosis.verdict is verdict
    assert not diagnosis.verdict.is_online
    assert f"GET {on}" in str(diagnosis.evidence[0])


@pytest.mark.parametrize(
    ("fault", "failure", "verdict"),
    [
        ({"kind": "disconnect"}, "disconnected", Verdict.DISCONNECTED),
        ({"kind": "truncated"}, "disconnected", Verdict.DISCONNECTED),
        ({"kind": "latency", "seconds": 30}, "timeout", Verdict.TIMEOUT),
    ],
    ids=["disconnect", "truncated", "timeout"],
)
def test_a_document_that_gets_lost_on_the_way_is_a_network_error(site, fault, failure, verdict):
    site.fake.add_fault(Fault(**fault, on="/.well-known/"))
    client = client_of(site, timeout="0.2", tenant_id=site.world.tenant_id)
    error = caught(client.agent_state, "1")
    assert (type(error), error.failure) == (NetworkError, failure)
    assert "127.0.0.1" in str(error)
    assert client.diagnose("1", wait=0).verdict is verdict


# The locator by itself


def test_a_dialect_without_discovery_knows_its_hosts():
    settings = resolve({}, {}, {})
    locator = Locator(settings)

    def never(*_):
        raise AssertionError("asked for a document")

    assert locator.home == locator.find_base(never, never) == "https://platform.nicecxone.com"
    assert locator.find_auth(never) == "https://platform.nicecxone.com/oauth/token"


def test_a_tenant_is_called_by_its_issuer_until_it_is_found(site):
    client = client_of(site)
    assert (client.locator.home, client.settings.home) == (site.url, site.url)
    hosts = client.http.locate()
    assert client.locator.home == hosts.base_url == site.url


def test_the_raw_session_finds_the_tenant_too(site):
    http = client_of(site).http
    assert isinstance(http, requests.Session)
    assert http.get(PROFILE).json()["agents"][0]["agentId"] == 1
