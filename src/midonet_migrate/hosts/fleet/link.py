"""The main process's end of the pipes: starts the child, sends orders, hands out answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import IO

import msgspec

from midonet_migrate.hosts.fleet.failures import broken
from midonet_migrate.hosts.fleet.messages import (
    Ended,
    Failed,
    Ready,
    Run,
    Start,
    Stop,
    decode_from_child,
    encode,
)
from midonet_migrate.hosts.local import inherited_environment

_GOODBYE = 20.0
"""Seconds for the child to log out everywhere."""
_READY = 120.0


class Waiting:
    """One order that is on its way."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self.answer: Ended | Failed | None = None
        """None once :meth:`wait` returned: the child died."""

    def wait(self, timeout: float) -> bool:
        """Whether there is an answer, or the certainty that there will be none."""
        return self._done.wait(timeout)

    def settle(self, answer: Ended | Failed | None) -> None:
        """Wake up who waits."""
        self.answer = answer
        self._done.set()


class Link:
    """A running child. Methods may be called from any thread."""

    def __init__(self, start: Start) -> None:
        """Start it and wait until it takes orders. Raises ``FleetBroken``."""
        self._words: IO[bytes] = os.fdopen(os.memfd_create("fleet-stderr"), "w+b")
        self._last_words = ""
        self._sending = threading.Lock()
        self._state = threading.Lock()
        self._waiting: dict[int, Waiting] = {}
        self._next = 1
        self._gone = False
        self._ready = threading.Event()
        self._process = self._start()
        self._reader = threading.Thread(target=self._read, name="fleet-answers", daemon=True)
        self._reader.start()
        try:
            self._write(encode(start))
            self._ready.wait(_READY)
        except BaseException:
            self.close()
            raise
        if self._gone or not self._ready.is_set():
            self.close()
            raise self.error()

    def _start(self) -> subprocess.Popen[bytes]:
        try:
            return subprocess.Popen(
                # -P: nothing is imported from the working directory
                [sys.executable, "-P", "-m", "midonet_migrate.hosts.fleet.child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env=inherited_environment(),
                start_new_session=True,  # Ctrl-C reaches us alone
            )
        except OSError as error:
            self._words.close()
            raise broken(f"It could not be started: {error.strerror}", None) from error

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._process.pid

    def send(self, order: Run) -> Waiting:
        """Send an order; its ``number`` is given here. Raises ``FleetBroken``."""
        waiting = Waiting()
        with self._state:
            if self._gone:
                raise self.error()
            number = self._next
            self._next += 1
            self._waiting[number] = waiting
        try:
            self._write(encode(msgspec.structs.replace(order, number=number)))
        except UnicodeEncodeError:
            with self._state:
                del self._waiting[number]
            raise
        return waiting

    def stop_all(self) -> None:
        """Kill every command that still runs."""
        with self._state:
            numbers = list(self._waiting)
        for number in numbers:
            with suppress(Exception):
                self._write(encode(Stop(number)))

    def running(self) -> int:
        """How many orders have no answer yet."""
        with self._state:
            return len(self._waiting)

    def close(self) -> None:
        """End the child: it logs out everywhere first. What waits is woken up."""
        with self._sending, suppress(OSError, ValueError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(_GOODBYE)
        except subprocess.TimeoutExpired:
            self.kill()
        finally:
            self._reader.join(_GOODBYE)
            if self._process.stdout is not None and not self._reader.is_alive():
                self._process.stdout.close()
            self._said()
            self._words.close()

    def kill(self) -> None:
        """End the child at once; its processes get SIGTERM by themselves."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def error(self) -> Exception:
        """Why there is no child any more."""
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(1.0)
        return broken(self._said(), self._process.poll())

    def _said(self) -> str:
        if not self._words.closed:
            self._words.seek(0)
            self._last_words = self._words.read().decode("utf-8", "replace")
        return self._last_words

    def _write(self, line: bytes) -> None:
        stdin = self._process.stdin
        assert stdin is not None
        try:
            with self._sending:
                stdin.write(line)
                stdin.flush()
        except (OSError, ValueError) as lost:
            raise self.error() from lost

    def _read(self) -> None:
        stdout = self._process.stdout
        assert stdout is not None
        try:
            for line in stdout:
                answer = decode_from_child(line)
                if isinstance(answer, Ready):
                    self._ready.set()
                    continue
                with self._state:
                    waiting = self._waiting.pop(answer.number, None)
                if waiting is not None:
                    waiting.settle(answer)
        except (msgspec.DecodeError, OSError, ValueError):
            self.kill()
        finally:
            with self._state:
                self._gone = True
                left, self._waiting = list(self._waiting.values()), {}
            for waiting in left:
                waiting.settle(None)
            self._ready.set()
