"""The catalogue of simulated upgrades of `acd`.

`asked` tells which requests are concerned, and each other module has the upgrades of one part of the API.
"""

from typing import Final

from pytest_cxone.rehearsal.acd.access import ACCESS
from pytest_cxone.rehearsal.acd.agents import AGENTS
from pytest_cxone.rehearsal.acd.deltas import DELTAS
from pytest_cxone.rehearsal.acd.discovery import DISCOVERY
from pytest_cxone.rehearsal.acd.listing import LISTING
from pytest_cxone.rehearsal.acd.rows import ROWS
from pytest_cxone.rehearsal.acd.tenant import TENANT
from pytest_cxone.rehearsal.acd.tokens import TOKENS
from pytest_cxone.rehearsal.acd.versions import VERSIONS

__all__ = ["UPGRADES"]

UPGRADES: Final = (
    *VERSIONS,
    *ROWS,
    *LISTING,
    *DELTAS,
    *AGENTS,
    *TENANT,
    *TOKENS,
    *ACCESS,
    *DISCOVERY,
)
"""The named upgrades, in the order in which a rehearsal runs them."""
