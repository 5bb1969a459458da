"""What stands in the new site after the import: the tasks, executed on the simulated importer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, OwnerRecord, Role
from midonet_migrate.model.plan import PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.derived_ids import (
    in_chain_id,
    interface_peer_id,
    load_balancer_id,
    out_chain_id,
    tenant_gateway_port_id,
)
from midonet_migrate.plan.objects.values import is_uuid, number_of
from midonet_migrate.plan.ownership.values import address_text as as_served
from midonet_migrate.plan.ownership.values import fixed_addresses
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter
from midonet_migrate.plan.tasks.simulation.store import Port
from midonet_migrate.plan.tasks.values import address_text

CLASSES = {
    "bridge": "Network",
    "chain": "Chain",
    "health_monitor": "HealthMonitor",
    "ip_addr_group": "IPAddrGroup",
    "load_balancer": "LoadBalancer",
    "pool": "Pool",
    "pool_member": "PoolMember",
    "port": "Port",
    "port_group": "PortGroup",
    "router": "Router",
    "rule": "Rule",
    "vip": "Vip",
}
"""1.9 kind to the class of the 5.x store."""

_DERIVE: dict[Role, Callable[[str], str]] = {
    Role.BRIDGE: str,
    Role.ROUTER: str,
    Role.PORT: str,
    Role.GATEWAY_PORT: str,
    Role.IP_ADDR_GROUP: str,
    Role.GATEWAY_PEER: tenant_gateway_port_id,
    Role.INTERFACE_PEER: interface_peer_id,
    Role.PORT_INBOUND_CHAIN: in_chain_id,
    Role.PORT_OUTBOUND_CHAIN: out_chain_id,
    Role.SECURITY_GROUP_EGRESS_CHAIN: in_chain_id,
    Role.SECURITY_GROUP_INGRESS_CHAIN: out_chain_id,
    Role.ROUTER_PRE_CHAIN: in_chain_id,
    Role.ROUTER_POST_CHAIN: out_chain_id,
    Role.LOAD_BALANCER: load_balancer_id,
}


def derived_id_of(role: Role, ref: NeutronRef | None) -> str | None:
    """The id that a server-made object has in 5.x (new 4.3); ``None`` where it is never referred to."""
    derive = _DERIVE.get(role)
    return derive(ref.id) if derive is not None and ref is not None and is_uuid(ref.id) else None


class Imported:
    """The topology right after the import, as far as the simulation knows it."""

    def __init__(self, snapshot: Snapshot, tasks: TaskPlan, options: PlanOptions) -> None:
        hosts: dict[str, str] = {}
        for host in snapshot.midonet.get("host", []):
            hosts.setdefault(str(host.get("name") or ""), str(host["id"]))
        importer = SimulatedImporter(options.target_version, hosts)
        for task in tasks.tasks:
            with suppress(Refused):  # then it makes nothing, which is all that counts here
                importer.execute(task)
        self.behaviour = importer.behaviour
        self.store = importer.store
        self._gateways = {dhcp.router_port for dhcp in self.store.table("Dhcp").values()} - {None}
        self._monitored = {pool for pools in self.store.table("HealthMonitor").values() for pool in pools}
        self._ports = snapshot.neutron_by_id("ports")
        self._seeds: dict[tuple[int | None, str], set[str]] | None = None
        self._lost: dict[str, frozenset[str]] | None = None

    def has(self, kind: str, key: str | None) -> bool:
        """Whether the importer makes an object of a 1.9 kind with this id."""
        number = number_of(key) if key else None
        return number is not None and self.store.has(CLASSES[kind], number)

    def has_class(self, name: str, key: str) -> bool:
        """Whether the store holds an object of a class that no 1.9 kind stands for."""
        number = number_of(key)
        return number is not None and self.store.has(name, number)

    def port(self, key: str) -> Port | None:
        """A port that the importer makes."""
        number = number_of(key)
        return None if number is None else self.store.table("Port").get(number)

    def kind_of_port(self, key: str) -> str:
        """What a Neutron port is for the importer (imp 3.5); empty if it gets no such port."""
        number = number_of(key)
        found = None if number is None else self.store.table("NeutronPort").get(number)
        return "" if found is None else str(found.kind)

    def is_associated(self, floating_ip: str) -> bool:
        """Whether the importer makes the rules and the ARP entry of a floating IP."""
        number = number_of(floating_ip)
        found = None if number is None else self.store.table("FloatingIp").get(number)
        return found is not None and found.port is not None

    def is_monitored(self, pool: str) -> bool:
        """Whether the importer gives a pool a health monitor: writes to it answer 503 then (new 2.16)."""
        return number_of(pool) in self._monitored

    def is_fragile(self, key: str, record: OwnerRecord) -> bool:
        """Whether a write to this router port through the API would erase what the API does not show.

        The port that owns the gateway address of a Neutron subnet loses its ``dhcp_id``, the port of a
        gateway what floating IPs and VIPs hang on it (new 1.8.1).
        """
        return record.role is Role.GATEWAY_PEER or number_of(key) in self._gateways

    def has_gateway(self, router: str) -> bool:
        """Whether the importer gives a router its gateway."""
        number = number_of(router)
        found = None if number is None else self.store.table("NeutronRouter").get(number)
        return found is not None and found.gateway_port is not None

    def lost_addresses(self, port: str) -> frozenset[str]:
        """The fixed IPs that Neutron has for a port, and that do not come with it, as 1.9 writes them."""
        if self._lost is None:
            self._lost = dict(self._losses())
        return self._lost.get(port, frozenset())

    def _losses(self) -> Iterator[tuple[str, frozenset[str]]]:
        table = self.store.table("NeutronPort")
        for key, port in self._ports.items():
            number = number_of(key)
            kept = None if number is None else table.get(number)
            had = fixed_addresses(port)
            if kept is not None and len(kept.fixed_ips) < len(had):
                left = {as_served(address_text(address)) for address, _ in kept.fixed_ips}
                yield key, frozenset(address for address in had if address not in left)

    def gateway_of(self, gateway_port: str) -> str | None:
        """Gateway address of the external subnet of a Neutron gateway port: the next hop in 5.x."""
        port: JsonObject = self._ports.get(gateway_port, {})
        for fixed in port.get("fixed_ips") or []:
            number = number_of(str(fixed.get("subnet_id")))
            dhcp = None if number is None else self.store.table("Dhcp").get(number)
            if dhcp is not None and dhcp.gateway is not None:
                return address_text(dhcp.gateway)
        return None

    def seeded_macs(self, bridge: str, address: str) -> set[str]:
        """MACs, in lower case, that the importer writes for an address into the ARP table of a bridge."""
        if self._seeds is None:
            self._seeds = {}
            for network, seeded, mac in self.store.table("ARP entry"):
                key = (network, address_text(seeded))
                self._seeds.setdefault(key, set()).add(mac.lower())
        return self._seeds.get((number_of(bridge), address), set())
