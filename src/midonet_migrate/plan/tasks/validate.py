"""Rows against the importer's rules: usable on a plan, and on a table somebody else has written to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from midonet_migrate.plan.tasks.refusal import Refused, RowProblem, problem_of
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.simulation.importer import RowLike, SimulatedImporter

_TRANSACTION_ID_LENGTH = 40


class TaskRow(msgspec.Struct, kw_only=True, frozen=True):
    """A row as it stands in the table, however wrong. ``id`` 0 = not known, order not checked."""

    id: int = 0
    type: str | None
    data_type: str | None
    resource_id: str | None = None
    transaction_id: str = ""
    data: dict[str, Any] | str | None = None


class Existing(msgspec.Struct, kw_only=True, frozen=True):
    """What is there before the rows: hosts by name, rows already executed, the importer's marker."""

    hosts: Mapping[str, str] = {}
    rows: tuple[RowLike, ...] = ()
    marker: int = 0


NOTHING = Existing()


def validate_rows(
    rows: Iterable[RowLike], target_version: TargetVersion, existing: Existing = NOTHING
) -> list[RowProblem]:
    """Every row at which the importer of ``target_version`` would stop (imp C).

    Rows are executed in order against simulated object sets. A refused row counts as absent for those
    behind it, so each of its dependants is reported too.
    """
    importer = SimulatedImporter(target_version, existing.hosts)
    for row in existing.rows:
        try:
            importer.execute(row)
        except Refused:
            continue
    problems: list[RowProblem] = []
    last = existing.marker
    for index, row in enumerate(rows):
        try:
            _check_place(row, last)
            last = row.id or last
            importer.execute(row)
        except Refused as refused:
            task = (row.id, row.type or "NULL", row.data_type or "NULL", row.resource_id or "")
            problems.append(problem_of(index, task, refused))
    return problems


def _check_place(row: RowLike, last: int) -> None:
    if row.id and row.id <= last:
        raise Refused("row-order", f"id {row.id} does not lie above {last}: the row would never be read")
    if len(row.transaction_id) > _TRANSACTION_ID_LENGTH:
        raise Refused("row-transaction", f"transaction_id is {len(row.transaction_id)} characters long")
