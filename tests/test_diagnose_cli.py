"""`pytest-cxone diagnose` over real HTTP: every verdict, its exit status and document, and what it never shows."""

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections import Counter
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from itertools import chain, count, repeat
from pathlib import Path
from types import SimpleNamespace

import jsonschema
import pytest
from click.testing import CliRunner

from pytest_cxone.cli import main
from pytest_cxone.cli.diagnose import EXIT_STATUS
from pytest_cxone.client import Pace
from pytest_cxone.diagnosis import Certainty, Verdict
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Response
from pytest_cxone.server import serving
from tests.tools import environment, need

ROOT = Path(__file__).parent.parent
MODULE = sys.modules["pytest_cxone.cli.diagnose"]  # the name in the package is the command's
COMMAND = [sys.executable, "-m", "pytest_cxone", "diagnose"]
AGENT = "12345"
STATES = "/api/v2/agents/states"
SCOPES = ("read:agent", "read:agent:status")
SECRET = "secret-hidden-text"
TOKEN = "token-hidden-text-"
NAME = "Hidden Person"
SHOWN_NEVER = (SECRET, TOKEN, NAME, "hidden.person@")
STEERING = "\x1b[2J\x07\u202eevil"

posix = pytest.mark.skipif(os.name != "posix", reason="signals, modes and terminals are POSIX's")


# The tenants


