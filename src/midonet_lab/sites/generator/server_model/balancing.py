"""LBaaS v1: load balancers, pools, members, VIPs, health monitors (old 4.1, 4.7)."""

from __future__ import annotations

from midonet_lab.sites.generator.ground_truth import NEUTRON, neutron
from midonet_lab.sites.generator.server_model.routing import route_through_gateway
from midonet_lab.sites.generator.server_model.state import Server
from midonet_migrate.model.keys import JsonObject

REFUSED = "PENDING_CREATE"
"""Status of an association whose second attachment the server refused (old 4.7)."""


def create_pool(server: Server, pool: JsonObject) -> None:
    """A pool on the load balancer of its router, which the first pool brings."""
    router_id = server.history.pool_routers.get(pool["id"]) or router_of_subnet(server, pool["subnet_id"])
    if router_id is None:  # no router: the server refuses the pool (db 2.8)
        return
    balancer = server.load_balancers.get(router_id)
    if balancer is None:
        balancer = server.topology.add("load_balancer", NEUTRON, id=server.random_id(), routerId=router_id)
        server.load_balancers[router_id] = balancer
        server.topology.by_id["router"][router_id]["loadBalancerId"] = balancer["id"]
    server.topology.add(
        "pool",
        neutron("pool", pool["id"]),
        id=pool["id"],
        loadBalancerId=balancer["id"],
        adminStateUp=bool(pool["admin_state_up"]),
    )


def router_of_subnet(server: Server, subnet_id: str) -> str | None:
    """The router with an interface at the subnet's gateway address (db 2.8)."""
    subnet = server.subnets.get(subnet_id)
    if subnet is None:
        return None
    wanted = {"subnet_id": subnet_id, "ip_address": subnet["gateway_ip"]}
    for port in server.interfaces_of.get(subnet["network_id"], []):
        if wanted in port["fixed_ips"]:
            return str(port["device_id"])
    return None


def create_member(server: Server, member: JsonObject) -> None:
    """A pool member; always made as ACTIVE."""
    if member["pool_id"] in server.topology.by_id["pool"]:
        server.topology.add(
            "pool_member",
            neutron("member", member["id"]),
            id=member["id"],
            poolId=member["pool_id"],
            address=member["address"],
            protocolPort=member["protocol_port"],
            weight=member["weight"],
            adminStateUp=bool(member["admin_state_up"]),
        )


def create_vip(server: Server, vip: JsonObject) -> None:
    """A VIP; on an external subnet the Provider Router gets a route to it through the router's gateway."""
    pool = server.topology.by_id["pool"].get(vip["pool_id"])
    address = server.history.vip_addresses.get(vip["id"]) or vip["address"]
    if pool is None or address is None:
        return
    persistence = vip["session_persistence"] or {}
    server.topology.add(
        "vip",
        neutron("vip", vip["id"]),
        id=vip["id"],
        poolId=pool["id"],
        loadBalancerId=pool["loadBalancerId"],
        address=address,
        protocolPort=vip["protocol_port"],
        sessionPersistence="SOURCE_IP" if persistence.get("type") == "SOURCE_IP" else None,
        adminStateUp=bool(vip["admin_state_up"]),
    )
    subnet = server.subnets.get(vip["subnet_id"] or "")
    router_id = server.topology.by_id["load_balancer"][pool["loadBalancerId"]]["routerId"]
    external = subnet is not None and server.networks[subnet["network_id"]]["router:external"]
    if external and router_id in server.gateway_ports:
        route_through_gateway(server, router_id, address)


def attach_health_monitor(server: Server, monitor: JsonObject) -> None:
    """A monitor exists only while attached, and only to one pool; its type is always TCP (old 4.7)."""
    pools = server.topology.by_id["pool"]
    attached = [each for each in monitor["pools"] if each["status"] != REFUSED and each["pool_id"] in pools]
    if not attached:
        return
    server.topology.add(
        "health_monitor",
        neutron("health_monitor", monitor["id"]),
        id=monitor["id"],
        delay=monitor["delay"],
        timeout=monitor["timeout"],
        maxRetries=monitor["max_retries"],
        adminStateUp=bool(monitor["admin_state_up"]),
    )
    pools[attached[0]["pool_id"]]["healthMonitorId"] = monitor["id"]
