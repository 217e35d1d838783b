"""The fake tenant over real HTTP: uvicorn on a socket that is bound before anybody is told of it."""

import asyncio
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from pytest_cxone._resources import version
from pytest_cxone.fake.asgi import HANG_UP, Answering, FakeApp
from pytest_cxone.fake.engine import Fake

__all__ = ["Served", "Tls", "listen", "run", "serving", "url_of"]

_LOOPBACK_OF: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - where to reach such a server from here


@dataclass(frozen=True, slots=True)
class Served:
    """A fake tenant that is being served. `url` is its base, without a slash at the end."""

    url: str


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a certificate (with those between it and its root) and of its key, both PEM."""

    cert: Path
    key: Path

    def check(self) -> None:
        """Raise `OSError` for a file that cannot be read, `ssl.SSLError` for what is no certificate or not its key."""
        for path in (self.cert, self.key):
            path.read_bytes()  # so that the error names the file
        # A key under a password would otherwise ask for it on the terminal.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.cert, self.key, password=lambda: "")


@contextmanager
def serving(
    fake: Answering, region: str, *, host: str = "127.0.0.1", port: int = 0, tls: Tls | None = None
) -> Iterator[Served]:
    """Serve a region of the fake from a thread of its own until the block ends; port 0 takes a free one.

    Requests may come at once: the socket keeps them until the thread is up. At the end open connections
    are cut, so that neither a client that keeps one alive nor a slow answer holds the test up.
    """
    sock = listen(host, port)
    server = _Server(fake, region, tls)
    thread = threading.Thread(target=server.run, args=([sock],), name=f"fake tenant {region}", daemon=True)
    served = Served(url_of(sock, tls))
    thread.start()
    try:
        yield served
    finally:
        server.stop()
        thread.join()


def run(fake: Fake, region: str, sock: socket.socket, *, announce: Callable[[], None], tls: Tls | None = None) -> None:
    """Serve in the foreground until SIGINT or SIGTERM; `announce` is called once both stop it cleanly."""
    _Server(fake, region, tls, announce).run([sock])


def listen(host: str, port: int) -> socket.socket:
    """Open a listening socket. Raises `OSError` for a host that is not this machine's, or a port in use."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    # Not socket.create_server: its sockets name no protocol, so asyncio sets no TCP_NODELAY on what they
    # accept, and each answer waits 40 ms for an acknowledgement.
    sock = socket.socket(family, kind, protocol)
    try:
        if os.name == "posix":
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind(address)
        sock.listen(socket.SOMAXCONN)
    except OSError:
        sock.close()
        raise
    return sock


def url_of(sock: socket.socket, tls: Tls | None = None) -> str:
    """Return the base URL under which a listening socket is reached from this machine."""
    scheme = "http" if tls is None else "https"
    address, port = sock.getsockname()[:2]
    host = _LOOPBACK_OF.get(address, address)
    return f"{scheme}://[{host}]:{port}" if ":" in host else f"{scheme}://{host}:{port}"


class _Protocol(HttpToolsProtocol):
    """uvicorn's protocol, and what ASGI lacks: the application may hang up."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        # Set here: uvicorn's own setting would silence the access log of every server in the process.
        self.access_log = False
        self._extensions: dict[str, dict[object, object]] = {HANG_UP: {"call": transport.close}}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions


class _Server(uvicorn.Server):
    """uvicorn's server that stops at once; its own looks for a flag now and then, and waits for clients."""

    def __init__(
        self, fake: Answering, region: str, tls: Tls | None, announce: Callable[[], None] = lambda: None
    ) -> None:
        # The process's logging is left as it is: it belongs to whoever runs the tests.
        config = uvicorn.Config(
            FakeApp(fake, region),
            http=_Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            proxy_headers=False,
            # Who answers, so that no recording of it is taken for one of a tenant of CXone.
            headers=[("Server", f"pytest-cxone/{version()}")],
            server_header=False,
            date_header=False,
            ssl_certfile=None if tls is None else tls.cert,
            ssl_keyfile=None if tls is None else tls.key,
        )
        super().__init__(config)
        self._announce = announce
        self._stopped: Future[None] = Future()

    def stop(self) -> None:
        """Stop, now or as soon as it runs; may be called from any thread, and more than once."""
        if not self._stopped.done():
            self._stopped.set_result(None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - uvicorn's signature
        """Take a signal as the order to stop; uvicorn's own would raise it again at the end."""
        self.stop()

    async def main_loop(self) -> None:
        # uvicorn's own loop does this each second, for the date's sake.
        self.server_state.default_headers = self.config.encoded_headers
        self._announce()
        await asyncio.wrap_future(self._stopped)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002 - as above
        for listener in self.servers:
            listener.close()
        for connection in tuple(self.server_state.connections):
            connection.transport.abort()
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks)
