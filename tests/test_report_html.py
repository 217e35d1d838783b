"""The HTML report as it is written, without a browser: what stands in it, where, and that texts stay texts."""

import re
import tomllib
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest

from pytest_cxone.drift import FindingId, Severity
from pytest_cxone.report.html import html_of
from pytest_cxone.report.values import Agreement, Outlook, Relevance
from tests import reports
from tests.browser.tree import Element, Tree

ANY = [*reports.EXAMPLES.values(), *reports.HOSTILES.values()]
ANY_IDS = [*reports.EXAMPLES, *(f"hostile {name}" for name in reports.HOSTILES)]
each = pytest.mark.parametrize("report", ANY, ids=ANY_IDS)
FROM_ELSEWHERE = {"link", "img", "iframe", "object", "embed", "base", "form", "video", "audio", "source", "frame"}


def tree(report):
    return Tree(html_of(report)).root


def section(report, name):
    return tree(report).one("section", id=name)


def skeleton(page):
    """All of a page but its texts."""
    return [
        (element.tag, *sorted((name, value) for name, value in element.attributes.items()))
        for element in Tree(page).root.below()
    ]


# The verdict


@each
def test_the_one_first_heading_is_the_verdict_and_nothing_is_read_before_it(report):
    page = tree(report)
    word = {"go": "Go on", "stop": "Do not go on", "unclear": "Cannot say"}[report.verdict.outlook]
    is_rehearsed = report in (reports.REHEARSED, reports.ALL_NOTICED)
    word = "Rehearsed" if is_rehearsed else word
    assert page.one("h1").text.startswith(word)
    assert page.one("title").text.startswith(word)
    assert re.match(f"Skip to the changes {word}", page.one("body").text)
    assert page.one("h1") in page.one("header", class_="verdict").below()
    colour = f"{report.verdict.outlook} rehearsed" if is_rehearsed else report.verdict.outlook
    assert page.one("header", class_="verdict")["class"] == f"verdict {colour}"


@pytest.mark.parametrize(
    ("headline", "shown"),
    [
        ("Do not go on: 2 breaking changes", "Do not go on: 2 breaking changes"),
        ("2 breaking changes", "Do not go on: 2 breaking changes"),
        ("Do not go on", "Do not go on"),
        ("Do not go on yet", "Do not go on: Do not go on yet"),
    ],
    ids=["with the word", "without it", "the word alone", "other words"],
)
def test_the_verdicts_word_is_said_once(headline, shown):
    report = reports.report(verdict=reports.verdict(Outlook.STOP, headline))
    assert tree(report).one("h1").text == shown


def test_three_reasons_stand_open_and_the_others_are_folded():
    report = reports.report(verdict=reports.verdict(Outlook.STOP, "Do not go on", *"abcde"))
    first, further = tree(report).one("header", class_="verdict").all("ul")
    assert [reason.text for reason in first.all("li")] == ["a", "b", "c"]
    assert [reason.text for reason in further.all("li")] == ["d", "e"]
    assert next(further.above()).tag == "details"
    assert not [above for above in first.above() if above.tag == "details"]
    assert "2 further reasons" in further.parent.text


def test_a_verdict_shows_by_word_and_shape_too():
    pages = [tree(report) for report in (reports.EMPTY, reports.RICH, reports.UNCLEAR)]
    shapes = [page.one(class_="sign").one("use")["href"] for page in pages]
    assert shapes == ["#shape-go", "#shape-stop", "#shape-unclear"]


def test_the_facts_of_all_runs_are_summed_up():
    facts = tree(reports.RICH).one("dl", class_="facts").text
    for fact in (
        "Tenant platform.nicecxone.com Dialect platform-v2 When 2026-11-23 08:00 UTC",
        "Tests 77 passed, 1 failed, 6 skipped",
        "Requests 256",
        "Compared with recordings, in 12 operations; the oldest 21 days old the contract, in 12 operations",
        "Not compared 3 places",
    ):
        assert fact in facts


