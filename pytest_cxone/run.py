"""What the tests of a run share: the settings, and what each mode needs besides. Made when first asked for."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.options import Mode

if TYPE_CHECKING:
    from pytest_cxone.cassettes.names import CassetteName
    from pytest_cxone.cassettes.policy import ScrubPolicy
    from pytest_cxone.cassettes.recorder import Recorder
    from pytest_cxone.cassettes.rules import Rules, ScrubRule
    from pytest_cxone.cassettes.scrubbing import Scrubber
    from pytest_cxone.cassettes.shelf import Shelf, Shelved
    from pytest_cxone.fake.engine import Change
    from pytest_cxone.privacy import Privacy
    from pytest_cxone.rehearsal import Upgrade
    from pytest_cxone.rehearsal.stage import Stage
    from pytest_cxone.report.acknowledged import Acknowledged
    from pytest_cxone.settings import Settings
    from pytest_cxone.tenants.guard import Guard
    from pytest_cxone.usage.keeping import Keeper
    from pytest_cxone.usage.recorder import Recorder as UsageRecorder

__all__ = ["Run"]

_ACKNOWLEDGED: Final = "cxone-acknowledged.toml"
_UNSET: Final = (
    "mode offline (default), dialect platform-v2 (default), host platform.nicecxone.com (region us, default)"
)
"""`Settings.describe()` where nothing is set, written out: most runs need no more of the settings than this."""


class Run:
    """One run. `project` is its folder, `here` the one that it was started in.

    `share` says among how many workers a tenant's budget goes.
    """

    def __init__(
        self,
        command_line: Mapping[str, str],
        environ: Mapping[str, str],
        ini: Mapping[str, str],
        *,
        project: Path,
        here: Path | None = None,
        share: int = 1,
        added_rules: "Callable[[], Iterable[Iterable[ScrubRule]]]" = tuple,
        added_upgrades: "Callable[[str], Iterable[Iterable[Upgrade]]]" = lambda _: (),
    ) -> None:
        self.project = project
        self._here = here or project
        self._given = command_line, environ, ini
        self._share = share
        self._added_rules = added_rules
        self._added_upgrades = added_upgrades
        self.told: set[str] = set()

    @property
    def is_set(self) -> bool:
        """Whether anything was set at all; where not, the settings are the defaults and cannot be wrong."""
        return any(self._given)

    @cached_property
    def settings(self) -> "Settings":
        """The settings; raises `ConfigurationError`."""
        from pytest_cxone.settings import resolve

        return resolve(*self._given)

    @property
    def api_versions(self) -> tuple[str, ...]:
        """The versions of the API on which each test is to run, where they are set."""
        return self.settings.api_versions if self.is_set else ()

    @property
    def mode(self) -> Mode:
        """Where answers come from."""
        return self.settings.mode if self.is_set else Mode.OFFLINE

    @property
    def is_compared(self) -> bool:
        """Whether what tests see is compared: with recordings and the contract, or one version with another."""
        return self.mode.reaches_tenant or len(self.api_versions) > 1

    @property
    def is_watched(self) -> bool:
        """Whether a report is made of the tests."""
        asked = self.is_set and (self.settings.report or self.settings.usage or self.settings.rehearse)
        return self.is_compared or bool(asked)

    @property
    def is_rehearsed(self) -> bool:
        """Whether upgrades are rehearsed after the tests have run."""
        return self.is_set and self.settings.rehearse

    def acknowledged(self, today: "date") -> "Acknowledged":
        """Return the findings that somebody answers for. Raises `ConfigurationError`."""
        from pytest_cxone.report.acknowledged import Acknowledged, read_acknowledged

        path = self.project / (self.settings.acknowledged or _ACKNOWLEDGED)
        is_there = path.is_file() or bool(self.settings.acknowledged)
        return read_acknowledged(path, today=today) if is_there else Acknowledged()

    def check(self) -> None:
        """Raise `ConfigurationError` for what is wrong before any test runs."""
        if not self.is_set:
            return
        if self.settings.scrub:
            from pytest_cxone.cassettes.rules import read_rules

            read_rules(self.settings.scrub)
        if self.mode is Mode.RECORD:
            self.shelf.writable()
        if self.is_watched:
            self.acknowledged(date.max)
        if self.kept_usage is not None:
            _ = self.kept_usage.usage

    def describe(self) -> str:
        """Return one line on mode, dialect and host, and where each came from."""
        if not self.is_set:
            return _UNSET
        if self.mode not in {Mode.RECORD, Mode.REPLAY}:
            return self.settings.describe()
        folder = self.shelf.folder
        shown = folder.relative_to(self.project) if folder.is_relative_to(self.project) else folder
        return f"{self.settings.describe()}, cassettes in {shown.as_posix()}"

    def check_collected(self) -> None:
        """Raise `ConfigurationError` for what is wrong, and can only be known once each conftest.py is loaded."""
        if self.mode.reaches_tenant:
            _ = self.rules
        if self.is_set and self.settings.upgrade:
            _ = self.changes
        if self.is_rehearsed:
            _ = self.stage

    @cached_property
    def changes(self) -> "Sequence[Change]":
        """The simulated upgrade of the fake, if the run has one."""
        if not (self.is_set and self.settings.upgrade):
            return ()
        from pytest_cxone.rehearsal import upgrade

        settings = self.settings
        return (upgrade(settings.dialect, settings.upgrade, self._given_upgrades).change,)

    @property
    def _given_upgrades(self) -> "Iterable[Iterable[Upgrade]]":
        return self._added_upgrades(self.settings.dialect)

    @cached_property
    def stage(self) -> "Stage":
        """What stands in the way of the fake while upgrades are rehearsed. Raises `ConfigurationError`."""
        from pytest_cxone.rehearsal import selected
        from pytest_cxone.rehearsal.stage import Stage
        from pytest_cxone.schemas import contract

        dialect = self.settings.dialect
        chosen = selected(dialect, self.settings.rehearse_only, self._given_upgrades)
        return Stage(chosen, contract(dialect).operation_for)

    def changes_for(self, test: str) -> "Sequence[Change] | None":
        """Return what changes the answers that a test gets; None where it need not run on the fake."""
        if self.is_rehearsed:
            return self.stage.changes_for(test)
        if not self.changes:
            return None
        from pytest_cxone.rehearsal.meeting import Bounded

        return [Bounded(change) for change in self.changes]

    @cached_property
    def usage(self) -> "UsageRecorder | None":
        """What records which paths code under test reads, where that is asked for; not under an upgrade."""
        if not (self.is_set and (self.settings.usage or self.settings.rehearse)) or self.settings.upgrade:
            return None
        from pytest_cxone.usage.recorder import Recorder

        return Recorder(self.project)

    @cached_property
    def kept_usage(self) -> "Keeper | None":
        """The file of the paths that are read, if the run has one."""
        if not (self.is_set and self.settings.usage) or self.settings.upgrade:
            return None
        from pytest_cxone.usage.keeping import Keeper

        return Keeper(self.place_of("usage", self.settings.usage), project=self.project, dialect=self.settings.dialect)

    def place_of(self, option: str, name: str) -> Path:
        """Return the path of a file that an option names: a project's own file says it for every folder below."""
        is_projects = self.settings.sources[option].startswith("ini ")
        return (self.project if is_projects else self._here) / name

    @cached_property
    def guard(self) -> "Guard | None":
        """What stands before a tenant, in the modes that reach one."""
        if not self.mode.reaches_tenant:
            return None
        from pytest_cxone.tenants.guard import Guard

        # All workers of all shards together send no more than one run alone.
        shards = self.settings.shard[1] if self.settings.shard else 1
        return Guard(self.settings, share=self._share * shards)

    @cached_property
    def shelf(self) -> "Shelf":
        """Where cassettes are."""
        from pytest_cxone.cassettes.shelf import Shelf

        return Shelf(self.settings, self.project)

    @cached_property
    def rules(self) -> "Rules":
        """What is secret or personal. Asked for after collection: until then a conftest.py may not be loaded."""
        from pytest_cxone.cassettes.rules import Rules, read_rules

        return Rules((*read_rules(self.settings.scrub), *_flat(self._added_rules())))

    @cached_property
    def policy(self) -> "ScrubPolicy":
        """How what a tenant answers is scrubbed."""
        from pytest_cxone.cassettes.policy import ScrubPolicy

        return ScrubPolicy(lambda: self.settings if self.guard is None else self.guard.settings, self.rules)

    @cached_property
    def recorder(self) -> "Recorder | None":
        """What writes cassettes, in a run that records."""
        if self.mode is not Mode.RECORD:
            return None
        from pytest_cxone.cassettes.recorder import Recorder

        return Recorder(self.settings, self.policy)

    def take_back(self) -> list[str]:
        """Undo recordings that tell what only later tests showed to be somebody's; say which."""
        recorder: Recorder | None = vars(self).get("recorder")
        return [] if recorder is None else recorder.take_back()

    def shelved(self, name: "CassetteName", test: Path, node_id: str) -> "Shelved | None":
        """Return the cassette from which a test is answered; None where it runs on the fake.

        Shipped cassettes are for `replay`: they were recorded from the fake, which answers for itself offline.
        """
        if self.mode is Mode.REPLAY:
            return self.shelf.find(name, test, node_id, self.rules)
        if self.mode is Mode.OFFLINE:
            return self.shelf.find_own(name, test, node_id, self.rules)
        return None

    def late(self) -> dict[str, str]:
        """Return what was `told` before the run learned whose it is, and what is to stand in its place."""
        told = sorted(self.told)
        cleaned = self.privacy.clean("\n".join(told)).split("\n") if told and self.privacy else told
        if len(cleaned) != len(told):
            # What runs over lines is somebody's, wherever it ends.
            return dict.fromkeys(told, "")
        return {was: now for was, now in zip(told, cleaned, strict=True) if was != now}

    @property
    def persons(self) -> set[str]:
        """The words that this process learned to be somebody's."""
        privacy: Privacy | None = vars(self).get("privacy")
        return privacy.persons if privacy and self.told else set()

    @cached_property
    def privacy(self) -> "Privacy | None":
        """What keeps the tenant's secrets and persons out of reports, in the modes that reach one."""
        if self.guard is None:
            return None
        from pytest_cxone.privacy import Privacy

        return Privacy(self.settings, self.guard, self._new_scrubber)

    def _new_scrubber(self) -> "Scrubber":
        # Not before it is needed: the rules of a conftest.py belong to it.
        return self.policy.scrubber()


def _flat(given: "Iterable[Iterable[ScrubRule]]") -> "Iterator[ScrubRule]":
    from pytest_cxone.cassettes.rules import ScrubRule

    for rules in given:
        if isinstance(rules, ScrubRule | str) or not isinstance(rules, Iterable):
            raise ConfigurationError(f"pytest_cxone_scrub_rules returns a list of ScrubRule, not {rules!r}")
        yield from rules
