"""What tests of the fake's acd share: a fake tenant whose time stands still, a client of it, and short ways to ask."""

import json
from urllib.parse import urlencode

from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Request

__all__ = ["KEY", "START", "Asking", "body", "ids"]

START = 1_700_000_000.0  # 2023-11-14T22:13:20Z
KEY = {"accessKeyId": "key====", "accessKeySecret": "key-secret===="}


class Asking:
    """Asks one region of a fake tenant without any HTTP."""

    def __init__(self, *, world=None, region="global", origin="https://fake.test", **options):
        self.time = START
        self.fake = Fake(
            "acd",
            clock=Clock(lambda: self.time),
            new_world=lambda clock: World(clock=clock, **(world or {})),
            **options,
        )
        self.region = region
        self.origin = origin
        self.world = self.fake.world(region)
        self.client = self.world.add_client(
            "id", "secret", scopes=["all"], access_key_id=KEY["accessKeyId"], access_key_secret=KEY["accessKeySecret"]
        )
        self.token = self.world.issue_token(self.client, self.client.scopes).value

    def __call__(self, method, url, *, headers=(), body=b""):
        """Send a request as it is; a path goes to the origin."""
        url = url if "://" in url else f"{self.origin}{url}"
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        request = Request(method=method, url=url, headers=Headers(headers), body=content)
        return self.fake.answer(request, self.region).response

    def api(self, path, method="GET", *, version=31, body=b"", token=None, accept="application/json", **query):
        """Ask an operation of the API, with a token."""
        headers = {"Authorization": f"Bearer {token or self.token}", "Content-Type": "application/json"}
        if accept is not None:
            headers["Accept"] = accept
        url = f"/inContactAPI/services/v{version}.0{path}" + (f"?{urlencode(query)}" if query else "")
        return self(method, url, headers=headers, body=body)

    def states(self, **query):
        return self.api("/agents/states", **query)

    def with_json(self, path, content):
        return self("POST", path, headers={"Content-Type": "application/json"}, body=content)

    def with_form(self, form, **headers):
        fields = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        return self(
            "POST", "/auth/token", headers=fields, body=form if isinstance(form, bytes) else urlencode(form).encode()
        )


def body(response):
    assert response.status == 200, response.body
    return json.loads(response.body)


def ids(response, key="agentStates"):
    return [row["agentId"] for row in body(response)[key]]
