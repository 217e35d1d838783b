"""How a diagnosis comes by its facts, over real HTTP: what is asked, in which order, and what it comes to."""

import json
import socket
from collections import Counter
from contextlib import ExitStack
from dataclasses import replace
from hashlib import sha256
from itertools import count

import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from requests.adapters import HTTPAdapter

from pytest_cxone.diagnosis import Certainty, Verdict
from pytest_cxone.errors import ConfigurationError, ServiceUnavailable
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Headers, Response, Secret
from tests.site import SCOPES, STATES, Site, profile_of

JSON = Headers({"Content-Type": "application/json"})
NOT_SHOWN = {Verdict.OFFLINE, Verdict.HIDDEN, Verdict.OFFLINE_OR_HIDDEN}
CAP = 25


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    return Site(opened)


@pytest.fixture
def eu(opened):
    """Another environment, with agents and credentials of its own."""
    return Site(opened)


def answer(body, status=200):
    return Response(status=status, headers=JSON, body=json.dumps(body).encode())


def sent(site):
    """Return the requests so far in short, without those for a token."""
    return [short(exchange.request) for exchange in site.fake.journal if exchange.request.method == "GET"]


def short(request):
    query = dict(request.query)
    if request.target.path != STATES:
        return f"profile {request.target.path.rpartition('/')[2]}"
    return f"state {query['agentId']}" if "agentId" in query else f"page {query['page']}"


def team_untold(request, response):
    """Change answers to those of a tenant that tells no team."""
    if response.status != 200 or "/agents" not in request.target.path:
        return response
    body = json.loads(response.body)
    for told in body if isinstance(body, list) else [body]:
        told.pop("team", None)
    return replace(response, body=json.dumps(body).encode())


def verdicts(found):
    return Counter(diagnosis.verdict for diagnosis in found.values())


# One agent: what is asked, and when it is enough


def online(site):
    site.world.log_in("1")


def unknown(site):
    site.world.log_in("2")


def mate_on_the_first_page(site):
    site.world.page_cap = 2
    site.online(5)
    site.world.add_agent("1")


def mate_on_the_second_page(site):
    mate_on_the_first_page(site)
    site.world.add_agent("1", team="Sales")
    site.world.add_agent("10004", team="Sales")


def nobody_of_the_team(site):
    mate_on_the_first_page(site)
    site.world.add_agent("1", team="Sales")


def hidden(site):
    mate_on_the_first_page(site)
    site.world.hide("1")
    site.world.log_in("1")


def teams_untold(site):
    mate_on_the_first_page(site)
    site.edit = team_untold


def nobody_online(site):
    site.world.add_agent("1")


LOOKS = {
    "online": (online, "1", Verdict.ONLINE, ["state 1"]),
    "unknown": (unknown, "1", Verdict.UNKNOWN, ["state 1", "profile 1"]),
    "an e-mail": (online, "a@b.example", Verdict.NOT_AN_ID, ["state a@b.example", "profile a%40b.example"]),
    "a name": (online, "Alex", Verdict.NOT_AN_ID, ["state Alex", "profile Alex"]),
    "offline, a mate on the first page": (
        mate_on_the_first_page,
        "1",
        Verdict.OFFLINE,
        ["state 1", "profile 1", "page 1"],
    ),
    "offline, a mate on the second page": (
        mate_on_the_second_page,
        "1",
        Verdict.OFFLINE,
        ["state 1", "profile 1", "page 1", "page 2"],
    ),
    "offline, no mates": (
        nobody_of_the_team,
        "1",
        Verdict.HIDDEN,
        ["state 1", "profile 1", "page 1", "page 2", "page 3", "page 4"],
    ),
    "hidden": (hidden, "1", Verdict.HIDDEN, ["state 1", "profile 1", "page 1", "page 2", "page 3", "page 4"]),
    "teams untold": (teams_untold, "1", Verdict.OFFLINE_OR_HIDDEN, ["state 1", "profile 1", "page 1"]),
    "nobody online": (nobody_online, "1", Verdict.OFFLINE_OR_HIDDEN, ["state 1", "profile 1", "page 1"]),
}


@pytest.mark.parametrize(("arrange", "agent_id", "verdict", "requests"), LOOKS.values(), ids=LOOKS)
def test_one_agent_is_asked_about_until_the_cause_is_known_and_no_further(site, arrange, agent_id, verdict, requests):
    arrange(site)
    diagnosis = site.client().diagnose(agent_id, wait=0)
    assert (diagnosis.verdict, sent(site)) == (verdict, requests)
    assert site.tokens_asked == 1
    assert site.slept == []


def test_what_was_asked_is_the_evidence(site):
    mate_on_the_second_page(site)
    evidence = site.client().diagnose("1", wait=0).evidence
    assert list(map(str, evidence)) == [
        f"GET {STATES}?agentId=1 -> 200, no row",
        "GET /api/v2/agents/1 -> 200, a profile, of team 'Sales'",
        f"GET {STATES}, 2 pages -> 200, 4 agents, one of its team",
    ]


def test_no_evidence_holds_a_token_a_name_or_an_address(site):
    site.world.add_agent("1", name="Zaphod Beeble", email="zaphod@example.com")
    found = site.client().diagnose("1", wait=0)
    many = site.client().diagnose_many(["1"])["1"]
    shown = f"{found!r} {found} {found.evidence} {many!r} {many} {many.evidence}".lower()
    assert "token-hidden" not in shown
    assert "zaphod" not in shown
    assert found.agent.name == "Zaphod Beeble"


