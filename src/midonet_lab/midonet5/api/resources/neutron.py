"""``/neutron``: the importer's copies of Neutron's objects, read only here (importer recordings).

The kinds that the migration never sends are listed without conversion: empty on a migrated site.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from midonet_lab.midonet5.api.beans import Values
from midonet_lab.midonet5.api.generic import get
from midonet_lab.midonet5.api.routing import Call, Endpoint, Router
from midonet_lab.midonet5.api.tables import Tables
from midonet_lab.midonet5.api.tables import neutron as shown

_TYPE = "application/vnd.org.midonet.neutron."
_KINDS: tuple[tuple[str, str, str, Mapping[str, shown.Shown]], ...] = (
    ("networks", "Network", "NeutronNetwork", shown.NETWORK),
    ("subnets", "Subnet", "NeutronSubnet", shown.SUBNET),
    ("ports", "Port", "NeutronPort", shown.PORT),
    ("routers", "Router", "NeutronRouter", shown.ROUTER),
    ("floating_ips", "FloatingIp", "FloatingIp", shown.FLOATING_IP),
    ("security_groups", "SecurityGroup", "SecurityGroup", shown.SECURITY_GROUP),
    ("security_group_rules", "SecurityGroupRule", "SecurityGroupRule", shown.SECURITY_GROUP_RULE),
    ("lb/pools", "lb.Pool", "NeutronLoadBalancerPool", shown.POOL),
    ("lb/members", "lb.PoolMember", "NeutronLoadBalancerPoolMember", shown.MEMBER),
    ("lb/vips", "lb.Vip", "NeutronVIP", shown.VIP),
    ("lb/health_monitors", "lb.HealthMonitor", "NeutronHealthMonitor", shown.HEALTH_MONITOR),
)
_NEW_LISTS = (
    ("bgp_peers", "BgpPeers", "NeutronBgpPeer"),
    ("gateway_devices", "GatewayDevices", "GatewayDevice"),
    ("ipsec_site_connections", "IpsecSiteConnections", "IPSecSiteConnection"),
    ("l2_gateway_connections", "L2GatewayConnections", "L2GatewayConnection"),
    ("remote_mac_entries", "RemoteMacEntries", "RemoteMacEntry"),
    ("tap_flows", "TapFlows", "TapFlow"),
    ("tap_services", "TapServices", "TapService"),
    ("vpnservices", "VPNServices", "VpnService"),
)
_WRITE_ONLY = ("firewalls", "lb/pool_health_monitor")
_NEW_WRITE_ONLY = ("bgp_speakers", "firewall_logs", "logging_resources")
_ENTRIES = {
    "network": "networks",
    "subnet": "subnets",
    "port": "ports",
    "router": "routers",
    "floating_ip": "floating_ips",
    "security_group": "security_groups",
    "security_group_rule": "security_group_rules",
    "firewall": "firewalls",
}
_NEW_ENTRIES = {
    "bgp_peer": "bgp_peers",
    "bgp_speaker": "bgp_speakers",
    "firewall_log": "firewall_logs",
    "gateway_device": "gateway_devices",
    "ipsec_site_conn": "ipsec_site_connections",
    "l2_gateway_connection": "l2_gateway_connections",
    "logging_resource": "logging_resources",
    "remote_mac_entry": "remote_mac_entries",
    "tap_flow": "tap_flows",
    "tap_service": "tap_services",
    "vpn_service": "vpnservices",
}
_BALANCING = {"health_monitor": "health_monitors", "member": "members", "pool": "pools", "vip": "vips"}


def add_neutron(router: Router, tables: Tables) -> None:
    """The lists and items of what the importer keeps."""
    offers = (f"{_TYPE}Neutron-v3+json",)
    router.add("/neutron", {"GET": Endpoint(handle=_root, offers=offers, annotated=True)})
    for path, name, class_name, keys in _KINDS:
        _add(router, path, f"{name}s", partial(_list, class_name, keys))
        item = Endpoint(
            handle=partial(_item, class_name, keys), offers=(f"{_TYPE}{name}-v1+json",), annotated=True
        )
        router.add(f"/neutron/{path}/{{}}", {"GET": item})
    for path, name, class_name in _NEW_LISTS if tables.recent else ():
        _add(router, path, name, partial(_list, class_name, {"id": shown.Shown("id")}))
    for path in _WRITE_ONLY + (_NEW_WRITE_ONLY if tables.recent else ()):
        router.add(f"/neutron/{path}", {})


def _add(router: Router, path: str, name: str, handle: partial[list[Values]]) -> None:
    endpoint = Endpoint(handle=handle, offers=(f"{_TYPE}{name}-v1+json",), annotated=True)
    router.add(f"/neutron/{path}", {"GET": endpoint})


def _list(class_name: str, keys: Mapping[str, shown.Shown], call: Call) -> list[Values]:
    found = call.site.several(class_name, call.zoom.ids(class_name))
    return [shown.show(keys, stored) for stored in found]


def _item(class_name: str, keys: Mapping[str, shown.Shown], call: Call) -> Values:
    return shown.show(keys, get(call, class_name, call.values[0]))


def _plural(name: str) -> str:
    return f"{name[:-1]}ies" if name.endswith("y") else f"{name}s"


def _root(call: Call) -> Values:
    base = f"{call.base}/neutron"
    document: Values = {"uri": base}
    for name, path in (_ENTRIES | (_NEW_ENTRIES if call.site.recent else {})).items():
        document[_plural(name)] = f"{base}/{path}"
        document[f"{name}_template"] = f"{base}/{path}/{{id}}"
    for action in ("add", "remove"):
        template = f"{base}/routers/{{id}}/{action}_router_interface"
        document[f"{action}_router_interface_template"] = template
    balancing: Values = {"pool_health_monitor": f"{base}/lb/pool_health_monitor"}
    for name, path in _BALANCING.items():
        balancing[_plural(name)] = f"{base}/lb/{path}"
        balancing[f"{name}_template"] = f"{base}/lb/{path}/{{id}}"
    document["load_balancer"] = balancing
    return document
