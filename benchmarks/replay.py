"""Replay of a recorded tenant, against pytest-recording and vcrpy on the very same cassette files.

    python benchmarks/replay.py [--tests N] [--rounds N] [--only {tests,requests,load}]

1. Tests that ask for a token and for an agent's state, each with its cassette of these two interactions: with requests,
   and with the `cxone` client. Processor seconds of whole pytest processes, in turn, less those of as many empty tests;
   the best of the rounds count, as whatever else the machine does only ever adds, and the medians stand beside them.
   "First" is what is paid once in a run, the imports above all. At most 0.35 times pytest-recording, all included.
2. A request in a cassette of 2 interactions and of 5,000, of which requests go all over: at most 1.5 times as much in
   the large one. vcrpy, with its cassette opened once, gets a few of them only.
3. Loading a cassette of 10,000 agents' states: at most 1.2 times the time of reading the same cassette as one JSON
   document, by the medians. Reading the JSON of the body, and vcrpy's loading of the file, stand beside it.

Needs pytest-recording. The cassettes are written by `pytest_cxone.cassettes.files`, as recordings are.
"""

import argparse
import gc
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import cycle
from pathlib import Path
from statistics import median

import requests
import vcr
import yaml
from vcr.cassette import Cassette as VcrCassette

from pytest_cxone.cassettes import documents, files
from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Source
from pytest_cxone.cassettes.names import CassetteName
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.run import Run
from pytest_cxone.tenants import open_tenant

LIMITS = {"tests": 0.35, "requests": 1.5, "load": 1.2}
HOST = "https://platform.nicecxone.com"
STATES = f"{HOST}/api/v2/agents/states"
FORM = "grant_type=client_credentials&client_id=scrubbed-1&client_secret=scrubbed-2&scope=read%3Aagent+read%3Aagent%3Astatus"
GRANT = {
    "access_token": "scrubbed-3",
    "token_type": "Bearer",
    "expires_in": 900,
    "scope": "read:agent read:agent:status",
}

# Cassettes


def row(number: int) -> dict:
    state = {"name": "Available"}
    return {"agentId": str(number), "state": state, "stateGroup": state, "lastUpdated": "2026-11-22T10:00:00.000Z"}


def interaction(method: str, url: str, answer: object, body: str = "") -> Interaction:
    sent = {"Content-Type": "application/x-www-form-urlencoded"} if body else {"Authorization": "Bearer scrubbed-3"}
    content = documents.text_of(documents.parse(json.dumps(answer))).encode()
    headers = Headers(
        {
            "Content-Type": "application/json",
            "Content-Length": str(len(content)),
            "Cache-Control": "no-store",
            "Pragma": "no-cache",
        }
    )
    request = Request(method=method, url=url, headers=Headers(sent), body=body.encode())
    return Interaction(exchange=Exchange(request=request, response=Response(status=200, headers=headers, body=content)))


def grant() -> Interaction:
    return interaction("POST", f"{HOST}/oauth/token", GRANT, FORM)


def written(folder: Path, name: CassetteName, *interactions: Interaction) -> Path:
    provenance = Provenance(
        test=str(name),
        recorded_at=datetime.now(UTC),
        source=Source.SERVED_FAKE,
        dialect="platform-v2",
        api="v2",
        region="us",
        tenant="0123456789ab",
        recorder="0",
    )
    path = folder / "cassettes" / "platform-v2" / name.file
    files.write(path, files.text_of(Cassette(interactions=interactions, provenance=provenance)))
    return path


def ratio(name: str, one: float, other: float, limit: str) -> bool:
    reached = one / other <= LIMITS[limit]
    print(f"  {name}: {one / other:.2f} (at most {LIMITS[limit]}){'' if reached else ' MISSED'}")
    return reached


# Tests

