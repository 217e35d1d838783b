"""What the code under test reads of a tenant's answers, taken down test by test."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from pytest_cxone.model import Request
from pytest_cxone.paths import BODY
from pytest_cxone.schemas import Contract
from pytest_cxone.usage.frames import Frames
from pytest_cxone.usage.nodes import Node
from pytest_cxone.usage.seams import seen
from pytest_cxone.usage.values import Place, Reading, Usage

__all__ = ["Notes", "Recorder"]

_READERS: Final = frozenset(
    {"bson", "cysimdjson", "msgspec", "orjson", "polars", "pydantic_core", "rapidjson", "ujson"}
)
"""Libraries that read a dictionary in C, past all of its methods: where one is loaded, it may have read anything."""
_SUCCESS: Final = 2


class Notes:
    """What one test read, as it is known by now; `hidden` gives what may have been read unseen, until it is over.

    `watched` are the operations of which an answer passed through a library that is watched.
    """

    def __init__(self, hidden: Callable[[], set[tuple[str, str]]]) -> None:
        self.readings: dict[tuple[str, str, bool], Reading] = {}
        self.unseen: set[tuple[str, str]] = set()
        self.watched: set[str] = set()
        self._hidden = hidden

    @property
    def usage(self) -> Usage:
        """What was read, and what may have been read unseen."""
        return Usage(frozenset(self.readings.values()), frozenset(self.unseen | self._hidden()))

    def add_unwatched(self, operations: Iterable[str]) -> None:
        """Note operations that gave answers: what is not `watched` was read by another library or program."""
        self.unseen.update((operation, BODY) for operation in operations if operation not in self.watched)

    def close(self) -> None:
        """Keep what is known by now: the next test begins."""
        self.unseen |= self._hidden()
        self._hidden = set

    def says(self, operation: str, path: str, place: Place) -> bool:
        """Whether this place is known to read all of something around a path: who copies an object reads each key."""
        return any(
            one.is_whole
            and one.place == place
            and one.operation == operation
            and path.startswith((one.path + ".", one.path + "["))
            for one in tuple(self.readings.values())
        )


class Recorder:
    """Records what code reads of the answers of one dialect.

    `project` is the folder that files are told relative to. One is made for a run, and used for one test after another:
    what it knows of places and lines stays. `modules` are those that are loaded.
    """

    def __init__(self, project: Path, *, modules: Collection[str] = sys.modules) -> None:
        self._modules = modules
        self._frames = Frames(project)
        self._roots: dict[str, Node] = {}
        self._notes: Notes | None = None
        self._asides = 0

    @contextmanager
    def test(self, contract: Contract, claims: Callable[[str], bool]) -> Iterator[Notes]:
        """Record what is read of answers from URLs that `claims` accepts, until the block is left.

        `contract` says which operation a request calls, at the tenant's hosts. The notes stay when it is left.
        """
        for root in self._roots.values():
            root.begin()
        operations: dict[tuple[str, str], str | None] = {}

        def operation_of(method: str, url: str) -> str | None:
            asked = method, url.partition("?")[0]
            if asked not in operations:
                called = contract.operation_for(Request(method=method, url=url)) if claims(url) else None
                operations[asked] = None if called is None else called.id
            return operations[asked]

        def parsed(method: str, url: str, document: Any, *, is_theirs: bool) -> Any:
            operation = None if self._asides else operation_of(method, url)
            return document if operation is None else self._handed(operation, document, is_theirs=is_theirs)

        def taken(method: str, url: str, status: int, *, is_raw: bool) -> None:
            operation = None if self._asides else operation_of(method, url)
            if operation is not None:
                notes.watched.add(operation)
                # What is said of a failure is for people.
                if is_raw and status // 100 == _SUCCESS:
                    notes.unseen.add((operation, BODY))

        notes = self._notes = Notes(self._unseen)
        try:
            with seen(parsed, taken):
                yield notes
        finally:
            self._notes = None
            notes.close()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Record nothing until the block is left: what the plugin itself asks is no reading of anybody's."""
        self._asides += 1
        try:
            yield
        finally:
            self._asides -= 1

    def _handed(self, operation: str, document: Any, *, is_theirs: bool) -> Any:
        """Return what `json()` gives for a body, which is a reading of it."""
        self.write(operation, BODY, is_whole=False)
        if self._notes is not None:
            self._notes.watched.add(operation)
            if is_theirs:
                self._notes.unseen.add((operation, BODY))
        if is_theirs:
            return document
        if operation not in self._roots:
            self._roots.setdefault(operation, Node(operation, BODY, self))
        return self._roots[operation].telling(document)

    def _unseen(self) -> set[tuple[str, str]]:
        unseen = {(node.operation, node.path) for root in self._roots.values() for node in root if node.is_hidden}
        if not _READERS.isdisjoint(self._modules):
            unseen |= {(id_, BODY) for id_, root in self._roots.items() if any(node.is_met for node in root)}
        return unseen

    # The book (nodes.Book)

    @property
    def is_open(self) -> bool:
        """Whether a test is under way, and nobody is aside."""
        return self._notes is not None and not self._asides

    def write(self, operation: str, path: str, *, is_whole: bool) -> bool:
        """Take down that a path is read, and where, for the first time in a test."""
        notes = self._notes
        if notes is None or self._asides:
            return False
        known = operation, path, is_whole
        if known not in notes.readings:
            place = self._frames.place()
            if place is None:
                return False
            if not notes.says(operation, path, place):
                notes.readings.setdefault(known, Reading(*known, place))
        return True
