"""The world against a naive model of it, and the facts that a reader should find in words."""

import itertools
import operator
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pytest_cxone.errors import FakeError
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.world import HIDDEN_TEAM, View, World

FULL = View(cannot_see=frozenset({HIDDEN_TEAM}), restricted=True)
NARROW = View(cannot_see=frozenset({HIDDEN_TEAM}), restricted=False)
EVERYTHING = View(cannot_see=frozenset(), restricted=True)
VIEWS = [FULL, NARROW, EVERYTHING, View(cannot_see=frozenset({"Support"}), restricted=True)]


@pytest.fixture
def clock():
    return Clock(source=lambda: 0.0)


@pytest.fixture
def world(clock):
    return World(clock=clock)


def shown(world, view=FULL):
    return [session.agent_id for session in world.online(view)]


# Log-ins


def test_an_agent_who_logs_in_is_listed_until_logged_out(world):
    world.log_in("12345")
    assert shown(world) == ["12345"]
    world.log_out("12345")
    assert shown(world) == []
    assert world.agent("12345") is not None


def test_logging_out_an_agent_nobody_knows_makes_it_known(world):
    world.log_out("12345")
    assert world.agent("12345").agent_id == "12345"


def test_ids_are_listed_as_numbers_are_counted(world):
    for agent_id in ("100", "9", "10", "99"):
        world.log_in(agent_id)
    assert shown(world) == ["9", "10", "99", "100"]


def test_a_second_log_in_replaces_the_first(world, clock):
    world.log_in("12345", state="Available")
    clock.advance(7)
    world.log_in("12345", state="Break", group="Unavailable")
    (session,) = world.online(FULL)
    assert (session.state, session.group, session.since) == ("Break", "Unavailable", 7.0)


def test_a_state_changes_from_now_on(world, clock):
    world.log_in("12345")
    clock.advance(60)
    world.set_state("12345", "Meeting")
    (session,) = world.online(FULL)
    assert (session.state, session.group, session.since) == ("Meeting", "Meeting", 60.0)


def test_an_agent_who_is_logged_out_has_no_state_to_change(world):
    with pytest.raises(FakeError, match="agent '12345' is not logged in"):
        world.set_state("12345", "Break")


def test_an_agent_who_is_not_active_is_logged_out_and_cannot_log_in(world):
    world.log_in("12345")
    assert world.add_agent("12345", active=False).active is False
    assert shown(world) == []
    assert world.add_agent("12345", name="Ann Lee").active is False
    with pytest.raises(FakeError, match=r"agent '12345' is not active, so it cannot log in; add_agent"):
        world.log_in("12345")
    world.add_agent("12345", active=True)
    world.log_in("12345")
    assert shown(world) == ["12345"]


def test_whether_agents_are_active_comes_back_with_a_snapshot(world):
    world.add_agent("1", active=False)
    kept = world.snapshot()
    world.add_agent("1", active=True)
    world.restore(kept)
    assert [agent.active for agent in world.agents] == [False]


def test_a_removed_agent_is_unknown_and_not_listed(world):
    world.log_in("12345")
    world.remove_agent("12345")
    world.remove_agent("67890")
    assert world.agent("12345") is None
    assert shown(world) == []


# What a view shows


def test_a_log_in_shows_once_its_latency_is_over(world, clock):
    world.log_in("12345", latency=5)
    clock.advance(4.9)
    assert shown(world) == []
    assert world.online_agent(FULL, "12345") is None
    clock.advance(0.1)
    assert shown(world) == ["12345"]
    assert world.online_agent(FULL, "12345") is not None


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda world: world.set_state("12345", "Break"), id="its state changes"),
        pytest.param(lambda world: world.log_in("12345", latency=5), id="it logs in again"),
        pytest.param(lambda world: world.add_agent("12345", team="Sales"), id="its team changes"),
    ],
)
def test_an_agent_not_yet_visible_appears_once_even_where(change, world, clock):
    world.log_in("12345", latency=5)
    change(world)
    assert shown(world) == []
    clock.advance(5)
    assert shown(world) == ["12345"]


def test_an_agent_who_leaves_before_showing_never_shows(world, clock):
    world.log_in("12345", latency=5)
    world.log_out("12345")
    clock.advance(5)
    assert shown(world) == []


def test_a_hidden_agent_is_online_for_those_who_may_see_its_team(world):
    world.log_in("12345")
    world.hide("12345")
    assert shown(world, FULL) == []
    assert world.online_agent(FULL, "12345") is None
    assert shown(world, EVERYTHING) == ["12345"]


def test_a_restricted_session_needs_full_visibility(world):
    world.log_in("12345", restricted=True)
    assert shown(world, NARROW) == []
    assert shown(world, FULL) == ["12345"]


def test_changing_an_agents_name_leaves_its_team_alone(world):
    world.log_in("12345")
    world.hide("12345")
    record = world.add_agent("12345", name="Ada")
    assert (record.name, record.team) == ("Ada", HIDDEN_TEAM)
    assert shown(world) == []


