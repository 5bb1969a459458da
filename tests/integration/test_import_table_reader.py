"""Reading the task table for the doctor, from a real MariaDB: in slices, after the marker, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text

from importer_records import base
from midonet_migrate.database.connection import open_engine
from midonet_migrate.target.importer.site_facts import TableReader
from server_fixtures import Database

ROWS = base()
_TABLE = """CREATE TABLE midonet_tasks (id INT AUTO_INCREMENT PRIMARY KEY, type VARCHAR(36),
 data_type VARCHAR(36), resource_id VARCHAR(36), transaction_id VARCHAR(40), data LONGTEXT)"""
_INSERT = """INSERT INTO midonet_tasks (id, type, data_type, resource_id, transaction_id, data)
 VALUES (:id, :type, :data_type, :resource_id, 'txn', :data)"""


@pytest.fixture
def engine(empty_database: Database) -> Iterator[Engine]:
    empty_database.execute(_TABLE)
    engine = open_engine(empty_database.url)
    with engine.begin() as connection:
        for number, row in enumerate(ROWS, 1):
            connection.execute(
                text(_INSERT),
                {
                    "id": number,
                    "type": row.type,
                    "data_type": row.data_type,
                    "resource_id": row.resource_id,
                    "data": json.dumps(row.data),
                },
            )
    yield engine
    engine.dispose()


def execute(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def read(reader: TableReader, marker: int | None, hosts: dict[str, str] | None = None) -> list[int]:
    facts = reader.read(marker, plan={}, hosts=hosts or {}, request_limit=1_048_575)
    assert (facts.executed is None) == (marker is None)
    return [row.id for row in facts.rows]


def test_executed_rows_are_read_once_and_the_waiting_ones_each_time(engine: Engine) -> None:
    """What was executed may be gone from the table since: the importer has made it all the same."""
    reader = TableReader(engine, "5.2.1")
    executed = reader.catch_up(10, {})
    assert (executed.last_id, executed.unexplained) == (10, 0)
    execute(engine, "DELETE FROM midonet_tasks WHERE id <= 10")
    assert read(reader, len(ROWS) - 2) == [len(ROWS) - 1, len(ROWS)]
    assert reader.catch_up(len(ROWS) - 2, {}) is executed
    assert (executed.last_id, executed.unexplained) == (len(ROWS) - 2, 0)


def test_a_row_that_appears_below_the_marker_was_never_executed(engine: Engine) -> None:
    """The importer reads nothing that is not above its marker (imp 1.7)."""
    execute(engine, "DELETE FROM midonet_tasks WHERE id = 2")
    reader = TableReader(engine, "5.2.1")
    reader.catch_up(4, {})
    execute(
        engine,
        "INSERT INTO midonet_tasks (id, type, data_type, resource_id, transaction_id, data)"
        " SELECT 2, type, data_type, resource_id, 'late', data FROM midonet_tasks WHERE id = 1",
    )
    assert reader.catch_up(5, {}).last_id == 5
    assert 2 not in read(reader, 5)


def test_time_that_is_up_ends_the_reading_and_the_next_goes_on(engine: Engine) -> None:
    """A watch looks at the importer each second whatever there is to read."""
    with engine.begin() as connection:
        for number in range(len(ROWS) + 1, 351):
            connection.execute(
                text(_INSERT),
                {"id": number, "type": "CREATE", "data_type": "NETWORK", "resource_id": None, "data": "{}"},
            )
    reader = TableReader(engine, "5.2.1")
    reached = [reader.catch_up(350, {}, until=0.0).last_id for _ in range(4)]
    assert reached == [100, 200, 300, 350]


@pytest.mark.parametrize("change", ["marker back", "hosts"])
def test_it_begins_anew_when_what_it_remembers_is_not_true_any_more(engine: Engine, change: str) -> None:
    """A marker that went back means another topology; other Hosts may explain other rows."""
    reader = TableReader(engine, "5.2.1")
    before = reader.catch_up(10, {})
    hosts = {"compute-1": "11111111-1111-4111-8111-111111111111"} if change == "hosts" else {}
    after = reader.catch_up(4 if change == "marker back" else 10, hosts)
    assert after is not before
    assert (after.last_id, dict(reader.hosts or {})) == (10 if change == "hosts" else 4, hosts)


def test_without_a_marker_every_row_waits(engine: Engine) -> None:
    reader = TableReader(engine, "5.2.1")
    assert read(reader, None) == list(range(1, len(ROWS) + 1))


def test_a_flush_row_is_seen_however_far_the_marker_is(engine: Engine) -> None:
    """Row 1 of type FLUSH stops the poll for ever (imp 1.5): it is read with the waiting rows."""
    reader = TableReader(engine, "5.2.1")
    reader.catch_up(10, {})
    execute(engine, "UPDATE midonet_tasks SET type = 'FLUSH', data_type = 'NULL' WHERE id = 1")
    assert read(reader, 20)[0] == 1
    execute(engine, "UPDATE midonet_tasks SET type = 'CREATE' WHERE id = 1")
    assert 1 not in read(reader, 20)
