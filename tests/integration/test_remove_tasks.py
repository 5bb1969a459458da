"""Rows out of the task table: all saved, all deleted, and ids never go backwards."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine

from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import DatabaseUnreachable
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.target.remove_tasks import REMOVED_FILE, RemovalReport, remove_tasks
from midonet_migrate.target.task_records import load_records
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable
from server_fixtures import Database
from task_samples import all_rows, execute, insert_row, sample_tasks


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


def write(engine: Engine, path: Path, count: int, *, salt: str = "", marker: int | None = None) -> int:
    tasks = sample_tasks(count, salt=salt)
    with RunDirectory(path) as run_directory:
        table = TaskTable(engine, run_directory, importer_marker=marker)
        return table.write(numbered(tasks, table.first_id(tasks))).first_id


def remove(
    engine: Engine,
    path: Path,
    *,
    marker: int | None = None,
    keep_foreign: bool = False,
    dry_run: bool = False,
) -> RemovalReport:
    with RunDirectory(path, dry_run=dry_run) as run_directory:
        return remove_tasks(engine, run_directory, importer_marker=marker, keep_foreign=keep_foreign)


def saved_ids(path: Path) -> list[int]:
    return [json.loads(line)["id"] for line in (path / REMOVED_FILE).read_text().splitlines()]


def test_all_rows_are_saved_with_mode_0600_and_then_deleted(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 3)
    insert_row(engine, 9)
    before = all_rows(engine)
    report = remove(engine, tmp_path)
    assert (report.removed, report.high_water_mark, report.changed) == (4, 9, True)
    assert all_rows(engine) == []
    assert stat.S_IMODE((tmp_path / REMOVED_FILE).stat().st_mode) == 0o600
    saved = [json.loads(line) for line in (tmp_path / REMOVED_FILE).read_text().splitlines()]
    assert saved == [row | {"created_at": row["created_at"].isoformat()} for row in before]
    assert read_journal(tmp_path).pending() == []


def test_the_foreign_key_of_the_state_row_does_not_stand_in_the_way(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 3)
    execute(engine, "UPDATE midonet_data_state SET last_processed_task_id = 3")
    assert remove(engine, tmp_path).removed == 3
    with engine.connect() as connection:
        row = connection.exec_driver_sql("SELECT id, last_processed_task_id FROM midonet_data_state").one()
    assert tuple(row) == (1, None)


def test_a_second_run_changes_nothing_and_says_so(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 3)
    remove(engine, tmp_path)
    saved = (tmp_path / REMOVED_FILE).read_bytes()
    report = remove(engine, tmp_path)
    assert (report.removed, report.changed, report.high_water_mark) == (0, False, 3)
    assert (tmp_path / REMOVED_FILE).read_bytes() == saved


def test_a_dry_run_reports_the_same_and_changes_nothing(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 3)
    rows = all_rows(engine)
    dry = remove(engine, tmp_path, dry_run=True)
    assert all_rows(engine) == rows
    assert not (tmp_path / REMOVED_FILE).exists()
    assert remove(engine, tmp_path) == dry


def test_foreign_rows_stay_when_that_is_asked_for(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 3)
    insert_row(engine, 9)
    execute(engine, "UPDATE midonet_data_state SET last_processed_task_id = 9")
    report = remove(engine, tmp_path, keep_foreign=True)
    assert (report.removed, report.kept_foreign) == (3, (9,))
    assert [row["id"] for row in all_rows(engine)] == [9]
    assert saved_ids(tmp_path) == [1, 2, 3]


def test_rows_removed_later_are_added_to_those_saved_before(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 2)
    remove(engine, tmp_path)
    write(engine, tmp_path, 2, salt="again")
    remove(engine, tmp_path)
    assert saved_ids(tmp_path) == [1, 2, 3, 4]


@pytest.mark.parametrize(("marker", "first"), [(None, 6), (40, 41)])
def test_ids_go_on_above_all_used_even_when_the_server_forgets_them_in_a_restart(
    engine: Engine, database: Database, tmp_path: Path, marker: int | None, first: int
) -> None:
    """Servers of the time recompute the counter of an empty table as 1; this one is made to."""
    write(engine, tmp_path, 5)
    remove(engine, tmp_path, marker=marker)
    engine.dispose()
    database.server.restart()
    execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
    assert write(engine, tmp_path, 2, salt="next") == first
    assert [row["id"] for row in all_rows(engine)] == [first, first + 1]


def test_a_counter_that_the_server_forgot_is_raised_again(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    write(engine, tmp_path, 5)
    remove(engine, tmp_path)
    execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
    assert remove(engine, tmp_path, dry_run=True).counter_raised
    report = remove(engine, tmp_path)
    assert report.counter_raised
    assert report.changed
    insert = "INSERT INTO midonet_tasks (transaction_id, created_at) VALUES ('x', UTC_TIMESTAMP())"
    execute(engine, insert)
    assert [row["id"] for row in all_rows(engine)] == [6]


def test_the_importers_marker_counts_as_used(engine: Engine, tmp_path: Path) -> None:
    write(engine, tmp_path, 1)
    assert remove(engine, tmp_path, marker=70).high_water_mark == 70
    with RunDirectory(tmp_path) as run_directory:
        assert load_records(run_directory).high_water_mark == 70
    assert write(engine, tmp_path, 1, salt="next") == 71


def test_a_site_that_never_had_tasks_is_left_as_it_is(engine: Engine, tmp_path: Path) -> None:
    assert remove(engine, tmp_path) == RemovalReport()
    assert not (tmp_path / REMOVED_FILE).exists()


def test_an_unreachable_database_changes_nothing(tmp_path: Path, database: Database) -> None:
    engine = open_engine(database.url.set(port=1), connect_timeout=1.0)
    with pytest.raises(DatabaseUnreachable):
        remove(engine, tmp_path)
    engine.dispose()
