"""Recording dictionaries: to the code that reads them they are plain, and what it reads is noted, never missed."""

import copy
import csv
import dataclasses
import enum
import io
import json
import pickle
import pprint
import reprlib
import subprocess
import sys
import traceback
import weakref

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pytest_cxone.usage.recorder import Recorder
from tests.usages import HERE, OPERATION, answer, noting, paths, read_of

ROW = {"agentId": "7", "state": {"name": "Available"}, "skills": [{"id": 1}, {"id": 2}], "team": None}
KEYS = st.sampled_from(["a", "b", "c", "d"])
LEAVES = st.none() | st.booleans() | st.integers(-3, 3) | st.text("xy", max_size=2)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3))
OBJECTS = st.dictionaries(KEYS, VALUES, max_size=4)


@pytest.fixture
def recorded():
    with noting():
        yield lambda body: answer(body).json()


def changed(value, key, new):
    value[key] = new
    return dict(value)


def deleted(value, key):
    del value[key]
    return list(value)


def joined(value, other):
    value |= other
    return value


def matched(value):
    match value:
        case {"a": {"b": inner}, **rest}:
            return inner, rest
        case {"a": first}:
            return first
        case {}:
            return "an object"


def unhashable(value):
    return {value}


def keywords(**members):
    return members


WITH_KEY = {
    "[]": lambda value, key: value[key],
    "get": lambda value, key: value.get(key),
    "get with a default": lambda value, key: value.get(key, "default"),
    "in": lambda value, key: key in value,
    "pop": lambda value, key: (value.pop(key), list(value)),
    "pop with a default": lambda value, key: (value.pop(key, 1), list(value)),
    "setdefault": lambda value, key: (value.setdefault(key, [1]), dict(value)),
    "set": lambda value, key: changed(value, key, {"b": 1}),
    "del": deleted,
    "same object": lambda value, key: value[key] is value[key],
    "in a copy": lambda value, key: copy.copy(value)[key] is value[key],
    "in copy()": lambda value, key: value.copy()[key] is value.get(key),
    "after items()": lambda value, key: value.get(key) is dict(value.items()).get(key),
    "after reading": lambda value, key: (first := value.get(key)) is {**value}.get(key) is first,
}
WHOLE = {
    "==": lambda value: (value == json.loads(json.dumps(value)), json.loads(json.dumps(value)) == value),
    "!=": lambda value: (value != {}, {} != value, value != 1),  # noqa: SIM300 - which side asks is the point
    "== itself": lambda value: value == value,  # noqa: PLR0124
    "dict()": dict,
    "list()": list,
    "reversed()": lambda value: list(reversed(value)),
    "keys()": lambda value: (list(value.keys()), value.keys() & {"a", "x"}, value.keys() | {"x"}),
    "values()": lambda value: list(value.values()),
    "items()": lambda value: (list(value.items()), len(value.items())),
    "{**}": lambda value: {**value},
    "f(**)": lambda value: keywords(**value),
    "|": lambda value: (value | {"a": 0}, {"a": 0} | value),
    "|=": lambda value: joined(value, {"a": {"b": 2}}),
    "plain |=": lambda value: joined({"z": 1}, value),
    "update": lambda value: value.update(a=1) or dict(value),
    "clear": lambda value: value.clear() or dict(value),
    "popitem": lambda value: (value.popitem(), value),
    "repr": lambda value: (repr(value), f"{value}", str(value)),
    "pprint": lambda value: pprint.pformat({"key": value}, width=12),
    "reprlib": reprlib.repr,
    "json": json.dumps,
    "json, laid out": lambda value: json.dumps(value, indent=1, sort_keys=True),
    "json, by Python": lambda value: "".join(json.JSONEncoder(indent=2).iterencode(value)),
    "yaml": yaml.safe_dump,
    "copy()": lambda value: value.copy(),
    "copy.copy": copy.copy,
    "deepcopy": copy.deepcopy,
    "match": matched,
    "hash": unhashable,
    "<": lambda value: value < {},
    "call": lambda value: value(),
    "list as a key": lambda value: value[[]],
    "list in": lambda value: [] in value,
    "fromkeys": lambda value: (value.fromkeys("ab"), type(value.fromkeys("ab")) is dict),
    "len": lambda value: (len(value), bool(value)),
    "slots": lambda value: (hasattr(value, "__dict__"), value.__class__ is dict),
    "vars": vars,
    "weakref": weakref.ref,
    "another of its type": lambda value: (type(value)({"x": 1}), type(type(value)()) is dict),
    "type in a table": lambda value: {dict: "an object"}[type(value)],
    **{f"pickle {n}": lambda value, n=n: pickle.loads(pickle.dumps(value, n)) for n in range(6)},
}


