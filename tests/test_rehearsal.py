"""The contract suite has teeth: under each simulated upgrade, each behaviour turns red that should catch it."""

import os
from functools import cache

import pytest

from pytest_cxone.behaviours import behaviours
from pytest_cxone.dialects import DIALECTS
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.markers import BehaviourId
from pytest_cxone.rehearsal import upgrade, upgrades
from pytest_cxone.trial import MARKS, RUN

each_dialect = pytest.mark.parametrize("dialect", DIALECTS)
ALL = [
    pytest.param(dialect, upgrade_id, id=f"{dialect}-{upgrade_id}")
    for dialect in DIALECTS
    for upgrade_id in upgrades(dialect)
]


class Rehearsal:
    """Runs the contract suite once as it is, and for each upgrade the tests of what is said to catch it.

    Of a behaviour it runs them until one turns red.
    """

    def __init__(self, catalogue):
        self.catalogue = catalogue
        self.red = []
        self.total = 0
        self.caught = {}
        self._failed = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        run = session.config.stash[RUN]
        self.red = [item.name for item in session.items if self._fails(item)]
        self.total = len(session.items)
        for entry in self.catalogue.values():
            run.changes = (entry.change,)
            self.caught[entry.id] = {
                behaviour
                for behaviour in entry.caught_by
                if any(behaviour in behaviours_of(item) and self._fails(item) for item in session.items)
            }
        return True

    def _fails(self, item):
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=None)
        return self._failed

    def pytest_runtest_logreport(self, report):
        self._failed |= report.failed


def behaviours_of(item):
    return [mark for mark in item.stash[MARKS] if isinstance(mark, BehaviourId)]


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory):
    without = [text for name in ("cacheprovider", "randomly", "xdist", "asyncio") for text in ("-p", f"no:{name}")]

    @cache
    def rehearse(dialect):
        rehearsal = Rehearsal(upgrades(dialect))
        folder = tmp_path_factory.mktemp("rehearsal")
        where = ["-c", os.devnull, f"--rootdir={folder}", f"--cxone-dialect={dialect}"]
        pytest.main(["--pyargs", "pytest_cxone.contract", "-q", "--tb=no", *where, *without], plugins=[rehearsal])
        return rehearsal

    return rehearse


@each_dialect
def test_without_an_upgrade_every_test_is_green(rehearsed, dialect):
    assert rehearsed(dialect).red == []
    assert rehearsed(dialect).total >= 40


@pytest.mark.parametrize(("dialect", "upgrade_id"), ALL)
def test_each_behaviour_that_should_catch_an_upgrade_turns_red(rehearsed, dialect, upgrade_id):
    named = set(upgrade(dialect, upgrade_id).caught_by)

    assert named
    assert rehearsed(dialect).caught[upgrade_id] == named


@each_dialect
def test_the_catalogue_has_at_least_sixty_upgrades_and_names_real_behaviours(dialect):
    assert len(upgrades(dialect)) >= 60
    named = {name for entry in upgrades(dialect).values() for name in entry.caught_by}
    assert named - set(behaviours(dialect)) == set()


@each_dialect
def test_every_behaviour_is_put_to_the_test_by_some_upgrade(dialect):
    tested = {name for entry in upgrades(dialect).values() for name in entry.caught_by}
    # What is open has no answer that an upgrade could change into a wrong one.
    known = {name for name in behaviours(dialect) if not name.startswith("open.")}
    assert known - tested == set()


def test_an_unknown_upgrade_is_refused_with_those_that_are_like_it():
    with pytest.raises(
        ConfigurationError, match=r"upgrade 'page-size-ignore' is not one of the \d+ in .*, such as page-size-ignored, "
    ):
        upgrade("platform-v2", "page-size-ignore")
