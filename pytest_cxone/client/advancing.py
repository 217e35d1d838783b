"""Pages that go on: a tenant that overlooks which page was asked for would be read for ever, or taken to have less."""

from collections.abc import Container, Sequence

from pytest_cxone.errors import ListingNotAdvancing
from pytest_cxone.model import Call

__all__ = ["Advancing"]


class Advancing:
    """Sees to it that the pages of one reading bring new rows; `parameter` names what pages go by, for the error."""

    def __init__(self, parameter: str) -> None:
        self._parameter = parameter
        self._pages = 0
        self._stale = 0
        self._first = ""
        self._begins_anew = False
        self._call: Call | None = None

    def note(self, call: Call, ids: Sequence[str], seen: Container[str]) -> None:
        """Take a page into account, by the ids on it and those `seen` before it; raises `ListingNotAdvancing`."""
        self._call = call
        self._pages += 1
        # One such page can come of rows that moved: its only row was the last of the page before.
        self._stale = self._stale + 1 if all(agent_id in seen for agent_id in ids) else 0
        if ids and self._stale > 1:
            raise ListingNotAdvancing(str(call), self._pages, parameter=self._parameter)
        self._begins_anew = bool(ids and self._stale and ids[0] == self._first)
        self._first = self._first or (ids[0] if ids else "")

    def end(self) -> None:
        """Raise `ListingNotAdvancing` where the last page is the first one again, and was said to be the last."""
        if self._begins_anew:
            raise ListingNotAdvancing(str(self._call), self._pages, parameter=self._parameter)
