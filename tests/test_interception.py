"""The fake in process: caught wherever a session was made, and nobody else's requests are touched."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
import responses
import urllib3
import vcr
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from pytest_cxone.errors import FakeError, UnknownRoute
from pytest_cxone.model import Response
from pytest_cxone.settings import resolve
from pytest_cxone.states import AgentOnline
from pytest_cxone.tenants.fake import FakeTenant

PLATFORM = "https://platform.nicecxone.com"
STATES = f"{PLATFORM}/api/v2/agents/states"
ELSEWHERE = "https://elsewhere.example/x"
EARLY = requests.Session()
GET_ADAPTER = requests.Session.get_adapter


def tenant_of(**command_line):
    return FakeTenant(resolve({name: str(value) for name, value in command_line.items()}, {}, {}))


@pytest.fixture
def tenant():
    with tenant_of() as tenant:
        tenant.provide(AgentOnline("12345"))
        yield tenant


def token_from(tenant):
    form = {"grant_type": "client_credentials", "client_id": tenant.settings.client_id}
    form["client_secret"] = tenant.settings.client_secret.reveal()
    return requests.post(tenant.settings.auth_url, data=form, timeout=5).json()["access_token"]


def bearer(tenant):
    return {"Authorization": f"Bearer {token_from(tenant)}"}


@pytest.fixture
def headers(tenant):
    return bearer(tenant)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "9")
        self.end_headers()
        self.wfile.write(b"over HTTP")

    def log_message(self, *_):
        pass


@pytest.fixture
def loopback():
    """The URL of a real server on this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def direct():
    session = requests.Session()
    session.trust_env = False
    return session


# Whichever way a request is made


class Marked(requests.Session):
    def request(self, *args, **kwargs):
        kwargs["headers"] = {**kwargs.get("headers", {}), "X-Marked": "yes"}
        return super().request(*args, **kwargs)


def by_generator(url, **kwargs):
    prepared = EARLY.prepare_request(requests.Request("GET", url, **kwargs))
    return EARLY.send(prepared)


WAYS = {
    "module": requests.get,
    "session made before": EARLY.get,
    "session made now": lambda url, **kwargs: requests.Session().get(url, **kwargs),
    "subclass": lambda url, **kwargs: Marked().get(url, **kwargs),
    "prepared": by_generator,
}


@pytest.mark.parametrize("get", WAYS.values(), ids=WAYS)
def test_the_fake_answers_however_it_is_asked(tenant, headers, get):
    answer = get(STATES, params={"agentId": "12345"}, headers=headers)
    assert [row["agentId"] for row in answer.json()] == ["12345"]
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.url == f"{STATES}?agentId=12345"
    assert answer.request.headers["Authorization"] == headers["Authorization"]
    assert tenant.journal[-1].request.url.endswith("?agentId=12345")


def test_what_a_subclass_does_it_still_does(tenant, headers):
    Marked().get(STATES, headers=headers)
    assert tenant.journal[-1].request.headers["X-Marked"] == "yes"


class Adapter(HTTPAdapter):
    """A user's adapter, as found in many code bases: it adds a timeout and a header."""

    def __init__(self, timeout):
        self.timeout = timeout
        super().__init__()

    def send(self, request, **kwargs):
        kwargs["timeout"] = self.timeout
        request.headers["X-Adapter"] = "yes"
        response = super().send(request, **kwargs)
        response.seen_by = self.timeout
        return response


class Outer(Adapter):
    def send(self, request, **kwargs):
        request.headers["X-Outer"] = "yes"
        return super().send(request, **kwargs)


@pytest.mark.parametrize("kind", [Adapter, Outer])
def test_a_users_adapter_does_its_part(tenant, headers, kind):
    session = requests.Session()
    session.mount("https://", kind(timeout=3))
    answer = session.get(STATES, headers=headers)
    assert (answer.status_code, answer.seen_by) == (200, 3)
    assert answer.connection.timeout == 3
    sent = tenant.journal[-1].request.headers
    assert sent["X-Adapter"] == "yes"
    assert ("X-Outer" in sent) is (kind is Outer)


