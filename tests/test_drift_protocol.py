"""Drift beside the bodies: statuses, media types, headers, answers of nothing, pages, order, and how long tokens live."""

from functools import reduce
from operator import or_

import pytest

from pytest_cxone.drift import Severity, Sight, compare, observe
from tests.exchanges import (
    ACD,
    JSON,
    PLATFORM,
    STATES,
    ask,
    changed,
    compared,
    envelope,
    exchange,
    found,
    grant,
    row,
    seen,
    state,
    told,
    unknown,
)

# Statuses


def answered(*statuses):
    return reduce(or_, [seen({"error": "x"} if status > 204 else [1], status=status) for status in statuses])


STATUSES = {
    "another": ((200, 404), (200, 204), [("response-status-changed", "status", "404", "204", (2, 2))]),
    "all others": ((200,), (403, 500), [("response-status-changed", "status", "200", "403, 500", (1, 2))]),
    "one more": ((200,), (200, 200, 403), [("response-status-added", "status", "200", "200, 403", (1, 3))]),
    "load": ((200,), (200, 429, 503), []),
    "no load": ((200, 503), (200,), []),
    "outage": ((200,), (503,), []),
    "outage before": ((429,), (200,), []),
    "never after": ((200, 404), (200,), []),
    "one more, and load": (
        (200, 503),
        (200, 403),
        [("response-status-added", "status", "200, 503", "200, 403", (2, 2))],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), STATUSES.values(), ids=STATUSES)
def test_another_status_is_told_and_load_is_not(before, after, expected):
    comparison = compare(answered(*before), answered(*after))
    assert told(comparison) == expected
    assert all(one.status is None and one.severity is Severity.BREAKING for one in comparison.findings)


NOT_AGAIN = {
    "never after": ((200, 404, 404), (200,), ["404 status: came before, 2 of 3 times, and never after"]),
    "load": ((200, 404, 503), (200, 204), ["503 status: came before, 1 of 3 times, and never after"]),
    "outage": (
        (200,),
        (503,),
        [
            "200 status: came before, 1 of 1 times, and never after",
            "503 status: came after, 1 of 1 times, and never before",
        ],
    ),
}


@pytest.mark.parametrize(("before", "after", "lines"), NOT_AGAIN.values(), ids=NOT_AGAIN)
def test_a_status_that_did_not_come_again_is_not_compared(before, after, lines):
    comparison = compare(answered(*before), answered(*after))
    assert [str(one) for one in comparison.not_compared] == [f"not compared: listAgentStates {line}" for line in lines]


def test_statuses_are_passed_over_where_they_are_compared_test_by_test():
    comparison = compare(answered(200, 404), answered(200, 500), has_statuses=False)
    assert (comparison.findings, comparison.not_compared) == ((), ())


def test_bodies_are_compared_status_by_status():
    before, after = seen({"error": "x"}, status=404), seen({"message": "x"}, status=404)
    [gone, new] = compare(seen([1]) | before, seen([1]) | after).findings
    assert (gone.status, gone.path, new.status, new.path) == (404, "$.error", 404, "$.message")


# Media types


def test_another_media_type_is_told_and_the_page_that_came_with_it_is_not_told_again():
    comparison = compare(seen([1]), seen(b"<p>", media="Text/HTML; charset=utf-8"))
    assert told(comparison) == [("response-media-type-changed", "media type", "application/json", "text/html", (1, 1))]
    assert comparison.not_compared == ()


def test_a_body_of_another_media_type_that_can_be_read_is_compared():
    comparison = compare(seen([{"id": 1}]), seen([{"id": "1"}], media="text/json"))
    assert [path for _, _, path in found(comparison)] == ["$[*].id", "media type"]


@pytest.mark.parametrize(("media", "named"), [("", "none"), ("Jane Roe", "malformed")])
def test_a_media_type_that_is_none_is_not_quoted(media, named):
    assert told(compare(seen([1]), seen([1], media=media)))[0][3] == named


@pytest.mark.parametrize("media", ["application/json; charset=utf-8", "APPLICATION/JSON"])
def test_what_stands_beside_a_media_type_does_not_matter(media):
    assert compare(seen([1]), seen([1], media=media)).findings == ()


def test_the_media_type_of_an_empty_body_does_not_matter():
    before, after = (seen(b"", status=204, media=media) for media in (JSON, ""))
    assert compare(before, after).summary == "no drift in 1 operation"


# Headers


def with_headers(*several, status=200, body=None):
    return [exchange([] if body is None else body, headers=headers, status=status) for headers in several]


