"""A live tenant of the published API, with a served fake in its place: where it is, and what may be sent there."""

import json
from contextlib import ExitStack
from dataclasses import replace

import pytest
import requests

from pytest_cxone.errors import ApiError, RequestRefused, StateNotProvided
from pytest_cxone.model import Hosts
from pytest_cxone.settings import resolve
from pytest_cxone.states import AgentHidden, AgentOffline, AgentOnline, AgentsOnline, AgentUnknown
from pytest_cxone.tenants.guard import Guard
from pytest_cxone.tenants.live import LiveTenant
from tests.site import ACD, Site, Time

ISSUER = "https://cxone.niceincontact.com"
API = "https://api-na9.niceincontact.com"
LOGIN = "https://na9.nice-incontact.com"
CONFIGURATION = "/.well-known/cxone-configuration"
KEY = {"CXONE_ACCESS_KEY_ID": "key", "CXONE_ACCESS_KEY_SECRET": "access-hidden-text"}
CLIENT = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "secret-hidden-text"}


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture(params=["both", "key"])
def site(opened, request):
    site = Site(opened, "acd", flow=request.param)
    site.environ["CXONE_ISSUER"] = site.url
    site.world.log_in("1", state="Tea")
    site.world.add_agent("2")
    site.world.log_in("3")
    site.world.hide("3")
    return site


def guard_of(credentials=KEY, **command_line):
    """Return the guard of a tenant that is not discovered yet."""
    passing = Time()
    settings = resolve({"mode": "live", "dialect": "acd", **command_line}, credentials, {})
    return Guard(settings, clock=passing.now, sleep=passing.sleep)


def found_guard(credentials=KEY):
    """Return the guard of a tenant whose hosts were discovered."""
    guard = guard_of(credentials)
    path = guard.settings.token_path
    guard.locator.hosts = Hosts(API, LOGIN + path, ISSUER)
    return guard


def asking(method, url):
    return requests.Request(method, url).prepare()


# What passes

PASSES = {
    "the listing": ("GET", f"{API}{ACD}/agents/states", "GET"),
    "in any case": ("GET", f"{API}/incontactapi//services/v31.0/Agents/States", "GET"),
    "what the contract does not have": ("GET", f"{API}{ACD}/skills", "GET"),
    "a search": ("POST", f"{API}{ACD}/agents/search", "POST"),
    "a search in any case": ("POST", f"{API}/incontactapi//services/v31.0/AGENTS/search", "POST"),
    "a document": ("GET", f"{ISSUER}{CONFIGURATION}?tenantId=1", "GET"),
    "a token for an access key": ("POST", f"{LOGIN}/authentication/v1/token/access-key", "token POST"),
    "a token of a grant": ("POST", f"{LOGIN}/auth/token", "token POST"),
    "a refresh": ("POST", f"{LOGIN}/public/user/refresh", "token POST"),
    "a token of the issuer": ("POST", f"{ISSUER}/auth/token", "token POST"),
}

KEPT_BACK = {
    "a state": ("POST", f"{API}{ACD}/agents/1/state?state=Available"),
    "a log-out": ("POST", f"{API}{ACD}/agents/1/logout"),
    "a log-out in any case": ("POST", f"{API}/INCONTACTAPI//services/v31.0/agents/1/LogOut"),
    "new agents": ("POST", f"{API}{ACD}/agents"),
    "below a search": ("POST", f"{API}{ACD}/agents/search/1"),
    "a search by another method": ("PUT", f"{API}{ACD}/agents/search"),
    "a search of anything else": ("POST", f"{API}{ACD}/skills/search"),
    "an agent": ("DELETE", f"{API}{ACD}/agents/1"),
    "a token by another method": ("PUT", f"{LOGIN}/auth/token"),
    "anything else where tokens are": ("POST", f"{LOGIN}/user-management/v1/users"),
}


@pytest.mark.parametrize(("method", "url", "counted"), PASSES.values(), ids=PASSES)
def test_reads_and_tokens_pass(method, url, counted):
    guard = found_guard()
    guard.permit(asking(method, url))
    assert guard.sent == {counted: 1}


