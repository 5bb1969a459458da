"""Every recorded experiment at which a real importer stopped, as the facts a doctor would find there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from importer_records import Record, base, collision_base, is_apart, read_records, record_rows, uplink_base
from midonet_migrate.model.plan import Task
from midonet_migrate.plan.diagnosis.model import SiteFacts
from midonet_migrate.plan.diagnosis.nouns import STORED_AS
from midonet_migrate.plan.tasks import Existing, TaskRow, validate_rows
from midonet_migrate.plan.tasks.refusal import Refused
from midonet_migrate.plan.tasks.schema import TargetVersion
from midonet_migrate.plan.tasks.simulation.importer import SimulatedImporter

HOST = "cccccccc-"


class ImportedTopology:
    """The objects that an importer has made of rows. ``sizes``: of single nodes, by class and id."""

    def __init__(self, facts: SiteFacts, **sizes: int) -> None:
        importer = SimulatedImporter(facts.version, facts.hosts)
        for row in facts.rows:
            if row.id <= (facts.marker or 0):
                try:
                    importer.execute(row)
                except Refused:
                    continue
        self.objects = {
            (stored, str(UUID(int=key)))
            for name, classes in STORED_AS.items()
            for key in importer.store.table(name)
            for stored in classes
        }
        self.nodes: set[str] = set()
        self.sizes = sizes

    def has(self, class_name: str, identity: str) -> bool:
        return (class_name, identity) in self.objects

    def size(self, class_name: str, identity: str) -> int:
        return self.sizes.get(class_name, 0) if self.has(class_name, identity) else 0

    def has_node(self, path: str) -> bool:
        return path in self.nodes


def numbered(rows: list[TaskRow], first: int = 1) -> tuple[TaskRow, ...]:
    """Rows as in a table: ids and transactions of their own, data as text or NULL."""
    return tuple(
        msgspec.structs.replace(row, id=number, transaction_id=f"txn-{number}")
        for number, row in enumerate(rows, first)
    )


def planned(rows: tuple[TaskRow, ...]) -> dict[int, Task]:
    """A plan that has exactly these rows, where they can be tasks at all."""
    tasks: dict[int, Task] = {}
    for row in rows:
        data: Any = row.data
        if row.type in {"CREATE", "UPDATE", "DELETE"} and isinstance(data, dict):
            tasks[row.id] = Task(
                id=row.id,
                type=row.type,  # type: ignore[arg-type]
                data_type=str(row.data_type),
                resource_id=str(row.resource_id),
                transaction_id=row.transaction_id,
                data=data,
            )
    return tasks


def stalls(golden: Path, version: TargetVersion) -> Iterator[tuple[Record, SiteFacts, int]]:
    """Record, facts with the marker where the importer stopped, and how many rows were there before.

    The experiments of one version ran one after the other; what they imported stays.
    """
    records = [
        record for record in read_records(golden) if record["version"] == version and record.get("rows")
    ]
    before, session, by_hand = base(), "base", False
    starts = {"uplink": uplink_base, "collision": collision_base}
    for record in records:
        task = record["task"]
        wanted = "uplink" if task.startswith(("UPLINK interface", "PORT extra_dhcp_opts with")) else session
        wanted = "collision" if task.startswith("collision") else wanted
        if wanted != session or task.startswith("PORT extra_dhcp_opts with"):
            session = wanted
            before = base() if task.startswith("PORT extra") else starts[wanted]()
        by_hand |= "written to ZOOM by hand" in task
        rows = record_rows(record)
        hosts = _hosts(records) if by_hand else {}
        there = uplink_base() if is_apart(record) else before
        problems = validate_rows(rows, version, Existing(rows=tuple(there), hosts=hosts))
        if record["blocking"]:
            table = numbered([*there, *rows])
            if "same transaction" in task:
                table = tuple(
                    msgspec.structs.replace(row, transaction_id="txn") if row.id > len(there) else row
                    for row in table
                )
            facts = SiteFacts(
                version=version,
                marker=len(there) + (_executed(record, problems[0].row) if problems else 0),
                rows=table,
                plan=planned(table),
                hosts=hosts,
                request_limit=1_048_575,
            )
            yield record, facts, len(there)
        there += [row for index, row in enumerate(rows) if index not in {found.row for found in problems}]


def _executed(record: Record, stopped_at: int) -> int:
    """How many rows of the record the importer had executed when it stopped."""
    return stopped_at if record["scope"] == "task" else int(record["executed_before_error"])


def _hosts(records: list[Record]) -> dict[str, str]:
    ids = [
        row["resource_id"]
        for record in records
        for row in record.get("rows") or []
        if (row.get("resource_id") or "").startswith(HOST)
    ]
    return {"gwhost": ids[0]}
