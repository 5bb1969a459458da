"""Routers, interfaces, gateways (old 4.1, 4.4, 4.5)."""

from __future__ import annotations

import uuid
from typing import Any

from midonet_lab.sites.generator.addresses import split_cidr
from midonet_lab.sites.generator.ground_truth import NEUTRON, NEUTRON_ON_PROVIDER_ROUTER, neutron
from midonet_lab.sites.generator.identities import INTERFACE_SNAT, derived_id
from midonet_lab.sites.generator.server_model.ports import METADATA, create_bridge_port, join_address_groups
from midonet_lab.sites.generator.server_model.state import Server
from midonet_lab.sites.generator.server_model.switching import NO_GATEWAY
from midonet_migrate.model.keys import JsonObject

GATEWAY_NETWORK = "169.254.255.0"
GATEWAY_LENGTH = 30
GATEWAY_ADDRESS = "169.254.255.1"
_ICMP = 1
_METADATA_ADDRESS = METADATA.split("/", maxsplit=1)[0]


def create_router(server: Server, router: JsonObject) -> None:
    """The router and its two chains; interfaces and the gateway come later."""
    truth = neutron("router", router["id"])
    pre, post = (
        server.topology.add(
            "chain",
            truth,
            id=server.random_id(),
            name=f"OS_{when}_ROUTING_{router['id']}",
            tenantId=router["tenant_id"],
        )
        for when in ("PRE", "POST")
    )
    server.router_chains[router["id"]] = (pre, post)
    server.topology.add(
        "router",
        truth,
        id=router["id"],
        name=router["name"],
        tenantId=router["tenant_id"],
        adminStateUp=bool(router["admin_state_up"]),
        inboundFilterId=pre["id"],
        outboundFilterId=post["id"],
    )


def nat_target(address: str, first: int, last: int) -> list[JsonObject]:
    """Targets of a NAT rule to one address."""
    return [{"addressFrom": address, "addressTo": address, "portFrom": first, "portTo": last}]


def add_interface(server: Server, port: JsonObject) -> None:
    """The bridge port and its peer on the router; an interface without IPv4 stays unlinked (old 4.5)."""
    topology = server.topology
    bridge_port = create_bridge_port(server, port)
    join_address_groups(server, port)  # a former VIF port leaves its addresses there
    addresses = server.v4_addresses(port)
    if not addresses or port["device_id"] not in server.routers:
        return
    subnet = server.subnets[addresses[0]["subnet_id"]]
    prefix, length = split_cidr(subnet["cidr"])
    peer = topology.add(
        "port",
        neutron("port", port["id"]),
        type="Router",
        id=server.random_id(),
        deviceId=port["device_id"],
        networkAddress=prefix,
        networkLength=length,
        portAddress=addresses[0]["ip_address"],
        portMac=server.identities.midonet_mac(),
    )
    server.interface_peers[port["id"]] = peer
    topology.link(bridge_port, peer, neutron("port", port["id"]))
    topology.add_local_route(server.random_id(), NEUTRON, peer)
    topology.add_route(server.random_id(), NEUTRON, peer, subnet["cidr"], nextHopGateway=NO_GATEWAY)
    _metadata_route(server, subnet, peer)
    if port["device_id"] not in server.history.without_interface_snat:
        _interface_nat(server, peer)


def _metadata_route(server: Server, subnet: JsonObject, peer: JsonObject) -> None:
    dhcp_port = server.dhcp_ports.get(subnet["id"])
    if dhcp_port is None or peer["portAddress"] != subnet["gateway_ip"]:
        return
    prefix, length = split_cidr(subnet["cidr"])
    server.topology.add_route(
        server.random_id(),
        NEUTRON,
        peer,
        METADATA,
        srcNetworkAddr=prefix,
        srcNetworkLength=length,
        nextHopGateway=dhcp_port["fixed_ips"][0]["ip_address"],
    )


