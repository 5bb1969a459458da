"""POOL, MEMBER, VIP and HEALTHMONITOR of LBaaS v1 (imp 3.10)."""

from __future__ import annotations

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import (
    NeutronNetwork,
    NeutronPort,
    NeutronRouter,
    NeutronSubnet,
    Store,
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


def create_member(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Its pool must exist."""
    del behaviour
    store.create("PoolMember", message["id"])
    if "pool_id" in message:
        store.get("Pool", message["pool_id"])


def create_vip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """With a pool: its subnet must exist; on an external network it is seeded at the gateway."""
    del behaviour
    store.create("Vip", message["id"], message.get("address"))
    if "port_id" in message:
        store.put("VIP port", message["port_id"])
    if "pool_id" not in message:
        return
    subnet: NeutronSubnet = store.get("NeutronSubnet", message.get("subnet_id"))
    network: NeutronNetwork = store.get("NeutronNetwork", subnet.network)
    router_id = store.get("Pool", message["pool_id"])
    if not network.external:
        return
    router: NeutronRouter = store.get("NeutronRouter", router_id)
    if router.gateway_port is None:
        return
    if "address" not in message:
        raise Refused("required-field", "Message missing required fields: address")
    if message["address"][0] != 4:
        raise Refused("ipv6", "the address of a VIP on an external network is IPv6")
    gateway: NeutronPort = store.get("NeutronPort", router.gateway_port)
    store.get("Port", router.gateway_port)
    store.seed(subnet.network, message["address"], gateway.mac)


def update_vip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The address must stay."""
    del behaviour
    store.get("Vip", message["id"])
    before, after = store.table("Vip")[message["id"]], message.get("address")
    if before != after:
        shown = [address_text(address) if address else "none" for address in (before, after)]
        raise Refused("update", f"VIP IP changed from {shown[0]} to {shown[1]}")


def delete_vip(store: Store, behaviour: Behaviour, vip: int) -> None:
    """5.0.2 throws for an unknown id."""
    if not behaviour.deletes_tolerant:
        store.get("Vip", vip)
    store.remove("Vip", vip)


def create_monitor(store: Store, behaviour: Behaviour, message: Message) -> None:
    """All its pools must exist."""
    del behaviour
    pools = _pools(message)
    store.create("HealthMonitor", message["id"], pools)
    for pool in pools:
        store.get("Pool", pool)


def update_monitor(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The list of pools must stay."""
    del behaviour
    if store.get("HealthMonitor", message["id"]) != _pools(message):
        raise Refused("update", "A health monitor's pool association cannot be changed.")


def _pools(message: Message) -> tuple[int, ...]:
    return tuple(pool.get("pool_id", 0) for pool in message.get("pools", []))
