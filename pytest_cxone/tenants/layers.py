"""vcrpy's patches, through which code on httpx, aiohttp or urllib3 asks a handler. vcrpy is imported with the first.

A patch is vcrpy's own. It is given only what the handler claims; all other requests go the way that they went before,
be it the network, a mock or a cassette of the user's. What a library's own cassette cannot know is put right here.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import wraps
from typing import Any, Final, Protocol

from pytest_cxone.errors import Unanswerable
from pytest_cxone.model import Request, Response
from pytest_cxone.tenants.translation import played, request_of, response_of

__all__ = ["Handler", "are_built", "layered"]

_SKIPPED: Final = (
    # What requests has of its own is urllib3's, and is patched there.
    "requests",
    # Its classes cannot make connections while their names are taken, and modules make subclasses of them.
    "httplib",
    "boto3",
    "httplib2",
    "tornado",
)
_BUILT_ON: Final = ("aiohttp", "httpx", "httpx2", "urllib3", "vcr.patch")


class Handler(Protocol):
    """What is asked about each request of the libraries, from any thread."""

    def claims(self, url: str) -> bool:
        """Tell whether requests to a URL are the handler's."""

    def answer(self, request: Request) -> Response | None:
        """Return the answer, raise what the code under test shall meet, or return None to let the request through."""

    def note(self, request: Request, response: Response) -> None:
        """Take down what came back for a request that was let through."""


@contextmanager
def layered(handler: Handler) -> Iterator[None]:
    """Lay the patches for `handler` over what is there, until the block is left."""
    layer = _taken()
    try:
        with layer.over(handler):
            yield
    finally:
        _free.append(layer)


def are_built() -> bool:
    """Tell whether there are patches that no block uses, for the libraries as they are imported now."""
    modules = _modules()
    return any(layer.modules == modules for layer in tuple(_free))


def _taken() -> "_Layer":
    modules = _modules()
    while _free:
        layer = _free.pop()
        # Those of a run inside the run, say, patch libraries that are no longer there.
        if layer.modules == modules:
            return layer
    return _Layer()


def _modules() -> list[Any]:
    return [sys.modules.get(name) for name in _BUILT_ON]


class _Layer:
    """A set of vcrpy's patches. It is dear to build, so it is used for one handler after another."""

    def __init__(self) -> None:
        from vcr.cassette import Cassette  # type: ignore[import-untyped]
        from vcr.patch import CassettePatcherBuilder, ConnectionRemover  # type: ignore[import-untyped]

        self._door: Any = type("Door", (_Door, Cassette), {})(path="", skip_patchers=_SKIPPED)
        builder: Any = type("Builder", (_Builder, CassettePatcherBuilder), {})(self._door)
        self._patches: list[Any] = list(builder.build())
        self._ours: list[tuple[Any, str, Any]] = builder.ours
        self._removers = [patch for patch in self._patches if isinstance(patch, ConnectionRemover)]
        self.modules = _modules()

    @contextmanager
    def over(self, handler: Handler) -> Iterator[None]:
        """Lay the patches over what is there, and take them away again."""
        with ExitStack() as entered:
            for place, name, ours in self._ours:
                there = getattr(place, name)
                # A mock that outlived an earlier block may have put ours back: then it replaces what it did before.
                if there is not ours:
                    entered.callback(setattr, ours, "before", ours.before)
                    ours.before = there
            for remover in self._removers:
                # Else it holds on to all pools that there ever were.
                entered.callback(remover._connection_pool_to_connections.clear)  # noqa: SLF001
            for patch in self._patches:
                entered.enter_context(patch)
            self._door.handler = handler
            try:
                yield
            finally:
                self._door.handler = None


_free: list[_Layer] = []
"""Layers that no block uses."""


class _Door:
    """A cassette that holds nothing: it asks the handler. The mixin of one of vcrpy's classes."""

    handler: Handler | None = None
    write_protected = False

    def claims(self, url: str) -> bool:
        return self.handler is not None and self.handler.claims(url)

    def can_play_response_for(self, request: Any) -> bool:
        return self._answer(request) is not None

    def play_response(self, request: Any) -> dict[str, Any]:
        answer = self._answer(request)
        if answer is None:
            # Nobody but aiohttp's stub, which follows redirects by itself, comes here without having asked.
            raise Unanswerable(f"a redirect of the tenant's leads to {request.uri}, for which there is no answer")
        return answer

    def find_requests_with_most_matches(self, request: Any) -> list[tuple[Any, list[str], list[str]]]:
        return [(request, [], [])]

    def append(self, request: Any, response: dict[str, Any]) -> None:
        handler = self.handler
        if handler is not None and handler.claims(request.uri):
            handler.note(request_of(request), response_of(response))

    def _answer(self, request: Any) -> dict[str, Any] | None:
        # A stub asks more than once about a request. The handler is asked once, and the request keeps its answer.
        kept = vars(request)
        if "answer" not in kept:
            handler = self.handler
            claimed = handler is not None and handler.claims(request.uri)
            answer = handler.answer(request_of(request)) if handler is not None and claimed else None
            kept["answer"] = answer and played(answer)
        found: dict[str, Any] | None = kept["answer"]
        return found


