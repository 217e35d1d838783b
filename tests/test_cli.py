"""The command: what it refuses, and a real process that is served from, asked and stopped."""

import importlib.metadata
import os
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager

import pytest
import requests
import trustme
from click.testing import CliRunner

from pytest_cxone.cli import main

COMMAND = [sys.executable, "-m", "pytest_cxone"]
STATES = "/api/v2/agents/states"
NOWHERE = ["--host", "nowhere.invalid"]
"""With this nothing is served, also where what is to be refused is not."""

posix = pytest.mark.skipif(os.name != "posix", reason="signals and sh are POSIX's")


@contextmanager
def serving(*options):
    """Run `pytest-cxone serve`; yield the process, what it said, and the variables, once it serves."""
    with subprocess.Popen(
        [*COMMAND, "serve", *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            said = process.stderr.readline()
            yield process, said, os.read(process.stdout.fileno(), 65_536).decode()
        finally:
            process.kill()


def stop(process, how=signal.SIGTERM):
    process.send_signal(how)
    assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


def variables(lines):
    return dict(line.removeprefix("export ").split("=", 1) for line in lines.splitlines())


def log_in(session, url, client_id="fake-client", client_secret="fake-secret"):
    session.trust_env = False
    form = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
    answer = session.post(f"{url}/oauth/token", data=form).json()
    session.headers["Authorization"] = f"Bearer {answer['access_token']}"
    return answer


# What it refuses


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--agents", "-1"], "'--agents': -1 is not in the range"),
        (["--page-cap", "0"], "'--page-cap': 0 is not in the range"),
        (["--port", "70000"], "'--port': 70000 is not in the range"),
        (["--region", "mars"], "'mars' is not one of 'us', 'eu'"),
        (["--upgrade", "getAgent.nam.removed"], "'--upgrade': upgrade 'getAgent.nam.removed' is not one of the "),
        (["--upgrade", "delta-ignored"], "`pytest-cxone upgrades --dialect platform-v2`, such as "),
        (["--online", ""], "'--online': must not be empty"),
        (["--hidden", " "], "'--hidden': must not be empty"),
        (["--client-id", ""], "'--client-id': must not be empty"),
        (["--online", "7", "--offline", "7"], "agent 7 is named 2 times"),
        (["--host", "nowhere.invalid"], "cannot listen on nowhere.invalid port 0"),
        (["--host", "192.0.2.1"], "cannot listen on 192.0.2.1 port 0"),
        (["--dialect", "klingon"], "'--dialect': 'klingon' is not one of 'platform-v2', 'acd'"),
        (["--dialect", "acd", "--region", "us"], "'--region': 'us' is not one of 'global', 'gov', the regions of acd"),
        (["--dialect", "acd", "--online", "abc"], "an agent's id in acd is a whole number such as '12345', not 'abc'"),
        (["--dialect", "acd", "--api-versions", "34-20"], "'34-20' is not a version or a range of versions"),
        (["--dialect", "acd", "--api-versions", "latest"], "'latest' is not a version or a range of versions"),
        (
            ["--advertise", "proxy.test"],
            "'proxy.test' is not an http(s) URL without credentials, query or fragment, such",
        ),
        (["--advertise", "https://proxy.test/?a=b"], "is not an http(s) URL"),
        (["--advertise", "http://[", *NOWHERE], "'http://[' is not an http(s) URL"),
        (["--advertise", "https://proxy.test:99999", *NOWHERE], "is not an http(s) URL"),
        (["--advertise", "https://user:pass@proxy.test", *NOWHERE], "'https://***@proxy.test' is not an http(s) URL"),
        (["--tenant-id", "me"], "'--tenant-id': 'me' is not a UUID"),
        (["--access-key-secret", " "], "'--access-key-secret': must not be empty"),
        (["--tls-cert", "cert.pem"], "HTTPS needs --tls-cert and --tls-key; give both or neither"),
        (["--tls-key", "key.pem"], "HTTPS needs --tls-cert and --tls-key; give both or neither"),
        (["--tls-cert", "/none.pem", "--tls-key", "/none.pem"], "cannot read /none.pem: No such file or directory"),
        (["--tls-cert", __file__, "--tls-key", __file__], "are not a PEM certificate and its key without a password"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_makes_no_sense_is_refused_in_one_line(options, message):
    result = CliRunner().invoke(main, ["serve", *options])
    assert result.exit_code == 2
    (error,) = (line for line in result.output.splitlines() if line.startswith("Error: "))
    assert message in error
    assert "Traceback" not in result.output


def test_a_port_in_use_is_refused_in_one_line():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(main, ["serve", "--port", str(port)])
    assert result.exit_code == 2
    assert f"Error: cannot listen on 127.0.0.1 port {port}: Address already in use" in result.output


def test_help_names_every_option():
    text = CliRunner().invoke(main, ["serve", "--help"]).output
    for option in main.commands["serve"].params:
        assert option.opts[0] in text


def test_the_version_is_that_of_the_distribution():
    try:
        version = importlib.metadata.version("pytest-cxone")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("pytest-cxone runs from a checkout that is not installed")
    assert version in CliRunner().invoke(main, ["--version"]).output


# A real process


@posix
def test_it_serves_what_it_prints_and_stops_cleanly_on_sigterm():
    with serving() as (process, said, printed), requests.Session() as session:
        exported = variables(printed)
        url = exported.pop("CXONE_BASE_URL")
        assert log_in(session, url)["scope"] == "read:agent read:agent:status"
        assert [row["agentId"] for row in session.get(f"{url}{STATES}").json()] == ["12345"]
        stop(process)
    assert said == "Serving a fake tenant (platform-v2, us): 1 agent online; stop with Ctrl+C.\n"
    assert exported == {
        "CXONE_AUTH_URL": f"{url}/oauth/token",
        "CXONE_ADMIN_URL": f"{url}/__cxone__",
        "CXONE_REGION": "us",
        "CXONE_CLIENT_ID": "fake-client",
        "CXONE_CLIENT_SECRET": "fake-secret",
        "TARGET_AGENT_ID": "12345",
    }


@posix
def test_ctrl_c_stops_it_as_cleanly_with_a_connection_open():
    with serving() as (process, _, printed), requests.Session() as session:
        log_in(session, variables(printed)["CXONE_BASE_URL"])
        stop(process, signal.SIGINT)


@posix
def test_the_tenant_is_as_the_options_say():
    options = ["--agents", "3", "--online", "10002", "--offline", "20000", "--hidden", "30000"]
    options += ["--region", "eu", "--page-cap", "2", "--client-id", "me", "--client-secret", "s3cret"]
    options += ["--scopes", "read:agent,write:agent"]
    with serving(*options) as (process, said, printed), requests.Session() as session:
        exported = variables(printed)
        url = exported["CXONE_BASE_URL"]
        assert log_in(session, url, "me", "s3cret")["scope"] == "read:agent write:agent"
        pages = [session.get(f"{url}{STATES}?page={page}&pageSize=99").json() for page in (1, 2, 3)]
        for agent_id in ("20000", "30000"):
            assert session.get(f"{url}/api/v2/agents/{agent_id}").status_code == 200
        stop(process)
    assert "(platform-v2, eu): 4 agents online" in said
    online = [[row["agentId"] for row in page] for page in pages]
    assert online == [["10001", "10002"], ["10003", "10004"], []]
    assert exported["TARGET_AGENT_ID"] == "10002"
    assert exported["CXONE_OFFLINE_AGENT_ID"] == "20000"
    assert exported["CXONE_HIDDEN_AGENT_ID"] == "30000"


@posix
def test_a_reset_leads_back_to_what_the_options_say():
    options = ["--agents", "2", "--offline", "20000", "--hidden", "30000", "--page-cap", "2", "--scopes", "read:agent"]
    with serving(*options) as (process, _, printed), requests.Session() as session:
        exported = variables(printed)
        admin = exported["CXONE_ADMIN_URL"]
        first = {path: session.get(f"{admin}/{path}").json() for path in ("agents", "tenant", "clients")}
        session.delete(f"{admin}/agents")
        session.post(f"{admin}/agents", json={"count": 1})
        session.put(f"{admin}/tenant", json={"page_cap": 7})
        session.put(f"{admin}/clients/fake-client", json={"secret": "another", "scopes": []})
        session.post(f"{admin}/reset")
        again = {path: session.get(f"{admin}/{path}").json() for path in first}
        log_in(session, exported["CXONE_BASE_URL"])
        stop(process)
    assert [agent["agentId"] for agent in first["agents"]["agents"]] == ["10001", "10002", "20000", "30000"]
    assert again == first


@posix
def test_it_serves_an_api_after_an_upgrade_and_says_so():
    options = ["--upgrade", "getAgent.name.removed"]
    with serving(*options) as (process, said, lines), requests.Session() as session:
        assert (
            ", after the upgrade getAgent.name.removed (name is not there (GET /api/v2/agents/{agentId})): 1 " in said
        )
        log_in(session, url := variables(lines)["CXONE_BASE_URL"])
        assert "name" not in session.get(f"{url}/api/v2/agents/12345").json()
        stop(process)


@posix
def test_acd_is_served_under_the_variables_of_its_own():
    options = ["--dialect", "acd", "--online", "7", "--offline", "8", "--api-versions", "20-30"]
    options += ["--tenant-id", "11EB660F-4C6D-34A0-8733-0242AC110002"]
    with serving(*options) as (process, said, printed), requests.Session() as session:
        session.trust_env = False
        exported = variables(printed)
        url, version = exported["CXONE_BASE_URL"], exported["CXONE_API_VERSION"]
        provider = session.get(f"{exported['CXONE_ISSUER']}/.well-known/openid-configuration").json()
        tenant = {"tenantId": exported["CXONE_TENANT_ID"]}
        found = session.get(f"{provider['issuer']}/.well-known/cxone-configuration", params=tenant).json()
        key = {"accessKeyId": exported["CXONE_ACCESS_KEY_ID"], "accessKeySecret": exported["CXONE_ACCESS_KEY_SECRET"]}
        granted = session.post(f"{found['auth_endpoint']}/authentication/v1/token/access-key", json=key).json()
        session.headers["Authorization"] = f"Bearer {granted['access_token']}"
        states = session.get(f"{found['api_endpoint']}/inContactAPI/services/{version}/agents/states").json()
        stop(process)
    assert said == "Serving a fake tenant (acd, global): 1 agent online; stop with Ctrl+C.\n"
    assert [(row["agentId"], row["agentStateId"]) for row in states["agentStates"]] == [(7, 1), (8, 0)]
    assert exported == {
        "CXONE_DIALECT": "acd",
        "CXONE_BASE_URL": url,
        "CXONE_ISSUER": url,
        "CXONE_ADMIN_URL": f"{url}/__cxone__",
        "CXONE_REGION": "global",
        "CXONE_TENANT_ID": "11eb660f-4c6d-34a0-8733-0242ac110002",
        "CXONE_API_VERSION": "v30.0",
        "CXONE_ACCESS_KEY_ID": "fake-key====",
        "CXONE_ACCESS_KEY_SECRET": "fake-key-secret====",
        "CXONE_CLIENT_ID": "fake-client",
        "CXONE_CLIENT_SECRET": "fake-secret",
        "TARGET_AGENT_ID": "7",
        "CXONE_OFFLINE_AGENT_ID": "8",
    }


@posix
def test_acd_needs_no_version_said_where_the_usual_one_is_there():
    with serving("--dialect", "acd", "--region", "gov") as (process, said, printed):
        stop(process)
    assert "(acd, gov)" in said
    assert "CXONE_API_VERSION" not in variables(printed)


@posix
def test_it_serves_https_behind_the_url_that_is_advertised(tmp_path):
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(tmp_path / "server.pem")
    options = ["--dialect", "acd", "--advertise", "https://proxy.test/cxone/"]
    options += ["--tls-cert", str(tmp_path / "server.pem"), "--tls-key", str(tmp_path / "server.pem")]
    with serving(*options) as (process, _, printed), requests.Session() as session:
        session.trust_env = False
        session.verify = str(tmp_path / "ca.pem")
        exported = variables(printed)
        url = exported["CXONE_ADMIN_URL"].removesuffix("/__cxone__")
        provider = session.get(f"{url}/.well-known/openid-configuration").json()
        stop(process)
    assert url.startswith("https://127.0.0.1:")
    assert exported["CXONE_BASE_URL"] == exported["CXONE_ISSUER"] == provider["issuer"] == "https://proxy.test/cxone"


@posix
def test_a_shell_reads_what_it_prints_whatever_is_in_it():
    secret = "it's a $HOME; `secret`"
    with serving("--client-secret", secret) as (process, _, printed):
        stop(process)
    script = 'eval "$1"; printf %s "$CXONE_CLIENT_SECRET"'
    read = subprocess.run(["sh", "-c", script, "sh", printed], capture_output=True, text=True, check=True)
    assert read.stdout == secret


def test_serving_loads_no_library_that_it_does_not_need():
    heavy = {"requests", "responses", "vcr", "jsonschema", "jsonschema_rs", "referencing", "pytest"}
    code = "import sys, pytest_cxone.cli, pytest_cxone.server; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert heavy.isdisjoint(loaded.stdout.split())
