"""POOL, MEMBER, VIP, HEALTHMONITOR (imp 3.10)."""

from __future__ import annotations

from midonet_migrate.plan.derived_ids import load_balancer_id
from midonet_migrate.verify.site import Site
from midonet_migrate.verify.values import Object


def create_pool(site: Site, message: Object) -> None:
    """The pool, and with the first one of a router its load balancer, in that pool's admin state."""
    router, up = message["router_id"], message.get("admin_state_up", False)
    site.create("NeutronLoadBalancerPool", message["id"], message)
    balancer = load_balancer_id(router)
    if site.find("LoadBalancer", balancer) is None:
        site.get("Router", router)["load_balancer_id"] = balancer
        site.create("LoadBalancer", balancer, {"admin_state_up": up, "router_id": router})
    site.create("Pool", message["id"], {"load_balancer_id": balancer, "admin_state_up": up})


def create_member(site: Site, message: Object) -> None:
    """The member, active whatever Neutron says."""
    site.create("NeutronLoadBalancerPoolMember", message["id"], message)
    site.create(
        "PoolMember",
        message["id"],
        {
            "admin_state_up": message.get("admin_state_up", False),
            "pool_id": message.get("pool_id"),
            "status": "ACTIVE",
            "address": message.get("address"),
            "protocol_port": message.get("protocol_port", 0),
            "weight": message.get("weight", 0),
        },
    )


def create_vip(site: Site, message: Object) -> None:
    """The VIP; on an external network the gateway of its router answers for it."""
    site.create("NeutronVIP", message["id"], message)
    persistence = message.get("session_persistence")
    sticky = persistence is not None and persistence.get("type", "SOURCE_IP") == "SOURCE_IP"
    site.create(
        "Vip",
        message["id"],
        {
            "admin_state_up": message.get("admin_state_up", False),
            "pool_id": message.get("pool_id"),
            "address": message.get("address"),
            "protocol_port": message.get("protocol_port"),
            "session_persistence": "SOURCE_IP" if sticky else None,
            "gateway_port_id": _gateway(site, message),
        },
    )


def _gateway(site: Site, message: Object) -> str | None:
    if "pool_id" not in message:
        return None
    network = site.get("NeutronSubnet", message.get("subnet_id"))["network_id"]
    if not site.get("NeutronNetwork", network).get("external", False):
        return None
    router = site.get("NeutronLoadBalancerPool", message["pool_id"])["router_id"]
    gateway: str | None = site.get("NeutronRouter", router).get("gw_port_id")
    if gateway is not None:
        mac = site.get("NeutronPort", gateway).get("mac_address", "")
        site.seed_arp(network, message["address"], mac)
    return gateway


def create_monitor(site: Site, message: Object) -> None:
    """The monitor, always TCP; the last one of a pool counts."""
    key = message["id"]
    site.create("NeutronHealthMonitor", key, message)
    site.create(
        "HealthMonitor",
        key,
        {
            "admin_state_up": message.get("admin_state_up", False),
            "delay": message.get("delay", 0),
            "timeout": message.get("timeout", 0),
            "max_retries": message.get("max_retries", 0),
        },
    )
    for pool in message.get("pools", []):
        site.get("Pool", pool["pool_id"]).update(mapping_status="PENDING_CREATE", health_monitor_id=key)
