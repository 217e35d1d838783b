"""Upgrades of the listing of states: its envelope, its links, its pages, and one agent's state."""

# ruff: noqa: E501 - a table, a row an upgrade

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.acd.asked import deltas, listing, no_rows, number, one, states, told, with_body, with_rows
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NO_CONTENT,
    NOT_FOUND,
    answer,
    body,
    both,
    dropping,
    headers,
    query,
    refusing,
    renamed,
    replaced,
    request,
    up,
    without,
)
from pytest_cxone.rehearsal.rights import seeing_everything

__all__ = ["LISTING"]

_ENVELOPE: Final = "states.envelope"
_LIST: Final = "states.list-online-only"
_LINKS: Final = "states.links"
_PAGES: Final = "states.pages-complete"


def _listed(edit: Callable[[list[Any]], Any]) -> Change:
    return body(listing, with_rows("agentStates", edit))


def _next(edit: Callable[[str | None], Any]) -> Change:
    return body(listing, replaced("_links.next", edit))


def _relative(link: str | None) -> str | None:
    return link and urlunsplit(urlsplit(link)._replace(scheme="", netloc=""))


def _alone(link: str | None) -> str | None:
    """Leave the paging in a link, and nothing else that was asked for."""
    if not link:
        return link
    url = urlsplit(link)
    paging = [part for part in url.query.split("&") if part.startswith(("top=", "skip="))]
    return urlunsplit(url._replace(query="&".join(paging)))


def _endless(asked: Request, forward: Forward, _: World) -> Response:
    """Let the last page lead to itself."""
    response = forward(asked)
    found = told(response) if listing(asked) else {}
    links = found.get("_links")
    if not links or links["next"]:
        return response
    return with_body(response, {**found, "_links": {**links, "next": links["self"]}})


def _total(of: Callable[[Any], Any]) -> Change:
    return body(listing, lambda found: {**found, "totalRecords": of(found)} if "totalRecords" in found else found)


def _empty_as(other: Response) -> Callable[[Response], Response]:
    return lambda response: other if no_rows(response, "agentStates") else response


def _paged(change: Callable[[dict[str, str], int, int], dict[str, str]]) -> Change:
    """Change what is asked for, by its `skip` and `top`; requests without `top` stay."""

    def edit(asked: Request) -> Request:
        skip, top = number(asked, "skip", 0), number(asked, "top", 0)
        return query(lambda given: change(given, skip, top))(asked) if top else asked

    return request(listing, edit)


def _past_end(again: Response | None) -> Change:
    """Answer a page past the end with something else; None for the first page."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        response = forward(asked)
        if not listing(asked) or deltas(asked) or not number(asked, "skip", 0) or not no_rows(response, "agentStates"):
            return response
        return again or forward(query(lambda given: {**given, "skip": "0"})(asked))

    return change


def _too_large(asked: Request) -> bool:
    return listing(asked) and number(asked, "top", 0) > 50


def _nulled(asked: Request, forward: Forward, _: World) -> Response:
    """Leave nothing out of a row: what was not asked for is null."""
    response = forward(asked)
    found = told(response) if listing(asked) else {}
    whole = told(forward(dropping("fields")(asked))) if found and dict(asked.query).get("fields") else {}
    if not whole:
        return response
    nulls = dict.fromkeys(key for row in whole.get("agentStates", ()) for key in row)
    return with_body(response, with_rows("agentStates", lambda rows: [nulls | row for row in rows])(found))


def _everybody_for_nobody(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    if not one(asked) or response.status != 404:
        return response
    listed = re.sub(r"/agents/[^/]+/states", "/agents/states", asked.url, flags=re.IGNORECASE)
    return forward(replace(asked, url=listed))


def _late(seconds: float) -> Change:
    """Show a log-in, or a change of state, only so many seconds after it."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        found = told(response) if states(asked) else {}
        if not found:
            return response
        now = world.clock.now()

        def row(shown: Any) -> Any:
            began = shown.get("startDate")
            is_new = bool(began) and now - datetime.fromisoformat(began).timestamp() < seconds
            is_online = bool(shown.get("agentStateId"))
            return {**shown, "agentStateId": 0, "agentStateName": "LoggedOut"} if is_new and is_online else shown

        return with_body(response, with_rows("agentStates", lambda rows: [row(shown) for shown in rows])(found))

    return change


def _of_who_is_logged_out(other: Response) -> Change:
    """Answer otherwise where one agent is asked for who is logged out."""

    def change(response: Response) -> Response:
        rows = told(response).get("agentStates") or [{}]
        return other if rows[0].get("agentStateId") == 0 else response

    return answer(one, change)


_LOGGED_OUT_UNLISTED: Final = _listed(lambda found: [row for row in found if row.get("agentStateId")])

