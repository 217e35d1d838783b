"""A test's cassette has one name, on every machine and file system, and shares it with no other test's."""

import re
import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pytest_cxone.cassettes.names import CassetteName, find_root, module_of
from pytest_cxone.errors import ConfigurationError

RESERVED = {"con", "prn", "aux", "nul", *(f"{port}{number}" for port in ("com", "lpt") for number in range(10))}


@pytest.mark.parametrize(
    ("module", "qualified", "file"),
    [
        ("tests.test_board", "test_shows_break", "tests.test_board/test_shows_break.yaml"),
        ("tests.my-board", "test_2", "tests.my-board/test_2.yaml"),
        ("tests.test_board", "test_x[us-1]", "tests.test_board/test_x-us-1-c1e72c95.yaml"),
        (
            "tests.test_board",
            "TestBoard.test_shows[lunch]",
            "tests.test_board/testboard.test_shows-lunch-36cc9e6e.yaml",
        ),
        ("tests.Test_Board", "test_x", "tests.test_board-d82272c5/test_x.yaml"),
        ("tests.test_board", "test_größe", "tests.test_board/test_gr-e-379d29ff.yaml"),
        ("tests.test_board", "test_x[../../etc]", "tests.test_board/test_x-..-..-etc-8c68eccf.yaml"),
        ("tests.test_board", "..", "tests.test_board/_-5ec1f7e7.yaml"),
        ("nul", "con.test_x", "nul-99e62427/_con.test_x-8030ee2e.yaml"),
        ("console", "com10", "console/com10.yaml"),
        ("a", "test_x-99e8cb29", "a/test_x-99e8cb29-71c9a0c8.yaml"),
    ],
    ids=[
        "plain",
        "dash",
        "parameter",
        "class",
        "capital module",
        "not ascii",
        "climbing",
        "dots only",
        "windows devices",
        "nearly windows devices",
        "ends like a digest",
    ],
)
def test_a_name_stands_in_a_file_that_every_file_system_takes(module, qualified, file):
    assert str(CassetteName(module, qualified).file) == file


def test_a_long_name_is_cut_and_stays_its_own():
    one, other = (CassetteName("m" * 200, "test_" + "x" * 200 + end).file for end in "ab")
    assert len(one.name) == len(one.parts[0]) == 120
    assert one.name != other.name
    assert CassetteName("m" * 120, "t" * 115).file.parts == ("m" * 120, "t" * 115 + ".yaml")


NAMES = st.text(min_size=1) | st.text(st.sampled_from("aA.-[]/ß_0:"), min_size=1) | st.sampled_from(sorted(RESERVED))


@given(NAMES, NAMES)
@example("test_a", "TEST_A")
@example("test_a[b]", "test_a(b)")
@example(unicodedata.normalize("NFC", "test_größe"), unicodedata.normalize("NFD", "test_größe"))
@example("test_x[us-1]", CassetteName("m", "test_x[us-1]").file.stem)
@example("a" * 500, "a" * 501)
@example("con.a", "_con.a")
@example("nul.", "nul")
@example("\ud800", "\ud801")
def test_no_two_names_share_a_file_and_each_is_safe(one, other):
    files = [CassetteName(name, name).file for name in (one, other)]
    for part in (part for file in files for part in file.parts):
        assert re.fullmatch(r"[a-z0-9_][a-z0-9._-]*[a-z0-9_]|[a-z0-9_]", part)
        assert len(part) <= 120
        assert part.partition(".")[0] not in RESERVED
    if one != other:
        assert files[0].parts[0].casefold() != files[1].parts[0].casefold()
        assert files[0].name.casefold() != files[1].name.casefold()


@given(st.text(st.characters(exclude_characters=":"), min_size=1), st.text(min_size=1))
def test_a_name_is_read_back_from_its_text(module, qualified):
    assert CassetteName.parse(str(CassetteName(module, qualified))) == CassetteName(module, qualified)


def test_a_parameter_may_look_like_a_module():
    assert CassetteName.parse("tests.test_a::test_b[c::d]") == CassetteName("tests.test_a", "test_b[c::d]")


@pytest.mark.parametrize("text", ["", "test_a", "::test_a", "tests.test_a::"])
def test_a_text_that_is_no_name_says_how_one_looks(text):
    with pytest.raises(ConfigurationError, match=r"'tests\.a::test_b', not '"):
        CassetteName.parse(text)


