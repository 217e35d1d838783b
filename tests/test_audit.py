"""A cassette in a repository is looked over without knowing any value: what scrubbing writes passes, all else is told."""

import base64
import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pytest_cxone.cassettes.audit import Audit, Problem, is_other_yaml
from pytest_cxone.cassettes.cassette import POLICY, Cassette, Interaction, Provenance, Source, seal_of
from pytest_cxone.cassettes.files import text_of
from pytest_cxone.cassettes.policy import ScrubPolicy
from pytest_cxone.cassettes.rules import Rules, read_rules
from pytest_cxone.cassettes.tokens import scrubbed_jwt
from pytest_cxone.model import Exchange, Headers, Request, Response
from pytest_cxone.settings import resolve

PATH = Path("cassettes/platform-v2/tests.test_board/test_shows_break.yaml")
URL = "https://platform.nicecxone.com/api/v2/agents/states?agentId=730258244"
FORM = "grant_type=client_credentials&client_id=scrubbed&client_secret=scrubbed&scope=read%3Aagent"
SECRET = "hunter2-hunter2"


def jwt(claims):
    parts = ({"alg": "HS256", "typ": "JWT"}, claims)
    return ".".join(
        [*(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().strip("=") for part in parts), "sig"]
    )


JWT = jwt({"sub": "1234567890", "name": "Jane Roe"})
STANDS_FOR_JWT = scrubbed_jwt(jwt({"sub": "1234567890", "iat": 1_700_000_000, "exp": 1_700_000_900}), "scrubbed-1")


def interaction(*, url=URL, sent="", headers=None, answered=None, received='{"state": "Available"}'):
    body = received if isinstance(received, bytes) else received.encode()
    return Interaction(
        exchange=Exchange(
            request=Request(
                method="POST" if sent else "GET",
                url=url,
                headers=Headers({"Accept": "application/json"} | (headers or {})),
                body=sent.encode(),
            ),
            response=Response(
                status=200, headers=Headers({"content-type": "application/json"} | (answered or {})), body=body
            ),
        )
    )


def cassette(*interactions, **changes):
    """Return a cassette whose seal fits, as the recorder would write one."""
    known = Provenance(
        test="tests.test_board::test_shows_break",
        recorded_at=datetime(2026, 11, 22, 10, tzinfo=UTC),
        source=Source.TENANT,
        dialect="platform-v2",
        api="v2",
        region="us",
        tenant="e9fe2a4899db",
        recorder="0.1.0",
        seal=seal_of(interactions),
    )
    return Cassette(interactions=interactions, provenance=replace(known, **changes))


def foreign(*interactions):
    return Cassette(interactions=interactions)


def audit(content, *, path=PATH, rules="", secrets=()):
    content = text_of(content) if isinstance(content, Cassette) else content
    return Audit(Rules(read_rules(rules)), secrets).problems(
        path, content if isinstance(content, bytes) else content.encode()
    )


def told(problems):
    return [problem.what for problem in problems]


# What passes

CLEAN = {
    "a token request": {"sent": FORM, "received": '{"access_token": "scrubbed-1", "token_type": "Bearer"}'},
    "what stands for a JSON web token": {"received": json.dumps({"access_token": STANDS_FOR_JWT})},
    "the same in a text": {"received": json.dumps({"note": f"got {STANDS_FOR_JWT} again"})},
    "scrubbed credentials": {"headers": {"Authorization": "Bearer scrubbed"}},
    "an unknown scheme": {"headers": {"Authorization": "scrubbed"}},
    "a scrubbed key": {"headers": {"X-Api-Key": "scrubbed"}},
    "a challenge": {"answered": {"www-authenticate": 'Basic realm="scrubbed"'}},
    "secrets that are nothing": {"received": '{"token": null, "secret": "", "pin": 0, "password": true, "sig": 0.0}'},
    "a word that is no secret": {"received": '{"token_type": "Bearer", "expires_in": 900, "error": "invalid_token"}'},
    "an alias of an address": {"received": '{"email": "dulahu.lizafemo@pufiwute.example"}'},
    "one in upper case": {"received": '{"email": "DULAHU.LIZAFEMO@PUFIWUTE.EXAMPLE"}'},
    "addresses of nobody": {"received": '["a@example.com", "b@mail.example.org", "c@x.invalid", "d@x.test"]'},
    "an address in a query": {"url": f"{URL}&q=dulahu%40pufiwute.example"},
    "a mark that is no address": {"received": '{"note": "3 @ 4, me@localhost, @home, a@b"}'},
    "another region": {"url": "https://platform.nicecxone-eu.com/api/v2/agents/1"},
    "what was no JSON": {"received": "(scrubbed: 1234 bytes of text/html)"},
    "bytes": {"received": b"\xff\xfe\x00"},
    "nothing": {"received": ""},
}


