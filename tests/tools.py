"""What tests that go through other programs share: those programs, a served fake, and an environment to run them in."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import pytest

__all__ = ["environment", "need", "served_fake", "skip_or_fail"]

_NOT_PASSED_ON = ("CXONE_", "TARGET_AGENT_ID", "PYTEST_", "NODE_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


def need(name: str) -> str:
    """Return the path of a program, for instance "node" or "curl"; where it is not installed, skip the test."""
    path = shutil.which(name)
    if path is None:
        skip_or_fail(f"{name} is not installed, or not on the PATH")
    return path


def skip_or_fail(reason: str) -> NoReturn:
    """Skip the test; where CXONE_REQUIRE_TOOLS is set, as in CI, fail it instead: nothing is left out unseen there."""
    if os.environ.get("CXONE_REQUIRE_TOOLS"):
        pytest.fail(f"{reason}; CXONE_REQUIRE_TOOLS is set, so it must be there")
    pytest.skip(reason)


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment without what would lead a program elsewhere, and with these variables."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(_NOT_PASSED_ON)}
    return {**kept, **(variables or {})}


@contextmanager
def served_fake(*options: str) -> Iterator[dict[str, str]]:
    """Run `pytest-cxone serve` in a process of its own until the block ends; yield the variables that it prints."""
    command = [sys.executable, "-m", "pytest_cxone", "serve", "--port", "0", *options]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    ) as process:
        try:
            said = process.stderr.readline()
            assert said.startswith("Serving a fake tenant"), said + process.stderr.read()
            printed = os.read(process.stdout.fileno(), 65_536).decode()
            yield dict(line.removeprefix("export ").split("=", 1) for line in printed.splitlines())
        finally:
            process.kill()