def test_a_users_adapters_timeout_is_the_one_that_counts(tenant, headers):
    session = requests.Session()
    session.mount("https://", Adapter(timeout=3))
    tenant.fault("latency", seconds=5)
    with pytest.raises(requests.exceptions.ReadTimeout, match=r"read timeout=3\)"):
        session.get(STATES, headers=headers)


@pytest.mark.parametrize(("strikes", "status", "requests_"), [(2, 200, 3), (9, 429, 4)], ids=["in time", "given up"])
def test_a_users_retries_are_made(tenant, headers, strikes, status, requests_):
    retry = Retry(total=3, status_forcelist=[429], backoff_factor=0, raise_on_status=False)
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=retry))
    tenant.fault("rate_limit", times=strikes)
    asked = len(tenant.journal)
    assert session.get(STATES, headers=headers).status_code == status
    assert len(tenant.journal) - asked == requests_


def test_retries_that_raise_raise_as_they_would(tenant, headers):
    session = requests.Session()
    session.mount("https://", HTTPAdapter(max_retries=Retry(total=1, status_forcelist=[429])))
    tenant.fault("rate_limit")
    with pytest.raises(requests.exceptions.RetryError):
        session.get(STATES, headers=headers)


def test_an_adapter_that_is_no_http_adapter_gives_way_to_the_fake(tenant, headers):
    class Bare(requests.adapters.BaseAdapter):
        def send(self, *_, **__):
            raise AssertionError("the fake was not asked")

        def close(self):
            pass

    session = requests.Session()
    session.mount("https://", Bare())
    assert session.get(STATES, headers=headers).status_code == 200


# Where the fake is


@pytest.mark.parametrize(
    "url", [f"{PLATFORM}:443/api/v2/agents/states", "HTTPS://PLATFORM.nicecxone.com/api/v2/agents/states"]
)
def test_the_host_may_be_written_otherwise(tenant, headers, url):
    assert requests.get(url, headers=headers, timeout=5).status_code == 200


def test_another_regions_host_is_another_world(tenant, headers):
    eu = STATES.replace("nicecxone", "nicecxone-eu")
    assert requests.get(eu, headers=headers, timeout=5).status_code == 401
    there = bearer(tenant.in_region("eu"))
    assert requests.get(eu, headers=there, timeout=5).json() == []
    assert len(requests.get(STATES, headers=headers, timeout=5).json()) == 1


@pytest.mark.parametrize("base_url", ["https://sandbox.example", "https://proxy.example:8443/cxone/v9"])
def test_a_configured_host_is_the_fakes_as_well(base_url):
    with tenant_of(base_url=base_url) as tenant:
        tenant.provide(AgentOnline("1"))
        headers = bearer(tenant)
        for url in (f"{base_url}/api/v2/agents/states", STATES):
            rows = requests.get(url, params={"agentId": "1"}, headers=headers, timeout=5).json()
            assert [row["agentId"] for row in rows] == ["1"]
        with tenant.client() as client:
            assert client.agent_state("1").agent_id == "1"
        assert tenant.journal[-1].request.target.path == "/api/v2/agents/states"


def test_what_is_beside_a_configured_prefix_goes_elsewhere():
    with tenant_of(base_url="https://proxy.example/cxone"), responses.RequestsMock() as mock:
        mock.get("https://proxy.example/other", body="theirs")
        assert requests.get("https://proxy.example/other", timeout=5).text == "theirs"


def test_a_route_that_the_api_does_not_have_is_the_tests_mistake(tenant):
    with pytest.raises(UnknownRoute, match="the fake tenant has no GET /api/v3/agents"):
        requests.get(f"{PLATFORM}/api/v3/agents", timeout=5)
    assert [error.path for error in tenant.take_errors()] == ["/api/v3/agents"]
    assert tenant.take_errors() == []


# Whoever else is there


def mocked(mock):
    mock.get(ELSEWHERE, body="theirs")
    return mock


