"""Replay: each recorded answer in its turn, whatever the request's spelling; and a miss that says what differs."""

import json
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_cxone.cassettes.cassette import Cassette, Interaction
from pytest_cxone.cassettes.player import Keys, Player
from pytest_cxone.cassettes.rules import Rules, ScrubRule
from pytest_cxone.errors import CXoneError, FakeError, NotRecorded, Unanswerable
from pytest_cxone.model import Exchange, Headers, Hosts, Request, Response

RECORDED = "https://platform.nicecxone.com"
HERE = "https://sandbox.example/cxone"
STATES = "/api/v2/agents/states"
TOKEN = "/oauth/token"
FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def locate(url):
    for base in (RECORDED, HERE):
        path = Hosts(base, base + TOKEN).path_of(url, token_path=TOKEN)
        if path is not None:
            return path
    return None


def request(path=STATES, method="GET", body=b"", media_type="", base=HERE):
    headers = Headers({"Content-Type": media_type} if media_type else {})
    return Request(method=method, url=base + path, headers=headers, body=body)


def recorded(path=STATES, answer=b"[]", *, status=200, method="GET", body=b"", media_type="", headers=()):
    asked = request(path, method, body, media_type, RECORDED)
    return Interaction(
        exchange=Exchange(request=asked, response=Response(status=status, headers=Headers(headers), body=answer))
    )


def player(*interactions, rules=()):
    return Player(
        Cassette(interactions=interactions),
        locate=locate,
        rules=Rules(rules),
        where="cassettes/test_x/test_y.yaml",
        remedy="pytest --cxone-record=all test_x.py::test_y",
    )


def bodies(playing, *requests):
    return [playing.answer(each).body for each in requests]


def missed(playing, asked):
    with pytest.raises(NotRecorded) as caught:
        playing.answer(asked)
    return caught.value


# What is the same request

SAME = {
    "another host": (recorded("/a"), request("/a")),
    "host of the recording": (recorded("/a"), request("/a", base=RECORDED)),
    "lower case": (recorded("/a"), request("/a", "get")),
    "parameters in another order": (recorded("/a?x=1&y=2"), request("/a?y=2&x=1")),
    "parameters encoded otherwise": (recorded("/a?x=a+b&y=%3a"), request("/a?x=a%20b&y=:")),
    "parameter without a value": (recorded("/a?x"), request("/a?x=")),
    "path encoded otherwise": (recorded("/a/b%40c%3a~"), request("/a/b@c:%7E")),
    "path beyond ASCII": (recorded("/a/m%c3%bcller"), request("/a/müller")),
    "fragment": (recorded("/a"), request("/a#b")),
    "secret parameter": (recorded("/a?api_key=SCRUBBED"), request("/a?api_key=k-1")),
    "a form in another order": (
        recorded("/a", method="POST", body=b"x=1&y=a+b", media_type=FORM),
        request("/a", "POST", b"y=a%20b&x=1", f"{FORM}; charset=utf-8"),
    ),
    "a secret in a form": (
        recorded(TOKEN, method="POST", body=b"client_secret=SCRUBBED", media_type=FORM),
        request(TOKEN, "POST", b"client_secret=s-1", FORM),
    ),
    "JSON in another order": (
        recorded("/a", method="PUT", body=b'{"x": [1, {"y": 2}], "z": null}', media_type=JSON),
        request("/a", "PUT", b'{"z":null,"x":[1,{"y":2}]}', "application/merge-patch+json"),
    ),
    "a secret in JSON": (
        recorded("/a", method="POST", body=b'[{"accessToken": null}]', media_type=JSON),
        request("/a", "POST", b'[{"accessToken": {"x": 1}}]', JSON),
    ),
    "a form without a media type": (
        recorded("/a", method="POST", body=b"x=1&y=", media_type=FORM),
        request("/a", "POST", b"y=&x=1"),
    ),
    "JSON without a media type": (
        recorded("/a", method="POST", body=b'{"x": 1}', media_type=JSON),
        request("/a", "POST", b'{"x":1}'),
    ),
    "a read with a body": (recorded("/a", body=b"x"), request("/a", body=b"y")),
    "JSON that is none": (
        recorded("/a", method="POST", body=b"{", media_type=JSON),
        request("/a", "POST", b"{", JSON),
    ),
}  # fmt: skip


