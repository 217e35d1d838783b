"""What a run came to, where it is reported: tests of all workers are counted, and doubts can make the run red."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.options import Mode

if TYPE_CHECKING:
    from pytest_cxone.cassettes.names import CassetteName
    from pytest_cxone.ledger import Ledger
    from pytest_cxone.run import Run

__all__ = ["REHEARSED", "Collected", "Reporter", "is_skip", "names_tests", "qualified_name", "reason_in", "shown_id"]

_SHIPPED: Final = "pytest_cxone.contract."
_SITES: Final = frozenset({"site-packages", "dist-packages"})
FOUND: Final = "cxone_found"
"""The key under which a worker tells how many tests it has, and which cassettes are of none or were taken back."""
REHEARSED: Final = "cxone_rehearsed"
"""The key under which it tells what came of its part of a rehearsal."""


def qualified_name(item: pytest.Item) -> str:
    """Return a test's name in its module: its classes and its function with its parameters, as pytest names them."""
    chain = item.listchain()
    inside = [node.name for node in chain if not isinstance(node, pytest.File | pytest.Directory | pytest.Session)]
    return ".".join(inside)


def shown_id(node_id: str, name: "CassetteName", path: Path, *, project: Path) -> str:
    """Return how reports call a test: as pytest does, but one of the shipped suite by its module, not by a file."""
    is_there = path.is_relative_to(project) and not _SITES & set(path.parts)
    return str(name) if name.module.startswith(_SHIPPED) and not is_there else node_id


def is_skip(report: pytest.TestReport) -> bool:
    """Tell whether a report says that its test did not run.

    One that was expected to fail, and did, ran, though pytest calls it skipped; and a subtest is not the test.
    """
    is_expected = hasattr(report, "wasxfail") and report.when == "call"
    return report.skipped and not is_expected and getattr(report, "context", None) is None


def names_tests(config: pytest.Config) -> bool:
    """Tell whether single tests were asked for, and not whole files."""
    return any("::" in argument for argument in config.args) or bool(config.getoption("lf", default=False))


def reason_in(report: pytest.TestReport, own_hosts: AbstractSet[str]) -> str:
    """Return in a line why a test failed or was skipped, without hosts that would tell whose the tenant is."""
    from pytest_cxone.ledger import SKIP_PREFIX
    from pytest_cxone.report.reasons import reason_of, without_hosts

    why = report.longrepr
    crash = getattr(why, "reprcrash", None)
    if isinstance(why, tuple):
        text = str(why[2]).removeprefix("Skipped: ").removeprefix(SKIP_PREFIX)
    elif isinstance(why, str):
        # A crash of its worker, say. Shown, it would begin with the name of that.
        text = why
    else:
        text = str(report.longreprtext if crash is None else crash.message)
    return without_hosts(reason_of(text), own_hosts)


