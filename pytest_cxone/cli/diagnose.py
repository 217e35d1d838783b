"""`pytest-cxone diagnose`: why agents do or do not show."""

import json
import os
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

import click

from pytest_cxone.diagnosis import Diagnoses, Diagnosis, Verdict
from pytest_cxone.scrub import one_line

if TYPE_CHECKING:
    from pytest_cxone.cli.environments import Environments
    from pytest_cxone.client import CXoneClient, Pace
    from pytest_cxone.errors import ApiError
    from pytest_cxone.settings import Settings

__all__ = ["EXIT_STATUS", "diagnose"]

_AT_ONCE: Final = 8
"""Requests under way together; how many a second is the rate's to say."""
_PAGES_AROUND: Final = 100
"""Of the listing, for who else of one agent's team is online: one that never ends must not be read for ever."""
_INTERRUPTED: Final = 130
_NETWORK: Final = 25

EXIT_STATUS: Final[Mapping[Verdict, int]] = {
    Verdict.ONLINE: 0,
    Verdict.ONLINE_LATE: 0,
    Verdict.OFFLINE: 10,
    Verdict.UNKNOWN: 11,
    Verdict.NOT_AN_ID: 12,
    Verdict.HIDDEN: 13,
    Verdict.OFFLINE_OR_HIDDEN: 14,
    Verdict.NOT_LISTED: 15,
    Verdict.WRONG_ENVIRONMENT: 16,
    Verdict.BAD_CREDENTIALS: 20,
    Verdict.TOKEN_REFUSED: 21,
    Verdict.MISSING_SCOPE: 22,
    Verdict.RATE_LIMITED: 23,
    Verdict.OUTAGE: 24,
    Verdict.HOST_NOT_FOUND: _NETWORK,
    Verdict.CONNECTION_REFUSED: _NETWORK,
    Verdict.TIMEOUT: _NETWORK,
    Verdict.TLS_FAILURE: _NETWORK,
    Verdict.DISCONNECTED: _NETWORK,
    Verdict.PROXY_FAILURE: _NETWORK,
    Verdict.NETWORK: _NETWORK,
    Verdict.BROKEN_CONTRACT: 26,
    Verdict.UNEXPECTED: 27,
}
"""What the command ends with; of several agents, the highest counts."""


class _Refused(click.ClickException):
    """What cannot be asked, in one line."""

    exit_code = 2


@click.command()
@click.argument("agent_ids", nargs=-1, metavar="[ID]...")
@click.option(
    "--from",
    "file",
    metavar="FILE",
    type=click.File(encoding="utf-8-sig"),
    help="A file of ids, one a line; - for stdin.",
)
@click.option("--region", help="The tenant's region.  [env: CXONE_REGION; default: the dialect's first]")
@click.option("--dialect", help="Which API of CXone.  [env: CXONE_DIALECT; default: platform-v2]")
@click.option("--api-version", metavar="VERSION", help="Which version of it.  [env: CXONE_API_VERSION]")
@click.option("--profile", envvar="CXONE_PROFILE", show_envvar=True, help="Take the credentials of this profile.")
@click.option(
    "--profiles",
    "profiles_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="CXONE_PROFILES",
    show_envvar=True,
    help="The file of profiles.",
)
@click.option("--quick", is_flag=True, help="Read the listing only: who is not on it is not told apart.")
@click.option(
    "--wait", metavar="SECONDS", help="Look again so long for who is not listed.  [default: 5 for one agent, else 0]"
)
@click.option("--rate", metavar="N", help="Requests a second at most, 0 for no limit.  [env: CXONE_RATE; default: 4]")
@click.option("--json", "as_json", is_flag=True, help="For programs: a JSON document.")
@click.option("--watch", is_flag=True, help="Follow one agent until its state changes.")
@click.option(
    "--interval", metavar="SECONDS", type=click.FloatRange(min=0.01), default=2.0, help="How often --watch looks."
)
def diagnose(
    *,
    agent_ids: tuple[str, ...],
    file: TextIO | None,
    profile: str | None,
    profiles_file: Path | None,
    quick: bool,
    as_json: bool,
    watch: bool,
    interval: float,
    **given: str | None,
) -> None:
    """Say why agents do or do not show, and what to do.

    Without ID, TARGET_AGENT_ID is asked for. Credentials come from the environment, as CXONE_CLIENT_ID and
    CXONE_CLIENT_SECRET, or a profile. The exit status tells the verdict: 0 is online; the reference lists the others.
    """
    from pytest_cxone.errors import ConfigurationError

    try:
        wanted = _wanted(agent_ids, file)
        if watch and (len(wanted) > 1 or quick or given["wait"] is not None):
            raise _Refused("--watch follows one agent, and goes with neither --quick nor --wait")
        environments = _environments(given, profile, profiles_file)
        with _asking(environments) as asking:
            if watch:
                worst = _follow(asking, wanted[0], interval, as_json=as_json)
            elif len(wanted) == 1 and not quick:
                worst = _show_one(asking, wanted[0], as_json=as_json)
            else:
                wait = environments.here.wait if given["wait"] is not None else 0.0
                worst = _show_many(asking, wanted, quick=quick, wait=wait, as_json=as_json)
    except ConfigurationError as error:
        # The settings name the flags that pytest has for them.
        raise _Refused(str(error).replace("--cxone-", "--")) from None
    except KeyboardInterrupt:
        if threading.active_count() > 1:
            # At its usual end the process would wait for the requests that threads have under way.
            sys.stdout.flush()
            os._exit(_INTERRUPTED)
        raise SystemExit(_INTERRUPTED) from None
    raise SystemExit(worst)


