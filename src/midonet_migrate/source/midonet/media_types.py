"""The highest vendor media type of each 1.9 resource (old 1.3).

Never ask with ``*/*`` or ``application/json``: the one gives the lowest version, the other the fields of
version 1 (old 0.2).
"""

from __future__ import annotations


def vendor(name: str) -> str:
    """The full media type of a short name such as ``collection.Bridge-v4``."""
    return f"application/vnd.org.midonet.{name}+json"


APPLICATION = vendor("Application-v5")
SYSTEM_STATE = vendor("SystemState-v2")
WRITE_VERSION = vendor("WriteVersion-v1")
HOST_VERSIONS = vendor("HostVersion-v1")
"""``/versions`` answers with a list under the item's type."""

COLLECTION = {
    "ad_route": vendor("collection.AdRoute-v1"),
    "bgp": vendor("collection.Bgp-v1"),
    "bridge": vendor("collection.Bridge-v4"),
    "chain": vendor("collection.Chain-v1"),
    "dhcp_host": vendor("collection.DhcpHost-v2"),
    "dhcp_subnet": vendor("collection.DhcpSubnet-v2"),
    "dhcp_v6_host": vendor("collection.DhcpV6Host-v1"),
    "dhcp_v6_subnet": vendor("collection.DhcpV6Subnet-v1"),
    "health_monitor": vendor("collection.HealthMonitor-v1"),
    "host": vendor("collection.Host-v3"),
    "host_interface_port": vendor("collection.HostInterfacePort-v1"),
    "host_version": HOST_VERSIONS,
    "ip4_mac_pair": vendor("collection.IP4Mac-v1"),
    "ip_addr_group": vendor("collection.IpAddrGroup-v1"),
    "ip_addr_group_addr": vendor("collection.IpAddrGroupAddr-v1"),
    "load_balancer": vendor("collection.LoadBalancer-v1"),
    "mac_port": vendor("collection.MacPort-v2"),
    "pool": vendor("collection.Pool-v1"),
    "pool_member": vendor("collection.PoolMember-v1"),
    "port": vendor("collection.Port-v2"),
    "port_group": vendor("collection.PortGroup-v1"),
    "port_group_port": vendor("collection.PortGroupPort-v1"),
    "route": vendor("collection.Route-v1"),
    "router": vendor("collection.Router-v2"),
    "rule": vendor("collection.Rule-v2"),
    "trace_request": vendor("collection.TraceRequest-v1"),
    "tunnel_zone": vendor("collection.TunnelZone-v1"),
    "tunnel_zone_host": vendor("collection.TunnelZoneHost-v1"),
    "vip": vendor("collection.VIP-v1"),
    "vtep": vendor("collection.VTEP-v1"),
    "vtep_binding": vendor("collection.VTEPBinding-v1"),
}

ITEM = {
    "bridge": vendor("Bridge-v4"),
    "chain": vendor("Chain-v1"),
    "dhcp_subnet": vendor("DhcpSubnet-v2"),
    "dhcp_v6_subnet": vendor("DhcpV6Subnet-v1"),
    "host": vendor("Host-v3"),
    "ip_addr_group": vendor("IpAddrGroup-v1"),
    "mac_port": vendor("MacPort-v2"),
    "port": vendor("Port-v2"),
    "port_group": vendor("PortGroup-v1"),
    "router": vendor("Router-v2"),
    "tunnel_zone": vendor("TunnelZone-v1"),
    "vtep": vendor("VTEP-v1"),
}
"""Items that are asked for one by one: to see whether a parent is still there."""
