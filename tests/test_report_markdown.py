"""The report as Markdown: the verdict first, tables that nothing breaks, no more than a pull request takes."""

import re
import tomllib
from datetime import date
from html import unescape

import pytest
from markdown_it import MarkdownIt

from pytest_cxone.rehearsal.outcomes import LeftOut
from pytest_cxone.report.markdown import LONGEST, markdown_of
from pytest_cxone.report.values import Outlook, Relevance
from tests.reports import (
    EMPTY,
    EXAMPLES,
    GRADED,
    HOSTILE_TEXTS,
    HOSTILES,
    ONLY_ACKNOWLEDGED,
    REFUSED,
    REHEARSED,
    RICH,
    SHORT,
    UNCLEAR,
    acknowledgement,
    failure,
    finding,
    many,
    not_compared,
    not_exercised,
    noticed,
    parity,
    part,
    rehearsal,
    report,
    survivor,
    use,
    used,
    verdict,
)

ALL = {**EXAMPLES, **HOSTILES}
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OURS = {"<code>", "</code>", "<br>", "<details>", "</details>", "<summary>", "</summary>"}
STOP = verdict(Outlook.STOP, "Do not go on")
BROKEN = "\u200b"


def tokens(text):
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def kinds(text):
    return {token.type for token in tokens(text)}


def tags(text):
    found = [token.content for token in tokens(text) if token.type in {"html_inline", "html_block"}]
    return set(re.findall(r"<[^>]*>", "".join(found)))


def headings(text):
    told = list(READER.parse(text))
    return [(told[at].tag, told[at + 1].content) for at in range(len(told)) if told[at].type == "heading_open"]


def tables(text):
    """Each table as rows of cells, as a reader sees them."""
    rows, cell = [], None
    for token in READER.parse(text):
        if token.type == "table_open":
            rows = []
        elif token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and cell:
            rows[-1].append(seen(token))
        elif token.type == "table_close":
            yield rows
        cell = token.type in {"th_open", "td_open"}


def seen(inline):
    return "".join(
        " " if child.content == "<br>" else "" if child.type == "html_inline" else child.content
        for child in inline.children
    )


def table(text, title):
    return next(rows for rows in tables(text) if title in rows[0])


@pytest.mark.parametrize("name", ALL)
def test_hostile_text_makes_no_markup_of_its_own(name):
    text = markdown_of(ALL[name])
    allowed = {
        "heading_open", "heading_close", "inline", "text", "bullet_list_open", "bullet_list_close", "list_item_open",
        "list_item_close", "paragraph_open", "paragraph_close", "table_open", "table_close", "thead_open", "thead_close",
        "tbody_open", "tbody_close", "tr_open", "tr_close", "th_open", "th_close", "td_open", "td_close", "html_inline",
        "html_block", "fence", "code_inline", "softbreak", "strong_open", "strong_close", "text_special",
    }  # fmt: skip

    assert kinds(text) <= allowed
    assert tags(text) <= OURS
    assert [char for char in text if not char.isprintable() and char not in {"\n", BROKEN}] == []


@pytest.mark.parametrize("name", ALL)
def test_every_row_of_a_table_has_the_cells_of_its_head(name):
    for rows in tables(markdown_of(ALL[name])):
        assert {len(row) for row in rows} == {len(rows[0])}


@pytest.mark.parametrize("name", HOSTILES)
def test_a_hostile_report_has_the_headings_of_any_other(name):
    told = headings(markdown_of(HOSTILES[name]))

    assert [tag for tag, _ in told] == ["h2", *["h3"] * 6]
    assert [title for _, title in told][1:] == [
        "Rehearsal",
        "Rehearsal",
        "2 changes",
        "1 failed test",
        "Parity",
        "To acknowledge the first change",
    ]


@pytest.mark.parametrize("name", sorted(HOSTILE_TEXTS.keys() - {"long", "long words"}))
def test_a_hostile_text_is_still_read_as_it_was(name):
    text = HOSTILE_TEXTS[name]
    what = table(markdown_of(report(verdict=STOP, findings=(finding(sentence=text, before=text),))), "What")[1]
    shown = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)

    assert what[1].replace(BROKEN, "") == " ".join(shown.split(" ")).strip()
    assert what[3].replace(BROKEN, "").startswith(shown.strip())


