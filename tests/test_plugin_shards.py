"""Shards: each test in one of them, a part of rate and budget each, and merged they are one run."""

import json
import re
from collections import Counter

import pytest
from click.testing import CliRunner

from pytest_cxone.cli import main
from pytest_cxone.run import Run
from tests.upgrading import BOARD, QUIET, body, every, opened, rows, told, without

pytest_plugins = ["pytester"]

MANY = """
    import pytest

    @pytest.mark.parametrize("number", range(12))
    def test_number(number):
        pass

    class TestInside:
        def test_method(self, cxone_tenant):
            pass
"""


@pytest.fixture
def bench(pytester, monkeypatch):
    with opened(pytester, monkeypatch) as bench:
        yield bench


def passed(result):
    """Return the ids of the tests that passed, without their file's place."""
    return [line.partition(" ")[0] for line in result.stdout.lines if " PASSED" in line]


# Which tests


@pytest.mark.parametrize("of", [1, 3, 5])
def test_all_shards_together_run_each_test_once(pytester, of):
    pytester.makepyfile(test_one=MANY, test_two=MANY)
    ran = [
        passed(pytester.runpytest_inprocess(*QUIET, "-v", f"--cxone-shard={number}/{of}"))
        for number in range(1, of + 1)
    ]
    assert len(Counter(test for shard in ran for test in shard)) == sum(map(len, ran)) == 26
    assert all(ran)


def test_a_shard_has_the_same_tests_in_whatever_order_they_come(pytester, monkeypatch):
    pytester.makepyfile(test_one=MANY, test_two=MANY)

    def shard(*options):
        result = pytester.runpytest_subprocess("-v", "-p", "no:cacheprovider", "--cxone-shard=2/3", *options)
        return passed(result)

    plain = shard("-p", "no:randomly")
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    shuffled = shard("--randomly-seed=3")
    assert shuffled != plain
    assert sorted(shuffled) == sorted(plain) != []


def test_the_rest_is_deselected_and_that_is_counted(pytester):
    pytester.makepyfile(MANY)
    outcomes = pytester.runpytest_inprocess(*QUIET, "--cxone-shard=1/2").parseoutcomes()
    assert outcomes["passed"] + outcomes["deselected"] == 13


def test_the_environment_may_name_the_shard(pytester, monkeypatch):
    pytester.makepyfile(MANY)
    by_flag = passed(pytester.runpytest_inprocess(*QUIET, "-v", "--cxone-shard=2/2"))
    monkeypatch.setenv("CXONE_SHARD", "2/2")
    assert passed(pytester.runpytest_inprocess(*QUIET, "-v")) == by_flag


