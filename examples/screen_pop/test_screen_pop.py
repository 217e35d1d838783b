"""The screen pop's tests. httpx does not pass through requests, so all ask for the tenant over loopback HTTP."""

import asyncio
import time

import httpx
import pytest
from cxone import Tenant
from screen_pop import Call, Outcome, screen_pop

from pytest_cxone import (
    agent_hidden,
    agent_offline,
    agent_online,
    agent_unknown,
    agents_online,
    cxone_fault,
    cxone_scopes,
)

pytestmark = pytest.mark.usefixtures("cxone_server")

TRUSTED = httpx.create_ssl_context()
"""Read once: each client that reads the certificates for itself takes longer for them than for its calls."""


class Recorded:
    """Desktops that only remember who was popped to whom."""

    def __init__(self):
        self.pops = []

    async def pop(self, call):
        self.pops.append((call.agent_id, call.caller))


@pytest.fixture
def desktops():
    return Recorded()


@pytest.fixture
def ring(cxone_tenant, desktops):
    """Let calls come in for agents, all at once; return what became of each."""

    def ring(*agent_ids, timeout=10.0, clock=time.time):
        async def sleep(seconds):
            cxone_tenant.clock.advance(seconds)

        async def incoming():
            async with httpx.AsyncClient(timeout=timeout, verify=TRUSTED) as client:
                tenant = Tenant(client, clock=clock, sleep=sleep)
                calls = [Call(agent_id=agent_id, caller="+49 30 0815") for agent_id in agent_ids]
                return await asyncio.gather(*(screen_pop(call, tenant, desktops) for call in calls))

        return asyncio.run(incoming())

    return ring


def token_requests(tenant):
    return [exchange for exchange in tenant.journal if exchange.request.target.path == "/oauth/token"]


@pytest.mark.parametrize(
    "state",
    [
        {"state": "Available"},
        {"state": "Call from Leeds", "group": "Busy"},
        {"state": "Rückruf", "group": "Available"},
    ],
    ids=str,
)
def test_an_agent_who_can_take_it_gets_the_callers_record(ring, desktops, cxone_tenant, state):
    cxone_tenant.world.log_in("12345", **state)
    assert ring("12345") == [(Outcome.POPPED, f"agent 12345 is in state {state['state']!r}")]
    assert desktops.pops == [("12345", "+49 30 0815")]


@agent_online("12345", state="Lunch break", group="Unavailable")
def test_an_agent_on_a_break_is_left_alone(ring, desktops):
    reason = "agent 12345 is in state 'Lunch break' of group 'Unavailable'"
    assert ring("12345") == [(Outcome.NOT_NOW, reason)]
    assert desktops.pops == []


@pytest.mark.parametrize(
    "outcome",
    [
        pytest.param(Outcome.NOT_LISTED, marks=agent_offline("12345"), id="logged out"),
        pytest.param(Outcome.NOT_LISTED, marks=agent_hidden("12345"), id="hidden"),
        pytest.param(Outcome.NO_SUCH_AGENT, marks=agent_unknown("12345"), id="unknown"),
    ],
)
@agent_online("123456")
def test_an_agent_who_is_not_there_is_told_from_one_who_does_not_exist(ring, desktops, outcome):
    [(became, _)] = ring("12345")
    assert became is outcome
    assert desktops.pops == []


