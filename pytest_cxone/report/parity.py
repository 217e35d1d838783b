"""Parity: whether the fake, the cassettes and a live tenant behave alike. So the fake is verified, or not."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pytest_cxone.behaviours import behaviours
from pytest_cxone.report.facts import RunFacts, TestFacts
from pytest_cxone.report.values import Agreement, Cell, Parity

__all__ = ["parity_of"]


def parity_of(runs: Iterable[RunFacts]) -> tuple[Parity, ...]:
    """Return a row for each behaviour of the dialects that tests check, none where no test names a behaviour."""
    by_dialect: defaultdict[str, list[TestFacts]] = defaultdict(list)
    for run in runs:
        by_dialect[run.dialect] += (test for test in run.tests if test.behaviours)
    return tuple(row for dialect, tests in sorted(by_dialect.items()) if tests for row in _rows(dialect, tests))


def _rows(dialect: str, tests: Sequence[TestFacts]) -> Iterable[Parity]:
    checked: defaultdict[tuple[str, str], list[TestFacts]] = defaultdict(list)
    for test in tests:
        for behaviour in test.behaviours:
            checked[behaviour, test.evidence].append(test)
            if test.evidence == "none":
                # It was skipped before it came to a tenant; which one it was to be does not matter.
                checked[behaviour, "live"].append(test)
    for id_, known in behaviours(dialect).items():
        cells = {evidence: _cell(checked.get((id_, evidence), ())) for evidence in ("fake", "cassette", "live")}
        yield Parity(
            behaviour=id_,
            statement=known.statement,
            source=known.source,
            **cells,
            agreement=_agreement(cells),
        )


def _cell(tests: Sequence[TestFacts]) -> Cell:
    # A test that is to be replayed, and was not recorded, fails without having seen anything.
    ran = [test for test in tests if test.outcome != "skipped" and (test.evidence != "cassette" or test.origin)]
    failed = sum(test.outcome == "failed" for test in ran)
    skipped = [test for test in tests if test.outcome == "skipped"]
    if not ran:
        why = next((test.message for test in skipped if test.message), "")
        return Cell(agreement=Agreement.NOT_VERIFIED, skipped=len(skipped), note=why)
    return Cell(
        agreement=Agreement.DIFFER if failed else Agreement.AGREE,
        passed=len(ran) - failed,
        failed=failed,
        skipped=len(skipped),
        at=min(test.at for test in ran),
        note=next((test.origin for test in ran if test.origin and test.evidence == "cassette"), ""),
    )


def _agreement(cells: Mapping[str, Cell]) -> Agreement:
    """Sum up a row: what was not seen on a tenant is not verified, whatever the fake does."""
    if any(cell.agreement is Agreement.DIFFER for cell in cells.values()):
        return Agreement.DIFFER
    return cells["live"].agreement
