"""Upgrades of agents as configured: profiles, lists, the search, skills, and the batch that adds some."""

# ruff: noqa: E501 - a table, a row an upgrade

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import quote, unquote

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import AgentRecord, World
from pytest_cxone.model import Request, Response
from pytest_cxone.rehearsal.acd.asked import at, no_rows, profile, rows, segment, told, with_rows
from pytest_cxone.rehearsal.acd.rows import as_uuid
from pytest_cxone.rehearsal.changes import (
    BAD_REQUEST,
    NOT_FOUND,
    answer,
    body,
    dropping,
    encoded,
    json_response,
    refusing,
    renamed,
    replaced,
    request,
    up,
    without,
)

__all__ = ["AGENTS"]

_PROFILE: Final = "profile.any-login"
_LIST: Final = "agents.list"
_SKILLS: Final = "agents.skills"
_list: Final = at("/agents")
_search: Final = at("/agents/search", method="POST")
_skills: Final = at("/agents/skills")
_batch: Final = at("/agents", method="POST")


def _telling(asked: Request) -> bool:
    """Tell whether agents are told in any way."""
    return profile(asked) or _list(asked) or _search(asked)


def _agent(edit: Callable[[Any], Any]) -> Change:
    return rows(_telling, "agents", edit)


def _joined(row: Any) -> Any:
    first, last = row.pop("firstName", ""), row.pop("lastName", "")
    return {**row, "fullName": f"{first} {last}".strip()}


def _by_uuid(asked: Request) -> bool:
    return profile(asked) and segment(asked).count("-") == 4


def _of_agent(asked: Request, agent_id: str) -> str:
    return asked.url.replace(f"/agents/{segment(asked)}", f"/agents/{quote(agent_id)}")


