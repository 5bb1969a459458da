"""Processes of the child: run to the end of their frame, or killed; none outlives the child."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable, Sequence
from contextlib import suppress

import gevent
import msgspec
from gevent.event import Event
from gevent.subprocess import DEVNULL, PIPE, Popen

from midonet_migrate.hosts.fleet.framing import Frame, Framed

_CHUNK = 65536
_PR_SET_PDEATHSIG = 1
_LAST_WORDS = 0.5
"""Seconds for a process whose command ended to end itself, too."""


def ends_with_us() -> Callable[[], None]:
    """For ``preexec_fn``: the process gets SIGTERM when the child dies, however it dies."""
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def prepare() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return prepare


class Outcome(msgspec.Struct, frozen=True):
    """What a framed process wrote, and how it ended."""

    framed: Framed
    status: int | None
    """Of the local process; None when it had to be killed."""
    group: int | None
    """The command's process group on its host."""
    timed_out: bool = False
    stopped: bool = False


class FramedProcess:
    """A local process (sh or ssh) that runs a framed command somewhere."""

    def __init__(
        self, arguments: Sequence[str], frame: Frame, stdin: bytes, prepare: Callable[[], None] | None
    ) -> None:
        """Start it. Raises ``OSError``."""
        self._frame = frame
        self._stdout, self._stderr = bytearray(), bytearray()
        self._ended = Event()
        self._stopped = False
        self._open = 2
        self._unmarked = 2
        self._process = Popen(
            list(arguments),
            stdin=PIPE if stdin else DEVNULL,
            stdout=PIPE,
            stderr=PIPE,
            start_new_session=True,
            preexec_fn=prepare,
        )
        self._helpers = [
            gevent.spawn(self._read, self._process.stdout, self._stdout, frame.stdout_ended),
            gevent.spawn(self._read, self._process.stderr, self._stderr, frame.stderr_ended),
        ]
        if stdin:
            self._helpers.append(gevent.spawn(self._feed, stdin))

    def wait(self, timeout: float) -> Outcome:
        """Until the command ends, the process does, :meth:`stop` is called, or ``timeout`` seconds passed.

        In the last two cases the process still runs: :meth:`kill` it.
        """
        in_time = self._ended.wait(timeout)
        status: int | None = None
        if in_time and not self._stopped:
            with suppress(gevent.Timeout), gevent.Timeout(_LAST_WORDS):
                status = self._process.wait()
        return Outcome(
            self._frame.parse(self._stdout, self._stderr),
            status,
            self._frame.group(self._stdout),
            timed_out=not in_time,
            stopped=self._stopped,
        )

    def stop(self) -> None:
        """Make :meth:`wait` return."""
        self._stopped = True
        self._ended.set()

    def kill(self) -> None:
        """End the local process and what belongs to it. What runs on another host is not reached by that."""
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGTERM)
            with suppress(gevent.Timeout), gevent.Timeout(_LAST_WORDS):
                self._process.wait()
        if self._process.poll() is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        gevent.killall(self._helpers)
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                with suppress(OSError, RuntimeError):
                    pipe.close()

    def _read(self, pipe: object, into: bytearray, marked: Callable[[bytearray, int], bool]) -> None:
        read = getattr(pipe, "read1", None) or pipe.read  # type: ignore[attr-defined]
        seen = False
        with suppress(OSError, ValueError):
            while chunk := read(_CHUNK):
                into += chunk
                if not seen and marked(into, len(chunk)):
                    seen = True
                    self._unmarked -= 1
                    if not self._unmarked:
                        self._ended.set()
        self._open -= 1
        if not self._open:
            self._ended.set()

    def _feed(self, stdin: bytes) -> None:
        # A command need not read what it is given.
        pipe = self._process.stdin
        with suppress(OSError, ValueError):
            pipe.write(stdin)
            pipe.flush()
        with suppress(OSError, ValueError):
            pipe.close()
