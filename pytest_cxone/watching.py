"""What a test sees of its tenant, beside what its cassette has: looked at while it runs, told with its last report."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_cxone.reporter import qualified_name
from pytest_cxone.run import Run

if TYPE_CHECKING:
    from pytest_cxone.cassettes.names import CassetteName
    from pytest_cxone.drift import Seen
    from pytest_cxone.model import Exchange
    from pytest_cxone.settings import Settings
    from pytest_cxone.tenants import Tenant

__all__ = ["FACTS", "begin", "tell", "watching"]

FACTS: "Final[pytest.StashKey[dict[str, Any]]]" = pytest.StashKey()
"""What is known of a test, as plain values: these cross worker processes with its report."""


def begin(run: Run, item: pytest.Item, api_version: str) -> None:
    """Name a test for the report, in a run that makes one."""
    if run.is_watched:
        name = run.shelf.name_of(item.path, qualified_name(item))
        item.stash[FACTS] = {"test": str(name), "api_version": api_version}


@contextmanager
def watching(run: Run, item: pytest.Item, tenant: "Tenant") -> Iterator[None]:
    """Let what a test exchanges be looked at, and what its cassette has, in a run that compares."""
    if not run.is_compared:
        yield
    elif run.guard is None:
        try:
            yield
        finally:
            # A version that has changed is where tests fail.
            item.stash[FACTS]["after"] = _seen(run, tenant.settings, tenant.journal)
    else:
        with run.guard.watching() as exchanges:
            try:
                yield
            finally:
                from pytest_cxone.cassettes.recorder import SERVED_BY, behind

                own = [*behind(exchanges, run.guard.grants), *exchanges]
                facts = item.stash[FACTS]
                facts["after"] = _seen(run, tenant.settings, own)
                facts["is_fake"] = any(
                    exchange.response.headers.get("Server", "").startswith(SERVED_BY) for exchange in exchanges
                )
                facts |= _recorded(run, item, tenant.settings)


def _seen(run: Run, settings: "Settings", exchanges: "Sequence[Exchange]") -> dict[str, Any]:
    from pytest_cxone.drift import see
    from pytest_cxone.report.facts import seen_to_json
    from pytest_cxone.schemas import contract

    there = contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)
    return seen_to_json(see(_of_version(run, settings, exchanges), there, clean=_clean(run)))


def _clean(run: Run) -> "Callable[[str], str]":
    """Return what takes persons out of texts: rules of the user's may say more than the contract of who is one."""
    return str if run.privacy is None else run.privacy.clean


def _of_version(run: Run, settings: "Settings", exchanges: "Sequence[Exchange]") -> "list[Exchange]":
    """Return the exchanges of the version that a test runs on: it may ask others by name, beside that one."""
    if len(run.api_versions) < 2:
        return list(exchanges)
    own = {"", settings.api_version}
    return [one for one in exchanges if settings.spoken.version_in(one.request.target.path) in own]


def _recorded(run: Run, item: pytest.Item, settings: "Settings") -> dict[str, Any]:
    """Return what a test's cassette has; nothing where there is none. One that cannot be read is not passed over."""
    from pytest_cxone.errors import CassetteUnreadable
    from pytest_cxone.report.facts import seen_to_json

    name: CassetteName = run.shelf.name_of(item.path, qualified_name(item))
    try:
        shelved = run.shelf.find(name, item.path, item.nodeid, run.rules)
    except CassetteUnreadable as error:
        return {"unreadable": str(error).replace(f"{run.project}{os.sep}", "")}
    if shelved.cassette is None:
        return {}
    return {"before": seen_to_json(_cassette_seen(run, settings, shelved.cassette)), "origin": shelved.origin}


def _cassette_seen(run: Run, settings: "Settings", cassette: Any) -> "Seen":
    from pytest_cxone.drift import see
    from pytest_cxone.schemas import contract

    known = cassette.provenance
    exchanges = [interaction.exchange for interaction in cassette.interactions]
    seen = see(
        _of_version(run, settings, exchanges),
        contract(settings.dialect),
        orders=known.orders if known else "",
        clean=_clean(run),
    )
    return replace(seen, seconds=known.seconds if known else {})


def tell(run: Run, item: pytest.Item, result: pytest.TestReport) -> None:
    """Let a test's last report carry what is known of it."""
    if result.when != "teardown" or not run.is_watched:
        return
    if FACTS not in item.stash and "cxone_tenant" in getattr(item, "fixturenames", ()):
        # It failed, or was skipped, before it came to its tenant.
        begin(run, item, "")
    if FACTS in item.stash:
        result.cxone_facts = item.stash[FACTS]  # type: ignore[attr-defined] # pytest passes on what a report has
