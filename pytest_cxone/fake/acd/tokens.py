"""Tokens as CXone's look: JSON Web Tokens, signed with a key that is made up once a process and thrown away."""

import base64
import hashlib
import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from pytest_cxone.fake.access import REFRESH_LIFETIME, OAuthClient
from pytest_cxone.fake.acd.site import Site
from pytest_cxone.fake.records import USUAL_TEAM
from pytest_cxone.fake.world import World

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

__all__ = ["API_USER", "grant", "public_keys"]

API_USER: Final = 900_001
"""The agent id of the user whom access keys belong to. No listing shows it."""

_BITS: Final = 2_048
_lock = threading.Lock()
_made: list[tuple["RSAPrivateKey", str]] = []


def grant(world: World, client: OAuthClient, site: Site) -> dict[str, Any]:
    """Issue what a client gets for its credentials: an access token, what renews it, and who it is."""
    issued = int(world.clock.now())
    lifetime = world.token_lifetime
    token = world.issue_token(client, client.scopes, _access_token(world, client, site, issued))
    renewing = world.access.issue_refresh(token, _refresh_token(world, client, site, issued))
    return {
        "access_token": token.value,
        "token_type": "Bearer",
        "expires_in": lifetime,
        "refresh_token": renewing.value,
        "id_token": _id_token(world, client, site, issued),
    }


def public_keys() -> dict[str, Any]:
    """Return the key set (RFC 7517) with which the tokens can be verified."""
    key, kid = _key()
    numbers = key.public_key().public_numbers()
    return {
        "keys": [
            {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid, "n": _number(numbers.n), "e": _number(numbers.e)}
        ]
    }


# The claims, by and large those of the samples in NICE's guide


def _access_token(world: World, client: OAuthClient, site: Site, issued: int) -> str:
    role = {
        "legacyId": "Administrator",
        "id": world.uuid(f"roles/{client.client_id}"),
        "lastUpdateTime": 0,
        "secondaryRoles": [],
    }
    return _signed({"iss": site.auth, **_person(world, client, site), "role": role, **_life(world, issued)})


def _id_token(world: World, client: OAuthClient, site: Site, issued: int) -> str:
    more = {
        "userId": _user_id(world, client),
        "icDomain": site.acd_domain,
        "icAgentId": API_USER,
        "teamId": world.teams.of(USUAL_TEAM),
    }
    return _signed({"iss": site.issuer, **_person(world, client, site), **more, **_life(world, issued)})


def _refresh_token(world: World, client: OAuthClient, site: Site, issued: int) -> str:
    claims = {"aud": client.client_id, "iss": site.auth, "id": _user_id(world, client), "sessionId": str(uuid4())}
    return _signed({**claims, "iat": issued, "exp": issued + REFRESH_LIFETIME})


def _person(world: World, client: OAuthClient, site: Site) -> dict[str, Any]:
    return {
        "sub": f"user:{_user_id(world, client)}",
        "aud": client.client_id,
        "icBUId": world.business_unit,
        "icClusterId": site.cluster,
        "tenantId": world.tenant_id,
        "tenant": "fake_tenant",
        # Words that stand in no other text: a recording hides a person's names wherever they are.
        "name": "quillon.vexmoor@example.com",
        "given_name": "Quillon",
        "family_name": "Vexmoor",
    }


def _life(world: World, issued: int) -> dict[str, Any]:
    # No sample has a jti, but without it two tokens of the same second would be one.
    return {"iat": issued, "exp": issued + world.token_lifetime, "jti": str(uuid4())}


def _user_id(world: World, client: OAuthClient) -> str:
    return world.uuid(f"users/{client.client_id}")


# The signature


def _signed(claims: Mapping[str, Any]) -> str:
    import jwt

    key, kid = _key()
    return jwt.encode(dict(claims), key, algorithm="RS256", headers={"kid": kid})


def _key() -> tuple["RSAPrivateKey", str]:
    """Return the process's key and its name, made when first needed: that takes a tenth of a second."""
    from cryptography.hazmat.primitives.asymmetric import rsa

    with _lock:
        if not _made:
            key = rsa.generate_private_key(public_exponent=65_537, key_size=_BITS)
            name = hashlib.sha256(_number(key.public_key().public_numbers().n).encode()).hexdigest()[:16]
            _made.append((key, name))
        return _made[0]


def _number(value: int) -> str:
    raw = value.to_bytes((value.bit_length() + 7) // 8, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
