"""A rehearsal as it is reported: survivors first, graded by what is read, with what would break and a test to write."""

from dataclasses import replace
from datetime import timedelta

import pytest

from pytest_cxone.behaviours import behaviours
from pytest_cxone.paths import OTHER_PATHS
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome, Touched
from pytest_cxone.report.acknowledged import Acknowledged
from pytest_cxone.report.failing import rehearsal_faults
from pytest_cxone.report.making import report_of
from pytest_cxone.report.scores import percent, scored
from pytest_cxone.report.values import Outlook, Relevance
from tests.reports import harmless, not_exercised, noticed, rehearsal, report, survivor
from tests.runs import AT, changed, read, rehearsed, run, tried, upgrade

LATER = AT + timedelta(hours=1)
STATES = "GET /api/v2/agents/states"
NAME = "$[*].state.name"


def made(*runs):
    return report_of(runs, acknowledged=Acknowledged(), now=LATER)


def only(*upgrades, **others):
    (one,) = made(rehearsed(*upgrades, **others)).rehearsals
    return one


def survived(*touched, **others):
    (one,) = only(upgrade(touched=touched, **others)).upgrades
    return one


# Grades


@pytest.mark.parametrize(
    ("touched", "relevance", "counts"),
    [
        (("$[*].team",), Relevance.UNREAD, False),
        ((NAME,), Relevance.READ, True),
        (("$[*].state",), Relevance.READ, True),
        (("$[*].team", NAME), Relevance.READ, True),
        (("$[*].team", "$[*].skill"), Relevance.UNREAD, False),
        (("$[*].team", "status"), Relevance.UNKNOWN, True),
        ((), Relevance.UNKNOWN, True),
    ],
    ids=["unread", "read", "above what is read", "one of two", "neither of two", "and the status", "nothing"],
)
def test_a_survivor_is_harmless_only_where_nobody_reads_anything_that_it_changes(touched, relevance, counts):
    one = survived(*touched)
    assert (one.relevance, one.counts) == (relevance, counts)


def test_without_usage_every_survivor_counts():
    (one,) = only(upgrade(), tests=(tried(evidence="fake"),)).upgrades
    assert (one.relevance, one.counts) == (Relevance.UNKNOWN, True)


def test_a_survivor_of_a_part_of_a_suite_counts_as_other_parts_may_read_what_it_changes():
    (one,) = only(upgrade(), shard=(1, 2)).upgrades
    assert one.relevance is Relevance.UNKNOWN


def test_survivors_come_first_and_of_these_what_is_read_and_what_somebody_thought_of():
    given = [
        upgrade("missed", Outcome.NOT_EXERCISED, touched=()),
        upgrade("noticed", Outcome.NOTICED),
        upgrade("harmless"),
        upgrade("unknown", touched=("status",)),
        upgrade("derived", touched=(NAME,), origin="derived"),
        upgrade("added", touched=(NAME,), origin="added"),
    ]
    assert [one.id for one in only(*given).upgrades] == ["added", "derived", "unknown", "harmless", "noticed", "missed"]


def test_what_was_noticed_says_by_which_test_and_why_and_what_it_changed():
    one = upgrade("gone", Outcome.NOTICED, test="test_x", message="KeyError: 'team'", behaviours=("states.row-shape",))
    (told,) = only(one).upgrades
    assert (told.test, told.message, told.behaviours) == ("test_x", "KeyError: 'team'", ("states.row-shape",))
    assert told.touched == ((STATES, "$[*].team"),)
    assert (told.breaks, told.advice) == ("", "")


def test_an_operation_that_the_contract_does_not_have_is_called_as_it_came():
    one = replace(upgrade(), touched=(Touched("other paths", "status"),))
    assert only(one).upgrades[0].touched == (("other paths", "status"),)


# What would break


@pytest.mark.parametrize(
    ("kind", "becomes"),
    [
        ("removed", "which would be gone"),
        ("renamed", "which would have another name"),
        ("retyped", "which would be of another type"),
        ("nulled", "which would be null"),
    ],
)
def test_of_what_is_read_it_is_said_where_and_what_would_become_of_it(kind, becomes):
    one = survived(NAME, id_=f"listAgentStates.state.name.{kind}", origin="derived")
    assert one.breaks == f"wallboard.py:25 in Wallboard.refresh reads {NAME} of {STATES}, {becomes}"


def test_what_a_named_upgrade_does_is_said_in_its_own_words():
    one = survived(NAME, id_="odd.removed", summary="state.name is a number")
    assert (
        one.breaks
        == f"wallboard.py:25 in Wallboard.refresh reads {NAME} of {STATES}; with this upgrade, state.name is a number"
    )


