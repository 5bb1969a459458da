"""Curator's leader latch: the participant with the lowest number leads (imp 1.8)."""

from __future__ import annotations

from contextlib import suppress
from uuid import uuid4

from kazoo.client import KazooClient
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

    def start(self) -> None:
        """Take part."""
        self._closed = False
        self._client.ensure_path(self._path)
        self._enter()

    def has_leadership(self) -> bool:
        """Whether this participant leads now; takes part anew when its session was lost."""
        if self._closed:
            return False
        try:
            names = self._participants()
            if self._node is None or self._node.rpartition("/")[2] not in names:
                self._enter()
                return False
        except LOST:
            return False
        return bool(names[0] == self._node.rpartition("/")[2])

    def close(self) -> None:
        """Take part no longer."""
        self._closed = True
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
