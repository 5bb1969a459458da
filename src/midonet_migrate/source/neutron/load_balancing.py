"""LBaaS v1: pools, members, VIPs and health monitors (db 2.7)."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.source.neutron import tables
from midonet_migrate.source.neutron.findings import Findings
from midonet_migrate.source.neutron.order import by, by_id, in_order
from midonet_migrate.source.neutron.rows import Rows

_HTTP = ("HTTP", "HTTPS")
_HTTP_MEMBERS = ("http_method", "url_path", "expected_codes")
_WITH_COOKIE_NAME = "APP_COOKIE"


def read_load_balancing(
    rows: Rows, findings: Findings, *, subnets: Collection[str], ports: dict[str, JsonObject]
) -> dict[str, dict[str, JsonObject]]:
    """``pools``, ``members``, ``vips`` and ``health_monitors``, each by id."""
    members = {item["id"]: item for item in rows.dicts(tables.MEMBERS)}
    monitors = {item["id"]: _shown_monitor(item) for item in rows.dicts(tables.MONITORS)}
    vips = _read_vips(rows, findings, ports)
    associations = [tuple(row) for row in rows.of(tables.POOL_MONITORS)]
    pools = _read_pools(rows, members, associations)
    _attach_to_monitors(monitors, associations)
    for key, pool in pools.items():
        findings.dangling("subnet", "pools", key, pool["subnet_id"], subnets)
        findings.dangling("VIP", "pools", key, pool["vip_id"], vips)
        for monitor in pool["health_monitors"]:
            findings.dangling("health monitor", "pools", key, monitor, monitors)
    for key, member in members.items():
        findings.dangling("pool", "members", key, member["pool_id"], pools)
    for key, vip in vips.items():
        findings.dangling("pool", "vips", key, vip["pool_id"], pools)
    for key, monitor in monitors.items():
        for attached in monitor["pools"]:
            findings.dangling("pool", "health_monitors", key, attached["pool_id"], pools)
    for _status, _description, pool, monitor in associations:
        if pool not in pools and monitor not in monitors:
            message = f"is attached to pool {pool}; neither of them exists"
            findings.add("orphan", "health_monitors", monitor, message)
    return {
        "pools": by_id(pools),
        "members": by_id(members),
        "vips": by_id(vips),
        "health_monitors": by_id(monitors),
    }


def _read_vips(rows: Rows, findings: Findings, ports: dict[str, JsonObject]) -> dict[str, JsonObject]:
    """Address and subnet are those of the first address of the VIP's port."""
    sessions = rows.grouped(tables.SESSIONS, "vip_id", _session)
    vips: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.VIPS):
        key, port = item["id"], item["port_id"]
        fixed_ips = ports[port]["fixed_ips"] if port in ports else []
        item["address"] = fixed_ips[0]["ip_address"] if fixed_ips else None
        item["subnet_id"] = fixed_ips[0]["subnet_id"] if fixed_ips else None
        item["session_persistence"] = next(iter(sessions.pop(key, [])), None)
        vips[key] = item
        findings.dangling("port", "vips", key, port, ports)
        if port is None:
            findings.add("vip-without-address", "vips", key, "has no port, so no address")
        elif port in ports and not fixed_ips:
            findings.add("vip-without-address", "vips", key, f"its port {port} has no address")
    findings.orphans("vips", "a session persistence", sessions, vips)
    return vips


def _session(row: Any) -> JsonObject:
    if row.type == _WITH_COOKIE_NAME:
        return {"type": row.type, "cookie_name": row.cookie_name}
    return {"type": row.type}


def _read_pools(
    rows: Rows, members: dict[str, JsonObject], associations: list[tuple[Any, ...]]
) -> dict[str, JsonObject]:
    providers = rows.mapping(tables.PROVIDERS, "resource_id", "provider_name")
    of_pool: dict[str, list[JsonObject]] = {}
    for member in members.values():
        of_pool.setdefault(member["pool_id"], []).append(member)
    states: dict[str, list[JsonObject]] = {}
    for status, description, pool, monitor in associations:
        state = {"monitor_id": monitor, "status": status, "status_description": description}
        states.setdefault(pool, []).append(state)
    pools: dict[str, JsonObject] = {}
    for item in rows.dicts(tables.POOLS):
        key = item["id"]
        own = in_order(of_pool.get(key, []), by("address", "protocol_port"))
        item["members"] = [member["id"] for member in own]
        item["health_monitors_status"] = in_order(states.get(key, []), by("monitor_id"))
        item["health_monitors"] = [state["monitor_id"] for state in item["health_monitors_status"]]
        item["provider"] = providers.get(key, "")
        pools[key] = item
    return pools


def _shown_monitor(item: JsonObject) -> JsonObject:
    """What belongs to HTTP is shown for HTTP only, though the columns hold defaults for all."""
    item["pools"] = []
    if item["type"] not in _HTTP:
        for name in _HTTP_MEMBERS:
            del item[name]
    return item


def _attach_to_monitors(monitors: dict[str, JsonObject], associations: list[tuple[Any, ...]]) -> None:
    for status, description, pool, monitor in associations:
        if monitor in monitors:
            state = {"pool_id": pool, "status": status, "status_description": description}
            monitors[monitor]["pools"].append(state)
    for item in monitors.values():
        item["pools"] = in_order(item["pools"], by("pool_id"))
