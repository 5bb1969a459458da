"""Networks and subnets: bridges, DHCP, the Provider Router and its links to them (old 4.1-4.3, 4.5)."""

from __future__ import annotations

from midonet_lab.sites.generator.addresses import is_v6, split_cidr
from midonet_lab.sites.generator.ground_truth import (
    INFRASTRUCTURE,
    INFRASTRUCTURE_ON_PROVIDER_ROUTER,
    neutron,
)
from midonet_lab.sites.generator.server_model.state import Server
from midonet_migrate.model.keys import JsonObject

PROVIDER_ROUTER_NAME = "MidoNet Provider Router"
NO_GATEWAY = "0.0.0.0"
"""Address of the link port of an external subnet without gateway; also the text of "no hop" (old 4.5)."""


def create_network(server: Server, network: JsonObject) -> None:
    """A bridge; the first external network ever brings the Provider Router."""
    server.topology.add(
        "bridge",
        neutron("network", network["id"]),
        id=network["id"],
        name=network["name"],
        tenantId=network["tenant_id"],
        adminStateUp=bool(network["admin_state_up"]),
        vxLanPortIds=[],
    )
    alone = network["id"] not in server.history.bulk
    if network["router:external"] and alone and server.provider_router is None:
        server.provider_router = server.random_id()
        server.topology.add(
            "router",
            INFRASTRUCTURE_ON_PROVIDER_ROUTER,
            id=server.provider_router,
            name=PROVIDER_ROUTER_NAME,
        )


def create_subnet(server: Server, subnet: JsonObject) -> None:
    """A DHCP subnet, also when DHCP is off; on an external network a link to the Provider Router too."""
    network = server.networks[subnet["network_id"]]
    truth = neutron("network", network["id"])
    prefix, length = split_cidr(subnet["cidr"])
    if is_v6(subnet["cidr"]):
        members = {"prefix": prefix, "prefixLength": length, "@bridgeId": network["id"]}
        server.dhcp_subnets[subnet["id"]] = server.topology.add("dhcp_v6_subnet", truth, **members)
        return
    members = {"subnetPrefix": prefix, "subnetLength": length, "@bridgeId": network["id"]}
    server.dhcp_subnets[subnet["id"]] = server.topology.add(
        "dhcp_subnet",
        truth,
        defaultGateway=subnet["gateway_ip"],
        serverAddr=subnet["gateway_ip"],
        dnsServerAddrs=list(subnet["dns_nameservers"]),
        opt121Routes=[
            opt121_route(route["destination"], route["nexthop"]) for route in subnet["host_routes"]
        ],
        enabled=bool(subnet["enable_dhcp"]),
        **members,
    )
    if network["router:external"] and network["id"] not in server.history.bulk:
        _link_external_subnet(server, network, subnet)


def opt121_route(cidr: str, gateway: str) -> JsonObject:
    """A route that DHCP hands out."""
    prefix, length = split_cidr(cidr)
    return {"destinationPrefix": prefix, "destinationLength": length, "gatewayAddr": gateway}


def _link_external_subnet(server: Server, network: JsonObject, subnet: JsonObject) -> None:
    topology = server.topology
    prefix, length = split_cidr(subnet["cidr"])
    bridge_port = topology.add(
        "port", INFRASTRUCTURE, type="Bridge", id=server.random_id(), deviceId=network["id"]
    )
    router_port = topology.add(
        "port",
        INFRASTRUCTURE_ON_PROVIDER_ROUTER,
        type="Router",
        id=server.random_id(),
        deviceId=server.provider_router,
        networkAddress=prefix,
        networkLength=length,
        portAddress=subnet["gateway_ip"] or NO_GATEWAY,
        portMac=server.identities.midonet_mac(),
    )
    topology.link(bridge_port, router_port, INFRASTRUCTURE_ON_PROVIDER_ROUTER)
    topology.add_local_route(server.random_id(), INFRASTRUCTURE_ON_PROVIDER_ROUTER, router_port)
    topology.add_route(
        server.random_id(),
        INFRASTRUCTURE_ON_PROVIDER_ROUTER,
        router_port,
        subnet["cidr"],
        nextHopGateway=NO_GATEWAY,
    )
    server.external_links.setdefault(network["id"], {})[subnet["id"]] = router_port
