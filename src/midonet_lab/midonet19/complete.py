"""Filling in what an object of a site leaves out: the real server always emits every member (old 0.4)."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from midonet_lab.midonet19.links import links_of
from midonet_lab.midonet19.resources import resource_table
from midonet_migrate.model.keys import JsonObject

_UP = {"adminStateUp": True}
_UNSET: dict[str, JsonObject] = {
    "bridge": {**_UP, "vxLanPortIds": None, "disableAntiSpoof": False},
    "dhcp_subnet": {"enabled": True},
    "health_monitor": {**_UP, "type": "TCP"},
    "host": {"alive": True, "floodingProxyWeight": 1},
    "load_balancer": _UP,
    "pool": {**_UP, "protocol": "TCP", "lbMethod": "ROUND_ROBIN"},
    "pool_member": {**_UP, "status": "ACTIVE", "weight": 1},
    "port": {**_UP, "networkLength": -1},
    "route": {"srcNetworkAddr": "0.0.0.0", "type": "Normal", "weight": 100},
    "router": _UP,
    "rule": {"fragmentPolicy": "any"},
    "vip": _UP,
    "vtep": {"connectionState": "ERROR"},
}
"""Values other than those of the table for members that are left out."""


def complete_members(kind: str, item: Mapping[str, Any]) -> JsonObject:
    """``item`` with every member of its kind, links excepted; values that are there stay as they are."""
    resource = resource_table()[kind]
    whole: JsonObject = {}
    for name, value in {**resource.members, **_UNSET.get(kind, {})}.items():
        if name not in resource.only or item.get("type") in resource.only[name]:
            whole[name] = copy.copy(value)
    if kind == "port":
        # Bridge ports have no VLAN, all others number -1 (old 3.6).
        whole["vlanId"] = None if item["type"] == "Bridge" else -1
    if kind == "ip_addr_group_addr":
        whole["version"] = (
            4 if ":" in item["addr"] else 6
        )  # the wrong way round, as the server does (old 3.8)
    if kind == "ip4_mac_pair":
        whole["mac"] = item["macAddr"]
    whole.update(item)
    if kind == "rule":
        if "natFlowAction" in whole:
            whole["natFlowAction"] = str(whole["flowAction"]).upper()
        if "andValidateFragmentPolicy" in whole:
            whole["andValidateFragmentPolicy"] = str(whole["fragmentPolicy"]).upper()
    return whole


def complete_object(kind: str, item: Mapping[str, Any], base_uri: str) -> JsonObject:
    """``item`` with every member and every link, as the server would send it; ``@`` members are kept."""
    whole = complete_members(kind, item)
    whole.update(links_of(kind, whole, base_uri))
    return whole
