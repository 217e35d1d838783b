"""pytest's face: options, markers, fixtures and hooks. What they do stands on the floors below.

Nothing heavy is imported until a test asks for a tenant.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final, NoReturn

import pytest

from pytest_cxone.errors import ConfigurationError, FakeError, StateNotProvided
from pytest_cxone.report import EVIDENCE, REFUSED, SENT, SKIP_PREFIX, Ledger, lines, write_counts
from pytest_cxone.settings import OPTIONS, Mode, OnMissing, Settings, resolve

if TYPE_CHECKING:
    from pytest_cxone.client import CXoneClient
    from pytest_cxone.fake.engine import Change
    from pytest_cxone.markers import Mark
    from pytest_cxone.schemas import Contract
    from pytest_cxone.tenants import Tenant
    from pytest_cxone.tenants.live import Guard

RUN: "Final[pytest.StashKey[Run]]" = pytest.StashKey()
TENANT: "Final[pytest.StashKey[Tenant]]" = pytest.StashKey()
MARKS: "Final[pytest.StashKey[list[Mark]]]" = pytest.StashKey()


class Run:
    """What the tests of a run share: the settings, simulated upgrades, and in live mode the guard."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.changes: Sequence[Change] = ()
        self.guard: Guard | None = None


# Options


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cxone", "NICE CXone")
    for option in OPTIONS:
        if option.secret:
            continue
        text = f"{option.help} (environment: {option.env}; default: {option.default or 'none'})"
        parser.addini(option.dest, text, type="linelist" if option.name == "agents" else "string", default="")
        group.addoption(option.flag, dest=option.dest, default=None, metavar=option.kind.metavar, help=text)
    group.addoption(
        "--cxone-live",
        dest="cxone_mode",
        action="store_const",
        const=Mode.LIVE.value,
        help="run on the tenant that the CXONE_* variables name; the same as --cxone=live",
    )


def pytest_configure(config: pytest.Config) -> None:
    from pytest_cxone.markers import MARKERS

    for signature, decorator in MARKERS.items():
        config.addinivalue_line("markers", f"{signature}: {(decorator.__doc__ or '').splitlines()[0]}")
    try:
        run = Run(_settings(config))
        if run.settings.upgrade:
            from pytest_cxone.rehearsal import upgrade

            run.changes = (upgrade(run.settings.dialect, run.settings.upgrade).change,)
    except ConfigurationError as error:
        raise pytest.UsageError(f"cxone: {error}") from None
    config.stash[RUN] = run
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Reporter(run), "cxone-reporter")


def _settings(config: pytest.Config) -> Settings:
    import os

    readable = [option for option in OPTIONS if not option.secret]
    return resolve(
        {option.name: config.getoption(option.dest) for option in readable},
        os.environ,
        {option.name: _ini_text(config.getini(option.dest)) for option in readable},
    )


def _ini_text(value: Any) -> str:
    return "\n".join(map(str, value)) if isinstance(value, list) else str(value)


def pytest_report_header(config: pytest.Config) -> str:
    return f"cxone: {config.stash[RUN].settings.describe()}"


# Markers


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Check the marks' arguments, and give every marked test its tenant, asked for or not."""
    from pytest_cxone.markers import is_ours, read_marks

    for item in items:
        if not any(is_ours(mark) for mark in item.iter_markers()):
            continue
        try:
            item.stash[MARKS] = list(read_marks(item))
        except ConfigurationError as error:
            raise pytest.UsageError(f"{item.nodeid}: {error}") from None
        names = getattr(item, "fixturenames", None)
        if names is not None and "cxone_tenant" not in names:
            names.insert(0, "cxone_tenant")


# Fixtures


@pytest.fixture
def cxone_tenant(request: pytest.FixtureRequest) -> "Iterator[Tenant]":
    """The tenant of this test, in the states that its markers declare: arranged on a fake, checked live.

    Meanwhile the `CXONE_*` variables of the environment lead code under test to it.
    """
    item, run = request.node, request.config.stash[RUN]
    marks = item.stash.get(MARKS, [])
    with _evidence(run, item), _tenant(run, marks) as tenant, pytest.MonkeyPatch.context() as environment:
        _provide(tenant, marks)
        if "cxone_server" in request.fixturenames:
            tenant.serve()
        for name, value in tenant.settings.environment().items():
            environment.setenv(name, value)
        item.stash[TENANT] = tenant
        yield tenant
        del item.stash[TENANT]


@pytest.fixture
def cxone(cxone_tenant: "Tenant") -> "Iterator[CXoneClient]":
    """An authenticated client of the test's tenant; `cxone.http` is the raw session."""
    with cxone_tenant.client() as client:
        yield client


@pytest.fixture
def cxone_agent(request: pytest.FixtureRequest, cxone_tenant: "Tenant") -> str:
    """The id, on this run's tenant, of the agent that the closest marker names; else TARGET_AGENT_ID's."""
    for mark in reversed(request.node.stash.get(MARKS, [])):
        agent_id = getattr(mark, "agent_id", None)
        if agent_id is not None:
            return cxone_tenant.settings.agent_id(agent_id)
    if cxone_tenant.settings.target_agent_id:
        return cxone_tenant.settings.target_agent_id
    pytest.fail('cxone_agent needs a marker such as @agent_online("12345"), or TARGET_AGENT_ID', pytrace=False)


@pytest.fixture
def cxone_server(cxone_tenant: "Tenant") -> str:
    """The URL at which the tenant answers over real HTTP: for httpx, aiohttp, Node, anything."""
    return cxone_tenant.serve()


