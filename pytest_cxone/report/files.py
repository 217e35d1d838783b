"""Reports as files: written by their extension, and read again where they are to be merged."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.report.facts import RunFacts, merged, write_runs
from pytest_cxone.report.reading import read_runs
from pytest_cxone.report.values import Report

__all__ = ["read_report", "text_of", "write_report"]


def write_report(path: Path, report: Report, runs: Iterable[RunFacts]) -> None:
    """Write a report as its extension says; `runs` are what a JSON report is merged by."""
    text = text_of(path, report, runs)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def text_of(path: Path, report: Report, runs: Iterable[RunFacts]) -> str:
    """Return a report in the form that a file's extension names. Raises `ConfigurationError` for another."""
    write = _FORMS.get(path.suffix.lower())
    if write is None:
        raise ConfigurationError(f"{path} is to end in one of {', '.join(_FORMS)}, which says what is written")
    return write(report, merged(runs))


def _json(report: Report, runs: Sequence[RunFacts]) -> str:
    from pytest_cxone.report.document import document_of

    document = {**document_of(report), "evidence": write_runs(runs)}
    # A line for each entry reads and diffs; the evidence is for programs.
    evidence = json.dumps(document.pop("evidence"), separators=(",", ":"))
    return json.dumps(document, indent=1)[:-2] + f',\n "evidence": {evidence}\n}}\n'


def _markdown(report: Report, _: Sequence[RunFacts]) -> str:
    from pytest_cxone.report.markdown import markdown_of

    return markdown_of(report)


def _html(report: Report, _: Sequence[RunFacts]) -> str:
    from pytest_cxone.report.html import html_of

    return html_of(report)


def _sarif(report: Report, _: Sequence[RunFacts]) -> str:
    from pytest_cxone.report.sarif import sarif_of

    return json.dumps(sarif_of(report), indent=1) + "\n"


_FORMS: Final[Mapping[str, Callable[[Report, Sequence[RunFacts]], str]]] = MappingProxyType(
    {".json": _json, ".md": _markdown, ".html": _html, ".sarif": _sarif}
)


def read_report(path: Path) -> tuple[RunFacts, ...]:
    """Return the runs that a JSON report was made of. Raises `ConfigurationError` where it is none."""
    try:
        document: Any = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        raise ConfigurationError(f"{path} is not a JSON report, which --cxone-report=NAME.json writes") from None
    if not isinstance(document, dict) or "evidence" not in document:
        raise ConfigurationError(
            f"{path} holds no evidence: it is not a JSON report, which --cxone-report=NAME.json writes"
        )
    try:
        return read_runs(document["evidence"])
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: {error}") from None
