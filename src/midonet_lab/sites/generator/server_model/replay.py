"""Neutron's requests in one possible order."""

from __future__ import annotations

from collections.abc import Mapping

from midonet_lab.sites.generator.identities import Identities
from midonet_lab.sites.generator.server_model import (
    balancing,
    floating_ips,
    groups,
    ports,
    routing,
    switching,
)
from midonet_lab.sites.generator.server_model.state import NOT_VIF, History, Server
from midonet_migrate.model.keys import JsonObject


def replay(
    neutron: Mapping[str, list[JsonObject]], identities: Identities, history: History | None = None
) -> Server:
    """Let the server make everything these Neutron dicts ask for.

    ``neutron``: the getters' dicts by kind (db 2); within a kind, resources are made in list order. The
    result's ``topology`` holds every object that the 1.9 server has of them (old 4.1), with ground truth.
    """
    server = Server(neutron, identities, history or History())
    for group in server.neutron["security_groups"]:
        groups.create_security_group(server, group)
    for network in server.neutron["networks"]:
        switching.create_network(server, network)
    for subnet in server.neutron["subnets"]:
        switching.create_subnet(server, subnet)
    for router in server.neutron["routers"]:
        routing.create_router(server, router)
    _replay_ports(server)
    for floating in server.neutron["floating_ips"]:
        floating_ips.associate_floating_ip(server, floating)
    for pool in server.neutron["pools"]:
        balancing.create_pool(server, pool)
    for member in server.neutron["members"]:
        balancing.create_member(server, member)
    for vip in server.neutron["vips"]:
        balancing.create_vip(server, vip)
    for monitor in server.neutron["health_monitors"]:
        balancing.attach_health_monitor(server, monitor)
    return server


def _replay_ports(server: Server) -> None:
    of_owner: dict[str, list[JsonObject]] = {owner: [] for owner in NOT_VIF}
    for port in server.neutron["ports"]:
        if port["device_owner"] in NOT_VIF:
            of_owner[port["device_owner"]].append(port)
        else:
            ports.create_vif_port(server, port)
    for port in of_owner["network:dhcp"]:
        ports.create_dhcp_port(server, port)
    gateways = [router for router in server.neutron["routers"] if router["gw_port_id"]]
    last = server.history.gateway_last
    for router in gateways:
        if router["id"] not in last:
            routing.set_gateway(server, router)
    for port in of_owner["network:router_interface"]:
        server.interfaces_of.setdefault(port["network_id"], []).append(port)
        routing.add_interface(server, port)
    for router in gateways:
        if router["id"] in last:
            routing.set_gateway(server, router)
