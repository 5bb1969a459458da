"""What the run directory remembers about task ids: the highest ever used, and the batches of rows made.

A batch is recorded *before* its rows are written, the mark moves *after*. So a batch above the mark whose
rows are absent was never committed, and one at or below it was, and has been taken out since.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec

from midonet_migrate.errors import CorruptFile
from midonet_migrate.run.directory import RunDirectory

RECORDS_FILE = "task-ids.json"
_FORMAT = 1


class Batch(msgspec.Struct, kw_only=True, frozen=True):
    """Rows ``first`` to ``last``, without gaps; ``digest`` is over the digests of the rows, in order."""

    first: int
    last: int
    digest: str

    @property
    def ids(self) -> range:
        """The ids of its rows."""
        return range(self.first, self.last + 1)


class TaskRecords(msgspec.Struct, kw_only=True):
    """The content of the file."""

    format: int = _FORMAT
    high_water_mark: int = 0
    batches: list[Batch] = []


def batch_digest(row_digests: Iterable[str]) -> str:
    """One digest over the digests of rows."""
    return hashlib.sha256("\n".join(row_digests).encode()).hexdigest()


def load_records(run_directory: RunDirectory) -> TaskRecords:
    """What the run directory remembers; nothing when it has no such file. Raises ``CorruptFile``."""
    if not run_directory.exists(RECORDS_FILE):
        return TaskRecords()
    records = run_directory.read_json(RECORDS_FILE, TaskRecords)
    if records.format != _FORMAT:
        raise CorruptFile(
            f"{run_directory.path_of(RECORDS_FILE)} is of format {records.format}",
            why=f"This version knows format {_FORMAT}.",
            hint="Use the version of midonet-migrate that wrote it.",
        )
    return records


def save_records(run_directory: RunDirectory, records: TaskRecords) -> None:
    """Write the file durably."""
    run_directory.write_json(RECORDS_FILE, records)


def present_batches(records: TaskRecords, rows: Mapping[int, str]) -> list[Batch]:
    """Batches whose rows are all in the table (``rows``: id -> digest), exactly as they were written."""
    return [
        batch
        for batch in records.batches
        if all(number in rows for number in batch.ids)
        and batch_digest(rows[number] for number in batch.ids) == batch.digest
    ]


def damaged_batches(records: TaskRecords, rows: Mapping[int, str]) -> list[Batch]:
    """Batches of which the table has some rows, or rows with other contents."""
    present = present_batches(records, rows)
    return [
        batch
        for batch in records.batches
        if batch not in present and any(number in rows for number in batch.ids)
    ]


def counter_without_rolled_back(counter: int, records: TaskRecords, rows: Mapping[int, str]) -> int:
    """The counter as it was before a batch that never was committed.

    An insert that is rolled back leaves the counter raised; its ids were never seen by anyone.
    """
    for batch in records.batches:
        absent = not any(number in rows for number in batch.ids)
        if absent and batch.first > records.high_water_mark and batch.first <= counter <= batch.last:
            return batch.first - 1
    return counter
