"""The plugin among others: it can be left out, it costs little, it lives with its neighbours, and its suite travels."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay

import pytest_cxone
from pytest_cxone import contract
from pytest_cxone.behaviours import behaviours
from pytest_cxone.dialects import DIALECTS

pytest_plugins = ["pytester"]

QUIET = ["-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio"]
SUITE = sorted(Path(contract.__file__).parent.glob("*.py"))
SHARED = {f"pytest_cxone.contract.{path.stem}" for path in SUITE if not path.name.startswith(("test_", "__"))}
"""What its modules share, and nobody else imports."""

MIXED = """
    import pytest
    from pytest_cxone import agent_offline, agent_online

    @pytest.mark.parametrize("number", range(6))
    @agent_online("1")
    def test_passes(cxone, number):
        assert cxone.agent_state("1")

    @agent_offline("1")
    def test_fails(cxone):
        assert cxone.agent_state("1")

    @agent_online("1")
    def test_skips(cxone):
        pytest.skip("cxone: for a reason")

    def test_plain():
        pass

    @pytest.fixture
    def broken(cxone):
        raise OSError

    def test_errs(broken):
        pass

    @pytest.mark.xfail(strict=True)
    def test_xfails(cxone):
        assert cxone.agent_state("2")
"""
OUTCOMES = {"passed": 7, "failed": 1, "skipped": 1, "errors": 1, "xfailed": 1}


def told(result):
    """Return the lines of the one summary."""
    lines = result.stdout.lines
    (at,) = [at for at, line in enumerate(lines) if line.strip("= ") == "cxone"]
    return [line for line in lines[at + 1 :] if "the fake tenant" in line or line.startswith("  skipped ")]


# In processes of its own


def test_two_workers_come_to_the_same_outcomes_and_one_summary(pytester):
    pytester.makepyfile(MIXED)
    alone = pytester.runpytest_inprocess(*QUIET)
    together = pytester.runpytest_subprocess(*QUIET, "-n", "2")
    alone.assert_outcomes(**OUTCOMES)
    together.assert_outcomes(**OUTCOMES)
    assert told(alone) == told(together)
    assert told(alone)[0].startswith("8 tests ran on the fake tenant (platform-v2); nothing was verified on a tenant")
    assert told(alone)[1:] == ["  skipped 1: for a reason"]


def test_it_can_be_left_out(pytester):
    pytester.makepyfile("def test(): pass")
    result = pytester.runpytest_subprocess(*QUIET, "-p", "no:cxone", "--strict-markers", "-W", "error")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*cxone:*")


def test_left_out_its_fixtures_are_missing_and_nothing_worse(pytester):
    pytester.makepyfile("def test(cxone): pass")
    result = pytester.runpytest_subprocess(*QUIET, "-p", "no:cxone")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*fixture 'cxone' not found"])


def test_it_can_be_the_only_one(pytester, monkeypatch):
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")
    pytester.makepyfile(MIXED)
    result = pytester.runpytest_subprocess("-p", "pytest_cxone.plugin", "-p", "no:cacheprovider", "--strict-markers")
    result.assert_outcomes(**OUTCOMES)
    result.stdout.fnmatch_lines(["cxone: mode offline (default), *"])


NEIGHBOURS = """
    import pytest
    import requests
    from hypothesis import HealthCheck, given, settings, strategies
    from pytest_cxone import agent_online, errors

    @agent_online("1")
    def test_snapshot(cxone, snapshot):
        assert cxone.agent_state("1").state == snapshot

    @pytest.mark.asyncio
    @agent_online("1")
    async def test_async(cxone):
        assert cxone.agent_state("1")

    @pytest.mark.vcr
    @agent_online("1")
    def test_cassette(cxone):
        assert cxone.agent_state("1")

    @pytest.mark.block_network
    @agent_online("1")
    def test_blocked(cxone):
        assert cxone.agent_state("1")

    @pytest.mark.block_network(allowed_hosts=["127.0.0.1"])
    @agent_online("1")
    def test_served(cxone, cxone_server):
        assert cxone.agent_state("1")

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=5, deadline=None, database=None)
    @given(agent_id=strategies.from_regex("[0-9]{1,9}", fullmatch=True))
    def test_property(cxone, cxone_tenant, agent_id):
        cxone_tenant.world.log_in(agent_id)
        assert cxone.agent_state(agent_id).agent_id == agent_id

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(number=strategies.integers())
    def test_expected(cxone, number):
        with pytest.raises(errors.UnknownRoute):
            cxone.http.get(f"/{number}")
