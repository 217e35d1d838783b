"""The model's values: what they read from requests and responses, and what they never show."""

import traceback
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime

import pytest

from pytest_cxone.model import (
    Agent,
    AgentState,
    Call,
    Credentials,
    Exchange,
    Grant,
    Headers,
    Hosts,
    Request,
    Response,
    Secret,
)

HIDDEN = "hidden-text"

# Secrets


HOLDERS = {
    "repr": repr,
    "str": str,
    "format": "{}".format,
    "format with width": "{!s:>20}".format,
    "percent": lambda secret: "%s %r" % (secret, secret),
    "list": lambda secret: str([secret]),
    "dict key": lambda secret: str({secret: 1}),
    "grant": lambda secret: repr(Grant(token=secret, expires_in=900, scopes=None)),
    "form": lambda secret: repr(
        Call(operation="o", method="POST", path="/", form={"client_secret": secret, "client_id": HIDDEN})
    ),
    "call with JSON": lambda secret: repr(
        Call(operation="o", method="POST", path="/", json={"a": secret, "b": HIDDEN})
    ),
    "call with a name": lambda secret: repr(Call(operation="o", method="POST", path="/", basic=(HIDDEN, secret))),
    "credentials": lambda secret: repr(Credentials(client_secret=secret, access_key_secret=secret)),
    "grant that is renewed": lambda secret: repr(
        Grant(token=secret, expires_in=900, scopes=None, refresh_token=secret)
    ),
    "exception": lambda secret: str(ValueError("wrong", secret)),
    "vars": lambda secret: str(getattr(secret, "__dict__", "no dict")),
}


@pytest.mark.parametrize("show", HOLDERS.values(), ids=HOLDERS)
def test_a_secret_is_never_in_a_text_of_it_or_its_holder(show):
    assert HIDDEN not in show(Secret(HIDDEN))


def test_a_secret_is_not_in_a_traceback_with_locals():
    secret = Secret(HIDDEN)
    try:
        secret.nothing  # noqa: B018
    except AttributeError as error:
        shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "Secret('***')" in shown
    assert HIDDEN not in shown


def test_a_secret_is_revealed_only_when_asked():
    assert Secret(HIDDEN).reveal() == HIDDEN


def test_secrets_are_equal_by_text_and_never_to_the_text():
    assert Secret("a") == Secret("a")
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert Secret("a") != "a"


def test_an_empty_secret_is_false():
    assert not Secret("")
    assert Secret(" ")


def test_bodies_and_header_values_are_not_in_the_text_of_an_exchange():
    headers = Headers({"Authorization": f"Bearer {HIDDEN}"})
    exchange = Exchange(
        request=Request(method="POST", url="https://t/", headers=headers, body=HIDDEN.encode()),
        response=Response(status=200, headers=headers, body=HIDDEN.encode()),
    )
    assert HIDDEN not in repr(exchange)
    assert "Headers(Authorization)" in repr(exchange)


def test_raw_rows_are_neither_shown_nor_compared():
    since = datetime(2024, 1, 1, tzinfo=UTC)
    row = AgentState(agent_id="1", state="Available", group="Available", since=since, raw={"x": HIDDEN})
    assert HIDDEN not in repr(row)
    assert row == AgentState(agent_id="1", state="Available", group="Available", since=since)
    agent = Agent(agent_id="1", name="n", email="e@x", raw={"x": HIDDEN})
    assert HIDDEN not in repr(agent)


def test_values_are_frozen():
    with pytest.raises(FrozenInstanceError):
        Request(method="GET", url="https://t/").method = "POST"


# Headers


def test_header_names_ignore_case_and_keep_their_spelling():
    headers = Headers({"Content-Type": "text/html"})
    assert headers["content-TYPE"] == "text/html"
    assert "CONTENT-type" in headers
    assert list(headers) == ["Content-Type"]
    assert dict(headers) == {"Content-Type": "text/html"}


def test_a_field_that_came_twice_is_one_value_under_its_first_name():
    headers = Headers([("Vary", "A"), ("vary", "B"), ("X", "1")])
    assert dict(headers) == {"Vary": "A, B", "X": "1"}
    assert len(headers) == 2


def test_a_missing_header_is_missing():
    assert Headers().get("X") is None
    with pytest.raises(KeyError):
        Headers()["X"]


# Where a tenant is reached

