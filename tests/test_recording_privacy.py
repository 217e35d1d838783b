"""A tenant full of marked secrets and personal data is recorded: no mark is in any file, nor in what the run shows."""

import json
from base64 import b64encode, urlsafe_b64encode
from collections import deque
from urllib.parse import quote, quote_plus

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

from pytest_cxone.cassettes.policy import ScrubPolicy
from pytest_cxone.cassettes.rules import Rules
from pytest_cxone.fake.faults import Delivery
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.privacy import Privacy
from pytest_cxone.server import serving
from pytest_cxone.settings import resolve

pytest_plugins = ["pytester"]

SECRET = "Sq9mark+client/secret=Zz"
CLIENT = "mark-client-4711"
AGENT = "73301942"
OTHERS = ["73301955", "73301968"]


def jwt(**claims):
    parts = ({"alg": "RS256"}, claims)
    return ".".join(
        [*(urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts), "Markedsig-0123456789"]
    )


PEOPLE = {
    AGENT: ("Zoë Markovič-O'Brien", "zoe.o'markbrien@marktenant.test", "+4915155512345"),
    OTHERS[0]: ("山田マーク", "mark.yamada@marktenant.test", "+81355512345"),
    OTHERS[1]: ("Markus Available", "markus@marktenant.test", "+15551239876"),
}
TOKEN = jwt(sub="mark-subject-88", email="claim.mark@marktenant.test", iat=1_700_000_000, exp=1_700_000_900)
MARKS = {
    "the secret": SECRET,
    "the client's id": CLIENT,
    "the token": TOKEN,
    "the token's claims": TOKEN.split(".")[1],
    "a claim": "claim.mark@marktenant.test",
    "a refresh token": "mark-refresh-token-000111",
    "a cookie": "markedcookie-000222",
    "a header": "mark-trace-000333",
    "a realm": "marked-realm",
    "an undeclared text": "Markhall Annex 7B",
    "a name in an object": "Markella Nested",
    "a name for a key": "Markwart Keyed",
    "an e-mail for a key": "key.mark@marktenant.test",
    "a national number": "(555) 867-5309",
    "a name in JSON in a string": "Markolf Inner",
    "an e-mail in base64": "based.mark@marktenant.test",
    "an e-mail in an error": "error.mark@marktenant.test",
    "a key in a URL": "markedurlkey-000444",
    "an id that is a number": "884422113377",
    "a tenant's id": "5b0e2c1a-77aa-4d2e-9a3b-0c1d2e3f4a5b",
    "what is no JSON": "Markdown Html",
    **{f"{kind} of {agent}": value for agent, who in PEOPLE.items() for kind, value in zip(["name", "e-mail", "phone"], who, strict=True)},
    **{f"id {agent}": agent for agent in (AGENT, *OTHERS)},
}  # fmt: skip


class MarkedTenant:
    """A tenant that has marked values wherever a tenant can have any."""

    def __init__(self):
        self.errors = []

    def answer(self, request, region):
        path = request.target.path
        if path == "/oauth/token":
            return self._delivery(
                {
                    "access_token": TOKEN,
                    "token_type": "Bearer",
                    "expires_in": 900,
                    "refresh_token": MARKS["a refresh token"],
                }
            )
        if path == "/api/v2/agents/states":
            asked = dict(request.query).get("agentId")
            rows = [self._row(agent) for agent in PEOPLE if asked in {None, agent}]
            return self._delivery(rows if dict(request.query).get("page", "1") == "1" else [])
        agent = path.rpartition("/")[2]
        if agent == "html":
            body = f"<p>{MARKS['what is no JSON']} {SECRET} {PEOPLE[AGENT][0]}</p>".encode()
            return self._delivery(body, status=502, media_type="text/html")
        if agent not in PEOPLE:
            told = f"nobody like {quote(agent)}: ask {PEOPLE[AGENT][0]} or {MARKS['an e-mail in an error']}"
            return self._delivery({"error": "not_found", "error_description": told}, status=404)
        return self._delivery(self._profile(agent))

    def _row(self, agent):
        name, email, phone = PEOPLE[agent]
        return {
            "agentId": agent,
            "state": {"name": "Available", "changedBy": name},
            "stateGroup": {"name": "Ready"},
            "lastUpdated": "2026-01-02T03:04:05Z",
            "firstName": name.split()[0],
            "contact": {"mail": email, "phones": [phone]},
        }

    def _profile(self, agent):
        name, email, phone = PEOPLE[agent]
        inner = {"user": {"name": MARKS["a name in JSON in a string"]}, "of": name}
        return {
            "agentId": agent,
            "name": name,
            "email": email,
            "site": MARKS["an undeclared text"],
            "manager": {"first": MARKS["a name in an object"].split()[0], "name": MARKS["a name in an object"]},
            "by": {MARKS["a name for a key"]: 1, MARKS["an e-mail for a key"]: {"since": "2020-01-01"}, agent: "self"},
            "note": f"{name} <{email}> called {phone}, then {MARKS['a national number']}; see {quote(name)}",
            "raw": json.dumps(inner),
            "packed": b64encode(json.dumps({"to": MARKS["an e-mail in base64"], "cc": email}).encode()).decode(),
            "self": f"https://files.marktenant.test/{quote(email)}?apiKey={MARKS['a key in a URL']}",
            "legacy": int(MARKS["an id that is a number"]),
            "tenantId": MARKS["a tenant's id"],
            "bearer": f"Bearer {TOKEN}",
        }

    def _delivery(self, document, *, status=200, media_type="application/json"):
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        headers = {
            "Content-Type": media_type,
            "Cache-Control": "no-store",
            "Set-Cookie": f"sid={MARKS['a cookie']}; Path=/; HttpOnly",
            "X-Trace-Id": MARKS["a header"],
            "WWW-Authenticate": f'Bearer realm="{MARKS["a realm"]}"',
            "Link": f"</api/v2/agents/{AGENT}?email={quote(PEOPLE[AGENT][1])}>; rel=related",
        }
        return Delivery(response=Response(status=status, headers=Headers(headers), body=body))


