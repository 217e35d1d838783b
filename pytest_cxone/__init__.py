"""Guard integrations with NICE CXone: a fake tenant, an authenticated client, markers and contract tests.

Names are loaded when first used, so that pytest runs which use none of them start as fast as before.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from pytest_cxone import errors
    from pytest_cxone.cassettes.rules import ScrubRule
    from pytest_cxone.client import Changes, CXoneClient, Listing, Look
    from pytest_cxone.diagnosis import Certainty, Diagnoses, Diagnosis, Evidence, Verdict
    from pytest_cxone.dialects import Dialect
    from pytest_cxone.fake.world import World
    from pytest_cxone.markers import (
        agent_hidden,
        agent_offline,
        agent_online,
        agent_unknown,
        agents_online,
        cxone_behaviour,
        cxone_fault,
        cxone_region,
        cxone_scopes,
    )
    from pytest_cxone.model import Agent, AgentState, Call, Credentials, Exchange, Grant, Request, Response, Secret
    from pytest_cxone.rehearsal.changes import Upgrade, edited_body
    from pytest_cxone.schemas import Contract
    from pytest_cxone.settings import Settings
    from pytest_cxone.states import (
        AgentHidden,
        AgentOffline,
        AgentOnline,
        AgentsOnline,
        AgentUnknown,
        Scopes,
    )
    from pytest_cxone.tenants import Tenant

__all__ = [
    "Agent",
    "AgentHidden",
    "AgentOffline",
    "AgentOnline",
    "AgentState",
    "AgentUnknown",
    "AgentsOnline",
    "CXoneClient",
    "Call",
    "Certainty",
    "Changes",
    "Contract",
    "Credentials",
    "Diagnoses",
    "Diagnosis",
    "Dialect",
    "Evidence",
    "Exchange",
    "Grant",
    "Listing",
    "Look",
    "Request",
    "Response",
    "Scopes",
    "ScrubRule",
    "Secret",
    "Settings",
    "Tenant",
    "Upgrade",
    "Verdict",
    "World",
    "agent_hidden",
    "agent_offline",
    "agent_online",
    "agent_unknown",
    "agents_online",
    "cxone_behaviour",
    "cxone_fault",
    "cxone_region",
    "cxone_scopes",
    "edited_body",
    "errors",
]

_HOMES: Final = {
    "cassettes.rules": ("ScrubRule",),
    "client": ("CXoneClient", "Changes", "Listing", "Look"),
    "diagnosis": ("Certainty", "Diagnoses", "Diagnosis", "Evidence", "Verdict"),
    "dialects": ("Dialect",),
    "fake.world": ("World",),
    "markers": (
        "agent_hidden",
        "agent_offline",
        "agent_online",
        "agent_unknown",
        "agents_online",
        "cxone_behaviour",
        "cxone_fault",
        "cxone_region",
        "cxone_scopes",
    ),
    "model": ("Agent", "AgentState", "Call", "Credentials", "Exchange", "Grant", "Request", "Response", "Secret"),
    "rehearsal.changes": ("Upgrade", "edited_body"),
    "schemas": ("Contract",),
    "settings": ("Settings",),
    "states": ("AgentHidden", "AgentOffline", "AgentOnline", "AgentUnknown", "AgentsOnline", "Scopes"),
    "tenants": ("Tenant",),
}
_HOME_OF: Final = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "errors":
        return import_module("pytest_cxone.errors")
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