@pytest.mark.parametrize(("method", "url"), KEPT_BACK.values(), ids=KEPT_BACK)
@pytest.mark.parametrize("credentials", [KEY, {**KEY, **CLIENT}], ids=["key", "both"])
def test_what_changes_a_tenant_does_not(method, url, credentials):
    guard = found_guard(credentials)
    with pytest.raises(RequestRefused, match="live mode only reads"):
        guard.permit(asking(method, url))
    assert (guard.sent.total(), guard.refused) == (0, 1)


# Where it is


@pytest.mark.parametrize(
    "url",
    [
        f"https://api-na1.niceincontact.com{ACD}/agents/states",
        f"https://api-na9.niceincontact.com.{ACD}/agents/states",
        f"http://api-na9.niceincontact.com{ACD}/agents/states",
        f"https://api-na9.niceincontact.com:8443{ACD}/agents/states",
        "https://na1.nice-incontact.com/auth/token",
        "https://cxone-gov.niceincontact.com/auth/token",
        "https://api.incontact.com/InContactAuthorizationServer/Token",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_other_host_of_the_vendors_is_asked(method, url):
    guard = found_guard()
    assert guard.claims(url)
    with pytest.raises(RequestRefused, match=r"this run's tenant is at https://api-na9\.niceincontact\.com"):
        guard.permit(asking(method, url))


def test_before_it_is_found_the_issuer_alone_is_asked():
    guard = guard_of()
    guard.permit(asking("GET", f"{ISSUER}{CONFIGURATION}"))
    with pytest.raises(RequestRefused, match=r"this run's tenant is at https://cxone\.niceincontact\.com"):
        guard.permit(asking("GET", f"{API}{ACD}/agents/states"))


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        (f"{API}/x", True),
        (f"{LOGIN}/x", True),
        (f"{ISSUER}/x", True),
        ("https://help.nice-incontact.com/x", True),
        ("https://niceincontact.com.evil.example/x", False),
        ("https://evilniceincontact.com/x", False),
        ("https://elsewhere.example/x", False),
        ("http://127.0.0.1:1/x", False),
    ],
)
def test_the_vendors_urls_are_guarded_and_no_others(url, claimed):
    assert found_guard().claims(url) is claimed


def test_the_secrets_of_a_run_are_known_to_its_guard():
    assert found_guard({**KEY, **CLIENT}).secrets == {"access-hidden-text", "secret-hidden-text"}


# The tenant


def tenant_of(site, opened, guard=None, **command_line):
    settings = site.settings(**{"base_url": "", **command_line})
    return opened.enter_context(LiveTenant(settings, guard or Guard(settings), sleep=site.sleep))


def documents(site):
    return [path for path in site.asked.elements() if "/.well-known/" in path]


def test_a_test_is_told_where_its_tenant_is(site, opened):
    tenant = tenant_of(site, opened)
    assert (tenant.settings.base_url, tenant.settings.issuer) == (site.url, site.url)
    assert tenant.settings.environment()["CXONE_BASE_URL"] == tenant.serve() == site.url
    assert tenant.settings.environment()["CXONE_AUTH_URL"] == site.url + tenant.settings.token_path
    assert tenant.settings.environment()["CXONE_TENANT_ID"] == site.world.tenant_id


def test_a_run_finds_its_tenant_once(site, opened):
    settings = site.settings(base_url="")
    guard = Guard(settings)
    for _ in range(3):
        with LiveTenant(settings, guard, sleep=site.sleep) as tenant, tenant.client() as client:
            assert client.agent_state("1").state == "Tea"
    assert len(documents(site)) == len(set(documents(site)))
    assert sum(site.asked[path] for path in ("/auth/token", "/authentication/v1/token/access-key")) == 1
    assert guard.settings.base_url == site.url


def test_a_tenant_that_cannot_be_found_is_an_error_of_its_test_and_leaves_nothing_behind(site, opened):
    site.answering(status=503, on="/.well-known/")
    settings = site.settings(base_url="", tenant_id="t")
    with pytest.raises(ApiError), LiveTenant(settings, Guard(settings), sleep=site.sleep):
        raise AssertionError
    before = len(site.fake.journal)
    assert requests.post(f"{site.url}{ACD}/agents/1/logout", timeout=5).status_code == 401
    assert len(site.fake.journal) == before + 1


