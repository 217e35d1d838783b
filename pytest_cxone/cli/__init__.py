"""The command `pytest-cxone`: each command is a few lines and one call, and imports what it needs."""

import click

from pytest_cxone.cli.cassettes import cassettes
from pytest_cxone.cli.diagnose import diagnose
from pytest_cxone.cli.report import report
from pytest_cxone.cli.serve import serve
from pytest_cxone.cli.upgrades import upgrades

__all__ = ["main"]


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="pytest-cxone")
def main() -> None:
    """Guard an integration with NICE CXone."""


main.add_command(diagnose)
main.add_command(serve)
main.add_command(cassettes)
main.add_command(report)
main.add_command(upgrades)
