"""Packages of other people, each in a virtual environment of its own, as their users install them."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.tools import skip_or_fail

__all__ = ["installed"]

_OTHERS = ("python3.12", "python3.11", "python3")


def installed(requirement: str, folder: Path, *, needs: str) -> Path:
    """Install a package into a new virtual environment in a folder; return its Python.

    `needs` is a module of the standard library that the package imports and newer Pythons lack. Where no Python has
    it, or the package cannot be had, the test is skipped.
    """
    subprocess.run([_python_with(needs), "-m", "venv", str(folder)], capture_output=True, check=True, timeout=120)
    python = folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    install = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "--no-input", "--retries=0"]
    try:
        subprocess.run([*install, requirement], capture_output=True, text=True, check=True, timeout=300)
    except subprocess.CalledProcessError as error:
        said = error.stderr.strip().splitlines()
        skip_or_fail(f"pip cannot install {requirement} ({said[-1] if said else 'no reason given'})")
    except subprocess.TimeoutExpired:
        skip_or_fail(f"pip did not install {requirement} within five minutes")
    return python


def _python_with(module: str) -> str:
    python = next((python for python in _pythons() if _has(python, module)), None)
    if python is None:
        skip_or_fail(f"no Python here can make virtual environments and has the module {module}")
    return python


def _has(python: str, module: str) -> bool:
    """Ask a Python by running it: a program of that name may be a stand-in for a version that is not there."""
    tried = [python, "-W", "ignore", "-c", f"import ensurepip, {module}"]
    return subprocess.run(tried, capture_output=True, check=False, timeout=60).returncode == 0


def _pythons() -> Iterator[str]:
    yield sys.executable
    yield from filter(None, map(shutil.which, _OTHERS))
