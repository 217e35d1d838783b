"""What it costs code to have its reading of answers recorded, against the same code on plain dictionaries.

    python benchmarks/usage.py [--bodies N] [--rounds N]

Answers go through `requests.Response.json()`, and four fields of every row are read:

1. 1,000 bodies of 100 rows, platform-v2's with objects in its rows and acd's with 29 fields: at most 1.5 times plain.
2. As information: 1,000 bodies of one row, and bodies of 100 rows of which one field is read.
3. A run without usage patches nothing: `json()` is the library's own before and after.

Plain and recorded run in turns in one process, each with code of its own, since the interpreter adapts code to the
types that it meets. The shortest of the rounds counts: what else the machine does makes others longer.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from types import FunctionType
from typing import Any

import requests
from drift import acd, platform_v2

from pytest_cxone.schemas import contract
from pytest_cxone.usage.recorder import Recorder

LIMIT = 1.5
PLATFORM = "https://platform.nicecxone.com/api/v2/agents/states"
ACD = "https://api-na1.niceincontact.com/inContactAPI/services/v31.0/agents/states"


def read_platform(body: Any) -> None:
    for row in body:
        row["agentId"], row["state"]["name"], row["stateGroup"]["name"], row["lastUpdated"]


def read_acd(body: Any) -> None:
    for row in body["agentStates"]:
        row["agentId"], row["agentStateName"], row["teamName"], row["lastUpdateTime"]


def read_ids(body: Any) -> None:
    for row in body:
        row["agentId"]


CASES = [
    ("platform-v2, 100 rows", "platform-v2", PLATFORM, platform_v2, 100, read_platform, LIMIT),
    ("acd, 100 rows", "acd", ACD, acd, 100, read_acd, LIMIT),
    ("platform-v2, 100 rows, ids", "platform-v2", PLATFORM, platform_v2, 100, read_ids, None),
    ("platform-v2, one row", "platform-v2", PLATFORM, platform_v2, 1, read_platform, None),
]


def response(url: str, body: bytes) -> requests.Response:
    made = requests.Response()
    made.status_code = 200
    made.headers["Content-Type"] = "application/json"
    made.request = requests.Request("GET", url).prepare()
    made._content = body  # noqa: SLF001 - as the adapter does
    return made


def own(function: Callable[[Any], None]) -> Callable[[Any], None]:
    """Return a function with code of its own."""
    return FunctionType(function.__code__.replace(), globals())


def seconds(answer: requests.Response, read: Callable[[Any], None], bodies: int) -> float:
    gc.collect()
    begun = time.process_time()
    for _ in range(bodies):
        read(answer.json())
    return time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bodies", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    reached = True
    before = requests.Response.json
    recorder = Recorder(Path(__file__).parent)
    for title, dialect, url, make, rows, read, limit in CASES:
        answer = response(url, json.dumps(make(Random(1), rows)).encode())
        known, plainly, recorded = contract(dialect), own(read), own(read)
        plain, recording = [], []
        for _ in range(options.rounds):
            plain.append(seconds(answer, plainly, options.bodies))
            with recorder.test(known, lambda _: True) as notes:
                recording.append(seconds(answer, recorded, options.bodies))
        if not notes.usage.readings:
            raise RuntimeError("nothing was recorded")
        times = min(recording) / min(plain)
        missed = " MISSED" if limit and times > limit else ""
        most = f" (at most {limit})" if limit else ""
        each = (1e6 * min(took) / options.bodies for took in (plain, recording))
        print(
            "{:28} plain {:6.1f} µs, recorded {:6.1f} µs a body".format(title, *each),
            f" {times:.2f} times{most}{missed}",
        )
        reached &= not missed
    is_patched = requests.Response.json is not before
    whose = "patched: MISSED" if is_patched else "the library's own"
    print(f"without usage json() is {whose}")
    return 0 if reached and not is_patched else 1


if __name__ == "__main__":
    raise SystemExit(main())
