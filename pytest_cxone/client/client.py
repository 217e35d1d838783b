"""The client: agents and their states as values, and every failure as the error that it is."""

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, Self

import requests

from pytest_cxone.client.answers import body_of, network_error
from pytest_cxone.client.asking import Asking, Progress
from pytest_cxone.client.examination import Examination
from pytest_cxone.client.listing import Listing
from pytest_cxone.client.pace import Pace
from pytest_cxone.client.session import LONGEST_WAIT, TenantSession
from pytest_cxone.client.tokens import TokenSource
from pytest_cxone.diagnosis import Diagnoses, Diagnosis
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import AgentNotFound, ConfigurationError, UnexpectedResponse
from pytest_cxone.model import Agent, AgentState, Call
from pytest_cxone.schemas import contract
from pytest_cxone.settings import Settings

__all__ = ["CXoneClient"]

_PAGES_AHEAD: Final = 4
"""Four at a time read a listing about as much faster; what is asked for beyond its end is three pages at most."""


class CXoneClient:
    """An authenticated client of one tenant.

    `clock` and `sleep` (seconds) are the tenant's on a fake, so that nothing ever waits. `tokens` is given where
    several clients share one token. `at_once` is how many requests a listing or a diagnosis of many agents may have
    under way together, at `pace`, and `longest_wait` for how many seconds in all a request is sent again, as
    `Retry-After` asks. Where what is asked is recorded or replayed, `ids_have_order` is False: aliases have
    none, and a replayed diagnosis must ask what the recorded one asked.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tokens: TokenSource | None = None,
        at_once: int = 1,
        pace: Pace | None = None,
        longest_wait: float = LONGEST_WAIT,
        ids_have_order: bool = True,
    ) -> None:
        self.settings = settings
        self._dialect = dialect(settings.dialect)
        self._clock = clock
        self._sleep = sleep
        self._at_once = at_once
        self._ids_have_order = ids_have_order
        self.tokens = tokens or TokenSource(
            self._dialect,
            settings.hosts,
            settings.client_id,
            settings.client_secret,
            scopes=settings.scopes,
            clock=clock,
            insist=not settings.mode.reaches_tenant,
        )
        self.http = TenantSession(
            settings.hosts,
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

    def agent_state(self, agent_id: str) -> AgentState | None:
        """Return the agent's current state; None if no state is listed: logged out, unknown or hidden.

        Raises an `ApiError` for anything but a contract-true answer, so None is never a failure in disguise.
        """
        __tracebackhide__ = True
        call = self._dialect.state_call(agent_id)
        rows = self._dialect.read_states(self._fetch(call))
        strangers = sum(row.agent_id != agent_id for row in rows)
        if strangers or len(rows) > 1:
            raise UnexpectedResponse(
                str(call),
                f"expected the row of agent {agent_id} or none, got {len(rows)} rows, {strangers} of them of "
                "other agents; does the tenant still honour the filter?",
                status=200,
            )
        return rows[0] if rows else None

    def agent(self, agent_id: str) -> Agent:
        """Return the agent's profile, whether or not logged in; raises `AgentNotFound` if there is none."""
        __tracebackhide__ = True
        call = self._dialect.profile_call(agent_id)
        try:
            body = self._fetch(call)
        except UnexpectedResponse as error:
            if error.status == 404:
                unknown = AgentNotFound(str(call), agent_id)
                unknown.in_json = error.in_json
                raise unknown from None
            raise
        found = self._dialect.read_agent(body)
        if found.agent_id != agent_id:
            raise UnexpectedResponse(
                str(call), f"expected the profile of agent {agent_id}, got another one's", status=200
            )
        return found

    def online_agents(self, *, most_pages: int | None = None) -> Listing:
        """Return the listing of all agents who are online and whom this client may see; it is fetched lazily.

        `most_pages` are read of it, all unless given.
        """
        ahead = min(self._at_once, _PAGES_AHEAD)
        return Listing(self._dialect, self._fetch, ahead=ahead, most_pages=most_pages, has_order=self._ids_have_order)

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
            self._dialect.profile_call(agent_id)
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

    def _fetch(self, call: Call) -> Any:
        __tracebackhide__ = True
        try:
            response = self.http.request(call.method, call.path, params=call.params, allow_redirects=False)
        except requests.RequestException as error:
            # Not chained: the library's frames hold the token, and tracebacks can show locals.
            raise network_error(call, self.settings.base_url, error) from None
        return body_of(call, response, contract(self._dialect.name), now=self._clock())
