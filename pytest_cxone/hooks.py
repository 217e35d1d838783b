"""The hooks that this plugin calls; a conftest.py or another plugin may implement them."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pytest_cxone.cassettes.rules import ScrubRule
    from pytest_cxone.rehearsal.changes import Upgrade

__all__ = ["pytest_cxone_scrub_rules", "pytest_cxone_upgrades"]


@pytest.hookspec
def pytest_cxone_scrub_rules(config: pytest.Config) -> "Iterable[ScrubRule]":  # type: ignore[empty-body]
    """Return rules for what else is secret or personal in recordings. They are added to the built-in ones."""


@pytest.hookspec
def pytest_cxone_upgrades(config: pytest.Config, dialect: str) -> "Iterable[Upgrade]":  # type: ignore[empty-body]
    """Return upgrades of a dialect to rehearse or to run under. They are added to the named and the derived ones."""
