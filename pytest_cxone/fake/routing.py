"""Routes: which function answers which operation, and what is the same for all of them.

A route's checks are small functions in order; each raises `Answered` with the response that ends the request.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar
from urllib.parse import quote, unquote

from pytest_cxone.errors import UnknownRoute
from pytest_cxone.model import Headers, Response

__all__ = ["Answered", "Handler", "Route", "Router"]

Handler = TypeVar("Handler")
"""What answers an operation; its signature is the dialect's."""


class Answered(Exception):
    """Raised by a check that has found the response. Field: `response`."""

    def __init__(self, response: Response) -> None:
        self.response = response
        super().__init__(f"{response.status}")


@dataclass(frozen=True, slots=True)
class Route(Generic[Handler]):
    """One operation: method, path template, and the function that answers it. Paths compare with case or without."""

    method: str
    template: str
    handler: Handler
    ignores_case: bool = False
    _pattern: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(self.template))
        object.__setattr__(self, "_pattern", re.compile(pattern, re.IGNORECASE if self.ignores_case else 0))

    def parameters(self, path: str) -> dict[str, str] | None:
        """Return the path's parameters, decoded, or None where the path is another one."""
        found = self._pattern.fullmatch(path)
        return None if found is None else {name: unquote(text) for name, text in found.groupdict().items()}

    def path(self, parameters: Mapping[str, str]) -> str:
        """Return the path with these parameters, as the template writes the rest of it."""
        return self.template.format(**{name: quote(text, safe="") for name, text in parameters.items()})

    def __str__(self) -> str:
        return f"{self.method} {self.template}"


class Router(Generic[Handler]):
    """A dialect's routes, tried in order: concrete paths stand before templates."""

    def __init__(self, routes: Sequence[Route[Handler]]) -> None:
        self.routes = tuple(routes)

    def find(self, method: str, path: str) -> tuple[Route[Handler], dict[str, str]]:
        """Return the route of a request, and its path's parameters.

        A known path with another method is `Answered` 405, an unknown path the test's mistake: `UnknownRoute`.
        """
        allowed: list[str] = []
        concrete = False
        for route in self.routes:
            if concrete and "{" in route.template:
                break
            parameters = route.parameters(path)
            if parameters is None:
                continue
            if route.method == method:
                return route, parameters
            allowed.append(route.method)
            concrete = "{" not in route.template
        if allowed:
            raise Answered(Response(status=405, headers=Headers({"Allow": ", ".join(allowed)})))
        raise UnknownRoute(method, path, map(str, self.routes))
