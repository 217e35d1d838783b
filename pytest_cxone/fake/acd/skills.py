"""Skills: those of the tenant, who has which, and how busy those are who have one."""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pytest_cxone.fake.acd.agents import known_user, user_id
from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import CAMPAIGN, NOTHING, listed, plain, projected
from pytest_cxone.fake.acd.states import MEDIA, WORKING, code_of, names_of, number_of, state_id
from pytest_cxone.fake.clock import timestamp, timestamp_of
from pytest_cxone.fake.records import ACW, USUAL_SKILLS, AgentRecord, Session, Skill
from pytest_cxone.model import Response

__all__ = [
    "get_agent_skills",
    "get_skill",
    "get_skill_activity",
    "list_agent_skills",
    "list_skill_activity",
    "list_skills",
]

_WRAPPED_BEFORE: Final = 18
_AVAILABLE: Final = 1
_UNAVAILABLE: Final = 2
_GOAL: Final = {"serviceLevelGoal": 80, "serviceLevelThreshold": 30}


# Who has which


def list_agent_skills(ask: Ask) -> Response:
    """Answer with a row for each skill of each agent whom the client may see."""
    text, fits = ask.query.get("searchstring", "").strip().lower(), _filter(ask, "isActive", "isSkillActive")
    ask.moment("updatedSince")  # nobody's skills change here, but a bad date is refused
    active = ask.flag("isAgentActive")
    pairs = [
        (agent, skill)
        for agent in map(ask.world.record, ask.world.roster(ask.cannot_see))
        for skill in ask.world.skills_of(agent.agent_id)
        if fits(skill) and active in {None, agent.active} and text in f"{agent.name}\n{skill.name}".lower()
    ]
    # The letter that is missing was missing in NICE's own API.
    proficiency = "agentProficencyValue" if ask.version < _WRAPPED_BEFORE else "agentProficiencyValue"

    def row(pair: tuple[AgentRecord, Skill]) -> dict[str, Any]:
        agent, skill = pair
        return {
            **_assignment(ask, agent, skill),
            "agentName": agent.name,
            "mediaType": skill.media_type,
            proficiency: 1,
            "isAgentActive": agent.active,
        }

    return listed(ask, "agentSkillAssignments", pairs, row, envelope=_envelope(ask), wrapped_before=_WRAPPED_BEFORE)


def get_agent_skills(ask: Ask) -> Response:
    """Answer with one agent's skills, by number or by UUID; the rows are not quite those of the list."""
    agent = known_user(ask)
    if agent.team in ask.cannot_see:
        return NOTHING
    text = ask.query.get("searchstring", "").strip().lower()
    fits = _filter(ask, "isActive", "isSkillActive", "isAssignedSkillActive")
    ask.moment("updatedSince")
    first, last = names_of(agent)

    def row(skill: Skill) -> dict[str, Any]:
        return {
            **_assignment(ask, agent, skill),
            "userId": user_id(ask.world, agent),
            "firstName": first,
            "lastName": last,
            "teamName": agent.team,
            "mediaTypeId": skill.media_type,
            "agentProficiencyValue": 1,
        }

    skills = [skill for skill in ask.world.skills_of(agent.agent_id) if fits(skill) and text in skill.name.lower()]
    return listed(ask, "agentSkillAssignments", skills, row, envelope=_envelope(ask))


def _assignment(ask: Ask, agent: AgentRecord, skill: Skill) -> dict[str, Any]:
    return {
        "agentId": number_of(agent.agent_id),
        "teamId": ask.world.teams.of(agent.team),
        "skillId": skill.skill_id,
        "skillName": skill.name,
        "mediaTypeName": MEDIA[skill.media_type],
        **CAMPAIGN,
        "isActive": True,
        "isSkillActive": True,
        "isOutbound": skill.outbound,
        "isDialer": False,
        "lastUpdateTime": timestamp(agent.updated),
    }


def _filter(ask: Ask, *flags: str) -> Callable[[Skill], bool]:
    """Return what tells whether a request is for a skill. All are active, and none has a strategy for calling out."""
    media, outbound = ask.number("mediaTypeId"), ask.query.get("outboundstrategy", "").strip()
    none = bool(outbound) or False in {ask.flag(name) for name in flags}
    return lambda skill: not none and media in {None, skill.media_type}


def _envelope(ask: Ask) -> dict[str, Any]:
    return {"businessUnitId": ask.world.business_unit, "lastPollTime": timestamp_of(ask.world.poll())}


# The tenant's


def list_skills(ask: Ask) -> Response:
    """Answer with the skills that anybody may have."""
    text, fits = ask.query.get("searchstring", "").strip().lower(), _filter(ask, "isActive")
    ask.moment("updatedSince")
    skills = [skill for skill in _all(ask) if fits(skill) and text in skill.name.lower()]
    return listed(ask, "skills", skills, _described, envelope={"businessUnitId": ask.world.business_unit})


