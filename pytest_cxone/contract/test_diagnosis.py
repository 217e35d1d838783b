"""What the API's answers tell of an agent who does not show, put together as a diagnosis."""

from dataclasses import replace

import pytest

from pytest_cxone import (
    AgentOffline,
    AgentOnline,
    AgentUnknown,
    CXoneClient,
    Secret,
    Tenant,
    Verdict,
    agents_online,
    cxone_behaviour,
)

NOT_SHOWN = {Verdict.OFFLINE, Verdict.HIDDEN, Verdict.OFFLINE_OR_HIDDEN}


@cxone_behaviour("diagnosis.online")
def test_an_agent_who_is_logged_in_is_online(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    found = cxone.diagnose(cxone_tenant.provide(AgentOnline()), wait=0)

    assert (found.verdict, found.certainty) == (Verdict.ONLINE, "certain")


@cxone_behaviour("diagnosis.unknown")
def test_an_id_that_nobody_has_is_an_unknown_id(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    found = cxone.diagnose(cxone_tenant.provide(AgentUnknown()), wait=0)

    assert (found.verdict, found.certainty) == (Verdict.UNKNOWN, "certain")


@cxone_behaviour("diagnosis.not-an-id")
@pytest.mark.parametrize("given", ["nobody@example", "Nobody Atall"], ids=["e-mail", "name"])
def test_an_email_or_a_name_is_no_id(cxone: CXoneClient, given: str) -> None:
    assert cxone.diagnose(given, wait=0).verdict is Verdict.NOT_AN_ID


@cxone_behaviour("diagnosis.not-an-id")
@pytest.mark.parametrize("given", ["jane.roe@example.com", "Jane Roe"], ids=["e-mail", "name"])
def test_an_agents_own_email_or_name_is_none_either(cxone: CXoneClient, cxone_tenant: Tenant, given: str) -> None:
    cxone_tenant.world.add_agent("12345", name="Jane Roe", email="jane.roe@example.com")
    cxone_tenant.world.log_in("12345")

    assert cxone.diagnose(given).verdict is Verdict.NOT_AN_ID


@cxone_behaviour("diagnosis.latency")
def test_a_fresh_log_in_is_waited_for(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.log_in("12345", latency=3)
    found = cxone.diagnose("12345", wait=5)

    assert found.verdict is Verdict.ONLINE_LATE
    # A fake's clock goes on by itself, too.
    assert 2 < found.waited <= 5


@cxone_behaviour("diagnosis.bad-credentials")
def test_wrong_secrets_are_bad_credentials_and_nobody_is_offline_for_them(cxone_tenant: Tenant) -> None:
    agent_id = cxone_tenant.provide(AgentOnline())
    wrong = Secret("not-the-secret")
    settings = replace(cxone_tenant.settings, client_secret=wrong, access_key_secret=wrong)
    with CXoneClient(settings) as client:
        found = client.diagnose(agent_id, wait=0)

    assert (found.verdict, found.certainty) == (Verdict.BAD_CREDENTIALS, "certain")


# Many


@cxone_behaviour("bulk.pages")
def test_many_agents_take_the_pages_of_one_listing(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    cxone_tenant.world.page_cap = 25
    online = [cxone_tenant.provide(AgentOnline(str(7000 + number))) for number in range(60)]
    before = len(cxone_tenant.journal)
    found = cxone.diagnose_many([*online, "7990", "7991"], quick=True)

    # A token, three pages, and one more where only an empty page tells that this was all.
    assert 1 + 3 <= len(cxone_tenant.journal) - before <= 1 + 4
    assert [agent_id for agent_id, one in found.items() if one.verdict is Verdict.ONLINE] == online
    assert {found[agent_id].verdict for agent_id in ("7990", "7991")} == {Verdict.NOT_LISTED}


@cxone_behaviour("bulk.profiles")
@agents_online(2)
def test_profiles_tell_those_apart_who_are_not_listed(cxone: CXoneClient, cxone_tenant: Tenant) -> None:
    online, offline = cxone_tenant.provide(AgentOnline()), cxone_tenant.provide(AgentOffline())
    unknown = cxone_tenant.provide(AgentUnknown())
    found = cxone.diagnose_many([unknown, offline, online])

    assert list(found) == [unknown, offline, online]
    assert found[online].verdict is Verdict.ONLINE
    assert found[unknown].verdict is Verdict.UNKNOWN
    assert found[offline].verdict in NOT_SHOWN
