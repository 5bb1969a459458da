"""One key per object, also for objects that have no id of their own.

Objects that exist only under a parent and do not name it in their 1.9 representation carry the parent in
extra members that start with ``@`` (set by the reader, never sent anywhere):

    @bridgeId   on dhcp_subnet, dhcp_host, dhcp_v6_subnet, dhcp_v6_host, ip4_mac_pair, mac_port (its own
                ``bridgeId`` is always null on the wire, old 3.3)
    @subnet     on dhcp_host and dhcp_v6_host: ``prefix_length`` of the DHCP subnet, e.g. ``10.20.1.0_24``
    @persistent on mac_port and ip4_mac_pair: whether the entry is stored, not learned (null = not checked)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

JsonObject = dict[str, Any]
"""A decoded JSON object, exactly as a server or the database gave it."""

ObjectKey = tuple[str, str]
"""``(kind, key)``: names one object of a snapshot."""


def _joined(*names: str) -> Callable[[Mapping[str, Any]], str]:
    def key(item: Mapping[str, Any]) -> str:
        return "/".join(str(item[name]) for name in names)

    return key


def subnet_key(prefix: str, length: int) -> str:
    """The path form of a DHCP subnet, e.g. ``10.20.1.0_24``."""
    return f"{prefix}_{length}"


def link_key(one: str, other: str) -> str:
    """The key of a port link: both port ids, sorted."""
    return "/".join(sorted((one, other)))


def _dhcp_subnet(item: Mapping[str, Any]) -> str:
    return f"{item['@bridgeId']}/{subnet_key(item['subnetPrefix'], item['subnetLength'])}"


def _dhcp_v6_subnet(item: Mapping[str, Any]) -> str:
    return f"{item['@bridgeId']}/{subnet_key(item['prefix'], item['prefixLength'])}"


def _mac_port(item: Mapping[str, Any]) -> str:
    bridge = item["@bridgeId"] if "@bridgeId" in item else item["bridgeId"]
    return f"{bridge}/{item.get('vlanId') or 0}/{item['macAddr']}/{item['portId']}"


def _port_link(item: Mapping[str, Any]) -> str:
    return link_key(item["portId"], item["peerId"])


_KEYS: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "dhcp_host": _joined("@bridgeId", "@subnet", "macAddr"),
    "dhcp_subnet": _dhcp_subnet,
    "dhcp_v6_host": _joined("@bridgeId", "@subnet", "clientId"),
    "dhcp_v6_subnet": _dhcp_v6_subnet,
    "host_interface_port": _joined("hostId", "portId"),
    "interface": _joined("hostId", "name"),
    "ip4_mac_pair": _joined("@bridgeId", "ip", "macAddr"),
    "ip_addr_group_addr": _joined("ipAddrGroupId", "addr"),
    "mac_port": _mac_port,
    "port_group_port": _joined("portGroupId", "portId"),
    "port_link": _port_link,
    "tunnel_zone_host": _joined("tunnelZoneId", "hostId"),
    "vtep": _joined("managementIp"),
    "vtep_binding": _joined("mgmtIp", "portName", "vlanId"),
    "router_interfaces": _joined("port_id"),
}


_IDENTITY = {
    "dhcp_host": ("@bridgeId", "@subnet"),
    "dhcp_subnet": ("@bridgeId",),
    "dhcp_v6_host": ("@bridgeId", "@subnet"),
    "dhcp_v6_subnet": ("@bridgeId",),
    "port_link": ("portId", "peerId"),
}


def identity_gap(kind: str, item: Mapping[str, Any]) -> str:
    """The member without which ``item`` cannot be told from others, if that is null; else empty."""
    names = _IDENTITY.get(kind, () if kind in _KEYS else ("id",))
    return next((name for name in names if item.get(name) is None), "")


def object_key(kind: str, item: Mapping[str, Any]) -> str:
    """The key of ``item`` within its ``kind``: its id where it has one, else the documented combination.

    Raises ``KeyError`` when a member that makes up the key is missing.
    """
    make = _KEYS.get(kind)
    return make(item) if make is not None else str(item["id"])
