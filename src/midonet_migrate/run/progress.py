"""Showing how far a long piece of work has come."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Protocol, TextIO

LINE_INTERVAL_SECONDS = 5.0


class Phase(Protocol):
    """One piece of work whose progress is shown. Methods may be called from any thread."""

    def advance(self, count: int = 1) -> None:
        """``count`` more items are done."""

    def expect(self, total: int) -> None:
        """The number of items is now known, or has changed."""

    def describe(self, text: str) -> None:
        """What is shown beside the numbers from now on, such as rate and time left."""

    def tell(self, text: str) -> None:
        """A line of its own, shown at once and for good."""


class Progress(Protocol):
    """What readers and writers report to."""

    def phase(self, title: str, total: int | None = None) -> AbstractContextManager[Phase]:
        """Begin a phase; it ends with the ``with`` block. ``total`` is None while unknown."""


class _SilentPhase:
    def advance(self, count: int = 1) -> None:
        pass

    def expect(self, total: int) -> None:
        pass

    def describe(self, text: str) -> None:
        pass

    def tell(self, text: str) -> None:
        pass


class SilentProgress:
    """Shows nothing."""

    def phase(self, title: str, total: int | None = None) -> AbstractContextManager[Phase]:
        """A phase that nobody sees."""
        del title, total
        return nullcontext(_SilentPhase())


class _LinePhase:
    def __init__(self, stream: TextIO, title: str, total: int | None, interval: float) -> None:
        self._stream = stream
        self._title = title
        self._total = total
        self._done = 0
        self._beside = ""
        self._interval = interval
        self._next_line = time.monotonic() + interval
        self._lock = threading.Lock()

    def advance(self, count: int = 1) -> None:
        with self._lock:
            self._done += count
            if time.monotonic() >= self._next_line:
                self._next_line = time.monotonic() + self._interval
                self.say(f", {self._beside}" if self._beside else "")

    def describe(self, text: str) -> None:
        with self._lock:
            self._beside = text

    def tell(self, text: str) -> None:
        with self._lock:
            self._stream.write(f"{self._title}: {text}\n")
            self._stream.flush()

    def expect(self, total: int) -> None:
        with self._lock:
            self._total = total

    def say(self, ending: str) -> None:
        of_total = f" of {self._total}" if self._total is not None else ""
        # A phase that counts nothing has no number to tell.
        number = f"{self._done}{of_total}" if self._done or of_total else ""
        self._stream.write(f"{self._title}: {number}{ending if number else ending.removeprefix(', ')}\n")
        self._stream.flush()


class LineProgress:
    """Plain lines for logs and pipes: one every few seconds, and one when a phase ends."""

    def __init__(self, stream: TextIO, *, interval: float = LINE_INTERVAL_SECONDS) -> None:
        self._stream = stream
        self._interval = interval

    @contextmanager
    def phase(self, title: str, total: int | None = None) -> Iterator[Phase]:
        """A phase that is shown as lines of text."""
        phase = _LinePhase(self._stream, title, total, self._interval)
        try:
            yield phase
        except BaseException:
            phase.say(", stopped")
            raise
        phase.say(", done")