TESTS = """
import base64, json, logging, os
import httpx, pytest, requests, urllib3
from pytest_cxone.states import AgentOnline

AGENT = os.environ["TARGET_AGENT_ID"]
BASE = os.environ["CXONE_BASE_URL"]
AUTH = os.environ["CXONE_AUTH_URL"]

def granted():
    form = {"grant_type": "client_credentials", "client_id": os.environ["CXONE_CLIENT_ID"],
            "client_secret": os.environ["CXONE_CLIENT_SECRET"]}
    return requests.post(AUTH, data=form).json()["access_token"]

def bearer():
    return {"Authorization": f"Bearer {granted()}", "Cookie": os.environ["A_COOKIE"]}

WAYS = {
    "requests": lambda path: requests.get(BASE + path, headers=bearer()).content,
    "httpx": lambda path: httpx.get(BASE + path, headers=bearer()).content,
    "urllib3": lambda path: urllib3.PoolManager().request("GET", BASE + path, headers=bearer()).data,
}
PATHS = ["/api/v2/agents/" + AGENT, "/api/v2/agents/states", "/api/v2/agents/states?agentId=" + AGENT,
         "/api/v2/agents/nobody", "/api/v2/agents/html"]

@pytest.mark.parametrize("path", range(5))
@pytest.mark.parametrize("way", WAYS)
def test_passes(cxone_tenant, way, path):
    assert WAYS[way](PATHS[path])

@pytest.mark.parametrize("path", range(5))
@pytest.mark.parametrize("way", WAYS)
def test_fails(cxone_tenant, way, path):
    body = WAYS[way](PATHS[path])
    text = body.decode()
    print(text)
    print(body, repr(text))
    logging.getLogger("x").warning("%s", text)
    assert body == text

def test_client(cxone, cxone_tenant):
    cxone_tenant.provide(AgentOnline())
    rows = list(cxone.online_agents())
    agent = cxone.agent(rows[0].agent_id)
    assert (agent.name, agent.email) == (rows, AGENT)

def test_derived(cxone, cxone_tenant):
    cxone_agent = cxone_tenant.provide(AgentOnline())
    agent = cxone.agent(cxone_agent)
    for other in (cxone_agent + "0", cxone_agent[:4] + "*", agent.email, agent.name.lower(), agent.name.split()[0]):
        cxone.http.get("/api/v2/agents/states", params={"agentId": other})
        cxone.http.get("/api/v2/agents/" + other)

def test_document(cxone):
    profile = cxone.http.get("/api/v2/agents/" + AGENT).json()
    note, packed, inner = profile["note"], profile["packed"], json.loads(profile["raw"])
    shown = base64.b64decode(packed), json.dumps(profile), json.dumps(json.dumps(profile)), ascii(profile)
    for text in shown:
        print(text)
    assert profile == inner

def test_long(cxone):
    rows = cxone.http.get("/api/v2/agents/states").json() * 50
    assert rows == json.dumps(rows)

def test_token(cxone):
    token = granted()
    claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
    assert claims == token

def test_raises(cxone_tenant):
    raise RuntimeError(f"{bearer()} {requests.get(BASE + PATHS[0], headers=bearer()).json()}")

def test_mapped(cxone):
    assert cxone.agent_state("test-agent-1") is None

def test_credentials(cxone_tenant):
    basic = base64.b64encode(f"{os.environ['CXONE_CLIENT_ID']}:{os.environ['CXONE_CLIENT_SECRET']}".encode()).decode()
    requests.get(BASE + PATHS[1], headers={"Authorization": f"Basic {basic}", "X-Api-Key": os.environ["CXONE_CLIENT_SECRET"]})
    assert basic == 1
"""


