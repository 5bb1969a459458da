"""Taking a task out of a plan, with all that depends on it, and accounting for it (design D5). Pure.

What is left is a plan that the importer can execute to its end. Smaller repairs come first: an extra route
whose interface goes, and the association of a monitor to a pool that goes, are cut out of their rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from midonet_migrate.model.keys import JsonObject, ObjectKey
from midonet_migrate.model.kinds import NEUTRON_KINDS
from midonet_migrate.model.plan import (
    Bucket,
    Finding,
    LedgerEntry,
    Outcome,
    Plan,
    PlanOptions,
    Rewrite,
    Task,
    TaskPlan,
)
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.ledger import check_ledger
from midonet_migrate.plan.planner import plan_around, sealed
from midonet_migrate.plan.quarantine_closure import Closure, Removal, find_closure
from midonet_migrate.plan.tasks import plan_tasks

RULE = "quarantined"
_KINDS = {
    "NETWORK": "networks",
    "SUBNET": "subnets",
    "PORT": "ports",
    "ROUTER": "routers",
    "ROUTERINTERFACE": "router_interfaces",
    "FLOATINGIP": "floating_ips",
    "SECURITYGROUP": "security_groups",
    "SECURITYGROUPRULE": "security_group_rules",
    "POOL": "pools",
    "MEMBER": "members",
    "VIP": "vips",
    "HEALTHMONITOR": "health_monitors",
}
_LOST = frozenset({Bucket.SKIPPED, Bucket.UNSUPPORTED})
_REMEDY = "repair it in Neutron after the migration: delete it there and create it again"


class Quarantine(msgspec.Struct, kw_only=True, frozen=True):
    """``plan`` is the new one, sealed. ``removals`` are the tasks taken out, in order of their ids, with the
    reasons; ``rewritten`` those that stay with other data."""

    plan: Plan
    removals: tuple[Removal, ...]
    rewritten: tuple[Task, ...]


def quarantine(
    plan: Plan, snapshot: Snapshot, options: PlanOptions, culprits: Mapping[int, str], *, marker: int
) -> Quarantine:
    """Take the tasks ``culprits`` (id -> reason) out of ``plan``, and all pending tasks that need them.

    ``snapshot`` and ``options`` are those that the plan was made with. Tasks at or below ``marker`` have
    been executed and stay. In the ledger what is taken out goes to bucket ``skipped`` with rule
    ``quarantined``, and so does every object of MidoNet that hangs on it. Raises ``ValueError`` for a culprit
    that is no pending task of the plan, ``LedgerMismatch`` if the sums do not come out.
    """
    closure = find_closure(plan, culprits, marker=marker)
    tasks = _task_plan(plan, snapshot, options, closure)
    changed = plan_around(snapshot, tasks, options, tool_version=plan.meta.tool_version)
    changed = msgspec.structs.replace(
        changed,
        ledger=list(_accounted(plan.ledger, changed.ledger)),
        meta=msgspec.structs.replace(
            changed.meta,
            snapshot_fingerprint=plan.meta.snapshot_fingerprint,
            expected_import_seconds=plan.meta.expected_import_seconds,
            site=plan.meta.site,
        ),
    )
    check_ledger(snapshot, changed.ledger)
    return Quarantine(plan=sealed(changed), removals=closure.removals, rewritten=closure.rewritten)


def object_of(task: Task) -> ObjectKey | None:
    """The Neutron resource that a task is about, as the ledger names it."""
    kind = _KINDS.get(task.data_type)
    if kind is None:
        return None
    return kind, str(task.data["port_id"]) if kind == "router_interfaces" else task.resource_id


def _task_plan(plan: Plan, snapshot: Snapshot, options: PlanOptions, closure: Closure) -> TaskPlan:
    """The Neutron side of the plan without what is taken out."""
    outcomes = {
        (entry.kind, entry.id): Outcome(entry.bucket, entry.rule, entry.reason)
        for entry in plan.ledger
        if entry.kind in NEUTRON_KINDS
    }
    findings, rewrites = list(plan.meta.findings), list(plan.meta.rewrites)
    for key, outcome in _outcomes(outcomes, snapshot, closure):
        outcomes[key] = outcome
        findings.append(
            Finding(
                level="warning",
                rule=RULE,
                kind=key[0],
                id=key[1],
                message=outcome.reason,
                remedy=_REMEDY if outcome.bucket is Bucket.SKIPPED else "",
            )
        )
    rewrites += [
        Rewrite(kind=cut[0], id=cut[1], rule=RULE, action=closure.cuts[task.id])
        for task in closure.rewritten
        if (cut := object_of(task)) is not None
    ]
    gone = {key for key, found in outcomes.items() if found.rule == RULE and found.bucket in _LOST}
    conversions = [
        item
        for item in plan_tasks(snapshot, options).conversions
        if (item.source.kind, item.source.id) not in gone
    ]
    return TaskPlan(
        tasks=list(closure.kept),
        outcomes=outcomes,
        rewrites=rewrites,
        findings=findings,
        conversions=conversions,
        expected_seconds=plan.meta.expected_import_seconds,
    )


def _outcomes(
    before: Mapping[ObjectKey, Outcome], snapshot: Snapshot, closure: Closure
) -> Iterator[tuple[ObjectKey, Outcome]]:
    """New verdicts on Neutron resources."""
    created = {object_of(item.task) for item in closure.removals if item.task.type == "CREATE"}
    for removal in closure.removals:
        key = object_of(removal.task)
        if key is None:
            continue
        if removal.task.type == "CREATE":
            yield key, Outcome(Bucket.SKIPPED, RULE, removal.reason)
            yield from _parts(before, snapshot, key, removal.reason)
        elif key not in created:
            # The object is imported; what the later task would have added to it is not.
            lost = "extra routes" if key[0] == "routers" else "changes"
            yield key, Outcome(Bucket.TASK, RULE, f"without its {lost}: {removal.reason}")
    for task in closure.rewritten:
        key = object_of(task)
        if key is not None:
            yield key, Outcome(Bucket.TASK, RULE, closure.cuts[task.id])


def _parts(
    before: Mapping[ObjectKey, Outcome], snapshot: Snapshot, key: ObjectKey, reason: str
) -> Iterator[tuple[ObjectKey, Outcome]]:
    """What travels inside the task of another resource: the rules of a group."""
    if key[0] != "security_groups":
        return
    rules: list[JsonObject] = snapshot.neutron.get("security_group_rules", [])
    for rule in rules:
        rule_key = ("security_group_rules", str(rule["id"]))
        old = before.get(rule_key)
        if str(rule.get("security_group_id")) == key[1] and old is not None and old.bucket not in _LOST:
            yield rule_key, Outcome(Bucket.SKIPPED, RULE, f"rule of security group {key[1]}: {reason}")


def _accounted(before: list[LedgerEntry], after: list[LedgerEntry]) -> Iterator[LedgerEntry]:
    """The new ledger; whatever is lost now and was not before is lost by the quarantine."""
    old = {(entry.kind, entry.id): entry for entry in before}
    for entry in after:
        earlier = old.get((entry.kind, entry.id))
        lost = entry.bucket in _LOST and earlier is not None and earlier.bucket not in _LOST
        if lost and entry.rule != RULE:
            yield msgspec.structs.replace(
                entry,
                bucket=Bucket.SKIPPED,
                rule=RULE,
                reason=f"hangs on what was quarantined: {entry.reason}",
            )
        elif earlier is not None and earlier.rule == RULE and {earlier.bucket, entry.bucket} <= _LOST:
            yield earlier
        else:
            yield entry
