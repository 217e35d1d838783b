"""Recording: what is written for which test, when it is not, and that it is the same whoever writes it."""

import re
from datetime import UTC, datetime

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

from pytest_cxone.cassettes.files import read
from pytest_cxone.cassettes.pseudonyms import Pseudonyms
from pytest_cxone.cassettes.scrubbing import Scrubber
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.server import serving

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
BOARD = """
    from pytest_cxone import agent_online

    @agent_online("12345")
    def test_board(cxone):
        assert cxone.agent_state("12345").state == "Available"
"""
FOLDER = "cassettes/platform-v2"


@pytest.fixture
def tenant(monkeypatch):
    """Return the world of a served fake, to which the variables lead."""
    fake = Fake(new_world=lambda clock: World(clock=clock, page_cap=25))
    world = fake.world("us")
    world.add_client("the-client", "the-secret-of-the-client", scopes=["read:agent", "read:agent:status"])
    for agent_id in ("12345", "998877", "40004"):
        world.log_in(agent_id)
    with serving(fake, "us") as served:
        monkeypatch.setenv("CXONE_BASE_URL", served.url)
        monkeypatch.setenv("CXONE_AUTH_URL", f"{served.url}/oauth/token")
        monkeypatch.setenv("CXONE_CLIENT_ID", "the-client")
        monkeypatch.setenv("CXONE_CLIENT_SECRET", "the-secret-of-the-client")
        world.asked = fake.journal
        yield world


@pytest.fixture
def run(pytester):
    def run(*options, how="inprocess", **files):
        if files:
            pytester.makepyfile(**files)
        return getattr(pytester, f"runpytest_{how}")(*QUIET, *options)

    return run


def cassettes(pytester):
    root = pytester.path / FOLDER
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in root.rglob("*") if path.is_file()}


def summary(result):
    return re.split(r"^=+ cxone =+$", result.stdout.str(), flags=re.MULTILINE)[1].strip().splitlines()


def without_time(text):
    return re.sub(r'  recorded_at: "[^"]*"\n', "", text)


# What is written


def test_a_recording_run_writes_a_cassette_and_a_plain_run_replays_it(run, pytester, tenant):
    result = run("--cxone-record", test_it=BOARD)
    result.assert_outcomes(passed=1)
    assert summary(result)[0].startswith("1 test ran on the tenant at 127.0.0.1:")
    assert summary(result)[1] == "1 cassette written"
    assert list(cassettes(pytester)) == ["test_it/test_board.yaml"]
    asked = len(tenant.asked)
    result = run()
    result.assert_outcomes(passed=1)
    assert summary(result)[0] == "1 test replayed (platform-v2), oldest evidence 0 days (served fake, 0.1.0)"
    assert len(tenant.asked) == asked


def test_a_cassette_knows_where_it_comes_from(run, pytester, tenant, monkeypatch):
    monkeypatch.setenv("TARGET_AGENT_ID", "998877")
    run("--cxone-record", "--cxone-wait=3", test_it=BOARD).assert_outcomes(passed=1)
    known = read(pytester.path / FOLDER / "test_it/test_board.yaml").provenance
    assert (known.test, known.source, known.fake, known.dialect, known.api, known.region) == (
        "test_it::test_board", "served fake", "0.1.0", "platform-v2", "v2", "us",
    )  # fmt: skip
    assert [(state.state, state.agent_id) for state in known.states] == [("agent 12345 online", "12345")]
    assert known.wait == 3.0
    assert known.target_agent_id not in {None, "998877"}
    assert re.fullmatch("[0-9a-f]{12}", known.tenant)


def test_a_tenant_is_known_by_its_host_and_its_client_whatever_else_is_set(run, pytester, tenant, monkeypatch):
    monkeypatch.setenv("CXONE_TENANT_ID", "of-another-dialect")
    monkeypatch.setenv("CXONE_ACCESS_KEY_ID", "of-another-dialect")
    run("--cxone-record", test_it=BOARD).assert_outcomes(passed=1)
    known = read(pytester.path / FOLDER / "test_it/test_board.yaml").provenance
    ours = Pseudonyms.from_secret("the-secret-of-the-client")
    assert known.tenant == ours.fingerprint("127.0.0.1", "the-client")