def test_a_part_of_the_listing_is_enough_where_no_more_is_wanted(site):
    nobody_of_the_team(site)
    found = site.client().diagnose("1", wait=0, most_pages=2)
    assert found.verdict is Verdict.OFFLINE_OR_HIDDEN
    assert sent(site) == ["state 1", "profile 1", "page 1", "page 2"]


def test_a_listing_that_cannot_be_read_leaves_open_which_it_is(site):
    mate_on_the_second_page(site)
    site.instead = lambda request: answer({}, 503) if short(request) == "page 2" else None
    found = site.client().diagnose("1", wait=0)
    assert (found.verdict, found.error) == (Verdict.OFFLINE_OR_HIDDEN, None)
    assert "the listing could not be read" in found.cause
    assert found.evidence[-1].status == 503


# One agent, again after a while


@pytest.mark.parametrize(
    ("latency", "wait", "slept", "seen"),
    [
        (0.5, 5, [1], 1),
        (1, 5, [1], 1),
        (3, 5, [1, 1, 1], 3),
        (5, 5, [1, 1, 1, 1, 1], 5),
        (2.2, 2.5, [1, 1, 0.5], 2.5),
        (0.2, 0.5, [0.5], 0.5),
    ],
)
def test_a_fresh_log_in_is_looked_for_each_second(site, latency, wait, slept, seen):
    site.world.log_in("1", latency=latency)
    found = site.client().diagnose("1", wait=wait)
    assert (found.verdict, found.certainty, found.waited) == (Verdict.ONLINE_LATE, Certainty.CERTAIN, seen)
    assert site.slept == slept
    assert sent(site) == ["state 1", "profile 1"] + ["state 1"] * len(slept)
    assert f"after {seen:g} s" in found.cause


@pytest.mark.parametrize(
    ("wait", "slept"), [(None, [1, 1, 1, 1, 1]), (5, [1, 1, 1, 1, 1]), (1.5, [1, 0.5]), (0, [])], ids=str
)
def test_the_looking_ends_with_the_wait(site, wait, slept):
    site.world.add_agent("1")
    site.world.log_in("2")
    found = site.client().diagnose("1", wait=wait)
    assert (found.verdict, found.waited) == (Verdict.OFFLINE, sum(slept))
    assert site.slept == slept
    assert sent(site) == ["state 1", "profile 1"] + ["state 1"] * len(slept) + ["page 1"]
    # The first look and the last one are what the verdict rests on.
    assert [evidence.answer for evidence in found.evidence].count("no row") == (2 if slept else 1)


@pytest.mark.parametrize("agent_id", ["2", "3", "a@b"], ids=["online", "unknown", "no id"])
def test_nobody_is_waited_for_who_need_not_be(site, agent_id):
    site.world.log_in("2")
    site.client().diagnose(agent_id, wait=5)
    assert site.slept == []


def test_a_look_that_fails_does_not_undo_the_first(site):
    site.world.log_in("1", latency=2.5)
    site.world.log_in("2")
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1, times=2))
    assert site.client().diagnose("1", wait=5).verdict is Verdict.ONLINE_LATE
    assert site.statuses == [200, 200, 200, 503, 503, 200]


def test_looks_that_all_fail_leave_what_the_first_one_saw(site):
    site.world.log_in("2")
    site.world.add_agent("1")
    looks = count(1)
    site.instead = lambda asked: answer({}, 503) if short(asked) == "state 1" and next(looks) > 1 else None
    found = site.client().diagnose("1", wait=3)
    assert (found.verdict, found.waited, found.error) == (Verdict.OFFLINE, 0.0, None)
    assert [evidence.status for evidence in found.evidence] == [200, 200, 503, 503, 503, 200]


# What keeps a tenant from answering: each has its verdict, and is asked for once

FAULTS = {
    "outage": ({"kind": "outage"}, Verdict.OUTAGE),
    "rate": ({"kind": "rate_limit", "retry_after": 99}, Verdict.RATE_LIMITED),
    "disconnect": ({"kind": "disconnect"}, Verdict.DISCONNECTED),
    "truncated": ({"kind": "truncated"}, Verdict.DISCONNECTED),
    "latency": ({"kind": "latency", "seconds": 30}, Verdict.TIMEOUT),
    "malformed": ({"kind": "malformed"}, Verdict.UNEXPECTED),
    "revoked": ({"kind": "token_revoked", "times": 99}, Verdict.TOKEN_REFUSED),
    "no token": ({"kind": "outage", "on": "/oauth/token"}, Verdict.OUTAGE),
}
ANSWERS = {
    "a redirect": ({"status": 302, "Location": "https://login.example/"}, Verdict.UNEXPECTED),
    "401": ({"status": 401}, Verdict.TOKEN_REFUSED),
    "403": ({"status": 403}, Verdict.MISSING_SCOPE),
    "404": ({"status": 404}, Verdict.UNEXPECTED),
    "wrong credentials": (
        {"body": {"error": "invalid_client"}, "status": 401, "on": "/oauth/token"},
        Verdict.BAD_CREDENTIALS,
    ),
    "a scope that is refused": (
        {"body": {"error": "invalid_scope"}, "status": 400, "on": "/oauth/token"},
        Verdict.MISSING_SCOPE,
    ),
    "an object": ({"body": {}}, Verdict.BROKEN_CONTRACT),
}