@pytest.mark.parametrize("order", ["before", "after"])
def test_a_users_mock_keeps_what_is_its_own(order):
    with ExitStack() as opened:
        if order == "before":
            mock = mocked(opened.enter_context(responses.RequestsMock()))
        tenant = opened.enter_context(tenant_of())
        if order == "after":
            mock = mocked(opened.enter_context(responses.RequestsMock()))
        assert requests.get(STATES, headers=bearer(tenant), timeout=5).status_code == 200
        assert requests.get(ELSEWHERE, timeout=5).text == "theirs"
        assert EARLY.get(ELSEWHERE).text == "theirs"
        assert [call.request.url for call in mock.calls] == [ELSEWHERE, ELSEWHERE]


def test_a_users_mock_that_ends_first_may_have_begun_first():
    mock, fake = mocked(responses.RequestsMock()), tenant_of()
    mock.start()
    with fake as tenant:
        headers = bearer(tenant)
        assert requests.get(ELSEWHERE, timeout=5).text == "theirs"
        mock.stop()
        assert requests.get(STATES, headers=headers, timeout=5).status_code == 200
    assert requests.Session.get_adapter is GET_ADAPTER


@responses.activate
def test_the_default_mock_around_a_test_keeps_what_is_its_own():
    responses.get(ELSEWHERE, body="theirs")
    with tenant_of() as tenant:
        assert requests.get(ELSEWHERE, timeout=5).text == "theirs"
        assert requests.get(STATES, headers=bearer(tenant), timeout=5).status_code == 200
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(STATES, timeout=5)


def test_a_mock_that_claims_everything_does_not_get_the_tenants(tenant, headers):
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.get(STATES, body="theirs")
        assert requests.get(STATES, headers=headers, timeout=5).json()


@pytest.mark.usefixtures("tenant")
def test_a_server_on_this_machine_is_reached(loopback):
    with direct() as session:
        assert session.get(loopback).text == "over HTTP"


@pytest.mark.parametrize("order", ["around", "inside"])
def test_a_users_cassette_records_and_replays_what_is_its_own(tmp_path, loopback, order):
    cassette = str(tmp_path / "theirs.yaml")
    for played in (0, 1):
        with ExitStack() as opened:
            if order == "around":
                theirs = opened.enter_context(vcr.use_cassette(cassette))
            tenant = opened.enter_context(tenant_of())
            if order == "inside":
                theirs = opened.enter_context(vcr.use_cassette(cassette))
            with direct() as session:
                assert session.get(loopback).text == "over HTTP"
                assert session.get(STATES, headers=bearer(tenant)).status_code == 200
            assert theirs.play_count == played
            assert [request.uri for request in theirs.requests] == [loopback]


# Beginning and end


def test_nothing_is_left_behind():
    with tenant_of():
        assert requests.Session.get_adapter is not GET_ADAPTER
    assert requests.Session.get_adapter is GET_ADAPTER
    with pytest.raises(ZeroDivisionError), tenant_of():
        1 / 0  # noqa: B018
    assert requests.Session.get_adapter is GET_ADAPTER


def test_a_session_is_as_before_afterwards():
    session = requests.Session()
    adapter = session.adapters["https://"]
    with tenant_of() as tenant:
        assert session.get(STATES, headers=bearer(tenant)).status_code == 200
    assert session.get_adapter(STATES) is adapter
    assert type(adapter) is HTTPAdapter


@pytest.mark.parametrize("adapter", [HTTPAdapter, lambda: Adapter(timeout=3)], ids=["plain", "user's"])
def test_tenants_may_be_nested_and_the_inner_one_answers(adapter):
    session = requests.Session()
    session.mount("https://", adapter())
    with tenant_of() as outer:
        asked = len(outer.journal)
        with tenant_of() as inner:
            inner.provide(AgentOnline("1"))
            assert len(session.get(STATES, headers=bearer(inner)).json()) == 1
        assert len(outer.journal) == asked
        assert session.get(STATES, headers=bearer(outer)).json() == []
    assert requests.Session.get_adapter is GET_ADAPTER


def test_tenants_may_be_had_one_after_another():
    for _ in range(3):
        with tenant_of() as tenant:
            assert requests.get(STATES, headers=bearer(tenant), timeout=5).json() == []


