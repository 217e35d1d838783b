"""Dictionaries that tell which of their keys are looked up, and are otherwise what `json.loads` made.

Each place in the answers of an operation has classes of its own, so that a lookup knows where it is without a word in
the dictionary itself. An object is *closed* at first: what it holds is as it was parsed, and is made to tell as it is
handed out. Before somebody puts something in, or takes all out, it is *opened*: all that it holds is made to tell, and
is handed out as it is from then on. Lists stay lists: the objects in one are made to tell with it.
"""

from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

__all__ = ["Watcher", "closed_kind", "maker_of", "opened_kind", "reopen"]

_LEAVES: Final = frozenset({str, int, float, bool, type(None)})
"""The types of values into which nobody can look."""

_ABSENT: Final = object()
_getitem: Final = dict.__getitem__
_contains: Final = dict.__contains__
_get: Final = dict.get
_class_of: Any = object.__dict__["__class__"]

_TAKING: Final = ("__iter__", "__or__", "__reversed__", "__ror__", "copy", "items", "keys", "popitem", "values")
_CHANGING: Final = ("__ior__", "__setitem__", "clear", "update")
_BY_KEY: Final = ("__delitem__", "pop", "setdefault")


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """Who is told by the dictionaries of one place.

    `known` has the keys of which all is told in this test. `note` is told of a key that is looked up, which may be
    absent, and `note_whole` where all of an object is taken. `handed` is told of a key, and returns what a closed
    object hands out for its value, or raises `KeyError`; `open` opens a closed object.
    """

    known: AbstractSet[str]
    note: Callable[[Any], None]
    note_whole: Callable[[], None]
    handed: Callable[[Any, Any], Any]
    open: Callable[[Any], None]


class _Kind(type):
    """The class of these classes, which are `dict` to whoever compares them, looks them up, or makes another one."""

    def __call__(cls, *args: Any, **kwargs: Any) -> dict[Any, Any]:
        return dict(*args, **kwargs)

    def __eq__(cls, other: object) -> bool:
        return other is dict or other is cls

    def __hash__(cls) -> int:
        return hash(dict)


def maker_of(kind: type) -> Callable[[dict[str, Any]], Any]:
    """Return what makes an object of a kind of a parsed one; to call the kind itself makes a plain one."""
    make: Callable[[dict[str, Any]], Any] = type.__call__.__get__(kind)
    return make


def reopen(instance: Any, kind: type) -> None:
    """Let an object be of another kind of the same place."""
    _class_of.__set__(instance, kind)


def closed_kind(watcher: Watcher, quick: AbstractSet[str] | None = None) -> type:
    """Return the class of closed objects. What is at the keys of `quick` is handed out as it is, without a word."""
    look = _looking(watcher)
    if quick is not None:
        look = _looking_quickly(look, quick)
    return _kind(
        {"__getitem__": look, "get": _getting(watcher, frozenset() if quick is None else quick)},
        watcher,
        before=watcher.open,
    )


def _looking(watcher: Watcher) -> Any:
    known, handed = watcher.known, watcher.handed

    def look(self: Any, key: Any) -> Any:
        # No call and no variable more than it takes: this is what all code under test goes through.
        if key in known:
            value = _getitem(self, key)
            if type(value) is str or type(value) in _LEAVES:
                return value
        __tracebackhide__ = True
        return handed(self, key)

    return look


def _looking_quickly(look: Any, quick: AbstractSet[str]) -> Any:
    def look_quickly(self: Any, key: Any) -> Any:
        if key in quick:
            return _getitem(self, key)
        __tracebackhide__ = True
        return look(self, key)

    return look_quickly


def _getting(watcher: Watcher, quick: AbstractSet[str]) -> Any:
    known, note, handed = watcher.known, watcher.note, watcher.handed

    def get(self: Any, key: Any, default: Any = None, /) -> Any:
        value = _get(self, key, _ABSENT)
        if value is _ABSENT:
            note(key)
            return default
        if key in quick or (key in known and type(value) in _LEAVES):
            return value
        return handed(self, key)

    return get


def opened_kind(watcher: Watcher) -> type:
    """Return the class of opened objects."""
    known, note = watcher.known, watcher.note

    def look(self: Any, key: Any) -> Any:
        __tracebackhide__ = True
        if key not in known:
            note(key)
        return _getitem(self, key)

    def get(self: Any, key: Any, default: Any = None, /) -> Any:
        if key not in known:
            note(key)
        return _get(self, key, default)

    return _kind({"__getitem__": look, "get": get}, watcher, before=_stay)


def _stay(_: Any) -> None:
    """Leave an object as it is: it is open."""


def _kind(methods: Mapping[str, Any], watcher: Watcher, *, before: Callable[[Any], None]) -> type:
    """Return a class with these methods and those that all have; `before` all else that these do, they open."""
    known, note, note_whole = watcher.known, watcher.note, watcher.note_whole

    def has(self: Any, key: Any) -> bool:
        if key not in known:
            note(key)
        return _contains(self, key)

    def take(self: Any) -> None:
        note_whole()
        before(self)

    def reduce(self: Any, _: Any) -> Any:
        take(self)
        return dict, (), None, None, iter(dict.items(self))

    members = {
        "__doc__": dict.__doc__,
        "__module__": "builtins",
        "__slots__": (),
        "__class__": property(lambda _: dict),
        "__contains__": has,
        "__eq__": _comparing(dict.__eq__, take),
        "__ne__": _comparing(dict.__ne__, take),
        "__reduce_ex__": reduce,
        "__repr__": _Representation(take),
        **{name: _of_key(getattr(dict, name), note, before) for name in _BY_KEY},
        **{name: _after(getattr(dict, name), before) for name in _CHANGING},
        **{name: _after(getattr(dict, name), take) for name in _TAKING},
        **methods,
    }
    # By this name Python's own errors speak of it.
    kind: type = type.__call__(_Kind, "dict", (dict,), members)
    return kind


def _of_key(method: Any, note: Callable[[Any], None], before: Callable[[Any], None]) -> Any:
    def do(self: Any, *args: Any) -> Any:
        __tracebackhide__ = True
        for key in args[:1]:
            note(key)
        before(self)
        return method(self, *args)

    return do


def _after(method: Any, before: Callable[[Any], None]) -> Any:
    def do(self: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        before(self)
        return method(self, *args, **kwargs)

    return do


def _comparing(method: Any, take: Callable[[Any], None]) -> Any:
    def compare(self: Any, other: object) -> Any:
        take(self)
        if type(type(other)) is _Kind:
            # Else nothing would be told of what stands on the right.
            iter(other)  # type: ignore[call-overload]
        return method(self, other)

    return compare


class _Representation:
    """`__repr__`; asked for on a class it is that of `dict`, by which `pprint` knows what it can lay out."""

    def __init__(self, take: Callable[[Any], None]) -> None:
        self._take = take

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is not None:
            self._take(instance)
        return dict.__repr__.__get__(instance, owner)
