"""Ids that a tenant gave, and what tests make of them: they make the same of the alias where a cassette answers."""

from collections.abc import Callable, Collection, Iterator
from typing import Final

__all__ = ["GivenIds", "made_of"]

_WILDCARDS: Final = "*%_.?"
_SHORT: Final = 5
"""Characters: a shorter id stands in other texts by chance."""


class GivenIds:
    """The ids that a tenant gave, those first that it gave for the test's own use."""

    def __init__(self, alias: Callable[[str], str], ids: Collection[str]) -> None:
        self._alias = alias
        self._ids: dict[str, None] = dict.fromkeys(ids)
        self._sizes: set[int] = set(map(len, self._ids))

    def __contains__(self, value: str) -> bool:
        return value in self._ids

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self._ids))

    def add(self, value: str) -> None:
        """Take in another."""
        self._ids[value] = None
        self._sizes.add(len(value))

    def discard(self, value: str) -> None:
        """Forget one that turns out to be the test's own."""
        self._ids.pop(value, None)

    def derived(self, value: str) -> str:
        """Return what a test makes of an alias where it makes this of the id behind it."""
        if value in self._ids:
            return self._alias(value)
        made = self._with_aliases(value)
        return made if made is not None else self._beginning(value)

    def _with_aliases(self, value: str) -> str | None:
        sizes = sorted((size for size in self._sizes if size <= len(value)), reverse=True)
        parts: list[str] = []
        at = left = 0
        while at < len(value):
            size = next((size for size in sizes if value[at : at + size] in self._ids), 0)
            if size:
                parts.append(self._alias(value[at : at + size]))
            else:
                parts.append(value[at])
                left += 1
            at += size or 1
        found = len(value) - left
        return "".join(parts) if found and (found >= _SHORT or left < 2) else None

    def _beginning(self, value: str) -> str:
        beginning = value.rstrip(_WILDCARDS)
        if not beginning or len(value) - len(beginning) > 1:
            return value
        whole = next((given for given in self._ids if given.startswith(beginning)), None)
        return value if whole is None else self._alias(whole)[: len(beginning)] + value[len(beginning) :]


def made_of(value: str, ids: Collection[str]) -> bool:
    """Tell whether a value is one of some ids, or is made of one: with more around it, or its beginning."""
    beginning = value.rstrip(_WILDCARDS)
    return value in ids or any(
        (len(known) >= _SHORT and known in value) or (beginning and known.startswith(beginning)) for known in ids
    )
