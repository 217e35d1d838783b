"""What is seen of answers: counts of types at paths, whatever they hold, and nothing of anybody's."""

import json
from dataclasses import replace
from functools import reduce
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone.drift import Observed, Sight, compare, observe
from pytest_cxone.schemas import contract
from tests.exchanges import (
    ACD,
    CASSETTES,
    JSON,
    PLATFORM,
    PROFILE,
    STATES,
    ask,
    cassette,
    exchange,
    seen,
    told,
    unknown,
)

# What is observed


def test_types_are_counted_by_path():
    document = seen({"agents": [{"id": 1, "x": None}, {"id": 1.5}, {"id": True}]}, {"agents": []}).to_json()
    [asked] = [what for what in document["listAgentStates"]["200"]["$"] if what.startswith("request ")]
    assert document == {
        "listAgentStates": {
            "200": {
                "status": {"200": 2},
                "media type": {"application/json": 2},
                "$": {"object": 2, asked: 2},
                "$.agents": {"array": 2, "rows 3": 1},
                "empty answer": {"200 with an empty list": 1},
                "$.agents[*]": {"object": 3},
                "$.agents[*].id": {"integer": 1, "number": 1, "boolean": 1},
                "$.agents[*].x": {"null": 1},
            }
        }
    }


REQUESTS = {
    "the same": ([STATES, STATES], [2]),
    "other agents": ([f"{STATES}?agentId={n}" for n in (1, 2)], [1, 1]),
    "other paths": ([PROFILE, "/api/v2/agents/8"], [1, 1]),
    "other pages": ([f"{STATES}?page={n}&pageSize={n}" for n in (1, 2)], [2]),
    "parameters in another order": ([f"{STATES}?a=1&b=2", f"{STATES}?b=2&a=1"], [2]),
}


@pytest.mark.parametrize(("paths", "counts"), REQUESTS.values(), ids=REQUESTS)
def test_requests_for_different_things_are_told_apart_and_pages_are_not(paths, counts):
    seen_of = observe([exchange([1], path) for path in paths], PLATFORM).counts
    requests = {one: count for one, count in seen_of.items() if one.what.startswith("request ")}
    assert list(requests.values()) == counts
    # Few bits: who has them knows nobody's id.
    assert all(len(one.what) == len("request ") + 3 and one.path == "$" for one in requests)


def test_operations_are_apart_and_of_what_is_none_only_the_status_is_seen():
    observed = seen([1]) | seen({"id": 1}, path=PROFILE) | seen([1], path="/elsewhere") | seen([1], method="DELETE")
    assert set(observed.to_json()) == {"listAgentStates", "getAgent", "other paths"}
    assert observed.to_json()["other paths"] == {"200": {"status": {"200": 2}}}


@pytest.mark.parametrize(
    "key",
    ["1001", "jane.roe@example.com", "Jane Roe", "jane.roe", "Müller", "E1042", "c0ffee12-1a2b-4c3d", "a1b2c3d4", "",
     "x" * 65, "a[0]", "a\n", "<b>"],
)  # fmt: skip
def test_a_key_that_may_be_somebodys_is_not_kept(key):
    observed = seen({"by": {key: {"n": 1}, "name": 1}})
    paths = {sight.path for sight in observed.counts if sight.path.startswith("$.by.")}
    assert paths == {"$.by.*", "$.by.*.n", "$.by.name"}
    changed = seen({"by": {key: {"n": "1"}, "name": 1}})
    assert told(compare(observed, changed)) == [
        ("response-property-type-changed", "$.by.*.n", "integer", "string", (1, 1))
    ]


@pytest.mark.parametrize("key", ["agentId", "_links", "Teams_channel_Id", "address1", "oauth2Token", "$id", "@type", "__typename"])  # fmt: skip
def test_a_name_of_a_property_is_kept(key):
    assert Sight("listAgentStates", 200, f"$.{key}", "integer") in seen({key: 1}).counts


def test_no_value_is_kept():
    row = {"agentId": 70017, "name": "Jane Roe", "email": "jane@acme.example", "isActive": True, "x": 1.25}
    observed = seen([row], path=f"{STATES}?agentId=70017")
    kept = json.dumps(observed.to_json()) + repr(compare(observed, seen([{}])))
    assert not any(value in kept for value in ("70017", "Jane", "acme", "1.25"))


def acd(path, body, *, sent=b""):
    return observe([ask(body, path, sent=sent, method="POST" if sent else "GET")], ACD)


@pytest.mark.parametrize(
    ("path", "sent"),
    [("/agents/states?fields=agentId", b""), ("/agents/search", b'{"agentIds": [1], "fields": "agentId"}')],
    ids=["query", "body"],
)
def test_what_a_request_did_not_ask_for_is_not_absent(path, sent):
    some = acd(path, {"rows": [{"id": 1}]}, sent=sent)
    whole = acd(path.partition("?")[0], {"rows": [{"id": 1, "team": 1}]}, sent=sent and b'{"agentIds": [1]}')
    assert compare(whole, whole | some).summary == "no drift in 1 operation"
    assert unknown(compare(whole, some)) == [("$", "no body to compare after")]


