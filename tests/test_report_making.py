"""From facts to a report: the verdict, what is compared with what, parity, and that nothing unseen is called good."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.behaviours import behaviours
from pytest_cxone.drift import FindingId, Observed, Seen, Severity, Sight
from pytest_cxone.options import FailOn
from pytest_cxone.report.acknowledged import Acknowledged, Rule
from pytest_cxone.report.failing import drift_faults
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.making import incomplete, report_of
from pytest_cxone.report.values import Agreement, Outlook
from pytest_cxone.report.verdict import Grounds, verdict_of
from pytest_cxone.schemas import contract
from tests.reports import acknowledgement, failure, finding, many, report
from tests.runs import AT, LESS, MORE, ROWS, changed, run, seen, tried

LATER = AT + timedelta(hours=1)
FIRST = next(iter(behaviours("platform-v2")))


def made(*runs):
    return report_of(runs, acknowledged=Acknowledged(), now=LATER)


# The verdict

ADDED = finding(FindingId.ADDED, severity=Severity.ADDITIVE, path="$[*].skill", sentence="skill is new")
HELD = finding(acknowledged=acknowledgement())
EXPIRED = finding(acknowledged=acknowledgement(expired=True))


def grounds(*findings, **others):
    values = {"failures": (), "live": Counter(passed=3), "compared": 12, "checked": 12, "unknown": 0, **others}
    return Grounds(changes=grouped(findings), **values)


VERDICTS = {
    "nothing": (grounds(), Outlook.GO, "Go on: no drift in 12 operations"),
    "one operation": (grounds(compared=1), Outlook.GO, "Go on: no drift in 1 operation"),
    "breaking": (grounds(finding()), Outlook.STOP, "Do not go on: 1 breaking change"),
    "in two operations": (
        grounds(finding(), finding(operation="getAgentState")), Outlook.STOP, "Do not go on: 1 breaking change",
    ),
    "several": (grounds(*many(3)), Outlook.STOP, "Do not go on: 3 breaking changes"),
    "a test failed": (grounds(failures=[failure()]), Outlook.STOP, "Do not go on: 1 test failed"),
    "both": (
        grounds(finding(), failures=[failure(), failure("other")]),
        Outlook.STOP,
        "Do not go on: 1 breaking change, 2 tests failed",
    ),
    "additive": (grounds(ADDED), Outlook.GO, "Go on: 1 additive change, none breaking"),
    "additive and cosmetic": (
        grounds(ADDED, finding(severity=Severity.COSMETIC)),
        Outlook.GO,
        "Go on: 1 additive and 1 cosmetic changes, none breaking",
    ),
    "acknowledged": (grounds(HELD), Outlook.GO, "Go on: nothing new in 12 operations; 1 change acknowledged"),
    "acknowledged, and not all": (
        grounds(HELD, unknown=2),
        Outlook.GO,
        "Go on: nothing new in 12 operations; 1 change acknowledged; 2 comparisons could not be made",
    ),
    "acknowledged and additive": (grounds(HELD, ADDED), Outlook.GO, "Go on: 1 additive change; 1 change acknowledged"),
    "expired": (grounds(EXPIRED), Outlook.STOP, "Do not go on: 1 breaking change"),
    "made cosmetic": (
        grounds(finding(counted=Severity.COSMETIC)), Outlook.GO, "Go on: 1 cosmetic change, none breaking",
    ),
    "not all": (
        grounds(unknown=2), Outlook.GO, "Go on: nothing found in 12 operations; 2 comparisons could not be made",
    ),
    "nothing recorded": (
        grounds(compared=0, unknown=3),
        Outlook.UNCLEAR,
        "Cannot say: nothing is recorded to compare with; 12 operations kept the contract",
    ),
    "nothing recorded, and a breach is acknowledged": (
        grounds(HELD, compared=0),
        Outlook.UNCLEAR,
        "Cannot say: nothing is recorded to compare with; 11 of 12 operations kept the contract",
    ),
    "an obstacle": (
        grounds(obstacles=["the tenant refused the credentials"], hindered=3, compared=0, checked=0, live=Counter()),
        Outlook.UNCLEAR,
        "Cannot say: the tenant refused the credentials",
    ),
    "the fake fails": (
        grounds(live=Counter(), compared=0, checked=0, fake_failed=3),
        Outlook.UNCLEAR,
        "Cannot say: nothing was verified on a tenant, and 3 tests failed on the fake",
    ),
    "the fake fails, the tenant does not": (grounds(fake_failed=3), Outlook.GO, "Go on: no drift in 12 operations"),
    "nothing seen": (
        grounds(compared=0, checked=0),
        Outlook.UNCLEAR,
        "Cannot say: no answer of the tenant could be compared with anything",
    ),
    "nothing ran": (grounds(live=Counter()), Outlook.UNCLEAR, "Cannot say: nothing was verified on a tenant"),
    "all skipped": (grounds(live=Counter(skipped=9)), Outlook.UNCLEAR, "Cannot say: nothing was verified on a tenant"),
    "a shard is missing": (
        grounds(incomplete=["shard 2 of 3 is missing"]), Outlook.UNCLEAR, "Cannot say: shard 2 of 3 is missing",
    ),
    "nothing ran, since something is missing": (
        grounds(live=Counter(), incomplete=["a worker was lost"]), Outlook.UNCLEAR, "Cannot say: a worker was lost",
    ),
    "breaking, and a shard is missing": (
        grounds(finding(), incomplete=["shard 2 of 3 is missing"]), Outlook.STOP, "Do not go on: 1 breaking change",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("given_", "outlook", "headline"), VERDICTS.values(), ids=VERDICTS)
def test_the_verdict_is_what_was_found_and_never_better(given_, outlook, headline):
    verdict = verdict_of(given_)
    assert (verdict.outlook, verdict.headline) == (outlook, headline)


def test_the_weightiest_reasons_come_first_and_the_rest_is_counted():
    verdict = verdict_of(
        grounds(
            *many(5),
            HELD,
            failures=[failure(), *(failure(f"test_{number}", behaviours=()) for number in range(4))],
            facts={"agent-online": "A row has an agent."},
            live=Counter(passed=7, failed=5, skipped=2),
            unknown=1,
            incomplete=["a worker was lost"],
            is_fake=True,
        )
    )
    assert verdict.reasons == (
        "field0 is gone (GET /api/v2/agents/states)",
        "field1 is gone (GET /api/v2/agents/states)",
        "field2 is gone (GET /api/v2/agents/states)",
        "and 2 more breaking changes",
        "5 tests failed, most likely of that",
        "acknowledged: agentId is no longer in the rows (GET /api/v2/agents/states)",
        "12 tests ran on the tenant, 2 were skipped",
        "1 comparison could not be made",
        "a worker was lost",
        "the tenant was the fake that pytest-cxone serves: this says nothing about NICE's service",
    )


def test_without_a_change_the_facts_that_failed_are_named_and_then_other_tests():
    verdict = verdict_of(
        grounds(
            ADDED,
            # The fact that a test checks says more than its name.
            failures=[failure(), *(failure(f"test_{number}", behaviours=()) for number in range(4))],
            facts={"agent-online": "A row has an agent.", "agents-paged": "A page has rows."},
            fake_failed=2,
        )
    )
    assert verdict.reasons == (
        "Failed: A row has an agent.",
        "Failed: A page has rows.",
        "test_0 failed on the tenant",
        "test_1 failed on the tenant",
        "test_2 failed on the tenant",
        "and 1 more failed test",
        "skill is new (GET /api/v2/agents/states)",
        "3 tests ran on the tenant",
        "2 tests failed on the fake: see parity",
    )


def test_a_verdict_names_what_is_new_and_does_not_say_its_headline_twice():
    assert verdict_of(grounds(ADDED)).reasons[0] == "skill is new (GET /api/v2/agents/states)"
    lost = verdict_of(grounds(incomplete=["a worker was lost", "shard 1 of 2 is missing"]))
    assert lost.reasons == ("3 tests ran on the tenant", "shard 1 of 2 is missing")


@given(
    ran=st.integers(0, 2), compared=st.integers(0, 2), more=st.integers(0, 2), unknown=st.integers(0, 2),
    incomplete=st.lists(st.just("a worker was lost"), max_size=1),
)  # fmt: skip
def test_no_drift_is_said_only_where_all_was_compared(ran, compared, more, unknown, incomplete):
    verdict = verdict_of(
        grounds(
            live=Counter(passed=ran),
            compared=compared,
            checked=compared + more,
            unknown=unknown,
            incomplete=incomplete,
        )
    )
    is_good = bool(ran and compared and not incomplete)
    assert (verdict.outlook is Outlook.GO) is is_good
    assert ("no drift" in verdict.headline) is (is_good and not unknown)


# What makes a run red


@pytest.mark.parametrize(
    ("severity", "red_for"),
    [
        (Severity.BREAKING, {FailOn.BREAKING, FailOn.ADDITIVE, FailOn.ANY}),
        (Severity.ADDITIVE, {FailOn.ADDITIVE, FailOn.ANY}),
        (Severity.COSMETIC, {FailOn.ANY}),
    ],
)
@pytest.mark.parametrize("fail_on", FailOn)
def test_a_change_makes_a_run_red_from_its_severity_on(severity, red_for, fail_on):
    told = list(drift_faults(report(findings=(finding(severity=severity),)), fail_on, is_asked=False))
    assert told == ([f"FAILED: 1 change of the API (--cxone-fail-on={fail_on})"] if fail_on in red_for else [])


@pytest.mark.parametrize(
    ("one", "count"),
    [(HELD, 0), (EXPIRED, 1), (finding(counted=Severity.COSMETIC), 0)],
    ids=["acknowledged", "expired", "made cosmetic"],
)
def test_what_somebody_answers_for_makes_no_run_red(one, count):
    assert len(list(drift_faults(report(findings=(one,)), FailOn.BREAKING, is_asked=True))) == count


@pytest.mark.parametrize(
    ("fail_on", "is_asked", "checked", "is_red"),
    [
        (FailOn.BREAKING, True, 0, True),
        (FailOn.ANY, True, 0, True),
        (FailOn.NEVER, True, 0, False),
        (FailOn.BREAKING, False, 0, False),
        (FailOn.BREAKING, True, 1, False),
    ],
)
def test_who_asks_is_told_that_nothing_was_compared(fail_on, is_asked, checked, is_red):
    told = list(drift_faults(report(compared=0, checked=checked), fail_on, is_asked=is_asked))
    assert told == ([f"FAILED: nothing was compared, and --cxone-fail-on={fail_on} asks for it"] if is_red else [])


# What is compared with what


def paths(made_):
    return [one.finding.path for one in made_.findings]


def test_what_a_test_of_the_tenant_sees_is_compared_with_what_was_recorded_of_it():
    (found,) = made(run(changed(behaviours=("states.row-shape",)))).findings
    assert (found.finding.id, found.finding.path) == (FindingId.REMOVED, "$[*].team")
    assert found.label == "GET /api/v2/agents/states"
    assert found.tests == ("tests/test_board.py::test_listing",)
    assert found.behaviours == ("states.row-shape",)


@pytest.mark.parametrize("evidence", ["fake", "cassette", "none"])
def test_what_is_no_tenants_is_not_compared(evidence):
    one = changed(evidence=evidence, before=seen())
    assert made(run(one)).findings == ()
    assert made(run(one)).checked == 0


def test_each_version_and_each_dialect_is_compared_for_itself():
    # Together they would have half of the rows with a team.
    one = run(tried(api_version="v1"), changed(api_version="v2", rows=LESS))
    (found,) = made(one).findings
    assert found.api_versions == ("v2",)
    assert found.finding.after == "absent"


def test_a_finding_that_several_versions_have_is_one():
    (found,) = made(run(*(changed(api_version=version) for version in ("v3", "v1", "v2")))).findings
    assert found.api_versions == ("v1", "v2", "v3")


def test_the_evidence_says_when_it_was_recorded_and_whether_the_contract_says_so_too():
    (found,) = made(run(changed(origin="2026-11-02T09:30:00Z tenant"))).findings
    assert found.evidence == ("recorded 2026-11-02T09:30:00Z tenant",)
    wrong = [{**row, "state": {"name": 1}} for row in ROWS]
    (found,) = made(run(changed(rows=wrong, origin="2026-11-02T09:30:00Z tenant"))).findings
    assert found.evidence == ("recorded 2026-11-02T09:30:00Z tenant", "the contract")


def test_of_several_recordings_the_oldest_is_named():
    days = ("2026-11-04T09:30:00Z", "2026-11-02T09:30:00Z", "2026-11-03T09:30:00Z")
    several = (changed(f"test_{day}", origin=f"{day} tenant") for day in days)
    (found,) = made(run(*several)).findings
    assert found.evidence == ("recorded 2026-11-02T09:30:00Z tenant, and later (2 more)",)


@pytest.mark.parametrize(
    "other",
    [
        run(tried(evidence="fake"), id_="late", mode="fake", started=LATER),
        run(tried(evidence="fake"), id_="late", mode="fake", started=LATER, dialect="acd"),
    ],
    ids=["the fake", "another dialect"],
)
def test_a_run_on_other_evidence_beside_it_changes_nothing_of_a_finding(other):
    one = run(changed(behaviours=("states.row-shape",)))
    assert made(one, other).findings == made(one).findings


def test_what_has_no_recording_is_checked_with_the_contract_and_said_not_to_be_compared():
    one = made(run(tried(before=None)))
    assert (one.compared, one.checked) == (0, 1)
    assert [(not_.operation, not_.reason) for not_ in one.not_compared] == [
        ("listAgentStates", "no recording of 1 test")
    ]
    assert one.verdict.outlook is Outlook.UNCLEAR


def test_what_broke_the_contract_when_it_was_recorded_is_a_hint():
    wrong = seen([{**row, "state": {"name": 1}} for row in ROWS])
    one = made(run(tried(before=wrong, after=wrong)))
    assert one.findings == ()
    assert one.hints == ("breaks the contract as it did when recorded: listAgentStates $[*].state.name",)


def test_the_worst_finding_comes_first_overrides_considered():
    rows = [{**row, "skill": "Billing"} for row in LESS]
    one = made(run(changed(rows=rows)))
    assert [found.severity for found in one.findings] == [Severity.BREAKING, Severity.ADDITIVE]


def test_a_test_that_failed_is_a_failure_whatever_it_rests_on():
    one = made(run(tried(outcome="failed", message="KeyError: 'team'", behaviours=("states.row-shape",))))
    (found,) = one.failures
    assert (found.test, found.evidence, found.message) == (
        "tests/test_board.py::test_listing",
        "live",
        "KeyError: 'team'",
    )
    assert one.verdict.headline == "Do not go on: 1 test failed"


def test_what_a_failed_test_checks_is_a_fact_that_failed():
    one = made(run(tried(outcome="failed", behaviours=(FIRST, "of.another-dialect"))))
    assert one.verdict.reasons[:2] == (
        f"Failed: {behaviours('platform-v2')[FIRST].statement}", "Failed: of.another-dialect",
    )  # fmt: skip


def test_a_fact_that_another_test_found_to_hold_is_not_accused():
    one = made(run(tried("test_1", outcome="failed", behaviours=(FIRST,)), tried("test_2", behaviours=(FIRST,))))
    assert one.verdict.reasons[0] == "tests/test_board.py::test_1 failed on the tenant"
    on_fake = tried("test_2", evidence="fake", behaviours=(FIRST,))
    one = made(run(tried("test_1", outcome="failed", behaviours=(FIRST,)), on_fake))
    assert one.verdict.reasons[0].startswith("Failed: ")


def test_where_something_breaks_no_fact_is_accused():
    tests = changed("test_1"), changed("test_2", outcome="failed", behaviours=(FIRST,))
    assert made(run(*tests)).verdict.reasons[:2] == (
        "team is gone (GET /api/v2/agents/states)", "1 test failed, most likely of that",
    )  # fmt: skip


# Which failures stop


def test_a_failure_on_the_fake_is_the_fakes():
    failed = tried("test_fake", evidence="fake", outcome="failed", message="KeyError", behaviours=(FIRST,))
    alone = made(run(failed, mode="fake"))
    assert alone.verdict.headline == "Cannot say: nothing was verified on a tenant, and 1 test failed on the fake"
    assert [one.test for one in alone.failures] == ["tests/test_board.py::test_fake"]
    beside = made(run(tried()), run(failed, id_="fake", mode="fake"))
    assert beside.verdict.headline == "Go on: no drift in 1 operation"
    assert {row.agreement for row in beside.parity if row.behaviour == FIRST} == {Agreement.DIFFER}


@pytest.mark.parametrize(
    ("mode", "outlook"),
    [
        ("live", Outlook.STOP),
        ("record", Outlook.STOP),
        ("replay", Outlook.STOP),
        ("fake", Outlook.UNCLEAR),
        ("offline", Outlook.UNCLEAR),
    ],
)
def test_a_test_that_failed_before_it_came_to_its_tenant_stops_and_did_not_run_there(mode, outlook):
    one = made(run(tried(evidence="none", outcome="failed", message="boom"), mode=mode))
    assert one.verdict.outlook is outlook
    assert not any("ran on the tenant" in reason for reason in one.verdict.reasons)


@pytest.mark.parametrize("message", [
    "pytest_cxone.errors.RequestRefused: GET https://x was not sent to the tenant: the budget of 3 requests is spent",
    "RequestRefused: GET https://x was not sent: the budget of 3 requests is spent; raise it with --cxone-budget",
])  # fmt: skip
def test_a_budget_that_is_spent_is_no_failure_of_the_tenants(message):
    spent = [tried(f"test_{number}", outcome="failed", message=message, after=None, before=None) for number in range(4)]
    one = made(run(tried(behaviours=(FIRST,)), *(replace(test, behaviours=(FIRST,)) for test in spent)))
    assert one.verdict.headline == "Cannot say: the budget of requests was spent: 4 tests could not ask"
    assert "1 test ran on the tenant" in one.verdict.reasons
    assert len(one.failures) == 4
    assert [(row.agreement, row.live.skipped) for row in one.parity if row.behaviour == FIRST] == [("agree", 4)]


def test_another_request_that_was_kept_back_is_a_failure():
    message = "pytest_cxone.errors.RequestRefused: DELETE https://x was not sent: live mode only reads"
    assert made(run(tried(outcome="failed", message=message))).verdict.outlook is Outlook.STOP


# What was in the way

REFUSED = "the tenant refused the credentials"
UNREACHED = "the tenant could not be reached"
OUT_OF_ORDER = "the tenant was out of order"
TOKEN, STATES, OTHER = "issueToken", "listAgentStates", "other paths"


def answers(*statuses):
    """Return what a test sees that gets these statuses of these operations."""
    return Seen(
        observed=Observed({Sight(operation, status, "status", str(status)): 1 for operation, status in statuses})
    )


RECORDED = answers((TOKEN, 200), (STATES, 200))
BOGUS = answers((STATES, 401))
"""What a test gets for a token that is none."""


def failed(*statuses, name="test_listing", message="assert 0", **others):
    values = {"before": RECORDED, "after": answers(*statuses), "outcome": "failed", "message": message}
    return tried(name, **{**values, **others})


BOGUS_TEST = tried("test_bogus", before=BOGUS, after=BOGUS)
ERROR = "pytest_cxone.errors"
OBSTACLES = {
    "wrong secret": ([failed((TOKEN, 401))], REFUSED),
    "refused as RFC 6749 says": ([failed((TOKEN, 400))], REFUSED),
    "closed account, and busy": ([failed((TOKEN, 403)), failed((TOKEN, 429), name="test_2")], REFUSED),
    "wrong secret, and a token that is none": ([failed((TOKEN, 401)), BOGUS_TEST], REFUSED),
    "wrong secret, and a token that is none, not recorded": (
        [failed((TOKEN, 401)), replace(BOGUS_TEST, before=None)], REFUSED,
    ),
    "nobody saw how it was refused": (
        [failed(message=f"{ERROR}.AuthenticationFailed: POST /oauth/token: the tenant refuses the client id")], REFUSED,
    ),
    "no answer": ([failed(message=f"{ERROR}.NetworkError: POST /oauth/token: x refuses connections")], UNREACHED),
    "no answer to other libraries": (
        [
            failed(message="requests.exceptions.ConnectionError: HTTPConnectionPool(host='x')"),
            failed(message="httpx.ConnectTimeout: timed out", name="test_2"),
            failed(message="assert None == 3", name="test_3", after=None),
        ],
        UNREACHED,
    ),
    "all is busy": ([failed((TOKEN, 503)), failed((STATES, 429), name="test_2")], OUT_OF_ORDER),
    "the API is down": ([failed((TOKEN, 200), (STATES, 500)), BOGUS_TEST], OUT_OF_ORDER),
    "nobody saw that it is down": (
        [failed(message=f"{ERROR}.ServiceUnavailable: GET /api/v2/agents/states: not available (503)")], OUT_OF_ORDER,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "obstacle"), OBSTACLES.values(), ids=OBSTACLES)
def test_what_kept_the_api_from_being_seen_is_no_word_on_it(tests, obstacle):
    one = made(run(*(replace(test, behaviours=(FIRST,)) for test in tests)))
    count = sum(test.outcome == "failed" for test in tests)
    assert (one.verdict.outlook, one.verdict.headline) == (Outlook.UNCLEAR, f"Cannot say: {obstacle}")
    assert one.verdict.reasons[0] == f"{count} test{'s' if count > 1 else ''} failed, most likely of that"
    assert (one.findings, one.compared, one.checked, one.stale) == ((), 0, 0, ())
    assert [str(missed) for missed in one.not_compared] == [f"all operations: {obstacle}"]
    assert len(one.failures) == count
    assert all(row.live.failed == 0 for row in one.parity)


DRIFT = {
    "a token, and the API refuses it": [failed((TOKEN, 200), (STATES, 401))],
    "a token, and the API has moved": [failed((TOKEN, 200), (STATES, 404))],
    "a token in another form": [failed((TOKEN, 200))],
    "the token has moved": [failed((TOKEN, 404))],
    "the token moved for some": [failed((TOKEN, 404)), failed((TOKEN, 401), name="test_2")],
    "no token, and the API is not there": [failed((TOKEN, 401), (STATES, 404))],
    "one answer came": [failed((TOKEN, 401)), tried("test_2")],
    "one answer came of another path": [
        failed((TOKEN, 401)),
        tried("test_2", before=None, after=answers((OTHER, 200))),
    ],
    "one answer, and busy": [failed((TOKEN, 200), (STATES, 200), (STATES, 503))],
    "a fault of the test's": [failed(message="KeyError: 'agentId'")],
    "a fault before the tenant": [
        failed(message="ConnectionError: database", evidence="none", before=None, after=None)
    ],
}


@pytest.mark.parametrize("tests", DRIFT.values(), ids=DRIFT)
def test_what_the_api_does_otherwise_is_no_obstacle(tests):
    one = made(run(*tests))
    assert one.verdict.outlook is Outlook.STOP
    assert not any(missed.operation == "all operations" for missed in one.not_compared)


def test_who_asks_for_a_refusal_and_gets_it_meets_no_obstacle():
    one = made(run(tried(before=None, after=answers((TOKEN, 401)))))
    assert "refused" not in one.verdict.headline


def test_an_obstacle_of_one_dialect_hides_nothing_of_another():
    acd = run(failed((TOKEN, 401)), id_="acd", dialect="acd")
    assert made(acd, run(tried())).verdict.headline == f"Cannot say: {REFUSED}"
    both = made(acd, run(changed()))
    assert both.verdict.headline == "Do not go on: 1 breaking change"
    assert REFUSED in both.verdict.reasons


def test_an_operation_that_could_not_be_compared_is_named_as_in_its_dialect():
    acd = contract("acd").operations[0]
    other = answers((acd.id, 200))
    runs = run(tried(before=None)), run(tried(before=None, after=other), id_="acd", dialect="acd")
    assert {one.label for one in made(*runs).not_compared} == {acd.label, "GET /api/v2/agents/states"}


def test_a_test_that_two_checkouts_name_otherwise_is_one():
    here = changed()
    there = replace(here, node_id="repo/tests/test_board.py::test_listing")
    (found,) = made(run(here), run(there, id_="two", started=LATER)).findings
    assert found.tests == ("repo/tests/test_board.py::test_listing",)


@pytest.mark.parametrize(
    ("origins", "is_said"),
    [
        (["2026-11-02T09:30:00Z served fake, 0.1.0"] * 2, True),
        (["2026-11-02T09:30:00Z served fake, 0.1.0", "2026-11-02T09:30:00Z tenant"], False),
        (["2026-11-02T09:30:00Z tenant"], False),
        ([], False),
    ],
    ids=["all", "one of two", "none", "no recording"],
)
def test_recordings_of_the_fake_are_not_taken_for_a_tenants(origins, is_said):
    tests = [tried(f"test_{number}", origin=origin) for number, origin in enumerate(origins)]
    reasons = made(run(*tests)).verdict.reasons
    assert any(reason.startswith("the recordings are of the fake") for reason in reasons) is is_said


@pytest.mark.parametrize(
    ("origins", "recorded"),
    [
        (["2026-11-02T09:30:00Z tenant", "2026-11-01T09:30:00Z tenant"], datetime(2026, 11, 1, 9, 30, tzinfo=UTC)),
        (["", "2026-11-02T09:30:00Z tenant"], datetime(2026, 11, 2, 9, 30, tzinfo=UTC)),
        (["unknown"], None),
    ],
    ids=["the oldest", "one unknown", "all unknown"],
)
def test_the_report_says_when_the_oldest_recording_is_of(origins, recorded):
    tests = (tried(f"test_{number}", origin=origin) for number, origin in enumerate(origins))
    assert made(run(*tests)).recorded == recorded


def test_a_part_counts_its_tests():
    tests = tried("a"), tried("b", outcome="failed"), tried("c", outcome="skipped"), tried("d")
    (part,) = made(run(*tests, requests=12, shard=(1, 1))).parts
    assert (part.ran, part.passed, part.failed, part.skipped, part.requests, part.shard) == (3, 2, 1, 1, 12, (1, 1))


def test_a_served_fake_is_not_taken_for_the_vendors_service():
    one = made(run(tried(), host="127.0.0.1:8080 (served fake)"))
    assert one.verdict.reasons[-1].startswith("the tenant was the fake")


@given(st.permutations([changed("test_1"), changed("test_2", MORE), tried("test_3"), tried("test_4", before=None)]))
def test_the_report_does_not_depend_on_the_order_in_which_tests_ran(tests):
    one, other = made(run(*tests)), made(run(*sorted(tests, key=lambda test: test.test)))
    assert one == other


def test_shards_come_to_what_one_run_comes_to():
    tests = [
        changed("test_1"),
        changed("test_2", MORE),
        tried("test_3", outcome="skipped"),
        tried("test_4", before=None),
    ]
    whole = made(run(*tests))
    shards = [run(test, id_=test.test, shard=(number, 4)) for number, test in enumerate(tests, 1)]
    merged = made(*reversed(shards))
    assert replace(merged, parts=()) == replace(whole, parts=())


# What is missing


def shard(number, of=3, **others):
    return run(id_=f"{number}/{of}", shard=(number, of), **others)


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        ([], []),
        ([run()], []),
        ([shard(1), shard(2), shard(3)], []),
        ([shard(1), shard(3)], ["shard 2 of 3 is missing (live, platform-v2)"]),
        ([shard(2)], ["shards 1 and 3 of 3 are missing (live, platform-v2)"]),
        ([shard(1), shard(2), shard(3, mode="fake")], [
            "shards 1 and 2 of 3 are missing (fake, platform-v2)", "shard 3 of 3 is missing (live, platform-v2)",
        ]),
        ([shard(1, 2), shard(2)], [
            "shard 2 of 2 is missing (live, platform-v2)", "shards 1 and 3 of 3 are missing (live, platform-v2)",
        ]),
        ([shard(1, 20)], ["shards 2, 3, 4, 5, 6 and 14 more of 20 are missing (live, platform-v2)"]),
        ([shard(1, 2, series="monday"), shard(2, 2, series="tuesday")], [
            "shard 2 of 2 is missing (live, platform-v2)", "shard 1 of 2 is missing (live, platform-v2)",
        ]),
        ([shard(1, 2, host="one.example"), shard(2, 2, host="two.example")], [
            "shard 2 of 2 is missing (live, platform-v2)", "shard 1 of 2 is missing (live, platform-v2)",
        ]),
        ([shard(1, 2, api_versions=("v1",)), shard(2, 2, api_versions=("v2",))], [
            "shard 2 of 2 is missing (live, platform-v2)", "shard 1 of 2 is missing (live, platform-v2)",
        ]),
        ([shard(1, 2, host="127.0.0.1:8001 (served fake)"), shard(2, 2, host="127.0.0.1:8002")], []),
        ([run(lost=("a worker was lost",)), run(lost=("a worker was lost",))], ["a worker was lost"]),
    ],
    ids=[
        "nothing", "whole", "all", "one", "two", "another mode", "another number", "many", "another night",
        "another tenant", "another version", "fakes of their own", "lost",
    ],
)  # fmt: skip
def test_what_is_missing_is_told(runs, told):
    assert list(incomplete(runs)) == told


@pytest.mark.parametrize(
    ("one", "count"),
    [
        (run(tried()), 1),
        (run(tried(), lost=("a worker was lost",)), 0),
        (run(tried(), shard=(1, 2)), 0),
        (run(tried(before=None)), 0),
    ],
    ids=["whole", "lost", "shard", "nothing compared"],
)
def test_an_entry_is_called_stale_by_a_whole_run_only(one, count):
    entry = Rule(
        place="[[acknowledged]] 1",
        fingerprints=frozenset({"0123456789ab"}),
        reason="Announced",
        owner="wallboard team",
        expires=LATER.date(),
    )
    report_ = report_of([one], acknowledged=Acknowledged((entry,), AT.date()), now=LATER)
    assert len(report_.stale) == count


def test_a_run_that_lost_something_is_not_good():
    one = made(run(tried(), lost=("a worker was lost",)))
    assert one.verdict.headline == "Cannot say: a worker was lost"


# Parity


def of(outcome, evidence="live", **others):
    others = {"origin": "2026-11-02T09:30:00Z tenant", **others} if evidence == "cassette" else others
    return tried(f"test_{outcome}_{evidence}", evidence=evidence, outcome=outcome, behaviours=(FIRST,), **others)


PARITY = {
    "nothing": ([], ("not verified", "not verified", "not verified"), "not verified"),
    "the fake alone": ([of("passed", "fake")], ("agree", "not verified", "not verified"), "not verified"),
    "a cassette alone": ([of("passed", "cassette")], ("not verified", "agree", "not verified"), "not verified"),
    "a tenant alone": ([of("passed")], ("not verified", "not verified", "agree"), "agree"),
    "all": ([of("passed", kind) for kind in ("fake", "cassette", "live")], ("agree", "agree", "agree"), "agree"),
    "the tenant has not": (
        [of("passed", "fake"), of("failed")], ("agree", "not verified", "differ"), "differ",
    ),
    "the fake has not": ([of("failed", "fake"), of("passed")], ("differ", "not verified", "agree"), "differ"),
    "the fake has not, and no tenant was asked": (
        [of("failed", "fake")], ("differ", "not verified", "not verified"), "differ",
    ),
    "one of two tests": ([of("passed"), of("failed")], ("not verified", "not verified", "differ"), "differ"),
    "skipped": ([of("passed", "fake"), of("skipped")], ("agree", "not verified", "not verified"), "not verified"),
    "skipped beside one that ran": ([of("passed"), of("skipped")], ("not verified", "not verified", "agree"), "agree"),
    "a cassette that is not there": (
        [of("failed", "cassette", origin="")], ("not verified", "not verified", "not verified"), "not verified",
    ),
    "skipped before it came to a tenant": (
        [of("passed", "fake"), of("skipped", "none")], ("agree", "not verified", "not verified"), "not verified",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "cells", "agreement"), PARITY.values(), ids=PARITY)
def test_a_behaviour_agrees_only_where_a_tenant_was_asked(tests, cells, agreement):
    other = tried("test_other", behaviours=("states.row-shape",))
    rows = {row.behaviour: row for row in made(run(*tests, other)).parity}
    row = rows[FIRST]
    assert (row.fake.agreement, row.cassette.agreement, row.live.agreement) == cells
    assert row.agreement == agreement


def test_there_is_a_row_for_each_behaviour_and_none_where_no_test_names_one():
    assert made(run(tried())).parity == ()
    assert [row.behaviour for row in made(run(of("passed"))).parity] == list(behaviours("platform-v2"))


def test_a_cell_tells_its_oldest_evidence_and_where_that_is_from_and_why_there_is_none():
    early, late = AT - timedelta(days=20), AT - timedelta(days=3)
    tests = (
        of("passed", "cassette", at=late, origin="the later"),
        replace(of("passed", "cassette", at=early, origin="the earlier"), test="test_board::test_early"),
        of("skipped", message="agent 1 offline"),
    )
    row = made(run(*tests)).parity[0]
    assert (row.cassette.passed, row.cassette.at) == (2, early)
    assert row.cassette.note
    assert (row.live.agreement, row.live.skipped, row.live.at) == (Agreement.NOT_VERIFIED, 1, None)
    assert row.live.note == "agent 1 offline"


def test_runs_on_the_fake_on_cassettes_and_on_a_tenant_make_one_table():
    runs = [
        run(of("passed", evidence), id_=evidence, mode=mode)
        for evidence, mode in (("fake", "fake"), ("cassette", "replay"), ("live", "live"))
    ]
    row = made(*runs).parity[0]
    assert [cell.agreement for cell in (row.fake, row.cassette, row.live)] == [Agreement.AGREE] * 3


def test_each_dialect_has_rows_of_its_own():
    known = list(behaviours("acd"))
    one = run(tried(behaviours=(known[0],)), id_="acd", dialect="acd")
    rows = made(one, run(of("passed"))).parity
    assert [row.behaviour for row in rows] == [*known, *behaviours("platform-v2")]
