"""The agent's profile, which answers whatever the login state."""

import pytest

from pytest_cxone import (
    AgentOffline,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Tenant,
    agents_online,
    cxone_behaviour,
)
from pytest_cxone.contract.asking import profile_of

each_login = pytest.mark.parametrize("state", [AgentOnline(), AgentOffline()], ids=["online", "offline"])


@cxone_behaviour("profile.any-login")
@each_login
def test_the_profile_answers_whatever_the_login_state(
    cxone: CXoneClient,
    cxone_tenant: Tenant,
    cxone_contract: Contract,
    state: AgentOnline | AgentOffline,
) -> None:
    agent_id = cxone_tenant.provide(state)
    found = profile_of(cxone, cxone_contract, agent_id)

    assert found is not None
    assert found.agent_id == agent_id


@cxone_behaviour("profile.any-login")
@each_login
def test_the_profile_tells_the_name_and_email_as_configured(
    cxone: CXoneClient, cxone_tenant: Tenant, state: AgentOnline | AgentOffline
) -> None:
    cxone_tenant.world.add_agent("12345", name="Zoë O'Neil", email="zoe.oneil@example.com")
    cxone_tenant.provide(type(state)("12345"))
    found = cxone.agent("12345")

    assert (found.name, found.email) == ("Zoë O'Neil", "zoe.oneil@example.com")


@cxone_behaviour("profile.any-login")
def test_logging_in_and_out_does_not_change_who_an_agent_is(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.add_agent("12345")
    before = cxone.agent("12345")
    cxone_tenant.world.log_in("12345")
    during = cxone.agent("12345")
    cxone_tenant.world.log_out("12345")

    assert before == during == cxone.agent("12345")


@cxone_behaviour("profile.any-login")
@agents_online(3)
def test_each_agent_has_a_profile_of_its_own(cxone: CXoneClient, cxone_contract: Contract) -> None:
    listed = [state.agent_id for state in cxone.online_agents()]
    several = list(dict.fromkeys((listed[0], listed[len(listed) // 2], listed[-1])))
    found = [profile_of(cxone, cxone_contract, agent_id) for agent_id in several]

    assert [agent and agent.agent_id for agent in found] == several
    assert len({agent.email for agent in found if agent}) == len(several), "different agents have the same e-mail"
    assert len({agent.name for agent in found if agent}) > 1, "different agents all have the same name"


# Of nobody


@cxone_behaviour("profile.unknown")
def test_an_unknown_id_has_no_profile(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    assert profile_of(cxone, cxone_contract, cxone_tenant.provide(AgentUnknown())) is None


@cxone_behaviour("profile.unknown")
@pytest.mark.parametrize("other", ["beginning", "{}0", "{}*", "{}%"], ids=["beginning", "longer", "star", "percent"])
def test_what_only_resembles_an_id_is_not_that_agents_profile(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, other: str
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    asked = agent_id[: min(4, len(agent_id) - 1)] or "0" if other == "beginning" else other.format(agent_id)
    found = profile_of(cxone, cxone_contract, asked)

    # Another agent may have the other id; nobody else's profile is an answer.
    assert found is None or found.agent_id == asked != agent_id


@cxone_behaviour("profile.email-not-id")
def test_an_email_is_not_an_id(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))

    assert profile_of(cxone, cxone_contract, agent.email) is None


@cxone_behaviour("profile.name-not-id")
def test_a_name_is_not_an_id(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))
    for name in dict.fromkeys((agent.name, agent.name.split()[0], agent.name.lower())):
        assert profile_of(cxone, cxone_contract, name) is None
