"""A proxy on loopback that leads to one port, whatever host is asked for: a client finds a fake under a tenant's names."""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

__all__ = ["ConnectProxy", "leading_to"]

_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"
_REFUSED = b"HTTP/1.1 405 Method Not Allowed\r\nAllow: CONNECT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class ConnectProxy(socketserver.ThreadingTCPServer):
    """The proxy, and what it was asked for: `connected` are authorities such as "example.com:443", `refused` request lines."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), _Tunnel)
        self.url = "http://127.0.0.1:%d" % self.server_address[1]
        self.target = ("127.0.0.1", port)
        self.connected: list[str] = []
        self.refused: list[str] = []


@contextmanager
def leading_to(port: int) -> Iterator[ConnectProxy]:
    """Run a proxy until the block ends that leads every CONNECT to this port of loopback and refuses all else."""
    with ConnectProxy(port) as proxy:
        thread = threading.Thread(target=proxy.serve_forever, args=(0.02,), name="CONNECT proxy", daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            proxy.shutdown()
            thread.join()


class _Tunnel(socketserver.StreamRequestHandler):
    server: ConnectProxy

    def handle(self) -> None:
        with suppress(OSError):  # whoever hangs up has ended the tunnel, and nobody is left to tell
            self._answer()

    def _answer(self) -> None:
        line = self.rfile.readline().decode("latin-1").rstrip()
        while self.rfile.readline().rstrip():
            pass
        match line.split(" "):
            case ["CONNECT", authority, _]:
                self.server.connected.append(authority)
            case _:
                self.server.refused.append(line)
                self.wfile.write(_REFUSED)
                return
        with socket.create_connection(self.server.target) as target:
            self.wfile.write(_ESTABLISHED)
            # Not read from the connection itself, since the file may have read more than the head.
            back = threading.Thread(target=_pump, args=(target.recv, self.connection), daemon=True)
            back.start()
            _pump(self.rfile.read1, target)
            back.join()


def _pump(receive: Callable[[int], bytes], to: socket.socket) -> None:
    """Pass on what comes until its end, and then the end."""
    with suppress(OSError):
        while block := receive(65_536):
            to.sendall(block)
    with suppress(OSError):
        to.shutdown(socket.SHUT_WR)