def test_what_was_compared_with_nothing_says_so():
    assert "Compared with nothing Not compared 1 place" in tree(reports.UNCLEAR).one("dl", class_="facts").text


# Nothing from elsewhere, and texts are texts


@each
def test_nothing_comes_from_elsewhere(report):
    page = tree(report)
    assert not {element.tag for element in page.below()} & FROM_ELSEWHERE
    for element in page.below():
        assert not [
            name for name in element.attributes if name in {"src", "srcset", "style", "action"} or name[:2] == "on"
        ]
        assert element.get("href") is None or element["href"].startswith("#")
    assert "url(" not in page.one("style").raw
    assert "@import" not in page.one("style").raw


@each
def test_the_policy_lets_run_what_is_ours_and_no_more(report):
    page = tree(report)

    def digest(tag):
        return b64encode(sha256(page.one(tag).raw.encode()).digest()).decode()

    policy = page.one("meta", http_equiv="Content-Security-Policy")
    assert policy["content"] == (
        f"default-src 'none'; style-src 'sha256-{digest('style')}'; script-src 'sha256-{digest('script')}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert [element.tag for element in page.one("head").below()][:2] == ["meta", "meta"]


def test_no_text_of_the_report_is_in_the_script_or_the_style():
    quiet, hostile = tree(reports.EMPTY), tree(reports.HOSTILE)
    assert quiet.one("script").raw == hostile.one("script").raw
    assert quiet.one("style").raw == hostile.one("style").raw


@pytest.mark.parametrize("name", reports.HOSTILES)
def test_a_hostile_text_makes_no_other_page_than_a_harmless_one(name):
    harmless = html_of(reports.HOSTILES["commit"])
    assert skeleton(html_of(reports.HOSTILES[name])) == skeleton(harmless)


@pytest.mark.parametrize(
    "name", ["script", "image", "cdata", "comment", "details", "template", "table", "toml", "fence"]
)
def test_a_hostile_text_is_read_as_it_came(name):
    page = tree(reports.HOSTILES[name])
    text = " ".join(reports.HOSTILE_TEXTS[name].replace("\n", "\\n").split())
    assert text in page.one("h1").text
    assert text in page.one("article", id="change-1").one("h3").text
    assert page.one("section", id="parity").text.count(text) >= 6


@each
def test_each_character_can_be_seen_and_written_to_a_file(report):
    page = html_of(report)
    assert [char for char in page if not char.isprintable() and char != "\n"] == []
    assert page.encode()


def test_a_text_that_nobody_reads_to_its_end_is_cut_and_says_so():
    (hint,) = section(reports.report(hints=("x" * 10_000,)), "hints").all("li")
    assert hint.text == "x" * 600 + "… (9,400 characters more)"


# Changes


@each
def test_each_finding_stands_there_once(report):
    rows = tree(report).all("tr", data_finding=True)
    shown = [row.all("td")[-1].text for row in rows]
    assert sorted(shown) == sorted(one.finding.fingerprint for one in report.findings)


def test_one_change_of_several_operations_is_told_once_with_each_of_them():
    article = tree(reports.RICH).one("article", id="change-1")
    text = article.text
    assert article.one("h3").text == "agentId is no longer in the rows"
    assert article.one(class_="badge").text == "breaking"
    assert (
        "Path $[*].agentId Status 200 Operations GET /api/v2/agents/states GET /api/v2/agents/{agentId}/state" in text
    )
    assert "Before string 3 samples" in text
    assert "After absent 70 samples" in text
    assert "2 findings of the kind response-property-removed" in text
    assert "Compared with cassettes of 2026-11-02" in text
    assert "Behaviours touched agent-online agents-paged" in text
    assert (
        "Tests that ask for it tests/test_wallboard.py::test_rows_have_an_agent tests/test_paging.py::test_pages[a/b]"
        in text
    )
    assert [row.text for row in article.all("tr", data_finding=True)] == [
        f"GET /api/v2/agents/states 200 string (3 samples) absent (70 samples) v31.0, v34.0 {reports.RICH.findings[0].finding.fingerprint}",
        f"GET /api/v2/agents/{{agentId}}/state 200 string (12 samples) absent (9 samples) unknown {reports.RICH.findings[1].finding.fingerprint}",
    ]


def test_a_change_of_many_operations_names_four_and_counts_the_others():
    found = tuple(reports.finding(operation=f"op{number}", label=f"GET /{number}") for number in range(7))
    article = tree(reports.report(findings=found)).one("article")
    operations = [one.text for one in article.one("dl", class_="where").all("dd")]
    assert operations == ["$[*].agentId", "200", "GET /0", "GET /1", "GET /2", "GET /3", "and 3 more"]
    assert len(article.all("tr", data_finding=True)) == 7


def test_a_status_that_is_no_ones_is_left_out():
    article = tree(reports.report(findings=(reports.finding(status=None),))).one("article")
    assert "Status" not in article.one("dl", class_="where").text
    assert "any" in article.one("tr", data_finding=True).text


def test_behaviours_lead_to_their_rows_of_the_parity_table():
    page = tree(reports.RICH)
    links = page.one("article", id="change-1").all("a")
    rows = [page.one(id=link["href"].removeprefix("#")) for link in links]
    assert (
        [row.one("th").one("code").text for row in rows]
        == [link.text for link in links]
        == ["agent-online", "agents-paged"]
    )


def test_an_overridden_severity_says_what_it_was_and_why():
    note = tree(reports.RICH).one("article", data_severity="cosmetic").one(class_="note")
    assert note.text == "By itself additive; counted as cosmetic: new fields are nothing to us"


@each
def test_the_entry_that_acknowledges_a_change_fits_all_its_findings_and_is_toml(report):
    page = tree(report)
    for article in page.one("section", id="changes").all("article"):
        entries = tomllib.loads(article.one("pre").raw)["acknowledged"]
        shown = [row.all("td")[-1].text for row in article.all("tr", data_finding=True)]
        assert [entry["fingerprint"] for entry in entries] == shown
        for entry in entries:
            assert entry.keys() == {"fingerprint", "reason", "owner", "expires"}
            assert entry["expires"] == date(2026, 11, 23) + timedelta(days=90)
            assert (entry["reason"], entry["owner"]) == ("", "")


def test_what_is_acknowledged_is_folded_below_with_who_answers_for_it_and_counts_nowhere():
    page = tree(reports.ONLY_ACKNOWLEDGED)
    article = page.one("article")
    assert "acknowledged" in [above.get("id") for above in article.above()]
    assert "details" in [above.tag for above in article.above()]
    assert article.one(class_="note").text == (
        "Acknowledged until 2027-01-31. Announced for 26.4; our reader takes both (wallboard team)"
    )
    assert "None but what is acknowledged." in page.one("section", id="changes").text
    assert page.one("nav").text.startswith("Changes 0 Acknowledged 1")
    assert not article.all("pre")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "Code that reads this API as it was should read it still."),
        (
            {"not_compared": (reports.not_compared(),)},
            "Code that reads this API as it was should read it still, as far as it could be compared.",
        ),
        (
            {"findings": (reports.finding(acknowledged=reports.acknowledgement()),)},
            "What is acknowledged has changed; nothing else was found.",
        ),
        (
            {"findings": (reports.finding(counted=Severity.COSMETIC),)},
            "What is acknowledged has changed; nothing else was found.",
        ),
        (
            {
                "findings": (
                    reports.finding(acknowledged=reports.acknowledgement()),
                    reports.finding(FindingId.ADDED, severity=Severity.ADDITIVE),
                )
            },
            "What is acknowledged has changed; nothing else is breaking.",
        ),
    ],
    ids=["nothing", "not all compared", "acknowledged", "made cosmetic", "and something new"],
)
def test_who_may_go_on_is_not_told_that_what_has_changed_is_as_it_was(changes, said):
    assert tree(reports.report(**changes)).one("p", class_="meaning").text == said


