"""Load balancers, pools, members, VIPs and health monitors (old 4.7)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import NeutronRef, Role
from midonet_migrate.plan.ownership.site import Site, grouped
from midonet_migrate.plan.ownership.verdicts import Verdicts, neutron, user

_KINDS = {
    "pool": "pools",
    "pool_member": "members",
    "vip": "vips",
    "health_monitor": "health_monitors",
}


def classify_load_balancing(site: Site, verdicts: Verdicts) -> None:
    """Owners of everything of LBaaS v1 and of what was made by hand beside it."""
    for kind, neutron_kind in _KINDS.items():
        resources = {item["id"]: item for item in site.neutron(neutron_kind)}
        for item in site.midonet(kind):
            resource = resources.pop(item["id"], None)
            if resource is None:
                verdicts.set(kind, item, user(f"{kind}-user".replace("_", "-"), "its id is not Neutron's"))
                continue
            rule = f"{kind}-neutron".replace("_", "-")
            verdicts.set(kind, item, neutron(rule, NeutronRef(neutron_kind, item["id"])))
            verdicts.compared(kind, item, _expected(site, kind, item, resource), "changed-attribute")
        for resource in resources.values():
            if resource["id"] not in site.raced and _must_exist(site, kind, resource):
                reason = "the Neutron resource is not in MidoNet"
                verdicts.deleted(kind, resource["id"], {"id": resource["id"]}, "removed-object", reason)
    _load_balancers(site, verdicts)
    _additions(site, verdicts)


def _expected(site: Site, kind: str, item: JsonObject, resource: JsonObject) -> JsonObject:
    expected: JsonObject = {"adminStateUp": bool(resource["admin_state_up"])}
    if kind == "pool":
        monitors = resource.get("health_monitors") or []
        found = item.get("healthMonitorId")
        lost = [monitor for monitor in monitors if found is None and _is_lost(site, monitor, item["id"])]
        if found not in {*monitors, None} or lost:
            known = [monitor for monitor in monitors if monitor in site.monitor_ids]
            expected["healthMonitorId"] = (lost or known or [None])[0]
        expected |= {"protocol": "TCP", "lbMethod": "ROUND_ROBIN"}
    elif kind == "pool_member":
        expected |= {
            "address": resource["address"],
            "protocolPort": resource["protocol_port"],
            "weight": resource["weight"],
            "poolId": resource["pool_id"],
        }
    elif kind == "vip":
        persistence = (resource.get("session_persistence") or {}).get("type")
        expected |= {
            "protocolPort": resource["protocol_port"],
            "poolId": resource["pool_id"],
            "sessionPersistence": "SOURCE_IP" if persistence == "SOURCE_IP" else None,
        }
        addresses = site.vip_addresses(resource)
        if addresses and item.get("address") not in addresses:
            expected["address"] = addresses[0]
    else:
        expected |= {
            "type": "TCP",
            "delay": resource["delay"],
            "timeout": resource["timeout"],
            "maxRetries": resource["max_retries"],
        }
    return expected


def _is_lost(site: Site, monitor_id: str, pool_id: str) -> bool:
    """Whether the pool should have the monitor. Attaching one to a second pool fails: that pool goes without,
    and Neutron's association never becomes active (old 4.7)."""
    monitor = site.neutron_monitors.get(monitor_id)
    if monitor is None or monitor_id not in site.monitor_ids or monitor_id in site.monitors_in_use:
        return False
    states = [item.get("status") for item in monitor.get("pools") or [] if item["pool_id"] == pool_id]
    return states in ([], ["ACTIVE"])


def _must_exist(site: Site, kind: str, resource: JsonObject) -> bool:
    """Health monitors live in MidoNet only while attached; pools of other providers never do (old 4.7)."""
    if kind == "health_monitor":
        return any(item["pool_id"] in site.pools for item in resource.get("pools") or [])
    pool_id = resource["id"] if kind == "pool" else resource.get("pool_id")
    pool = site.neutron_pools.get(pool_id or "")
    if pool is None or "midonet" not in str(pool.get("provider", "midonet")).lower():
        return False
    return kind == "pool" or pool_id in site.pools


def _load_balancers(site: Site, verdicts: Verdicts) -> None:
    """The server makes one with the first pool on a router, and removes it with the last (old 4.7)."""
    pools = grouped((pool for pool in site.pools.values() if pool.get("loadBalancerId")), "loadBalancerId")
    made: dict[str, str] = {}
    for balancer_id, balancer in site.load_balancers.items():
        router_id = balancer.get("routerId")
        held = [pool["id"] in site.neutron_pools for pool in pools.get(balancer_id, [])]
        if router_id in site.neutron_routers and any(held):
            mixed = "" if all(held) else "also holds pools made by hand"
            rule = "load-balancer-neutron" if all(held) else "load-balancer-mixed"
            ref = NeutronRef("routers", str(router_id))
            verdicts.set("load_balancer", balancer, neutron(rule, ref, Role.LOAD_BALANCER, mixed))
            verdicts.compared("load_balancer", balancer, {"adminStateUp": True}, "changed-attribute")
            made[str(router_id)] = balancer_id
        else:
            reason = "not on a router of Neutron, or holds no pool of Neutron"
            verdicts.set("load_balancer", balancer, user("load-balancer-user", reason))
    for router_id in site.neutron_routers.keys() & site.routers.keys():
        router = site.routers[router_id]
        expected = {"loadBalancerId": made.get(router_id)}
        verdicts.compared("router", router, expected, "changed-load-balancer")


def _additions(site: Site, verdicts: Verdicts) -> None:
    """What was made by hand inside load balancers and pools of Neutron."""
    for kind, parent, member in (
        ("pool", "load_balancer", "loadBalancerId"),
        ("pool_member", "pool", "poolId"),
        ("vip", "pool", "poolId"),
    ):
        for item in site.midonet(kind):
            by_hand = not verdicts.is_server_made(kind, item["id"])
            if by_hand and verdicts.is_server_made(parent, item.get(member)):
                reason = f"in a {parent.replace('_', ' ')} of Neutron"
                verdicts.inserted(kind, item, "added-object", reason)
