"""`pytest-cxone cassettes`: what looks after recordings."""

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from pytest_cxone.cassettes.cassette import Cassette

__all__ = ["cassettes"]

_DAY: Final = 86_400.0

_PATHS: Final = click.argument(
    "paths", nargs=-1, type=click.Path(exists=True, path_type=Path), envvar="CXONE_CASSETTES"
)


@click.group()
def cassettes() -> None:
    """Look after recorded cassettes.

    PATHS are files or folders; without any, CXONE_CASSETTES, else the nearest folder cassettes/ here or above.
    """


@cassettes.command("list")
@_PATHS
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON array, an object a cassette.")
def list_(*, paths: tuple[Path, ...], as_json: bool) -> None:
    """List cassettes, the oldest first.

    PATHS are files or folders; without any, the project's cassettes.
    """
    from pytest_cxone.cassettes.audit import is_other_yaml
    from pytest_cxone.cassettes.files import read
    from pytest_cxone.errors import CassetteUnreadable

    rows: list[dict[str, Any]] = []
    unreadable = 0
    for path in _files(paths):
        try:
            rows.append(_row(path, read(path)))
        except CassetteUnreadable:
            if not is_other_yaml(path, path.read_bytes()):
                unreadable += 1
                click.echo(f"{path}: cannot be read; `pytest-cxone cassettes check` says why", err=True)
    rows.sort(key=lambda row: (row["recorded_at"] or "", row["test"], row["path"]))
    click.echo(json.dumps(rows, indent=2) if as_json else "\n".join(_table(rows, time.time())))
    if unreadable:
        raise SystemExit(1)


@cassettes.command()
@_PATHS
@click.option(
    "--scrub",
    metavar="RULES",
    default="",
    envvar="CXONE_SCRUB",
    show_envvar=True,
    show_default=False,
    help="Rules for what else is secret, as cxone_scrub has them, a line each. pytest's ini file is not read for them.",
)
def check(*, paths: tuple[Path, ...], scrub: str) -> None:
    """Look for secrets, e-mail addresses, edits and damage; exit with 1 where there are any.

    PATHS are files or folders; without any, the project's cassettes.

    Prints a line a problem, with its place and what to do, and never a value that it found. What the variables
    CXONE_CLIENT_ID, CXONE_CLIENT_SECRET and CXONE_SCRUB_KEY hold is looked for in any encoding.
    """
    from pytest_cxone.cassettes.audit import Audit, is_other_yaml
    from pytest_cxone.cassettes.rules import Rules, read_rules
    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.options import OPTIONS

    try:
        rules = Rules(read_rules(scrub))
    except ConfigurationError as error:
        raise click.UsageError(str(error)) from None
    audit = Audit(rules, (os.environ.get(option.env, "").strip() for option in OPTIONS if option.secret))
    contents = ((path, path.read_bytes()) for path in _files(paths))
    found = [audit.problems(path, content) for path, content in contents if not is_other_yaml(path, content)]
    for problem in (problem for problems in found for problem in problems):
        click.echo(problem)
    wrong = sum(map(bool, found))
    click.echo(f"{_count(len(found), 'cassette')}, {wrong or 'none'} with problems", err=True)
    if wrong:
        raise SystemExit(1)


@cassettes.command(context_settings={"ignore_unknown_options": True})
@click.option("--yes", is_flag=True, help="Remove them.")
@click.argument("pytest_args", nargs=-1, type=click.UNPROCESSED, metavar="[PYTEST ARGS]...")
def prune(*, yes: bool, pytest_args: tuple[str, ...]) -> None:
    """List cassettes that no test owns, and with --yes remove them.

    pytest collects the tests, with its arguments as given; nothing is run. Cassettes of modules that it did not
    collect, but that are there, stay.
    """
    from pytest_cxone.collection import Refused, collect, remove
    from pytest_cxone.errors import ConfigurationError

    said = StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            collection = collect(list(pytest_args))
        stale = list(collection.stale())
    except (Refused, ConfigurationError) as error:
        click.echo(said.getvalue(), nl=False, err=True)
        click.echo(f"Error: {error}; nothing was removed", err=True)
        raise SystemExit(getattr(error, "status", 2)) from None
    for path in stale:
        click.echo(_shown(path))
    if yes:
        remove(stale)
    done = " removed" if yes else "; --yes removes them"
    click.echo(f"{_count(len(stale), 'file')} without a test{done if stale else ''}", err=True)


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths or [_default_folder()]:
        yield from sorted(path.rglob("*.yaml")) if path.is_dir() else [path]


def _default_folder() -> Path:
    from pytest_cxone.cassettes.names import find_root
    from pytest_cxone.dialects import DIALECTS

    for name in DIALECTS:
        root = find_root(Path.cwd(), name)
        if root.is_dir():
            return _shown(root.parent)
    raise click.UsageError("there is no folder of cassettes here or above; name one")


def _shown(path: Path) -> Path:
    """Return a path as short as it can be given here."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _row(path: Path, cassette: "Cassette") -> dict[str, Any]:
    known = cassette.provenance
    return {
        "path": path.as_posix(),
        "test": known.test if known else path.stem,
        "recorded_at": known.recorded_at.isoformat() if known else None,
        "source": known.source if known else None,
        "fake": (known.fake or None) if known else None,
        "dialect": known.dialect if known else None,
        "api": known.api if known else None,
        "policy": known.policy if known else None,
        "states": [state.state for state in known.states] if known else [],
        "interactions": len(cassette.interactions),
    }


def _table(rows: list[dict[str, Any]], now: float) -> Iterator[str]:
    from datetime import datetime

    if rows:
        cells = [("TEST", "DAYS", "SOURCE", "API", "INTERACTIONS", "STATES")]
        for row in rows:
            moment = row["recorded_at"]
            days = f"{max(now - datetime.fromisoformat(moment).timestamp(), 0) / _DAY:.0f}" if moment else "?"
            source = ", ".join(filter(None, (row["source"], row["fake"]))) or "unknown"
            api = "/".join(filter(None, (row["dialect"], row["api"]))) or "unknown"
            cells.append((row["test"], days, source, api, str(row["interactions"]), "; ".join(row["states"]) or "none"))
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        for line in cells:
            yield "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
    sources = Counter(row["source"] or "unknown" for row in rows)
    by_source = "".join(f", {number} from {source}" for source, number in sorted(sources.items()))
    interactions = sum(row["interactions"] for row in rows)
    yield f"{_count(len(rows), 'cassette')}, {_count(interactions, 'interaction')}{by_source}"