class Site:
    """A fake tenant over HTTP, and the environment, the arguments and the input that the command gets."""

    def __init__(self, opened, folder):
        numbers = count(1)
        self.opened = opened
        self.folder = folder
        self.fake = Fake(
            new_world=lambda clock: World(clock=clock, new_token=lambda: f"{TOKEN}{next(numbers)}"),
            changes=[self._change],
        )
        self.world = self.fake.world("us")
        self.world.add_client("me", SECRET, scopes=SCOPES)
        self.instead = []
        self.url = opened.enter_context(serving(self.fake, "us")).url
        self.environ = {
            "CXONE_CLIENT_ID": "me",
            "CXONE_CLIENT_SECRET": SECRET,
            "CXONE_BASE_URL": self.url,
            "CXONE_WAIT": "0",
        }
        self.arguments = [AGENT]

    def _change(self, request, forward, _):
        for answer in self.instead:
            response = answer(request)
            if isinstance(response, Response):
                return response
        return forward(request)

    def known(self, agent_id=AGENT, **more):
        """Let there be an agent whose name must not be shown."""
        self.world.add_agent(agent_id, name=NAME, email="hidden.person@example.com", **more)

    def online(self, *agent_ids):
        for agent_id in agent_ids:
            self.known(agent_id)
            self.world.log_in(agent_id)

    def answering(self, body, *, on=STATES, status=200, media_type="application/json", **headers):
        """Answer requests for a path with this from now on."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        fields = Headers({"Content-Type": media_type, **headers})
        response = Response(status=status, headers=fields, body=raw)
        self.instead.append(lambda request: response if on in request.target.path else None)

    def at_state_request(self, steps):
        """Do something just before the request for states that has this number; a response is its answer."""
        numbers = count(1)

        def step(request):
            return steps.get(next(numbers), lambda: None)() if request.target.path == STATES else None

        self.instead.append(step)

    def another(self):
        return Site(self.opened, self.folder)

    def profile(self, name, **more):
        """Return a profile of this tenant, as the file has it."""
        keys = {"client_id": "me", "client_secret": SECRET, "base_url": self.url, **more}
        return f"[{name}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in keys.items())

    def profiles(self, *profiles, mode=0o600):
        """Write profiles, and let the command have no credentials but theirs."""
        path = self.folder / "profiles.toml"
        path.write_text("\n".join(profiles), encoding="utf-8")
        path.chmod(mode)
        for name in ("CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET", "CXONE_BASE_URL"):
            self.environ.pop(name, None)
        self.environ["CXONE_PROFILES"] = str(path)
        return path

    @property
    def asked(self):
        """The paths of the requests so far, with their counts."""
        return Counter(exchange.request.target.path for exchange in self.fake.journal)

    def run(self, *options, arguments=None, given=None):
        """Run the command in this process."""
        asked = [*(self.arguments if arguments is None else arguments), *options]
        # With `color`, as otherwise click takes out what could steer a terminal.
        result = CliRunner().invoke(
            main, ["diagnose", *asked], env=self.environ, input=given, color=True, catch_exceptions=False
        )
        assert not [text for text in SHOWN_NEVER if text in result.output]
        return result

    def document(self, *options, **more):
        """Run the command with --json, and return its document once it has proved to fit the schema."""
        result = self.run("--json", *options, **more)
        assert result.stderr == ""
        found = fitting(result.stdout)
        assert result.exit_code == max(EXIT_STATUS[Verdict(agent["verdict"])] for agent in found["agents"])
        return found

    def agent(self, *options, **more):
        """Return the diagnosis of the one agent asked for."""
        (agent,) = self.document(*options, **more)["agents"]
        return agent

    def verdict(self, *options, **more):
        return self.agent(*options, **more)["verdict"]

    @contextmanager
    def process(self, *arguments, **streams):
        """Run the command in a process of its own."""
        variables = {**environment(), **self.environ}
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **streams}
        with subprocess.Popen([*COMMAND, *arguments], env=variables, **streams) as process:
            try:
                yield process
            finally:
                process.kill()

    def shell(self, *arguments, given=None):
        """Run the command in a process of its own to its end; return status, output and errors."""
        streams = {} if given is None else {"stdin": subprocess.PIPE}
        with self.process(*arguments, **streams) as process:
            out, err = process.communicate(given, timeout=60)
        assert not [text for text in SHOWN_NEVER if text.encode() in out + err]
        return process.returncode, out.decode(), err.decode()


@cache
def validator():
    schema = json.loads((ROOT / "schemas" / "diagnosis.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())


def fitting(text):
    document = json.loads(text)
    validator().validate(document)
    return document


@pytest.fixture(autouse=True)
def own_environment(monkeypatch, tmp_path):
    """Keep the settings, proxies and profiles of whoever runs the tests away from them."""
    kept = environment()
    terminal = {"NO_COLOR", "FORCE_COLOR", "COLUMNS", "TTY_COMPATIBLE", "TTY_INTERACTIVE"}
    for name in (*os.environ.keys() - kept.keys(), *terminal):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CONFIG_HOME", "APPDATA"):
        monkeypatch.setenv(name, str(tmp_path / "home"))


@pytest.fixture
def site(tmp_path):
    with ExitStack() as opened:
        yield Site(opened, tmp_path)


def refusing(site):
    """Return a port that refuses connections, and that nobody else takes meanwhile."""
    bound = site.opened.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))
    return bound.getsockname()[1]


def silent(site):
    """Return a socket that takes connections and says nothing."""
    return site.opened.enter_context(socket.create_server(("127.0.0.1", 0)))


def saying(site, *answers, context=None):
    """Return the URL of a server that gives these answers, of bytes, in turn and the last one for ever."""
    server = site.opened.enter_context(socket.create_server(("127.0.0.1", 0)))
    left = chain(answers, repeat(answers[-1]))

    def serve():
        with suppress(OSError):
            while True:
                connection, _ = server.accept()
                with suppress(OSError), connection:
                    speaking = connection if context is None else context.wrap_socket(connection, server_side=True)
                    speaking.recv(65_536)
                    speaking.sendall(next(left))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    site.opened.callback(thread.join)
    site.opened.callback(server.shutdown, socket.SHUT_RDWR)
    host, scheme = ("127.0.0.1", "http") if context is None else ("localhost", "https")
    return f"{scheme}://{host}:{server.getsockname()[1]}"


def raw(status, *fields, body=b""):
    """Return an answer as it goes over the wire; `fields` may hold what no library would send."""
    head = [f"HTTP/1.1 {status} Odd", f"Content-Length: {len(body)}", "Connection: close", *fields, "", ""]
    return "\r\n".join(head).encode() + body


def raw_json(content, *fields):
    return raw(200, "Content-Type: application/json", *fields, body=json.dumps(content).encode())


GRANT = {"access_token": f"{TOKEN}1", "token_type": "Bearer", "expires_in": 900, "scope": " ".join(SCOPES)}
ROW = {
    "agentId": AGENT,
    "state": {"name": "Available"},
    "stateGroup": {"name": "Available"},
    "lastUpdated": "2026-11-22T10:00:00Z",
}


# Every verdict, from the shortest way to it


def online(site):
    site.online(AGENT)


def online_late(site):
    site.world.state_latency = 60
    site.online(AGENT)
    site.at_state_request({2: lambda: site.fake.clock.advance(60)})
    site.environ["CXONE_WAIT"] = "0.01"


def offline(site):
    site.known()
    site.online("1")


def hidden(site):
    site.online(AGENT, "1")
    site.world.hide(AGENT)


def offline_or_hidden(site):
    site.known()


def unknown(site):
    site.online("1")


def not_an_id(site):
    site.arguments = ["somebody@example.com"]


def not_listed(site):
    site.known()
    site.arguments = [AGENT, "--quick"]


def wrong_environment(site):
    there = site.another()
    there.known()
    site.profiles(site.profile("here"), there.profile("there"))
    site.arguments = [AGENT, "--profile", "here"]


def bad_credentials(site):
    site.environ["CXONE_CLIENT_SECRET"] = f"not-{SECRET}"


def token_refused(site):
    site.environ["CXONE_AUTH_URL"] = f"{site.another().url}/oauth/token"


def missing_scope(site):
    site.world.add_client("me", SECRET, scopes=[])


def rate_limited(site):
    site.fake.add_fault(Fault(kind="rate_limit", retry_after=0))


def outage(site):
    site.fake.add_fault(Fault(kind="outage", status=502))


def host_not_found(site):
    site.environ["CXONE_BASE_URL"] = "https://tenant.invalid"


def connection_refused(site):
    site.environ["CXONE_BASE_URL"] = f"http://127.0.0.1:{refusing(site)}"


def timeout(site):
    site.environ["CXONE_BASE_URL"] = f"http://127.0.0.1:{silent(site).getsockname()[1]}"
    site.environ["CXONE_TIMEOUT"] = "0.05"


def tls_failure(site):
    site.environ["CXONE_BASE_URL"] = site.url.replace("http:", "https:")


def disconnected(site):
    site.fake.add_fault(Fault(kind="disconnect"))


def proxy_failure(site):
    site.environ["CXONE_BASE_URL"] = "https://tenant.invalid"
    site.environ["HTTPS_PROXY"] = f"http://127.0.0.1:{refusing(site)}"


def network_error(site):
    # No host has the address of all hosts: the system refuses it, and nothing is sent.
    site.environ["CXONE_BASE_URL"] = "https://255.255.255.255"


def broken_contract(site):
    site.answering([{"agentId": 12345, "state": None}])


def unexpected(site):
    site.answering(b"", status=302, Location="https://login.example.com/?from=api")


EVERY_VERDICT = [
    (online, 0, "online", "certain", "logged in, in state 'Available'"),
    (online_late, 0, "online after a delay", "certain", "the listing showed it after 0.01 s"),
    (offline, 10, "offline", "likely", "others of its team 'Support' are: logged out"),
    (unknown, 11, "unknown id", "certain", "no agent has this id"),
    (not_an_id, 12, "not an id", "certain", "it looks like an e-mail address"),
    (hidden, 13, "hidden", "possible", "nobody of its team 'Restricted' is among the 1 who are"),
    (offline_or_hidden, 14, "offline or hidden", "likely", "nobody is listed, so nothing tells which"),
    (not_listed, 15, "not listed", "certain", "logged out, hidden from this client, or no agent has this id"),
    (wrong_environment, 16, "wrong environment", "likely", "one has it in the environment 'there'"),
    (bad_credentials, 20, "bad credentials", "certain", "the client id or secret is refused"),
    (token_refused, 21, "token refused", "certain", "a token was issued and is refused, a new one too"),
    (missing_scope, 22, "missing scope", "certain", "the client lacks read:agent"),
    (rate_limited, 23, "rate limited", "certain", "the tenant limits the rate"),
    (outage, 24, "outage", "certain", "the tenant answers 502"),
    (host_not_found, 25, "host not found", "certain", "the host name tenant.invalid cannot be resolved"),
    (connection_refused, 25, "connection refused", "certain", "127.0.0.1:"),
    (timeout, 25, "timeout", "certain", "did not answer in time"),
    (tls_failure, 25, "TLS failure", "certain", "the TLS handshake with 127.0.0.1:"),
    (disconnected, 25, "disconnected", "certain", "closed the connection without a whole answer"),
    (proxy_failure, 25, "proxy failure", "certain", "the proxy before tenant.invalid"),
    (network_error, 25, "network error", "certain", "no answer from 255.255.255.255"),
    (broken_contract, 26, "answer breaks the contract", "certain", "expected string, got integer"),
    (unexpected, 27, "unexpected answer", "certain", "got 302 to login.example.com"),
]
FAILURES = [row for row in EVERY_VERDICT if row[1] >= 20]


def named(rows):
    return {"argvalues": rows, "ids": [row[0].__name__.replace("_", " ") for row in rows]}


def test_the_table_has_every_verdict_once_and_every_exit_status():
    assert Counter(Verdict(verdict) for _, _, verdict, _, _ in EVERY_VERDICT) == Counter(Verdict)
    assert {Verdict(verdict): status for _, status, verdict, _, _ in EVERY_VERDICT} == EXIT_STATUS


@pytest.mark.parametrize(("arrange", "status", "verdict", "certainty", "cause"), **named(EVERY_VERDICT))
def test_each_verdict_has_its_document_and_its_exit_status(site, arrange, status, verdict, certainty, cause):
    arrange(site)
    result = site.run("--json")
    document = fitting(result.stdout)
    (agent,) = document["agents"]
    assert (agent["verdict"], agent["certainty"], result.exit_code) == (verdict, certainty, status)
    assert cause in agent["cause"]
    assert document["summary"] == {verdict: 1}
    assert agent["agent_id"] == site.arguments[0]
    assert result.stderr == ""


@pytest.mark.parametrize(("arrange", "status", "verdict", "certainty", "cause"), **named(EVERY_VERDICT))
def test_a_person_reads_each_verdict_with_its_cause_and_its_action(site, arrange, status, verdict, certainty, cause):
    arrange(site)
    result = site.run()
    assert (result.exit_code, result.stderr) == (status, "")
    shown = " ".join(result.stdout.split())
    sure = "" if certainty == "certain" else f" ({certainty})"
    assert f"{site.arguments[0]} {verdict}{sure}" in shown
    assert cause in shown
    assert "\x1b" not in result.output


@pytest.mark.parametrize(("arrange", "status", "verdict", "certainty", "cause"), **named(FAILURES))
def test_what_fails_for_one_agent_fails_in_the_same_way_for_many(site, arrange, status, verdict, certainty, cause):
    arrange(site)
    for options in ([], ["--quick"]):
        result = site.run("--json", *options, arguments=[AGENT, "67890"])
        document = fitting(result.stdout)
        assert (document["summary"], result.exit_code) == ({verdict: 2}, status)
        assert {agent["certainty"] for agent in document["agents"]} == {certainty}
        assert all(cause in agent["cause"] for agent in document["agents"])


def test_the_document_has_what_each_verdict_rests_on(site):
    online_late(site)
    agent = site.agent()
    assert (agent["waited"], agent["state"]["name"], agent["status"]) == (0.01, "Available", None)
    assert [(seen["request"], seen["status"]) for seen in agent["evidence"]] == [
        (f"GET {STATES}?agentId={AGENT}", 200),
        (f"GET /api/v2/agents/{AGENT}", 200),
        (f"GET {STATES}?agentId={AGENT}", 200),
    ]


@pytest.mark.parametrize(
    ("arrange", "status", "scopes"),
    [
        (missing_scope, 403, ["read:agent"]),
        (outage, 502, []),
        (unexpected, 302, []),
        (bad_credentials, 401, []),
        (timeout, None, []),
        (offline, None, []),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_document_has_the_status_and_the_scopes_that_stand_in_the_way(site, arrange, status, scopes):
    arrange(site)
    agent = site.agent()
    assert (agent["status"], agent["missing_scopes"]) == (status, scopes)


def test_the_document_says_who_was_asked_and_how_often(site):
    site.online(AGENT)
    document = site.document()
    assert document["host"] == site.url.removeprefix("http://")
    assert (document["dialect"], document["region"], document["listing"]) == ("platform-v2", "us", None)
    assert document["requests"] == site.asked.total() == 2


def test_the_environment_that_has_the_agent_is_named_and_can_be_asked_for(site):
    wrong_environment(site)
    agent = site.agent()
    assert agent["found_in"] == "there"
    assert "--profile there" in agent["action"]
    assert site.verdict(arguments=[AGENT, "--profile", "there"]) == "offline or hidden"


def test_a_proxy_that_refuses_keeps_the_tenant_from_being_looked_up(site, monkeypatch):
    proxy_failure(site)
    looked_up = []
    look_up = socket.getaddrinfo

    def noting(host, *args, **kwargs):
        looked_up.append(host)
        return look_up(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", noting)
    assert site.verdict() == "proxy failure"
    assert set(looked_up) == {"127.0.0.1"}


# Other ways to the same verdicts


def a_token_that_was_revoked_once(site):
    site.online(AGENT)
    site.fake.add_fault(Fault(kind="token_revoked"))


def one_refusal_for_the_rate(site):
    site.online(AGENT)
    site.fake.add_fault(Fault(kind="rate_limit", retry_after=0, times=1))


def a_state_that_only_full_visibility_shows(site):
    site.world.add_client("me", SECRET, scopes=["read:agent"])
    site.online(AGENT)
    site.world.set_state(AGENT, "Maintenance", restricted=True)


def a_scope_that_the_token_endpoint_refuses(site):
    site.answering({"error": "invalid_scope"}, on="/token", status=400)


def a_refusal_that_names_no_scope(site):
    site.answering({"error": "forbidden"}, status=403)


def a_rate_that_is_limited_for_longer_than_anybody_waits(site):
    site.fake.add_fault(Fault(kind="rate_limit", retry_after=3_600))


def a_rate_that_is_limited_for_tokens(site):
    site.fake.add_fault(Fault(kind="rate_limit", retry_after=3_600, on="/token"))


def an_outage_of_profiles(site):
    site.known()
    site.fake.add_fault(Fault(kind="outage", on=f"/agents/{AGENT}"))


def an_outage_of_tokens(site):
    site.fake.add_fault(Fault(kind="outage", on="/token"))


def a_profile_that_is_refused(site):
    site.known()
    site.answering({"error": "invalid_token"}, on=f"/agents/{AGENT}", status=401)


def an_answer_that_breaks_off(site):
    site.online(AGENT)
    site.fake.add_fault(Fault(kind="truncated"))


def bytes_that_are_no_http(site):
    site.environ["CXONE_BASE_URL"] = saying(site, b"SSH-2.0-OpenSSH_9.6")


def a_certificate_that_nobody_signed(site):
    key, certificate = site.folder / "key.pem", site.folder / "certificate.pem"
    kind = [
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:prime256v1",
        "-nodes",
        "-days",
        "1",
        "-subj",
        "/CN=localhost",
    ]
    made = [need("openssl"), "req", "-x509", *kind, "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*made, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    site.environ["CXONE_BASE_URL"] = saying(site, b"", context=context)


def a_token_endpoint_whose_host_is_not_there(site):
    site.environ["CXONE_AUTH_URL"] = "https://tokens.invalid/oauth/token"


def a_tenant_without_any_of_the_paths(site):
    site.known()
    site.answering({"error": "not_found"}, on="/api/", status=404)


def a_whole_site_without_any_of_the_paths(site):
    site.answering(b"<h1>Not Found</h1>", on="/", status=404, media_type="text/html")


def a_filter_that_is_not_honoured(site):
    site.answering([{**ROW, "agentId": "1"}, {**ROW, "agentId": "2"}])


def a_profile_of_somebody_else(site):
    site.answering({"agentId": "1", "name": NAME, "email": "hidden.person@example.com"}, on=f"/agents/{AGENT}")


def a_profile_that_breaks_the_contract(site):
    site.answering({"agentId": AGENT, "name": NAME}, on=f"/agents/{AGENT}")


def a_redirect_to_no_url(site):
    site.environ["CXONE_BASE_URL"] = saying(site, raw(302, "Location: http://["))


def a_name(site):
    site.arguments = ["Ann Smith"]


def an_agent_who_is_logged_in_elsewhere(site):
    there = site.another()
    there.online(AGENT)
    site.known()
    site.profiles(site.profile("here"), there.profile("there"))
    site.arguments = [AGENT, "--profile", "here"]


def an_environment_elsewhere_that_refuses_the_client(site):
    there = site.another()
    there.known()
    site.profiles(site.profile("here"), there.profile("there", client_secret=f"not-{SECRET}"))
    site.arguments = [AGENT, "--profile", "here"]


def a_tenant_that_tells_no_teams(site):
    offline(site)
    site.answering({"agentId": AGENT, "name": NAME, "email": "hidden.person@example.com"}, on=f"/agents/{AGENT}")


def a_listing_that_fails_after_the_profile(site):
    offline(site)
    site.fake.add_fault(Fault(kind="outage", on=STATES, after=1))


OTHER_WAYS = [
    (a_token_that_was_revoked_once, "online", "certain", "logged in"),
    (one_refusal_for_the_rate, "online", "certain", "logged in"),
    (a_state_that_only_full_visibility_shows, "missing scope", "possible", "the client lacks read:agent:status"),
    (a_scope_that_the_token_endpoint_refuses, "missing scope", "certain", "lacks read:agent, read:agent:status"),
    (a_refusal_that_names_no_scope, "missing scope", None, "a scope that the tenant does not name"),
    (a_rate_that_is_limited_for_longer_than_anybody_waits, "rate limited", "certain", "limits the rate"),
    (a_rate_that_is_limited_for_tokens, "rate limited", "certain", "limits the rate"),
    (an_outage_of_profiles, "outage", "certain", "the tenant answers 503"),
    (an_outage_of_tokens, "outage", "certain", "the tenant answers 503"),
    (a_profile_that_is_refused, "token refused", "certain", "a token was issued and is refused"),
    (an_answer_that_breaks_off, "disconnected", "certain", "closed the connection without a whole answer"),
    (bytes_that_are_no_http, "disconnected", "certain", "closed the connection without a whole answer"),
    (a_certificate_that_nobody_signed, "TLS failure", "certain", "the TLS handshake with localhost:"),
    (a_token_endpoint_whose_host_is_not_there, "host not found", "certain", "tokens.invalid cannot be resolved"),
    (a_tenant_without_any_of_the_paths, "unexpected answer", "certain", "got 404"),
    (a_whole_site_without_any_of_the_paths, "unexpected answer", "certain", "got 404"),
    (
        a_filter_that_is_not_honoured,
        "answer breaks the contract",
        "certain",
        "does the tenant still honour the filter?",
    ),
    (a_profile_of_somebody_else, "answer breaks the contract", "certain", "got another one's"),
    (a_profile_that_breaks_the_contract, "answer breaks the contract", "certain", "email"),
    (a_redirect_to_no_url, "unexpected answer", "certain", "got 302 to http://["),
    (a_name, "not an id", "likely", "it looks like a name"),
    (an_agent_who_is_logged_in_elsewhere, "wrong environment", "likely", "is logged in in the environment 'there'"),
    (an_environment_elsewhere_that_refuses_the_client, "unknown id", "certain", "no agent has this id"),
    (a_tenant_that_tells_no_teams, "offline or hidden", "likely", "the tenant does not tell"),
    (a_listing_that_fails_after_the_profile, "offline or hidden", "likely", "the listing could not be read"),
]


@pytest.mark.parametrize(("arrange", "verdict", "certainty", "cause"), **named(OTHER_WAYS))
def test_other_ways_lead_to_the_same_verdict(site, arrange, verdict, certainty, cause):
    arrange(site)
    agent = site.agent()
    assert agent["verdict"] == verdict
    assert certainty in {None, agent["certainty"]}
    assert cause in agent["cause"]


@pytest.mark.parametrize("place", [STATES, f"/agents/{AGENT}", "/token"], ids=["states", "profile", "token"])
@pytest.mark.parametrize(
    "fault",
    [
        Fault(kind="rate_limit", retry_after=3_600),
        Fault(kind="outage", status=500),
        Fault(kind="malformed"),
        Fault(kind="truncated"),
        Fault(kind="disconnect"),
    ],
    ids=lambda fault: fault.kind,
)
def test_nothing_is_said_of_an_agent_where_the_tenant_fails(site, fault, place):
    offline(site)
    site.fake.add_fault(Fault(kind=fault.kind, status=fault.status, retry_after=fault.retry_after, on=place))
    agent = site.agent()
    assert EXIT_STATUS[Verdict(agent["verdict"])] >= 20
    many = site.document(arguments=[AGENT, "1"])["agents"]
    assert [(EXIT_STATUS[Verdict(agent["verdict"])] >= 20) for agent in many] == [
        True,
        not place.startswith("/agents/"),
    ]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 400, 402, 404, 405, 410, 418, 451])
def test_no_status_of_the_states_request_means_that_an_agent_is_offline_or_unknown(site, status):
    offline(site)
    site.answering([], status=status)
    assert site.verdict() == "unexpected answer"


# Many agents


def test_of_several_agents_the_highest_status_counts(site):
    offline(site)
    result = site.run("--json", arguments=["1", AGENT, "nobody-7", "1"])
    document = fitting(result.stdout)
    assert [(agent["agent_id"], agent["verdict"]) for agent in document["agents"]] == [
        ("1", "online"),
        (AGENT, "offline"),
        ("nobody-7", "unknown id"),
    ]
    assert result.exit_code == 11
    assert document["summary"] == {"online": 1, "offline": 1, "unknown id": 1}
    assert document["listing"] == {
        "pages": 2,
        "listed": 1,
        "moved": False,
        "repeated": [],
        "slipped": [],
        "doubtful": [],
    }
    assert document["requests"] == site.asked.total()


def test_several_agents_get_a_row_each_and_one_action_for_each_verdict(site):
    offline(site)
    site.known("2")
    shown = site.run(arguments=["1", AGENT, "2"]).stdout
    rows = [line.split()[:2] for line in shown.splitlines()]
    assert rows[1:4] == [["1", "online"], [AGENT, "offline"], ["2", "offline"]]
    assert shown.count("let the agent log in") == 1
    assert "3 agents: 2 offline, 1 online; 2 pages with 1 online, " in shown


def test_thirty_agents_are_grouped_by_verdict(site):
    site.online(*map(str, range(1, 29)))
    shown = site.run(arguments=[str(number) for number in range(1, 31)])
    assert shown.exit_code == 11
    rows = [" ".join(line.split()) for line in shown.stdout.splitlines()]
    assert rows[:3] == [
        "VERDICT AGENTS WHO",
        "online 28 1, 2, 3, 4, 5, and 23 more (--json has all)",
        "unknown id 2 29, 30",
    ]
    assert "30 agents: 28 online, 2 unknown id; " in shown.stdout


def test_quick_sends_no_request_about_an_agent(site):
    offline(site)
    document = site.document("--quick", arguments=[AGENT, "1", "7"])
    assert document["summary"] == {"online": 1, "not listed": 2}
    assert set(site.asked) == {"/oauth/token", STATES}


def test_agents_who_move_while_the_listing_is_read_are_told_of(site):
    site.online(*map(str, range(101, 131)))
    site.world.page_cap = 10
    # The second page begins with whom the first one ended with.
    site.at_state_request({2: lambda: site.world.log_in("100")})
    arguments = [str(number) for number in range(101, 131)]
    shown = site.run(arguments=arguments)
    assert shown.exit_code == 0
    assert "the listing moved while it was read: 1 came twice, 0 were on no page and are online" in " ".join(
        shown.stdout.split()
    )


def test_several_agents_are_waited_for_where_that_is_asked_for(site):
    site.world.state_latency = 60
    site.known("1")
    site.online(AGENT)
    site.environ["CXONE_WAIT"] = "5"
    assert site.document(arguments=["1", AGENT])["summary"] == {"offline or hidden": 2}
    site.at_state_request({2: lambda: site.fake.clock.advance(60)})
    waited = site.document("--wait", "0.01", arguments=["1", AGENT])
    assert waited["summary"] == {"offline or hidden": 1, "online after a delay": 1}
    assert [agent["waited"] for agent in waited["agents"]] == [0.01, 0.01]


def test_rate_limits_what_a_tenant_gets(site, monkeypatch):
    paces = []

    class Noting(Pace):
        def __init__(self, rate):
            paces.append(rate)
            super().__init__(0)

    monkeypatch.setattr("pytest_cxone.client.Pace", Noting)
    proxy_failure(site)
    for options in ([], ["--rate", "9"], ["--rate", "0"]):
        site.run(*options)
    site.environ["CXONE_RATE"] = "2"
    site.run()
    site.environ["CXONE_BASE_URL"] = site.url
    site.run("--rate", "9")
    # A loopback host needs no limit.
    assert paces == [4.0, 9.0, 0.0, 2.0, 0.0]


# Whom it asks for


@pytest.mark.parametrize(
    "text",
    [
        b"1\n2\n3\n",
        b"1\r\n2\r\n3",
        b"\xef\xbb\xbf1\n2\n3\n",
        b"# who was on call\n\n 1 \n2\n\n\t3\n#4\n",
        b"1\n2\n1\n3\n2\n",
    ],
    ids=["lines", "lines of Windows", "byte-order mark", "comments and blanks", "duplicates"],
)
@pytest.mark.parametrize("way", ["file", "stdin"])
def test_ids_come_from_a_file_a_line_each(site, text, way):
    if way == "file":
        (site.folder / "ids").write_bytes(text)
        document = site.document("--quick", arguments=["--from", str(site.folder / "ids")])
    else:
        document = site.document("--quick", arguments=["--from", "-"], given=text)
    assert [agent["agent_id"] for agent in document["agents"]] == ["1", "2", "3"]


def test_ids_of_a_file_come_after_those_of_the_arguments(site):
    document = site.document("--quick", arguments=["3", "9", "--from", "-"], given="1\n9\n")
    assert [agent["agent_id"] for agent in document["agents"]] == ["3", "9", "1"]


def test_without_an_id_the_target_of_the_environment_is_asked_for(site):
    site.online(AGENT, "1")
    site.environ["TARGET_AGENT_ID"] = f" {AGENT} "
    assert site.agent(arguments=[])["agent_id"] == AGENT
    assert site.agent(arguments=["1"])["agent_id"] == "1"


def refused(result):
    """Return the one line in which the command refused."""
    assert (result.exit_code, result.stdout) == (2, "")
    (line,) = (line for line in result.stderr.splitlines() if line.startswith("Error: "))
    assert result.stderr.splitlines()[-1] == line
    return line


def no_connection(server):
    server.setblocking(False)
    with pytest.raises(BlockingIOError):
        server.accept()
    return True


@pytest.mark.parametrize(
    ("arguments", "given", "error"),
    [
        ([], None, "no agent is named; give an id, a file of ids with --from, or set TARGET_AGENT_ID"),
        (["--from", "-"], b"", "the file has no id; "),
        (["--from", "-"], b"# nobody\n\n", "the file has no id; "),
        (["--from", "-"], b"\x89PNG\r\n\x1a\n", "the file of ids is not text in UTF-8"),
        (["--from", "-"], "1\n2\n".encode("utf-16"), "the file of ids is not text in UTF-8"),
        (["--from", "nothing-here"], None, "No such file"),
        ([""], None, "an agent id is a string such as '12345', not ''"),
        (["1", "states"], None, "an agent id is a string such as '12345', not 'states'"),
        (["\udcff"], None, "an id is not text in UTF-8"),
        (["1", "2", "--watch"], None, "--watch follows one agent"),
        (["1", "--watch", "--quick"], None, "--watch follows one agent, and goes with neither"),
        (["1", "--watch", "--interval", "0"], None, "'--interval': 0.0 is not in the range"),
        (["1", "--rate", "many"], None, "Error: --rate must be a number, 0 or more, not 'many'"),
        (["1", "--wait", "-1"], None, "Error: --wait must be seconds, 0 or more, not '-1'"),
        (["1", "--region", "mars"], None, "region 'mars' is not one of 'us', 'eu'; set CXONE_REGION (or --region)"),
        (
            ["1", "--dialect", "x"],
            None,
            "dialect 'x' is not one of 'platform-v2', 'acd'; set CXONE_DIALECT (or --dialect)",
        ),
        (["1", "--client-secret", "x"], None, "No such option"),
        (["1", "--client-id", "x"], None, "No such option"),
        (["1", "--token", "x"], None, "No such option"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_line_before_any_request(site, arguments, given, error):
    server = silent(site)
    site.environ["CXONE_BASE_URL"] = f"http://127.0.0.1:{server.getsockname()[1]}"
    assert error in refused(site.run(arguments=arguments, given=given))
    assert no_connection(server)


# Whose credentials


@pytest.mark.parametrize(
    ("lacking", "named"),
    [
        (["CXONE_CLIENT_ID", "CXONE_CLIENT_SECRET"], "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET must"),
        (["CXONE_CLIENT_ID"], "Error: CXONE_CLIENT_ID must"),
        (["CXONE_CLIENT_SECRET"], "Error: CXONE_CLIENT_SECRET must"),
    ],
    ids=["both", "id", "secret"],
)
@pytest.mark.parametrize("how", ["unset", "blank"])
def test_missing_credentials_are_named_in_a_line_before_any_request(site, lacking, named, how):
    server = silent(site)
    site.environ["CXONE_BASE_URL"] = f"http://127.0.0.1:{server.getsockname()[1]}"
    site.environ |= dict.fromkeys(lacking, None if how == "unset" else " ")
    line = refused(site.run())
    assert named in line
    assert "credentials are never taken from arguments" in line
    assert no_connection(server)


def test_a_profile_is_chosen_by_its_name_or_is_the_only_one(site):
    site.online(AGENT)
    path = site.profiles(site.profile("production"))
    assert site.verdict() == "online"
    assert site.verdict("--profile", "production") == "online"
    site.environ["CXONE_PROFILE"] = "production"
    assert site.verdict() == "online"
    del site.environ["CXONE_PROFILE"], site.environ["CXONE_PROFILES"]
    assert site.verdict("--profiles", str(path)) == "online"


def test_the_file_of_profiles_has_a_usual_place(site, monkeypatch):
    site.online(AGENT)
    path = site.profiles(site.profile("production"))
    monkeypatch.setattr(MODULE.click, "get_app_dir", lambda name: str(path.parent) if name == "pytest-cxone" else "")
    del site.environ["CXONE_PROFILES"]
    assert site.verdict() == "online"


def test_of_several_profiles_the_region_or_the_name_says_which(site):
    there = site.another()
    there.online(AGENT)
    site.profiles(site.profile("here"), there.profile("there", region="eu"))
    assert "has the profiles 'here', 'there'; choose one with --profile" in refused(site.run())
    assert site.verdict("--region", "eu") == "online"
    assert site.document("--profile", "there")["region"] == "eu"
    assert "there is no profile 'nowhere' in" in refused(site.run("--profile", "nowhere"))
    assert "there are: 'here', 'there'" in refused(site.run("--profile", "nowhere"))


def test_a_region_that_no_profile_has_is_said_with_those_there_are(site):
    site.profiles(site.profile("here"))
    error = refused(site.run("--region", "eu"))
    assert "has no profile of the region 'eu'; choose one of 'here' with --profile" in error


def test_the_credentials_of_the_environment_come_before_a_profile_that_nobody_named(site):
    there = site.another()
    there.online(AGENT)
    kept = dict(site.environ)
    site.profiles(there.profile("there"))
    site.environ |= kept
    agent = site.agent()
    assert (agent["verdict"], agent["found_in"]) == ("wrong environment", "there")
    assert site.verdict("--profile", "there") == "online"


def test_a_profile_unsets_the_hosts_of_the_environment(site):
    site.online(AGENT)
    server = silent(site)
    elsewhere = f"http://127.0.0.1:{server.getsockname()[1]}"
    site.profiles(site.profile("production"))
    site.environ |= {"CXONE_BASE_URL": elsewhere, "CXONE_AUTH_URL": f"{elsewhere}/oauth/token"}
    assert site.verdict("--profile", "production") == "online"
    assert no_connection(server)


@posix
@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o602])
def test_profiles_that_others_may_read_or_write_are_refused_before_any_request(site, mode):
    path = site.profiles(site.profile("production"), mode=mode)
    error = refused(site.run())
    assert f"holds secrets, and others may read or write it; chmod 600 {path}" in error
    assert site.asked.total() == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("[here", "is not TOML"),
        ('[here]\nclient_id = "me"', "[here] has no client_secret"),
        ('[here]\nclient_id = "me"\nsecret = "x"', "[here] has 'secret', which is not one of"),
        ('client_id = "me"', "'client_id' stands outside of a profile"),
        ("", "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET must be set"),
    ],
    ids=["no TOML", "no secret", "unknown key", "outside", "empty"],
)
def test_profiles_that_make_no_sense_are_refused_in_a_line(site, text, error):
    site.profiles(text)
    assert error in refused(site.run())


def test_a_file_of_profiles_that_is_not_there_is_refused(site):
    assert "cannot be read: No such file" in refused(site.run("--profiles", str(site.folder / "none.toml")))
    assert "cannot be read: No such file" in refused(site.run("--profile", "production"))


# Following


def watched(site, *options):
    result = site.run("--watch", "--interval", "0.01", *options)
    return result, result.stdout.splitlines()


def test_a_watch_ends_when_the_agent_logs_out(site):
    offline(site)
    site.online(AGENT)
    site.at_state_request({4: lambda: site.world.log_out(AGENT)})
    result, lines = watched(site)
    assert result.exit_code == 10
    assert [" ".join(line.split()[1:3]) for line in lines] == [f"{AGENT} online", f"{AGENT} offline"]


def test_a_watch_ends_when_the_state_changes_and_is_a_document_a_line(site, monkeypatch):
    site.online(AGENT)
    site.at_state_request({3: lambda: site.world.set_state(AGENT, "Lunch")})
    seconds = count(1_000)
    timepiece = SimpleNamespace(time=lambda: next(seconds), strftime=str, sleep=lambda _: None)
    monkeypatch.setattr(MODULE, "time", timepiece)
    result, lines = watched(site, "--json")
    assert result.exit_code == 0
    documents = list(map(fitting, lines))
    assert [document["agents"][0]["state"]["name"] for document in documents] == ["Available", "Lunch"]
    assert documents[0]["asked_at"] < documents[1]["asked_at"]
    assert documents[1]["requests"] == site.asked.total()


def test_a_watch_outlives_a_tenant_that_fails_for_a_while(site):
    site.online(AGENT)
    unavailable = Response(status=503, headers=Headers({"Content-Type": "text/plain"}), body=b"")
    site.at_state_request(
        {2: lambda: unavailable, 3: lambda: unavailable, 5: lambda: site.world.set_state(AGENT, "Lunch")}
    )
    result, lines = watched(site)
    assert (result.exit_code, len(lines)) == (0, 2)
    (failure,) = result.stderr.splitlines()
    assert "the tenant is not available (503)" in failure
    assert "'Lunch'" in lines[1]


def test_a_watch_of_what_does_not_mend_itself_ends_at_once(site):
    bad_credentials(site)
    result, lines = watched(site)
    assert (result.exit_code, len(lines)) == (20, 1)
    assert site.asked == {"/oauth/token": 1}


# What is never shown


def steering_state(site):
    site.online(AGENT)
    site.world.set_state(AGENT, f"Lunch{STEERING}", group=f"Away{STEERING}")


def steering_team(site):
    site.known(team=f"Team{STEERING}")
    site.online("1")


def steering_error(site):
    site.answering({"error": f"boom{STEERING}"}, status=500)


def steering_type(site):
    site.environ["CXONE_BASE_URL"] = saying(site, raw(418, f"Content-Type: text/{STEERING}"))


def steering_place(site):
    site.environ["CXONE_BASE_URL"] = saying(site, raw(302, f"Location: {STEERING}"))


def steering_scope(site):
    site.environ["CXONE_BASE_URL"] = saying(site, raw(403, f'WWW-Authenticate: Bearer scope="{STEERING}"'))


def steering_id(site):
    site.arguments = [f"7{STEERING}"]


STEERERS = [
    (steering_state,),
    (steering_team,),
    (steering_error,),
    (steering_type,),
    (steering_place,),
    (steering_scope,),
    (steering_id,),
]


def plain(text):
    return not [sign for sign in ("\x1b", "\x07", "\u202e") if sign in text]


@pytest.mark.parametrize(("arrange",), **named(STEERERS))
def test_what_a_tenant_sends_does_not_steer_a_terminal(site, arrange):
    arrange(site)
    for options in ([], ["67890"], ["--json"], [*map(str, range(30))]):
        text = site.run(*options).output
        assert plain(text)


def test_nor_does_what_it_sends_during_a_watch(site):
    grant = raw_json(GRANT, "Cache-Control: no-store", "Pragma: no-cache")
    odd = raw(418, f"Content-Type: text/{STEERING}")
    site.environ["CXONE_BASE_URL"] = saying(site, grant, raw_json([ROW]), odd, raw_json([]))
    result, _ = watched(site)
    assert "got 418" in result.stderr
    assert "evil" in result.stderr
    assert plain(result.output)


def test_the_secret_was_sent_and_the_token_used_of_which_nothing_is_shown(site):
    site.online(AGENT)
    outputs = [site.run(*options).output for options in ([], ["--json"], ["--quick"], ["2"])]
    exchanges = list(site.fake.journal)
    assert any(SECRET in exchange.request.body.decode() for exchange in exchanges)
    assert any(TOKEN in exchange.request.headers.get("Authorization", "") for exchange in exchanges)
    assert all(outputs)


def test_neither_name_nor_mailbox_of_an_agent_is_shown(site):
    offline(site)
    assert site.verdict() == "offline"
    bodies = [exchange.response.body.decode() for exchange in site.fake.journal]
    assert any(NAME in body and "hidden.person@" in body for body in bodies)


@pytest.mark.parametrize("status", [400, 401, 403, 429, 500])
def test_a_tenant_that_repeats_what_it_got_does_not_bring_secrets_to_light(site, status):
    def echo(request):
        got = request.headers.get("Authorization", "") + request.body.decode()
        fields = {"Content-Type": "application/json", "Retry-After": "3600", "WWW-Authenticate": f'scope="{got}"'}
        return Response(status=status, headers=Headers(fields), body=json.dumps({"error": got}).encode())

    def echo_token(request):
        return None if request.target.path.endswith("/token") else echo(request)

    for answer in (echo_token, echo):
        site.instead[:] = [answer]
        for options in ([], ["--json"], ["1"]):
            assert site.run(*options).exit_code >= 20


# The schema


def test_the_schema_has_the_verdicts_and_certainties_of_the_code():
    definitions = json.loads((ROOT / "schemas" / "diagnosis.schema.json").read_text(encoding="utf-8"))["$defs"]
    assert definitions["verdict"]["enum"] == list(Verdict)
    assert definitions["certainty"]["enum"] == list(Certainty)


@pytest.mark.parametrize(
    ("place", "key", "value"),
    [
        ([], "version", 2),
        ([], "more", 1),
        ([], "requests", None),
        ([], "asked_at", "yesterday"),
        ([], "agents", []),
        (["summary"], "lost", 1),
        (["agents", 0], "verdict", "logged out"),
        (["agents", 0], "verdict", "offline"),
        (["agents", 0], "certainty", "sure"),
        (["agents", 0], "state", None),
        (["agents", 0], "found_in", "there"),
        (["agents", 0], "name", NAME),
        (["agents", 0, "state"], "since", "noon"),
        (["agents", 0, "evidence", 0], "status", "200"),
        (["agents", 0, "evidence", 0], "answer", None),
    ],
    ids=str,
)
def test_the_schema_refuses_what_the_command_never_prints(site, place, key, value):
    site.online(AGENT)
    document = site.document()
    part = document
    for step in place:
        part = part[step]
    part[key] = value
    with pytest.raises(jsonschema.ValidationError):
        validator().validate(document)


# A real process


def test_a_process_prints_to_a_pipe_without_colour_and_ends_with_its_status(site):
    offline(site)
    status, out, err = site.shell(AGENT)
    assert (status, err) == (10, "")
    assert out.startswith(f"{AGENT}  offline (likely)\n")
    assert plain(out)


def test_a_process_reads_ids_from_a_pipe_and_writes_json_into_another(site):
    site.online("1", "2")
    status, out, err = site.shell("--from", "-", "--json", given="\ufeff1\n2\n".encode())
    assert (status, err) == (0, "")
    assert fitting(out)["summary"] == {"online": 2}


def test_a_log_that_wants_colour_gets_it_and_no_bar(site):
    offline(site)
    site.environ["FORCE_COLOR"] = "1"
    status, out, err = site.shell(AGENT, "1")
    assert (status, err) == (10, "")
    assert "\x1b[33moffline" in out


def test_a_stream_that_does_not_have_a_character_gets_its_number(site):
    site.known(team="S\u00fcd \u4e2d")
    site.online("1")
    site.world.add_agent("1", team="S\u00fcd \u4e2d")
    site.environ["PYTHONIOENCODING"] = "ascii"
    status, out, err = site.shell(AGENT)
    assert (status, err) == (10, "")
    assert "'S\\xfcd \\u4e2d'" in out


def test_an_argument_that_is_no_text_is_refused(site):
    status, out, err = site.shell(b"\xff") if os.name == "posix" else pytest.skip("arguments are bytes on POSIX only")
    assert (status, out) == (2, "")
    assert err.endswith("Error: an id is not text in UTF-8\n")


@posix
@pytest.mark.parametrize("arguments", [[AGENT], [AGENT, "1"], [AGENT, "--watch"], [AGENT, "--quick", "--json"]])
def test_ctrl_c_ends_it_with_130_and_without_a_traceback(site, arguments):
    server = silent(site)
    site.environ |= {"CXONE_BASE_URL": f"http://127.0.0.1:{server.getsockname()[1]}", "CXONE_TIMEOUT": "600"}
    with site.process(*arguments) as process:
        connection, _ = server.accept()
        with connection:
            # Once its request is here, it waits for the answer.
            assert connection.recv(1)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate(timeout=60)
    assert (process.returncode, out, err) == (130, b"", b"")


@posix
@pytest.mark.parametrize(
    "fault",
    [Fault(kind="latency", seconds=600, on="/agents/2"), Fault(kind="rate_limit", retry_after=50, on="/agents/2")],
    ids=lambda fault: fault.kind,
)
def test_ctrl_c_does_not_wait_for_requests_that_are_under_way(site, fault):
    arrived = threading.Event()
    site.fake.add_fault(fault)
    site.instead.append(lambda request: "/agents/2" in request.target.path and arrived.set())
    site.environ["CXONE_TIMEOUT"] = "600"
    with site.process("1", "2", "3") as process:
        assert arrived.wait(60)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, b"", b"")


@posix
def test_ctrl_c_ends_it_while_it_reads_ids_too(site):
    with site.process("--from", "-", stdin=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        # It has begun to read once a pipe's worth has gone.
        process.stdin.write(b"# nobody\n" * 200_000)
        process.stdin.flush()
        process.send_signal(signal.SIGINT)
        process.stdin.close()
        process.stdin = None
        out, _ = process.communicate(timeout=60)
    assert process.returncode == 130, out


# A terminal


@contextmanager
def terminal():
    """Yield a terminal's end for the process, and a function that returns what was shown once that is closed."""
    import pty

    ours, theirs = pty.openpty()
    shown = []

    def read():
        with suppress(OSError):
            while part := os.read(ours, 65_536):
                shown.append(part)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()

    def end():
        os.close(theirs)
        reader.join()
        return b"".join(shown).decode()

    try:
        yield theirs, end
    finally:
        os.close(ours)


