"""What many tests saw, put together: one change told once, with all that shows it, and what nobody can say."""

from dataclasses import replace

import pytest

from pytest_cxone.drift import Breach, Drift, Seen, Witness, drift_of, see
from tests.exchanges import (
    ACD,
    PLATFORM,
    PROFILE,
    ask,
    changed,
    drift,
    envelope,
    exchange,
    grant,
    joined,
    known_of,
    row,
    state,
)

BOTH, RECORDED, CONTRACT = ("recording", "contract"), ("recording",), ("contract",)


def witness(test, before, after, known=PLATFORM):
    return Witness(
        test=test,
        before=None if before is None else see(before, known, orders=""),
        after=see(after, known),
    )


def listed(*rows):
    return [exchange([*rows])]


def states(*rows):
    return [ask(envelope(*rows))]


def capitals(value):
    match value:
        case dict():
            return {name[0].upper() + name[1:]: capitals(one) for name, one in value.items()}
        case list():
            return [capitals(one) for one in value]
    return value


ONCE = {
    "a property that the contract requires is gone": (
        listed(row(1), row(2)),
        listed(*(changed(row(n), state=...) for n in range(9))),
        [("response-property-removed", "$[*].state", BOTH)],
    ),
    "a property that it does not require is gone": (
        states(*map(state, range(5))),
        states(*(changed(state(n), firstName=...) for n in range(5))),
        [("response-property-removed", "$.agentStates[*].firstName", RECORDED)],
    ),
    "an object became a text": (
        listed(row()),
        listed(changed(row(), state="Available")),
        [("response-property-type-changed", "$[*].state", BOTH)],
    ),
    "a moment is written otherwise": (
        listed(row()),
        listed(row(lastUpdated="23/11/2026")),
        [("response-property-format-changed", "$[*].lastUpdated", BOTH)],
    ),
    "null that is not allowed": (
        listed(row()),
        listed(row(), row(stateGroup=None)),
        [("response-property-became-nullable", "$[*].stateGroup", BOTH)],
    ),
    "absent in some rows": (
        listed(row()),
        listed(row(), changed(row(), agentId=...)),
        [("response-property-became-optional", "$[*].agentId", BOTH)],
    ),
    "an envelope round a list": (
        listed(row()),
        [exchange({"items": [row()]})],
        [("response-envelope-added", "$", BOTH)],
    ),
    "an envelope round all, with what stands in it": (
        states(state()),
        [ask({"data": envelope(state())})],
        [("response-envelope-added", "$.data", BOTH)],
    ),
    "an envelope round each row": (
        states(state()),
        [ask(envelope({"agent": state()}))],
        [("response-envelope-added", "$.agentStates[*].agent", BOTH)],
    ),
    "an envelope taken away": (
        [ask(envelope(state(n)), f"/agents/states?agentId={n}") for n in range(5)],
        [ask([state(n)], f"/agents/states?agentId={n}") for n in range(5)],
        [
            ("response-envelope-removed", "$", BOTH),
            ("response-property-removed", "$.lastPollTime", RECORDED),
            ("response-property-removed", "$.totalRecords", RECORDED),
        ],
    ),
    "a list under another name": (
        [ask({"agentStates": [state()]})],
        [ask({"states": [state()]})],
        [("response-property-removed", "$.agentStates", BOTH), ("response-property-added", "$.states", RECORDED)],
    ),
    "a page in place of JSON": (
        listed(row()),
        [exchange(b"<h1>Moved</h1>", media="text/html")],
        [("response-media-type-changed", "media type", BOTH)],
    ),
    "a body that is cut": (
        listed(row()),
        [exchange(b'[{"agentId"')],
        [("response-body-type-changed", "$", BOTH)],
    ),
    "another media type of the same body": (
        listed(row()),
        [exchange([row()], media="text/json")],
        [("response-media-type-changed", "media type", BOTH)],
    ),
    "another status with a body of its own": (
        listed(row()),
        [exchange({"message": "x"}, status=404)],
        [("response-status-changed", "status", BOTH)],
    ),
    "a status that the contract does not have": (
        listed(row()),
        [exchange(b"teapot", status=418, media="text/plain")],
        [("response-status-changed", "status", BOTH)],
    ),
    "another status whose answer breaks the contract too": (
        [exchange({"error": "x"}, status=401, headers={"WWW-Authenticate": "Bearer"})],
        [exchange({"message": "x"}, status=403)],
        [("response-status-changed", "status", BOTH)],
    ),
    "a header that the contract requires": (
        [exchange({"error": "x"}, status=401, headers={"WWW-Authenticate": "Bearer"})],
        [exchange({"error": "x"}, status=401)],
        [("response-header-removed", "header www-authenticate", BOTH)],
    ),
    "null in place of a list": (
        listed(row()),
        [exchange(None)],
        [("response-body-became-nullable", "$", BOTH)],
    ),
    "a choice of members of which none is there in that case": (
        [ask({"skills": []}, "/skills")],
        [ask({"Skills": []}, "/skills")],
        [("response-property-recased", "$.skills", BOTH)],
    ),
    "a token of text": (
        [grant(3600)],
        [grant("3600")],
        [("response-property-type-changed", "$.expires_in", BOTH)],
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), ONCE.values(), ids=ONCE)
def test_one_change_is_told_once_with_all_that_shows_it(before, after, expected):
    assert joined(drift(before, after, known_of(before))) == expected