def nowhere(*_, **__):
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


class Odd(HTTPAdapter):
    def send(self, *_, **__):
        raise requests.exceptions.RequestException("odd")


@pytest.mark.parametrize(("fault", "verdict"), FAULTS.values(), ids=FAULTS)
def test_a_bad_day_is_a_verdict_and_never_offline(site, fault, verdict):
    site.world.log_in("1")
    site.world.add_agent("2")
    site.fake.add_fault(Fault(**fault))
    client = site.client(timeout="0.2")
    assert client.diagnose("1").verdict is verdict
    assert verdicts(client.diagnose_many(["1", "2"])) == {verdict: 2}
    assert not any(request.startswith("profile") for request in sent(site))


@pytest.mark.parametrize(("answered", "verdict"), ANSWERS.values(), ids=ANSWERS)
def test_another_answer_is_a_verdict_and_never_offline(site, answered, verdict):
    site.world.log_in("1")
    site.world.add_agent("2")
    site.answering(**answered)
    client = site.client()
    assert client.diagnose("1").verdict is verdict
    assert verdicts(client.diagnose_many(["1", "2"])) == {verdict: 2}
    assert site.slept == []


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500], ids=str)
def test_a_profile_that_is_refused_is_no_agent_who_is_logged_out(site, status):
    site.world.log_in("2")
    site.world.add_agent("1")
    site.answering(status=status, on=profile_of("1"), Retry_After="99")
    kinds = {401: Verdict.TOKEN_REFUSED, 403: Verdict.MISSING_SCOPE, 404: Verdict.UNKNOWN, 429: Verdict.RATE_LIMITED}
    client = site.client()
    assert client.diagnose("1").verdict is kinds.get(status, Verdict.OUTAGE)
    assert client.diagnose_many(["1"])["1"].verdict is kinds.get(status, Verdict.OUTAGE)


def test_a_host_that_answers_404_to_all_is_not_a_tenant_without_the_agent(site):
    site.answering(status=404, on="/api")
    client = site.client()
    assert client.diagnose("1").verdict is Verdict.UNEXPECTED
    assert client.diagnose_many(["1"])["1"].verdict is Verdict.UNEXPECTED


def test_a_listing_without_an_end_breaks_the_contract_and_its_rows_are_rows_all_the_same(site):
    site.world.page_cap = 2
    site.online(2)

    def always_the_first(request):
        return answer(rows_of(site)) if short(request).startswith("page") else None

    site.instead = always_the_first
    found = site.client().diagnose_many(["10001", "3"])
    assert [found[agent_id].verdict for agent_id in found] == [Verdict.ONLINE, Verdict.BROKEN_CONTRACT]


def test_no_connection_is_a_verdict_by_its_cause(site, monkeypatch):
    found = {}
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        closed = "http://127.0.0.1:%d" % bound.getsockname()[1]
        found["refused"] = site.client(base_url=closed).diagnose("1").verdict
        found["tls"] = site.client(base_url=site.url.replace("http:", "https:")).diagnose("1").verdict
        with monkeypatch.context() as patch:
            patch.setenv("https_proxy", closed)
            patch.delenv("no_proxy", raising=False)
            patch.delenv("NO_PROXY", raising=False)
            found["proxy"] = site.client(base_url="https://tenant.example").diagnose("1").verdict
    odd = site.client()
    odd.http.mount("http://", Odd())
    found["odd"] = odd.diagnose("1").verdict
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    found["dns"] = site.client(base_url="https://tenant.invalid").diagnose("1").verdict
    assert found == {
        "refused": Verdict.CONNECTION_REFUSED,
        "tls": Verdict.TLS_FAILURE,
        "proxy": Verdict.PROXY_FAILURE,
        "odd": Verdict.NETWORK,
        "dns": Verdict.HOST_NOT_FOUND,
    }


def test_a_challenge_cannot_steer_the_terminal_it_is_shown_on(site):
    site.answering(status=403, WWW_Authenticate='Bearer scope="\x9b31mread:agent"')
    found = site.client().diagnose("1")
    assert found.verdict is Verdict.MISSING_SCOPE
    assert str(found).isprintable()
    assert all(str(evidence).isprintable() for evidence in found.evidence)


# Scopes


def test_a_client_without_a_scope_for_states_is_not_told_that_the_agent_is_offline(site):
    site.world.log_in("1", restricted=True)
    site.world.log_in("2")
    narrow = site.client(replace(site.settings(), scopes=("read:agent",)))
    for found in (narrow.diagnose("1", wait=0), narrow.diagnose_many(["1"])["1"]):
        assert (found.verdict, found.certainty) == (Verdict.MISSING_SCOPE, Certainty.POSSIBLE)
        assert found.missing_scopes == ("read:agent:status",)
        assert found.error is None
    assert sent(site) == ["state 1", "profile 1", "page 1", "page 2", "profile 1"]


def test_a_client_without_a_scope_still_sees_who_is_shown(site):
    site.world.log_in("1")
    narrow = site.client(replace(site.settings(), scopes=("read:agent",)))
    assert narrow.diagnose("1").verdict is Verdict.ONLINE
    assert narrow.diagnose("9").verdict is Verdict.UNKNOWN


def test_scopes_that_the_tenant_names_and_those_it_did_not_grant_are_told(site):
    none = site.client(replace(site.settings(), scopes=()))
    found = none.diagnose("1")
    assert (found.verdict, found.missing_scopes) == (Verdict.MISSING_SCOPE, ("read:agent",))
    assert site.asked == {"/oauth/token": 1, STATES: 1}


