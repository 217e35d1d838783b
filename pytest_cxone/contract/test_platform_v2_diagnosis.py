"""Diagnoses where the listing has none but those logged in, and where clients have scopes: `platform-v2`."""

import pytest

from pytest_cxone import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    CXoneClient,
    Scopes,
    Tenant,
    Verdict,
    agents_online,
    cxone_behaviour,
)

NOT_SHOWN = {Verdict.OFFLINE, Verdict.HIDDEN, Verdict.OFFLINE_OR_HIDDEN}


@cxone_behaviour("diagnosis.not-shown")
@agents_online(1)
@pytest.mark.parametrize("state", [AgentOffline(), AgentHidden()], ids=["offline", "hidden"])
def test_an_agent_with_a_profile_and_no_row_is_offline_or_hidden_and_never_certainly_so(
    cxone: CXoneClient, cxone_tenant: Tenant, state: AgentOffline | AgentHidden
) -> None:
    found = cxone.diagnose(cxone_tenant.provide(state), wait=0, most_pages=4)

    assert found.verdict in NOT_SHOWN
    assert found.certainty != "certain"


@cxone_behaviour("diagnosis.not-shown")
@pytest.mark.parametrize(
    ("team", "verdict"), [("Support", Verdict.OFFLINE), ("Restricted", Verdict.HIDDEN)], ids=["seen", "not seen"]
)
def test_who_else_of_the_team_is_listed_tells_offline_from_hidden(
    cxone: CXoneClient, cxone_tenant: Tenant, team: str, verdict: Verdict
) -> None:
    cxone_tenant.world.add_agent("12345", team=team)
    cxone_tenant.world.log_in("67890")

    assert cxone.diagnose("12345").verdict is verdict


@cxone_behaviour("diagnosis.missing-scope")
def test_a_client_without_the_scope_is_told_which(cxone_tenant: Tenant) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    cxone_tenant.provide(Scopes(("read:agent:status",)))
    with cxone_tenant.client() as client:
        found = client.diagnose(agent_id, wait=0)

    assert (found.verdict, found.missing_scopes) == (Verdict.MISSING_SCOPE, ("read:agent",))
