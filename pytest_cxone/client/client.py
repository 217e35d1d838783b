"""The client: agents and their states as values, and every failure as the error that it is."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Final, NamedTuple, Self

import requests

from pytest_cxone.client.answers import Answer, body_of, network_error
from pytest_cxone.client.asking import Asking, Progress
from pytest_cxone.client.changes import Changes
from pytest_cxone.client.examination import Examination
from pytest_cxone.client.listing import Listing
from pytest_cxone.client.locating import Locator
from pytest_cxone.client.pace import Pace
from pytest_cxone.client.session import LONGEST_WAIT, TenantSession
from pytest_cxone.client.tokens import TokenSource
from pytest_cxone.diagnosis import Diagnoses, Diagnosis
from pytest_cxone.dialects import Dialect
from pytest_cxone.errors import AgentNotFound, ConfigurationError, UnexpectedResponse
from pytest_cxone.model import Agent, AgentState, Call
from pytest_cxone.schemas import contract
from pytest_cxone.settings import Settings

__all__ = ["CXoneClient", "Look"]

_PAGES_AHEAD: Final = 4
"""Four at a time read a listing about as much faster; what is asked for beyond its end is three pages at most."""
_SEARCHED_AT_ONCE: Final = 100
"""Agents that one search asks for; live clients report lists of 100 at most."""


class Look(NamedTuple):
    """What a look for an agent's state came to: the row, of somebody logged out too, and the status it came with."""

    row: AgentState | None
    status: int