MODULE = """
import pytest, requests

def ask():
    answer = requests.post(
        "https://platform.nicecxone.com/oauth/token",
        data={{"grant_type": "client_credentials", "client_id": "i", "client_secret": "s",
              "scope": "read:agent read:agent:status"}}, timeout=10,
    )
    bearer = {{"Authorization": "Bearer " + answer.json()["access_token"]}}
    rows = requests.get(
        "https://platform.nicecxone.com/api/v2/agents/states", params={{"agentId": "12345"}}, headers=bearer, timeout=10,
    ).json()
    assert rows[0]["state"]["name"] == "Available"

{tests}
"""
EMPTY = "def test_{}():\n    pass\n"
OURS = "def test_{}(cxone_tenant):\n    ask()\n"
CLIENT = 'def test_{}(cxone):\n    assert cxone.agent_state("12345").state == "Available"\n'
THEIRS = "@pytest.mark.vcr\ndef test_{}():\n    ask()\n"
WITH_US = ("-p", "cxone", "--cxone=replay")
WITH_THEM = ("-p", "recording", "--record-mode=none")


class Suite:
    """`asking` tests that ask, and empty ones up to `count`."""

    def __init__(self, folder: Path, test: str, asking: int, count: int, options: tuple[str, ...]) -> None:
        folder.mkdir()
        kinds = [test] * asking + [EMPTY] * (count - asking)
        tests = "\n".join(kind.format(number) for number, kind in enumerate(kinds))
        (folder / "test_it.py").write_text(MODULE.format(tests=tests))
        asked = [grant(), interaction("GET", f"{STATES}?agentId=12345", [row(12345)])]
        for number in range(asking):
            path = written(folder, CassetteName("test_it", f"test_{number}"), *asked)
            if options is WITH_THEM:
                place = folder / "cassettes" / "test_it"
                place.mkdir(exist_ok=True)
                path.rename(place / path.name)
        self._folder = folder
        self._options = options
        self.seconds: list[float] = []

    def run(self) -> None:
        # A small one, the same everywhere: requests reads all of it, for proxies, with each request.
        environ = {name: os.environ[name] for name in ("PATH", "HOME", "SYSTEMROOT") if name in os.environ}
        environ |= {
            "PYTHONPYCACHEPREFIX": str(self._folder.parent / "bytecode"),
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *self._options]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=self._folder, env=environ)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def tests(root: Path, count: int, rounds: int) -> bool:
    kinds = {
        "pytest-recording": (THEIRS, WITH_THEM),
        "ours, requests": (OURS, WITH_US),
        "ours, cxone client": (CLIENT, WITH_US),
    }
    suites = {
        (name, asking): Suite(root / f"{name}-{asking}", test, asking, count, options)
        for name, (test, options) in kinds.items()
        for asking in (0, 1, count)
    }
    for suite in suites.values():
        suite.run()
        suite.seconds.clear()
    for _ in range(rounds):
        for suite in suites.values():
            suite.run()
    print(f"{count} tests of two requests, processor ms over empty tests; best, median of {rounds}:")
    reached = True
    for name in kinds:
        best, middle = (
            {asking: summary(suites[name, asking].seconds) for asking in (0, 1, count)} for summary in (min, median)
        )
        first, all_in = ([(kind[n] - kind[0]) * 1e3 for kind in (best, middle)] for n in (1, count))
        further = [(kind[count] - kind[1]) * 1e3 / (count - 1) for kind in (best, middle)]
        print(
            f"  {name}: first {first[0]:.0f}, {first[1]:.0f}; each further {further[0]:.2f}, {further[1]:.2f}; "
            f"all in all, a test {all_in[0] / count:.2f}, {all_in[1] / count:.2f}"
        )
        if name == "pytest-recording":
            theirs = all_in, further
            continue
        reached &= ratio(f"{name}, all in all, best", all_in[0], theirs[0][0], "tests")
        reached &= ratio(f"{name}, all in all, median", all_in[1], theirs[0][1], "tests")
        ratio(f"{name}, each further, best", further[0], theirs[1][0], "tests")
    return reached


# Requests


