"""A rehearsal: after a green run, each simulated upgrade meets the tests that it can touch, until one notices it.

What tests come to under an upgrade is heard here and nowhere else: no other plugin counts it, shows it or writes it
down. The run's own report stays that of the run without an upgrade.
"""

import time
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_cxone.playing import GreenTest, Play
from pytest_cxone.quiet import progress_on, unheard
from pytest_cxone.rehearsal.meeting import Shadow
from pytest_cxone.rehearsal.outcomes import Rehearsed
from pytest_cxone.reporter import REHEARSED, is_skip
from pytest_cxone.run import Run

__all__ = ["Rehearser"]


@dataclass(slots=True)
class _Baseline:
    """What the tests of this process came to without an upgrade."""

    tests: dict[str, GreenTest] = field(default_factory=dict)
    failed: set[str] = field(default_factory=set)

    def take(self, item: pytest.Item, report: pytest.TestReport, shadow: Shadow | None) -> None:
        """Take in a report; of a test that does not come to its end as passed, nothing is kept."""
        if report.failed:
            self.failed.add(item.nodeid)
        if shadow is None:
            return
        if report.when == "setup":
            # Also where it runs again: the last time counts.
            self.tests[item.nodeid] = GreenTest(item, shadow)
        known = self.tests.get(item.nodeid)
        if known is not None:
            known.seconds += report.duration
            if report.failed or is_skip(report) or hasattr(report, "wasxfail"):
                del self.tests[item.nodeid]


class Rehearser:
    """Rehearses the tests of a process that runs tests: after their own run, and only where that is green.

    `rehearsed` is what came of it, also of one that was broken off; of none that nothing was run for, it says why.
    """

    def __init__(self, run: Run) -> None:
        self.rehearsed = Rehearsed()
        self._run = run
        self._baseline = _Baseline()
        self._is_baseline = True
        self._awaited: set[str] = set()
        self._config: pytest.Config | None = None

    # Without an upgrade

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Take down which tests are green."""
        report = yield
        if self._is_baseline:
            self._baseline.take(item, report, self._run.stage.shadow_of(item.nodeid))
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        """Let the tests run, and then the rehearsal."""
        result = yield
        self._is_baseline = False
        if self._baseline.failed:
            self.rehearsed = Rehearsed(refused="tests fail without an upgrade")
        elif not session.config.getoption("collectonly", default=False):
            self._rehearse(session)
        return result

    def _rehearse(self, session: pytest.Session) -> None:
        tests = [test for test in self._baseline.tests.values() if test.shadow.requests]
        play = Play(self._run, tests, project=session.config.rootpath)
        started = time.monotonic()
        try:
            with unheard(session) as heard:
                play.perform(heard, progress_on(session.config))
        except BaseException as error:
            play.refused = f"it was broken off ({type(error).__name__})"
            raise
        finally:
            self.rehearsed = play.result(seconds=time.monotonic() - started)

    # Where workers run the tests, in the process that reports

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """Note which tests the workers have: each has all."""
        self._awaited, self._config = set(ids), node.config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Say that it goes on, once all tests have come to an end: workers are silent while they rehearse."""
        if report.when != "teardown" or self._config is None:
            return
        self._awaited.discard(report.nodeid)
        if not self._awaited:
            progress_on(self._config)("the workers rehearse upgrades")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand what came of it to the process that reports, if that is another one."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[REHEARSED] = self.rehearsed.to_json()