@pytest.mark.parametrize(
    "text",
    ["@everyone", "@acme/team", "#123", "acme/repo#4", "GH-5", "!12", "%34", "~56", '~"a label"', "$78", "^alert", ":tada:",
     "https://evil.example", "ftp://evil.example", "www.evil.example", "WWW.evil.example", "a@evil.example", "&12"],
)  # fmt: skip
def test_prose_calls_nobody_and_refers_to_nothing(text):
    """What renderers of GitHub, GitLab and Azure make more of than text never stands together."""
    told = markdown_of(report(verdict=verdict(Outlook.GO, f"see {text} now"), hints=(text,)))

    assert text not in unescape(told)
    assert f"see {text} now" in unescape(told).replace(BROKEN, "")


@pytest.mark.parametrize("text", ["- a", "+ a", "# a", "1. a", "23) a", "> a", "=== a", "    a"])
def test_a_text_that_begins_as_a_list_or_a_heading_is_none(text):
    told = markdown_of(report(verdict=verdict(Outlook.GO, "Go on", text)))

    assert [token.type for token in READER.parse(told)].count("list_item_open") == 1
    assert headings(told) == [("h2", "GO · Go on")]
    assert kinds(told).isdisjoint({"ordered_list_open", "blockquote_open", "code_block"})


@pytest.mark.parametrize("text", ["https://evil.example", "www.evil.example", "a@evil.example"])
def test_code_has_nothing_that_is_made_a_link(text):
    told = markdown_of(report(verdict=STOP, findings=(finding(before=text),)))

    assert text not in told


def test_paths_in_code_can_be_copied():
    told = unescape(markdown_of(report(verdict=STOP, findings=(finding(path="$[*].a_b['@odata'].c~d"),))))

    assert "<code>$[*].a_b['@odata'].c~d</code>" in told


@pytest.mark.parametrize(
    ("one", "line"),
    [
        (EMPTY, "## GO · Go on: no drift in 12 operations"),
        (RICH, "## STOP · Do not go on: 2 breaking changes, 1 test failed"),
        (UNCLEAR, "## UNCLEAR · Cannot say: nothing was verified on a tenant"),
        (REHEARSED, "## Rehearsed: 3 of 5 upgrades noticed (60 %)"),
        (SHORT, "## STOP · Do not go on: 60 % of upgrades noticed, 90 % asked for"),
        (REFUSED, "## UNCLEAR · Cannot say: 2 of 40 tests fail without an upgrade"),
    ],
    ids=["go", "stop", "unclear", "rehearsed", "short", "refused"],
)
def test_the_verdict_is_the_first_line(one, line):
    assert markdown_of(one).splitlines()[0] == line


def test_reasons_follow_the_verdict():
    assert markdown_of(RICH).splitlines()[2:5] == [
        "- agentId is no longer in the rows (GET /api/v2/agents/states and 1 more)",
        "- The answer's media type is another one (GET /api/v2/agents/{agentId})",
        "- 1 test failed, most likely of that",
    ]


def test_changes_have_one_row_each_the_worst_first():
    rows = table(markdown_of(RICH), "What")
    first = RICH.findings[0].finding.fingerprint

    assert [row[0] for row in rows[1:]] == ["breaking", "breaking", "additive", "cosmetic"]
    assert rows[1] == [
        "breaking",
        "agentId is no longer in the rows",
        "GET /api/v2/agents/states GET /api/v2/agents/{agentId}/state $[*].agentId",
        "string → absent",
        "3 → 70",
        f"{first} and 1 more",
    ]
    assert rows[2][1].endswith("(acknowledged until 2026-10-31 by wallboard team: expired)")
    assert rows[4][1].endswith("(severity overridden: new fields are nothing to us)")


@pytest.mark.parametrize(("host", "said"), [("a.example", "live on <code>a.example</code> ("), ("", "live (platform")])
def test_a_run_names_its_tenant_where_it_had_one(host, said):
    assert said in markdown_of(report(parts=(part(host=host),)))


def test_failures_are_told():
    assert table(markdown_of(RICH), "Test")[1] == [
        "tests/test_wallboard.py::test_rows_have_an_agent",
        "live",
        "KeyError: 'agentId'",
    ]


