"""Health monitors: associated to their pools when they are created, never later (orig 2.3, imp 3.10)."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.plan import Bucket
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.load_balancing import POOLS

MONITORS = "health_monitors"


def plan_monitors(draft: Draft) -> None:
    """A task per monitor with at least one imported pool; per pool only one monitor counts."""
    effective = _effective(draft)
    for monitor in draft.items(MONITORS):
        key = (MONITORS, str(monitor["id"]))
        pools: list[dict[str, Any]] = monitor.get("pools") or []
        if not pools:
            reason = "attached to no pool, so MidoNet never had it: it stays in Neutron's database"
            draft.place(key, Bucket.CARRIED, "monitor-unattached", reason)
            continue
        imported = [pool for pool in pools if _imported(draft, pool)]
        kept = [pool for pool in imported if effective[str(pool["pool_id"])] == key[1]]
        if not imported:
            draft.leave_out(key, Bucket.SKIPPED, "pool-not-migrated", "none of its pools is imported")
            continue
        if len(imported) < len(pools):
            action = f"{len(pools) - len(imported)} of {len(pools)} pool associations left out"
            draft.rewrite(key, "pool-not-migrated", action)
        if not kept:
            reason = "its pools use another monitor: a MidoNet pool has one"
            draft.leave_out(key, Bucket.SKIPPED, "second-monitor", reason)
            continue
        for pool in imported:
            if pool not in kept:
                other = effective[str(pool["pool_id"])]
                action = f"association to pool {pool['pool_id']} left out: it uses monitor {other}"
                draft.reduce(key, "second-monitor", action)
        data = draft.admin_state(key, monitor)
        data = data if len(kept) == len(pools) else {**data, "pools": kept}
        draft.queue(key, "HEALTHMONITOR", data)
    _note_types(draft)


def _imported(draft: Draft, pool: dict[str, Any]) -> bool:
    return pool.get("status") != "PENDING_DELETE" and draft.queued(POOLS, pool.get("pool_id"))


def _effective(draft: Draft) -> dict[str, str]:
    """Pool -> its monitor: the one MidoNet 1.9 uses, or the first by id where that is not known."""
    in_use = {pool: str(item.get("healthMonitorId")) for pool, item in draft.midonet(POOLS).items()}
    effective: dict[str, str] = {}
    for monitor in draft.items(MONITORS):
        for pool in monitor.get("pools") or []:
            pool_id, monitor_id = str(pool.get("pool_id")), str(monitor["id"])
            if _imported(draft, pool) and (pool_id not in effective or in_use.get(pool_id) == monitor_id):
                effective[pool_id] = monitor_id
    return effective


def _note_types(draft: Draft) -> None:
    other = [data for (kind, _), data in draft.sent.items() if kind == MONITORS and data.get("type") != "TCP"]
    if other:
        message = (
            f"{len(other)} monitors of another type than TCP: MidoNet 5 checks TCP only, as MidoNet 1.9 did"
        )
        draft.note(MONITORS, "monitor-type", message)
