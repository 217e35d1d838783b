"""Settings: which tenant, how to reach it, what a run may do there; and where each value came from.

The table of options has one precedence for all: command line, environment, ini, default.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from pytest_cxone.errors import ConfigurationError, UnknownRegion
from pytest_cxone.options import (
    OPTIONS,
    URL,
    Doubt,
    FailOn,
    Kind,
    Mode,
    OnMissing,
    Option,
    RecordMode,
    Transport,
    without_password,
)

if TYPE_CHECKING:
    from pytest_cxone.dialects import Dialect
    from pytest_cxone.model import Credentials, Hosts, Secret

__all__ = [
    "OPTIONS",
    "Doubt",
    "FailOn",
    "Kind",
    "Mode",
    "OnMissing",
    "Option",
    "RecordMode",
    "Settings",
    "Transport",
    "is_loopback",
    "objection_to",
    "resolve",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run, or of one test. `sources` tells for each where it came from.

    `hosts` is where the tenant is reached, as far as that is known before it is discovered. `api_version` is the one
    that is asked for, of several `api_versions` the last. Timeouts and waits are in seconds, `rate` is requests a
    second, `max_age` is in days. `cassettes` is a folder, empty where it is to be found; `scrub` holds rules, a line
    each. `rehearse_only` has ids and patterns of upgrades, none for all, `rehearse_min` is a percentage. `report` names
    files, `acknowledged` one, empty where it is the project's; `shard` is (2, 5) for the second
    of five.
    """

    mode: Mode
    dialect: str
    api_version: str
    api_versions: tuple[str, ...]
    region: str
    hosts: "Hosts"
    tenant_id: str
    client_id: str
    client_secret: "Secret"
    access_key_id: str
    access_key_secret: "Secret"
    scopes: tuple[str, ...]
    agents: Mapping[str, str]
    target_agent_id: str | None
    offline_agent_id: str | None
    hidden_agent_id: str | None
    transport: Transport
    upgrade: str
    rehearse: bool
    rehearse_only: tuple[str, ...]
    rehearse_min: float | None
    usage: str
    timeout: float
    on_missing: OnMissing
    wait: float
    require_live: int
    rate: float
    budget: int
    record: RecordMode
    cassettes: str
    scrub: str
    scrub_key: "Secret"
    max_age: float
    strict: frozenset[Doubt]
    report: tuple[str, ...]
    fail_on: FailOn
    acknowledged: str
    shard: tuple[int, int] | None
    sources: Mapping[str, str] = field(repr=False)

    @property
    def spoken(self) -> "Dialect":
        """The dialect, for the version of its API that is asked for."""
        from pytest_cxone.dialects import dialect

        return dialect(self.dialect, self.api_version)

    @property
    def credentials(self) -> "Credentials":
        """What a token is asked with."""
        from pytest_cxone.model import Credentials

        return Credentials(
            client_id=self.client_id,
            client_secret=self.client_secret,
            access_key_id=self.access_key_id,
            access_key_secret=self.access_key_secret,
        )

    @property
    def secrets(self) -> "tuple[Secret, ...]":
        """The secrets among the credentials, those that are set."""
        return tuple(filter(None, (self.client_secret, self.access_key_secret)))

    @property
    def regions(self) -> "Mapping[str, Hosts]":
        """Where each region's tenants are reached."""
        return self.spoken.regions

    @property
    def token_path(self) -> str:
        """The path that `auth_url` stands for."""
        return self.spoken.token_path(self.credentials)

    @property
    def base_url(self) -> str:
        """What stands before every path of the tenant's API, without a slash at its end; empty until discovered."""
        return self.hosts.base_url

    @property
    def auth_url(self) -> str:
        """The whole URL of the token request; empty until discovered."""
        return self.hosts.auth_url

    @property
    def issuer(self) -> str:
        """Where the documents are from which hosts are discovered; empty where the dialect has none."""
        return self.hosts.issuer

    @property
    def home(self) -> str:
        """The URL by which this tenant is called: its base URL, before that is discovered the issuer's."""
        return self.hosts.home

    @property
    def pace(self) -> float:
        """Requests a second that the tenant gets at most; 0 for no limit, as a loopback host has none."""
        return 0.0 if is_loopback(self.home) else self.rate

    @property
    def host_names(self) -> frozenset[str]:
        """The names of the hosts that are a tenant's alone: each region's, and a configured one without a prefix."""
        return _host_names((self.hosts, *self.regions.values()))

    @property
    def own_hosts(self) -> frozenset[str]:
        """The hosts, with their ports, that would tell which tenant this is: none where it is at a region's own."""
        public = {urlsplit(url).netloc for hosts in self.regions.values() for url in hosts.urls}
        return frozenset(urlsplit(url).netloc for url in self.hosts.urls) - public

    def located(self, url: str) -> tuple[str, str] | None:
        """Return a URL's region and its path as the API has it, or None where it is no tenant's."""
        token_path = self.token_path
        for region, hosts in ((self.region, self.hosts), *self.regions.items()):
            path = hosts.path_of(url, token_path=token_path)
            if path is not None:
                return region, path
        parts = urlsplit(url)
        # A name with the root's dot at its end is the same host.
        if self.spoken.is_vendors((parts.hostname or "").rstrip(".")):
            return self.region, parts.path + (f"?{parts.query}" if parts.query else "")
        return None

    def claims(self, url: str) -> bool:
        """Tell whether a URL is a tenant's, or at a host of a tenant's, however it is asked for.

        By name too, so that what asks in another way, by http or on another port, does not get through to the network.
        """
        return (urlsplit(url).hostname or "").rstrip(".") in self.host_names or self.located(url) is not None

    def in_region(self, region: str) -> "Settings":
        """Return these settings for another region's hosts; raises `UnknownRegion`, naming those allowed."""
        if region == self.region:
            return self
        if region not in self.regions:
            raise UnknownRegion(region, self.regions)
        return replace(self, region=region, hosts=self.regions[region])

    def agent_id(self, test_id: str) -> str:
        """Return the tenant's id for an id in a test, as `cxone_agents` maps it; on the fake they are the same."""
        return self.agents.get(test_id, test_id) if self.mode.reaches_tenant else test_id

    def environment(self) -> dict[str, str]:
        """Return the variables that tell code under test how to reach this tenant; empty are those it does not have."""
        target = {} if self.target_agent_id is None else {"TARGET_AGENT_ID": self.target_agent_id}
        values = {name: getattr(self, name) for name in self.spoken.settings}
        told = {name: value if isinstance(value, str) else value.reveal() for name, value in values.items()}
        return target | {option.env: told[option.name] for option in OPTIONS if option.name in told}

    def describe(self) -> str:
        """Return one line: mode, dialect and host, and where each came from. It holds no secret."""
        fact = [
            f"mode {self.mode} ({self.sources['mode']})",
            f"dialect {self.dialect} ({self.sources['dialect']})",
        ]
        if self.sources["api_version"] != "default":
            fact.append(f"API {', '.join(self.api_versions)} ({self.sources['api_version']})")
        host = urlsplit(self.home).netloc
        if self.sources["base_url"] != "default":
            fact.append(f"host {host} ({self.sources['base_url']})")
        elif self.base_url:
            fact.append(f"host {host} (region {self.region}, {self.sources['region']})")
        else:
            source = self.sources["issuer"] if self.sources["issuer"] != "default" else f"region {self.region}"
            fact.append(f"host discovered from {host} ({source})")
        return ", ".join(fact)