REFUSED = {"WWW-Authenticate": "Bearer"}
HEADERS = {
    "one of the contract's is gone": (
        with_headers(REFUSED, status=401, body={"error": "x"}),
        with_headers({}, status=401, body={"error": "x"}),
        [("breaking", "response-header-removed", "header www-authenticate")],
    ),
    "another is gone": (
        with_headers({"Allow": "GET"}, {"Allow": "GET"}),
        with_headers({}),
        [("cosmetic", "response-header-removed", "header allow")],
    ),
    "one of some answers is gone": (with_headers({"Allow": "GET"}, {}), with_headers({}, {}), []),
    "one is gone from some answers": (with_headers({"Allow": "GET"}), with_headers({"Allow": "GET"}, {}), []),
    "no link to a next page": (with_headers({"Link": "x"}), with_headers({}), []),
    "a link to a next page": (with_headers({}), with_headers({"Link": "x"}), []),
    "a place that there was": (with_headers({"Location": "/x"}), with_headers({}), []),
    "new in all answers": (
        with_headers({}),
        with_headers({"X-RateLimit-Remaining": "7"}, {"X-RateLimit-Remaining": "6"}),
        [("additive", "response-header-added", "header x-ratelimit-remaining")],
    ),
    "new in some answers": (with_headers({}), with_headers({"X-RateLimit-Remaining": "7"}, {}), []),
    "the end is announced once": (
        with_headers({}),
        with_headers({"Sunset": "Sat, 31 Dec 2026 23:59:59 GMT"}, {}),
        [("additive", "response-header-added", "header sunset")],
    ),
    "deprecation is announced": (
        with_headers({}),
        with_headers({"Deprecation": "@1688169599"}),
        [("additive", "response-header-added", "header deprecation")],
    ),
    "a name in another case": (with_headers({"Allow": "GET"}), with_headers({"ALLOW": "POST"}), []),
    "one that comes as the answer is": (
        with_headers({"Link": "</x>; rel=next", "Location": "/x"}),
        with_headers({}),
        [],
    ),
    "one that comes as the answer is, now": (with_headers({}), with_headers({"Link": "<>", "Location": "/x"}), []),
    "one that recordings do not keep": (with_headers({"Server": "x"}), with_headers({"X-Trace": "y"}), []),
}


@pytest.mark.parametrize(("before", "after", "expected"), HEADERS.values(), ids=HEADERS)
def test_headers_are_compared_by_their_names(before, after, expected):
    assert found(compared(before, after)) == expected


def test_what_a_header_says_is_not_kept():
    said = observe(
        with_headers({"Link": "</agents/70017>; rel=next", "Retry-After": "70017", "X-Jane-Roe": "x", "Server": "x"}),
        PLATFORM,
    )
    headers = {one for one in said.counts if one.path.startswith("header ")}
    assert headers == {Sight("listAgentStates", 200, "header retry-after", "present")}


# Answers of nothing

NOTHING = {
    "an empty list": exchange([]),
    "null": exchange(None),
    "no body": exchange(b"", status=204, media=""),
    "an empty body": exchange(b""),
    "an envelope": exchange({"agents": []}),
}


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("an empty list", "200 with []"),
        ("null", "200 with null"),
        ("no body", "204 without a body"),
        ("an empty body", "200 without a body"),
        ("an envelope", "200 with an empty list"),
    ],
)
def test_an_answer_of_nothing_is_seen_in_its_form(name, what):
    assert (
        Sight("listAgentStates", NOTHING[name].response.status, "empty answer", what)
        in observe([NOTHING[name]], PLATFORM).counts
    )


@pytest.mark.parametrize("body", [{"agents": [1]}, {"agents": [], "teams": [1]}, {"total": 0}, {}, [[]], 0, "", False])
def test_what_says_something_is_no_answer_of_nothing(body):
    assert "empty answer" not in {one.path for one in seen(body).counts}


@pytest.mark.parametrize("status", [404, 401, 302])
def test_what_is_refused_is_no_answer_of_nothing(status):
    assert "empty answer" not in {one.path for one in seen([], status=status).counts}


def test_nothing_that_is_said_in_another_form_is_told():
    rows_too = exchange([row()])
    comparison = compared([rows_too, NOTHING["an empty list"]], [rows_too, NOTHING["no body"]])
    assert ("breaking", "response-empty-answer-changed", "empty answer") in found(comparison)
    [empty] = [one for one in comparison.findings if one.path == "empty answer"]
    assert (empty.before, empty.after, empty.samples, empty.status) == (
        "200 with []", "204 without a body", (1, 1), None,
    )  # fmt: skip


