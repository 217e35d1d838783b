"""What a run learned of a tenant's secrets and persons, kept out of what it shows.

Aliases are those of the recordings, so that a report and a cassette speak of the same person.
"""

from base64 import b64encode
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pytest_cxone.cassettes.policy import ScrubPolicy
from pytest_cxone.cassettes.rules import Kind
from pytest_cxone.cassettes.scrubbing import Scrubber
from pytest_cxone.scrub import fragments, without
from pytest_cxone.settings import Settings

if TYPE_CHECKING:
    from pytest_cxone.tenants.guard import Guard

__all__ = ["Privacy"]

_TELLING: Final = 8
"""Characters: pieces of a shorter value stand in any text."""


class Privacy:
    """Takes secrets and personal values out of texts: those of the settings, and those that the guard has seen."""

    def __init__(self, settings: Settings, guard: "Guard", policy: ScrubPolicy) -> None:
        self._settings = settings
        self._guard = guard
        self._policy = policy
        self._read = -1
        self._pieces: frozenset[str] = frozenset()

    def clean(self, text: str) -> str:
        """Return a text with aliases for persons and ids, and "***" for secrets and for what is left of a value."""
        self._learn()
        return without(self._pieces, self._scrubber.alias_in(text))

    @cached_property
    def _scrubber(self) -> Scrubber:
        return self._policy.scrubber()

    def _learn(self) -> None:
        journal = list(self._guard.journal)
        new = min(self._guard.seen - max(self._read, 0), len(journal))
        if self._read != self._guard.seen:
            self._scrubber.learn(journal[len(journal) - new :], named=self._guard.named)
            self._pieces = self._all_pieces()
            self._read = self._guard.seen

    def _all_pieces(self) -> frozenset[str]:
        client_id, secret = self._settings.client_id, self._settings.client_secret.reveal()
        # As HTTP's basic authentication has them.
        basic = b64encode(f"{client_id}:{secret}".encode()).decode()
        personal = {value for kind, value in self._scrubber.values if kind is not Kind.ID and len(value) >= _TELLING}
        return fragments({secret, basic, *self._guard.secrets, *personal})
