"""The patches are laid once there is code that needs them. Each test has a process of its own, without a network."""

import importlib.util
import subprocess
import sys
import textwrap

import pytest

needs_aiohttp = pytest.mark.skipif(importlib.util.find_spec("aiohttp") is None, reason="aiohttp is not installed")

PRELUDE = """
import asyncio, contextlib, gc, importlib.util, json, socket, sys, threading, time
from types import ModuleType

import requests, urllib3

from pytest_cxone.model import Headers, Response
from pytest_cxone.tenants.libraries import patched

STATES = "https://tenant.example/cxone/states"
LIBRARIES = {"aiohttp", "httpx", "httpx2", "vcr"}
Pool = urllib3.HTTPConnectionPool

def refuse(*_):
    raise OSError("the network was asked")

socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse

class Handler:
    def __init__(self, name="handler", claimed="https://tenant.example/cxone/"):
        self.name, self.claimed, self.asked = name, claimed, []

    def claims(self, url):
        return url.startswith(self.claimed)

    def answer(self, request):
        self.asked.append(request.url)
        return Response(status=200, headers=Headers({"Content-Type": "application/json"}), body=self.name.encode())

    def note(self, request, response):
        raise AssertionError("let through")

def imported():
    return LIBRARIES & set(sys.modules)

def copies(name):
    gc.collect()
    return sum(isinstance(it, ModuleType) and vars(it).get("__name__") == name for it in gc.get_objects())

def by_urllib3(url=STATES):
    return urllib3.PoolManager(retries=False).request("GET", url).data.decode()

def by_httpx(url=STATES):
    import httpx
    return httpx.get(url, trust_env=False).text

def by_client(url=STATES):
    from httpx import Client
    with Client(trust_env=False) as client:
        return client.get(url).text

def by_submodule(url=STATES):
    from httpx._transports.default import HTTPTransport
    from httpx import Request
    return HTTPTransport(trust_env=False).handle_request(Request("GET", url)).read().decode()

def by_aiohttp(url=STATES):
    from aiohttp import ClientSession
    async def ask():
        async with ClientSession() as session, session.get(url) as there:
            return await there.text()
    return asyncio.run(ask())

def fails(ask, *args):
    try:
        ask(*args)
    except Exception as error:
        return "the network was asked" in str(error) or "Cannot connect" in str(error) or repr(error)
    return False

class Slow:
    # Calls `before` with the name of each of the libraries' modules as it is about to be executed, and created.
    def __init__(self, before):
        self.before = before
        sys.meta_path.insert(0, self)

    def find_spec(self, name, path, target=None):
        spec = next(filter(None, (it.find_spec(name, path, target) for it in sys.meta_path if it is not self)), None)
        if name.partition(".")[0] in LIBRARIES and spec is not None and spec.origin.endswith(".py"):
            load = spec.loader.exec_module
            spec.loader.exec_module = lambda module: (self.before(name), load(module))
            spec.loader.create_module = lambda _: self.before(f"create {name}")
        return spec

def together(*asks):
    # In threads, each of which must come to an end.
    told = {}
    def run(ask):
        try:
            told[ask.__name__] = ask()
        except BaseException as error:
            told[ask.__name__] = repr(error)
    threads = [threading.Thread(target=run, args=[ask], daemon=True) for ask in asks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(15)
        assert not thread.is_alive(), "a thread waits for ever"
    return told

URLOPEN, META_PATH = Pool.urlopen, list(sys.meta_path)

def as_before():
    return Pool.urlopen is URLOPEN and sys.meta_path == META_PATH

assert not imported()
"""