def test_a_tenant_that_does_not_tell_what_it_granted_is_not_suspected(site):
    site.world.log_in("2")
    site.world.add_agent("1")

    def without_scope(request, response):
        if request.method != "POST":
            return response
        granted = json.loads(response.body)
        del granted["scope"]
        return replace(response, body=json.dumps(granted).encode())

    site.edit = without_scope
    assert site.client().diagnose("1", wait=0).verdict is Verdict.OFFLINE


# Elsewhere


def test_an_agent_of_another_environment_is_found_there(site, eu):
    site.world.log_in("2")
    eu.world.add_agent("1")
    found = site.client().diagnose("1", elsewhere={"eu": eu.client()})
    assert (found.verdict, found.certainty, found.found_in) == (Verdict.WRONG_ENVIRONMENT, Certainty.LIKELY, "eu")
    assert sent(site) == ["state 1", "profile 1"]
    assert sent(eu) == ["profile 1"]
    assert str(found.evidence[-1]).startswith("in 'eu': GET /api/v2/agents/1 -> 200, a profile")


def test_an_agent_who_is_online_in_another_environment_is_found_there(site, eu):
    site.world.log_in("2")
    site.world.add_agent("1", email="jane@corp.test")
    eu.world.add_agent("1", email="Jane@Corp.test")
    eu.world.log_in("1")
    found = site.client().diagnose("1", wait=0, elsewhere={"eu": eu.client()})
    assert (found.verdict, found.found_in) == (Verdict.WRONG_ENVIRONMENT, "eu")
    assert sent(site) == ["state 1", "profile 1"]
    assert sent(eu) == ["state 1", "profile 1"]


def test_somebody_else_with_the_same_id_in_another_environment_is_not_the_agent(site, eu):
    site.world.log_in("2")
    site.world.add_agent("1", email="jane@corp.test")
    eu.world.add_agent("1", email="john@corp.test")
    eu.world.log_in("1")
    found = site.client().diagnose("1", wait=0, elsewhere={"eu": eu.client()})
    assert (found.verdict, found.found_in) == (Verdict.OFFLINE, "")
    assert "perhaps of somebody else" in str(found.evidence)


def test_an_agent_who_is_on_the_listing_by_then_is_online(site):
    site.world.log_in("2")
    site.world.add_agent("1")
    when_asked_for(site, "page 1", lambda: site.world.log_in("1"))
    found = site.client().diagnose("1", wait=0)
    assert (found.verdict, found.certainty) == (Verdict.ONLINE, Certainty.CERTAIN)
    assert sent(site) == ["state 1", "profile 1", "page 1"]


def test_an_agent_who_is_offline_everywhere_is_offline(site, eu):
    site.world.log_in("2")
    site.world.add_agent("1")
    eu.world.add_agent("1")
    assert site.client().diagnose("1", wait=0, elsewhere={"eu": eu.client()}).verdict is Verdict.OFFLINE


def test_an_agent_of_no_environment_is_unknown(site, eu):
    found = site.client().diagnose("1", elsewhere={"eu": eu.client()})
    assert found.verdict is Verdict.UNKNOWN
    assert "nor in 'eu'" in found.cause


def test_another_environment_that_refuses_the_credentials_tells_nothing_of_the_agent(site, eu):
    eu.world.add_agent("1")
    refused = eu.client(replace(eu.settings(), client_secret=Secret("wrong")))
    found = site.client().diagnose("1", elsewhere={"eu": refused})
    assert (found.verdict, found.found_in) == (Verdict.UNKNOWN, "")
    assert found.cause == "no agent has this id; 'eu' could not be asked"
    assert str(found.evidence[-1]).startswith("in 'eu': POST /oauth/token -> 401, ")


@pytest.mark.parametrize("agent_id", ["2", "a@b.example", "Alex"], ids=["online", "an e-mail", "a name"])
def test_nobody_is_sought_elsewhere_who_need_not_be(site, eu, agent_id):
    site.world.log_in("2")
    site.client().diagnose(agent_id, elsewhere={"eu": eu.client()})
    site.client().diagnose_many([agent_id], elsewhere={"eu": eu.client()})
    assert sent(eu) == []


def test_a_tenant_that_does_not_answer_is_no_reason_to_look_elsewhere(site, eu):
    site.fake.add_fault(Fault(kind="outage"))
    site.client().diagnose("1", elsewhere={"eu": eu.client()})
    site.client().diagnose_many(["1"], elsewhere={"eu": eu.client()})
    assert sent(eu) == []


def test_of_many_agents_those_who_are_missing_are_sought_elsewhere(site, eu):
    site.world.log_in("1")
    for one in (site, eu):
        one.world.add_agent("2", email="jane@corp.test")
    eu.world.log_in("2")
    eu.world.add_agent("3")
    found = site.client().diagnose_many(["1", "2", "3", "4"], elsewhere={"eu": eu.client()})
    assert [diagnosis.verdict for diagnosis in found.values()] == [
        Verdict.ONLINE,
        Verdict.WRONG_ENVIRONMENT,
        Verdict.WRONG_ENVIRONMENT,
        Verdict.UNKNOWN,
    ]
    assert sent(eu) == ["state 2", "profile 2", "profile 3", "profile 4"]


# Many agents


