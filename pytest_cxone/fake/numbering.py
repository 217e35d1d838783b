"""Numbers for what the world knows by name, as APIs want them: the same for as long as the world lives."""

from collections.abc import Iterable, Sequence

__all__ = ["Numbering"]


class Numbering:
    """Names counted from `first` on in the order in which they come up."""

    def __init__(self, first: int, names: Iterable[str] = ()) -> None:
        self._first = first
        self._names = list(names)

    @property
    def names(self) -> Sequence[str]:
        """All names so far, in order."""
        return tuple(self._names)

    def of(self, name: str) -> int:
        """Return a name's number; a new name gets the next one."""
        if name not in self._names:
            self._names.append(name)
        return self._first + self._names.index(name)

    def name(self, number: int) -> str | None:
        """Return what has a number."""
        place = number - self._first
        return self._names[place] if 0 <= place < len(self._names) else None

    def restore(self, names: Iterable[str]) -> None:
        """Have these names and no others."""
        self._names = list(names)
