"""The guide to code in any language: its commands print what it shows, and its table has all that there is."""

import json
import os
import re
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from pytest_cxone.fake.admin.front import OPERATIONS
from tests.tools import environment, need

PAGE = (Path(__file__).parent.parent / "docs" / "any-language.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
END = "== the end of a block =="


def steps():
    """Each block of commands with the block that shows its output, or None."""
    for (language, commands), (shown_as, shown) in zip(BLOCKS, [*BLOCKS[1:], ("sh", "")], strict=True):
        if language == "sh":
            yield commands, None if shown_as == "sh" else (shown_as, shown)


def run(script, folder):
    """Run a script of sh with `pytest-cxone` on the PATH; return what it printed. Nothing that it started stays."""
    command = folder / "bin" / "pytest-cxone"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m pytest_cxone "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    # Files and not pipes, which what the script has started would keep open.
    with (folder / "printed").open("w+") as printed, (folder / "said").open("w+") as said:
        with subprocess.Popen(
            ["sh", "-eu", "-c", script],
            cwd=folder,
            env=environment({"PATH": path, "CURL_HOME": str(folder)}),
            stdout=printed,
            stderr=said,
            start_new_session=True,
        ) as process:
            try:
                process.wait(timeout=60)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
        assert process.returncode == 0, (folder / "said").read_text()
        return (folder / "printed").read_text()


def comparable(text):
    """Return JSON as values, without what differs from run to run: times, ports, and what this curl says of itself."""
    text = re.sub(r"\d{4}-\d\d-\d\dT[\d:.]+Z", "a time", text)
    text = re.sub(r'("user-agent": "curl)[^"]*', r"\1", text)
    text = re.sub(r'("host": "127\.0\.0\.1)[^"]*', r"\1", text)
    return json.loads(text)


@pytest.mark.skipif(os.name != "posix", reason="the commands are sh's")
def test_the_commands_print_what_the_guide_shows(tmp_path):
    need("curl")
    script = "".join(f"{commands}echo '{END}'\n" for commands, _ in steps())
    printed = run(script, tmp_path).split(f"{END}\n")[:-1]
    for (commands, expected), output in zip(steps(), printed, strict=True):
        match expected:
            case None:
                assert output == "", commands
            case "json", shown:
                assert comparable(output) == comparable(shown), commands
            case _, shown:
                assert output == shown, commands


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_the_table_has_every_route_with_all_that_it_takes(operation):
    row = re.search(
        rf"^\| `{operation.method} /__cxone__/{re.escape(operation.path)}` \| (.*?) ?\| (.+) \|$", PAGE, re.MULTILINE
    )
    assert row is not None
    assert re.findall(r"`\??(\w+)=?`", row[1]) == [*operation.body, *operation.query]


def test_the_table_has_no_route_that_there_is_not():
    routes = re.findall(r"^\| `(\w+ /__cxone__/\S*)` \|", PAGE, re.MULTILINE)
    assert sorted(routes) == sorted(f"{operation.method} /__cxone__/{operation.path}" for operation in OPERATIONS)
