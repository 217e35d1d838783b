"""What was, and what the tenant tells of itself: history, adherence, business unit, time, versions."""

from datetime import UTC, datetime, timedelta

from pytest_cxone import Contract, CXoneClient, Tenant, agents_online, cxone_behaviour
from pytest_cxone.contract.acd import ask, configuration, rows_of
from pytest_cxone.contract.asking import body_of


@cxone_behaviour("history.states")
def test_the_history_has_the_states_that_agents_were_in(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(60)
    cxone_tenant.world.set_state("12345", "InboundContact")
    cxone_tenant.clock.advance(90)
    cxone_tenant.world.log_out("12345")
    found = rows_of(cxone, cxone_contract, "/agents/state-history", "agentStateHistory")

    assert [row["agentStateName"] for row in found] == ["Available", "InboundContact", "LoggedOut"]
    assert [row["stateIndex"] for row in found] == sorted(row["stateIndex"] for row in found)
    assert found[1]["duration"].startswith("PT90")


@cxone_behaviour("history.one-agent")
def test_one_agents_history_is_of_nobody_else(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    for agent_id in ("12345", "67890"):
        cxone_tenant.world.log_in(agent_id)
    found = rows_of(cxone, cxone_contract, "/agents/12345/state-history", "agentStateHistory")

    assert [row["agentId"] for row in found] == [12345]


@cxone_behaviour("history.dates")
def test_the_history_is_that_of_the_time_between_two_dates(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    start = cxone_tenant.clock.now()
    for state in ("Available", "InboundContact", "Dialer"):
        cxone_tenant.world.log_in("12345", state=state)
        cxone_tenant.clock.advance(3_600)
    [first, last] = (iso(start + seconds) for seconds in (3_599, 7_199))
    found = rows_of(cxone, cxone_contract, "/agents/state-history", "agentStateHistory", startDate=first, endDate=last)

    assert [row["agentStateName"] for row in found] == ["InboundContact"]


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@cxone_behaviour("adherence.durations")
def test_adherence_tells_durations_in_whole_seconds(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    start = cxone_tenant.clock.now()
    cxone_tenant.world.log_in("12345")
    cxone_tenant.clock.advance(90)
    cxone_tenant.world.log_out("12345")
    found = rows_of(
        cxone,
        cxone_contract,
        "/wfm-data/agents/schedule-adherence",
        "agentStateHistory",
        startDate=iso(start - 1),
        endDate=iso(start + 300),
    )

    assert (found[0]["agentStateId"], found[0]["duration"]) == (1, 90)


@cxone_behaviour("adherence.dates")
def test_adherence_has_to_be_asked_for_between_two_dates(cxone: CXoneClient, cxone_contract: Contract) -> None:
    answer = ask(cxone, "/wfm-data/agents/schedule-adherence")

    cxone_contract.check(answer)
    assert answer.status_code == 400


@cxone_behaviour("business-unit.tenant")
def test_the_business_unit_knows_its_tenant(cxone: CXoneClient, cxone_contract: Contract) -> None:
    [unit] = rows_of(cxone, cxone_contract, "/business-unit", "businessUnits")

    assert unit["tenantId"] == configuration(cxone.settings, cxone_contract)["tenantId"]


@cxone_behaviour("business-unit.tenant")
@agents_online(1)
def test_rows_are_of_the_business_unit(cxone: CXoneClient, cxone_contract: Contract) -> None:
    [unit] = rows_of(cxone, cxone_contract, "/business-unit", "businessUnits")
    [row] = rows_of(cxone, cxone_contract, "/agents/states", "agentStates", top=1)

    assert row["businessUnitId"] == unit["businessUnitId"]


@cxone_behaviour("server-time.now")
def test_the_servers_time_is_now(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    before = datetime.fromtimestamp(cxone_tenant.clock.now(), UTC)
    found = datetime.fromisoformat(body_of(ask(cxone, "/server-time"), cxone_contract)["ServerTime"])

    assert abs(found - before) < timedelta(minutes=5)


@cxone_behaviour("versions.told")
def test_the_tenant_tells_which_versions_it_has(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = rows_of(cxone, cxone_contract, "/apiversionreleaseinfo", "versionInfo")

    assert float(cxone.settings.api_version.removeprefix("v")) in {float(row["version"]) for row in found}


@cxone_behaviour("versions.told")
def test_the_tenant_tells_which_operations_a_version_has(cxone: CXoneClient, cxone_contract: Contract) -> None:
    found = rows_of(cxone, cxone_contract, "/apiversion", "apiInfo", searchUriText="agents/states", verb="GET")

    assert found
    assert all("agents/states" in row["uri"].lower() for row in found)
    assert {row["verb"].upper() for row in found} == {"GET"}
