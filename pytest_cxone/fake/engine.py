"""The fake tenant as a whole: worlds by region, faults, simulated upgrades and the journal."""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from pytest_cxone.errors import Unanswerable
from pytest_cxone.fake.api import VERSIONS, Options
from pytest_cxone.fake.apis import NAMES, api_named
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.faults import Delivery, Fault
from pytest_cxone.fake.world import Snapshot, World
from pytest_cxone.model import Exchange, Request, Response

__all__ = ["Change", "Fake", "Forward"]

Forward = Callable[[Request], Response]
Change = Callable[[Request, Forward, World], Response]
"""A simulated upgrade: answers a request, by and large through `forward`, which is the API of today."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beginning:
    """What a reset goes back to: how far the clock was ahead, the worlds, the faults and how many requests each met."""

    ahead: float
    worlds: Mapping[str, Snapshot]
    faults: tuple[tuple[Fault, int], ...]


class Fake:
    """Answers requests as a tenant would, whichever way they come. Safe to share between threads.

    Each region is a world of its own; they share the clock. `journal` keeps the last `journal_length`
    exchanges, `errors` the mistakes of tests that were answered over HTTP and have not been taken yet.
    Whoever makes several changes that belong together holds `lock` meanwhile. What a `new_world` leaves open is as the
    dialect's API has it. For `api_versions`, `advertised` and `needs_accept` see `Options`.
    """

    def __init__(
        self,
        dialect: str = NAMES[0],
        *,
        clock: Clock | None = None,
        new_world: Callable[[Clock], World] = lambda clock: World(clock=clock),
        changes: Iterable[Change] = (),
        journal_length: int = 1_000,
        api_versions: range = VERSIONS,
        advertised: str = "",
        needs_accept: bool = True,
    ) -> None:
        self.dialect = dialect
        self.api = api_named(dialect)
        self.options = Options(versions=api_versions, advertised=advertised.rstrip("/"), needs_accept=needs_accept)
        self.clock = clock or Clock()
        self.journal: deque[Exchange] = deque(maxlen=journal_length)
        self.errors: list[Unanswerable] = []
        self.has_struck = False
        """Whether a fault ever struck: then what was answered may not be what arrived."""
        self._answer = self.api.answering(self.options)
        self._new_world = new_world
        self._changes = tuple(changes)
        self._worlds: dict[str, World] = {}
        self._faults: list[tuple[Fault, list[int]]] = []
        self._beginning: _Beginning | None = None
        self.lock = threading.RLock()

    def world(self, region: str) -> World:
        """Return a region's world, made when first asked for."""
        with self.lock:
            if region not in self._worlds:
                self._worlds[region] = self._made(region)
            return self._worlds[region]

    def _made(self, region: str) -> World:
        world = self._new_world(self.clock)
        world.defaults = self.api.defaults(region)
        return world

    def add_fault(self, fault: Fault) -> None:
        """Let a fault strike from now on. Where one strikes, those added after it do not see the request."""
        with self.lock:
            self._faults.append((fault, [0]))

    def clear_faults(self) -> None:
        """End all faults."""
        with self.lock:
            self._faults.clear()

    @property
    def faults(self) -> Sequence[tuple[Fault, int]]:
        """The faults that were set and not cleared, and how often each has struck."""
        with self.lock:
            return tuple((fault, fault.struck(seen[0])) for fault, seen in self._faults)

    def keep(self) -> None:
        """Let `reset` go back to what is now. The first call counts, so that any number of resets lead to one place."""
        with self.lock:
            if self._beginning is None:
                self._beginning = _Beginning(
                    ahead=self.clock.ahead,
                    worlds={region: world.snapshot() for region, world in self._worlds.items()},
                    faults=tuple((fault, seen[0]) for fault, seen in self._faults),
                )

    def reset(self) -> None:
        """Go back to what `keep` kept, else to new worlds; tokens, the journal and the errors are gone."""
        with self.lock:
            kept = self._beginning or _Beginning(ahead=0.0, worlds={}, faults=())
            self.clock.rewind(kept.ahead)
            for region, world in self._worlds.items():
                world.restore(kept.worlds.get(region) or self._made(region).snapshot())
            self._faults[:] = [(fault, [seen]) for fault, seen in kept.faults]
            self.journal.clear()
            self.errors.clear()

    def answer(self, request: Request, region: str) -> Delivery:
        """Answer a request in a region's world. Raises `UnknownRoute` for what the API does not have."""
        with self.lock:
            world = self.world(region)
            fault = self._striking(request)
            if fault is not None and fault.kind == "token_revoked":
                world.revoke_tokens()
            with world.lock:
                # What nobody gets to read, no upgrade changes.
                changes = () if fault is not None and fault.hides else self._changes
                response = self._forward(request, world, region, fault, changes)
            delivery = Delivery(response=response) if fault is None else fault.deliver(response)
            self.journal.append(Exchange(request=request, response=delivery.response))
            return delivery

    def _forward(
        self, request: Request, world: World, region: str, fault: Fault | None, changes: tuple[Change, ...]
    ) -> Response:
        if not changes:
            answer = self._answer(request, world, region)
            # A refusal is what the API of today says on a bad day, so that upgrades meet it.
            return answer if fault is None else fault.refused(answer)
        *inner, outermost = changes
        return outermost(request, lambda changed: self._forward(changed, world, region, fault, tuple(inner)), world)

    def _striking(self, request: Request) -> Fault | None:
        path = request.target.path
        for fault, seen in self._faults:
            if fault.concerns(path, spared=self.api.spares(path)):
                seen[0] += 1
                if fault.strikes(seen[0] - 1):
                    self.has_struck = True
                    return fault
        return None
