"""Secrets kept out of what pytest shows: reports, and the log of `--debug`.

Tracebacks with locals show the frames of libraries, which hold tokens.
"""

from collections.abc import Iterable
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any

import pytest

from pytest_cxone.scrub import fragments, without

__all__ = ["redact", "redact_file"]


def redact(report: pytest.TestReport | pytest.CollectReport, secrets: Iterable[str]) -> None:
    """Replace secrets in a report's texts, where they stand."""
    if not report.longrepr and not report.sections:
        return
    pieces = fragments(secrets)
    report.longrepr = _clean(pieces, report.longrepr)
    shown = report.longreprtext
    if shown != without(pieces, shown):
        # Broken over lines, say: the text as a whole, without its colours, is what can be shown.
        report.longrepr = without(pieces, shown)
    report.sections[:] = _clean(pieces, report.sections)


def redact_file(path: Path, secrets: Iterable[str]) -> None:
    """Replace secrets in a file of text."""
    text = path.read_text(encoding="utf-8")
    path.write_text(without(fragments(secrets), text), encoding="utf-8")


def _clean(pieces: frozenset[str], value: Any) -> Any:
    """Return a value without secrets in its texts. What pytest shows of an error is changed where it is."""
    match value:
        case str():
            return without(pieces, value)
        case list() | tuple():
            return type(value)(_clean(pieces, part) for part in value)
        case _ if is_dataclass(value):
            for name, part in vars(value).items():
                object.__setattr__(value, name, _clean(pieces, part))
    return value
