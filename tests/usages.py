"""What tests of usage share: answers as requests gives them, and what was read of them."""

import json
from contextlib import contextmanager
from pathlib import Path

import requests

from pytest_cxone.schemas import contract
from pytest_cxone.usage.recorder import Recorder

__all__ = ["HERE", "OPERATION", "STATES", "answer", "noting", "paths", "read_of"]

HERE = Path(__file__).parent
STATES = "https://platform.nicecxone.com/api/v2/agents/states"
OPERATION = "listAgentStates"


def answer(body, url=STATES, status=200):
    """Return an answer to a GET."""
    response = requests.Response()
    response.status_code = status
    response.headers["Content-Type"] = "application/json"
    response.request = requests.Request("GET", url).prepare()
    response._content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return response


@contextmanager
def noting(recorder=None, claims=lambda url: url.startswith("https://platform.nicecxone.com")):
    """Record what is read in the block, as one test's."""
    # Whatever else these tests have loaded.
    with (recorder or Recorder(HERE, modules=())).test(contract("platform-v2"), claims) as notes:
        yield notes


def paths(notes):
    """Return what was read; what was read as a whole ends in "!"."""
    return {reading.path + "!" * reading.is_whole for reading in notes.usage.readings}


def read_of(body, read):
    """Return what a function reads of an answer with this body, `json()` itself aside."""
    with noting() as notes:
        read(answer(body).json())
    return paths(notes) - {"$"}
