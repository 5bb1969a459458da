"""Login and the check of tokens (new 1.9). Keystone is played by the accounts of the options."""

from __future__ import annotations

import base64
import binascii
import secrets
import threading
import time
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from midonet_lab.midonet5.api.options import MOCK_TOKEN, Faults, Options
from midonet_lab.midonet5.api.replies import ERROR_TYPE, ApiError, Reply

_TOKEN_TYPE = "application/vnd.org.midonet.Token-v1+json;charset=utf-8"  # noqa: S105 - a media type
_CHALLENGE = ("WWW-Authenticate", 'Basic  realm="BASIC_AUTH_REALM"')


class _Token(msgspec.Struct):
    """Whom a token stands for, and how long."""

    admin: bool
    until: float
    requests: int = 0


class Gatekeeper:
    """Gives out tokens and checks them; thread-safe."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tokens: dict[str, _Token] = {}
        self._lock = threading.Lock()
        self.logins = 0

    def log_in(self, headers: Mapping[str, str], faults: Faults) -> Reply:
        """Answer ``/login``. Raises ``ApiError``."""
        self.logins += 1
        name, password = _basic(headers.get("authorization"))
        if self._options.auth == "mock":
            return _granted(MOCK_TOKEN, None)
        if faults.keystone_down:
            raise refused("Could not connect to Keystone server.")
        account = self._options.accounts.get(name)
        project = headers.get("x-auth-project") or self._options.default_project
        if account is None or account.password != password or project not in account.projects:
            raise refused("The request you have made requires authentication.")
        key = secrets.token_hex(16)
        with self._lock:
            self._tokens[key] = _Token(account.admin, time.monotonic() + self._options.token_seconds)
        until = datetime.now(UTC) + timedelta(seconds=self._options.token_seconds)
        return _granted(key, until.strftime("%a, %d-%m-%Y %H:%M:%S GMT"))

    def check(self, headers: Mapping[str, str], faults: Faults) -> None:
        """Let an admin pass. Raises ``ApiError`` with 401."""
        if self._options.auth == "mock":
            return
        key = headers.get("x-auth-token", "").strip()
        if not key:
            raise refused("No token was passed in.", challenge=False)
        if faults.keystone_down:
            raise refused("Could not connect to Keystone server.", challenge=False)
        with self._lock:
            token = self._tokens.get(key)
            if token is not None:
                token.requests += 1
                if 0 < faults.expire_after < token.requests or time.monotonic() >= token.until:
                    del self._tokens[key]
                    token = None
        if token is None:
            raise refused("Authentication error")
        if not token.admin:
            raise refused("User is not an admin.", challenge=False)

    def expire_all(self) -> None:
        """Make every token given out so far invalid."""
        with self._lock:
            self._tokens.clear()


def refused(message: str, *, challenge: bool = True) -> ApiError:
    """401, written by a filter, which names the charset."""
    body = msgspec.json.encode({"message": message, "code": 401})
    headers = [_CHALLENGE] if challenge else []
    return ApiError(Reply(status=401, content_type=f"{ERROR_TYPE};charset=utf-8", body=body, headers=headers))


def _granted(key: str, expires: str | None) -> Reply:
    cookie = f"sessionId={key}" + (f"; Expires={expires}" if expires else "")
    body = msgspec.json.encode({"key": key, "expires": expires})
    return Reply(status=200, content_type=_TOKEN_TYPE, body=body, headers=[("Set-Cookie", cookie)])


def _basic(header: str | None) -> tuple[str, str]:
    if header is None:
        raise refused("Authorization header is not set.")
    if not header.lower().startswith("basic"):
        raise refused("Authorization header does not contain Basic.")
    try:
        parts = base64.b64decode(header[5:].strip(), validate=True).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        parts = []
    if len(parts) != 2 or not all(parts):
        raise refused("Authorization header is not valid")
    return parts[0], parts[1]
