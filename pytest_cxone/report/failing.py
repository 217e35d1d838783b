"""What makes a run red though its tests are green: drift from a severity on, or nothing to tell it from."""

from collections.abc import Iterator
from typing import Final

from pytest_cxone.drift import Severity
from pytest_cxone.options import FailOn
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.values import Report
from pytest_cxone.validation import counted

__all__ = ["drift_faults"]

_REACHED: Final = {
    FailOn.BREAKING: {Severity.BREAKING},
    FailOn.ADDITIVE: {Severity.BREAKING, Severity.ADDITIVE},
    FailOn.ANY: set(Severity),
    FailOn.NEVER: set[Severity](),
}


def drift_faults(report: Report, fail_on: FailOn, *, is_asked: bool) -> Iterator[str]:
    """Yield what is too bad; where somebody asked to fail on drift, also that there was nothing to see it by."""
    changes = [one for one in grouped(report.findings) if one.counts and one.severity in _REACHED[fail_on]]
    if changes:
        yield f"FAILED: {counted(len(changes), 'change')} of the API (--cxone-fail-on={fail_on})"
    if is_asked and fail_on is not FailOn.NEVER and not report.checked:
        yield f"FAILED: nothing was compared, and --cxone-fail-on={fail_on} asks for it"