def outcome(do, *args):
    """Return what comes of it, or how it fails."""
    try:
        return do(*args)
    except Exception as error:  # noqa: BLE001 - whatever it is, it is to be the same
        return type(error), str(error)


@pytest.mark.parametrize("do", WITH_KEY.values(), ids=WITH_KEY)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=OBJECTS, key=KEYS)
def test_what_is_done_with_a_key_comes_to_the_same(do, recorded, body, key):
    plain, ours = json.loads(json.dumps(body)), recorded(body)
    assert outcome(do, ours, key) == outcome(do, plain, key)
    assert json.dumps(ours) == json.dumps(plain)


@pytest.mark.parametrize("do", WHOLE.values(), ids=WHOLE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=OBJECTS)
def test_what_is_done_with_an_object_comes_to_the_same(do, recorded, body):
    plain, ours = json.loads(json.dumps(body)), recorded(body)
    mine, theirs = outcome(do, ours), outcome(do, plain)
    assert mine == theirs
    assert repr(mine) == repr(theirs)
    assert json.dumps(ours) == json.dumps(plain)


STEPS = st.lists(st.tuples(st.sampled_from([*WITH_KEY, *WHOLE]), KEYS), max_size=8)


def walked(value, steps):
    """Return what comes of steps one after another, each at the object that the last one came to, or at the first."""
    here = value
    for name, key in steps:
        came = outcome(WITH_KEY[name], here, key) if name in WITH_KEY else outcome(WHOLE[name], here)
        yield came
        here = came if isinstance(came, dict) else value


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=OBJECTS, steps=STEPS)
def test_a_sequence_of_them_comes_to_the_same(recorded, body, steps):
    plain, ours = json.loads(json.dumps(body)), recorded(body)
    assert list(walked(ours, steps)) == list(walked(plain, steps))
    assert json.dumps(ours) == json.dumps(plain)


def test_lists_are_exactly_lists(recorded):
    body = recorded([ROW, [ROW], 1])
    assert {type(body), type(body[1]), type(body[0]["skills"])} == {list}
    assert type(body[0]) is not dict


def test_a_change_through_a_shallow_copy_is_seen_in_the_original(recorded):
    row = recorded(ROW)
    copied = dict(row)
    copied["state"]["name"] = "Break"
    copied["skills"].append({"id": 3})
    assert row["state"] == {"name": "Break"}
    assert row["skills"][-1] == {"id": 3}
    assert row["skills"][-1] is copied["skills"][-1]


PUTTING = {
    "set": lambda row, mine: row.__setitem__("team", mine),
    "update": lambda row, mine: row.update(team=mine),
    "|=": lambda row, mine: joined(row, {"team": mine}),
    "setdefault": lambda row, mine: row.pop("team") or row.setdefault("team", mine),
    "setdefault alone": lambda row, mine: row.setdefault("other", mine) and row.update(team=row["other"]),
    "clear": lambda row, mine: row.clear() or row.update(team=mine),
}


@pytest.mark.parametrize("put", PUTTING.values(), ids=PUTTING)
def test_what_the_code_puts_in_it_gets_back(recorded, put):
    row, mine = recorded(ROW), {"name": "Mine"}
    put(row, mine)
    assert row["team"] is row.get("team") is dict(row)["team"] is mine
    assert type(row["team"]) is dict