@pytest.mark.parametrize(
    ("kind", "details", "reason"),
    [
        ("outage", {}, "CXone answered 503"),
        ("outage", {"on": "/token", "status": 500}, "CXone answered 500"),
        ("rate_limit", {}, "CXone answered 429"),
        ("rate_limit", {"retry_after": 30, "times": 1}, "CXone answered 429"),
        ("token_revoked", {"times": 2}, "CXone answered 401"),
        ("disconnect", {}, "CXone did not answer (RemoteProtocolError)"),
        ("truncated", {}, "CXone did not answer (RemoteProtocolError)"),
        ("malformed", {}, "CXone's answer is not JSON"),
        ("malformed", {"on": "/token"}, "CXone's answer is not JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
@agent_online("12345")
def test_a_failure_is_never_an_agent_who_is_logged_out(ring, cxone_tenant, kind, details, reason):
    cxone_tenant.fault(kind, **details)
    assert ring("12345") == [(Outcome.CANNOT_TELL, f"agent 12345 may or may not be there: {reason}")]


@pytest.fixture
def ring_at(desktops):
    """Let a call come in at a tenant that answers its listing and its profiles with these; return what became of it."""

    def ring_at(listing, profile=(200, "{}")):
        def answer(request):
            if request.method == "POST":
                return httpx.Response(200, json={"access_token": "t", "expires_in": 900})
            status, text = (200, listing) if request.url.path.endswith("/states") else profile
            return httpx.Response(status, text=text)

        async def incoming():
            async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
                return await screen_pop(Call(agent_id="12345", caller="+49 30 0815"), Tenant(client), desktops)

        return asyncio.run(incoming())

    return ring_at


@pytest.mark.parametrize("body", ["{}", '""', "null", "[1]", '[{"agentId": "12345"}]'])
def test_what_is_no_listing_is_not_an_empty_one(ring_at, body):
    outcome, reason = ring_at(body)
    assert outcome is Outcome.CANNOT_TELL
    assert reason.endswith("CXone gave something other than a list of agents' states")


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ((200, "{}"), "CXone gave something other than an agent's profile"),
        ((200, "[]"), "CXone gave something other than an agent's profile"),
        ((404, "[]"), "CXone answered 404"),
        ((404, "<h1>404 Not Found</h1>"), "CXone's answer is not JSON"),
    ],
    ids=str,
)
def test_what_is_no_profile_makes_nobody_known_or_unknown(ring_at, profile, why):
    outcome, reason = ring_at("[]", profile)
    assert outcome is Outcome.CANNOT_TELL
    assert reason.endswith(why)


@cxone_fault("latency", seconds=60)
@agent_online("12345")
def test_an_answer_that_takes_too_long_is_given_up(ring):
    # However slow this machine is, the answer is slower.
    [(outcome, reason)] = ring("12345", timeout=0.3)
    assert outcome is Outcome.CANNOT_TELL
    assert "Timeout" in reason


@cxone_fault("outage", on="/agents/12345")
@agent_offline("12345")
def test_a_profile_that_cannot_be_read_makes_nobody_unknown(ring):
    [(outcome, _)] = ring("12345")
    assert outcome is Outcome.CANNOT_TELL


@cxone_scopes("read:agent:status")
@agent_online("12345")
def test_a_missing_scope_is_said(ring):
    assert ring("12345") == [(Outcome.CANNOT_TELL, "agent 12345 may or may not be there: CXone answered 403")]


@agent_online("12345")
def test_wrong_credentials_are_said(ring, monkeypatch):
    monkeypatch.setenv("CXONE_CLIENT_SECRET", "another")
    assert ring("12345") == [(Outcome.CANNOT_TELL, "agent 12345 may or may not be there: CXone answered 401")]


@agent_online("12345")
def test_a_short_rate_limit_is_waited_for(ring, cxone_tenant):
    cxone_tenant.fault("rate_limit", times=1, retry_after=2)
    before = cxone_tenant.clock.now()
    [(outcome, _)] = ring("12345")
    assert outcome is Outcome.POPPED
    assert cxone_tenant.clock.now() - before >= 2


@agents_online(8)
def test_calls_that_come_in_at_once_share_one_token(ring, cxone_tenant):
    outcomes = ring(*(session.agent_id for session in cxone_tenant.world.sessions))
    assert {outcome for outcome, _ in outcomes} == {Outcome.POPPED}
    assert len(token_requests(cxone_tenant)) == 1


@cxone_fault("token_revoked", after=1)
@agent_online("12345")
def test_a_token_that_is_revoked_is_renewed_and_the_call_popped(ring, cxone_tenant):
    outcomes = ring("12345", "12345", "12345")
    assert {outcome for outcome, _ in outcomes} == {Outcome.POPPED}
    assert len(token_requests(cxone_tenant)) == 2


@agent_online("12345")
def test_a_token_is_renewed_a_minute_before_its_end(cxone_tenant, desktops):
    async def two_calls(pause):
        async with httpx.AsyncClient(verify=TRUSTED) as client:
            tenant = Tenant(client, clock=cxone_tenant.clock.now)
            call = Call(agent_id="12345", caller="+49 30 0815")
            await screen_pop(call, tenant, desktops)
            cxone_tenant.clock.advance(pause)
            await screen_pop(call, tenant, desktops)

    asyncio.run(two_calls(pause=800))
    assert len(token_requests(cxone_tenant)) == 1
    asyncio.run(two_calls(pause=840))
    assert len(token_requests(cxone_tenant)) == 1 + 2
    assert len(desktops.pops) == 4
    assert all(exchange.response.status == 200 for exchange in cxone_tenant.journal)
