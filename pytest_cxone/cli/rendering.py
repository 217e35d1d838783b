"""Diagnoses as a person reads them: one agent on a screen, several in a table, many by verdict."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import TYPE_CHECKING, Final

from rich.console import Console, ConsoleRenderable, Group
from rich.table import Table
from rich.text import Text

from pytest_cxone.diagnosis import Diagnoses, Diagnosis, Verdict
from pytest_cxone.scrub import printable

if TYPE_CHECKING:
    from pytest_cxone.client import Progress

__all__ = ["console", "in_a_line", "of_many", "of_one", "progress_bars", "summary"]

_A_TABLEFUL: Final = 20
"""Agents who get a row each; of more, each verdict gets one."""
_NAMED: Final = 5
_LOG_WIDTH: Final = 160

_STYLES: Final = {
    Verdict.ONLINE: "green",
    Verdict.ONLINE_LATE: "green",
    Verdict.OFFLINE: "yellow",
    Verdict.HIDDEN: "yellow",
    Verdict.OFFLINE_OR_HIDDEN: "yellow",
    Verdict.NOT_LISTED: "yellow",
}


def console(*, stderr: bool = False) -> Console:
    """Return where to print: in colour on a terminal, and wide where the lines go to a file."""
    stream = sys.stderr if stderr else sys.stdout
    if isinstance(stream, TextIOWrapper):
        # Not every terminal or file takes every character of a team's name.
        stream.reconfigure(errors="backslashreplace")
    # FORCE_COLOR asks for colours in a log, and not for bars that move there.
    is_terminal = stream.isatty() if stderr else None
    target = Console(stderr=stderr, force_terminal=is_terminal, highlight=False, markup=False)
    if not target.is_terminal:
        target.width = _LOG_WIDTH
    return target


@contextmanager
def progress_bars() -> "Iterator[Progress | None]":
    """Show how far it is, on a terminal only."""
    target = console(stderr=True)
    if not target.is_terminal:
        yield None
        return
    from rich import progress

    columns = progress.TextColumn("{task.description}"), progress.BarColumn(), progress.MofNCompleteColumn()
    with progress.Progress(*columns, progress.TimeRemainingColumn(), console=target, transient=True) as bars:
        tasks: dict[str, progress.TaskID] = {}

        def tell(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield tell


def of_one(diagnosis: Diagnosis) -> ConsoleRenderable:
    """Show one agent: the verdict, why it is so, what to do, and what was asked."""
    lines = Table.grid(padding=(0, 2))
    lines.add_column(style="dim")
    lines.add_column(overflow="fold")
    lines.add_row("why", _text(diagnosis.cause))
    lines.add_row("do", _text(diagnosis.action, "bold"))
    for number, seen in enumerate(diagnosis.evidence):
        lines.add_row("asked" if number == 0 else "", _text(str(seen), "dim"))
    return Group(Text.assemble(_text(diagnosis.agent_id, "bold"), "  ", _verdict(diagnosis)), lines)


def of_many(diagnoses: Diagnoses) -> Iterator[ConsoleRenderable]:
    """Show several agents, a row each, or many, a row a verdict; then what to do, once for each verdict."""
    found = list(diagnoses.values())
    yield _by_agent(found) if len(found) <= _A_TABLEFUL else _by_verdict(found)
    actions = {diagnosis.verdict: diagnosis for diagnosis in found if not diagnosis.verdict.is_online}
    if actions:
        todo = Table(box=None, padding=(0, 2, 0, 0), title_justify="left")
        todo.add_column("WHERE IT SAYS")
        todo.add_column("DO", overflow="fold")
        for verdict, diagnosis in actions.items():
            todo.add_row(Text(verdict, style=_style(verdict)), _text(diagnosis.action, "bold"))
        yield Text()
        yield todo
    yield Text()


def summary(diagnoses: Diagnoses, *, requests: int, seconds: float) -> str:
    """Return one line: how many of what, what it took, and whether agents logged in or out meanwhile."""
    counts = Counter(diagnosis.verdict for diagnosis in diagnoses.values())
    verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in counts.most_common())
    agents = "1 agent" if len(diagnoses) == 1 else f"{len(diagnoses):,} agents"
    pages = "1 page" if diagnoses.pages == 1 else f"{diagnoses.pages:,} pages"
    line = f"{agents}: {verdicts}; {pages} with {diagnoses.listed:,} online, {requests:,} requests, {seconds:.1f} s"
    if diagnoses.moved:
        line += (
            f"; the listing moved while it was read: {len(diagnoses.repeated)} came twice, "
            f"{len(diagnoses.slipped)} were on no page and are online"
        )
    if diagnoses.doubtful:
        line += f"; {len(diagnoses.doubtful):,} may have slipped between two pages"
    return line


def in_a_line(diagnosis: Diagnosis) -> Text:
    """Show one agent in a line."""
    return Text.assemble(_text(diagnosis.agent_id, "bold"), "  ", _verdict(diagnosis), "  ", _text(diagnosis.cause))


def _by_agent(found: Iterable[Diagnosis]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("AGENT", overflow="fold")
    table.add_column("VERDICT")
    table.add_column("WHY", overflow="fold")
    for diagnosis in found:
        table.add_row(_text(diagnosis.agent_id), _verdict(diagnosis), _text(diagnosis.cause))
    return table


def _by_verdict(found: Sequence[Diagnosis]) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("VERDICT")
    table.add_column("AGENTS", justify="right")
    table.add_column("WHO", overflow="fold")
    groups: dict[str, list[Diagnosis]] = {}
    for diagnosis in found:
        groups.setdefault(diagnosis.headline, []).append(diagnosis)
    for group in sorted(groups.values(), key=len, reverse=True):
        more = f", and {len(group) - _NAMED:,} more (--json has all)" if len(group) > _NAMED else ""
        who = ", ".join(diagnosis.agent_id for diagnosis in group[:_NAMED]) + more
        table.add_row(_verdict(group[0]), f"{len(group):,}", _text(who))
    return table


def _verdict(diagnosis: Diagnosis) -> Text:
    return Text(diagnosis.headline, style=_style(diagnosis.verdict))


def _style(verdict: Verdict) -> str:
    return _STYLES.get(verdict, "red")


def _text(text: str, style: str = "") -> Text:
    return Text(printable(text), style=style)