def test_code_under_test_is_guarded_at_the_discovered_hosts(site, opened):
    api = site.serve()

    def edit(request, answer):
        if request.target.path != CONFIGURATION:
            return answer
        return replace(answer, body=json.dumps({**json.loads(answer.body), "api_endpoint": api}).encode())

    site.edit = edit
    tenant = tenant_of(site, opened)
    assert tenant.settings.base_url == api
    with pytest.raises(RequestRefused):
        requests.post(f"{api}{ACD}/agents/1/logout", timeout=5)
    assert requests.get(f"{api}{ACD}/agents/states", timeout=5).status_code == 401
    assert site.world.session("1") is not None


FOUND = {
    "online": (AgentOnline("1"), {}, "1"),
    "online in state": (AgentOnline("1", state="Tea", group="Unavailable"), {}, "1"),
    "any online": (AgentOnline(), {}, "1"),
    "online, mapped": (AgentOnline("12345"), {"agents": "12345=1"}, "1"),
    "offline": (AgentOffline("2"), {}, "2"),
    "hidden": (AgentHidden("3"), {}, "3"),
    "unknown": (AgentUnknown("9"), {}, "9"),
    "several": (AgentsOnline(1), {}, ""),
}

MISSED = {
    "logged out": (AgentOnline("2"), "offline: the tenant lists the agent as logged out"),
    "unknown id": (AgentOnline("9"), "unknown id: no agent"),
    "hidden": (AgentOnline("3"), "hidden (likely)"),
    "other state": (AgentOnline("1", state="Available"), "it is in state 'Tea' of group 'Unavailable'"),
    "offline, but logged in": (AgentOffline("1"), "agent 1 is logged in"),
    "offline, but hidden": (AgentOffline("3"), "the client does not see agent 3, logged out or not"),
    "hidden, but logged out": (AgentHidden("2"), "the client sees this agent's state"),
    "too few": (AgentsOnline(2), "the tenant lists 1"),
}


@pytest.mark.parametrize(("state", "options", "agent_id"), FOUND.values(), ids=FOUND)
def test_a_state_is_found(site, opened, state, options, agent_id):
    assert tenant_of(site, opened, **options).provide(state) == agent_id


@pytest.mark.parametrize(("state", "reason"), MISSED.values(), ids=MISSED)
def test_a_state_that_is_not_there_says_why(site, opened, state, reason):
    with pytest.raises(StateNotProvided) as found:
        tenant_of(site, opened).provide(state)
    assert reason in found.value.reason
    assert site.slept == []


def test_workers_of_a_run_get_one_token_and_find_the_tenant_with_it(site):
    settings = site.settings(base_url="")
    shared = Guard(settings).shared_grant()
    found = len(documents(site))
    for _ in range(2):
        worker = Guard(settings, share=2)
        worker.adopt(shared)
        with LiveTenant(settings, worker, sleep=site.sleep) as tenant, tenant.client() as client:
            assert client.agent_state("1").state == "Tea"
            assert (tenant.settings.base_url, tenant.settings.tenant_id) == (site.url, site.world.tenant_id)
    assert sum(site.asked[path] for path in ("/auth/token", "/authentication/v1/token/access-key")) == 1
    assert len(documents(site)) == found > 0


@pytest.mark.parametrize("is_refused", [False, True], ids=["found", "refused"])
def test_what_was_sent_for_all_workers_is_taken_from_the_budget_of_each(site, is_refused):
    if is_refused:
        site.environ["CXONE_ACCESS_KEY_SECRET"] = "another"
    settings = site.settings(base_url="", budget="9")
    first = Guard(settings)
    worker = Guard(settings, share=2)
    worker.adopt(first.shared_grant())
    assert first.sent.total() == len(site.fake.journal) > 0
    left = (9 - first.sent.total()) // 2
    for _ in range(left):
        worker.permit(asking("GET", f"{site.url}{CONFIGURATION}"))
    with pytest.raises(RequestRefused, match=f"budget of {left} requests is spent"):
        worker.permit(asking("GET", f"{site.url}{CONFIGURATION}"))
