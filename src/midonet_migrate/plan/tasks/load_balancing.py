"""LBaaS v1: pools, members, VIPs (orig 2.3, imp 3.10, db 2.7, 2.8)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.plan import Bucket, Conversion, ConversionRequest, Source
from midonet_migrate.plan.derived_ids import load_balancer_id
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.networks import NETWORKS, SUBNETS
from midonet_migrate.plan.tasks.ports import PORTS, ROUTERS, kind_of
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.routers import INTERFACES
from midonet_migrate.plan.tasks.schema import data_types
from midonet_migrate.plan.tasks.simulation.ports import INTERFACE
from midonet_migrate.plan.tasks.values import enum_name, to_address

POOLS = "pools"
MEMBERS = "members"
VIPS = "vips"
MEDIA_TYPE = "application/vnd.org.midonet.LoadBalancer-v1+json"
_DELETED = "PENDING_DELETE"
_DELETED_REASON = "its status is PENDING_DELETE: importing it would bring a deleted object back to life"


def plan_pools(draft: Draft) -> None:
    """A task per pool that has a router; per router the pools that are up come first (imp 3.10)."""
    gateways = _gateway_routers(draft)
    ready: list[tuple[str, JsonObject]] = []
    for pool in draft.items(POOLS):
        key = (POOLS, str(pool["id"]))
        subnet = pool.get("subnet_id")
        router = gateways.get(str(subnet))
        if pool.get("status") == _DELETED:
            draft.leave_out(key, Bucket.SKIPPED, "pending-delete", _DELETED_REASON)
        elif not draft.queued(SUBNETS, subnet):
            draft.leave_out(key, Bucket.SKIPPED, "dangling-subnet", draft.absence(SUBNETS, subnet))
        elif router is None:
            reason = f"no imported router holds the gateway address of its subnet {subnet}"
            draft.leave_out(key, Bucket.SKIPPED, "pool-without-router", reason)
        else:
            ready.append((router, draft.admin_state(key, pool)))
    ordered = sorted(ready, key=lambda pair: (pair[0], not pair[1]["admin_state_up"], str(pair[1]["id"])))
    if ordered != sorted(ready, key=lambda pair: (pair[0], str(pair[1]["id"]))):
        action = "admin-up pools written first: the first pool fixes the admin state of the load balancer"
        draft.rewrite((POOLS, ""), "pool-order", action)
    balanced: set[str] = set()
    for router, pool in ordered:
        key = (POOLS, str(pool["id"]))
        data = {
            **pool,
            "health_monitors": [],
            "health_monitors_status": [],
            "members": [],
            "vip_id": None,
            "router_id": router,
        }
        if draft.queue(key, "POOL", data) and router not in balanced:
            balanced.add(router)
            if not pool["admin_state_up"]:
                _raise_load_balancer(draft, key, router)
    _note_attributes(draft)


def plan_members(draft: Draft) -> None:
    """A task per member of an imported pool."""
    for member in draft.items(MEMBERS):
        key = (MEMBERS, str(member["id"]))
        if not _alive(draft, key, member):
            continue
        problem = _address_problem(draft, member.get("address"))
        if problem:
            draft.leave_out(key, Bucket.UNSUPPORTED, "member-address", problem)
            continue
        data = draft.admin_state(key, member)
        if not isinstance(data.get("weight"), int):
            draft.rewrite(key, "member-weight", "weight null -> 1, Neutron's default; absent would mean 0")
            data = {**data, "weight": 1}
        draft.queue(key, "MEMBER", data)


def plan_vips(draft: Draft) -> None:
    """A task per VIP of an imported pool."""
    for vip in draft.items(VIPS):
        key = (VIPS, str(vip["id"]))
        if not _alive(draft, key, vip):
            continue
        data = _address(draft, key, draft.admin_state(key, vip))
        if not data.get("address") or not data.get("subnet_id"):
            reason = "it has no address: its port, or the port's fixed IPs, do not exist"
            draft.leave_out(key, Bucket.SKIPPED, "vip-without-port", reason)
        elif not draft.queued(SUBNETS, data["subnet_id"]):
            draft.leave_out(key, Bucket.SKIPPED, "dangling-subnet", draft.absence(SUBNETS, data["subnet_id"]))
        elif problem := _address_problem(draft, data["address"]):
            draft.leave_out(key, Bucket.UNSUPPORTED, "vip-address", problem)
        else:
            data = _persistence(draft, key, data)
            if draft.queue(key, "VIP", data):
                _check_external(draft, key, data)


def _address_problem(draft: Draft, address: Any) -> str:
    """Why the load balancer cannot have ``address``; empty when it can."""
    try:
        version, _ = to_address(address)
    except Refused:
        return f"its address {address!r} is no IP address"
    if version != 4 and not draft.behaviour.ipv6:
        return f"its address {address} is IPv6; MidoNet {draft.options.target_version} has no IPv6"
    return ""


def _alive(draft: Draft, key: ObjectKey, item: JsonObject) -> bool:
    if item.get("status") == _DELETED:
        draft.leave_out(key, Bucket.SKIPPED, "pending-delete", _DELETED_REASON)
        return False
    if not draft.queued(POOLS, item.get("pool_id")):
        draft.leave_out(key, Bucket.SKIPPED, "pool-not-migrated", draft.absence(POOLS, item.get("pool_id")))
        return False
    return True


def _gateway_routers(draft: Draft) -> dict[str, str]:
    """Subnet -> router whose interface port holds the subnet's gateway address in any fixed IP (db 2.8)."""
    routers: dict[str, str] = {}
    for port in draft.items(PORTS):
        sent = draft.sent.get((PORTS, str(port["id"])))
        router = str(port.get("device_id"))
        if sent is None or kind_of(draft, port) != INTERFACE or not draft.queued(INTERFACES, port["id"]):
            continue
        for fixed_ip in sent.get("fixed_ips") or []:
            subnet = draft.sent.get((SUBNETS, str(fixed_ip.get("subnet_id"))))
            if subnet and _same_address(fixed_ip.get("ip_address"), subnet.get("gateway_ip")):
                routers.setdefault(str(subnet["id"]), router)
    return routers


