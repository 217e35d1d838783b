"""pytest's face: options, markers, fixtures and hooks. What they do stands on the floors below.

Every pytest run where it is installed pays for what is imported here: the table of options and pytest itself. All
else is imported where a test asks for a tenant, or where something is set for the run.
"""

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal, NoReturn

import pytest

from pytest_cxone.errors import ConfigurationError, FakeError, FakeOnly, StateNotProvided
from pytest_cxone.markers import MARKERS, is_ours, marks_of, read_marks
from pytest_cxone.options import OPTIONS, Mode, OnMissing

if TYPE_CHECKING:
    from pytest_cxone.client import CXoneClient
    from pytest_cxone.fake.engine import Change
    from pytest_cxone.markers import Mark
    from pytest_cxone.report import Ledger
    from pytest_cxone.schemas import Contract
    from pytest_cxone.settings import Settings
    from pytest_cxone.tenants import Tenant
    from pytest_cxone.tenants.live import Guard

RUN: "Final[pytest.StashKey[Run]]" = pytest.StashKey()
TENANT: "Final[pytest.StashKey[Tenant]]" = pytest.StashKey()
MARKS: "Final[pytest.StashKey[list[Mark]]]" = pytest.StashKey()


_UNSET: Final = (
    "mode offline (default), dialect platform-v2 (default), host platform.nicecxone.com (region us, default)"
)
"""`Settings.describe()` where nothing is set, written out: most runs need no more of the settings than this."""


class Run:
    """What the tests of a run share: the settings, simulated upgrades, and in live mode the guard."""

    def __init__(self, command_line: Mapping[str, str], environ: Mapping[str, str], ini: Mapping[str, str]) -> None:
        self._given = command_line, environ, ini
        self.changes: Sequence[Change] = ()
        self.guard: Guard | None = None

    @property
    def is_set(self) -> bool:
        """Whether anything was set at all; where not, the settings are the defaults and cannot be wrong."""
        return any(self._given)

    @cached_property
    def settings(self) -> "Settings":
        """The settings; raises `ConfigurationError`."""
        from pytest_cxone.settings import resolve

        return resolve(*self._given)

    def describe(self) -> str:
        """Return one line on mode, dialect and host, and where each came from."""
        return self.settings.describe() if self.is_set else _UNSET


# Options


_INI_TYPES: "Final[Mapping[str, Literal['linelist', 'int', 'float']]]" = {
    "agents": "linelist",
    "timeout": "float",
    "wait": "float",
    "require_live": "int",
    "rate": "float",
    "budget": "int",
}
"""So that TOML may hold numbers and lists; all others are strings."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cxone", "NICE CXone")
    for option in OPTIONS:
        if option.secret:
            continue
        text = f"{option.help} (environment: {option.env}; default: {option.default or 'none'})"
        parser.addini(option.dest, text, type=_INI_TYPES.get(option.name, "string"), default="")
        group.addoption(option.flag, dest=option.dest, default=None, metavar=option.kind.metavar, help=text)
    group.addoption(
        "--cxone-live",
        dest="cxone_mode",
        action="store_const",
        const=Mode.LIVE.value,
        help="run on the tenant that the CXONE_* variables name; the same as --cxone=live",
    )


def pytest_configure(config: pytest.Config) -> None:
    for signature, decorator in MARKERS.items():
        config.addinivalue_line("markers", f"{signature}: {(decorator.__doc__ or '').splitlines()[0]}")
    try:
        run = config.stash[RUN] = Run(_flags(config), _variables(), _keys(config))
        if run.is_set and run.settings.upgrade:
            from pytest_cxone.rehearsal import upgrade

            run.changes = (upgrade(run.settings.dialect, run.settings.upgrade).change,)
        if run.is_set and run.settings.mode is Mode.LIVE:
            run.guard = _new_guard(run.settings, config)
    except ConfigurationError as error:
        raise pytest.UsageError(f"cxone: {error}") from None
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Reporter(run), "cxone-reporter")


def _flags(config: pytest.Config) -> dict[str, str]:
    given = {option.name: config.getoption(option.dest) for option in OPTIONS if not option.secret}
    return {name: text for name, text in given.items() if text is not None}


def _variables() -> dict[str, str]:
    return {option.env: os.environ[option.env] for option in OPTIONS if option.env in os.environ}


def _keys(config: pytest.Config) -> dict[str, str]:
    found: dict[str, str] = {}
    for option in OPTIONS:
        if option.secret:
            continue
        try:
            value = config.getini(option.dest)
        except (TypeError, ValueError, pytest.UsageError) as error:
            raise ConfigurationError(f"ini {option.dest} must be {option.kind.words}: {error}") from None
        text = "\n".join(value) if isinstance(value, list) else str(value)
        if text:
            found[option.name] = text
    return found


def pytest_report_header(config: pytest.Config) -> str:
    return f"cxone: {config.stash[RUN].describe()}"


# Markers


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Let a mark with wrong arguments be an error of collection, told in one line."""
    report = yield
    if report.passed:
        wrong = dict.fromkeys(_wrong_marks([collector, *report.result]))
        if wrong:
            report.outcome, report.longrepr, report.result = "failed", "\n".join(wrong), []
    _keep_secret(collector.config, report)
    return report


