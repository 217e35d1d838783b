"""nicepy 1.0.0 as its users install it: it takes the served fake for NICE, and gets its floor right."""

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.interop.packages import installed
from tests.interop.tenant import under_its_own_names

SCRIPT = Path(__file__).parent / "interop" / "nicepy_floor.py"
FLOOR = ("--online=1001", "--online=1002", "--online=1003", "--offline=1004", "--hidden=1005")
STATES = {"1002": "Lunch", "1003": "InboundContact"}
SERVICES = "/incontactapi/services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What nicepy printed, what the tenant was asked meanwhile, and at which hosts."""

    said: dict[str, Any]
    exchanges: list[dict[str, Any]]
    hosts: list[str]
    refused: list[str]


@pytest.fixture(scope="module")
def nicepy(tmp_path_factory):
    """The Python of a virtual environment with nicepy in it. pydub, which it imports, needs audioop: gone in 3.13."""
    return installed("nicepy==1.0.0", tmp_path_factory.mktemp("nicepy") / "environment", needs="audioop")


@pytest.fixture(scope="module")
def outcome(nicepy, tmp_path_factory):
    """What one run of nicepy comes to on a floor of five agents, of whom one has logged out and one is hidden."""
    with under_its_own_names(tmp_path_factory.mktemp("authority"), *FLOOR) as tenant:
        for agent_id, state in STATES.items():
            tenant.admin("PUT", f"agents/{agent_id}", {"state": state})
        folder = configured(tmp_path_factory.mktemp("project"), tenant.variables)
        ended = subprocess.run(
            [nicepy, "-I", SCRIPT],
            cwd=folder,
            env=tenant.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, ended.stderr
        return Outcome(
            said=json.loads(ended.stdout),
            exchanges=tenant.exchanges,
            hosts=tenant.proxy.connected,
            refused=tenant.proxy.refused,
        )


def configured(folder, variables):
    """Write the file that nicepy reads at import into a folder; return the folder."""
    configuration = {
        "client_id": variables["CXONE_CLIENT_ID"],
        "client_secret": variables["CXONE_CLIENT_SECRET"],
        "username": variables["CXONE_ACCESS_KEY_ID"],
        "password": variables["CXONE_ACCESS_KEY_SECRET"],
    }
    (folder / "nicepy_config.json").write_text(json.dumps(configuration), encoding="utf-8")
    return folder


def test_its_states_are_those_of_the_agents_who_are_logged_in(outcome):
    found = {row["agentId"]: (row["agentStateId"], row["agentStateName"]) for row in outcome.said["states"]}
    assert found == {1001: (1, "Available"), 1002: (2, "Unavailable"), 1003: (3, "InboundContact")}


def test_its_states_tell_the_unavailable_code_and_how_long_each_has_lasted(outcome):
    codes = {row["agentId"]: row["outStateDescription"] for row in outcome.said["states"]}
    assert codes == {1001: None, 1002: "Lunch", 1003: None}
    for row in outcome.said["states"]:
        assert re.fullmatch(r"\d+:\d\d", row["timeInState"])


def test_the_agent_who_logged_out_was_in_the_answer_and_nicepy_left_it_out(outcome):
    rows = answers(outcome, "/agents/states")[0]["agentStates"]
    assert [row["agentId"] for row in rows if row["agentStateName"] == "LoggedOut"] == [1004]


def test_its_agents_are_all_whom_the_client_may_see_whether_logged_in_or_not(outcome):
    assert sorted(agent["agentId"] for agent in outcome.said["agents"]) == [1001, 1002, 1003, 1004]
    for agent in outcome.said["agents"]:
        assert agent["userName"] == agent["emailAddress"]
        assert agent["isActive"] is True


def test_it_finds_each_agent_by_login_and_by_the_id_of_the_user(outcome):
    assert outcome.said["by_login"] == outcome.said["by_uuid"] == outcome.said["agents"]


def test_the_active_agents_come_with_the_field_that_it_named_and_no_other(outcome):
    assert sorted(map(tuple, map(dict.items, outcome.said["active"]))) == [
        (("agentId", agent_id),) for agent_id in (1001, 1002, 1003, 1004)
    ]


def test_its_skills_are_those_for_phone_calls_with_the_agents_who_have_them(outcome):
    (skill,) = outcome.said["skills"]
    assert (skill["skillName"], sorted(skill["agentIds"])) == ("Support Phone", [1001, 1002, 1003, 1004])
    rows = answers(outcome, "/agents/skills")[0]["agentSkillAssignments"]
    assert {row["skillId"] for row in rows} == {skill["skillId"]}


def test_it_asks_for_the_token_then_for_the_business_unit_and_with_it_for_the_hosts(outcome):
    assert asked(outcome)[:5] == [
        "GET /.well-known/openid-configuration",
        "POST /auth/token",
        f"GET {SERVICES}/v27.0/business-unit",
        "GET /.well-known/cxone-configuration",
        f"GET {SERVICES}/v28.0/agents",
    ]


def test_all_that_it_asks_is_answered(outcome):
    assert {exchange["response"]["status"] for exchange in outcome.exchanges} <= {200, 204}
    assert asked(outcome)[5:] == [
        f"GET {SERVICES}/v28.0/agents/states",
        f"GET {SERVICES}/v28.0/agents",
        f"GET {SERVICES}/v28.0/agents",
        f"GET {SERVICES}/v28.0/agents/skills",
    ]


def test_it_knows_no_other_hosts_than_those_of_nice(outcome):
    assert outcome.hosts[0] == "cxone.niceincontact.com:443"
    assert set(outcome.hosts) == {"cxone.niceincontact.com:443", "api-na1.niceincontact.com:443"}
    assert outcome.refused == []


def asked(outcome):
    """Return what was asked, in order, with paths as NICE compares them: without case, doubled slashes as one."""
    requests = (exchange["request"] for exchange in outcome.exchanges)
    return [f"{request['method']} {re.sub('/+', '/', request['path']).lower()}" for request in requests]


def answers(outcome, path):
    """Return the bodies of the answers to requests for paths that end so."""
    found = [exchange for exchange in outcome.exchanges if exchange["request"]["path"].endswith(path)]
    return [json.loads(exchange["response"]["body"]) for exchange in found]
