"""The public documents: where an issuer's tokens come from, where a tenant is reached, how its tokens are verified."""

from pytest_cxone.fake.acd.asking import Ask, as_json, refusal
from pytest_cxone.fake.acd.tokens import public_keys
from pytest_cxone.model import Response

__all__ = ["get_cxone_configuration", "get_keys", "get_openid_configuration"]


def get_openid_configuration(ask: Ask) -> Response:
    """Answer with the OpenID provider's metadata."""
    issuer = ask.site.issuer
    return as_json(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/auth/authorize",
            "token_endpoint": f"{issuer}/auth/token",
            "userinfo_endpoint": f"{issuer}/auth/userinfo",
            "jwks_uri": f"{issuer}/auth/jwks",
            "end_session_endpoint": f"{issuer}/auth/authorize/logout",
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["openid"],
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "display_values_supported": ["page", "popup"],
            "code_challenge_methods_supported": ["S256"],
        }
    )


def get_cxone_configuration(ask: Ask) -> Response:
    """Answer with a tenant's endpoints; without a tenant, with those of the area."""
    tenant_id = ask.query.get("tenantid", "").strip()
    if tenant_id and tenant_id.lower() != ask.world.tenant_id.lower():
        raise refusal(404, "not_found", f"there is no tenant {tenant_id[:60]!r}")
    site = ask.site
    tenant = {"tenantId": ask.world.tenant_id} if tenant_id else {}
    return as_json(
        {
            "private": False,
            "area": site.area,
            "cluster": site.cluster,
            "domain": site.domain,
            "globaldomain": site.domain,
            "acdDomain": site.acd_domain,
            "uhDomain": site.uh_domain,
            "ui_endpoint": site.auth,
            "auth_endpoint": site.auth,
            "api_endpoint": site.api,
            **tenant,
        }
    )


def get_keys(_: Ask) -> Response:
    """Answer with the public keys of the tokens."""
    return as_json(public_keys())