def _profile_by(matches: Callable[[AgentRecord, str], bool]) -> Change:
    """Take for an id what matches an agent in another way."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if not profile(asked) or response.status != 404:
            return response
        wanted = unquote(segment(asked))
        for agent in world.agents:
            if matches(agent, wanted):
                return forward(replace(asked, url=_of_agent(asked, agent.agent_id)))
        return response

    return change


def _profile_of_offline(refusal: Response) -> Change:
    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        is_offline = world.session(unquote(segment(asked))) is None if profile(asked) else False
        return refusal if is_offline and response.status == 200 else response

    return change


def _wanted(asked: Request) -> dict[str, Any]:
    """Return what a search asks for; empty for what is none."""
    try:
        found = json.loads(asked.body) if _search(asked) else {}
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def _for_everybody(asked: Request) -> Request:
    wanted = _wanted(asked)
    wanted.pop("agentIds", None)
    return replace(asked, body=encoded(wanted))


def _by_number(asked: Request) -> bool:
    return any(not isinstance(agent_id, str) for agent_id in _wanted(asked).get("agentIds") or ())


def _by_many(asked: Request) -> bool:
    return len(_wanted(asked).get("agentIds") or ()) > 50


def _nobody_404(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    return NOT_FOUND if _search(asked) and no_rows(response, "agents") else response


def _whole_batch_fails(asked: Request, forward: Forward, _: World) -> Response:
    """Refuse a batch of which an item fails."""
    response = forward(asked)
    return BAD_REQUEST if _batch(asked) and told(response).get("errorCount") else response


AGENTS: Final = (
    # Profiles
    up("profile-object", _PROFILE, "the profile is not in an array", body(profile, lambda found: (found.get("agents") or [None])[0])),
    up("profile-array-unwrapped", "agents.one-in-array", "agents of a profile is an object", body(profile, with_rows("agents", lambda found: found[0] if found else None))),
    up("profile-id-uuid", _PROFILE, "agentId is the user's UUID", _agent(replaced("agentId", as_uuid))),
    up("profile-user-id-renamed", "agents.one-in-array", "userID is called userUuid", _agent(lambda row: renamed("userID", "userUuid")(renamed("userId", "userUuid")(row)))),
    up("profile-names-joined", _PROFILE, "firstName and lastName are fullName", _agent(_joined)),
    up("profile-email-renamed", _PROFILE, "emailAddress is called email", _agent(renamed("emailAddress", "email"))),
    up("profile-email-masked", _PROFILE, "emailAddress is masked", _agent(replaced("emailAddress", lambda text: f"{text[:1]}***@{text.partition('@')[2]}"))),
    up("profile-active-renamed", "agents.one-in-array", "isActive is called active", _agent(renamed("isActive", "active"))),
    up("profile-team-removed", "agents.one-in-array", "teamId and teamName are gone", _agent(lambda row: without("teamId")(without("teamName")(row)))),
    up("profile-offline-404", "profile.any-login", "agents who are logged out have no profile", _profile_of_offline(NOT_FOUND)),
    up("profile-unknown-200", "profile.unknown diagnosis.unknown bulk.profiles", "an unknown id is 200 and {}", answer(profile, lambda _: json_response(200, {}), of=404)),
    up("profile-by-email", "profile.email-not-id diagnosis.not-an-id", "the e-mail works as an id", _profile_by(lambda agent, text: agent.email == text)),
    up("profile-by-name", "profile.name-not-id", "the name works as an id", _profile_by(lambda agent, text: agent.name == text)),
    up("profile-by-prefix", "profile.unknown", "the beginning of an id works as one", _profile_by(lambda agent, text: agent.agent_id.startswith(text))),
    up("profile-by-number-only", "agents.by-user-id", "a user's UUID is no id of an agent", refusing(_by_uuid, NOT_FOUND)),
    # The list
    up("agents-last-lost", _LIST, "the list lacks its last agent", body(_list, with_rows("agents", lambda found: found[:-1]))),
    up("agents-active-ignored", _LIST, "isActive is ignored", request(_list, dropping("isActive"))),
    up("agents-skip-ignored", _LIST, "skip is ignored", request(_list, dropping("skip"))),
    up("agents-search-ignored", "agents.search-string", "searchString is ignored", request(_list, dropping("searchString"))),
    up("agents-update-since-respelt", "agents.changed-since", "updateSince is spelt updatedSince alone", request(_list, dropping("updateSince"))),
    up("agents-order-ignored", "agents.order", "orderBy is ignored", request(_list, dropping("orderBy"))),
    up("agents-hidden-uncounted", "states.hidden-agents", "hiddenAgents is gone", body(_list, without("hiddenAgents"))),
    # The search
    up("search-ids-ignored", "agents.search", "agentIds are ignored, and everybody is found", request(_search, _for_everybody)),
    up("search-ids-strings", "agents.search", "agentIds must be strings", refusing(_by_number, BAD_REQUEST)),
    up("search-ids-at-most-50", "bulk.search", "agentIds may be 50 at most", refusing(_by_many, BAD_REQUEST)),
    up("search-nobody-404", "agents.search", "a search that finds nobody is 404", _nobody_404),
    up("search-gone", "agents.search bulk.search", "the search is no longer there", refusing(_search, NOT_FOUND)),
    # Skills
    up("skills-array-renamed", _SKILLS, "agentSkillAssignments is called agentSkills", body(_skills, renamed("agentSkillAssignments", "agentSkills"))),
    up("skill-activity-misspelt", "skills.activity", "agentsAvailable is spelt agentsAvaliable", rows(at("/skills/activity", "/skills/*/activity"), "skillActivity", renamed("agentsAvailable", "agentsAvaliable"))),
    up("skills-media-ignored", _SKILLS, "mediaTypeId is ignored", request(_skills, dropping("mediaTypeId"))),
    # The batch
    up("batch-fails-whole", "agents.batch", "a batch of which one agent is wrong is 400", _whole_batch_fails),
    up("batch-success-string", "agents.batch", "success is a string", rows(_batch, "agentResults", replaced("success", lambda flag: str(flag).lower()))),
    up("batch-all-well", "agents.batch", "errorCount is 0 whatever failed", body(_batch, replaced("errorCount", 0))),
)  # fmt: skip
