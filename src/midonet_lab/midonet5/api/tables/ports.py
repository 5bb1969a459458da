"""Ports of bridges and routers, VXLAN ports, and links (new 2.4, 2.5)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Family, Property, Subnet
from midonet_lab.midonet5.api.checks import IPV4, between, not_null
from midonet_lab.midonet5.api.json_types import LONG, SHORT, Boolean, Integer
from midonet_lab.midonet5.api.links import Link, links
from midonet_lab.midonet5.api.tables.common import (
    ADMIN_STATE,
    FLAG,
    ID,
    TEXT,
    UUID,
    address,
    number,
    text,
    uuid,
    uuids,
)

_LINKS = links(
    uri="/ports/{id}",
    host="/hosts/{hostId}",
    peer="/ports/{peerId}",
    link="/ports/{id}/link",
    portGroups="/ports/{id}/port_groups",
    hostInterfacePort="/hosts/{hostId}/ports/{id}",
    inboundFilter="/chains/{inboundFilterId}",
    outboundFilter="/chains/{outboundFilterId}",
)
_SYNONYMS = {"Bridge": ("ExteriorBridge", "InteriorBridge"), "Router": ("ExteriorRouter", "InteriorRouter")}


def port_beans(*, recent: bool) -> Family:
    """The three kinds of ports; input also knows the type names of 1.9."""
    kind = Property("type", TEXT)
    mirrors = []
    if recent:
        mirrors = [
            uuids("postInFilterMirrorIds", "post_in_filter_mirror_ids"),
            uuids("preOutFilterMirrorIds", "pre_out_filter_mirror_ids"),
        ]
    common = [
        ID,
        ADMIN_STATE,
        uuid("inboundFilterId", "inbound_filter_id"),
        uuid("outboundFilterId", "outbound_filter_id"),
        Property("tunnelKey", Integer(LONG), "tunnel_key", default=0, settable=False),
        uuid("vifId", "vif_id"),
        uuid("hostId", "host_id"),
        text("interfaceName", "interface_name"),
        uuid("peerId", "peer_id"),
        uuids("inboundMirrorIds", "inbound_mirror_ids"),
        uuids("outboundMirrorIds", "outbound_mirror_ids"),
        *mirrors,
        uuids("insertionIds", "insertion_ids", settable=False),
        Property("active", FLAG, default=False, settable=False),
    ]
    bridge = Bean(
        "BridgePort",
        "Port",
        [
            *common,
            Property("vlanId", Integer(SHORT, unsigned=True), "vlan_id", default=0),
            kind,
            uuid("deviceId", "network_id", settable=False),
        ],
        links=(*_LINKS, Link("device", "/bridges/{deviceId}")),
        front="type",
    )
    router = Bean(
        "RouterPort",
        "Port",
        [*common, *_router_properties(recent=recent), kind],
        subnets=[Subnet("networkAddress", "networkLength", "port_subnet")],
        links=(*_LINKS, Link("device", "/routers/{deviceId}"), *(_ROUTER_LINKS if recent else ())),
    )
    vxlan = Bean(
        "VxLanPort",
        "Port",
        [*common, uuid("vtepId", "vtep_id"), kind, uuid("deviceId", "network_id", settable=False)],
        links=(*_LINKS, Link("device", "/bridges/{deviceId}")),
        front="type",
    )
    members = {"Bridge": bridge, "Router": router, "Vxlan": vxlan}
    for name, synonyms in _SYNONYMS.items():
        members |= dict.fromkeys(synonyms, members[name])
    return Family("Port", "type", members)


_ROUTER_LINKS = links(
    peeringTable="/routers/{deviceId}/ports/{id}/peering_table",
    serviceContainer="/service_containers/{serviceContainerId}",
)


def _router_properties(*, recent: bool) -> list[Property]:
    properties = [
        text("networkAddress", "", not_null, IPV4),
        number("networkLength", "", *between(0, 32)),
        address("portAddress", "port_address", not_null, IPV4),
        text("portMac", "port_mac"),
    ]
    if recent:
        properties += [
            Property("rtrPortVni", Integer(primitive=False), "vni", checks=between(0, 16777215)),
            Property("offRampVxlan", Boolean(primitive=False), "off_ramp_vxlan"),
            Property("serviceContainerId", UUID, "service_container_id", settable=False),
        ]
    return [
        *properties,
        Property("bgpStatus", TEXT, settable=False),
        uuid("deviceId", "router_id", settable=False),
    ]
