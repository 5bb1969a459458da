"""Reading much from ZooKeeper fast: many requests on the way at a time, over one plain socket.

kazoo needs a wake-up and two changes of thread for every request; over this link a tree is read several
times as fast (anc 4.1). Sessions, locks and writing remain kazoo's.
"""

from __future__ import annotations

import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Generic, Self, TypeVar

from midonet_migrate.errors import IntegrityFailed, Recovery, ZooKeeperUnreachable
from midonet_migrate.settings.zookeeper_servers import Server, ZooKeeperServers
from midonet_migrate.zookeeper import jute

IN_FLIGHT = 200
"""Requests on the way: more would gain nothing, and starve the agents that share the server (anc 4.2)."""
_BYTES_IN_FLIGHT = 8 * 1024 * 1024
_FEWEST = 4
_RECEIVE = 256 * 1024
_LONGEST_ANSWER = 1024 * 1024 * 1024
_SESSION_MILLISECONDS = 30_000
_CONNECT_SECONDS = 3.0
_FRUITLESS = 5
"""Connections in a row that gave no answer to any request: then it is no passing trouble."""
_PAUSE_SECONDS = 0.2
_WORTH_WAKING = 16 * 1024
_NAP_SECONDS = 0.0005
_FORGET = 0.9
_LONGEST_GREETING = 4096
_PASSING_TROUBLE = frozenset({-4, -7, -112, -118})  # connection loss, timeout, session expired, session moved
_USABLE = frozenset({jute.OK, jute.NO_NODE, jute.NO_AUTH})
_LENGTH = jute.NUMBER
_ANSWER_HEAD = jute.ANSWER_HEAD

Token = TypeVar("Token")
Request = tuple[Token, int, bytes]
"""What the answer is for, the operation, the path."""