@pytest.mark.parametrize("shard", ["0/3", "4/3", "a/b", "3", "1/10001"])
def test_a_shard_that_is_none_is_an_error_of_the_run(pytester, shard):
    pytester.makepyfile(MANY)
    result = pytester.runpytest_inprocess(*QUIET, f"--cxone-shard={shard}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"ERROR: cxone: --cxone-shard must be which of how many, as 2/5, not {shard!r}" in result.stderr.lines


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_a_shard_for_which_no_test_is_left_is_green(pytester, workers):
    pytester.makepyfile("def test_only(): pass")
    with_workers = ["-n", str(workers)] if workers else []
    results = [pytester.runpytest_subprocess(*QUIET, *with_workers, f"--cxone-shard={number}/2") for number in (1, 2)]
    assert [result.ret for result in results] == [pytest.ExitCode.OK] * 2
    assert sorted(result.parseoutcomes().get("passed", 0) for result in results) == [0, 1]


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_where_there_is_no_test_without_a_shard_pytest_says_so(pytester, workers):
    result = pytester.runpytest_subprocess(*QUIET, *(["-n", str(workers)] if workers else []), "--cxone=fake")
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.mark.parametrize("workers", [0, 2], ids=["alone", "workers"])
def test_a_shard_of_no_tests_at_all_is_not_green_either(pytester, workers):
    pytester.mkdir("wrong")
    result = pytester.runpytest_subprocess(
        *QUIET, *(["-n", str(workers)] if workers else []), "--cxone-shard=1/2", "wrong"
    )
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


# What each may ask

ASKING = """
    import pytest

    @pytest.mark.parametrize("number", range(12))
    def test_number(cxone, number):
        cxone.agent("12345")
"""


@pytest.mark.parametrize("shard", [None, "1/3", "2/3", "3/3"])
def test_a_shard_has_its_part_of_the_budget(bench, shard):
    bench.write(ASKING.replace('cxone.agent("12345")', 'list(map(cxone.agent, ["12345"] * 50))'))
    result = bench.live("--cxone-budget=30", *([f"--cxone-shard={shard}"] if shard else []))
    assert f"the budget of {10 if shard else 30} requests is spent" in result.stdout.str()
    assert len(bench.site.fake.journal) == (10 if shard else 30)


def test_workers_of_a_shard_share_its_part(bench):
    bench.write(ASKING.replace('cxone.agent("12345")', 'list(map(cxone.agent, ["12345"] * 50))'))
    result = bench.live("--cxone-budget=30", "--cxone-shard=1/3", workers=2)
    # One of ten requests is the controller's, for the token; of the other nine each worker has four.
    assert "the budget of 4 requests is spent" in result.stdout.str()
    assert len(bench.site.fake.journal) == 9


@pytest.mark.parametrize(("share", "shard", "rate"), [(1, None, 6.0), (1, "2/3", 2.0), (2, None, 3.0), (2, "2/3", 1.0)])
def test_a_shard_has_its_part_of_the_rate(tmp_path, share, shard, rate):
    environ = {"CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": "secret"}
    given = {"mode": "live", "rate": "6", **({"shard": shard} if shard else {})}
    guard = Run(given, environ, {}, project=tmp_path, share=share).guard
    slept = []
    guard._pace._sleep = slept.append
    guard._pace._clock = lambda: 1_000.0
    for _ in range(3):
        guard._pace.wait()
    assert slept == pytest.approx([one / rate for one in range(1, len(slept) + 1)])
    assert slept


# What they come to together

SHARDED = (
    BOARD
    + """
    import pytest

    @pytest.mark.parametrize("number", range(6))
    def test_again(cxone, number):
        assert list(cxone.online_agents())

    def test_fails(cxone):
        assert cxone.agent("12345").name == "nobody"

    @pytest.mark.skip(reason="not today")
    def test_skipped(cxone):
        pass
"""
)


def merge(bench, *names, **options):
    """Merge reports; return the status and the document."""
    arguments = [str(bench.path / name) for name in names]
    output = bench.path / "merged.json"
    result = CliRunner().invoke(
        main,
        ["report", "merge", *arguments, "-o", str(output), *(f"--{name}={value}" for name, value in options.items())],
        catch_exceptions=False,
    )
    return result, json.loads(output.read_text(encoding="utf-8"))


@pytest.fixture
def sharded(bench):
    """A project that was recorded, an upgraded tenant, the report of a whole run and those of three shards."""
    bench.write(SHARDED.replace('== "nobody"', "!= 1"))
    bench.record()
    bench.write(SHARDED)
    bench.site.edit = every(
        rows(skill="Billing"), without("team"), body(lambda agent: {**agent, "pronouns": "they"}, on="/agents/12345")
    )
    bench.report(name="whole.json")
    for number in (1, 2, 3):
        bench.report(f"--cxone-shard={number}/3", name=f"{number}.json")
    return bench


def test_three_shards_come_to_what_the_whole_run_comes_to(sharded):
    whole = sharded.read("whole.json")
    result, merged = merge(sharded, "3.json", "1.json", "2.json")
    assert result.exit_code == 1
    for part in ("findings", "summary", "not_compared", "failures", "hints", "stale"):
        assert merged[part] == whole[part], part
    assert merged["verdict"]["headline"] == whole["verdict"]["headline"]
    assert len(whole["findings"]) == 3
    assert [part["shard"] for part in merged["parts"]] == [{"number": n, "of": 3} for n in (1, 2, 3)]
    for count in ("ran", "passed", "failed", "skipped"):
        assert sum(part[count] for part in merged["parts"]) == whole["parts"][0][count], count
    cells = [[{**row[kind], "at": None} for kind in ("fake", "cassette", "live")] for row in merged["parity"]]
    assert cells == [[{**row[kind], "at": None} for kind in ("fake", "cassette", "live")] for row in whole["parity"]]

    # Each alone does not say that all is well.
    for number in (1, 2, 3):
        assert sharded.read(f"{number}.json")["verdict"]["outlook"] != "go"

    result, twice = merge(sharded, "1.json", "2.json", "3.json", "1.json", "merged.json")
    assert {**twice, "generated": ""} == {**merged, "generated": ""}


def test_a_shard_that_is_missing_is_told_and_red(bench):
    bench.write()
    bench.record()
    for number in (1, 2, 3):
        bench.report(f"--cxone-shard={number}/3", name=f"{number}.json")
    result, merged = merge(bench, "1.json", "2.json", "3.json")
    assert (result.exit_code, merged["verdict"]["outlook"]) == (0, "go")
    result, merged = merge(bench, "1.json", "3.json")
    assert result.exit_code == 1
    assert "FAILED: shard 2 of 3 is missing (live, platform-v2)" in result.stderr
    assert merged["verdict"]["outlook"] == "unclear"
    assert merged["verdict"]["headline"].startswith("Cannot say: ")


def test_a_later_run_of_a_test_wins(bench):
    bench.write()
    bench.record()
    bench.site.edit = without("team")
    bench.report(name="bad.json")
    bench.site.edit = None
    bench.report(name="good.json")
    result, merged = merge(bench, "good.json", "bad.json")
    assert result.exit_code == 0
    assert merged["findings"] == []
    assert merged["verdict"]["outlook"] == "go"


BEHAVING = """
    from pytest_cxone import agent_online, agent_unknown, agents_online, cxone_behaviour

    @cxone_behaviour("states.online-one-row")
    @agent_online("12345")
    def test_agrees(cxone):
        assert cxone.agent_state("12345")

    @cxone_behaviour("states.row-shape")
    @agent_online("12345")
    def test_differs(cxone):
        assert "team" in cxone.agent_state("12345").raw

    @cxone_behaviour("bulk.pages")
    @agents_online(70)
    def test_not_verified(cxone):
        assert len(list(cxone.online_agents())) == 70
"""


def test_runs_on_the_fake_on_cassettes_and_live_merge_into_one_table(bench):
    bench.write(BEHAVING)
    bench.record()
    bench.run("--cxone=fake", "--cxone-report=fake.json").assert_outcomes(passed=3)
    bench.run("--cxone=replay", "--cxone-report=replay.json")
    bench.site.edit = without("team")
    bench.report(name="live.json")
    result, merged = merge(bench, "fake.json", "live.json", "replay.json")
    assert result.exit_code == 1
    table = {
        row["behaviour"]: (row["agreement"], *(row[kind]["agreement"] for kind in ("fake", "cassette", "live")))
        for row in merged["parity"]
    }
    assert table["states.online-one-row"] == ("agree", "agree", "agree", "agree")
    assert table["states.row-shape"] == ("differ", "agree", "agree", "differ")
    assert table["bulk.pages"] == ("not verified", "agree", "not verified", "not verified")
    assert table["auth.lifetime"] == ("not verified",) * 4
    (row,) = (row for row in merged["parity"] if row["behaviour"] == "states.online-one-row")
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\S+Z? served fake, .*", row["cassette"]["note"])
    (row,) = (row for row in merged["parity"] if row["behaviour"] == "bulk.pages")
    assert "lists 4" in row["live"]["note"]


def test_a_shard_says_of_itself_that_others_are_missing(bench):
    bench.write()
    bench.record()
    result = bench.live("--cxone-shard=1/2")
    assert result.ret == pytest.ExitCode.OK
    assert told(result)[0].startswith("Cannot say: ")
