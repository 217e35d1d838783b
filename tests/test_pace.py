"""The pace of requests to a tenant: a rate for all threads together, and slower once the tenant complains."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from pytest_cxone.client.pace import Pace
from tests.site import Time


@pytest.fixture
def passing():
    return Time()


def pace(rate, passing):
    return Pace(rate, clock=passing.now, sleep=passing.sleep)


def turns(pace, passing, number):
    """Take so many turns and return when each came, in seconds from the first clock reading."""
    came = []
    for _ in range(number):
        pace.wait()
        came.append(passing.at - 1_000.0)
    return came


@pytest.mark.parametrize(("rate", "interval"), [(4, 0.25), (0.5, 2.0), (1, 1.0)])
def test_requests_go_at_the_rate_and_the_first_at_once(passing, rate, interval):
    assert turns(pace(rate, passing), passing, 4) == pytest.approx([0, interval, 2 * interval, 3 * interval])


def test_without_a_rate_nothing_waits(passing):
    unlimited = pace(0, passing)
    turns(unlimited, passing, 50)
    assert passing.slept == []
    assert unlimited.turns == 50


def test_time_that_has_passed_is_not_saved_up(passing):
    slow = pace(1, passing)
    slow.wait()
    passing.at += 100
    slow.wait()
    slow.wait()
    assert passing.slept == [1.0]


@pytest.mark.parametrize(
    ("rate", "came"),
    [(0, [7, 7.05, 7.1]), (100, [7, 7.05, 7.1]), (4, [7, 7.5, 8]), (1, [7, 9, 11])],
    ids=["no limit", "a high rate", "four a second", "one a second"],
)
def test_a_hold_keeps_all_requests_back_and_slows_those_after_it(passing, rate, came):
    held = pace(rate, passing)
    held.hold(7, held.wait())
    assert turns(held, passing, 3) == pytest.approx(came)


@pytest.mark.parametrize(("again", "until"), [(3, 7), (7, 7), (10, 10)])
def test_several_holds_at_a_time_slow_once_and_the_longest_counts(passing, again, until):
    held = pace(0, passing)
    first, second = held.wait(), held.wait()
    held.hold(7, first)
    held.hold(again, second)
    assert turns(held, passing, 2) == pytest.approx([until, until + 0.05])


@pytest.mark.parametrize("seconds", [0, 1])
def test_complaints_of_requests_that_were_under_way_slow_once_however_late_they_come(passing, seconds):
    held = pace(0, passing)
    for turn in [held.wait() for _ in range(8)]:
        held.hold(seconds, turn)
        passing.at += 2
    before = passing.at - 1_000.0
    assert turns(held, passing, 3) == pytest.approx([before, before + 0.05, before + 0.1])


def test_a_complaint_of_a_request_after_a_hold_slows_again(passing):
    held = pace(1, passing)
    held.hold(5, held.wait())
    held.hold(5, held.wait())
    assert turns(held, passing, 3) == pytest.approx([10, 14, 18])


def test_a_hold_that_is_over_before_the_next_turn_delays_nothing(passing):
    held = pace(0.1, passing)
    held.hold(1, held.wait())
    assert turns(held, passing, 1) == pytest.approx([10])


def test_threads_get_a_turn_each_and_wait_at_the_same_time():
    passing, together = Time(), threading.Barrier(7)

    def sleep(seconds):
        passing.slept.append(seconds)
        together.wait(timeout=30)

    shared = Pace(1, clock=passing.now, sleep=sleep)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: shared.wait(), range(8)))
    assert sorted(passing.slept) == [1, 2, 3, 4, 5, 6, 7]
    assert shared.turns == 8


def test_turns_go_in_the_order_in_which_they_were_taken(passing):
    waits = []
    ahead = Pace(2, clock=passing.now, sleep=waits.append)
    for _ in range(4):
        ahead.wait()
    assert waits == [0.5, 1.0, 1.5]


def test_nothing_is_locked_while_a_request_waits_for_its_turn(passing):
    asleep, woken = threading.Event(), threading.Event()

    def sleep(_):
        asleep.set()
        assert woken.wait(timeout=30)

    shared = Pace(1, clock=passing.now, sleep=sleep)
    shared.wait()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(shared.wait)
        assert asleep.wait(timeout=30)
        shared.hold(1, turn=1)
        woken.set()
        waiting.result(timeout=30)


def test_good_conduct_brings_the_pace_back_and_never_above_the_rate(passing):
    slowed = pace(4, passing)
    slowed.hold(0, slowed.wait())
    began = turns(slowed, passing, 199)[-2:]
    assert began[1] - began[0] == pytest.approx(0.5)
    later = turns(slowed, passing, 500)[-2:]
    assert later[1] - later[0] == pytest.approx(0.25)
