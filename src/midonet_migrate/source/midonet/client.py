"""Asking the 1.9 API: login, repetition of what may be repeated, one meaning per kind of failure."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt
from tenacity import wait_random_exponential as random_exponential

from midonet_migrate.errors import AccessDenied, ApiUnreachable, AuthenticationFailed, MigrateError
from midonet_migrate.source.midonet.session import MOST_RENEWALS, Credentials, TokenKeeper, log_in
from midonet_migrate.source.midonet.transport import (
    REPEATED_STATUSES,
    Timeouts,
    Transient,
    Transport,
    body_of,
    error_text,
)


class Gone(Exception):
    """The object asked for, or the parent of the list asked for, does not exist (any more)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"status {status}")
        self.status = status


class ListBroken(Exception):
    """The server cannot produce this one list (500), although its parent is there and other answers work."""

    def __init__(self, final: MigrateError) -> None:
        super().__init__(final.what)
        self.final = final


class MidonetClient:
    """Reads from one 1.9 API server; safe to use from many threads.

    Every ``get`` sends exactly one media type in ``Accept``. Requests that fail by connection errors,
    damaged replies, 429, 500, 502, 503 or 504 are repeated with random, growing pauses (old 6.3); a 401 leads
    to one new login shared by all threads (old 2.2).
    """

    def __init__(self, transport: Transport, credentials: Credentials | None, timeouts: Timeouts) -> None:
        self._transport = transport
        self._credentials = credentials
        self._timeouts = timeouts
        self._tokens = TokenKeeper(self._login)
        self._requests = 0
        self._counting = threading.Lock()
        self._stop = threading.Event()
        self.shown = transport.shown

    @property
    def requests(self) -> int:
        """How many requests were sent so far, logins and repetitions included."""
        return self._requests

    def stop(self) -> None:
        """Make every thread give up instead of repeating requests."""
        self._stop.set()

    def login(self) -> None:
        """Log in. Raises :class:`AuthenticationFailed` or :class:`ApiUnreachable`."""
        self._repeat(lambda: self._tokens.renew(""))

    def get(
        self,
        path: str,
        accept: str,
        *,
        patient: bool = False,
        gone: Callable[[], bool] | None = None,
        item: bool = False,
    ) -> Any:
        """The decoded answer to GET ``path``.

        ``gone`` tells whether the parent has vanished; it is asked whenever the server answers with 404 or
        500, as a missing parent shows in either way (old 1.6). ``item``: a 404 needs no such question. Raises
        :class:`Gone` when the parent has vanished, or at a 404 when ``item`` is set or there is no ``gone``;
        :class:`ListBroken` when the parent is there and the request fails with 500 to the end;
        :class:`ApiUnreachable`, :class:`AuthenticationFailed` or :class:`AccessDenied` otherwise.
        """
        lasting = item or gone is None
        renewals = 0

        def once() -> Any:
            nonlocal renewals
            token = self._tokens.token
            while (response := self._exchange(path, accept, token, patient=patient)).status_code == 401:
                self._check_credentials(response)
                if renewals == MOST_RENEWALS or (renewals and self._tokens.is_hopeless(token)):
                    self._refused(response, path)
                renewals += 1
                token = self._renew(token)
            self._tokens.note(token, response.status_code)
            return self._judge(response, path, gone, lasting)

        return self._repeat(once, broken=gone is not None)

    def _repeat(self, once: Callable[[], Any], *, broken: bool = False) -> Any:
        times = self._timeouts
        attempts = Retrying(
            stop=_StopWhenTold(self._stop, times.attempts),
            wait=random_exponential(multiplier=times.backoff, max=times.backoff_limit),
            retry=retry_if_exception_type(Transient),
            sleep=self._pause,
            reraise=True,
        )
        try:
            return attempts(once)
        except Transient as error:
            if broken and error.status == 500:
                raise ListBroken(error.final) from error
            raise error.final from error

    def _pause(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _exchange(self, path: str, accept: str, token: str, *, patient: bool) -> httpx.Response:
        headers = {"Accept": accept, "X-Auth-Token": token} if token else {"Accept": accept}
        return self._send(path, headers, patient=patient)

    def _send(self, path: str, headers: dict[str, str], *, patient: bool = False) -> httpx.Response:
        with self._counting:
            self._requests += 1
        return self._transport.send(path, headers, patient=patient)

    def _judge(
        self, response: httpx.Response, path: str, gone: Callable[[], bool] | None, lasting: bool
    ) -> Any:
        status = response.status_code
        if status == 200:
            return body_of(response, self.shown, path)
        says = error_text(response)
        if status == 404 and lasting:
            raise Gone(status)
        if status in {404, 500} and gone is not None and gone():
            raise Gone(status)
        if status == 403:
            raise AccessDenied(
                f"the MidoNet API at {self.shown} does not allow GET {path}",
                why=says,
                hint="reading everything needs the admin role: check the user's role in the project, "
                "and auth-admin_role of the API server",
            )
        final = ApiUnreachable(
            f"the MidoNet API at {self.shown} answered GET {path} with status {status}",
            why=says,
            hint=_HINTS.get(status, "is this the API of MidoNet 1.9.8?"),
        )
        if status in REPEATED_STATUSES or status == 404:
            raise Transient(final, status)
        raise final

    def _check_credentials(self, response: httpx.Response) -> None:
        if self._credentials is None:
            raise AuthenticationFailed(
                f"the MidoNet API at {self.shown} wants a login",
                why=error_text(response),
                hint="set user name, password and project, e.g. in the plug-in's configuration file",
            )

    def _refused(self, response: httpx.Response, path: str) -> None:
        """A fresh token was refused: for good, or because Keystone does not answer the server (old 2.2)."""
        says = error_text(response)
        if "WWW-Authenticate" in response.headers:
            raise AuthenticationFailed(
                f"the MidoNet API at {self.shown} refuses the token it has just given (GET {path})",
                why=says,
                hint="check the clocks of API server and Keystone, and the lifetime of tokens",
            )
        raise Transient(
            ApiUnreachable(
                f"the MidoNet API at {self.shown} cannot check tokens (GET {path})",
                why=says,
                hint="see whether Keystone (v2.0, port 35357) answers the API server",
            ),
            401,
        )

    def _renew(self, stale: str) -> str:
        try:
            return self._tokens.renew(stale)
        except AuthenticationFailed as error:
            # It worked before: more likely a hiccup of Keystone than a changed password (old 2.2).
            raise Transient(error, 401) from error

    def _login(self) -> str:
        return log_in(self._send, self.shown, self._credentials) if self._credentials else ""


_HINTS = {
    406: "this release of the API lacks a media type that 1.9.8 serves: upgrade the 1.9 API first",
    500: "look into the API server's log (catalina.out, midonet-api.log)",
    502: "a proxy in front of the API does not reach it",
    503: "the API server does not reach ZooKeeper",
    504: "the API server, or a proxy in front of it, waits in vain for another server",
}


class _StopWhenTold(stop_after_attempt):
    """Stops after some attempts, or at once when another thread has failed."""

    def __init__(self, event: threading.Event, attempts: int) -> None:
        super().__init__(attempts)
        self._event = event

    def __call__(self, retry_state: RetryCallState) -> bool:
        return self._event.is_set() or super().__call__(retry_state)
