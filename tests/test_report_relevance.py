"""Who reads what: changes graded by what tests were seen to read, and nothing called unread that somebody may read."""

import pytest

from pytest_cxone.report.acknowledged import Acknowledged
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.making import report_of
from pytest_cxone.report.relevance import Readers, readers_of, together
from pytest_cxone.report.values import Relevance, Use
from pytest_cxone.usage.values import Place, Usage
from tests.reports import finding, use
from tests.runs import AT, changed, read, run, tried

READ, UNREAD, UNKNOWN = Relevance
TEST = "tests/test_board.py::test_listing"
COMMITTED = read("$[*].state.name", line=0)


def made(*runs):
    return report_of(runs, acknowledged=Acknowledged(), now=AT)


def found(*runs):
    (one,) = made(*runs).findings
    return one


def readers(*runs, is_whole=True):
    return readers_of(runs, is_whole=is_whole)


@pytest.mark.parametrize(
    ("paths", "unseen", "relevance"),
    [
        (("$[*].team",), (), READ),
        (("$[*].team.name",), (), READ),
        (("$[*]!",), (), READ),
        (("$!",), (), READ),
        (("$[*].state.name",), (), UNREAD),
        (("$[*].teams",), (), UNREAD),
        (("$[*].state.name",), ("$[*]",), UNKNOWN),
        (("$[*].state.name",), ("$[*].state",), UNREAD),
    ],
    ids=[
        "itself",
        "below it",
        "a row as a whole",
        "all",
        "beside it",
        "a longer name",
        "a row unseen",
        "unseen beside",
    ],
)
def test_a_finding_is_graded_by_what_the_code_reads(paths, unseen, relevance):
    one = found(run(changed(usage=read(*paths, unseen=unseen))))
    assert one.finding.path == "$[*].team"
    assert one.relevance is relevance
    assert one.uses == (
        (Use(place=Place("wallboard.py", 25, "Wallboard.refresh"), tests=(TEST,)),) if relevance is READ else ()
    )


def test_without_usage_nothing_is_said_of_relevance():
    report = made(run(changed()))
    assert (report.findings[0].relevance, report.findings[0].uses, report.used) == (UNKNOWN, (), ())
    assert report.verdict.headline == "Do not go on: 1 breaking change"


def test_an_operation_of_which_nobody_took_an_answer_is_not_known():
    assert found(run(changed(usage=read("$.name", operation="getAgent")))).relevance is UNKNOWN


@pytest.mark.parametrize("path", ["status", "media type", "header etag", "order"])
def test_what_is_in_no_body_is_not_known(path):
    told = readers(run(tried(usage=read("$!"))))
    assert told.of("platform-v2", "listAgentStates", path) == (UNKNOWN, ())


def test_what_one_test_reads_is_read_whatever_others_do():
    other = tried("test_other", evidence="fake", usage=read("$[*].team", line=7))
    one = found(run(changed(usage=read("$[*].state")), other))
    assert one.relevance is READ
    assert [(use.place.line, use.tests) for use in one.uses] == [(7, ("tests/test_board.py::test_other",))]


def test_what_another_dialect_reads_is_nothing_to_this_one():
    other = run(tried("test_other", usage=read("$[*].team")), id_="two", dialect="acd")
    assert readers(run(changed(usage=read("$[*].state"))), other).of("platform-v2", "listAgentStates", "$[*].team") == (
        UNREAD,
        (),
    )


# What nobody saw is not called unread


def test_what_a_failed_test_would_have_read_is_not_known():
    assert found(run(changed(outcome="failed", usage=read("$[*].state")))).relevance is UNKNOWN


def test_a_failed_test_of_another_operation_makes_no_doubt():
    failed = tried("test_other", evidence="fake", outcome="failed", usage=read("$.name", operation="getAgent"))
    assert found(run(changed(usage=read("$[*].state")), failed)).relevance is UNREAD


def test_what_a_failed_test_did_read_is_read():
    assert found(run(changed(outcome="failed", usage=read("$[*].team")))).relevance is READ