def _same_address(one: Any, other: Any) -> bool:
    if not one or not other:
        return False
    try:
        return ip_address(one) == ip_address(other)
    except ValueError:
        return bool(one == other)


def _raise_load_balancer(draft: Draft, key: ObjectKey, router: str) -> None:
    """All pools of the router are down: 1.9 kept the load balancer itself up, so put it up again."""
    balancer = load_balancer_id(router)
    reason = (
        "all pools of the router are down, so the importer makes its load balancer admin down for ever; "
        "in MidoNet 1.9 it was up"
    )
    request = ConversionRequest(
        api="midonet",
        method="PUT",
        path=f"/load_balancers/{balancer}",
        body={"id": balancer, "routerId": router, "adminStateUp": True},
        media_type=MEDIA_TYPE,
    )
    draft.conversions.append(
        Conversion(
            type="load-balancer-admin-state",
            source=Source(kind=key[0], id=key[1]),
            requests=[request],
            rule="load-balancer-up",
            reason=reason,
        )
    )


def _note_attributes(draft: Draft) -> None:
    """What neither 1.9 nor 5.x knows of a pool: nothing is lost, but Neutron shows otherwise."""
    pools = [data for (kind, _), data in draft.sent.items() if kind == POOLS]
    other = [
        data
        for data in pools
        if data.get("protocol") != "TCP"
        or data.get("lb_method") != "ROUND_ROBIN"
        or data.get("status") not in {"ACTIVE", None}
    ]
    if other:
        message = (
            f"{len(other)} pools with another protocol, method or status: MidoNet 5 makes them "
            "TCP, ROUND_ROBIN and ACTIVE, as MidoNet 1.9 did"
        )
        draft.note(POOLS, "pool-attributes", message)


def _address(draft: Draft, key: ObjectKey, vip: JsonObject) -> JsonObject:
    """The VIP's own IPv4 address where Neutron shows an IPv6 one that is not imported (db 2.7)."""
    if draft.queued(SUBNETS, vip.get("subnet_id")):
        return vip
    port = draft.sent.get((PORTS, str(vip.get("port_id"))), {})
    for fixed_ip in port.get("fixed_ips") or []:
        action = (
            f"address {vip.get('address')} -> {fixed_ip['ip_address']}, the first address kept of its port"
        )
        draft.rewrite(key, "vip-address", action)
        return {**vip, "address": fixed_ip["ip_address"], "subnet_id": fixed_ip["subnet_id"]}
    return vip


def _persistence(draft: Draft, key: ObjectKey, vip: JsonObject) -> JsonObject:
    persistence = vip.get("session_persistence")
    if not isinstance(persistence, dict) or not persistence:
        return vip
    fields = data_types(draft.options.target_version)["VIP"].fields or {}
    name = enum_name(persistence.get("type"), owner=False)
    if name not in fields["session_persistence"].nested["type"].enum:
        draft.reduce(key, "session-persistence", f"session_persistence {name} left out: unknown to MidoNet")
        return {**vip, "session_persistence": None}
    if name != "SOURCE_IP":
        message = f"session persistence {name} has no effect in MidoNet 5, as it had none in 1.9"
        draft.warn(key, "session-persistence", message)
    return vip


def _check_external(draft: Draft, key: ObjectKey, vip: JsonObject) -> None:
    subnet = draft.sent[(SUBNETS, str(vip["subnet_id"]))]
    network = draft.sent[(NETWORKS, str(subnet["network_id"]))]
    router = draft.sent[(ROUTERS, str(draft.sent[(POOLS, str(vip["pool_id"]))]["router_id"]))]
    if network.get("router:external") and not router.get("gw_port_id"):
        message = f"a VIP on an external network, but router {router['id']} has no gateway: not reachable"
        draft.warn(key, "vip-without-gateway", message)
