"""The authenticated client of a tenant.

`tokens` fetches and keeps the token, `session` sends requests with it, `answers` reads what comes back,
and `client` is what tests and integrations use.
"""

from pytest_cxone.client.client import CXoneClient, Listing
from pytest_cxone.client.session import TenantSession
from pytest_cxone.client.tokens import TokenSource

__all__ = ["CXoneClient", "Listing", "TenantSession", "TokenSource"]
