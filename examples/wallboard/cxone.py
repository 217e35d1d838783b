"""The little that the wallboard needs of CXone: a token, and the rows of all who are logged in.

It knows nothing of pytest-cxone; the CXONE_* variables lead it to a tenant.
"""

import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import requests

HOSTS = {"us": "https://platform.nicecxone.com", "eu": "https://platform.nicecxone-eu.com"}
PAGE_SIZE = 100
TIMEOUT = 10
EARLY = 60
"""Seconds before its end at which a token is renewed."""


class Unreachable(Exception):
    """The floor cannot be told now. It is not an empty floor. `retry_after` is in seconds, 0 where nobody said."""

    def __init__(self, reason: str, *, retry_after: int = 0) -> None:
        self.retry_after = retry_after
        super().__init__(reason)


class Tenant:
    """A tenant of CXone, as the environment names it. `clock` gives seconds since the epoch."""

    def __init__(self, session: requests.Session, clock: Callable[[], float] = time.time) -> None:
        self._session = session
        self._clock = clock
        self._base_url = os.environ.get("CXONE_BASE_URL") or HOSTS[os.environ.get("CXONE_REGION") or "us"]
        self._auth_url = os.environ.get("CXONE_AUTH_URL") or f"{self._base_url}/oauth/token"
        self._token = ""
        self._good_until = 0.0

    def online(self) -> Iterator[dict[str, Any]]:
        """Give the row of everybody who is logged in, each once."""
        seen: set[str] = set()
        page, stale = 1, 0
        # Until an empty page: a short one may only mean that the tenant gives fewer rows than were asked for.
        while rows := self._page(page):
            fresh = {row["agentId"]: row for row in rows if row["agentId"] not in seen}
            # Log-ins move rows to the next page, but hardly whole pages twice in a row.
            stale = 0 if fresh else stale + 1
            if stale > 1:
                raise Unreachable(f"CXone gave the rows of earlier pages again as page {page}")
            seen.update(fresh)
            yield from fresh.values()
            page += 1

    def _page(self, number: int) -> list[dict[str, Any]]:
        rows = self._get("/api/v2/agents/states", {"page": number, "pageSize": PAGE_SIZE})
        if not (isinstance(rows, list) and all(_is_state(row) for row in rows)):
            raise Unreachable("CXone gave something other than a list of agents' states")
        return rows

    def _get(self, path: str, params: dict[str, int]) -> Any:
        answer = self._send("GET", path, params)
        if answer.status_code == 401:
            # Ended before its time, or revoked: once more with a new one.
            self._token = ""
            answer = self._send("GET", path, params)
        return _body(answer)

    def _send(self, method: str, path: str, params: dict[str, int]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._fresh_token()}"}
        return self._request(method, self._base_url + path, params=params, headers=headers)

    def _fresh_token(self) -> str:
        now = self._clock()
        if not self._token or now >= self._good_until:
            form = {
                "grant_type": "client_credentials",
                "client_id": os.environ["CXONE_CLIENT_ID"],
                "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                "scope": "read:agent read:agent:status",
            }
            grant = _body(self._request("POST", self._auth_url, data=form))
            try:
                self._token, self._good_until = grant["access_token"], now + grant["expires_in"] - EARLY
            except (KeyError, TypeError):
                raise Unreachable("CXone gave no token, or not its lifetime") from None
        return self._token

    def _request(self, method: str, url: str, **details: Any) -> requests.Response:
        try:
            return self._session.request(method, url, timeout=TIMEOUT, allow_redirects=False, **details)
        except requests.RequestException as error:
            # Its text is not for a wall, and its frames hold the token.
            raise Unreachable(f"CXone did not answer ({type(error).__name__})") from None


def _body(answer: requests.Response) -> Any:
    """Return the body of a 200, and take nothing else for one."""
    if answer.status_code != 200:
        wait = answer.headers.get("Retry-After", "")
        raise Unreachable(f"CXone answered {answer.status_code}", retry_after=int(wait) if wait.isdecimal() else 0)
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise Unreachable("CXone's answer is not JSON") from None


def _is_state(row: Any) -> bool:
    try:
        return isinstance(row["agentId"], str) and isinstance(row["state"]["name"], str)
    except (KeyError, TypeError):
        return False
