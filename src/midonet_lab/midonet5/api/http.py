"""HTTP/1.1 on threads: one per connection, since the store blocks (new 1.11)."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable
from http import HTTPStatus

import h11
import msgspec

from midonet_lab.midonet5.api.replies import Reply

_HEADER_LIMIT = 8192
_CHUNK = 65536
_LAST_REQUESTS_SECONDS = 10.0
_REASONS = {int(status): status.phrase for status in HTTPStatus}


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was read completely. Header names are in lower case; of several, the last is kept."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer = Callable[[Request], Reply]


class HttpServer:
    """Accepts connections and has ``answer`` called for every request, on the connection's own thread."""

    def __init__(self, answer: Answer, *, idle_seconds: float, connection_limit: Callable[[], int]) -> None:
        self._answer = answer
        self._idle_seconds = idle_seconds or None
        self._connection_limit = connection_limit
        self._listener: socket.socket | None = None
        self._acceptor: threading.Thread | None = None
        self._open: dict[socket.socket, threading.Thread] = {}
        self._lock = threading.Lock()

    def start(self, host: str, port: int) -> int:
        """Listen (0 = any free port) and serve until :meth:`stop`; returns the port. Raises ``OSError``."""
        listener = socket.create_server((host, port), backlog=256)
        self._listener = listener
        self._acceptor = threading.Thread(target=self._accept, args=(listener,), daemon=True, name="api")
        self._acceptor.start()
        return int(listener.getsockname()[1])

    def stop(self) -> None:
        """Stop listening and drop all connections; waits a while for requests that are being processed."""
        if self._listener is not None:
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        if self._acceptor is not None:
            self._acceptor.join(5)
            self._acceptor = None
        with self._lock:
            served = dict(self._open)
        for connection in served:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        deadline = time.monotonic() + _LAST_REQUESTS_SECONDS
        for thread in served.values():
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.settimeout(self._idle_seconds)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True, name="api")
            with self._lock:
                self._open[connection] = thread
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            _Conversation(connection, self._answer, self._connection_limit).run()
        except (OSError, h11.ProtocolError):  # the client is gone, was idle for too long, or we are stopping
            pass
        finally:
            with self._lock:
                self._open.pop(connection, None)
            connection.close()


class _Conversation:
    """The requests of one connection."""

    def __init__(self, connection: socket.socket, answer: Answer, limit: Callable[[], int]) -> None:
        self._socket = connection
        self._answer = answer
        self._limit = limit
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_HEADER_LIMIT)

    def run(self) -> None:
        """Serve until either side closes."""
        served = 0
        while True:
            try:
                request = self._read()
            except h11.RemoteProtocolError as error:
                self._refuse(error.error_status_hint)
                return
            if request is None:
                return
            served += 1
            reply = self._answer(request)
            last = 0 < self._limit() <= served
            if not self._send(reply, request.method) or last or self._http.our_state is h11.MUST_CLOSE:
                return
            if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
                return
            self._http.start_next_cycle()

    def _read(self) -> Request | None:
        head: h11.Request | None = None
        parts: list[bytes] = []
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                if self._http.they_are_waiting_for_100_continue:
                    self._socket.sendall(self._http.send(_CONTINUE) or b"")
                self._http.receive_data(self._socket.recv(_CHUNK))
            elif isinstance(event, h11.Request):
                head = event
                if sum(len(name) + len(value) + 4 for name, value in head.headers) > _HEADER_LIMIT:
                    raise h11.RemoteProtocolError("headers too long", error_status_hint=431)
            elif isinstance(event, h11.Data):
                parts.append(bytes(event.data))
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers}
                return Request(
                    method=head.method.decode("ascii"),
                    target=head.target.decode("latin-1"),
                    headers=headers,
                    body=b"".join(parts),
                )
            else:  # the client closed
                return None

    def _send(self, reply: Reply, method: str) -> bool:
        """Whether the connection may go on."""
        if reply.tear_down:
            self._tear_down()
            return False
        headers = list(reply.headers)
        if reply.content_type is not None:
            headers.append(("Content-Type", reply.content_type))
        if reply.status not in {204, 304}:
            headers.append(("Content-Length", str(len(reply.body))))
        if reply.close:
            headers.append(("Connection", "close"))
        reason = _REASONS.get(reply.status, "").encode("ascii")
        head = h11.Response(status_code=reply.status, headers=headers, reason=reason)
        data = self._http.send(head) or b""
        if reply.truncate:
            self._socket.sendall(data + reply.body[: len(reply.body) // 2])
            return False
        if reply.body and method != "HEAD":
            data += self._http.send(h11.Data(data=reply.body)) or b""
        data += self._http.send(h11.EndOfMessage()) or b""
        self._socket.sendall(data)
        return True

    def _refuse(self, status: int) -> None:
        reason = _REASONS.get(status, "Bad Request")
        head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        self._socket.sendall(head.encode("ascii"))

    def _tear_down(self) -> None:
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


_CONTINUE = h11.InformationalResponse(status_code=100, headers=[])