def test_nothing_that_is_also_said_in_another_form_is_not_compared():
    comparison = compared([ask(envelope())], [ask(envelope()), ask(b"", status=204, media="")], ACD)
    assert ("empty answer", "204 without a body came after only, beside 200 with an empty list") in unknown(comparison)
    assert comparison.findings == ()


BESIDE = {
    "a property of the rows has another type": (envelope(state(1, agentStateName=1)), b"", True),
    "a property of the envelope has another type": (envelope(state(), totalRecords="1"), b"", True),
    "the list is gone": (changed(envelope(state()), agentStates=...), b"", False),
    "the list is in an envelope": ({"data": envelope(state())}, b"", False),
    "the list is the body": ([state()], [], False),
}


@pytest.mark.parametrize(("somebody", "nobody", "is_told"), BESIDE.values(), ids=BESIDE)
def test_nothing_that_is_said_in_another_form_is_told_unless_the_body_tells_of_it(somebody, nobody, is_told):
    after = [ask(somebody), ask(nobody, status=200 if nobody == [] else 204)]
    ids = {one.id for one in compared([ask(envelope(state())), ask(envelope())], after, ACD).findings}
    assert ("response-empty-answer-changed" in ids) is is_told
    assert ids - {"response-empty-answer-changed"}


def test_somebody_where_there_was_nobody_is_no_change():
    assert compared([exchange([])], [exchange([row()])]).findings == ()
    assert compared([exchange([row()])], [exchange([])]).findings == ()


# Pages and their order


def pages(*sizes, size=None, first=1, step=1, query=""):
    """Return a listing of platform-v2 in pages of so many rows."""
    number, asked = first, []
    for page, count in enumerate(sizes, start=1):
        parameters = f"?page={page}{f'&pageSize={size}' if size else ''}{query}"
        asked.append(exchange([row(number + step * n) for n in range(count)], STATES + parameters))
        number += step * count
    return asked


PAGES = {
    "smaller": (
        pages(100, 20, size=100),
        pages(25, 25, 25, 25, 20, size=100),
        [("breaking", "100 of 100", "25 of 100", (1, 4))],
    ),
    "larger": (pages(25, 3, size=100), pages(100, 3, size=100), [("cosmetic", "25 of 100", "100 of 100", (1, 1))]),
    "by default": (pages(25, 1), pages(50, 1), [("cosmetic", "25 of the default", "50 of the default", (1, 1))]),
    "several sizes, told once by the largest": (
        [*pages(100, 1, size=100), *pages(50, 1, size=50), *pages(100, 1)],
        [*pages(25, 1, size=100), *pages(25, 1, size=50), *pages(25, 1)],
        [("breaking", "100 of 100", "25 of 100", (1, 1))],
    ),
    "by default, beside a longer listing": (
        [exchange([row(n) for n in range(25)]), *pages(25, 25, size=25)],
        [exchange([row(n) for n in range(10)]), *pages(25, 25, size=25)],
        [("breaking", "25 of the default", "10 of the default", (1, 1))],
    ),
    "by default, and all that there is": (
        [exchange([row(n) for n in range(25)]), *pages(25, size=25)],
        [exchange([row(n) for n in range(10)]), *pages(10, size=25)],
        [],
    ),
    "of some agents, beside a longer listing": (
        [exchange([row(n) for n in range(9)], f"{STATES}?agentId=1"), *pages(25, 25, size=25)],
        [exchange([row(n) for n in range(4)], f"{STATES}?agentId=1"), *pages(25, 25, size=25)],
        [],
    ),
    "of a size that was asked for, beside a longer listing": (
        [*pages(9, size=25), *pages(25, 25, size=30)],
        [*pages(4, size=25), *pages(25, 25, size=30)],
        [],
    ),
    "other sizes asked for": (pages(25, 1, size=25), pages(10, 1, size=10), []),
    "shorter at the end": (pages(25, 24, size=25), pages(25, 1, size=25), []),
    "a page less": (pages(25, 25, 3, size=25), pages(25, 2, size=25), []),
    "a row short, once": (pages(25, 24, 25, 3, size=25), pages(25, 25, 25, 3, size=25), []),
    "one page only": (pages(25, size=25), pages(7, size=25), []),
    "an empty page at the end": (pages(25, 0, size=25), pages(25, 25, 0, size=25), []),
}


