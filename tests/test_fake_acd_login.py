"""How a client of the fake's acd gets a token, what stands in it, how it is renewed, and what is refused."""

import base64
import json
from pathlib import Path

import jwt
import pytest

from pytest_cxone.fake.faults import Fault
from tests.acd_asking import KEY, START, Asking, body

ACCESS_KEY = "/authentication/v1/token/access-key"
REFRESH = "/public/user/refresh"
WHO_AM_I = "/incontactauthorizationserver/token/whoami"
PASSWORD = {"grant_type": "password", "username": KEY["accessKeyId"], "password": KEY["accessKeySecret"]}
CLIENT = {"client_id": "id", "client_secret": "secret"}


@pytest.fixture
def ask():
    return Asking()


def basic(client_id="id", secret="secret"):
    return {"Authorization": "Basic " + base64.b64encode(f"{client_id}:{secret}".encode()).decode()}


def works(ask, token):
    return ask.api("/server-time", token=token).status == 200


def verified(ask, token, **options):
    key = jwt.PyJWK(body(ask("GET", "/auth/jwks"))["keys"][0])
    assert jwt.get_unverified_header(token)["kid"] == key.key_id
    unchecked = {"verify_aud": False, "verify_exp": False, "verify_iat": False}
    return jwt.decode(token, key.key, algorithms=["RS256"], options=unchecked)


# The flows


def test_an_access_key_gets_a_token(ask):
    answer = ask.with_json(ACCESS_KEY, KEY)
    assert answer.headers["Cache-Control"] == "no-store"
    granted = body(answer)
    assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
    assert set(granted) == {"access_token", "token_type", "expires_in", "refresh_token", "id_token"}
    assert works(ask, granted["access_token"])


