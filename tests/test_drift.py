"""Drift in bodies: what changed between two observations, how bad it is, and what nobody can say."""

import json
from dataclasses import fields

import pytest

from pytest_cxone.drift import Comparison, FindingId, Observed, Severity, compare, over_versions
from tests.exchanges import PROFILE, rows, seen, told, unknown

# One change, one finding

CHANGES = {
    "property removed": (
        {"agents": rows(3, agentId=1, teamId=2)},
        {"agents": rows(2, agentId=1)},
        [("response-property-removed", "$.agents[*].teamId", "integer", "absent", (3, 2))],
    ),
    "object removed, told once": (
        [{"id": 1, "team": {"id": 1, "name": "a"}}],
        [{"id": 1}],
        [("response-property-removed", "$[*].team", "object", "absent", (1, 1))],
    ),
    "property added": (
        [{"id": 1}],
        rows(4, id=1, division=None),
        [("response-property-added", "$[*].division", "absent", "null", (1, 4))],
    ),
    "renamed by a letter": (
        [{"agentProficencyValue": 1}],
        [{"agentProficiencyValue": 1}],
        [
            ("response-property-removed", "$[*].agentProficencyValue", "integer", "absent", (1, 1)),
            ("response-property-added", "$[*].agentProficiencyValue", "absent", "integer", (1, 1)),
        ],
    ),
    "recased": (
        {"AgentStates": rows(2, AgentId=1, TeamName="a")},
        {"agentStates": rows(5, agentId=1, teamName="b")},
        [
            ("response-property-recased", "$.AgentStates", "AgentStates", "agentStates", (1, 1)),
            ("response-property-recased", "$.AgentStates[*].AgentId", "AgentId", "agentId", (2, 5)),
            ("response-property-recased", "$.AgentStates[*].TeamName", "TeamName", "teamName", (2, 5)),
        ],
    ),
    "recased to snake": (
        [{"agentId": 1}],
        [{"agent_id": 1}],
        [("response-property-recased", "$[*].agentId", "agentId", "agent_id", (1, 1))],
    ),
    "two become one": (
        [{"userID": 1, "userId": 1}],
        [{"userid": 1}],
        [
            ("response-property-recased", "$[*].userID", "userID", "userid", (1, 1)),
            ("response-property-removed", "$[*].userId", "integer", "absent", (1, 1)),
        ],
    ),
    "recased, and of another type": (
        [{"ServerTime": "now"}],
        [{"serverTime": 1}],
        [
            ("response-property-recased", "$[*].ServerTime", "ServerTime", "serverTime", (1, 1)),
            ("response-property-type-changed", "$[*].ServerTime", "string", "integer", (1, 1)),
        ],
    ),
    "another case beside": (
        [{"userId": 1}],
        [{"userId": 1, "userID": 1}],
        [("response-property-added", "$[*].userID", "absent", "integer", (1, 1))],
    ),
    "type changed": (
        [{"agentId": 1}, {"agentId": 2}],
        [{"agentId": "1"}],
        [("response-property-type-changed", "$[*].agentId", "integer", "string", (2, 1))],
    ),
    "type of some": (
        [{"id": 1}],
        [{"id": 1}, {"id": "1"}],
        [("response-property-type-changed", "$[*].id", "integer", "integer or string", (1, 2))],
    ),
    "integer becomes number": (
        [{"duration": 3}],
        [{"duration": 3.5}],
        [("response-property-type-changed", "$[*].duration", "integer", "number", (1, 1))],
    ),
    "number becomes integer": (
        [{"duration": 3.5}],
        [{"duration": 3}],
        [("response-property-type-changed", "$[*].duration", "number", "integer", (1, 1))],
    ),
    "object becomes text": (
        [{"state": {"name": "Available"}}],
        [{"state": "Available"}],
        [("response-property-type-changed", "$[*].state", "object", "string", (1, 1))],
    ),
    "object becomes a list": (
        {"agent": {"id": 1, "name": "a"}},
        {"agent": [{"id": 1, "name": "a"}]},
        [("response-property-type-changed", "$.agent", "object", "array", (1, 1))],
    ),
    "items change": (
        {"ids": [1, 2]},
        {"ids": ["1"]},
        [("response-property-type-changed", "$.ids[*]", "integer", "string", (2, 1))],
    ),
    "nullable": (
        rows(3, team="a"),
        [{"team": "a"}, {"team": None}, {"team": "a"}],
        [("response-property-became-nullable", "$[*].team", "never null", "null in 1 of 3", (3, 3))],
    ),
    "nothing but null": (
        [{"team": "a"}],
        [{"team": None}],
        [("response-property-became-nullable", "$[*].team", "never null", "null in 1 of 1", (1, 1))],
    ),
    "optional": (
        rows(3, id=1, team="a"),
        [{"id": 1, "team": "a"}, {"id": 2}],
        [("response-property-became-optional", "$[*].team", "always present", "present in 1 of 2", (3, 2))],
    ),
    "body of another type": (
        {"id": 1},
        "1",
        [("response-body-type-changed", "$", "object", "string", (1, 1))],
    ),
    "body null": (
        {"id": 1},
        None,
        [("response-body-became-nullable", "$", "never null", "null in 1 of 1", (1, 1))],
    ),
    "body empty": ([1], b"", [("response-body-type-changed", "$", "array", "nothing", (1, 1))]),
    "body no longer empty": (b"", [1], [("response-body-type-changed", "$", "nothing", "array", (1, 1))]),
    "body cut": ([1], b"[1", [("response-body-type-changed", "$", "array", "not JSON", (1, 1))]),
    "envelope round a list": (
        {"totalRecords": 1, "agentSkillAssignments": [{"agentId": 1}]},
        {"totalRecords": 1, "resultSet": {"agentSkillAssignments": [{"agentId": 1}]}},
        [
            (
                "response-envelope-added",
                "$.resultSet",
                "$.agentSkillAssignments",
                "$.resultSet.agentSkillAssignments",
                (1, 1),
            )
        ],
    ),
    "envelope round all": (
        {"totalRecords": 1, "agents": [{"agentId": 1}]},
        {"resultSet": {"totalRecords": 1, "agents": [{"agentId": 1}]}},
        [
            (
                "response-envelope-added",
                "$.resultSet",
                "$",
                "$.resultSet",
                (1, 1),
            )
        ],
    ),
    "envelope taken away, rows otherwise": (
        {"resultSet": {"unavailableCodes": [{"outStateId": 1, "outStateName": "a"}]}},
        {"unavailableCodes": [{"outstateId": 1, "outstateName": "a"}]},
        [
            (
                "response-envelope-removed",
                "$.resultSet",
                "$.resultSet.unavailableCodes",
                "$.unavailableCodes",
                (1, 1),
            ),
            (
                "response-property-recased",
                "$.resultSet.unavailableCodes[*].outStateId",
                "outStateId",
                "outstateId",
                (1, 1),
            ),
            (
                "response-property-recased",
                "$.resultSet.unavailableCodes[*].outStateName",
                "outStateName",
                "outstateName",
                (1, 1),
            ),
        ],
    ),
    "envelope round rows of other names": (
        {"resultSet": {"campaigns": [{"campaignId": 1}]}},
        {"campaigns": [{"id": 1}]},
        [
            ("response-envelope-removed", "$.resultSet", "$.resultSet.campaigns", "$.campaigns", (1, 1)),
            ("response-property-removed", "$.resultSet.campaigns[*].campaignId", "integer", "absent", (1, 1)),
            ("response-property-added", "$.campaigns[*].id", "absent", "integer", (1, 1)),
        ],
    ),
    "envelope round a bare list": (
        rows(3, agentId=1, teamId=1),
        {"items": rows(2, agentId=1, teamId=1), "total": 2},
        [
            ("response-envelope-added", "$", "$", "$.items", (1, 1)),
            ("response-property-added", "$.total", "absent", "integer", (1, 1)),
        ],
    ),
    "bare list again": (
        {"data": rows(2, agentId=1)},
        rows(3, agentId=1),
        [("response-envelope-removed", "$", "$.data", "$", (1, 1))],
    ),
    "envelope round each row": (
        [{"agentId": 1, "name": "a"}],
        [{"agent": {"agentId": 1, "name": "a"}}],
        [("response-envelope-added", "$[*].agent", "$[*]", "$[*].agent", (1, 1))],
    ),
    "envelope, and something in it missing": (
        {"agents": [1], "lastPollTime": "now", "totalRecords": 1},
        {"data": {"agents": [1], "totalRecords": 1}},
        [
            ("response-envelope-added", "$.data", "$", "$.data", (1, 1)),
            ("response-property-removed", "$.lastPollTime", "string", "absent", (1, 1)),
        ],
    ),
    "envelope round most": (
        {"id": 1, "name": "a", "zone": 1},
        {"agent": {"id": 1, "name": "a"}},
        [
            ("response-envelope-added", "$.agent", "$", "$.agent", (1, 1)),
            ("response-property-removed", "$.zone", "integer", "absent", (1, 1)),
        ],
    ),
    "object of which a bit was there": (
        {"id": 1, "name": "a", "zone": 1},
        {"agent": {"id": 1}},
        [
            ("response-property-removed", "$.id", "integer", "absent", (1, 1)),
            ("response-property-removed", "$.name", "string", "absent", (1, 1)),
            ("response-property-removed", "$.zone", "integer", "absent", (1, 1)),
            ("response-property-added", "$.agent", "absent", "object", (1, 1)),
        ],
    ),
    "an id gone, an object with an id new": (
        [{"id": 1, "name": "a"}],
        [{"name": "a", "team": {"id": 1}}],
        [
            ("response-property-removed", "$[*].id", "integer", "absent", (1, 1)),
            ("response-property-added", "$[*].team", "absent", "object", (1, 1)),
        ],
    ),
    "list becomes an object of other things": (
        [{"agentId": 1}],
        {"errors": [{"code": 1}]},
        [("response-body-type-changed", "$", "array", "object", (1, 1))],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_change_is_told_once_with_its_place(before, after, expected):
    comparison = compare(seen(before), seen(after))
    assert sorted(told(comparison)) == sorted(expected)
    assert comparison.not_compared == ()


SEVERITIES = {
    FindingId.ADDED: "additive",
    **{one: "breaking" for one in FindingId if one is not FindingId.ADDED},
}


@pytest.mark.parametrize("name", CHANGES)
def test_how_bad_a_change_is_depends_on_what_it_is(name):
    before, after, _ = CHANGES[name]
    for one in compare(seen(before), seen(after)).findings:
        assert one.severity == ("cosmetic" if name == "number becomes integer" else SEVERITIES[one.id])


# Nothing has changed

SAME = {
    "other values": ([{"id": 1, "name": "a"}], [{"id": 2, "name": "b"}]),
    "another order": ([{"id": 1, "name": "a"}], [{"name": "b", "id": 2}]),
    "more rows": (rows(1, id=1), rows(50, id=1)),
    "null no more": ([{"team": None}, {"team": "a"}], [{"team": "a"}]),
    "always now": ([{"id": 1}, {"id": 1, "team": 1}], rows(2, id=1, team=1)),
    "more seldom": ([{"id": 1}, *rows(3, id=1, team=1)], [*rows(3, id=1), {"id": 1, "team": 1}]),
    "a type less": ([{"id": 1}, {"id": "1"}], [{"id": 1}]),
    "fewer members of other keys": (
        [{"by": {"1001": 1}}, {"by": {"1002": 1}}],
        [{"by": {"1003": 1}}, {"by": {}}, {"by": {}}],
    ),
    "a whole number": ([{"duration": 3.5}, {"duration": 1}], [{"duration": 1}]),
    "numbers, some whole": ([{"duration": 3.5}], [{"duration": 1}, {"duration": 2.5}]),
    "no rows at all": ([], []),
    "null again": ([{"id": None}], [{"id": None}]),
}


@pytest.mark.parametrize(("before", "after"), SAME.values(), ids=SAME)
def test_what_differs_because_time_passed_is_no_finding(before, after):
    comparison = compare(seen(before), seen(after))
    assert comparison.summary == "no drift in 1 operation"


# What nobody can say

UNKNOWN = {
    "no rows after": ([{"id": 1}], [], ("$[*]", "no rows after")),
    "no rows before": ({"agents": []}, {"agents": [{"id": 1}]}, ("$.agents[*]", "no rows before")),
    "null before": ([{"id": None}], [{"id": 1}], ("$[*].id", "nothing but null before")),
    "null after": ([{"id": None}, {"id": 1}], [{"id": None}], ("$[*].id", "nothing but null after")),
    "seldom before": (
        [{"id": 1}, {"id": 1, "team": 1}],
        rows(3, id=1),
        ("$[*].team", "in 1 of 2 before and in none of 3 after: it may be chance"),
    ),
    "seldom after": (
        rows(3, id=1),
        [{"id": 1}, {"id": 1, "team": 1}],
        ("$[*].team", "in 1 of 2 after and in none of 3 before: it may be chance"),
    ),
    "members of other keys": (
        {"by": {"1001": 1}},
        {"by": {}},
        ("$.by.*", "members without a name only before"),
    ),
}


@pytest.mark.parametrize(("before", "after", "expected"), UNKNOWN.values(), ids=UNKNOWN)
def test_what_one_side_did_not_see_is_neither_drift_nor_its_absence(before, after, expected):
    comparison = compare(seen(before), seen(after))
    assert (comparison.findings, unknown(comparison)) == ((), [expected])
    assert comparison.summary == "nothing found in 1 operation; 1 not compared"


def test_what_stood_in_many_rows_and_stands_in_none_of_many_is_gone():
    before = [*rows(10, id=1), *rows(10, id=1, team="a")]
    assert told(compare(seen(before), seen(rows(20, id=1)))) == [
        ("response-property-removed", "$[*].team", "string, in 10 of 20", "absent", (20, 20))
    ]


@pytest.mark.parametrize(("before", "after", "side"), [([[]], [], "after"), ([], [[]], "before")], ids=["after", "before"])  # fmt: skip
def test_an_operation_that_one_side_did_not_ask_for_is_not_compared(before, after, side):
    comparison = compare(seen(*before), seen(*after))
    assert comparison.summary == "nothing was compared; 1 not compared"
    assert str(comparison.not_compared[0]) == f"not compared: listAgentStates: no answer {side}"


def test_nothing_compared_with_nothing_is_not_the_absence_of_drift():
    assert compare(Observed(), Observed()).summary == "nothing was compared"


# How it is told


def test_the_worst_is_first():
    before = seen([{"id": 1.5, "zone": "a", "agent": 1}]) | seen({"id": 1}, path=PROFILE)
    after = seen([{"id": 1, "zone": 1, "alias": "a"}]) | seen({"id": "1"}, path=PROFILE)
    assert [(one.severity.value, one.operation, one.path) for one in compare(before, after).findings] == [
        ("breaking", "getAgent", "$.id"),
        ("breaking", "listAgentStates", "$[*].agent"),
        ("breaking", "listAgentStates", "$[*].zone"),
        ("additive", "listAgentStates", "$[*].alias"),
        ("cosmetic", "listAgentStates", "$[*].id"),
    ]


def test_a_comparison_is_summed_up_in_a_line():
    before = seen([{"id": 1.5, "zone": "a", "agent": 1, "tags": [1]}])
    after = seen([{"id": 1, "alias": "a", "tags": []}])
    comparison = compare(before, after)
    assert comparison.summary == "2 breaking, 1 additive, 1 cosmetic in 1 operation; 1 not compared"
    assert comparison.counts[Severity.BREAKING] == 2
    both = compare(seen([{"tags": [1]}]) | seen({}, path=PROFILE), seen([{"tags": []}]) | seen({}, path=PROFILE))
    assert both.summary == "nothing found in 2 operations; 1 not compared"


def test_a_finding_and_what_is_not_compared_are_a_line_each():
    comparison = compare(seen([{"id": 1, "tags": [1]}]), seen([{"id": "1", "tags": []}] * 2))
    assert str(comparison.findings[0]) == (
        "breaking: listAgentStates 200 $[*].id: integer → string (response-property-type-changed; 1 and 2 seen)"
    )
    assert str(comparison.not_compared[0]) == ("not compared: listAgentStates 200 $[*].tags[*]: no rows after")
    status = compare(seen([1]), seen([1], status=204)).findings[0]
    assert str(status) == "breaking: listAgentStates status: 200 → 204 (response-status-changed; 1 and 1 seen)"


def test_a_finding_is_plain_data_for_a_report():
    [one] = compare(seen({"id": 1}), seen({"id": "1"})).findings
    assert json.loads(json.dumps({field.name: getattr(one, field.name) for field in fields(one)})) == {
        "id": "response-property-type-changed", "severity": "breaking", "operation": "listAgentStates", "status": 200,
        "path": "$.id", "before": "integer", "after": "string", "samples": [1, 1], "change": ["number", "string"],
    }  # fmt: skip


VERSIONS = {
    "none": ([], []),
    "one": (["v30.0"], []),
    "two": (["v30.0", "v31.0"], [("v30.0", "v31.0")]),
    "three": (["v30.0", "v31.0", "v34.0"], [("v30.0", "v31.0"), ("v31.0", "v34.0"), ("v30.0", "v34.0")]),
}


@pytest.mark.parametrize(("versions", "pairs"), VERSIONS.values(), ids=VERSIONS)
def test_versions_are_compared_with_the_next_and_the_first_with_the_last(versions, pairs):
    observed = {version: seen({f"new_in_{version[:3]}": 1}) for version in versions}
    compared = over_versions(observed)
    assert list(compared) == pairs
    assert all(compared[pair] == compare(observed[pair[0]], observed[pair[1]]) for pair in pairs)
    assert all(isinstance(one, Comparison) and len(one.findings) == 2 for one in compared.values())
