"""Each way in which an API can change: how it is told, in which words, and by which fingerprint it is known again."""

import subprocess
import sys
from dataclasses import replace
from random import Random

import pytest

from pytest_cxone.drift import Finding, FindingId, Severity, compare
from pytest_cxone.report.sentences import sentence
from tests.exchanges import (
    ACD,
    PLATFORM,
    STATES,
    ask,
    changed,
    compared,
    drift,
    envelope,
    exchange,
    grant,
    joined,
    known_of,
    observed,
    row,
    state,
)
from tests.tools import environment


def listed(*rows):
    return [exchange([*rows])]


def page(rows, number, of):
    return exchange([row(number * 10 + n) for n in range(rows)], f"{STATES}?page={number}&pageSize={of}")


ALL = [row(n) for n in range(1, 10)]
REFUSED = {"WWW-Authenticate": "Bearer"}

EACH = {
    FindingId.STATUS_CHANGED: (
        [exchange({"error": "x"}, status=404)],
        [exchange({"error": "x"}, status=400)],
        ("breaking", "status", "404", "400", (1, 1)),
    ),
    FindingId.STATUS_ADDED: (
        listed(row()),
        [*listed(row()), exchange({"error": "x"}, status=403)],
        ("breaking", "status", "200", "200, 403", (1, 2)),
    ),
    FindingId.MEDIA_TYPE_CHANGED: (
        listed(row()),
        [exchange([row()], media="text/plain")],
        ("breaking", "media type", "application/json", "text/plain", (1, 1)),
    ),
    FindingId.HEADER_REMOVED: (
        [exchange({"error": "x"}, status=401, headers=REFUSED)],
        [exchange({"error": "x"}, status=401)],
        ("breaking", "header www-authenticate", "present", "absent", (1, 1)),
    ),
    FindingId.HEADER_ADDED: (
        listed(row()),
        [exchange([row()], headers={"Deprecation": "@1"})],
        ("additive", "header deprecation", "absent", "present", (1, 1)),
    ),
    FindingId.EMPTY_CHANGED: (
        [*listed(row()), *listed()],
        [*listed(row()), exchange(b"", status=204)],
        ("breaking", "empty answer", "200 with []", "204 without a body", (1, 1)),
    ),
    FindingId.PAGE_SIZE_CHANGED: (
        [page(5, 1, 5), page(1, 2, 5)],
        [page(4, 1, 5), page(2, 2, 5)],
        ("breaking", "page size", "5 of 5", "4 of 5", (1, 1)),
    ),
    FindingId.ORDER_CHANGED: (
        listed(*ALL),
        listed(*ALL[::-1]),
        ("breaking", "order", "agentId ascending", "agentId descending", (1, 1)),
    ),
    FindingId.LIFETIME_CHANGED: (
        [grant(3600)],
        [grant(600)],
        ("breaking", "$.expires_in", "3600", "600", (1, 1)),
    ),
    FindingId.ENVELOPE_ADDED: (
        listed(row()),
        [exchange({"items": [row()]})],
        ("breaking", "$", "$", "$.items", (1, 1)),
    ),
    FindingId.ENVELOPE_REMOVED: (
        [exchange({"items": [row()]})],
        listed(row()),
        ("breaking", "$", "$.items", "$", (1, 1)),
    ),
    FindingId.BODY_TYPE_CHANGED: (
        listed(row()),
        [exchange("none")],
        ("breaking", "$", "array", "string", (1, 1)),
    ),
    FindingId.BODY_BECAME_NULLABLE: (
        listed(row()),
        [exchange(None)],
        ("breaking", "$", "never null", "null in 1 of 1", (1, 1)),
    ),
    FindingId.REMOVED: (
        listed(row()),
        listed(changed(row(), stateGroup=...)),
        ("breaking", "$[*].stateGroup", "object", "absent", (1, 1)),
    ),
    FindingId.RECASED: (
        listed(row()),
        listed(changed(row(), agentId=..., AgentID="1")),
        ("breaking", "$[*].agentId", "agentId", "AgentID", (1, 1)),
    ),
    FindingId.TYPE_CHANGED: (
        listed(row(), row()),
        listed(row(agentId=1)),
        ("breaking", "$[*].agentId", "string", "integer", (2, 1)),
    ),
    FindingId.BECAME_NULLABLE: (
        listed(row()),
        listed(row(), row(stateGroup=None)),
        ("breaking", "$[*].stateGroup", "never null", "null in 1 of 2", (1, 2)),
    ),
    FindingId.BECAME_OPTIONAL: (
        listed(row()),
        listed(row(), row(), changed(row(), lastUpdated=...)),
        ("breaking", "$[*].lastUpdated", "always present", "present in 2 of 3", (1, 3)),
    ),
    FindingId.ADDED: (
        listed(row()),
        listed(row(skills=[])),
        ("additive", "$[*].skills", "absent", "array", (1, 1)),
    ),
    FindingId.FORMAT_CHANGED: (
        listed(row()),
        listed(row(lastUpdated="23/11/2026 08:00")),
        (
            "breaking", "$[*].lastUpdated", "RFC 3339 in Z with a fraction", "date in another order", (1, 1),
        ),
    ),
    FindingId.VALUE_RECASED: (
        [grant(token_type="Bearer")],
        [grant(token_type="BEARER")],
        ("breaking", "$.token_type", "Bearer", "BEARER", (1, 1)),
    ),
    FindingId.VALUES_REPLACED: (
        [ask(envelope(state(1)))],
        [ask(envelope(state(1, "Verfügbar"), state(2, "Abwesend")))],
        ("breaking", "$.agentStates[*].agentStateName", "Available", "Abwesend, Verfügbar", (1, 2)),
    ),
    FindingId.VALUE_ADDED: (
        [ask(envelope(state(1)))],
        [ask(envelope(state(1), state(2, "Teleporting")))],
        ("additive", "$.agentStates[*].agentStateName", "not among the values", "Teleporting", (1, 2)),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("id_", "case"), EACH.items(), ids=EACH)
def test_each_way_to_change_is_told_with_its_place_and_what_was_seen(id_, case):
    before, after, expected = case
    [finding] = [one for one in compared(before, after, known_of(before)).findings if one.id == id_]
    assert (str(finding.severity), finding.path, finding.before, finding.after, finding.samples) == expected


NEW_VALUES = {
    "one beside what was there": (["Available"], ["Available", "Frei"], [(FindingId.VALUE_ADDED, "Frei")]),
    "several, one finding each": (
        ["Available"],
        ["Available", "Frei", "Pause"],
        [(FindingId.VALUE_ADDED, "Frei"), (FindingId.VALUE_ADDED, "Pause")],
    ),
    "one beside another that is known": (["Available"], ["Dialer", "Frei"], [(FindingId.VALUE_ADDED, "Frei")]),
    "one beside another that was there": (["Frei"], ["Frei", "Pause"], [(FindingId.VALUE_ADDED, "Pause")]),
    "all unknown": (["Available"], ["Frei", "Pause"], [(FindingId.VALUES_REPLACED, "Frei, Pause")]),
    "all unknown in many rows": (["Available"] * 9, ["Frei"] * 9, [(FindingId.VALUES_REPLACED, "Frei")]),
    "known again": (["Frei"], ["Available"], []),
}


@pytest.mark.parametrize(("before", "after", "expected"), NEW_VALUES.values(), ids=NEW_VALUES)
def test_values_that_the_vendors_vocabulary_does_not_have_are_told(before, after, expected):
    sides = ([ask(envelope(*(state(n, name) for n, name in enumerate(names))))] for names in (before, after))
    comparison = compared(*sides, ACD)
    assert [(one.id, one.after) for one in comparison.findings] == expected
    assert comparison.hints == ()


@pytest.mark.parametrize("name", ["LoggedOut", "Available"])
def test_a_value_that_the_vendors_vocabulary_has_is_no_change(name):
    before, after = [ask(envelope(state(1)))], [ask(envelope(state(1), state(2, name)))]
    assert compared(before, after, ACD).findings == ()


def test_what_breaks_the_contract_and_has_no_recording_to_tell_of_it_is_a_finding_too():
    wrong = [ask(envelope(state(0, agentStateId=-1), state(1, agentStateId=-5)))]
    found = drift([], wrong, ACD)
    assert joined(found) == [(FindingId.CONTRACT, "$.agentStates[*].agentStateId", ("contract",))]
    [finding] = [one.finding for one in found.findings]
    assert (finding.severity, finding.status, finding.before, finding.after, finding.samples) == (
        Severity.BREAKING, 200, "the id of a state", "integer", (0, 2),
    )  # fmt: skip


def test_no_way_to_change_is_left_out_here():
    assert {*EACH, FindingId.CONTRACT} == set(FindingId)


# Sentences


SOME = Finding(
    id=FindingId.REMOVED,
    severity=Severity.BREAKING,
    operation="listAgentStates",
    status=200,
    path="$.agents[*].teamId",
    before="BEFORE",
    after="AFTER",
    samples=(1, 1),
)


def some(id_, **others):
    return replace(SOME, **{"id": id_, **others})


@pytest.mark.parametrize("id_", FindingId)
def test_each_way_to_change_has_a_sentence(id_):
    said = sentence(some(id_))
    assert said[0].isupper() or said.startswith("teamId")
    assert not said.endswith(".")
    assert "{" not in said


def test_no_two_ways_to_change_have_the_same_sentence_without_what_was_there():
    alike = {FindingId.TYPE_CHANGED, FindingId.BECAME_NULLABLE, FindingId.BECAME_OPTIONAL}
    alike |= {FindingId.STATUS_CHANGED, FindingId.MEDIA_TYPE_CHANGED, FindingId.BODY_TYPE_CHANGED}
    said = [sentence(some(id_)) for id_ in FindingId if id_ not in alike]
    assert len(set(said)) == len(said)


@pytest.mark.parametrize("braces", ["{after}", "{", "%s", "{0}", "{name!r}"])
def test_what_was_there_is_never_read_as_a_form(braces):
    assert braces in sentence(some(FindingId.VALUE_RECASED, before=braces))


@pytest.mark.parametrize(
    ("path", "begins"),
    [
        ("$.agents[*].teamId", "teamId is gone"),
        ("$[*]", "A row is gone"),
        ("$", "The body is gone"),
        ("$.a.b[*][*]", "A row of b is gone"),
        ("$.by.*", "* is gone"),
        ("header retry-after", "The header retry-after is gone"),
    ],
)
def test_a_sentence_calls_a_place_by_its_name(path, begins):
    assert sentence(some(FindingId.REMOVED, path=path)) == begins


# Fingerprints


def prints(before, after):
    return {one.fingerprint for one in compared(before, after, known_of(before)).findings}


def twice_as_many(exchanges):
    return [*exchanges, *exchanges]


@pytest.mark.parametrize("id_", EACH)
def test_a_fingerprint_is_12_hex_digits_and_no_two_changes_share_one(id_):
    known = [
        one.fingerprint
        for before, after, _ in EACH.values()
        for one in compared(before, after, known_of(before)).findings
    ]
    assert all(len(one) == 12 and set(one) <= set("0123456789abcdef") for one in known)
    before, after, _ = EACH[id_]
    [own] = [one.fingerprint for one in compared(before, after, known_of(before)).findings if one.id == id_]
    assert known.count(own) == 1


@pytest.mark.parametrize("id_", EACH)
def test_a_fingerprint_does_not_depend_on_how_much_was_seen(id_):
    before, after, _ = EACH[id_]
    once = prints(before, after)
    assert prints(twice_as_many(before), twice_as_many(after)) == once
    assert prints(before, twice_as_many(after)) == once


@pytest.mark.parametrize("id_", EACH)
def test_a_fingerprint_does_not_depend_on_the_order_of_exchanges(id_):
    before, after, _ = EACH[id_]
    assert prints(before[::-1], after[::-1]) == prints(before, after)


ROWS = {
    "null": (ALL, [*ALL[:4], row(5, stateGroup=None), *ALL[5:]]),
    "absent": (ALL, [*ALL[:4], changed(row(5), lastUpdated=...), *ALL[5:]]),
    "type": (ALL, [*ALL[:4], changed(row(5), state="Available"), *ALL[5:]]),
    "gone": (ALL, [changed(one, stateGroup=...) for one in ALL]),
    "gone of those that had it": ([*ALL, *(row(n, zone=1) for n in range(20, 40))], [row(n) for n in range(40)]),
    "new in some": (ALL, [*ALL, *(row(n, zone=1) for n in range(20, 40))]),
    "null in new ones": (ALL, [*ALL, *(row(n, team=None) for n in range(20, 40))]),
}


@pytest.mark.parametrize(("before", "after"), ROWS.values(), ids=ROWS)
def test_a_fingerprint_does_not_depend_on_which_and_how_many_rows_have_it(before, after):
    once = prints([exchange(before)], [exchange(after)])
    assert len(once) == 1
    for seed in range(5):
        mixed = [*after, *Random(seed).choices(after, k=seed * 7)]
        Random(seed).shuffle(mixed)
        # All kinds of rows in the same numbers or more, so nothing becomes less certain.
        assert prints([exchange(before)], [exchange([*mixed, *after])]) & once == once


A_MOMENT = "2026-11-23T08:00:00.5Z"
A_DAY = "2026-11-23"
FORMATS = {
    "the order of rows": ("lastUpdated", A_MOMENT, ["soon", "later", A_MOMENT], [A_MOMENT, "soon", "later"]),
    "how many kept it": ("lastUpdated", A_MOMENT, ["soon", "later"], [A_MOMENT, "soon", "later"]),
    "what came beside words": ("lastUpdated", A_MOMENT, ["soon", "later"], ["23/11/2026 08:00", "soon", "later"]),
    "a fraction in all of them": ("since", A_DAY, [A_MOMENT] * 9, [A_MOMENT] * 8 + ["2026-11-23T08:00:00Z"]),
}


@pytest.mark.parametrize(("name", "was", "some", "others"), FORMATS.values(), ids=FORMATS)
def test_a_fingerprint_of_a_form_does_not_depend_on_which_texts_came(name, was, some, others):
    before = [exchange([row(n, **{name: was}) for n in range(9)])]
    one, other = (prints(before, [exchange([row(n, **{name: text}) for n, text in enumerate(texts)])])
                  for texts in (some, others))  # fmt: skip
    assert len(one) == 1
    assert other == one


def test_a_fingerprint_of_a_type_does_not_depend_on_which_numbers_came():
    before = [exchange([row(1, depth="3")])]
    several = [prints(before, [exchange([row(1, depth=one) for one in numbers])]) for numbers in ([3], [3.5], [3, 3.5])]
    assert len(several[0]) == 1
    assert several == several[:1] * 3


def test_a_fingerprint_of_a_new_value_does_not_depend_on_which_others_are_new():
    before = [ask(envelope(state(1)))]
    [one] = prints(before, [ask(envelope(state(1), state(2, "Teleporting")))])
    two = prints(before, [ask(envelope(state(1), state(2, "Teleporting"), state(3, "Levitating")))])
    assert len(two) == 2
    assert one in two


def test_a_fingerprint_of_replaced_values_does_not_depend_on_which_came():
    before = [ask(envelope(state(1)))]
    [one] = prints(before, [ask(envelope(state(1, "Teleporting")))])
    assert prints([ask(envelope(state(1, "Dialer")))], [ask(envelope(state(1, "Levitating"), state(2, "Frei")))]) == {
        one
    }


def test_a_fingerprint_of_a_lifetime_does_not_depend_on_how_much_of_it_is_left():
    [shorter] = prints([grant(3600)], [grant(1800)])
    assert prints([grant(3600)], [grant(1799)]) == {shorter}
    assert prints([grant(3600)], [grant(7200)]) != {shorter}


OTHERS = {
    "id": {"id": FindingId.ADDED},
    "operation": {"operation": "getAgent"},
    "path": {"path": "$.agents[*].teamName"},
    "before": {"before": "string"},
    "after": {"after": "string"},
    "what is the same in every run": {"change": ("", "null")},
}


@pytest.mark.parametrize("others", OTHERS.values(), ids=OTHERS)
def test_another_change_has_another_fingerprint(others):
    assert some(FindingId.REMOVED, **others).fingerprint != some(FindingId.REMOVED).fingerprint


def test_a_fingerprint_knows_nothing_of_severities_statuses_samples_and_counts():
    one = some(FindingId.BECAME_NULLABLE, change=("", "null"), after="null in 1 of 3")
    other = replace(one, severity=Severity.COSMETIC, status=404, samples=(70, 3), after="null in 9 of 70")
    assert one.fingerprint == other.fingerprint


PINNED = {
    FindingId.REMOVED: "8a72010058c2",
    FindingId.STATUS_CHANGED: "95d1290194d3",
    FindingId.BECAME_NULLABLE: "dc009edc06a4",
}


@pytest.mark.parametrize("id_", PINNED)
def test_fingerprints_stay_as_they_are_since_files_have_them(id_):
    [finding] = [one for one in compared(*EACH[id_][:2]).findings if one.id == id_]
    assert finding.fingerprint == PINNED[id_]


def test_a_fingerprint_is_the_same_in_another_process():
    code = (
        "from pytest_cxone.drift import Finding, FindingId, Severity\n"
        "print(Finding(id=FindingId.REMOVED, severity=Severity.BREAKING, operation='listAgentStates', status=200,"
        " path='$.agents[*].teamId', before='BEFORE', after='AFTER', samples=(1, 1)).fingerprint)"
    )
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", code],
            env=environment({"PYTHONHASHSEED": seed}), capture_output=True, text=True, check=True, timeout=60,
        )  # fmt: skip
        assert run.stdout.strip() == some(FindingId.REMOVED).fingerprint


def test_a_text_that_is_no_unicode_has_a_fingerprint():
    assert len(some(FindingId.MEDIA_TYPE_CHANGED, before="\ud800").fingerprint) == 12


def test_what_is_merged_of_many_observations_has_the_same_fingerprints():
    before, after = EACH[FindingId.BECAME_OPTIONAL][:2]
    one = observed(after)
    merged = compare(observed(before) | observed(before), one | one | observed(before), contract=PLATFORM)
    assert {finding.fingerprint for finding in merged.findings} == prints(before, after)
