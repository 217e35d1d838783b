"""Annotations of GitHub: escaped as its runner unescapes, the most severe first, and none that it would not show."""

import re
from collections import Counter

import pytest

from pytest_cxone.drift import Severity
from pytest_cxone.report.annotations import annotations_of
from pytest_cxone.report.values import Relevance
from tests.reports import (
    EMPTY,
    EXAMPLES,
    GRADED,
    HOSTILES,
    ONLY_ACKNOWLEDGED,
    REFUSED,
    REHEARSED,
    RICH,
    UNCLEAR,
    failure,
    finding,
    harmless,
    many,
    rehearsal,
    report,
    survivor,
    use,
)

COMMAND = re.compile(
    r"::(error|warning|notice) (?:file=([^,:\r\n]+),)?(?:line=([1-9]\d*),)?title=([^,:\r\n]+)::([^\r\n]*)"
)
ALL = {**EXAMPLES, **HOSTILES}


def told(one):
    """Level, file, title and text of each annotation, as the runner reads them."""
    for line in annotations_of(one):
        level, file, _, title, text = COMMAND.fullmatch(line).groups()
        yield level, file and unescaped(file), unescaped(title), unescaped(text)


def unescaped(text):
    """Undo in the order of GitHub's runner: the percent sign last."""
    for sign, code in (("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C"), ("%", "%25")):
        text = text.replace(code, sign)
    return text


def levels(one):
    return Counter(level for level, *_ in told(one))


@pytest.mark.parametrize("name", ALL)
def test_every_annotation_is_one_command_in_one_line(name):
    lines = list(annotations_of(ALL[name]))

    assert lines
    for line in lines:
        assert COMMAND.fullmatch(line)
        assert line.isprintable()
        assert re.sub(r"%(25|0A|2C|3A)", "", line).count("%") == 0


@pytest.mark.parametrize("name", ALL)
def test_no_level_has_more_than_are_shown(name):
    assert max(levels(ALL[name]).values()) <= 10


def test_the_text_comes_out_as_it_was():
    texts = [text for *_, text in told(report(hints=(), findings=(finding(sentence="100%0A::error::out, or: 5%"),)))]

    assert any(text.startswith("100%0A::error::out, or: 5%: GET /api/v2/agents/states\n") for text in texts)


def test_a_title_keeps_its_colons_and_commas():
    titles = [title for _, _, title, _ in told(report(failures=(failure(evidence="live, at 8:00"),)))]

    assert "CXone: test failed, live, at 8:00" in titles


def test_a_line_end_in_a_text_is_seen_and_ends_nothing():
    texts = [text for *_, text in told(report(findings=(finding(sentence="one\ntwo\x1b[31m"),)))]

    assert any("one\\ntwo\\x1b[31m" in text for text in texts)


def test_the_verdict_is_first_and_then_the_worst():
    lines = list(told(RICH))

    assert [(level, title) for level, _, title, _ in lines] == [
        ("error", "CXone"),
        ("error", "CXone: breaking change"),
        ("error", "CXone: breaking change"),
        ("error", "CXone: test failed, live"),
        ("warning", "CXone: 3 comparisons could not be made"),
        ("warning", "CXone: an acknowledgement has expired"),
        ("notice", "CXone: additive change"),
        ("notice", "CXone: cosmetic change"),
    ]
    assert lines[0][3].splitlines()[0] == RICH.verdict.headline


def test_a_change_says_where_what_and_its_fingerprint():
    _, file, _, text = list(told(RICH))[1]

    assert file == "tests/test_wallboard.py"
    assert text.splitlines() == [
        "agentId is no longer in the rows: GET /api/v2/agents/states, GET /api/v2/agents/{agentId}/state",
        "$[*].agentId: string → absent; 3 and 70 seen",
        f"response-property-removed, fingerprint {', '.join(one.finding.fingerprint for one in RICH.findings[:2])}",
    ]


@pytest.mark.parametrize(
    ("test", "file"),
    [
        ("tests/test_x.py::test_y", "tests/test_x.py"),
        ("tests/a,b.py::test_y", "tests/a,b.py"),
        ("/elsewhere/x.py::test_y", None),
        ("../x.py::test_y", None),
        ("C:\\x.py::test_y", None),
        ("a\nb.py::test_y", None),
        ("pytest_cxone.contract.test_auth::test_y", None),
    ],
    ids=["relative", "comma", "absolute", "outside", "windows", "line end", "module"],
)
def test_only_a_file_of_the_project_is_named_as_one(test, file):
    assert [one[1] for one in told(report(failures=(failure(test=test),))) if one[0] == "error"] == [file]


