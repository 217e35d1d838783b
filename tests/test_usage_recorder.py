"""Whose readings are recorded, of which answers, and where; and that nothing of it stays behind."""

import asyncio
import json
import types
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import aiohttp
import httpx
import pytest
import requests

from pytest_cxone.client import answers
from pytest_cxone.contract.asking import body_of
from pytest_cxone.schemas import contract, exchange_of
from pytest_cxone.settings import resolve
from pytest_cxone.states import AgentOnline
from pytest_cxone.tenants import open_tenant
from pytest_cxone.usage.recorder import Recorder
from tests.usages import HERE, OPERATION, STATES, answer, noting, paths

ROW = {"agentId": "7", "state": {"name": "Available"}}


def line_of(function, offset=1):
    return function.__code__.co_firstlineno + offset


def read_id(row):
    return row["agentId"]


def test_a_reading_has_its_operation_path_file_line_and_function():
    with noting() as notes:
        read_id(answer([ROW]).json()[0])
    [reading] = [one for one in notes.usage.readings if one.path != "$"]
    assert reading == (OPERATION, "$[*].agentId", False, ("test_usage_recorder.py", line_of(read_id), "read_id"))


def test_a_call_of_json_reads_the_body():
    with noting() as notes:
        answer([ROW]).json()
    [reading] = notes.usage.readings
    assert (reading.path, reading.place.function) == ("$", "test_a_call_of_json_reads_the_body")


def test_the_first_reading_of_a_path_in_a_test_is_its_place():
    recorder = Recorder(HERE)
    for _ in range(2):
        with noting(recorder) as notes:
            row = answer([ROW]).json()[0]
            read_id(row)
            assert row["agentId"] == "7"
        assert [one.place.function for one in notes.usage.readings if one.path == "$[*].agentId"] == ["read_id"]


def test_each_test_has_its_own_readings():
    recorder = Recorder(HERE)
    with noting(recorder) as first:
        kept = answer([ROW]).json()[0]
        read_id(kept)
    assert kept["state"]["name"] == "Available"
    with noting(recorder) as second:
        assert kept["state"]["name"] == "Available"
    assert paths(first) == {"$", "$[*].agentId"}
    assert paths(second) == {"$[*].state", "$[*].state.name"}


def test_what_is_read_can_be_seen_while_it_is_recorded():
    with noting() as notes:
        answer([ROW]).json()
        assert paths(notes) == {"$"}


def test_what_may_be_unseen_is_known_in_the_test_and_stays_when_another_begins():
    recorder = Recorder(HERE, modules=["orjson"])
    with noting(recorder) as notes:
        answer([ROW]).json()
        assert notes.usage.unseen == {(OPERATION, "$")}
    with noting(recorder) as other:
        pass
    assert notes.usage.unseen == {(OPERATION, "$")}
    assert not other.usage.unseen


@pytest.mark.parametrize("status", [200, 403, 500])
def test_answers_of_every_status_are_recorded(status):
    with noting() as notes:
        answer({"error": "x"}, status=status).json()["error"]
    assert paths(notes) == {"$", "$.error"}


OTHERS = ["https://example.com/api/v2/agents/states", "https://platform.nicecxone.com/api/v2/nothing"]


@pytest.mark.parametrize("url", OTHERS, ids=["another host", "no operation"])
def test_other_answers_are_left_as_they_are(url):
    with noting() as notes:
        body = answer({"a": {}}, url).json()
        assert (type(body), type(body["a"])) == (dict, dict)
        with pytest.raises(requests.exceptions.JSONDecodeError):
            answer(b"no JSON", url).json()
    assert not notes.usage


def test_an_answer_that_nobody_asked_for_is_left_as_it_is():
    response = answer({})
    response.request = None
    with noting():
        assert type(response.json()) is dict


def test_a_body_that_is_no_json_fails_as_ever():
    with noting() as notes, pytest.raises(requests.exceptions.JSONDecodeError):
        answer(b"no JSON").json()
    assert not notes.usage


def test_two_calls_of_json_give_two_equal_bodies():
    with noting():
        response = answer([ROW])
        first, second = response.json(), response.json()
        assert first == second
        assert first is not second


def test_arguments_of_json_are_passed_on():
    with noting() as notes:
        assert answer({"a": 1.5}).json(parse_float=Decimal)["a"] == Decimal("1.5")
    assert paths(notes) == {"$", "$.a"}
    assert not notes.usage.unseen


THEIRS = {
    "object_hook": {"object_hook": lambda value: types.SimpleNamespace(**value)},
    "object_pairs_hook": {"object_pairs_hook": tuple},
    "cls": {"cls": json.JSONDecoder},
}


@pytest.mark.parametrize("how", THEIRS.values(), ids=THEIRS)
def test_what_others_make_of_a_body_is_theirs_and_not_seen(how):
    with noting() as notes:
        body = answer({"a": 1}).json(**how)
    assert body == json.loads('{"a": 1}', **how)
    assert type(body) is type(json.loads('{"a": 1}', **how))
    assert paths(notes) == {"$"}
    assert notes.usage.unseen == {(OPERATION, "$")}


def test_where_a_library_that_reads_in_c_is_loaded_all_may_be_read():
    with noting(Recorder(HERE, modules=["json", "orjson"])) as notes:
        read_id(answer([ROW]).json()[0])
    assert notes.usage.unseen == {(OPERATION, "$")}


