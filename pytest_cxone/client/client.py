"""The client: agents and their states as values, and every failure as the error that it is."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Self, TypeVar

import requests

from pytest_cxone.client.answers import body_of, network_error
from pytest_cxone.client.session import TenantSession
from pytest_cxone.client.tokens import TokenSource
from pytest_cxone.diagnosis import Diagnosis, diagnose
from pytest_cxone.dialects import Dialect, dialect
from pytest_cxone.errors import AgentNotFound, ApiError, ListingNotAdvancing, UnexpectedResponse
from pytest_cxone.model import Agent, AgentState, Call
from pytest_cxone.schemas import contract
from pytest_cxone.settings import Settings

__all__ = ["CXoneClient", "Listing"]

T = TypeVar("T")


def _seen(look: Callable[..., T], *args: str) -> T | ApiError:
    """Return what a look at the tenant came to, be it an error."""
    try:
        return look(*args)
    except ApiError as error:
        return error


class Listing:
    """The agents who are online, fetched page by page as it is iterated.

    No agent is given twice. Agents who log in meanwhile move rows to later pages: `repeated` holds the ids that came
    again. A log-out moves rows to earlier pages, which no reader of pages can see. `pages` counts the requests.
    Iterating again fetches again.
    """

    def __init__(self, dialect: Dialect, fetch: Callable[[Call], Any]) -> None:
        self.pages = 0
        self.repeated: tuple[str, ...] = ()
        self._dialect = dialect
        self._fetch = fetch

    def __iter__(self) -> Iterator[AgentState]:
        self.pages, self.repeated = 0, ()
        seen: set[str] = set()
        stale = 0
        call = self._dialect.next_page(None, None)
        while call is not None:
            body = self._fetch(call)
            self.pages += 1
            rows = self._dialect.read_states(body)
            # One such page can come of rows that moved: its only row was the last of the page before.
            stale = stale + 1 if all(row.agent_id in seen for row in rows) else 0
            if rows and stale > 1:
                raise ListingNotAdvancing(str(call), self.pages)
            for row in rows:
                if row.agent_id in seen:
                    self.repeated += (row.agent_id,)
                else:
                    seen.add(row.agent_id)
                    yield row
            call = self._dialect.next_page(call, body)


class CXoneClient:
    """An authenticated client of one tenant.

    `clock` and `sleep` (seconds) are the tenant's on a fake, so that nothing ever waits. `tokens` is given where
    several clients share one token.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
        tokens: TokenSource | None = None,
    ) -> None:
        self.settings = settings
        self._dialect = dialect(settings.dialect)
        self._clock = clock
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
                raise AgentNotFound(str(call), agent_id) from None
            raise
        found = self._dialect.read_agent(body)
        if found.agent_id != agent_id:
            raise UnexpectedResponse(
                str(call), f"expected the profile of agent {agent_id}, got another one's", status=200
            )
        return found

    def online_agents(self) -> Listing:
        """Return the listing of all agents who are online and whom this client may see; it is fetched lazily."""
        return Listing(self._dialect, self._fetch)

    def diagnose(self, agent_id: str) -> Diagnosis:
        """Tell why an agent does or does not show. Never raises for what the tenant answers."""
        return diagnose(agent_id, _seen(self.agent, agent_id), _seen(self.agent_state, agent_id))

    def diagnose_many(self, agent_ids: Iterable[str]) -> dict[str, Diagnosis]:
        """Tell for each agent; one listing for all, and a profile only for those who are not listed."""
        wanted = list(dict.fromkeys(agent_ids))
        listed = _seen(lambda: {row.agent_id: row for row in self.online_agents()})
        if isinstance(listed, ApiError):
            return {agent_id: diagnose(agent_id, None, listed) for agent_id in wanted}
        states = {agent_id: listed.get(agent_id) for agent_id in wanted}
        return {
            agent_id: diagnose(agent_id, None if state else _seen(self.agent, agent_id), state)
            for agent_id, state in states.items()
        }

    def _fetch(self, call: Call) -> Any:
        __tracebackhide__ = True
        try:
            response = self.http.request(call.method, call.path, params=call.params, allow_redirects=False)
        except requests.RequestException as error:
            # Not chained: the library's frames hold the token, and tracebacks can show locals.
            raise network_error(call, self.settings.base_url, error) from None
        return body_of(call, response, contract(self._dialect.name), now=self._clock())