_ON_THE_FAKE: Final = frozenset({Mode.OFFLINE, Mode.FAKE})
"""The modes in which upgrades can be simulated."""
_UNFILLED: Final = re.compile(r"\$\([\w.-]+\)|\$?\{\{.*\}\}|\$\{[\w.-]+\}")
"""What a CI leaves in the place of a variable that it does not know."""


@lru_cache
def _host_names(places: "tuple[Hosts, ...]") -> frozenset[str]:
    starts = [url for hosts in places for url in (hosts.base_url, hosts.issuer) if not is_loopback(url)]
    return frozenset(part.hostname for part in map(urlsplit, starts) if part.hostname and not part.path)


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def objection_to(url: str) -> str:
    """Return why no credentials may be sent to a URL, whoever tells it, as the end of a sentence; "" where they may."""
    try:
        URL.read(url)
    except ValueError:
        return f"is not {URL.words}"
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        return "is not https: credentials would travel in clear; only a loopback host may be http"
    return ""


def resolve(command_line: Mapping[str, str | None], environ: Mapping[str, str], ini: Mapping[str, str]) -> Settings:
    """Read all settings. The first two mappings are by option name and by variable, `ini` by option name.

    Raises `ConfigurationError` for a value of the wrong kind, for an unknown dialect or region, and in live mode
    for what is missing; its text names the flag or variable to set.
    """
    from pytest_cxone.dialects import dialect
    from pytest_cxone.model import Secret

    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        text, sources[option.name] = _find(option, command_line, environ, ini)
        if option.secret and _UNFILLED.fullmatch(text):
            raise ConfigurationError(
                f"{option.env} is the name of a variable in place of its value: it is not set there"
            )
        try:
            # Nothing is a value only where it is the default: a flag can be given without text.
            values[option.name] = option.kind.read(text) if text or option.default else text
        except ValueError:
            source = sources[option.name]
            raise ConfigurationError(f"{source} must be {option.kind.words}, not {without_password(text)!r}") from None
    spoken = dialect(values["dialect"])
    api_versions = spoken.versions(values["api_version"] or spoken.api_version)
    region = values["region"] = values["region"] or next(iter(spoken.regions))
    if region not in spoken.regions:
        raise UnknownRegion(region, spoken.regions)
    urls = {name: values.pop(name) for name in ("base_url", "auth_url", "issuer")}
    if is_loopback(urls["base_url"]) and not urls["issuer"]:
        # Whoever tries things on this machine does not mean to ask the vendor for the rest.
        urls["issuer"] = urls["base_url"]
    hosts = spoken.hosts(region, **urls, is_live=values["mode"].reaches_tenant)
    for name in ("target_agent_id", "offline_agent_id", "hidden_agent_id"):
        values[name] = values[name] or None
    values["agents"] = values["agents"] or MappingProxyType({})
    values["rehearse_only"] = values["rehearse_only"] or ()
    values["rehearse_min"] = None if values["rehearse_min"] == "" else values["rehearse_min"]
    values["report"], values["shard"] = values["report"] or (), values["shard"] or None
    values["fail_on"] = values["fail_on"] or (FailOn.BREAKING if values["mode"] is Mode.LIVE else FailOn.NEVER)
    for name in ("client_secret", "access_key_secret", "scrub_key"):
        values[name] = Secret(values[name])
    values["api_version"] = api_versions[-1]
    values["rehearse"] = values["rehearse"] and not _is_overruled(values, sources)
    settings = Settings(
        **values,
        api_versions=api_versions,
        hosts=hosts,
        scopes=spoken.scopes,
        sources=MappingProxyType(sources),
    )
    if settings.upgrade and settings.mode not in _ON_THE_FAKE:
        raise ConfigurationError(
            f"{sources['upgrade']} simulates an upgrade on the fake; it does not go with {settings.mode} mode"
        )
    _check_rehearsal(settings)
    if settings.mode.reaches_tenant:
        _check_live(settings)
    return settings


