"""Code on httpx, aiohttp and urllib3: the tenant's requests are ours, all others untouched."""

import asyncio
import gc
import gzip
import importlib
import json
import socket
import subprocess
import sys
import threading
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace

import httpx
import pytest
import requests
import urllib3
import vcr

from pytest_cxone.errors import Unanswerable
from pytest_cxone.model import Headers, Response
from pytest_cxone.tenants import layers
from pytest_cxone.tenants.libraries import patched

try:
    import aiohttp
except ImportError:
    aiohttp = None

TENANT = "https://tenant.example/cxone"
STATES = f"{TENANT}/api/v2/agents/states"
FORM = {"grant_type": "client_credentials", "scope": "a b"}
FORM_BODY = b"grant_type=client_credentials&scope=a+b"


def response(body=b"{}", status=200, **headers):
    fields = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Response(status=status, headers=Headers(fields), body=body)


class Handler:
    """Answers by path, keeps what it was asked and told, and claims what is below its URLs."""

    def __init__(self, answers=None, claimed=(TENANT,)):
        self.answers = {} if answers is None else answers
        self.claimed = claimed
        self.asked = []
        self.noted = []

    def claims(self, url):
        return url.startswith(tuple(self.claimed))

    def answer(self, request):
        self.asked.append(request)
        answer = self.answers.get(request.url, response(b'{"from": "handler"}'))
        if isinstance(answer, Exception):
            raise answer
        return answer

    def note(self, request, response):
        self.noted.append((request, response))


class Through(Handler):
    def answer(self, request):
        self.asked.append(request)


# The libraries, each with one way to ask


def by_httpx(method, url, *, body=None, form=None, document=None, headers=None):
    with httpx.Client(follow_redirects=True, trust_env=False) as client:
        there = client.request(method, url, content=body, data=form, json=document, headers=headers)
    return SimpleNamespace(status=there.status_code, body=there.content, headers=there.headers, url=str(there.url))


def by_httpx_async(method, url, *, body=None, form=None, document=None, headers=None):
    async def ask():
        async with httpx.AsyncClient(follow_redirects=True, trust_env=False) as client:
            return await client.request(method, url, content=body, data=form, json=document, headers=headers)

    there = asyncio.run(ask())
    return SimpleNamespace(status=there.status_code, body=there.content, headers=there.headers, url=str(there.url))


def by_aiohttp(method, url, *, body=None, form=None, document=None, headers=None):
    async def ask():
        async with (
            aiohttp.ClientSession() as session,
            session.request(method, url, data=body if form is None else form, json=document, headers=headers) as there,
        ):
            read = await there.read()
            return SimpleNamespace(status=there.status, body=read, headers=there.headers, url=str(there.url))

    return asyncio.run(ask())


def by_urllib3(method, url, *, body=None, form=None, document=None, headers=None):
    with urllib3.PoolManager() as pool:
        how = {"fields": form, "encode_multipart": False} if form else {"json": document} if document else {}
        there = pool.request(method, url, body=body, headers=headers, **how)
    return SimpleNamespace(status=there.status, body=there.data, headers=there.headers, url=there.url)


WAYS = {
    "httpx": by_httpx,
    "httpx async": by_httpx_async,
    "aiohttp": by_aiohttp,
    "urllib3": by_urllib3,
}


@pytest.fixture(params=WAYS.values(), ids=WAYS)
def ask(request):
    if request.param is by_aiohttp:
        pytest.importorskip("aiohttp")
    return request.param


@pytest.fixture
def offline(monkeypatch):
    """Refuse all sockets, and so prove that none is opened."""

    def refuse(*args):
        raise AssertionError(f"a socket was opened: {args}")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


