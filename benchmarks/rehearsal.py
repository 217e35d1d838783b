"""60 upgrades and 100 tests: how long does a rehearsal take, on two cores and on one?

Two suites of an integration on requests: one whose tests notice most of what they meet, and one that asserts next to
nothing, so that each upgrade runs with every test that it touches, which is the most runs there can be. Whole pytest
processes; prints seconds, the runs of tests that there were, and the score.

    python benchmarks/rehearsal.py [--tests 100] [--upgrades 60]
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pytest_cxone.rehearsal import upgrades

CODE = '''
import os

import requests


def rows(agent_id):
    """Ask for a token and for the states of one agent."""
    grant = requests.post(
        os.environ["CXONE_AUTH_URL"], timeout=10,
        data={
            "grant_type": "client_credentials", "client_id": os.environ["CXONE_CLIENT_ID"],
            "client_secret": os.environ["CXONE_CLIENT_SECRET"], "scope": "read:agent read:agent:status",
        },
    )
    if grant.status_code != 200:
        return []
    answer = requests.get(
        os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states", params={"agentId": agent_id}, timeout=10,
        headers={"Authorization": f"Bearer {grant.json().get('access_token')}"},
    )
    try:
        found = answer.json()
    except ValueError:
        return []
    return found if isinstance(found, list) else []
'''
TESTS = """
import pytest
from code_under_test import rows

from pytest_cxone import agent_online


@pytest.mark.usefixtures("cxone_tenant")
@pytest.mark.parametrize("number", range({tests}))
@agent_online("12345")
def test_it(number):
    found = rows("12345")
    {assertion}
"""
ASSERTIONS = {
    "tests that notice": 'assert [row["state"]["name"] for row in found] == ["Available"]',
    "tests that do not": "assert found is not None",
}


def write(folder, assertion, tests):
    folder.mkdir()
    (folder / "code_under_test.py").write_text(CODE)
    (folder / "test_it.py").write_text(TESTS.format(tests=tests, assertion=assertion))
    return folder


def run(folder, *arguments):
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--cxone-rehearse", *arguments]
    subprocess.run([*command, "--cxone-report=report.json"], check=True, capture_output=True, cwd=folder)
    took = time.perf_counter() - started
    return took, json.loads((folder / "report.json").read_text())["rehearsals"][0]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tests", type=int, default=100)
    parser.add_argument("--upgrades", type=int, default=60)
    options = parser.parse_args()
    # Those of the states and of tokens, which the tests ask for, not the first in the catalogue alone.
    touching = [id_ for id_ in upgrades("platform-v2") if not id_.startswith(("profile-", "region-"))]
    chosen = f"--cxone-rehearse-only={','.join(touching[: options.upgrades])}"
    with tempfile.TemporaryDirectory() as name:
        for title, assertion in ASSERTIONS.items():
            folder = write(Path(name) / title.replace(" ", "_"), assertion, options.tests)
            for cores, workers in (("two cores", ["-n", "2"]), ("one core ", [])):
                took, rehearsal = run(folder, chosen, *workers)
                told = f"{rehearsal['runs']:,} runs, {rehearsal['noticed']} noticed, {rehearsal['survived']} survived"
                print(f"{title}, {cores}  {took:5.1f} s  ({told})")


if __name__ == "__main__":
    main()