def on_terminal(site, stream, *arguments):
    """Run the command with one stream on a terminal; return what was shown there, and the other stream's text."""
    site.environ["TERM"] = "xterm-256color"
    with terminal() as (theirs, end), site.process(*arguments, **{stream: theirs}) as process:
        out, err = process.communicate(timeout=60)
        shown = end()
    assert not [text for text in SHOWN_NEVER if text in shown]
    return shown, (err if stream == "stdout" else out).decode()


@posix
def test_a_terminal_gets_colours_unless_no_color_is_set(site):
    offline(site)
    shown, err = on_terminal(site, "stdout", AGENT, "1")
    assert (err, "\x1b[33moffline" in shown, "\x1b[32monline" in shown) == ("", True, True)
    site.environ["NO_COLOR"] = "1"
    shown, _ = on_terminal(site, "stdout", AGENT, "1")
    assert "offline" in shown
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", shown)


@posix
@pytest.mark.parametrize(("arrange",), **named(STEERERS))
def test_a_terminal_is_not_steered_either(site, arrange):
    arrange(site)
    shown, _ = on_terminal(site, "stdout", *site.arguments)
    assert shown
    assert not [sign for sign in ("\x1b[2J", "\x07", "\u202e") if sign in shown]


@posix
def test_many_agents_have_a_progress_bar_on_a_terminal_only(site):
    site.online(*map(str, range(1, 31)))
    agent_ids = [*map(str, range(1, 41))]
    shown, out = on_terminal(site, "stderr", *agent_ids, "--json")
    assert fitting(out)["summary"] == {"online": 30, "unknown id": 10}
    assert "pages" in shown
    assert re.search("profiles.*10/10", shown)
    assert site.shell(*agent_ids, "--json")[2] == ""
