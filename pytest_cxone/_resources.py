"""Where the data files are: the contract (`schemas/`) and the recordings (`cassettes/`).

They stand at the top level of the repository, and travel inside the package in a wheel.
"""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def data_root() -> Path:
    """Return the folder that holds `schemas/` and `cassettes/`, in a wheel or in a checkout."""
    shipped = _PACKAGE / "_data"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def version() -> str:
    """Return the version of this package."""
    from importlib.metadata import version as of

    return of("pytest-cxone")


def schema_root(dialect: str) -> Path:
    """Return the folder of one dialect's contract: `openapi.json` and the schemas beside it."""
    return data_root() / "schemas" / dialect
