"""Bridges and routers, and their tables (new 2.3, 2.6, 2.7, 2.10)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property
from midonet_lab.midonet5.api.checks import IPV4_PATTERN, MAC_PATTERN, NAME, matches, not_null
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import (
    ADMIN_STATE,
    ID,
    INT,
    NULLABLE_INT,
    TENANT,
    TEXT,
    required,
    text,
    uuid,
    uuids,
)

_FILTERS = (
    uuid("inboundFilterId", "inbound_filter_id"),
    uuid("outboundFilterId", "outbound_filter_id"),
)
_MIRRORS = (
    uuids("inboundMirrorIds", "inbound_mirror_ids"),
    uuids("outboundMirrorIds", "outbound_mirror_ids"),
)
_FILTER_LINKS = links(
    inboundFilter="/chains/{inboundFilterId}",
    outboundFilter="/chains/{outboundFilterId}",
)


def device_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: bridge, router, mac_port, ip4_mac, mac_ip."""
    bridge = Bean(
        "Bridge",
        "Network",
        [
            ID,
            TENANT,
            text("name", "name", NAME),
            ADMIN_STATE,
            *_FILTERS,
            uuids("vxLanPortIds", "vxlan_port_ids", settable=False),
            *_MIRRORS,
        ],
        links=links(
            uri="/bridges/{id}",
            ports="/bridges/{id}/ports",
            peerPorts="/bridges/{id}/peer_ports",
            vxLanPorts="/bridges/{id}/vxlan_ports",
            macTable="/bridges/{id}/mac_table",
            arpTable="/bridges/{id}/arp_table",
            dhcpSubnets="/bridges/{id}/dhcp",
            dhcpSubnet6s="/bridges/{id}/dhcpV6",
            vlanMacTableTemplate="/bridges/{id}/vlans/{{vlanId}}/mac_table",
            macPortTemplate="/bridges/{id}/mac_table/{{macAddress}}_{{portId}}",
            vlanMacPortTemplate="/bridges/{id}/vlans/{{vlanId}}/mac_table/{{macAddress}}_{{portId}}",
        )
        + _FILTER_LINKS,
    )
    redirect = [uuid("localRedirectChainId", "local_redirect_chain_id")] if recent else []
    router = Bean(
        "Router",
        "Router",
        [
            ID,
            TENANT,
            text("name", "name", NAME),
            ADMIN_STATE,
            *_FILTERS,
            uuid("loadBalancerId", "load_balancer_id"),
            Property("asNumber", INT, "as_number", default=0, unset=-1),
            *_MIRRORS,
            *redirect,
            uuid("forwardChainId", "forward_chain_id"),
        ],
        links=links(
            uri="/routers/{id}",
            ports="/routers/{id}/ports",
            peerPorts="/routers/{id}/peer_ports",
            routes="/routers/{id}/routes",
            bgpNetworks="/routers/{id}/bgp_networks",
            bgpPeers="/routers/{id}/bgp_peers",
            loadBalancer="/load_balancers/{loadBalancerId}",
            forwardChain="/chains/{forwardChainId}",
        )
        + (links(localRedirectChain="/chains/{localRedirectChainId}") if recent else ())
        + _FILTER_LINKS,
    )
    return {"bridge": bridge, "router": router, **_tables()}


def _tables() -> dict[str, Bean]:
    mac = (not_null, matches(MAC_PATTERN))
    return {
        "mac_port": Bean(
            "MacPort",
            "",
            [
                Property("macAddr", TEXT, checks=mac),
                required("portId"),
                Property("vlanId", NULLABLE_INT),
            ],
        ),
        "ip4_mac": Bean(
            "Ip4MacPair",
            "",
            [
                text("ip", "", not_null, matches(IPV4_PATTERN)),
                Property("mac", TEXT, checks=mac),
            ],
        ),
        "mac_ip": Bean("MacIpPair", "", [text("ip", "", not_null), text("mac", "", not_null)]),
    }
