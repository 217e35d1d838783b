"""What a listing shows of itself: its pages, how many rows these have at most, and by which id they are sorted."""

import json
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone.listings import UNSORTED, Answered, Listed, Nothing, Unreadable, listings, orders_of, parsed, rows_of
from tests.exchanges import ACD, PLATFORM, STATES, ask, envelope, exchange, row, state


def answered(exchanges, known=PLATFORM):
    return [Answered(known.operation_for(one.request), one, parsed(one.response.body)) for one in exchanges]


def listed(exchanges, known=PLATFORM):
    return list(listings(answered(exchanges, known)))


def of(*pages, is_sorted_on_request=False):
    return Listed(operation="list", size=None, is_whole=True, is_sorted_on_request=is_sorted_on_request, pages=pages)


# Bodies


@pytest.mark.parametrize(("body", "document"), [(b"[]", []), (b'{"a": 1}', {"a": 1}), (b"null", None), (b'"x"', "x")])
def test_a_body_is_the_document_in_it(body, document):
    assert parsed(body) == document


@pytest.mark.parametrize(
    ("body", "kind"),
    [(b"", Nothing), (b"{", Unreadable), (b"\xff", Unreadable), (b"[" * 100_000, Unreadable), (b" ", Unreadable),
     (b"1" * 10_000, Unreadable), ("[1]".encode("utf-16"), Unreadable)],
    ids=["empty", "cut", "bytes", "deep", "blank", "a number too long", "another encoding"],
)  # fmt: skip
def test_what_is_no_document_is_told_by_its_kind(body, kind):
    assert isinstance(parsed(body), kind)


ROWS = {
    "a list": ([1, 2], [1, 2]),
    "an envelope": ({"total": 2, "agents": [1, 2]}, [1, 2]),
    "the longest of two": ({"links": [1], "agents": [1, 2]}, [1, 2]),
    "an empty list": ({"agents": []}, []),
    "no list": ({"total": 2}, []),
    "a text": ("abc", []),
    "null": (None, []),
    "nothing": (Nothing(), []),
    "no document": (Unreadable(), []),
}


@pytest.mark.parametrize(("document", "rows"), ROWS.values(), ids=ROWS)
def test_rows_are_the_document_or_the_longest_list_in_it(document, rows):
    assert rows_of(document) == rows


# Pages

FULL = {
    "no page": ((), []),
    "one page": (([1, 2],), []),
    "two pages": (([1, 2], [3]), [2]),
    "three pages": (([1, 2], [3], [4, 5]), [2, 1]),
    "nothing after it": (([1, 2], []), []),
    "nothing before it": (([], [1]), []),
    "nothing between": (([1, 2], [], [3]), []),
}


@pytest.mark.parametrize(("pages", "full"), FULL.values(), ids=FULL)
def test_a_page_is_full_where_others_come_after_it(pages, full):
    assert list(of(*pages).full_pages) == full


def asked(query, *numbers, **how):
    return exchange([row(number) for number in numbers], f"{STATES}{query}", **how)


def ids(one):
    return [[found["agentId"] for found in rows] for rows in one.pages]


def test_pages_that_were_asked_for_alike_are_one_listing_in_their_order():
    [one] = listed([asked("?page=2&pageSize=2", 3), asked("?page=1&pageSize=2", 1, 2), asked("?page=10&pageSize=2", 9)])
    assert (one.operation, one.size, ids(one)) == ("listAgentStates", 2, [["1", "2"], ["3"], ["9"]])


def test_pages_of_offsets_are_in_the_orders_of_their_offsets():
    pages = [ask(envelope(state(skip)), f"/agents/states?top=1&skip={skip}") for skip in (100, 9, 20)]
    [one] = listed(pages, ACD)
    assert [[found["agentId"] for found in rows] for rows in one.pages] == [[9], [20], [100]]


APART = {
    "another size": ("?page=1&pageSize=2", "?page=2&pageSize=3"),
    "a size, and none": ("?page=1&pageSize=2", "?page=2"),
    "another filter": ("?page=1", "?page=2&agentId=7"),
    "a filter of another value": ("?page=1&agentId=1", "?page=2&agentId=7"),
}


@pytest.mark.parametrize(("one", "other"), APART.values(), ids=APART)
def test_pages_that_were_asked_for_otherwise_are_two_listings(one, other):
    found = listed([asked(one, 1, 2), asked(other, 3)])
    assert [ids(each) for each in found] == [[["1", "2"]], [["3"]]]
    assert [list(each.full_pages) for each in found] == [[], []]


def test_a_page_that_was_asked_for_again_counts_as_it_came_last():
    [one] = listed([asked("?page=1", 1, 2), asked("?page=2", 3), asked("?page=1", 4)])
    assert ids(one) == [["4"], ["3"]]


@pytest.mark.parametrize(
    "page", ["x", "", "-1", "1.5", "9" * 5_000, "²"], ids=["word", "empty", "negative", "half", "long", "power"]
)
def test_a_number_that_is_none_is_the_first_page(page):
    [one] = listed([asked(f"?page={page}", 1), asked("?page=2", 2)])
    assert ids(one) == [["1"], ["2"]]


@pytest.mark.parametrize("size", ["x", "", "9" * 5_000])
def test_a_size_that_is_none_is_the_default(size):
    [one] = listed([asked(f"?pageSize={size}", 1)])
    assert one.size is None