def test_names_of_rows_in_another_case_are_told_one_by_one_and_their_breaches_with_them():
    found = drift(states(state()), states(capitals(state())), ACD)
    evidence = {path: evidence for _, path, evidence in joined(found)}
    assert [*evidence] == sorted(f"$.agentStates[*].{name}" for name in state())
    assert {path.rpartition(".")[2] for path, one in evidence.items() if one == BOTH} == {
        "agentId", "agentStateId", "agentStateName",
    }  # fmt: skip


def test_an_envelope_in_another_case_is_told_with_what_is_in_it_and_no_breach_beside():
    found = drift(states(state()), [ask(capitals(envelope(state())))], ACD)
    assert {id_ for id_, _, _ in joined(found)} == {"response-property-recased"}
    assert ("response-property-recased", "$.agentStates", BOTH) in joined(found)
    assert len(found.findings) == 3 + len(state())


def test_a_change_that_twenty_tests_met_is_told_once_and_names_them():
    after = listed(changed(row(), state=...))
    found = drift_of([witness(f"t{n:02}", listed(row()), after) for n in range(20)], PLATFORM)
    [one] = found.findings
    assert (one.finding.samples, one.evidence, one.tests) == ((20, 20), BOTH, tuple(f"t{n:02}" for n in range(20)))


def test_the_tests_of_a_finding_are_those_that_met_such_an_answer():
    profile = [exchange({"agentId": "7", "name": "a", "email": "a@b.example"}, PROFILE)]
    found = drift_of(
        [witness("a", listed(row()), listed(changed(row(), state=...))), witness("b", profile, profile)], PLATFORM
    )
    assert [one.tests for one in found.findings] == [("a",)]


# The contract


def test_what_breaks_the_contract_as_it_did_is_a_hint():
    wrong = listed(changed(row(), state=...))
    found = drift(wrong, wrong)
    assert found.findings == ()
    assert found.hints == ("breaks the contract as it did when recorded: listAgentStates $[*].state",)


def test_what_breaks_it_in_more_rows_than_it_did_is_a_hint_still():
    wrong = listed(changed(row(), state=...))
    found = drift(wrong, [*wrong, *listed(changed(row(), state=...), changed(row(2), state=...))])
    assert found.findings == ()


