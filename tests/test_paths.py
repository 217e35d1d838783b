"""How a place in an answer is written."""

import pytest

from pytest_cxone.paths import step_to, steps_of, without_names


@pytest.mark.parametrize(
    ("key", "step"),
    [
        ("agentId", ".agentId"),
        ("@odata", ".@odata"),
        ("line2", ".line2"),
        ("12345", ".*"),
        ("a@b.test", ".*"),
        ("", ".*"),
        ("x" * 65, ".*"),
    ],
)
def test_a_key_that_does_not_look_like_a_propertys_name_is_not_written(key, step):
    assert step_to(key) == step


def test_a_path_has_its_steps_in_order():
    assert steps_of("$.agentStates[*].state.*.name") == [".agentStates", "[*]", ".state", ".*", ".name"]
    assert steps_of("$") == []


def test_a_name_that_turns_out_to_be_somebodys_is_taken_out_of_a_path():
    assert without_names("$.jane[*].state.jane", {"jane", "sta"}) == "$.*[*].state.*"
