"""Following one agent until its state changes, over real HTTP; a pause is where the floor moves."""

from contextlib import ExitStack
from dataclasses import replace

import pytest

from pytest_cxone.client import wait_for_change
from pytest_cxone.diagnosis import Verdict
from pytest_cxone.errors import AuthenticationFailed, NetworkError, PermissionDenied, RateLimited, ServiceUnavailable
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Secret
from tests.site import STATES, Site


@pytest.fixture
def site():
    with ExitStack() as opened:
        yield Site(opened)


class Watch:
    """One watch of agent 1: what happens at each pause, which failures were told, and what it came to."""

    def __init__(self, site, *events, client=None, known=None):
        self.told = []
        self.pauses = 0
        self._events = list(events)
        client = client or site.client()
        known = known or client.diagnose("1", wait=0)
        self.found = wait_for_change(client, known, pause=self._pause, on_failure=self.told.append)

    def _pause(self):
        self.pauses += 1
        assert self._events, "the watch goes on, and nothing more happens"
        self._events.pop(0)()


def nothing():
    """Let the floor be."""


CHANGES = {
    "a log-in": (lambda world: world.log_out("1"), lambda world: world.log_in("1"), Verdict.ONLINE),
    "a log-out": (lambda world: world.log_in("1"), lambda world: world.log_out("1"), Verdict.OFFLINE_OR_HIDDEN),
    "another state": (lambda world: world.log_in("1"), lambda world: world.set_state("1", "Tea"), Verdict.ONLINE),
    "another group": (
        lambda world: world.log_in("1"),
        lambda world: world.set_state("1", "Available", group="Break"),
        Verdict.ONLINE,
    ),
    "an id that is given": (lambda world: None, lambda world: world.log_in("1"), Verdict.ONLINE),
}


@pytest.mark.parametrize(("before", "change", "verdict"), CHANGES.values(), ids=CHANGES)
def test_a_watch_ends_with_the_diagnosis_of_what_changed(site, before, change, verdict):
    before(site.world)
    watch = Watch(site, nothing, nothing, lambda: change(site.world))
    assert (watch.found.verdict, watch.pauses, watch.told) == (verdict, 3, [])


def test_the_same_state_entered_again_is_a_change(site):
    site.world.log_in("1")

    def again():
        site.fake.clock.advance(1)
        site.world.log_in("1")

    assert Watch(site, nothing, again).pauses == 2


def test_what_others_do_is_no_change(site):
    site.world.log_in("1")
    watch = Watch(
        site, lambda: site.world.log_in("2"), lambda: site.world.log_out("2"), lambda: site.world.log_out("1")
    )
    assert watch.pauses == 3


def test_each_look_is_one_request(site):
    site.world.log_in("1")
    client = site.client()
    known = client.diagnose("1")
    site.fake.journal.clear()
    Watch(site, nothing, nothing, lambda: site.world.set_state("1", "Tea"), client=client, known=known)
    assert site.asked == {STATES: 4}


def test_a_tenant_that_fails_for_a_while_is_told_once_for_each_kind_and_ends_nothing(site):
    site.world.log_in("1")

    def strike(**fault):
        def event():
            site.fake.clear_faults()
            site.fake.add_fault(Fault(**fault))

        return event

    watch = Watch(
        site,
        strike(kind="outage"),
        nothing,
        strike(kind="disconnect"),
        strike(kind="outage"),
        site.fake.clear_faults,
        strike(kind="outage"),
        strike(kind="rate_limit", retry_after=99),
        nothing,
        site.fake.clear_faults,
        lambda: site.world.set_state("1", "Tea"),
    )
    assert (watch.found.verdict, watch.found.state.state, watch.pauses) == (Verdict.ONLINE, "Tea", 10)
    kinds = [type(error) for error in watch.told]
    assert kinds == [ServiceUnavailable, NetworkError, ServiceUnavailable, ServiceUnavailable, RateLimited]


@pytest.mark.parametrize(
    ("arrange", "verdict"),
    [
        (lambda world: world.log_in("1"), Verdict.ONLINE),
        (lambda world: world.log_out("1"), Verdict.OFFLINE_OR_HIDDEN),
        (lambda world: None, Verdict.UNKNOWN),
    ],
    ids=["online", "offline", "unknown"],
)
def test_a_failure_that_was_known_before_is_not_told_again_and_its_end_is_a_change(site, arrange, verdict):
    arrange(site.world)
    site.fake.add_fault(Fault(kind="outage"))
    watch = Watch(site, nothing, nothing, site.fake.clear_faults)
    assert (watch.found.verdict, watch.pauses, watch.told) == (verdict, 3, [])


def test_a_state_that_changed_while_the_tenant_failed_is_a_change(site):
    site.world.log_in("1")

    def meanwhile():
        site.world.log_out("1")
        site.world.log_in("2")
        site.fake.clear_faults()

    watch = Watch(site, lambda: site.fake.add_fault(Fault(kind="outage")), meanwhile)
    assert watch.found.verdict is Verdict.OFFLINE
    assert len(watch.told) == 1


@pytest.mark.parametrize(
    ("status", "kind", "verdict"),
    [(401, AuthenticationFailed, Verdict.TOKEN_REFUSED), (403, PermissionDenied, Verdict.MISSING_SCOPE)],
    ids=["a token", "a scope"],
)
def test_what_does_not_mend_itself_ends_the_watch(site, status, kind, verdict):
    site.world.log_in("1")
    watch = Watch(site, nothing, lambda: site.answering(status=status))
    assert (watch.found.verdict, watch.pauses) == (verdict, 2)
    assert [type(error) for error in watch.told] == [kind]


def test_what_is_refused_already_is_not_waited_for(site):
    client = site.client(replace(site.settings(), client_secret=Secret("wrong")))
    watch = Watch(site, client=client)
    assert (watch.found.verdict, watch.pauses, watch.told) == (Verdict.BAD_CREDENTIALS, 0, [])


def test_the_diagnosis_at_the_end_waits_for_nothing(site):
    site.world.log_in("1")
    watch = Watch(site, lambda: site.world.log_out("1"))
    assert (watch.found.waited, site.slept) == (0.0, [])
