"""The fake tenant in process: requests that code on `requests` sends are answered by the fake, through `responses`.

The mock is private and is bound to an adapter class of our own, so it meets no other mock in the process.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import IncompleteRead
from typing import Any, Final

import requests
import responses
from requests.adapters import HTTPAdapter
from responses.registries import FirstMatchRegistry
from urllib3 import Timeout
from urllib3.exceptions import ProtocolError

from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.faults import Cut, Delivery
from pytest_cxone.model import Request
from pytest_cxone.tenants.interception import intercepting, request_of

__all__ = ["answering"]

Answer = Callable[[Request], Delivery]


class FakeAdapter(HTTPAdapter):
    """Where requests for the fake end; `responses` puts itself in the place of its `send`."""


_TARGET: Final = f"{FakeAdapter.__module__}.{FakeAdapter.__name__}.send"


class _OneAnswer(FirstMatchRegistry):
    """A registry in which every request finds the one response that was added: the fake knows its own routes."""

    def find(self, request: requests.PreparedRequest) -> tuple[responses.BaseResponse, list[str]]:  # noqa: ARG002
        return self.registered[0], []


@contextmanager
def answering(answer: Answer, claims: Callable[[str], bool], clock: Clock) -> Iterator[None]:
    """Answer what `claims` accepts until the block is left; the fake's clock takes the time that a delay takes."""

    def respond(request: Any) -> tuple[int, dict[str, str], bytes]:
        delivery = answer(request_of(request))
        _travel(delivery, request, clock)
        reply = delivery.response
        return reply.status, dict(reply.headers), b"" if request.method == "HEAD" else reply.body

    mock = responses.RequestsMock(assert_all_requests_are_fired=False, target=_TARGET, registry=_OneAnswer)
    mock.add(responses.CallbackResponse("GET", "https://fake.invalid/", respond, content_type=None))
    with mock, intercepting(claims, FakeAdapter):
        yield


def _patience(timeout: Any) -> float | None:
    """Return the seconds that a read may take; None where it may take for ever."""
    if isinstance(timeout, Timeout):
        running = timeout.clone()
        running.start_connect()
        return running.read_timeout
    patience: float | None = timeout[1] if isinstance(timeout, tuple) else timeout
    return patience


def _travel(delivery: Delivery, request: Any, clock: Clock) -> None:
    """Let the delivery take its time and its losses, as requests would report them from a socket."""
    patience = _patience(request.req_kwargs.get("timeout"))
    if patience is not None and delivery.delay > patience:
        clock.advance(patience)
        raise requests.exceptions.ReadTimeout(f"Read timed out. (read timeout={patience})", request=request)
    clock.advance(delivery.delay)
    match delivery.cut:
        case Cut.NOTHING_SENT:
            lost = ProtocolError(
                "Connection aborted.", ConnectionResetError("Remote end closed connection without response")
            )
            raise requests.exceptions.ConnectionError(lost, request=request)
        case Cut.MID_BODY:
            half = len(delivery.response.body) // 2
            partial = IncompleteRead(b"", len(delivery.response.body) - half)
            raise requests.exceptions.ChunkedEncodingError(ProtocolError("Connection broken", partial), request=request)
