"""What tests of drift share: exchanges with both dialects' APIs, rows of their listings, and findings as short rows."""

import json
from functools import cache
from pathlib import Path

from pytest_cxone.cassettes.files import read
from pytest_cxone.drift import Witness, compare, drift_of, observe, see
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.schemas import contract

__all__ = [
    "ACD", "CASSETTES", "JSON", "PLATFORM", "PROFILE", "STATES", "TOKEN", "ask", "cassette", "changed", "compared",
    "drift", "envelope", "exchange", "found", "grant", "joined", "known_of", "observed", "row", "rows", "seen", "state",
    "told", "unknown",
]  # fmt: skip

PLATFORM, ACD = contract("platform-v2"), contract("acd")
JSON = "application/json"
STATES, PROFILE, TOKEN = "/api/v2/agents/states", "/api/v2/agents/7", "/oauth/token"
_HOMES = {
    "platform-v2": "https://platform.nicecxone.com",
    "acd": "https://api-na1.niceincontact.com/inContactAPI/services/v31.0",
}
CASSETTES = sorted((Path(__file__).parent.parent / "cassettes").rglob("*.yaml"))


def exchange(body, path=STATES, *, status=200, media=JSON, method="GET", headers=(), sent=b"", dialect="platform-v2"):
    """Return an exchange with platform-v2; a body that is no bytes is written as JSON."""
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    fields = {**({"Content-Type": media} if media else {}), **dict(headers)}
    return Exchange(
        request=Request(method=method, url=_HOMES[dialect] + path, body=sent),
        response=Response(status=status, headers=Headers(fields), body=text),
    )


def ask(body, path="/agents/states", **how):
    """Return an exchange with acd."""
    return exchange(body, path, dialect="acd", **how)


def grant(seconds=3600, **members):
    """Return an exchange that gives a token of platform-v2."""
    body = {"access_token": "a.b.c", "token_type": "Bearer", "expires_in": seconds, **members}
    return exchange(body, TOKEN, method="POST", headers={"Cache-Control": "no-store"})


def known_of(exchanges):
    """Return the contract of the dialect that these speak."""
    return ACD if exchanges[0].request.url.startswith(_HOMES["acd"]) else PLATFORM


def observed(exchanges, known=PLATFORM):
    return observe(exchanges, known)


def seen(*bodies, **how):
    """Observe these bodies, each as an answer of its own."""
    return observe([exchange(body, **how) for body in bodies], PLATFORM)


def compared(before, after, known=PLATFORM):
    """Compare exchanges as those of one tenant at two times."""
    return compare(observe(before, known), observe(after, known), contract=known)


def drift(before, after, known=PLATFORM):
    """Return what one test comes to whose cassette and whose run are these."""
    return drift_of([Witness(test="t", before=see(before, known, orders=""), after=see(after, known))], known)


def told(comparison):
    """Return the findings as short rows."""
    return [(str(one.id), one.path, one.before, one.after, one.samples) for one in comparison.findings]


def found(comparison):
    """Return the findings as rows that are shorter still."""
    return [(str(one.severity), str(one.id), one.path) for one in comparison.findings]


def joined(drift):
    """Return the findings of tests, with what each was compared with."""
    return [(str(one.finding.id), one.finding.path, one.evidence) for one in drift.findings]


def unknown(comparison):
    return [(one.path, one.reason) for one in comparison.not_compared]


def rows(count, **members):
    return [dict(members) for _ in range(count)]


def row(number=1, state="Available", **members):
    """Return a row of platform-v2's listing."""
    return {
        "agentId": str(number), "state": {"name": state}, "stateGroup": {"name": "Available"},
        "lastUpdated": "2026-11-23T08:00:00.123Z", **members,
    }  # fmt: skip


def state(number=1, name="Available", **members):
    """Return a row of acd's listing."""
    return {
        "agentId": number, "agentStateId": 1, "agentStateName": name, "contactId": 5, "firstName": "Jane",
        "userName": "jane.roe@example.com", "startDate": "2026-11-23T08:00:00.123Z", **members,
    }  # fmt: skip


def envelope(*states, **members):
    """Return acd's listing of these rows."""
    return {"totalRecords": len(states), "lastPollTime": "2026-11-23T08:00:00.5Z", "agentStates": [*states], **members}


def changed(document, **members):
    """Return an object with other members; those that are given as `...` are left out."""
    return {name: value for name, value in {**document, **members}.items() if value is not ...}


@cache
def cassette(path):
    """Return a cassette of ours."""
    return read(path)
