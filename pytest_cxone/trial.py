"""One test and its tenant: which one it is, what it rests on, why it was skipped or failed, what is kept of it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, NoReturn

import pytest

from pytest_cxone.errors import (
    CassetteRefused,
    CassetteUnreadable,
    ConfigurationError,
    CXoneError,
    FakeOnly,
    StateNotProvided,
    StateNotRecorded,
)
from pytest_cxone.options import Mode, OnMissing
from pytest_cxone.reporter import qualified_name
from pytest_cxone.run import Run

if TYPE_CHECKING:
    from pytest_cxone.cassettes.recorder import Take
    from pytest_cxone.diagnosis import Diagnosis
    from pytest_cxone.markers import Mark
    from pytest_cxone.settings import Settings
    from pytest_cxone.states import ProviderState
    from pytest_cxone.tenants import Tenant

__all__ = [
    "DIAGNOSES", "FAILED", "MARKS", "PASSED", "RUN", "TAKE", "TENANT", "UNMET", "add_diagnoses", "diagnose",
    "evidence_of", "fail_for_unheard", "keep_recording", "leading_to", "missed_states", "name_behaviours", "provide",
    "skipping_unmet", "tenant_for",
]  # fmt: skip

RUN: "Final[pytest.StashKey[Run]]" = pytest.StashKey()
TENANT: "Final[pytest.StashKey[Tenant]]" = pytest.StashKey()
MARKS: "Final[pytest.StashKey[list[Mark]]]" = pytest.StashKey()
UNMET: "Final[pytest.StashKey[StateNotProvided | None]]" = pytest.StashKey()
TAKE: "Final[pytest.StashKey[Take]]" = pytest.StashKey()
FAILED: "Final[pytest.StashKey[bool]]" = pytest.StashKey()
PASSED: "Final[pytest.StashKey[bool]]" = pytest.StashKey()
DIAGNOSES: "Final[pytest.StashKey[list[Diagnosis]]]" = pytest.StashKey()


def tenant_for(run: Run, item: pytest.Item, marks: "list[Mark]", api_version: str) -> "Tenant":
    """Return the tenant that a test is to run on, not yet entered; fails the test where that cannot be told."""
    from dataclasses import replace

    from pytest_cxone.markers import Region
    from pytest_cxone.tenants import open_tenant

    settings = replace(run.settings, api_version=api_version)
    for mark in marks:
        if isinstance(mark, Region):
            if settings.mode.reaches_tenant and mark != settings.region:
                here = f"this run is in region {settings.region}"
                _unmet(item, settings, StateNotProvided(f"region {mark}", here, "set CXONE_REGION"))
            try:
                settings = settings.in_region(mark)
            except ConfigurationError as error:
                pytest.fail(f"@cxone_region: {error}", pytrace=False)
    changes = run.changes_for(item.nodeid)
    if settings.mode in {Mode.FAKE, Mode.LIVE} or changes is not None:
        return open_tenant(settings, guard=run.guard, changes=changes or ())
    name = run.shelf.name_of(item.path, qualified_name(item))
    try:
        shelved = run.shelved(name, item.path, item.nodeid)
    except (CassetteUnreadable, ConfigurationError) as error:
        pytest.fail(f"cxone: {error}", pytrace=False)
    take = None
    if run.recorder is not None:
        folder = run.shelf.folder_of(item.path)
        take = item.stash[TAKE] = run.recorder.new_take(name, item.path, folder, api_version=api_version)
    return open_tenant(settings, guard=run.guard, take=take, shelved=shelved)


@contextmanager
def leading_to(tenant: "Tenant") -> Iterator[None]:
    """Set the variables by which code under test finds its tenant."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in tenant.settings.environment().items():
            if value:
                environment.setenv(name, value)
            else:
                # What this tenant does not have, say a secret, must not be another's.
                environment.delenv(name, raising=False)
        yield


@contextmanager
def evidence_of(run: Run, item: pytest.Item, tenant: "Tenant") -> Iterator[None]:
    """Write into the test's properties what its outcome rests on."""
    from pytest_cxone.ledger import BEHAVIOUR, DOUBT, EVIDENCE, ORIGIN, REFUSED, SENT, write_counts
    from pytest_cxone.markers import BehaviourId

    told, guard = item.user_properties, run.guard
    told.append((EVIDENCE, tenant.evidence))
    told += [(BEHAVIOUR, str(mark)) for mark in item.stash[MARKS] if isinstance(mark, BehaviourId)]
    if tenant.origin:
        told.append((ORIGIN, tenant.origin))
    sent, refused = (guard.sent.copy(), guard.refused) if guard else (None, 0)
    try:
        yield
    finally:
        if guard is not None and sent is not None:
            told += [(SENT, write_counts(guard.sent - sent)), (REFUSED, guard.refused - refused)]
        if item.stash.get(PASSED, False):
            told += [(DOUBT, f"{doubt}: {text}") for doubt, text in tenant.doubts()]


def provide(item: pytest.Item, tenant: "Tenant", marks: "list[Mark]") -> None:
    """Bring about, or find, what the markers declare."""
    from dataclasses import asdict

    from pytest_cxone.fake.faults import Fault
    from pytest_cxone.states import ProviderState

    with skipping_unmet(item, tenant.settings):
        # First, since a tenant need not be asked for its states where the test is not to run on it.
        for mark in marks:
            if isinstance(mark, Fault):
                tenant.fault(**asdict(mark))
        for mark in marks:
            if isinstance(mark, ProviderState):
                tenant.provide(mark)


