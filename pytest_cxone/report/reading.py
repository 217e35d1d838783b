"""The evidence of a JSON report, read back: it may be cut or edited, or of another version of this package."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NoReturn, TypeVar

from pytest_cxone._resources import version
from pytest_cxone.dialects import DIALECTS
from pytest_cxone.drift import Breach, Observed, Seen, Sight
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.options import MOST_SHARDS, Mode
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome, Rehearsed, RehearsedUpgrade, Touched
from pytest_cxone.report.facts import EVIDENCE_VERSION, RunFacts, TestFacts
from pytest_cxone.usage.values import Place, Reading, Usage

__all__ = ["read_runs"]

_MOST: Final = 10**15
"""More than anybody counts, and what a float still holds."""
_MOST_NAMED: Final = 3
_Value = TypeVar("_Value")
_Reader = Callable[[Any], Any]
"""Reads one value, or raises what `read_runs` takes for damage."""


def read_runs(document: Any) -> tuple[RunFacts, ...]:
    """Read what `write_runs` wrote. Raises `ConfigurationError` for anything else, naming the version that wrote it."""
    try:
        if document["version"] != EVIDENCE_VERSION:
            raise ConfigurationError(
                f"the report's evidence is of version {document['version']!r}, not {EVIDENCE_VERSION}; "
                f"{_written_by(document['runs'])}"
            )
        # The evidence of an earlier version has no readings.
        known = _Known(_several(_sight)(document["sights"]), _several(_reading)(document.get("readings", [])))
        return tuple(_run(run, known) for run in _list(document["runs"]))
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, OverflowError) as error:
        raise ConfigurationError(f"the report's evidence is damaged ({type(error).__name__})") from error


def _written_by(runs: Iterable[Mapping[str, Any]]) -> str:
    told = sorted({_text(run["recorder"]) for run in runs})
    return f"it was written by pytest-cxone {' and '.join(map(repr, told))}, and this is {version()!r}"


def _run(written: Mapping[str, Any], known: "_Known") -> RunFacts:
    readers = {
        **_RUN,
        "rehearsed": lambda rehearsed: _rehearsed(rehearsed, written),
        "usage": known.usage,
        "tests": _several(lambda test: _test(test, written, known)),
    }
    return RunFacts(**_fields(written, readers, run=written))


def _test(written: Mapping[str, Any], run: Mapping[str, Any], known: "_Known") -> TestFacts:
    readers = {**_TEST, "before": known.seen, "after": known.seen, "usage": known.usage}
    return TestFacts(**_fields(written, readers, run=run))


def _rehearsed(written: Mapping[str, Any] | None, run: Mapping[str, Any]) -> Rehearsed | None:
    if written is None:
        return None

    def upgrade(one: Mapping[str, Any]) -> RehearsedUpgrade:
        return RehearsedUpgrade(**_fields(one, _UPGRADE, run=run))

    return Rehearsed(**_fields(written, {**_REHEARSED, "upgrades": _several(upgrade)}, run=run))


def _fields(written: Mapping[str, Any], readers: Mapping[str, _Reader], *, run: Mapping[str, Any]) -> dict[str, Any]:
    """Read each field by its reader. One that is not there keeps its default, and is damage where it has none."""
    unknown = sorted(written.keys() - readers.keys())
    if unknown:
        named = ", ".join(map(repr, unknown[:_MOST_NAMED]))
        raise ConfigurationError(f"the report's evidence has what is not known here ({named}); {_written_by([run])}")
    return {name: readers[name](value) for name, value in written.items()}


@dataclass(frozen=True, slots=True)
class _Known:
    """The sights and readings of a report, which its tests name by number."""

    sights: Sequence[Sight]
    readings: Sequence[Reading]

    def seen(self, written: Mapping[str, Any] | None) -> Seen | None:
        """Read what a test saw, if it saw anything."""
        if written is None:
            return None
        flat = _several(_count)(written["observed"])
        pairs = zip(flat[::2], flat[1::2], strict=True)
        return Seen(
            observed=Observed({self.sights[number]: count for number, count in pairs}),
            breaches=dict(map(_breach, _list(written["breaches"]))),
            seconds={_text(operation): _amount(took) for operation, took in written["seconds"].items()},
        )

    def usage(self, written: Mapping[str, Any] | None) -> Usage | None:
        """Read what was read, if anybody looked."""
        if written is None:
            return None
        numbers = _several(_count)(written["readings"])
        unseen = _several(_pair)(written["unseen"])
        return Usage(frozenset(self.readings[number] for number in numbers), frozenset(unseen))


# Values of a kind


def _refuse(value: object) -> NoReturn:
    raise ValueError(value)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else _refuse(value)


def _several(read: Callable[[Any], _Value]) -> Callable[[Any], tuple[_Value, ...]]:
    return lambda value: tuple(map(read, _list(value)))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        _refuse(value)
    # Half a character, which JSON can hold, could not be written again.
    value.encode()
    return value


def _count(value: Any) -> int:
    return value if type(value) is int and 0 <= value <= _MOST else _refuse(value)


def _amount(value: Any) -> float:
    return float(value) if type(value) in {int, float} and 0 <= value <= _MOST else _refuse(value)


def _one_of(*names: str) -> Callable[[Any], str]:
    return lambda value: value if _text(value) in names else _refuse(value)


def _moment(value: Any) -> datetime:
    moment = datetime.fromisoformat(value)
    # Without a zone it could not be compared with others.
    return _refuse(value) if moment.tzinfo is None else moment.astimezone(UTC)


def _shard(value: Any) -> tuple[int, int] | None:
    if value is None:
        return None
    number, of = _several(_count)(value)
    return (number, of) if 1 <= number <= of <= MOST_SHARDS else _refuse(value)


def _sight(value: Any) -> Sight:
    operation, status, path, what = _list(value)
    return Sight(_text(operation), _count(status), _text(path), _text(what))


def _breach(value: Any) -> tuple[Breach, int]:
    operation, status, path, expected, got, count = _list(value)
    return Breach(_text(operation), _count(status), _text(path), _text(expected), _text(got)), _count(count)


def _reading(value: Any) -> Reading:
    operation, path, is_whole, file, line, function = _list(value)
    place = Place(_text(file), _count(line), _text(function))
    return Reading(_text(operation), _text(path), _truth(is_whole), place)


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else _refuse(value)


def _pair(value: Any) -> tuple[str, str]:
    one, other = _several(_text)(value)
    return one, other


def _least(value: Any) -> float | None:
    return None if value is None else _amount(value)


_UPGRADE: Final[Mapping[str, _Reader]] = {
    "id": _text,
    "summary": _text,
    "origin": _text,
    "outcome": lambda value: Outcome(_text(value)),
    "behaviours": _several(_text),
    "test": _text,
    "message": _text,
    "met_by": _several(_text),
    "touched": _several(lambda value: Touched(*_pair(value))),
}
_REHEARSED: Final[Mapping[str, _Reader]] = {
    "idle": _count,
    "left_out": _several(lambda value: LeftOut(*_pair(value))),
    "tests": _count,
    "runs": _count,
    "seconds": _amount,
    "refused": _text,
}
_TEST: Final[Mapping[str, _Reader]] = {
    "test": _text,
    "node_id": _text,
    "evidence": _one_of("fake", "cassette", "live", "none"),
    "outcome": _one_of("passed", "failed", "skipped"),
    "at": _moment,
    "api_version": _text,
    "behaviours": _several(_text),
    "message": _text,
    "origin": _text,
}
_RUN: Final[Mapping[str, _Reader]] = {
    "id": _text,
    "mode": _one_of(*Mode),
    "dialect": _one_of(*DIALECTS),
    "api_versions": _several(_text),
    "host": _text,
    "started": _moment,
    "recorder": _text,
    "requests": _count,
    "shard": _shard,
    "series": _text,
    "lost": _several(_text),
    "rehearse_least": _least,
}