@pytest.mark.parametrize(
    ("hosts", "said"), [(["", "a.example", ""], ["a.example"]), (["", ""], ["none"]), ([], ["none"])]
)
def test_a_run_without_a_tenant_is_not_called_one_beside_a_tenant(hosts, said):
    parts = tuple(reports.part(str(number), host=host) for number, host in enumerate(hosts))
    facts = tree(reports.report(parts=parts)).one("dl", class_="facts")
    assert [cell.text for cell in facts.all("div")[0].all("dd")] == said


def test_operations_of_two_dialects_are_told_apart_though_their_ids_are_the_same():
    one = reports.report(
        findings=(reports.finding(operation="issueToken", label="POST /oauth/token"),),
        not_compared=(reports.not_compared("issueToken", label="POST /auth/token"),),
    )
    page = tree(one)
    assert page.one("section", id="not-compared").one("tbody").one("th").text == "POST /auth/token"
    assert [option.text for option in page.one("select", id="operation").all("option")[1:]] == [
        "POST /auth/token",
        "POST /oauth/token",
    ]


def test_an_acknowledgement_that_has_expired_is_marked_and_counts():
    article = tree(reports.RICH).one("section", id="changes").all("article")[1]
    assert article.one(class_="expired").text.startswith(
        "The acknowledgement expired on 2026-10-31, so this counts again. Announced for 26.4"
    )
    assert article.one("pre")


