"""What stands for a token tells nothing of it but its lifetime, and lives when it is played."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from pytest_cxone.cassettes.tokens import claims_of, is_jwt, rebased, scrubbed_jwt, stands_for_jwt

NOW = 2_000_000_000


def jwt(payload, signature="sig"):
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return ".".join([urlsafe_b64encode(part).decode().rstrip("=") for part in (b'{"alg":"RS256"}', text)] + [signature])


TOKEN = jwt(
    {"sub": "jane@corp.com", "iat": 1_700_000_000.5, "nbf": 1_700_000_000, "exp": 1_700_000_900, "tenantId": "t1"}
)


def test_a_token_keeps_its_times_only():
    instead = scrubbed_jwt(TOKEN, "scrubbed-1")
    assert claims_of(instead) == {"sub": "scrubbed-1", "iat": 0, "nbf": 0, "exp": 900}
    assert is_jwt(instead)
    assert stands_for_jwt(instead)
    assert not stands_for_jwt(TOKEN)
    assert json.loads(urlsafe_b64decode(instead.split(".")[0] + "==")) == {"alg": "none", "typ": "JWT"}


def test_the_same_token_issued_later_has_the_same_stand_in():
    later = jwt({"exp": 1_800_000_900, "iat": 1_800_000_000}, "other")
    assert scrubbed_jwt(later, "x") == scrubbed_jwt(jwt({"exp": 1_700_000_900, "iat": 1_700_000_000}), "x")


@pytest.mark.parametrize(
    "payload",
    [b'{"exp": NaN}', b'{"exp": Infinity, "iat": 1}', b'{"exp": 1e999}', b'{"exp": true}', b'{"exp": "soon"}', b'{"exp": ' + b"9" * 400 + b"}"],
    ids=lambda payload: payload[:20].decode(),
)  # fmt: skip
def test_times_that_are_none_do_no_harm(payload):
    assert "exp" not in claims_of(scrubbed_jwt(jwt(payload), "x"))


@pytest.mark.parametrize(
    "text", ["", "a.b", "eyJh.eyJh.x", "abc.def.ghi", jwt(b"\xff\xfe"), jwt([1]), jwt(b"[" * 99_999), "é.é.é"]
)
def test_other_texts_are_no_tokens(text):
    assert not is_jwt(text)
    assert claims_of(text) is None


def grant(**more):
    return json.dumps({"access_token": scrubbed_jwt(TOKEN, "scrubbed-1"), "expires_in": 900, **more}).encode()


def test_a_played_token_lives_from_now_on():
    played = json.loads(rebased(grant(), now=NOW, shift=10))
    assert claims_of(played["access_token"]) == {"sub": "scrubbed-1", "iat": NOW, "nbf": NOW, "exp": NOW + 900}
    assert played["expires_in"] == 900


@pytest.mark.parametrize(
    ("key", "value", "moved"),
    [
        ("expires_at", 1_700_000_000, 1_700_000_100),
        ("issuedAt", "2026-01-01T00:00:00Z", "2026-01-01T00:01:40Z"),
        (".expires", "2026-01-01T00:00:00+02:00", "2026-01-01T00:01:40+02:00"),
        ("expires_on", 900, 900),
        ("expires_at", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
        ("expires_at", "2026-01-01", "2026-01-01"),
        ("expires_at", "20260101", "20260101"),
        ("expires_at", None, None),
        ("created", 1_700_000_000, 1_700_000_000),
    ],
)
def test_moments_beside_a_token_move_with_it(key, value, moved):
    assert json.loads(rebased(grant(**{key: value}), now=NOW, shift=100))[key] == moved


@pytest.mark.parametrize(
    "body", [b"", b'{"name": "Jane"}', b"eyJ no JSON", b'"scrubbed \xff', b'"scrubbed' + b"[" * 10, b"[" * 99_999 + b'"scrubbed'],
    ids=["empty", "no token", "no JSON", "no UTF-8", "cut", "deep"],
)  # fmt: skip
def test_other_bodies_stay_as_they_are(body):
    assert rebased(body, now=NOW, shift=1) is body


def test_a_token_of_somebody_elses_stays():
    body = json.dumps({"access_token": TOKEN}).encode()
    assert json.loads(rebased(body, now=NOW, shift=1))["access_token"] == TOKEN
