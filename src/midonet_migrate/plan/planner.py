"""From a snapshot to the whole plan. Pure: the same snapshot and options give the same plan."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from midonet_migrate.errors import IntegrityFailed
from midonet_migrate.model.codec import plan_checksum
from midonet_migrate.model.keys import identity_gap
from midonet_migrate.model.kinds import MIDONET_KINDS
from midonet_migrate.model.plan import (
    ConversionPlan,
    Finding,
    Modification,
    ObjectPlan,
    Plan,
    PlanMeta,
    PlanOptions,
    TaskPlan,
)
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.conversions import plan_conversions
from midonet_migrate.plan.fingerprint import fingerprint
from midonet_migrate.plan.ledger import build_ledger
from midonet_migrate.plan.objects import plan_objects
from midonet_migrate.plan.ownership import classify
from midonet_migrate.plan.tasks import plan_tasks

_LEVELS = {"error": 0, "warning": 1, "info": 2}


def build_plan(snapshot: Snapshot, options: PlanOptions, *, tool_version: str = "") -> Plan:
    """Plan the migration of a site: tasks, objects, modifications, conversions, and the ledger of all.

    Task ids begin at ``options.first_task_id``; :func:`sealed` must be called again after changing them.
    Raises ``LedgerMismatch`` when an object would be in no bucket or in two (I5), and ``IntegrityFailed``
    when the old site shows an object without its id.
    """
    return plan_around(snapshot, plan_tasks(snapshot, options), options, tool_version=tool_version)


def plan_around(snapshot: Snapshot, tasks: TaskPlan, options: PlanOptions, *, tool_version: str = "") -> Plan:
    """As :func:`build_plan`, for tasks that are planned already."""
    _require_identities(snapshot)
    ownership = classify(snapshot)
    conversions = plan_conversions(snapshot, ownership, tasks, options)
    objects = plan_objects(snapshot, ownership, tasks, options, taken=conversions.outcomes)
    ledger = build_ledger(snapshot, ownership, tasks.outcomes, objects.outcomes)
    meta = PlanMeta(
        tool_version=tool_version,
        target_version=options.target_version,
        plugin_flavour=snapshot.meta.plugin_flavour,
        snapshot_fingerprint=fingerprint(snapshot, ownership),
        site=snapshot.meta.site,
        expected_import_seconds=round(tasks.expected_seconds, 1),
        rewrites=tasks.rewrites,
        findings=_in_order(_all_findings(snapshot, tasks, conversions, objects)),
    )
    return sealed(
        Plan(
            tasks=tasks.tasks,
            objects=objects.objects,
            modifications=_with_dispositions(objects.modifications, conversions),
            conversions=[*tasks.conversions, *conversions.conversions, *objects.conversions],
            ledger=ledger,
            meta=meta,
        )
    )


def _require_identities(snapshot: Snapshot) -> None:
    """Nothing that refers to an object without identity could be followed, and no bucket would hold it."""
    for kind in MIDONET_KINDS:
        for item in snapshot.midonet.get(kind, []):
            gap = identity_gap(kind, item)
            if gap:
                raise IntegrityFailed(
                    f"A {kind.replace('_', ' ')} of the old site has no {gap}",
                    why="No MidoNet 1.9 shows this: its answer, or what was read of it, is damaged.",
                    hint="Read it from another 1.9 API server, or repair the object in its store.",
                    problems=[f"{name}: {value}" for name, value in item.items() if value is not None],
                )


def sealed(plan: Plan) -> Plan:
    """``plan`` with the checksum that belongs to its content."""
    meta = msgspec.structs.replace(plan.meta, checksum=plan_checksum(plan))
    return msgspec.structs.replace(plan, meta=meta)


def _all_findings(
    snapshot: Snapshot, tasks: TaskPlan, conversions: ConversionPlan, objects: ObjectPlan
) -> Iterable[Finding]:
    for found in snapshot.meta.findings:
        yield Finding(
            level=found.get("level", "warning"),
            rule=found["rule"],
            kind=found["kind"],
            id=found["id"],
            message=found["message"],
        )
    for vanished in snapshot.meta.vanished:
        yield Finding(
            level="warning",
            rule="source.vanished",
            kind=vanished.kind,
            id=vanished.path,
            message=f"it was listed, and gone (HTTP {vanished.status}) when it was read",
            remedy="somebody changes the site: freeze it, then prepare again",
        )
    yield from tasks.findings
    yield from conversions.findings
    # What a conversion has decided needs no warning that it is still to be decided.
    yield from (item for item in objects.findings if (item.kind, item.id) not in conversions.dispositions)


def _in_order(findings: Iterable[Finding]) -> list[Finding]:
    unique = {(item.level, item.rule, item.kind, item.id, item.message): item for item in findings}
    return sorted(
        unique.values(), key=lambda item: (_LEVELS[item.level], item.rule, item.kind, item.id, item.message)
    )


def _with_dispositions(modifications: list[Modification], conversions: ConversionPlan) -> list[Modification]:
    result: list[Modification] = []
    for modification in modifications:
        decided = conversions.dispositions.get((modification.kind, modification.id))
        if decided is None:
            result.append(modification)
        else:
            result.append(
                msgspec.structs.replace(modification, disposition=decided.disposition, reason=decided.reason)
            )
    return result
