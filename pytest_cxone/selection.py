"""Which tests a run has: of the shipped suite those of its dialect's behaviours, of all tests those of its shard."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

import pytest

from pytest_cxone.reporter import qualified_name
from pytest_cxone.run import Run

__all__ = ["of_other_dialects", "of_other_shards"]

_SUITE: Final = "pytest_cxone.contract."


def of_other_dialects(run: Run, items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Return those of the shipped suite whose behaviours this run's dialect does not have; tests of users all stay."""
    marked = {
        item: [mark.args[0] for mark in item.iter_markers("cxone_behaviour")]
        for item in items
        if getattr(getattr(item, "module", None), "__name__", "").startswith(_SUITE)
    }
    if not marked:
        return set()
    from pytest_cxone.behaviours import behaviours

    known = behaviours(run.settings.dialect)
    return {item for item, ids in marked.items() if ids and not any(name in known for name in ids)}


def of_other_shards(run: Run, items: Sequence[pytest.Item]) -> set[pytest.Item]:
    """Return the tests that other shards of the run have: by a digest of its name, whatever the order, each has one."""
    if not run.is_set or run.settings.shard is None:
        return set()
    number, of = run.settings.shard
    return {item for item in items if _digest(item) % of != number - 1}


def _digest(item: pytest.Item) -> int:
    module = getattr(getattr(item, "module", None), "__name__", item.path.name)
    return int.from_bytes(sha256(f"{module}::{qualified_name(item)}".encode()).digest()[:8])
