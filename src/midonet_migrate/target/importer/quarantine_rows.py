"""Taking quarantined tasks out of ``midonet_tasks`` while an importer runs, and bringing the run directory
in line: all or nothing, also when killed (I3).

Order: copies of the rows and of the new files, the intent, one SQL transaction, the files, the outcome.
After a kill :func:`settle_quarantine` looks whether the rows are gone, and finishes or forgets.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, bindparam, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import CorruptFile, Recovery, VerificationFailed, WrongState
from midonet_migrate.model.plan import Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse, Record
from midonet_migrate.target.task_records import Batch, batch_digest, load_records, save_records
from midonet_migrate.target.task_rows import read_rows, rows_of, task_data, unequal_rows
from midonet_migrate.target.task_table import TaskTable

RESTORE_ROWS = "restore-quarantined-tasks"
"""Action of the inverse: put the rows of the copy back as they were."""
_DIGEST = "quarantine-"
_ROWS_COPY = "tasks_quarantined.jsonl"
_IDS_AT_A_TIME = 1000
_LOCK_WAIT_SECONDS = 20
Marker = Callable[[], int | None]


class WentOn(Exception):
    """The importer has executed a task that was to be taken out: nothing was changed."""


class RowChange(msgspec.Struct, kw_only=True, frozen=True):
    """What becomes of the rows. ``removed`` and ``rewritten`` are tasks as they are in the plan before and
    after; ``kept`` are all tasks of the new plan; ``checksum`` is that of the new plan."""

    removed: tuple[Task, ...]
    rewritten: tuple[Task, ...]
    kept: tuple[Task, ...]
    checksum: str


def quarantine_rows(
    engine: Engine,
    run_directory: RunDirectory,
    change: RowChange,
    files: Mapping[str, bytes],
    *,
    marker: Marker,
) -> None:
    """Take the rows out, rewrite those that were cut, and write ``files`` (the new plan, and what is made
    of it) into the run directory.

    ``marker`` reads the importer's marker; it is asked under the lock and once more at the end. Ids are
    never used again. Raises :class:`WentOn` when the marker has passed one of the rows, ``WrongState`` when a
    row is not there or not ours, ``VerificationFailed`` when the importer had the rows in its hands already,
    and what the database refuses with.
    """
    TaskTable(engine, run_directory, importer_marker=marker()).remember_high_water_mark()
    ids = [task.id for task in change.removed]
    with translated_errors(), engine.connect() as connection, connection.begin() as transaction:
        connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_SECONDS}")
        connection.execute(text("SELECT id FROM midonet_data_state FOR UPDATE")).all()
        before = _lock_rows(connection, [*change.removed, *change.rewritten])
        _require_unreached(marker(), ids)
        inverse = _inverse(run_directory, before, change, files)
        summary = f"midonet_tasks: quarantine {len(ids)} rows, rewrite {len(change.rewritten)}"
        digest = f"{_DIGEST}{change.checksum}"
        with run_directory.journal.unit("sql", summary, digest=digest, inverse=inverse) as unit:
            try:
                _change_rows(connection, change)
                _require_unreached(marker(), ids)
            except BaseException:
                unit.not_done()  # the commit was never sent
                raise
            transaction.commit()
            _finish(run_directory, inverse)
            unit.done(removed=len(ids), rewritten=len(change.rewritten))
    _verify(engine, change, marker())


def settle_quarantine(engine: Engine, run_directory: RunDirectory) -> bool:
    """Find out what became of a quarantine that a killed run left without an outcome, and finish it.

    Returns whether the plan in the run directory has changed by that.
    """
    finished = False
    for record in run_directory.journal.pending():
        if record.inverse is None or not is_quarantine(record):
            continue
        ids = [int(number) for number in record.inverse.arguments["removed"]]
        with translated_errors(), engine.connect() as connection:
            gone = not _present(connection, ids)
            connection.rollback()
        if gone:
            _finish(run_directory, record.inverse)
            finished = True
        run_directory.journal.settle(record, took_effect=gone)
    return finished


def is_quarantine(record: Record) -> bool:
    """Whether an intent of the journal is that of a quarantine."""
    return record.inverse is not None and record.inverse.action == RESTORE_ROWS


def _lock_rows(connection: Connection, tasks: Sequence[Task]) -> list[dict[str, Any]]:
    """The rows as they are, locked. Raises ``WrongState`` unless each is there and for the same resource."""
    by_id = {task.id: task for task in tasks}
    statement = text("SELECT id FROM midonet_tasks WHERE id IN :ids FOR UPDATE")
    for chunk in _chunks(sorted(by_id)):
        connection.execute(statement.bindparams(bindparam("ids", expanding=True)), {"ids": chunk}).all()
    first, last = min(by_id), max(by_id)
    rows = [row for row in read_rows(connection, first, last) if row["id"] in by_id]
    found = {row["id"]: row for row in rows}
    wrong = [
        f"row {number}, {task.data_type} {task.resource_id}: {'changed' if number in found else 'missing'}"
        for number, task in sorted(by_id.items())
        if number not in found or not _is_of(found[number], task)
    ]
    if wrong:
        raise WrongState(
            f"{len(wrong)} of the rows to take out are not those that were written",
            why="Somebody deleted or replaced rows of midonet_tasks.",
            hint="Find out who writes to the table; nothing was changed.",
            problems=wrong,
        )
    return rows


def _is_of(row: Mapping[str, Any], task: Task) -> bool:
    columns = {"type": task.type, "data_type": task.data_type, "resource_id": task.resource_id}
    equal = sum(bool(row[name] == value) for name, value in columns.items())
    return equal >= 2  # a spoilt column does not make it somebody else's


def _require_unreached(marker: int | None, ids: Iterable[int]) -> None:
    if (marker or 0) >= min(ids):
        raise WentOn


def _inverse(
    run_directory: RunDirectory,
    before: Sequence[Mapping[str, Any]],
    change: RowChange,
    files: Mapping[str, bytes],
) -> Inverse:
    """Copies of the rows, and of the files that will have to be written even after a kill."""
    content = b"".join(json.dumps(dict(row)).encode() + b"\n" for row in before)
    copy, digest = run_directory.save_copy(_ROWS_COPY, content)
    kept = msgspec.json.encode(_batches(change.kept))
    return Inverse(
        action=RESTORE_ROWS,
        arguments={
            "removed": [task.id for task in change.removed],
            "rewritten": [task.id for task in change.rewritten],
            "files": {name: list(run_directory.save_copy(name, data)) for name, data in files.items()},
            "batches": list(run_directory.save_copy("task-batches.json", kept)),
        },
        copy=copy,
        copy_digest=digest,
    )


def _batches(tasks: Sequence[Task]) -> list[Batch]:
    """What the run directory remembers of the rows that stay: runs of ids without gaps."""
    batches: list[Batch] = []
    start = 0
    for end in range(1, len(tasks) + 1):
        if end < len(tasks) and tasks[end].id == tasks[end - 1].id + 1:
            continue
        rows = rows_of(tasks[start:end])
        digest = batch_digest(row.digest for row in rows)
        batches.append(Batch(first=rows[0].id, last=rows[-1].id, digest=digest))
        start = end
    return batches


def _change_rows(connection: Connection, change: RowChange) -> None:
    release = text(
        "UPDATE midonet_data_state SET last_processed_task_id = NULL WHERE last_processed_task_id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    delete = text("DELETE FROM midonet_tasks WHERE id IN :ids").bindparams(bindparam("ids", expanding=True))
    ids = [task.id for task in change.removed]
    for statement in (release, delete):
        for chunk in _chunks(ids):
            connection.execute(statement, {"ids": chunk})
    for task in change.rewritten:
        connection.execute(
            text("UPDATE midonet_tasks SET data = :data WHERE id = :id"),
            {"data": task_data(task), "id": task.id},
        )


def _finish(run_directory: RunDirectory, inverse: Inverse) -> None:
    """Write the files from their copies, the plan last; remember the rows that are left."""
    batches = msgspec.json.decode(_copy(run_directory, inverse.arguments["batches"]), type=list[Batch])
    records = load_records(run_directory)
    records.batches = batches
    save_records(run_directory, records)
    for name, place in sorted(inverse.arguments["files"].items(), key=lambda item: item[0] == "plan.json"):
        run_directory.write(name, _copy(run_directory, place))


def _copy(run_directory: RunDirectory, place: Sequence[str]) -> bytes:
    name, digest = place
    data = run_directory.read(name)
    if hashlib.sha256(data).hexdigest() != digest:
        raise CorruptFile(
            f"{run_directory.path_of(name)} is not what was saved",
            hint="Restore the run directory from a copy.",
        )
    return data


def _verify(engine: Engine, change: RowChange, marker: int | None) -> None:
    """Read back; and see whether the importer had read the rows before they went."""
    with translated_errors(), engine.connect() as connection:
        left = _present(connection, [task.id for task in change.removed])
        unequal = unequal_rows(connection, [row for task in change.rewritten for row in rows_of([task])])
        connection.rollback()
    executed = [task.id for task in change.removed if task.id == marker]
    if left or unequal or executed:
        raise VerificationFailed(
            "The quarantine did not come out as planned",
            why=f"Rows still there: {left}; rows with other data: {[row.id for row in unequal]};"
            f" executed meanwhile: {executed}.",
            hint="Something else writes to midonet_tasks, or the importer went on in the same moment. Look at"
            " the table and at C3POState; the rows are saved in the run directory below saved/.",
            recovery=Recovery.RETRY,
        )


def _present(connection: Connection, ids: Sequence[int]) -> list[int]:
    statement = text("SELECT id FROM midonet_tasks WHERE id IN :ids ORDER BY id").bindparams(
        bindparam("ids", expanding=True)
    )
    return [int(row[0]) for chunk in _chunks(ids) for row in connection.execute(statement, {"ids": chunk})]


def _chunks(ids: Sequence[int]) -> list[list[int]]:
    return [list(ids[start : start + _IDS_AT_A_TIME]) for start in range(0, len(ids), _IDS_AT_A_TIME)]