@pytest.mark.parametrize(
    ("path", "module"),
    [
        ("base/tests/test_board.py", "tests.test_board"),
        ("base/test_board.py", "test_board"),
        (
            "base/.venv/lib/python3.11/site-packages/pytest_cxone/contract/test_auth.py",
            "pytest_cxone.contract.test_auth",
        ),
        ("usr/lib/python3/dist-packages/wallboard/test_it.py", "wallboard.test_it"),
        ("elsewhere/package/inner/test_a.py", "package.inner.test_a"),
        ("elsewhere/alone/test_a.py", "test_a"),
        ("based/tests/test_a.py", "test_a"),
        ("base/my-tests/test a.py", "my-tests.test%20a"),
        ("base/v1.2/test_a.py", "v1%2E2.test_a"),
        ("base/v1/2/test_a.py", "v1.2.test_a"),
        ("base/größe/test_a.v2.py", "größe.test_a%2Ev2"),
        ("base/a::b/100%/test_a.py", "a%3A%3Ab.100%25.test_a"),
        ("base/docs/README.md", "docs.README%2Emd"),
    ],
    ids=[
        "under the base",
        "in the base",
        "installed",
        "installed by a distribution",
        "in packages",
        "alone",
        "beside the base",
        "dash and blank",
        "dot in a folder",
        "folders for that dot",
        "dot in a file",
        "parting signs",
        "a text of doctests",
    ],
)
def test_a_module_has_one_name_wherever_it_lies(tmp_path, path, module):
    for package in ("elsewhere/package/inner", "elsewhere/package"):
        (tmp_path / package).mkdir(parents=True, exist_ok=True)
        (tmp_path / package / "__init__.py").touch()
    assert module_of(tmp_path / path, base=tmp_path / "base") == module


def test_a_base_that_is_reached_by_a_link_is_the_same_base(tmp_path):
    (tmp_path / "base" / "tests").mkdir(parents=True)
    try:
        (tmp_path / "link").symlink_to(tmp_path / "base", target_is_directory=True)
    except OSError:
        pytest.skip("no links here")
    test_file = Path("tests", "test_a.py")
    assert module_of(tmp_path / "link" / test_file, base=tmp_path / "base") == "tests.test_a"
    assert module_of(tmp_path / "base" / test_file, base=tmp_path / "link") == "tests.test_a"


def test_a_file_that_is_a_link_lies_where_the_link_is(tmp_path, monkeypatch):
    for folder in ("base/tests", "store"):
        (tmp_path / folder).mkdir(parents=True)
    try:
        (tmp_path / "base" / "tests" / "test_a.py").symlink_to(tmp_path / "store" / "test_b.py")
    except OSError:
        pytest.skip("no links here")
    monkeypatch.chdir(tmp_path / "base")
    assert module_of(tmp_path / "base" / "tests" / "test_a.py", base=Path()) == "tests.test_a"


def test_a_relative_path_counts_from_where_pytest_was_started(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert module_of(Path("tests/test_a.py"), base=tmp_path) == "tests.test_a"
    assert module_of(tmp_path / "tests" / "test_a.py", base=Path()) == "tests.test_a"
    (tmp_path / "__init__.py").touch()
    assert module_of(Path("test_a.py"), base=tmp_path / "elsewhere") == f"{tmp_path.name}.test_a"
    assert find_root(Path(), "v2") == tmp_path / "cassettes" / "v2"


@given(*[st.lists(st.text(st.characters(exclude_characters="/\0"), min_size=1), min_size=1, max_size=3)] * 2)
def test_no_two_files_share_a_module(one, other):
    base = Path("/base").absolute()
    files = [base.joinpath(*parts[:-1], f"{parts[-1]}.py") for parts in (one, other)]
    modules = {module_of(file, base=base) for file in files}
    assert len(modules) == len(set(files))


@pytest.mark.parametrize(
    ("folders", "found"),
    [
        (["repo/.git", "repo/cassettes/v2", "repo/a/b"], "repo"),
        (["repo/.git", "repo/cassettes/v2", "repo/a/cassettes/v2", "repo/a/b"], "repo/a"),
        (["repo/.git", "repo/cassettes/v1", "repo/a/b"], "repo/a/b"),
        (["cassettes/v2", "repo/.git", "repo/a/b"], "repo/a/b"),
        (["cassettes/v2", "repo/a/b"], "."),
        (["repo/cassettes/v2", "repo/a/b/.git"], "repo/a/b"),
    ],
    ids=[
        "above",
        "nearest",
        "another dialect",
        "not above the repository",
        "no repository",
        "the start is a repository",
    ],
)
def test_the_cassettes_are_found_at_the_start_or_above_within_the_repository(tmp_path, folders, found):
    for folder in folders:
        (tmp_path / folder).mkdir(parents=True)
    assert find_root(tmp_path / "repo" / "a" / "b", "v2") == tmp_path / found / "cassettes" / "v2"


def test_a_work_tree_of_git_is_a_repository_too(tmp_path):
    (tmp_path / "cassettes" / "v2").mkdir(parents=True)
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / ".git").write_text("gitdir: elsewhere")
    assert find_root(tmp_path / "tree", "v2") == tmp_path / "tree" / "cassettes" / "v2"
