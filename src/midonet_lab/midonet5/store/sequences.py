"""Sequences: numbers that are handed out once, outside any transaction (imp 5.1)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from kazoo.client import KazooClient
from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError

_SEEDS = {"overlay_tunnel_key": 1, "vxgw_tunnel_key": 10000}


@dataclass(frozen=True, slots=True)
class PendingNumber:
    """A number whose request is under way: it is ours if ``path`` reaches ``version`` by it."""

    number: int
    path: str
    version: int
    request: Any

    def confirmed(self) -> bool:
        """Whether it is ours; waits for the answer."""
        try:
            self.request.get()
        except (BadVersionError, NoNodeError):
            return False
        return True


class Sequences:
    """The counters of a store: nodes with a 4-byte big-endian number, the last one handed out."""

    def __init__(self, client: KazooClient, path_of: Callable[[str], str]) -> None:
        self._client = client
        self._path_of = path_of
        self._known: dict[str, tuple[int, int]] = {}  # last number, version of its node

    def next(self, name: str) -> int:
        """The next number. It is used up whatever becomes of its use."""
        known = self._known.get(name)
        while True:
            try:
                last, version = known or self._read(name)
                stat = self._client.set(self._path_of(name), _bytes(last + 1), version=version)
            except (NoNodeError, BadVersionError):
                known = None
            else:
                self._known[name] = (last + 1, stat.version)
                return last + 1

    def ask(self, name: str) -> PendingNumber:
        """The next number without waiting for it: a request sent later is executed later, too."""
        known = self._known.get(name) or self._read(name)
        path = self._path_of(name)
        number, version = known[0] + 1, known[1] + 1
        self._known[name] = (number, version)
        request = self._client.set_async(path, _bytes(number), version=known[1])
        return PendingNumber(number, path, version, request)

    def forget(self, name: str) -> None:
        """Read the counter again next time: somebody else took numbers."""
        self._known.pop(name, None)

    def _read(self, name: str) -> tuple[int, int]:
        path = self._path_of(name)
        while True:
            try:
                data, stat = self._client.get(path)
            except NoNodeError:
                with suppress(NodeExistsError):
                    self._client.create(path, _bytes(_SEEDS.get(name, 1)), makepath=True)
            else:
                return int.from_bytes(data, "big", signed=True), stat.version


def _bytes(number: int) -> bytes:
    return number.to_bytes(4, "big", signed=True)
