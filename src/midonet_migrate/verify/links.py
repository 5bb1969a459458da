"""Links are stored on both sides (imp 5.2, new 7): the other side of those that a site's objects hold."""

from __future__ import annotations

from typing import Final

from midonet_migrate.verify.site import Site

_MANY: Final = (
    ("Port", "network_id", "Network", "port_ids"),
    ("Port", "router_id", "Router", "port_ids"),
    ("Port", "host_id", "Host", "port_ids"),
    ("Dhcp", "network_id", "Network", "dhcp_ids"),
    ("DhcpV6", "network_id", "Network", "dhcpv6_ids"),
    ("Route", "router_id", "Router", "route_ids"),
    ("Route", "next_hop_port_id", "Port", "route_ids"),
    ("Route", "gateway_dhcp_id", "Dhcp", "gateway_route_ids"),
    ("Network", "inbound_filter_id", "Chain", "network_inbound_ids"),
    ("Network", "outbound_filter_id", "Chain", "network_outbound_ids"),
    ("Router", "inbound_filter_id", "Chain", "router_inbound_ids"),
    ("Router", "outbound_filter_id", "Chain", "router_outbound_ids"),
    ("Router", "local_redirect_chain_id", "Chain", "router_redirect_ids"),
    ("Port", "inbound_filter_id", "Chain", "port_inbound_ids"),
    ("Port", "outbound_filter_id", "Chain", "port_outbound_ids"),
    ("Rule", "fip_port_id", "Port", "fip_nat_rule_ids"),
    ("Pool", "load_balancer_id", "LoadBalancer", "pool_ids"),
    ("Pool", "health_monitor_id", "HealthMonitor", "pool_ids"),
    ("PoolMember", "pool_id", "Pool", "pool_member_ids"),
    ("Vip", "pool_id", "Pool", "vip_ids"),
    ("Vip", "gateway_port_id", "Port", "vip_ids"),
    ("BgpPeer", "router_id", "Router", "bgp_peer_ids"),
    ("BgpNetwork", "router_id", "Router", "bgp_network_ids"),
    ("TraceRequest", "port_id", "Port", "trace_request_ids"),
    ("TraceRequest", "network_id", "Network", "trace_request_ids"),
    ("TraceRequest", "router_id", "Router", "trace_request_ids"),
    ("FloatingIp", "port_id", "NeutronPort", "floating_ip_ids"),
)
"""Class and field that hold one id; class and field that list who refers to it."""

_SEVERAL: Final = (
    ("Port", "port_group_ids", "PortGroup", "port_ids"),
    ("TunnelZone", "host_ids", "Host", "tunnel_zone_ids"),
)
"""The same, where both sides are lists."""


def close_links(site: Site) -> None:
    """Add the other side of every link. A link to what the plan does not make is left one-sided.

    Raises nothing; linear in the number of objects.
    """
    for holder, field, target, back in _MANY:
        targets = site.all(target)
        for key, found in site.all(holder).items():
            other = targets.get(found.get(field, ""))
            if other is not None:
                other.setdefault(back, set()).add(key)
    for holder, field, target, back in _SEVERAL:
        targets = site.all(target)
        for key, found in site.all(holder).items():
            for name in found.get(field, ()):
                if name in targets:
                    targets[name].setdefault(back, set()).add(key)
