"""What a rehearsal came to, as values: parts make a whole, and all of it goes through JSON."""

import json

import pytest

from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome, Rehearsed, RehearsedUpgrade, Touched

STATE, GROUP = Touched("listAgentStates", "$[*].state"), Touched("listAgentStates", "$[*].stateGroup")


def upgrade(id_="row-state-removed", outcome=Outcome.SURVIVED, **more):
    return RehearsedUpgrade(id=id_, summary="rows have no state", origin="named", outcome=outcome, **more)


NOTICED = upgrade(outcome=Outcome.NOTICED, test="a", message="KeyError", touched=(STATE,))
SURVIVED = upgrade(met_by=("b",), touched=(GROUP, STATE))
IDLE = upgrade(outcome=Outcome.NOT_EXERCISED)


@pytest.mark.parametrize(
    ("parts", "outcome"),
    [
        ((NOTICED, SURVIVED), Outcome.NOTICED),
        ((SURVIVED, NOTICED), Outcome.NOTICED),
        ((IDLE, SURVIVED), Outcome.SURVIVED),
        ((IDLE, IDLE), Outcome.NOT_EXERCISED),
        ((IDLE, NOTICED, SURVIVED), Outcome.NOTICED),
    ],
    ids=lambda value: str(value) if isinstance(value, Outcome) else "-".join(str(one.outcome) for one in value),
)
def test_one_part_that_notices_is_enough_and_one_that_meets_is_more_than_none(parts, outcome):
    (merged,) = Rehearsed.merged(Rehearsed(upgrades=(part,)) for part in parts).upgrades
    assert merged.outcome is outcome


def test_of_two_parts_all_tests_and_all_changes_are_told():
    (merged,) = Rehearsed.merged([Rehearsed(upgrades=(SURVIVED,)), Rehearsed(upgrades=(NOTICED,))]).upgrades
    assert merged.test == "a"
    assert merged.message == "KeyError"
    assert merged.met_by == ("b",)
    assert merged.touched == (STATE, GROUP)


def test_work_adds_up_and_time_does_not_since_parts_run_side_by_side():
    left = LeftOut("a", "why")
    one = Rehearsed(tests=2, runs=30, seconds=1.5, left_out=(left,))
    other = Rehearsed(tests=3, runs=12, seconds=4.0, left_out=(left,))
    merged = Rehearsed.merged([one, other])
    assert (merged.tests, merged.runs, merged.seconds, merged.left_out) == (5, 42, 4.0, (left,))


def test_a_part_that_was_refused_refuses_the_whole():
    assert Rehearsed.merged([Rehearsed(), Rehearsed(refused="it is red")]).refused == "it is red"


def test_what_only_one_part_met_is_not_idle_in_the_whole():
    one = Rehearsed(upgrades=(upgrade("a"), upgrade("b")), idle=8)
    other = Rehearsed(upgrades=(upgrade("b"), upgrade("c")), idle=8)
    merged = Rehearsed.merged([one, other])
    assert (len(merged.upgrades), merged.idle) == (3, 7)
    assert Rehearsed.merged([]) == Rehearsed()


def test_all_of_it_goes_through_json():
    whole = Rehearsed(
        upgrades=(NOTICED, SURVIVED, IDLE),
        idle=9,
        left_out=(LeftOut("a", "why"),),
        tests=2,
        runs=3,
        seconds=0.5,
        refused="no",
    )
    assert Rehearsed.from_json(json.loads(json.dumps(whole.to_json()))) == whole


def test_workers_can_send_it_since_it_is_of_plain_types():
    def plain(value):
        match value:
            case dict():
                return all(type(key) is str and plain(member) for key, member in value.items())
            case list() | tuple():
                return type(value) in {list, tuple} and all(map(plain, value))
        return type(value) in {str, int, float, bool}

    assert plain(Rehearsed(upgrades=(NOTICED, SURVIVED), left_out=(LeftOut("a", "why"),)).to_json())
