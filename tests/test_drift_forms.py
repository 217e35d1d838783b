"""Forms of strings and values of vocabularies: what is a form, what is one to its readers, and what may be chance."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone.drift import Sight, observe
from pytest_cxone.drift.forms import TEXT, family, forms, is_strong, values
from tests.exchanges import ACD, ask, compared, envelope, exchange, found, grant, observed, row, seen, state

Z, FRACTION, OFFSET = (
    "RFC 3339 in Z", "RFC 3339 in Z with a fraction", "RFC 3339 with an offset",
)  # fmt: skip

FORMS = {
    "": "empty",
    "2026-11-23T08:00:00Z": Z,
    "2026-11-23T08:00:00.5Z": FRACTION,
    "2026-11-23T08:00:00.1234567Z": FRACTION,
    "2026-11-23T08:00:00+01:00": OFFSET,
    "2026-11-23T08:00:00.123-05:30": "RFC 3339 with an offset and a fraction",
    "2026-11-23T08:00:00": "date and time without a zone",
    "2026-11-23 08:00:00.123": "date and time without a zone",
    "2026-11-23T08:00Z": "date and time written otherwise",
    "2026-11-23T08:00:00+0100": "date and time written otherwise",
    "2026-11-23 08:00:00 UTC": "date and time written otherwise",
    "2026-11-23": "date",
    "08:00": "time of day",
    "08:00:00.5": "time of day",
    "11/23/2026": "date in another order",
    "23.11.2026 08:00": "date in another order",
    "11/23/2026 8:00:00 AM": "date in another order",
    "Mon, 23 Nov 2026 08:00:00 GMT": "HTTP date",
    "PT1H30M": "duration",
    "P1DT2H": "duration",
    "P3W": "duration",
    "c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10": "UUID",
    "C7F1A4E2-9F3C-4F5B-8A55-6F8E2F7A9B10": "UUID",
    "https://acme.example/x?y=1": "URL",
    "https://jane@acme.example": "URL",
    "jane.roe@example.com": "e-mail address",
    "true": "boolean in text",
    "FALSE": "boolean in text",
    "0012": "digits",
    "-12.50": "decimal number in text",
    "Available": TEXT,
    "P": TEXT,
    "PT": TEXT,
    "-12": TEXT,
    "+15551234": TEXT,
    "2026-11-23T08:00:00Z\n": TEXT,
    "12\n": TEXT,
    "٣٤": TEXT,
    "Jane Roe <jane@example.com>": TEXT,
    "jane@localhost": TEXT,
    "tRUE": TEXT,
    "\ud800": TEXT,
    "c7f1a4e29f3c4f5b8a556f8e2f7a9b10": TEXT,
}


@pytest.mark.parametrize(("text", "form"), FORMS.items(), ids=map(ascii, FORMS))
def test_a_string_has_one_form(text, form):
    assert forms([text]) == {form: 1}


@pytest.mark.parametrize(("text", "form"), FORMS.items(), ids=map(ascii, FORMS))
def test_a_column_of_one_form_has_that_form(text, form):
    assert forms([text] * 40) == {form: 40}


def test_a_column_of_many_forms_has_all_of_them():
    column = [text for text, form in FORMS.items() if form != TEXT]
    counted = forms(column)
    assert counted.total() == len(column)
    assert set(counted) == set(FORMS.values()) - {TEXT}


def test_a_column_that_begins_with_words_is_one_of_words():
    assert forms([*"abcdefghijklmnop", "2026-11-23"]) == {TEXT: 17}
    assert forms(["a", "b", "2026-11-23"]) == {TEXT: 2, "date": 1}
    assert forms(["a", *["2026-11-23"] * 40]) == {TEXT: 1, "date": 40}


@settings(deadline=None)
@given(st.lists(st.sampled_from([*FORMS]) | st.text(), min_size=1))
def test_each_string_is_counted_once(column):
    assert forms(column).total() == len(column)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*FORMS]) | st.text(), min_size=1))
def test_that_there_are_words_is_seen_wherever_they_stand(column):
    assert (TEXT in forms(column)) is (TEXT in forms(column[::-1])) is any(TEXT in forms([one]) for one in column)


@settings(deadline=None)
@given(st.lists(st.sampled_from([text for text, form in FORMS.items() if form != TEXT]), min_size=1))
def test_forms_of_a_column_do_not_depend_on_its_order(column):
    assert forms(column) == forms(sorted(column))


@settings(deadline=None)
@given(st.sampled_from([*FORMS]), st.sampled_from(["\n", "\n\n"]))
def test_lines_of_a_string_are_not_taken_for_strings(text, between):
    lines = f"{text}{between}{text}"
    assert forms([text, lines]) == forms([text]) + forms([lines])
    assert forms([lines]) == {TEXT: 1}


def test_all_moments_of_the_standard_are_one_to_their_readers():
    families = {family(form) for form in FORMS.values() if form.startswith("RFC 3339")}
    assert len(families) == 1
    assert family("date") == "date"
    assert not families & {family(form) for form in FORMS.values() if not form.startswith("RFC 3339")}


@pytest.mark.parametrize(
    "form", [TEXT, "empty", "digits", "boolean in text", "decimal number in text", "e-mail address"]
)
def test_some_forms_may_be_chance(form):
    assert not is_strong(form)


@pytest.mark.parametrize("form", [Z, FRACTION, OFFSET, "date", "UUID", "URL", "duration", "HTTP date"])
def test_other_forms_are_none(form):
    assert is_strong(form)


# Vocabularies


def test_few_short_values_are_a_vocabulary():
    assert values(["Available", "Lunch", "Available"]) == {"Available": 2, "Lunch": 1}
    assert len(values([str(n % 24) for n in range(10_000)])) == 24


@pytest.mark.parametrize(
    "column",
    [[str(n) for n in range(25)], [str(n % 25) for n in range(10_000)], ["a", "x" * 41], ["a\nb"], ["\ud800"], ["a\x1b[31m"],
     ["a"] * 300 + [str(n) for n in range(30)]],
    ids=["many", "many, often", "long", "two lines", "no text", "no print", "many, late"],
)  # fmt: skip
def test_what_is_many_long_or_not_to_be_printed_is_none(column):
    assert values(column) == {}


@settings(deadline=None)
@given(st.lists(st.text(max_size=50)), st.randoms())
def test_a_vocabulary_does_not_depend_on_order(column, random):
    mixed = column[:]
    random.shuffle(mixed)
    assert values(mixed) == values(column)


# What it means for findings


def moments(*texts, name="lastUpdated"):
    return [exchange([row(n, **{name: text}) for n, text in enumerate(texts)])]


MOMENT, PLAIN, THERE = "2026-11-23T08:00:00.5Z", "2026-11-23T08:00:00Z", "2026-11-23T08:00:00+01:00"
FORMAT = "response-property-format-changed"
CHANGES = {
    "no zone": (moments(MOMENT), moments("2026-11-23T08:00:00"), "breaking"),
    "american": (moments(MOMENT), moments("11/23/2026 8:00:00 AM"), "breaking"),
    "in some rows": (moments(MOMENT, MOMENT), moments(MOMENT, "yesterday"), "breaking"),
    "digits": (moments(MOMENT), moments("1700000000"), "breaking"),
    "empty in all of many": (moments(*[MOMENT] * 8), moments(*[""] * 8), "breaking"),
    "an offset in all of many": (moments(*[MOMENT] * 5), moments(*[THERE] * 5), "cosmetic"),
    "no fraction in all of many": (moments(*[MOMENT] * 5), moments(*[PLAIN] * 5), "cosmetic"),
    "an offset in some": (moments(*[MOMENT] * 5), moments(MOMENT, *[THERE] * 5), None),
    "no fraction in few": (moments(MOMENT), moments(PLAIN), None),
    "empty in some": (moments(MOMENT), moments(MOMENT, ""), None),
    "empty in few": (moments(MOMENT), moments(""), None),
    "no words any more": (moments("soon"), moments(MOMENT), None),
    "no words any more in all of many": (moments(*["soon"] * 6), moments(*[MOMENT] * 6), None),
    "three forms, now another": (moments("2026-11-23", "08:00", MOMENT), moments("PT5M"), "breaking"),
    "four forms, now another": (moments("2026-11-23", "08:00", MOMENT, "PT5M"), moments("11/23/2026"), None),
    "undeclared ids": (
        moments("c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10", name="since"),
        moments("soon", name="since"),
        None,
    ),
    "undeclared moments": (moments(MOMENT, name="since"), moments("23.11.2026", name="since"), "breaking"),
    "undeclared words": (
        moments("soon", name="since"),
        moments("c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10", name="since"),
        None,
    ),
}


@pytest.mark.parametrize(("before", "after", "severity"), CHANGES.values(), ids=CHANGES)
def test_another_form_is_told_where_it_is_no_chance(before, after, severity):
    expected = [(severity, FORMAT, f"$[*].{'since' if 'since' in str(after[0].response.body) else 'lastUpdated'}")]
    assert found(compared(before, after)) == (expected if severity else [])


def test_words_among_undeclared_moments_are_told_wherever_they_stand():
    before = moments(MOMENT, MOMENT, name="since")
    for texts in (("soon", MOMENT), (MOMENT, "soon")):
        assert found(compared(before, moments(*texts, name="since"))) == [("breaking", FORMAT, "$[*].since")]


@pytest.mark.parametrize(
    ("before", "after", "severity"),
    [
        (["jane@example.com"], ["jane roe"], None),
        (["jane@example.com"] * 4, ["jane roe"] * 9, None),
        (["jane@example.com"] * 5, ["jane roe"] * 5, "breaking"),
        (["jane@example.com"] * 5, ["c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10"] * 5, "breaking"),
        (["jane@example.com"] * 5, ["jane@example.com", *["jane roe"] * 5], None),
        (["https://jane.example/x"], ["jane roe"], "breaking"),
        (["https://jane.example/x"], ["jane@example.com"], "breaking"),
        (["70017"] * 5, ["c7f1a4e2-9f3c-4f5b-8a55-6f8e2f7a9b10"] * 5, "breaking"),
        (["jane@example.com"], ["a@b.example", "c@d.example"], None),
        (["jane roe"], ["jane@example.com"], None),
    ],
)
def test_the_form_of_what_is_somebodys_is_seen_and_its_text_is_not(before, after, severity):
    sides = [[ask(envelope(*(state(n, userName=name) for n, name in enumerate(names))))] for names in (before, after)]
    comparison = compared(*sides, ACD)
    assert found(comparison) == ([(severity, FORMAT, "$.agentStates[*].userName")] if severity else [])
    assert "jane" not in repr(comparison)


def test_words_among_weak_forms_are_the_same_change_wherever_they_stand():
    before, first, last = (
        [ask(envelope(*(state(n, userName=name) for n, name in enumerate(names))))]
        for names in (["a@b.example"] * 6, ["a@b.example", *["jane roe"] * 5], [*["jane roe"] * 5, "a@b.example"])
    )
    assert found(compared(before, first, ACD)) == found(compared(before, last, ACD))


WEAK = {"e-mail address": "jane@example.com", "digits": "70017", "boolean": "true", "decimal number": "1.5"}


@pytest.mark.parametrize("text", WEAK.values(), ids=WEAK)
@pytest.mark.parametrize(
    ("query", "findings"),
    [("", []), ("?agentId={}", [("breaking", FORMAT, "$.agentStates[*].userName")])],
    ids=["one agent", "different agents"],
)
def test_a_weak_form_is_told_where_different_rows_have_another(text, query, findings):
    def asked(name):
        return [ask(envelope(state(userName=name)), f"/agents/states{query.format(n)}") for n in range(20)]

    assert found(compared(asked(text), asked("jane roe"), ACD)) == findings


@pytest.mark.parametrize(("query", "findings"), [("", []), ("?agentId={}", [("breaking", FORMAT, "$[*].lastUpdated")])])
def test_that_moments_are_empty_is_told_where_different_rows_are(query, findings):
    def asked(moment):
        return [exchange([row(lastUpdated=moment)], f"/api/v2/agents/states{query.format(n)}") for n in range(8)]

    assert found(compared(asked(MOMENT), asked(""))) == findings


def named(*names):
    return [exchange([row(n, name) for n, name in enumerate(names)])]


MANY = ["Available", "Lunch", "Busy"] * 7
VALUES = {
    "all others": (named(*MANY), named(*["Frei", "Pause", "Besetzt"] * 7), None),
    "one stays": (named(*MANY), named(*["Frei", "Pause", "Busy"] * 7), None),
    "in capitals": (named("Available"), named("AVAILABLE"), "response-property-value-recased"),
    "snake": (named("OutboundContact"), named("outbound_contact"), "response-property-value-recased"),
    "another case beside": (named("Available"), named("Available", "AVAILABLE"), None),
    "too many to be known": (
        named(*(f"Code {n}" for n in range(30))), named(*(f"CODE {n}" for n in range(30))), None,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "id_"), VALUES.values(), ids=VALUES)
def test_a_vocabulary_that_is_spelled_otherwise_or_another_is_told(before, after, id_):
    comparison = compared(before, after)
    assert found(comparison) == ([("breaking", id_, "$[*].state.name")] if id_ else [])


def test_a_vocabulary_that_is_spelled_otherwise_is_told_once_with_all_its_values():
    names = [f"State{n}" for n in range(20)]
    [finding] = compared(named(*names), named(*map(str.upper, names))).findings
    assert finding.before == ", ".join(sorted(names))


def test_values_are_kept_of_declared_places_that_are_nobodys():
    kept = {(one.path, one.what) for one in seen([row(1)]).counts if one.what.startswith("value ")}
    assert kept == {("$[*].state.name", "value Available"), ("$[*].stateGroup.name", "value Available")}


def test_numbers_of_a_grant_are_kept_as_they_are_what_it_lives():
    kept = {(one.path, one.what) for one in observed([grant(3600, other=7)]).counts if one.what.startswith("value ")}
    assert kept == {("$.expires_in", "value 3600"), ("$.token_type", "value Bearer")}


def test_a_form_is_counted_beside_the_type():
    counts = observe([ask(envelope(state(), state(userName=None)))], ACD).counts
    path = "$.agentStates[*].userName"
    assert {one.what: count for one, count in counts.items() if one.path == path} == {
        "string": 1, "null": 1, "form e-mail address": 1,
    }  # fmt: skip
    assert Sight("listAgentStates", 200, "$.agentStates[*].firstName", "form text") in counts