def test_what_was_not_compared_is_folded_and_counted():
    text = markdown_of(RICH)

    assert (
        "<details><summary>Not compared: 3 comparisons could not be made, and what has changed there is not known</summary>"
        in text
    )
    assert table(text, "Status")[1] == ["GET /api/v2/agents/{agentId}", "200", "$.teams[*]", "no rows before"]


def test_where_nothing_was_compared_that_is_said():
    said = "**No operation was compared with a recording**: whether anything has changed is not known."

    assert said in markdown_of(UNCLEAR)
    assert said not in markdown_of(RICH)


def test_parity_is_counted_and_shows_what_is_not_settled():
    text = markdown_of(RICH)

    assert "4 behaviours: 1 differ, 2 not verified, 1 agree." in text
    unsettled, every = (rows for rows in tables(text) if rows[0][0] == "Behaviour")
    assert [row[0] for row in unsettled[1:]] == ["agents-paged", "agent-hidden", "token-lifetime"]
    assert [row[0] for row in every[1:]] == ["agents-paged", "agent-hidden", "token-lifetime", "agent-online"]
    assert unsettled[1][-1] == "differ, 2026-11-23, 1 failed, 404"
    assert unsettled[2][-1] == "not verified, no live run"


def test_where_all_agree_the_table_is_folded_only():
    text = markdown_of(report(parity=(parity(),)))

    assert "1 behaviour: 1 agree." in text
    assert len(list(tables(text))) == 1


def test_acknowledged_changes_are_folded_with_who_answers_for_them():
    text = markdown_of(ONLY_ACKNOWLEDGED)

    assert table(text, "Owner")[1][3:] == ["Announced for 26.4; our reader takes both", "wallboard team", "2027-01-31"]
    assert "To acknowledge" not in text


@pytest.mark.parametrize("name", ["rich", *HOSTILES])
def test_the_entry_that_acknowledges_the_first_change_is_toml(name):
    fences = [token for token in tokens(markdown_of(ALL[name])) if token.type == "fence"]
    entries = tomllib.loads(fences[0].content)["acknowledged"]

    assert len(fences) == 1
    assert [entry["fingerprint"] for entry in entries][:1] == [ALL[name].findings[0].finding.fingerprint]
    assert {entry["expires"] > date(2026, 11, 23) for entry in entries} == {True}


def test_a_quiet_report_is_short():
    text = markdown_of(EMPTY)

    assert len(text.splitlines()) < 10
    assert "12 operations compared with recordings" in text
    assert list(tables(text)) == []


def test_a_table_has_a_hundred_rows_at_most_and_says_how_many_there_are_more():
    text = markdown_of(report(verdict=STOP, findings=many(250)))

    assert len(table(text, "What")) == 1 + 100
    assert "\n150 more in the JSON or HTML report.\n" in text
    assert "### 250 changes" in text


@pytest.mark.parametrize("long", ["x", "<", "漢", "`|"], ids=["plain", "entities", "wide", "markup"])
def test_the_report_stays_under_what_the_text_of_a_pull_request_may_have(long):
    text = long * 10_000
    words = {"operation": text, "label": text, "path": text, "before": text, "after": text, "overridden": text}
    one = report(
        verdict=verdict(Outlook.STOP, text, *[text] * 50),
        findings=tuple(
            finding(sentence=f"{number} {text}", **words, acknowledged=kept)
            for number in range(200)
            for kept in (None, acknowledgement(reason=f"{number} {text}", owner=text))
        ),
        not_compared=tuple(not_compared(text, path=text, reason=text) for _ in range(200)),
        parity=tuple(parity(text, statement=text, source=text) for _ in range(300)),
        failures=tuple(failure(test=text, message=text, evidence=text) for _ in range(200)),
        hints=(text,) * 200,
        stale=(text,) * 200,
        rehearsals=(
            rehearsal(
                *(survivor(text, summary=text, breaks=text, advice=text) for _ in range(200)),
                *(survivor(text, relevance=Relevance.UNREAD, summary=text) for _ in range(200)),
                *(noticed(text, summary=text, test=text, message=text) for _ in range(200)),
                *(not_exercised(text, summary=text) for _ in range(4_000)),
                left_out=(LeftOut(text, text),) * 200,
            ),
        ),
        used=tuple(used(text, *[use(text, number, text) for number in range(20)], label=text) for _ in range(200)),
    )
    told = markdown_of(one)

    assert len(told) <= LONGEST < 65_536
    assert len(told.encode()) < 1024 * 1024
    assert "more in the JSON or HTML report." in told
    assert tags(told) <= OURS


