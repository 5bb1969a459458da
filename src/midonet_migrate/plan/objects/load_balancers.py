"""Load balancers, pools, members, VIPs and health monitors (new 3.8)."""

from __future__ import annotations

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.ownership import Owner
from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.derived_ids import load_balancer_id
from midonet_migrate.plan.objects.draft import NOTHING, ObjectDraft, Verdict
from midonet_migrate.plan.objects.order import Step
from midonet_migrate.plan.objects.references import Missing, References
from midonet_migrate.plan.objects.values import is_ipv4

LARGEST_PORT = 65535
_SOURCE_IP = "SOURCE_IP"


def plan_balancers(draft: ObjectDraft) -> None:
    """Health monitors, and load balancers without router: the router names its balancer."""
    for key, monitor in list(draft.hand_made("health_monitor")):
        body = {
            "id": key,
            "type": monitor.get("type") or "TCP",
            "delay": monitor["delay"],
            "timeout": monitor["timeout"],
            "maxRetries": monitor["maxRetries"],
            "adminStateUp": monitor["adminStateUp"] is not False,
        }
        draft.create(Step.HEALTH_MONITORS, "health_monitor", key, "/health_monitors", body)
        _put_down(draft, "health_monitor", key, f"/health_monitors/{key}", body)
    for key, balancer in list(draft.hand_made("load_balancer")):
        body = {"id": key, "adminStateUp": balancer["adminStateUp"] is not False, "routerId": None}
        verdict = _attachment(draft, key, balancer)
        draft.create(Step.LOAD_BALANCERS, "load_balancer", key, "/load_balancers", body, verdict=verdict)


def _put_down(draft: ObjectDraft, kind: str, key: str, path: str, body: JsonObject) -> None:
    """POST makes monitors and members admin up whatever it is told; only a PUT puts them down (new 2.16)."""
    if not body["adminStateUp"]:
        draft.put(Step.BALANCING_UPDATES, kind, key, path, dict(body))


def _attachment(draft: ObjectDraft, key: str, balancer: JsonObject) -> Verdict:
    """A balancer on a Neutron router is attached by a PUT of the router, unless the importer makes one."""
    router = balancer.get("routerId")
    record = draft.owner("router", router) if router else None
    if not router or (record is not None and record.owner is Owner.USER):
        return NOTHING
    if record is None or record.owner is not Owner.NEUTRON or not draft.imported.has("router", router):
        verdict = ("balancer-detached", f"its router {router} is not in MidoNet 5: it stays without router")
    elif draft.imported.has("load_balancer", load_balancer_id(router)):
        verdict = ("balancer-detached", f"the importer gives router {router} a load balancer of its own")
    else:
        draft.update(Step.DEVICE_UPDATES, "router", router, f"/routers/{router}", {"loadBalancerId": key})
        return NOTHING
    draft.warn("load_balancer", key, *verdict)
    return verdict


def plan_pools(draft: ObjectDraft, references: References) -> None:
    """Pools, complete at once: one with a health monitor is locked until an agent runs; their content."""
    for key, pool in list(draft.hand_made("pool")):
        _pool(draft, references, key, pool)
    for key, member in list(draft.hand_made("pool_member")):
        _member(draft, references, key, member)
    for key, vip in list(draft.hand_made("vip")):
        _vip(draft, references, key, vip)


def _pool(draft: ObjectDraft, references: References, key: str, pool: JsonObject) -> None:
    balancer = references.resolve("load_balancer", pool.get("loadBalancerId"))
    if isinstance(balancer, Missing):
        draft.leave_out("pool", key, *balancer)
        return
    verdict = NOTHING
    monitor = references.optional("health_monitor", pool.get("healthMonitorId"))
    if isinstance(monitor, Missing):
        verdict = ("monitor-dropped", f"without health monitor: {monitor.reason}")
        draft.warn("pool", key, *verdict)
        monitor = None
    body = {
        "id": key,
        "adminStateUp": pool["adminStateUp"] is not False,
        "healthMonitorId": monitor,
        "loadBalancerId": balancer,
        "protocol": "TCP",
        "lbMethod": pool.get("lbMethod") or "ROUND_ROBIN",
    }
    draft.create(Step.POOLS, "pool", key, "/pools", body, verdict=verdict)


def _member(draft: ObjectDraft, references: References, key: str, member: JsonObject) -> None:
    problem = _endpoint_problem(references, member)
    if problem is not None:
        draft.leave_out("pool_member", key, *problem)
        return
    verdict, weight, is_up = NOTHING, member.get("weight"), member["adminStateUp"] is not False
    if not isinstance(weight, int) or weight < 1:
        verdict = ("member-weight", f"weight {weight}, which gets no traffic -> weight 1 and admin down")
        draft.note("pool_member", key, *verdict)
        weight, is_up = 1, False
    body = {
        "id": key,
        "poolId": references.resolve("pool", member["poolId"]),
        "address": member["address"],
        "protocolPort": member["protocolPort"],
        "weight": weight,
        "adminStateUp": is_up,
    }
    draft.create(Step.POOL_MEMBERS, "pool_member", key, "/pool_members", body, verdict=verdict)
    _put_down(draft, "pool_member", key, f"/pool_members/{key}", body)


def _vip(draft: ObjectDraft, references: References, key: str, vip: JsonObject) -> None:
    problem = _endpoint_problem(references, vip)
    if problem is not None:
        draft.leave_out("vip", key, *problem)
        return
    verdict, persistence = NOTHING, vip.get("sessionPersistence")
    if persistence not in {_SOURCE_IP, None}:
        verdict = (
            "session-persistence",
            f"without session persistence {persistence}: 5.x knows SOURCE_IP only",
        )
        draft.warn("vip", key, *verdict)
        persistence = None
    body = {
        "id": key,
        "poolId": references.resolve("pool", vip["poolId"]),
        "address": vip["address"],
        "protocolPort": vip["protocolPort"],
        "sessionPersistence": persistence,
        "adminStateUp": vip["adminStateUp"] is not False,
    }
    draft.create(Step.VIPS, "vip", key, "/vips", body, verdict=verdict)


def _endpoint_problem(references: References, item: JsonObject) -> Missing | None:
    """What members and VIPs must have: a pool, an IPv4 address, a port number (new 2.16)."""
    pool = references.resolve("pool", item.get("poolId"))
    if isinstance(pool, Missing):
        return pool
    if not is_ipv4(item.get("address")):
        reason = f"its address {item.get('address')!r} is not IPv4"
        return Missing(Bucket.UNSUPPORTED, "balancing-address", reason)
    port = item.get("protocolPort")
    if not isinstance(port, int) or not 0 <= port <= LARGEST_PORT:
        reason = f"its port number {port} is out of range"
        return Missing(Bucket.UNSUPPORTED, "balancing-port", reason)
    return None
