"""Where a tenant's answers become values of Python's: `json()` of the HTTP libraries, and the parsing of our client.

Code may also take a body as it came, and read it by means of which nobody hears: that it does is seen.
"""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import partial, wraps
from typing import Any, Final, Protocol

import requests

from pytest_cxone.client import answers

__all__ = ["Parsed", "Taken", "seen"]

_MAKING: Final = ("cls", "object_hook", "object_pairs_hook")
"""Arguments of `json.loads` by which somebody else makes the objects."""
_LIBRARIES: Final = frozenset({"aiohttp", "httpx", "pytest_cxone", "requests", "responses", "urllib3", "vcr"})
"""Who takes bodies only to hand them on, or to check them."""
_OWN: Final = frozenset({"requests.models", "httpx._models", "aiohttp.client_reqrep"})


class Parsed(Protocol):
    """Told of each body that is parsed."""

    def __call__(self, method: str, url: str, document: Any, *, is_theirs: bool) -> Any:
        """Return what stands for a body, of the answer to this request; `is_theirs` where others made its objects."""


class Taken(Protocol):
    """Told of each body that is taken as it came."""

    def __call__(self, method: str, url: str, status: int, *, is_raw: bool) -> None:
        """Hear that there is a body of the answer to this request; `is_raw` where code of the user's took it so."""


@contextmanager
def seen(parsed: Parsed, taken: Taken) -> Iterator[None]:
    """Let both hear of each body until the block is left; of httpx and aiohttp, where they are imported by now."""
    theirs = getattr(sys.modules.get("httpx"), "Response", None)
    streams = getattr(sys.modules.get("aiohttp"), "ClientResponse", None)
    with ExitStack() as opening:
        replace = partial(_replace, opening)
        replace(requests.Response, "json", _of_requests(requests.Response.json, parsed))
        replace(answers, "parsed", _of_requests(answers.parsed, parsed))
        if theirs is not None:
            replace(theirs, "json", _of_httpx(theirs.json, parsed, taken))
        if streams is not None:
            replace(streams, "json", _of_aiohttp(streams.json, parsed))
            for name in ("read", "text"):
                replace(streams, name, _taking(getattr(streams, name), taken))
        for owner in filter(None, (requests.Response, theirs)):
            for name in ("content", "text"):
                replace(owner, name, property(_taking(getattr(owner, name).fget, taken)))
        yield


def _replace(opening: ExitStack, owner: object, name: str, there: object) -> None:
    opening.callback(setattr, owner, name, getattr(owner, name))
    setattr(owner, name, there)


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


def _of_httpx(before: Callable[..., Any], parsed: Parsed, taken: Taken) -> Callable[..., Any]:
    @wraps(before)
    def json(response: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        try:
            request = response.request
        except RuntimeError:
            return before(response, **kwargs)
        # Also where it is not JSON, and nothing is parsed.
        taken(request.method, str(request.url), response.status_code, is_raw=False)
        document = before(response, **kwargs)
        return parsed(request.method, str(request.url), document, is_theirs=_is_theirs(kwargs))

    return json


def _of_aiohttp(before: Callable[..., Any], parsed: Parsed) -> Callable[..., Any]:
    @wraps(before)
    async def json(response: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        document = await before(response, **kwargs)
        return parsed(response.method, str(response.url), document, is_theirs="loads" in kwargs)

    return json


def _taking(before: Callable[..., Any], taken: Taken) -> Callable[..., Any]:
    @wraps(before)
    def take(response: Any, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        caller = sys._getframe(1).f_globals.get("__name__", "")  # noqa: SLF001 - the quickest way to ask who calls
        # The library itself asks for it again and again on the way to its `json()`.
        if caller not in _OWN:
            status: Any = getattr(response, "status_code", None) or getattr(response, "status", 0)
            with suppress(AttributeError, RuntimeError):
                request = getattr(response, "request_info", None) or response.request
                is_raw = caller.partition(".")[0] not in _LIBRARIES
                taken(request.method or "GET", str(request.url), status, is_raw=is_raw)
        return before(response, *args, **kwargs)

    return take


def _is_theirs(kwargs: Mapping[str, Any]) -> bool:
    return any(kwargs.get(name) is not None for name in _MAKING) if kwargs else False
