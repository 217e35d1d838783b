"""Chance: how sure it is that what one side had and the other had not is no accident of whom was looked at."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone.drift import compare
from pytest_cxone.drift.chance import is_chance
from tests.exchanges import ACD, ask, changed, compared, envelope, exchange, found, row, rows, seen, state, unknown

FISHER = {
    "one and one": (1, 1, 1, (1, 1), True),
    "one of two, one": (1, 2, 1, (1, 2), True),
    "all of three, and none of three": (3, 3, 3, (3, 3), True),
    "all of five, and none of five": (5, 5, 5, (5, 5), False),
    "half of twenty, and none of twenty": (10, 20, 20, (20, 20), False),
    "one of a hundred, and none of a hundred": (1, 100, 100, (100, 100), True),
    "one of ten, and none of a thousand": (1, 10, 1000, (1000, 10), False),
    "nobody else was looked at": (1, 1, 0, (0, 1), True),
    "one row asked twenty times": (20, 20, 20, (1, 1), True),
    "one row asked twenty times after": (20, 20, 20, (20, 1), True),
    "two rows asked ten times each": (20, 20, 20, (2, 2), True),
    "a hundred rows, then one": (1, 1, 100, (100, 1), False),
}


@pytest.mark.parametrize(("few", "of", "other", "rows", "expected"), FISHER.values(), ids=FISHER)
def test_how_likely_it_is_that_all_of_a_few_are_on_one_side(few, of, other, rows, expected):
    assert is_chance(few, of, other, rows=rows) is expected


@settings(deadline=None)
@given(st.data(), st.integers(1, 10_000), st.integers(0, 10_000), st.integers(0, 500), st.integers(1, 500))
def test_more_of_a_kind_is_never_more_likely_chance(data, of, other, seen_rows, there):
    few = data.draw(st.integers(1, of))
    more = data.draw(st.integers(few, of))
    if not is_chance(few, of, other, rows=(seen_rows, there)):
        assert not is_chance(more, of, other, rows=(seen_rows, there))


@settings(deadline=None)
@given(st.data(), st.integers(1, 200), st.integers(0, 400))
def test_more_rows_on_the_other_side_are_never_less_sure(data, of, other):
    few = data.draw(st.integers(1, of))
    if not is_chance(few, of, other, rows=(other, of)):
        assert not is_chance(few, of, other + 50, rows=(other + 50, of))


def test_numbers_of_many_rows_are_no_matter():
    assert is_chance(1, 10**6, 10**6, rows=(10**6, 10**6)) is True
    assert is_chance(10**4, 10**6, 10**6, rows=(10**6, 10**6)) is False


# What it means for findings


def null_in(few, of, name="outStateDescription", number=0):
    return ask(envelope(*(state(number + n, **{name: None if n < few else "Lunch"}) for n in range(of))))


def test_null_that_is_allowed_and_never_came_in_many_rows_is_a_change():
    comparison = compared([null_in(0, 60)], [null_in(30, 60)], ACD)
    assert found(comparison) == [
        ("breaking", "response-property-became-nullable", "$.agentStates[*].outStateDescription")
    ]
    assert comparison.not_compared == ()


def test_null_that_is_allowed_and_came_seldom_is_no_change():
    comparison = compared([null_in(0, 60)], [null_in(1, 60)], ACD)
    assert (comparison.findings, comparison.not_compared) == ((), ())


def test_null_in_each_answer_about_one_agent_says_nothing_of_others():
    before, after = ([null_in(few, 1)] * 20 for few in (0, 1))
    assert compared(before, after, ACD).findings == ()


def test_null_that_the_contract_does_not_allow_is_never_chance():
    comparison = compared([null_in(0, 1, "agentStateName")], [null_in(1, 60, "agentStateName")], ACD)
    assert found(comparison) == [("breaking", "response-property-became-nullable", "$.agentStates[*].agentStateName")]


def test_what_the_contract_requires_is_never_absent_by_chance():
    after = [exchange([*(row(n) for n in range(60)), {name: one for name, one in row().items() if name != "state"}])]
    assert found(compared([exchange([row()])], after)) == [
        ("breaking", "response-property-became-optional", "$[*].state")
    ]


def test_what_the_contract_does_not_have_is_absent_by_chance_in_few_rows_and_not_in_many():
    before = [exchange([row(n, zone="x") for n in range(40)])]
    few = [exchange([*(row(n, zone="x") for n in range(39)), row(39)])]
    many = [exchange([row(n) if n % 2 else row(n, zone="x") for n in range(40)])]
    assert compared(before, few).findings == ()
    assert unknown(compared(before, few)) == [
        ("$[*].zone", "absent in 1 of 40 after, never in 40 before: it may be chance")
    ]
    assert found(compared(before, many)) == [("breaking", "response-property-became-optional", "$[*].zone")]


def test_what_one_agent_does_not_have_who_is_asked_for_often_is_not_gone():
    before = [exchange([row(n, vip=1) if n % 2 else row(n)]) for n in range(20)]
    comparison = compared(before, [exchange([row(1)])] * 20)
    assert comparison.findings == ()
    assert unknown(comparison) == [("$[*].vip", "in 10 of 20 before and in none of 20 after: it may be chance")]


def test_rows_are_counted_in_the_list_in_which_they_stand():
    # One row has a list of forty, forty rows have one.
    inner = [{"teams": [{"id": n, "zone": "x"} for n in range(40)]}]
    gone = [{"teams": [{"id": n} if n % 2 else {"id": n, "zone": "x"} for n in range(40)]}]
    assert found(compared([exchange(inner)], [exchange(gone)])) == [
        ("breaking", "response-property-became-optional", "$[*].teams[*].zone")
    ]


def test_what_stood_in_many_rows_and_stands_in_none_of_many_is_gone():
    before = [*rows(10, id=1), *rows(10, id=1, team="a")]
    [finding] = compare(seen(before), seen(rows(20, id=1))).findings
    assert (finding.before, finding.after, finding.samples) == ("string, in 10 of 20", "absent", (20, 20))


HINT = "listAgentStates $[*].state.name has other values than were recorded, all of them: Frei, and had Available"


@pytest.mark.parametrize(("before", "after", "hints"), [(8, 8, (HINT,)), (7, 40, ()), (40, 7, ()), (100, 100, (HINT,))])
def test_other_values_in_the_tenants_words_are_a_hint_in_many_rows_and_never_a_finding(before, after, hints):
    listings = {"Available": before, "Frei": after}
    sides = ([exchange([row(n, name) for n in range(count)])] for name, count in listings.items())
    comparison = compared(*sides)
    assert (comparison.findings, comparison.not_compared, comparison.hints) == ((), (), hints)


def test_values_of_which_one_was_there_are_no_hint():
    before, after = ([exchange([row(n, (name, "Busy")[n % 2]) for n in range(20)])] for name in ("Available", "Frei"))
    assert compared(before, after).hints == ()


def test_values_of_one_row_that_is_asked_for_often_are_the_agents():
    before, after = ([exchange([row(1, name)])] * 20 for name in ("Available", "Lunch"))
    assert (compared(before, after).findings, compared(before, after).hints) == ((), ())


def asked_one_by_one(numbers, path="/agents/states?agentId={}", **members):
    return [ask(envelope(changed(state(n), **members)), path.format(n)) for n in numbers]


GONE = "in {0} of {0} before and in none of {0} after: it may be chance"
REQUESTS = {
    "one agent": ([1], "/agents/states", False),
    "three agents": (range(3), "/agents/states?agentId={}", False),
    "five agents": (range(5), "/agents/states?agentId={}", True),
    "one agent, asked twenty times": ([1] * 20, "/agents/states?agentId={}", False),
    "twenty pages": (range(20), "/agents/states?skip={}&top=1", False),
    "twenty paths": (range(20), "/agents/{}/states", True),
}


@pytest.mark.parametrize(("numbers", "path", "is_told"), REQUESTS.values(), ids=REQUESTS)
def test_what_the_contract_does_not_require_is_gone_where_different_rows_show_it(numbers, path, is_told):
    comparison = compared(asked_one_by_one(numbers, path), asked_one_by_one(numbers, path, firstName=...), ACD)
    gone = "$.agentStates[*].firstName"
    assert found(comparison) == ([("breaking", "response-property-removed", gone)] if is_told else [])
    assert unknown(comparison) == ([] if is_told else [(gone, GONE.format(len(numbers)))])


def test_what_the_contract_requires_is_gone_where_one_row_shows_it():
    comparison = compared(asked_one_by_one([1]), asked_one_by_one([1], agentStateId=...), ACD)
    assert found(comparison) == [("breaking", "response-property-removed", "$.agentStates[*].agentStateId")]


@pytest.mark.parametrize(("count", "of", "is_told"), [(1, 1, True), (1, 2, False), (3, 40, False), (30, 40, True)])
def test_what_is_new_is_told_where_each_row_has_it_and_in_some_rows_where_it_is_no_chance(count, of, is_told):
    before = [ask(envelope(*map(state, range(9))))]
    after = [ask(envelope(*(state(n, zone=1) if n < count else state(n) for n in range(of))))]
    comparison = compared(before, after, ACD)
    new = [("additive", "response-property-added", "$.agentStates[*].zone")]
    assert found(comparison) == (new if is_told else [])
    assert len(comparison.not_compared) == (not is_told)
