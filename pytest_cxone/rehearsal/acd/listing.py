"""Upgrades of the listing of states: its envelope, its links, its pages, and one agent's state."""

# ruff: noqa: E501 - a table, a row an upgrade

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.acd.asked import deltas, listing, no_rows, number, one, states, with_body, with_rows
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NO_CONTENT,
    NOT_FOUND,
    answer,
    body,
    dropping,
    headers,
    json_response,
    query,
    refusing,
    renamed,
    replaced,
    request,
    status,
    up,
    without,
)
from pytest_cxone.rehearsal.rights import seeing_everything

__all__ = ["LISTING"]

_ENVELOPE: Final = "states.envelope"
_LIST: Final = "states.list-online-only"
_LINKS: Final = "states.links"
_PAGES: Final = "states.pages-complete"
_ONE: Final = "states.online-one-row"


def _rows_as(edit: Callable[[list[Any]], Any]) -> Change:
    return body(states, with_rows("agentStates", edit))


def _listed(edit: Callable[[list[Any]], Any]) -> Change:
    return body(listing, with_rows("agentStates", edit))


def _next(edit: Callable[[str | None], Any]) -> Change:
    return body(listing, replaced("_links.next", edit))


def _elsewhere(link: str | None) -> str | None:
    return link and urlunsplit(urlsplit(link)._replace(netloc="api-na2.niceincontact.com"))


def _relative(link: str | None) -> str | None:
    return link and urlunsplit(urlsplit(link)._replace(scheme="", netloc=""))


def _plain(link: str | None) -> str | None:
    return link and link.replace("https://", "http://", 1)


def _alone(link: str | None) -> str | None:
    """Leave the paging in a link, and nothing else that was asked for."""
    if not link:
        return link
    url = urlsplit(link)
    paging = [part for part in url.query.split("&") if part.startswith(("top=", "skip="))]
    return urlunsplit(url._replace(query="&".join(paging)))


def _endless(asked: Request, forward: Forward, _: World) -> Response:
    """Let the last page lead to the first one."""
    response = forward(asked)
    if not listing(asked) or "json" not in response.media_type:
        return response
    found = json.loads(response.body)
    links = found.get("_links")
    if response.status != 200 or not links or links["next"]:
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
    if not listing(asked) or response.status != 200 or not dict(asked.query).get("fields"):
        return response
    whole = json.loads(forward(dropping("fields")(asked)).body)["agentStates"]
    edit = with_rows(
        "agentStates", lambda found: [dict.fromkeys(all_of) | row for row, all_of in zip(found, whole, strict=True)]
    )
    return with_body(response, edit(json.loads(response.body)))


def _descending(given: dict[str, str]) -> dict[str, str]:
    order = given.get("orderBy", "")
    return given if not order or " " in order else {**given, "orderBy": f"{order} desc"}


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
        if response.status != 200 or not states(asked) or "json" not in response.media_type:
            return response
        now = world.clock.now()

        def row(found: Any) -> Any:
            began = found.get("startDate")
            if not found.get("agentStateId") or not began:
                return found
            shown = now - datetime.fromisoformat(began).timestamp() >= seconds
            return found if shown else {**found, "agentStateId": 0, "agentStateName": "LoggedOut"}

        edit = with_rows("agentStates", lambda found: [row(one) for one in found])
        return with_body(response, edit(json.loads(response.body)))

    return change


def _of_who_is_logged_out(other: Response) -> Change:
    """Answer otherwise where one agent is asked for who is logged out."""

    def change(response: Response) -> Response:
        rows = json.loads(response.body).get("agentStates") or [{}]
        return other if rows[0].get("agentStateId") == 0 else response

    return answer(one, change)


