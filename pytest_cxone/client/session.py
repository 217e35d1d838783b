"""A `requests.Session` for one tenant: relative paths, the bearer token, a timeout, and manners.

It sends whatever it is asked to and interprets nothing beyond that: 401 is tried once more with a new token,
`Retry-After` is honoured, and any other answer is given back as it came.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import urlsplit

import requests
from requests.auth import AuthBase

from pytest_cxone.client.answers import retry_after
from pytest_cxone.client.locating import Locator
from pytest_cxone.client.pace import Pace
from pytest_cxone.client.tokens import TokenSource
from pytest_cxone.model import Call, Grant, Hosts, Secret
from pytest_cxone.settings import is_loopback

__all__ = ["LONGEST_WAIT", "TenantSession"]

LONGEST_WAIT: Final = 60.0
"""Seconds for which a request is sent again in all, unless told otherwise."""

_ATTEMPTS: Final = 4


class _Bearer(AuthBase):
    """Adds the current token to requests for the tenant, and to no others."""

    def __init__(self, session: "TenantSession") -> None:
        self._session = session

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._session.locator.hosts.is_api(request.url or ""):
            grant = self._session.tokens.grant(self._session, timeout=self._session.timeout)
            request.headers["Authorization"] = f"Bearer {grant.token.reveal()}"
        return request


class TenantSession(requests.Session):
    """Takes paths relative to the tenant, as in `session.get("/api/v2/agents/states")`.

    `timeout` is in seconds and holds for each request without its own. `clock` and `sleep` are in seconds.
    A `direct` session uses no proxy, whatever the environment says; nor does any for a loopback host.
    `pace` is shared by whatever asks the tenant at the same time; `longest_wait` is in seconds.
    """

    def __init__(
        self,
        locator: Locator,
        tokens: TokenSource,
        *,
        timeout: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        direct: bool = False,
        pace: Pace | None = None,
        longest_wait: float = LONGEST_WAIT,
    ) -> None:
        super().__init__()
        self.locator = locator
        self.tokens = tokens
        self.timeout = timeout
        self._clock = clock
        self._sleep = sleep
        self._pace = pace
        self._longest_wait = longest_wait
        self.auth = _Bearer(self)
        self.headers["Accept"] = "application/json"
        self.trust_env = False
        self._surroundings = None if direct else requests.Session()
        self._around: dict[str, Mapping[str, Any]] = {}

    def find_base(self) -> str:
        """Return the tenant's base URL, which may have to be discovered."""
        __tracebackhide__ = True
        return self.locator.find_base(self._document, self._grant)

    def locate(self) -> Hosts:
        """Return the tenant's hosts, all of them, which may have to be discovered."""
        __tracebackhide__ = True
        self.find_base()
        self.locator.find_auth(self._document)
        return self.locator.hosts

    def _document(self, call: Call, start: str) -> Any:
        __tracebackhide__ = True
        return self.tokens.get(call, start, self, self.timeout)

    def _grant(self) -> Grant:
        __tracebackhide__ = True
        return self.tokens.grant(self, timeout=self.timeout)

    def request(self, method: str | bytes, url: str | bytes, *args: Any, **kwargs: Any) -> requests.Response:
        """Send a request and return its answer, whatever it is.

        A 401 to the session's own token is sent once more with a new one; a 429 or 503 that comes with `Retry-After`,
        and a 429 without, are sent again after the wait, up to `longest_wait` seconds and three times in all.
        """
        __tracebackhide__ = True
        address = url.decode() if isinstance(url, bytes) else url
        if address.startswith("/"):
            address = self.find_base() + address
        kwargs.setdefault("timeout", self.timeout)
        renewed = False
        waited = 0.0
        for attempt in range(1, _ATTEMPTS + 1):
            turn = self._pace.wait() if self._pace is not None else 0
            response = super().request(method, address, *args, **kwargs)
            if response.status_code == 401 and not renewed and self._forget_token(response):
                renewed = True
                response.close()
                continue
            wait = self._wait_asked(response, attempt)
            if wait is None or attempt == _ATTEMPTS or waited + wait > self._longest_wait:
                return response
            response.close()
            if self._pace is None:
                self._sleep(wait)
            else:
                self._pace.hold(wait, turn)
            waited += wait
        return response

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return where an answer leads to; None for what is no URL: requests reads it even where it does not follow."""
        try:
            target = super().get_redirect_target(resp)
            urlsplit(target or "")
        except ValueError:
            return None
        return target

    def _forget_token(self, response: requests.Response) -> bool:
        scheme, _, sent = response.request.headers.get("Authorization", "").partition(" ")
        return scheme == "Bearer" and self.tokens.forget(Secret(sent))

    def _wait_asked(self, response: requests.Response, attempt: int) -> float | None:
        if response.status_code not in {429, 503}:
            return None
        asked = retry_after(response, self._clock())
        if asked is None and response.status_code == 429:
            return float(2 ** (attempt - 1))
        return asked

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Read the environment's proxies and certificates for a URL's host, once; none for a loopback host."""
        merged = super().merge_environment_settings(url, proxies, stream, verify, cert)
        parts = urlsplit(url)
        if self._surroundings is None or is_loopback(url):
            return merged
        origin = f"{parts.scheme}://{parts.netloc}"
        if origin not in self._around:
            self._around[origin] = self._surroundings.merge_environment_settings(origin, {}, None, None, None)
        around = self._around[origin]
        merged["proxies"] = {**around["proxies"], **merged["proxies"]}
        if merged["verify"] is True:
            merged["verify"] = around["verify"]
        return merged
