"""Taking the tasks out again, so that nothing replays them into an emptied topology (imp 1.7).

The rows are saved first. The foreign key of midonet_data_state goes before them, DELETE keeps the counter
(TRUNCATE would not), and the counter is raised again where a server has forgotten it (db 4).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
from sqlalchemy import Connection, Engine, bindparam, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import Recovery, VerificationFailed
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import Inverse
from midonet_migrate.target.high_water_mark import HIGHEST_ID, read_high_water_mark
from midonet_migrate.target.task_records import load_records, present_batches, save_records
from midonet_migrate.target.task_rows import read_digests, read_rows
from midonet_migrate.target.task_table import TaskTable
from midonet_migrate.target.task_tables_schema import inspect_task_tables

REMOVED_FILE = "tasks_removed.jsonl"
INSERT_ROWS = "insert-tasks"
"""Action of the inverse: put the rows of the copy back."""
_DIGEST = "midonet-tasks-removed"
_LOCK_WAIT_SECONDS = 20
_IDS_AT_A_TIME = 1000
_EVERY_ID = (-(2**31), 2**31 - 1)


class RemovalReport(msgspec.Struct, kw_only=True, frozen=True):
    """What was done, or in a dry run would be.

    ``kept_foreign``: ids of rows left behind on request. ``counter_raised``: the server had forgotten ids.
    """

    removed: int = 0
    kept_foreign: tuple[int, ...] = ()
    high_water_mark: int = 0
    counter_raised: bool = False

    @property
    def changed(self) -> bool:
        """Whether there was anything to do."""
        return bool(self.removed) or self.counter_raised


def remove_tasks(
    engine: Engine, run_directory: RunDirectory, *, importer_marker: int | None, keep_foreign: bool = False
) -> RemovalReport:
    """Save every row of ``midonet_tasks`` to ``tasks_removed.jsonl`` (0600), then delete them all.

    With ``keep_foreign`` rows that this run directory did not write stay. The ids used so far are
    remembered in the run directory, and the table's counter is kept above them. With the run directory in
    dry run nothing is changed, and the same report is given. Run again after a kill, it finishes.

    Raises ``DatabaseUnreachable``, ``AuthenticationFailed``, ``AccessDenied``, ``NotNeutron`` and
    ``WrongState``, and ``VerificationFailed`` when rows are still there afterwards.
    """
    return _Removal(engine, run_directory, importer_marker, keep_foreign=keep_foreign).run()


class _Removal:
    def __init__(
        self, engine: Engine, run_directory: RunDirectory, marker: int | None, *, keep_foreign: bool
    ) -> None:
        self._engine = engine
        self._run_directory = run_directory
        self._marker = marker
        self._keep_foreign = keep_foreign

    def run(self) -> RemovalReport:
        with self._reading() as connection:
            if not inspect_task_tables(connection, begun_here=True).has_tasks:
                return RemovalReport()
        table = TaskTable(self._engine, self._run_directory, importer_marker=self._marker)
        mark = table.remember_high_water_mark().value
        with self._reading() as connection:
            doomed, kept = self._divide(connection)
            forgotten = self._counter(connection) < mark <= HIGHEST_ID
        report = RemovalReport(
            removed=len(doomed), kept_foreign=tuple(kept), high_water_mark=mark, counter_raised=forgotten
        )
        if self._run_directory.dry_run:
            return report
        if doomed:
            report = self._delete()
        else:
            self._settle()
        with self._reading() as connection:
            forgotten = self._counter(connection) < report.high_water_mark <= HIGHEST_ID
        if forgotten:
            self._raise_counter(report.high_water_mark)
        self._verify()
        return msgspec.structs.replace(report, counter_raised=forgotten)

    def _divide(self, connection: Connection) -> tuple[list[int], list[int]]:
        """Ids of the rows to delete, and of those to keep."""
        found = read_digests(connection, *_EVERY_ID)
        if not self._keep_foreign:
            return list(found), []
        batches = present_batches(load_records(self._run_directory), found)
        ours = {number for batch in batches for number in batch.ids}
        return [number for number in found if number in ours], [
            number for number in found if number not in ours
        ]

    def _delete(self) -> RemovalReport:
        with translated_errors(), self._engine.connect() as connection, connection.begin() as transaction:
            _lock(connection)
            # Looked at again, now that nobody can add rows: none may go without having been saved.
            doomed, kept = self._divide(connection)
            self._settle(connection)
            mark = self._remember(connection)
            if not doomed:
                return RemovalReport(kept_foreign=tuple(kept), high_water_mark=mark)
            copy, digest = self._save(connection, doomed)
            inverse = Inverse(
                action=INSERT_ROWS,
                arguments={"first": doomed[0], "last": doomed[-1], "rows": len(doomed)},
                copy=copy,
                copy_digest=digest,
            )
            summary = f"midonet_tasks: delete {len(doomed)} rows, saved in {copy}"
            with self._run_directory.journal.unit("sql", summary, digest=_DIGEST, inverse=inverse) as unit:
                try:
                    _delete_rows(connection, doomed)
                except BaseException:
                    unit.not_done()  # the commit was never sent
                    raise
                transaction.commit()
                unit.done(deleted=len(doomed))
        return RemovalReport(removed=len(doomed), kept_foreign=tuple(kept), high_water_mark=mark)

    def _remember(self, connection: Connection) -> int:
        """The mark under the lock: rows may have come since it was first read."""
        records = load_records(self._run_directory)
        mark = read_high_water_mark(
            connection,
            inspect_task_tables(connection, begun_here=True),
            run_directory=records.high_water_mark,
            importer_marker=self._marker,
        ).value
        if mark > records.high_water_mark:
            records.high_water_mark = mark
            save_records(self._run_directory, records)
        return mark

    def _save(self, connection: Connection, doomed: Sequence[int]) -> tuple[str, str]:
        """Add the rows to the file, durably; rows that an earlier run saved stay in it, each once."""
        directory = self._run_directory
        content = directory.read(REMOVED_FILE) if directory.exists(REMOVED_FILE) else b""
        saved = set(content.splitlines())
        wanted = set(doomed)
        lines = [
            line
            for row in read_rows(connection, *_EVERY_ID)
            if row["id"] in wanted and (line := json.dumps(row).encode()) not in saved
        ]
        content += b"".join(line + b"\n" for line in lines)
        directory.write(REMOVED_FILE, content)
        return REMOVED_FILE, hashlib.sha256(content).hexdigest()

    def _settle(self, connection: Connection | None = None) -> None:
        """Find out what became of a removal that a killed run left without an outcome."""
        pending = [
            (record, int(record.inverse.arguments["first"]))
            for record in self._run_directory.journal.pending()
            if record.digest == _DIGEST and record.inverse is not None
        ]
        for record, first in pending:
            gone = connection is None or not read_digests(connection, first, first)
            self._run_directory.journal.settle(record, took_effect=gone)

    def _raise_counter(self, mark: int) -> None:
        with translated_errors(), self._engine.connect() as connection:
            connection.exec_driver_sql(f"ALTER TABLE midonet_tasks AUTO_INCREMENT = {mark + 1}")
            connection.commit()

    def _counter(self, connection: Connection) -> int:
        tables = inspect_task_tables(connection, begun_here=True)
        mark = read_high_water_mark(connection, tables, run_directory=0, importer_marker=None)
        return mark.counter

    def _verify(self) -> None:
        with self._reading() as connection:
            left, _ = self._divide(connection)
        if left:
            raise VerificationFailed(
                f"{len(left)} rows are in midonet_tasks again, from id {left[0]}",
                why="They were written after the deletion: something still uses the table.",
                hint="Stop neutron-server and every midonet-cluster; then run the same command again.",
                recovery=Recovery.RETRY,
            )

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated_errors(), self._engine.connect() as connection:
            yield connection
            connection.rollback()


def _lock(connection: Connection) -> None:
    """Keep other writers out: the state row, and every row of the tasks with the gap after them."""
    connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_SECONDS}")
    connection.execute(text("SELECT id FROM midonet_data_state FOR UPDATE")).all()
    connection.execute(text("SELECT id FROM midonet_tasks ORDER BY id FOR UPDATE")).all()


def _delete_rows(connection: Connection, doomed: Sequence[int]) -> None:
    release: Any = text(
        "UPDATE midonet_data_state SET last_processed_task_id = NULL WHERE last_processed_task_id IN :ids"
    ).bindparams(bindparam("ids", expanding=True))
    delete: Any = text("DELETE FROM midonet_tasks WHERE id IN :ids").bindparams(
        bindparam("ids", expanding=True)
    )
    chunks = [doomed[start : start + _IDS_AT_A_TIME] for start in range(0, len(doomed), _IDS_AT_A_TIME)]
    for statement in (release, delete):
        for chunk in chunks:
            connection.execute(statement, {"ids": list(chunk)})
