"""The authenticated client of a tenant.

`locating` finds out where the tenant is, `tokens` fetches and keeps the token, `session` sends requests with it at the
`pace` that the tenant allows, `answers` reads what comes back; `listing` reads pages and knows of their `gaps`.
`examination` gathers the facts of a diagnosis by `asking` for `observation`s; `watching` follows one agent, `changes`
the floor. `client` is what tests and integrations use.
"""

from pytest_cxone.client.asking import Progress
from pytest_cxone.client.changes import Changes
from pytest_cxone.client.client import CXoneClient, Look
from pytest_cxone.client.listing import Listing
from pytest_cxone.client.locating import Locator
from pytest_cxone.client.pace import Pace
from pytest_cxone.client.session import LONGEST_WAIT, TenantSession
from pytest_cxone.client.tokens import TokenSource
from pytest_cxone.client.watching import wait_for_change

__all__ = [
    "LONGEST_WAIT",
    "CXoneClient",
    "Changes",
    "Listing",
    "Locator",
    "Look",
    "Pace",
    "Progress",
    "TenantSession",
    "TokenSource",
    "wait_for_change",
]
