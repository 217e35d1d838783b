"""Profiles: credentials of several environments in one file, a table each, for those who look at tenants by hand.

    [production]
    client_id = "…"
    client_secret = "…"
    region = "eu"

    [sandbox]
    dialect = "acd"
    access_key_id = "…"
    access_key_secret = "…"
    tenant_id = "…"

The file holds secrets: one that others may read is refused.
"""

import os
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from pytest_cxone.dialects import DIALECTS, dialect
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.model import Credentials, Secret
from pytest_cxone.options import OPTIONS

__all__ = ["VARIABLES", "read_profiles"]

_KEYS: Final = frozenset(
    {
        "dialect", "api_version", "region", "base_url", "auth_url", "issuer", "tenant_id",
        "client_id", "client_secret", "access_key_id", "access_key_secret",
    }
)  # fmt: skip
_VARIABLE_OF: Final[Mapping[str, str]] = MappingProxyType(
    {option.name: option.env for option in OPTIONS if option.name in _KEYS}
)
VARIABLES: Final = frozenset(_VARIABLE_OF.values())
"""What a profile sets. It unsets the others of these, so that one tenant's secret never meets another's host."""


def read_profiles(path: Path) -> dict[str, dict[str, str]]:
    """Read a file of profiles: for each its variables, as the environment would have them, in the file's order.

    Raises `ConfigurationError` for a file that others may read or write, or of which a line makes no sense.
    """
    try:
        with path.open("rb") as file:
            _check_owner(path, os.fstat(file.fileno()))
            tables = tomllib.loads(file.read().decode())
    except OSError as error:
        raise ConfigurationError(f"the profiles in {path} cannot be read: {error.strerror or error}") from None
    except ValueError as error:
        raise ConfigurationError(f"{path} is not TOML: {error}") from None
    return {name: _variables(path, name, table) for name, table in tables.items()}


def _check_owner(path: Path, status: os.stat_result) -> None:
    if os.name != "posix":
        # Elsewhere a file's mode tells nothing of who may read it.
        return
    if stat.S_IMODE(status.st_mode) & 0o077:
        raise ConfigurationError(f"{path} holds secrets, and others may read or write it; chmod 600 {path}")
    if status.st_uid not in {os.geteuid(), 0}:
        raise ConfigurationError(f"{path} holds secrets and belongs to somebody else; make a file of your own")


def _variables(path: Path, name: str, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        raise ConfigurationError(
            f"{path}: {name!r} stands outside of a profile; write it under a line such as [production]"
        )
    for key, value in table.items():
        if key not in _KEYS:
            raise ConfigurationError(f"{path}: [{name}] has {key!r}, which is not one of {', '.join(sorted(_KEYS))}")
        if not isinstance(value, str) or not value.strip():
            raise ConfigurationError(f"{path}: [{name}] {key} must be text in quotes that is not empty")
    try:
        missing = dialect(table.get("dialect", next(iter(DIALECTS)))).missing(_credentials(table))
    except ConfigurationError as error:
        raise ConfigurationError(f"{path}: [{name}]: {error}") from None
    if missing:
        raise ConfigurationError(f"{path}: [{name}] has no {' and no '.join(missing)}")
    return {_VARIABLE_OF[key]: value for key, value in table.items()}


def _credentials(table: Mapping[str, str]) -> Credentials:
    return Credentials(
        client_id=table.get("client_id", ""),
        client_secret=Secret(table.get("client_secret", "")),
        access_key_id=table.get("access_key_id", ""),
        access_key_secret=Secret(table.get("access_key_secret", "")),
    )