PLATFORM = "https://platform.nicecxone.com"
HOSTS = Hosts(PLATFORM, f"{PLATFORM}/oauth/token")
PROXIED = Hosts("https://proxy.example:8443/cxone/", "https://login.example/tenant/token")
ISSUER = "https://issuer.example"
UNKNOWN = Hosts("", "", ISSUER)
FOUND = Hosts("https://api.example/x", "https://login.example/token", ISSUER)
GATED = Hosts("https://api.example/x", "https://login.example/gate/token", ISSUER)
ODD = Hosts("https://api.example/x", "https://login.example/gate/log-in", ISSUER)


@pytest.mark.parametrize(
    ("hosts", "url", "path"),
    [
        pytest.param(HOSTS, f"{PLATFORM}/api/v2/agents/1", "/api/v2/agents/1", id="path"),
        pytest.param(HOSTS, f"{PLATFORM}/a?b=c&d=%2F", "/a?b=c&d=%2F", id="query"),
        pytest.param(HOSTS, f"{PLATFORM}/a#part", "/a", id="fragment"),
        pytest.param(HOSTS, f"{PLATFORM}/a%2Fb", "/a%2Fb", id="quoted"),
        pytest.param(HOSTS, PLATFORM, "/", id="no path"),
        pytest.param(HOSTS, f"{PLATFORM}:443/a", "/a", id="default port"),
        pytest.param(HOSTS, "HTTPS://Platform.NiceCXone.com/a", "/a", id="case of scheme and host"),
        pytest.param(HOSTS, f"{PLATFORM}/A", "/A", id="case of path"),
        pytest.param(HOSTS, f"{PLATFORM}/oauth/token", "/token", id="token"),
        pytest.param(HOSTS, f"{PLATFORM}/oauth/token/", "/token", id="token with slash"),
        pytest.param(HOSTS, f"{PLATFORM}/oauth/token?x=1", "/token?x=1", id="token with query"),
        pytest.param(HOSTS, f"{PLATFORM}/oauth/tokens", "/oauth/tokens", id="not quite token"),
        pytest.param(HOSTS, f"{PLATFORM}.evil.example/a", None, id="look-alike: longer"),
        pytest.param(HOSTS, "https://evil-platform.nicecxone.com/a", None, id="look-alike: prefix"),
        pytest.param(HOSTS, f"{PLATFORM}@evil.example/a", None, id="look-alike: user"),
        pytest.param(HOSTS, f"https://evil.example/?{PLATFORM}/a", None, id="look-alike: query"),
        pytest.param(HOSTS, f"https://evil.example/{PLATFORM}", None, id="look-alike: path"),
        pytest.param(HOSTS, f"{PLATFORM}:8443/a", None, id="another port"),
        pytest.param(HOSTS, "http://platform.nicecxone.com/a", None, id="another scheme"),
        pytest.param(HOSTS, "https://platform.nicecxone-eu.com/a", None, id="another region"),
        pytest.param(HOSTS, "/api/v2/agents/1", None, id="relative"),
        pytest.param(PROXIED, "https://proxy.example:8443/cxone/a?b", "/a?b", id="under the prefix"),
        pytest.param(PROXIED, "https://proxy.example:8443/cxone", "/", id="the prefix"),
        pytest.param(PROXIED, "https://proxy.example:8443/cxone2/a", None, id="a longer prefix"),
        pytest.param(PROXIED, "https://proxy.example:8443/a", None, id="beside the prefix"),
        pytest.param(PROXIED, "https://proxy.example/cxone/a", None, id="the prefix, default port"),
        pytest.param(PROXIED, "https://login.example/tenant/token", "/token", id="token elsewhere"),
        pytest.param(PROXIED, "https://login.example/tenant", None, id="the token's host"),
        pytest.param(UNKNOWN, f"{ISSUER}/a?b", "/a?b", id="the issuer"),
        pytest.param(UNKNOWN, "https://api.example/x/a", None, id="not found yet"),
        pytest.param(UNKNOWN, "/a", None, id="relative, not found yet"),
        pytest.param(UNKNOWN, "", None, id="nothing, not found yet"),
        pytest.param(FOUND, f"{ISSUER}/a", "/a", id="the issuer of one that is found"),
        pytest.param(FOUND, "https://api.example/x/a", "/a", id="found"),
        pytest.param(FOUND, "https://api.example/a", None, id="beside the prefix that was found"),
        pytest.param(FOUND, "https://login.example/token", "/token", id="the token that was found"),
        pytest.param(FOUND, "https://login.example/refresh?x", "/refresh?x", id="beside that token"),
        pytest.param(FOUND, "https://login.example.evil.example/token", None, id="look-alike of the login"),
        pytest.param(GATED, "https://login.example/gate/token", "/token", id="the token behind a prefix"),
        pytest.param(
            GATED, "https://login.example/gate/refresh?x", "/refresh?x", id="beside the token behind a prefix"
        ),
        pytest.param(GATED, "https://login.example/gates/refresh", None, id="behind a longer prefix"),
        pytest.param(GATED, "https://login.example/refresh", None, id="before the prefix"),
        pytest.param(GATED, "https://login.example.evil.example/gate/token", None, id="look-alike of the gate"),
        pytest.param(ODD, "https://login.example/gate/log-in", "/token", id="a token at a path of its own"),
        pytest.param(ODD, "https://login.example/refresh", "/refresh", id="beside a token at a path of its own"),
    ],
)
def test_a_url_is_the_tenants_or_it_is_not(hosts, url, path):
    assert hosts.path_of(url, token_path="/token") == path