LISTING: Final = (
    # The envelope
    up("listing-bare-array", _LIST, "the rows are not in an envelope", body(states, lambda found: found.get("agentStates"))),
    up("listing-array-renamed", _LIST, "agentStates is called states", body(states, renamed("agentStates", "states"))),
    up("listing-in-result-set", _LIST, "everything is in a resultSet", body(states, lambda found: {"resultSet": found})),
    up("listing-keyed-by-id", _LIST, "agentStates is an object by agentId",
        _rows_as(lambda found: {str(row.get("agentId")): row for row in found})),
    up("total-records-removed", _ENVELOPE, "there is no totalRecords", body(listing, without("totalRecords"))),
    up("total-records-string", _ENVELOPE, "totalRecords is a string", body(listing, replaced("totalRecords", str))),
    up("total-records-of-page", "states.total-records", "totalRecords counts the rows of the page",
        _total(lambda found: len(found.get("agentStates", ())))),
    up("total-records-of-online", "states.total-records", "totalRecords counts those who are logged in",
        _total(lambda found: sum(bool(row.get("agentStateId")) for row in found.get("agentStates", ())))),
    # Links
    up("links-removed", _LINKS, "there are no links", body(listing, without("_links"))),
    up("links-array", _LINKS, "links are an array",
        body(listing, replaced("_links", lambda links: [{"rel": rel, "href": url} for rel, url in links.items()]))),
    up("link-next-relative", _LINKS, "next is a path", _next(_relative)),
    up("link-next-forgets", _LINKS, "next has lost what was asked for beside the page", _next(_alone)),
    up("link-next-never", _LINKS, "next is always null", _next(lambda _: None)),
    up("link-next-forever", _LINKS, "the last page leads to itself", _endless),
    # Whose rows
    up("listing-logged-out-gone", "states.offline-row", "who is logged out is not listed",
        _listed(lambda found: [row for row in found if row.get("agentStateId")])),
    up("listing-hidden-agents", "states.hidden-empty", "the role restricts no team", seeing_everything),
    up("listing-last-row-lost", _LIST, "the last row is missing", _listed(lambda found: found[:-1])),
    up("listing-row-twice", _LIST, "the first row comes twice", _listed(lambda found: found[:1] + found)),
    up("listing-late", "states.latency", "a log-in shows after a minute", _late(60)),
    # Where there is nobody
    up("listing-empty-404", _LIST, "an empty floor is 404", answer(listing, _empty_as(NOT_FOUND))),
    up("listing-empty-no-body", _LIST, "an empty floor is 200 without a body",
        answer(listing, _empty_as(Response(status=200, headers=Headers({"Content-Type": "application/json"}))))),
    up("listing-empty-null", _LIST, "an empty floor is null", answer(listing, _empty_as(json_response(200, None)))),
    # One agent
    up("one-bare-row", _ONE, "one agent's state is not in an array",
        body(one, with_rows("agentStates", lambda found: found[0] if found else None))),
    up("one-row-twice", _ONE, "one agent is two rows", body(one, with_rows("agentStates", lambda found: found * 2))),
    up("one-finds-nothing", "states.online-one-row", "one agent's state is empty", body(one, with_rows("agentStates", lambda _: []))),
    up("one-moved", "states.online-one-row errors.rate-limit", "one agent's state is no longer there", refusing(one, NOT_FOUND)),
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
    up("skip-ignored", _PAGES, "skip is ignored", request(listing, dropping("skip"))),
    up("skip-from-one", _PAGES, "skip is counted from 1", _paged(lambda given, skip, _: {**given, "skip": str(max(0, skip - 1))})),
    up("skip-in-pages", _PAGES, "skip counts pages", _paged(lambda given, skip, top: {**given, "skip": str(skip * top)})),
    up("skip-loses-rows", _PAGES, "each page loses its first row",
        _paged(lambda given, skip, _: {**given, "skip": str(skip + 1 if skip else 0)})),
    up("past-end-404", "states.past-end", "a page past the end is 404", _past_end(NOT_FOUND)),
    up("past-end-repeats", "states.past-end", "a page past the end is the first one again", _past_end(None)),
    up("fields-ignored", "states.fields", "fields is ignored", request(listing, dropping("fields"))),
    up("fields-nulled", "states.fields", "fields left out are null", _nulled),
    up("order-by-ignored", "states.order", "orderBy is ignored", request(listing, dropping("orderBy"))),
    # Statuses and media types
    up("listing-status-202", _LIST, "the listing is 202", status(listing, 202)),
    up("media-type-vendor", "bodies.json", "the media type is a vendor's",
        headers(states, lambda fields: {**fields, "Content-Type": "application/vnd.nice.v35+json"})),
    up("media-type-text", "bodies.json", "the media type is text/json", headers(states, lambda fields: {**fields, "Content-Type": "text/json"})),
    up("body-with-mark", "bodies.json", "bodies begin with a byte order mark",
        answer(states, lambda response: replace(response, body=b"\xef\xbb\xbf" + response.body))),
)  # fmt: skip