def test_a_tenant_that_does_not_say_it_is_a_fake_is_a_tenant(run, pytester, tenant, monkeypatch):
    monkeypatch.setattr("pytest_cxone.server._Server.main_loop", _without_name)
    fake = Fake()
    fake.world("us").add_client("the-client", "the-secret-of-the-client", scopes=["read:agent"])
    fake.world("us").log_in("12345")
    with serving(fake, "us") as served:
        monkeypatch.setenv("CXONE_BASE_URL", served.url)
        monkeypatch.setenv("CXONE_AUTH_URL", f"{served.url}/oauth/token")
        run("--cxone-record", test_it=BOARD).assert_outcomes(passed=1)
    text = cassettes(pytester)["test_it/test_board.yaml"]
    assert text.startswith("# Recorded by pytest-cxone from a tenant.\n")
    assert "oldest evidence 0 days (tenant, v2)" in summary(run())[0]


async def _without_name(self):
    import asyncio

    self._announce()
    await asyncio.wrap_future(self._stopped)


def test_tests_have_each_a_cassette_of_their_own(run, pytester, tenant):
    run(
        "--cxone-record",
        test_it="""
        import pytest

        class TestA:
            @pytest.mark.parametrize("size", ["1", "a/b", "Ä"])
            def test(self, cxone, size):
                cxone.http.get("/api/v2/agents/states")

        class TestB:
            def test(self, cxone):
                cxone.http.get("/api/v2/agents/states")
        """,
    ).assert_outcomes(passed=4)
    names = list(cassettes(pytester))
    assert len(names) == 4
    assert all(re.fullmatch(r"test_it/test[ab]\.test[a-z0-9-]*-[0-9a-f]{8}\.yaml", name) for name in names)


def test_the_name_does_not_depend_on_where_pytest_is_started(run, pytester, tenant, monkeypatch):
    pytester.mkdir("tests")
    (pytester.path / "tests/test_it.py").write_text(BOARD.replace("\n    ", "\n"))
    run("--cxone-record", "tests").assert_outcomes(passed=1)
    assert list(cassettes(pytester)) == ["tests.test_it/test_board.yaml"]
    monkeypatch.chdir(pytester.path / "tests")
    for options in ([], ["--import-mode=importlib"], [f"--rootdir={pytester.path}"], ["--rootdir=."]):
        result = run("--cxone=replay", *options)
        result.assert_outcomes(passed=1)


def test_recording_again_changes_nothing_but_the_time(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD).assert_outcomes(passed=1)
    before = cassettes(pytester)
    assert before
    run("--cxone-record").assert_outcomes(passed=1)
    after = cassettes(pytester)
    assert {name: without_time(text) for name, text in before.items()} == {
        name: without_time(text) for name, text in after.items()
    }


def test_the_running_test_sees_the_real_values(run, pytester, tenant):
    tenant.add_agent("12345", name="Jane Roe", email="jane.roe@corp.test")
    run(
        "--cxone-record",
        test_it="""
        import os
        from pytest_cxone import AgentOnline

        def test_it(cxone, cxone_tenant):
            agents = {agent.agent_id for agent in cxone.online_agents()}
            assert len(agents) == 3
            if os.environ["CXONE_CLIENT_ID"] == "the-client":
                assert "998" + "877" in agents
                assert cxone.agent("12345").name == "Jane Roe"
            else:
                assert "998" + "877" not in agents
                assert cxone.agent("12345").name not in {"", "Jane Roe"}
                assert cxone.agent("12345").email.endswith(".example")
        """,
    ).assert_outcomes(passed=1)
    run("--cxone=replay").assert_outcomes(passed=1)
    (text,) = cassettes(pytester).values()
    for secret in ("Jane", "Roe", "jane.roe", "corp.test", "998877", "the-client", "the-secret", "127.0.0.1"):
        assert secret not in text


def test_a_mapped_id_is_recorded_as_the_tests(run, pytester, tenant, monkeypatch):
    monkeypatch.setenv("CXONE_AGENTS", "777 = 998877")
    run(
        "--cxone-record",
        test_it="""
        from pytest_cxone import agent_online

        @agent_online("777")
        def test_it(cxone, cxone_agent):
            assert cxone.agent_state(cxone_agent).agent_id == cxone_agent
        """,
    ).assert_outcomes(passed=1)
    (text,) = cassettes(pytester).values()
    assert "998877" not in text
    assert "agentId=777" in text
    monkeypatch.delenv("CXONE_AGENTS")
    run("--cxone=replay").assert_outcomes(passed=1)


