"""Example reports that the tests of all renderers share: builders, a quiet one, a rich one, an unclear one, a hostile one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pytest_cxone.drift import Finding, FindingId, Severity
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome
from pytest_cxone.report.values import (
    Acknowledgement,
    Agreement,
    Cell,
    Failure,
    Outlook,
    Parity,
    Part,
    Rehearsal,
    Relevance,
    Report,
    Reported,
    Simulated,
    Uncompared,
    Use,
    Used,
    Verdict,
)
from pytest_cxone.usage.values import Place

__all__ = [
    "ALL_NOTICED", "EMPTY", "EXAMPLES", "GRADED", "HOSTILE", "HOSTILES", "HOSTILE_TEXTS", "NOW", "ONLY_ACKNOWLEDGED",
    "REFUSED", "REHEARSED", "RICH", "SHORT", "UNCLEAR", "USE", "acknowledgement", "cell", "failure", "finding", "harmless", "many",
    "not_compared", "not_exercised", "noticed", "parity", "part", "rehearsal", "report", "survivor", "use", "used", "verdict",
]  # fmt: skip

NOW = datetime(2026, 11, 23, 8, tzinfo=UTC)
STATES, STATE, AGENT = "listAgentStates", "getAgentState", "getAgent"
LABELS = {
    STATES: "GET /api/v2/agents/states",
    STATE: "GET /api/v2/agents/{agentId}/state",
    AGENT: "GET /api/v2/agents/{agentId}",
}


def finding(
    id_=FindingId.REMOVED,
    *,
    severity=Severity.BREAKING,
    counted=None,
    operation=STATES,
    label=None,
    status=200,
    path="$[*].agentId",
    before="string",
    after="absent",
    samples=(3, 70),
    change=None,
    sentence="agentId is no longer in the rows",
    evidence=("cassettes of 2026-11-02",),
    **others,
):
    """Build a finding as it is reported; `severity` is its own, `counted` the one that an override gives it."""
    found = Finding(
        id=id_,
        severity=severity,
        operation=operation,
        status=status,
        path=path,
        before=before,
        after=after,
        samples=samples,
        change=change,
    )
    return Reported(
        finding=found,
        severity=counted or severity,
        label=label or LABELS.get(operation, operation),
        sentence=sentence,
        evidence=evidence,
        **others,
    )


def acknowledgement(*, reason="Announced for 26.4; our reader takes both", owner="wallboard team", expired=False):
    expires = date(2026, 10, 31) if expired else date(2027, 1, 31)
    return Acknowledgement(reason=reason, owner=owner, expires=expires, is_expired=expired)


def not_compared(operation=AGENT, *, label=None, status=200, path="$.teams[*]", reason="no rows before"):
    label = label or LABELS.get(operation, operation)
    return Uncompared(operation=operation, label=label, status=status, path=path, reason=reason)


def cell(agreement=Agreement.AGREE, *, passed=2, at=NOW, **others):
    return Cell(agreement=agreement, passed=passed, at=at, **others)


UNVERIFIED = Cell(agreement=Agreement.NOT_VERIFIED, note="no live run")


def parity(behaviour="agent-online", *, agreement=Agreement.AGREE, **others):
    values = {
        "statement": "An agent who is logged in is listed with a state",
        "source": "document, 2.1",
        "fake": cell(),
        "cassette": cell(at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC), note="recorded from sandbox.example"),
        "live": cell(passed=1),
        **others,
    }
    return Parity(behaviour=behaviour, agreement=agreement, **values)


def failure(test="tests/test_wallboard.py::test_rows_have_an_agent", **others):
    values = {
        "evidence": "live",
        "behaviours": ("agent-online",),
        "message": "KeyError: 'agentId'",
        **others,
    }
    return Failure(test=test, **values)


def part(id_="a1b2c3", *, shard=None, **others):
    values = {
        "mode": "live",
        "dialect": "platform-v2",
        "api_versions": (),
        "host": "platform.nicecxone.com",
        "started": datetime(2026, 11, 23, 7, 55, tzinfo=UTC),
        "recorder": "0.1.0",
        "ran": 40,
        "passed": 39,
        "failed": 1,
        "skipped": 3,
        "requests": 128,
        **others,
    }
    return Part(id=id_, shard=shard, **values)


def use(file="wallboard.py", line=25, function="Wallboard.refresh", tests=("tests/test_wallboard.py::test_refresh",)):
    return Use(place=Place(file, line, function), tests=tests)


USE = use()


def used(path="$[*].state.name", *uses, operation=STATES, label=None, is_whole=False):
    label = label or LABELS.get(operation, operation)
    return Used(operation=operation, label=label, path=path, is_whole=is_whole, uses=uses or (USE,))


def survivor(id_="row-state-name-nulled", *, relevance=Relevance.READ, **others):
    values = {
        "summary": "state.name is null",
        "origin": "named",
        "behaviours": ("states.row-shape",),
        "met_by": ("tests/test_wallboard.py::test_refresh", "tests/test_wallboard.py::test_rows"),
        "touched": ((LABELS[STATES], "$[*].state.name"),),
        "uses": (USE,) if relevance is Relevance.READ else (),
        "breaks": "wallboard.py:25 in Wallboard.refresh reads $[*].state.name of GET /api/v2/agents/states, which would be null",
        "advice": "Write a test that asserts what your code makes of $[*].state.name; "
        "it must turn red under pytest --cxone-upgrade=row-state-name-nulled",
        **others,
    }
    return Simulated(id=id_, outcome=Outcome.SURVIVED, relevance=relevance, **values)


def noticed(id_="row-state-removed", **others):
    values = {
        "summary": "rows have no state",
        "origin": "named",
        "test": "tests/test_wallboard.py::test_rows",
        "message": "KeyError: 'state'",
        "touched": ((LABELS[STATES], "$[*].state"),),
        **others,
    }
    return Simulated(id=id_, outcome=Outcome.NOTICED, **values)


def not_exercised(id_="profile-email-removed", **others):
    values = {"summary": "the profile has no email", "origin": "named", **others}
    return Simulated(id=id_, outcome=Outcome.NOT_EXERCISED, **values)


def harmless(id_="listAgentStates.team.name.removed"):
    return survivor(
        id_,
        relevance=Relevance.UNREAD,
        origin="derived",
        summary="team.name is gone (GET /api/v2/agents/states)",
        touched=((LABELS[STATES], "$[*].team.name"),),
        breaks="nobody here reads $[*].team.name of GET /api/v2/agents/states",
        advice="",
    )


def rehearsal(*upgrades, **others):
    values = {"tests": 40, "runs": 212, "seconds": 12.34, **others}
    return Rehearsal(dialect=values.pop("dialect", "platform-v2"), upgrades=upgrades, **values)


def verdict(outlook=Outlook.GO, headline="Go on: no drift in 12 operations", *reasons):
    return Verdict(outlook=outlook, headline=headline, reasons=reasons)


def report(**changes):
    """Build a report in which nothing has changed, but for these fields."""
    values = {
        "generated": NOW,
        "recorder": "0.1.0",
        "verdict": verdict(),
        "parts": (part(failed=0, passed=40),),
        "findings": (),
        "not_compared": (),
        "parity": (),
        "failures": (),
        "compared": 12,
        "checked": 12,
        **changes,
    }
    return Report(**values)


def many(count, **others):
    """Build so many breaking findings, each a change of its own."""
    return tuple(
        finding(path=f"$[*].field{number}", sentence=f"field{number} is gone", **others) for number in range(count)
    )


EMPTY = report()
"""Nothing changed, and all was compared."""

RICH = report(
    verdict=verdict(
        Outlook.STOP,
        "Do not go on: 2 breaking changes, 1 test failed",
        "agentId is no longer in the rows (GET /api/v2/agents/states and 1 more)",
        "The answer's media type is another one (GET /api/v2/agents/{agentId})",
        "1 test failed, most likely of that",
        "acknowledged: team may be null now (GET /api/v2/agents/{agentId})",
        "78 tests ran on the tenant, 6 were skipped",
        "3 comparisons could not be made",
    ),
    parts=(part("a1b2c3", shard=(1, 2)), part("d4e5f6", shard=(2, 2), ran=38, passed=38, failed=0)),
    findings=(
        finding(
            behaviours=("agent-online", "agents-paged"),
            tests=("tests/test_wallboard.py::test_rows_have_an_agent", "tests/test_paging.py::test_pages[a/b]"),
            api_versions=("v31.0", "v34.0"),
        ),
        finding(operation=STATE, samples=(12, 9), tests=("tests/test_wallboard.py::test_one",)),
        finding(
            FindingId.MEDIA_TYPE_CHANGED,
            operation=AGENT,
            path="media type",
            before="application/json",
            after="text/html",
            samples=(4, 4),
            sentence="The answer's media type is another one",
            acknowledged=acknowledgement(expired=True),
            evidence=("cassettes of 2026-11-02", "the contract"),
        ),
        finding(
            FindingId.ADDED,
            severity=Severity.ADDITIVE,
            path="$[*].presence",
            before="absent",
            after="string, in 4 of 70",
            sentence="presence is new in some rows",
        ),
        finding(
            FindingId.ADDED,
            severity=Severity.ADDITIVE,
            counted=Severity.COSMETIC,
            operation=AGENT,
            path="$.nickname",
            before="absent",
            after="string",
            sentence="nickname is new",
            overridden="new fields are nothing to us",
        ),
        finding(
            FindingId.BECAME_NULLABLE,
            operation=AGENT,
            path="$.team",
            before="string",
            after="null or string",
            sentence="team may be null now",
            acknowledged=acknowledgement(),
        ),
    ),
    not_compared=(
        not_compared(),
        not_compared(STATES, status=429, path="status", reason="came before, 2 of 40 times, and never after"),
        not_compared("getToken", status=None, path="", reason="no answer after"),
    ),
    parity=(
        parity(),
        parity(
            "agents-paged",
            agreement=Agreement.DIFFER,
            statement="A page beyond the last is empty",
            live=cell(Agreement.DIFFER, passed=0, failed=1, note="404"),
        ),
        parity(
            "agent-hidden", agreement=Agreement.NOT_VERIFIED, statement="A hidden agent is not listed", live=UNVERIFIED
        ),
        parity(
            "token-lifetime",
            agreement=Agreement.NOT_VERIFIED,
            statement="A token lives 900 seconds",
            cassette=Cell(agreement=Agreement.NOT_VERIFIED, skipped=1, note="needs a clock"),
            live=UNVERIFIED,
        ),
    ),
    failures=(failure(),),
    recorded=NOW - timedelta(days=21),
    hints=("answers came in 480 ms, 120 ms before", "requests were limited 3 times"),
    stale=("[[acknowledged]] 2 (3f2a9c81d04b; wallboard team, until 2027-01-31): fits nothing that was found",),
)
"""Some of everything."""

UNCLEAR = report(
    verdict=verdict(
        Outlook.UNCLEAR,
        "Cannot say: nothing was verified on a tenant",
        "All 43 tests were skipped: no agent is logged in",
    ),
    parts=(part(ran=0, passed=0, failed=0, skipped=43, requests=2),),
    not_compared=(not_compared(path="", status=None, reason="no answer after"),),
    parity=(parity(agreement=Agreement.NOT_VERIFIED, live=UNVERIFIED),),
    compared=0,
    checked=0,
)
"""Nothing was seen, so nothing is known."""

ONLY_ACKNOWLEDGED = report(
    verdict=verdict(Outlook.GO, "Go on: nothing new in 12 operations; 1 change acknowledged"),
    findings=(finding(acknowledged=acknowledgement()),),
)
"""A change that somebody answers for, and no other."""

GRADED = replace(
    RICH,
    verdict=verdict(Outlook.STOP, "Do not go on: 2 breaking changes, 1 in what you read, 1 test failed"),
    findings=tuple(
        replace(one, relevance=relevance, uses=(USE, use("lib/board.py", 0, "rows", ())) if relevance is Relevance.READ else ())
        for one, relevance in zip(
            RICH.findings, [Relevance.READ, *[Relevance.UNREAD] * 4, Relevance.UNKNOWN], strict=True
        )
    ),
    used=(used("$"), used("$[*].agentId", USE, use("lib/board.py", 0, "rows", ())), used(is_whole=True)),
)  # fmt: skip
"""The same, where it is known what the code under test reads."""

FAKE = part(mode="fake", host="", ran=40, passed=40, failed=0, skipped=0, requests=0)
_NO_DRIFT = {"parts": (FAKE,), "compared": 0, "checked": 0}

REHEARSED = report(
    verdict=verdict(
        Outlook.GO,
        "Rehearsed: 3 of 5 upgrades noticed (60 %)",
        "survived: state.name is null (row-state-name-nulled)",
        "survived: the status is 202 (states-202)",
        "1 more upgrade changed only what nobody here reads",
        "upgrades were simulated on the fake: this says what these tests would notice, and nothing of a tenant",
    ),
    rehearsals=(
        rehearsal(
            survivor(),
            survivor(
                "states-202", relevance=Relevance.UNKNOWN, summary="the status is 202",
                touched=((LABELS[STATES], "status"), (LABELS[AGENT], "status")),
                breaks="the status is 202: this changes status of GET /api/v2/agents/states",
            ),
            harmless(),
            noticed(),
            noticed("row-agent-id-removed", summary="rows have no agentId", message="KeyError: 'agentId'"),
            noticed("envelope", summary="the array is in an object", touched=((LABELS[STATES], "$"),)),
            not_exercised(),
            idle=1_200, left_out=(LeftOut("tests/test_cache.py::test_kept", "it fails without an upgrade, when it runs again"),),
        ),
    ),
    used=(used("$"), used()),
    **_NO_DRIFT,
)  # fmt: skip
"""A rehearsal with some of each outcome, and no tenant."""

SHORT = replace(
    REHEARSED,
    verdict=verdict(Outlook.STOP, "Do not go on: 60 % of upgrades noticed, 90 % asked for"),
    rehearsals=(replace(REHEARSED.rehearsals[0], least=90.0),),
)
"""The same, where more was asked for."""

ALL_NOTICED = report(
    verdict=verdict(Outlook.GO, "Rehearsed: 1 of 1 upgrade noticed (100 %)"),
    rehearsals=(rehearsal(noticed(), not_exercised()),),
    used=(used(),),
    **_NO_DRIFT,
)
"""Every upgrade was noticed that changed anything."""

REFUSED = report(
    verdict=verdict(Outlook.UNCLEAR, "Cannot say: 2 of 40 tests fail without an upgrade"),
    rehearsals=(rehearsal(refused="2 of 40 tests fail without an upgrade", runs=0, seconds=0.0, least=90.0),),
    **_NO_DRIFT,
)
"""A rehearsal that did not take place."""

HOSTILE_TEXTS = {
    "script": "<script>window.__pwned = 1</script>",
    "image": '"><img src=x onerror="window.__pwned = 1">',
    "cdata": "]]><b>out</b>",
    "comment": "--><b>out</b><!--",
    "fence": "```\n# out\n```",
    "backticks": "`` ` ``` `",
    "table": "a | b || c \\| d",
    "lines": "one\ntwo\r\n\r\n## three\u2028four",
    "link": "[here](javascript:alert(1)) ![there](https://evil.example/x.png) <https://evil.example>",
    "bare link": "see https://evil.example/?q=1 and www.evil.example or mail a@evil.example",
    "mention": "@everyone @acme/team thanks #123 and acme/repo#4 and GH-5",
    "commit": "0123456789abcdef0123456789abcdef01234567",
    "emphasis": "**bold** __too__ *a* _b_ ~~c~~ $x$ $$y$$ :tada:",
    "details": "</details></td></table><h1>Go on</h1>",
    "template": "{{ 7 * 7 }} {% raw %} ${{ secrets.TOKEN }}",
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07 \x9b1m",
    "controls": "a\x00b\x08c\x7fd\te\x85f",
    "command": "::error file=x::out\n::stop-commands::x\n##[error]out",
    "percent": "100%0A::error::out%25",
    "bidi": "safe\u202egpj.exe\u2066\u200fx\u2069\u200b\ufeff",
    "surrogate": "half \ud83d a pair",
    "long": "x" * 10_000,
    "long words": "word " * 2_000,
    "toml": 'quote " and \\ and """ and \'\'\' end',
    "formula": '=HYPERLINK("https://evil.example")',
}
"""What a tenant, or a test's name, may have in it."""