def test_versions_of_an_api_are_one_operation():
    before = acd("/server-time", {"ServerTime": "a"})
    asked = ask({}, "/server-time", media="")
    newer = replace(asked.request, url=asked.request.url.replace("v31", "v34"))
    after = observe([replace(asked, request=newer)], ACD)
    assert [(one.operation, one.path) for one in compare(before, after).findings] == [
        ("getServerTime", "$.ServerTime"),
        ("getServerTime", "media type"),
    ]


@pytest.mark.parametrize("body", [b"\xff", b"{", b"No known way to render data", b"[" * 100_000], ids=["bytes", "cut", "text", "deep"])  # fmt: skip
def test_a_body_that_cannot_be_read_is_seen_as_that(body):
    assert Sight("listAgentStates", 200, "$", "not JSON") in seen(body).counts


def test_a_deep_body_is_seen_down_to_a_depth():
    deep = reduce(lambda inner, _: [inner], range(400), 1)
    paths = [sight.path for sight in seen(deep).counts]
    assert max(map(len, paths)) == len("$" + "[*]" * 32)


# Values


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["agentId", "AgentId", "team", "items", "1", "a.b"]), inner, max_size=4)
    ),
    max_leaves=12,
)
OBSERVED = st.lists(
    st.builds(
        exchange,
        JSON_VALUES,
        st.sampled_from([STATES, PROFILE]),
        status=st.sampled_from([200, 204, 404, 503]),
        media=st.sampled_from([JSON, "", "text/html"]),
    ),
    max_size=4,
).map(lambda exchanges: observe(exchanges, PLATFORM))


@settings(deadline=None)
@given(OBSERVED)
def test_what_is_the_same_has_no_findings(observed):
    assert compare(observed, observed).findings == ()
    assert compare(observed, observed | observed).findings == ()


@settings(deadline=None)
@given(OBSERVED, OBSERVED, OBSERVED)
def test_merging_needs_no_order(one, other, third):
    assert one | other == other | one
    assert (one | other) | third == one | (other | third) == Observed.merged([third, one, other])
    assert one | Observed() == one


@settings(deadline=None)
@given(OBSERVED)
def test_an_observation_crosses_a_process_as_plain_json(observed):
    assert Observed.from_json(json.loads(json.dumps(observed.to_json()))) == observed


@settings(deadline=None)
@given(OBSERVED, OBSERVED, st.randoms())
def test_a_comparison_is_the_same_however_it_was_put_together(before, after, random: Random):
    shuffled = [*before.counts.items()]
    random.shuffle(shuffled)
    assert compare(Observed(dict(shuffled)), after) == compare(before, after)


@settings(deadline=None)
@given(OBSERVED, OBSERVED)
def test_no_change_is_told_twice(before, after):
    findings = compare(before, after).findings
    places = [(one.operation, one.status, one.path, one.id) for one in findings]
    assert len(set(places)) == len(places)


def shapes(observed):
    """Return what does not depend on which strings stand beside one another in a column."""
    return {one: count for one, count in observed.counts.items() if not one.what.startswith(("form ", "value "))}


@settings(deadline=None)
@given(st.lists(JSON_VALUES, max_size=4), st.lists(JSON_VALUES, max_size=4))
def test_what_is_seen_together_is_seen_apart(some, others):
    assert shapes(seen(*some, *others)) == shapes(seen(*some) | seen(*others))


@settings(deadline=None)
@given(st.lists(JSON_VALUES, max_size=5), st.randoms())
def test_it_does_not_matter_in_which_order_exchanges_come(bodies, random):
    mixed = bodies[:]
    random.shuffle(mixed)
    assert shapes(seen(*mixed)) == shapes(seen(*bodies))


@pytest.mark.parametrize("path", CASSETTES[::5], ids=lambda path: path.stem)
def test_it_does_not_matter_in_which_order_the_exchanges_of_a_cassette_come(path):
    known = contract(cassette(path).provenance.dialect)
    exchanges = [one.exchange for one in cassette(path).interactions]
    assert observe(exchanges[::-1], known) == observe(exchanges, known)
    # Pages belong together; all else is seen of each answer by itself.
    apart = Observed.merged(observe([one], known) for one in exchanges)
    assert bodies(apart) == bodies(observe(exchanges, known))


def bodies(observed):
    return {one: count for one, count in shapes(observed).items() if one.path not in {"order", "page size"}}


@settings(deadline=None)
@given(OBSERVED)
def test_what_is_the_same_has_no_findings_by_the_contract_either(observed):
    comparison = compare(observed, observed | observed, contract=PLATFORM)
    assert comparison.findings == ()
    assert comparison.not_compared == ()


@settings(deadline=None)
@given(OBSERVED, OBSERVED)
def test_no_change_is_told_twice_by_the_contract_either(before, after):
    findings = compare(before, after, contract=PLATFORM).findings
    prints = [(one.status, one.fingerprint) for one in findings]
    assert len(set(prints)) == len(prints)
    assert all(one.operation in {"listAgentStates", "getAgent"} for one in findings)


@pytest.mark.parametrize("path", CASSETTES[::9], ids=lambda path: path.stem)
def test_what_was_seen_of_a_cassette_crosses_a_process(path):
    known = contract(cassette(path).provenance.dialect)
    observed = observe([one.exchange for one in cassette(path).interactions], known)
    assert Observed.from_json(json.loads(json.dumps(observed.to_json()))) == observed
