"""What the contract says of a place: must it be there, may it be null, which values are known."""

from pytest_cxone.paths import ITEMS, UNNAMED
from pytest_cxone.shapes import Shape

__all__ = ["Declared"]


class Declared:
    """The contract's word on one place of a body, as far as it has any: with no shape it says nothing.

    `must_be_there` and `must_not_be_null` are True only where the contract says so. Where it allows the other, or says
    nothing, what one side had and the other had not may be chance.
    """

    __slots__ = ("_shape", "must_be_there")

    def __init__(self, shape: Shape | None, *, must_be_there: bool = False) -> None:
        self._shape = shape
        self.must_be_there = must_be_there

    @property
    def allows_null(self) -> bool:
        """Whether the contract knows the place, and that it may be null."""
        return self._shape is not None and self._shape.may_be_null

    @property
    def must_not_be_null(self) -> bool:
        """Whether the contract knows the place, and that it is never null."""
        return self._shape is not None and not self._shape.may_be_null

    @property
    def types(self) -> frozenset[str]:
        """The JSON types that the contract allows."""
        return frozenset() if self._shape is None else self._shape.types

    @property
    def is_known(self) -> bool:
        """Whether the contract has the place at all."""
        return self._shape is not None

    @property
    def values(self) -> frozenset[str]:
        """The known values of a vocabulary of the vendor's."""
        return frozenset() if self._shape is None else self._shape.values

    def of(self, step: str) -> "Declared":
        """Return its word on a place below."""
        if self._shape is None or step == UNNAMED:
            return Declared(None)
        if step == ITEMS:
            return Declared(self._shape.items, must_be_there=True)
        return Declared(self._shape.of(step[1:]), must_be_there=self._shape.requires(step[1:]))
