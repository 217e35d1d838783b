"""Nothing has changed but the day: other people, other states, aliases in their place. None of it is drift."""

import json
import re
import string
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone.drift import Witness, compare, drift_of, observe, see
from pytest_cxone.model import Exchange, Response
from pytest_cxone.schemas import contract
from tests.exchanges import (
    ACD,
    CASSETTES,
    JSON,
    PLATFORM,
    PROFILE,
    STATES,
    ask,
    cassette,
    changed,
    compared,
    drift,
    envelope,
    exchange,
    grant,
    row,
    state,
    unknown,
)

NONE = "2026-11-23T08:00:00Z"
OFFSETS = [row(n, lastUpdated=f"2026-11-23T08:00:00.{n}Z") for n in range(1, 9)]


def listed(*rows):
    return [exchange([*rows])]


def states(*rows):
    return [ask(envelope(*rows))]


def history(*codes):
    """Return states of one agent, of which the contract has the codes as texts or numbers."""
    return [ask({"agentStateHistory": [{"outStateDescription": code} for code in codes]}, "/agents/7/state-history")]


OF_ROWS = {
    "agents log out": (listed(row(1), row(2), row(3)), listed(row(2))),
    "agents log in": (listed(row(2)), listed(*map(row, range(40)))),
    "everybody logs out": (listed(row(1)), listed()),
    "somebody logs in": (listed(), listed(row(1))),
    "other states": (listed(row(1)), listed(row(1, "Lunch"))),
    "another state each": (listed(*map(row, range(7))), listed(*(row(n, f"Code {n}") for n in range(7)))),
    "a code of the tenant's appears": (listed(*map(row, range(30))), listed(row(0, "Yoga"), *map(row, range(1, 30)))),
    "a code of the tenant's vanishes": (listed(row(0, "Yoga"), *map(row, range(1, 30))), listed(*map(row, range(30)))),
    "a fraction is missing once": (listed(*OFFSETS), listed(*OFFSETS[1:], row(lastUpdated=NONE))),
    "a fraction was missing once": (listed(*OFFSETS[1:], row(lastUpdated=NONE)), listed(*OFFSETS)),
    "one moment has no fraction": (listed(row()), listed(row(lastUpdated=NONE))),
    "another number of digits": (listed(row()), listed(row(lastUpdated="2026-11-23T08:00:00.1234567Z"))),
    "a team that is told": (listed(row(), row(2, team=None)), listed(row(2, team={"name": "Support"}), row(3))),
    "an undeclared object is empty": (
        listed(row(1, more={"a": 1}), row(2, more={})),
        listed(row(1, more={}), row(2, more={"a": 1})),
    ),
    "one agent asked twenty times": (listed(row(1)) * 20, listed(row(1, "Lunch")) * 20),
    "names of other lengths": (
        [exchange({"agentId": "7", "name": "Jane Roe", "email": "jane.roe@example.com"}, PROFILE)],
        [exchange({"agentId": "1234567", "name": "Ø", "email": "zo@a.example"}, PROFILE)],
    ),
    "an id that is a UUID": (listed(row(1)), listed(row("c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10"))),
    "aliases for undeclared strings": (
        listed(*(row(n, nick="scrubbed", note="Ruhizeri Joraheso") for n in range(20))),
        listed(*(row(n, nick=f"{n}", note="https://acme.example/x" if n % 2 else "true") for n in range(20))),
    ),
    "undeclared addresses": (listed(row(1, owner="lorem")), listed(row(2, owner="jane.roe@example.com"))),
    "a token that is a second older": ([grant(3600)], [grant(3599)]),
    "a token asked for late": ([grant(3600)], [grant(3420)]),
    "all at lunch, in many rows": (listed(*map(row, range(40))), listed(*(row(n, "Lunch") for n in range(40)))),
    "another token": ([grant(access_token="a.b.c")], [grant(access_token="0123456789abcdef")]),
}


@pytest.mark.parametrize(("before", "after"), OF_ROWS.values(), ids=OF_ROWS)
def test_another_day_of_platform_v2_is_no_drift(before, after):
    assert drift(before, after).findings == ()


