"""Reading much from ZooKeeper fast: many requests on the way at a time, over plain sockets.

kazoo needs a wake-up and two changes of thread for every request; over these links a tree is read several
times as fast (anc 4.1). Sessions, locks and writing remain kazoo's.
"""

from __future__ import annotations

import select
import socket
import struct
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, cast

from midonet_migrate.errors import IntegrityFailed, Recovery, ZooKeeperUnreachable
from midonet_migrate.settings.zookeeper_servers import Server, ZooKeeperServers
from midonet_migrate.zookeeper import jute

IN_FLIGHT = 200
"""Requests on the way: more would gain nothing, and starve the agents that share the server (anc 4.2)."""
LINKS = 4
"""Connections side by side for whole trees: two to three times as fast as one, measured on two cores."""
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


class _Link(Generic[Token]):
    """One connection: its socket, what has arrived in part, and what it was asked for."""

    __slots__ = ("answers_before", "dribbles", "received", "socket", "waiting", "xid")

    def __init__(self) -> None:
        self.socket: socket.socket | None = None
        self.received = bytearray()
        self.waiting: deque[Request[Token]] = deque()
        self.xid = 0
        self.dribbles = False
        self.answers_before = 0
        """How many answers there had been, on all links, when it was connected."""


class Pipeline(Generic[Token]):
    """Links to servers of a list, reading only; when one breaks, another server goes on.

    ``links``: a server works on several connections at the same time, though not on the requests of one; the
    requests on the way are shared out among them. A server that is behind what was seen already is not
    taken. Raises ``ZooKeeperUnreachable`` (20) once no server answers within ``patience`` seconds.
    """

    def __init__(self, servers: ZooKeeperServers, *, links: int = 1, patience: float = 20.0) -> None:
        self._servers = deque(servers.servers)
        self._names = str(servers)
        self._patience = patience
        self._links: list[_Link[Token]] = [_Link() for _ in range(links)]
        self._answers = 0
        self._fruitless = 0
        self._largest = 0.0
        self.last_zxid = 0
        """The latest transaction that any answer showed."""
        self.connections = 1
        """How many connections it took, one after the other: more than one when some broke."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for link in self._links:
            if link.socket is not None and kind is None:
                # A session that is not closed stays on the server until its timeout.
                with suppress(OSError):
                    link.socket.settimeout(_CONNECT_SECONDS)
                    link.socket.sendall(jute.close_request(link.xid + 1))
                    while link.socket.recv(_RECEIVE):
                        pass
            _disconnect(link)

    def exchange(
        self,
        next_request: Callable[[], Request[Token] | None],
        answered: Callable[[Token, int, bytes], None],
        *,
        ordered: bool = False,
    ) -> None:
        """Send what ``next_request`` gives until it gives None with nothing on the way.

        ``answered`` is called with token, error (0, NO_NODE or NO_AUTH) and body of each answer; it may make
        ``next_request`` have more. ``ordered``: in the order of the requests, over the first link alone;
        what it shows is never older than what any link has shown before :meth:`sync`.
        """
        self._fruitless = 0
        links = self._links[:1] if ordered else self._links
        while True:
            limit = max(_FEWEST, min(IN_FLIGHT, int(_BYTES_IN_FLIGHT / max(self._largest, 1.0))))
            window = max(1, limit // len(links))
            for link in links:
                # Half a window at a time: fewer and larger packets.
                if len(link.waiting) <= window // 2:
                    fresh: list[Request[Token]] = []
                    while len(link.waiting) < window and (found := next_request()) is not None:
                        fresh.append(found)
                        link.waiting.append(found)
                    if fresh:
                        self._send(link, fresh)
            busy = [link for link in links if link.waiting]
            if not busy:
                return
            for link in self._readable(busy):
                try:
                    self._receive(link, answered)
                except (OSError, _BrokenLink) as error:
                    self._revive(link, error)

    def sync(self) -> int:
        """Make every link show at least what was committed when this was called; the transaction reached.

        What any link showed before is not after that transaction, and what they show from now on not before.
        """
        reached = 0
        for _ in range(len(self._links)):
            request: list[Request[Token]] = [(cast("Token", None), jute.SYNC, b"/")]
            self.exchange(partial(_pop, request), lambda *_: None, ordered=True)
            reached = reached or self.last_zxid
            self._links.append(self._links.pop(0))  # the next one is the first now
        return reached

    def _send(self, link: _Link[Token], requests: Iterable[Request[Token]]) -> None:
        """Send requests that are among those the link waits for; on a new connection, all of these."""
        try:
            if link.socket is None:
                self._connect(link)
                requests = link.waiting
            xid = link.xid
            packets = []
            for _, operation, path in requests:
                xid += 1
                packets.append(jute.request(xid, operation, path))
            link.xid = xid
            if packets and link.socket is not None:
                link.socket.sendall(b"".join(packets))
        except (OSError, _BrokenLink) as error:
            self._revive(link, error)

    def _revive(self, link: _Link[Token], error: Exception) -> None:
        """A new connection in place of one that broke, and the same requests once more."""
        _disconnect(link)
        self._servers.rotate(-1)
        self.connections += 1
        self._fruitless = 1 if self._answers > link.answers_before else self._fruitless + 1
        if self._fruitless >= _FRUITLESS:
            raise self._unreachable(f"The connection broke {self._fruitless} times: {error}") from error
        self._send(link, ())

    def _readable(self, links: Sequence[_Link[Token]]) -> Iterable[_Link[Token]]:
        """Those of the links on which something has arrived; waits for it."""
        if any(link.dribbles for link in links):
            # The server writes answer by answer; to be woken for each costs both sides most of their time.
            time.sleep(_NAP_SECONDS)
        if len(links) == 1:
            return links
        by_socket = {link.socket: link for link in links if link.socket is not None}
        patience = min(found.gettimeout() or _CONNECT_SECONDS for found in by_socket)
        readable, _, _ = select.select(list(by_socket), [], [], patience)
        # None in time: the first says so itself, by its own timeout.
        return [by_socket[found] for found in readable] or [links[0]]

    def _receive(self, link: _Link[Token], answered: Callable[[Token, int, bytes], None]) -> None:
        """Wait for answers and pass on those that are complete."""
        if link.socket is None:
            raise _BrokenLink("it is not connected")
        chunk = link.socket.recv(_RECEIVE)
        waiting, received = link.waiting, link.received
        link.dribbles = len(chunk) < _WORTH_WAKING and len(waiting) > _FEWEST
        if not chunk:
            raise _BrokenLink("the server closed the connection")
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
            if not waiting or xid != link.xid - len(waiting) + 1:
                raise _BrokenLink("the answers are out of order")
            self._answers += 1
            answered(waiting.popleft()[0], error, body)
        self._largest = largest
        del received[:at]

    def _connect(self, link: _Link[Token]) -> None:
        give_up = time.monotonic() + self._patience
        while True:
            problems = []
            for _ in range(len(self._servers)):
                server = self._servers[0]
                try:
                    link.socket = self._try(server)
                except (OSError, _BrokenLink, struct.error) as error:
                    problems.append(f"{server}: {error}")
                    self._servers.rotate(-1)
                else:
                    link.received.clear()
                    link.answers_before = self._answers
                    return
            if time.monotonic() >= give_up:
                raise self._unreachable("No server gave a session.", problems)
            time.sleep(_PAUSE_SECONDS)

    def _try(self, server: Server) -> socket.socket:
        connection = socket.create_connection((server.host, server.port), timeout=_CONNECT_SECONDS)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection.sendall(jute.connect_request(self.last_zxid, _SESSION_MILLISECONDS))
            (length,) = _LENGTH.unpack(_exactly(connection, 4))
            if not 0 < length < _LONGEST_GREETING:
                raise _BrokenLink("it does not speak ZooKeeper's protocol")
            granted = jute.granted_timeout(_exactly(connection, length))
            if granted <= 0:
                raise _BrokenLink("it refuses a session")
            connection.settimeout(granted / 1000)
        except BaseException:
            connection.close()
            raise
        return connection

    def _unreachable(self, why: str, problems: Sequence[str] = ()) -> ZooKeeperUnreachable:
        return ZooKeeperUnreachable(
            f"ZooKeeper at {self._names} does not answer",
            why=why,
            problems=problems,
            hint="Check that a server of the list runs and has a quorum (zookeeper_hosts); then run again.",
            recovery=Recovery.RETRY,
        )


def _pop(requests: list[Request[Token]]) -> Request[Token] | None:
    return requests.pop() if requests else None


def _disconnect(link: _Link[Any]) -> None:
    if link.socket is not None:
        link.socket.close()
        link.socket = None


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
