"""Where cassettes are found: those of the user's project first, then those that this package ships."""

import shlex
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from glob import escape
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import unquote

from pytest_cxone._resources import data_root
from pytest_cxone.cassettes.cassette import Cassette, Provenance
from pytest_cxone.cassettes.files import read
from pytest_cxone.cassettes.names import CassetteName, find_root, module_of
from pytest_cxone.cassettes.player import Player
from pytest_cxone.cassettes.rules import Rules
from pytest_cxone.errors import CassetteUnreadable, ConfigurationError, NotRecorded, StateNotRecorded
from pytest_cxone.model import Request
from pytest_cxone.schemas import contract
from pytest_cxone.settings import Doubt, Settings

__all__ = ["Shelf", "Shelved"]

_DAY: Final = 86_400.0
_PACKAGE: Final = Path(__file__).parents[1]
_INSTALLED: Final = {"site-packages", "dist-packages"}


class Shelf:
    """The folders of a run's cassettes. `project` is where the run's paths start."""

    def __init__(self, settings: Settings, project: Path) -> None:
        self._settings = settings
        self._project = project
        self._modules: dict[Path, str] = {}
        self._folders: dict[Path, Path] = {}

    @cached_property
    def folder(self) -> Path:
        """The folder of the project's cassettes, whether it is there yet or not."""
        settings = self._settings
        if settings.cassettes:
            return self._project / settings.cassettes / settings.dialect
        return find_root(self._project, settings.dialect)

    @property
    def base(self) -> Path:
        """The folder from which test modules are named."""
        return self.folder.parent.parent

    @cached_property
    def shipped(self) -> Path:
        """The folder of the cassettes that this package brings."""
        return data_root() / "cassettes" / self._settings.dialect

    def writable(self) -> Path:
        """Return the folder for new cassettes. Raises `ConfigurationError` where it is in an installed package."""
        if _INSTALLED & set(self.folder.absolute().parts):
            raise ConfigurationError(
                f"cassettes would be written to {self.folder}, into an installed package; run pytest from your "
                "project, or name a folder with --cxone-cassettes"
            )
        return self.folder

    def name_of(self, path: Path, qualified: str) -> CassetteName:
        """Return the name of a test's cassette."""
        if path not in self._modules:
            # A folder that is apart from the tests cannot tell one module from another of the same name.
            base = self.folder_of(path).parent.parent
            self._modules[path] = module_of(path, base=base if path.is_relative_to(base) else self._project)
        return CassetteName(self._modules[path], qualified)

    def folder_of(self, path: Path) -> Path:
        """Return the folder of the cassettes of a file's tests: the nearest, wherever pytest was started."""
        if path.parent not in self._folders:
            found = find_root(path.parent, self._settings.dialect)
            is_ours = path.is_relative_to(_PACKAGE) or bool(_INSTALLED & set(path.parts))
            is_here = self._settings.cassettes or is_ours or not found.is_dir()
            self._folders[path.parent] = self.folder if is_here else found
        return self._folders[path.parent]

    def orphans(self, owned: Collection[CassetteName]) -> Iterator[Path]:
        """Yield the project's cassettes that no test owns, where `owned` are the tests of whole modules.

        A module that is still there but is not among them was not collected, and its cassettes are left alone.
        """
        files = {name.file for name in owned}
        folders = {file.parent for file in files}
        for folder in sorted(path for path in self.folder.iterdir() if path.is_dir()):
            is_collected = PurePosixPath(folder.name) in folders
            for path in sorted(folder.glob("*.yaml")):
                if PurePosixPath(folder.name, path.name) not in files and (is_collected or self._is_gone(path)):
                    yield path

    def _is_gone(self, path: Path) -> bool:
        """Tell whether the module of a cassette is no longer there; one of which that cannot be told is there."""
        try:
            provenance = read(path).provenance
            module = CassetteName.parse(provenance.test).module if provenance else ""
        except (CassetteUnreadable, ConfigurationError):
            return False
        # What a module's name cannot hold stands in it as in a URL: the suffix of a text file of doctests, say.
        file = Path(*map(unquote, module.split(".")))
        if not module or any((self.base / name).is_file() for name in (f"{file}.py", file)) or _is_installed(module):
            return False
        # Only from a folder around all of the project are all its modules named.
        return self._project.is_relative_to(self.base) or not any(self._project.rglob(escape(f"{file.name}.py")))

    def find(self, name: CassetteName, test: Path, node_id: str, rules: Rules) -> "Shelved":
        """Return the cassette of a test in a file, the project's before a shipped one, or where it would be.

        Raises `CassetteUnreadable`.
        """
        file = name.file
        own = self.folder_of(test) / file
        path = next((path for path in (own, self.shipped / file) if path.is_file()), None)
        return Shelved(
            path=path or own,
            cassette=None if path is None else read(path),
            rules=rules,
            node_id=node_id,
            dialect=self._settings.dialect,
        )

    def find_own(self, name: CassetteName, test: Path, node_id: str, rules: Rules) -> "Shelved | None":
        """Return a test's cassette where the project has a whole one. Raises `CassetteUnreadable`."""
        if not (self.folder_of(test) / name.file).is_file():
            return None
        found = self.find(name, test, node_id, rules)
        return None if found.provenance and found.provenance.fake_only else found