class Pipeline(Generic[Token]):
    """A link to any server of a list, reading only; when it breaks, another server goes on.

    A server that is behind what was seen already is not taken: time never runs backwards for who reads.
    Raises ``ZooKeeperUnreachable`` (20) once no server answers within ``patience`` seconds.
    """

    def __init__(self, servers: ZooKeeperServers, *, patience: float = 20.0) -> None:
        self._servers = deque(servers.servers)
        self._names = str(servers)
        self._patience = patience
        self._link: socket.socket | None = None
        self._received = bytearray()
        self._xid = 0
        self._answers = 0
        self._largest = 0.0
        self._dribbles = False
        self.last_zxid = 0
        """The latest transaction that any answer showed."""
        self.connections = 0
        """How many connections it took."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._link is not None and kind is None:
            # A session that is not closed stays on the server until its timeout.
            with suppress(OSError):
                self._link.settimeout(_CONNECT_SECONDS)
                self._link.sendall(jute.close_request(self._xid + 1))
                while self._link.recv(_RECEIVE):
                    pass
        self._disconnect()

    def exchange(
        self,
        next_request: Callable[[], Request[Token] | None],
        answered: Callable[[Token, int, bytes], None],
    ) -> None:
        """Send what ``next_request`` gives until it gives None with nothing on the way.

        ``answered`` is called with token, error (0, NO_NODE or NO_AUTH) and body of each answer, in the order
        of the requests; it may make ``next_request`` have more.
        """
        waiting: deque[Request[Token]] = deque()
        fruitless = 0
        while True:
            seen = self._answers
            try:
                link = self._connected()
                self._send(link, waiting)
                self._run(link, waiting, next_request, answered)
            except (OSError, _BrokenLink) as error:
                self._disconnect()
                fruitless = 1 if self._answers > seen else fruitless + 1
                if fruitless >= _FRUITLESS:
                    raise self._unreachable(f"The connection broke {fruitless} times: {error}") from error
            else:
                return

    def _run(
        self,
        link: socket.socket,
        waiting: deque[Request[Token]],
        next_request: Callable[[], Request[Token] | None],
        answered: Callable[[Token, int, bytes], None],
    ) -> None:
        while True:
            window = max(_FEWEST, min(IN_FLIGHT, int(_BYTES_IN_FLIGHT / max(self._largest, 1.0))))
            # Half a window at a time: fewer and larger packets.
            if len(waiting) <= window // 2:
                fresh: list[Request[Token]] = []
                while len(waiting) < window and (found := next_request()) is not None:
                    fresh.append(found)
                    waiting.append(found)
                self._send(link, fresh)
            if not waiting:
                return
            self._receive(link, waiting, answered)

    def _send(self, link: socket.socket, requests: Iterable[Request[Token]]) -> None:
        xid = self._xid
        packets = []
        for _, operation, path in requests:
            xid += 1
            packets.append(jute.request(xid, operation, path))
        self._xid = xid
        if packets:
            link.sendall(b"".join(packets))

    def _receive(
        self,
        link: socket.socket,
        waiting: deque[Request[Token]],
        answered: Callable[[Token, int, bytes], None],
    ) -> None:
        """Wait for answers and pass on those that are complete."""
        if self._dribbles:
            # The server writes answer by answer; to be woken for each costs both sides most of their time.
            time.sleep(_NAP_SECONDS)
        chunk = link.recv(_RECEIVE)
        self._dribbles = len(chunk) < _WORTH_WAKING and len(waiting) > _FEWEST
        if not chunk:
            raise _BrokenLink("the server closed the connection")
        received = self._received
        received += chunk
        at, end = 0, len(received)
        largest = self._largest * _FORGET
        while end - at >= 4:
            (length,) = _LENGTH.unpack_from(received, at)
            if not 16 <= length <= _LONGEST_ANSWER:
                raise _BrokenLink("the server does not speak ZooKeeper's protocol")
            if end - at < 4 + length:
                break
            xid, zxid, error = _ANSWER_HEAD.unpack_from(received, at + 4)
            self.last_zxid = max(self.last_zxid, zxid)
            body = bytes(received[at + 20 : at + 4 + length])
            at += 4 + length
            largest = max(largest, length)
            if error in _PASSING_TROUBLE:
                raise _BrokenLink(f"the server answers with error {error}")
            if error not in _USABLE:
                raise IntegrityFailed(
                    f"ZooKeeper at {self._names} answers a reading request with error {error}",
                    hint="See the server's log.",
                )
            if not waiting or xid != self._xid - len(waiting) + 1:
                raise _BrokenLink("the answers are out of order")
            self._answers += 1
            answered(waiting.popleft()[0], error, body)
        self._largest = largest
        del received[:at]

    def _connected(self) -> socket.socket:
        if self._link is not None:
            return self._link
        give_up = time.monotonic() + self._patience
        while True:
            problems = []
            for _ in range(len(self._servers)):
                server = self._servers[0]
                try:
                    self._link = self._try(server)
                except (OSError, _BrokenLink, struct.error) as error:
                    problems.append(f"{server}: {error}")
                    self._servers.rotate(-1)
                else:
                    self.connections += 1
                    return self._link
            if time.monotonic() >= give_up:
                raise self._unreachable("No server gave a session.", problems)
            time.sleep(_PAUSE_SECONDS)

    def _try(self, server: Server) -> socket.socket:
        link = socket.create_connection((server.host, server.port), timeout=_CONNECT_SECONDS)
        try:
            link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            link.sendall(jute.connect_request(self.last_zxid, _SESSION_MILLISECONDS))
            (length,) = _LENGTH.unpack(_exactly(link, 4))
            if not 0 < length < _LONGEST_GREETING:
                raise _BrokenLink("it does not speak ZooKeeper's protocol")
            granted = jute.granted_timeout(_exactly(link, length))
            if granted <= 0:
                raise _BrokenLink("it refuses a session")
            link.settimeout(granted / 1000)
        except BaseException:
            link.close()
            raise
        self._received.clear()
        return link

    def _disconnect(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
            self._servers.rotate(-1)

    def _unreachable(self, why: str, problems: Sequence[str] = ()) -> ZooKeeperUnreachable:
        return ZooKeeperUnreachable(
            f"ZooKeeper at {self._names} does not answer",
            why=why,
            problems=problems,
            hint="Check that a server of the list runs and has a quorum (zookeeper_hosts); then run again.",
            recovery=Recovery.RETRY,
        )


class _BrokenLink(Exception):
    """This connection is of no more use; another one may be."""


def _exactly(link: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        chunk = link.recv(size - len(received))
        if not chunk:
            raise _BrokenLink("it closes the connection: it has no quorum, or is behind the others")
        received += chunk
    return received