def test_what_the_code_puts_in_a_list_it_gets_back(recorded):
    row, mine = recorded(ROW), {"name": "Mine"}
    row["skills"].append(mine)
    assert row["skills"][-1] is mine
    assert type(row["skills"][-1]) is dict


def test_one_who_asks_whether_two_keys_hold_the_same_is_told_so_after_any_reading(recorded):
    body = recorded([ROW])
    state, skill = body[0]["state"], body[0]["skills"][0]
    assert copy.copy(body[0])["state"] is state
    assert list(body[0].values())[1] is state
    assert next(iter(body[0]["skills"])) is skill


def test_dataclasses_and_csv_take_it_as_any_other(recorded):
    @dataclasses.dataclass
    class Held:
        row: dict

    assert dataclasses.asdict(Held(recorded(ROW))) == {"row": ROW}
    written = io.StringIO()
    csv.DictWriter(written, [*ROW], lineterminator="\n").writerow(recorded({**ROW, "state": 1, "skills": 2}))
    assert written.getvalue() == "7,1,2,\n"


def test_what_was_pickled_is_loaded_where_nobody_knows_this_package(recorded):
    loading = "import pickle, sys; value = pickle.loads(sys.stdin.buffer.read()); print(type(value), type(value['state']), value)"
    pickled = pickle.dumps(recorded(ROW))
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", loading], input=pickled, capture_output=True, check=True)
    assert ran.stdout.decode().strip() == f"<class 'dict'> <class 'dict'> {ROW}"


def test_what_stands_very_deep_is_left_as_it_is(recorded):
    deep = "[" * 300 + '{"a": {"a": 1}}' + "]" * 300
    assert json.dumps(recorded(deep.encode())) == deep
    nested = '{"a": ' * 200 + "1" + "}" * 200
    value = recorded(nested.encode())
    for _ in range(200):
        assert value["a"] is value["a"]
        value = value["a"]
    assert value == 1


FAILURES = {
    "[]": lambda row: row["nothing"],
    "pop": lambda row: row.pop("nothing"),
    "popitem": lambda row: row.popitem("nothing"),
    "del": lambda row: row.__delitem__("nothing"),
}


@pytest.mark.parametrize("ask", FAILURES.values(), ids=FAILURES)
def test_the_traceback_of_a_failure_ends_with_the_line_that_asked(recorded, ask):
    with pytest.raises((KeyError, TypeError)) as caught:
        ask(recorded(ROW))
    *_, last = [frame for frame, _ in traceback.walk_tb(caught.tb) if not frame.f_locals.get("__tracebackhide__")]
    assert last.f_code is ask.__code__


# What is noted


def named_later(row):
    copied = dict(row)
    return copied["state"]["name"]


class Key(str, enum.Enum):  # noqa: UP042 - as older code has them
    STATE = "state"