@pytest.fixture(scope="module")
def crowd():
    """A tenant with 4,000 agents online: 40 pages that are full, and an empty one."""
    with ExitStack() as opened:
        crowd = Site(opened)
        crowd.online(4_000, first=12_001)
        yield crowd


@pytest.mark.parametrize(("at_once", "beyond"), [(1, 0), (8, 3)])
def test_ten_thousand_agents_take_the_pages_of_those_online(crowd, at_once, beyond):
    crowd.fake.journal.clear()
    found = crowd.client(at_once=at_once).diagnose_many(map(str, range(10_001, 20_001)), quick=True)
    assert verdicts(found) == {Verdict.ONLINE: 4_000, Verdict.NOT_LISTED: 6_000}
    certainties = [found[agent_id].certainty for agent_id in ("10001", "12000", "12001", "16000", "16001")]
    assert certainties == [Certainty.CERTAIN] * 5
    assert (found.pages, found.listed, found.moved, found.doubtful) == (41, 4_000, False, ())
    assert set(crowd.asked) == {"/oauth/token", STATES}
    # The last page was full, so it is looked at again: somebody may have slipped onto it.
    assert 42 <= crowd.asked[STATES] <= 42 + beyond


@pytest.mark.parametrize("at_once", [1, 8])
def test_profiles_are_asked_for_of_those_only_who_are_not_listed(crowd, at_once):
    crowd.fake.journal.clear()
    missing = [str(number) for number in range(11_961, 12_001)]
    for agent_id in missing[:15]:
        crowd.world.add_agent(agent_id)
    found = crowd.client(at_once=at_once).diagnose_many([*map(str, range(12_001, 16_001)), *missing])
    assert verdicts(found) == {Verdict.ONLINE: 4_000, Verdict.OFFLINE: 15, Verdict.UNKNOWN: 25}
    profiles = [request for request in sent(crowd) if request.startswith("profile")]
    assert sorted(profiles) == [f"profile {agent_id}" for agent_id in missing]
    assert not [request for request in sent(crowd) if request.startswith("state")]


@pytest.mark.parametrize("number", [1, 100])
def test_who_stands_after_a_last_page_that_is_full_costs_one_look_at_that_page(crowd, number):
    crowd.fake.journal.clear()
    after = [str(17_000 + place) for place in range(number)]
    for agent_id in after:
        crowd.world.add_agent(agent_id)
    found = crowd.client().diagnose_many(after)
    assert verdicts(found) == {Verdict.OFFLINE: number}
    assert Counter(request.partition(" ")[0] for request in sent(crowd)) == Counter(page=41 + 1, profile=number)


def test_ids_keep_their_order_and_each_is_asked_for_once(site):
    site.online(3)
    site.world.add_agent("2")
    wanted = ["3", "10002", "2", "3", "10001", "2", "10002"]
    found = site.client(at_once=8).diagnose_many(iter(wanted))
    assert list(found) == ["3", "10002", "2", "10001"]
    assert Counter(sent(site))["profile 2"] == Counter(sent(site))["profile 3"] == 1
    assert {agent_id: diagnosis.agent_id for agent_id, diagnosis in found.items()} == {key: key for key in found}


def test_nobody_to_diagnose_is_no_diagnosis(site):
    assert dict(site.client().diagnose_many([])) == {}


@pytest.mark.parametrize("agent_id", ["", "states", 12345, None], ids=repr)
def test_what_cannot_be_an_id_is_known_before_the_first_request(site, agent_id):
    client = site.client()
    with pytest.raises(ConfigurationError, match="an agent id is a string"):
        client.diagnose_many(["1", agent_id])
    assert not site.fake.journal


def test_many_are_told_apart_as_one_is(site):
    site.online(3)
    site.world.add_agent("1")
    site.world.hide("2")
    site.world.log_in("2")
    found = site.client().diagnose_many(["10001", "1", "2", "3", "a@b.example"])
    assert [diagnosis.verdict for diagnosis in found.values()] == [
        Verdict.ONLINE,
        Verdict.OFFLINE,
        Verdict.HIDDEN,
        Verdict.UNKNOWN,
        Verdict.NOT_AN_ID,
    ]
    assert found["10001"].evidence[0].answer == "a row of the agent"
    assert str(found["1"].evidence[0]) == f"GET {STATES}, 2 pages -> 200, 3 agents, not this one"


def test_where_no_team_is_told_many_are_offline_or_hidden(site):
    site.online(3)
    site.world.add_agent("1")
    site.edit = team_untold
    assert site.client().diagnose_many(["1"])["1"].verdict is Verdict.OFFLINE_OR_HIDDEN


def test_quick_sends_nothing_beyond_the_pages_whatever_else_is_asked_for(site, eu):
    site.online(3)
    site.world.add_agent("1")
    found = site.client().diagnose_many(["1", "10001"], quick=True, wait=5, elsewhere={"eu": eu.client()})
    assert verdicts(found) == {Verdict.NOT_LISTED: 1, Verdict.ONLINE: 1}
    assert sent(site) == ["page 1", "page 2"]
    assert (sent(eu), site.slept) == ([], [])


def test_many_are_looked_for_again_once_after_the_wait(site):
    site.online(3)
    site.world.log_in("1", latency=4)
    site.world.add_agent("2")
    found = site.client().diagnose_many(["1", "2", "3"], wait=5)
    assert (found["1"].verdict, found["1"].waited) == (Verdict.ONLINE_LATE, 5)
    assert (found["2"].verdict, found["2"].waited) == (Verdict.OFFLINE, 5)
    assert site.slept == [5]
    assert sent(site)[-2:] == ["state 1", "state 2"]


