"""A login on a host that the commands for it share: ``ssh`` as a control master in the foreground."""

from __future__ import annotations

import errno
import os
import random
import signal
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path

import gevent
from gevent.subprocess import DEVNULL, Popen

from midonet_migrate.hosts.fleet.child.processes import ends_with_us
from midonet_migrate.hosts.fleet.messages import Reason

_DROPPED = (
    "kex_exchange_identification",
    "ssh_exchange_identification",
    "banner exchange",
    "Connection closed by",
    "Connection reset by",
)
"""What ssh says when a server, or a jump host, has too many logins at a time (MaxStartups)."""
_LONGEST = 16
"""As many times the shortest pause is the longest one: the time for logging in ends the attempts."""
_FIRST_LOOK, _LAST_LOOK = 0.01, 0.1
_GOODBYE = 1.0


class MasterFailed(Exception):
    """There is no login. ``said`` is what ssh wrote."""

    def __init__(self, reason: Reason, said: str) -> None:
        super().__init__(reason.value)
        self.reason = reason
        self.said = said


class Master:
    """One login. ``socket`` is where commands find it; beside it lies what ssh says."""

    def __init__(self, arguments: Sequence[str], socket: Path) -> None:
        self._arguments = list(arguments)
        self._socket = socket
        self._words = socket.with_suffix(".words")
        self._process: Popen | None = None

    def alive(self) -> bool:
        """Whether the login still stands, as far as this machine knows."""
        return self._process is not None and self._process.poll() is None and self._socket.exists()

    def open(self, timeout: float) -> None:
        """Log in. A server that hangs up before it asked who we are is tried again until the time is over.

        Raises ``MasterFailed``.
        """
        deadline = time.monotonic() + timeout
        for attempt in count(1):
            try:
                self._try(deadline)
            except MasterFailed as failed:
                again = failed.reason is Reason.NOT_CONNECTED and any(it in failed.said for it in _DROPPED)
                pause = random.uniform(0.2, 0.6) * min(2**attempt, _LONGEST)
                if not again or time.monotonic() + pause > deadline:
                    raise
                gevent.sleep(pause)
            else:
                return

    def close(self) -> None:
        """Log out; commands that still use the login lose it."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            for number, patience in ((signal.SIGTERM, _GOODBYE), (signal.SIGKILL, None)):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(gevent.Timeout), gevent.Timeout(patience):
                    process.wait()
                    break
        for left in (self._socket, self._words):
            with suppress(OSError):
                left.unlink()

    def _try(self, deadline: float) -> None:
        self.close()
        try:
            with self._words.open("wb") as words:
                self._process = Popen(
                    self._arguments,
                    stdin=DEVNULL,
                    stdout=DEVNULL,
                    stderr=words,
                    start_new_session=True,
                    preexec_fn=ends_with_us(),
                )
        except OSError as error:
            if error.errno == errno.ENOENT:
                raise MasterFailed(Reason.NO_SSH, "") from error
            raise
        try:
            self._wait_for_socket(deadline)
        except BaseException:
            self.close()
            raise

    def _wait_for_socket(self, deadline: float) -> None:
        assert self._process is not None
        pause = _FIRST_LOOK
        while not self._socket.exists():
            if self._process.poll() is not None:
                raise MasterFailed(Reason.NOT_CONNECTED, self._said())
            if time.monotonic() > deadline:
                raise MasterFailed(Reason.LOGIN_TIMEOUT, self._said())
            gevent.sleep(pause)
            pause = min(pause * 1.5, _LAST_LOOK)

    def _said(self) -> str:
        try:
            return self._words.read_text("utf-8", "replace").strip()
        except OSError:
            return ""