def test_what_a_test_makes_of_an_id_it_was_given_is_found_again(run, tenant):
    run(
        "--cxone-record",
        test_it="""
        import pytest
        from pytest_cxone import AgentOnline

        def test_it(cxone, cxone_tenant):
            agent_id = cxone_tenant.provide(AgentOnline())
            agent = cxone.agent(agent_id)
            for made in (agent_id + "0", "0" + agent_id, agent_id[:3], agent_id + "*", agent.name.lower(),
                         agent.email.upper(), agent.name.split()[0], "31337"):
                assert cxone.http.get("/api/v2/agents/states", params={"agentId": made}).json() == []
        """,
    ).assert_outcomes(passed=1)
    run("--cxone=replay").assert_outcomes(passed=1)


LIBRARIES = """
    import asyncio
    import os
    import pytest

    pytest.importorskip("httpx")

    def test_httpx(cxone_settings):
        import httpx
        form = {"grant_type": "client_credentials", "client_id": cxone_settings.client_id,
                "client_secret": cxone_settings.client_secret.reveal()}
        token = httpx.post(os.environ["CXONE_AUTH_URL"], data=form).json()["access_token"]
        url = os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states"
        assert len(httpx.get(url, headers={"Authorization": f"Bearer {token}"}).json()) == 3

    def test_urllib3(cxone_settings):
        import urllib3
        answer = urllib3.PoolManager().request("GET", os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states")
        assert answer.status == 401

    def test_async(cxone_settings):
        import httpx

        async def ask():
            async with httpx.AsyncClient(base_url=os.environ["CXONE_BASE_URL"]) as client:
                return await client.get("/api/v2/agents/12345")

        assert asyncio.run(ask()).status_code == 401
"""


def test_code_on_other_libraries_is_recorded_and_replayed_too(run, pytester, tenant):
    result = run("--cxone-record", test_it=LIBRARIES)
    result.assert_outcomes(passed=3)
    assert "4 requests sent (3 GET, 1 token POST)" in summary(result)[0]
    asked = len(tenant.asked)
    run("--cxone=replay").assert_outcomes(passed=3)
    assert len(tenant.asked) == asked


def test_a_body_that_is_read_as_a_stream_is_recorded(run, tenant):
    run(
        "--cxone-record",
        test_it="""
        def test_it(cxone):
            with cxone.http.get("/api/v2/agents/states", stream=True) as answer:
                assert b"".join(answer.iter_content(7)).startswith(b"[")
        """,
    ).assert_outcomes(passed=1)
    run("--cxone=replay").assert_outcomes(passed=1)


# When nothing is written


def test_a_failing_test_leaves_the_good_cassette(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD)
    before = cassettes(pytester)
    tenant.set_state("12345", "Lunch")
    run("--cxone-record").assert_outcomes(failed=1)
    assert cassettes(pytester) == before


def test_a_test_that_fails_at_first_has_no_cassette(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD.replace("Available", "Busy")).assert_outcomes(failed=1)
    assert cassettes(pytester) == {}


def test_a_test_whose_state_is_missing_is_skipped_and_has_none(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD.replace("12345", "31337")).assert_outcomes(skipped=1)
    assert cassettes(pytester) == {}


def test_a_test_that_asks_nothing_needs_none(run, pytester, tenant):
    run("--cxone-record", test_it="def test_it(cxone): assert cxone").assert_outcomes(passed=1)
    assert cassettes(pytester) == {}
    run("--cxone=replay").assert_outcomes(passed=1)


PARTIAL = """
    def test_it(cxone, cxone_tenant):
        assert len(list(cxone.online_agents())) in {0, 3}
        cxone_tenant.world.log_in("1")
        assert len(list(cxone.online_agents())) == 1
"""


def test_a_test_that_only_a_fake_can_finish_is_replayed_up_to_there_and_runs_on_the_fake_offline(run, pytester, tenant):
    run("--cxone-record", test_it=PARTIAL).assert_outcomes(skipped=1)
    assert len(cassettes(pytester)) == 1
    run("--cxone=replay").assert_outcomes(skipped=1)
    result = run()
    result.assert_outcomes(passed=1)
    assert summary(result)[0].startswith("1 test ran on the fake tenant")


def test_it_does_not_take_the_place_of_a_whole_one(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD)
    before = cassettes(pytester)
    pytester.makepyfile(test_it=BOARD.replace("(cxone)", "(cxone, cxone_tenant)") + "        cxone_tenant.world\n")
    run("--cxone-record").assert_outcomes(skipped=1)
    assert cassettes(pytester) == before


