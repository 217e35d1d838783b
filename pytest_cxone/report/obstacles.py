"""Why a tenant's API was not seen: that it refused the credentials, say, is no word on what it answers."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pytest_cxone.paths import STATUS
from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.schemas import Purpose, contract

__all__ = ["is_of_tenant", "is_unasked", "obstacles_of"]

_REFUSED: Final = "the tenant refused the credentials"
_UNREACHED: Final = "the tenant could not be reached"
_OUT_OF_ORDER: Final = "the tenant was out of order"

_REFUSING: Final = frozenset({400, 401, 403})
"""What a token request gets for a wrong secret (RFC 6749), or for an account that is closed."""
_BUSY: Final = frozenset({408, 425, 429, *range(500, 600)})
_WORDS: Final = {
    # A token is the one thing that is asked for with POST on the way to an answer.
    re.compile(r"(?:\w+\.)*(?:AuthenticationFailed|PermissionDenied): POST "): _REFUSED,
    re.compile(r"(?:\w+\.)*(?:ServiceUnavailable|RateLimited): "): _OUT_OF_ORDER,
    re.compile(
        r"(?:\w+\.)*(?:\w*(?:Network|Connect|Connection|Connector|SSL|Proxy|MaxRetry|URL)Error|\w*Timeout(?:Error)?|"
        r"ConnectionRefusedError|gaierror)\b"
    ): _UNREACHED,
}
"""How the messages of tests begin that got no answer which the comparison saw, of these libraries and of others."""
_UNASKED: Final = re.compile(r"\bRequestRefused\b.*\bbudget\b", re.DOTALL)


def is_of_tenant(run: RunFacts, test: TestFacts) -> bool:
    """Tell whether a test ran on a tenant, or was to, and failed or was skipped before it came there."""
    return test.evidence == "live" or (test.evidence == "none" and run.mode in {"live", "record"})


def is_unasked(test: TestFacts) -> bool:
    """Tell whether a test failed since the run's own budget was spent: that says nothing of the tenant."""
    return test.outcome == "failed" and _UNASKED.search(test.message) is not None


def obstacles_of(runs: Iterable[RunFacts]) -> Mapping[str, str]:
    """Return what was in the way, by dialect; none where an answer of the API came that is one."""
    tests: dict[str, list[TestFacts]] = {}
    for run in runs:
        tests.setdefault(run.dialect, []).extend(test for test in run.tests if is_of_tenant(run, test))
    found = {dialect: _obstacle(dialect, several) for dialect, several in tests.items()}
    return {dialect: obstacle for dialect, obstacle in found.items() if obstacle is not None}


def _obstacle(dialect: str, tests: Iterable[TestFacts]) -> str | None:
    tests = tuple(tests)
    if not any(test.outcome == "failed" for test in tests):
        # Who asks for no more than a refusal, and gets it, has met no obstacle.
        return None
    tokens: set[int] = set()
    answers: set[int] = set()
    for purpose, status, is_known in _statuses(dialect, tests):
        if purpose is Purpose.TOKEN:
            tokens |= set() if is_known else {status}
        elif purpose is not Purpose.DISCOVERY or not _is_good(status):
            answers |= set() if is_known else {status}
    if any(map(_is_good, answers)):
        return None
    if tokens or answers:
        return _of_statuses(tokens, answers)
    told = [test.message for test in tests if test.evidence == "live" and test.outcome == "failed"]
    return next((words for form, words in _WORDS.items() if any(map(form.match, told))), None)


def _of_statuses(tokens: set[int], answers: set[int]) -> str | None:
    if any(map(_is_good, tokens)):
        return _OUT_OF_ORDER if answers and answers <= _BUSY else None
    if tokens | answers <= _BUSY:
        return _OUT_OF_ORDER
    is_refused = tokens & _REFUSING and tokens <= _REFUSING | _BUSY
    return _REFUSED if is_refused and answers <= {401, 403} | _BUSY else None


def _statuses(dialect: str, tests: Iterable[TestFacts]) -> Iterator[tuple[Purpose, int, bool]]:
    """Yield each status that came, what was asked for, and whether that is refused in the test's recording as well."""
    purposes = {operation.id: operation.purpose for operation in contract(dialect).operations}
    for test in tests:
        recorded = test.before.observed.counts if test.before is not None else {}
        for sight in test.after.observed.counts if test.after is not None else ():
            if sight.path == STATUS:
                is_known = sight in recorded and not _is_good(sight.status)
                yield purposes.get(sight.operation, Purpose.READ), sight.status, is_known


def _is_good(status: int) -> bool:
    return 200 <= status < 300
