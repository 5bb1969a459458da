"""Routes and BGP (new 2.11, 2.15), and chains (new 2.12)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property, Subnet
from midonet_lab.midonet5.api.checks import IPV4, NAME, at_least, between, not_null
from midonet_lab.midonet5.api.json_types import Integer
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import ID, TENANT, TEXT, address, flag, number, text, uuid


def routing_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: chain, route, bgp_peer, bgp_network; the same in both versions."""
    del recent
    return {
        "chain": Bean(
            "Chain",
            "Chain",
            [ID, TENANT, text("name", "name", NAME)],
            links=links(uri="/chains/{id}", rules="/chains/{id}/rules"),
        ),
        "route": Bean(
            "Route",
            "Route",
            [
                ID,
                uuid("routerId", "router_id", settable=False),
                uuid("nextHopPort", "next_hop_port_id"),
                text("attributes", "attributes"),
                text("dstNetworkAddr", "", not_null, IPV4),
                number("dstNetworkLength", "", *between(0, 32)),
                text("srcNetworkAddr", "", not_null, IPV4),
                number("srcNetworkLength", "", *between(0, 32)),
                address("nextHopGateway", "next_hop_gateway", IPV4),
                flag("learned"),
                Property("type", TEXT, checks=(not_null,)),
                number("weight", "weight", at_least(0)),
            ],
            subnets=[
                Subnet("dstNetworkAddr", "dstNetworkLength", "dst_subnet"),
                Subnet("srcNetworkAddr", "srcNetworkLength", "src_subnet"),
            ],
            links=links(uri="/routes/{id}", router="/routers/{routerId}"),
        ),
        "bgp_peer": Bean(
            "BgpPeer",
            "BgpPeer",
            [
                ID,
                number("asNumber", "as_number", at_least(1)),
                address("address", "address", not_null, IPV4),
                _timer("keepAlive", "keep_alive", 3600),
                _timer("holdTime", "hold_time", 7200),
                _timer("connectRetry", "connect_retry", 3600),
                text("password", "password"),
                uuid(ROUTER, "router_id", settable=False),
            ],
            links=links(uri="/bgp_peers/{id}", router="/routers/{@routerId}"),
        ),
        "bgp_network": Bean(
            "BgpNetwork",
            "BgpNetwork",
            [
                ID,
                text("subnetAddress", "", not_null, IPV4),
                number("subnetLength", "", *between(0, 32)),
                uuid(ROUTER, "router_id", settable=False),
            ],
            subnets=[Subnet("subnetAddress", "subnetLength", "subnet")],
            links=links(uri="/bgp_networks/{id}", router="/routers/{@routerId}"),
        ),
    }


ROUTER = "@routerId"
"""Properties that begin with @ are not shown; links use them."""


def _timer(name: str, stored: str, longest: int) -> Property:
    return Property(name, Integer(primitive=False), stored, checks=between(5, longest))