@contextmanager
def replaying(folder: Path, name: CassetteName) -> Iterator[None]:
    run = Run({"mode": "replay"}, {}, {}, project=folder)
    with open_tenant(run.settings, shelved=run.shelved(name, "")):
        yield


def timed(action: Callable[[], object]) -> float:
    gc.collect()
    begun = time.process_time()
    action()
    return time.process_time() - begun


def asking(urls: list[str]) -> Callable[[], None]:
    def ask() -> None:
        for url in urls:
            answer = requests.get(url, headers={"Authorization": "Bearer scrubbed-3"}, timeout=10)
            assert answer.status_code == 200, answer.status_code

    return ask


def spread(size: int, count: int) -> list[str]:
    """The URLs of so many requests from all over a cassette."""
    pages = cycle(range(1, size)) if size - 1 <= count else iter(range(1, size, (size - 1) // count))
    return [f"{STATES}?page={next(pages)}&pageSize=25" for _ in range(count)]


def of_requests(root: Path, rounds: int, large: int = 5_000) -> bool:
    sizes = (2, large)
    few = {2: 200, large: 20}
    best: dict[tuple[str, int], float] = {}
    for size in sizes:
        listing = (interaction("GET", f"{STATES}?page={n}&pageSize=25", [row(n)]) for n in range(1, size))
        written(root, CassetteName("sizes", f"test_{size}"), grant(), *listing)
    for turn in range(rounds):
        for size in sizes:
            name = CassetteName("sizes", f"test_{size}")
            with replaying(root, name):
                asking(spread(size, 20))()
                ours = timed(asking(spread(size, 400))) / 400
            best["ours", size] = min(ours, best.get(("ours", size), ours))
            if turn < 3:
                path = str(root / "cassettes" / "platform-v2" / name.file)
                with vcr.use_cassette(path, record_mode="none", allow_playback_repeats=True):
                    theirs = timed(asking(spread(size, few[size]))) / few[size]
                best["vcrpy", size] = min(theirs, best.get(("vcrpy", size), theirs))
    print("A request, processor ms, best of the rounds:")
    for who in ("vcrpy", "ours"):
        small, big = (best[who, size] * 1e3 for size in sizes)
        print(f"  {who}: {small:.2f} among 2, {big:.2f} among {large:,}: {big / small:.1f} times")
    return ratio("ours", best["ours", large], best["ours", 2], "requests")


# Loading


def load(root: Path, rounds: int, agents: int = 10_000) -> bool:
    listing = interaction("GET", f"{STATES}?page=1&pageSize={agents}", [row(n) for n in range(agents)])
    path = written(root, CassetteName("load", "test_all"), grant(), listing)
    plain, body = root / "cassette.json", root / "body.json"
    plain.write_text(json.dumps(yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)))
    body.write_bytes(listing.exchange.response.body)
    assert files.read(path).interactions[1] == listing
    ways = {
        "pytest_cxone.cassettes.files.read": lambda: files.read(path),
        "the cassette as one JSON document": lambda: json.loads(plain.read_text("utf-8")),
        "the JSON of the body": lambda: json.loads(body.read_text("utf-8")),
        "vcrpy": lambda: VcrCassette.load(path=str(path)),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(max(rounds, 15)):
        for name, way in ways.items():
            seconds[name].append(timed(way))
    print(f"Loading {agents:,} agents' states, {path.stat().st_size / 1e6:.1f} MB, ms; best, median:")
    for name, times in seconds.items():
        print(f"  {name}: {min(times) * 1e3:.1f}, {median(times) * 1e3:.1f}")
    ours, document, rows, _ = seconds.values()
    ratio("to the JSON of the body", median(ours), median(rows), "load")
    return ratio("to one JSON document", median(ours), median(document), "load")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", choices=LIMITS)
    options = parser.parse_args()
    reached = True
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        if options.only in {None, "tests"}:
            reached &= tests(root, options.tests, options.rounds)
        if options.only in {None, "requests"}:
            reached &= of_requests(root, options.rounds)
        if options.only in {None, "load"}:
            reached &= load(root, options.rounds)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
