"""The HTML report as a browser shows it: nothing runs, filters filter, keys work, all can be read in each light and width."""

import json
from dataclasses import replace
from itertools import product

import pytest

from pytest_cxone.drift import FindingId, Severity
from pytest_cxone.report.html import html_of
from pytest_cxone.report.values import Agreement
from tests import reports
from tests.browser.chromium import DARK, LIGHT, Page, chromium

UNFOLD = "document.querySelectorAll('details').forEach(one => { one.open = true })"
SEEN = "[...document.querySelectorAll(%s)].filter(one => one.checkVisibility()).map(one => one.id)"
FOCUSED = "document.activeElement.id || document.activeElement.className || document.activeElement.tagName"
TOLD = "document.querySelector('#shown').textContent"

# What stands out of the window to the right, but for what scrolls within itself.
TOO_WIDE = """(() => {
  const width = document.documentElement.clientWidth;
  const scrolls = (one) => one && (/auto|scroll/.test(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  const apart = (one) => one && (/apart|drawn|skip/.test(one.getAttribute("class")) || apart(one.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.checkVisibility() && one.tagName !== "THEAD" && !one.closest("thead"))
    .filter((one) => one.getBoundingClientRect().right > width + 1 && !scrolls(one.parentElement) && !apart(one))
    .map((one) => one.outerHTML.slice(0, 200));
})()"""

