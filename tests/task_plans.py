"""Reading task plans in tests, and the small sites that many of them share."""

from __future__ import annotations

from typing import Any

from midonet_migrate.model.keys import JsonObject
from midonet_migrate.model.plan import Bucket, PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.tasks import plan_tasks
from midonet_migrate.plan.tasks.schema import TargetVersion
from neutron_builders import (
    identity,
    network,
    pool,
    port,
    router,
    snapshot,
    subnet,
)

NET, SUB, ROUTER = identity(2), identity(4), identity(20)


def planned(site: Snapshot, version: TargetVersion = "5.2.1") -> TaskPlan:
    return plan_tasks(site, PlanOptions(target_version=version))


def sent_data(plan: TaskPlan, data_type: str, resource: str) -> JsonObject | None:
    rows = [task for task in plan.tasks if (task.data_type, task.resource_id) == (data_type, resource)]
    return rows[0].data if rows else None


def rewritten(plan: TaskPlan, resource: str) -> list[str]:
    return [rewrite.rule for rewrite in plan.rewrites if rewrite.id == resource]


def verdict(plan: TaskPlan, kind: str, resource: str) -> tuple[Bucket, str]:
    outcome = plan.outcomes[kind, resource]
    assert outcome.reason or outcome.bucket is Bucket.TASK
    return outcome.bucket, outcome.rule


def interface_port(number: int = 11, address: str = "10.0.1.1", /, **keys: Any) -> JsonObject:
    owner = {"device_owner": "network:router_interface", "device_id": ROUTER}
    return port(number, NET, {address: SUB}, **owner) | keys


def balanced_site(**kinds: list[JsonObject]) -> Snapshot:
    base = {
        "networks": [network(2)],
        "subnets": [subnet(4, NET, 1)],
        "ports": [interface_port()],
        "routers": [router(20)],
        "pools": [pool(40, SUB)],
    }
    return snapshot(**(base | kinds))
