"""Media types of the 5.x API: the highest of each resource, the same in all target versions (new 1.3)."""

from __future__ import annotations

_NAMES = {
    "ad_route": "BgpNetwork-v1",
    "bgp": "BgpPeer-v1",
    "bridge": "Bridge-v4",
    "chain": "Chain-v1",
    "dhcp_host": "DhcpHost-v2",
    "dhcp_subnet": "DhcpSubnet-v2",
    "dhcp_v6_host": "DhcpV6Host-v1",
    "dhcp_v6_subnet": "DhcpV6Subnet-v1",
    "health_monitor": "HealthMonitor-v1",
    "host": "Host-v3",
    "host_interface_port": "HostInterfacePort-v1",
    "ip4_mac_pair": "IP4Mac-v1",
    "ip_addr_group": "IpAddrGroup-v1",
    "ip_addr_group_addr": "IpAddrGroupAddr-v1",
    "load_balancer": "LoadBalancer-v1",
    "mac_port": "MacPort-v2",
    "pool": "Pool-v1",
    "pool_member": "PoolMember-v1",
    "port": "Port-v3",
    "port_group": "PortGroup-v1",
    "port_group_port": "PortGroupPort-v1",
    "port_link": "PortLink-v1",
    "route": "Route-v1",
    "router": "Router-v3",
    "rule": "Rule-v2",
    "trace_request": "TraceRequest-v1",
    "tunnel_zone": "TunnelZone-v1",
    "tunnel_zone_host": "TunnelZoneHost-v1",
    "vip": "VIP-v1",
    "vtep": "VTEP-v2",
    "vtep_binding": "VTEPBinding-v2",
}


def media_type(kind: str) -> str:
    """The vendor type of one object; ``kind`` is the 1.9 kind. Raises ``KeyError`` for kinds never sent."""
    return f"application/vnd.org.midonet.{_NAMES[kind]}+json"
