"""How rows become an answer: the page that was asked for, the fields, and the casing and wrapping of each version."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

from pytest_cxone.fake.acd.asking import Ask, as_json, refusal
from pytest_cxone.model import Response

__all__ = ["BUSINESS_UNIT", "CAMPAIGN", "NOTHING", "PAGE_SIZE", "Page", "listed", "paged", "plain", "projected"]

Row = TypeVar("Row")

PAGE_SIZE: Final = 10_000
"""The most rows that come without `top`. nicepy reads lists so, in one piece or in steps of as many."""

BUSINESS_UNIT: Final = "Fake Business Unit"

CAMPAIGN: Final = {"campaignId": 1, "campaignName": "Default"}
"""The one campaign that there is, as rows name it."""

NOTHING: Final = Response(status=204)
"""The answer where there is nothing to tell."""

_LAST_PASCAL: Final = 10
"""The last version whose keys begin with a capital: clients of v6 read such, those of v11 others."""


def plain(ask: Ask, body: Mapping[str, Any]) -> Response:
    """Return a body, its keys cased as the version has them."""
    return as_json(_capitalised(body) if ask.version <= _LAST_PASCAL else body)


def projected(ask: Ask, row: dict[str, Any], *, fields: str | None = None) -> dict[str, Any]:
    """Return those keys of a row that `fields` names, all where it names none."""
    named = fields if fields is not None else ask.query.get("fields", "")
    wanted = {name.strip().lower() for name in named.split(",")} - {""}
    return {key: value for key, value in row.items() if key.lower() in wanted} if wanted else row


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """The part of a list that was asked for, and what an envelope tells of the whole."""

    envelope: Mapping[str, Any]
    rows: list[dict[str, Any]]


def paged(
    ask: Ask,
    rows: Sequence[Row],
    write: Callable[[Row], dict[str, Any]],
    *,
    orders: bool = True,
    projects: bool = True,
    order_by: str | None = None,
) -> Page:
    """Return the rows that `top`, `skip`, `orderBy` and `fields` ask for; the last two where the operation has them.

    `order_by` is the order, where a request has it elsewhere than in its query.
    """
    top, skip = ask.number("top", least=1), ask.number("skip") or 0
    size = PAGE_SIZE if top is None else min(top, ask.world.page_cap)
    order = _order(ask.query.get("orderby", "") if order_by is None else order_by) if orders else []
    if order:
        written = _sorted([write(row) for row in rows], order)[skip : skip + size]
    else:
        written = [write(row) for row in rows[skip : skip + size]]
    links = _links(ask, top=None if top is None else size, skip=skip, size=size, total=len(rows))
    return Page(
        envelope={"totalRecords": len(rows), "_links": links},
        rows=[projected(ask, row) for row in written] if projects else written,
    )


def listed(
    ask: Ask,
    key: str,
    rows: Sequence[Row],
    write: Callable[[Row], dict[str, Any]],
    *,
    envelope: Mapping[str, Any] | None = None,
    empty: bool = False,
    orders: bool = True,
    projects: bool = True,
    order_by: str | None = None,
    wrapped_before: int = 0,
) -> Response:
    """Return the page of a list that was asked for: the envelope, and the rows under `key`.

    A list without rows is 204, save where `empty` says that this one tells so in a body. A version below
    `wrapped_before` has everything in a `resultSet`.
    """
    if not rows and not empty:
        return NOTHING
    page = paged(ask, rows, write, orders=orders, projects=projects, order_by=order_by)
    body = {**page.envelope, **(envelope or {}), key: page.rows}
    return plain(ask, {"resultSet": body} if ask.version < wrapped_before else body)


def _order(text: str) -> list[tuple[str, bool]]:
    """Read `orderBy`: names, each with asc or desc after it where it is said."""
    order = []
    for part in text.split(","):
        name, _, direction = part.strip().partition(" ")
        if not name:
            continue
        if direction.strip().lower() not in {"", "asc", "desc"}:
            raise refusal(400, "invalid_request", f"orderBy must be a field, then asc or desc, not {part[:60]!r}")
        order.append((name.lower(), direction.strip().lower() == "desc"))
    return order


def _sorted(rows: list[dict[str, Any]], order: list[tuple[str, bool]]) -> list[dict[str, Any]]:
    fields = {key.lower(): key for row in rows for key in row}
    for name, descending in reversed(order):
        key = fields.get(name)
        if key is None:
            raise refusal(400, "invalid_request", f"orderBy has no field {name[:60]!r} here")
        known = sorted((row for row in rows if row.get(key) is not None), key=lambda row: row[key], reverse=descending)
        rows = known + [row for row in rows if row.get(key) is None]
    return rows


def _links(ask: Ask, *, top: int | None, skip: int, size: int, total: int) -> dict[str, str | None]:
    """Return full URLs, null where there is no such page: clients follow `next` as long as it is not null."""

    def link(start: int) -> str:
        rest = {name: text for name, text in ask.request.query if name.lower() not in {"top", "skip"}}
        paging = {} if top is None else {"top": str(top)}
        if top is not None or start:
            paging["skip"] = str(start)
        query = urlencode({**rest, **paging})
        return f"{ask.site.api}{ask.path}" + (f"?{query}" if query else "")

    return {
        "self": link(skip),
        "next": link(skip + size) if skip + size < total else None,
        "previous": link(max(0, skip - size)) if skip else None,
    }


def _capitalised(value: Any) -> Any:
    if isinstance(value, Mapping):
        # The links are younger than those versions, so that nobody has seen them so.
        return {
            key[:1].upper() + key[1:]: inner if key == "_links" else _capitalised(inner) for key, inner in value.items()
        }
    return [_capitalised(inner) for inner in value] if isinstance(value, list) else value
