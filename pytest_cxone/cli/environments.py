"""Which tenant a command asks, and with whose credentials: those of the environment, or of a profile."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.options import OPTIONS
from pytest_cxone.profiles import VARIABLES, read_profiles

if TYPE_CHECKING:
    from pytest_cxone.settings import Settings

__all__ = ["Environments", "choose"]

_TUNING: Final = frozenset({"CXONE_TIMEOUT", "CXONE_WAIT", "CXONE_RATE"})
_WHICH: Final = frozenset({"region", "dialect", "api_version"})
"""Options that say which tenant; what else is given holds for all that are asked."""
_CREDENTIALS: Final = ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_ACCESS_KEY_ID", "CXONE_ACCESS_KEY_SECRET")


@dataclass(frozen=True, slots=True, kw_only=True)
class Environments:
    """The tenant to ask, and by their profiles' names the others that credentials are there for."""

    here: "Settings"
    elsewhere: "Mapping[str, Settings]"


def choose(
    environ: Mapping[str, str], given: Mapping[str, str | None], *, profile: str | None, path: Path, must_exist: bool
) -> Environments:
    """Choose the tenant: the named profile, else the environment's credentials, else the only profile there is.

    `given` are settings of the command line, by option name. Raises `ConfigurationError`.
    """
    from pytest_cxone.settings import is_loopback, resolve

    profiles = read_profiles(path) if must_exist or profile or path.is_file() else {}
    is_named = profile is not None
    if profile is None and not any(environ.get(name, "").strip() for name in _CREDENTIALS):
        profile = _only(profiles, given.get("region") or environ.get("CXONE_REGION"), path)
    tuning = {name: environ[name] for name in _TUNING & environ.keys()}

    def settings(variables: Mapping[str, str], given: Mapping[str, str | None]) -> "Settings":
        own = {**variables, **tuning}
        # First without a tenant: what is missing is told in other words than those for a run of tests.
        there = resolve(given, own, {})
        missing = there.spoken.missing(there.credentials)
        if missing:
            names = [option.env for option in OPTIONS if option.name in missing]
            raise ConfigurationError(
                f"{' and '.join(names)} must be set in the environment, or a profile written to {path}; "
                "credentials are never taken from arguments"
            )
        if len(there.api_versions) > 1:
            raise ConfigurationError(f"one version of the API is asked at a time, not {', '.join(there.api_versions)}")
        return resolve({**given, "mode": "live"}, own, {})

    if profile is not None and is_named and given.get("region"):
        raise ConfigurationError(f"the profile {profile!r} says which region; leave --region away")
    if profile is None:
        here = settings({name: environ[name] for name in VARIABLES & environ.keys()}, given)
    elif profile in profiles:
        here = settings(profiles[profile], given)
    else:
        there_are = ", ".join(map(repr, profiles)) or "none"
        raise ConfigurationError(f"there is no profile {profile!r} in {path}; there are: {there_are}")
    manners = {name: value for name, value in given.items() if name not in _WHICH}
    others: dict[str, Settings] = {}
    for name, variables in profiles.items():
        try:
            others[name] = settings(variables, manners)
        except ConfigurationError as error:
            raise ConfigurationError(f"{path}: [{name}]: {error}") from None
    elsewhere = {
        name: other
        for name, other in others.items()
        if other.dialect == here.dialect
        and _who(other) != _who(here)
        # Whoever tries things on this machine does not mean to ask a real tenant.
        and is_loopback(other.home) == is_loopback(here.home)
    }
    return Environments(here=here, elsewhere=elsewhere)


def _who(settings: "Settings") -> tuple[str, ...]:
    return settings.home, settings.tenant_id, settings.client_id, settings.access_key_id


def _region(variables: Mapping[str, str]) -> str:
    from pytest_cxone.dialects import DIALECTS, dialect

    spoken = dialect(variables.get("CXONE_DIALECT", next(iter(DIALECTS))))
    return variables.get("CXONE_REGION") or next(iter(spoken.regions))


def _only(profiles: Mapping[str, Mapping[str, str]], region: str | None, path: Path) -> str | None:
    """Return the profile that is meant where none is named: the only one, or the only one of the region."""
    fitting = [name for name, its in profiles.items() if region in {None, _region(its)}]
    if len(fitting) > 1:
        raise ConfigurationError(f"{path} has the profiles {', '.join(map(repr, fitting))}; choose one with --profile")
    if profiles and not fitting:
        there_are = ", ".join(map(repr, profiles))
        raise ConfigurationError(
            f"{path} has no profile of the region {region!r}; choose one of {there_are} with --profile"
        )
    return fitting[0] if fitting else None
