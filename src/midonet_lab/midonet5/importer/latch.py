"""Curator's leader latch: the participant with the lowest number leads (imp 1.8)."""

from __future__ import annotations

import threading
from contextlib import suppress
from uuid import uuid4

from kazoo.client import KazooClient, KazooState
from kazoo.exceptions import KazooException, NoNodeError

from midonet_lab.midonet5.importer.retries import LOST

_SEPARATOR = "latch-"


class LeaderLatch:
    """A participant below ``path``: an ephemeral sequential node whose data is ``participant``."""

    def __init__(self, client: KazooClient, path: str, participant: str) -> None:
        self._client = client
        self._path = path
        self._participant = participant
        self._node: str | None = None
        self._closed = True
        self._lost = False
        self._entering = threading.Lock()

    def start(self) -> None:
        """Take part, also with every later session of the client."""
        self._closed = False
        self._client.ensure_path(self._path)
        self._enter()
        self._client.add_listener(self._changed)

    def has_leadership(self) -> bool:
        """Whether this participant leads now; takes part anew when its session was lost."""
        if self._closed:
            return False
        try:
            names, is_new = self._present()
        except LOST:
            return False
        return not is_new and self._node is not None and names[0] == self._node.rpartition("/")[2]

    def close(self) -> None:
        """Take part no longer."""
        self._closed = True
        self._client.remove_listener(self._changed)
        if self._node is not None:
            with suppress(KazooException):
                self._client.delete(self._node)
            self._node = None

    def leader(self) -> str | None:
        """The data of the leading participant."""
        names = self._participants()
        with suppress(NoNodeError):
            if names:
                return str(self._client.get(f"{self._path}/{names[0]}")[0].decode())
        return None

    def _changed(self, state: str) -> None:
        if state == KazooState.LOST:
            self._lost = True
        elif state == KazooState.CONNECTED and self._lost:
            self._lost = False
            self._client.handler.spawn(self._return)  # a listener must not wait for answers

    def _return(self) -> None:
        with suppress(KazooException):
            self._present()

    def _present(self) -> tuple[list[str], bool]:
        """The participants before, and whether this one had to enter anew."""
        with self._entering:
            names = self._participants()
            is_new = self._node is None or self._node.rpartition("/")[2] not in names
            if is_new and not self._closed:
                self._enter()
            return names, is_new

    def _participants(self) -> list[str]:
        names: list[str] = self._client.get_children(self._path)
        return sorted(names, key=lambda name: name.rpartition(_SEPARATOR)[2])

    def _enter(self) -> None:
        self._node = self._client.create(
            f"{self._path}/_c_{uuid4()}-{_SEPARATOR}",
            self._participant.encode(),
            ephemeral=True,
            sequence=True,
            makepath=True,
        )