# Rehearsals, and who reads what


def test_survivors_have_a_row_each_with_what_would_break_and_the_test_to_write():
    one = REHEARSED.rehearsals[0].upgrades[0]
    rows = table(markdown_of(REHEARSED), "What would break")

    assert len(rows) == 1 + 2
    assert rows[1] == [f"{one.summary} {one.id}", one.breaks, one.advice]


def test_the_score_of_a_rehearsal_is_said_with_what_it_is_made_of():
    counts = "2 survived, 1 harmless, 3 noticed, 1,201 not exercised; 212 runs of 40 tests in 12.3 s."

    assert f"**3 of 5 upgrades noticed (60 %)**: {counts}" in markdown_of(REHEARSED)
    assert f"**3 of 5 upgrades noticed (60 %)**, 90 % asked for: {counts}" in markdown_of(SHORT)


def test_what_did_not_survive_is_folded():
    text = markdown_of(REHEARSED)

    assert "<details><summary>Harmless: 1 upgrade changed only what nobody here reads: not counted</summary>" in text
    assert "<details><summary>Noticed: 3 upgrades made a test fail</summary>" in text
    assert (
        "<details><summary>Not exercised: 1,201 upgrades changed no answer of these tests: not counted</summary>"
        in text
    )
    assert table(text, "Noticed by")[1] == [
        "row-state-removed", "rows have no state", "tests/test_wallboard.py::test_rows", "KeyError: 'state'",
    ]  # fmt: skip
    others = [rows for rows in tables(text) if rows[0] == ["Upgrade", "After it"]]
    assert [rows[1][0] for rows in others] == ["listAgentStates.team.name.removed", "profile-email-removed"]


def test_what_was_left_out_is_said_with_why():
    assert "test_kept: it fails without an upgrade, when it runs again" in unescape(markdown_of(REHEARSED)).replace(
        "</code>", ""
    )


def test_a_rehearsal_that_was_refused_says_why_and_shows_no_score():
    text = markdown_of(REFUSED)

    assert "**Nothing was rehearsed**: 2 of 40 tests fail without an upgrade." in text
    assert "noticed" not in text


def test_a_report_of_a_rehearsal_does_not_ask_for_recordings():
    text = markdown_of(REHEARSED)

    assert "recording" not in text
    assert "\nfake (platform-v2, 2026-11-23 07:55 UTC): 40 passed, 0 failed, 0 skipped.\n" in text


def test_rehearsals_of_two_dialects_are_told_apart():
    several = (rehearsal(noticed(), dialect="acd"), rehearsal(noticed()))

    assert [
        f"Of <code>{name}</code>:" in markdown_of(report(rehearsals=several)) for name in ("acd", "platform-v2")
    ] == [True, True]
    assert "Of <code>" not in markdown_of(REHEARSED)


def test_of_many_survivors_some_are_shown_with_all_of_their_words_and_the_others_are_counted():
    text = markdown_of(report(rehearsals=(rehearsal(*[survivor(advice="x" * 250)] * 200),)))
    rows = table(text, "What would break")

    assert len(rows) == 1 + 25
    assert rows[1][2] == "x" * 250
    assert "\n175 more in the JSON or HTML report.\n" in text


def test_changes_say_whether_you_read_them_and_where():
    what = [row[1] for row in table(markdown_of(GRADED), "Severity")[1:]]

    assert what[0].endswith(" You read this: wallboard.py:25 in Wallboard.refresh, lib/board.py in rows")
    assert what[2] == "presence is new in some rows Nobody here reads this"
    assert "reads this" not in markdown_of(RICH)


def test_what_the_code_reads_is_folded_with_its_places():
    text = markdown_of(GRADED)

    assert "<details><summary>What this code reads: 3 paths</summary>" in text
    assert table(text, "Path")[1:] == [
        ["GET /api/v2/agents/states", "$", "wallboard.py:25 in Wallboard.refresh"],
        ["GET /api/v2/agents/states", "$[*].agentId", "wallboard.py:25 in Wallboard.refresh lib/board.py in rows"],
        ["GET /api/v2/agents/states", "$[*].state.name and all below it", "wallboard.py:25 in Wallboard.refresh"],
    ]
