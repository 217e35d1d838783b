"""Replay: what a cassette answers, what it has no answer for, and what a green run says that it rests on."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
import vcr  # noqa: F401 - and half of libyaml

from pytest_cxone.cassettes.cassette import Cassette, Interaction, Provenance, Provided, Source, seal_of
from pytest_cxone.cassettes.files import text_of, write
from pytest_cxone.dialects import DIALECTS
from pytest_cxone.model import Exchange, Headers, Request, Response

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
HOME = "https://platform.nicecxone.com"
STATES = f"{HOME}/api/v2/agents/states"
JSON = Headers({"Content-Type": "application/json"})
ROW = (
    '[{"agentId": "12345", "state": {"name": "Available"}, "stateGroup": {"name": "Available"}, '
    '"lastUpdated": "2026-01-01T00:00:00Z"}]'
)
BOARD = """
    from pytest_cxone import agent_online

    @agent_online("12345")
    def test_board(cxone):
        assert cxone.agent_state("12345").state == "Available"
"""


def interaction(url=f"{STATES}?agentId=12345", *, body=ROW, status=200, method="GET", form=b"", headers=JSON):
    sent = Headers({"Content-Type": "application/x-www-form-urlencoded"} if form else {})
    request = Request(method=method, url=url, headers=sent, body=form)
    return Interaction(
        exchange=Exchange(request=request, response=Response(status=status, headers=headers, body=body.encode()))
    )


TOKEN = interaction(
    f"{HOME}/oauth/token",
    method="POST",
    form=b"grant_type=client_credentials&client_id=scrubbed&client_secret=scrubbed"
    b"&scope=read%3Aagent+read%3Aagent%3Astatus",
    body='{"access_token": "scrubbed-1", "token_type": "Bearer", "expires_in": 900}',
    headers=Headers({**JSON, "Cache-Control": "no-store"}),
)
KNOWN = Provenance(
    test="test_it::test_board",
    recorded_at=datetime.now(UTC).replace(microsecond=0),
    source=Source.TENANT,
    dialect="platform-v2",
    api="v2",
    region="us",
    tenant="0123456789ab",
    recorder="0.1.0",
    states=(Provided(state="agent 12345 online", agent_id="12345"),),
)


@pytest.fixture
def run(pytester):
    def run(*options, how="inprocess", **files):
        if files:
            pytester.makepyfile(**files)
        return getattr(pytester, f"runpytest_{how}")(*QUIET, *options)

    return run


@pytest.fixture
def record(pytester):
    """Return what puts a cassette where a test's stands; of changed provenance, or None of it."""

    def record(*interactions, name="test_it/test_board", known=KNOWN, **changed):
        recorded = interactions or (TOKEN, interaction())
        known = known and replace(known, seal=seal_of(recorded), **changed)
        write(
            pytester.path / f"cassettes/platform-v2/{name}.yaml",
            text_of(Cassette(interactions=recorded, provenance=known)),
        )

    return record


def summary(result):
    told = re.split(r"^=+ cxone =+$", result.stdout.str(), flags=re.MULTILINE)[1].strip("\n").splitlines()
    return [line for line in told if not line.startswith("=")]


# What is answered


@pytest.mark.parametrize("options", [[], ["--cxone=replay"], ["-n", "2"]], ids=["offline", "replay", "workers"])
def test_a_test_with_a_cassette_is_answered_from_it(run, record, options):
    record()
    result = run(*options, test_it=BOARD, how="subprocess" if "-n" in options else "inprocess")
    result.assert_outcomes(passed=1)
    assert summary(result) == ["1 test replayed (platform-v2), oldest evidence 0 days (tenant, v2)"]


def test_one_without_runs_on_the_fake_offline(run, record):
    record()
    result = run(test_it=BOARD + BOARD.replace("test_board", "test_other"))
    result.assert_outcomes(passed=2)
    first, second = summary(result)
    assert first.startswith("1 test replayed")
    assert second == "1 test ran on the fake tenant (platform-v2)"


