"""Upgrades along the API's versions: those that NICE has made, and what may become of versions, paths and media types."""

# ruff: noqa: E501 - a table, a row an upgrade

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit, urlunsplit

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.acd.asked import (
    api,
    at,
    from_version,
    listing,
    profile,
    rows,
    states,
    to_version,
    told,
    version,
    with_body,
)
from pytest_cxone.rehearsal.acd.rows import as_uuid, unified
from pytest_cxone.rehearsal.changes import (
    FORBIDDEN,
    NOT_FOUND,
    answer,
    body,
    cased,
    json_response,
    keys,
    pascal,
    refusing,
    renamed,
    request,
    up,
)

__all__ = ["VERSIONS"]

_NEWEST: Final = 34
_skills: Final = at("/agents/skills")
_campaigns: Final = at("/campaigns")
_codes: Final = at("/teams/*/unavailable-codes")


def _served_as(number: int, which: Callable[[Request], bool] = api) -> Change:
    """Answer as another version does."""
    return request(which, to_version(number))


def _older(than: int, which: Callable[[Request], bool] = api) -> Callable[[Request], bool]:
    return lambda asked: 0 < version(asked) < than and which(asked)


def _wrapped(found: Any) -> Any:
    return found if "resultSet" in found else {"resultSet": found}


def _of_service(row: Any) -> Any:
    """Write a row as the service does to which NICE's own clients move."""
    moved = {
        "agentNo": row.get("agentId"),
        "agentId": as_uuid(row.get("agentId")),
        "agentStateName": unified(row.get("agentStateName", "")),
        "agentFirstName": row.get("firstName"),
        "agentLastName": row.get("lastName"),
        "canDialAgent": True,
    }
    kept = ("userName", "teamId", "isActive", "lastUpdateTime")
    return moved | {key: row[key] for key in kept if key in row}


def _to_service(found: Any) -> Any:
    kept = {key: value for key, value in found.items() if key not in {"totalRecords", "_links", "agentStates"}}
    return kept | {"agentStates": [_of_service(row) for row in found.get("agentStates", ())]}


def _moved_to(url: str) -> Response:
    return Response(status=307, headers=Headers({"Location": url}))


def _beyond(asked: Request, forward: Forward, _: World) -> Response:
    """Answer versions that there are not as the newest."""
    response = forward(asked)
    if response.status == 404 and (version(asked) > _NEWEST or version(asked) == 1):
        return forward(to_version(_NEWEST)(asked))
    return response


def _recased(asked: Request) -> bool:
    """Tell whether a path is spelt otherwise than NICE's documents have it."""
    path = asked.target.path
    return api(asked) and not re.sub("/{2,}", "/", path).startswith("/inContactAPI/services/")


def _doubled(asked: Request) -> bool:
    return "//" in asked.target.path