@pytest.mark.parametrize(
    ("hosts", "root"),
    [
        (HOSTS, f"{PLATFORM}/oauth"),
        (FOUND, "https://login.example"),
        (GATED, "https://login.example/gate"),
        (ODD, "https://login.example"),
        (UNKNOWN, ""),
    ],
    ids=["below a path", "none", "behind a prefix", "at a path of its own", "not found yet"],
)
def test_other_requests_for_tokens_are_beside_the_first_one(hosts, root):
    assert hosts.auth_root("/token") == root


@pytest.mark.parametrize(
    ("hosts", "url", "is_api"),
    [
        pytest.param(HOSTS, f"{PLATFORM}/a", True, id="path"),
        pytest.param(HOSTS, "/a", False, id="relative"),
        pytest.param(PROXIED, "https://login.example/tenant/token", False, id="the login"),
        pytest.param(FOUND, "https://api.example/x/a", True, id="found"),
        pytest.param(FOUND, "https://api.example/y", False, id="beside the prefix"),
        pytest.param(FOUND, f"{ISSUER}/a", False, id="the issuer"),
        pytest.param(FOUND, "https://login.example/a", False, id="the login that was found"),
        pytest.param(UNKNOWN, f"{ISSUER}/a", False, id="the issuer, not found yet"),
        pytest.param(UNKNOWN, "/a", False, id="relative, not found yet"),
        pytest.param(UNKNOWN, "", False, id="nothing, not found yet"),
    ],
)
def test_the_token_belongs_below_the_base_url_alone(hosts, url, is_api):
    assert hosts.is_api(url) is is_api


@pytest.mark.parametrize(
    ("hosts", "urls"),
    [(HOSTS, 2), (UNKNOWN, 1), (FOUND, 3), (Hosts("", ""), 0)],
    ids=["no issuer", "not found yet", "found", "none"],
)
def test_only_urls_that_are_known_are_told(hosts, urls):
    assert len(hosts.urls) == urls
    assert all(hosts.urls)


# Requests and responses


@pytest.mark.parametrize(
    ("url", "query"),
    [
        pytest.param("https://t/", [], id="none"),
        pytest.param("https://t/?b=2&a=1&b=3", [("b", "2"), ("a", "1"), ("b", "3")], id="order and repeats"),
        pytest.param("https://t/?a=&b", [("a", ""), ("b", "")], id="without a value"),
        pytest.param("https://t/?a=%C3%BC+x%26", [("a", "ü x&")], id="decoded"),
    ],
)
def test_a_query_is_decoded_in_order(url, query):
    assert Request(method="GET", url=url).query == query


def test_a_target_keeps_its_quoting():
    assert Request(method="GET", url="https://t/a%2Fb?x=1").target.path == "/a%2Fb"


@pytest.mark.parametrize(
    ("content_type", "media_type"),
    [
        ("application/json", "application/json"),
        ("Application/JSON ; charset=utf-8", "application/json"),
        ("", ""),
    ],
)
def test_a_media_type_is_without_case_and_parameters(content_type, media_type):
    assert Response(status=200, headers=Headers({"content-type": content_type})).media_type == media_type
    assert Response(status=200).media_type == ""


def test_a_call_is_named_by_method_and_path():
    assert str(Call(operation="o", method="GET", path="/a", params={"x": "1"})) == "GET /a"
