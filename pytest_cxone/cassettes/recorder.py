"""What a test met on its tenant, made into a cassette: whole, scrubbed, and looked over before it is written."""

import re
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import urlsplit

from pytest_cxone._resources import version
from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source, seal_of
from pytest_cxone.cassettes.files import read, text_of, write
from pytest_cxone.cassettes.gate import leaks
from pytest_cxone.cassettes.names import CassetteName
from pytest_cxone.cassettes.player import Keys
from pytest_cxone.cassettes.policy import ScrubPolicy
from pytest_cxone.cassettes.rules import Kind
from pytest_cxone.cassettes.scrubbing import Scrubber
from pytest_cxone.errors import CassetteRefused, CassetteUnreadable
from pytest_cxone.listings import Answered, listings, orders_of, parsed
from pytest_cxone.model import Exchange
from pytest_cxone.schemas import contract
from pytest_cxone.settings import RecordMode, Settings
from pytest_cxone.states import ProviderState

__all__ = ["SERVED_BY", "Recorder", "Take", "behind"]

SERVED_BY: Final = "pytest-cxone/"
"""How the `Server` header of a served fake begins."""
_OTHER: Final = "the one that is there was recorded on another tenant or under other states"
_REPLACE: Final = "--cxone-record replaces it"
_QUOTED: Final = re.compile(r"""["']([^"'\n]{1,80})["']""")
_PARTS: Final = re.compile(r"[\s/?&=,;]")
_LITERAL: Final = re.compile(r"(?<![\w-])(?=[\w-]*[0-9])[\w-]{5,}(?![\w-])")


class Recorder:
    """Records the tests of a run. What one test taught it of secrets and persons, it looks for in all that follow."""

    def __init__(self, settings: Settings, policy: ScrubPolicy, *, clock: Callable[[], float] = time.time) -> None:
        self.values: set[tuple[Kind, str]] = set()
        self._written: dict[Path, tuple[str | None, Collection[str], int]] = {}
        self._settings = settings
        self._policy = policy
        self._clock = clock

    def new_take(self, name: CassetteName, file: Path, folder: Path, *, api_version: str) -> "Take":
        """Return what takes down one test, which stands in `file`, for a cassette in `folder`."""
        return Take(name, folder / name.file, api_version=api_version, named=_literals(file))

    def save(self, take: "Take", grants: Mapping[str, Exchange], *, fake_only: str = "") -> Path | None:
        """Write what a test met; None where nothing is written. `grants` gives the request behind each token.

        Raises `CassetteRefused`, and leaves the cassette that is there, where the new one would tell what it must not,
        or does not go with the old one.
        """
        exchanges = [*behind(take.exchanges, grants), *take.exchanges]
        path = take.path
        was, recorded = self._recorded(path)
        is_whole = was is not None and not was.fake_only
        if not (exchanges or take.states) or (fake_only and is_whole):
            return None
        scrubber = self._policy.scrubber()
        scrubbed = scrubber.scrub(exchanges, named=take.named, given=take.given, beside=take.beside, known=self.values)
        self.values |= scrubber.values
        interactions = [Interaction(exchange=exchange) for exchange in scrubbed]
        now = self._provenance(take, scrubber, exchanges or take.beside, fake_only)
        if was is not None and is_whole and self._settings.record is RecordMode.MISSING:
            added = list(self._added(interactions, recorded, now.recorded_at))
            if added and (was.tenant, was.states) != (now.tenant, now.states):
                raise CassetteRefused(path, [_OTHER], _REPLACE)
            interactions, now = [*recorded, *added], was
        ordered = tuple(sorted(interactions, key=_place))
        text = text_of(Cassette(interactions=ordered, provenance=replace(now, seal=seal_of(ordered))))
        found = self._leaks(text, scrubber.allowed)
        if found:
            raise CassetteRefused(path, found, "a rule in cxone_scrub takes it out; the file is as it was")
        before = path.read_text("utf-8") if path.is_file() else None
        if not write(path, text):
            return None
        self._written[path] = (before, scrubber.allowed, len(self.values))
        return path

    def take_back(self) -> list[str]:
        """Undo what was written before the run learned of a value that stands in it; say what, and where it stood."""
        told = []
        for path, (before, allowed, known) in self._written.items():
            found = self._leaks(path.read_text("utf-8"), allowed) if known < len(self.values) else []
            if found and before is None:
                path.unlink()
            elif found and before is not None:
                write(path, before)
            if found:
                told.append(f"{path}: {found[0]}")
        return told

    def _leaks(self, text: str, allowed: Collection[str]) -> list[str]:
        homes = [urlsplit(hosts.base_url).netloc for hosts in self._settings.regions.values()]
        return list(map(str, leaks(text, self.values, allowed=allowed, public=homes)))

    def _recorded(self, path: Path) -> tuple[Provenance | None, tuple[Interaction, ...]]:
        """Return the cassette that is there. Raises `CassetteRefused` for one to which nothing can be added."""
        try:
            cassette = read(path)
        except FileNotFoundError:
            return None, ()
        except CassetteUnreadable as error:
            if self._settings.record is RecordMode.MISSING:
                raise CassetteRefused(path, [str(error)], _REPLACE) from None
            return None, ()
        if cassette.provenance is None and self._settings.record is RecordMode.MISSING:
            raise CassetteRefused(path, ["the one that is there was not recorded by pytest-cxone"], _REPLACE)
        return cassette.provenance, cassette.interactions

    def _added(
        self, interactions: Iterable[Interaction], recorded: Iterable[Interaction], at: datetime
    ) -> Iterator[Interaction]:
        """Yield those interactions that a cassette does not have."""
        key_of = Keys(self._policy.located, self._policy.rules).of
        known = {key_of(interaction.exchange.request) for interaction in recorded}
        for interaction in interactions:
            if key_of(interaction.exchange.request) not in known:
                yield replace(interaction, recorded_at=at)

    def _provenance(
        self, take: "Take", scrubber: Scrubber, exchanges: Sequence[Exchange], fake_only: str
    ) -> Provenance:
        settings = self._settings
        served = {exchange.response.headers.get("Server", "") for exchange in exchanges}
        is_fake = bool(served) and all(name.startswith(SERVED_BY) for name in served)
        states = (
            Provided(state=str(state), agent_id=scrubber.id(agent_id) if agent_id else "")
            for state, agent_id in take.states
        )
        target, tenant_id = settings.target_agent_id, self._policy.settings.tenant_id
        return Provenance(
            test=str(take.name),
            recorded_at=datetime.fromtimestamp(int(self._clock()), UTC),
            source=Source.SERVED_FAKE if is_fake else Source.TENANT,
            dialect=settings.dialect,
            api=take.api_version,
            region=settings.region,
            tenant=self._policy.pseudonyms.fingerprint(urlsplit(settings.home).hostname or "", *self._whose()),
            recorder=version(),
            fake=max(served).removeprefix(SERVED_BY) if is_fake else "",
            states=tuple(states),
            target_agent_id=scrubber.id(target) if target else None,
            tenant_id=scrubber.id(tenant_id) if tenant_id else "",
            wait=settings.wait,
            fake_only=scrubber.alias_in(fake_only),
            orders=", ".join(self._orders(exchanges)),
            # The fake is as fast as the machine that it runs on.
            took="" if is_fake else ", ".join(self._took(exchanges)),
        )

    def _orders(self, exchanges: Iterable[Exchange]) -> Iterator[str]:
        """Yield by which ids listings are sorted: their aliases do not tell."""
        all_listings = listings(self._answered(exchanges))
        orders = {(listed.operation, order) for listed in all_listings for order in orders_of(listed)}
        yield from (f"{operation}: {order}" for operation, order in sorted(orders))

    def _took(self, exchanges: Iterable[Exchange]) -> Iterator[str]:
        took: defaultdict[str, list[float]] = defaultdict(list)
        for operation, exchange, _ in self._answered(exchanges):
            if exchange.seconds is not None:
                took[operation.id].append(exchange.seconds)
        yield from (f"{operation}: {median(seconds) * 1_000:.0f} ms" for operation, seconds in sorted(took.items()))

    def _answered(self, exchanges: Iterable[Exchange]) -> Iterator[Answered]:
        settings = self._policy.settings
        there = contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)
        for exchange in exchanges:
            operation = there.operation_for(exchange.request)
            if operation is not None:
                yield Answered(operation, exchange, parsed(exchange.response.body))

    def _whose(self) -> Iterator[str]:
        """Yield what tells one tenant from others at the same host."""
        settings = self._policy.settings
        if "tenant_id" in settings.spoken.settings:
            # All tenants of a region may have one issuer, and one application may serve many of them.
            yield settings.tenant_id or settings.access_key_id
        if settings.client_id:
            yield settings.client_id


