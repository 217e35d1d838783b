"""A rehearsal in a terminal: a screen at most, the score and the survivors first, one line where all was noticed."""

from dataclasses import replace

import pytest

from pytest_cxone.rehearsal.outcomes import LeftOut
from pytest_cxone.report.terminal import Line, Tone, rehearsal_lines
from tests.reports import (
    ALL_NOTICED,
    EXAMPLES,
    HOSTILES,
    REFUSED,
    REHEARSED,
    SHORT,
    harmless,
    not_exercised,
    noticed,
    rehearsal,
    survivor,
    use,
)
from tests.test_report_terminal import columns

ALL = {**EXAMPLES, **HOSTILES}
KEPT = LeftOut("tests/test_cache.py::test_kept", "it fails without an upgrade, when it runs again")
MANY = rehearsal(
    *(survivor(f"survivor-{number}", breaks=f"this breaks {number}") for number in range(50)),
    *(survivor(f"harmless-{number}", relevance=harmless().relevance) for number in range(50)),
    noticed(), not_exercised(), left_out=(KEPT,) * 50, least=90.0,
)  # fmt: skip


def texts(one, width=120, written=()):
    return [line.text for line in rehearsal_lines(one, width=width, written=written)]


@pytest.mark.parametrize("name", [name for name in ALL if ALL[name].rehearsals])
@pytest.mark.parametrize("width", [20, 80, 200])
def test_no_line_is_wider_than_the_terminal_or_does_anything_to_it(name, width):
    for one in ALL[name].rehearsals:
        told = texts(one, width, ("a\x1b[2J.html",))
        assert told
        for text in told:
            assert columns(text) <= width
            assert text.isprintable()


def test_the_score_is_first_then_the_survivors_with_two_lines_each_then_the_counts():
    assert texts(REHEARSED.rehearsals[0], 140, ("report.html",)) == [
        "3 of 5 upgrades noticed (60 %)",
        "  survived      state.name is null  row-state-name-nulled",
        "                wallboard.py:25 in Wallboard.refresh reads it",
        "  survived      the status is 202  states-202",
        "                the status is 202: this changes status of GET /api/v2/agents/states",
        "  to write      Write a test that asserts what your code makes of $[*].state.name; it must turn red under pytest",
        "                --cxone-upgrade=row-state-name-nulled",
        "  harmless      1 upgrade changed only what nobody here reads: listAgentStates.team.name.removed",
        "  not exercised 1,201 upgrades changed no answer of these tests",
        "  rehearsed     212 runs of 40 tests in 12.3 s",
        "  left out      tests/test_cache.py::test_kept: it fails without an upgrade, when it runs again",
        "  reports       report.html",
    ]


def test_all_noticed_is_one_line():
    assert list(rehearsal_lines(ALL_NOTICED.rehearsals[0], width=120)) == [
        Line("1 of 1 upgrade noticed (100 %); 1 not exercised; 212 runs of 40 tests in 12.3 s", Tone.GOOD)
    ]
    assert texts(ALL_NOTICED.rehearsals[0], 120, ("report.html",))[0].endswith("; see report.html")


def test_what_is_beside_the_score_is_below_it_where_there_is_no_room():
    assert texts(ALL_NOTICED.rehearsals[0], 60) == [
        "1 of 1 upgrade noticed (100 %)",
        "  1 not exercised; 212 runs of 40 tests in 12.3 s",
    ]


def test_what_was_left_out_is_told_though_all_was_noticed():
    told = texts(rehearsal(noticed(), harmless(), left_out=(KEPT, KEPT, KEPT)))

    assert [text[:46] for text in told] == [
        "1 of 1 upgrade noticed (100 %); 1 harmless; 21",
        "  left out      tests/test_cache.py::test_kept",
        "                tests/test_cache.py::test_kept",
    ]
    assert told[-1].endswith(" (1 more)")


def test_fifty_survivors_fit_a_screen_and_those_that_are_not_shown_are_counted():
    told = texts(MANY, written=("a.json", "b.html"))

    assert len(told) <= 24
    shown = sum(text.startswith("  survived") for text in told)
    assert shown >= 4
    assert f"                and {50 - shown} more, in a.json" in told
    assert any(text.endswith("harmless-0, harmless-1, harmless-2 (47 more)") for text in told)


def test_without_a_file_it_is_told_how_to_have_one():
    assert any(text.endswith(" more; --cxone-report=FILE has all") for text in texts(MANY))


def test_an_upgrades_id_is_not_cut_since_it_is_what_can_be_run():
    (told,) = [text for text in texts(rehearsal(survivor(summary="x" * 500)), 80) if text.startswith("  survived")]

    assert told.endswith("x…  row-state-name-nulled")
    assert columns(told) == 80


@pytest.mark.parametrize(
    ("one", "headline"),
    [
        (SHORT.rehearsals[0], Line("3 of 5 upgrades noticed (60 %), 90 % asked for", Tone.BAD)),
        (replace(SHORT.rehearsals[0], least=50.0), Line("3 of 5 upgrades noticed (60 %), 50 % asked for", Tone.PLAIN)),
        (REFUSED.rehearsals[0], Line("Nothing was rehearsed: 2 of 40 tests fail without an upgrade", Tone.BAD)),
        (replace(REFUSED.rehearsals[0], least=None), Line("Nothing was rehearsed: 2 of 40 tests fail without an upgrade", Tone.PLAIN)),
    ],
    ids=["too few", "enough", "refused", "refused, and nobody asks"],
)  # fmt: skip
def test_the_first_line_says_how_it_went_and_is_red_where_somebody_asked_for_more(one, headline):
    assert next(rehearsal_lines(one, width=120)) == headline


@pytest.mark.parametrize("least", [None, 90.0])
def test_what_nothing_was_met_by_is_not_called_well(least):
    told = list(rehearsal_lines(rehearsal(not_exercised(), least=least), width=160))

    assert told[0].text.startswith("no upgrade changed what these tests ask for; 1 not exercised")
    assert all(line.tone is not Tone.GOOD for line in told)


def test_of_several_places_that_read_it_the_first_is_named():
    told = texts(rehearsal(survivor(uses=(use(), use(line=31), use(line=40)))))

    assert told[2] == "                wallboard.py:25 in Wallboard.refresh reads it (and 2 more places)"
