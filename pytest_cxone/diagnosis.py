"""Why an agent does or does not show, as a value: a verdict, how sure it is, its cause, and what to do."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from pytest_cxone.errors import ApiError
from pytest_cxone.model import Agent, AgentState
from pytest_cxone.scrub import printable

__all__ = ["Certainty", "Diagnoses", "Diagnosis", "Evidence", "Verdict"]


class Verdict(StrEnum):
    """What is the matter with an agent."""

    ONLINE = "online"
    ONLINE_LATE = "online after a delay"
    OFFLINE = "offline"
    HIDDEN = "hidden"
    OFFLINE_OR_HIDDEN = "offline or hidden"
    """The agent exists and no state is listed; nothing tells which of the two it is."""
    NOT_LISTED = "not listed"
    """No state is listed, and nobody asked whether the agent exists."""
    UNKNOWN = "unknown id"
    NOT_AN_ID = "not an id"
    WRONG_ENVIRONMENT = "wrong environment"
    BAD_CREDENTIALS = "bad credentials"
    TOKEN_REFUSED = "token refused"
    MISSING_SCOPE = "missing scope"
    RATE_LIMITED = "rate limited"
    OUTAGE = "outage"
    HOST_NOT_FOUND = "host not found"
    CONNECTION_REFUSED = "connection refused"
    TIMEOUT = "timeout"
    TLS_FAILURE = "TLS failure"
    DISCONNECTED = "disconnected"
    PROXY_FAILURE = "proxy failure"
    NETWORK = "network error"
    BROKEN_CONTRACT = "answer breaks the contract"
    UNEXPECTED = "unexpected answer"

    @property
    def is_online(self) -> bool:
        """Whether the agent's state was seen."""
        return self in {Verdict.ONLINE, Verdict.ONLINE_LATE}


class Certainty(StrEnum):
    """How sure a verdict is."""

    CERTAIN = "certain"
    """The tenant said so."""
    LIKELY = "likely"
    """What was seen speaks for it, and what could be seen does not exclude another cause."""
    POSSIBLE = "possible"
    """Nothing that was seen speaks against it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """An exchange that a verdict rests on: what was asked, the status (None: no answer came), and what it came to.

    It holds no token, and nothing of a person's but the id that was asked for.
    """

    request: str
    status: int | None
    answer: str

    def __str__(self) -> str:
        # An arrow after a blank: what ends in an id must end there for whoever looks for ids in texts.
        return f"{self.request} -> {'no answer' if self.status is None else self.status}, {self.answer}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A verdict on one agent, how sure it is, why it is so, what to do, and the exchanges that it rests on.

    `agent` and `state` are what was seen, `error` what came instead of an answer, `waited` the seconds until the state
    showed, `found_in` the environment that has the agent, `missing_scopes` what the client lacks.
    """

    agent_id: str
    verdict: Verdict
    certainty: Certainty
    cause: str
    action: str
    agent: Agent | None = field(default=None, repr=False)
    state: AgentState | None = None
    error: ApiError | None = None
    waited: float = 0.0
    found_in: str = ""
    missing_scopes: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def headline(self) -> str:
        """The verdict, with its certainty where it is not certain."""
        return f"{self.verdict}" if self.certainty is Certainty.CERTAIN else f"{self.verdict} ({self.certainty})"

    @property
    def finding(self) -> str:
        """The headline and the cause."""
        return f"{self.headline}: {self.cause}"

    def __str__(self) -> str:
        return f"agent {printable(self.agent_id)}: {self.finding}; {self.action}"


class Diagnoses(Mapping[str, Diagnosis]):
    """The diagnoses of many agents, by id, in the order asked for.

    `pages` counts the pages that were read, `listed` the agents on them. `repeated` has the ids that came twice,
    `slipped` those that were on no page and are online all the same, and `doubtful` those of whom that may be true and
    who were not asked for. `moved` tells whether agents were seen to log in or out while the listing was read.
    """

    def __init__(
        self,
        found: Mapping[str, Diagnosis],
        *,
        pages: int = 0,
        listed: int = 0,
        repeated: tuple[str, ...] = (),
        slipped: tuple[str, ...] = (),
        doubtful: tuple[str, ...] = (),
        moved: bool = False,
    ) -> None:
        self._found = MappingProxyType(dict(found))
        self.pages = pages
        self.listed = listed
        self.repeated = repeated
        self.slipped = slipped
        self.doubtful = doubtful
        self.moved = moved

    def __getitem__(self, agent_id: str) -> Diagnosis:
        return self._found[agent_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found)

    def __len__(self) -> int:
        return len(self._found)
