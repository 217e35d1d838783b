"""The team that a tenant may tell of an agent: told by the fake, kept by a scrubber, read by a client, or not told."""

import json
from functools import partial

import pytest

from pytest_cxone.cassettes.gate import leaks
from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Rules
from pytest_cxone.cassettes.scrubbing import Scrubber, TenantFacts
from pytest_cxone.dialects import dialect
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import HIDDEN_TEAM
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.rehearsal import upgrade
from pytest_cxone.schemas import contract

STATES = "/api/v2/agents/states"
PROFILE = "/api/v2/agents/12345"
HOSTS = dialect("platform-v2").regions["us"]
ROW = {
    "agentId": "12345",
    "state": {"name": "Available"},
    "stateGroup": {"name": "Ready"},
    "lastUpdated": "2026-01-02T03:04:05Z",
}
WHO = {"agentId": "12345", "name": "Jane Roe", "email": "jane.roe@corp.test"}
BODIES = {"row": (STATES, lambda team: [{**ROW, **team}]), "profile": (PROFILE, lambda team: {**WHO, **team})}

in_row_and_profile = pytest.mark.parametrize(("path", "body"), BODIES.values(), ids=BODIES)


def exchange(path, body):
    return Exchange(
        request=Request(method="GET", url=f"{HOSTS.base_url}{path}"),
        response=Response(
            status=200, headers=Headers({"Content-Type": "application/json"}), body=json.dumps(body).encode()
        ),
    )


class Floor:
    """A fake tenant, and what a client with all scopes is told by it."""

    def __init__(self, *upgrades):
        self._fake = Fake(changes=[upgrade("platform-v2", name).change for name in upgrades])
        self.world = self._fake.world("us")
        client = self.world.add_client("id", "secret", scopes=["read:agent", "read:agent:status"])
        self._token = self.world.issue_token(client, client.scopes).value

    def tells(self, path):
        headers = Headers({"Authorization": f"Bearer {self._token}"})
        asked = Request(method="GET", url=f"{HOSTS.base_url}{path}", headers=headers)
        answer = self._fake.answer(asked, "us").response
        contract("platform-v2").check(Exchange(request=asked, response=answer))
        return json.loads(answer.body)


@pytest.fixture
def floor():
    return Floor()


# Told by the fake


def test_the_fake_tells_an_agents_team_in_its_row_and_in_its_profile(floor):
    floor.world.add_agent("12345", team="Sales")
    floor.world.log_in("12345")
    assert [row["team"] for row in floor.tells(STATES)] == [{"name": "Sales"}]
    assert floor.tells(PROFILE)["team"] == {"name": "Sales"}


def test_an_agent_who_goes_to_another_team_is_told_in_that_one(floor):
    floor.world.log_in("12345")
    floor.world.add_agent("12345", team="Sales")
    assert [row["team"] for row in floor.tells(f"{STATES}?agentId=12345")] == [{"name": "Sales"}]
    assert floor.tells(PROFILE)["team"] == {"name": "Sales"}


def test_the_profile_of_an_agent_who_is_hidden_tells_the_team_that_hides_it(floor):
    floor.world.log_in("12345")
    floor.world.hide("12345")
    assert floor.tells(f"{STATES}?agentId=12345") == []
    assert floor.tells(PROFILE)["team"] == {"name": HIDDEN_TEAM}


@pytest.mark.parametrize("name", ["listing-offline-agents", "filter-offline-row"])
def test_an_upgrade_that_lists_who_is_logged_out_tells_the_team_as_well(name):
    floor = Floor(name)
    floor.world.add_agent("12345", team="Sales")
    found = floor.tells(f"{STATES}?agentId=12345" if name.startswith("filter") else STATES)
    assert [row["team"] for row in found] == [{"name": "Sales"}]


# What the contract takes


