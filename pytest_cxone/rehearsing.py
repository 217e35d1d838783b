"""A rehearsal: after a green run, each simulated upgrade meets the tests that it can touch, until one notices it.

What tests come to under an upgrade is told to no plugin that listens to pytest's reports, so the run's own report stays
that of the run without an upgrade.
"""

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from pytest_cxone.playing import GreenTest, Play
from pytest_cxone.quiet import unheard
from pytest_cxone.rehearsal.meeting import Shadow
from pytest_cxone.rehearsal.outcomes import Rehearsed
from pytest_cxone.reporter import REHEARSED, is_skip
from pytest_cxone.run import Run

__all__ = ["Rehearser", "Waiting"]


@dataclass(slots=True)
class _Baseline:
    """What the tests of this process came to without an upgrade."""

    failed: set[str] = field(default_factory=set)
    _tests: dict[str, GreenTest] = field(default_factory=dict)
    _spoiled: set[str] = field(default_factory=set)

    def take(self, item: pytest.Item, report: pytest.TestReport, shadow: Shadow | None) -> None:
        """Take in a report of a test, which may run more than once: the last time counts."""
        name = item.nodeid
        if report.when == "setup":
            self._tests.pop(name, None)
            self._spoiled.discard(name)
            self.failed.discard(name)
        if report.failed:
            self.failed.add(name)
        if report.failed or is_skip(report) or hasattr(report, "wasxfail"):
            self._spoiled.add(name)
        if shadow is not None:
            self._tests.setdefault(name, GreenTest(item, shadow)).seconds += report.duration

    @property
    def green(self) -> list[GreenTest]:
        """The tests that passed and asked the tenant something."""
        return [test for name, test in self._tests.items() if name not in self._spoiled and test.shadow.requests]


class Rehearser:
    """Rehearses the tests of a process that runs tests: after their own run, and only where that is green.

    `rehearsed` is what came of it, also of one that was broken off; of none that nothing was run for, it says why.
    """

    def __init__(self, run: Run) -> None:
        self.rehearsed = Rehearsed()
        self._run = run
        self._baseline = _Baseline()
        self._is_baseline = True

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
        play = Play(self._run, self._baseline.green, project=session.config.rootpath)
        started = time.monotonic()
        try:
            with unheard(session) as heard:
                play.perform(heard, _progress_on(session.config))
        except BaseException as error:
            play.refused = f"it was broken off ({type(error).__name__})"
            raise
        finally:
            self.rehearsed = play.result(seconds=time.monotonic() - started)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Hand what came of it to the process that reports, if that is another one."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[REHEARSED] = self.rehearsed.to_json()


class Waiting:
    """Says, where workers run the tests, that they rehearse now: until they end nothing is heard of them."""

    def __init__(self) -> None:
        self._awaited: set[str] = set()
        self._show: Callable[[str], None] = print

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: Sequence[str]) -> None:
        """Note which tests the workers have: each has all."""
        self._awaited, self._show = set(ids), _progress_on(node.config)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Hear that a test has come to its end."""
        if report.when == "teardown" and report.nodeid in self._awaited:
            self._awaited.discard(report.nodeid)
            if not self._awaited:
                self._show("the workers rehearse upgrades")


def _progress_on(config: pytest.Config) -> Callable[[str], None]:
    """Return what shows how far the rehearsal is: a line on a terminal, and nothing elsewhere."""
    terminal: Any = config.pluginmanager.get_plugin("terminalreporter")
    if terminal is None or not getattr(terminal, "isatty", False):
        return lambda _: None
    capture: Any = config.pluginmanager.get_plugin("capturemanager")
    shown = ""

    def show(text: str) -> None:
        nonlocal shown
        if text != shown:
            shown = text
            with capture.global_and_fixture_disabled() if capture else nullcontext():
                terminal.rewrite(f"cxone: {text}" if text else "", erase=True)

    return show
