"""The Node example: its own tests on a served fake, and its command as a shell sees it."""

import json
import re
import shutil
import socket
import subprocess
from pathlib import Path

import pytest

from pytest_cxone.cli.diagnose import EXIT_STATUS
from pytest_cxone.diagnosis import Verdict
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.faults import Fault
from pytest_cxone.rehearsal import upgrade
from pytest_cxone.server import serving
from pytest_cxone.verdicts import other_than_id
from tests.tools import environment, need, served_fake, skip_or_fail

EXAMPLE = Path(__file__).parent.parent / "examples" / "node"
CLIENT_ID = "fake-client"
SECRET = "a-secret-of-the-client"
OLDEST_THAT_RUNS_THE_TESTS = 18, 11
# What npm's own retries would take without a network is too long for a test.
INSTALL = ["install", "--prefer-offline", "--fetch-retries=0", "--ignore-scripts", "--no-package-lock", "--no-audit"]


@pytest.fixture(scope="module")
def node():
    path = need("node")
    version = subprocess.run([path, "--version"], capture_output=True, text=True, check=True).stdout
    major, minor, _ = version.lstrip("v").split(".")
    if (int(major), int(minor)) < OLDEST_THAT_RUNS_THE_TESTS:
        skip_or_fail(f"node is {version.strip()}, and the tests of examples/node need 18.11")
    return path


@pytest.fixture(scope="module")
def example(node, tmp_path_factory):
    """A copy of the example with its packages: those that lie there already, or npm's, once for all tests."""
    folder = tmp_path_factory.mktemp("node") / "example"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".env", "cxone.env"))
    if not (folder / "node_modules").exists():
        install = [need("npm"), *INSTALL, "--no-fund"]
        try:
            subprocess.run(install, cwd=folder, capture_output=True, text=True, check=True, timeout=120)
        except subprocess.CalledProcessError as error:
            code = re.search(r"^npm \S+ code (\S+)$", error.stderr, re.MULTILINE)
            why = code[1] if code else f"exit status {error.returncode}"
            skip_or_fail(f"npm cannot install the packages of examples/node ({why}): no network, or not in its cache")
        except subprocess.TimeoutExpired:
            skip_or_fail("npm did not install the packages of examples/node within two minutes")
    return folder


@pytest.fixture
def fake():
    fake = Fake()
    world = fake.world("us")
    world.add_client(CLIENT_ID, SECRET, scopes=["read:agent", "read:agent:status"])
    world.log_in("12345")
    world.add_agent("67890")
    return fake


@pytest.fixture
def tenant(fake):
    """The variables that lead to the fake, which this process serves and can look into."""
    with serving(fake, "us") as served:
        yield credentials(served.url)


def credentials(url):
    return {"CXONE_BASE_URL": url, "CXONE_CLIENT_ID": CLIENT_ID, "CXONE_CLIENT_SECRET": SECRET}


@pytest.fixture
def diagnose(node, example):
    def diagnose(*arguments, **variables):
        command = [node, "diagnose.js", *arguments]
        return subprocess.run(
            command, cwd=example, env=environment(variables), capture_output=True, text=True, timeout=60, check=False
        )

    return diagnose


# Its own tests


