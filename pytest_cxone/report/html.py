"""A report as one HTML page: the verdict first, everything else below it, and nothing from elsewhere.

The page is readable without script; script only hides rows of it. What a tenant says is text in it, whatever it holds.
"""

from base64 import b64encode
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from pytest_cxone.drift import Severity
from pytest_cxone.report.entries import entries_of
from pytest_cxone.report.grouping import Change, grouped
from pytest_cxone.report.plain import visible
from pytest_cxone.report.relevance import WORDS
from pytest_cxone.report.scores import percent
from pytest_cxone.report.values import Agreement, Outlook, Report, Reported, Uncompared, Used
from pytest_cxone.validation import counted

if TYPE_CHECKING:
    from jinja2 import Environment

__all__ = ["html_of"]

_WORDS: Final = {Outlook.GO: "Go on", Outlook.STOP: "Do not go on", Outlook.UNCLEAR: "Cannot say"}
_MEANINGS: Final = {
    Outlook.GO: "Code that reads this API as it was should read it still",
    Outlook.STOP: "Code that reads this API may fail, or read something wrong",
    Outlook.UNCLEAR: "Too little was verified to say whether code that reads this API still works",
}
_REHEARSED: Final = "Rehearsed"
_OF_REHEARSAL: Final = "Upgrades were simulated: this says what these tests would notice, and nothing of a tenant."
_FIRST: Final = (Agreement.DIFFER, Agreement.NOT_VERIFIED, Agreement.AGREE)
"""The order in the parity table: what needs somebody's eyes is first."""
_LONGEST: Final = 600


def html_of(report: Report) -> str:
    """Return the report as a page; texts that are longer than anybody reads are cut, and say so."""
    changes = grouped(report.findings)
    style, script = _own("report.css"), _own("report.js")
    parity = sorted(report.parity, key=lambda row: _FIRST.index(row.agreement))
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            report=report,
            word=_word(report),
            sign=_sign(report),
            is_graded=bool(report.used),
            headline=_headline(report),
            meaning=_meaning(report, changes),
            changes=[change for change in changes if change.counts],
            acknowledged=[change for change in changes if not change.counts],
            severities=Counter(change.severity for change in changes if change.counts),
            parity=parity,
            agreements=Counter(row.agreement for row in parity),
            places={row.behaviour: number for number, row in enumerate(parity, 1)},
            operations=_operations(report),
            hosts=list(dict.fromkeys(part.host for part in report.parts if part.host)),
            today=report.generated.astimezone(UTC).date(),
            tests={what: sum(getattr(part, what) for part in report.parts) for what in ("passed", "failed", "skipped")},
            policy=f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'; "
            "base-uri 'none'; form-action 'none'",
            style=style,
            script=script,
        )
    )


@cache
def _environment() -> "Environment":
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("pytest_cxone.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"counted": counted, "when": _when, "iso": _iso, "once": dict.fromkeys}
    environment.filters["entries"] = entries_of
    environment.filters |= {"percent": percent, "by_label": _by_label}
    environment.globals |= {"age": _age, "words": WORDS}
    return environment


def _own(name: str) -> str:
    from markupsafe import Markup

    # Ours, and in a page as it stands: the policy has its hash.
    return Markup((files("pytest_cxone.report") / "templates" / name).read_text("utf-8"))  # noqa: S704


def _hash(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _word(report: Report) -> str:
    """Return the word of the verdict: that upgrades were noticed on the fake lets nobody go on anywhere."""
    is_rehearsed = report.is_of_rehearsal and report.verdict.outlook is Outlook.GO
    return _REHEARSED if is_rehearsed else _WORDS[report.verdict.outlook]


def _sign(report: Report) -> str:
    return "rehearsed" if _word(report) == _REHEARSED else report.verdict.outlook


def _headline(report: Report) -> str:
    """Return the headline without the word of the verdict, which stands before it already."""
    word = _word(report)
    return "" if report.verdict.headline == word else report.verdict.headline.removeprefix(f"{word}: ")


def _meaning(report: Report, changes: Sequence[Change]) -> str:
    """Say what the verdict means to code that reads the answers: of what is acknowledged, that it is another now."""
    outlook = report.verdict.outlook
    if report.is_of_rehearsal:
        return _OF_REHEARSAL
    # A breaking one that lets go on was given another severity.
    held = [change for change in changes if not change.counts or change.first.finding.severity is Severity.BREAKING]
    if outlook is Outlook.GO and held:
        others = "is breaking" if len(held) < len(changes) else "was found"
        return f"What is acknowledged has changed; nothing else {others}."
    so_far = ", as far as it could be compared" if outlook is Outlook.GO and report.not_compared else ""
    return f"{_MEANINGS[outlook]}{so_far}."


def _operations(report: Report) -> list[str]:
    """Return the labels of the operations that rows can be filtered by."""
    told: list[Reported | Uncompared | Used] = [*report.findings, *report.not_compared, *report.used]
    touched = (label for one in report.rehearsals for upgrade in one.upgrades for label, _ in upgrade.touched)
    return sorted({*(one.label for one in told), *touched})


def _by_label(touched: Iterable[tuple[str, str]]) -> list[tuple[str, list[str]]]:
    """Return what an upgrade changes by operation."""
    paths: defaultdict[str, list[str]] = defaultdict(list)
    for label, path in touched:
        paths[label].append(path)
    return list(paths.items())


def _shown(value: Any) -> Any:
    """Make a text's unseen characters seen, and cut it; markup of the templates is let through."""
    if not isinstance(value, str) or hasattr(value, "__html__"):
        return value
    text = visible(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text) - _LONGEST:,} characters more)"


def _when(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _age(at: datetime, now: datetime) -> str:
    """Return how old something is by the calendar: what is from yesterday evening is a day old."""
    days = (now.astimezone(UTC).date() - at.astimezone(UTC).date()).days
    return "today" if days < 1 else f"{counted(days, 'day')} old"