@pytest.mark.parametrize("option", ["--cxone=fake", "--cxone-upgrade=listing-enveloped"])
def test_a_fake_that_is_asked_for_goes_before_a_cassette(run, record, option):
    record()
    result = run(option, test_it="def test_board(cxone): cxone.http.get('/api/v2/agents/states')")
    result.assert_outcomes(passed=1)
    assert summary(result)[0].startswith("1 test ran on the fake tenant")


SOCKETS = """
    import socket
    import pytest

    @pytest.fixture(autouse=True)
    def no_network(monkeypatch):
        def refuse(*_):
            raise AssertionError("the network was asked")

        for name in ("connect", "connect_ex", "sendto"):
            monkeypatch.setattr(socket.socket, name, refuse)
        monkeypatch.setattr(socket, "getaddrinfo", refuse)
"""


@pytest.mark.parametrize("ask", ["found", "missed"])
@pytest.mark.parametrize(
    "library",
    ["import requests\n        requests.get(url)", "import httpx\n        httpx.get(url)",
     "import urllib3\n        urllib3.PoolManager().request('GET', url)"],
    ids=["requests", "httpx", "urllib3"],
)  # fmt: skip
def test_the_network_is_never_touched(run, record, pytester, library, ask):
    pytester.makeconftest(SOCKETS)
    record(interaction(STATES))
    result = run(
        "--cxone=replay",
        test_it=f"""
    import os

    def test_board(cxone_settings):
        url = os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states{"?page=2" if ask == "missed" else ""}"
        {library}
    """,
    )
    result.assert_outcomes(**{"passed" if ask == "found" else "failed": 1})
    assert "the network was asked" not in result.stdout.str()
    assert ("query: page is '2', recorded without page" in result.stdout.str()) == (ask == "missed")


def test_any_program_is_answered_over_http(run, record):
    record(interaction(STATES))
    run(
        "--cxone=replay",
        test_it="""
        import subprocess, sys

        def test_board(cxone_server):
            code = "import sys, urllib.request as u; print(len(u.urlopen(sys.argv[1]).read()))"
            url = f"{cxone_server}/api/v2/agents/states"
            assert int(subprocess.check_output([sys.executable, "-c", code, url])) > 100
        """,
    ).assert_outcomes(passed=1)


def test_the_time_is_that_of_the_recording_and_no_token_has_expired(run, record):
    limited = interaction(
        STATES, status=429, body='{"error": "rate_limited"}', headers=Headers({**JSON, "Retry-After": "50"})
    )
    record(TOKEN, limited, interaction(STATES), recorded_at=datetime(2020, 1, 1, tzinfo=UTC))
    result = run(
        "--cxone=replay",
        test_it="""
        def test_board(cxone, cxone_tenant):
            assert cxone.http.get("/api/v2/agents/states").json()[0]["agentId"] == "12345"
            assert cxone_tenant.clock.now() == 1577836800 + 50
        """,
    )
    result.assert_outcomes(passed=1)
    assert result.duration < 20


def test_a_json_web_token_is_of_the_present(run, record):
    import base64
    import json

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    token = f"{part({'alg': 'none', 'typ': 'JWT'})}.{part({'sub': 'scrubbed-1', 'iat': 0, 'exp': 3600})}.scrubbed"
    body = TOKEN.exchange.response.body.decode().replace("scrubbed-1", token)
    grant = interaction(f"{HOME}/oauth/token", method="POST", form=b"a=b", body=body)
    record(grant, recorded_at=datetime(2020, 1, 1, tzinfo=UTC), states=())
    run(
        "--cxone=replay",
        test_it="""
        import base64, json, os, time, requests

        def test_board(cxone_settings):
            token = requests.post(os.environ["CXONE_AUTH_URL"], data={"a": "b"}).json()["access_token"]
            claims = json.loads(base64.urlsafe_b64decode(token.split(".")[1] + "=="))
            assert 3590 < claims["exp"] - time.time() < 3610
        """,
    ).assert_outcomes(passed=1)


