"""1,000 tests with `@agent_online` and one client call, against the same tests written by hand with `responses`.

Both ask for a token and for the agent's state. Whole pytest processes, in turn; prints medians and the ratio, and
the same for the tests alone (an empty run of each kind taken off).

    python benchmarks/markers.py [--tests 1000] [--runs 7]
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

MARKED = """
from pytest_cxone import agent_online
{tests}
"""
MARKED_TEST = """
@agent_online("12345")
def test_{number}(cxone):
    assert cxone.agent_state("12345").state == "Available"
"""
BY_HAND = """
import requests, responses
{tests}
"""
BY_HAND_TEST = """
@responses.activate
def test_{number}():
    responses.post(
        "https://platform.nicecxone.com/oauth/token",
        json={{"access_token": "t", "token_type": "Bearer", "expires_in": 900}},
    )
    responses.get(
        "https://platform.nicecxone.com/api/v2/agents/states",
        json=[{{"agentId": "12345", "state": {{"name": "Available"}}, "stateGroup": {{"name": "Available"}},
               "lastUpdated": "2026-11-22T10:00:00.000Z"}}],
    )
    with requests.Session() as session:
        token = session.post(
            "https://platform.nicecxone.com/oauth/token",
            data={{"grant_type": "client_credentials", "client_id": "i", "client_secret": "s"}}, timeout=10,
        ).json()["access_token"]
        rows = session.get(
            "https://platform.nicecxone.com/api/v2/agents/states", params={{"agentId": "12345"}},
            headers={{"Authorization": f"Bearer {{token}}"}}, timeout=10,
        ).json()
    assert rows[0]["state"]["name"] == "Available"
"""


def write(folder, module, test, count):
    folder.mkdir()
    tests = "".join(test.format(number=number) for number in range(count))
    (folder / "test_it.py").write_text(module.format(tests=tests))
    return folder


def run(folder):
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=folder)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        marked = write(root / "marked", MARKED, MARKED_TEST, options.tests)
        by_hand = write(root / "by_hand", BY_HAND, BY_HAND_TEST, options.tests)
        run(marked), run(by_hand)
        pairs = [(run(marked), run(by_hand)) for _ in range(options.runs)]
    print(f"@agent_online  {statistics.median(pair[0] for pair in pairs):.2f} s")
    print(f"responses      {statistics.median(pair[1] for pair in pairs):.2f} s")
    print(f"ratio          {statistics.median(a / b for a, b in pairs):.2f}")


if __name__ == "__main__":
    main()
