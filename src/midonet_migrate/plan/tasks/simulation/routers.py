"""ROUTER, with its gateway and its extra routes (imp 3.6)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive, extra_route, uuid_text
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Dhcp, NeutronPort, NeutronRouter, Port, Store
from midonet_migrate.plan.tasks.values import Address, Subnet, address_text, contains

IPV4 = 4
CHAINS = (Derived.IN_CHAIN, Derived.OUT_CHAIN, Derived.FORWARD_CHAIN)
CHAINS_54 = (
    Derived.FLOAT_NAT64_CHAIN,
    Derived.SKIP_SNAT_CHAIN,
    Derived.FLOAT_SNAT_EXACT_CHAIN,
    Derived.FLOAT_SNAT_CHAIN,
)
SNAT_RULES = (
    Derived.OUT_SNAT_RULE,
    Derived.OUT_DROP_UNMATCHED_FRAGMENTS_RULE,
    Derived.IN_REVERSE_SNAT_RULE,
    Derived.IN_DROP_WRONG_PORT_TRAFFIC_RULE,
)


def create_router(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Chains, port groups, and the gateway. Routes are only retained."""
    router = message["id"]
    if behaviour.ipv6:
        _gateway_port_free(store, message)
    store.create("NeutronRouter", router, NeutronRouter(message.get("gw_port_id"), _routes(message)))
    for chain in CHAINS + (CHAINS_54 if behaviour.ipv6 else ()):
        store.create("Chain", derive(chain, router))
    store.create("PortGroup", derive(Derived.PORT_GROUP, router))
    if behaviour.interface_port_group:
        store.create("PortGroup", derive(Derived.ROUTER_INTERFACE_PORT_GROUP, router))
    store.create("Router", router)
    if message.get("gw_port_id") is not None:
        _connect(store, message)


def update_router(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Gateway, SNAT and the difference of the extra routes."""
    del behaviour
    router = message["id"]
    store.get("Router", router)
    before: NeutronRouter = store.get("NeutronRouter", router)
    gateway = message.get("gw_port_id")
    if gateway is not None:
        port: Port = store.get("Port", gateway)
        if port.peer is None:
            _connect(store, message)
        else:
            _set_snat(store, message)
    connected: NeutronRouter = store.get("NeutronRouter", router)
    routes = _routes(message)
    for destination, next_hop in sorted(routes - before.routes):
        reach(store, connected, destination, next_hop)
        store.create("Route", extra_route(router, destination[1], destination[2], next_hop[1]))
    for destination, next_hop in before.routes - routes:
        if destination[0] == next_hop[0] == IPV4:
            store.remove("Route", extra_route(router, destination[1], destination[2], next_hop[1]))
    store.put("NeutronRouter", router, NeutronRouter(gateway, routes, connected.ports))


def reach(store: Store, router: NeutronRouter, destination: Subnet, next_hop: Address) -> None:
    """Raises :class:`Refused` unless a port of the router reaches the next hop (imp 3.6)."""
    if destination[0] != IPV4 or next_hop[0] != IPV4:
        raise Refused("ipv6", "IPv6 routes are not supported")
    for port_id in router.ports:
        port: Port = store.get("Port", port_id)
        if port.subnet is not None and port.address != next_hop and contains(port.subnet, next_hop):
            return
    raise Refused("route", f"No valid port was found to add route: next hop {address_text(next_hop)}")


def add_router_port(store: Store, router: int, port_id: int, port: Port) -> None:
    """A port on the router side."""
    store.create("Port", port_id, port)
    before: NeutronRouter = store.get("NeutronRouter", router)
    store.put("NeutronRouter", router, msgspec.structs.replace(before, ports=(*before.ports, port_id)))


def link(store: Store, one: int, other: int) -> None:
    """Make two ports peers; raises :class:`Refused` when either has one already."""
    for port_id in (one, other):
        port: Port = store.get("Port", port_id)
        if port.peer is not None:
            raise Refused(
                "conflict", f"Port {uuid_text(port_id)} already connected to {uuid_text(port.peer)}."
            )
        store.put("Port", port_id, msgspec.structs.replace(port, peer=other if port_id == one else one))


def _routes(message: Message) -> frozenset[tuple[Subnet, Address]]:
    routes = message.get("routes", [])
    for name in ("destination", "nexthop"):
        if any(name not in route for route in routes):
            raise Refused("required-field", f"Message missing required fields: routes.{name}")
    return frozenset((route["destination"], route["nexthop"]) for route in routes)


def _gateway_port_free(store: Store, message: Message) -> None:
    gateway = message.get("gw_port_id")
    if gateway is None:
        return
    store.get("NeutronPort", gateway)
    if store.has("gateway port in use", gateway):
        raise Refused("conflict", f"gateway port {uuid_text(gateway)} is used by another router")
    store.put("gateway port in use", gateway)


def _connect(store: Store, message: Message) -> None:
    gateway, router = message["gw_port_id"], message["id"]
    neutron_port: NeutronPort = store.get("NeutronPort", gateway)
    network_port: Port = store.get("Port", gateway)
    if network_port.peer is not None:
        raise Refused(
            "conflict", f"Port {uuid_text(gateway)} already connected to {uuid_text(network_port.peer)}."
        )
    if not neutron_port.fixed_ips:
        raise Refused("required-field", f"gateway port {uuid_text(gateway)} has no fixed IP")
    address, subnet = neutron_port.fixed_ips[0]
    dhcp: Dhcp = store.get("Dhcp", subnet)
    store.get("NeutronSubnet", subnet)
    if dhcp.cidr is None:
        raise Refused("required-field", f"subnet {uuid_text(subnet)} of the gateway port has no cidr")
    tenant_port = derive(Derived.TENANT_GATEWAY_PORT, gateway)
    port = Port(router=router, subnet=dhcp.cidr, address=address)
    add_router_port(store, router, tenant_port, port)
    link(store, tenant_port, gateway)
    for route in (Derived.LOCAL_ROUTE, Derived.GATEWAY_ROUTE, Derived.ROUTER_INTERFACE_ROUTE):
        store.create("Route", derive(route, tenant_port))
    _set_snat(store, message)


def _set_snat(store: Store, message: Message) -> None:
    wanted = message.get("external_gateway_info", {}).get("enable_snat", False)
    rules = [derive(rule, message["id"]) for rule in SNAT_RULES]
    exists = store.has("Rule", rules[0])
    if wanted and not exists:
        for rule in rules:
            store.create("Rule", rule)
    elif exists and not wanted:
        for rule in rules:
            store.remove("Rule", rule)
