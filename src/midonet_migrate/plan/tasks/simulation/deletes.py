"""DELETE of what others hang on: rows of a plug-in that goes on writing; no plan has any (imp 3.4 - 3.9)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive, same_subnet_snat, uuid_text
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.floating_ips import forget_port, take_rules
from midonet_migrate.plan.tasks.simulation.load_balancing import require_no_vip
from midonet_migrate.plan.tasks.simulation.ports import (
    DHCP,
    FLOATING_IP,
    GATEWAY,
    INTERFACE,
    IPV4,
    REMOTE_SITE,
    SEEDED,
    UNTRUSTED,
    VIP,
    device_of,
    require_places,
)
from midonet_migrate.plan.tasks.simulation.routers import CHAINS, CHAINS_54, SNAT_RULES
from midonet_migrate.plan.tasks.simulation.store import (
    Dhcp,
    NeutronNetwork,
    NeutronPort,
    NeutronRouter,
    Port,
    Store,
)

_PORT_ROUTES = (
    Derived.LOCAL_ROUTE,
    Derived.GATEWAY_ROUTE,
    Derived.ROUTER_INTERFACE_ROUTE,
    Derived.METADATA_SERVICE_ROUTE,
)


def delete_port(store: Store, behaviour: Behaviour, key: int) -> None:
    """The port with its table entries, its chains, and the router's side of a gateway or interface."""
    port: NeutronPort | None = store.table("NeutronPort").get(key)
    if port is None:
        return
    if port.kind == FLOATING_IP or (port.kind == VIP and not behaviour.vip_ports):
        store.remove("NeutronPort", key)
        return
    network: NeutronNetwork = store.get("NeutronNetwork", port.network)
    require_no_vip(store, {key})
    store.remove("NeutronPort", key)
    if network.uplink:
        if port.kind == INTERFACE:
            _delete_router_port(store, derive(Derived.ROUTER_INTERFACE_PORT_PEER, key))
        return
    if port.kind in SEEDED:
        for address, _ in port.fixed_ips if behaviour.ipv6 else port.fixed_ips[:1]:
            store.remove("ARP entry", (port.network, address, port.mac))
    if port.kind == REMOTE_SITE:
        return
    store.remove("Port", key)
    forget_port(store, behaviour, key, seeded=port.kind in UNTRUSTED)
    if port.kind == GATEWAY:
        _delete_router_port(store, derive(Derived.TENANT_GATEWAY_PORT, key))
        store.remove("gateway port in use", key)
    elif port.kind == INTERFACE:
        store.get("Router", device_of(port))
        _delete_router_port(store, derive(Derived.ROUTER_INTERFACE_PORT_PEER, key))
    elif port.kind == DHCP:
        _stop_serving(store, port)
    elif port.kind in UNTRUSTED:
        for chain in (Derived.IN_CHAIN, Derived.OUT_CHAIN, Derived.ANTI_SPOOF_CHAIN):
            store.remove("Chain", derive(chain, key))
        store.remove("Rule", derive(Derived.ANTI_SPOOF_JUMP_RULE, key))
        require_places(store, port)


def _stop_serving(store: Store, port: NeutronPort) -> None:
    """Give the subnets back to their gateways; one that is gone already does not matter."""
    for index, (address, subnet) in enumerate(port.fixed_ips):
        dhcp: Dhcp | None = store.table("Dhcp").get(subnet)
        if dhcp is None or address[0] != IPV4:
            continue
        store.put("Dhcp", subnet, msgspec.structs.replace(dhcp, server=dhcp.gateway))
        if index == 0 and dhcp.router_port is not None:
            # Of several DHCP ports only the one that it leads to takes it along.
            route = derive(Derived.METADATA_SERVICE_ROUTE, dhcp.router_port)
            if store.table("Route").get(route) == address:
                store.remove("Route", route)


def delete_router(store: Store, behaviour: Behaviour, key: int) -> None:
    """Its chains, groups and ports; a load balancer that it carries is in the way."""
    if not store.has("NeutronRouter", key):
        return
    if store.has("LoadBalancer", derive(Derived.LOAD_BALANCER, key)):
        raise Refused("conflict", f"router {uuid_text(key)} still carries its load balancer")
    router: NeutronRouter = store.get("NeutronRouter", key)
    for port in router.ports:
        _delete_router_port(store, port)
    for chain in CHAINS + (CHAINS_54 if behaviour.ipv6 else ()):
        store.remove("Chain", derive(chain, key))
    store.remove("Rule", derive(Derived.FORWARD_CHAIN_FIREWALL_JUMP_RULE, key))
    for floating_key, floating_ip in list(store.table("FloatingIp").items()):
        if floating_ip.router == key:
            take_rules(store, floating_key, floating_ip)
    store.remove("gateway port in use", router.gateway_port)
    store.remove("PortGroup", derive(Derived.PORT_GROUP, key))
    if behaviour.interface_port_group:
        store.remove("PortGroup", derive(Derived.ROUTER_INTERFACE_PORT_GROUP, key))
    store.remove("Router", key)
    store.remove("NeutronRouter", key)


def delete_network(store: Store, behaviour: Behaviour, key: int) -> None:
    """With its ports and DHCP objects. 5.0.2 throws for an unknown id."""
    if not behaviour.deletes_tolerant:
        store.get("NeutronNetwork", key)
    ports = {port_id: port for port_id, port in store.table("Port").items() if port.network == key}
    require_no_vip(store, ports)
    store.remove("NeutronNetwork", key)
    store.remove("Network", key)
    for entry in [entry for entry in store.table("ARP entry") if entry[0] == key]:
        store.remove("ARP entry", entry)
    for port_id, port in ports.items():
        store.remove("Port", port_id)
        peer: Port | None = None if port.peer is None else store.table("Port").get(port.peer)
        if peer is not None:
            store.put("Port", port.peer, msgspec.structs.replace(peer, peer=None))
    for subnet, dhcp in list(store.table("Dhcp").items()):
        if dhcp.network == key:
            store.remove("Dhcp", subnet)


def delete_subnet(store: Store, behaviour: Behaviour, key: int) -> None:
    """With its DHCP object."""
    del behaviour
    store.remove("NeutronSubnet", key)
    store.remove("Dhcp", key)


def _delete_router_port(store: Store, key: int) -> None:
    """The port, its routes and rules, and what refers to it."""
    port: Port | None = store.table("Port").get(key)
    if port is None or port.router is None:
        return
    store.remove("Port", key)
    peer: Port | None = None if port.peer is None else store.table("Port").get(port.peer)
    if peer is not None:
        store.put("Port", port.peer, msgspec.structs.replace(peer, peer=None))
    for route in _PORT_ROUTES:
        store.remove("Route", derive(route, key))
    for chain in (Derived.IN_CHAIN, Derived.OUT_CHAIN):
        store.remove("Rule", same_subnet_snat(derive(chain, port.router), key))
    router: NeutronRouter | None = store.table("NeutronRouter").get(port.router)
    if router is not None:
        gateway = router.gateway_port
        if gateway is not None and derive(Derived.TENANT_GATEWAY_PORT, gateway) == key:
            for rule in SNAT_RULES:
                store.remove("Rule", derive(rule, port.router))
        left = tuple(other for other in router.ports if other != key)
        store.put("NeutronRouter", port.router, msgspec.structs.replace(router, ports=left))
    for subnet, dhcp in list(store.table("Dhcp").items()):
        if dhcp.router_port == key:
            store.put("Dhcp", subnet, msgspec.structs.replace(dhcp, router_port=None))
