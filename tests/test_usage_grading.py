"""Read, unread or unknown: "nobody here reads this" is told only where that was seen."""

import pytest

from pytest_cxone.usage.grading import Uses
from pytest_cxone.usage.values import Place, Reading, Relevance, Usage, Use

OPERATION = "listAgentStates"
HERE = Place("wallboard.py", 25, "Wallboard.refresh")


def usage(*paths, unseen=(), place=HERE, operation=OPERATION):
    """Return what reads these paths; one that ends in "!" as a whole."""
    return Usage(
        frozenset(Reading(operation, path.removesuffix("!"), path.endswith("!"), place) for path in paths),
        frozenset((operation, path) for path in unseen),
    )


ROWS = usage("$", "$[*].agentId", "$[*].state", "$[*].state.name")
READ, UNREAD, UNKNOWN = Relevance.READ, Relevance.UNREAD, Relevance.UNKNOWN
GRADES = {
    "the path itself": ([ROWS], "$[*].state.name", READ),
    "something below it": ([ROWS], "$[*]", READ),
    "the body": ([ROWS], "$", READ),
    "json() alone": ([usage("$")], "$", READ),
    "the whole of what is around": ([usage("$", "$[*]!")], "$[*].team.name", READ),
    "the whole of it": ([usage("$", "$[*].state!")], "$[*].state", READ),
    "beside what is read": ([ROWS], "$[*].team", UNREAD),
    "below what nobody takes": ([ROWS], "$[*].team.name", UNREAD),
    "beside, one level down": ([ROWS], "$[*].state.id", UNREAD),
    "names that begin alike": ([ROWS], "$[*].stateGroup", UNREAD),
    "the whole of what is beside": ([usage("$", "$[*].agentId", "$[*].state!")], "$[*].stateGroup.name", UNREAD),
    "nothing was taken": ([], "$[*].team", UNKNOWN),
    "only of another operation": ([usage("$", "$.a", operation="getAgent")], "$[*].team", UNKNOWN),
    "the body was taken, and nobody looked": ([usage("$")], "$[*].agentId", UNKNOWN),
    "a list was taken, and nobody looked": ([usage("$", "$.rows")], "$.rows[*].id", UNKNOWN),
    "rows of a list that is the body": ([usage("$", "$.other")], "$[*].id", UNKNOWN),
    "beside a list that was taken": ([usage("$", "$.rows")], "$.total", UNREAD),
    "an object was taken, and nobody looked": ([usage("$", "$[*].state")], "$[*].state.name", UNKNOWN),
    "one looked, another did not": ([usage("$", "$[*].agentId"), usage("$")], "$[*].team", UNREAD),
    "one may have read unseen": ([ROWS, usage("$", unseen=["$"])], "$[*].team", UNKNOWN),
    "one may have read unseen elsewhere": ([usage("$", "$[*].a", unseen=["$[*].state"])], "$[*].team", UNREAD),
    "one may have read unseen below": ([usage("$", "$[*].state.name", unseen=["$[*].state"])], "$[*].state.id", UNKNOWN),
    "read, and maybe unseen": ([usage("$", "$[*].state.name", unseen=["$"])], "$[*].state.name", READ),
    "keys without a name": ([usage("$", "$.*")], "$.*.id", UNKNOWN),
    "a status": ([ROWS], "status", UNKNOWN),
    "a header": ([ROWS], "header retry-after", UNKNOWN),
}  # fmt: skip


@pytest.mark.parametrize(("tests", "path", "expected"), GRADES.values(), ids=GRADES)
def test_a_path_is_graded_by_what_was_seen(tests, path, expected):
    uses = Uses([(f"test_it.py::test_{number}", one) for number, one in enumerate(tests)])
    relevance, places = uses.relevance(OPERATION, path)
    assert relevance is expected
    assert bool(places) is (expected is READ)


def test_a_use_has_its_place_and_the_tests_that_came_there():
    other = Place("app.py", 3, "main")
    uses = Uses([("b", ROWS), ("a", ROWS), ("c", usage("$[*].agentId", place=other))])
    assert uses.relevance(OPERATION, "$[*].agentId")[1] == (
        Use(place=other, tests=("c",)),
        Use(place=HERE, tests=("a", "b")),
    )


def test_a_committed_file_grades_where_no_test_came():
    committed = usage("$", "$[*].agentId", place=HERE._replace(line=0))
    uses = Uses([], committed)
    assert uses.relevance(OPERATION, "$[*].agentId") == (READ, (Use(place=HERE._replace(line=0)),))
    assert uses.relevance(OPERATION, "$[*].team") == (UNREAD, ())


def test_a_line_that_a_test_saw_stands_for_what_the_file_says_of_it():
    uses = Uses([("a", ROWS)], usage("$", "$[*].agentId", place=HERE._replace(line=0)))
    assert uses.relevance(OPERATION, "$[*].agentId")[1] == (Use(place=HERE, tests=("a",)),)


def test_all_that_is_read_is_listed_in_order():
    used = Uses([("a", usage("$", "$[*].b!", "$[*].a"))]).used(lambda id_: f"GET {id_}")
    assert [(one.label, one.path, one.is_whole) for one in used] == [
        (f"GET {OPERATION}", "$", False),
        (f"GET {OPERATION}", "$[*].a", False),
        (f"GET {OPERATION}", "$[*].b", True),
    ]


def test_nothing_is_nothing():
    assert not Uses([])
    assert not Uses([("a", Usage())], Usage())
    assert Uses([("a", ROWS)])
