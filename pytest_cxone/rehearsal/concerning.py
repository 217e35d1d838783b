"""Which of many upgrades can concern an operation, so that the others cost nothing."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from pytest_cxone.rehearsal.changes import Upgrade

__all__ = ["Concerning"]


class Concerning:
    """Upgrades by the operation that they are about. Called with an operation's id, it gives those that can touch it.

    One that names no operation can touch any, and what is none, for which the id is "". Such come first.
    """

    def __init__(self, upgrades: Iterable[Upgrade]) -> None:
        found: defaultdict[str, list[Upgrade]] = defaultdict(list)
        for upgrade in upgrades:
            found[upgrade.operation].append(upgrade)
        self._any = tuple(found.pop("", ()))
        self._of = {operation: (*self._any, *several) for operation, several in found.items()}

    def __call__(self, operation: str) -> Sequence[Upgrade]:
        """Return the upgrades that can touch this operation."""
        return self._of.get(operation, self._any)
