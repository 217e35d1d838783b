"""Drift: what is otherwise in the answers of two versions of an API, or of one tenant at two times. Pure.

`observe` turns exchanges into an `Observed`, which holds nobody's values; `compare` turns two of these into findings.
`drift_of` does so for what many tests saw, with what their cassettes have and with what breaks the contract.
"""

from pytest_cxone.drift.breaches import Breach
from pytest_cxone.drift.comparing import compare, over_versions
from pytest_cxone.drift.findings import Comparison, Finding, FindingId, NotCompared, Severity
from pytest_cxone.drift.observing import observe
from pytest_cxone.drift.sights import Observed, Sight
from pytest_cxone.drift.witnesses import Drift, Drifted, Seen, Witness, drift_of, see

__all__ = [
    "Breach",
    "Comparison",
    "Drift",
    "Drifted",
    "Finding",
    "FindingId",
    "NotCompared",
    "Observed",
    "Seen",
    "Severity",
    "Sight",
    "Witness",
    "compare",
    "drift_of",
    "observe",
    "over_versions",
    "see",
]
