"""What recordings of the contract suite met first: tokens that a test tampers with, base URLs, numbers of sessions."""

import json
from base64 import urlsafe_b64encode
from functools import partial

import pytest

from pytest_cxone.cassettes.gate import leaks
from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind, Rules
from pytest_cxone.cassettes.scrubbing import Scrubber, TenantFacts
from pytest_cxone.cassettes.tokens import resembles_jwt
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response
from pytest_cxone.schemas import contract

HOME = "https://api-na1.niceincontact.com"
TENANT = "https://acme.example.net"


def part(document):
    return urlsafe_b64encode(json.dumps(document).encode()).decode().rstrip("=")


HEADER, CLAIMS = part({"alg": "RS256", "typ": "JWT"}), part({"sub": "user:jane", "iat": 1_700_000_000})
SIGNATURE = "c2lnbmF0dXJlIG9mIGEgdG9rZW4"
TOKEN = f"{HEADER}.{CLAIMS}.{SIGNATURE}"
MIDDLE = CLAIMS[:8] + ("A" if CLAIMS[8] != "A" else "B") + CLAIMS[9:]

TAMPERED = {
    "the header": f"A{TOKEN[1:]}",
    "the claims": f"{HEADER}.{MIDDLE}.{SIGNATURE}",
    "the signature": f"{TOKEN}AA",
}


@pytest.fixture
def scrubber():
    hosts = Hosts(TENANT, f"{TENANT}/auth/token", TENANT)
    facts = TenantFacts(locate=partial(hosts.path_of, token_path="/auth/token"), home=HOME, hosts=("acme.example.net",))
    return Scrubber(Pseudonyms(b"key"), contract("acd"), Rules(), facts)


def asked(path="/auth/token", body=b"", *, token=TOKEN, status=200):
    return Exchange(
        request=Request(method="GET", url=TENANT + path, headers=Headers({"Authorization": f"Bearer {token}"})),
        response=Response(status=status, headers=Headers({"Content-Type": "application/json"}), body=body),
    )


@pytest.mark.parametrize("tampered", TAMPERED.values(), ids=TAMPERED.keys())
def test_a_token_that_a_test_tampered_with_is_no_leak_of_what_stands_for_another(scrubber, tampered):
    given = json.dumps({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 3600}).encode()
    written = scrubber.scrub([asked(body=given), asked("/auth/jwks", token=tampered, status=401)])
    text = "\n".join(exchange.response.body.decode() for exchange in written)

    assert leaks(text, scrubber.values) == []
    # It is looked for all the same.
    assert leaks(f"{text}\n{tampered}", scrubber.values) != []


@pytest.mark.parametrize(
    ("text", "does"),
    [
        *((token, True) for token in (TOKEN, *TAMPERED.values())),
        ("a.b.c", False),
        ("first.second.third.fourth", False),
        (SIGNATURE, False),
        ("corp.client.s3cret", False),
    ],
)
def test_what_resembles_a_token_has_a_part_that_can_be_read(text, does):
    assert resembles_jwt(text) is does


@pytest.mark.parametrize(
    ("told", "written"), [(TENANT, HOME), (f"{TENANT}/", f"{HOME}/"), (f"{TENANT}/x", f"{HOME}/x")]
)
def test_a_base_url_keeps_its_end(scrubber, told, written):
    body = json.dumps({"api_endpoint": told}).encode()
    [done] = scrubber.scrub([asked("/.well-known/cxone-configuration", body)])

    assert json.loads(done.response.body) == {"api_endpoint": written}


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("agentSessionId", Kind.ID),
        ("AgentSessionId", Kind.ID),
        ("sessionId", Kind.SECRET),
        ("userSessionId", Kind.SECRET),
    ],
)
def test_the_number_of_an_agents_session_is_an_id_and_any_other_session_a_secret(key, kind):
    assert Rules().kind_of(key) is kind