class Take:
    """What one test meets, while it runs. `api_version` is the one of the API that the test asks for."""

    def __init__(self, name: CassetteName, path: Path, *, api_version: str, named: Iterable[str] = ()) -> None:
        self.name = name
        self.path = path
        self.api_version = api_version
        self._named = set(named)
        self.exchanges: list[Exchange] = []
        self.beside: list[Exchange] = []
        self.states: list[tuple[ProviderState, str]] = []
        self._paused = False

    @property
    def named(self) -> set[str]:
        """The ids that the test names, by its markers or in its file."""
        of_states = {named for state, _ in self.states if (named := getattr(state, "agent_id", None)) is not None}
        return of_states | self._named

    @property
    def given(self) -> set[str]:
        """The agents' ids that the tenant gave it."""
        return {agent_id for state, agent_id in self.states if getattr(state, "agent_id", "") is None}

    def note(self, exchange: Exchange) -> None:
        """Take an exchange down."""
        (self.beside if self._paused else self.exchanges).append(exchange)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Let what is asked in the block, to find a state, stay out of the cassette."""
        before, self._paused = self._paused, True
        try:
            yield
        finally:
            self._paused = before


@lru_cache
def _literals(file: Path) -> frozenset[str]:
    """Return what may be an id in a file of tests: what stands there is no secret of the tenant's."""
    text = file.read_text("utf-8", "replace")
    quoted = (part for found in _QUOTED.findall(text) for part in _PARTS.split(found))
    return frozenset(_LITERAL.findall(text)) | frozenset(filter(None, quoted))


def behind(exchanges: Sequence[Exchange], grants: Mapping[str, Exchange]) -> Iterator[Exchange]:
    """Yield the token requests behind a test's tokens that were made before it: a run has one for all its tests."""
    given: list[Exchange] = []
    for exchange in exchanges:
        token = exchange.request.headers.get("Authorization", "").partition(" ")[2]
        grant = grants.get(token)
        if token and grant is not None and not any(grant is known for known in (*exchanges, *given)):
            given.append(grant)
            yield grant


def _place(interaction: Interaction) -> tuple[object, ...]:
    """Return where an interaction stands in a cassette.

    That does not depend on threads, or on how a test goes over a set. Answers to one request stay in their order.
    """
    request = interaction.exchange.request
    # Split, so that page 10 comes after page 9.
    numbered = [int(part) if part.isdecimal() else part for part in re.split(r"([0-9]+)", request.url)]
    return request.method != "POST", numbered, request.method, request.body
