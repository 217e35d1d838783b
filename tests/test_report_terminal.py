"""The summary in a terminal: a screen at most, the verdict first, one line where nothing has changed."""

import re
from unicodedata import east_asian_width

import pytest

from pytest_cxone.drift import Severity
from pytest_cxone.report.terminal import Line, Tone, lines
from pytest_cxone.report.values import Outlook, Relevance
from tests.reports import (
    EMPTY,
    EXAMPLES,
    GRADED,
    HOSTILES,
    ONLY_ACKNOWLEDGED,
    REHEARSED,
    RICH,
    UNCLEAR,
    acknowledgement,
    failure,
    finding,
    many,
    not_compared,
    report,
    use,
    verdict,
)

ALL = {**EXAMPLES, **HOSTILES}
STOP = verdict(Outlook.STOP, "Do not go on: 40 breaking changes", *(f"reason {number}" for number in range(9)))
FULL = report(
    verdict=STOP,
    findings=(
        *many(40),
        *many(30, severity=Severity.ADDITIVE),
        *many(9, acknowledged=acknowledgement()),
        *many(9, acknowledged=acknowledgement(expired=True), status=400),
    ),
    not_compared=tuple(not_compared(path=f"$.a{number}") for number in range(50)),
    parity=RICH.parity * 9,
    failures=tuple(failure(test=f"tests/test_x.py::test_{number}") for number in range(50)),
    hints=tuple(f"hint {number}" for number in range(50)),
    stale=tuple(f"stale {number}" for number in range(50)),
)


def texts(one, width=120, written=()):
    return [line.text for line in lines(one, width=width, written=written)]


def columns(text):
    return sum(2 if east_asian_width(char) in "FW" else 1 for char in text)


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [20, 80, 200])
def test_no_line_is_wider_than_the_terminal_or_does_anything_to_it(name, width):
    for text in texts(ALL[name], width, ("a\x1b[2J.html",)):
        assert columns(text) <= width
        assert text.isprintable()


def test_wide_characters_take_two_columns():
    assert [columns(text) for text in texts(report(verdict=verdict(Outlook.GO, "漢" * 50)), 40)] == [39]


def test_all_that_can_be_told_fits_a_screen_and_shows_the_worst_changes_first():
    told = texts(FULL, written=("report.html",))

    assert len(told) <= 24
    assert told[0] == "Do not go on: 40 breaking changes"
    changes = [text for text in told if re.match(r"  (breaking|additive|cosmetic)", text)]
    assert len(changes) >= 4
    assert all(text.startswith("  breaking") for text in changes)
    rest = 40 + 30 + 9 - len(changes)
    assert f"                and {rest} more ({rest - 30} breaking, 30 additive), in report.html" in told


def test_where_there_is_room_all_changes_are_shown():
    told = texts(report(verdict=STOP, findings=many(9)))

    assert sum(text.startswith("  breaking") for text in told) == 9
    assert not any("more (" in text for text in told)


def test_changes_that_are_not_shown_are_counted_and_where_they_are_is_told():
    told = texts(report(verdict=STOP, findings=many(1000)), written=("a.json", "b.html"))

    assert len(told) <= 24
    shown = sum(text.startswith("  breaking") for text in told)
    assert f"                and {1000 - shown} more ({1000 - shown} breaking), in a.json" in told


def test_without_a_file_it_is_told_how_to_have_one():
    told = texts(report(verdict=STOP, findings=many(1000)))

    assert told[-1].endswith(" breaking); --cxone-report=FILE has all")


def test_a_change_says_how_bad_what_where_how_sure_and_its_fingerprint():
    first = RICH.findings[0].finding.fingerprint

    assert texts(RICH)[4:6] == [
        "  breaking      agentId is no longer in the rows: in 2 operations",
        f"                $[*].agentId: string → absent; 3 and 70 seen  {first} +1",
    ]


def test_a_change_of_one_operation_names_it():
    assert "  additive      presence is new in some rows: GET /api/v2/agents/states" in texts(RICH)