def test_a_poll_of_what_did_not_change_may_repeat(run, record):
    record(TOKEN, interaction(), interaction())
    run(
        "--cxone=replay",
        test_it=BOARD.replace("        assert", "        for _ in range(5):\n            assert"),
    ).assert_outcomes(passed=1)


def test_code_finds_the_recorded_agent_by_the_variable(run, record, monkeypatch):
    record(target_agent_id="777")
    monkeypatch.setenv("TARGET_AGENT_ID", "1")
    run(
        "--cxone=replay",
        test_it="""
        import os

        def test_board(cxone_agent):
            assert cxone_agent == os.environ["TARGET_AGENT_ID"] == "777"
        """,
    ).assert_outcomes(passed=1)


@pytest.mark.parametrize("told", ["aa-11", ""])
def test_the_tenants_id_is_the_recorded_one_and_not_this_machines(run, record, monkeypatch, told):
    record(tenant_id=told)
    monkeypatch.setenv("CXONE_TENANT_ID", "this-machines")
    test = f"def test_board(cxone_settings): assert cxone_settings.tenant_id == {told!r}"
    run("--cxone=replay", test_it=test).assert_outcomes(passed=1)


def test_a_cassette_is_answered_to_whatever_host_the_run_has(run, record, monkeypatch):
    record()
    monkeypatch.setenv("CXONE_BASE_URL", "https://sandbox.example/proxy")
    run("--cxone=replay", test_it=BOARD).assert_outcomes(passed=1)


def test_other_tools_read_the_same_cassette(run, record):
    record(interaction(STATES))
    run(
        test_it="""
        import pytest, requests, vcr

        URL = "https://platform.nicecxone.com/api/v2/agents/states"
        PATH = "cassettes/platform-v2/test_it/test_board.yaml"

        def test_plain():
            with vcr.use_cassette(PATH, record_mode="none"):
                assert requests.get(URL).json()[0]["agentId"] == "12345"

        @pytest.mark.vcr(PATH)
        def test_recording():
            assert requests.get(URL).json()[0]["agentId"] == "12345"

        @pytest.fixture
        def vcr_cassette_dir():
            return "."
        """,
    ).assert_outcomes(passed=2)


def test_a_cassette_of_vcrpys_own_is_replayed_and_is_of_unknown_origin(run, record):
    record(TOKEN, interaction(), known=None)
    result = run(test_it=BOARD.replace('    @agent_online("12345")\n', ""))
    result.assert_outcomes(passed=1)
    assert summary(result)[0] == "1 test replayed (platform-v2), of unknown origin"


# What is not


def test_without_a_cassette_a_test_fails_with_what_records_it(run):
    result = run("--cxone=replay", test_it=BOARD)
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(
        ["cxone: agent 12345 online: there is no cassette (*/cassettes/platform-v2/test_it/test_board.yaml); "
         "record the test on a tenant: pytest --cxone-record test_it.py::test_board"]
    )  # fmt: skip


def test_so_does_one_without_states_at_its_first_request(run):
    result = run("--cxone=replay", test_it="def test_it(cxone): cxone.agent_state('1')")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*there is no cassette to answer this request from*", "*pytest --cxone-record *"])


def test_what_only_a_fake_can_do_is_skipped_with_or_without_one(run, record):
    record(name="test_it/test_world")
    result = run(
        "--cxone=replay",
        test_it="""
        from pytest_cxone import agent_online, cxone_fault

        @agent_online("1")
        @cxone_fault("outage")
        def test_fault(cxone): cxone.agent("1")

        def test_world(cxone_tenant): cxone_tenant.world.log_in("1")

        def test_region(cxone_tenant): cxone_tenant.in_region("eu")

        def test_time(cxone_tenant): cxone_tenant.clock.advance(100)
        """,
    )
    result.assert_outcomes(skipped=4)
    assert (
        "  skipped 1: the fault outage: a cassette only repeats what was recorded; --cxone=fake runs this"
        in summary(result)
    )


