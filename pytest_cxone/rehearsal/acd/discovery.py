"""Upgrades of the documents that tell where tokens are issued and where a tenant is."""

# ruff: noqa: E501 - a table, a row an upgrade

from collections.abc import Callable
from typing import Final

from pytest_cxone.model import Request
from pytest_cxone.rehearsal.acd.asked import root
from pytest_cxone.rehearsal.changes import (
    NOT_FOUND,
    body,
    dropping,
    json_response,
    keys,
    refusing,
    renamed,
    replaced,
    request,
    up,
    without,
)

__all__ = ["DISCOVERY"]

_OPENID: Final = "discovery.openid"
_TENANT: Final = "discovery.tenant"
_WHO: Final = "discovery.who-am-i"
_openid: Final = root("/.well-known/openid-configuration")
_tenant: Final = root("/.well-known/cxone-configuration")
_who: Final = root("/incontactauthorizationserver/token/whoami")
_UNAUTHORISED: Final = json_response(401, {"error": "unauthorized"})


def _camel(key: str) -> str:
    first, *others = key.split("_")
    return first + "".join(word.capitalize() for word in others)


def _without_token(which: Callable[[Request], bool]) -> Callable[[Request], bool]:
    return lambda asked: which(asked) and "Authorization" not in asked.headers


DISCOVERY: Final = (
    up("openid-moved", _OPENID, "the issuer's document has moved: 404 where it was", refusing(_openid, NOT_FOUND)),
    up("openid-keys-camel-case", _OPENID, "keys of the issuer's document are in camelCase", body(_openid, keys(_camel))),
    up("openid-token-endpoint-wrong", _OPENID, "token_endpoint is a path that issues nothing", body(_openid, replaced("token_endpoint", lambda url: f"{url}/v2"))),
    up("tenant-document-needs-token", _TENANT, "a tenant's document needs a token", refusing(_without_token(_tenant), _UNAUTHORISED)),
    up("tenant-document-keys-camel-case", _TENANT, "keys of a tenant's document are in camelCase", body(_tenant, keys(_camel))),
    up("tenant-api-endpoint-elsewhere", _TENANT, "api_endpoint is a host of another area", body(_tenant, replaced("api_endpoint", "https://api-na2.niceincontact.com"))),
    up("tenant-auth-endpoint-removed", _TENANT, "auth_endpoint is gone", body(_tenant, without("auth_endpoint"))),
    up("tenant-id-renamed", _TENANT, "tenantId is called tenantUuid", body(_tenant, renamed("tenantId", "tenantUuid"))),
    up("tenant-id-ignored", "discovery.unknown-tenant", "whatever the tenant id, the answer is the area's document", request(_tenant, dropping("tenantId"))),
    up("tenant-id-required", "discovery.area", "without a tenant id the answer is 404", refusing(lambda asked: _tenant(asked) and "tenantId" not in dict(asked.query), NOT_FOUND)),
    up("who-am-i-camel-case", _WHO, "keys of whoami are in camelCase", body(_who, keys(_camel))),
)  # fmt: skip
