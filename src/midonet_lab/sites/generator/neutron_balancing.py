"""LBaaS v1 resources under construction (db 2.7)."""

from __future__ import annotations

from typing import Any

from midonet_lab.sites.generator.neutron_site import NeutronSite
from midonet_migrate.model.keys import JsonObject

_LIVE = {"status": "ACTIVE", "status_description": None, "admin_state_up": True}


def add_pool(site: NeutronSite, tenant: str, name: str, subnet_id: str, **more: Any) -> JsonObject:
    """A pool without members, VIP and monitor."""
    members: JsonObject = {"tenant_id": tenant, "name": name, "subnet_id": subnet_id, "description": ""}
    members |= {"protocol": "HTTP", "lb_method": "ROUND_ROBIN", "provider": "midonet", "vip_id": None}
    members |= {"members": [], "health_monitors": [], "health_monitors_status": []}
    return site.make("pools", **{**members, **_LIVE, **more})


def add_member(site: NeutronSite, pool: JsonObject, address: str, port: int, **more: Any) -> JsonObject:
    """A member of a pool."""
    members = {"tenant_id": pool["tenant_id"], "pool_id": pool["id"], "address": address}
    members |= {"protocol_port": port, "weight": 1}
    member = site.make("members", **{**members, **_LIVE, **more})
    pool["members"].append(member["id"])
    return member


def add_vip(site: NeutronSite, pool: JsonObject, subnet: JsonObject | None, **more: Any) -> JsonObject:
    """A VIP with its port on ``subnet``; without subnet it has lost its port (db 2.7)."""
    members: JsonObject = {"tenant_id": pool["tenant_id"], "pool_id": pool["id"], "protocol_port": 80}
    members |= {"name": f"{pool['name']}-vip", "description": "", "protocol": pool["protocol"]}
    members |= {"connection_limit": -1, "session_persistence": None}
    members |= {"port_id": None, "subnet_id": None, "address": None}
    vip = site.make("vips", **{**members, **_LIVE, **more})
    pool["vip_id"] = vip["id"]
    if subnet is not None:
        fixed = site.take(subnet)
        port = site.add_port(
            site.networks[subnet["network_id"]],
            "neutron:LOADBALANCER",
            [fixed],
            tenant=pool["tenant_id"],
            groups=[site.default_group(pool["tenant_id"])],
            name=f"vip-{vip['id']}",
            admin_state_up=False,
        )
        vip |= {"port_id": port["id"], "subnet_id": subnet["id"], "address": fixed["ip_address"]}
    return vip


def add_monitor(site: NeutronSite, tenant: str, **more: Any) -> JsonObject:
    """A health monitor, not attached yet."""
    members = {"tenant_id": tenant, "type": "TCP", "delay": 5, "timeout": 3, "max_retries": 3}
    return site.make("health_monitors", **{**members, "admin_state_up": True, "pools": [], **more})


def attach(monitor: JsonObject, pool: JsonObject, status: str = "ACTIVE") -> None:
    """Attach a monitor to a pool; a second attachment stays PENDING_CREATE (old 4.7)."""
    state = {"status": status, "status_description": ""}
    monitor["pools"].append({"pool_id": pool["id"], **state})
    pool["health_monitors"].append(monitor["id"])
    pool["health_monitors_status"].append({"monitor_id": monitor["id"], **state})
