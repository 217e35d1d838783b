"""The environment's proxies and certificates: each host that is asked has its own, and this machine's have none."""

import json
from contextlib import ExitStack
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from requests.adapters import HTTPAdapter
from requests.utils import select_proxy

from tests.site import Site

PROXY = "http://proxy.invalid:3128"
ISSUER = "https://issuer.example"
API = "https://api.example"
HERE = "127.0.0.1"


class Route(HTTPAdapter):
    """Notes by which proxy, and trusting whom, each host is asked; one site answers for all of them."""

    def __init__(self, site):
        super().__init__()
        self.proxies = {}
        self.trusted = {}
        self._site = site

    def send(self, request, **options):
        host = urlsplit(request.url).hostname
        self.proxies.setdefault(host, set()).add(select_proxy(request.url, options["proxies"]))
        self.trusted.setdefault(host, set()).add(options["verify"])
        asked = request.copy()
        asked.url = self._site.url + request.path_url
        return super().send(asked, **{**options, "proxies": {}, "verify": True})


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    site = Site(opened, "acd")
    site.world.log_in("1")
    return site


@pytest.fixture(autouse=True)
def bundle(monkeypatch, tmp_path):
    """Set a proxy for everything, and a file of certificates; return that."""
    for name in ("no_proxy", "NO_PROXY", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, PROXY)
        monkeypatch.delenv(name.upper(), raising=False)
    bundle = tmp_path / "ca.pem"
    bundle.write_text("")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    return str(bundle)


def asked(site, *, issuer, api, **options):
    """Find the tenant from its issuer, unless `base_url` is told, and ask its API; return the route that this took."""

    def leading_to_api(request, answer):
        if not request.target.path.startswith("/.well-known/"):
            return answer
        body = json.loads(answer.body)
        told = {"api_endpoint": api, "token_endpoint": f"{issuer}/auth/token"}
        return replace(answer, body=json.dumps({**body, **{n: u for n, u in told.items() if n in body}}).encode())

    site.edit = leading_to_api
    client = site.client(**{"base_url": "", "issuer": issuer, **options})
    route = Route(site)
    for scheme in ("http://", "https://"):
        client.http.mount(scheme, route)
    assert client.agent_state("1") is not None
    return route


def test_a_tenant_elsewhere_is_asked_by_the_environments_proxy_and_certificates(site, bundle):
    route = asked(site, issuer=ISSUER, api=API)
    assert route.proxies == {"issuer.example": {PROXY}, "api.example": {PROXY}}
    assert route.trusted == {"issuer.example": {bundle}, "api.example": {bundle}}


def test_an_api_elsewhere_has_its_proxy_though_its_issuer_is_on_this_machine(site, bundle):
    route = asked(site, issuer=site.url, api=API)
    assert route.proxies == {HERE: {None}, "api.example": {PROXY}}
    assert route.trusted == {HERE: {True}, "api.example": {bundle}}


def test_an_api_on_this_machine_has_no_proxy_though_its_issuer_has(site, bundle):
    route = asked(site, issuer=ISSUER, api=site.url, base_url=site.url)
    assert route.proxies == {"issuer.example": {PROXY}, HERE: {None}}
    assert route.trusted == {"issuer.example": {bundle}, HERE: {True}}


@pytest.mark.parametrize("name", ["no_proxy", "NO_PROXY"])
@pytest.mark.parametrize("direct", ["api.example", "issuer.example"])
def test_a_host_that_is_excepted_has_no_proxy_and_the_other_one_has(site, monkeypatch, name, direct):
    monkeypatch.setenv(name, direct)
    route = asked(site, issuer=ISSUER, api=API)
    assert route.proxies == {host: {None if host == direct else PROXY} for host in ("issuer.example", "api.example")}


def test_without_a_proxy_in_the_environment_there_is_none(site, monkeypatch):
    for name in ("http_proxy", "https_proxy", "all_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name)
    route = asked(site, issuer=ISSUER, api=API)
    assert route.proxies == {"issuer.example": {None}, "api.example": {None}}
    assert route.trusted == {"issuer.example": {True}, "api.example": {True}}


def test_a_fake_elsewhere_in_name_alone_is_asked_directly(site):
    route = asked(site, issuer=ISSUER, api=API, mode="fake", auth_url=f"{ISSUER}/auth/token")
    assert {proxy for host in route.proxies.values() for proxy in host} == {None}
    assert {trusted for host in route.trusted.values() for trusted in host} == {True}


def test_what_is_given_by_hand_goes_before_the_environment(site):
    client = site.client(base_url=API, auth_url=f"{API}/auth/token", issuer=ISSUER)
    client.http.proxies["https"] = "http://mine.invalid:1"
    client.http.verify = False
    route = Route(site)
    client.http.mount("https://", route)
    client.http.get(f"{API}/x", headers={"Authorization": "Bearer mine"})
    assert route.proxies["api.example"] == {"http://mine.invalid:1"}
    assert route.trusted["api.example"] == {False}


def test_the_other_dialects_tenant_has_the_proxy_for_its_login_and_its_api(opened):
    site = Site(opened)
    site.world.log_in("1")
    client = site.client(base_url=API, auth_url="https://login.example/oauth/token")
    route = Route(site)
    client.http.mount("https://", route)
    assert client.agent_state("1") is not None
    assert route.proxies == {"login.example": {PROXY}, "api.example": {PROXY}}
