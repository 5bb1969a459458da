"""What the journal holds of writes to the task table: how they are taken back, and what became of them."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

from midonet_migrate.run.atomic import gzip_bytes
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal import Journal
from midonet_migrate.run.journal_file import Inverse, Record
from midonet_migrate.target.task_records import Batch
from midonet_migrate.target.task_rows import Row
from midonet_migrate.target.task_tables_schema import KILO_HEAD

TABLES_DIGEST = f"midonet-tables-{KILO_HEAD}"
"""Of the unit that makes the tables."""
_DELETE_TASKS = "delete-tasks"
_DROP_TABLES = "drop-tables"


def tables_inverse(made: Sequence[str]) -> Inverse:
    """How the making of these tables is taken back."""
    return Inverse(action=_DROP_TABLES, arguments={"tables": list(made)})


def rows_inverse(
    run_directory: RunDirectory,
    inserted: Sequence[Row],
    deleted: Sequence[Batch],
    deleted_rows: Sequence[dict[str, Any]],
) -> Inverse:
    """How the writing of ``inserted`` is taken back; the rows that go for them are copied aside (0600)."""
    arguments: dict[str, Any] = {"removed": [batch.digest for batch in deleted]}
    if inserted:
        arguments |= {"first": inserted[0].id, "last": inserted[-1].id}
    if not deleted_rows:
        return Inverse(action=_DELETE_TASKS, arguments=arguments)
    content = gzip_bytes(json.dumps(deleted_rows).encode())
    copy, digest = run_directory.save_copy("midonet_tasks.json.gz", content)
    return Inverse(action=_DELETE_TASKS, arguments=arguments, copy=copy, copy_digest=digest)


def unfinished_tables(journal: Journal) -> list[Record]:
    """The makings of the tables that a killed run left without an outcome."""
    return [record for record in journal.pending() if record.digest == TABLES_DIGEST]


def settle_writes(journal: Journal, present: Collection[str]) -> None:
    """Say of writes that a killed run left without an outcome what became of them.

    ``present``: digests of the batches that are in the table.
    """
    for record in journal.pending():
        if record.inverse is not None and record.inverse.action == _DELETE_TASKS:
            removed_only = "first" not in record.inverse.arguments
            took_effect = (
                set(present).isdisjoint(record.inverse.arguments["removed"])
                if removed_only
                else record.digest in present
            )
            journal.settle(record, took_effect=took_effect)
        elif record.digest == TABLES_DIGEST:
            journal.settle(record, took_effect=True)