def test_what_is_long_is_cut_before_the_samples_and_the_fingerprint():
    one = finding(before="x" * 500)
    told = next(text for text in texts(report(verdict=STOP, findings=(one,)), 80) if "$[*].agentId" in text)

    assert told.endswith(f"…; 3 and 70 seen  {one.finding.fingerprint}")
    assert columns(told) == 80


def test_nothing_changed_is_one_line():
    assert list(lines(EMPTY, width=80)) == [Line("Go on: no drift in 12 operations", Tone.GOOD)]
    assert texts(EMPTY, written=("report.html",)) == ["Go on: no drift in 12 operations (see report.html)"]


def test_what_a_quiet_verdict_rests_on_is_beside_it_or_below_and_never_cut():
    one = report(verdict=verdict(Outlook.GO, "Go on: no drift", "40 tests ran on the tenant", "it was the fake"))

    assert texts(one) == ["Go on: no drift (40 tests ran on the tenant; it was the fake)"]
    assert [text.strip() for text in texts(one, 50)] == [
        "Go on: no drift",
        "40 tests ran on the tenant",
        "it was the fake",
    ]


def test_reasons_that_name_what_has_a_line_of_its_own_are_not_said_twice():
    assert [text.strip() for text in texts(RICH)[:4]] == [
        "Do not go on: 2 breaking changes, 1 test failed",
        "1 test failed, most likely of that",
        "78 tests ran on the tenant, 6 were skipped",
        "3 comparisons could not be made",
    ]


def test_a_headline_that_is_too_long_for_a_line_has_two():
    headline = "Cannot say: a cassette could not be read: cassettes/test_board/test_profile.yaml, line 2: no mapping"

    assert texts(report(verdict=verdict(Outlook.UNCLEAR, headline)), 80) == [
        "Cannot say: a cassette could not be read:",
        "  cassettes/test_board/test_profile.yaml, line 2: no mapping",
    ]


def test_reasons_are_four_at_most():
    told = texts(report(verdict=STOP))

    assert [text.strip() for text in told[1:]] == ["reason 0", "reason 1", "reason 2", "reason 3 (5 more)"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"not_compared": (not_compared(),)}, "1 comparison could not be made: what has changed there is not known"),
        ({"compared": 0}, "no operation with a recording: whether anything has changed is not known"),
        ({"failures": (failure(),)}, "test_rows_have_an_agent: KeyError: 'agentId'"),
        ({"stale": ("3f2a: fits nothing",)}, "  stale         3f2a: fits nothing"),
        ({"hints": ("answers came late",)}, "answers came late"),
        ({"parity": RICH.parity}, "1 differ: agents-paged; 1 agree, 2 not verified"),
        ({"findings": (finding(acknowledged=acknowledgement()),)}, "1 change, by wallboard team"),
    ],
    ids=["a place", "no operation", "failure", "stale", "hint", "parity", "acknowledged"],
)
def test_what_is_no_change_and_matters_is_told_though_all_is_well(changes, said):
    assert said in "\n".join(texts(report(**changes)))


@pytest.mark.parametrize("name", ["rich", "unclear"])
def test_a_comparison_that_could_not_be_made_says_why(name):
    told = "\n".join(texts(ALL[name]))

    assert "is not known" in told
    assert ALL[name].not_compared[0].reason in told


def test_nothing_verified_is_not_called_well():
    told = list(lines(UNCLEAR, width=80))

    assert told[0] == Line("Cannot say: nothing was verified on a tenant", Tone.PLAIN)
    assert all(line.tone is not Tone.GOOD for line in told)


def test_an_acknowledged_change_is_counted_in_one_line():
    assert texts(ONLY_ACKNOWLEDGED) == [
        "Go on: nothing new in 12 operations; 1 change acknowledged",
        "  acknowledged  1 change, by wallboard team: agentId is no longer in the rows",
    ]


