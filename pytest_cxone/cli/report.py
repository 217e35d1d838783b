"""`pytest-cxone report`: reports of several runs made into one, and shown otherwise."""

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from pytest_cxone.options import FailOn

if TYPE_CHECKING:
    from pytest_cxone.report.facts import RunFacts
    from pytest_cxone.report.values import Report

__all__ = ["report"]

_ACKNOWLEDGED: Final = Path("cxone-acknowledged.toml")
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
# As texts: members of an enum would be called by their names.
_FAIL_ON: Final = click.Choice([one.value for one in FailOn])
_Command = TypeVar("_Command", bound=Callable[..., Any])


def _shared(command: _Command) -> _Command:
    """Add the options that both commands have."""
    for option in (
        click.option(
            "--acknowledged", type=_FILE, show_default=False,
            help="The file of acknowledged findings; without it cxone-acknowledged.toml, where that is here.",
        ),
        click.option(
            "--output", "-o", "outputs", multiple=True, type=click.Path(dir_okay=False, path_type=Path),
            help="Write it: .json, .md, .html or .sarif. May be given several times; without it, it is shown here.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@click.group()
def report() -> None:
    """Merge reports of runs, and write them in other forms."""


@report.command()
@click.argument("reports", nargs=-1, required=True, type=_FILE)
@_shared
@click.option("--fail-on", type=_FAIL_ON, default=FailOn.BREAKING.value, help="Exit with 1 from this on.")
@click.option("--require-live", type=click.IntRange(min=0), default=0, help="Exit with 1 for fewer tests on a tenant.")
@click.pass_context
def merge(
    context: click.Context,
    *,
    reports: tuple[Path, ...],
    outputs: tuple[Path, ...],
    acknowledged: Path | None,
    fail_on: FailOn,
    require_live: int,
) -> None:
    """Make one report of the JSON reports of several runs, or of the shards of one.

    Exits with 1 for a test that failed, for drift from --fail-on on, for a shard that is missing, for fewer tests on a
    tenant than --require-live, and where nobody can say whether to go on, unless --fail-on=never. A test that stands
    in several reports counts in the latest.
    """
    runs = _read(reports)
    wanting = _with_wanting(runs, require_live)
    merged = _made(wanting, acknowledged)
    # What was asked for here is not what the runs are known by.
    _show(merged, runs, outputs)
    is_asked = context.get_parameter_source("fail_on") is not ParameterSource.DEFAULT
    faults = list(_faults(merged, wanting, FailOn(fail_on), is_asked=is_asked))
    for fault in faults:
        click.echo(fault, err=True)
    if faults:
        raise SystemExit(1)


@report.command()
@click.argument("reports", metavar="REPORT", nargs=1, type=_FILE)
@_shared
def render(*, reports: Path, outputs: tuple[Path, ...], acknowledged: Path | None) -> None:
    """Write a JSON report in other forms, or show it as a run does."""
    runs = _read([reports])
    _show(_made(runs, acknowledged), runs, outputs)


def _read(paths: Iterable[Path]) -> "list[RunFacts]":
    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.report.files import read_report

    try:
        return [run for path in paths for run in read_report(path)]
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None


def _made(runs: "Iterable[RunFacts]", acknowledged: Path | None) -> "Report":
    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.report.acknowledged import Acknowledged, read_acknowledged
    from pytest_cxone.report.making import report_of

    now = datetime.now(UTC)
    path = acknowledged or _ACKNOWLEDGED
    try:
        known = read_acknowledged(path, today=now.date()) if path.is_file() else Acknowledged()
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    return report_of(runs, acknowledged=known, now=now)


def _with_wanting(runs: "Sequence[RunFacts]", require_live: int) -> "Sequence[RunFacts]":
    """Let the runs lack what they have too little of, so that their report says it too."""
    from pytest_cxone.report.facts import merged, too_few_live

    tests = (test for run in merged(runs) for test in run.tests)
    live = sum(test.evidence == "live" and test.outcome != "skipped" for test in tests)
    return [*runs[:-1], replace(runs[-1], lost=(*runs[-1].lost, *too_few_live(live, require_live)))] if runs else runs


def _show(made: "Report", runs: "Iterable[RunFacts]", outputs: Iterable[Path]) -> None:
    from shutil import get_terminal_size

    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.report.files import write_report
    from pytest_cxone.report.screen import Tone
    from pytest_cxone.report.survivors import rehearsal_lines
    from pytest_cxone.report.terminal import lines
    from pytest_cxone.report.values import Outlook

    if isinstance(sys.stdout, TextIOWrapper):
        # Not every terminal or file takes an arrow.
        sys.stdout.reconfigure(errors="backslashreplace")
    written: list[str] = []
    for path in outputs:
        try:
            write_report(path, made, runs)
        except ConfigurationError as error:
            raise click.UsageError(str(error)) from None
        except OSError as error:
            raise click.ClickException(f"{path} could not be written: {error.strerror or error}") from None
        written.append(str(path))
    colours = {Tone.GOOD: "green", Tone.BAD: "red"}
    width = get_terminal_size().columns
    # A rehearsal alone says it all in lines of its own, unless there is no verdict.
    says_all = made.is_of_rehearsal and made.verdict.outlook is not Outlook.UNCLEAR
    shown = [] if says_all else [*lines(made, width=width, written=written)]
    for rehearsal in made.rehearsals:
        shown += rehearsal_lines(rehearsal, width=width, written=written)
    for text, tone in shown:
        click.secho(text, fg=colours.get(tone), dim=tone is Tone.DIM or None)


def _faults(made: "Report", runs: "Iterable[RunFacts]", fail_on: FailOn, *, is_asked: bool) -> Iterable[str]:
    from pytest_cxone.report.facts import merged
    from pytest_cxone.report.failing import drift_faults, rehearsal_faults
    from pytest_cxone.report.making import incomplete
    from pytest_cxone.report.values import Outlook

    told = [
        *drift_faults(made, fail_on, is_asked=is_asked),
        *rehearsal_faults(made),
        *([f"FAILED: {len(made.failures)} of the tests failed"] if made.failures else []),
        *(f"FAILED: {missing}" for missing in incomplete(merged(runs))),
    ]
    if not told and made.verdict.outlook is Outlook.UNCLEAR and fail_on is not FailOn.NEVER:
        told = [f"FAILED: {made.verdict.headline}"]
    return told