def test_a_page_costs_no_new_listing(world):
    for number in range(100):
        world.log_in(str(number))
    listing = world.online(FULL)
    world.log_in("100")
    world.log_out("50")
    assert world.online(FULL) is listing
    assert len(listing) == 100


@pytest.fixture
def eager_threads():
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("eager_threads")
def test_a_listing_may_be_read_while_the_world_changes(world):
    def change():
        for number in range(500):
            world.log_in(str(number))

    with ThreadPoolExecutor(1) as pool:
        changing = pool.submit(change)
        for number in range(50):
            listing = shown(world, View(cannot_see=frozenset({str(number)}), restricted=True))
            assert listing == sorted(set(listing), key=int)
        changing.result()


# Tokens


def test_a_token_is_good_until_its_lifetime_is_over(world, clock):
    client = world.add_client("id", "secret", scopes=["read:agent"])
    token = world.issue_token(client, ["read:agent"])
    clock.advance(899.9)
    assert world.token(token.value) is token
    clock.advance(0.1)
    assert world.token(token.value) is None
    assert world.issued_token(token.value) is token


def test_a_token_has_no_scope_that_its_client_lacks(world):
    client = world.add_client("id", "secret", scopes=["read:agent"])
    assert world.issue_token(client, ["read:agent", "write:agent"]).scopes == {"read:agent"}


def test_revoked_tokens_are_unknown(world):
    token = world.issue_token(world.add_client("id", "secret", scopes=[]), [])
    world.revoke_tokens()
    assert world.token(token.value) is None
    assert world.issued_token(token.value) is None


def test_a_token_may_have_a_value_made_elsewhere(world):
    token = world.issue_token(world.add_client("id", "secret", scopes=[]), [], "a.b.c")
    assert token.value == "a.b.c"
    assert world.token("a.b.c") is token


def test_what_renews_a_token_is_good_for_two_hours(world, clock):
    token = world.issue_token(world.add_client("id", "secret", scopes=["a"]), ["a"])
    renewing = world.access.issue_refresh(token, None)
    assert (renewing.client, renewing.scopes) == (token.client, {"a"})
    clock.advance(7_199.9)
    assert world.access.refresh_token(renewing.value) is renewing
    clock.advance(0.1)
    assert world.access.refresh_token(renewing.value) is None


def test_what_renews_a_token_is_revoked_with_it(world):
    token = world.issue_token(world.add_client("id", "secret", scopes=[]), [])
    renewing = world.access.issue_refresh(token, "r")
    assert world.revoke_tokens() == 1
    assert world.access.refresh_token(renewing.value) is None


def test_a_client_is_found_by_its_access_key_and_one_without_is_not(world):
    world.add_client("keyless", "secret", scopes=[])
    keyed = world.add_client("keyed", "secret", scopes=[], access_key_id="k", access_key_secret="hunter2")
    assert world.access.client_with_key("k") is keyed
    assert world.access.client_with_key("") is None


def test_neither_secrets_nor_tokens_show_in_a_repr(world):
    client = world.add_client("id", "hunter2", scopes=[], access_key_id="k", access_key_secret="hunter3")
    token = world.issue_token(client, [])
    renewing = world.access.issue_refresh(token, None)
    for secret in ("hunter2", "hunter3", token.value, renewing.value):
        assert secret not in repr((token, renewing))


# What has happened


def test_an_agent_is_logged_out_since_it_was_added_or_logged_out(world, clock):
    world.add_agent("1")
    clock.advance(5)
    assert world.history.offline_since("1") == 0.0
    assert world.history.last_log_in("1") is None
    world.log_in("1")
    clock.advance(5)
    world.log_out("1")
    assert world.history.offline_since("1") == 10.0
    assert world.history.last_log_in("1") == 5.0
    clock.advance(5)
    world.log_out("1")
    assert world.history.offline_since("1") == 10.0


def test_a_log_in_keeps_its_beginning_and_number_through_its_states(world, clock):
    first = world.log_in("1")
    clock.advance(5)
    later = world.set_state("1", "Break")
    assert (later.began, later.since, later.number) == (0.0, 5.0, first.number)
    assert world.log_in("1").number != first.number


def test_the_last_states_are_remembered_and_no_more(world):
    for _ in range(5_001):
        world.log_in("1")
        world.log_out("1")
    assert len(world.history.spans) == 10_000
    assert world.history.spans[-1].index == 10_001


def test_names_are_counted_in_the_order_in_which_they_come_up(world):
    world.add_agent("1", team="Sales")
    assert [world.teams.of(team) for team in ("Support", "Sales", "Care", "Sales")] == [101, 102, 103, 102]
    assert [world.teams.name(number) for number in (100, 101, 103, 104)] == [None, "Support", "Care", None]


