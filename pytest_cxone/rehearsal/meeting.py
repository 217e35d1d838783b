"""Upgrades and the answers of tests: which of them would change any, and what one of them does change.

Both stand in the fake's way as changes do. `Shadow` changes nothing, and finds out which upgrades can touch a test, so
that it need not run under the others. `Meeting` is an upgrade at work, of which is taken down what it changes.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pytest_cxone.errors import FakeError, Unanswerable
from pytest_cxone.fake.engine import Change, Forward
from pytest_cxone.fake.world import Token, World
from pytest_cxone.model import Request, Response
from pytest_cxone.operations import Operation, Purpose
from pytest_cxone.paths import OTHER_PATHS
from pytest_cxone.rehearsal.changes import Upgrade
from pytest_cxone.rehearsal.differing import differing
from pytest_cxone.rehearsal.outcomes import Touched

__all__ = ["REQUEST", "Bounded", "EndlessAsking", "Meeting", "OperationOf", "Shadow"]

REQUEST: Final = "request"
"""Stands for the path where an upgrade makes another request of one that cannot be sent twice, or answers it itself."""
_REPEATABLE: Final = frozenset({Purpose.READ, Purpose.DISCOVERY})
_FEW: Final = 100
_TIMES: Final = 20
_MANY: Final = 5_000

OperationOf = Callable[[Request], Operation | None]


class EndlessAsking(FakeError):
    """Code under test asks on and on under an upgrade, as code does that waits for a last page that does not come."""

    def __init__(self, requests: int, usual: int = 0) -> None:
        usually = f", where it takes {usual:,} without the upgrade" if usual else " in one test under an upgrade"
        super().__init__(f"{requests:,} requests{usually}: this would not end")


class Bounded:
    """An upgrade for one test of a run under it, in which code that would ask for ever ends."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self._requests = 0

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        """Answer under the upgrade."""
        self._requests += 1
        if self._requests > _MANY:
            raise EndlessAsking(_MANY)
        return self._change(asked, forward, world)


class Shadow:
    """Lets every answer of a test pass, and takes down the upgrades that would have changed one of them.

    A test of which an upgrade changes no answer is the same under it. What cannot be told without doing it, as where an
    upgrade asks the API for something else, counts as a change. `requests` is how many the test sent.
    """

    def __init__(self, of_operation: Callable[[str], Sequence[Upgrade]], operation_of: OperationOf) -> None:
        self._of_operation = of_operation
        self._operation_of = operation_of
        self.touching: dict[str, None] = {}
        self.requests = 0

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        """Answer as the API of today does."""
        self.requests += 1
        response = forward(asked)
        operation = self._operation_of(asked)
        for upgrade in self._of_operation("" if operation is None else operation.id):
            if upgrade.id not in self.touching and _would_change(upgrade, asked, response, world):
                self.touching[upgrade.id] = None
        return response


def _would_change(upgrade: Upgrade, asked: Request, response: Response, world: World) -> bool:
    told = upgrade.touches(asked, response)
    if told is not None:
        return told

    def forward(request: Request) -> Response:
        if request != asked:
            raise _TouchedError
        return response

    try:
        answered = upgrade.change(asked, forward, _Still(world))  # type: ignore[arg-type] # a world to look at
    except Exception:  # noqa: BLE001 - `_TouchedError`, or what is wrong with it, which shows when it is at work
        return True
    return answered != response