def test_what_breaks_it_in_another_way_than_it_did_is_a_finding():
    found = drift(listed(changed(row(), state=...)), listed(changed(row(), state=..., lastUpdated="soon")))
    assert [path for _, path, _ in joined(found)] == ["$[*].lastUpdated"]


def test_without_a_recording_the_contract_is_what_answers_are_held_against():
    found = drift_of([witness("t", None, listed(changed(row(), state=...), row(2, lastUpdated="soon")))], PLATFORM)
    assert joined(found) == [
        ("response-breaks-contract", "$[*].lastUpdated", CONTRACT),
        ("response-breaks-contract", "$[*].state", CONTRACT),
    ]
    assert [(one.operation, one.reason) for one in found.not_compared] == [
        ("listAgentStates", "no recording of 1 test")
    ]
    assert (found.compared, found.checked) == (frozenset(), frozenset({"listAgentStates"}))


def test_tests_without_a_recording_are_one_line_for_an_operation():
    found = drift_of([witness(f"t{n}", None, listed(row(n))) for n in range(5)], PLATFORM)
    assert [str(one) for one in found.not_compared] == ["not compared: listAgentStates: no recording of 5 tests"]
    assert found.findings == ()


def test_what_is_below_what_is_told_is_not_told_again():
    after = [*listed(changed(row(), state="Available")), *listed(changed(row(), state={"name": 7}))]
    found = drift_of([witness("t", None, after)], PLATFORM)
    assert [path for _, path, _ in joined(found)] == ["$[*].state"]


def test_a_breach_in_many_rows_is_one_finding_that_counts_them():
    found = drift_of([witness("t", None, listed(*(changed(row(n), state=...) for n in range(7))))], PLATFORM)
    assert [one.finding.samples for one in found.findings] == [(0, 7)]


SOMEBODY = "Jane Roe +15551234 jane.roe@example.com"


def test_a_breach_says_what_was_there_and_no_value_of_it():
    seen = see(
        [exchange([changed(row(n), state={SOMEBODY: 7}, lastUpdated=SOMEBODY, stateGroup=SOMEBODY) for n in range(3)])],
        PLATFORM,
    )
    assert seen.breaches
    assert {one.got for one in seen.breaches} == {"string", "nothing"}
    assert all(isinstance(one, Breach) for one in seen.breaches)
    found = drift_of([Witness(test="t", after=seen)], PLATFORM)
    assert not any(part in repr(found) for part in SOMEBODY.split())


# What else is said


@pytest.mark.parametrize("status", [408, 425, 429, 502, 503, 504])
def test_the_page_of_an_outage_breaks_no_contract(status):
    page = exchange(b"<h1>Out of order</h1>", status=status, media="text/html")
    assert see([page], PLATFORM).breaches == {}
    assert drift_of([witness("t", None, [page]), witness("u", listed(row()), [page])], PLATFORM).findings == ()


def test_the_page_of_a_fault_breaks_the_contract():
    page = exchange(b"<h1>Out of order</h1>", status=500, media="text/html")
    assert {path for _, path, _ in joined(drift_of([witness("t", None, [page])], PLATFORM))} == {"body", "media type"}


def test_a_choice_that_fails_where_nothing_that_breaks_has_changed_below_is_a_finding():
    skills, more, none = ([ask(body, "/skills")] for body in ({"skills": []}, {"skills": [], "x": 1}, {"x": 1}))
    found = drift_of([witness("t", skills, more, ACD), witness("u", None, none, ACD)], ACD)
    assert joined(found) == [
        ("response-breaks-contract", "$", CONTRACT), ("response-property-added", "$.x", RECORDED),
    ]  # fmt: skip


def test_other_values_that_many_tests_saw_are_a_hint():
    paths = [f"/api/v2/agents/states?agentId={n}" for n in range(8)]
    found = drift_of(
        [
            witness(f"t{n}", [exchange([row(n, "Frei")], path)], [exchange([row(n, "Pause")], path)])
            for n, path in enumerate(paths)
        ],
        PLATFORM,
    )
    assert found.findings == ()
    assert [hint.partition(" has ")[0] for hint in found.hints] == ["listAgentStates $[*].state.name"]


