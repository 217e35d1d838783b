"""The options: one table makes the command line's flags, the environment's variables and the ini keys.

Every pytest run reads it, so it stands alone, and is of named tuples, which are made five times as fast as frozen
dataclasses.
"""

import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, NamedTuple, NoReturn
from urllib.parse import urlsplit

__all__ = [
    "MOST_SHARDS",
    "OPTIONS",
    "URL",
    "Doubt",
    "FailOn",
    "Kind",
    "Mode",
    "OnMissing",
    "Option",
    "RecordMode",
    "Transport",
    "without_password",
]


class Mode(StrEnum):
    """Where answers come from."""

    OFFLINE = "offline"
    FAKE = "fake"
    REPLAY = "replay"
    RECORD = "record"
    LIVE = "live"

    @property
    def reaches_tenant(self) -> bool:
        """Whether requests are sent to a tenant over the network."""
        return self in {Mode.RECORD, Mode.LIVE}


class RecordMode(StrEnum):
    """What a recording run writes."""

    ALL = "all"
    MISSING = "missing"


class Doubt(StrEnum):
    """What may be wrong with the evidence of a test that was replayed."""

    AGE = "age"
    """It is older than `--cxone-max-age` allows."""
    UNPLAYED = "unplayed"
    """The test no longer asks for all that was recorded."""
    ORPHANS = "orphans"
    """There are cassettes that no test owns."""
    CONTRACT = "contract"
    """A recorded answer breaks the contract."""
    STATES = "states"
    """The test declares other states than it was recorded under."""


class OnMissing(StrEnum):
    """What becomes of a test whose precondition a live tenant does not meet."""

    SKIP = "skip"
    FAIL = "fail"
    WAIT = "wait"


class FailOn(StrEnum):
    """From which severity on drift makes a run red."""

    BREAKING = "breaking"
    ADDITIVE = "additive"
    ANY = "any"
    NEVER = "never"


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
    if "@" in parts.netloc or "?" in text or "#" in text:
        _refuse()
    # A name that is none, as a..b, would end in an error of the HTTP library's that is no network error.
    parts.hostname.encode("idna")
    return text.rstrip("/")


def without_password(url: str) -> str:
    """Return what was given for a URL as it may be shown: what stands before an @ may be a password."""
    return re.sub(r"//[^/]*@", "//***@", url)


def _refuse() -> NoReturn:
    raise ValueError


def _agents(text: str) -> Mapping[str, str]:
    pairs = [line.partition("=") for line in text.replace(",", "\n").splitlines() if line.strip()]
    mapping = {test.strip(): tenant.strip() for test, _, tenant in pairs}
    if not all(mapping) or not all(mapping.values()):
        raise ValueError
    return MappingProxyType(mapping)


def _doubts(text: str) -> frozenset[Doubt]:
    words = set(text.replace(",", " ").split())
    if words <= {"all"} or words <= {"none"}:
        return frozenset(Doubt if "all" in words else ())
    return frozenset(map(Doubt, words))


_REPORTS: Final = (".json", ".md", ".html", ".sarif")
MOST_SHARDS: Final = 10_000
"""What is more is a slip, and to look for missing ones would take long."""


def _reports(text: str) -> tuple[str, ...]:
    # A comma parts two files where the first is at its end, and may else stand in a name.
    lines = re.sub(rf"({'|'.join(map(re.escape, _REPORTS))})\s*,", r"\1\n", text, flags=re.IGNORECASE).splitlines()
    names = tuple(filter(None, (line.strip(" ,") for line in lines)))
    if not all(name.lower().endswith(_REPORTS) for name in names):
        raise ValueError
    return names


def _patterns(text: str) -> tuple[str, ...]:
    patterns = tuple(text.replace(",", " ").split())
    # A blank after it is a slip, and what stands there would be chosen and not left out.
    return _refuse() if "!" in patterns else patterns


def _percent(text: str) -> float:
    value = float(text.removesuffix("%"))
    return value if 0 <= value <= 100 else _refuse()


def _yes(text: str) -> bool:
    try:
        return _ANSWERS[text.lower()]
    except KeyError:
        raise ValueError from None


def _shard(text: str) -> tuple[int, int]:
    number, of = (int(part) for part in text.split("/"))
    if not 1 <= number <= of <= MOST_SHARDS:
        raise ValueError
    return number, of


class Kind(NamedTuple):
    """What a value must be: in words for errors, as a function that reads it or raises `ValueError`, in `--help`."""

    words: str
    read: Callable[[str], Any]
    metavar: str


def _one_of(kind: type[StrEnum]) -> Kind:
    return Kind(f"one of {', '.join(kind)}", kind, "|".join(kind))


