"""Where in the 5.x API an object is found that a request of the plan creates or changes (new 2)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

import msgspec

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import ObjectRequest
from midonet_migrate.plan.objects.media_types import media_type
from midonet_migrate.plan.objects.values import full_ipv6, full_mac

_NAMED_BY_ID = {
    "ad_route": "/bgp_networks",
    "bgp": "/bgp_peers",
    "bridge": "/bridges",
    "chain": "/chains",
    "health_monitor": "/health_monitors",
    "host": "/hosts",
    "ip_addr_group": "/ip_addr_groups",
    "load_balancer": "/load_balancers",
    "pool": "/pools",
    "pool_member": "/pool_members",
    "port": "/ports",
    "port_group": "/port_groups",
    "route": "/routes",
    "router": "/routers",
    "rule": "/rules",
    "trace_request": "/traces",
    "tunnel_zone": "/tunnel_zones",
    "vip": "/vips",
    "vtep": "/vteps",
}
_PARENT_MEMBERS = {
    "ad_route": "routerId",
    "bgp": "routerId",
    "host_interface_port": "hostId",
    "ip_addr_group_addr": "ipAddrGroupId",
    "port": "deviceId",
    "port_group_port": "portGroupId",
    "route": "routerId",
    "rule": "chainId",
    "tunnel_zone_host": "tunnelZoneId",
    "vtep_binding": "vtepId",
}
_LISTED = frozenset(
    {
        "dhcp_host",
        "dhcp_subnet",
        "dhcp_v6_host",
        "dhcp_v6_subnet",
        "ip4_mac_pair",
        "ip_addr_group_addr",
        "mac_port",
        "rule",
    }
)
_COLLECTION = "application/vnd.org.midonet.collection."
_ITEM = "application/vnd.org.midonet."


class Location(msgspec.Struct, frozen=True, kw_only=True):
    """Paths are relative to the API's base."""

    item: str
    """Path of the object itself. A link of ports is found at one of its ports."""
    parent: str = ""
    """Item path of the object in which it is created; empty at top level."""
    listing: str = ""
    """The list to look for it in, where its own path is not enough: no unique key, or an order."""
    item_type: str
    """What to send as ``Accept`` for the item, ..."""
    listing_type: str = ""
    """... and for the list."""


def locate(request: ObjectRequest) -> Location:
    """Where the object of a POST will be, or that of a PUT is. Raises ``KeyError`` for unknown kinds."""
    if request.method == "PUT":
        return Location(item=request.path, item_type=request.media_type)
    kind, body = request.kind, request.body or {}
    accept = media_type("port" if kind == "port_link" else kind)
    if kind == "port_link":
        port = request.path.removesuffix("/link")
        return Location(item=port, parent=port, item_type=accept)
    above, _, _ = request.path.rpartition("/")
    listing = request.path if kind in _LISTED else ""
    return Location(
        item=_item(kind, request.path, body),
        parent=above,
        listing=listing,
        item_type=accept,
        listing_type=_COLLECTION + accept.removeprefix(_ITEM) if listing else "",
    )


def _item(kind: str, path: str, body: JsonObject) -> str:
    if kind in _NAMED_BY_ID:
        return f"{_NAMED_BY_ID[kind]}/{body['id']}"
    return f"{path}/{_name(kind, body)}" if kind != "ip_addr_group_addr" else _address_path(path, body)


def _address_path(path: str, body: JsonObject) -> str:
    group = path.removesuffix("/ip_addrs")
    return f"{group}/versions/{body['version']}/ip_addrs/{body['addr']}"


def _name(kind: str, body: JsonObject) -> str:
    match kind:
        case "dhcp_host":
            return str(body["macAddr"])
        case "dhcp_subnet":
            return f"{body['subnetPrefix']}_{body['subnetLength']}"
        case "dhcp_v6_host":
            return quote(str(body["clientId"]).replace(":", "-"), safe="")
        case "dhcp_v6_subnet":
            return f"{body['prefix']}_{body['prefixLength']}"
        case "ip4_mac_pair":
            return f"{body['ip']}_{_dashes(body['mac'])}"
        case "mac_port":
            return f"{_dashes(body['macAddr'])}_{body['portId']}"
        case "tunnel_zone_host":
            return str(body["hostId"])
        case "vtep_binding":
            return f"{quote(str(body['portName']), safe='')}/{body['vlanId']}"
        case _:
            return str(body["portId"])


def _dashes(mac: Any) -> str:
    return str(mac).replace(":", "-")


_KIND_AT = {path: kind for kind, path in _NAMED_BY_ID.items()}


def kind_at(path: str) -> str:
    """The kind of object that an item path leads to, e.g. ``port`` for ``/ports/<id>``: what a PUT changes.

    Raises ``KeyError`` where nothing is changed by PUT.
    """
    above, _, _ = path.rpartition("/")
    return _KIND_AT[above]


def own_path(request: ObjectRequest) -> str:
    """The item path that a DELETE of what a POST made goes to; for MAC entries with their VLAN."""
    body = request.body or {}
    if request.kind == "port_link":
        return request.path
    if request.kind == "mac_port" and body.get("vlanId"):
        bridge = request.path.removesuffix("/mac_table")
        return f"{bridge}/vlans/{body['vlanId']}/mac_table/{_name('mac_port', body)}"
    return locate(request).item


def name_in_list(kind: str, item: Mapping[str, Any]) -> str:
    """What tells the elements of a list apart: equal for what is sent and for what is read.

    An entry of a table that maps a key is named by its key: another value under it is a conflict.
    """
    match kind:
        case "dhcp_host":
            return (full_mac(item.get("macAddr")) or str(item.get("macAddr"))).lower()
        case "dhcp_subnet":
            return f"{item.get('subnetPrefix')}_{item.get('subnetLength')}"
        case "dhcp_v6_host":
            return str(item.get("clientId"))
        case "dhcp_v6_subnet":
            return f"{_eight_groups(item.get('prefix'))}_{item.get('prefixLength')}"
        case "ip4_mac_pair":
            return str(item.get("ip"))
        case "ip_addr_group_addr":
            return _eight_groups(item.get("addr"))
        case "mac_port":
            mac = (full_mac(item.get("macAddr")) or str(item.get("macAddr"))).lower()
            return f"{item.get('vlanId') or 0}/{mac}"
        case _:
            return str(item.get("id")).lower()


def _eight_groups(address: Any) -> str:
    text = str(address)
    try:
        return full_ipv6(text) if ":" in text else text
    except ValueError:
        return text


def whole_body(request: ObjectRequest) -> JsonObject:
    """The body of a POST with the member that its path says, as it is read back: ``deviceId`` of a port."""
    body = dict(request.body or {})
    member = _PARENT_MEMBERS.get(request.kind)
    if member is not None and request.method == "POST":
        body.setdefault(member, request.path.rsplit("/", 2)[1])
    return body
