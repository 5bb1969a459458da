"""Access to the TCP connection behind a request, which ASGI hides."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class LabProtocol(H11Protocol):
    """uvicorn's HTTP protocol; puts itself into the scope as ``lab.connection`` and counts requests."""

    def __init__(self, *args: Any, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self._inner: Callable[..., Awaitable[None]] = self.app
        self.app = self._serve
        self._served = 0

    async def _serve(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        self._served += 1
        scope["lab.connection"] = self
        await self._inner(scope, receive, send)

    def is_last(self, limit: int) -> bool:
        """Whether this request is the last that the connection may carry; 0 = no limit."""
        return 0 < limit <= self._served

    def tear_down(self) -> None:
        """Reset the connection without a reply."""
        endpoint: socket.socket | None = self.transport.get_extra_info("socket")
        if endpoint is not None:
            endpoint.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if isinstance(self.transport, asyncio.WriteTransport):
            self.transport.abort()

    def close_silently(self) -> None:
        """Close after the reply, without having said so in it."""
        self.transport.close()
