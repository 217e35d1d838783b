"""Provider states: their texts, and the arguments that they refuse."""

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.states import AgentHidden, AgentOffline, AgentOnline, AgentsOnline, AgentUnknown, Scopes

OF_ONE_AGENT = [AgentOnline, AgentOffline, AgentUnknown, AgentHidden]


@pytest.mark.parametrize(
    ("state", "text"),
    [
        (AgentOnline(), "an agent online"),
        (AgentOnline("1"), "agent 1 online"),
        (AgentOnline("1", state="Break"), "agent 1 online in state 'Break'"),
        (AgentOnline("1", state="Tea", group="Break"), "agent 1 online in state 'Tea' of group 'Break'"),
        (AgentOnline(group="Break"), "an agent online of group 'Break'"),
        (AgentOffline(), "an agent offline"),
        (AgentOffline("1"), "agent 1 offline"),
        (AgentUnknown(), "an id that no agent has"),
        (AgentUnknown("1"), "no agent with the id 1"),
        (AgentHidden(), "an agent online, hidden from this client"),
        (AgentHidden("1"), "agent 1 online, hidden from this client"),
        (AgentsOnline(3), "3 agents online"),
        (Scopes(()), "a client with no scopes"),
        (Scopes(("a", "b")), "a client with the scopes a, b"),
    ],
    ids=repr,
)
def test_a_state_says_what_it_asks_for(state, text):
    assert str(state) == text


@pytest.mark.parametrize("kind", OF_ONE_AGENT)
@pytest.mark.parametrize("agent_id", ["", "  ", 12345, b"1", ["1"]], ids=repr)
def test_an_agent_id_is_a_string_that_is_not_blank(kind, agent_id):
    with pytest.raises(ConfigurationError, match="agent_id must be a non-empty string such as '12345', not"):
        kind(agent_id)


@pytest.mark.parametrize("kind", OF_ONE_AGENT)
def test_a_function_for_an_id_is_a_forgotten_call(kind):
    with pytest.raises(ConfigurationError, match=r"\(a decorator used without its call\?\)"):
        kind(lambda: None)


@pytest.mark.parametrize("name", ["state", "group"])
@pytest.mark.parametrize("value", ["", " ", 1], ids=repr)
def test_a_states_name_is_a_string_that_is_not_blank(name, value):
    with pytest.raises(ConfigurationError, match=f"^{name} must be a non-empty string, not {value!r}$"):
        AgentOnline("1", **{name: value})


@pytest.mark.parametrize("count", [-1, "3", 1.0, True, None], ids=repr)
def test_a_count_is_a_number_of_agents(count):
    with pytest.raises(ConfigurationError, match="count must be a number of agents, 0 or more, not"):
        AgentsOnline(count)


@pytest.mark.parametrize("scope", ["", "read:agent read:more", 1], ids=repr)
def test_a_scope_is_one_word(scope):
    with pytest.raises(ConfigurationError, match="a scope must be a string without blanks"):
        Scopes((scope,))


def test_states_are_values():
    assert AgentOnline("1") == AgentOnline("1")
    assert len({AgentOnline("1"), AgentOnline("1"), AgentOffline("1")}) == 2
