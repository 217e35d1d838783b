"""The fixtures. What they do stands in `trial` and on the floors below."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from pytest_cxone.errors import ConfigurationError
from pytest_cxone.markers import marks_of
from pytest_cxone.trial import (
    DIAGNOSES,
    FAILED,
    MARKS,
    PASSED,
    RUN,
    TENANT,
    UNMET,
    diagnose,
    evidence_of,
    fail_for_unheard,
    leading_to,
    missed_states,
    provide,
    tenant_for,
)
from pytest_cxone.watching import begin, reading, watching

if TYPE_CHECKING:
    from pytest_cxone.client import CXoneClient
    from pytest_cxone.schemas import Contract
    from pytest_cxone.settings import Settings
    from pytest_cxone.tenants import Tenant

__all__ = [
    "cxone",
    "cxone_agent",
    "cxone_api_version",
    "cxone_contract",
    "cxone_observe",
    "cxone_server",
    "cxone_settings",
    "cxone_tenant",
]


@pytest.fixture
def cxone_api_version(request: pytest.FixtureRequest) -> str:
    """The version of the API that this test asks for."""
    version: str = getattr(request, "param", "") or request.config.stash[RUN].settings.api_version
    return version


@pytest.fixture
def cxone_tenant(request: pytest.FixtureRequest, cxone_api_version: str) -> "Iterator[Tenant]":
    """The tenant of this test, in the states that its markers declare: arranged on a fake, checked live.

    Meanwhile the `CXONE_*` variables of the environment lead code under test to it.
    """
    item, run = request.node, request.config.stash[RUN]
    # A test may be run again.
    item.stash[PASSED], item.stash[FAILED], item.stash[UNMET], item.stash[DIAGNOSES] = False, False, None, []
    item.user_properties[:] = [told for told in item.user_properties if not told[0].startswith("cxone_")]
    try:
        marks = item.stash[MARKS] = marks_of(item)
    except ConfigurationError as error:
        pytest.fail(str(error), pytrace=False)
    begin(run, item, cxone_api_version)
    tenant = tenant_for(run, item, marks, cxone_api_version)
    with evidence_of(run, item, tenant), tenant:
        try:
            provide(item, tenant, marks)
        except (Exception, pytest.fail.Exception, pytest.skip.Exception):
            # The tenant is gone when the report is made.
            diagnose(item, tenant, missed_states(item))
            raise
        if "cxone_server" in request.fixturenames:
            tenant.serve()
        item.stash[TENANT] = tenant
        with watching(run, item, tenant), reading(run, item, tenant), leading_to(tenant):
            yield tenant
        del item.stash[TENANT]
        fail_for_unheard(item, tenant)


@pytest.fixture
def cxone(cxone_tenant: "Tenant") -> "Iterator[CXoneClient]":
    """An authenticated client of the test's tenant; `cxone.http` is the raw session."""
    with cxone_tenant.client() as client:
        yield client


@pytest.fixture
def cxone_agent(request: pytest.FixtureRequest, cxone_tenant: "Tenant") -> str:
    """The id, on this run's tenant, of the agent that the closest marker names; else TARGET_AGENT_ID's."""
    for mark in reversed(request.node.stash.get(MARKS, [])):
        agent_id = getattr(mark, "agent_id", None)
        if agent_id is not None:
            return cxone_tenant.settings.agent_id(agent_id)
    if cxone_tenant.settings.target_agent_id:
        return cxone_tenant.settings.target_agent_id
    pytest.fail('cxone_agent needs a marker such as @agent_online("12345"), or TARGET_AGENT_ID', pytrace=False)


@pytest.fixture
def cxone_server(cxone_tenant: "Tenant") -> Iterator[str]:
    """The URL at which the tenant answers over real HTTP: for httpx, aiohttp, Node, anything."""
    url = cxone_tenant.serve()
    with leading_to(cxone_tenant):
        yield url


@pytest.fixture
def cxone_settings(cxone_tenant: "Tenant") -> "Settings":
    """How to reach the test's tenant, and with which credentials, as far as the dialect has them.

    `dialect`, `api_version`, `region`, `base_url`, `auth_url`, `issuer` and `tenant_id`; `client_id` and
    `client_secret`, `access_key_id` and `access_key_secret`.
    """
    return cxone_tenant.settings


@pytest.fixture
def cxone_contract(cxone_tenant: "Tenant") -> "Contract":
    """The API's contract: `cxone_contract.check(response)` passes, or says what breaks it."""
    from pytest_cxone.schemas import contract

    settings = cxone_tenant.settings
    return contract(settings.dialect).at(settings.hosts, token_path=settings.token_path)


@pytest.fixture
def cxone_observe(request: pytest.FixtureRequest, cxone_contract: "Contract") -> "Callable[[str, str], None]":
    """Note how the tenant answers a question that the contract leaves open: `cxone_observe("unknown-agent", "404")`."""
    from pytest_cxone.ledger import OBSERVED

    def observe(question: str, answer: str) -> None:
        if question not in cxone_contract.open_questions:
            known = ", ".join(cxone_contract.open_questions) or "none"
            raise LookupError(f"the contract leaves no question {question!r} open; it has {known}")
        request.node.user_properties.append((OBSERVED, f"{question}: {answer}"))

    return observe
