"""The flows that give tokens and renew them, and what is in a token."""

from typing import Any

import jwt
import pytest
import requests

from pytest_cxone import Contract, CXoneClient, Scopes, Settings, Tenant, cxone_behaviour
from pytest_cxone.contract.acd import access_key, ask, client_of, configuration, document, not_of_a_recording, post_json
from pytest_cxone.contract.asking import each_read, get, granted

IDS = {"agentId": "12345", "teamId": "101", "skillId": "101"}
CLAIMS = {"sub", "iss", "aud", "icBUId", "icClusterId", "tenantId", "tenant", "name", "iat", "exp"}


def by_access_key(settings: Settings, contract: Contract, **changed: str) -> requests.Response:
    url = f"{configuration(settings, contract)['auth_endpoint']}/authentication/v1/token/access-key"
    return post_json(settings, url, access_key(settings) | changed)


def token_endpoint(settings: Settings, contract: Contract) -> str:
    return str(document(settings, contract, "/.well-known/openid-configuration")["token_endpoint"])


def by_form(
    settings: Settings, contract: Contract, form: dict[str, str], *, basic: tuple[str, str] | None = None
) -> requests.Response:
    return requests.post(
        token_endpoint(settings, contract), data=form, auth=basic, timeout=settings.timeout, allow_redirects=False
    )


def password(settings: Settings, **changed: str) -> dict[str, str]:
    return {
        "grant_type": "password",
        "username": settings.access_key_id,
        "password": settings.access_key_secret.reveal(),
    } | changed


def works(settings: Settings, contract: Contract, answer: requests.Response) -> None:
    contract.check(answer)
    assert answer.status_code == 200
    grant = settings.spoken.read_grant(answer.json())
    assert get(settings, settings.spoken.page_call(0, 1), f"Bearer {grant.token.reveal()}").status_code == 200


def refused(contract: Contract, answer: requests.Response) -> None:
    contract.check(answer)
    assert answer.status_code == 401
    assert "access_token" not in answer.text


# An access key


