"""Where code on requests leaves for a tenant, whichever session it uses and whenever that was made.

The seam is `Session.get_adapter`: a tenant's URLs get an adapter that ends in ours, all others the very one they
had. A mock of `HTTPAdapter.send` that a test has set up, before or after, keeps what is its own.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter

__all__ = ["intercepting"]


@contextmanager
def intercepting(claims: Callable[[str], bool], ending: type[HTTPAdapter]) -> Iterator[None]:
    """Let requests to the URLs that `claims` accepts end in `ending.send`, until the block is left."""
    before = requests.Session.get_adapter

    def get_adapter(session: requests.Session, url: str) -> BaseAdapter:
        adapter = before(session, url)
        return _ending_in(ending, adapter) if claims(url) else adapter

    requests.Session.get_adapter = get_adapter  # type: ignore[assignment,method-assign]
    try:
        yield
    finally:
        requests.Session.get_adapter = before  # type: ignore[method-assign]


def _ending_in(ending: type[HTTPAdapter], adapter: Any) -> BaseAdapter:
    """Return the same adapter, state shared, whose last `send` is `ending`'s instead of `HTTPAdapter`'s.

    An adapter class of the user's, say one that adds a timeout, still does its part: its `super().send()` finds
    `ending` next.
    """
    if not isinstance(adapter, HTTPAdapter):
        return ending()
    if isinstance(adapter, ending):
        # One tenant inside another.
        return adapter
    kind: Any = type(adapter)
    last: Any = ending
    ours: HTTPAdapter = object.__new__(_combined(kind, last))
    ours.__dict__ = adapter.__dict__
    return ours


@lru_cache(maxsize=64)
def _combined(kind: Any, ending: Any) -> Any:
    return ending if kind is HTTPAdapter else type(kind.__name__, (kind, ending), {})
