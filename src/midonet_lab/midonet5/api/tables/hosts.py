"""Tunnel zones, hosts, bindings, VTEPs (new 2.1, 2.2, 2.17)."""

from __future__ import annotations

from midonet_lab.midonet5.api.beans import Bean, Property
from midonet_lab.midonet5.api.checks import (
    INT_MAX,
    IPV4,
    IPV4_PATTERN,
    at_least,
    between,
    matches,
    not_null,
    size,
)
from midonet_lab.midonet5.api.json_types import Enumerated, Integer, JsonType
from midonet_lab.midonet5.api.links import links
from midonet_lab.midonet5.api.tables.common import (
    FLAG,
    ID,
    NULLABLE_FLAG,
    TEXT,
    address,
    number,
    required,
    text,
    uuid,
)

_ZONE_TYPES = Enumerated(
    "org.midonet.cluster.rest_api.models.TunnelZone$TunnelZoneType",
    {"vtep": "VTEP", "gre": "GRE", "vxlan": "VXLAN"},
)


def host_beans(*, recent: bool) -> dict[str, Bean]:
    """Kinds: tunnel_zone, tunnel_zone_host, host, host_interface_port, vtep, vtep_binding."""
    return {
        "tunnel_zone": Bean(
            "TunnelZone",
            "TunnelZone",
            [
                ID,
                text("name", "name", not_null, size(1, 255)),
                Property("type", _ZONE_TYPES, "type", checks=(not_null,)),
            ],
            links=links(uri="/tunnel_zones/{id}", hosts="/tunnel_zones/{id}/hosts"),
        ),
        "tunnel_zone_host": Bean(
            "TunnelZoneHost",
            "",
            [
                uuid("tunnelZoneId", "", settable=False),
                required("hostId", "host_id"),
                address("ipAddress", "ip", not_null, IPV4),
            ],
            links=links(
                tunnelZone="/tunnel_zones/{tunnelZoneId}",
                uri="/tunnel_zones/{tunnelZoneId}/hosts/{hostId}",
                host="/hosts/{hostId}",
            ),
        ),
        "host": Bean(
            "Host",
            "Host",
            [
                ID,
                text("name", "name"),
                Property("addresses", JsonType(), default=()),
                Property("hostInterfaces", JsonType(), default=()),
                Property("alive", FLAG, default=False),
                *_weights(recent=recent),
            ],
            links=links(uri="/hosts/{id}", interfaces="/hosts/{id}/interfaces", ports="/hosts/{id}/ports"),
        ),
        "host_interface_port": Bean(
            "HostInterfacePort",
            "",
            [uuid("portId", "id"), uuid("hostId", "host_id"), text("interfaceName", "interface_name")],
            links=links(uri="/hosts/{hostId}/ports/{portId}", host="/hosts/{hostId}", port="/ports/{portId}"),
        ),
        "port_link": Bean("PortLink", "", [uuid("portId", ""), uuid("peerId", "")]),
        **_vteps(),
    }


def _weights(*, recent: bool) -> list[Property]:
    nullable = Integer(primitive=False)
    weights = [
        Property("floodingProxyWeight", nullable, "flooding_proxy_weight", checks=between(0, 65535), unset=1)
    ]
    if recent:
        weights += [
            Property("containerWeight", nullable, "container_weight", checks=between(0, INT_MAX), unset=1),
            Property("containerLimit", nullable, "container_limit", checks=(at_least(-1),), unset=-1),
            Property("enforceContainerLimit", NULLABLE_FLAG, "enforce_container_limit", unset=False),
        ]
    return weights


def _vteps() -> dict[str, Bean]:
    management = (not_null, matches(IPV4_PATTERN, "is not a valid IP address"))
    return {
        "vtep": Bean(
            "Vtep",
            "Vtep",
            [
                ID,
                address("managementIp", "management_ip", *management),
                Property(
                    "managementPort",
                    Integer(unsigned=True),
                    "management_port",
                    default=0,
                    checks=between(1, 65535),
                ),
                uuid("tunnelZoneId", "tunnel_zone_id"),
                Property("name", TEXT, settable=False),
                Property("description", TEXT, settable=False),
                Property("connectionState", TEXT, settable=False),
                Property("tunnelIpAddrs", TEXT, settable=False),
            ],
            links=links(
                uri="/vteps/{id}",
                bindings="/vteps/{id}/bindings",
                ports="/vteps/{id}/ports",
                vtepBindingTemplate="/vteps/{id}/{{portName}}/{{vlanId}}",
            ),
        ),
        "vtep_binding": Bean(
            "VtepBinding",
            "",
            [
                uuid("vtepId", "", settable=False),
                text("portName", "port_name", not_null),
                number("vlanId", "vlan_id", *between(0, 4095)),
                required("networkId", "network_id"),
            ],
            links=links(uri="/vteps/{vtepId}/bindings/{portName!}/{vlanId}"),
        ),
        "vtep_port": Bean(
            "VtepPort",
            "",
            [text("name"), text("description"), uuid("vtepId", "")],
            links=links(uri="/vteps/{vtepId}/ports/{name!}", vtep="/vteps/{vtepId}"),
        ),
    }
