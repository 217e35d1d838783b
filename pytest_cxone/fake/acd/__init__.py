"""The fake's side of `acd`, NICE's published API. What each answer rests on stands in `schemas/acd/openapi.json`.

`site` ← `asking` ← `shapes` ← `states` ← `agents`, `reports`; `agents` ← `skills`, `teams` ← `tenant`;
`asking` ← `tokens` ← `login`, `discovery`; all of them ← `routes` ← `front`.
"""

from collections.abc import Mapping
from typing import Final

from pytest_cxone.fake.access import OAuthClient
from pytest_cxone.fake.acd.front import answering, spares
from pytest_cxone.fake.acd.site import REGIONS
from pytest_cxone.fake.api import Api, Arrival

__all__ = ["API"]

_USUAL_VERSION: Final = 31
"""The version that clients ask for unless told otherwise."""


def _variables(at: Arrival, client: OAuthClient) -> Mapping[str, str]:
    versions = at.options.versions
    other = {} if _USUAL_VERSION in versions else {"CXONE_API_VERSION": f"v{versions[-1]}.0"}
    return {
        "CXONE_DIALECT": "acd",
        "CXONE_ISSUER": at.url,
        "CXONE_BASE_URL": at.url,
        "CXONE_ADMIN_URL": at.admin_url,
        "CXONE_REGION": at.region,
        "CXONE_TENANT_ID": at.world.tenant_id,
        "CXONE_ACCESS_KEY_ID": client.access_key_id,
        "CXONE_ACCESS_KEY_SECRET": client.access_key_secret,
        "CXONE_CLIENT_ID": client.client_id,
        "CXONE_CLIENT_SECRET": client.client_secret,
        **other,
    }


API: Final = Api(
    name="acd",
    regions=tuple(REGIONS),
    token_lifetime=3_600,
    page_cap=100,
    answering=answering,
    versions=lambda options: tuple(f"v{number}.0" for number in options.versions),
    spares=spares,
    variables=_variables,
    numbers_agents=True,
    has_access_keys=True,
)
