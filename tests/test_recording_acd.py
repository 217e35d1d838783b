"""Recordings of the published API: what is written of a tenant, that it is played back, and what is never in it."""

from contextlib import ExitStack

import jwt.algorithms  # noqa: F401 - as requests; what of it is no Python cannot be loaded again
import pytest
import requests  # noqa: F401 - pytester takes back what an inner run imports, and half of `http` would stay
from cryptography.hazmat.primitives.asymmetric import rsa  # noqa: F401 - as jwt

from pytest_cxone.cassettes.audit import Audit
from pytest_cxone.cassettes.rules import Rules
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
