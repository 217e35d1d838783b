"""pytest's face: options, markers and hooks, and the fixtures of their own module.

What they do stands in `trial` and on the floors below. Every pytest run where it is installed pays for what is imported
here: the table of options and pytest itself. All else is imported where a test asks for a tenant, or where something is
set for the run.
"""

import argparse
import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Final, Literal

import pytest

from pytest_cxone import hooks
from pytest_cxone.errors import ConfigurationError, Unanswerable
from pytest_cxone.fixtures import (
    cxone,
    cxone_agent,
    cxone_api_version,
    cxone_contract,
    cxone_observe,
    cxone_server,
    cxone_settings,
    cxone_tenant,
)
from pytest_cxone.markers import MARKERS, is_ours, read_marks
from pytest_cxone.options import OPTIONS, Mode, RecordMode
from pytest_cxone.reporter import Collected, Reporter
from pytest_cxone.run import Run
from pytest_cxone.selection import of_other_dialects, of_other_shards
from pytest_cxone.trial import (
    DIAGNOSES,
    FAILED,
    MARKS,
    PASSED,
    RUN,
    TAKE,
    TENANT,
    add_diagnoses,
    fail_for_unheard,
    keep_recording,
    name_behaviours,
    skipping_unmet,
)
from pytest_cxone.watching import tell

__all__ = [
    "COLLECTED",
    "cxone",
    "cxone_agent",
    "cxone_api_version",
    "cxone_contract",
    "cxone_observe",
    "cxone_server",
    "cxone_settings",
    "cxone_tenant",
]

COLLECTED: Final[pytest.StashKey[Collected]] = pytest.StashKey()


# Options


_INI_TYPES: "Final[Mapping[str, Literal['linelist', 'int', 'float', 'bool']]]" = {
    "agents": "linelist",
    "scrub": "linelist",
    "max_age": "float",
    "timeout": "float",
    "wait": "float",
    "require_live": "int",
    "rate": "float",
    "budget": "int",
    "report": "linelist",
    "rehearse": "bool",
    "rehearse_only": "linelist",
    "rehearse_min": "float",
}
"""So that TOML may hold numbers, lists and truth values; all others are strings."""
_FLAGS: Final = frozenset({"record", "rehearse"})
"""What the command line has a flag of its own for."""


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("cxone", "NICE CXone")
    for option in OPTIONS:
        if option.secret:
            continue
        text = f"{option.help} (environment: {option.env}; default: {option.default or 'none'})"
        parser.addini(option.dest, text, type=_INI_TYPES.get(option.name, "string"), default="")
        if option.name not in _FLAGS:
            # Reports may be several.
            action = "append" if option.name == "report" else "store"
            group.addoption(
                option.flag, dest=option.dest, default=None, action=action, metavar=option.kind.metavar, help=text
            )
    _add_short(group, "--cxone-live", Mode.LIVE, "run on the tenant that the CXONE_* variables name")
    _add_short(group, "--cxone-record", Mode.RECORD, "run on that tenant, and write scrubbed cassettes of it")
    # A flag of its own: an option with a value that may be left out would take the first path after it for its value.
    group.addoption(
        "--cxone-record=missing",
        dest="cxone_record",
        action=_RecordMissing,
        nargs=0,
        help="the same, adding to cassettes what they do not have, and changing nothing in them",
    )
    group.addoption(
        "--cxone-rehearse",
        dest="cxone_rehearse",
        action="store_const",
        const="yes",
        help="after the tests, run them under each simulated upgrade, and tell which of these they would notice",
    )


class _RecordMissing(argparse.Action):
    """Sets two options, so that a mode that comes after it on the command line has the last word."""

    def __call__(self, _: object, namespace: argparse.Namespace, *__: object) -> None:
        namespace.cxone_record, namespace.cxone_mode = RecordMode.MISSING.value, Mode.RECORD.value


