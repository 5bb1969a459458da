"""ROUTERINTERFACE (imp 3.7, 3.15)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.derived_ids import Derived
from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.derive import derive, same_subnet_snat, uuid_text
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.ports import INTERFACE, VIF, require_places
from midonet_migrate.plan.tasks.simulation.routers import add_router_port, link
from midonet_migrate.plan.tasks.simulation.store import (
    Dhcp,
    NeutronNetwork,
    NeutronPort,
    NeutronSubnet,
    Port,
    Store,
)
from midonet_migrate.plan.tasks.values import Address

IPV4 = 4


def create_interface(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The router side of an interface, linked or (on an uplink network) bound."""
    router, port_id = message["id"], message["port_id"]
    neutron_port: NeutronPort = store.get("NeutronPort", port_id)
    network: NeutronNetwork = store.get("NeutronNetwork", neutron_port.network)
    subnet_id, subnet = _subnet(store, behaviour, message, neutron_port)
    address = _address(behaviour, neutron_port, subnet_id, subnet)
    if subnet.cidr is None:
        raise Refused("required-field", f"subnet {uuid_text(subnet_id)} of the interface has no cidr")
    store.get("Router", router)
    peer = derive(Derived.ROUTER_INTERFACE_PORT_PEER, port_id)
    port = Port(router=router, subnet=subnet.cidr, address=address, bound=network.uplink)
    if network.uplink:
        store.host(neutron_port.host)
    add_router_port(store, router, peer, port)
    if not network.uplink:
        link(store, peer, port_id)
        if neutron_port.kind == VIF:
            require_places(store, neutron_port)
            _release(store, port_id)
        if address == subnet.gateway:
            _own_gateway(store, subnet_id, peer)
        for chain in (Derived.OUT_CHAIN, Derived.IN_CHAIN):
            store.create("Rule", same_subnet_snat(derive(chain, router), peer))
    if neutron_port.kind != INTERFACE:
        store.put(
            "NeutronPort",
            port_id,
            msgspec.structs.replace(neutron_port, kind=INTERFACE, device=uuid_text(router)),
        )
    for route in (Derived.ROUTER_INTERFACE_ROUTE, Derived.LOCAL_ROUTE):
        store.create("Route", derive(route, peer))


def _subnet(
    store: Store, behaviour: Behaviour, message: Message, port: NeutronPort
) -> tuple[int, NeutronSubnet]:
    if not behaviour.router_subnet_ids:
        return message["subnet_id"], store.get("NeutronSubnet", message["subnet_id"])
    subnets = {subnet: store.get("NeutronSubnet", subnet) for subnet in message["subnet_ids"]}
    used = {subnet for address, subnet in port.fixed_ips if subnet in subnets and address[0] == IPV4}
    if len(used) > 1:
        raise Refused("conflict", "several IPv4 subnets on one router interface")
    first = next(iter(used), message["subnet_ids"][0])
    return first, subnets[first]


def _address(behaviour: Behaviour, port: NeutronPort, subnet_id: int, subnet: NeutronSubnet) -> Address:
    addresses = [
        address
        for address, of_subnet in port.fixed_ips
        if not behaviour.router_subnet_ids or of_subnet == subnet_id
    ]
    if addresses:
        return addresses[0]
    if subnet.gateway is None:
        raise Refused("required-field", "neither the port nor the gateway of the subnet gives an address")
    return subnet.gateway


def _release(store: Store, port_id: int) -> None:
    for chain in (Derived.IN_CHAIN, Derived.OUT_CHAIN, Derived.ANTI_SPOOF_CHAIN):
        store.remove("Chain", derive(chain, port_id))
    store.remove("Rule", derive(Derived.ANTI_SPOOF_JUMP_RULE, port_id))


def _own_gateway(store: Store, subnet: int, router_port: int) -> None:
    dhcp: Dhcp = store.get("Dhcp", subnet)
    if dhcp.router_port is not None:
        raise Refused(
            "conflict", f"another router port owns the gateway address of subnet {uuid_text(subnet)} already"
        )
    store.put("Dhcp", subnet, msgspec.structs.replace(dhcp, router_port=router_port))
    if dhcp.server is not None and dhcp.server != dhcp.gateway:
        store.create("Route", derive(Derived.METADATA_SERVICE_ROUTE, router_port), dhcp.server)
