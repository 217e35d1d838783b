"""The tenant itself: why agents may be unavailable, campaigns, media, the business unit, the time, what it lacks."""

from typing import Final

from pytest_cxone.fake.acd.asking import Ask, refusal
from pytest_cxone.fake.acd.shapes import BUSINESS_UNIT, CAMPAIGN, NOTHING, listed, plain, projected
from pytest_cxone.fake.acd.states import MEDIA
from pytest_cxone.fake.acd.teams import known_team
from pytest_cxone.fake.clock import timestamp
from pytest_cxone.fake.records import ACW
from pytest_cxone.model import Response

__all__ = [
    "get_business_unit",
    "get_server_time",
    "list_campaigns",
    "list_hours",
    "list_media_types",
    "list_nothing",
    "list_team_codes",
    "list_unavailable_codes",
]

_CODES_FLAT_FROM: Final = 34
_CAMPAIGNS_FLAT_FROM: Final = 33


# Reasons for being unavailable


def list_team_codes(ask: Ask) -> Response:
    """Answer with the reasons for which a team's agents may be unavailable."""
    team = known_team(ask)
    ask.flag("activeOnly")  # all are
    flat = ask.version >= _CODES_FLAT_FROM
    id_key, name_key = ("outstateId", "outstateName") if flat else ("outStateId", "outStateName")
    rows = [
        {
            id_key: ask.world.codes.of(code),
            name_key: code,
            "isActive": True,
            "isAcw": code == ACW,
            "agentTimeoutMins": "0",
        }
        for code in ask.world.codes.names
    ]
    body = {"teamId": ask.world.teams.of(team), "teamName": team, "unavailableCodes": rows}
    return plain(ask, body if flat else {"resultSet": body})


def list_unavailable_codes(ask: Ask) -> Response:
    """Answer with the reasons for which anybody may be unavailable, under other keys than a team's."""
    text = ask.query.get("searchstring", "").strip().lower()
    all_active = ask.flag("isActive") is not False
    codes = [code for code in ask.world.codes.names if all_active and text in code.lower()]
    return listed(
        ask,
        "unavailableCodes",
        codes,
        lambda code: {
            "id": ask.world.codes.of(code),
            "name": code,
            "isActive": True,
            "isACW": code == ACW,
            "agentTimeout": 0,
        },
        envelope={"businessUnitId": ask.world.business_unit},
    )


# The rest


def list_campaigns(ask: Ask) -> Response:
    """Answer with the one campaign that there is."""
    if ask.version >= _CAMPAIGNS_FLAT_FROM:
        row = {
            "id": CAMPAIGN["campaignId"],
            "name": CAMPAIGN["campaignName"],
            "isActive": True,
            "description": None,
            "notes": None,
            "lastUpdateTime": timestamp(0),
        }
    else:
        row = {**CAMPAIGN, "isActive": True}
    return listed(
        ask,
        "campaigns",
        [row],
        dict,
        envelope={"businessUnitId": ask.world.business_unit},
        wrapped_before=_CAMPAIGNS_FLAT_FROM,
    )


def get_business_unit(ask: Ask) -> Response:
    """Answer with the business unit, which knows its tenant's UUID."""
    ask.flag("includeTrustedBusinessUnits")  # there are none
    unit = {
        "businessUnitId": ask.world.business_unit,
        "businessUnitName": BUSINESS_UNIT,
        "tenantId": ask.world.tenant_id,
        "parentTenantId": None,
        "isActive": True,
        "defaultTimeZone": "UTC",
        "apiPublishedLimit": 0,
        "concurrentAgentLimit": 0,
        "userLimit": 0,
    }
    return plain(ask, {"businessUnits": [projected(ask, unit)]})


def get_server_time(ask: Ask) -> Response:
    """Answer with the time, which this operation alone writes with seven digits."""
    return plain(ask, {"ServerTime": timestamp(ask.world.clock.now()).replace("Z", "0000Z")})


def list_media_types(ask: Ask) -> Response:
    """Answer with the media that contacts come by."""
    rows = [{"mediaTypeId": number, "mediaTypeName": name, "subTypes": []} for number, name in MEDIA.items()]
    return plain(ask, {"mediaTypes": rows})


def list_hours(ask: Ask) -> Response:
    """Answer when the tenant is open: it has no hours of its own, but must be asked whether deleted ones count."""
    if ask.flag("isDeleted") is None:
        raise refusal(400, "invalid_request", "isDeleted is required")
    return NOTHING


def list_nothing(_: Ask) -> Response:
    """Answer a list of what this tenant has none of."""
    return NOTHING