def node_tests(node, example, variables, *options):
    return subprocess.run(
        [node, "--test", *options],
        cwd=example,
        env=environment(variables),
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def test_its_own_tests_pass_on_a_served_fake(node, example):
    with served_fake() as variables:
        ended = node_tests(node, example, variables)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert int(re.search(r"pass (\d+)", ended.stdout)[1]) > 0


@pytest.mark.parametrize("change", ["listing-enveloped", "row-state-group-renamed", "token-renamed"])
def test_its_own_tests_fail_after_an_upgrade(node, example, change):
    fake = Fake(changes=[upgrade("platform-v2", change).change])
    fake.world("us").add_client(CLIENT_ID, SECRET, scopes=["read:agent", "read:agent:status"])
    with serving(fake, "us") as served:
        ended = node_tests(node, example, credentials(served.url), "--test-name-pattern=is online, with the state")
    assert ended.returncode == 1
    assert "agent 12345: unexpected answer" in ended.stdout


# What is wrong before anything is sent


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        ([], {}, "one agent must be named: node diagnose.js 12345, or set TARGET_AGENT_ID"),
        (["1", "2"], {}, "one agent must be named: node diagnose.js 12345, or set TARGET_AGENT_ID"),
        (
            ["12345"],
            {"CXONE_CLIENT_ID": "", "CXONE_CLIENT_SECRET": ""},
            "CXONE_CLIENT_ID and CXONE_CLIENT_SECRET must be set, in the environment or in a file .env",
        ),
        (
            ["12345"],
            {"CXONE_CLIENT_SECRET": ""},
            "CXONE_CLIENT_SECRET must be set, in the environment or in a file .env",
        ),
        (["12345"], {"CXONE_REGION": "mars"}, "CXONE_REGION is 'mars'; it must be one of us, eu"),
        (["12345"], {"CXONE_BASE_URL": "mars"}, "CXONE_BASE_URL is 'mars'; it must be a whole URL, with https://"),
        (["12345"], {"CXONE_AUTH_URL": "mars"}, "CXONE_AUTH_URL is 'mars'; it must be a whole URL, with https://"),
        (["12345"], {"CXONE_TIMEOUT": "soon"}, "CXONE_TIMEOUT is 'soon'; it must be seconds, more than 0"),
    ],
    ids=["nobody", "two", "no credentials", "no secret", "region", "base URL", "auth URL", "timeout"],
)
def test_what_is_missing_or_wrong_is_named_before_any_request(diagnose, fake, tenant, arguments, variables, message):
    ended = diagnose(*arguments, **{**tenant, **variables})
    assert (ended.returncode, ended.stdout, ended.stderr) == (2, "", f"Error: {message}\n")
    assert not fake.journal


def test_settings_are_read_from_a_file_but_those_of_the_environment_hold(diagnose, example, tenant):
    file = example / ".env"
    file.write_text("".join(f"{name}={value}\n" for name, value in {**tenant, "TARGET_AGENT_ID": "67890"}.items()))
    try:
        assert diagnose().stdout.startswith("agent 67890: offline or hidden\n")
        assert diagnose(TARGET_AGENT_ID="12345").stdout.startswith("agent 12345: online\n")
    finally:
        file.unlink()


# The same verdicts as the command has


def test_its_verdicts_end_with_the_exit_statuses_of_the_command():
    statuses = exit_statuses()
    assert statuses == {verdict: EXIT_STATUS[Verdict(verdict)] for verdict in statuses}


def test_each_verdict_it_can_give_has_an_exit_status_and_is_in_its_readme():
    given = set(re.findall(r"verdict: '([^']+)'", (EXAMPLE / "diagnosis.js").read_text(encoding="utf-8")))
    statuses = exit_statuses()
    assert given == statuses.keys()
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for verdict, status in statuses.items():
        assert re.search(rf"\| {status} \| {verdict}\b", readme), f"{verdict} is not in the README's table"


def exit_statuses():
    """Return what diagnose.js ends with, by verdict, as it is written there."""
    code = (EXAMPLE / "diagnose.js").read_text(encoding="utf-8")
    table = re.search(r"^const EXIT_STATUS = \{\n(.*?)^\};$", code, re.DOTALL | re.MULTILINE)[1]
    found = re.findall(r"^  '?([^':]+)'?: (\d+),$", table, re.MULTILINE)
    assert len(found) == len(table.splitlines())
    return {verdict: int(status) for verdict, status in found}


