"""Operations as readers know them: "GET /api/v2/agents/states"."""

from collections.abc import Mapping
from functools import cache

from pytest_cxone.schemas import contract

__all__ = ["label_of"]


def label_of(dialect: str, operation: str) -> str:
    """Return an operation's method and path, or its id where the contract does not have it."""
    # A report of another version of this package may tell of operations that this one does not know.
    return _labels(dialect).get(operation, operation)


@cache
def _labels(dialect: str) -> Mapping[str, str]:
    return {one.id: one.label for one in contract(dialect).operations}
