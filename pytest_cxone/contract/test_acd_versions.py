"""How paths, versions and headers are read, and what a version changes: casing, wrapping, names."""

import json
from typing import Any

import pytest
import requests

from pytest_cxone import AgentOnline, Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask, not_of_a_recording, place, rows_of
from pytest_cxone.contract.asking import body_of, each_read, get, granted

NEEDED = {
    "schedule-adherence": {"startDate": "2026-05-08T00:00:00.000Z", "endDate": "2026-05-09T00:00:00.000Z"},
    "hours-of-operation": {"isDeleted": "false"},
}


def in_version(cxone: CXoneClient, path: str, version: str, **params: str | int) -> Any:
    """Return the body that a version answers with; a tenant may not have all of them."""
    answer = ask(cxone, path, version, **params)
    if answer.status_code == 404:
        pytest.skip(f"the tenant does not have {version}")
    assert answer.status_code == 200
    return answer.json()


# Paths


@cxone_behaviour("paths.case")
@pytest.mark.parametrize(
    "prefix", ["/inContactAPI/services", "/InContactAPI/services", "/incontactapi/Services", "/incontactApi/services"]
)
def test_the_case_of_a_path_does_not_count(cxone: CXoneClient, cxone_contract: Contract, prefix: str) -> None:
    answer = cxone.http.get(f"{prefix}/{cxone.settings.api_version}/business-unit", allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 200


@cxone_behaviour("paths.slashes")
@pytest.mark.parametrize(
    "path", ["/inContactAPI//services/{}/business-unit", "/inContactAPI/services/{}//business-unit"],
    ids=["before", "after"],
)  # fmt: skip
def test_two_slashes_count_as_one(cxone: CXoneClient, cxone_contract: Contract, path: str) -> None:
    answer = cxone.http.get(path.format(cxone.settings.api_version), allow_redirects=False)

    cxone_contract.check(answer)
    assert answer.status_code == 200


# Versions


@cxone_behaviour("versions.range")
@pytest.mark.parametrize("version", ["v0.0", "v999.0"])
def test_an_agent_who_is_there_is_404_in_a_version_that_is_not(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, version: str
) -> None:
    answer = ask(cxone, f"/agents/{cxone_tenant.provide(AgentOnline())}", version)

    cxone_contract.check(answer)
    assert answer.status_code == 404


@cxone_behaviour("versions.range")
@pytest.mark.parametrize("version", ["v31", "31.0", "latest"])
def test_what_is_no_version_is_404(cxone: CXoneClient, cxone_tenant: Tenant, version: str) -> None:
    not_of_a_recording(cxone_tenant, "a path that is none of the contract's")
    assert ask(cxone, "/business-unit", version).status_code == 404


@cxone_behaviour("versions.old-answer")
@pytest.mark.parametrize("version", ["v2.0", "v17.0", "v26.0", "v31.0", "v34.0"])
def test_old_versions_keep_answering(cxone: CXoneClient, version: str) -> None:
    assert in_version(cxone, "/server-time", version)


@cxone_behaviour("versions.contract")
@agents_online(1)
def test_each_operation_that_reads_keeps_the_contract_in_the_version_of_the_run(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    [skill, *_] = rows_of(cxone, cxone_contract, "/skills", "skills", top=1)
    ids = {"agentId": agent_id, "teamId": str(cxone.agent(agent_id).raw["teamId"]), "skillId": str(skill["skillId"])}
    for path in each_read(cxone.settings, cxone_contract, ids):
        params = {"top": "5"} | NEEDED.get(path.rpartition("/")[2], {})
        answer = cxone.http.get(path, params=params, allow_redirects=False)
        cxone_contract.check(answer)
        assert answer.status_code in {200, 204}, path


@cxone_behaviour("versions.casing")
@agents_online(1)
@pytest.mark.parametrize(
    ("version", "envelope", "row"),
    [("v6.0", "AgentStates", "AgentId"), ("v11.0", "agentStates", "agentId"), ("v31.0", "agentStates", "agentId")],
)
def test_keys_begin_with_a_capital_in_old_versions_alone(
    cxone: CXoneClient, cxone_tenant: Tenant, version: str, envelope: str, row: str
) -> None:
    not_of_a_recording(cxone_tenant, "to read what is older than the contract")
    found = in_version(cxone, "/agents/states", version, top=1)

    assert row in found[envelope][0]


@cxone_behaviour("versions.skills")
@agents_online(1)
@pytest.mark.parametrize(
    ("version", "wrapped", "key"),
    [("v17.0", True, "agentProficencyValue"), ("v31.0", False, "agentProficiencyValue")],
)
def test_skills_lost_their_wrapping_and_a_misspelling(
    cxone: CXoneClient, cxone_tenant: Tenant, version: str, wrapped: bool, key: str
) -> None:
    not_of_a_recording(cxone_tenant, "to read what is older than the contract")
    found = in_version(cxone, "/agents/skills", version, top=1)

    assert ("resultSet" in found) is wrapped
    assert key in (found["resultSet"] if wrapped else found)["agentSkillAssignments"][0]


@cxone_behaviour("versions.campaigns")
@pytest.mark.parametrize(
    ("version", "wrapped", "keys"), [("v30.0", True, {"campaignId", "campaignName"}), ("v33.0", False, {"id", "name"})]
)
def test_campaigns_lost_their_wrapping_and_have_other_names(
    cxone: CXoneClient, version: str, wrapped: bool, keys: set[str]
) -> None:
    found = in_version(cxone, "/campaigns", version)

    assert ("resultSet" in found) is wrapped
    for row in (found["resultSet"] if wrapped else found)["campaigns"]:
        assert keys - set(row) == set()


@cxone_behaviour("versions.codes")
@pytest.mark.parametrize(
    ("version", "wrapped", "keys"),
    [("v33.0", True, {"outStateId", "outStateName"}), ("v34.0", False, {"outstateId", "outstateName"})],
)
def test_a_teams_codes_lost_their_wrapping_and_a_capital(
    cxone: CXoneClient, cxone_tenant: Tenant, version: str, wrapped: bool, keys: set[str]
) -> None:
    cxone_tenant.world.log_in("12345")
    team = ask(cxone, "/agents/12345").json()["agents"][0]["teamId"]
    found = in_version(cxone, f"/teams/{team}/unavailable-codes", version)

    assert ("resultSet" in found) is wrapped
    for row in (found["resultSet"] if wrapped else found)["unavailableCodes"]:
        assert keys - set(row) == set()


@cxone_behaviour("versions.parameters")
@pytest.mark.parametrize(
    ("version", "params", "honoured"),
    [
        ("v2.0", {"updatedSince": "2100-01-01T00:00:00Z"}, False),
        ("v3.0", {"updatedSince": "2100-01-01T00:00:00Z"}, True),
        ("v3.0", {"fields": "agentId"}, False),
        ("v4.0", {"fields": "agentId"}, True),
        ("v11.0", {"reqBUIds": "1"}, False),
        ("v12.0", {"reqBUIds": "1"}, True),
        ("v33.0", {"orderBy": "agentId desc"}, False),
        ("v34.0", {"orderBy": "agentId desc"}, True),
    ],
    ids=lambda value: value if isinstance(value, str) else "".join(value) if isinstance(value, dict) else "",
)
def test_the_parameters_of_the_listing_grew_with_its_versions(
    cxone: CXoneClient, cxone_tenant: Tenant, version: str, params: dict[str, str], honoured: bool
) -> None:
    for agent_id in ("1", "2"):
        cxone_tenant.world.log_in(agent_id)
    plain = without_poll(ask(cxone, "/agents/states", version))

    assert (without_poll(ask(cxone, "/agents/states", version, **params)) != plain) is honoured


def without_poll(answer: requests.Response) -> list[Any]:
    found = {key.lower(): value for key, value in answer.json().items()} if answer.content else {}
    return list(found.get("agentstates", ()))


# Headers and refusals


@cxone_behaviour("headers.accept")
@pytest.mark.parametrize("accept", [None, "text/html"], ids=["none", "other"])
def test_who_does_not_accept_json_is_told_in_words_with_200(
    cxone: CXoneClient, cxone_tenant: Tenant, accept: str | None
) -> None:
    not_of_a_recording(cxone_tenant, "to read an answer that is no JSON")
    # requests leaves out a header whose value is None, and http.client sends none of its own.
    headers: Any = {"Accept": accept}
    answer = cxone.http.get(place(cxone, "/business-unit"), headers=headers, allow_redirects=False)

    assert answer.status_code == 200
    assert answer.text == "No known way to render data"


@cxone_behaviour("headers.accept")
def test_whoever_takes_anything_gets_json(cxone: CXoneClient, cxone_contract: Contract) -> None:
    answer = cxone.http.get(place(cxone, "/business-unit"), headers={"Accept": "*/*"}, allow_redirects=False)

    assert body_of(answer, cxone_contract)["businessUnits"]


@cxone_behaviour("errors.body")
def test_an_error_of_the_api_says_what_it_is(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    for answer in (
        get(cxone.settings, place(cxone, "/business-unit"), None),
        ask(cxone, "/agents/99"),
        ask(cxone, "/agents/states", top="many"),
    ):
        cxone_contract.check(answer)
        assert answer.json()["error"]
        assert answer.headers["icStatusDescription"] == answer.json()["errorDescription"]


@cxone_behaviour("errors.body")
def test_an_error_of_the_token_service_says_what_it_is(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    answer = requests.post(
        cxone.settings.auth_url,
        data={"grant_type": "password"},
        auth=("nobody", "nothing"),
        timeout=cxone.settings.timeout,
        allow_redirects=False,
    )

    cxone_contract.check(answer)
    assert answer.status_code == 401
    assert {"error", "errorDescription"} - set(answer.json()) == set()


@cxone_behaviour("errors.rate-limit")
@pytest.mark.parametrize("seconds", [1, None], ids=["told", "not-told"])
def test_a_limit_of_the_rate_may_or_may_not_say_when_to_come_back(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, seconds: int | None
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    token = f"Bearer {granted(cxone.settings, cxone_contract).token.reveal()}"
    cxone_tenant.fault("rate_limit", times=2, retry_after=seconds)
    answer = get(cxone.settings, cxone.dialect.state_call(agent_id), token)

    cxone_contract.check(answer)
    assert answer.status_code == 429
    assert answer.headers.get("Retry-After") == (str(seconds) if seconds else None)
    assert cxone.agent_state(agent_id) is not None


@cxone_behaviour("bodies.json")
@agents_online(1)
def test_bodies_are_json_in_utf_8(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    answer = cxone.send(cxone.dialect.state_call(cxone_tenant.provide(AgentOnline())))

    cxone_contract.check(answer)
    assert json.loads(answer.content.decode("utf-8"))
