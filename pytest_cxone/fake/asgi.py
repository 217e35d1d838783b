"""The fake tenant behind HTTP: a bare ASGI application, for a server and for httpx's ASGI transport alike."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, Protocol

from pytest_cxone.errors import FakeError, Unanswerable
from pytest_cxone.fake.admin import PREFIX, Admin, concerns, refused
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Cut, Delivery
from pytest_cxone.model import Headers, Request, Response

__all__ = ["HANG_UP", "Answering", "FakeApp"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

HANG_UP: Final = "cxone.hang_up"
"""The scope's extension that closes a connection early: `{"call": close}`. ASGI has no message for it."""

_ERRORS_KEPT: Final = 100
"""A server that runs for weeks has nobody to take them."""

_FRAMING: Final = {"content-length", "transfer-encoding"}
_BODILESS: Final = {204, 304}


class Answering(Protocol):
    """What answers requests in the place of a tenant: a fake, or a cassette. `errors` takes what goes wrong."""

    errors: list[Unanswerable]

    def answer(self, request: Request, region: str) -> Delivery:
        """Answer a request. Raises `Unanswerable` for a mistake of the test."""


class FakeApp:
    """Answers HTTP requests from one region of a fake tenant, and those of its admin API.

    Nobody stands by to catch what goes wrong in here. It goes to `fake.errors`, where the test finds it,
    and its text to the client as a 500.
    """

    def __init__(self, fake: Answering, region: str) -> None:
        self._fake = fake
        self._region = region
        self._admin = Admin(fake, region) if isinstance(fake, Fake) else None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request. Anything but HTTP is refused, which servers take as "no lifespan events"."""
        if scope["type"] != "http":
            raise FakeError(f"the fake tenant speaks HTTP, not {scope['type']!r}")
        body = await _body(receive)
        if body is None:
            return
        delivery = self._answer(_request(scope, body))
        if delivery.delay and await _disconnected(receive, within=delivery.delay):
            return
        await _deliver(delivery, scope, receive, send)

    def _answer(self, request: Request) -> Delivery:
        try:
            if concerns(request):
                return Delivery(response=self._administer(request))
            return self._fake.answer(request, self._region)
        except Unanswerable as mistake:
            error: Unanswerable = mistake
        except Exception as cause:  # noqa: BLE001 - it must reach the test, not the server's log
            error = FakeError(f"the fake tenant failed on {request.method} {request.target.path}: {cause!r}")
            error = error.with_traceback(cause.__traceback__)
            error.__cause__ = cause
        self._fake.errors.append(error)
        del self._fake.errors[:-_ERRORS_KEPT]
        headers = Headers({"Content-Type": "text/plain; charset=utf-8"})
        return Delivery(response=Response(status=500, headers=headers, body=str(error).encode()))

    def _administer(self, request: Request) -> Response:
        if self._admin is not None:
            return self._admin.answer(request)
        return refused(
            404, f"a recorded tenant has no {PREFIX}/, which only a fake has: run the test with --cxone=fake"
        )


def _request(scope: Scope, body: bytes) -> Request:
    # The server's own address and not the Host header, which may hold anything.
    host, port = scope.get("server") or ("localhost", None)
    authority = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    query = scope["query_string"].decode("utf-8", "replace")
    return Request(
        method=scope["method"],
        url=f"{scope['scheme']}://{authority}{scope['raw_path'].decode('ascii')}" + (query and f"?{query}"),
        headers=Headers((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        body=body,
    )


async def _body(receive: Receive) -> bytes | None:
    """Return the request's body; None where the client leaves before its end."""
    parts = []
    while (message := await receive())["type"] != "http.disconnect":
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(parts)
    return None


async def _disconnected(receive: Receive, *, within: float | None = None) -> bool:
    """Wait for the client to leave; False where it is still there after so many seconds."""
    try:
        async with asyncio.timeout(within):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


async def _deliver(delivery: Delivery, scope: Scope, receive: Receive, send: Send) -> None:
    if delivery.cut is None:
        await _send(delivery.response, scope, send)
        return
    extension = scope.get("extensions", {}).get(HANG_UP)
    if extension is None:
        raise FakeError(
            f"this server cannot close a connection with {delivery.cut.value} (no {HANG_UP!r} in its scope); "
            "use the cxone_server fixture or pytest-cxone serve"
        )
    if delivery.cut is Cut.MID_BODY:
        await _send(delivery.response, scope, send, share=0.5)
    extension["call"]()
    await _disconnected(receive)


async def _send(response: Response, scope: Scope, send: Send, *, share: float = 1.0) -> None:
    """Send the head, and a share of the body that it announces."""
    headers = [
        (name.lower().encode("latin-1"), value.encode("latin-1"))
        for name, value in response.headers.items()
        if name.lower() not in _FRAMING
    ]
    if response.status not in _BODILESS:
        headers.append((b"content-length", b"%d" % len(response.body)))
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    has_body = scope["method"] != "HEAD" and response.status not in _BODILESS
    part = response.body[: int(len(response.body) * share)] if has_body else b""
    await send({"type": "http.response.body", "body": part, "more_body": share < 1.0})
