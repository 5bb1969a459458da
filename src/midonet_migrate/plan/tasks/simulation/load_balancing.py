"""POOL, MEMBER, VIP and HEALTHMONITOR of LBaaS v1 (imp 3.10)."""

from __future__ import annotations

from collections.abc import Container, Iterable

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive, uuid_text
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import (
    NeutronNetwork,
    NeutronPort,
    NeutronRouter,
    NeutronSubnet,
    Store,
    Vip,
)
from midonet_migrate.plan.tasks.values import address_text


def create_pool(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The first pool of a router makes its load balancer."""
    del behaviour
    if message.get("health_monitors"):
        raise Refused(
            "update", "A health monitor may be associated with a pool only at the monitor's creation."
        )
    router = message["router_id"]
    balancer = derive(Derived.LOAD_BALANCER, router)
    store.create("Pool", message["id"], router)
    if not store.has("LoadBalancer", balancer):
        store.get("Router", router)
        store.create("LoadBalancer", balancer, message.get("admin_state_up", False))


def delete_pool(store: Store, behaviour: Behaviour, pool: int) -> None:
    """With its members and VIPs; the last one of a router takes the load balancer along."""
    del behaviour
    router = store.table("Pool").get(pool)
    if router is None:
        return
    store.remove("Pool", pool)
    for member, owner in list(store.table("PoolMember").items()):
        if owner == pool:
            store.remove("PoolMember", member)
    for key, vip in list(store.table("Vip").items()):
        if vip.pool == pool:
            store.remove("Vip", key)
    _leave_monitors(store, [pool])
    if router not in store.table("Pool").values():
        store.remove("LoadBalancer", derive(Derived.LOAD_BALANCER, router))


def create_member(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Its pool must exist."""
    del behaviour
    store.create("PoolMember", message["id"], message.get("pool_id", 0))
    _require_pool(store, message)


def update_member(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Also the pool it moves to must exist."""
    del behaviour
    store.get("PoolMember", message["id"])
    _require_pool(store, message)
    store.put("PoolMember", message["id"], message.get("pool_id", 0))


def create_vip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """With a pool: its subnet must exist; on an external network it is seeded at the gateway."""
    del behaviour
    vip = Vip(message.get("address"), message.get("pool_id"))
    if "port_id" in message:
        store.put("VIP port", message["port_id"])
    if vip.pool is not None:
        vip = msgspec.structs.replace(vip, gateway=_seed(store, message))
    store.create("Vip", message["id"], vip)


def _seed(store: Store, message: Message) -> int | None:
    """The gateway that answers for the VIP, if it lies on an external network."""
    subnet: NeutronSubnet = store.get("NeutronSubnet", message.get("subnet_id"))
    network: NeutronNetwork = store.get("NeutronNetwork", subnet.network)
    router_id = store.get("Pool", message["pool_id"])
    if not network.external:
        return None
    router: NeutronRouter = store.get("NeutronRouter", router_id)
    if router.gateway_port is None:
        return None
    if "address" not in message:
        raise Refused("required-field", "Message missing required fields: address")
    if message["address"][0] != 4:
        raise Refused("ipv6", "the address of a VIP on an external network is IPv6")
    gateway: NeutronPort = store.get("NeutronPort", router.gateway_port)
    store.get("Port", router.gateway_port)
    store.seed(subnet.network, message["address"], gateway.mac)
    return router.gateway_port


def update_vip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The address must stay, and the pool exist; the gateway is kept."""
    del behaviour
    before: Vip = store.get("Vip", message["id"])
    after = message.get("address")
    if before.address != after:
        shown = [address_text(address) if address else "none" for address in (before.address, after)]
        raise Refused("update", f"VIP IP changed from {shown[0]} to {shown[1]}")
    _require_pool(store, message)
    store.put("Vip", message["id"], msgspec.structs.replace(before, pool=message.get("pool_id")))


def delete_vip(store: Store, behaviour: Behaviour, key: int) -> None:
    """With its ARP entry on the network of the gateway. 5.0.2 throws for an unknown id."""
    vip: Vip | None = store.table("Vip").get(key) if behaviour.deletes_tolerant else store.get("Vip", key)
    if vip is None:
        return
    store.remove("Vip", key)
    gateway: NeutronPort | None = store.table("NeutronPort").get(vip.gateway)
    if gateway is not None and vip.address is not None:
        store.remove("ARP entry", (gateway.network, vip.address, gateway.mac))


def require_no_vip(store: Store, ports: Container[int]) -> None:
    """Raises :class:`Refused` when one of these ports answers for a VIP: then it cannot be deleted."""
    for key, vip in store.table("Vip").items():
        if vip.gateway is not None and vip.gateway in ports:
            raise Refused("conflict", f"port {uuid_text(vip.gateway)} answers for VIP {uuid_text(key)}")


def create_monitor(store: Store, behaviour: Behaviour, message: Message) -> None:
    """All its pools must exist; they leave the monitors that they had."""
    del behaviour
    pools = tuple(dict.fromkeys(_pools(message)))
    _leave_monitors(store, pools)
    store.create("HealthMonitor", message["id"], pools)
    for pool in pools:
        store.get("Pool", pool)
        store.put("monitor of pool", pool, message["id"])


def update_monitor(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The list of pools must be the one that the monitor has by now."""
    del behaviour
    if store.get("HealthMonitor", message["id"]) != _pools(message):
        raise Refused("update", "A health monitor's pool association cannot be changed.")


def _leave_monitors(store: Store, pools: Iterable[int]) -> None:
    for pool in pools:
        monitor = store.table("monitor of pool").get(pool)
        members = store.table("HealthMonitor").get(monitor)
        if members is not None:
            store.put("HealthMonitor", monitor, tuple(member for member in members if member != pool))
        store.remove("monitor of pool", pool)


def _require_pool(store: Store, message: Message) -> None:
    if "pool_id" in message:
        store.get("Pool", message["pool_id"])


def _pools(message: Message) -> tuple[int, ...]:
    return tuple(pool.get("pool_id", 0) for pool in message.get("pools", []))
