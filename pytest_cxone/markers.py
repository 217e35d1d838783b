"""The markers: typed decorators, and the reading of marks from tests.

A decorator and `pytest.mark` of the same name make equal marks. Either way the arguments are checked by building
the value that they stand for, so there is one place that knows what is allowed.
"""

import inspect
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, ParamSpec, Self, TypeAlias, cast

import pytest

from pytest_cxone.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_cxone.fake.faults import Fault, FaultKind
    from pytest_cxone.states import ProviderState

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
    "marks_of",
    "read_marks",
]


class MarkerError(TypeError, pytest.Collector.CollectError):
    """A decorator's arguments are wrong. pytest shows its text alone, without a traceback."""


Mark: TypeAlias = "ProviderState | Fault | Region | BehaviourId"
"""What a mark stands for."""

_P = ParamSpec("_P")


def _checked(marker: Callable[_P, pytest.MarkDecorator]) -> Callable[_P, pytest.MarkDecorator]:
    """Let wrong arguments be a `MarkerError` that names the line, also those that Python itself refuses."""

    @wraps(marker)
    def checked(*args: _P.args, **kwargs: _P.kwargs) -> pytest.MarkDecorator:
        try:
            _value(marker.__name__, args, kwargs)
        except ConfigurationError as error:
            caller = sys._getframe(1)  # noqa: SLF001 - the one way to it that costs nothing
            place = f"{Path(caller.f_code.co_filename).name}:{caller.f_lineno}"
            raise MarkerError(f"{place}: {error}") from None
        return marker(*args, **kwargs)

    return checked


@_checked
def agent_online(agent_id: str, *, state: str | None = None, group: str | None = None) -> pytest.MarkDecorator:
    """Have the agent logged in, in this state and group where given: arranged on a fake, checked live."""
    return _decorator("agent_online", agent_id, state=state, group=group)


@_checked
def agent_offline(agent_id: str) -> pytest.MarkDecorator:
    """Have the agent exist and be logged out: arranged on a fake, checked live."""
    return _decorator("agent_offline", agent_id)


@_checked
def agent_unknown(agent_id: str) -> pytest.MarkDecorator:
    """Have no agent with this id: arranged on a fake, checked live."""
    return _decorator("agent_unknown", agent_id)


@_checked
def agent_hidden(agent_id: str) -> pytest.MarkDecorator:
    """Have the agent logged in, in a team that the client may not see: arranged on a fake, checked live."""
    return _decorator("agent_hidden", agent_id)


@_checked
def agents_online(count: int) -> pytest.MarkDecorator:
    """Have at least so many agents logged in: arranged on a fake, checked live."""
    return _decorator("agents_online", count)


@_checked
def cxone_scopes(*scopes: str) -> pytest.MarkDecorator:
    """Give the client these OAuth scopes and no others; live, ask for these and check what was granted."""
    return _decorator("cxone_scopes", *scopes)


@_checked
def cxone_region(name: str) -> pytest.MarkDecorator:
    """Run the test in this region; live, only where the run is in it."""
    return _decorator("cxone_region", name)


@_checked
def cxone_fault(
    kind: "FaultKind",
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


@_checked
def cxone_behaviour(behaviour_id: str) -> pytest.MarkDecorator:
    """Name the documented behaviour that a test checks."""
    return _decorator("cxone_behaviour", behaviour_id)


class Region(str):
    """A region's name, as the `cxone_region` marker gives it; one that no dialect has is refused."""

    __slots__ = ()

    def __new__(cls, name: object) -> Self:
        """Return the name if it is one; which regions there are depends on the dialect."""
        if not isinstance(name, str):
            raise ConfigurationError(f"a region is a string such as 'us', not {name!r}")
        from pytest_cxone.dialects import DIALECTS

        known = [region for dialect in DIALECTS.values() for region in dialect.regions]
        if name not in known:
            raise ConfigurationError(f"region {name!r} is not one of {', '.join(map(repr, known))}")
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


MARKERS: Final[Mapping[str, Callable[..., pytest.MarkDecorator]]] = {
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


_MARKERS: Final = {signature.partition("(")[0]: signature for signature in MARKERS}


def is_ours(mark: pytest.Mark) -> bool:
    """Tell whether a mark is one of these."""
    return mark.name in _MARKERS


def read_marks(marks: Iterable[pytest.Mark]) -> Iterator[Mark]:
    """Yield what marks stand for, those of others left out. Raises `ConfigurationError` for wrong arguments."""
    for mark in marks:
        if is_ours(mark):
            yield _value(mark.name, mark.args, dict(mark.kwargs))


def marks_of(item: pytest.Item) -> list[Mark]:
    """Return what holds for a test, outermost first: of marks about the same thing only the closest."""
    held: dict[object, Mark] = {}
    for mark in read_marks(reversed(list(item.iter_markers()))):
        subject = _subject(mark)
        held.pop(subject, None)
        held[subject] = mark
    return list(held.values())


def _subject(mark: Mark) -> object:
    """Return what a mark is about: an agent, a number of agents, the scopes, the region; the others are each alone."""
    agent_id = getattr(mark, "agent_id", None)
    if agent_id is not None:
        return agent_id
    return type(mark) if type(mark).__name__ in {"AgentsOnline", "Scopes", "Region"} else object()


def _value(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Mark:
    if any(map(callable, args)):
        # A decorator without its call gets the test. Its repr would differ from one xdist worker to the next.
        raise ConfigurationError(f"@{name}: is used without its call; its signature is {_MARKERS[name]}")
    try:
        given = _signature(name).bind(*args, **kwargs)
    except TypeError as error:
        raise ConfigurationError(f"@{name}: {error}; its signature is {_MARKERS[name]}") from None
    details = {key: value for key, value in given.kwargs.items() if value is not None}
    try:
        return _kind(name)(*given.args, **details)
    except ConfigurationError as error:
        raise ConfigurationError(f"@{name}: {error}") from None


@cache
def _signature(name: str) -> inspect.Signature:
    return inspect.signature(MARKERS[_MARKERS[name]])


def _kind(name: str) -> Callable[..., Mark]:
    """Return what makes a marker's value. Imported here, since most runs use no marker."""
    from pytest_cxone.fake.faults import Fault
    from pytest_cxone.states import AgentHidden, AgentOffline, AgentOnline, AgentsOnline, AgentUnknown, Scopes

    kinds: dict[str, Callable[..., Mark]] = {
        "agent_online": lambda agent_id, **of: AgentOnline(_given(agent_id), **of),
        "agent_offline": lambda agent_id: AgentOffline(_given(agent_id)),
        "agent_unknown": lambda agent_id: AgentUnknown(_given(agent_id)),
        "agent_hidden": lambda agent_id: AgentHidden(_given(agent_id)),
        "agents_online": AgentsOnline,
        "cxone_scopes": lambda *scopes: Scopes(scopes),
        "cxone_region": Region,
        "cxone_fault": lambda kind, **details: Fault(kind=kind, **details),
        "cxone_behaviour": BehaviourId,
    }
    return kinds[name]


def _decorator(name: str, *args: Any, **kwargs: Any) -> pytest.MarkDecorator:
    given = {key: value for key, value in kwargs.items() if value is not None}
    return cast("pytest.MarkDecorator", getattr(pytest.mark, name)(*args, **given))


def _given(agent_id: object) -> str:
    if agent_id is None:
        raise ConfigurationError("agent_id must be a non-empty string such as '12345', not None")
    return agent_id  # type: ignore[return-value]  # the state's own check has the last word
