"""`pytest-cxone diagnose` for ten thousand ids, against a loop that asks for each agent by itself.

    python benchmarks/diagnose.py [--agents N] [--sample N] [--rounds N]

Of the ids, 4 of 10 are online, 3 are logged out, and 3 are nobody's, mixed. The tenant is the served fake in a process
of its own, whose pages hold 100 rows and whose answers take 20 ms; it counts the requests itself.

1. The command, start-up included, with --quick and in full, on all ids. The loop is the way the document has it: a
   request for the state, and where that is empty one for the profile, each by `requests.get` and so over a connection
   of its own. It gets a sample of the ids, drawn evenly, and its time is scaled up; the sample is asked for in parts,
   one before each run of the command, so that both meet the machine in the same condition. Medians count.
   At least 50 times faster with --quick, and 10 times in full.
2. The listing alone, with 50 ms a page: one page at a time, and 4 under way together. At least 3 times faster.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import requests

from pytest_cxone.client import CXoneClient
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.fake.world import World
from pytest_cxone.server import serving
from pytest_cxone.settings import resolve

LIMITS = {"--quick": 50, "in full": 10, "4 at a time": 3}
ONLINE_OF_TEN, EXISTING_OF_TEN = 4, 7
FIRST_ID = 100_001
CREDENTIALS = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "secret"}


def ids_of(agents: int) -> list[str]:
    return [str(FIRST_ID + number) for number in range(agents)]


def drawn(agents: int, size: int, part: int, parts: int) -> list[str]:
    """Return one of the parts of a sample: spread over all the ids, and as mixed as they are."""
    tens = ((number * parts + part) * (agents // 10) // (size * parts) for number in range(size))
    return [str(FIRST_ID + ten * 10 + number % 10) for number, ten in enumerate(tens)]


# The tenant


def serve(agents: int, seconds: float) -> None:
    """Serve until the end of the input; answer each line of it with the number of requests since the last one."""
    asked = 0

    def count(request, forward, _):
        nonlocal asked
        asked += 1
        return forward(request)

    world = World(page_cap=100)
    for number, agent_id in enumerate(ids_of(agents)):
        if number % 10 < ONLINE_OF_TEN:
            world.log_in(agent_id)
        elif number % 10 < EXISTING_OF_TEN:
            world.add_agent(agent_id)
    world.add_client("me", "secret", scopes=["read:agent", "read:agent:status"])
    fake = Fake(new_world=lambda _: world, changes=[count], journal_length=1)
    fake.world("us")
    fake.add_fault(Fault(kind="latency", seconds=seconds))
    with serving(fake, "us") as served:
        print(served.url, flush=True)
        for _ in sys.stdin:
            print(asked, flush=True)
            asked = 0


class Tenant:
    """A tenant in a process of its own."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.url = process.stdout.readline().strip()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CXONE_")},
            **CREDENTIALS,
            "CXONE_BASE_URL": self.url,
        }

    def requests(self) -> int:
        """Return how many requests it has had since this was asked last."""
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())