def test_what_a_derived_upgrade_does_is_said_without_the_operation_which_stands_beside_it():
    one = survived(
        "$",
        "status",
        id_="listAgentStates.parameter-page.refused",
        origin="derived",
        summary=f"page is refused ({STATES})",
    )
    assert one.breaks == f"wallboard.py:25 in Wallboard.refresh reads $ of {STATES}; with this upgrade, page is refused"
    other = survived("status", origin="derived", summary=f"202 in place of 200 ({STATES})", met_by=())
    assert other.breaks == f"202 in place of 200: this changes status of {STATES}"


def test_of_several_places_the_first_is_named_and_the_others_are_counted():
    tests = (tried(evidence="fake", usage=read(NAME)), tried("test_b", evidence="fake", usage=read(NAME, line=31)))
    (one,) = only(upgrade(touched=(NAME,)), tests=tests).upgrades
    assert one.breaks.startswith(f"wallboard.py:25 in Wallboard.refresh (and 1 more) reads {NAME} of")
    assert [use.place.line for use in one.uses] == [25, 31]


def test_of_what_nobody_is_known_to_read_it_is_said_what_changes_and_who_met_it():
    one = survived("status", summary="the status is 202", met_by=("test_a", "test_b", "test_c"))
    assert (
        one.breaks == f"the status is 202: this changes status of {STATES}; test_a and 2 more met it and stayed green"
    )


def test_of_many_changed_places_three_are_named():
    one = survived("status", "$.a", "$.b", "$.c", "$.d", met_by=())
    assert one.breaks == (f"rows have no team: this changes status, $.a, $.b and 2 more places of {STATES}")


def test_changed_places_of_several_operations_are_named_with_these():
    one = replace(upgrade(met_by=()), touched=(Touched("listAgentStates", "status"), Touched("getAgent", "status")))
    (told,) = only(one).upgrades
    assert told.breaks.endswith(f"this changes status of {STATES} and status of GET /api/v2/agents/{{agentId}}")


def test_of_a_request_that_is_taken_in_another_way_it_is_said_so():
    one = survived("request", summary="scope is ignored", met_by=())
    assert one.breaks == f"scope is ignored: this changes how {STATES} is taken"
    both = survived("request", "status", summary="scope is ignored", met_by=())
    assert both.breaks.endswith(f"this changes how {STATES} is taken and status of {STATES}")


def test_of_paths_that_the_contract_does_not_have_it_is_said_so():
    one = replace(upgrade(met_by=(), summary="all is in capitals"), touched=(Touched(OTHER_PATHS, "$"),))
    (told,) = only(one).upgrades
    assert told.breaks == "all is in capitals: this changes $ of a path that the contract does not have"
    assert told.advice.startswith(
        "Write a test that asks for a path that the contract does not have and asserts what your code makes"
    )


def test_of_what_nobody_reads_nothing_breaks_and_no_test_is_to_be_written():
    one = survived("$[*].team")
    assert (one.breaks, one.advice) == (f"nobody here reads $[*].team of {STATES}", "")


# A test to write


def test_advice_names_the_operation_what_to_assert_the_command_and_the_closest_test():
    one = survived(
        "$[*].team", NAME, id_="row-state-name-nulled", met_by=("tests/test_board.py::test_listing", "test_b")
    )
    assert one.advice == (
        f"Write a test that asks for {STATES} and asserts what your code makes of {NAME}, by its value; "
        "it must turn red under pytest --cxone-upgrade=row-state-name-nulled; "
        "closest to it comes tests/test_board.py::test_listing"
    )


def test_advice_for_what_the_contract_suite_catches_has_the_statement_of_that():
    statement = behaviours("platform-v2")["states.row-shape"].statement.rstrip(".")
    one = survived(NAME, behaviours=("no.such", "states.row-shape"), met_by=())
    assert one.advice.endswith(f"; the contract suite's test of states.row-shape shows how: “{statement}”")


@pytest.mark.parametrize(
    ("path", "asserted"),
    [
        ("status", "what your code does by the status of the answer"),
        ("header retry-after", "what your code does by the header retry-after of the answer"),
        ("request", "what your code does where that is refused, or taken in another way"),
        ("$", "what your code makes of the whole answer: of a list, how many rows, and which"),
        ("$[*]", "what your code makes of the whole answer: of a list, how many rows, and which"),
        ("$.skill", "what your code makes of $.skill, by its value"),
    ],
)
def test_what_to_assert_is_said_by_what_changes(path, asserted):
    (one,) = only(upgrade(touched=(path,)), tests=(tried(evidence="fake"),)).upgrades
    assert f"asks for {STATES} and asserts {asserted};" in one.advice


def test_where_the_status_changes_that_is_what_to_tell_by():
    one = survived("$", NAME, "status")
    assert "asserts what your code does by the status of the answer;" in one.advice


# Runs together