@in_row_and_profile
@pytest.mark.parametrize(
    "team",
    [{}, *({"team": team} for team in (None, {"name": "Tier 1"}, {"name": "Tier 1", "id": 7}, {"id": 7}, "Tier 1", 7))],
    ids=["not told", "null", "a name", "more than a name", "no name", "a text", "a number"],
)
def test_a_team_may_be_told_in_whatever_form_or_not_at_all(path, body, team):
    assert contract("platform-v2").violations(exchange(path, body(team))) == ()


# Read by the client's side


TOLD = {
    "a name": ({"team": {"name": "Tier 1"}}, "Tier 1"),
    "more than a name": ({"team": {"id": 7, "name": "Tier 1"}}, "Tier 1"),
    "not told": ({}, None),
    "null": ({"team": None}, None),
    "a text": ({"team": "Tier 1"}, None),
    "a number": ({"team": 7}, None),
    "a list": ({"team": [{"name": "Tier 1"}]}, None),
    "no name": ({"team": {}}, None),
    "null for a name": ({"team": {"name": None}}, None),
    "a number for a name": ({"team": {"name": 7}}, None),
}


@pytest.mark.parametrize(("told", "team"), TOLD.values(), ids=TOLD)
def test_a_team_is_read_where_it_is_told_as_the_contract_has_it_and_breaks_no_reading_elsewhere(told, team):
    spoken = dialect("platform-v2")
    [state] = spoken.read_states([{**ROW, **told}])
    agent = spoken.read_agent({**WHO, **told})
    assert (state.agent_id, state.team) == ("12345", team)
    assert (agent.agent_id, agent.team) == ("12345", team)
    assert (state.raw, agent.raw) == ({**ROW, **told}, {**WHO, **told})


def test_what_the_fake_tells_is_what_the_client_reads(floor):
    floor.world.add_agent("12345", team="Sales")
    floor.world.log_in("12345")
    spoken = dialect("platform-v2")
    assert [state.team for state in spoken.read_states(floor.tells(STATES))] == ["Sales"]
    assert spoken.read_agent(floor.tells(PROFILE)).team == "Sales"


# Kept in a cassette


def scrubbed(*exchanges):
    """Return the bodies as they are written, and what the gate would find in them."""
    facts = TenantFacts(
        locate=partial(HOSTS.path_of, token_path="/oauth/token"), home=HOSTS.base_url, hosts=(), secrets=()
    )
    one = Scrubber(Pseudonyms(b"key"), contract("platform-v2"), Rules(), facts)
    written = [exchange.response.body.decode() for exchange in one.scrub(exchanges, named=["12345"])]
    return *map(json.loads, written), leaks("\n".join(written), one.values, allowed=one.allowed)


@pytest.mark.parametrize("name", ["Support", "Tier 1", "Équipe de nuit", "夜勤", "Restricted"])
def test_a_teams_name_stays_in_a_recording_as_a_states_name_does(name):
    team = {"name": name}
    rows, who, found = scrubbed(exchange(STATES, [{**ROW, "team": team}]), exchange(PROFILE, {**WHO, "team": team}))
    assert (rows[0]["team"], rows[0]["state"]) == (team, {"name": "Available"})
    assert who["team"] == team
    assert (who["name"] == WHO["name"], found) == (False, [])


def test_a_person_after_whom_a_team_is_named_has_an_alias_there_too():
    rows, who, found = scrubbed(
        exchange(STATES, [{**ROW, "team": {"name": "Team Jane Roe"}}]), exchange(PROFILE, {**WHO, "team": None})
    )
    assert rows[0]["team"] == {"name": f"Team {who['name']}"}
    assert (who["team"], found) == (None, [])


def test_what_stands_in_a_team_beside_its_name_goes():
    team = {"name": "Sales", "lead": "Mary Major", "members": ["Ed Poe"], "mail": "sales@corp.test"}
    who, found = scrubbed(exchange(PROFILE, {**WHO, "team": team}))
    assert who["team"]["name"] == "Sales"
    assert not any(text in json.dumps(who) for text in ("Mary", "Major", "Poe", "corp.test"))
    assert found == []