def _camel(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    found = told(response) if _older(11)(asked) else {}
    return with_body(response, keys(cased)(found)) if found else response


def _accepting(kind: str) -> Callable[[Request], Request]:
    return lambda asked: replace(asked, headers=Headers({**_without_accept(asked), "Accept": kind}))


def _without_accept(asked: Request) -> dict[str, str]:
    return {name: text for name, text in asked.headers.items() if name.lower() != "accept"}


def _unrendered(asked: Request, forward: Forward, _: World) -> Response:
    response = forward(asked)
    is_text = api(asked) and response.status == 200 and response.media_type == "text/plain"
    return json_response(406, {"error": "not_acceptable"}) if is_text else response


def _any_type(asked: Request) -> bool:
    return api(asked) and asked.headers.get("Accept", "") == "*/*"


def _redirected(asked: Request) -> str:
    return urlunsplit(urlsplit(asked.url)._replace(path=re.sub("/{2,}", "/", asked.target.path)))


VERSIONS: Final = (
    # Changes that the API has made
    up("keys-camel-case", "versions.casing", "versions before v11 have their keys in camelCase, too", _camel),
    up("keys-pascal-case", "states.row-shape", "keys are in PascalCase, in every version", body(api, keys(pascal))),
    up("campaigns-flat", "versions.campaigns", "campaigns are no longer in a resultSet, in every version", _served_as(33, _older(33, _campaigns))),
    up("campaigns-wrapped", "versions.campaigns", "campaigns are in a resultSet again", _served_as(30, from_version(33, _campaigns))),
    up("skills-flat", "versions.skills", "skills are no longer in a resultSet, in every version", _served_as(18, _older(18, _skills))),
    up("skills-wrapped", "agents.skills versions.skills versions.contract", "skills are in a resultSet again", body(_skills, _wrapped)),
    up("skills-proficiency-misspelt", "agents.skills versions.skills", "agentProficiencyValue is spelt agentProficencyValue again",
        rows(_skills, "agentSkillAssignments", renamed("agentProficiencyValue", "agentProficencyValue"))),
    up("codes-flat", "versions.codes", "unavailable codes are no longer in a resultSet, in every version", _served_as(34, _older(34, _codes))),
    up("codes-wrapped", "versions.codes", "unavailable codes are in a resultSet again", _served_as(33, from_version(34, _codes))),
    up("codes-keys-recased", "versions.codes", "outstateId is spelt outStateId again",
        rows(_codes, "unavailableCodes", lambda row: renamed("outstateId", "outStateId")(renamed("outstateName", "outStateName")(row)))),
    up("states-of-new-service", "states.row-shape", "states are those of the new service: agentId a UUID, agentNo, AGENT_STATE_ names",
        body(states, _to_service)),
    up("states-moved", "states.list-online-only", "the listing has moved: 404 where it was", refusing(listing, NOT_FOUND)),
    up("skills-moved", "agents.skills skills.list versions.contract", "skills have moved: 404 where they were", refusing(at("/agents/skills", "/skills", "/skills/*"), NOT_FOUND)),
    up("states-permission", "states.list-online-only", "from v30 on the listing wants a permission of its own: 403", refusing(from_version(30, states), FORBIDDEN)),
    up("profile-permission", "profile.any-login", "from v30 on a profile wants a permission of its own: 403", refusing(from_version(30, profile), FORBIDDEN)),
    # What may become of versions
    up("version-as-newest", "versions.casing", "every version is answered as v34 is", _served_as(_NEWEST)),
    up("version-old-gone", "versions.old-answer", "versions before v23 are gone: 404", refusing(_older(23), NOT_FOUND)),
    up("version-usual-gone", "states.list-online-only", "versions before v32 are gone: 410", refusing(_older(32), json_response(410, {"error": "gone"}))),
    up("version-newest-gone", "versions.told", "v34 is withdrawn: 404", refusing(from_version(34, api), NOT_FOUND)),
    up("version-unknown-answered", "versions.range", "a version that there is not is answered as v34 is", _beyond),
    # Paths
    up("path-case-counts", "paths.case", "the case of a path counts", refusing(_recased, NOT_FOUND)),
    up("path-slashes-count", "paths.slashes", "a doubled slash is another path", refusing(_doubled, NOT_FOUND)),
    up("path-slashes-redirected", "paths.slashes", "a doubled slash is redirected",
        lambda asked, forward, _: _moved_to(_redirected(asked)) if _doubled(asked) else forward(asked)),
    # Media types
    up("accept-not-needed", "headers.accept", "without Accept the answer is JSON", request(api, _accepting("application/json"))),
    up("accept-missing-406", "headers.accept", "without Accept the answer is 406", _unrendered),
    up("accept-any-406", "headers.accept", "Accept: */* is not enough", refusing(_any_type, json_response(406, {"error": "not_acceptable"}))),
    up("body-xml", "states.list-online-only", "answers are XML",
        answer(api, lambda response: replace(response, headers=Headers({"Content-Type": "application/xml"}), body=b"<agentStates/>"))),
)  # fmt: skip
