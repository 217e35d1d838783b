"""The listing of those online: whole and in order, one page at a time or some ahead, and what is known of its moving."""

import threading
from hashlib import sha256
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.client.answers import Answer
from pytest_cxone.client.listing import Listing
from pytest_cxone.dialects import dialect
from pytest_cxone.dialects.platform_v2 import PlatformV2
from pytest_cxone.errors import ListingNotAdvancing, ServiceUnavailable

CAP = 25
SPOKEN = dialect("platform-v2")


class Chained(PlatformV2):
    """An API in which each answer names the next request."""

    def pages_after(self, first, body):
        return None


def row(agent_id):
    return {
        "agentId": agent_id,
        "state": {"name": "Tea"},
        "stateGroup": {"name": "Break"},
        "lastUpdated": "2024-05-01T12:00:00Z",
    }


def answer(ids):
    return Answer(200, [row(agent_id) for agent_id in ids])


def page_of(call):
    return int(call.params["page"])


class Floor:
    """Agents online, what was asked of them, and how many requests were under way together."""

    def __init__(self, number):
        self.ids = [str(10_001 + place) for place in range(number)]
        self.asked = []
        self.most_at_once = 0
        self.before = lambda page: None
        self._under_way = 0
        self._lock = threading.Lock()

    def fetch(self, call):
        page = page_of(call)
        with self._lock:
            self.asked.append(page)
            self._under_way += 1
            self.most_at_once = max(self.most_at_once, self._under_way)
        try:
            self.before(page)
            return answer(self.ids[(page - 1) * CAP : page * CAP])
        finally:
            with self._lock:
                self._under_way -= 1

    def listing(self, ahead=1, spoken=SPOKEN, **limits):
        return Listing(spoken, self.fetch, ahead=ahead, **limits)


def ids_of(listing):
    return [row.agent_id for row in listing]


# Whole and in order


