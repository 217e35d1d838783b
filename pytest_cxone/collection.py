"""What pytest collects, and so which cassettes a test owns: a plugin for a run that is asked for nothing else."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from pytest_cxone.plugin import COLLECTED
from pytest_cxone.reporter import Collected

__all__ = ["Collection", "Refused", "collect", "remove"]

_STRAY: Final = re.compile(r".+\.yaml\.[0-9a-f]{16}\.tmp")
_MINUTE: Final = 60.0
"""Seconds: a recording that is not through with its file by then was killed."""


class Refused(Exception):
    """Nobody can tell which cassettes a test owns. `status` is pytest's, or 2 where it has no reason to complain."""

    def __init__(self, why: str, *, status: int = 2) -> None:
        self.status = status
        super().__init__(why)


class Collection:
    """What a run of pytest collected."""

    def __init__(self) -> None:
        self._collected: Collected | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take over what the run knows of its tests."""
        self._collected = session.config.stash[COLLECTED]

    def stale(self) -> Iterator[Path]:
        """Yield the project's cassettes that no test owns, and what a killed recording left. Raises `Refused`."""
        collected = self._collected
        if collected is None or not collected.items:
            raise Refused("no tests were collected", status=int(pytest.ExitCode.NO_TESTS_COLLECTED))
        if collected.is_part:
            raise Refused("a part of a file does not tell what the rest owns; name whole files or folders")
        shelf = collected.run.shelf
        folder = shelf.folder.resolve()
        if folder == shelf.shipped.resolve():
            raise Refused("the cassettes that pytest-cxone ships are not pruned")
        shelf.writable()
        if not folder.is_dir():
            return
        for path in (*shelf.orphans(collected.owned()), *sorted(filter(_is_stray, shelf.folder.glob("*/*.tmp")))):
            # A link may lead out of the folder.
            if path.resolve().is_relative_to(folder):
                yield path


def collect(arguments: list[str]) -> Collection:
    """Let pytest collect, and run nothing. Raises `Refused` where it does not come through."""
    collection = Collection()
    # pytest cannot rewrite what this process has imported, and a project may have made warnings errors.
    quiet = ["-W", "ignore:Module already imported:pytest.PytestAssertRewriteWarning"]
    # Whatever mode the environment asks for: no tenant is needed.
    status = pytest.main(["--collect-only", "-q", "--cxone=offline", *quiet, *arguments], plugins=[collection])
    if status != pytest.ExitCode.OK:
        is_empty = status == pytest.ExitCode.NO_TESTS_COLLECTED
        why = "no tests were collected" if is_empty else f"pytest could not collect all tests (exit status {status:d})"
        raise Refused(why, status=int(status))
    return collection


def remove(paths: list[Path]) -> None:
    """Remove files, and the folders that become empty by that."""
    for path in paths:
        path.unlink(missing_ok=True)
    for folder in {path.parent for path in paths}:
        with suppress(OSError):
            folder.rmdir()


def _is_stray(path: Path) -> bool:
    return _STRAY.fullmatch(path.name) is not None and time.time() - path.stat().st_mtime > _MINUTE
