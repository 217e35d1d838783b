"""The front of the admin API: who may ask, which operation is meant, and how what is wrong is said."""

import json
from collections.abc import Sequence
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_cxone._resources import version
from pytest_cxone.fake.admin import agents, journal, tenant
from pytest_cxone.fake.admin.operation import Ask, Operation, Refused, body_of, query_of
from pytest_cxone.fake.engine import Fake
from pytest_cxone.model import Headers, Request, Response

__all__ = ["OPERATIONS", "PREFIX", "Admin", "concerns", "refused"]

PREFIX: Final = "/__cxone__"


def concerns(request: Request) -> bool:
    """Tell whether a request is for the admin API, which no tenant of CXone has."""
    path = request.target.path
    return path == PREFIX or path.startswith(f"{PREFIX}/")


def refused(status: int, error: str, **more: Any) -> Response:
    """Return the answer to a request that is not done: `{"error": ...}`."""
    return _json({"error": error, **more}, status=status)


def _json(content: Any, *, status: int = 200, allow: str = "") -> Response:
    headers = {"Content-Type": "application/json", "Cache-Control": "no-store", **({"Allow": allow} if allow else {})}
    return Response(status=status, headers=Headers(headers), body=json.dumps(content).encode() + b"\n")


def _index(ask: Ask) -> dict[str, Any]:
    return {
        "name": "pytest-cxone",
        "version": version(),
        "dialect": ask.fake.dialect,
        "region": ask.region,
        "api_versions": list(ask.fake.api.versions(ask.fake.options)),
        "routes": [_route(operation) for operation in OPERATIONS],
    }


def _route(operation: Operation) -> dict[str, Any]:
    route: dict[str, Any] = {"method": operation.method, "path": f"{PREFIX}/{operation.path}", "does": operation.does}
    for part, keys in (("query", operation.query), ("body", operation.body)):
        if keys:
            route[part] = {name: key.expected for name, key in keys.items()}
    return route


OPERATIONS: Final[Sequence[Operation]] = (
    Operation(method="GET", path="", does="Say what this is, and what it can be asked.", answer=_index),
    *agents.OPERATIONS,
    *tenant.OPERATIONS,
    *journal.OPERATIONS,
)


class Admin:
    """The admin API of one region of a fake. What it is asked stands in no journal and meets no fault."""

    def __init__(self, fake: Fake, region: str) -> None:
        self._fake = fake
        self._region = region

    def answer(self, request: Request) -> Response:
        """Answer a request, which is done as a whole or not at all."""
        origin = request.headers.get("Origin")
        if origin is not None and not _is_loopback(origin):
            # Any page can make its reader's browser send a POST to loopback; the browser then says whose page.
            return refused(403, f"the admin API is not for web pages of {origin}; ask from loopback or without Origin")
        path = request.target.path.removeprefix(PREFIX).removeprefix("/")
        there = [(operation, found) for operation in OPERATIONS if (found := operation.id_in(path)) is not None]
        if not there:
            routes = [f"{operation.method} {PREFIX}/{operation.path}" for operation in OPERATIONS]
            return refused(404, f"the admin API has no {request.target.path}; see routes", routes=routes)
        # What waits for a server to be up often asks by HEAD, whose body the server leaves out.
        method = "GET" if request.method == "HEAD" else request.method
        for operation, found in there:
            if operation.method == method:
                return self._do(operation, found, request)
        allowed = ", ".join(operation.method for operation, _ in there)
        error = f"{request.target.path} has no {request.method}; it has {allowed}"
        return _json({"error": error}, status=405, allow=allowed)

    def _do(self, operation: Operation, found: str, request: Request) -> Response:
        try:
            body, query = body_of(request, operation.body), query_of(request, operation.query)
            with self._fake.lock:
                if operation.method != "GET":
                    self._fake.keep()
                return _json(
                    operation.answer(Ask(fake=self._fake, region=self._region, id=found, body=body, query=query))
                )
        except Refused as refusal:
            return refused(refusal.status, refusal.error)


def _is_loopback(origin: str) -> bool:
    try:
        host = urlsplit(origin).hostname or ""
        return host == "localhost" or host.endswith(".localhost") or ip_address(host).is_loopback
    except ValueError:
        return False
