"""A cassette as a value: what was recorded, and what is known of where it comes from."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Final

from pytest_cxone.model import Exchange

__all__ = ["POLICY", "Cassette", "Interaction", "Provenance", "Provided", "Source", "seal_of"]

POLICY: Final = 1
"""The version of the scrub policy: raised where scrubbing takes out more than before."""


class Source(StrEnum):
    """What answered while a cassette was recorded."""

    TENANT = "tenant"
    SERVED_FAKE = "served fake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provided:
    """A provider state that the recorded test asked for, as text, and the agent it found, if it is about one."""

    state: str
    agent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """Where a cassette comes from, and under which conditions.

    `test` is the test's module and qualified name, parted by "::". `recorded_at` is in UTC. `api` is the version of
    the API that the test asked for, `tenant` a fingerprint that does not tell which tenant it was, `recorder` the
    version of this package (for a served fake, the version that served it, which may be another, is in `fake`).
    `target_agent_id` and `tenant_id` are aliases of what the settings had. `wait` is how many seconds the test was
    allowed to wait. `fake_only` says why the rest of the test needs a fake, where it was skipped for that.
    `orders` names the ids by which listings were sorted, of which the aliases tell nothing, and `took` how long the
    tenant needed: "listAgentStates: agentId ascending", "listAgentStates: 120 ms", an operation each, parted by commas.
    `seal` is a digest of the interactions as they were written.
    """

    test: str
    recorded_at: datetime
    source: Source
    dialect: str
    api: str
    region: str
    tenant: str
    recorder: str
    fake: str = ""
    policy: int = POLICY
    states: tuple[Provided, ...] = ()
    target_agent_id: str | None = None
    tenant_id: str = ""
    wait: float = 0.0
    fake_only: str = ""
    orders: str = ""
    took: str = ""
    seal: str = ""

    @property
    def seconds(self) -> dict[str, float]:
        """How long each operation took."""
        pairs = (told.partition(": ") for told in self.took.split(", ") if told)
        return {operation: float(told.removesuffix(" ms")) / 1_000 for operation, _, told in pairs}


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One exchange of a cassette. `recorded_at` is set where it was added later than the cassette was recorded."""

    exchange: Exchange
    recorded_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cassette:
    """What was recorded for one test. Without `provenance` it was not written by this package.

    Its URLs are at a region's own hosts, whatever the tenant's were.
    """

    interactions: tuple[Interaction, ...]
    provenance: Provenance | None = None


def seal_of(interactions: Iterable[Interaction]) -> str:
    """Return a digest of what was exchanged, whatever way it is written down; it shows edits by hand."""
    digest = sha256()
    for interaction in interactions:
        request, response = interaction.exchange.request, interaction.exchange.response
        for part in (
            request.method,
            request.url,
            sorted(request.headers.items()),
            request.body.decode("latin-1"),
            response.status,
            sorted(response.headers.items()),
            response.body.decode("latin-1"),
        ):
            digest.update(json.dumps(part).encode())
    return digest.hexdigest()[:16]
