"""vcrpy's requests and responses as values, and back."""

from http import HTTPStatus
from typing import Any

from pytest_cxone.model import Headers, Request, Response

__all__ = ["played", "request_of", "response_of"]


def request_of(request: Any) -> Request:
    """Return a request of vcrpy's as a value."""
    from vcr.util import read_body  # type: ignore[import-untyped]

    body = read_body(request)
    headers = ((_text(name), _text(value)) for name, value in request.headers.items())
    return Request(
        method=request.method,
        url=request.uri,
        headers=Headers(headers),
        # A form in parts is not known as aiohttp will send it.
        body=bytes(body) if isinstance(body, bytes | bytearray) else b"",
    )


def response_of(response: dict[str, Any]) -> Response:
    """Return a response of vcrpy's as a value, its body decoded."""
    from vcr.filters import decode_response  # type: ignore[import-untyped]

    response = decode_response({**response, "body": {"string": response["body"].get("string", b"")}})
    fields = ((name, value) for name, values in response["headers"].items() for value in values)
    return Response(status=response["status"]["code"], headers=Headers(fields), body=response["body"]["string"])


def played(response: Response) -> dict[str, Any]:
    """Return a value as a response of vcrpy's."""
    headers = {name: [value] for name, value in response.headers.items()}
    status = {"code": response.status, "message": _phrase(response.status)}
    return {"status": status, "headers": headers, "body": {"string": response.body}}


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
