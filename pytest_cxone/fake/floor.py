"""The listings of a world, kept sorted as changes come: a page costs the same however many agents there are."""

import heapq
from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from itertools import count

from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.records import Session, View

__all__ = ["Floor", "Roster"]


def _listing_order(session: Session) -> tuple[int, str]:
    return len(session.agent_id), session.agent_id


def _id_order(agent_id: str) -> tuple[int, str]:
    return len(agent_id), agent_id


class Floor:
    """The log-ins, and for each view the list of those that it shows. Whoever uses it holds the world's lock.

    `noticed` is called with the id of each agent whose log-in comes or goes, once a listing shows it.
    """

    def __init__(self, clock: Clock, noticed: Callable[[str], None]) -> None:
        self.sessions: dict[str, Session] = {}
        self._clock = clock
        self._noticed = noticed
        self._views: dict[View, list[Session]] = {}
        self._arriving: list[tuple[float, int, Session]] = []
        self._arrivals = count()

    def online(self, view: View) -> Sequence[Session]:
        """Return the sessions that a view shows now, in the listing's order."""
        now = self.let_arrive()
        listing = self._views.get(view)
        if listing is None:
            shown = (s for s in self.sessions.values() if s.visible_at <= now and view.shows(s))
            listing = self._views[view] = sorted(shown, key=_listing_order)
        return listing

    def put(self, session: Session) -> None:
        """Let an agent have this log-in and no other."""
        self.drop(session.agent_id)
        self.sessions[session.agent_id] = session
        if session.visible_at > self._clock.now():
            heapq.heappush(self._arriving, (session.visible_at, next(self._arrivals), session))
        else:
            self._show(session)

    def drop(self, agent_id: str) -> Session | None:
        """End an agent's log-in; return it."""
        session = self.sessions.pop(agent_id, None)
        if session is None:
            return None
        order = _listing_order(session)
        for listing in self._views.values():
            place = bisect_left(listing, order, key=_listing_order)
            if place < len(listing) and listing[place] is session:
                del listing[place]
        self._noticed(agent_id)
        return session

    def let_arrive(self) -> float:
        """Let the listings show what has become visible; return the time at which that is so."""
        now = self._clock.now()
        while self._arriving and self._arriving[0][0] <= now:
            _, _, session = heapq.heappop(self._arriving)
            if self.sessions.get(session.agent_id) is session:
                self._show(session)
        return now

    def clear(self) -> None:
        """Forget all log-ins and listings."""
        self._views.clear()
        self._arriving.clear()
        self.sessions.clear()

    def _show(self, session: Session) -> None:
        for view, listing in self._views.items():
            if view.shows(session):
                insort(listing, session, key=_listing_order)
        self._noticed(session.agent_id)


class Roster:
    """The ids of all agents, logged in or not, for those who cannot see some teams."""

    def __init__(self) -> None:
        self._team_of: dict[str, str] = {}
        self._ids: dict[frozenset[str], list[str]] = {}

    def ids(self, cannot_see: frozenset[str]) -> Sequence[str]:
        """Return the ids in the listing's order. Do not change the list."""
        listing = self._ids.get(cannot_see)
        if listing is None:
            shown = (agent_id for agent_id, team in self._team_of.items() if team not in cannot_see)
            listing = self._ids[cannot_see] = sorted(shown, key=_id_order)
        return listing

    def put(self, agent_id: str, team: str) -> None:
        """Let an agent be in a team and no other."""
        if self._team_of.get(agent_id) == team:
            return
        self.drop(agent_id)
        self._team_of[agent_id] = team
        for cannot_see, listing in self._ids.items():
            if team not in cannot_see:
                insort(listing, agent_id, key=_id_order)

    def drop(self, agent_id: str) -> None:
        """Forget an agent."""
        team = self._team_of.pop(agent_id, None)
        if team is None:
            return
        for cannot_see, listing in self._ids.items():
            if team not in cannot_see:
                del listing[bisect_left(listing, _id_order(agent_id), key=_id_order)]

    def clear(self) -> None:
        """Forget everybody."""
        self._team_of.clear()
        self._ids.clear()