def test_nothing_is_patched_before_and_after():
    before = requests.Response.json, httpx.Response.json, aiohttp.ClientResponse.json, answers.parsed
    with noting():
        assert not {requests.Response.json, httpx.Response.json, aiohttp.ClientResponse.json, answers.parsed} & {
            *before
        }
        requests.Response.json = lambda _: "somebody's, who forgot it"
    assert (requests.Response.json, httpx.Response.json, aiohttp.ClientResponse.json, answers.parsed) == before
    assert type(answer({}).json()) is dict


def test_nothing_stays_where_the_test_fails():
    before = requests.Response.json
    with pytest.raises(RuntimeError), noting():
        raise RuntimeError
    assert requests.Response.json is before


def test_what_is_asked_aside_is_nobodys():
    recorder = Recorder(HERE)
    with noting(recorder) as notes:
        row = answer([ROW]).json()[0]
        with recorder.aside():
            assert type(answer({}).json()) is dict
            read_id(row)
        assert paths(notes) == {"$"}
        read_id(row)
    assert paths(notes) == {"$", "$[*].agentId"}


def test_threads_of_the_code_are_recorded():
    with noting() as notes, ThreadPoolExecutor(4) as pool:
        rows = answer([ROW] * 20).json()
        assert {*pool.map(read_id, rows)} == {"7"}
    assert paths(notes) == {"$", "$[*].agentId"}


def test_threads_that_take_the_same_object_get_the_same():
    with noting(), ThreadPoolExecutor(8) as pool:
        for _ in range(50):
            row = answer([ROW]).json()[0]
            states = [*pool.map(lambda _, row=row: row["state"], range(8))]
            assert all(state is states[0] for state in states)


def test_the_contract_suite_reads_for_nobody():
    with noting() as notes:
        body_of(answer([]), contract("platform-v2"))
    assert not notes.usage


def test_httpx_is_recorded():
    with noting() as notes:
        response = httpx.Response(200, json=[ROW], request=httpx.Request("GET", STATES))
        read_id(response.json()[0])
        assert type(httpx.Response(200, json={}).json()) is dict
    assert paths(notes) == {"$", "$[*].agentId"}


def test_aiohttp_is_recorded(monkeypatch):
    async def body(_, **kwargs):
        return json.loads(json.dumps([ROW]), **kwargs)

    class Answer:
        method, url = "GET", STATES

    monkeypatch.setattr(aiohttp.ClientResponse, "json", body)
    with noting() as notes:
        read_id(asyncio.run(aiohttp.ClientResponse.json(Answer()))[0])
    assert paths(notes) == {"$", "$[*].agentId"}


def test_what_our_client_reads_is_read_by_the_line_that_asked():
    tenant = open_tenant(resolve({"mode": "fake"}, {}, {}))
    with tenant, tenant.client() as client:
        tenant.provide(AgentOnline("12345"))
        with noting() as notes:
            assert client.agent_state("12345").state == "Available"
    read = {one.path: one.place for one in notes.usage.readings if one.operation == OPERATION}
    assert {"$", "$[*].agentId", "$[*].state.name"} <= read.keys()
    assert {(place.file, place.function) for place in read.values()} == {
        ("test_usage_recorder.py", "test_what_our_client_reads_is_read_by_the_line_that_asked")
    }


# Bodies that are taken as they came


@pytest.mark.parametrize(
    "take",
    [lambda response: json.loads(response.text), lambda response: json.loads(response.content)],
    ids=["text", "content"],
)
def test_what_is_read_of_a_body_as_it_came_is_not_known(take):
    with noting() as notes:
        take(answer([ROW]))
    assert notes.usage.unseen == {(OPERATION, "$")}


@pytest.mark.parametrize(
    "make",
    [
        lambda: httpx.Response(200, json=[ROW], request=httpx.Request("GET", STATES)).text,
        lambda: httpx.Response(200, json=[ROW], request=httpx.Request("GET", STATES)).content,
    ],
    ids=["text", "content"],
)
def test_so_it_is_with_httpx(make):
    with noting() as notes:
        make()
    assert notes.usage.unseen == {(OPERATION, "$")}


def test_a_body_that_only_json_takes_is_seen():
    with noting() as notes:
        answer([ROW]).json()
        httpx.Response(200, json=[ROW], request=httpx.Request("GET", STATES)).json()
        contract("platform-v2").violations(exchange_of(answer([ROW])))
    assert notes.usage.unseen == set()


def test_the_text_of_a_failure_is_for_people():
    with noting() as notes:
        assert "error" in answer({"error": "forbidden"}, status=403).text
    assert notes.usage.unseen == set()


def test_where_no_watched_library_brought_an_answer_it_is_not_known_what_is_read():
    with noting() as notes:
        answer([ROW]).json()
        notes.add_unwatched([OPERATION, "getAgent"])
    assert notes.usage.unseen == {("getAgent", "$")}


def test_nothing_is_left_behind_on_responses():
    before = [
        vars(owner)[name] for owner in (requests.Response, httpx.Response) for name in ("json", "text", "content")
    ]
    with noting():
        pass
    assert before == [
        vars(owner)[name] for owner in (requests.Response, httpx.Response) for name in ("json", "text", "content")
    ]


def test_an_answer_of_httpx_that_is_no_json_was_watched():
    with noting() as notes:
        with pytest.raises(ValueError, match="Expecting value"):
            httpx.Response(200, content=b"<html>", request=httpx.Request("GET", STATES)).json()
        notes.add_unwatched([OPERATION])
    assert notes.usage.unseen == set()
