"""Settings: which tenant, how to reach it, what a run may do there; and where each value came from.

One table of options makes the command line's flags, the environment's variables and the ini keys, with one
precedence for all: command line, environment, ini, default.

Every pytest run reads the table, so it is of named tuples, which are made five times as fast as frozen dataclasses.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

from pytest_cxone.errors import ConfigurationError, UnknownRegion

if TYPE_CHECKING:
    from pytest_cxone.model import Hosts, Secret

__all__ = [
    "OPTIONS",
    "Kind",
    "Mode",
    "OnMissing",
    "Option",
    "Settings",
    "Transport",
    "is_loopback",
    "resolve",
]


class Mode(StrEnum):
    """Where answers come from."""

    OFFLINE = "offline"
    FAKE = "fake"
    LIVE = "live"


class OnMissing(StrEnum):
    """What becomes of a test whose precondition a live tenant does not meet."""

    SKIP = "skip"
    FAIL = "fail"
    WAIT = "wait"


class Transport(StrEnum):
    """How the fake is reached: in process by code on requests, or over loopback HTTP by any code."""

    IN_PROCESS = "in-process"
    HTTP = "http"


def _number(kind: type[int] | type[float]) -> Callable[[str], float]:
    def convert(text: str) -> float:
        value = kind(text)
        if not 0 <= value < float("inf"):
            raise ValueError
        return value

    return convert


def _timeout(text: str) -> float:
    return _number(float)(text) or _refuse()


def _url(text: str) -> str:
    parts = urlsplit(text)
    # To read the port is to check it.
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.port == 0:
        _refuse()
    if "@" in parts.netloc or parts.query or parts.fragment:
        _refuse()
    return text.rstrip("/")


def _refuse() -> NoReturn:
    raise ValueError


def _agents(text: str) -> Mapping[str, str]:
    pairs = [line.partition("=") for line in text.replace(",", "\n").splitlines() if line.strip()]
    mapping = {test.strip(): tenant.strip() for test, _, tenant in pairs}
    if not all(mapping) or not all(mapping.values()):
        raise ValueError
    return MappingProxyType(mapping)


class Kind(NamedTuple):
    """What a value must be: in words for errors, as a function that reads it or raises `ValueError`, in `--help`."""

    words: str
    read: Callable[[str], Any]
    metavar: str


def _one_of(kind: type[StrEnum]) -> Kind:
    return Kind(f"one of {', '.join(kind)}", kind, "|".join(kind))


_TEXT: Final = Kind("text", str, "NAME")
_ID: Final = Kind("an id", str, "ID")
_URL: Final = Kind("an http(s) URL without credentials, query or fragment", _url, "URL")
_COUNT: Final = Kind("a whole number, 0 or more", _number(int), "N")
_RATE: Final = Kind("a number, 0 or more", _number(float), "N")
_SECONDS: Final = Kind("seconds, 0 or more", _number(float), "SECONDS")
_TIMEOUT: Final = Kind("seconds, more than 0", _timeout, "SECONDS")
_AGENTS: Final = Kind("lines, or a comma list, of TEST_ID = TENANT_ID", _agents, "MAP")


class Option(NamedTuple):
    """One setting: its name, its variable in the environment, what it must be, its default and its meaning.

    Only the environment may hold a `secret`: arguments and ini files are read by others.
    """

    name: str
    env: str
    kind: Kind
    default: str
    help: str
    secret: bool = False

    @property
    def dest(self) -> str:
        """The name in `pytest.ini`, and pytest's own for the flag's value."""
        return f"cxone_{self.name}"

    @property
    def flag(self) -> str:
        """The name on the command line."""
        return "--cxone" if self.name == "mode" else f"--cxone-{self.name.replace('_', '-')}"


OPTIONS: Final = (
    Option("mode", "CXONE_MODE", _one_of(Mode), "offline", "where answers come from"),
    Option("dialect", "CXONE_DIALECT", _TEXT, "platform-v2", "which API of CXone"),
    Option("region", "CXONE_REGION", _TEXT, "us", "the tenant's region"),
    Option("base_url", "CXONE_BASE_URL", _URL, "", "the tenant's own host, instead of the region's"),
    Option("auth_url", "CXONE_AUTH_URL", _URL, "", "the whole URL of the token request"),
    Option("client_id", "CXONE_CLIENT_ID", _ID, "", "the API client's id", secret=True),
    Option("client_secret", "CXONE_CLIENT_SECRET", _TEXT, "", "the API client's secret", secret=True),
    Option("agents", "CXONE_AGENTS", _AGENTS, "", "the live tenant's id for each id in the tests"),
    Option("target_agent_id", "TARGET_AGENT_ID", _ID, "", "an agent that tests may look at, in whatever state"),
    Option("offline_agent_id", "CXONE_OFFLINE_AGENT_ID", _ID, "", "an agent of the live tenant who is logged out"),
    Option(
        "hidden_agent_id", "CXONE_HIDDEN_AGENT_ID", _ID, "",
        "an agent of the live tenant who is logged in but hidden from this client",
    ),
    Option(
        "transport", "CXONE_TRANSPORT", _one_of(Transport), "in-process",
        "how the fake is reached: in process (code on requests), or over loopback HTTP (any code)",
    ),
    Option("upgrade", "CXONE_UPGRADE", _ID, "", "run on a fake tenant after this simulated upgrade of the API"),
    Option("timeout", "CXONE_TIMEOUT", _TIMEOUT, "10", "seconds until a request is given up"),
    Option(
        "on_missing", "CXONE_ON_MISSING", _one_of(OnMissing), "skip",
        "what becomes of a live test whose precondition is not met",
    ),
    Option("wait", "CXONE_WAIT", _SECONDS, "5", "seconds that a live test may wait for its precondition"),
    Option(
        "require_live", "CXONE_REQUIRE_LIVE", _COUNT, "0",
        "fail the run if fewer tests than this really ran on a tenant",
    ),
    Option(
        "rate", "CXONE_RATE", _RATE, "4",
        "requests a second that a live tenant gets at most (0: no limit; a loopback host has none)",
    ),
    Option("budget", "CXONE_BUDGET", _COUNT, "500", "requests that a live tenant gets in a run at most"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """All settings of a run, or of one test. `sources` tells for each where it came from.

    `hosts` is where the tenant is reached. Timeouts and waits are in seconds, `rate` is requests a second.
    """

    mode: Mode
    dialect: str
    region: str
    hosts: "Hosts"
    client_id: str
    client_secret: "Secret"
    scopes: tuple[str, ...]
    agents: Mapping[str, str]
    target_agent_id: str | None
    offline_agent_id: str | None
    hidden_agent_id: str | None
    transport: Transport
    upgrade: str
    timeout: float
    on_missing: OnMissing
    wait: float
    require_live: int
    rate: float
    budget: int
    regions: "Mapping[str, Hosts]" = field(repr=False)
    sources: Mapping[str, str] = field(repr=False)

    @property
    def base_url(self) -> str:
        """What stands before every path of the tenant's API, without a slash at its end."""
        return self.hosts.base_url

    @property
    def auth_url(self) -> str:
        """The whole URL of the token request."""
        return self.hosts.auth_url

    @property
    def host_names(self) -> frozenset[str]:
        """The names of the hosts that are a tenant's alone: each region's, and a configured one without a prefix."""
        urls = [hosts.base_url for hosts in (self.hosts, *self.regions.values())]
        return frozenset(
            urlsplit(url).hostname or "" for url in urls if not urlsplit(url).path and not is_loopback(url)
        )

    def in_region(self, region: str) -> "Settings":
        """Return these settings for another region's hosts; raises `UnknownRegion`, naming those allowed."""
        if region == self.region:
            return self
        if region not in self.regions:
            raise UnknownRegion(region, self.regions)
        return replace(self, region=region, hosts=self.regions[region])

    def agent_id(self, test_id: str) -> str:
        """Return the tenant's id for an id in a test, as `cxone_agents` maps it; on the fake they are the same."""
        return self.agents.get(test_id, test_id) if self.mode is Mode.LIVE else test_id

    def environment(self) -> dict[str, str]:
        """Return the variables that tell code under test how to reach this tenant, as the document has them."""
        return {
            "CXONE_CLIENT_ID": self.client_id,
            "CXONE_CLIENT_SECRET": self.client_secret.reveal(),
            "CXONE_REGION": self.region,
            "CXONE_BASE_URL": self.base_url,
            "CXONE_AUTH_URL": self.auth_url,
        }

    def describe(self) -> str:
        """Return one line: mode, dialect and host, and where each came from. It holds no secret."""
        fact = [
            f"mode {self.mode} ({self.sources['mode']})",
            f"dialect {self.dialect} ({self.sources['dialect']})",
        ]
        host = urlsplit(self.base_url).netloc
        if self.sources["base_url"] != "default":
            fact.append(f"host {host} ({self.sources['base_url']})")
        else:
            fact.append(f"host {host} (region {self.region}, {self.sources['region']})")
        return ", ".join(fact)