@pytest.mark.parametrize("lacking", [{"shard": (1, 2)}, {"lost": ("a worker was lost",)}], ids=["a shard", "a worker"])
def test_of_a_run_that_is_not_whole_nothing_is_called_unread(lacking):
    assert found(run(changed(usage=read("$[*].state")), **lacking)).relevance is UNKNOWN


@pytest.mark.parametrize(
    "one",
    [
        run(changed(), usage=COMMITTED),
        run(changed(outcome="failed", usage=read()), usage=COMMITTED),
        run(changed(usage=read()), usage=COMMITTED, shard=(1, 2)),
    ],
    ids=["alone", "beside a failed test", "beside a part of a run"],
)
def test_what_is_committed_says_what_is_read_whatever_the_run_saw(one):
    assert found(one).relevance is UNREAD


# Committed files


def test_a_committed_file_grades_a_run_in_which_the_code_itself_does_not_run():
    one = found(run(changed(), usage=read("$[*].team", line=0)))
    assert one.relevance is READ
    assert one.uses == (Use(place=Place("wallboard.py", 0, "Wallboard.refresh")),)


def test_a_place_of_a_committed_file_gives_way_to_the_same_with_its_line():
    one = found(run(changed(usage=read("$[*].team")), usage=read("$[*].team", line=0)))
    assert [use.place.line for use in one.uses] == [25]
    assert {
        use.place.line
        for path in made(run(tried(usage=read())), run(id_="two", usage=COMMITTED)).used
        for use in path.uses
    } == {0, 25}


# What is read


def test_what_is_read_is_told_by_operation_path_and_place():
    report = made(
        run(tried(usage=read("$[*].state.name!")), tried("test_other", usage=read("$[*].state.name", line=7))),
        run(tried("test_profile", usage=read("$.name", operation="getAgent")), id_="two"),
    )
    assert [(one.label, one.path, one.is_whole) for one in report.used] == [
        ("GET /api/v2/agents/{agentId}", "$", False),
        ("GET /api/v2/agents/{agentId}", "$.name", False),
        ("GET /api/v2/agents/states", "$", False),
        ("GET /api/v2/agents/states", "$[*].state.name", False),
        ("GET /api/v2/agents/states", "$[*].state.name", True),
    ]
    assert [(use.place.line, use.tests) for one in report.used[-2:] for use in one.uses] == [
        (7, ("tests/test_board.py::test_other",)),
        (25, (TEST,)),
    ]


def test_what_was_looked_at_and_not_read_at_all_is_no_usage():
    assert made(run(tried(usage=Usage()), usage=Usage())).used == ()


# Several together


@pytest.mark.parametrize(
    ("relevances", "together_"),
    [
        ((READ, UNREAD), READ),
        ((READ, UNKNOWN), READ),
        ((UNREAD, UNREAD), UNREAD),
        ((UNREAD, UNKNOWN), UNKNOWN),
        ((), UNKNOWN),
    ],
)
def test_several_are_unread_only_where_all_are(relevances, together_):
    assert together((one, ()) for one in relevances)[0] is together_


def test_places_of_several_are_told_once_with_all_their_tests():
    one, other = use(tests=("a", "b")), use(tests=("b", "c"))
    assert together([(READ, (one,)), (READ, (other,))])[1] == (use(tests=("a", "b", "c")),)


def test_changes_that_you_read_come_before_others_of_their_severity():
    paths = {UNREAD: "$.a", UNKNOWN: "$.b", READ: "$.c"}
    changes = grouped(finding(path=path, relevance=relevance) for relevance, path in paths.items())
    assert [change.path for change in changes] == ["$.c", "$.b", "$.a"]


def test_a_change_of_several_operations_is_read_where_one_of_them_is():
    (change,) = grouped([finding(relevance=UNREAD), finding(operation="getAgentState", relevance=READ, uses=(use(),))])
    assert (change.relevance, change.uses) == (READ, (use(),))


def test_of_a_dialect_that_nobody_looked_at_nothing_is_known():
    assert Readers().of("acd", "getAgent", "$") == (UNKNOWN, ())
