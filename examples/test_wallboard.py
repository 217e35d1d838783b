"""The wallboard's tests: offline, each in a few milliseconds, against a tenant in the state that they need."""

import pytest
import wallboard

from pytest_cxone import agent_hidden, agent_offline, agent_online, agents_online, cxone_fault, cxone_scopes


@agent_online("12345")
@agent_online("12346", state="Lunch break")
@agent_offline("12347")
@agent_hidden("12348")
def test_those_who_are_logged_in_are_counted_by_state():
    assert wallboard.floor() == {"Available": 1, "Lunch break": 1}


@agents_online(60)
def test_a_floor_of_several_pages_is_whole(cxone_tenant):
    cxone_tenant.world.page_cap = 25
    assert wallboard.floor() == {"Available": 60}


@cxone_fault("outage")
@agent_online("12345")
def test_an_outage_is_not_an_empty_floor():
    with pytest.raises(wallboard.Unreachable, match="503"):
        wallboard.floor()


@cxone_scopes("read:agent:status")
@agent_online("12345")
def test_a_missing_scope_is_not_an_empty_floor():
    with pytest.raises(wallboard.Unreachable, match="403"):
        wallboard.floor()
