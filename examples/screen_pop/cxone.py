"""The little that a screen pop needs of CXone: one agent's state, and whether there is such an agent.

On httpx, and asynchronous: calls come in at the same time. The CXONE_* variables lead it to a tenant.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

HOSTS = {"us": "https://platform.nicecxone.com", "eu": "https://platform.nicecxone-eu.com"}
EARLY = 60
"""Seconds before its end at which a token is renewed."""
PATIENCE = 2
"""The most seconds that a caller is let wait because of a rate limit."""


class CannotTell(Exception):
    """CXone did not say what was asked. It says nothing of an agent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What a logged-in agent does; `group` is the kind of the state."""

    name: str
    group: str


class Tenant:
    """A tenant of CXone, as the environment names it. `clock` and `sleep` take and give seconds.

    The client's timeout is the caller's to choose: who waits for a screen pop does not wait for long.
    """

    def __init__(
        self,
        client: httpx.AsyncClient,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._client = client
        self._clock = clock
        self._sleep = sleep
        self._base_url = os.environ.get("CXONE_BASE_URL") or HOSTS[os.environ.get("CXONE_REGION") or "us"]
        self._auth_url = os.environ.get("CXONE_AUTH_URL") or f"{self._base_url}/oauth/token"
        self._token = ""
        self._good_until = 0.0
        self._renewing = asyncio.Lock()

    async def state(self, agent_id: str) -> State | None:
        """Return what an agent does; None if no state is listed: logged out, unknown, or hidden from this client."""
        states = _states(_body(await self._get("/api/v2/agents/states", {"agentId": agent_id})))
        if states.keys() - {agent_id}:
            raise CannotTell("CXone gave the states of other agents than the one asked for")
        return states.get(agent_id)

    async def knows(self, agent_id: str) -> bool:
        """Tell whether there is an agent with this id, logged in or not."""
        answer = await self._get(f"/api/v2/agents/{quote(agent_id, safe='')}")
        # A gateway's 404 is a page of HTML, and says nothing of agents.
        if answer.status_code == 404 and isinstance(_parsed(answer), dict):
            return False
        if not _is_profile(_body(answer)):
            raise CannotTell("CXone gave something other than an agent's profile")
        return True

    async def _get(self, path: str, params: dict[str, str] | None = None) -> httpx.Response:
        answer = await self._send(path, params)
        if answer.status_code == 401:
            # Ended before its time, or revoked: once more with a new one.
            answer = await self._send(path, params, refused=answer.request.headers["Authorization"])
        wait = answer.headers.get("Retry-After", "")
        if answer.status_code == 429 and wait.isdecimal() and int(wait) <= PATIENCE:
            await self._sleep(int(wait))
            answer = await self._send(path, params)
        return answer

    async def _send(self, path: str, params: dict[str, str] | None, refused: str = "") -> httpx.Response:
        headers = {"Authorization": await self._bearer(refused)}
        return await self._request("GET", self._base_url + path, params=params, headers=headers)

    async def _bearer(self, refused: str) -> str:
        """Return the header's value, other than the one refused. Whoever comes meanwhile waits for the same token."""
        async with self._renewing:
            now = self._clock()
            if not self._token or now >= self._good_until or f"Bearer {self._token}" == refused:
                form = {
                    "grant_type": "client_credentials",
                    "client_id": os.environ["CXONE_CLIENT_ID"],
                    "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                    "scope": "read:agent read:agent:status",
                }
                grant = _body(await self._request("POST", self._auth_url, data=form))
                try:
                    self._token, self._good_until = grant["access_token"], now + grant["expires_in"] - EARLY
                except (KeyError, TypeError):
                    raise CannotTell("CXone gave no token, or not its lifetime") from None
            return f"Bearer {self._token}"

    async def _request(self, method: str, url: str, **details: Any) -> httpx.Response:
        try:
            return await self._client.request(method, url, **details)
        except httpx.RequestError as error:
            # Not chained: its frames hold the token.
            raise CannotTell(f"CXone did not answer ({type(error).__name__})") from None


def _body(answer: httpx.Response) -> Any:
    """Return the body of a 200, and take nothing else for one."""
    if answer.status_code != 200:
        raise CannotTell(f"CXone answered {answer.status_code}")
    return _parsed(answer)


def _parsed(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        raise CannotTell("CXone's answer is not JSON") from None


def _is_profile(body: Any) -> bool:
    return isinstance(body, dict) and isinstance(body.get("name"), str)


def _states(rows: Any) -> dict[str, State]:
    """Return the states in a listing by the agent's id, and take nothing else for a listing."""
    with suppress(KeyError, TypeError):
        if isinstance(rows, list):
            return {row["agentId"]: State(name=row["state"]["name"], group=row["stateGroup"]["name"]) for row in rows}
    raise CannotTell("CXone gave something other than a list of agents' states")