def test_a_path_that_the_contract_does_not_have_is_not_compared():
    elsewhere = [exchange([1], "/api/v3/agents"), exchange([2], "/api/v3/agents")]
    found = drift([*listed(row()), *elsewhere], [*listed(row()), *elsewhere])
    assert found.findings == ()
    assert found.hints == ()
    assert [str(one) for one in found.not_compared] == [
        "not compared: other paths: only the status: 2 requests went to paths that the contract does not have"
    ]
    assert found.checked == found.compared == frozenset({"listAgentStates"})


def test_another_status_of_such_a_path_is_a_finding():
    found = drift([exchange([1], "/api/v3/agents")], [exchange({}, "/api/v3/agents", status=404)])
    assert [(one.finding.operation, one.finding.after) for one in found.findings] == [("other paths", "404")]


TOOK = {
    "three times and more": (0.2, 0.9, True),
    "a little slower": (1.0, 2.9, False),
    "many times of very little": (0.01, 0.4, False),
    "faster": (2.0, 0.1, False),
}


@pytest.mark.parametrize(("before", "after", "is_told"), TOOK.values(), ids=TOOK)
def test_what_takes_much_longer_is_a_hint(before, after, is_told):
    was, now = ([replace(one, seconds=took) for one in listed(row())] for took in (before, after))
    hints = drift_of([witness("t", was, now)], PLATFORM).hints
    expected = f"listAgentStates took {after:.1f} s, and {before:.1f} s when it was recorded"
    assert hints == ((expected,) if is_told else ())


def test_how_long_one_slow_answer_took_tells_nothing():
    was = [replace(one, seconds=0.1) for one in listed(row()) * 5]
    now = [*was[1:], replace(was[0], seconds=30.0)]
    assert drift_of([witness("t", was, now)], PLATFORM).hints == ()
    assert see(now, PLATFORM).seconds == {"listAgentStates": 0.1}


def test_where_nothing_was_measured_nothing_is_slower():
    now = [replace(one, seconds=30.0) for one in listed(row())]
    assert drift_of([witness("t", listed(row()), now)], PLATFORM).hints == ()


def test_nobody_saw_anything():
    assert drift_of([], PLATFORM) == Drift()
    assert (
        drift_of(
            [Witness(test="t", before=Seen(observed=see([], PLATFORM).observed), after=see([], PLATFORM))], PLATFORM
        )
        == Drift()
    )


def test_what_is_worst_comes_first():
    before = [*listed(row()), *[exchange({"error": "x"}, status=404, path=PROFILE)]]
    after = [*listed(row(zone=1, state=1)), *[exchange({"error": "x"}, status=400, path=PROFILE)]]
    found = drift(before, after)
    assert [str(one.finding.severity) for one in found.findings] == ["breaking", "breaking", "additive"]


def test_it_does_not_matter_in_which_order_tests_and_exchanges_are_given():
    one = witness("a", listed(row()), listed(changed(row(), state=...)))
    other = witness("b", [*listed(row(2)), grant()], [grant(60), *listed(row(2, zone=1))])
    assert drift_of([one, other], PLATFORM) == drift_of([other, one], PLATFORM)


def test_what_other_tests_saw_does_not_change_a_fingerprint():
    one = witness("a", listed(row()), listed(changed(row(), state=...)))
    more = [witness(f"m{n}", listed(row(n)), listed(changed(row(n), state=...))) for n in range(5)]
    more.append(witness("z", [grant()], [grant()]))
    [alone] = drift_of([one], PLATFORM).findings
    [together] = drift_of([one, *more], PLATFORM).findings
    assert together.finding.fingerprint == alone.finding.fingerprint
    assert together.finding.samples != alone.finding.samples
