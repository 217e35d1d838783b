"""What has happened in a world: whose state changed when, for those who ask what is new, and the last states."""

from collections import deque
from collections.abc import Iterator, Sequence
from typing import Final

from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.records import HistorySnapshot, Session, StateSpan

__all__ = ["History"]

_SPANS_KEPT: Final = 10_000


class History:
    """The changes of a world's agents, in the order of time. Whoever uses it holds the world's lock.

    Moments are whole milliseconds, since answers tell no more. Yet no two polls miss a change or see it twice: a
    change after a poll gets a later moment than the poll, if need be one that the clock has not reached.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._changed: dict[str, int] = {}
        self._last_poll = 0
        self._last_change = 0
        self._spans: deque[StateSpan] = deque(maxlen=_SPANS_KEPT)
        self._indices: dict[str, int] = {}
        self._logged_out: dict[str, float] = {}
        self._logged_in: dict[str, float] = {}

    # What is new

    def poll(self) -> int:
        """Return the moment of a poll: what has changed so far is not after it, what will change is."""
        self._last_poll = max(self._now(), self._last_change, self._last_poll)
        return self._last_poll

    def change(self, agent_id: str) -> None:
        """Note that an agent's state has just changed, as listings show it."""
        # It goes to the end, so that the changes stay in the order of time.
        self._changed.pop(agent_id, None)
        self._last_change = max(self._now(), self._last_change, self._last_poll + 1)
        self._changed[agent_id] = self._last_change

    def changed(self, agent_id: str) -> int:
        """Return the moment at which an agent's state last changed."""
        return self._changed.get(agent_id, 0)

    def changed_since(self, moment: int) -> Iterator[str]:
        """Return the agents whose state has changed after a moment, the latest first."""
        for agent_id, changed in reversed(self._changed.items()):
            if changed <= moment:
                return
            yield agent_id

    def _now(self) -> int:
        return int(self._clock.now() * 1_000)

    # Log-ins

    def began(self, session: Session) -> None:
        """Note the state that a session has from now on."""
        self._logged_in[session.agent_id] = session.began
        self._enter(session.agent_id, session.team, session.state, session.since, session.number)

    def logged_out(self, agent_id: str, team: str) -> None:
        """Note that an agent is logged out from now on."""
        self._logged_out[agent_id] = self._clock.now()
        self._enter(agent_id, team, "", self._clock.now(), 0)

    def added(self, agent_id: str) -> None:
        """Note an agent who has never been logged in."""
        self._logged_out[agent_id] = self._clock.now()
        self.change(agent_id)

    def forget(self, agent_id: str) -> None:
        """Forget what an agent's listing rests on; the past states stay."""
        for known in (self._changed, self._logged_out, self._logged_in, self._indices):
            known.pop(agent_id, None)

    def offline_since(self, agent_id: str) -> float:
        """Return when an agent was last logged out, or added."""
        return self._logged_out.get(agent_id, 0.0)

    def last_log_in(self, agent_id: str) -> float | None:
        """Return when an agent last logged in."""
        return self._logged_in.get(agent_id)

    @property
    def spans(self) -> Sequence[StateSpan]:
        """The last states that agents entered, oldest first."""
        return tuple(self._spans)

    def _enter(self, agent_id: str, team: str, state: str, since: float, session: int) -> None:
        index = self._indices[agent_id] = self._indices.get(agent_id, -1) + 1
        self._spans.append(
            StateSpan(agent_id=agent_id, team=team, state=state, since=since, index=index, session=session)
        )

    # As a whole

    def snapshot(self) -> HistorySnapshot:
        """Return the history as it is now."""
        return HistorySnapshot(
            changed=dict(self._changed),
            spans=tuple(self._spans),
            logged_out=dict(self._logged_out),
            logged_in=dict(self._logged_in),
            last_poll=self._last_poll,
        )

    def restore(self, snapshot: HistorySnapshot) -> None:
        """Make the history what it was."""
        self._changed = dict(snapshot.changed)
        self._last_change = max(self._changed.values(), default=0)
        self._last_poll = snapshot.last_poll
        self._spans = deque(snapshot.spans, maxlen=_SPANS_KEPT)
        self._indices = {span.agent_id: span.index for span in snapshot.spans}
        self._logged_out = dict(snapshot.logged_out)
        self._logged_in = dict(snapshot.logged_in)
