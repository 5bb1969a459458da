"""Rows of ``midonet_tasks``: their validation, and their grouping into transactions (imp 1.4, 1.5)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from midonet_lab.midonet5.importer.data_types import FLUSH, NULL, OPERATIONS, data_types
from midonet_lab.midonet5.importer.java import ASSERTION, NO_SUCH_ELEMENT, ImporterFailure
from midonet_lab.midonet5.importer.java_values import parse_uuid
from midonet_lab.midonet5.topology.tables import Version

FLUSH_ID = 1


@dataclass(frozen=True, slots=True)
class Row:
    """A valid row; ``data`` is not looked at yet."""

    task_id: int
    operation: str
    data_type: str
    resource_id: str | None
    transaction_id: str
    data: str | None


def validate(columns: Sequence[Any], version: Version) -> Row:
    """A row from ``id, type, data_type, resource_id, transaction_id, data``. Raises what aborts the poll."""
    task_id, operation, data_type, resource_id, transaction_id, data = columns
    if operation not in OPERATIONS:
        raise _no_key(operation)
    if data_type != NULL and data_type not in data_types(version):
        raise _no_key(data_type)
    if resource_id is not None:
        resource_id = parse_uuid(resource_id)
    if (operation == FLUSH) != (data_type == NULL) or (operation == FLUSH and task_id != FLUSH_ID):
        raise ImporterFailure(ASSERTION, "assertion failed")
    return Row(task_id, operation, data_type, resource_id, transaction_id, data)


def transactions(rows: Iterable[Row]) -> list[list[Row]]:
    """Runs of rows with the same transaction id: interleaved ones fall apart (imp 1.4)."""
    return [list(run) for _, run in groupby(rows, key=lambda row: row.transaction_id)]


def _no_key(key: str | None) -> ImporterFailure:
    return ImporterFailure(NO_SUCH_ELEMENT, f"key not found: {'null' if key is None else key}")
