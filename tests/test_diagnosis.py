"""The diagnosis: from what was seen to a verdict, its cause and what to do."""

from datetime import UTC, datetime

import pytest

from pytest_cxone.diagnosis import Verdict, diagnose
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

PROFILE = Agent(agent_id="1", name="Alex", email="alex@example.com")
STATE = AgentState(agent_id="1", state="Tea", group="Break", since=datetime(2024, 5, 1, tzinfo=UTC))
ERRORS = {
    "unknown": (AgentNotFound("op", "1"), Verdict.UNKNOWN, "no agent has this id", "the region"),
    "e-mail": (AgentNotFound("op", "a@b"), Verdict.NOT_AN_ID, "no agent has this id", "not its e-mail or name"),
    "credentials": (
        AuthenticationFailed("op", "no", credentials=True),
        Verdict.BAD_CREDENTIALS,
        "id or secret is refused",
        "CXONE_CLIENT_SECRET",
    ),
    "token": (AuthenticationFailed("op", "no"), Verdict.TOKEN_REFUSED, "also a fresh one", "CXONE_AUTH_URL"),
    "scope": (
        PermissionDenied("op", "no", missing_scopes=["read:agent"]),
        Verdict.MISSING_SCOPE,
        "lacks read:agent",
        "add it",
    ),
    "scope not named": (PermissionDenied("op", "no"), Verdict.MISSING_SCOPE, "lacks a scope", "add it"),
    "rate": (RateLimited("op", "no", retry_after=None), Verdict.RATE_LIMITED, "limits the rate", "ask again later"),
    "outage": (ServiceUnavailable("op", "no", status=502), Verdict.OUTAGE, "answers 502", "wait"),
    "network": (NetworkError("op", "dns", "no such host"), Verdict.NETWORK, "op: no such host", "the proxy"),
    "unexpected": (UnexpectedResponse("op", "a redirect"), Verdict.BROKEN_ANSWER, "op: a redirect", "contract suite"),
    "contract": (
        ContractViolation("op", [Violation(path="$", expected="a list", got="null")], status=200),
        Verdict.BROKEN_ANSWER,
        "expected a list, got null",
        "contract suite",
    ),
    "listing": (ListingNotAdvancing("op", 2), Verdict.BROKEN_ANSWER, "page 2", "contract suite"),
}  # fmt: skip


@pytest.mark.parametrize(("error", "verdict", "cause", "action"), ERRORS.values(), ids=ERRORS)
@pytest.mark.parametrize("seen", ["profile", "state", "both", "state alone"])
def test_an_error_is_its_own_verdict_and_never_offline(error, verdict, cause, action, seen):
    profile, state = {
        "profile": (error, None),
        "state": (PROFILE, error),
        "both": (error, error),
        "state alone": (None, error),
    }[seen]
    diagnosis = diagnose("1", profile, state)
    assert diagnosis.verdict is verdict
    assert cause in diagnosis.cause
    assert action in diagnosis.action
    assert diagnosis.error is error
    assert diagnosis.certain


@pytest.mark.parametrize(
    "profile",
    [PROFILE, None, *(error for error, *_ in ERRORS.values())],
    ids=["seen", "not asked for", *ERRORS],
)
def test_a_row_is_proof_whatever_became_of_the_profile(profile):
    diagnosis = diagnose("1", profile, STATE)
    assert (diagnosis.verdict, diagnosis.certain, diagnosis.state) == (Verdict.ONLINE, True, STATE)
    assert diagnosis.agent is (PROFILE if profile is PROFILE else None)
    assert diagnosis.cause == "logged in, in state 'Tea' of group 'Break' since 2024-05-01T00:00:00+00:00"


def test_no_row_is_offline_and_says_what_else_it_may_be():
    diagnosis = diagnose("1", PROFILE, None)
    assert (diagnosis.verdict, diagnosis.certain, diagnosis.agent) == (Verdict.OFFLINE, False, PROFILE)
    for cause in ("logged out", "hidden from this client", "a moment ago"):
        assert cause in diagnosis.cause


def test_the_profiles_error_goes_before_the_states():
    diagnosis = diagnose("1", AgentNotFound("op", "1"), RateLimited("op", "no", retry_after=None))
    assert diagnosis.verdict is Verdict.UNKNOWN


def test_every_verdict_is_reached():
    reached = {verdict for _, verdict, *_ in ERRORS.values()} | {Verdict.ONLINE, Verdict.OFFLINE}
    assert reached == set(Verdict)


def test_a_diagnosis_is_one_line_without_personal_values():
    online, offline = diagnose("1", PROFILE, STATE), diagnose("1", PROFILE, None)
    assert str(online) == f"agent 1: online: {online.cause}; nothing to do"
    assert str(offline).startswith("agent 1: offline (not certain): the agent exists")
    assert "alex" not in (repr(online) + repr(offline) + str(offline)).lower()