def test_what_scrubbing_misses_is_not_written_and_the_line_says_where(run, pytester, tenant, monkeypatch):
    tenant.add_agent("12345", name="Jane Roe-Marked")
    monkeypatch.setattr(Scrubber, "_string", lambda self, text, place: text)
    result = run("--cxone-record", test_it='def test_it(cxone): cxone.agent("12345")')
    assert result.parseoutcomes() == {"passed": 1, "errors": 1}
    assert cassettes(pytester) == {}
    result.stdout.fnmatch_lines(["*test_it.yaml was not written: *response > body > string: name, plain*"])
    assert "Jane" not in result.stdout.str()


def test_nothing_is_written_into_an_installed_package(run, pytester, tenant):
    result = run("--cxone-record", "--cxone-cassettes=lib/site-packages/cassettes", test_it=BOARD)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "into an installed package" in result.stderr.str()


def test_without_credentials_it_is_one_line(run, monkeypatch):
    monkeypatch.delenv("CXONE_CLIENT_ID", raising=False)
    monkeypatch.delenv("CXONE_CLIENT_SECRET", raising=False)
    result = run("--cxone-record", test_it=BOARD)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.stderr.str().startswith("ERROR: cxone: record mode needs CXONE_CLIENT_ID and CXONE_CLIENT_SECRET")


# What is missing


def test_missing_adds_what_a_test_asks_anew_and_keeps_the_rest(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD)
    (before,) = cassettes(pytester).values()
    tenant.set_state("12345", "Lunch")
    more = BOARD.replace('.state == "Available"', "") + '        assert cxone.agent("12345")\n'
    run("--cxone-record=missing", test_it=more).assert_outcomes(passed=1)
    (after,) = cassettes(pytester).values()
    assert "Available" in after
    assert "Lunch" not in after
    assert "GET" in after
    assert "/api/v2/agents/12345" in after
    old, new = (read(pytester.path / FOLDER / "test_it/test_board.yaml"), before)
    assert [one.recorded_at is not None for one in old.interactions] == [False, True, False]
    assert re.search(r'recorded_at: "[^"]*"', new)[0] in after
    run("--cxone=replay").assert_outcomes(passed=1)


def test_missing_leaves_a_cassette_that_has_all(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD)
    before = cassettes(pytester)
    result = run("--cxone-record=missing")
    result.assert_outcomes(passed=1)
    assert cassettes(pytester) == before
    run("--cxone-record=missing", test_other=BOARD).assert_outcomes(passed=2)
    assert set(cassettes(pytester)) == {*before, "test_other/test_board.yaml"}


def test_missing_does_not_mix_states(run, pytester, tenant):
    run("--cxone-record", test_it=BOARD)
    before = cassettes(pytester)
    other = BOARD.replace('"12345")\n', '"12345", state="Available")\n', 1)
    run("--cxone-record=missing", test_it=other).assert_outcomes(passed=1)
    assert cassettes(pytester) == before
    result = run("--cxone-record=missing", test_it=other + '        cxone.agent("12345")\n')
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*recorded on another tenant or under other states; --cxone-record replaces it*"])
    assert cassettes(pytester) == before


def test_a_path_after_the_flag_is_a_path(run, pytester, tenant):
    run("--cxone-record", "test_it.py", test_it=BOARD).assert_outcomes(passed=1)


# Workers


MANY = """
    import threading
    import pytest
    from pytest_cxone import AgentOnline

    @pytest.mark.parametrize("number", range(6))
    def test_it(cxone, cxone_tenant, number):
        cxone.agent(cxone_tenant.provide(AgentOnline()))
        pages = [threading.Thread(target=cxone.http.get, args=("/api/v2/agents/states",), kwargs={"params": {"page": n}})
                 for n in range(1, 12)]
        for page in pages:
            page.start()
        for page in pages:
            page.join()
"""


def test_workers_write_the_same_files_and_the_run_has_one_token(run, pytester, tenant):
    run("--cxone-record", how="subprocess", test_it=MANY).assert_outcomes(passed=6)
    alone = cassettes(pytester)
    tenant.asked.clear()
    result = run("--cxone-record", "-n", "2", how="subprocess")
    result.assert_outcomes(passed=6)
    together = cassettes(pytester)
    assert {name: without_time(text) for name, text in together.items()} == {
        name: without_time(text) for name, text in alone.items()
    }
    assert [exchange.request.method for exchange in tenant.asked].count("POST") == 1
    assert "1 token POST" in summary(result)[0]
    assert "6 cassettes written" in summary(result)


