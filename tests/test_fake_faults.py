"""Faults: which requests they strike, and what they make of an answer."""

import math
from dataclasses import replace

import pytest

from pytest_cxone.errors import ConfigurationError, UnknownRoute
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Cut, Fault
from pytest_cxone.model import Headers, Request, Response

ANSWER = Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=b"[]")
STATES = "/api/v2/agents/states"


@pytest.fixture
def fake():
    return Fake()


def statuses(fake, count, path=STATES):
    request = Request(method="GET", url=f"http://fake{path}")
    return [fake.answer(request, "us").response.status for _ in range(count)]


# When they strike


def test_a_fault_strikes_so_many_times_after_so_many_requests(fake):
    fake.add_fault(Fault(kind="outage", after=1, times=2))
    assert statuses(fake, 5) == [401, 503, 503, 401, 401]


def test_a_fault_without_times_goes_on_until_cleared(fake):
    fake.add_fault(Fault(kind="outage"))
    assert statuses(fake, 3) == [503] * 3
    fake.clear_faults()
    assert statuses(fake, 1) == [401]


def test_a_fault_leaves_the_token_alone_unless_told(fake):
    fake.add_fault(Fault(kind="outage"))
    assert statuses(fake, 1, "/oauth/token") == [405]
    fake.clear_faults()
    fake.add_fault(Fault(kind="outage", on="/oauth"))
    assert statuses(fake, 1, "/oauth/token") == [503]
    assert statuses(fake, 1) == [401]


def test_requests_elsewhere_do_not_use_a_fault_up(fake):
    fake.add_fault(Fault(kind="outage", on="/states", times=1))
    assert statuses(fake, 2, "/api/v2/agents/1") == [401, 401]
    assert statuses(fake, 2) == [503, 401]


def test_faults_strike_one_after_another(fake):
    fake.add_fault(Fault(kind="outage", times=1))
    fake.add_fault(Fault(kind="rate_limit", times=2))
    assert statuses(fake, 4) == [503, 429, 429, 401]


def test_a_token_is_revoked_once_before_the_answer(fake):
    world = fake.world("us")
    client = world.add_client("id", "secret", scopes=["read:agent"])
    fake.add_fault(Fault(kind="token_revoked"))

    def ask():
        token = world.issue_token(client, client.scopes)
        headers = Headers({"Authorization": f"Bearer {token.value}"})
        return fake.answer(Request(method="GET", url=f"http://fake{STATES}", headers=headers), "us")

    assert [ask().response.status for _ in range(3)] == [401, 200, 200]


# What they do


@pytest.mark.parametrize(("seconds", "header"), [(30, "30"), (0, "0"), (None, None)])
def test_a_rate_limit_says_when_to_come_back_where_told_to(seconds, header):
    response = Fault(kind="rate_limit", retry_after=seconds).refused(ANSWER)
    assert (response.status, response.headers.get("Retry-After")) == (429, header)


def test_an_outage_has_the_status_it_was_given():
    assert Fault(kind="outage", status=502).refused(ANSWER).status == 502


@pytest.mark.parametrize("kind", ["latency", "token_revoked", "malformed", "truncated", "disconnect"])
def test_what_is_no_refusal_leaves_what_the_tenant_says(kind):
    assert Fault(kind=kind).refused(ANSWER) is ANSWER


@pytest.mark.parametrize("kind", ["rate_limit", "outage"])
def test_an_upgrade_meets_a_refusal(kind):
    def shouted(asked, forward, _):
        answer = forward(asked)
        return replace(answer, body=answer.body.upper())

    fake = Fake(changes=[shouted])
    fake.add_fault(Fault(kind=kind))
    request = Request(method="GET", url=f"http://fake{STATES}")
    assert fake.answer(request, "us").response.body.startswith(b'{"ERROR":')
    assert fake.journal[-1].response.body.startswith(b'{"ERROR":')


@pytest.mark.parametrize("kind", ["malformed", "truncated", "disconnect"])
def test_no_upgrade_meets_what_nobody_gets_to_read(kind):
    fake = Fake(changes=[lambda asked, forward, _: pytest.fail("it was met")])
    fake.add_fault(Fault(kind=kind))
    assert statuses(fake, 1) == [401]


def test_a_route_that_the_api_does_not_have_is_a_mistake_also_in_an_outage(fake):
    fake.add_fault(Fault(kind="outage"))
    with pytest.raises(UnknownRoute):
        statuses(fake, 1, "/api/v2/agent/states")


def test_latency_delays_the_whole_answer():
    delivery = Fault(kind="latency", seconds=1.5).deliver(ANSWER)
    assert (delivery.response, delivery.delay, delivery.cut) == (ANSWER, 1.5, None)


def test_a_malformed_answer_has_the_status_of_a_good_one():
    response = Fault(kind="malformed").deliver(ANSWER).response
    assert (response.status, response.media_type) == (200, "text/html")


@pytest.mark.parametrize(("kind", "cut"), [("truncated", Cut.MID_BODY), ("disconnect", Cut.NOTHING_SENT)])
def test_a_connection_is_cut(kind, cut):
    assert Fault(kind=kind).deliver(ANSWER).cut is cut


# What they refuse


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"kind": "gremlins"}, "kind must be one of rate_limit, outage"),
        ({"times": 0}, "times must be a number of requests, 1 or more, not 0"),
        ({"times": True}, "times must be"),
        ({"after": -1}, "after must be a number of requests, 0 or more, not -1"),
        ({"after": "1"}, "after must be"),
        ({"status": 404}, "an outage's status must be 500 to 599, not 404"),
        ({"seconds": -0.5}, "seconds must be 0 or more, not -0.5"),
        ({"seconds": math.nan}, "seconds must be 0 or more, not nan"),
        ({"retry_after": 1.5}, "retry_after must be whole seconds, 0 or more, not 1.5"),
    ],
    ids=str,
)
def test_a_fault_that_makes_no_sense_is_refused(wrong, message):
    with pytest.raises(ConfigurationError, match=message):
        Fault(**{"kind": "outage", **wrong})
