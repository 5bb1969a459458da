"""What the executed rows have made, on the simulated importer; grows as the import goes on (imp 3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from midonet_migrate.plan.diagnosis.nouns import STORED_AS
from midonet_migrate.plan.diagnosis.request_size import RequestSize, add_row, request_size
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter
from midonet_migrate.plan.tasks.simulation.store import Store
from midonet_migrate.plan.tasks.size import DEFAULT_REQUEST_LIMIT, SizeEstimate
from midonet_migrate.plan.tasks.validate import TaskRow
from midonet_migrate.plan.tasks.values import address_text

Stored = tuple[str, str]
"""Class in ZooKeeper and id of an object."""


class Attempt(msgspec.Struct, frozen=True):
    """What executing a row reads and makes: objects of ZooKeeper's classes; ARP seeds beside them.

    ``ports`` are the ids of the MidoNet ports among what it makes.
    """

    reads: tuple[Stored, ...] = ()
    makes: tuple[Stored, ...] = ()
    seeds: tuple[tuple[str, str, str], ...] = ()
    """Network, address, MAC."""
    ports: frozenset[int] = frozenset()


class _RecordingStore(Store):
    """Remembers what one task reads and makes."""

    def __init__(self, hosts: dict[str, str]) -> None:
        super().__init__(hosts)
        self.recording = False
        self.reads: list[tuple[str, Any]] = []
        self.makes: list[tuple[str, Any]] = []

    def record(self) -> None:
        """Begin with nothing read and nothing made."""
        self.reads, self.makes, self.recording = [], [], True

    def get(self, name: str, key: Any) -> Any:
        """As of :class:`Store`."""
        if self.recording and (name, key) not in self.makes:
            self.reads.append((name, key))
        return super().get(name, key)

    def put(self, name: str, key: Any, value: Any = True) -> None:
        """As of :class:`Store`."""
        if self.recording and not self.has(name, key):
            self.makes.append((name, key))
        super().put(name, key, value)


class ExecutedRows:
    """The importer's state after the rows given so far, in the order of their ids.

    ``hosts`` are the Hosts in ZooKeeper, name -> id. Memory grows with what the rows make.
    """

    def __init__(self, version: TargetVersion, hosts: Mapping[str, str]) -> None:
        self.hosts = dict(hosts)
        self.version: TargetVersion = version
        self.last_id: int | None = None
        """The id of the last row executed; None before the first."""
        self.unexplained = 0
        """Rows that the simulation refuses: it does not know the topology as it really is."""
        self._store = _RecordingStore(dict(hosts))
        self._importer = SimulatedImporter(version, hosts)
        self._importer.store = self._store
        self._sizes = SizeEstimate(version, DEFAULT_REQUEST_LIMIT)

    def execute(self, row: TaskRow) -> None:
        """Take over what the importer has done with ``row``, which it has passed."""
        self.last_id = row.id
        if row.type == "FLUSH":
            return
        try:
            self._importer.execute(row)
        except Refused:
            self.unexplained += 1
        add_row(self._sizes, row, in_topology=lambda port: self._store.has("Port", port))

    def attempt(self, row: TaskRow) -> Attempt | Refused:
        """What executing ``row`` next would come to. Changes nothing."""
        store = self._store
        store.begin()
        store.record()
        try:
            self._importer.execute(row)
            return Attempt(
                reads=_stored(store.reads),
                makes=_stored(store.makes),
                seeds=tuple(_seed(key) for name, key in store.makes if name == "ARP entry"),
                ports=frozenset(key for name, key in store.makes if name == "Port"),
            )
        except Refused as refused:
            return refused
        finally:
            store.rollback()
            store.recording = False

    def request_size(self, row: TaskRow, attempt: Attempt, *, limit: int, live: int) -> RequestSize:
        """The size of the request for ``row``; ``live`` is that of the nodes it rewrites, as they are now."""
        return request_size(
            self._sizes, row, limit=limit, live=live, in_topology=lambda port: port in attempt.ports
        )


def _stored(keys: Sequence[tuple[str, Any]]) -> tuple[Stored, ...]:
    found = dict.fromkeys(
        (stored, str(UUID(int=key)))
        for name, key in keys
        for stored in STORED_AS.get(name, ())
        if isinstance(key, int)
    )
    return tuple(found)


def _seed(key: Any) -> tuple[str, str, str]:
    network, address, mac = key
    return str(UUID(int=network)), address_text(address), mac
