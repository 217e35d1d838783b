"""What a run concludes: the facts of the tests of all workers, made into a report, shown and written."""

import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from pytest_cxone.ledger import BEHAVIOUR, EVIDENCE, ORIGIN, SENT, SKIP_PREFIX
from pytest_cxone.reporter import Reporter
from pytest_cxone.run import Run

if TYPE_CHECKING:
    from pytest_cxone.report.facts import RunFacts, TestFacts
    from pytest_cxone.report.values import Report

__all__ = ["Conclusion"]

_LOST = "a worker was lost, and with it what its test saw"
_UNREAD = "some tests could not be collected"
_CUT_SHORT = "the run was cut short: not all of its tests ran"


class Conclusion:
    """Hears of the tests of all workers where the run is reported, and makes the report of them."""

    def __init__(self, run: Run, reporter: Reporter) -> None:
        self._run = run
        self._reporter = reporter
        self._started = datetime.now(UTC)
        self._outcomes: dict[str, tuple[str, str]] = {}
        self._tests: dict[str, TestFacts] = {}
        self._lost: list[str] = []
        self._is_fake = False
        self._troubles: list[str] = []
        self._written: list[str] = []

    # What is heard

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 - xdist's
        """Note that a worker crashed."""
        if error:
            self._lost.append(_LOST)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that tests could not be collected."""
        if report.failed:
            self._lost.append(_UNREAD)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's outcome down, and with its last report what it saw."""
        node_id = report.nodeid
        if report.when == "setup":
            self._outcomes[node_id] = ("passed", "")
        if report.failed:
            self._outcomes[node_id] = ("failed", _reason(report))
        elif report.skipped and self._outcomes.get(node_id, ("passed", ""))[0] == "passed":
            self._outcomes[node_id] = ("skipped", _reason(report))
        facts = getattr(report, "cxone_facts", None)
        if report.when == "teardown":
            outcome = self._outcomes.pop(node_id, ("passed", ""))
            if facts is not None:
                self._tests[node_id] = self._fact(report, facts, *outcome)

    def _fact(self, report: pytest.TestReport, facts: Mapping[str, Any], outcome: str, message: str) -> "TestFacts":
        from pytest_cxone.report.facts import TestFacts, seen_from_json

        told = dict(report.user_properties)
        if "unreadable" in facts:
            self._lost.append(f"a cassette could not be read: {facts['unreadable']}")
        self._is_fake |= facts.get("is_fake", False)
        evidence = str(told.get(EVIDENCE, "none"))
        if evidence == "live" and outcome == "passed" and not told.get(SENT):
            # What passes without a request has seen nothing of the tenant.
            outcome, message = "skipped", "it asked the tenant nothing"
        recorded = str(told.get(ORIGIN, ""))
        return TestFacts(
            test=facts["test"],
            node_id=report.nodeid,
            evidence=evidence,
            outcome=outcome,
            at=_moment(recorded) or self._started,
            api_version=facts["api_version"],
            behaviours=tuple(str(value) for name, value in report.user_properties if name == BEHAVIOUR),
            message=message,
            origin=facts.get("origin", recorded),
            before=seen_from_json(facts["before"]) if "before" in facts else None,
            after=seen_from_json(facts["after"]) if "after" in facts else None,
        )

    # What it comes to

    @cached_property
    def _facts(self) -> "RunFacts":
        from pytest_cxone._resources import version
        from pytest_cxone.report.facts import RunFacts

        settings = self._run.settings
        return RunFacts(
            id=uuid4().hex,
            mode=str(settings.mode),
            dialect=settings.dialect,
            api_versions=settings.api_versions,
            host=self._host(),
            started=self._started,
            recorder=version(),
            requests=self._reporter.sent,
            shard=settings.shard,
            lost=tuple(dict.fromkeys(self._lost)),
            tests=tuple(self._tests.values()),
        )

    def _host(self) -> str:
        """Name the tenant's host, unless it would tell whose it is."""
        settings = self._run.settings
        if not settings.mode.reaches_tenant:
            return ""
        from pytest_cxone.settings import is_loopback

        host = urlsplit(settings.home).netloc
        if host in settings.own_hosts and not is_loopback(settings.home):
            host = "a host of its own"
        return f"{host} (served fake)" if self._is_fake else host

    @cached_property
    def _report(self) -> "Report":
        from pytest_cxone.report.making import report_of

        now = datetime.now(UTC)
        return report_of([self._facts], acknowledged=self._run.acknowledged(now.date()), now=now)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports, and make a run red that found too much."""
        if session.config.getoption("collectonly", default=False):
            return
        is_broken_off = session.exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}
        if is_broken_off or session.shouldstop or session.shouldfail:
            self._lost.append(_CUT_SHORT)
        self._write(session.config)
        _tell_junit(session.config, self._report)
        is_green = session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if is_green and any(self._faults()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _faults(self) -> Iterator[str]:
        from pytest_cxone.report.failing import drift_faults

        settings = self._run.settings
        if self._run.mode.reaches_tenant:
            is_asked = settings.sources["fail_on"] != "default"
            yield from drift_faults(self._report, settings.fail_on, is_asked=is_asked)
        yield from self._troubles

    def _write(self, config: pytest.Config) -> None:
        from pytest_cxone.report.files import write_report

        for name in self._run.settings.report:
            path = config.invocation_params.dir / name
            try:
                write_report(path, self._report, [self._facts])
                if path.suffix.lower() == ".md":
                    self._append_to_summary()
            except OSError as error:
                self._troubles.append(f"FAILED: the report {name} could not be written: {error.strerror or error}")
            else:
                self._written.append(name)

    def _append_to_summary(self) -> None:
        """Add the Markdown to what GitHub shows of a job."""
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary:
            from pytest_cxone.report.markdown import markdown_of

            with Path(summary).open("a", encoding="utf-8") as file:
                file.write(f"{markdown_of(self._report)}\n")

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the report: a screen at most."""
        config = terminalreporter.config
        if config.getoption("collectonly", default=False):
            return
        self._show_versions(terminalreporter)
        if self._run.mode.reaches_tenant:
            self._show_drift(terminalreporter)
        elif self._written:
            terminalreporter.write_line(f"cxone: wrote {', '.join(self._written)}")
        for line in self._faults():
            terminalreporter.write_line(line, red=True)
        if os.environ.get("GITHUB_ACTIONS") == "true" and self._run.mode.reaches_tenant:
            from pytest_cxone.report.annotations import annotations_of

            for command in annotations_of(self._report):
                terminalreporter.write_line(command)

    def _show_drift(self, terminalreporter: pytest.TerminalReporter) -> None:
        from pytest_cxone.report.terminal import Tone, lines

        colours = {Tone.GOOD: {"green": True}, Tone.BAD: {"red": True}, Tone.DIM: {"light": True}}
        told = list(lines(self._report, width=get_terminal_size().columns, written=self._written))
        if told:
            terminalreporter.section("cxone drift")
        for text, tone in told:
            terminalreporter.write_line(text, **colours.get(tone, {}))

    def _show_versions(self, terminalreporter: pytest.TerminalReporter) -> None:
        from pytest_cxone.report.versions import version_lines

        told = list(version_lines(self._facts))
        if told:
            terminalreporter.section("cxone versions")
        for line in told:
            terminalreporter.write_line(line)


def _reason(report: pytest.TestReport) -> str:
    """Return the first line of why a test failed or was skipped."""
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ").removeprefix(SKIP_PREFIX).partition("\n")[0]
    crash = getattr(report.longrepr, "reprcrash", None)
    text = crash.message if crash is not None else report.longreprtext
    return str(text).strip().partition("\n")[0]


def _moment(origin: str) -> datetime | None:
    """Return when a cassette was recorded, by what is said of its origin."""
    stamp, _, _ = origin.partition(" ")
    try:
        return datetime.fromisoformat(stamp)
    except ValueError:
        return None


def _tell_junit(config: pytest.Config, report: "Report") -> None:
    """Add properties to the suite in a JUnit file, which is written where the run is reported."""
    told = [("cxone_verdict", f"{report.verdict.outlook}: {report.verdict.headline}")]
    told += [("cxone_finding", str(one.finding)) for one in report.findings]
    for plugin in config.pluginmanager.get_plugins():
        # As pytest's fixture `record_testsuite_property` does, which workers of xdist do not have.
        add = getattr(plugin, "add_global_property", None)
        if callable(add):
            for name, value in told:
                add(name, value)
