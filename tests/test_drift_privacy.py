"""Whom and what an observation must not hold: people, addresses, tokens; and what hostile answers can do to it."""

import json
import sys
from functools import reduce
from inspect import getfile
from operator import or_
from pathlib import Path

import pytest

from pytest_cxone.drift import Witness, compare, drift_of, observe, see
from tests.exchanges import ACD, PLATFORM, PROFILE, ask, compared, envelope, exchange, grant, row, seen, state

JANE, MAILBOX, PHONE, TOKEN, ID = (
    "Jane Roe", "jane.roe@acme.example", "+15551234567", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.c2ln", "70017",
)  # fmt: skip
SOMEBODYS = (JANE, MAILBOX, PHONE, TOKEN, ID)


def kept(exchanges, known=PLATFORM):
    """Return all that is kept of exchanges and of their comparison with nothing and with one another."""
    seen = see(exchanges, known)
    others = observe([exchange([]), exchange({}, PROFILE), grant(), ask(envelope())], known)
    found = [compare(seen.observed, others), compare(others, seen.observed, contract=known)]
    drift = drift_of([Witness(test="t", after=seen)], known)
    return json.dumps(seen.observed.to_json()) + repr((seen, found, drift))


WHERE = {
    "a marked name": [exchange({"agentId": "1", "name": JANE, "email": MAILBOX}, PROFILE)],
    "marked places of acd": [ask(envelope(state(70017, firstName=JANE, userName=MAILBOX, fromAddress=PHONE)))],
    "another type in a marked place": [ask(envelope(state(70017, firstName=[JANE], userName={MAILBOX: PHONE})))],
    "a token": [grant(access_token=TOKEN, refresh_token=TOKEN)],
    "undeclared strings": [exchange([row(1, nick=JANE, owner=MAILBOX, mobile=PHONE, key=TOKEN, boss=ID)])],
    "an undeclared list": [exchange([row(1, people=[JANE, MAILBOX, ID], more={"who": [[JANE]]})])],
    "undeclared numbers": [exchange([row(1, code=70017, more=70017.5)])],
    "beside moments": [exchange([row(1, since="2026-11-23"), row(2, since=JANE), row(3, since=f"2026-11-23 {JANE}")])],
    "ids": [exchange([row(ID)]), ask(envelope(state(70017, teamId=70017, contactId=70017)))],
    "names of members": [exchange({"by": {JANE: 1, MAILBOX: 2, PHONE: 3, TOKEN: 4, ID: 5}})],
    "names of members in a marked place": [exchange({"agentId": {ID: JANE}, "name": {JANE: MAILBOX}}, PROFILE)],
    "a body that is no JSON": [exchange(f"{JANE} {MAILBOX}".encode(), media="text/plain")],
    "headers": [exchange([], headers={"Link": MAILBOX, "Location": f"/agents/{ID}", "X-User": JANE, "Allow": TOKEN})],
    "names of headers": [exchange([], headers={f"X-{JANE}": "1", MAILBOX: "2"})],
    "paths": [exchange([], f"/api/v2/agents/{ID}"), exchange([], f"/people/{MAILBOX}")],
    "queries": [exchange([], f"/api/v2/agents/states?agentId={ID}&name={MAILBOX}")],
    "requests": [exchange([], method="POST", sent=f"{JANE} {TOKEN}".encode())],
    "links": [ask(envelope(state(), _links={"next": f"https://acme.example/{MAILBOX}", "self": ID}))],
    "a state that is an object of persons": [exchange([row(1, state={"name": {JANE: MAILBOX}})])],
    "a long text in a declared place": [exchange([row(1, state=f"{JANE} {MAILBOX} {PHONE} is on the phone")])],
    "a text in the place of a list": [exchange(JANE)],
    "a text in the place of an object": [exchange([row(1) | {"state": JANE}]), exchange(JANE, PROFILE)],
    "a media type": [exchange([], media=f"text/{MAILBOX}")],
    "a media type of what is no JSON": [exchange(b"x", media=f"text/{MAILBOX}")],
    "many texts in a declared place": [exchange([row(n, state=f"{JANE} {n}") for n in range(40)])],
}


@pytest.mark.parametrize("exchanges", WHERE.values(), ids=WHERE)
def test_nothing_of_anybodys_is_kept(exchanges):
    for known in (PLATFORM, ACD):
        text = kept(exchanges, known)
        assert [one for one in SOMEBODYS if one in text or json.dumps(one)[1:-1] in text] == []
        assert "acme" not in text


def test_a_short_value_of_a_declared_place_is_kept_so_this_would_be_seen():
    assert JANE in kept([exchange([row(1, JANE)])])


