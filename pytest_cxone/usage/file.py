"""The file of what is read: committed, so that a change of it shows in review what code newly depends on.

By dialect, operation and path it has the places that read, a line each, with the files of the tests that came there.
Places have no lines, which would change with every edit.
"""

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.usage.values import Place, Reading, Usage
from pytest_cxone.writing import write_whole

__all__ = ["Committed", "difference", "read_usage", "updated", "write_usage"]

_VERSION: Final = 1
_READ: Final = "read"
_WHOLE: Final = "whole"
_UNSEEN: Final = "unseen"
_KINDS: Final = (_READ, _WHOLE, _UNSEEN)


class Entry(NamedTuple):
    """One line of the file for one file of tests. `kind` is "read", "whole" or "unseen", which has no place."""

    operation: str
    kind: str
    path: str
    place: str
    tests: str

    def reading(self) -> Reading:
        """Return the reading that it stands for."""
        file, _, function = self.place.partition(": ")
        return Reading(self.operation, self.path, self.kind == _WHOLE, Place(file, 0, function))


@dataclass(frozen=True, slots=True)
class Committed:
    """What a file says, by dialect."""

    entries: Mapping[str, frozenset[Entry]] = field(default_factory=dict)

    def usage(self, dialect: str) -> Usage:
        """Return what it says is read of a dialect's answers; places have no line."""
        entries = self.entries.get(dialect, frozenset())
        return Usage(
            frozenset(entry.reading() for entry in entries if entry.kind != _UNSEEN),
            frozenset((entry.operation, entry.path) for entry in entries if entry.kind == _UNSEEN),
        )


def updated(
    committed: Committed,
    tests: Iterable[tuple[str, Usage]],
    *,
    dialect: str,
    ran_files: Collection[str],
    exists: Callable[[str], bool],
) -> Committed:
    """Return what the file is to say after a run in which these tests read this.

    What it says of files of tests that ran as a whole, `ran_files`, is forgotten, as is all of a file that no longer
    `exists`.
    """
    kept = committed.entries.get(dialect, frozenset())
    stay = {entry for entry in kept if entry.tests not in ran_files and exists(entry.tests)}
    now = frozenset(stay.union(*(_entries(test.partition("::")[0], usage) for test, usage in tests)))
    entries = {**committed.entries, dialect: now}
    return replace(committed, entries={name: some for name, some in entries.items() if some})


def _entries(tests: str, usage: Usage) -> Iterator[Entry]:
    for operation, path, is_whole, place in usage.readings:
        at = f"{place.file}: {place.function}"
        yield Entry(operation, _WHOLE if is_whole else _READ, path, at, tests)
    for operation, path in usage.unseen:
        yield Entry(operation, _UNSEEN, path, "", tests)


def difference(old: Committed, new: Committed, *, dialect: str, label_of: Callable[[str], str]) -> list[str]:
    """Return what is read now and was not, or is no longer: "+ GET /agents $[*].name (wallboard.py: refresh)"."""
    before, after = (one.usage(dialect).readings for one in (old, new))
    return [
        f"{'+' if one in after else '-'} {label_of(one.operation)} {one.path}{' and all below' if one.is_whole else ''}"
        f" ({one.place.file}: {one.place.function})"
        for one in sorted(before ^ after)
    ]


# The file


def write_usage(path: Path, committed: Committed) -> bool:
    """Write the file, whole or not at all. Return False where it says that already."""
    content = _text(committed).encode()
    with suppress(OSError):
        if path.read_bytes().replace(b"\r\n", b"\n") == content:
            return False
    write_whole(path, content)
    return True


def _text(committed: Committed) -> str:
    document: dict[str, Any] = {}
    for dialect, entries in sorted(committed.entries.items()):
        for operation, kind, path, place, tests in sorted(entries):
            paths = document.setdefault(dialect, {}).setdefault(operation, {}).setdefault(kind, {})
            at = (paths, path) if kind == _UNSEEN else (paths.setdefault(path, {}), place)
            at[0].setdefault(at[1], []).append(tests)
    return "\n".join(_lines({"version": _VERSION, "dialects": document})) + "\n"


def _lines(value: Any, before: str = "", indent: str = "", after: str = "") -> Iterator[str]:
    if not isinstance(value, dict) or not value:
        yield f"{indent}{before}{json.dumps(value)}{after}"
        return
    yield f"{indent}{before}{{"
    for number, (key, member) in enumerate(value.items(), 1):
        yield from _lines(member, f"{json.dumps(key)}: ", indent + " ", "," if number < len(value) else "")
    yield f"{indent}}}{after}"


def read_usage(path: Path) -> Committed:
    """Return what the file says; nothing where there is none. Raises `ConfigurationError` where it is damaged."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Committed()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise _damaged(path) from None
    version = document.get("version") if isinstance(document, dict) else None
    if version != _VERSION:
        if version is None:
            raise _damaged(path)
        raise ConfigurationError(
            f"{path} is of version {version!r}, expected {_VERSION}: another version of pytest-cxone wrote it; "
            "use that one, or delete the file and let a whole run with --cxone-usage write it anew"
        )
    try:
        entries = {name: frozenset(_read(some)) for name, some in document["dialects"].items()}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise _damaged(path) from None
    return Committed({name: some for name, some in entries.items() if some})


def _read(operations: Any) -> Iterator[Entry]:
    for operation, kinds in operations.items():
        for kind, paths in kinds.items():
            if kind not in _KINDS:
                raise ValueError(kind)
            for path, places in paths.items():
                for place, files in ({"": places} if kind == _UNSEEN else places).items():
                    if not isinstance(files, list):
                        raise TypeError(files)
                    yield from (Entry(operation, kind, path, place, str(tests)) for tests in files)


def _damaged(path: Path) -> ConfigurationError:
    return ConfigurationError(
        f"{path} is not a file of what is read, or a damaged one; restore it from version control, "
        "or delete it and let a whole run with --cxone-usage write it anew"
    )
