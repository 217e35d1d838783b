"""Findings that somebody answers for: a TOML file of acknowledgements and of other severities, each until a date."""

import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn, TypeVar

from pytest_cxone.drift import Finding, FindingId, Severity
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.report.values import Acknowledgement

__all__ = ["Acknowledged", "Rule", "read_acknowledged"]

_TABLES: Final = ("acknowledged", "severity")
_WHICH: Final = ("fingerprint", "id", "operation", "path")
_WHO: Final = ("reason", "owner", "expires")
_FINGERPRINT: Final = re.compile(r"[0-9A-Fa-f]{12}")
_Kind = TypeVar("_Kind", FindingId, Severity)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One entry of the file: which findings it is about, and who answers for that, why and until when.

    A finding fits where all that is given fits. `severity` is the one it is to have; None acknowledges it.
    """

    place: str
    fingerprints: frozenset[str] = frozenset()
    id: FindingId | None = None
    operation: str = ""
    path: str = ""
    severity: Severity | None = None
    reason: str
    owner: str
    expires: date

    def fits(self, finding: Finding) -> bool:
        """Whether it is about this finding."""
        return (
            (not self.fingerprints or finding.fingerprint in self.fingerprints)
            and self.id in {None, finding.id}
            and self.operation in {"", finding.operation}
            and self.path in {"", finding.path}
        )

    @property
    def name(self) -> str:
        """How a report calls it: its place, what it is about, and whose it is."""
        which = [*sorted(self.fingerprints), *filter(None, (self.id, self.operation, self.path))]
        return f"{self.place} ({', '.join(which)}; {self.owner}, until {self.expires})"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """All entries of a file, looked at on a day."""

    rules: tuple[Rule, ...] = ()
    today: date = date.max

    def of(self, finding: Finding) -> Acknowledgement | None:
        """Return who answers for a finding: an entry that is in force, else one that has expired."""
        fitting = [rule for rule in self.rules if rule.severity is None and rule.fits(finding)]
        if not fitting:
            return None
        rule = max(fitting, key=lambda rule: rule.expires)
        return Acknowledgement(
            reason=rule.reason, owner=rule.owner, expires=rule.expires, is_expired=self._is_expired(rule)
        )

    def severity(self, finding: Finding) -> tuple[Severity, str]:
        """Return the severity that counts, and why it is another than the finding's own, where it is."""
        for rule in self.rules:
            if rule.severity is not None and rule.fits(finding) and not self._is_expired(rule):
                if rule.severity is finding.severity:
                    break
                why = f"{rule.severity} and not {finding.severity}: {rule.reason} ({rule.owner}, until {rule.expires})"
                return rule.severity, why
        return finding.severity, ""

    def stale(self, findings: Iterable[Finding], *, compared: Collection[str], is_whole: bool) -> Iterator[str]:
        """Yield the entries that do nothing any more: severities that have expired, and what fits nothing.

        That is known only where something was compared and nothing is missing of the run (`is_whole`), and of an entry
        that names an operation, where that was compared.
        """
        found = list(findings)
        for rule in self.rules:
            if any(map(rule.fits, found)):
                # An acknowledgement that has expired is told with its finding.
                if rule.severity is not None and self._is_expired(rule):
                    yield f"{rule.name}: expired on {rule.expires}, and counts no more"
            elif is_whole and compared and (not rule.operation or rule.operation in compared):
                yield f"{rule.name}: fits nothing that was found"

    def _is_expired(self, rule: Rule) -> bool:
        return rule.expires < self.today


def read_acknowledged(path: Path, *, today: date) -> Acknowledged:
    """Read a file of acknowledgements. Raises `ConfigurationError`, which names the entry and what is wrong with it."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be read: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    unknown = sorted(document.keys() - set(_TABLES))
    if unknown:
        raise ConfigurationError(f"{path} has {', '.join(unknown)}; it may have [[acknowledged]] and [[severity]] only")
    rules: list[Rule] = []
    for table in _TABLES:
        entries = document.get(table, [])
        if not isinstance(entries, list):
            raise ConfigurationError(f"{path}: {table} is to be a list of tables, each under [[{table}]]")
        rules += (_Entry(path, table, number, entry).rule() for number, entry in enumerate(entries, start=1))
    return Acknowledged(tuple(rules), today)


@dataclass(frozen=True, slots=True)
class _Entry:
    path: Path
    table: str
    number: int
    given: Mapping[str, Any]

    def rule(self) -> Rule:
        given = self.given
        if not isinstance(given, dict):
            self._refuse(f"is to be a table under [[{self.table}]]")
        severity = ("severity",) if self.table == "severity" else ()
        known = {*_WHICH, *_WHO, *severity}
        if unknown := sorted(given.keys() - known):
            self._refuse(f"has {', '.join(unknown)}, and may have {', '.join(sorted(known))}")
        if missing := [name for name in (*severity, *_WHO) if name not in given]:
            self._refuse(f"lacks {', '.join(missing)}")
        if not given.keys() & set(_WHICH):
            self._refuse(f"says of no finding: give one of {', '.join(_WHICH)}")
        if self.table == "acknowledged" and "fingerprint" not in given and not {"id", "path"} <= given.keys():
            self._refuse("would acknowledge what nobody has seen: give a fingerprint, or both id and path")
        return Rule(
            place=f"[[{self.table}]] {self.number}",
            fingerprints=self._fingerprints(),
            id=self._one_of(FindingId, "id") if "id" in given else None,
            operation=self._text("operation") if "operation" in given else "",
            path=self._text("path") if "path" in given else "",
            severity=self._one_of(Severity, "severity") if severity else None,
            reason=self._text("reason"),
            owner=self._text("owner"),
            expires=self._date(),
        )

    def _fingerprints(self) -> frozenset[str]:
        told = self.given.get("fingerprint", [])
        texts = [told] if isinstance(told, str) else told
        if not isinstance(texts, list) or not all(
            isinstance(text, str) and _FINGERPRINT.fullmatch(text) for text in texts
        ):
            self._refuse("fingerprint is to be 12 hex digits, as a report shows them, or a list of such")
        if "fingerprint" in self.given and not texts:
            self._refuse("fingerprint names no finding")
        return frozenset(text.lower() for text in texts)

    def _one_of(self, kind: type[_Kind], name: str) -> _Kind:
        try:
            return kind(self.given[name])
        except ValueError:
            self._refuse(f"{name} is {self.given[name]!r}, and may be {', '.join(kind)}")

    def _text(self, name: str) -> str:
        text = self.given[name]
        if not isinstance(text, str) or not text.strip():
            self._refuse(f"{name} is to be a text that is not empty, not {text!r}")
        return text

    def _date(self) -> date:
        expires = self.given["expires"]
        if not isinstance(expires, date) or isinstance(expires, datetime):
            self._refuse(f"expires is to be a date such as 2027-01-31, without quotes, not {expires!r}")
        return expires

    def _refuse(self, why: str) -> NoReturn:
        raise ConfigurationError(f"{self.path}: entry {self.number} of [[{self.table}]]: {why}")
