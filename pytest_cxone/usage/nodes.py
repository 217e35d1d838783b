"""The places of an operation's answers as a tree, and what of them is read in the test that runs."""

from collections.abc import Callable, Iterator
from functools import partial
from threading import RLock
from typing import Any, Final, Protocol

from pytest_cxone.paths import ITEMS, UNNAMED, step_to
from pytest_cxone.usage.recording import Watcher, closed_kind, maker_of, opened_kind, reopen

__all__ = ["Book", "Node"]

_DEEPEST: Final = 32
"""Below this many levels nothing is made to tell; drift looks no deeper either."""
_LONG: Final = 50
"""Rows of a list from which on it is felt what each of them costs."""
_ENOUGH: Final = 50
"""Long lists of one place in a test, with nothing new that is read of them, after which every other one is watched."""
_NOTHING: Final[frozenset[str]] = frozenset()
_CONTAINERS: Final = frozenset({dict, list})
_LEAVES: Final = frozenset({str, int, float, bool})

_getitem: Final = dict.__getitem__
_setitem: Final = dict.__setitem__


class Book(Protocol):
    """Takes down what is read."""

    @property
    def is_open(self) -> bool:
        """Whether anything is taken down now."""

    def write(self, operation: str, path: str, *, is_whole: bool) -> bool:
        """Take down that a path is read by whoever asks now; return False where that is nobody who counts."""


