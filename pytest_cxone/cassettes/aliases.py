"""What stands for a value in one test's cassette: the test's own id, an alias of the run's, or a placeholder."""

from collections.abc import Mapping
from typing import Final

from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind
from pytest_cxone.cassettes.tokens import is_jwt, scrubbed_jwt

__all__ = ["SCRUBBED", "Aliases"]

SCRUBBED: Final = "scrubbed"
"""What stands for a secret that a test sent. For one that the tenant gave, a number follows."""


class Aliases:
    """What stands for values. `own` are the ids that the test itself names, which stay; `made` what there is by now.

    `test_ids` gives the test's id for a tenant's.
    """

    def __init__(self, pseudonyms: Pseudonyms, test_ids: Mapping[str, str]) -> None:
        self.own: set[str] = set(test_ids.values())
        self.made: set[str] = set()
        self._pseudonyms = pseudonyms
        self._test_ids = test_ids
        self._placeholders: dict[str, str] = {}

    def of(self, kind: Kind, value: str) -> str:
        """Return what stands for a value."""
        match kind:
            case Kind.SECRET:
                return self._placeholder(value)
            case Kind.KEEP:
                return value
            case Kind.ID if value in self._test_ids:
                return self._test_ids[value]
            case Kind.ID if value in self.own:
                return value
        alias = self._pseudonyms.of(kind, value)
        if kind is not Kind.TEXT:
            self.made.add(alias)
        return alias

    def id(self, value: str) -> str:
        """Return what stands for an id."""
        return self.of(Kind.ID, value)

    def text(self, text: str) -> str:
        """Return words without meaning for a text."""
        return self._pseudonyms.of(Kind.TEXT, text)

    def of_number(self, kind: Kind | None, value: int) -> int:
        """Return what stands for an integer, as another integer."""
        if kind in {None, Kind.KEEP}:
            return value
        if kind is Kind.SECRET:
            return 0
        if value <= 0:
            return value
        alias = self.of(Kind.PHONE if kind is Kind.PHONE else Kind.ID, str(value))
        return int(alias) if alias.isdecimal() else self._pseudonyms.number(value)

    def _placeholder(self, secret: str) -> str:
        if secret not in self._placeholders:
            name = f"{SCRUBBED}-{len(self._placeholders) + 1}"
            self._placeholders[secret] = scrubbed_jwt(secret, name) if is_jwt(secret) else name
        return self._placeholders[secret]
