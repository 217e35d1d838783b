"""A served fake under the names of NICE's hosts, for clients that know no others and are not ours to change."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests

from tests.interop.authority import Authority
from tests.interop.proxy import ConnectProxy, leading_to
from tests.tools import environment, served_fake

__all__ = ["Tenant", "under_its_own_names"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """What a client's process needs, and what came of it: `variables` are those that `pytest-cxone serve` printed."""

    variables: Mapping[str, str]
    authority: Authority
    proxy: ConnectProxy
    http: requests.Session

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a client: a proxy and whom to trust, and not a word of this fake's own address."""
        return {**environment(), "HTTPS_PROXY": self.proxy.url, **self.authority.trusted}

    def admin(self, method: str, path: str, body: Any = None) -> Any:
        """Ask the fake's admin API, which has a path such as "agents/12345"."""
        answer = self.http.request(method, f"{self.variables['CXONE_ADMIN_URL']}/{path}", json=body, timeout=30)
        assert answer.ok, answer.text
        return answer.json()

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """What the fake was asked so far and answered, oldest first."""
        return self.admin("GET", "journal")["exchanges"]


@contextmanager
def under_its_own_names(folder: Path, *options: str) -> Iterator[Tenant]:
    """Serve the fake of NICE's published API with these further options until the block ends; put its files in a folder."""
    authority = Authority.founded_in(folder)
    tls = ("--tls-cert", str(authority.certificate), "--tls-key", str(authority.key))
    with served_fake("--dialect", "acd", *tls, *options) as variables, requests.Session() as http:
        http.trust_env = False
        http.verify = str(authority.root)
        with leading_to(urlsplit(variables["CXONE_BASE_URL"]).port) as proxy:
            yield Tenant(variables=variables, authority=authority, proxy=proxy, http=http)
