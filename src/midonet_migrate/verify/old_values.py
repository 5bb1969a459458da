"""What the 1.9 site says where the new one differs: the same field of the same object, if there is one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.verify.created_values import (
    DEVICE,
    HOST,
    LOAD_BALANCER,
    MEMBER,
    MONITOR,
    POOL,
    PORT,
    PORT_GROUP,
    ROUTER,
    VIP,
    Names,
)
from midonet_migrate.verify.model import Difference

_NEUTRON: Final = {
    "FloatingIp": "floating_ips",
    "NeutronHealthMonitor": "health_monitors",
    "NeutronLoadBalancerPool": "pools",
    "NeutronLoadBalancerPoolMember": "members",
    "NeutronNetwork": "networks",
    "NeutronPort": "ports",
    "NeutronRouter": "routers",
    "NeutronSubnet": "subnets",
    "NeutronVIP": "vips",
    "SecurityGroup": "security_groups",
    "SecurityGroupRule": "security_group_rules",
}
_MIDONET: Final[Mapping[str, tuple[str, Names]]] = {
    "Chain": ("chain", {"tenantId": "tenant_id", "name": "name"}),
    "HealthMonitor": ("health_monitor", MONITOR),
    "Host": ("host", HOST),
    "IPAddrGroup": ("ip_addr_group", {"name": "name"}),
    "LoadBalancer": ("load_balancer", LOAD_BALANCER),
    "Network": ("bridge", DEVICE),
    "Pool": ("pool", POOL),
    "PoolMember": ("pool_member", MEMBER),
    "Port": ("port", {**PORT, "peerId": "peer_id"}),
    "PortGroup": ("port_group", PORT_GROUP),
    "Route": ("route", {"weight": "weight", "nextHopGateway": "next_hop_gateway"}),
    "Router": ("router", ROUTER),
    "Rule": ("rule", {"chainId": "chain_id"}),
    "TunnelZone": ("tunnel_zone", {"name": "name", "type": "type"}),
    "Vip": ("vip", VIP),
}


def with_old_values(differences: Iterable[Difference], snapshot: Snapshot) -> list[Difference]:
    """The differences with ``old`` filled in from the 1.9 site's snapshot."""
    wanted = list(differences)
    old = _Old(snapshot)
    return [msgspec.structs.replace(item, old=old.value(item)) for item in wanted]


class _Old:
    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._known: dict[tuple[str, str], dict[str, JsonObject]] = {}

    def value(self, item: Difference) -> Any:
        if item.kind in _NEUTRON:
            found = self._objects("neutron", _NEUTRON[item.kind]).get(item.id)
            return self._neutron(found, item.field)
        if item.kind in _MIDONET:
            kind, names = _MIDONET[item.kind]
            return self._midonet(self._objects("midonet", kind).get(item.id), names, item.field)
        if item.kind.startswith("api "):
            found = self._objects("midonet", item.kind.removeprefix("api ")).get(item.id)
            if found is None or not item.field:
                return found
            return _inside(found, item.field)
        return None

    def _objects(self, side: str, kind: str) -> dict[str, JsonObject]:
        known = self._known.get((side, kind))
        if known is None:
            items = getattr(self._snapshot, side).get(kind, [])
            known = {object_key(kind, item): item for item in items}
            self._known[side, kind] = known
        return known

    @staticmethod
    def _neutron(found: JsonObject | None, field: str) -> Any:
        if found is None or not field:
            return found
        members = {name.rpartition(":")[2]: value for name, value in found.items()}
        return _inside(members, field)

    @staticmethod
    def _midonet(found: JsonObject | None, names: Names, field: str) -> Any:
        if found is None or not field:
            return found
        member = next((name for name, stored in names.items() if stored == field), None)
        return found.get(member) if member is not None else None


def _inside(value: Any, path: str) -> Any:
    """What stands at a path such as ``fixed_ips[0].ip_address``; None when nothing does."""
    for step in path.replace("[", ".[").split("."):
        if step.startswith("["):
            number = int(step[1:-1])
            value = value[number] if isinstance(value, list) and number < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
