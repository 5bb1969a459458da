"""The objects of a site, indexed the way the API's paths ask for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from midonet_lab.midonet19.complete import complete_members
from midonet_lab.sites.site import Site
from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.kinds import MIDONET_KINDS

_PARENTS: dict[str, tuple[str, ...]] = {
    "ad_route": ("bgpId",),
    "bgp": ("portId",),
    "dhcp_host": ("@bridgeId",),
    "dhcp_subnet": ("@bridgeId",),
    "dhcp_v6_host": ("@bridgeId",),
    "dhcp_v6_subnet": ("@bridgeId",),
    "host_interface_port": ("hostId",),
    "interface": ("hostId",),
    "ip4_mac_pair": ("@bridgeId",),
    "ip_addr_group_addr": ("ipAddrGroupId",),
    "mac_port": ("@bridgeId",),
    "pool": ("loadBalancerId", "healthMonitorId"),
    "pool_member": ("poolId",),
    "port": ("deviceId",),
    "port_group_port": ("portGroupId", "portId"),
    "route": ("routerId",),
    "rule": ("chainId",),
    "tunnel_zone_host": ("tunnelZoneId",),
    "vip": ("loadBalancerId", "poolId"),
    "vtep_binding": ("mgmtIp",),
}
NEUTRON_COPIES = {
    "floating_ips": "neutron_floating_ip",
    "health_monitors": "neutron_lb_health_monitor",
    "members": "neutron_lb_member",
    "networks": "neutron_network",
    "pools": "neutron_lb_pool",
    "ports": "neutron_port",
    "routers": "neutron_router",
    "security_group_rules": "neutron_security_group_rule",
    "security_groups": "neutron_security_group",
    "subnets": "neutron_subnet",
    "vips": "neutron_lb_vip",
}


class Store:
    """Look-ups over one site. ``vanish`` makes objects disappear in the middle of somebody's reading."""

    def __init__(self, site: Site, *, any_tenant: bool = False) -> None:
        """``any_tenant``: every id is a tenant, as with mock authentication."""
        self.any_tenant = any_tenant
        self._objects: dict[str, dict[str, JsonObject]] = {}
        self._below: dict[tuple[str, str, str], list[JsonObject]] = defaultdict(list)
        self._vanishing: set[str] = set()
        self._gone: set[str] = set()
        self.host_versions = [
            complete_members("host_version", v) for v in site.midonet.get("host_version", [])
        ]
        self.tenants = {str(tenant["id"]): complete_members("tenant", tenant) for tenant in site.tenants}
        self.system_state: JsonObject = {
            "state": "ACTIVE",
            "availability": "READWRITE",
            "writeVersion": "1.9",
            **next(iter(site.midonet.get("system_state", [])), {}),
        }
        self.write_version = next(iter(site.midonet.get("write_version", [])), {"version": "1.9"})
        for kind in MIDONET_KINDS:
            if kind != "port_link":
                self._add(kind, site.midonet.get(kind, []))
        for name, copies in site.neutron_copies.items():
            kind = NEUTRON_COPIES[name]
            self._objects[kind] = {str(item["id"]): item for item in copies}
        for rules in (items for (kind, _, _), items in self._below.items() if kind == "rule"):
            rules.sort(key=lambda rule: int(rule["position"]))
        for host in self._objects["host"].values():
            host["hostInterfaces"] = host["hostInterfaces"] or self.below("interface", "hostId", host["id"])

    def _add(self, kind: str, items: Iterable[JsonObject]) -> None:
        objects = self._objects.setdefault(kind, {})
        for item in items:
            whole = complete_members(kind, item)
            objects[object_key(kind, whole)] = whole
            for member in _PARENTS.get(kind, ()):
                if whole.get(member) is not None:
                    self._below[kind, member, str(whole[member])].append(whole)

    def every(self, kind: str) -> list[JsonObject]:
        """All objects of a kind; those about to vanish are still listed."""
        return [item for key, item in self._objects.get(kind, {}).items() if key not in self._gone]

    def find(self, kind: str, key: str) -> JsonObject | None:
        """One object by its key; asking for a vanishing one makes it disappear for good."""
        if key in self._vanishing:
            self._gone.add(key)
        return None if key in self._gone else self._objects.get(kind, {}).get(key)

    def below(self, kind: str, member: str, parent: str) -> list[JsonObject]:
        """The objects of ``kind`` whose ``member`` names ``parent``."""
        if parent in self._vanishing:
            self._gone.add(parent)
        if parent in self._gone:
            return []
        items = self._below.get((kind, member, parent), [])
        return [item for item in items if object_key(kind, item) not in self._gone] if self._gone else items

    def dhcp_hosts(self, kind: str, bridge_id: str, subnet: str) -> list[JsonObject]:
        """The hosts of one DHCP subnet."""
        return [host for host in self.below(kind, "@bridgeId", bridge_id) if host["@subnet"] == subnet]

    def ports_of(self, kind: str, device_id: str) -> list[JsonObject] | None:
        """The ports of a bridge (Vxlan ports left out, old 3.6) or router; None = no such device."""
        if self.find(kind, device_id) is None:
            return None
        return [port for port in self.below("port", "deviceId", device_id) if port["type"] != "Vxlan"]

    def vanish(self, keys: Iterable[str]) -> None:
        """Objects (by key) that lists show until somebody asks for them or for what is below them."""
        self._vanishing = set(keys)
        self._gone = set()