@pytest.mark.parametrize(("known", "asked"), SAME.values(), ids=SAME)
def test_a_request_is_known_however_it_is_spelled(known, asked):
    assert player(known).answer(asked).body == b"[]"


OTHER = {
    "method": (recorded("/a"), request("/a", "HEAD")),
    "path": (recorded("/a"), request("/b")),
    "case of the path": (recorded("/a"), request("/A")),
    "encoded slash": (recorded("/a/b"), request("/a%2Fb")),
    "slash at the end": (recorded("/a"), request("/a/")),
    "value": (recorded("/a?x=1"), request("/a?x=2")),
    "parameter more": (recorded("/a"), request("/a?x=1")),
    "parameter twice": (recorded("/a?x=1"), request("/a?x=1&x=1")),
    "secret parameter less": (recorded("/a?token=1"), request("/a")),
    "value of a form": (
        recorded("/a", method="POST", body=b"x=1", media_type=FORM),
        request("/a", "POST", b"x=2", FORM),
    ),
    "type in JSON": (
        recorded("/a", method="POST", body=b"[1]", media_type=JSON),
        request("/a", "POST", b"[true]", JSON),
    ),
    "bytes": (recorded("/a", method="POST", body=b"\x00"), request("/a", "POST", b"\x01")),
    "no body": (recorded("/a", method="DELETE", body=b"\x00"), request("/a", "DELETE")),
    "another's host": (recorded("/a"), request("/a", base="https://elsewhere.example")),
}  # fmt: skip


@pytest.mark.parametrize(("known", "asked"), OTHER.values(), ids=OTHER)
def test_another_request_is_not_answered(known, asked):
    playing = player(known)
    assert missed(playing, asked).reason in {"no_match", "nothing_similar"}
    assert playing.played == 0
    assert len(playing.unplayed) == 1


pairs = st.lists(st.tuples(st.text(), st.text()), max_size=5)


@given(pairs, st.randoms())
def test_order_and_encoding_of_parameters_never_count(given_pairs, random):
    again = random.sample(given_pairs, len(given_pairs))
    spelled = "&".join(f"{quote(key, safe='')}={quote(value, safe='')}" for key, value in again)
    playing = player(recorded(f"/a?{urlencode(given_pairs)}"))
    assert playing.answer(request(f"/a?{spelled}")).status == 200


@given(st.lists(st.text(min_size=1), min_size=1, max_size=3), st.lists(st.text(min_size=1), min_size=1, max_size=3))
def test_paths_are_one_where_their_segments_are(one, other):
    keys = Keys(locate, Rules())
    of_one, of_other = (
        keys.of(request("/" + "/".join(quote(segment, safe=safe) for segment in segments)))
        for segments, safe in ((one, ""), (other, "!$&'()*+,;=:@"))
    )
    assert (of_one == of_other) is (one == other)


# Which answer it gets


def test_answers_come_in_the_order_in_which_they_were_recorded():
    playing = player(recorded(answer=b"1"), recorded("/other", b"x"), recorded(answer=b"2"), recorded(answer=b"3"))
    assert bodies(playing, request(), request(), request("/other"), request()) == [b"1", b"2", b"x", b"3"]
    assert playing.played == 4
    assert playing.unplayed == []


def test_after_the_last_of_different_answers_there_is_none():
    playing = player(recorded(answer=b"1"), recorded(answer=b"2"))
    bodies(playing, request(), request())
    error = missed(playing, request())
    assert (error.reason, error.closest, error.differences) == ("already_played", f"GET {STATES}", ())


