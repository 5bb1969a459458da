"""A :class:`Snapshot` made from a recording of a real server, without the readers.

Keeps what the API reader promises: objects exactly as served, the ``@`` members of ``model/keys.py``,
``port_link`` and ``interface`` derived, sorted lists.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS, NEUTRON_KINDS
from midonet_migrate.model.snapshot import Snapshot, SnapshotMeta

FULL = "midonet-1.9-api.json"
NEUTRON_ONLY = "midonet-1.9-api-neutron-only.json"

_LISTS = {
    "/bridges": "bridge",
    "/chains": "chain",
    "/health_monitors": "health_monitor",
    "/hosts": "host",
    "/ip_addr_groups": "ip_addr_group",
    "/load_balancers": "load_balancer",
    "/pools": "pool",
    "/pool_members": "pool_member",
    "/ports": "port",
    "/port_groups": "port_group",
    "/routers": "router",
    "/traces": "trace_request",
    "/tunnel_zones": "tunnel_zone",
    "/vips": "vip",
    "/vteps": "vtep",
}
_NESTED = (
    (r"/chains/([^/]+)/rules", "rule"),
    (r"/routers/([^/]+)/routes", "route"),
    (r"/ports/([^/]+)/bgps", "bgp"),
    (r"/bgps/([^/]+)/ad_routes", "ad_route"),
    (r"/hosts/([^/]+)/ports", "host_interface_port"),
    (r"/ip_addr_groups/([^/]+)/ip_addrs", "ip_addr_group_addr"),
    (r"/port_groups/([^/]+)/ports", "port_group_port"),
    (r"/tunnel_zones/([^/]+)/hosts", "tunnel_zone_host"),
    (r"/vteps/([^/]+)/bindings", "vtep_binding"),
    (r"/bridges/([^/]+)/mac_table", "mac_port"),
    (r"/bridges/([^/]+)/arp_table", "ip4_mac_pair"),
    (r"/bridges/([^/]+)/dhcp", "dhcp_subnet"),
    (r"/bridges/([^/]+)/dhcp/([^/]+)/hosts", "dhcp_host"),
    (r"/bridges/([^/]+)/dhcpV6", "dhcp_v6_subnet"),
    (r"/bridges/([^/]+)/dhcpV6/([^/]+)/hostsV6", "dhcp_v6_host"),
)
_NO_MAC_ENTRY = 404


def _entries(path: Path) -> list[JsonObject]:
    entries = json.loads(path.read_text())["entries"]
    return [entry for entry in entries if entry.get("section", "traversal") == "traversal"]


def _complete(kind: str, item: JsonObject, match: re.Match[str], persistent: dict[str, bool]) -> JsonObject:
    item = dict(item)
    if kind in {"dhcp_subnet", "dhcp_host", "dhcp_v6_subnet", "dhcp_v6_host", "ip4_mac_pair", "mac_port"}:
        item["@bridgeId"] = match[1]
    if kind in {"dhcp_host", "dhcp_v6_host"}:
        item["@subnet"] = match[2]
    if kind == "mac_port":
        name = f"{item['macAddr'].replace(':', '-')}_{item['portId']}"
        item["@persistent"] = persistent.get(f"/bridges/{match[1]}/vlans/{item['vlanId']}/mac_table/{name}")
    if kind == "ip4_mac_pair":
        item["@persistent"] = None  # the API answers 200 for learned entries too
    return item


def midonet_objects(path: Path) -> dict[str, list[JsonObject]]:
    """The objects of a recording, by kind."""
    found: dict[str, dict[str, JsonObject]] = {kind: {} for kind in MIDONET_KINDS}
    entries = _entries(path)
    persistent = {
        entry["path"]: entry["status"] != _NO_MAC_ENTRY
        for entry in entries
        if re.fullmatch(r"/bridges/[^/]+/vlans/\d+/mac_table/.+", entry["path"])
    }
    for entry in entries:
        if entry["status"] != 200 or not isinstance(entry["body"], list):
            continue
        kind = _LISTS.get(entry["path"])
        if kind is not None:
            found[kind].update({object_key(kind, item): item for item in entry["body"]})
        for pattern, nested in _NESTED:
            match = re.fullmatch(pattern, entry["path"])
            if match:
                for item in entry["body"]:
                    whole = _complete(nested, item, match, persistent)
                    found[nested][object_key(nested, whole)] = whole
    for host in found["host"].values():
        for interface in host.get("hostInterfaces") or []:
            found["interface"][object_key("interface", interface)] = interface
    for port in found["port"].values():
        if port.get("peerId"):
            low, high = sorted((port["id"], port["peerId"]))
            link = {"portId": low, "peerId": high}
            found["port_link"][object_key("port_link", link)] = link
    order: dict[str, Callable[[JsonObject], Any]] = {"rule": lambda rule: (rule["chainId"], rule["position"])}
    return {
        kind: sorted(items.values(), key=order.get(kind, lambda item, kind=kind: object_key(kind, item)))
        for kind, items in found.items()
    }


def load_snapshot(golden: Path, recording: str = FULL, site: str = "site-b") -> Snapshot:
    """The recorded site as a snapshot."""
    folder = golden / site
    neutron = json.loads((folder / "neutron_dicts.json").read_text())
    return Snapshot(
        neutron={kind: neutron.get(kind, []) for kind in NEUTRON_KINDS},
        midonet=midonet_objects(folder / recording),
        meta=SnapshotMeta(midonet_version="v1.9"),
    )


def load_intent(golden: Path, site: str = "site-b") -> JsonObject:
    """The ground truth of the recorded site."""
    intent: JsonObject = json.loads((golden / site / "intent.json").read_text())
    return intent
