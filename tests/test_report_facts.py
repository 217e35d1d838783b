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
from pytest_cxone.rehearsal.outcomes import LeftOut, Outcome, Rehearsed, RehearsedUpgrade, Touched
from pytest_cxone.report.facts import merged, seen_from_json, seen_to_json, series_of, without_late, write_runs
from pytest_cxone.report.reading import read_runs
from pytest_cxone.usage.values import Place, Reading, Usage
from tests.runs import AT, MORE, read, rehearsed, run, seen, tried, upgrade

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

LINES = st.integers(0, 10**6)
USAGE = st.builds(
    Usage,
    st.frozensets(st.builds(Reading, WORDS, WORDS, st.booleans(), st.builds(Place, WORDS, LINES, WORDS)), max_size=5),
    st.frozensets(st.tuples(WORDS, WORDS), max_size=3),
)
SEVERAL = st.lists(WORDS, max_size=3).map(tuple)
UPGRADE = st.builds(
    RehearsedUpgrade,
    id=WORDS, summary=WORDS, origin=WORDS, outcome=st.sampled_from(Outcome), behaviours=SEVERAL, test=WORDS, message=WORDS,
    met_by=SEVERAL, touched=st.lists(st.builds(Touched, WORDS, WORDS), max_size=3).map(tuple),
)  # fmt: skip
REHEARSED = st.builds(
    Rehearsed,
    upgrades=st.lists(UPGRADE, max_size=3).map(tuple), left_out=st.lists(st.builds(LeftOut, WORDS, WORDS), max_size=2).map(tuple),
    idle=COUNTS, tests=COUNTS, runs=COUNTS, seconds=st.floats(0, 100), refused=WORDS,
)  # fmt: skip


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


@settings(deadline=None)
@given(st.lists(st.none() | USAGE, max_size=4), st.none() | USAGE, st.none() | REHEARSED, st.none() | st.floats(0, 100))
def test_what_was_read_and_rehearsed_is_read_back_as_it_was_written(usages, committed, of, least):
    tests = (tried(f"test_{number}", usage=usage) for number, usage in enumerate(usages))
    runs = (run(*tests, usage=committed, rehearsed=of, rehearse_least=least),)
    assert read_runs(through_json(write_runs(runs))) == runs


def test_what_a_hundred_tests_read_alike_is_written_once():
    alike = write_runs([run(*(tried(f"test_{number}", usage=read("$[*].team")) for number in range(100)))])
    assert len(alike["readings"]) == 2


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


def with_usage(**changes):
    return with_test(usage={"readings": [], "unseen": [], **changes})


def with_rehearsal(of=None, **changes):
    document = through_json(write_runs([rehearsed(upgrade())]))
    document["runs"][0]["rehearsed"]["upgrades"][0].update(of or {})
    document["runs"][0]["rehearsed"].update(changes)
    return document


def with_upgrade(**changes):
    return with_rehearsal(of=changes)


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
    "readings that are none": written(readings=[["listAgentStates", "$"]]),
    "a reading with a line before the first": written(readings=[["getAgent", "$", False, "a.py", -1, "f"]]),
    "a reading that is whole by a text": written(readings=[["getAgent", "$", "no", "a.py", 1, "f"]]),
    "a reading in no file": written(readings=[["getAgent", "$", False, None, 1, "f"]]),
    "a reading too far": with_usage(readings=[7]),
    "a reading before the first": with_usage(readings=[-1]),
    "half of what was read": with_test(usage={"readings": []}),
    "an unseen place that is none": with_usage(unseen=[["getAgent"]]),
    "usage that is a list": with_test(usage=[]),
    "a committed file that is a text": with_run(usage="usage.json"),
    "a rehearsal that is a list": with_run(rehearsed=[]),
    "a rehearsal that is a text": with_run(rehearsed="all noticed"),
    "upgrades that are none": with_rehearsal(upgrades=3),
    "an unknown outcome of an upgrade": with_upgrade(outcome="killed"),
    "tests that are a text": with_upgrade(met_by="test_x"),
    "a place that is half": with_upgrade(touched=[["getAgent"]]),
    "a test left out without a reason": with_rehearsal(left_out=[["test_x"]]),
    "fewer idle upgrades than none": with_rehearsal(idle=-1),
    "runs below none": with_rehearsal(runs=-1),
    "seconds of a rehearsal that are none": with_rehearsal(seconds=float("inf")),
    "a refusal that is a truth": with_rehearsal(refused=True),
    "a least that is a text": with_run(rehearse_least="90"),
    "a least below none": with_run(rehearse_least=-1),
    "an upgrade without its id": with_run(rehearsed={"upgrades": [{"summary": "it"}]}),
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


@pytest.mark.parametrize(
    "changed",
    [with_run, with_test, with_rehearsal, with_upgrade],
    ids=["run", "test", "rehearsal", "upgrade"],
)
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


def test_evidence_from_before_there_were_rehearsals_and_usage_is_read():
    document = written()
    del document["readings"]
    for name in ("rehearsed", "rehearse_least", "usage"):
        del document["runs"][0][name]
    del document["runs"][0]["tests"][0]["usage"]
    assert read_runs(document) == (run(tried()),)


# What turned out to be somebody's


def test_a_name_that_turned_out_to_be_somebodys_stands_in_no_path_that_was_read():
    usage = read("$[*].Quackenbush.name", "$[*].state", unseen=("$[*].Quackenbush",))
    (test,) = without_late([tried(usage=usage)], {"Quackenbush": "somebody"})
    assert {reading.path for reading in test.usage.readings} == {"$", "$[*].*.name", "$[*].state"}
    assert test.usage.unseen == {("listAgentStates", "$[*].*")}


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


# Rehearsals that are merged


def kept(*runs):
    return [one.id for one in merged(runs) if one.rehearsed]


def test_a_rehearsal_counts_no_more_where_all_its_tests_were_rehearsed_later():
    assert kept(rehearsed(upgrade(), id_="early"), rehearsed(id_="late", started=LATER)) == ["late"]


@pytest.mark.parametrize(
    "later",
    [
        run(tried(evidence="fake"), id_="late", started=LATER, mode="fake"),
        rehearsed(id_="late", started=LATER, dialect="acd"),
        rehearsed(id_="late", started=LATER, tests=(tried("test_other", evidence="fake"),)),
    ],
    ids=["a run without one", "another dialect", "other tests"],
)
def test_a_rehearsal_of_other_tests_or_none_leaves_it_as_it_is(later):
    assert kept(rehearsed(upgrade(), id_="early"), later)[0] == "early"


def test_a_rehearsal_of_which_some_tests_were_rehearsed_later_counts():
    tests = tried(evidence="fake"), tried("test_other", evidence="fake")
    assert kept(rehearsed(upgrade(), id_="early", tests=tests), rehearsed(id_="late", started=LATER)) == [
        "early",
        "late",
    ]


def test_merging_rehearsals_again_changes_nothing():
    once = merged([rehearsed(upgrade(), id_="early"), rehearsed(id_="late", started=LATER)])
    assert merged(once) == once
