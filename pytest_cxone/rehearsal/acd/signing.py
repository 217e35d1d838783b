"""Tokens signed anew after an edit of their claims, with a key that the tenant publishes from then on."""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.acd.asked import root, with_body

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["issuing", "opaque", "signed"]

_KID: Final = "after-the-upgrade"
_RENEWING: Final = ("refresh_token", "refreshToken")
_keys: Final = root("/auth/jwks")


def issuing(asked: Request) -> bool:
    """Tell whether a request gets tokens, for credentials or for a refresh token."""
    paths = ("/auth/token", "/authentication/v1/token/access-key", "/public/user/refresh")
    return any(root(path)(asked) for path in paths)


@cache
def _key() -> "RSAPrivateKey":
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def _rewritten(names: tuple[str, ...], write: Callable[[str], str]) -> Change:
    """Hand out other texts for the tokens under these names, which the tenant then takes for them."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if not issuing(asked) or response.status != 200:
            return response
        found = json.loads(response.body)
        access = world.issued_token(found.get("access_token") or found.get("token") or "")
        for name in names:
            if access is None or name not in found:
                continue
            found[name] = write(found[name])
            if name in _RENEWING:
                world.access.issue_refresh(access, found[name])
            elif name != "id_token":
                world.put_token(replace(access, value=found[name]))
        return with_body(response, found)

    return change


def opaque(*names: str) -> Change:
    """Hand out tokens that are no JSON web tokens."""
    return _rewritten(names, lambda value: f"opaque-{value.rpartition('.')[2]}")


def signed(edit: Callable[[dict[str, Any]], object], *names: str, is_named: bool = True) -> Change:
    """Edit the claims of tokens and sign them anew; where not `is_named`, they do not tell with which key."""

    def write(value: str) -> str:
        import jwt

        claims = jwt.decode(value, options={"verify_signature": False})
        edit(claims)
        return jwt.encode(claims, _key(), algorithm="RS256", headers={"kid": _KID} if is_named else None)

    rewritten = _rewritten(names, write)

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = rewritten(asked, forward, world)
        if not _keys(asked) or response.status != 200:
            return response
        from jwt.algorithms import RSAAlgorithm

        public = RSAAlgorithm.to_jwk(_key().public_key(), as_dict=True)
        published = {**public, "use": "sig", "alg": "RS256", "kid": _KID}
        return with_body(response, {"keys": [*json.loads(response.body)["keys"], published]})

    return change
