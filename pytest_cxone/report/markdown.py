"""The report as Markdown, for a pull request or a job's summary. What a tenant says is text in it, and no more."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pytest_cxone.report.entries import entries_of
from pytest_cxone.report.grouping import Change, grouped
from pytest_cxone.report.plain import cut, visible
from pytest_cxone.report.relevance import WORDS
from pytest_cxone.report.scores import scored
from pytest_cxone.report.values import Agreement, Outlook, Report
from pytest_cxone.validation import counted

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

__all__ = ["LONGEST", "markdown_of"]

LONGEST: Final = 65_000
"""GitHub takes 65,536 characters as the text of a pull request, and 1 MiB as a job's summary."""
_FIRST: Final = (Agreement.DIFFER, Agreement.NOT_VERIFIED, Agreement.AGREE)
_ENTITIES: Final = {ord(sign): f"&#{ord(sign)};" for sign in "\\`*_[]<>&|~$"}
"""An entity is text to every renderer, and never markup."""
_LEADING: Final = re.compile(r"^(?=[-+=#]|\d{1,9}[.)](?:\s|$))")
_REFERENCE: Final = re.compile(r"[#!$%~^@](?=[\w\"])|&(?=\w)|\bGH-(?=\d)|:(?=/|[\w+-]+:)|\bwww(?=\.)", re.IGNORECASE)
"""What makes a mention, a reference, an emoji or a link of what follows it, on GitHub, GitLab or Azure."""
_MAILBOX: Final = re.compile(r"(?<=\w)@(?=\w)|\bwww(?=\.)", re.IGNORECASE)
_BREAK: Final = "\u200b"
"""Is not seen, and parts what would be more than text if it stood together."""


@dataclass(frozen=True, slots=True)
class _Limit:
    """How much is shown: so many rows of a table, and so many characters of a text."""

    rows: int
    text: int


_LIMITS: Final = tuple(_Limit(*limit) for limit in ((100, 300), (100, 100), (50, 80), (25, 60), (10, 40), (3, 20)))


def markdown_of(report: Report) -> str:
    """Return the report as GitHub's Markdown; where it would be too long, it has fewer rows and shorter texts."""
    return next(text for limit in _LIMITS if len(text := _rendered(report, limit)) <= LONGEST or limit is _LIMITS[-1])


def _rendered(report: Report, limit: _Limit) -> str:
    changes = grouped(report.findings)
    parity = sorted(report.parity, key=lambda row: _FIRST.index(row.agreement))
    counts = Counter(row.agreement for row in parity)
    counted = [change for change in changes if change.counts]
    return (
        _environment(limit.text)
        .get_template("report.md.j2")
        .render(
            report=report,
            is_rehearsed=report.is_of_rehearsal and report.verdict.outlook is Outlook.GO,
            limit=limit.rows,
            changes=counted,
            acknowledged=[change for change in changes if not change.counts],
            entry=_entry(counted, report.generated),
            parity=parity,
            unsettled=[row for row in parity if row.agreement is not Agreement.AGREE],
            agreements=[(agreement, counts[agreement]) for agreement in _FIRST if counts[agreement]],
        )
    )


def _entry(changes: Sequence[Change], generated: datetime) -> "Markup | None":
    """Return what acknowledges the first change; in a fence, out of which no line of it can lead."""
    from markupsafe import Markup

    if not changes:
        return None
    first = Change(changes[0].findings[: _LIMITS[-1].rows])
    return Markup(f"```toml\n{entries_of(first, generated.astimezone(UTC).date())}```")  # noqa: S704 - lines of ours


@cache
def _environment(longest: int) -> "Environment":
    """Return templates in which every text is made harmless, and no longer than that, unless it is markup of ours."""
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup

    def prose(value: Any) -> Any:
        return Markup(_prose(value, longest)) if isinstance(value, str) and not hasattr(value, "__html__") else value  # noqa: S704

    def code(value: str) -> Markup:
        return Markup(f"<code>{_code(value, longest)}</code>") if value else Markup()  # noqa: S704

    environment = Environment(
        loader=PackageLoader("pytest_cxone.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=prose,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {"code": code, "day": _day, "counted": counted, "minute": _minute, "scored": scored}
    environment.globals |= {"words": WORDS}
    return environment


def _prose(text: str, longest: int) -> str:
    """Write a text so that it is read as text, and calls nobody: no markup, link, mention, reference or emoji."""
    parted = _REFERENCE.sub(lambda found: found[0] + _BREAK, cut(visible(text).strip(), longest))
    return _LEADING.sub(_BREAK, parted).translate(_ENTITIES)


def _code(text: str, longest: int) -> str:
    """Write a text for inside a code element, where renderers make no mentions, but may still make links."""
    parted = _MAILBOX.sub(lambda found: found[0] + _BREAK, cut(visible(text), longest))
    return parted.translate(_ENTITIES).replace("://", "&#58;//")


def _day(moment: datetime) -> "Markup":
    from markupsafe import Markup

    return Markup(f"{moment.astimezone(UTC):%Y-%m-%d}")  # noqa: S704 - digits


def _minute(moment: datetime) -> "Markup":
    from markupsafe import Markup

    return Markup(f"{moment.astimezone(UTC):%Y-%m-%d %H:%M} UTC")  # noqa: S704 - digits