def _wrong_marks(nodes: "Iterable[pytest.Item | pytest.Collector]") -> Iterator[str]:
    for node in nodes:
        try:
            for _ in read_marks(node.own_markers):
                pass
        except ConfigurationError as error:
            yield f"{node.nodeid.partition('[')[0]}: {error}"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every marked test its tenant, asked for or not; last, for the marks that others' hooks add."""
    for item in items:
        names = getattr(item, "fixturenames", None)
        if names is None or "cxone_tenant" in names:
            continue
        if any(map(is_ours, item.iter_markers())):
            # A list of its own: the tests of one parametrised function share theirs.
            at = _first_of_function_scope(item, names)
            item.fixturenames = [*names[:at], "cxone_tenant", *names[at:]]  # type: ignore[attr-defined]


def _first_of_function_scope(item: pytest.Item, names: Sequence[str]) -> int:
    """Return the place after the fixtures of wider scope, which must not see one test's tenant."""
    # pytest tells scopes nowhere else; where it stops to, the tenant comes first.
    known = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
    wider = [at for at, name in enumerate(names) if name in known and known[name][-1].scope != "function"]
    return wider[-1] + 1 if wider else 0


# Fixtures


@pytest.fixture
def cxone_tenant(request: pytest.FixtureRequest) -> "Iterator[Tenant]":
    """The tenant of this test, in the states that its markers declare: arranged on a fake, checked live.

    Meanwhile the `CXONE_*` variables of the environment lead code under test to it.
    """
    item, run = request.node, request.config.stash[RUN]
    try:
        marks = item.stash[MARKS] = marks_of(item)
    except ConfigurationError as error:
        pytest.fail(str(error), pytrace=False)
    with _evidence(run, item), _tenant(run, marks) as tenant:
        _provide(tenant, marks)
        if "cxone_server" in request.fixturenames:
            tenant.serve()
        item.stash[TENANT] = tenant
        with _leading_to(tenant):
            yield tenant
        del item.stash[TENANT]
        _fail_for_unheard(item, tenant)


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
def cxone_server(cxone_tenant: "Tenant") -> Iterator[str]:
    """The URL at which the tenant answers over real HTTP: for httpx, aiohttp, Node, anything."""
    url = cxone_tenant.serve()
    with _leading_to(cxone_tenant):
        yield url


@pytest.fixture
def cxone_settings(cxone_tenant: "Tenant") -> "Settings":
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
def _leading_to(tenant: "Tenant") -> Iterator[None]:
    """Set the variables by which code under test finds its tenant."""
    with pytest.MonkeyPatch.context() as environment:
        for name, value in tenant.settings.environment().items():
            environment.setenv(name, value)
        yield


@contextmanager
def _evidence(run: Run, item: pytest.Item) -> Iterator[None]:
    """Write into the test's properties what its outcome rests on."""
    from pytest_cxone.report import EVIDENCE, REFUSED, SENT, write_counts

    guard = run.guard
    item.user_properties.append((EVIDENCE, "fake" if guard is None else "live"))
    if guard is None:
        yield
        return
    sent, refused = guard.sent.copy(), guard.refused
    try:
        yield
    finally:
        item.user_properties.append((SENT, write_counts(guard.sent - sent)))
        item.user_properties.append((REFUSED, guard.refused - refused))


def _new_guard(settings: "Settings", config: pytest.Config) -> "Guard":
    from base64 import b64encode

    from pytest_cxone.tenants.live import Guard

    # The workers of a parallel run share what one run may send.
    guard = Guard(settings, share=getattr(config, "workerinput", {}).get("workercount", 1))
    # As HTTP's basic authentication has them.
    guard.secrets.add(b64encode(f"{settings.client_id}:{settings.client_secret.reveal()}".encode()).decode())
    return guard


def _tenant(run: Run, marks: "list[Mark]") -> "Tenant":
    from pytest_cxone.markers import Region
    from pytest_cxone.tenants import open_tenant

    settings = run.settings
    for mark in marks:
        if isinstance(mark, Region):
            if settings.mode is Mode.LIVE and mark != settings.region:
                here = f"this run is in region {settings.region}"
                _unmet(settings, StateNotProvided(f"region {mark}", here, "set CXONE_REGION"))
            try:
                settings = settings.in_region(mark)
            except ConfigurationError as error:
                pytest.fail(f"@cxone_region: {error}", pytrace=False)
    return open_tenant(settings, guard=run.guard, changes=run.changes)


