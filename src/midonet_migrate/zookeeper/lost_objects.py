"""What a rollback takes away for good: objects that came after the backup, by kind, id and name (anc N5)."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from uuid import UUID

import msgspec

from midonet_migrate.plan.derived_ids import Derived, xor_halves
from midonet_migrate.zookeeper.changes import Tree
from midonet_migrate.zookeeper.node_state import NodeState
from midonet_migrate.zookeeper.sides import Side, Sides

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME = re.compile(rb'^name: "((?:[^"\\\n]|\\.)*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb"\\([0-7]{1,3}|.)")
_CONTROL = {b"n": b"\n", b"r": b"\r", b"t": b"\t"}

_NEW_KINDS = {
    "NeutronNetwork": "network",
    "Network": "network",
    "NeutronSubnet": "subnet",
    "NeutronPort": "port",
    "Port": "port",
    "NeutronRouter": "router",
    "Router": "router",
    "FloatingIp": "floating_ip",
    "SecurityGroup": "security_group",
    "SecurityGroupRule": "security_group_rule",
    "NeutronLoadBalancerPool": "pool",
    "Pool": "pool",
    "NeutronLoadBalancerPoolMember": "pool_member",
    "PoolMember": "pool_member",
    "NeutronVIP": "vip",
    "Vip": "vip",
    "NeutronHealthMonitor": "health_monitor",
    "HealthMonitor": "health_monitor",
    "NeutronFirewall": "firewall",
    "GatewayDevice": "gateway_device",
    "VpnService": "vpn_service",
    "IPSecSiteConnection": "ipsec_site_connection",
    "L2GatewayConnection": "l2_gateway_connection",
    "RemoteMacEntry": "remote_mac_entry",
    "TapService": "tap_service",
    "TapFlow": "tap_flow",
    "LoadBalancer": "load_balancer",
    "Chain": "chain",
    "PortGroup": "port_group",
    "TunnelZone": "tunnel_zone",
    "Vtep": "vtep",
    "BgpPeer": "bgp_peer",
    "Mirror": "mirror",
    "TraceRequest": "trace_request",
    "QosPolicy": "qos_policy",
}
"""Classes of objects that stand by themselves; rules, routes and the like go with those they are part of."""

_MIDONET_ONLY = frozenset(
    {
        "Network",
        "Port",
        "Router",
        "Pool",
        "PoolMember",
        "Vip",
        "HealthMonitor",
        "LoadBalancer",
        "Chain",
        "PortGroup",
        "TunnelZone",
        "Vtep",
        "BgpPeer",
        "Mirror",
        "TraceRequest",
        "QosPolicy",
    }
)
"""Classes whose objects may be parts that the importer made for a Neutron object, with a derived id."""

_OLD_KINDS = {
    "bridges": "network",
    "routers": "router",
    "ports": "port",
    "chains": "chain",
    "port_groups": "port_group",
    "ip_addr_groups": "ip_addr_group",
    "load_balancers": "load_balancer",
    "pools": "pool",
    "pool_members": "pool_member",
    "vips": "vip",
    "health_monitors": "health_monitor",
    "tunnel_zones": "tunnel_zone",
    "vteps": "vtep",
    "hosts": "host",
    "bgps": "bgp",
    "neutron/networks": "network",
    "neutron/subnets": "subnet",
    "neutron/ports": "port",
    "neutron/routers": "router",
    "neutron/floating_ips": "floating_ip",
    "neutron/security_groups": "security_group",
    "neutron/security_group_rules": "security_group_rule",
    "neutron/loadbalancer/pools": "pool",
    "neutron/loadbalancer/vips": "vip",
    "neutron/loadbalancer/members": "pool_member",
    "neutron/loadbalancer/health_monitors": "health_monitor",
}
"""Directories below 1.9's root whose children are objects (imp 5.3)."""


class LostObject(msgspec.Struct, kw_only=True, frozen=True, order=True):
    """An object that is not in the backup. ``name`` is empty when it has none."""

    side: Side
    kind: str
    id: str
    name: str = ""


def lost_objects(
    live: Tree, backup: Tree, sides: Sides, *, old_too: bool, planned: Collection[str] = ()
) -> list[LostObject]:
    """Objects of the live tree that the backup does not know, in a fixed order, each once.

    A 5.x object whose id 1.9 or the plan has (``planned``: Neutron may know more than its MidoNet did), or
    that the importer derives from such a one, is not lost: it is the migrated one. With ``old_too`` also
    what came on 1.9's side.
    """
    known = {identifier for path in backup for identifier in _UUID.findall(path)}
    known.update(planned)
    new: dict[tuple[str, str], LostObject] = {}
    neutron: set[str] = set()
    for directory, node in _objects(live, f"{sides.target_root}/zoom/0/models", _NEW_KINDS):
        identifier = _last(node.path)
        if node.path not in backup and identifier not in known:
            _add(
                new,
                LostObject(
                    side=Side.NEW, kind=_NEW_KINDS[directory], id=identifier, name=_text_name(node.data)
                ),
            )
            if directory not in _MIDONET_ONLY:
                neutron.add(identifier)
    originals = known | neutron
    found = [lost for lost in new.values() if lost.id in neutron or originals.isdisjoint(_bases(lost.id))]
    old: dict[tuple[str, str], LostObject] = {}
    if old_too:
        for directory, node in _objects(live, sides.source_root, _OLD_KINDS):
            if node.path not in backup:
                kind, name = _OLD_KINDS[directory], _json_name(node.data)
                _add(old, LostObject(side=Side.OLD, kind=kind, id=_last(node.path), name=name))
    return sorted([*found, *old.values()])


def _objects(tree: Tree, root: str, kinds: Collection[str]) -> Iterator[tuple[str, NodeState]]:
    """Nodes right below the directories ``kinds`` of a root, with the directory."""
    start = len(root) + 1
    for path, node in tree.items():
        if path.startswith(f"{root}/"):
            directory, _, name = path[start:].rpartition("/")
            if directory in kinds and name:
                yield directory, node


def _last(path: str) -> str:
    return path.rpartition("/")[2]


def _add(found: dict[tuple[str, str], LostObject], lost: LostObject) -> None:
    key = (lost.kind, lost.id)
    if key not in found or not found[key].name:
        found[key] = lost


def _bases(identifier: str) -> Iterator[str]:
    """Every id that this one could be derived from; the derivation is its own inverse."""
    if not _UUID.fullmatch(identifier):
        return
    base = UUID(identifier)
    for constant in Derived:
        yield str(xor_halves(base, *constant.value))


def _json_name(data: bytes | None) -> str:
    """The name in 1.9's JSON envelope, or in the JSON of the Neutron part."""
    try:
        content = json.loads(data or b"")
    except ValueError:
        return ""
    inner = content.get("data", content) if isinstance(content, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    return name if isinstance(name, str) else ""


def _text_name(data: bytes | None) -> str:
    """The name in 5.x's protobuf text: bytes outside of ASCII are octal escapes there (imp 5.2)."""
    found = _NAME.search(data or b"")
    if found is None:
        return ""

    def unescaped(match: re.Match[bytes]) -> bytes:
        text = match.group(1)
        if text[:1] in b"01234567":
            return bytes([int(text, 8) & 0xFF])
        return _CONTROL.get(text, text)

    return _ESCAPE.sub(unescaped, found.group(1)).decode("utf-8", "replace")