READS = {
    "[]": (lambda row: row["agentId"], {"$.agentId"}),
    "[] twice": (lambda row: (row["agentId"], row["agentId"]), {"$.agentId"}),
    "[] of nothing": (lambda row: outcome(lambda: row["nothing"]), {"$.nothing"}),
    "get": (lambda row: row.get("agentId"), {"$.agentId"}),
    "get of nothing": (lambda row: row.get("nothing", {}), {"$.nothing"}),
    "in": (lambda row: "team" in row, {"$.team"}),
    "in of nothing": (lambda row: "nothing" in row, {"$.nothing"}),
    "pop": (lambda row: row.pop("team"), {"$.team"}),
    "pop of nothing": (lambda row: row.pop("nothing", 1), {"$.nothing"}),
    "setdefault": (lambda row: row.setdefault("team", 1), {"$.team"}),
    "del": (lambda row: row.__delitem__("team"), {"$.team"}),
    "match": (matched, {"$.a"}),
    "below": (lambda row: row["state"]["name"], {"$.state", "$.state.name"}),
    "below by get": (lambda row: row.get("state", {}).get("name"), {"$.state", "$.state.name"}),
    "in a list": (lambda row: [skill["id"] for skill in row["skills"]], {"$.skills", "$.skills[*].id"}),
    "after a copy": (lambda row: {**row}["state"]["name"], {"$!"}),
    "after copy.copy": (lambda row: copy.copy(row)["state"]["name"], {"$!"}),
    "after a copy, elsewhere": (named_later, {"$!", "$.state.name"}),
    "after a change": (lambda row: changed(row, "x", 1)["state"]["name"], {"$!", "$.state.name"}),
    "in a list, after a change": (lambda row: row.update(x=1) or row["skills"][1]["id"], {"$.skills", "$.skills[*].id"}),
    "a key that may be somebody's": (lambda row: row.get("ada@example.com"), {"$.*"}),
    "a member of an enumeration": (lambda row: row[Key.STATE]["name"], {"$.state", "$.state.name"}),
    "no text": (lambda row: row.get(7), set()),
    "len": (lambda row: (len(row), bool(row)), set()),
    "type": (lambda row: (isinstance(row, dict), type(row)), set()),
    "set": (lambda row: row.__setitem__("x", 1), set()),
    "iteration": (lambda row: [*row], {"$!"}),
    "items": (lambda row: row.items(), {"$!"}),
    "values": (lambda row: row.values(), {"$!"}),
    "keys": (lambda row: row.keys(), {"$!"}),
    "reversed": (reversed, {"$!"}),
    "copy()": (lambda row: row.copy(), {"$!"}),
    "copy": (copy.copy, {"$!"}),
    "repr": (repr, {"$!"}),
    "popitem": (lambda row: row.popitem(), {"$!"}),
    "==": (lambda row: row == {}, {"$!"}),
    "plain ==": (lambda row: {} == row, {"$!"}),  # noqa: SIM300
    "!=": (lambda row: row != {}, {"$!"}),
    "other |": (lambda row: {} | row, {"$!"}),
    "of a part": (lambda row: repr(row["state"]), {"$.state", "$.state!"}),
}  # fmt: skip
"""By what is done with `ROW`: what is noted. What ends in "!" is read as a whole."""


@pytest.mark.parametrize(("read", "expected"), READS.values(), ids=READS)
def test_what_is_read_is_noted(read, expected):
    assert read_of(ROW, read) == expected


TAKING = {
    "json": json.dumps,
    "json, by Python": lambda row: "".join(json.JSONEncoder(indent=2).iterencode(row)),
    "pickle": pickle.dumps,
    "deepcopy": copy.deepcopy,
    "dict()": dict,
    "{**}": lambda row: {**row},
    "f(**)": lambda row: keywords(**row),
    "|": lambda row: row | {},
    "|=": lambda row: joined({}, row),
    "pprint": pprint.pformat,
    "yaml": yaml.safe_dump,
}


@pytest.mark.parametrize("take", TAKING.values(), ids=TAKING)
def test_who_takes_all_reads_the_whole(take):
    assert "$!" in read_of(ROW, take)


def test_what_stands_on_the_right_of_a_comparison_is_read_as_well():
    assert read_of([{"a": {"x": 1}}, {"b": {"x": 1}}], lambda rows: rows[0]["a"] == rows[1]["b"]) == {
        "$[*].a", "$[*].b", "$[*].a!", "$[*].b!",
    }  # fmt: skip


# Long lists, in which not every reading is looked at


def long(**members):
    return [{"id": str(number), "state": {"name": "Available"}, **members} for number in range(100)]


def read_all(rows):
    return [(row["id"], row["state"]["name"]) for row in rows]


def test_what_is_read_in_a_later_list_alone_is_noted_too():
    with noting() as notes:
        for _ in range(3):
            read_all(answer(long()).json())
        rows = answer(long(team={"name": "x"}, extra=1)).json()
        assert (rows[99]["team"]["name"], rows[98].get("extra"), "gone" in rows[97]) == ("x", 1, False)
    assert {reading.path for reading in notes.usage.readings} >= {"$[*].team.name", "$[*].extra", "$[*].gone"}


