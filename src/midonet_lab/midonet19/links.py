"""Links in 1.9 replies: always built from the configured base URI (old 0.3, 3)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from string import Formatter
from typing import Any
from urllib.parse import quote

from midonet_migrate.model.keys import JsonObject

_FILTERS = {"inboundFilter": "/chains/{inboundFilterId}", "outboundFilter": "/chains/{outboundFilterId}"}
_TENANT_VIEWS = {
    "bridges": "/bridges?tenant_id={id}",
    "chains": "/chains?tenant_id={id}",
    "portGroups": "/port_groups?tenant_id={id}",
    "routers": "/routers?tenant_id={id}",
}

_LINKS: dict[str, dict[str, str]] = {
    "ad_route": {"uri": "/ad_routes/{id}", "bgp": "/bgps/{bgpId}"},
    "bgp": {"port": "/ports/{portId}", "uri": "/bgps/{id}", "adRoutes": "/bgps/{id}/ad_routes"},
    "bridge": {
        "ports": "/bridges/{id}/ports",
        "uri": "/bridges/{id}",
        "macTable": "/bridges/{id}/mac_table",
        "arpTable": "/bridges/{id}/arp_table",
        "vlanMacTableTemplate": "/bridges/{id}/vlans/{{vlanId}}/mac_table",
        "macPortTemplate": "/bridges/{id}/mac_table/{{macAddress}}_{{portId}}",
        "vlanMacPortTemplate": "/bridges/{id}/vlans/{{vlanId}}/mac_table/{{macAddress}}_{{portId}}",
        **_FILTERS,
        "vxLanPort": "/ports/{vxLanPortId}",
        "peerPorts": "/bridges/{id}/peer_ports",
        "dhcpSubnets": "/bridges/{id}/dhcp",
        "dhcpSubnet6s": "/bridges/{id}/dhcpV6",
    },
    "chain": {"rules": "/chains/{id}/rules", "uri": "/chains/{id}"},
    "dhcp_host": {"uri": "/bridges/{@bridgeId}/dhcp/{@subnet}/hosts/{-mac}"},
    "dhcp_subnet": {
        "hosts": "/bridges/{@bridgeId}/dhcp/{subnetPrefix}_{subnetLength}/hosts",
        "uri": "/bridges/{@bridgeId}/dhcp/{subnetPrefix}_{subnetLength}",
    },
    "dhcp_v6_host": {"uri": "/bridges/{@bridgeId}/dhcpV6/{@subnet}/hostsV6/{-clientId}"},
    "dhcp_v6_subnet": {
        "hosts": "/bridges/{@bridgeId}/dhcpV6/{prefix}_{prefixLength}/hostsV6",
        "uri": "/bridges/{@bridgeId}/dhcpV6/{prefix}_{prefixLength}",
    },
    "health_monitor": {"pools": "/health_monitors/{id}/pools", "uri": "/health_monitors/{id}"},
    "host": {"interfaces": "/hosts/{id}/interfaces", "ports": "/hosts/{id}/ports", "uri": "/hosts/{id}"},
    "host_interface_port": {
        "host": "/hosts/{hostId}",
        "port": "/ports/{portId}",
        "uri": "/hosts/{hostId}/ports/{portId}",
    },
    "host_version": {"host": "/hosts/{hostId}"},
    "interface": {"uri": "/hosts/{hostId}/interfaces/{name}"},
    "ip4_mac_pair": {"uri": "/bridges/{@bridgeId}/arp_table/{ip}_{-mac}"},
    "ip_addr_group": {"uri": "/ip_addr_groups/{id}", "addrs": "/ip_addr_groups/{id}/ip_addrs"},
    "ip_addr_group_addr": {
        "uri": "/ip_addr_groups/{ipAddrGroupId}/versions/{version}/ip_addrs/{-addr}",
        "ipAddrGroup": "/ip_addr_groups/{ipAddrGroupId}",
    },
    "load_balancer": {
        "pools": "/load_balancers/{id}/pools",
        "vips": "/load_balancers/{id}/vips",
        "uri": "/load_balancers/{id}",
        "router": "/routers/{routerId}",
    },
    "mac_port": {"uri": "/bridges/{@bridgeId}{-vlan}/mac_table/{-mac}_{portId}"},
    "pool": {
        "poolMembers": "/pools/{id}/pool_members",
        "vips": "/pools/{id}/vips",
        "uri": "/pools/{id}",
        "healthMonitor": "/health_monitors/{healthMonitorId}",
        "loadBalancer": "/load_balancers/{loadBalancerId}",
    },
    "pool_member": {"pool": "/pools/{poolId}", "uri": "/pool_members/{id}"},
    "port": {
        "device": "/{-device}/{deviceId}",
        "host": "/hosts/{hostId}",
        "portGroups": "/ports/{id}/port_groups",
        "uri": "/ports/{id}",
        "bgps": "/ports/{-routerPort}/bgps",
        "hostInterfacePort": "/hosts/{hostId}/ports/{id}",
        **_FILTERS,
        "peer": "/ports/{peerId}",
        "link": "/ports/{id}/link",
    },
    "port_group": {"ports": "/port_groups/{id}/ports", "uri": "/port_groups/{id}"},
    "port_group_port": {
        "port": "/ports/{portId}",
        "uri": "/port_groups/{portGroupId}/ports/{portId}",
        "portGroup": "/port_groups/{portGroupId}",
    },
    "route": {"uri": "/routes/{id}", "router": "/routers/{routerId}"},
    "router": {
        "ports": "/routers/{id}/ports",
        "uri": "/routers/{id}",
        "routes": "/routers/{id}/routes",
        "loadBalancer": "/load_balancers/{loadBalancerId}",
        **_FILTERS,
        "peerPorts": "/routers/{id}/peer_ports",
    },
    "rule": {"uri": "/rules/{id}"},
    "system_state": {"uri": "/system_state"},
    "tenant": {**_TENANT_VIEWS, "uri": "/tenants/{id}"},
    "trace_request": {"uri": "/traces/{id}"},
    "tunnel_zone": {"hosts": "/tunnel_zones/{id}/hosts", "uri": "/tunnel_zones/{id}"},
    "tunnel_zone_host": {"uri": "/tunnel_zones/{tunnelZoneId}/hosts/{hostId}"},
    "vip": {
        "pool": "/pools/{poolId}",
        "uri": "/vips/{id}",
        "loadBalancer": "/load_balancers/{loadBalancerId}",
    },
    "vtep": {
        "ports": "/vteps/{managementIp}/ports",
        "uri": "/vteps/{managementIp}",
        "vtepBindingTemplate": "/vteps/{managementIp}/bindings/{{portName}}/{{vlanId}}",
        "bindings": "/vteps/{managementIp}/bindings",
    },
    "vtep_binding": {"uri": "/vteps/{mgmtIp}/bindings/{portName}/{vlanId}"},
    "write_version": {"uri": "/write_version"},
}
"""Kind -> link -> path; ``{member}`` stands for a member's value, ``{-name}`` for a value derived below."""


