"""The contract suite has teeth: under each simulated upgrade it turns red, and names a behaviour that caught it."""

import os

import pytest

from pytest_cxone.behaviours import behaviours
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.markers import BehaviourId
from pytest_cxone.rehearsal import upgrade, upgrades
from pytest_cxone.trial import MARKS, RUN

CATALOGUE = upgrades("platform-v2")


class Rehearsal:
    """Runs the contract suite once as it is, and once for each upgrade until something of it turns red.

    Of the suite, it runs the tests of those behaviours that are said to catch the upgrade.
    """

    def __init__(self):
        self.green = 0
        self.caught = {}
        self._failed = None

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session):
        run = session.config.stash[RUN]
        for item in session.items:
            self.green += not self._fails(item)
        self.total = len(session.items)
        for entry in CATALOGUE.values():
            run.changes = (entry.change,)
            self.caught[entry.id] = next(
                (
                    behaviour
                    for item in session.items
                    for behaviour in behaviours_of(item)
                    if behaviour in entry.caught_by and self._fails(item)
                ),
                None,
            )
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
    rehearsal = Rehearsal()
    folder = tmp_path_factory.mktemp("rehearsal")
    without = [text for name in ("cacheprovider", "randomly", "xdist", "asyncio") for text in ("-p", f"no:{name}")]
    pytest.main(
        [
            "--pyargs",
            "pytest_cxone.contract",
            "-q",
            "--tb=no",
            "-c",
            os.devnull,
            f"--rootdir={folder}",
            *without,
        ],
        plugins=[rehearsal],
    )
    return rehearsal


def test_without_an_upgrade_every_test_is_green(rehearsed):
    assert rehearsed.green == rehearsed.total >= 40


@pytest.mark.parametrize("upgrade_id", CATALOGUE)
def test_the_suite_turns_red_and_names_a_behaviour_that_should_catch_it(rehearsed, upgrade_id):
    assert rehearsed.caught[upgrade_id] in CATALOGUE[upgrade_id].caught_by


def test_the_catalogue_has_at_least_sixty_upgrades_and_names_real_behaviours():
    assert len(CATALOGUE) >= 60
    known = set(behaviours("platform-v2"))
    assert {name for entry in CATALOGUE.values() for name in entry.caught_by} <= known


def test_every_behaviour_is_put_to_the_test_by_some_upgrade():
    tested = {name for entry in CATALOGUE.values() for name in entry.caught_by}
    assert set(behaviours("platform-v2")) - tested == set()


def test_an_unknown_upgrade_is_refused_with_those_that_are_like_it():
    with pytest.raises(
        ConfigurationError, match=r"upgrade 'page-size-ignore' is not one of the \d+ in .*, such as page-size-ignored, "
    ):
        upgrade("platform-v2", "page-size-ignore")
