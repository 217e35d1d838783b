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


def a_token(settings: Settings, contract: Contract, **changed: str) -> str:
    answer = ask_for_token(settings, **changed)
    contract.check(answer)
    assert answer.status_code == 200, answer.status_code
    return str(answer.json()["access_token"])


def get(settings: Settings, path: str, authorization: str | None) -> requests.Response:
    headers = {"Accept": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    return requests.get(settings.base_url + path, headers=headers, timeout=settings.timeout, allow_redirects=False)


@cxone_behaviour("auth.token-issued")
def test_client_credentials_give_a_token_that_works(cxone_settings: Settings, cxone_contract: Contract) -> None:
    bearer = f"Bearer {a_token(cxone_settings, cxone_contract)}"

    assert get(cxone_settings, STATES, bearer).status_code == 200


@cxone_behaviour("auth.token-issued")
def test_the_documents_own_headers_are_taken(cxone_settings: Settings, cxone_contract: Contract) -> None:
    token = a_token(cxone_settings, cxone_contract)
    answer = requests.get(
        cxone_settings.base_url + STATES,
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code == 200


@cxone_behaviour("auth.token-issued")
def test_another_grant_is_refused(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings, grant_type="password")

    cxone_contract.check(answer)
    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"


@cxone_behaviour("auth.token-issued")
def test_a_token_can_be_had_without_naming_scopes(cxone_settings: Settings, cxone_contract: Contract) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": cxone_settings.client_id,
        "client_secret": cxone_settings.client_secret.reveal(),
    }
    answer = requests.post(cxone_settings.auth_url, data=form, timeout=cxone_settings.timeout, allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert get(cxone_settings, STATES, f"Bearer {answer.json()['access_token']}").status_code == 200


@cxone_behaviour("auth.lifetime")
def test_a_token_is_issued_for_900_seconds(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    lifetime = answer.json()["expires_in"]
    assert (lifetime, type(lifetime)) == (900, int)


@cxone_behaviour("auth.lifetime")
def test_a_token_is_good_for_many_requests_and_beside_a_newer_one(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    first = f"Bearer {a_token(cxone_settings, cxone_contract)}"
    assert [get(cxone_settings, STATES, first).status_code for _ in range(4)] == [200] * 4
    second = f"Bearer {a_token(cxone_settings, cxone_contract)}"

    cxone_tenant.clock.advance(2)
    assert [get(cxone_settings, STATES, bearer).status_code for bearer in (first, second)] == [200, 200]


@cxone_behaviour("auth.lifetime")
def test_a_token_works_for_900_seconds_and_not_longer(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    paths = (STATES, f"/api/v2/agents/{cxone_tenant.provide(AgentOnline())}")
    bearer = f"Bearer {a_token(cxone_settings, cxone_contract)}"

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
    right = {"client_id": cxone_settings.client_id, "client_secret": cxone_settings.client_secret.reveal()}
    refused(ask_for_token(cxone_settings, **{field: wrong.format(right[field])}), cxone_contract)


@cxone_behaviour("auth.bad-secret")
def test_a_secret_counts_to_its_last_character_and_in_its_case(
    cxone_settings: Settings, cxone_contract: Contract
) -> None:
    for wrong in {cxone_settings.client_secret.reveal()[:-1], cxone_settings.client_secret.reveal().swapcase()}:
        if wrong not in {"", cxone_settings.client_secret.reveal()}:
            refused(ask_for_token(cxone_settings, client_secret=wrong), cxone_contract)


def refused(answer: requests.Response, contract: Contract) -> None:
    contract.check(answer)
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
    answer = get(cxone_settings, path, a_token(cxone_settings, cxone_contract))

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
@pytest.mark.parametrize("place", ["first", "middle", "end-missing", "end-added"])
def test_a_token_that_was_tampered_with_is_401(cxone_settings: Settings, cxone_contract: Contract, place: str) -> None:
    token = a_token(cxone_settings, cxone_contract)
    at = {"first": 0, "middle": len(token) // 2}.get(place)
    if at is None:
        tampered = token[:-2] if place == "end-missing" else f"{token}AA"
    else:
        tampered = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
    answer = get(cxone_settings, STATES, f"Bearer {tampered}")

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.scope-required")
@pytest.mark.parametrize(
    "scope", ["read:agent", "read:agent:status", "read:agent read:agent:status"], ids=["agent", "status", "both"]
)
def test_a_token_has_no_more_than_the_scopes_that_were_asked_for(
    cxone_settings: Settings, cxone_contract: Contract, scope: str
) -> None:
    answer = ask_for_token(cxone_settings, scope=scope)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    # An answer that names none grants what was asked for (RFC 6749, 5.1).
    assert set(answer.json().get("scope", scope).split()) <= set(scope.split())


@cxone_behaviour("auth.scope-required")
@cxone_scopes("read:agent:status")
@each_operation
def test_without_read_agent_an_operation_is_403(cxone: CXoneClient, cxone_contract: Contract, path: str) -> None:
    answer = cxone.http.get(path, allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 403


@cxone_behaviour("auth.scope-required")
@cxone_scopes("read:agent")
def test_read_agent_is_enough_for_each_operation(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())

    for path in (STATES, f"/api/v2/agents/{agent_id}"):
        answer = cxone.http.get(path, allow_redirects=False)
        cxone_contract.check(answer)
        assert answer.status_code == 200, path


@cxone_behaviour("auth.status-scope-widens")
@cxone_scopes("read:agent")
def test_read_agent_alone_shows_an_agent_who_is_not_restricted(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())

    assert [row["agentId"] for row in cxone.http.get(STATES, params={"agentId": agent_id}).json()] == [agent_id]


@cxone_behaviour("auth.status-scope-widens")
def test_read_agent_alone_shows_no_more_than_both_scopes_and_not_nobody(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    bearer = f"Bearer {a_token(cxone_settings, cxone_contract, scope='read:agent')}"
    before = {state.agent_id for state in cxone.online_agents()}
    answer = get(cxone_settings, f"{STATES}?pageSize=25", bearer)
    after = {state.agent_id for state in cxone.online_agents()}

    cxone_contract.check(answer)
    shown = {row["agentId"] for row in answer.json()}
    assert shown <= before | after
    assert shown, f"agent {agent_id} is online, and read:agent alone shows nobody"


@cxone_behaviour("auth.status-scope-widens")
@pytest.mark.parametrize(
    ("scopes", "shown"),
    [(["read:agent"], 0), (["read:agent", "read:agent:status"], 1)],
    ids=["alone", "both"],
)
def test_a_restricted_agent_is_shown_to_read_agent_status_only(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract, scopes: list[str], shown: int
) -> None:
    cxone_tenant.world.log_in("12345", restricted=True)
    token = a_token(cxone_settings, cxone_contract, scope=" ".join(scopes))

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
    token = a_token(here, cxone_contract)
    assert get(here, STATES, f"Bearer {token}").status_code == 200

    answer = get(there, STATES, f"Bearer {token}")

    cxone_contract.check(answer)
    assert answer.status_code == 401


@cxone_behaviour("auth.region")
def test_another_region_is_refused_by_name_with_those_allowed(cxone_settings: Settings) -> None:
    with pytest.raises(errors.UnknownRegion, match="'apac' is not one of 'us', 'eu'"):
        cxone_settings.in_region("apac")
