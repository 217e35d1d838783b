"""`pytest-cxone serve`: a fake tenant over HTTP, for code in any language."""

import re
import shlex
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import TYPE_CHECKING, Final
from uuid import UUID

import click

from pytest_cxone.fake.apis import NAMES, api_named
from pytest_cxone.options import URL, without_password

if TYPE_CHECKING:
    from pytest_cxone.fake.clock import Clock
    from pytest_cxone.fake.engine import Fake
    from pytest_cxone.fake.world import World
    from pytest_cxone.rehearsal import Upgrade
    from pytest_cxone.server import Tls

__all__ = ["serve"]

_DEFAULT_AGENT: Final = "12345"
_FIRST_OF_MANY: Final = 10_001


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floor:
    """The ids of the agents to serve, by what they are."""

    online: tuple[str, ...]
    offline: tuple[str, ...]
    hidden: tuple[str, ...]


# What options may hold


def _not_blank(_: click.Context, __: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for text in (value,) if isinstance(value, str) else value:
        if not text.strip():
            raise click.BadParameter("must not be empty")
    return value


def _versions(_: click.Context, __: click.Parameter, value: str | None) -> range | None:
    if value is None:
        return None
    found = re.fullmatch(r"v?(\d{1,4})(?:\.0)?(?:-v?(\d{1,4})(?:\.0)?)?", value.strip())
    first, last = (int(found[1]), int(found[2] or found[1])) if found else (0, 0)
    if not 0 < first <= last:
        raise click.BadParameter(f"{value!r} is not a version or a range of versions, such as 31 or 20-34")
    return range(first, last + 1)


def _url(_: click.Context, __: click.Parameter, value: str) -> str:
    try:
        return str(URL.read(value)) if value else ""
    except ValueError:
        raise click.BadParameter(
            f"{without_password(value)!r} is not {URL.words}, such as https://cxone.test:8443"
        ) from None


def _uuid(_: click.Context, __: click.Parameter, value: str | None) -> str | None:
    try:
        return None if value is None else str(UUID(value))
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a UUID") from None


@click.command()
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="The port; 0 takes a free one.")
@click.option("--dialect", default=NAMES[0], type=click.Choice(NAMES), help="The API of CXone that is spoken.")
@click.option("--region", help="The region that is served.  [default: the dialect's first]")
@click.option(
    "--api-versions",
    metavar="N[-M]",
    callback=_versions,
    help="The versions of the API that there are, where it has several.  [default: 2-34]",
)
@click.option(
    "--agents",
    metavar="N",
    default=0,
    type=click.IntRange(min=0),
    help=f"Log N agents in, with the free ids from {_FIRST_OF_MANY} on.",
)
@click.option(
    "--online",
    metavar="ID",
    multiple=True,
    callback=_not_blank,
    help=f"Log this agent in. May be repeated; without it and --agents, agent {_DEFAULT_AGENT} is.",
)
@click.option("--offline", metavar="ID", multiple=True, callback=_not_blank, help="An agent who is logged out.")
@click.option(
    "--hidden",
    metavar="ID",
    multiple=True,
    callback=_not_blank,
    help="One logged in whom the client may not see.",
)
@click.option(
    "--upgrade",
    "upgrade_id",
    metavar="ID",
    default="",
    help="Serve the API as it is after a simulated upgrade; `pytest-cxone upgrades` lists them.",
)
@click.option("--page-cap", default=100, type=click.IntRange(min=1), help="The most rows that a page holds.")
@click.option("--client-id", default="fake-client", callback=_not_blank, help="The client that may ask for a token.")
@click.option("--client-secret", default="fake-secret", callback=_not_blank, help="Its secret.")
@click.option(
    "--access-key-id", default="fake-key====", callback=_not_blank, help="Its access key, where the dialect has such."
)
@click.option("--access-key-secret", default="fake-key-secret====", callback=_not_blank, help="The key's secret.")
@click.option(
    "--scopes",
    default="read:agent read:agent:status",
    help="Its scopes, parted by blanks or commas; with none, a role without any right where there are no scopes.",
)
@click.option("--tenant-id", metavar="UUID", callback=_uuid, help="The tenant's id.  [default: one for the region]")
@click.option(
    "--advertise",
    metavar="URL",
    default="",
    callback=_url,
    help="The base URL that documents and links tell, where a proxy stands before this.",
)
@click.option("--tls-cert", metavar="FILE", type=click.Path(path_type=Path), help="Serve HTTPS with this PEM.")
@click.option("--tls-key", metavar="FILE", type=click.Path(path_type=Path), help="The key of the certificate, a PEM.")
def serve(
    *,
    host: str,
    port: int,
    dialect: str,
    region: str | None,
    api_versions: range | None,
    agents: int,
    online: tuple[str, ...],
    offline: tuple[str, ...],
    hidden: tuple[str, ...],
    upgrade_id: str,
    page_cap: int,
    client_id: str,
    client_secret: str,
    access_key_id: str,
    access_key_secret: str,
    scopes: str,
    tenant_id: str | None,
    advertise: str,
    tls_cert: Path | None,
    tls_key: Path | None,
) -> None:
    """Serve a fake tenant over HTTP until Ctrl+C or SIGTERM.

    Prints the variables under which an integration finds it, in any language:

    \b
        pytest-cxone serve --online 12345 > cxone.env &
        . ./cxone.env
    """
    from pytest_cxone.fake.api import VERSIONS
    from pytest_cxone.fake.engine import Fake
    from pytest_cxone.fake.world import World
    from pytest_cxone.server import listen, run, url_of

    tls = _tls(tls_cert, tls_key)
    region = _region(dialect, region)
    floor = _floor(dialect, agents, online, offline, hidden)
    upgrade = _upgrade(dialect, upgrade_id)
    key = {"access_key_id": access_key_id, "access_key_secret": access_key_secret}

    def new_world(clock: "Clock") -> "World":
        world = World(clock=clock, page_cap=page_cap, tenant_id=tenant_id)
        _people(world, floor)
        world.add_client(
            client_id,
            client_secret,
            scopes=scopes.replace(",", " ").split(),
            **(key if api_named(dialect).has_access_keys else {}),
        )
        return world

    fake = Fake(
        dialect,
        new_world=new_world,
        changes=(upgrade.change,) if upgrade else (),
        api_versions=api_versions or VERSIONS,
        advertised=advertise,
    )
    fake.world(region)  # made now, so that the first request does not wait for a large floor
    try:
        sock = listen(host, port)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    url = url_of(sock, tls)

    def announce() -> None:
        variables = _variables(fake, region, url, client_id, floor)
        click.echo("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        online_now = f"{len(floor.online)} agent{'' if len(floor.online) == 1 else 's'} online"
        under = f", after the upgrade {upgrade.id} ({upgrade.summary})" if upgrade else ""
        tenant = f"a fake tenant ({fake.dialect}, {region}){under}"
        click.echo(f"Serving {tenant}: {online_now}; stop with Ctrl+C.", err=True)

    run(fake, region, sock, announce=announce, tls=tls)


def _region(dialect: str, region: str | None) -> str:
    regions = api_named(dialect).regions
    if region is not None and region not in regions:
        raise click.BadParameter(
            f"{region!r} is not one of {', '.join(map(repr, regions))}, the regions of {dialect}",
            param_hint="'--region'",
        )
    return regions[0] if region is None else region


def _upgrade(dialect: str, upgrade_id: str) -> "Upgrade | None":
    if not upgrade_id:
        return None
    from pytest_cxone.errors import ConfigurationError
    from pytest_cxone.rehearsal import upgrade

    try:
        return upgrade(dialect, upgrade_id)
    except ConfigurationError as error:
        raise click.BadParameter(str(error), param_hint="'--upgrade'") from error


def _tls(cert: Path | None, key: Path | None) -> "Tls | None":
    import ssl

    from pytest_cxone.server import Tls

    if cert is None and key is None:
        return None
    if cert is None or key is None:
        raise click.UsageError("HTTPS needs --tls-cert and --tls-key; give both or neither")
    tls = Tls(cert, key)
    try:
        tls.check()
    except ssl.SSLError as error:
        raise click.UsageError(
            f"{cert} and {key} are not a PEM certificate and its key without a password: {error.reason or error}"
        ) from error
    except OSError as error:
        raise click.UsageError(f"cannot read {error.filename}: {error.strerror}") from error
    return tls


def _floor(
    dialect: str, agents: int, online: tuple[str, ...], offline: tuple[str, ...], hidden: tuple[str, ...]
) -> _Floor:
    if not agents and not online:
        online = (_DEFAULT_AGENT,)
    named = Counter([*online, *offline, *hidden])
    for agent_id, times in named.items():
        if times > 1:
            raise click.UsageError(f"agent {agent_id} is named {times} times; say --online, --offline or --hidden once")
        if objection := api_named(dialect).objection(agent_id):
            raise click.UsageError(objection)
    free = (agent_id for agent_id in map(str, count(_FIRST_OF_MANY)) if agent_id not in named)
    return _Floor(online=(*online, *islice(free, agents)), offline=offline, hidden=hidden)


def _people(world: "World", floor: _Floor) -> None:
    for agent_id in floor.online:
        world.log_in(agent_id)
    for agent_id in floor.offline:
        world.add_agent(agent_id)
    for agent_id in floor.hidden:
        world.hide(agent_id)
        world.log_in(agent_id)


def _variables(fake: "Fake", region: str, url: str, client_id: str, floor: _Floor) -> Mapping[str, str]:
    from pytest_cxone.fake.admin import PREFIX
    from pytest_cxone.fake.api import Arrival

    first: Mapping[str, Sequence[str]] = {
        "TARGET_AGENT_ID": floor.online,
        "CXONE_OFFLINE_AGENT_ID": floor.offline,
        "CXONE_HIDDEN_AGENT_ID": floor.hidden,
    }
    world = fake.world(region)
    at = Arrival(
        url=fake.options.advertised or url,
        admin_url=f"{url}{PREFIX}",
        region=region,
        world=world,
        options=fake.options,
    )
    client = next(client for client in world.clients if client.client_id == client_id)
    return {
        **fake.api.variables(at, client),
        **{name: agent_ids[0] for name, agent_ids in first.items() if agent_ids},
    }
