"""The agent's profile, which answers whatever the login state."""

from urllib.parse import quote

import pytest
import requests

from pytest_cxone import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Tenant,
    agents_online,
    cxone_behaviour,
)

each_login = pytest.mark.parametrize(
    "state", [AgentOnline(), AgentOffline(), AgentHidden()], ids=["online", "offline", "hidden"]
)


def profile(cxone: CXoneClient, agent_id: str) -> requests.Response:
    return cxone.http.get(f"/api/v2/agents/{quote(agent_id, safe='')}", allow_redirects=False)


@cxone_behaviour("profile.any-login")
@each_login
def test_the_profile_answers_whatever_the_login_state(
    cxone: CXoneClient,
    cxone_tenant: Tenant,
    cxone_contract: Contract,
    state: AgentOnline | AgentOffline | AgentHidden,
) -> None:
    agent_id = cxone_tenant.provide(state)
    answer = profile(cxone, agent_id)

    cxone_contract.check(answer)
    assert answer.status_code == 200
    assert answer.json()["agentId"] == agent_id


@cxone_behaviour("profile.any-login")
@each_login
def test_the_profile_tells_the_name_and_email_as_configured(
    cxone: CXoneClient, cxone_tenant: Tenant, state: AgentOnline | AgentOffline | AgentHidden
) -> None:
    cxone_tenant.world.add_agent("12345", name="Zoë O'Neil", email="zoe.oneil@example.com")
    cxone_tenant.provide(type(state)("12345"))
    body = profile(cxone, "12345").json()

    assert (body["name"], body["email"]) == ("Zoë O'Neil", "zoe.oneil@example.com")


@cxone_behaviour("profile.any-login")
def test_logging_in_and_out_does_not_change_the_profile(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.add_agent("12345")
    before = profile(cxone, "12345").json()
    cxone_tenant.world.log_in("12345")
    during = profile(cxone, "12345").json()
    cxone_tenant.world.log_out("12345")

    assert before == during == profile(cxone, "12345").json()


@cxone_behaviour("profile.unknown")
def test_the_profile_of_an_unknown_id_is_404(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract
) -> None:
    answer = profile(cxone, cxone_tenant.provide(AgentUnknown()))

    cxone_contract.check(answer)
    assert answer.status_code == 404


@cxone_behaviour("profile.unknown")
@pytest.mark.parametrize(
    "other", ["beginning", "0{}", "{}0", "{}*", "{}%", "{} ", " {}"],
    ids=["beginning", "zero-padded", "longer", "star", "percent", "blank-after", "blank-before"],
)  # fmt: skip
def test_what_only_resembles_an_id_is_not_that_agents_profile(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, other: str
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    asked = agent_id[: min(4, len(agent_id) - 1)] or "0" if other == "beginning" else other.format(agent_id)
    answer = profile(cxone, asked)

    cxone_contract.check(answer)
    # Another agent may have the other id; nobody else's profile is an answer.
    assert answer.status_code == 404 or answer.json()["agentId"] == asked != agent_id


@cxone_behaviour("profile.any-login")
@agents_online(3)
def test_each_agent_has_a_profile_of_its_own(cxone: CXoneClient, cxone_contract: Contract) -> None:
    listed = [state.agent_id for state in cxone.online_agents()]
    several = list(dict.fromkeys((listed[0], listed[len(listed) // 2], listed[-1])))
    names, emails = set(), set()
    for agent_id in several:
        answer = profile(cxone, agent_id)
        cxone_contract.check(answer)
        assert answer.status_code == 200
        assert answer.json()["agentId"] == agent_id
        names.add(answer.json()["name"])
        emails.add(answer.json()["email"])
    assert len(emails) == len(several), "different agents have the same e-mail"
    assert len(names) > 1, "different agents all have the same name"


@cxone_behaviour("profile.email-not-id")
def test_an_email_is_not_an_id(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))
    answer = profile(cxone, agent.email)

    cxone_contract.check(answer)
    assert answer.status_code == 404


@cxone_behaviour("profile.name-not-id")
def test_a_name_is_not_an_id(cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract) -> None:
    agent = cxone.agent(cxone_tenant.provide(AgentOnline()))
    for name in dict.fromkeys((agent.name, agent.name.split()[0], agent.name.lower())):
        answer = profile(cxone, name)
        cxone_contract.check(answer)
        assert answer.status_code == 404