def test_null_in_one_list_does_not_hide_what_is_read_in_the_next():
    with noting() as notes:
        for team in (None, None, {"name": "x"}):
            rows = answer(long(team=team)).json()
            assert [row["team"] and row["team"]["name"] for row in rows] == [team and "x"] * 100
    assert "$[*].team.name" in {reading.path for reading in notes.usage.readings}


def test_what_is_handed_out_without_a_look_is_not_said_to_be_unread():
    with noting() as notes:
        for _ in range(3):
            read_all(answer(long()).json())
    assert ("listAgentStates", "$[*].state") in notes.usage.unseen
    with noting() as notes:
        read_all(answer(long()).json())
    assert not notes.usage.unseen


def test_a_row_that_is_kept_for_the_next_test_is_read_there_and_not_said_to_be_known():
    recorder = Recorder(HERE, modules=())
    with noting(recorder):
        for _ in range(3):
            rows = answer(long()).json()
            read_all(rows)
        state = rows[0]["state"]
    with noting(recorder) as notes:
        assert rows[0]["state"] is state
    assert paths(notes) == {"$[*].state"}
    assert notes.usage.unseen == {("listAgentStates", "$[*].state")}


def test_an_object_of_which_not_all_is_read_goes_on_telling():
    with noting() as notes:
        for _ in range(3):
            rows = answer(long(team={"name": "x", "id": 1})).json()
            assert [row["team"]["name"] for row in rows] == ["x"] * 100
        assert rows[99]["team"]["id"] == 1
    assert "$[*].team.id" in paths(notes)


def test_an_object_that_was_handed_out_without_a_look_stays_the_same():
    with noting():
        read_all(answer(long()).json())
        rows = answer(long(skills=[{"id": 1}])).json()
        states = [row["state"] for row in rows]
        assert {type(state) for state in states} == {dict}
        skills = [row["skills"] for row in rows]
        for row, state, skill in zip(rows, states, skills, strict=True):
            assert dict(row)["state"] is copy.copy(row)["state"] is row["state"] is row.get("state") is state
            assert [*row.values()][2] is row["skills"] is skill


@pytest.mark.parametrize("rows", [2, 100])
def test_what_is_read_as_a_whole_tells_no_more_and_is_as_it_was_parsed(rows):
    with noting() as notes:
        for number in range(2):
            first, *_ = answer(long()[:rows]).json()
            assert (type(first) is dict) == bool(number)
            dict(first)
        assert "$[*]!" in paths(notes)
        assert notes.usage.unseen == set()


def test_of_very_many_long_lists_that_show_nothing_new_every_other_is_watched_and_that_is_told():
    with noting() as notes:
        kinds = []
        for _ in range(60):
            rows = answer(long()).json()
            read_all(rows)
            kinds.append(type(rows[0]) is dict)
        assert not any(kinds[:50])
        assert sum(kinds[50:]) == 5
        assert (OPERATION, "$[*]") in notes.usage.unseen


def test_a_new_reading_in_a_long_list_lets_all_be_watched_again():
    with noting() as notes:
        for _ in range(51):
            read_all(answer(long(team="x")).json())
        for _ in range(2):
            [row["team"] for row in answer(long(team="x")).json()]
        assert "$[*].team" in paths(notes)
        assert not any(type(answer(long()).json()[0]) is dict for _ in range(40))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(bodies=st.lists(OBJECTS, min_size=2, max_size=4), steps=STEPS)
def test_in_long_lists_all_comes_to_the_same(recorded, bodies, steps):
    for body in bodies:
        plain, ours = json.loads(json.dumps([body] * 60)), recorded([body] * 60)
        for row, other in zip(ours[:3], plain[:3], strict=True):
            assert list(walked(row, steps)) == list(walked(other, steps))
        assert json.dumps(ours) == json.dumps(plain)