@pytest.mark.parametrize("changes", CLEAN.values(), ids=CLEAN)
def test_what_scrubbing_writes_passes(changes):
    assert audit(cassette(interaction(**changes))) == []


def test_line_ends_of_windows_change_nothing():
    text = text_of(cassette(interaction(received='{\n"a": 1\n}')))
    assert audit(text.replace("\n", "\r\n")) == []


# What does not

HEADER = "the header {} is not scrubbed"
TOKEN = "a token, or what a rule says is secret, is not scrubbed"
ADDRESS = "an e-mail address that may be somebody's"
HOST = "a URI at a host that is no region's own, and may tell the tenant"
FOUND = {
    "credentials": ({"headers": {"Authorization": f"Bearer {SECRET}"}}, [HEADER.format("Authorization")]),
    "credentials without a scheme": ({"headers": {"authorization": SECRET}}, [HEADER.format("authorization")]),
    "credentials beside scrubbed ones": (
        {"headers": {"Authorization": f"Bearer scrubbed, Basic {SECRET}"}}, [HEADER.format("Authorization")],
    ),
    "of a proxy": ({"headers": {"Proxy-Authorization": f"Basic {SECRET}"}}, [HEADER.format("Proxy-Authorization")]),
    "a cookie": ({"headers": {"Cookie": "sid=scrubbed"}}, [HEADER.format("Cookie")]),
    "a cookie that is set": ({"answered": {"Set-Cookie": "sid=1"}}, [HEADER.format("Set-Cookie")]),
    "a key": ({"headers": {"X-Api-Key": SECRET}}, [HEADER.format("X-Api-Key")]),
    "a subscription's key": (
        {"headers": {"Ocp-Apim-Subscription-Key": SECRET}}, [HEADER.format("Ocp-Apim-Subscription-Key")],
    ),
    "two headers": (
        {"headers": {"Cookie": "sid=1", "X-Auth-Token": SECRET}}, [HEADER.format("Cookie"), HEADER.format("X-Auth-Token")],
    ),
    "a secret in a query": ({"url": f"{URL}&access_token={SECRET}"}, ["access_token of the query is not scrubbed"]),
    "one in a Location": (
        {"answered": {"Location": f"https://platform.nicecxone.com/?client_secret={SECRET}"}},
        ["client_secret of the header Location is not scrubbed"],
    ),
    "one in a form": (
        {"sent": f"grant_type=x&client_secret={SECRET}"}, ["client_secret of the form is not scrubbed"],
    ),
    "one in a body": ({"received": json.dumps({"token": SECRET})}, ["token of a body is not scrubbed"]),
    "one in a body that was sent": ({"sent": json.dumps({"password": SECRET})}, ["password of a body is not scrubbed"]),
    "one deep in a body": (
        {"received": json.dumps([{"a": [{"b": {"refreshToken": [SECRET]}}]}])}, ["refreshToken of a body is not scrubbed"],
    ),
    "all below a secret": (
        {"received": json.dumps({"credentials": {"one": SECRET}})}, ["one of a body is not scrubbed"],
    ),
    "a number": ({"received": '{"password": 123456}'}, ["password of a body is not scrubbed"]),
    "a broken number": ({"received": '{"password": 1234.5}'}, ["password of a body is not scrubbed"]),
    "a key that came twice": (
        {"received": f'{{"token": "{SECRET}", "token": "scrubbed-1"}}'}, ["token of a body is not scrubbed"],
    ),
    "an odd name": (
        {"received": json.dumps({f"Jane Roe's {'x' * 40} token": SECRET})}, ["a name that is long or odd of a body is not scrubbed"],
    ),
    "a JSON web token in a text": ({"received": json.dumps({"note": f"got {JWT}"})}, [TOKEN]),
    "one in a page": ({"received": f"<p>{JWT}</p>"}, [TOKEN]),
    "one in a path": ({"url": f"https://platform.nicecxone.com/api/v2/{JWT}"}, [TOKEN]),
    "bearer credentials in a text": ({"received": json.dumps({"note": f"sent Bearer {SECRET}"})}, [TOKEN]),
    "basic credentials in a text": ({"received": '{"note": "Basic dXNlcjpwYXNzd29yZA=="}'}, [TOKEN]),
    "an address": ({"received": '{"email": "jane.roe@corp.com"}'}, [ADDRESS]),
    "an address of a similar domain": ({"received": '["jane@notexample.com", "jane@corp.example.net.au"]'}, [ADDRESS]),
    "an encoded one": ({"url": f"{URL}&q=jane%40corp.com"}, [ADDRESS]),
    "an escaped one": ({"received": '{"email": "jane\\u0040corp.com"}'}, [ADDRESS]),
    "one in a form that was sent": ({"sent": "q=jane%40corp.com"}, [ADDRESS]),
    "a tenant's host": ({"url": "https://acme.nicecxone.com/api/v2/agents/1"}, [HOST]),
    "a port": ({"url": "https://platform.nicecxone.com:8443/api/v2/agents/1"}, [HOST]),
    "no URI": ({"url": "https://["}, ["a URI is none"]),
    "credentials before a host": (
        {"url": f"https://me:{SECRET}@platform/"}, [HOST, "credentials before the host of a URI"],
    ),
    "what is compressed": (
        {"received": gzip.compress(b"{}", mtime=0)}, ["a body is compressed, so nobody can look into it"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "expected"), FOUND.values(), ids=FOUND)
def test_what_scrubbing_would_not_write_is_told_once_without_its_value(changes, expected):
    problems = audit(cassette(interaction(), interaction(**changes)))
    assert told(problems) == expected
    text = "\n".join(map(str, problems))
    for value in (SECRET, JWT, "jane", "Jane", "acme", "dXNl", "1234"):
        assert value not in text


def test_a_problem_is_told_at_its_line_with_what_to_do():
    content = text_of(cassette(interaction(), interaction(received=f'{{\n"a": 1,\n"token": "{SECRET}"\n}}')))
    line = next(number for number, text in enumerate(content.splitlines(), 1) if SECRET in text)
    [problem] = audit(content)
    assert problem.line == line
    assert str(problem) == (
        f"{PATH}:{line}: token of a body is not scrubbed; "
        "revoke it where it may be known to others, and record the test again"
    )


OF_URLS = {"a tenant's host", "a port", "no URI", "credentials before a host"}


@pytest.mark.parametrize("name", [name for name in FOUND if name not in OF_URLS])
def test_scrubbing_takes_out_what_is_told(name):
    policy = ScrubPolicy(lambda: resolve({}, {"CXONE_CLIENT_SECRET": "key"}, {}), Rules())
    recorded = interaction(**FOUND[name][0]).exchange
    assert audit(cassette(*(Interaction(exchange=exchange) for exchange in policy.scrubber().scrub([recorded])))) == []


@pytest.mark.parametrize("changes", [changes for changes, _ in FOUND.values()], ids=FOUND)
def test_a_place_is_inside_of_the_interaction_that_has_it(changes):
    content = text_of(cassette(interaction(), interaction(**changes), interaction()))
    starts = [number for number, line in enumerate(content.splitlines(), 1) if line.startswith("- request:")]
    for problem in audit(content):
        assert starts[1] <= problem.line < starts[2]


def test_what_stands_beside_the_interactions_is_looked_at_too():
    content = text_of(cassette(interaction())) + f"# ask jane@corp.com\n# {JWT}\n"
    problems = audit(content)
    last = content.count("\n")
    assert [(problem.line, problem.what) for problem in problems] == [(last - 1, ADDRESS), (last, TOKEN)]


# The cassette as a whole


def test_a_recording_of_others_is_told_and_audited():
    problems = audit(foreign(interaction(url="https://acme.test/", headers={"Cookie": "a=b"})))
    assert told(problems) == ["not recorded by pytest-cxone", HEADER.format("Cookie")]
    assert problems[0].line is None
    assert str(problems[0]).startswith(f"{PATH}: not recorded")


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace("Available", "Break"),
        lambda text: text[: text.rindex("- request:")],
        lambda text: text.replace("2026", "2025").replace('"code": 200', '"code": 500', 1),
        lambda text: text.replace('  seal: "', '  seal: "0'),
    ],
    ids=["edited", "cut off", "another status", "another seal"],
)
def test_an_edit_since_the_recording_is_told_at_the_seal(change):
    [problem] = audit(change(text_of(cassette(interaction(), interaction()))))
    assert problem.what == "edited, or cut off, since it was recorded"
    assert problem.line == 13


