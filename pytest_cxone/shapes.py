"""What the contract declares of a value: which properties it has, and what of it must not stand in a cassette."""

from collections.abc import Iterator, Mapping
from functools import reduce
from operator import getitem
from typing import Any, Final

from pytest_cxone.validation import Files

__all__ = ["Shape"]

_ALL: Final = ("allOf", "anyOf", "oneOf")
"""The words that combine schemas; what is under the first holds in any case."""


class Shape:
    """One place of a document as the contract has it. References and combinations are looked through."""

    def __init__(self, schema: Mapping[str, Any], files: Files, uri: str | None = None) -> None:
        self._files = files
        self._parts = tuple(self._resolved(schema, uri or files.uri, _ALL))
        self._certain = tuple(self._resolved(schema, uri or files.uri, _ALL[:1]))

    @property
    def scrub(self) -> str | None:
        """What the value is that stands here, by the contract's mark; None where it may be shown to everybody."""
        return next((part["x-cxone-scrub"] for part, _ in self._parts if "x-cxone-scrub" in part), None)

    @property
    def types(self) -> frozenset[str]:
        """The JSON types that the contract has here; none where it says nothing of them."""
        told = (part.get("type", ()) for part, _ in self._parts)
        return frozenset(name for names in told for name in ([names] if isinstance(names, str) else names))

    @property
    def may_be_null(self) -> bool:
        """Whether the contract allows null here, or says nothing of types."""
        return not self.types or "null" in self.types

    @property
    def values(self) -> frozenset[str]:
        """The values that are known of a vocabulary of the vendor's, which may grow; none where there is no such."""
        return frozenset(str(value) for part, _ in self._parts for value in part.get("x-cxone-values", ()))

    def requires(self, name: str) -> bool:
        """Whether each object that stands here must have this property, whichever of several forms it has."""
        return any(name in part.get("required", ()) for part, _ in self._certain)

    def of(self, name: str) -> "Shape | None":
        """Return what is declared of a property; None for one that the contract does not have."""
        for part, uri in self._parts:
            declared = part.get("properties", {}).get(name)
            if declared is not None:
                return Shape(declared, self._files, uri)
        return None

    @property
    def items(self) -> "Shape | None":
        """What is declared of an array's items."""
        for part, uri in self._parts:
            if isinstance(part.get("items"), dict):
                return Shape(part["items"], self._files, uri)
        return None

    def _resolved(
        self, schema: Mapping[str, Any], uri: str, words: tuple[str, ...]
    ) -> Iterator[tuple[Mapping[str, Any], str]]:
        yield schema, uri
        if "$ref" in schema:
            yield from self._resolved(*self._follow(schema["$ref"], uri), words)
        for word in words:
            for part in schema.get(word, ()):
                yield from self._resolved(part, uri, words)

    def _follow(self, reference: str, uri: str) -> tuple[Mapping[str, Any], str]:
        file, _, pointer = reference.partition("#")
        there = f"{uri.rpartition('/')[0]}/{file}" if file else uri
        document = self._files.openapi if there == self._files.uri else self._files.schemas[there]
        return reduce(getitem, filter(None, pointer.split("/")), document), there