@pytest.mark.parametrize("text", ["99999", "agent-9", " 9 ", "Alex", "Alex 9", "alex9@example.com", "a1b2c3d4-e5f6"])
def test_what_is_no_id_is_told_from_an_unknown_id_as_the_command_does(diagnose, tenant, text):
    form = other_than_id(text)
    ended = diagnose(text, **tenant)
    assert ended.stdout.startswith(f"agent {text}: {'not an id' if form else 'unknown id'}\n")
    assert f"looks like {form}\n" in ended.stdout if form else "looks like" not in ended.stdout


# No tenant is there


def test_a_host_that_does_not_exist_is_a_network_error(diagnose):
    ended = diagnose("12345", **credentials("https://cxone.invalid"))
    assert ended.returncode == 25
    assert ended.stdout.startswith("agent 12345: network error\ncause: no answer from cxone.invalid: ")


def test_a_port_that_nobody_listens_on_is_a_network_error(diagnose):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        host = "127.0.0.1:%d" % bound.getsockname()[1]
        ended = diagnose("12345", **credentials(f"http://{host}"))
    assert ended.returncode == 25
    assert f"cause: no answer from {host}: connection refused\n" in ended.stdout


# What it never tells


@pytest.mark.parametrize(
    ("status", "agent_id", "faults"),
    [
        pytest.param(0, "12345", [], id="online"),
        pytest.param(14, "67890", [], id="offline or hidden"),
        pytest.param(11, "99999", [], id="unknown"),
        pytest.param(12, "Alex Abara", [], id="a name"),
        pytest.param(21, "12345", [Fault(kind="token_revoked", times=9)], id="token refused"),
        pytest.param(23, "12345", [Fault(kind="rate_limit")], id="rate limited"),
        pytest.param(24, "12345", [Fault(kind="outage")], id="outage"),
        pytest.param(24, "12345", [Fault(kind="outage", on="/token")], id="outage of the token"),
        pytest.param(25, "12345", [Fault(kind="disconnect")], id="disconnected"),
        pytest.param(25, "12345", [Fault(kind="disconnect", on="/token")], id="disconnected from the token"),
        pytest.param(27, "12345", [Fault(kind="malformed")], id="HTML"),
    ],
)
def test_neither_secret_nor_token_is_printed(diagnose, fake, tenant, status, agent_id, faults):
    for fault in faults:
        fake.add_fault(fault)
    ended = diagnose(agent_id, **tenant)
    said = ended.stdout + ended.stderr
    assert SECRET not in said
    for token in tokens(fake):
        assert token not in said
    assert ended.returncode == status


def test_a_secret_that_is_refused_is_not_printed_either(diagnose, tenant):
    ended = diagnose("12345", **{**tenant, "CXONE_CLIENT_SECRET": "not-the-secret"})
    assert ended.returncode == 20
    assert "not-the-secret" not in ended.stdout + ended.stderr


def tokens(fake):
    """Return the tokens that were issued, and whatever was sent as one."""
    issued = [exchange.response.body for exchange in fake.journal if exchange.request.target.path == "/oauth/token"]
    sent = [exchange.request.headers.get("Authorization", "") for exchange in fake.journal]
    found = {json.loads(body).get("access_token", "") for body in issued if body.startswith(b"{")}
    return {token for token in found | {value.removeprefix("Bearer ") for value in sent} if token}


# The packages, and what runs them


def test_a_program_that_is_missing_skips_a_test_with_the_reason_but_fails_it_in_ci(monkeypatch):
    monkeypatch.delenv("CXONE_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is not installed"):
        need("no-such-program")
    monkeypatch.setenv("CXONE_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match="CXONE_REQUIRE_TOOLS is set, so it must be there"):
        need("no-such-program")


def test_its_packages_are_pinned_since_there_is_no_lock_file():
    packages = json.loads((EXAMPLE / "package.json").read_text(encoding="utf-8"))["dependencies"]
    assert packages.keys() == {"axios", "dotenv"}
    for version in packages.values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
