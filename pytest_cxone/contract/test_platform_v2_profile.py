"""The profile of `platform-v2`: of agents of hidden teams too, and for the very text of an id."""

import pytest

from pytest_cxone import AgentHidden, AgentOnline, Contract, CXoneClient, Tenant, cxone_behaviour
from pytest_cxone.contract.asking import profile_of


@cxone_behaviour("profile.hidden")
def test_an_agent_whose_state_is_hidden_has_a_profile(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    agent_id = cxone_tenant.provide(AgentHidden())
    found = profile_of(cxone, cxone_contract, agent_id)

    assert found is not None
    assert found.agent_id == agent_id


@cxone_behaviour("profile.id-exact")
@pytest.mark.parametrize("other", ["0{}", "{} ", " {}"], ids=["zero-padded", "blank-after", "blank-before"])
def test_an_id_with_a_zero_or_a_blank_more_is_not_that_agents(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, other: str
) -> None:
    asked = other.format(cxone_tenant.provide(AgentOnline()))
    found = profile_of(cxone, cxone_contract, asked)

    # Another agent may have the other id.
    assert found is None or found.agent_id == asked
