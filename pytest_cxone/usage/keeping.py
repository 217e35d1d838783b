"""The committed file in a run: what it said before, what it says after, and the difference in a few lines."""

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Final

from pytest_cxone.usage.file import Committed, difference, read_usage, updated, write_usage
from pytest_cxone.usage.values import Usage
from pytest_cxone.validation import counted

__all__ = ["Keeper"]

_SHOWN: Final = 10


class Keeper:
    """Keeps the file at `path`, which need not be there yet. Names of test files in it are relative to `project`."""

    def __init__(self, path: Path, *, project: Path, dialect: str) -> None:
        self.path = path
        self._project = project
        self._dialect = dialect

    @cached_property
    def _before(self) -> Committed:
        return read_usage(self.path)

    @property
    def usage(self) -> Usage:
        """What the file said before the run. Raises `ConfigurationError` where it is damaged."""
        return self._before.usage(self._dialect)

    def keep(
        self, tests: Sequence[tuple[str, Usage]], *, ran_files: Collection[str], label_of: Callable[[str], str]
    ) -> Iterator[str]:
        """Write what these tests read, and yield what has changed of it; nothing where nothing has.

        What the file says of `ran_files`, of which every test ran and passed, is replaced, all else stays.
        """
        after = updated(
            self._before,
            tests,
            dialect=self._dialect,
            ran_files=ran_files,
            exists=lambda name: (self._project / name).exists(),
        )
        if not after.entries or not write_usage(self.path, after):
            return
        lines = difference(self._before, after, dialect=self._dialect, label_of=label_of)
        if not lines:
            yield f"{self.path.name} was written: the same is read, and other things cannot be seen"
            return
        signs = [line[0] for line in lines]
        told = [f"{counted(signs.count(sign), 'reading')} {word}" for sign, word in (("+", "new"), ("-", "gone"))]
        yield f"{self.path.name} was written: {', '.join(told)}"
        yield from (f"  {line}" for line in lines[:_SHOWN])
        if len(lines) > _SHOWN:
            yield f"  and {len(lines) - _SHOWN} more: the file's own difference has all"
