"""The stand-in as a server in threads of the calling process."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from midonet_lab.midonet5.api.application import Application
from midonet_lab.midonet5.api.http import HttpServer
from midonet_lab.midonet5.api.options import Faults, Options
from midonet_lab.midonet5.store import Zoom


class Midonet5Api:
    """The REST API on a store. ``zoom`` must be prepared, its client started; both stay the caller's.

    ``api.start("127.0.0.1", 8181)`` ... ``api.stop()``, or a ``with`` block around a started one.
    """

    def __init__(self, zoom: Zoom, options: Options | None = None, faults: Faults | None = None) -> None:
        self.options = options or Options()
        self.application = Application(zoom, self.options)
        self.application.set_faults(faults or Faults())
        self._http = HttpServer(
            self.application.answer,
            idle_seconds=self.options.idle_seconds,
            connection_limit=lambda: self.application.site.faults.requests_per_connection,
        )
        self.host = "127.0.0.1"
        self.port = 0

    def start(self, host: str = "127.0.0.1", port: int = 0) -> Self:
        """Serve; port 0 = any free one. Raises ``OSError`` when the port is taken."""
        self.host = host
        self.port = self._http.start(host, port)
        return self

    def stop(self) -> None:
        """Stop serving; the port is free afterwards."""
        self._http.stop()

    @property
    def url(self) -> str:
        """Base URL of the API."""
        return f"http://{self.host}:{self.port}{self.options.path}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