OF_ACD = {
    "nobody has a contact now": (
        states(*(state(n) for n in range(3))),
        states(*(state(n, contactId=None) for n in range(3))),
    ),
    "contacts of some": (
        states(*(state(n, contactId=None if n % 2 else n) for n in range(30))),
        states(*(state(n, contactId=n if n % 7 else None) for n in range(30))),
    ),
    "a contact, and none": (states(state(contactId=None)), states(state(contactId=77))),
    "nothing to answer": (states(state()), [ask(b"", status=204, media="")]),
    "something to answer": ([ask(b"", status=204, media="")], states(state())),
    "nobody listed": (states(state()), states()),
    "total of nobody": (states(state()), [ask(envelope(totalRecords=None))]),
    "states that nobody had": (states(*map(state, range(40))), states(*(state(n, "Dialer") for n in range(7)))),
    "a name is not told": (states(state()), states(state(firstName=None))),
    "a user name that is no address": (states(state()), states(state(userName=None))),
    "an out state": (states(state(outStateDescription=None)), states(state(outStateDescription="Lunch"))),
    "a phone is a mailbox": (states(state(fromAddress="+15551234")), states(state(fromAddress="a@b.example"))),
    "a user name of one agent that is no address": (states(state()) * 20, states(state(userName="jane")) * 20),
    "a first name that one agent does not have": (
        states(state()) * 20,
        states(changed(state(), firstName=...)) * 20,
    ),
    "nobody has a first name on the second page": (
        [ask(envelope(state()), f"/agents/states?skip={n}&top=1") for n in range(20)],
        [ask(envelope(changed(state(), firstName=...)), f"/agents/states?skip={n}&top=1") for n in range(20)],
    ),
    "a code that is a number": (history("Lunch"), history(7)),
    "a code that is a text": (history(7), history("Lunch")),
    "a code that is a text beside numbers": (history(*range(40)), history(*range(20), *["Lunch"] * 20)),
    "moments without fractions in some": (
        states(*map(state, range(9))),
        states(state(startDate=NONE), *map(state, range(9))),
    ),
}


@pytest.mark.parametrize(("before", "after"), OF_ACD.values(), ids=OF_ACD)
def test_another_day_of_acd_is_no_drift(before, after):
    assert drift(before, after, ACD).findings == ()


@pytest.mark.parametrize("nulls", range(1, 4))
def test_an_undeclared_property_that_is_null_in_some_rows_is_said_to_be_uncertain(nulls):
    after = listed(*(row(n, zone=None if n < nulls else "x") for n in range(4)))
    comparison = compared(listed(row(1, zone="x"), row(2, zone="y")), after)
    assert comparison.findings == ()
    assert unknown(comparison) == [("$[*].zone", f"null in {nulls} of 4 after, never in 2 before: it may be chance")]


@pytest.mark.parametrize(("nulls", "of", "is_told"), [(1, 1, True), (3, 3, True), (2, 3, False), (1, 40, False)])
def test_a_property_that_may_be_null_is_said_to_be_uncertain_where_it_is_null_in_all_rows(nulls, of, is_told):
    after = states(*(state(n, firstName=None if n < nulls else "Jane") for n in range(of)))
    comparison = compared(states(state(1), state(2)), after, ACD)
    reason = f"null in {nulls} of {of} after, never in 2 before: it may be chance"
    assert comparison.findings == ()
    assert unknown(comparison) == ([("$.agentStates[*].firstName", reason)] if is_told else [])


@pytest.mark.parametrize(("absent", "of", "is_told"), [(1, 2, True), (2, 3, True), (1, 3, False), (1, 40, False)])
def test_a_property_that_may_be_absent_is_said_to_be_uncertain_where_half_of_the_rows_lack_it(absent, of, is_told):
    after = states(*(changed(state(n), firstName=...) if n < absent else state(n) for n in range(of)))
    comparison = compared(states(state(1), state(2)), after, ACD)
    reason = f"absent in {absent} of {of} after, never in 2 before: it may be chance"
    assert comparison.findings == ()
    assert unknown(comparison) == ([("$.agentStates[*].firstName", reason)] if is_told else [])


def test_an_undeclared_property_that_some_rows_lack_is_said_to_be_uncertain():
    after = listed(row(1, zone="x"), row(2))
    comparison = compared(listed(row(1, zone="x"), row(2, zone="y")), after)
    assert comparison.findings == ()
    assert unknown(comparison) == [("$[*].zone", "absent in 1 of 2 after, never in 2 before: it may be chance")]


# What is of the same form

_FORMS = {
    "moment": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*", re.ASCII),
    "uuid": re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    "mailbox": re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"),
    "digits": re.compile(r"\d+", re.ASCII),
}


def same_form(text, random):
    """Return another string of the same form, of another length where the form leaves that open."""
    if _FORMS["moment"].fullmatch(text):
        day = f"{random.randint(2020, 2029)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
        return f"{day}T{random.randint(0, 23):02}:{random.randint(0, 59):02}{text[16:]}"
    if _FORMS["uuid"].fullmatch(text):
        return re.sub("[0-9a-f]", lambda _: random.choice("0123456789abcdef"), text)
    if _FORMS["mailbox"].fullmatch(text):
        return f"{same_form('ab', random)}.{same_form('ab', random)}@{same_form('ab', random).lower()}.example"
    if _FORMS["digits"].fullmatch(text):
        return str(random.randint(1, 10 ** random.randint(1, 12)))
    return "".join(random.choices(string.ascii_letters, k=random.randint(2, 30)))


