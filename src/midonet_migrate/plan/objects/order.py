"""The order of creation (new 4.1): each step needs only earlier ones."""

from __future__ import annotations

from enum import IntEnum

from midonet_migrate.model.plan import ObjectRequest


class Step(IntEnum):
    """Where a request stands among the others. Those of one step keep the order in which they were planned.

    PUTs of bridges come before DHCPv6 subnets and VTEP bindings, which they would erase (new 1.8.1).
    """

    HOSTS = 0
    TUNNEL_ZONES = 1
    TUNNEL_ZONE_HOSTS = 2
    HOST_WEIGHTS = 3
    IP_ADDR_GROUPS = 10
    """From here on after the Neutron import."""
    IP_ADDR_GROUP_ADDRS = 11
    CHAINS = 12
    HEALTH_MONITORS = 13
    LOAD_BALANCERS = 14
    PORT_GROUPS = 15
    BRIDGES = 16
    ROUTERS = 17
    DEVICE_UPDATES = 18
    POOLS = 19
    POOL_MEMBERS = 20
    VIPS = 21
    BALANCING_UPDATES = 22
    DHCP_SUBNETS = 23
    DHCP_HOSTS = 24
    DHCP_V6_SUBNETS = 25
    DHCP_V6_HOSTS = 26
    PORTS = 27
    PORT_LINKS = 28
    PORT_UPDATES = 29
    PORT_GROUP_PORTS = 30
    ROUTES = 31
    RULES = 32
    BGP_PEERS = 33
    BGP_NETWORKS = 34
    VTEPS = 35
    VTEP_BINDINGS = 36
    MAC_TABLES = 37
    ARP_TABLES = 38
    TRACE_REQUESTS = 39
    BINDINGS = 40


_BEFORE_IMPORT = frozenset({"host", "tunnel_zone", "tunnel_zone_host"})


def before_import(request: ObjectRequest) -> bool:
    """Whether a request of ``Plan.objects`` is to be sent before the Neutron import.

    The importer binds uplink ports, and looks their hosts up by name (new 4.1).
    """
    return request.kind in _BEFORE_IMPORT
