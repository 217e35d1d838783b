"""Simulated upgrades of the API: each a change of exchanges with an id, to rehearse before the vendor makes it.

A suite that stays green under one would not notice that change. `changes` holds the parts that upgrades are made of,
and one module for each dialect its catalogue of those that have a name. `deriving` makes the others from the contract,
and `adding` takes in a project's own.
"""

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.rehearsal.changes import Upgrade

if TYPE_CHECKING:
    from pytest_cxone.schemas import Contract

__all__ = ["Upgrade", "added", "catalogue", "derived", "selected", "upgrade", "upgrades"]


@cache
def upgrades(dialect: str) -> Mapping[str, Upgrade]:
    """Return a dialect's catalogue by id, from the module that has its name; a dialect without one has no upgrades."""
    module = f"{__name__}.{dialect.replace('-', '_')}"
    catalogue = import_module(module).UPGRADES if find_spec(module) else ()
    return {upgrade.id: upgrade for upgrade in catalogue}


@cache
def derived(contract: "Contract") -> Mapping[str, Upgrade]:
    """Return, by id, the upgrades that a contract gives: each property, status, body and parameter, changed alone."""
    from pytest_cxone.rehearsal.deriving.catalogue import derive

    return derive(contract)


def added(dialect: str, given: Iterable[Any]) -> Mapping[str, Upgrade]:
    """Return by id what the hook `pytest_cxone_upgrades` gave: a list of upgrades of each that implements it."""
    from pytest_cxone.rehearsal.adding import check
    from pytest_cxone.schemas import contract

    there = contract(dialect)
    return check(given, there, {**upgrades(dialect), **derived(there)})


def catalogue(dialect: str, given: Iterable[Any] = ()) -> Mapping[str, Upgrade]:
    """Return all upgrades of a dialect by id: the named, a project's own, `given` by the hook, and the contract's."""
    from pytest_cxone.schemas import contract

    own = added(dialect, given)
    return {**upgrades(dialect), **own, **derived(contract(dialect))}


def selected(dialect: str, patterns: Iterable[str], given: Iterable[Any] = ()) -> Sequence[Upgrade]:
    """Return the upgrades whose ids fit one of these patterns, as `row-*`, and none that begins with "!", as `!row-*`.

    Where no pattern is without one, all are meant. A pattern that none fits is a mistake, and not a shorter list, and
    so are patterns that leave nothing: `ConfigurationError`.
    """
    found = catalogue(dialect, given)
    patterns = list(patterns)
    wanted, unwanted = set[str](), set[str]()
    for pattern in patterns:
        fitting = {id_ for id_ in found if fnmatchcase(id_, pattern.removeprefix("!"))}
        if not fitting:
            raise _unknown(dialect, pattern.removeprefix("!"), found)
        (unwanted if pattern.startswith("!") else wanted).update(fitting)
    chosen = [upgrade for id_, upgrade in found.items() if id_ in (wanted or found) and id_ not in unwanted]
    if patterns and not chosen:
        raise ConfigurationError(
            f"no upgrade of {dialect} is left by {','.join(patterns)!r}: what begins with ! leaves out all that the "
            "others choose; choose more, or leave out less"
        )
    return chosen


def upgrade(dialect: str, upgrade_id: str, given: Iterable[Any] = ()) -> Upgrade:
    """Return one upgrade of a dialect, or of a project's own."""
    given = list(given)
    if upgrade_id in upgrades(dialect) and not given:
        # To derive thousands takes a moment, which is not needed here.
        return upgrades(dialect)[upgrade_id]
    found = catalogue(dialect, given)
    if upgrade_id not in found:
        raise _unknown(dialect, upgrade_id, found)
    return found[upgrade_id]


def _unknown(dialect: str, text: str, found: Mapping[str, Upgrade]) -> ConfigurationError:
    close = get_close_matches(text, found, n=5, cutoff=0.3) or list(found)[:5]
    return ConfigurationError(
        f"upgrade {text!r} is not one of the {len(found):,} in `pytest-cxone upgrades --dialect {dialect}`, "
        f"such as {', '.join(close)}"
    )
