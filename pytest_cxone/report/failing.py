"""What makes a run red though its tests are green: drift, nothing to tell it from, or upgrades that go unnoticed."""

from collections.abc import Iterator
from typing import Final

from pytest_cxone.drift import Severity
from pytest_cxone.options import FailOn
from pytest_cxone.report.grouping import grouped
from pytest_cxone.report.scores import percent
from pytest_cxone.report.values import Report
from pytest_cxone.validation import counted

__all__ = ["drift_faults", "rehearsal_faults"]

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


def rehearsal_faults(report: Report) -> Iterator[str]:
    """Yield the rehearsals in which fewer upgrades were noticed than somebody asked for, or that there was none."""
    for one in report.rehearsals:
        if not one.falls_short:
            continue
        of = f" of {one.dialect}" if len(report.rehearsals) > 1 else ""
        asked = f"--cxone-rehearse-min={one.least:g}"
        if one.refused:
            yield f"FAILED: nothing was rehearsed{of} ({one.refused}), and {asked} asks for it"
        elif one.score is None:
            yield f"FAILED: no upgrade{of} changed what these tests ask for, and {asked} asks for it"
        else:
            count = counted(len(one.noticed) + len(one.survived), "upgrade")
            yield f"FAILED: {percent(one)} of {count}{of} noticed, {asked} asks for more"