@pytest.mark.parametrize(("before", "after", "expected"), PAGES.values(), ids=PAGES)
def test_a_full_page_that_has_another_size_is_told(before, after, expected):
    comparison = compared(before, after)
    assert [(str(one.severity), one.before, one.after, one.samples) for one in comparison.findings] == expected
    assert {one.path for one in comparison.findings} <= {"page size"}


def both(**members):
    """Return a listing that is sorted by two ids, unless one of them is another."""
    return [exchange([row(n, **{"contactId": 100 + n, **members}) for n in range(1, 9)])]


ORDERS = {
    "turned round": (pages(8), pages(8, first=99, step=-1), ("agentId ascending", "agentId descending")),
    "none any more": (pages(8), [exchange([row(n) for n in (3, 1, 4, 9, 2, 6)])], ("agentId ascending", "no order")),
    "had none": ([exchange([row(n) for n in (3, 1, 4, 9, 2, 6)])], pages(8), None),
    "one of two ids": (both(), both(contactId=3), None),
    "neither of two ids": (
        both(),
        [exchange([row(n, contactId=n) for n in (3, 1, 4, 9, 2, 6)])],
        ("agentId ascending, contactId ascending", "no order"),
    ),
    "too few to tell": (pages(5), pages(5, first=99, step=-1), None),
    "as it was": (pages(8), pages(9, first=5, step=3), None),
}


@pytest.mark.parametrize(("before", "after", "expected"), ORDERS.values(), ids=ORDERS)
def test_another_order_of_a_listing_is_told(before, after, expected):
    comparison = compared(before, after)
    told = [(one.before, one.after) for one in comparison.findings if one.path == "order"]
    assert told == ([expected] if expected else [])
    assert len(comparison.findings) == len(told)


def test_an_order_that_is_lost_with_its_id_is_told_by_that():
    after = [exchange([row(agentId=n) for n in (3, 1, 4, 9, 2, 6)])]
    assert found(compared(pages(8), after)) == [("breaking", "response-property-type-changed", "$[*].agentId")]


def test_the_order_of_a_recording_is_the_one_that_it_tells():
    aliases = [exchange([row(n) for n in (3, 1, 4, 9, 2, 6)])]
    before = observe(aliases, PLATFORM, orders="listAgentStates: agentId ascending")
    assert compare(before, observe(pages(8), PLATFORM), contract=PLATFORM).findings == ()
    [finding] = compare(before, observe(pages(8, first=99, step=-1), PLATFORM), contract=PLATFORM).findings
    assert (finding.before, finding.after) == ("agentId ascending", "agentId descending")


def test_a_recording_that_tells_no_order_has_none_to_compare():
    before = observe(pages(8), PLATFORM, orders="")
    assert "order" not in {one.path for one in before.counts}
    assert compare(before, observe(pages(8, first=99, step=-1), PLATFORM)).findings == ()


# Tokens

LIFETIMES = {
    "shorter": ([grant(3600)], [grant(900)], [("breaking", "3600", "900")]),
    "longer": ([grant(900)], [grant(3600)], [("cosmetic", "900", "3600")]),
    "of some": ([grant(3600)], [grant(3600), grant(900)], []),
    "a twentieth shorter": ([grant(3600)], [grant(3420)], []),
    "more than a twentieth shorter": ([grant(3600)], [grant(3419)], [("breaking", "3600", "3419")]),
    "a twentieth longer": ([grant(3600)], [grant(3780)], []),
    "more than a twentieth longer": ([grant(3600)], [grant(3781)], [("cosmetic", "3600", "3781")]),
    "as it was": ([grant(3600)] * 3, [grant(3600)], []),
}


@pytest.mark.parametrize(("before", "after", "expected"), LIFETIMES.values(), ids=LIFETIMES)
def test_another_lifetime_of_tokens_is_told(before, after, expected):
    comparison = compared(before, after)
    assert [(str(one.severity), one.before, one.after) for one in comparison.findings] == expected
    assert all(one.path == "$.expires_in" and one.id == "token-lifetime-changed" for one in comparison.findings)


def test_the_same_lifetime_as_a_number_with_a_point_is_another_type_and_no_other_lifetime():
    assert [one.id for one in compared([grant(3600)], [grant(3600.0)]).findings] == ["response-property-type-changed"]


def test_numbers_are_looked_at_nowhere_else():
    before, after = [ask(envelope(state(1, openContacts=n))) for n in (1, 7)]
    assert not any(one.what.startswith("value ") and one.what[6:].isdigit() for one in observe([before], ACD).counts)
    assert compared([before], [after], ACD).findings == ()