@pytest.mark.parametrize(
    ("form", "headers"),
    [
        (PASSWORD, basic()),
        ({**PASSWORD, **CLIENT}, {}),
    ],
    ids=["HTTP Basic", "in the form"],
)
def test_the_password_grant_takes_the_access_key(ask, form, headers):
    granted = body(ask.with_form(form, **headers))
    assert granted["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
    assert works(ask, granted["access_token"])


@pytest.mark.parametrize("sent", ["a+b%25/=:c", "a%2Bb%2525%2F%3D%3Ac"], ids=["as it is", "encoded as RFC 6749 has it"])
def test_http_basic_is_read_with_its_encoding_and_without(ask, sent):
    ask.world.add_client("other", "a+b%25/=:c", scopes=["all"], access_key_id="k", access_key_secret="s")
    form = {"grant_type": "password", "username": "k", "password": "s"}
    assert ask.with_form(form, **basic("other", sent)).status == 200


def test_unknown_keys_beside_an_access_key_are_passed_over(ask):
    assert ask.with_json(ACCESS_KEY, {**KEY, **CLIENT, "x": 1}).status == 200


def test_each_token_is_another_one_even_in_the_same_moment(ask):
    tokens = {body(ask.with_json(ACCESS_KEY, KEY))["access_token"] for _ in range(3)}
    assert len(tokens) == 3


# What stands in the tokens


def test_the_tokens_are_signed_with_the_published_key_and_hold_the_claims_of_real_ones(ask):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    access, identity = verified(ask, granted["access_token"]), verified(ask, granted["id_token"])
    for claims in (access, identity):
        assert claims["tenantId"] == ask.world.tenant_id
        assert (claims["icBUId"], claims["icClusterId"], claims["aud"]) == (4_590_000, "B32", "id")
        assert (claims["iat"], claims["exp"]) == (START, START + 3600)
        assert claims["sub"].startswith("user:")
    assert access["role"]["legacyId"] == "Administrator"
    assert "role" not in identity
    assert f"user:{identity['userId']}" == access["sub"]
    assert {"icDomain", "icAgentId", "teamId"} <= set(identity)
    renewing = verified(ask, granted["refresh_token"])
    assert (renewing["iat"], renewing["exp"]) == (START, START + 7200)
    assert {"aud", "iss", "id", "sessionId"} <= set(renewing)


def test_the_name_of_an_access_keys_user_is_in_no_other_text(ask):
    # A recording hides the parts of a person's name wherever they are.
    claims = verified(ask, body(ask.with_json(ACCESS_KEY, KEY))["id_token"])
    root = Path(__file__).parent.parent
    files = [root / "README.md", *(root / "docs").rglob("*.md"), *(root / "schemas").rglob("*.json")]
    texts = "".join(path.read_text(encoding="utf-8") for path in files).lower()
    parts = {claims["given_name"], claims["family_name"], *claims["name"].partition("@")[0].split(".")}
    assert [part for part in parts if len(part) < 5 or part.lower() in texts] == []


def test_the_issuer_is_nices_where_its_hosts_are_asked():
    ask = Asking(origin="https://na1.nice-incontact.com")
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    assert verified(ask, granted["access_token"])["iss"] == "https://na1.nice-incontact.com"
    assert verified(ask, granted["id_token"])["iss"] == "https://cxone.niceincontact.com"


def test_a_tampered_token_is_unknown(ask):
    token = body(ask.with_json(ACCESS_KEY, KEY))["access_token"]
    head, claims, signature = token.split(".")
    other = "B" if signature[0] == "A" else "A"
    assert ask.api("/server-time", token=f"{head}.{claims}.{other}{signature[1:]}").status == 401


# Until when


def test_a_token_is_good_for_an_hour_and_what_renews_it_for_two(ask):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    ask.time += 3599
    assert works(ask, granted["access_token"])
    ask.time += 1
    assert not works(ask, granted["access_token"])
    ask.time += 3599
    renewed = body(ask.with_json(REFRESH, {"token": granted["refresh_token"]}))
    assert works(ask, renewed["token"])
    ask.time += 1
    assert ask.with_json(REFRESH, {"token": granted["refresh_token"]}).status == 401


def test_a_world_may_have_a_lifetime_of_its_own():
    ask = Asking(world={"token_lifetime": 60})
    assert body(ask.with_json(ACCESS_KEY, KEY))["expires_in"] == 60


# Renewing


def renewals(refresh_token):
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    return {
        "UserHub": lambda ask: ask.with_json(REFRESH, {"token": refresh_token}),
        "OAuth, Basic": lambda ask: ask.with_form(form, **basic()),
        "OAuth, an app without a secret": lambda ask: ask.with_form({**form, "client_id": "id"}),
        "at the access key's own": lambda ask: ask.with_json(ACCESS_KEY, form),
    }


@pytest.mark.parametrize("way", renewals(""))
def test_a_token_is_renewed(ask, way):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    renewed = body(renewals(granted["refresh_token"])[way](ask))
    if way == "UserHub":
        assert (renewed["tokenExpirationTimeSec"], renewed["refreshTokenExpirationTimeSec"]) == (3600, 7200)
    access = renewed.get("token") or renewed["access_token"]
    again = renewed.get("refreshToken") or renewed["refresh_token"]
    assert access != granted["access_token"]
    assert works(ask, access)
    assert ask.with_json(REFRESH, {"token": again}).status == 200


@pytest.mark.parametrize("way", renewals(""))
def test_what_was_revoked_renews_nothing(ask, way):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    ask.world.revoke_tokens()
    answer = renewals(granted["refresh_token"])[way](ask)
    assert (answer.status, json.loads(answer.body)["error"]) == (401, "invalid_grant")


def test_a_renewed_token_has_the_rights_that_its_client_has_now(ask):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    ask.world.add_client("id", "secret", scopes=[], access_key_id="key====", access_key_secret="key-secret====")
    renewed = body(ask.with_json(REFRESH, {"token": granted["refresh_token"]}))
    assert ask.api("/server-time", token=renewed["token"]).status == 403


# What is refused


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        ({**PASSWORD, **CLIENT, "client_secret": "wrong"}, {}, 401, "invalid_client"),
        (PASSWORD, basic(secret="wrong"), 401, "invalid_client"),
        (PASSWORD, basic("nobody"), 401, "invalid_client"),
        ({**PASSWORD, "password": "wrong"}, basic(), 401, "invalid_grant"),
        ({**PASSWORD, "username": "wrong"}, basic(), 401, "invalid_grant"),
        ({**PASSWORD, "username": ""}, basic(), 400, "invalid_request"),
        (PASSWORD, {}, 400, "invalid_request"),
        (PASSWORD, {"Authorization": "Basic %%%"}, 400, "invalid_request"),
        ({**PASSWORD, "client_id": "id"}, {}, 400, "invalid_request"),
        ({**CLIENT, "grant_type": "client_credentials"}, {}, 400, "unsupported_grant_type"),
        ({**CLIENT, "grant_type": ""}, {}, 400, "invalid_request"),
        (CLIENT, {}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x", **CLIENT}, {}, 401, "invalid_grant"),
        ({"grant_type": "refresh_token", **CLIENT}, {}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, {}, 400, "invalid_request"),
        (
            {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "id", "client_secret": "wrong"},
            {},
            401,
            "invalid_client",
        ),
        ([*PASSWORD.items(), ("username", "again")], basic(), 400, "invalid_request"),
        (b"grant_type=password&username=key====&password=key-secret====", basic(), 400, "invalid_request"),
    ],
    ids=[
        "wrong secret",
        "wrong secret, Basic",
        "unknown client",
        "wrong key secret",
        "unknown key",
        "no key",
        "no client",
        "garbled Basic",
        "no client secret",
        "client credentials",
        "empty grant",
        "no grant",
        "unknown refresh token",
        "no refresh token",
        "refresh without a client",
        "refresh with a wrong secret",
        "a parameter twice",
        "= not encoded",
    ],
)
def test_an_oauth_grant_is_refused(ask, form, headers, status, error):
    answer = ask.with_form(form, **headers)
    told = json.loads(answer.body)
    assert (answer.status, told["error"]) == (status, error)
    assert set(told) == {"error", "errorDescription"}
    assert ("WWW-Authenticate" in answer.headers) == (error == "invalid_client")