LISTING: Final = (
    # The envelope
    up("listing-bare-array", _LIST, "the rows are not in an envelope", body(states, lambda found: found.get("agentStates"))),
    up("listing-array-renamed", _LIST, "agentStates is called states", body(states, renamed("agentStates", "states"))),
    up("listing-in-result-set", _LIST, "everything is in a resultSet", body(states, lambda found: {"resultSet": found})),
    up("total-records-string", _ENVELOPE, "totalRecords is a string", body(listing, replaced("totalRecords", str))),
    up("total-records-of-page", "states.total-records", "totalRecords counts the rows of the page",
        _total(lambda found: len(found.get("agentStates", ())))),
    up("total-records-of-online", "states.total-records", "totalRecords counts those who are logged in",
        _total(lambda found: sum(bool(row.get("agentStateId")) for row in found.get("agentStates", ())))),
    # Links
    up("links-removed", _LINKS, "there are no links", body(listing, without("_links"))),
    up("link-next-relative", _LINKS, "next is a path", _next(_relative)),
    up("link-next-forgets", _LINKS, "next has lost what was asked for beside the page", _next(_alone)),
    up("link-next-never", _LINKS, "next is always null", _next(lambda _: None)),
    up("link-next-forever", _LINKS, "the last page leads to itself", _endless),
    # Whose rows
    up("listing-logged-out-gone", "states.offline-row", "who is logged out is not listed", _LOGGED_OUT_UNLISTED),
    up("logged-out-gone", "diagnosis.offline states.offline-row", "who is logged out has no row, listed or asked for alone",
        both(_LOGGED_OUT_UNLISTED, _of_who_is_logged_out(NO_CONTENT))),
    up("listing-hidden-agents", "states.hidden-empty diagnosis.hidden teams.hidden", "the role restricts no team", seeing_everything),
    up("listing-last-row-lost", _LIST, "the last row is missing", _listed(lambda found: found[:-1])),
    up("listing-row-twice", _LIST, "the first row comes twice", _listed(lambda found: found[:1] + found)),
    up("listing-late", "states.latency diagnosis.latency", "a log-in shows after a minute", _late(60)),
    # Where there is nobody
    up("listing-empty-404", _LIST, "an empty floor is 404", answer(listing, _empty_as(NOT_FOUND))),
    up("listing-empty-no-body", _LIST, "an empty floor is 200 without a body",
        answer(listing, _empty_as(Response(status=200, headers=Headers({"Content-Type": "application/json"}))))),
    # One agent
    up("one-bare-row", "states.online-one-row", "one agent's state is not in an array",
        body(one, with_rows("agentStates", lambda found: found[0] if found else None))),
    up("one-row-twice", "states.online-one-row diagnosis.online", "one agent is two rows", body(one, with_rows("agentStates", lambda found: found * 2))),
    up("one-finds-nothing", "states.online-one-row errors.rate-limit", "one agent's state is empty", body(one, with_rows("agentStates", lambda _: []))),
    up("one-logged-out-204", "states.offline-row", "who is logged out is 204", _of_who_is_logged_out(NO_CONTENT)),
    up("one-everybody", "states.unknown-empty", "of an unknown id the answer is everybody's state",
        _everybody_for_nobody),
    # Pages
    up("top-ignored", "states.page-size", "top is ignored", request(listing, dropping("top"))),
    up("top-capped-at-10", "states.page-size", "a page has 10 rows at most",
        _paged(lambda given, _, top: {**given, "top": str(min(top, 10))})),
    up("top-too-large-refused", _PAGES, "a top over 50 is refused", refusing(_too_large, BAD_REQUEST)),
    up("top-required", "states.offline-row", "top must be given", refusing(lambda asked: listing(asked) and not number(asked, "top", 0), BAD_REQUEST)),
    up("top-and-skip-renamed", _PAGES, "top and skip are called pageSize and page", request(listing, dropping("top", "skip"))),
    up("skip-ignored", "states.pages-complete bulk.pages", "skip is ignored", request(listing, dropping("skip"))),
    up("skip-from-one", _PAGES, "skip is counted from 1", _paged(lambda given, skip, _: {**given, "skip": str(max(0, skip - 1))})),
    up("skip-in-pages", _PAGES, "skip counts pages", _paged(lambda given, skip, top: {**given, "skip": str(skip * top)})),
    up("past-end-404", "states.past-end", "a page past the end is 404", _past_end(NOT_FOUND)),
    up("past-end-repeats", "states.past-end", "a page past the end is the first one again", _past_end(None)),
    up("fields-ignored", "states.fields versions.parameters", "fields is ignored", request(listing, dropping("fields"))),
    up("fields-nulled", "states.fields", "fields left out are null", _nulled),
    up("order-by-ignored", "states.order", "orderBy is ignored", request(listing, dropping("orderBy"))),
    # Statuses and media types
    up("media-type-vendor", "bodies.json", "the media type is a vendor's",
        headers(states, lambda fields: {**fields, "Content-Type": "application/vnd.nice.v35+json"})),
    up("body-with-mark", "bodies.json", "bodies begin with a byte order mark",
        answer(states, lambda response: replace(response, body=b"\xef\xbb\xbf" + response.body))),
)  # fmt: skip
