"""Where a tenant is: as it is configured, else as the documents of its issuer say, each fetched once."""

import threading
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from pytest_cxone.errors import UnexpectedResponse
from pytest_cxone.model import Call, Grant
from pytest_cxone.options import without_password
from pytest_cxone.settings import Settings, is_loopback, objection_to

__all__ = ["Locator"]

Get = Callable[[Call, str], Any]
"""Sends a call below a URL, without a token, and returns the body of its answer."""


class Locator:
    """Knows where a tenant is; may be shared by clients and threads.

    `hosts` are those that are known by now, and so is `tenant_id`, which a token tells where the settings do not.
    `answering` are the versions of the API whose listing was seen to answer there.
    """

    def __init__(self, settings: Settings) -> None:
        self.hosts = settings.hosts
        self.tenant_id = settings.tenant_id
        self.answering: set[str] = set()
        self._settings = settings
        self._documents: dict[object, Any] = {}
        # Entered again: a document may be asked for while a token is.
        self._lock = threading.RLock()

    @property
    def home(self) -> str:
        """The URL by which the tenant is called: its base URL, before that is known the issuer's."""
        return self.hosts.home

    def find_auth(self, get: Get) -> str:
        """Return the URL of the token request."""
        __tracebackhide__ = True
        with self._lock:
            if not self.hosts.auth_url:
                settings = self._settings
                steps = settings.spoken.find_auth(self.hosts, settings.credentials, self.tenant_id)
                self.hosts = replace(self.hosts, auth_url=self._follow(steps, get))
            return self.hosts.auth_url

    def find_base(self, get: Get, grant: Callable[[], Grant]) -> str:
        """Return the tenant's base URL; a token may be asked for by `grant`, for whose it is."""
        __tracebackhide__ = True
        if self.hosts.base_url:
            return self.hosts.base_url
        # What holds the lock must not wait for a token: whoever fetches that may be waiting for this lock.
        tenant_id = self._tenant_of(grant())
        with self._lock:
            if not self.hosts.base_url:
                steps = self._settings.spoken.find_base(self.hosts, tenant_id)
                self.hosts = replace(self.hosts, base_url=self._follow(steps, get))
                self.tenant_id = tenant_id
            return self.hosts.base_url

    def _tenant_of(self, grant: Grant) -> str:
        """Return whose tenant it is, by the settings and by the token, which must not differ."""
        __tracebackhide__ = True
        told, named = grant.tenant_id, self.tenant_id
        if told and named and told.casefold() != named.casefold():
            objection = (
                f"is for the tenant {told}, and CXONE_TENANT_ID is {named}; "
                "set it to the tenant whose credentials these are"
            )
        elif not told and not named:
            objection = (
                "does not say whose tenant it is for; set CXONE_TENANT_ID, or CXONE_BASE_URL to the tenant's own host"
            )
        else:
            return named or told
        raise UnexpectedResponse(f"POST {self._settings.token_path}", f"the token {objection}")

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
        if objection := objection_to(url) or self._elsewhere(url):
            # Without the answer's status: the document kept the contract, it is where it leads that is not taken.
            raise UnexpectedResponse(
                str(call or self.hosts.issuer), f"the issuer leads to {without_password(url)!r}, which {objection}"
            )
        return url

    def _elsewhere(self, url: str) -> str:
        """Return why a URL is not where this issuer may lead, as the end of a sentence; "" where it may."""
        issuer, host = ((urlsplit(known).hostname or "").rstrip(".") for known in (self.hosts.issuer, url))
        is_vendors = self._settings.spoken.is_vendors
        if is_loopback(url) and not is_loopback(self.hosts.issuer):
            return "is this machine, as no issuer elsewhere can know it"
        if is_vendors(issuer) and not is_vendors(host):
            return "is not in a domain of the vendor's; where that is meant, set CXONE_BASE_URL and CXONE_AUTH_URL"
        return ""
