"""Statuses test by test: another one is a change even where both occur in other tests; each change is told once."""

import pytest

from pytest_cxone.drift import Finding, FindingId, Witness, compare, drift_of, observe, see
from tests.exchanges import ACD, PLATFORM, PROFILE, ask, envelope, exchange, joined, row, state

REFUSED = {"WWW-Authenticate": "Bearer"}


def answer(status, path="/api/v2/agents/states"):
    """Return an answer that keeps the contract, where that has the status at all."""
    if status == 200:
        return exchange(
            [row()] if path.endswith("states") else {"agentId": "7", "name": "a", "email": "a@b.example"}, path
        )
    return exchange({"error": "x"}, path, status=status, headers=REFUSED if status in {401, 403} else {})


def answers(*statuses, path="/api/v2/agents/states"):
    return [answer(status, path) for status in statuses]


def witness(test, before, after, known=PLATFORM):
    return Witness(
        test=test,
        before=None if before is None else see(before, known, orders=""),
        after=see(after, known),
    )


def found(*pairs):
    witnesses = [witness(f"t{n}", answers(*was), answers(*now)) for n, (was, now) in enumerate(pairs)]
    return drift_of(witnesses, PLATFORM)


def told(drift):
    return [
        (str(one.finding.id), one.finding.before, one.finding.after, one.finding.samples, one.tests)
        for one in drift.findings
        if one.finding.path == "status"
    ]


SINGLE = {
    "another": ([200], [404], [("response-status-changed", "200", "404", (1, 1), ("t0",))]),
    "beside": ([200, 200], [200, 403], [("response-status-added", "200", "403", (2, 2), ("t0",))]),
    "all alike now": ([200, 401], [401, 401], [("response-status-changed", "200", "401", (2, 2), ("t0",))]),
    "as before": ([200, 404], [404, 200], []),
    "asked more often": ([200], [200, 200, 200], []),
    "asked less often": ([200, 404, 404], [200, 404], []),
    "not asked any more": ([200, 404], [200], []),
    "load": ([200], [200, 429], []),
    "load that is over": ([503, 200], [200], []),
    "load in its place": ([200], [503], []),
    "nothing before": ([], [200], []),
    "nothing after": ([200], [], []),
}


@pytest.mark.parametrize(("before", "after", "expected"), SINGLE.values(), ids=SINGLE)
def test_what_one_test_meets_is_compared_with_what_it_met(before, after, expected):
    assert told(found((before, after))) == expected


def test_another_status_is_a_change_though_other_tests_met_it_before():
    drift = found(([200], [200]), ([401], [403]), ([403], [403]))
    assert told(drift) == [("response-status-changed", "401", "403", (1, 1), ("t1",))]


def test_one_change_that_many_tests_met_is_told_once():
    drift = found(*[([401], [403])] * 20)
    [one] = drift.findings
    assert (one.finding.before, one.finding.after, one.finding.samples) == ("401", "403", (20, 20))
    assert len(one.tests) == 20


def test_a_test_that_fails_early_counts_to_the_change_that_others_show():
    drift = found(([401, 401], [403, 403]), ([401, 401, 403], [401, 403, 403]), ([401, 200], [200, 403]))
    assert told(drift) == [("response-status-changed", "401", "403", (7, 7), ("t0", "t1", "t2"))]


def test_a_swap_is_told_once_though_a_test_stops_after_the_first_answer():
    drift = found(([401, 401], [403, 403]), ([401, 200], [403]))
    assert [row[:3] for row in told(drift)] == [("response-status-changed", "401", "403")]


def test_two_changes_of_an_operation_are_two_findings():
    drift = found(([200], [404]), ([401], [403]))
    assert sorted(row[:3] for row in told(drift)) == [
        ("response-status-changed", "200", "404"),
        ("response-status-changed", "401", "403"),
    ]


def test_operations_are_apart():
    drift = drift_of([witness("t", [answer(200), answer(404, PROFILE)], [answer(200), answer(400, PROFILE)])], PLATFORM)
    assert {(one.finding.operation, one.finding.path) for one in drift.findings if one.finding.path == "status"} == {
        ("getAgent", "status")
    }