# What was not seen is not said to be well

NOTHING = {"compared": 0, "checked": 0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "None. All that was seen is as it was."),
        (
            {"not_compared": (reports.not_compared(),)},
            "None was found in what could be compared. 1 place could not be.",
        ),
        (
            {
                "not_compared": (reports.not_compared(),),
                "findings": (reports.finding(acknowledged=reports.acknowledgement()),),
            },
            "None that counts was found in what could be compared. 1 place could not be.",
        ),
        (NOTHING, "Nothing was compared, so nothing is known of changes."),
        (
            {**NOTHING, "not_compared": (reports.not_compared(),)},
            "Nothing was compared, so nothing is known of changes.",
        ),
        ({"compared": 0}, "None. All that was seen is as it was."),
    ],
    ids=[
        "all compared",
        "one place not",
        "and one acknowledged",
        "nothing compared",
        "nothing, and a place",
        "the contract alone",
    ],
)
def test_no_changes_means_none_only_where_all_was_compared(changes, said):
    page = section(reports.report(**changes), "changes")
    assert [p.text for p in page.all("p", class_="nothing") if "hidden" not in p.attributes] == [said]


@pytest.mark.parametrize(
    ("changes", "said"), [({}, "Changes 0 Parity"), (NOTHING, "Changes Parity")], ids=["compared", "nothing compared"]
)
def test_changes_are_counted_only_where_something_was_compared(changes, said):
    assert tree(reports.report(**changes)).one("nav").text.startswith(said)


def test_what_was_not_compared_says_where_and_why():
    not_compared = section(reports.RICH, "not-compared")
    assert "Whether these have changed is not known." in not_compared.text
    assert [
        [cell.text for cell in row.content if isinstance(cell, Element)] for row in not_compared.one("tbody").all("tr")
    ] == [
        ["GET /api/v2/agents/{agentId}", "200", "$.teams[*]", "no rows before"],
        ["GET /api/v2/agents/states", "429", "status", "came before, 2 of 40 times, and never after"],
        ["getToken", "any", "all", "no answer after"],
    ]


# Parity