def test_a_snapshot_brings_everything_back_but_tokens(world, clock):
    world.log_in("1", state="Break")
    world.add_agent("2", team="Sales")
    world.add_client("id", "secret", scopes=["a"], access_key_id="k", access_key_secret="s")
    world.set_skills("1", [])
    world.codes.of("Coaching")
    world.poll()
    before = world.snapshot()
    token = world.issue_token(world.client("id"), ["a"])
    clock.advance(5)
    world.log_out("1")
    world.remove_agent("2")
    world.add_agent("3", team="Care")
    world.set_skills("3", [])
    world.codes.of("Prayer")
    world.page_cap, world.token_lifetime, world.state_latency = 1, 2, 3.0
    world.restore(before)
    assert world.snapshot() == before
    assert world.roster() == ["1", "2"]
    assert shown(world) == ["1"]
    assert world.issued_token(token.value) is None


def test_the_uuid_of_a_thing_is_its_tenants(clock):
    here, there = World(clock=clock), World(clock=clock, tenant_id="11eb660f-4c6d-34a0-8733-0242ac110002")
    assert here.uuid("users/1") == here.uuid("users/1") != there.uuid("users/1")


def test_the_clock_never_runs_backwards(clock):
    with pytest.raises(ValueError, match="forward only"):
        clock.advance(-1)


# Any history


class Histories(RuleBasedStateMachine):
    """Whatever happens, and in whatever order, each listing is what a naive look at everybody gives."""

    ids = st.sampled_from(["1", "2", "9", "10", "11", "100", "a"])
    seconds = st.sampled_from([0, 1, 5])

    @initialize()
    def begin(self):
        self.clock = Clock(source=lambda: 0.0)
        self.world = World(clock=self.clock)
        self.teams = {}
        self.sessions = {}
        self.names = map(str, itertools.count())
        self.polled = 0
        self.told = {}

    @rule(agent_id=ids, latency=seconds, restricted=st.booleans())
    def log_in(self, agent_id, latency, restricted):
        state = next(self.names)
        self.world.log_in(agent_id, state=state, latency=latency, restricted=restricted)
        self.teams.setdefault(agent_id, "Support")
        self.sessions[agent_id] = (state, self.clock.now() + latency, restricted)

    @rule(agent_id=ids)
    def log_out(self, agent_id):
        self.world.log_out(agent_id)
        self.teams.setdefault(agent_id, "Support")
        self.sessions.pop(agent_id, None)

    @rule(agent_id=ids)
    def remove(self, agent_id):
        self.world.remove_agent(agent_id)
        self.teams.pop(agent_id, None)
        self.sessions.pop(agent_id, None)

    @rule(agent_id=ids, team=st.sampled_from(["Support", "Sales", HIDDEN_TEAM]))
    def move(self, agent_id, team):
        self.world.add_agent(agent_id, team=team)
        self.teams[agent_id] = team

    @precondition(operator.attrgetter("sessions"))
    @rule(data=st.data())
    def set_state(self, data):
        agent_id = data.draw(st.sampled_from(sorted(self.sessions)))
        state = next(self.names)
        self.world.set_state(agent_id, state)
        self.sessions[agent_id] = (state, *self.sessions[agent_id][1:])

    @rule()
    def log_out_everybody(self):
        self.world.log_out_everybody()
        self.sessions.clear()

    @rule(seconds=seconds)
    def advance(self, seconds):
        self.clock.advance(seconds)

    @rule()
    def poll(self):
        """Whoever asks each time for what has changed since knows what whoever asks for everything sees."""
        changed = self.world.changed_since(self.polled)
        self.polled = self.world.poll()
        shown = {agent_id: self.world.online_agent(EVERYTHING, agent_id) for agent_id in self.world.roster()}
        states = {agent_id: session and session.state for agent_id, session in shown.items()}
        assert not [agent_id for agent_id in changed if agent_id not in states]
        self.told = {agent_id: self.told[agent_id] for agent_id in self.told if agent_id in states}
        self.told |= {agent_id: states[agent_id] for agent_id in changed}
        assert self.told == states
        assert self.world.changed_since(self.polled) == frozenset()

    @invariant()
    def every_roster_has_whom_it_should(self):
        for view in VIEWS:
            expected = [agent_id for agent_id, team in self.teams.items() if team not in view.cannot_see]
            assert self.world.roster(view.cannot_see) == sorted(expected, key=lambda id_: (len(id_), id_))

    @invariant()
    def every_view_shows_what_it_should(self):
        for view in VIEWS:
            expected = [
                (agent_id, state)
                for agent_id, (state, visible_at, restricted) in self.sessions.items()
                if visible_at <= self.clock.now()
                and self.teams[agent_id] not in view.cannot_see
                and (view.restricted or not restricted)
            ]
            expected.sort(key=lambda row: (len(row[0]), row[0]))
            assert [(session.agent_id, session.state) for session in self.world.online(view)] == expected
            alone = {agent_id for agent_id in self.sessions if self.world.online_agent(view, agent_id)}
            assert alone == {agent_id for agent_id, _ in expected}


Histories.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None, database=None)
TestAnyHistory = Histories.TestCase