def _wanted(agent_ids: tuple[str, ...], file: TextIO | None) -> list[str]:
    try:
        lines = [line.partition(" #")[0].strip() for line in file] if file is not None else []
    except UnicodeDecodeError:
        raise _Refused("the file of ids is not text in UTF-8") from None
    wanted = [*agent_ids, *(line for line in lines if line and not line.startswith("#"))]
    target = os.environ.get("TARGET_AGENT_ID", "").strip()
    if not wanted and file is None and target:
        wanted = [target]
    if not wanted:
        where = "the file has no id" if file is not None else "no agent is named"
        raise _Refused(f"{where}; give an id, a file of ids with --from, or set TARGET_AGENT_ID")
    try:
        # An argument that is not text is a string that cannot be sent.
        "".join(wanted).encode()
    except UnicodeEncodeError:
        raise _Refused("an id is not text in UTF-8") from None
    return list(dict.fromkeys(wanted))


def _environments(given: Mapping[str, str | None], profile: str | None, path: Path | None) -> "Environments":
    from pytest_cxone.cli.environments import choose

    at = path or Path(click.get_app_dir("pytest-cxone")) / "profiles.toml"
    return choose(os.environ, given, profile=profile, path=at, must_exist=path is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asking:
    """The clients of a command, and how many requests they have sent."""

    settings: "Settings"
    client: "CXoneClient"
    elsewhere: "Mapping[str, CXoneClient]"
    paces: "list[Pace]"
    began: float

    @property
    def requests(self) -> int:
        return sum(pace.turns for pace in self.paces)

    def document(
        self, found: Iterable[Diagnosis], listing: Diagnoses | None = None, *, asked_at: float | None = None
    ) -> dict[str, Any]:
        from pytest_cxone.cli.document import document

        began = self.began if asked_at is None else asked_at
        return document(found, self.settings, asked_at=began, requests=self.requests, listing=listing)


@contextmanager
def _asking(environments: "Environments") -> "Iterator[_Asking]":
    from pytest_cxone.client import CXoneClient, Pace

    paces: list[Pace] = []
    with ExitStack() as open_clients:

        def client(settings: "Settings") -> CXoneClient:
            paces.append(Pace(settings.pace))
            return open_clients.enter_context(CXoneClient(settings, pace=paces[-1], at_once=_AT_ONCE))

        yield _Asking(
            settings=environments.here,
            client=client(environments.here),
            elsewhere={name: client(settings) for name, settings in environments.elsewhere.items()},
            paces=paces,
            began=time.time(),
        )


def _show_one(asking: _Asking, agent_id: str, *, as_json: bool) -> int:
    from pytest_cxone.cli.rendering import console, of_one

    with console(stderr=True).status("asking …"):
        diagnosis = asking.client.diagnose(agent_id, elsewhere=asking.elsewhere, most_pages=_PAGES_AROUND)
    if as_json:
        click.echo(json.dumps(asking.document([diagnosis]), indent=2))
    else:
        console().print(of_one(diagnosis))
    return EXIT_STATUS[diagnosis.verdict]


def _show_many(asking: _Asking, wanted: list[str], *, quick: bool, wait: float, as_json: bool) -> int:
    from pytest_cxone.cli.rendering import console, of_many, progress_bars, summary

    with progress_bars() as progress:
        found = asking.client.diagnose_many(
            wanted, quick=quick, wait=wait, elsewhere=asking.elsewhere, progress=progress
        )
    if as_json:
        click.echo(json.dumps(asking.document(found.values(), found), indent=2))
    else:
        out = console()
        for part in of_many(found):
            out.print(part)
        out.print(summary(found, requests=asking.requests, seconds=time.time() - asking.began))
    return max(EXIT_STATUS[diagnosis.verdict] for diagnosis in found.values())


def _follow(asking: _Asking, agent_id: str, interval: float, *, as_json: bool) -> int:
    from pytest_cxone.cli.rendering import console, in_a_line
    from pytest_cxone.client import wait_for_change

    out = console()

    def tell(diagnosis: Diagnosis) -> None:
        if as_json:
            click.echo(json.dumps(asking.document([diagnosis], asked_at=time.time())))
        else:
            out.print(time.strftime("%H:%M:%S"), in_a_line(diagnosis))
        sys.stdout.flush()

    def tell_failure(error: "ApiError") -> None:
        console(stderr=True).print(time.strftime("%H:%M:%S"), one_line(str(error)))

    known = asking.client.diagnose(agent_id, wait=0, elsewhere=asking.elsewhere)
    tell(known)
    changed = wait_for_change(
        asking.client,
        known,
        pause=lambda: time.sleep(interval),
        on_failure=tell_failure,
        elsewhere=asking.elsewhere,
    )
    if changed.error is None or changed.verdict is not known.verdict:
        tell(changed)
    return EXIT_STATUS[changed.verdict]