@pytest.mark.parametrize("number", [0, 1, CAP - 1, CAP, CAP + 1, 3 * CAP, 9 * CAP + 1])
@pytest.mark.parametrize("ahead", [1, 2, 4, 8])
def test_pages_read_ahead_are_as_whole_and_in_order_as_pages_one_by_one(number, ahead):
    floor = Floor(number)
    listing = floor.listing(ahead)
    assert ids_of(listing) == floor.ids
    assert (listing.pages, listing.repeated, listing.is_whole) == (-(-number // CAP) + 1, (), True)
    beyond = len(floor.asked) - listing.pages
    assert sorted(floor.asked) == list(range(1, len(floor.asked) + 1))
    assert 0 <= beyond < ahead


@pytest.mark.parametrize("number", [0, 1, 3 * CAP])
def test_pages_one_by_one_are_asked_for_in_order_and_none_beyond_the_end(number):
    floor = Floor(number)
    listing = floor.listing()
    list(listing)
    assert floor.asked == list(range(1, listing.pages + 1))
    assert floor.most_at_once == 1


def test_nothing_is_asked_for_before_the_first_answer_and_an_empty_one_is_the_end():
    floor = Floor(0)
    listing = floor.listing(4)
    assert floor.asked == []
    assert ids_of(listing) == []
    assert floor.asked == [1]


def test_pages_ahead_are_under_way_together():
    floor = Floor(9 * CAP)
    together = threading.Barrier(4)

    def wait_for_the_others(page):
        if 1 < page <= 5:
            together.wait(timeout=30)

    floor.before = wait_for_the_others
    assert ids_of(floor.listing(4)) == floor.ids


def test_no_more_pages_are_under_way_than_are_allowed():
    floor = Floor(20 * CAP)
    list(floor.listing(3))
    assert floor.most_at_once <= 3


def test_answers_that_come_in_another_order_are_given_in_the_listings():
    floor = Floor(4 * CAP + 1)
    answered = {page: threading.Event() for page in range(2, 7)}

    def after_the_next_page(page):
        if 1 < page < 5:
            assert answered[page + 1].wait(timeout=30)
        if page in answered:
            answered[page].set()

    floor.before = after_the_next_page
    assert ids_of(floor.listing(4)) == floor.ids


def test_an_api_whose_answers_name_the_next_request_is_read_one_page_at_a_time():
    floor = Floor(3 * CAP)
    listing = floor.listing(4, Chained())
    assert ids_of(listing) == floor.ids
    assert floor.asked == [1, 2, 3, 4]
    assert floor.most_at_once == 1


@pytest.mark.parametrize("ahead", [1, 4])
def test_a_listing_that_is_iterated_again_begins_anew(ahead):
    floor = Floor(2 * CAP)
    listing = floor.listing(ahead)
    list(listing)
    floor.ids.pop()
    assert ids_of(listing) == floor.ids
    assert (listing.pages, listing.repeated) == (3, ())


@pytest.mark.parametrize(
    ("most_pages", "pages", "is_whole"), [(1, 1, False), (3, 3, False), (4, 4, True), (9, 4, True), (None, 4, True)]
)
@pytest.mark.parametrize("ahead", [1, 4])
def test_no_more_pages_are_asked_for_than_are_wanted(ahead, most_pages, pages, is_whole):
    floor = Floor(3 * CAP)
    listing = floor.listing(ahead, most_pages=most_pages)
    assert ids_of(listing) == floor.ids[: pages * CAP]
    assert (listing.pages, listing.is_whole) == (pages, is_whole)
    assert most_pages is None or len(floor.asked) == pages


# What goes wrong


@pytest.mark.parametrize("broken", [1, 2, 3, 5])
@pytest.mark.parametrize("ahead", [1, 4])
def test_a_page_that_fails_is_an_error_after_the_rows_before_it(broken, ahead):
    floor = Floor(9 * CAP)

    def fail(page):
        if page == broken:
            raise ServiceUnavailable("op", "no", status=503)

    floor.before = fail
    rows = iter(floor.listing(ahead))
    seen = [next(rows).agent_id for _ in range((broken - 1) * CAP)]
    assert seen == floor.ids[: len(seen)]
    with pytest.raises(ServiceUnavailable):
        next(rows)
    assert max(floor.asked) < broken + ahead


def test_an_error_beyond_the_end_is_nobodys():
    floor = Floor(CAP)

    def fail(page):
        if page > 2:
            raise ServiceUnavailable("op", "no", status=503)

    floor.before = fail
    assert ids_of(floor.listing(4)) == floor.ids


@pytest.mark.parametrize("ahead", [1, 4])
@pytest.mark.parametrize("read", [1, CAP, CAP + 1, 2 * CAP + 1])
def test_a_listing_that_is_left_early_asks_no_further(ahead, read):
    floor = Floor(40 * CAP)
    rows = iter(floor.listing(ahead))
    for _ in range(read):
        next(rows)
    rows.close()
    assert max(floor.asked) <= -(-read // CAP) + ahead
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pages")]


@pytest.mark.parametrize("ahead", [1, 4])
def test_a_listing_that_only_repeats_itself_ends_with_an_error(ahead):
    listing = Listing(SPOKEN, lambda call: answer(["1", "2"]), ahead=ahead)
    with pytest.raises(ListingNotAdvancing):
        list(listing)
    assert listing.pages == 3


# What is known of a listing that moves


def read(*pages, end=()):
    """Read a listing of these pages, each a list of ids."""
    bodies = [*pages, end]
    listing = Listing(SPOKEN, lambda call: answer(bodies[page_of(call) - 1]))
    list(listing)
    return listing


def numbered(first, last):
    return [str(number) for number in range(first, last + 1)]


DOUBTS = {
    "nobody listed": ([], "1", False),
    "one page that is not full, before": ([["2", "4"]], "1", False),
    "one page that is not full, inside": ([["2", "4"]], "3", False),
    "one page that is not full, after": ([["2", "4"]], "5", False),
    "a page as long as a tenant's cap, inside": ([numbered(101, 125)], "1010", True),
    "a page as long as a tenant's cap, before": ([numbered(101, 125)], "1", False),
    "inside the first page": ([["10", "30"], ["50", "70"]], "20", False),
    "between two pages": ([["10", "30"], ["50", "70"]], "40", True),
    "inside the last page": ([["10", "30"], ["50", "70"]], "60", False),
    "after a last page that is full": ([["10", "30"], ["50", "70"]], "80", True),
    "after a last page that is not": ([["10", "30"], ["50"]], "60", False),
    "before all": ([["10", "30"], ["50", "70"]], "09", False),
    "no order, several pages": ([["50", "10"], ["30"]], "1", True),
    "no order, one page that is not full": ([["50", "10", "30"]], "20", False),
    "by number": ([["9", "30"], ["100"]], "40", True),
    "by number, not by text": ([["9", "30"], ["100"]], "4", False),
    "by text": ([["100", "30"], ["9"]], "4", True),
    "by text, not by number": ([["100", "30"], ["9"]], "40", True),
    "by either, between as text": ([["10", "30"], ["50", "70"], ["90"]], "4", True),
    "by either, between as number": ([["10", "30"], ["50", "70"], ["90"]], "40", True),
}  # fmt: skip


@pytest.mark.parametrize(("pages", "agent_id", "doubtful"), DOUBTS.values(), ids=DOUBTS)
def test_who_may_have_been_missed_is_who_has_a_place_between_two_pages(pages, agent_id, doubtful):
    assert read(*pages).may_have_missed(agent_id) is doubtful


def test_of_a_still_and_ordered_listing_only_those_between_its_pages_are_doubtful():
    pages = [numbered(1_000 + 100 * page, 1_000 + 100 * page + 24) for page in range(4)]
    listing = read(*pages, numbered(2_000, 2_001))
    doubtful = {agent_id for agent_id in numbered(900, 2_500) if listing.may_have_missed(agent_id)}
    gaps = [numbered(int(last[-1]) + 1, int(first[0]) - 1) for last, first in pairwise([*pages, ["2000"]])]
    # Ids of three digits would stand among these, were the tenant to sort by text; what is listed speaks for both.
    assert {agent_id for agent_id in doubtful if len(agent_id) == 4} == {agent_id for gap in gaps for agent_id in gap}


ORDERS = {
    "by number": lambda agent_id: (len(agent_id), agent_id),
    "by text": lambda agent_id: agent_id,
    "by none": lambda agent_id: sha256(agent_id.encode()).digest(),
}
POOL = [str(number) for number in (*range(1, 20), *range(95, 115), *range(990, 1_011), *range(20_000, 20_040))]
MOST_PAGES = 7


def moving(online, moves, times, order):
    """Return the pages of a floor, each as it is when it is asked for; agents log in and out in between."""
    floor, pages = set(online), {}
    for page, moved in zip(times, moves, strict=True):
        floor.symmetric_difference_update(moved)
        pages[page] = sorted(floor, key=order)[(page - 1) * CAP : page * CAP]
    return pages


AGENTS = st.sampled_from(POOL)


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
@given(
    online=st.sets(AGENTS, min_size=CAP),
    moves=st.lists(st.sets(AGENTS, max_size=12), min_size=MOST_PAGES, max_size=MOST_PAGES),
    times=st.permutations(range(1, MOST_PAGES + 1)),
    in_turn=st.booleans(),
)
def test_nobody_who_is_online_all_the_while_is_missed_without_a_doubt(order, online, moves, times, in_turn):
    pages = moving(online, moves, sorted(times) if in_turn else times, order)
    listing = Listing(SPOKEN, lambda call: answer(pages.get(page_of(call), [])))
    try:
        given_ = ids_of(listing)
    except ListingNotAdvancing:
        return
    assert len(given_) == len(set(given_))
    stayed = online.difference(*moves)
    assert [agent_id for agent_id in stayed.difference(given_) if not listing.may_have_missed(agent_id)] == []


def test_rows_that_move_to_a_later_page_are_given_once_and_told():
    listing = read(["1", "2"], ["2", "3"], ["3"])
    assert ids_of(listing) == ["1", "2", "3"]
    assert listing.repeated == ("2", "3")
