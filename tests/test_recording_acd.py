"""Recordings of the published API: what is written of a tenant, that it is played back, and what is never in it."""

from contextlib import ExitStack
from dataclasses import replace

import jwt.algorithms  # noqa: F401 - as requests; what of it is no Python cannot be loaded again
import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: F401 - as jwt

from pytest_cxone.cassettes.audit import Audit
from pytest_cxone.cassettes.files import read
from pytest_cxone.cassettes.names import CassetteName
from pytest_cxone.cassettes.policy import ScrubPolicy
from pytest_cxone.cassettes.recorder import Recorder
from pytest_cxone.cassettes.rules import Rules
from pytest_cxone.settings import resolve
from pytest_cxone.states import AgentUnknown
from tests.site import ACCESS_SECRET, SECRET, Site

pytest_plugins = ["pytester"]

QUIET = ["-q", "-p", "no:cacheprovider", "-p", "no:randomly", "-p", "no:asyncio", "-W", "error"]

TESTS = """
    from pytest_cxone import agent_offline, agent_online, agents_online

    @agent_online("1", state="Tea")
    def test_online(cxone):
        assert cxone.agent_state("1").state == "Tea"
        assert cxone.agent("1").agent_id == "1"

    @agent_offline("2")
    def test_offline(cxone):
        assert cxone.agent_state("2") is None
        assert cxone.diagnose("2", wait=0).verdict == "offline"

    @agents_online(1)
    def test_listing(cxone):
        assert "1" in [row.agent_id for row in cxone.online_agents()]

    def test_search(cxone):
        assert set(cxone.agents(["1", "2"])) == {"1", "2"}

    def test_changes(cxone):
        steps = iter(cxone.changes(every=0))
        assert len(next(steps)) == 2
        assert next(steps) == ()
"""


@pytest.fixture(params=["both", "key"])
def site(monkeypatch, request):
    """A fake that stands for a live tenant of which only the issuer is known."""
    with ExitStack() as opened:
        site = Site(opened, "acd", flow=request.param)
        site.world.log_in("1", state="Tea")
        site.world.add_agent("2", name="Zaphod Beeble", email="zaphod@beeble.example")
        for name, text in {**site.environ, "CXONE_ISSUER": site.url}.items():
            monkeypatch.setenv(name, text)
        yield site


@pytest.fixture
def recorded(site, pytester, monkeypatch):
    """Record the tests; return what was written, and forget the tenant."""
    pytester.makepyfile(test_it=TESTS)
    pytester.runpytest_inprocess(*QUIET, "--cxone-record").assert_outcomes(passed=5)
    for name in site.environ:
        if name != "CXONE_DIALECT":
            monkeypatch.delenv(name)
    monkeypatch.delenv("CXONE_ISSUER", raising=False)
    return sorted(pytester.path.glob("cassettes/**/*.yaml"))


@pytest.mark.parametrize("mode", ["replay", "offline"])
def test_what_was_recorded_is_played_back_without_a_tenant(site, recorded, pytester, mode):
    before = len(site.fake.journal)
    result = pytester.runpytest_inprocess(*QUIET, f"--cxone={mode}")
    result.assert_outcomes(passed=5)
    assert len(site.fake.journal) == before
    result.stdout.fnmatch_lines(["5 tests replayed (acd), *"])


def test_no_recording_tells_a_secret_a_token_or_a_person(site, recorded):
    assert len(recorded) == 5
    tokens = [
        exchange.response.body.decode().partition('_token":"')[2].partition('"')[0]
        for exchange in site.fake.journal
        if exchange.request.method == "POST" and "token" in exchange.request.target.path
    ]
    hidden = [SECRET, ACCESS_SECRET, "zaphod", "Zaphod", "Beeble", *filter(None, tokens), site.world.tenant_id]
    assert len(hidden) > 6
    for path in recorded:
        text = path.read_text(encoding="utf-8")
        assert [secret for secret in hidden if secret in text] == [], path.name
        assert site.url.partition("//")[2] not in text
        assert list(Audit(Rules(), ()).problems(path, path.read_bytes())) == []


# Which tenant it was

DISCOVERING = """
    import os

    import requests

    def test_discovery(cxone_tenant):
        tenant_id = os.environ["CXONE_TENANT_ID"]
        assert cxone_tenant.settings.tenant_id == tenant_id
        asked = os.environ["CXONE_ISSUER"] + "/.well-known/cxone-configuration"
        assert requests.get(asked, params={"tenantId": tenant_id}).json()["tenantId"] == tenant_id
"""

NOT_TOLD = """
    import os

    def test_it(cxone):
        assert cxone.agent_state("1").state == "Tea"
        assert "CXONE_TENANT_ID" not in os.environ
"""


def record(pytester, *options, **files):
    pytester.makepyfile(**files)
    result = pytester.runpytest_inprocess(*QUIET, "--cxone-record", *options)
    assert result.ret == pytest.ExitCode.OK
    return sorted(pytester.path.glob("cassettes/**/*.yaml"))


