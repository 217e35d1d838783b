"""What a run concludes: the facts of the tests of all workers, made into a report, shown and written."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property, partial
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from pytest_cxone.ledger import BEHAVIOUR, EVIDENCE, ORIGIN, SENT
from pytest_cxone.reporter import REHEARSED, Reporter, is_skip, names_tests, reason_in, shown_id
from pytest_cxone.run import Run
from pytest_cxone.validation import counted

if TYPE_CHECKING:
    from pytest_cxone.rehearsal.outcomes import Rehearsed
    from pytest_cxone.report.facts import RunFacts, TestFacts
    from pytest_cxone.report.screen import Line
    from pytest_cxone.report.values import Report

__all__ = ["Conclusion"]

_LOST = "a worker was lost, and with it what its test saw"
_UNREAD = "some tests could not be collected"
_CUT_SHORT = "the run was cut short: not all of its tests ran"
_PHASES = frozenset({"setup", "call", "teardown"})


class Conclusion:
    """Hears of the tests of all workers where the run is reported, and makes the report of them.

    Whatever goes wrong with that is told, and makes the run red, and never hides what the tests came to.
    """

    def __init__(self, run: Run, reporter: Reporter) -> None:
        self._run = run
        self._reporter = reporter
        self._started = datetime.now(UTC)
        self._selected: set[str] = set()
        self._heard: set[str] = set()
        self._outcomes: dict[str, tuple[str, str]] = {}
        self._tests: dict[str, TestFacts] = {}
        self._lost: list[str] = []
        self._is_fake = False
        self._troubles: list[str] = []
        self._written: list[str] = []
        self._failed: set[str] = set()
        self._rehearsed: list[Rehearsed] = []
        self._versions: Sequence[str] = ()
        self._drift: Sequence[Line] = ()
        self._rehearsal: list[Line] = []
        self._usage: Sequence[str] = ()
        self._annotations: Sequence[str] = ()

    # What is heard

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which tests are to run."""
        self._selected |= {item.nodeid for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: object, ids: Sequence[str]) -> None:  # noqa: ARG002 - xdist's
        """Note which tests are to run, where workers collect them: each has all."""
        self._selected |= set(ids)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take over what a worker rehearsed, and note that one crashed."""
        if error:
            self._lost.append(_LOST)
        if self._run.is_rehearsed:
            from pytest_cxone.rehearsal.outcomes import Rehearsed

            told = getattr(node, "workeroutput", {}).get(REHEARSED)
            lost = Rehearsed(refused="a worker was lost, and with it what it rehearsed")
            self._rehearsed.append(lost if told is None else Rehearsed.from_json(told))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note that tests could not be collected."""
        if report.failed:
            self._lost.append(_UNREAD)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a test's outcome down, and with its last report what it saw."""
        node_id = report.nodeid
        self._heard.add(node_id)
        if report.failed:
            self._failed.add(node_id)
        if report.when == "setup":
            # Also where it runs again: the last time counts.
            self._outcomes[node_id] = ("passed", "")
        known = self._outcomes.get(node_id, ("passed", ""))[0]
        if report.failed and known != "failed":
            self._outcomes[node_id] = ("failed", self._reason(report))
        elif is_skip(report) and known == "passed":
            self._outcomes[node_id] = ("skipped", self._reason(report))
        facts = getattr(report, "cxone_facts", None)
        if report.when == "teardown":
            outcome = self._outcomes.pop(node_id, ("passed", ""))
            if facts is not None:
                self._tests[node_id] = self._fact(report, facts, *outcome)
        elif report.failed and report.when not in _PHASES:
            self._tests[node_id] = self._crashed(*self._outcomes.pop(node_id), node_id=node_id)

    def _fact(self, report: pytest.TestReport, facts: Mapping[str, Any], outcome: str, message: str) -> "TestFacts":
        from pytest_cxone.report.facts import TestFacts, recorded_at, seen_from_json
        from pytest_cxone.usage.values import Usage

        told = dict(report.user_properties)
        self._lost += facts["lost"]
        self._is_fake |= facts.get("is_fake", False)
        evidence = str(told.get(EVIDENCE, "none"))
        if evidence == "live" and outcome == "passed" and not told.get(SENT):
            # What passes without a request has seen nothing of the tenant.
            outcome, message = "skipped", "it asked the tenant nothing"
        recorded = str(told.get(ORIGIN, ""))
        behaviours = (str(value) for name, value in report.user_properties if name == BEHAVIOUR)
        return TestFacts(
            test=facts["test"],
            node_id=facts["shown"],
            evidence=evidence,
            outcome=outcome,
            at=recorded_at(recorded) or self._started,
            api_version=facts["api_version"],
            behaviours=tuple(dict.fromkeys(behaviours)),
            message=message,
            origin=facts.get("origin", recorded),
            before=seen_from_json(facts["before"]) if "before" in facts else None,
            after=seen_from_json(facts["after"]) if "after" in facts else None,
            usage=Usage.from_json(facts["usage"]) if "usage" in facts else None,
        )

    def _crashed(self, outcome: str, message: str, *, node_id: str) -> "TestFacts":
        """Return what is known of a test with which its worker was lost: no more than its id."""
        from pytest_cxone.report.facts import TestFacts

        run = self._run
        file, _, inside = node_id.partition("::")
        names, bracket, parameters = inside.partition("[")
        path = Path(os.path.normpath(run.project / file))
        name = run.shelf.name_of(path, f"{names.replace('::', '.')}{bracket}{parameters}")
        return TestFacts(
            test=str(name),
            node_id=shown_id(node_id, name, path, project=run.project),
            evidence="live" if run.mode.reaches_tenant else "none",
            outcome=outcome,
            at=self._started,
            message=message,
        )

    def _reason(self, report: pytest.TestReport) -> str:
        """Return in a line why a test failed or was skipped."""
        settings = self._run.settings if self._run.guard is None else self._run.guard.settings
        return reason_in(report, settings.own_hosts)

    # What it comes to

    @cached_property
    def _facts(self) -> "RunFacts":
        from pytest_cxone._resources import version
        from pytest_cxone.report.facts import RunFacts, series_of, without_late

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
            series=series_of(os.environ),
            lost=tuple(dict.fromkeys(self._lost)),
            tests=tuple(without_late(self._tests.values(), self._reporter.late)),
            rehearsed=self._rehearsal_of_all() if self._run.is_rehearsed and self._heard else None,
            rehearse_least=settings.rehearse_min,
            usage=None if self._run.kept_usage is None else self._run.kept_usage.usage,
        )

    def _rehearsal_of_all(self) -> "Rehearsed":
        from pytest_cxone.rehearsal.outcomes import Rehearsed

        rehearsed = Rehearsed.merged(self._rehearsed)
        refused = rehearsed.refused
        if self._failed:
            refused = f"{len(self._failed)} of {counted(len(self._heard), 'test')} failed without an upgrade"
        elif not (rehearsed.tests or refused):
            refused = "no test that was green asked the tenant anything"
        return replace(rehearsed, refused=refused)

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
    def _report(self) -> "Report | None":
        """The report; None where it cannot be made."""
        with self._kept_from_the_run("made"):
            from pytest_cxone.report.making import report_of

            now = datetime.now(UTC)
            return report_of([self._facts], acknowledged=self._run.acknowledged(now.date()), now=now)
        return None

    @contextmanager
    def _kept_from_the_run(self, what: str, name: str = "the report") -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self._troubles.append(f"FAILED: {name} could not be written: {error.strerror or error}")
        except Exception as error:  # noqa: BLE001 - whatever it is, people wait for what the tests came to
            from pytest_cxone.report.reasons import reason_of

            told = reason_of(f"{type(error).__name__}: {error}")
            self._troubles.append(f"FAILED: {name} could not be {what}: {told}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the reports, and make a run red that found too much."""
        if session.config.getoption("collectonly", default=False):
            return
        self._lost += self._missing(session)
        rehearser: Any = session.config.pluginmanager.get_plugin("cxone-rehearser")
        if rehearser is not None:
            self._rehearsed.append(rehearser.rehearsed)
        report = self._report
        if report is not None:
            self._keep_usage(session)
            self._write(report)
            with self._kept_from_the_run("shown"):
                self._show(session.config, report)
        is_green = session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if is_green and any(self._faults()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _missing(self, session: pytest.Session) -> Iterator[str]:
        """Yield what is missing of a run that has come to its end."""
        from pytest_cxone.report.facts import too_few_live

        is_broken_off = session.exitstatus in {pytest.ExitCode.INTERRUPTED, pytest.ExitCode.INTERNAL_ERROR}
        if is_broken_off or self._selected - self._heard:
            yield _CUT_SHORT
        yield from too_few_live(self._reporter.live, self._run.settings.require_live)

    def _faults(self) -> Iterator[str]:
        from pytest_cxone.report.failing import drift_faults, rehearsal_faults

        settings = self._run.settings
        if self._run.mode.reaches_tenant and self._report is not None:
            is_asked = settings.sources["fail_on"] != "default"
            yield from drift_faults(self._report, settings.fail_on, is_asked=is_asked)
        if self._report is not None:
            yield from rehearsal_faults(self._report)
        yield from self._troubles

    # Where it is told

    def _keep_usage(self, session: pytest.Session) -> None:
        """Write the file of the paths that are read, where the run has one."""
        keeper = self._run.kept_usage
        if keeper is None:
            return
        from pytest_cxone.report.labels import label_of

        tests = self._facts.tests
        files = {test.node_id.partition("::")[0] for test in tests}
        if _is_part(session) or session.exitstatus != pytest.ExitCode.OK:
            files.clear()
        files -= {test.node_id.partition("::")[0] for test in tests if test.outcome != "passed"}
        read = [(test.node_id, test.usage) for test in tests if test.usage is not None]
        dialect = self._run.settings.dialect
        with self._kept_from_the_run("made", self._run.settings.usage):
            self._usage = list(keeper.keep(read, ran_files=files, label_of=partial(label_of, dialect)))

    def _write(self, report: "Report") -> None:
        from pytest_cxone.report.files import write_report

        settings = self._run.settings
        for name in settings.report:
            with self._kept_from_the_run("made", f"the report {name}"):
                write_report(self._run.place_of("report", name), report, [self._facts])
                self._written.append(name)
        summary = os.environ.get("GITHUB_STEP_SUMMARY")
        if summary and any(name.lower().endswith(".md") for name in settings.report):
            with self._kept_from_the_run("made", "the job's summary"):
                from pytest_cxone.report.markdown import markdown_of

                with Path(summary).open("a", encoding="utf-8") as file:
                    file.write(f"{markdown_of(report)}\n")

    def _show(self, config: pytest.Config, report: "Report") -> None:
        """Prepare what is shown: what goes wrong with it can still make the run red."""
        from pytest_cxone.report.versions import version_lines

        _tell_junit(config, report)
        self._versions = list(version_lines(self._facts))
        width = get_terminal_size().columns
        if self._run.mode.reaches_tenant:
            from pytest_cxone.report.terminal import lines

            self._drift = list(lines(report, width=width, written=self._written))
        for rehearsal in report.rehearsals:
            from pytest_cxone.report.survivors import rehearsal_lines

            self._rehearsal += rehearsal_lines(rehearsal, width=width, written=self._written)
        is_worth_it = self._run.mode.reaches_tenant or report.rehearsals
        if is_worth_it and os.environ.get("GITHUB_ACTIONS") == "true":
            from pytest_cxone.report.annotations import annotations_of

            self._annotations = list(annotations_of(report))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Show the report: a screen at most."""
        if terminalreporter.config.getoption("collectonly", default=False):
            return
        if self._versions:
            terminalreporter.section("cxone versions")
        for line in self._versions:
            terminalreporter.write_line(line)
        _show_lines(terminalreporter, "cxone drift", self._drift)
        _show_lines(terminalreporter, "cxone rehearsal", self._rehearsal)
        if self._usage:
            terminalreporter.section("cxone usage")
        for line in self._usage:
            terminalreporter.write_line(line)
        if self._written and not (self._drift or self._rehearsal):
            terminalreporter.write_line(f"cxone: wrote {', '.join(self._written)}")
        for line in self._faults():
            terminalreporter.write_line(line, red=True)
        for command in self._annotations:
            terminalreporter.write_line(command)


def _is_part(session: pytest.Session) -> bool:
    """Tell whether less than the tests of whole files was asked for."""
    option = session.config.getoption
    asked = (option(name, default=None) for name in ("keyword", "markexpr", "deselect", "cxone_shard"))
    return names_tests(session.config) or any(asked)


def _show_lines(terminalreporter: pytest.TerminalReporter, title: str, told: "Sequence[Line]") -> None:
    if not told:
        return
    from pytest_cxone.report.screen import Tone

    colours = {Tone.GOOD: {"green": True}, Tone.BAD: {"red": True}, Tone.DIM: {"light": True}}
    terminalreporter.section(title)
    for text, tone in told:
        terminalreporter.write_line(text, **colours.get(tone, {}))


def _tell_junit(config: pytest.Config, report: "Report") -> None:
    """Add properties to the suite in a JUnit file, which is written where the run is reported."""
    told = [("cxone_verdict", f"{report.verdict.outlook}: {report.verdict.headline}")]
    for one in report.findings:
        until = "" if one.counts or not one.acknowledged else f" (acknowledged until {one.acknowledged.expires})"
        told.append(("cxone_finding", f"{replace(one.finding, severity=one.severity)}{until}"))
    for plugin in config.pluginmanager.get_plugins():
        # As pytest's fixture `record_testsuite_property` does, which workers of xdist do not have.
        add = getattr(plugin, "add_global_property", None)
        if callable(add):
            for name, value in told:
                add(name, value)
