"""Where a tenant is: the two documents, which tell hosts that nobody should build from a name."""

from urllib.parse import urlsplit

import pytest
import requests

from pytest_cxone import Contract, CXoneClient, Settings, Tenant, cxone_behaviour
from pytest_cxone.contract.acd import access_key, client_of, configuration, document, post_json
from pytest_cxone.contract.asking import bearer, granted

CONFIGURATION = "/.well-known/cxone-configuration"


@cxone_behaviour("discovery.openid")
def test_the_issuer_tells_where_tokens_are_issued(cxone_settings: Settings, cxone_contract: Contract) -> None:
    found = document(cxone_settings, cxone_contract, "/.well-known/openid-configuration")
    answer = requests.post(
        found["token_endpoint"],
        data={
            "grant_type": "password",
            "username": cxone_settings.access_key_id,
            "password": cxone_settings.access_key_secret.reveal(),
        },
        auth=client_of(cxone_settings),
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code == 200


@cxone_behaviour("discovery.openid")
@pytest.mark.parametrize("name", ["issuer", "token_endpoint"])
def test_the_document_of_the_issuer_is_of_whole_urls(
    cxone_settings: Settings, cxone_contract: Contract, name: str
) -> None:
    found = urlsplit(document(cxone_settings, cxone_contract, "/.well-known/openid-configuration")[name])

    assert found.scheme
    assert found.netloc


@cxone_behaviour("discovery.tenant")
def test_the_tenants_own_hosts_are_found_by_the_claim_of_its_token(
    cxone_settings: Settings, cxone_contract: Contract
) -> None:
    found = configuration(cxone_settings, cxone_contract)
    answer = requests.get(
        f"{found['api_endpoint']}/inContactAPI/services/{cxone_settings.api_version}/business-unit",
        headers={"Authorization": bearer(cxone_settings, cxone_contract), "Accept": "application/json"},
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    assert answer.status_code == 200
    assert found["tenantId"] == answer.json()["businessUnits"][0]["tenantId"]


@cxone_behaviour("discovery.tenant")
def test_the_host_for_authentication_takes_the_access_key(cxone_settings: Settings, cxone_contract: Contract) -> None:
    found = configuration(cxone_settings, cxone_contract)
    url = f"{found['auth_endpoint']}/authentication/v1/token/access-key"

    assert post_json(cxone_settings, url, access_key(cxone_settings)).status_code == 200


@cxone_behaviour("discovery.unknown-tenant")
def test_a_tenant_id_that_nobody_has_finds_nothing(cxone_settings: Settings, cxone_contract: Contract) -> None:
    answer = requests.get(
        cxone_settings.issuer + CONFIGURATION,
        params={"tenantId": "00000000-0000-4000-8000-000000000000"},
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code in {400, 404}


@cxone_behaviour("discovery.area")
def test_without_a_tenant_id_the_endpoints_of_the_area_are_told(
    cxone_settings: Settings, cxone_contract: Contract
) -> None:
    found = document(cxone_settings, cxone_contract, CONFIGURATION)

    assert found["auth_endpoint"]
    assert "tenantId" not in found or found["tenantId"] is None


@cxone_behaviour("discovery.who-am-i")
def test_a_token_tells_whose_it_is_and_where_its_api_is(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    unit = cxone_tenant.world.business_unit
    token = granted(cxone.settings, cxone_contract).token
    url = f"{cxone.settings.base_url}/incontactauthorizationserver/token/whoami"
    answer = post_json(cxone.settings, url, {"token": token.reveal()})

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert int(answer.json()["bus_no"]) == unit
    assert answer.json()["resource_server_base_uri"].lower().endswith("/incontactapi/")
