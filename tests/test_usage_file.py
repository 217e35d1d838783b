"""The committed file: small differences, nothing lost that did not run, and a clear word where it is damaged."""

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.usage.file import Committed, difference, read_usage, updated, write_usage
from pytest_cxone.usage.values import Place, Reading, Usage

V2 = "platform-v2"
TEXT = """\
{
 "version": 1,
 "dialects": {
  "platform-v2": {
   "listAgentStates": {
    "read": {
     "$": {
      "a.py: A.read": ["test_a.py", "test_b.py"]
     },
     "$[*].agentId": {
      "a.py: A.read": ["test_a.py"]
     }
    },
    "unseen": {
     "$": ["test_b.py"]
    },
    "whole": {
     "$[*].state": {
      "b.py: dump": ["test_b.py"]
     }
    }
   }
  }
 }
}
"""


def usage(*paths, file="a.py", function="A.read", unseen=(), line=3):
    return Usage(
        frozenset(
            Reading("listAgentStates", path.removesuffix("!"), path.endswith("!"), Place(file, line, function))
            for path in paths
        ),
        frozenset(("listAgentStates", path) for path in unseen),
    )


TESTS = [
    ("test_a.py::test_one", usage("$", "$[*].agentId")),
    ("test_b.py::test_two", usage("$", unseen=["$"])),
    ("test_b.py::test_two", usage("$[*].state!", file="b.py", function="dump")),
]


def after(committed, tests, *, ran=("test_a.py", "test_b.py"), gone=(), dialect=V2):
    return updated(committed, tests, dialect=dialect, ran_files=ran, exists=lambda file: file not in gone)


def read_by(committed, dialect=V2):
    return {(one.path, one.place.file) for one in committed.usage(dialect).readings}


def test_a_place_has_a_line_of_its_own_and_no_line_number(tmp_path):
    path = tmp_path / "new" / "usage.json"
    assert write_usage(path, after(Committed(), TESTS))
    assert path.read_text() == TEXT
    assert [one.name for one in path.parent.iterdir()] == ["usage.json"]


def test_what_is_written_is_read_again(tmp_path):
    committed = after(after(Committed(), TESTS), [("t.py::t", usage("$"))], dialect="acd")
    write_usage(tmp_path / "usage.json", committed)
    assert read_usage(tmp_path / "usage.json") == committed
    assert committed.usage(V2) == Usage.merged(
        [usage("$", "$[*].agentId", unseen=["$"], line=0), usage("$[*].state!", file="b.py", function="dump", line=0)]
    )


def test_nothing_is_written_where_nothing_changed(tmp_path):
    path = tmp_path / "usage.json"
    path.write_text(TEXT)
    before = path.stat().st_ino
    assert not write_usage(path, after(read_usage(path), [(test, one) for test, one in reversed(TESTS)]))
    assert path.stat().st_ino == before


def test_a_checkout_with_other_ends_of_lines_has_not_changed(tmp_path):
    path = tmp_path / "usage.json"
    path.write_bytes(TEXT.replace("\n", "\r\n").encode())
    assert not write_usage(path, after(Committed(), TESTS))


def test_no_file_says_nothing(tmp_path):
    assert read_usage(tmp_path / "usage.json") == Committed()
    assert not Committed().usage(V2)


OLD = after(Committed(), [("test_a.py::t", usage("$", "$[*].old")), ("test_b.py::t", usage("$[*].other", file="b.py"))])
NEW = [("test_a.py::t", usage("$", "$[*].new"))]
UPDATES = {
    "a file that ran whole is replaced": ({"ran": ["test_a.py"]}, {("$", "a.py"), ("$[*].new", "a.py"), ("$[*].other", "b.py")}),
    "a file that ran in part keeps what it had": (
        {"ran": []},
        {("$", "a.py"), ("$[*].new", "a.py"), ("$[*].old", "a.py"), ("$[*].other", "b.py")},
    ),
    "a file that is gone is forgotten": ({"ran": ["test_a.py"], "gone": ["test_b.py"]}, {("$", "a.py"), ("$[*].new", "a.py")}),
}  # fmt: skip


@pytest.mark.parametrize(("how", "expected"), UPDATES.values(), ids=UPDATES)
def test_a_run_replaces_what_it_saw(how, expected):
    assert read_by(after(OLD, NEW, **how)) == expected


def test_a_run_of_one_dialect_leaves_the_other():
    both = after(OLD, NEW, dialect="acd")
    assert both.usage(V2) == OLD.usage(V2)
    assert read_by(both, "acd") == {("$", "a.py"), ("$[*].new", "a.py")}


def test_what_nobody_reads_any_more_leaves_nothing():
    assert after(OLD, []) == Committed()


def test_a_difference_says_what_is_read_now_and_what_no_longer():
    new = after(OLD, [("test_a.py::t", usage("$", "$[*].new", "$[*].state!"))])
    assert difference(OLD, new, dialect=V2, label_of=lambda _: "GET /states") == [
        "+ GET /states $[*].new (a.py: A.read)",
        "- GET /states $[*].old (a.py: A.read)",
        "- GET /states $[*].other (b.py: A.read)",
        "+ GET /states $[*].state and all below (a.py: A.read)",
    ]


DAMAGED = {
    "no JSON": "{",
    "no object": "[]",
    "no version": '{"dialects": {}}',
    "no dialects": '{"version": 1}',
    "dialects of another type": '{"version": 1, "dialects": []}',
    "paths of another type": '{"version": 1, "dialects": {"platform-v2": {"a": {"read": ["$"]}}}}',
    "tests of another type": '{"version": 1, "dialects": {"platform-v2": {"a": {"read": {"$": {"a.py: f": "test_a.py"}}}}}}',
    "another kind": '{"version": 1, "dialects": {"platform-v2": {"a": {"written": {}}}}}',
    "very deep": "[" * 100_000,
    "another encoding": "\udcff",
}


@pytest.mark.parametrize("text", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_said_to_be_one(tmp_path, text):
    path = tmp_path / "usage.json"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(
        ConfigurationError, match=r"usage\.json is not a file of what is read, or a damaged one; restore"
    ):
        read_usage(path)


def test_a_file_of_another_version_is_said_to_be_one(tmp_path):
    path = tmp_path / "usage.json"
    path.write_text('{"version": 2, "dialects": {}}')
    with pytest.raises(ConfigurationError, match=r"is of version 2, expected 1: another version of pytest-cxone wrote"):
        read_usage(path)


def test_a_folder_cannot_be_read(tmp_path):
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        read_usage(tmp_path)