def test_how_many_more_there_are_stands_at_the_end_of_a_line_and_is_not_cut():
    one = report(hints=tuple(f"hint {number} {'x' * 200}" for number in range(9)))

    assert [text[-10:] for text in texts(one, 80)[2:]] == ["xxxxxxxxx…", "… (6 more)"]
    told = texts(report(verdict=verdict(Outlook.STOP, "Do not go on", *("word " * 60 for _ in range(9)))), 80)
    assert told[-1].endswith("… (5 more)")


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_test_that_failed_shows_its_reason_and_both_ends_of_its_name(width):
    name = "tests/integration/wallboards/test_rows_of_agents.py::TestRows::test_every_row_has_an_agent[platform-v2]"
    one = report(verdict=STOP, failures=(failure(name, message="KeyError: 'agentId'"),))
    (told,) = [text for text in texts(one, width) if text.startswith("  failed")]

    assert told.startswith("  failed        tests/inte")
    assert told.endswith("platform-v2]: KeyError: 'agentId'")
    assert ("…" in told) is (width < 200)


def test_a_long_reason_of_a_failure_leaves_half_of_a_line_to_the_name():
    name = "tests/integration/wallboards/test_rows_of_agents.py::TestRows::test_every_row_has_an_agent"
    one = report(verdict=STOP, failures=(failure(name, message="x" * 500),))
    (told,) = [text for text in texts(one, 80) if text.startswith("  failed")]

    assert re.fullmatch(r"  failed        tests/\S+…\S+an_agent: x+…", told)
    assert columns(told) == 80


def test_an_expired_acknowledgement_is_named_and_its_change_counts():
    told = texts(RICH)
    fingerprint = RICH.findings[2].finding.fingerprint

    assert f"  expired       {fingerprint} on 2026-10-31 (wallboard team): it counts again" in told
    assert any(text.endswith(fingerprint) for text in told if "media type:" in text)


def test_hints_are_three_at_most():
    told = texts(report(hints=tuple(f"hint {number}" for number in range(9))))

    assert told[1:] == ["  worth a look  hint 0", "                hint 1", "                hint 2 (6 more)"]


def test_colours_follow_severity():
    tones = {line.text.split()[0]: line.tone for line in lines(RICH, width=120)}

    assert [tones[word] for word in ("Do", "breaking", "additive", "cosmetic", "failed", "not", "reports")[:6]] == [
        Tone.BAD, Tone.BAD, Tone.PLAIN, Tone.DIM, Tone.BAD, Tone.PLAIN,
    ]  # fmt: skip


def test_control_characters_are_shown_escaped():
    (told,) = texts(report(verdict=verdict(Outlook.GO, "a\x1b[2J\r\n\x9b\u202eb\ud83d")))

    assert told == "a\\x1b[2J\\r\\n\\x9b\\u202eb\\ud83d"


# Who reads what


def test_a_change_says_whether_you_read_it_and_where():
    told = texts(GRADED)

    assert "  breaking      agentId is no longer in the rows: in 2 operations; you read this at wallboard.py:25" in told
    assert "  additive      presence is new in some rows: GET /api/v2/agents/states; nobody here reads this" in told
    assert not any("read" in text.split(": ", 1)[1] for text in texts(RICH) if text.startswith("  breaking"))


def test_where_a_change_is_read_is_told_though_what_is_read_is_long():
    one = finding(sentence="x" * 500, relevance=Relevance.READ, uses=(use(f"{'lib/' * 50}board.py", 0),))
    (told,) = [text for text in texts(report(verdict=STOP, findings=(one,)), 100) if text.startswith("  breaking")]

    assert re.search(r"x…; you read this at lib/\S+…\S+board\.py$", told)
    assert columns(told) == 100


def test_a_report_of_a_rehearsal_does_not_ask_for_recordings():
    assert texts(REHEARSED) == [
        "Rehearsed: 3 of 5 upgrades noticed (60 %)",
        "  1 more upgrade changed only what nobody here reads",
        "  upgrades were simulated on the fake: this says what these tests would notice, and nothing of a tenant",
    ]