@pytest.mark.parametrize("way", [1, -1], ids=["nothing to answer", "something to answer"])
def test_200_and_204_are_one_where_the_contract_has_both(way):
    sides = [[ask(envelope(state()))], [ask(b"", status=204, media="")]][::way]
    drift = drift_of([witness("t", *sides, ACD)], ACD)
    assert (drift.findings, drift.not_compared) == ((), ())


@pytest.mark.parametrize("way", [1, -1], ids=["nothing to answer", "something to answer"])
def test_200_and_204_are_one_where_observations_are_compared_too(way):
    sides = [[ask(envelope(state()))], [ask(b"", status=204, media="")]][::way]
    comparison = compare(*(observe(side, ACD) for side in sides), contract=ACD)
    assert (comparison.findings, comparison.not_compared) == ((), ())


def test_204_is_another_status_where_the_contract_does_not_have_it():
    drift = drift_of([witness("t", [answer(200)], [exchange(b"", status=204)])], PLATFORM)
    assert told(drift) == [("response-status-changed", "200", "204", (1, 1), ("t",))]


def test_204_that_no_test_can_show_is_unknown_where_the_contract_does_not_have_it():
    drift = drift_of([witness("t", [answer(200), exchange(b"", status=204)], [answer(200)])], PLATFORM)
    assert [(one.status, one.path) for one in drift.not_compared] == [(204, "status")]


def test_all_that_comes_of_another_status_is_told_by_it():
    page = exchange(b"<h1>Forbidden</h1>", status=418, media="text/html")
    [one] = drift_of([witness("t", [answer(200)], [page])], PLATFORM).findings
    assert (one.finding.id, one.finding.after, one.evidence) == (
        FindingId.STATUS_CHANGED, "418", ("recording", "contract"),
    )  # fmt: skip


def test_the_body_of_the_status_that_came_is_not_held_against_the_one_of_other_tests():
    odd = exchange({"message": "x"}, status=401)
    same = answer(401)
    drift = drift_of([witness("a", [same], [same]), witness("b", [answer(200)], [odd])], PLATFORM)
    assert [(one.finding.path, one.tests) for one in drift.findings] == [("status", ("b",))]


def test_a_status_that_did_not_come_again_is_said_to_be_unknown():
    drift = found(([200, 404], [200]))
    assert [(one.status, one.path, one.reason) for one in drift.not_compared] == [
        (404, "status", "came before and never after")
    ]


def test_a_status_that_a_finding_tells_of_is_not_unknown_besides():
    drift = found(([200], [404]))
    assert [one for one in drift.not_compared if one.path == "status"] == []


def prints(drift):
    return {one.finding.fingerprint for one in drift.findings}


def test_a_swap_has_one_fingerprint_whichever_and_how_many_tests_met_it():
    once = prints(found(([401], [403])))
    assert len(once) == 1
    assert prints(found(([200], [200]), ([401, 401], [403, 403]), ([401], [403]))) == once
    assert prints(found(*[([401], [403])] * 20)) == once


def test_a_swap_has_the_fingerprint_that_versions_side_by_side_give_it():
    apart = compare(observe(answers(401), PLATFORM), observe(answers(403), PLATFORM))
    assert {one.fingerprint for one in apart.findings} == prints(found(([401], [403])))


def test_an_added_status_has_one_fingerprint_whatever_else_came():
    once = prints(found(([200, 200], [200, 403])))
    assert len(once) == 1
    assert prints(found(([200, 200], [200, 403]), ([200, 404], [200, 404, 403]))) == once


def test_it_does_not_matter_in_which_order_tests_are_given():
    pairs = [([200], [200]), ([401], [403]), ([200, 404], [404, 404]), ([200], [404]), ([200, 401], [200, 403])]
    witnesses = [witness(f"t{n}", answers(*was), answers(*now)) for n, (was, now) in enumerate(pairs)]
    assert drift_of(witnesses[::-1], PLATFORM) == drift_of(witnesses, PLATFORM)


def test_findings_of_statuses_are_plain_values():
    [one] = found(([401], [403])).findings
    assert isinstance(one.finding, Finding)
    assert one.finding.status is None
    assert joined(found(([401], [403]))) == [("response-status-changed", "status", ("recording",))]