class Node:
    """One place: what was read there in this test, and the classes of the objects that stand there.

    An object in an object is made to tell when it is asked for. In a long list that would cost as much as to parse it,
    and so would a look at the type of each value. There, what was read in this test and had nothing below that was not
    read is handed out as it is. What may stand below it then is not known: it `is_hidden`. Rows are as well, where a
    test met so many long lists without a new reading that only every other one is watched.

    In the test that runs, `known` are the keys that were told of, `met` those of objects that were handed out one by
    one; an object stood here if it `is_met`, and was taken as a whole if it `is_whole`.
    """

    def __init__(self, operation: str, path: str, book: Book, *, above: "Node | None" = None) -> None:
        self.operation = operation
        self.path = path
        self._book = book
        self._above = above
        self.depth: int = 0 if above is None else above.depth + 1
        # What other threads of the code under test do to an object at the same time must not make two of it.
        self.lock: Any = RLock() if above is None else above.lock
        self.known: set[str] = set()
        self.met: set[str] = set()
        self.is_met = self.is_whole = self.is_hidden = False
        self._below: dict[str, Node] = {}
        self._opened = opened_kind(self._watcher(_NOTHING))
        self._make = maker_of(closed_kind(self._watcher(_NOTHING)))
        self._read: tuple[frozenset[str], list[str]] | None = None
        self._quiet = 0
        self.quick: dict[frozenset[str], tuple[set[str], Callable[[dict[str, Any]], Any]]] = {}

    def begin(self) -> None:
        """Forget what was read, here and below: another test begins."""
        for node in self:
            node.known.clear()
            node.met.clear()
            node.is_met = node.is_whole = node.is_hidden = False
            node.forget_read()
            for quick, _ in node.quick.values():
                quick.clear()

    def __iter__(self) -> "Iterator[Node]":
        """Yield this node and all below it."""
        yield self
        for node in tuple(self._below.values()):
            yield from node

    def telling(self, value: Any) -> Any:
        """Return what stands for a parsed value here, and make the objects of a list tell, which stays the same."""
        if type(value) is dict:
            self.is_met = True
            if self.is_whole:
                # All below is read already.
                return value
            if self.depth > _DEEPEST:
                self.hide()
                return value
            self.met.update(value)
            return self._make(value)
        if type(value) is list:
            self._fill(value)
        return value

    def _fill(self, rows: list[Any]) -> None:
        if self.depth > _DEEPEST:
            self.hide()
            return
        kinds = list(map(type, rows))
        objects = kinds.count(dict)
        if objects and objects == len(rows):
            node = self._at(ITEMS)
            node.is_met = True
            if node.is_whole:
                return
            make = node.maker(rows)
            if make is not None:
                rows[:] = map(make, rows)
        elif objects or list in kinds:
            rows[:] = map(self._at(ITEMS).telling, rows)

    def _at(self, step: str) -> "Node":
        with self.lock:
            node = self._below.get(step)
            if node is None:
                node = Node(self.operation, self.path + step, self._book, above=self)
                self._below[step] = node
        return node

    # What the objects tell

    def _watcher(self, plain: frozenset[str]) -> Watcher:
        return Watcher(
            known=self.known,
            note=self._note,
            note_whole=self._note_whole,
            handed=partial(self._handed, plain),
            open=partial(self._open, plain),
        )

    def _note(self, key: Any) -> None:
        if key in self.known or not self._book.is_open or not isinstance(key, str):
            return
        name = _named(key)
        if self._book.write(self.operation, self.path + step_to(name), is_whole=False):
            self.known.add(name)
            self.forget_read()
            if self._above is not None:
                self._above.forget_read()

    def _note_whole(self) -> None:
        if not self.is_whole and self._book.is_open:
            self.is_whole = self._book.write(self.operation, self.path, is_whole=True)

    def _handed(self, plain: frozenset[str], instance: Any, key: Any) -> Any:
        __tracebackhide__ = True
        self._note(key)
        value = _getitem(instance, key)
        if type(value) not in _CONTAINERS:
            return value
        if key in plain:
            # It was parsed for an earlier test: what is read of it now is not seen.
            self._at(step_to(_named(key))).hide()
        elif type(value) is dict:
            value = self._handed_object(instance, key)
        else:
            self._open(plain, instance)
        return value

    def _handed_object(self, instance: Any, key: str) -> Any:
        node = self._at(step_to(_named(key)))
        with self.lock:
            value = _getitem(instance, key)
            if type(value) is dict:
                value = node.telling(value)
                _setitem(instance, key, value)
        return value

    def _open(self, plain: frozenset[str], instance: Any) -> None:
        with self.lock:
            if type(instance) is self._opened:
                return
            for key, value in [*dict.items(instance)]:
                if type(value) in _CONTAINERS and key not in plain:
                    _setitem(instance, key, self._at(step_to(key)).telling(value))
            reopen(instance, self._opened)

    # Long lists

    def maker(self, rows: list[dict[str, Any]]) -> Callable[[dict[str, Any]], Any] | None:
        """Return what makes a list's rows of parsed ones; None where they are to stay as they are."""
        if len(rows) < _LONG:
            return self._make
        self._quiet += 1
        if self._quiet > _ENOUGH and self._quiet % 2:
            self.hide()
            return None
        if self._read is None:
            objects = {step[1:]: node for step, node in self._below.items() if any(below.is_met for below in node)}
            others = [key for key in self.known if key not in objects and step_to(key) != UNNAMED]
            self._read = frozenset(key for key in self.known & objects.keys() if objects[key].is_read), others
        read, others = self._read
        first = rows[0].get
        # Null and what is absent say nothing of the next row.
        read |= {key for key in others if type(first(key)) in _LEAVES}
        return self._quick_make(read) if read else self._make

    def _quick_make(self, read: frozenset[str]) -> Callable[[dict[str, Any]], Any]:
        if read not in self.quick:
            keys: set[str] = set()
            self.quick[read] = keys, maker_of(closed_kind(self._watcher(read), keys))
        quick, make = self.quick[read]
        if not quick:
            quick |= read
            for key in read:
                self._at(step_to(key)).hide()
        return make

    def forget_read(self) -> None:
        """Find out anew what rows of long lists need not tell: something was read, here or right below."""
        self._read = None
        self._quiet = 0

    @property
    def is_read(self) -> bool:
        """Whether each key that was met here in this test was read, and nothing stands below."""
        _, *below = self
        return bool(self.met) and self.met <= self.known and not any(node.is_met for node in below)

    def hide(self) -> None:
        """Note that what is here is handed out as it was parsed."""
        self.is_hidden = True


def _named(key: str) -> str:
    """Return the text that a key is, which a member of an enumeration shows otherwise."""
    return str.__str__(key)
