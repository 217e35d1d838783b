"""Secrets kept out of what pytest shows: reports, and the log of `--debug`.

Tracebacks with locals show the frames of libraries, which hold tokens.
"""

import warnings
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = ["Redactor", "redact", "redact_file"]


def redact(report: pytest.TestReport | pytest.CollectReport, clean: Callable[[str], str]) -> None:
    """Let `clean` go over a report's texts, where they stand."""
    if isinstance(report, pytest.TestReport):
        report.user_properties[:] = _cleaned(report.user_properties, clean)
        if hasattr(report, "wasxfail"):
            report.wasxfail = clean(report.wasxfail)
    if not report.longrepr and not report.sections:
        return
    report.longrepr = _cleaned(report.longrepr, clean)
    shown = report.longreprtext
    if shown != clean(shown):
        # Broken over lines, say: the text as a whole, without its colours, is what can be shown.
        report.longrepr = clean(shown)
    report.sections[:] = _cleaned(report.sections, clean)


class Redactor:
    """Lets `clean` go over what pytest shows beside the reports of tests."""

    def __init__(self, clean: Callable[[str], str]) -> None:
        self._clean = clean

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Clean what a subtest was called with: it has come to its report since that was made."""
        context = getattr(report, "context", None)
        if context is not None:
            _cleaned(context, self._clean)

    @pytest.hookimpl(tryfirst=True)
    def pytest_warning_recorded(self, warning_message: warnings.WarningMessage) -> None:
        """Clean a warning's text."""
        text = str(warning_message.message)
        if self._clean(text) != text:
            warning_message.message = self._clean(text)


def redact_file(path: Path, clean: Callable[[str], str]) -> None:
    """Let `clean` go over a file of text."""
    path.write_text(clean(path.read_text(encoding="utf-8")), encoding="utf-8")


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Return a value with its texts cleaned. What pytest shows of an error is changed where it is."""
    match value:
        case str():
            return clean(value)
        case list() | tuple():
            return type(value)(_cleaned(part, clean) for part in value)
        case Mapping():
            return {key: _cleaned(part, clean) for key, part in value.items()}
        case _ if is_dataclass(value):
            for field in fields(value):
                object.__setattr__(value, field.name, _cleaned(getattr(value, field.name), clean))
    return value