def test_an_acknowledged_change_is_no_annotation():
    assert [title for _, _, title, _ in told(ONLY_ACKNOWLEDGED)] == ["CXone"]


@pytest.mark.parametrize(
    ("one", "level"), [(EMPTY, "notice"), (RICH, "error"), (UNCLEAR, "warning")], ids=["go", "stop", "unclear"]
)
def test_the_verdict_has_the_level_of_its_outlook(one, level):
    assert next(told(one))[0] == level


@pytest.mark.parametrize(
    ("breaking", "additive", "shown", "left"),
    [
        (10, 9, {"error": 10, "notice": 10}, None),
        (11, 0, {"error": 10, "notice": 2}, 1),
        (0, 10, {"notice": 10}, 2),
        (500, 500, {"error": 10, "notice": 10}, 982),
    ],
)
def test_the_last_notice_says_how_many_there_was_no_place_for(breaking, additive, shown, left):
    findings = (*many(breaking), *many(additive, severity=Severity.ADDITIVE))
    one = report(findings=findings)
    last = list(told(one))[-1]

    assert levels(one) == shown
    assert (last[2] == "CXone: there is more") is (left is not None)
    if left is not None:
        word = "annotation" if left == 1 else "annotations"
        assert last[3] == f"{left} more {word} of CXone: the job summary or a report has all."
        # The verdict is one more; the last itself is none of them.
        assert sum(shown.values()) - 1 + left == breaking + additive + 1


def test_long_texts_are_cut():
    assert max(map(len, annotations_of(report(findings=(finding(sentence="x" * 100_000),))))) < 5_000


# Who reads what


def place(one):
    """Return file and line of the one annotation that is not the verdict's."""
    (found,) = [COMMAND.fullmatch(line) for line in annotations_of(one) if "title=CXone::" not in line]
    return found.group(2, 3)


@pytest.mark.parametrize(
    ("uses", "expected"),
    [
        ((use(),), ("wallboard.py", "25")),
        ((use(line=0),), ("wallboard.py", None)),
        ((use("lib/a.py", 0), use("lib/b.py", 7)), ("lib/b.py", "7")),
        ((use("../out.py"),), ("tests/test_x.py", None)),
        ((), ("tests/test_x.py", None)),
    ],
    ids=["known", "no line", "the one with a line", "outside", "nowhere"],
)
def test_a_change_stands_at_the_line_that_reads_it_or_else_in_its_test(uses, expected):
    one = finding(relevance=Relevance.READ, uses=uses, tests=("tests/test_x.py::test_y",))
    other = rehearsal(survivor(uses=uses, met_by=("tests/test_x.py::test_y",)))
    assert place(report(findings=(one,))) == place(report(rehearsals=(other,))) == expected


def test_a_change_says_whether_you_read_it_where_that_is_known():
    last = [text.splitlines()[-1] for _, _, title, text in told(GRADED) if title.endswith("change")]

    assert last == ["You read this", *["Nobody here reads this"] * 3]
    assert not any("reads this" in text for *_, text in told(RICH))


def test_a_survivor_is_a_warning_with_what_would_break_and_the_test_to_write():
    one = REHEARSED.rehearsals[0].upgrades[0]
    warnings = [(title, text) for level, _, title, text in told(REHEARSED) if level == "warning"]

    assert [title for title, _ in warnings] == ["CXone: no test would notice this upgrade"] * 2
    assert warnings[0][1].splitlines() == ["state.name is null (row-state-name-nulled)", one.breaks, one.advice]


def test_of_many_survivors_ten_are_shown_and_none_that_is_harmless():
    survivors = [survivor(f"u{number}") for number in range(40)]
    one = report(rehearsals=(rehearsal(*survivors, harmless()),))

    assert levels(one) == {"warning": 10, "notice": 2}
    assert list(told(one))[-1][3].startswith("30 more annotations of CXone")


def test_a_rehearsal_that_was_refused_is_the_verdicts_word_alone():
    assert [text for *_, text in told(REFUSED)] == ["Cannot say: 2 of 40 tests fail without an upgrade"]