def test_more_than_a_few_are_looked_for_again_by_the_listing(site):
    site.online(3)
    for number in range(1, 21):
        site.world.log_in(str(number), latency=4 if number % 2 else 9)
    found = site.client().diagnose_many(map(str, range(1, 21)), wait=5)
    assert verdicts(found) == {Verdict.ONLINE_LATE: 10, Verdict.OFFLINE: 10}
    assert [request for request in sent(site) if request.startswith(("page", "state"))] == [
        *("page 1", "page 2"),
        *("page 1", "page 2"),
    ]


@pytest.mark.parametrize("at_once", [1, 4])
def test_a_listing_that_fails_in_the_middle_keeps_the_rows_that_came(site, at_once):
    site.world.page_cap = 2
    ids = site.online(9)
    site.instead = lambda request: answer({}, 503) if short(request) == "page 3" else None
    found = site.client(at_once=at_once).diagnose_many([*ids, "3"])
    assert [found[agent_id].verdict for agent_id in ids] == [Verdict.ONLINE] * 4 + [Verdict.OUTAGE] * 5
    assert found["3"].verdict is Verdict.OUTAGE
    assert isinstance(found["3"].error, ServiceUnavailable)
    assert not [request for request in sent(site) if request.startswith("profile")]


def test_progress_is_told_page_by_page_and_profile_by_profile(site, eu):
    site.world.page_cap = 2
    site.online(5)
    told = []
    site.client(at_once=4).diagnose_many(
        ["1", "2", "10001"], elsewhere={"eu": eu.client()}, progress=lambda *call: told.append(call)
    )
    assert told == [
        *[("pages", number, None) for number in (1, 2, 3, 4)],
        *[("profiles", number, 2) for number in (1, 2)],
        *[("elsewhere", number, 2) for number in (1, 2)],
    ]


# Many agents, and a tenant that fails


def test_after_two_waves_of_failures_the_rest_is_not_asked_for_and_is_not_certain(site):
    site.answering(status=503, on="/api/v2/agents/2")
    wanted = [str(number) for number in range(20_001, 20_021)]
    found = site.client().diagnose_many(wanted)
    assert verdicts(found) == {Verdict.OUTAGE: 20}
    assert sent(site) == ["page 1", *[f"profile {agent_id}" for agent_id in wanted[:10]]]
    assert site.slept == [1.0] * 5
    assert [(one.certainty, "not asked for" in one.cause) for one in found.values()] == (
        [(Certainty.CERTAIN, False)] * 10 + [(Certainty.LIKELY, True)] * 10
    )


def test_a_tenant_that_comes_back_after_a_breath_is_asked_on(site):
    site.answering(status=502, on="/api/v2/agents/2", times=7)
    found = site.client().diagnose_many(map(str, range(20_001, 20_021)))
    assert verdicts(found) == {Verdict.OUTAGE: 7, Verdict.UNKNOWN: 13}
    assert site.slept == [1.0, 1.0, 1.0]


def test_among_several_at_once_few_more_are_asked_for_after_two_waves(site):
    site.answering(status=503, on="/api/v2/agents/2")
    found = site.client(at_once=8).diagnose_many(map(str, range(20_001, 20_201)))
    assert verdicts(found) == {Verdict.OUTAGE: 200}
    assert 16 <= len(sent(site)) - 1 <= 16 + 7


def test_what_is_the_agents_own_failure_is_no_reason_to_give_up_on_others(site):
    site.answering({"error": "no id"}, status=400, on="/api/v2/agents/a")
    site.world.add_agent("7")
    found = site.client().diagnose_many([*(f"a{number}" for number in range(30)), "7"])
    assert verdicts(found) == {Verdict.UNEXPECTED: 30, Verdict.OFFLINE_OR_HIDDEN: 1}


def test_failures_that_are_not_in_a_row_do_not_end_the_asking(site):
    wanted = [str(number) for number in range(1, 31)]
    broken = {agent_id for agent_id in wanted if int(agent_id) % 5}
    site.instead = lambda asked: answer({}, 503) if asked.target.path.rpartition("/")[2] in broken else None
    found = site.client().diagnose_many(wanted)
    assert verdicts(found) == {Verdict.OUTAGE: 24, Verdict.UNKNOWN: 6}
    assert len(sent(site)) == 31


def test_unknown_ids_are_no_failures(site):
    found = site.client().diagnose_many(map(str, range(1, 21)))
    assert verdicts(found) == {Verdict.UNKNOWN: 20}
    assert len(sent(site)) == 21


# A listing that moves while it is read


def rows_of(site):
    return [
        {
            "agentId": session.agent_id,
            "state": {"name": session.state},
            "stateGroup": {"name": session.group},
            "lastUpdated": "2024-05-01T12:00:00Z",
        }
        for session in site.world.sessions
    ]


def when_asked_for(site, request, act):
    """Do this when the request is first sent, before it is answered."""
    left = [request]

    def instead(asked):
        if left and asked.method == "GET" and short(asked) == left[0]:
            left.clear()
            act()

    site.instead = instead


def test_one_who_logs_in_while_pages_are_read_shows_that_the_listing_moved(site):
    site.world.page_cap = CAP
    ids = site.online(60)
    when_asked_for(site, "page 2", lambda: site.world.log_in("1"))
    found = site.client().diagnose_many(ids)
    assert verdicts(found) == {Verdict.ONLINE: 60}
    assert (found.repeated, found.slipped, found.moved) == ((ids[24],), (), True)


