"""The fake over real loopback HTTP: answers, faults, mistakes, and an end that waits for nobody."""

import asyncio
import json
import logging
import re
import socket
import ssl
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
import requests
import trustme
from cryptography.hazmat.primitives import serialization

from pytest_cxone import server
from pytest_cxone.errors import FakeError, UnknownRoute
from pytest_cxone.fake.asgi import FakeApp
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.model import Response

STATES = "/api/v2/agents/states"
AT_ONCE = 1.0
"""Seconds: much more than it takes, much less than what is not waited for."""


@pytest.fixture
def fake():
    fake = Fake()
    world = fake.world("us")
    world.add_client("id", "secret", scopes=["read:agent"])
    world.log_in("12345")
    return fake


@pytest.fixture
def url(fake):
    with server.serving(fake, "us") as served:
        yield served.url


@pytest.fixture
def session(fake):
    with requests.Session() as session:
        session.trust_env = False
        world = fake.world("us")
        token = world.issue_token(world.client("id"), ["read:agent"])
        session.headers["Authorization"] = f"Bearer {token.value}"
        yield session


def raw(url, *requests_):
    """Send requests as they are over one connection; return all that comes until it is closed."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as connection:
        connection.sendall(b"".join(requests_))
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def request(line, *fields, close=True, body=b""):
    last = ["Connection: close"] if close else []
    return "\r\n".join([f"{line} HTTP/1.1", "Host: fake", *fields, *last, "", ""]).encode() + body


# Answers


def test_an_integration_logs_in_and_reads_states(url):
    with requests.Session() as session:
        session.trust_env = False
        form = {"grant_type": "client_credentials", "client_id": "id", "client_secret": "secret"}
        token = session.post(f"{url}/oauth/token", data=form).json()["access_token"]
        answer = session.get(f"{url}{STATES}", headers={"Authorization": f"Bearer {token}"})
    assert [row["agentId"] for row in answer.json()] == ["12345"]
    assert answer.headers["Content-Type"] == "application/json"


def test_the_fake_sees_the_request_as_it_was_sent(url, fake, session):
    session.get(f"{url}/api/v2/agents/a%2Fb%20c?x=%C3%A9&y=", headers={"X-Trace": "1"})
    seen = fake.journal[-1].request
    assert seen.url == f"{url}/api/v2/agents/a%2Fb%20c?x=%C3%A9&y="
    assert seen.query == [("x", "é"), ("y", "")]
    assert seen.headers["x-trace"] == "1"


def test_a_body_may_come_in_pieces(url, fake):
    pieces = (piece for piece in (b"grant_type=client_credentials&client_id=id", b"&client_secret=secret"))
    with requests.Session() as session:
        session.trust_env = False
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        assert session.post(f"{url}/oauth/token", data=pieces, headers=form).status_code == 200


def test_a_head_request_gets_no_body(url):
    head, _, body = raw(url, request("HEAD /no/such/route")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 500 ")
    assert int(re.search(rb"content-length: (\d+)", head)[1]) > 0
    assert body == b""


def test_another_method_is_405_with_an_empty_body(url, session):
    answer = session.put(f"{url}{STATES}", data=b"{}")
    assert (answer.status_code, answer.headers["Allow"], answer.content) == (405, "GET", b"")
    assert answer.headers["Content-Length"] == "0"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_can_have_no_body_announces_none(status, session):
    fake = Fake(changes=[lambda *_: Response(status=status)])
    with server.serving(fake, "us") as served:
        answer = session.get(f"{served.url}{STATES}")
    assert (answer.status_code, answer.headers.get("Content-Length")) == (status, None)


def test_requests_sent_in_one_go_are_answered_in_order(url):
    first = request("PUT /oauth/token", close=False)
    answers = raw(url, first, request("PUT /api/v2/agents/states"))
    assert re.findall(rb"allow: (\w+)", answers) == [b"POST", b"GET"]


def test_what_is_not_http_is_400(url):
    assert raw(url, b"HELLO\r\n\r\n").startswith(b"HTTP/1.1 400 ")


def test_answers_do_not_wait_for_acknowledgements(fake, session, monkeypatch):
    options = []
    connection_made = server._Protocol.connection_made

    def noting(protocol, transport):
        accepted = transport.get_extra_info("socket")
        options.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        connection_made(protocol, transport)

    monkeypatch.setattr(server._Protocol, "connection_made", noting)
    with server.serving(fake, "us") as served:
        session.get(f"{served.url}{STATES}")
    assert all(options)
    assert options


def test_many_threads_may_ask_while_the_test_changes_the_world(url, fake, session):
    world = fake.world("us")

    def ask(_):
        answer = requests.get(f"{url}{STATES}?pageSize=100", headers=session.headers, timeout=10)
        return [int(row["agentId"]) for row in answer.json()]

    with ThreadPoolExecutor(8) as pool:
        listings = pool.map(ask, range(80))
        for number in range(60):
            world.log_in(str(number), latency=number % 2 / 100)
            world.log_out(str(number // 2))
        for listing in listings:
            assert listing == sorted(set(listing))


# Faults


def test_a_truncated_answer_announces_more_than_it_holds(url, fake, session):
    fake.add_fault(Fault(kind="truncated"))
    field = f"Authorization: {session.headers['Authorization']}"
    head, _, body = raw(url, request(f"GET {STATES}", field, close=False)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ")
    assert len(body) == int(re.search(rb"content-length: (\d+)", head)[1]) // 2
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        session.get(f"{url}{STATES}")


def test_a_disconnect_sends_not_a_byte(url, fake, session):
    fake.add_fault(Fault(kind="disconnect"))
    assert raw(url, request(f"GET {STATES}", close=False)) == b""
    with pytest.raises(requests.exceptions.ConnectionError):
        session.get(f"{url}{STATES}")


def test_a_connection_cut_is_no_mistake_of_the_server(url, fake, session, caplog):
    for kind in ("truncated", "disconnect"):
        fake.add_fault(Fault(kind=kind, times=1))
    for _ in range(2):
        with pytest.raises(requests.exceptions.RequestException):
            session.get(f"{url}{STATES}")
    assert session.get(f"{url}{STATES}").status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert fake.errors == []


def test_a_client_gives_a_slow_answer_up_and_nobody_waits_for_it(fake, session):
    fake.add_fault(Fault(kind="latency", seconds=3_600))
    began = time.monotonic()
    with server.serving(fake, "us") as served, pytest.raises(requests.exceptions.ReadTimeout):
        session.get(f"{served.url}{STATES}", timeout=0.1)
    assert time.monotonic() - began < AT_ONCE


def test_latency_delays_an_answer_and_no_other(url, fake, session):
    fake.add_fault(Fault(kind="latency", seconds=0.2, times=1))
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(session.get, f"{url}{STATES}")
        assert slow.result().elapsed.total_seconds() >= 0.2
    assert session.get(f"{url}{STATES}").elapsed.total_seconds() < 0.2


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Fault(kind="rate_limit", retry_after=7), 429),
        (Fault(kind="outage", status=502), 502),
        (Fault(kind="token_revoked"), 401),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
def test_faults_that_are_answers_are_answered(url, fake, session, fault, status):
    fake.add_fault(fault)
    assert session.get(f"{url}{STATES}").status_code == status


def test_a_malformed_answer_is_not_json(url, fake, session):
    fake.add_fault(Fault(kind="malformed"))
    answer = session.get(f"{url}{STATES}")
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "text/html")
    with pytest.raises(requests.exceptions.JSONDecodeError):
        answer.json()


# HTTPS


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def tls(authority, tmp_path_factory):
    folder = tmp_path_factory.mktemp("tls")
    issued = authority.issue_cert("127.0.0.1", "localhost", "cxone.niceincontact.com")
    issued.private_key_pem.write_to_path(folder / "key.pem")
    for pem in issued.cert_chain_pems:
        pem.write_to_path(folder / "cert.pem", append=True)
    authority.cert_pem.write_to_path(folder / "ca.pem")
    return server.Tls(folder / "cert.pem", folder / "key.pem")


@pytest.fixture
def secure(fake, session, tls):
    session.verify = str(tls.cert.with_name("ca.pem"))
    with server.serving(fake, "us", tls=tls) as served:
        yield served.url


def test_it_speaks_https_with_a_certificate(secure, fake, session):
    answer = session.get(f"{secure}{STATES}")
    assert secure.startswith("https://127.0.0.1:")
    assert [row["agentId"] for row in answer.json()] == ["12345"]
    assert fake.journal[-1].request.url == f"{secure}{STATES}"


def test_a_client_that_does_not_know_the_authority_is_told_no_answer(secure, session, caplog):
    session.verify = True
    with pytest.raises(requests.exceptions.SSLError):
        session.get(f"{secure}{STATES}")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_plain_http_gets_nothing_from_https(secure):
    port = int(secure.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request(f"GET {STATES}"))
        assert not connection.recv(65_536).startswith(b"HTTP/")


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("truncated", requests.exceptions.ChunkedEncodingError),
        ("disconnect", requests.exceptions.ConnectionError),
    ],
)
def test_a_connection_is_cut_over_https_too(secure, fake, session, caplog, kind, error):
    fake.add_fault(Fault(kind=kind, times=1))
    with pytest.raises(error):
        session.get(f"{secure}{STATES}")
    assert session.get(f"{secure}{STATES}").status_code == 200
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_the_end_waits_for_no_client_of_https(fake, tls):
    trusting = ssl.create_default_context(cafile=tls.cert.with_name("ca.pem"))
    with ExitStack() as stack:
        serving = stack.enter_context(ExitStack())
        url = serving.enter_context(server.serving(fake, "us", tls=tls)).url
        plain = stack.enter_context(socket.create_connection(("127.0.0.1", int(url.rpartition(":")[2])), timeout=10))
        idle = stack.enter_context(trusting.wrap_socket(plain, server_hostname="127.0.0.1"))
        idle.sendall(request("GET /oauth/token", close=False))
        assert idle.recv(65_536).startswith(b"HTTP/1.1 405 ")
        began = time.monotonic()
        serving.close()
        assert time.monotonic() - began < AT_ONCE


def test_files_that_are_no_certificate_and_key_are_told_before_anything_is_served(tls, tmp_path):
    tls.check()
    with pytest.raises(FileNotFoundError) as missing:
        server.Tls(tls.cert, tmp_path / "none.pem").check()
    assert missing.value.filename == str(tmp_path / "none.pem")
    text = tmp_path / "text.pem"
    text.write_text("no certificate")
    for wrong in (server.Tls(text, tls.key), server.Tls(tls.cert, text), server.Tls(tls.key, tls.cert)):
        with pytest.raises(ssl.SSLError):
            wrong.check()


def test_a_key_of_another_certificate_or_under_a_password_is_refused(authority, tls, tmp_path):
    other = authority.issue_cert("other.test")
    other.private_key_pem.write_to_path(tmp_path / "other.pem")
    key = serialization.load_pem_private_key(tls.key.read_bytes(), None)
    locked = serialization.BestAvailableEncryption(b"word")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "locked.pem").write_bytes(key.private_bytes(*form, locked))
    for name in ("other.pem", "locked.pem"):
        with pytest.raises(ssl.SSLError):
            server.Tls(tls.cert, tmp_path / name).check()


# Mistakes


def test_a_route_that_the_fake_lacks_reaches_the_client_and_the_test(url, fake, session):
    answer = session.get(f"{url}/api/v1/agents")
    (error,) = fake.errors
    assert isinstance(error, UnknownRoute)
    assert (answer.status_code, answer.text) == (500, str(error))
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_an_error_inside_the_fake_reaches_the_client_and_the_test_with_its_cause(session):
    fake = Fake(changes=[lambda *_: Response(status=1 // 0)])
    with server.serving(fake, "us") as served:
        answer = session.get(f"{served.url}{STATES}")
    (error,) = fake.errors
    assert answer.text == f"the fake tenant failed on GET {STATES}: ZeroDivisionError('{error.__cause__}')"
    assert answer.status_code == 500
    assert isinstance(error.__cause__, ZeroDivisionError)


def test_a_server_that_nobody_looks_after_keeps_the_last_mistakes_only(url, fake, session):
    for number in range(105):
        session.get(f"{url}/{number}")
    assert [error.path for error in fake.errors] == [f"/{number}" for number in range(5, 105)]


# Coming and going


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "0.0.0.0"])
def test_it_listens_where_it_is_told(fake, session, host):
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("this machine has no IPv6")
    with server.serving(fake, "us", host=host) as served:
        assert re.fullmatch(r"http://(127\.0\.0\.1|\[::1\]):\d+", served.url)
        assert session.get(f"{served.url}{STATES}").status_code == 200


def test_many_are_served_side_by_side(session):
    with ExitStack() as stack:
        fakes = [Fake() for _ in range(10)]
        urls = [stack.enter_context(server.serving(fake, "us")).url for fake in fakes]
        for url in urls:
            assert session.get(f"{url}{STATES}").status_code == 401
    assert len(set(urls)) == 10
    assert [len(fake.journal) for fake in fakes] == [1] * 10


def test_a_port_may_be_chosen_and_is_free_again_at_once(fake, session):
    with server.serving(fake, "us") as served:
        port = int(served.url.rpartition(":")[2])
        session.get(f"{served.url}{STATES}")
        with pytest.raises(OSError, match="in use"):
            server.listen("127.0.0.1", port)
    with server.serving(fake, "us", port=port) as again:
        assert again == served
        assert session.get(f"{again.url}{STATES}").status_code == 200


def test_it_may_end_before_it_has_begun(fake):
    began = time.monotonic()
    for _ in range(20):
        with server.serving(fake, "us"):
            pass
    assert time.monotonic() - began < AT_ONCE


def test_open_connections_do_not_hold_the_end_up(fake):
    with ExitStack() as stack:
        serving = stack.enter_context(ExitStack())
        url = serving.enter_context(server.serving(fake, "us")).url
        port = int(url.rpartition(":")[2])
        idle = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        half = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))
        half.sendall(b"POST /oauth/token HTTP/1.1\r\nHost: fake\r\nContent-Length: 100\r\n\r\nhalf")
        idle.sendall(request("GET /oauth/token", close=False))
        assert idle.recv(65_536).startswith(b"HTTP/1.1 405 ")
        began = time.monotonic()
        serving.close()
        assert time.monotonic() - began < AT_ONCE
        assert idle.recv(1) == b""


def test_an_answer_under_way_at_the_end_is_dropped_without_a_word(caplog):
    asked = threading.Event()

    def slow(request, forward, _world):
        asked.set()
        return forward(request)

    fake = Fake(changes=[slow])
    fake.add_fault(Fault(kind="latency", seconds=3_600))
    with ExitStack() as stack:
        url = stack.enter_context(server.serving(fake, "us")).url
        address = ("127.0.0.1", int(url.rpartition(":")[2]))
        with socket.create_connection(address, timeout=10) as connection:
            connection.sendall(request(f"GET {STATES}"))
            assert asked.wait(10)
            stack.close()
            assert connection.recv(1) == b""
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


def test_requests_are_not_logged(url, session, caplog):
    caplog.set_level(logging.INFO, "uvicorn.access")
    session.get(f"{url}{STATES}")
    assert not [record for record in caplog.records if record.name == "uvicorn.access"]


def test_the_logging_of_the_process_is_left_as_it_is(fake, session):
    access = logging.getLogger("uvicorn.access")
    before = (access.propagate, access.level, access.handlers[:])
    with server.serving(fake, "us") as served:
        session.get(f"{served.url}{STATES}")
    assert (access.propagate, access.level, access.handlers) == before


# The application without this server


def drive(app, scope, incoming):
    """Call an ASGI application as a server would; return what it sent."""
    sent = []
    messages = iter(incoming)

    async def receive():
        return next(messages)

    async def send(message):
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


SCOPE = {
    "type": "http",
    "method": "GET",
    "scheme": "http",
    "raw_path": STATES.encode(),
    "query_string": b"",
    "headers": [],
}
WHOLE = {"type": "http.request", "body": b"", "more_body": False}
LEFT = {"type": "http.disconnect"}


def test_the_application_runs_under_any_server(fake):
    start, body = drive(FakeApp(fake, "us"), SCOPE, [WHOLE])
    assert start["status"] == 401
    assert json.loads(body["body"])["error"] == "unauthorized"
    assert (b"content-length", b"%d" % len(body["body"])) in start["headers"]


def test_a_client_that_leaves_ends_its_delay(fake):
    fake.add_fault(Fault(kind="latency", seconds=3_600))
    assert drive(FakeApp(fake, "us"), SCOPE, [WHOLE, LEFT]) == []


def test_a_client_that_leaves_before_the_end_of_its_request_has_not_asked(fake):
    half = {"type": "http.request", "body": b"grant", "more_body": True}
    assert drive(FakeApp(fake, "us"), SCOPE, [half, LEFT]) == []
    assert len(fake.journal) == 0


@pytest.mark.parametrize("kind", ["truncated", "disconnect"])
def test_a_server_that_cannot_hang_up_is_told_so(fake, kind):
    fake.add_fault(Fault(kind=kind))
    with pytest.raises(FakeError, match=r"cannot close a connection .* use the cxone_server fixture"):
        drive(FakeApp(fake, "us"), SCOPE, [WHOLE])


def test_it_speaks_http_only(fake):
    with pytest.raises(FakeError, match="speaks HTTP, not 'websocket'"):
        drive(FakeApp(fake, "us"), {"type": "websocket"}, [])
