"""Upgrades of profiles."""

# ruff: noqa: E501 - a table, a row an upgrade

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final
from urllib.parse import unquote

from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import AgentRecord, World
from pytest_cxone.model import Headers, Request, Response
from pytest_cxone.rehearsal.changes import (
    NO_CONTENT,
    NOT_FOUND,
    answer,
    body,
    json_response,
    renamed,
    replaced,
    status,
    up,
    without,
)
from pytest_cxone.rehearsal.platform_v2.asked import AGENTS, profile

__all__ = ["PROFILES"]


def _split_name(agent: Any) -> Any:
    first, _, last = agent.pop("name").partition(" ")
    return {**agent, "firstName": first, "lastName": last}


def _profile_by(matches: Callable[[AgentRecord, str], bool]) -> Change:
    """Take for an id what matches an agent in another way."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        if not profile(asked) or response.status != 404:
            return response
        wanted = unquote(asked.target.path.removeprefix(AGENTS))
        for agent in world.agents:
            if matches(agent, wanted):
                return forward(replace(asked, url=asked.url.replace(asked.target.path, AGENTS + agent.agent_id)))
        return response

    return change


def _profile_only(of: str, refusal: Response) -> Change:
    """Refuse the profile of agents who are "offline" or "hidden"."""

    def change(asked: Request, forward: Forward, world: World) -> Response:
        response = forward(asked)
        session = world.session(unquote(asked.target.path.removeprefix(AGENTS)))
        offline, hidden = session is None, session is not None and session.team == "Restricted"
        concerned = offline if of == "offline" else hidden
        return refusal if profile(asked) and response.status == 200 and concerned else response

    return change


PROFILES: Final = (
    up("profile-name-removed", "profile.any-login", "there is no name", body(profile, without("name"))),
    up("profile-name-split", "profile.any-login", "name is firstName and lastName", body(profile, _split_name)),
    up("profile-name-nulled", "profile.any-login", "name is null", body(profile, replaced("name", None))),
    up("profile-name-object", "profile.any-login", "name is an object",
        body(profile, replaced("name", lambda text: {"display": text}))),
    up("profile-name-reversed", "profile.any-login", "name is written last name first",
        body(profile, replaced("name", lambda text: ", ".join(reversed(text.split(" ", 1)))))),
    up("profile-email-removed", "profile.any-login", "there is no email", body(profile, without("email"))),
    up("profile-email-renamed", "profile.any-login", "email is called emailAddress",
        body(profile, renamed("email", "emailAddress"))),
    up("profile-email-nulled", "profile.any-login", "email is null", body(profile, replaced("email", None))),
    up("profile-email-masked", "profile.any-login", "email is masked",
        body(profile, replaced("email", lambda text: f"{text[0]}***@{text.partition('@')[2]}"))),
    up("profile-email-list", "profile.any-login", "email is a list", body(profile, replaced("email", lambda text: [text]))),
    up("profile-id-removed", "profile.any-login", "there is no agentId", body(profile, without("agentId"))),
    up("profile-id-integer", "profile.any-login", "agentId is a number", body(profile, replaced("agentId", int))),
    up("profile-in-array", "profile.any-login", "the profile is in an array", body(profile, lambda agent: [agent])),
    up("profile-enveloped", "profile.any-login", "the profile is in an object, as agents",
        body(profile, lambda agent: {"agents": [agent]})),
    up("profile-offline-404", "profile.any-login diagnosis.not-shown bulk.profiles", "agents who are logged out have no profile",
        _profile_only("offline", NOT_FOUND)),
    up("profile-hidden-404", "profile.hidden", "agents of other teams have no profile",
        _profile_only("hidden", NOT_FOUND)),
    up("profile-unknown-200", "profile.unknown diagnosis.unknown", "an unknown id is 200 and {}",
        answer(profile, lambda _: json_response(200, {}), of=404)),
    up("profile-unknown-204", "profile.unknown", "an unknown id is 204", answer(profile, lambda _: NO_CONTENT, of=404)),
    up("profile-unknown-400", "profile.unknown", "an unknown id is 400", status(profile, 400, of=404)),
    up("profile-unknown-410", "profile.unknown", "an unknown id is 410", status(profile, 410, of=404)),
    up("profile-unknown-html", "profile.unknown", "404 is a page of HTML",
        answer(profile, lambda r: replace(r, headers=Headers({"Content-Type": "text/html"}), body=b"<h1>404</h1>"), of=404)),
    up("profile-by-email", "profile.email-not-id diagnosis.not-an-id", "the e-mail works as an id", _profile_by(lambda agent, text: agent.email == text)),
    up("profile-by-name", "profile.name-not-id", "the name works as an id", _profile_by(lambda agent, text: agent.name == text)),
    up("profile-by-number", "profile.id-exact", "an id is read as a number, whatever zeros and blanks are round it",
        _profile_by(lambda agent, text: agent.agent_id == text.strip().lstrip("0"))),
    up("profile-id-as-number", "profile.id-exact", "an id is read as a number, with zeros and blanks before it",
        _profile_by(lambda agent, text: agent.agent_id == text.strip().lstrip("0"))),
    up("profile-by-prefix", "profile.unknown", "the beginning of an id works as one",
        _profile_by(lambda agent, text: agent.agent_id.startswith(text))),
)  # fmt: skip