def test_shards_of_a_rehearsal_are_one():
    runs = [
        rehearsed(
            upgrade("a", outcome, touched=(NAME,)),
            id_=str(number), shard=(number, 2), rehearse_least=80.0, of={"left_out": (LeftOut("test_kept", "why"),)},
            tests=(tried(f"test_{number}", evidence="fake", usage=read(NAME)),),
        )
        for number, outcome in enumerate((Outcome.SURVIVED, Outcome.NOTICED), 1)
    ]  # fmt: skip
    (one,) = made(*runs).rehearsals
    assert [(each.id, each.outcome) for each in one.upgrades] == [("a", Outcome.NOTICED)]
    assert (one.tests, one.runs, one.seconds, one.least) == (2, 14, 1.5, 80.0)
    assert one.left_out == (LeftOut("test_kept", "why"),)


def test_of_several_that_were_asked_for_the_most_counts():
    runs = [
        rehearsed(id_=str(number), rehearse_least=least, tests=(tried(f"test_{number}", evidence="fake"),))
        for number, least in enumerate((80.0, 90.0, None, 85.0))
    ]
    assert made(*runs).rehearsals[0].least == 90.0


def test_one_part_that_was_refused_refuses_all():
    runs = (
        rehearsed(upgrade("a", Outcome.NOTICED), id_="one", tests=(tried("test_1", evidence="fake"),)),
        rehearsed(id_="two", of={"refused": "1 of 2 tests fails without an upgrade"}, tests=(tried("test_2", evidence="fake"),)),
    )  # fmt: skip
    report = made(*runs)
    assert report.rehearsals[0].refused == "1 of 2 tests fails without an upgrade"
    assert report.verdict.headline == "Cannot say: 1 of 2 tests fails without an upgrade"


def test_each_dialect_has_a_rehearsal_of_its_own():
    other = rehearsed(upgrade("b", Outcome.NOTICED, touched=()), id_="two", dialect="acd")
    report = made(rehearsed(upgrade("a", touched=(NAME,))), other)
    assert [one.dialect for one in report.rehearsals] == ["acd", "platform-v2"]
    assert report.verdict.headline == "Rehearsed: 1 of 2 upgrades noticed (50 %)"


# The verdict


@pytest.mark.parametrize(
    ("upgrades", "others", "outlook", "headline"),
    [
        ((upgrade("a", Outcome.NOTICED), upgrade("b", touched=(NAME,))), {}, Outlook.GO, "Rehearsed: 1 of 2 upgrades noticed (50 %)"),
        ((upgrade("a", Outcome.NOTICED), upgrade("b")), {"rehearse_least": 100.0}, Outlook.GO, "Rehearsed: 1 of 1 upgrade noticed (100 %)"),
        (
            (upgrade("a", Outcome.NOTICED), upgrade("b", touched=(NAME,))), {"rehearse_least": 90.0},
            Outlook.STOP, "Do not go on: 50 % of upgrades noticed, 90 % asked for",
        ),
        ((), {"of": {"refused": "2 of 40 tests fail without an upgrade"}}, Outlook.UNCLEAR, "Cannot say: 2 of 40 tests fail without an upgrade"),
        ((upgrade("a", Outcome.NOTICED),), {"lost": ("a worker was lost",)}, Outlook.UNCLEAR, "Cannot say: a worker was lost"),
        ((upgrade("a", Outcome.NOTICED),), {"shard": (1, 2)}, Outlook.UNCLEAR, "Cannot say: shard 2 of 2 is missing (fake, platform-v2)"),
        ((upgrade("a", Outcome.NOT_EXERCISED),), {"rehearse_least": 90.0}, Outlook.UNCLEAR, "Cannot say: no upgrade changed what these tests ask for"),
    ],
    ids=["noticed", "harmless is not counted", "too few", "refused", "a worker lost", "a part", "nothing met"],
)  # fmt: skip
def test_a_rehearsal_has_a_verdict_of_its_own(upgrades, others, outlook, headline):
    verdict = made(rehearsed(*upgrades, **others)).verdict
    assert (verdict.outlook, verdict.headline) == (outlook, headline)


def test_the_reasons_name_survivors_and_say_what_a_rehearsal_is_not():
    several = [upgrade(f"u{number}", touched=(NAME,)) for number in range(5)]
    assert made(rehearsed(*several, upgrade("h"), upgrade("n", Outcome.NOTICED))).verdict.reasons == (
        "survived: rows have no team (u0)",
        "survived: rows have no team (u1)",
        "survived: rows have no team (u2)",
        "and 2 more survivors",
        "1 more upgrade changed only what nobody here reads",
        "upgrades were simulated on the fake: this says what these tests would notice, and nothing of a tenant",
    )