def is_loopback(url: str) -> bool:
    """Tell whether a URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def resolve(command_line: Mapping[str, str | None], environ: Mapping[str, str], ini: Mapping[str, str]) -> Settings:
    """Read all settings. The first two mappings are by option name and by variable, `ini` by option name.

    Raises `ConfigurationError` for a value of the wrong kind, for an unknown dialect or region, and in live mode
    for what is missing; its text names the flag or variable to set.
    """
    from pytest_cxone.dialects import dialect
    from pytest_cxone.model import Hosts, Secret

    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for option in OPTIONS:
        text, sources[option.name] = _find(option, command_line, environ, ini)
        try:
            # Nothing is a value only where it is the default: a flag can be given without text.
            values[option.name] = option.kind.read(text) if text or option.default else text
        except ValueError:
            shown = re.sub(r"//[^/]*@", "//***@", text)
            raise ConfigurationError(f"{sources[option.name]} must be {option.kind.words}, not {shown!r}") from None
    spoken = dialect(values["dialect"])
    region = values["region"]
    base_url, auth_url = values.pop("base_url"), values.pop("auth_url")
    if region not in spoken.regions:
        raise UnknownRegion(region, spoken.regions)
    hosts = spoken.regions[region]
    if base_url:
        hosts = Hosts(base_url, auth_url or base_url + spoken.token_path)
    elif auth_url:
        hosts = Hosts(hosts.base_url, auth_url)
    for name in ("target_agent_id", "offline_agent_id", "hidden_agent_id"):
        values[name] = values[name] or None
    values["agents"] = values["agents"] or MappingProxyType({})
    values["client_secret"] = Secret(values["client_secret"])
    settings = Settings(
        **values,
        hosts=hosts,
        scopes=spoken.scopes,
        regions=spoken.regions,
        sources=MappingProxyType(sources),
    )
    if settings.mode is Mode.LIVE:
        _check_live(settings)
    return settings


def _find(
    option: Option, command_line: Mapping[str, str | None], environ: Mapping[str, str], ini: Mapping[str, str]
) -> tuple[str, str]:
    flag = command_line.get(option.name)
    if flag is not None:
        # `--cxone-live` is how most people say it, and what they will look for.
        return flag, "--cxone-live" if option.name == "mode" and flag == Mode.LIVE else option.flag
    variable = environ.get(option.env, "").strip()
    if variable:
        return variable, option.env
    key = ini.get(option.name, "").strip()
    if key:
        return key, f"ini {option.dest}"
    return option.default, "default"


def _check_live(settings: Settings) -> None:
    missing = [option.env for option in OPTIONS if option.secret and not getattr(settings, option.name)]
    if missing:
        raise ConfigurationError(
            f"live mode needs {' and '.join(missing)}: set "
            f"{'it' if len(missing) == 1 else 'them'} in the environment, with CXONE_REGION "
            f"({' or '.join(settings.regions)}) or CXONE_BASE_URL and CXONE_AUTH_URL for the tenant's host"
        )
    if settings.upgrade:
        raise ConfigurationError(
            f"{settings.sources['upgrade']} simulates an upgrade on the fake; it does not go with live mode"
        )
    for variable, url in (("CXONE_BASE_URL", settings.base_url), ("CXONE_AUTH_URL", settings.auth_url)):
        if urlsplit(url).scheme != "https" and not is_loopback(url):
            raise ConfigurationError(
                f"{variable} {url!r} is not https: the client secret would travel in clear; "
                "only a loopback host may be http"
            )
