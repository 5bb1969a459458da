"""Names of the kinds of objects, as used in snapshot, plan and ledger.

MidoNet kinds are the resource names of the 1.9 API (old 1.3), Neutron kinds the collections of the Kilo
plug-in's getters (db 2).
"""

from __future__ import annotations

MIDONET_KINDS = (
    "ad_route",
    "bgp",
    "bridge",
    "chain",
    "dhcp_host",
    "dhcp_subnet",
    "dhcp_v6_host",
    "dhcp_v6_subnet",
    "health_monitor",
    "host",
    "host_interface_port",
    "interface",
    "ip4_mac_pair",
    "ip_addr_group",
    "ip_addr_group_addr",
    "load_balancer",
    "mac_port",
    "pool",
    "pool_member",
    "port",
    "port_group",
    "port_group_port",
    "port_link",
    "route",
    "router",
    "rule",
    "trace_request",
    "tunnel_zone",
    "tunnel_zone_host",
    "vip",
    "vtep",
    "vtep_binding",
)
"""Every kind of MidoNet object that enters the ledger, in alphabetical order."""

NEUTRON_KINDS = (
    "floating_ips",
    "health_monitors",
    "members",
    "networks",
    "pools",
    "ports",
    "router_interfaces",
    "routers",
    "security_group_rules",
    "security_groups",
    "subnetpools",
    "subnets",
    "vips",
)
"""Every kind of Neutron resource that enters the ledger, in alphabetical order."""