def test_one_who_slips_to_a_page_that_was_read_is_found_by_a_request_of_its_own(site):
    site.world.page_cap = CAP
    ids = site.online(60)
    site.world.add_agent("10061")
    when_asked_for(site, "page 2", lambda: site.world.log_out("10001"))
    found = site.client().diagnose_many([*ids, "10061"])
    assert verdicts(found) == {Verdict.ONLINE: 60, Verdict.OFFLINE: 1}
    assert (found[ids[25]].verdict, found[ids[25]].certainty) == (Verdict.ONLINE, Certainty.CERTAIN)
    assert (found.repeated, found.slipped, found.moved) == ((), (ids[25],), True)
    assert sent(site)[-3:] == [f"profile {ids[25]}", "profile 10061", f"state {ids[25]}"]


def test_one_who_slips_to_the_last_page_is_found_too(site):
    site.world.page_cap = CAP
    ids = site.online(2 * CAP + 1)
    when_asked_for(site, "page 3", lambda: site.world.log_out("10001"))
    found = site.client().diagnose_many(ids)
    assert verdicts(found) == {Verdict.ONLINE: 2 * CAP + 1}
    assert found.slipped == (ids[-1],)


def test_in_a_quick_look_one_who_may_have_slipped_is_perhaps_not_listed(site):
    site.world.page_cap = CAP
    ids = site.online(60)
    site.world.add_agent("10061")
    when_asked_for(site, "page 2", lambda: site.world.log_out("10001"))
    found = site.client().diagnose_many([*ids, "10061"], quick=True)
    assert (found[ids[25]].verdict, found[ids[25]].certainty) == (Verdict.NOT_LISTED, Certainty.POSSIBLE)
    assert (found["10061"].verdict, found["10061"].certainty) == (Verdict.NOT_LISTED, Certainty.CERTAIN)
    assert (found.doubtful, found.moved) == ((ids[25],), False)
    assert sent(site) == ["page 1", "page 2", "page 3", "page 4"]


def test_one_who_logs_out_while_another_may_have_slipped_is_not_online(site):
    site.world.page_cap = CAP
    ids = site.online(60)

    def both():
        site.world.log_out("10001")
        site.world.log_out(ids[25])

    when_asked_for(site, "page 2", both)
    found = site.client().diagnose_many(ids)
    # The one who moved in the other's place is the one who slips.
    assert found[ids[25]].verdict is Verdict.OFFLINE
    assert found[ids[26]].verdict is Verdict.ONLINE
    assert found.slipped == (ids[26],)


def test_who_slips_when_looked_for_again_is_not_called_offline(site):
    site.world.page_cap = CAP
    ids = site.online(60)
    late = [str(number) for number in range(9_001, 9_031)]
    for agent_id in late:
        site.world.log_in(agent_id, latency=4)
    readings = count(1)

    def slip_in_the_second_reading(asked):
        if asked.method == "GET" and short(asked) == "page 2" and next(readings) == 2:
            site.world.log_out(late[0])

    site.instead = slip_in_the_second_reading
    found = site.client().diagnose_many([*ids, *late], wait=5)
    assert verdicts(found) == {Verdict.ONLINE: 60, Verdict.ONLINE_LATE: 30}


AGENTS = [str(number) for number in (*range(90, 111), *range(990, 1_040))]


@pytest.fixture(scope="module")
def floor():
    with ExitStack() as opened:
        floor = Site(opened)
        floor.world.page_cap = CAP
        for agent_id in AGENTS:
            floor.world.add_agent(agent_id)
        yield floor


