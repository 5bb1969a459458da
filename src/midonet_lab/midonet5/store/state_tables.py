"""State tables: MAC, ARP, ... entries as nodes without data (imp 5.1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from kazoo.exceptions import NodeExistsError, NoNodeError

from midonet_lab.midonet5.store.errors import StorageNodeExists
from midonet_lab.midonet5.store.paths import PERMANENT, entry_name

if TYPE_CHECKING:
    from midonet_lab.midonet5.store.zoom import Zoom


@dataclass(frozen=True, slots=True)
class TableEntry:
    """An entry: ``version`` is :data:`PERMANENT` for those that don't age out."""

    key: str
    value: str
    version: int

    @property
    def permanent(self) -> bool:
        """Whether it was put there to stay."""
        return self.version == PERMANENT

    @property
    def name(self) -> str:
        """Name of its node."""
        return entry_name(self.key, self.value, self.version)


class StateTables:
    """The tables of one store. Paths come from ``mac_table``, ``arp_table`` or ``table``."""

    def __init__(self, zoom: Zoom) -> None:
        self._zoom = zoom

    def mac_table(self, network: str, vlan: int = 0) -> str:
        """Path of the MAC table of a network."""
        return self._zoom.paths.mac_table(network, vlan)

    def arp_table(self, network: str) -> str:
        """Path of the ARP table of a network: a left-over of 5.0 is used in 5.2 too (imp 3.3)."""
        paths = self._zoom.paths
        own = paths.arp_table(network)
        legacy = paths.legacy_arp_table(network)
        absent = f"absent:{legacy}"
        if own == legacy or self._zoom.cache.knows_path(absent):
            return own
        if self._zoom.client.exists(legacy) is not None:
            return legacy
        self._zoom.cache.add_path(absent)
        return own

    def table(self, class_name: str, object_id: str, name: str) -> str:
        """Path of another table: ``arp_table`` of a router, in 5.2 also ``peering_table`` of a port."""
        if self._zoom.version == "5.0.2" and class_name == "Router":
            return self._zoom.paths.below("routers", object_id, name)
        return f"{self._zoom.paths.tables(class_name, object_id)}/{name}"

    def exists(self, path: str) -> bool:
        """Whether the table's node is there."""
        return self._zoom.client.exists(path) is not None

    def entries(self, path: str) -> list[TableEntry]:
        """The entries of a table, by node name; none if there is no table."""
        try:
            names = sorted(self._zoom.client.get_children(path))
        except NoNodeError:
            return []
        split = (name.rsplit(",", 2) for name in names)
        return [TableEntry(words[0], words[1], int(words[2])) for words in split if len(words) == 3]

    def add(self, path: str, key: str, value: str, version: int = PERMANENT) -> None:
        """Add an entry, with the table if it is not there. Raises :class:`StorageNodeExists`."""
        node = f"{path}/{entry_name(key, value, version)}"
        try:
            self._zoom.client.create(node, makepath=True)
        except NodeExistsError as error:
            raise StorageNodeExists(node) from error

    def remove(self, path: str, key: str, value: str | None = None) -> int:
        """Delete the entries of a key (with this value, if given); how many there were."""
        removed = 0
        for entry in self.entries(path):
            if entry.key == key and value in {None, entry.value}:
                try:
                    self._zoom.client.delete(f"{path}/{entry.name}")
                except NoNodeError:
                    continue
                removed += 1
        return removed