@pytest.fixture
def alone(tmp_path):
    """Return what runs code in a process of its own."""

    def run(code):
        code = PRELUDE + textwrap.dedent(code) + "\nprint('done')\n"
        result = subprocess.run(
            [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
        )
        assert not result.stderr, result.stderr[-2_000:]
        assert result.stdout == "done\n"

    return run


def test_code_on_requests_needs_none_of_it(alone):
    alone("""
    for _ in range(2):
        handler = Handler()
        with patched(handler):
            assert not as_before()
            # Claimed or not, what nobody executes is not needed.
            assert importlib.util.find_spec("httpx").loader.get_filename("httpx").endswith(".py")
            assert fails(requests.get, "http://elsewhere.example/x?to=https://tenant.example/cxone/") is True
            assert fails(by_urllib3, "https://tenant.example/other") is True
        assert as_before() and not imported() and not handler.asked

    try:
        with patched(Handler()):
            1 / 0
    except ZeroDivisionError:
        pass
    assert as_before() and not imported()

    # What mocks the pools in the block may outlive it.
    with patched(Handler()):
        ours = Pool.urlopen
        Pool.urlopen = theirs = lambda *args, **kwargs: ours(*args, **kwargs)
    assert Pool.urlopen is theirs and fails(by_urllib3) is True
    with patched(Handler()):
        assert by_urllib3(f"{STATES}?next=https://elsewhere.example/") == "handler"
    assert Pool.urlopen is theirs and fails(by_urllib3) is True
    Pool.urlopen = ours
    with patched(Handler()):
        assert by_urllib3() == "handler"
    assert fails(by_urllib3) is True
    """)


@pytest.mark.parametrize(
    "way", ["urllib3", "httpx", "client", "submodule", pytest.param("aiohttp", marks=needs_aiohttp)]
)
def test_the_first_use_in_a_block_is_answered(alone, way):
    alone(f"""
    ask, way = by_{way}, {way!r}
    handler = Handler()
    with patched(handler):
        assert not imported()
        assert ask() == "handler"
        # All is laid by now, and nothing is watched for.
        assert as_before() and "vcr" in imported()
        assert handler.asked == [STATES]
        by_urllib3(), by_httpx()
        assert len(handler.asked) == 3
    assert as_before() and fails(ask) is True
    for name in imported():
        module = sys.modules[name]
        assert copies(name) == 1
        assert type(module.__loader__).__module__ == "_frozen_importlib_external", module.__loader__
        assert module.__spec__.loader is module.__loader__
    # And the next block has it from the start.
    again = Handler("again")
    with patched(again):
        assert ask() == by_httpx() == by_urllib3() == "again"
    assert as_before() and fails(ask) is True and len(handler.asked) == 3
    """)


@pytest.mark.parametrize("way", ["urllib3", "httpx"])
def test_what_is_laid_late_is_laid_for_all_blocks_in_their_order(alone, way):
    alone(f"""
    outer, inner = Handler("outer", "https://"), Handler("inner")
    with patched(Handler("outermost", "http")), patched(outer):
        with patched(inner):
            assert not imported()
            assert by_{way}() == "inner"
            for ask in (by_httpx, by_urllib3):
                assert ask() == "inner"
                assert ask("https://elsewhere.example/") == "outer"
                assert ask("http://elsewhere.example/") == "outermost"
        with patched(Handler("late")):
            assert by_httpx() == by_urllib3() == "late"
        assert by_httpx() == by_urllib3() == "outer"
    assert as_before() and fails(by_httpx) is True and fails(by_urllib3) is True
    """)


def test_what_is_laid_after_an_inner_block_is_laid_for_the_outer_one_alone(alone):
    alone("""
    with patched(Handler("outer")):
        inner = Handler("inner")
        with patched(inner):
            pass
        assert not as_before() and not imported()
        assert by_httpx() == "outer"
        assert not inner.asked
    assert as_before() and fails(by_httpx) is True
    """)


@needs_aiohttp
def test_threads_that_import_at_once_wait_for_the_patches_and_not_for_one_another(alone):
    alone("""
    # Each is being executed as the other one begins.
    both = threading.Barrier(2)
    begun = threading.Event()

    def begin(name):
        if name in {"aiohttp", "httpx"}:
            begun.set()
            both.wait(10)

    Slow(begin)
    META_PATH = list(sys.meta_path)

    def by_cassette():
        assert begun.wait(10)
        import vcr
        return vcr.use_cassette and "handler"

    with patched(Handler()):
        told = together(by_aiohttp, by_httpx, by_urllib3, by_cassette)
        assert told == dict.fromkeys(["by_aiohttp", "by_httpx", "by_urllib3", "by_cassette"], "handler"), told
    assert as_before()
    """)


@pytest.mark.parametrize(
    ("first", "when"),
    [
        ("by_urllib3", "vcr.cassette"),
        ("by_httpx", "vcr.cassette"),
        ("by_cassette", "vcr"),
        ("by_cassette", "create vcr"),
    ],
)
def test_a_library_is_not_there_before_its_patches_are(alone, first, when):
    alone(f"""
    begun = threading.Event()
    asking = [threading.Event(), threading.Event()]

    def begin(name):
        if name == {when!r}:
            begun.set()
            # Until the others are about to ask.
            assert all(other.wait(10) for other in asking)

    Slow(begin)
    META_PATH = list(sys.meta_path)

    def by_cassette():
        import vcr
        return by_urllib3()

    def late():
        assert begun.wait(10)
        asking[0].set()
        return by_httpx()

    def later():
        assert begun.wait(10)
        asking[1].set()
        return by_urllib3()

    with patched(Handler()):
        assert set(together({first}, late, later).values()) == {{"handler"}}
    assert as_before() and fails(by_httpx) is True
    """)


def test_a_block_may_end_while_a_thread_imports(alone):
    alone("""
    begun, ended = threading.Event(), threading.Event()

    def begin(name):
        if name == "httpx":
            begun.set()
            assert ended.wait(10)

    Slow(begin)
    META_PATH = list(sys.meta_path)
    told = {}
    thread = threading.Thread(target=lambda: told.update(fails=fails(by_httpx)))
    with patched(Handler()):
        thread.start()
        assert begun.wait(10)
    ended.set()
    thread.join(10)
    assert told == {"fails": True} and as_before() and imported() == {"httpx"}
    """)


def test_an_import_that_fails_leaves_all_as_it_was(alone, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "httpx.py").write_text("import urllib3\nraise ImportError('not today')", "utf-8")
    (tmp_path / "broken" / "httpx2.py").write_text("import httpx\nraise ImportError('nor this')", "utf-8")
    alone("""
    def attempt(name):
        try:
            __import__(name)
        except ImportError as error:
            return str(error)

    with patched(Handler()):
        sys.path.insert(0, "broken")
        assert [attempt("httpx"), attempt("httpx"), attempt("httpx2")] == ["not today"] * 3
        assert not imported() and not as_before()
        sys.path.remove("broken")
        importlib.invalidate_caches()
        sys.path.append("broken")
        # One library is there now, though the one that imported it is not.
        assert attempt("httpx2") == "nor this"
        assert "vcr" in imported() and as_before()
        assert by_httpx() == by_urllib3() == "handler"
        assert copies("httpx") == 1
    assert as_before() and fails(by_httpx) is True
    """)


def test_patches_go_below_a_cassette_of_the_users(alone, tmp_path):
    interaction = {
        "request": {"method": "GET", "uri": "https://elsewhere.example/x", "body": None, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "theirs"}},
    }
    (tmp_path / "theirs.json").write_text(
        __import__("json").dumps({"version": 1, "interactions": [interaction]}), "utf-8"
    )
    alone("""
    elsewhere = "https://elsewhere.example/x"
    handler = Handler()
    with patched(handler):
        import vcr
        assert as_before()
        for ask in (by_httpx, by_urllib3):
            with vcr.use_cassette("theirs.json", serializer="json", record_mode="none") as tape:
                assert ask(elsewhere) == "theirs"
                assert tape.play_count == 1
            assert ask() == "handler"
            assert fails(ask, elsewhere) is True
    assert as_before() and fails(by_httpx) is True
    with vcr.use_cassette("theirs.json", serializer="json", record_mode="none"):
        assert by_httpx(elsewhere) == "theirs"
    """)