def test_parity_has_what_differs_first_and_each_evidence_by_word_and_shape():
    rows = section(reports.RICH, "parity").one("tbody").all("tr")
    assert [row["data-agreement"] for row in rows] == ["differ", "not verified", "not verified", "agree"]
    assert [
        [(state.text, state.one("use")["href"]) for state in row.all(class_="state")] for row in (rows[0], rows[2])
    ] == [
        [
            ("agree", "#shape-agree"),
            ("agree", "#shape-agree"),
            ("differ", "#shape-differ"),
            ("differ", "#shape-differ"),
        ],
        [("agree", "#shape-agree"), *[("not verified", "#shape-not-verified")] * 3],
    ]
    assert [cell["data-label"] for cell in rows[0].all("td")] == ["Fake", "Cassette", "Live", "Together"]
    assert rows[0].one("th").text.endswith("A page beyond the last is empty document, 2.1")
    assert "1 failed today 404" in rows[0].text
    assert "1 skipped needs a clock" in rows[2].text
    assert "21 days old recorded from sandbox.example" in rows[3].text


def test_parity_is_counted_by_agreement():
    tally = section(reports.RICH, "parity").one(class_="tally")
    assert [one.text for one in tally.all("li")] == ["differ 1", "not verified 2", "agree 1"]


@pytest.mark.parametrize(
    ("at", "age"),
    [
        (datetime(2026, 11, 23, 7, tzinfo=UTC), "today"),
        (datetime(2026, 11, 22, 23, 59, tzinfo=UTC), "1 day old"),
        (datetime(2026, 11, 2, 9, 30, tzinfo=UTC), "21 days old"),
        (datetime(2023, 11, 23, tzinfo=UTC), "1,096 days old"),
        (datetime(2026, 11, 24, tzinfo=UTC), "today"),
    ],
    ids=["this morning", "last night", "weeks", "years", "a clock that is ahead"],
)
def test_evidence_has_its_age_in_days(at, age):
    row = reports.parity(live=reports.cell(at=at))
    time = section(reports.report(parity=(row,)), "parity").one("td", data_label="Live").one("time")
    assert (time.text, time["datetime"]) == (age, at.isoformat())


def test_a_time_of_another_zone_is_told_in_utc():
    at = datetime.fromisoformat("2026-11-23T10:00:00+02:00")
    time = tree(replace(reports.EMPTY, generated=at)).one("dl", class_="facts").one("time")
    assert (time.text, time["datetime"]) == ("2026-11-23 08:00 UTC", "2026-11-23T08:00:00+00:00")


# The other sections


def test_failed_tests_hints_stale_acknowledgements_and_runs_stand_there():
    page = tree(reports.RICH)
    (failure,) = page.one("section", id="failures").one("tbody").all("tr")
    assert [cell.text for cell in failure.content if isinstance(cell, Element)] == [
        "tests/test_wallboard.py::test_rows_have_an_agent", "live", "KeyError: 'agentId'", "agent-online",
    ]  # fmt: skip
    assert [hint.text for hint in page.one("section", id="hints").all("li")] == list(reports.RICH.hints)
    assert [one.text for one in page.one("section", id="stale").all("li")] == list(reports.RICH.stale)
    runs = page.one("section", id="runs").one("tbody").all("tr")
    assert [cell.text for cell in runs[1].content if isinstance(cell, Element)] == [
        "d4e5f6", "2 of 2", "live", "platform-v2", "platform.nicecxone.com", "2026-11-23 07:55 UTC",
        "38", "38", "0", "3", "128", "0.1.0",
    ]  # fmt: skip


def test_sections_that_have_nothing_are_left_out():
    page = tree(reports.EMPTY)
    assert [one["id"] for one in page.all("section", id=True)] == ["changes", "parity", "runs"]
    assert not page.all(role="search")


def test_a_report_of_no_run_at_all_is_a_page():
    page = tree(reports.report(parts=(), verdict=reports.verdict(Outlook.UNCLEAR, "Cannot say: no run"), **NOTHING))
    assert "Tenant none Dialect none" in page.one("dl", class_="facts").text
    assert "No run." in page.one("section", id="runs").text


# Rehearsals


def texts_of(row):
    return [cell.text for cell in row.content if isinstance(cell, Element)]


