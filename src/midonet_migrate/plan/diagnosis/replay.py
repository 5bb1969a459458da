"""The rows executed so far, replayed on the simulated importer, and the next one tried (imp 1.3-1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.diagnosis.nouns import STORED_AS
from midonet_migrate.plan.tasks.messages import deserialize, parse_data
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter, check_row
from midonet_migrate.plan.tasks.simulation.store import Store
from midonet_migrate.plan.tasks.validate import TaskRow
from midonet_migrate.plan.tasks.values import address_text

Stored = tuple[str, str]
"""Class in ZooKeeper and id of an object."""


class Stop(msgspec.Struct, frozen=True):
    """The row at which the importer stops, and why."""

    row: TaskRow
    refused: Refused


class Attempt(msgspec.Struct, frozen=True):
    """What executing a row reads and makes: objects of ZooKeeper's classes; ARP seeds beside them."""

    reads: tuple[Stored, ...] = ()
    makes: tuple[Stored, ...] = ()
    seeds: tuple[tuple[str, str, str], ...] = ()
    """Network, address, MAC."""


class _RecordingStore(Store):
    """Remembers what one task reads and makes."""

    def __init__(self, hosts: dict[str, str]) -> None:
        super().__init__(hosts)
        self.recording = False
        self.reads: list[tuple[str, Any]] = []
        self.makes: list[tuple[str, Any]] = []

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


class Replay:
    """The importer's state before its next row."""

    def __init__(self, facts: SiteFacts) -> None:
        self._facts = facts
        self._types = data_types(facts.version)
        marker = facts.marker or 0
        self.pending = [row for row in facts.rows if row.id > marker]
        self._flush = [row for row in facts.rows if row.id == 1 <= marker and row.type == "FLUSH"]
        self.unexplained = 0
        """Executed rows that the simulation refuses: it does not know the topology as it really is."""
        self._store = _RecordingStore(dict(facts.hosts))
        self._importer = SimulatedImporter(facts.version, facts.hosts)
        self._importer.store = self._store
        for row in facts.rows:
            if row.id <= marker and row.type != "FLUSH":
                self.unexplained += self._execute(row) is not None

    def unreadable(self) -> Stop | None:
        """The first row that holds back the whole poll, wherever it stands (imp 1.5)."""
        for row in (*self._flush, *self.pending):
            try:
                check_row(row, self._types)
            except Refused as refused:
                return Stop(row, refused)
        return None

    def transaction(self) -> Sequence[TaskRow]:
        """The run of rows that is next: all of them are read before the first is executed (imp 1.4)."""
        first = self.pending[0].transaction_id if self.pending else ""
        rows = []
        for row in self.pending:
            if row.transaction_id != first:
                break
            rows.append(row)
        return rows

    def undecodable(self) -> Stop | None:
        """The first row of the next transaction whose data cannot be read."""
        for row in self.transaction():
            fields = self._types[str(row.data_type)].fields
            if row.type == "DELETE" or fields is None:
                continue
            try:
                deserialize(fields, parse_data(row.data))
            except Refused as refused:
                return Stop(row, refused)
        return None

    def attempt(self) -> Attempt | Stop | None:
        """What executing the next row comes to; None without one. To be asked once, last."""
        if not self.pending:
            return None
        row = self.pending[0]
        self._store.recording = True
        refused = self._execute(row)
        if refused is not None:
            return Stop(row, refused)
        return Attempt(
            reads=_stored(self._store.reads),
            makes=_stored(self._store.makes),
            seeds=tuple(_seed(key) for name, key in self._store.makes if name == "ARP entry"),
        )

    def in_topology(self, port: str) -> bool:
        """Whether the importer has made, or would make, a MidoNet port with this id."""
        try:
            return self._store.has("Port", UUID(port).int)
        except ValueError:
            return False

    def _execute(self, row: TaskRow) -> Refused | None:
        try:
            self._importer.execute(row)
        except Refused as refused:
            return refused
        return None


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
