"""SIGKILL while tasks are removed: every row is in the table or in the file, and the command finishes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL, Engine

from killing import kill_at_every_instant
from midonet_migrate.database.connection import open_engine
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.target.remove_tasks import REMOVED_FILE, remove_tasks
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable
from server_fixtures import Database
from task_samples import all_rows, execute, sample_tasks


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


def remove(url: URL, path: Path) -> None:
    engine = open_engine(url)
    try:
        with RunDirectory(path) as run_directory:
            remove_tasks(engine, run_directory, importer_marker=None)
    finally:
        engine.dispose()


def write(engine: Engine, path: Path) -> None:
    tasks = sample_tasks(3)
    with RunDirectory(path) as run_directory:
        table = TaskTable(engine, run_directory, importer_marker=None)
        table.write(numbered(tasks, table.first_id(tasks)))


def saved(path: Path) -> set[int]:
    file = path / REMOVED_FILE
    return {json.loads(line)["id"] for line in file.read_text().splitlines()} if file.exists() else set()


@pytest.mark.timeout(600)
def test_a_kill_at_any_instant_loses_no_row_and_no_id(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    path = tmp_path / "run"
    write(engine, path)
    killed = 0
    for _ in kill_at_every_instant(lambda: remove(database.url, path), stride=5):
        killed += 1
        left = {row["id"] for row in all_rows(engine)}
        assert left in ({1, 2, 3}, set())
        assert left | saved(path) == {1, 2, 3}
        remove(database.url, path)
        assert all_rows(engine) == []
        assert saved(path) == {1, 2, 3}
        assert read_journal(path).pending() == []
        execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
        with RunDirectory(path) as run_directory:
            table = TaskTable(engine, run_directory, importer_marker=None)
            assert table.first_id(sample_tasks(1)) == 4
        shutil.rmtree(path)
        execute(engine, "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1")
        write(engine, path)
    assert killed > 4
