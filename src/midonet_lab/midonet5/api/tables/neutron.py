"""How Neutron's objects are shown below ``/neutron``: field -> key and conversion (importer recordings)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from ipaddress import IPv6Address
from typing import Any

import msgspec

from midonet_lab.midonet5.api.store_values import ip_from_store, long_ipv6

Convert = Callable[[Any], Any]


class Shown(msgspec.Struct, frozen=True):
    """A key of the answer: from which field, converted how, and what stands for an unset field."""

    field: str
    convert: Convert = lambda value: value
    unset: Any = None


_OWNERS = {
    "DHCP": "network:dhcp",
    "FLOATINGIP": "network:floatingip",
    "ROUTER_GATEWAY": "network:router_gateway",
    "ROUTER_INTERFACE": "network:router_interface",
    "COMPUTE": "compute:nova",
    "LOADBALANCER": "neutron:LOADBALANCER",
    "REMOTE_SITE": "network:remote_site",
}


def show(keys: Mapping[str, Shown], stored: Mapping[str, Any]) -> dict[str, Any]:
    """A stored object as the API shows it."""
    shown = {}
    for key, rule in keys.items():
        value = stored.get(rule.field)
        if value is None:
            shown[key] = [] if rule.unset is LIST else rule.unset
        else:
            shown[key] = rule.convert(value)
    return shown


LIST = object()


def _same(*names: str, unset: Any = None) -> dict[str, Shown]:
    return {name: Shown(name, unset=unset) for name in names}


def _subnet(value: Mapping[str, Any]) -> str:
    address = value["address"]
    if value.get("version") == "V6":
        address = long_ipv6(IPv6Address(address))
    return f"{address}/{value.get('prefix_length', 0)}"


def _each(convert: Convert) -> Convert:
    return lambda values: [convert(value) for value in values]


def _ip(value: dict[str, Any]) -> str | None:
    return ip_from_store(value)


def _lower(value: str) -> str:
    return value.lower()


def _set(value: Mapping[str, Any], field: str, convert: Convert) -> Any:
    """A member of a nested message; the importer keeps messages that lack what they need (imp 2.1)."""
    content = value.get(field)
    return None if content is None else convert(content)


def _profile(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"interface_name": value.get("interface_name")}


def _address_pair(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"ip_address": _set(value, "ip_address", _subnet), "mac_address": value.get("mac_address")}


def _route(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"destination": _set(value, "destination", _subnet), "nexthop": _set(value, "nexthop", _ip)}


def _range(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"start": _set(value, "start", _ip), "end": _set(value, "end", _ip)}


def _fixed_ip(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"ip_address": _set(value, "ip_address", _ip), "subnet_id": value.get("subnet_id")}


def _option(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"opt_name": value.get("opt_name"), "opt_value": value.get("opt_value")}


def _gateway(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"network_id": value.get("network_id"), "enable_snat": value.get("enable_snat", False)}


def _monitored(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "pool_id": value.get("pool_id"),
        "status": value.get("status"),
        "status_description": value.get("status_description"),
    }


def _persistence(value: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": value.get("type"), "cookie_name": value.get("cookie_name")}


NETWORK = {
    **_same("id", "tenant_id", "name", "status"),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "shared": Shown("shared", unset=False),
    "router:external": Shown("external", unset=False),
    "provider:network_type": Shown("network_type", _lower),
}
SUBNET = {
    **_same("id", "network_id", "tenant_id", "name"),
    "ip_version": Shown("ip_version", unset=0),
    "shared": Shown("shared", unset=False),
    "enable_dhcp": Shown("enable_dhcp", unset=False),
    "cidr": Shown("cidr", _subnet),
    "gateway_ip": Shown("gateway_ip", _ip),
    "allocation_pools": Shown("allocation_pools", _each(_range), LIST),
    "dns_nameservers": Shown("dns_nameservers", _each(_ip), LIST),
    "host_routes": Shown("host_routes", _each(_route), LIST),
}
PORT = {
    **_same("id", "network_id", "tenant_id", "name", "mac_address", "device_id", "status"),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "port_security_enabled": Shown("port_security_enabled", unset=True),
    "device_owner": Shown("device_owner", lambda owner: _OWNERS.get(owner, owner), _OWNERS["COMPUTE"]),
    "binding:host_id": Shown("host_id"),
    "binding:profile": Shown("profile", _profile),
    "fixed_ips": Shown("fixed_ips", _each(_fixed_ip), LIST),
    "security_groups": Shown("security_groups", unset=LIST),
    "allowed_address_pairs": Shown("allowed_address_pairs", _each(_address_pair), LIST),
    "extra_dhcp_opts": Shown("extra_dhcp_opts", _each(_option), LIST),
}
ROUTER = {
    **_same("id", "tenant_id", "name", "status", "gw_port_id"),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "external_gateway_info": Shown("external_gateway_info", _gateway),
    "routes": Shown("routes", _each(_route), LIST),
}
FLOATING_IP = {
    **_same("id", "tenant_id", "router_id", "port_id", "floating_network_id"),
    "floating_ip_address": Shown("floating_ip_address", _ip),
    "fixed_ip_address": Shown("fixed_ip_address", _ip),
}
SECURITY_GROUP_RULE = {
    **_same("id", "tenant_id", "security_group_id", "remote_group_id", "port_range_min", "port_range_max"),
    "direction": Shown("direction", _lower),
    "ethertype": Shown("ethertype", _lower),
    "protocol": Shown("protocol", _lower),
    "remote_ip_prefix": Shown("remote_ip_prefix"),
}
SECURITY_GROUP = {
    **_same("id", "tenant_id", "name", "description"),
    "security_group_rules": Shown(
        "security_group_rules", _each(lambda rule: show(SECURITY_GROUP_RULE, rule)), LIST
    ),
}
POOL = {
    **_same(
        "id",
        "tenant_id",
        "name",
        "description",
        "lb_method",
        "protocol",
        "provider",
        "router_id",
        "subnet_id",
        "vip_id",
        "status",
        "status_description",
    ),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "health_monitors": Shown("health_monitors", unset=LIST),
    "members": Shown("members", unset=LIST),
}
MEMBER = {
    **_same("id", "tenant_id", "pool_id", "status", "status_description"),
    **_same("protocol_port", "weight", unset=0),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "address": Shown("address", _ip),
}
VIP = {
    **_same(
        "id",
        "tenant_id",
        "name",
        "description",
        "pool_id",
        "port_id",
        "subnet_id",
        "protocol",
        "status",
        "status_description",
    ),
    **_same("protocol_port", "connection_limit", unset=0),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "address": Shown("address", _ip),
    "session_persistence": Shown("session_persistence", _persistence),
}
HEALTH_MONITOR = {
    **_same("id", "tenant_id", "type"),
    **_same("delay", "max_retries", "timeout", unset=0),
    "admin_state_up": Shown("admin_state_up", unset=False),
    "pools": Shown("pools", _each(_monitored), LIST),
}