def _provide(tenant: "Tenant", marks: "list[Mark]") -> None:
    from dataclasses import asdict

    from pytest_cxone.fake.faults import Fault
    from pytest_cxone.states import ProviderState

    with _skipping_unmet(tenant.settings):
        for mark in marks:
            if isinstance(mark, ProviderState):
                tenant.provide(mark)
        for mark in marks:
            if isinstance(mark, Fault):
                tenant.fault(**asdict(mark))


@contextmanager
def _skipping_unmet(settings: "Settings") -> Iterator[None]:
    """Let what a tenant does not provide skip the test, or fail it, as the settings say."""
    unmet: StateNotProvided | None = None
    try:
        yield
    except StateNotProvided as error:
        unmet = error
    # Out here, so that the skip is not told as an error on top of another.
    if unmet is not None:
        _unmet(settings, unmet)


def _unmet(settings: "Settings", unmet: StateNotProvided) -> NoReturn:
    from pytest_cxone.report import SKIP_PREFIX

    # What only a fake can do is not missing on a tenant.
    if settings.on_missing is OnMissing.FAIL and not isinstance(unmet, FakeOnly):
        pytest.fail(f"{SKIP_PREFIX}{unmet}", pytrace=False)
    pytest.skip(f"{SKIP_PREFIX}{unmet}")


# What a test came to


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Let a fixture of the user's that asks a tenant for what it cannot give skip its test, as a test would."""
    run = request.config.stash[RUN]
    if run.guard is None:
        return (yield)
    with _skipping_unmet(run.settings):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let what the fake could not make sense of fail the test that asked for it, whoever caught it before."""
    tenant = item.stash.get(TENANT, None)
    if tenant is None:
        return (yield)
    result: object = None
    try:
        with _skipping_unmet(tenant.settings):
            result = yield
    except FakeError:
        tenant.take_errors()
        raise
    except BaseException as error:
        for hidden in tenant.take_errors():
            error.add_note(f"cxone: {hidden}")
        raise
    _fail_for_unheard(item, tenant)
    return result


def _fail_for_unheard(item: pytest.Item, tenant: "Tenant") -> None:
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


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the behaviour that a failing test checks, and keep the run's secrets out of the report."""
    result = yield
    if result.failed and MARKS in item.stash:
        _name_behaviours(item, result)
    _keep_secret(item.config, result)
    return result


def _keep_secret(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    guard = config.stash[RUN].guard
    if guard is not None:
        from pytest_cxone.redaction import redact

        redact(report, guard.secrets)


def _name_behaviours(item: pytest.Item, result: pytest.TestReport) -> None:
    from pytest_cxone.behaviours import behaviours
    from pytest_cxone.markers import BehaviourId

    catalogue = behaviours(item.config.stash[RUN].settings.dialect)
    for mark in item.stash[MARKS]:
        if isinstance(mark, BehaviourId) and mark in catalogue:
            result.sections.append((f"cxone behaviour {mark}", catalogue[mark].statement))


# Secrets


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """See to what `--debug` writes, exceptions and their texts among it, once pytest has closed the file."""
    early_config.add_cleanup(lambda: _redact_debug_log(early_config))


def _redact_debug_log(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    name = config.getoption("debug", None)
    if run is not None and run.guard is not None and isinstance(name, str):
        from pytest_cxone.redaction import redact_file

        redact_file(config.invocation_params.dir / name, run.guard.secrets)


# What a run came to


class _Reporter:
    """Counts the tests of all workers, since it hears of them where the run is reported, and sums them up."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._ran: set[str] = set()

    @cached_property
    def _ledger(self) -> "Ledger":
        from pytest_cxone.report import Ledger

        return Ledger()

    @property
    def _has_news(self) -> bool:
        return self._run.is_set or "_ledger" in vars(self)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not any(name.startswith("cxone_") for name, _ in report.user_properties):
            return
        if report.skipped and isinstance(report.longrepr, tuple):
            self._ledger.add_skip(report.longrepr[2].removeprefix("Skipped: "))
        elif report.when == "call":
            self._ran.add(report.nodeid)
        if report.when == "teardown":
            self._ledger.add_test(report.user_properties, skipped=report.nodeid not in self._ran)
            self._ran.discard(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not self._has_news or session.config.getoption("collectonly", default=False):
            return
        too_few = self._ledger.ran["live"] < self._run.settings.require_live
        if too_few and session.exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED}:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        if not self._has_news:
            return
        from pytest_cxone.report import lines

        told = list(lines(self._ledger, self._run.settings))
        if told:
            terminalreporter.section("cxone")
            for line in told:
                terminalreporter.write_line(line)