_TEXT: Final = Kind("text", str, "NAME")
_ID: Final = Kind("an id", str, "ID")
_VERSIONS: Final = Kind("a version, a range or a list of them", str, "VERSION")
URL: Final = Kind("an http(s) URL without credentials, query or fragment", _url, "URL")
_COUNT: Final = Kind("a whole number, 0 or more", _number(int), "N")
_RATE: Final = Kind("a number, 0 or more", _number(float), "N")
_SECONDS: Final = Kind("seconds, 0 or more", _number(float), "SECONDS")
_TIMEOUT: Final = Kind("seconds, more than 0", _timeout, "SECONDS")
_AGENTS: Final = Kind("lines, or a comma list, of TEST_ID = TENANT_ID", _agents, "MAP")


_DAYS: Final = Kind("days, 0 or more", _number(float), "DAYS")
_DOUBTS: Final = Kind(f"all, none, or some of {', '.join(Doubt)}", _doubts, "WHAT")
_FOLDER: Final = Kind("a folder", str, "DIR")
_FILE: Final = Kind("a file", str, "FILE")
_FILES: Final = Kind(f"files, a line or a comma each, that end in {', '.join(_REPORTS)}", _reports, "FILE")
_ANSWERS: Final = dict.fromkeys(("yes", "true", "on", "1"), True) | dict.fromkeys(("no", "false", "off", "0"), False)
_YES: Final = Kind("yes or no", _yes, "yes|no")
_PERCENT: Final = Kind("a percentage, 0 to 100", _percent, "PERCENT")
_UPGRADES: Final = Kind(
    "ids or patterns of upgrades, as row-*, with ! those to leave out, with commas", _patterns, "PATTERN"
)
_SHARD: Final = Kind("which of how many, as 2/5", _shard, "N/M")
_RULES: Final = Kind("lines of KIND: KEY, … or KIND: /PATTERN/", str, "RULES")


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
    Option("api_version", "CXONE_API_VERSION", _VERSIONS, "", "which version of that API, or several to run on"),
    Option("region", "CXONE_REGION", _TEXT, "", "the tenant's region, the dialect's first unless given"),
    Option("base_url", "CXONE_BASE_URL", URL, "", "the tenant's own host, not the region's or a discovered one"),
    Option("auth_url", "CXONE_AUTH_URL", URL, "", "the whole URL of the token request"),
    Option("issuer", "CXONE_ISSUER", URL, "", "where the documents are from which a tenant's hosts are discovered"),
    Option("tenant_id", "CXONE_TENANT_ID", _ID, "", "the tenant's id, by which its hosts are discovered"),
    Option("client_id", "CXONE_CLIENT_ID", _ID, "", "the API client's id", secret=True),
    Option("client_secret", "CXONE_CLIENT_SECRET", _TEXT, "", "the API client's secret", secret=True),
    Option("access_key_id", "CXONE_ACCESS_KEY_ID", _ID, "", "the id of a user's access key", secret=True),
    Option("access_key_secret", "CXONE_ACCESS_KEY_SECRET", _TEXT, "", "the secret of that key", secret=True),
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
    Option("rehearse", "CXONE_REHEARSE", _YES, "no", "run the tests under each simulated upgrade that touches them"),
    Option("rehearse_only", "CXONE_REHEARSE_ONLY", _UPGRADES, "", "the upgrades to rehearse, instead of all"),
    Option(
        "rehearse_min", "CXONE_REHEARSE_MIN", _PERCENT, "",
        "fail a rehearsal in which a smaller part of the upgrades is noticed",
    ),
    Option(
        "usage", "CXONE_USAGE", _FILE, "",
        "the file of the paths that the code under test reads: written anew, and what changes are graded by",
    ),
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
    Option(
        "record", "CXONE_RECORD", _one_of(RecordMode), "all",
        "what a recording run writes: all anew, or only what is missing",
    ),
    Option("cassettes", "CXONE_CASSETTES", _FOLDER, "", "where cassettes are, instead of cassettes/ in the project"),
    Option("scrub", "CXONE_SCRUB", _RULES, "", "rules for what else is secret or personal in recordings"),
    Option(
        "scrub_key", "CXONE_SCRUB_KEY", _TEXT, "", "the key of the pseudonyms, instead of the client secret",
        secret=True,
    ),
    Option("max_age", "CXONE_MAX_AGE", _DAYS, "0", "days after which a cassette is too old to rest on (0: never)"),
    Option("strict", "CXONE_STRICT", _DOUBTS, "states", "which doubts about cassettes make a run red"),
    Option("report", "CXONE_REPORT", _FILES, "", "files to write a report to: .json, .md, .html, .sarif"),
    Option(
        "fail_on", "CXONE_FAIL_ON", _one_of(FailOn), "",
        "from which severity on drift makes the run red: breaking in live mode, else never, unless given",
    ),
    Option(
        "acknowledged", "CXONE_ACKNOWLEDGED", _FILE, "",
        "the file of acknowledged findings, instead of cxone-acknowledged.toml in the project",
    ),
    Option("shard", "CXONE_SHARD", _SHARD, "", "run one shard of the tests, with its part of rate and budget"),
    Option("budget", "CXONE_BUDGET", _COUNT, "1000", "requests that a live tenant gets in a run, per API version"),
)  # fmt: skip
