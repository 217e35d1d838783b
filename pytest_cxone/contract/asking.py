"""How the tests of this suite ask a tenant, whichever dialect it speaks, and how they read what it says."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pytest
import requests

from pytest_cxone import Agent, AgentState, Call, Contract, Credentials, CXoneClient, Grant, Settings

__all__ = [
    "ask_for_token",
    "bearer",
    "body_of",
    "call_of",
    "each_read",
    "get",
    "granted",
    "listed",
    "online",
    "page",
    "profile_of",
    "state_of",
    "states_in",
]


# Tokens


def ask_for_token(settings: Settings, credentials: Credentials | None = None) -> requests.Response:
    """Ask as a client does, with the run's own credentials unless others are given."""
    return post(settings, settings.spoken.token_call(credentials or settings.credentials, settings.scopes))


def post(settings: Settings, call: Call, url: str = "") -> requests.Response:
    """Send a request for a token, to where tokens are issued unless another URL is given."""
    return requests.post(
        url or settings.auth_url,
        data=call.sent_form,
        json=call.sent_json,
        auth=(call.basic[0], call.basic[1].reveal()) if call.basic else None,
        timeout=settings.timeout,
        allow_redirects=False,
    )


def granted(settings: Settings, contract: Contract) -> Grant:
    """Ask for a token, and return what the answer grants."""
    answer = ask_for_token(settings)
    contract.check(answer)
    if answer.status_code != 200:
        pytest.fail(f"expected a token (200), got {answer.status_code}")
    return settings.spoken.read_grant(answer.json())


def bearer(settings: Settings, contract: Contract) -> str:
    """Return the header for a token of its own."""
    return f"Bearer {granted(settings, contract).token.reveal()}"


# Raw requests


def get(settings: Settings, call: Call | str, authorization: str | None) -> requests.Response:
    """Ask with no client between: a call of the dialect, or a path, with this header or none."""
    headers = {"Accept": "application/json"}
    if authorization is not None:
        headers["Authorization"] = authorization
    path, params = (call, None) if isinstance(call, str) else (call.path, call.params)
    return requests.get(
        settings.base_url + path, params=params, headers=headers, timeout=settings.timeout, allow_redirects=False
    )


def call_of(settings: Settings, operation: str, agent_id: str) -> Call:
    """Return one of the three calls that every dialect has: "listing", "state" or "profile"."""
    match operation:
        case "listing":
            return settings.spoken.page_call(0, 1)
        case "state":
            return settings.spoken.state_call(agent_id)
        case "profile":
            return settings.spoken.profile_call(agent_id)
    raise LookupError(operation)


def each_read(settings: Settings, contract: Contract, ids: Mapping[str, str]) -> Iterator[str]:
    """Yield a path for each operation that reads, with these ids where the path has such."""
    known = {**ids, "version": settings.api_version}
    for operation in contract.operations:
        if (operation.method, operation.purpose) == ("GET", "read"):
            yield operation.template.format_map(known)


# What an answer says


def body_of(answer: requests.Response, contract: Contract) -> Any:
    """Return the body of an answer with 200 that keeps the contract; None for one without a body."""
    contract.check(answer)
    if answer.status_code not in {200, 204}:
        pytest.fail(f"{answer.request.method} {answer.url}: expected an answer, got {answer.status_code}")
    return answer.json() if answer.content else None


def states_in(cxone: CXoneClient, contract: Contract, call: Call) -> list[AgentState]:
    """Return the rows that a call is answered with."""
    return cxone.dialect.read_states(body_of(cxone.send(call), contract))


def state_of(
    cxone: CXoneClient, contract: Contract, agent_id: str, *, nothing: Collection[int] = (400, 404)
) -> list[AgentState]:
    """Return the rows of one agent, none where the dialect can say with these statuses that it has nothing of it."""
    answer = cxone.send(cxone.dialect.state_call(agent_id))
    if answer.status_code in cxone.dialect.nobody.intersection(nothing):
        contract.check(answer)
        return []
    return cxone.dialect.read_states(body_of(answer, contract))


def profile_of(cxone: CXoneClient, contract: Contract, agent_id: str) -> Agent | None:
    """Return an agent's profile, None where the tenant has none, in whichever way the contract lets it say so."""
    answer = cxone.send(cxone.dialect.profile_call(agent_id))
    if answer.status_code in {400, 404}:
        contract.check(answer)
        return None
    return cxone.dialect.read_agent(body_of(answer, contract))


def page(cxone: CXoneClient, contract: Contract, first: int, size: int) -> list[AgentState]:
    """Return the rows of a page of the listing."""
    return states_in(cxone, contract, cxone.dialect.page_call(first, size))


def listed(cxone: CXoneClient, contract: Contract, size: int) -> list[AgentState]:
    """Read pages up to the first empty one; 200 of them end any listing that would not.

    A first page with fewer rows than were asked for shows the tenant's cap, or is all there is: the pages after it
    are asked for by what it had.
    """
    rows = page(cxone, contract, 0, size)
    got = len(rows)
    for number in range(1, 200):
        more = page(cxone, contract, number * got, got) if got else []
        if not more:
            return rows
        rows += more
    pytest.fail(f"no empty page among the first 200 of {got} rows")


def online(rows: list[AgentState]) -> list[str]:
    """Return the ids of those who are logged in."""
    return [row.agent_id for row in rows if row.is_online]
