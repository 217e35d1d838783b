"""Where a tenant's answers become values of Python's: `json()` of the HTTP libraries, and the parsing of our client."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Final, Protocol

import requests

from pytest_cxone.client import answers

__all__ = ["Parsed", "seen"]

_MAKING: Final = ("cls", "object_hook", "object_pairs_hook")
"""Arguments of `json.loads` by which somebody else makes the objects."""


class Parsed(Protocol):
    """Told of each body that is parsed."""

    def __call__(self, method: str, url: str, document: Any, *, is_theirs: bool) -> Any:
        """Return what stands for a body, of the answer to this request; `is_theirs` where others made its objects."""


@contextmanager
def seen(parsed: Parsed) -> Iterator[None]:
    """Let `parsed` see each body until the block is left; of httpx and aiohttp, where they are imported by now."""
    httpx, aiohttp = (sys.modules.get(name) for name in ("httpx", "aiohttp"))
    with ExitStack() as opening:
        opening.enter_context(_replaced(requests.Response, "json", _of_requests(requests.Response.json, parsed)))
        opening.enter_context(_replaced(answers, "parsed", _of_requests(answers.parsed, parsed)))
        for module, make in ((httpx, _of_httpx), (aiohttp, _of_aiohttp)):
            owner = getattr(module, "ClientResponse" if module is aiohttp else "Response", None)
            if owner is not None:
                opening.enter_context(_replaced(owner, "json", make(owner.json, parsed)))
        yield


@contextmanager
def _replaced(owner: object, name: str, function: Callable[..., Any]) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, function)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _of_requests(before: Callable[..., Any], parsed: Parsed) -> Callable[..., Any]:
    @wraps(before)
    def json(response: requests.Response, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        document = before(response, **kwargs)
        request: requests.PreparedRequest | None = response.request
        if request is None or not request.url:
            # One that was made by hand.
            return document
        return parsed(request.method or "GET", request.url, document, is_theirs=_is_theirs(kwargs))

    return json


def _of_httpx(before: Callable[..., Any], parsed: Parsed) -> Callable[..., Any]:
    @wraps(before)
    def json(response: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        document = before(response, **kwargs)
        try:
            request = response.request
        except RuntimeError:
            return document
        return parsed(request.method, str(request.url), document, is_theirs=_is_theirs(kwargs))

    return json


def _of_aiohttp(before: Callable[..., Any], parsed: Parsed) -> Callable[..., Any]:
    @wraps(before)
    async def json(response: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        document = await before(response, **kwargs)
        return parsed(response.method, str(response.url), document, is_theirs="loads" in kwargs)

    return json


def _is_theirs(kwargs: Mapping[str, Any]) -> bool:
    return any(kwargs.get(name) is not None for name in _MAKING) if kwargs else False
