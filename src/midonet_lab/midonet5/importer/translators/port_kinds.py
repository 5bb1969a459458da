"""Kinds of Neutron ports, and what a kind has in the topology (imp 3.5)."""

from __future__ import annotations

from midonet_lab.midonet5.importer.features import Features
from midonet_lab.midonet5.topology.text_format import StoredObject

COMPUTE, DHCP, FLOATING, GATEWAY, INTERFACE, VIP, REMOTE = (
    "COMPUTE",
    "DHCP",
    "FLOATINGIP",
    "ROUTER_GATEWAY",
    "ROUTER_INTERFACE",
    "LOADBALANCER",
    "REMOTE_SITE",
)
SEEDED = frozenset({COMPUTE, GATEWAY, INTERFACE, REMOTE})


def owner_of(port: StoredObject) -> str:
    """The device owner; a port without one is a VIF."""
    owner: str = port.get("device_owner", COMPUTE)
    return owner


def has_no_port(owner: str, features: Features) -> bool:
    """Whether ports of this owner are kept as Neutron objects only, before their network is looked at."""
    return owner == FLOATING or (owner == VIP and not features.vip_ports)


def is_untrusted(owner: str, features: Features) -> bool:
    """Whether the port gets security chains and is a member of address groups."""
    return owner == COMPUTE or (owner == VIP and features.vip_ports)
