"""The proxy through which other people's clients find a fake: one way in, wherever they want to go."""

import socket
import socketserver
import ssl
import threading
from contextlib import contextmanager

import pytest

from tests.interop.authority import Authority
from tests.interop.proxy import leading_to

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Shouting(socketserver.StreamRequestHandler):
    """Answer each line in capitals."""

    def handle(self):
        for line in self.rfile:
            self.wfile.write(line.upper())


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    context = None

    def get_request(self):
        connection, address = super().get_request()
        return (self.context.wrap_socket(connection, server_side=True) if self.context else connection), address


@contextmanager
def shouting(context=None):
    """Run a server that shouts back until the block ends; yield its port."""
    with Server(("127.0.0.1", 0), Shouting) as server:
        server.context = context
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def proxy():
    with shouting() as port, leading_to(port) as proxy:
        yield proxy


@contextmanager
def tunnel(proxy, head):
    """Open a connection to the proxy, send a request's head, and yield the connection as a file."""
    with socket.create_connection(proxy.server_address, timeout=30) as connection, connection.makefile("rwb") as file:
        file.write(head)
        file.flush()
        yield file


def connect(host):
    return f"CONNECT {host} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: any\r\n\r\n".encode()


@pytest.mark.parametrize("host", ["cxone.niceincontact.com:443", "na1.nice-incontact.com:443", "example.com:8443"])
def test_a_connection_to_any_host_leads_to_the_one_port_and_the_host_is_kept(proxy, host):
    with tunnel(proxy, connect(host)) as file:
        assert file.read(len(ESTABLISHED)) == ESTABLISHED
        file.write(b"hello\n")
        file.flush()
        assert file.readline() == b"HELLO\n"
    assert (proxy.connected, proxy.refused) == ([host], [])


def test_what_is_sent_with_the_head_is_not_lost(proxy):
    with tunnel(proxy, connect("example.com:443") + b"early\n") as file:
        assert file.read(len(ESTABLISHED)) == ESTABLISHED
        assert file.readline() == b"EARLY\n"


@pytest.mark.parametrize(
    "line",
    ["GET http://cxone.niceincontact.com/ HTTP/1.1", "POST / HTTP/1.1", "CONNECT", ""],
    ids=["plain HTTP", "no proxy's request", "no host", "nothing"],
)
def test_anything_else_is_refused_and_kept(proxy, line):
    with tunnel(proxy, f"{line}\r\nHost: example.com\r\n\r\n".encode()) as file:
        assert file.readline() == b"HTTP/1.1 405 Method Not Allowed\r\n"
        assert file.read().endswith(b"\r\n\r\n")
    assert (proxy.connected, proxy.refused) == ([], [line])


@pytest.mark.parametrize("host", ["cxone.niceincontact.com", "api-na1.niceincontact.com", "na1.nice-incontact.com"])
def test_behind_it_the_throw_away_authority_vouches_for_each_of_the_names(tmp_path, host):
    authority = Authority.founded_in(tmp_path)
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(authority.certificate, authority.key)
    client = ssl.create_default_context(cafile=authority.root)
    with shouting(server) as port, leading_to(port) as proxy:
        with tunnel_over_tls(proxy, client, host) as connection:
            connection.sendall(b"hello\n")
            assert connection.recv(6) == b"HELLO\n"
        with (
            pytest.raises(ssl.SSLCertVerificationError, match="Hostname mismatch"),
            tunnel_over_tls(proxy, client, "example.com"),
        ):
            pass


@contextmanager
def tunnel_over_tls(proxy, context, host):
    with socket.create_connection(proxy.server_address, timeout=30) as plain:
        plain.sendall(connect(f"{host}:443"))
        assert plain.recv(len(ESTABLISHED), socket.MSG_WAITALL) == ESTABLISHED
        with context.wrap_socket(plain, server_hostname=host) as connection:
            yield connection
