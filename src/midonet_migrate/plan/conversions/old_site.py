"""Look-ups in the old site that the conversions share."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from midonet_migrate.model.keys import JsonObject, object_key
from midonet_migrate.model.ownership import Owner, OwnerRecord, Ownership, Role
from midonet_migrate.model.plan import Bucket, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.objects.imported import derived_id_of
from midonet_migrate.plan.ownership.values import METADATA_ADDRESS


class OldSite:
    """A snapshot with its ownership and its task plan, indexed. Read-only."""

    def __init__(self, snapshot: Snapshot, ownership: Ownership, tasks: TaskPlan) -> None:
        self.snapshot = snapshot
        self.ownership = ownership
        self.tasks = tasks

    @cached_property
    def ports(self) -> dict[str, JsonObject]:
        """MidoNet ports by id."""
        return self.snapshot.midonet_by_id("port")

    @cached_property
    def host_names(self) -> dict[str, str]:
        """Host id -> host name."""
        return {host["id"]: str(host.get("name") or "") for host in self.snapshot.midonet.get("host", [])}

    @cached_property
    def neutron_ports(self) -> dict[str, JsonObject]:
        """Neutron ports by id."""
        return self.snapshot.neutron_by_id("ports")

    @cached_property
    def neutron_ports_by_device(self) -> dict[str, list[JsonObject]]:
        """Neutron ports by their ``device_id``."""
        found: dict[str, list[JsonObject]] = defaultdict(list)
        for port in self.snapshot.neutron.get("ports", []):
            found[str(port.get("device_id") or "")].append(port)
        return found

    @cached_property
    def subnets(self) -> dict[str, JsonObject]:
        """Neutron subnets by id."""
        return self.snapshot.neutron_by_id("subnets")

    def owner(self, kind: str, item: JsonObject) -> OwnerRecord:
        """Who made ``item``."""
        return self.ownership.owners[kind, object_key(kind, item)]

    def queued(self, kind: str, key: str) -> bool:
        """Whether the Neutron resource becomes a task."""
        outcome = self.tasks.outcomes.get((kind, key))
        return outcome is not None and outcome.bucket is Bucket.TASK

    def chain_after_import(self, chain_id: str) -> str | None:
        """The id that a 1.9 chain has in 5.x (new 4.3); None where nothing makes it there: a trace's chain,
        one that is gone, one of a Neutron resource that is not migrated."""
        record = self.ownership.owners.get(("chain", chain_id))
        if record is None or record.owner is Owner.RUNTIME:
            return None
        if record.owner is not Owner.NEUTRON:
            return chain_id
        ref = record.neutron
        if ref is None or not self.queued(ref.kind, ref.id):
            return None
        return derived_id_of(record.role, ref)


def network_of(address: str, length: Any) -> IPv4Network | None:
    """The IPv4 network, or None when there is none (the fillers of bridge ports, a missing address)."""
    try:
        return IPv4Network(f"{address}/{length}", strict=False)
    except ValueError:
        return None


def inside(address: str | None, network: IPv4Network | None) -> bool:
    """Whether the address lies in the network; false when either is missing."""
    if address is None or network is None:
        return False
    try:
        return IPv4Address(address) in network
    except ValueError:
        return False


def is_local_route(route: JsonObject, port: JsonObject | None) -> bool:
    """Whether ``route`` is the one that the server adds for the address of its port (old 4.5)."""
    return (
        port is not None
        and route["dstNetworkLength"] == 32
        and route["dstNetworkAddr"] == port.get("portAddress")
        and route["weight"] == 0
        and route.get("nextHopGateway") is None
    )


def destination(route: JsonObject) -> str:
    """The destination of a route as Neutron writes it, e.g. ``172.30.0.0/16``."""
    return f"{route['dstNetworkAddr']}/{route['dstNetworkLength']}"


def extra_route_obstacle(route: JsonObject, networks: list[IPv4Network], own: set[str]) -> str:
    """Why Neutron cannot hold ``route`` as an extra route; empty when it can (orig 5.1).

    ``networks`` are the subnets of the router's ports, ``own`` the router's own addresses.
    """
    gateway = route.get("nextHopGateway")
    if route["type"] != "Normal":
        return f"Neutron has no {route['type']} routes"
    if route.get("learned"):
        return "it is marked as learned"
    if route["dstNetworkAddr"] == METADATA_ADDRESS:
        return "Neutron makes the routes to the metadata service itself"
    if route["srcNetworkLength"] != 0:
        return "Neutron has no source routing"
    if route["weight"] != 100:
        return "Neutron has no route weights"
    if gateway in (None, "", "0.0.0.0", "255.255.255.255"):  # noqa: S104 - "no gateway" in 1.9, not a bind
        return "it has no next hop address"
    if not any(inside(gateway, network) for network in networks):
        return "its next hop is in no subnet of the router's ports"
    if gateway in own:
        return "its next hop is an address of the router itself"
    return ""


__all__ = [
    "OldSite",
    "Owner",
    "Role",
    "destination",
    "extra_route_obstacle",
    "inside",
    "is_local_route",
    "network_of",
]