def _find(
    option: Option, command_line: Mapping[str, str | None], environ: Mapping[str, str], ini: Mapping[str, str]
) -> tuple[str, str]:
    flag = command_line.get(option.name)
    if flag is not None:
        # `--cxone-live` is how most people say it, and what they will look for.
        is_short = option.name == "mode" and flag in {Mode.LIVE, Mode.RECORD}
        return flag, f"--cxone-{flag}" if is_short else option.flag
    variable = environ.get(option.env, "").strip()
    if variable:
        return variable, option.env
    key = ini.get(option.name, "").strip()
    if key:
        return key, f"ini {option.dest}"
    return option.default, "default"


def _is_overruled(values: Mapping[str, Any], sources: Mapping[str, str]) -> bool:
    """Tell whether what does not go with a rehearsal comes from a nearer place: a project's file may ask for one."""
    rivals = ["upgrade"] if values["upgrade"] else []
    if values["mode"] not in _ON_THE_FAKE:
        rivals.append("mode")
    return any(_distance(sources[rival]) < _distance(sources["rehearse"]) for rival in rivals)


def _distance(source: str) -> int:
    """Return how far a source is in the one precedence of all options; the nearest, the command line, is 0."""
    return next(at for at, start in enumerate(("--", "CXONE_", "ini ", "default")) if source.startswith(start))


def _check_rehearsal(settings: Settings) -> None:
    source = settings.sources["rehearse"]
    if settings.rehearse and settings.mode not in _ON_THE_FAKE:
        raise ConfigurationError(f"{source} rehearses upgrades on the fake; it does not go with {settings.mode} mode")
    if settings.rehearse and settings.upgrade:
        raise ConfigurationError(f"{source} runs the tests under all upgrades, {settings.sources['upgrade']} under one")
    for name in ("rehearse_only", "rehearse_min"):
        # In a file it says how to rehearse, once somebody does.
        if not settings.rehearse and settings.sources[name].startswith("--"):
            raise ConfigurationError(f"{settings.sources[name]} is for a rehearsal: add --cxone-rehearse")


def _check_live(settings: Settings) -> None:
    wanted = settings.spoken.missing(settings.credentials)
    missing = [option.env for option in OPTIONS if option.name in wanted]
    if missing:
        raise ConfigurationError(
            f"{settings.mode} mode needs {' and '.join(missing)}: set "
            f"{'it' if len(missing) == 1 else 'them'} in the environment, with {settings.spoken.advice.hosts}"
        )
    urls = {"CXONE_BASE_URL": settings.base_url, "CXONE_AUTH_URL": settings.auth_url, "CXONE_ISSUER": settings.issuer}
    for variable, url in urls.items():
        if url and (objection := objection_to(url)):
            raise ConfigurationError(f"{variable} {url!r} {objection}")