class Collected:
    """Knows the tests that were collected, and so the cassettes that no test owns, in a process that runs tests."""

    def __init__(self, run: "Run") -> None:
        self.run = run
        self.items: list[pytest.Item] = []
        self.is_part = False
        self.orphans: list[str] = []
        self.taken_back: list[str] = []
        self.late: dict[str, str] = {}

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Take a test down, before any hook can deselect it."""
        self.items.append(item)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Look for cassettes without a test. A file of which only a part was asked for tells nothing."""
        run, config = self.run, session.config
        try:
            run.check_collected()
        except ConfigurationError as error:
            raise pytest.UsageError(f"cxone: {error}") from None
        self.is_part = names_tests(config)
        is_used = any("cxone_tenant" in getattr(item, "fixturenames", ()) for item in self.items)
        if is_used and not self.is_part and run.mode not in {Mode.FAKE, Mode.LIVE} and run.shelf.folder.is_dir():
            self.orphans = [path.as_posix() for path in run.shelf.orphans(self.owned())]

    def owned(self) -> "set[CassetteName]":
        """Return the names of the cassettes of all tests that were collected."""
        return {self.run.shelf.name_of(item.path, qualified_name(item)) for item in self.items}

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Look at the recordings again, and hand what was found to the process that reports, if that is another one."""
        self.taken_back, self.late = self.run.take_back(), self.run.late()
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[FOUND] = {
                "orphans": self.orphans,
                "taken back": self.taken_back,
                "tests": len(self.items),
                "late": self.late,
                # Over the workers' channel, in memory: what one told of another may have learned to be somebody's.
                "told": sorted(self.run.told),
                "persons": sorted(self.run.persons),
            }


class Reporter:
    """Counts the tests of all workers, since it hears of them where the run is reported, and sums them up."""

    def __init__(self, run: "Run", collected: Collected) -> None:
        self._run = run
        self._collected = collected
        self._late: dict[str, str] = {}
        self._lines: set[str] = set()
        self._persons: set[str] = set()
        self._has_tests = False
        self._ran: set[str] = set()
        self._grant: Mapping[str, Any] | None = None

    @cached_property
    def _ledger(self) -> "Ledger":
        from pytest_cxone.ledger import Ledger

        return Ledger()

    @property
    def late(self) -> dict[str, str]:
        """What tests told of before the run, or a worker, learned whose it is, and what is to stand in its place."""
        of_others = (line for line in self._lines if not self._persons.isdisjoint(line.split()))
        # What stands before a blank says that it is a value.
        return {line: f"{line.partition(' ')[0]} ***" for line in of_others} | self._late | self._run.late()

    @property
    def sent(self) -> int:
        """How many requests were sent to a tenant."""
        return self._ledger.sent.total()

    @property
    def live(self) -> int:
        """How many tests ran on a tenant, and asked it something."""
        return self._ledger.ran["live"]

    @property
    def _has_news(self) -> bool:
        return self._run.is_set or "_ledger" in vars(self) or bool(self._collected.orphans)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Give a worker the run's token, fetched once for all of them; it stays in memory."""
        guard = self._run.guard
        if guard is None:
            return
        if self._grant is None:
            self._grant = guard.shared_grant()
            self._ledger.sent += guard.sent
        node.workerinput["cxone_grant"] = dict(self._grant)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:  # noqa: ARG002 - xdist's
        """Take over what a worker found. All of them collect the same tests, and each records some."""
        found = getattr(node, "workeroutput", {}).get(FOUND)
        if found is not None:
            self._collected.orphans = found["orphans"]
            self._collected.taken_back += found["taken back"]
            self._late |= found["late"]
            self._lines.update(found["told"])
            self._persons.update(found["persons"])
            self._has_tests |= found["tests"] > 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test by what its reports tell."""
        if not any(name.startswith("cxone_") for name, _ in report.user_properties):
            return
        if is_skip(report):
            if isinstance(report.longrepr, tuple):
                self._ledger.add_skip(report.longrepr[2].removeprefix("Skipped: "))
        elif report.when == "call" and (report.failed or getattr(report, "context", None) is None):
            self._ran.add(report.nodeid)
        if report.failed:
            self._ledger.add_diagnoses(report.user_properties, node_id=report.nodeid)
        if report.when == "teardown":
            self._ledger.add_test(report.user_properties, skipped=report.nodeid not in self._ran, node_id=report.nodeid)
            self._ran.discard(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Make a run red whose tests are green but do not prove what they are to prove."""
        self._allow_empty_shard(session)
        if not self._has_news or session.config.getoption("collectonly", default=False):
            return
        is_green = session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}
        if is_green and any(self._faults()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def _allow_empty_shard(self, session: pytest.Session) -> None:
        """Let a shard be green that has no test, as where there are more shards than tests: others have them."""
        is_shard = self._run.is_set and self._run.settings.shard is not None
        # A folder without tests is a mistake, whatever the shard. Where workers collect, they tell of it.
        has_tests = bool(self._collected.items) or self._has_tests
        if is_shard and has_tests and session.exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            session.exitstatus = pytest.ExitCode.OK

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say what the run rests on."""
        if not self._has_news or terminalreporter.config.getoption("collectonly", default=False):
            return
        from pytest_cxone.ledger import lines

        told = [*lines(self._told(), self._run.settings), *self._faults()]
        if told:
            terminalreporter.section("cxone")
            for line in told:
                terminalreporter.write_line(line)

    def _faults(self) -> Iterable[str]:
        from pytest_cxone.ledger import faults

        return faults(self._told(), self._run.settings)

    def _told(self) -> "Ledger":
        self._ledger.orphans = self._collected.orphans
        self._ledger.taken_back = self._collected.taken_back
        return self._ledger
