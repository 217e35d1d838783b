"""How the tests of `acd` ask for what only this API has."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
import requests

from pytest_cxone import Contract, CXoneClient, Settings, Tenant, errors
from pytest_cxone.contract.asking import body_of, granted

__all__ = [
    "access_key",
    "ask",
    "client_of",
    "configuration",
    "document",
    "not_of_a_recording",
    "place",
    "post_json",
    "rows_of",
    "send_json",
    "whole",
]


def place(cxone: CXoneClient, path: str, version: str = "") -> str:
    """Return the path of an operation in a version, the run's unless another is given."""
    return f"/inContactAPI/services/{version or cxone.settings.api_version}{path}"


def ask(cxone: CXoneClient, path: str, version: str = "", /, **params: str | int) -> requests.Response:
    """Ask for an operation, and return its answer, whatever it is."""
    return cxone.http.get(place(cxone, path, version), params=params, allow_redirects=False)


def send_json(cxone: CXoneClient, path: str, body: Mapping[str, Any]) -> requests.Response:
    """Ask for an operation that takes a body."""
    return cxone.http.post(place(cxone, path), json=body, allow_redirects=False)


def rows_of(cxone: CXoneClient, contract: Contract, path: str, key: str, **params: str | int) -> list[dict[str, Any]]:
    """Return the rows under a key of an answer; none where there is nothing to tell."""
    return list((body_of(ask(cxone, path, **params), contract) or {}).get(key, ()))


def whole(read: Callable[[int], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Return the rows of a list that is read 100 at a time, by how many come before; 200 pages end any list."""
    found: list[dict[str, Any]] = []
    for _ in range(200):
        page = read(len(found))
        if not page:
            return found
        if page[0] in found:
            pytest.fail(f"after {len(found)} rows comes one that was there before")
        found += page
    pytest.fail("no page without rows among the first 200")


def not_of_a_recording(tenant: Tenant, what: str) -> None:
    """Leave a test out where the tenant is a recording, in which aliases stand for this."""
    if tenant.evidence == "cassette":
        raise errors.FakeOnly(what, "a recording has none of it, or something that stands for it")


# Before there is a token


def document(settings: Settings, contract: Contract, path: str, **params: str) -> dict[str, Any]:
    """Return a document of the issuer's, which takes no token."""
    answer = requests.get(settings.issuer + path, params=params, timeout=settings.timeout, allow_redirects=False)
    return dict(body_of(answer, contract))


def configuration(settings: Settings, contract: Contract) -> dict[str, Any]:
    """Return where the tenant is reached, as its token's own claim finds it."""
    found = document(
        settings, contract, "/.well-known/cxone-configuration", tenantId=granted(settings, contract).tenant_id
    )
    # Clients put paths behind them, whether they end with a slash or not.
    return {name: value.rstrip("/") if isinstance(value, str) else value for name, value in found.items()}


def post_json(settings: Settings, url: str, body: Mapping[str, Any]) -> requests.Response:
    """Send JSON to where tokens are issued."""
    return requests.post(url, json=body, timeout=settings.timeout, allow_redirects=False)


def access_key(settings: Settings) -> dict[str, str]:
    """Return the body that an access key is sent in."""
    return {"accessKeyId": settings.access_key_id, "accessKeySecret": settings.access_key_secret.reveal()}


def client_of(settings: Settings) -> tuple[str, str]:
    """Return the client's id and secret; a run may have none, since an access key alone gets tokens."""
    if not settings.client_id:
        pytest.skip("this run has an access key alone; set CXONE_CLIENT_ID and CXONE_CLIENT_SECRET too")
    return settings.client_id, settings.client_secret.reveal()