@pytest.fixture
def cxone_settings(cxone_tenant: "Tenant") -> Settings:
    """How to reach the test's tenant: `base_url`, `auth_url`, `region`, `client_id`, `client_secret`."""
    return cxone_tenant.settings


@pytest.fixture
def cxone_contract(cxone_tenant: "Tenant") -> "Contract":
    """The API's contract: `cxone_contract.check(response)` passes, or says what breaks it."""
    from pytest_cxone.dialects import dialect
    from pytest_cxone.schemas import contract

    settings = cxone_tenant.settings
    spoken = dialect(settings.dialect)
    return contract(spoken.name).at(settings.hosts, token_path=spoken.token_path)


@contextmanager
def _evidence(run: Run, item: pytest.Item) -> Iterator[None]:
    """Write into the test's properties what its outcome rests on."""
    live = run.settings.mode is Mode.LIVE
    item.user_properties.append((EVIDENCE, "live" if live else "fake"))
    if not live:
        yield
        return
    guard = run.guard = run.guard or _new_guard(run.settings)
    sent, refused = guard.sent.copy(), guard.refused
    try:
        yield
    finally:
        item.user_properties.append((SENT, write_counts(guard.sent - sent)))
        item.user_properties.append((REFUSED, guard.refused - refused))


def _new_guard(settings: Settings) -> "Guard":
    import os

    from pytest_cxone.tenants.live import Guard

    # The workers of a parallel run share what one run may send.
    return Guard(settings, share=int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _tenant(run: Run, marks: "list[Mark]") -> "Tenant":
    from pytest_cxone.markers import Region
    from pytest_cxone.tenants import open_tenant

    settings = run.settings
    for mark in marks:
        if isinstance(mark, Region):
            if settings.mode is Mode.LIVE and mark != settings.region:
                _unmet(settings, f"region {mark}: this run is in region {settings.region}; set CXONE_REGION")
            try:
                settings = settings.in_region(mark)
            except ConfigurationError as error:
                pytest.fail(f"@cxone_region: {error}", pytrace=False)
    return open_tenant(settings, guard=run.guard, changes=run.changes)


def _provide(tenant: "Tenant", marks: "list[Mark]") -> None:
    from pytest_cxone.fake.faults import Fault
    from pytest_cxone.states import ProviderState

    try:
        for mark in marks:
            if isinstance(mark, ProviderState):
                tenant.provide(mark)
        for mark in marks:
            if isinstance(mark, Fault):
                tenant.fault(**asdict(mark))
    except StateNotProvided as error:
        _unmet(tenant.settings, str(error))


def _unmet(settings: Settings, reason: str) -> NoReturn:
    if settings.on_missing is OnMissing.FAIL:
        pytest.fail(f"{SKIP_PREFIX}{reason}", pytrace=False)
    pytest.skip(f"{SKIP_PREFIX}{reason}")


# What a test came to


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let what the fake could not make sense of fail the test that asked for it, whoever caught it before."""
    tenant = item.stash.get(TENANT, None)
    if tenant is None:
        return (yield)
    try:
        result = yield
    except StateNotProvided as error:
        _unmet(tenant.settings, str(error))
    except FakeError:
        tenant.take_errors()
        raise
    except BaseException as error:
        for hidden in tenant.take_errors():
            error.add_note(f"cxone: {hidden}")
        raise
    unheard = tenant.take_errors()
    if unheard:
        pytest.fail("\n".join(f"{SKIP_PREFIX}{error}" for error in unheard), pytrace=False)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the behaviour that a failing test checks, and keep the run's secrets out of the report."""
    result = yield
    if result.failed and MARKS in item.stash:
        _name_behaviours(item, result)
    guard = item.config.stash[RUN].guard
    if guard is not None:
        _redact(result, guard.secrets)
    return result


def _name_behaviours(item: pytest.Item, result: pytest.TestReport) -> None:
    from pytest_cxone.behaviours import behaviours
    from pytest_cxone.markers import BehaviourId

    catalogue = behaviours(item.config.stash[RUN].settings.dialect)
    for mark in item.stash[MARKS]:
        if isinstance(mark, BehaviourId) and mark in catalogue:
            result.sections.append((f"cxone behaviour {mark}", catalogue[mark].statement))


def _redact(result: pytest.TestReport, secrets: Iterable[str]) -> None:
    """Replace secrets in a report: tracebacks with locals show the frames of libraries, which hold tokens."""

    def clean(text: str) -> str:
        for secret in secrets:
            text = text.replace(secret, "***")
        return text

    text = result.longreprtext
    if text != clean(text):
        result.longrepr = clean(text)
    result.sections[:] = [(name, clean(content)) for name, content in result.sections]


# What a run came to


class _Reporter:
    """Counts the tests of all workers, since it hears of them where the run is reported, and sums them up."""

    def __init__(self, run: Run) -> None:
        self._settings = run.settings
        self._ledger = Ledger()
        self._ran: set[str] = set()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.skipped and isinstance(report.longrepr, tuple):
            self._ledger.add_skip(report.longrepr[2].removeprefix("Skipped: "))
        elif report.when == "call":
            self._ran.add(report.nodeid)
        if report.when == "teardown":
            self._ledger.add_test(report.user_properties, skipped=report.nodeid not in self._ran)
            self._ran.discard(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        too_few = self._ledger.ran["live"] < self._settings.require_live
        if too_few and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        told = list(lines(self._ledger, self._settings))
        if told:
            terminalreporter.section("cxone")
            for line in told:
                terminalreporter.write_line(line)
