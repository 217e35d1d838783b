"""Under which name a test's cassette stands, and in which folder: the same on every machine and file system."""

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final, Self
from urllib.parse import quote

from pytest_cxone.errors import ConfigurationError

__all__ = ["CassetteName", "find_root", "module_of"]

_SUFFIX: Final = ".yaml"
_LONGEST: Final = 120
_SITES: Final = ("site-packages", "dist-packages")

_SAFE: Final = re.compile(r"[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?")
_UNSAFE: Final = re.compile(r"[^a-z0-9._-]+")
_MARKED: Final = re.compile(r"-[0-9a-f]{8}$")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|$)")
"""What Windows takes for a device, with any suffix."""


@dataclass(frozen=True, slots=True)
class CassetteName:
    """The name of a test, and so of its cassette: a dotted module, and classes and function with their parameters."""

    module: str
    qualified: str

    def __str__(self) -> str:
        return f"{self.module}::{self.qualified}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str()` wrote. Raise ConfigurationError where it is no test's name."""
        module, _, qualified = text.partition("::")
        if not module or not qualified:
            raise ConfigurationError(f"a test's name is its module's and its own, as 'tests.a::test_b', not {text!r}")
        return cls(module, qualified)

    @property
    def file(self) -> PurePosixPath:
        """Where the cassette stands in its folder; no two tests share a file, whatever the file system folds."""
        return PurePosixPath(_safe(self.module, _LONGEST)) / (_safe(self.qualified, _LONGEST - len(_SUFFIX)) + _SUFFIX)


def module_of(path: Path, *, base: Path) -> str:
    """Return a test file's dotted module name, whatever pytest's rootdir and import mode are.

    It counts from the folder of installed packages that the file lies in, else from `base`, the folder that holds the
    cassettes, else from the highest of the packages around it.
    """
    path, base = path.absolute(), base.absolute()
    for folder in path.parents:
        if folder.name in _SITES:
            return _dotted(path, folder)
    if path.is_relative_to(base):
        return _dotted(path, base)
    # Only now: links of a virtual environment lead to a store of packages, and those of a folder may lead anywhere.
    if path.resolve().is_relative_to(base.resolve()):
        return _dotted(path.resolve(), base.resolve())
    outside = (folder for folder in path.parents if not (folder / "__init__.py").is_file())
    return _dotted(path, next(outside, path.parents[-1]))


def find_root(start: Path, dialect: str) -> Path:
    """Return the folder of a dialect's cassettes: the nearest at `start` or above, within its repository.

    Where there is none, it is the one that `start` would hold.
    """
    start = start.absolute()
    for folder in (start, *start.parents):
        if (root := folder / "cassettes" / dialect).is_dir():
            return root
        if (folder / ".git").exists():
            break
    return start / "cassettes" / dialect


def _dotted(path: Path, top: Path) -> str:
    relative = path.relative_to(top)
    # A text file of doctests keeps its suffix, or it would share the name of the module beside it.
    parts = (*relative.parent.parts, relative.stem if relative.suffix == ".py" else relative.name)
    return ".".join(re.sub(r"[^\w-]", _escaped, part) for part in parts)


def _escaped(character: re.Match[str]) -> str:
    """Return a character as a URL has it, and the dot as well, which parts one folder from the next."""
    return quote(character[0], safe="", errors="surrogatepass").replace(".", "%2E")


def _safe(text: str, longest: int) -> str:
    """Return a text as every file system takes it; one that had to be changed for that ends in a digest of it.

    A text that ends like one with a digest gets its own, so that no text is equal to what stands for another.
    """
    if _SAFE.fullmatch(text) and len(text) <= longest and not _RESERVED.match(text) and not _MARKED.search(text):
        return text
    mark = "-" + sha256(text.encode(errors="surrogatepass")).hexdigest()[:8]
    stem = _UNSAFE.sub("-", text.lower())[: longest - len(mark)].strip("-.")
    if not stem or _RESERVED.match(stem + mark):
        stem = f"_{stem}"[: longest - len(mark)]
    return stem + mark
