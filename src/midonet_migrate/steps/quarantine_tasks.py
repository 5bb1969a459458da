"""Quarantine in a running import: plan, ledger, files and rows together."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
from sqlalchemy import Engine

from midonet_migrate.errors import Bug, CorruptFile
from midonet_migrate.model.codec import decode_snapshot
from midonet_migrate.model.plan import Plan, PlanOptions
from midonet_migrate.model.snapshot import Snapshot
from midonet_migrate.plan.classic_files import (
    MIDONET_FILE,
    NEUTRON_FILE,
    midonet_post_data,
    neutron_post_data,
)
from midonet_migrate.plan.quarantine import Quarantine, quarantine
from midonet_migrate.run.atomic import gunzip_bytes, json_bytes
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.steps.plan_files import PLAN_FILE
from midonet_migrate.steps.prepare import SNAPSHOT_FILE
from midonet_migrate.target.importer.quarantine_rows import (
    RowChange,
    is_quarantine,
    quarantine_rows,
    settle_quarantine,
)


class QuarantinedTask(msgspec.Struct, kw_only=True, frozen=True):
    """A task that was taken out, for reports."""

    id: int
    type: str
    data_type: str
    resource_id: str
    reason: str


def propose_quarantine(
    run: RunDirectory, plan: Plan, options: PlanOptions, task_id: int, reason: str, *, marker: int
) -> tuple[Quarantine, Snapshot]:
    """What taking this task out comes to. Changes nothing. Raises ``CorruptFile`` or ``WrongState`` when the
    snapshot that the plan was made of cannot be read."""
    snapshot = _snapshot(run)
    try:
        return quarantine(plan, snapshot, options, {task_id: reason}, marker=marker), snapshot
    except ValueError as error:
        raise Bug(f"task {task_id} cannot be taken out", why=str(error)) from error


def apply_quarantine(
    engine: Engine,
    run: RunDirectory,
    plan: Plan,
    proposed: Quarantine,
    snapshot: Snapshot,
    *,
    marker: Callable[[], int | None],
) -> list[QuarantinedTask]:
    """Take the rows out, and put the new plan and the classic files in place.

    Raises as :func:`~midonet_migrate.target.importer.quarantine_rows.quarantine_rows`.
    """
    before = {task.id: task for task in plan.tasks}
    change = RowChange(
        removed=tuple(before[removal.task.id] for removal in proposed.removals),
        rewritten=proposed.rewritten,
        kept=tuple(proposed.plan.tasks),
        checksum=proposed.plan.meta.checksum,
    )
    files = {
        PLAN_FILE: json_bytes(proposed.plan),
        NEUTRON_FILE: json_bytes(neutron_post_data(proposed.plan)),
        MIDONET_FILE: json_bytes(midonet_post_data(snapshot, proposed.plan)),
    }
    quarantine_rows(engine, run, change, files, marker=marker)
    return [
        QuarantinedTask(
            id=removal.task.id,
            type=removal.task.type,
            data_type=removal.task.data_type,
            resource_id=removal.task.resource_id,
            reason=removal.reason,
        )
        for removal in proposed.removals
    ]


def finish_quarantine(directory: Path, engine: Engine) -> None:
    """Finish what a killed run has begun, so that plan and rows fit together again; most often nothing.

    Raises as :class:`~midonet_migrate.run.directory.RunDirectory` and
    :func:`~midonet_migrate.target.importer.quarantine_rows.settle_quarantine`.
    """
    if any(is_quarantine(record) for record in read_journal(directory).pending()):
        with RunDirectory(directory, step="import") as run:
            settle_quarantine(engine, run)


def _snapshot(run: RunDirectory) -> Snapshot:
    data = run.read(SNAPSHOT_FILE)
    try:
        return decode_snapshot(gunzip_bytes(data))
    except (msgspec.MsgspecError, ValueError) as error:
        raise CorruptFile(
            f"{run.path_of(SNAPSHOT_FILE)} is damaged",
            why=str(error),
            hint="A quarantine needs it to account for what is lost: restore it from a copy.",
        ) from error