# The way of an answer


def test_an_answer_can_be_streamed(tenant, headers):
    with requests.get(STATES, headers=headers, stream=True, timeout=5) as answer:
        assert b"".join(answer.iter_content(7)).startswith(b'[{"agentId":"12345"')
    with requests.get(STATES, headers=headers, stream=True, timeout=5) as answer:
        assert next(answer.iter_lines()).startswith(b'[{"agentId":"12345"')


@pytest.mark.parametrize(
    ("timeout", "patience"),
    [(3, 3), ((1, 3), 3), (urllib3.Timeout(connect=1, read=3), 3), (urllib3.Timeout(3), 3)],
    ids=["number", "pair", "urllib3 by part", "urllib3 in all"],
)
def test_an_answer_that_is_too_late_is_a_timeout_and_time_has_passed(tenant, headers, timeout, patience):
    tenant.fault("latency", seconds=5)
    before = tenant.clock.now()
    with pytest.raises(requests.exceptions.ReadTimeout):
        requests.get(STATES, headers=headers, timeout=timeout)
    assert tenant.clock.now() - before == pytest.approx(patience, abs=1)


@pytest.mark.parametrize(
    "timeout",
    [None, 9, (1, None), urllib3.Timeout(connect=1, read=9), urllib3.Timeout()],
    ids=["none", "number", "pair", "urllib3", "urllib3 without"],
)
def test_an_answer_that_is_slow_takes_the_tenants_time_and_not_ours(tenant, headers, timeout):
    tenant.fault("latency", seconds=5)
    before = tenant.clock.now()
    assert requests.get(STATES, headers=headers, timeout=timeout).status_code == 200
    assert 5 <= tenant.clock.now() - before < 6


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("truncated", requests.exceptions.ChunkedEncodingError),
        ("disconnect", requests.exceptions.ConnectionError),
    ],
)
def test_a_loss_on_the_way_is_what_requests_makes_of_it(tenant, headers, fault, error):
    tenant.fault(fault, times=1)
    with pytest.raises(error):
        requests.get(STATES, headers=headers, timeout=5)
    assert requests.get(STATES, headers=headers, timeout=5).status_code == 200


@pytest.mark.parametrize("body", ["text", b"bytes", [b"pie", b"ces"]], ids=["text", "bytes", "pieces"])
def test_a_body_arrives_however_it_is_given(tenant, body):
    data = iter(body) if isinstance(body, list) else body
    requests.post(f"{PLATFORM}/oauth/token", data=data, timeout=5)
    assert tenant.journal[-1].request.body in {b"text", b"bytes", b"pieces"}


def test_a_head_request_has_no_body():
    with FakeTenant(resolve({}, {}, {}), changes=[lambda *_: Response(status=200, body=b"text")]):
        assert requests.head(STATES, timeout=5).content == b""
        assert requests.get(STATES, timeout=5).content == b"text"


def test_threads_are_answered_alike(tenant, headers):
    together = threading.Barrier(8)

    def look(_):
        together.wait(timeout=10)
        return [requests.get(STATES, headers=headers, timeout=5).json()[0]["agentId"] for _ in range(5)]

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(look, range(8))) == [["12345"] * 5] * 8
    assert len(tenant.journal) == 1 + 40


def test_the_client_never_waits_on_the_fake(tenant):
    tenant.fault("rate_limit", retry_after=30, times=2)
    before = tenant.clock.now()
    with tenant.client() as client:
        assert client.agent_state("12345").agent_id == "12345"
    assert 60 <= tenant.clock.now() - before < 61


@pytest.mark.parametrize(
    "url",
    [
        "http://platform.nicecxone.com/api/v2/agents/states",
        "https://platform.nicecxone.com:8443/api/v2/agents/states",
        "https://platform.nicecxone-eu.com:444/oauth/token",
    ],
)
def test_a_tenants_host_asked_in_another_way_is_the_tests_mistake_and_never_the_network(tenant, url):
    with pytest.raises(FakeError, match=r"is not where the tenant is reached: its base URL is https://platform"):
        requests.get(url, timeout=1)