@contextmanager
def tenant(agents: int, seconds: float) -> Iterator[Tenant]:
    command = [sys.executable, __file__, "--serve", str(agents), str(seconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield Tenant(process)
        process.stdin.close()


# Who asks


def command(there: Tenant, file: Path, agents: int, *options: str) -> None:
    """Run the command on all ids, and look whether it found what there is."""
    asked = [sys.executable, "-m", "pytest_cxone", "diagnose", "--from", str(file), "--json", *options]
    run = subprocess.run(asked, env=there.environment, stdout=subprocess.PIPE, text=True, check=False)
    found = json.loads(run.stdout)["summary"]
    online, existing = agents * ONLINE_OF_TEN // 10, agents * EXISTING_OF_TEN // 10
    others = {"not listed": agents - online}
    if "--quick" not in options:
        others = {"offline": existing - online, "unknown id": agents - existing}
    if found != {"online": online, **others}:
        raise RuntimeError(f"the command found {found}")


def loop(there: Tenant, ids: list[str]) -> None:
    """Ask for each agent by itself, as the document does, and look whether that found what there is."""
    form = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "secret"}
    token = requests.post(f"{there.url}/oauth/token", data=form, timeout=10).json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
    for agent_id in ids:
        states = f"{there.url}/api/v2/agents/states"
        answer = requests.get(states, headers=headers, params={"agentId": agent_id}, timeout=10)
        found = "online" if answer.json() else ""
        if not found:
            answer = requests.get(f"{there.url}/api/v2/agents/{agent_id}", headers=headers, timeout=10)
            found = "unknown" if answer.status_code == 404 else "offline"
        place = (int(agent_id) - FIRST_ID) % 10
        if found != ("online" if place < ONLINE_OF_TEN else "offline" if place < EXISTING_OF_TEN else "unknown"):
            raise RuntimeError(f"the loop found {agent_id} {found}")


def timed(ask: Callable[[], object]) -> float:
    begun = time.perf_counter()
    ask()
    return time.perf_counter() - begun


# The figures


def against_the_loop(agents: int, sample: int, rounds: int) -> bool:
    parts = 2 * rounds
    size = max(1, sample // parts // 10) * 10
    seconds: dict[str, list[float]] = {"--quick": [], "in full": []}
    counts: dict[str, int] = {}
    per_agent: list[float] = []
    of_loop = 0
    with tempfile.TemporaryDirectory() as folder, tenant(agents, 0.02) as there:
        file = Path(folder) / "ids"
        file.write_text("\n".join(ids_of(agents)), encoding="utf-8")
        for _ in range(rounds):
            for name, options in (("--quick", ["--quick"]), ("in full", [])):
                part = drawn(agents, size, len(per_agent), parts)
                there.requests()
                per_agent.append(timed(lambda part=part: loop(there, part)) / size)
                of_loop += there.requests() - 1
                seconds[name].append(timed(lambda options=options: command(there, file, agents, *options)))
                counts[name] = there.requests()
    scaled = median(per_agent) * agents
    print(f"{agents:,} ids, 20 ms an answer: requests, seconds (median), and how many times faster than the loop")
    print(f"  the loop  {of_loop * agents // (size * parts):>7,} {scaled:9.2f}  (scaled up from {size * parts} ids)")
    reached = True
    for name, times in seconds.items():
        reached &= told(f"{name:8}  {counts[name]:>7,} {median(times):9.2f}", scaled / median(times), LIMITS[name])
    return reached


def pages_ahead(agents: int, rounds: int) -> bool:
    seconds: dict[int, list[float]] = {1: [], 4: []}
    counts: dict[int, int] = {}
    with tenant(agents, 0.05) as there:
        settings = resolve({"base_url": there.url, "mode": "live"}, CREDENTIALS, {})
        for _ in range(rounds):
            for at_once, times in seconds.items():
                with CXoneClient(settings, at_once=at_once) as client:
                    client.tokens.grant(client.http, timeout=10)
                    there.requests()
                    listing = client.online_agents()
                    times.append(timed(lambda listing=listing: len({row.agent_id for row in listing})))
                    counts[at_once] = there.requests()
    print("the listing, 50 ms a page: requests, seconds (median)")
    one, four = (median(times) for times in seconds.values())
    print(f"  1 at a time  {counts[1]:>4,} {one:9.2f}")
    return told(f"4 at a time  {counts[4]:>4,} {four:9.2f}", one / four, LIMITS["4 at a time"])


def told(line: str, ratio: float, limit: float) -> bool:
    print(f"  {line}  {ratio:.1f} times (at least {limit}){'' if ratio >= limit else ' MISSED'}")
    return ratio >= limit


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=10_000)
    parser.add_argument("--sample", type=int, default=300, help="agents whom the loop asks for")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        agents, seconds = options.serve
        serve(int(agents), float(seconds))
        return 0
    reached = against_the_loop(options.agents, options.sample, options.rounds)
    reached &= pages_ahead(options.agents, options.rounds)
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