def _add_short(group: pytest.OptionGroup, flag: str, mode: Mode, meaning: str) -> None:
    text = f"{meaning}; the same as --cxone={mode}"
    group.addoption(flag, dest="cxone_mode", action="store_const", const=mode.value, help=text)


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    for signature, decorator in MARKERS.items():
        config.addinivalue_line("markers", f"{signature}: {(decorator.__doc__ or '').splitlines()[0]}")
    worker = getattr(config, "workerinput", {})
    try:
        run = Run(
            _flags(config),
            _variables(),
            _keys(config),
            project=config.rootpath,
            here=config.invocation_params.dir,
            # The workers of a parallel run share what one run may send.
            share=worker.get("workercount", 1),
            added_rules=lambda: config.hook.pytest_cxone_scrub_rules(config=config),
            added_upgrades=lambda dialect: config.hook.pytest_cxone_upgrades(config=config, dialect=dialect),
        )
        run.check()
    except ConfigurationError as error:
        raise pytest.UsageError(f"cxone: {error}") from None
    config.stash[RUN] = run
    if run.privacy is not None:
        from pytest_cxone.redaction import Redactor

        config.pluginmanager.register(Redactor(run.privacy.clean), "cxone-redactor")
    collected = config.stash[COLLECTED] = Collected(run)
    config.pluginmanager.register(collected, "cxone-collected")
    if not worker:
        reporter = Reporter(run, collected)
        config.pluginmanager.register(reporter, "cxone-reporter")
        if run.is_watched:
            from pytest_cxone.conclusion import Conclusion

            config.pluginmanager.register(Conclusion(run, reporter), "cxone-conclusion")
    elif run.guard is not None and "cxone_grant" in worker:
        run.guard.adopt(worker["cxone_grant"])
    if run.is_rehearsed:
        from pytest_cxone.rehearsing import Rehearser, Waiting

        config.pluginmanager.register(Rehearser(run), "cxone-rehearser")
        if not worker:
            config.pluginmanager.register(Waiting(), "cxone-waiting")


def _flags(config: pytest.Config) -> dict[str, str]:
    given = {option.name: config.getoption(option.dest, None) for option in OPTIONS if not option.secret}
    return {
        name: "\n".join(text) if isinstance(text, list) else text for name, text in given.items() if text is not None
    }


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
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Give every marked test its tenant, asked for or not; last, for the marks that others' hooks add.

    Those of the shipped suite that check what only other dialects have are left out, and those of other shards.
    """
    run = config.stash[RUN]
    others = of_other_dialects(run, items) | of_other_shards(run, items)
    if others:
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if item not in others]
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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test that has a tenant once for each version of the API, where the run is on several."""
    versions = metafunc.config.stash[RUN].api_versions
    if len(versions) > 1 and _has_tenant(metafunc):
        if "cxone_api_version" not in metafunc.fixturenames:
            metafunc.fixturenames.append("cxone_api_version")
        metafunc.parametrize("cxone_api_version", versions, indirect=True)


def _has_tenant(metafunc: pytest.Metafunc) -> bool:
    return "cxone_tenant" in metafunc.fixturenames or any(map(is_ours, metafunc.definition.iter_markers()))


# What a test came to


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> Generator[None, object, object]:
    """Let a fixture of the user's that asks a tenant for what it cannot give skip its test, as a test would."""
    tenant = request.node.stash.get(TENANT, None)
    if tenant is None:
        return (yield)
    with skipping_unmet(request.node, tenant.settings):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Let what the fake could not make sense of fail the test that asked for it, whoever caught it before."""
    tenant = item.stash.get(TENANT, None)
    if tenant is None:
        return (yield)
    result: object = None
    try:
        with skipping_unmet(item, tenant.settings):
            result = yield
    except Unanswerable:
        tenant.take_errors()
        raise
    except BaseException as error:
        for hidden in tenant.take_errors():
            error.add_note(f"cxone: {hidden}")
        raise
    fail_for_unheard(item, tenant)
    return result


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Write the cassette of a test once all of it has passed, the teardown of its fixtures included."""
    result = yield
    if TAKE in item.stash:
        keep_recording(item.config.stash[RUN], item)
    return result


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Name the behaviour that a failing test checks, and keep the run's secrets out of the report."""
    result = yield
    if result.when == "call":
        # A subtest has a report of its own, before the one of its test, which passes all the same.
        has_failed = item.stash[FAILED] = item.stash.get(FAILED, False) or result.failed
        item.stash[PASSED] = result.passed and not has_failed
    if result.failed and MARKS in item.stash:
        name_behaviours(item, result)
    if not result.passed and DIAGNOSES in item.stash:
        add_diagnoses(item, result)
    tell(item.config.stash[RUN], item, result)
    _keep_secret(item.config, result)
    return result


def _keep_secret(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> None:
    privacy = config.stash[RUN].privacy
    if privacy is not None:
        from pytest_cxone.redaction import redact

        privacy.learn()
        redact(report, privacy.clean)


# Secrets


def pytest_load_initial_conftests(early_config: pytest.Config) -> None:
    """See to what `--debug` writes, exceptions and their texts among it, once pytest has closed the file."""
    early_config.add_cleanup(lambda: _redact_debug_log(early_config))


def _redact_debug_log(config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    name = config.getoption("debug", None)
    if run is not None and run.privacy is not None and isinstance(name, str):
        from pytest_cxone.redaction import redact_file

        redact_file(config.invocation_params.dir / name, run.privacy.clean)