class Meeting:
    """An upgrade at work in one test: `touched` is what it changed there, `crash` why it could not do its work.

    A test may send 20 times the `usual` number of requests, so that code which would ask for ever ends.
    """

    def __init__(self, upgrade: Upgrade, operation_of: OperationOf, *, usual: int) -> None:
        self.upgrade = upgrade
        self._operation_of = operation_of
        self._usual = usual
        self._most = max(_FEW, _TIMES * usual)
        self._requests = 0
        self._tokens: dict[str, Token] = {}
        self.touched: set[Touched] = set()
        self.crash = ""

    def __call__(self, asked: Request, forward: Forward, world: World) -> Response:
        """Answer under the upgrade."""
        self._requests += 1
        if self._requests > self._most:
            raise EndlessAsking(self._most, self._usual)
        operation = self._operation_of(asked)
        is_repeatable = operation is not None and operation.purpose in _REPEATABLE
        with world.clock.held():
            seen = _Seen(forward, asked, self._without(asked, forward, world) if is_repeatable else None)
            noting = _Noting(world, self._tokens)
            try:
                response = self.upgrade.change(asked, seen, noting)  # type: ignore[arg-type] # a world, seen through
            except Unanswerable:
                raise
            except Exception as error:  # noqa: BLE001 - no failure of the code under test
                self.crash = f"{type(error).__name__}: {error}"
                return seen.last or forward(asked)
        paths = {REQUEST} if seen.before is None else set(differing(seen.before, response))
        if noting.has_changed:
            # Later answers may be others for it, and asking twice does not show that.
            paths.add(REQUEST)
        self.touched |= {Touched(OTHER_PATHS if operation is None else operation.id, path) for path in paths}
        return response

    def _without(self, asked: Request, forward: Forward, world: World) -> Response:
        """Return the answer without the upgrade, also where that has changed what tokens may by now."""
        # One that is gone by now, as a fault revokes it, stays so.
        under = [held for value in self._tokens if (held := world.issued_token(value)) is not None]
        for held in under:
            world.put_token(self._tokens[held.value])
        try:
            return forward(asked)
        finally:
            for held in under:
                world.put_token(held)


class _Seen:
    """Forwards requests. `before` is the answer without the upgrade, where it is known, and `last` the last one."""

    def __init__(self, forward: Forward, asked: Request, before: Response | None) -> None:
        self._forward = forward
        self._asked = asked
        self.before = self.last = before

    def __call__(self, request: Request) -> Response:
        self.last = response = self._forward(request)
        if self.before is None and request == self._asked:
            self.before = response
        return response


_LOOKS: Final = frozenset(
    {
        "agent", "agents", "business_unit", "client", "clients", "clock", "defaults", "issued_token", "lock", "online",
        "online_agent", "page_cap", "record", "roster", "session", "sessions", "skills_of", "snapshot", "state_latency",
        "tenant_id", "token", "token_lifetime", "uuid",
    }
)  # fmt: skip
"""What of a world can be looked at. All else may change it."""


class _Noting:
    """A world, and whether it was changed through this. Of tokens that are replaced, `tokens` keeps the first."""

    def __init__(self, world: World, tokens: dict[str, Token]) -> None:
        vars(self).update(_world=world, _tokens=tokens, has_changed=False)

    def __getattr__(self, name: str) -> Any:
        if name not in _LOOKS:
            self._change()
        return getattr(self._world, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._change()
        setattr(self._world, name, value)

    def put_token(self, token: Token) -> None:
        """Replace a token; one that says the same is no change."""
        held = self._world.issued_token(token.value)
        if token != held:
            if held is not None:
                self._tokens.setdefault(token.value, held)
            self._world.put_token(token)

    def _change(self) -> None:
        vars(self)["has_changed"] = True


class _Still:
    """A world that can be looked at only, its clock as well."""

    def __init__(self, world: object, looks: frozenset[str] = _LOOKS) -> None:
        vars(self).update(_world=world, _looks=looks)

    def __getattr__(self, name: str) -> Any:
        if name not in self._looks:
            raise _TouchedError
        found = getattr(self._world, name)
        return _Still(found, _TIME) if name == "clock" else found

    def __setattr__(self, name: str, value: object) -> None:
        raise _TouchedError

    def put_token(self, token: Token) -> None:
        """Let what changes nothing pass."""
        if token != self._world.issued_token(token.value):
            raise _TouchedError


_TIME: Final = frozenset({"ahead", "held", "now"})


class _TouchedError(Exception):
    """An upgrade would do what cannot be taken back, which it must not while it is only tried."""