@pytest.mark.parametrize(
    ("query", "is_whole"),
    [
        ("", True),
        ("?pageSize=2", True),
        ("?page=2&pageSize=2", True),
        ("?agentId=7", False),
        ("?pageSize=2&x=1", False),
    ],
)
def test_a_listing_is_whole_where_nothing_but_pages_was_asked_for(query, is_whole):
    [one] = listed([asked(query, 1)])
    assert (one.is_whole, one.rows) == (is_whole, 1)


def test_rows_of_all_pages_are_counted():
    assert of([1, 2], [], [3]).rows == 3


@pytest.mark.parametrize("status", [204, 401, 500])
def test_what_was_not_answered_with_200_is_no_page(status):
    assert listed([asked("", 1, status=status)]) == []


def test_an_operation_without_pages_is_no_listing():
    assert listed([exchange({"agentId": "1"}, "/api/v2/agents/1")]) == []
    assert listed([ask({"ServerTime": "x"}, "/server-time")], ACD) == []


@pytest.mark.parametrize("body", [b"", b"{", b"null", b'"x"', b"{}"])
def test_an_answer_without_rows_is_an_empty_page(body):
    [one] = listed([exchange(body)])
    assert one.pages == ([],)


def test_a_listing_that_was_to_be_sorted_says_so():
    sorted_one = ask(envelope(*map(state, range(9))), "/agents/states?orderBy=agentId")
    [one] = listed([sorted_one], ACD)
    assert one.is_sorted_on_request
    assert orders_of(one) == []


# Order


def agents(*numbers, **members):
    return [{"agentId": number, **members} for number in numbers]


ORDERS = {
    "ascending": (agents(1, 2, 3, 5, 8, 13), ["agentId ascending"]),
    "descending": (agents(13, 8, 5, 3, 2, 1), ["agentId descending"]),
    "none": (agents(3, 1, 4, 15, 9, 2), [UNSORTED]),
    "numbers in text, by number": (agents("2", "10", "11", "99", "100", "1000"), ["agentId ascending"]),
    "texts, by text": (agents("a10", "a2", "b", "c", "d", "e"), ["agentId ascending"]),
    "long numbers in text": (agents(*(f"{n:040}" for n in range(6))), ["agentId ascending"]),
    "too few": (agents(1, 2, 3, 4, 5), []),
    "none at all": ([], []),
    "an id that rows share": (agents(1, 1, 1, 1, 1, 1, 1), []),
    "an id that some share": (agents(1, 2, 3, 4, 5, 5, 6), ["agentId ascending"]),
    "a team's beside": ([{"teamId": 1, "agentId": n} for n in (1, 2, 3, 5, 8, 13)], ["agentId ascending"]),
    "another id": ([{"agentId": n, "contactId": 9 * n % 7} for n in (1, 4, 2, 5, 3, 6)], [UNSORTED]),
    "by several ids": (
        [{"agentId": n, "contactId": 9 - n, "teamId": n % 4} for n in range(8)],
        ["agentId ascending", "contactId descending"],
    ),
    "a word that ends as an id does": ([{"agentid2": n, "is paid": n, "bid": n} for n in range(9)], ["bid ascending"]),
    "by the second id": ([{"agentId": n % 3, "rowId": n} for n in range(9)], ["rowId ascending"]),
    "capitals": ([{"AgentID": n} for n in range(9)], ["AgentID ascending"]),
    "no id": ([{"name": n} for n in range(9)], []),
    "no objects": (list(range(9)), []),
    "some objects": ([1, *agents(1, 2, 3, 4, 5, 6), "x"], ["agentId ascending"]),
    "missing in some": ([*agents(1, 2, 3, 4, 5, 6), {}], [UNSORTED]),
    "null in some": (agents(None, "a", "b", "c", "d", "e", "f"), ["agentId ascending"]),
    "of all types": (agents(1, "b", None, [1], {"a": 1}, 1.5, True), []),
    "huge": (agents(*(10**300 + n for n in range(9))), ["agentId ascending"]),
}


@pytest.mark.parametrize(("rows", "orders"), ORDERS.values(), ids=ORDERS)
def test_the_order_is_each_id_by_which_rows_are_sorted(rows, orders):
    assert orders_of(of(rows)) == orders


def test_an_order_goes_on_over_pages():
    assert orders_of(of(agents(1, 2, 3), agents(4, 5, 6))) == ["agentId ascending"]
    assert orders_of(of(agents(4, 5, 6), agents(1, 2, 3))) == [UNSORTED]


def test_what_was_sorted_on_request_tells_nothing_of_the_order():
    assert orders_of(of(agents(*range(9)), is_sorted_on_request=True)) == []


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**6), min_size=6, max_size=40, unique=True), st.integers(0, 999))
def test_an_order_is_found_whatever_the_ids_are(numbers, seed):
    in_order = sorted(numbers)
    assert orders_of(of(agents(*in_order))) == ["agentId ascending"]
    assert orders_of(of(agents(*map(str, in_order[::-1])))) == ["agentId descending"]
    mixed = in_order[:]
    Random(seed).shuffle(mixed)
    if mixed not in (in_order, in_order[::-1]):
        assert orders_of(of(agents(*mixed))) == [UNSORTED]


@settings(deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=8) | st.dictionaries(st.sampled_from(["agentId", "a"]), inner, max_size=3)
        ),
    )
)
def test_any_answer_is_a_listing_of_some_kind(document):
    [one] = listed([exchange(json.dumps(document).encode())])
    assert set(orders_of(one)) <= {UNSORTED, "agentId ascending", "agentId descending"}
