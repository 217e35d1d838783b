"""Which line reads: the nearest one outside of this package, of libraries and of Python itself."""

import os
import re
import reprlib
import sys
import sysconfig
from enum import Enum, auto
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

from pytest_cxone.usage.values import Place

__all__ = ["Frames"]

_OURS: Final = str(Path(__file__).parents[1]) + os.sep
_SUITE: Final = os.path.join(_OURS, "contract", "")  # noqa: PTH118 - a prefix, with its separator
_PYTHON: Final = tuple(sysconfig.get_path(name) + os.sep for name in ("stdlib", "platstdlib"))
_INSTALLED: Final = re.compile(r".*[/\\](?:site|dist)-packages[/\\]")
_COMPREHENSION: Final = re.compile(r"(?:\.<locals>)?\.?<(?:listcomp|setcomp|dictcomp|genexpr)>")
"""From Python 3.12 on most are no functions of their own; the same line is to have the same name everywhere."""
_RUNNER: Final = os.path.join("_pytest", "runner.py")  # noqa: PTH118 - the end of a path


class _Whose(Enum):
    """Whose a file of code is."""

    PROJECT = auto()
    SHARED = auto()
    """It stands outside of the project, and is not installed."""
    LIBRARY = auto()
    PYTHON = auto()
    OURS = auto()
    NOBODY = auto()
    """It reads for nobody: the shipped contract suite, and what shortens texts for asyncio and pytest."""
    RUNNER = auto()
    """It runs tests: what is around it reads nothing."""


class Frames:
    """Finds the place of a reading in a project's code."""

    def __init__(self, project: Path) -> None:
        self._roots = tuple(dict.fromkeys(str(root) + os.sep for root in (project.absolute(), project.resolve())))
        self._whose = cache(self._look_up)

    def place(self) -> Place | None:
        """Return the place that reads now; None where it is nobody's.

        That is the nearest line of the project, or else of code that is shared and not installed. A thread that a
        library runs has neither: then it is the library's, or our client's.
        """
        shared: FrameType | None = None
        other: FrameType | None = None
        ours: FrameType | None = None
        frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - the documented way to it
        while frame is not None:
            match self._whose(frame.f_code.co_filename):
                case _Whose.PROJECT:
                    return self._place_of(frame)
                case _Whose.SHARED:
                    shared = shared or frame
                case _Whose.LIBRARY:
                    other = other or frame
                case _Whose.OURS:
                    ours = ours or frame
                case _Whose.NOBODY:
                    return None
                case _Whose.RUNNER:
                    return self._place_of(shared) if shared else None
                case _Whose.PYTHON:
                    pass
            frame = frame.f_back
        found = shared or other or ours
        return self._place_of(found) if found else None

    def _place_of(self, frame: FrameType) -> Place:
        code: CodeType = frame.f_code
        function = _COMPREHENSION.sub("", code.co_qualname) or "<module>"
        return Place(self._file_of(code.co_filename), frame.f_lineno, function)

    def _file_of(self, filename: str) -> str:
        path = os.path.abspath(filename)  # noqa: PTH100 - as it is written, links and all
        if installed := _INSTALLED.match(path):
            home = installed[0]
        elif path.startswith(_OURS):
            home = os.path.dirname(os.path.dirname(_OURS))  # noqa: PTH120 - as it is written
        else:
            home = next((root for root in self._roots if path.startswith(root)), self._roots[0])
        return Path(os.path.relpath(path, home)).as_posix()

    def _look_up(self, filename: str) -> _Whose:
        if filename.startswith("<"):
            return _Whose.PYTHON
        path = os.path.abspath(filename)  # noqa: PTH100 - as it is written, links and all
        if path.startswith(_SUITE) or path == reprlib.__file__:
            return _Whose.NOBODY
        if path.startswith(_OURS):
            return _Whose.OURS
        if path.endswith(_RUNNER):
            return _Whose.RUNNER
        if _INSTALLED.match(path):
            return _Whose.LIBRARY
        if path.startswith(_PYTHON):
            return _Whose.PYTHON
        return _Whose.PROJECT if path.startswith(self._roots) else _Whose.SHARED
