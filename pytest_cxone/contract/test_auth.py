"""Tokens, scopes and regions."""

import pytest
import requests

from pytest_cxone import (
    AgentOnline,
    Contract,
    CXoneClient,
    Settings,
    Tenant,
    cxone_behaviour,
    cxone_scopes,
    errors,
)

STATES = "/api/v2/agents/states"
PROFILE = "/api/v2/agents/12345"

each_operation = pytest.mark.parametrize("path", [STATES, PROFILE], ids=["states", "profile"])


def ask_for_token(settings: Settings, **changed: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
        "scope": " ".join(settings.scopes),
    } | changed
    return requests.post(settings.auth_url, data=form, timeout=settings.timeout, allow_redirects=False)


def get(settings: Settings, path: str, authorization: str | None) -> requests.Response:
    headers = {"Accept": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return requests.get(settings.base_url + path, headers=headers, timeout=settings.timeout, allow_redirects=False)


@cxone_behaviour("auth.token-issued")
def test_client_credentials_give_a_token_that_works(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    token = answer.json()["access_token"]
    assert get(cxone_settings, STATES, f"Bearer {token}").status_code == 200


@cxone_behaviour("auth.token-issued")
def test_a_token_can_be_had_without_naming_scopes(cxone_settings: Settings, cxone_contract: Contract) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": cxone_settings.client_id,
        "client_secret": cxone_settings.client_secret.reveal(),
    }
    answer = requests.post(cxone_settings.auth_url, data=form, timeout=cxone_settings.timeout)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert get(cxone_settings, STATES, f"Bearer {answer.json()['access_token']}").status_code == 200


@cxone_behaviour("auth.lifetime")
def test_a_token_is_issued_for_900_seconds(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings)

    cxone_contract.check(answer)
    assert answer.json()["expires_in"] == 900


@cxone_behaviour("auth.lifetime")
def test_a_token_works_for_900_seconds_and_not_longer(cxone_tenant: Tenant, cxone_settings: Settings) -> None:
    paths = (STATES, f"/api/v2/agents/{cxone_tenant.provide(AgentOnline())}")
    bearer = f"Bearer {ask_for_token(cxone_settings).json()['access_token']}"

    cxone_tenant.clock.advance(890)
    assert [get(cxone_settings, path, bearer).status_code for path in paths] == [200, 200]
    cxone_tenant.clock.advance(20)
    assert [get(cxone_settings, path, bearer).status_code for path in paths] == [401, 401]


@cxone_behaviour("auth.lifetime")
def test_a_new_token_can_be_had_when_the_old_one_has_expired(cxone_tenant: Tenant, cxone_settings: Settings) -> None:
    first = ask_for_token(cxone_settings).json()["access_token"]
    cxone_tenant.clock.advance(905)
    second = ask_for_token(cxone_settings).json()["access_token"]

    assert first != second
    assert get(cxone_settings, STATES, f"Bearer {second}").status_code == 200


@cxone_behaviour("auth.bad-secret")
@pytest.mark.parametrize("wrong", ["client_id", "client_secret"])
def test_wrong_credentials_are_401_and_no_token(cxone_settings: Settings, cxone_contract: Contract, wrong: str) -> None:
    answer = ask_for_token(cxone_settings, **{wrong: "not-the-right-one"})

    cxone_contract.check(answer)
    assert answer.status_code == 401
    assert answer.json()["error"] == "invalid_client"
    assert "access_token" not in answer.json()


@cxone_behaviour("auth.bearer-required")
@each_operation
@pytest.mark.parametrize(
    "authorization", [None, "", "Bearer", "Basic YTpi"], ids=["none", "empty", "bearer-alone", "basic"]
)
def test_without_a_bearer_token_an_operation_is_401(
    cxone_settings: Settings, cxone_contract: Contract, path: str, authorization: str | None
) -> None:
    answer = get(cxone_settings, path, authorization)

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.bearer-required")
@each_operation
def test_a_token_without_its_scheme_is_401(cxone_settings: Settings, cxone_contract: Contract, path: str) -> None:
    token = ask_for_token(cxone_settings).json()["access_token"]
    answer = get(cxone_settings, path, token)

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.garbage-token")
@each_operation
@pytest.mark.parametrize("token", ["garbage", "e30.e30.e30"], ids=["word", "jwt-shaped"])
def test_a_token_that_was_never_issued_is_401(
    cxone_settings: Settings, cxone_contract: Contract, path: str, token: str
) -> None:
    answer = get(cxone_settings, path, f"Bearer {token}")

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.garbage-token")
def test_a_token_that_was_tampered_with_is_401(cxone_settings: Settings, cxone_contract: Contract) -> None:
    token = ask_for_token(cxone_settings).json()["access_token"]
    other = ("A" if token[0] != "A" else "B") + token[1:]
    answer = get(cxone_settings, STATES, f"Bearer {other}")

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.scope-required")
@cxone_scopes("read:agent:status")
@each_operation
def test_without_read_agent_an_operation_is_403(cxone: CXoneClient, cxone_contract: Contract, path: str) -> None:
    answer = cxone.http.get(path)

    cxone_contract.check(answer)
    assert answer.status_code == 403


@cxone_behaviour("auth.scope-required")
@cxone_scopes("read:agent")
def test_read_agent_is_enough_for_each_operation(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())

    for path in (STATES, f"/api/v2/agents/{agent_id}"):
        answer = cxone.http.get(path)
        cxone_contract.check(answer)
        assert answer.status_code == 200, path


@cxone_behaviour("auth.status-scope-widens")
@cxone_scopes("read:agent")
def test_read_agent_alone_shows_an_agent_who_is_not_restricted(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())

    assert [row["agentId"] for row in cxone.http.get(STATES, params={"agentId": agent_id}).json()] == [agent_id]


@cxone_behaviour("auth.status-scope-widens")
@pytest.mark.parametrize(
    ("scopes", "shown"),
    [(["read:agent"], 0), (["read:agent", "read:agent:status"], 1)],
    ids=["alone", "both"],
)
def test_a_restricted_agent_is_shown_to_read_agent_status_only(
    cxone_tenant: Tenant, cxone_settings: Settings, scopes: list[str], shown: int
) -> None:
    cxone_tenant.world.log_in("12345", restricted=True)
    token = ask_for_token(cxone_settings, scope=" ".join(scopes)).json()["access_token"]

    for path in (STATES, f"{STATES}?agentId=12345"):
        assert len(get(cxone_settings, path, f"Bearer {token}").json()) == shown, path


@cxone_behaviour("auth.region")
@pytest.mark.parametrize(("here", "there"), [("us", "eu"), ("eu", "us")])
def test_an_agent_of_one_region_is_unknown_in_the_other(cxone_tenant: Tenant, here: str, there: str) -> None:
    cxone_tenant.in_region(here).provide(AgentOnline("12345"))

    with cxone_tenant.in_region(here).client() as client:
        assert client.agent_state("12345") is not None
    with cxone_tenant.in_region(there).client() as client:
        assert client.agent_state("12345") is None
        with pytest.raises(errors.AgentNotFound):
            client.agent("12345")


@cxone_behaviour("auth.region")
def test_a_token_of_one_region_is_refused_in_the_other(cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    here, there = cxone_tenant.in_region("us").settings, cxone_tenant.in_region("eu").settings
    token = ask_for_token(here).json()["access_token"]
    assert get(here, STATES, f"Bearer {token}").status_code == 200

    answer = get(there, STATES, f"Bearer {token}")

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.region")
def test_another_region_is_refused_by_name_with_those_allowed(cxone_settings: Settings) -> None:
    with pytest.raises(errors.UnknownRegion, match="'apac' is not one of 'us', 'eu'"):
        cxone_settings.in_region("apac")
