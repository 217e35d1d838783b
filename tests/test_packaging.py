"""What is built: the wheel carries what git tracks, and nothing else."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

git = shutil.which("git")
pytestmark = pytest.mark.skipif(
    git is None or not (ROOT / ".git").exists(), reason="needs git and a checkout: compares with the tracked files"
)


def tracked(*folders):
    listed = subprocess.run(
        [git, "ls-files", "-z", *folders], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT],
        check=True,
        capture_output=True,
    )
    [path] = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_the_wheel_holds_exactly_the_tracked_files_of_the_package(wheel):
    expected = {
        name if name.startswith("pytest_cxone/") else f"pytest_cxone/_data/{name}"
        for name in tracked("pytest_cxone", "schemas", "cassettes")
    }
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert held == expected


def test_the_wheel_is_a_typed_pytest_plugin_with_a_command(wheel):
    names = wheel.namelist()
    [entry_points] = [name for name in names if name.endswith("entry_points.txt")]
    text = wheel.read(entry_points).decode()
    assert "[pytest11]\ncxone = pytest_cxone.plugin" in text
    assert "pytest-cxone = pytest_cxone.cli:main" in text
    assert "pytest_cxone/py.typed" in names
    [metadata] = [name for name in names if name.endswith("METADATA")]
    assert "Classifier: Framework :: Pytest" in wheel.read(metadata).decode()


def test_the_top_level_is_as_designed():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11"
    needed = {requirement.split(">")[0].split("[")[0] for requirement in project["dependencies"]}
    assert {"pytest", "requests", "responses", "vcrpy", "jsonschema"} <= needed
    for name in ("pytest_cxone", "tests", "cassettes", "schemas", "docs", "examples", "benchmarks"):
        assert tracked(name), name
