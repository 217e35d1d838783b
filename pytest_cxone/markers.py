"""The markers: typed decorators, and the reading of marks from tests.

A decorator and `pytest.mark` of the same name make equal marks. Either way the arguments are checked by building
the value that they stand for, so there is one place that knows what is allowed.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, Self, cast

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.fake.faults import Fault, FaultKind
from pytest_cxone.states import (
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentsOnline,
    AgentUnknown,
    ProviderState,
    Scopes,
)

__all__ = [
    "MARKERS",
    "BehaviourId",
    "Mark",
    "MarkerError",
    "Region",
    "agent_hidden",
    "agent_offline",
    "agent_online",
    "agent_unknown",
    "agents_online",
    "cxone_behaviour",
    "cxone_fault",
    "cxone_region",
    "cxone_scopes",
    "is_ours",
    "read_marks",
]


class MarkerError(TypeError, pytest.Collector.CollectError):
    """A decorator's arguments are wrong. pytest shows its text alone, without a traceback."""


def agent_online(agent_id: str, *, state: str | None = None, group: str | None = None) -> pytest.MarkDecorator:
    """Have the agent logged in, in this state and group where given: arranged on a fake, checked live."""
    return _decorator("agent_online", agent_id, state=state, group=group)


def agent_offline(agent_id: str) -> pytest.MarkDecorator:
    """Have the agent exist and be logged out: arranged on a fake, checked live."""
    return _decorator("agent_offline", agent_id)


def agent_unknown(agent_id: str) -> pytest.MarkDecorator:
    """Have no agent with this id: arranged on a fake, checked live."""
    return _decorator("agent_unknown", agent_id)


def agent_hidden(agent_id: str) -> pytest.MarkDecorator:
    """Have the agent logged in, in a team that the client may not see: arranged on a fake, checked live."""
    return _decorator("agent_hidden", agent_id)


def agents_online(count: int) -> pytest.MarkDecorator:
    """Have at least so many agents logged in: arranged on a fake, checked live."""
    return _decorator("agents_online", count)


def cxone_scopes(*scopes: str) -> pytest.MarkDecorator:
    """Give the client these OAuth scopes and no others; live, ask for these and check what was granted."""
    return _decorator("cxone_scopes", *scopes)


def cxone_region(name: str) -> pytest.MarkDecorator:
    """Run the test in this region; live, only where the run is in it."""
    return _decorator("cxone_region", name)


def cxone_fault(
    kind: FaultKind,
    *,
    times: int | None = None,
    after: int | None = None,
    on: str | None = None,
    retry_after: int | None = None,
    status: int | None = None,
    seconds: float | None = None,
) -> pytest.MarkDecorator:
    """Let a fault strike, as `Fault` has it: on a fake only, a live run skips the test."""
    return _decorator(
        "cxone_fault",
        kind,
        times=times,
        after=after,
        on=on,
        retry_after=retry_after,
        status=status,
        seconds=seconds,
    )


def cxone_behaviour(behaviour_id: str) -> pytest.MarkDecorator:
    """Name the documented behaviour that a test checks."""
    return _decorator("cxone_behaviour", behaviour_id)


class Region(str):
    """A region's name, as the `cxone_region` marker gives it."""

    __slots__ = ()

    def __new__(cls, name: object) -> Self:
        """Return the name if it is one; which regions there are depends on the dialect."""
        if not isinstance(name, str):
            raise ConfigurationError(f"a region is a string such as 'us', not {name!r}")
        return super().__new__(cls, name)


class BehaviourId(str):
    """A behaviour's id, as the `cxone_behaviour` marker gives it; one that no dialect has is refused."""

    __slots__ = ()

    def __new__(cls, name: object) -> Self:
        """Return the id if a dialect's catalogue has it."""
        from pytest_cxone.behaviours import behaviours
        from pytest_cxone.dialects import DIALECTS

        known = [known for dialect in DIALECTS for known in behaviours(dialect)]
        if name not in known:
            raise ConfigurationError(f"{name!r} is not a behaviour; there are {', '.join(known)}")
        return super().__new__(cls, name)


Mark = ProviderState | Fault | Region | BehaviourId
"""What a mark stands for."""

_VALUES: Final[dict[str, Callable[..., Mark]]] = {
    "agent_online": lambda agent_id, *, state=None, group=None: AgentOnline(_given(agent_id), state, group),
    "agent_offline": lambda agent_id: AgentOffline(_given(agent_id)),
    "agent_unknown": lambda agent_id: AgentUnknown(_given(agent_id)),
    "agent_hidden": lambda agent_id: AgentHidden(_given(agent_id)),
    "agents_online": AgentsOnline,
    "cxone_scopes": lambda *scopes: Scopes(scopes),
    "cxone_region": Region,
    "cxone_fault": lambda kind, **details: Fault(kind=kind, **details),
    "cxone_behaviour": BehaviourId,
}

MARKERS: Final = {
    "agent_online(agent_id, *, state=None, group=None)": agent_online,
    "agent_offline(agent_id)": agent_offline,
    "agent_unknown(agent_id)": agent_unknown,
    "agent_hidden(agent_id)": agent_hidden,
    "agents_online(count)": agents_online,
    "cxone_scopes(*scopes)": cxone_scopes,
    "cxone_region(name)": cxone_region,
    "cxone_fault(kind, *, times=None, after=0, on=None, retry_after=None, status=503, seconds=5)": cxone_fault,
    "cxone_behaviour(behaviour_id)": cxone_behaviour,
}
"""Each marker's signature, as `pytest --markers` shows it, and its decorator."""


def is_ours(mark: pytest.Mark) -> bool:
    """Tell whether a mark is one of these."""
    return mark.name in _VALUES


def read_marks(item: pytest.Item) -> Iterator[Mark]:
    """Yield what a test's marks stand for, outermost first. Raises `ConfigurationError` for wrong arguments."""
    marks = [mark for mark in item.iter_markers() if is_ours(mark)]
    for mark in reversed(marks):
        yield _value(mark.name, mark.args, dict(mark.kwargs))


def _value(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mark:
    try:
        return _VALUES[name](*args, **kwargs)
    except ConfigurationError as error:
        raise ConfigurationError(f"@{name}: {error}") from None
    except TypeError as error:
        signature = next(signature for signature in MARKERS if signature.startswith(f"{name}("))
        problem = str(error).replace("<lambda>()", "it").replace("Fault.__init__()", "it")
        raise ConfigurationError(f"@{name}: {problem}; its signature is {signature}") from None


def _decorator(name: str, *args: Any, **kwargs: Any) -> pytest.MarkDecorator:
    given = {key: value for key, value in kwargs.items() if value is not None}
    try:
        _value(name, args, given)
    except ConfigurationError as error:
        raise MarkerError(str(error)) from None
    return cast("pytest.MarkDecorator", getattr(pytest.mark, name)(*args, **given))


def _given(agent_id: object) -> str:
    if agent_id is None:
        raise ConfigurationError("agent_id must be a non-empty string such as '12345', not None")
    return agent_id  # type: ignore[return-value]  # the state's own check has the last word