@pytest.mark.parametrize(
    ("live", "headline"),
    [
        (tried("test_live"), "Go on: no drift in 1 operation"),
        (changed("test_live"), "Do not go on: 1 breaking change, in what you read"),
        (tried("test_live", outcome="failed"), "Do not go on: 1 test failed"),
        (
            tried("test_live", outcome="skipped", before=None, after=None),
            "Cannot say: nothing was verified on a tenant",
        ),
    ],
    ids=["go", "stop", "failed", "skipped"],
)
def test_beside_tests_of_a_tenant_the_rehearsal_is_a_reason(live, headline):
    fake = rehearsed(
        upgrade("a", touched=(NAME,)), id_="two", rehearse_least=90.0, tests=(tried(evidence="fake", usage=read("$[*].team")),)
    )  # fmt: skip
    verdict = made(run(live), fake).verdict
    assert verdict.headline == headline
    assert (
        "rehearsed: 0 of 1 upgrade noticed (0 %)" in verdict.reasons
        or "rehearsed: no upgrade changed what these tests ask for" in verdict.reasons
    )


def test_a_refused_rehearsal_beside_a_tenant_is_a_reason_too():
    verdict = made(run(tried("test_live")), rehearsed(id_="two", of={"refused": "no test asks anything"})).verdict
    assert verdict.outlook is Outlook.GO
    assert "nothing was rehearsed: no test asks anything" in verdict.reasons


# Drift in what is read


@pytest.mark.parametrize(
    ("usage", "headline"),
    [
        (read("$[*].team"), "Do not go on: 1 breaking change, in what you read"),
        (read("$[*].state"), "Do not go on: 1 breaking change, not in what you read"),
        (read("$.a", operation="getAgent"), "Do not go on: 1 breaking change"),
    ],
    ids=["read", "unread", "unknown"],
)
def test_the_headline_says_whether_you_read_what_broke(usage, headline):
    verdict = made(run(changed(usage=usage))).verdict
    assert (verdict.outlook, verdict.headline) == (Outlook.STOP, headline)


# Scores


def scored_as(count, of, **others):
    return rehearsal(*[noticed()] * count, *[survivor()] * (of - count), **others)


@pytest.mark.parametrize(
    ("count", "of", "least", "told"),
    [
        (57, 60, None, "95 %"),
        (40, 48, 90.0, "83 %"),
        (112, 125, 90.0, "89 %"),
        (112, 125, 89.5, "89.6 %"),
        (1999, 2000, None, "99 %"),
        (1999, 2000, 100.0, "99 %"),
        (2000, 2000, 100.0, "100 %"),
        (0, 9, None, "0 %"),
        (0, 0, 90.0, "no score"),
    ],
)
def test_a_score_is_never_shown_as_better_than_it_is_nor_on_the_wrong_side_of_what_is_asked(count, of, least, told):
    assert percent(scored_as(count, of, least=least)) == told


def test_what_is_only_counted_was_not_exercised_and_is_in_no_score():
    one = only(upgrade("a", Outcome.NOTICED), upgrade("b", Outcome.NOT_EXERCISED), of={"idle": 4_000})
    assert (one.idle, one.missed, one.score) == (4_000, 4_001, 100.0)


def test_what_is_harmless_or_was_not_exercised_is_in_no_score():
    assert scored(rehearsal(noticed(), harmless(), not_exercised())) == "1 of 1 upgrade noticed (100 %)"


@pytest.mark.parametrize(
    ("given", "faults"),
    [
        ([scored_as(40, 48, least=90.0)], ["FAILED: 83 % of 48 upgrades noticed, --cxone-rehearse-min=90 asks for more"]),
        ([scored_as(112, 125, least=90.0)], ["FAILED: 89 % of 125 upgrades noticed, --cxone-rehearse-min=90 asks for more"]),
        ([scored_as(40, 48)], []),
        ([scored_as(112, 125, least=89.6)], []),
        ([rehearsal(not_exercised(), least=1.0)], ["FAILED: no upgrade changed what these tests ask for, and --cxone-rehearse-min=1 asks for it"]),
        (
            [rehearsal(refused="2 of 40 tests fail without an upgrade", least=89.5)],
            ["FAILED: nothing was rehearsed (2 of 40 tests fail without an upgrade), and --cxone-rehearse-min=89.5 asks for it"],
        ),
        ([rehearsal(refused="why")], []),
        (
            [scored_as(1, 2, least=90.0, dialect="acd"), scored_as(2, 2, least=90.0)],
            ["FAILED: 50 % of 2 upgrades of acd noticed, --cxone-rehearse-min=90 asks for more"],
        ),
        ([], []),
    ],
    ids=["too few", "nearly", "nobody asks", "just enough", "nothing met", "refused", "refused, and nobody asks", "two dialects", "none"],
)  # fmt: skip
def test_a_run_is_red_for_fewer_than_somebody_asks_for(given, faults):
    assert list(rehearsal_faults(report(rehearsals=tuple(given)))) == faults
