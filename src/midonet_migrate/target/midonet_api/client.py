"""A client of the 5.x REST API: login, exact media types, and no guess about what a write did (new 1, 8)."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable
from itertools import count
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx
import msgspec
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt
from tenacity import wait_random_exponential as random_exponential

from midonet_migrate.errors import (
    AccessDenied,
    ApiUnreachable,
    AuthenticationFailed,
    Bug,
    MigrateError,
    Recovery,
)
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.midonet.session import MOST_RENEWALS, Credentials, TokenKeeper, log_in
from midonet_migrate.source.midonet.transport import (
    REPEATED_STATUSES,
    Timeouts,
    Transient,
    Transport,
    body_of,
    error_text,
)
from midonet_migrate.target.midonet_api.answer import Answer, answer_of

APPLICATION = "application/vnd.org.midonet.Application-v5+json"
_FOUND, _UNAUTHORISED, _FORBIDDEN, _MISSING, _BROKEN = 200, 401, 403, 404, 500
T = TypeVar("T")


class LostAnswer(Exception):
    """A write was sent, or may have been, and nobody said what became of it: read back before anything else.

    ``final`` is what to raise when it cannot be found out.
    """

    def __init__(self, final: MigrateError) -> None:
        super().__init__(final.what)
        self.final = final


class Unreadable(Exception):
    """The server cannot show this one object or list (500), although it answers (new 1.11)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class MidonetApi:
    """One 5.x API; safe to use from many threads, each with a connection of its own.

    Requests carry exactly one media type (new 1.4). Reads are repeated where that may help; writes are sent
    once per call. A 401 leads to a new login, shared by all threads, and a repetition, unless a new token was
    never taken: the server checks the token before it does anything. Connections idle for less than the
    server's 30 s (new 1.11).
    """

    def __init__(
        self,
        base_url: str,
        credentials: Credentials | None,
        *,
        timeouts: Timeouts | None = None,
        verify: ssl.SSLContext | bool = True,
        mount: httpx.BaseTransport | None = None,
    ) -> None:
        """``mount`` replaces the network (tests). Raises ``ApiUnreachable`` for what is no http(s) URL."""
        self._timeouts = timeouts or Timeouts()
        self._transport = Transport(
            base_url, self._timeouts, verify=verify, mount=mount, server="midonet-cluster"
        )
        self._credentials = credentials
        self._tokens = TokenKeeper(self._login)
        self._counting = threading.Lock()
        self._stop = threading.Event()
        self.reads = 0
        """GETs sent so far, repetitions included."""
        self.writes = 0
        """Writes sent so far."""
        self.shown = self._transport.shown

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections; call when no thread uses them any more."""
        self._transport.close()

    def stop(self) -> None:
        """Make every thread give up instead of waiting and repeating."""
        self._stop.set()

    @property
    def stopped(self) -> bool:
        """Whether :meth:`stop` was called."""
        return self._stop.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait; ``False`` when it was cut short because another thread called :meth:`stop`."""
        return not self._stop.wait(seconds)

    def login(self) -> None:
        """Log in, if there are credentials. Raises ``AuthenticationFailed`` or ``ApiUnreachable``."""
        self._repeat(lambda: self._tokens.renew(self._tokens.token))

    def application(self) -> JsonObject:
        """The root document (new 1.2). Raises ``ApiUnreachable`` when it is not that of a 5.x API."""
        found = self.get("/", APPLICATION)
        if not isinstance(found, dict) or not str(found.get("version", "")).startswith("v5"):
            shown = found.get("version") if isinstance(found, dict) else None
            raise ApiUnreachable(
                f"{self.shown} is not the API of MidoNet 5",
                why=f"its version is {shown!r}",
                hint="give the URL of the new cluster's API: --target-api http://HOST:8181/midonet-api",
            )
        return found

    def get(self, path: str, accept: str, *, patient: bool = False) -> Any:
        """The decoded answer to GET ``path``; ``None`` when there is no such thing (404).

        Raises :class:`Unreadable` at a 500 that stays, ``ApiUnreachable``, ``AuthenticationFailed`` or
        ``AccessDenied``.
        """

        def once() -> Any:
            response = self._exchange(path, {"Accept": accept}, patient=patient)
            status = response.status_code
            if status == _FOUND:
                return body_of(response, self.shown, path)
            if status == _MISSING:
                return None
            self._refuse_forbidden(response, "GET", path)
            final = ApiUnreachable(
                f"the MidoNet API at {self.shown} answered GET {path} with status {status}",
                why=error_text(response),
                hint="look into the log of midonet-cluster",
                recovery=Recovery.RETRY,
            )
            raise Transient(final, status) if status in REPEATED_STATUSES else final

        return self._repeat(once)

    def write(self, method: str, path: str, media_type: str, body: JsonObject | None) -> Answer:
        """Send one write, once; the answer, whatever its status, but for 401 and 403.

        Raises :class:`LostAnswer` when none arrives, ``AuthenticationFailed`` or ``AccessDenied``.
        """
        headers = {"Accept": media_type or APPLICATION}
        content = None
        if body is not None:
            headers["Content-Type"] = media_type
            content = msgspec.json.encode(body)
        try:
            response = self._exchange(path, headers, method=method, content=content)
        except Transient as error:
            raise LostAnswer(error.final) from error
        self._refuse_forbidden(response, method, path)
        return answer_of(response)

    def _exchange(
        self,
        path: str,
        headers: dict[str, str],
        *,
        patient: bool = False,
        method: str = "GET",
        content: bytes | None = None,
    ) -> httpx.Response:
        token = self._tokens.token
        if not token and self._credentials is not None:
            token = self._renew("")
        for renewals in count():
            self._count(method)
            sent = {**headers, "X-Auth-Token": token} if token else headers
            response = self._transport.send(path, sent, patient=patient, method=method, content=content)
            if response.status_code != _UNAUTHORISED:
                self._tokens.note(token, response.status_code)
                return response
            hopeless = renewals == MOST_RENEWALS or (renewals and self._tokens.is_hopeless(token))
            if self._credentials is None or hopeless:
                raise self._refused(response, method, path)
            token = self._renew(token)
        raise Bug("unreachable")

    def _count(self, method: str) -> None:
        with self._counting:
            if method == "GET":
                self.reads += 1
            else:
                self.writes += 1

    def _refused(self, response: httpx.Response, method: str, path: str) -> AuthenticationFailed:
        if self._credentials is None:
            return AuthenticationFailed(
                f"the MidoNet API at {self.shown} wants a login",
                why=error_text(response),
                hint="set user name, password and project of an administrator",
                recovery=Recovery.RETRY,
            )
        return AuthenticationFailed(
            f"the MidoNet API at {self.shown} refuses the token it has just given ({method} {path})",
            why=error_text(response),
            hint="the user needs the admin role in the project (cluster.auth.admin_role); "
            "see whether Keystone answers the API server, and compare the clocks",
            recovery=Recovery.RETRY,
        )

    def _refuse_forbidden(self, response: httpx.Response, method: str, path: str) -> None:
        if response.status_code == _FORBIDDEN and method != "DELETE":
            raise AccessDenied(
                f"the MidoNet API at {self.shown} does not allow {method} {path}",
                why=error_text(response),
                hint="the user needs the admin role in the project (cluster.auth.admin_role)",
                recovery=Recovery.RETRY,
            )

    def _renew(self, stale: str) -> str:
        return self._repeat(lambda: self._tokens.renew(stale))

    def _login(self) -> str:
        if self._credentials is None:
            return ""
        return log_in(self._transport.send, self.shown, self._credentials)

    def _sleep(self, seconds: float) -> None:
        self._stop.wait(seconds)

    def _repeat(self, once: Callable[[], T]) -> T:
        times = self._timeouts
        attempts = Retrying(
            stop=lambda state: self._stop.is_set() or stop_after_attempt(times.attempts)(state),
            wait=random_exponential(multiplier=times.backoff, max=times.backoff_limit),
            retry=retry_if_exception_type(Transient),
            sleep=self._sleep,
            reraise=True,
        )
        try:
            return attempts(once)
        except Transient as error:
            if error.status == _BROKEN:
                raise Unreadable(f"{error.final.what} {error.final.why}".strip()) from error
            raise error.final from error
