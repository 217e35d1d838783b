"""A fake tenant with somebody in each state, which is asked for all that its API has. Its clock stands still."""

import json
import re
from base64 import b64encode
from urllib.parse import urlencode

from pytest_cxone.dialects import DIALECTS
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.model import Credentials, Exchange, Headers, Request, Secret
from pytest_cxone.schemas import contract

__all__ = ["NOW", "Populated", "exchanges"]

NOW = 1_700_000_000.0
_KEYS = {"access_key_id": "key", "access_key_secret": "key-secret"}
_QUERIES = (
    "",
    "?agentId=1&page=1&pageSize=2",
    "?top=2&skip=0&updatedSince=1970-01-01&searchString=a&isActive=true",
    "?isDeleted=false&startDate=2023-01-01&endDate=2024-01-01&state=Available",
    "?pageSize=none&top=none",
)


class Populated:
    """A fake tenant, under an upgrade if it is given one, and a client of it."""

    def __init__(self, dialect, *changes):
        self.dialect = DIALECTS[dialect]
        self.region, self.hosts = next(iter(self.dialect.regions.items()))
        self.fake = Fake(dialect, clock=Clock(lambda: NOW), changes=changes)
        self.world = self.fake.world(self.region)
        client = self.world.add_client("id", "secret", scopes=["all", *self.dialect.scopes], **_KEYS)
        for agent_id, state in {"1": "Available", "2": "Lunch", "3": "Dialer"}.items():
            self.world.log_in(agent_id, state=state)
        self.world.log_out("4")
        self.world.hide("5")
        self.token = self.world.issue_token(client, client.scopes).value

    def send(self, method, url, *, token="", accept="application/json", kind="application/json", body=b""):
        headers = {"Accept": accept, "Content-Type": kind}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return self.answer(Request(method=method, url=url, headers=Headers(headers), body=body))

    def get(self, call, *, token=None):
        url = f"{self.hosts.base_url}{call.path}?{urlencode(call.params)}"
        return self.send("GET", url, token=self.token if token is None else token)

    def answer(self, request):
        return self.fake.answer(request, self.region).response


def exchanges(dialect):
    """Return what all operations of an API answer: to those who may ask and to those who may not."""
    tenant = Populated(dialect)
    base = tenant.hosts.base_url or "https://api-na1.niceincontact.com"
    asked = [*_tokens(tenant, base)]
    for operation in contract(dialect).operations:
        there = operation.template.replace("{version}", "v31.0").replace("{teamId}", "101").replace("{skillId}", "4001")
        for agent_id, query in [*(("1", query) for query in _QUERIES), ("404404", "")]:
            url = f"{base}{re.sub(r'[{]agentId[}]', agent_id, there)}{query}"
            for token in (tenant.token, "unknown"):
                headers = Headers({"Accept": "application/json", "Authorization": f"Bearer {token}"})
                asked.append(Request(method=operation.method, url=url, headers=headers))
    return [Exchange(request=request, response=tenant.answer(request)) for request in asked]


def _tokens(tenant, base):
    """Yield what asks for tokens, with good credentials and bad ones."""
    for secret in ("secret", "wrong"):
        client = {"client_id": "id", "client_secret": Secret(secret)}
        key = {"access_key_id": "key", "access_key_secret": Secret(f"key-{secret}")}
        for given in ({**client, **key}, key if tenant.fake.api.has_access_keys else client):
            call = tenant.dialect.token_call(Credentials(**given), tenant.dialect.scopes)
            form = call.sent_form
            body = urlencode(form) if form is not None else json.dumps(call.sent_json)
            headers = {"Content-Type": "application/json" if form is None else "application/x-www-form-urlencoded"}
            if call.basic:
                pair = f"{call.basic[0]}:{call.basic[1].reveal()}"
                headers["Authorization"] = f"Basic {b64encode(pair.encode()).decode()}"
            yield Request(method=call.method, url=base + call.path, headers=Headers(headers), body=body.encode())