@given(
    online=st.sets(st.sampled_from(AGENTS), min_size=CAP),
    moves=st.lists(st.sets(st.sampled_from(AGENTS), max_size=8), max_size=4),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nobody_who_is_online_all_the_while_is_ever_called_offline(floor, online, moves):
    stayed = online.difference(*moves)
    for quick in (True, False):
        floor.world.log_out_everybody()
        for agent_id in online:
            floor.world.log_in(agent_id)
        floor.instead = toggling(floor.world, moves)
        found = floor.client().diagnose_many(AGENTS, quick=quick)
        for agent_id in stayed:
            seen = found[agent_id]
            assert seen.verdict.is_online or (quick and seen.certainty is Certainty.POSSIBLE), str(seen)
            assert agent_id in found.slipped or seen.verdict.is_online or quick
        assert sum(diagnosis.verdict.is_online for diagnosis in found.values()) >= len(stayed) * (not quick)


def toggling(world, moves):
    """Log agents in and out before each page but the first."""
    left = iter(moves)

    def instead(asked):
        if asked.method == "GET" and short(asked).startswith("page") and short(asked) != "page 1":
            for agent_id in next(left, ()):
                if world.session(agent_id):
                    world.log_out(agent_id)
                else:
                    world.log_in(agent_id)

    return instead


# A listing without an order


def shuffling(site, key):
    """Answer pages of a listing that is sorted by the hash of the id and what `key` makes of the page's number."""

    def instead(asked):
        if asked.method != "GET" or not short(asked).startswith("page"):
            return None
        page = int(dict(asked.query)["page"])
        rows = sorted(rows_of(site), key=lambda row: sha256(f"{row['agentId']} {key(page)}".encode()).digest())
        return answer(rows[(page - 1) * CAP : page * CAP])

    return instead


def test_of_a_listing_without_an_order_nobody_who_is_missing_is_sure_to_be(site):
    site.online(60)
    site.world.add_agent("1")
    site.world.add_agent("2")
    site.instead = shuffling(site, lambda page: 0)
    quick = site.client().diagnose_many(["1", "2", "3"], quick=True)
    assert {(seen.verdict, seen.certainty) for seen in quick.values()} == {(Verdict.NOT_LISTED, Certainty.POSSIBLE)}
    site.fake.journal.clear()
    found = site.client().diagnose_many(["1", "2", "3"])
    assert [seen.verdict for seen in found.values()] == [
        Verdict.OFFLINE_OR_HIDDEN,
        Verdict.OFFLINE_OR_HIDDEN,
        Verdict.UNKNOWN,
    ]
    assert sent(site)[-5:] == ["profile 1", "profile 2", "profile 3", "state 1", "state 2"]
    assert not found.moved


@pytest.mark.parametrize("number", [30, 60, 200])
def test_of_a_listing_that_never_holds_still_nobody_online_is_called_offline(site, number):
    ids = site.online(number)
    site.world.add_agent("1")
    pages = count(1)
    site.instead = shuffling(site, lambda page: next(pages) if page else 0)
    client = site.client(at_once=4)
    found = client.diagnose_many([*ids, "1"])
    assert {found[agent_id].verdict for agent_id in ids} == {Verdict.ONLINE}
    assert found["1"].verdict in NOT_SHOWN
    assert found.moved
    quick = client.diagnose_many([*ids, "1"], quick=True)
    assert {seen.certainty for seen in quick.values() if not seen.verdict.is_online} == {Certainty.POSSIBLE}


def test_who_slips_onto_a_last_page_that_is_full_is_found_and_others_after_it_stay_offline(site):
    site.world.page_cap = CAP
    site.online(2 * CAP)
    site.world.log_in("20000")
    site.world.add_agent("20001")
    when_asked_for(site, "page 3", lambda: site.world.log_out("10001"))
    found = site.client().diagnose_many(["20000", "20001"])
    assert {agent_id: one.verdict for agent_id, one in found.items()} == {
        "20000": Verdict.ONLINE,
        "20001": Verdict.OFFLINE,
    }
    assert found.slipped == ("20000",)


def test_in_a_quick_look_a_last_page_that_changed_leaves_doubt_on_all_after_it(site):
    site.world.page_cap = CAP
    site.online(2 * CAP)
    site.world.log_in("20000")
    when_asked_for(site, "page 3", lambda: site.world.log_out("10001"))
    found = site.client().diagnose_many(["20000", "20001"], quick=True)
    assert (found.doubtful, found.moved) == (("20000", "20001"), True)
    assert {one.certainty for one in found.values()} == {Certainty.POSSIBLE}


def test_a_page_that_fails_once_has_the_listing_read_again(site):
    site.world.page_cap = CAP
    ids = site.online(60)
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1, times=1))
    found = site.client().diagnose_many(ids)
    assert verdicts(found) == {Verdict.ONLINE: 60}
    assert site.slept == [1.0]
    assert sent(site) == ["page 1", "page 2", "page 1", "page 2", "page 3", "page 4"]


@pytest.mark.parametrize(
    ("media_type", "certainty"), [("application/json", Certainty.CERTAIN), ("text/html", Certainty.LIKELY)]
)
@pytest.mark.parametrize(
    ("on", "status", "verdict"),
    [
        ("/agents/1", 404, Verdict.UNKNOWN),
        ("/oauth/token", 401, Verdict.BAD_CREDENTIALS),
        (STATES, 401, Verdict.TOKEN_REFUSED),
    ],
    ids=["404", "401 of the token request", "401"],
)
def test_what_is_refused_with_a_page_is_perhaps_not_refused_by_the_tenant(
    site, on, status, verdict, media_type, certainty
):
    site.answering({"error": "no"}, on=on, status=status, Content_Type=media_type)
    found = site.client().diagnose("1")
    assert (found.verdict, found.certainty) == (verdict, certainty)


def test_a_token_without_the_header_against_caching_is_a_token(site):
    site.world.log_in("1")
    grant = {
        "access_token": site.world.issue_token(site.world.client("me"), SCOPES).value,
        "token_type": "Bearer",
        "expires_in": 900,
    }
    site.answering(grant, on="/oauth/token")
    assert site.client().diagnose("1").verdict is Verdict.ONLINE


def test_no_mailbox_that_a_tenant_sends_is_shown(site):
    mailbox = "jane.marker@corp.test"
    site.world.log_in("2")
    site.world.add_agent("1", team=f"Team {mailbox}")
    shown = [site.client().diagnose("1", wait=0)]
    site.world.log_in("3", state=mailbox, group=mailbox)
    shown.append(site.client().diagnose("3"))
    site.answering({"error": mailbox}, status=500)
    shown.append(site.client().diagnose("1"))
    site.answering({mailbox: 1})
    shown.append(site.client().diagnose("1"))
    site.answering([{mailbox: {}}])
    shown.append(site.client().diagnose("1"))
    assert len({one.verdict for one in shown}) == 4
    assert not [one for one in shown if mailbox in str(one) + str(one.evidence)]


def test_ids_that_are_one_text_are_refused(site):
    with pytest.raises(ConfigurationError, match="a list such as"):
        site.client().diagnose_many("12345")
