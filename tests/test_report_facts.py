"""What runs are known by: it is written and read without loss, and merged as if it had been one run."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_cxone._resources import version
from pytest_cxone.drift import Breach, Observed, Seen, Sight
from pytest_cxone.errors import ConfigurationError
from pytest_cxone.report.facts import merged, seen_from_json, seen_to_json, series_of, write_runs
from pytest_cxone.report.reading import read_runs
from tests.runs import AT, MORE, run, seen, tried

WORDS = st.text(max_size=8)
COUNTS = st.integers(min_value=1, max_value=10**9)
SEEN = st.builds(
    Seen,
    observed=st.dictionaries(
        st.builds(Sight, operation=WORDS, status=st.integers(100, 599), path=WORDS, what=WORDS), COUNTS, max_size=5
    ).map(Observed),
    breaches=st.dictionaries(
        st.builds(Breach, operation=WORDS, status=st.integers(100, 599), path=WORDS, expected=WORDS, got=WORDS),
        COUNTS,
        max_size=3,
    ),
    seconds=st.dictionaries(WORDS, st.floats(0, 100), max_size=3),
)


def through_json(document):
    return json.loads(json.dumps(document))


@settings(deadline=None)
@given(SEEN)
def test_what_was_seen_crosses_a_process_as_it_is(what):
    assert seen_from_json(through_json(seen_to_json(what))) == what


@settings(deadline=None)
@given(st.lists(st.tuples(st.none() | SEEN, st.none() | SEEN), max_size=4), st.sampled_from([None, (1, 1), (2, 3)]))
def test_runs_are_read_as_they_were_written(pairs, shard):
    tests = (tried(f"test_{number}", before=one, after=two) for number, (one, two) in enumerate(pairs))
    runs = (run(*tests, shard=shard, lost=("a worker",), requests=7, series="77"), run(id_="two", mode="fake", host=""))
    assert read_runs(through_json(write_runs(runs))) == runs


def test_what_a_hundred_tests_saw_alike_is_written_once():
    alike = write_runs([run(*(tried(f"test_{number}") for number in range(100)))])
    assert len(alike["sights"]) == len(seen().observed.counts)


# What is no evidence


def written(**changes):
    return {**through_json(write_runs([run(tried())])), **changes}


def with_run(**changes):
    document = written()
    document["runs"][0].update(changes)
    return document


def with_test(**changes):
    document = written()
    document["runs"][0]["tests"][0].update(changes)
    return document


DAMAGED = {
    "nothing": None,
    "a text": "evidence",
    "a list": [1],
    "empty": {},
    "no sights": written(sights=None),
    "sights that are none": written(sights=[[1]]),
    "runs that are none": written(runs=[1]),
    "no runs": written(runs=3),
    "no time": with_run(started="soon"),
    "half a shard": with_run(shard=[1]),
    "no tests": with_run(tests=None),
    "a sight too far": with_test(after={"observed": [10**6, 1], "breaches": [], "seconds": {}}),
    "an odd number of counts": with_test(after={"observed": [0, 1, 2], "breaches": [], "seconds": {}}),
    "half of what was seen": with_test(after={"observed": []}),
    "breaches that are none": with_test(after={"observed": [], "breaches": [["a"]], "seconds": {}}),
    "a time without a zone": with_run(started="2026-11-23T08:00:00"),
    "an unknown dialect": with_run(dialect="platform-v9"),
    "a dialect that is none": with_run(dialect=["acd"]),
    "a text that is a number": with_run(host=3),
    "a text that is half a character": with_test(message="\ud800"),
    "a number that is a text": with_run(requests="7"),
    "a number that is a truth": with_run(requests=True),
    "a number too large": with_run(requests=10**400),
    "fewer than none": with_run(requests=-1),
    "an unknown mode": with_run(mode="live\n"),
    "a text for a list": with_run(lost="a worker"),
    "a list of something else": with_test(behaviours=[["profile.any-login"]]),
    "an unknown outcome": with_test(outcome="error"),
    "an unknown evidence": with_test(evidence="rumour"),
    "a time that no clock shows": with_test(at="0001-01-01T00:00:00+14:00"),
    "shards of none": with_run(shard=[1, 0]),
    "a shard too far": with_run(shard=[4, 3]),
    "more shards than anybody has": with_run(shard=[1, 10**9]),
    "a shard that is a text": with_run(shard="12"),
    "a sight before the first": with_test(after={"observed": [-1, 1], "breaches": [], "seconds": {}}),
    "a sight with a status that is a text": written(sights=[["listAgentStates", "200", "$", "array"]], runs=[]),
    "counts that are texts": with_test(after={"observed": [0, "1"], "breaches": [], "seconds": {}}),
    "seconds that are none": with_test(after={"observed": [], "breaches": [], "seconds": {"getAgent": float("nan")}}),
    "no name": {**written(), "runs": [{key: value for key, value in written()["runs"][0].items() if key != "id"}]},
}


@pytest.mark.parametrize("document", DAMAGED.values(), ids=DAMAGED)
def test_what_is_no_evidence_is_said_to_be_damaged(document):
    with pytest.raises(ConfigurationError, match="evidence is damaged"):
        read_runs(document)


def test_evidence_of_a_later_version_is_told_from_damage_and_names_both():
    document = with_run(recorder="9.4.0")
    with pytest.raises(ConfigurationError) as raised:
        read_runs({**document, "version": 2})
    assert str(raised.value) == (
        f"the report's evidence is of version 2, not 1; it was written by pytest-cxone '9.4.0', and this is {version()!r}"
    )


@pytest.mark.parametrize("changed", [with_run, with_test], ids=["run", "test"])
def test_evidence_with_more_than_is_known_is_of_another_version_too(changed):
    document = changed(more=1, and_more=2)
    document["runs"][0]["recorder"] = "9.4.0"
    with pytest.raises(ConfigurationError) as raised:
        read_runs(document)
    assert str(raised.value) == (
        "the report's evidence has what is not known here ('and_more', 'more'); "
        f"it was written by pytest-cxone '9.4.0', and this is {version()!r}"
    )


def test_evidence_that_does_not_tell_its_series_yet_is_read():
    document = written()
    del document["runs"][0]["series"]
    assert read_runs(document)[0].series == ""


# Which night


@pytest.mark.parametrize(
    ("environ", "series"),
    [
        ({}, ""),
        ({"GITHUB_RUN_ID": "1658821493", "GITHUB_RUN_NUMBER": "7"}, "1658821493"),
        ({"CI_PIPELINE_ID": "77"}, "77"),
        ({"BUILD_TAG": "jenkins-nightly-12", "BUILD_ID": "12"}, "jenkins-nightly-12"),
        ({"BUILD_BUILDID": "4711"}, "4711"),
        ({"GITHUB_RUN_ID": " ", "BUILD_BUILDID": "4711"}, "4711"),
    ],
    ids=["none", "GitHub", "GitLab", "Jenkins", "Azure", "empty"],
)
def test_what_a_ci_calls_its_run_is_the_same_in_all_its_jobs(environ, series):
    assert series_of(environ) == series


# Runs that are merged

LATER = AT + timedelta(hours=1)


def of(runs):
    return [(one.id, test.test.partition("::")[2], test.outcome) for one in runs for test in one.tests]


def test_a_run_that_comes_twice_is_there_once():
    one = run(tried())
    assert merged([one, one]) == (one,)


def test_runs_come_in_the_order_of_time_however_they_were_given():
    early, late = run(id_="early"), run(id_="late", started=LATER)
    assert merged([late, early]) == merged([early, late]) == (early, late)


def test_of_a_test_that_ran_twice_the_later_counts():
    early, late = (
        run(tried(outcome="failed"), tried("test_other"), id_="early"),
        run(tried(), id_="late", started=LATER),
    )
    assert of(merged([late, early])) == [("early", "test_other", "passed"), ("late", "test_listing", "passed")]


@pytest.mark.parametrize(
    "other",
    [
        run(tried(evidence="fake"), id_="late", started=LATER, mode="fake"),
        run(tried(evidence="cassette"), id_="late", started=LATER, mode="replay"),
        run(tried(api_version="v3"), id_="late", started=LATER),
        run(tried(), id_="late", started=LATER, dialect="acd"),
    ],
    ids=["evidence", "recording", "version", "dialect"],
)
def test_a_test_on_other_evidence_is_another(other):
    assert len(of(merged([run(tried(), id_="early"), other]))) == 2


def test_shards_of_one_run_stay_beside_each_other():
    shards = [run(tried(f"test_{number}"), id_=str(number), shard=(number, 3)) for number in (1, 2, 3)]
    assert merged(reversed(shards)) == tuple(shards)


@settings(deadline=None)
@given(st.permutations([run(tried(after=seen(MORE)), id_=str(n), started=AT + timedelta(n)) for n in range(4)]))
def test_merging_does_not_depend_on_the_order_and_merging_again_changes_nothing(runs):
    once = merged(runs)
    assert [one.id for one in once] == ["0", "1", "2", "3"]
    assert merged(once) == once
    assert merged([*once[2:], *merged(once[:2])]) == tuple(
        replace(one, tests=one.tests if one.id == "3" else ()) for one in once
    )
