"""Logging in to the 1.9 API, and keeping one valid token for all threads (old 2)."""

from __future__ import annotations

import base64
import threading
from collections.abc import Callable

import httpx
import msgspec

from midonet_migrate.errors import ApiUnreachable, AuthenticationFailed
from midonet_migrate.source.midonet.transport import REPEATED_STATUSES, Transient, body_of, error_text

MOST_RENEWALS = 10
"""How many new tokens one request is worth."""
_BROKEN = 500


class Credentials(msgspec.Struct, frozen=True):
    """Account for ``/login``. ``project`` is a project *name* (old 2.1). Never shown in full."""

    username: str
    password: str
    project: str = ""

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r}, password=***, project={self.project!r})"


class TokenKeeper:
    """Holds the token; however many threads find it stale, only one of them logs in again."""

    def __init__(self, login: Callable[[], str]) -> None:
        self._login = login
        self._lock = threading.Lock()
        self._token = self._accepted = ""

    @property
    def token(self) -> str:
        """The token to send; empty before the first login."""
        return self._token

    def renew(self, stale: str) -> str:
        """Replace ``stale`` and return the new token; if another thread already did, return that one.

        Whatever the login raises is passed on; the next caller tries again.
        """
        with self._lock:
            if self._token == stale:
                self._token = self._login()
            return self._token

    def note(self, token: str, status: int) -> None:
        """Remember that the server has taken a token, as an answer of this status says."""
        if status < _BROKEN:
            self._accepted = token

    def is_hopeless(self, token: str) -> bool:
        """Whether a token that was refused is the present one and was never taken. One that was has expired:
        other threads may have used it up before this one came to use it at all."""
        return token == self._token != self._accepted


def log_in(send: Callable[[str, dict[str, str]], httpx.Response], shown: str, account: Credentials) -> str:
    """Ask ``/login`` for a token with one request; ``shown`` is the API's URL for messages.

    Raises :class:`AuthenticationFailed`, :class:`ApiUnreachable`, or
    :class:`~midonet_migrate.source.midonet.transport.Transient` where a repetition may help.
    """
    basic = base64.b64encode(f"{account.username}:{account.password}".encode()).decode()
    headers = {"Authorization": f"Basic {basic}"}
    if account.project:
        headers["X-Auth-Project"] = account.project
    response = send("/login", headers)
    status = response.status_code
    if status in {401, 403}:
        raise AuthenticationFailed(
            f"the MidoNet API at {shown} refuses the login of user {account.username!r}",
            why=error_text(response),
            hint=_account_hint(account),
        )
    if status != 200:
        final = ApiUnreachable(
            f"the MidoNet API at {shown} answered the login with status {status}",
            why=error_text(response),
            hint=_LOGIN_HINTS.get(
                status, "see whether the API server, and what stands before it, is healthy"
            ),
        )
        raise Transient(final) if status in REPEATED_STATUSES else final
    body = body_of(response, shown, "/login")
    key = body.get("key") if isinstance(body, dict) else None
    if not isinstance(key, str) or not key:
        raise ApiUnreachable(f"the login to {shown} gave no token", hint="is this the API of MidoNet 1.9?")
    return key


def _account_hint(account: Credentials) -> str:
    """The server splits ``user:password`` at every colon and wants two parts that are not empty (old 2.1)."""
    if ":" in account.username + account.password or not account.password:
        return (
            "MidoNet 1.9 cannot take an empty password, nor a colon in user name or password: "
            "use another account"
        )
    return "check user name, password and project (a name, not an id), and that Keystone answers the server"


_LOGIN_HINTS = {
    404: "is this a MidoNet API? The base URL ends in its path, usually /midonet-api",
    500: "Keystone causes this for a user without a role in the project: check the project's name",
}
