"""A run on several versions of the API: what differs from one to the next, as lines."""

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from pytest_cxone.drift import Comparison, Observed, over_versions

if TYPE_CHECKING:
    from pytest_cxone.report.facts import RunFacts

__all__ = ["version_lines"]

_MOST_FINDINGS: Final = 20
_MOST_NOT_COMPARED: Final = 5


def version_lines(run: "RunFacts") -> Iterator[str]:
    """Yield what differs from version to version; nothing where fewer than two were seen."""
    seen: defaultdict[str, list[Observed]] = defaultdict(list)
    for test in run.tests:
        if test.after is not None and len(run.api_versions) > 1:
            seen[test.api_version].append(test.after.observed)
    versions = [version for version in run.api_versions if version in seen]
    if len(versions) < 2:
        return
    for (earlier, later), comparison in over_versions({one: Observed.merged(seen[one]) for one in versions}).items():
        yield f"{earlier} → {later}: {comparison.summary}"
        # From the first to the last is what all steps between come to.
        if len(versions) == 2 or (earlier, later) != (versions[0], versions[-1]):
            yield from (f"  {line}" for line in _told(comparison))


def _told(comparison: Comparison) -> Iterator[str]:
    for told, most in ((comparison.findings, _MOST_FINDINGS), (comparison.not_compared, _MOST_NOT_COMPARED)):
        yield from map(str, told[:most])
        if len(told) > most:
            yield f"and {len(told) - most} more"