def _hostile(text):
    """Build a report that has a text wherever there can be one."""
    words = {"reason": text, "owner": text}
    one = Cell(agreement=Agreement.DIFFER, failed=1, at=NOW, note=text)
    found = {
        "operation": text, "label": text, "path": text, "before": text, "after": text, "sentence": text, "evidence": (text,),
        "behaviours": (text,), "tests": (text, f"{text}.py::test[{text}]"), "api_versions": (text,), "overridden": text,
        "relevance": Relevance.READ, "uses": (use(text, 3, text, (text,)), use(f"{text}.py", 0, text, ())),
    }  # fmt: skip
    upgrade = {"summary": text, "origin": text, "behaviours": (text,), "touched": ((text, text),)}
    met = {"met_by": (text,), "breaks": text, "advice": text, "uses": found["uses"], **upgrade}
    return report(
        recorder=text,
        verdict=verdict(Outlook.STOP, text, text, text),
        parts=(part(text, mode=text, dialect=text, api_versions=(text,), host=text, recorder=text),),
        findings=(
            finding(**found),
            finding(**found, acknowledged=acknowledgement(**words)),
            finding(**found, acknowledged=acknowledgement(**words, expired=True)),
        ),
        not_compared=(not_compared(text, path=text, reason=text),),
        parity=(Parity(behaviour=text, statement=text, source=text, fake=one, cassette=one, live=one, agreement=Agreement.DIFFER),),
        failures=(Failure(test=text, evidence=text, behaviours=(text,), message=text),),
        hints=(text,),
        stale=(text,),
        rehearsals=(
            rehearsal(
                survivor(text, **met), survivor(text, relevance=Relevance.UNREAD, **met), noticed(text, test=text, message=text, **upgrade),
                not_exercised(text, **upgrade), dialect=text, left_out=(LeftOut(text, text),), least=90.0,
            ),
            rehearsal(dialect=text, refused=text, left_out=(LeftOut(text, text),)),
        ),
        used=(used(text, *found["uses"], operation=text, label=text, is_whole=True),),
    )  # fmt: skip


def _together(reports):
    first, *others = reports
    fields = ("parts", "findings", "not_compared", "parity", "failures", "hints", "stale", "rehearsals", "used")
    return replace(
        first, **{name: sum((getattr(one, name) for one in others), getattr(first, name)) for name in fields}
    )


HOSTILES = {name: _hostile(text) for name, text in HOSTILE_TEXTS.items()}
"""A report for each hostile text, which has it everywhere."""

HOSTILE = _together(list(HOSTILES.values()))
"""All hostile texts in one report."""

EXAMPLES = {
    "empty": EMPTY, "rich": RICH, "unclear": UNCLEAR, "only acknowledged": ONLY_ACKNOWLEDGED, "graded": GRADED,
    "rehearsed": REHEARSED, "short": SHORT, "all noticed": ALL_NOTICED, "refused": REFUSED, "hostile": HOSTILE,
}  # fmt: skip