ALIKE = {
    "one": [b"1"],
    "bytes": [b"\x00", b"\x00"],
    "JSON spelled otherwise": [b'{"a": 1, "b": 2}', b'{"b":2,"a":1}'],
}


@pytest.mark.parametrize("answers", ALIKE.values(), ids=ALIKE)
def test_what_was_answered_alike_each_time_may_be_asked_for_without_end(answers):
    playing = player(*(recorded(answer=answer, headers={"Date": str(at)}) for at, answer in enumerate(answers)))
    assert bodies(playing, *[request()] * 9) == [*answers, *answers[-1:] * (9 - len(answers))]
    assert playing.played == 9


DIFFERENT = {
    "status": [recorded(status=200), recorded(status=404)],
    "body": [recorded(answer=b"1"), recorded(answer=b"true")],
    "once otherwise": [recorded(answer=b"1"), recorded(answer=b"2"), recorded(answer=b"1")],
}


@pytest.mark.parametrize("interactions", DIFFERENT.values(), ids=DIFFERENT)
def test_what_was_answered_otherwise_ends(interactions):
    playing = player(*interactions)
    bodies(playing, *[request()] * len(interactions))
    assert missed(playing, request()).reason == "already_played"


def token(access_token, status=200):
    answer = json.dumps({"access_token": access_token}).encode()
    return recorded(TOKEN, answer, status=status, method="POST", body=b"scope=a", media_type=FORM)


def test_a_token_may_always_be_asked_for():
    playing = player(token("t-1"), token("t-2"))
    asked = [request(TOKEN, "POST", b"scope=a", FORM)] * 4
    tokens = [json.loads(body)["access_token"] for body in bodies(playing, *asked)]
    assert tokens == ["t-1", "t-2", "t-2", "t-2"]


@pytest.mark.parametrize(
    "last",
    [token("t-2", status=401), recorded(TOKEN, b'["access_token"]', method="POST", body=b"scope=a", media_type=FORM)],
    ids=["refused", "no object"],
)
def test_what_is_no_token_ends(last):
    playing = player(token("t-1"), last)
    asked = request(TOKEN, "POST", b"scope=a", FORM)
    bodies(playing, asked, asked)
    assert missed(playing, asked).reason == "already_played"


@pytest.mark.parametrize(
    ("answers", "asked", "left"),
    [
        ("AAAB", 0, "AAAB"),
        ("AAAB", 1, "B"),
        ("AAAB", 3, "B"),
        ("AAAB", 4, ""),
        ("ABBA", 1, "BBA"),
        ("ABBA", 2, "A"),
        ("AAA", 1, ""),
    ],
)
def test_of_answers_alike_one_stands_for_all(answers, asked, left):
    interactions = [recorded(answer=answer.encode()) for answer in answers]
    playing = player(*interactions)
    bodies(playing, *[request()] * asked)
    assert playing.unplayed == interactions[len(answers) - len(left) :]


@given(st.text("AB", min_size=1, max_size=8))
def test_what_was_recorded_replays_as_it_was(answers):
    playing = player(*(recorded(answer=answer.encode()) for answer in answers))
    assert b"".join(bodies(playing, *[request()] * len(answers))).decode() == answers
    assert playing.unplayed == []


class Slow(Counter):
    """Lets other threads come between a look and what follows from it."""

    def __getitem__(self, key):
        value = super().__getitem__(key)
        # A call of the system's, at which threads change places.
        Path().stat()
        return value


def test_threads_get_each_answer_once():
    playing = player(*(recorded(answer=str(number).encode()) for number in range(400)))
    playing._positions = Slow()
    together = threading.Barrier(8)

    def look(_):
        together.wait(timeout=10)
        return bodies(playing, *[request()] * 50)

    with ThreadPoolExecutor(8) as threads:
        given = Counter(body for some in threads.map(look, range(8)) for body in some)
    assert set(given.values()) == {1}
    assert playing.played == len(given) == 400


