"""From exchanges to what was seen of them. No value of anybody's is kept."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain, zip_longest
from typing import Any, Final

from pytest_cxone.drift.forms import TEXT, forms, values
from pytest_cxone.drift.protocol import of_answer, of_listings, of_orders
from pytest_cxone.drift.sights import FORM, NOT_JSON, ORDER, REQUEST, ROWS, VALUE, Observed, Sight
from pytest_cxone.listings import Answered, Nothing, Unreadable, parsed
from pytest_cxone.model import Exchange
from pytest_cxone.paths import ITEMS, OTHER_PATHS, STATUS, UNNAMED, step_to
from pytest_cxone.schemas import Contract, Purpose
from pytest_cxone.shapes import Shape

__all__ = ["observe"]

_DEEPEST: Final = 32
"""Below this many levels nothing is looked at: paths would grow with the square of a hostile body's size."""
_MANY: Final = 128
_MOMENT: Final = re.compile(r"\d{1,4}[-/.]|\d\d:|P[\dT]|[A-Z][a-z]{2}, ")
"""How moments begin, which are kept as they are wherever they stand."""


def observe(
    exchanges: Iterable[Exchange],
    contract: Contract,
    *,
    orders: str | None = None,
    clean: Callable[[str], str] = str,
) -> Observed:
    """Return what is seen of these answers; of an exchange of no operation of the contract only its status.

    Where a request asked for some properties only, the body is left out: what nobody asked for is not absent. `orders`
    is what a recording tells of the order of its listings, since its ids are aliases. `clean` takes persons out of
    texts, as in `see`.
    """
    counts: Counter[Sight] = Counter()
    bodies: defaultdict[tuple[str, int], list[Any]] = defaultdict(list)
    looks: dict[tuple[str, int], _Look] = {}
    answers: list[Answered] = []
    for exchange in exchanges:
        operation = contract.operation_for(exchange.request)
        if operation is None:
            status = exchange.response.status
            counts[Sight(OTHER_PATHS, status, STATUS, str(status))] += 1
            continue
        answered = Answered(operation, exchange, parsed(exchange.response.body))
        answers.append(answered)
        counts.update(of_answer(answered))
        if operation.projection(exchange.request) is None:
            place = operation.id, exchange.response.status
            bodies[place].append(answered.document)
            counts[Sight(*place, "$", REQUEST + _bits_of(answered))] += 1
            if place not in looks:
                looks[place] = _Look(operation.shape(place[1]), clean, is_grant=operation.purpose is Purpose.TOKEN)
    for (id_, status), documents in bodies.items():
        for path, what, count in _seen(documents, "$", looks[id_, status]):
            counts[Sight(id_, status, path, what)] += count
    of_lists = (sight for sight in of_listings(answers) if orders is None or sight.path != ORDER)
    counts.update(of_lists if orders is None else chain(of_lists, of_orders(orders)))
    return Observed(dict(counts)).with_values(clean)


_TYPES: Final = {
    str: "string", int: "integer", float: "number", bool: "boolean", type(None): "null", dict: "object", list: "array",
    Nothing: "nothing", Unreadable: NOT_JSON,
}  # fmt: skip


def _bits_of(answered: Answered) -> str:
    """Return a few bits of a request's target: not enough to find anybody by them."""
    target, paging = answered.exchange.request.target, answered.operation.paging
    asked = sorted((name, value) for name, value in answered.exchange.request.query if name not in paging)
    return sha256(f"{target.path}?{asked}".encode(errors="replace")).hexdigest()[:3]


@dataclass(frozen=True, slots=True)
class _Look:
    """How closely a place may be looked at. What the contract does not declare may be anybody's."""

    shape: Shape | None
    clean: Callable[[str], str]
    is_grant: bool = False

    def of(self, step: str) -> "_Look":
        shape = self.shape and (self.shape.items if step == ITEMS else self.shape.of(step[1:]))
        return _Look(shape, self.clean, self.is_grant)

    def steps(self, keys: Iterable[str]) -> dict[str, str]:
        """Return the step to each member: one name for all whose keys may be somebody's."""
        steps = {key: step_to(key) for key in keys}
        unknown = [key for key, step in steps.items() if step != UNNAMED and self.of(step).shape is None]
        cleaned = self.clean("\n".join(unknown)).split("\n") if unknown else []
        steps |= {key: UNNAMED for key, left in zip_longest(unknown, cleaned[: len(unknown)]) if left != key}
        return steps

    @property
    def is_public(self) -> bool:
        return self.shape is not None and self.shape.scrub is None

    @property
    def is_text(self) -> bool:
        return self.shape is not None and "string" in self.shape.types


def _seen(documents: Sequence[Any], path: str, look: _Look, depth: int = 0) -> Iterator[tuple[str, str, int]]:
    """Yield paths, what is there and counts from all values at one path at once: one by one would cost too much."""
    types = list(map(type, documents))
    kinds = set(types)
    for kind in kinds:
        yield path, _TYPES[kind], types.count(kind)
    if str in kinds:
        strings = documents if len(kinds) == 1 else [value for value in documents if type(value) is str]
        yield from ((path, what, count) for what, count in _of_strings(strings, look))
    if look.is_grant and look.is_public and (int in kinds or float in kinds):
        numbers = [str(value) for value in documents if type(value) in {int, float}]
        yield from ((path, VALUE + value, count) for value, count in values(numbers).items())
    if depth < _DEEPEST and dict in kinds:
        for step, column in _columns((value for value in documents if type(value) is dict), look):
            yield from _seen(column, path + step, look.of(step), depth + 1)
    if depth < _DEEPEST and list in kinds:
        lists = [value for value in documents if type(value) is list]
        for rows, count in Counter(_rounded(len(rows)) for rows in lists if len(rows) > 1).items():
            yield path, f"{ROWS}{rows}", count
        yield from _seen(list(chain.from_iterable(lists)), path + ITEMS, look.of(ITEMS), depth + 1)


def _rounded(rows: int) -> int:
    """Return a number of rows, of many a power of two, so that there are never many numbers."""
    return rows if rows < _MANY else 1 << (rows.bit_length() - 1)


def _of_strings(strings: Sequence[str], look: _Look) -> Iterator[tuple[str, int]]:
    # A recording has another text in the place of one that nobody declares; but moments stay.
    if look.shape is None and not any(map(_MOMENT.match, strings)):
        return
    found = forms(strings)
    yield from ((FORM + form, count) for form, count in found.items())
    # A text in the place of an object is something else than was declared.
    if look.is_public and look.is_text and TEXT in found:
        yield from ((VALUE + value, count) for value, count in values(strings).items())


def _columns(objects: Iterable[dict[str, Any]], look: _Look) -> Iterator[tuple[str, list[Any]]]:
    by_key: defaultdict[str, list[Any]] = defaultdict(list)
    for members in objects:
        for key, value in members.items():
            by_key[key].append(value)
    columns: defaultdict[str, list[Any]] = defaultdict(list)
    steps = look.steps(by_key)
    for key, column in by_key.items():
        columns[steps[key]] += column
    yield from columns.items()
