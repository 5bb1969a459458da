"""SIGKILL while tasks are written: all rows or none, no half file, and the same command finishes the work."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import URL, Engine, text

from killing import kill_at_every_instant
from midonet_migrate.database.connection import open_engine
from midonet_migrate.model.plan import Task
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.run.journal_file import read_journal
from midonet_migrate.target.task_decision import Action
from midonet_migrate.target.task_rows import numbered
from midonet_migrate.target.task_table import TaskTable, WriteReport
from midonet_migrate.target.task_tables_schema import TASK_TABLES
from server_fixtures import Database
from task_samples import all_rows, execute, sample_tasks
from waiting import wait_until


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


def write(url: URL, path: Path, tasks: list[Task]) -> WriteReport:
    engine = open_engine(url)
    try:
        with RunDirectory(path) as run_directory:
            table = TaskTable(engine, run_directory, importer_marker=None)
            return table.write(numbered(tasks, table.first_id(tasks)))
    finally:
        engine.dispose()


def wait_for_the_server(engine: Engine) -> None:
    """Until it has noticed that the killed client is gone."""
    others = text(
        "SELECT COUNT(*) FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()"
    )

    def alone() -> bool:
        with engine.connect() as connection:
            return not connection.execute(others).scalar_one()

    wait_until(alone)


def require_whole_files(path: Path) -> None:
    if not path.exists():
        return
    read_journal(path)
    for file in path.glob("*.json"):
        assert isinstance(msgspec.json.decode(file.read_bytes()), dict), file


def contents(engine: Engine) -> list[tuple[int, str]]:
    return [(row["id"], row["resource_id"]) for row in all_rows(engine)]


def require_finished(url: URL, engine: Engine, path: Path, tasks: list[Task], first: int) -> None:
    report = write(url, path, tasks)
    assert report.first_id == first
    assert contents(engine) == [(first + n, task.resource_id) for n, task in enumerate(tasks)]
    assert read_journal(path).pending() == []
    assert write(url, path, tasks).action is Action.UNCHANGED


@pytest.mark.timeout(600)
def test_a_kill_while_tables_are_made_and_tasks_inserted(
    engine: Engine, database: Database, tmp_path: Path
) -> None:
    tasks = sample_tasks(3)
    path = tmp_path / "run"
    killed = 0
    for _ in kill_at_every_instant(lambda: _work(database.url, path, tasks), stride=8):
        killed += 1
        wait_for_the_server(engine)
        assert len(contents(engine)) in (0, 3)
        require_whole_files(path)
        require_finished(database.url, engine, path, tasks, first=1)
        _drop_everything(engine, path)
    assert killed > 7


@pytest.mark.timeout(600)
def test_a_kill_while_an_earlier_plan_is_replaced(engine: Engine, database: Database, tmp_path: Path) -> None:
    old, new = sample_tasks(3, salt="old"), sample_tasks(4, salt="new")
    path = tmp_path / "run"
    write(database.url, path, old)
    killed = 0
    for _ in kill_at_every_instant(lambda: _work(database.url, path, new), stride=10):
        killed += 1
        wait_for_the_server(engine)
        assert [resource for _, resource in contents(engine)] in (
            [task.resource_id for task in old],
            [task.resource_id for task in new],
        )
        require_whole_files(path)
        require_finished(database.url, engine, path, new, first=4)
        execute(
            engine,
            "DELETE FROM midonet_tasks",
            "ALTER TABLE midonet_tasks AUTO_INCREMENT = 1",
        )
        shutil.rmtree(path)
        write(database.url, path, old)
    assert killed > 7


def _work(url: URL, path: Path, tasks: list[Task]) -> None:
    write(url, path, tasks)


def _drop_everything(engine: Engine, path: Path) -> None:
    execute(
        engine,
        *[f"DROP TABLE {name}" for name in reversed(TASK_TABLES)],
        "DROP TABLE alembic_version_midonet",
    )
    shutil.rmtree(path)
