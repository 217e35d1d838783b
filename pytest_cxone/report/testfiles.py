"""Which file a test is in, where that may be told to a viewer of code as a place."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Final

__all__ = ["file_of", "first_file"]

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
