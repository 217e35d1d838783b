"""A wallboard: who is on the floor, by state. It knows nothing of pytest-cxone; it reads the CXONE_* variables."""

import os
from collections import Counter

import requests


class Unreachable(Exception):
    """The floor cannot be told now. It is not an empty floor."""


def floor():
    """Return how many agents are in each state."""
    with requests.Session() as session:
        grant = ask(
            session.post(
                os.environ["CXONE_AUTH_URL"],
                data={
                    "grant_type": "client_credentials",
                    "client_id": os.environ["CXONE_CLIENT_ID"],
                    "client_secret": os.environ["CXONE_CLIENT_SECRET"],
                },
                timeout=10,
            )
        )
        session.headers["Authorization"] = f"Bearer {grant['access_token']}"
        states = Counter()
        page = 1
        while True:
            url = f"{os.environ['CXONE_BASE_URL']}/api/v2/agents/states"
            rows = ask(session.get(url, params={"page": page, "pageSize": 100}, timeout=10))
            if not rows:
                return states
            states.update(row["state"]["name"] for row in rows)
            page += 1


def ask(response):
    """Return the body of a 200, and take nothing else for one."""
    if response.status_code != 200:
        raise Unreachable(f"CXone answered {response.status_code}")
    return response.json()
