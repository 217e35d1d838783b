"""What nobody knows of `acd` yet: each test finds how this tenant answers, reports it, and takes any known answer."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import pytest
import requests

from pytest_cxone import (
    AgentHidden,
    AgentOnline,
    AgentUnknown,
    Contract,
    CXoneClient,
    Settings,
    Tenant,
    agents_online,
    cxone_behaviour,
    errors,
)
from pytest_cxone.contract.acd import (
    access_key,
    ask,
    client_of,
    configuration,
    place,
    post_json,
    rows_of,
    send_json,
    whole,
)
from pytest_cxone.contract.asking import body_of, get

Observe = Callable[[str, str], None]


@pytest.fixture
def tell(cxone_observe: Observe, cxone_contract: Contract) -> Observe:
    """Report an answer, which has to be one that the contract allows."""

    def told(question: str, answer: str) -> None:
        allowed = cxone_contract.open_questions[question].answers
        assert answer in allowed, f"{question}: {answer!r} is none of {', '.join(allowed)}"
        cxone_observe(question, answer)

    return told


def status_or_empty(answer: requests.Response, key: str) -> str:
    """Return the status, and for 200 without a row how it says so."""
    if answer.status_code != 200 or answer.json().get(key):
        return str(answer.status_code)
    return f"200 with {key}: []"


def found_in(rows: Iterable[Mapping[str, Any]], key: str) -> str:
    """Say of a field whether it is "absent", "null" in each row that has it, or the first text or number in one."""
    values = [row[key] for row in rows if key in row]
    if not values:
        return "absent"
    return next((str(value) for value in values if value is not None), "null")


# Tokens


@cxone_behaviour("open.client-credentials")
def test_is_the_client_credentials_grant_taken(cxone_settings: Settings, tell: Observe) -> None:
    answer = requests.post(
        cxone_settings.auth_url.partition("/authentication/")[0].removesuffix("/auth/token") + "/auth/token",
        data={"grant_type": "client_credentials"},
        auth=client_of(cxone_settings),
        timeout=cxone_settings.timeout,
        allow_redirects=False,
    )

    tell("client-credentials", str(answer.status_code))


@cxone_behaviour("open.token-base-uri")
def test_does_an_access_key_get_the_base_of_the_api(
    cxone_settings: Settings, cxone_contract: Contract, tell: Observe
) -> None:
    url = f"{configuration(cxone_settings, cxone_contract)['auth_endpoint']}/authentication/v1/token/access-key"
    answer = post_json(cxone_settings, url, access_key(cxone_settings))

    cxone_contract.check(answer)
    tell("token-base-uri", "present" if answer.json().get("resource_server_base_uri") else "absent")


@cxone_behaviour("open.unauthorized-challenge")
def test_has_a_401_a_challenge(cxone: CXoneClient, tell: Observe) -> None:
    answer = get(cxone.settings, place(cxone, "/business-unit"), None)

    assert answer.status_code == 401
    tell("unauthorized-challenge", "present" if "WWW-Authenticate" in answer.headers else "absent")


# Nothing to tell


@cxone_behaviour("open.nothing-changed")
@agents_online(1)
def test_what_is_answered_where_nothing_changed(cxone: CXoneClient, tell: Observe) -> None:
    for _ in range(5):
        polled = ask(cxone, "/agents/states", top=1).json()["lastPollTime"]
        answer = ask(cxone, "/agents/states", updatedSince=polled)
        if not answer.content or not answer.json().get("agentStates"):
            tell("nothing-changed", status_or_empty(answer, "agentStates"))
            return
    pytest.skip("somebody's state changed at each look")


@cxone_behaviour("open.empty-floor")
def test_what_is_answered_where_there_is_nobody(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    assert cxone_tenant.world.agents == ()

    tell("empty-floor", status_or_empty(ask(cxone, "/agents/states"), "agentStates"))


@cxone_behaviour("open.updated-since-zero")
@agents_online(1)
def test_is_the_number_zero_a_date(cxone: CXoneClient, tell: Observe) -> None:
    tell("updated-since-zero", str(ask(cxone, "/agents/states", top=1, updatedSince="0").status_code))


# Who is not there, or not shown


@cxone_behaviour("open.unknown-agent-state")
def test_what_are_the_states_of_an_unknown_id(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    answer = ask(cxone, f"/agents/{cxone_tenant.provide(AgentUnknown())}/states")

    tell("unknown-agent-state", status_or_empty(answer, "agentStates"))


@cxone_behaviour("open.unknown-agent")
def test_what_is_the_profile_of_an_unknown_id(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    answer = ask(cxone, f"/agents/{cxone_tenant.provide(AgentUnknown())}")

    tell("unknown-agent", status_or_empty(answer, "agents"))


@cxone_behaviour("open.hidden-agent-state")
def test_what_are_the_states_of_a_hidden_agent(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    answer = ask(cxone, f"/agents/{cxone_tenant.provide(AgentHidden())}/states")

    tell("hidden-agent-state", status_or_empty(answer, "agentStates"))


@cxone_behaviour("open.hidden-agent")
def test_what_is_the_profile_of_a_hidden_agent(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    answer = ask(cxone, f"/agents/{cxone_tenant.provide(AgentHidden())}")

    tell("hidden-agent", status_or_empty(answer, "agents"))


@cxone_behaviour("open.listed-users")
@agents_online(1)
def test_who_has_a_row_besides_those_logged_in(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, tell: Observe
) -> None:
    with suppress(errors.FakeOnly):
        cxone_tenant.world.add_agent("67890")

    def all_rows(path: str, key: str, fields: str) -> list[dict[str, Any]]:
        return whole(lambda skip: rows_of(cxone, cxone_contract, path, key, fields=fields, top=100, skip=skip))

    users = all_rows("/agents", "agents", "agentId,isActive,lastLogin")
    rows = all_rows("/agents/states", "agentStates", "agentId,agentStateId")
    listed = {row["agentId"] for row in rows}
    if all(row["agentStateId"] for row in rows):
        tell("listed-users", "nobody")
    elif {row["agentId"] for row in users} <= listed:
        tell("listed-users", "every user")
    elif {row["agentId"] for row in users if row.get("isActive")} <= listed:
        tell("listed-users", "active users")
    else:
        have_been = {row["agentId"] for row in users if row.get("lastLogin")}
        assert have_been <= listed, "some who are active and have logged in before have a row, and some have none"
        tell("listed-users", "users who have logged in before")


# Pages


@cxone_behaviour("open.states-page-cap")
def test_how_many_rows_has_a_page(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    with suppress(errors.FakeOnly):
        for number in range(120):
            cxone_tenant.world.add_agent(str(7000 + number))
    found = ask(cxone, "/agents/states", top=10_000, fields="agentId").json()
    size = len(found["agentStates"])
    if size == found["totalRecords"] <= 100:
        raise errors.FakeOnly("a page that comes to its cap", f"the tenant lists {size} agents, which is too few")

    tell("states-page-cap", "no cap" if size == found["totalRecords"] else "100" if size == 100 else "another number")


@cxone_behaviour("open.paging-before-v34")
@agents_online(2)
def test_are_pages_honoured_before_the_specification_has_them(cxone: CXoneClient, tell: Observe) -> None:
    answer = ask(cxone, "/agents/states", "v33.0", top=1)
    if answer.status_code == 404:
        pytest.skip("the tenant does not have v33.0")

    tell("paging-before-v34", "honoured" if len(answer.json()["agentStates"]) == 1 else "ignored")


@cxone_behaviour("open.last-link")
@agents_online(1)
def test_what_is_the_link_after_the_last_page(cxone: CXoneClient, tell: Observe) -> None:
    for _ in range(3):
        total = ask(cxone, "/agents/states", top=1).json()["totalRecords"]
        found = ask(cxone, "/agents/states", top=1, skip=total - 1).json()
        if found["totalRecords"] == total:
            break
    link = found["_links"].get("next", "absent")
    told = {"absent": "absent", None: "null", "": "an empty string"}.get(link, "a URL")

    tell("last-link", told)


# Rows


@cxone_behaviour("open.no-out-state")
def test_what_is_the_code_of_an_agent_without_one(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, tell: Observe
) -> None:
    agent_id = cxone_tenant.provide(AgentOnline(state="Available"))
    rows = rows_of(cxone, cxone_contract, f"/agents/{agent_id}/states", "agentStates")

    tell("no-out-state", found_in(rows, "outStateId"))


@cxone_behaviour("open.state-category")
@agents_online(1)
def test_what_is_the_category_of_a_state(cxone: CXoneClient, cxone_contract: Contract, tell: Observe) -> None:
    rows = rows_of(cxone, cxone_contract, "/agents/states", "agentStates", top=25)
    found = found_in(rows, "agentStateCategory")

    tell("state-category", found if found in {"null", "absent"} else "a text")


@cxone_behaviour("open.media-type-name")
def test_how_is_a_phone_call_spelt(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, tell: Observe
) -> None:
    with suppress(errors.FakeOnly):
        cxone_tenant.world.log_in("12345", state="InboundContact")
    rows = rows_of(cxone, cxone_contract, "/agents/states", "agentStates", fields="mediaTypeId,mediaTypeName", top=100)
    calls = [row for row in rows if row.get("mediaTypeId") == 4]
    if not calls:
        raise errors.FakeOnly("an agent on the phone", "nobody is among the tenant's first 100")
    found = found_in(calls, "mediaTypeName")

    tell("media-type-name", found if found in {"PhoneCall", "null", "absent"} else "another text")


@cxone_behaviour("open.user-id-key")
def test_which_key_has_the_uuid_of_a_user(
    cxone: CXoneClient, cxone_tenant: Tenant, cxone_contract: Contract, tell: Observe
) -> None:
    [row] = rows_of(cxone, cxone_contract, f"/agents/{cxone_tenant.provide(AgentOnline())}", "agents")
    keys = [key for key in ("userID", "userId") if row.get(key)]

    tell("user-id-key", "both" if len(keys) == 2 else keys[0] if keys else "absent")


@cxone_behaviour("open.search-envelope")
def test_under_which_key_a_search_answers(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    answer = send_json(cxone, "/agents/search", {"agentIds": [int(cxone_tenant.provide(AgentOnline()))]})

    assert answer.status_code == 200
    tell("search-envelope", "agents" if "agents" in answer.json() else "agentResults")


# Skills and codes


@cxone_behaviour("open.skills-envelope")
def test_are_skills_wrapped(cxone: CXoneClient, tell: Observe) -> None:
    found = ask(cxone, "/skills", top=1)
    if not found.content:
        pytest.skip("the tenant has no skills")

    tell("skills-envelope", "yes" if "resultSet" in found.json() else "no")


@cxone_behaviour("open.skill-envelope")
def test_is_one_skill_a_row_of_a_list(cxone: CXoneClient, tell: Observe) -> None:
    found = ask(cxone, "/skills", top=1)
    if not found.content:
        pytest.skip("the tenant has no skills")
    [row] = found.json().get("resultSet", found.json())["skills"]
    one = ask(cxone, f"/skills/{row['skillId']}").json()

    tell("skill-envelope", "skills with it" if "skills" in one else "the skill itself")


@cxone_behaviour("open.unavailable-code-id")
def test_which_key_has_the_id_of_a_code(cxone: CXoneClient, cxone_contract: Contract, tell: Observe) -> None:
    found = body_of(ask(cxone, "/unavailable-codes", top=1), cxone_contract)
    rows = next((value for value in (found or {}).values() if isinstance(value, list) and value), None)
    if rows is None:
        pytest.skip("the tenant has no codes")

    tell("unavailable-code-id", "id" if "id" in rows[0] else "unavailableCodeId")


# Versions, errors, limits, changes


@cxone_behaviour("open.campaigns-since")
def test_from_which_version_on_campaigns_are_not_wrapped(cxone: CXoneClient, tell: Observe) -> None:
    for version in ("v31.0", "v32.0", "v33.0"):
        answer = ask(cxone, "/campaigns", version)
        if answer.status_code == 404:
            pytest.skip(f"the tenant does not have {version}")
        if answer.content and "resultSet" not in answer.json():
            tell("campaigns-since", version)
            return
    pytest.fail("campaigns are in a resultSet in v33.0 too, or there are none")


@cxone_behaviour("open.unavailable-codes-since")
@agents_online(1)
def test_from_which_version_on_codes_are_not_wrapped(
    cxone: CXoneClient, cxone_contract: Contract, tell: Observe
) -> None:
    team = rows_of(cxone, cxone_contract, "/teams", "teams", top=1)[0]["teamId"]
    answers = {version: ask(cxone, f"/teams/{team}/unavailable-codes", version) for version in ("v33.0", "v34.0")}
    for version, answer in answers.items():
        if answer.status_code != 200:
            pytest.skip(f"{version} answers {answer.status_code}")
    wrapped = {version: "resultSet" in answer.json() for version, answer in answers.items()}

    assert not wrapped["v34.0"]
    tell("unavailable-codes-since", "v34.0" if wrapped["v33.0"] else "an earlier one")


@cxone_behaviour("open.error-body")
def test_which_form_has_the_body_of_an_error(cxone: CXoneClient, tell: Observe) -> None:
    tell("error-body", form_of(get(cxone.settings, place(cxone, "/business-unit"), None)))


def form_of(answer: requests.Response) -> str:
    if not answer.content:
        return "no body"
    try:
        found = answer.json()
    except ValueError:
        return "text"
    for description in ("errorDescription", "error_Description", "error_description"):
        if {"error", description} <= set(found):
            return f"error and {description}"
    return "message" if "message" in found else "another form"


@cxone_behaviour("open.rate-limit-headers")
@agents_online(1)
def test_which_headers_tell_of_a_limit_of_the_rate(cxone: CXoneClient, tell: Observe) -> None:
    names = {name.lower() for name in ask(cxone, "/agents/states", top=1).headers}

    if "retry-after" in names:
        tell("rate-limit-headers", "Retry-After")
    else:
        tell(
            "rate-limit-headers",
            "others" if any("ratelimit" in name or "rate-limit" in name for name in names) else "none",
        )


@cxone_behaviour("open.state-change-status")
def test_what_is_answered_where_a_state_was_changed(cxone: CXoneClient, cxone_tenant: Tenant, tell: Observe) -> None:
    cxone_tenant.world.log_in("12345")
    answer = cxone.http.post(
        place(cxone, "/agents/12345/state"), params={"state": "Unavailable"}, allow_redirects=False
    )

    tell("state-change-status", str(answer.status_code))