def encodings(value):
    plain = value.encode()
    whole = {b64encode(b"." * before + plain).decode()[(before * 8 + 5) // 6 :].rstrip("=")[:-1] for before in range(3)}
    return {
        value, quote(value), quote(value, safe=""), quote_plus(value), json.dumps(value)[1:-1],
        json.dumps(json.dumps(value)[1:-1])[1:-1], ascii(value)[1:-1], repr(plain)[2:-1], plain.hex(), *whole,
    }  # fmt: skip


def found(text):
    return {
        f"{what} as {written!r}" for what, value in MARKS.items() for written in encodings(value) if written in text
    }


def test_no_mark_is_in_any_file_nor_in_what_is_shown(pytester, monkeypatch):
    pytester.makepyfile(test_it=TESTS)
    pytester.makeini("[pytest]\n")
    with serving(MarkedTenant(), "us") as served:
        for name, value in {
            "CXONE_BASE_URL": served.url,
            "CXONE_AUTH_URL": f"{served.url}/oauth/token",
            "CXONE_CLIENT_ID": CLIENT,
            "CXONE_CLIENT_SECRET": SECRET,
            "TARGET_AGENT_ID": AGENT,
            "A_COOKIE": f"sid={MARKS['a cookie']}",
            "CXONE_AGENTS": f"test-agent-1={OTHERS[0]}",
        }.items():
            monkeypatch.setenv(name, value)
        result = pytester.runpytest_subprocess(
            "-p", "no:randomly", "-p", "no:asyncio", "--cxone-record", "-l", "--junitxml=junit.xml", "--debug=debug.log",
            "-ra", timeout=200,
        )  # fmt: skip
    counts = result.parseoutcomes()
    assert counts["passed"] >= 15, result.stdout.str()[-3000:]
    assert counts["failed"] >= 15
    files = [path for path in pytester.path.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    assert sum(path.suffix == ".yaml" for path in files) >= 15
    shown = {"stdout": result.stdout.str(), "stderr": result.stderr.str()}
    for path in files:
        # What the outer run keeps of the inner one's output is looked at above.
        if path.name not in {"test_it.py", "stdout", "stderr"}:
            shown[path.name] = path.read_text("utf-8", "replace")
    told = {name: marks for name, text in shown.items() if (marks := found(text))}
    assert not told
    assert not counts.get("errors"), [line for line in result.stdout.lines if "was not written" in line]


class Seen:
    """A guard that has seen exchanges."""

    def __init__(self, *exchanges):
        self.unlearned = deque(exchanges)
        self.named = set()
        self.secrets = {SECRET}


@pytest.fixture
def privacy():
    options = {"CXONE_BASE_URL": "https://acme.example.net", "CXONE_CLIENT_ID": CLIENT, "CXONE_CLIENT_SECRET": SECRET}
    settings = resolve({"mode": "live"}, options, {})
    tenant = MarkedTenant()
    asked = [
        Request(method="GET", url=f"https://acme.example.net/api/v2/agents{path}") for path in ("/states", f"/{AGENT}")
    ]
    seen = [Exchange(request=request, response=tenant.answer(request, "us").response) for request in asked]
    return Privacy(settings, Seen(*seen), ScrubPolicy(lambda: settings, Rules()).scrubber)


@pytest.mark.parametrize(
    "mark", [PEOPLE[AGENT][0], PEOPLE[AGENT][1], MARKS["an undeclared text"], SECRET, "mark.yamada@marktenant.test"]
)
def test_what_is_left_of_a_shortened_text_is_hidden_too(privacy, mark):
    for size in range(5, len(mark)):
        shown = privacy.clean(f"assert '{mark[:size]}...{mark[-size:]}' == 1 and {mark!r}")
        assert mark not in shown
        if mark != MARKS["an undeclared text"]:
            assert not any(part in shown for part in (mark[:size], mark[-size:]) if size > 7)


def test_credentials_that_are_not_set_hide_nothing():
    key = {"CXONE_DIALECT": "acd", "CXONE_ACCESS_KEY_ID": "the-key-4711", "CXONE_ACCESS_KEY_SECRET": SECRET}
    settings = resolve({"mode": "live"}, key, {})
    privacy = Privacy(settings, Seen(), ScrubPolicy(lambda: settings, Rules()).scrubber)
    nothing = b64encode(b":").decode()
    text = f"the sender wrote {nothing}"
    assert privacy.clean(f"{text}, and {SECRET}") == f"{text}, and ***"


def test_a_client_and_its_secret_are_hidden_as_they_are_sent(privacy):
    assert privacy.clean(b64encode(f"{CLIENT}:{SECRET}".encode()).decode()) == "***"


def test_a_report_that_is_cleaned_again_stays(privacy):
    text = json.dumps(MarkedTenant()._profile(AGENT)) + repr(PEOPLE) + repr(MARKS)
    clean = privacy.clean(text)
    assert privacy.clean(clean) == clean


def test_a_long_report_is_cleaned_to_its_end(privacy):
    text = repr(json.dumps([MarkedTenant()._profile(AGENT)] * 2_000).encode())
    assert len(text) > 2_000_000
    clean = privacy.clean(text)
    assert not {mark for mark in found(clean) if not mark.startswith("what is no JSON")}
