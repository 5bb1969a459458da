"""What the operator adds to the Provider Router: uplinks with bindings, BGP, default routes (old 4.6)."""

from __future__ import annotations

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.ground_truth import uplink
from midonet_lab.sites.generator.hosts import Hosts
from midonet_migrate.model.keys import JsonObject

LOCAL_AS = 65001
PEER_AS = 65000
UPLINK_INTERFACE = "eth1"


def add_uplinks(
    hand: ByHand, hosts: Hosts, provider_router: str, gateways: list[str], advertised: list[str]
) -> list[JsonObject]:
    """One uplink per gateway host. Returns the uplink ports."""
    topology, identities = hand.topology, hand.identities
    truth = {name: value for name, value in uplink("").items() if name not in {"on_provider_router", "why"}}
    group = topology.add(
        "port_group",
        {**truth, "why": "stateful port group of the uplinks"},
        id=identities.uuid(),
        name="uplinks",
        tenantId=hand.tenant,
        stateful=True,
    )
    ports = []
    for number, host in enumerate(gateways, 1):
        cidr, own, peer = f"172.16.{number}.0/30", f"172.16.{number}.2", f"172.16.{number}.1"
        mac = f"02:aa:00:00:00:{number:02x}"
        port = hand.router_port(
            provider_router, cidr, own, f"uplink port {number}", owner=uplink, portMac=mac
        )
        hosts.bind(port, host, UPLINK_INTERFACE, uplink("uplink binding"))
        members = {"portGroupId": group["id"], "portId": port["id"]}
        topology.add("port_group_port", uplink("member"), **members)
        why = f"default route through uplink {number}"
        hand.route(port, "0.0.0.0/0", why, owner=uplink, nextHopGateway=peer, weight=100 * number)
        session = topology.add(
            "bgp",
            uplink("uplink BGP session"),
            id=identities.uuid(),
            portId=port["id"],
            localAS=LOCAL_AS,
            peerAS=PEER_AS,
            peerAddr=peer,
            status="DOWN",
        )
        for network in advertised:
            prefix, length = network.split("/")
            place = {"bgpId": session["id"], "nwPrefix": prefix, "prefixLength": int(length)}
            topology.add("ad_route", uplink("advertised route"), id=identities.uuid(), **place)
        ports.append(port)
    return ports
