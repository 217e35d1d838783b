"""Tenants: where a test's answers come from. They share one protocol and know nothing of one another."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Protocol, Self

from pytest_cxone.model import Exchange
from pytest_cxone.settings import Doubt, Settings
from pytest_cxone.states import ProviderState

if TYPE_CHECKING:
    from pytest_cxone.cassettes.recorder import Take
    from pytest_cxone.cassettes.shelf import Shelved
    from pytest_cxone.client import CXoneClient
    from pytest_cxone.diagnosis import Diagnosis
    from pytest_cxone.fake.engine import Change
    from pytest_cxone.fake.faults import FaultKind
    from pytest_cxone.fake.world import World
    from pytest_cxone.tenants.guard import Guard

__all__ = ["Tenant", "TenantClock", "open_tenant"]


class TenantClock(Protocol):
    """A tenant's time."""

    def now(self) -> float:
        """Return the seconds since the epoch."""

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""


class Tenant(Protocol):
    """A tenant for one test: fake, recorded or live. Requests reach it inside its `with` block.

    What a tenant has no way to do raises `StateNotProvided`, which skips the test, or as
    `--cxone-on-missing` says.
    """

    @property
    def evidence(self) -> str:
        """What a green test rests on: "fake", "cassette" or "live"."""

    @property
    def origin(self) -> str:
        """When and from what its answers were recorded; empty where they were not."""

    def doubts(self) -> "Iterable[tuple[Doubt, str]]":
        """Return what is to be said against the evidence of a test that has passed."""

    settings: Settings
    """How the tenant is reached, and with which credentials."""

    def __enter__(self) -> Self:
        """Let requests reach the tenant."""

    def __exit__(self, *_: object) -> None:
        """End that."""

    def provide(self, state: ProviderState) -> str:
        """Bring a state about, or find it; return the agent's id on this tenant, empty where there is none."""

    def why_not_online(self, states: Iterable[ProviderState]) -> "Iterable[Diagnosis]":
        """Return a diagnosis of each agent who should be online by these states, and is not; of a live tenant only."""

    @property
    def world(self) -> "World":
        """Agents, log-ins, clients and tokens, to arrange and to inspect (fake only)."""

    @property
    def clock(self) -> "TenantClock":
        """The tenant's time. A fake's is moved; a live one's can only be waited for, within `--cxone-wait`."""

    def fault(self, kind: "FaultKind", **details: Any) -> None:
        """Let a fault strike from now on (fake only)."""

    def clear_faults(self) -> None:
        """End all faults."""

    def in_region(self, region: str) -> Self:
        """Return the tenant of another region (fake only); raises `UnknownRegion`."""

    def client(self) -> "CXoneClient":
        """Return an authenticated client."""

    def serve(self) -> str:
        """Return a URL at which any code can reach the tenant over HTTP."""

    @property
    def journal(self) -> Sequence[Exchange]:
        """The exchanges so far, oldest first."""

    @property
    def is_certain(self) -> bool:
        """Whether what the journal has is what arrived: a fault may have kept it back."""

    def take_errors(self) -> list[Any]:
        """Return, and forget, the requests that a fake could not make sense of."""


def open_tenant(
    settings: Settings,
    *,
    guard: "Guard | None" = None,
    take: "Take | None" = None,
    shelved: "Shelved | None" = None,
    changes: "Sequence[Change]" = (),
) -> Tenant:
    """Return the tenant that the mode asks for: live, recorded where there is `shelved`, else a fake.

    `guard` and `take` belong to the modes that reach a tenant, `changes` to the fake.
    """
    if settings.mode.reaches_tenant:
        from pytest_cxone.tenants.guard import Guard
        from pytest_cxone.tenants.live import LiveTenant

        return LiveTenant(settings, guard or Guard(settings), take=take)
    if shelved is not None:
        from pytest_cxone.tenants.recorded import RecordedTenant

        return RecordedTenant(settings, shelved)
    from pytest_cxone.tenants.fake import FakeTenant

    return FakeTenant(settings, changes=changes)
