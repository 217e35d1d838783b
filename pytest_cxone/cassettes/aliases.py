"""What stands for a value in one test's cassette: the test's own id, an alias of the run's, or a placeholder."""

from collections.abc import Iterator, Mapping
from typing import Final

from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.rules import Kind, Rules
from pytest_cxone.cassettes.tokens import is_jwt, scrubbed_jwt
from pytest_cxone.claims import claims_of

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
            # Said before the claims are read, since one of them may be this very text.
            self._placeholders[secret] = name
            if is_jwt(secret):
                self._placeholders[secret] = scrubbed_jwt(secret, name, dict(self._ids_in(secret)))
        return self._placeholders[secret]

    def _ids_in(self, token: str) -> Iterator[tuple[str, str | int]]:
        for name, value in sorted((claims_of(token) or {}).items()):
            if Rules.built_in_kind(name) is Kind.ID:
                match value:
                    case str() if value:
                        yield name, self.id(value)
                    case int() if not isinstance(value, bool):
                        yield name, self.of_number(Kind.ID, value)
