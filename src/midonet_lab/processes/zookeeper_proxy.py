"""A proxy in front of a ZooKeeper server: records what clients ask for, delays, and cuts connections."""

from __future__ import annotations

import queue
import socket
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

import msgspec

from midonet_lab.processes.ports import LOOPBACK

MULTI = 14
_ANY_PATH = frozenset({1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 15, 19, 20, 21})
"""Operations whose request begins with a path, those of later releases included."""
_INT = struct.Struct(">i")
_MULTI_HEAD = struct.Struct(">ibi")
_CHUNK = 64 * 1024


class Request(msgspec.Struct, frozen=True):
    """One request, or one part of a ``multi``. ``path`` is empty for operations without one."""

    operation: int
    path: str = ""


class ZooKeeperProxy:
    """Listens on a port of its own (``hosts``) and passes everything on to ``port`` of this machine.

    ``delay`` seconds pass before a packet is handed on, in each direction: twice that is the round trip.
    ``seen`` is called in the proxy's threads with each request before it is passed on. ``recording`` False:
    nothing is looked into, so that it costs no more than a link. A context manager.
    """

    def __init__(
        self,
        port: int,
        *,
        delay: float = 0.0,
        seen: Callable[[Request], None] | None = None,
        recording: bool = True,
    ) -> None:
        self._port = port
        self._recording = recording
        self._delay = delay
        self._seen = seen
        self._links: list[socket.socket] = []
        self._listener = socket.create_server((LOOPBACK, 0))
        self.hosts = f"{LOOPBACK}:{self._listener.getsockname()[1]}"
        self.requests: list[Request] = []
        """Every request so far, in the order of arrival; the parts of a ``multi`` follow it."""

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Cut every connection; new ones are taken."""
        links, self._links = self._links, []
        for link in links:
            with suppress(OSError):
                link.shutdown(socket.SHUT_RDWR)
            link.close()

    def _start(self, work: Callable[..., None], *arguments: Any) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection((LOOPBACK, self._port))
            except OSError:
                client.close()
                continue
            for link in (client, server):
                link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._links += [client, server]
            self._start(self._pump, client, server, _Frames(self._record) if self._recording else None)
            self._start(self._pump, server, client, None)

    def _record(self, request: Request) -> None:
        self.requests.append(request)
        if self._seen is not None:
            self._seen(request)

    def _pump(self, source: socket.socket, sink: socket.socket, frames: _Frames | None) -> None:
        send = sink.sendall
        waiting: queue.SimpleQueue[tuple[float, bytes]] = queue.SimpleQueue()
        if self._delay:
            self._start(self._hand_on, waiting, sink)
        while True:
            chunk = b""
            with suppress(OSError):
                chunk = source.recv(_CHUNK)
            if frames is not None:
                frames.add(chunk)
            if self._delay:
                waiting.put((time.perf_counter() + self._delay, chunk))
            else:
                with suppress(OSError):
                    send(chunk) if chunk else sink.shutdown(socket.SHUT_WR)
            if not chunk:
                return

    @staticmethod
    def _hand_on(waiting: queue.SimpleQueue[tuple[float, bytes]], sink: socket.socket) -> None:
        """Send what is due, all of it together: a real link does not get slower by many small packets."""
        held: tuple[float, bytes] | None = None
        ended = False
        while not ended:
            due, chunk = held or waiting.get()
            held, ready = None, [chunk]
            time.sleep(max(0.0, due - time.perf_counter()))
            while held is None and ready[-1] and not waiting.empty():
                due, chunk = waiting.get_nowait()
                if due > time.perf_counter():
                    held = (due, chunk)
                else:
                    ready.append(chunk)
            ended = not ready[-1]
            with suppress(OSError):
                sink.sendall(b"".join(ready))
        with suppress(OSError):
            sink.shutdown(socket.SHUT_WR)


class _Frames:
    """Takes a client's packets apart. The first is the greeting, which is no request."""

    def __init__(self, record: Callable[[Request], None]) -> None:
        self._record = record
        self._buffer = b""
        self._greeted = False

    def add(self, chunk: bytes) -> None:
        self._buffer += chunk
        while len(self._buffer) >= 4:
            (length,) = _INT.unpack_from(self._buffer)
            if len(self._buffer) < 4 + length:
                return
            packet, self._buffer = self._buffer[4 : 4 + length], self._buffer[4 + length :]
            if self._greeted:
                self._request(packet)
            self._greeted = True

    def _request(self, packet: bytes) -> None:
        (operation,) = _INT.unpack_from(packet, 4)
        if operation == MULTI:
            self._record(Request(operation))
            self._parts(packet)
        else:
            self._record(Request(operation, _path(packet, 8) if operation in _ANY_PATH else ""))

    def _parts(self, packet: bytes) -> None:
        at = 8
        while True:
            operation, done, _ = _MULTI_HEAD.unpack_from(packet, at)
            if done:
                return
            at += _MULTI_HEAD.size
            self._record(Request(operation, _path(packet, at)))
            at = _end_of_part(operation, packet, at)


def _path(packet: bytes, at: int) -> str:
    (length,) = _INT.unpack_from(packet, at)
    return packet[at + 4 : at + 4 + length].decode()


def _end_of_part(operation: int, packet: bytes, at: int) -> int:
    """Where the part of a ``multi`` ends whose body begins at ``at``. Raises ``ValueError`` for others than
    create 1, delete 2, set 5 and check 13, the only ones that 3.4 knows there."""
    at = _after_text(packet, at)
    if operation in {2, 13}:
        return at + 4
    if operation == 5:
        return _after_text(packet, at) + 4
    if operation != 1:
        raise ValueError(f"a multi with operation {operation}")
    at = _after_text(packet, at)
    (entries,) = _INT.unpack_from(packet, at)
    at += 4
    for _ in range(entries):
        at = _after_text(packet, _after_text(packet, at + 4))
    return at + 4


def _after_text(packet: bytes, at: int) -> int:
    (length,) = _INT.unpack_from(packet, at)
    return at + 4 + max(int(length), 0)