@contextmanager
def skipping_unmet(item: pytest.Item, settings: "Settings") -> Iterator[None]:
    """Let what a tenant does not provide skip the test, or fail it, as the settings say."""
    unmet: StateNotProvided | None = None
    try:
        yield
    except StateNotProvided as error:
        unmet = error
    # Out here, so that the skip is not told as an error on top of another.
    if unmet is not None:
        _unmet(item, settings, unmet)


def _unmet(item: pytest.Item, settings: "Settings", unmet: StateNotProvided) -> NoReturn:
    from pytest_cxone.ledger import EVIDENCE, SKIP_PREFIX

    item.stash[UNMET] = unmet
    if not any(name == EVIDENCE for name, _ in item.user_properties):
        # It never came to a tenant; the skip is to be counted all the same.
        item.user_properties.append((EVIDENCE, "none"))
    # What only a fake can do is not missing on a tenant; what was not recorded never mends itself.
    must_fail = settings.on_missing is OnMissing.FAIL and not isinstance(unmet, FakeOnly)
    if must_fail or isinstance(unmet, StateNotRecorded):
        # As `pytest.fail` does, without telling it a second time as what was handled meanwhile.
        raise pytest.fail.Exception(f"{SKIP_PREFIX}{unmet}", pytrace=False) from None
    pytest.skip(f"{SKIP_PREFIX}{unmet}")


def fail_for_unheard(item: pytest.Item, tenant: "Tenant") -> None:
    """Fail a test for requests that made no sense and of which it has not heard."""
    unheard = [error for error in tenant.take_errors() if not _reached_the_test(item, error)]
    if unheard:
        pytest.fail("\n".join(f"cxone: {error}" for error in unheard), pytrace=False)


def _reached_the_test(item: pytest.Item, error: BaseException) -> bool:
    """Tell whether an error came up to the test's own function: what that catches, it meant to catch."""
    if error.__traceback__ is None:
        # `unittest`'s assertRaises takes it off.
        return True
    code = error.__traceback__.tb_frame.f_code
    name = getattr(item, "originalname", None) or item.name
    return (code.co_filename, code.co_name) == (str(item.path), name)


def keep_recording(run: Run, item: pytest.Item) -> None:
    """Write the cassette of a test that passed, or that was skipped where only a fake goes on."""
    from pytest_cxone.ledger import WRITTEN

    unmet = item.stash.get(UNMET, None)
    fake_only = str(unmet) if isinstance(unmet, FakeOnly) else ""
    if run.recorder is None or run.guard is None or not (fake_only or item.stash.get(PASSED, False)):
        return
    path, refusal = None, ""
    try:
        path = run.recorder.save(item.stash[TAKE], run.guard.grants, fake_only=fake_only)
    except (CassetteRefused, OSError) as error:
        refusal = f"cxone: {error}"
    if refusal:
        pytest.fail(refusal, pytrace=False)
    if path is not None:
        item.user_properties.append((WRITTEN, path.as_posix()))


def name_behaviours(item: pytest.Item, result: pytest.TestReport) -> None:
    """Let a report say which documented behaviours its test checks."""
    from pytest_cxone.behaviours import behaviours
    from pytest_cxone.markers import BehaviourId

    catalogue = behaviours(item.config.stash[RUN].settings.dialect)
    for mark in item.stash[MARKS]:
        if isinstance(mark, BehaviourId) and mark in catalogue:
            result.sections.append((f"cxone behaviour {mark}", catalogue[mark].statement))


def diagnose(item: pytest.Item, tenant: "Tenant", states: "Sequence[ProviderState]") -> None:
    """Find out, once for a test, why agents whom it needs online are not."""
    if item.stash[DIAGNOSES]:
        return
    with suppress(CXoneError):
        # What the test failed for is what it is to tell, and not that a tenant could not be asked.
        item.stash[DIAGNOSES] += tenant.why_not_online(states)


def add_diagnoses(item: pytest.Item, result: pytest.TestReport) -> None:
    """Let a report say why an agent whom its test needs online is not."""
    from pytest_cxone.ledger import DIAGNOSIS

    tenant = item.stash.get(TENANT, None)
    missed = missed_states(item) if result.failed or item.stash[UNMET] is not None else []
    if tenant is not None and missed:
        diagnose(item, tenant, missed)
    for diagnosis in item.stash[DIAGNOSES]:
        told = DIAGNOSIS, str(diagnosis)
        if told not in item.user_properties:
            item.user_properties.append(told)
        if told not in result.user_properties:
            result.user_properties.append(told)
        result.sections.append(("cxone diagnosis", "\n".join([str(diagnosis), *map(str, diagnosis.evidence)])))


def missed_states(item: pytest.Item) -> "list[ProviderState]":
    """Return the states that a test may fail for: the one that was not provided, else all that it declares."""
    from pytest_cxone.states import ProviderState

    unmet = item.stash[UNMET]
    wanted = item.stash.get(MARKS, []) if unmet is None else [unmet.state]
    return [state for state in wanted if isinstance(state, ProviderState)]
