"""The errors: one tree, facts with fields, and texts that say what happened and what to do."""

import inspect
import re

import pytest

from pytest_cxone import errors
from pytest_cxone.errors import (
    AgentNotFound,
    ApiError,
    AuthenticationFailed,
    ConfigurationError,
    ContractViolation,
    CXoneError,
    ListingNotAdvancing,
    NetworkError,
    PermissionDenied,
    RateLimited,
    RequestRefused,
    ServiceUnavailable,
    StateNotProvided,
    UnexpectedResponse,
    UnknownRegion,
    UnknownRoute,
    Violation,
)


def drawn_tree():
    """Return each class of the docstring's drawing with its parent, read by indentation."""
    parents, above = {}, []
    for line in errors.__doc__.splitlines():
        found = re.match(r"[ │├└─]{4,}(\w+)", line)
        if found:
            depth = (found.start(1) - 4) // 4
            del above[depth:]
            parents[found[1]] = above[-1] if above else None
            above.append(found[1])
    return parents


def real_tree():
    """Return each class of the module with the parent it has."""
    classes = [kind for _, kind in inspect.getmembers(errors, inspect.isclass) if issubclass(kind, CXoneError)]
    return {kind.__name__: None if kind is CXoneError else kind.__base__.__name__ for kind in classes}


def test_the_drawn_tree_is_the_real_one():
    assert drawn_tree() == real_tree()


def test_all_names_are_exported_and_sorted():
    own = {name for name, thing in vars(errors).items() if getattr(thing, "__module__", "") == errors.__name__}
    assert set(errors.__all__) == own | {"NetworkFailure"}
    assert errors.__all__ == sorted(errors.__all__)


OPERATION = "GET /api/v2/agents/states"
VIOLATION = Violation(
    path="$[*].agentId", expected="a string", got="an integer", count=2, total=9, first="$[3].agentId"
)

FACTS = {
    "region": (
        UnknownRegion("ap", ["us", "eu"]),
        {"region": "ap", "allowed": ("us", "eu")},
        "region 'ap' is not one of 'us', 'eu'; set CXONE_REGION (or --cxone-region) to one of them, "
        "or CXONE_BASE_URL to the tenant's own host",
    ),
    "route": (
        UnknownRoute("PUT", "/x", ["GET /a", "GET /b"]),
        {"method": "PUT", "path": "/x", "known": ("GET /a", "GET /b")},
        "the fake tenant has no PUT /x; it answers:\n  GET /a\n  GET /b",
    ),
    "state": (
        StateNotProvided("agent 1 online", "logged out", "let it log in"),
        {"state": "agent 1 online", "reason": "logged out", "remedy": "let it log in"},
        "agent 1 online: logged out; let it log in",
    ),
    "state without a remedy": (
        StateNotProvided("agent 1 online", "logged out"),
        {"remedy": ""},
        "agent 1 online: logged out",
    ),
    "refused": (
        RequestRefused("PUT", "https://t/x", "only reads"),
        {"method": "PUT", "url": "https://t/x"},
        "PUT https://t/x was not sent to the tenant: only reads",
    ),
    "network": (
        NetworkError(OPERATION, "dns", "no such host"),
        {"operation": OPERATION, "failure": "dns", "status": None},
        f"{OPERATION}: no such host",
    ),
    "401": (
        AuthenticationFailed(OPERATION, "no", credentials=True),
        {"credentials": True, "status": 401},
        f"{OPERATION}: no",
    ),
    "403": (
        PermissionDenied(OPERATION, "no", missing_scopes=["read:agent"]),
        {"missing_scopes": ("read:agent",), "status": 403},
        f"{OPERATION}: no",
    ),
    "a scope that is not granted": (
        PermissionDenied(OPERATION, "no", missing_scopes=["read:agent"], status=400),
        {"missing_scopes": ("read:agent",), "status": 400, "message": "no"},
        f"{OPERATION}: no",
    ),
    "404": (
        AgentNotFound(OPERATION, "12345"),
        {"agent_id": "12345", "status": 404},
        f"{OPERATION}: no agent has the id '12345'",
    ),
    "404 of a name": (
        AgentNotFound(OPERATION, "a@b.example"),
        {"agent_id": "a@b.example"},
        f"{OPERATION}: no agent has the id 'a@b.example'; an id is not the agent's e-mail or name",
    ),
    "429": (
        RateLimited(OPERATION, "slow down", retry_after=2.0),
        {"retry_after": 2.0, "status": 429},
        f"{OPERATION}: slow down",
    ),
    "5xx": (
        ServiceUnavailable(OPERATION, "down", status=502),
        {"status": 502},
        f"{OPERATION}: down",
    ),
    "page": (
        ListingNotAdvancing(OPERATION, 3),
        {"page": 3, "status": 200},
        f"{OPERATION}: page 3 only repeats rows of earlier pages, so the listing would never end; "
        "does the tenant still honour `page`?",
    ),
    "contract": (
        ContractViolation(OPERATION, [VIOLATION], status=200),
        {"violations": (VIOLATION,), "status": 200, "operation": OPERATION},
        f"{OPERATION}: the answer (200) breaks the contract:\n"
        "  $[*].agentId: expected a string, got an integer (2 of 9 rows, first at $[3].agentId)",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("error", "fields", "text"), FACTS.values(), ids=FACTS)
def test_an_error_is_a_fact_with_fields_and_a_text(error, fields, text):
    assert {name: getattr(error, name) for name in fields} == fields
    assert str(error) == text


def test_a_violation_outside_lists_counts_nothing():
    assert str(Violation(path="status", expected="200", got="204")) == "status: expected 200, got 204"


@pytest.mark.parametrize("error", [ConfigurationError, RequestRefused, StateNotProvided, UnknownRoute])
def test_what_is_no_answer_of_the_tenant_is_no_api_error(error):
    assert not issubclass(error, ApiError)


def test_a_violation_is_an_unexpected_response():
    assert issubclass(ContractViolation, UnexpectedResponse)