"""


@pytest.mark.parametrize("workers", ["0", "2"])
def test_it_lives_with_its_neighbours(pytester, workers):
    for module in ("pytest_recording", "pytest_asyncio", "syrupy", "pytest_randomly", "hypothesis", "xdist"):
        pytest.importorskip(module)
    pytester.makepyfile(NEIGHBOURS)
    pytester.makefile(
        ".toml",
        pytest=f"""
        [pytest]
        strict = true
        filterwarnings = ["error"]
        asyncio_default_fixture_loop_scope = "function"
        addopts = ["--import-mode=importlib", "-p", "no:cacheprovider", "-n{workers}"]
        """,
    )
    for options in (["--snapshot-update"], ["--block-network"], ["--record-mode=none"], ["--disable-recording"]):
        pytester.runpytest_subprocess(*options).assert_outcomes(passed=7)
    assert not pytester.path.joinpath("cassettes").exists(), "what the fake answers is nobody's recording"


# What it costs


HEAVY = [
    "click",
    "cryptography",
    "httptools",
    "jinja2",
    "jsonschema",
    "jsonschema_rs",
    "jwt",
    "referencing",
    "requests",
    "responses",
    "urllib3",
    "uvicorn",
    "vcr",
    "yaml",
]  # fmt: skip
OURS_ALLOWED = {
    "errors", "fixtures", "hooks", "markers", "options", "plugin", "reporter", "run", "selection", "trial", "watching",
}  # fmt: skip


def loaded(code, folder):
    """Return the names of all modules that a fresh interpreter has after running code, without other plugins."""
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    code += "\nimport sys; print('|'.join(sys.modules))"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=environ, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.splitlines()[-1].split("|"))


@pytest.mark.parametrize("name", ["plugin", "markers", "settings"])
def test_importing_it_imports_nothing_heavy(name, tmp_path):
    assert not loaded(f"import pytest_cxone.{name}", tmp_path) & set(HEAVY)


@pytest.mark.parametrize("options", [[], ["--collect-only"], ["--help"], ["-q"]], ids=str)
def test_a_run_that_uses_nothing_of_it_loads_nothing_heavy(options, tmp_path):
    (tmp_path / "test_it.py").write_text("import pytest\n@pytest.mark.skip\ndef test_a(): pass\ndef test_b(): pass\n")
    modules = loaded(
        f"import pytest; pytest.main({['-p', 'pytest_cxone.plugin', '-p', 'no:cacheprovider', *options]!r})", tmp_path
    )
    assert not modules & set(HEAVY)
    ours = {name.removeprefix("pytest_cxone.") for name in modules if name.startswith("pytest_cxone.")}
    assert ours == OURS_ALLOWED


def test_a_module_that_imports_a_marker_is_not_charged_for_more(tmp_path):
    test = "from pytest_cxone import agent_online\nmarked = agent_online('1')\ndef test(): pass\n"
    (tmp_path / "test_it.py").write_text(test)
    run = "import pytest; pytest.main(['-p', 'pytest_cxone.plugin', '-p', 'no:cacheprovider'])"
    assert not loaded(run, tmp_path) & set(HEAVY)


def test_no_fixture_of_ours_is_autouse(pytester):
    pytester.makepyfile("def test(request): assert not [n for n in request.fixturenames if 'cxone' in n]")
    pytester.runpytest_inprocess(*QUIET).assert_outcomes(passed=1)
    source = ast.parse(Path(sys.modules["pytest_cxone.plugin"].__file__).read_text(encoding="utf-8"))
    keywords = [word.arg for node in ast.walk(source) if isinstance(node, ast.Call) for word in node.keywords]
    assert "autouse" not in keywords


def test_what_is_ours_is_prefixed(pytester):
    text = pytester.runpytest_inprocess(*QUIET, "--help").stdout.str()
    group = text.partition("\nNICE CXone:\n")[2].partition("\n\n")[0]
    flags = [word for line in group.splitlines() for word in line.split() if line.startswith("  -") and word[0] == "-"]
    assert len(flags) > 10
    assert all(flag.startswith("--cxone") for flag in flags)


# The suite that travels


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_suite_runs_from_anywhere_strictly(pytester, dialect):
    pytester.makefile(".toml", pytest='[pytest]\nstrict = true\nfilterwarnings = ["error"]\n')
    result = pytester.runpytest_subprocess(
        *QUIET, "-q", "--import-mode=importlib", "--strict-markers", "-W", "error", f"--cxone-dialect={dialect}",
        "--pyargs", "pytest_cxone.contract",
    )  # fmt: skip
    outcomes = result.parseoutcomes()
    assert set(outcomes) == {"passed", "deselected"}
    assert outcomes["passed"] > 50
    pytesters = {"stdout", "stderr"}
    left = {path.name for path in pytester.path.iterdir() if not path.name.startswith("runpytest-")}
    assert left - pytesters == {"pytest.toml"}


def test_it_also_runs_with_workers_and_in_any_order(pytester):
    result = pytester.runpytest_subprocess(
        "-p", "no:cacheprovider", "-p", "no:asyncio", "-n", "2", "--pyargs", "pytest_cxone.contract"
    )
    assert set(result.parseoutcomes()) == {"passed"}
    assert len([line for line in result.stdout.lines if line.strip("= ") == "cxone"]) == 1


def run_nodes(tree):
    """Yield the nodes of a module but those that only a type checker reads."""
    for node in ast.iter_child_nodes(tree):
        if not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from run_nodes(node)


@pytest.mark.parametrize("module", SUITE, ids=lambda path: path.stem)
def test_a_contract_module_uses_public_names_only(module):
    for node in run_nodes(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            assert not [name.name for name in node.names if name.name.startswith("pytest_cxone")]
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            if (node.module or "").startswith("pytest_cxone") and node.module not in SHARED:
                assert node.module == "pytest_cxone", node.module
                assert {name.name for name in node.names} <= set(pytest_cxone.__all__)


def test_the_suite_has_no_conftest():
    assert "conftest.py" not in {path.name for path in SUITE}


class Collected:
    """Takes note of the behaviours that each collected test names."""

    def __init__(self):
        self.tests = {}

    def pytest_collection_finish(self, session):
        for item in session.items:
            self.tests[item.nodeid] = [mark.args[0] for mark in item.iter_markers("cxone_behaviour")]


@pytest.fixture
def collected(pytester):
    collected = Collected()
    result = pytester.inline_run(
        *QUIET, "--collect-only", "-q", "--pyargs", "pytest_cxone.contract", plugins=[collected]
    )
    assert result.ret == pytest.ExitCode.OK
    return collected.tests


def test_each_contract_test_names_its_behaviour_and_each_behaviour_has_a_test(collected):
    assert not [test for test, named in collected.items() if not named]
    assert {one for named in collected.values() for one in named} == set(behaviours("platform-v2"))
