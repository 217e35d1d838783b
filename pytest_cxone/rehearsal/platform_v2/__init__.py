"""The catalogue of simulated upgrades of `platform-v2`."""

from typing import Final

from pytest_cxone.rehearsal.platform_v2.access import ACCESS
from pytest_cxone.rehearsal.platform_v2.pages import PAGES
from pytest_cxone.rehearsal.platform_v2.profiles import PROFILES
from pytest_cxone.rehearsal.platform_v2.states import STATES

__all__ = ["UPGRADES"]

UPGRADES: Final = (*STATES, *PAGES, *ACCESS, *PROFILES)
"""The named upgrades, in the order in which a rehearsal runs them."""
