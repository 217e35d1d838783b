"""The diagnosis: from what was seen to a verdict, how sure it is, its cause and what to do."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from pytest_cxone.client.observation import failure
from pytest_cxone.diagnosis import Certainty, Diagnoses, Evidence, Verdict
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import (
    AgentNotFound,
    AuthenticationFailed,
    ContractViolation,
    ListingNotAdvancing,
    NetworkError,
    PermissionDenied,
    RateLimited,
    ServiceUnavailable,
    UnexpectedResponse,
    Violation,
)
from pytest_cxone.model import Agent, AgentState
from pytest_cxone.verdicts import Elsewhere, Facts, Floor, diagnose

CERTAIN, LIKELY, POSSIBLE = Certainty.CERTAIN, Certainty.LIKELY, Certainty.POSSIBLE
PROFILE = Agent(agent_id="1", name="Alex", email="alex@example.com", team="Sales", raw={"name": "Alex"})
TEAMLESS = replace(PROFILE, team=None)
ROW = AgentState(
    agent_id="1", state="Tea", group="Break", since=datetime(2024, 5, 1, tzinfo=UTC), team="Sales", raw={"who": "Alex"}
)
NOT_FOUND = AgentNotFound("op", "1")
OUTAGE = ServiceUnavailable("op", "no", status=502)
SALES = Floor(listed=7, teams=frozenset({"Sales", "Support"}))
SUPPORT = Floor(listed=7, teams=frozenset({"Support"}))
PART = replace(SUPPORT, is_whole=False)
NO_TEAMS = Floor(listed=7, teams=frozenset())
NOBODY = Floor(listed=0, teams=frozenset())
EVIDENCE = Evidence(request="GET /x", status=200, answer="no row")


def eu(found):
    return (Elsewhere(environment="eu", found=found),)


def facts(agent_id="1", **seen):
    return Facts(**{"agent_id": agent_id, "state": None, "advice": dialect("platform-v2").advice, **seen})


# What was seen: the facts, the verdict, how sure it is, and parts of its cause and its action.

SEEN = {
    "a row": (facts(state=ROW), Verdict.ONLINE, CERTAIN, "logged in, in state 'Tea' of group 'Break'", "nothing to do"),
    "a row after a while": (
        facts(state=ROW, waited=3.0),
        Verdict.ONLINE_LATE,
        CERTAIN,
        "the listing showed it after 3 s",
        "up to 5 s to show",
    ),
    "none, and others of the team": (
        facts(profile=PROFILE, floor=SALES),
        Verdict.OFFLINE,
        LIKELY,
        "no state is listed, while others of its team 'Sales' are",
        "let the agent log in",
    ),
    "none still": (
        facts(profile=PROFILE, floor=SALES, waited=5.0),
        Verdict.OFFLINE,
        LIKELY,
        "no state is listed, nor 5 s later",
        "let the agent log in",
    ),
    "none, and nobody of the team": (
        facts(profile=PROFILE, floor=SUPPORT),
        Verdict.HIDDEN,
        POSSIBLE,
        "nobody of its team 'Sales' is among the 7",
        "whether the client may see this team",
    ),
    "none, and rows without teams": (
        facts(profile=PROFILE, floor=NO_TEAMS),
        Verdict.OFFLINE_OR_HIDDEN,
        LIKELY,
        "the tenant does not tell teams",
        "let the client see its team",
    ),
    "none, and a profile without a team": (
        facts(profile=TEAMLESS, floor=SALES),
        Verdict.OFFLINE_OR_HIDDEN,
        LIKELY,
        "the tenant does not tell teams",
        "let the client see its team",
    ),
    "none, and nobody is listed": (
        facts(profile=PROFILE, floor=NOBODY),
        Verdict.OFFLINE_OR_HIDDEN,
        LIKELY,
        "nobody is listed",
        "let the client see its team",
    ),
    "none, and no listing": (
        facts(profile=PROFILE),
        Verdict.OFFLINE_OR_HIDDEN,
        LIKELY,
        "the listing could not be read",
        "let the client see its team",
    ),
    "none, and nobody of the team in a part of the listing": (
        facts(profile=PROFILE, floor=PART),
        Verdict.OFFLINE_OR_HIDDEN,
        LIKELY,
        "nobody of its team is among the first 7",
        "let the client see its team",
    ),
    "none, and others of the team in a part of the listing": (
        facts(profile=PROFILE, floor=replace(SALES, is_whole=False)),
        Verdict.OFFLINE,
        LIKELY,
        "while others of its team 'Sales' are",
        "let the agent log in",
    ),
    "none, and nobody asked more": (
        facts(),
        Verdict.NOT_LISTED,
        CERTAIN,
        "logged out, hidden from this client, or no agent has this id",
        "leave --quick away",
    ),
    "none, between two pages": (
        facts(may_have_slipped=True),
        Verdict.NOT_LISTED,
        POSSIBLE,
        "its place is between two pages",
        "ask for this agent alone",
    ),
    "no profile": (
        facts(profile=NOT_FOUND),
        Verdict.UNKNOWN,
        CERTAIN,
        "no agent has this id",
        "belongs to this region",
    ),
    "no profile, nor elsewhere": (
        facts(profile=NOT_FOUND, elsewhere=eu(None)),
        Verdict.UNKNOWN,
        CERTAIN,
        "no agent has this id, nor in 'eu'",
        "may have been deleted",
    ),
    "an e-mail": (
        facts("alex@example.com", profile=NOT_FOUND),
        Verdict.NOT_AN_ID,
        CERTAIN,
        "looks like an e-mail address",
        "take the id from",
    ),
    "a name": (facts("Alex", profile=NOT_FOUND), Verdict.NOT_AN_ID, LIKELY, "looks like a name", "take the id from"),
    "a name with a digit": (
        facts("Alex 2", profile=NOT_FOUND),
        Verdict.NOT_AN_ID,
        LIKELY,
        "looks like a name",
        "take the id from",
    ),
    "a profile elsewhere": (
        facts(profile=NOT_FOUND, elsewhere=eu(PROFILE)),
        Verdict.WRONG_ENVIRONMENT,
        LIKELY,
        "no agent has this id here, and one has it in the environment 'eu'",
        "--profile eu",
    ),
    "a row elsewhere": (
        facts(profile=PROFILE, floor=SALES, elsewhere=eu(ROW)),
        Verdict.WRONG_ENVIRONMENT,
        LIKELY,
        "logged in in the environment 'eu'",
        "--profile eu",
    ),
    "none, to a client that lacks a scope": (
        facts(profile=PROFILE, floor=SALES, lacking=("read:agent:status",)),
        Verdict.MISSING_SCOPE,
        POSSIBLE,
        "the client lacks read:agent:status",
        "add read:agent:status",
    ),
}

# What came instead of an answer: the error, the verdict, and parts of the cause and the action.

FAILED = {
    "credentials": (
        AuthenticationFailed("op", "no", credentials=True),
        Verdict.BAD_CREDENTIALS,
        "id or secret is refused",
        "CXONE_CLIENT_SECRET",
    ),
    "token": (AuthenticationFailed("op", "no"), Verdict.TOKEN_REFUSED, "a new one too", "CXONE_AUTH_URL"),
    "scope": (
        PermissionDenied("op", "no", missing_scopes=["read:agent"]),
        Verdict.MISSING_SCOPE,
        "the client lacks read:agent",
        "add it",
    ),
    "scope not named": (PermissionDenied("op", "no"), Verdict.MISSING_SCOPE, "does not name", "add it"),
    "rate": (RateLimited("op", "no", retry_after=None), Verdict.RATE_LIMITED, "limits the rate", "ask again later"),
    "rate for 30 s": (RateLimited("op", "no", retry_after=30.0), Verdict.RATE_LIMITED, "limits", "again in 30 s"),
    "outage": (OUTAGE, Verdict.OUTAGE, "answers 502", "later"),
    "dns": (NetworkError("op", "dns", "what"), Verdict.HOST_NOT_FOUND, "op: what", "CXONE_REGION"),
    "refused": (NetworkError("op", "refused", "what"), Verdict.CONNECTION_REFUSED, "op: what", "port"),
    "timeout": (NetworkError("op", "timeout", "what"), Verdict.TIMEOUT, "op: what", "CXONE_TIMEOUT"),
    "tls": (NetworkError("op", "tls", "what"), Verdict.TLS_FAILURE, "op: what", "REQUESTS_CA_BUNDLE"),
    "disconnected": (NetworkError("op", "disconnected", "what"), Verdict.DISCONNECTED, "op: what", "ask again"),
    "proxy": (NetworkError("op", "proxy", "what"), Verdict.PROXY_FAILURE, "op: what", "HTTPS_PROXY"),
    "other": (NetworkError("op", "other", "what"), Verdict.NETWORK, "op: what", "the network"),
    "unexpected": (UnexpectedResponse("op", "a redirect"), Verdict.UNEXPECTED, "op: a redirect", "CXONE_BASE_URL"),
    "contract": (
        ContractViolation("op", [Violation(path="$", expected="a list", got="null")], status=200),
        Verdict.BROKEN_CONTRACT,
        "expected a list, got null",
        "pytest_cxone.contract",
    ),
    "a listing without end": (
        ListingNotAdvancing("op", 2),
        Verdict.BROKEN_CONTRACT,
        "page 2 only repeats rows",
        "pytest_cxone.contract",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "verdict", "certainty", "cause", "action"), SEEN.values(), ids=SEEN)
def test_what_was_seen_comes_to_a_verdict(seen, verdict, certainty, cause, action):
    diagnosis = diagnose(replace(seen, evidence=(EVIDENCE,)))
    assert (diagnosis.verdict, diagnosis.certainty) == (verdict, certainty)
    assert cause in diagnosis.cause
    assert action in diagnosis.action
    assert diagnosis.error is None
    assert (diagnosis.agent_id, diagnosis.evidence) == (seen.agent_id, (EVIDENCE,))


@pytest.mark.parametrize(("error", "verdict", "cause", "action"), FAILED.values(), ids=FAILED)
@pytest.mark.parametrize(
    "seen",
    [
        lambda error: facts(state=error),
        lambda error: facts(profile=error),
        lambda error: facts(state=error, profile=error),
        lambda error: facts(state=error, profile=PROFILE, floor=SALES),
        lambda error: facts(profile=error, floor=SALES, elsewhere=eu(ROW)),
        lambda error: facts(state=error, may_have_slipped=True, waited=5.0),
    ],
    ids=["state", "profile", "both", "state and team", "profile, but elsewhere", "state, slipping"],
)
def test_an_error_is_blamed_and_nothing_is_said_of_the_agent(seen, error, verdict, cause, action):
    diagnosis = diagnose(seen(error))
    is_guess = isinstance(error, PermissionDenied) and not error.missing_scopes
    assert (diagnosis.verdict, diagnosis.certainty) == (verdict, LIKELY if is_guess else CERTAIN)
    assert cause in diagnosis.cause
    assert action in diagnosis.action
    assert diagnosis.error is error


@pytest.mark.parametrize(
    "profile",
    [None, PROFILE, NOT_FOUND, *(error for error, *_ in FAILED.values())],
    ids=["not asked for", "a profile", "404", *FAILED],
)
@pytest.mark.parametrize(
    "beside",
    [{}, {"elsewhere": eu(ROW)}, {"lacking": ("read:agent:status",)}, {"may_have_slipped": True}, {"floor": SUPPORT}],
    ids=["alone", "elsewhere", "lacking", "slipping", "floor"],
)
def test_a_row_is_proof_whatever_else_there_is(profile, beside):
    diagnosis = diagnose(facts(state=ROW, profile=profile, **beside))
    assert (diagnosis.verdict, diagnosis.certainty, diagnosis.state) == (Verdict.ONLINE, CERTAIN, ROW)
    assert diagnosis.agent is (PROFILE if profile is PROFILE else None)
    assert diagnosis.error is None


def test_every_verdict_is_reached():
    reached = {case[1] for case in SEEN.values()} | {case[1] for case in FAILED.values()}
    assert reached == set(Verdict)


def test_no_two_causes_share_a_verdict_but_those_that_have_one_remedy():
    named = defaultdict(set)
    for name, (_, verdict, *_) in {**SEEN, **FAILED}.items():
        named[verdict].add(name)
    assert {verdict: names for verdict, names in named.items() if len(names) > 1} == {
        Verdict.OFFLINE: {
            "none, and others of the team",
            "none, and others of the team in a part of the listing",
            "none still",
        },
        Verdict.OFFLINE_OR_HIDDEN: {
            "none, and rows without teams",
            "none, and a profile without a team",
            "none, and nobody is listed",
            "none, and no listing",
            "none, and nobody of the team in a part of the listing",
        },
        Verdict.NOT_LISTED: {"none, and nobody asked more", "none, between two pages"},
        Verdict.UNKNOWN: {"no profile", "no profile, nor elsewhere"},
        Verdict.NOT_AN_ID: {"an e-mail", "a name", "a name with a digit"},
        Verdict.WRONG_ENVIRONMENT: {"a profile elsewhere", "a row elsewhere"},
        Verdict.MISSING_SCOPE: {"none, to a client that lacks a scope", "scope", "scope not named"},
        Verdict.RATE_LIMITED: {"rate", "rate for 30 s"},
        Verdict.BROKEN_CONTRACT: {"contract", "a listing without end"},
    }


def every_combination():
    errors = [error for error, *_ in FAILED.values()]
    return (
        facts(agent_id, state=state, profile=profile, floor=floor, elsewhere=there, lacking=lacking, waited=waited)
        for agent_id, state, profile, floor, there, lacking, waited in product(
            ["1", "Alex"],
            [None, ROW, NOT_FOUND, *errors],
            [None, PROFILE, TEAMLESS, NOT_FOUND, *errors],
            [None, NOBODY, NO_TEAMS, SALES, SUPPORT, PART],
            [(), eu(None), eu(PROFILE), eu(ROW), eu(OUTAGE)],
            [(), ("read:agent:status",)],
            [0.0, 5.0],
        )
    )


def test_nothing_but_an_answer_without_a_row_and_a_profile_is_ever_offline_or_hidden():
    met = Counter()
    for seen in every_combination():
        verdict = diagnose(seen).verdict
        met[verdict] += 1
        if verdict in {Verdict.OFFLINE, Verdict.HIDDEN, Verdict.OFFLINE_OR_HIDDEN}:
            assert seen.state is None
            assert isinstance(seen.profile, Agent)
            assert not seen.lacking
        if verdict in {Verdict.UNKNOWN, Verdict.NOT_AN_ID}:
            assert seen.state is None
            assert seen.profile is NOT_FOUND
        assert verdict.is_online is (seen.state is ROW)
    assert set(met) == set(Verdict)


@pytest.mark.parametrize(("error", "verdict"), [case[:2] for case in FAILED.values()], ids=FAILED)
@pytest.mark.parametrize("agent_id", ["1", "alex@example.com", "Alex"])
def test_a_profiles_404_beside_a_states_request_that_fails_is_no_unknown_id(agent_id, error, verdict):
    diagnosis = diagnose(facts(agent_id, state=error, profile=NOT_FOUND, elsewhere=eu(PROFILE)))
    assert diagnosis.verdict is verdict


# An id of the form of another thing


@pytest.mark.parametrize("agent_id", ["1", "0", "12345", "ag-12", "1a"])
def test_what_may_be_an_id_and_is_nobodys_is_unknown(agent_id):
    assert diagnose(facts(agent_id, profile=NOT_FOUND)).verdict is Verdict.UNKNOWN


@pytest.mark.parametrize("agent_id", ["a@b", "@", "1@example.com", "Alex", "Alex Abara", "R2 D2", "Änne"])
def test_another_form_is_blamed_only_where_nobody_has_the_id(agent_id):
    assert diagnose(facts(agent_id, profile=NOT_FOUND)).verdict is Verdict.NOT_AN_ID
    assert diagnose(facts(agent_id, profile=PROFILE, floor=SALES)).verdict is Verdict.OFFLINE
    assert diagnose(facts(agent_id, state=ROW)).verdict is Verdict.ONLINE
    assert diagnose(facts(agent_id)).verdict is Verdict.NOT_LISTED


# Elsewhere


def test_the_environment_that_has_the_agent_is_named():
    there = (*eu(None), Elsewhere(environment="sandbox", found=PROFILE), Elsewhere(environment="us", found=PROFILE))
    diagnosis = diagnose(facts(profile=NOT_FOUND, elsewhere=there))
    assert (diagnosis.verdict, diagnosis.found_in) == (Verdict.WRONG_ENVIRONMENT, "sandbox")


def test_an_environment_that_does_not_answer_is_not_said_to_lack_the_agent():
    there = (*eu(OUTAGE), Elsewhere(environment="sandbox", found=None))
    diagnosis = diagnose(facts(profile=NOT_FOUND, elsewhere=there))
    assert (diagnosis.verdict, diagnosis.found_in) == (Verdict.UNKNOWN, "")
    assert diagnosis.cause == "no agent has this id, nor in 'sandbox'; 'eu' could not be asked"


@pytest.mark.parametrize("found", [None, PROFILE, NOT_FOUND, OUTAGE], ids=["nothing", "a profile", "404", "outage"])
def test_an_agent_who_exists_here_is_sought_elsewhere_by_state_only(found):
    diagnosis = diagnose(facts(profile=PROFILE, floor=SALES, elsewhere=eu(found)))
    assert (diagnosis.verdict, diagnosis.found_in) == (Verdict.OFFLINE, "")


# Scopes


@pytest.mark.parametrize(
    ("seen", "missing"),
    [
        (facts(state=PermissionDenied("op", "no", missing_scopes=["a", "b"]), lacking=("c",)), ("a", "b")),
        (facts(state=PermissionDenied("op", "no"), lacking=("c",)), ("c",)),
        (facts(profile=PermissionDenied("op", "no")), ()),
        (facts(profile=PROFILE, lacking=("c", "d")), ("c", "d")),
        (facts(state=OUTAGE, lacking=("c",)), ()),
        (facts(profile=NOT_FOUND, lacking=("c",)), ()),
    ],
    ids=["named by the tenant", "known by the grant", "not known", "not granted", "an outage", "an unknown id"],
)
def test_missing_scopes_are_those_of_the_verdict(seen, missing):
    diagnosis = diagnose(seen)
    assert diagnosis.missing_scopes == missing
    assert all(scope in diagnosis.cause for scope in missing)


# What is shown


def test_a_diagnosis_is_one_line_that_says_how_sure_it_is():
    online, offline = diagnose(facts(state=ROW)), diagnose(facts(profile=PROFILE, floor=SALES))
    assert str(online) == f"agent 1: online: {online.cause}; nothing to do"
    assert str(offline) == f"agent 1: offline (likely): {offline.cause}; {offline.action}"


@pytest.mark.parametrize("seen", [case[0] for case in SEEN.values()], ids=SEEN)
def test_no_text_of_a_diagnosis_holds_a_name_or_an_address(seen):
    diagnosis = diagnose(replace(seen, agent_id="1", evidence=(EVIDENCE,)))
    shown = f"{diagnosis!r} {diagnosis} {diagnosis.cause} {diagnosis.action}".lower()
    assert "alex" not in shown
    assert "example.com" not in shown


NASTY = "a\x1b[31m\r\nb\x00\x07\x9b\u202e\u2028c"
NASTY_AGENT = replace(PROFILE, name=NASTY, email=NASTY, team=NASTY)
NASTY_STATE = replace(ROW, state=NASTY, group=NASTY, team=NASTY)
NASTY_VIOLATION = Violation(path=f"$.{NASTY}", expected="a list", got=NASTY)

FROM_THE_TENANT = {
    "a state": facts(state=NASTY_STATE),
    "a late state": facts(state=NASTY_STATE, waited=1.0),
    "a team": facts(profile=NASTY_AGENT, floor=Floor(listed=1, teams=frozenset({NASTY}))),
    "a team that is not seen": facts(profile=NASTY_AGENT, floor=SALES),
    "a team elsewhere": facts(profile=NOT_FOUND, elsewhere=eu(NASTY_AGENT)),
    "scopes": facts(state=PermissionDenied("op", NASTY, missing_scopes=[NASTY, "read:agent"])),
    "a challenge": facts(state=AuthenticationFailed("op", NASTY)),
    "an outage": facts(state=ServiceUnavailable("op", NASTY, status=500)),
    "a limit": facts(state=RateLimited("op", NASTY, retry_after=1.0)),
    "an answer": facts(state=UnexpectedResponse("op", NASTY)),
    "a contract": facts(state=ContractViolation("op", [NASTY_VIOLATION], status=200)),
    "a network": facts(profile=NetworkError("op", "other", NASTY)),
}


@pytest.mark.parametrize("seen", FROM_THE_TENANT.values(), ids=FROM_THE_TENANT)
def test_what_the_tenant_sends_cannot_steer_a_terminal(seen):
    diagnosis = diagnose(seen)
    for text in (str(diagnosis), repr(diagnosis.cause), diagnosis.cause, diagnosis.action):
        assert text.isprintable(), text
    if diagnosis.error is not None:
        evidence = failure(diagnosis.error)
        assert str(evidence).isprintable()


@pytest.mark.parametrize(
    ("status", "text"), [(200, "GET /x -> 200, no row"), (None, "GET /x -> no answer, no row")], ids=str
)
def test_evidence_is_one_line(status, text):
    assert str(replace(EVIDENCE, status=status)) == text


# Of many


def test_diagnoses_are_a_mapping_in_the_order_asked_for():
    first, second = diagnose(facts("2", state=ROW)), diagnose(facts("1", profile=NOT_FOUND))
    found = Diagnoses({"2": first, "1": second}, pages=3, listed=7)
    assert isinstance(found, Mapping)
    assert (list(found), len(found), found["1"], found.get("3")) == (["2", "1"], 2, second, None)
    assert dict(found) == {"2": first, "1": second}
    assert (found.pages, found.listed, found.repeated, found.slipped) == (3, 7, (), ())


def test_diagnoses_do_not_change_with_what_they_were_made_from():
    made_from = {"1": diagnose(facts(state=ROW))}
    found = Diagnoses(made_from)
    made_from.clear()
    assert list(found) == ["1"]
    with pytest.raises(TypeError):
        found["2"] = found["1"]


def test_an_error_that_others_met_is_only_likely_this_agents_too():
    diagnosis = diagnose(facts(profile=OUTAGE, was_asked=False))
    assert (diagnosis.verdict, diagnosis.certainty) == (Verdict.OUTAGE, LIKELY)
    assert diagnosis.cause.endswith("; this agent was not asked for")


def test_a_page_for_people_in_place_of_json_is_not_the_api():
    page = Violation(path="media type", expected="application/json", got="text/html")
    diagnosis = diagnose(facts(state=ContractViolation("op", [page], status=200)))
    assert diagnosis.verdict is Verdict.UNEXPECTED
    assert "CXONE_BASE_URL" in diagnosis.action
