"""What tests of the client share: a fake tenant over real HTTP in which nothing ever waits."""

import json
from collections import Counter
from itertools import count

from pytest_cxone.client import CXoneClient
from pytest_cxone.fake.clock import Clock
from pytest_cxone.fake.engine import Fake
from pytest_cxone.fake.world import World
from pytest_cxone.model import Headers, Response
from pytest_cxone.server import serving
from pytest_cxone.settings import resolve

__all__ = ["ACCESS_SECRET", "ACD", "SCOPES", "SECRET", "START", "STATES", "TOKEN", "Site", "Time", "profile_of"]

SECRET = "secret-hidden-text"
ACCESS_SECRET = "key-that-nobody-sees===="
TOKEN = "token-hidden-text-"
START = 1_700_000_000.0
STATES = "/api/v2/agents/states"
ACD = "/inContactAPI/services/v31.0"
SCOPES = ("read:agent", "read:agent:status")


def profile_of(agent_id):
    """Return the path of an agent's profile."""
    return f"/api/v2/agents/{agent_id}"


class Time:
    """A clock that only sleeping moves."""

    def __init__(self):
        self.at = 1_000.0
        self.slept = []

    def now(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds


class Site:
    """A fake tenant over HTTP whose time stands still, its clients, and what they slept.

    Its API client acts for a user with an access key; `flow` says with which of the two a dialect's clients log in.
    """

    def __init__(self, opened, dialect="platform-v2", *, flow="both"):
        numbers = count(1)
        self.fake = Fake(
            dialect,
            clock=Clock(lambda: START),
            new_world=lambda clock: World(clock=clock, new_token=lambda: f"{TOKEN}{next(numbers)}"),
            changes=[self._change],
            journal_length=100_000,
        )
        self.region = self.fake.api.regions[0]
        self.world = self.fake.world(self.region)
        self.world.add_client("me", SECRET, scopes=SCOPES, access_key_id="key====", access_key_secret=ACCESS_SECRET)
        self.environ = {"CXONE_DIALECT": dialect, "CXONE_CLIENT_ID": "me", "CXONE_CLIENT_SECRET": SECRET}
        if dialect != "platform-v2":
            key = {"CXONE_ACCESS_KEY_ID": "key====", "CXONE_ACCESS_KEY_SECRET": ACCESS_SECRET}
            self.environ = {"CXONE_DIALECT": dialect, **key} if flow == "key" else {**self.environ, **key}
        self.reread = None
        self.instead = None
        self.edit = None
        self.slept = []
        self._opened = opened
        self.url = self.serve()

    def serve(self):
        """Serve the fake at one more address, and return that."""
        return self._opened.enter_context(serving(self.fake, self.region)).url

    def _change(self, request, forward, world):
        request = self.reread(request) if self.reread else request
        answer = self.instead(request) if self.instead else None
        answer = forward(request) if answer is None else answer
        return self.edit(request, answer) if self.edit else answer

    def settings(self, **command_line):
        return resolve({"base_url": self.url, "mode": "live", **command_line}, self.environ, {})

    def client(self, settings=None, *, at_once=1, **command_line):
        settings = settings or self.settings(**command_line)
        client = CXoneClient(settings, clock=self.fake.clock.now, sleep=self.sleep, at_once=at_once)
        return self._opened.enter_context(client)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.fake.clock.advance(seconds)

    def online(self, number, first=10_001):
        ids = [str(first + place) for place in range(number)]
        for agent_id in ids:
            self.world.log_in(agent_id)
        return ids

    def answering(self, body=b"", *, status=200, on=STATES, times=None, **headers):
        """Answer requests for a path with this from now on."""
        fields = Headers({"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}})
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        left = count()

        def instead(request):
            if on in request.target.path and (times is None or next(left) < times):
                return Response(status=status, headers=fields, body=raw)
            return None

        self.instead = instead

    @property
    def asked(self):
        """The paths of the requests so far, with their counts."""
        return Counter(exchange.request.target.path for exchange in self.fake.journal)

    @property
    def statuses(self):
        return [exchange.response.status for exchange in self.fake.journal]

    @property
    def tokens_asked(self):
        return self.asked["/oauth/token"]