def _is_installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError as error:
        # A package around it may be there, and lack something that it imports itself.
        return not f"{module}.".startswith(f"{error.name}.")
    except Exception:  # noqa: BLE001 - a package around it is imported for that, whatever it does
        return True


@dataclass(frozen=True, kw_only=True)
class Shelved:
    """A test's cassette, or where it would be."""

    path: Path
    cassette: Cassette | None
    rules: Rules
    node_id: str
    dialect: str

    @property
    def remedy(self) -> str:
        """What records it anew."""
        return f"record the test on a tenant: pytest --cxone-record {shlex.quote(self.node_id)}"

    @property
    def provenance(self) -> Provenance | None:
        """Where it comes from, if that is known."""
        return None if self.cassette is None else self.cassette.provenance

    @property
    def recorded_at(self) -> float:
        """When it was recorded, in seconds since the epoch; now, where nobody knows."""
        return time.time() if self.provenance is None else self.provenance.recorded_at.timestamp()

    @property
    def origin(self) -> str:
        """When and what it was recorded from: "2026-11-22T10:00:00Z served fake, 0.1.0"; empty without a cassette."""
        if self.cassette is None:
            return ""
        known = self.provenance
        if known is None:
            return "unknown"
        moment = known.recorded_at.isoformat().replace("+00:00", "Z")
        return f"{moment} {known.source}, {known.fake or known.api}"

    def has_path(self, path: str) -> bool:
        """Tell whether a request for a path was recorded."""
        interactions = () if self.cassette is None else self.cassette.interactions
        return any(interaction.exchange.request.target.path == path for interaction in interactions)

    def player(self, locate: Callable[[str], str | None]) -> Player | None:
        """Return what answers from it; None where there is no cassette."""
        if self.cassette is None:
            return None
        return Player(self.cassette, locate=locate, rules=self.rules, where=str(self.path), remedy=self.remedy)

    def not_recorded(self, state: object) -> StateNotRecorded:
        """Return the error of a state that it was not recorded under."""
        why = "there is no cassette" if self.cassette is None else "the cassette was not recorded under it"
        return StateNotRecorded(state, f"{why} ({self.path})", self.remedy)

    def missing(self, request: Request) -> NotRecorded:
        """Return the error of a request that no cassette is there for."""
        return NotRecorded(
            request.method, request.url.partition("?")[0], "no_cassette", where=str(self.path), remedy=self.remedy
        )

    def doubts(self, max_age: float) -> Iterator[tuple[Doubt, str]]:
        """Yield what is to be said against it as evidence, whatever the test does. `max_age` is in days, 0 is none."""
        age = (time.time() - self.recorded_at) / _DAY
        if max_age and age > max_age:
            recorded = datetime.fromtimestamp(self.recorded_at, UTC).date()
            yield Doubt.AGE, f"recorded on {recorded}, {age:.0f} days ago, and --cxone-max-age is {max_age:g}"
        if self.cassette is None:
            return
        checked = contract(self.dialect)
        for number, interaction in enumerate(self.cassette.interactions, 1):
            for violation in checked.violations(interaction.exchange):
                yield Doubt.CONTRACT, f"interaction {number}: {violation}"
                return
