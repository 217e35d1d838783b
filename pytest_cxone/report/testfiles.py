"""Which file a test or a line of code is in, where that may be told to a viewer of code as a place."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

from pytest_cxone.usage.values import Use

__all__ = ["file_of", "first_file", "first_place"]

_FILE: Final = re.compile(r"[^\\:]{1,250}\.py")


def file_of(test: str) -> str | None:
    """Return the file of a test's node id; None where it is none, as a dotted module, or leads out of the project."""
    name = test.partition("::")[0]
    path = PurePosixPath(name)
    is_inside = not path.is_absolute() and ".." not in path.parts
    return path.as_posix() if is_inside and name.isprintable() and _FILE.fullmatch(name) else None


def first_file(tests: Iterable[str]) -> str | None:
    """Return the file of the first of these tests that has one to tell."""
    return next(filter(None, map(file_of, tests)), None)


def first_place(uses: Iterable[Use], tests: Iterable[str]) -> tuple[str, int] | None:
    """Return file and line of the code that reads something, or else a test's file; the line may be 0: not known."""
    told = [(file, use.place.line) for use in uses if (file := file_of(use.place.file)) is not None]
    # A committed file knows no lines.
    known = next((place for place in told if place[1]), None) or next(iter(told), None)
    file = first_file(tests)
    return known or (None if file is None else (file, 0))