# Texts and shapes that stand out too little from what is behind them, by the rule of WCAG 2, 1.4.3.
TOO_FAINT = """(() => {
  const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const light = (colour) => {
    const [r, g, b] = parts(colour).slice(0, 3).map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (one) => {
    if (!one) return "rgb(255, 255, 255)";
    const { backgroundColor } = getComputedStyle(one);
    const [, , , opaque = 1] = parts(backgroundColor);
    return opaque === 1 ? backgroundColor : behind(one.parentElement);
  };
  const seen = [...document.body.querySelectorAll("*")].filter(
    (one) => one.checkVisibility() && !one.closest(".drawn, .apart")
      && ([...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()) || one.matches("svg, input, select")));
  const faint = seen.flatMap((one) => {
    const [dark, bright] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
    const contrast = (bright + 0.05) / (dark + 0.05);
    return contrast >= 4.5 ? [] : [`${contrast.toFixed(2)}: ${one.outerHTML.slice(0, 120)}`];
  });
  return { looked: seen.length, faint };
})()"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with chromium(tmp_path_factory.mktemp("profile")) as pipe:
        yield pipe


@pytest.fixture
def opened(browser, tmp_path):
    pages = []

    def opened(content, **how):
        path = tmp_path / f"{len(pages)}.html"
        path.write_text(content if isinstance(content, str) else html_of(content), encoding="utf-8")
        pages.append(Page(browser))
        return pages[-1].open(path, **how)

    yield opened
    for page in pages:
        page.close()


def seen(page, selector="article.change"):
    return page.run(SEEN % json.dumps(selector))


# Nothing runs


def test_a_hostile_report_does_nothing_but_be_read(opened):
    page = opened(reports.HOSTILE)
    page.run(UNFOLD)
    assert page.deeds() == []
    assert page.run("typeof window.__pwned") == "undefined"
    assert page.run("document.querySelectorAll('h1, script, style').length") == 3
    assert page.run("document.querySelectorAll('b:not(nav b, label b, li b), img, h1 *:not(span)').length") == 0


@pytest.mark.parametrize(
    ("body", "deed"),
    [
        ("<script>console.log(1)</script>", "Runtime.consoleAPICalled"),
        ("<script>throw Error()</script>", "Runtime.exceptionThrown"),
        ("<img src='there.png'>", "Network.requestWillBeSent"),
        ("<script>setTimeout(() => alert(1))</script>", "Page.javascriptDialogOpening"),
        (
            "<meta http-equiv='Content-Security-Policy' content=\"script-src 'none'\"><script>1</script>",
            "Log.entryAdded",
        ),
    ],
    ids=["message", "error", "request", "dialog", "refusal"],
)
def test_what_a_page_does_would_be_seen(opened, body, deed):
    page = opened(f"<!doctype html>{body}<title>it</title>")
    if deed == "Page.javascriptDialogOpening":
        page.pipe.wait(deed, page.session)
        page.call("Page.handleJavaScriptDialog", accept=True)
    else:
        assert deed in [event["method"] for event in page.deeds()]


def test_the_policy_stops_a_script_that_would_get_into_the_page(opened):
    page = opened(reports.RICH)
    page.run(
        "document.body.append(Object.assign(document.createElement('script'), { textContent: 'window.__pwned = 1' }));"
        "document.body.insertAdjacentHTML('beforeend', '<img src=x.png onerror=\"window.__pwned = 1\">')"
    )
    refused = [event["params"]["entry"]["text"] for event in page.deeds() if event["method"] == "Log.entryAdded"]
    assert page.run("typeof window.__pwned") == "undefined"
    assert any("inline script" in text for text in refused)
    assert any("loading the image" in text.lower() for text in refused)


def test_without_script_everything_but_the_filters_is_there(opened):
    page = opened(reports.RICH, script=False)
    names = {(role, name) for role, name, _ in page.accessible()}
    assert {role for role, _ in names} & {"searchbox", "combobox", "checkbox", "button"} == set()
    assert ("heading", "agentId is no longer in the rows") in names


def test_a_rehearsal_can_be_read_without_script(opened):
    page = opened(reports.REHEARSED, script=False)
    names = {(role, name) for role, name, _ in page.accessible()}
    assert {("heading", "state.name is null"), ("heading", "Noticed"), ("heading", "What this code reads")} <= names
    page.run("document.querySelector('#rehearsal-1-noticed summary').click()")
    assert page.run("document.querySelector('#rehearsal-1-noticed tbody').checkVisibility()")


# Filters

TOGETHER = reports.report(
    verdict=reports.RICH.verdict,
    findings=(
        reports.finding(),
        reports.finding(operation=reports.STATE, path="$.since", sentence="since is gone"),
        reports.finding(
            FindingId.ADDED, severity=Severity.ADDITIVE, operation=reports.AGENT, path="$.nickname", sentence="nickname is new"
        ),
        reports.finding(FindingId.RECASED, severity=Severity.COSMETIC, path="$[*].State", sentence="state is spelled State"),
        reports.finding(path="$.known", sentence="known is gone", acknowledged=reports.acknowledgement()),
    ),
    parity=reports.RICH.parity,
    failures=reports.RICH.failures,
    not_compared=reports.RICH.not_compared,
)  # fmt: skip


def test_at_first_everything_is_shown(opened):
    page = opened(TOGETHER)
    assert seen(page) == ["change-1", "change-2", "change-3", "change-4"]
    assert page.run(TOLD) == "Everything is shown."


@pytest.mark.parametrize(
    ("typed", "left", "told"),
    [
        ("nickname", ["change-3"], "1 of 4 changes, 0 of 1 acknowledged change, 0 of 1 failed test, 0 of 3 places not compared, 0 of 4 behaviours"),
        ("IS gone", ["change-2", "acknowledged-1"], "1 of 4 changes, 1 of 1 acknowledged change, 0 of 1 failed test, 0 of 3 places not compared, 0 of 4 behaviours"),
        ("a beyond last", [], "0 of 4 changes, 0 of 1 acknowledged change, 0 of 1 failed test, 0 of 3 places not compared, 1 of 4 behaviours"),
        ("<script>", [], "0 of 4 changes, 0 of 1 acknowledged change, 0 of 1 failed test, 0 of 3 places not compared, 0 of 4 behaviours"),
        ("  ", ["change-1", "change-2", "change-3", "change-4"], None),
    ],
    ids=["a word", "words in any case", "in the parity table", "nowhere", "blanks"],
)  # fmt: skip
def test_what_is_typed_is_looked_for_everywhere_and_counted(opened, typed, left, told):
    page = opened(TOGETHER)
    page.press("/")
    page.type(typed)
    assert seen(page) == left
    assert page.run(TOLD) == (f"Shown: {told}" if told else "Everything is shown.")


def test_a_section_in_which_nothing_fits_says_so(opened):
    page = opened(TOGETHER)
    page.press("/")
    page.type("beyond")
    shown = page.run(
        "[...document.querySelectorAll('[data-none]')].filter(one => one.checkVisibility()).map(one => one.textContent)"
    )
    assert shown == [
        "No change fits the filters.", "No acknowledged change fits the filters.", "No failed test fits the filters.",
        "Nothing of what was not compared fits the filters.",
    ]  # fmt: skip


def test_severities_are_left_out_by_their_boxes(opened):
    page = opened(TOGETHER)
    page.run("document.querySelector('[value=breaking]').click()")
    assert seen(page) == ["change-3", "change-4"]
    assert page.run(TOLD).startswith("Shown: 2 of 4 changes, 0 of 1 acknowledged change, 1 of 1 failed test")
    page.run("document.querySelector('[value=cosmetic]').click()")
    assert seen(page) == ["change-3"]
    page.run("document.querySelector('[value=breaking]').click()")
    assert seen(page) == ["change-1", "change-2", "change-3"]


def test_one_operation_is_chosen_from_the_list(opened):
    page = opened(TOGETHER)
    page.run(
        "(list => { list.value = [...list.options].find(one => one.text === 'GET /api/v2/agents/{agentId}').value;"
        "list.dispatchEvent(new Event('change')) })(document.querySelector('#operation'))"
    )
    assert seen(page) == ["change-3"]
    assert seen(page, "#not-compared tbody tr") == ["not-compared-1"]
    assert len(seen(page, "#parity tbody tr")) == 4


def test_only_what_differs_is_left_of_parity(opened):
    page = opened(TOGETHER)
    page.run("document.querySelector('#differing').click()")
    assert seen(page, "#parity tbody tr") == ["behaviour-1"]
    assert page.run(TOLD).endswith("1 of 4 behaviours")
    assert len(seen(page)) == 4


UPGRADES = "#rehearsal-1 [data-row]"


def test_only_what_you_read_is_left_of_changes_and_survivors(opened):
    page = opened(replace(reports.GRADED, rehearsals=reports.REHEARSED.rehearsals))
    page.run("document.querySelector('#read').click()")
    assert seen(page) == ["rehearsal-1-survived-1", "change-1"]
    assert page.run(TOLD).startswith("Shown: 5 of 7 upgrades, 1 of 4 changes, 0 of 1 acknowledged change")
    page.run("document.querySelector('#clear').click()")
    assert page.run("document.querySelector('#read').checked") is False
    assert len(seen(page)) == 2 + 4


def test_a_search_opens_the_fold_that_has_what_it_finds_and_no_other(opened):
    page = opened(reports.REHEARSED)
    page.press("/")
    page.type("row-agent-id-removed")
    assert page.run("[...document.querySelectorAll('details[open]')].map(one => one.id)") == ["rehearsal-1-noticed"]
    assert page.run(TOLD) == "Shown: 1 of 7 upgrades, 0 of 2 paths that are read"
    assert "No upgrade fits the filters." not in page.run("document.body.innerText")
    page.type(" nowhere")
    assert "No upgrade fits the filters." in page.run("document.body.innerText")


def test_upgrades_are_filtered_by_the_operations_that_they_change(opened):
    page = opened(reports.REHEARSED)
    page.run(UNFOLD)
    page.run(
        "(list => { list.value = [...list.options].find(one => one.text === 'GET /api/v2/agents/{agentId}').value;"
        "list.dispatchEvent(new Event('change')) })(document.querySelector('#operation'))"
    )
    assert seen(page) == ["rehearsal-1-survived-2"]
    assert len(seen(page, UPGRADES)) == 1 + len(reports.REHEARSED.rehearsals[0].not_exercised)


def test_one_button_shows_all_again(opened):
    page = opened(TOGETHER)
    page.run("document.querySelector('#differing').click(); document.querySelector('[value=breaking]').click()")
    page.press("/")
    page.type("nickname")
    page.run("document.querySelector('#clear').click()")
    assert page.run(TOLD) == "Everything is shown."
    assert len(seen(page)) == 4
    assert page.run("[document.querySelector('#search').value, document.querySelector('#differing').checked]") == [
        "",
        False,
    ]
    assert page.run("[...document.querySelectorAll('[name=severity]')].every(box => box.checked)")


def test_a_row_that_a_link_leads_to_is_shown_though_it_fits_no_filter(opened):
    page = opened(reports.RICH)
    page.run("document.querySelector('#differing').click()")
    page.run(UNFOLD)
    page.run("document.querySelector('#change-1 a').click()")
    assert seen(page, "#parity tbody tr") == ["behaviour-1", "behaviour-4"]


def test_a_thousand_findings_are_filtered(opened):
    rows = tuple(reports.parity(f"behaviour-{number}", agreement=list(Agreement)[number % 3]) for number in range(300))
    page = opened(reports.report(findings=reports.many(1_000), parity=rows, verdict=reports.RICH.verdict))
    page.press("/")
    page.type("field77 gone")
    assert page.run(TOLD) == "Shown: 11 of 1,000 changes, 0 of 300 behaviours"
    assert len(seen(page)) == 11


# Keys


def test_a_slash_leads_to_the_search_and_is_a_letter_there(opened):
    page = opened(TOGETHER)
    page.press("/")
    assert page.run(FOCUSED) == "search"
    page.press("/")
    assert page.run("document.querySelector('#search').value") == "/"


def test_escape_shows_all_again_wherever_the_focus_is(opened):
    page = opened(TOGETHER)
    page.press("/")
    page.type("nickname")
    page.press("Tab")
    page.press("Escape")
    assert page.run("document.querySelector('#search').value") == ""
    assert page.run(TOLD) == "Everything is shown."


def test_the_first_tab_leads_past_the_verdict(opened):
    page = opened(TOGETHER)
    page.press("Tab")
    assert page.run(FOCUSED) == "skip"
    assert page.run("document.activeElement.getBoundingClientRect().top >= 0")
    page.press("Enter")
    assert page.run(FOCUSED) == "report"


def test_tab_reaches_each_control_and_shows_where_it_is(opened):
    page = opened(TOGETHER)
    wanted = page.run(
        "[...document.querySelectorAll('a, button, input, select, summary')].filter(one => one.checkVisibility()).length"
    )
    reached = []
    page.run("window.reached = new Set()")
    for _ in range(wanted + 20):
        page.press("Tab")
        if page.run("document.activeElement === document.body"):
            break
        reached.append(page.run(
            "(one => { const { outlineStyle, outlineWidth } = getComputedStyle(one);"
            "if (one.matches('a, button, input, select, summary')) window.reached.add(one);"
            "return outlineStyle === 'none' || parseFloat(outlineWidth) < 2 ? one.outerHTML : '' })(document.activeElement)"
        ))  # fmt: skip
    assert page.run("window.reached.size") == wanted
    assert set(reached) == {""}


def test_keys_unfold_and_tick(opened):
    page = opened(TOGETHER)
    page.run("document.querySelector('#change-1 summary').focus()")
    page.press("Enter")
    assert page.run("document.querySelector('#change-1 details').open")
    page.run("document.querySelector('[value=breaking]').focus()")
    page.press(" ")
    assert seen(page) == ["change-3", "change-4"]


def copied(page):
    page.run("document.querySelector('#change-1 details').open = true")
    page.run("document.querySelector('#change-1 button').focus()")
    page.press("Enter")
    page.run("new Promise(done => setTimeout(done))")
    return page.run("document.querySelector('#change-1 button').textContent")


def test_the_entry_is_copied(opened):
    page = opened(TOGETHER)
    page.pipe.call("Browser.grantPermissions", permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
    assert copied(page) == "Copied"
    assert page.run(TOLD) == "Copied"
    assert page.run("navigator.clipboard.readText()") == page.run("document.querySelector('#change-1 pre').textContent")
    page.press("Tab")
    assert page.run("document.querySelector('#change-1 button').textContent") == "Copy the entry"


def test_where_there_is_no_clipboard_the_entry_is_selected(opened):
    page = opened(TOGETHER)
    page.run("navigator.clipboard.writeText = () => Promise.reject(new Error('none'))")
    assert copied(page) == "Selected: copy it with Ctrl+C"
    assert page.run("getSelection().toString().trim()") == page.run(
        "document.querySelector('#change-1 pre').textContent.trim()"
    )


# What is seen

each = pytest.mark.parametrize("report", reports.EXAMPLES.values(), ids=list(reports.EXAMPLES))


@each
def test_the_page_is_never_wider_than_its_window(opened, report):
    page = opened(report)
    page.run(UNFOLD)
    for width, theme in product([360, 768, 1600], [LIGHT, DARK]):
        page.show(width=width, theme=theme)
        assert (page.run("document.documentElement.scrollWidth"), page.run(TOO_WIDE)) == (width, []), theme


@each
def test_all_text_stands_out_from_what_is_behind_it(opened, report):
    page = opened(report)
    page.run(UNFOLD)
    for theme in (LIGHT, DARK):
        page.show(theme=theme)
        result = page.run(TOO_FAINT)
        assert result["looked"] > 20
        assert result["faint"] == [], theme


def test_the_themes_are_not_the_same(opened):
    page = opened(reports.RICH)
    grounds = []
    for theme in (LIGHT, DARK):
        page.show(theme=theme)
        grounds.append(page.run("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(247, 247, 245)", "rgb(18, 20, 22)"]


@pytest.mark.parametrize("width", [360, 1280, 1600])
@pytest.mark.parametrize(
    "report",
    [reports.RICH, reports.EMPTY, reports.UNCLEAR, reports.REHEARSED],
    ids=["stop", "go", "unclear", "rehearsed"],
)
def test_the_verdict_and_its_reasons_are_on_the_first_screen_and_the_biggest(opened, report, width):
    page = opened(report, width=width)
    assert page.run("document.querySelector('.verdict').getBoundingClientRect().bottom") < 800
    sizes = page.run(
        "['.word', '.headline', '.reasons', 'h2', 'h3', 'body'].map(selector => document.querySelector(selector))"
        ".filter(Boolean).map(one => parseFloat(getComputedStyle(one).fontSize))"
    )
    assert sizes[0] > sizes[1] > max(sizes[3:])
    assert sizes[0] >= 36


def test_motion_is_left_to_those_who_want_it(opened):
    page = opened(reports.RICH)
    behaviours = []
    for wish in ("reduce", "no-preference"):
        page.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-reduced-motion", "value": wish}])
        behaviours.append(page.run("getComputedStyle(document.documentElement).scrollBehavior"))
    assert behaviours == ["auto", "smooth"]


# On paper


def test_paper_has_everything_open_and_nothing_to_press(opened):
    page = opened(TOGETHER, theme=DARK)
    page.press("/")
    page.type("nickname")
    page.show(theme=DARK, medium="print")
    assert len(seen(page)) == 5
    folded = page.run(
        "[...document.querySelectorAll('details > :not(summary)')].filter(one => !one.checkVisibility({ contentVisibilityAuto: true })).length"
    )
    assert folded == 0
    assert page.run("document.querySelectorAll('details[open]').length") == 0
    for pressed in ("button", "input", "select", "nav", ".skip", "[role=search]", "[data-none]"):
        assert page.run(f"[...document.querySelectorAll('{pressed}')].filter(one => one.checkVisibility()).length") == 0
    assert page.run("['.verdict', 'body', 'html'].map(one => getComputedStyle(document.querySelector(one)).backgroundColor)") == [
        "rgba(0, 0, 0, 0)", "rgb(255, 255, 255)", "rgba(0, 0, 0, 0)",
    ]  # fmt: skip
    assert page.run("getComputedStyle(document.querySelector('h1')).color") == "rgb(0, 0, 0)"
    assert page.run(TOO_FAINT)["faint"] == []


@pytest.mark.parametrize("report", [reports.RICH, reports.GRADED, reports.SHORT], ids=["rich", "graded", "rehearsed"])
def test_paper_cuts_nothing_off(opened, report):
    page = opened(report)
    # A4, less the margins, at 96 dots an inch.
    page.show(width=688, medium="print")
    assert page.run("document.documentElement.scrollWidth") == 688
    assert page.run(TOO_WIDE) == []


# For readers of screens


def test_readers_of_screens_are_told_the_verdict_the_landmarks_and_each_controls_name(opened):
    page = opened(reports.RICH)
    nodes = page.accessible()
    headings = [(name, node["properties"]) for role, name, node in nodes if role == "heading"]
    name, properties = headings[0]
    assert name == "Do not go on: 2 breaking changes, 1 test failed"
    assert {"name": "level", "value": {"type": "integer", "value": 1}} in properties
    roles = [role for role, _, _ in nodes]
    for landmark in ("banner", "navigation", "main", "search", "contentinfo"):
        assert roles.count(landmark) == 1
    controls = [
        (role, name)
        for role, name, _ in nodes
        if role
        in {"button", "checkbox", "combobox", "searchbox", "textbox", "link", "DisclosureTriangle", "region", "group"}
    ]
    assert [role for role, name in controls if not name and role != "group"] == []
    assert ("searchbox", "Search") in controls or ("searchbox", "Search /") in controls
    assert ("checkbox", "Only what differs") in controls
    assert ("group", "Severity") in controls


@pytest.mark.parametrize("width", [360, 1280])
def test_tables_are_tables_to_readers_of_screens_at_any_width(opened, width):
    page = opened(reports.RICH, width=width)
    nodes = page.accessible()
    captions = [name for role, name, _ in nodes if role == "table"]
    assert len(captions) == 4
    assert all(captions)
    headers = [name for role, name, _ in nodes if role == "columnheader"]
    assert {"Behaviour", "Fake", "Cassette", "Live", "Together", "Why not"} <= set(headers)
    assert [role for role, _, _ in nodes].count("rowheader") == 1 + 3 + 4 + 2