def links_of(kind: str, item: Mapping[str, Any], base_uri: str) -> JsonObject:
    """All links of ``item``; a link over an unset member is null."""
    values = {**item, **_derived(kind, item)}
    links: JsonObject = {}
    for name, template in _LINKS.get(kind, {}).items():
        unset = any(values.get(member) is None for member in _members(template))
        links[name] = None if unset else base_uri + template.format_map(values)
    if kind == "bridge":
        links["vxLanPorts"] = [f"{base_uri}/ports/{port_id}" for port_id in item["vxLanPortIds"] or ()]
    if kind == "port" and item["type"] == "Vxlan":
        links["bindings"] = f"{base_uri}/ports/{item['id']}/vtep_bindings"
    return links


@cache
def _members(template: str) -> tuple[str, ...]:
    return tuple(name for _, name, _, _ in Formatter().parse(template) if name is not None)


def _derived(kind: str, item: Mapping[str, Any]) -> JsonObject:
    if kind == "port":
        is_router = item["type"] == "Router"
        return {
            "-device": "routers" if is_router else "bridges",
            "-routerPort": item["id"] if is_router else None,
        }
    derived: JsonObject = {}
    if kind == "ip_addr_group_addr":
        derived["-addr"] = quote(item["addr"], safe="")
    if item.get("macAddr"):
        derived["-mac"] = item["macAddr"].replace(":", "-")
    if kind == "mac_port":
        derived["-vlan"] = f"/vlans/{item['vlanId']}" if item["vlanId"] else ""
    if kind == "dhcp_v6_host":
        derived["-clientId"] = item["clientId"].replace(":", "-")
    return derived