def test_an_older_policy_is_told():
    [problem] = audit(cassette(interaction(), policy=POLICY - 1))
    assert problem.what == f"scrubbed by policy {POLICY - 1}, and {POLICY} takes out more"
    assert problem.line == 12


@pytest.mark.parametrize(
    "path",
    [
        PATH.with_name("test_other.yaml"),
        PATH.parent.with_name("tests.test_other") / PATH.name,
        Path("/", PATH.name),
    ],
    ids=["another test", "another module", "no folder"],
)
def test_a_file_that_was_moved_is_told(path):
    [problem] = audit(cassette(interaction()), path=path)
    assert problem.what == "stands under another name than its test"
    assert problem.line == 4


def test_a_test_that_is_none_is_told_so():
    assert told(audit(cassette(interaction(), test="nonsense"))) == ["stands under another name than its test"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff\xfe", "it is not text in UTF-8"),
        (b"", "it is empty"),
        (b"a: 1\n", "it has no list of `interactions:`"),
        (b"interactions: [1]\n", "interaction 1 has no `request:`"),
        (
            f"cxone: {{policy: 1, test: a, dialect: b, recorded_at: {SECRET}, source: x}}\ninteractions: []".encode(),
            "(…)",
        ),
        (b"interactions: [\n", "it is not YAML"),
        (f"interactions: !{SECRET} []\n".encode(), "it is not YAML"),
    ],
    ids=["bytes", "empty", "no interactions", "no request", "no time", "no YAML", "a tag"],
)
def test_what_cannot_be_read_is_told_with_the_reason_and_no_value(content, reason):
    [problem] = audit(content)
    assert problem.what.startswith("cannot be read: ")
    assert reason in problem.what
    assert SECRET not in str(problem)
    assert str(PATH) not in problem.what


