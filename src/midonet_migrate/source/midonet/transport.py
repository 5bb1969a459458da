"""One HTTP exchange with the 1.9 or the 5.x API: what may come back, and what each answer means."""

from __future__ import annotations

import ssl
import threading
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import httpx
import msgspec

from midonet_migrate.errors import ApiUnreachable, MigrateError

REPEATED_STATUSES = frozenset({429, 500, 502, 503, 504})


class Timeouts(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds, and how often to try. Big lists take the server tens of seconds (old 6.3)."""

    connect: float = 10.0
    read: float = 60.0
    read_long: float = 300.0
    """For lists of everything: ``/ports``, ``/chains``, ``/vteps`` (which asks each switch) and so on."""
    attempts: int = 5
    """How often one GET is sent at most."""
    backoff: float = 0.25
    """Upper bound of the first random pause before a repetition; doubles each time."""
    backoff_limit: float = 5.0


class Transient(Exception):
    """An answer, or none, that a repetition may cure. ``final`` is raised when it does not."""

    def __init__(self, final: MigrateError, status: int = 0) -> None:
        super().__init__(final.what)
        self.final = final
        self.status = status


def without_credentials(url: str) -> str:
    """``url`` as it may be shown: no user, password, query or fragment."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class Transport:
    """Sends requests below one base URL on keep-alive connections, one HTTP transport per thread.

    One for each thread keeps the connection pools free of contention; transports without an
    ``httpx.Client`` around them halve the cost of a request, and there is nothing here for cookies,
    redirects or proxies to do. ``mount`` replaces the network (tests).
    """

    def __init__(
        self,
        base_url: str,
        timeouts: Timeouts,
        *,
        verify: ssl.SSLContext | bool = True,
        mount: httpx.BaseTransport | None = None,
        server: str = "the 1.9 API server (tomcat)",
    ) -> None:
        """``server`` names, for hints, what has to run. Raises :class:`ApiUnreachable` when ``base_url`` is
        not an http(s) URL."""
        self._server = server
        self.shown = without_credentials(base_url)
        self._base = self.shown.rstrip("/")
        self._usual = _extensions(timeouts.connect, timeouts.read)
        self._patient = _extensions(timeouts.connect, timeouts.read_long)
        self._mount = mount
        self._local = threading.local()
        self._opened: list[httpx.BaseTransport] = []
        self._lock = threading.Lock()
        if not _is_http(self.shown):
            raise ApiUnreachable(
                f"{self.shown or 'an empty text'} is not the URL of a MidoNet API",
                hint="give the whole URL, e.g. http://controller:8080/midonet-api",
            )
        self._verify: ssl.SSLContext | bool = False
        if self._base.startswith("https:"):
            self._verify = ssl.create_default_context() if verify is True else verify

    def send(
        self,
        path: str,
        headers: dict[str, str],
        *,
        patient: bool = False,
        method: str = "GET",
        content: bytes | None = None,
    ) -> httpx.Response:
        """``method`` on ``path`` (begins with a slash). Raises :class:`Transient` when no whole answer
        arrives; whether a write took effect is not known then."""
        extensions = self._patient if patient else self._usual
        try:
            url = self._base + path
            request = httpx.Request(method, url, headers=headers, content=content, extensions=extensions)
            response = self._transport().handle_request(request)
            try:
                response.read()
            finally:
                response.close()
        except httpx.TimeoutException as error:
            raise Transient(
                ApiUnreachable(
                    f"the MidoNet API at {self.shown} did not answer {method} {path} in time",
                    why=_reason(error),
                    hint="see whether the server and its ZooKeeper are overloaded",
                )
            ) from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise Transient(
                ApiUnreachable(
                    f"no connection to the MidoNet API at {self.shown} ({method} {path})",
                    why=_reason(error),
                    hint=f"see whether {self._server} runs, and whether the URL is right",
                )
            ) from error
        return response

    def close(self) -> None:
        """Close all connections; call when no thread uses them any more."""
        with self._lock:
            for transport in self._opened:
                transport.close()
            self._opened.clear()

    def _transport(self) -> httpx.BaseTransport:
        transport: httpx.BaseTransport | None = getattr(self._local, "transport", None)
        if transport is None:
            # Tomcat drops a connection that idles for 20 s (old 6.3): be faster.
            limits = httpx.Limits(max_connections=1, keepalive_expiry=15.0)
            transport = self._mount or httpx.HTTPTransport(verify=self._verify, limits=limits)
            with self._lock:
                self._opened.append(transport)
            self._local.transport = transport
        return transport


def _is_http(url: str) -> bool:
    try:
        parsed = httpx.URL(url)
    except httpx.InvalidURL:
        return False
    return parsed.scheme in {"http", "https"} and bool(parsed.host)


def _extensions(connect: float, read: float) -> dict[str, Any]:
    return {"timeout": httpx.Timeout(read, connect=connect).as_dict()}


def body_of(response: httpx.Response, shown: str, path: str) -> Any:
    """The decoded JSON body. Raises :class:`Transient` when it is cut off or is not JSON.

    Of a key that stands twice the last value counts, as with the real server's own client (old 0.4).
    """
    content_type = response.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not content_type.endswith("json"):
        raise Transient(
            ApiUnreachable(
                f"GET {path} on {shown} was answered with {content_type or 'no content type'}, not JSON",
                hint="is a proxy or another program answering? The base URL of the API ends in its path, "
                "usually /midonet-api",
            )
        )
    try:
        return msgspec.json.decode(response.content)
    except msgspec.DecodeError as error:
        raise Transient(
            ApiUnreachable(
                f"GET {path} on {shown} was answered with damaged JSON ({len(response.content)} bytes)",
                why=str(error),
                hint="see whether a proxy between here and the API server cuts replies off",
            )
        ) from error


def error_text(response: httpx.Response) -> str:
    """What the server says about an error; empty if it says nothing usable (old 1.6)."""
    try:
        body = msgspec.json.decode(response.content)
    except msgspec.DecodeError:
        return ""
    message = body.get("message") if isinstance(body, dict) else None
    return message if isinstance(message, str) else ""


def _reason(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
