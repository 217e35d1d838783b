"""Where a tenant is: as it is configured, else as the documents of its issuer say, each fetched once."""

import re
import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from pytest_cxone.errors import UnexpectedResponse
from pytest_cxone.model import Call, Grant
from pytest_cxone.settings import OPTIONS, Settings, is_loopback

__all__ = ["Locator"]

Get = Callable[[Call, str], Any]
"""Sends a call below a URL, without a token, and returns the body of its answer."""

_URL: Final = next(option.kind for option in OPTIONS if option.name == "base_url")
"""What a URL must be that a tenant is reached by, whoever tells it."""


class Locator:
    """Knows a tenant's hosts; may be shared by clients and threads. `hosts` are those that are known by now."""

    def __init__(self, settings: Settings) -> None:
        self.hosts = settings.hosts
        self._settings = settings
        self._documents: dict[object, Any] = {}
        # Entered again: a document may be asked for while a token is.
        self._lock = threading.RLock()

    @property
    def home(self) -> str:
        """The URL by which the tenant is called: its base URL, before that is known the issuer's."""
        return self.hosts.base_url or self.hosts.issuer

    def find_auth(self, get: Get) -> str:
        """Return the URL of the token request."""
        __tracebackhide__ = True
        with self._lock:
            if not self.hosts.auth_url:
                settings = self._settings
                steps = settings.spoken.find_auth(self.hosts, settings.credentials, settings.tenant_id)
                self.hosts = replace(self.hosts, auth_url=self._follow(steps, get))
            return self.hosts.auth_url

    def find_base(self, get: Get, grant: Callable[[], Grant]) -> str:
        """Return the tenant's base URL; a token may be asked for by `grant`, for whose it is."""
        __tracebackhide__ = True
        # What holds the lock must not wait for a token: whoever fetches that may be waiting for this lock.
        tenant_id = self._settings.tenant_id or ("" if self.hosts.base_url else grant().tenant_id)
        with self._lock:
            if not self.hosts.base_url:
                if not tenant_id:
                    raise UnexpectedResponse(
                        f"POST {self._settings.token_path}",
                        "the token does not say whose tenant it is for; set CXONE_TENANT_ID, or CXONE_BASE_URL to the "
                        "tenant's own host",
                    )
                steps = self._settings.spoken.find_base(self.hosts, tenant_id)
                self.hosts = replace(self.hosts, base_url=self._follow(steps, get))
            return self.hosts.base_url

    def _follow(self, steps: Generator[Call, Any, str], get: Get) -> str:
        __tracebackhide__ = True
        call: Call | None = None
        body: Any = None
        try:
            while True:
                call = steps.send(body)
                key = call.path, *call.params.items()
                if key not in self._documents:
                    self._documents[key] = get(call, self.hosts.issuer)
                body = self._documents[key]
        except StopIteration as end:
            url = str(end.value)
        objection = _objection(url)
        if objection:
            # What stands before an @ may be a password.
            shown = re.sub(r"//[^/]*@", "//***@", url)
            raise UnexpectedResponse(
                str(call or self.hosts.issuer), f"the issuer leads to {shown!r}, which is not {objection}", status=200
            )
        return url


def _objection(url: str) -> str:
    """Return what a URL is not, in words, though it leads to a tenant; "" where it may."""
    try:
        _URL.read(url)
    except ValueError:
        return _URL.words
    if urlsplit(url).scheme != "https" and not is_loopback(url):
        return "https: credentials would travel in clear"
    return ""
