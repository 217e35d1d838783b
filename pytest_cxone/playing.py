"""A rehearsal played: each upgrade meets the tests that it can touch, until one of them notices it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Final

import pytest

from pytest_cxone.quiet import no_longer_than
from pytest_cxone.rehearsal.changes import Upgrade
from pytest_cxone.rehearsal.meeting import Meeting, Shadow
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome, Rehearsed, RehearsedUpgrade, Touched
from pytest_cxone.reporter import qualified_name, reason_in, shown_id
from pytest_cxone.run import Run

__all__ = ["GreenTest", "Play"]

_PATIENCE: Final = 30.0
"""Seconds that a test may take under an upgrade; more only where it takes long without."""
_TIMES: Final = 10
_NOT_REPEATABLE: Final = "it fails when it is run again without an upgrade: it keeps something from one run to the next"
_FLAKY: Final = "it fails now and then, also where no answer is another"


@dataclass(slots=True)
class GreenTest:
    """A test that was green without an upgrade, and what it asked for."""

    item: pytest.Item
    shadow: Shadow
    seconds: float = 0.0


class Play:
    """All upgrades and the tests that they may touch."""

    def __init__(self, run: Run, tests: Sequence[GreenTest], *, project: Path) -> None:
        self._run = run
        self._project = project
        self._stage = run.stage
        self._tests = tests
        self._noticed: dict[str, tuple[str, str]] = {}
        self._met: dict[str, dict[str, None]] = {}
        self._touched: dict[str, set[Touched]] = {}
        self._crashed: dict[str, str] = {}
        self._left_out: dict[str, LeftOut] = {}
        self._runs = 0
        self.refused = ""

    def perform(self, heard: "list[pytest.TestReport]", progress: Callable[[str], None]) -> None:
        """Run them: by the tests' parents, so that what these set up is set up once."""
        groups = [list(group) for _, group in groupby(self._tests, key=lambda test: test.item.parent)]
        pairs = sum(len(test.shadow.touching) for test in self._tests)
        done = 0
        for group, following in zip(groups, [*groups[1:], []], strict=False):
            for upgrade in self._stage.upgrades:
                touched = [test for test in group if upgrade.id in test.shadow.touching]
                if upgrade.id not in self._noticed:
                    self._under(upgrade, touched, heard)
                if touched:
                    done += len(touched)
                    progress(f"{100 * done // pairs:3} % rehearsed, {len(self._noticed)} upgrades noticed")
            self._tear_down(group[-1].item, following[0].item if following else None)
        progress("")

    def _under(self, upgrade: Upgrade, tests: Sequence[GreenTest], heard: "list[pytest.TestReport]") -> None:
        """Run tests under an upgrade until one notices it."""
        for test in tests:
            if test.item.nodeid in self._left_out:
                continue
            meeting = Meeting(upgrade, self._stage.operation_of, usual=test.shadow.requests)
            failure = self._run_test(test, meeting, heard)
            if meeting.crash:
                self._crashed[upgrade.id] = f"it could not be simulated: {meeting.crash}"
            elif failure is not None and (doubt := self._doubt(test, meeting, heard)):
                self._left_out[test.item.nodeid] = LeftOut(self._shown(test.item), doubt)
            elif failure is not None:
                self._touched.setdefault(upgrade.id, set()).update(meeting.touched)
                self._noticed[upgrade.id] = self._shown(test.item), failure
                return
            elif meeting.touched:
                self._touched.setdefault(upgrade.id, set()).update(meeting.touched)
                self._met.setdefault(upgrade.id, {})[self._shown(test.item)] = None

    def _doubt(self, test: GreenTest, meeting: Meeting, heard: "list[pytest.TestReport]") -> str:
        """Return why a test that failed under an upgrade may not have failed for it; "" where it has."""
        if self._run_test(test, None, heard) is not None:
            return _NOT_REPEATABLE
        again = Meeting(meeting.upgrade, self._stage.operation_of, usual=test.shadow.requests)
        fails_again = meeting.touched and self._run_test(test, again, heard) is not None
        return "" if fails_again else _FLAKY

    def _run_test(self, test: GreenTest, meeting: Meeting | None, heard: "list[pytest.TestReport]") -> str | None:
        """Run a test once; return why it failed, None where it did not."""
        self._runs += 1
        heard.clear()
        item: Any = test.item
        told = list(item.user_properties)
        limit = max(_PATIENCE, _TIMES * test.seconds)
        with self._stage.playing(meeting), no_longer_than(limit):
            # The parent as the next item: what it set up stays, what the test did goes.
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=item.parent)
        item.user_properties[:] = told
        failed = next((report for report in heard if report.failed), None)
        return None if failed is None else reason_in(failed, self._run.settings.own_hosts)

    def _tear_down(self, item: pytest.Item, following: pytest.Item | None) -> None:
        """End what the parents of a test set up, as far as the following one does not share it."""
        # Not by the hook, of which plugins think that a test has just run.
        runner: Any = item.config.pluginmanager.get_plugin("runner")
        call = pytest.CallInfo.from_call(
            lambda: runner.pytest_runtest_teardown(item=item, nextitem=following), when="teardown"
        )
        if call.excinfo is not None:
            why = f"what its module or class set up could not be torn down again: {call.excinfo.exconly(tryshort=True)}"
            self._left_out.setdefault(item.nodeid, LeftOut(self._shown(item), why.splitlines()[0]))

    def _shown(self, item: pytest.Item) -> str:
        name = self._run.shelf.name_of(item.path, qualified_name(item))
        return shown_id(item.nodeid, name, item.path, project=self._project)

    def result(self, *, seconds: float) -> Rehearsed:
        """Return what came of it so far."""
        upgrades = [self._of(upgrade) for upgrade in self._stage.upgrades]
        told = tuple(one for one in upgrades if one.touched or one.message or one.origin != "derived")
        not_simulated = (LeftOut(f"the upgrade {id_}", why) for id_, why in self._crashed.items())
        return Rehearsed(
            upgrades=told,
            idle=len(upgrades) - len(told),
            left_out=(*self._left_out.values(), *not_simulated),
            tests=len(self._tests),
            runs=self._runs,
            seconds=seconds,
            refused=self.refused,
        )

    def _of(self, upgrade: Upgrade) -> RehearsedUpgrade:
        test, message = self._noticed.get(upgrade.id, ("", ""))
        met = tuple(self._met.get(upgrade.id, ()))
        outcome = Outcome.NOTICED if test else Outcome.SURVIVED if met else Outcome.NOT_EXERCISED
        return RehearsedUpgrade(
            id=upgrade.id,
            summary=upgrade.summary,
            origin=upgrade.origin,
            outcome=outcome,
            behaviours=upgrade.caught_by,
            test=test,
            message=message or self._crashed.get(upgrade.id, ""),
            met_by=met,
            touched=tuple(sorted(self._touched.get(upgrade.id, ()))),
        )
