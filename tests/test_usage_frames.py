"""The place of a reading: the project's own line, whatever library stands between it and the answer."""

import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import pytest_cxone
from pytest_cxone.usage.frames import Frames

PROJECT = Path("/project")
INSTALLED = "/project/.venv/lib/python3.11/site-packages"
PYTHON = sysconfig.get_path("stdlib")
OURS = str(Path(pytest_cxone.__file__).parent)


def place_in(*stack):
    """Return the place that is found where files call one another, the outermost first."""
    frames = Frames(PROJECT)
    call = frames.place
    for file in reversed(stack):
        names = {"call": call}
        exec(compile("class A:\n    def b():\n        return call()", file, "exec"), names)
        call = names["A"].b
    with ThreadPoolExecutor(1) as pool:
        # As a thread begins: nothing of these tests is around it.
        return pool.submit(call).result()


CASES = {
    "the project": (["/project/app/board.py"], "app/board.py"),
    "the nearest of the project": (["/project/tests/test_it.py", "/project/app.py"], "app.py"),
    "below a library": (["/project/app.py", f"{INSTALLED}/sdk/client.py"], "app.py"),
    "below Python": (["/project/app.py", f"{PYTHON}/json/encoder.py", "<string>"], "app.py"),
    "below our client": (["/project/app.py", f"{OURS}/client/client.py"], "app.py"),
    "below shared code": (["/project/app.py", "/shared/code.py"], "app.py"),
    "shared code alone": (["/shared/code.py"], "../shared/code.py"),
    "a library's thread": ([f"{PYTHON}/threading.py", f"{INSTALLED}/sdk/client.py"], "sdk/client.py"),
    "our client's thread": ([f"{PYTHON}/threading.py", f"{OURS}/client/listing.py"], "pytest_cxone/client/listing.py"),
    "shared code in a test run": ([f"{INSTALLED}/_pytest/runner.py", "/shared/code.py"], "../shared/code.py"),
    "the contract suite": (["/project/conftest.py", f"{OURS}/contract/test_listing.py", f"{OURS}/client/client.py"], None),
    "a text for asyncio": (["/project/app.py", f"{PYTHON}/asyncio/base_futures.py", f"{PYTHON}/reprlib.py"], None),
    "the runner, below a conftest": (["/project/conftest.py", f"{INSTALLED}/_pytest/runner.py", f"{INSTALLED}/_pytest/reports.py"], None),
    "ours in a test run": ([f"{INSTALLED}/_pytest/runner.py", f"{OURS}/trial.py"], None),
}  # fmt: skip


@pytest.mark.parametrize(("stack", "file"), CASES.values(), ids=CASES)
def test_the_place_is_the_nearest_line_that_is_somebodys(stack, file):
    place = place_in(*stack)
    assert (place and (place.file, place.line, place.function)) == (file and (file, 3, "A.b"))


def test_a_link_to_the_project_is_the_project(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "real" / "code.py").write_text("def read(place):\n    return place()\n")
    for root in ("real", "link"):
        names = {}
        exec(compile((tmp_path / "real" / "code.py").read_text(), str(tmp_path / "real" / "code.py"), "exec"), names)
        assert names["read"](Frames(tmp_path / root).place) == ("code.py", 2, "read")


COMPREHENSIONS = {
    "list": "[place() for _ in '1'][0]",
    "dict": "{1: place() for _ in '1'}[1]",
    "set": "{place() for _ in '1'}.pop()",
    "generator": "next(place() for _ in '1')",
    "one in another": "[[place() for _ in '1'][0] for _ in '1'][0]",
}


@pytest.mark.parametrize("text", COMPREHENSIONS.values(), ids=COMPREHENSIONS)
def test_a_comprehension_is_told_by_the_function_around_it(text):
    code = f"def read(place):\n    return {text}\nfound = {text}\nclass A:\n    found = {text}"
    names = {"place": Frames(PROJECT).place}
    exec(compile(code, "/project/app.py", "exec"), names)
    found = names["read"](names["place"]), names["found"], names["A"].found
    assert [(one.line, one.function) for one in found] == [(2, "read"), (3, "<module>"), (5, "A")]