@pytest.mark.parametrize(
    ("path", "content", "status", "error"),
    [
        (ACCESS_KEY, {**KEY, "accessKeySecret": "wrong"}, 401, "invalid_grant"),
        (ACCESS_KEY, {**KEY, "accessKeyId": "wrong"}, 401, "invalid_grant"),
        (ACCESS_KEY, {"accessKeyId": "key===="}, 400, "invalid_request"),
        (ACCESS_KEY, [], 400, "invalid_request"),
        (ACCESS_KEY, b"{", 400, "invalid_request"),
        (REFRESH, {}, 400, "invalid_request"),
        (REFRESH, {"token": "x"}, 401, "invalid_grant"),
        (WHO_AM_I, {"token": "x"}, 401, "invalid_token"),
    ],
    ids=[
        "wrong secret", "unknown key", "no secret", "a list", "broken", "no token", "unknown token", "unknown whoami",
    ],
)  # fmt: skip
def test_a_json_token_request_is_refused(ask, path, content, status, error):
    answer = ask.with_json(path, content)
    assert (answer.status, json.loads(answer.body)["error"]) == (status, error)


@pytest.mark.parametrize(
    ("path", "media_type"),
    [(ACCESS_KEY, "application/x-www-form-urlencoded"), (REFRESH, "text/plain"), ("/auth/token", "application/json")],
)
def test_a_token_request_must_have_its_media_type(ask, path, media_type):
    answer = ask("POST", path, headers={"Content-Type": media_type}, body=KEY)
    assert (answer.status, json.loads(answer.body)["error"]) == (400, "invalid_request")


def test_a_client_without_an_access_key_has_none(ask):
    ask.world.add_client("keyless", "secret", scopes=["all"])
    answer = ask.with_json(ACCESS_KEY, {"accessKeyId": "", "accessKeySecret": ""})
    assert answer.status == 400


# The bearer


@pytest.mark.parametrize("header", [None, "Bearer", "Basic abc", "token abc", "Bearer nonsense"])
def test_the_api_needs_a_bearer_token(ask, header):
    headers = {"Accept": "*/*"} | ({"Authorization": header} if header else {})
    answer = ask("GET", "/inContactAPI/services/v31.0/agents", headers=headers)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")
    assert set(json.loads(answer.body)) == {"error", "errorDescription"}
    assert answer.headers["icStatusDescription"] == json.loads(answer.body)["errorDescription"]


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_scheme_has_no_case(ask, scheme):
    headers = {"Authorization": f"{scheme} {ask.token}", "Accept": "*/*"}
    assert ask("GET", "/inContactAPI/services/v31.0/server-time", headers=headers).status == 200


def test_a_role_without_rights_is_403_on_each_operation(ask):
    weak = ask.world.add_client("weak", "secret", scopes=[], access_key_id="k", access_key_secret="s")
    token = body(ask.with_json(ACCESS_KEY, {"accessKeyId": "k", "accessKeySecret": "s"}))["access_token"]
    assert weak.scopes == frozenset()
    for path in ("/agents/states", "/agents", "/agents/1", "/business-unit"):
        assert ask.api(path, token=token).status == 403


def test_a_token_leads_to_the_older_api(ask):
    granted = body(ask.with_json(ACCESS_KEY, KEY))
    ask.time += 600
    told = body(ask.with_json(WHO_AM_I, {"token": granted["access_token"]}))
    assert told["resource_server_base_uri"] == "https://fake.test/inContactAPI/"
    assert (told["bus_no"], told["expires_in"]) == (4_590_000, 3000)
    assert {"agent_id", "team_id", "iss", "sub", "refresh_token_server_uri"} <= set(told)


# Faults


@pytest.mark.parametrize("retry_after", [7, None])
def test_a_fault_strikes_the_api_and_lets_tokens_and_documents_by(ask, retry_after):
    ask.fake.add_fault(Fault(kind="rate_limit", retry_after=retry_after))
    assert ask.with_json(ACCESS_KEY, KEY).status == 200
    assert ask.with_form(PASSWORD, **basic()).status == 200
    assert ask("GET", "//.well-known//openid-configuration").status == 200
    assert ask("GET", "/auth/jwks").status == 200
    answer = ask.states()
    assert (answer.status, answer.headers.get("Retry-After")) == (429, retry_after and str(retry_after))


def test_a_fault_strikes_a_token_request_where_told_to(ask):
    ask.fake.add_fault(Fault(kind="outage", on="/auth/token"))
    assert ask.with_form(PASSWORD, **basic()).status == 503
    assert ask.with_json(ACCESS_KEY, KEY).status == 200


def test_a_token_that_is_revoked_is_401_once(ask):
    token = body(ask.with_json(ACCESS_KEY, KEY))["access_token"]
    ask.fake.add_fault(Fault(kind="token_revoked"))
    assert ask.api("/server-time", token=token).status == 401
    token = body(ask.with_json(ACCESS_KEY, KEY))["access_token"]
    assert ask.api("/server-time", token=token).status == 200