@cxone_behaviour("auth.access-key")
def test_an_access_key_alone_gives_a_token_that_works(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = by_access_key(cxone_settings, cxone_contract)

    works(cxone_settings, cxone_contract, answer)
    assert answer.json()["refresh_token"]
    assert answer.json()["id_token"]


@cxone_behaviour("auth.bad-access-key")
@pytest.mark.parametrize("field", ["accessKeyId", "accessKeySecret"])
def test_a_wrong_access_key_is_401_and_no_token(cxone_settings: Settings, cxone_contract: Contract, field: str) -> None:
    refused(cxone_contract, by_access_key(cxone_settings, cxone_contract, **{field: "not-the-right-one"}))


# The password grant


@cxone_behaviour("auth.password-basic")
def test_the_password_grant_takes_the_client_by_http_basic(cxone_settings: Settings, cxone_contract: Contract) -> None:
    basic = client_of(cxone_settings)

    works(
        cxone_settings, cxone_contract, by_form(cxone_settings, cxone_contract, password(cxone_settings), basic=basic)
    )


@cxone_behaviour("auth.password-body")
def test_the_password_grant_takes_the_client_in_the_body(cxone_settings: Settings, cxone_contract: Contract) -> None:
    client_id, secret = client_of(cxone_settings)
    form = password(cxone_settings, client_id=client_id, client_secret=secret)

    works(cxone_settings, cxone_contract, by_form(cxone_settings, cxone_contract, form))


@cxone_behaviour("auth.bad-access-key")
@pytest.mark.parametrize("field", ["username", "password"])
def test_a_wrong_access_key_is_an_invalid_grant(cxone_settings: Settings, cxone_contract: Contract, field: str) -> None:
    form = password(cxone_settings, **{field: "not-the-right-one"})
    answer = by_form(cxone_settings, cxone_contract, form, basic=client_of(cxone_settings))

    refused(cxone_contract, answer)
    assert answer.json()["error"] == "invalid_grant"


@cxone_behaviour("auth.key-encoded")
@pytest.mark.parametrize(("sent", "statuses"), [("key%3D%3D", {200}), ("key==", {400, 401})], ids=["encoded", "bare"])
def test_the_equals_signs_of_a_key_have_to_be_encoded_in_a_form(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract, sent: str, statuses: set[int]
) -> None:
    cxone_tenant.world.add_client("app", "s", scopes=["role"], access_key_id="key==", access_key_secret="key==")
    answer = requests.post(
        token_endpoint(cxone_settings, cxone_contract),
        data=f"grant_type=password&username={sent}&password={sent}",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
        auth=("app", "s"),
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code in statuses


# What renews a token


@cxone_behaviour("auth.refresh-user-hub")
def test_a_refresh_token_gets_another_token_of_user_hub(cxone_settings: Settings, cxone_contract: Contract) -> None:
    first = granted(cxone_settings, cxone_contract)
    answer = refresh(cxone_settings, cxone_contract, first.refresh_token.reveal())

    works(cxone_settings, cxone_contract, answer)
    assert answer.json()["token"] != first.token.reveal()
    assert answer.json()["refreshToken"]


def refresh(settings: Settings, contract: Contract, token: str) -> requests.Response:
    url = f"{configuration(settings, contract)['auth_endpoint']}/public/user/refresh"
    return post_json(settings, url, {"token": token})


@cxone_behaviour("auth.refresh-oauth")
def test_a_refresh_token_is_a_grant_of_its_own(cxone_settings: Settings, cxone_contract: Contract) -> None:
    client_id, _ = client_of(cxone_settings)
    first = granted(cxone_settings, cxone_contract)
    form = {"grant_type": "refresh_token", "client_id": client_id, "refresh_token": first.refresh_token.reveal()}
    answer = by_form(cxone_settings, cxone_contract, form)

    works(cxone_settings, cxone_contract, answer)
    assert answer.json()["access_token"] != first.token.reveal()


@cxone_behaviour("auth.refresh-unknown")
def test_a_refresh_token_that_was_never_issued_is_refused(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = refresh(cxone_settings, cxone_contract, "e30.e30.e30")

    cxone_contract.check(answer)
    assert answer.status_code in {400, 401}


@cxone_behaviour("auth.refresh-lifetime")
def test_a_refresh_token_works_for_two_hours_and_not_longer(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    first, second = granted(cxone_settings, cxone_contract), granted(cxone_settings, cxone_contract)
    cxone_tenant.clock.advance(7_190)
    answer = refresh(cxone_settings, cxone_contract, first.refresh_token.reveal())
    works(cxone_settings, cxone_contract, answer)
    cxone_tenant.clock.advance(20)

    late = refresh(cxone_settings, cxone_contract, second.refresh_token.reveal())
    cxone_contract.check(late)
    assert late.status_code == 401


# What is in a token


def claims(token: str) -> dict[str, Any]:
    return dict(jwt.decode(token, options={"verify_signature": False}))


@cxone_behaviour("auth.claims")
def test_a_token_tells_whose_it_is_and_for_how_long(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    not_of_a_recording(cxone_tenant, "to read all that a token claims")
    grant = granted(cxone_settings, cxone_contract)
    found = claims(grant.token.reveal())

    assert CLAIMS - set(found) == set()
    assert found["sub"].startswith("user:")
    assert found["tenantId"] == grant.tenant_id
    assert found["exp"] - found["iat"] == grant.expires_in


@cxone_behaviour("auth.claims")
def test_the_id_token_tells_the_user_and_the_tenant(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    not_of_a_recording(cxone_tenant, "to read all that a token claims")
    found = by_access_key(cxone_settings, cxone_contract).json()
    access, identity = claims(found["access_token"]), claims(found["id_token"])

    assert CLAIMS - set(identity) == set()
    assert identity["tenantId"] == access["tenantId"]
    assert f"user:{identity['userId']}" == access["sub"]


@cxone_behaviour("auth.claims")
def test_a_refresh_token_says_that_it_lives_for_two_hours(cxone_settings: Settings, cxone_contract: Contract) -> None:
    found = claims(granted(cxone_settings, cxone_contract).refresh_token.reveal())

    assert found["exp"] - found["iat"] == 7_200


@cxone_behaviour("auth.signature")
def test_a_token_can_be_verified_by_the_issuers_keys(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    not_of_a_recording(cxone_tenant, "to verify a signature")
    token = granted(cxone_settings, cxone_contract).token.reveal()
    keys = jwt.PyJWKSet.from_dict(document(cxone_settings, cxone_contract, "/auth/jwks"))
    header = jwt.get_unverified_header(token)

    assert header["alg"] == "RS256"
    jwt.decode(token, keys[header["kid"]].key, algorithms=["RS256"], options={"verify_aud": False, "verify_exp": False})


# Rights


@cxone_behaviour("auth.role-required")
def test_a_role_without_permission_is_403_on_each_operation(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    cxone_tenant.provide(Scopes(()))
    for path in each_read(cxone.settings, cxone_contract, IDS):
        answer = cxone.http.get(path, allow_redirects=False)
        cxone_contract.check(answer)
        assert answer.status_code == 403, path


@cxone_behaviour("auth.scheme-case")
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
def test_the_scheme_of_the_token_is_taken_in_either_case(
    cxone_settings: Settings, cxone_contract: Contract, scheme: str
) -> None:
    token = granted(cxone_settings, cxone_contract).token
    answer = get(cxone_settings, cxone_settings.spoken.page_call(0, 1), f"{scheme} {token.reveal()}")

    assert answer.status_code == 200


@cxone_behaviour("auth.revoked")
def test_a_revoked_token_is_401_and_a_new_one_works(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    token = granted(cxone_settings, cxone_contract).token
    cxone_tenant.world.revoke_tokens()
    answer = get(cxone_settings, cxone_settings.spoken.page_call(0, 1), f"Bearer {token.reveal()}")

    cxone_contract.check(answer)
    assert answer.status_code == 401
    assert ask(cxone, "/business-unit").status_code == 200
