"""What a 5.x process does when a request costs it its connection: it tries again, for minutes (imp 8.2)."""

from __future__ import annotations

from collections.abc import Callable
from random import random
from threading import Event
from typing import TypeVar

from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionClosedError, ConnectionLoss, SessionExpiredError

from midonet_lab.midonet5.importer.settings import BackOff

LOST = (ConnectionLoss, ConnectionClosedError, SessionExpiredError)
_RECONNECT_SECONDS = 60.0
_POLL_SECONDS = 0.02
T = TypeVar("T")


class Stopped(Exception):
    """The process stops while it waits."""


class Retries:
    """Exponential back-off with random factors, as Curator's ``ExponentialBackoffRetry``."""

    def __init__(self, client: KazooClient, back_off: BackOff, stop: Event) -> None:
        self._client = client
        self._back_off = back_off
        self._stop = stop
        self.waiting = False

    def call(self, request: Callable[[], T]) -> T:
        """The answer; the last lost connection when the retries are used up. Raises :class:`Stopped`."""
        for attempt in range(self._back_off.retries + 1):
            try:
                return request()
            except LOST:
                if attempt == self._back_off.retries:
                    raise
                self._wait(attempt)
        raise AssertionError("unreachable")

    def _wait(self, attempt: int) -> None:
        # 1 to 2 ** (attempt + 1) times the base, evenly: minutes by the tenth time.
        seconds = self._back_off.base_seconds * max(1, int(random() * (1 << (attempt + 1))))
        self.waiting = True
        try:
            if self._stop.wait(seconds):
                raise Stopped
            for _ in range(int(_RECONNECT_SECONDS / _POLL_SECONDS)):
                if self._client.connected:
                    return
                if self._stop.wait(_POLL_SECONDS):
                    raise Stopped
        finally:
            self.waiting = False
