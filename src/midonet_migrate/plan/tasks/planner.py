"""From a snapshot to the task plan: the order of the kinds, and what is known only at the end."""

from __future__ import annotations

from midonet_migrate.model.keys import object_key
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.plan import Finding, PlanOptions, TaskPlan
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.tasks import (
    floating_ips,
    groups,
    load_balancing,
    monitors,
    networks,
    ports,
    routers,
)
from midonet_migrate.plan.tasks.draft import Draft
from midonet_migrate.plan.tasks.size import DEFAULT_REQUEST_LIMIT

_PLANNERS = (
    groups.plan_groups,
    networks.plan_networks,
    networks.plan_subnets,
    ports.plan_ports,
    routers.plan_routers,
    routers.plan_interfaces,
    routers.plan_routes,
    floating_ips.plan_floating_ips,
    load_balancing.plan_pools,
    load_balancing.plan_members,
    load_balancing.plan_vips,
    monitors.plan_monitors,
)
"""The order that every reference between tasks asks for (orig 2.2, imp 3.2)."""


def plan_tasks(snapshot: Snapshot, options: PlanOptions) -> TaskPlan:
    """The rows of ``midonet_tasks`` for the Neutron side of ``snapshot``.

    Every row has been executed by the simulated importer of the target version; what it refuses is
    rewritten by a named rule or left out with a reason, and so is what depends on it. ``outcomes`` has
    exactly one entry per Neutron resource. The result does not depend on the order of the input lists.
    """
    draft = Draft(snapshot, options)
    for plan_kind in _PLANNERS:
        plan_kind(draft)
    _report_oversize(draft)
    keys = [
        (kind, object_key(kind, item)) for kind in NEUTRON_KINDS for item in snapshot.neutron.get(kind, [])
    ]
    return TaskPlan(
        tasks=draft.tasks,
        outcomes={key: draft.outcomes[key] for key in sorted(keys)},
        rewrites=draft.rewrites,
        findings=draft.findings,
        conversions=draft.conversions,
        expected_seconds=round(draft.size.seconds, 1),
    )


def _report_oversize(draft: Draft) -> None:
    """An error, not a warning: at such a task the import hangs without a message, and nothing else helps."""
    size = draft.size
    for oversize in size.oversize.values():
        split = "split the group, or " if oversize.kind == "security_groups" else ""
        remedy = (
            f"{split}start the ZooKeeper servers of MidoNet 5 with -Djute.maxbuffer=4194304 and more heap, "
            "then plan again with this request limit"
        )
        draft.findings.append(
            Finding(
                level="error",
                rule="request-size",
                kind=oversize.kind,
                id=oversize.id,
                message=(
                    f"task for {oversize.task} needs a request of about {oversize.size} bytes, "
                    f"more than the {draft.options.request_limit} that ZooKeeper takes: "
                    f"the importer would hang there for good ({size.oversize_tasks} such tasks in all)"
                ),
                remedy=remedy,
            )
        )
    near = size.largest > draft.options.request_limit * 0.8 and not size.oversize
    if near and draft.options.request_limit == DEFAULT_REQUEST_LIMIT:
        message = f"the largest request of the import, {size.largest} bytes, comes near ZooKeeper's limit"
        draft.note("networks", "request-size", message, "raise jute.maxbuffer before the site grows further")