# How an answer goes out


def test_an_answer_is_whole_whatever_it_was_on_the_wire():
    headers = {
        "content-length": "999",
        "Transfer-Encoding": "chunked",
        "Content-Encoding": "gzip",
        "Content-Type": JSON,
        "Retry-After": "3",
    }
    answer = player(recorded(answer=b"[1]", status=429, headers=headers)).answer(request())
    assert (answer.status, answer.body) == (429, b"[1]")
    assert dict(answer.headers) == {"Content-Type": JSON, "Retry-After": "3", "Content-Length": "3"}


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("DELETE", 204), ("GET", 304)])
def test_an_answer_without_a_body_has_no_length(method, status):
    answer = player(recorded(method=method, status=status, answer=b"", headers={"Content-Length": "7"})).answer(
        request(method=method)
    )
    assert (answer.body, dict(answer.headers)) == (b"", {})


def test_a_head_request_never_gets_a_body():
    assert player(recorded(method="HEAD", answer=b"text")).answer(request(method="HEAD")).body == b""


# What a miss says

MISSES = {
    "value": (
        [recorded(f"{STATES}?agentId=3&page=2"), recorded(f"{STATES}?agentId=2&page=1")],
        request(f"{STATES}?agentId=1&page=1"),
        f"GET {STATES}?agentId=2&page=1",
        ["query: agentId is '1', recorded: '2'"],
    ),
    "more and less": (
        [recorded(f"{STATES}?agentId=1")],
        request(f"{STATES}?page=2"),
        f"GET {STATES}?agentId=1",
        ["query: agentId is missing, recorded: '1'", "query: page is '2', recorded without page"],
    ),
    "several values": (
        [recorded("/a?x=1&x=2")],
        request("/a?x=1"),
        "GET /a?x=1&x=2",
        ["query: x is '1', recorded: '1' and '2'"],
    ),
    "form": (
        [recorded(TOKEN, method="POST", body=b"scope=a&client_secret=x", media_type=FORM)],
        request(TOKEN, "POST", b"scope=b", FORM),
        f"POST {TOKEN}",
        ["body: client_secret is missing, recorded: ***", "body: scope is 'b', recorded: 'a'"],
    ),
    "JSON": (
        [recorded("/a", method="PUT", body=b'{"x": 1, "password": "p", "y": 2}', media_type=JSON)],
        request("/a", "PUT", b'{"x": "1", "password": "q", "y": 2}', JSON),
        "PUT /a",
        ["body: x is '1', recorded: 1"],
    ),
    "query before body": (
        [recorded("/a?x=2", method="PUT", body=b"\x01"), recorded("/a?x=1", method="PUT", body=b"\x00")],
        request("/a?x=1", "PUT", b"\x01"),
        "PUT /a?x=1",
        ["body: not the recorded one"],
    ),
    "bytes": (
        [recorded("/a", method="PUT", body=b"\x00")],
        request("/a", "PUT", b"\x01"),
        "PUT /a",
        ["body: not the recorded one"],
    ),
    "method": (
        [recorded("/b"), recorded("/a"), recorded("/a?x=1")],
        request("/a?x=1", "PUT", b"{}", JSON),
        "GET /a?x=1",
        ["method is PUT, recorded: GET"],
    ),
    "segment": (
        [recorded("/api/v2/agents/1/x"), recorded("/api/v2/agents/1", method="PUT"), recorded("/api/v2/agents/2")],
        request("/api/v2/agents/3"),
        "GET /api/v2/agents/2",
        ["path: '3', recorded: '2'"],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("interactions", "asked", "closest", "differences"), MISSES.values(), ids=MISSES)
def test_a_miss_names_the_closest_request_and_what_differs(interactions, asked, closest, differences):
    error = missed(player(*interactions), asked)
    assert (error.reason, error.closest) == ("no_match", closest)
    assert list(error.differences) == differences


@pytest.mark.parametrize(
    ("interactions", "asked"),
    [
        ([], request()),
        ([recorded("/api/v2/x/y")], request("/api/v2/agents/1")),
        ([recorded()], request(base="https://elsewhere.example")),
    ],
    ids=["empty", "two segments", "another's host"],
)
def test_a_miss_that_is_close_to_nothing_says_so(interactions, asked):
    error = missed(player(*interactions), asked)
    assert (error.reason, error.closest, error.differences) == ("nothing_similar", "", ())


def test_a_miss_is_a_text_to_act_on():
    error = missed(player(recorded(f"{STATES}?agentId=2")), request(f"{STATES}?agentId=1"))
    assert str(error) == (
        "the cassette has no such request, but one that is close\n"
        "\n"
        "  request:  GET https://sandbox.example/cxone/api/v2/agents/states?agentId=1\n"
        "  cassette: cassettes/test_x/test_y.yaml\n"
        "  closest:  GET /api/v2/agents/states?agentId=2\n"
        "    query: agentId is '1', recorded: '2'\n"
        "\n"
        "How to fix: pytest --cxone-record=all test_x.py::test_y"
    )
    assert error.remedy == "pytest --cxone-record=all test_x.py::test_y"


def test_where_there_is_no_cassette_the_text_is_short():
    error = NotRecorded("GET", "https://t/x", "no_cassette", where="c.yaml", remedy="record it")
    assert str(error).splitlines() == [
        "there is no cassette to answer this request from",
        "",
        "  request:  GET https://t/x",
        "  cassette: c.yaml",
        "",
        "How to fix: record it",
    ]


JWT = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
SECRETS = {
    "parameter": request("/a/b?access_token=hidden-1&x=2"),
    "encoded name": request("/a/b?access%5Ftoken=hidden-1"),
    "form": request("/a/b", "POST", b"client_secret=hidden-1&x=2", FORM),
    "form without a media type": request("/a/b", "POST", b"client_secret=hidden-1&x=2"),
    "JSON": request("/a/b", "POST", b'{"o": {"password": "hidden-1"}, "token": {"x": "hidden-1"}}', JSON),
    "form of a token": request(f"/a/b?x={JWT}"),
    "before the host": request("/a/b", base="https://me:hidden-1@sandbox.example/cxone"),
    "by a rule": request("/a/b?pin=hidden-1"),
}


@pytest.mark.parametrize("asked", SECRETS.values(), ids=SECRETS)
@pytest.mark.parametrize("known", ["/a/b?y=1", "/a/c", "/z"])
def test_what_is_secret_never_stands_in_a_miss(asked, known):
    rules = [ScrubRule(kind="secret", key="pin")]
    interactions = (recorded(known, method=method, body=b"{}", media_type=JSON) for method in ("GET", "POST"))
    error = missed(player(*interactions, rules=rules), asked)
    shown = repr(vars(error)) + str(error)
    assert "hidden-1" not in shown
    assert JWT not in shown


def test_what_has_no_answer_is_the_tests_mistake_and_not_the_tenants():
    assert NotRecorded.__mro__[1:3] == (Unanswerable, CXoneError)
    assert issubclass(FakeError, Unanswerable)


# Size


def test_a_request_is_found_among_thousands_without_looking_at_the_others(monkeypatch):
    interactions = [recorded(f"{STATES}?page={page}&pageSize=100") for page in range(5_000)]
    playing = player(*interactions)
    looked_at = []
    of = Keys.of
    monkeypatch.setattr(Keys, "of", lambda keys, one: looked_at.append(one) or of(keys, one))
    bodies(playing, *(request(f"{STATES}?page={page}&pageSize=100") for page in range(0, 5_000, 50)))
    missed(playing, request(f"{STATES}?page=x"))
    assert len(looked_at) == 101
