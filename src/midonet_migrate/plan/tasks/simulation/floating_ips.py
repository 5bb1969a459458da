"""FLOATINGIP (imp 3.8, 3.15)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive, uuid_text
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import (
    FloatingIp,
    NeutronPort,
    NeutronRouter,
    Port,
    Store,
)
from midonet_migrate.plan.tasks.values import Address, address_text, contains

_RULES: tuple[Derived, ...] = (Derived.FLOATING_IP_SNAT_RULE, Derived.FLOATING_IP_DNAT_RULE)
_RULES_54 = (
    Derived.FLOATING_IP_SNAT_EXACT_RULE,
    Derived.FLOATING_IP_SKIP_SNAT_OUT_RULE,
    Derived.FLOATING_IP_SKIP_SNAT_IN_RULE,
)


def create_floating_ip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Retained; with ``port_id`` also an ARP entry and NAT rules."""
    floating_ip = _retained(message)
    if floating_ip.port is not None:
        floating_ip = _associate(store, behaviour, message, floating_ip)
    store.create("FloatingIp", message["id"], floating_ip)


def update_floating_ip(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Nothing unless port or router change."""
    before: FloatingIp = store.get("FloatingIp", message["id"])
    after = _retained(message)
    if (before.port, before.router) == (after.port, after.router):
        return
    _disassociate(store, behaviour, before)
    if after.port is not None:
        after = _associate(store, behaviour, message, after)
    store.put("FloatingIp", message["id"], after)


def delete_floating_ip(store: Store, behaviour: Behaviour, key: int) -> None:
    """With its ARP entry and its rules; nothing if it is unknown."""
    floating_ip: FloatingIp | None = store.table("FloatingIp").get(key)
    if floating_ip is not None:
        _disassociate(store, behaviour, floating_ip)
        store.remove("FloatingIp", key)


def forget_port(store: Store, behaviour: Behaviour, port: int, *, seeded: bool) -> None:
    """The floating IPs of a deleted port lose it, and their rules with it (imp 3.5.6, 5.2).

    ``seeded``: their ARP entries too, which are looked for where their routers lead to them.
    """
    for key, floating_ip in list(store.table("FloatingIp").items()):
        if floating_ip.port != port:
            continue
        take_rules(store, key, floating_ip)
        seed = floating_ip.seed
        if seeded:
            _network_port(store, behaviour, floating_ip)
            store.remove("ARP entry", seed)
            seed = None
        store.put("FloatingIp", key, msgspec.structs.replace(floating_ip, port=None, seed=seed, rules=()))


def take_rules(store: Store, key: int, floating_ip: FloatingIp) -> None:
    """The rules alone, which go with the chains of the router."""
    for rule in floating_ip.rules:
        store.remove("Rule", rule)
    store.put("FloatingIp", key, msgspec.structs.replace(floating_ip, rules=()))


def take_away(store: Store, floating_ip: FloatingIp) -> None:
    """The ARP entry and the rules of an association."""
    if floating_ip.seed is not None:
        store.remove("ARP entry", floating_ip.seed)
    for rule in floating_ip.rules:
        store.remove("Rule", rule)


def _retained(message: Message) -> FloatingIp:
    return FloatingIp(
        message.get("port_id"),
        message.get("router_id"),
        message.get("floating_ip_address"),
        message.get("floating_network_id"),
    )


def _disassociate(store: Store, behaviour: Behaviour, floating_ip: FloatingIp) -> None:
    """Its router must still lead to its address: there the ARP entry is looked for."""
    if floating_ip.port is not None:
        _network_port(store, behaviour, floating_ip)
        take_away(store, floating_ip)


def _associate(store: Store, behaviour: Behaviour, message: Message, floating_ip: FloatingIp) -> FloatingIp:
    store.get("NeutronPort", floating_ip.port)
    store.get("Port", floating_ip.port)
    if behaviour.router_subnet_ids and store.has("VIP port", floating_ip.port):
        raise Refused("conflict", "the port is that of a load balancer VIP")
    port_id = _network_port(store, behaviour, floating_ip)
    if "fixed_ip_address" not in message:
        raise Refused("required-field", "Message missing required fields: fixed_ip_address")
    network_port: NeutronPort = store.get("NeutronPort", port_id)
    seed = store.seed(network_port.network, message["floating_ip_address"], network_port.mac)
    made = _RULES + (_RULES_54 if behaviour.router_subnet_ids else ())
    if behaviour.reverse_dnat_rule:
        made += (Derived.FLOATING_IP_REVERSE_DNAT_RULE,)
    rules = tuple(derive(rule, message["id"]) for rule in made)
    for rule in rules:
        store.create("Rule", rule)
    return msgspec.structs.replace(floating_ip, seed=seed, rules=rules)


def _network_port(store: Store, behaviour: Behaviour, floating_ip: FloatingIp) -> int:
    """The port on the network of the floating IP, behind which its router answers for it."""
    router: NeutronRouter = store.get("NeutronRouter", floating_ip.router)
    address = floating_ip.address
    if address is None:
        raise Refused("required-field", "Message missing required fields: floating_ip_address")
    port_id = (
        _port_by_network(store, router, floating_ip.network)
        if behaviour.router_subnet_ids
        else _port_by_address(store, router, address)
    )
    if port_id is None:
        shown = "the zero id" if floating_ip.router is None else uuid_text(floating_ip.router)
        raise Refused(
            "floating-ip-address",
            f"Router {shown} has no port whose subnet contains {address_text(address)}.",
        )
    return port_id


def _port_by_address(store: Store, router: NeutronRouter, address: Address) -> int | None:
    """The network side of the gateway, else of the first interface, whose subnet has the address."""
    gateway = router.gateway_port
    if gateway is not None:
        port: Port | None = store.table("Port").get(derive(Derived.TENANT_GATEWAY_PORT, gateway))
        if port is not None and port.subnet is not None and contains(port.subnet, address):
            return gateway
    for port_id in router.ports:
        port = store.get("Port", port_id)
        neutron_port = derive(Derived.ROUTER_INTERFACE_PORT_PEER, port_id)
        if port is None or port.subnet is None or not store.has("NeutronPort", neutron_port):
            continue
        if contains(port.subnet, address):
            return neutron_port
    return None


def _port_by_network(store: Store, router: NeutronRouter, network: int | None) -> int | None:
    """From 5.2.2 the network decides, not the address."""
    candidates = [] if router.gateway_port is None else [router.gateway_port]
    candidates += [derive(Derived.ROUTER_INTERFACE_PORT_PEER, port) for port in router.ports]
    for candidate in candidates:
        port: NeutronPort | None = store.table("NeutronPort").get(candidate)
        if port is not None and port.network == network:
            return candidate
    return None
