"""Which tests of the shipped suite a run has: each checks a behaviour, of which every dialect has a catalogue."""

from collections.abc import Sequence
from typing import Final

import pytest

from pytest_cxone.run import Run

__all__ = ["of_other_dialects"]

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
