"""`pytest-cxone serve`: a fake tenant over HTTP, for code in any language."""

import shlex
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count, islice
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from pytest_cxone.fake.clock import Clock
    from pytest_cxone.fake.world import World

__all__ = ["serve"]

_DEFAULT_AGENT: Final = "12345"
_FIRST_OF_MANY: Final = 10_001


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floor:
    """The ids of the agents to serve, by what they are."""

    online: tuple[str, ...]
    offline: tuple[str, ...]
    hidden: tuple[str, ...]


def _not_blank(_: click.Context, __: click.Parameter, value: str | tuple[str, ...]) -> str | tuple[str, ...]:
    for text in (value,) if isinstance(value, str) else value:
        if not text.strip():
            raise click.BadParameter("must not be empty")
    return value


@click.command()
@click.option("--host", default="127.0.0.1", help="The address to listen on.")
@click.option("--port", default=0, type=click.IntRange(0, 65_535), help="The port; 0 takes a free one.")
@click.option("--region", default="us", type=click.Choice(["us", "eu"]), help="The region that is served.")
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
@click.option("--page-cap", default=100, type=click.IntRange(min=1), help="The most rows that a page holds.")
@click.option("--client-id", default="fake-client", callback=_not_blank, help="The client that may ask for a token.")
@click.option("--client-secret", default="fake-secret", callback=_not_blank, help="Its secret.")
@click.option(
    "--scopes",
    default="read:agent read:agent:status",
    help="Its scopes, parted by blanks or commas; may be empty.",
)
def serve(
    *,
    host: str,
    port: int,
    region: str,
    agents: int,
    online: tuple[str, ...],
    offline: tuple[str, ...],
    hidden: tuple[str, ...],
    page_cap: int,
    client_id: str,
    client_secret: str,
    scopes: str,
) -> None:
    """Serve a fake tenant over HTTP until Ctrl+C or SIGTERM.

    Prints the variables under which an integration finds it, in any language:

    \b
        pytest-cxone serve --online 12345 > cxone.env &
        . ./cxone.env
    """
    from pytest_cxone.fake.engine import Fake
    from pytest_cxone.server import listen, run, url_of

    floor = _floor(agents, online, offline, hidden)

    def new_world(clock: "Clock") -> "World":
        world = _world(clock, floor, page_cap)
        world.add_client(client_id, client_secret, scopes=scopes.replace(",", " ").split())
        return world

    fake = Fake(new_world=new_world)
    fake.world(region)  # made now, so that the first request does not wait for a large floor
    try:
        sock = listen(host, port)
    except OSError as error:
        raise click.UsageError(f"cannot listen on {host} port {port}: {error.strerror or error}") from error
    url = url_of(sock)

    def announce() -> None:
        variables = _variables(url, region, floor, client_id, client_secret)
        click.echo("\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items()))
        online_now = f"{len(floor.online)} agent{'' if len(floor.online) == 1 else 's'} online"
        click.echo(f"Serving a fake tenant ({fake.dialect}, {region}): {online_now}; stop with Ctrl+C.", err=True)

    run(fake, region, sock, announce=announce)


def _floor(agents: int, online: tuple[str, ...], offline: tuple[str, ...], hidden: tuple[str, ...]) -> _Floor:
    if not agents and not online:
        online = (_DEFAULT_AGENT,)
    named = Counter([*online, *offline, *hidden])
    for agent_id, times in named.items():
        if times > 1:
            raise click.UsageError(f"agent {agent_id} is named {times} times; say --online, --offline or --hidden once")
    free = (agent_id for agent_id in map(str, count(_FIRST_OF_MANY)) if agent_id not in named)
    return _Floor(online=(*online, *islice(free, agents)), offline=offline, hidden=hidden)


def _world(clock: "Clock", floor: _Floor, page_cap: int) -> "World":
    from pytest_cxone.fake.world import World

    world = World(clock=clock, page_cap=page_cap)
    for agent_id in floor.online:
        world.log_in(agent_id)
    for agent_id in floor.offline:
        world.add_agent(agent_id)
    for agent_id in floor.hidden:
        world.log_in(agent_id)
        world.hide(agent_id)
    return world


def _variables(url: str, region: str, floor: _Floor, client_id: str, client_secret: str) -> Mapping[str, str]:
    from pytest_cxone.fake.admin import PREFIX

    first = {
        "TARGET_AGENT_ID": floor.online,
        "CXONE_OFFLINE_AGENT_ID": floor.offline,
        "CXONE_HIDDEN_AGENT_ID": floor.hidden,
    }
    return {
        "CXONE_BASE_URL": url,
        "CXONE_AUTH_URL": f"{url}/oauth/token",
        "CXONE_ADMIN_URL": f"{url}{PREFIX}",
        "CXONE_REGION": region,
        "CXONE_CLIENT_ID": client_id,
        "CXONE_CLIENT_SECRET": client_secret,
        **{name: agent_ids[0] for name, agent_ids in first.items() if agent_ids},
    }
