"""What a test sees of its tenant, beside what its cassette has: looked at while it runs, told with its last report."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import PurePath
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final

import pytest

from pytest_cxone.reporter import qualified_name, shown_id
from pytest_cxone.run import Run

if TYPE_CHECKING:
    from pytest_cxone.cassettes.names import CassetteName
    from pytest_cxone.drift import Seen
    from pytest_cxone.model import Exchange
    from pytest_cxone.schemas import Contract
    from pytest_cxone.settings import Settings
    from pytest_cxone.tenants import Tenant

__all__ = ["FACTS", "begin", "reading", "tell", "watching"]

FACTS: "Final[pytest.StashKey[dict[str, Any]]]" = pytest.StashKey()
"""What is known of a test, as plain values: these cross worker processes with its report."""


def begin(run: Run, item: pytest.Item, api_version: str) -> None:
    """Name a test for the report, in a run that makes one."""
    if run.is_watched:
        name = run.shelf.name_of(item.path, qualified_name(item))
        shown = shown_id(item.nodeid, name, item.path, project=item.config.rootpath)
        item.stash[FACTS] = {"test": str(name), "shown": shown, "api_version": api_version, "lost": []}


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
            with _kept_from_the_test(item, "what a test saw"):
                item.stash[FACTS]["after"] = _seen(run, tenant.settings, tenant.journal)
    else:
        with run.guard.watching() as exchanges:
            try:
                yield
            finally:
                with _kept_from_the_test(item, "what a test saw"):
                    item.stash[FACTS] |= _live(run, tenant.settings, exchanges)
                with _kept_from_the_test(item, "a cassette"):
                    item.stash[FACTS] |= _recorded(run, item, tenant.settings)


@contextmanager
def reading(run: Run, item: pytest.Item, tenant: "Tenant") -> Iterator[None]:
    """Let the paths of answers be taken down that code under test reads, in a run that asks for them.

    What it reads under an upgrade of a rehearsal is of no interest: it may be led anywhere.
    """
    if run.usage is None or (run.is_rehearsed and run.stage.is_on):
        yield
        return
    from pytest_cxone.schemas import contract

    settings = tenant.settings
    there = contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)
    before = set(map(id, tenant.journal))

    def claims(url: str) -> bool:
        # It may come to be served while the test runs.
        return tenant.settings.claims(url)

    with run.usage.test(there, claims) as notes:
        try:
            yield
        finally:
            with _kept_from_the_test(item, "what a test read"):
                answered = [exchange for exchange in tenant.journal if id(exchange) not in before]
                if tenant.is_certain or not notes.watched:
                    notes.add_unwatched(_with_bodies(answered, there))
                item.stash[FACTS]["usage"] = notes.usage.to_json()


def _with_bodies(exchanges: "Sequence[Exchange]", contract: "Contract") -> "Iterator[str]":
    """Yield the operations that gave something to read."""
    for exchange in exchanges:
        operation = contract.operation_for(exchange.request)
        if operation is not None and exchange.response.status == 200 and exchange.response.body:
            yield operation.id


@contextmanager
def _kept_from_the_test(item: pytest.Item, what: str) -> Iterator[None]:
    """Let no error of looking be the test's: it is told where the run is reported, and nothing is called good."""
    from pytest_cxone.errors import CassetteUnreadable

    try:
        yield
    except CassetteUnreadable as error:
        why = f"{what} could not be read: {error}".replace(f"{item.config.rootpath}{os.sep}", "")
        item.stash[FACTS]["lost"].append(why)
    except Exception as error:  # noqa: BLE001 - whatever it is
        # Where, and not its text, which may hold what somebody answered.
        place = extract_tb(error.__traceback__)[-1]
        why = f"{what} could not be looked at: {type(error).__name__} in {PurePath(place.filename).name}:{place.lineno}"
        item.stash[FACTS]["lost"].append(why)


def _live(run: Run, settings: "Settings", exchanges: "Sequence[Exchange]") -> dict[str, Any]:
    from pytest_cxone.cassettes.recorder import SERVED_BY, behind

    grants = {} if run.guard is None else run.guard.grants
    return {
        "after": _seen(run, settings, [*behind(exchanges, grants), *exchanges]),
        "is_fake": any(one.response.headers.get("Server", "").startswith(SERVED_BY) for one in exchanges),
    }


def _seen(run: Run, settings: "Settings", exchanges: "Sequence[Exchange]") -> dict[str, Any]:
    from pytest_cxone.drift import see
    from pytest_cxone.report.facts import seen_to_json
    from pytest_cxone.schemas import contract

    there = contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)
    return seen_to_json(see(_of_version(run, settings, exchanges), there, clean=_clean(run)))


def _clean(run: Run) -> "Callable[[str], str]":
    """Return what takes persons out of texts: rules of the user's may say more than the contract of who is one."""
    privacy = run.privacy
    if privacy is None:
        return str

    def clean(text: str) -> str:
        cleaned = privacy.clean(text)
        # A later test may show whose it is.
        run.told.update(cleaned.split("\n"))
        return cleaned

    return clean


def _of_version(run: Run, settings: "Settings", exchanges: "Sequence[Exchange]") -> "list[Exchange]":
    """Return the exchanges of the version that a test runs on: it may ask others by name, beside that one."""
    if len(run.api_versions) < 2:
        return list(exchanges)
    own = {"", settings.api_version}
    return [one for one in exchanges if settings.spoken.version_in(one.request.target.path) in own]


def _recorded(run: Run, item: pytest.Item, settings: "Settings") -> dict[str, Any]:
    """Return what a test's cassette has; nothing where there is none."""
    from pytest_cxone.report.facts import seen_to_json

    name: CassetteName = run.shelf.name_of(item.path, qualified_name(item))
    shelved = run.shelf.find(name, item.path, item.nodeid, run.rules)
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
