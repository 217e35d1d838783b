"""`pytest-cxone upgrades`: the simulated upgrades of an API, of which there are too many for a page."""

import sys
from typing import TYPE_CHECKING

import click

from pytest_cxone.fake.apis import NAMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_cxone.rehearsal import Upgrade

__all__ = ["upgrades"]


@click.command()
@click.argument("patterns", metavar="[PATTERN]...", nargs=-1)
@click.option("--dialect", default=NAMES[0], type=click.Choice(NAMES), help="The API of CXone.")
def upgrades(*, patterns: tuple[str, ...], dialect: str) -> None:
    """List the simulated upgrades of an API: those that have a name, and those derived from its contract.

    PATTERN is an id or a pattern of ids, as 'getAgent.*'; several list what fits one of them. Where the output is no
    terminal, each line is an id, a tab and what the API is like after it.
    """
    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.rehearsal import selected

    try:
        found = selected(dialect, patterns)
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from error
    if _is_terminal():
        _show(found)
    else:
        click.echo("\n".join(f"{upgrade.id}\t{upgrade.summary}" for upgrade in found))


def _is_terminal() -> bool:
    return sys.stdout.isatty()


def _show(found: "Sequence[Upgrade]") -> None:
    from rich.table import Table

    from pytest_cxone.cli.rendering import console

    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("UPGRADE", overflow="fold")
    table.add_column("AFTER IT", overflow="fold")
    for upgrade in found:
        table.add_row(upgrade.id, upgrade.summary)
    console().print(table)
