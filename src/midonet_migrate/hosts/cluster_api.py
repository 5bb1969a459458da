"""Whether midonet-cluster's API answers, and whether it wants a login (host 3.3, imp 4.7, new 1.9)."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from midonet_migrate.errors import ApiUnreachable, CheckFailed, Recovery

READY_SECONDS = 180.0
_REQUEST_SECONDS = 10.0
_PAUSE_SECONDS = 0.5
_UNAUTHORIZED = frozenset({401, 403})


def answers(url: str) -> bool:
    """Whether an HTTP server with this API is there: 200, or 401 when it wants a login (imp 4.7)."""
    status = _status(f"{url.rstrip('/')}/")
    return status is not None and (status == 200 or status in _UNAUTHORIZED)


def wait_until_answering(
    url: str, *, seconds: float = READY_SECONDS, sleep: Callable[[float], None] = time.sleep
) -> bool:
    """Ask until the API answers; False when it does not within ``seconds``."""
    deadline = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() >= deadline:
            return False
        sleep(_PAUSE_SECONDS)
    return True


def require_login(url: str) -> None:
    """Ask for the hosts without a token, and for a token without a name: both must be refused.

    Raises ``CheckFailed`` when either is granted: whoever reaches the port would be an administrator.
    Raises ``ApiUnreachable`` when the API gives no clear answer.
    """
    base = url.rstrip("/")
    for method, path in (("GET", "hosts"), ("POST", "login")):
        status = _status(f"{base}/{path}", method)
        if status is not None and status < 300:
            raise CheckFailed(
                f"The MidoNet 5 API at {url} is open to everybody",
                why=f"{method} /{path} without any login was answered with {status}: no authentication is in"
                " effect (cluster.auth.provider_class).",
                hint="Stop midonet-cluster, look where cluster.auth.provider_class is overridden"
                " (mn-conf get -h HOST cluster.auth.provider_class), and restart it.",
                recovery=Recovery.RETRY,
            )
        if status not in _UNAUTHORIZED:
            raise ApiUnreachable(
                f"The MidoNet 5 API at {url} does not say whether it wants a login",
                why=f"{method} /{path} without login: {'no answer' if status is None else f'status {status}'}"
                ", expected is 401.",
                hint="Look into midonet-cluster's log; is Keystone reachable as cluster.auth.keystone says?",
                recovery=Recovery.RETRY,
            )


def _status(url: str, method: str = "GET") -> int | None:
    try:
        answer = httpx.request(
            method, url, timeout=_REQUEST_SECONDS, headers={"Accept": "*/*"}, trust_env=False
        )
    except (httpx.HTTPError, httpx.InvalidURL):
        return None
    return answer.status_code