# Rules


def test_rules_of_the_ini_file_and_of_hooks_are_added(run, pytester, tenant):
    pytester.makeini("[pytest]\ncxone_scrub =\n    name: name\n    id: /Lun\\w+/\n")
    pytester.makeconftest(
        """
        from pytest_cxone import ScrubRule

        def pytest_cxone_scrub_rules(config):
            return [ScrubRule(kind="text", key="lastUpdated")]
        """
    )
    tenant.set_state("12345", "Marked state", group="Lunchtime")
    test = """
        def test_it(cxone):
            cxone.http.get("/api/v2/agents/states", params={"agentId": "12345"})
    """
    run("--cxone-record", test_it=test).assert_outcomes(passed=1)
    (text,) = cassettes(pytester).values()
    assert "Marked" not in text
    assert "Lunchtime" not in text
    assert datetime.now(UTC).strftime('"lastUpdated": "%Y-') not in text
    assert "the-secret" not in text


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        ("nonsense: a", "must be one of"),
        ("name", "reads KIND: KEY"),
        ("id: /(/", "is not valid"),
        ("keep: /a/", "names a key"),
    ],
)  # fmt: skip
def test_a_wrong_rule_is_one_line(run, monkeypatch, rules, problem):
    monkeypatch.setenv("CXONE_SCRUB", rules)
    result = run(test_it="def test(): pass")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    (line,) = result.stderr.str().strip().splitlines()
    assert problem in line


def test_a_folder_that_cannot_be_written_is_one_line(run, pytester, tenant):
    (pytester.path / "cassettes").write_text("in the way")
    result = run("--cxone-record", test_it=BOARD)
    assert result.parseoutcomes() == {"passed": 1, "errors": 1}
    result.stdout.re_match_lines([r"cxone: \[Errno \d+\] .*cassettes.*"])


# What must not get out, or be lost


def test_rules_of_a_conftest_that_is_found_late_hold_too(run, pytester, tenant):
    folder = pytester.mkdir("pkg") / "checks"
    folder.mkdir()
    (folder / "conftest.py").write_text(
        "from pytest_cxone import ScrubRule\n"
        "def pytest_cxone_scrub_rules(config):\n    return [ScrubRule(kind='text', pattern='Marked state')]\n"
    )
    (folder / "test_it.py").write_text("def test_it(cxone): cxone.agent_state('12345')\n")
    tenant.set_state("12345", "Marked state")
    run("--cxone-record").assert_outcomes(passed=1)
    (text,) = cassettes(pytester).values()
    assert "Marked state" not in text


def test_a_hook_that_returns_no_list_is_one_line(run, pytester, tenant):
    pytester.makeconftest(
        """
        from pytest_cxone import ScrubRule

        def pytest_cxone_scrub_rules(config):
            return ScrubRule(kind="name", key="supervisor")
        """
    )
    result = run("--cxone-record", test_it=BOARD)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "pytest_cxone_scrub_rules returns a list of ScrubRule" in result.stderr.str()


def test_a_cassette_that_turns_out_to_tell_a_name_is_taken_back(run, pytester, tenant):
    tenant.add_agent("12345", name="Jane Roe-Marked")
    run("--cxone-record", test_it=BOARD).assert_outcomes(passed=1)
    before = cassettes(pytester)
    tenant.set_state("12345", "Lunch with Jane Roe-Marked")
    result = run(
        "--cxone-record",
        test_it="""
        def test_board(cxone):
            cxone.agent_state("12345")

        def test_name(cxone):
            cxone.agent("12345")
        """,
    )
    result.assert_outcomes(passed=2)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (line,) = [line for line in summary(result) if "taken back" in line]
    assert line.startswith("FAILED: a cassette was taken back, ")
    assert "Jane" not in result.stdout.str()
    after = cassettes(pytester)
    assert {name: after[name] for name in before} == before
    assert "Jane" not in "".join(after.values())


FAILING = {
    "a subtest": """
        def test_board(cxone, subtests):
            with subtests.test():
                assert cxone.agent_state("12345").state == "Busy"
    """,
    "a unittest's subtest": """
        import unittest, pytest

        class TestIt(unittest.TestCase):
            @pytest.fixture(autouse=True)
            def _client(self, cxone):
                self.cxone = cxone

            def test_board(self):
                with self.subTest():
                    self.assertEqual(self.cxone.agent_state("12345").state, "Busy")
    """,
    "its teardown": """
        import pytest

        @pytest.fixture
        def broken():
            yield
            raise OSError

        def test_board(broken, cxone):
            cxone.agent_state("12345")
    """,
}


