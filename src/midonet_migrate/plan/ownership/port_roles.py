"""What the ports of server-made devices are for."""

from __future__ import annotations

from typing import NamedTuple

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.plan.ownership.expected_rules import RouterEnd


class Interface(NamedTuple):
    """A router interface or gateway as found: Neutron port, peer on the tenant router, its address."""

    neutron_port: JsonObject
    end: RouterEnd
    subnet: JsonObject | None


class PortMap:
    """What the ports of server-made devices are for, as later rules need it."""

    def __init__(self) -> None:
        self.interfaces: dict[str, list[Interface]] = {}
        """Router id to its interfaces with an IPv4 router side."""
        self.gateways: dict[str, Interface] = {}
        """Router id to its gateway link."""
        self.external_links: dict[str, list[tuple[JsonObject, JsonObject, JsonObject]]] = {}
        """External network id to (subnet, bridge port, Provider Router port)."""
