"""Tokens: what gives one, how long it works, and what is refused without one; and regions."""

import re
from dataclasses import replace

import pytest
import requests

from pytest_cxone import AgentOnline, Contract, Secret, Settings, Tenant, cxone_behaviour, errors
from pytest_cxone.contract.asking import ask_for_token, bearer, call_of, each_read, get, granted

IDS = {"agentId": "12345", "teamId": "101", "skillId": "101"}
each_operation = pytest.mark.parametrize("operation", ["listing", "state", "profile"])


@cxone_behaviour("auth.token-issued")
def test_the_credentials_give_a_token_that_works(cxone_settings: Settings, cxone_contract: Contract) -> None:
    token = bearer(cxone_settings, cxone_contract)

    assert get(cxone_settings, cxone_settings.spoken.page_call(0, 1), token).status_code == 200


@cxone_behaviour("auth.token-issued")
def test_a_request_without_a_body_may_tell_its_content_type(cxone_settings: Settings, cxone_contract: Contract) -> None:
    listing = cxone_settings.spoken.page_call(0, 1)
    answer = requests.get(
        cxone_settings.base_url + listing.path,
        params=listing.params,
        headers={"Authorization": bearer(cxone_settings, cxone_contract), "Content-Type": "application/json"},
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code == 200


@cxone_behaviour("auth.lifetime")
def test_a_token_is_good_for_many_requests_and_beside_a_newer_one(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    listing = cxone_settings.spoken.page_call(0, 1)
    first = bearer(cxone_settings, cxone_contract)
    assert [get(cxone_settings, listing, first).status_code for _ in range(4)] == [200] * 4
    second = bearer(cxone_settings, cxone_contract)

    cxone_tenant.clock.advance(2)
    assert [get(cxone_settings, listing, token).status_code for token in (first, second)] == [200, 200]


@cxone_behaviour("auth.lifetime")
def test_a_token_works_for_as_long_as_it_says_and_not_longer(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    spoken = cxone_settings.spoken
    calls = (spoken.page_call(0, 1), spoken.profile_call(cxone_tenant.provide(AgentOnline())))
    grant = granted(cxone_settings, cxone_contract)
    token = f"Bearer {grant.token.reveal()}"

    cxone_tenant.clock.advance(grant.expires_in - 10)
    assert [get(cxone_settings, call, token).status_code for call in calls] == [200, 200]
    cxone_tenant.clock.advance(20)
    assert [get(cxone_settings, call, token).status_code for call in calls] == [401, 401]


@cxone_behaviour("auth.lifetime")
def test_a_new_token_can_be_had_when_the_old_one_has_expired(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    first = granted(cxone_settings, cxone_contract)
    cxone_tenant.clock.advance(first.expires_in + 5)
    second = granted(cxone_settings, cxone_contract)

    assert first.token != second.token
    token = f"Bearer {second.token.reveal()}"
    assert get(cxone_settings, cxone_settings.spoken.page_call(0, 1), token).status_code == 200


@pytest.mark.parametrize(
    "seconds",
    [
        pytest.param(900, marks=cxone_behaviour("auth.lifetime-900"), id="900"),
        pytest.param(3600, marks=cxone_behaviour("auth.lifetime-3600"), id="3600"),
    ],
)
def test_a_token_is_issued_for_so_many_seconds(
    cxone_settings: Settings, cxone_contract: Contract, seconds: int
) -> None:
    assert granted(cxone_settings, cxone_contract).expires_in == seconds


@cxone_behaviour("auth.bad-secret")
@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("client_id", "{}x"),
        ("client_id", "not-the-right-one"),
        ("client_secret", "not-the-right-one"),
        ("client_secret", "{}x"),
        ("client_secret", "{} "),
    ],
    ids=["longer-id", "other-id", "other-secret", "longer-secret", "padded-secret"],
)
def test_wrong_credentials_are_401_and_no_token(
    cxone_settings: Settings, cxone_contract: Contract, field: str, wrong: str
) -> None:
    right = {"client_id": cxone_settings.client_id, "client_secret": a_secret(cxone_settings)}
    refused(cxone_settings, cxone_contract, **{field: wrong.format(right[field])})


@cxone_behaviour("auth.bad-secret")
def test_a_secret_counts_to_its_last_character_and_in_its_case(
    cxone_settings: Settings, cxone_contract: Contract
) -> None:
    right = a_secret(cxone_settings)
    for wrong in {right[:-1], right.swapcase()} - {"", right}:
        refused(cxone_settings, cxone_contract, client_secret=wrong)


def a_secret(settings: Settings) -> str:
    """Return the client secret; a run may have none, where other credentials get tokens without."""
    if not settings.client_secret:
        pytest.skip("this run asks for its tokens without a client id and secret")
    return settings.client_secret.reveal()


def refused(settings: Settings, contract: Contract, *, client_id: str = "", client_secret: str = "") -> None:
    wrong = replace(
        settings.credentials,
        client_id=client_id or settings.client_id,
        client_secret=Secret(client_secret) if client_secret else settings.client_secret,
    )
    answer = ask_for_token(settings, wrong)
    contract.check(answer)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "access_token" not in answer.json()


@cxone_behaviour("auth.bearer-required")
def test_without_a_token_each_operation_is_401(cxone_settings: Settings, cxone_contract: Contract) -> None:
    for path in each_read(cxone_settings, cxone_contract, IDS):
        unauthorised(get(cxone_settings, path, None), cxone_contract)


@cxone_behaviour("auth.bearer-required")
@each_operation
@pytest.mark.parametrize("authorization", ["", "Bearer", "Basic YTpi"], ids=["empty", "bearer-alone", "basic"])
def test_what_is_no_bearer_token_is_401(
    cxone_settings: Settings, cxone_contract: Contract, authorization: str, operation: str
) -> None:
    unauthorised(get(cxone_settings, call_of(cxone_settings, operation, "12345"), authorization), cxone_contract)


@cxone_behaviour("auth.bearer-required")
@each_operation
def test_a_token_without_its_scheme_is_401(cxone_settings: Settings, cxone_contract: Contract, operation: str) -> None:
    token = granted(cxone_settings, cxone_contract).token

    unauthorised(get(cxone_settings, call_of(cxone_settings, operation, "12345"), token.reveal()), cxone_contract)


@cxone_behaviour("auth.garbage-token")
@each_operation
@pytest.mark.parametrize("token", ["garbage", "e30.e30.e30"], ids=["word", "jwt-shaped"])
def test_a_token_that_was_never_issued_is_401(
    cxone_settings: Settings, cxone_contract: Contract, token: str, operation: str
) -> None:
    unauthorised(get(cxone_settings, call_of(cxone_settings, operation, "12345"), f"Bearer {token}"), cxone_contract)


@cxone_behaviour("auth.garbage-token")
@pytest.mark.parametrize("place", ["first", "middle", "end-missing", "end-added"])
def test_a_token_that_was_tampered_with_is_401(cxone_settings: Settings, cxone_contract: Contract, place: str) -> None:
    token = granted(cxone_settings, cxone_contract).token.reveal()
    at = {"first": 0, "middle": len(token) // 2}.get(place)
    if at is None:
        tampered = token[:-2] if place == "end-missing" else f"{token}AA"
    else:
        tampered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    listing = cxone_settings.spoken.page_call(0, 1)

    unauthorised(get(cxone_settings, listing, f"Bearer {tampered}"), cxone_contract)


def unauthorised(answer: requests.Response, contract: Contract) -> None:
    contract.check(answer)
    assert answer.status_code == 401, answer.url


@cxone_behaviour("auth.region")
@pytest.mark.parametrize(("here", "there"), [(0, 1), (1, 0)], ids=["first", "second"])
def test_an_agent_of_one_region_is_unknown_in_the_other(cxone_tenant: Tenant, here: int, there: int) -> None:
    regions = list(cxone_tenant.settings.regions)
    cxone_tenant.in_region(regions[here]).provide(AgentOnline("12345"))

    with cxone_tenant.in_region(regions[here]).client() as client:
        assert client.agent_state("12345") is not None
    with cxone_tenant.in_region(regions[there]).client() as client:
        assert client.agent_state("12345") is None
        with pytest.raises(errors.AgentNotFound):
            client.agent("12345")


@cxone_behaviour("auth.region")
def test_a_token_of_one_region_is_refused_in_the_other(cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    here, there = (cxone_tenant.in_region(name).settings for name in list(cxone_tenant.settings.regions)[:2])
    token, listing = bearer(here, cxone_contract), here.spoken.page_call(0, 1)
    assert get(here, listing, token).status_code == 200

    unauthorised(get(there, listing, token), cxone_contract)


@cxone_behaviour("auth.region")
def test_another_region_is_refused_by_name_with_those_allowed(cxone_settings: Settings) -> None:
    allowed = re.escape(", ".join(map(repr, cxone_settings.regions)))
    with pytest.raises(errors.UnknownRegion, match=f"'apac' is not one of {allowed}"):
        cxone_settings.in_region("apac")