def test_the_score_of_a_rehearsal_is_a_number_and_a_bar_that_needs_no_colour():
    score = section(reports.SHORT, "rehearsal-1").one(class_="score")
    assert score.text == "60 % 3 of 5 upgrades noticed; 90 % asked for: this falls short"
    bar = score.one("svg", class_="bar")
    assert [rect["width"] for rect in bar.all("rect")] == ["998", "598"]
    assert bar.one("path")["d"].startswith("M898 0")
    assert not section(reports.REHEARSED, "rehearsal-1").one("svg", class_="bar").all("path")


def test_outcomes_are_counted_by_word_and_shape():
    tally = section(reports.REHEARSED, "rehearsal-1").one(class_="tally")
    assert [one.text for one in tally.all("li")] == ["survived 2", "harmless 1", "noticed 3", "not exercised 1,201"]
    shapes = ["survived", "harmless", "noticed", "not-exercised"]
    assert [one.one("use")["href"] for one in tally.all("li")] == [f"#shape-{name}" for name in shapes]
    assert tally.text.endswith("212 runs of 40 tests in 12.3 s")


def test_survivors_stand_open_with_what_would_break_and_the_test_to_write():
    one = reports.REHEARSED.rehearsals[0].upgrades[0]
    first, second = section(reports.REHEARSED, "rehearsal-1").all("article")
    assert first.one("h3").text == "state.name is null"
    assert not [above for above in first.above() if above.tag == "details"]
    for said in (
        "row-state-name-nulled", "Changes GET /api/v2/agents/states $[*].state.name",
        "You read this wallboard.py:25 in Wallboard.refresh · tests/test_wallboard.py::test_refresh",
        f"What would break {one.breaks}", f"A test to write {one.advice}", "2 tests met it and stayed green",
    ):  # fmt: skip
        assert said in first.text
    assert [row.text for row in first.one("details").all("li")] == list(one.met_by)
    assert "Whether anybody here reads this is not known" in second.text


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("harmless", [["listAgentStates.team.name.removed", "team.name is gone (GET /api/v2/agents/states)", "nobody here reads $[*].team.name of GET /api/v2/agents/states"]]),
        (
            "noticed",
            [
                ["row-state-removed", "rows have no state", "tests/test_wallboard.py::test_rows", "KeyError: 'state'"],
                ["row-agent-id-removed", "rows have no agentId", "tests/test_wallboard.py::test_rows", "KeyError: 'agentId'"],
                ["envelope", "the array is in an object", "tests/test_wallboard.py::test_rows", "KeyError: 'state'"],
            ],
        ),
        ("not-exercised", [["profile-email-removed", "the profile has no email"], ["and 1,200 more", "derived from the contract: properties, statuses and parameters that these tests do not meet"]]),
        ("left-out", [["tests/test_cache.py::test_kept", "it fails without an upgrade, when it runs again"]]),
    ],
)  # fmt: skip
def test_what_did_not_survive_is_in_closed_folds(name, rows):
    fold = tree(reports.REHEARSED).one("details", id=f"rehearsal-1-{name}")
    assert "open" not in fold.attributes
    assert [texts_of(row) for row in fold.one("tbody").all("tr")] == rows


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (reports.ALL_NOTICED, "Every upgrade that matters here was noticed."),
        (reports.REFUSED, "Nothing was rehearsed: 2 of 40 tests fail without an upgrade."),
        (
            reports.report(rehearsals=(reports.rehearsal(reports.not_exercised()),)),
            "No upgrade changed what these tests ask for, so there is no score.",
        ),
    ],
    ids=["all noticed", "refused", "nothing met"],
)
def test_a_rehearsal_without_survivors_says_why(report, said):
    one = section(report, "rehearsal-1")
    assert [p.text for p in one.all("p", class_="nothing") if "hidden" not in p.attributes] == [said]
    assert not one.all("article")
    assert bool(one.all(class_="score")) is (report is reports.ALL_NOTICED)


