"""What stands in the way of the fake while a suite is rehearsed: for each test a shadow, then one upgrade at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from pytest_cxone.fake.engine import Change
from pytest_cxone.rehearsal.changes import Upgrade
from pytest_cxone.rehearsal.concerning import Concerning
from pytest_cxone.rehearsal.meeting import Meeting, OperationOf, Shadow

__all__ = ["Stage"]


class Stage:
    """The upgrades of a rehearsal, and which of them is at work."""

    def __init__(self, upgrades: Sequence[Upgrade], operation_of: OperationOf) -> None:
        self.upgrades = upgrades
        self.operation_of = operation_of
        self.is_on = False
        """Whether the tests' own run is over, and they run for the rehearsal."""
        self._concerning = Concerning(upgrades)
        self._shadows: dict[str, Shadow] = {}
        self._at_work: Meeting | None = None

    def changes_for(self, test: str) -> Sequence[Change]:
        """Return what is to change the answers that a test gets: a shadow in its own run, then what is played."""
        if self.is_on:
            return () if self._at_work is None else (self._at_work,)
        shadow = self._shadows[test] = Shadow(self._concerning, self.operation_of)
        return (shadow,)

    def shadow_of(self, test: str) -> Shadow | None:
        """Return the shadow of a test; None where it never came to a tenant."""
        return self._shadows.get(test)

    @contextmanager
    def playing(self, meeting: Meeting | None) -> Iterator[None]:
        """Let an upgrade be at work in the block, or none."""
        self.is_on, self._at_work = True, meeting
        try:
            yield
        finally:
            self.is_on, self._at_work = False, None