def is_somebodys(shape):
    """Whether a recording may have another string here: what is marked, and what the contract does not have."""
    return shape is None or shape.scrub is not None


def replaced(value, shape, random):
    match value:
        case dict():
            return {
                name: replaced(one, shape and shape.of(name), random) if name != "_links" else one
                for name, one in value.items()
            }
        case list():
            return [replaced(one, shape and shape.items, random) for one in value]
        case str() if value and is_somebodys(shape):
            return same_form(value, random)
        case bool() | None:
            return value
        case int() if shape is not None and shape.scrub:
            return random.randint(1, 10**9)
    return value


def with_others(exchange, known, random):
    """Return an exchange with other ids, names, addresses and moments in its answer, each of the same form."""
    operation = known.operation_for(exchange.request)
    answer = exchange.response
    if operation is None or answer.media_type != JSON:
        return exchange
    body = replaced(json.loads(answer.body), operation.shape(answer.status), random)
    written = Response(status=answer.status, headers=answer.headers, body=json.dumps(body).encode())
    return Exchange(request=exchange.request, response=written)


LARGEST = sorted(CASSETTES, key=lambda path: path.stat().st_size)[-20:] + CASSETTES[::12]


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(LARGEST), st.integers(0, 9_999))
def test_other_strings_of_the_same_form_are_no_drift(path, seed):
    known = contract(cassette(path).provenance.dialect)
    before = [one.exchange for one in cassette(path).interactions]
    after = [with_others(one, known, Random(seed)) for one in before]
    seen = [observe(side, known, orders="") for side in (before, after)]
    assert compare(*seen, contract=known).findings == ()
    assert compare(*reversed(seen), contract=known).findings == ()


def test_what_stands_for_others_is_made_of_all_that_is_marked():
    was = envelope(state(1), state(2))
    other = json.loads(with_others(ask(was), ACD, Random(1)).response.body)
    for name in ("agentId", "contactId", "firstName", "userName"):
        assert {one[name] for one in was["agentStates"]}.isdisjoint(one[name] for one in other["agentStates"])
    assert [one["agentStateName"] for one in other["agentStates"]] == ["Available", "Available"]


# The cassettes as they are

KNOWN = "breaks the contract as it did when recorded"


@pytest.mark.parametrize("path", CASSETTES, ids=lambda path: f"{path.parts[-3]}-{path.stem}")
def test_a_cassette_of_ours_has_not_drifted_from_itself(path):
    recorded = cassette(path)
    known = contract(recorded.provenance.dialect)
    exchanges = [one.exchange for one in recorded.interactions]
    seen = see(exchanges, known, orders=recorded.provenance.orders)
    found = drift_of([Witness(test=recorded.provenance.test, before=seen, after=seen)], known)
    assert found.findings == ()
    # Some tests of ours are about answers, and about paths, that the contract does not have.
    elsewhere = any(known.operation_for(one.request) is None for one in exchanges)
    assert [one.operation for one in found.not_compared] == ["other paths"] * elsewhere
    assert any(KNOWN in hint for hint in found.hints) is bool(seen.breaches)
    assert compare(seen.observed, seen.observed).findings == ()


@pytest.mark.parametrize("dialect", ["acd", "platform-v2"])
def test_all_cassettes_of_a_dialect_together_have_not_drifted(dialect):
    known = contract(dialect)
    witnesses = []
    for path in CASSETTES:
        recorded = cassette(path)
        if recorded.provenance.dialect == dialect:
            seen = see([one.exchange for one in recorded.interactions], known, orders=recorded.provenance.orders)
            witnesses.append(Witness(test=recorded.provenance.test, before=seen, after=seen))
    found = drift_of(witnesses, known)
    assert len(witnesses) > 50
    assert found.findings == ()
    assert {one.operation for one in found.not_compared} == {"acd": {"other paths"}, "platform-v2": set()}[dialect]
    assert len(found.compared) >= {"acd": 20, "platform-v2": 3}[dialect]


def test_a_row_that_is_another_on_the_other_side_of_a_page_is_no_drift():
    before = [exchange([row(n) for n in range(25)], f"{STATES}?page=1"), exchange([row(99)], f"{STATES}?page=2")]
    after = [exchange([row(n) for n in range(1, 26)], f"{STATES}?page=1"), exchange([], f"{STATES}?page=2")]
    assert compared(before, after, PLATFORM).findings == ()


def test_something_is_looked_at_here():
    before, after = listed(row(1)), listed(changed(row(1), state=...))
    assert len(drift(before, after).findings) == 1