def _interface_nat(server: Server, peer: JsonObject) -> None:
    pre, post = server.router_chains[peer["deviceId"]]
    seal = (uuid.UUID(peer["id"]), INTERFACE_SNAT)
    server.topology.add_rule(
        post["id"],
        NEUTRON,
        id=derived_id(post["id"], *seal),
        type="snat",
        inPorts=[peer["id"]],
        outPorts=[peer["id"]],
        invNwDst=True,
        nwDstAddress=_METADATA_ADDRESS,
        nwDstLength=32,
        natTargets=nat_target(peer["portAddress"], 1, 65535),
        flowAction="return",
        fragmentPolicy="unfragmented",
    )
    server.topology.add_rule(
        pre["id"],
        NEUTRON,
        at=0,
        id=derived_id(pre["id"], *seal),
        type="rev_snat",
        inPorts=[peer["id"]],
        nwDstAddress=peer["portAddress"],
        nwDstLength=32,
        flowAction="accept",
        fragmentPolicy="unfragmented",
    )


def set_gateway(server: Server, router: JsonObject) -> None:
    """The port on the Provider Router (it has the Neutron port's id), its peer, routes and SNAT."""
    topology = server.topology
    port = server.ports[router["gw_port_id"]]
    address = server.first_v4(port)
    if server.provider_router is None or address is None:
        return
    network = {"networkAddress": GATEWAY_NETWORK, "networkLength": GATEWAY_LENGTH}
    gateway = topology.add(
        "port",
        neutron("port", port["id"], on_provider_router=True),
        type="Router",
        id=port["id"],
        deviceId=server.provider_router,
        portAddress=GATEWAY_ADDRESS,
        portMac=server.identities.midonet_mac(),
        **network,
    )
    peer = topology.add(
        "port",
        neutron("port", port["id"]),
        type="Router",
        id=server.random_id(),
        deviceId=router["id"],
        portAddress=address,
        portMac=server.identities.midonet_mac(),
        **network,
    )
    server.gateway_ports[router["id"]], server.gateway_peers[router["id"]] = gateway, peer
    topology.link(gateway, peer, neutron("port", port["id"], on_provider_router=True))
    topology.add_local_route(server.random_id(), NEUTRON_ON_PROVIDER_ROUTER, gateway)
    topology.add_local_route(server.random_id(), NEUTRON, peer)
    topology.add_route(server.random_id(), NEUTRON, peer, "0.0.0.0/0")
    route_through_gateway(server, router["id"], address)
    if router["external_gateway_info"]["enable_snat"]:
        _source_nat(server, peer)


def route_through_gateway(server: Server, router_id: str, address: str) -> None:
    """The Provider Router's route to an address behind a router's gateway."""
    server.topology.add_route(
        server.random_id(),
        NEUTRON_ON_PROVIDER_ROUTER,
        server.gateway_ports[router_id],
        f"{address}/32",
        nextHopGateway=NO_GATEWAY,
    )


def _source_nat(server: Server, peer: JsonObject) -> None:
    pre, post = server.router_chains[peer["deviceId"]]
    address = peer["portAddress"]
    to_gateway: dict[str, Any] = {
        "nwDstAddress": address,
        "nwDstLength": 32,
        "fragmentPolicy": "unfragmented",
    }
    add = server.topology.add_rule
    add(
        post["id"],
        NEUTRON,
        id=server.random_id(),
        type="snat",
        outPorts=[peer["id"]],
        natTargets=nat_target(address, 1, 65535),
        flowAction="accept",
        fragmentPolicy="unfragmented",
    )
    add(
        post["id"],
        NEUTRON,
        id=server.random_id(),
        type="drop",
        outPorts=[peer["id"]],
        invNwSrc=True,
        nwSrcAddress=address,
        nwSrcLength=32,
    )
    rev_snat: dict[str, Any] = {"type": "rev_snat", "inPorts": [peer["id"]], "flowAction": "accept"}
    add(pre["id"], NEUTRON, id=server.random_id(), **rev_snat, **to_gateway)
    add(pre["id"], NEUTRON, id=server.random_id(), type="drop", invNwProto=True, nwProto=_ICMP, **to_gateway)
