"""Ten thousand agents compared with ten thousand others, against `json.loads` of the two bodies.

    python benchmarks/drift.py [--rows N] [--rounds N]

Of each dialect the listing of states: platform-v2's is one list, acd's an envelope with all fields that the contract
has. Nothing has changed but time: ids, names, moments and states of the second body are others, and the comparison is
to find nothing.

1. `observe` of both bodies and `compare`, parsing included: at most 3 times as long as `json.loads` of both. All run in
   turns in one process, and medians count.
2. As information, the whole of what a test costs in a run that compares: `see`, with the contract's validation.
"""

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from statistics import median
from typing import Any

from pytest_cxone.drift import compare, observe, see
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.schemas import Contract, contract

LIMIT = 3.0
STATES = ["LoggedOut", "Available", "Unavailable", "InboundContact", "OutboundContact", "Dialer"]
TEAMS = [f"Team {number}" for number in range(60)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """The listing of one dialect: where it is asked for, and what its answer is made of."""

    dialect: str
    url: str
    body: Callable[[Random, int], Any]


def moment(random: Random) -> str:
    return f"2026-11-{random.randint(1, 28):02}T{random.randint(0, 23):02}:00:{random.randint(0, 59):02}.{random.randint(1, 999):03}Z"


def name(random: Random) -> str:
    return "".join(random.choices("aeioumnrst", k=random.randint(4, 10))).capitalize()


def platform_v2(random: Random, rows: int) -> list[Any]:
    return [
        {
            "agentId": str(random.randint(10_000, 999_999)),
            "state": {"name": random.choice(STATES)},
            "stateGroup": {"name": random.choice(STATES[:3])},
            "lastUpdated": moment(random),
            "team": {"name": random.choice(TEAMS)},
        }
        for _ in range(rows)
    ]


def acd(random: Random, rows: int) -> dict[str, Any]:
    states = [acd_row(random) for _ in range(rows)]
    links = {"self": "https://api-na1.niceincontact.com/", "next": None, "previous": None}
    return {"totalRecords": rows, "_links": links, "lastPollTime": moment(random), "agentStates": states}


def acd_row(random: Random) -> dict[str, Any]:
    state, team, has_contact = random.randrange(len(STATES)), random.randrange(60), random.random() < 0.4
    first, last = name(random), name(random)
    return {
        "agentId": random.randint(10_000, 999_999),
        "agentStateId": state,
        "agentStateName": STATES[state],
        "agentStateCategory": STATES[state],
        "businessUnitId": 4_500_001,
        "contactId": random.randint(10**9, 10**10) if has_contact else None,
        "isActive": True,
        "isACW": random.random() < 0.1,
        "isOutbound": random.random() < 0.1,
        "firstName": first,
        "lastName": last,
        "userName": f"{first}.{last}@example.com".lower(),
        "lastUpdateTime": moment(random),
        "mediaTypeId": 4 if has_contact else None,
        "mediaTypeName": "PhoneCall" if has_contact else None,
        "openContacts": int(has_contact),
        "outStateDescription": None,
        "outStateId": 0,
        "skillId": random.randint(100, 200) if has_contact else 0,
        "skillName": f"Skill {random.randint(1, 99)}" if has_contact else None,
        "startDate": moment(random),
        "stationId": random.randint(1, 5_000),
        "teamId": team,
        "teamName": TEAMS[team],
        "contactStartHandleTime": moment(random) if has_contact else None,
        "fromAddress": f"+1555{random.randint(10**6, 10**7 - 1)}" if has_contact else None,
        "sessionStartTime": moment(random),
        "stationPhoneNumber": f"+1555{random.randint(10**6, 10**7 - 1)}",
        "toAddress": f"+1555{random.randint(10**6, 10**7 - 1)}" if has_contact else None,
    }


LISTINGS = [
    Listing(dialect="platform-v2", url="https://platform.nicecxone.com/api/v2/agents/states", body=platform_v2),
    Listing(
        dialect="acd",
        url="https://api-na1.niceincontact.com/inContactAPI/services/v31.0/agents/states",
        body=acd,
    ),
]


def exchanges(listing: Listing, rows: int) -> Iterator[Exchange]:
    """Yield what was asked before, and the same asked later."""
    for seed in (1, 2):
        body = json.dumps(listing.body(Random(seed), rows)).encode()
        yield Exchange(
            request=Request(method="GET", url=listing.url),
            response=Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=body),
        )


def compared(before: Exchange, after: Exchange, known: Contract) -> None:
    comparison = compare(observe([before], known), observe([after], known), contract=known)
    if comparison.findings or not comparison.operations:
        raise RuntimeError(f"nothing has changed, and it finds {comparison.summary}: {comparison.findings}")


def seconds(task: Callable[[], object]) -> float:
    gc.collect()
    begun = time.process_time()
    task()
    return time.process_time() - begun


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    reached = True
    for listing in LISTINGS:
        known = contract(listing.dialect)
        before, after = exchanges(listing, options.rows)
        tasks: dict[str, Callable[[], object]] = {
            "json.loads": lambda both=(before, after): [json.loads(one.response.body) for one in both],
            "compared": lambda both=(before, after), known=known: compared(*both, known),
            "see": lambda both=(before, after), known=known: [see([one], known) for one in both],
        }
        took: dict[str, list[float]] = {name: [] for name in tasks}
        for _ in range(options.rounds):
            for name_, task in tasks.items():
                took[name_].append(seconds(task))
        loads, drift, seen = (median(times) for times in took.values())
        size = (len(before.response.body) + len(after.response.body)) / 1e6
        print(f"{listing.dialect}: {options.rows:,} rows against {options.rows:,}, {size:.1f} MB")
        print(f"  json.loads of both        {loads * 1e3:7.0f} ms")
        missed = "" if drift / loads <= LIMIT else " MISSED"
        print(f"  observe both and compare  {drift * 1e3:7.0f} ms  {drift / loads:.2f} times (at most 3){missed}")
        print(f"  see both                  {seen * 1e3:7.0f} ms  {seen / loads:.2f} times")
        reached &= not missed
    return 0 if reached else 1


if __name__ == "__main__":
    raise SystemExit(main())