def test_rehearsals_of_two_dialects_are_told_apart():
    two = (reports.rehearsal(reports.noticed(), dialect="acd"), reports.rehearsal(reports.survivor()))
    page = tree(reports.report(rehearsals=two))
    assert [one.one("h2").text for one in page.all("section", class_="rehearsal")] == [
        "Rehearsal of acd", "Rehearsal of platform-v2",
    ]  # fmt: skip
    assert page.one("nav").text.startswith("Rehearsal of acd 100 % Rehearsal of platform-v2 0 % Changes")


def test_a_rehearsal_that_is_well_is_not_said_to_let_anybody_go_on():
    page = tree(reports.REHEARSED)
    assert page.one("h1").text == "Rehearsed: 3 of 5 upgrades noticed (60 %)"
    assert page.one("p", class_="meaning").text.endswith("and nothing of a tenant.")
    assert page.one(class_="sign").one("use")["href"] == "#shape-rehearsed"
    assert "Go on" not in page.text


def test_a_rehearsal_beside_a_tenant_leaves_the_verdict_to_that():
    page = tree(replace(reports.EMPTY, rehearsals=reports.REHEARSED.rehearsals))
    assert page.one("h1").text == "Go on: no drift in 12 operations"
    assert page.one(class_="sign").one("use")["href"] == "#shape-go"


# Who reads what


def test_changes_say_whether_you_read_them_and_where():
    articles = tree(reports.GRADED).one("section", id="changes").all("article")
    assert [article.one(class_="readers").text for article in articles] == [
        "You read this wallboard.py:25 in Wallboard.refresh · tests/test_wallboard.py::test_refresh lib/board.py in rows",
        *["Nobody here reads this"] * 3,
    ]  # fmt: skip
    assert [article["data-relevance"] for article in articles] == ["read", *["unread"] * 3]
    assert [article.one(class_="relevance").one("use")["href"] for article in articles[:2]] == [
        "#shape-read",
        "#shape-unread",
    ]


def test_of_many_places_three_are_named():
    uses = tuple(reports.use(line=line, tests=("a", "b")) for line in range(1, 6))
    one = reports.finding(relevance=Relevance.READ, uses=uses)
    article = tree(reports.report(findings=(one,), used=(reports.used(),))).one("article")
    assert [row.text for row in article.one(class_="readers").all("li")] == [
        *(f"wallboard.py:{line} in Wallboard.refresh · a and 1 more" for line in (1, 2, 3)), "and 2 more places",
    ]  # fmt: skip


def test_without_usage_nothing_is_said_of_who_reads_what():
    page = tree(reports.RICH)
    assert not page.all(class_="relevance")
    assert not page.all(id="used")
    assert not page.all(id="read")
    assert "read this" not in page.text


def test_what_the_code_reads_is_told_by_path_operation_and_place():
    rows = section(reports.GRADED, "used").one("tbody").all("tr")
    test = "tests/test_wallboard.py::test_refresh"
    assert [texts_of(row) for row in rows] == [
        ["$", "GET /api/v2/agents/states", "wallboard.py:25 in Wallboard.refresh", test],
        [
            "$[*].agentId",
            "GET /api/v2/agents/states",
            "wallboard.py:25 in Wallboard.refresh lib/board.py in rows",
            test,
        ],
        ["$[*].state.name and all below it", "GET /api/v2/agents/states", "wallboard.py:25 in Wallboard.refresh", test],
    ]
    committed = reports.report(used=(reports.used("$", reports.use(line=0, tests=())),))
    assert texts_of(section(committed, "used").one("tbody").one("tr"))[2:] == [
        "wallboard.py in Wallboard.refresh", "a committed file says it",
    ]  # fmt: skip


def test_four_thousand_upgrades_are_no_large_file():
    several = [reports.not_exercised(f"listAgentStates.property{number}.removed") for number in range(4_000)]
    page = html_of(reports.report(rehearsals=(reports.rehearsal(*[reports.survivor()] * 200, *several),)))
    assert len(page.encode()) < 3_000_000


# For keyboards and readers of screens


