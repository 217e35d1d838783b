"""The way of a request through the fake's `acd`: its path, its version, its token, its operation, and the rendering."""

import re
from dataclasses import replace
from typing import Final

from pytest_cxone.errors import UnknownRoute
from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.routes import AT_ROOT, VERSIONED, Handler
from pytest_cxone.fake.acd.site import Site, site_of
from pytest_cxone.fake.api import Answer, Options
from pytest_cxone.fake.routing import Answered, Route, Router
from pytest_cxone.fake.world import Token, World
from pytest_cxone.model import Headers, Request, Response

__all__ = ["PREFIX", "answering", "spares"]

PREFIX: Final = "/inContactAPI/services"
_UNDER_PREFIX: Final = re.compile(r"/incontactapi/services/([^/]+)(/.*)?", re.IGNORECASE)
_VERSION: Final = re.compile(r"v([1-9]\d{0,3})\.0", re.IGNORECASE)
_SPARED: Final = re.compile(
    r"/(\.well-known|auth|authentication|public|incontactauthorizationserver)/.*", re.IGNORECASE
)
_JSON_TYPES: Final = frozenset({"*/*", "application/*", "application/json"})
_UNRENDERED: Final = Response(
    status=200,
    headers=Headers({"Content-Type": "text/plain; charset=utf-8"}),
    body=b"No known way to render data",
)


def _canonical(path: str) -> str:
    """Return a path with one slash where a client sent several."""
    return re.sub("/{2,}", "/", path)


def spares(path: str) -> bool:
    """Tell whether a path is one of a token's or a document's, which need no token themselves."""
    return _SPARED.fullmatch(_canonical(path)) is not None


def answering(options: Options) -> Answer:
    """Return what answers requests under these options."""

    def answer(request: Request, world: World, region: str) -> Response:
        site = site_of(request, region, options.advertised)
        try:
            return _answer(request, world, site, options)
        except Answered as early:
            return early.response

    return answer


def _answer(request: Request, world: World, site: Site, options: Options) -> Response:
    path = _canonical(request.target.path)
    ask = Ask(
        request=request,
        world=world,
        site=site,
        path=path,
        versions=options.versions,
        query={name.lower(): text for name, text in request.query},
    )
    under = _UNDER_PREFIX.fullmatch(path)
    if under is None:
        route, parameters = _found(AT_ROOT, request, path)
        return route.handler(replace(ask, parameters=parameters))
    version = _version(under[1], options.versions)
    rest = (under[2] or "").rstrip("/") or "/"
    route, parameters = _found(VERSIONED, request, rest)
    response = route.handler(
        replace(
            ask,
            path=f"{PREFIX}/v{version}.0{route.path(parameters)}",
            version=version,
            parameters=parameters,
            token=_authorised(request, world),
        )
    )
    # The operation is done by now, also where its answer cannot be shown.
    shown = not response.body or not options.needs_accept or _takes_json(request)
    return response if shown else _UNRENDERED


def _found(router: Router[Handler], request: Request, path: str) -> tuple[Route[Handler], dict[str, str]]:
    try:
        return router.find(request.method, path)
    except UnknownRoute:
        known = [*map(str, AT_ROOT.routes), *(f"{r.method} {PREFIX}/v{{N}}.0{r.template}" for r in VERSIONED.routes)]
        raise UnknownRoute(request.method, request.target.path, known) from None


def _version(text: str, there: range) -> int:
    found = _VERSION.fullmatch(text)
    if found is None or int(found[1]) not in there:
        known = f"v{there[0]}.0 to v{there[-1]}.0"
        raise refusal(404, "not_found", f"there is no version {text[:20]!r} of the API here; there are {known}")
    return int(found[1])


def _authorised(request: Request, world: World) -> Token:
    """Check the bearer token (RFC 6750, 3), then whether its role may do anything at all."""
    scheme, _, value = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not value:
        raise refusal(401, "unauthorized", "a bearer token is required", challenge='Bearer realm="cxone"')
    token = world.token(value.strip())
    if token is None:
        raise refusal(
            401,
            "invalid_token",
            "the token is unknown or has expired",
            challenge='Bearer realm="cxone", error="invalid_token"',
        )
    if not token.scopes:
        raise refusal(403, "forbidden", "the role of the access key's user lacks the permission")
    return token


def _takes_json(request: Request) -> bool:
    """Tell whether JSON is among what a request accepts (RFC 9110, 12.5.1); without the header it is not, here."""
    for part in request.headers.get("Accept", "").split(","):
        media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
        refused = any(re.fullmatch(r"q\s*=\s*0(\.0*)?", parameter) for parameter in parameters)
        if media_type in _JSON_TYPES and not refused:
            return True
    return False
