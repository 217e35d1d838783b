"""A client that was led to the wrong tenant, version or host: it says so, by the settings to look at, of each agent."""

import json
import socket
from contextlib import ExitStack
from dataclasses import replace

import pytest

from pytest_cxone.diagnosis import Verdict
from pytest_cxone.dialects import dialect
from pytest_cxone.errors import ApiError, UnexpectedResponse
from pytest_cxone.states import AgentUnknown
from pytest_cxone.tenants.guard import Guard
from pytest_cxone.tenants.live import LiveTenant
from tests.site import ACD, Site

CONFIGURATION = "/.well-known/cxone-configuration"
OPENID = "/.well-known/openid-configuration"
VERSION = "CXONE_API_VERSION"


@pytest.fixture
def opened():
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def site(opened):
    """A tenant of which only the issuer is known, with one agent online."""
    site = Site(opened, "acd")
    site.environ["CXONE_ISSUER"] = site.url
    site.online(1)
    return site


def alone(client, agent_id="10001", **options):
    return client.diagnose(agent_id, wait=0, **options)


def among_others(client, agent_id="10001", **options):
    return client.diagnose_many(["10001", "7"], **options)[agent_id]


def told(diagnosis):
    return f"{diagnosis.cause}\n{diagnosis.action}"


LOOKS = pytest.mark.parametrize("look", [alone, among_others], ids=["alone", "among others"])


# The wrong version


@LOOKS
def test_a_version_that_a_tenant_does_not_have_is_said_once(site, look):
    found = look(site.client(api_version="v35"))
    assert found.verdict is Verdict.UNEXPECTED
    assert told(found).count(VERSION) == 1


@pytest.mark.parametrize("status", [404, 400])
def test_where_everything_is_refused_nobody_is_taken_to_be_unknown(site, opened, status):
    site.answering({"error": "not_found"}, status=status, on=ACD)
    settings = site.settings(base_url=site.url)
    tenant = opened.enter_context(LiveTenant(settings, Guard(settings), sleep=site.sleep))
    with pytest.raises(UnexpectedResponse, match=VERSION) as found:
        tenant.provide(AgentUnknown("7"))
    assert (type(found.value), found.value.status) == (UnexpectedResponse, status)


@pytest.mark.parametrize("status", [404, 400])
def test_where_one_is_refused_and_the_listing_is_there_the_agent_is_unknown(site, opened, status):
    site.answering({"error": "not_found"}, status=status, on=f"{ACD}/agents/7")
    settings = site.settings(base_url=site.url)
    tenant = opened.enter_context(LiveTenant(settings, Guard(settings), sleep=site.sleep))
    assert tenant.provide(AgentUnknown("7")) == "7"


# The wrong tenant


@LOOKS
@pytest.mark.parametrize("is_told", [True, False], ids=["the token tells another", "the token tells none"])
def test_a_tenant_id_of_nobody_is_looked_for_in_its_setting_and_not_in_the_version(site, look, is_told):
    def edit(request, answer):
        if is_told or request.target.path != "/auth/token":
            return answer
        body = {**json.loads(answer.body), "access_token": "opaque", "id_token": "opaque"}
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit
    found = look(site.client(base_url="", tenant_id="nobodys"))
    assert found.verdict is Verdict.UNEXPECTED
    assert is_told or CONFIGURATION in found.cause
    assert "CXONE_TENANT_ID" in found.action
    assert VERSION not in told(found)
    assert "CXONE_REGION" not in told(found)


# The wrong host


@pytest.mark.parametrize("name", ["acd", "platform-v2"])
@LOOKS
def test_a_host_that_nobody_knows_is_looked_for_in_the_dialects_own_settings(opened, monkeypatch, look, name):
    def nowhere(*_, **__):
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    site = Site(opened, name)
    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    found = look(site.client(base_url="https://tenant.invalid", auth_url="https://tenant.invalid/token"))
    assert found.verdict is Verdict.HOST_NOT_FOUND
    assert found.action == f"check {dialect(name).advice.lead}, and this machine's DNS"
    assert ("CXONE_REGION" in found.action) is (name == "platform-v2")
    assert ("CXONE_ISSUER" in found.action) is (name == "acd")


@pytest.mark.parametrize("name", ["acd", "platform-v2"])
@LOOKS
def test_a_page_before_the_api_is_looked_for_in_the_dialects_own_settings(opened, look, name):
    site = Site(opened, name)
    site.answering(b"<html>", on="/", Content_Type="text/html")
    found = look(site.client())
    assert found.verdict is Verdict.UNEXPECTED
    assert found.action == f"check that {dialect(name).advice.lead} lead to the API, and not to a page before it"


# Discovery that fails

FAILURES = {
    "an outage": ({"status": 503}, Verdict.OUTAGE),
    "not there": ({"status": 404, "body": {"error": "x"}}, Verdict.UNEXPECTED),
    "another form": ({"body": {"issuer": 1}}, Verdict.BROKEN_CONTRACT),
    "a page": ({"body": b"<html>", "Content_Type": "text/html"}, Verdict.UNEXPECTED),
}


@pytest.mark.parametrize("document", [OPENID, CONFIGURATION])
@pytest.mark.parametrize(("answer", "verdict"), FAILURES.values(), ids=FAILURES)
@LOOKS
def test_a_document_that_fails_is_a_diagnosis_of_each_agent(site, look, document, answer, verdict):
    site.answering(**answer, on=document)
    client = site.client(base_url="")
    for agent_id in ("10001", "7"):
        found = look(client, agent_id)
        assert found.verdict is verdict
        assert document in str(found.evidence[0])


@LOOKS
def test_a_document_that_leads_where_no_credentials_may_go_is_a_diagnosis_too(site, look):
    def edit(request, answer):
        if request.target.path != CONFIGURATION:
            return answer
        body = {**json.loads(answer.body), "api_endpoint": "http://api.example"}
        return replace(answer, body=json.dumps(body).encode())

    site.edit = edit
    found = look(site.client(base_url=""))
    assert found.verdict is Verdict.UNEXPECTED
    assert "'http://api.example', which is not https" in found.cause
    assert "CXONE_ISSUER" in found.action


@pytest.mark.parametrize("document", [OPENID, CONFIGURATION])
@pytest.mark.parametrize("agent_id", ["8", "10002"], ids=["unknown here", "hidden here"])
@pytest.mark.parametrize("is_alone", [True, False], ids=["alone", "among others"])
def test_an_environment_that_cannot_be_found_tells_nothing_of_the_agent(site, opened, document, agent_id, is_alone):
    site.world.add_agent("10002")
    site.world.hide("10002")
    there = Site(opened, "acd")
    there.environ["CXONE_ISSUER"] = there.url
    there.answering(status=503, on=document)
    elsewhere = {"there": there.client(base_url="")}
    client = site.client(base_url="")
    if is_alone:
        found = client.diagnose(agent_id, wait=0, elsewhere=elsewhere)
    else:
        found = client.diagnose_many(["10001", agent_id], elsewhere=elsewhere)[agent_id]
    assert found.verdict is {"8": Verdict.UNKNOWN, "10002": Verdict.HIDDEN}[agent_id]
    asked = [str(evidence) for evidence in found.evidence if "in 'there'" in str(evidence)]
    assert len(asked) == 1
    assert asked[0].startswith(f"in 'there': GET {document} -> 503")


def test_a_typed_call_raises_what_failed_instead(site):
    site.answering(status=503, on=CONFIGURATION)
    with pytest.raises(ApiError) as found:
        site.client(base_url="").agent("10001")
    assert found.value.operation == f"GET {CONFIGURATION}"
