"""The table of acd's operations: those under a version, and those at the root."""

from collections.abc import Callable
from typing import Final

from pytest_cxone.fake.acd import agents, discovery, login, reports, skills, states, teams, tenant
from pytest_cxone.fake.acd.asking import Ask
from pytest_cxone.fake.acd.shapes import plain
from pytest_cxone.fake.routing import Route, Router
from pytest_cxone.model import Response

__all__ = ["AT_ROOT", "VERSIONED", "Handler"]

Handler = Callable[[Ask], Response]


def _table(*rows: tuple[str, str, Handler]) -> Router[Handler]:
    return Router([Route(method, template, handler, ignores_case=True) for method, template, handler in rows])


def _list_versions(ask: Ask) -> Response:
    """Answer with the operations that there are, once for each version."""
    text, verb = ask.query.get("searchuritext", "").strip().lower(), ask.query.get("verb", "").strip().upper()
    rows = [
        {"uri": route.template, "version": version, "verb": route.method}
        for route in VERSIONED.routes
        if text in route.template.lower() and verb in {"", route.method}
        for version in ask.versions
    ]
    return plain(ask, {"apiInfo": rows})


def _list_releases(ask: Ask) -> Response:
    """Answer with the versions that there are."""
    wanted = ask.query.get("apiversion", "").strip().lower().removeprefix("v").removesuffix(".0")
    found = [version for version in ask.versions if wanted in {"", str(version)}]
    return plain(ask, {"versionInfo": [{"version": number, "release": f"Release {number}"} for number in found]})


AT_ROOT: Final = _table(
    ("GET", "/.well-known/openid-configuration", discovery.get_openid_configuration),
    ("GET", "/.well-known/cxone-configuration", discovery.get_cxone_configuration),
    ("GET", "/auth/jwks", discovery.get_keys),
    ("POST", "/auth/token", login.issue_token),
    ("POST", "/authentication/v1/token/access-key", login.issue_token_by_access_key),
    ("POST", "/public/user/refresh", login.refresh_token),
    ("POST", "/incontactauthorizationserver/token/whoami", login.who_am_i),
)
"""What needs no token: the documents, and how one gets a token."""

VERSIONED: Final = _table(
    ("GET", "/agents/states", states.list_agent_states),
    ("GET", "/agents/state-history", reports.list_state_history),
    ("GET", "/agents/skills", skills.list_agent_skills),
    ("POST", "/agents/search", agents.search_agents),
    ("GET", "/agents", agents.list_agents),
    ("POST", "/agents", agents.create_agents),
    ("GET", "/agents/{agentId}", agents.get_agent),
    ("GET", "/agents/{agentId}/states", states.get_agent_state),
    ("GET", "/agents/{agentId}/state-history", reports.get_state_history),
    ("GET", "/agents/{agentId}/skills", skills.get_agent_skills),
    ("POST", "/agents/{agentId}/state", states.set_agent_state),
    ("POST", "/agents/{agentId}/logout", states.log_out_agent),
    ("GET", "/agents-states", states.list_states),
    ("GET", "/skills/activity", skills.list_skill_activity),
    ("GET", "/skills", skills.list_skills),
    ("GET", "/skills/{skillId}", skills.get_skill),
    ("GET", "/skills/{skillId}/activity", skills.get_skill_activity),
    ("GET", "/teams/agents", teams.list_teams_agents),
    ("GET", "/teams", teams.list_teams),
    ("GET", "/teams/{teamId}", teams.get_team),
    ("GET", "/teams/{teamId}/agents", teams.list_team_agents),
    ("GET", "/teams/{teamId}/unavailable-codes", tenant.list_team_codes),
    ("GET", "/unavailable-codes", tenant.list_unavailable_codes),
    ("GET", "/business-unit", tenant.get_business_unit),
    ("GET", "/campaigns", tenant.list_campaigns),
    ("GET", "/media-types", tenant.list_media_types),
    ("GET", "/dispositions", tenant.list_nothing),
    ("GET", "/hours-of-operation", tenant.list_hours),
    ("GET", "/scripts/search", tenant.list_nothing),
    ("GET", "/wfm-data/agents/schedule-adherence", reports.list_schedule_adherence),
    ("GET", "/server-time", tenant.get_server_time),
    ("GET", "/apiversion", _list_versions),
    ("GET", "/apiversionreleaseinfo", _list_releases),
)
"""What stands under `/inContactAPI/services/vN.0`, and needs a token."""
