"""The midonet_* tables: made exactly, stamped, completed after a crash, and never guessed at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from midonet_lab import neutron_database
from midonet_migrate.database.connection import open_engine
from midonet_migrate.errors import NotNeutron, WrongState
from midonet_migrate.run.directory import RunDirectory
from midonet_migrate.target.task_table import TaskTable
from midonet_migrate.target.task_tables_schema import (
    TASK_TABLES,
    State,
    TaskTables,
    creation_statements,
    inspect_task_tables,
)
from server_fixtures import Database
from task_samples import execute, sample_tasks


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    opened = open_engine(database.url)
    yield opened
    opened.dispose()


def inspect(engine: Engine, *, begun_here: bool = False) -> TaskTables:
    with engine.connect() as connection:
        return inspect_task_tables(connection, begun_here=begun_here)


def create(engine: Engine) -> None:
    with engine.connect() as connection:
        statements = creation_statements(connection, inspect_task_tables(connection))
    execute(engine, *statements)


def version(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT version_num FROM alembic_version_midonet")).scalars())


def test_a_site_by_the_book_has_none_and_gets_all_nine(engine: Engine) -> None:
    assert inspect(engine) == TaskTables(state=State.ABSENT, missing=tuple(TASK_TABLES), state_row=False)
    create(engine)
    assert inspect(engine) == TaskTables(state=State.READY, state_row=True)
    assert version(engine) == ["422da2897701"]
    with engine.connect() as connection:
        (row,) = connection.execute(text("SELECT * FROM midonet_data_state")).all()
        assert creation_statements(connection, inspect_task_tables(connection)) == []
    assert (row.id, row.last_processed_task_id, row.active_version, row.readonly) == (1, None, None, 0)


def structure(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    """Columns, indexes and foreign keys of the midonet_* tables."""
    mine = f"table_schema = '{database.name}' AND (table_name LIKE 'midonet%' OR table_name LIKE '%_midonet')"
    return {
        "columns": database.execute(
            "SELECT table_name, ordinal_position, column_name, column_type, is_nullable, column_default,"
            f" extra, character_set_name, collation_name FROM information_schema.columns"
            f" WHERE {mine} ORDER BY 1, 2"
        ),
        "indexes": database.execute(
            "SELECT table_name, index_name, seq_in_index, column_name, non_unique"
            f" FROM information_schema.statistics WHERE {mine} ORDER BY 1, 2, 3"
        ),
        "references": database.execute(
            "SELECT table_name, column_name, referenced_table_name, referenced_column_name, constraint_name"
            f" FROM information_schema.key_column_usage WHERE {mine} AND referenced_table_name IS NOT NULL"
            " ORDER BY 1, 2, 3"
        ),
        "delete rules": database.execute(
            "SELECT table_name, referenced_table_name, REPLACE(delete_rule, 'NO ACTION', 'RESTRICT')"
            " FROM information_schema.referential_constraints"
            f" WHERE constraint_schema = '{database.name}' AND table_name LIKE 'midonet%' ORDER BY 1, 2"
        ),
        "engines": database.execute(
            f"SELECT table_name, engine FROM information_schema.tables WHERE {mine} ORDER BY 1"
        ),
        "version": database.execute("SELECT version_num FROM alembic_version_midonet"),
        "state": database.execute(
            "SELECT id, last_processed_task_id, active_version, readonly FROM midonet_data_state"
        ),
    }


def test_the_tables_are_those_of_the_migrations(
    engine: Engine, database: Database, empty_database: Database
) -> None:
    for part in ("neutron", "midonet"):
        empty_database.load(neutron_database.schema_sql(part))
    create(engine)
    made, migrated = structure(database), structure(empty_database)
    assert len(made["columns"]) > 30
    for aspect, found in made.items():
        assert found == migrated[aspect], aspect


@pytest.mark.parametrize("charset", ["latin1", "utf8", "utf8mb4", "ucs2"])
def test_any_default_charset_will_do(engine: Engine, tmp_path: Path, charset: str) -> None:
    """Foreign keys need the charset of Neutron's tables, which need not be the database's default."""
    execute(engine, f"ALTER DATABASE CHARACTER SET {charset}")
    with RunDirectory(tmp_path) as run_directory:
        report = TaskTable(engine, run_directory, importer_marker=None).write(sample_tasks(2))
    assert report.rows == 2
    assert inspect(engine).state is State.READY


@pytest.mark.parametrize("mode", ["", "STRICT_ALL_TABLES,NO_ZERO_DATE", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES"])
def test_any_sql_mode_of_the_server_will_do(engine: Engine, tmp_path: Path, mode: str) -> None:
    with engine.connect() as connection:
        before = connection.execute(text("SELECT @@GLOBAL.sql_mode")).scalar_one()
        connection.execute(text("SET GLOBAL sql_mode = :mode"), {"mode": mode})
    engine.dispose()
    try:
        with RunDirectory(tmp_path) as run_directory:
            TaskTable(engine, run_directory, importer_marker=None).write(sample_tasks(2))
    finally:
        with engine.connect() as connection:
            connection.execute(text("SET GLOBAL sql_mode = :mode"), {"mode": before})


def test_complete_tables_without_a_version_are_stamped(engine: Engine) -> None:
    create(engine)
    execute(engine, "DROP TABLE alembic_version_midonet", "DELETE FROM midonet_data_state")
    assert inspect(engine) == TaskTables(state=State.UNSTAMPED, state_row=False)
    create(engine)
    assert inspect(engine) == TaskTables(state=State.READY, state_row=True)
    assert version(engine) == ["422da2897701"]


def test_an_empty_version_table_is_as_good_as_none(engine: Engine) -> None:
    execute(engine, "CREATE TABLE alembic_version_midonet (version_num VARCHAR(32) NOT NULL)")
    assert inspect(engine).state is State.ABSENT
    create(engine)
    assert inspect(engine).state is State.READY


@pytest.mark.parametrize(
    ("statements", "says"),
    [
        (["CREATE TABLE midonet_alembic (version_num VARCHAR(32))"], "kilo_v2"),
        (["DROP TABLE midonet_network_bindings"], "midonet_network_bindings"),
        (["DROP TABLE midonet_network_bindings", "DELETE FROM alembic_version_midonet"], "Only some"),
        (["UPDATE alembic_version_midonet SET version_num = '421564f630b1'"], "421564f630b1"),
        (
            [
                "DROP TABLE midonet_network_bindings",
                "UPDATE alembic_version_midonet SET version_num = '421564f630b1'",
            ],
            "421564f630b1",
        ),
        (["ALTER TABLE midonet_tasks CHANGE tenant_id project_id VARCHAR(255)"], "tenant_id"),
        (
            [
                "ALTER TABLE midonet_data_state DROP FOREIGN KEY midonet_data_state_ibfk_1",
                "ALTER TABLE midonet_tasks ENGINE=MyISAM",
            ],
            "InnoDB",
        ),
    ],
)
def test_other_chains_and_half_done_ones_are_refused(
    engine: Engine, statements: list[str], says: str
) -> None:
    create(engine)
    execute(engine, *statements)
    with pytest.raises(WrongState) as caught:
        inspect(engine)
    told = " ".join([caught.value.what, caught.value.why, *caught.value.problems])
    assert says in told
    assert caught.value.hint


def test_tables_of_ours_that_a_kill_left_half_done_are_completed(engine: Engine) -> None:
    with engine.connect() as connection:
        statements = creation_statements(connection, inspect_task_tables(connection))
    for done in range(len(statements) + 1):
        execute(engine, *statements[:done])
        assert inspect(engine, begun_here=True).state is (
            State.READY if done == len(statements) else State.UNSTAMPED if done >= 9 else State.ABSENT
        )
        with engine.connect() as connection:
            rest = creation_statements(connection, inspect_task_tables(connection, begun_here=True))
        execute(engine, *rest)
        assert inspect(engine) == TaskTables(state=State.READY, state_row=True)
        assert version(engine) == ["422da2897701"]
        execute(engine, *[f"DROP TABLE {name}" for name in reversed(TASK_TABLES)])
        execute(engine, "DROP TABLE alembic_version_midonet")


def test_a_database_that_is_not_neutrons_is_refused(engine: Engine) -> None:
    execute(engine, "SET FOREIGN_KEY_CHECKS = 0", "DROP TABLE portbindingports")
    with pytest.raises(NotNeutron):
        inspect(engine)