class CXoneClient:
    """An authenticated client of one tenant.

    `clock` and `sleep` (seconds) are the tenant's on a fake, so that nothing ever waits. `tokens` and `locator` are
    given where several clients share one token, and what was discovered of the tenant. `at_once` is how many requests
    a listing or a diagnosis of many agents may have under way together, at `pace`, and `longest_wait` for how many
    seconds in all a request is sent again, as `Retry-After` asks. Where what is asked is recorded or replayed,
    `ids_have_order` is False: aliases have none, and a replayed diagnosis must ask what the recorded one asked.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tokens: TokenSource | None = None,
        locator: Locator | None = None,
        at_once: int = 1,
        pace: Pace | None = None,
        longest_wait: float = LONGEST_WAIT,
        ids_have_order: bool = True,
    ) -> None:
        self.settings = settings
        self.dialect: Dialect = settings.spoken
        """How the tenant's API is spoken, in the version that is asked for."""
        self.locator = locator or Locator(settings)
        # A recorded test is replayed alone, and then asks for what another one had found out before it, too.
        self._answering: set[str] = self.locator.answering if ids_have_order else set()
        self._clock = clock
        self._sleep = sleep
        self._at_once = at_once
        self._ids_have_order = ids_have_order
        self.tokens = tokens or TokenSource(
            self.dialect,
            self.locator,
            settings.credentials,
            scopes=settings.scopes,
            clock=clock,
            insist=not settings.mode.reaches_tenant,
        )
        self.http = TenantSession(
            self.locator,
            self.tokens,
            timeout=settings.timeout,
            clock=clock,
            sleep=sleep,
            direct=not settings.mode.reaches_tenant,
            pace=pace,
            longest_wait=longest_wait,
        )
        """The raw authenticated session: paths are relative to the tenant, any answer is given back."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def send(self, call: Call) -> requests.Response:
        """Send a request of the dialect's, and return its answer, whatever it is; raises `NetworkError` for none."""
        __tracebackhide__ = True
        try:
            return self.http.request(call.method, call.path, params=call.params, json=call.json, allow_redirects=False)
        except requests.RequestException as error:
            # Not chained: the library's frames hold the token, and tracebacks can show locals.
            raise network_error(call, self.locator.home, error) from None

    def agent_state(self, agent_id: str) -> AgentState | None:
        """Return the agent's current state; None if it is logged out, or no state is listed: unknown or hidden.

        Raises an `ApiError` for anything but a contract-true answer, so None is never a failure in disguise.
        """
        __tracebackhide__ = True
        row = self.look(agent_id).row
        return row if row is not None and row.is_online else None

    def look(self, agent_id: str) -> Look:
        """Return what there is of the agent's state, and with which status the tenant said so; raises as above."""
        __tracebackhide__ = True
        call = self.dialect.state_call(agent_id)
        try:
            status, body = self._fetch(call)
        except UnexpectedResponse as error:
            if self._is_nobody(call, error):
                self._must_have_listing(error)
                return Look(None, error.status or 404)
            raise
        rows = self.dialect.read_states(body)
        strangers = sum(row.agent_id != agent_id for row in rows)
        if strangers or len(rows) > 1:
            raise UnexpectedResponse(
                str(call),
                f"expected the row of agent {agent_id} or none, got {len(rows)} rows, {strangers} of them of "
                "other agents; does the tenant still honour the filter?",
                status=200,
            )
        return Look(rows[0] if rows else None, status)

    def _is_nobody(self, call: Call, error: UnexpectedResponse) -> bool:
        return _is_of(call, error) and error.in_json and error.status in self.dialect.nobody

    def _must_have_listing(self, error: UnexpectedResponse) -> None:
        """Raise an error like this one unless the tenant has a listing: a wrong path answers so to everything."""
        __tracebackhide__ = True
        if self.dialect.api_version in self._answering:
            return
        listing = self.dialect.page_call(0, 1)
        try:
            self._fetch(listing)
        except UnexpectedResponse as other:
            if _is_of(listing, other) and other.status == error.status:
                message = f"{error.message}, and so is the listing; {self.dialect.advice.version}"
                raise UnexpectedResponse(error.operation, message, status=error.status) from None
            raise
        self._answering.add(self.dialect.api_version)

    def agent(self, agent_id: str) -> Agent:
        """Return the agent's profile, whether or not logged in; raises `AgentNotFound` if there is none."""
        __tracebackhide__ = True
        call = self.dialect.profile_call(agent_id)
        try:
            status, body = self._fetch(call)
        except UnexpectedResponse as error:
            is_nobody = self._is_nobody(call, error)
            if is_nobody:
                self._must_have_listing(error)
            if is_nobody or (_is_of(call, error) and error.status == 404):
                unknown = AgentNotFound(str(call), agent_id)
                unknown.status, unknown.in_json = error.status, error.in_json
                raise unknown from None
            raise
        found = self.dialect.read_agent(body)
        if found is None:
            unknown = AgentNotFound(str(call), agent_id)
            unknown.status = status
            raise unknown
        if found.agent_id != agent_id:
            raise UnexpectedResponse(
                str(call), f"expected the profile of agent {agent_id}, got another one's", status=200
            )
        return found

    def agents(self, agent_ids: Iterable[str]) -> dict[str, Agent]:
        """Return the profiles of those of the agents who have one, by id: in bulk where the API has a search for it.

        Whom a search does not find is asked for alone, as it may only be hidden from searches.
        """
        __tracebackhide__ = True
        wanted = list(dict.fromkeys(agent_ids))
        found = self.search(wanted)
        for agent_id in wanted:
            if agent_id not in found:
                with suppress(AgentNotFound):
                    found[agent_id] = self.agent(agent_id)
        return found

    def search(self, agent_ids: Sequence[str]) -> dict[str, Agent]:
        """Return the profiles that a search finds, 100 agents a request; none where the API has no search."""
        __tracebackhide__ = True
        found: dict[str, Agent] = {}
        for start in range(0, len(agent_ids), _SEARCHED_AT_ONCE):
            part = agent_ids[start : start + _SEARCHED_AT_ONCE]
            call = self.dialect.search_call(part)
            agents = [] if call is None else self._found_by(call)
            strangers = {agent.agent_id for agent in agents}.difference(part)
            if strangers:
                raise UnexpectedResponse(
                    str(call),
                    f"{len(strangers)} of {len(agents)} profiles are of agents who were not asked for",
                    status=200,
                )
            found.update((agent.agent_id, agent) for agent in agents)
        return found

    def _found_by(self, search: Call) -> list[Agent]:
        __tracebackhide__ = True
        try:
            return self.dialect.read_agents(self._fetch(search).body)
        except UnexpectedResponse as error:
            if _is_of(search, error) and error.status == 404:
                # A version without a search finds nobody by it.
                return []
            raise

    def changes(self, *, every: float = 5.0) -> Changes:
        """Follow the floor: first all states, then, as often as it is iterated, those that changed since the last time.

        The tenant is asked again `every` so many seconds. Raises `ConfigurationError` where the dialect cannot do that.
        """
        return Changes(self.dialect, self._fetch, pause=lambda: self._sleep(every))

    def online_agents(self, *, most_pages: int | None = None) -> Listing:
        """Return the listing of all agents who are online and whom this client may see; it is fetched lazily.

        `most_pages` are read of it, all unless given.
        """
        ahead = min(self._at_once, _PAGES_AHEAD)
        return Listing(self.dialect, self._fetch, ahead=ahead, most_pages=most_pages, has_order=self._ids_have_order)

    def diagnose(
        self,
        agent_id: str,
        *,
        wait: float | None = None,
        elsewhere: "Mapping[str, CXoneClient] | None" = None,
        most_pages: int | None = None,
    ) -> Diagnosis:
        """Tell why an agent does or does not show. Never raises for what the tenant answers.

        An agent who exists and is not listed is looked for again for `wait` seconds, the settings' unless given.
        `elsewhere` has clients of other environments by name, which may have whom this one does not. `most_pages` of
        the listing are read, all unless given, for who else of the agent's team is online.
        """
        patience = self.settings.wait if wait is None else wait
        return self._examination(patience, elsewhere, most_pages=most_pages).of_one(agent_id)

    def diagnose_many(
        self,
        agent_ids: Iterable[str],
        *,
        quick: bool = False,
        wait: float = 0.0,
        elsewhere: "Mapping[str, CXoneClient] | None" = None,
        progress: Progress | None = None,
    ) -> Diagnoses:
        """Tell for each agent, by one listing for all, and a profile for each who is not listed.

        `quick` asks for no profiles: who is not listed is `Verdict.NOT_LISTED`. `wait` and `elsewhere` are those of
        `diagnose`; `progress` is called in this thread.
        """
        if isinstance(agent_ids, str):
            raise ConfigurationError(f"agent ids are a list such as ['12345'], not the text {agent_ids!r}")
        wanted = dict.fromkeys(agent_ids)
        for agent_id in wanted:
            # An id that cannot be asked for is known before the first request.
            self.dialect.profile_call(agent_id)
        return self._examination(wait, elsewhere, progress=progress).of_many(wanted, quick=quick)

    def _examination(
        self,
        wait: float,
        elsewhere: "Mapping[str, CXoneClient] | None",
        *,
        progress: Progress | None = None,
        most_pages: int | None = None,
    ) -> Examination:
        return Examination(
            self,
            Asking(at_once=self._at_once, sleep=self._sleep, progress=progress),
            wait=wait,
            clock=self._clock,
            sleep=self._sleep,
            elsewhere=elsewhere or {},
            most_pages=most_pages,
        )

    def _fetch(self, call: Call) -> Answer:
        __tracebackhide__ = True
        response = self.send(call)
        body = body_of(call, response, contract(self.dialect.name), self.dialect.advice, now=self._clock())
        return Answer(response.status_code, body)


def _is_of(call: Call, error: UnexpectedResponse) -> bool:
    """Tell whether an error is this request's, and not that of one before it, as for a token or a document."""
    return error.operation == str(call)
