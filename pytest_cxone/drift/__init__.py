"""Drift: what is otherwise in the answers of two versions of an API, or of one tenant at two times. Pure.

`observe` turns exchanges into an `Observed`, which holds nobody's values; `compare` turns two of these into findings.
"""

from pytest_cxone.drift.comparing import compare, over_versions
from pytest_cxone.drift.findings import Comparison, Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.observing import Observed, Sight, observe

__all__ = [
    "Comparison",
    "Finding",
    "FindingId",
    "NotCompared",
    "Observed",
    "Severity",
    "Sight",
    "compare",
    "observe",
    "over_versions",
]