def get_skill(ask: Ask) -> Response:
    """Answer with one skill, which is the body itself and no row of a list."""
    return plain(ask, {**_described(_known_skill(ask)), **_GOAL})


def _described(skill: Skill) -> dict[str, Any]:
    return {
        "skillId": skill.skill_id,
        "skillName": skill.name,
        "mediaTypeId": skill.media_type,
        "mediaTypeName": MEDIA[skill.media_type],
        "isActive": True,
        **CAMPAIGN,
        "notes": None,
        "isOutbound": skill.outbound,
        "outboundStrategy": None,
        "isRunning": False,
    }


def _all(ask: Ask) -> list[Skill]:
    """Return the skills in the order of their numbers: the usual ones, and those that an agent has besides."""
    of_agents = (ask.world.skills_of(agent.agent_id) for agent in ask.world.agents)
    known = {skill.skill_id: skill for skills in (USUAL_SKILLS, *of_agents) for skill in skills}
    return [known[number] for number in sorted(known)]


def _known_skill(ask: Ask) -> Skill:
    wanted = ask.parameters["skillId"]
    found = next((skill for skill in _all(ask) if str(skill.skill_id) == wanted), None)
    if found is None:
        raise refusal(404, "not_found", f"there is no skill {wanted[:40]!r}")
    return found


# How busy those are who have one


def list_skill_activity(ask: Ask) -> Response:
    """Answer with what the agents of each skill do now, as far as the client may see them."""
    outbound, fits = ask.flag("IsOutbound"), _filter(ask)
    skills = [skill for skill in _all(ask) if fits(skill) and outbound in {None, skill.outbound}]
    polled, fresh = _polled(ask, skills)
    return listed(
        ask, "skillActivity", fresh, _activity(ask), envelope={"lastPollTime": timestamp_of(polled)}, orders=False
    )


def get_skill_activity(ask: Ask) -> Response:
    """Answer with what the agents of one skill do now."""
    polled, skills = _polled(ask, [_known_skill(ask)])
    rows = [projected(ask, row) for row in map(_activity(ask), skills)]
    return plain(ask, {"lastPollTime": timestamp_of(polled), "skillActivity": rows}) if rows else NOTHING


def _polled(ask: Ask, skills: Sequence[Skill]) -> tuple[int, Sequence[Skill]]:
    """Return the moment of this poll, and the skills of which an agent's state is new since the one asked about."""
    since = ask.moment("updatedSince")
    polled = ask.world.poll()
    if since is not None:
        changed = ask.world.changed_since(since).intersection(ask.world.roster(ask.cannot_see))
        numbers = {skill.skill_id for agent_id in changed for skill in ask.world.skills_of(agent_id)}
        skills = [skill for skill in skills if skill.skill_id in numbers]
    return polled, skills


def _activity(ask: Ask) -> Callable[[Skill], dict[str, Any]]:
    """Return what counts the agents of a skill, each as its row among the states tells it."""
    world = ask.world
    online: dict[int, list[Session]] = {}
    for session in world.online(ask.view):
        for skill in world.skills_of(session.agent_id):
            online.setdefault(skill.skill_id, []).append(session)

    def row(skill: Skill) -> dict[str, Any]:
        sessions = online.get(skill.skill_id, [])
        ids = [state_id(session.state) for session in sessions]
        acw = sum(code_of(world, session.state)[1] == ACW for session in sessions)
        working = [session for session in sessions if state_id(session.state) in WORKING]
        return {
            "serverTime": timestamp(world.clock.now()),
            "businessUnitId": world.business_unit,
            "agentsACW": acw,
            "agentsAvailable": ids.count(_AVAILABLE),
            "agentsIdle": ids.count(_AVAILABLE),
            "agentsLoggedIn": len(sessions),
            "agentsUnavailable": ids.count(_UNAVAILABLE) - acw,
            "agentsWorking": len(working),
            **CAMPAIGN,
            # An agent's contact is one of its first skill.
            "contactsActive": sum(
                world.skills_of(session.agent_id)[0].skill_id == skill.skill_id for session in working
            ),
            "earliestQueueTime": None,
            "emailFromAddress": None,
            "isActive": True,
            "inSLA": 0,
            "isNaturalCalling": False,
            "isOutbound": skill.outbound,
            "mediaTypeId": skill.media_type,
            "mediaTypeName": MEDIA[skill.media_type],
            "outSLA": 0,
            "queueCount": 0,
            "serviceLevel": 100,
            **_GOAL,
            "skillName": skill.name,
            "skillId": skill.skill_id,
            "skillQueueCount": 0,
            "personalQueueCount": 0,
            "parkedCount": 0,
        }

    return row
