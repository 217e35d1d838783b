"""Where the documents and links of an answer say that the tenant is reached."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from pytest_cxone.model import Request

__all__ = ["REGIONS", "Site", "site_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The hosts of one region, without a slash at their ends, and what else its configuration tells."""

    api: str
    auth: str
    issuer: str
    area: str
    cluster: str
    domain: str
    acd_domain: str
    uh_domain: str


REGIONS: Final[Mapping[str, Site]] = {
    "global": Site(
        api="https://api-na1.niceincontact.com",
        auth="https://na1.nice-incontact.com",
        issuer="https://cxone.niceincontact.com",
        area="na1",
        cluster="B32",
        domain="niceincontact.com",
        acd_domain="nice-incontact.com",
        uh_domain="nice-incontact.com",
    ),
    "gov": Site(
        api="https://api-na2.niceincontact.com",
        auth="https://na2.niceincontact.com",
        issuer="https://cxone-gov.niceincontact.com",
        area="na2",
        cluster="C71",
        domain="niceincontact.com",
        acd_domain="nice-incontact.com",
        uh_domain="niceincontact.com",
    ),
}
"""The regions of the dialect, the default first; each is a tenant of its own."""

_OF_NICE: Final = (
    "niceincontact.com", "nice-incontact.com", "incontact.com", "incontact.eu",
    "nicecxone-sov1.uk", "nicecxone-sov1.eu", "nicecxone-sov1.au",
)  # fmt: skip


def site_of(request: Request, region: str, advertised: str) -> Site:
    """Return what a request is told: `advertised`, or NICE's hosts if it was sent to one, or its own origin."""
    site = REGIONS[region]
    if not advertised and _is_of_nice(request):
        return site
    url = request.target
    origin = advertised or f"{url.scheme}://{url.netloc}"
    return replace(site, api=origin, auth=origin, issuer=origin)


def _is_of_nice(request: Request) -> bool:
    # By the Host header too: through a proxy, one of NICE's names leads to a server with another.
    named = request.headers.get("Host", "").partition(":")[0].strip().lower()
    hosts = [name.rstrip(".") for name in (request.target.hostname or "", named)]
    return any(host == domain or host.endswith(f".{domain}") for host in hosts for domain in _OF_NICE)
