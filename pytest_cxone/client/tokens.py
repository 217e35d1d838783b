"""The access token: fetched when first needed, kept until shortly before it expires, fetched anew when refused."""

import base64
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

import requests

from pytest_cxone.client.answers import body_of, error_code, is_json, network_error
from pytest_cxone.client.locating import Locator
from pytest_cxone.dialects import Dialect
from pytest_cxone.errors import ApiError, AuthenticationFailed, PermissionDenied, RequestRefused
from pytest_cxone.model import Call, Credentials, Grant, Secret
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
    refresh_until: float


class TokenSource:
    """Gives the current token; may be shared by clients and threads. `clock` gives seconds since the epoch.

    One that does not `insist` asks no more once its credentials were refused: a run of many tests with a wrong
    secret would otherwise lock the API client out.
    """

    def __init__(
        self,
        dialect: Dialect,
        locator: Locator,
        credentials: Credentials,
        *,
        scopes: Iterable[str],
        clock: Callable[[], float],
        insist: bool = True,
    ) -> None:
        self.scopes = tuple(scopes)
        self._dialect = dialect
        self._locator = locator
        self._credentials = credentials
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
                self._hold(self._refreshed(session, timeout, now) or self._fetch(session, timeout), now)
            return self._held.grant  # type: ignore[union-attr]  # just now

    def adopt(self, grant: Grant, *, at: float) -> None:
        """Hold a grant that was fetched elsewhere, `at` so many seconds since the epoch."""
        with self._lock:
            self._hold(grant, at)

    def _hold(self, grant: Grant, at: float) -> None:
        self._given.append(grant.token)
        # A token that lives for less than two minutes is still used for half its life.
        early = min(_EARLY, grant.expires_in / 2)
        late = at + grant.refresh_expires_in - _EARLY if grant.refresh_token else 0.0
        self._held = _Held(grant=grant, good_until=at + grant.expires_in - early, refresh_until=late)

    def forget(self, refused: Secret) -> bool:
        """Let go of a token that the tenant refused, unless another thread has fetched a new one already.

        Returns False for a token that did not come from here: a new one would be no answer to that.
        """
        with self._lock:
            if self._held is not None and self._held.grant.token == refused:
                self._held = None
            return refused in self._given

    def _refreshed(self, session: requests.Session, timeout: float, now: float) -> Grant | None:
        """Return a grant for the refresh token of the last one; None where there is none, or it is not taken."""
        held = self._held
        call = self._dialect.refresh_call(self._credentials, held.grant) if held and now < held.refresh_until else None
        if call is None:
            return None
        try:
            # A grant that was fetched elsewhere came without the place where it was.
            auth_url = self._find_auth(session, timeout)
            body = self._body_of(call, self._send(call, self._beside(auth_url, call), session, timeout))
        except (ApiError, RequestRefused):
            # What the credentials bring tells more than why this failed.
            return None
        return self._dialect.read_grant(body)

    def _find_auth(self, session: requests.Session, timeout: float) -> str:
        __tracebackhide__ = True
        return self._locator.find_auth(lambda call, start: self.get(call, start, session, timeout))

    def _beside(self, auth_url: str, call: Call) -> str:
        """Return the URL of another request at the place where tokens are issued."""
        token_path = self._dialect.token_path(self._credentials)
        return auth_url if call.path == token_path else self._locator.hosts.auth_root(token_path) + call.path

    def _fetch(self, session: requests.Session, timeout: float) -> Grant:
        __tracebackhide__ = True
        url = self._find_auth(session, timeout)
        call = self._dialect.token_call(self._credentials, self.scopes)
        response = self._send(call, url, session, timeout)
        advice = self._dialect.advice
        code = error_code(response) if response.status_code in {400, 401} else None
        if response.status_code == 401 or code in _CREDENTIAL_ERRORS:
            reason = code or "no reason given"
            refusal = AuthenticationFailed(
                str(call),
                f"the tenant refuses the {advice.credentials} ({response.status_code}, {reason}); "
                f"check {advice.variables}, and {advice.place}",
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
                f"{advice.grant_it.format(it='them')}",
                missing_scopes=self.scopes,
                status=400,
            )
        return self._dialect.read_grant(self._body_of(call, response))

    def get(self, call: Call, start: str, session: requests.Session, timeout: float) -> Any:
        """Return the body of the answer to a call below a URL, which is sent without a token."""
        __tracebackhide__ = True
        return self._body_of(call, self._send(call, start + call.path, session, timeout))

    def _body_of(self, call: Call, response: requests.Response) -> Any:
        __tracebackhide__ = True
        return body_of(call, response, contract(self._dialect.name), self._dialect.advice, now=self._clock())

    def _send(self, call: Call, url: str, session: requests.Session, timeout: float) -> requests.Response:
        __tracebackhide__ = True
        try:
            return session.request(
                call.method,
                url,
                params=call.params,
                data=call.sent_form,
                json=call.sent_json,
                headers=_basic(call),
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


def _basic(call: Call) -> dict[str, str]:
    """Return HTTP Basic credentials as live clients send them: not url-encoded first, as RFC 6749, 2.3.1 would."""
    if call.basic is None:
        return {}
    name, password = call.basic
    pair = f"{name}:{password.reveal()}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
