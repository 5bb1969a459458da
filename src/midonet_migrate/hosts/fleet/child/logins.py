"""Which hosts we are logged in to: no more at a time than are worked on, for each login is a process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from gevent.lock import BoundedSemaphore


class Logins:
    """``connect`` and ``disconnect`` are called with the name of a host, never twice at a time for the same.

    ``connect`` is called before every use: it does nothing for a login that stands.
    """

    def __init__(
        self,
        hosts: Iterable[str],
        limit: int,
        connect: Callable[[str], None],
        disconnect: Callable[[str], None],
    ) -> None:
        self._limit = max(1, limit)
        self._connect = connect
        self._disconnect = disconnect
        self._locks = {host: BoundedSemaphore(1) for host in hosts}
        self._users = dict.fromkeys(self._locks, 0)
        self._used: OrderedDict[str, None] = OrderedDict()
        """Hosts with a login, the one that was used longest ago first."""

    @contextmanager
    def use(self, host: str) -> Iterator[None]:
        """A login for the length of the block. Passes on what ``connect`` raises."""
        self._users[host] += 1
        try:
            with self._locks[host]:
                if host not in self._used:
                    self._make_room()
                    self._used[host] = None
                self._used.move_to_end(host)
                try:
                    self._connect(host)
                except BaseException:
                    self._used.pop(host, None)
                    raise
            yield
        finally:
            self._users[host] -= 1

    def _make_room(self) -> None:
        """Log out of hosts that nobody uses. When all are used there is one more login than wanted."""
        while len(self._used) >= self._limit:
            idle = next((host for host in self._used if not self._users[host]), None)
            if idle is None:
                return
            del self._used[idle]
            # Who wants it again meanwhile waits for the lock, and logs in anew.
            with self._locks[idle]:
                self._disconnect(idle)