class _Builder:
    """Builds vcrpy's patches so that each lets through what is not claimed. The mixin of one of vcrpy's classes.

    `ours` are the replacements with their places. Each is told, as `before`, what it replaces.
    """

    def __init__(self, door: Any) -> None:
        theirs: Any = super()
        theirs.__init__(door)
        self._claims: Callable[[str], bool] = door.claims
        self.ours: list[tuple[Any, str, Any]] = []

    def _build_patcher(self, place: Any, name: str, replacement: Any) -> Any:
        if place is sys.modules.get("urllib3.connection"):
            # Pools do not need these names, and a module that is imported in the block may make subclasses of them.
            return None
        theirs: Any = super()
        patch = theirs._build_patcher(place, name, replacement)  # noqa: SLF001 - vcrpy's, to be extended
        match name:
            case _ if patch is None:
                return None
            case "handle_request" | "handle_async_request":
                patch.new = _gate(patch.new, self._claims, lambda _, request: str(request.url))
            case "_request":
                patch.new = _gate(_spelled_out(patch.new), self._claims, _aiohttp_url)
        if hasattr(patch.new, "before"):
            patch.new.before = getattr(place, name)
            self.ours.append((place, name, patch.new))
        return patch

    def _build_cassette_subclass(self, stub: Any) -> Any:
        theirs: Any = super()
        stub = theirs._build_cassette_subclass(stub)  # noqa: SLF001 - as above
        return type(stub.__name__, (_Connection, stub), {})


class _Connection:
    """A connection that passes on what is not claimed. The mixin of vcrpy's stubs."""

    before: Any = None
    cassette: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # Not as the stub has it, which takes all patches away for so long, in all threads.
        self.real_connection = self.before(*args, **kwargs)
        self._sock = None

    def connect(self, *_: Any, **__: Any) -> None:
        """Leave it to the connection behind: it connects when it is asked for something."""

    def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> None:
        self._way_for(url).request(method, url, *args, **kwargs)

    def getresponse(self, *args: Any, **kwargs: Any) -> Any:
        request = vars(self).get("_vcr_request")
        if not self._passes and not self.cassette.can_play_response_for(request):
            self._fetch(request)
        return self._way.getresponse(*args, **kwargs)

    def _fetch(self, request: Any) -> None:
        """Let a request through, and keep what came back as its answer."""
        from vcr.stubs import serialize_headers  # type: ignore[import-untyped]

        me: Any = self
        path = me._url(request.uri)  # noqa: SLF001
        self.real_connection.request(request.method, path, body=request.body_bytes, headers=request.headers)
        there = self.real_connection.getresponse()
        status = {"code": there.status, "message": there.reason}
        response = {"status": status, "headers": serialize_headers(there), "body": {"string": there.data}}
        self.cassette.append(request, response)
        vars(request)["answer"] = response

    def _way_for(self, url: str) -> Any:
        me: Any = self
        # Not set as an attribute: the stub would hand it on to the connection behind it, which may be another of ours.
        vars(self)["passes"] = not self.cassette.claims(me._uri(url))  # noqa: SLF001
        return self._way

    @property
    def _passes(self) -> bool:
        return bool(vars(self).get("passes"))

    @property
    def _way(self) -> Any:
        return self.real_connection if self._passes else super()


def _gate(ours: Any, claims: Callable[[str], bool], url_of: Callable[..., str]) -> Any:
    """Return a function that does as `ours` for what is claimed, and else as what it replaces."""

    @wraps(ours)
    def gate(*args: Any, **kwargs: Any) -> Any:
        return (ours if claims(url_of(*args, **kwargs)) else gate.before)(*args, **kwargs)  # type: ignore[attr-defined]

    gate.before = None  # type: ignore[attr-defined]
    return gate


# aiohttp, of which vcrpy sees the arguments and not the request


def _aiohttp_url(session: Any, _method: str, url: Any, **_: Any) -> str:
    try:
        return str(session._build_url(url))  # noqa: SLF001 - aiohttp has no public name for it
    except ValueError:
        # It is aiohttp that refuses it.
        return ""


def _spelled_out(request: Any) -> Any:
    """Return aiohttp's request function as given what it would send: a whole URL, and JSON and forms in bytes."""

    async def spelled_out(session: Any, method: str, url: Any, **kwargs: Any) -> Any:
        body, media_type = _aiohttp_body(session, kwargs.get("data"), kwargs.get("json"))
        if media_type:
            headers = sys.modules["multidict"].CIMultiDict(kwargs.get("headers") or ())
            if "Content-Type" not in session.headers:
                headers.setdefault("Content-Type", media_type)
            kwargs |= {"data": body, "json": None, "headers": headers}
        return await request(session, method, _aiohttp_url(session, method, url), **kwargs)

    return spelled_out


def _aiohttp_body(session: Any, data: Any, json: Any) -> tuple[Any, str]:
    from aiohttp import FormData

    if json is not None:
        return (json, "") if data else (session.json_serialize(json).encode(), "application/json")
    form = FormData(data) if isinstance(data, dict | list | tuple) else data
    if not isinstance(form, FormData) or form.is_multipart:
        return data, ""
    payload = form()
    return payload.decode().encode(), payload.content_type