def test_a_secret_in_what_cannot_be_read_is_told_as_well():
    problems = audit(f"interactions: [\n# Bearer {SECRET}\n")
    assert [problem.what for problem in problems if problem.line == 2] == [TOKEN]


# What the caller knows


@pytest.mark.parametrize(
    "encode",
    [str, lambda text: base64.b64encode(text.encode()).decode(), lambda text: text.encode().hex()],
    ids=["plain", "base64", "hex"],
)
def test_a_secret_of_the_environment_is_found_in_any_encoding(encode):
    content = cassette(interaction(received=json.dumps({"note": encode("correct horse battery staple")})))
    assert audit(content) == []
    [problem] = audit(content, secrets=["", "correct horse battery staple"])
    assert problem.what.startswith("a secret of the environment (")
    assert "string:" in text_of(content).splitlines()[problem.line - 1]


def test_a_rule_with_a_key_is_added():
    content = cassette(interaction(received='{"badge": "B-77"}'))
    assert audit(content) == []
    assert told(audit(content, rules="secret: badge")) == ["badge of a body is not scrubbed"]


def test_a_rule_with_a_pattern_is_added():
    content = cassette(interaction(received='{"note": "at desk D-12 today"}'))
    assert told(audit(content, rules="secret: /D-\\d+/")) == [TOKEN]


def test_only_what_has_nothing_to_do_with_cassettes_is_another_yaml():
    assert is_other_yaml(Path("fixtures/a.yaml"), b"a: 1\n# interactions are fun\n")
    assert not is_other_yaml(PATH, b"a: 1\n")
    assert not is_other_yaml(Path("fixtures/a.yaml"), b"version: 1\ninteractions:\n- request: [\n")
    assert not is_other_yaml(Path("fixtures/a.yaml"), b'{"version": 1, "interactions": []}')


def test_problems_are_values():
    assert Problem(path=PATH, line=1, what="a", remedy="b") == Problem(path=PATH, line=1, what="a", remedy="b")


@pytest.mark.parametrize(
    "text", ["x" * 400_000 + "@", "eyJ" * 1000, "@" * 2000, "a=" * 20_000], ids=lambda text: text[:3]
)
def test_no_text_leads_a_pattern_astray(text):
    # One that goes over it again from each character would not come to an end.
    assert not [problem for problem in audit(cassette(interaction(received=text))) if "cannot be read" in problem.what]


def test_an_alias_in_an_echoed_url_is_nobodys_address():
    body = '{"path": "/x?q=%7B%22who%22%3A%22wizi.juhori@kiloli.example%22%7D&v=2.0/a.html"}'
    assert audit(cassette(interaction(received=body))) == []
