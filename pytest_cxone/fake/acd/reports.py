"""What was: the states that agents have been in, for history and for workforce management."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import BUSINESS_UNIT, NOTHING, listed, plain, projected
from pytest_cxone.fake.acd.states import (
    MEDIA,
    OUTBOUND,
    WORKING,
    code_of,
    contact_id,
    known_agent,
    number_of,
    state_id,
    state_name,
)
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.fake.records import StateSpan
from pytest_cxone.model import Response

__all__ = ["get_state_history", "list_schedule_adherence", "list_state_history"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stay:
    """A state that an agent was in, until `until`, which is now where it still is."""

    span: StateSpan
    until: float

    @property
    def seconds(self) -> float:
        return max(0.0, self.until - self.span.since)


def list_state_history(ask: Ask) -> Response:
    """Answer with the last states of everybody whom the client may see."""
    return _history(ask, _stays(ask))


def get_state_history(ask: Ask) -> Response:
    """Answer with one agent's last states."""
    agent = known_agent(ask)
    return _history(ask, [stay for stay in _stays(ask) if stay.span.agent_id == agent.agent_id])


def list_schedule_adherence(ask: Ask) -> Response:
    """Answer with the states of a stretch of time, their durations in whole seconds. It has no pages."""
    for name in ("startDate", "endDate"):
        if not ask.query.get(name.lower(), "").strip():
            raise refusal(400, "invalid_request", f"{name} is required")
    rows = [
        {**_common(ask, stay), "businessUnitName": BUSINESS_UNIT, "duration": int(stay.seconds)} for stay in _stays(ask)
    ]
    return plain(ask, {"agentStateHistory": [projected(ask, row) for row in rows]}) if rows else NOTHING


def _stays(ask: Ask) -> Sequence[_Stay]:
    world = ask.world
    start, end, since = ask.moment("startDate"), ask.moment("endDate"), ask.moment("updatedSince")
    until: dict[str, float] = {}
    stays = []
    for span in reversed(world.history.spans):
        stays.append(_Stay(span=span, until=until.get(span.agent_id, world.clock.now())))
        until[span.agent_id] = span.since
    return [
        stay
        for stay in reversed(stays)
        if _team(ask, stay.span) not in ask.cannot_see
        and (start is None or stay.span.since * 1_000 >= start)
        and (end is None or stay.span.since * 1_000 < end)
        and (since is None or stay.until * 1_000 > since)
    ]


def _team(ask: Ask, span: StateSpan) -> str:
    """Return the team that decides who sees a state that was: the agent's of today, as for its state of today."""
    agent = ask.world.agent(span.agent_id)
    return span.team if agent is None else agent.team


def _history(ask: Ask, stays: Sequence[_Stay]) -> Response:
    world = ask.world
    media = ask.number("mediaTypeId")
    text = ask.query.get("searchstring", "").strip().lower()

    def row(stay: _Stay) -> dict[str, Any]:
        skill = next(iter(world.skills_of(stay.span.agent_id)), None) if _works(stay) else None
        return {
            **_common(ask, stay),
            "contactId": contact_id(stay.span.session) if _works(stay) else None,
            "skillName": skill.name if skill else None,
            "mediaTypeId": skill.media_type if skill else None,
            "mediaTypeName": MEDIA[skill.media_type] if skill else None,
            "fromAddress": None,
            "toAddress": None,
            "duration": f"PT{stay.seconds:.3f}S",
            "isOutbound": state_id(stay.span.state) in OUTBOUND,
            "isNaturalCalling": False,
            "stationId": 0,
            "stationName": None,
            "teamId": world.teams.of(stay.span.team),
        }

    if media is not None:
        stays = [stay for stay in stays if row(stay)["mediaTypeId"] == media]
    if text:
        stays = [stay for stay in stays if text in state_name(stay.span.state).lower()]
    envelope = {"businessUnitId": world.business_unit, "lastPollTime": timestamp_of(world.poll())}
    return listed(ask, "agentStateHistory", stays, row, envelope=envelope)


def _common(ask: Ask, stay: _Stay) -> dict[str, Any]:
    span = stay.span
    code_id, code = code_of(ask.world, span.state)
    skill = next(iter(ask.world.skills_of(span.agent_id)), None) if _works(stay) else None
    return {
        "businessUnitId": ask.world.business_unit,
        "stateIndex": span.index,
        "startDate": timestamp(span.since),
        "agentId": number_of(span.agent_id),
        "agentStateId": state_id(span.state),
        "agentStateName": state_name(span.state),
        "agentSessionId": span.session,
        "skillId": skill.skill_id if skill else 0,
        "outStateId": code_id,
        "outStateDescription": code,
    }


def _works(stay: _Stay) -> bool:
    return state_id(stay.span.state) in WORKING
