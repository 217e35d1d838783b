"""Where code on requests leaves for a tenant, whichever session it uses and whenever that was made.

The seam is `Session.get_adapter`: a tenant's URLs get an adapter that ends in ours, all others the very one they
had. A mock of `HTTPAdapter.send` that a test has set up, before or after, keeps what is its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from http.client import responses
from io import BytesIO
from typing import Any, Final

import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter

from pytest_cxone.model import Headers, Request, Response

__all__ = ["intercepting", "raw_of", "request_of", "response_of"]


_OF_THE_WIRE: Final = {"content-encoding", "transfer-encoding"}


def request_of(request: requests.PreparedRequest) -> Request:
    """Return a request of the library's as a value. A body that is made as it is sent is made now."""
    body = request.body or b""
    if not isinstance(body, str | bytes):
        request.body = body = b"".join(body)
    return Request(
        method=request.method or "GET",
        url=request.url or "",
        headers=Headers(request.headers),
        body=body.encode() if isinstance(body, str) else body,
    )


def response_of(response: requests.Response) -> Response:
    """Return a response of the library's as a value; its body is read."""
    return Response(status=response.status_code, headers=Headers(response.headers), body=response.content)


def raw_of(response: Response) -> urllib3.HTTPResponse:
    """Return what a response of the library's is read from, unread."""
    # What is here is decoded, and whole.
    headers = {name: value for name, value in response.headers.items() if name.lower() not in _OF_THE_WIRE}
    return urllib3.HTTPResponse(
        body=BytesIO(response.body),
        headers=headers,
        status=response.status,
        reason=responses.get(response.status, ""),
        preload_content=False,
    )


@contextmanager
def intercepting(claims: Callable[[str], bool], ours: type[HTTPAdapter], *, first: bool = False) -> Iterator[None]:
    """Let requests to the URLs that `claims` accepts end in `ours.send`, or pass it first, until the block is left."""
    before = requests.Session.get_adapter

    def get_adapter(session: requests.Session, url: str) -> BaseAdapter:
        adapter = before(session, url)
        return _with(ours, adapter, first=first) if claims(url) else adapter

    requests.Session.get_adapter = get_adapter  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        requests.Session.get_adapter = before  # type: ignore[method-assign]


def _with(ours: type[HTTPAdapter], adapter: Any, *, first: bool) -> BaseAdapter:
    """Return the same adapter, state shared, with `ours` in its method resolution order.

    Last, in the place of `HTTPAdapter`, an adapter class of the user's, say one that adds a timeout, still does its
    part, and its `super().send()` finds ours. First, ours is met whatever the user's class does.
    """
    if not isinstance(adapter, HTTPAdapter):
        return ours()
    if isinstance(adapter, ours):
        # One tenant inside another.
        return adapter
    kind: Any = type(adapter)
    mine: Any = ours
    combined: HTTPAdapter = object.__new__(_combined(kind, mine, first))
    combined.__dict__ = adapter.__dict__
    return combined


@lru_cache(maxsize=64)
def _combined(kind: Any, ours: Any, first: bool) -> Any:
    if kind is HTTPAdapter:
        return ours
    return type(kind.__name__, (ours, kind) if first else (kind, ours), {})
