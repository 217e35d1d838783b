"""What tokens of `platform-v2` are asked with, and its scopes."""

import pytest
import requests

from pytest_cxone import AgentOnline, Contract, CXoneClient, Settings, Tenant, cxone_behaviour, cxone_scopes
from pytest_cxone.contract.asking import each_read, get

IDS = {"agentId": "12345"}
STATES = "/api/v2/agents/states"


def ask_for_token(settings: Settings, **changed: str) -> requests.Response:
    form = {
        "grant_type": "client_credentials",
        "client_id": settings.client_id,
        "client_secret": settings.client_secret.reveal(),
    } | changed
    return requests.post(settings.auth_url, data=form, timeout=settings.timeout, allow_redirects=False)


def a_bearer(settings: Settings, contract: Contract, scope: str) -> str:
    answer = ask_for_token(settings, scope=scope)
    contract.check(answer)
    assert answer.status_code == 200
    return f"Bearer {answer.json()['access_token']}"


@cxone_behaviour("auth.other-grant")
def test_another_grant_is_refused(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings, grant_type="password", scope=" ".join(cxone_settings.scopes))

    cxone_contract.check(answer)
    assert answer.status_code == 400
    assert answer.json()["error"] == "unsupported_grant_type"


@cxone_behaviour("auth.scope-required")
def test_a_token_can_be_had_without_naming_scopes(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = ask_for_token(cxone_settings)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert get(cxone_settings, STATES, f"Bearer {answer.json()['access_token']}").status_code == 200


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
def test_without_read_agent_each_operation_is_403(
    cxone: CXoneClient, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    for path in each_read(cxone_settings, cxone_contract, IDS):
        answer = cxone.http.get(path, allow_redirects=False)
        cxone_contract.check(answer)
        assert answer.status_code == 403, path


@cxone_behaviour("auth.scope-required")
@cxone_scopes("read:agent")
def test_read_agent_is_enough_for_each_operation(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract
) -> None:
    for path in each_read(cxone_settings, cxone_contract, IDS | {"agentId": cxone_tenant.provide(AgentOnline())}):
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
    token = a_bearer(cxone_settings, cxone_contract, "read:agent")
    before = {state.agent_id for state in cxone.online_agents()}
    answer = get(cxone_settings, f"{STATES}?pageSize=25", token)
    after = {state.agent_id for state in cxone.online_agents()}

    cxone_contract.check(answer)
    shown = {row["agentId"] for row in answer.json()}
    assert shown <= before | after
    assert shown, f"agent {agent_id} is online, and read:agent alone shows nobody"


@cxone_behaviour("auth.status-scope-widens")
@pytest.mark.parametrize(
    ("scopes", "shown"), [("read:agent", 0), ("read:agent read:agent:status", 1)], ids=["alone", "both"]
)
def test_a_restricted_agent_is_shown_to_read_agent_status_only(
    cxone_tenant: Tenant, cxone_settings: Settings, cxone_contract: Contract, scopes: str, shown: int
) -> None:
    cxone_tenant.world.log_in("12345", restricted=True)
    token = a_bearer(cxone_settings, cxone_contract, scopes)

    for path in (STATES, f"{STATES}?agentId=12345"):
        assert len(get(cxone_settings, path, token).json()) == shown, path
