"""Login and token checking, as the 1.9 server's filters do it (old 2)."""

from __future__ import annotations

import base64
import binascii
import itertools
import time
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import msgspec

from midonet_lab.midonet19.options import MOCK_TOKEN, Options

WWW_AUTHENTICATE = 'Basic  realm="Basic Midonet"'
KEYSTONE_DOWN = "Could not connect to Keystone server."
TOKEN_TYPE = "application/vnd.org.midonet.Token-v1+json"  # noqa: S105 - a media type


class Refused(Exception):
    """401; ``challenge`` says whether ``WWW-Authenticate`` goes with it."""

    def __init__(self, message: str, *, challenge: bool) -> None:
        super().__init__(message)
        self.message = message
        self.challenge = challenge


class Unscoped(Exception):
    """Keystone gave a token without project: the filter breaks, the container answers HTML 500 (old 2.1)."""


class Granted(msgspec.Struct, frozen=True):
    """A successful login."""

    body: bytes
    cookie: str


class Gatekeeper:
    """Gives out tokens and checks them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._tokens: dict[str, tuple[str, float]] = {}
        self._uses: Counter[str] = Counter()
        self._numbers = itertools.count(1)
        self.logins = 0

    def log_in(self, headers: Mapping[str, str], *, keystone_down: bool) -> Granted:
        """Answer ``/login``. Raises :class:`Refused` or :class:`Unscoped`."""
        self.logins += 1
        name, password = _basic(headers.get("authorization"))
        if self._options.auth == "mock":
            body = msgspec.json.encode({"key": MOCK_TOKEN, "expires": None})
            return Granted(body, f"sessionId={MOCK_TOKEN}")
        if keystone_down:
            raise Refused(KEYSTONE_DOWN, challenge=True)
        account = self._options.accounts.get(name)
        project = headers.get("x-auth-project") or self._options.default_project
        if account is None or account.password != password:
            raise Refused("The request you have made requires authentication.", challenge=True)
        if project not in account.projects:
            raise Unscoped
        token = sha256(f"{self._options.seed}/{name}/{next(self._numbers)}".encode()).hexdigest()[:32]
        self._tokens[token] = (account.role, time.monotonic() + self._options.token_seconds)
        until = datetime.now(UTC) + timedelta(seconds=self._options.token_seconds)
        expires = until.strftime("%a, %d-%m-%Y %H:%M:%S GMT")
        body = msgspec.json.encode({"key": token, "expires": expires})
        return Granted(body, f"sessionId={token}; Expires={expires}")

    def role(self, headers: Mapping[str, str], *, keystone_down: bool) -> str:
        """The role behind a request's token. Raises :class:`Refused`."""
        if self._options.auth == "mock":
            return "admin"
        token = headers.get("x-auth-token")
        if not token:
            raise Refused("No token was passed in.", challenge=False)
        if keystone_down:
            raise Refused(KEYSTONE_DOWN, challenge=False)
        role, until = self._tokens.get(token, ("", 0.0))
        self._uses[token] += 1
        used_up = 0 < self._options.token_uses < self._uses[token]
        if used_up or time.monotonic() >= until:
            raise Refused("Authentication error", challenge=True)
        return role

    def expire_all(self) -> None:
        """Make every token given out so far invalid."""
        self._tokens.clear()


def _basic(header: str | None) -> tuple[str, str]:
    """User and password: the decoded text, split at every colon, must give two parts that are not empty."""
    if header is None:
        raise Refused("Authorization header is not set.", challenge=True)
    if not header.lower().startswith("basic "):
        raise Refused("Authorization header does not contain Basic.", challenge=True)
    try:
        parts = base64.b64decode(header[6:], validate=True).decode().split(":")
    except (binascii.Error, UnicodeDecodeError):
        parts = []
    if len(parts) != 2 or not parts[1]:
        raise Refused("Authorization header is not valid", challenge=True)
    return parts[0], parts[1]
