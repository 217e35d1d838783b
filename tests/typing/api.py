"""The public API as typed code uses it. Checked by `mypy --strict`, never run."""

from collections.abc import Iterable, Mapping
from typing import Any, assert_type

import pytest
import requests

from pytest_cxone import (
    Agent,
    AgentHidden,
    AgentOffline,
    AgentOnline,
    AgentsOnline,
    AgentState,
    AgentUnknown,
    Call,
    Certainty,
    Changes,
    Contract,
    Credentials,
    CXoneClient,
    Diagnoses,
    Diagnosis,
    Dialect,
    Evidence,
    Exchange,
    Grant,
    Listing,
    Look,
    Request,
    Response,
    Scopes,
    ScrubRule,
    Secret,
    Settings,
    Tenant,
    Upgrade,
    Verdict,
    World,
    agent_hidden,
    agent_offline,
    agent_online,
    agent_unknown,
    agents_online,
    cxone_behaviour,
    cxone_fault,
    cxone_region,
    cxone_scopes,
    edited_body,
    errors,
)

pytestmark = [agent_online("1"), pytest.mark.cxone_region("eu")]


@agent_online("12345", state="Break", group="Pause")
@agent_offline("2")
@agent_unknown("3")
@agent_hidden("4")
@agents_online(25)
@cxone_scopes("read:agent", "read:agent:status")
@cxone_region("eu")
@cxone_fault("rate_limit", times=2, retry_after=1)
@cxone_behaviour("states.online-one-row")
def marked(cxone: CXoneClient, times: int = 1) -> float:
    return float(times)


assert_type(marked(CXoneClient(pytest.importorskip("x"))), float)
marked("no client")  # type: ignore[arg-type]


@agent_online("12345")
async def asynchronous(cxone: CXoneClient) -> str:
    return "still a coroutine"


async def awaiting(cxone: CXoneClient) -> None:
    assert_type(await asynchronous(cxone), str)


@agents_online(3)
class TestMarked:
    size = 3

    @cxone_fault("outage", status=503)
    def test_method(self, cxone: CXoneClient) -> None: ...


assert_type(TestMarked().size, int)
assert_type(agent_online("1"), pytest.MarkDecorator)
pytest.param(1, marks=agent_online("1"))

agent_online(12345)  # type: ignore[arg-type]
agent_online("1", team="A")  # type: ignore[call-arg]
agents_online("3")  # type: ignore[arg-type]
cxone_fault("flood")  # type: ignore[arg-type]


def test_client(cxone: CXoneClient) -> None:
    assert_type(cxone.agent_state("1"), AgentState | None)
    assert_type(cxone.agent("1"), Agent)
    assert_type(cxone.online_agents(), Listing)
    assert_type([row.state for row in cxone.online_agents()], list[str])
    assert_type(cxone.diagnose("1"), Diagnosis)
    assert_type(cxone.diagnose("1").verdict, Verdict)
    assert_type(cxone.settings.client_secret, Secret)
    assert_type(cxone.agent("1").team, str | None)
    assert_type(cxone.diagnose_many(["1"]), Diagnoses)
    assert_type(cxone.diagnose_many(["1"], quick=True)["1"], Diagnosis)
    assert_type(cxone.diagnose("1", wait=0).certainty, Certainty)
    assert_type(cxone.diagnose("1").evidence, tuple[Evidence, ...])
    assert_type(cxone.http.get("/api/v2/agents/states"), requests.Response)


def test_tenant(cxone_tenant: Tenant, cxone_agent: str, cxone_server: str, cxone_settings: Settings) -> None:
    assert_type(cxone_tenant.world, World)
    assert_type(cxone_tenant.provide(AgentOnline()), str)
    for state in (AgentOffline("1"), AgentUnknown("1"), AgentHidden("1"), AgentsOnline(3), Scopes(("read:agent",))):
        cxone_tenant.provide(state)
    cxone_tenant.fault("outage", status=502)
    cxone_tenant.clear_faults()
    cxone_tenant.clock.advance(5.0)
    assert_type(cxone_tenant.clock.now(), float)
    assert_type(cxone_tenant.client(), CXoneClient)
    assert_type(cxone_tenant.settings, Settings)
    for exchange in cxone_tenant.journal:
        assert_type(exchange, Exchange)
        assert_type(exchange.request, Request)
        assert_type(exchange.response, Response)
    assert_type(cxone_settings.base_url, str)
    assert_type(cxone_settings.agents, Mapping[str, str])


def test_contract(cxone: CXoneClient, cxone_contract: Contract) -> None:
    cxone_contract.check(cxone.http.get("/api/v2/agents/states"))


def handled(cxone: CXoneClient) -> Any:
    try:
        return cxone.agent("1")
    except errors.AgentNotFound as error:
        assert_type(error.agent_id, str)
    except errors.RateLimited as error:
        assert_type(error.retry_after, float | None)
    except errors.ContractViolation as error:
        assert_type([one.path for one in error.violations], list[str])
    except errors.ApiError as error:
        assert_type(error.status, int | None)


def pytest_cxone_scrub_rules(config: pytest.Config) -> Iterable[ScrubRule]:
    return [ScrubRule(kind="name", key="supervisor"), ScrubRule(kind="id", pattern=r"EMP-\d+")]


def pytest_cxone_upgrades(config: pytest.Config, dialect: str) -> Iterable[Upgrade]:
    return [
        Upgrade(
            id="badges-removed",
            summary="profiles have no badge",
            operation="getAgent",
            change=edited_body(lambda body: {name: value for name, value in body.items() if name != "badge"}),
        ),
        Upgrade(id="shut", summary="nothing answers", change=lambda request, forward, world: Response(status=503)),
        Upgrade(id="named", summary="a 404 says whom", change=edited_body(lambda body: {**body, "id": 1}, status=404)),
    ]


def speaking(cxone: CXoneClient, settings: Settings) -> Call:
    assert_type(cxone.dialect, Dialect)
    assert_type(settings.credentials, Credentials)
    call = cxone.dialect.token_call(Credentials(access_key_id="1", access_key_secret=Secret("2")), ())
    assert_type(cxone.send(call), requests.Response)
    assert_type(cxone.dialect.read_grant({}), Grant)
    assert_type(cxone.look("1"), Look)
    assert_type(cxone.agents(["1"]), dict[str, Agent])
    return call


def following(cxone: CXoneClient) -> Mapping[str, AgentState]:
    changes = cxone.changes(every=1)
    assert_type(changes, Changes)
    for changed in changes:
        assert_type(changed, tuple[AgentState, ...])
    return changes.floor