@pytest.mark.parametrize(
    "key", ["jane.roe@acme.example", "70017", "c7f1a4e2-9f3c", "E1042", "Jane Roe", "+15551234", "eyJhb.x"]
)
def test_members_are_not_kept_by_names_that_look_like_somebodys(key):
    observed = seen({key: {key: 1}, "by": [{key: "x"}]})
    assert {one.path for one in observed.counts if one.path.startswith("$")} == {
        "$", "$.*", "$.*.*", "$.by", "$.by[*]", "$.by[*].*",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("called", "paths"),
    [
        ("Quackenbush", {"$[*].*", "$[*].zone", "$[*].state"}),
        ("zone", {"$[*].Quackenbush", "$[*].*", "$[*].state"}),
        ("state", {"$[*].Quackenbush", "$[*].zone", "$[*].state"}),
    ],
)
def test_a_member_by_the_name_of_somebody_is_not_kept_unless_it_is_declared(called, paths):
    exchanges = [exchange([row(1, Quackenbush=1, zone=1)])]
    observed = observe(exchanges, PLATFORM, clean=lambda text: text.replace(called, "Roe"))
    known = {"$[*]", "$[*].agentId", "$[*].state.name", "$[*].stateGroup", "$[*].stateGroup.name", "$[*].lastUpdated"}
    assert {one.path for one in observed.counts if one.path.startswith("$[*]")} - known == paths


TAKING = {
    "all of them": lambda text: "",
    "their ends": lambda text: text.replace("\n", ""),
    "none, with more lines": lambda text: f"{text}\nx\n",
}


@pytest.mark.parametrize("clean", TAKING.values(), ids=TAKING)
def test_what_takes_lines_for_one_lets_no_name_through_that_it_took_out(clean):
    exchanges = [exchange([row(1, zone=1, boss=1, Quackenbush=1)])]
    observed = observe(exchanges, PLATFORM, clean=lambda text: clean(text.replace("Quackenbush", "Roe")))
    assert "Quackenbush" not in repr(observed)


# Hostile answers


def nested(depth, make):
    return reduce(lambda inner, _: make(inner), range(depth), 1)


ODD = {
    "ten thousand keys": json.dumps({f"key{n}": n for n in range(10_000)}).encode(),
    "ten thousand names": json.dumps({"".join(chr(97 + int(d)) for d in str(n)): n for n in range(10_000)}).encode(),
    "forty levels": json.dumps(nested(40, lambda inner: {"a": [inner]})).encode(),
    "huge integers": b"[" + b"9" * 4_000 + b", -" + b"9" * 4_000 + b"]",
    "an integer that nobody reads": b"[" + b"9" * 9_000 + b"]",
    "numbers beyond": b"[1e999, -1e999, 1e-999]",
    "NaN": b'[NaN, Infinity, {"a": -Infinity}]',
    "lone surrogates": b'["\\ud800", {"\\udfff": "\\ud800\\ud800"}]',
    "no name": b'{"": 1, " ": {"": {"": 2}}}',
    "names of paths": b'{"a.b": 1, "a[*]": 2, "$": 3, "*": 4, "[*]": [5], ".a": 6, "$a": 7}',
    "arrays of arrays": json.dumps([[[], [[1]], [["a", None]]], [], [[[[]]]]]).encode(),
    "a long string": json.dumps(["x" * 5_000_000]).encode(),
    "a long string of digits": json.dumps([{"a": "1" * 1_000_000}]).encode(),
    "many lines": json.dumps(["\n" * 100_000, "2026-11-23\n" * 10_000]).encode(),
    "a name twice": b'{"a": 1, "a": "x", "b": {"c": 1, "c": null}}',
    "a byte order mark": b"\xef\xbb\xbf[]",
    "UTF-16": "[1]".encode("utf-16"),
    "nothing but blanks": b"   ",
    "null bytes": b"\x00\x00",
    "a zip": b"PK\x03\x04" + bytes(range(256)),
    "a list of everything": json.dumps([1, 1.5, True, None, "", "x", {}, [], [1], {"a": 1}]).encode(),
    "colours": b'["\\u001b[31m", {"\\u001b[31m": 1}]',
}


