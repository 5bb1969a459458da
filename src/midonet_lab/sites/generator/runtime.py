"""What agents write while they run: learned routes, MACs, ARP, health monitor ports, statuses (old 4.5)."""

from __future__ import annotations

from midonet_lab.sites.generator.by_hand import ByHand
from midonet_lab.sites.generator.ground_truth import runtime
from midonet_lab.sites.generator.hosts import Hosts
from midonet_lab.sites.generator.server_model import Server
from midonet_migrate.model.keys import JsonObject

MONITOR_CIDR = "169.254.17.43/30"
MONITOR_ADDRESS = "169.254.17.44"
MONITOR_GATEWAY = "169.254.17.45"
_ESTABLISHED = "BGP state = Established, up for 01:02:03\nNeighbor capabilities: ..."


def learned_route(hand: ByHand, uplink_port: JsonObject, cidr: str) -> None:
    """A route that BGP brought, and the status of its session."""
    gateway = uplink_port["portAddress"].rsplit(".", 1)[0] + ".1"
    truth = runtime("route learned by BGP (ephemeral)") | {"on_provider_router": True}
    members = {"nextHopGateway": gateway, "learned": True, "weight": 20, "attributes": ""}
    hand.topology.add_route(hand.identities.uuid(), truth, uplink_port, cidr, **members)
    for session in hand.topology.objects["bgp"]:
        if session["portId"] == uplink_port["id"]:
            session["status"] = _ESTABLISHED
            entry = {"id": session["id"], "kind": "bgp", "op": "update", "after": {"status": "text"}}
            hand.topology.modifications.append({**entry, "why": "runtime status"})


def learned_addresses(hand: ByHand, port: JsonObject, address: str) -> None:
    """A MAC behind a port and somebody's ARP reply."""
    hand.mac_entry(port, "02:cc:00:00:00:01", runtime("learned mac (ephemeral)"), stored=False)
    hand.arp_entry(port["deviceId"], address, "02:cc:00:00:00:02", runtime("learned arp"), stored=False)


def health_monitor_ports(hand: ByHand, hosts: Hosts, server: Server, leader: str) -> None:
    """For every monitored pool: a router port, its binding, and the route to the VIP (old 4.5)."""
    topology = server.topology
    for vip in list(topology.objects["vip"]):
        pool = topology.by_id["pool"][vip["poolId"]]
        if pool["healthMonitorId"] is None or topology.ownership["vip"][vip["id"]]["class"] != "neutron":
            continue
        router_id = topology.by_id["load_balancer"][pool["loadBalancerId"]]["routerId"]
        why = "health monitor port as the leading agent makes it"
        port = hand.router_port(router_id, MONITOR_CIDR, MONITOR_ADDRESS, why, owner=runtime)
        binding = runtime("health monitor binding")
        hosts.bind(port, leader, f"{pool['id'][:8]}_hm_dp", binding, active=False)
        members = {"nextHopGateway": MONITOR_GATEWAY, "attributes": ""}
        route_truth = runtime("health monitor route")
        identity = hand.identities.uuid()
        topology.add_route(identity, route_truth, port, f"{vip['address']}/32", **members)
    down = [member for member in topology.objects["pool_member"] if member["weight"] > 1]
    for member in down:
        member["status"] = "INACTIVE"
        entry = {"id": member["id"], "kind": "pool_member", "op": "update", "after": {"status": "INACTIVE"}}
        topology.modifications.append({**entry, "why": "runtime status by the health monitor"})
