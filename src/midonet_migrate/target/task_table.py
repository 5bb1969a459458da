"""Writing the plan's tasks to ``midonet_tasks``: all of them or none, once (design D7, D8)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime

import msgspec
from sqlalchemy import Connection, Engine, text

from midonet_migrate.database.errors import translated_errors
from midonet_migrate.errors import Recovery, VerificationFailed
from midonet_migrate.model.plan import Finding, Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.target.foreign_tasks import inspect_foreign_tasks
from midonet_migrate.target.high_water_mark import HighWaterMark, read_high_water_mark, require_room
from midonet_migrate.target.task_decision import Action, Decision, decide, first_id_of
from midonet_migrate.target.task_journal import (
    TABLES_DIGEST,
    rows_inverse,
    settle_writes,
    tables_inverse,
    unfinished_tables,
)
from midonet_migrate.target.task_records import (
    Batch,
    TaskRecords,
    batch_digest,
    counter_without_rolled_back,
    load_records,
    present_batches,
    save_records,
)
from midonet_migrate.target.task_rows import (
    Row,
    insert_rows,
    read_digests,
    read_rows,
    require_rows_fit,
    rows_of,
    unequal_rows,
)
from midonet_migrate.target.task_tables_schema import (
    State,
    TaskTables,
    creation_statements,
    inspect_task_tables,
)

_LOCK_WAIT_SECONDS = 20
Guard = Callable[[], None]


class WriteReport(msgspec.Struct, kw_only=True, frozen=True):
    """What was done, or in a dry run would be. ``first_id`` and ``last_id`` are 0 without tasks."""

    action: Action
    rows: int
    first_id: int
    last_id: int
    removed_rows: int
    tables_created: tuple[str, ...]
    stamped: bool
    high_water_mark: HighWaterMark
    foreign_rows: int
    findings: list[Finding]


class _Examination(msgspec.Struct, kw_only=True, frozen=True):
    tables: TaskTables
    records: TaskRecords
    rows: dict[int, str]
    mark: HighWaterMark


class TaskTable:
    """The task table of one Neutron database, as seen from one run directory.

    ``importer_marker`` is C3POState's lastProcessedTaskId, None without one. With the run directory in dry
    run nothing is written, and the same report is given. Methods raise ``DatabaseUnreachable``,
    ``AuthenticationFailed``, ``AccessDenied``, ``NotNeutron`` and ``WrongState``.
    """

    def __init__(self, engine: Engine, run_directory: RunDirectory, *, importer_marker: int | None) -> None:
        self._engine = engine
        self._run_directory = run_directory
        self._journal = run_directory.journal
        self._marker = importer_marker

    def first_id(self, tasks: Sequence[Task]) -> int:
        """The id that the first of these tasks has in the table already, or is to get.

        ``tasks`` carry any consecutive ids. The same tasks, written before, keep their ids; all others get
        ids above the high-water mark. Changes nothing.
        """
        with self._reading() as connection:
            seen = self._examine(connection)
        return first_id_of(rows_of(tasks), seen.rows, seen.records, seen.mark)

    def high_water_mark(self) -> HighWaterMark:
        """The mark as it is now. Changes nothing."""
        with self._reading() as connection:
            return self._examine(connection).mark

    def remember_high_water_mark(self) -> HighWaterMark:
        """Put the mark into the run directory, durably: to be done before rows are taken out (db 4)."""
        with self._reading() as connection:
            seen = self._examine(connection)
        self._save(seen.records, high_water_mark=seen.mark.value)
        return seen.mark

    def write(self, tasks: Sequence[Task], *, guard: Guard = lambda: None) -> WriteReport:
        """Bring exactly these tasks into the table, in one transaction, and read them back.

        ``tasks`` carry their ids: consecutive, from :meth:`first_id`. Tables are made first if they are
        missing. Rows that are there already stay; rows of an earlier plan, if they are as this run directory
        wrote them and not yet executed, are replaced (and with no tasks, removed). ``guard`` is called under
        the database's lock, before the first row and before the commit, and may raise.

        Raises ``WrongState`` for tasks larger than the server takes, foreign rows that would block the
        import, rows of ours that somebody changed; ``StalePlan`` when the ids are not above the high-water
        mark any more; ``VerificationFailed`` when what is read back differs.
        """
        rows = rows_of(tasks)
        with self._reading() as connection:
            require_rows_fit(connection, rows)
            seen = self._examine(connection)
            to_create = creation_statements(connection, seen.tables)
            decision, findings = self._decide(connection, seen, rows)
        report = WriteReport(
            action=decision.action,
            rows=len(rows),
            first_id=rows[0].id if rows else 0,
            last_id=rows[-1].id if rows else 0,
            removed_rows=sum(len(batch.ids) for batch in decision.remove),
            tables_created=seen.tables.missing,
            stamped=seen.tables.state is not State.READY,
            high_water_mark=seen.mark,
            foreign_rows=len(decision.foreign),
            findings=findings,
        )
        if self._run_directory.dry_run:
            return report
        if to_create:
            self._create_tables(seen.tables, to_create)
        if decision.action is Action.UNCHANGED:
            self._settle(seen)
            self._adopt(seen, rows)
            return report
        self._write_rows(rows, guard)
        self._read_back(rows)
        return report

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with translated_errors(), self._engine.connect() as connection:
            yield connection
            connection.rollback()

    def _examine(self, connection: Connection) -> _Examination:
        begun = bool(unfinished_tables(self._journal))
        tables = inspect_task_tables(connection, begun_here=begun)
        records = load_records(self._run_directory)
        rows = read_digests(connection) if tables.has_tasks else {}
        mark = read_high_water_mark(
            connection, tables, run_directory=records.high_water_mark, importer_marker=self._marker
        )
        counter = counter_without_rolled_back(mark.counter, records, rows)
        return _Examination(
            tables=tables, records=records, rows=rows, mark=msgspec.structs.replace(mark, counter=counter)
        )

    def _decide(
        self, connection: Connection, seen: _Examination, rows: Sequence[Row]
    ) -> tuple[Decision, list[Finding]]:
        executed = max(seen.mark.importer_marker, seen.mark.data_state)
        decision = decide(rows, seen.rows, seen.records, seen.mark, executed=executed)
        findings = inspect_foreign_tasks(connection, decision.foreign, seen.mark.importer_marker, rows)
        if decision.action is not Action.UNCHANGED:
            require_room(seen.mark, len(rows))
        return decision, findings

    def _create_tables(self, tables: TaskTables, statements: Sequence[str]) -> None:
        unfinished = unfinished_tables(self._journal)
        summary = f"make {len(tables.missing)} midonet_* tables"
        inverse = tables_inverse(tables.missing)
        with self._journal.unit("sql", summary, digest=TABLES_DIGEST, inverse=inverse):
            self._execute_all(statements)
        for record in unfinished:
            self._journal.settle(record, took_effect=True)

    def _execute_all(self, statements: Sequence[str]) -> None:
        with translated_errors(), self._engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
                connection.commit()

    def _write_rows(self, rows: Sequence[Row], guard: Guard) -> None:
        with translated_errors(), self._engine.connect() as connection, connection.begin() as transaction:
            self._lock(connection)
            # Everything is looked at again, now that nobody else can change it.
            seen = self._examine(connection)
            self._settle(seen)
            decision, _ = self._decide(connection, seen, rows)
            if decision.action is Action.UNCHANGED:
                return
            guard()
            removed = [
                row for batch in decision.remove for row in read_rows(connection, batch.first, batch.last)
            ]
            new = rows if decision.insert else []
            inverse = rows_inverse(self._run_directory, new, decision.remove, removed)
            batches = [*present_batches(seen.records, seen.rows), *self._batches_of(new)]
            self._save(seen.records, high_water_mark=seen.records.high_water_mark, batches=batches)
            summary = f"midonet_tasks: insert {len(new)} rows, delete {len(removed)}"
            with self._journal.unit("sql", summary, digest=_digest_of(new), inverse=inverse) as unit:
                try:
                    self._delete(connection, decision.remove)
                    insert_rows(connection, new, datetime.now(UTC))
                    guard()
                except BaseException:
                    # The commit was never sent: whatever happens to the connection, nothing is kept.
                    unit.not_done()
                    raise
                transaction.commit()
                unit.done(inserted=len(new), deleted=len(removed))

    def _lock(self, connection: Connection) -> None:
        """Keep other writers out: the state row, and the end of the tasks, where new rows would go.

        Both are locking reads, which see what is committed; the transaction's snapshot is made after them.
        """
        connection.exec_driver_sql(f"SET SESSION innodb_lock_wait_timeout = {_LOCK_WAIT_SECONDS}")
        connection.execute(text("SELECT id FROM midonet_data_state WHERE id = 1 FOR UPDATE")).all()
        connection.execute(text("SELECT id FROM midonet_tasks ORDER BY id DESC LIMIT 1 FOR UPDATE")).all()

    @staticmethod
    def _delete(connection: Connection, batches: Sequence[Batch]) -> None:
        for batch in batches:
            connection.execute(
                text("DELETE FROM midonet_tasks WHERE id BETWEEN :first AND :last"),
                {"first": batch.first, "last": batch.last},
            )

    @staticmethod
    def _batches_of(rows: Sequence[Row]) -> list[Batch]:
        return [Batch(first=rows[0].id, last=rows[-1].id, digest=_digest_of(rows))] if rows else []

    def _save(
        self, records: TaskRecords, *, high_water_mark: int, batches: list[Batch] | None = None
    ) -> None:
        save_records(
            self._run_directory,
            TaskRecords(
                high_water_mark=max(records.high_water_mark, high_water_mark),
                batches=records.batches if batches is None else batches,
            ),
        )

    def _settle(self, seen: _Examination) -> None:
        """Find out what became of writes that a killed run left without an outcome."""
        present = {batch.digest for batch in present_batches(seen.records, seen.rows)}
        settle_writes(self._journal, present)

    def _adopt(self, seen: _Examination, rows: Sequence[Row]) -> None:
        """Remember rows that are in place, in case a killed run (or another directory) wrote them."""
        if rows:
            self._save(seen.records, high_water_mark=rows[-1].id, batches=self._batches_of(rows))

    def _read_back(self, rows: Sequence[Row]) -> None:
        with self._reading() as connection:
            wrong = unequal_rows(connection, rows)
            records = load_records(self._run_directory)
            mark = read_high_water_mark(
                connection,
                inspect_task_tables(connection),
                run_directory=records.high_water_mark,
                importer_marker=self._marker,
            )
        if wrong:
            raise VerificationFailed(
                f"{len(wrong)} of {len(rows)} tasks are not in the table as they were written",
                why="They were read back after the commit and differ, or are missing.",
                hint="Something else writes to midonet_tasks. Find it; then run again.",
                problems=[f"row {row.id}, {row.data_type} {row.resource_id}" for row in wrong],
                recovery=Recovery.RETRY,
            )
        self._save(records, high_water_mark=mark.value, batches=self._batches_of(rows))


def _digest_of(rows: Sequence[Row]) -> str:
    return batch_digest(row.digest for row in rows)