class _Server(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def answer(self):
        size = int(self.headers.get("Content-Length", 0))
        sent = self.rfile.read(size)
        if self.headers.get("Transfer-Encoding") == "chunked":
            sent = b""
            while size := int(self.rfile.readline(), 16):
                sent += self.rfile.read(size + 2)[:-2]
            self.rfile.readline()
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/new")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        body = json.dumps({"path": self.path, "sent": sent.decode()}).encode()
        self.send_response(204 if self.path == "/nothing" else 200)
        self.send_header("Content-Type", "application/json")
        if self.path == "/packed":
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        if self.path == "/endless":
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"5\r\nfirst\r\n")
            self.wfile.flush()
            self.server.goes_on.wait(10)
            self.wfile.write(b"4\r\nlast\r\n0\r\n\r\n")
            return
        if self.path != "/nothing":
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.path != "/nothing" and self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = answer  # noqa: N815 - http.server's

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    """A real server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Server) as server:
        server.goes_on = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}"
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.goes_on.set()
        server.shutdown()
        thread.join()


# What is claimed is answered


@pytest.mark.usefixtures("offline")
def test_a_claimed_request_is_answered_without_a_socket(ask):
    handler = Handler({f"{STATES}?agentId=1": response(b'[{"agentId": "1"}]', X_Limit="9")})
    with patched(handler):
        there = ask("GET", f"{STATES}?agentId=1", headers={"Authorization": "Bearer x", "X-Mine": "yes"})
    assert (there.status, json.loads(there.body)) == (200, [{"agentId": "1"}])
    assert there.headers["x-limit"] == "9"
    assert there.url.endswith("/api/v2/agents/states?agentId=1")
    (asked,) = handler.asked
    assert (asked.method, asked.url, asked.body) == ("GET", f"{STATES}?agentId=1", b"")
    assert (asked.headers["authorization"], asked.headers["X-Mine"]) == ("Bearer x", "yes")
    assert handler.noted == []


BODIES = {
    "bytes": ({"body": b"\x00\xff"}, b"\x00\xff", None),
    "text": ({"body": "gr\u00fc\u00dfe"}, "gr\u00fc\u00dfe".encode(), None),
    "form": ({"form": FORM}, FORM_BODY, "application/x-www-form-urlencoded"),
    "document": ({"document": {"a": "1"}}, b'{"a":"1"}', "application/json"),
}


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(("sent", "body", "media_type"), BODIES.values(), ids=BODIES)
def test_a_body_arrives_however_it_is_given(ask, sent, body, media_type):
    handler = Handler()
    with patched(handler):
        assert ask("POST", STATES, **sent).status == 200
    (asked,) = handler.asked
    assert asked.body.replace(b": ", b":") == body
    assert media_type in {None, asked.headers.get("Content-Type")}


@pytest.mark.usefixtures("offline")
def test_a_body_in_pieces_arrives_whole(ask):
    def pieces():
        yield b"pie"
        yield b"ces"

    async def pieces_async():
        for piece in pieces():
            yield piece

    handler = Handler()
    with patched(handler):
        ask("POST", STATES, body=pieces_async() if ask in {by_httpx_async, by_aiohttp} else pieces())
    assert handler.asked[0].body == b"pieces"


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(("method", "status"), [("GET", 204), ("HEAD", 200), ("DELETE", 204), ("GET", 304)])
def test_an_answer_may_have_no_body(ask, method, status):
    with patched(Handler({STATES: response(b"", status)})):
        there = ask(method, STATES)
    assert (there.status, there.body) == (status, b"")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize("status", [400, 404, 429, 500, 299, 599])
def test_any_status_is_given_as_it_is(ask, status):
    with patched(Handler({STATES: response(b'{"error": "x"}', status)})):
        there = ask("GET", STATES)
    assert (there.status, json.loads(there.body)) == (status, {"error": "x"})


@pytest.mark.usefixtures("offline")
def test_the_library_follows_redirects(ask):
    moved = response(b"", 302, Location=f"{TENANT}/new")
    handler = Handler({STATES: moved, f"{TENANT}/new": response(b'"new"')})
    with patched(handler):
        assert ask("GET", STATES).body == b'"new"'
    assert [asked.url for asked in handler.asked] == [STATES, f"{TENANT}/new"]


class OnlyHere(Unanswerable):
    pass


@pytest.mark.usefixtures("offline")
def test_what_the_handler_raises_comes_out_unchanged(ask):
    raised = OnlyHere("not recorded")
    with patched(Handler({STATES: raised})), pytest.raises(OnlyHere) as caught:
        ask("GET", STATES)
    assert caught.value is raised


@pytest.mark.usefixtures("offline")
def test_threads_are_answered_alike(ask):
    together = threading.Barrier(6)

    def look(number):
        together.wait(timeout=10)
        return [ask("GET", f"{STATES}?n={number}").body for _ in range(3)]

    answers = {f"{STATES}?n={number}": response(b"%d" % number) for number in range(6)}
    with patched(Handler(answers)), ThreadPoolExecutor(6) as threads:
        assert list(threads.map(look, range(6))) == [[b"%d" % number] * 3 for number in range(6)]


# What is let through is noted


def test_what_is_let_through_is_noted(ask, server):
    handler = Through(claimed=(server.url,))
    with patched(handler):
        there = ask("POST", f"{server.url}/x?page=1", form=FORM)
    ((request, answer),) = handler.noted
    assert json.loads(there.body) == {"path": "/x?page=1", "sent": FORM_BODY.decode()}
    assert (request.method, request.url, request.body) == ("POST", f"{server.url}/x?page=1", FORM_BODY)
    assert (answer.status, answer.body, answer.media_type) == (200, there.body, "application/json")
    assert len(handler.asked) == 1


@pytest.mark.parametrize("path", ["/nothing", "/packed"])
def test_what_is_noted_is_what_came_uncompressed(ask, server, path):
    handler = Through(claimed=(server.url,))
    with patched(handler):
        ask("GET", server.url + path, headers={"Accept-Encoding": "gzip"})
    ((_, answer),) = handler.noted
    assert (answer.status, answer.body) in [(204, b""), (200, b'{"path": "/packed", "sent": ""}')]


def test_threads_are_let_through_and_noted_alike(ask, server):
    together = threading.Barrier(6)

    def look(number):
        together.wait(timeout=10)
        for _ in range(5):
            assert ask("GET", f"{server.url}/{number}").status == 200

    handler = Through(claimed=(server.url,))
    with patched(handler), ThreadPoolExecutor(6) as threads:
        list(threads.map(look, range(6)))
    noted = Counter(request.url for request, _ in handler.noted)
    assert noted == {f"{server.url}/{number}": 5 for number in range(6)}


def test_a_redirect_to_elsewhere_is_noted_so_far(ask, server):
    handler = Through(claimed=(f"{server.url}/moved",))
    with patched(handler):
        assert json.loads(ask("GET", f"{server.url}/moved").body)["path"] == "/new"
    assert [request.url for request, _ in handler.noted] == [f"{server.url}/moved"]


def test_each_step_of_a_redirect_is_noted(ask, server):
    handler = Through(claimed=(server.url,))
    with patched(handler):
        assert json.loads(ask("GET", f"{server.url}/moved").body)["path"] == "/new"
    assert [(request.url, answer.status) for request, answer in handler.noted] == [
        (f"{server.url}/moved", 302),
        (f"{server.url}/new", 200),
    ]


# What is not claimed is untouched


def test_what_is_not_claimed_goes_its_own_way(ask, server):
    handler = Handler()
    with patched(handler):
        there = ask("POST", f"{server.url}/x", document={"a": 1})
    assert json.loads(there.body)["path"] == "/x"
    assert (handler.asked, handler.noted) == ([], [])


def test_below_one_host_only_a_path_may_be_claimed(ask, server):
    with patched(Handler(claimed=(f"{server.url}/cxone",))):
        assert json.loads(ask("GET", f"{server.url}/cxone/x").body) == {"from": "handler"}
        assert json.loads(ask("GET", f"{server.url}/other").body)["path"] == "/other"


def test_what_others_stream_is_not_waited_for(server):
    with patched(Handler()):
        with httpx.stream("GET", f"{server.url}/endless", trust_env=False) as there:
            assert next(there.iter_bytes()) == b"first"
        there = urllib3.PoolManager().request("GET", f"{server.url}/endless", preload_content=False)
        assert next(there.stream()) == b"first"
        there.close()


@pytest.mark.parametrize("order", ["around", "inside"])
def test_a_users_cassette_records_and_replays_what_is_its_own(ask, server, tmp_path, order):
    cassette = str(tmp_path / "theirs.yaml")
    for played in (0, 1):
        theirs = vcr.use_cassette(cassette, ignore_hosts=["tenant.example"])
        if order == "around":
            with theirs as tape, patched(Handler()):
                assert json.loads(ask("GET", STATES).body) == {"from": "handler"}
                assert json.loads(ask("GET", f"{server.url}/x").body)["path"] == "/x"
        else:
            with patched(Handler()), theirs as tape:
                assert json.loads(ask("GET", f"{server.url}/x").body)["path"] == "/x"
        assert tape.play_count == played
        assert [request.uri for request in tape.requests] == [f"{server.url}/x"]


@pytest.mark.parametrize("order", ["around", "inside"])
def test_a_users_replaced_transport_keeps_what_is_its_own(monkeypatch, order):
    def theirs(*_):
        return httpx.Response(200, json="theirs")

    if order == "around":
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", theirs)
    with patched(Handler()):
        if order == "inside":
            monkeypatch.setattr(httpx.HTTPTransport, "handle_request", theirs)
        assert httpx.get("https://elsewhere.example", trust_env=False).json() == "theirs"
        if order == "around":
            assert httpx.get(STATES, trust_env=False).json() == {"from": "handler"}


def test_a_mock_that_outlives_the_block_does_no_harm(monkeypatch, server):
    handler = Handler(claimed=(TENANT, f"{server.url}/claimed"))
    with patched(handler):
        monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lambda *_: httpx.Response(200))
    # What is put back is ours.
    monkeypatch.undo()
    for _ in range(2):
        assert json.loads(by_httpx("GET", f"{server.url}/claimed").body)["path"] == "/claimed"
        with monkeypatch.context() as around:
            around.setattr(httpx.HTTPTransport, "handle_request", lambda *_: httpx.Response(200, json="theirs"))
            with patched(handler):
                assert by_httpx("GET", f"{server.url}/x").body == b'"theirs"'
        with patched(handler):
            assert json.loads(by_httpx("GET", STATES).body) == {"from": "handler"}
            assert json.loads(by_httpx("GET", f"{server.url}/x").body)["path"] == "/x"


def test_requests_goes_through_urllib3(server):
    with patched(Handler()), requests.Session() as session:
        session.trust_env = False
        assert session.get(f"{server.url}/x").json()["path"] == "/x"
        assert session.get(STATES).json() == {"from": "handler"}


# One block inside another, and one after another


@pytest.mark.usefixtures("offline")
def test_the_inner_block_is_asked_first_and_then_the_outer_one_again(ask):
    outer = Handler({STATES: response(b'"outer"')}, claimed=(TENANT, "https://outer.example"))
    inner = Handler({STATES: response(b'"inner"')})
    with patched(outer):
        assert ask("GET", STATES).body == b'"outer"'
        with patched(inner):
            assert ask("GET", STATES).body == b'"inner"'
            assert json.loads(ask("GET", "https://outer.example/x").body) == {"from": "handler"}
        assert ask("GET", STATES).body == b'"outer"'
    assert [len(outer.asked), len(inner.asked)] == [3, 1]


def patched_places():
    from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

    return [
        httpx.HTTPTransport.handle_request,
        httpx.AsyncHTTPTransport.handle_async_request,
        HTTPConnectionPool.ConnectionCls,
        HTTPConnectionPool._get_conn,
        HTTPSConnectionPool.ConnectionCls,
        "_get_conn" in vars(HTTPSConnectionPool),
        aiohttp and aiohttp.ClientSession._request,
    ]


def test_nothing_is_left_behind():
    before = patched_places()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), patched(Handler()):  # noqa: PT012
            assert patched_places() != before
            1 / 0  # noqa: B018
        assert patched_places() == before


@pytest.mark.usefixtures("offline")
def test_a_pool_and_a_client_live_on_from_block_to_block():
    pool, client = urllib3.PoolManager(), httpx.Client(trust_env=False)
    for number in range(3):
        with patched(Handler({STATES: response(b"%d" % number)})):
            for _ in range(2):
                assert pool.request("GET", STATES).data == b"%d" % number
                assert client.get(STATES).content == b"%d" % number
    with pytest.raises(AssertionError, match="a socket was opened"):
        pool.request("GET", STATES, retries=False)
    client.close()


def test_a_pool_that_was_connected_before_is_caught_too(server):
    pool = urllib3.PoolManager()
    assert pool.request("GET", f"{server.url}/x").status == 200
    with patched(Handler(claimed=(server.url,))):
        assert pool.request("GET", f"{server.url}/x").json() == {"from": "handler"}
    assert pool.request("GET", f"{server.url}/x").json()["path"] == "/x"


def test_connection_classes_are_what_they_were_for_who_makes_subclasses_of_them():
    before = urllib3.connection.HTTPConnection
    with patched(Handler()):
        assert urllib3.connection.HTTPConnection is before


@pytest.mark.usefixtures("offline")
def test_nothing_is_held_on_to():
    with patched(Handler()):
        pool = urllib3.HTTPSConnectionPool("tenant.example")
        pool.urlopen("GET", "/cxone/x")
    gone = weakref.ref(pool)
    del pool
    gc.collect()
    assert gone() is None


def test_patches_are_built_once():
    with patched(Handler()):
        pass
    free = list(layers._free)
    for _ in range(3):
        with patched(Handler()):
            assert len(layers._free) == len(free) - 1
        assert layers._free == free


@pytest.mark.usefixtures("offline")
def test_a_library_that_is_imported_anew_is_patched_anew(monkeypatch):
    with patched(Handler()):
        pass
    for name in [name for name in sys.modules if name.partition(".")[0] == "httpx"]:
        monkeypatch.delitem(sys.modules, name)
    anew = importlib.import_module("httpx")
    assert anew is not httpx
    with patched(Handler()):
        assert anew.get(STATES, trust_env=False).json() == {"from": "handler"}


def test_importing_the_module_does_not_import_vcrpy():
    code = "import sys, pytest_cxone.tenants.libraries as it; print(sorted({'vcr', 'httpx', 'aiohttp'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


# What is special to a library


@pytest.mark.usefixtures("offline")
def test_urllib3_streams_and_gives_connections_back():
    with patched(Handler({STATES: response(b"abcdef")})):
        pool = urllib3.HTTPSConnectionPool("tenant.example", maxsize=1, block=True)
        for _ in range(3):
            there = pool.urlopen("GET", "/cxone/api/v2/agents/states", preload_content=False)
            assert b"".join(there.stream(4)) == b"abcdef"
            there.release_conn()


@pytest.mark.usefixtures("offline")
def test_urllib3_retries_as_it_would():
    handler = Handler({STATES: response(b"", 429, Retry_After="0")})
    retry = urllib3.Retry(2, status_forcelist=[429], raise_on_status=False)
    with patched(handler):
        assert urllib3.PoolManager(retries=retry).request("GET", STATES).status == 429
    assert len(handler.asked) == 3


@pytest.mark.usefixtures("offline")
def test_httpx_streams():
    with patched(Handler({STATES: response(b"ab\ncd")})), httpx.stream("GET", STATES, trust_env=False) as there:
        assert list(there.iter_lines()) == ["ab", "cd"]


@pytest.mark.usefixtures("offline")
def test_aiohttp_knows_its_base_url_its_parameters_and_its_session():
    pytest.importorskip("aiohttp")

    async def ask():
        async with (
            aiohttp.ClientSession(f"{TENANT}/", headers={"X-Session": "yes"}) as session,
            session.get("api/v2/agents/states", params={"agentId": "1"}) as there,
        ):
            return await there.json(), [line async for line in there.content]

    handler = Handler()
    with patched(handler):
        assert asyncio.run(ask()) == ({"from": "handler"}, [b'{"from": "handler"}'])
    (asked,) = handler.asked
    assert (asked.url, asked.headers["X-Session"]) == (f"{STATES}?agentId=1", "yes")


@pytest.mark.parametrize(
    "sent", [{"data": FORM}, {"data": [*FORM.items()]}, {"json": FORM}], ids=["form", "pairs", "json"]
)
def test_aiohttp_sends_the_same_with_a_base_url(server, sent):
    pytest.importorskip("aiohttp")

    async def ask():
        async with aiohttp.ClientSession(server.url) as session, session.post("/x", **sent) as there:
            return await there.json()

    bare = asyncio.run(ask())
    handler = Through(claimed=(server.url,))
    with patched(handler):
        assert asyncio.run(ask()) == bare
    assert handler.noted[0][0].body == bare["sent"].encode()


@pytest.mark.usefixtures("offline")
def test_aiohttp_raises_for_status_as_it_would():
    pytest.importorskip("aiohttp")

    async def ask():
        async with aiohttp.ClientSession(raise_for_status=True) as session, session.get(STATES):
            pass

    with patched(Handler({STATES: response(b"", 500)})), pytest.raises(aiohttp.ClientResponseError, match="500"):
        asyncio.run(ask())


@pytest.mark.usefixtures("offline")
def test_a_redirect_of_aiohttps_to_elsewhere_is_refused():
    pytest.importorskip("aiohttp")
    moved = response(b"", 302, Location="https://elsewhere.example/x")
    with patched(Handler({STATES: moved})), pytest.raises(Unanswerable, match=r"leads to https://elsewhere\.example/x"):
        by_aiohttp("GET", STATES)
