"""A recorded real site as a :class:`~midonet_lab.sites.site.Site`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import msgspec

from midonet_lab.sites.site import Site
from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.midonet.arrange import port_links
from midonet_migrate.source.midonet.tables import mark_arp_pairs

API_FILE = "midonet-1.9-api.json"

_TOP_LEVEL = {
    "/bridges": "bridge",
    "/chains": "chain",
    "/health_monitors": "health_monitor",
    "/hosts": "host",
    "/ip_addr_groups": "ip_addr_group",
    "/load_balancers": "load_balancer",
    "/pool_members": "pool_member",
    "/pools": "pool",
    "/port_groups": "port_group",
    "/ports": "port",
    "/routers": "router",
    "/traces": "trace_request",
    "/tunnel_zones": "tunnel_zone",
    "/versions": "host_version",
    "/vips": "vip",
    "/vteps": "vtep",
}
_NESTED = (
    (re.compile(r"/bgps/[^/]+/ad_routes"), "ad_route"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/arp_table"), "ip4_mac_pair"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/dhcp"), "dhcp_subnet"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/dhcp/(?P<subnet>[^/]+)/hosts"), "dhcp_host"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/dhcpV6"), "dhcp_v6_subnet"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/dhcpV6/(?P<subnet>[^/]+)/hostsV6"), "dhcp_v6_host"),
    (re.compile(r"/bridges/(?P<bridge>[^/]+)/mac_table"), "mac_port"),
    (re.compile(r"/chains/[^/]+/rules"), "rule"),
    (re.compile(r"/hosts/[^/]+/interfaces"), "interface"),
    (re.compile(r"/hosts/[^/]+/ports"), "host_interface_port"),
    (re.compile(r"/ip_addr_groups/[^/]+/ip_addrs"), "ip_addr_group_addr"),
    (re.compile(r"/port_groups/[^/]+/ports"), "port_group_port"),
    (re.compile(r"/ports/[^/]+/bgps"), "bgp"),
    (re.compile(r"/routers/[^/]+/routes"), "route"),
    (re.compile(r"/tunnel_zones/[^/]+/hosts"), "tunnel_zone_host"),
    (re.compile(r"/vteps/[^/]+/bindings"), "vtep_binding"),
)
_NEUTRON_PATH = re.compile(r"/neutron/(?:lb/)?(?P<kind>[a-z_]+)")
_MAC_ITEM = re.compile(
    r"/bridges/(?P<bridge>[^/]+)/vlans/(?P<vlan>\d+)/mac_table/(?P<mac>[^_]+)_(?P<port>.+)"
)


class Entry(msgspec.Struct):
    """One recorded request with its answer; ``body`` is the parsed JSON, last duplicate key wins."""

    method: str
    path: str
    accept: str | None
    status: int
    content_type: str | None
    headers: dict[str, str]
    body: Any
    section: str
    note: str = ""
    request_headers: dict[str, str | None] = msgspec.field(default_factory=dict)
    request_body: Any = None
    duplicate_keys: list[str] = msgspec.field(default_factory=list)
    text: str | None = None


class Recording(msgspec.Struct):
    """The recording of one API."""

    meta: JsonObject
    entries: list[Entry]


def load_entries(folder: Path) -> Recording:
    """Read the recording of the 1.9 API in ``folder``. Raises ``OSError`` or ``msgspec.DecodeError``."""
    return msgspec.json.decode((folder / API_FILE).read_bytes(), type=Recording)


def load_recording(folder: Path) -> Site:
    """The site recorded in ``folder``: ``neutron.sql``, the API, ``zookeeper.json``, ``intent.json``."""
    recording = load_entries(folder)
    answers = {entry.path: entry.body for entry in _good_lists(recording)}
    tree = msgspec.json.decode((folder / "zookeeper.json").read_bytes())
    midonet: dict[str, list[JsonObject]] = {kind: [] for _, kind in _NESTED}
    midonet |= {kind: list(answers.get(path, [])) for path, kind in _TOP_LEVEL.items()}
    for path, body in answers.items():
        for pattern, kind in _NESTED:
            match = pattern.fullmatch(path)
            if match is not None:
                parents = {_MEMBER[name]: unquote(value) for name, value in match.groupdict().items()}
                midonet[kind].extend({**item, **parents} for item in body)
    for kind in ("system_state", "write_version"):
        midonet[kind] = [answers["/" + kind]]
    midonet["port_link"] = port_links(midonet["port"])
    _mark_macs(recording, midonet["mac_port"])
    mark_arp_pairs(midonet["ip4_mac_pair"], _arp_nodes(tree))
    site = Site(
        name=folder.name,
        midonet=midonet,
        neutron_sql=(folder / "neutron.sql").read_text(encoding="utf-8"),
        zookeeper_tree=tree,
        intent=msgspec.json.decode((folder / "intent.json").read_bytes()),
        tenants=answers.get("/tenants", []),
        neutron_copies={
            match["kind"]: list(body)
            for path, body in answers.items()
            if (match := _NEUTRON_PATH.fullmatch(path)) is not None
        },
    )
    site.sort()
    return site


_MEMBER = {"bridge": "@bridgeId", "subnet": "@subnet"}


def _good_lists(recording: Recording) -> Iterator[Entry]:
    return (e for e in recording.entries if e.section == "traversal" and e.status == 200)


def _mark_macs(recording: Recording, entries: list[JsonObject]) -> None:
    """An item request is answered with 200 for stored entries only (old 3.3)."""
    stored: dict[tuple[str, ...], bool] = {}
    for entry in recording.entries:
        match = _MAC_ITEM.fullmatch(entry.path)
        if match is not None and entry.section == "traversal":
            stored[match.groups()] = entry.status == 200
    for item in entries:
        mac = item["macAddr"].replace(":", "-")
        item["@persistent"] = stored.get((item["@bridgeId"], str(item["vlanId"]), mac, item["portId"]))


def _arp_nodes(tree: JsonObject) -> dict[str, dict[str, bool]]:
    """Bridge id -> name of each child of its ``ip4_mac_map`` node -> whether it is ephemeral."""
    found: dict[str, dict[str, bool]] = {}
    stack = [tree]
    while stack:
        node = stack.pop()
        if node["name"] == "ip4_mac_map":
            bridge_id = node["path"].rstrip("/").split("/")[-2]
            found[bridge_id] = {
                child["name"]: child["metadata"]["ephemeralOwner"] != 0 for child in node["children"]
            }
        stack.extend(node["children"])
    return found
