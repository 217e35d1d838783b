"""Where two answers differ, as paths."""

import json

import pytest

from pytest_cxone.model import Headers, Response
from pytest_cxone.rehearsal.differing import differing


def answered(document, *, status=200, headers=(), kind="application/json"):
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return Response(status=status, headers=Headers({"Content-Type": kind, **dict(headers)}), body=body)


ROW = {"agentId": "1", "state": {"name": "Available"}}


def test_equal_answers_differ_nowhere():
    assert differing(answered([ROW]), answered([ROW])) == frozenset()


@pytest.mark.parametrize(
    ("before", "after", "paths"),
    [
        ([ROW], [{"agentId": "1"}], {"$[*].state"}),
        ([{"agentId": "1"}], [ROW], {"$[*].state"}),
        ([ROW], [{**ROW, "state": None}], {"$[*].state"}),
        ([ROW], [{**ROW, "state": {"name": "Busy"}}], {"$[*].state.name"}),
        ([ROW], [{**ROW, "agentId": 1}], {"$[*].agentId"}),
        ([ROW], {"agents": [ROW]}, {"$"}),
        ([ROW, ROW], [ROW], {"$"}),
        ([ROW, ROW], [ROW, {**ROW, "agentId": "2"}], {"$[*].agentId"}),
        ({"a": {"x@corp.test": 1}}, {"a": {"x@corp.test": 2}}, {"$.a.*"}),
        ({"a": True}, {"a": 1}, {"$.a"}),
        ({"a": 1}, {"a": 1.0}, {"$.a"}),
        ({"a": [[1], [2]]}, {"a": [[1], [3]]}, {"$.a[*][*]"}),
    ],
    ids=str,
)
def test_a_body_differs_where_its_values_do(before, after, paths):
    assert differing(answered(before), answered(after)) == paths


@pytest.mark.parametrize(
    ("after", "path"),
    [
        (answered([], status=206), "status"),
        (answered([], kind="text/plain"), "media type"),
        (answered([], headers={"Retry-After": "1"}.items()), "header retry-after"),
        (answered(b"[ ]"), "$"),
        (answered(b"<html>"), "$"),
        (answered(b""), "$"),
    ],
    ids=["status", "media type", "header", "spelling", "no JSON", "no body"],
)
def test_the_protocol_and_what_is_no_json_have_paths_of_their_own(after, path):
    assert differing(answered([]), after) == {path}


def test_a_body_that_is_deeper_than_anybody_reads_is_compared_as_a_whole():
    deep, other = ("[" * 40 + end + "]" * 40 for end in ("1", "2"))
    assert len(differing(answered(deep.encode()), answered(other.encode()))) == 1
    endless = answered(b"[" * 100_000)
    assert differing(endless, answered([])) == {"$"}
