"""What the importer keeps in ZooKeeper, as far as later tasks look at it (imp 3, 5.2).

All values are immutable; every change goes through :class:`Store`, which can take back those of a task
that turns out to be refused, as the importer's one multi per task does.
"""

from __future__ import annotations

from typing import Any

import msgspec

from midonet_migrate.plan.tasks.derive import uuid_text
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.values import Address, Subnet


class NeutronNetwork(msgspec.Struct, frozen=True):
    """Retained NETWORK. On an uplink network nothing exists in the topology."""

    uplink: bool
    external: bool


class NeutronSubnet(msgspec.Struct, frozen=True):
    """Retained SUBNET."""

    network: int
    cidr: Subnet | None
    gateway: Address | None


class Dhcp(msgspec.Struct, frozen=True):
    """Topology side of a subnet. ``router_port`` owns the gateway address."""

    network: int
    cidr: Subnet | None
    gateway: Address | None
    server: Address | None = None
    router_port: int | None = None


class NeutronPort(msgspec.Struct, frozen=True):
    """Retained PORT; ``kind`` is the name in the DeviceOwner enum."""

    kind: str
    network: int
    mac: str
    fixed_ips: tuple[tuple[Address, int], ...]
    host: str = ""
    interface: str = ""
    device: str = ""
    groups: tuple[int, ...] = ()


class Port(msgspec.Struct, frozen=True):
    """A port of the topology, on a network or on a router."""

    network: int | None = None
    router: int | None = None
    subnet: Subnet | None = None
    address: Address | None = None
    peer: int | None = None
    bound: bool = False


class NeutronRouter(msgspec.Struct, frozen=True):
    """Retained ROUTER with the ids of its ports in the topology."""

    gateway_port: int | None
    routes: frozenset[tuple[Subnet, Address]]
    ports: tuple[int, ...] = ()


class FloatingIp(msgspec.Struct, frozen=True):
    """Retained FLOATINGIP and what its association made."""

    port: int | None
    router: int | None
    address: Address | None = None
    network: int | None = None
    seed: tuple[int, Address, str] | None = None
    rules: tuple[int, ...] = ()


class Vip(msgspec.Struct, frozen=True):
    """Retained VIP; ``gateway`` is the network side of the gateway that answers for it."""

    address: Address | None
    pool: int | None
    gateway: int | None = None


_ABSENT: Any = object()


class Store:
    """Objects by class name and id. ``hosts`` maps host names to ids; hosts are not imported."""

    def __init__(self, hosts: dict[str, str]) -> None:
        self.hosts = hosts
        self._tables: dict[str, dict[Any, Any]] = {}
        self._journal: list[tuple[dict[Any, Any], Any, Any]] = []

    def begin(self) -> None:
        """Start a task: :meth:`rollback` goes back to here."""
        self._journal.clear()

    def rollback(self) -> None:
        """Undo everything since :meth:`begin`."""
        while self._journal:
            table, key, before = self._journal.pop()
            if before is _ABSENT:
                table.pop(key, None)
            else:
                table[key] = before

    def table(self, name: str) -> dict[Any, Any]:
        """All objects of a class; read only."""
        return self._tables.setdefault(name, {})

    def put(self, name: str, key: Any, value: Any = True) -> None:
        """Create or replace."""
        table = self.table(name)
        self._journal.append((table, key, table.get(key, _ABSENT)))
        table[key] = value

    def create(self, name: str, key: Any, value: Any = True) -> None:
        """Create; raises :class:`Refused` when the id is taken."""
        if key in self.table(name):
            raise Refused("exists", f"A(n) {name} with ID {_shown(key)} already exists.")
        self.put(name, key, value)

    def remove(self, name: str, key: Any) -> None:
        """Delete if there."""
        table = self.table(name)
        if key in table:
            self._journal.append((table, key, table.pop(key)))

    def get(self, name: str, key: Any) -> Any:
        """The object; raises :class:`Refused` when there is none. ``None`` is the id 0 (imp D)."""
        found = self.table(name).get(0 if key is None else key)
        if found is None:
            raise Refused("not-found", f"There is no {name} with ID {_shown(0 if key is None else key)}.")
        return found

    def has(self, name: str, key: Any) -> bool:
        """Whether the object exists."""
        return key in self.table(name)

    def seed(self, network: int, address: Address, mac: str) -> tuple[int, Address, str]:
        """Write a permanent ARP entry; raises :class:`Refused` when this very one is there (imp 3.5.1)."""
        key = (network, address, mac)
        if self.has("ARP entry", key):
            raise Refused(
                "duplicate-address",
                f"the same address and MAC {mac} are seeded already on network {uuid_text(network)}",
            )
        self.put("ARP entry", key)
        return key

    def host(self, name: str) -> str:
        """The id of the host called ``name``; raises :class:`Refused`."""
        if name not in self.hosts:
            raise Refused("binding-host", f"There is no Host with ID {name}.")
        return self.hosts[name]


def _shown(key: Any) -> str:
    return uuid_text(key) if isinstance(key, int) else str(key)
