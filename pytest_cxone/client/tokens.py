"""The access token: fetched when first needed, kept until shortly before it expires, fetched anew when refused."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import requests

from pytest_cxone.client.answers import body_of, error_code, is_json, network_error, quoted
from pytest_cxone.dialects import Dialect
from pytest_cxone.errors import AuthenticationFailed, PermissionDenied, RequestRefused
from pytest_cxone.model import Grant, Hosts, Secret
from pytest_cxone.schemas import contract

__all__ = ["TokenSource"]

_EARLY: Final = 60.0
_REMEMBERED: Final = 16
_CREDENTIAL_ERRORS: Final = frozenset({"invalid_client", "invalid_grant", "unauthorized_client"})


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keep requests from looking for credentials of its own, as in ~/.netrc."""
    return request


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    grant: Grant
    good_until: float


class TokenSource:
    """Gives the current token; may be shared by clients and threads. `clock` gives seconds since the epoch.

    One that does not `insist` asks no more once its credentials were refused: a run of many tests with a wrong
    secret would otherwise lock the API client out.
    """

    def __init__(
        self,
        dialect: Dialect,
        hosts: Hosts,
        client_id: str,
        client_secret: Secret,
        *,
        scopes: Iterable[str],
        clock: Callable[[], float],
        insist: bool = True,
    ) -> None:
        self.scopes = tuple(scopes)
        self._dialect = dialect
        self._hosts = hosts
        self._client_id = client_id
        self._client_secret = client_secret
        self._clock = clock
        self._insists = insist
        self._refusal: AuthenticationFailed | None = None
        self._held: _Held | None = None
        self._given: deque[Secret] = deque(maxlen=_REMEMBERED)
        # Entered again where the token request itself is refused.
        self._lock = threading.RLock()

    def grant(self, session: requests.Session, *, timeout: float) -> Grant:
        """Return the grant in force, fetching one 60 s before the last one ends.

        Raises `AuthenticationFailed` (with `credentials` set) where the client id or secret is refused.
        """
        __tracebackhide__ = True
        with self._lock:
            now = self._clock()
            if self._held is None or now >= self._held.good_until:
                if self._refusal is not None:
                    raise self._refusal.with_traceback(None)
                self._hold(self._fetch(session, timeout), now)
            return self._held.grant  # type: ignore[union-attr]  # just now

    def adopt(self, grant: Grant, *, at: float) -> None:
        """Hold a grant that was fetched elsewhere, `at` so many seconds since the epoch."""
        with self._lock:
            self._hold(grant, at)

    def _hold(self, grant: Grant, at: float) -> None:
        self._given.append(grant.token)
        # A token that lives for less than two minutes is still used for half its life.
        early = min(_EARLY, grant.expires_in / 2)
        self._held = _Held(grant=grant, good_until=at + grant.expires_in - early)

    def forget(self, refused: Secret) -> bool:
        """Let go of a token that the tenant refused, unless another thread has fetched a new one already.

        Returns False for a token that did not come from here: a new one would be no answer to that.
        """
        with self._lock:
            if self._held is not None and self._held.grant.token == refused:
                self._held = None
            return refused in self._given

    def _fetch(self, session: requests.Session, timeout: float) -> Grant:
        __tracebackhide__ = True
        call = self._dialect.token_call(self._client_id, self._client_secret, self.scopes)
        url = self._hosts.auth_url
        try:
            response = session.post(
                url,
                data={
                    name: value.reveal() if isinstance(value, Secret) else value
                    for name, value in (call.form or {}).items()
                },
                auth=_no_auth,
                allow_redirects=False,
                timeout=timeout,
            )
        except requests.RequestException as error:
            # Not chained: the library's frames hold the form, and tracebacks can show locals.
            raise network_error(call, url, error) from None
        except RequestRefused as error:
            # For the same reason without those frames.
            raise error.with_traceback(None) from None
        code = error_code(response) if response.status_code in {400, 401} else None
        if response.status_code == 401 or code in _CREDENTIAL_ERRORS:
            reason = quoted(response, code) if code else "no reason given"
            refusal = AuthenticationFailed(
                str(call),
                f"the tenant refuses the client id or secret ({response.status_code}, {reason}); "
                "check CXONE_CLIENT_ID, CXONE_CLIENT_SECRET and CXONE_REGION",
                credentials=True,
                status=response.status_code,
            )
            refusal.in_json = is_json(response)
            self._refusal = None if self._insists else refusal
            raise refusal
        if code == "invalid_scope":
            raise PermissionDenied(
                str(call),
                f"the tenant does not grant {', '.join(self.scopes) or 'the scopes asked for'} (400, invalid_scope); "
                "add them to the client in CXone's Admin > API > Client Credentials",
                missing_scopes=self.scopes,
                status=400,
            )
        body = body_of(call, response, contract(self._dialect.name), now=self._clock())
        return self._dialect.read_grant(body)
