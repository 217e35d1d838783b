"""Simulated upgrades of the API: each a named change of exchanges, to rehearse before the vendor makes it.

A suite that stays green under one would not notice that change. `changes` holds the parts that upgrades are made
of, and one module for each dialect its catalogue.
"""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.rehearsal.changes import Upgrade

__all__ = ["Upgrade", "upgrade", "upgrades"]


@cache
def upgrades(dialect: str) -> Mapping[str, Upgrade]:
    """Return a dialect's catalogue by id, from the module that has its name; a dialect without one has no upgrades."""
    module = f"{__name__}.{dialect.replace('-', '_')}"
    catalogue = import_module(module).UPGRADES if find_spec(module) else ()
    return {upgrade.id: upgrade for upgrade in catalogue}


def upgrade(dialect: str, upgrade_id: str) -> Upgrade:
    """Return one upgrade of a dialect."""
    catalogue = upgrades(dialect)
    if upgrade_id not in catalogue:
        close = get_close_matches(upgrade_id, catalogue, n=5, cutoff=0.3) or list(catalogue)[:5]
        raise ConfigurationError(
            f"upgrade {upgrade_id!r} is not one of the {len(catalogue)} in docs/upgrades.md, such as {', '.join(close)}"
        )
    return catalogue[upgrade_id]
