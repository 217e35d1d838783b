"""Routes: which function answers which operation, and what is the same for all of them.

A route's checks are small functions in order; each raises `Answered` with the response that ends the request.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from pytest_cxone.errors import UnknownRoute
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response

__all__ = ["Answered", "Handler", "Route", "Router"]

Handler = Callable[[Request, World, dict[str, str]], Response]
"""Answers a request from a world; the last argument holds the path's parameters, decoded."""


class Answered(Exception):
    """Raised by a check that has found the response. Field: `response`."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(f"{response.status}")


@dataclass(frozen=True, slots=True)
class Route:
    """One operation: method, path template, and the function that answers it."""

    method: str
    template: str
    handler: Handler
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        object.__setattr__(self, "_pattern", re.compile(pattern))

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return the path's parameters, decoded, or None where the path is another one."""
        found = self._pattern.fullmatch(path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class Router:
    """A dialect's routes, tried in order: concrete paths stand before templates."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self.routes = tuple(routes)

    def answer(self, request: Request, world: World) -> Response:
        """Answer a request. A known path with another method is 405, an unknown path the test's mistake."""
        path = request.target.path
        allowed: list[str] = []
        for route in self.routes:
            parameters = route.parameters(path)
            if parameters is None:
                continue
            if route.method == request.method:
                try:
                    return route.handler(request, world, parameters)
                except Answered as early:
                    return early.response
            allowed.append(route.method)
            if "{" not in route.template:
                break
        if allowed:
            return Response(status=405, headers=Headers({"Allow": ", ".join(allowed)}))
        raise UnknownRoute(request.method, path, map(str, self.routes))
