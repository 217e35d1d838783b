"""The command `pytest-cxone`: each command is a few lines and one call, and imports what it needs."""

import json
import os
import shlex
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

if TYPE_CHECKING:
    from pytest_cxone.cassettes.cassette import Cassette
    from pytest_cxone.fake.engine import Fake

__all__ = ["main"]

_DEFAULT_AGENT: Final = "12345"
_FIRST_OF_MANY: Final = 10_001
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floor:
    """The ids of the agents to serve, by what they are."""

    online: tuple[str, ...]
    offline: tuple[str, ...]
    hidden: tuple[str, ...]


def _not_blank(_: click.Context, __: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for text in (value,) if isinstance(value, str) else value:
        if not text.strip():
            raise click.BadParameter("must not be empty")
    return value


@click.group(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.version_option(package_name="pytest-cxone")
def main() -> None:
    """Guard an integration with NICE CXone."""


@main.command()
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="The port; 0 takes a free one.")
@click.option("--region", default="us", type=click.Choice(["us", "eu"]), help="The region that is served.")
@click.option(
    "--agents",
    metavar="N",
    default=0,
    type=click.IntRange(min=0),
    help=f"Log N agents in, with the free ids from {_FIRST_OF_MANY} on.",
)
@click.option(
    "--online",
    metavar="ID",
    multiple=True,
    callback=_not_blank,
    help=f"Log this agent in. May be repeated; without it and --agents, agent {_DEFAULT_AGENT} is.",
)
@click.option("--offline", metavar="ID", multiple=True, callback=_not_blank, help="An agent who is logged out.")
@click.option(
    "--hidden",
    metavar="ID",
    multiple=True,
    callback=_not_blank,
    help="One logged in whom the client may not see.",
)
@click.option("--page-cap", default=100, type=click.IntRange(min=1), help="The most rows that a page holds.")
@click.option("--client-id", default="fake-client", callback=_not_blank, help="The client that may ask for a token.")
@click.option("--client-secret", default="fake-secret", callback=_not_blank, help="Its secret.")
@click.option(
    "--scopes",
    default="read:agent read:agent:status",
    help="Its scopes, parted by blanks or commas; may be empty.",
)
def serve(
    *,
    host: str,
    port: int,
    region: str,
    agents: int,
    online: tuple[str, ...],
    offline: tuple[str, ...],
    hidden: tuple[str, ...],
    page_cap: int,
    client_id: str,
    client_secret: str,
    scopes: str,
) -> None:
    """Serve a fake tenant over HTTP until Ctrl+C or SIGTERM.

    Prints the variables under which an integration finds it, in any language:

    \b
        pytest-cxone serve --online 12345 > cxone.env &
        . ./cxone.env
    """
    from pytest_cxone.server import listen, run, url_of

    floor = _floor(agents, online, offline, hidden)
    fake = _fake(region, floor, page_cap)
    fake.world(region).add_client(client_id, client_secret, scopes=scopes.replace(",", " ").split())
    try:
        sock = listen(host, port)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    url = url_of(sock)

    def announce() -> None:
        variables = _variables(url, region, floor, client_id, client_secret)
        click.echo("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        online_now = f"{len(floor.online)} agent{'' if len(floor.online) == 1 else 's'} online"
        click.echo(f"Serving a fake tenant ({fake.dialect}, {region}): {online_now}; stop with Ctrl+C.", err=True)

    run(fake, region, sock, announce=announce)


def _floor(agents: int, online: tuple[str, ...], offline: tuple[str, ...], hidden: tuple[str, ...]) -> _Floor:
    if not agents and not online:
        online = (_DEFAULT_AGENT,)
    named = Counter([*online, *offline, *hidden])
    for agent_id, times in named.items():
        if times > 1:
            raise click.UsageError(f"agent {agent_id} is named {times} times; say --online, --offline or --hidden once")
    free = (agent_id for agent_id in map(str, count(_FIRST_OF_MANY)) if agent_id not in named)
    return _Floor(online=(*online, *islice(free, agents)), offline=offline, hidden=hidden)


def _fake(region: str, floor: _Floor, page_cap: int) -> "Fake":
    from pytest_cxone.fake.engine import Fake
    from pytest_cxone.fake.world import World

    # Nobody in this process reads a journal, and a thousand pages of it are 5 MB.
    fake = Fake(new_world=lambda clock: World(clock=clock, page_cap=page_cap), journal_length=0)
    world = fake.world(region)
    for agent_id in floor.online:
        world.log_in(agent_id)
    for agent_id in floor.offline:
        world.add_agent(agent_id)
    for agent_id in floor.hidden:
        world.log_in(agent_id)
        world.hide(agent_id)
    return fake


def _variables(url: str, region: str, floor: _Floor, client_id: str, client_secret: str) -> Mapping[str, str]:
    first = {
        "TARGET_AGENT_ID": floor.online,
        "CXONE_OFFLINE_AGENT_ID": floor.offline,
        "CXONE_HIDDEN_AGENT_ID": floor.hidden,
    }
    return {
        "CXONE_BASE_URL": url,
        "CXONE_AUTH_URL": f"{url}/oauth/token",
        "CXONE_REGION": region,
        "CXONE_CLIENT_ID": client_id,
        "CXONE_CLIENT_SECRET": client_secret,
        **{name: agent_ids[0] for name, agent_ids in first.items() if agent_ids},
    }


# Cassettes


_PATHS: Final = click.argument(
    "paths", nargs=-1, type=click.Path(exists=True, path_type=Path), envvar="CXONE_CASSETTES"
)


@main.group()
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