@pytest.mark.parametrize("test", FAILING.values(), ids=FAILING)
def test_a_test_of_which_a_part_fails_leaves_the_cassette(run, pytester, tenant, test):
    result = run("--cxone-record", test_it=test)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert cassettes(pytester) == {}


@pytest.mark.parametrize("text", ["<<<<<<< HEAD\n", "version: 1\ninteractions: []\n"], ids=["damaged", "vcrpy's own"])
def test_missing_leaves_what_it_cannot_add_to(run, pytester, tenant, text):
    path = pytester.path / FOLDER / "test_it/test_board.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    result = run("--cxone-record=missing", test_it=BOARD)
    assert result.parseoutcomes() == {"passed": 1, "errors": 1}
    assert path.read_text() == text
    result.stdout.fnmatch_lines(["*was not written: *; --cxone-record replaces it*"])


def test_missing_counts_what_it_wrote(run, tenant):
    run("--cxone-record", test_it=BOARD)
    assert "0 cassettes written" in summary(run("--cxone-record=missing"))


def test_a_mode_after_missing_has_the_last_word(run, tenant):
    result = run("--cxone-record=missing", "--cxone=fake", test_it=BOARD)
    result.assert_outcomes(passed=1)
    assert "mode fake" in result.stdout.str()
    assert not tenant.asked


def test_modules_of_one_name_have_cassettes_of_their_own(run, pytester, tenant):
    for folder in ("unit", "integration"):
        (pytester.path / "tests" / folder).mkdir(parents=True)
        (pytester.path / "tests" / folder / "test_it.py").write_text(BOARD.replace("\n    ", "\n"))
    options = ("--import-mode=importlib", "--cxone-cassettes=tests/data/cassettes")
    run("--cxone-record", *options).assert_outcomes(passed=2)
    assert len(list((pytester.path / "tests/data/cassettes").rglob("*.yaml"))) == 2


def test_a_request_that_an_adapter_makes_on_the_way_is_seen_once(run, pytester, tenant):
    run(
        "--cxone-record",
        test_it="""
        import os, requests
        from requests.adapters import HTTPAdapter

        class Asking(HTTPAdapter):
            def send(self, request, *args, **kwargs):
                requests.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/1")
                return super().send(request, *args, **kwargs)

        def test_it(cxone_tenant):
            with requests.Session() as session:
                session.mount("http://", Asking())
                session.get(os.environ["CXONE_BASE_URL"] + "/api/v2/agents/states")
        """,
    ).assert_outcomes(passed=1)
    assert len(tenant.asked) == 2
    (text,) = cassettes(pytester).values()
    assert text.count("    uri: ") == 2


def test_what_is_shown_beside_reports_has_no_names(run, pytester, tenant):
    tenant.add_agent("12345", name="Jane Roe-Marked")
    result = run(
        "--cxone-record",
        "-v",
        "-ra",
        "--junitxml=out.xml",
        test_it="""
        import warnings

        import pytest

        def test_it(cxone, subtests, record_testsuite_property, request):
            name = cxone.agent("12345").name
            with subtests.test(name, who=name, many=[name]):
                warnings.warn(f"{name} is here")
            request.node.user_properties.append(("who", name))
            raise OSError(name)

        def test_x(cxone):
            pytest.xfail(cxone.agent("12345").name)
        """,
    )
    assert result.parseoutcomes()["xfailed"] == 1
    assert "is here" in result.stdout.str()
    assert "Marked" not in result.stdout.str() + (pytester.path / "out.xml").read_text("utf-8")


def test_cassettes_that_were_recorded_from_inside_are_found_from_outside(run, pytester, tenant, monkeypatch):
    folder = pytester.mkdir("tests")
    (folder / "test_it.py").write_text(BOARD.replace("\n    ", "\n"))
    monkeypatch.chdir(folder)
    run("--cxone-record", "--rootdir=.").assert_outcomes(passed=1)
    assert (folder / FOLDER / "test_it/test_board.yaml").is_file()
    monkeypatch.chdir(pytester.path)
    for options in (["tests"], ["tests", f"--rootdir={pytester.path}"], ["--rootdir=tests", "tests"]):
        run("--cxone=replay", *options).assert_outcomes(passed=1)
