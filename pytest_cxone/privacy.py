"""What a run learned of a tenant's secrets and persons, kept out of what it shows.

Aliases are those of the recordings, so that a report and a cassette speak of the same person.
"""

import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Final

from pytest_cxone.cassettes.rules import Kind
from pytest_cxone.cassettes.scrubbing import Scrubber
from pytest_cxone.scrub import fragments, without
from pytest_cxone.settings import Settings

if TYPE_CHECKING:
    from pytest_cxone.tenants.guard import Guard

__all__ = ["Privacy"]

_TELLING: Final = 5
"""Characters: shorter ends of a value stand in any text."""
_LONGEST: Final = 60
_REMEMBERED: Final = 8
"""Texts: pytest has each text of a report in several places."""


class Privacy:
    """Takes secrets and personal values out of texts: those of the settings, and those that the guard has seen."""

    def __init__(self, settings: Settings, guard: "Guard", new_scrubber: Callable[[], Scrubber]) -> None:
        self._settings = settings
        self._guard = guard
        self._new_scrubber = new_scrubber
        self._is_stale = True
        self._broken_up: set[str] = set()
        self._pieces: frozenset[str] = frozenset()
        self._cuts = _Cuts(())
        self._cleaned: dict[str, str] = {}

    def clean(self, text: str) -> str:
        """Return a text with aliases for persons and ids, and "***" for secrets and for what is left of a value."""
        self.learn()
        if self._is_stale:
            self._refresh()
        if text not in self._cleaned:
            if len(self._cleaned) >= _REMEMBERED:
                del self._cleaned[next(iter(self._cleaned))]
            self._cleaned[text] = without(self._pieces, self._cuts.cleaned(self._scrubber.alias_in(text)))
        return self._cleaned[text]

    @cached_property
    def _scrubber(self) -> Scrubber:
        return self._new_scrubber()

    @property
    def persons(self) -> set[str]:
        """The words of the names, addresses and ids that were learned, each of which tells of somebody."""
        values = (value for kind, value in self._scrubber.values if kind is not Kind.SECRET)
        return {word for value in values for word in value.split() if len(word) >= _TELLING}

    def learn(self) -> None:
        """Take in what the guard has seen since the last time."""
        waiting = self._guard.unlearned
        new = [waiting.popleft() for _ in range(len(waiting))]
        if new:
            self._scrubber.learn(new, named=self._guard.named)
            self._is_stale = True

    def _refresh(self) -> None:
        self._is_stale = False
        # Most are known from before: a run learns many tokens, and each has a thousand pieces.
        new = self._secrets() - self._broken_up
        if new:
            self._broken_up |= new
            self._pieces |= fragments(new)
        allowed = self._scrubber.allowed
        self._cuts = _Cuts(
            value for kind, value in self._scrubber.values if kind is not Kind.SECRET and value not in allowed
        )
        self._cleaned.clear()

    def _secrets(self) -> set[str]:
        client_id, secret = self._settings.client_id, self._settings.client_secret.reveal()
        own = {known.reveal() for known in self._settings.secrets}
        if client_id and secret:
            # As HTTP's basic authentication has them. Of nothing it would be a text that stands in others.
            own.add(b64encode(f"{client_id}:{secret}".encode(errors="replace")).decode())
        learned = {
            value for kind, value in self._scrubber.values if kind is Kind.SECRET and len(value) >= _LONGEST // 4
        }
        return {*own, *self._guard.secrets, *learned}


class _Cuts:
    """What is left of values where a text was shortened, beside the dots that say so."""

    def __init__(self, values: Iterable[str]) -> None:
        sought = {value for value in values if len(value) >= _TELLING}
        self._beginnings = sorted(sought)
        self._ends = sorted(value[::-1] for value in sought)

    def cleaned(self, text: str) -> str:
        """Return a text with "***" for the beginnings of values before dots, and for their ends after them."""
        kept: list[str] = []
        end = 0
        for start, stop in self._found(text):
            if start >= end:
                kept += [text[end:start], "***"]
                end = stop
        return "".join([*kept, text[end:]])

    def _found(self, text: str) -> Iterator[tuple[int, int]]:
        for dots in re.finditer(r"\.\.\.|…", text):
            before, after = (
                text[max(dots.start() - _LONGEST, 0) : dots.start()],
                text[dots.end() : dots.end() + _LONGEST],
            )
            size = _longest_beginning(before, self._beginnings)
            if size:
                yield dots.start() - size, dots.start()
            size = _longest_beginning(after[::-1], self._ends)
            if size:
                yield dots.end(), dots.end() + size


def _longest_beginning(text: str, ordered: list[str]) -> int:
    """Return how many characters at the end of a text begin one of the values."""
    for size in range(len(text), _TELLING - 1, -1):
        ending = text[-size:]
        at = bisect_left(ordered, ending)
        if at < len(ordered) and ordered[at].startswith(ending):
            return size
    return 0
