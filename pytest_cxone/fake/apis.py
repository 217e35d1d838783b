"""The APIs that the fake speaks, by the names of their dialects. Each is loaded when first spoken."""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from pytest_cxone.errors import ConfigurationError

if TYPE_CHECKING:
    from pytest_cxone.fake.api import Api

__all__ = ["NAMES", "api_named"]

_MODULES: Final = {"platform-v2": "pytest_cxone.fake.platform_v2", "acd": "pytest_cxone.fake.acd"}

NAMES: Final = tuple(_MODULES)
"""The first is the default."""


def api_named(name: str) -> "Api":
    """Return an API by name. Raises `ConfigurationError` for one that the fake does not speak."""
    if name not in _MODULES:
        raise ConfigurationError(f"the fake speaks {', '.join(NAMES)}, not {name!r}")
    api: Api = import_module(_MODULES[name]).API
    return api