@each
def test_each_id_is_there_once_and_what_is_referred_to_is_there(report):
    page = tree(report)
    ids = Counter(element["id"] for element in page.all(id=True))
    assert [name for name, count in ids.items() if count > 1] == []
    for element in page.below():
        for name in ("for", "aria-labelledby", "href"):
            assert element.get(name) is None or element[name].removeprefix("#") in ids


@each
def test_each_control_has_a_name(report):
    page = tree(report)
    labelled = {label.get("for") for label in page.all("label")}
    for control in [*page.all("input"), *page.all("select")]:
        assert control.get("id") in labelled - {None} or "label" in [above.tag for above in control.above()]
    assert all(button.text for button in page.all("button"))
    assert all(summary.text for summary in page.all("summary"))


@each
def test_tables_are_captioned_and_their_headers_say_of_what(report):
    page = tree(report)
    for table in page.all("table"):
        assert table.one("caption").text
        assert {header.get("scope") for header in table.one("thead").all("th")} == {"col"}
        assert {header.get("scope") for header in table.one("tbody").all("th")} == {"row"}
        columns = len(table.one("thead").all("th"))
        assert {len([cell for cell in row.content if isinstance(cell, Element)]) for row in table.all("tr")} == {
            columns
        }


@each
def test_headings_skip_no_level_and_landmarks_are_there(report):
    page = tree(report)
    levels = [int(element.tag[1]) for element in page.below() if re.fullmatch("h[1-6]", element.tag)]
    assert all(after <= before + 1 for before, after in zip([0, *levels], levels, strict=False))
    for landmark in ("header", "nav", "main", "footer"):
        assert [one for one in page.all(landmark) if one.parent.tag in {"body", "main"}]
    assert page.one("html")["lang"] == "en"
    assert page.one("a", class_="skip") is page.all("a")[0]


@each
def test_shapes_are_drawn_in_the_page_and_told_to_nobody_who_cannot_see_them(report):
    page = tree(report)
    drawn = {f"#{symbol['id']}" for symbol in page.all("symbol")}
    assert {use["href"] for use in page.all("use")} <= drawn
    assert {svg.get("aria-hidden") for svg in page.all("svg")} == {"true"}


@each
def test_without_script_all_is_there_but_what_only_script_can_do(report):
    for element in tree(report).all(hidden=True):
        assert {"data-scripted", "data-none"} & element.attributes.keys()


def test_what_counts_is_announced():
    status = tree(reports.RICH).one(id="shown")
    assert (status["role"], status["aria-live"]) == ("status", "polite")


def test_rows_say_what_they_can_be_filtered_by():
    page = tree(reports.RICH)
    options = {option["value"]: option.text for option in page.one("select", id="operation").all("option")}
    assert list(options.values()) == [
        "all operations", "GET /api/v2/agents/states", "GET /api/v2/agents/{agentId}",
        "GET /api/v2/agents/{agentId}/state", "getToken",
    ]  # fmt: skip
    first = page.one("article", id="change-1")["data-operations"].split()
    assert [options[key] for key in first] == ["GET /api/v2/agents/states", "GET /api/v2/agents/{agentId}/state"]
    assert [options[row["data-operations"]] for row in page.one("section", id="not-compared").one("tbody").all("tr")] == [
        "GET /api/v2/agents/{agentId}", "GET /api/v2/agents/states", "getToken",
    ]  # fmt: skip
    chips = [label.text for label in page.one("fieldset").all("label")]
    assert chips == ["breaking 2", "additive 1", "cosmetic 1"]


def test_a_thousand_findings_and_three_hundred_behaviours_are_no_large_file():
    rows = tuple(reports.parity(f"behaviour-{number}", agreement=list(Agreement)[number % 3]) for number in range(300))
    found = reports.many(
        1_000, behaviours=tuple(row.behaviour for row in rows[:4]), tests=("tests/test_wallboard.py::test_rows",) * 2,
        severity=Severity.ADDITIVE,
    )  # fmt: skip
    page = html_of(reports.report(findings=found, parity=rows))
    assert len(page.encode()) < 4_000_000
