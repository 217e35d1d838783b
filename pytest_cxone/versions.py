"""What a run on several versions of the API comes to: what was seen of each, and what differs between them."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_cxone.run import Run

if TYPE_CHECKING:
    from pytest_cxone.drift import Comparison, Observed
    from pytest_cxone.model import Exchange
    from pytest_cxone.settings import Settings

__all__ = ["Versions"]

SEEN: Final = "cxone_seen"
"""The key under which a worker tells what it has seen."""
_MOST_FINDINGS: Final = 20
_MOST_NOT_COMPARED: Final = 5


class Versions:
    """Collects what the tests of all workers see of each version, and compares it where the run is reported."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._seen: dict[str, list[Observed]] = {version: [] for version in run.api_versions}

    def see(self, settings: "Settings", exchanges: "Iterable[Exchange]") -> None:
        """Look at what one test exchanged with one version, `settings` being those of its tenant."""
        from pytest_cxone.drift import observe
        from pytest_cxone.schemas import contract

        checked = contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)
        version = settings.api_version
        # A test may ask other versions by name, beside the one that it runs on.
        own = (one for one in exchanges if settings.spoken.version_in(one.request.target.path) in {"", version})
        self._seen[version].append(observe(own, checked))

    def _merged(self) -> "dict[str, Observed]":
        from pytest_cxone.drift import Observed

        return {version: Observed.merged(several) for version, several in self._seen.items() if several}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand over what was seen, where another process reports."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[SEEN] = {version: observed.to_json() for version, observed in self._merged().items()}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 - xdist's
        """Take over what a worker has seen."""
        from pytest_cxone.drift import Observed

        for version, seen in getattr(node, "workeroutput", {}).get(SEEN, {}).items():
            self._seen[version].append(Observed.from_json(seen))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what differs from version to version."""
        from pytest_cxone.drift import over_versions

        seen = self._merged()
        if len(seen) < 2:
            return
        terminalreporter.section("cxone versions")
        versions = list(seen)
        for (earlier, later), comparison in over_versions(seen).items():
            terminalreporter.write_line(f"{earlier} → {later}: {comparison.summary}")
            # From the first to the last is what all steps between come to.
            if len(versions) == 2 or (earlier, later) != (versions[0], versions[-1]):
                for line in _told(comparison):
                    terminalreporter.write_line(f"  {line}")


def _told(comparison: "Comparison") -> Iterator[str]:
    for told, most in ((comparison.findings, _MOST_FINDINGS), (comparison.not_compared, _MOST_NOT_COMPARED)):
        yield from map(str, told[:most])
        if len(told) > most:
            yield f"and {len(told) - most} more"
