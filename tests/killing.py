"""Killing a child process at every instant that could matter."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pymysql.connections

Work = Callable[[], None]


class Instants:
    """Counts system calls and database commands, and kills the process with SIGKILL at the n-th.

    An instant is: before and after each fsync, rename and database command, and in the middle of each write.
    """

    def __init__(self, kill_at: int) -> None:
        self._left = kill_at

    def pass_one(self) -> None:
        """One instant goes by."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, with an instant before and one after."""

        def wrapped(*arguments: Any, **options: Any) -> Any:
            self.pass_one()
            result = function(*arguments, **options)
            self.pass_one()
            return result

        return wrapped

    def in_the_middle(self, function: Callable[[int, Any], int]) -> Callable[[int, Any], int]:
        """os.write in two halves, with an instant between them."""

        def wrapped(descriptor: int, data: Any) -> int:
            written = function(descriptor, data[: len(data) // 2])
            self.pass_one()
            return written + function(descriptor, data[len(data) // 2 :])

        return wrapped


def _run_child(work: Work, kill_at: int) -> None:
    instants = Instants(kill_at)
    os.fsync = instants.around(os.fsync)
    os.replace = instants.around(os.replace)
    os.write = instants.in_the_middle(os.write)
    connection: Any = pymysql.connections.Connection
    connection._execute_command = instants.around(connection._execute_command)
    work()


def kill_at_every_instant(work: Work, *, stride: int = 1, first: int = 1) -> Iterator[int]:
    """Run ``work`` in children, the n-th of which is killed at its n-th instant, until one survives.

    Yields after each kill, so that the caller can look at what is left and make a clean start for the next.
    ``stride``: of the everyday run; at full size no instant is left out.
    """
    stride = 1 if os.environ.get("MIDONET_MIGRATE_FULL_SIZE") else stride
    instant = first
    while True:
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _run_child(work, instant)
                status = 0
            finally:
                os._exit(status)
        _, wait_status = os.waitpid(child, 0)
        if os.WIFEXITED(wait_status):
            assert os.WEXITSTATUS(wait_status) == 0, f"the work failed by itself before instant {instant}"
            return
        assert os.WTERMSIG(wait_status) == signal.SIGKILL
        yield instant
        instant += stride
