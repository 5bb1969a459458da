"""NETWORK and SUBNET (imp 3.3, 3.4)."""

from __future__ import annotations

import msgspec

from midonet_migrate.plan.tasks.behaviour import Behaviour
from midonet_migrate.plan.tasks.messages import Message
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.simulation.store import Dhcp, NeutronNetwork, NeutronSubnet, Store

IPV6 = 6


def create_network(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The retained object, and a Network unless it is an uplink network."""
    del behaviour
    uplink = message.get("network_type") == "UPLINK"
    network = NeutronNetwork(uplink=uplink, external=message.get("external", False))
    store.create("NeutronNetwork", message["id"], network)
    if not uplink:
        store.create("Network", message["id"])


def update_network(store: Store, behaviour: Behaviour, message: Message) -> None:
    """Name and admin state; the network must exist, which it does not if it was made as an uplink's."""
    del behaviour
    uplink = message.get("network_type") == "UPLINK"
    store.get("NeutronNetwork" if uplink else "Network", message["id"])
    store.put("NeutronNetwork", message["id"], NeutronNetwork(uplink, message.get("external", False)))


def create_subnet(store: Store, behaviour: Behaviour, message: Message) -> None:
    """The retained object, and a Dhcp unless the network is an uplink network."""
    network: NeutronNetwork = store.get("NeutronNetwork", message["network_id"])
    if not network.uplink:
        _check_version(behaviour, message)
    subnet = NeutronSubnet(message["network_id"], message.get("cidr"), message.get("gateway_ip"))
    store.create("NeutronSubnet", message["id"], subnet)
    if not network.uplink:
        dhcp = Dhcp(subnet.network, subnet.cidr, subnet.gateway, server=subnet.gateway)
        store.create("Dhcp", message["id"], dhcp)


def _check_version(behaviour: Behaviour, message: Message) -> None:
    if not behaviour.ipv6 and message.get("ip_version") == IPV6:
        raise Refused("ipv6", "IPv6 Subnets are not supported in this version of Midonet.")


def update_subnet(store: Store, behaviour: Behaviour, message: Message) -> None:
    """``network_id`` and ``cidr`` are required: the retained object is replaced as a whole."""
    before: NeutronSubnet = store.get("NeutronSubnet", message["id"])
    network: NeutronNetwork = store.get("NeutronNetwork", message.get("network_id"))
    if network.uplink:
        return
    _check_version(behaviour, message)
    if message.get("cidr") is None:
        raise Refused("required-field", "Message missing required fields: subnet_address")
    if any(len(route) < 2 for route in message.get("host_routes", [])):
        raise Refused("required-field", "Message missing required fields: opt121_routes")
    dhcp: Dhcp = store.get("Dhcp", message["id"])
    gateway = message.get("gateway_ip")
    store.put("NeutronSubnet", message["id"], NeutronSubnet(before.network, message["cidr"], gateway))
    store.put("Dhcp", message["id"], msgspec.structs.replace(dhcp, cidr=message["cidr"], gateway=gateway))
