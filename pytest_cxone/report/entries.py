"""Entries of `cxone-acknowledged.toml`, ready to be copied: what stands in them is all but why and who."""

import json
from datetime import date, timedelta
from typing import Final

from pytest_cxone.report.grouping import Change

__all__ = ["entries_of"]

_LASTING: Final = timedelta(days=90)
_LONGEST: Final = 100


def entries_of(change: Change, today: date) -> str:
    """Return an entry for each finding of a change, good for 90 days; the reason and the owner are left to fill in."""
    return "\n".join(
        f"# {_comment(f'{one.label}: {one.sentence}')}\n"
        "[[acknowledged]]\n"
        f"fingerprint = {json.dumps(one.finding.fingerprint)}\n"
        'reason = ""\n'
        'owner = ""\n'
        f"expires = {today + _LASTING}\n"
        for one in change.findings
    )


def _comment(text: str) -> str:
    """Return a text as one line of printable characters, so that nothing of it can become an entry."""
    line = "".join(sign if sign.isprintable() else " " for sign in text[:_LONGEST])
    return " ".join(line.split())