@pytest.mark.parametrize("body", ODD.values(), ids=ODD)
@pytest.mark.parametrize("known", [PLATFORM, ACD], ids=["platform-v2", "acd"])
def test_an_odd_answer_is_seen_compared_and_written(body, known):
    odd = [ask(body) if known is ACD else exchange(body), *([] if known is ACD else [exchange(body, PROFILE)])]
    usual = [ask(envelope(state()))] if known is ACD else [exchange([row()])]
    both = [see(side, known) for side in (odd, usual)]
    assert compare(both[0].observed, both[0].observed, contract=known).findings == ()
    for was, now in (both, both[::-1]):
        found = drift_of([Witness(test="t", before=was, after=now)], known)
        assert found.findings
        json.dumps(str(found)).encode()
        assert all(len(one.finding.fingerprint) == 12 and len(str(one.finding)) < 5_000 for one in found.findings)
    assert len(json.dumps(both[0].observed.to_json())) < 1_000_000


@pytest.mark.parametrize("make", [lambda one: [one], lambda one: {"a": one}], ids=["lists", "objects"])
def test_what_is_as_deep_as_a_parser_goes_is_seen_down_to_a_depth(make):
    for depth in (33, 100, 900, 5_000, 100_000):
        opening, closing = ("[", "]") if make(1) == [1] else ('{"a":', "}")
        body = (opening * depth + "1" + closing * depth).encode()
        observed = observe([exchange(body)], PLATFORM)
        assert max(len(one.path) for one in observed.counts) < 200
        assert compare(observed, observed).findings == ()


def test_grants_of_odd_numbers_are_compared():
    for odd in (b"NaN", b"1e999", b"-1", b"0", b"9" * 400, b"3600.5", b"null", b'"x"', b"[3600]", b"true"):
        body = b'{"access_token": "x", "token_type": "Bearer", "expires_in": %b}' % odd
        there = [exchange(body, "/oauth/token", method="POST")]
        assert compared(there, there).findings == ()
        compared([grant()], there)
        compared(there, [grant()])


# Nothing grows with the square


class Steps:
    """How many lines of the observation and the comparison run."""

    def __init__(self):
        self.count = 0
        self.folder = str(Path(getfile(compare)).parent)

    def __enter__(self):
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_):
        sys.settrace(self._before)

    def _called(self, frame, event, _):
        return self._stepped if frame.f_code.co_filename.startswith(self.folder) else None

    def _stepped(self, frame, event, _):
        self.count += event == "line"
        return self._stepped


def steps(before, after):
    with Steps() as counted:
        compare(observe(before, PLATFORM), observe(after, PLATFORM), contract=PLATFORM)
    return counted.count


def name(number):
    return "k" + "".join(chr(97 + int(digit)) for digit in str(number))


GROWING = {
    "names in capitals": lambda n: (
        [exchange({name(i): 1 for i in range(n)})], [exchange({name(i).upper(): 1 for i in range(n)})],
    ),
    "lists gone and new": lambda n: (
        [exchange({name(i): [{"a": 1}] for i in range(n)})], [exchange([{"a": 1, "b": 2}] * n)],
    ),
    "other names": lambda n: (
        [exchange({name(i): 1 for i in range(n)})], [exchange({f"{name(i)}x": 1 for i in range(n)})],
    ),
    "objects gone and new": lambda n: (
        [exchange({name(i): {"a": 1, "b": 2} for i in range(n)})],
        [exchange({f"{name(i)}x": {"c": 1, "b": 2} for i in range(n)})],
    ),
    "rows": lambda n: ([exchange([row(i) for i in range(n)])], [exchange([row(i, "Lunch") for i in range(n)])]),
    "rows of different names": lambda n: (
        [exchange([{name(i): 1} for i in range(n)])], [exchange([{name(i): 2} for i in range(n)])],
    ),
    "answers": lambda n: ([exchange([row(i)]) for i in range(n)], [exchange([row(i)]) for i in range(n)]),
    "states of many tests": lambda n: (
        [exchange([row(i, f"state {name(i)}")]) for i in range(n)], [exchange([row(i, f"State {name(i)}")]) for i in range(n)],
    ),
}  # fmt: skip


@pytest.mark.parametrize("make", GROWING.values(), ids=GROWING)
def test_twice_as_much_takes_not_much_more_than_twice_as_many_steps(make):
    few, many = steps(*make(100)), steps(*make(400))
    assert many < 6 * few


def test_values_of_four_times_as_many_tests_take_not_much_more_than_four_times_as_many_steps():
    def merged(word, count):
        several = (
            observe([exchange([row(n, f"{word} {name(n * 20 + i)}") for i in range(20)])], PLATFORM)
            for n in range(count)
        )
        return reduce(or_, several)

    counts = []
    for count in (5, 20):
        before, after = merged("state", count), merged("code", count)
        with Steps() as counted:
            assert compare(before, after, contract=PLATFORM).hints
        counts.append(counted.count)
    assert counts[1] < 6 * counts[0]
