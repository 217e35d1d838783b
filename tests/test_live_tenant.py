"""The live tenant, with a served fake in its place: what may be sent, and which states are found."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
from requests.adapters import HTTPAdapter

from pytest_cxone.errors import AuthenticationFailed, FakeOnly, NetworkError, RequestRefused, StateNotProvided
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Headers, Response
from pytest_cxone.server import serving
from pytest_cxone.settings import resolve
from pytest_cxone.states import AgentHidden, AgentOffline, AgentOnline, AgentsOnline, AgentUnknown, Scopes
from pytest_cxone.tenants import open_tenant
from pytest_cxone.tenants.fake import FakeTenant
from pytest_cxone.tenants.live import Guard, LiveTenant, WallClock
from tests.site import Time

SECRET = "secret-hidden-text"
CREDENTIALS = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": SECRET}
SCOPES = ("read:agent", "read:agent:status")
STATES = "/api/v2/agents/states"
TENANT = "https://tenant.example"


def live(**command_line):
    return resolve({"mode": "live", **command_line}, CREDENTIALS, {})


def request(method="GET", url=f"{TENANT}{STATES}"):
    return requests.Request(method, url).prepare()


def guard_of(share=1, **command_line):
    passing = Time()
    settings = live(**{"base_url": TENANT, **command_line})
    return Guard(settings, share=share, clock=passing.now, sleep=passing.sleep), passing


# The guard


@pytest.mark.parametrize(
    ("rate", "share", "interval"),
    [("4", 1, 0.25), ("0.5", 1, 2.0), ("4", 8, 2.0)],
    ids=["four a second", "one in two seconds", "one of eight workers"],
)
def test_requests_are_spaced(rate, share, interval):
    guard, passing = guard_of(rate=rate, share=share)
    for _ in range(4):
        guard.permit(request())
    assert passing.slept == pytest.approx([interval] * 3)


def test_time_that_has_passed_is_not_waited_for_again_nor_saved_up():
    guard, passing = guard_of(rate="1")
    guard.permit(request())
    passing.at += 0.75
    guard.permit(request())
    passing.at += 100
    guard.permit(request())
    guard.permit(request())
    assert passing.slept == pytest.approx([0.25, 1.0])


@pytest.mark.parametrize(
    "options", [{"rate": "0"}, {"base_url": "http://127.0.0.1:1"}, {"base_url": "http://localhost"}], ids=str
)
def test_what_has_no_limit_is_not_slowed(options):
    guard, passing = guard_of(**options)
    for _ in range(50):
        guard.permit(request(url=f"{options.get('base_url', TENANT)}{STATES}"))
    assert passing.slept == []


@pytest.mark.parametrize(("budget", "share", "passed"), [("3", 1, 3), ("3", 2, 1), ("1", 8, 1), ("0", 1, 0)])
def test_a_budget_ends_and_says_how_to_raise_it(budget, share, passed):
    guard, _ = guard_of(budget=budget, share=share)
    for _ in range(passed):
        guard.permit(request())
    with pytest.raises(RequestRefused, match=f"budget of {passed} requests is spent; raise it with --cxone-budget"):
        guard.permit(request())
    assert (guard.sent.total(), guard.refused) == (passed, 1)


def test_threads_wait_for_one_another_at_the_same_time():
    passing, together = Time(), threading.Barrier(7)

    def sleep(seconds):
        passing.slept.append(seconds)
        together.wait(timeout=10)

    guard = Guard(live(base_url=TENANT, rate="1"), clock=passing.now, sleep=sleep)
    with ThreadPoolExecutor(8) as workers:
        list(workers.map(guard.permit, [request() for _ in range(8)]))
    assert sorted(passing.slept) == pytest.approx([1, 2, 3, 4, 5, 6, 7])
    assert guard.sent == {"GET": 8}


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get"])
def test_only_reads_pass(method):
    guard, _ = guard_of()
    asked = request()
    asked.method = method
    with pytest.raises(RequestRefused, match="live mode only reads") as found:
        guard.permit(asked)
    assert (found.value.method, found.value.url) == (method, f"{TENANT}{STATES}")
    assert (guard.sent.total(), guard.refused) == (0, 1)


@pytest.mark.parametrize(
    ("auth_url", "url", "passes"),
    [
        ("", f"{TENANT}/oauth/token", True),
        ("", f"{TENANT}/oauth/token?x=1", True),
        ("", f"{TENANT}/oauth/token/revoke", False),
        ("", f"{TENANT}/api/oauth/token", False),
        ("https://login.example/t", "https://login.example/t", True),
        ("https://login.example/t", "https://login.example/u", False),
    ],
)
def test_the_token_request_passes(auth_url, url, passes):
    guard, _ = guard_of(auth_url=auth_url)
    asked = request("POST", url)
    if passes:
        guard.permit(asked)
        assert guard.sent == {"token POST": 1}
    else:
        with pytest.raises(RequestRefused):
            guard.permit(asked)


@pytest.mark.parametrize(
    ("url", "claimed"),
    [
        (f"{TENANT}/x", True),
        (f"{TENANT}:443/x", True),
        ("https://tenant.example.evil.example/x", False),
        ("https://elsewhere.example/x", False),
        ("http://127.0.0.1:1/x", False),
    ],
)
def test_only_the_tenants_urls_are_guarded(url, claimed):
    guard, _ = guard_of()
    assert guard.claims(url) is claimed


# The tenant


class Site:
    """A fake over HTTP that stands for the live tenant."""

    def __init__(self, opened):
        self.instead = None
        self.fake = Fake(changes=[self._change])
        self.world = self.fake.world("us")
        self.world.add_client("me", SECRET, scopes=SCOPES)
        self.passing = Time()
        self._opened = opened
        self.url = opened.enter_context(serving(self.fake, "us")).url

    def _change(self, asked, forward, world):
        answer = self.instead(asked) if self.instead else None
        return forward(asked) if answer is None else answer

    def sleep(self, seconds):
        self.passing.sleep(seconds)
        self.fake.clock.advance(seconds)

    def tenant(self, guard=None, **command_line):
        settings = live(base_url=self.url, **command_line)
        tenant = LiveTenant(settings, guard or Guard(settings), sleep=self.sleep)
        return self._opened.enter_context(tenant)

    @property
    def asked(self):
        return [exchange.request.target.path for exchange in self.fake.journal]


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    site = Site(opened)
    site.world.log_in("1", state="Tea", group="Break")
    site.world.add_agent("2")
    site.world.hide("3")
    site.world.log_in("3")
    return site


FOUND = {
    "online": (AgentOnline("1"), {}, "1"),
    "online in state": (AgentOnline("1", state="Tea", group="Break"), {}, "1"),
    "any online": (AgentOnline(), {}, "1"),
    "any online in state": (AgentOnline(state="Tea"), {}, "1"),
    "online, mapped": (AgentOnline("12345"), {"agents": "12345=1"}, "1"),
    "offline": (AgentOffline("2"), {}, "2"),
    "offline, mapped": (AgentOffline("12345"), {"agents": "12345=2"}, "2"),
    "offline, declared": (AgentOffline(), {"offline_agent_id": "2"}, "2"),
    "offline, the target": (AgentOffline(), {"target_agent_id": "2"}, "2"),
    "offline, the operator's word": (AgentOffline(), {"offline_agent_id": "1"}, "1"),
    "hidden": (AgentHidden("3"), {}, "3"),
    "hidden, declared": (AgentHidden(), {"hidden_agent_id": "3"}, "3"),
    "unknown": (AgentUnknown("9"), {}, "9"),
    "unknown, mapped": (AgentUnknown("12345"), {"agents": "12345=9"}, "9"),
    "several": (AgentsOnline(1), {}, ""),
    "none": (AgentsOnline(0), {}, ""),
    "scopes": (Scopes(("read:agent",)), {}, ""),
    "no scopes": (Scopes(()), {}, ""),
}

MISSED = {
    "logged out": (AgentOnline("2"), {}, "agent 2 online", "offline (likely): the agent exists", "log in"),
    "unknown id": (AgentOnline("9"), {}, "agent 9 online", "unknown id: no agent", "check the id"),
    "mapped id": (
        AgentOnline("12345"),
        {"agents": "12345=9"},
        "agent 12345 online",
        "unknown id: no agent",
        "check the id",
    ),
    "hidden": (AgentOnline("3"), {}, "agent 3 online", "hidden (possible)", "whether the client may see"),
    "other state": (
        AgentOnline("1", state="Available"),
        {},
        "agent 1 online in state 'Available'",
        "it is in state 'Tea' of group 'Break'",
        "",
    ),
    "nobody in state": (AgentOnline(state="Lunch"), {}, "an agent online in state 'Lunch'", "lists none", "log in"),
    "offline, but logged in": (AgentOffline("1"), {}, "agent 1 offline", "agent 1 is logged in", ""),
    "offline, but unknown": (AgentOffline("9"), {}, "agent 9 offline", "no agent has the id '9'", ""),
    "offline, nobody named": (AgentOffline(), {}, "an agent offline", "does not name one", "CXONE_OFFLINE_AGENT_ID"),
    "offline, target logged in": (
        AgentOffline(),
        {"target_agent_id": "1"},
        "an agent offline",
        "agent 1 is logged in",
        "CXONE_OFFLINE_AGENT_ID",
    ),
    "hidden, but seen": (AgentHidden("1"), {}, "hidden from this client", "sees this agent's state", ""),
    "hidden, but unknown": (AgentHidden("9"), {}, "hidden from this client", "no agent has the id '9'", ""),
    "hidden, nobody named": (AgentHidden(), {}, "an agent online, hidden", "who is hidden", "CXONE_HIDDEN_AGENT_ID"),
    "unknown, but known": (AgentUnknown("1"), {}, "no agent with the id 1", "an agent has this id", ""),
    "too few": (AgentsOnline(2), {}, "2 agents online", "the tenant lists 1", "let more agents log in"),
    "scope not granted": (
        Scopes(("read:agent", "write:agent")),
        {},
        "a client with the scopes read:agent, write:agent",
        "asked for these scopes, the tenant grants read:agent",
        "",
    ),
}


@pytest.mark.parametrize(("state", "options", "agent_id"), FOUND.values(), ids=FOUND)
def test_a_state_is_found(site, state, options, agent_id):
    assert site.tenant(**options).provide(state) == agent_id


@pytest.mark.parametrize(("state", "options", "text", "reason", "remedy"), MISSED.values(), ids=MISSED)
def test_a_state_that_is_not_there_says_why_and_what_to_do(site, state, options, text, reason, remedy):
    tenant = site.tenant(**options)
    with pytest.raises(StateNotProvided) as found:
        tenant.provide(state)
    error = found.value
    assert error.state == state
    assert text in str(error.state)
    assert reason in error.reason
    assert remedy in error.remedy
    assert "\n" not in str(error)
    assert site.passing.slept == []


def test_an_id_that_nobody_has_is_known_without_asking(site):
    agent_id = site.tenant().provide(AgentUnknown())
    assert site.asked == []
    assert site.world.agent(agent_id) is None


@pytest.mark.parametrize("state", [AgentOnline(), AgentsOnline(1)], ids=str)
def test_those_online_are_listed_no_further_than_needed(site, state):
    site.world.page_cap = 1
    site.world.log_in("4")
    site.tenant().provide(state)
    assert site.asked == ["/oauth/token", STATES]


def test_a_tenant_that_does_not_answer_is_no_missing_state(site):
    tenant = site.tenant()
    site.fake.add_fault(Fault(kind="disconnect"))
    with pytest.raises(NetworkError):
        tenant.provide(AgentOnline("1"))
    site.world.add_client("me", "other", scopes=SCOPES)
    site.fake.clear_faults()
    with pytest.raises(AuthenticationFailed):
        site.tenant().provide(AgentUnknown("9"))


def grant(**fields):
    body = {"access_token": "t", "token_type": "Bearer", "expires_in": 900, **fields}
    headers = Headers({"Content-Type": "application/json", "Cache-Control": "no-store"})
    return Response(status=200, headers=headers, body=json.dumps(body).encode())


def test_scopes_that_the_tenant_does_not_tell_are_those_that_were_asked_for(site):
    site.instead = lambda asked: grant() if asked.method == "POST" else None
    tenant = site.tenant()
    assert tenant.provide(Scopes(("read:agent",))) == ""
    assert tenant.settings.scopes == ("read:agent",)


def test_the_agent_that_the_operator_names_goes_before_those_that_are_listed(site):
    site.world.log_in("1")
    site.world.log_in("900")
    assert site.tenant(target_agent_id="900").provide(AgentOnline()) == "900"
    assert site.tenant(target_agent_id="901").provide(AgentOnline()) == "1"


def test_scopes_that_the_tenant_refuses_are_not_provided(site):
    refusal = Response(
        status=400, headers=Headers({"Content-Type": "application/json"}), body=b'{"error":"invalid_scope"}'
    )
    site.instead = lambda asked: refusal if asked.method == "POST" else None
    with pytest.raises(StateNotProvided, match="invalid_scope"):
        site.tenant().provide(Scopes(("write:agent",)))


def test_a_client_after_scopes_has_those_and_others_have_theirs(site):
    narrow = site.tenant()
    narrow.provide(Scopes(()))
    with narrow.client() as client, site.tenant().client() as other:
        assert client.http.get(STATES).status_code == 403
        assert other.http.get(STATES).status_code == 200


# Waiting for a state


def test_a_state_is_waited_for_where_the_operator_says_so(site):
    site.world.log_in("2", latency=1.2)
    tenant = site.tenant(on_missing="wait", wait="5")
    assert tenant.provide(AgentOnline("2")) == "2"
    assert site.passing.slept == [0.5, 0.5, 0.5]


@pytest.mark.parametrize(
    ("wait", "slept"), [("1", [0.5, 0.5]), ("0.7", [0.5, 0.2]), ("0", [])], ids=["1 s", "0.7 s", "not at all"]
)
def test_the_wait_ends_and_is_told(site, wait, slept):
    tenant = site.tenant(on_missing="wait", wait=wait)
    with pytest.raises(StateNotProvided) as found:
        tenant.provide(AgentOnline("2"))
    assert site.passing.slept == pytest.approx(slept)
    assert (f"waited {wait} s" in str(found.value)) is bool(slept)


@pytest.mark.parametrize("policy", ["skip", "fail"])
def test_other_policies_do_not_wait(site, policy):
    site.world.log_in("2", latency=0.5)
    with pytest.raises(StateNotProvided):
        site.tenant(on_missing=policy).provide(AgentOnline("2"))
    assert site.passing.slept == []


def test_a_client_waits_as_the_tenant_does(site):
    site.fake.add_fault(Fault(kind="rate_limit", times=1, retry_after=7))
    site.tenant().provide(AgentOnline("1"))
    assert site.passing.slept == [7]


# What is sent, and what is kept


def test_requests_of_the_test_pass_the_guard_wherever_they_are_made(site):
    tenant = site.tenant()
    with requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{site.url}{STATES}").status_code == 401
        with pytest.raises(RequestRefused):
            session.delete(f"{site.url}{STATES}")
    assert site.asked == [STATES]
    assert [exchange.response.status for exchange in tenant.journal] == [401]


def test_a_users_adapter_does_its_part_before_the_guard(site):
    class Adapter(HTTPAdapter):
        def send(self, asked, **kwargs):
            asked.headers["X-Adapter"] = "yes"
            return super().send(asked, **kwargs)

    guard = Guard(live(base_url=site.url))
    site.tenant(guard)
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", Adapter())
        session.get(f"{site.url}{STATES}")
    assert site.fake.journal[-1].request.headers["X-Adapter"] == "yes"
    assert guard.sent == {"GET": 1}


def test_other_hosts_are_not_the_guards_business(site, opened):
    other = Site(opened)
    guard = Guard(live(base_url=site.url, budget="0"))
    site.tenant(guard)
    with requests.Session() as session:
        session.trust_env = False
        assert session.put(f"{other.url}{STATES}").status_code == 405
    assert (guard.sent.total(), guard.refused) == (0, 0)


def test_tenants_of_a_run_share_a_token_a_budget_and_a_journal(site):
    guard = Guard(live(base_url=site.url))
    for _ in range(3):
        tenant = LiveTenant(live(base_url=site.url), guard, sleep=site.sleep)
        with tenant, tenant.client() as client:
            client.agent_state("1")
    assert guard.sent == {"token POST": 1, "GET": 3}
    assert len(tenant.journal) == 4


def test_the_journal_shows_no_secret_or_token(site):
    guard = Guard(live(base_url=site.url))
    tenant = site.tenant(guard)
    tenant.provide(AgentOnline("1"))
    (token,) = guard.secrets - {SECRET}
    assert SECRET in tenant.journal[0].request.body.decode()
    assert token in tenant.journal[1].request.headers["Authorization"]
    assert SECRET not in repr(tenant.journal)
    assert token not in repr(tenant.journal)


@pytest.mark.parametrize(
    "read",
    [lambda answer: b"".join(answer.iter_content(3)), lambda answer: answer.raw.read(), lambda answer: answer.content],
    ids=["in pieces", "raw", "whole"],
)
def test_a_streamed_answer_is_seen_and_still_read_as_one(site, read):
    tenant = site.tenant()
    with requests.Session() as session:
        session.trust_env = False
        with session.get(f"{site.url}{STATES}", stream=True) as answer:
            assert read(answer).startswith(b'{"error"')
    assert [exchange.response.status for exchange in tenant.journal] == [401]


def test_nothing_is_guarded_afterwards():
    before = requests.Session.get_adapter
    settings = live(base_url=TENANT)
    with LiveTenant(settings, Guard(settings)):
        assert requests.Session.get_adapter is not before
    assert requests.Session.get_adapter is before


# What a live tenant has no way to do


@pytest.mark.parametrize(
    ("ask", "what"),
    [
        (lambda tenant: tenant.world, "to arrange agents and tokens"),
        (lambda tenant: tenant.fault("outage"), "the fault outage"),
        (lambda tenant: tenant.in_region("eu"), "to have two regions side by side"),
    ],
    ids=["world", "fault", "region"],
)
def test_what_only_a_fake_can_do_is_not_provided(site, ask, what):
    with pytest.raises(FakeOnly) as found:
        ask(site.tenant())
    assert str(found.value) == f"{what}: live mode never does that; --cxone=fake runs this"


def test_a_live_tenant_is_served_already(site):
    tenant = site.tenant()
    assert tenant.serve() == site.url
    assert tenant.take_errors() == []
    assert tenant.evidence == "live"


def test_a_live_clock_waits_as_long_as_allowed():
    passing = Time()
    clock = WallClock(5, passing.sleep)
    clock.advance(5)
    assert passing.slept == [5]
    assert clock.now() == pytest.approx(time.time(), abs=60)
    with pytest.raises(FakeOnly) as found:
        clock.advance(900)
    assert str(found.value) == (
        "to let 900 s pass: a live tenant's clock cannot be moved; --cxone-wait=900 really waits"
    )
    assert passing.slept == [5]


def test_the_tenants_clock_has_the_settings_patience(site):
    clock = site.tenant(wait="3").clock
    clock.advance(3)
    with pytest.raises(StateNotProvided):
        clock.advance(3.5)
    assert site.passing.slept == [3]


@pytest.mark.parametrize(("mode", "kind"), [("offline", FakeTenant), ("fake", FakeTenant), ("live", LiveTenant)])
def test_the_mode_opens_its_tenant(mode, kind):
    assert type(open_tenant(resolve({"mode": mode}, CREDENTIALS, {}))) is kind


@pytest.mark.parametrize(
    "url", ["http://platform.nicecxone.com/api/v2/agents/states", "https://platform.nicecxone-eu.com/oauth/token"]
)
def test_a_tenants_host_that_is_not_this_runs_tenant_is_refused(url):
    guard, _ = guard_of()
    assert guard.claims(url)
    with pytest.raises(RequestRefused, match="this run's tenant is at"):
        guard.permit(request(url=url))


def test_a_run_with_a_wrong_secret_asks_for_a_token_once(site):
    site.world.add_client("me", "another secret", scopes=SCOPES)
    tenant = site.tenant()
    for _ in range(3):
        with tenant.client() as client, pytest.raises(AuthenticationFailed, match="refuses the client id or secret"):
            client.agent_state("12345")
    assert site.asked == ["/oauth/token"]


def test_an_adapter_that_sends_on_its_own_meets_the_guard_first(site):
    class Own(HTTPAdapter):
        def send(self, asked, **kwargs):
            return HTTPAdapter.send(self, asked, **kwargs)

    guard = Guard(live(base_url=site.url))
    site.tenant(guard)
    with requests.Session() as session:
        session.trust_env = False
        session.mount("http://", Own())
        with pytest.raises(RequestRefused):
            session.delete(f"{site.url}{STATES}")
    assert site.asked == []


@pytest.mark.parametrize(
    "form",
    [
        lambda text: {"token": text},
        lambda text: {"data": {"access_token": text}},
        lambda text: [{"access_token": text}],
    ],
    ids=["renamed", "enveloped", "in an array"],
)
@pytest.mark.parametrize("status", [200, 201])
def test_a_token_is_a_secret_whatever_form_it_comes_in(site, form, status):
    token = "a-token-of-tomorrow-0123456789"
    site.instead = lambda asked: Response(
        status=status, headers=Headers({"Content-Type": "application/json"}), body=json.dumps(form(token)).encode()
    )
    guard = Guard(live(base_url=site.url))
    site.tenant(guard)
    requests.post(f"{site.url}/oauth/token", stream=True, timeout=5).close()
    assert token in guard.secrets


def test_a_token_is_a_secret_once_it_is_sent(site):
    guard = Guard(live(base_url=site.url))
    site.tenant(guard)
    requests.get(f"{site.url}{STATES}", headers={"Authorization": "Bearer of-some-other-origin-01"}, timeout=5)
    assert "of-some-other-origin-01" in guard.secrets


def test_a_wrong_secret_is_tried_once_for_a_set_of_scopes(site):
    site.world.add_client("me", "another secret", scopes=SCOPES)
    guard = Guard(live(base_url=site.url))
    for _ in range(3):
        with pytest.raises(AuthenticationFailed):
            site.tenant(guard).provide(Scopes(("read:agent",)))
    assert site.asked == ["/oauth/token"]
