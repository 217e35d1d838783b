"""What pytest collects, and so which cassettes a test owns: a plugin for a run that is asked for nothing else."""

import re
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from pytest_cxone.plugin import RUN
from pytest_cxone.reporter import qualified_name
from pytest_cxone.run import Run

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
    """Takes down the tests that are collected, before any are deselected."""

    def __init__(self) -> None:
        self.run: Run | None = None
        self.is_part = False
        self._items: list[pytest.Item] = []

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Take a test down."""
        self._items.append(item)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Take the run, which knows where cassettes are."""
        config = session.config
        self.run = config.stash[RUN]
        self.is_part = any("::" in argument for argument in config.args) or config.getoption("lf", default=False)

    def stale(self) -> Iterator[Path]:
        """Yield the project's cassettes that no test owns, and what a killed recording left. Raises `Refused`."""
        if self.run is None or not self._items:
            raise Refused("no tests were collected", status=int(pytest.ExitCode.NO_TESTS_COLLECTED))
        if self.is_part:
            raise Refused("a part of a file does not tell what the rest owns; name whole files or folders")
        shelf = self.run.shelf
        folder = shelf.folder.resolve()
        if folder == shelf.shipped.resolve():
            raise Refused("the cassettes that pytest-cxone ships are not pruned")
        shelf.writable()
        if not folder.is_dir():
            return
        owned = {shelf.name_of(item.path, qualified_name(item)) for item in self._items}
        for path in (*shelf.orphans(owned), *sorted(filter(_is_stray, shelf.folder.glob("*/*.tmp")))):
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
