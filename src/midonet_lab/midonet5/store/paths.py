"""Where things lie below the root key of 5.x (imp 5.1)."""

from __future__ import annotations

from dataclasses import dataclass

from midonet_lab.midonet5.store.classes import NO_NAMESPACE
from midonet_lab.midonet5.topology.tables import Version

PERMANENT = 2147483647
"""Version of a table entry that is never aged out."""


@dataclass(frozen=True, slots=True)
class Paths:
    """Absolute paths below ``root`` ("/midonet", say)."""

    root: str
    version: Version

    def below(self, *parts: str) -> str:
        """A path below the root."""
        return "/".join((self.root.rstrip("/"), *parts))

    def class_node(self, class_name: str) -> str:
        """Parent of the objects of a class."""
        return self.below("zoom/0/models", class_name)

    def object_node(self, class_name: str, object_id: str) -> str:
        """The node of an object."""
        return self.below("zoom/0/models", class_name, object_id)

    def tables(self, class_name: str, object_id: str) -> str:
        """Parent of the state tables of an object (5.2)."""
        return self.below("zoom/0/tables", class_name, object_id)

    def state_class(self, class_name: str, namespace: str = NO_NAMESPACE) -> str:
        """Parent of the runtime state of the objects of a class."""
        return self.below("zoom/0/state", namespace, class_name)

    def mac_table(self, network: str, vlan: int = 0) -> str:
        """The MAC table of a network: MAC to port."""
        if self.version == "5.0.2":
            tagged = ("vlans", str(vlan)) if vlan else ()
            return self.below("bridges", network, *tagged, "mac_ports")
        return self.below("zoom/0/tables/Network", network, "mac_table", str(vlan))

    def legacy_arp_table(self, network: str) -> str:
        """The ARP table of a network in 5.0, which 5.2 goes on using where it finds one (imp 3.3)."""
        return self.below("bridges", network, "ip4_mac_map")

    def arp_table(self, network: str) -> str:
        """The ARP table of a network of its own version."""
        if self.version == "5.0.2":
            return self.legacy_arp_table(network)
        return self.below("zoom/0/tables/Network", network, "ip4_mac_table")

    def sequence(self, name: str) -> str:
        """The counter of a sequence."""
        return self.below("sequences", name)


def entry_name(key: str, value: str, version: int = PERMANENT) -> str:
    """Name of the node of a table entry: permanent ones have no ephemeral owner and the highest version."""
    return f"{key},{value},{version:010d}"
