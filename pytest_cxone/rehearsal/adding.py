"""Upgrades that a project adds: what is wrong with them is said in a line, before anything runs under one."""

import re
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.changes import Upgrade
from pytest_cxone.schemas import Contract

__all__ = ["HOOK", "check"]

HOOK: Final = "pytest_cxone_upgrades"
_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check(given: Iterable[Any], contract: Contract, known: Container[str]) -> Mapping[str, Upgrade]:
    """Return what the hooks of a project gave, by id; raise `ConfigurationError` for what cannot be taken.

    `known` are the ids that the product itself has. An upgrade that names an operation changes no other.
    """
    found: dict[str, Upgrade] = {}
    for upgrade in _flat(given):
        if not _ID.fullmatch(upgrade.id):
            raise ConfigurationError(
                f"{HOOK}: the id {upgrade.id!r} is not made of letters, digits, dots, lines and underscores; "
                "write one such as 'badges-removed'"
            )
        if upgrade.id in found or upgrade.id in known:
            whose = "another upgrade that is added" if upgrade.id in found else f"an upgrade of {contract.dialect}"
            raise ConfigurationError(f"{HOOK}: the id {upgrade.id!r} is that of {whose}; give yours another one")
        found[upgrade.id] = replace(upgrade, origin="added", change=_bound(upgrade, contract))
    return found


def _flat(given: Iterable[Any]) -> Iterator[Upgrade]:
    for several in given:
        if isinstance(several, Upgrade | str) or not isinstance(several, Iterable):
            raise ConfigurationError(f"{HOOK} returns a list of Upgrade, not {several!r}")
        for one in several:
            if not isinstance(one, Upgrade):
                raise ConfigurationError(f"{HOOK} returns a list of Upgrade, but one of it is {one!r}")
            yield one


def _bound(upgrade: Upgrade, contract: Contract) -> Change:
    if not upgrade.operation:
        return upgrade.change
    try:
        operation = contract.operation(upgrade.operation)
    except LookupError as error:
        raise ConfigurationError(f"{HOOK}: upgrade {upgrade.id!r}: {error.args[0]}") from None

    def change(asked: Request, forward: Forward, world: World) -> Response:
        meant = contract.operation_for(asked)
        is_one = meant is not None and meant.id == operation.id
        return upgrade.change(asked, forward, world) if is_one else forward(asked)

    return change