@pytest.mark.parametrize("is_set", [True, False], ids=["set", "told by the token"])
def test_a_test_that_discovers_its_tenant_finds_the_recorded_one(site, pytester, monkeypatch, is_set):
    if is_set:
        monkeypatch.setenv("CXONE_TENANT_ID", site.world.tenant_id)
    (path,) = record(pytester, test_it=DISCOVERING)
    assert read(path).provenance.tenant_id not in {"", site.world.tenant_id}
    assert site.world.tenant_id not in path.read_text("utf-8")
    monkeypatch.delenv("CXONE_ISSUER")
    for here in ("", site.world.tenant_id):
        monkeypatch.setenv("CXONE_TENANT_ID", here)
        pytester.runpytest_inprocess(*QUIET, "--cxone=replay").assert_outcomes(passed=1)


def test_a_tenant_of_which_nobody_told_the_id_has_none_in_replay_either(site, pytester, monkeypatch):
    paths = {"both": "/auth/token", "key": "/authentication/v1/token/access-key"}
    flow = "both" if "CXONE_CLIENT_ID" in site.environ else "key"
    monkeypatch.setenv("CXONE_BASE_URL", site.url)
    monkeypatch.setenv("CXONE_AUTH_URL", site.url + paths[flow])
    monkeypatch.delenv("CXONE_TENANT_ID", raising=False)
    (path,) = record(pytester, test_it=NOT_TOLD)
    assert read(path).provenance.tenant_id == ""
    monkeypatch.setenv("CXONE_TENANT_ID", "this-machines")
    pytester.runpytest_inprocess(*QUIET, "--cxone=replay").assert_outcomes(passed=1)


def test_each_cassette_of_a_run_on_several_versions_says_its_own(site, pytester):
    test = 'def test_it(cxone): assert cxone.agent("1")'
    written = record(pytester, "--cxone-api-version=30,31,33", test_it=test)
    known = {path.stem: read(path).provenance for path in written}
    assert sorted(provenance.api for provenance in known.values()) == ["v30.0", "v31.0", "v33.0"]
    assert all(provenance.api in provenance.test for provenance in known.values())


ISSUER = "https://issuer.example"
OF_KEY = {"CXONE_DIALECT": "acd", "CXONE_ISSUER": ISSUER, "CXONE_ACCESS_KEY_ID": "k", "CXONE_ACCESS_KEY_SECRET": "s"}
OF_APPLICATION = {**OF_KEY, "CXONE_CLIENT_ID": "app", "CXONE_CLIENT_SECRET": "s"}
OTHERS = {
    "another tenant": (OF_KEY, {"CXONE_TENANT_ID": "b"}),
    "another tenant of one application": (OF_APPLICATION, {"CXONE_TENANT_ID": "b"}),
    "another key where the id is not known": ({**OF_KEY, "CXONE_TENANT_ID": ""}, {"CXONE_ACCESS_KEY_ID": "l"}),
    "another key of one application": ({**OF_APPLICATION, "CXONE_TENANT_ID": ""}, {"CXONE_ACCESS_KEY_ID": "l"}),
    "another application": (OF_APPLICATION, {"CXONE_CLIENT_ID": "bpp"}),
    "another issuer": (OF_KEY, {"CXONE_ISSUER": "https://other.example"}),
}


def provenance_of(folder, environ, **found):
    """Return what a cassette says that was recorded with these variables; `found` is what was discovered by then."""
    settings = resolve({"mode": "record"}, {"CXONE_SCRUB_KEY": "shared", **environ}, {})
    recorder = Recorder(settings, ScrubPolicy(lambda: replace(settings, **found), Rules()))
    file = folder / "test_it.py"
    file.touch()
    take = recorder.new_take(CassetteName("test_it", "test_it"), file, folder, api_version="v31.0")
    take.states.append((AgentUnknown("9"), ""))
    recorder.save(take, {})
    return read(take.path).provenance


@pytest.mark.parametrize(("environ", "changed"), OTHERS.values(), ids=OTHERS)
def test_another_tenant_has_another_fingerprint(tmp_path, environ, changed):
    environ = {"CXONE_TENANT_ID": "a", **environ}
    one, same = provenance_of(tmp_path, environ), provenance_of(tmp_path, environ)
    assert one.tenant == same.tenant != provenance_of(tmp_path, {**environ, **changed}).tenant


def test_a_tenant_has_one_fingerprint_whoever_tells_its_id(tmp_path):
    told = provenance_of(tmp_path, {**OF_KEY, "CXONE_TENANT_ID": "a"})
    found = provenance_of(tmp_path, OF_KEY, tenant_id="a")
    assert (told.tenant, told.tenant_id) == (found.tenant, found.tenant_id)
    another_user = provenance_of(tmp_path, {**OF_KEY, "CXONE_ACCESS_KEY_ID": "l"}, tenant_id="a")
    assert another_user.tenant == told.tenant


def test_with_access_keys_alone_users_share_aliases_under_a_key_of_their_own(tmp_path):
    def tenant_of(**environ):
        return provenance_of(tmp_path, {**OF_KEY, "CXONE_TENANT_ID": "tenant-1234", **environ}).tenant_id

    one, other = (tenant_of(CXONE_SCRUB_KEY="", CXONE_ACCESS_KEY_SECRET=secret) for secret in "st")
    assert one != other
    assert tenant_of(CXONE_ACCESS_KEY_SECRET="s") == tenant_of(CXONE_ACCESS_KEY_SECRET="t")
