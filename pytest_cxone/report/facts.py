"""What runs are known by: their tests, and what each saw and read. Plain values that merge; a report is made of them.

They travel with the reports of tests, so they cross workers, and stand in a JSON report, so that reports merge.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final

from pytest_cxone.drift import Breach, Observed, Seen, Sight
from pytest_cxone.paths import without_names
from pytest_cxone.rehearsal.outcomes import Rehearsed
from pytest_cxone.usage.values import Reading, Usage
from pytest_cxone.validation import counted

__all__ = [
    "EVIDENCE_VERSION",
    "RunFacts",
    "TestFacts",
    "merged",
    "recorded_at",
    "seen_from_json",
    "seen_to_json",
    "series_of",
    "too_few_live",
    "without_late",
    "write_runs",
]

EVIDENCE_VERSION: Final = 1
_SERIES: Final = ("GITHUB_RUN_ID", "CI_PIPELINE_ID", "BUILD_TAG", "BUILD_BUILDID")
"""Where GitHub, GitLab, Jenkins and Azure say which run of theirs this is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFacts:
    """One test of a run: what it rests on, what became of it, and what it saw of a tenant.

    `test` names it wherever pytest was started, `node_id` as pytest does. `evidence` is "fake", "cassette", "live" or
    "none", `at` when that was seen: of a cassette, when it was recorded. `message` says why it was skipped or failed.
    `origin` is what its cassette was recorded from, and `before` what that holds. `usage` is what the code under test
    read of the answers, None where nobody looked.
    """

    __test__ = False

    test: str
    node_id: str
    evidence: str
    outcome: str
    at: datetime
    api_version: str = ""
    behaviours: tuple[str, ...] = ()
    message: str = ""
    origin: str = ""
    before: Seen | None = None
    after: Seen | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFacts:
    """One run, or one shard of a run.

    `lost` says what is missing of it: what was lost with a worker, tests that did not come to run. `series` is the same
    for all shards that one run of a CI started, and another one the next night; "" where nobody tells. `rehearsed` is
    its rehearsal, of which `rehearse_least` percent were to be noticed, None where nobody asked for that. `usage` is
    what a committed file says of the code under test: its places have no lines.
    """

    id: str
    mode: str
    dialect: str
    api_versions: tuple[str, ...]
    host: str
    started: datetime
    recorder: str
    requests: int = 0
    shard: tuple[int, int] | None = None
    series: str = ""
    lost: tuple[str, ...] = ()
    rehearsed: Rehearsed | None = None
    rehearse_least: float | None = None
    usage: Usage | None = None
    tests: tuple[TestFacts, ...] = ()


def series_of(environ: Mapping[str, str]) -> str:
    """Return what a CI calls its run, the same in all of the jobs that it starts; "" outside of one."""
    return next((told for name in _SERIES if (told := environ.get(name, "").strip())), "")


def too_few_live(live: int, wanted: int) -> Iterator[str]:
    """Say that fewer tests ran on a tenant than somebody wants, where they did."""
    if live < wanted:
        yield f"{counted(live, 'test')} ran on a tenant, {wanted} {'was' if wanted == 1 else 'were'} asked for"


def merged(runs: Iterable[RunFacts]) -> tuple[RunFacts, ...]:
    """Return runs in the order of time, each once. A test that stands in several counts in the latest only.

    A rehearsal counts no more where all its tests were rehearsed later, since it is one of what the suite was.
    """
    by_id = {run.id: run for run in runs}
    ordered = sorted(by_id.values(), key=lambda run: (run.started, run.id))
    latest = {
        (run.dialect, test.test, test.api_version, test.evidence): run.id for run in ordered for test in run.tests
    }
    rehearsed = {
        (run.dialect, test.test, test.api_version): run.id for run in ordered if run.rehearsed for test in run.tests
    }
    return tuple(
        replace(
            run,
            tests=tuple(
                test for test in run.tests if latest[run.dialect, test.test, test.api_version, test.evidence] == run.id
            ),
            rehearsed=None
            if run.tests
            and all(rehearsed.get((run.dialect, test.test, test.api_version)) != run.id for test in run.tests)
            else run.rehearsed,
        )
        for run in ordered
    )


def recorded_at(origin: str) -> datetime | None:
    """Return when a cassette was recorded, by what is said of it: "2026-11-22T10:00:00Z served fake, 0.1.0"."""
    try:
        moment = datetime.fromisoformat(origin.partition(" ")[0])
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def without_late(tests: Iterable[TestFacts], late: Mapping[str, str]) -> Iterator[TestFacts]:
    """Yield tests without what turned out to be somebody's after they had run."""
    for test in tests:
        before, after = (
            seen and replace(seen, observed=seen.observed.renamed(late)) for seen in (test.before, test.after)
        )
        usage = test.usage and _renamed(test.usage, late)
        yield replace(test, before=before, after=after, usage=usage) if late else test


def _renamed(usage: Usage, late: Mapping[str, str]) -> Usage:
    return Usage(
        frozenset(reading._replace(path=without_names(reading.path, late)) for reading in usage.readings),
        frozenset((operation, without_names(path, late)) for operation, path in usage.unseen),
    )


# As JSON


def seen_to_json(seen: Seen) -> dict[str, Any]:
    """Write what was seen as plain JSON."""
    return {
        "observed": seen.observed.to_json(),
        "breaches": [[*breach, count] for breach, count in sorted(seen.breaches.items())],
        "seconds": dict(seen.seconds),
    }


def seen_from_json(document: Mapping[str, Any]) -> Seen:
    """Read what `seen_to_json` wrote."""
    return Seen(
        observed=Observed.from_json(document["observed"]),
        breaches={Breach(*parts): count for *parts, count in document["breaches"]},
        seconds=document["seconds"],
    )


@dataclass(slots=True)
class _Table:
    """Sights and readings by number: most of them are the same in a hundred tests."""

    numbers: dict[Sight, int] = field(default_factory=dict)
    readings: dict[Reading, int] = field(default_factory=dict)

    def read(self, usage: Usage | None) -> dict[str, Any] | None:
        """Write what was read."""
        if usage is None:
            return None
        numbers = self.readings
        return {
            "readings": [numbers.setdefault(reading, len(numbers)) for reading in sorted(usage.readings)],
            "unseen": [list(one) for one in sorted(usage.unseen)],
        }

    def write(self, seen: Seen | None) -> dict[str, Any] | None:
        if seen is None:
            return None
        numbers = self.numbers
        pairs = [(numbers.setdefault(sight, len(numbers)), count) for sight, count in seen.observed.counts.items()]
        return {
            **seen_to_json(replace(seen, observed=Observed())),
            "observed": [part for pair in pairs for part in pair],
        }


def write_runs(runs: Iterable[RunFacts]) -> dict[str, Any]:
    """Write runs as the part of a JSON report that others are merged with."""
    table = _Table()
    written = [
        {
            **asdict(replace(run, tests=(), rehearsed=None, usage=None)),
            "started": run.started.isoformat(),
            "rehearsed": run.rehearsed and run.rehearsed.to_json(),
            "usage": table.read(run.usage),
            "tests": [
                {
                    **asdict(replace(test, before=None, after=None, usage=None)),
                    "at": test.at.isoformat(),
                    "before": table.write(test.before),
                    "after": table.write(test.after),
                    "usage": table.read(test.usage),
                }
                for test in run.tests
            ],
        }
        for run in runs
    ]
    return {
        "version": EVIDENCE_VERSION,
        "sights": [list(sight) for sight in table.numbers],
        "readings": [[*reading[:3], *reading.place] for reading in table.readings],
        "runs": written,
    }
