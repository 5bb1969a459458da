"""Floating IPs: NAT, a route and an ARP entry each (old 4.1, 4.3, 4.4)."""

from __future__ import annotations

from midonet_lab.sites.generator.ground_truth import NEUTRON, neutron
from midonet_lab.sites.generator.server_model.routing import nat_target, route_through_gateway
from midonet_lab.sites.generator.server_model.state import Server
from midonet_migrate.model.keys import JsonObject


def associate_floating_ip(server: Server, floating: JsonObject) -> None:
    """NAT both ways, a route to it, an ARP entry on the external bridge; only while associated (old 4.1)."""
    router_id = floating["router_id"]
    if not floating["port_id"] or router_id not in server.gateway_peers:
        return
    peer = server.gateway_peers[router_id]
    pre, post = server.router_chains[router_id]
    outside, inside = floating["floating_ip_address"], floating["fixed_ip_address"]
    moved = floating["id"] in server.history.reassociated
    common = {"flowAction": "accept", "fragmentPolicy": "unfragmented" if moved else "any"}
    server.topology.add_rule(
        post["id"],
        NEUTRON,
        at=0,
        id=server.random_id(),
        type="snat",
        outPorts=[peer["id"]],
        nwSrcAddress=inside,
        nwSrcLength=32,
        natTargets=nat_target(outside, 0, 0),
        **common,
    )
    server.topology.add_rule(
        pre["id"],
        NEUTRON,
        at=0,
        id=server.random_id(),
        type="dnat",
        inPorts=[peer["id"]],
        nwDstAddress=outside,
        nwDstLength=32,
        natTargets=nat_target(inside, 0, 0),
        **common,
    )
    route_through_gateway(server, router_id, outside)
    network_id = floating["floating_network_id"]
    links = list(server.external_links.get(network_id, {}).values())
    if links:
        mac = server.identities.random.choice(links)["portMac"]  # any of them (old 4.3)
        entry = {"@bridgeId": network_id, "@persistent": True}
        truth = neutron("network", network_id)
        server.topology.add("ip4_mac_pair", truth, ip=outside, macAddr=mac, mac=mac, **entry)
