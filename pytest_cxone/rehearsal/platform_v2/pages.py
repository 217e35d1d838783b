"""Upgrades of pages, and of what any answer is written in."""

# ruff: noqa: E501 - a table, a row an upgrade

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NOT_FOUND,
    answer,
    dropping,
    headers,
    json_response,
    query,
    refusing,
    request,
    status,
    up,
)
from pytest_cxone.rehearsal.platform_v2.asked import api, empty_as, listing, page_of, states

__all__ = ["PAGES"]

_LIST: Final = "states.list-online-only"


def _shifted(by: int) -> Change:
    """Let pages begin `by` rows later (or earlier) for each page before them, so that they lose or repeat rows."""

    def change(asked: Request, forward: Forward, _: World) -> Response:
        given = dict(asked.query)
        if not listing(asked) or page_of(given) == 1 or int(given.get("pageSize", "25")) < 2:
            return forward(asked)
        page = forward(asked)
        if page.status != 200:
            return page
        found = json.loads(page.body)
        if by > 0:
            return json_response(200, found[by:])
        before = forward(query(lambda given: {**given, "page": str(page_of(given) - 1)})(asked))
        return json_response(200, json.loads(before.body)[by:] + found)

    return change


def _last_page_again(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    if not listing(asked) or response.body != b"[]":
        return response
    return forward(query(lambda given: {**given, "page": "1"})(asked))


def _needs(parameter: str) -> Callable[[Request], bool]:
    return lambda asked: listing(asked) and parameter not in dict(asked.query)


def _size(asked: Request) -> int:
    text = dict(asked.query).get("pageSize", "0")
    return int(text) if text.isdecimal() else 0


PAGES: Final = (
    # Pages
    up("page-ignored", "states.pages-complete states.past-end", "page is ignored", request(listing, dropping("page"))),
    up("page-from-zero", "states.pages-complete states.first-page", "pages are counted from 0",
        request(listing, query(lambda given: {**given, "page": str(page_of(given) + 1)} if "page" in given else given))),
    up("page-size-ignored", "states.page-size", "pageSize is ignored", request(listing, dropping("pageSize"))),
    up("page-size-required", "states.first-page", "pageSize must be given", refusing(_needs("pageSize"), BAD_REQUEST)),
    up("page-size-too-large-refused", "states.page-cap", "a pageSize over 100 is refused",
        refusing(lambda asked: listing(asked) and _size(asked) > 100, BAD_REQUEST)),
    up("page-cap-lowered", "states.page-size", "a page has 10 rows at most",
        request(lambda asked: listing(asked) and _size(asked) > 10, query(lambda given: {**given, "pageSize": "10"}))),
    up("page-cap-50", "states.page-cap", "a page has 50 rows at most",
        request(lambda asked: listing(asked) and _size(asked) > 50, query(lambda given: {**given, "pageSize": "50"}))),
    up("pages-overlap", "states.pages-complete", "pages repeat a row of the one before", _shifted(-1)),
    up("pages-lose-rows", "states.pages-complete bulk.pages", "pages lose their first row", _shifted(1)),
    up("page-past-end-404", "states.past-end", "a page past the end is 404",
        answer(listing, empty_as(NOT_FOUND))),
    up("page-past-end-repeats", "states.past-end", "a page past the end is the first one again", _last_page_again),
    # Media types, encodings, statuses
    up("media-type-vendor", _LIST, "the media type is a vendor's",
        headers(api, lambda fields: {**fields, "Content-Type": "application/vnd.nice.v3+json"})),
    up("media-type-text", _LIST, "the media type is text/plain",
        headers(api, lambda fields: {**fields, "Content-Type": "text/plain"})),
    up("media-type-missing", _LIST, "there is no media type", headers(api, lambda _: {})),
    up("body-guarded", _LIST, "a guard stands before the JSON",
        answer(api, lambda response: replace(response, body=b")]}',\n" + response.body))),
    up("body-json-lines", _LIST, "rows are lines of JSON",
        answer(states, lambda r: replace(r, body=b"\n".join(json.dumps(row).encode() for row in json.loads(r.body))))),
    up("body-latin-1", "profile.any-login", "bodies are in Latin-1",
        answer(api, lambda r: replace(r, body=json.dumps(json.loads(r.body), ensure_ascii=False).encode("latin-1")))),
    up("status-202", _LIST, "the listing is 202", status(listing, 202)),
    up("status-206", _LIST, "a page is 206", status(listing, 206)),
    up("status-410", _LIST, "the listing is gone", refusing(states, json_response(410, {"error": "gone"}))),
    up("status-307", _LIST, "the listing has moved",
        refusing(states, Response(status=307, headers=Headers({"Location": "/api/v3/agents/states"})))),
)  # fmt: skip
