"""Upgrades of deltas: what `updatedSince` leaves out, and what `lastPollTime` says for the next time."""

# ruff: noqa: E501 - a table, a row an upgrade

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.acd.asked import deltas, listing, no_rows, one, told, with_body, with_rows
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    body,
    dropping,
    query,
    refusing,
    renamed,
    replaced,
    request,
    up,
    without,
)

__all__ = ["DELTAS"]


def _polled(edit: Callable[[str], Any]) -> Change:
    return body(listing, replaced("lastPollTime", lambda text: edit(text) if isinstance(text, str) else text))


def _moved(text: str, seconds: float) -> str:
    there = datetime.fromisoformat(text) + timedelta(seconds=seconds)
    return there.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _since(seconds: float) -> Change:
    """Read `updatedSince` as a moment so much later."""

    def given(names: dict[str, str]) -> dict[str, str]:
        try:
            return {**names, "updatedSince": _moved(names["updatedSince"], seconds)}
        except ValueError:
            return names

    return request(deltas, query(given))


def _untold(is_left_out: Callable[[Any], bool]) -> Change:
    """Leave some rows out of what has changed."""
    return body(deltas, with_rows("agentStates", lambda found: [row for row in found if not is_left_out(row)]))


def _nothing_as(other: Response) -> Change:
    """Answer otherwise where nothing has changed."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        response = forward(asked)
        return other if deltas(asked) and no_rows(response, "agentStates") else response

    return change


def _everybody(asked: Request, forward: Forward, _: World) -> Response:
    """Answer with the whole floor where nothing has changed."""
    response = forward(asked)
    if not deltas(asked) or not no_rows(response, "agentStates"):
        return response
    return forward(dropping("updatedSince")(asked))


def _without_time(asked: Request, forward: Forward, _: World) -> Response:
    """Leave the time of the poll out where there are rows, so that nobody knows from when to go on."""
    response = forward(asked)
    found = told(response) if deltas(asked) else {}
    return with_body(response, without("lastPollTime")(found)) if found else response


def _is_old(asked: Request) -> bool:
    return deltas(asked) and dict(asked.query)["updatedSince"].startswith("19")


DELTAS: Final = (
    up("updated-since-ignored", "changes.only-what-changed changes.nothing", "updatedSince is ignored: every answer has everybody", request(listing, dropping("updatedSince"))),
    up("updated-since-of-one-ignored", "changes.one-agent", "updatedSince is ignored for one agent", request(one, dropping("updatedSince"))),
    up("updated-since-refused", "changes.first-all changes.poll-time", "updatedSince is refused", refusing(deltas, BAD_REQUEST)),
    up("updated-since-not-so-old", "changes.first-all", "a moment of the last century is refused", refusing(_is_old, BAD_REQUEST)),
    up("updated-since-late", "changes.only-what-changed", "updatedSince is read a second late, so that changes are lost", _since(1)),
    up("delta-log-outs-untold", "changes.log-outs", "deltas do not tell who has logged out", _untold(lambda row: row.get("agentStateId") == 0)),
    up("delta-codes-untold", "changes.only-what-changed", "deltas do not tell who is unavailable now", _untold(lambda row: row.get("agentStateId") == 2)),
    up("delta-last-row-lost", "changes.only-what-changed changes.first-all", "deltas lose their last row", body(deltas, with_rows("agentStates", lambda found: found[:-1]))),
    up("delta-nothing-everybody", "changes.nothing", "where nothing has changed, everybody is told", _everybody),
    up("delta-nothing-304", "changes.nothing", "where nothing has changed, the status is 304", _nothing_as(Response(status=304))),
    up("delta-nothing-no-body", "changes.nothing", "where nothing has changed, the status is 200 and there is no body",
        _nothing_as(Response(status=200, headers=Headers({"Content-Type": "application/json"})))),
    up("last-poll-time-removed", "changes.poll-time", "lastPollTime is missing", _without_time),
    up("last-poll-time-renamed", "changes.poll-time states.envelope", "lastPollTime is called pollTime", body(listing, renamed("lastPollTime", "pollTime"))),
    up("last-poll-time-local", "changes.only-what-changed", "lastPollTime is local time that claims to be UTC", _polled(lambda text: _moved(text, 6 * 3_600))),
    up("last-poll-time-ahead", "changes.only-what-changed", "lastPollTime is a second ahead, so that changes are lost", _polled(lambda text: _moved(text, 1))),
    up("last-poll-time-frozen", "changes.nothing", "lastPollTime is that of a cache", _polled(lambda _: "2026-01-01T00:00:00.000Z")),
    up("last-poll-time-zoneless", "changes.poll-time", "lastPollTime has no Z", _polled(lambda text: text.removesuffix("Z"))),
)  # fmt: skip