def test_a_miss_that_the_code_hides_fails_the_test_all_the_same(run, record):
    record()
    result = run(
        "--cxone=replay",
        test_it="""
        from pytest_cxone import agent_online

        def name_of(cxone, agent_id):
            try:
                return cxone.agent(agent_id).name
            except Exception:
                return ""

        @agent_online("12345")
        def test_board(cxone):
            assert name_of(cxone, "12345") == ""
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*cxone: the cassette has no such request*"])


def test_an_agent_of_whom_nothing_was_recorded_is_not_made_up(run, record):
    record()
    result = run(
        "--cxone=replay",
        test_it="""
        from pytest_cxone import AgentOffline

        def test_board(cxone_tenant):
            cxone_tenant.provide(AgentOffline())
        """,
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*an agent offline: the cassette was not recorded under it*"])


@pytest.mark.parametrize("mode", ["offline", "replay"])
def test_a_damaged_cassette_is_one_line_and_no_live_call(run, pytester, record, mode):
    record()
    path = pytester.path / "cassettes/platform-v2/test_it/test_board.yaml"
    path.write_text(path.read_text("utf-8")[:300], "utf-8")
    result = run(f"--cxone={mode}", test_it=BOARD)
    assert result.parseoutcomes() == {"errors": 1}
    result.stdout.fnmatch_lines(["cxone: *test_board.yaml*record the cassette again*"])


# What is to be said against it


OLD = datetime.now(UTC).replace(microsecond=0) - timedelta(days=143, hours=1)
UNASKED = interaction(f"{HOME}/api/v2/agents/12345", body='{"agentId": "12345", "name": "A", "email": "a@b.example"}')
BROKEN = interaction(body=ROW.replace('"agentId"', '"agentID"'))
DOUBTS = {
    "age": ({"recorded_at": OLD}, (), ["--cxone-max-age=100"], "1 test on evidence that is too old: test_it.py::test_board: recorded on "),
    "unplayed": ({}, (TOKEN, interaction(), UNASKED), [], "1 test no longer asking for all that was recorded: test_it.py::test_board: GET /api/v2/agents/12345 was not asked for"),
    "contract": ({}, (TOKEN, interaction(), replace(BROKEN, exchange=replace(BROKEN.exchange, request=replace(BROKEN.exchange.request, url=STATES)))), [], "1 test recorded with an answer that breaks the contract: test_it.py::test_board: interaction 3: "),
    "states": ({"states": (Provided(state="agent 12345 offline", agent_id="12345"),)}, (), [], "1 test recorded under other states than the test declares: test_it.py::test_board: recorded under agent 12345 offline, now declares agent 12345 online"),
}  # fmt: skip


@pytest.mark.parametrize("doubt", DOUBTS)
@pytest.mark.parametrize("strict", [False, True], ids=["told", "red"])
def test_a_doubt_is_one_line_and_can_make_the_run_red(run, record, doubt, strict):
    changed, interactions, options, line = DOUBTS[doubt]
    record(*interactions, **changed)
    result = run(*options, f"--cxone-strict={doubt if strict else 'none'}", test_it=BOARD)
    result.assert_outcomes(passed=1)
    (told,) = [told for told in summary(result) if line in told]
    assert told.startswith("FAILED: " if strict else "  1 test")
    assert result.ret == (pytest.ExitCode.TESTS_FAILED if strict else pytest.ExitCode.OK)


def test_other_states_are_red_unless_told_otherwise(run, record):
    record(states=())
    assert run(test_it=BOARD).ret == pytest.ExitCode.TESTS_FAILED


def test_good_evidence_is_not_doubted(run, record):
    record(recorded_at=OLD)
    result = run("--cxone-strict=all", "--cxone-max-age=200", test_it=BOARD)
    assert result.ret == pytest.ExitCode.OK
    assert summary(result) == ["1 test replayed (platform-v2), oldest evidence 143 days (tenant, v2)"]


def test_a_failing_test_is_not_doubted_on_top(run, record):
    record(states=())
    result = run("--cxone-strict=all", test_it=BOARD.replace("Available", "Busy"))
    result.assert_outcomes(failed=1)
    assert "other states" not in result.stdout.str()


def test_the_summary_tells_the_oldest_and_what_else_there_is(run, record):
    record(recorded_at=OLD, source=Source.SERVED_FAKE, fake="0.1.0")
    record(name="test_it/test_other")
    result = run(test_it=BOARD + BOARD.replace("test_board", "test_other"))
    assert summary(result) == [
        "2 tests replayed (platform-v2), oldest evidence 143 days (served fake, 0.1.0); also from: tenant, v2"
    ]


@pytest.mark.parametrize("options", [[], ["-n", "2"]], ids=["alone", "workers"])
def test_cassettes_that_no_test_owns_are_told(run, record, options):
    record()
    record(name="test_it/test_gone")
    record(name="test_lost/test_board", test="test_lost::test_board")
    record(name="test_there/test_board", test="test_there::test_board")
    files = {"test_it": BOARD, "test_there": "def test_there(): pass"}
    how = "subprocess" if options else "inprocess"
    result = run("--cxone-strict=orphans", *options, how=how, **files)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (line,) = [line for line in summary(result) if "no test owns" in line]
    assert "3 cassettes" in line
    assert "test_gone.yaml" in line


@pytest.mark.parametrize("options", [["test_it.py::test_board"], ["--lf"]], ids=["one test", "last failed"])
def test_a_run_of_a_part_does_not_tell_what_the_rest_owns(run, record, options):
    record()
    record(name="test_it/test_gone")
    assert "no test owns" in run(test_it=BOARD).stdout.str()
    options = [option for option in options if option != "--lf"] or ["--lf", "-p", "cacheprovider"]
    result = run(*options)
    result.assert_outcomes(passed=1)
    assert "no test owns" not in result.stdout.str()


def test_tests_that_are_deselected_own_theirs(run, record):
    record()
    record(name="test_it/test_other")
    result = run("-k", "board", test_it=BOARD + BOARD.replace("test_board", "test_other"))
    result.assert_outcomes(passed=1, deselected=1)
    assert "no test owns" not in result.stdout.str()


def test_evidence_stands_in_junit_files(run, pytester, record):
    record()
    run("--junitxml=out.xml", test_it=BOARD)
    text = (pytester.path / "out.xml").read_text("utf-8")
    assert 'name="cxone_evidence" value="cassette"' in text
    assert re.search(r'name="cxone_recorded" value="20\d\d-[^"]*Z tenant, v2"', text)


def test_the_header_tells_the_folder(run, pytester):
    result = run("--cxone=replay", "--cxone-cassettes=recorded", test_it="def test(): pass")
    result.stdout.fnmatch_lines(["cxone: *, cassettes in recorded/platform-v2"])


def test_a_test_that_a_conftest_deselects_owns_its_cassette(run, pytester, record):
    pytester.makeconftest(
        """
        import pytest

        @pytest.hookimpl(tryfirst=True)
        def pytest_collection_modifyitems(items):
            items[:] = [item for item in items if item.name != "test_other"]
        """
    )
    record()
    record(name="test_it/test_other")
    result = run("--cxone-strict=orphans", test_it=BOARD + BOARD.replace("test_board", "test_other"))
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.OK


def test_an_upgrade_does_not_go_with_replay(run):
    result = run("--cxone=replay", "--cxone-upgrade=listing-enveloped", test_it=BOARD)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "it does not go with replay mode" in result.stderr.str()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_contract_suite_is_green_on_the_cassettes_that_are_shipped(run, dialect):
    suite = ("--pyargs", "pytest_cxone.contract", f"--cxone-dialect={dialect}")
    result = run(*suite, "--cxone=replay", "--cxone-strict=all", how="subprocess")
    assert result.ret == pytest.ExitCode.OK
    (line,) = [line for line in summary(result) if "replayed" in line]
    assert re.fullmatch(
        rf"1\d\d tests replayed \({dialect}\), 1 asked it nothing, oldest .* \(served fake, 0\.1\.0\)", line
    )
